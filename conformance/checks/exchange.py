"""An exchange: one request with its response; a trace: all that one script brought back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from conformance.checks.call import ApiCall
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING

# statuses by which a request was turned away before it was looked at
NOT_PROCESSED = (401, 403, 429, 502, 503, 504)

# bytes of a body that is not kept parsed, but for the last one: as JSON it takes ten times its size
LARGE_BODY_BYTES = 512 * 1024


class InconclusiveError(Exception):
    """What a judge raises when a trace does not show what it needs; the text is the reason, for
    people.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """What was sent. Header names are in lower case; credentials are masked already."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: str | None


@dataclass(frozen=True, kw_only=True)
class HttpResponse:
    """What came back. Header names are in lower case; `body` is the bytes after decoding of
    transfer and content codings.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """Return the media type without parameters, in lower case; empty when there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def json(self) -> Json:
        """Return the body as JSON, or MISSING when it is none (RFC 8259: UTF-8, no NaN)."""
        return (
            self._cached_json
            if len(self.body) <= LARGE_BODY_BYTES
            else _parse_large_body(self.body)
        )

    @cached_property
    def _cached_json(self) -> Json:
        return _parse_json_body(self.body)


def _parse_json_body(body: bytes) -> Json:
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_reject_constant)
        if b"\\ud" in body or b"\\uD" in body:
            json.dumps(
                value, ensure_ascii=False
            ).encode()  # half a surrogate pair is no character (RFC 8259, 8.2)
    except (ValueError, RecursionError):
        return MISSING
    return value


_parse_large_body = lru_cache(maxsize=1)(_parse_json_body)


def _reject_constant(name: str) -> Json:
    raise ValueError(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOutcome:
    """What a typed client gave its caller: a value as JSON, or (`raised`) an exception, by the
    names of its class and of all above it.

    Of an exception: `told` is its text, `status` and `error` the status and the body that it hands
    over, `stands_for` the documented statuses for which the client has just this class.
    """

    value: Json = None
    exception_names: tuple[str, ...] = ()
    exception_text: str = ""
    status: int | None = None
    error_body: Json = None
    documented_statuses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCall:
    """How a typed client made a call: the request that the call means, what came of it, how many
    requests it sent; `reached` of these the server.
    """

    intended_request: HttpRequest
    outcome: StepOutcome
    attempts: int
    server_attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request of a step. `call` has its placeholders filled; `response` is None when none came,
    and `failure` says why.

    `spoken` is set when a typed client made the call.
    """

    step: str
    call: ApiCall
    request: HttpRequest
    response: HttpResponse | None
    failure: str | None = None
    elapsed: float = 0.0
    client_call: ClientCall | None = None

    @property
    def unsent(self) -> bool:
        """Tell whether a typed client refused to send the call."""
        return self.client_call is not None and self.client_call.attempts == 0

    @property
    def status(self) -> int:
        """Return the status code; raises Undecidable when no response came."""
        if self.response is None:
            raise InconclusiveError(
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
    missing_fixtures: frozenset[str] = frozenset()
    skipped: Mapping[str, str] = field(default_factory=dict)
    truncated: frozenset[str] = frozenset()
    unstable: frozenset[str] = frozenset()

    def get_exchanges(self, step: str) -> tuple[Exchange, ...]:
        """Return the exchanges of a step; raises Undecidable when it was not sent."""
        if step not in self.exchanges:
            raise InconclusiveError(self.skipped.get(step, f"the step {step} was not sent"))
        return self.exchanges[step]

    def __getitem__(self, step: str) -> Exchange:
        return self.get_exchanges(step)[-1]

    def get_success(self, step: str) -> Exchange:
        """Return the last exchange of a step; raises Undecidable unless it got a 2xx response."""
        exchange = self[step]
        if not exchange.succeeded:
            hint = (
                " (the server may check that these exist: give --fixture"
                f" {' --fixture '.join(f'{name}=…' for name in sorted(self.missing_fixtures))})"
            )
            raise InconclusiveError(
                f"{step}: {exchange}{hint if self.missing_fixtures and exchange.refused else ''}"
            )
        return exchange

    def __contains__(self, step: object) -> bool:
        return step in self.exchanges

    def __iter__(self) -> Iterator[Exchange]:
        for exchanges in self.exchanges.values():
            yield from exchanges
