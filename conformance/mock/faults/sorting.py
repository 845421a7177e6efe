"""Faults in sorting: lists in another order than requested."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.pointer import tokens
from conformance.contract.sorting import ListsInOrder, SortingBehavior
from conformance.mock.accessors import build_pointer_getter
from conformance.mock.bound_call import BoundCall
from conformance.mock.fault import Fault
from conformance.mock.faults import interactions
from conformance.mock.faults.patches import ServicePatch, build_fault, patch_list_action
from conformance.mock.listing import ListAction
from conformance.mock.repository import find_item_schema
from conformance.mock.sorting import ListSorter, SortCollection, build_field_sort_function
from conformance.mock.state import Item, ItemCollection

PREFIX_LENGTH = 8


def generate_sort_order_faults(
    contract: Contract, claim: Claim, promise: ListsInOrder
) -> Iterator[Fault]:
    """Yield faults in the order by one field in one direction.

    The order by other fields and in the other direction is correct.
    """
    if promise.is_default:
        yield from _generate_default_order_faults(claim, promise)
        return
    sorts, sort_key, descending = promise.behavior, promise.key, promise.descending
    pointer = sorts.pointers_by_key[sort_key]
    date_fields = _list_date_sort_keys(contract, claim.operation, sorts)

    def patch_order(sort: SortCollection) -> ServicePatch:
        return _patch_requested_order(claim.operation, (sort_key, descending), sort)

    yield build_fault(
        claim,
        "reversed",
        "the direction is the wrong way round",
        patch_order(build_field_sort_function(pointer, not descending)),
    )
    yield build_fault(
        claim,
        "swapped",
        "the last two items have changed places",
        _patch_to_swap_last_two_items(claim.operation, (sort_key, descending)),
    )
    contrasting_field = _choose_contrasting_sort_key(sorts, sort_key, date_fields)
    if contrasting_field:
        yield build_fault(
            claim,
            "neighbor",
            f"the order is that of {contrasting_field}",
            patch_order(
                build_field_sort_function(sorts.pointers_by_key[contrasting_field], descending)
            ),
        )
    other_date_field = next((field for field in date_fields if field != sort_key), None)
    if sort_key in date_fields and other_date_field and _has_updates(contract, claim.operation):
        yield build_fault(
            claim,
            "twin",
            f"the order is that of {other_date_field}",
            patch_order(
                build_field_sort_function(sorts.pointers_by_key[other_date_field], descending)
            ),
        )
    if sort_key in date_fields:
        yield build_fault(
            claim,
            "seconds",
            "only whole seconds are compared, the youngest first among equals",
            patch_order(
                _build_sort_by_prefix_function(pointer, len("2022-01-30T17:18:11"), descending)
            ),
        )
    yield from _generate_numbers_sorted_as_text_faults(
        contract, claim, pointer, patch_order, descending
    )
    is_first_field = sort_key == next(iter(sorts.pointers_by_key))
    if descending:
        yield from interactions.generate_order_with_filter_faults(
            contract,
            claim,
            (sort_key, True),
            build_field_sort_function(pointer, False),
            "the direction is ignored",
            is_first_field=is_first_field,
        )
    elif contrasting_field:
        text = f"the order is that of {contrasting_field}"
        yield from interactions.generate_order_with_filter_faults(
            contract,
            claim,
            (sort_key, False),
            build_field_sort_function(sorts.pointers_by_key[contrasting_field], False),
            text,
            is_first_field=is_first_field,
        )
    if sort_key not in date_fields and contrasting_field in date_fields:
        yield build_fault(
            claim,
            "prefix",
            f"only the first {PREFIX_LENGTH} characters are compared",
            patch_order(_build_sort_by_prefix_function(pointer, PREFIX_LENGTH, descending)),
        )


def _generate_default_order_faults(claim: Claim, promise: ListsInOrder) -> Iterator[Fault]:
    """Yield faults in the order of a list for which no order is asked."""

    def patch_default(default: tuple[Json, bool]) -> ServicePatch:
        def replace_default(listing: ListAction) -> ListAction:
            assert isinstance(listing.sort, ListSorter)
            return replace(listing, sort=replace(listing.sort, default=default))

        return patch_list_action(claim.operation, replace_default)

    yield build_fault(
        claim,
        "reversed",
        "the direction is the wrong way round",
        patch_default((promise.key, not promise.descending)),
    )
    contrasting_field = _choose_contrasting_sort_key(promise.behavior, promise.key, [])
    if contrasting_field is not None:
        yield build_fault(
            claim,
            "neighbor",
            f"the order is that of {contrasting_field}",
            patch_default((contrasting_field, promise.descending)),
        )


def _generate_numbers_sorted_as_text_faults(
    contract: Contract,
    claim: Claim,
    pointer: str,
    patch_order: Callable[[SortCollection], ServicePatch],
    descending: bool,
) -> Iterator[Fault]:
    """Yield the fault that numbers are sorted as text.

    This is only observable if the numbers can have two digits.
    """
    resource = contract.resource_for(claim.operation)
    schema = (
        find_item_schema(contract, resource).find_property(tokens(pointer)) if resource else None
    )
    creation_body = (
        contract.operations[resource.create].body if resource and resource.create else None
    )
    sent_schema = creation_body.schema.properties.get(pointer[1:]) if creation_body else None
    maximum = sent_schema.get("maximum", 10) if sent_schema else 10
    if (
        schema
        and {"integer", "number"} & {*schema.types}
        and min(maximum, schema.get("maximum", 10)) >= 10
    ):
        yield build_fault(
            claim,
            "as-text",
            "numbers are compared as texts: 10 comes before 9",
            patch_order(_build_sort_as_text_function(pointer, descending)),
        )


def _build_sort_as_text_function(pointer: str, descending: bool) -> SortCollection:
    get_value = build_pointer_getter(pointer)
    return lambda collection: sorted(
        collection.items.values(), key=lambda item: str(get_value(item.value)), reverse=descending
    )


def _list_date_sort_keys(contract: Contract, operation: str, sorts: SortingBehavior) -> list[str]:
    resource = contract.resource_for(operation)
    if resource is None:
        return []
    item_schema = find_item_schema(contract, resource)
    schemas = {
        value: item_schema.find_property(tokens(pointer))
        for value, pointer in sorts.pointers_by_key.items()
    }
    return [
        value for value, schema in schemas.items() if schema and schema.get("format") == "date-time"
    ]


def _choose_contrasting_sort_key(
    sorts: SortingBehavior, value: Json, date_fields: list[str]
) -> str | None:
    """Return the field whose order differs most from the order by the given field.

    For dates and IDs (which have the same order), this is a text field if there is one. For texts,
    it is the first date field if there is one. None if there is no other field.
    """
    text_fields = [
        field
        for field in sorts.pointers_by_key
        if field not in date_fields and field != value and "id" not in field.lower()
    ]
    candidates = (
        [*text_fields, *date_fields]
        if value in date_fields or "id" in value.lower()
        else [*date_fields, *text_fields, *sorts.pointers_by_key]
    )
    return next((field for field in candidates if field != value), None)


def _has_updates(contract: Contract, operation: str) -> bool:
    resource = contract.resource_for(operation)
    return resource is not None and bool(resource.change or resource.replace or resource.switches)


def _patch_requested_order(
    operation: str, requested_order: tuple[Json, bool], sort: SortCollection
) -> ServicePatch:
    def replace_sort(listing: ListAction) -> ListAction:
        assert isinstance(listing.sort, ListSorter)
        return replace(
            listing,
            sort=replace(listing.sort, orders={**listing.sort.orders, requested_order: sort}),
        )

    return patch_list_action(operation, replace_sort)


def _patch_to_swap_last_two_items(
    operation: str, requested_order: tuple[Json, bool]
) -> ServicePatch:
    def append_swap_filter(listing: ListAction) -> ListAction:
        sorter = listing.sort
        assert isinstance(sorter, ListSorter)

        def swap_last_two(items: Sequence[Item], call: BoundCall) -> Sequence[Item]:
            return (
                [*items[:-2], *reversed(items[-2:])]
                if sorter.get_requested_key_and_direction(call) == requested_order
                else items
            )

        return replace(listing, filters=(*listing.filters, swap_last_two))

    return patch_list_action(operation, append_swap_filter)


def _build_sort_by_prefix_function(pointer: str, length: int, descending: bool) -> SortCollection:
    get_value = build_pointer_getter(pointer)

    def sort_by_prefix(collection: ItemCollection) -> Sequence[Item]:
        items = list(collection.items.values())
        items.reverse()
        items.sort(key=lambda item: str(get_value(item.value))[:length])
        return items[::-1] if descending else items

    return sort_by_prefix


FAULTS = {"sorting.order": generate_sort_order_faults}
