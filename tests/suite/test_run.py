"""Runs: verdicts, cleanup, unreliable networks, and unusable targets."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from conformance.checks.exchange import Exchange
from conformance.contract import loader, mark
from conformance.embedded import MockMutationBench, create_embedded_target
from conformance.errors import TargetUnreachableError, UsageError
from conformance.suite import plan as plans
from conformance.suite.events import ClaimDecided, RunFinished, RunStarted, Verdict
from conformance.suite.run import run_plan
from conformance.suite.session import TargetSession
from conformance.suite.target import Target, require_permitted_target
from tests.judgment import (
    build_target,
    decide_claims,
    generate_plan,
    get_violation_messages,
    load_contract,
)
from tests.servers import losant_server, push_express_server

TOY = "tests/toy"
CONTRACT_REVISIONS = [("losant", None), ("losant", "2017"), ("push-express", None), (TOY, None)]
Handler = Callable[[httpx.Request], httpx.Response]


@pytest.mark.parametrize(("name", "revision"), CONTRACT_REVISIONS)
def test_embedded_mock_satisfies_every_claim(name: str, revision: str | None) -> None:
    """Every claim is verified on the embedded mock.

    Mock and checks are both derived from the contract only, and they agree.
    """
    contract = load_contract(name, revision)
    decisions, end = decide_claims(generate_plan(name, revision), create_embedded_target(contract))
    assert get_violation_messages(decisions) == {}
    assert [
        claim_id
        for claim_id, decision in decisions.items()
        if decision.verdict is not Verdict.VERIFIED
    ] == []
    assert end.leftovers == ()


def test_order_of_events() -> None:
    """RunStarted is first, RunFinished is last, and every claim is decided once."""
    events = list(run_plan(generate_plan(TOY), create_embedded_target(load_contract(TOY))))
    assert isinstance(events[0], RunStarted)
    assert isinstance(events[-1], RunFinished)
    assert sorted(claim.id for claim in load_contract(TOY).claims) == sorted(
        event.claim.id for event in events if isinstance(event, ClaimDecided)
    )


def test_same_seed_gives_the_same_plan() -> None:
    """Two plans with one seed are equal, and another seed gives other values."""
    first_tasks, second_tasks = (
        plans.generate_plan(load_contract("losant"), "seed").tasks for _ in range(2)
    )
    assert first_tasks == second_tasks
    assert first_tasks != plans.generate_plan(load_contract("losant"), "other").tasks


def test_run_of_selected_claims() -> None:
    """A run of one claim decides that claim only, with no more requests than needed."""
    contract = load_contract("losant")
    claim = next(
        claim for claim in contract.claims if claim.id == "listExperienceGroups/sortField/optional"
    )
    decisions, end = decide_claims(
        plans.generate_plan(contract, "1", only=[claim]), create_embedded_target(contract)
    )
    assert {claim.id: Verdict.VERIFIED} == {
        claim_id: decision.verdict for claim_id, decision in decisions.items()
    }
    assert end.requests <= 2  # one to probe the target, one to observe the claim


def test_no_items_are_left_on_the_server() -> None:
    """After a run the server has the same items as before."""
    server = push_express_server.Server()
    decisions, end = decide_claims(
        generate_plan("push-express"),
        build_target(load_contract("push-express"), server.handle, "/api/b/v2"),
    )
    assert end.leftovers == ()
    client = httpx.Client(
        transport=httpx.MockTransport(server.handle), headers={"Authorization": "Bearer token"}
    )
    for archived in ("true", "false"):
        assert (
            client.get(f"http://host/api/b/v2/app/groups?archived={archived}").json()["app_groups"]
            == []
        )
    assert decisions


def test_closed_event_stream_leaves_no_items() -> None:
    """When the event stream is closed, the items created so far are deleted."""
    server = push_express_server.Server()
    events = run_plan(
        generate_plan("push-express"),
        build_target(load_contract("push-express"), server.handle, "/api/b/v2"),
    )
    for _ in itertools.islice(events, 60):
        pass
    events.close()  # type: ignore[attr-defined]
    client = httpx.Client(
        transport=httpx.MockTransport(server.handle), headers={"Authorization": "Bearer token"}
    )
    assert client.get("http://host/api/b/v2/app/groups").json()["app_groups"] == []


def test_items_that_cannot_be_deleted_are_reported() -> None:
    """On a server without item operations no claim is violated, and leftovers are reported."""
    decisions, end = decide_claims(
        generate_plan("losant"),
        build_target(load_contract("losant"), losant_server.HONEST["bare"]().handle),
    )
    assert get_violation_messages(decisions) == {}
    assert len(end.leftovers) > 10
    assert all(leftover.name and mark.find_mark(leftover.name) for leftover in end.leftovers)


def test_leftovers_are_limited() -> None:
    """If nothing can be deleted, a run stops creating items at max_leftovers.

    It can exceed the limit by the few items of one scenario.
    """
    target = build_target(
        load_contract("losant"), losant_server.HONEST["bare"]().handle, max_leftovers=10
    )
    _, end = decide_claims(generate_plan("losant"), target)
    assert len(end.leftovers) < 10 + 15


def respond_with_401(request: httpx.Request) -> httpx.Response:
    return httpx.Response(
        401,
        json={
            "error": "expired",
            "req_id": str(id(request)),
            "type": "Unauthorized",
            "message": "expired",
        },
    )


@pytest.mark.parametrize("name", ["losant", "push-express"])
def test_expired_token_violates_nothing(name: str) -> None:
    """If every response is 401, few claims are decided and none is violated."""
    decisions, end = decide_claims(
        generate_plan(name), build_target(load_contract(name), respond_with_401)
    )
    assert get_violation_messages(decisions) == {}
    assert end.summary[Verdict.VERIFIED] < 0.5 * len(decisions)


def test_unreachable_target_is_an_error() -> None:
    """The first refused connection ends the run."""

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(TargetUnreachableError, match="cannot connect"):
        decide_claims(generate_plan("losant"), build_target(load_contract("losant"), refuse))


def make_unreliable(handle: Handler) -> Handler:
    count = itertools.count()

    def respond(request: httpx.Request) -> httpx.Response:
        match next(count) % 10:
            case 3:
                return httpx.Response(502, text="<h1>Bad gateway</h1>")
            case 6:
                return httpx.Response(503, headers={"Retry-After": "0"})
            case _:
                return handle(request)

    return respond


def test_gateway_failures_change_no_verdict() -> None:
    """Occasional 502 and 503 responses change no verdict: the requests are sent again."""
    decisions, end = decide_claims(
        generate_plan("push-express"),
        build_target(
            load_contract("push-express"),
            make_unreliable(push_express_server.Server().handle),
            "/api/b/v2",
        ),
    )
    assert get_violation_messages(decisions) == {}
    assert end.summary[Verdict.VERIFIED] > 0.9 * len(decisions)


BODIES = [
    b"",
    b"null",
    b"[]",
    b"{",
    b"\xff\xfe",
    b'{"items": {"a": 1}}',
    b'{"items": [1, null, "x", []], "app_groups": [1, null, "x", []], "id": {}}',
    b"NaN",
    b"[" * 2000,
]


@pytest.mark.parametrize("body", BODIES, ids=repr)
@pytest.mark.parametrize("status", [200, 201, 204, 302, 400, 404, 500])
@pytest.mark.parametrize("name", ["losant", "push-express"])
def test_no_response_stops_a_run(name: str, status: int, body: bytes) -> None:
    """Whatever the server responds, the run decides every claim."""
    claims = load_contract(name).claims[::5]
    target = build_target(
        load_contract(name),
        lambda request: httpx.Response(
            status, content=body, headers={"Content-Type": "application/json"}
        ),
    )
    decisions, _ = decide_claims(get_quick_plan(name, len(claims)), target)
    assert len(claims) == len(decisions)


def get_quick_plan(name: str, claim_count: int) -> plans.Plan:
    key = (name, claim_count)
    if key not in QUICK_PLANS:
        QUICK_PLANS[key] = plans.generate_plan(
            load_contract(name), "1", plans.RunProfile.QUICK, load_contract(name).claims[::5]
        )
    return QUICK_PLANS[key]


QUICK_PLANS: dict[tuple[str, int], plans.Plan] = {}


def test_failure_that_is_not_reproduced_is_no_violation() -> None:
    """A failure must occur twice: a single bad response violates no claim."""
    server, count = push_express_server.Server(), itertools.count()

    def fail_once(request: httpx.Request) -> httpx.Response:
        if request.method == "DELETE" and next(count) == 40:
            return httpx.Response(200, json={})
        return server.handle(request)

    decisions, _ = decide_claims(
        generate_plan("push-express"),
        build_target(load_contract("push-express"), fail_once, "/api/b/v2"),
    )
    assert set(get_violation_messages(decisions)) <= {"deleteAppGroup/responses/204/body"}


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (Target(url=""), "the URL is empty"),
        (Target(url="ftp://127.0.0.1"), "not an http or https URL"),
        (Target(url="http://127.0.0.1/?a=b"), "has a query"),
        (Target(url="https://api.losant.com"), "production host"),
        (Target(url="https://API.losant.com:443/x"), "production host"),
        (Target(url="http://127.0.0.1", parameters={"nope": "1"}), "no path parameter 'nope'"),
        (Target(url="http://127.0.0.1", scoped_tokens={"nope": "1"}), "has no such scope"),
    ],
)
def test_unusable_targets_are_refused(target: Target, message: str) -> None:
    """A target that a run must not or cannot use is a usage error with a reason."""
    with pytest.raises(UsageError, match=message):
        require_permitted_target(load_contract("losant"), target)


def test_secrets_are_masked_in_exchanges() -> None:
    """No exchange contains a token or the value of a private header."""
    exchanges: list[Exchange] = []
    server = losant_server.Server(tokens=frozenset({"s3cret-token"}))
    target = Target(
        url="http://127.0.0.1:8000",
        token="s3cret-token",
        headers={"X-Key": "pr1vate"},
        transport=httpx.MockTransport(server.handle),
    )
    with TargetSession(load_contract("losant"), target, on_exchange=exchanges.append) as session:
        for task in generate_plan("losant").tasks[:5]:
            session.execute_scenario(task.scenario)
    assert exchanges
    assert not [
        exchange
        for exchange in exchanges
        if "s3cret" in repr(exchange.request) or "pr1vate" in repr(exchange.request)
    ]
    assert all(
        exchange.request.headers["authorization"] == "Bearer $TOKEN"
        for exchange in exchanges
        if "authorization" in exchange.request.headers
    )


def test_created_items_carry_the_mark() -> None:
    """On a shared target, every name that is sent begins with the mark of the run."""
    server, names = losant_server.Server(), []

    def record_names(request: httpx.Request) -> httpx.Response:
        response = server.handle(request)
        if request.method == "POST" and response.status_code == 201:
            names.append(response.json()["name"])
        return response

    decide_claims(generate_plan("losant"), build_target(load_contract("losant"), record_names))
    assert names
    assert [name for name in names if mark.find_mark(name) is None] == []


def test_foreign_items_are_not_changed() -> None:
    """No request changes an item that the run did not create.

    Requests for items that do not exist are allowed.
    """
    server = push_express_server.Server()
    client = httpx.Client(
        transport=httpx.MockTransport(server.handle),
        headers={"Authorization": "Bearer token"},
        base_url="http://host/api/b/v2",
    )
    foreign_ids = [
        client.post(
            "/app/groups", json={"name": f"theirs {n}", "app_ids": [], "all_apps": True}
        ).json()["id"]
        for n in range(60)
    ]
    before = [client.get(f"/app/groups/{group_id}").json() for group_id in foreign_ids]
    decisions, _ = decide_claims(
        generate_plan("push-express"),
        build_target(load_contract("push-express"), server.handle, "/api/b/v2"),
    )
    assert before == [client.get(f"/app/groups/{group_id}").json() for group_id in foreign_ids]
    assert get_violation_messages(decisions) == {}


def test_mutation_bench_can_be_pickled() -> None:
    """Another process can load the data that is needed to run mutants."""
    import pickle

    bench = MockMutationBench(TOY)
    assert bench.faults
    assert MockMutationBench(TOY).faults == pickle.loads(pickle.dumps(bench)).faults


def test_built_in_contracts() -> None:
    """Both contracts are built in."""
    assert loader.list_built_in_contracts() == ("losant", "push-express")


def test_shared_collection_needs_more_executions() -> None:
    """If other clients use the collection, a violation needs more executions.

    A failure that their changes could cause must occur in four executions instead of two. The claim
    is violated in both cases.
    """
    claim = "listAppGroups/pagination.total_count/total"
    bench = MockMutationBench("push-express")
    fault = next(fault_id for fault_id, violated_claim in bench.faults if violated_claim == claim)
    plan = plans.generate_plan(
        bench.contract,
        "1",
        only=[candidate for candidate in bench.contract.claims if candidate.id == claim],
    )
    read_counts = {}
    for exclusive in (True, False):
        exchanges: list[Exchange] = []
        decisions = [
            event
            for event in run_plan(
                plan, replace(bench.create_target(fault), exclusive=exclusive), (), exchanges.append
            )
            if isinstance(event, ClaimDecided)
        ]
        assert [event.verdict for event in decisions] == [Verdict.VIOLATED]
        read_counts[exclusive] = sum(exchange.step == "before" for exchange in exchanges)
    assert read_counts[False] == 2 * read_counts[True] > 0
