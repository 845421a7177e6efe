"""Generators of unique ids and other unique values.

They derive a value from a counter in the form that a schema requires.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from conformance.contract.json import Json
from conformance.contract.schema import Schema

BASE_TIMESTAMP = (
    0x65A00000  # the first digits increase like the seconds in ids of document databases
)


def build_unique_value_generator(schema: Schema, prefix: str = "item") -> Callable[[int], Json]:
    """Return a function that maps a counter to a unique value that fits `schema`.

    The values increase with the counter. These forms are tried in order: an integer, a UUID,
    hexadecimal digits of the length in the pattern, `item-000001` (with `prefix` for `item`),
    zero-padded digits.
    """
    return next(
        (
            generate_id
            for generate_id in _generate_candidate_id_generators(schema, prefix)
            if schema.is_valid(generate_id(1)) and schema.is_valid(generate_id(99_999))
        ),
        lambda number: number,
    )


def _generate_candidate_id_generators(
    schema: Schema, prefix: str
) -> Iterator[Callable[[int], Json]]:
    node = schema.merged
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
