"""Sessions: skipped steps, paged reads that end early, and scenarios shared by several claims.

A scenario is not executed if other exchanges have already decided its claim.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
import pytest

from conformance.checks.call import ApiCall, EarlierResponseValue
from conformance.checks.datasets import ITEM_NAMES
from conformance.checks.exchange import Trace
from conformance.checks.listing import build_read_back_by_id_step
from conformance.checks.scenario import AnyStep, PagedReadStep, Scenario, Setup, Step
from conformance.contract.json import Json
from conformance.suite import plan as plans
from conformance.suite.events import ClaimDecided, RunFinished, Verdict
from conformance.suite.plan import RunProfile
from conformance.suite.run import run_plan
from conformance.suite.session import TargetSession
from tests.checks.toy import (
    MARK,
    Server,
    build_context,
    build_target,
    build_toy_contract,
    build_toy_variant,
)

EditResponse = Callable[[httpx.Request, httpx.Response, int], httpx.Response]


@dataclass
class RecordingServer:
    """The toy server; it records the requests.

    `edit` can change a response. Its last argument is the number of the request (from 1) among
    those of the same kind.
    """

    toy_server: Server = field(default_factory=Server)
    edit: EditResponse = lambda request, response, number: response
    sent: list[httpx.Request] = field(default_factory=list)
    _numbers: Counter[str] = field(default_factory=Counter)

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Respond to one request."""
        self.sent.append(request)
        request_kind = describe_request(request)
        self._numbers[request_kind] += 1
        return self.edit(request, self.toy_server.handle(request), self._numbers[request_kind])

    @property
    def names(self) -> list[str]:
        """Return the requests, as method and last part of the path."""
        return [describe_request(request) for request in self.sent]


def describe_request(request: httpx.Request) -> str:
    parts = request.url.path.strip("/").split("/")
    return f"{request.method} {'book' if len(parts) == 4 else parts[-1]}"


def execute_steps(
    *steps: AnyStep, recording_server: RecordingServer | None = None, setup: Setup | None = None
) -> Trace:
    """Return the trace of the steps."""
    recording_server = recording_server or RecordingServer()
    with TargetSession(
        build_toy_contract(),
        build_target(
            recording_server.toy_server, transport=httpx.MockTransport(recording_server.handle)
        ),
        mark=MARK,
    ) as session:
        return session.execute_scenario(
            Scenario(label="test", steps=steps), session.execute_setup(setup) if setup else None
        )


def build_step(
    name: str,
    operation: str = "listBooks",
    item: str | None = None,
    skip_if_succeeded: str | None = None,
    body: Json = ...,
) -> Step:
    body_field = (
        {"body": {"title": f"{MARK}-{name}"}}
        if operation == "createBook"
        else {}
        if body is ...
        else {"body": body}
    )
    return Step(
        name=name,
        call=ApiCall(
            operation=operation,
            arguments={"book": EarlierResponseValue(item, "/id")} if item else {},
            **body_field,
        ),
        skip_if_succeeded=skip_if_succeeded,
    )


def build_refusal(request_kind: str, *numbers: int, status: int = 409) -> EditResponse:
    """Return a function that refuses some requests of a kind."""
    return lambda request, response, number: (
        httpx.Response(status, json={"error": "no"})
        if describe_request(request) == request_kind and number in numbers
        else response
    )


class TestSkipIfSucceeded:
    def test_skipped_after_success(self) -> None:
        """A step is skipped if the referenced step succeeded; the trace has the reason."""
        recording_server = RecordingServer()
        trace = execute_steps(
            build_step("first"),
            build_step("second", skip_if_succeeded="first"),
            recording_server=recording_server,
        )
        assert list(trace.exchanges) == ["first"]
        assert trace.skipped == {"second": "first succeeded"}
        assert recording_server.names == ["GET books"]

    @pytest.mark.parametrize("status", [302, 400, 409, 500])
    def test_sent_after_anything_else(self, status: int) -> None:
        """A step is sent if the referenced step did not succeed."""
        trace = execute_steps(
            build_step("first"),
            build_step("second", skip_if_succeeded="first"),
            recording_server=RecordingServer(edit=build_refusal("GET books", 1, status=status)),
        )
        assert (list(trace.exchanges), trace.skipped) == (["first", "second"], {})

    def test_sent_when_the_other_step_was_skipped(self) -> None:
        """A step is sent if the referenced step was not sent."""
        trace = execute_steps(
            build_step("first", "readBook", "nothing"),
            build_step("second", skip_if_succeeded="first"),
        )
        assert (list(trace.exchanges), trace.skipped) == (
            ["second"],
            {"first": "the step nothing was not sent"},
        )

    def test_steps_that_need_a_skipped_step(self) -> None:
        """A step that needs a skipped step is skipped for the same reason."""
        trace = execute_steps(
            build_step("first"),
            build_step("made", "createBook", skip_if_succeeded="first"),
            build_step("read", "readBook", "made"),
        )
        assert trace.skipped == {"made": "first succeeded", "read": "first succeeded"}

    def test_steps_of_the_setup_count(self) -> None:
        """The referenced step can be a step of the setup."""
        setup = Setup(name="one", steps=(build_step("made", "createBook"),))
        assert execute_steps(
            build_step("other", "createBook", skip_if_succeeded="made"), setup=setup
        ).skipped == {"other": "made succeeded"}


