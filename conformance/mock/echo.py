"""Response fields that repeat arguments of the request."""

from __future__ import annotations

from conformance.contract.contract import Contract
from conformance.contract.echo import Echoes
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.pagination import PaginationBehavior
from conformance.contract.pointer import MISSING
from conformance.mock.bound_call import BoundCall
from conformance.mock.page import Page
from conformance.mock.part import MetadataField, MockPart


def build_echo_metadata_field(
    parameter: str, paginates: PaginationBehavior | None
) -> MetadataField:
    """Return the metadata field that repeats the effective value of a parameter.

    The field is omitted if there is no value. For the page and size parameters, the values of the
    returned page are used, even if no default is documented.
    """
    if paginates and parameter == paginates.page_parameter:
        return lambda page, call: page.number
    if paginates and parameter == paginates.size_parameter:
        return lambda page, call: page.size
    return lambda page, call: _get_effective_value(parameter, page, call)


def _get_effective_value(parameter: str, page: Page, call: BoundCall) -> Json:
    value = call.arguments.get(parameter, MISSING)
    return call.path_arguments.get(parameter, MISSING) if value is MISSING else value


def build_echo_metadata_fields(
    contract: Contract, operation: Operation, echoes: Echoes
) -> dict[str, MetadataField]:
    """Return the echo fields of a response by pointer."""
    paginates = contract.find_behavior(operation.id, PaginationBehavior)
    return {
        pointer: build_echo_metadata_field(parameter, paginates)
        for pointer, parameter in echoes.parameters_by_pointer.items()
    }


PART = MockPart(build_metadata_fields=build_echo_metadata_fields)
