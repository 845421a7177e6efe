"""Faults in ownership: other users reach an item, or are refused in another way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.ownership import RefusesOtherUser
from conformance.mock.bound_call import BoundCall
from conformance.mock.fault import Fault
from conformance.mock.faults.patches import ServicePatch, build_fault
from conformance.mock.handler import Action
from conformance.mock.message import MockResponse
from conformance.mock.ownership import OwnedItemAction
from conformance.mock.refusal import Refusal
from conformance.mock.service import MockService
from conformance.mock.state import MockState


def generate_other_user_faults(
    contract: Contract, claim: Claim, promise: RefusesOtherUser
) -> Iterator[Fault]:
    """Yield faults in which another user is let in, gets another status, or has an effect.

    Without a list, no run can tell whether the credentials of the second user are valid.
    """
    resource = contract.resource_for(claim.operation)
    if resource is None or resource.list is None:
        return
    yield build_fault(
        claim, "granted", "any user may do it", _patch_action(claim, lambda action: action.action)
    )
    other_status = 404 if promise.status == 403 else 403
    yield build_fault(
        claim,
        "other-status",
        f"another user gets {other_status}",
        _patch_action(claim, lambda action: replace(action, status=other_status)),
    )
    if not contract.operations[claim.operation].is_safe:
        yield build_fault(
            claim,
            "executed",
            "another user is refused after it was done",
            _patch_action(claim, _execute_before_refusal),
        )


def _execute_before_refusal(action: OwnedItemAction) -> Action:
    def execute(state: MockState, call: BoundCall) -> MockResponse:
        try:
            return action(state, call)
        except Refusal:
            action.action(state, call)
            raise

    return execute


def _patch_action(claim: Claim, change: Callable[[OwnedItemAction], Action]) -> ServicePatch:
    def patch(service: MockService) -> MockService:
        action = service.handlers[claim.operation].action
        if not isinstance(action, OwnedItemAction):
            return service
        return service.replace_handler_stages(claim.operation, action=change(action))

    return patch


FAULTS = {"ownership.other-user": generate_other_user_faults}