MANY_ITEMS_SETUP = Setup(
    name="crowd", steps=tuple(build_step(f"item {number}", "createBook") for number in range(7))
)


def build_paged_read_step(**step_fields: Json) -> PagedReadStep:
    """Return a step that reads the seven items in order of their creation, two on a page."""
    return PagedReadStep(
        name="walk",
        call=ApiCall(operation="listBooks", arguments={"sort": "created"}),
        **{"size": 2, **step_fields},
    )


def list_titles_by_page(trace: Trace) -> list[list[str]]:
    """Return the titles on each page of the paged read."""
    return [[book["title"] for book in page.json["books"]] for page in trace.exchanges["walk"]]


class TestPagedRead:
    def test_up_to_the_end(self) -> None:
        """A paged read ends with the page that is not full."""
        trace = execute_steps(build_paged_read_step(), setup=MANY_ITEMS_SETUP)
        assert list_titles_by_page(trace) == [
            ["run-item 0", "run-item 1"],
            ["run-item 2", "run-item 3"],
            ["run-item 4", "run-item 5"],
            ["run-item 6"],
        ]
        assert trace.truncated == frozenset()

    @pytest.mark.parametrize(("item", "count"), [(0, 1), (1, 1), (2, 2), (5, 3), (6, 4)])
    def test_up_to_an_item(self, item: int, count: int) -> None:
        """A paged read for an item stops at its page, and is not truncated."""
        trace = execute_steps(
            build_paged_read_step(stop_at=EarlierResponseValue(f"item {item}", "/id")),
            setup=MANY_ITEMS_SETUP,
        )
        assert count == len(list_titles_by_page(trace))
        assert f"run-item {item}" in list_titles_by_page(trace)[-1]
        assert trace.truncated == frozenset()

    def test_up_to_a_deleted_item(self) -> None:
        """A paged read for an item that no page contains ends with the list."""
        trace = execute_steps(
            build_step("delete", "deleteBook", "item 2"),
            build_paged_read_step(stop_at=EarlierResponseValue("item 2", "/id")),
            setup=MANY_ITEMS_SETUP,
        )
        assert (len(list_titles_by_page(trace)), trace.truncated) == (3 + 1, frozenset())

    def test_up_to_an_item_that_was_not_created(self) -> None:
        """A paged read for an item that was not created is skipped."""
        recording_server = RecordingServer(edit=build_refusal("POST books", 3))
        trace = execute_steps(
            build_paged_read_step(stop_at=EarlierResponseValue("item 2", "/id")),
            recording_server=recording_server,
            setup=MANY_ITEMS_SETUP,
        )
        assert "walk" not in trace.exchanges
        assert trace.skipped["walk"].startswith("it needs this request, which failed: POST")
        assert "GET books" not in recording_server.names[: len(MANY_ITEMS_SETUP.steps)]

    @pytest.mark.parametrize(
        ("max_requests", "truncated"), [(2, {"walk"}), (3, {"walk"}), (4, set())]
    )
    def test_maximum_of_requests(self, max_requests: int, truncated: set[str]) -> None:
        """A paged read that reaches its maximum of requests is truncated."""
        trace = execute_steps(
            build_paged_read_step(max_requests=max_requests), setup=MANY_ITEMS_SETUP
        )
        assert (len(list_titles_by_page(trace)), trace.truncated) == (max_requests, truncated)

    @pytest.mark.parametrize("status", [400, 404])
    def test_refusal_past_the_end(self, status: int) -> None:
        """A refused page after others is the end of the list, and not one of its pages."""
        four_items_setup = Setup(name="four", steps=MANY_ITEMS_SETUP.steps[:4])
        trace = execute_steps(
            build_paged_read_step(),
            recording_server=RecordingServer(edit=build_refusal("GET books", 3, status=status)),
            setup=four_items_setup,
        )
        assert [len(page) for page in list_titles_by_page(trace)] == [2, 2]

    def test_empty_page_past_the_end(self) -> None:
        """A list with only full pages ends with an empty page.

        This holds if the total in the response does not say that there are more items.
        """
        assert [
            len(page)
            for page in list_titles_by_page(
                execute_steps(
                    build_paged_read_step(),
                    setup=Setup(name="four", steps=MANY_ITEMS_SETUP.steps[:4]),
                )
            )
        ] == [2, 2, 0]

    @pytest.mark.parametrize(("status", "count"), [(500, 2), (404, 1)])
    def test_failure_ends_the_read(self, status: int, count: int) -> None:
        """A page that fails is the last; a refused first page is the only one."""
        number = count if status == 500 else 1
        trace = execute_steps(
            build_paged_read_step(),
            recording_server=RecordingServer(
                edit=build_refusal("GET books", number, status=status)
            ),
            setup=MANY_ITEMS_SETUP,
        )
        assert (count, status) == (len(trace.exchanges["walk"]), trace["walk"].status)

    def test_short_page_before_the_end(self) -> None:
        """A page with too few items does not end the read if more follow; an empty page does."""

        def shorten_first_page(
            request: httpx.Request, response: httpx.Response, number: int
        ) -> httpx.Response:
            if describe_request(request) != "GET books" or number != 1:
                return response
            body = response.json()
            return httpx.Response(200, json={**body, "books": body["books"][:1]})

        assert [
            len(page)
            for page in list_titles_by_page(
                execute_steps(
                    build_paged_read_step(),
                    recording_server=RecordingServer(edit=shorten_first_page),
                    setup=MANY_ITEMS_SETUP,
                )
            )
        ] == [1, 2, 2, 1, 0]

    @pytest.mark.parametrize(
        ("page_count", "size", "count"), [(2, 4, 2), (3, 3, 3), (4, 2, 4), (7, 2, 4)]
    )
    def test_number_of_pages(self, page_count: int, size: int, count: int) -> None:
        """A read in so many pages first requests the total; no page is smaller than two."""
        recording_server = RecordingServer()
        trace = execute_steps(
            build_paged_read_step(size=None, pages=page_count),
            recording_server=recording_server,
            setup=MANY_ITEMS_SETUP,
        )
        assert ({size}, count) == (
            {page.call.arguments["size"] for page in trace.exchanges["walk"]},
            len(list_titles_by_page(trace)),
        )
        assert count + 1 == recording_server.names.count("GET books")


