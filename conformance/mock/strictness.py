"""A mock that refuses what the documents do not know, where the lenient one lets it pass."""

from __future__ import annotations

from dataclasses import replace

from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Location, Operation, properties
from conformance.contract.tolerating import Tolerates
from conformance.mock.call import Call
from conformance.mock.handler import Handler, Read
from conformance.mock.message import Request
from conformance.mock.refusal import Refusal
from conformance.mock.service import Service


def strict(service: Service) -> Service:
    """Return the service that refuses query parameters and properties of bodies that are not
    documented, and repeated parameters.
    """
    contract = service.contract
    return replace(
        service,
        handlers={
            id: _strict(contract, contract.operations[id], one)
            for id, one in service.handlers.items()
        },
    )


def _strict(contract: Contract, operation: Operation, handler: Handler) -> Handler:
    declared = {
        parameter.name for parameter in operation.parameters if parameter.location is Location.QUERY
    }
    declared |= {
        name
        for one in contract.behaviours[operation.id]
        if isinstance(one, Tolerates)
        for name in one.query
    }
    take = handler.take

    def known(request: Request, path: tuple[str, ...]) -> Call:
        names = [name for name, _ in request.query]
        if unknown := [name for name in names if name not in declared]:
            raise Refusal(
                400,
                f"{unknown[0]}: {operation.id} has no such query parameter"
                f" ({', '.join(sorted(declared)) or 'it has none'})",
                parameter=unknown[0],
            )
        if twice := [name for name in names if names.count(name) > 1]:
            raise Refusal(400, f"{twice[0]}: it is there more than once", parameter=twice[0])
        return take(request, path)

    return replace(handler, take=known, read=_reading(contract, operation, handler.read))


def _reading(contract: Contract, operation: Operation, read: Read | None) -> Read | None:
    if operation.body is None or read is None:
        return _bodiless(operation)
    declared = properties(contract.document, operation.body.schema)
    honest = read

    def known(call: Call) -> Json:
        value = honest(call)
        unknown = (
            [name for name in value if name not in declared]
            if isinstance(value, dict) and declared
            else []
        )
        if unknown:
            raise Refusal(
                400,
                f"{unknown[0]}: the body of {operation.id} has no such property"
                f" ({', '.join(sorted(declared))})",
            )
        return value

    return known


def _bodiless(operation: Operation) -> Read:
    def read(call: Call) -> Json:
        if call.request.body:
            raise Refusal(400, f"{operation.id} has no body")
        return None

    return read
