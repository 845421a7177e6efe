"""Which items a list leaves out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from conformance.contract.contract import Contract
from conformance.contract.filtering import Filters, Globs, Lone, Queries, States
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.pointer import MISSING
from conformance.errors import ContractError, Problem
from conformance.mock.argument import typed
from conformance.mock.call import Call
from conformance.mock.dialect import Language, language, understand
from conformance.mock.field import at, members
from conformance.mock.glob import Match, fitting
from conformance.mock.index import Keep, Ordered
from conformance.mock.message import encode
from conformance.mock.refusal import Refusal
from conformance.mock.state import Item

Select = Callable[[Sequence[Item], Call], Sequence[Item]]
MANY = 200  # fewer items are looked at again
SEARCHES = 8
DIALECTS = {"advanced": language}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Globbing:
    """Keeps the items whose field fits a pattern; without a field or a pattern, all of them."""

    field: str
    glob: str
    keys: Mapping[Json, str]
    match: Callable[[str], Match] = fitting
    lone: Lone | None = None

    def __call__(self, items: Sequence[Item], call: Call) -> Sequence[Item]:
        """Return the items that the call's pattern selects."""
        field, pattern = call.arguments.get(self.field), call.arguments.get(self.glob)
        if (
            field is None
            and isinstance(pattern, str)
            and self.lone is not None
            and self.field not in call.sent
        ):
            if self.lone is Lone.REFUSED:
                raise Refusal(400, f"{self.glob} needs {self.field}")
            field = next(iter(self.keys)) if self.lone is Lone.APPLIED else None
        pointer = self.keys.get(field)
        if pointer is None or not isinstance(pattern, str):
            return items
        text, star, rest = pattern.partition("*")
        if (
            self.match is fitting
            and isinstance(items, Ordered)
            and (near := items.beginning(pointer, text, whole=not star)) is not None
        ):
            if not rest:
                return near
            items = near
        return remembered(items, (self, pattern), lambda: self._fitting(items, pointer, pattern))

    def _fitting(self, items: Sequence[Item], pointer: str, pattern: str) -> Sequence[Item]:
        fits, get, found = self.match(pattern), at(pointer), list[Item]()
        for item in items:
            value = get(item.value)
            if (
                fits(value)
                if isinstance(value, str)
                else any(isinstance(one, str) and fits(one) for one in members(value))
            ):
                found.append(item)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Stating:
    """Keeps the items whose field has the value that `values` gives for an argument; None stands
    for an absent one.
    """

    state: str
    field: str
    values: Mapping[Json, Json]

    def __call__(self, items: Sequence[Item], call: Call) -> Sequence[Item]:
        """Return the items that the call's state selects."""
        wanted = self.values.get(call.arguments.get(self.state))
        if wanted is None:
            return items
        if (
            isinstance(items, Ordered)
            and (kept := items.where(Keep(self.field, wanted))) is not None
        ):
            return kept
        get, kind = at(self.field), type(wanted)
        # True == 1
        return [
            item for item in items if (value := get(item.value)) == wanted and type(value) is kind
        ]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Querying:
    """Keeps the items that a query describes."""

    query: str
    words: Language

    def __call__(self, items: Sequence[Item], call: Call) -> Sequence[Item]:
        """Return the items that the call's query selects."""
        query = call.arguments.get(self.query, MISSING)
        if query is MISSING:
            return items
        holds = understand(query, self.words)
        return remembered(
            items, (self, encode(query)), lambda: [item for item in items if holds(item.value)]
        )


def remembered(
    items: Sequence[Item], what: tuple[object, str], search: Callable[[], Sequence[Item]]
) -> Sequence[Item]:
    """Return what a search that has to look at every item finds; the next page of the same list
    need not look again.

    No index serves these: a pattern that begins with a star, and a query of any operators, can
    match anywhere in any order.
    """
    if not isinstance(items, Ordered) or len(items) < MANY:
        return search()
    key, known = (*what, items.place), items.collection.found
    if key not in known:
        if len(known) >= SEARCHES:
            known.pop(next(iter(known)))
        known[key] = search()
    return known[key]


def filtering(contract: Contract, operation: Operation) -> tuple[Select, ...]:
    """Return the filters of a list, to be applied one after the other."""
    return tuple(
        _filter(contract, operation, one)
        for one in contract.behaviours[operation.id]
        if isinstance(one, Filters)
    )


def _filter(contract: Contract, operation: Operation, filters: Filters) -> Select:
    match filters:
        case Globs():
            return Globbing(
                field=filters.field, glob=filters.glob, keys=filters.keys, lone=filters.lone
            )
        case States():
            parameter = operation.parameter(filters.state)
            values = {
                typed(contract.document, parameter, text) if parameter else text: value
                for text, value in filters.values.items()
            }
            return Stating(
                state=filters.state, field=filters.field, values={**values, None: filters.absent}
            )
        case Queries():
            if filters.dialect not in DIALECTS:
                hint = f"it speaks {', '.join(DIALECTS)}"
                raise ContractError(
                    Problem(
                        message=f"the mock does not speak the dialect {filters.dialect!r}",
                        pointer=filters.pointer,
                        hint=hint,
                    )
                )
            return Querying(query=filters.query, words=DIALECTS[filters.dialect](filters))
