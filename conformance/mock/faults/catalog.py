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
    "requests.answers": requests.generate_success_status_faults,
    "requests.accepts-argument": requests.generate_acceptance_faults,
    "requests.accepts-header": requests.generate_header_faults,
    "requests.default": requests.generate_default_faults,
    "requests.refuses-argument": requests.generate_refusal_faults,
    "request_bodies.example": request_bodies.generate_body_example_faults,
    "request_bodies.boundary": request_bodies.generate_bound_faults,
    "request_bodies.refuses": request_bodies.generate_body_refusal_faults,
    "responses.schema": responses.generate_body_schema_faults,
    "responses.media-type": responses.generate_media_type_faults,
    "responses.status": responses.generate_documented_status_faults,
    "authorization.requires-credentials": authorization.generate_authentication_faults,
    "authorization.allows-scope": authorization.generate_allowed_scope_faults,
    "authorization.forbids-scope": authorization.generate_forbidden_scope_faults,
    "sorting.order": sorting.generate_order_faults,
    "filtering.glob": filtering.generate_glob_faults,
    "filtering.unfiltered": filtering.generate_blank_filter_faults,
    "filtering.state": filtering.generate_state_filter_faults,
    "filtering.query": query_dialect.generate_query_faults,
    "filtering.lone-pattern": filtering.generate_lone_pattern_faults,
    "precedence.ignored": precedence.generate_disabled_parameter_faults,
    "pagination.property": pagination.generate_paging_faults,
    "echo.parameter": echo.generate_echo_faults,
    "uniqueness.never-repeats": uniqueness.generate_uniqueness_faults,
    "undeclared_inputs.ignored": undeclared_inputs.generate_undeclared_input_faults,
    "lifecycle.listed": lifecycle.generate_list_membership_faults,
    "lifecycle.returned": lifecycle.generate_create_response_faults,
    "lifecycle.stored": lifecycle.generate_stored_value_faults,
    "lifecycle.distinct": lifecycle.generate_distinct_creation_faults,
    "lifecycle.fields-agree": lifecycle.generate_field_agreement_faults,
    "lifecycle.parent": lifecycle.generate_parent_faults,
    "lifecycle.read": lifecycle.generate_read_faults,
    "lifecycle.updated": lifecycle.generate_update_faults,
    "lifecycle.switched": lifecycle.generate_switch_faults,
    "lifecycle.no-side-effects": side_effects.generate_side_effect_faults,
    "lifecycle.refusal-changes-nothing": side_effects.generate_refused_request_faults,
    "lifecycle.deleted": deletion.generate_deletion_faults,
    "lifecycle.missing-id": deletion.generate_missing_id_faults,
}


def list_faults(contract: Contract) -> tuple[Fault, ...]:
    """Return the faults of all observable claims, in the order of the claims.

    Claims that are not binding are included.
    """
    return tuple(
        fault
        for claim in contract.claims
        if claim.unobservable is None
        for fault in FAULT_GENERATORS[claim.kind](contract, claim, claim.promise)
    )
