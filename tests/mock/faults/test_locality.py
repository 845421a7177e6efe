"""A fault breaks its own claim, and as little else as possible."""

from __future__ import annotations

import pytest

from conformance.contract.json import Json
from conformance.mock.faults.catalog import list_contract_faults
from conformance.mock.faults.mutations import mutate_value

from ..client import APP_GROUPS, build_push_express_client, get_names
from ..contracts import load
from .test_catalog import toured


def differing(contract: str, id: str) -> set[str]:
    """Return the labels of the steps of a tour at which a fault shows."""
    honest, steps = toured(contract)
    mock = honest.copy_with_fault(
        next(fault for fault in list_contract_faults(load(contract)) if fault.id == id)
    )
    state = mock.create_state()
    return {
        label.partition(" ")[2]
        for label, asked, response in steps
        if mock.respond(state, asked) != response
    }


@pytest.mark.parametrize("variant", ["reversed", "swapped", "neighbor", "seconds"])
def test_an_order_breaks_alone(variant: str) -> None:
    """A fault in one order leaves the other fields, the other direction and the default as they
    are.
    """
    found = differing("losant", f"listExperienceGroups/sortField/orders-by/creationDate!{variant}")
    plain = {"sortField=creationDate", "sorted creationDate asc"}
    assert (
        plain
        <= found
        <= plain
        | {
            "filter sorted creationDate asc",
            "query sorted creationDate asc",
            "page alone by creationDate",
        }
    )


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
        ("page/allPages!short-last", {"page 8 of 12"}),
        ("sortField/orders-by/creationDate!beside-query", {"query sorted creationDate asc"}),
        ("sortDirection/descends-by/name!beside-filter", {"filter sorted name desc"}),
        (
            "perPage/size!cut-before-filter",
            {f"{word} page {page} of 2" for word in ("filter", "query") for page in range(3)},
        ),
        ("perPage/size!ignored-beside-query", {f"query page {page} of 2" for page in range(3)}),
        ("page/allPages!first-beside-filter", {"filter page 1 of 2", "filter page 2 of 2"}),
        ("filter/exact/name!percent", {"glob name a%41"}),
        ("filter/exact/name!plus", {"glob name a+b"}),
        ("filter/exact/name!dot", {"glob name b.ta"}),
        ("credentials/bare!other-scheme", {"credentials other scheme"}),
        ("credentials/missing!empty", {"credentials empty"}),
        ("perPage/example!refused", {"perPage=10"}),
    ],
)
def test_a_filter_breaks_alone(fault: str, expected: set[str]) -> None:
    """A fault in one form of filter leaves the other forms as they are."""
    labels = differing("losant", f"listExperienceGroups/{fault}")
    found = {label for label in labels if not label.startswith("together")}
    assert found == expected | {
        label
        for label in found
        if fault.startswith("filter/infix") and label.startswith(("filter sorted", "filter page"))
    }


def test_a_switch_breaks_alone() -> None:
    """A switch that no longer works leaves every other operation as it is."""
    found = differing("push-express", "archiveAppGroup/switches/archived!ignored")
    assert found
    assert all(
        label.split(" ")[0] not in ("do", "throw", "create", "example", "body") for label in found
    )


@pytest.mark.parametrize(
    "fault",
    [
        "restoreAppGroup/switches/archived!unlisted",
        "archiveAppGroup/switches/archived!list-stale",
        "archiveAppGroup/twice!unlisted",
        "updateAppGroup/body/name/replaced!list-stale",
        "updateAppGroup/fields-untouched!list-clears-archived",
    ],
)
def test_a_list_lags_alone(fault: str) -> None:
    """A fault of a list that lags behind shows in lists only: reading and all other answers are
    right.
    """
    found = differing("push-express", fault)
    assert found
    assert {label.split(" ")[0].partition("=")[0] for label in found} <= {
        "look",
        "archived",
        "page",
        "per_page",
        "size",
        "together",
        "json",
    }


def test_namesakes_alone_are_hit() -> None:
    """An operation that goes by the name hits those of the same name, none beside it."""
    found = next(
        one
        for one in list_contract_faults(load("push-express"))
        if one.id == "deleteAppGroup/neighbors-untouched!namesakes"
    )
    client = build_push_express_client("one", "two", "one", "three", fault=found)
    client.ask("DELETE", f"{APP_GROUPS}/1001")
    assert get_names(client.json("GET", APP_GROUPS), "app_groups") == ["two", "three"]


@pytest.mark.parametrize("loss", ["empties", "shortens"])
def test_a_switch_spares_what_is_open(loss: str) -> None:
    """A switch that loses the members of a list leaves those alone of which the documents do not
    speak.
    """
    found = next(
        one
        for one in list_contract_faults(load("push-express"))
        if one.id == f"archiveAppGroup/fields-untouched!{loss}-app_ids"
    )
    client = build_push_express_client("one", fault=found)
    client.ask("POST", APP_GROUPS, body={"app_ids": [1, 2], "name": "all", "all_apps": True})
    for id in (1001, 1002):
        client.ask("POST", f"{APP_GROUPS}/{id}/archive")
    listed = client.json("GET", APP_GROUPS, {"archived": True})["app_groups"]
    assert [one["app_ids"] for one in listed] == [[1] if loss == "shortens" else [], [1, 2]]


@pytest.mark.parametrize("status", ["400", "401"])
def test_a_shape_breaks_alone(status: str) -> None:
    """A wrong shape of one answer shows in answers of that status only."""
    honest, steps = toured("push-express")
    contract = load("push-express")
    operation = contract.operations["createAppGroup"]
    mock = honest.copy_with_fault(
        next(
            fault
            for fault in list_contract_faults(contract)
            if fault.id == f"createAppGroup/responses/{status}/body!missing"
        )
    )
    state = mock.create_state()
    found = {
        response.status for _, asked, response in steps if mock.respond(state, asked) != response
    }
    assert found
    assert {
        documented.status
        for code in found
        if (documented := operation.find_documented_response(code))
    } == {status}


def test_a_scope_breaks_alone() -> None:
    """A scope that is forgotten is refused, the others still suffice."""
    found = differing("losant", "listExperienceGroups/scopes/all.User.read/allowed!forgotten")
    assert found == {"credentials all.User.read"}


@pytest.mark.parametrize(
    "value",
    [
        "",
        "0",
        "aba",
        "Abc",
        "ÄÖ",
        "ß",
        "a" * 24,
        "0123456789abcdef01234567",
        5,
        True,
        [1, 2],
        {"a": 1, "b": 2},
    ],
)
def test_an_altered_value_is_another_one(value: Json) -> None:
    """What a careless server makes of a value has its type and is not the value."""
    other = mutate_value(value)
    assert other != value
    assert type(other) is type(value)
