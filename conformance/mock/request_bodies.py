"""The body of a request, checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.contract import schema as schemas
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.pointer import MISSING
from conformance.contract.schema import SchemaValidator
from conformance.mock.argument import describe_violations
from conformance.mock.bound_call import BoundCall
from conformance.mock.content_negotiation import is_json
from conformance.mock.message import decode_json
from conformance.mock.refusal import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyReader:
    """How a body is read: `check` raises Refusal for a value that the schema does not allow;
    `foreign` is the status for other media types.
    """

    required: bool
    unsupported_media_status: int
    check_schema: Callable[[Json], None]

    def __call__(self, call: BoundCall) -> Json:
        """Return the value of the body, MISSING when there is none and none is needed."""
        request = call.request
        if not request.body:
            if self.required:
                raise Refusal(400, "the request needs a body")
            return MISSING
        media_type = request.headers.get("content-type")
        if media_type and not is_json(media_type):
            raise Refusal(
                self.unsupported_media_status,
                f"a body of type {media_type} is not understood, it must be JSON",
            )
        try:
            value = decode_json(request.body)
        except ValueError as error:
            raise Refusal(400, f"the body is not valid JSON: {error}") from error
        self.check_schema(value)
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class OpaqueBodyReader:
    """A body in a form that the mock does not look into."""

    required: bool

    def __call__(self, call: BoundCall) -> Json:
        """Return MISSING, if there is a body or none is needed."""
        if self.required and not call.request.body:
            raise Refusal(400, "the request needs a body")
        return MISSING


def build_body_reader(
    contract: Contract, operation: Operation
) -> BodyReader | OpaqueBodyReader | None:
    """Return how an operation's body is read, None when it has none."""
    if operation.body is None:
        return None
    # forms and files: only that there is a body
    if not is_json(operation.body.media_type) and operation.body.media_type != "*/*":
        return OpaqueBodyReader(required=operation.body.required)
    validator = schemas.compile_validator(contract.document, operation.body.schema)
    return BodyReader(
        required=operation.body.required,
        unsupported_media_status=415 if operation.response(415) else 400,
        check_schema=build_schema_check(validator),
    )


def build_schema_check(validator: SchemaValidator) -> Callable[[Json], None]:
    """Return a function that raises Refusal for a value that does not fit."""

    def check_value(value: Json) -> None:
        if not validator.is_valid(value):
            violations = tuple(validator.find_violations(value))
            raise Refusal(
                400,
                f"the body does not fit: {describe_violations(violations)}",
                violations=violations,
            )

    return check_value
