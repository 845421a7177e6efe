"""Runs on a shared staging server: nobody is accused for the network or for other people, nothing
is left, no secret gets out.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.checks.exchange import Exchange
from conformance.embedded import TOKEN, collect_example_reference_ids, list_parent_ids, scoped_token
from conformance.report import result_recorder
from conformance.suite import plan as plans
from conformance.suite.events import ClaimDecided, RunFinished, Verdict
from conformance.suite.ledger import Ledger
from conformance.suite.run import run_plan
from conformance.suite.target import Target
from tests.suite.staging import Staging, contract, credentials, listening, neighbor

CONTRACTS = ["push-express", "losant"]


def target(staging: Staging, url: str, **given: object) -> Target:
    known = staging.contract
    ids = {**collect_example_reference_ids(known), **list_parent_ids(known, {})}
    scopes = {scope: scoped_token(scope) for scope in known.scopes}
    known_there = {"scoped_tokens": scopes, "fixtures": ids}
    return Target(url=url, token=TOKEN, **known_there, **given)  # type: ignore[arg-type]


def outcome(
    staging: Staging, url: str, seed: str = "1", workers: int | None = 4, **given: object
) -> tuple[dict[str, ClaimDecided], RunFinished]:
    plan = plans.generate_plan(staging.contract, seed)
    events = list(run_plan(plan, target(staging, url, **given), workers=workers, ledger=Ledger()))
    found = {event.claim.id: event for event in events if isinstance(event, ClaimDecided)}
    return found, events[-1]  # type: ignore[return-value]


def held(staging: Staging) -> str:
    """Return everything that the server holds, as text that can be compared."""
    return repr(sorted(repr(item) for item in everything(staging)))


def everything(staging: Staging) -> list[object]:
    resource = staging.contract.resources[0]
    found: list[object] = []
    path = staging.contract.operations[resource.list or ""].path
    known = list_parent_ids(staging.contract, {})
    places = [
        path.replace("{" + name + "}", one) for name, ids in known.items() for one in ids
    ] or [path]
    for place in places:
        for state in ("", "?archived=true"):
            found += json.loads(staging.call("GET", place + state).body)[resource.items_pointer[1:]]
    return found


@pytest.mark.parametrize("name", CONTRACTS)
def test_a_noisy_neighbor_causes_no_finding(name: str, seeds: list[str]) -> None:
    """While somebody else makes twenty changes a second, nothing is accused, and nearly all claims
    are decided.
    """
    for seed in seeds[:50]:
        staging = Staging(contract(name), seeds=5, seed=int(seed))
        with listening(staging) as url, neighbor(staging) as changes:
            found, _ = outcome(staging, url, seed)
        assert len(changes) > 5
        assert {
            id: one.findings[0].message
            for id, one in found.items()
            if one.verdict is Verdict.VIOLATED
        } == {}
        undecided = {
            id: one.reason for id, one in found.items() if one.verdict is Verdict.UNDECIDED
        }
        assert len(undecided) <= 0.05 * len(found), undecided


@pytest.mark.parametrize("name", CONTRACTS)
def test_a_failing_network_is_nobodys_fault(name: str) -> None:
    """With 30 % of requests failing with 502, 503, 504, resets and time-outs, the run ends, and
    accuses nobody.
    """
    staging = Staging(contract(name), failing=0.3)
    with listening(staging) as url:
        found, end = outcome(staging, url, workers=16, timeout=0.5)
    assert {
        id: one.findings[0].message for id, one in found.items() if one.verdict is Verdict.VIOLATED
    } == {}
    assert sum(one.verdict is Verdict.VERIFIED for one in found.values()) > 0.5 * len(found)
    assert end.target_down is False


@pytest.mark.parametrize("workers", [4, 16])
@pytest.mark.parametrize("name", CONTRACTS)
def test_verdicts_do_not_depend_on_workers(name: str, workers: int) -> None:
    """The same claims are decided alike by one worker and by many."""
    verdicts = []
    for count in (1, workers):
        staging = Staging(contract(name), seeds=3)
        with listening(staging) as url:
            found, _ = outcome(staging, url, workers=count)
        verdicts.append({id: one.verdict for id, one in found.items()})
    assert verdicts[0] == verdicts[1]


def command(*words: str, folder: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "XDG_STATE_HOME": str(folder), "COLUMNS": "200"}
    line = [sys.executable, "-m", "conformance", *words]
    return subprocess.Popen(
        line,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        cwd=folder,
    )


def test_a_living_run_is_left_alone_by_clean(tmp_path: Path) -> None:
    """What a run that still goes on has made is not cleaned away under it."""
    staging = Staging(contract("push-express"), latency=0.01)
    with listening(staging) as url:
        process = command(
            "run",
            "push-express",
            "--url",
            url,
            "--workers",
            "2",
            *credentials(staging.contract),
            folder=tmp_path,
        )
        while not any(line.startswith("POST") for line in staging.asked):
            time.sleep(0.01)
        cleaning = command(
            "clean",
            "push-express",
            "--url",
            url,
            "--older-than",
            "0s",
            *credentials(staging.contract),
            folder=tmp_path,
        )
        cleaned = cleaning.communicate()[0]
        output = process.communicate()[0]
    assert cleaning.returncode == 0, cleaned
    assert "0 removed, 0 left" in cleaned
    assert process.returncode == 0, output


def test_marks_are_cleaned_without_a_ledger(tmp_path: Path) -> None:
    """On another machine, which has no ledger, what bears an old mark is removed; young marks and
    strangers' things stay.
    """
    staging = Staging(contract("push-express"))
    for text in (
        "conformance-1600000000-abcd001-old",
        "conformance-9999999999-abcd001-young",
        "somebody's conformance-1600000000-abcd001",
    ):
        staging.call(
            "POST",
            "/app/groups",
            json.dumps({"name": text, "all_apps": True, "app_ids": []}).encode(),
        )
    with listening(staging) as url:
        cleaning = command(
            "clean",
            "push-express",
            "--url",
            url,
            "--older-than",
            "1h",
            *credentials(staging.contract),
            folder=tmp_path,
        )
        output = cleaning.communicate()[0]
    names = sorted(item["name"] for item in everything(staging))  # type: ignore[index]
    assert names == [
        "conformance-9999999999-abcd001-young",
        "somebody's conformance-1600000000-abcd001",
    ], output


def test_a_creation_that_names_another_thing_harms_nobody() -> None:
    """When a server answers a creation with the id of what somebody else made, that thing is
    neither changed nor removed.
    """
    staging = Staging(contract("push-express"))
    other = json.loads(
        staging.call(
            "POST",
            "/app/groups",
            json.dumps({"name": "theirs", "all_apps": True, "app_ids": []}).encode(),
        ).body
    )["id"]
    honest = staging.respond

    def respond(request):  # type: ignore[no-untyped-def]
        response = honest(request)
        if (
            request.method == "POST"
            and request.path.endswith("/app/groups")
            and response.status == 201
        ):
            return replace(
                response, body=json.dumps({**json.loads(response.body), "id": other}).encode()
            )
        return response

    with listening(staging) as url:
        staging.respond = respond  # type: ignore[method-assign]
        _, end = outcome(staging, url)
        staging.respond = honest  # type: ignore[method-assign]
    touched = [
        line
        for line in staging.asked
        if not line.startswith(("GET", "POST /api/b/v2/app/groups ")) and f"/{other}" in line
    ]
    assert touched == []
    names = {item["id"]: item["name"] for item in everything(staging)}  # type: ignore[index]
    assert names[other] == "theirs"
    assert end.leftovers != ()


def test_read_only_changes_nothing() -> None:
    """A run that may only read sends safe methods, and says of the other claims why they are
    undecided.
    """
    staging = Staging(contract("losant"), seeds=5)
    with listening(staging) as url:
        found, _ = outcome(staging, url, read_only=True)
    assert {line.split()[0] for line in staging.asked} == {"GET"}
    assert any("--read-only" in (one.reason or "") for one in found.values())


def test_lag_is_waited_for_where_it_is_allowed() -> None:
    """With reads that show a write only after a while, --settle keeps a run from accusing."""
    staging = Staging(contract("push-express"))
    honest, written = staging.respond, {"at": 0.0, "state": None}

    def respond(request):  # type: ignore[no-untyped-def]
        response = honest(request)
        if request.method in ("PUT",) or "archive" in request.path:
            written["at"] = time.monotonic()
        if (
            request.method == "GET"
            and "groups/" in request.path
            and response.status == 200
            and time.monotonic() - float(written["at"] or 0) < 0.15
        ):
            body = json.loads(response.body)
            return replace(
                response, body=json.dumps({**body, "archived": not body["archived"]}).encode()
            )
        return response

    staging.respond = respond  # type: ignore[method-assign]
    claim = next(
        one for one in staging.contract.claims if one.id == "archiveAppGroup/switches/archived"
    )
    verdicts = {}
    for settle in (0.0, 0.3):
        with listening(staging) as url:
            plan = plans.generate_plan(staging.contract, "1", only=[claim])
            events = list(run_plan(plan, target(staging, url, settle_seconds=settle), workers=1))
        verdicts[settle] = next(
            event.verdict for event in events if isinstance(event, ClaimDecided)
        )
    assert verdicts == {0.0: Verdict.VIOLATED, 0.3: Verdict.VERIFIED}


def test_a_target_that_goes_down_ends_the_run() -> None:
    """When the target goes away, what was decided stands, the rest says why not, and the run ends
    at once.
    """
    staging = Staging(contract("push-express"))
    found: dict[str, ClaimDecided] = {}
    with listening(staging) as url:
        events = run_plan(
            plans.generate_plan(staging.contract, "1"), target(staging, url, timeout=0.5), workers=2
        )
        for event in events:
            if isinstance(event, ClaimDecided):
                found[event.claim.id] = event
                if len(found) == 5:
                    staging.down = True
                    break
    began = time.monotonic()
    end = None
    for event in events:
        if isinstance(event, ClaimDecided):
            found[event.claim.id] = event
        end = event
    assert isinstance(end, RunFinished)
    assert end.target_down
    assert time.monotonic() - began < 30
    assert len(found) == len(staging.contract.claims)
    assert not any(one.verdict is Verdict.VIOLATED for one in found.values())


def test_no_artifact_holds_a_secret(tmp_path: Path) -> None:
    """Reports, ledger, archive, logs and errors are searched for every token that was used."""
    staging = Staging(contract("losant"))
    tokens = [TOKEN, *(scoped_token(scope) for scope in staging.contract.scopes)]
    with listening(staging) as url:
        files = [
            "--json",
            "r.json",
            "--junit",
            "r.xml",
            "--markdown",
            "r.md",
            "--html",
            "r.html",
            "--har",
            "r.har",
        ]
        process = command(
            "run",
            "losant",
            "--url",
            url,
            "--verbose",
            *files,
            *credentials(staging.contract),
            folder=tmp_path,
        )
        output = process.communicate()[0]
    assert process.returncode == 0, output
    (tmp_path / "output.txt").write_text(output)
    artifacts = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(artifacts) >= 6
    leaks = [
        (path.name, token)
        for path in artifacts
        for token in tokens
        if token.encode() in path.read_bytes()
    ]
    assert leaks == []


def test_evidence_is_masked() -> None:
    """Also where the server repeats the token in its answers."""
    staging = Staging(contract("push-express"))
    honest = staging.respond

    def respond(request):  # type: ignore[no-untyped-def]
        response = honest(request)
        return replace(
            response,
            headers=(*response.headers, ("x-echo", request.headers.get("authorization", ""))),
        )

    staging.respond = respond  # type: ignore[method-assign]
    with listening(staging) as url:
        events = list(
            run_plan(
                plans.generate_plan(staging.contract, "1", plans.RunProfile.QUICK),
                target(staging, url),
                workers=2,
            )
        )
    text = json.dumps(result_recorder.build_result_from_events(events))
    assert "$TOKEN" in text
    assert TOKEN not in text


def test_every_exchange_is_told(tmp_path: Path) -> None:
    """The tap hears every request that the server got, removals among them."""
    staging = Staging(contract("push-express"))
    heard: list[Exchange] = []
    with listening(staging) as url:
        list(
            run_plan(
                plans.generate_plan(staging.contract, "1", plans.RunProfile.QUICK),
                target(staging, url),
                recorder=heard.append,
                workers=4,
            )
        )
    assert len(heard) == len(staging.asked)
