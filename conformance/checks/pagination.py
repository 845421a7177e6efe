"""Check that a paginated list is split into pages and counted as promised.

The checks use a setup of many items and the metadata of the responses.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from conformance.checks.call import ApiCall, TextWithRunMark, fill_placeholders
from conformance.checks.cause import Cause
from conformance.checks.check import Check, CheckContext
from conformance.checks.datasets import (
    OTHER_PREFIX_ITEMS,
    build_items_in_both_states_setup,
    build_many_items_setup,
    get_name_prefixes_of_many_items,
    list_steps_of_switched_on_items,
)
from conformance.checks.exchange import Exchange, Trace
from conformance.checks.item import build_item_call
from conformance.checks.listing import (
    SAFE_PAGE_SIZE,
    build_list_all_step,
    build_mark_filter_arguments,
    build_mark_query_arguments,
    find_state_filter,
    get_item_ids,
    get_items_of_all_pages,
    get_listed_items,
    map_created_ids_to_steps,
)
from conformance.checks.observation import (
    Disturbed,
    Failed,
    FailureKind,
    Inconclusive,
    Observation,
    Passed,
)
from conformance.checks.scenario import AnyStep, Scenario, Step
from conformance.contract import pointer as pointers
from conformance.contract.json import Json
from conformance.contract.pagination import (
    HasPagedListProperty,
    PagedListProperty,
    PagePastEndHandling,
    PaginationBehavior,
)
from conformance.protocol import NOT_PROCESSED_STATUSES

FIRST_PAGES_SIZE = 7  # of the two pages that are compared with the list without a page
PAGES_PAST_END = 100_000  # of SAFE_PAGE_SIZE items: more than any list has
LIST_CHANGED_MESSAGE = "the list was changed by someone else while it was read"

_PAST_END = FailureKind("past-end", "a page past the end is not {rule}: {exchange}")
_UNPAGED_METADATA = FailureKind(
    "unpaged-metadata", "without a page asked for, the answer {has} {pointer}"
)
_UNPAGED_INCOMPLETE = FailureKind(
    "unpaged-incomplete", "without a page asked for, the answer holds {actual} of {expected} items"
)
NO_METADATA = FailureKind("no-paging-metadata", "a paged answer has no object at {pointer}")
TOO_MANY_ITEMS = FailureKind(
    "too-many-items", "one answer holds {actual} items, more than {expected}"
)
_NOT_ON_ANY_PAGE = FailureKind(
    "not-on-any-page", "{missing} of {count} items are on no page, for example {expected}"
)
_ON_TWO_PAGES = FailureKind("on-two-pages", "{count} items are on two pages, for example {actual}")
WRONG_PAGE_SIZE = FailureKind(
    "wrong-page-size", "a page of {parameter}={expected} holds {actual} items"
)
_SHORT_PAGE = FailureKind(
    "short-page", "a page of {parameter}={expected} holds {actual} items although more follow"
)
_FIRST_PAGE_DIFFERS = FailureKind(
    "first-page-differs", "{parameter}={page} is not what comes without {parameter}"
)
_PAGE_REPEATS = FailureKind(
    "page-repeats", "{parameter}={page} repeats items of {parameter}={first}"
)
_PAGE_EMPTY = FailureKind(
    "page-empty",
    "{parameter}={page} is empty although more items were made than fit on the first page",
)
WRONG_COUNT = FailureKind("wrong-count", "{pointer} is {actual} where it should be {expected}")
_PAGES_NOT_IN_ORDER = FailureKind(
    "pages-not-in-order", "the pages, put together, are not in the order of the whole list"
)


def plan_paging_property(
    context: CheckContext, promise: HasPagedListProperty
) -> Iterator[Scenario]:
    """Yield scenarios that read the list in a few pages, or only its beginning."""
    pagination, setup = promise.behavior, build_many_items_setup(context)
    mark_filter = build_mark_filter_arguments(context.contract, context.resource)
    needs_quiescence = not mark_filter

    def build_page_step(name: str, arguments: dict[str, Json]) -> Step:
        return Step(
            name=name,
            call=ApiCall(operation=context.claim.operation, arguments={**mark_filter, **arguments}),
        )

    if promise.property is PagedListProperty.MAX_ITEMS:
        yield Scenario(
            label="maximum",
            min_items=(pagination.max_items or 0) + 50,
            steps=(Step(name="plain", call=ApiCall(operation=context.claim.operation)),),
        )
    elif promise.property is PagedListProperty.UNPAGED_IS_COMPLETE:
        yield Scenario(
            label="unpaged",
            setup=setup,
            needs_quiescence=True,
            steps=(
                build_list_all_step(context, "before"),
                Step(name="plain", call=ApiCall(operation=context.claim.operation)),
            ),
        )
    elif promise.property is PagedListProperty.UNPAGED_HAS_METADATA:
        yield Scenario(
            label="unpaged",
            steps=(Step(name="plain", call=ApiCall(operation=context.claim.operation)),),
        )
    elif promise.property is PagedListProperty.PAST_END:
        call = ApiCall(
            operation=context.claim.operation,
            arguments=pagination.build_page_arguments(PAGES_PAST_END, SAFE_PAGE_SIZE),
        )
        yield Scenario(
            label="past the end",
            steps=(context.build_creation_step("made"), Step(name="plain", call=call)),
        )
    elif promise.property is PagedListProperty.FIRST_PAGE:
        steps = [
            build_page_step("absent", {pagination.size_parameter: FIRST_PAGES_SIZE}),
            build_page_step("first", pagination.build_page_arguments(0, FIRST_PAGES_SIZE)),
            build_page_step("second", pagination.build_page_arguments(1, FIRST_PAGES_SIZE)),
        ]
        yield Scenario(
            label="first", setup=setup, needs_quiescence=needs_quiescence, steps=tuple(steps)
        )
    else:
        yield Scenario(
            label="all pages",
            setup=setup,
            needs_quiescence=needs_quiescence,
            steps=_build_paged_and_whole_list_steps(context, {}, 4),
        )
        yield from _plan_single_page_and_state_lists(context, promise)
        if promise.property in (
            PagedListProperty.SIZE,
            PagedListProperty.ALL_PAGES,
            PagedListProperty.COUNT,
            PagedListProperty.TOTAL,
            PagedListProperty.PAGE_COUNT,
        ):
            yield Scenario(
                label="all pages of more items",
                setup=setup,
                needs_quiescence=needs_quiescence,
                steps=_build_paged_and_whole_list_steps(context, {}, 7),
            )
            for label, part_arguments in _build_prefix_filter_arguments_by_label(context).items():
                yield Scenario(
                    label=f"all pages of {label}",
                    setup=setup,
                    needs_quiescence=needs_quiescence,
                    steps=_build_paged_and_whole_list_steps(context, part_arguments, 4),
                )
        delete = context.resource.delete
        if promise.property is PagedListProperty.TOTAL and delete and context.example_count:
            deletion_steps = (
                context.build_creation_step("passing", text=_get_deleted_item_name(context)),
                Step(name="delete", call=build_item_call(context, delete, "passing")),
            )
            yield Scenario(
                label="after a deletion",
                setup=setup,
                needs_quiescence=needs_quiescence,
                steps=(*deletion_steps, *_build_paged_and_whole_list_steps(context, {}, 2)),
            )


def _plan_single_page_and_state_lists(
    context: CheckContext, promise: HasPagedListProperty
) -> Iterator[Scenario]:
    """Yield scenarios on other lists: one with a single page, and the lists of each state."""
    pagination, state_filter = (
        promise.behavior,
        find_state_filter(context.contract, context.claim.operation),
    )
    if promise.property is PagedListProperty.METADATA:
        call = ApiCall(
            operation=context.claim.operation,
            arguments=pagination.build_page_arguments(0, SAFE_PAGE_SIZE),
        )
        yield Scenario(label="one page", steps=(Step(name="short", call=call),))
    if (
        promise.property
        in (
            PagedListProperty.TOTAL,
            PagedListProperty.PAGE_COUNT,
            PagedListProperty.ALL_PAGES,
            PagedListProperty.SIZE,
        )
        and state_filter is not None
    ):
        for text in state_filter.item_values:
            steps = _build_paged_and_whole_list_steps(context, {state_filter.parameter: text}, 2)
            yield Scenario(
                label=f"state {text}",
                setup=build_items_in_both_states_setup(context),
                needs_quiescence=not build_mark_filter_arguments(
                    context.contract, context.resource
                ),
                steps=steps,
            )


def _get_deleted_item_name(context: CheckContext) -> str:
    prefix = get_name_prefixes_of_many_items(context.get_body_builder(seed="crowd"))[1]
    return f"{prefix}-passing" if prefix.endswith("crowd") else f"{prefix}pass"


def _build_prefix_filter_arguments_by_label(context: CheckContext) -> dict[str, dict[str, Json]]:
    """Return the arguments of each filter that lists only the items with the common prefix."""
    arguments_by_label: dict[str, dict[str, Json]] = {}
    prefix = get_name_prefixes_of_many_items(context.get_body_builder(seed="crowd"))[1]
    for label, arguments in (
        ("a part", build_mark_filter_arguments(context.contract, context.resource)),
        ("a query", build_mark_query_arguments(context.contract, context.resource)),
    ):
        if arguments and context.example_count:
            arguments_by_label[label] = dict(
                fill_placeholders(
                    arguments,
                    lambda placeholder: (
                        TextWithRunMark(placeholder.text.replace("{m}", prefix))
                        if isinstance(placeholder, TextWithRunMark)
                        else placeholder
                    ),
                )
            )
    return arguments_by_label


def _build_paged_and_whole_list_steps(
    context: CheckContext, arguments: dict[str, Json], page_count: int
) -> tuple[AnyStep, ...]:
    """Return the steps that read a list in about `page_count` pages.

    The whole list is read before and after.
    """
    return (
        build_list_all_step(context, "before", arguments),
        build_list_all_step(context, "paged", arguments, pages=page_count),
        build_list_all_step(context, "after", arguments),
    )


def evaluate_paging_property(
    context: CheckContext, promise: HasPagedListProperty, trace: Trace
) -> Iterator[Observation]:
    """Evaluate the trace for the paging aspect of the claim."""
    if "short" in trace:
        yield from _evaluate_single_page_metadata(
            promise.behavior, trace.get_successful_exchange("short")
        )
        return
    match promise.property:
        case PagedListProperty.MAX_ITEMS:
            yield from _evaluate_max_items(context, promise.behavior, trace)
        case PagedListProperty.FIRST_PAGE:
            yield from _evaluate_first_page(context, promise.behavior, trace)
        case PagedListProperty.SIZE:
            yield from _evaluate_page_size(context, promise.behavior, trace)
        case PagedListProperty.ALL_PAGES:
            yield from _evaluate_pages_hold_whole_list(context, trace)
        case (
            PagedListProperty.UNPAGED_IS_COMPLETE
            | PagedListProperty.UNPAGED_HAS_METADATA
            | PagedListProperty.PAST_END
        ):
            yield from _evaluate_interpreted_paging_property(context, promise, trace)
        case _:
            yield from _evaluate_paging_metadata(context, promise, trace)


def _evaluate_interpreted_paging_property(
    context: CheckContext, promise: HasPagedListProperty, trace: Trace
) -> Iterator[Observation]:
    """Evaluate aspects that only an interpretation of the documentation promises."""
    pagination, plain = promise.behavior, trace["plain"]
    if plain.status in NOT_PROCESSED_STATUSES:
        yield Inconclusive(f"the server did not look at it: {plain}", Cause.NO_ANSWER)
        return
    if promise.property is PagedListProperty.PAST_END:
        expects_refusal = pagination.past_end is PagePastEndHandling.REFUSED
        passed = (
            plain.refused
            if expects_refusal
            else plain.succeeded and not get_listed_items(context, plain)
        )
        failure = Failed(_PAST_END, (plain,), details={"rule": str(pagination.past_end)})
    elif promise.property is PagedListProperty.UNPAGED_HAS_METADATA:
        passed = (
            pointers.get_at_pointer(
                trace.get_successful_exchange("plain").json, pagination.metadata_pointer or ""
            )
            is not pointers.MISSING
        ) is pagination.unpaged_has_metadata
        failure = Failed(
            _UNPAGED_METADATA,
            (plain,),
            pointer=pagination.metadata_pointer or "",
            details={"has": "lacks" if pagination.unpaged_has_metadata else "has"},
        )
    else:
        whole_list, plain_items = (
            get_items_of_all_pages(context, trace, "before"),
            get_listed_items(context, plain),
        )
        if not set(
            map(repr, map_created_ids_to_steps(context, trace, build_many_items_setup(context)))
        ) <= set(map(repr, get_item_ids(context, whole_list))):
            yield Inconclusive("the whole list lacks items that were made for this")
            return
        passed = len(plain_items) >= min(len(whole_list), pagination.max_items or len(whole_list))
        failure = Failed(
            _UNPAGED_INCOMPLETE, (plain,), expected=len(whole_list), actual=len(plain_items)
        )
    yield Passed(plain) if passed else failure


def _evaluate_single_page_metadata(
    pagination: PaginationBehavior, exchange: Exchange
) -> Iterator[Observation]:
    if isinstance(pointers.get_at_pointer(exchange.json, pagination.metadata_pointer or ""), dict):
        yield Passed(exchange)
    else:
        yield Failed(NO_METADATA, (exchange,), pointer=pagination.metadata_pointer or "")


def _map_expected_ids_to_steps(context: CheckContext, trace: Trace) -> dict[Json, str]:
    """Return the ids of created items that the list under test should hold, with their steps."""
    if get_name_prefixes_of_many_items(context.get_body_builder(seed="crowd"))[1].removeprefix(
        "{m}"
    ) in repr(trace["paged"].call.arguments):
        return {
            item_id: step
            for item_id, step in map_created_ids_to_steps(
                context, trace, build_many_items_setup(context)
            ).items()
            if int(step.split()[-1]) not in OTHER_PREFIX_ITEMS
        }
    state_filter = find_state_filter(context.contract, context.claim.operation)
    state_value = (
        trace["paged"].call.arguments.get(state_filter.parameter) if state_filter else None
    )
    if state_filter is None or state_value is None:
        return map_created_ids_to_steps(context, trace, build_many_items_setup(context))
    for step in list_steps_of_switched_on_items(context):
        trace.get_successful_exchange(step.replace("item", "switch"))
    return {
        item_id: step
        for item_id, step in map_created_ids_to_steps(
            context, trace, build_items_in_both_states_setup(context)
        ).items()
        if (step in list_steps_of_switched_on_items(context))
        == state_filter.item_values[str(state_value)]
    }


def _get_ids_if_list_unchanged(context: CheckContext, trace: Trace) -> list[Json] | None:
    """Return the ids of the whole list, or None if it changed between the two reads."""
    before, after = (
        get_item_ids(context, get_items_of_all_pages(context, trace, name))
        for name in ("before", "after")
    )
    return before if Counter(map(repr, before)) == Counter(map(repr, after)) else None


def _evaluate_pages_hold_whole_list(context: CheckContext, trace: Trace) -> Iterator[Observation]:
    pages = trace.get_exchanges("paged")
    own_items = _map_expected_ids_to_steps(context, trace)
    paged_ids = [
        item_id
        for item_id in get_item_ids(context, get_items_of_all_pages(context, trace, "paged"))
        if item_id in own_items
    ]
    counts = Counter(paged_ids)
    missing_ids, duplicate_ids = (
        [item_id for item_id in own_items if item_id not in counts],
        [item_id for item_id, count in counts.items() if count > 1],
    )
    if (missing_ids or duplicate_ids) and _get_ids_if_list_unchanged(context, trace) is None:
        yield Disturbed(LIST_CHANGED_MESSAGE)
    elif missing_ids:
        yield Failed(
            _NOT_ON_ANY_PAGE,
            pages,
            expected=missing_ids[0],
            details={"missing": len(missing_ids), "count": len(own_items)},
        )
    elif duplicate_ids:
        yield Failed(
            _ON_TWO_PAGES, pages, actual=duplicate_ids[0], details={"count": len(duplicate_ids)}
        )
    else:
        whole_list_ids = [
            item_id
            for item_id in get_item_ids(context, get_items_of_all_pages(context, trace, "before"))
            if item_id in own_items
        ]
        if whole_list_ids != paged_ids and build_mark_filter_arguments(
            context.contract, context.resource
        ):
            yield Failed(_PAGES_NOT_IN_ORDER, (*trace.get_exchanges("before"), *pages))
        elif len(pages) < 2:
            yield Inconclusive("the list has no more than one page")
        else:
            yield Passed(pages[-1])


def _evaluate_page_size(
    context: CheckContext, pagination: PaginationBehavior, trace: Trace
) -> Iterator[Observation]:
    pages = trace.get_exchanges("paged")
    sizes = [len(get_listed_items(context, page)) for page in pages]
    size = int(pages[0].call.arguments[pagination.size_parameter])
    while sizes and sizes[-1] == 0:
        sizes.pop()
    if len(sizes) < 2:
        yield Inconclusive("the list has no more than one page")
    for number, item_count in enumerate(sizes):
        if item_count > size:
            yield Failed(
                WRONG_PAGE_SIZE,
                (pages[number],),
                expected=size,
                actual=item_count,
                details={"parameter": pagination.size_parameter or ""},
            )
            return
        if item_count < size and number < len(sizes) - 1:
            if _get_ids_if_list_unchanged(context, trace) is None:
                yield Disturbed(LIST_CHANGED_MESSAGE)
                return
            yield Failed(
                _SHORT_PAGE,
                (pages[number], pages[number + 1]),
                expected=size,
                actual=item_count,
                details={"parameter": pagination.size_parameter or ""},
            )
            return
    if len(sizes) >= 2:
        yield Passed(pages[0])


def _get_second_page(pagination: PaginationBehavior) -> int:
    arguments = pagination.build_page_arguments(1, FIRST_PAGES_SIZE)
    return int(arguments[pagination.page_parameter])


def _evaluate_first_page(
    context: CheckContext, pagination: PaginationBehavior, trace: Trace
) -> Iterator[Observation]:
    absent, first, second = (
        get_item_ids(context, get_listed_items(context, trace[name]))
        for name in ("absent", "first", "second")
    )
    exchanges = (trace["absent"], trace["first"], trace["second"])
    if not absent:
        yield Inconclusive("the list is empty")
    elif set(map(repr, first)) != set(map(repr, absent)):
        yield Failed(
            _FIRST_PAGE_DIFFERS,
            exchanges,
            details={"parameter": pagination.page_parameter, "page": pagination.first_page},
        )
    elif set(map(repr, first)) & set(map(repr, second)):
        yield Failed(
            _PAGE_REPEATS,
            exchanges,
            details={
                "parameter": pagination.page_parameter,
                "page": _get_second_page(pagination),
                "first": pagination.first_page,
            },
        )
    elif not second:
        yield Failed(
            _PAGE_EMPTY,
            exchanges,
            details={"parameter": pagination.page_parameter, "page": _get_second_page(pagination)},
        )
    else:
        yield Passed(trace["second"])


def _evaluate_paging_metadata(
    context: CheckContext, promise: HasPagedListProperty, trace: Trace
) -> Iterator[Observation]:
    pagination = promise.behavior
    pages = [page for page in trace.get_exchanges("paged") if page.succeeded]
    whole_list_ids = _get_ids_if_list_unchanged(context, trace)
    if whole_list_ids is None:
        yield Disturbed(LIST_CHANGED_MESSAGE)
        return
    own_items = _map_expected_ids_to_steps(context, trace)
    if not set(map(repr, own_items)) <= set(map(repr, whole_list_ids)):
        yield Inconclusive("the whole list lacks items that were made for this")
        return
    for page in [*pages, *trace.get_exchanges("before")]:
        is_paged = (
            pagination.page_parameter in page.call.arguments
            or pagination.size_parameter in page.call.arguments
        )
        expected_counters: dict[PagedListProperty, tuple[str | None, Json]] = {
            PagedListProperty.COUNT: (
                pagination.count_pointer,
                len(get_listed_items(context, page)),
            ),
            PagedListProperty.TOTAL: (pagination.total_pointer, len(whole_list_ids)),
            PagedListProperty.PAGE_COUNT: (
                pagination.page_count_pointer,
                _compute_page_count(pagination, page, len(whole_list_ids)),
            ),
        }
        if promise.property is PagedListProperty.METADATA:
            if is_paged and not isinstance(
                pointers.get_at_pointer(page.json, pagination.metadata_pointer or ""), dict
            ):
                yield Failed(NO_METADATA, (page,), pointer=pagination.metadata_pointer or "")
                return
            yield Passed(page)
            continue
        pointer, expected = expected_counters[promise.property]
        actual = pointers.get_at_pointer(page.json, pointer or "")
        if actual is pointers.MISSING or expected is None:
            yield Inconclusive(f"{page} says nothing at {pointer}")
        elif actual != expected or isinstance(actual, bool):
            yield Failed(
                WRONG_COUNT, (page,), pointer=pointer or "", expected=expected, actual=actual
            )
            return
        else:
            yield Passed(page)


def _compute_page_count(pagination: PaginationBehavior, page: Exchange, total: int) -> int | None:
    size = page.call.arguments.get(pagination.size_parameter)
    return math.ceil(total / int(size)) if size is not None and total else None


def _evaluate_max_items(
    context: CheckContext, pagination: PaginationBehavior, trace: Trace
) -> Iterator[Observation]:
    exchange = trace.get_successful_exchange("plain")
    item_count, ceiling = len(get_listed_items(context, exchange)), pagination.max_items or 0
    total = pointers.get_at_pointer(exchange.json, pagination.total_pointer or "")
    if item_count > ceiling:
        yield Failed(TOO_MANY_ITEMS, (exchange,), expected=ceiling, actual=item_count)
    elif item_count == ceiling or (isinstance(total, int) and total > ceiling):
        yield Passed(exchange)
    else:
        yield Inconclusive(
            f"the list holds {total if isinstance(total, int) else item_count} items: more than"
            f" {ceiling} are needed to reach the maximum"
        )


CHECKS = {
    HasPagedListProperty.kind: Check(plan=plan_paging_property, evaluate=evaluate_paging_property)
}
