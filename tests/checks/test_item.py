"""Naming one thing, telling whether its fields read back as sent, and building a full one."""

from __future__ import annotations

import pytest

from conformance.checks.call import (
    ApiCall,
    EarlierResponseValue,
    FixtureValue,
    MarkedText,
    find_placeholders,
)
from conformance.checks.check import CheckContext
from conformance.checks.exchange import InconclusiveError
from conformance.checks.item import (
    build_full_body_with_references,
    build_full_body_without_references,
    build_item_call,
    explain_unspecified_field_value,
    find_fields_with_unspecified_value,
    reads_back_equal,
)
from conformance.contract.json import Json

from .toy import (
    TEXT,
    build_context,
    build_toy_contract,
    build_toy_variant,
    execute_on_honest_server,
    load_builtin_contract,
    with_missing_fixtures,
)

KEPT = "createBook/body/pages/stored"
RARE = "        rare: {type: boolean, x-refused: [type]}"


def test_call_on_an_item() -> None:
    """A call names the thing that an earlier step made, and nothing else."""
    assert ApiCall(
        operation="lendBook", arguments={"book": EarlierResponseValue("made", "/id")}
    ) == build_item_call(build_context(KEPT), "lendBook", "made")


def test_item_that_no_path_names() -> None:
    """Where no operation takes an identity, no call can name a thing."""
    at, end = TEXT.index("    read: readBook\n"), TEXT.index("    unspecified: [{field: /note")
    contract = build_toy_contract(TEXT[:at] + TEXT[end:])
    with pytest.raises(InconclusiveError, match="how an item is named in a path"):
        build_item_call(build_context("createBook/body/pages/stored", contract), "lendBook", "made")


class TestEqual:
    @pytest.mark.parametrize(
        ("pointer", "expected"),
        [("/authors", True), ("/author", False), ("/sequels", False), ("/ids", False), ("", False)],
    )
    def test_order_of_other_lists_counts(self, pointer: str, expected: bool) -> None:
        """Of lists that hold no ids of other things, the order is kept."""
        assert reads_back_equal(build_context(KEPT), pointer, ["a", "b"], ["b", "a"]) is expected
        assert reads_back_equal(build_context(KEPT), pointer, ["a", "b"], ["a", "b"])
        assert not reads_back_equal(build_context(KEPT), pointer, ["a", "b"], ["a"])

    @pytest.mark.parametrize(
        ("sent", "found"),
        [
            ([1], ["1"]),
            ([True], [1]),
            (["a", "a", "b"], ["a", "b", "b"]),
            (["a"], "a"),
            (["a"], ["A"]),
        ],
    )
    def test_ids_are_compared_as_they_are(self, sent: Json, found: Json) -> None:
        """In whatever order: types, letters and how often an id comes all count."""
        assert not reads_back_equal(build_context(KEPT), "/authors", sent, found)


class TestSilent:
    def test_open_field(self) -> None:
        """What a body leaves open, it leaves open for that field alone."""
        found, where = execute_on_honest_server(KEPT), build_context(KEPT)
        assert find_fields_with_unspecified_value(where, {"title": "a", "rare": True}) == {"note"}
        assert find_fields_with_unspecified_value(where, {"title": "a", "rare": False}) == set()
        assert (
            explain_unspecified_field_value(where, found, "note", {"rare": True})
            == "for such a body the documents do not say what note holds"
        )
        assert (
            explain_unspecified_field_value(where, found, "note", {"rare": False}),
            explain_unspecified_field_value(where, found, "pages", {"rare": True}),
        ) == ("", "")

    def test_made_up_ids(self) -> None:
        """Ids of which nobody knows whether they exist say nothing of their own field; other fields
        are not excused.
        """
        found = with_missing_fixtures(execute_on_honest_server(KEPT), "authors")
        assert (
            explain_unspecified_field_value(build_context(KEPT), found, "authors", {})
            == "the ids sent in authors may not exist there: give --fixture authors=ID"
        )
        assert explain_unspecified_field_value(build_context(KEPT), found, "pages", {}) == ""


