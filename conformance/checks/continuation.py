"""Check lists whose pages each say how to get the next one: followed to the end, they are whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from conformance.checks.cause import Cause
from conformance.checks.check import Check, CheckContext
from conformance.checks.datasets import build_many_items_setup
from conformance.checks.exchange import Exchange, Trace
from conformance.checks.listing import (
    build_list_all_step,
    build_mark_filter_arguments,
    get_item_ids,
    get_listed_items,
    map_created_ids_to_steps,
)
from conformance.checks.observation import Failed, FailureKind, Inconclusive, Observation, Passed
from conformance.checks.scenario import Scenario
from conformance.contract.continuation import (
    ContinuedListProperty,
    ContinuesInPages,
    HasContinuedListProperty,
)

PAGE_SIZES = (7, 4)  # of the reads; a quick run has the second one only
_NOT_REACHED = FailureKind(
    "not-reached", "{missing} of {count} items are on no page, for example {expected}"
)
_REACHED_TWICE = FailureKind(
    "reached-twice", "{count} items are on two pages, for example {actual}"
)
_ENDLESS = FailureKind("endless-list", "the page after the last one is an earlier one: {next}")
_NO_NEXT = FailureKind("no-next-page", "{next} leads nowhere: {exchange}")
_TOO_LARGE = FailureKind("page-too-large", "a page of {parameter}={expected} holds {actual} items")


def plan_continued_list(
    context: CheckContext, promise: HasContinuedListProperty
) -> Iterator[Scenario]:
    """Yield scenarios that follow the pages of a long list, of two sizes."""
    has_filter = bool(build_mark_filter_arguments(context.contract, context.resource))
    for size in PAGE_SIZES if context.example_count else PAGE_SIZES[1:]:
        yield Scenario(
            label=f"pages of {size}",
            setup=build_many_items_setup(context),
            needs_quiescence=not has_filter,
            steps=(build_list_all_step(context, "pages", size=size),),
        )


def evaluate_continued_list(
    context: CheckContext, promise: HasContinuedListProperty, trace: Trace
) -> Iterator[Observation]:
    """Evaluate the pages for the property of the claim."""
    pages = trace.get_exchanges("pages")
    if promise.property is ContinuedListProperty.SIZE:
        yield from _evaluate_sizes(context, promise.behavior, pages)
    else:
        yield from _evaluate_completeness(context, promise.behavior, trace, pages)


def _evaluate_sizes(
    context: CheckContext, behavior: ContinuesInPages, pages: tuple[Exchange, ...]
) -> Iterator[Observation]:
    parameter = behavior.size_parameter or ""
    for page in pages:
        count = len(get_listed_items(context, page))
        size = int(page.call.arguments[parameter])  # a text, where the server gave the next URL
        if count > size:
            yield Failed(
                _TOO_LARGE, (page,), expected=size, actual=count, details={"parameter": parameter}
            )
            return
    if len(pages) < 2:
        yield Inconclusive("the whole list came on one page")
    else:
        yield Passed(pages[0])


def _evaluate_completeness(
    context: CheckContext, behavior: ContinuesInPages, trace: Trace, pages: tuple[Exchange, ...]
) -> Iterator[Observation]:
    own_items = map_created_ids_to_steps(context, trace, build_many_items_setup(context))
    if len(pages) > 1 and pages[-1].refused:
        yield Failed(_NO_NEXT, pages[-2:], details={"next": behavior.next})
        return
    counts = Counter(
        id for page in pages for id in get_item_ids(context, get_listed_items(context, page))
    )
    repeated = [id for id in own_items if counts[id] > 1]
    missing = [id for id in own_items if not counts[id]]
    if repeated:
        yield Failed(_REACHED_TWICE, pages, actual=repeated[0], details={"count": len(repeated)})
    elif _repeats_itself(context, behavior, pages):
        yield Failed(_ENDLESS, pages[-2:], details={"next": behavior.next})
    elif "pages" in trace.truncated:
        yield Inconclusive(
            f"the list is too long to read as a whole ({len(pages)} requests were not enough)",
            Cause.INCOMPLETE_LIST,
        )
    elif missing:
        yield Failed(
            _NOT_REACHED,
            pages,
            expected=missing[0],
            details={"missing": len(missing), "count": len(own_items)},
        )
    elif len(pages) < 2:
        yield Inconclusive("the whole list came on one page")
    else:
        yield Passed(pages[-1])


def _repeats_itself(
    context: CheckContext, behavior: ContinuesInPages, pages: tuple[Exchange, ...]
) -> bool:
    """Tell whether the last page leads to a page that was read before."""
    last_page = pages[-1]
    if last_page.response is None:
        return False
    parameters = [parameter.name for parameter in context.operation.parameters]
    try:
        next_arguments = behavior.find_next_arguments(
            last_page.call.arguments, last_page.json, last_page.response.headers, parameters
        )
    except ValueError:
        return False
    return next_arguments is not None and any(
        _as_texts(next_arguments) == _as_texts(page.call.arguments) for page in pages
    )


def _as_texts(arguments: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in arguments.items()}


CHECKS = {
    HasContinuedListProperty.kind: Check(plan=plan_continued_list, evaluate=evaluate_continued_list)
}
