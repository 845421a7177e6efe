"""The HTTP client for a target: sends calls, retries what gateways dropped, waits for limits.

Sends calls within the budget, retries what a gateway dropped, and masks secrets in what is stored.
One client serves all threads of a run, and keeps what is known about the target as a whole.
"""

from __future__ import annotations

import copy
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

import httpx

from conformance.checks.call import ApiCall, CredentialKind
from conformance.checks.client import is_call_allowed_by_contract
from conformance.checks.exchange import (
    ClientCallRecord,
    Exchange,
    HttpRequest,
    HttpResponse,
    NoAnswer,
    NoAnswerKind,
)
from conformance.contract.contract import Contract
from conformance.contract.location import ParameterLocation
from conformance.errors import Problem, UsageError
from conformance.protocol import IDEMPOTENT_METHODS, TRANSIENT_STATUSES, parse_retry_after
from conformance.suite import body_encoding, request_encoding
from conformance.suite.budget import BudgetExhausted, RequestBudget
from conformance.suite.client_driver import TypedClientDriver, UnsupportedByTypedClient
from conformance.suite.content_coding import ContentDecodingError, decompress_body
from conformance.suite.credentials import list_secret_placeholders
from conformance.suite.json_limits import find_exceeded_json_limit
from conformance.suite.ledger import Ledger
from conformance.suite.target import Target, get_path_parameter_value
from conformance.suite.token_source import TokenUnavailableError
from conformance.suite.transport import BoundedTransport, find_environment_proxy

MAX_ATTEMPTS = 4
# seconds before each probe of a target that does not respond
PROBE_DELAYS = (0.2, 0.5, 1.0, 2.0)
MAX_CONCURRENT_REQUESTS = 32
# errors that mean that there is no response
NO_RESPONSE_ERRORS = (httpx.HTTPError, httpx.InvalidURL, UnicodeError, ssl.SSLError)
# headers of every request, which reports do not need
UNREPORTED_HEADERS = ("host", "connection", "content-length", "accept-encoding")
# headers that no longer apply to a decoded body
CODING_HEADERS = ("content-encoding", "transfer-encoding", "content-length")

# what a call may mean by its credentials if a valid token is sent
CREDENTIALS_THAT_EXPIRE = (
    CredentialKind.DEFAULT,
    CredentialKind.ALTERNATIVE,
    CredentialKind.SCOPED,
)

T = TypeVar("T")
ExchangeHandler = Callable[[Exchange], None]


def ignore(exchange: Exchange) -> None:
    """Do nothing with an exchange."""


class CannotSend(Exception):
    """Raised if a request cannot or must not be sent; the text is the reason, for people."""


@dataclass(slots=True)
class TargetKnowledge:
    """What a run has learned about its target.

    `can_delete` is None until a deletion was tried. `plain_creations` are creations without
    dependencies that the target accepted; `unidentified_entries` are the ledger entries of
    successful creations whose response had no identity.
    """

    reachable: bool = True
    probe_failure: str = ""
    can_delete: bool | None = None
    failed_deletions: int = 0
    leftover_count: int = 0
    last_mark_number: int = 0
    plain_creations: list[ApiCall] = field(default_factory=list)
    unidentified_entries: list[int] = field(default_factory=list)


