"""Generated ids."""

from __future__ import annotations

import pytest

from conformance.contract.json import Json
from conformance.contract.schema import Schema
from conformance.values.unique import build_unique_value_generator


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "integer", "minimum": 1}, 1002),
        ({"type": "string", "pattern": "^[A-Fa-f0-9]{24}$"}, "65a000010000000000000001"),
        ({"type": "string", "format": "uuid"}, "65a00001-0000-4000-8000-000000000001"),
        ({"type": "string", "minLength": 1}, "item-000001"),
        ({"type": "string", "pattern": "^[0-9]{6}$"}, "000001"),
        ({"type": "string", "pattern": "^[a-f0-9]{8}$"}, "00000001"),
    ],
)
def test_ids_match_their_schema(schema: Json, expected: Json) -> None:
    """A generated id has the form that the schema requires."""
    assert expected == build_unique_value_generator(Schema({}, schema))(1)


@pytest.mark.parametrize(
    "schema",
    [{"type": "integer"}, {"type": "string", "pattern": "^[a-f0-9]{24}$"}, {"type": "string"}],
)
def test_ids_increase(schema: Json) -> None:
    """Later ids are greater, so their order is the order of creation."""
    ids = [
        build_unique_value_generator(Schema({}, schema))(number)
        for number in (1, 9, 10, 255, 256, 10_000)
    ]
    assert ids == sorted(set(ids))
