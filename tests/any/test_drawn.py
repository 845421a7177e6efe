"""Drawn contracts: the honest mock of none is accused, and nothing fails without a message.

The examples are the same in every run; `nox -s soak` draws fresh ones, as many as
CONFORMANCE_EXAMPLES says.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import yaml
from hypothesis import HealthCheck, given, settings

from conformance.contract.json import Json
from conformance.contract.loader import load_contract
from conformance.embedded import create_embedded_target
from conformance.suite.plan import RunProfile, generate_plan
from tests.judgment import decided, violated

from .contracts import contracts

EXAMPLES = int(os.environ.get("CONFORMANCE_EXAMPLES", "0"))


@settings(
    max_examples=EXAMPLES or 40,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(contracts())
def test_the_honest_mock_is_never_accused(drawn: Json) -> None:
    """A standard and a quick run violate nothing, and see that a plain request succeeds."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "openapi.yaml"
        file.write_text(yaml.safe_dump(drawn, sort_keys=False, allow_unicode=True), "utf-8")
        contract = load_contract(str(file))
    for profile in (RunProfile.STANDARD, RunProfile.QUICK):
        plan = generate_plan(contract, "1", profile)
        found, _ = decided(plan, create_embedded_target(contract))
        assert violated(found) == {}
        assert str(found["createPet/answers"].verdict) == "verified"
