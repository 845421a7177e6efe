"""Faults in preconditions: validators that are ignored, and refused requests that take effect."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.guard import GuardProperty, GuardsItem, HasGuardProperty
from conformance.mock.bound_call import BoundCall
from conformance.mock.fault import Fault
from conformance.mock.faults.patches import ServicePatch, build_fault
from conformance.mock.handler import OperationHandler, Precondition
from conformance.mock.message import MockResponse
from conformance.mock.refusal import Refusal
from conformance.mock.service import MockService
from conformance.mock.state import MockState


def generate_guard_faults(
    contract: Contract, claim: Claim, promise: HasGuardProperty
) -> Iterator[Fault]:
    """Yield faults in the precondition of one operation."""
    behavior = promise.behavior

    def patch(build: Callable[[OperationHandler], Precondition | None]) -> ServicePatch:
        def replace_precondition(service: MockService) -> MockService:
            handler = service.handlers[claim.operation]
            return service.replace_handler_stages(
                claim.operation, check_precondition=build(handler)
            )

        return replace_precondition

    match promise.property:
        case GuardProperty.UNCHANGED:
            yield build_fault(
                claim, "ignored", "If-None-Match is ignored", patch(lambda handler: None)
            )
        case GuardProperty.CHANGED:
            yield build_fault(
                claim,
                "always",
                "any validator is taken for the current one",
                patch(lambda handler: _build_unchanged_answer(behavior)),
            )
        case GuardProperty.STALE:
            yield build_fault(claim, "ignored", "If-Match is ignored", patch(lambda handler: None))
            yield build_fault(
                claim,
                "carried-out",
                "a stale request is refused, and carried out",
                patch(lambda handler: _build_executing_precondition(handler)),
            )
        case GuardProperty.CURRENT:
            yield build_fault(
                claim,
                "refused",
                "any request with If-Match is refused",
                patch(lambda handler: _build_refusal(behavior)),
            )


def _build_unchanged_answer(behavior: GuardsItem) -> Precondition:
    status = behavior.unchanged or 304

    def answer_unchanged(state: MockState, call: BoundCall) -> MockResponse | None:
        if "if-none-match" not in call.request.headers:
            return None
        return MockResponse(status=status, headers=(), body=b"")

    return answer_unchanged


def _build_refusal(behavior: GuardsItem) -> Precondition:
    def refuse(state: MockState, call: BoundCall) -> MockResponse | None:
        if "if-match" in call.request.headers:
            raise Refusal(behavior.stale or 412, "it does not match If-Match")
        return None

    return refuse


def _build_executing_precondition(handler: OperationHandler) -> Precondition:
    check_precondition = handler.check_precondition

    def refuse_after_execution(state: MockState, call: BoundCall) -> MockResponse | None:
        try:
            return check_precondition(state, call) if check_precondition else None
        except Refusal:
            handler.action(state, call)
            raise

    return refuse_after_execution


FAULTS = {HasGuardProperty.kind: generate_guard_faults}
