"""The parts of the mock that the behaviors of an operation have."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from conformance.contract.behavior import Behavior
from conformance.contract.behavior_registry import import_parts
from conformance.contract.contract import Contract
from conformance.contract.operation import Operation
from conformance.mock.part import MockPart


def list_mock_parts(contract: Contract, operation: Operation) -> list[tuple[MockPart, Behavior]]:
    """Return the behaviors of an operation that have a part in the mock, in the contract's order.

    Raises UsageError for a part of another package that cannot be imported.
    """
    parts = _load_parts()
    return [
        (parts[type(behavior)], behavior)
        for behavior in contract.behaviors[operation.id]
        if type(behavior) in parts
    ]


@cache  # the packages that are installed do not change while a program runs
def _load_parts() -> Mapping[type, MockPart]:
    return {value: module.PART for kind, module in import_parts("mock") for value in kind.values}
