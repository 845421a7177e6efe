"""Runs on a shared staging server.

Network failures and other clients violate no claim, no items are left, and no secret is disclosed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
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
from tests.suite.staging import (
    StagingServer,
    build_credential_options,
    load_contract,
    run_other_client,
    run_staging_server,
)

CONTRACTS = ["push-express", "losant"]


def build_target(staging_server: StagingServer, url: str, **target_fields: object) -> Target:
    contract = staging_server.contract
    fixture_ids = {**collect_example_reference_ids(contract), **list_parent_ids(contract, {})}
    scopes = {scope: scoped_token(scope) for scope in contract.scopes}
    default_fields = {"scoped_tokens": scopes, "fixtures": fixture_ids}
    return Target(url=url, token=TOKEN, **default_fields, **target_fields)  # type: ignore[arg-type]


def decide_claims(
    staging_server: StagingServer,
    url: str,
    seed: str = "1",
    workers: int | None = 4,
    sleep: Callable[[float], None] = time.sleep,
    **target_fields: object,
) -> tuple[dict[str, ClaimDecided], RunFinished]:
    plan = plans.generate_plan(staging_server.contract, seed)
    events = list(
        run_plan(
            plan,
            build_target(staging_server, url, **target_fields),
            workers=workers,
            ledger=Ledger(),
            sleep=sleep,
        )
    )
    decisions = {event.claim.id: event for event in events if isinstance(event, ClaimDecided)}
    return decisions, events[-1]  # type: ignore[return-value]


def describe_items(staging_server: StagingServer) -> str:
    """Return a text of all items on the server, for comparisons."""
    return repr(sorted(repr(item) for item in list_items(staging_server)))


def list_items(staging_server: StagingServer) -> list[object]:
    resource = staging_server.contract.resources[0]
    items: list[object] = []
    path = staging_server.contract.operations[resource.list or ""].path
    parent_ids = list_parent_ids(staging_server.contract, {})
    paths = [
        path.replace("{" + name + "}", parent_id)
        for name, ids in parent_ids.items()
        for parent_id in ids
    ] or [path]
    for list_path in paths:
        for state in ("", "?archived=true"):
            items += json.loads(staging_server.call("GET", list_path + state).body)[
                resource.items_pointer[1:]
            ]
    return items


@pytest.mark.parametrize("name", CONTRACTS)
def test_noisy_neighbor_causes_no_finding(name: str, seeds: list[str]) -> None:
    """Another client makes twenty changes per second.

    No claim is violated, and nearly all claims are decided.
    """
    for seed in seeds[:50]:
        staging_server = StagingServer(load_contract(name), item_count=5, seed=int(seed))
        with run_staging_server(staging_server) as url, run_other_client(staging_server) as actions:
            decisions, _ = decide_claims(staging_server, url, seed)
        assert len(actions) > 5
        assert {
            claim_id: decision.findings[0].message
            for claim_id, decision in decisions.items()
            if decision.verdict is Verdict.VIOLATED
        } == {}
        undecided = {
            claim_id: decision.reason
            for claim_id, decision in decisions.items()
            if decision.verdict is Verdict.UNDECIDED
        }
        assert len(undecided) <= 0.05 * len(decisions), undecided


@pytest.mark.parametrize("name", CONTRACTS)
def test_failing_network_causes_no_violation(name: str) -> None:
    """If 30 % of the requests fail, the run ends, and no claim is violated.

    They fail with 502, 503, 504, resets and time-outs.
    """
    staging_server = StagingServer(load_contract(name), failure_rate=0.3)
    with run_staging_server(staging_server) as url:
        decisions, end = decide_claims(
            staging_server,
            url,
            workers=16,
            timeout=0.1,
            sleep=lambda seconds: time.sleep(seconds / 10),  # the pauses before retries
        )
    assert {
        claim_id: decision.findings[0].message
        for claim_id, decision in decisions.items()
        if decision.verdict is Verdict.VIOLATED
    } == {}
    assert sum(decision.verdict is Verdict.VERIFIED for decision in decisions.values()) > 0.5 * len(
        decisions
    )
    assert end.target_down is False


@pytest.mark.parametrize("workers", [4, 16])
@pytest.mark.parametrize("name", CONTRACTS)
def test_verdicts_do_not_depend_on_workers(name: str, workers: int) -> None:
    """One worker and many workers give the same verdicts."""
    verdicts = []
    for count in (1, workers):
        staging_server = StagingServer(load_contract(name), item_count=3)
        with run_staging_server(staging_server) as url:
            decisions, _ = decide_claims(staging_server, url, workers=count)
        verdicts.append({claim_id: decision.verdict for claim_id, decision in decisions.items()})
    assert verdicts[0] == verdicts[1]


def start_command(*arguments: str, folder: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "XDG_STATE_HOME": str(folder), "COLUMNS": "200"}
    command_line = [sys.executable, "-m", "conformance", *arguments]
    return subprocess.Popen(
        command_line,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        cwd=folder,
    )


def test_clean_does_not_affect_a_live_run(tmp_path: Path) -> None:
    """Items of a live run are not deleted by `clean`."""
    staging_server = StagingServer(load_contract("push-express"), latency=0.01)
    with run_staging_server(staging_server) as url:
        process = start_command(
            "run",
            "push-express",
            "--url",
            url,
            "--workers",
            "2",
            *build_credential_options(staging_server.contract),
            folder=tmp_path,
        )
        while not any(request.startswith("POST") for request in staging_server.requests):
            time.sleep(0.01)
        clean_process = start_command(
            "clean",
            "push-express",
            "--url",
            url,
            "--older-than",
            "0s",
            *build_credential_options(staging_server.contract),
            folder=tmp_path,
        )
        clean_output = clean_process.communicate()[0]
        output = process.communicate()[0]
    assert clean_process.returncode == 0, clean_output
    assert "0 removed, 0 left" in clean_output
    assert process.returncode == 0, output


def test_items_are_cleaned_up_without_a_ledger(tmp_path: Path) -> None:
    """On another machine without the ledger, items with an old mark are deleted.

    Items with a young mark and foreign items stay.
    """
    staging_server = StagingServer(load_contract("push-express"))
    for text in (
        "conformance-1600000000-abcd001-old",
        "conformance-9999999999-abcd001-young",
        "somebody's conformance-1600000000-abcd001",
    ):
        staging_server.call(
            "POST",
            "/app/groups",
            json.dumps({"name": text, "all_apps": True, "app_ids": []}).encode(),
        )
    with run_staging_server(staging_server) as url:
        clean_process = start_command(
            "clean",
            "push-express",
            "--url",
            url,
            "--older-than",
            "1h",
            *build_credential_options(staging_server.contract),
            folder=tmp_path,
        )
        output = clean_process.communicate()[0]
    names = sorted(item["name"] for item in list_items(staging_server))  # type: ignore[index]
    assert names == [
        "conformance-9999999999-abcd001-young",
        "somebody's conformance-1600000000-abcd001",
    ], output


def test_creation_that_returns_a_foreign_id_changes_nothing() -> None:
    """A foreign item whose id is in the response to a creation is not changed or deleted."""
    staging_server = StagingServer(load_contract("push-express"))
    foreign_id = json.loads(
        staging_server.call(
            "POST",
            "/app/groups",
            json.dumps({"name": "theirs", "all_apps": True, "app_ids": []}).encode(),
        ).body
    )["id"]
    original_respond = staging_server.respond

    def respond(request):  # type: ignore[no-untyped-def]
        response = original_respond(request)
        if (
            request.method == "POST"
            and request.path.endswith("/app/groups")
            and response.status == 201
        ):
            return replace(
                response, body=json.dumps({**json.loads(response.body), "id": foreign_id}).encode()
            )
        return response

    with run_staging_server(staging_server) as url:
        staging_server.respond = respond  # type: ignore[method-assign]
        _, end = decide_claims(staging_server, url)
        staging_server.respond = original_respond  # type: ignore[method-assign]
    changing_requests = [
        request_line
        for request_line in staging_server.requests
        if not request_line.startswith(("GET", "POST /api/b/v2/app/groups "))
        and f"/{foreign_id}" in request_line
    ]
    assert changing_requests == []
    names = {item["id"]: item["name"] for item in list_items(staging_server)}  # type: ignore[index]
    assert names[foreign_id] == "theirs"
    assert end.leftovers != ()


def test_read_only_changes_nothing() -> None:
    """A read-only run sends safe methods only.

    The other claims are undecided, with a reason.
    """
    staging_server = StagingServer(load_contract("losant"), item_count=5)
    with run_staging_server(staging_server) as url:
        decisions, _ = decide_claims(staging_server, url, read_only=True)
    assert {request.split()[0] for request in staging_server.requests} == {"GET"}
    assert any("--read-only" in (decision.reason or "") for decision in decisions.values())


def test_settle_time_allows_for_lag() -> None:
    """If reads lag behind writes, --settle prevents a violation."""
    staging_server = StagingServer(load_contract("push-express"))
    original_respond, written = staging_server.respond, {"at": 0.0, "state": None}

    def respond(request):  # type: ignore[no-untyped-def]
        response = original_respond(request)
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

    staging_server.respond = respond  # type: ignore[method-assign]
    claim = next(
        candidate
        for candidate in staging_server.contract.claims
        if candidate.id == "archiveAppGroup/switches/archived"
    )
    verdicts = {}
    for settle in (0.0, 0.3):
        with run_staging_server(staging_server) as url:
            plan = plans.generate_plan(staging_server.contract, "1", only=[claim])
            events = list(
                run_plan(plan, build_target(staging_server, url, settle_seconds=settle), workers=1)
            )
        verdicts[settle] = next(
            event.verdict for event in events if isinstance(event, ClaimDecided)
        )
    assert verdicts == {0.0: Verdict.VIOLATED, 0.3: Verdict.VERIFIED}


def test_target_that_goes_down_ends_the_run() -> None:
    """If the target goes down, the run ends at once.

    Decided claims keep their verdicts, and the others have a reason.
    """
    staging_server = StagingServer(load_contract("push-express"))
    decisions: dict[str, ClaimDecided] = {}
    with run_staging_server(staging_server) as url:
        events = run_plan(
            plans.generate_plan(staging_server.contract, "1"),
            build_target(staging_server, url, timeout=0.5),
            workers=2,
        )
        for event in events:
            if isinstance(event, ClaimDecided):
                decisions[event.claim.id] = event
                if len(decisions) == 5:
                    staging_server.down = True
                    break
    started_at = time.monotonic()
    end = None
    for event in events:
        if isinstance(event, ClaimDecided):
            decisions[event.claim.id] = event
        end = event
    assert isinstance(end, RunFinished)
    assert end.target_down
    assert time.monotonic() - started_at < 30
    assert len(decisions) == len(staging_server.contract.claims)
    assert not any(decision.verdict is Verdict.VIOLATED for decision in decisions.values())


def test_no_artifact_contains_a_secret(tmp_path: Path) -> None:
    """Reports, ledger, archive, logs and errors contain none of the tokens."""
    staging_server = StagingServer(load_contract("losant"))
    tokens = [TOKEN, *(scoped_token(scope) for scope in staging_server.contract.scopes)]
    with run_staging_server(staging_server) as url:
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
        process = start_command(
            "run",
            "losant",
            "--url",
            url,
            "--verbose",
            *files,
            *build_credential_options(staging_server.contract),
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
    """Tokens are masked even if the server repeats them in its responses."""
    staging_server = StagingServer(load_contract("push-express"))
    original_respond = staging_server.respond

    def respond(request):  # type: ignore[no-untyped-def]
        response = original_respond(request)
        return replace(
            response,
            headers=(*response.headers, ("x-echo", request.headers.get("authorization", ""))),
        )

    staging_server.respond = respond  # type: ignore[method-assign]
    with run_staging_server(staging_server) as url:
        events = list(
            run_plan(
                plans.generate_plan(staging_server.contract, "1", plans.RunProfile.QUICK),
                build_target(staging_server, url),
                workers=2,
            )
        )
    text = json.dumps(result_recorder.build_result_from_events(events).to_json())
    assert "$TOKEN" in text
    assert TOKEN not in text


def test_every_exchange_is_recorded(tmp_path: Path) -> None:
    """The recorder is called for every request that the server got, deletions included."""
    staging_server = StagingServer(load_contract("push-express"))
    exchanges: list[Exchange] = []
    with run_staging_server(staging_server) as url:
        list(
            run_plan(
                plans.generate_plan(staging_server.contract, "1", plans.RunProfile.QUICK),
                build_target(staging_server, url),
                recorder=exchanges.append,
                workers=4,
            )
        )
    assert len(exchanges) == len(staging_server.requests)
