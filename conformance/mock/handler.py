"""The handler of one operation, composed of functions.

A fault replaces one of these functions.
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
ChooseMediaType = Callable[[MockRequest, MockResponse], MockResponse]
Precondition = Callable[[MockState, BoundCall], MockResponse | None]
PostProcessor = Callable[[MockState, MockResponse], MockResponse]


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationHandler:
    """The processing stages of one operation.

    `authenticate` checks the credentials, `negotiate` the Accept header. `bind_parameters` parses
    path, query and headers. `read_body` parses the body (None: the body is ignored). `action`
    executes the operation. Each of these stages may raise Refusal, which `render_refusal` turns
    into a response. `post_processors` run on every response, and `choose_media_type` after them
    (None: there is only one). `check_precondition` gives the response in place of the action, or
    None (RFC 9110, 13).
    """

    operation: Operation
    authenticate: RequestCheck
    negotiate: RequestCheck | None
    bind_parameters: BindParameters
    read_body: ReadBody | None
    action: Action
    render_refusal: RenderRefusal
    post_processors: tuple[PostProcessor, ...]
    choose_media_type: ChooseMediaType | None = None
    check_precondition: Precondition | None = None

    def handle_request(
        self, state: MockState, request: MockRequest, path_values: tuple[str, ...]
    ) -> MockResponse:
        """Return the response to a request that was routed to this operation.

        `path_values` are the values of the path template, in order.
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
            early_response = (
                self.check_precondition(state, call) if self.check_precondition else None
            )
            response = early_response or self.action(state, call)
        except Refusal as refusal:
            response = self.render_refusal(state, refusal)
        for post_process in self.post_processors:
            response = post_process(state, response)
        if self.choose_media_type is not None:
            response = self.choose_media_type(request, response)
        return response
