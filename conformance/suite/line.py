"""The line to a target: sends calls, at the pace that is allowed, tries again what a gateway
dropped, and keeps secrets out of what is kept.

One for all threads of a run. All that is known of the target as a whole is kept here.
"""

from __future__ import annotations

import copy
import email.utils
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

import httpx

from conformance.checks.call import Call
from conformance.checks.client import allowed
from conformance.checks.exchange import Exchange, Request, Response, Spoken
from conformance.contract.contract import Contract
from conformance.contract.operation import Location
from conformance.suite import wire
from conformance.suite.content_coding import CodingError, decoded
from conformance.suite.json_limits import beyond
from conformance.suite.ledger import Ledger
from conformance.suite.pace import Pace, Spent
from conformance.suite.speaker import Speaker, Unspeakable
from conformance.suite.target import Target, parameter
from conformance.suite.transport import BoundedTransport

TRANSIENT = (429, 502, 503, 504)
TRIES = 4
PATIENCE = 30.0  # seconds that a Retry-After may ask for; one that asks for more is not waited for
PROBES = (0.2, 0.5, 1.0, 2.0)  # seconds before each question whether a silent target is still there
LANES = 32  # requests at once, at most
# by which no answer comes
FAILURES = (httpx.HTTPError, httpx.InvalidURL, UnicodeError, ssl.SSLError)
# headers that every request has, and that no report needs
USUAL = ("host", "connection", "content-length", "accept-encoding")
# headers that are not true of a body which is decoded
CODED = ("content-encoding", "transfer-encoding", "content-length")

T = TypeVar("T")
Heard = Callable[[Exchange], None]


def unheard(exchange: Exchange) -> None:
    """Hear an exchange, and do nothing about it."""


class Unavailable(Exception):
    """A step needs something that the target does not give; the text is the reason, for people."""


@dataclass(slots=True)
class Known:
    """What is known of a target: whether it lets plain requests through, whether items can be
    deleted there, how many were left, and which plain creations it took.
    """

    at_home: bool = True
    deletes: bool | None = None
    stuck: int = 0
    left: int = 0
    numbers: int = 0
    plain: list[Call] = field(default_factory=list)
    unplaced: list[int] = field(default_factory=list)


