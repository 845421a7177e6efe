"""A list from collection to answer: collected, ordered, filtered, paged, told about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from conformance.contract.json import Json
from conformance.contract.paging import Paginates
from conformance.contract.pointer import MISSING
from conformance.mock.call import Call
from conformance.mock.field import lay
from conformance.mock.filtering import Select
from conformance.mock.message import Response, encode
from conformance.mock.paging import Page, Turn
from conformance.mock.state import Collection, Item, State

Collect = Callable[[State, Call], Collection]
Order = Callable[[Collection, Call], Sequence[Item]]
Tell = Callable[[Page, Call], Json]

_PLACE = "@items@"  # encoded first of all members, so that its first occurrence is ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The stages of a list. `items` leads into the answer to where they stand, `tell` from other
    pointers to what is said there.
    """

    collect: Collect
    order: Order
    select: tuple[Select, ...]
    turn: Turn
    tell: Mapping[str, Tell]
    items: str
    status: int
    headers: tuple[tuple[str, str], ...]

    def __call__(self, state: State, call: Call) -> Response:
        """Return the list that the call asks for."""
        found = self.order(self.collect(state, call), call)
        for select in self.select:
            found = select(found, call)
        return self.answer(self.turn(found, call), call)

    def answer(self, page: Page, call: Call) -> Response:
        """Return the answer that holds a page."""
        told = lay({}, self.items, _PLACE)
        for pointer, tell in self.tell.items():
            if (value := tell(page, call)) is not MISSING:
                told = lay(told, pointer, value)
        items = ",".join([item.text for item in page.items])
        body = encode(told).replace(f'"{_PLACE}"', f"[{items}]", 1)
        return Response(status=self.status, headers=self.headers, body=body.encode())


def counters(paginates: Paginates | None) -> dict[str, Tell]:
    """Return what a paged answer tells about itself."""
    if paginates is None:
        return {}
    told: dict[str | None, Tell] = {
        paginates.count: lambda page, call: len(page.items),
        paginates.total: lambda page, call: page.matching,
        paginates.pages: lambda page, call: page.pages,
    }
    return {pointer: tell for pointer, tell in told.items() if pointer}


def untold(paginates: Paginates, tell: Mapping[str, Tell]) -> dict[str, Tell]:
    """Return what is told, without the metadata of an answer that no page was asked of."""

    def only_paged(honest: Tell) -> Tell:
        return lambda page, call: (
            honest(page, call)
            if paginates.page in call.sent or paginates.size in call.sent
            else MISSING
        )

    return {
        at: only_paged(honest) if at.startswith(f"{paginates.metadata}/") else honest
        for at, honest in tell.items()
    }
