"""Faults in uniqueness: values that should differ in every response, but repeat."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import ResponseSpec as ResponseSpec
from conformance.contract.pointer import MISSING, get_at_pointer, put_at_pointer
from conformance.contract.uniqueness import NeverRepeatsValue
from conformance.mock.fault import Fault
from conformance.mock.faults.patches import (
    ServicePatch,
    build_fault,
    change_response_json_body,
    patch_responses,
)
from conformance.mock.message import MockResponse


def generate_repeated_unique_value_faults(
    contract: Contract, claim: Claim, promise: NeverRepeatsValue
) -> Iterator[Fault]:
    """Yield faults in which a value repeats across responses."""
    yield build_fault(
        claim,
        "constant",
        "it is the same in every answer",
        _patch_response_to_repeat_value(claim.operation, promise, lambda status: 0),
    )
    yield build_fault(
        claim,
        "by-status",
        "it is the same in every answer of one status",
        _patch_response_to_repeat_value(claim.operation, promise, lambda status: status),
    )


def _patch_response_to_repeat_value(
    operation: str, promise: NeverRepeatsValue, choose_number: Callable[[int], int]
) -> ServicePatch:
    pointer = promise.behavior.response_pointer
    covered_response = ResponseSpec(status=promise.behavior.status, description="", pointer="")

    def repeat_unique_value(response: MockResponse) -> MockResponse:
        if not covered_response.covers(response.status):
            return response
        return change_response_json_body(
            response,
            lambda body: (
                body
                if get_at_pointer(body, pointer) is MISSING
                else put_at_pointer(
                    body,
                    pointer,
                    _build_repeated_value(
                        get_at_pointer(body, pointer), choose_number(response.status)
                    ),
                )
            ),
        )

    return patch_responses(operation, repeat_unique_value)


def _build_repeated_value(value: Json, number: int) -> Json:
    if isinstance(value, str):
        return (
            value[: -len(digits)] + digits if len(value) > len(digits := f"{number:03}") else digits
        )
    return number


FAULTS = {"uniqueness.never-repeats": generate_repeated_unique_value_faults}
