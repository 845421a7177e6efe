"""Overlays, applied strictly."""

from __future__ import annotations

import copy

import pytest

from conformance.contract.document import Document
from conformance.contract.json import Json
from conformance.contract.overlay import apply_overlay

from .toy import problems, read

BASE = (
    "info:\n  title: Toys\n  tags: [a, b, c]\npaths:\n  /a: {get: {x: 1}}\n  /b: {get: {x:"
    " 2}}\nlist:\n- {name: one}\n- {name: two}\n- {name: three}\n"
)


def overlaid(actions: str, base: str = BASE) -> Document:
    """Return the base after some actions."""
    return apply_overlay(
        read(base, "base.yaml"), read("overlay: 1.0.0\nactions:\n" + actions, "over.yaml")
    )


@pytest.mark.parametrize(
    ("action", "pointer", "expected"),
    [
        (
            "- {target: $.info, update: {title: New}}",
            "info",
            {"title": "New", "tags": ["a", "b", "c"]},
        ),
        ("- {target: $.info, update: {tags: [z]}}", "info", {"title": "Toys", "tags": ["z"]}),
        (
            "- {target: $.info, update: {more: {deep: 1}}}",
            "info",
            {"title": "Toys", "tags": ["a", "b", "c"], "more": {"deep": 1}},
        ),
        (
            "- {target: $.info, update: {title: null}}",
            "info",
            {"title": None, "tags": ["a", "b", "c"]},
        ),
        (
            "- {target: '$.paths[*].get', update: {y: 3}}",
            "paths",
            {"/a": {"get": {"x": 1, "y": 3}}, "/b": {"get": {"x": 2, "y": 3}}},
        ),
        ("- {target: \"$.paths['/a']\", remove: true}", "paths", {"/b": {"get": {"x": 2}}}),
        (
            "- {target: \"$.list[?@.name=='two']\", remove: true}",
            "list",
            [{"name": "one"}, {"name": "three"}],
        ),
        ("- {target: '$.list[0,2]', remove: true}", "list", [{"name": "two"}]),
        ("- {target: '$.list[*]', remove: true}", "list", []),
        ('- {target: \'$.info["title", "tags"]\', remove: true}', "info", {}),
        (
            "- {target: $.info, update: {title: A}}\n- {target: $.info, update: {title: B}}",
            "info",
            {"title": "B", "tags": ["a", "b", "c"]},
        ),
        (
            "- {target: $.info, update: {n: 1}}\n- {target: $.info.n, remove: true}",
            "info",
            {"title": "Toys", "tags": ["a", "b", "c"]},
        ),
        ("- {target: $.info.tags, update: [q]}", "info", {"title": "Toys", "tags": ["q"]}),
        (
            "- {target: $.info, update: {title: X}, remove: false}",
            "info",
            {"title": "X", "tags": ["a", "b", "c"]},
        ),
    ],
)
def test_actions(action: str, pointer: str, expected: Json) -> None:
    """Objects merge, anything else is replaced, what is removed is gone."""
    assert expected == overlaid(action).value[pointer]


@pytest.mark.parametrize(
    ("actions", "line", "message"),
    [
        (
            "- {target: $.info, update: {a: 1}}\n- {target: $.nowhere, update: {a: 1}}\n",
            4,
            "the target '$.nowhere' matches nothing",
        ),
        (
            "- target: $.info\n  update: {}\n- update: {}\n  target: \"$.list[?@.name=='four']\"\n",
            6,
            "matches nothing",
        ),
        ("- target: $..[\n  update: {}\n", 3, "the target is not a JSONPath"),
        ("- target: info\n  update: {}\n", 3, "the target is not a JSONPath"),
        ("- {target: $.info}\n", 3, "an action needs a target and one of update, remove"),
        ("- {update: {}}\n", 3, "an action needs a target and one of update, remove"),
        ("- {target: 3, update: {}}\n", 3, "an action needs a target and one of update, remove"),
        ("- text\n", 3, "an action needs a target and one of update, remove"),
    ],
)
def test_refused_actions(actions: str, line: int, message: str) -> None:
    """A target that matches nothing, or is none, is an error at the action's line."""
    (problem,) = problems(lambda: overlaid(actions))
    assert ("over.yaml", line) == (problem.file, problem.line)
    assert message in problem.message


@pytest.mark.parametrize(
    "text",
    [
        "actions: []",
        "overlay: 2.0.0\nactions: []",
        "overlay: 1.0.0",
        "overlay: 1.0.0\nactions: {}",
        "[]",
        "text",
    ],
)
def test_what_is_no_overlay(text: str) -> None:
    """An overlay says that it is one, and has a list of actions."""
    assert "an overlay needs" in problems(lambda: apply_overlay(read(BASE), read(text)))[0].message


def test_inputs_stay_as_they_were() -> None:
    """Neither the document nor the overlay changes, whatever is done to the result."""
    base, over = (
        read(BASE),
        read("overlay: 1.0.0\nactions:\n- {target: '$.list[*]', update: {deep: {list: [1]}}}\n"),
    )
    before = copy.deepcopy((base.value, over.value, dict(base.positions)))
    found = apply_overlay(base, over).value
    found["list"][0]["deep"]["list"].append(2)
    assert before == (base.value, over.value, dict(base.positions))
    assert found["list"][1]["deep"] == {"list": [1]}


def test_lines_of_what_was_overlaid() -> None:
    """A value that an overlay wrote stands in the overlay's file, everything else where it
    stood.
    """
    found = overlaid("- target: $.info\n  update:\n    title: New\n    more:\n      deep: 1\n")
    assert found.position_of("/info/title") == ("over.yaml", 5)
    assert found.position_of("/info/more/deep") == ("over.yaml", 7)
    assert found.position_of("/info/tags") == ("base.yaml", 3)


def test_no_action_changes_nothing() -> None:
    """An overlay without actions is the document itself."""
    base = read(BASE)
    assert base.value == apply_overlay(base, read("overlay: 1.0.0\nactions: []\n")).value
