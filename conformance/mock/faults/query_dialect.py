"""Faults in the query language: operators with a wrong meaning."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from urllib.parse import unquote

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.filtering import QueryableFieldType, SelectsQueryMatches
from conformance.contract.json import Json
from conformance.contract.pointer import tokens
from conformance.mock import tag_search
from conformance.mock.fault import Fault
from conformance.mock.faults.patches import ServicePatch, build_fault, patch_list_filters
from conformance.mock.filtering import QueryFilter
from conformance.mock.part import ItemFilter
from conformance.mock.query_dialect import (
    Combinator,
    Predicate,
    QueryLanguage,
    match_all,
    match_any,
    match_none,
)
from conformance.mock.query_operators import (
    OPERATORS,
    ComparisonOperator,
    Values,
    ValuesPredicate,
    build_any_of_predicate,
    build_equality_predicate,
    build_negated_comparison_operator,
    build_order_comparison_operator,
    build_text_search_operator,
    to_lower_case,
)
from conformance.mock.repository import find_item_schema

PREFIX_LENGTH = 6
PatchLanguage = Callable[[QueryLanguage], QueryLanguage]
Mistakes = Iterator[tuple[str, str, PatchLanguage]]


def generate_query_operator_faults(
    contract: Contract, claim: Claim, promise: SelectsQueryMatches
) -> Iterator[Fault]:
    """Yield faults in one operator on one key."""
    for variant, text, patch_language in _generate_query_language_mistakes(
        promise, _is_query_key_array(contract, claim, promise)
    ):
        yield build_fault(
            claim, variant, text, _patch_filter_query_language(claim.operation, patch_language)
        )


def _patch_filter_query_language(operation: str, patch_language: PatchLanguage) -> ServicePatch:
    def replace_language(query_filter: ItemFilter) -> ItemFilter:
        assert isinstance(query_filter, QueryFilter)
        return replace(query_filter, language=patch_language(query_filter.language))

    return patch_list_filters(operation, QueryFilter, replace_language)


def _is_query_key_array(contract: Contract, claim: Claim, promise: SelectsQueryMatches) -> bool:
    resource = contract.resource_for(claim.operation)
    if resource is None:
        return False
    schema = find_item_schema(contract, resource).find_property(tokens(promise.key.pointer))
    return schema is not None and "array" in schema.types


def _generate_query_language_mistakes(promise: SelectsQueryMatches, is_list: bool) -> Mistakes:
    operator_name, key = promise.operator, promise.key
    if operator_name in _COMBINATION_MISTAKES:
        yield from _generate_combinator_mistakes(operator_name)
    elif operator_name.endswith("-of-none"):
        yield from _generate_empty_combinator_mistakes(operator_name.removesuffix("-of-none"))
    elif operator_name == "fields":
        yield (
            "some",
            "one matching field is enough",
            lambda language: replace(language, combine_fields=match_any),
        )
        yield (
            "first",
            "only the first field counts",
            lambda language: replace(language, combine_fields=_use_first),
        )
    elif operator_name == "nothing":
        yield (
            "never",
            "an empty query selects nothing",
            lambda language: replace(language, empty_query=lambda value: False),
        )
    elif operator_name == "$ci":
        yield (
            "ignored",
            "$ci is ignored: upper and lower case differ",
            lambda language: replace(
                language, supports_case_folding=lambda key_name: key_name != key.name
            ),
        )
        yield (
            "whatever",
            "upper and lower case are one as soon as $ci is there, be it false",
            lambda language: replace(
                language, requests_case_folding=lambda case_flag: case_flag is not None
            ),
        )
    elif key.type is QueryableFieldType.TAGS:
        yield from _generate_tag_search_mistakes(operator_name)
    else:
        yield from _generate_comparison_operator_mistakes(
            key.name, operator_name, key.type, is_list
        )


def _use_first(predicates: Sequence[Predicate]) -> Predicate:
    return predicates[0]


def _negate_first(predicates: Sequence[Predicate]) -> Predicate:
    return lambda value: not predicates[0](value)


def _use_first_two(combine: Combinator) -> Combinator:
    return lambda predicates: combine(predicates[:2])


_FIRST_TWO_ONLY = ("first-two", "only the first two queries count")
_COMBINATION_MISTAKES: dict[str, tuple[tuple[str, str, Combinator], ...]] = {
    "$and": (
        ("some", "$and does what $or should", match_any),
        ("first", "only the first query counts", _use_first),
        (*_FIRST_TWO_ONLY, _use_first_two(match_all)),
    ),
    "$or": (
        ("every", "$or does what $and should", match_all),
        ("first", "only the first query counts", _use_first),
        (*_FIRST_TWO_ONLY, _use_first_two(match_any)),
    ),
    "$nor": (
        ("some", "$nor does what $or should", match_any),
        ("first", "only the first query counts", _negate_first),
        (*_FIRST_TWO_ONLY, _use_first_two(match_none)),
    ),
}


def _generate_combinator_mistakes(operator_name: str) -> Mistakes:
    for variant, text, combine in _COMBINATION_MISTAKES[operator_name]:
        yield (
            variant,
            text,
            lambda language, combine=combine: replace(  # type: ignore[misc]
                language,
                combinators={
                    **language.combinators,
                    operator_name: _use_wrong_unless_empty(
                        language.combinators[operator_name], combine
                    ),
                },
            ),
        )


def _use_wrong_unless_empty(correct: Combinator, replacement: Combinator) -> Combinator:
    return lambda predicates: replacement(predicates) if predicates else correct(predicates)


def _generate_empty_combinator_mistakes(operator_name: str) -> Mistakes:
    def invert_empty_combinator(language: QueryLanguage) -> QueryLanguage:
        combine = language.combinators[operator_name]
        combine_empty = match_all if combine is match_none else _match_nothing
        return replace(
            language,
            combinators={
                **language.combinators,
                operator_name: lambda predicates: (
                    combine(predicates) if predicates else combine_empty(predicates)
                ),
            },
        )

    yield (
        "opposite",
        f"an empty list under {operator_name} does the opposite",
        invert_empty_combinator,
    )


def _match_nothing(predicates: Sequence[Predicate]) -> Predicate:
    return lambda value: False


def _generate_comparison_operator_mistakes(
    key_name: str, operator_name: str, key_type: QueryableFieldType, is_list: bool
) -> Mistakes:
    for variant, text, compare in _generate_wrong_comparison_operators(
        operator_name, key_type, is_list
    ):
        yield (
            variant,
            text,
            lambda language, compare=compare: replace(  # type: ignore[misc]
                language,
                operators={
                    **language.operators,
                    key_name: {**language.operators[key_name], operator_name: compare},
                },
            ),
        )


def _build_unescaped_dot_operator(operator_name: str) -> ComparisonOperator:
    begin, end = {"$startsWith": ("", ".*"), "$endsWith": (".*", ""), "$contains": (".*", ".*")}[
        operator_name
    ]

    def build_regex_predicate(operand: Json, fold: Callable[[Json], Json]) -> ValuesPredicate:
        matches = re.compile(
            begin + re.escape(str(fold(operand))).replace(r"\.", ".") + end, re.DOTALL
        ).fullmatch
        return lambda values: any(
            isinstance(value, str) and matches(fold(value)) for value in values
        )

    return build_regex_predicate


def _generate_wrong_comparison_operators(
    operator_name: str, key_type: QueryableFieldType, is_list: bool
) -> Iterator[tuple[str, str, ComparisonOperator]]:
    correct_operator = OPERATORS[operator_name]
    yield "ignored", f"{operator_name} is ignored", _match_always
    if operator_name in ("$startsWith", "$endsWith", "$contains"):
        yield (
            "dot",
            "a dot stands for any character, as in regular expressions",
            _build_unescaped_dot_operator(operator_name),
        )
    if operator_name == "equal" and key_type is QueryableFieldType.TEXT:

        def compare_decoded(operand: Json, fold: Callable[[Json], Json]) -> ValuesPredicate:
            return correct_operator(unquote(operand) if isinstance(operand, str) else operand, fold)

        yield "percent", "the value is percent-decoded twice", compare_decoded
    if operator_name in ("equal", "$eq") and key_type is QueryableFieldType.TEXT:
        yield (
            "case",
            "upper and lower case are one",
            lambda operand, fold: correct_operator(operand, to_lower_case),
        )
    if operator_name in _BOUND_MISTAKES:
        relation, text = _BOUND_MISTAKES[operator_name]
        yield "bound", text, build_order_comparison_operator(relation)
        yield (
            "reversed",
            f"{operator_name} looks the other way",
            build_order_comparison_operator(_REVERSED_RELATIONS[operator_name]),
        )
    elif operator_name in ("$in", "$nin"):

        def compare_first(operand: Json, fold: Callable[[Json], Json]) -> ValuesPredicate:
            return build_any_of_predicate(operand[:1], fold)

        yield (
            "first",
            "only the first of the values counts",
            compare_first
            if operator_name == "$in"
            else build_negated_comparison_operator(compare_first),
        )
    elif operator_name in ("$startsWith", "$endsWith"):
        yield "anywhere", f"{operator_name} does what $contains should", OPERATORS["$contains"]
    elif operator_name == "$contains":
        yield (
            "begins",
            "$contains does what $startsWith should",
            build_text_search_operator(str.startswith),
        )
    elif operator_name == "$ne":
        yield "equal", "$ne does what $eq should", build_equality_predicate
    elif is_list:
        yield (
            "first-member",
            "only the first member of a list is looked at",
            lambda operand, fold: _test_first_member(build_equality_predicate(operand, fold)),
        )
    elif key_type is QueryableFieldType.TEXT:
        yield "begins", "it is enough that the field begins so", _match_prefix
    else:
        length = len("2022-01-30") if key_type is QueryableFieldType.DATE else PREFIX_LENGTH
        yield (
            "prefix",
            f"only the first {length} characters are compared",
            lambda operand, fold: _compare_prefixes(operand, length),
        )


_BOUND_MISTAKES = {
    "$gt": (operator.ge, "equality counts, too"),
    "$gte": (operator.gt, "equality does not count"),
    "$lt": (operator.le, "equality counts, too"),
    "$lte": (operator.lt, "equality does not count"),
}
_REVERSED_RELATIONS = {
    "$gt": operator.lt,
    "$gte": operator.le,
    "$lt": operator.gt,
    "$lte": operator.ge,
}


def _match_always(operand: Json, fold: Callable[[Json], Json]) -> ValuesPredicate:
    return lambda values: True


def _match_prefix(operand: Json, fold: Callable[[Json], Json]) -> ValuesPredicate:
    return (
        build_text_search_operator(str.startswith)(operand, fold)
        if isinstance(operand, str)
        else build_equality_predicate(operand, fold)
    )


def _compare_prefixes(operand: Json, length: int) -> ValuesPredicate:
    return lambda values: any(str(value)[:length] == str(operand)[:length] for value in values)


def _test_first_member(test: ValuesPredicate) -> ValuesPredicate:
    def matches_first(values: Values) -> bool:
        return test(values[:1])

    return matches_first


def _generate_tag_search_mistakes(operator_name: str) -> Mistakes:
    def patch_operators(
        change: Callable[[tag_search.TagSearchOperators], tag_search.TagSearchOperators],
    ) -> PatchLanguage:
        return lambda language: replace(language, tag_operators=change(language.tag_operators))

    if operator_name in ("$tagKey", "$tagValue"):
        other_operator = (
            tag_search.match_value if operator_name == "$tagKey" else tag_search.match_key
        )
        yield (
            "ignored",
            f"{operator_name} is ignored",
            patch_operators(
                lambda operators: replace(
                    operators,
                    pair_operators={**operators.pair_operators, operator_name: _match_any_pair},
                )
            ),
        )
        yield (
            "confused",
            "names and values are confused",
            patch_operators(
                lambda operators: replace(
                    operators,
                    pair_operators={**operators.pair_operators, operator_name: other_operator},
                )
            ),
        )
    elif operator_name in ("$eq", "$ne"):
        inverted_operator = (
            tag_search.negate_predicate if operator_name == "$eq" else tag_search.keep_predicate
        )
        yield (
            "opposite",
            f"{operator_name} does the opposite",
            patch_operators(
                lambda operators: replace(
                    operators,
                    search_operators={
                        **operators.search_operators,
                        operator_name: inverted_operator,
                    },
                )
            ),
        )
        yield (
            "ignored",
            f"{operator_name} is ignored",
            patch_operators(
                lambda operators: replace(
                    operators,
                    search_operators={**operators.search_operators, operator_name: _match_any_tags},
                )
            ),
        )
    else:
        for variant, text, build_test in _generate_wrong_named_tag_operators(operator_name):
            yield (
                variant,
                text,
                patch_operators(_build_tag_value_operator_change(operator_name, build_test)),
            )


def _match_any_pair(operand: Json) -> tag_search.PairPredicate:
    return lambda key, value: True


def _match_any_tags(test: tag_search.TagsPredicate) -> tag_search.TagsPredicate:
    return lambda tags: True


def _build_tag_value_operator_change(
    operator_name: str, build_test: Callable[[str, Json], tag_search.TagsPredicate]
) -> Callable[[tag_search.TagSearchOperators], tag_search.TagSearchOperators]:
    return lambda operators: replace(
        operators, value_operators={**operators.value_operators, operator_name: build_test}
    )


def _generate_wrong_named_tag_operators(
    operator_name: str,
) -> Iterator[tuple[str, str, Callable[[str, Json], tag_search.TagsPredicate]]]:
    yield (
        "ignored",
        "the search by a tag's own name is ignored",
        lambda tag_name, operand: lambda tags: True,
    )
    if operator_name == "equal":
        yield (
            "presence",
            "it is enough that the tag is there",
            lambda tag_name, operand: lambda tags: tag_name in tags,
        )
    elif operator_name == "$in":
        yield (
            "first",
            "only the first of the values counts",
            lambda tag_name, operand: tag_search.match_any_value(tag_name, operand[:1]),
        )
    else:
        yield (
            "first",
            "only the first of the values counts",
            lambda tag_name, operand: tag_search.match_no_value(tag_name, operand[:1]),
        )


FAULTS = {"filtering.query": generate_query_operator_faults}
