"""Evaluation of traffic that other clients send through the proxy: clients that do not know about
the proxy, and servers that keep their promises or break one.
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
from tests.proxy.monitored_proxy import (
    MonitoredProxy,
    run_proxy,
    run_proxy_with_mock,
    run_recording_proxy,
    serve_raw_responses,
)

APPLICATION = "575ec8687ae143cd83dc4a97"
GROUPS_PATH = f"/applications/{APPLICATION}/experience/groups"
GROUP_NAMES = ("delta", "alpha", "bravo", "charlie")


def send_with_httpx(proxy: MonitoredProxy) -> None:
    """Send the requests of a plain program: create some groups, list them in several ways, and
    request a group that does not exist.
    """
    with httpx.Client(
        base_url=proxy.url, headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False
    ) as client:
        for name in GROUP_NAMES:
            client.post(GROUPS_PATH, json={"name": name})
        for _ in range(2):
            for direction in ("asc", "desc"):
                client.get(GROUPS_PATH, params={"sortField": "name", "sortDirection": direction})
            client.get(GROUPS_PATH, params={"perPage": 2, "page": 0})
            client.get(GROUPS_PATH, params={"filterField": "name", "filter": "alph*"})
            client.get(GROUPS_PATH, params={"perPage": "nonsense"})
            client.get(GROUPS_PATH.replace(APPLICATION, "f" * 24))


def send_with_losant_rest(proxy: MonitoredProxy) -> None:
    """Send the same requests with the vendor's own client."""
    groups = losant_rest.Client(auth_token=TOKEN, url=proxy.url).experience_groups
    for name in GROUP_NAMES:
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
@pytest.mark.parametrize("send_traffic", [send_with_httpx, send_with_losant_rest])
def test_a_violation_is_found(fault: str, send_traffic: Callable[[MonitoredProxy], None]) -> None:
    """Ordinary traffic that exercises a broken promise violates that claim and no other."""
    with run_proxy_with_mock("losant", fault) as proxy:
        send_traffic(proxy)
    assert proxy.list_violated_claims() == [fault.partition("!")[0]]


@pytest.mark.parametrize("send_traffic", [send_with_httpx, send_with_losant_rest])
def test_kept_promises_are_verified(send_traffic: Callable[[MonitoredProxy], None]) -> None:
    """Ordinary traffic of a server without faults violates no claim, and verifies the claims that
    it exercises.
    """
    with run_proxy_with_mock("losant") as proxy:
        send_traffic(proxy)
    result = proxy.build_result()
    verdicts = {claim.id: claim.verdict for claim in result.claims}
    assert proxy.list_violated_claims() == []
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
    assert result.requests == proxy.monitor.counts.evaluated


@pytest.mark.parametrize(
    ("name", "revision"), [("losant", None), ("push-express", None), ("tests/toy", None)], ids=str
)
def test_a_complete_run_against_an_honest_server_violates_nothing(
    name: str, revision: str | None
) -> None:
    """Every request of a complete run, invalid requests included, passes without a violation, and
    the run itself detects no difference.
    """
    contract = loader.load_contract(name, revision)
    with run_proxy_with_mock(name) as proxy:
        target = Target(
            url=proxy.url,
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
    verdicts = {
        event.claim.id: event.verdict for event in events if isinstance(event, ClaimDecided)
    }
    assert [id for id, verdict in verdicts.items() if verdict is Verdict.VIOLATED] == []
    assert proxy.list_violated_claims() == []
    assert proxy.monitor.counts.unanswered == {}
    assert proxy.monitor.counts.total == next(
        event.requests for event in events if isinstance(event, RunFinished)
    )
    assert proxy.build_result().summary["verified"] > 20


def test_a_violation_that_is_observed_once_is_no_verdict() -> None:
    """A single response may come from a gateway. So a violation that was observed only once is
    noted, but violates no claim.
    """
    invalid_response = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]"
    )
    contract = loader.load_contract("losant")
    for responses, violated in (
        ([invalid_response], False),
        ([invalid_response, invalid_response], True),
    ):
        with (
            serve_raw_responses(*responses) as (upstream, _),
            run_proxy(contract, upstream) as proxy,
        ):
            for _ in responses:
                httpx.get(proxy.url + GROUPS_PATH, trust_env=False, headers={"Connection": "close"})
        assert (
            "listExperienceGroups/responses/200/body" in proxy.list_violated_claims()
        ) is violated
        claim = next(
            claim
            for claim in proxy.build_result().claims
            if claim.id == "listExperienceGroups/responses/200/body"
        )
        assert (claim.reason or "").startswith("seen once, and not again") is not violated


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
def test_responses_that_http_itself_explains_are_not_evaluated(
    head: bytes, headers: dict[str, str]
) -> None:
    """Conditional requests, ranges, other media types and unsupported codings violate no claim."""
    response = b"HTTP/1.1 " + head + b"\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx"
    with (
        serve_raw_responses(response, response) as (upstream, _),
        run_proxy(loader.load_contract("losant"), upstream) as proxy,
    ):
        for _ in range(2):
            httpx.get(proxy.url + GROUPS_PATH, headers=headers, trust_env=False)
    assert proxy.list_violated_claims() == []
    assert sum(proxy.monitor.counts.unevaluated.values()) == 2


