"""The advanced query language: which items match a query."""

from __future__ import annotations

from collections.abc import Callable

from conformance.checks.exchange import InconclusiveError
from conformance.contract import pointer as pointers
from conformance.contract.filtering import QueryableField, QueryableFieldType
from conformance.contract.json import Json


def matches_query(query: Json, item: Json, keys: dict[str, QueryableField]) -> bool:
    """Return whether an item matches a query of the advanced dialect.

    Raises InconclusiveError if the item lacks the date that the query refers to.
    """
    for name, condition in query.items():
        match name:
            case "$and":
                fits = all(matches_query(subquery, item, keys) for subquery in condition)
            case "$or":
                fits = not condition or any(
                    matches_query(subquery, item, keys) for subquery in condition
                )
            case "$nor":
                fits = bool(condition) and not any(
                    matches_query(subquery, item, keys) for subquery in condition
                )
            case _:
                fits = _field_matches_condition(
                    condition, pointers.get_at_pointer(item, keys[name].pointer), keys[name]
                )
        if not fits:
            return False
    return True


def _field_matches_condition(condition: Json, value: Json, key: QueryableField) -> bool:
    if value is pointers.MISSING and key.type is QueryableFieldType.DATE:
        raise InconclusiveError(f"the answers do not show the {key.name} of what was made for this")
    if value is pointers.MISSING:
        value = None
    if key.type is QueryableFieldType.TAGS:
        return _tags_match_condition(condition, value or {})
    if isinstance(value, list):
        return any(_field_matches_condition(condition, element, key) for element in value)
    if not isinstance(condition, dict):
        return bool(value == condition)
    normalize: Callable[[Json], Json] = (
        _fold_case if condition.get("$ci") else (lambda unchanged: unchanged)
    )
    return all(
        _COMPARISONS[operator](normalize(value), normalize(expected))
        for operator, expected in condition.items()
        if operator != "$ci"
    )


def _fold_case(value: Json) -> Json:
    if isinstance(value, list):
        return [_fold_case(element) for element in value]
    return value.lower() if isinstance(value, str) else value


def _tags_match_condition(condition: Json, value: dict[str, str]) -> bool:
    if "$eq" in condition or "$ne" in condition:
        return (
            _tags_match_condition(condition["$eq"], value)
            if "$eq" in condition
            else not _tags_match_condition(condition["$ne"], value)
        )
    if "$tagKey" in condition or "$tagValue" in condition:
        return any(
            condition.get("$tagKey", name) == name
            and condition.get("$tagValue", tag_value) == tag_value
            for name, tag_value in value.items()
        )
    return all(
        _tag_matches_condition(expected, value.get(name)) for name, expected in condition.items()
    )


def _tag_matches_condition(expected: Json, value: str | None) -> bool:
    if isinstance(expected, dict):
        return value in expected["$in"] if "$in" in expected else value not in expected["$nin"]
    return bool(value == expected)


_COMPARISONS: dict[str, Callable[[Json, Json], bool]] = {
    "$eq": lambda value, expected: value == expected,
    "$ne": lambda value, expected: value != expected,
    "$gt": lambda value, expected: value is not None and value > expected,
    "$lt": lambda value, expected: value is not None and value < expected,
    "$gte": lambda value, expected: value is not None and value >= expected,
    "$lte": lambda value, expected: value is not None and value <= expected,
    "$in": lambda value, expected: value in expected,
    "$nin": lambda value, expected: value not in expected,
    "$startsWith": lambda value, expected: isinstance(value, str) and value.startswith(expected),
    "$endsWith": lambda value, expected: isinstance(value, str) and value.endswith(expected),
    "$contains": lambda value, expected: isinstance(value, str) and expected in value,
}