class TestReadBackById:
    CLAIM = "createBook/body/title/stored"

    def test_by_a_read_operation(self) -> None:
        """If there is a read operation for one item, it is used."""
        expected = Step(
            name="look",
            call=ApiCall(
                operation="readBook", arguments={"book": EarlierResponseValue("made", "/id")}
            ),
        )
        assert expected == build_read_back_by_id_step(build_context(self.CLAIM), "look", "made")

    def test_in_the_list(self) -> None:
        """Without such an operation, the list is read up to the item, newest first, unfiltered."""
        read_back_step = build_read_back_by_id_step(
            build_context(self.CLAIM, build_contract_without_read()), "look", "made"
        )
        expected = PagedReadStep(
            name="look",
            call=ApiCall(operation="listBooks", arguments={"sort": "created", "way": "down"}),
            stop_at=EarlierResponseValue("made", "/id"),
        )
        assert expected == read_back_step

    def test_in_a_list_without_dates(self) -> None:
        """A list that cannot be sorted by creation time is read without a sort order."""
        contract = build_contract_without_read(
            ("keys: {title: /title, created: /created}", "keys: {title: /title}")
        )
        assert (
            build_read_back_by_id_step(
                build_context(self.CLAIM, contract), "look", "made"
            ).call.arguments
            == {}
        )

    def test_in_a_list_of_one_page(self) -> None:
        """A list without pagination is requested once."""
        pagination_yaml = (
            "      - paginates: {page: page, size: size, first: 0, count: /meta/count, total:"
            " /meta/total, pages: /meta/pages, metadata: /meta, maxItems: 40,"
            " unpagedHasMetadata: true, pastEnd:"
            " empty}\n"
        )
        assert isinstance(
            build_read_back_by_id_step(
                build_context(self.CLAIM, build_contract_without_read((pagination_yaml, ""))),
                "look",
                "made",
            ),
            Step,
        )


