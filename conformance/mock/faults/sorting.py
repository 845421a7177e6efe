"""Lists in another order than the one asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING, tokens
from conformance.contract.sorting import Order, Sorts
from conformance.contract.writing import writable
from conformance.mock.call import Call
from conformance.mock.fault import Fault
from conformance.mock.faults import combining
from conformance.mock.faults.departure import Depart, fault, relisting
from conformance.mock.field import at
from conformance.mock.listing import Listing
from conformance.mock.sample import flat, item_schema, types
from conformance.mock.shelf import described
from conformance.mock.sorting import Arrange, Ordering, by_field
from conformance.mock.state import Collection, Item

PREFIX = 8


def order(contract: Contract, claim: Claim, promise: Order) -> Iterator[Fault]:
    """Break the order by one field in one direction; other fields and the other direction stay as
    they are.
    """
    sorts, value, descending = promise.sorts, promise.value, promise.descending
    pointer = sorts.keys[value]
    dates = _dates(contract, claim.operation, sorts)

    def instead(arrange: Arrange) -> Depart:
        return _rearranging(claim.operation, (value, descending), arrange)

    yield fault(
        claim,
        "reversed",
        "the direction is the wrong way round",
        instead(by_field(pointer, not descending)),
    )
    yield fault(
        claim,
        "swapped",
        "the last two items have changed places",
        _swapping(claim.operation, (value, descending)),
    )
    neighbour = _neighbour(sorts, value, dates)
    if neighbour:
        yield fault(
            claim,
            "neighbour",
            f"the order is that of {neighbour}",
            instead(by_field(sorts.keys[neighbour], descending)),
        )
    twin = next((one for one in dates if one != value), None)
    if value in dates and twin and _changes(contract, claim.operation):
        yield fault(
            claim,
            "twin",
            f"the order is that of {twin}",
            instead(by_field(sorts.keys[twin], descending)),
        )
    if value in dates:
        yield fault(
            claim,
            "seconds",
            "only whole seconds are compared, the youngest first among equals",
            instead(_coarse(pointer, len("2022-01-30T17:18:11"), descending)),
        )
    yield from _typed(contract, claim, pointer, instead, descending)
    first = value == next(iter(sorts.keys))
    if descending:
        yield from combining.ordered(
            contract,
            claim,
            (value, True),
            by_field(pointer, False),
            "the direction is ignored",
            first=first,
        )
    elif neighbour:
        text = f"the order is that of {neighbour}"
        yield from combining.ordered(
            contract,
            claim,
            (value, False),
            by_field(sorts.keys[neighbour], False),
            text,
            first=first,
        )
    if value not in dates and neighbour in dates:
        yield fault(
            claim,
            "prefix",
            f"only the first {PREFIX} characters are compared",
            instead(_coarse(pointer, PREFIX, descending)),
        )


def _typed(
    contract: Contract,
    claim: Claim,
    pointer: str,
    instead: Callable[[Arrange], Depart],
    descending: bool,
) -> Iterator[Fault]:
    """Yield the order of numbers as texts, where any of them can have two digits."""
    resource = contract.resource_of(claim.operation)
    node = (
        item_schema(contract.document, described(contract, resource), tokens(pointer))
        if resource
        else {}
    )
    creation = contract.operations[resource.create].body if resource and resource.create else None
    sent = writable(contract.document, creation).get(pointer[1:], {}) if creation else {}
    most = flat(contract.document, sent).get("maximum", 10)
    if (
        node is not MISSING
        and {"integer", "number"} & {*types(node)}
        and min(most, node.get("maximum", 10)) >= 10
    ):
        yield fault(
            claim,
            "as-text",
            "numbers are compared as texts: 10 comes before 9",
            instead(_by_text(pointer, descending)),
        )


def _by_text(pointer: str, descending: bool) -> Arrange:
    get = at(pointer)
    return lambda collection: sorted(
        collection.items.values(), key=lambda item: str(get(item.value)), reverse=descending
    )


def _dates(contract: Contract, operation: str, sorts: Sorts) -> list[str]:
    resource = contract.resource_of(operation)
    schema = described(contract, resource) if resource else {}
    nodes = {
        value: item_schema(contract.document, schema, tokens(pointer))
        for value, pointer in sorts.keys.items()
    }
    return [
        value
        for value, node in nodes.items()
        if node is not MISSING and node.get("format") == "date-time"
    ]


def _neighbour(sorts: Sorts, value: Json, dates: list[str]) -> str | None:
    """Return the field whose order is most unlike: of texts for dates and identities (which are one
    order), of the first date for texts.
    """
    texts = [
        one for one in sorts.keys if one not in dates and one != value and "id" not in one.lower()
    ]
    others = (
        [*texts, *dates]
        if value in dates or "id" in value.lower()
        else [*dates, *texts, *sorts.keys]
    )
    return next((one for one in others if one != value), None)


def _changes(contract: Contract, operation: str) -> bool:
    resource = contract.resource_of(operation)
    return resource is not None and bool(resource.change or resource.replace or resource.switches)


def _rearranging(operation: str, row: tuple[Json, bool], arrange: Arrange) -> Depart:
    def change(listing: Listing) -> Listing:
        assert isinstance(listing.order, Ordering)
        return replace(
            listing, order=replace(listing.order, table={**listing.order.table, row: arrange})
        )

    return relisting(operation, change)


def _swapping(operation: str, row: tuple[Json, bool]) -> Depart:
    def change(listing: Listing) -> Listing:
        ordering = listing.order
        assert isinstance(ordering, Ordering)

        def swap(items: Sequence[Item], call: Call) -> Sequence[Item]:
            return [*items[:-2], *reversed(items[-2:])] if ordering.asked(call) == row else items

        return replace(listing, select=(*listing.select, swap))

    return relisting(operation, change)


def _coarse(pointer: str, length: int, descending: bool) -> Arrange:
    get = at(pointer)

    def arrange(collection: Collection) -> Sequence[Item]:
        items = list(collection.items.values())
        items.reverse()
        items.sort(key=lambda item: str(get(item.value))[:length])
        return items[::-1] if descending else items

    return arrange
