"""The emitted clients, in both flavours, keep every property for every operation."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .emitted import CONTRACTS, client_of, load
from .properties import PROPERTIES, Subject
from .server import FLAVOURS


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("name", CONTRACTS)
@pytest.mark.parametrize("holds", PROPERTIES, ids=lambda one: one.__name__)
def test_clients_keep_their_contract(
    holds: Callable[[Subject], None], name: str, flavour: str, seeds: list[str]
) -> None:
    """Requests, answers, errors, retries and pages are as the contract documents them; more seeds
    with --soak-seeds.
    """
    for seed in seeds:
        holds(
            Subject(
                contract=load(name),
                module=client_of(name),
                flavour=flavour,
                examples=(5 if flavour == "Client" else 2) if len(seeds) == 1 else 40,
                seed=int(seed),
            )
        )
