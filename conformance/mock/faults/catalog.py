"""The catalog of faults: for each claim, the ways in which a server could violate it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from conformance.contract.behavior_registry import import_parts
from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.mock.fault import Fault
from conformance.mock.faults import (
    authorization,
    deletion,
    lifecycle,
    ownership,
    request_bodies,
    requests,
    responses,
    side_effects,
)

FaultGenerator = Callable[[Contract, Claim, Any], Iterator[Fault]]
CORE_MODULES = (
    requests,
    request_bodies,
    responses,
    authorization,
    ownership,
    lifecycle,
    side_effects,
    deletion,
)


@cache  # the packages that are installed do not change while a program runs
def get_fault_generators() -> Mapping[str, FaultGenerator]:
    """Return the generator of faults for each kind of promise, behaviors' included.

    The kind determines the type of the generator's third argument, the claim's promise.
    """
    modules = [*CORE_MODULES, *(module for _, module in import_parts("faults"))]
    return {kind: generate for module in modules for kind, generate in module.FAULTS.items()}


def list_contract_faults(contract: Contract) -> tuple[Fault, ...]:
    """Return the faults of all observable claims, in the order of the claims.

    Claims that are not binding are included.
    """
    return tuple(
        fault
        for claim in contract.claims
        if claim.unobservable is None
        for fault in get_fault_generators()[claim.kind](contract, claim, claim.promise)
    )
