"""The mock server for daily use: kept state, control API, CORS, failures, preferences, log.

It adds a resettable and persistent state, a control API, CORS, injected failures, preferred
responses and an access log. The mock itself remains a function of state and request. Each feature
is a layer around it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from conformance.contract.operation import Operation
from conformance.mock import cors, persistence, prefer
from conformance.mock.diagnostics import generate_refusal_explanation_lines
from conformance.mock.message import MockRequest, MockResponse, decode_json, encode_json
from conformance.mock.mock import Mock
from conformance.mock.responses import JSON_HEADERS
from conformance.mock.state import MockState

CONTROL_PREFIX = "/.mock"  # no documented path starts with it
Log = Callable[[str], object]
FailureInjector = Callable[[Operation | None], MockResponse | None]


@dataclass(slots=True, kw_only=True)
class MockApp:
    """A mock together with its state and the optional layers around it.

    `create_state` returns the state that a reset restores. `state_file` persists the state after
    each change. `inject_failure` may return a failure in place of the mock's response. `log`
    receives the log lines of each exchange, or only those of refused requests if `log_all` is
    false.
    """

    mock: Mock
    state: MockState
    create_state: Callable[[], MockState]
    state_file: persistence.StateFile | None = None
    inject_failure: FailureInjector | None = None
    log: Log | None = None
    log_all: bool = True
    cors: bool = True
    control_api: bool = True

    def respond(self, request: MockRequest) -> MockResponse:
        """Return the response to a request, and log the exchange.

        The effect of the request is saved to the state file, if there is one.
        """
        started = time.perf_counter()
        response = (
            cors.build_cors_preflight_response(request) if self.cors else None
        ) or self._build_unlogged_response(request)
        if self.cors:
            response = cors.add_cors_headers(request, response)
        if self.log is not None and (self.log_all or response.explanation is not None):
            for log_line in format_access_log_lines(
                self.mock, request, response, time.perf_counter() - started
            ):
                self.log(log_line)
        return response

    def _build_unlogged_response(self, request: MockRequest) -> MockResponse:
        if self.control_api and request.path.startswith(f"{CONTROL_PREFIX}/"):
            return self._respond_to_control_request(request)
        if (
            self.inject_failure is not None
            and (failure := self.inject_failure(self.mock.find_operation(request))) is not None
        ):
            return failure
        if (
            "prefer" in request.headers
            and (preferred_response := self._build_preferred_response(request)) is not None
        ):
            return preferred_response
        response = self.mock.respond(self.state, request)
        if self.state_file is not None and request.method not in ("GET", "HEAD", "OPTIONS"):
            self.state_file.save_changes(self.state)
        return response

    def _build_preferred_response(self, request: MockRequest) -> MockResponse | None:
        operation = self.mock.find_operation(request)
        return (
            prefer.build_response_for_prefer_header(
                self.mock.contract, operation, self.state, request
            )
            if operation
            else None
        )

    def _respond_to_control_request(self, request: MockRequest) -> MockResponse:
        match request.method, request.path.removeprefix(CONTROL_PREFIX):
            case "POST", "/reset":
                self._replace_state(self.create_state())
            case "GET", "/state":
                return MockResponse(
                    status=200,
                    headers=JSON_HEADERS,
                    body=encode_json(persistence.state_to_json(self.state)).encode(),
                )
            case "PUT", "/state":
                try:
                    self._replace_state(
                        persistence.state_from_json(self.mock, decode_json(request.body))
                    )
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    return MockResponse(
                        status=400,
                        headers=JSON_HEADERS,
                        body=encode_json({"message": f"this is no state: {error}"}).encode(),
                    )
            case _:
                text = (
                    f"POST {CONTROL_PREFIX}/reset, GET {CONTROL_PREFIX}/state and PUT"
                    f" {CONTROL_PREFIX}/state are what"
                    " there is"
                )
                return MockResponse(
                    status=404, headers=JSON_HEADERS, body=encode_json({"message": text}).encode()
                )
        return MockResponse(status=204, headers=(), body=b"")

    def _replace_state(self, new_state: MockState) -> None:
        self.state.replace_content_with(new_state)
        if self.state_file is not None:
            self.state_file.overwrite(self.state)


def format_access_log_lines(
    mock: Mock, request: MockRequest, response: MockResponse, seconds: float
) -> list[str]:
    """Return the access log lines of one exchange.

    The first line is a summary. If the request was refused, indented lines with the reason follow.
    `seconds` is the time that the response took.
    """
    query = (
        "?" + "&".join(f"{name}={value}" for name, value in request.query) if request.query else ""
    )
    summary = (
        f"{time.strftime('%H:%M:%S')} {request.method} {request.path}{query} →"
        f" {response.status or 'reset'}  {seconds * 1000:.1f} ms"
    )
    return (
        [
            summary,
            *(
                f"    {explanation_line}"
                for explanation_line in generate_refusal_explanation_lines(
                    mock.contract, *response.explanation
                )
            ),
        ]
        if response.explanation
        else [summary]
    )
