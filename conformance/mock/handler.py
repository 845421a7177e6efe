"""One operation of the mock as a record of functions. A fault replaces one of them; without a fault
nothing else runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.mock.call import Call
from conformance.mock.message import Request, Response
from conformance.mock.refusal import Refusal
from conformance.mock.state import State

Admit = Callable[[Request], None]
Take = Callable[[Request, tuple[str, ...]], Call]
Read = Callable[[Call], Json]
Act = Callable[[State, Call], Response]
Refuse = Callable[[State, Refusal], Response]
Finish = Callable[[State, Response], Response]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """The stages in the order in which they run; those before `refuse` may raise Refusal, which it
    answers.

    `admit` checks credentials, `negotiate` whether the answer can be one that is wanted, `take`
    path and arguments, `read` the body (None: no body is looked at), `act` does what the operation
    is for, `finish` goes over every answer.
    """

    operation: Operation
    admit: Admit
    negotiate: Admit | None
    take: Take
    read: Read | None
    act: Act
    refuse: Refuse
    finish: tuple[Finish, ...]

    def serve(self, state: State, request: Request, path: tuple[str, ...]) -> Response:
        """Return the answer to a request that was routed here; `path` are the values of the path
        template, in order.
        """
        try:
            self.admit(request)
            if self.negotiate is not None:
                self.negotiate(request)
            call = self.take(request, path)
            if self.read is not None:
                call = Call(call.request, call.path, call.sent, call.arguments, self.read(call))
            response = self.act(state, call)
        except Refusal as refusal:
            response = self.refuse(state, refusal)
        for finish in self.finish:
            response = finish(state, response)
        return response
