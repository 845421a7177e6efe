"""Values that are equivalent under their schema."""

from __future__ import annotations

import pytest

from conformance.contract.equivalence import are_equivalent
from conformance.contract.json import Json
from conformance.contract.schema import Schema

EQUIVALENT: dict[str, tuple[Json, Json, Json]] = {
    "zone": ({"format": "date-time"}, "2024-05-01T10:00:00.000Z", "2024-05-01T12:00:00+02:00"),
    "fraction": ({"format": "date-time"}, "2024-05-01T10:00:00.120Z", "2024-05-01t10:00:00.12z"),
    "over midnight": ({"format": "date-time"}, "2024-05-01T00:30:00+01:00", "2024-04-30T23:30:00Z"),
    "time": ({"format": "time"}, "00:30:00+01:00", "23:30:00Z"),
    "uuid": ({"format": "uuid"}, "0191E0C6-7A2A-4F00-8000-00000000000A",
             "0191e0c6-7a2a-4f00-8000-00000000000a"),
    "email": ({"format": "email"}, "Ada@Example.COM", "Ada@example.com"),
    "ipv6": ({"format": "ipv6"}, "2001:db8:0:0:0:0:0:1", "2001:DB8::1"),
    "uri": ({"format": "uri"}, "HTTPS://Example.com", "https://example.com/"),
    "decimal": ({"format": "decimal"}, "009640", "9640.00"),
    "number": ({"type": "number"}, 1, 1.0),
    "member": (
        {"properties": {"at": {"format": "date-time"}}},
        {"at": "2024-05-01T10:00:00Z"},
        {"at": "2024-05-01T10:00:00.000Z"},
    ),
    "element": ({"items": {"format": "uuid"}}, ["A0000000-0000-4000-8000-00000000000A"],
                ["a0000000-0000-4000-8000-00000000000a"]),
    "tuple": ({"prefixItems": [{}, {"format": "decimal"}]}, [1, "1.0"], [1.0, "1"]),
    "map": ({"additionalProperties": {"format": "decimal"}}, {"a": "1.0"}, {"a": "1"}),
    "or null": ({"anyOf": [{"format": "time"}, {"type": "null"}]}, "10:00:00.0Z", "10:00:00Z"),
    "reference": ({"$ref": "#/components/schemas/When"}, "2024-05-01T10:00:00Z",
                  "2024-05-01T10:00:00+00:00"),
}  # fmt: skip
DIFFERENT: dict[str, tuple[Json, Json, Json]] = {
    "a later instant": ({"format": "date-time"}, "2024-05-01T10:00:00Z", "2024-05-01T10:00:01Z"),
    "cut": ({"format": "date-time"}, "2024-05-01T10:00:00.129Z", "2024-05-01T10:00:00.12Z"),
    "no instant": ({"format": "date-time"}, "2024-05-01T10:00:00Z", "yesterday"),
    "no such day": ({"format": "date-time"}, "2024-02-30T10:00:00Z", "2024-03-01T10:00:00Z"),
    "capitals": ({"type": "string"}, "Ada", "ada"),
    "name of a mailbox": ({"format": "email"}, "Ada@example.com", "ada@example.com"),
    "path": ({"format": "uri"}, "https://example.com/A", "https://example.com/a"),
    "text of digits": ({"type": "string"}, "009640", "9640"),
    "number as text": ({"format": "decimal"}, "1.0", 1),
    "boolean": ({}, True, 1),
    "lost member": ({"properties": {"a": {}}}, {"a": 1, "b": 2}, {"a": 1}),
    "lost element": ({"items": {}}, [1, 2], [1]),
    "null": ({"format": "date-time"}, "2024-05-01T10:00:00Z", None),
    "no number": ({"format": "decimal"}, "1.0", "one"),
}
DOCUMENT: Json = {"components": {"schemas": {"When": {"format": "date-time"}}}}


@pytest.mark.parametrize("name", EQUIVALENT)
def test_equivalent_values(name: str) -> None:
    """Another representation of a value is equivalent to it, in both directions."""
    schema, sent, received = EQUIVALENT[name]
    assert are_equivalent(Schema(DOCUMENT, schema), sent, received)
    assert are_equivalent(Schema(DOCUMENT, schema), received, sent)


@pytest.mark.parametrize("name", DIFFERENT)
def test_different_values(name: str) -> None:
    """Values that no format makes equal are different."""
    schema, sent, received = DIFFERENT[name]
    assert not are_equivalent(Schema(DOCUMENT, schema), sent, received)
