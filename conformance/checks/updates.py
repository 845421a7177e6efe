"""Check that updates change the fields they send and that switches change their state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.checks import lifecycle_scenario, list_membership
from conformance.checks.cause import Cause
from conformance.checks.check import Check, CheckContext
from conformance.checks.exchange import InconclusiveError, Trace
from conformance.checks.item import (
    build_item_call,
    explain_unspecified_field_value,
    reads_back_equal,
)
from conformance.checks.lifecycle_scenario import SharedLifecycleSetup
from conformance.checks.listing import (
    build_list_all_step,
    build_read_back_in_list_step,
    build_read_back_step,
    get_created_id,
    get_item_ids,
    get_items_of_all_pages,
    get_read_item_and_exchange,
)
from conformance.checks.observation import Failed, FailureKind, Inconclusive, Observation, Passed
from conformance.checks.scenario import AnyStep, Scenario, Step
from conformance.contract import pointer as pointers
from conformance.contract.equality import json_equal
from conformance.contract.lifecycle import SetsItemFlag, StoresUpdatedField, ToggledFieldState

_FLAG_WRONG = FailureKind("flag-wrong", "afterwards {field} is {actual}")
_FLAG_WRONG_IN_LIST = FailureKind(
    "flag-wrong-in-list", "afterwards {field} is {actual} in the list"
)
_REPETITION_REFUSED = FailureKind("repetition-refused", "done {times}, it is refused: {exchange}")
_REPETITION_CHANGES = FailureKind("repetition-changes", "the second time changes {fields}")
_UPDATED_OTHERWISE = FailureKind(
    "updated-otherwise", "{field} was updated to {expected} and reads back as {actual}"
)


def plan_field_update(context: CheckContext, promise: StoresUpdatedField) -> Iterator[Scenario]:
    """Yield scenarios that create an item, update the field to another value and read it back."""
    operation = context.operation
    create_builder, update_builder = (
        context.get_body_builder(),
        context.get_body_builder(operation.id),
    )
    if promise.name not in update_builder.properties:
        return
    timeline = lifecycle_scenario.find_shared_lifecycle_setup(context, operation.id)
    if timeline is not None and lifecycle_scenario.does_lifecycle_update_change_field(
        context, operation.id, promise.name
    ):
        steps_around = timeline.build_aliases_around_operation(operation.id)
        aliases = {
            "made": "middle",
            "update": steps_around["call"],
            "read": steps_around["middle after"],
        }
        yield Scenario(label="in a life", setup=timeline.setup, steps=(), aliases=aliases)
        for switch in context.resource.switches:
            for text in (
                text
                for text, value in list_membership.get_state_filter_values(
                    context, switch.field
                ).items()
                if value is False
            ):
                list_aliases = {"read": f"{steps_around['call']} listed {text}"}
                yield Scenario(
                    label="in a life, in the list",
                    setup=timeline.setup,
                    steps=(),
                    aliases=aliases | list_aliases,
                    in_quick=True,
                )
        return
    in_list = not context.example_count or not context.resource.list or not context.resource.read
    for number, value in enumerate(
        update_builder.generate_storable_values(promise.name, context.example_count)
    ):
        body_after = update_builder.build_body_with_value(promise.name, value, "{m}-item")
        body_before = next(
            (
                body
                for other_value in create_builder.generate_storable_values(promise.name, 1)
                if other_value != value
                and (
                    body := create_builder.build_body_with_value(
                        promise.name, other_value, "{m}-item"
                    )
                )
            ),
            None,
        )
        if body_after is None or body_before is None:
            continue
        update_step = Step(
            name="update",
            call=replace(build_item_call(context, operation.id, "made"), body=body_after),
        )
        yield Scenario(
            label=f"value {number}",
            steps=(
                context.build_creation_step("made", body_before),
                update_step,
                build_read_back_step(context, "read", "made"),
            ),
        )
        if not in_list:
            in_list = True
            for switch in context.resource.switches:
                switch_step = Step(
                    name=f"prepare {switch.on}",
                    call=build_item_call(context, switch.on, "made"),
                    must_succeed=True,
                )
                read_step = build_read_back_step(context, "read", "made")
                yield Scenario(
                    label=f"switched {switch.field[1:]}",
                    steps=(
                        context.build_creation_step("made", body_before),
                        switch_step,
                        update_step,
                        read_step,
                    ),
                )
            yield Scenario(
                label="in the list",
                steps=(
                    context.build_creation_step("made", body_before),
                    update_step,
                    build_read_back_in_list_step(context, "read", "made"),
                ),
            )


def evaluate_field_update(
    context: CheckContext, promise: StoresUpdatedField, trace: Trace
) -> Iterator[Observation]:
    """Check that the field reads back as the update sent it."""
    trace.get_successful_exchange("made")
    sent_body = trace.get_successful_exchange("update").call.body
    item, exchange = get_read_item_and_exchange(context, trace, "read", "made")
    value = pointers.get_at_pointer(item, f"/{promise.name}")
    if explain_unspecified_field_value(context, trace, promise.name, sent_body):
        yield Inconclusive(
            explain_unspecified_field_value(context, trace, promise.name, sent_body),
            Cause.UNSPECIFIED,
        )
    elif value is pointers.MISSING:
        yield Inconclusive(f"{exchange} does not show {promise.name}")
    elif not reads_back_equal(context, f"/{promise.name}", sent_body[promise.name], value):
        yield Failed(
            _UPDATED_OTHERWISE,
            (trace["made"], trace["update"], exchange),
            pointer=pointers.join("", promise.name),
            expected=sent_body[promise.name],
            actual=value,
        )
    else:
        yield Passed(exchange)


def plan_setting_of_flag(context: CheckContext, promise: SetsItemFlag) -> Iterator[Scenario]:
    """Yield scenarios that switch an item from either state and read it back.

    If the claim is about repetition, the item is switched twice.
    """
    switch, operation_id = promise.switch, context.operation.id
    if (
        timeline := lifecycle_scenario.find_shared_lifecycle_setup(context, operation_id)
    ) is not None and len(timeline.step_numbers[operation_id]) > promise.repeated:
        yield from _plan_setting_of_flag_in_shared_lifecycle(timeline, context, promise)
        return
    opposite_operation = switch.off if promise.position is ToggledFieldState.ON else switch.on
    prerequisites = (
        {"from new": [], "from opposite": [opposite_operation]}
        if promise.position is ToggledFieldState.ON
        else {"from opposite": [opposite_operation]}
    )
    if promise.repeated and promise.position is ToggledFieldState.OFF:
        prerequisites["from new"] = []
    for label, operations in prerequisites.items():
        steps: list[AnyStep] = [context.build_creation_step("made")]
        steps += [
            Step(
                name=f"prepare {number}",
                call=build_item_call(context, operation, "made"),
                must_succeed=True,
            )
            for number, operation in enumerate(operations)
        ]
        if promise.repeated:
            steps += [
                Step(name="first", call=build_item_call(context, operation_id, "made")),
                build_read_back_step(context, "between", "made"),
            ]
        steps += [
            Step(name="switch", call=build_item_call(context, operation_id, "made")),
            build_read_back_step(context, "read", "made"),
        ]
        yield Scenario(label=label, steps=tuple(steps))
        if context.example_count and list_membership.get_state_filter_values(context, switch.field):
            yield Scenario(
                label=f"{label}, in the lists",
                steps=(*steps[:-1], *list_membership.build_state_list_steps(context, switch.field)),
            )
        elif context.example_count and context.resource.list:
            yield Scenario(
                label=f"{label}, in the list",
                steps=(*steps[:-1], build_list_all_step(context, "list")),
            )


def _evaluate_flag_in_list(
    context: CheckContext, promise: SetsItemFlag, trace: Trace
) -> Iterator[Observation]:
    """Check the field of the item in the list, where no parameter selects lists by the field.

    Whether the list still holds the item is not documented then.
    """
    identity, pointer = get_created_id(context, trace, "made"), promise.switch.field
    items = get_items_of_all_pages(context, trace, "list")
    for item, item_id in zip(items, get_item_ids(context, items), strict=True):
        value = pointers.get_at_pointer(item, pointer)
        if item_id != identity or value is pointers.MISSING:
            continue
        if json_equal(value, promise.position is ToggledFieldState.ON):
            yield Passed(trace["switch"])
        else:
            exchanges = (trace["made"], trace["switch"], *trace.get_exchanges("list"))
            yield Failed(
                _FLAG_WRONG_IN_LIST,
                exchanges,
                pointer=pointer,
                expected=promise.position is ToggledFieldState.ON,
                actual=value,
            )
        return
    raise InconclusiveError("the list does not show the item any more")


def _plan_setting_of_flag_in_shared_lifecycle(
    timeline: SharedLifecycleSetup, context: CheckContext, promise: SetsItemFlag
) -> Iterator[Scenario]:
    operation_id, occurrence = context.operation.id, int(promise.repeated)
    steps_around = timeline.build_aliases_around_operation(operation_id, occurrence)
    aliases = {
        "made": "middle",
        "switch": steps_around["call"],
        "read": steps_around["middle after"],
    }
    if promise.repeated:
        aliases |= {
            "first": timeline.build_aliases_around_operation(operation_id)["call"],
            "between": steps_around["middle before"],
        }
    yield Scenario(label="in a life", setup=timeline.setup, steps=(), aliases=aliases)
    list_names = [
        step.name for step in list_membership.build_state_list_steps(context, promise.switch.field)
    ]
    if list_names:
        list_aliases = {name: f"{steps_around['call']} {name}" for name in list_names}
        yield Scenario(
            label="in a life, in the lists",
            setup=timeline.setup,
            steps=(),
            aliases=aliases | list_aliases,
            in_quick=True,
        )


def evaluate_setting_of_flag(
    context: CheckContext, promise: SetsItemFlag, trace: Trace
) -> Iterator[Observation]:
    """Check that the field has the value of the switch, and that repeating it changes nothing."""
    trace.get_successful_exchange("made")
    for name in ("first", "switch") if promise.repeated else ():
        if trace[name].refused:
            yield Failed(
                _REPETITION_REFUSED,
                (trace["made"], trace["first"], trace[name]),
                details={"times": "again" if name == "switch" else "once"},
            )
            return
    if promise.repeated:
        # if the first request was lost, the second one is no repetition
        trace.get_successful_exchange("first")
    exchange = trace.get_successful_exchange("switch")
    if list_membership.includes_state_list_steps(trace, context):
        yield from list_membership.evaluate_state_list_membership(
            context,
            trace,
            "made",
            promise.switch.field,
            promise.position is ToggledFieldState.ON,
            "switch",
        )
        return
    if "list" in trace:
        yield from _evaluate_flag_in_list(context, promise, trace)
        return
    item, read_exchange = get_read_item_and_exchange(context, trace, "read", "made")
    value = pointers.get_at_pointer(item, promise.switch.field)
    if not json_equal(value, promise.position is ToggledFieldState.ON):
        yield Failed(
            _FLAG_WRONG,
            (trace["made"], exchange, read_exchange),
            pointer=promise.switch.field,
            expected=promise.position is ToggledFieldState.ON,
            actual=value,
        )
        return
    if promise.repeated:
        item_between, _ = get_read_item_and_exchange(context, trace, "between", "made")
        changed_fields = [
            name
            for name in item_between.keys() & item.keys()
            if not json_equal(item_between[name], item[name])
        ]
        if changed_fields:
            yield Failed(
                _REPETITION_CHANGES,
                (trace["between"], exchange, read_exchange),
                pointer=pointers.join("", sorted(changed_fields)[0]),
                details={"fields": ", ".join(sorted(changed_fields))},
            )
            return
    yield Passed(exchange)


CHECKS = {
    StoresUpdatedField.kind: Check(plan=plan_field_update, evaluate=evaluate_field_update),
    SetsItemFlag.kind: Check(plan=plan_setting_of_flag, evaluate=evaluate_setting_of_flag),
}
