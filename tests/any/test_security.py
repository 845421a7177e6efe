"""Credentials of every kind are sent in the documented location, and the suite checks that the
server requires them there.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.embedded import create_embedded_target
from conformance.mock.faults.catalog import list_contract_faults
from conformance.suite.events import Verdict
from conformance.suite.plan import RunProfile, generate_plan
from tests.judgment import decide_claims, get_violation_messages

from .documents import document
from .security import REQUIREMENTS, with_security
from .test_ordinary import saved


@pytest.mark.parametrize("profile", [RunProfile.STANDARD, RunProfile.QUICK])
@pytest.mark.parametrize("name", REQUIREMENTS)
def test_credential_claims_are_verified(tmp_path: Path, name: str, profile: RunProfile) -> None:
    """Every claim about credentials is verified by requests."""
    contract = saved(tmp_path, document(with_security(REQUIREMENTS[name])))
    decisions, _ = decide_claims(
        generate_plan(contract, "1", profile), create_embedded_target(contract)
    )
    assert get_violation_messages(decisions) == {}
    claim_ids = [id for id in decisions if "/credentials/" in id or "/scopes/" in id]
    assert {"listPets/credentials/missing", "createPet/credentials/invalid"} <= set(claim_ids)
    assert [] == [id for id in claim_ids if decisions[id].verdict is not Verdict.VERIFIED]


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_authorization_faults_are_detected(tmp_path: Path, name: str) -> None:
    """Each authorization fault in a read and in a creation violates its claim."""
    contract = saved(tmp_path, document(with_security(REQUIREMENTS[name])))
    plan = generate_plan(contract, "1", RunProfile.QUICK)
    faults = [
        fault
        for fault in list_contract_faults(contract)
        if fault.claim.startswith(("listPets/", "createPet/"))
        and ("/credentials/" in fault.claim or "/scopes/" in fault.claim)
    ]
    assert len(faults) >= 5
    undetected = [
        fault.id
        for fault in faults
        if fault.claim
        not in get_violation_messages(
            decide_claims(plan, create_embedded_target(contract, fault=fault))[0]
        )
    ]
    assert [] == undetected
