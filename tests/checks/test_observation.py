"""Failures as data: kinds have names of their own, and their sentences name only what is there."""

from __future__ import annotations

import ast
import string
from importlib import import_module
from pathlib import Path

import pytest

from conformance.checks import observation
from conformance.checks.observation import Failed, FailureKind
from conformance.contract.pointer import MISSING

FOLDER = Path(observation.__file__).parent
MODULES = sorted(FOLDER.glob("*.py"))
ALWAYS_THERE = {"status", "exchange", "pointer", "field", "expected", "actual", "header"}


def list_kinds() -> dict[str, FailureKind]:
    """Return every kind of failure of the package by module and constant."""
    return {
        f"{path.stem}.{name}": value
        for path in MODULES
        for name, value in vars(import_module(f"conformance.checks.{path.stem}")).items()
        if isinstance(value, FailureKind)
    }


def list_placeholders(kind: FailureKind) -> set[str]:
    """Return the names that a sentence wants."""
    return {name for _, name, _, _ in string.Formatter().parse(kind.sentence) if name}


def test_names_of_kinds_are_unique() -> None:
    """A program can tell two kinds apart by their names."""
    kinds = set(list_kinds().values())
    assert len(kinds) > 50
    assert len({kind.name for kind in kinds}) == len(kinds)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_sentences_name_only_what_a_failure_has(path: Path) -> None:
    """Each place that reports a failure gives all that the sentence of its kind names."""
    kinds = vars(import_module(f"conformance.checks.{path.stem}"))
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Failed"):
            continue
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        details = keywords.get("details")
        names = (
            {key.value for key in details.keys if isinstance(key, ast.Constant)}
            if isinstance(details, ast.Dict)
            else set()
        )
        names |= ALWAYS_THERE - {"pointer", "field", "expected", "actual", "header"}
        names |= keywords.keys() & ALWAYS_THERE
        names |= {"field"} if "pointer" in keywords else set()
        for name in ast.walk(node.args[0]):
            kind = kinds.get(getattr(name, "id", ""))
            if isinstance(kind, FailureKind):
                assert list_placeholders(kind) <= names, (kind, node.lineno)


def test_a_value_is_shown_as_json_and_whole() -> None:
    """Values stand in sentences as JSON, and what is missing is nothing.

    Nothing is cut: a secret that is cut could not be masked.
    """
    kind = FailureKind("x", "{field} was {expected} and is {actual}")
    failure = Failed(kind, (), pointer="/a/b", expected=[True, None, "ä"], actual=MISSING)
    assert failure.message == 'a/b was [true, null, "ä"] and is nothing'
    assert "x" * 1000 in Failed(kind, (), actual="x" * 1000).message


def test_texts_are_changed_everywhere() -> None:
    """Masking reaches every text of a failure, in nested values too."""
    kind = FailureKind("x", "{field} {expected} {actual} {what}")
    failure = Failed(
        kind, (), pointer="/s", expected={"s": ["s"]}, actual="s", details={"what": "s", "n": 1}
    )
    masked = failure.map_texts(lambda text: text.replace("s", "*"), ())
    assert masked.message == '* {"*": ["*"]} "*" *'
