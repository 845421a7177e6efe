"""A request that is turned down, raised by the stage that finds it out and rendered in one
place.
"""

from __future__ import annotations

from http import HTTPStatus

from conformance.contract.schema import SchemaViolation

ERROR_NAMES = {400: "Validation", 401: "Unauthorized", 500: "InternalError"}


class Refusal(Exception):
    """Status and precise reason.

    `unknown` is the path parameter that names what does not exist, where that is the reason;
    `parameter` the one whose value does not fit; `violations` are what the schema of the parameter
    or of the body finds; `scope` is the one that does not suffice.
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


def error_name(status: int) -> str:
    """Return one word for a status, as the `type` or `code` of an error body: `NotFound` for
    404.
    """
    return ERROR_NAMES.get(status) or (
        HTTPStatus(status).phrase.title().replace(" ", "") if status in set(HTTPStatus) else "Error"
    )
