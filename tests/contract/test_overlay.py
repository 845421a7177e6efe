"""Overlays and their strict application."""

from __future__ import annotations

import copy

import pytest

from conformance.contract.document import Document
from conformance.contract.json import Json
from conformance.contract.overlay import apply_overlay

from .toy import get_problems, parse_document

BASE_YAML = (
    "info:\n  title: Toys\n  tags: [a, b, c]\npaths:\n  /a: {get: {x: 1}}\n  /b: {get: {x:"
    " 2}}\nlist:\n- {name: one}\n- {name: two}\n- {name: three}\n"
)


def apply_actions(actions: str, base: str = BASE_YAML) -> Document:
    """Apply overlay actions to a base document."""
    return apply_overlay(
        parse_document(base, "base.yaml"),
        parse_document("overlay: 1.0.0\nactions:\n" + actions, "over.yaml"),
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
        (
            "- {target: $.info.tags, update: [q]}",
            "info",
            {"title": "Toys", "tags": ["a", "b", "c", "q"]},
        ),
        (
            "- {target: $.info.tags, update: q}",
            "info",
            {"title": "Toys", "tags": ["a", "b", "c", "q"]},
        ),
        (
            "- {target: $.list, update: {name: four}}",
            "list",
            [{"name": "one"}, {"name": "two"}, {"name": "three"}, {"name": "four"}],
        ),
        ("- {target: '$.info.tags[1,0]', remove: true}", "info", {"title": "Toys", "tags": ["c"]}),
        (
            "- {target: '$.info.tags[0,0]', remove: true}",
            "info",
            {"title": "Toys", "tags": ["b", "c"]},
        ),
        ("- {target: '$.info.tags[-1,0]', remove: true}", "info", {"title": "Toys", "tags": ["b"]}),
        ("- {target: '$.list[2,0,1,0].name', remove: true}", "list", [{}, {}, {}]),
        ("- {target: '$.list..*', remove: true}", "list", []),
        (
            "- {target: '$.info', update: {title: X}, remove: true}\n"
            "- {target: $, update: {info: {a: 1}}}",
            "info",
            {"a": 1},
        ),
        (
            "- {target: $, update: {info: {title: New}, paths: , more: }}",
            "info",
            {"title": "New", "tags": ["a", "b", "c"]},
        ),
        (
            "- {target: $, update: {info: , paths: }}",
            "paths",
            {"/a": {"get": {"x": 1}}, "/b": {"get": {"x": 2}}},
        ),
        (
            "- {target: '$.list[0]', update: {name: {deep: 1}}}",
            "list",
            [{"name": {"deep": 1}}, {"name": "two"}, {"name": "three"}],
        ),
        (
            "- {target: $.info, description: d, x-note: n, update: {title: X}}",
            "info",
            {"title": "X", "tags": ["a", "b", "c"]},
        ),
        (
            "- {target: $.info, update: {title: X}, remove: false}",
            "info",
            {"title": "X", "tags": ["a", "b", "c"]},
        ),
    ],
)
def test_actions(action: str, pointer: str, expected: Json) -> None:
    """Updates are merged into objects and appended to arrays; removed values are gone."""
    assert expected == apply_actions(action).value[pointer]


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
        ("- {target: $, remove: true}\n", 3, "the root cannot be removed"),
        ("- target: $\n  update: {}\n  remove: 'true'\n", 5, "remove is true or false"),
        ("- target: $\n  update: {}\n  copy: $.info\n", 5, "an action has no key 'copy'"),
        ("- target: $.info\n  update: text\n", 4, "are not both objects"),
        ("- target: $.info.title\n  update: {a: 1}\n", 4, "are not both objects"),
    ],
)
def test_refused_actions(actions: str, line: int, message: str) -> None:
    """A target that matches nothing, or is no JSONPath, is an error at the action's line."""
    (problem,) = get_problems(lambda: apply_actions(actions))
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
def test_invalid_overlays(text: str) -> None:
    """An overlay has a version and a list of actions."""
    assert (
        "an overlay needs"
        in get_problems(lambda: apply_overlay(parse_document(BASE_YAML), parse_document(text)))[
            0
        ].message
    )


def test_inputs_are_not_changed() -> None:
    """Neither the document nor the overlay changes, even if the result is changed."""
    base, overlay = (
        parse_document(BASE_YAML),
        parse_document(
            "overlay: 1.0.0\nactions:\n- {target: '$.list[*]', update: {deep: {list: [1]}}}\n"
        ),
    )
    before = copy.deepcopy((base.value, overlay.value, dict(base.positions)))
    result = apply_overlay(base, overlay).value
    result["list"][0]["deep"]["list"].append(2)
    assert before == (base.value, overlay.value, dict(base.positions))
    assert result["list"][1]["deep"] == {"list": [1]}


def test_line_numbers_after_an_overlay() -> None:
    """A value from an overlay has the overlay's file and line. All other values keep theirs."""
    document = apply_actions(
        "- target: $.info\n  update:\n    title: New\n    more:\n      deep: 1\n"
    )
    assert document.position_of("/info/title") == ("over.yaml", 5)
    assert document.position_of("/info/more/deep") == ("over.yaml", 7)
    assert document.position_of("/info/tags") == ("base.yaml", 3)


def test_overlay_without_actions() -> None:
    """An overlay without actions changes nothing."""
    base = parse_document(BASE_YAML)
    assert base.value == apply_overlay(base, parse_document("overlay: 1.0.0\nactions: []\n")).value