def build_contract_without_read(*changes: tuple[str, str]) -> object:
    """Return the toy contract without a documented read operation for one item."""
    return build_toy_variant(
        ("operationId: readBook", "operationId: readBook\n      x-basis: client"), *changes
    )


def run_claims(
    recording_server: RecordingServer, *claim_ids: str, profile: RunProfile = RunProfile.STANDARD
) -> tuple[dict[str, ClaimDecided], RunFinished]:
    """Return the decisions of a run of some claims, and the event that ends it."""
    claims = [
        next(claim for claim in build_toy_contract().claims if claim.id == claim_id)
        for claim_id in claim_ids
    ]
    events = list(
        run_plan(
            plans.generate_plan(build_toy_contract(), "seed", profile, claims),
            build_target(
                recording_server.toy_server, transport=httpx.MockTransport(recording_server.handle)
            ),
        )
    )
    assert isinstance(events[-1], RunFinished)
    return {event.claim.id: event for event in events if isinstance(event, ClaimDecided)}, events[
        -1
    ]


FINAL_LIST_REQUESTS = 2  # the list in each of its states, after the deletion of all items
PROBE_REQUESTS = 1  # a plain list, which shows whether the target is the right one
STORED, ANSWERED = "createBook/body/pages/stored", "createBook/body/pages/answered"


class TestSharedScenarios:
    @pytest.mark.parametrize("profile", list(RunProfile))
    def test_scenario_is_executed_once(self, profile: RunProfile) -> None:
        """Two claims with the same scenario need the same requests as one of them."""
        single_claim_server, two_claims_server = RecordingServer(), RecordingServer()
        run_claims(single_claim_server, STORED, profile=profile)
        decisions, end = run_claims(two_claims_server, STORED, ANSWERED, profile=profile)
        assert [Verdict.VERIFIED] * 2 == [decision.verdict for decision in decisions.values()]
        assert single_claim_server.names == two_claims_server.names
        assert end.requests == len(two_claims_server.sent)
        overhead = (
            PROBE_REQUESTS
            + FINAL_LIST_REQUESTS
            + min(3, two_claims_server.names.count("POST books"))
        )
        assert (decisions[STORED].requests, decisions[ANSWERED].requests) == (
            end.requests - overhead,
            0,
        )

    def test_items_are_deleted(self) -> None:
        """Items of a shared scenario are deleted after its execution."""
        recording_server = RecordingServer()
        run_claims(recording_server, STORED, ANSWERED)
        assert {
            shelf: {} for shelf in recording_server.toy_server.shelves
        } == recording_server.toy_server.shelves

    def test_failure_is_reproduced(self) -> None:
        """After a failure in a shared scenario, the scenario is executed again.

        This is done for each claim that failed.
        """
        recording_server = RecordingServer(edit=build_wrong_page_count())
        decisions, _ = run_claims(recording_server, STORED, ANSWERED, profile=RunProfile.QUICK)
        assert {STORED: Verdict.VERIFIED, ANSWERED: Verdict.VIOLATED} == {
            claim_id: decision.verdict for claim_id, decision in decisions.items()
        }
        assert recording_server.names.count("POST books") == 2

    def test_failure_that_is_not_reproduced(self) -> None:
        """A failure in the shared execution only is not a violation."""
        decisions, _ = run_claims(
            RecordingServer(edit=build_wrong_page_count(1)),
            STORED,
            ANSWERED,
            profile=RunProfile.QUICK,
        )
        assert decisions[ANSWERED].verdict is Verdict.UNDECIDED
        assert (decisions[ANSWERED].reason or "").startswith(
            "seen once, and not when tried again: pages was sent as"
        )

    def test_setup_is_executed_once(self) -> None:
        """A setup is executed once; each scenario sends its own reads of the items."""
        recording_server = RecordingServer()
        decisions, _ = run_claims(recording_server, "createBook/listed", "listBooks/equal")
        assert [Verdict.VERIFIED] * 2 == [decision.verdict for decision in decisions.values()]
        assert recording_server.names.count("POST books") == len(ITEM_NAMES)
        assert recording_server.names.count("GET books") == PROBE_REQUESTS + 3 + FINAL_LIST_REQUESTS


