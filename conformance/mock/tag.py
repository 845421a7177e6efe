"""The part of a query language that searches tags: names with values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from conformance.contract.json import Json, same
from conformance.mock.refusal import Refusal

Tags = Mapping[str, Json]
Test = Callable[[Tags], bool]
Pair = Callable[[str, Json], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """The operators of a tag search: on a `pair` of name and value, on the value under a `name`,
    around a `whole` search.
    """

    pair: Mapping[str, Callable[[Json], Pair]]
    name: Mapping[str, Callable[[str, Json], Test]]
    whole: Mapping[str, Callable[[Test], Test]]


def by_key(operand: Json) -> Pair:
    """Match a tag of that name."""
    return lambda key, value: key == operand


def by_value(operand: Json) -> Pair:
    """Match a tag of that value."""
    return lambda key, value: same(value, operand)


def is_(name: str, operand: Json) -> Test:
    """Match tags with that value under the name; null matches tags without the name."""
    return lambda tags: (
        name not in tags if operand is None else name in tags and same(tags[name], operand)
    )


def in_(name: str, operand: Json) -> Test:
    """Match tags with one of these values under the name."""
    tests = [is_(name, member) for member in operand]
    return lambda tags: any(test(tags) for test in tests)


def not_in(name: str, operand: Json) -> Test:
    """Match tags with none of these values under the name, or without the name."""
    test = in_(name, operand)
    return lambda tags: not test(tags)


def itself(test: Test) -> Test:
    """Match what the search matches."""
    return test


def opposite(test: Test) -> Test:
    """Match what the search does not."""
    return lambda tags: not test(tags)


SEARCH = Search(
    pair={"$tagKey": by_key, "$tagValue": by_value},
    name={"equal": is_, "$in": in_, "$nin": not_in},
    whole={"$eq": itself, "$ne": opposite},
)


def understand(query: Json, search: Search) -> Test:
    """Return the test that a tag search describes; $tagKey and $tagValue side by side mean the same
    tag. Raises Refusal (400).
    """
    if not isinstance(query, dict) or not query:
        raise Refusal(400, "a search for tags is an object that is not empty")
    pairs = [search.pair[word](operand) for word, operand in query.items() if word in search.pair]
    tests = [
        _test(word, operand, search) for word, operand in query.items() if word not in search.pair
    ]
    if pairs:
        tests.append(
            lambda tags: any(all(pair(key, value) for pair in pairs) for key, value in tags.items())
        )
    return lambda tags: all(test(tags) for test in tests)


def tags(value: Json) -> Tags:
    """Return the tags that an item holds: an object of them, or a list of objects with key and
    value.
    """
    if isinstance(value, list):
        return {
            str(one["key"]): one.get("value")
            for one in value
            if isinstance(one, dict) and "key" in one
        }
    return value if isinstance(value, dict) else {}


def _test(word: str, operand: Json, search: Search) -> Test:
    if word in search.whole:
        return search.whole[word](understand(operand, search))
    if word.startswith("$"):
        raise Refusal(400, f"{word} is no operator on tags")
    if not isinstance(operand, dict):
        return search.name["equal"](word, operand)
    unknown = [
        one
        for one, members in operand.items()
        if one not in search.name or one == "equal" or not isinstance(members, list)
    ]
    if unknown or not operand:
        raise Refusal(
            400, f"the tag {word} is searched by a value, null, or $in or $nin with a list"
        )
    tests = [search.name[one](word, members) for one, members in operand.items()]
    return lambda tags: all(test(tags) for test in tests)
