"""The catalog of faults: for each claim, the ways in which a server could violate it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.mock.fault import Fault
from conformance.mock.faults import (
    authorization,
    deletion,
    echo,
    filtering,
    lifecycle,
    ownership,
    pagination,
    precedence,
    query_dialect,
    request_bodies,
    requests,
    responses,
    side_effects,
    sorting,
    undeclared_inputs,
    uniqueness,
)

# The kind of the claim determines the type of the third argument, the claim's promise.
FAULT_GENERATORS: Mapping[str, Callable[[Contract, Claim, Any], Iterator[Fault]]] = {
    "requests.answers": requests.generate_wrong_success_status_faults,
    "requests.accepts-argument": requests.generate_valid_arguments_refusal_faults,
    "requests.accepts-header": requests.generate_valid_headers_refusal_faults,
    "requests.default": requests.generate_wrong_default_faults,
    "requests.refuses-argument": requests.generate_accepted_invalid_parameter_faults,
    "request_bodies.example": request_bodies.generate_valid_example_refusal_faults,
    "request_bodies.media-type": request_bodies.generate_refused_media_type_faults,
    "request_bodies.boundary": request_bodies.generate_valid_boundary_value_refusal_faults,
    "request_bodies.refuses": request_bodies.generate_accepted_invalid_body_faults,
    "responses.schema": responses.generate_response_body_schema_faults,
    "responses.media-type": responses.generate_wrong_media_type_faults,
    "responses.header": responses.generate_wrong_header_faults,
    "responses.status": responses.generate_undocumented_status_faults,
    "authorization.requires-credentials": authorization.generate_missing_authentication_faults,
    "authorization.accepts-alternative": authorization.generate_refused_alternative_faults,
    "authorization.allows-scope": authorization.generate_refused_allowed_scope_faults,
    "authorization.forbids-scope": authorization.generate_accepted_forbidden_scope_faults,
    "ownership.other-user": ownership.generate_other_user_faults,
    "sorting.order": sorting.generate_sort_order_faults,
    "filtering.glob": filtering.generate_glob_filter_faults,
    "filtering.unfiltered": filtering.generate_blank_filter_faults,
    "filtering.state": filtering.generate_state_filter_faults,
    "filtering.query": query_dialect.generate_query_operator_faults,
    "filtering.pattern-without-field": filtering.generate_pattern_without_field_faults,
    "precedence.ignored": precedence.generate_overridden_parameter_faults,
    "pagination.property": pagination.generate_paging_property_faults,
    "echo.parameter": echo.generate_wrong_echo_faults,
    "uniqueness.never-repeats": uniqueness.generate_repeated_unique_value_faults,
    "undeclared_inputs.ignored": undeclared_inputs.generate_undeclared_input_refusal_faults,
    "lifecycle.listed": lifecycle.generate_created_item_listing_faults,
    "lifecycle.returned": lifecycle.generate_wrong_create_response_faults,
    "lifecycle.stored": lifecycle.generate_wrong_created_field_faults,
    "lifecycle.distinct": lifecycle.generate_reused_item_on_create_faults,
    "lifecycle.fields-agree": lifecycle.generate_disagreeing_fields_faults,
    "lifecycle.parent": lifecycle.generate_wrong_parent_faults,
    "lifecycle.read": lifecycle.generate_read_differs_from_list_faults,
    "lifecycle.updated": lifecycle.generate_wrong_updated_field_faults,
    "lifecycle.switched": lifecycle.generate_flag_setting_faults,
    "lifecycle.no-side-effects": side_effects.generate_side_effect_faults,
    "lifecycle.refusal-changes-nothing": side_effects.generate_executed_refused_request_faults,
    "lifecycle.deleted": deletion.generate_incomplete_deletion_faults,
    "lifecycle.missing-id": deletion.generate_nonexistent_id_faults,
}


def list_contract_faults(contract: Contract) -> tuple[Fault, ...]:
    """Return the faults of all observable claims, in the order of the claims.

    Claims that are not binding are included.
    """
    return tuple(
        fault
        for claim in contract.claims
        if claim.unobservable is None
        for fault in FAULT_GENERATORS[claim.kind](contract, claim, claim.promise)
    )
