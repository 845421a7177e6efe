"""Identities and other values that never repeat, made from a counter in the form that a schema asks
for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from conformance.contract import schema as schemas
from conformance.contract.json import Json
from conformance.mock.example import flatten_schema

BASE_TIMESTAMP = (
    0x65A00000  # the leading digits count up like the seconds in a document database's ids
)


def build_id_generator(document: Json, schema: Json, prefix: str = "item") -> Callable[[int], Json]:
    """Return a function from a counter to a value that fits `schema`: increasing, and the same for
    the same counter.

    Tried in turn: a plain integer, hexadecimal digits of the length that the pattern names, a UUID,
    `item-000001`, the digits alone.
    """
    node = flatten_schema(document, schema)
    validator = schemas.compile_validator(document, schema)
    return next(
        (
            generate_id
            for generate_id in _list_id_generators(node, prefix)
            if validator.is_valid(generate_id(1)) and validator.is_valid(generate_id(99_999))
        ),
        lambda number: number,
    )


def _list_id_generators(node: Json, prefix: str) -> Iterator[Callable[[int], Json]]:
    start = 1000 + int(node.get("minimum", 0))
    yield lambda number: start + number
    if node.get("format") == "uuid":
        yield lambda number: f"{BASE_TIMESTAMP + number:08x}-0000-4000-8000-{number:012x}"
    lengths = [int(length) for length in re.findall(r"\{(\d+)(?:,\d*)?\}", node.get("pattern", ""))]
    for length in (*lengths, node.get("minLength", 0)):
        if length >= 16:
            yield (
                lambda number, length=length: (  # type: ignore[misc]
                    f"{BASE_TIMESTAMP + number:08x}" + f"{number:x}".zfill(length - 8)
                )
            )
    yield lambda number: f"{prefix}-{number:06}"
    for width in (*lengths, 12):
        yield lambda number, width=width: str(number).zfill(width)  # type: ignore[misc]
        yield lambda number, width=width: f"{number:x}".zfill(width)  # type: ignore[misc]
