"""A fault breaks its own claim, and as little else as possible."""

from __future__ import annotations

import pytest

from conformance.contract.json import Json
from conformance.mock.faults.alteration import altered
from conformance.mock.faults.catalogue import faults

from ..contracts import load
from .test_catalogue import toured


def differing(contract: str, id: str) -> set[str]:
    """Return the labels of the steps of a tour at which a fault shows."""
    honest, steps = toured(contract)
    mock = honest.broken(next(fault for fault in faults(load(contract)) if fault.id == id))
    state = mock.start()
    return {label.partition(" ")[2] for label, asked, response in steps if mock.respond(state, asked) != response}


@pytest.mark.parametrize("variant", ["reversed", "swapped", "neighbour", "seconds"])
def test_an_order_breaks_alone(variant: str) -> None:
    """A fault in one order leaves the other fields, the other direction and the default as they are."""
    found = differing("losant", f"listExperienceGroups/sortField/orders-by/creationDate!{variant}")
    assert found == {"sortField=creationDate", "sorted creationDate asc"}


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("filter/exact/name!anywhere", {"glob name beta"}),
        ("filter/prefix/name!not-empty", {"glob name beta*"}),
        ("filter/suffix/name!ignored", {"glob name *beta"}),
        ("filter/infix/name!begins", {"glob name b*a", "glob name b*o"}),
        ("filter/nothing/name!everything", {"glob name never"}),
        ("query/$gt/name!bound", {"query $gt name"}),
        ("query/$gt/creationDate!reversed", {"query $gt creationDate"}),
        ("query/$and/name!some", {"query $and name"}),
        ("query/$nor-of-none/name!opposite", {"query $nor-of-none name"}),
        ("query/$ci/name!ignored", {"query $ci name"}),
        ("query/$ne/groupTags!opposite", {"query $ne groupTags"}),
        ("query/equal/experienceUserId!first-member", {"query equal experienceUserId"}),
        ("page/walk!short-last", {"page 5 of 12"}),
        ("perPage/example!refused", {"perPage=10"}),
    ],
)
def test_a_filter_breaks_alone(fault: str, expected: set[str]) -> None:
    """A fault in one form of filter leaves the other forms as they are."""
    found = {label for label in differing("losant", f"listExperienceGroups/{fault}") if not label.startswith("together")}
    assert found == expected


def test_a_switch_breaks_alone() -> None:
    """A switch that no longer works leaves every other operation as it is."""
    found = differing("push-express", "archiveAppGroup/switches/archived!ignored")
    assert found
    assert all(label.split(" ")[0] in ("look", "examine") for label in found)


@pytest.mark.parametrize("status", ["400", "401"])
def test_a_shape_breaks_alone(status: str) -> None:
    """A wrong shape of one answer shows in answers of that status only."""
    honest, steps = toured("push-express")
    contract = load("push-express")
    operation = contract.operations["createAppGroup"]
    mock = honest.broken(next(fault for fault in faults(contract) if fault.id == f"createAppGroup/responses/{status}/body!missing"))
    state = mock.start()
    found = {response.status for _, asked, response in steps if mock.respond(state, asked) != response}
    assert found
    assert {documented.status for code in found if (documented := operation.response(code))} == {status}


def test_a_scope_breaks_alone() -> None:
    """A scope that is forgotten is refused, the others still suffice."""
    found = differing("losant", "listExperienceGroups/scopes/all.User.read/allowed!forgotten")
    assert found == {"credentials all.User.read"}


@pytest.mark.parametrize("value", ["", "0", "aba", "Abc", "ÄÖ", "ß", "a" * 24, "0123456789abcdef01234567", 5, True, [1, 2], {"a": 1, "b": 2}])
def test_an_altered_value_is_another_one(value: Json) -> None:
    """What a careless server makes of a value has its type and is not the value."""
    other = altered(value)
    assert other != value
    assert type(other) is type(value)
