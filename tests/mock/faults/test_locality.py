"""A fault breaks its own claim, and as little else as possible."""

from __future__ import annotations

import pytest

from conformance.contract.json import Json
from conformance.mock.faults.catalog import list_contract_faults
from conformance.mock.faults.mutations import mutate_value

from ..client import APP_GROUPS, build_push_express_client, get_names
from ..contracts import load
from .test_catalog import record_tour


def list_affected_labels(contract: str, fault_id: str) -> set[str]:
    """Return the labels of the requests of a tour whose response differs under a fault."""
    faultless_mock, exchanges = record_tour(contract)
    mock = faultless_mock.copy_with_fault(
        next(fault for fault in list_contract_faults(load(contract)) if fault.id == fault_id)
    )
    state = mock.create_state()
    return {
        label.partition(" ")[2]
        for label, request, response in exchanges
        if mock.respond(state, request) != response
    }


@pytest.mark.parametrize("variant", ["reversed", "swapped", "neighbor", "seconds"])
def test_a_sorting_fault_is_local(variant: str) -> None:
    """A fault in the sorting by one field leaves the other fields, the other direction and the
    default unchanged.
    """
    labels = list_affected_labels(
        "losant", f"listExperienceGroups/sortField/orders-by/creationDate!{variant}"
    )
    expected = {"sortField=creationDate", "sorted creationDate asc"}
    assert (
        expected
        <= labels
        <= expected
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
            {
                f"{parameter} page {page} of 2"
                for parameter in ("filter", "query")
                for page in range(3)
            },
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
def test_a_filter_fault_is_local(fault: str, expected: set[str]) -> None:
    """A fault in one kind of filter leaves the other kinds unchanged.

    The same holds for pages, credentials and examples.
    """
    all_labels = list_affected_labels("losant", f"listExperienceGroups/{fault}")
    labels = {label for label in all_labels if not label.startswith("together")}
    assert labels == expected | {
        label
        for label in labels
        if fault.startswith("filter/infix") and label.startswith(("filter sorted", "filter page"))
    }


def test_a_switch_fault_is_local() -> None:
    """A fault that disables a switch leaves every other operation unchanged."""
    labels = list_affected_labels("push-express", "archiveAppGroup/switches/archived!ignored")
    assert labels
    assert all(
        label.split(" ")[0] not in ("do", "throw", "create", "example", "body") for label in labels
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
def test_a_stale_list_fault_is_local(fault: str) -> None:
    """A fault that makes a list stale affects lists only.

    Reading an item and all other responses are correct.
    """
    labels = list_affected_labels("push-express", fault)
    assert labels
    assert {label.split(" ")[0].partition("=")[0] for label in labels} <= {
        "look",
        "archived",
        "page",
        "per_page",
        "size",
        "together",
        "json",
    }


def test_a_namesake_fault_affects_equal_names_only() -> None:
    """An operation that selects by name affects all items of the same name and no others."""
    fault = next(
        candidate
        for candidate in list_contract_faults(load("push-express"))
        if candidate.id == "deleteAppGroup/neighbors-untouched!namesakes"
    )
    client = build_push_express_client("one", "two", "one", "three", fault=fault)
    client.send_request("DELETE", f"{APP_GROUPS}/1001")
    assert get_names(client.json("GET", APP_GROUPS), "app_groups") == ["two", "three"]


@pytest.mark.parametrize("loss", ["empties", "shortens"])
def test_a_switch_fault_keeps_unspecified_lists(loss: str) -> None:
    """A switch that loses members of a list changes only lists that the documents specify."""
    fault = next(
        candidate
        for candidate in list_contract_faults(load("push-express"))
        if candidate.id == f"archiveAppGroup/fields-untouched!{loss}-app_ids"
    )
    client = build_push_express_client("one", fault=fault)
    client.send_request(
        "POST", APP_GROUPS, body={"app_ids": [1, 2], "name": "all", "all_apps": True}
    )
    for id in (1001, 1002):
        client.send_request("POST", f"{APP_GROUPS}/{id}/archive")
    listed = client.json("GET", APP_GROUPS, {"archived": True})["app_groups"]
    assert [candidate["app_ids"] for candidate in listed] == [
        [1] if loss == "shortens" else [],
        [1, 2],
    ]


@pytest.mark.parametrize("status", ["400", "401"])
def test_a_body_fault_is_local(status: str) -> None:
    """A fault in the body of one response affects responses of that status only."""
    faultless_mock, exchanges = record_tour("push-express")
    contract = load("push-express")
    operation = contract.operations["createAppGroup"]
    mock = faultless_mock.copy_with_fault(
        next(
            fault
            for fault in list_contract_faults(contract)
            if fault.id == f"createAppGroup/responses/{status}/body!missing"
        )
    )
    state = mock.create_state()
    statuses = {
        response.status
        for _, request, response in exchanges
        if mock.respond(state, request) != response
    }
    assert statuses
    assert {
        documented.status
        for code in statuses
        if (documented := operation.find_documented_response(code))
    } == {status}


def test_a_scope_fault_is_local() -> None:
    """A forgotten scope is refused; the other scopes still suffice."""
    labels = list_affected_labels(
        "losant", "listExperienceGroups/scopes/all.User.read/allowed!forgotten"
    )
    assert labels == {"credentials all.User.read"}


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
def test_a_mutated_value_differs(value: Json) -> None:
    """A mutated value has the same type and is not equal to the original."""
    mutated = mutate_value(value)
    assert mutated != value
    assert type(mutated) is type(value)
