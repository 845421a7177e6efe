"""Check that an operation accepts documented bodies and refuses invalid ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.checks import lifecycle_scenario
from conformance.checks.body_templates import (
    BodyBuilder,
    create_body_builder,
    get_maker,
    make_value,
)
from conformance.checks.call import FixtureValue, TextWithRunMark, find_placeholders
from conformance.checks.cause import Cause
from conformance.checks.check import (
    Check,
    CheckContext,
    build_prerequisite_steps,
    build_valid_call,
    cache_setup_builder,
)
from conformance.checks.exchange import InconclusiveError, Trace
from conformance.checks.observation import Observation
from conformance.checks.requests import evaluate_accepted_arguments, evaluate_refusal_as_malformed
from conformance.checks.scenario import Scenario, Setup, Step
from conformance.contract import pointer as pointers
from conformance.contract.form import is_form
from conformance.contract.json import Json
from conformance.contract.mark import MARK_LENGTH
from conformance.contract.request_bodies import (
    AcceptsBodyExample,
    AcceptsBoundaryValue,
    AcceptsRequestMediaType,
    RefusesInvalidBody,
)
from conformance.contract.requests import AcceptsArguments
from conformance.protocol import is_json, name_concrete_media_type
from conformance.values.invalid import MAX_DISTINCT_MEMBERS, list_invalid
from conformance.values.valid import ValueMaker


def _build_body_scenario(
    context: CheckContext,
    label: str,
    body: Json = pointers.MISSING,
    text: str | None = None,
    *,
    refused: bool = False,
) -> Scenario:
    call = replace(build_valid_call(context, context.operation), body=body, text=text)
    if (
        refused
        and not context.example_count
        and call.operation in context.resource.item_operation_ids
    ):
        return lifecycle_scenario.build_refused_call_scenario(context, label, call)
    return Scenario(
        label=label,
        steps=(*build_prerequisite_steps(context, context.operation), Step(name="call", call=call)),
    )


def build_marked_example_body(context: CheckContext, example: Json) -> Json:
    """Return a documented example body with the mark in its name.

    Ids of other items are replaced by those of the target, if they are known.
    """
    builder = context.get_body_builder(context.operation.id)
    body = dict(example)
    if builder.mark_property in body and isinstance(
        unmarked := pointers.get_at_pointer(body, context.resource.mark_pointer or ""), str
    ):
        body = pointers.put_at_pointer(
            body,
            context.resource.mark_pointer or "",
            TextWithRunMark(builder.fit_mark_text(f"{{m}} {unmarked}"), unmarked=unmarked),
        )
    for reference in context.contract.body_references:
        name = reference.body_pointer[1:]
        if isinstance(body.get(name), list):
            body[name] = [
                FixtureValue(reference.name, index, value) for index, value in enumerate(body[name])
            ]
        elif name in body:
            body[name] = FixtureValue(reference.name, 0, body[name])
    return body


def plan_body_example(context: CheckContext, promise: AcceptsBodyExample) -> Iterator[Scenario]:
    """Yield a scenario that sends the documented example."""
    yield _build_body_scenario(context, "example", build_marked_example_body(context, promise.body))


def evaluate_body_example(
    context: CheckContext, promise: AcceptsBodyExample, trace: Trace
) -> Iterator[Observation]:
    """Check that the request gets the documented success."""
    yield from evaluate_accepted_arguments(context, AcceptsArguments(arguments={}), trace)


def plan_request_media_type(
    context: CheckContext, promise: AcceptsRequestMediaType
) -> Iterator[Scenario]:
    """Yield a scenario that sends a valid body of the media type.

    Raises InconclusiveError if bodies of that type have no fields.
    """
    operation = context.operation
    assert operation.body is not None
    media_type = name_concrete_media_type(promise.media_type)
    if not is_json(media_type) and not is_form(media_type):
        raise InconclusiveError(
            f"a body of type {media_type} has no fields to fill in", Cause.NO_WAY
        )
    body = operation.body.get_for_media_type(promise.media_type)
    builder = create_body_builder(
        context.contract, replace(operation, body=body), context.resource, context.generation_seed
    )
    scenario = _build_body_scenario(context, "media type", builder.build_minimal_body("{m}-item"))
    call_step = scenario.steps[-1]
    assert isinstance(call_step, Step)
    call = replace(call_step.call, media_type=promise.media_type)
    yield replace(scenario, steps=(*scenario.steps[:-1], replace(call_step, call=call)))


def evaluate_request_media_type(
    context: CheckContext, promise: AcceptsRequestMediaType, trace: Trace
) -> Iterator[Observation]:
    """Check that the request gets the documented success."""
    yield from evaluate_accepted_arguments(context, AcceptsArguments(arguments={}), trace)


def plan_boundary_value(context: CheckContext, promise: AcceptsBoundaryValue) -> Iterator[Scenario]:
    """Yield scenarios with valid bodies in which the property is exactly at the bound.

    A text at the bound is sent in letters of one byte and of several bytes. Raises
    InconclusiveError if no valid body has such a value.
    """
    builder = context.get_body_builder(context.operation.id)
    value = _make_boundary_value(context, builder, promise)
    setup = (
        None
        if context.example_count or promise.name == builder.mark_property
        else _build_all_maxima_setup(context, context.operation.id)
    )
    if (
        setup is not None
        and promise.keyword.startswith("max")
        and setup.steps[-1].call.body.get(promise.name) == value
    ):
        single_step = Step(
            name="call",
            call=replace(
                build_valid_call(context, context.operation),
                body=builder.build_body_with_value(promise.name, value),
            ),
        )
        steps = tuple(
            replace(step, skip_if_succeeded="call")
            for step in (*build_prerequisite_steps(context, context.operation), single_step)
        )
        yield Scenario(label="all bounds", setup=setup, steps=steps, aliases={"call": "all"})
        return
    values = {
        "bound": value,
        **(
            {"bound in characters": replace(value, padding="é")}
            if isinstance(value, TextWithRunMark) and context.example_count
            else {}
        ),
    }
    for label, bound_value in values.items():
        body = builder.build_body_with_value(promise.name, bound_value)
        if body is None:
            raise InconclusiveError("no valid body has such a value", Cause.NO_WAY)
        yield replace(
            _build_body_scenario(context, label, body),
            exclusive=not _body_carries_mark(builder, body),
        )


def _body_carries_mark(builder: BodyBuilder, body: dict[str, Json]) -> bool:
    """Return whether a body carries the mark, if it has a field for it."""
    return builder.mark_property is None or any(
        isinstance(placeholder, TextWithRunMark)
        for placeholder in find_placeholders(body.get(builder.mark_property))
    )


@cache_setup_builder
def _build_all_maxima_setup(context: CheckContext, operation: str) -> Setup:
    """Return the setup of one call with all properties at their upper bounds.

    A property is left out if the schema does not allow its bound together with the others.
    """
    builder = context.get_body_builder(operation)
    body: dict[str, Json] = builder.build_minimal_body("{m}-bounds")
    for claim in context.contract.claims:
        promise = claim.promise
        if (
            claim.operation == operation
            and isinstance(promise, AcceptsBoundaryValue)
            and promise.keyword.startswith("max")
            and promise.name != builder.mark_property
        ):
            extended_body = {**body, promise.name: _make_boundary_value(context, builder, promise)}
            body = extended_body if builder.is_valid(extended_body) else body
    prerequisites = build_prerequisite_steps(context, context.contract.operations[operation])
    call = replace(build_valid_call(context, context.contract.operations[operation]), body=body)
    return Setup(name=f"bounds of {operation}", steps=(*prerequisites, Step(name="all", call=call)))


def _make_boundary_value(
    context: CheckContext, builder: BodyBuilder, promise: AcceptsBoundaryValue
) -> Json:
    schema = builder.properties[promise.name]
    bound = schema.get(promise.keyword)
    if promise.keyword in ("minItems", "maxItems"):
        reference = next(
            (
                candidate
                for candidate in context.contract.body_references
                if candidate.body_pointer == f"/{promise.name}"
            ),
            None,
        )
        if reference is not None:
            return [
                FixtureValue(reference.name, number, value)
                for number, value in enumerate(
                    _make_distinct_ids(builder.makers[promise.name], bound)
                )
            ]
        return _make_list(builder.makers[promise.name], bound, f"{builder.seed}/{promise.name}")
    if promise.keyword in ("minimum", "maximum"):
        return bound
    if promise.name == builder.mark_property:
        return "é" * bound if bound <= MARK_LENGTH else TextWithRunMark("{m}-", length=bound)
    validator = builder.makers[promise.name].validator
    drawn = builder.make_value(promise.name)
    for text in ("é" * bound, "x" * bound, str(drawn)[:bound].ljust(bound, str(drawn)[-1:])):
        if validator.is_valid(text):
            return text
    raise InconclusiveError(
        f"no text of {bound} characters was found that {promise.name} allows", Cause.NO_WAY
    )


def _make_list(maker: ValueMaker, length: int, seed: str) -> list[Json]:
    """Return a valid list of a length, members repeated where they may be.

    Raises InconclusiveError if none is found.
    """
    members = _get_member_maker(maker)
    drawn: list[Json] = []
    wanted = length if maker.node.get("uniqueItems") else min(length, MAX_DISTINCT_MEMBERS)
    for number in range(3 * wanted):
        member = make_value(members, f"{seed}/{number}")
        if member not in drawn and len(drawn) < wanted:
            drawn.append(member)
    value = [drawn[index % len(drawn)] for index in range(length)] if drawn else []
    if not maker.validator.is_valid(value):
        raise InconclusiveError(
            f"no list of {length} members was found that its schema allows", Cause.NO_WAY
        )
    return value


def _get_member_maker(maker: ValueMaker) -> ValueMaker:
    return get_maker(maker.schema.items or maker.schema.with_node({}), maker.direction)


def _make_distinct_ids(maker: ValueMaker, count: int) -> list[Json]:
    """Return `count` different ids that a list of ids may hold."""
    first = make_value(_get_member_maker(maker), "members")
    if isinstance(first, int):
        return [first + number for number in range(count)]
    return [f"{number:0{len(first)}x}"[-len(first) :] for number in range(1, count + 1)]


def evaluate_boundary_value(
    context: CheckContext, promise: AcceptsBoundaryValue, trace: Trace
) -> Iterator[Observation]:
    """Check that the request gets the documented success."""
    yield from evaluate_accepted_arguments(context, AcceptsArguments(arguments={}), trace)


def plan_invalid_body(context: CheckContext, promise: RefusesInvalidBody) -> Iterator[Scenario]:
    """Yield scenarios with bodies that violate the keyword and nothing else."""
    if promise.keyword == "json":
        for number, text in enumerate(('{"{m}-x', "{m}-this is not JSON")):
            yield _build_body_scenario(context, f"text {number}", text=text, refused=True)
        return
    for number, body in enumerate(build_invalid_bodies(context, promise)):
        yield _build_body_scenario(context, f"body {number}", body, refused=True)


def build_invalid_bodies(context: CheckContext, promise: RefusesInvalidBody) -> list[Json]:
    """Return bodies that violate a keyword of a property, or of the body itself.

    Raises InconclusiveError if the keyword cannot be violated alone.
    """
    builder = context.get_body_builder(context.operation.id)
    if promise.keyword == "required" and promise.name is not None:
        return _build_bodies_without_property(builder, promise.name)
    if promise.name is not None:
        return build_bodies_with_invalid_property(builder, promise.name, promise.keyword)
    match promise.keyword:
        case "additionalProperties":
            return [{**builder.build_minimal_body(), "undeclaredProperty": "x"}]
        case "type":
            return [[builder.build_minimal_body()], TextWithRunMark("{m}-text")]
        case "if":
            return _build_bodies_breaking_if_then(builder)
        case "required":
            bodies = [
                body
                for name in builder.required
                for body in _build_bodies_without_property(builder, name)
            ]
        case keyword:
            bodies = [
                body
                for name, property_schema in builder.properties.items()
                if keyword in property_schema.merged
                for body in build_bodies_with_invalid_property(builder, name, keyword)
            ]
    if not bodies:
        raise InconclusiveError(f"there is no way to break {promise.keyword} alone", Cause.NO_WAY)
    return bodies


def build_bodies_with_invalid_property(builder: BodyBuilder, name: str, keyword: str) -> list[Json]:
    """Return bodies in which one property violates one keyword of its schema, near misses first.

    The mark's property still carries the mark if that is possible.
    """
    if name == builder.mark_property and keyword == "maxLength":
        too_long = TextWithRunMark("{m}-", length=builder.properties[name].get("maxLength") + 1)
        return [{**builder.build_minimal_body(), name: too_long}]
    return [
        {**builder.build_minimal_body(), name: value}
        for value in list_invalid(builder.makers[name], keyword, f"{builder.seed}/{name}")
    ]


def _build_bodies_without_property(builder: BodyBuilder, name: str) -> list[Json]:
    """Return up to two bodies that lack a property and would be valid with it.

    Those with the fewest ids of other items come first.
    """
    candidates: list[Json] = []
    for value in builder.generate_storable_values(name, 0):
        body = builder.build_body_with_value(name, value)
        if body is not None:
            candidates.append({key: child for key, child in body.items() if key != name})
    return sorted(
        (body for number, body in enumerate(candidates) if body not in candidates[:number]),
        key=lambda body: len(list(find_placeholders(body))),
    )[:2]


def _build_bodies_breaking_if_then(builder: BodyBuilder) -> list[Json]:
    """Return bodies that meet the condition of `if` and violate its `then`.

    They empty an array that `then` requires to have items.
    """
    invalid_bodies: list[Json] = []
    schema = builder.schema
    condition = {
        name: property_schema.get("const")
        for name, property_schema in schema.with_node(schema.get("if", {})).properties.items()
        if "const" in property_schema.merged
    }
    for name, property_schema in schema.with_node(schema.get("then", {})).properties.items():
        if property_schema.get("minItems"):
            invalid_bodies.append({**builder.build_minimal_body(), **condition, name: []})
    if not invalid_bodies:
        raise InconclusiveError(
            "there is no way to break the consequence of the condition alone", Cause.NO_WAY
        )
    return invalid_bodies


def evaluate_invalid_body(
    context: CheckContext, promise: RefusesInvalidBody, trace: Trace
) -> Iterator[Observation]:
    """Check that the request is refused with a documented status."""
    violation = f"{promise.name} that breaks {promise.keyword}" if promise.name else promise.keyword
    description = (
        f"a body with {violation}" if promise.keyword != "json" else "a body that is not JSON"
    )
    yield from evaluate_refusal_as_malformed(
        context, trace["call"], description, bool(trace.missing_fixtures)
    )


CHECKS = {
    AcceptsBodyExample.kind: Check(plan=plan_body_example, evaluate=evaluate_body_example),
    AcceptsRequestMediaType.kind: Check(
        plan=plan_request_media_type, evaluate=evaluate_request_media_type
    ),
    AcceptsBoundaryValue.kind: Check(plan=plan_boundary_value, evaluate=evaluate_boundary_value),
    RefusesInvalidBody.kind: Check(plan=plan_invalid_body, evaluate=evaluate_invalid_body),
}
