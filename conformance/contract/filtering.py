"""`filters`: which items a list leaves out: by a glob on a field, by a state, or by a query object
in a dialect.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from conformance.contract.claim import Draft
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.statement import Register


class Lone(StrEnum):
    """What a pattern without a field is: without effect, meant for the first field, or an error."""

    IGNORED = "ignored"
    APPLIED = "applied"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Globs:
    """Parameter `glob` holds a pattern (`*` is any run of characters, anchored at both ends) for
    the item field that parameter `field` chooses.

    `keys` leads from each value of `field` to an item pointer. Blank or absent, either of them
    leaves the list unfiltered. `lone` says, where a reading does, what a pattern without a field
    is.
    """

    field: str
    glob: str
    keys: Mapping[str, str]
    lone: Lone | None
    pointer: str
    source: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class States:
    """Parameter `state` chooses the items whose `field` has the value that `values` gives; `absent`
    is that value when it is not sent.
    """

    state: str
    field: str
    values: Mapping[str, Json]
    absent: Json
    pointer: str
    source: Json


class KeyType(StrEnum):
    """What the operators of a query compare."""

    TEXT = "text"
    DATE = "date"
    ID = "id"
    TAGS = "tags"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A field that a query can name: where its value stands in an item (a list there means: any of
    its members).
    """

    name: str
    pointer: str
    type: KeyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Queries:
    """Parameter `query` holds a JSON object in a dialect; `operators` leads from each operator to
    the keys that it is claimed for.

    The dialect `advanced` is Losant's advanced query language: fields side by side are all to
    match; `$and`, `$or`, `$nor` take lists of queries; a field holds a value or an object of
    comparisons. The words without `$`: `equal` (a bare value), `fields` (several side by side),
    `nothing` ({}).
    """

    query: str
    dialect: str
    keys: Mapping[str, Key]
    operators: Mapping[str, tuple[str, ...]]
    pointer: str
    source: Json


Filters = Globs | States | Queries


class Part(StrEnum):
    """Which property of a glob filter a claim is about."""

    EXACT = "exact"
    PREFIX = "prefix"
    SUFFIX = "suffix"
    INFIX = "infix"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Glob:
    """A pattern of the form `part` selects exactly the items whose field it matches."""

    kind: ClassVar[str] = "filtering.glob"
    globs: Globs
    value: str
    part: Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfiltered:
    """With `parameter` blank (or absent, when not `blank`), nothing is filtered."""

    kind: ClassVar[str] = "filtering.unfiltered"
    globs: Globs
    parameter: str
    blank: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LonePattern:
    """A pattern without a field is as `globs.lone` says."""

    kind: ClassVar[str] = "filtering.lone"
    globs: Globs


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """`text` (None: absent) lists exactly the items whose field is `value`."""

    kind: ClassVar[str] = "filtering.state"
    states: States
    text: str | None
    value: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query that uses `operator` on `key` selects exactly the items that it describes."""

    kind: ClassVar[str] = "filtering.query"
    queries: Queries
    operator: str
    key: Key


def parse(node: Json, pointer: str) -> Filters:
    """Return the behaviour that a `filters` node describes."""
    source = node.get("x-source")
    if "query" in node:
        keys = {
            name: Key(name=name, pointer=key["pointer"], type=KeyType(key["type"]))
            for name, key in node["keys"].items()
        }
        operators = {operator: tuple(names) for operator, names in node["operators"].items()}
        return Queries(
            query=node["query"],
            dialect=node["dialect"],
            keys=keys,
            operators=operators,
            pointer=pointer,
            source=source,
        )
    if "state" in node:
        return States(
            state=node["state"],
            field=node["field"],
            values=node["values"],
            absent=node.get("absent"),
            pointer=pointer,
            source=source,
        )
    return Globs(
        field=node["field"],
        glob=node["glob"],
        keys=node["keys"],
        lone=Lone(node["lone"]) if "lone" in node else None,
        pointer=pointer,
        source=source,
    )


def drafts(operation: Operation, filters: Filters, register: Register) -> Iterator[Draft]:
    """Yield what each form of filter promises."""
    match filters:
        case Globs():
            yield from _globs(operation, filters, register)
            yield from _lone(operation, filters, register)
        case States():
            yield from _states(operation, filters, register)
        case Queries():
            yield from _queries(operation, filters, register)


_PARTS = {
    Part.EXACT: "a pattern without * selects the items whose {} equals it",
    Part.PREFIX: "a pattern that ends in * selects the items whose {} begins so",
    Part.SUFFIX: "a pattern that begins with * selects the items whose {} ends so",
    Part.INFIX: "a pattern with * inside selects the items whose {} begins and ends so",
    Part.NOTHING: "a pattern that no {} matches selects nothing",
}


def _globs(operation: Operation, globs: Globs, register: Register) -> Iterator[Draft]:
    for value in globs.keys:
        for part, text in _PARTS.items():
            yield Draft(
                id=f"{operation.id}/{globs.glob}/{part}/{value}",
                operation=operation.id,
                text=f"With {globs.field}={value}, {text.format(value)}.",
                promise=Glob(globs=globs, value=value, part=part),
                pointer=globs.pointer,
                ids=register.cite(
                    globs.source, "exact" if part in (Part.EXACT, Part.NOTHING) else "glob"
                ),
            )
    for parameter in (globs.field, globs.glob):
        for blank in (True, False):
            word = "blank" if blank else "absent"
            yield Draft(
                id=f"{operation.id}/{parameter}/{word}",
                operation=operation.id,
                text=f"With {parameter} {word}, nothing is filtered.",
                promise=Unfiltered(globs=globs, parameter=parameter, blank=blank),
                pointer=globs.pointer,
                ids=register.cite(globs.source, word, parameter),
            )


def _lone(operation: Operation, globs: Globs, register: Register) -> Iterator[Draft]:
    if globs.lone is not None:
        yield Draft(
            id=f"{operation.id}/{globs.glob}/lone",
            operation=operation.id,
            text=f"{globs.glob} without {globs.field} is {globs.lone}.",
            promise=LonePattern(globs=globs),
            pointer=globs.pointer,
            ids=register.cite(globs.source, "lone"),
        )


def _states(operation: Operation, states: States, register: Register) -> Iterator[Draft]:
    for text, value in [*states.values.items(), (None, states.absent)]:
        if text is None and value is None:
            continue
        yield Draft(
            id=f"{operation.id}/{states.state}/{text or 'absent'}",
            operation=operation.id,
            text=(
                f"With {states.state} {text or 'absent'}, the list holds the items whose"
                f" {states.field[1:]} is {json.dumps(value)}, and no others."
            ),
            promise=State(states=states, text=text, value=value),
            pointer=states.pointer,
            ids=register.cite(states.source, text or "absent"),
        )


def _queries(operation: Operation, queries: Queries, register: Register) -> Iterator[Draft]:
    for operator, names in queries.operators.items():
        for name in names:
            yield Draft(
                id=f"{operation.id}/{queries.query}/{operator}/{name}",
                operation=operation.id,
                text=(
                    f"A {queries.query} with {operator} on {name} selects exactly the items it"
                    " describes."
                ),
                promise=Query(queries=queries, operator=operator, key=queries.keys[name]),
                pointer=queries.pointer,
                ids=register.cite(queries.source, operator, name),
            )
