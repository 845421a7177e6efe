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
class Ref:
    """What stands at `pointer` in the answer to an earlier step."""

    step: str
    pointer: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What an earlier step sent at `pointer` of its body."""

    step: str
    pointer: str


@dataclass(frozen=True, slots=True)
class Marked:
    """Text in which each `{m}` becomes the mark of the run, padded with `pad` to `length`
    characters when that is given.

    `plain` is sent instead where the target is ours alone.
    """

    text: str
    plain: str | None = None
    length: int | None = None
    pad: str = "x"

    def under(self, mark: str) -> str:
        """Return the text under one mark."""
        text = self.text.replace("{m}", mark)
        return text if self.length is None else text.ljust(self.length, self.pad)[: self.length]


@dataclass(frozen=True, slots=True)
class Fixture:
    """The value number `index` (from 0) of a target's fixture `name`; without that fixture,
    `fallback`, whose use the trace remembers.
    """

    name: str
    index: int
    fallback: Json


@dataclass(frozen=True, slots=True)
class Other:
    """The id of another parent that exists on the target, for path parameter `parameter`."""

    parameter: str


PLACEHOLDERS = (Ref, Sent, Marked, Fixture, Other)
Placeholder = Ref | Sent | Marked | Fixture | Other


class Credential(StrEnum):
    """What a request shows of who sends it."""

    DEFAULT = "default"
    MISSING = "missing"
    INVALID = "invalid"
    BARE = "bare"
    ELSEWISE = "elsewise"
    EMPTY = "empty"
    SCOPED = "scoped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
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
    gateway: tuple[int, ...] = ()


def filled(value: Json, fill: Callable[[Placeholder], Json]) -> Json:
    """Return `value` with every placeholder in it replaced by what `fill` gives."""
    if isinstance(value, PLACEHOLDERS):
        return fill(value)
    if isinstance(value, Mapping):
        return {key: filled(child, fill) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [filled(child, fill) for child in value]
    return value


def placeholders(value: object) -> Iterator[Placeholder]:
    """Yield every placeholder inside a value, a call or anything made of them."""
    if isinstance(value, PLACEHOLDERS):
        yield value
    elif isinstance(value, Mapping):
        for child in value.values():
            yield from placeholders(child)
    elif isinstance(value, list | tuple):
        for child in value:
            yield from placeholders(child)
    elif is_dataclass(value):
        for one in fields(value):
            yield from placeholders(getattr(value, one.name))
