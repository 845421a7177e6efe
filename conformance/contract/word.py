"""Words of the contract language, and the pieces of which their schemas are made."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from conformance.contract.json import Json

TEXT: Json = {"type": "string"}
NAMES: Json = {"type": "array", "items": {"type": "string"}}
POINTER: Json = {"type": "string", "pattern": "^(/.*)?$"}
POINTERS_BY_NAME: Json = {"type": "object", "additionalProperties": POINTER}
TEXTS_BY_NAME: Json = {"type": "object", "additionalProperties": TEXT}
SCALAR: Json = {"type": ["string", "integer", "number", "boolean", "null"]}
SOURCE: Json = {"type": ["string", "array", "object", "null"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word of the contract language.

    `place` says where it stands, `schema` which values it has, `sentence` what it promises, and
    `example` how it is written.
    """

    name: str
    place: str
    sentence: str
    schema: Json
    example: str


def mapping_schema(required: Iterable[str] = (), **properties: Json) -> Json:
    """Return the schema of a mapping with these keys, `x-source`, `x-guess`, and no others."""
    return {
        "type": "object",
        "required": list(required),
        "additionalProperties": False,
        "properties": {**properties, "x-source": SOURCE, "x-guess": TEXT},
    }


def find_nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most like `name`, if any is alike."""
    return next(iter(difflib.get_close_matches(name, [*known], 1, 0.6)), None)
