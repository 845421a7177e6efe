"""Fixtures: each contract under test."""

from __future__ import annotations

import pytest

from conformance.contract.contract import Contract

from .contracts import CONTRACTS, load


@pytest.fixture(params=CONTRACTS)
def contract(request: pytest.FixtureRequest) -> Contract:
    """Return one of the contracts; a test runs once for each."""
    return load(request.param)
