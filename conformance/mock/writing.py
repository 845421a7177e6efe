"""The body of a request, checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.contract import schema as schemas
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.pointer import MISSING
from conformance.contract.schema import Validator
from conformance.mock.argument import reason
from conformance.mock.call import Call
from conformance.mock.message import decode
from conformance.mock.negotiating import is_json
from conformance.mock.refusal import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a body is read: `check` raises Refusal for a value that the schema does not allow;
    `foreign` is the status for other media types.
    """

    required: bool
    foreign: int
    check: Callable[[Json], None]

    def __call__(self, call: Call) -> Json:
        """Return the value of the body, MISSING when there is none and none is needed."""
        request = call.request
        if not request.body:
            if self.required:
                raise Refusal(400, "the request needs a body")
            return MISSING
        media = request.headers.get("content-type")
        if media and not is_json(media):
            raise Refusal(
                self.foreign, f"a body of type {media} is not understood, it must be JSON"
            )
        try:
            value = decode(request.body)
        except ValueError as error:
            raise Refusal(400, f"the body is not valid JSON: {error}") from error
        self.check(value)
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A body in a form that the mock does not look into."""

    required: bool

    def __call__(self, call: Call) -> Json:
        """Return MISSING, if there is a body or none is needed."""
        if self.required and not call.request.body:
            raise Refusal(400, "the request needs a body")
        return MISSING


def reading(contract: Contract, operation: Operation) -> Reading | Unread | None:
    """Return how an operation's body is read, None when it has none."""
    if operation.body is None:
        return None
    # forms and files: only that there is a body
    if not is_json(operation.body.media) and operation.body.media != "*/*":
        return Unread(required=operation.body.required)
    validator = schemas.compile(contract.document, operation.body.schema)
    return Reading(
        required=operation.body.required,
        foreign=415 if operation.response(415) else 400,
        check=checking(validator),
    )


def checking(validator: Validator) -> Callable[[Json], None]:
    """Return a function that raises Refusal for a value that does not fit."""

    def check(value: Json) -> None:
        if not validator.is_valid(value):
            violations = tuple(validator.violations(value))
            raise Refusal(
                400, f"the body does not fit: {reason(violations)}", violations=violations
            )

    return check
