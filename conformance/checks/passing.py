"""What one answer, of a list above all, shows of the promises made for it, whoever asked for it and
whatever the list holds.

A run makes things of its own and knows what the list must say of them; who only looks on does not.
So these judges look at the items of a single answer, and only where no reading of the documents, no
collation and no other client could excuse what they see. What an answer leaves out they cannot see:
where that matters, nothing is found to hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Any

from conformance.checks.check import Setting
from conformance.checks.exchange import Exchange, Undecidable
from conformance.checks.listing import items, paginates
from conformance.checks.observation import Broken, Held, Observation, Unreached
from conformance.contract import pointer as pointers
from conformance.contract.answering import Answers
from conformance.contract.filtering import Glob, State
from conformance.contract.filtering import Part as GlobPart
from conformance.contract.json import Json
from conformance.contract.overriding import Overrides
from conformance.contract.paging import Paged, Paginates, Part
from conformance.contract.sorting import Order

DISTINCT = 3  # keys of one list that must differ before its order says that it was sorted
# no character that any dialect reads in a way of its own
PLAIN_PATTERN = re.compile(r"(?! )[A-Za-z0-9 *-]+(?<! )", re.ASCII)
LETTER = re.compile(r"[a-z]", re.ASCII)
ONLY_LISTED = (
    "what passed was as promised, but whether anything is left out can be seen only by who knows"
    " what there is"
)

Judge = Callable[[Setting, Any, Exchange], Iterator[Observation]]


def passed(setting: Setting, exchange: Exchange) -> list[Observation]:
    """Return what an answer shows of a claim about its list; the call's arguments must be what was
    asked, for certain.
    """
    judge = JUDGES.get(setting.claim.kind)
    if (
        judge is None
        or exchange.call.operation != setting.claim.operation
        or not exchange.succeeded
    ):
        return []
    try:
        return list(judge(setting, setting.claim.promise, exchange))
    except Undecidable as reason:
        return [Unreached(str(reason))]


def _idle(setting: Setting, exchange: Exchange, *parameters: str | None) -> bool:
    """Tell whether another argument takes the effect of these away."""
    overrides = setting.contract.of(setting.claim.operation, Overrides)
    return (
        isinstance(overrides, Overrides)
        and overrides.parameter in exchange.call.arguments
        and bool(set(parameters) & set(overrides.disables))
    )


def order(setting: Setting, promise: Order, exchange: Exchange) -> Iterator[Observation]:
    """Items whose keys are certainly of different rank must come in the order asked for, in so many
    words.
    """
    sorts, given = promise.sorts, exchange.call.arguments
    way = (
        None
        if sorts.direction is None
        else sorts.descending
        if promise.descending
        else sorts.ascending
    )
    asked = given.get(sorts.by) == promise.value and (
        sorts.direction is None or given.get(sorts.direction) == way
    )
    if not asked or _idle(setting, exchange, sorts.by, sorts.direction):
        return
    keys = [pointers.get(item, sorts.keys[promise.value]) for item in items(setting, exchange)]
    signs = [_sign(before, after) for before, after in pairwise(keys)]
    wrong = next(
        (
            number
            for number, sign in enumerate(signs)
            if sign == (1 if not promise.descending else -1)
        ),
        None,
    )
    if wrong is not None:
        name = "descending" if promise.descending else "ascending"
        yield Broken(
            f"the list is not in {name} order of {promise.value}: {keys[wrong]!r} comes before"
            f" {keys[wrong + 1]!r}",
            (exchange,),
        )
    elif None in signs or sum(map(bool, signs)) < DISTINCT - 1 or not _whole(setting, exchange):
        yield Unreached(
            f"no whole list passed in which {DISTINCT} items differ in {promise.value} so that"
            " their order is beyond dispute"
        )
    else:
        yield Held(exchange)


def _whole(setting: Setting, exchange: Exchange) -> bool:
    pages = paginates(setting.contract, setting.claim.operation)
    return pages is None or (
        pages.total is not None
        and pointers.get(exchange.json, pages.total) == len(items(setting, exchange))
    )


def _sign(before: Json, after: Json) -> int | None:
    """Return -1, 0 or 1 as `before` is less than, equal to or more than `after` under every
    collation; None where collations differ.
    """
    if isinstance(before, bool) or isinstance(after, bool):
        return None
    if isinstance(before, int | float) and isinstance(after, int | float):
        return (before > after) - (before < after)
    if not isinstance(before, str) or not isinstance(after, str):
        return None
    if before == after:
        return 0
    one, other = _moment(before), _moment(after)
    if one is not None and other is not None:
        return (one > other) - (one < other)
    shared = next((n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), None)
    if shared is None:
        return None
    first, second = before[shared], after[shared]
    return (
        ((first > second) - (first < second))
        if LETTER.fullmatch(first) and LETTER.fullmatch(second)
        else None
    )


def _moment(text: str) -> float | None:
    if not text[:4].isdecimal() or "T" not in text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.timestamp() if moment.tzinfo else None


def glob(setting: Setting, promise: Glob, exchange: Exchange) -> Iterator[Observation]:
    """No item is listed whose field does not match the pattern even when case does not count."""
    globs, given = promise.globs, exchange.call.arguments
    pattern = given.get(globs.glob)
    if (
        given.get(globs.field) != promise.value
        or not isinstance(pattern, str)
        or _form(pattern) is not promise.part
        or _idle(setting, exchange, globs.glob)
    ):
        return
    for item in items(setting, exchange):
        value = pointers.get(item, globs.keys[promise.value])
        if (
            isinstance(value, str)
            and value.isascii()
            and not fnmatchcase(value.strip().lower(), pattern.lower())
        ):
            yield Broken(
                f"{globs.glob}={pattern} lists {value!r}, which it should leave out", (exchange,)
            )
            return
    yield Unreached(ONLY_LISTED)


def _form(pattern: str) -> GlobPart | None:
    """Return the form of a pattern; None for one that is of several, or that holds what may mean
    more than itself.
    """
    if not PLAIN_PATTERN.fullmatch(pattern) or not pattern.strip("*"):
        return None
    begins, ends, inside = pattern.startswith("*"), pattern.endswith("*"), "*" in pattern.strip("*")
    match (begins, ends, inside):
        case (False, False, False):
            return GlobPart.EXACT
        case (False, True, False):
            return GlobPart.PREFIX
        case (True, False, False):
            return GlobPart.SUFFIX
        case _:
            return GlobPart.INFIX


def state(setting: Setting, promise: State, exchange: Exchange) -> Iterator[Observation]:
    """No item is listed that says of itself that it is in the other state."""
    states = promise.states
    if (
        exchange.call.arguments.get(states.state) != promise.text
        or promise.text is None
        or _idle(setting, exchange, states.state)
    ):
        return
    for item in items(setting, exchange):
        found = pointers.get(item, states.field)
        if (
            isinstance(found, bool)
            and isinstance(promise.value, bool)
            and found is not promise.value
        ):
            yield Broken(
                f"the list with {states.state}={promise.text} holds an item whose"
                f" {states.field[1:]} is {str(found).lower()}",
                (exchange,),
            )
            return
    yield Unreached(ONLY_LISTED)


def paged(setting: Setting, promise: Paged, exchange: Exchange) -> Iterator[Observation]:
    """An answer has no more items than were asked for, or than any may have, and counts those that
    it has.
    """
    pages, count = promise.paginates, len(items(setting, exchange))
    match promise.part:
        case Part.SIZE:
            yield from _size(setting, pages, exchange, count)
        case Part.CEILING if pages.ceiling is not None and count >= pages.ceiling:
            yield (
                Held(exchange)
                if count == pages.ceiling
                else Broken(
                    f"one answer holds {count} items, more than {pages.ceiling}", (exchange,)
                )
            )
        case Part.COUNT:
            found = pointers.get(exchange.json, pages.count or "")
            if found is pointers.MISSING:
                yield Unreached(f"{exchange} says nothing at {pages.count}")
            elif found != count or isinstance(found, bool):
                yield Broken(
                    f"{pages.count} is {found!r} where it should be {count!r}", (exchange,)
                )
            else:
                yield Held(exchange)
        case Part.METADATA if {pages.page, pages.size} <= set(exchange.call.arguments) and _regular(
            pages, exchange
        ):
            if isinstance(pointers.get(exchange.json, pages.metadata or ""), dict):
                yield Held(exchange)
            else:
                yield Broken(f"a paged answer has no object at {pages.metadata}", (exchange,))
        case _:
            yield Unreached("the answers that passed do not show it, each taken by itself")


def _regular(pages: Paginates, exchange: Exchange) -> bool:
    """Tell whether page and size, where they are given, are numbers that mean a page."""
    given = exchange.call.arguments
    page, size = given.get(pages.page, pages.first), given.get(pages.size, 1)
    return isinstance(page, int) and page >= pages.first and isinstance(size, int) and size >= 1


def _size(
    setting: Setting, pages: Paginates, exchange: Exchange, count: int
) -> Iterator[Observation]:
    size = exchange.call.arguments.get(pages.size)
    parameter = setting.operation.parameter(pages.size)
    if (
        not isinstance(size, int)
        or not _regular(pages, exchange)
        or _idle(setting, exchange, pages.size)
    ):
        return
    if parameter is None or not setting.validator(parameter.schema).is_valid(size):
        return
    if count > size:
        yield Broken(f"a page of {pages.size}={size} holds {count} items", (exchange,))
    elif count == size:
        yield Held(exchange)
    else:
        yield Unreached("no full page passed: whether more items were left is not known")


def answers(setting: Setting, promise: Answers, exchange: Exchange) -> Iterator[Observation]:
    """A documented success shows that the operation answers; what else is wrong with an answer,
    other judges say.
    """
    if str(exchange.status) == setting.operation.success.status:
        yield Held(exchange)


JUDGES: dict[str, Judge] = {
    Answers.kind: answers,
    Order.kind: order,
    Glob.kind: glob,
    State.kind: state,
    Paged.kind: paged,
}
