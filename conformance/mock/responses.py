"""Rendering of success and error responses: which documented status, media type and body."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.operation import ResponseSpec as ResponseSpec
from conformance.contract.pointer import MISSING, put_at_pointer, tokens
from conformance.contract.schema import MessageDirection, Schema
from conformance.contract.uniqueness import SendsUniqueValues
from conformance.mock.examples import JSON_HEADERS as JSON_HEADERS
from conformance.mock.examples import build_constant_response
from conformance.mock.examples import build_content_type_headers as build_content_type_headers
from conformance.mock.message import MockResponse, encode_json
from conformance.mock.refusal import Refusal, get_status_error_name
from conformance.mock.state import MockState
from conformance.values.plain import make_plain_value
from conformance.values.unique import build_unique_value_generator

MESSAGE_PROPERTIES = (
    "message",
    "error",
    "detail",
    "error_description",
    "description",
    "reason",
    "title",
    "msg",
)
CODE_PROPERTIES = ("type", "code", "error", "name", "title", "status")
MESSAGE_ELLIPSIS = "..."


def get_documented_status_code(response_spec: ResponseSpec, default: int = 200) -> int:
    """Return the status code of a documented response, or `default` for a class such as 2XX."""
    return int(response_spec.status) if response_spec.status.isdecimal() else default


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorResponseTemplate:
    """The template of error responses with one status.

    The reason is set at `message_pointer` after `message_prefix`. Each pointer of `id_generators`
    gets a new value.
    """

    headers: tuple[tuple[str, str], ...]
    body: Json
    message_pointer: str | None
    message_prefix: str
    example: Json
    id_generators: Mapping[str, Callable[[int], Json]]

    def render_body(self, refusal: Refusal, response_number: int) -> Json:
        """Return the body for a refusal.

        `response_number` is the counter for generated values.
        """
        body = self.body
        # a documented example states its own reason: it fits only a missing item
        if refusal.not_found_parameter and self.example is not MISSING:
            body = self.example
        elif self.message_pointer is not None:
            body = put_at_pointer(body, self.message_pointer, self.message_prefix + refusal.text)
        for pointer, generate_id in self.id_generators.items():
            body = put_at_pointer(body, pointer, generate_id(response_number))
        return body


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalRenderer:
    """A renderer of the refusals of one operation.

    If `operation` is None, it renders those of requests that match no operation.
    """

    contract: Contract
    operation: Operation | None
    templates: dict[int, ErrorResponseTemplate] = field(default_factory=dict)

    def __call__(self, state: MockState, refusal: Refusal) -> MockResponse:
        """Return the response to a refused request."""
        status = choose_documented_status(self.operation, refusal.status)
        template = self.templates.get(status)
        if template is None:
            template = self.templates[status] = build_error_response_template(
                self.contract, self.operation, status
            )
        state.response_count += 1
        extra_headers = (
            (("www-authenticate", _list_challenges(self.contract, self.operation)),)
            if refusal.status == 401
            else ()
        )
        body = (
            b""
            if template.body is MISSING
            else encode_json(template.render_body(refusal, state.response_count)).encode()
        )
        return MockResponse(
            status=status,
            headers=template.headers + extra_headers,
            body=body,
            explanation=(self.operation.id if self.operation else None, refusal),
        )


def choose_documented_status(operation: Operation | None, status: int) -> int:
    """Return the documented status of a refusal: 422 where malformed input has that status only."""
    if (
        status == 400
        and operation is not None
        and operation.find_documented_response(400) is None
        and operation.find_documented_response(422) is not None
    ):
        return 422
    return status


def _list_challenges(contract: Contract, operation: Operation | None) -> str:
    """Return the value of WWW-Authenticate: a challenge for each scheme that would do."""
    names = operation.security_scheme_names if operation else ()
    challenges = [
        contract.security_schemes[name].challenge
        for name in names or contract.security_schemes
        if not contract.security_schemes[name].mutual_tls
    ]
    return ", ".join(dict.fromkeys(challenges)) or "Bearer"


def build_error_response_template(
    contract: Contract, operation: Operation | None, status_code: int
) -> ErrorResponseTemplate:
    """Return the error template for a status.

    It follows the documented response of that status, else another documented error, else
    `{"message": …}`.
    """
    response_spec = _find_error_response_spec(contract, operation, status_code)
    if response_spec is None:
        return ErrorResponseTemplate(
            headers=JSON_HEADERS,
            body={},
            message_pointer="/message",
            message_prefix="",
            example=MISSING,
            id_generators={},
        )
    if response_spec.media_type is None:
        return ErrorResponseTemplate(
            headers=(),
            body=MISSING,
            message_pointer=None,
            message_prefix="",
            example=MISSING,
            id_generators={},
        )
    schema = response_spec.schema or contract.get_schema({})
    fits = schema.compile(MessageDirection.RESPONSE).is_valid
    example = next(filter(fits, response_spec.examples), MISSING)
    id_generators = _build_error_body_value_generators(contract, operation, status_code, schema)
    message_pointer = next(
        (
            f"/{property_name}"
            for property_name in MESSAGE_PROPERTIES
            if _is_free_text_property(schema, property_name)
            and f"/{property_name}" not in id_generators
        ),
        None,
    )
    body = _build_error_body(schema, example, status_code, message_pointer)
    return ErrorResponseTemplate(
        headers=build_content_type_headers(response_spec.media_type),
        body=body,
        message_pointer=message_pointer,
        message_prefix=_extract_example_message_prefix(example, message_pointer),
        example=example,
        id_generators=id_generators,
    )


def _find_error_response_spec(
    contract: Contract, operation: Operation | None, status_code: int
) -> ResponseSpec | None:
    exact = operation.find_documented_response(status_code) if operation else None
    if exact is not None:
        return exact
    responses = [
        response
        for source in ([operation] if operation else []) + list(contract.operations.values())
        for response in source.responses
    ]
    return next(
        (
            response
            for response in responses
            if response.status[0] in "45d" and response.schema is not None
        ),
        None,
    )


def _build_error_body_value_generators(
    contract: Contract, operation: Operation | None, status_code: int, schema: Schema
) -> dict[str, Callable[[int], Json]]:
    behaviors = (
        contract.behaviors.get(operation.id, ())
        if operation
        else [
            behavior
            for operation_behaviors in contract.behaviors.values()
            for behavior in operation_behaviors
        ]
    )
    pointers = [
        behavior.response_pointer
        for behavior in behaviors
        if isinstance(behavior, SendsUniqueValues)
        and ResponseSpec(status=behavior.status, description="", pointer="").covers(status_code)
    ]
    return {
        pointer: build_unique_value_generator(property_schema, "request")
        for pointer in pointers
        if (property_schema := schema.find_property(tokens(pointer))) is not None
    }


def _is_free_text_property(schema: Schema, property_name: str) -> bool:
    property_schema = schema.properties.get(property_name)
    return (
        property_schema is not None
        and "string" in property_schema.types
        and "enum" not in property_schema.merged
    )


def _build_error_body(
    schema: Schema, example: Json, status_code: int, message_pointer: str | None
) -> Json:
    body = make_plain_value(schema)
    if not isinstance(body, dict):
        return body
    for property_name in CODE_PROPERTIES:
        if f"/{property_name}" != message_pointer and _is_free_text_property(schema, property_name):
            body = {**body, property_name: get_status_error_name(status_code)}
        elif (
            property_name in ("status", "code")
            and property_name in schema.properties
            and "integer" in schema.properties[property_name].types
        ):
            body = {**body, property_name: status_code}
    return {**body, **example} if isinstance(example, dict) else body


def _extract_example_message_prefix(example: Json, message_pointer: str | None) -> str:
    message = (
        example.get(message_pointer[1:]) if isinstance(example, dict) and message_pointer else None
    )
    return (
        message.removesuffix(MESSAGE_ELLIPSIS)
        if isinstance(message, str) and message.endswith(MESSAGE_ELLIPSIS)
        else ""
    )


def build_constant_success_response(operation: Operation) -> MockResponse:
    """Return the constant success response of an operation that returns no item.

    The body is the documented example, or a generated one.
    """
    response_spec = operation.success_response
    return build_constant_response(response_spec, get_documented_status_code(response_spec))
