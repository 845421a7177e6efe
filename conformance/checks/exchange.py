"""An exchange: one request with its response; a trace: all that one script brought back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from conformance.checks.call import Call
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING

# statuses by which a request was turned away before it was looked at
UNHEARD = (401, 403, 429, 502, 503, 504)

# bytes of a body that is not kept parsed, but for the last one: as JSON it takes ten times its size
LARGE = 512 * 1024


class Undecidable(Exception):
    """What a judge raises when a trace does not show what it needs; the text is the reason, for
    people.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was sent. Header names are in lower case; credentials are masked already."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: str | None


@dataclass(frozen=True, kw_only=True)
class Response:
    """What came back. Header names are in lower case; `body` is the bytes after decoding of
    transfer and content codings.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media(self) -> str:
        """Return the media type without parameters, in lower case; empty when there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def json(self) -> Json:
        """Return the body as JSON, or MISSING when it is none (RFC 8259: UTF-8, no NaN)."""
        return self._small if len(self.body) <= LARGE else _last_parsed(self.body)

    @cached_property
    def _small(self) -> Json:
        return _parsed(self.body)


def _parsed(body: bytes) -> Json:
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_refuse)
        if b"\\ud" in body or b"\\uD" in body:
            json.dumps(
                value, ensure_ascii=False
            ).encode()  # half a surrogate pair is no character (RFC 8259, 8.2)
    except (ValueError, RecursionError):
        return MISSING
    return value


_last_parsed = lru_cache(maxsize=1)(_parsed)


def _refuse(name: str) -> Json:
    raise ValueError(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a typed client gave its caller: a value as JSON, or (`raised`) an exception, by the
    names of its class and of all above it.

    Of an exception: `told` is its text, `status` and `error` the status and the body that it hands
    over, `stands_for` the documented statuses for which the client has just this class.
    """

    value: Json = None
    raised: tuple[str, ...] = ()
    told: str = ""
    status: int | None = None
    error: Json = None
    stands_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """How a typed client made a call: the request that the call means, what came of it, how many
    requests it sent; `reached` of these the server.
    """

    asked: Request
    outcome: Outcome
    tries: int
    reached: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request of a step. `call` has its placeholders filled; `response` is None when none came,
    and `failure` says why.

    `spoken` is set when a typed client made the call.
    """

    step: str
    call: Call
    request: Request
    response: Response | None
    failure: str | None = None
    elapsed: float = 0.0
    spoken: Spoken | None = None

    @property
    def unsent(self) -> bool:
        """Tell whether a typed client refused to send the call."""
        return self.spoken is not None and self.spoken.tries == 0

    @property
    def status(self) -> int:
        """Return the status code; raises Undecidable when no response came."""
        if self.response is None:
            raise Undecidable(
                f"{self.request.method} {self.request.url} got no answer: {self.failure}"
            )
        return self.response.status

    @property
    def json(self) -> Json:
        """Return the body as JSON, or MISSING."""
        return MISSING if self.response is None else self.response.json

    @property
    def succeeded(self) -> bool:
        """Tell whether a 2xx response came."""
        return self.response is not None and 200 <= self.response.status < 300

    @property
    def refused(self) -> bool:
        """Tell whether a 4xx response came."""
        return self.response is not None and 400 <= self.response.status < 500

    def __str__(self) -> str:
        status = self.response.status if self.response else f"no answer ({self.failure})"
        return f"{self.request.method} {self.request.url} → {status}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Exchanges by step, in the order sent.

    `unfounded` names the fixtures that the target did not give, so that documented examples were
    sent instead. `skipped` says of each step that was not sent why. `cut` names the walks that
    stopped before the end of a list, `restless` those of lists that changed while they were read.
    """

    exchanges: Mapping[str, tuple[Exchange, ...]]
    unfounded: frozenset[str] = frozenset()
    skipped: Mapping[str, str] = field(default_factory=dict)
    cut: frozenset[str] = frozenset()
    restless: frozenset[str] = frozenset()

    def all(self, step: str) -> tuple[Exchange, ...]:
        """Return the exchanges of a step; raises Undecidable when it was not sent."""
        if step not in self.exchanges:
            raise Undecidable(self.skipped.get(step, f"the step {step} was not sent"))
        return self.exchanges[step]

    def __getitem__(self, step: str) -> Exchange:
        return self.all(step)[-1]

    def success(self, step: str) -> Exchange:
        """Return the last exchange of a step; raises Undecidable unless it got a 2xx response."""
        exchange = self[step]
        if not exchange.succeeded:
            hint = (
                " (the server may check that these exist: give --fixture"
                f" {' --fixture '.join(f'{name}=…' for name in sorted(self.unfounded))})"
            )
            raise Undecidable(
                f"{step}: {exchange}{hint if self.unfounded and exchange.refused else ''}"
            )
        return exchange

    def __contains__(self, step: object) -> bool:
        return step in self.exchanges

    def __iter__(self) -> Iterator[Exchange]:
        for exchanges in self.exchanges.values():
            yield from exchanges
