"""Sessions: steps that are left out, walks that end early, scripts that are played once for several
claims or not at all.
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

Edit = Callable[[httpx.Request, httpx.Response, int], httpx.Response]


@dataclass
class Listening:
    """The toy server, that remembers what it was sent; `edit` changes the answer to the request of
    that number (from 1) of its kind.
    """

    server: Server = field(default_factory=Server)
    edit: Edit = lambda request, answer, number: answer
    sent: list[httpx.Request] = field(default_factory=list)
    _numbers: Counter[str] = field(default_factory=Counter)

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        self.sent.append(request)
        kind = named(request)
        self._numbers[kind] += 1
        return self.edit(request, self.server.handle(request), self._numbers[kind])

    @property
    def names(self) -> list[str]:
        """Return what was sent, as method and last word of the path."""
        return [named(request) for request in self.sent]


def named(request: httpx.Request) -> str:
    parts = request.url.path.strip("/").split("/")
    return f"{request.method} {'book' if len(parts) == 4 else parts[-1]}"


def played(
    *moves: AnyStep, listening: Listening | None = None, stage: Setup | None = None
) -> Trace:
    """Return what moves bring back."""
    listening = listening or Listening()
    with TargetSession(
        build_toy_contract(),
        build_target(listening.server, transport=httpx.MockTransport(listening.handle)),
        mark=MARK,
    ) as session:
        return session.execute_scenario(
            Scenario(label="test", steps=moves), session.execute_setup(stage) if stage else None
        )


def step(
    name: str,
    operation: str = "listBooks",
    item: str | None = None,
    unless: str | None = None,
    body: Json = ...,
) -> Step:
    given = (
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
            **given,
        ),
        skip_if_succeeded=unless,
    )


def refusing(kind: str, *numbers: int, status: int = 409) -> Edit:
    """Return how to refuse some requests of a kind."""
    return lambda request, answer, number: (
        httpx.Response(status, json={"error": "no"})
        if named(request) == kind and number in numbers
        else answer
    )


class TestUnless:
    def test_left_out_after_success(self) -> None:
        """A step is left out when the one that it names succeeded, and the trace says why."""
        listening = Listening()
        found = played(step("first"), step("second", unless="first"), listening=listening)
        assert list(found.exchanges) == ["first"]
        assert found.skipped == {"second": "first succeeded"}
        assert listening.names == ["GET books"]

    @pytest.mark.parametrize("status", [302, 400, 409, 500])
    def test_sent_after_anything_else(self, status: int) -> None:
        """A step is sent when the one that it names did not succeed."""
        found = played(
            step("first"),
            step("second", unless="first"),
            listening=Listening(edit=refusing("GET books", 1, status=status)),
        )
        assert (list(found.exchanges), found.skipped) == (["first", "second"], {})

    def test_sent_when_the_other_could_not_be(self) -> None:
        """A step is sent when the one that it names was not."""
        found = played(step("first", "readBook", "nothing"), step("second", unless="first"))
        assert (list(found.exchanges), found.skipped) == (
            ["second"],
            {"first": "the step nothing was not sent"},
        )

    def test_what_needs_what_was_left_out(self) -> None:
        """What needs a step that was left out is left out for the same reason."""
        found = played(
            step("first"),
            step("made", "createBook", unless="first"),
            step("read", "readBook", "made"),
        )
        assert found.skipped == {"made": "first succeeded", "read": "first succeeded"}

    def test_steps_of_the_stage_count(self) -> None:
        """The step that is named may be one of the stage."""
        stage = Setup(name="one", steps=(step("made", "createBook"),))
        assert played(step("other", "createBook", unless="made"), stage=stage).skipped == {
            "other": "made succeeded"
        }


CROWD = Setup(
    name="crowd", steps=tuple(step(f"item {number}", "createBook") for number in range(7))
)


def walk(**given: Json) -> PagedReadStep:
    """Return a walk of pages of two, over the seven things of the crowd in the order of their
    creation.
    """
    return PagedReadStep(
        name="walk",
        call=ApiCall(operation="listBooks", arguments={"sort": "created"}),
        **{"size": 2, **given},
    )


def pages(found: Trace) -> list[list[str]]:
    """Return the titles on each page of the walk."""
    return [[book["title"] for book in page.json["books"]] for page in found.exchanges["walk"]]


class TestWalk:
    def test_to_the_end(self) -> None:
        """A walk ends with the page that is not full."""
        found = played(walk(), stage=CROWD)
        assert pages(found) == [
            ["run-item 0", "run-item 1"],
            ["run-item 2", "run-item 3"],
            ["run-item 4", "run-item 5"],
            ["run-item 6"],
        ]
        assert found.truncated == frozenset()

    @pytest.mark.parametrize(("item", "count"), [(0, 1), (1, 1), (2, 2), (5, 3), (6, 4)])
    def test_until(self, item: int, count: int) -> None:
        """A walk stops at the page that holds the thing it looks for, and nothing was cut."""
        found = played(walk(stop_at=EarlierResponseValue(f"item {item}", "/id")), stage=CROWD)
        assert count == len(pages(found))
        assert f"run-item {item}" in pages(found)[-1]
        assert found.truncated == frozenset()

    def test_until_what_is_not_there(self) -> None:
        """A walk for something that no page holds ends with the list."""
        found = played(
            step("delete", "deleteBook", "item 2"),
            walk(stop_at=EarlierResponseValue("item 2", "/id")),
            stage=CROWD,
        )
        assert (len(pages(found)), found.truncated) == (3 + 1, frozenset())

    def test_until_what_was_not_made(self) -> None:
        """A walk for something that was not made is not begun."""
        listening = Listening(edit=refusing("POST books", 3))
        found = played(
            walk(stop_at=EarlierResponseValue("item 2", "/id")), listening=listening, stage=CROWD
        )
        assert "walk" not in found.exchanges
        assert found.skipped["walk"].startswith("item 2 was needed first, and failed: POST")
        assert "GET books" not in listening.names[: len(CROWD.steps)]

    @pytest.mark.parametrize(("most", "cut"), [(2, {"walk"}), (3, {"walk"}), (4, set())])
    def test_most(self, most: int, cut: set[str]) -> None:
        """A walk that may not go to the end is cut, and says so."""
        found = played(walk(max_requests=most), stage=CROWD)
        assert (len(pages(found)), found.truncated) == (most, cut)

    @pytest.mark.parametrize("status", [400, 404])
    def test_refusal_past_the_end(self, status: int) -> None:
        """A refused page after others is the end of the list, and none of its pages."""
        full = Setup(name="four", steps=CROWD.steps[:4])
        found = played(
            walk(), listening=Listening(edit=refusing("GET books", 3, status=status)), stage=full
        )
        assert [len(page) for page in pages(found)] == [2, 2]

    def test_empty_page_past_the_end(self) -> None:
        """A list whose pages are all full ends where the answer's total does not say more: with an
        empty page.
        """
        assert [
            len(page)
            for page in pages(played(walk(), stage=Setup(name="four", steps=CROWD.steps[:4])))
        ] == [2, 2, 0]

    @pytest.mark.parametrize(("status", "count"), [(500, 2), (404, 1)])
    def test_failure_ends_it(self, status: int, count: int) -> None:
        """A page that fails is the last; a refused first page is the only one."""
        number = count if status == 500 else 1
        found = played(
            walk(),
            listening=Listening(edit=refusing("GET books", number, status=status)),
            stage=CROWD,
        )
        assert (count, status) == (len(found.exchanges["walk"]), found["walk"].status)

    def test_short_page_before_the_end(self) -> None:
        """A page with too few items is not the end where more follow; an empty one is."""

        def shorten(request: httpx.Request, answer: httpx.Response, number: int) -> httpx.Response:
            if named(request) != "GET books" or number != 1:
                return answer
            body = answer.json()
            return httpx.Response(200, json={**body, "books": body["books"][:1]})

        assert [
            len(page)
            for page in pages(played(walk(), listening=Listening(edit=shorten), stage=CROWD))
        ] == [1, 2, 2, 1, 0]

    @pytest.mark.parametrize(
        ("wanted", "size", "count"), [(2, 4, 2), (3, 3, 3), (4, 2, 4), (7, 2, 4)]
    )
    def test_pages(self, wanted: int, size: int, count: int) -> None:
        """A walk in so many pages first asks how much there is; no page is smaller than two."""
        listening = Listening()
        found = played(walk(size=None, pages=wanted), listening=listening, stage=CROWD)
        assert ({size}, count) == (
            {page.call.arguments["size"] for page in found.exchanges["walk"]},
            len(pages(found)),
        )
        assert count + 1 == listening.names.count("GET books")


class TestLookByIdentity:
    CLAIM = "createBook/body/title/stored"

    def test_by_reading(self) -> None:
        """Where one thing can be read by itself, it is."""
        expected = Step(
            name="look",
            call=ApiCall(
                operation="readBook", arguments={"book": EarlierResponseValue("made", "/id")}
            ),
        )
        assert expected == build_read_back_by_id_step(build_context(self.CLAIM), "look", "made")

    def test_in_the_list(self) -> None:
        """Where it cannot, the whole list is walked up to it, the newest first and by no name."""
        found = build_read_back_by_id_step(build_context(self.CLAIM, unread()), "look", "made")
        expected = PagedReadStep(
            name="look",
            call=ApiCall(operation="listBooks", arguments={"sort": "created", "way": "down"}),
            stop_at=EarlierResponseValue("made", "/id"),
        )
        assert expected == found

    def test_in_a_list_without_dates(self) -> None:
        """A list that cannot be sorted by creation is walked as it comes."""
        contract = unread(("keys: {title: /title, created: /created}", "keys: {title: /title}"))
        assert (
            build_read_back_by_id_step(
                build_context(self.CLAIM, contract), "look", "made"
            ).call.arguments
            == {}
        )

    def test_in_a_list_of_one_page(self) -> None:
        """A list that is not paged is asked for once."""
        line = (
            "      - paginates: {page: page, size: size, first: 0, count: /meta/count, total:"
            " /meta/total, pages: /meta/pages, metadata: /meta, maxItems: 40,"
            " unpagedHasMetadata: true, pastEnd:"
            " empty}\n"
        )
        assert isinstance(
            build_read_back_by_id_step(
                build_context(self.CLAIM, unread((line, ""))), "look", "made"
            ),
            Step,
        )


def unread(*changes: tuple[str, str]) -> object:
    """Return the toy contract without a documented reading of one thing."""
    return build_toy_variant(
        ("operationId: readBook", "operationId: readBook\n      x-basis: client"), *changes
    )


def verdicts(
    listening: Listening, *ids: str, profile: RunProfile = RunProfile.STANDARD
) -> tuple[dict[str, ClaimDecided], RunFinished]:
    """Return the verdicts of a run of some claims, and its end."""
    claims = [next(claim for claim in build_toy_contract().claims if claim.id == id) for id in ids]
    events = list(
        run_plan(
            plans.generate_plan(build_toy_contract(), "seed", profile, claims),
            build_target(listening.server, transport=httpx.MockTransport(listening.handle)),
        )
    )
    assert isinstance(events[-1], RunFinished)
    return {event.claim.id: event for event in events if isinstance(event, ClaimDecided)}, events[
        -1
    ]


LAST_LOOK = 2  # the list in each of its states, once everything was deleted
GREETING = 1  # a plain list, by which a run finds out whether it is at the right door
KEPT, ANSWERED = "createBook/body/pages/stored", "createBook/body/pages/answered"


class TestShared:
    @pytest.mark.parametrize("profile", list(RunProfile))
    def test_played_once_for_all(self, profile: RunProfile) -> None:
        """Two claims of one script send what one of them sends."""
        alone, both = Listening(), Listening()
        verdicts(alone, KEPT, profile=profile)
        found, end = verdicts(both, KEPT, ANSWERED, profile=profile)
        assert [Verdict.VERIFIED] * 2 == [one.verdict for one in found.values()]
        assert alone.names == both.names
        assert end.requests == len(both.sent)
        looked = GREETING + LAST_LOOK + min(3, both.names.count("POST books"))
        assert (found[KEPT].requests, found[ANSWERED].requests) == (end.requests - looked, 0)

    def test_nothing_is_left(self) -> None:
        """What a shared script made is removed when it was played."""
        listening = Listening()
        verdicts(listening, KEPT, ANSWERED)
        assert {shelf: {} for shelf in listening.server.shelves} == listening.server.shelves

    def test_breach_is_seen_twice(self) -> None:
        """A breach in what was shared is looked for again by playing the script anew, for each
        claim that sees it.
        """
        listening = Listening(edit=more_pages())
        found, _ = verdicts(listening, KEPT, ANSWERED, profile=RunProfile.QUICK)
        assert {KEPT: Verdict.VERIFIED, ANSWERED: Verdict.VIOLATED} == {
            id: one.verdict for id, one in found.items()
        }
        assert listening.names.count("POST books") == 2

    def test_breach_that_does_not_show_again(self) -> None:
        """A breach that only what was shared shows accuses nobody."""
        found, _ = verdicts(Listening(edit=more_pages(1)), KEPT, ANSWERED, profile=RunProfile.QUICK)
        assert found[ANSWERED].verdict is Verdict.UNDECIDED
        assert (found[ANSWERED].reason or "").startswith(
            "seen once, and not when tried again: pages was sent as"
        )

    def test_one_stage_for_all(self) -> None:
        """A stage is made once, and what different scripts read of it is read by each."""
        listening = Listening()
        found, _ = verdicts(listening, "createBook/listed", "listBooks/equal")
        assert [Verdict.VERIFIED] * 2 == [one.verdict for one in found.values()]
        assert listening.names.count("POST books") == len(ITEM_NAMES)
        assert listening.names.count("GET books") == GREETING + 3 + LAST_LOOK


def more_pages(*numbers: int) -> Edit:
    """Return how to answer creations with another number of pages: all of them, or those of these
    numbers.
    """

    def edit(request: httpx.Request, answer: httpx.Response, number: int) -> httpx.Response:
        if named(request) != "POST books" or (numbers and number not in numbers):
            return answer
        return httpx.Response(
            201, json={**answer.json(), "pages": json.loads(request.content)["pages"] + 1}
        )

    return edit


def misshapen(request: httpx.Request, answer: httpx.Response, number: int) -> httpx.Response:
    """Answer creations with a body that breaks its schema."""
    return (
        httpx.Response(201, json={**answer.json(), "rare": "no"})
        if request.method == "POST"
        else answer
    )


SHAPE = "createBook/responses/201/body"


class TestLazy:
    def test_played_alone(self) -> None:
        """A claim that nothing else shows plays its own script."""
        listening = Listening()
        found, _ = verdicts(listening, SHAPE)
        assert (found[SHAPE].verdict, found[SHAPE].requests) == (Verdict.VERIFIED, 3)
        assert listening.names == [
            "GET books",
            "POST books",
            "GET book",
            "DELETE book",
            "GET books",
            "GET books",
            "GET book",
        ]

    @pytest.mark.parametrize("order", [(SHAPE, KEPT), (KEPT, SHAPE)])
    def test_not_played_when_heard(self, order: tuple[str, str]) -> None:
        """A claim that the exchanges of others have shown sends nothing, wherever it stands."""
        alone, listening = Listening(), Listening()
        verdicts(alone, KEPT)
        found, _ = verdicts(listening, *order)
        assert (found[SHAPE].verdict, found[SHAPE].requests) == (Verdict.VERIFIED, 0)
        assert alone.names == listening.names

    def test_breach_heard_twice(self) -> None:
        """Two answers that break a claim decide it."""
        listening = Listening(edit=misshapen)
        found, _ = verdicts(listening, SHAPE, KEPT)
        assert (found[SHAPE].verdict, found[SHAPE].requests) == (Verdict.VIOLATED, 0)

    @pytest.mark.parametrize(
        ("wrong", "verdict", "creations"),
        [((1, 2), Verdict.VIOLATED, 2), ((1,), Verdict.UNDECIDED, 3)],
    )
    def test_breach_heard_once(
        self, wrong: tuple[int, ...], verdict: Verdict, creations: int
    ) -> None:
        """When one answer breaks a claim, its script is played, and then the one that had shown it;
        what does not show again accuses nobody, and proves nothing.
        """
        listening = Listening(
            edit=lambda request, answer, number: (
                misshapen(request, answer, number) if number in wrong else answer
            )
        )
        found, _ = verdicts(listening, SHAPE, "createBook/answers")
        found_creations = listening.names.count("POST books")
        assert (verdict, creations) == (found[SHAPE].verdict, found_creations)

    def test_played_when_nothing_telling_was_heard(self) -> None:
        """Exchanges that show nothing of a claim do not spare its script."""
        found, _ = verdicts(Listening(), "createBook/responses/400/body", "createBook/answers")
        assert (
            found["createBook/responses/400/body"].verdict,
            found["createBook/responses/400/body"].requests,
        ) == (Verdict.VERIFIED, 1)

    def test_last_of_all(self) -> None:
        """Scripts of lazy checks come after all others, of whatever stage; the others are grouped
        by stage.
        """
        plan = plans.generate_plan(build_toy_contract(), "seed")
        lazy = [plan.checks[task.claim].lazy for task in plan.tasks]
        assert sorted(lazy) == lazy
        assert any(lazy)
        stages = [
            task.scenario.setup.name if task.scenario.setup else ""
            for task in plan.tasks
            if not plan.checks[task.claim].lazy
        ]
        assert len(set(stages)) == len(
            [name for name, before in zip(stages, [None, *stages], strict=False) if name != before]
        )

    def test_watches_that_are_not_lazy(self) -> None:
        """A check that hears all answers and is not lazy plays its scripts all the same."""
        listening = Listening()
        found, _ = verdicts(listening, "listBooks/responses/documented", "listBooks/answers")
        assert found["listBooks/responses/documented"].requests == 2


class TestGreeting:
    def greeted(self, edit: Edit) -> tuple[bool, list[str]]:
        """Return whether a session is at home, and what it sent to find out."""
        listening = Listening(edit=edit)
        with TargetSession(
            build_toy_contract(),
            build_target(listening.server, transport=httpx.MockTransport(listening.handle)),
            mark=MARK,
        ) as session:
            session.probe_plain_requests()
            return session.reachable, listening.names

    def test_a_list_will_do(self) -> None:
        """Where the plain list comes, the door is right."""
        assert self.greeted(lambda request, answer, number: answer) == (True, ["GET books"])

    def test_else_a_creation(self) -> None:
        """Where it does not, a plain creation shows it, and is removed."""
        assert self.greeted(refusing("GET books", 1, status=404)) == (
            True,
            ["GET books", "POST books", "GET book", "DELETE book"],
        )

    def test_wrong_door(self) -> None:
        """Where nothing plain succeeds, no refusal accuses anybody."""
        assert self.greeted(lambda request, answer, number: httpx.Response(404)) == (
            False,
            ["GET books", "POST books"],
        )
        found, _ = verdicts(
            Listening(edit=lambda request, answer, number: httpx.Response(404)), "listBooks/answers"
        )
        assert found["listBooks/answers"].verdict is Verdict.UNDECIDED
        assert (found["listBooks/answers"].reason or "").startswith(
            "no plain request succeeds there"
        )


class TestQuick:
    def test_one_script_a_claim(self) -> None:
        """A quick run plays the first script of each claim and the cheap ones; others play all."""
        for profile, examples in (
            (RunProfile.QUICK, 0),
            (RunProfile.STANDARD, 2),
            (RunProfile.DEEP, 12),
        ):
            claim = next(
                one
                for one in build_toy_contract().claims
                if one.id == "createBook/body/title/stored"
            )
            plan = plans.generate_plan(build_toy_contract(), "seed", profile, [claim])
            assert (plan.contexts[claim.id].example_count, len(plan.tasks)) == (
                examples,
                1 if profile is RunProfile.QUICK else 3 + examples,
            )
            assert plan.tasks[0].scenario.label == "value 0"
        cheap = [one for one in build_toy_contract().claims if one.id == "createBook/distinct"]
        assert [
            task.scenario.label
            for task in plans.generate_plan(
                build_toy_contract(), "seed", RunProfile.QUICK, cheap
            ).tasks
        ] == ["of a stage", "two of one name"]

    def test_small_crowd(self) -> None:
        """A quick run makes nine things where others make sixty, and still sees the pages."""
        listening = Listening()
        found, _ = verdicts(
            listening,
            "listBooks/size/size",
            "listBooks/page/allPages",
            "listBooks/page/first",
            "listBooks/meta.total/total",
            profile=RunProfile.QUICK,
        )
        assert [Verdict.VERIFIED] * 4 == [one.verdict for one in found.values()]
        assert listening.names.count("POST books") == 9

    def test_one_victim(self) -> None:
        """A quick run shows all lacks of credentials on one thing."""
        listening = Listening()
        found, _ = verdicts(
            listening,
            *(f"replaceBook/credentials/{lack}" for lack in ("missing", "invalid", "bare")),
            profile=RunProfile.QUICK,
        )
        assert [Verdict.VERIFIED] * 3 == [one.verdict for one in found.values()]
        assert listening.names.count("POST books") == 1
        # no header, a scheme alone, an unknown token, a bare one, another scheme
        assert listening.names.count("PUT book") == 5
