"""Drawn contracts: no honest server is accused, and nothing fails without a message.

Two honest servers are made from each contract: the mock, and one that shares no code with this
project. The examples are the same in every run; `nox -s soak` draws fresh ones, as many as
CONFORMANCE_EXAMPLES says.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml
from hypothesis import HealthCheck, given, settings

from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.loader import load_contract
from conformance.embedded import create_embedded_target
from conformance.suite.events import ClaimDecided, Verdict
from conformance.suite.plan import RunProfile, generate_plan
from conformance.suite.target import Target
from tests.judgment import decide_claims, get_violation_messages

from .contracts import contracts
from .hollow import list_hollow_verdicts
from .independent import SecondServer

EXAMPLES = int(os.environ.get("CONFORMANCE_EXAMPLES", "0"))
PROFILES = (RunProfile.STANDARD, RunProfile.QUICK)
SECRET = "ada:a-password-of-ours"  # the second server knows one secret for all schemes
NO_SCOPED_TOKEN = "it needs a token whose only scope"  # the second server issues none
MOST_UNDECIDED = 0.05  # of the claims of a contract


def drawn(count: int) -> settings:
    """Return how contracts are drawn: so many alike in each run, or fresh ones in the soak."""
    return settings(
        max_examples=EXAMPLES or count,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@contextmanager
def written(document: Json) -> Iterator[tuple[Path, Contract]]:
    """Yield a file with a document, and the contract that it is."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "openapi.yaml"
        file.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), "utf-8")
        yield file, load_contract(str(file))


def assert_honest(found: dict[str, ClaimDecided]) -> None:
    """Nothing is violated, plain requests succeed, and little is undecided."""
    assert get_violation_messages(found) == {}
    assert found["createPet/answers"].verdict is Verdict.VERIFIED
    undecided = {
        id: one.reason
        for id, one in found.items()
        if one.verdict is Verdict.UNDECIDED and not one.reason.startswith(NO_SCOPED_TOKEN)
    }
    assert len(undecided) <= max(2, MOST_UNDECIDED * len(found)), undecided


@drawn(24)
@given(contracts())
def test_the_honest_mock_is_never_accused(document: Json) -> None:
    """A standard and a quick run violate nothing, and decide nearly everything."""
    with written(document) as (_, contract):
        for profile in PROFILES:
            plan = generate_plan(contract, "1", profile)
            assert_honest(decide_claims(plan, create_embedded_target(contract))[0])


@drawn(8)
@given(contracts(with_prefixes=False))
def test_nor_is_a_server_by_others(second: SecondServer, document: Json) -> None:
    """Neither is a server that was made from the same document by other code.

    It has seen, for each verified claim, a request with what the claim is about.
    """
    with written(document) as (file, contract):
        for profile in PROFILES:
            base = second.serve(file, SECRET)
            target = Target(url=base, token=SECRET, user=SECRET, exclusive=True)
            found = decide_claims(generate_plan(contract, "1", profile), target)[0]
            assert_honest(found)
            assert list_hollow_verdicts(found, second.get_log(base)) == []
            assert list_hollow_verdicts(found, [])  # without requests, every verdict is hollow
            second.drop(base)
