"""The contracts that the tests of the mock use."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from conformance.contract import loader
from conformance.contract.contract import Contract

TOY = Path(__file__).parent / "toy"
CONTRACTS = {
    "losant": ("losant", None),
    "losant-2017": ("losant", "2017"),
    "push-express": ("push-express", None),
    "toy": (str(TOY), None),
}


@cache
def load(name: str) -> Contract:
    """Return the contract of that name; it is loaded once."""
    path, revision = CONTRACTS[name]
    return loader.load_contract(path, revision)
