"""One thing: how a call names it, which of its fields must read back as they were sent, and a full
one.
"""

from __future__ import annotations

from conformance.checks.body_templates import BodyBuilder
from conformance.checks.call import ApiCall, ResponseRef
from conformance.checks.check import CheckContext
from conformance.checks.exchange import InconclusiveError, Trace
from conformance.contract.json import Json, json_equal


def build_item_call(context: CheckContext, operation: str, item_step: str) -> ApiCall:
    """Return the call of an operation, so far without a body, on the thing which step `item`
    created.
    """
    resource = context.resource
    if resource.id_parameter is None:
        raise InconclusiveError("the contract does not say how an item is named in a path")
    return ApiCall(
        operation=operation,
        arguments={resource.id_parameter: ResponseRef(item_step, resource.identity_pointer)},
    )


def reads_back_equal(context: CheckContext, pointer: str, sent: Json, received: Json) -> bool:
    """Tell whether a field reads back as sent; ids of other things are a set, whose order no
    document fixes.
    """
    is_reference = any(
        reference.body_pointer == pointer for reference in context.contract.body_references
    )
    if is_reference and isinstance(sent, list) and isinstance(received, list):
        return sorted(map(repr, sent)) == sorted(map(repr, received))
    return json_equal(sent, received)


def find_unspecified_fields(context: CheckContext, item: Json) -> set[str]:
    """Return the field names of which the documents do not say what they hold, as this item is."""
    rules = context.resource.unspecified_fields
    return {
        rule.field[1:] for rule in rules if context.get_validator(rule.condition).is_valid(item)
    }


def explain_unspecified_field(
    context: CheckContext, trace: Trace, name: str, sent_body: Json
) -> str:
    """Return why the documents do not say what field `name` holds after such a body; empty when
    they do.
    """
    if name in find_unspecified_fields(context, sent_body):
        return f"for such a body the documents do not say what {name} holds"
    if name in trace.missing_fixtures:
        return f"the ids sent in {name} may not exist there: give --fixture {name}=ID"
    return ""


def build_body_without_references(context: CheckContext, builder: BodyBuilder) -> Json:
    """Return one body with a value of every property that refers to nothing else."""
    reference_fields = {
        reference.body_pointer[1:] for reference in context.contract.body_references
    }
    body: Json = context.get_body_builder(seed="full").build_minimal("{m}-made")
    for name in builder.properties:
        if name != builder.mark_property and name not in reference_fields:
            values = context.get_body_builder(seed="full").generate_values(name, 0)
            body = next(
                (
                    extended_body
                    for value in values
                    if builder.is_valid(extended_body := {**body, name: value})
                ),
                body,
            )
    return body


def build_body_with_references(context: CheckContext, text: str) -> dict[str, Json]:
    """Return the body that creates a thing of which the documents say what every field holds, ids
    of other things among them.
    """
    builder = context.get_body_builder(seed="whole")
    body: dict[str, Json] = {
        **build_body_without_references(context, builder),
        **builder.build_minimal(text),
    }
    reference_fields = {
        reference.body_pointer[1:]
        for reference in context.contract.body_references
        if reference.resource != context.resource.name
    }
    for name in [name for name in builder.properties if name in reference_fields]:
        candidates = (
            {**body, **extended_body}
            for value in builder.generate_values(name, 0)
            if (extended_body := builder.build_with_value(name, value, text))
        )
        body = next((candidate for candidate in candidates if builder.is_valid(candidate)), body)
    return body
