"""Exchanges, traces, calls, and how a check is evaluated."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.call import (
    ApiCall,
    EarlierRequestValue,
    EarlierResponseValue,
    FixtureValue,
    OtherParentId,
    TextWithRunMark,
    fill_placeholders,
    find_placeholders,
)
from conformance.checks.cause import Cause
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
def test_status_classes(status: int, succeeded: bool, refused: bool) -> None:
    """A 2xx response succeeded, a 4xx response was refused, any other is neither."""
    exchange = build_exchange("a", status)
    assert (succeeded, refused) == (exchange.succeeded, exchange.refused)


def test_no_response() -> None:
    """An exchange without a response has no status and no body, and neither succeeded nor was
    refused.
    """
    exchange = build_exchange("a", None)
    assert (exchange.json, exchange.succeeded, exchange.refused, str(exchange)) == (
        MISSING,
        False,
        False,
        "GET http://toy → no answer (ReadTimeout: too slow)",
    )
    with pytest.raises(
        InconclusiveError, match="GET http://toy got no answer: ReadTimeout: too slow"
    ):
        _ = exchange.status


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
def test_json_of_a_body(body: bytes, expected: Json) -> None:
    """A body is JSON as defined by RFC 8259, or has no JSON value."""
    assert expected == HttpResponse(status=200, headers={}, body=body).json


def test_failed_step_names_missing_fixtures() -> None:
    """If a step that used generated ids was refused, the message says which fixtures to provide.
    The message of another failure does not.
    """
    with pytest.raises(
        InconclusiveError,
        match=(
            r"^it needs this request, which failed: GET http://toy → 400 \(the server may check"
            r" that these exist: give --fixture x=…"
            r" --fixture y=…\)$"
        ),
    ):
        build_trace(
            build_exchange("a", 400), missing_fixtures=frozenset({"y", "x"})
        ).get_successful_exchange("a")
    with pytest.raises(
        InconclusiveError, match=r"^it needs this request, which failed: GET http://toy → 500$"
    ):
        build_trace(
            build_exchange("a", 500), missing_fixtures=frozenset({"x"})
        ).get_successful_exchange("a")
    with pytest.raises(
        InconclusiveError, match=r"^it needs this request, which failed: GET http://toy → 400$"
    ):
        build_trace(build_exchange("a", 400)).get_successful_exchange("a")


def test_last_exchange_counts() -> None:
    """The last of several pages represents the step. All pages are available too, in order."""
    trace = build_trace(
        build_exchange("a", 200), build_exchange("a", 201), build_exchange("b", 202)
    )
    assert (
        trace["a"].status,
        [exchange.status for exchange in trace.get_exchanges("a")],
        [exchange.status for exchange in trace],
        "a" in trace,
        "c" in trace,
    ) == (201, [200, 201], [200, 201, 202], True, False)


PLACEHOLDERS = [
    EarlierResponseValue("a", "/b"),
    EarlierRequestValue("a", "/b"),
    TextWithRunMark("{m}"),
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
    """A value without placeholders does not change."""
    assert value == fill_placeholders(value, lambda placeholder: "filled")
    assert list(find_placeholders(value)) == []


@pytest.mark.parametrize("placeholder", PLACEHOLDERS)
def test_placeholders_are_found_and_filled(placeholder: EarlierResponseValue) -> None:
    """Placeholders are found and filled at any depth, in a call too."""
    nested = {"a": [{"b": placeholder}], "c": (placeholder,), "d": placeholder}
    assert fill_placeholders(nested, lambda nested_placeholder: 1) == {
        "a": [{"b": 1}],
        "c": [1],
        "d": 1,
    }
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
def test_marked_text(text: str, length: int | None, expected: str) -> None:
    """The mark replaces its placeholder. The text is padded or cut to the given length."""
    assert expected == TextWithRunMark(text, length=length).render("xy")


def test_check_that_becomes_inconclusive() -> None:
    """Observations that a check made before it became inconclusive are kept, followed by the
    reason.
    """
    exchange = build_exchange("a", 200)

    def observe_and_give_up(context: Json, promise: Json, trace: Json) -> Json:
        yield Passed(exchange)
        raise InconclusiveError("why")

    check = Check(plan=lambda context, promise: (), evaluate=observe_and_give_up)
    assert [Passed(exchange), Inconclusive("why")] == evaluate_trace(
        check, build_context("listBooks/answers"), build_trace()
    )
    assert plan_scenarios(check, build_context("listBooks/answers")) == Inconclusive(
        "there is no way to try this", Cause.NO_WAY
    )
    assert (
        evaluate_trace(
            Check(plan=lambda context, promise: ()),
            build_context("listBooks/answers"),
            build_trace(),
        )
        == []
    )


def test_valid_call_on_an_item() -> None:
    """A call on an item has the id of the created item and the minimal body. A call on the
    collection has no id.
    """
    context = build_context("replaceBook/answers")
    call = build_valid_call(context, context.operation, "made", "{m}-x")
    assert ({"book": EarlierResponseValue("made", "/id")}, {"title": TextWithRunMark("{m}-x")}) == (
        call.arguments,
        call.body,
    )
    list_context = build_context("listBooks/answers")
    assert (
        build_valid_call(list_context, list_context.operation).arguments,
        build_valid_call(list_context, list_context.operation).body,
        build_prerequisite_steps(list_context, list_context.operation),
    ) == ({}, MISSING, ())
    assert [step.name for step in build_prerequisite_steps(context, context.operation)] == ["made"]


def test_required_parameter_without_an_example() -> None:
    """A required parameter without an example makes every call inconclusive. One with an example is
    sent.
    """
    without_example = build_toy_variant(
        ("{name: lent, in: query, schema", "{name: lent, in: query, required: true, schema")
    )
    with pytest.raises(
        InconclusiveError, match="the contract gives no example for the required lent"
    ):
        build_valid_call(
            build_context("listBooks/answers", without_example),
            without_example.operations["listBooks"],
        )
    with_example = build_toy_variant(
        (
            "{name: lent, in: query, schema",
            "{name: lent, in: query, required: true, example: true, schema",
        )
    )
    assert build_valid_call(
        build_context("listBooks/answers", with_example), with_example.operations["listBooks"]
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
    def test_largest_documented_page_size(self, contract: Json, operation: str, size: int) -> None:
        """The result is the largest page size in the documentation, at most a hundred."""
        assert size == get_largest_documented_page_size(contract, operation)

    def test_mark_filter_arguments(self) -> None:
        """A list is restricted to the items of the run by a filter on the marked field, if there is
        one.
        """
        assert {"field": "title", "glob": TextWithRunMark("{m}*")} == build_mark_filter_arguments(
            build_toy_contract(), build_toy_contract().resources[0]
        )
        assert (
            build_mark_filter_arguments(
                load_builtin_contract("push-express"),
                load_builtin_contract("push-express").resources[0],
            )
            == {}
        )

    def test_newest_first_arguments(self) -> None:
        """A list that can be sorted by creation date is read newest first."""
        assert build_newest_first_arguments(build_toy_contract(), "listBooks") == {
            "sort": "created",
            "way": "down",
        }
        assert (
            build_newest_first_arguments(load_builtin_contract("push-express"), "listAppGroups")
            == {}
        )

    def test_list_all_step(self) -> None:
        """A paginated list is read page by page, any other list with one request."""
        without_pages = build_toy_variant(
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
        step_types = [
            type(build_list_all_step(build_context("listBooks/answers", contract), "x"))
            for contract in (build_toy_contract(), without_pages)
        ]
        assert [PagedReadStep, Step] == step_types

    def test_read_item_in_list(self) -> None:
        """An item is found in the list by its id, or the result is inconclusive."""
        context = build_context("listBooks/answers")
        trace = build_trace(
            build_exchange("made", 201, {"id": 1}, ApiCall(operation="createBook")),
            build_exchange("look", 200, {"books": [{"id": 2}, {"id": 1, "title": "x"}]}),
        )
        assert get_read_item_and_exchange(context, trace, "look", "made")[0] == {
            "id": 1,
            "title": "x",
        }
        with pytest.raises(InconclusiveError, match="does not list 1"):
            get_read_item_and_exchange(
                context, with_response(trace, "look", body={"books": [{"id": 2}]}), "look", "made"
            )

    @pytest.mark.parametrize("identity", [None, True, False, 1.5, [], {}])
    def test_invalid_id(self, identity: Json) -> None:
        """An id is a string or an integer."""
        with pytest.raises(InconclusiveError, match="names no identity at /id"):
            get_created_id(
                build_context("listBooks/answers"),
                build_trace(build_exchange("made", 201, {"id": identity})),
                "made",
            )

    def test_created_ids_by_step(self) -> None:
        """The own items are those that the creating steps created, by id."""
        trace = execute_on_honest_server("createBook/listed")
        assert [f"item {number}" for number in range(len(ITEM_NAMES))] == list(
            map_created_ids_to_steps(
                build_context("createBook/listed"),
                trace,
                build_named_items_setup(build_context("createBook/listed")),
            ).values()
        )
        assert list(
            map_created_ids_to_steps(build_context("createBook/listed"), trace, ["item 3"]).values()
        ) == ["item 3"]


class TestNamedItems:
    def test_order_of_creation_and_updates(self) -> None:
        """Items are not created in the order of their names, and updated in yet another order."""
        assert sorted(ITEM_NAMES) != list(ITEM_NAMES)
        assert list(UPDATED_ITEMS) != sorted(UPDATED_ITEMS)

    def test_updates(self) -> None:
        """Some items are updated after all are created. The updates do not change the names by
        which they are found.
        """
        steps = build_named_items_setup(build_context("createBook/listed")).steps
        assert [
            *(f"item {number}" for number in range(len(ITEM_NAMES))),
            "touch 5",
            "touch 1",
            "touch 3",
        ] == [step.name for step in steps]
        assert [{"note": f"touched {number}"} for number in (5, 1, 3)] == [
            step.call.body for step in steps[len(ITEM_NAMES) :]
        ]
        assert [EarlierResponseValue(f"item {number}", "/id") for number in (5, 1, 3)] == [
            step.call.arguments["book"] for step in steps[len(ITEM_NAMES) :]
        ]

    def test_replacement_keeps_the_name(self) -> None:
        """Where an item can only be replaced, the replacement has the same name."""
        contract = load_builtin_contract("push-express")
        steps = build_named_items_setup(build_context("createAppGroup/listed", contract)).steps
        assert [TextWithRunMark(ITEM_NAMES[number]) for number in (5, 1, 3)] == [
            step.call.body["name"] for step in steps[len(ITEM_NAMES) :]
        ]

    def test_tags(self) -> None:
        """The items have different tags. One item has another key."""
        assert make_item_tags(1) == {"floor": "1", "wing": "north"}
        assert make_item_tags(4) == {"floor": "0", "wing": "south"}
        assert make_item_tags(6) == {"color": "3"}
        assert make_item_tags(7) == {"floor": "3", "wing": "north"}

    def test_linked_items(self) -> None:
        """Two items refer to created items if such items can be created, otherwise to fixtures. One
        item refers to nothing.
        """
        context = build_context("createBook/listed")
        two_authors = [FixtureValue("authors", 0, "0101"), FixtureValue("authors", 1, "0202")]
        references = {
            key: {
                step.name: step.call.body.get(key)
                for step in build_linked_items_setup(context, key).steps
            }
            for key in ("sequel", "authors")
        }
        parents = {"parent": None, "other parent": None}
        assert {
            "referring": EarlierResponseValue("parent", "/id"),
            "referring too": EarlierResponseValue("other parent", "/id"),
            "plain": None,
            **parents,
        } == references["sequel"]
        assert {
            "referring": two_authors,
            "referring too": two_authors,
            "plain": None,
        } == references["authors"]
        with pytest.raises(
            InconclusiveError, match="the contract does not say what note refers to"
        ):
            build_linked_items_setup(context, "note")


def test_the_servers_own_words_are_told() -> None:
    """A reason names the request, and what the server says of it, on one line and shortened."""
    refusal = build_exchange("a", 400, {"error": "bad", "message": "The name is\ntoo long."})
    assert refusal.with_own_words == "GET http://toy → 400: The name is too long."
    assert build_exchange("a", 400, {"error": "bad"}).with_own_words == "GET http://toy → 400"
    long_text = build_exchange("a", 400, {"message": "word " * 99}).with_own_words
    assert len(long_text) < 230
