"""The contracts that every test of the mock is for."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from conformance.contract import library
from conformance.contract.contract import Contract

TOY = Path(__file__).parent / "toy"
CONTRACTS = {"losant": ("losant", None), "losant-2017": ("losant", "2017"), "push-express": ("push-express", None), "toy": (str(TOY), None)}


@cache
def load(name: str) -> Contract:
    path, revision = CONTRACTS[name]
    return library.load(path, revision)


@pytest.fixture(params=CONTRACTS)
def contract(request: pytest.FixtureRequest) -> Contract:
    return load(request.param)
