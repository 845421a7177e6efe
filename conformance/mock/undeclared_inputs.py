"""A strict variant of the mock that refuses undeclared inputs."""

from __future__ import annotations

from dataclasses import replace

from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.location import ParameterLocation
from conformance.contract.operation import Operation
from conformance.contract.parameter_decoding import may_repeat_query_name, owns_query_name
from conformance.contract.undeclared_inputs import ToleratesUndeclaredInputs
from conformance.mock.bound_call import BoundCall
from conformance.mock.handler import OperationHandler, ReadBody
from conformance.mock.message import MockRequest
from conformance.mock.part import MockPart
from conformance.mock.refusal import Refusal
from conformance.mock.service import MockService


def make_service_refuse_undeclared_inputs(service: MockService) -> MockService:
    """Return the service that refuses undeclared inputs with 400.

    These are undeclared query parameters, undeclared body properties, undeclared bodies and
    repeated parameters.
    """
    contract = service.contract
    return replace(
        service,
        handlers={
            operation_id: _make_handler_refuse_undeclared_inputs(
                contract, contract.operations[operation_id], handler
            )
            for operation_id, handler in service.handlers.items()
        },
    )


def _make_handler_refuse_undeclared_inputs(
    contract: Contract, operation: Operation, handler: OperationHandler
) -> OperationHandler:
    parameters = [
        parameter
        for parameter in operation.parameters
        if parameter.location is ParameterLocation.QUERY
    ]
    others = {
        name
        for behavior in contract.list_behaviors(operation.id, ToleratesUndeclaredInputs)
        for name in behavior.query_parameters
    } | {
        scheme.field
        for scheme in contract.security_schemes.values()
        if scheme.location is ParameterLocation.QUERY
    }
    known_names = sorted({parameter.wire_name for parameter in parameters} | others)
    bind_parameters = handler.bind_parameters

    def bind_only_declared_parameters(
        request: MockRequest, path_values: tuple[str, ...]
    ) -> BoundCall:
        names = [name for name, _ in request.query]
        owners = {
            name: next(
                (parameter for parameter in parameters if owns_query_name(parameter, name)), None
            )
            for name in names
        }
        if unknown := [name for name in names if owners[name] is None and name not in others]:
            raise Refusal(
                400,
                f"{unknown[0]}: {operation.id} has no such query parameter"
                f" ({', '.join(known_names) or 'it has none'})",
                parameter=unknown[0],
            )
        if repeated := [
            name
            for name in names
            if names.count(name) > 1
            and not ((owner := owners[name]) and may_repeat_query_name(owner))
        ]:
            raise Refusal(400, f"{repeated[0]}: it is there more than once", parameter=repeated[0])
        return bind_parameters(request, path_values)

    return replace(
        handler,
        bind_parameters=bind_only_declared_parameters,
        read_body=_build_declared_properties_reader(operation, handler.read_body),
    )


def _build_declared_properties_reader(
    operation: Operation, read_body: ReadBody | None
) -> ReadBody | None:
    if operation.body is None or read_body is None:
        return _build_undeclared_body_refusal(operation)
    declared = operation.body.schema.properties
    read_any_body = read_body

    def drop_undeclared_properties(call: BoundCall) -> Json:
        value = read_any_body(call)
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

    return drop_undeclared_properties


def _build_undeclared_body_refusal(operation: Operation) -> ReadBody:
    def refuse_body(call: BoundCall) -> Json:
        if call.request.body:
            raise Refusal(400, f"{operation.id} has no body")
        return None

    return refuse_body


PART = MockPart()  # the mock ignores undeclared inputs anyway
