"""The advanced query language: which items a query describes."""

from __future__ import annotations

from collections.abc import Callable

from conformance.checks.exchange import Undecidable
from conformance.contract import pointer as pointers
from conformance.contract.filtering import Key, KeyType
from conformance.contract.json import Json


def matches(query: Json, item: Json, keys: dict[str, Key]) -> bool:
    """Tell whether an item is described by a query of the advanced dialect (FACTS 1.4: Advanced
    Experience Group Query).
    """
    for name, condition in query.items():
        match name:
            case "$and":
                fits = all(matches(one, item, keys) for one in condition)
            case "$or":
                fits = not condition or any(matches(one, item, keys) for one in condition)
            case "$nor":
                fits = bool(condition) and not any(matches(one, item, keys) for one in condition)
            case _:
                fits = _field_matches(condition, pointers.get(item, keys[name].pointer), keys[name])
        if not fits:
            return False
    return True


def _field_matches(condition: Json, value: Json, key: Key) -> bool:
    if value is pointers.MISSING and key.type is KeyType.DATE:
        raise Undecidable(f"the answers do not show the {key.name} of what was made for this")
    if value is pointers.MISSING:
        value = None
    if key.type is KeyType.TAGS:
        return _tags_match(condition, value or {})
    if isinstance(value, list):
        return any(_field_matches(condition, one, key) for one in value)
    if not isinstance(condition, dict):
        return bool(value == condition)
    fold: Callable[[Json], Json] = _fold if condition.get("$ci") else (lambda one: one)
    return all(
        _COMPARISONS[operator](fold(value), fold(wanted))
        for operator, wanted in condition.items()
        if operator != "$ci"
    )


def _fold(value: Json) -> Json:
    if isinstance(value, list):
        return [_fold(one) for one in value]
    return value.lower() if isinstance(value, str) else value


def _tags_match(condition: Json, value: dict[str, str]) -> bool:
    if "$eq" in condition or "$ne" in condition:
        return (
            _tags_match(condition["$eq"], value)
            if "$eq" in condition
            else not _tags_match(condition["$ne"], value)
        )
    if "$tagKey" in condition or "$tagValue" in condition:
        return any(
            condition.get("$tagKey", name) == name and condition.get("$tagValue", one) == one
            for name, one in value.items()
        )
    return all(_tag_matches(wanted, value.get(name)) for name, wanted in condition.items())


def _tag_matches(wanted: Json, value: str | None) -> bool:
    if isinstance(wanted, dict):
        return value in wanted["$in"] if "$in" in wanted else value not in wanted["$nin"]
    return bool(value == wanted)


_COMPARISONS: dict[str, Callable[[Json, Json], bool]] = {
    "$eq": lambda value, wanted: value == wanted,
    "$ne": lambda value, wanted: value != wanted,
    "$gt": lambda value, wanted: value is not None and value > wanted,
    "$lt": lambda value, wanted: value is not None and value < wanted,
    "$gte": lambda value, wanted: value is not None and value >= wanted,
    "$lte": lambda value, wanted: value is not None and value <= wanted,
    "$in": lambda value, wanted: value in wanted,
    "$nin": lambda value, wanted: value not in wanted,
    "$startsWith": lambda value, wanted: isinstance(value, str) and value.startswith(wanted),
    "$endsWith": lambda value, wanted: isinstance(value, str) and value.endswith(wanted),
    "$contains": lambda value, wanted: isinstance(value, str) and wanted in value,
}