def test_requests_outside_the_contract_are_counted() -> None:
    """Such requests are forwarded, and the report names them."""
    with run_proxy_with_mock("losant") as proxy:
        for _ in range(3):
            assert httpx.get(proxy.url + "/elsewhere?x=1", trust_env=False).status_code == 404
    assert proxy.monitor.counts.outside_contract == {"GET /elsewhere": 3}


def test_an_unreachable_upstream_is_reported() -> None:
    """A server that does not respond violates no claim. The result says that it is down."""
    with (
        run_recording_proxy("http://127.0.0.1:9") as (port, _),
        run_proxy(loader.load_contract("losant"), f"http://127.0.0.1:{port}") as proxy,
    ):
        assert httpx.get(proxy.url + GROUPS_PATH, trust_env=False).status_code == 502
    with run_proxy(loader.load_contract("losant"), "http://127.0.0.1:9") as proxy:
        assert httpx.get(proxy.url + GROUPS_PATH, trust_env=False).status_code == 502
    result = proxy.build_result()
    assert result.target_down is True
    assert "cannot connect" in str(result.stopped)
    assert result.summary["violated"] == 0


def test_no_secret_of_a_client_reaches_a_report(tmp_path: Path) -> None:
    """Credentials, cookies and fields named like secrets are forwarded, but appear in neither
    result nor archive.
    """
    secrets = [
        TOKEN,
        "cookie-value-1",
        "key-in-query",
        "pass-word-1",
        "answered-token",
        "set-cookie-1",
    ]
    response_body = json.dumps({"token": "answered-token", "echo": TOKEN, "name": 1}).encode()
    head = (
        b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nSet-Cookie: s=set-cookie-1;"
        b" Path=/\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    )
    contract = loader.load_contract("losant")
    with (
        (tmp_path / "traffic.har").open("w") as file,
        serve_raw_responses(*[head % len(response_body) + response_body] * 4) as (
            upstream,
            received,
        ),
        HarRecorder(file, Target(url=upstream)) as archive,
        run_proxy(contract, upstream, archive.record_exchange) as proxy,
    ):
        for path in (GROUPS_PATH, GROUPS_PATH, "/elsewhere", "/elsewhere"):
            headers = {"Authorization": f"Bearer {TOKEN}", "Cookie": "s=cookie-value-1"}
            request_body = {"name": "x", "password": "pass-word-1"}
            httpx.post(
                f"{proxy.url}{path}?api_key=key-in-query",
                headers=headers,
                json=request_body,
                trust_env=False,
            )
    assert all(TOKEN.encode() in request for request in received)
    assert proxy.list_violated_claims() != []
    for text in (
        json.dumps(proxy.build_result().to_json()),
        (tmp_path / "traffic.har").read_text(),
    ):
        assert [secret for secret in secrets if secret in text] == []
    assert len(json.loads((tmp_path / "traffic.har").read_text())["log"]["entries"]) == 4


def test_memory_does_not_grow_with_traffic() -> None:
    """Whatever the amount of traffic, few exchanges of a claim are stored, and only the beginning
    of their bodies.
    """
    body = json.dumps({"items": ["x" * 1_000_000]}).encode()
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length:"
        b" %d\r\n\r\n" % len(body)
    )
    with (
        serve_raw_responses(*[head + body] * 20) as (upstream, _),
        run_proxy(loader.load_contract("losant"), upstream) as proxy,
    ):
        for _ in range(20):
            httpx.get(proxy.url + GROUPS_PATH, trust_env=False)
    stored = [
        observation
        for observations in proxy.monitor._observations.values()
        for observation in observations
    ]
    assert len(proxy.build_result().claims) * 3 > len(stored)
    assert len(json.dumps(proxy.build_result().to_json())) < 1_000_000
