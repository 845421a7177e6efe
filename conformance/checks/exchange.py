"""Exchanges of one request and its response; traces of one executed scenario.

An exchange is one request with its response. A trace holds all exchanges of one scenario.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, lru_cache

from conformance.checks.call import ApiCall
from conformance.checks.cause import Cause
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING, get_at_pointer, iterate_values
from conformance.protocol import is_refusal, is_success, parse_media_type

# Larger bodies are not kept parsed, except for the last one: parsed JSON takes ten times the size.
LARGE_BODY_BYTES = 512 * 1024
MAX_SENTENCE_LENGTH = 200  # characters of the server's own words


class InconclusiveError(Exception):
    """Raised by a check if a trace does not show what the check needs.

    The message is the reason, for people to read; `cause` is what programs ask.
    """

    def __init__(self, reason: str, cause: Cause = Cause.NOT_SHOWN) -> None:
        super().__init__(reason)
        self.cause = cause


class NoAnswerKind(StrEnum):
    """Why a request got no answer."""

    NOT_CONNECTED = "not-connected"
    TIMED_OUT = "timed-out"
    BROKEN_OFF = "broken-off"
    UNREADABLE = "unreadable"
    NOT_SENT = "not-sent"


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """That a request got no answer, and why; `text` says it for people, secrets masked."""

    kind: NoAnswerKind
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A request that was sent.

    Header names are in lower case. Credentials are already masked.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: str | None


@dataclass(frozen=True, kw_only=True)
class HttpResponse:
    """A response that was received.

    Header names are in lower case. `body` is the bytes after decoding of transfer and content
    codings.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """Return the media type without parameters, in lower case; empty if there is none."""
        return parse_media_type(self.headers.get("content-type", ""))

    @property
    def json(self) -> Json:
        """Return the body as JSON, or MISSING if it is not JSON (RFC 8259: UTF-8, no NaN)."""
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
            ).encode()  # lone surrogates are not characters (RFC 8259, 8.2)
    except (ValueError, RecursionError):
        return MISSING
    return value


_parse_large_body = lru_cache(maxsize=1)(_parse_json_body)


def _reject_constant(name: str) -> Json:
    raise ValueError(name)


def find_sentence(body: Json) -> str:
    """Return the longest text of a JSON body that reads like a sentence; empty if there is none.

    It is on one line, at most MAX_SENTENCE_LENGTH characters.
    """
    texts = [
        value
        for _, value in iterate_values(body)
        if isinstance(value, str) and " " in value.strip()
    ]
    return " ".join(max(texts, key=len, default="").split())[:MAX_SENTENCE_LENGTH]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCallOutcome:
    """The outcome of a call of a typed client: a returned value or a raised exception.

    `value` is the returned value as JSON. `exception_names` are the class names of the exception
    and of all its base classes; they are empty if no exception was raised. `exception_text` is the
    message of the exception, `status` and `error_body` are the status and the body that it carries,
    and `documented_statuses` are the documented statuses for which the client has this exception
    class.
    """

    value: Json = None
    exception_names: tuple[str, ...] = ()
    exception_text: str = ""
    status: int | None = None
    error_body: Json = None
    documented_statuses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCallRecord:
    """How a typed client made a call.

    `intended_request` is the request that the call means. `attempts` is the number of requests that
    the client sent, `server_attempts` the number of these that reached the server.
    """

    intended_request: HttpRequest
    outcome: ClientCallOutcome
    attempts: int
    server_attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request of a step, with its response.

    The placeholders of `call` are filled. `response` is None if none was received; `failure` then
    says why. `elapsed` is in seconds. `client_call` is set if a typed client made the call.
    """

    step: str
    call: ApiCall
    request: HttpRequest
    response: HttpResponse | None
    failure: NoAnswer | None = None
    elapsed: float = 0.0
    client_call: ClientCallRecord | None = None

    @property
    def unsent(self) -> bool:
        """Return whether a typed client refused to send the call."""
        return self.client_call is not None and self.client_call.attempts == 0

    @property
    def status(self) -> int:
        """Return the status code.

        Raises InconclusiveError if no response was received.
        """
        if self.response is None:
            raise InconclusiveError(
                f"{self.request.method} {self.request.url} got no answer: {self.failure}",
                Cause.NO_ANSWER,
            )
        return self.response.status

    @property
    def json(self) -> Json:
        """Return the body as JSON, or MISSING."""
        return MISSING if self.response is None else self.response.json

    def get_value(self, place: str) -> Json:
        """Return the value at a pointer into the body or of a `header:NAME`, or MISSING."""
        if place.startswith("header:") and self.response is not None:
            name = place.removeprefix("header:").lower()
            return self.response.headers.get(name, MISSING)
        return get_at_pointer(self.json, place)

    @property
    def succeeded(self) -> bool:
        """Return whether the response is 2xx."""
        return self.response is not None and is_success(self.response.status)

    @property
    def refused(self) -> bool:
        """Return whether the response is 4xx."""
        return self.response is not None and is_refusal(self.response.status)

    def __str__(self) -> str:
        status = self.response.status if self.response else f"no answer ({self.failure})"
        return f"{self.request.method} {self.request.url} → {status}"

    @property
    def with_own_words(self) -> str:
        """Return the exchange as text, with what the server says of it, if it says anything."""
        sentence = find_sentence(self.json)
        return f"{self}: {sentence}" if sentence else str(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The exchanges of one scenario by step, in the order in which they were sent.

    `missing_fixtures` names the fixtures that the target lacks, so that documented examples were
    sent instead. `skipped` gives the reason for each step that was not sent. `truncated` names the
    paged reads that stopped before the end of the list, `unstable` those whose list changed in the
    meantime. `required` names the steps without whose success the trace shows nothing.
    """

    exchanges: Mapping[str, tuple[Exchange, ...]]
    missing_fixtures: frozenset[str] = frozenset()
    skipped: Mapping[str, str] = field(default_factory=dict)
    truncated: frozenset[str] = frozenset()
    unstable: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()

    def get_exchanges(self, step: str) -> tuple[Exchange, ...]:
        """Return the exchanges of a step.

        Raises InconclusiveError if the step was not sent.
        """
        if step not in self.exchanges:
            raise InconclusiveError(
                self.skipped.get(step, f"the step {step} was not sent"), Cause.NOT_SENT
            )
        return self.exchanges[step]

    def __getitem__(self, step: str) -> Exchange:
        return self.get_exchanges(step)[-1]

    def get_successful_exchange(self, step: str) -> Exchange:
        """Return the last exchange of a step.

        Raises InconclusiveError if the response is not 2xx.
        """
        exchange = self[step]
        if not exchange.succeeded:
            hint = (
                " (the server may check that these exist: give --fixture"
                f" {' --fixture '.join(f'{name}=…' for name in sorted(self.missing_fixtures))})"
            )
            fixture_hint = hint if self.missing_fixtures and exchange.refused else ""
            raise InconclusiveError(
                f"it needs this request, which failed: {exchange.with_own_words}{fixture_hint}",
                Cause.REFUSED,
            )
        return exchange

    def __contains__(self, step: object) -> bool:
        return step in self.exchanges

    def __iter__(self) -> Iterator[Exchange]:
        for exchanges in self.exchanges.values():
            yield from exchanges
