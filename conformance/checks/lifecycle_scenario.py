"""One long scenario that many claims share: everything that can be done to an item.

It performs every operation on one of three items and reads all three after each. A quick run
executes it once, whereas a longer run executes separate scenarios for each claim. A claim is
evaluated from the moments of the timeline that concern it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from conformance.checks import list_membership
from conformance.checks.body_templates import AWKWARD_TEXT
from conformance.checks.call import ApiCall
from conformance.checks.check import CheckContext, build_prerequisite_steps, cache_setup_builder
from conformance.checks.item import build_full_body_without_references, build_item_call
from conformance.checks.listing import build_read_back_step
from conformance.checks.scenario import AnyStep, Scenario, Setup, Step
from conformance.contract import pointer as pointers
from conformance.contract.equality import json_equal
from conformance.contract.json import Json

LIFECYCLE_ITEMS = ("left", "middle", "right")


@dataclass(frozen=True, slots=True)
class SharedLifecycleSetup:
    """A setup that performs every operation on an item, with the moments of each operation.

    `step_numbers` gives the moment of each operation by number, or both if it is performed
    twice. All items are read before the first moment and after each.
    """

    setup: Setup
    step_numbers: dict[str, tuple[int, ...]]

    def build_aliases_around_operation(self, operation: str, occurrence: int = 0) -> dict[str, str]:
        """Return the aliases with which a scenario evaluates what an operation did.

        They name the three items, the call, and the reads before and after it.
        """
        moment = self.step_numbers[operation][occurrence]
        read_steps = {
            f"{item} {when}": f"~{number} {item}"
            for item in LIFECYCLE_ITEMS
            for when, number in (("before", moment - 1), ("after", moment))
        }
        return {**{item: item for item in LIFECYCLE_ITEMS}, "call": f"~{moment}", **read_steps}


def build_shared_lifecycle_setup(context: CheckContext) -> SharedLifecycleSetup:
    """Return the timeline of a resource whose items can be created and addressed by id."""
    moments: dict[str, tuple[int, ...]] = {}
    for number, operation in enumerate(_list_operations_in_lifecycle_order(context), start=1):
        moments[operation] = (*moments.get(operation, ()), number)
    return SharedLifecycleSetup(_build_every_operation_setup(context), moments)


def find_shared_lifecycle_setup(
    context: CheckContext, operation: str
) -> SharedLifecycleSetup | None:
    """Return the timeline for a claim about an operation.

    Returns None if the claim needs a scenario of its own, or if this is not a quick run.
    """
    if (
        context.example_count
        or context.resource.id_parameter is None
        or context.resource.create is None
        or operation not in _list_operations_in_lifecycle_order(context)
    ):
        return None
    return build_shared_lifecycle_setup(context) if _can_read_back(context) else None


def _can_read_back(context: CheckContext) -> bool:
    """Return whether the contract has any way to read an item back."""
    read_operation = context.resource.read
    return context.resource.list is not None or (
        read_operation is not None and not context.contract.operations[read_operation].auxiliary
    )


def _list_operations_in_lifecycle_order(context: CheckContext) -> list[str]:
    """Return the operations in the order in which the timeline performs them.

    Updates come first, then each switch on and off (twice if idempotence is promised), then the
    deletion.
    """
    resource = context.resource
    operations = [
        operation_id for operation_id in (resource.replace, resource.change) if operation_id
    ]
    for switch in resource.switches:
        operations += [
            switch_operation
            for switch_operation in (switch.on, switch.off)
            for _ in range(1 + switch.idempotent)
        ]
    return [*operations, *([resource.delete] if resource.delete else [])]


def get_lifecycle_update_body(context: CheckContext, operation: str) -> dict[str, Json]:
    """Return the body with which the timeline updates its item.

    It changes the value of every field that refers to no other item and may change.
    """
    return _build_lifecycle_update_bodies(context)[operation][1]


def does_lifecycle_update_change_field(context: CheckContext, operation: str, name: str) -> bool:
    """Return whether that body certainly changes the value of a field."""
    before, after = _build_lifecycle_update_bodies(context)[operation]
    return name in before and name in after and not json_equal(before[name], after[name])


def _build_lifecycle_update_bodies(
    context: CheckContext,
) -> dict[str, tuple[dict[str, Json], dict[str, Json]]]:
    """Return for each update operation the fields known before it, and the body sent.

    Fields that switches control are left out.
    """
    resource = context.resource
    known_fields: dict[str, Json] = build_full_body_without_references(
        context, context.get_body_builder(seed="life")
    )
    excluded_fields = {
        reference.body_pointer[1:] for reference in context.contract.body_references
    } | {switch.field[1:] for switch in resource.switches}
    updates = {}
    for operation, text in (
        (resource.replace, AWKWARD_TEXT),
        (resource.change, "{m}-changed" if resource.replace else AWKWARD_TEXT),
    ):
        if operation is None:
            continue
        builder = context.get_body_builder(operation, seed="life")
        body: dict[str, Json] = next(
            (
                candidate
                for candidate in map(builder.build_minimal_body, (text, "{m}-updated"))
                if builder.is_valid(candidate)
            ),
            builder.build_minimal_body(text),
        )
        for name in builder.properties:
            if name != builder.mark_property and name not in excluded_fields:
                other_values = (
                    value
                    for value in builder.generate_storable_values(name, 1)
                    if not json_equal(value, known_fields.get(name))
                )
                body = next(
                    (
                        extended_body
                        for value in other_values
                        if builder.is_valid(extended_body := {**body, name: value})
                    ),
                    body,
                )
        updates[operation] = (known_fields, body)
        known_fields = body if operation == resource.replace else {**known_fields, **body}
    return updates


@cache_setup_builder
def _build_every_operation_setup(context: CheckContext) -> Setup:
    steps: list[AnyStep] = [
        context.build_creation_step(
            "left", context.get_body_builder().build_minimal_body("{m}-left")
        ),
        context.build_creation_step(
            "middle",
            build_full_body_without_references(context, context.get_body_builder(seed="life")),
        ),
    ]
    steps += [
        context.build_creation_step(
            "right", context.get_body_builder().build_minimal_body("{m}-right")
        ),
        *_build_lifecycle_read_steps(context, 0),
    ]
    for number, operation_id in enumerate(_list_operations_in_lifecycle_order(context), start=1):
        body: Json = (
            get_lifecycle_update_body(context, operation_id)
            if context.contract.operations[operation_id].body
            else pointers.MISSING
        )
        steps += [
            Step(
                name=f"~{number}",
                call=replace(build_item_call(context, operation_id, "middle"), body=body),
            ),
            *_build_lifecycle_read_steps(context, number),
        ]
        for switch in context.resource.switches:
            if operation_id in (
                switch.on,
                switch.off,
                context.resource.replace,
                context.resource.change,
            ):
                steps += [
                    replace(step, name=f"~{number} {step.name}")
                    for step in list_membership.build_state_list_steps(context, switch.field)
                ]
    return Setup(name=f"life of {context.resource.name}", steps=tuple(steps))


def _build_lifecycle_read_steps(context: CheckContext, moment: int) -> Iterator[AnyStep]:
    for item in LIFECYCLE_ITEMS:
        yield build_read_back_step(context, f"~{moment} {item}", item)


@cache_setup_builder
def build_refused_call_setup(context: CheckContext, operation: str) -> Setup:
    """Return the setup of an item on which refused calls are tried.

    The item is in the state in which the operation would have an effect. It is read back, if there
    is a way to do so.
    """
    prerequisite, *switch_steps = build_prerequisite_steps(
        context, context.contract.operations[operation]
    )
    state_prefix = f"{switch_steps[-1].call.operation}ed " if switch_steps else ""
    creation_step = context.build_creation_step(
        prerequisite.name, context.get_body_builder(seed="victim").build_minimal_body("{m}-victim")
    )
    read_steps = (
        (build_read_back_step(context, "before", prerequisite.name),)
        if _can_read_back(context)
        else ()
    )
    return Setup(
        name=f"{state_prefix}victim of {context.resource.name}",
        steps=(creation_step, *switch_steps, *read_steps),
    )


def build_refused_call_scenario(
    context: CheckContext,
    label: str,
    call: ApiCall,
    *,
    reads_back: bool = False,
    in_quick: bool = False,
) -> Scenario:
    """Return a scenario with a call that should be refused.

    With `reads_back`, the item is read back to see whether the call had an effect nevertheless.
    """
    read_steps = (build_read_back_step(context, "after", "made"),) if reads_back else ()
    return Scenario(
        label=label,
        setup=build_refused_call_setup(context, call.operation),
        steps=(Step(name="call", call=call), *read_steps),
        in_quick=in_quick,
    )
