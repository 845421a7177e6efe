"""Filters of list operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from conformance.contract.contract import Contract
from conformance.contract.filtering import (
    FilterBehavior,
    FiltersByGlob,
    FiltersByQuery,
    FiltersByState,
    PatternWithoutFieldHandling,
)
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.pointer import MISSING
from conformance.errors import ContractError, Problem
from conformance.mock.accessors import build_pointer_getter, list_comparable_values
from conformance.mock.argument import parse_parameter_or_keep_text
from conformance.mock.bound_call import BoundCall
from conformance.mock.glob import TextPredicate, compile_glob_predicate
from conformance.mock.index import FieldCondition, SortedItemSequence
from conformance.mock.message import encode_json
from conformance.mock.part import ItemFilter, MockPart
from conformance.mock.query_dialect import (
    QueryLanguage,
    build_query_language,
    compile_query_predicate,
)
from conformance.mock.refusal import Refusal
from conformance.mock.state import Item

CACHE_THRESHOLD = 200  # smaller collections are not cached
CACHE_SIZE = 8
DIALECTS = {"advanced": build_query_language}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GlobFilter:
    """A filter that keeps the items whose field matches a pattern.

    It keeps all items if the call has no field or no pattern. `pattern_without_field` decides about
    a pattern without a field: it is ignored, refused with 400 or applied to the first field.
    """

    field_parameter: str
    pattern_parameter: str
    pointers: Mapping[Json, str]
    compile_pattern: Callable[[str], TextPredicate] = compile_glob_predicate
    pattern_without_field: PatternWithoutFieldHandling | None = None

    def __call__(self, items: Sequence[Item], call: BoundCall) -> Sequence[Item]:
        """Return the items that match the pattern of the call."""
        field_name, pattern = (
            call.arguments.get(self.field_parameter),
            call.arguments.get(self.pattern_parameter),
        )
        if (
            field_name is None
            and isinstance(pattern, str)
            and self.pattern_without_field is not None
            and self.field_parameter not in call.sent
        ):
            if self.pattern_without_field is PatternWithoutFieldHandling.REFUSED:
                raise Refusal(400, f"{self.pattern_parameter} needs {self.field_parameter}")
            field_name = (
                next(iter(self.pointers))
                if self.pattern_without_field is PatternWithoutFieldHandling.APPLIED
                else None
            )
        pointer = self.pointers.get(field_name)
        if pointer is None or not isinstance(pattern, str):
            return items
        prefix, star, suffix = pattern.partition("*")
        if (
            self.compile_pattern is compile_glob_predicate
            and isinstance(items, SortedItemSequence)
            and (candidates := items.narrow_to_text_prefix(pointer, prefix, exact=not star))
            is not None
        ):
            if not suffix:
                return candidates
            items = candidates
        return get_cached_or_run_search(
            items, (self, pattern), lambda: self._select_glob_matches(items, pointer, pattern)
        )

    def _select_glob_matches(
        self, items: Sequence[Item], pointer: str, pattern: str
    ) -> Sequence[Item]:
        matches, get_value, selected = (
            self.compile_pattern(pattern),
            build_pointer_getter(pointer),
            list[Item](),
        )
        for item in items:
            value = get_value(item.value)
            if (
                matches(value)
                if isinstance(value, str)
                else any(
                    isinstance(member, str) and matches(member)
                    for member in list_comparable_values(value)
                )
            ):
                selected.append(item)
        return selected


@dataclass(frozen=True, slots=True, kw_only=True)
class StateFilter:
    """A filter that keeps the items whose field has the value in `values` for the argument.

    The key None stands for an absent argument. The value None selects all items.
    """

    parameter: str
    pointer: str
    values: Mapping[Json, Json]

    def __call__(self, items: Sequence[Item], call: BoundCall) -> Sequence[Item]:
        """Return the items in the state that the call asks for."""
        expected = self.values.get(call.arguments.get(self.parameter))
        if expected is None:
            return items
        if (
            isinstance(items, SortedItemSequence)
            and (indexed := items.narrow_to_condition(FieldCondition(self.pointer, expected)))
            is not None
        ):
            return indexed
        get_value, expected_type = build_pointer_getter(self.pointer), type(expected)
        # the type is compared too, because True == 1
        return [
            item
            for item in items
            if (value := get_value(item.value)) == expected and type(value) is expected_type
        ]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class QueryFilter:
    """A filter that keeps the items that match a query."""

    parameter: str
    language: QueryLanguage

    def __call__(self, items: Sequence[Item], call: BoundCall) -> Sequence[Item]:
        """Return the items that match the query of the call."""
        query = call.arguments.get(self.parameter, MISSING)
        if query is MISSING:
            return items
        matches = compile_query_predicate(query, self.language)
        return get_cached_or_run_search(
            items,
            (self, encode_json(query)),
            lambda: [item for item in items if matches(item.value)],
        )


def get_cached_or_run_search(
    items: Sequence[Item], search_key: tuple[object, str], search: Callable[[], Sequence[Item]]
) -> Sequence[Item]:
    """Return the result of a full search, from the cache of the collection if possible.

    The next page of the same list then needs no new search. No index can serve these searches: a
    pattern that starts with `*` or a query can match items anywhere in the order.
    """
    if not isinstance(items, SortedItemSequence) or len(items) < CACHE_THRESHOLD:
        return search()
    cache_key, cache = (*search_key, items.cache_key), items.collection.search_cache
    if cache_key not in cache:
        if len(cache) >= CACHE_SIZE:
            cache.pop(next(iter(cache)))
        cache[cache_key] = search()
    return cache[cache_key]


def build_list_filters(
    contract: Contract, operation: Operation, behavior: FilterBehavior
) -> tuple[ItemFilter, ...]:
    """Return the filter of a list operation for one of its behaviors."""
    return (_build_list_filter(operation, behavior),)


def _build_list_filter(operation: Operation, behavior: FilterBehavior) -> ItemFilter:
    match behavior:
        case FiltersByGlob():
            return GlobFilter(
                field_parameter=behavior.field_parameter,
                pattern_parameter=behavior.pattern_parameter,
                pointers=behavior.pointers_by_field,
                pattern_without_field=behavior.pattern_without_field,
            )
        case FiltersByState():
            parameter = operation.parameter(behavior.parameter)
            values = {
                parse_parameter_or_keep_text(parameter, text) if parameter else text: value
                for text, value in behavior.item_values.items()
            }
            return StateFilter(
                parameter=behavior.parameter,
                pointer=behavior.item_pointer,
                values={**values, None: behavior.default_item_value},
            )
        case FiltersByQuery():
            if behavior.dialect not in DIALECTS:
                hint = f"it speaks {', '.join(DIALECTS)}"
                raise ContractError(
                    Problem(
                        message=f"the mock does not speak the dialect {behavior.dialect!r}",
                        pointer=behavior.pointer,
                        hint=hint,
                    )
                )
            return QueryFilter(
                parameter=behavior.parameter, language=DIALECTS[behavior.dialect](behavior)
            )


PART = MockPart(build_filters=build_list_filters)
