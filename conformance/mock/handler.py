"""One operation of the mock as a record of functions. A fault replaces one of them; without a fault
nothing else runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.mock.bound_call import BoundCall
from conformance.mock.message import MockRequest, MockResponse
from conformance.mock.refusal import Refusal
from conformance.mock.state import MockState

RequestCheck = Callable[[MockRequest], None]
BindParameters = Callable[[MockRequest, tuple[str, ...]], BoundCall]
ReadBody = Callable[[BoundCall], Json]
Action = Callable[[MockState, BoundCall], MockResponse]
RenderRefusal = Callable[[MockState, Refusal], MockResponse]
PostProcessor = Callable[[MockState, MockResponse], MockResponse]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """The stages in the order in which they run; those before `refuse` may raise Refusal, which it
    answers.

    `admit` checks credentials, `negotiate` whether the answer can be one that is wanted, `take`
    path and arguments, `read` the body (None: no body is looked at), `act` does what the operation
    is for, `finish` goes over every answer.
    """

    operation: Operation
    authenticate: RequestCheck
    negotiate: RequestCheck | None
    bind_parameters: BindParameters
    read_body: ReadBody | None
    action: Action
    render_refusal: RenderRefusal
    post_processors: tuple[PostProcessor, ...]

    def handle(
        self, state: MockState, request: MockRequest, path_values: tuple[str, ...]
    ) -> MockResponse:
        """Return the answer to a request that was routed here; `path` are the values of the path
        template, in order.
        """
        try:
            self.authenticate(request)
            if self.negotiate is not None:
                self.negotiate(request)
            call = self.bind_parameters(request, path_values)
            if self.read_body is not None:
                call = BoundCall(
                    call.request,
                    call.path_arguments,
                    call.sent,
                    call.arguments,
                    self.read_body(call),
                )
            response = self.action(state, call)
        except Refusal as refusal:
            response = self.render_refusal(state, refusal)
        for post_process in self.post_processors:
            response = post_process(state, response)
        return response
