"""The emitted clients of both flavors satisfy every property for every operation."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .emitted import CONTRACTS, get_client_package, load
from .properties import PROPERTIES, Subject
from .server import FLAVORS


@pytest.mark.parametrize("flavor", FLAVORS)
@pytest.mark.parametrize("name", CONTRACTS)
@pytest.mark.parametrize(
    "check_property", PROPERTIES, ids=lambda check_property: check_property.__name__
)
def test_emitted_clients_satisfy_property(
    check_property: Callable[[Subject], None], name: str, flavor: str, seeds: list[str]
) -> None:
    """Requests, responses, errors, retries and pages are as the contract documents them.
    --soak-seeds tries more seeds.
    """
    for seed in seeds:
        check_property(
            Subject(
                contract=load(name),
                module=get_client_package(name),
                flavor=flavor,
                examples=(5 if flavor == "Client" else 2) if len(seeds) == 1 else 40,
                seed=int(seed),
            )
        )
