"""The query language called `advanced`: which items a query object describes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from conformance.contract import pointer as pointers
from conformance.contract.filtering import Key, KeyType, Queries
from conformance.contract.json import Json
from conformance.mock import tag
from conformance.mock.comparison import COMPARISONS, Compare, folding
from conformance.mock.field import at, members
from conformance.mock.refusal import Refusal

Predicate = Callable[[Json], bool]
Combine = Callable[[Sequence[Predicate]], Predicate]


def every(parts: Sequence[Predicate]) -> Predicate:
    """Match an item that every part matches; no parts match everything."""
    return lambda value: all(part(value) for part in parts)


def some(parts: Sequence[Predicate]) -> Predicate:
    """Match an item that some part matches; no parts match everything too."""
    return lambda value: not parts or any(part(value) for part in parts)


def none(parts: Sequence[Predicate]) -> Predicate:
    """Match an item that no part matches; no parts match nothing."""
    return lambda value: bool(parts) and not any(part(value) for part in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """The words of the language as functions: lists of queries, fields side by side, comparisons by
    key, searches for tags.

    `nothing` is what an empty query matches; `folds` says which operands of `$ci` (None: there is
    none) ask for upper and lower case to be one, `ignores_case` for which keys they are.
    """

    keys: Mapping[str, Key]
    compare: Mapping[str, Mapping[str, Compare]]
    combine: Mapping[str, Combine] = field(
        default_factory=lambda: {"$and": every, "$or": some, "$nor": none}
    )
    fields: Combine = every
    nothing: Predicate = lambda value: True
    search: tag.Search = tag.SEARCH
    ignores_case: Callable[[str], bool] = lambda key: True
    folds: Callable[[Json], bool] = bool


def language(queries: Queries) -> Language:
    """Return the language over the keys that a contract names."""
    return Language(keys=queries.keys, compare=dict.fromkeys(queries.keys, COMPARISONS))


def understand(query: Json, words: Language) -> Predicate:
    """Return the test that a query describes. Raises Refusal (400) for what is no query."""
    if not isinstance(query, dict):
        raise Refusal(400, "a query is an object")
    if not query:
        return words.nothing
    parts = [
        _combined(word, operand, words) if word in words.combine else _field(word, operand, words)
        for word, operand in query.items()
    ]
    return parts[0] if len(parts) == 1 else words.fields(parts)


def _combined(word: str, operand: Json, words: Language) -> Predicate:
    if not isinstance(operand, list):
        raise Refusal(400, f"{word} takes a list of queries")
    return words.combine[word]([understand(part, words) for part in operand])


def _field(name: str, operand: Json, words: Language) -> Predicate:
    if name.startswith("$"):
        raise Refusal(400, f"{name} is not part of the query language")
    # a field that only the parameter's schema knows is looked up by its own name
    key = words.keys.get(name) or Key(name=name, pointer=pointers.join("", name), type=KeyType.ID)
    if key.type is KeyType.TAGS:
        test = tag.understand(operand, words.search)
        get = at(key.pointer)
        return lambda value: test(tag.tags(get(value)))
    if not isinstance(operand, dict):
        return _compared(key, {"equal": operand}, words)
    if unknown := [
        word
        for word in operand
        if word not in (*words.compare.get(name, COMPARISONS), "$ci") or word == "equal"
    ]:
        raise Refusal(400, f"{name} has no operator {unknown[0]}")
    return _compared(key, operand, words)


def _compared(key: Key, operators: Mapping[str, Json], words: Language) -> Predicate:
    table = words.compare.get(key.name, COMPARISONS)
    fold = folding(key.type, words.folds(operators.get("$ci")) and words.ignores_case(key.name))
    tests = [table[word](operand, fold) for word, operand in operators.items() if word != "$ci"]

    get = at(key.pointer)
    if len(tests) == 1:
        [only] = tests
        return lambda value: only(members(get(value)))
    return lambda value: all(test(members(get(value))) for test in tests)
