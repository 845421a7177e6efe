"""What the traffic of others shows: clients that know nothing of the proxy, and servers that keep
their promises or break one.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import losant_rest
import pytest

from conformance.contract import loader
from conformance.embedded import TOKEN, collect_example_reference_ids, list_parent_ids, scoped_token
from conformance.report.har import HarRecorder
from conformance.suite import plan as plans
from conformance.suite.events import ClaimDecided, RunFinished, Verdict
from conformance.suite.run import run_plan
from conformance.suite.target import Target
from tests.proxy.rig import Rig, mocked, passing, proxied, wired

APPLICATION = "575ec8687ae143cd83dc4a97"
GROUPS = f"/applications/{APPLICATION}/experience/groups"
NAMES = ("delta", "alpha", "bravo", "charlie")


def by_httpx(rig: Rig) -> None:
    """Do what a plain program does: make some groups, list them in a few ways, ask for what is not
    there.
    """
    with httpx.Client(
        base_url=rig.url, headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False
    ) as client:
        for name in NAMES:
            client.post(GROUPS, json={"name": name})
        for _ in range(2):
            for direction in ("asc", "desc"):
                client.get(GROUPS, params={"sortField": "name", "sortDirection": direction})
            client.get(GROUPS, params={"perPage": 2, "page": 0})
            client.get(GROUPS, params={"filterField": "name", "filter": "alph*"})
            client.get(GROUPS, params={"perPage": "nonsense"})
            client.get(GROUPS.replace(APPLICATION, "f" * 24))


def by_losant_rest(rig: Rig) -> None:
    """Do the same with the vendor's own client."""
    groups = losant_rest.Client(auth_token=TOKEN, url=rig.url).experience_groups
    for name in NAMES:
        groups.post(applicationId=APPLICATION, experienceGroup={"name": name})
    for _ in range(2):
        for direction in ("asc", "desc"):
            groups.get(applicationId=APPLICATION, sortField="name", sortDirection=direction)
        groups.get(applicationId=APPLICATION, perPage=2, page=0)
        groups.get(applicationId=APPLICATION, filterField="name", filter="alph*")


FAULTS = [
    "listExperienceGroups/perPage/echo!altered",
    "listExperienceGroups/count/count!one-more",
    "listExperienceGroups/perPage/size!one-more",
    "listExperienceGroups/filter/prefix/name!ignored",
    "listExperienceGroups/sortDirection/descends-by/name!reversed",
]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("drive", [by_httpx, by_losant_rest])
def test_a_broken_promise_is_found(fault: str, drive: Callable[[Rig], None]) -> None:
    """Ordinary traffic that exercises a broken promise violates that claim and no other."""
    with mocked("losant", fault) as rig:
        drive(rig)
    assert rig.violated() == [fault.partition("!")[0]]


@pytest.mark.parametrize("drive", [by_httpx, by_losant_rest])
def test_kept_promises_are_verified(drive: Callable[[Rig], None]) -> None:
    """Ordinary traffic of an honest server accuses nobody, and verifies what it exercises."""
    with mocked("losant") as rig:
        drive(rig)
    result = rig.result()
    verdicts = {claim["id"]: claim["verdict"] for claim in result["claims"]}
    assert rig.violated() == []
    expected = (
        "answers",
        "sortDirection/descends-by/name",
        "sortField/orders-by/name",
        "perPage/size",
        "count/count",
        "perPage/echo",
        "responses/200/body",
    )
    assert [verdicts[f"listExperienceGroups/{name}"] for name in expected] == ["verified"] * len(
        expected
    )
    assert verdicts["listExperienceGroups/query/optional"] == "undecided"
    assert result["requests"] == rig.listener.counts.evaluated


@pytest.mark.parametrize(
    ("name", "revision"), [("losant", None), ("push-express", None), ("tests/toy", None)], ids=str
)
def test_a_whole_run_accuses_no_honest_server(name: str, revision: str | None) -> None:
    """Every request of a whole run, strange ones among them, passes without an accusation, and the
    run itself sees no difference.
    """
    contract = loader.load_contract(name, revision)
    with mocked(name) as rig:
        target = Target(
            url=rig.url,
            token=TOKEN,
            scoped_tokens={scope: scoped_token(scope) for scope in contract.scopes},
            fixtures={
                **collect_example_reference_ids(contract),
                **{key: tuple(ids) for key, ids in list_parent_ids(contract, {}).items()},
            },
            exclusive=True,
            accepts_any_id=True,
        )
        events = list(run_plan(plans.generate_plan(contract, "1"), target, workers=4))
    decided = {event.claim.id: event.verdict for event in events if isinstance(event, ClaimDecided)}
    assert [id for id, verdict in decided.items() if verdict is Verdict.VIOLATED] == []
    assert rig.violated() == []
    assert rig.listener.counts.unanswered == {}
    assert rig.listener.counts.total == next(
        event.requests for event in events if isinstance(event, RunFinished)
    )
    assert rig.result()["summary"]["verified"] > 20


