"""Faults in echoed parameters: responses that repeat a value other than the one sent."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.echo import EchoesParameter
from conformance.contract.json import Json
from conformance.contract.operation import Parameter
from conformance.contract.pagination import PaginationBehavior
from conformance.contract.pointer import MISSING
from conformance.mock.fault import Fault
from conformance.mock.faults.mutations import mutate_value
from conformance.mock.faults.pagination import patch_list_metadata
from conformance.mock.faults.patches import ServicePatch, build_fault, is_list_operation
from conformance.mock.pagination import DEFAULT_PAGE_SIZE
from conformance.mock.part import MetadataField


def generate_wrong_echo_faults(
    contract: Contract, claim: Claim, promise: EchoesParameter
) -> Iterator[Fault]:
    """Yield faults in which a list response does not echo a parameter."""
    operation = contract.operations[claim.operation]
    parameter = operation.parameter(promise.parameter)
    if parameter is None or not is_list_operation(contract, claim.operation):
        return

    def patch_echoed_value(get_wrong_value: MetadataField) -> ServicePatch:
        return patch_list_metadata(
            claim.operation,
            lambda pointer, get_metadata: (
                get_wrong_value if pointer == promise.response_pointer else get_metadata
            ),
        )

    def choose_wrong_echo_value(value: Json) -> Json:
        return (
            next(
                (candidate for candidate in parameter.enum if candidate != value),
                mutate_value(value),
            )
            if parameter.enum
            else mutate_value(value)
        )

    def replace_echo_metadata_field(pointer: str, get_metadata: MetadataField) -> MetadataField:
        return (
            (
                lambda page, call: (
                    MISSING
                    if (value := get_metadata(page, call)) is MISSING
                    else choose_wrong_echo_value(value)
                )
            )
            if pointer == promise.response_pointer
            else get_metadata
        )

    yield build_fault(
        claim,
        "altered",
        f"{promise.response_pointer} holds another value",
        patch_list_metadata(claim.operation, replace_echo_metadata_field),
    )
    usual_value = _get_value_echoed_by_default(contract, claim.operation, parameter)
    if usual_value is not MISSING:
        yield build_fault(
            claim,
            "usual",
            f"{promise.response_pointer} always holds {usual_value}",
            patch_echoed_value(lambda page, call: usual_value),
        )


def _get_value_echoed_by_default(contract: Contract, operation: str, parameter: Parameter) -> Json:
    """Return the value that is echoed when the parameter is not sent.

    This is the documented default, or the first page number or default page size of the mock
    server. MISSING if there is none.
    """
    paginates = contract.find_behavior(operation, PaginationBehavior)
    if parameter.default is not MISSING or not isinstance(paginates, PaginationBehavior):
        return parameter.default
    return {
        paginates.page_parameter: paginates.first_page,
        paginates.size_parameter: DEFAULT_PAGE_SIZE,
    }.get(parameter.name, MISSING)


FAULTS = {"echo.parameter": generate_wrong_echo_faults}
