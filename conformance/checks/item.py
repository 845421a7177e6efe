"""Calls on one item, comparison of its fields, and complete bodies to create it."""

from __future__ import annotations

from conformance.checks.body_templates import BodyBuilder
from conformance.checks.call import ApiCall, EarlierResponseValue
from conformance.checks.cause import Cause
from conformance.checks.check import CheckContext
from conformance.checks.exchange import InconclusiveError, Trace
from conformance.contract import pointer as pointers
from conformance.contract.equality import json_equal
from conformance.contract.equivalence import are_equivalent
from conformance.contract.json import Json
from conformance.contract.schema import Schema


def build_item_call(context: CheckContext, operation: str, item_step: str) -> ApiCall:
    """Return a call of an operation, without a body, on the item that step `item_step` created.

    Raises InconclusiveError if the contract does not say how paths identify an item.
    """
    resource = context.resource
    if resource.id_parameter is None:
        raise InconclusiveError(
            "the contract does not say how an item is named in a path", Cause.NO_WAY
        )
    return ApiCall(
        operation=operation,
        arguments={
            resource.id_parameter: EarlierResponseValue(item_step, resource.identity_pointer)
        },
    )


def reads_back_equal(context: CheckContext, pointer: str, sent: Json, received: Json) -> bool:
    """Return whether a field reads back as sent, perhaps in another form of the same value.

    Ids of other items are compared as a set, because no documentation fixes their order.
    """
    is_reference = any(
        reference.body_pointer == pointer for reference in context.contract.body_references
    )
    if is_reference and isinstance(sent, list) and isinstance(received, list):
        return sorted(map(repr, sent)) == sorted(map(repr, received))
    return json_equal(sent, received) or any(
        are_equivalent(schema, sent, received)
        for schema in _list_schemas_of_field(context, pointer)
    )


def _list_schemas_of_field(context: CheckContext, pointer: str) -> list[Schema]:
    """Return the schemas that bodies of requests and responses have for a field of an item."""
    resource, contract = context.resource, context.contract
    schemas = []
    for operation_id in (resource.create, resource.replace, resource.change, resource.read):
        if operation_id is None:
            continue
        operation = contract.operations[operation_id]
        bodies = [response.schema for response in operation.responses]
        bodies += [operation.body.schema] if operation.body else []
        for body in bodies:
            schema = body.find_property(pointers.tokens(pointer)) if body else None
            schemas += [schema] if schema else []
    return schemas


def find_fields_with_unspecified_value(context: CheckContext, item: Json) -> set[str]:
    """Return the names of the fields whose value the documentation leaves open for this item."""
    rules = context.resource.unspecified_fields
    return {
        rule.field[1:]
        for rule in rules
        if context.contract.get_schema(rule.condition).is_valid(item)
    }


def explain_unspecified_field_value(
    context: CheckContext, trace: Trace, name: str, sent_body: Json
) -> str:
    """Return why the value of field `name` is unspecified after such a body; empty if it is not."""
    if name in find_fields_with_unspecified_value(context, sent_body):
        return f"for such a body the documents do not say what {name} holds"
    if name in trace.missing_fixtures:
        return f"the ids sent in {name} may not exist there: give --fixture {name}=ID"
    return ""


def build_full_body_without_references(context: CheckContext, builder: BodyBuilder) -> Json:
    """Return a body with a value for every property that refers to no other item."""
    reference_fields = {
        reference.body_pointer[1:] for reference in context.contract.body_references
    }
    body: Json = context.get_body_builder(seed="full").build_minimal_body("{m}-made")
    for name in builder.properties:
        if name != builder.mark_property and name not in reference_fields:
            values = context.get_body_builder(seed="full").generate_storable_values(name, 0)
            body = next(
                (
                    extended_body
                    for value in values
                    if builder.is_valid(extended_body := {**body, name: value})
                ),
                body,
            )
    return body


def build_full_body_with_references(context: CheckContext, text: str) -> dict[str, Json]:
    """Return a body with a value for every property, including ids of other items.

    The documentation specifies what every field of an item created with this body holds.
    """
    builder = context.get_body_builder(seed="whole")
    body: dict[str, Json] = {
        **build_full_body_without_references(context, builder),
        **builder.build_minimal_body(text),
    }
    reference_fields = {
        reference.body_pointer[1:]
        for reference in context.contract.body_references
        if reference.resource != context.resource.name
    }
    for name in [name for name in builder.properties if name in reference_fields]:
        candidates = (
            {**body, **extended_body}
            for value in builder.generate_storable_values(name, 0)
            if (extended_body := builder.build_body_with_value(name, value, text))
        )
        body = next((candidate for candidate in candidates if builder.is_valid(candidate)), body)
    return body
