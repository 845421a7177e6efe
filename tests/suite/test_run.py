"""Runs: verdicts, cleaning up, bad networks, guards."""

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
EDITIONS = [("losant", None), ("losant", "2017"), ("push-express", None), (TOY, None)]
Handle = Callable[[httpx.Request], httpx.Response]


@pytest.mark.parametrize(("name", "revision"), EDITIONS)
def test_the_embedded_mock_keeps_every_promise(name: str, revision: str | None) -> None:
    """Mock and checks, each written from the contract alone, agree: every claim is verified."""
    loaded = load_contract(name, revision)
    found, end = decide_claims(generate_plan(name, revision), create_embedded_target(loaded))
    assert get_violation_messages(found) == {}
    assert [id for id, one in found.items() if one.verdict is not Verdict.VERIFIED] == []
    assert end.leftovers == ()


def test_events_come_in_order() -> None:
    """Started is first, Finished last, and every claim is decided once."""
    events = list(run_plan(generate_plan(TOY), create_embedded_target(load_contract(TOY))))
    assert isinstance(events[0], RunStarted)
    assert isinstance(events[-1], RunFinished)
    assert sorted(claim.id for claim in load_contract(TOY).claims) == sorted(
        event.claim.id for event in events if isinstance(event, ClaimDecided)
    )


def test_the_same_seed_draws_the_same_plan() -> None:
    """Plans are values: two draws with one seed are equal, and another seed draws other values."""
    one, two = (plans.generate_plan(load_contract("losant"), "seed").tasks for _ in range(2))
    assert one == two
    assert one != plans.generate_plan(load_contract("losant"), "other").tasks


def test_only_restricts_the_claims() -> None:
    """A run of one claim decides that claim, and sends no more than it needs."""
    loaded = load_contract("losant")
    claim = next(
        claim for claim in loaded.claims if claim.id == "listExperienceGroups/sortField/optional"
    )
    found, end = decide_claims(
        plans.generate_plan(loaded, "1", only=[claim]), create_embedded_target(loaded)
    )
    assert {claim.id: Verdict.VERIFIED} == {id: one.verdict for id, one in found.items()}
    assert end.requests <= 2  # one to greet, one to see


def test_nothing_is_left_on_the_server() -> None:
    """After a run the server holds what it held before."""
    server = push_express_server.Server()
    found, end = decide_claims(
        generate_plan("push-express"),
        build_target(load_contract("push-express"), server.handle, "/api/b/v2"),
    )
    assert end.leftovers == ()
    answer = httpx.Client(
        transport=httpx.MockTransport(server.handle), headers={"Authorization": "Bearer token"}
    )
    for archived in ("true", "false"):
        assert (
            answer.get(f"http://host/api/b/v2/app/groups?archived={archived}").json()["app_groups"]
            == []
        )
    assert found


def test_a_consumer_that_stops_early_leaves_nothing() -> None:
    """Closing the stream of events removes what was made so far."""
    server = push_express_server.Server()
    events = run_plan(
        generate_plan("push-express"),
        build_target(load_contract("push-express"), server.handle, "/api/b/v2"),
    )
    for _ in itertools.islice(events, 60):
        pass
    events.close()  # type: ignore[attr-defined]
    answer = httpx.Client(
        transport=httpx.MockTransport(server.handle), headers={"Authorization": "Bearer token"}
    )
    assert answer.get("http://host/api/b/v2/app/groups").json()["app_groups"] == []


def test_what_cannot_be_deleted_is_reported() -> None:
    """On a server without item operations nobody is accused, and the run says what it left."""
    found, end = decide_claims(
        generate_plan("losant"),
        build_target(load_contract("losant"), losant_server.HONEST["bare"]().handle),
    )
    assert get_violation_messages(found) == {}
    assert len(end.leftovers) > 10
    assert all(left.name and mark.find_mark(left.name) for left in end.leftovers)


def test_no_more_is_left_than_the_target_allows() -> None:
    """Where nothing can be deleted, a run makes no more things than max_leftovers and few of one
    script more.
    """
    target = build_target(
        load_contract("losant"), losant_server.HONEST["bare"]().handle, max_leftovers=10
    )
    _, end = decide_claims(generate_plan("losant"), target)
    assert len(end.leftovers) < 10 + 15


def expired(request: httpx.Request) -> httpx.Response:
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
def test_an_expired_token_accuses_nobody(name: str) -> None:
    """When everything is answered with 401, hardly anything is decided and nothing is violated."""
    found, end = decide_claims(generate_plan(name), build_target(load_contract(name), expired))
    assert get_violation_messages(found) == {}
    assert end.summary[Verdict.VERIFIED] < 0.5 * len(found)


def test_a_server_that_is_not_there_is_an_error() -> None:
    """The first refused connection ends the run."""

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(TargetUnreachableError, match="cannot connect"):
        decide_claims(generate_plan("losant"), build_target(load_contract("losant"), refuse))


def flaky(handle: Handle) -> Handle:
    count = itertools.count()

    def answer(request: httpx.Request) -> httpx.Response:
        match next(count) % 10:
            case 3:
                return httpx.Response(502, text="<h1>Bad gateway</h1>")
            case 6:
                return httpx.Response(503, headers={"Retry-After": "0"})
            case _:
                return handle(request)

    return answer


