"""Answers that repeat something else than what was sent."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.contract import pointer as pointers
from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.echoing import Echo
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.pointer import MISSING, parent, tokens
from conformance.mock.fault import Fault
from conformance.mock.faults.alteration import altered
from conformance.mock.faults.departure import Depart, fault, lists
from conformance.mock.faults.paging import telling
from conformance.mock.listing import Tell
from conformance.mock.sample import item_schema


def echo(contract: Contract, claim: Claim, promise: Echo) -> Iterator[Fault]:
    """Break that an answer repeats a parameter."""
    operation = contract.operations[claim.operation]
    parameter = operation.parameter(promise.parameter)
    if parameter is None or not lists(contract, claim.operation):
        return

    def instead(tell: Tell) -> Depart:
        return telling(claim.operation, lambda at, honest: tell if at == promise.answer else honest)

    def wrong(value: Json) -> Json:
        return next((other for other in parameter.enum if other != value), altered(value)) if parameter.enum else altered(value)

    def change(at: str, honest: Tell) -> Tell:
        return (lambda page, call: MISSING if (value := honest(page, call)) is MISSING else wrong(value)) if at == promise.answer else honest

    yield fault(claim, "altered", f"{promise.answer} holds another value", telling(claim.operation, change))
    if parameter.default is not MISSING:
        yield fault(claim, "default", f"{promise.answer} always holds the default", instead(lambda page, call: parameter.default))
    if not _is_required(contract, operation, promise.answer):
        yield fault(claim, "missing", f"there is no {promise.answer}", instead(lambda page, call: MISSING))


def _is_required(contract: Contract, operation: Operation, answer: str) -> bool:
    above = item_schema(contract.document, operation.success.schema, tokens(parent(answer)))
    return above is not pointers.MISSING and tokens(answer)[-1] in above.get("required", ())