def build_wrong_page_count(*numbers: int) -> EditResponse:
    """Return a function that changes the number of pages in responses to creations.

    It changes all of them, or those with these numbers.
    """

    def edit(request: httpx.Request, response: httpx.Response, number: int) -> httpx.Response:
        if describe_request(request) != "POST books" or (numbers and number not in numbers):
            return response
        return httpx.Response(
            201, json={**response.json(), "pages": json.loads(request.content)["pages"] + 1}
        )

    return edit


def break_schema(request: httpx.Request, response: httpx.Response, number: int) -> httpx.Response:
    """Change responses to creations so that the body violates its schema."""
    return (
        httpx.Response(201, json={**response.json(), "rare": "no"})
        if request.method == "POST"
        else response
    )


BODY_SCHEMA = "createBook/responses/201/body"


class TestLazyChecks:
    def test_own_scenario_is_executed(self) -> None:
        """A claim that no other exchange shows executes its own scenario."""
        recording_server = RecordingServer()
        decisions, _ = run_claims(recording_server, BODY_SCHEMA)
        assert (decisions[BODY_SCHEMA].verdict, decisions[BODY_SCHEMA].requests) == (
            Verdict.VERIFIED,
            3,
        )
        assert recording_server.names == [
            "GET books",
            "POST books",
            "GET book",
            "DELETE book",
            "GET books",
            "GET books",
            "GET book",
        ]

    @pytest.mark.parametrize("order", [(BODY_SCHEMA, STORED), (STORED, BODY_SCHEMA)])
    def test_not_executed_if_already_observed(self, order: tuple[str, str]) -> None:
        """A claim that other exchanges have verified sends no requests, in any order of claims."""
        single_claim_server, recording_server = RecordingServer(), RecordingServer()
        run_claims(single_claim_server, STORED)
        decisions, _ = run_claims(recording_server, *order)
        assert (decisions[BODY_SCHEMA].verdict, decisions[BODY_SCHEMA].requests) == (
            Verdict.VERIFIED,
            0,
        )
        assert single_claim_server.names == recording_server.names

    def test_two_observed_failures(self) -> None:
        """Two responses that violate a claim decide it."""
        recording_server = RecordingServer(edit=break_schema)
        decisions, _ = run_claims(recording_server, BODY_SCHEMA, STORED)
        assert (decisions[BODY_SCHEMA].verdict, decisions[BODY_SCHEMA].requests) == (
            Verdict.VIOLATED,
            0,
        )

    @pytest.mark.parametrize(
        ("failing_numbers", "verdict", "creations"),
        [((1, 2), Verdict.VIOLATED, 2), ((1,), Verdict.UNDECIDED, 3)],
    )
    def test_one_observed_failure(
        self, failing_numbers: tuple[int, ...], verdict: Verdict, creations: int
    ) -> None:
        """If one response violates a claim, two scenarios are executed.

        First the scenario of the claim, then the scenario that had shown the failure. A failure
        that is not reproduced is neither a violation nor a verification.
        """
        recording_server = RecordingServer(
            edit=lambda request, response, number: (
                break_schema(request, response, number) if number in failing_numbers else response
            )
        )
        decisions, _ = run_claims(recording_server, BODY_SCHEMA, "createBook/answers")
        creation_count = recording_server.names.count("POST books")
        assert (verdict, creations) == (decisions[BODY_SCHEMA].verdict, creation_count)

    def test_executed_if_nothing_relevant_was_observed(self) -> None:
        """Exchanges that show nothing about a claim do not replace its scenario."""
        decisions, _ = run_claims(
            RecordingServer(), "createBook/responses/400/body", "createBook/answers"
        )
        assert (
            decisions["createBook/responses/400/body"].verdict,
            decisions["createBook/responses/400/body"].requests,
        ) == (Verdict.VERIFIED, 1)

    def test_lazy_checks_are_last(self) -> None:
        """Scenarios of lazy checks are last, whatever their setup.

        The other scenarios are grouped by setup.
        """
        plan = plans.generate_plan(build_toy_contract(), "seed")
        lazy = [plan.checks[task.claim].lazy for task in plan.tasks]
        assert sorted(lazy) == lazy
        assert any(lazy)
        setup_names = [
            task.scenario.setup.name if task.scenario.setup else ""
            for task in plan.tasks
            if not plan.checks[task.claim].lazy
        ]
        assert len(set(setup_names)) == len(
            [
                name
                for name, previous in zip(setup_names, [None, *setup_names], strict=False)
                if name != previous
            ]
        )

    def test_observing_checks_that_are_not_lazy(self) -> None:
        """A check that observes all responses but is not lazy executes its scenarios."""
        recording_server = RecordingServer()
        decisions, _ = run_claims(
            recording_server, "listBooks/responses/documented", "listBooks/answers"
        )
        assert decisions["listBooks/responses/documented"].requests == 2


