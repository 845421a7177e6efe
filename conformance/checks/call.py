"""A call: an operation and its arguments, as a value. Raw HTTP, a generated client and recorded
traffic all speak it.

Values that only a target can give stand as placeholders, anywhere inside arguments and bodies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from enum import StrEnum

from conformance.contract.json import Json
from conformance.contract.pointer import MISSING


@dataclass(frozen=True, slots=True)
class ResponseRef:
    """What stands at `pointer` in the answer to an earlier step."""

    step: str
    pointer: str


@dataclass(frozen=True, slots=True)
class RequestRef:
    """What an earlier step sent at `pointer` of its body."""

    step: str
    pointer: str


@dataclass(frozen=True, slots=True)
class MarkedText:
    """Text in which each `{m}` becomes the mark of the run, padded with `pad` to `length`
    characters when that is given.

    `plain` is sent instead where the target is ours alone.
    """

    text: str
    unmarked: str | None = None
    length: int | None = None
    padding: str = "x"

    def render(self, mark: str) -> str:
        """Return the text under one mark."""
        text = self.text.replace("{m}", mark)
        return text if self.length is None else text.ljust(self.length, self.padding)[: self.length]


@dataclass(frozen=True, slots=True)
class FixtureValue:
    """The value number `index` (from 0) of a target's fixture `name`; without that fixture,
    `fallback`, whose use the trace remembers.
    """

    name: str
    index: int
    fallback: Json


@dataclass(frozen=True, slots=True)
class OtherParentId:
    """The id of another parent that exists on the target, for path parameter `parameter`."""

    parameter: str


PLACEHOLDER_TYPES = (ResponseRef, RequestRef, MarkedText, FixtureValue, OtherParentId)
Placeholder = ResponseRef | RequestRef | MarkedText | FixtureValue | OtherParentId


class Credential(StrEnum):
    """What a request shows of who sends it."""

    DEFAULT = "default"
    MISSING = "missing"
    INVALID = "invalid"
    WITHOUT_SCHEME = "bare"
    OTHER_SCHEME = "elsewise"
    SCHEME_ONLY = "empty"
    SCOPED = "scoped"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    """`arguments` by parameter name (MISSING leaves one out; path parameters that are not given
    come from the target).

    `body` is JSON; `text` is sent instead when it is set. `query` and `headers` are undeclared
    extras. `scope` goes with Credential.SCOPED. `gateway` are statuses with which a typed client's
    first tries are answered before the server is asked.
    """

    operation: str
    arguments: Mapping[str, Json] = field(default_factory=dict)
    body: Json = MISSING
    text: str | None = None
    credential: Credential = Credential.DEFAULT
    scope: str | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    gateway_statuses: tuple[int, ...] = ()


def fill_placeholders(value: Json, fill: Callable[[Placeholder], Json]) -> Json:
    """Return `value` with every placeholder in it replaced by what `fill` gives."""
    if isinstance(value, PLACEHOLDER_TYPES):
        return fill(value)
    if isinstance(value, Mapping):
        return {key: fill_placeholders(child, fill) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [fill_placeholders(child, fill) for child in value]
    return value


def find_placeholders(value: object) -> Iterator[Placeholder]:
    """Yield every placeholder inside a value, a call or anything made of them."""
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