def test_gateway_failures_are_nobodys_fault() -> None:
    """502 and 503 now and then change no verdict: such requests are sent again."""
    found, end = decide_claims(
        generate_plan("push-express"),
        build_target(
            load_contract("push-express"), flaky(push_express_server.Server().handle), "/api/b/v2"
        ),
    )
    assert get_violation_messages(found) == {}
    assert end.summary[Verdict.VERIFIED] > 0.9 * len(found)


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
def test_no_answer_stops_a_run(name: str, status: int, body: bytes) -> None:
    """Whatever a server answers, the run goes on to its end and decides every claim."""
    claims = load_contract(name).claims[::5]
    target = build_target(
        load_contract(name),
        lambda request: httpx.Response(
            status, content=body, headers={"Content-Type": "application/json"}
        ),
    )
    found, _ = decide_claims(drawn(name, len(claims)), target)
    assert len(claims) == len(found)


def drawn(name: str, count: int) -> plans.Plan:
    key = (name, count)
    if key not in DRAWN:
        DRAWN[key] = plans.generate_plan(
            load_contract(name), "1", plans.RunProfile.QUICK, load_contract(name).claims[::5]
        )
    return DRAWN[key]


DRAWN: dict[tuple[str, int], plans.Plan] = {}


def test_a_flaw_that_does_not_show_again_is_no_violation() -> None:
    """A breach must show twice: one bad answer by chance accuses nobody."""
    server, count = push_express_server.Server(), itertools.count()

    def once_wrong(request: httpx.Request) -> httpx.Response:
        if request.method == "DELETE" and next(count) == 40:
            return httpx.Response(200, json={})
        return server.handle(request)

    found, _ = decide_claims(
        generate_plan("push-express"),
        build_target(load_contract("push-express"), once_wrong, "/api/b/v2"),
    )
    assert set(get_violation_messages(found)) <= {"deleteAppGroup/responses/204/body"}


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
    """A target that a run must not or cannot go to is a usage error that says why."""
    with pytest.raises(UsageError, match=message):
        require_permitted_target(load_contract("losant"), target)


def test_secrets_are_masked_in_what_is_kept() -> None:
    """Neither tokens nor the values of private headers stand in any exchange."""
    heard: list[Exchange] = []
    server = losant_server.Server(tokens=frozenset({"s3cret-token"}))
    target = Target(
        url="http://127.0.0.1:8000",
        token="s3cret-token",
        headers={"X-Key": "pr1vate"},
        transport=httpx.MockTransport(server.handle),
    )
    with TargetSession(load_contract("losant"), target, on_exchange=heard.append) as session:
        for task in generate_plan("losant").tasks[:5]:
            session.execute_scenario(task.scenario)
    assert heard
    assert not [
        one for one in heard if "s3cret" in repr(one.request) or "pr1vate" in repr(one.request)
    ]
    assert all(
        one.request.headers["authorization"] == "Bearer $TOKEN"
        for one in heard
        if "authorization" in one.request.headers
    )


def test_everything_made_carries_the_mark() -> None:
    """On a target that others use, every name that is sent begins with the mark of the run."""
    server, names = losant_server.Server(), []

    def listen(request: httpx.Request) -> httpx.Response:
        answer = server.handle(request)
        if request.method == "POST" and answer.status_code == 201:
            names.append(answer.json()["name"])
        return answer

    decide_claims(generate_plan("losant"), build_target(load_contract("losant"), listen))
    assert names
    assert [name for name in names if mark.find_mark(name) is None] == []


def test_things_of_others_are_never_changed() -> None:
    """No request names a thing that the run did not make, but for those that do not exist at
    all.
    """
    server = push_express_server.Server()
    client = httpx.Client(
        transport=httpx.MockTransport(server.handle),
        headers={"Authorization": "Bearer token"},
        base_url="http://host/api/b/v2",
    )
    strangers = [
        client.post(
            "/app/groups", json={"name": f"theirs {n}", "app_ids": [], "all_apps": True}
        ).json()["id"]
        for n in range(60)
    ]
    before = [client.get(f"/app/groups/{id}").json() for id in strangers]
    found, _ = decide_claims(
        generate_plan("push-express"),
        build_target(load_contract("push-express"), server.handle, "/api/b/v2"),
    )
    assert before == [client.get(f"/app/groups/{id}").json() for id in strangers]
    assert get_violation_messages(found) == {}


def test_a_bench_pickles() -> None:
    """What another process needs to break the mock is plain data."""
    import pickle

    bench = MockMutationBench(TOY)
    assert bench.faults
    assert MockMutationBench(TOY).faults == pickle.loads(pickle.dumps(bench)).faults


def test_library_lists_what_comes_with_it() -> None:
    """Both contracts are built in."""
    assert loader.list_built_in_contracts() == ("losant", "push-express")


def test_a_shared_collection_takes_more_plays() -> None:
    """Where others use the collection, a breach that could be their coming and going must show in
    four plays instead of two; it is found all the same.
    """
    claim = "listAppGroups/pagination.total_count/total"
    bench = MockMutationBench("push-express")
    fault = next(id for id, of in bench.faults if of == claim)
    plan = plans.generate_plan(
        bench.contract, "1", only=[one for one in bench.contract.claims if one.id == claim]
    )
    walks = {}
    for exclusive in (True, False):
        asked: list[Exchange] = []
        decided = [
            event
            for event in run_plan(
                plan, replace(bench.create_target(fault), exclusive=exclusive), (), asked.append
            )
            if isinstance(event, ClaimDecided)
        ]
        assert [event.verdict for event in decided] == [Verdict.VIOLATED]
        walks[exclusive] = sum(exchange.step == "before" for exchange in asked)
    assert walks[False] == 2 * walks[True] > 0
