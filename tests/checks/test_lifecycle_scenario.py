"""The shared lifecycle scenario from which a quick run evaluates its claims."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.checks import lifecycle_scenario
from conformance.checks.body_templates import AWKWARD_TEXT
from conformance.checks.call import EarlierResponseValue, TextWithRunMark
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

SHARED_CLAIMS = [
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


def get_quick_scenario(claim: str) -> Scenario:
    """Return the first scenario of a claim in a quick run."""
    return next(iter(map_scenarios(claim, examples=0).values()))


def test_order() -> None:
    """The item is updated, switched on twice and off twice, and finally deleted. All three items
    are read before and after each operation.
    """
    lifecycle = lifecycle_scenario.build_shared_lifecycle_setup(
        build_context("lendBook/answers", examples=0)
    )
    operation_steps = [
        step
        for step in lifecycle.setup.steps
        if step.name.startswith("~") and step.name[1:].isdigit()
    ]
    assert [step.call.operation for step in operation_steps] == [
        "replaceBook",
        "changeBook",
        "lendBook",
        "lendBook",
        "returnBook",
        "returnBook",
        "deleteBook",
    ]
    assert {EarlierResponseValue("middle", "/id")} == {
        step.call.arguments["book"] for step in operation_steps
    }
    assert lifecycle.step_numbers == {
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
                for step in lifecycle.setup.steps
                if step.name.endswith((" left", " middle", " right"))
            ]
        )
        == 8 * 3
    )


def test_update() -> None:
    """An update gives another value to each field that refers to nothing, and an awkward name."""
    context = build_context("replaceBook/answers", examples=0)
    lifecycle = lifecycle_scenario.build_shared_lifecycle_setup(context)
    old_body = next(step.call.body for step in lifecycle.setup.steps if step.name == "middle")
    new_body = next(step.call.body for step in lifecycle.setup.steps if step.name == "~1")
    assert new_body["title"] == TextWithRunMark(AWKWARD_TEXT)
    assert all(new_body[name] != old_body[name] for name in ("note", "pages", "tags"))
    assert not {"authors", "sequel"} & new_body.keys()


@pytest.mark.parametrize("claim", SHARED_CLAIMS)
def test_one_setup_for_all_claims(claim: str) -> None:
    """These claims are evaluated from the one lifecycle, with no requests of their own except for
    lists, and pass on an honest server.
    """
    scenario = get_quick_scenario(claim)
    assert scenario.setup is not None
    assert scenario.setup.name == "life of book"
    with TargetSession(build_toy_contract(), build_target(Server()), mark="run") as session:
        trace = session.execute_scenario(scenario, session.execute_setup(scenario.setup))
    assert evaluate(claim, trace) == ["passed"]
    assert set(trace.exchanges) <= {*scenario.aliases, *(step.name for step in scenario.steps)}


def test_trace_has_only_the_aliased_steps() -> None:
    """The trace of a scenario has the steps of the setup for which it has aliases, and no others.
    It also has the reason why a step is missing.
    """
    scenario = get_quick_scenario("lendBook/switches/lent")
    with TargetSession(build_toy_contract(), build_target(Server()), mark="run") as session:
        execution = session.execute_setup(scenario.setup)
        execution.skipped["~3"] = "because"
        execution.exchanges.pop("~3")
        trace = session.execute_scenario(scenario, execution)
    assert set(trace.exchanges) == {"made", "read"}
    assert trace.skipped["switch"] == "because"
    assert evaluate("lendBook/switches/lent", trace) == ["inconclusive: because"]


def test_longer_runs_have_their_own_scenarios() -> None:
    """A run that draws examples executes a scenario for each claim."""
    assert all(
        scenario.setup is None
        for claim in SHARED_CLAIMS
        for scenario in map_scenarios(claim).values()
    )


@pytest.mark.parametrize(
    "missing_fields", [["id_parameter"], ["create"], ["read", "list"]], ids=str
)
def test_no_lifecycle_without_single_items(missing_fields: list[str]) -> None:
    """Where items cannot be created, addressed in a path, or read, there is no shared lifecycle."""
    context = build_context("lendBook/answers", examples=0)
    assert lifecycle_scenario.find_shared_lifecycle_setup(context, "lendBook") is not None
    context.__dict__["resource"] = replace(context.resource, **dict.fromkeys(missing_fields))
    assert lifecycle_scenario.find_shared_lifecycle_setup(context, "lendBook") is None


def test_refused_calls_without_read_back() -> None:
    """Calls that are refused because of their content need no read."""
    context = build_context("lendBook/answers", examples=0)
    context.__dict__["resource"] = replace(context.resource, read=None, list=None, name="sealed")
    assert [
        step.name for step in lifecycle_scenario.build_refused_call_setup(context, "lendBook").steps
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
def test_upper_bounds(claim: str, shared: bool) -> None:
    """Upper bounds are sent in one body. A bound that this body does not reach has a scenario of
    its own.
    """
    scenario = get_quick_scenario(f"createBook/body/{claim}")
    assert (scenario.setup is not None) is shared
    if scenario.setup:
        name, _, keyword = claim.split("/")
        value = scenario.setup.steps[-1].call.body[name]
        bound = (
            build_context(f"createBook/body/{claim}")
            .get_body_builder()
            .properties[name]
            .get(keyword)
        )
        assert (len(value) if isinstance(value, str) else value) == bound
        assert [(step.name, step.skip_if_succeeded) for step in scenario.steps] == [
            ("call", "call")
        ]


def test_bounds_are_those_of_the_operation() -> None:
    """The bounds of another operation are not used."""
    (scenario,) = map_scenarios(
        "createExperienceGroup/body/description/accepts/maxLength",
        load_builtin_contract("losant"),
        examples=0,
    ).values()
    assert scenario.setup is not None
    assert scenario.setup.name == "bounds of createExperienceGroup"


def test_refused_call_is_repeated_by_itself() -> None:
    """Where the call of the lifecycle was refused, it is repeated under another step name, so that
    the check does not confuse the two.
    """
    scenario = get_quick_scenario("lendBook/answers")
    assert [(step.name, step.skip_if_succeeded) for step in scenario.steps] == [
        (name, "call") for name in ("made", "call itself", "other 0", "switched 0", "call 0")
    ]


def test_refusals_share_one_item() -> None:
    """A body that is not JSON is sent each time to the item for refused calls."""
    contract = load_builtin_contract("push-express")
    scenarios = map_scenarios("updateAppGroup/body/refuses/json", contract, examples=0).values()
    assert [scenario.setup.name if scenario.setup else None for scenario in scenarios] == [
        "victim of appGroup"
    ] * 2


def test_quick_run_creates_duplicates() -> None:
    """Two items with the same name need two requests, which a quick run can afford."""
    scenarios = map_scenarios("createBook/distinct", examples=0)
    assert {label: scenario.in_quick for label, scenario in scenarios.items()} == {
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
def test_state_lists_show_the_effect_of_an_update(claim: str, labels: list[str]) -> None:
    """An update may change the state of a lent item, which the lists of each state show. They are
    read for the item itself only, and only after updates.
    """
    assert list(map_scenarios(claim, examples=0)) == labels
