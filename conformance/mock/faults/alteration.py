"""Values as a careless server would keep them: near to what was sent, of the same shape, and
wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape

from conformance.contract.json import Json
from conformance.mock.sample import flat, types

SHORT = 32
COLUMN = 255  # characters: what a column of text holds by habit


@dataclass(frozen=True, slots=True, kw_only=True)
class Alteration:
    """One way of getting a value wrong."""

    name: str
    text: str
    change: Callable[[Json], Json]


def altered(value: Json) -> Json:
    """Return another value of the same type and form."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str):
        return _other_text(value)
    if isinstance(value, list):
        return value[:-1]
    return dict(list(value.items())[:-1]) if isinstance(value, dict) else value


def alterations(document: Json, node: Json, *, subtle: bool = False) -> Iterator[Alteration]:
    """Yield ways of getting a value of a schema wrong, the plainest first; the later ones, and the
    `subtle` ones, touch some values only.
    """
    schema = flat(document, node)
    match types(schema)[:1]:
        case ("string",) if "pattern" in schema or "enum" in schema:
            yield Alteration(name="altered", text="turned round", change=altered)
        case ("string",):
            yield Alteration(
                name="altered", text="with upper and lower case exchanged", change=altered
            )
            yield Alteration(
                name="clipped",
                text=f"cut to {SHORT} characters",
                change=lambda value: value[:SHORT] if isinstance(value, str) else value,
            )
            yield Alteration(name="ascii", text="with ? for what is not ASCII", change=_ascii)
            # a text of which the page gives examples may have a form of its own
            if subtle and "examples" not in schema:
                yield Alteration(
                    name="escaped",
                    text="with &amp; for &, as in HTML",
                    change=lambda value: escape(value) if isinstance(value, str) else value,
                )
                yield Alteration(
                    name="astral", text="without the characters beyond U+FFFF", change=_plane
                )
                yield Alteration(name="spaces", text="with one space for several", change=_spaces)
                if schema.get("maxLength", 0) > COLUMN:

                    def change(value: Json) -> Json:
                        return value[:COLUMN] if isinstance(value, str) else value

                    yield Alteration(
                        name="column", text=f"cut to {COLUMN} characters", change=change
                    )
        case ("array",):
            yield Alteration(name="emptied", text="as an empty list", change=lambda value: [])
            yield Alteration(name="shortened", text="without its last member", change=altered)
        case ("object",):
            yield Alteration(name="emptied", text="as an empty object", change=lambda value: {})
            yield Alteration(name="shortened", text="without its last property", change=altered)
        case ("boolean",):
            yield Alteration(name="negated", text="as the opposite", change=altered)
            yield Alteration(name="false", text="as false", change=lambda value: False)
        case _:
            yield Alteration(name="altered", text="with another value", change=altered)


def _other_text(text: str) -> str:
    last = text[:-1] + ("1" if text.endswith("0") else "0")
    others = (text[::-1], last) if _is_code(text) else (text.swapcase(), text[::-1], last)
    return next(
        other for other in others if (other != text and len(other) == len(text)) or other is last
    )


def _is_code(text: str) -> bool:
    return len(text) >= 16 and all(one in "0123456789abcdefABCDEF" for one in text)


def _plane(value: Json) -> Json:
    return "".join(one for one in value if one <= "\uffff") if isinstance(value, str) else value


def _spaces(value: Json) -> Json:
    return re.sub(" +", " ", value) if isinstance(value, str) else value


def _ascii(value: Json) -> Json:
    return value.encode("ascii", "replace").decode() if isinstance(value, str) else value
