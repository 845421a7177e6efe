"""Check that items are created, listed, stored and read as promised, each in its parent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.checks.call import ApiCall, EarlierResponseValue, OtherParentId
from conformance.checks.cause import Cause
from conformance.checks.check import Check, CheckContext
from conformance.checks.datasets import build_many_items_setup, build_named_items_setup
from conformance.checks.exchange import InconclusiveError, Trace
from conformance.checks.item import (
    build_full_body_with_references,
    build_item_call,
    explain_unspecified_field_value,
    find_fields_with_unspecified_value,
    reads_back_equal,
)
from conformance.checks.listing import (
    build_list_all_step,
    build_mark_query_arguments,
    build_read_back_by_id_step,
    build_read_back_step,
    explain_possible_cut,
    find_pagination,
    find_state_filter,
    get_created_id,
    get_item_ids,
    get_items_of_all_pages,
    get_listed_items,
    get_read_item_and_exchange,
)
from conformance.checks.observation import Failed, FailureKind, Inconclusive, Observation, Passed
from conformance.checks.scenario import AnyStep, Scenario, Setup, Step
from conformance.contract import pointer as pointers
from conformance.contract.equality import json_equal
from conformance.contract.filtering import FiltersByGlob, FiltersByQuery
from conformance.contract.json import Json
from conformance.contract.lifecycle import (
    CreatesDistinctItems,
    FieldsHoldSameValue,
    ItemBelongsToParent,
    ListsCreatedItem,
    ReadsAsListed,
    ReturnsCreatedField,
    StoresCreatedField,
)
from conformance.contract.sorting import SortingBehavior

_LISTED_WRONG_TIMES = FailureKind(
    "listed-wrong-times", "what was created is in the list {actual} times"
)
_PLAIN_LIST_EMPTY = FailureKind(
    "plain-list-empty", "the plain list is empty although something was created"
)
_LISTED_OTHERWISE = FailureKind(
    "listed-otherwise", "{field} was sent as {expected} and is listed as {actual}"
)
_NOWHERE_TO_BE_READ = FailureKind(
    "not-stored", "{field} was sent as {expected} and is nowhere to be read"
)
_STORED_OTHERWISE = FailureKind(
    "stored-otherwise", "{field} was sent as {expected} and reads back as {actual}"
)
_ANSWERED_OTHERWISE = FailureKind(
    "answered-otherwise", "{field} was sent as {expected} and is answered as {actual}"
)
_SAME_ID = FailureKind("same-id", "two creations were both answered with {actual}")
_FIELDS_DIFFER = FailureKind("fields-differ", "{fields} hold {actual}")
_FOREIGN_ITEM_LISTED = FailureKind("foreign-item-listed", "an item of another {parent} is listed")
_WRONG_PARENT = FailureKind(
    "wrong-parent", "the answer about an item of {parent} {parent_id} names {named}"
)
_WRONG_PARENT_IN_LIST = FailureKind(
    "wrong-parent-in-list", "the list of {parent} {parent_id} holds an item of {named}"
)
_NOT_READABLE = FailureKind("not-readable", "what was created cannot be read: {exchange}")
_OTHER_ITEM_READ = FailureKind("other-item-read", "reading {expected} gives something else")
_READS_AND_LISTS_DIFFER = FailureKind(
    "read-and-list-differ", "{field} reads {expected} by itself and {actual} in the list"
)


def plan_created_items_in_list(
    context: CheckContext, promise: ListsCreatedItem
) -> Iterator[Scenario]:
    """Yield a scenario that reads the list of created items, in full and once without arguments."""
    plain_step = Step(name="plain", call=ApiCall(operation=context.resource.list or ""))
    steps: list[AnyStep] = [build_list_all_step(context, "listed"), plain_step]
    if find_pagination(context.contract, context.resource.list or "") is None:
        # a list that grows further was not cut
        steps += [
            context.build_creation_step("another", text="{m}-another"),
            build_list_all_step(context, "grown"),
        ]
    yield Scenario(label="listed", setup=_choose_list_setup(context), steps=tuple(steps))


def _choose_list_setup(context: CheckContext) -> Setup:
    """Return the setup of named items.

    A quick run uses a setup that other checks need anyway.
    """
    list_operation = context.resource.list or ""
    is_searchable = any(
        isinstance(behavior, FiltersByGlob | FiltersByQuery | SortingBehavior)
        for behavior in context.contract.behaviors.get(list_operation, ())
    )
    return (
        build_named_items_setup(context)
        if context.example_count
        or is_searchable
        or find_pagination(context.contract, list_operation) is None
        else build_many_items_setup(context)
    )


def evaluate_created_items_in_list(
    context: CheckContext, promise: ListsCreatedItem, trace: Trace
) -> Iterator[Observation]:
    """Check that every item created with a success response is in the list exactly once."""
    creation_steps = [
        step.name
        for step in _choose_list_setup(context).steps
        if step.call.operation == context.resource.create
    ]
    listed_ids = get_item_ids(context, get_items_of_all_pages(context, trace, "listed"))
    for name in creation_steps:
        count = listed_ids.count(get_created_id(context, trace, name))
        if count == 0 and (reason := explain_possible_cut(context, trace, "listed")):
            yield Inconclusive(reason, Cause.INCOMPLETE_LIST)
            return
        if count != 1:
            yield Failed(
                _LISTED_WRONG_TIMES,
                (trace[name], *trace.get_exchanges("listed")),
                expected=1,
                actual=count,
            )
            return
        item = next(
            candidate
            for candidate in get_items_of_all_pages(context, trace, "listed")
            if get_created_id(context, trace, name)
            == pointers.get_at_pointer(candidate, context.resource.identity_pointer)
        )
        if name.replace("item", "touch") in trace:
            continue
        for field, sent_value in trace[name].call.body.items():
            listed_value = (
                item.get(field, pointers.MISSING)
                if not explain_unspecified_field_value(context, trace, field, trace[name].call.body)
                else pointers.MISSING
            )
            if listed_value is not pointers.MISSING and not reads_back_equal(
                context, f"/{field}", sent_value, listed_value
            ):
                yield Failed(
                    _LISTED_OTHERWISE,
                    (trace[name], *trace.get_exchanges("listed")),
                    pointer=pointers.join("", field),
                    expected=sent_value,
                    actual=listed_value,
                )
                return
    if creation_steps and not get_listed_items(context, trace["plain"]):
        yield Failed(_PLAIN_LIST_EMPTY, (trace[creation_steps[0]], trace["plain"]))
        return
    yield Passed(trace["listed"])


def plan_creation_with_field(
    context: CheckContext, promise: StoresCreatedField | ReturnsCreatedField
) -> Iterator[Scenario]:
    """Yield scenarios that create an item with a value of the field and read it back."""
    # the same seed, and so the same scenario, for both claims
    builder = context.get_body_builder(seed=f"{context.seed}/{context.operation.id}/{promise.name}")
    reference = next(
        (
            candidate
            for candidate in context.contract.body_references
            if candidate.body_pointer == f"/{promise.name}"
        ),
        None,
    )
    if reference is not None and reference.resource == context.resource.name:
        child_creation = context.build_creation_step(
            "made",
            {
                **builder.build_minimal_body("{m}-made"),
                promise.name: EarlierResponseValue("parent", context.resource.identity_pointer),
            },
        )
        yield Scenario(
            label="of ours",
            steps=(
                context.build_creation_step("parent"),
                child_creation,
                build_read_back_step(context, "read", "made"),
            ),
        )
        return
    complete_body = build_full_body_with_references(context, "{m}-made")
    if (
        not context.example_count
        and promise.name != builder.mark_property
        and complete_body.get(promise.name) not in (None, [], {})
    ):
        yield Scenario(
            label="all at once",
            steps=(
                context.build_creation_step("made", complete_body),
                build_read_back_step(context, "read", "made"),
            ),
        )
        return
    values = (
        list(builder.generate_storable_values(promise.name, context.example_count))
        if promise.name in builder.properties
        else []
    )
    if not context.example_count and promise.name == builder.mark_property:
        values[:1] = []
    read_step = (
        build_read_back_step(context, "read", "made")
        if promise.name != builder.mark_property
        else build_read_back_by_id_step(context, "read", "made")
    )
    for number, value in enumerate(values):
        body = builder.build_body_with_value(promise.name, value)
        if body is not None:
            yield Scenario(
                label=f"value {number}",
                steps=(context.build_creation_step("made", body), read_step),
            )


def evaluate_stored_created_field(
    context: CheckContext, promise: StoresCreatedField, trace: Trace
) -> Iterator[Observation]:
    """Check that the field reads back as sent, if the documentation lets it be read."""
    pointer = f"/{promise.name}"
    sent_body = trace.get_successful_exchange("made").call.body
    item, exchange = get_read_item_and_exchange(context, trace, "read", "made")
    read_value, answered_value = (
        pointers.get_at_pointer(item, pointer),
        pointers.get_at_pointer(trace["made"].json, pointer),
    )
    if explain_unspecified_field_value(context, trace, promise.name, sent_body):
        yield Inconclusive(
            explain_unspecified_field_value(context, trace, promise.name, sent_body),
            Cause.UNSPECIFIED,
        )
    elif read_value is pointers.MISSING and answered_value is pointers.MISSING:
        yield Failed(
            _NOWHERE_TO_BE_READ,
            (trace["made"], exchange),
            pointer=pointer,
            expected=sent_body[promise.name],
        )
    elif read_value is pointers.MISSING:
        yield Inconclusive(f"{exchange} does not show {promise.name}")
    elif not reads_back_equal(context, pointer, sent_body[promise.name], read_value):
        yield Failed(
            _STORED_OTHERWISE,
            (trace["made"], exchange),
            pointer=pointer,
            expected=sent_body[promise.name],
            actual=read_value,
        )
    else:
        yield Passed(exchange)


def evaluate_returned_created_field(
    context: CheckContext, promise: ReturnsCreatedField, trace: Trace
) -> Iterator[Observation]:
    """Check that the response to the creation shows the value sent, if it shows the field."""
    exchange = trace.get_successful_exchange("made")
    answered_value = pointers.get_at_pointer(exchange.json, f"/{promise.name}")
    sent_value = exchange.call.body[promise.name]
    if explain_unspecified_field_value(context, trace, promise.name, exchange.call.body):
        yield Inconclusive(
            explain_unspecified_field_value(context, trace, promise.name, exchange.call.body),
            Cause.UNSPECIFIED,
        )
    elif answered_value is pointers.MISSING:
        yield Inconclusive(f"{exchange} does not show {promise.name}")
    elif not reads_back_equal(context, f"/{promise.name}", sent_value, answered_value):
        yield Failed(
            _ANSWERED_OTHERWISE,
            (exchange,),
            pointer=pointers.join("", promise.name),
            expected=sent_value,
            actual=answered_value,
        )
    else:
        yield Passed(exchange)


def plan_distinct_ids(context: CheckContext, promise: CreatesDistinctItems) -> Iterator[Scenario]:
    """Yield scenarios that create two items, with different names and with the same name."""
    if not context.example_count:
        yield Scenario(
            label="of a stage",
            setup=_choose_list_setup(context),
            steps=(),
            aliases={"one": "item 0", "two": "item 1"},
        )
        duplicates = (
            context.build_creation_step("one", text="{m}-twin"),
            context.build_creation_step("two", text="{m}-twin"),
        )
        yield Scenario(label="two of one name", steps=duplicates, in_quick=True)
        return
    yield Scenario(
        label="two",
        steps=(
            context.build_creation_step("one", text="{m}-one"),
            context.build_creation_step("two", text="{m}-two"),
        ),
    )
    yield Scenario(
        label="two of one name",
        steps=(
            context.build_creation_step("one", text="{m}-twin"),
            context.build_creation_step("two", text="{m}-twin"),
        ),
    )


def evaluate_distinct_ids(
    context: CheckContext, promise: CreatesDistinctItems, trace: Trace
) -> Iterator[Observation]:
    """Check that the two ids differ."""
    first_id, second_id = (
        get_created_id(context, trace, "one"),
        get_created_id(context, trace, "two"),
    )
    if json_equal(first_id, second_id):
        yield Failed(_SAME_ID, (trace["one"], trace["two"]), actual=first_id)
    else:
        yield Passed(trace["two"])


def plan_fields_with_same_value(
    context: CheckContext, promise: FieldsHoldSameValue
) -> Iterator[Scenario]:
    """Yield a scenario that reads the named items."""
    yield Scenario(
        label="listed",
        setup=build_named_items_setup(context),
        steps=(build_list_all_step(context, "listed"),),
    )


def evaluate_fields_with_same_value(
    context: CheckContext, promise: FieldsHoldSameValue, trace: Trace
) -> Iterator[Observation]:
    """Check that all pointers of the claim hold the same value in each item.

    This includes the responses to the creation and to the update of the item.
    """
    bodies_and_exchanges = [
        (trace[name].json, trace[name])
        for name in trace.exchanges
        if name != "listed" and trace[name].succeeded
    ]
    bodies_and_exchanges = [
        pair
        for pair in bodies_and_exchanges
        if not context.contract.operations[pair[1].call.operation].auxiliary
    ]
    for item, exchange in [
        *bodies_and_exchanges,
        *((item, trace["listed"]) for item in get_items_of_all_pages(context, trace, "listed")),
    ]:
        values = [pointers.get_at_pointer(item, pointer) for pointer in promise.pointers]
        if pointers.MISSING in values:
            continue
        if any(not json_equal(values[0], value) for value in values):
            yield Failed(
                _FIELDS_DIFFER,
                (exchange,),
                pointer=promise.pointers[0],
                actual=values,
                details={"fields": " and ".join(promise.pointers)},
            )
            return
        yield Passed(exchange)


def plan_parent_membership(
    context: CheckContext, promise: ItemBelongsToParent
) -> Iterator[Scenario]:
    """Yield scenarios that read the lists of the parent and of another parent.

    For isolation, one item is created in each of two parents and both lists are read. Raises
    InconclusiveError if the resource has no parent or no list.
    """
    parent, resource = context.resource.parent, context.resource
    if parent is None or resource.list is None:
        raise InconclusiveError("the resource has no parent", Cause.NO_WAY)
    other_parent = {parent.parameter: OtherParentId(parent.parameter)}
    other_creation = context.build_creation_step("there", text="{m}-there")
    if not promise.isolated:
        yield Scenario(
            label="listed",
            setup=build_named_items_setup(context),
            steps=(build_list_all_step(context, "listed"),),
        )
        steps: list[AnyStep] = [
            replace(other_creation, call=replace(other_creation.call, arguments=other_parent)),
            build_list_all_step(context, "listed", other_parent),
        ]
        yield Scenario(label="of another", steps=tuple(steps))
        return
    creations = [
        context.build_creation_step("here", text="{m}-here"),
        replace(other_creation, call=replace(other_creation.call, arguments=other_parent)),
    ]
    if query_arguments := build_mark_query_arguments(context.contract, resource):
        list_steps = (
            build_list_all_step(context, "list here", query_arguments),
            build_list_all_step(context, "list there", {**query_arguments, **other_parent}),
        )
        yield Scenario(label="isolated by query", steps=(*creations, *list_steps))
    steps = [*creations]
    steps += [
        build_list_all_step(context, "list here"),
        build_list_all_step(context, "list there", other_parent),
    ]
    steps += [
        Step(name="plain here", call=ApiCall(operation=resource.list)),
        Step(name="plain there", call=ApiCall(operation=resource.list, arguments=other_parent)),
    ]
    yield Scenario(label="isolated", steps=tuple(steps))


def evaluate_parent_membership(
    context: CheckContext, promise: ItemBelongsToParent, trace: Trace
) -> Iterator[Observation]:
    """Check that items name their parent and that none is in the list of the other parent."""
    parent = context.resource.parent
    if parent is None:
        return
    if promise.isolated:
        own_id, other_id = (
            get_created_id(context, trace, "here"),
            get_created_id(context, trace, "there"),
        )
        if json_equal(own_id, other_id):
            raise InconclusiveError(
                "the two things have one identity: it may be unique only within a parent",
                Cause.NO_WAY,
            )
        for name, is_whole, foreign_id, step in (
            ("list here", True, other_id, "there"),
            ("list there", True, own_id, "here"),
            ("plain here", False, other_id, "there"),
            ("plain there", False, own_id, "here"),
        ):
            if name not in trace.exchanges and name not in trace.skipped:
                continue
            listed_items = (
                get_items_of_all_pages(context, trace, name)
                if is_whole
                else get_listed_items(context, trace[name])
            )
            if foreign_id in get_item_ids(context, listed_items):
                yield Failed(
                    _FOREIGN_ITEM_LISTED,
                    (trace[step], *trace.get_exchanges(name)),
                    details={"parent": parent.parameter},
                )
                return
        yield Passed(trace["list there"])
        return
    parent_id = trace["listed"].call.arguments[parent.parameter]
    for name, exchanges in trace.exchanges.items():
        named_parent = pointers.get_at_pointer(exchanges[-1].json, parent.field or "")
        is_documented = not context.contract.operations[exchanges[-1].call.operation].auxiliary
        if (
            name != "listed"
            and is_documented
            and exchanges[-1].succeeded
            and isinstance(named_parent, str | int)
            and str(named_parent).lower() != str(parent_id).lower()
        ):
            yield Failed(
                _WRONG_PARENT,
                exchanges,
                pointer=parent.field or "",
                expected=parent_id,
                actual=named_parent,
                details={
                    "parent": parent.parameter,
                    "parent_id": str(parent_id),
                    "named": str(named_parent),
                },
            )
            return
    for item in get_items_of_all_pages(context, trace, "listed"):
        named_parent = pointers.get_at_pointer(item, parent.field or "")
        if named_parent is pointers.MISSING:
            continue
        if str(named_parent).lower() != str(parent_id).lower():
            yield Failed(
                _WRONG_PARENT_IN_LIST,
                trace.get_exchanges("listed"),
                pointer=parent.field or "",
                expected=parent_id,
                actual=named_parent,
                details={
                    "parent": parent.parameter,
                    "parent_id": str(parent_id),
                    "named": str(named_parent),
                },
            )
            return
        yield Passed(trace["listed"])


def plan_item_read_as_listed(context: CheckContext, promise: ReadsAsListed) -> Iterator[Scenario]:
    """Yield a scenario that reads an item by itself and in the list.

    If the resource has switches, a switched item is read too.
    """
    read_operation = context.resource.read or ""
    steps: list[AnyStep] = [
        context.build_creation_step("made"),
        Step(name="read", call=build_item_call(context, read_operation, "made")),
        build_list_all_step(context, "listed"),
    ]
    yield Scenario(label="plain", steps=tuple(steps))
    whole_body = build_full_body_with_references(context, "{m}-whole")
    steps = [context.build_creation_step("made", whole_body), *steps[1:]]
    yield Scenario(label="all fields", steps=tuple(steps), in_quick=True)
    state_filter = find_state_filter(context.contract, context.resource.list or "")
    for switch in context.resource.switches:
        arguments: dict[str, Json] = {}
        if state_filter is not None and state_filter.item_pointer == switch.field:
            on_value = next(
                (text for text, value in state_filter.item_values.items() if value is True), None
            )
            arguments = {state_filter.parameter: on_value}
        steps = [
            context.build_creation_step("made"),
            Step(name="switch", call=build_item_call(context, switch.on, "made")),
        ]
        steps += [
            Step(name="read", call=build_item_call(context, read_operation, "made")),
            build_list_all_step(context, "listed", arguments),
        ]
        yield Scenario(label=f"switched {switch.field[1:]}", steps=tuple(steps))


def evaluate_item_read_as_listed(
    context: CheckContext, promise: ReadsAsListed, trace: Trace
) -> Iterator[Observation]:
    """Check that the single read returns the created item, with the same values as the list.

    A switched item that is in no list need not be readable.
    """
    identity = get_created_id(context, trace, "made")
    if (
        trace["read"].refused
        and "switch" in trace
        and identity not in get_item_ids(context, get_items_of_all_pages(context, trace, "listed"))
    ):
        yield Inconclusive("the list does not hold what was made")
        return
    if trace["read"].refused:
        yield Failed(_NOT_READABLE, (trace["made"], trace["read"]))
        return
    item = trace.get_successful_exchange("read").json
    listed_item = next(
        (
            candidate
            for candidate in get_items_of_all_pages(context, trace, "listed")
            if json_equal(
                pointers.get_at_pointer(candidate, context.resource.identity_pointer), identity
            )
        ),
        None,
    )
    if not isinstance(item, dict) or not json_equal(
        pointers.get_at_pointer(item, context.resource.identity_pointer), identity
    ):
        yield Failed(_OTHER_ITEM_READ, (trace["made"], trace["read"]), expected=identity)
        return
    if listed_item is None:
        yield Inconclusive("the list does not hold what was made")
        return
    for name in item.keys() & listed_item.keys():
        if not json_equal(
            item[name], listed_item[name]
        ) and name not in find_fields_with_unspecified_value(context, item):
            yield Failed(
                _READS_AND_LISTS_DIFFER,
                (trace["read"], *trace.get_exchanges("listed")),
                pointer=pointers.join("", name),
                expected=item[name],
                actual=listed_item[name],
            )
            return
    yield Passed(trace["read"])


CHECKS = {
    ListsCreatedItem.kind: Check(
        plan=plan_created_items_in_list, evaluate=evaluate_created_items_in_list
    ),
    StoresCreatedField.kind: Check(
        plan=plan_creation_with_field, evaluate=evaluate_stored_created_field
    ),
    ReturnsCreatedField.kind: Check(
        plan=plan_creation_with_field, evaluate=evaluate_returned_created_field
    ),
    CreatesDistinctItems.kind: Check(plan=plan_distinct_ids, evaluate=evaluate_distinct_ids),
    FieldsHoldSameValue.kind: Check(
        plan=plan_fields_with_same_value, evaluate=evaluate_fields_with_same_value
    ),
    ItemBelongsToParent.kind: Check(
        plan=plan_parent_membership, evaluate=evaluate_parent_membership
    ),
    ReadsAsListed.kind: Check(plan=plan_item_read_as_listed, evaluate=evaluate_item_read_as_listed),
}
