"""Check that an operation changes nothing else, and that a bad body has no effect at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product

from conformance.checks import lifecycle_scenario, list_membership
from conformance.checks.body_templates import BodyBuilder
from conformance.checks.call import ApiCall, TextWithRunMark
from conformance.checks.cause import Cause
from conformance.checks.check import Check, CheckContext
from conformance.checks.exchange import InconclusiveError, Trace
from conformance.checks.item import (
    build_full_body_with_references,
    build_item_call,
    find_fields_with_unspecified_value,
    reads_back_equal,
)
from conformance.checks.lifecycle_scenario import LIFECYCLE_ITEMS
from conformance.checks.listing import (
    build_list_all_step,
    build_read_back_step,
    get_items_of_all_pages,
    get_read_item_and_exchange,
)
from conformance.checks.observation import Failed, FailureKind, Inconclusive, Observation, Passed
from conformance.checks.request_bodies import (
    build_bodies_with_invalid_property,
    build_invalid_bodies,
)
from conformance.checks.requests import list_malformed_request_statuses
from conformance.checks.scenario import AnyStep, Scenario, Step
from conformance.contract import pointer as pointers
from conformance.contract.equality import json_equal
from conformance.contract.json import Json
from conformance.contract.lifecycle import ChangesNothingElse, RefusalChangesNothing
from conformance.contract.operation import Operation
from conformance.contract.request_bodies import RefusesInvalidBody

ALL_FIELDS_NAMED = "the request named every field that a client can set, so none was left to change"

_CREATED_ALTHOUGH_REFUSED = FailureKind(
    "created-although-refused", "a refused request has created something"
)
_CHANGED_ALTHOUGH_REFUSED = FailureKind(
    "changed-although-refused", "a refused request has an effect"
)
_GONE_AFTERWARDS = FailureKind("gone-afterwards", "afterwards {item} cannot be read")
_CHANGED_AFTERWARDS = FailureKind(
    "changed-afterwards", "{field} {owner}was {expected} and is {actual} afterwards"
)


def plan_absence_of_side_effects(
    context: CheckContext, promise: ChangesNothingElse
) -> Iterator[Scenario]:
    """Yield scenarios that perform the operation on one of three items.

    All three are read before and after, in either state of each switch.
    """
    operation = context.operation
    if (
        timeline := lifecycle_scenario.find_shared_lifecycle_setup(context, operation.id)
    ) is not None:
        steps_around = timeline.build_aliases_around_operation(operation.id)
        yield Scenario(label="in a life", setup=timeline.setup, steps=(), aliases=steps_around)
        if not promise.on_other_items and operation.id == context.resource.change:
            # the life's own update names all fields at once
            yield from _build_partial_update_scenarios(context, operation)
        for switch in (
            context.resource.switches
            if not promise.on_other_items
            and operation.id in (context.resource.replace, context.resource.change)
            else ()
        ):
            if list_names := [
                step.name for step in list_membership.build_state_list_steps(context, switch.field)
            ]:
                list_aliases = {
                    "middle": "middle",
                    "call": steps_around["call"],
                    **{name: f"{steps_around['call']} {name}" for name in list_names},
                }
                yield Scenario(
                    label=f"in a life, listed by {switch.field[1:]}",
                    setup=timeline.setup,
                    steps=(),
                    aliases=list_aliases,
                    in_quick=True,
                )
        return
    switch_operations = [
        switch.on for switch in context.resource.switches if operation.id == switch.off
    ]
    variants: list[tuple[str, list[str]]] = [
        ("switched" if switch_operations else "new", switch_operations)
    ]
    variants += [
        (f"switched {switch.field[1:]}", [switch.on])
        for switch in context.resource.switches
        if operation.id not in (switch.on, switch.off)
    ]
    body_sets: list[tuple[str, dict[str, Json]]] = [
        (
            "",
            {
                name: context.get_body_builder().build_minimal_body(f"{{m}}-{name}")
                for name in LIFECYCLE_ITEMS
            },
        )
    ]
    if context.example_count:
        body_sets.append(
            (
                " namesakes",
                dict.fromkeys(
                    LIFECYCLE_ITEMS, context.get_body_builder().build_minimal_body("{m}-namesake")
                ),
            )
        )
        body_sets.append(
            (
                " whole",
                {
                    name: build_full_body_with_references(context, f"{{m}}-{name}")
                    for name in LIFECYCLE_ITEMS
                },
            )
        )
    has_scenarios = False
    for (label, operations), (body_label, body_by_item) in product(variants, body_sets):
        steps: list[AnyStep] = [
            context.build_creation_step(name, body_by_item[name]) for name in LIFECYCLE_ITEMS
        ]
        steps += [
            Step(
                name=f"prepare {name} {operation_id}",
                call=build_item_call(context, operation_id, name),
                must_succeed=True,
            )
            for operation_id in operations
            for name in LIFECYCLE_ITEMS
        ]
        steps += [build_read_back_step(context, f"{name} before", name) for name in LIFECYCLE_ITEMS]
        body = (
            context.get_body_builder(operation.id).build_minimal_body("{m}-middle-updated")
            if operation.body
            else pointers.MISSING
        )
        if (
            not promise.on_other_items
            and operation.id == context.resource.change
            and not operations
            and isinstance(body, dict)
            and body_by_item["middle"].keys() <= body.keys()
        ):
            continue
        has_scenarios = True
        steps.append(
            Step(
                name="call",
                call=replace(build_item_call(context, operation.id, "middle"), body=body),
            )
        )
        steps += [build_read_back_step(context, f"{name} after", name) for name in LIFECYCLE_ITEMS]
        yield Scenario(label=label + body_label, steps=tuple(steps))
    if not promise.on_other_items and operation.id == context.resource.change:
        *_, last = _build_partial_update_scenarios(context, operation)
        if last.label == "another field":
            has_scenarios = True
            yield last
    if not has_scenarios:
        raise InconclusiveError(ALL_FIELDS_NAMED, Cause.NO_WAY)
    for switch in (
        context.resource.switches
        if context.example_count
        and not promise.on_other_items
        and operation.id != context.resource.delete
        else ()
    ):
        if operation.id in (switch.on, switch.off) or not list_membership.get_state_filter_values(
            context, switch.field
        ):
            continue
        for label, switch_steps in (
            (
                "",
                [
                    Step(
                        name=f"prepare {switch.on}",
                        call=build_item_call(context, switch.on, "middle"),
                        must_succeed=True,
                    )
                ],
            ),
            (" new", []),
        ):
            body = (
                context.get_body_builder(operation.id).build_minimal_body("{m}-middle-updated")
                if operation.body
                else pointers.MISSING
            )
            call_step = Step(
                name="call",
                call=replace(build_item_call(context, operation.id, "middle"), body=body),
            )
            list_steps = list_membership.build_state_list_steps(context, switch.field)
            yield Scenario(
                label=f"listed by {switch.field[1:]}{label}",
                steps=(
                    context.build_creation_step("middle"),
                    *switch_steps,
                    call_step,
                    *list_steps,
                ),
            )


def _build_partial_update_scenarios(
    context: CheckContext, operation: Operation
) -> Iterator[Scenario]:
    """Yield scenarios that change one field of an item that has them all.

    The field is the name, and then another one, so that the name can be lost, too.
    """
    builder = context.get_body_builder(operation.id)
    yield _build_partial_update_scenario(
        context, operation, "one field", builder.build_minimal_body("{m}-middle-updated")
    )
    for name in builder.properties:
        if name != builder.mark_property:
            bodies = ({name: value} for value in builder.generate_storable_values(name, 0))
            body = next((body for body in bodies if builder.is_valid(body)), None)
            if body is not None:
                yield _build_partial_update_scenario(context, operation, "another field", body)
                return


def _build_partial_update_scenario(
    context: CheckContext, operation: Operation, label: str, body: Json
) -> Scenario:
    return Scenario(
        label=label,
        steps=(
            context.build_creation_step(
                "middle", build_full_body_with_references(context, "{m}-middle")
            ),
            build_read_back_step(context, "middle before", "middle"),
            Step(
                name="call",
                call=replace(build_item_call(context, operation.id, "middle"), body=body),
            ),
            build_read_back_step(context, "middle after", "middle"),
        ),
        in_quick=True,
    )


def evaluate_absence_of_side_effects(
    context: CheckContext, promise: ChangesNothingElse, trace: Trace
) -> Iterator[Observation]:
    """Check that the other items, and unrelated fields of the item itself, are unchanged."""
    exchange = trace.get_successful_exchange("call")
    affected_fields = set(exchange.call.body) if isinstance(exchange.call.body, dict) else set()
    if context.operation.id == context.resource.replace:
        # a replacement may clear fields that it does not send
        affected_fields |= set(context.get_body_builder(context.operation.id).properties)
    if list_membership.includes_state_list_steps(trace, context):
        yield from _evaluate_state_lists_of_item(context, trace, affected_fields)
        return
    affected_fields |= {
        switch.field[1:]
        for switch in context.resource.switches
        if context.operation.id in (switch.on, switch.off)
    }
    for item in ("left", "right") if promise.on_other_items else ("middle",):
        before, read_before = get_read_item_and_exchange(context, trace, f"{item} before", item)
        if trace[f"{item} after"].refused:
            yield Failed(
                _GONE_AFTERWARDS,
                (read_before, exchange, trace[f"{item} after"]),
                details={"item": "another item" if promise.on_other_items else "the item"},
            )
            return
        after, read_after = get_read_item_and_exchange(context, trace, f"{item} after", item)
        ignored_fields = (
            find_fields_with_unspecified_value(context, before)
            | find_fields_with_unspecified_value(context, after)
            | trace.missing_fixtures
            | (set() if promise.on_other_items else affected_fields | _find_date_fields(before))
        )
        changed_fields = sorted(
            name
            for name in (before.keys() | after.keys()) - ignored_fields
            if not reads_back_equal(context, f"/{name}", before.get(name), after.get(name))
        )
        if changed_fields:
            name = changed_fields[0]
            owner_text = "of another item " if promise.on_other_items else ""
            yield Failed(
                _CHANGED_AFTERWARDS,
                (read_before, exchange, read_after),
                pointer=pointers.join("", name),
                expected=before.get(name, pointers.MISSING),
                actual=after.get(name, pointers.MISSING),
                details={"owner": owner_text},
            )
            return
        if not promise.on_other_items and not _could_lose_a_field(
            context, {name: before[name] for name in before.keys() - ignored_fields}
        ):
            yield Inconclusive(ALL_FIELDS_NAMED, Cause.NO_WAY)
            return
    yield Passed(exchange)


def _could_lose_a_field(context: CheckContext, compared_fields: Mapping[str, Json]) -> bool:
    """Return whether one of the compared fields is one that a careless update would change.

    An update that stores what it was sent and forgets the rest can only lose what a client has set:
    a field of the creation, or a switch.
    """
    resource = context.resource
    if context.operation.id != resource.change:
        return True
    return bool(compared_fields.keys() & context.get_body_builder().properties.keys()) or any(
        compared_fields.get(switch.field[1:]) is True for switch in resource.switches
    )


def _evaluate_state_lists_of_item(
    context: CheckContext, trace: Trace, affected_fields: set[str]
) -> Iterator[Observation]:
    """Check that the item is in the lists of its state.

    The operation changes the state only if it sends the field.
    """
    for switch in context.resource.switches:
        name = switch.field[1:]
        body = trace["call"].call.body
        if not list_membership.includes_state_list_steps(trace, context, switch.field) or (
            name in affected_fields and not (isinstance(body, dict) and name in body)
        ):
            continue
        was_switched_on = f"prepare {switch.on}" in trace
        yield from list_membership.evaluate_state_list_membership(
            context,
            trace,
            "middle",
            switch.field,
            body[name] if name in affected_fields else was_switched_on,
            "call",
        )


def _find_date_fields(item: Json) -> set[str]:
    return {
        name
        for name, value in item.items()
        if isinstance(value, str) and value[4:5] == "-" and "T" in value
    }


def plan_effect_of_refused_request(
    context: CheckContext, promise: RefusalChangesNothing
) -> Iterator[Scenario]:
    """Yield scenarios with bodies that must be refused, and read what they would change."""
    operation, resource = context.operation, context.resource
    for number, (label, body) in enumerate(_build_refused_bodies(context, operation)):
        if operation.id == resource.create:
            yield Scenario(
                label=f"{label} {number}",
                steps=(
                    Step(name="call", call=ApiCall(operation=operation.id, body=body)),
                    build_list_all_step(context, "after"),
                ),
            )
        else:
            call = replace(build_item_call(context, operation.id, "made"), body=body)
            if not context.example_count:
                yield lifecycle_scenario.build_refused_call_scenario(
                    context, f"{label} {number}", call, reads_back=True
                )
                continue
            steps = (
                context.build_creation_step("made"),
                build_read_back_step(context, "before", "made"),
                Step(name="call", call=call),
                build_read_back_step(context, "after", "made"),
            )
            yield Scenario(label=f"{label} {number}", steps=steps)


def _build_refused_bodies(context: CheckContext, operation: Operation) -> list[tuple[str, Json]]:
    """Return bodies that must be refused, with a mark if the refusal is not about it.

    Raises InconclusiveError if there are none.
    """
    refused_bodies: list[tuple[str, Json]] = []
    builder = context.get_body_builder(operation.id)
    for claim in context.contract.claims:
        promise = claim.promise
        if (
            claim.operation != operation.id
            or not isinstance(promise, RefusesInvalidBody)
            or promise.keyword == "json"
        ):
            continue
        if promise.name == builder.mark_property or promise.keyword == "maxItems":
            continue
        try:
            invalid_bodies = build_invalid_bodies(context, promise)
        except InconclusiveError:
            continue
        for body in invalid_bodies[:1]:
            if isinstance(body, dict) and builder.mark_property in body:
                mark_value = builder.build_mark_property_value(
                    TextWithRunMark(builder.fit_mark_text(f"{{m}}-refused-{len(refused_bodies)}"))
                )
                refused_bodies.append(
                    (
                        f"{promise.name or 'body'} {promise.keyword}",
                        {**body, builder.mark_property: mark_value},
                    )
                )
    if not refused_bodies:
        refused_bodies = _build_invalid_bodies_with_mark(builder)
    if not refused_bodies:
        raise InconclusiveError(
            "no body was found that a server would refuse and that carries a mark", Cause.NO_WAY
        )
    return refused_bodies[:4]


def _build_invalid_bodies_with_mark(builder: BodyBuilder) -> list[tuple[str, Json]]:
    """Return bodies that their schema does not allow and that carry a mark.

    No document promises that they are refused; if they are, nothing may have changed.
    """
    bodies: list[tuple[str, Json]] = []
    # the mark's field last: a server that drops it, and keeps the rest, has nothing left to keep
    names = sorted(builder.properties, key=lambda name: name == builder.mark_property)
    for name in names:
        schema = builder.properties[name]
        keywords = ("maxLength",) if name == builder.mark_property else _PLAIN_KEYWORDS
        for keyword in keywords:
            if keyword not in schema.merged or (
                name == builder.mark_property and schema.get("maxLength") > MAX_INVALID_LENGTH
            ):
                continue
            for body in build_bodies_with_invalid_property(builder, name, keyword)[:1]:
                if name != builder.mark_property and builder.mark_property is not None:
                    text = builder.fit_mark_text(f"{{m}}-refused-{len(bodies)}")
                    mark_value = builder.build_mark_property_value(TextWithRunMark(text))
                    body = {**body, builder.mark_property: mark_value}
                bodies.append((f"{name} {keyword}", body))
    return bodies


_PLAIN_KEYWORDS = (
    *("enum", "type", "minimum", "maximum", "maxLength", "pattern", "anyOf", "oneOf"),
)
MAX_INVALID_LENGTH = 1000  # characters of a text that is one too long


def evaluate_effect_of_refused_request(
    context: CheckContext, promise: RefusalChangesNothing, trace: Trace
) -> Iterator[Observation]:
    """Check that a refused request has no effect."""
    exchange, resource = trace["call"], context.resource
    if (
        exchange.status not in list_malformed_request_statuses(context.operation)
        and not exchange.refused
    ):
        yield Inconclusive(f"{exchange} is not a refusal")
        return
    if "before" in trace:
        before, read_before = get_read_item_and_exchange(context, trace, "before", "made")
        after, read_after = get_read_item_and_exchange(context, trace, "after", "made")
        if not json_equal(before, after):
            yield Failed(_CHANGED_ALTHOUGH_REFUSED, (read_before, exchange, read_after))
        else:
            yield Passed(exchange)
        return
    sent_mark = pointers.get_at_pointer(exchange.call.body, resource.mark_pointer or "")
    if any(
        pointers.get_at_pointer(item, resource.mark_pointer or "") == sent_mark
        for item in get_items_of_all_pages(context, trace, "after")
    ):
        yield Failed(_CREATED_ALTHOUGH_REFUSED, (exchange, *trace.get_exchanges("after")))
    else:
        yield Passed(exchange)


CHECKS = {
    ChangesNothingElse.kind: Check(
        plan=plan_absence_of_side_effects, evaluate=evaluate_absence_of_side_effects
    ),
    RefusalChangesNothing.kind: Check(
        plan=plan_effect_of_refused_request, evaluate=evaluate_effect_of_refused_request
    ),
}
