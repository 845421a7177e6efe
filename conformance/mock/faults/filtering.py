"""Filters that keep what they should leave out, or leave out what they should keep."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from urllib.parse import unquote

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.filtering import Glob, Lone, LonePattern, Part, State, Unfiltered
from conformance.contract.json import Json, same
from conformance.mock.argument import BLANK, typed
from conformance.mock.call import Call
from conformance.mock.fault import Fault
from conformance.mock.faults.alteration import SHORT
from conformance.mock.faults.departure import exchanging, fault, refusing, selecting
from conformance.mock.field import at, members
from conformance.mock.filtering import Globbing, Select, Stating
from conformance.mock.state import Item

Items = Sequence[Item]
Texts = Callable[[Item], list[str]]
# all items, the right ones, the texts of an item, the pattern
Mistake = Callable[[Items, Items, Texts, str], Items]


def glob(contract: Contract, claim: Claim, promise: Glob) -> Iterator[Fault]:
    """Break what patterns of one form select; patterns of other forms, and those that nothing
    matches, stay as they are.
    """
    for variant, text, mistake in _MISTAKES[promise.part]:
        yield fault(
            claim, variant, text, exchanging(claim.operation, Globbing, _mistaken(promise, mistake))
        )


def _mistaken(promise: Glob, mistake: Mistake) -> Callable[[Select], Select]:
    get = at(promise.globs.keys[promise.value])

    def texts(item: Item) -> list[str]:
        return [one for one in members(get(item.value)) if isinstance(one, str)]

    def wrap(honest: Select) -> Select:
        def select(items: Items, call: Call) -> Items:
            right = honest(items, call)
            pattern = call.arguments.get(promise.globs.glob)
            if call.arguments.get(promise.globs.field) != promise.value or not isinstance(
                pattern, str
            ):
                return right
            return (
                mistake(items, right, texts, pattern)
                if _is_about(promise.part, pattern, right)
                else right
            )

        return select

    return wrap


def _is_about(part: Part, pattern: str, right: Items) -> bool:
    return part is (form(pattern) if right else Part.NOTHING)


def form(pattern: str) -> Part:
    """Return the form of a pattern: without a star, with one at the end, with one at the beginning,
    or any other.
    """
    if "*" not in pattern:
        return Part.EXACT
    if "*" not in pattern[:-1]:
        return Part.PREFIX
    return Part.SUFFIX if "*" not in pattern[1:] else Part.INFIX


def _everything(items: Items, right: Items, texts: Texts, pattern: str) -> Items:
    return items


def _nothing(items: Items, right: Items, texts: Texts, pattern: str) -> Items:
    return ()


def _first(items: Items, right: Items, texts: Texts, pattern: str) -> Items:
    return items[:1]


def _all_but_last(items: Items, right: Items, texts: Texts, pattern: str) -> Items:
    return right[:-1]


def _anywhere(items: Items, right: Items, texts: Texts, pattern: str) -> Items:
    return [item for item in items if any(pattern.strip("*") in text for text in texts(item))]


def _not_empty(items: Items, right: Items, texts: Texts, pattern: str) -> Items:
    return [item for item in right if pattern.strip("*") not in texts(item)]


def _begins(items: Items, right: Items, texts: Texts, pattern: str) -> Items:
    return [
        item
        for item in items
        if any(text.startswith(pattern.partition("*")[0]) for text in texts(item))
    ]


def _ends(items: Items, right: Items, texts: Texts, pattern: str) -> Items:
    return [
        item
        for item in items
        if any(text.endswith(pattern.rpartition("*")[2]) for text in texts(item))
    ]


def _dot(items: Items, right: Items, texts: Texts, pattern: str) -> Items:
    fits = re.compile(re.escape(pattern).replace(r"\.", "."), re.DOTALL).fullmatch
    return [item for item in items if any(fits(text) for text in texts(item))]


def _decoded(decode: Callable[[str], str]) -> Mistake:
    return lambda items, right, texts, pattern: [
        item for item in items if decode(pattern) in texts(item)
    ]


def _clipped(items: Items, right: Items, texts: Texts, pattern: str) -> Items:
    return (
        [item for item in items if any(text[:SHORT] == pattern[:SHORT] for text in texts(item))]
        if len(pattern) > SHORT
        else right
    )


def _word(items: Items, right: Items, texts: Texts, pattern: str) -> Items:
    fits = re.compile(re.escape(pattern).replace(r"\*", r"\w*")).fullmatch
    return [item for item in right if any(fits(text) for text in texts(item))]


def _one_star(items: Items, right: Items, texts: Texts, pattern: str) -> Items:
    first, _, rest = pattern.partition("*")
    return [
        item
        for item in right
        if any(
            len(text) >= len(first + rest) and text.startswith(first) and text.endswith(rest)
            for text in texts(item)
        )
    ]


_IGNORED = ("ignored", "the pattern is ignored", _everything)
_LITERAL = ("literal", "the star is taken for a character", _nothing)
_ANYWHERE = ("anywhere", "the pattern may stand anywhere in the text", _anywhere)
_NOT_EMPTY = ("not-empty", "the star wants at least one character", _not_empty)
_MISTAKES: dict[Part, tuple[tuple[str, str, Mistake], ...]] = {
    Part.EXACT: (
        _IGNORED,
        _ANYWHERE,
        ("never", "a pattern without a star selects nothing", _nothing),
        ("dot", "a dot stands for any character, as in regular expressions", _dot),
        ("percent", "the pattern is percent-decoded twice", _decoded(unquote)),
        (
            "plus",
            "a plus sign in the pattern is taken for a space",
            _decoded(lambda pattern: pattern.replace("+", " ")),
        ),
        ("clipped", f"only the first {SHORT} characters of the pattern are looked at", _clipped),
    ),
    Part.PREFIX: (
        _IGNORED,
        _LITERAL,
        _ANYWHERE,
        _NOT_EMPTY,
        ("all-but-last", "the last match is left out", _all_but_last),
    ),
    Part.SUFFIX: (_IGNORED, _LITERAL, _ANYWHERE, _NOT_EMPTY),
    Part.INFIX: (
        _IGNORED,
        _LITERAL,
        ("word", "the star stands for letters and digits only", _word),
        ("one-star", "only the first star is one, the others are characters", _one_star),
        ("begins", "what follows the star is ignored", _begins),
        ("ends", "what precedes the star is ignored", _ends),
    ),
    Part.NOTHING: (
        ("everything", "a pattern without a match counts as none", _everything),
        ("first", "the first item is there all the same", _first),
    ),
}


def unfiltered(contract: Contract, claim: Claim, promise: Unfiltered) -> Iterator[Fault]:
    """Break that a blank or absent parameter filters nothing.

    What a pattern without a field does is left open by the documents, so the field is blank or
    absent only where the pattern is, too.
    """
    globs, name = promise.globs, promise.parameter
    other = globs.glob if name == globs.field else globs.field

    def concerns(call: Call) -> bool:
        if name == globs.field and globs.glob in call.arguments:
            return False
        if name == globs.field and not promise.blank:
            return name not in call.sent and globs.glob not in call.sent
        if promise.blank:
            return call.sent.get(name) == BLANK and call.sent.get(other) != BLANK
        return name not in call.sent and other in call.arguments

    yield fault(
        claim,
        "nothing",
        f"then nothing is listed, as if {name} matched no item",
        selecting(claim.operation, lambda items, call: () if concerns(call) else items),
    )
    yield fault(
        claim,
        "refused",
        "such a request is taken for malformed",
        refusing(claim.operation, concerns, f"{name} and {other} go together"),
    )


def lone(contract: Contract, claim: Claim, promise: LonePattern) -> Iterator[Fault]:
    """Take a pattern without a field otherwise than the reading has it."""
    for other in Lone:
        if other is not promise.globs.lone:
            text = f"it is {other}"
            yield fault(
                claim,
                other,
                text,
                exchanging(
                    claim.operation,
                    Globbing,
                    lambda honest, other=other: replace(honest, lone=other),  # type: ignore[misc]
                ),
            )


def state(contract: Contract, claim: Claim, promise: State) -> Iterator[Fault]:
    """Break which state one value of the parameter selects; its other values stay as they are."""
    states = promise.states
    parameter = contract.operations[claim.operation].parameter(states.state)
    asked = (
        None
        if promise.text is None or parameter is None
        else typed(contract.document, parameter, promise.text)
    )
    get = at(states.field)

    def others(items: Items) -> Items:
        return [item for item in items if not same(get(item.value), promise.value)]

    def instead(choose: Callable[[Items, Items], Items]) -> Callable[[Select], Select]:
        return lambda honest: (
            lambda items, call: (
                choose(items, honest(items, call))
                if _is_asked(call, states.state, asked)
                else honest(items, call)
            )
        )

    yield fault(
        claim,
        "both",
        "items of every state are listed",
        exchanging(claim.operation, Stating, instead(lambda items, right: items)),
    )
    yield fault(
        claim,
        "other",
        "the items of the other state are listed",
        exchanging(claim.operation, Stating, instead(lambda items, right: others(items))),
    )
    text = "the youngest item of the other state is listed too"
    yield fault(
        claim,
        "leak",
        text,
        exchanging(
            claim.operation, Stating, instead(lambda items, right: [*right, *others(items)[-1:]])
        ),
    )


def _is_asked(call: Call, parameter: str, asked: Json) -> bool:
    given = call.arguments.get(parameter)
    return given is asked if asked is None else same(given, asked)
