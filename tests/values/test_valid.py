"""Valid values for every keyword and format, reproducible by seed."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from pathlib import Path
from types import ModuleType

import jsonschema
import jsonschema_rs
import pytest
from hypothesis import strategies as st

from conformance.contract.json import Json
from conformance.contract.schema import MessageDirection, Schema
from conformance.values.formats import FORMATS
from conformance.values.sampling import draw
from conformance.values.valid import ValueMaker, build_printable_text_strategy, translate_pattern

NODE_SCHEMA = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string"},
        "children": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}},
    },
}
DOCUMENT: Json = {
    "components": {
        "schemas": {
            "Node": NODE_SCHEMA,
            "Self": {"$ref": "#/components/schemas/Self"},
            "Left": {"allOf": [{"$ref": "#/components/schemas/Right"}]},
            "Right": {"allOf": [{"$ref": "#/components/schemas/Left"}], "type": "string"},
        }
    }
}
SCHEMAS: list[Json] = [
    True,
    {},
    {"type": "string"},
    {"type": "string", "minLength": 3, "maxLength": 5},
    {"type": "string", "maxLength": 0},
    {"type": "string", "pattern": "^[A-Fa-f0-9]{24}$"},
    {"type": "string", "pattern": "^.+$"},
    {"type": "string", "pattern": r"^\p{L}+$"},
    {"type": "string", "pattern": "(?<year>[0-9]{4})-x"},
    {"type": "string", "pattern": "^[a-z]+$", "minLength": 30, "maxLength": 31},
    {"type": "string", "format": "email", "minLength": 60},
    {"type": "string", "format": "uri", "maxLength": 30},
    {"type": "string", "format": "email", "maxLength": 12},
    {"type": "string", "contentMediaType": "application/json"},
    {"type": ["string", "null"], "minLength": 60},
    {"type": "integer"},
    {"type": "integer", "minimum": 5, "maximum": 7},
    {"type": "integer", "maximum": 0},
    {"type": "integer", "exclusiveMinimum": 5},
    {"type": "integer", "minimum": 10**18},
    {"type": "integer", "multipleOf": 7, "maximum": -20},
    {"type": "number"},
    {"type": "number", "multipleOf": 0.25},
    {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    {"type": "number", "minimum": 0.1, "maximum": 0.2},
    {"type": "number", "maximum": -1.5},
    {"type": "boolean"},
    {"type": "null"},
    {"const": None},
    {"enum": ["a", "b"]},
    {"type": "array", "minItems": 5, "items": {"type": "string"}},
    {"type": "array", "uniqueItems": True, "minItems": 3, "items": {"enum": [1, 2, 3]}},
    {"type": "array", "contains": {"const": 3}, "items": {"type": "integer"}},
    {"prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False, "minItems": 2},
    {"type": "object"},
    {"type": "object", "minProperties": 2},
    {"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 1},
    {"type": "object", "propertyNames": {"pattern": "^x-"}, "minProperties": 1},
    {"type": "object", "patternProperties": {"^[a-z]{1,3}$": {}}, "additionalProperties": False},
    {"properties": {"a": {"type": "string"}}, "dependentRequired": {"a": ["c"]}},
    {
        "properties": {"kind": {"enum": [1, 2]}, "x": {"type": "string"}},
        "if": {"properties": {"kind": {"const": 1}}},
        "then": {"required": ["x"]},
    },
    {"anyOf": [{"type": "integer"}, {"type": "null"}]},
    {"oneOf": [{"type": "string", "maxLength": 3}, {"type": "integer"}]},
    {"not": {"type": "string"}},
    {"allOf": [{"minLength": 3}, {"maxLength": 4}, {"type": "string"}]},
    {"$ref": "#/components/schemas/Node"},
    {"$ref": "#/components/schemas/Left"},
    {"$ref": "#/components/schemas/Node", "required": ["children"]},
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_values_are_valid(schema: Json) -> None:
    """A validator that ValueMaker does not use accepts every value."""
    schema_with_components = {**schema, **DOCUMENT} if isinstance(schema, dict) else schema
    validator = jsonschema_rs.Draft202012Validator(schema_with_components, validate_formats=True)
    values = [ValueMaker(Schema(DOCUMENT, schema)).make(f"seed {number}") for number in range(12)]
    assert [value for value in values if not validator.is_valid(value)] == []


@pytest.mark.parametrize(
    "schema",
    # the other validator takes patterns for Python's, in which two are none, and follows circles
    [schema for schema in SCHEMAS if not re.search(r"\\p\{|\(\?<y|Left", json.dumps(schema))],
    ids=str,
)
def test_values_are_valid_by_another_validator(schema: Json) -> None:
    """An implementation of JSON Schema that shares nothing with ours accepts every value."""
    schema_with_components = {**schema, **DOCUMENT} if isinstance(schema, dict) else schema
    validator = jsonschema.Draft202012Validator(
        schema_with_components, format_checker=jsonschema.FormatChecker()
    )
    values = [ValueMaker(Schema(DOCUMENT, schema)).make(f"seed {number}") for number in range(12)]
    assert [value for value in values if not validator.is_valid(value)] == []


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"byte", "base64url", "decimal", "int64"}))
def test_formats(name: str) -> None:
    """Each format of JSON Schema has values, and different ones."""
    values = list(ValueMaker(Schema({}, {"type": "string", "format": name})).make_many("seed", 5))
    validator = jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True)
    assert len(values) == 5
    assert all(validator.is_valid(value) for value in values)


@pytest.mark.parametrize(
    "schema",
    [False, {"enum": []}, {"type": "string", "pattern": "("}, {"type": "string", "const": 3}],
    ids=str,
)
def test_unsatisfiable_schemas(schema: Json) -> None:
    """A schema without valid values is a clear error, raised quickly."""
    with pytest.raises(ValueError, match=r"valid value|reject everything"):
        ValueMaker(Schema({}, schema)).make("seed")


def test_self_reference_allows_everything() -> None:
    """A reference to itself does not restrict the value."""
    assert ValueMaker(Schema(DOCUMENT, {"$ref": "#/components/schemas/Self"})).node == {}


@pytest.mark.parametrize(
    ("direction", "expected_names"),
    [
        (None, {"id", "name", "secret"}),
        (MessageDirection.REQUEST, {"name", "secret"}),
        (MessageDirection.RESPONSE, {"id", "name"}),
    ],
)
def test_read_only_and_write_only(
    direction: MessageDirection | None, expected_names: set[str]
) -> None:
    """A property that is not sent in a direction is neither generated nor required for it."""
    schema = {
        "type": "object",
        "required": ["id", "name", "secret"],
        "properties": {
            "id": {"type": "integer", "readOnly": True},
            "name": {"type": "string"},
            "secret": {"type": "string", "writeOnly": True},
        },
    }
    maker = ValueMaker(Schema({}, schema), direction)
    value = maker.make("seed")
    assert set(value) == expected_names
    assert maker.validator.is_valid(value)


def test_values_are_reproducible_by_seed() -> None:
    """The same seed gives the same value, another seed another value."""
    maker = ValueMaker(Schema({}, {"type": "string", "minLength": 9}))
    assert maker.make("a") == ValueMaker(Schema({}, {"type": "string", "minLength": 9})).make("a")
    assert len({maker.make(f"seed {number}") for number in range(20)}) == 20


def test_integers_are_small_and_positive() -> None:
    """Integers are small and positive, and never floats."""
    values = [
        ValueMaker(Schema({}, {"type": "integer"})).make(f"seed {number}") for number in range(30)
    ]
    assert [value for value in values if type(value) is not int or not 1 <= value <= 10000] == []


@pytest.mark.parametrize(
    ("min_length", "max_length"), [(0, None), (1, 4), (5, 5), (0, 300), (60, 300)]
)
def test_texts(min_length: int, max_length: int | None) -> None:
    """Text is printable, not only ASCII, without whitespace, and at most forty characters longer
    than its minimum.
    """
    texts = [
        draw(build_printable_text_strategy(min_length, max_length), f"seed {number}")
        for number in range(40)
    ]
    upper_limit = min_length + 40 if max_length is None else min(max_length, min_length + 40)
    assert [text for text in texts if not max(1, min_length) <= len(text) <= upper_limit] == []
    assert [text.strip() for text in texts] == texts
    assert {unicodedata.category(letter)[0] for letter in "".join(texts)}.isdisjoint("CZ")
    assert not "".join(texts).isascii()


@pytest.mark.parametrize(
    ("pattern", "translated"),
    [
        (r"^\p{Lu}x$", "^[A-Z]x$"),
        (r"^[\p{L}_]+$", "^[a-zA-Z_]+$"),
        ("(?<a>x)", "(?P<a>x)"),
        ("(?<=a)b(?<!c)", "(?<=a)b(?<!c)"),
        (r"(?<a>x)\k<a>", "(?P<a>x)(?P=a)"),
    ],
)
def test_ecmascript_patterns(pattern: str, translated: str) -> None:
    """ECMA-262 patterns are translated to the syntax of Python."""
    assert translate_pattern(pattern) == translated


def test_user_modules_are_not_harvested(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A constant in a module beside the program is never drawn: it could be a secret."""
    secret, secret_number = "tell-tale-secret", 4242
    (tmp_path / "neighbor.py").write_text(f"PASSWORD = {secret!r}\nPIN = {secret_number}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    module = ModuleType("neighbor")
    module.__file__ = str(tmp_path / "neighbor.py")
    monkeypatch.setitem(sys.modules, "neighbor", module)
    texts = [draw(st.text(), f"seed {seed_number}") for seed_number in range(300)]
    integers = [draw(st.integers(), f"seed {seed_number}") for seed_number in range(300)]
    assert [text for text in texts if secret in text] == []
    assert secret_number not in integers
    assert [file.name for file in tmp_path.iterdir() if file.name != "__pycache__"] == [
        "neighbor.py"
    ]