class Line:
    """An open line to a target. `ledger` remembers what is made over it; `tap` is called with every
    exchange, one at a time.
    """

    def __init__(
        self,
        contract: Contract,
        target: Target,
        *,
        ledger: Ledger | None = None,
        tap: Heard = unheard,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.contract, self.target, self.ledger = contract, target, ledger or Ledger()
        self.pace = Pace(
            rate=target.rate,
            most=target.max_requests,
            seconds=target.max_time,
            grace=target.timeout,
            clock=clock,
            sleep=sleep,
        )
        self.known = Known()
        self.tap = tap
        self.lock = threading.RLock()
        self._tapping = threading.Lock()
        self.sleep, self.clock = sleep, clock
        self._secrets = target.secrets
        self._lanes = threading.BoundedSemaphore(LANES)
        self._pool: ThreadPoolExecutor | None = None
        self._transport = _transport(target) if target.transport is None else None

    def close(self) -> None:
        """Close the connections."""
        if self._pool is not None:
            self._pool.shutdown()
        if self._transport is not None:
            self._transport.close()

    def under(self, contract: Contract) -> Line:
        """Return the same line, for calls of another edition of the contract."""
        other = copy.copy(self)
        other.contract = contract
        return other

    def number(self) -> int:
        """Return a number that no other mark of the run has."""
        with self.lock:
            self.known.numbers += 1
            return self.known.numbers

    def widen(self, workers: int) -> None:
        """Let so many requests go at once."""
        self._lanes = threading.BoundedSemaphore(min(workers, LANES))
        self._pool = (
            ThreadPoolExecutor(min(workers, LANES), "conformance-line") if workers > 1 else None
        )

    def each(self, function: Callable[[T], None], values: Iterable[T]) -> None:
        """Call a function that sends requests, and waits for nothing else, with each of some
        values: at once where so many requests may go.
        """
        if self._pool is None:
            for value in values:
                function(value)
        else:
            list(self._pool.map(function, values))

    def send(
        self,
        step: str,
        call: Call,
        closing: bool = False,
        again: Callable[[], object] = lambda: None,
    ) -> Exchange:
        """Return the exchange of a call whose placeholders are filled; what a gateway dropped is
        sent again.

        `again` is called before each repetition, and may raise Unavailable to prevent it. Raises
        Unavailable when nothing may be sent.
        """
        exchange = self._probed(step, call, closing)
        if exchange.spoken is not None and not exchange.spoken.reached:
            return exchange
        for number in range(1, 1 if call.gateway else TRIES):
            if not self._passing(exchange):
                break
            if number > 1 and "Timeout" in (exchange.failure or ""):
                break
            pause = self._pause(exchange, number)
            if pause > PATIENCE or not self.pace.may_wait(pause):
                break
            if exchange.response is not None and exchange.response.status == 429:
                self.pace.pause(pause)
            else:
                self.sleep(pause)
            try:
                again()
            except Unavailable:
                break
            exchange = self._probed(step, call, closing)
        return exchange

    def _passing(self, exchange: Exchange) -> bool:
        """Tell whether the same request may fare better in a moment, and does no harm when it was
        carried out already (RFC 9110, 9.2.2).
        """
        if exchange.response is None:
            again = (exchange.failure or "").startswith(
                "cannot connect"
            ) or exchange.request.method in ("GET", "HEAD", "PUT", "DELETE")
            return (
                again
                and self.pace.down is None
                and not (exchange.failure or "").startswith("unreadable")
            )
        return exchange.response.status in TRANSIENT

    def _pause(self, exchange: Exchange, number: int) -> float:
        """Return the seconds to wait before try number `number` + 1."""
        asked = retry_after(
            exchange.response.headers.get("retry-after", "") if exchange.response else "",
            time.time(),
        )
        return float(0.05 * 4 ** (number - 1)) if asked is None else asked

    def _probed(self, step: str, call: Call, closing: bool) -> Exchange:
        exchange = self._once(step, call, closing)
        if exchange.spoken is not None and not exchange.spoken.reached:
            return exchange
        if self.pace.heard(exchange.response is not None) and self.pace.down is None:
            self._probe(exchange)
        return exchange

    def _probe(self, last: Exchange) -> None:
        """Ask a silent target whether it is still there; when it is not, nothing more is sent."""
        with self.lock:
            if self.pace.down is not None or not self.pace.heard(False):
                return  # another thread has asked meanwhile
            for seconds in PROBES:
                self.sleep(max(0.0, min(seconds, self.pace.left())))
                if (question := self._question()) is None or self._once(
                    "probe", question, True
                ).response is not None:
                    self.pace.heard(True)
                    return
            self.pace.gone(f"the target stopped answering: {last.failure}")

    def _question(self) -> Call | None:
        """Return a plain list call, if the contract has one and the target gives what its path
        needs.
        """
        for resource in self.contract.resources:
            declared = self.contract.operations[resource.list].parameters if resource.list else ()
            arguments = {
                p.name: parameter(self.contract, self.target, resource.list or "", p.name)
                for p in declared
                if p.location is Location.PATH
            }
            if resource.list and None not in arguments.values():
                return Call(operation=resource.list, arguments=arguments)
        return None

    def _once(self, step: str, call: Call, closing: bool) -> Exchange:
        try:
            if self.target.speaker is not None and not closing:
                exchange = self._spoken(step, call, self.target.speaker)
            elif call.gateway:
                raise Unavailable("it tries a typed client: give --client PACKAGE")
            else:
                exchange = self._plain(step, call, closing)
        except wire.UnsafePathError as reason:
            raise Unavailable(f"{reason}: it is not sent") from reason
        self.pace.took(exchange.elapsed)
        with self._tapping:
            self.tap(exchange)
        return exchange

    def enter(self, closing: bool = False) -> None:
        """Wait until a request may be sent; raises Unavailable when none may."""
        try:
            self.pace.enter(closing)
        except Spent as reason:
            raise Unavailable(str(reason)) from reason

    def _plain(self, step: str, call: Call, closing: bool) -> Exchange:
        """Return the exchange of a call that is sent as it is."""
        operation = self.contract.operations[call.operation]
        url, headers, body = (
            wire.url(self.contract, self.target, call),
            wire.headers(self.contract, self.target, call),
            wire.content(call),
        )
        self.enter(closing)
        response, failure = None, None
        started = self.clock()
        try:
            response = self.received(
                httpx.Request(
                    operation.method,
                    url,
                    headers=headers,
                    content=None if body is None else body.encode(),
                )
            )
        except FAILURES as error:
            failure = self._failure(error)
        shown = self._shown(operation.method, url, headers, body)
        return Exchange(
            step=step,
            call=call,
            request=shown,
            response=response,
            failure=failure,
            elapsed=self.clock() - started,
        )

    def _spoken(self, step: str, call: Call, speaker: Speaker) -> Exchange:
        """Return the exchange of a call that a typed client makes: what went over the wire, and
        what the client made of it.
        """
        operation = self.contract.operations[call.operation]
        asked = self._shown(
            operation.method,
            wire.url(self.contract, self.target, call),
            wire.headers(self.contract, self.target, call),
            wire.content(call),
        )
        relay, started = Relay(self, call.gateway), self.clock()
        try:
            outcome = speaker.speak(call, self.target, relay)
        except Unspeakable as reason:
            raise Unavailable(f"the typed client cannot send {reason}") from reason
        if relay.stopped is not None:
            raise relay.stopped
        if relay.request is None:
            if not allowed(self.contract, call):
                raise Unavailable(f"the typed client cannot send this: {outcome.told}")
            raised = f", and raised {outcome.raised[0]}: {outcome.told}" if outcome.raised else ""
            why = f"the client sent nothing{raised}"
            spoken = Spoken(asked=asked, outcome=outcome, tries=0, reached=0)
            return Exchange(
                step=step,
                call=call,
                request=asked,
                response=None,
                failure=wire.masked_plainly(why, self._secrets),
                spoken=spoken,
            )
        sent = relay.request
        headers = {name: value for name, value in sent.headers.items() if name not in USUAL}
        return Exchange(
            step=step,
            call=call,
            request=self._shown(
                sent.method,
                str(sent.url),
                headers,
                sent.content.decode("utf-8", "replace") if sent.content else None,
            ),
            response=relay.response,
            failure=None if relay.failure is None else self._failure(relay.failure),
            elapsed=self.clock() - started,
            spoken=Spoken(asked=asked, outcome=outcome, tries=relay.tries, reached=relay.reached),
        )

    def _shown(
        self, method: str, url: str, headers: Mapping[str, str], body: str | None
    ) -> Request:
        """Return a request as it is kept."""
        text = None if body is None else wire.masked_plainly(body, self._secrets)
        return Request(
            method=method,
            url=wire.masked_plainly(url, self._secrets),
            headers=wire.shown(headers, self.target, self._secrets),
            body=text,
        )

    def _failure(self, error: Exception) -> str:
        match error:
            case httpx.ConnectError():
                text = f"cannot connect: {error}"
            case httpx.DecodingError():
                text = f"unreadable: {error}"
            case _:
                text = f"{type(error).__name__}: {error}"
        return wire.masked_plainly(text, self._secrets)

    def received(self, request: httpx.Request) -> Response:
        """Send a request and return the response, read within the limits of the target. Raises one
        of FAILURES.
        """
        with self._lanes:
            return self._received(request)

    def _received(self, request: httpx.Request) -> Response:
        if self._transport is None:
            return self._answered_here(request)
        most, seconds = self.target.max_bytes, min(self.target.timeout, self.pace.left())
        answer = self._transport.send(request, max(seconds, 0.001), most)
        try:
            body = decoded(answer.body, answer.headers.get("content-encoding", ""), most)
        except CodingError as error:
            raise httpx.DecodingError(str(error)) from error
        if (reason := beyond(body)) is not None:
            raise httpx.DecodingError(f"the body is not looked at: {reason}")
        return Response(status=answer.status, headers=dict(answer.headers), body=body)

    def _answered_here(self, request: httpx.Request) -> Response:
        """Return the answer of a target within this process."""
        assert self.target.transport is not None
        answer = self.target.transport.handle_request(request)
        try:
            body = answer.read()
        finally:
            answer.close()
        if len(body) > self.target.max_bytes:
            raise httpx.ReadError(f"the response is larger than {self.target.max_bytes} bytes")
        return Response(status=answer.status_code, headers=dict(answer.headers), body=body)


def _transport(target: Target) -> BoundedTransport:
    """Return what sends over the network to a target.

    It knows no environment (proxies and ~/.netrc would send the run, or someone else's credentials,
    elsewhere), no redirects (they could lead to another host) and no cookies (a session that one
    request opened would let another in that shows no credentials).
    """
    verify = (
        ssl.create_default_context(cafile=target.ca)
        if target.ca
        else httpx.create_ssl_context(trust_env=False)
    )
    return BoundedTransport(verify, LANES)


class Relay(httpx.BaseTransport):
    """The transport of a typed client: over a line, and remembering what went over it. The first
    tries are answered as by a gateway that fails.
    """

    def __init__(self, line: Line, gateway: tuple[int, ...] = ()) -> None:
        self._line, self._gateway = line, gateway
        self.tries = self.reached = 0
        self.request: httpx.Request | None = None
        self.response: Response | None = None
        self.failure: Exception | None = None
        self.stopped: Unavailable | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the answer to a request of the client's."""
        request.read()
        self.tries += 1
        self.request, self.response, self.failure = request, None, None
        if self.tries <= len(self._gateway):
            self.response = Response(
                status=self._gateway[self.tries - 1], headers={"content-length": "0"}, body=b""
            )
            return httpx.Response(self.response.status, headers={"content-length": "0"})
        try:
            self._line.enter()
        except Unavailable as reason:
            self.stopped = reason
            raise
        self.reached += 1
        try:
            self.response = self._line.received(request)
        except FAILURES as error:
            self.failure = error
            raise
        headers = [
            (name, value) for name, value in self.response.headers.items() if name not in CODED
        ]
        return httpx.Response(self.response.status, headers=headers, content=self.response.body)


def retry_after(value: str, now: float) -> float | None:
    """Return the seconds that a Retry-After header asks for (RFC 9110, 10.2.3: a number, or a
    date); None when it says nothing.
    """
    if value.strip().isdecimal():
        return float(value.strip()[:9])
    try:
        return (
            max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - now) if value else None
        )
    except (ValueError, TypeError, OverflowError):
        return None
