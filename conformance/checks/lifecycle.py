"""Check that items are created, listed, stored and read as promised, each in its parent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.checks.call import ApiCall, OtherParentId, ResponseRef
from conformance.checks.check import Check, CheckContext
from conformance.checks.datasets import many_items, named_items
from conformance.checks.exchange import InconclusiveError, Trace
from conformance.checks.item import (
    build_body_with_references,
    build_item_call,
    explain_unspecified_field,
    find_unspecified_fields,
    reads_back_equal,
)
from conformance.checks.listing import (
    build_mark_query,
    find_pagination,
    find_state_filter,
    get_all_items,
    get_created_id,
    get_ids,
    get_items,
    get_read_item,
    list_all,
    read_back,
    read_back_by_id,
)
from conformance.checks.observation import Failed, Inconclusive, Observation, Passed
from conformance.checks.scenario import AnyStep, Scenario, Setup, Step
from conformance.contract import pointer as pointers
from conformance.contract.equality import json_equal
from conformance.contract.filtering import FiltersByGlob, FiltersByQuery
from conformance.contract.lifecycle import (
    BelongsToParent,
    CreatesDistinctItems,
    FieldsAgree,
    ListsCreatedItem,
    ReadsAsListed,
    ReturnsCreatedField,
    StoresCreatedField,
)
from conformance.contract.sorting import Sorts


def plan_listed_creation(context: CheckContext, promise: ListsCreatedItem) -> Iterator[Scenario]:
    """Yield a scenario that reads the list of created items, in full and once without arguments."""
    plain_step = Step(name="plain", call=ApiCall(operation=context.resource.list or ""))
    yield Scenario(
        label="listed",
        setup=_choose_list_setup(context),
        steps=(list_all(context, "listed"), plain_step),
    )


def _choose_list_setup(context: CheckContext) -> Setup:
    """Return the setup of named items.

    A quick run uses a setup that other checks need anyway.
    """
    list_operation = context.resource.list or ""
    is_searchable = any(
        isinstance(behavior, FiltersByGlob | FiltersByQuery | Sorts)
        for behavior in context.contract.behaviors.get(list_operation, ())
    )
    return (
        named_items(context)
        if context.example_count
        or is_searchable
        or find_pagination(context.contract, list_operation) is None
        else many_items(context)
    )


def evaluate_listed_creation(
    context: CheckContext, promise: ListsCreatedItem, trace: Trace
) -> Iterator[Observation]:
    """Check that every item created with a success response is in the list exactly once."""
    creation_steps = [
        step.name
        for step in _choose_list_setup(context).steps
        if step.call.operation == context.resource.create
    ]
    listed_ids = get_ids(context, get_all_items(context, trace, "listed"))
    for name in creation_steps:
        count = listed_ids.count(get_created_id(context, trace, name))
        if count != 1:
            yield Failed(
                f"what was created is in the list {count} times",
                (trace[name], *trace.get_exchanges("listed")),
            )
            return
        item = next(
            candidate
            for candidate in get_all_items(context, trace, "listed")
            if get_created_id(context, trace, name)
            == pointers.get(candidate, context.resource.identity_pointer)
        )
        if name.replace("item", "touch") in trace:
            continue
        for field, sent_value in trace[name].call.body.items():
            listed_value = (
                item.get(field, pointers.MISSING)
                if not explain_unspecified_field(context, trace, field, trace[name].call.body)
                else pointers.MISSING
            )
            if listed_value is not pointers.MISSING and not reads_back_equal(
                context, f"/{field}", sent_value, listed_value
            ):
                yield Failed(
                    f"{field} was sent as {sent_value!r} and is listed as {listed_value!r}",
                    (trace[name], *trace.get_exchanges("listed")),
                )
                return
    if creation_steps and not get_items(context, trace["plain"]):
        yield Failed(
            "the plain list is empty although something was created",
            (trace[creation_steps[0]], trace["plain"]),
        )
        return
    yield Passed(trace["listed"])


def plan_stored_field(
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
                **builder.build_minimal("{m}-made"),
                promise.name: ResponseRef("parent", context.resource.identity_pointer),
            },
        )
        yield Scenario(
            label="of ours",
            steps=(
                context.build_creation_step("parent"),
                child_creation,
                read_back(context, "read", "made"),
            ),
        )
        return
    complete_body = build_body_with_references(context, "{m}-made")
    if (
        not context.example_count
        and promise.name != builder.mark_property
        and complete_body.get(promise.name) not in (None, [], {})
    ):
        yield Scenario(
            label="all at once",
            steps=(
                context.build_creation_step("made", complete_body),
                read_back(context, "read", "made"),
            ),
        )
        return
    values = (
        list(builder.generate_values(promise.name, context.example_count))
        if promise.name in builder.properties
        else []
    )
    if not context.example_count and promise.name == builder.mark_property:
        values[:1] = []
    read_step = (
        read_back(context, "read", "made")
        if promise.name != builder.mark_property
        else read_back_by_id(context, "read", "made")
    )
    for number, value in enumerate(values):
        body = builder.build_with_value(promise.name, value)
        if body is not None:
            yield Scenario(
                label=f"value {number}",
                steps=(context.build_creation_step("made", body), read_step),
            )


def evaluate_stored_field(
    context: CheckContext, promise: StoresCreatedField, trace: Trace
) -> Iterator[Observation]:
    """Check that the field reads back as sent, if the documentation lets it be read."""
    pointer = f"/{promise.name}"
    sent_body = trace.get_success("made").call.body
    item, exchange = get_read_item(context, trace, "read", "made")
    read_value, answered_value = (
        pointers.get(item, pointer),
        pointers.get(trace["made"].json, pointer),
    )
    if explain_unspecified_field(context, trace, promise.name, sent_body):
        yield Inconclusive(explain_unspecified_field(context, trace, promise.name, sent_body))
    elif read_value is pointers.MISSING and answered_value is pointers.MISSING:
        yield Failed(
            f"{promise.name} was sent as {sent_body[promise.name]!r} and is nowhere to be read",
            (trace["made"], exchange),
        )
    elif read_value is pointers.MISSING:
        yield Inconclusive(f"{exchange} does not show {promise.name}")
    elif not reads_back_equal(context, pointer, sent_body[promise.name], read_value):
        yield Failed(
            f"{promise.name} was sent as {sent_body[promise.name]!r} and reads back as"
            f" {read_value!r}",
            (trace["made"], exchange),
        )
    else:
        yield Passed(exchange)


def evaluate_returned_field(
    context: CheckContext, promise: ReturnsCreatedField, trace: Trace
) -> Iterator[Observation]:
    """Check that the response to the creation shows the value sent, if it shows the field."""
    exchange = trace.get_success("made")
    answered_value = pointers.get(exchange.json, f"/{promise.name}")
    sent_value = exchange.call.body[promise.name]
    if explain_unspecified_field(context, trace, promise.name, exchange.call.body):
        yield Inconclusive(
            explain_unspecified_field(context, trace, promise.name, exchange.call.body)
        )
    elif answered_value is pointers.MISSING:
        yield Inconclusive(f"{exchange} does not show {promise.name}")
    elif not reads_back_equal(context, f"/{promise.name}", sent_value, answered_value):
        yield Failed(
            f"{promise.name} was sent as {sent_value!r} and is answered as {answered_value!r}",
            (exchange,),
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
        yield Failed(
            f"two creations were both answered with {first_id!r}", (trace["one"], trace["two"])
        )
    else:
        yield Passed(trace["two"])


def plan_agreeing_fields(context: CheckContext, promise: FieldsAgree) -> Iterator[Scenario]:
    """Yield a scenario that reads the named items."""
    yield Scenario(label="listed", setup=named_items(context), steps=(list_all(context, "listed"),))


def evaluate_agreeing_fields(
    context: CheckContext, promise: FieldsAgree, trace: Trace
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
        *((item, trace["listed"]) for item in get_all_items(context, trace, "listed")),
    ]:
        values = [pointers.get(item, pointer) for pointer in promise.pointers]
        if pointers.MISSING in values:
            continue
        if any(not json_equal(values[0], value) for value in values):
            yield Failed(f"{' and '.join(promise.pointers)} hold {values}", (exchange,))
            return
        yield Passed(exchange)


def plan_parent_membership(context: CheckContext, promise: BelongsToParent) -> Iterator[Scenario]:
    """Yield scenarios that read the lists of the parent and of another parent.

    For isolation, one item is created in each of two parents and both lists are read. Raises
    InconclusiveError if the resource has no parent or no list.
    """
    parent, resource = context.resource.parent, context.resource
    if parent is None or resource.list is None:
        raise InconclusiveError("the resource has no parent")
    other_parent = {parent.parameter: OtherParentId(parent.parameter)}
    other_creation = context.build_creation_step("there", text="{m}-there")
    if not promise.isolated:
        yield Scenario(
            label="listed", setup=named_items(context), steps=(list_all(context, "listed"),)
        )
        steps: list[AnyStep] = [
            replace(other_creation, call=replace(other_creation.call, arguments=other_parent)),
            list_all(context, "listed", other_parent),
        ]
        yield Scenario(label="of another", steps=tuple(steps))
        return
    creations = [
        context.build_creation_step("here", text="{m}-here"),
        replace(other_creation, call=replace(other_creation.call, arguments=other_parent)),
    ]
    if query_arguments := build_mark_query(context.contract, resource):
        list_steps = (
            list_all(context, "list here", query_arguments),
            list_all(context, "list there", {**query_arguments, **other_parent}),
        )
        yield Scenario(label="isolated by query", steps=(*creations, *list_steps))
    steps = [*creations]
    steps += [list_all(context, "list here"), list_all(context, "list there", other_parent)]
    steps += [
        Step(name="plain here", call=ApiCall(operation=resource.list)),
        Step(name="plain there", call=ApiCall(operation=resource.list, arguments=other_parent)),
    ]
    yield Scenario(label="isolated", steps=tuple(steps))


def evaluate_parent_membership(
    context: CheckContext, promise: BelongsToParent, trace: Trace
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
                "the two things have one identity: it may be unique only within a parent"
            )
        for name in [
            step_name
            for step_name in (*trace.exchanges, *trace.skipped)
            if step_name.startswith(("list", "plain"))
        ]:
            foreign_id, step = (other_id, "there") if "here" in name.split() else (own_id, "here")
            listed_items = (
                get_all_items(context, trace, name)
                if name.startswith("list")
                else get_items(context, trace[name])
            )
            if foreign_id in get_ids(context, listed_items):
                yield Failed(
                    f"an item of another {parent.parameter} is listed",
                    (trace[step], *trace.get_exchanges(name)),
                )
                return
        yield Passed(trace["list there"])
        return
    parent_id = trace["listed"].call.arguments[parent.parameter]
    for name, exchanges in trace.exchanges.items():
        named_parent = pointers.get(exchanges[-1].json, parent.field or "")
        is_documented = not context.contract.operations[exchanges[-1].call.operation].auxiliary
        if (
            name != "listed"
            and is_documented
            and exchanges[-1].succeeded
            and isinstance(named_parent, str | int)
            and str(named_parent).lower() != str(parent_id).lower()
        ):
            yield Failed(
                f"the answer about an item of {parent.parameter} {parent_id} names {named_parent}",
                exchanges,
            )
            return
    for item in get_all_items(context, trace, "listed"):
        named_parent = pointers.get(item, parent.field or "")
        if named_parent is pointers.MISSING:
            continue
        if str(named_parent).lower() != str(parent_id).lower():
            yield Failed(
                f"the list of {parent.parameter} {parent_id} holds an item of {named_parent}",
                trace.get_exchanges("listed"),
            )
            return
        yield Passed(trace["listed"])


def plan_single_read(context: CheckContext, promise: ReadsAsListed) -> Iterator[Scenario]:
    """Yield a scenario that reads an item by itself and in the list.

    If the resource has switches, a switched item is read too.
    """
    read_operation = context.resource.read or ""
    steps: list[AnyStep] = [
        context.build_creation_step("made"),
        Step(name="read", call=build_item_call(context, read_operation, "made")),
        list_all(context, "listed"),
    ]
    yield Scenario(label="plain", steps=tuple(steps))
    state_filter = find_state_filter(context.contract, context.resource.list or "")
    for switch in context.resource.switches:
        if state_filter is None or state_filter.item_pointer != switch.field:
            continue
        on_value = next(
            (text for text, value in state_filter.item_values.items() if value is True), None
        )
        steps = [
            context.build_creation_step("made"),
            Step(name="switch", call=build_item_call(context, switch.on, "made")),
        ]
        steps += [
            Step(name="read", call=build_item_call(context, read_operation, "made")),
            list_all(context, "listed", {state_filter.parameter: on_value}),
        ]
        yield Scenario(label=f"switched {switch.field[1:]}", steps=tuple(steps))


def evaluate_single_read(
    context: CheckContext, promise: ReadsAsListed, trace: Trace
) -> Iterator[Observation]:
    """Check that the single read returns the created item, with the same values as the list."""
    identity = get_created_id(context, trace, "made")
    if trace["read"].refused:
        yield Failed(
            f"what was created cannot be read: {trace['read']}", (trace["made"], trace["read"])
        )
        return
    item = trace.get_success("read").json
    listed_item = next(
        (
            candidate
            for candidate in get_all_items(context, trace, "listed")
            if json_equal(pointers.get(candidate, context.resource.identity_pointer), identity)
        ),
        None,
    )
    if not isinstance(item, dict) or not json_equal(
        pointers.get(item, context.resource.identity_pointer), identity
    ):
        yield Failed(f"reading {identity!r} gives something else", (trace["made"], trace["read"]))
        return
    if listed_item is None:
        yield Inconclusive("the list does not hold what was made")
        return
    for name in item.keys() & listed_item.keys():
        if not json_equal(item[name], listed_item[name]) and name not in find_unspecified_fields(
            context, item
        ):
            yield Failed(
                f"{name} reads {item[name]!r} by itself and {listed_item[name]!r} in the list",
                (trace["read"], *trace.get_exchanges("listed")),
            )
            return
    yield Passed(trace["read"])


CHECKS = {
    ListsCreatedItem.kind: Check(plan=plan_listed_creation, evaluate=evaluate_listed_creation),
    StoresCreatedField.kind: Check(plan=plan_stored_field, evaluate=evaluate_stored_field),
    ReturnsCreatedField.kind: Check(plan=plan_stored_field, evaluate=evaluate_returned_field),
    CreatesDistinctItems.kind: Check(plan=plan_distinct_ids, evaluate=evaluate_distinct_ids),
    FieldsAgree.kind: Check(plan=plan_agreeing_fields, evaluate=evaluate_agreeing_fields),
    BelongsToParent.kind: Check(plan=plan_parent_membership, evaluate=evaluate_parent_membership),
    ReadsAsListed.kind: Check(plan=plan_single_read, evaluate=evaluate_single_read),
}
