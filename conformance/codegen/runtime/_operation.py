"""Operations as values: the machine-readable side of this package. `operations.OPERATIONS` holds
them by operation id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ._error import StatusError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parameter:
    """One parameter: `name` as the API calls it, `python` as the method does; `style` and `explode`
    as in OpenAPI 3.1, 4.8.12.

    `media` is set when the value is written as that media type. `type` is what values are held
    against.
    """

    name: str
    location: Literal["path", "query", "header", "cookie"]
    python: str
    type: Any
    required: bool = False
    style: str = "form"
    explode: bool = True
    media: str | None = None
    reserved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Body:
    """A request body. `fields` gives, where the method takes them one by one, the Python name of
    each field of the API; else the argument is `python`.
    """

    media: str
    type: Any
    required: bool = True
    python: str = "body"
    fields: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """One documented answer; `status` is a code, a class such as 4XX, or `default`; without `media`
    it has no described body.

    `error` is the exception that it becomes.
    """

    status: str
    media: str | None = None
    type: Any = None
    error: type[StatusError[Any]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Operation:
    """One operation: `client.GROUP.NAME(…)`, and `client.GROUP.ITERATE(…)` when it comes in pages.

    `retries` are the statuses after which the API asks for another try; `repeatable` tells whether
    doing it twice is as good as once. `security` are alternatives, each the names of credentials
    that go together.
    """

    id: str
    group: str
    name: str
    iterate: str | None = None
    method: str
    path: str
    server: str | None = None
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    answers: tuple[Answer, ...] = ()
    accept: str | None = None
    retries: tuple[str, ...] = ()
    repeatable: bool = False
    security: tuple[tuple[str, ...], ...] = ()

    def answer(self, status: int) -> Answer | None:
        """Return the most exact documented answer for a status code."""
        exact, wide = str(status), f"{status // 100}XX"
        found = {answer.status.upper(): answer for answer in self.answers}
        return found.get(exact) or found.get(wide) or found.get("DEFAULT")

    def keywords(self, arguments: Mapping[str, Any], body: Any = None) -> dict[str, Any]:
        """Return the arguments of the method for values that go by the names of the API, as
        `{"sortField": "name"}`.

        A name that two parameters share is written with its place, as in `header.version`. Raises
        KeyError for a name that the operation does not have, and for a field that its body does not
        have.
        """
        known = {
            key: one.python
            for one in self.parameters
            for key in (one.name, f"{one.location}.{one.name}")
        }
        found = {known[name]: value for name, value in arguments.items()}
        if body is None or self.body is None:
            return found
        if self.body.fields is None:
            return {**found, self.body.python: body}
        return {**found, **{self.body.fields[name]: value for name, value in body.items()}}
