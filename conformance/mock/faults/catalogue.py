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
KINDS: Mapping[str, Callable[[Contract, Claim, Any], Iterator[Fault]]] = {
    "answering.answers": answering.answers,
    "answering.accepts": answering.accepts,
    "answering.headers": answering.headers,
    "answering.defaults": answering.defaults,
    "answering.refuses": answering.refuses,
    "writing.example": writing.example,
    "writing.bound": writing.bound,
    "writing.refuses": writing.refuses,
    "responding.shape": responding.shape,
    "responding.media": responding.media,
    "responding.documented": responding.documented,
    "authorising.demands": authorising.demands,
    "authorising.allows": authorising.allows,
    "authorising.forbids": authorising.forbids,
    "sorting.order": sorting.order,
    "filtering.glob": filtering.glob,
    "filtering.unfiltered": filtering.unfiltered,
    "filtering.state": filtering.state,
    "filtering.query": querying.query,
    "filtering.lone": filtering.lone,
    "overriding.inert": overriding.inert,
    "paging.paged": paging.paged,
    "echoing.echo": echoing.echo,
    "distinguishing.differs": distinguishing.differs,
    "tolerating.undeclared": tolerating.undeclared,
    "living.listed": living.listed,
    "living.answered": living.answered,
    "living.kept": living.kept,
    "living.fresh": living.fresh,
    "living.agrees": living.agrees,
    "living.belongs": living.belongs,
    "living.read": living.read,
    "living.replaced": living.replaced,
    "living.switched": living.switched,
    "living.untouched": sparing.untouched,
    "living.harmless": sparing.harmless,
    "living.gone": ending.gone,
    "living.unknown": ending.unknown,
}


def faults(contract: Contract) -> tuple[Fault, ...]:
    """Return the faults of all claims, binding or not, that a client could see broken, in the order
    of the claims.
    """
    return tuple(
        fault
        for claim in contract.claims
        if claim.unobservable is None
        for fault in KINDS[claim.kind](contract, claim, claim.promise)
    )
