"""Faults in request bodies: valid bodies that are refused, and invalid ones that are accepted."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.equality import json_equal
from conformance.contract.form import is_form
from conformance.contract.json import Json
from conformance.contract.operation import RequestBodySpec
from conformance.contract.pointer import MISSING
from conformance.contract.request_bodies import (
    AcceptsBodyExample,
    AcceptsBoundaryValue,
    AcceptsRequestMediaType,
    RefusesInvalidBody,
)
from conformance.contract.schema import MessageDirection, Schema
from conformance.mock.bound_call import BoundCall
from conformance.mock.fault import Fault
from conformance.mock.faults.patches import ServicePatch, build_fault
from conformance.mock.handler import ReadBody
from conformance.mock.message import decode_json
from conformance.mock.refusal import Refusal
from conformance.mock.service import MockService
from conformance.protocol import is_json, name_concrete_media_type
from conformance.values.plain import make_plain_value


def generate_valid_example_refusal_faults(
    contract: Contract, claim: Claim, promise: AcceptsBodyExample
) -> Iterator[Fault]:
    """Yield the fault that the documented example body is refused."""
    yield build_fault(
        claim,
        "refused",
        "the documented body is taken for malformed",
        _patch_to_refuse_matching_bodies(
            claim.operation, lambda value: json_equal(value, promise.body)
        ),
    )


def generate_refused_media_type_faults(
    contract: Contract, claim: Claim, promise: AcceptsRequestMediaType
) -> Iterator[Fault]:
    """Yield the faults that bodies of a documented media type are refused, or make it fail."""
    body = contract.operations[claim.operation].body
    media_type = name_concrete_media_type(promise.media_type)
    if body is None or not (is_json(media_type) or is_form(media_type)):
        return  # no body of another type can be made, so none shows a fault
    for variant, text, status in (
        ("refused", "such a body is taken for one of an unknown type", 415),
        ("crashes", "such a body makes the server fail", 500),
    ):
        yield build_fault(
            claim,
            variant,
            text,
            _patch_to_refuse_media_type(claim.operation, body, promise.media_type, status),
        )


def _patch_to_refuse_media_type(
    operation: str, body: RequestBodySpec, media_type: str, status: int
) -> ServicePatch:
    def wrap(read_body: ReadBody) -> ReadBody:
        def read(call: BoundCall) -> Json:
            content_type = call.request.headers.get("content-type", "")
            chosen = body.find_for_content_type(content_type) if content_type else None
            if chosen is not None and chosen.media_type == media_type:
                raise Refusal(status, f"a body of type {content_type} is not understood")
            return read_body(call)

        return read

    return patch_body_reader(operation, wrap)


def generate_valid_boundary_value_refusal_faults(
    contract: Contract, claim: Claim, promise: AcceptsBoundaryValue
) -> Iterator[Fault]:
    """Yield faults in which a value at a bound of its schema is refused."""
    body = contract.operations[claim.operation].body
    if body is None:
        return
    schema = body.schema.properties[promise.name]
    limit = schema.get(promise.keyword)

    def is_at_bound(value: Json) -> bool:
        field_value = value.get(promise.name) if isinstance(value, dict) else None
        return _measure(field_value) == limit if field_value is not None else False

    yield build_fault(
        claim,
        "off-by-one",
        f"{promise.name} is compared with {promise.keyword} as if equality broke it",
        _patch_to_refuse_matching_bodies(claim.operation, is_at_bound),
    )
    if promise.keyword == "maxLength" and "pattern" not in schema.merged:

        def has_too_many_bytes(value: Json) -> bool:
            field_value = value.get(promise.name) if isinstance(value, dict) else None
            return (
                isinstance(field_value, str)
                and len(field_value.encode("utf-8", "surrogatepass")) > limit
            )

        yield build_fault(
            claim,
            "bytes",
            f"the length of {promise.name} is counted in bytes, not in characters",
            _patch_to_refuse_matching_bodies(claim.operation, has_too_many_bytes),
        )


def _measure(value: Json) -> Json:
    return len(value) if isinstance(value, str | list | dict) else value


def generate_accepted_invalid_body_faults(
    contract: Contract, claim: Claim, promise: RefusesInvalidBody
) -> Iterator[Fault]:
    """Yield faults in which an invalid body is accepted, or makes the server fail."""
    body = contract.operations[claim.operation].body
    if body is None:
        return
    violates, repair = _build_violation_predicate_and_repair(body, promise)
    yield build_fault(
        claim,
        "taken",
        "such a body is taken",
        _patch_to_accept_refused_bodies(claim.operation, violates, repair),
    )
    yield build_fault(
        claim,
        "crashes",
        "such a body makes the server fail",
        _patch_to_accept_refused_bodies(claim.operation, violates, _raise_server_error),
    )
    if promise.keyword == "type" and promise.name:
        schema = body.schema.properties.get(promise.name) or body.schema.with_node({})
        for variant, text, convert in _generate_lenient_type_coercions(schema):
            read_coerced = _build_coercing_body_reader(promise.name, convert)
            is_coercible = _build_coercible_body_predicate(body, promise.name, convert)
            yield build_fault(
                claim,
                variant,
                f"{text} is taken for {promise.name}",
                _patch_to_accept_refused_bodies(claim.operation, is_coercible, read_coerced),
            )


def _generate_lenient_type_coercions(
    schema: Schema,
) -> Iterator[tuple[str, str, Callable[[Json], Json]]]:
    """Yield conversions that lenient frameworks apply to values of a wrong type.

    Each is a variant, a description and a function that returns MISSING for values that it does not
    convert. Conversions that a reasonable server could make are left out.
    """
    match schema.types[:1]:
        case ("string",) if "pattern" not in schema.merged:
            yield (
                "number",
                "a number",
                lambda value: (
                    str(value)
                    if isinstance(value, int | float) and not isinstance(value, bool)
                    else MISSING
                ),
            )


def _build_coercible_body_predicate(
    body: RequestBodySpec, name: str, convert: Callable[[Json], Json]
) -> Callable[[bytes], bool]:
    validator = body.schema.compile(MessageDirection.REQUEST)

    def is_coercible(raw_body: bytes) -> bool:
        decoded = _try_decode(raw_body)
        if decoded is None or not isinstance(decoded[0], dict) or name not in decoded[0]:
            return False
        converted = convert(decoded[0][name])
        return converted is not MISSING and validator.is_valid({**decoded[0], name: converted})

    return is_coercible


def _build_coercing_body_reader(
    name: str, convert: Callable[[Json], Json]
) -> Callable[[bytes], Json]:
    def read_coerced(raw_body: bytes) -> Json:
        value = decode_json(raw_body)
        return {**value, name: convert(value[name])}

    return read_coerced


def _raise_server_error(value: Json) -> Json:
    raise Refusal(500, "something went wrong")


def _patch_to_refuse_matching_bodies(
    operation: str, matches: Callable[[Json], bool]
) -> ServicePatch:
    def wrap_body_reader(read_body: ReadBody) -> ReadBody:
        def read_or_refuse(call: BoundCall) -> Json:
            value = read_body(call)
            if matches(value):
                raise Refusal(400, "the body does not fit")
            return value

        return read_or_refuse

    return patch_body_reader(operation, wrap_body_reader)


def _patch_to_accept_refused_bodies(
    operation: str, matches: Callable[[bytes], bool], read_instead: Callable[[bytes], Json]
) -> ServicePatch:
    def wrap_body_reader(read_body: ReadBody) -> ReadBody:
        def read_body_leniently(call: BoundCall) -> Json:
            try:
                return read_body(call)
            except Refusal:
                if (
                    call.request.body
                    and is_json(call.request.headers.get("content-type", "application/json"))
                    and matches(call.request.body)
                ):
                    return read_instead(call.request.body)
                raise

        return read_body_leniently

    return patch_body_reader(operation, wrap_body_reader)


def patch_body_reader(operation: str, wrap: Callable[[ReadBody], ReadBody]) -> ServicePatch:
    """Wrap the function that reads the body of an operation."""

    def patch(service: MockService) -> MockService:
        read_body = service.handlers[operation].read_body
        assert read_body is not None
        return service.replace_handler_stages(operation, read_body=wrap(read_body))

    return patch


def _build_violation_predicate_and_repair(
    body: RequestBodySpec, promise: RefusesInvalidBody
) -> tuple[Callable[[bytes], bool], Callable[[bytes], Json]]:
    """Return a predicate for refused bodies, and a function that repairs them.

    The predicate is true if the body violates nothing but the keyword of the promise. The function
    returns the value that the server uses instead.
    """
    if promise.keyword == "json":
        return (
            lambda raw_body: _try_decode(raw_body) is None,
            lambda raw_body: (
                next(iter(body.examples.values()), None) or make_plain_value(body.schema)
            ),
        )
    validator = remove_body_schema_keyword(body.schema, promise.name, promise.keyword).compile()

    def violates(raw_body: bytes) -> bool:
        decoded = _try_decode(raw_body)
        return decoded is not None and validator.is_valid(decoded[0])

    return violates, lambda text: salvage_valid_body_part(body, decode_json(text))


def _try_decode(raw_body: bytes) -> tuple[Json] | None:
    try:
        return (decode_json(raw_body),)
    except ValueError:
        return None


def remove_body_schema_keyword(schema: Schema, name: str | None, keyword: str) -> Schema:
    """Return a body schema without one keyword of property `name`, or of the body if it is None."""
    if name is None:
        return schema.with_node(_remove_schema_keyword(schema.merged, keyword))
    if keyword == "required":
        others = [required_name for required_name in schema.required if required_name != name]
        return schema.with_node({**schema.merged, "required": others})
    property_schema = schema.properties.get(name) or schema.with_node({})
    relaxed = _remove_schema_keyword(property_schema.merged, keyword)
    properties = {**schema.get("properties", {}), name: relaxed}
    return schema.with_node({**schema.merged, "properties": properties})


def _remove_schema_keyword(schema: Json, keyword: str) -> Json:
    # If it were removed, additionalProperties would refuse the properties that it covers.
    if keyword == "patternProperties":
        return {**schema, keyword: dict.fromkeys(schema.get(keyword, {}), True)}
    removed_keywords = ("if", "then", "else") if keyword == "if" else (keyword,)
    return {name: value for name, value in schema.items() if name not in removed_keywords}


def salvage_valid_body_part(body: RequestBodySpec, value: Json) -> Json:
    """Return the part of a body that a lenient server would use.

    This includes the valid properties. Missing or invalid required properties get example values.
    Properties that only the server sets are left out.
    """
    template = {**make_plain_value(body.schema), **next(iter(body.examples.values()), {})}
    writable = body.schema.list_properties(MessageDirection.REQUEST)
    required_values = {name: template[name] for name in body.schema.required if name in writable}
    if not isinstance(value, dict):
        return required_values
    return {
        **required_values,
        **{
            name: field_value
            for name, field_value in value.items()
            if name in writable and writable[name].is_valid(field_value)
        },
    }


FAULTS = {
    "request_bodies.example": generate_valid_example_refusal_faults,
    "request_bodies.media-type": generate_refused_media_type_faults,
    "request_bodies.boundary": generate_valid_boundary_value_refusal_faults,
    "request_bodies.refuses": generate_accepted_invalid_body_faults,
}
