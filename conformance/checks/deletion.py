"""Check that deleted items are gone and that unknown ids are refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.checks import lifecycle_scenario, list_membership
from conformance.checks.cause import Cause
from conformance.checks.check import Check, CheckContext, build_prerequisite_steps, build_valid_call
from conformance.checks.exchange import Trace
from conformance.checks.item import build_item_call
from conformance.checks.listing import (
    build_list_all_step,
    build_read_back_step,
    find_state_filter,
    get_created_id,
    get_item_ids,
    get_items_of_all_pages,
)
from conformance.checks.missing_ids import make_nonexistent_id_arguments
from conformance.checks.observation import (
    WRONG_STATUS,
    Failed,
    FailureKind,
    Inconclusive,
    Observation,
    Passed,
)
from conformance.checks.scenario import AnyStep, Scenario, Step
from conformance.contract.lifecycle import DeletedItemIsGone, RefusesNonexistentId
from conformance.protocol import TRANSIENT_STATUSES

_STILL_READABLE = FailureKind("deleted-still-readable", "what was deleted can still be read")
_STILL_LISTED = FailureKind("deleted-still-listed", "what was deleted is still in the list")


def plan_deletion(context: CheckContext, promise: DeletedItemIsGone) -> Iterator[Scenario]:
    """Yield scenarios that delete an item and then read it and all lists.

    One deletes a new item, the others an item that was switched on before.
    """
    if (
        timeline := lifecycle_scenario.find_shared_lifecycle_setup(context, context.operation.id)
    ) is not None:
        steps_around = timeline.build_aliases_around_operation(context.operation.id)
        aliases, list_steps = (
            {"made": "middle", "delete": steps_around["call"]},
            _build_steps_that_read_every_list(context),
        )
        if build_read_back_step(context, "read", "made").call.operation == context.resource.read:
            aliases["read"] = steps_around["middle after"]
        elif context.resource.read:
            list_steps = [
                Step(name="read", call=build_item_call(context, context.resource.read, "made")),
                *list_steps,
            ]
        yield Scenario(
            label="in a life", setup=timeline.setup, steps=tuple(list_steps), aliases=aliases
        )
        return
    for label, prerequisites in (
        ("new", []),
        *((f"switched {switch.field[1:]}", [switch.on]) for switch in context.resource.switches),
    ):
        steps: list[AnyStep] = [context.build_creation_step("made")]
        steps += [
            Step(
                name=f"prepare {number}",
                call=build_item_call(context, operation_id, "made"),
                must_succeed=True,
            )
            for number, operation_id in enumerate(prerequisites)
        ]
        steps.append(
            Step(name="delete", call=build_item_call(context, context.operation.id, "made"))
        )
        if context.resource.read:
            steps.append(
                Step(name="read", call=build_item_call(context, context.resource.read, "made"))
            )
        yield Scenario(label=label, steps=(*steps, *_build_steps_that_read_every_list(context)))


def _build_steps_that_read_every_list(context: CheckContext) -> list[AnyStep]:
    state_filter = find_state_filter(context.contract, context.resource.list or "")
    if context.resource.list is None:
        return []
    if state_filter is None:
        return [build_list_all_step(context, "listed")]
    return [
        build_list_all_step(
            context, list_membership.name_state_list_step(text), {state_filter.parameter: text}
        )
        for text in state_filter.item_values
    ]


def evaluate_deletion(
    context: CheckContext, promise: DeletedItemIsGone, trace: Trace
) -> Iterator[Observation]:
    """Check that the deleted item can no longer be read and is in no list."""
    identity = get_created_id(context, trace, "made")
    deleted = trace.get_successful_exchange("delete")
    if "read" in trace and trace["read"].succeeded:
        yield Failed(_STILL_READABLE, (deleted, trace["read"]))
        return
    for name in [step.name for step in _build_steps_that_read_every_list(context)]:
        if name in trace.exchanges and identity in get_item_ids(
            context, get_items_of_all_pages(context, trace, name)
        ):
            yield Failed(_STILL_LISTED, (deleted, *trace.get_exchanges(name)))
            return
    yield Passed(deleted)


def plan_nonexistent_id(context: CheckContext, promise: RefusesNonexistentId) -> Iterator[Scenario]:
    """Yield scenarios that call the operation on an item that does not exist.

    The call is valid otherwise. The item was never created, or it was deleted.
    """
    call = build_valid_call(context, context.operation)
    arguments = {
        **call.arguments,
        **make_nonexistent_id_arguments(context, context.operation, promise.of_parent),
    }
    prerequisites = (
        build_prerequisite_steps(context, context.operation) if promise.of_parent else ()
    )
    yield Scenario(
        label="unknown",
        steps=(*prerequisites, Step(name="call", call=replace(call, arguments=arguments))),
    )
    delete = context.resource.delete
    if (
        promise.of_parent
        or delete is None
        or context.operation.id == delete
        or context.contract.operations[delete].auxiliary
    ):
        return  # the contract leaves open whether deleting twice is an error
    if (timeline := lifecycle_scenario.find_shared_lifecycle_setup(context, delete)) is not None:
        aliases = {
            "made": "middle",
            "delete": timeline.build_aliases_around_operation(delete)["call"],
        }
        yield Scenario(
            label="after a life",
            setup=timeline.setup,
            steps=(Step(name="call", call=call),),
            aliases=aliases,
            in_quick=True,
        )
        return
    switch_operations = [switch.on for switch in context.resource.switches]
    for label, operations in (
        ("deleted", []),
        *((f"deleted after {operation_id}", [operation_id]) for operation_id in switch_operations),
    ):
        steps = [
            context.build_creation_step("made"),
            *(
                Step(
                    name=f"prepare {operation_id}",
                    call=build_item_call(context, operation_id, "made"),
                )
                for operation_id in operations
            ),
        ]
        steps += [
            Step(name="delete", call=build_item_call(context, delete, "made")),
            Step(name="call", call=call),
        ]
        yield Scenario(label=label, steps=tuple(steps))


def evaluate_nonexistent_id(
    context: CheckContext, promise: RefusesNonexistentId, trace: Trace
) -> Iterator[Observation]:
    """Check that the response has the documented status."""
    exchange = trace["call"]
    if "delete" in trace or "delete" in trace.skipped:
        trace.get_successful_exchange("delete")
    if exchange.status == promise.status:
        yield Passed(exchange)
    elif exchange.status in TRANSIENT_STATUSES:
        yield Inconclusive(f"the server was not available: {exchange}", Cause.NO_ANSWER)
    else:
        yield Failed(WRONG_STATUS, (exchange,), details={"documented": str(promise.status)})


CHECKS = {
    DeletedItemIsGone.kind: Check(plan=plan_deletion, evaluate=evaluate_deletion),
    RefusesNonexistentId.kind: Check(plan=plan_nonexistent_id, evaluate=evaluate_nonexistent_id),
}
