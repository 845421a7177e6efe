"""Mutations of values, as a careless server would make them.

A mutated value is close to the original and has the same type, but is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape

from conformance.contract.equivalence import are_equivalent
from conformance.contract.json import Json
from conformance.contract.schema import Schema
from conformance.values.valid import ValueMaker

SHORT_TEXT_LENGTH = 32
SAMPLE_COUNT = 8  # values that show whether a mutation changes anything
COLUMN_LENGTH = 255  # characters, the usual length of a text column in a database


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueMutation:
    """One way to change a value.

    `text` describes the changed value, such as `cut to 32 characters`.
    """

    name: str
    text: str
    mutate: Callable[[Json], Json]


def mutate_value(value: Json) -> Json:
    """Return another value of the same type and form."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str):
        return _build_similar_wrong_text(value)
    if isinstance(value, list):
        return value[:-1]
    return dict(list(value.items())[:-1]) if isinstance(value, dict) else value


def generate_value_mutations(schema: Schema, *, subtle: bool = False) -> Iterator[ValueMutation]:
    """Yield mutations for the values of a schema, the most obvious first.

    The later mutations change only some values. This also applies to all mutations that are yielded
    only if `subtle` is set. A mutation that leaves most valid values as they are is not yielded,
    such as another letter case for digits: no client could notice it. In texts that may be anything
    every mutation can be noticed.
    """
    samples = [] if _is_free_text(schema) else _make_samples(schema)
    for mutation in _generate_mutations_by_type(schema, subtle):
        if (
            mutation.name == "clipped"
            and schema.get("maxLength", COLUMN_LENGTH) <= SHORT_TEXT_LENGTH
        ):
            continue
        changed = [
            sample
            for sample in samples
            if not are_equivalent(schema, sample, mutation.mutate(sample))
        ]
        if len(changed) * 2 >= len(samples):
            yield mutation


def _is_free_text(schema: Schema) -> bool:
    return schema.types[:1] == ("string",) and not (
        {"pattern", "enum", "const", "format", "anyOf", "oneOf"} & schema.merged.keys()
    )


def _make_samples(schema: Schema) -> list[Json]:
    """Return some valid values of a schema; none if they cannot be made."""
    try:
        return list(ValueMaker(schema).make_many("mutations", SAMPLE_COUNT))
    except ValueError:
        return []


def _generate_mutations_by_type(schema: Schema, subtle: bool) -> Iterator[ValueMutation]:
    match schema.types[:1]:
        case ("string",) if "pattern" in schema.merged or "enum" in schema.merged:
            yield ValueMutation(name="altered", text="turned round", mutate=mutate_value)
        case ("string",):
            yield ValueMutation(
                name="altered", text="with upper and lower case exchanged", mutate=mutate_value
            )
            yield ValueMutation(
                name="clipped",
                text=f"cut to {SHORT_TEXT_LENGTH} characters",
                mutate=lambda value: value[:SHORT_TEXT_LENGTH] if isinstance(value, str) else value,
            )
            yield ValueMutation(
                name="ascii", text="with ? for what is not ASCII", mutate=_replace_non_ascii
            )
            # A text with documented examples may have a special format, which these would break.
            if subtle and "examples" not in schema.merged:
                yield ValueMutation(
                    name="escaped",
                    text="with &amp; for &, as in HTML",
                    mutate=lambda value: escape(value) if isinstance(value, str) else value,
                )
                yield ValueMutation(
                    name="astral",
                    text="without the characters beyond U+FFFF",
                    mutate=_drop_astral_characters,
                )
                yield ValueMutation(
                    name="spaces", text="with one space for several", mutate=_collapse_spaces
                )
                if schema.get("maxLength", 0) > COLUMN_LENGTH:

                    def cut_to_column(value: Json) -> Json:
                        return value[:COLUMN_LENGTH] if isinstance(value, str) else value

                    yield ValueMutation(
                        name="column",
                        text=f"cut to {COLUMN_LENGTH} characters",
                        mutate=cut_to_column,
                    )
        case ("array",):
            yield ValueMutation(name="emptied", text="as an empty list", mutate=lambda value: [])
            yield ValueMutation(
                name="shortened", text="without its last member", mutate=mutate_value
            )
        case ("object",):
            yield ValueMutation(name="emptied", text="as an empty object", mutate=lambda value: {})
            yield ValueMutation(
                name="shortened", text="without its last property", mutate=mutate_value
            )
        case ("boolean",):
            yield ValueMutation(name="negated", text="as the opposite", mutate=mutate_value)
            yield ValueMutation(name="false", text="as false", mutate=lambda value: False)
        case _:
            yield ValueMutation(name="altered", text="with another value", mutate=mutate_value)


def _build_similar_wrong_text(text: str) -> str:
    with_last_changed = text[:-1] + ("1" if text.endswith("0") else "0")
    candidates = (
        (text[::-1], with_last_changed)
        if _is_hex_code(text)
        else (text.swapcase(), text[::-1], with_last_changed)
    )
    return next(
        candidate
        for candidate in candidates
        if (candidate != text and len(candidate) == len(text)) or candidate is with_last_changed
    )


def _is_hex_code(text: str) -> bool:
    return len(text) >= 16 and all(character in "0123456789abcdefABCDEF" for character in text)


def _drop_astral_characters(value: Json) -> Json:
    return (
        "".join(character for character in value if character <= "\uffff")
        if isinstance(value, str)
        else value
    )


def _collapse_spaces(value: Json) -> Json:
    return re.sub(" +", " ", value) if isinstance(value, str) else value


def _replace_non_ascii(value: Json) -> Json:
    return value.encode("ascii", "replace").decode() if isinstance(value, str) else value