class TestFull:
    def test_value_that_does_not_fit_is_left_out(self) -> None:
        """A value that makes the body invalid is passed over for the next, or for none."""
        where = build_context(
            KEPT,
            build_toy_variant(
                (RARE, ("        rare: {enum: [true, false], examples: [true, false]}"))
            ),
        )
        assert build_full_body_without_references(where, where.get_body_builder())["rare"] is False
        where = build_context(KEPT, build_toy_variant((RARE, "        rare: {const: true}")))
        assert "rare" not in build_full_body_without_references(where, where.get_body_builder())

    def test_ids_are_left_out(self) -> None:
        """No field of it refers to another thing."""
        assert {"title", "note", "pages", "rare", "tags"} == set(
            build_full_body_without_references(
                build_context(KEPT), build_context(KEPT).get_body_builder()
            )
        )


class TestWhole:
    def test_every_field_but_the_family(self) -> None:
        """It has every field, with ids of things of other kinds from the target; those of its own
        kind would have to be made first.
        """
        body = build_full_body_with_references(build_context(KEPT), "{m}-left")
        assert {"title", "note", "pages", "rare", "tags", "authors"} == set(body)
        assert body["title"] == MarkedText("{m}-left")
        assert [FixtureValue("authors", 0, "0101"), FixtureValue("authors", 1, "0202")] == body[
            "authors"
        ]

    def test_differs_by_its_text_alone(self) -> None:
        """Three whole things of one run hold the same but for their names, whichever claim asks for
        them.
        """
        left, right = (
            build_full_body_with_references(build_context(KEPT), "{m}-left"),
            build_full_body_with_references(
                build_context("lendBook/fields-untouched"), "{m}-right"
            ),
        )
        assert {**left, "title": MarkedText("{m}-right")} == right

    @pytest.mark.parametrize(
        "contract",
        [
            build_toy_contract(),
            load_builtin_contract("push-express"),
            load_builtin_contract("losant"),
            load_builtin_contract("losant", "2017"),
        ],
    )
    def test_it_is_valid_and_nothing_in_it_is_open(self, contract: Json) -> None:
        """Any server takes it, and the documents say what each of its fields holds."""
        claim = next(one for one in contract.claims if one.kind == "lifecycle.listed")
        where = CheckContext(contract=contract, claim=claim, seed="seed")
        body = build_full_body_with_references(where, "{m}-left")
        assert where.get_body_builder().is_valid(body)
        assert find_fields_with_unspecified_value(where, body) == set()

    def test_ids_decide_what_else_it_holds(self) -> None:
        """Where ids are open beside another field, that field gives way to them."""
        contract = load_builtin_contract("push-express")
        where = CheckContext(
            contract=contract,
            claim=next(one for one in contract.claims if one.id == "createAppGroup/listed"),
            seed="seed",
        )
        body = build_full_body_with_references(where, "{m}-left")
        assert body["all_apps"] is False
        assert [
            one.name for one in find_placeholders(body["app_ids"]) if isinstance(one, FixtureValue)
        ] == ["app_ids", "app_ids"]

    def test_as_many_ids_as_fit(self) -> None:
        """Where two ids are too many, one is sent."""
        where = build_context(
            KEPT,
            build_toy_variant(
                (("authors: {type: array, maxItems: 5,"), "authors: {type: array, maxItems: 1,")
            ),
        )
        assert [FixtureValue("authors", 0, "0101")] == build_full_body_with_references(
            where, "{m}-left"
        )["authors"]

    def test_ids_that_do_not_fit_are_left_out(self) -> None:
        """Ids that make the body invalid are left out, and the rest stays."""
        where = build_context(
            KEPT,
            build_toy_variant(
                (("authors: {type: array, maxItems: 5,"), "authors: {type: array, maxItems: 0,")
            ),
        )
        assert {"title", "note", "pages", "rare", "tags"} == set(
            build_full_body_with_references(where, "{m}-left")
        )
