"""Refusals of requests: raised by any stage of a handler, rendered by `responses`."""

from __future__ import annotations

from http import HTTPStatus

from conformance.contract.schema import SchemaViolation

ERROR_NAMES = {400: "Validation", 401: "Unauthorized", 500: "InternalError"}


class Refusal(Exception):
    """The refusal of a request, with status and exact reason.

    `not_found_parameter` is the path parameter whose value does not exist. `parameter` is the
    parameter with the invalid value. `violations` are the schema violations of the parameter or the
    body. `scope` is the insufficient scope of the token.
    """

    def __init__(
        self,
        status: int,
        text: str,
        not_found_parameter: str | None = None,
        parameter: str | None = None,
        violations: tuple[SchemaViolation, ...] = (),
        scope: str | None = None,
    ) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.not_found_parameter = not_found_parameter
        self.parameter = parameter
        self.violations = violations
        self.scope = scope


def get_status_error_name(status: int) -> str:
    """Return a one-word name of a status for error bodies, such as `NotFound` for 404."""
    return ERROR_NAMES.get(status) or (
        HTTPStatus(status).phrase.title().replace(" ", "") if status in set(HTTPStatus) else "Error"
    )