class TargetClient:
    """An open client for a target.

    `ledger` records the items that are created; `recorder` is called with every exchange, one at a
    time.
    """

    def __init__(
        self,
        contract: Contract,
        target: Target,
        *,
        ledger: Ledger | None = None,
        recorder: ExchangeHandler = ignore,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.contract, self.target, self.ledger = contract, target, ledger or Ledger()
        self.budget = RequestBudget(
            rate=target.rate,
            max_requests=target.max_requests,
            max_seconds=target.max_time,
            grace=target.timeout,
            clock=clock,
            sleep=sleep,
        )
        self.state = TargetKnowledge()
        self.recorder = recorder
        self.lock = threading.RLock()
        self._recorder_lock = threading.Lock()
        self.sleep, self.clock = sleep, clock
        self._known_secrets = list_secret_placeholders(target)
        self._issued_count = 0
        self._request_slots = threading.BoundedSemaphore(MAX_CONCURRENT_REQUESTS)
        self._pool: ThreadPoolExecutor | None = None
        self._transport = _create_network_transport(target) if target.transport is None else None

    @property
    def _secrets(self) -> Mapping[str, str]:
        """The placeholders of all secrets, those of tokens that were issued meanwhile included."""
        source = self.target.token_source
        if source is not None and len(source.issued) != self._issued_count:
            self._issued_count = len(source.issued)
            self._known_secrets = list_secret_placeholders(self.target)
        return self._known_secrets

    def close(self) -> None:
        """Close the connections."""
        if self._pool is not None:
            self._pool.shutdown()
        if self._transport is not None:
            self._transport.close()

    def with_contract(self, contract: Contract) -> TargetClient:
        """Return the same client for calls of another version of the contract."""
        clone = copy.copy(self)
        clone.contract = contract
        return clone

    def allocate_mark_number(self) -> int:
        """Return a number that no other mark of the run has."""
        with self.lock:
            self.state.last_mark_number += 1
            return self.state.last_mark_number

    def set_concurrency(self, workers: int) -> None:
        """Allow this many concurrent requests, at most `MAX_CONCURRENT_REQUESTS`."""
        self._request_slots = threading.BoundedSemaphore(min(workers, MAX_CONCURRENT_REQUESTS))
        self._pool = (
            ThreadPoolExecutor(min(workers, MAX_CONCURRENT_REQUESTS), "conformance-line")
            if workers > 1
            else None
        )

    def call_concurrently_for_each(
        self, function: Callable[[T], None], values: Iterable[T]
    ) -> None:
        """Call a function with each value, concurrently if concurrent requests are allowed.

        The function may only send requests; it must not wait for another call.
        """
        if self._pool is None:
            for value in values:
                function(value)
        else:
            list(self._pool.map(function, values))

    def send(
        self,
        step: str,
        call: ApiCall,
        for_cleanup: bool = False,
        before_retry: Callable[[], object] = lambda: None,
    ) -> Exchange:
        """Return the exchange of a call whose placeholders are filled.

        Requests that a gateway dropped are sent again. `before_retry` is called before each retry
        and may raise CannotSend to prevent it. Raises CannotSend if the call must not be sent.
        """
        exchange = self._send_and_probe_if_unanswered(step, call, for_cleanup)
        if exchange.client_call is not None and not exchange.client_call.server_attempts:
            return exchange
        for attempt in range(1, 1 if call.gateway_statuses else MAX_ATTEMPTS):
            if not self._may_retry(exchange):
                break
            if attempt > 1 and _failed_by(exchange, NoAnswerKind.TIMED_OUT):
                break
            delay = self._compute_retry_delay(exchange, attempt)
            if not self.budget.try_spend_waiting_time(delay):
                break
            if exchange.response is not None and exchange.response.status == 429:
                self.budget.pause(delay)
            else:
                self.sleep(delay)
            try:
                before_retry()
            except CannotSend:
                break
            exchange = self._send_and_probe_if_unanswered(step, call, for_cleanup)
        return exchange

    def _may_retry(self, exchange: Exchange) -> bool:
        """Return whether a retry may succeed and is harmless.

        It is harmless if the request was not carried out, or is idempotent (RFC 9110, 9.2.2).
        """
        if exchange.response is None:
            repeatable = is_not_connected(exchange) or exchange.request.method in IDEMPOTENT_METHODS
            return (
                repeatable
                and self.budget.down_reason is None
                and not _failed_by(exchange, NoAnswerKind.UNREADABLE)
            )
        return exchange.response.status in TRANSIENT_STATUSES

    def _compute_retry_delay(self, exchange: Exchange, attempt: int) -> float:
        """Return the seconds to wait before attempt number `attempt` + 1."""
        requested = parse_retry_after(
            exchange.response.headers.get("retry-after", "") if exchange.response else "",
            time.time(),
        )
        return float(0.05 * 4 ** (attempt - 1)) if requested is None else requested

    def _send_and_probe_if_unanswered(
        self, step: str, call: ApiCall, for_cleanup: bool
    ) -> Exchange:
        exchange = self._send_once(step, call, for_cleanup)
        if exchange.client_call is not None and not exchange.client_call.server_attempts:
            return exchange
        if (
            self.budget.record_answer_and_suspect_down(exchange.response is not None)
            and self.budget.down_reason is None
        ):
            self._probe_unresponsive_target(exchange)
        return exchange

    def _probe_unresponsive_target(self, last_exchange: Exchange) -> None:
        """Probe a target that does not respond; if it is down, nothing more is sent."""
        with self.lock:
            if (
                self.budget.down_reason is not None
                or not self.budget.record_answer_and_suspect_down(False)
            ):
                return  # another thread has probed the target meanwhile
            for delay in PROBE_DELAYS:
                self.sleep(max(0.0, min(delay, self.budget.get_seconds_left())))
                if (probe_call := self._find_probe_call()) is None or self._send_once(
                    "probe", probe_call, True
                ).response is not None:
                    self.budget.record_answer_and_suspect_down(True)
                    return
            self.budget.declare_down(f"the target stopped answering: {last_exchange.failure}")

    def _find_probe_call(self) -> ApiCall | None:
        """Return a list call for which the target has all path parameters, or None."""
        for resource in self.contract.resources:
            parameters = self.contract.operations[resource.list].parameters if resource.list else ()
            arguments = {
                parameter.name: get_path_parameter_value(
                    self.contract, self.target, resource.list or "", parameter.name
                )
                for parameter in parameters
                if parameter.location is ParameterLocation.PATH
            }
            if resource.list and None not in arguments.values():
                return ApiCall(operation=resource.list, arguments=arguments)
        return None

    def _send_once(self, step: str, call: ApiCall, for_cleanup: bool) -> Exchange:
        source = self.target.token_source
        try:
            exchange = self._send_with_current_token(step, call, for_cleanup)
            if (
                source is not None
                and exchange.response is not None
                and exchange.response.status == 401
                and call.credential in CREDENTIALS_THAT_EXPIRE
                and source.renew_refused_token(call.scope)
            ):
                exchange = self._send_with_current_token(step, call, for_cleanup)
        except TokenUnavailableError as error:
            raise CannotSend(str(error)) from error
        except request_encoding.UnsafeUrlPathError as error:
            raise CannotSend(f"{error}: it is not sent") from error
        except (request_encoding.ForeignServerError, body_encoding.UnencodableBodyError) as error:
            raise CannotSend(str(error)) from error
        self.budget.record_duration(exchange.elapsed)
        with self._recorder_lock:
            self.recorder(exchange)
        return exchange

    def _send_with_current_token(self, step: str, call: ApiCall, for_cleanup: bool) -> Exchange:
        if self.target.driver is not None and not for_cleanup:
            return self._send_through_typed_client(step, call, self.target.driver)
        if call.gateway_statuses:
            raise CannotSend("it tries a typed client: give --client PACKAGE")
        return self._send_without_typed_client(step, call, for_cleanup)

    def wait_for_turn(self, for_cleanup: bool = False) -> None:
        """Wait until a request may be sent. Raises CannotSend if none may."""
        try:
            self.budget.wait_for_turn(for_cleanup)
        except BudgetExhausted as error:
            raise CannotSend(str(error)) from error

    def _send_without_typed_client(self, step: str, call: ApiCall, for_cleanup: bool) -> Exchange:
        """Return the exchange of a call that is sent without a typed client."""
        operation = self.contract.operations[call.operation]
        body = body_encoding.encode_body(operation.body, call)
        url, headers = self._build_url_and_headers(call)
        self.wait_for_turn(for_cleanup)
        if self.target.token_source is not None:  # the token may have expired meanwhile
            url, headers = self._build_url_and_headers(call)
        response, failure = None, None
        started = self.clock()
        try:
            response = self.fetch_response(
                httpx.Request(
                    operation.method,
                    url,
                    headers=headers,
                    content=None if body is None else body.text.encode(),
                )
            )
        except NO_RESPONSE_ERRORS as error:
            failure = self._describe_request_failure(error)
        masked_request = self._mask_request(
            operation.method, url, headers, None if body is None else body.text
        )
        return Exchange(
            step=step,
            call=call,
            request=masked_request,
            response=response,
            failure=failure,
            elapsed=self.clock() - started,
        )

    def _build_url_and_headers(self, call: ApiCall) -> tuple[str, dict[str, str]]:
        return (
            request_encoding.build_request_url(self.contract, self.target, call),
            request_encoding.build_request_headers(self.contract, self.target, call),
        )

    def _send_through_typed_client(
        self, step: str, call: ApiCall, driver: TypedClientDriver
    ) -> Exchange:
        """Return the exchange of a call made by a typed client.

        It contains what was sent and received, and the outcome in the client.
        """
        operation = self.contract.operations[call.operation]
        body = body_encoding.encode_body(operation.body, call)
        intended_request = self._mask_request(
            operation.method,
            request_encoding.build_request_url(self.contract, self.target, call),
            request_encoding.build_request_headers(self.contract, self.target, call),
            None if body is None else body.text,
        )
        transport, started = TypedClientTransport(self, call.gateway_statuses), self.clock()
        try:
            outcome = driver.send_call(call, self.target, transport)
        except UnsupportedByTypedClient as error:
            raise CannotSend(f"the typed client cannot send {error}") from error
        if transport.refusal is not None:
            raise transport.refusal
        if transport.request is None:
            if not is_call_allowed_by_contract(self.contract, call):
                raise CannotSend(f"the typed client cannot send this: {outcome.exception_text}")
            raised_text = (
                f", and raised {outcome.exception_names[0]}: {outcome.exception_text}"
                if outcome.exception_names
                else ""
            )
            message = f"the client sent nothing{raised_text}"
            client_call = ClientCallRecord(
                intended_request=intended_request, outcome=outcome, attempts=0, server_attempts=0
            )
            return Exchange(
                step=step,
                call=call,
                request=intended_request,
                response=None,
                failure=NoAnswer(
                    NoAnswerKind.NOT_SENT,
                    request_encoding.mask_verbatim_secrets(message, self._secrets),
                ),
                client_call=client_call,
            )
        request = transport.request
        headers = {
            name: value for name, value in request.headers.items() if name not in UNREPORTED_HEADERS
        }
        return Exchange(
            step=step,
            call=call,
            request=self._mask_request(
                request.method,
                str(request.url),
                headers,
                request.content.decode("utf-8", "replace") if request.content else None,
            ),
            response=transport.response,
            failure=None
            if transport.failure is None
            else self._describe_request_failure(transport.failure),
            elapsed=self.clock() - started,
            client_call=ClientCallRecord(
                intended_request=intended_request,
                outcome=outcome,
                attempts=transport.attempts,
                server_attempts=transport.server_attempts,
            ),
        )

    def _mask_request(
        self, method: str, url: str, headers: Mapping[str, str], body: str | None
    ) -> HttpRequest:
        """Return a request as it is stored, with its secrets masked."""
        masked_body = (
            None if body is None else request_encoding.mask_verbatim_secrets(body, self._secrets)
        )
        return HttpRequest(
            method=method,
            url=request_encoding.mask_request_url(self.contract, url, self._secrets),
            headers=request_encoding.mask_request_headers(
                self.contract, headers, self.target, self._secrets
            ),
            body=masked_body,
        )

    def _describe_request_failure(self, error: Exception) -> NoAnswer:
        match error:
            case httpx.ConnectError():
                kind, description = NoAnswerKind.NOT_CONNECTED, f"cannot connect: {error}"
            case httpx.DecodingError():
                kind, description = NoAnswerKind.UNREADABLE, f"unreadable: {error}"
            case httpx.TimeoutException():
                kind, description = NoAnswerKind.TIMED_OUT, f"{type(error).__name__}: {error}"
            case _:
                kind, description = NoAnswerKind.BROKEN_OFF, f"{type(error).__name__}: {error}"
        return NoAnswer(kind, request_encoding.mask_verbatim_secrets(description, self._secrets))

    def fetch_response(self, request: httpx.Request) -> HttpResponse:
        """Send a request and return the response, read within the limits of the target.

        Raises one of `NO_RESPONSE_ERRORS` if there is no usable response.
        """
        with self._request_slots:
            return self._fetch_decoded_response(request)

    def _fetch_decoded_response(self, request: httpx.Request) -> HttpResponse:
        if self._transport is None:
            return self._fetch_in_process(request)
        max_bytes, timeout = (
            self.target.max_bytes,
            min(self.target.timeout, self.budget.get_seconds_left()),
        )
        raw_response = self._transport.send(request, max(timeout, 0.001), max_bytes)
        try:
            body = decompress_body(
                raw_response.body, raw_response.headers.get("content-encoding", ""), max_bytes
            )
        except ContentDecodingError as error:
            raise httpx.DecodingError(str(error)) from error
        if (reason := find_exceeded_json_limit(body)) is not None:
            raise httpx.DecodingError(f"the body is not looked at: {reason}")
        return HttpResponse(
            status=raw_response.status, headers=dict(raw_response.headers), body=body
        )

    def _fetch_in_process(self, request: httpx.Request) -> HttpResponse:
        """Return the response of a target in this process."""
        assert self.target.transport is not None
        response = self.target.transport.handle_request(request)
        try:
            body = response.read()
        finally:
            response.close()
        if len(body) > self.target.max_bytes:
            raise httpx.ReadError(f"the response is larger than {self.target.max_bytes} bytes")
        return HttpResponse(status=response.status_code, headers=dict(response.headers), body=body)


def _create_network_transport(target: Target) -> BoundedTransport:
    """Return a transport that sends over the network to a target.

    Of the environment it takes the proxy, and nothing else: ~/.netrc could add foreign credentials.
    It follows no redirects, because they could lead to another host. It stores no
    cookies, because a session that one request opened would authorize another one without
    credentials.
    """
    ssl_context = (
        ssl.create_default_context(cafile=target.ca_file)
        if target.ca_file
        else httpx.create_ssl_context(trust_env=False)
    )
    if target.certificate is not None:
        certificate, key = target.certificate
        try:
            ssl_context.load_cert_chain(certificate, key)
        except (OSError, ssl.SSLError) as error:
            raise UsageError(
                Problem(
                    message="--cert: the certificate or its key cannot be used", hint=str(error)
                )
            ) from error
    return BoundedTransport(
        ssl_context, MAX_CONCURRENT_REQUESTS, proxy=find_environment_proxy(target.url)
    )


def is_not_connected(exchange: Exchange) -> bool:
    """Tell whether no connection to the server came about, so that it cannot have acted."""
    return _failed_by(exchange, NoAnswerKind.NOT_CONNECTED)


def _failed_by(exchange: Exchange, kind: NoAnswerKind) -> bool:
    return exchange.failure is not None and exchange.failure.kind is kind


class TypedClientTransport(httpx.BaseTransport):
    """The transport of a typed client: sends over a TargetClient and records the exchange.

    The first requests are answered with the `gateway_statuses`, as a failing gateway would do.
    """

    def __init__(self, client: TargetClient, gateway_statuses: tuple[int, ...] = ()) -> None:
        self._client, self._gateway_statuses = client, gateway_statuses
        self.attempts = self.server_attempts = 0
        self.request: httpx.Request | None = None
        self.response: HttpResponse | None = None
        self.failure: Exception | None = None
        self.refusal: CannotSend | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the response to a request of the typed client.

        Raises CannotSend if nothing more may be sent, and the error of the request if it fails.
        """
        request.read()
        self.attempts += 1
        self.request, self.response, self.failure = request, None, None
        if self.attempts <= len(self._gateway_statuses):
            self.response = HttpResponse(
                status=self._gateway_statuses[self.attempts - 1],
                headers={"content-length": "0"},
                body=b"",
            )
            return httpx.Response(self.response.status, headers={"content-length": "0"})
        try:
            self._client.wait_for_turn()
        except CannotSend as reason:
            self.refusal = reason
            raise
        self.server_attempts += 1
        try:
            self.response = self._client.fetch_response(request)
        except NO_RESPONSE_ERRORS as error:
            self.failure = error
            raise
        headers = [
            (name, value)
            for name, value in self.response.headers.items()
            if name not in CODING_HEADERS
        ]
        return httpx.Response(self.response.status, headers=headers, content=self.response.body)
