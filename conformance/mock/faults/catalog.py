"""The faults of a contract: for each claim, the ways in which a server could fail to keep it."""

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

# the second argument's promise has the type of the third, which the kind decides
FAULT_GENERATORS: Mapping[str, Callable[[Contract, Claim, Any], Iterator[Fault]]] = {
    "answering.answers": requests.generate_success_status_faults,
    "answering.accepts": requests.generate_acceptance_faults,
    "answering.headers": requests.generate_header_faults,
    "answering.defaults": requests.generate_default_faults,
    "answering.refuses": requests.generate_refusal_faults,
    "writing.example": request_bodies.generate_body_example_faults,
    "writing.bound": request_bodies.generate_bound_faults,
    "writing.refuses": request_bodies.generate_body_refusal_faults,
    "responding.shape": responses.generate_body_schema_faults,
    "responding.media": responses.generate_media_type_faults,
    "responding.documented": responses.generate_documented_status_faults,
    "authorizing.demands": authorization.generate_authentication_faults,
    "authorizing.allows": authorization.generate_allowed_scope_faults,
    "authorizing.forbids": authorization.generate_forbidden_scope_faults,
    "sorting.order": sorting.generate_order_faults,
    "filtering.glob": filtering.generate_glob_faults,
    "filtering.unfiltered": filtering.generate_blank_filter_faults,
    "filtering.state": filtering.generate_state_filter_faults,
    "filtering.query": query_dialect.generate_query_faults,
    "filtering.lone": filtering.generate_lone_pattern_faults,
    "overriding.inert": precedence.generate_disabled_parameter_faults,
    "paging.paged": pagination.generate_paging_faults,
    "echoing.echo": echo.generate_echo_faults,
    "distinguishing.differs": uniqueness.generate_uniqueness_faults,
    "tolerating.undeclared": undeclared_inputs.generate_undeclared_input_faults,
    "living.listed": lifecycle.generate_list_membership_faults,
    "living.answered": lifecycle.generate_create_response_faults,
    "living.kept": lifecycle.generate_stored_value_faults,
    "living.fresh": lifecycle.generate_distinct_creation_faults,
    "living.agrees": lifecycle.generate_field_agreement_faults,
    "living.belongs": lifecycle.generate_parent_faults,
    "living.read": lifecycle.generate_read_faults,
    "living.replaced": lifecycle.generate_update_faults,
    "living.switched": lifecycle.generate_switch_faults,
    "living.untouched": side_effects.generate_side_effect_faults,
    "living.harmless": side_effects.generate_refused_request_faults,
    "living.gone": deletion.generate_deletion_faults,
    "living.unknown": deletion.generate_missing_id_faults,
}


def list_faults(contract: Contract) -> tuple[Fault, ...]:
    """Return the faults of all claims, binding or not, that a client could see broken, in the order
    of the claims.
    """
    return tuple(
        fault
        for claim in contract.claims
        if claim.unobservable is None
        for fault in FAULT_GENERATORS[claim.kind](contract, claim, claim.promise)
    )
