"""`filters`: a list filtered by a glob on a field, by a state, or by a query object."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from conformance.contract.behavior import BehaviorKind
from conformance.contract.claim import ClaimDraft
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.statements import Statements
from conformance.contract.word import NAMES, SCALAR, SOURCE, TEXT, Word


class PatternWithoutFieldHandling(StrEnum):
    """What the server does with a pattern that comes without a field.

    It ignores the pattern, applies it to the first field, or refuses the request.
    """

    IGNORED = "ignored"
    APPLIED = "applied"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class FiltersByGlob:
    """A filter by a glob pattern on the item field that `field_parameter` selects.

    In `pattern_parameter`, `*` matches any run of characters, and the pattern is anchored at both
    ends. `pointers_by_field` maps each value of `field_parameter` to an item pointer. The list is
    unfiltered if either parameter is blank or absent. `pattern_without_field` says what a
    pattern without a field does; it is None unless an interpretation sets it.
    """

    field_parameter: str
    pattern_parameter: str
    pointers_by_field: Mapping[str, str]
    pattern_without_field: PatternWithoutFieldHandling | None
    pointer: str
    source: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class FiltersByState:
    """A filter by the value of the field at `item_pointer`.

    `item_values` maps each value of `parameter` to the field value that it selects.
    `default_item_value` is the field value that is selected if the parameter is not sent; None
    stands for no promise.
    """

    parameter: str
    item_pointer: str
    item_values: Mapping[str, Json]
    default_item_value: Json
    pointer: str
    source: Json


class QueryableFieldType(StrEnum):
    """The type of the values that the operators of a query compare."""

    TEXT = "text"
    DATE = "date"
    ID = "id"
    TAGS = "tags"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryableField:
    """A field that a query can name, with the pointer to its value in an item.

    If that value is a list, the query matches any of its members.
    """

    name: str
    pointer: str
    type: QueryableFieldType


@dataclass(frozen=True, slots=True, kw_only=True)
class FiltersByQuery:
    """A filter by a JSON query object in `parameter`.

    `keys_by_operator` maps each operator to the keys for which the contract claims it. The dialect
    `advanced` is Losant's advanced query language: an item must match all fields of a query;
    `$and`, `$or` and `$nor` take lists of queries; a field holds a value or an object of
    comparisons. Operators without `$` name other forms: `equal` (a plain value), `fields` (several
    fields in one query) and `nothing` (the empty query `{}`).
    """

    parameter: str
    dialect: str
    keys: Mapping[str, QueryableField]
    keys_by_operator: Mapping[str, tuple[str, ...]]
    pointer: str
    source: Json


FilterBehavior = FiltersByGlob | FiltersByState | FiltersByQuery


class GlobFilterProperty(StrEnum):
    """Which property of a glob filter a claim is about."""

    EXACT = "exact"
    PREFIX = "prefix"
    SUFFIX = "suffix"
    INFIX = "infix"
    NO_MATCH = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectsGlobMatches:
    """The promise that a pattern of the form `aspect` selects exactly the items that match it.

    The pattern is matched against `field`.
    """

    kind: ClassVar[str] = "filtering.glob"
    behavior: FiltersByGlob
    field: str
    pattern_form: GlobFilterProperty


@dataclass(frozen=True, slots=True, kw_only=True)
class ListsUnfiltered:
    """The promise that the list is unfiltered if `parameter` is blank (`blank`) or else absent."""

    kind: ClassVar[str] = "filtering.unfiltered"
    behavior: FiltersByGlob
    parameter: str
    blank: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlesPatternWithoutField:
    """The promise that a pattern is handled as `pattern_without_field` says."""

    kind: ClassVar[str] = "filtering.pattern-without-field"
    behavior: FiltersByGlob


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectsItemsInState:
    """The promise that `parameter_value` lists exactly the items whose field is `item_value`.

    If `parameter_value` is None, the parameter is absent.
    """

    kind: ClassVar[str] = "filtering.state"
    behavior: FiltersByState
    parameter_value: str | None
    item_value: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectsQueryMatches:
    """The promise that a query with `operator` on `key` selects exactly the items that match it."""

    kind: ClassVar[str] = "filtering.query"
    behavior: FiltersByQuery
    operator: str
    key: QueryableField


def parse_filtering_behavior(node: Json, pointer: str) -> FilterBehavior:
    """Return the behavior that a `filters` node describes."""
    source = node.get("x-source")
    if "query" in node:
        keys = {
            name: QueryableField(
                name=name, pointer=key["pointer"], type=QueryableFieldType(key["type"])
            )
            for name, key in node["keys"].items()
        }
        keys_by_operator = {
            operator: tuple(key_names) for operator, key_names in node["operators"].items()
        }
        return FiltersByQuery(
            parameter=node["query"],
            dialect=node["dialect"],
            keys=keys,
            keys_by_operator=keys_by_operator,
            pointer=pointer,
            source=source,
        )
    if "state" in node:
        return FiltersByState(
            parameter=node["state"],
            item_pointer=node["field"],
            item_values=node["values"],
            default_item_value=node.get("absent"),
            pointer=pointer,
            source=source,
        )
    return FiltersByGlob(
        field_parameter=node["field"],
        pattern_parameter=node["glob"],
        pointers_by_field=node["keys"],
        pattern_without_field=PatternWithoutFieldHandling(node["withoutField"])
        if "withoutField" in node
        else None,
        pointer=pointer,
        source=source,
    )


def derive_filtering_claims(
    operation: Operation, behavior: FilterBehavior, statements: Statements
) -> Iterator[ClaimDraft]:
    """Yield the claims about a filter."""
    match behavior:
        case FiltersByGlob():
            yield from _derive_glob_filter_claims(operation, behavior, statements)
            yield from _derive_glob_without_field_parameter_claims(operation, behavior, statements)
        case FiltersByState():
            yield from _derive_state_filter_claims(operation, behavior, statements)
        case FiltersByQuery():
            yield from _derive_query_filter_claims(operation, behavior, statements)


_GLOB_CLAIM_TEXTS = {
    GlobFilterProperty.EXACT: "a pattern without * selects the items whose {} equals it",
    GlobFilterProperty.PREFIX: "a pattern that ends in * selects the items whose {} begins so",
    GlobFilterProperty.SUFFIX: "a pattern that begins with * selects the items whose {} ends so",
    GlobFilterProperty.INFIX: (
        "a pattern with * inside selects the items whose {} begins and ends so"
    ),
    GlobFilterProperty.NO_MATCH: "a pattern that no {} matches selects nothing",
}


def _derive_glob_filter_claims(
    operation: Operation, behavior: FiltersByGlob, statements: Statements
) -> Iterator[ClaimDraft]:
    for field in behavior.pointers_by_field:
        for aspect, text in _GLOB_CLAIM_TEXTS.items():
            yield ClaimDraft(
                id=f"{operation.id}/{behavior.pattern_parameter}/{aspect}/{field}",
                operation=operation.id,
                text=f"With {behavior.field_parameter}={field}, {text.format(field)}.",
                promise=SelectsGlobMatches(behavior=behavior, field=field, pattern_form=aspect),
                pointer=behavior.pointer,
                citations=statements.get_citations(
                    behavior.source,
                    "exact"
                    if aspect in (GlobFilterProperty.EXACT, GlobFilterProperty.NO_MATCH)
                    else "glob",
                ),
            )
    for parameter in (behavior.field_parameter, behavior.pattern_parameter):
        declared = operation.parameter(parameter)
        may_be_blank = declared is None or declared.may_be_blank
        for blank in (True, False) if may_be_blank else (False,):
            condition = "blank" if blank else "absent"
            yield ClaimDraft(
                id=f"{operation.id}/{parameter}/{condition}",
                operation=operation.id,
                text=f"With {parameter} {condition}, nothing is filtered.",
                promise=ListsUnfiltered(behavior=behavior, parameter=parameter, blank=blank),
                pointer=behavior.pointer,
                citations=statements.get_citations(behavior.source, condition, parameter),
            )


def _derive_glob_without_field_parameter_claims(
    operation: Operation, behavior: FiltersByGlob, statements: Statements
) -> Iterator[ClaimDraft]:
    if behavior.pattern_without_field is not None:
        yield ClaimDraft(
            id=f"{operation.id}/{behavior.pattern_parameter}/withoutField",
            operation=operation.id,
            text=(
                f"{behavior.pattern_parameter} without {behavior.field_parameter} is"
                f" {behavior.pattern_without_field}."
            ),
            promise=HandlesPatternWithoutField(behavior=behavior),
            pointer=behavior.pointer,
            citations=statements.get_citations(behavior.source, "withoutField"),
        )


def _derive_state_filter_claims(
    operation: Operation, behavior: FiltersByState, statements: Statements
) -> Iterator[ClaimDraft]:
    for parameter_value, item_value in [
        *behavior.item_values.items(),
        (None, behavior.default_item_value),
    ]:
        if parameter_value is None and item_value is None:
            continue
        yield ClaimDraft(
            id=f"{operation.id}/{behavior.parameter}/{parameter_value or 'absent'}",
            operation=operation.id,
            text=(
                f"With {behavior.parameter} {parameter_value or 'absent'}, the list holds the items"
                " whose"
                f" {behavior.item_pointer[1:]} is {json.dumps(item_value)}, and no others."
            ),
            promise=SelectsItemsInState(
                behavior=behavior, parameter_value=parameter_value, item_value=item_value
            ),
            pointer=behavior.pointer,
            citations=statements.get_citations(behavior.source, parameter_value or "absent"),
        )


def _derive_query_filter_claims(
    operation: Operation, behavior: FiltersByQuery, statements: Statements
) -> Iterator[ClaimDraft]:
    for operator, key_names in behavior.keys_by_operator.items():
        for key_name in key_names:
            yield ClaimDraft(
                id=f"{operation.id}/{behavior.parameter}/{operator}/{key_name}",
                operation=operation.id,
                text=(
                    f"A {behavior.parameter} with {operator} on {key_name} selects exactly the"
                    " items it"
                    " describes."
                ),
                promise=SelectsQueryMatches(
                    behavior=behavior, operator=operator, key=behavior.keys[key_name]
                ),
                pointer=behavior.pointer,
                citations=statements.get_citations(behavior.source, operator, key_name),
            )


def _list_parameters(node: Json) -> list[str]:
    names = [node[key] for key in ("state", "query") if key in node]
    return names + ([node["glob"], node["field"]] if "glob" in node else [])


BEHAVIOR = BehaviorKind(
    word=Word(
        name="filters",
        place="an operation that lists",
        sentence="The list is filtered: by a glob on a field, by a state, or by a query object.",
        schema={
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "field": TEXT,
                "glob": TEXT,
                "keys": {"type": "object"},
                "withoutField": TEXT,
                "state": TEXT,
                "values": {"type": "object"},
                "absent": SCALAR,
                "query": TEXT,
                "dialect": TEXT,
                "operators": {"type": "object", "additionalProperties": NAMES},
                "x-source": SOURCE,
                "x-guess": TEXT,
            },
        },
        example="filters: {field: filterField, glob: filter, keys: {name: /name}}",
    ),
    values=(FiltersByGlob, FiltersByState, FiltersByQuery),
    parse=parse_filtering_behavior,
    derive_claims=derive_filtering_claims,
    list_parameters=_list_parameters,
    checks="conformance.checks.filtering",
    mock="conformance.mock.filtering",
    faults="conformance.mock.faults.filtering",
)