class TestProbe:
    def probe(self, edit: EditResponse) -> tuple[bool, list[str]]:
        """Return whether a session reaches its target, and the requests that show it."""
        recording_server = RecordingServer(edit=edit)
        with TargetSession(
            build_toy_contract(),
            build_target(
                recording_server.toy_server, transport=httpx.MockTransport(recording_server.handle)
            ),
            mark=MARK,
        ) as session:
            session.probe_plain_requests()
            return session.reachable, recording_server.names

    def test_list_succeeds(self) -> None:
        """If the plain list succeeds, the target is reachable."""
        assert self.probe(lambda request, response, number: response) == (True, ["GET books"])

    def test_creation_succeeds(self) -> None:
        """If the list fails, a plain creation shows that it is reachable; the item is deleted."""
        assert self.probe(build_refusal("GET books", 1, status=404)) == (
            True,
            ["GET books", "POST books", "GET book", "DELETE book"],
        )

    def test_wrong_target(self) -> None:
        """If no plain request succeeds, no refusal is a violation."""
        assert self.probe(lambda request, response, number: httpx.Response(404)) == (
            False,
            ["GET books", "POST books"],
        )
        decisions, _ = run_claims(
            RecordingServer(edit=lambda request, response, number: httpx.Response(404)),
            "listBooks/answers",
        )
        assert decisions["listBooks/answers"].verdict is Verdict.UNDECIDED
        assert (decisions["listBooks/answers"].reason or "").startswith(
            "no plain request succeeds there"
        )


class TestQuick:
    def test_scenarios_of_each_profile(self) -> None:
        """A quick run executes the first scenario of each claim, and those with few requests.

        Other profiles execute all scenarios.
        """
        for profile, examples in (
            (RunProfile.QUICK, 0),
            (RunProfile.STANDARD, 2),
            (RunProfile.DEEP, 12),
        ):
            claim = next(
                claim
                for claim in build_toy_contract().claims
                if claim.id == "createBook/body/title/stored"
            )
            plan = plans.generate_plan(build_toy_contract(), "seed", profile, [claim])
            assert (plan.contexts[claim.id].example_count, len(plan.tasks)) == (
                examples,
                1 if profile is RunProfile.QUICK else 3 + examples,
            )
            assert plan.tasks[0].scenario.label == "value 0"
        distinct_claims = [
            claim for claim in build_toy_contract().claims if claim.id == "createBook/distinct"
        ]
        assert [
            task.scenario.label
            for task in plans.generate_plan(
                build_toy_contract(), "seed", RunProfile.QUICK, distinct_claims
            ).tasks
        ] == ["of a stage", "two of one name"]

    def test_few_items(self) -> None:
        """A quick run creates nine items instead of sixty, and still has several pages."""
        recording_server = RecordingServer()
        decisions, _ = run_claims(
            recording_server,
            "listBooks/size/size",
            "listBooks/page/allPages",
            "listBooks/page/first",
            "listBooks/meta.total/total",
            profile=RunProfile.QUICK,
        )
        assert [Verdict.VERIFIED] * 4 == [decision.verdict for decision in decisions.values()]
        assert recording_server.names.count("POST books") == 9

    def test_one_item_for_all_credential_claims(self) -> None:
        """A quick run uses one item for all credential problems."""
        recording_server = RecordingServer()
        decisions, _ = run_claims(
            recording_server,
            *(f"replaceBook/credentials/{problem}" for problem in ("missing", "invalid", "bare")),
            profile=RunProfile.QUICK,
        )
        assert [Verdict.VERIFIED] * 3 == [decision.verdict for decision in decisions.values()]
        assert recording_server.names.count("POST books") == 1
        # no header, only a scheme, an unknown token, a token without scheme, another scheme
        assert recording_server.names.count("PUT book") == 5
