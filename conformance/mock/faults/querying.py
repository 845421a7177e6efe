"""Operators of a query language that mean something else."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from urllib.parse import unquote

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.filtering import KeyType, Query
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING, tokens
from conformance.mock import tag
from conformance.mock.comparison import (
    COMPARISONS,
    Compare,
    Test,
    Values,
    equal,
    lower,
    one_of,
    opposite,
    ordered,
    textual,
)
from conformance.mock.dialect import Combine, Language, Predicate, every, none, some
from conformance.mock.fault import Fault
from conformance.mock.faults.departure import Depart, exchanging, fault
from conformance.mock.filtering import Querying, Select
from conformance.mock.sample import item_schema, types
from conformance.mock.shelf import described

PREFIX = 6
Reword = Callable[[Language], Language]
Found = Iterator[tuple[str, str, Reword]]


def query(contract: Contract, claim: Claim, promise: Query) -> Iterator[Fault]:
    """Break one operator on one key."""
    for variant, text, reword in _mistakes(promise, _is_list(contract, claim, promise)):
        yield fault(claim, variant, text, _rewording(claim.operation, reword))


def _rewording(operation: str, reword: Reword) -> Depart:
    def wrap(honest: Select) -> Select:
        assert isinstance(honest, Querying)
        return replace(honest, words=reword(honest.words))

    return exchanging(operation, Querying, wrap)


def _is_list(contract: Contract, claim: Claim, promise: Query) -> bool:
    resource = contract.resource_of(claim.operation)
    node = (
        item_schema(contract.document, described(contract, resource), tokens(promise.key.pointer))
        if resource
        else {}
    )
    return node is not MISSING and "array" in types(node)


def _mistakes(promise: Query, is_list: bool) -> Found:
    word, key = promise.operator, promise.key
    if word in _COMBINED:
        yield from _combined(word)
    elif word.endswith("-of-none"):
        yield from _of_none(word.removesuffix("-of-none"))
    elif word == "fields":
        yield "some", "one matching field is enough", lambda words: replace(words, fields=some)
        yield "first", "only the first field counts", lambda words: replace(words, fields=_first)
    elif word == "nothing":
        yield (
            "never",
            "an empty query selects nothing",
            lambda words: replace(words, nothing=lambda value: False),
        )
    elif word == "$ci":
        yield (
            "ignored",
            "$ci is ignored: upper and lower case differ",
            lambda words: replace(words, ignores_case=lambda name: name != key.name),
        )
        yield (
            "whatever",
            "upper and lower case are one as soon as $ci is there, be it false",
            lambda words: replace(words, folds=lambda ci: ci is not None),
        )
    elif key.type is KeyType.TAGS:
        yield from _tags(word)
    else:
        yield from _compared(key.name, word, key.type, is_list)


def _first(parts: Sequence[Predicate]) -> Predicate:
    return parts[0]


def _not_first(parts: Sequence[Predicate]) -> Predicate:
    return lambda value: not parts[0](value)


def _first_two(combine: Combine) -> Combine:
    return lambda parts: combine(parts[:2])


_TWO = ("first-two", "only the first two queries count")
_COMBINED: dict[str, tuple[tuple[str, str, Combine], ...]] = {
    "$and": (
        ("some", "$and does what $or should", some),
        ("first", "only the first query counts", _first),
        (*_TWO, _first_two(every)),
    ),
    "$or": (
        ("every", "$or does what $and should", every),
        ("first", "only the first query counts", _first),
        (*_TWO, _first_two(some)),
    ),
    "$nor": (
        ("some", "$nor does what $or should", some),
        ("first", "only the first query counts", _not_first),
        (*_TWO, _first_two(none)),
    ),
}


def _combined(word: str) -> Found:
    for variant, text, combine in _COMBINED[word]:
        yield (
            variant,
            text,
            lambda words, combine=combine: replace(  # type: ignore[misc]
                words, combine={**words.combine, word: _unless_empty(words.combine[word], combine)}
            ),
        )


def _unless_empty(honest: Combine, mistaken: Combine) -> Combine:
    return lambda parts: mistaken(parts) if parts else honest(parts)


def _of_none(word: str) -> Found:
    def reword(words: Language) -> Language:
        honest = words.combine[word]
        wrong = every if honest is none else _never
        return replace(
            words,
            combine={**words.combine, word: lambda parts: honest(parts) if parts else wrong(parts)},
        )

    yield "opposite", f"an empty list under {word} does the opposite", reword


def _never(parts: Sequence[Predicate]) -> Predicate:
    return lambda value: False


def _compared(name: str, word: str, type_: KeyType, is_list: bool) -> Found:
    for variant, text, compare in _comparisons(word, type_, is_list):
        yield (
            variant,
            text,
            lambda words, compare=compare: replace(  # type: ignore[misc]
                words, compare={**words.compare, name: {**words.compare[name], word: compare}}
            ),
        )


def _pattern(word: str) -> Compare:
    begin, end = {"$startsWith": ("", ".*"), "$endsWith": (".*", ""), "$contains": (".*", ".*")}[
        word
    ]

    def compare(operand: Json, fold: Callable[[Json], Json]) -> Test:
        fits = re.compile(
            begin + re.escape(str(fold(operand))).replace(r"\.", ".") + end, re.DOTALL
        ).fullmatch
        return lambda values: any(isinstance(value, str) and fits(fold(value)) for value in values)

    return compare


def _comparisons(word: str, type_: KeyType, is_list: bool) -> Iterator[tuple[str, str, Compare]]:
    honest = COMPARISONS[word]
    yield "ignored", f"{word} is ignored", _always
    if word in ("$startsWith", "$endsWith", "$contains"):
        yield "dot", "a dot stands for any character, as in regular expressions", _pattern(word)
    if word == "equal" and type_ is KeyType.TEXT:

        def percent(operand: Json, fold: Callable[[Json], Json]) -> Test:
            return honest(unquote(operand) if isinstance(operand, str) else operand, fold)

        yield "percent", "the value is percent-decoded twice", percent
    if word in ("equal", "$eq") and type_ is KeyType.TEXT:
        yield "case", "upper and lower case are one", lambda operand, fold: honest(operand, lower)
    if word in _ORDERS:
        relation, text = _ORDERS[word]
        yield "bound", text, ordered(relation)
        yield "reversed", f"{word} looks the other way", ordered(_REVERSED[word])
    elif word in ("$in", "$nin"):
        first: Compare = lambda operand, fold: one_of(operand[:1], fold)  # noqa: E731
        yield (
            "first",
            "only the first of the values counts",
            first if word == "$in" else opposite(first),
        )
    elif word in ("$startsWith", "$endsWith"):
        yield "anywhere", f"{word} does what $contains should", COMPARISONS["$contains"]
    elif word == "$contains":
        yield "begins", "$contains does what $startsWith should", textual(str.startswith)
    elif word == "$ne":
        yield "equal", "$ne does what $eq should", equal
    elif is_list:
        yield (
            "first-member",
            "only the first member of a list is looked at",
            lambda operand, fold: _of_first(equal(operand, fold)),
        )
    elif type_ is KeyType.TEXT:
        yield "begins", "it is enough that the field begins so", _begins
    else:
        length = len("2022-01-30") if type_ is KeyType.DATE else PREFIX
        yield (
            "prefix",
            f"only the first {length} characters are compared",
            lambda operand, fold: _prefix(operand, length),
        )


_ORDERS = {
    "$gt": (operator.ge, "equality counts, too"),
    "$gte": (operator.gt, "equality does not count"),
    "$lt": (operator.le, "equality counts, too"),
    "$lte": (operator.lt, "equality does not count"),
}
_REVERSED = {"$gt": operator.lt, "$gte": operator.le, "$lt": operator.gt, "$lte": operator.ge}


def _always(operand: Json, fold: Callable[[Json], Json]) -> Test:
    return lambda values: True


def _begins(operand: Json, fold: Callable[[Json], Json]) -> Test:
    return (
        textual(str.startswith)(operand, fold) if isinstance(operand, str) else equal(operand, fold)
    )


def _prefix(operand: Json, length: int) -> Test:
    return lambda values: any(str(value)[:length] == str(operand)[:length] for value in values)


def _of_first(test: Test) -> Test:
    def holds(values: Values) -> bool:
        return test(values[:1])

    return holds


def _tags(word: str) -> Found:
    def searching(change: Callable[[tag.Search], tag.Search]) -> Reword:
        return lambda words: replace(words, search=change(words.search))

    if word in ("$tagKey", "$tagValue"):
        other = tag.by_value if word == "$tagKey" else tag.by_key
        yield (
            "ignored",
            f"{word} is ignored",
            searching(lambda search: replace(search, pair={**search.pair, word: _any_pair})),
        )
        yield (
            "confused",
            "names and values are confused",
            searching(lambda search: replace(search, pair={**search.pair, word: other})),
        )
    elif word in ("$eq", "$ne"):
        change = tag.opposite if word == "$eq" else tag.itself
        yield (
            "opposite",
            f"{word} does the opposite",
            searching(lambda search: replace(search, whole={**search.whole, word: change})),
        )
        yield (
            "ignored",
            f"{word} is ignored",
            searching(lambda search: replace(search, whole={**search.whole, word: _any_tags})),
        )
    else:
        for variant, text, named in _named(word):
            yield variant, text, searching(_naming(word, named))


def _any_pair(operand: Json) -> tag.Pair:
    return lambda key, value: True


def _any_tags(test: tag.Test) -> tag.Test:
    return lambda tags: True


def _naming(
    word: str, named: Callable[[str, Json], tag.Test]
) -> Callable[[tag.Search], tag.Search]:
    return lambda search: replace(search, name={**search.name, word: named})


def _named(word: str) -> Iterator[tuple[str, str, Callable[[str, Json], tag.Test]]]:
    yield (
        "ignored",
        "the search by a tag's own name is ignored",
        lambda name, operand: lambda tags: True,
    )
    if word == "equal":
        yield (
            "presence",
            "it is enough that the tag is there",
            lambda name, operand: lambda tags: name in tags,
        )
    elif word == "$in":
        yield (
            "first",
            "only the first of the values counts",
            lambda name, operand: tag.in_(name, operand[:1]),
        )
    else:
        yield (
            "first",
            "only the first of the values counts",
            lambda name, operand: tag.not_in(name, operand[:1]),
        )
