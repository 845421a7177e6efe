"""Requests that should be answered and are not, defaults that are others, values that should be
refused and are not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from conformance.contract import schema as schemas
from conformance.contract.answering import Accepts, Answers, Defaults, Refuses, TakesHeaders
from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.echoing import Echoes
from conformance.contract.json import Json, same
from conformance.contract.operation import Location, Parameter
from conformance.contract.paging import Paginates
from conformance.contract.pointer import MISSING
from conformance.mock.answering import Taking
from conformance.mock.argument import BLANK, Reader
from conformance.mock.argument import typed as typing
from conformance.mock.call import Call
from conformance.mock.fault import Fault
from conformance.mock.faults.departure import (
    Depart,
    fault,
    finishing,
    lists,
    refusing,
    relisting,
    taking,
)
from conformance.mock.listing import Listing, Tell
from conformance.mock.message import Response, decode
from conformance.mock.refusal import Refusal
from conformance.mock.responding import status

OTHERS = {200: 202, 201: 200, 202: 200, 204: 200}


def answers(contract: Contract, claim: Claim, promise: Answers) -> Iterator[Fault]:
    """Break that a valid request gets the documented status."""
    documented = status(contract.operations[claim.operation].success)
    other = OTHERS.get(documented, 200)

    def change(response: Response) -> Response:
        return replace(response, status=other) if response.status == documented else response

    yield fault(
        claim, "other-status", f"success is told with {other}", finishing(claim.operation, change)
    )


def accepts(contract: Contract, claim: Claim, promise: Accepts) -> Iterator[Fault]:
    """Break that a request with these arguments is accepted."""

    def holds(call: Call) -> bool:
        return all(_has(call, name, value) for name, value in promise.arguments.items())

    yield fault(
        claim,
        "refused",
        "such a request is taken for malformed",
        refusing(claim.operation, holds, "this combination is not supported"),
    )


def _has(call: Call, name: str, value: Json) -> bool:
    sent = call.sent.get(name, call.path.get(name, MISSING))
    return sent is MISSING if value is MISSING else same(sent, value)


def headers(contract: Contract, claim: Claim, promise: TakesHeaders) -> Iterator[Fault]:
    """Break that these headers are accepted."""

    def holds(call: Call) -> bool:
        return all(
            value.lower() in call.request.headers.get(name.lower(), "").lower()
            for name, value in promise.headers.items()
        )

    yield fault(
        claim,
        "refused",
        "a content type on a request without a body is refused",
        refusing(claim.operation, holds, "there is no body"),
    )


def defaults(contract: Contract, claim: Claim, promise: Defaults) -> Iterator[Fault]:
    """Break the default of a parameter: another is in force, told or untold."""
    operation, name = contract.operations[claim.operation], promise.parameter
    parameter = operation.parameter(name)
    paginates = contract.of(claim.operation, Paginates)
    size = isinstance(paginates, Paginates) and paginates.size == name
    if parameter is None:
        return
    other = max(1, promise.default // 10) if size else _other(parameter, promise.default)
    yield fault(
        claim,
        "another",
        f"{other} is in force when {name} is left out",
        _in_force(claim.operation, name, other),
    )
    if lists(contract, claim.operation):
        hidden = 1 if size else other
        quiet = _untold(contract, claim.operation, name, promise.default)
        text = f"{hidden} is in force when {name} is left out, and {promise.default} is told"
        yield fault(
            claim,
            "untold",
            text,
            lambda service: quiet(_in_force(claim.operation, name, hidden)(service)),
        )


def _other(parameter: Parameter, default: Json) -> Json:
    if parameter.enum:
        return next((value for value in reversed(parameter.enum) if value != default), default)
    if isinstance(default, bool):
        return not default
    return default + 1 if isinstance(default, int | float) else f"{default}x"


def _in_force(operation: str, name: str, value: Json) -> Depart:
    return taking(operation, lambda take: replace(take, defaults={**take.defaults, name: value}))


def _untold(contract: Contract, operation: str, name: str, default: Json) -> Depart:
    pointers = {
        at
        for one in contract.behaviours[operation]
        if isinstance(one, Echoes)
        for at, parameter in one.answers.items()
        if parameter == name
    }

    def quiet(tell: Tell) -> Tell:
        return lambda page, call: tell(page, call) if name in call.sent else default

    def change(listing: Listing) -> Listing:
        return replace(
            listing,
            tell={at: quiet(tell) if at in pointers else tell for at, tell in listing.tell.items()},
        )

    return relisting(operation, change)


def refuses(contract: Contract, claim: Claim, promise: Refuses) -> Iterator[Fault]:
    """Break that a value is refused: it is passed over, or the server fails."""
    parameter = contract.operations[claim.operation].parameter(promise.parameter)
    if parameter is None:
        return
    concerns = _concerns(contract, parameter, promise)
    if parameter.location is not Location.PATH:
        yield fault(
            claim,
            "passed-over",
            "such a value is passed over without a word",
            taking(claim.operation, lambda take: _reread(take, parameter, concerns, _blank)),
        )
    yield fault(
        claim,
        "crashes",
        "such a value makes the server fail",
        taking(claim.operation, lambda take: _reread(take, parameter, concerns, _crash)),
    )


def _blank(text: str) -> Json:
    return BLANK


def _other_case(value: str, parameter: Parameter) -> bool:
    return value.swapcase() != value and not {value.upper(), value.lower(), value.swapcase()} - {
        value
    } <= {*parameter.similar}


def _is_alike(parameter: Parameter) -> Callable[[str], bool]:
    return lambda text: any(str(value).lower() == text.lower() for value in parameter.enum)


def _alike(parameter: Parameter) -> Callable[[str], Json]:
    return lambda text: next(
        value for value in parameter.enum if str(value).lower() == text.lower()
    )


def _crash(text: str) -> Json:
    raise Refusal(500, "something went wrong")


def _reread(
    take: Taking,
    parameter: Parameter,
    concerns: Callable[[str], bool],
    instead: Callable[[str], Json],
) -> Taking:
    def lax(read: Reader) -> Reader:
        def again(text: str) -> Json:
            try:
                return read(text)
            except Refusal:
                if concerns(text):
                    return instead(text)
                raise

        return again

    def change(readers: dict[str, Reader]) -> dict[str, Reader]:
        return {
            name: lax(read) if name == parameter.name else read for name, read in readers.items()
        }

    headers = {
        key: (name, change({name: read})[name]) for key, (name, read) in take.headers.items()
    }
    return replace(
        take,
        path=tuple(change(dict(take.path)).items()),
        query=change(dict(take.query)),
        headers=headers,
    )


def _concerns(contract: Contract, parameter: Parameter, promise: Refuses) -> Callable[[str], bool]:
    """Return whether a text breaks the keyword that the promise names, or breaks the schema just
    where its value does.
    """
    document = contract.document
    validator = schemas.compile(document, parameter.schema)
    wrong = (
        {violation.schema_pointer for violation in validator.violations(promise.value)}
        if promise.value is not MISSING
        else None
    )

    def concerns(text: str) -> bool:
        try:
            value = decode(text) if parameter.media else typing(document, parameter, text)
        except ValueError:
            return promise.keyword == "type"
        found = list(validator.violations(value))
        if wrong is None:
            return any(violation.keyword == promise.keyword for violation in found)
        return {violation.schema_pointer for violation in found} == wrong

    return concerns