def test_a_breach_that_shows_once_is_no_verdict() -> None:
    """A gateway may have given one answer: what was seen once is told, and violates nothing."""
    wrong = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]"
    contract = loader.load_contract("losant")
    for answers, violated in (([wrong], False), ([wrong, wrong], True)):
        with wired(*answers) as (upstream, _), proxied(contract, upstream) as rig:
            for _ in answers:
                httpx.get(rig.url + GROUPS, trust_env=False, headers={"Connection": "close"})
        assert ("listExperienceGroups/responses/200/body" in rig.violated()) is violated
        claim = next(
            claim
            for claim in rig.result()["claims"]
            if claim["id"] == "listExperienceGroups/responses/200/body"
        )
        assert (claim["reason"] or "").startswith("seen once, and not again") is not violated


@pytest.mark.parametrize(
    ("head", "headers"),
    [
        (b"304 Not Modified", {"If-None-Match": '"x"'}),
        (b"206 Partial Content", {"Range": "bytes=0-1"}),
        (b"200 OK", {"Accept": "text/html"}),
        (b"431 Too Large", {}),
        (b"200 OK\r\nContent-Encoding: br", {}),
    ],
)
def test_what_http_itself_explains_is_not_judged(head: bytes, headers: dict[str, str]) -> None:
    """Conditions, ranges, other media types and codings that are not known here accuse nobody."""
    answer = b"HTTP/1.1 " + head + b"\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx"
    with (
        wired(answer, answer) as (upstream, _),
        proxied(loader.load_contract("losant"), upstream) as rig,
    ):
        for _ in range(2):
            httpx.get(rig.url + GROUPS, headers=headers, trust_env=False)
    assert rig.violated() == []
    assert sum(rig.listener.counts.unevaluated.values()) == 2


def test_requests_outside_the_contract_are_counted() -> None:
    """They pass on, and the report names them."""
    with mocked("losant") as rig:
        for _ in range(3):
            assert httpx.get(rig.url + "/elsewhere?x=1", trust_env=False).status_code == 404
    assert rig.listener.counts.outside_contract == {"GET /elsewhere": 3}


def test_an_upstream_that_is_gone_is_reported() -> None:
    """Nobody is accused for a server that does not answer; the result says that it is down."""
    with (
        passing("http://127.0.0.1:9") as (port, _),
        proxied(loader.load_contract("losant"), f"http://127.0.0.1:{port}") as rig,
    ):
        assert httpx.get(rig.url + GROUPS, trust_env=False).status_code == 502
    with proxied(loader.load_contract("losant"), "http://127.0.0.1:9") as rig:
        assert httpx.get(rig.url + GROUPS, trust_env=False).status_code == 502
    result = rig.result()
    assert result["target_down"] is True
    assert "cannot connect" in result["stopped"]
    assert result["summary"]["violated"] == 0


def test_no_secret_of_a_client_reaches_a_report(tmp_path: Path) -> None:
    """Credentials, cookies and fields named like secrets go through, and stand in neither result
    nor archive.
    """
    secrets = [
        TOKEN,
        "cookie-value-1",
        "key-in-query",
        "pass-word-1",
        "answered-token",
        "set-cookie-1",
    ]
    answer = json.dumps({"token": "answered-token", "echo": TOKEN, "name": 1}).encode()
    head = (
        b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nSet-Cookie: s=set-cookie-1;"
        b" Path=/\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    )
    contract = loader.load_contract("losant")
    with (
        (tmp_path / "traffic.har").open("w") as file,
        wired(*[head % len(answer) + answer] * 4) as (upstream, heard),
        HarRecorder(file, Target(url=upstream)) as archive,
        proxied(contract, upstream, archive.record_exchange) as rig,
    ):
        for path in (GROUPS, GROUPS, "/elsewhere", "/elsewhere"):
            headers = {"Authorization": f"Bearer {TOKEN}", "Cookie": "s=cookie-value-1"}
            body = {"name": "x", "password": "pass-word-1"}
            httpx.post(
                f"{rig.url}{path}?api_key=key-in-query", headers=headers, json=body, trust_env=False
            )
    assert all(TOKEN.encode() in request for request in heard)
    assert rig.violated() != []
    for text in (json.dumps(rig.result()), (tmp_path / "traffic.har").read_text()):
        assert [secret for secret in secrets if secret in text] == []
    assert len(json.loads((tmp_path / "traffic.har").read_text())["log"]["entries"]) == 4


def test_memory_does_not_grow_with_traffic() -> None:
    """However much passes, few exchanges of a claim are kept, and only the beginning of their
    bodies.
    """
    body = json.dumps({"items": ["x" * 1_000_000]}).encode()
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length:"
        b" %d\r\n\r\n" % len(body)
    )
    with (
        wired(*[head + body] * 20) as (upstream, _),
        proxied(loader.load_contract("losant"), upstream) as rig,
    ):
        for _ in range(20):
            httpx.get(rig.url + GROUPS, trust_env=False)
    kept = [one for seen in rig.listener._observations.values() for one in seen]
    assert len(rig.result()["claims"]) * 3 > len(kept)
    assert len(json.dumps(rig.result())) < 1_000_000
