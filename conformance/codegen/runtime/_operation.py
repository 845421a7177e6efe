"""Operations as values: the machine-readable side of this package. `operations.OPERATIONS` holds
them by operation id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ._error import StatusError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ParameterSpec:
    """One parameter: `name` as the API calls it, `python` as the method does; `style` and `explode`
    as in OpenAPI 3.1, 4.8.12.

    `media` is set when the value is written as that media type. `type` is what values are held
    against.
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
    """A request body. `fields` gives, where the method takes them one by one, the Python name of
    each field of the API; else the argument is `python`.
    """

    media: str
    type: Any
    required: bool = True
    python_name: str = "body"
    fields: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DocumentedResponse:
    """One documented answer; `status` is a code, a class such as 4XX, or `default`; without `media`
    it has no described body.

    `error` is the exception that it becomes.
    """

    status: str
    media: str | None = None
    type: Any = None
    exception: type[StatusError[Any]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OperationSpec:
    """One operation: `client.GROUP.NAME(…)`, and `client.GROUP.ITERATE(…)` when it comes in pages.

    `retries` are the statuses after which the API asks for another try; `repeatable` tells whether
    doing it twice is as good as once. `security` are alternatives, each the names of credentials
    that go together.
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
        """Return the most exact documented answer for a status code."""
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
        """Return the arguments of the method for values that go by the names of the API, as
        `{"sortField": "name"}`.

        A name that two parameters share is written with its place, as in `header.version`. Raises
        KeyError for a name that the operation does not have, and for a field that its body does not
        have.
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
