"""Exchanges, traces, calls, and how a check is heard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.call import (
    ApiCall,
    EarlierRequestValue,
    EarlierResponseValue,
    FixtureValue,
    MarkedText,
    OtherParentId,
    fill_placeholders,
    find_placeholders,
)
from conformance.checks.check import (
    Check,
    build_prerequisite_steps,
    build_valid_call,
    evaluate_trace,
    plan_scenarios,
)
from conformance.checks.datasets import (
    ITEM_NAMES,
    UPDATED_ITEMS,
    build_linked_items_setup,
    build_named_items_setup,
    make_item_tags,
)
from conformance.checks.exchange import HttpResponse, InconclusiveError
from conformance.checks.listing import (
    build_list_all_step,
    build_mark_filter_arguments,
    build_newest_first_arguments,
    get_created_id,
    get_largest_documented_page_size,
    get_read_item_and_exchange,
    map_created_ids_to_steps,
)
from conformance.checks.observation import Inconclusive, Passed
from conformance.checks.scenario import PagedReadStep, Step
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING

from .toy import (
    build_context,
    build_exchange,
    build_toy_contract,
    build_toy_variant,
    build_trace,
    execute_on_honest_server,
    load_builtin_contract,
    with_response,
)


@pytest.mark.parametrize(
    ("status", "succeeded", "refused"),
    [
        (199, False, False),
        (200, True, False),
        (299, True, False),
        (300, False, False),
        (399, False, False),
        (400, False, True),
        (499, False, True),
        (500, False, False),
    ],
)
def test_classes(status: int, succeeded: bool, refused: bool) -> None:
    """2xx succeeded, 4xx was refused, anything else is neither."""
    found = build_exchange("a", status)
    assert (succeeded, refused) == (found.succeeded, found.refused)


def test_no_answer() -> None:
    """An exchange without an answer has no status, no body, and neither succeeded nor was
    refused.
    """
    found = build_exchange("a", None)
    assert (found.json, found.succeeded, found.refused, str(found)) == (
        MISSING,
        False,
        False,
        "GET http://toy → no answer (ReadTimeout: too slow)",
    )
    with pytest.raises(
        InconclusiveError, match="GET http://toy got no answer: ReadTimeout: too slow"
    ):
        _ = found.status


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", MISSING),
        (b"{}", {}),
        (b"NaN", MISSING),
        (b"Infinity", MISSING),
        (b"\xff", MISSING),
        (b"[" * 100_000, MISSING),
        (b"null", None),
        (b"1.0", 1.0),
    ],
)
def test_json(body: bytes, expected: Json) -> None:
    """A body is JSON as RFC 8259 has it, or none."""
    assert expected == HttpResponse(status=200, headers={}, body=body).json


def test_success_names_the_fixtures() -> None:
    """A step that was refused where ids were made up says which fixtures to give; another failure
    does not.
    """
    with pytest.raises(
        InconclusiveError,
        match=(
            r"^a: GET http://toy → 400 \(the server may check that these exist: give --fixture x=…"
            r" --fixture y=…\)$"
        ),
    ):
        build_trace(
            build_exchange("a", 400), missing_fixtures=frozenset({"y", "x"})
        ).get_successful_exchange("a")
    with pytest.raises(InconclusiveError, match=r"^a: GET http://toy → 500$"):
        build_trace(
            build_exchange("a", 500), missing_fixtures=frozenset({"x"})
        ).get_successful_exchange("a")
    with pytest.raises(InconclusiveError, match=r"^a: GET http://toy → 400$"):
        build_trace(build_exchange("a", 400)).get_successful_exchange("a")


def test_last_exchange_counts() -> None:
    """Of several pages, the last one stands for the step; all of them can be had, in order."""
    found = build_trace(
        build_exchange("a", 200), build_exchange("a", 201), build_exchange("b", 202)
    )
    assert (
        found["a"].status,
        [one.status for one in found.get_exchanges("a")],
        [one.status for one in found],
        "a" in found,
        "c" in found,
    ) == (201, [200, 201], [200, 201, 202], True, False)


PLACEHOLDERS = [
    EarlierResponseValue("a", "/b"),
    EarlierRequestValue("a", "/b"),
    MarkedText("{m}"),
    FixtureValue("f", 0, 1),
    OtherParentId("p"),
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(VALUES)
def test_plain_values_are_not_filled(value: Json) -> None:
    """A value without placeholders stays as it is."""
    assert value == fill_placeholders(value, lambda one: "filled")
    assert list(find_placeholders(value)) == []


@pytest.mark.parametrize("placeholder", PLACEHOLDERS)
def test_placeholders_are_found_and_filled(placeholder: EarlierResponseValue) -> None:
    """A placeholder is found and filled however deep it stands, in a call too."""
    nested = {"a": [{"b": placeholder}], "c": (placeholder,), "d": placeholder}
    assert fill_placeholders(nested, lambda one: 1) == {"a": [{"b": 1}], "c": [1], "d": 1}
    assert [placeholder] * 3 == list(find_placeholders(nested))
    assert [placeholder] * 2 == list(
        find_placeholders(ApiCall(operation="a", arguments={"x": placeholder}, body=[placeholder]))
    )


@pytest.mark.parametrize(
    ("text", "length", "expected"),
    [
        ("{m}-a", None, "xy-a"),
        ("{m}-{m}", None, "xy-xy"),
        ("{m}-", 6, "xy-xxx"),
        ("{m}-abcdef", 4, "xy-a"),
        ("{m}", 2, "xy"),
    ],
)
def test_mark(text: str, length: int | None, expected: str) -> None:
    """The mark takes its place, padded or cut to the length."""
    assert expected == MarkedText(text, length=length).render("xy")


def test_judge_that_gives_up() -> None:
    """What a judge saw before it gave up is kept, and the reason with it."""
    one = build_exchange("a", 200)

    def judge(setting: Json, promise: Json, found: Json) -> Json:
        yield Passed(one)
        raise InconclusiveError("why")

    check = Check(plan=lambda setting, promise: (), evaluate=judge)
    assert [Passed(one), Inconclusive("why")] == evaluate_trace(
        check, build_context("listBooks/answers"), build_trace()
    )
    assert (
        plan_scenarios(check, build_context("listBooks/answers")) == "there is no way to try this"
    )
    assert (
        evaluate_trace(
            Check(plan=lambda setting, promise: ()),
            build_context("listBooks/answers"),
            build_trace(),
        )
        == []
    )


def test_valid_call_names_its_item() -> None:
    """A call on an item names the one that was made, with the smallest body; one on the collection
    names none.
    """
    where = build_context("replaceBook/answers")
    call = build_valid_call(where, where.operation, "made", "{m}-x")
    assert ({"book": EarlierResponseValue("made", "/id")}, {"title": MarkedText("{m}-x")}) == (
        call.arguments,
        call.body,
    )
    listing = build_context("listBooks/answers")
    assert (
        build_valid_call(listing, listing.operation).arguments,
        build_valid_call(listing, listing.operation).body,
        build_prerequisite_steps(listing, listing.operation),
    ) == ({}, MISSING, ())
    assert [step.name for step in build_prerequisite_steps(where, where.operation)] == ["made"]


def test_required_parameter_without_an_example() -> None:
    """A required parameter that has no example makes every call undecidable; one with an example is
    sent.
    """
    without = build_toy_variant(
        ("{name: lent, in: query, schema", "{name: lent, in: query, required: true, schema")
    )
    with pytest.raises(
        InconclusiveError, match="the contract gives no example for the required lent"
    ):
        build_valid_call(
            build_context("listBooks/answers", without), without.operations["listBooks"]
        )
    given_one = build_toy_variant(
        (
            "{name: lent, in: query, schema",
            "{name: lent, in: query, required: true, example: true, schema",
        )
    )
    assert build_valid_call(
        build_context("listBooks/answers", given_one), given_one.operations["listBooks"]
    ).arguments == {"lent": True}


class TestListing:
    @pytest.mark.parametrize(
        ("contract", "operation", "size"),
        [
            (load_builtin_contract("losant"), "listExperienceGroups", 100),
            (load_builtin_contract("losant", "2017"), "listExperienceGroups", 100),
            (load_builtin_contract("push-express"), "listAppGroups", 50),
            (build_toy_contract(), "listBooks", 20),
        ],
    )
    def test_largest(self, contract: Json, operation: str, size: int) -> None:
        """The largest page that the documents show, never above a hundred."""
        assert size == get_largest_documented_page_size(contract, operation)

    def test_narrowed(self) -> None:
        """A list is narrowed to ours by a filter on the marked field, where there is one."""
        assert {"field": "title", "glob": MarkedText("{m}*")} == build_mark_filter_arguments(
            build_toy_contract(), build_toy_contract().resources[0]
        )
        assert (
            build_mark_filter_arguments(
                load_builtin_contract("push-express"),
                load_builtin_contract("push-express").resources[0],
            )
            == {}
        )

    def test_newest_first(self) -> None:
        """A list that can be sorted by a date of creation brings the newest first."""
        assert build_newest_first_arguments(build_toy_contract(), "listBooks") == {
            "sort": "created",
            "way": "down",
        }
        assert (
            build_newest_first_arguments(load_builtin_contract("push-express"), "listAppGroups")
            == {}
        )

    def test_sweep(self) -> None:
        """A paged list is walked, another is asked for once."""
        plain = build_toy_variant(
            (
                (
                    "      - paginates: {page: page, size: size, first: 0, count: /meta/count,"
                    " total: /meta/total, pages: /meta/pages, metadata: /meta, maxItems:"
                    " 40, unpagedHasMetadata:"
                    " true, pastEnd: empty}\n"
                ),
                "",
            )
        )
        kinds = [
            type(build_list_all_step(build_context("listBooks/answers", contract), "x"))
            for contract in (build_toy_contract(), plain)
        ]
        assert [PagedReadStep, Step] == kinds

    def test_seen_in_a_list(self) -> None:
        """A thing is found in the list by its identity, or not at all."""
        where = build_context("listBooks/answers")
        found = build_trace(
            build_exchange("made", 201, {"id": 1}, ApiCall(operation="createBook")),
            build_exchange("look", 200, {"books": [{"id": 2}, {"id": 1, "title": "x"}]}),
        )
        assert get_read_item_and_exchange(where, found, "look", "made")[0] == {
            "id": 1,
            "title": "x",
        }
        with pytest.raises(InconclusiveError, match="does not list 1"):
            get_read_item_and_exchange(
                where, with_response(found, "look", body={"books": [{"id": 2}]}), "look", "made"
            )

    @pytest.mark.parametrize("identity", [None, True, False, 1.5, [], {}])
    def test_identity(self, identity: Json) -> None:
        """An identity is a text or an integer."""
        with pytest.raises(InconclusiveError, match="names no identity at /id"):
            get_created_id(
                build_context("listBooks/answers"),
                build_trace(build_exchange("made", 201, {"id": identity})),
                "made",
            )

    def test_own(self) -> None:
        """Ours is what the creating steps made, by identity."""
        found = execute_on_honest_server("createBook/listed")
        assert [f"item {number}" for number in range(len(ITEM_NAMES))] == list(
            map_created_ids_to_steps(
                build_context("createBook/listed"),
                found,
                build_named_items_setup(build_context("createBook/listed")),
            ).values()
        )
        assert list(
            map_created_ids_to_steps(build_context("createBook/listed"), found, ["item 3"]).values()
        ) == ["item 3"]


class TestCatalog:
    def test_order(self) -> None:
        """Things are made in an order that is not that of their names, and changed in yet
        another.
        """
        assert sorted(ITEM_NAMES) != list(ITEM_NAMES)
        assert list(UPDATED_ITEMS) != sorted(UPDATED_ITEMS)

    def test_touches(self) -> None:
        """Some are changed after all are made, without what they are found by."""
        steps = build_named_items_setup(build_context("createBook/listed")).steps
        assert [
            *(f"item {one}" for one in range(len(ITEM_NAMES))),
            "touch 5",
            "touch 1",
            "touch 3",
        ] == [step.name for step in steps]
        assert [{"note": f"touched {one}"} for one in (5, 1, 3)] == [
            step.call.body for step in steps[len(ITEM_NAMES) :]
        ]
        assert [EarlierResponseValue(f"item {one}", "/id") for one in (5, 1, 3)] == [
            step.call.arguments["book"] for step in steps[len(ITEM_NAMES) :]
        ]

    def test_replacing_touch_keeps_the_name(self) -> None:
        """Where a thing can only be replaced, it keeps its name."""
        contract = load_builtin_contract("push-express")
        steps = build_named_items_setup(build_context("createAppGroup/listed", contract)).steps
        assert [MarkedText(ITEM_NAMES[one]) for one in (5, 1, 3)] == [
            step.call.body["name"] for step in steps[len(ITEM_NAMES) :]
        ]

    def test_tags(self) -> None:
        """Tags tell the things apart; one has another key altogether."""
        assert make_item_tags(1) == {"floor": "1", "wing": "north"}
        assert make_item_tags(4) == {"floor": "0", "wing": "south"}
        assert make_item_tags(6) == {"color": "3"}
        assert make_item_tags(7) == {"floor": "3", "wing": "north"}

    def test_family(self) -> None:
        """Two things refer to ones that were made where such can be made, else to fixtures; one
        refers to nothing.
        """
        where = build_context("createBook/listed")
        both = [FixtureValue("authors", 0, "0101"), FixtureValue("authors", 1, "0202")]
        found = {
            key: {
                step.name: step.call.body.get(key)
                for step in build_linked_items_setup(where, key).steps
            }
            for key in ("sequel", "authors")
        }
        parents = {"parent": None, "other parent": None}
        assert {
            "referring": EarlierResponseValue("parent", "/id"),
            "referring too": EarlierResponseValue("other parent", "/id"),
            "plain": None,
            **parents,
        } == found["sequel"]
        assert {"referring": both, "referring too": both, "plain": None} == found["authors"]
        with pytest.raises(
            InconclusiveError, match="the contract does not say what note refers to"
        ):
            build_linked_items_setup(where, "note")
