"""Calls on one item, comparison of its fields, and complete bodies to create it."""

from __future__ import annotations

import pytest

from conformance.checks.call import (
    ApiCall,
    EarlierResponseValue,
    FixtureValue,
    TextWithRunMark,
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

STORED = "createBook/body/pages/stored"
RARE_SCHEMA = "        rare: {type: boolean, x-refused: [type]}"


def test_call_on_an_item() -> None:
    """A call has the id of the item that an earlier step created, and no other argument."""
    assert ApiCall(
        operation="lendBook", arguments={"book": EarlierResponseValue("made", "/id")}
    ) == build_item_call(build_context(STORED), "lendBook", "made")


def test_item_without_path_parameter() -> None:
    """Where no operation takes an id, no call can address an item."""
    start, end = TEXT.index("    read: readBook\n"), TEXT.index("    unspecified: [{field: /note")
    contract = build_toy_contract(TEXT[:start] + TEXT[end:])
    with pytest.raises(InconclusiveError, match="how an item is named in a path"):
        build_item_call(build_context("createBook/body/pages/stored", contract), "lendBook", "made")


class TestReadsBackEqual:
    @pytest.mark.parametrize(
        ("pointer", "expected"),
        [("/authors", True), ("/author", False), ("/sequels", False), ("/ids", False), ("", False)],
    )
    def test_order_of_lists(self, pointer: str, expected: bool) -> None:
        """The order counts in lists that do not contain ids of other items."""
        assert reads_back_equal(build_context(STORED), pointer, ["a", "b"], ["b", "a"]) is expected
        assert reads_back_equal(build_context(STORED), pointer, ["a", "b"], ["a", "b"])
        assert not reads_back_equal(build_context(STORED), pointer, ["a", "b"], ["a"])

    @pytest.mark.parametrize(
        ("sent", "read"),
        [
            ([1], ["1"]),
            ([True], [1]),
            (["a", "a", "b"], ["a", "b", "b"]),
            (["a"], "a"),
            (["a"], ["A"]),
        ],
    )
    def test_lists_of_other_ids_differ(self, sent: Json, read: Json) -> None:
        """The order of ids does not count, but their types, their letter case and how often each
        occurs do.
        """
        assert not reads_back_equal(build_context(STORED), "/authors", sent, read)


class TestUnspecifiedValues:
    def test_unspecified_field(self) -> None:
        """A body that leaves the value of a field unspecified leaves no other field unspecified."""
        trace, context = execute_on_honest_server(STORED), build_context(STORED)
        assert find_fields_with_unspecified_value(context, {"title": "a", "rare": True}) == {"note"}
        assert find_fields_with_unspecified_value(context, {"title": "a", "rare": False}) == set()
        assert (
            explain_unspecified_field_value(context, trace, "note", {"rare": True})
            == "for such a body the documents do not say what note holds"
        )
        assert (
            explain_unspecified_field_value(context, trace, "note", {"rare": False}),
            explain_unspecified_field_value(context, trace, "pages", {"rare": True}),
        ) == ("", "")

    def test_generated_ids(self) -> None:
        """Generated ids, which may not exist, leave their own field unspecified, but no other
        field.
        """
        trace = with_missing_fixtures(execute_on_honest_server(STORED), "authors")
        assert (
            explain_unspecified_field_value(build_context(STORED), trace, "authors", {})
            == "the ids sent in authors may not exist there: give --fixture authors=ID"
        )
        assert explain_unspecified_field_value(build_context(STORED), trace, "pages", {}) == ""


class TestFullBodyWithoutReferences:
    def test_invalid_value_is_omitted(self) -> None:
        """A value that makes the body invalid is replaced by the next value, or omitted."""
        context = build_context(
            STORED,
            build_toy_variant(
                (RARE_SCHEMA, ("        rare: {enum: [true, false], examples: [true, false]}"))
            ),
        )
        assert (
            build_full_body_without_references(context, context.get_body_builder())["rare"] is False
        )
        context = build_context(
            STORED, build_toy_variant((RARE_SCHEMA, "        rare: {const: true}"))
        )
        assert "rare" not in build_full_body_without_references(context, context.get_body_builder())

    def test_ids_are_omitted(self) -> None:
        """No field of the body refers to another item."""
        assert {"title", "note", "pages", "rare", "tags"} == set(
            build_full_body_without_references(
                build_context(STORED), build_context(STORED).get_body_builder()
            )
        )


class TestFullBodyWithReferences:
    def test_every_field_but_references_to_own_kind(self) -> None:
        """The body has every field, with ids of items of other resources from the target. Items of
        its own resource would have to be created first.
        """
        body = build_full_body_with_references(build_context(STORED), "{m}-left")
        assert {"title", "note", "pages", "rare", "tags", "authors"} == set(body)
        assert body["title"] == TextWithRunMark("{m}-left")
        assert [FixtureValue("authors", 0, "0101"), FixtureValue("authors", 1, "0202")] == body[
            "authors"
        ]

    def test_bodies_differ_by_name_only(self) -> None:
        """Three such items of one run differ only in their names, whichever claim builds them."""
        left, right = (
            build_full_body_with_references(build_context(STORED), "{m}-left"),
            build_full_body_with_references(
                build_context("lendBook/fields-untouched"), "{m}-right"
            ),
        )
        assert {**left, "title": TextWithRunMark("{m}-right")} == right

    @pytest.mark.parametrize(
        "contract",
        [
            build_toy_contract(),
            load_builtin_contract("push-express"),
            load_builtin_contract("losant"),
            load_builtin_contract("losant", "2017"),
        ],
    )
    def test_body_is_valid_and_fully_specified(self, contract: Json) -> None:
        """Any server accepts the body, and the documentation specifies the value of each of its
        fields.
        """
        claim = next(claim for claim in contract.claims if claim.kind == "lifecycle.listed")
        context = CheckContext(contract=contract, claim=claim, seed="seed")
        body = build_full_body_with_references(context, "{m}-left")
        assert context.get_body_builder().is_valid(body)
        assert find_fields_with_unspecified_value(context, body) == set()

    def test_other_fields_adapt_to_ids(self) -> None:
        """Where ids are unspecified together with a value of another field, that field gets another
        value.
        """
        contract = load_builtin_contract("push-express")
        context = CheckContext(
            contract=contract,
            claim=next(claim for claim in contract.claims if claim.id == "createAppGroup/listed"),
            seed="seed",
        )
        body = build_full_body_with_references(context, "{m}-left")
        assert body["all_apps"] is False
        assert [
            placeholder.name
            for placeholder in find_placeholders(body["app_ids"])
            if isinstance(placeholder, FixtureValue)
        ] == ["app_ids", "app_ids"]

    def test_as_many_ids_as_valid(self) -> None:
        """Where two ids are too many, the body has one."""
        context = build_context(
            STORED,
            build_toy_variant(
                (("authors: {type: array, maxItems: 5,"), "authors: {type: array, maxItems: 1,")
            ),
        )
        assert [FixtureValue("authors", 0, "0101")] == build_full_body_with_references(
            context, "{m}-left"
        )["authors"]

    def test_invalid_ids_are_omitted(self) -> None:
        """Ids that make the body invalid are omitted. The other fields remain."""
        context = build_context(
            STORED,
            build_toy_variant(
                (("authors: {type: array, maxItems: 5,"), "authors: {type: array, maxItems: 0,")
            ),
        )
        assert {"title", "note", "pages", "rare", "tags"} == set(
            build_full_body_with_references(context, "{m}-left")
        )
