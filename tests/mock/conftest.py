"""Fixtures: each contract in turn."""

from __future__ import annotations

import pytest

from conformance.contract.contract import Contract

from .contracts import CONTRACTS, load


@pytest.fixture(params=CONTRACTS)
def contract(request: pytest.FixtureRequest) -> Contract:
    """Return each of the contracts."""
    return load(request.param)
