"""The faults of a contract: for each claim, the ways in which a server could fail to keep it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.mock.fault import Fault
from conformance.mock.faults import (
    answering,
    authorising,
    distinguishing,
    echoing,
    ending,
    filtering,
    living,
    overriding,
    paging,
    querying,
    responding,
    sorting,
    sparing,
    tolerating,
    writing,
)

# the second argument's promise has the type of the third, which the kind decides
FAULT_GENERATORS: Mapping[str, Callable[[Contract, Claim, Any], Iterator[Fault]]] = {
    "answering.answers": answering.generate_success_status_faults,
    "answering.accepts": answering.generate_acceptance_faults,
    "answering.headers": answering.generate_header_faults,
    "answering.defaults": answering.generate_default_faults,
    "answering.refuses": answering.generate_refusal_faults,
    "writing.example": writing.generate_body_example_faults,
    "writing.bound": writing.generate_bound_faults,
    "writing.refuses": writing.generate_body_refusal_faults,
    "responding.shape": responding.generate_body_schema_faults,
    "responding.media": responding.generate_media_type_faults,
    "responding.documented": responding.generate_documented_status_faults,
    "authorising.demands": authorising.generate_authentication_faults,
    "authorising.allows": authorising.generate_allowed_scope_faults,
    "authorising.forbids": authorising.generate_forbidden_scope_faults,
    "sorting.order": sorting.generate_order_faults,
    "filtering.glob": filtering.generate_glob_faults,
    "filtering.unfiltered": filtering.generate_blank_filter_faults,
    "filtering.state": filtering.generate_state_filter_faults,
    "filtering.query": querying.generate_query_faults,
    "filtering.lone": filtering.generate_lone_pattern_faults,
    "overriding.inert": overriding.generate_disabled_parameter_faults,
    "paging.paged": paging.generate_paging_faults,
    "echoing.echo": echoing.generate_echo_faults,
    "distinguishing.differs": distinguishing.generate_uniqueness_faults,
    "tolerating.undeclared": tolerating.generate_undeclared_input_faults,
    "living.listed": living.generate_list_membership_faults,
    "living.answered": living.generate_create_response_faults,
    "living.kept": living.generate_stored_value_faults,
    "living.fresh": living.generate_distinct_creation_faults,
    "living.agrees": living.generate_field_agreement_faults,
    "living.belongs": living.generate_parent_faults,
    "living.read": living.generate_read_faults,
    "living.replaced": living.generate_update_faults,
    "living.switched": living.generate_switch_faults,
    "living.untouched": sparing.generate_side_effect_faults,
    "living.harmless": sparing.generate_refused_request_faults,
    "living.gone": ending.generate_deletion_faults,
    "living.unknown": ending.generate_missing_id_faults,
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
