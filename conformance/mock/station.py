"""The mock as people use it day by day: a state that can be reset, looked at and kept, browsers let
in, failures on demand, and a log that says why.

The mock itself stays a function of state and request; what stands here is put around it, one layer
for each wish.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from conformance.contract.operation import Operation
from conformance.mock import crossing, keeping, preferring
from conformance.mock.explaining import lines
from conformance.mock.message import Request, Response, decode, encode
from conformance.mock.mock import Mock
from conformance.mock.responding import JSON
from conformance.mock.state import State

CONTROL = "/.mock"  # no path of a contract begins so
Log = Callable[[str], object]
Fail = Callable[[Operation | None], Response | None]


@dataclass(slots=True, kw_only=True)
class Station:
    """A mock with its state. `start` makes the state that a reset leads back to; `file` keeps it,
    `fail` answers in the mock's stead at times, `log` gets the lines about each exchange, or
    (without `log_all`) only about those that were refused.
    """

    mock: Mock
    state: State
    start: Callable[[], State]
    file: keeping.File | None = None
    fail: Fail | None = None
    log: Log | None = None
    log_all: bool = True
    cors: bool = True
    control: bool = True

    def answer(self, request: Request) -> Response:
        """Return the answer to a request, after it was logged and its effect kept."""
        began = time.perf_counter()
        response = (crossing.preflight(request) if self.cors else None) or self._answer(request)
        if self.cors:
            response = crossing.opened(request, response)
        if self.log is not None and (self.log_all or response.why is not None):
            for line in logged(self.mock, request, response, time.perf_counter() - began):
                self.log(line)
        return response

    def _answer(self, request: Request) -> Response:
        if self.control and request.path.startswith(f"{CONTROL}/"):
            return self._controlled(request)
        if (
            self.fail is not None
            and (failure := self.fail(self.mock.operation(request))) is not None
        ):
            return failure
        if "prefer" in request.headers and (preferred := self._preferred(request)) is not None:
            return preferred
        response = self.mock.respond(self.state, request)
        if self.file is not None and request.method not in ("GET", "HEAD", "OPTIONS"):
            self.file.save(self.state)
        return response

    def _preferred(self, request: Request) -> Response | None:
        operation = self.mock.operation(request)
        return (
            preferring.preferred(self.mock.contract, operation, self.state, request)
            if operation
            else None
        )

    def _controlled(self, request: Request) -> Response:
        match request.method, request.path.removeprefix(CONTROL):
            case "POST", "/reset":
                self._become(self.start())
            case "GET", "/state":
                return Response(
                    status=200, headers=JSON, body=encode(keeping.dump(self.state)).encode()
                )
            case "PUT", "/state":
                try:
                    self._become(keeping.restored(self.mock, decode(request.body)))
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    return Response(
                        status=400,
                        headers=JSON,
                        body=encode({"message": f"this is no state: {error}"}).encode(),
                    )
            case _:
                text = (
                    f"POST {CONTROL}/reset, GET {CONTROL}/state and PUT {CONTROL}/state are what"
                    " there is"
                )
                return Response(status=404, headers=JSON, body=encode({"message": text}).encode())
        return Response(status=204, headers=(), body=b"")

    def _become(self, other: State) -> None:
        self.state.become(other)
        if self.file is not None:
            self.file.begin(self.state)


def logged(mock: Mock, request: Request, response: Response, seconds: float) -> list[str]:
    """Return the lines of the access log about one exchange: the first says what happened, those
    below why a request was refused.
    """
    query = (
        "?" + "&".join(f"{name}={value}" for name, value in request.query) if request.query else ""
    )
    first = (
        f"{time.strftime('%H:%M:%S')} {request.method} {request.path}{query} →"
        f" {response.status or 'reset'}  {seconds * 1000:.1f} ms"
    )
    return (
        [first, *(f"    {line}" for line in lines(mock.contract, *response.why))]
        if response.why
        else [first]
    )
