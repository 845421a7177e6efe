"""API calls as values: an operation and its arguments.

Raw HTTP, generated clients and captured traffic all use the same calls. Values that only a target
can supply are placeholders. They can occur anywhere inside arguments and bodies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from enum import StrEnum

from conformance.contract.json import Json
from conformance.contract.pointer import MISSING


@dataclass(frozen=True, slots=True)
class EarlierResponseValue:
    """The value at `pointer` in the response to an earlier step.

    A `pointer` of the form `header:NAME` leads to a header of that response.
    """

    step: str
    pointer: str


@dataclass(frozen=True, slots=True)
class EarlierRequestValue:
    """The value at `pointer` in the request body of an earlier step."""

    step: str
    pointer: str


@dataclass(frozen=True, slots=True)
class TextWithRunMark:
    """A text in which each `{m}` stands for the mark of the run.

    If `length` is given, the text is padded with `padding` or cut to that many characters. On an
    exclusive target, `unmarked` is sent instead.
    """

    text: str
    unmarked: str | None = None
    length: int | None = None
    padding: str = "x"

    def render(self, mark: str) -> str:
        """Return the text with `mark` filled in."""
        text = self.text.replace("{m}", mark)
        return text if self.length is None else text.ljust(self.length, self.padding)[: self.length]


@dataclass(frozen=True, slots=True)
class FixtureValue:
    """The value with number `index` (from 0) of the target's fixture `name`.

    If the target has no such value, `fallback` is sent and the trace records the missing fixture.
    """

    name: str
    index: int
    fallback: Json


@dataclass(frozen=True, slots=True)
class OtherParentId:
    """The id of another parent that exists on the target, for path parameter `parameter`."""

    parameter: str


PLACEHOLDER_TYPES = (
    EarlierResponseValue,
    EarlierRequestValue,
    TextWithRunMark,
    FixtureValue,
    OtherParentId,
)
Placeholder = (
    EarlierResponseValue | EarlierRequestValue | TextWithRunMark | FixtureValue | OtherParentId
)


class CredentialKind(StrEnum):
    """The credentials that a request carries.

    ALTERNATIVE are valid ones of the alternative that the call names, and only those.
    """

    DEFAULT = "default"
    MISSING = "missing"
    INVALID = "invalid"
    WITHOUT_SCHEME = "bare"
    OTHER_SCHEME = "elsewise"
    SCHEME_ONLY = "empty"
    SCOPED = "scoped"
    ALTERNATIVE = "alternative"
    OTHER_USER = "other-user"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    """An operation and its arguments.

    `arguments` are by parameter name. MISSING leaves a parameter out. Path parameters that are not
    given come from the target. `body` is JSON; if `text` is set, it is sent instead. `media_type`
    is one of several documented for the body, by default the main one. `query` and `headers` are
    undeclared extras. `scope` is used with Credential.SCOPED. `schemes` names the
    alternative whose credentials are meant, by default the first that the target can satisfy;
    `defective_scheme` is the one of them that `credential` is about, by default each.
    `gateway_statuses` are
    the statuses with which the first attempts of a typed client are answered before the server is
    asked.
    """

    operation: str
    arguments: Mapping[str, Json] = field(default_factory=dict)
    body: Json = MISSING
    text: str | None = None
    media_type: str | None = None
    credential: CredentialKind = CredentialKind.DEFAULT
    scope: str | None = None
    schemes: tuple[str, ...] = ()
    defective_scheme: str | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, Json] = field(default_factory=dict)
    gateway_statuses: tuple[int, ...] = ()


def fill_placeholders(value: Json, fill: Callable[[Placeholder], Json]) -> Json:
    """Return `value` with every placeholder in it replaced by the result of `fill`."""
    if isinstance(value, PLACEHOLDER_TYPES):
        return fill(value)
    if isinstance(value, Mapping):
        return {key: fill_placeholders(child, fill) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [fill_placeholders(child, fill) for child in value]
    return value


def find_placeholders(value: object) -> Iterator[Placeholder]:
    """Yield every placeholder inside a value, a call or a container of these."""
    if isinstance(value, PLACEHOLDER_TYPES):
        yield value
    elif isinstance(value, Mapping):
        for child in value.values():
            yield from find_placeholders(child)
    elif isinstance(value, list | tuple):
        for child in value:
            yield from find_placeholders(child)
    elif is_dataclass(value):
        for dataclass_field in fields(value):
            yield from find_placeholders(getattr(value, dataclass_field.name))
