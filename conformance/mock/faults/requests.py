"""Faults in the handling of requests: wrong statuses, defaults, refusals and headers.

Valid requests are refused, wrong defaults are applied, invalid parameter values are accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import unquote_plus

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.echo import Echoes
from conformance.contract.equality import json_equal
from conformance.contract.json import Json
from conformance.contract.location import ParameterLocation
from conformance.contract.operation import Parameter
from conformance.contract.pagination import PaginationBehavior
from conformance.contract.parameter_decoding import build_parameter_decoder
from conformance.contract.pointer import MISSING
from conformance.contract.requests import (
    AcceptsArguments,
    AcceptsHeaders,
    AcceptsMinimalRequest,
    AppliesParameterDefault,
    RefusesInvalidParameter,
)
from conformance.mock.argument import BLANK, ParameterParser
from conformance.mock.bound_call import BoundCall
from conformance.mock.fault import Fault
from conformance.mock.faults.patches import (
    ServicePatch,
    build_fault,
    is_list_operation,
    patch_list_action,
    patch_parameter_binder,
    patch_responses,
    patch_to_refuse_matching_calls,
)
from conformance.mock.listing import ListAction
from conformance.mock.message import MockResponse
from conformance.mock.part import MetadataField
from conformance.mock.refusal import Refusal
from conformance.mock.requests import ParameterBinder
from conformance.mock.responses import get_documented_status_code

WRONG_STATUSES = {200: 202, 201: 200, 202: 200, 204: 200}


def generate_wrong_success_status_faults(
    contract: Contract, claim: Claim, promise: AcceptsMinimalRequest
) -> Iterator[Fault]:
    """Yield the fault that a valid request gets an undocumented success status."""
    documented_status = get_documented_status_code(
        contract.operations[claim.operation].success_response
    )
    wrong_status = WRONG_STATUSES.get(documented_status, 200)

    def set_wrong_status(response: MockResponse) -> MockResponse:
        return (
            replace(response, status=wrong_status)
            if response.status == documented_status
            else response
        )

    yield build_fault(
        claim,
        "other-status",
        f"success is told with {wrong_status}",
        patch_responses(claim.operation, set_wrong_status),
    )


def generate_valid_arguments_refusal_faults(
    contract: Contract, claim: Claim, promise: AcceptsArguments
) -> Iterator[Fault]:
    """Yield the fault that a request with the arguments of the promise is refused."""

    def has_arguments(call: BoundCall) -> bool:
        return all(_has_argument(call, name, value) for name, value in promise.arguments.items())

    yield build_fault(
        claim,
        "refused",
        "such a request is taken for malformed",
        patch_to_refuse_matching_calls(
            claim.operation, has_arguments, "this combination is not supported"
        ),
    )


def _has_argument(call: BoundCall, name: str, value: Json) -> bool:
    sent = call.sent.get(name, call.path_arguments.get(name, MISSING))
    return sent is MISSING if value is MISSING else json_equal(sent, value)


def generate_valid_headers_refusal_faults(
    contract: Contract, claim: Claim, promise: AcceptsHeaders
) -> Iterator[Fault]:
    """Yield the fault that a request with the headers of the promise is refused."""

    def has_headers(call: BoundCall) -> bool:
        return all(
            value.lower() in call.request.headers.get(name.lower(), "").lower()
            for name, value in promise.headers.items()
        )

    yield build_fault(
        claim,
        "refused",
        "a content type on a request without a body is refused",
        patch_to_refuse_matching_calls(claim.operation, has_headers, "there is no body"),
    )


def generate_wrong_default_faults(
    contract: Contract, claim: Claim, promise: AppliesParameterDefault
) -> Iterator[Fault]:
    """Yield faults in which a wrong default of a parameter is applied.

    In one variant, a list operation still reports the documented default in its metadata.
    """
    operation, name = contract.operations[claim.operation], promise.parameter
    parameter = operation.parameter(name)
    paginates = contract.find_behavior(claim.operation, PaginationBehavior)
    is_page_size = isinstance(paginates, PaginationBehavior) and paginates.size_parameter == name
    if parameter is None:
        return
    wrong_default = (
        max(1, promise.default // 10)
        if is_page_size
        else _choose_wrong_default(parameter, promise.default)
    )
    yield build_fault(
        claim,
        "another",
        f"{wrong_default} is in force when {name} is left out",
        _patch_default(claim.operation, name, wrong_default),
    )
    if is_list_operation(contract, claim.operation):
        hidden_default = 1 if is_page_size else wrong_default
        report_documented_default = _patch_default_reported_in_metadata(
            contract, claim.operation, name, promise.default
        )
        text = (
            f"{hidden_default} is in force when {name} is left out, and {promise.default} is told"
        )
        yield build_fault(
            claim,
            "untold",
            text,
            lambda service: report_documented_default(
                _patch_default(claim.operation, name, hidden_default)(service)
            ),
        )


def _choose_wrong_default(parameter: Parameter, default: Json) -> Json:
    if parameter.enum:
        return next((value for value in reversed(parameter.enum) if value != default), default)
    if isinstance(default, bool):
        return not default
    return default + 1 if isinstance(default, int | float) else f"{default}x"


def _patch_default(operation: str, name: str, value: Json) -> ServicePatch:
    return patch_parameter_binder(
        operation, lambda binder: replace(binder, defaults={**binder.defaults, name: value})
    )


def _patch_default_reported_in_metadata(
    contract: Contract, operation: str, name: str, default: Json
) -> ServicePatch:
    pointers = {
        pointer
        for behavior in contract.list_behaviors(operation, Echoes)
        for pointer, parameter in behavior.parameters_by_pointer.items()
        if parameter == name
    }

    def report_default(get_metadata: MetadataField) -> MetadataField:
        return lambda page, call: get_metadata(page, call) if name in call.sent else default

    def replace_default_in_metadata(listing: ListAction) -> ListAction:
        return replace(
            listing,
            metadata_fields={
                pointer: report_default(get_metadata) if pointer in pointers else get_metadata
                for pointer, get_metadata in listing.metadata_fields.items()
            },
        )

    return patch_list_action(operation, replace_default_in_metadata)


def generate_accepted_invalid_parameter_faults(
    contract: Contract, claim: Claim, promise: RefusesInvalidParameter
) -> Iterator[Fault]:
    """Yield faults in which an invalid value is ignored, or makes the server fail."""
    parameter = contract.operations[claim.operation].parameter(promise.parameter)
    if parameter is None:
        return
    violates = _build_parameter_violation_predicate(parameter, promise)
    if parameter.location is not ParameterLocation.PATH:
        yield build_fault(
            claim,
            "passed-over",
            "such a value is passed over without a word",
            patch_parameter_binder(
                claim.operation,
                lambda binder: _make_binder_parse_refused_texts(
                    binder, parameter, violates, _parse_as_blank
                ),
            ),
        )
    yield build_fault(
        claim,
        "crashes",
        "such a value makes the server fail",
        patch_parameter_binder(
            claim.operation,
            lambda binder: _make_binder_parse_refused_texts(
                binder, parameter, violates, _raise_server_error
            ),
        ),
    )


def _parse_as_blank(text: str) -> Json:
    return BLANK


def _raise_server_error(text: str) -> Json:
    raise Refusal(500, "something went wrong")


def _make_binder_parse_refused_texts(
    binder: ParameterBinder,
    parameter: Parameter,
    violates: Callable[[str], bool],
    fallback: Callable[[str], Json],
) -> ParameterBinder:
    def make_parser_lenient(parse: ParameterParser) -> ParameterParser:
        def parse_with_fallback(text: str) -> Json:
            try:
                return parse(text)
            except Refusal:
                if violates(text):
                    return fallback(text)
                raise

        return parse_with_fallback

    def replace_parsers(parsers: dict[str, ParameterParser]) -> dict[str, ParameterParser]:
        return {
            name: make_parser_lenient(parse) if name == parameter.name else parse
            for name, parse in parsers.items()
        }

    header_parsers = {
        lower_name: (name, replace_parsers({name: parse})[name])
        for lower_name, (name, parse) in binder.headers.items()
    }
    return replace(
        binder,
        path_parsers=tuple(replace_parsers(dict(binder.path_parsers)).items()),
        query=replace_parsers(dict(binder.query)),
        cookies=replace_parsers(dict(binder.cookies)),
        headers=header_parsers,
    )


def _build_parameter_violation_predicate(
    parameter: Parameter, promise: RefusesInvalidParameter
) -> Callable[[str], bool]:
    """Return a predicate for texts that violate the schema in the way the promise describes.

    If the promise names a value, the text must violate the same parts of the schema as that value.
    Otherwise it must violate the keyword of the promise.
    """
    validator = parameter.schema.compile()
    decode = build_parameter_decoder(parameter).decode
    expected_pointers = (
        {violation.schema_pointer for violation in validator.find_violations(promise.value)}
        if promise.value is not MISSING
        else None
    )

    def violates_as_promised(text: str) -> bool:
        try:
            value = decode(text)
        except ValueError:
            if parameter.media_type:
                return promise.keyword == "type"
            value = unquote_plus(text)
        violations = list(validator.find_violations(value))
        if expected_pointers is None:
            return any(violation.keyword == promise.keyword for violation in violations)
        return {violation.schema_pointer for violation in violations} == expected_pointers

    return violates_as_promised


FAULTS = {
    "requests.answers": generate_wrong_success_status_faults,
    "requests.accepts-argument": generate_valid_arguments_refusal_faults,
    "requests.accepts-header": generate_valid_headers_refusal_faults,
    "requests.default": generate_wrong_default_faults,
    "requests.refuses-argument": generate_accepted_invalid_parameter_faults,
}
