"""Operations as values, for programs that inspect this package.

`operations.OPERATIONS` holds them by operation id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ._error import StatusError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ParameterSpec:
    """A parameter of an operation.

    `name` is its name in the API, `python_name` the name of the argument. `style` and `explode` are
    as in OpenAPI 3.1, 4.8.12. `media` is set if the value is encoded as that media type. Values are
    validated against `type`.
    """

    name: str
    location: Literal["path", "query", "header", "cookie"]
    python_name: str
    type: Any
    required: bool = False
    style: str = "form"
    explode: bool = True
    media: str | None = None
    allow_reserved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BodySpec:
    """A request body.

    If the method takes each field as an argument, `fields` maps the field names of the API to the
    Python names. Otherwise the argument is `python_name`.
    """

    media: str
    type: Any
    required: bool = True
    python_name: str = "body"
    fields: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DocumentedResponse:
    """A documented response.

    `status` is a code, a range such as 4XX, or `default`. `media` is None if no body is documented.
    `exception` is the exception that the response raises, None for success.
    """

    status: str
    media: str | None = None
    type: Any = None
    exception: type[StatusError[Any]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OperationSpec:
    """An operation: `client.GROUP.NAME(…)`, and `client.GROUP.ITERATOR_NAME(…)` if it is paginated.

    `retry_statuses` are the statuses after which the API asks for a retry. `idempotent` is True if
    a repetition has no further effect. `security` holds alternatives, each the names of credentials
    that are sent together.
    """

    id: str
    group: str
    name: str
    iterator_name: str | None = None
    method: str
    path: str
    server: str | None = None
    parameters: tuple[ParameterSpec, ...] = ()
    body: BodySpec | None = None
    responses: tuple[DocumentedResponse, ...] = ()
    accept: str | None = None
    retry_statuses: tuple[str, ...] = ()
    idempotent: bool = False
    security: tuple[tuple[str, ...], ...] = ()

    def find_response(self, status: int) -> DocumentedResponse | None:
        """Return the most specific documented response for a status code, or None."""
        exact, status_range = str(status), f"{status // 100}XX"
        responses_by_status = {response.status.upper(): response for response in self.responses}
        return (
            responses_by_status.get(exact)
            or responses_by_status.get(status_range)
            or responses_by_status.get("DEFAULT")
        )

    def build_keyword_arguments(
        self, arguments: Mapping[str, Any], body: Any = None
    ) -> dict[str, Any]:
        """Return the arguments of the method for values by API name.

        For example, `{"sortField": "name"}` becomes `{"sort_field": "name"}`.

        If two parameters have the same name, prefix it with the location, as in `header.version`.
        Raises KeyError for a name that the operation does not have, or a field that its body does
        not have.
        """
        python_names = {
            key: parameter.python_name
            for parameter in self.parameters
            for key in (parameter.name, f"{parameter.location}.{parameter.name}")
        }
        keyword_arguments = {python_names[name]: value for name, value in arguments.items()}
        if body is None or self.body is None:
            return keyword_arguments
        if self.body.fields is None:
            return {**keyword_arguments, self.body.python_name: body}
        return {
            **keyword_arguments,
            **{self.body.fields[name]: value for name, value in body.items()},
        }
