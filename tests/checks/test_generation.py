"""Values drawn before anything is sent."""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import strategies as st

from conformance.checks.generation import build_strategy, build_text_strategy, generate_value
from conformance.contract import schema as schemas
from conformance.contract.json import Json

SCHEMAS: list[Json] = [
    {"type": "string"},
    {"type": "string", "minLength": 3, "maxLength": 5},
    {"type": "string", "maxLength": 1},
    {"type": "string", "pattern": "^[A-Fa-f0-9]{24}$"},
    {"type": "string", "format": "uuid"},
    {"type": "integer"},
    {"type": "integer", "minimum": 5, "maximum": 7},
    {"type": "integer", "maximum": 100000000},
    {"type": "number"},
    {"type": "boolean"},
    {"type": ["string", "null"], "maxLength": 9},
    {"type": "array", "items": {"type": "integer"}, "maxItems": 2},
    {"type": "array", "minItems": 2, "items": {"type": "string"}},
    {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "boolean"}}},
    {"properties": {"a": {"type": "integer"}}},
    {
        "type": "object",
        "patternProperties": {"^[a-z]{1,3}$": {"type": "string"}},
        "additionalProperties": False,
    },
    {"type": "object"},
    {"type": "null"},
    {"const": 3},
    {"enum": ["a", "b"]},
    {"type": "string", "examples": ["one", "two"]},
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_values_fit(schema: Json) -> None:
    """What is drawn for a schema is valid against it."""
    validator = schemas.compile_validator({}, schema)
    found = [generate_value(build_strategy(schema), "seed", number) for number in range(12)]
    assert [one for one in found if not validator.is_valid(one)] == []


def test_integers_are_plain() -> None:
    """Integers are small, positive and never written as floats."""
    found = [
        generate_value(build_strategy({"type": "integer"}), "seed", number) for number in range(30)
    ]
    assert [one for one in found if type(one) is not int or not 1 <= one <= 10000] == []


def test_undeclared_properties_are_never_drawn() -> None:
    """An object holds what its schema declares, all of it."""
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    assert [{"a"}] * 5 == [
        set(generate_value(build_strategy(schema), "seed", number)) for number in range(5)
    ]


@pytest.mark.parametrize(("least", "most"), [(0, None), (1, 4), (5, 5), (0, 300), (60, 300)])
def test_length_of_text(least: int, most: int | None) -> None:
    """Text is never empty, as long as asked, and at most forty longer than it must be."""
    found = [
        len(generate_value(build_text_strategy(least, most), "seed", number))
        for number in range(25)
    ]
    top = least + 40 if most is None else min(most, least + 40)
    assert [length for length in found if not max(1, least) <= length <= top] == []


def test_text_can_be_printed() -> None:
    """Text holds no control, private, unassigned or surrogate characters, and letters beyond ASCII
    among the rest.
    """
    found = "".join(
        generate_value(build_text_strategy(0, None), "seed", number) for number in range(40)
    )
    assert set() == {character for character in found if unicodedata.category(character)[0] == "C"}
    assert not found.isascii()


def test_no_blanks_at_the_ends() -> None:
    """Text neither begins nor ends with a blank, which servers may cut."""
    found = [generate_value(build_text_strategy(0, None), "seed", number) for number in range(40)]
    assert [one.strip() for one in found] == found


def test_seed_decides() -> None:
    """One seed, one value; another seed or number, another."""
    assert generate_value(build_text_strategy(9, 40), "a", 3) == generate_value(
        build_text_strategy(9, 40), "a", 3
    )
    assert generate_value(build_text_strategy(9, 40), "a", 3) != generate_value(
        build_text_strategy(9, 40), "b", 3
    )
    assert len({generate_value(build_text_strategy(9, 40), "a", number) for number in range(9)}) > 5


def test_number_beyond_all_values() -> None:
    """When there are no further values, the last one comes again."""
    assert generate_value(st.just("only"), "a", 7) == "only"


def test_user_modules_are_not_harvested(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A constant in a module beside the program is never drawn: it could be a secret."""
    secret, number = "tell-tale-secret", 4242
    (tmp_path / "neighbor.py").write_text(f"PASSWORD = {secret!r}\nPIN = {number}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    module = ModuleType("neighbor")
    module.__file__ = str(tmp_path / "neighbor.py")
    monkeypatch.setitem(sys.modules, "neighbor", module)
    texts = [generate_value(st.text(), f"seed {one}", 9) for one in range(150)] + [
        generate_value(build_text_strategy(0, None), f"seed {one}", 9) for one in range(150)
    ]
    integers = [generate_value(st.integers(), f"seed {one}", 9) for one in range(150)]
    assert [one for one in texts if secret in one] == []
    assert number not in integers
    assert [file.name for file in tmp_path.iterdir() if file.name != "__pycache__"] == [
        "neighbor.py"
    ]
