"""Answers that repeat something else than what was sent."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.echoing import Echo
from conformance.contract.json import Json
from conformance.contract.operation import Parameter
from conformance.contract.paging import Paginates
from conformance.contract.pointer import MISSING
from conformance.mock.fault import Fault
from conformance.mock.faults.alteration import altered
from conformance.mock.faults.departure import Depart, fault, lists
from conformance.mock.faults.paging import telling
from conformance.mock.listing import Tell
from conformance.mock.paging import SIZE


def echo(contract: Contract, claim: Claim, promise: Echo) -> Iterator[Fault]:
    """Break that an answer repeats a parameter."""
    operation = contract.operations[claim.operation]
    parameter = operation.parameter(promise.parameter)
    if parameter is None or not lists(contract, claim.operation):
        return

    def instead(tell: Tell) -> Depart:
        return telling(claim.operation, lambda at, honest: tell if at == promise.answer else honest)

    def wrong(value: Json) -> Json:
        return (
            next((other for other in parameter.enum if other != value), altered(value))
            if parameter.enum
            else altered(value)
        )

    def change(at: str, honest: Tell) -> Tell:
        return (
            (
                lambda page, call: (
                    MISSING if (value := honest(page, call)) is MISSING else wrong(value)
                )
            )
            if at == promise.answer
            else honest
        )

    yield fault(
        claim, "altered", f"{promise.answer} holds another value", telling(claim.operation, change)
    )
    usual = _usual(contract, claim.operation, parameter)
    if usual is not MISSING:
        yield fault(
            claim,
            "usual",
            f"{promise.answer} always holds {usual}",
            instead(lambda page, call: usual),
        )


def _usual(contract: Contract, operation: str, parameter: Parameter) -> Json:
    """Return what stands there when nothing is sent: the default, else the first page or the size
    that the mock takes.
    """
    paginates = contract.of(operation, Paginates)
    if parameter.default is not MISSING or not isinstance(paginates, Paginates):
        return parameter.default
    return {paginates.page: paginates.first, paginates.size: SIZE}.get(parameter.name, MISSING)
