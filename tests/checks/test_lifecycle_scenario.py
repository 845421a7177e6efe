"""The life that the claims of a quick run look at."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.checks import lifecycle_scenario
from conformance.checks.body_templates import AWKWARD_TEXT
from conformance.checks.call import EarlierResponseValue, MarkedText
from conformance.checks.scenario import Scenario
from conformance.suite.session import TargetSession

from .toy import (
    Server,
    build_context,
    build_target,
    build_toy_contract,
    evaluate,
    load_builtin_contract,
    map_scenarios,
)

LIVED = [
    "lendBook/answers",
    "lendBook/switches/lent",
    "lendBook/twice",
    "lendBook/fields-untouched",
    "lendBook/neighbors-untouched",
    "returnBook/switches/lent",
    "returnBook/twice",
    "replaceBook/answers",
    "replaceBook/fields-untouched",
    "replaceBook/body/note/replaced",
    "changeBook/neighbors-untouched",
    "deleteBook/answers",
    "deleteBook/gone",
    "deleteBook/neighbors-untouched",
]


def lived(claim: str) -> Scenario:
    """Return the first script of a claim in a quick run."""
    return next(iter(map_scenarios(claim, examples=0).values()))


def test_order() -> None:
    """The thing is changed, switched on twice and off twice, and deleted at last; before and after
    each deed all three are looked at.
    """
    life = lifecycle_scenario.build_shared_lifecycle_setup(
        build_context("lendBook/answers", examples=0)
    )
    deeds = [
        step for step in life.setup.steps if step.name.startswith("~") and step.name[1:].isdigit()
    ]
    assert [step.call.operation for step in deeds] == [
        "replaceBook",
        "changeBook",
        "lendBook",
        "lendBook",
        "returnBook",
        "returnBook",
        "deleteBook",
    ]
    assert {EarlierResponseValue("middle", "/id")} == {
        step.call.arguments["book"] for step in deeds
    }
    assert life.step_numbers == {
        "replaceBook": (1,),
        "changeBook": (2,),
        "lendBook": (3, 4),
        "returnBook": (5, 6),
        "deleteBook": (7,),
    }
    assert (
        len(
            [
                step
                for step in life.setup.steps
                if step.name.endswith((" left", " middle", " right"))
            ]
        )
        == 8 * 3
    )


def test_change() -> None:
    """A change gives each field that refers to nothing another value than it had, and an awkward
    name.
    """
    where = build_context("replaceBook/answers", examples=0)
    life = lifecycle_scenario.build_shared_lifecycle_setup(where)
    before = next(step.call.body for step in life.setup.steps if step.name == "middle")
    after = next(step.call.body for step in life.setup.steps if step.name == "~1")
    assert after["title"] == MarkedText(AWKWARD_TEXT)
    assert all(after[name] != before[name] for name in ("note", "pages", "tags"))
    assert not {"authors", "sequel"} & after.keys()


@pytest.mark.parametrize("claim", LIVED)
def test_one_stage_for_all(claim: str) -> None:
    """These claims are judged from the one life, without a request of their own but for lists, and
    hold on an honest server.
    """
    script = lived(claim)
    assert script.setup is not None
    assert script.setup.name == "life of book"
    with TargetSession(build_toy_contract(), build_target(Server()), mark="run") as session:
        found = session.execute_scenario(script, session.execute_setup(script.setup))
    assert evaluate(claim, found) == ["passed"]
    assert set(found.exchanges) <= {*script.aliases, *(step.name for step in script.steps)}


def test_only_what_is_recalled() -> None:
    """The trace of a script holds what it recalls, by its own names, and nothing else of the stage;
    why a step is missing is recalled, too.
    """
    script = lived("lendBook/switches/lent")
    with TargetSession(build_toy_contract(), build_target(Server()), mark="run") as session:
        stage = session.execute_setup(script.setup)
        stage.skipped["~3"] = "because"
        stage.exchanges.pop("~3")
        found = session.execute_scenario(script, stage)
    assert set(found.exchanges) == {"made", "read"}
    assert found.skipped["switch"] == "because"
    assert evaluate("lendBook/switches/lent", found) == ["inconclusive: because"]


def test_longer_runs_play_their_own() -> None:
    """A run that draws examples plays a script for each claim."""
    assert all(script.setup is None for claim in LIVED for script in map_scenarios(claim).values())


@pytest.mark.parametrize("lacking", [["id_parameter"], ["create"], ["read", "list"]], ids=str)
def test_no_single_things(lacking: list[str]) -> None:
    """Where things cannot be made, or named in a path, or looked at, there is no life to recall."""
    where = build_context("lendBook/answers", examples=0)
    assert lifecycle_scenario.find_shared_lifecycle_setup(where, "lendBook") is not None
    where.__dict__["resource"] = replace(where.resource, **dict.fromkeys(lacking))
    assert lifecycle_scenario.find_shared_lifecycle_setup(where, "lendBook") is None


def test_a_victim_that_nobody_can_look_at() -> None:
    """Calls that are refused for what they say need no look."""
    where = build_context("lendBook/answers", examples=0)
    where.__dict__["resource"] = replace(where.resource, read=None, list=None, name="sealed")
    assert [
        step.name for step in lifecycle_scenario.build_refused_call_setup(where, "lendBook").steps
    ] == ["made"]


@pytest.mark.parametrize(
    ("claim", "shared"),
    [
        ("pages/accepts/maximum", True),
        ("note/accepts/maxLength", True),
        ("title/accepts/maxLength", False),
        ("pages/accepts/minimum", False),
    ],
)
def test_bounds(claim: str, shared: bool) -> None:
    """Upper bounds are sent in one body; what that body does not show at its bound has a script of
    its own.
    """
    script = lived(f"createBook/body/{claim}")
    assert (script.setup is not None) is shared
    if script.setup:
        name, _, keyword = claim.split("/")
        value = script.setup.steps[-1].call.body[name]
        bound = (
            build_context(f"createBook/body/{claim}").get_body_builder().properties[name][keyword]
        )
        assert (len(value) if isinstance(value, str) else value) == bound
        assert [(step.name, step.skip_if_succeeded) for step in script.steps] == [("call", "call")]


def test_bounds_are_those_of_the_operation() -> None:
    """Another operation's bounds are none of this one's."""
    (script,) = map_scenarios(
        "createExperienceGroup/body/description/accepts/maxLength",
        load_builtin_contract("losant"),
        examples=0,
    ).values()
    assert script.setup is not None
    assert script.setup.name == "bounds of createExperienceGroup"


def test_what_the_life_does_not_answer_is_tried_by_itself() -> None:
    """Where the call of the life was refused it is made again, under another name: the judge must
    not take one for the other.
    """
    script = lived("lendBook/answers")
    assert [(step.name, step.skip_if_succeeded) for step in script.steps] == [
        (name, "call") for name in ("made", "call itself", "other 0", "switched 0", "call 0")
    ]


def test_refusals_share_one_victim() -> None:
    """A text that is no JSON is sent to the thing that is kept for refusals, each time."""
    contract = load_builtin_contract("push-express")
    found = map_scenarios("updateAppGroup/body/refuses/json", contract, examples=0).values()
    assert [script.setup.name if script.setup else None for script in found] == [
        "victim of appGroup"
    ] * 2


def test_twins_are_made_even_in_a_quick_run() -> None:
    """Two things of one name need two requests, which a quick run can spare."""
    found = map_scenarios("createBook/distinct", examples=0)
    assert {label: script.in_quick for label, script in found.items()} == {
        "of a stage": False,
        "two of one name": True,
    }


@pytest.mark.parametrize(
    ("claim", "labels"),
    [
        ("replaceBook/fields-untouched", ["in a life", "in a life, listed by lent"]),
        ("lendBook/fields-untouched", ["in a life"]),
        ("replaceBook/neighbors-untouched", ["in a life"]),
    ],
)
def test_lists_of_a_state_show_what_a_change_throws(claim: str, labels: list[str]) -> None:
    """An update may unlend what is lent: that shows in the lists of each state, of the thing itself
    and after changes only.
    """
    assert list(map_scenarios(claim, examples=0)) == labels
