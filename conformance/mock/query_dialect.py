"""The query language `advanced`, whose queries are JSON objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from conformance.contract import pointer as pointers
from conformance.contract.filtering import FiltersByQuery, QueryableField, QueryableFieldType
from conformance.contract.json import Json
from conformance.mock import tag_search
from conformance.mock.accessors import build_pointer_getter, list_comparable_values
from conformance.mock.query_operators import (
    OPERATORS,
    ComparisonOperator,
    choose_comparison_normalizer,
)
from conformance.mock.refusal import Refusal

Predicate = Callable[[Json], bool]
Combinator = Callable[[Sequence[Predicate]], Predicate]


def match_all(predicates: Sequence[Predicate]) -> Predicate:
    """Match an item if all predicates match. Without predicates, every item matches."""
    return lambda value: all(predicate(value) for predicate in predicates)


def match_any(predicates: Sequence[Predicate]) -> Predicate:
    """Match an item if at least one predicate matches. Without predicates, every item matches."""
    return lambda value: not predicates or any(predicate(value) for predicate in predicates)


def match_none(predicates: Sequence[Predicate]) -> Predicate:
    """Match an item if no predicate matches. Without predicates, no item matches."""
    return lambda value: bool(predicates) and not any(predicate(value) for predicate in predicates)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryLanguage:
    """The operators of the query language as functions.

    `operators` holds the comparison operators by key, and `combinators` those that take a list of
    queries. `combine_fields` joins the fields of one query, and `tag_operators` searches tags.
    `empty_query` is the predicate of an empty query. `requests_case_folding` tells for an operand
    of `$ci` (None if absent) whether case is ignored, and `supports_case_folding` for which keys.
    """

    keys: Mapping[str, QueryableField]
    operators: Mapping[str, Mapping[str, ComparisonOperator]]
    combinators: Mapping[str, Combinator] = field(
        default_factory=lambda: {"$and": match_all, "$or": match_any, "$nor": match_none}
    )
    combine_fields: Combinator = match_all
    empty_query: Predicate = lambda value: True
    tag_operators: tag_search.TagSearchOperators = tag_search.TAG_OPERATORS
    supports_case_folding: Callable[[str], bool] = lambda key: True
    requests_case_folding: Callable[[Json], bool] = bool


def build_query_language(queries: FiltersByQuery) -> QueryLanguage:
    """Return the query language for the keys of a contract."""
    return QueryLanguage(keys=queries.keys, operators=dict.fromkeys(queries.keys, OPERATORS))


def compile_query_predicate(query: Json, language: QueryLanguage) -> Predicate:
    """Return the predicate for a query. Raises Refusal (400) if the query is invalid."""
    if not isinstance(query, dict):
        raise Refusal(400, "a query is an object")
    if not query:
        return language.empty_query
    predicates = [
        _compile_combinator_predicate(name, operand, language)
        if name in language.combinators
        else _compile_field_predicate(name, operand, language)
        for name, operand in query.items()
    ]
    return predicates[0] if len(predicates) == 1 else language.combine_fields(predicates)


def _compile_combinator_predicate(
    combinator: str, operand: Json, language: QueryLanguage
) -> Predicate:
    if not isinstance(operand, list):
        raise Refusal(400, f"{combinator} takes a list of queries")
    return language.combinators[combinator](
        [compile_query_predicate(subquery, language) for subquery in operand]
    )


def _compile_field_predicate(name: str, operand: Json, language: QueryLanguage) -> Predicate:
    if name.startswith("$"):
        raise Refusal(400, f"{name} is not part of the query language")
    # a field that is no documented key is looked up by its own name
    key = language.keys.get(name) or QueryableField(
        name=name, pointer=pointers.join("", name), type=QueryableFieldType.ID
    )
    if key.type is QueryableFieldType.TAGS:
        matches_tags = tag_search.compile_tag_search_predicate(operand, language.tag_operators)
        get_value = build_pointer_getter(key.pointer)
        return lambda value: matches_tags(tag_search.normalize_tags_to_mapping(get_value(value)))
    if not isinstance(operand, dict):
        return _compile_comparison_predicate(key, {"equal": operand}, language)
    if unknown := [
        operator
        for operator in operand
        if operator not in (*language.operators.get(name, OPERATORS), "$ci") or operator == "equal"
    ]:
        raise Refusal(400, f"{name} has no operator {unknown[0]}")
    return _compile_comparison_predicate(key, operand, language)


def _compile_comparison_predicate(
    key: QueryableField, operators: Mapping[str, Json], language: QueryLanguage
) -> Predicate:
    known_operators = language.operators.get(key.name, OPERATORS)
    fold = choose_comparison_normalizer(
        key.type,
        language.requests_case_folding(operators.get("$ci"))
        and language.supports_case_folding(key.name),
    )
    tests = [
        known_operators[operator](operand, fold)
        for operator, operand in operators.items()
        if operator != "$ci"
    ]

    get_value = build_pointer_getter(key.pointer)
    if len(tests) == 1:
        [single_test] = tests
        return lambda value: single_test(list_comparable_values(get_value(value)))
    return lambda value: all(test(list_comparable_values(get_value(value))) for test in tests)
