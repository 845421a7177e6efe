"""Request bodies that any reasonable server accepts."""

from __future__ import annotations

import pytest

from conformance.checks.body_templates import (
    BodyBuilder,
    create_body_builder,
    make_stand_in_for_placeholder,
)
from conformance.checks.call import (
    EarlierResponseValue,
    FixtureValue,
    OtherParentId,
    TextWithRunMark,
)
from conformance.contract.contract import Contract
from conformance.contract.json import Json

from .toy import build_context, build_toy_contract, load_builtin_contract


def get_body_builder(operation: str = "createBook", seed: str = "seed") -> BodyBuilder:
    """Return the body builder of an operation of the toy contract."""
    return create_body_builder(
        build_toy_contract(),
        build_toy_contract().operations[operation],
        build_toy_contract().resources[0],
        seed,
    )


def get_conditional_body_builder() -> BodyBuilder:
    """Return the body builder of a creation whose required references depend on a flag."""
    contract = load_builtin_contract("push-express")
    return create_body_builder(
        contract, contract.operations["createAppGroup"], contract.resources[0], "seed"
    )


@pytest.mark.parametrize(
    ("operation", "names"), [("createBook", {"title"}), ("changeBook", {"title"})]
)
def test_minimal_body(operation: str, names: set[str]) -> None:
    """The minimal body has the required properties and the mark, with the given text."""
    assert dict.fromkeys(names, TextWithRunMark("{m}-x")) == get_body_builder(
        operation
    ).build_minimal_body("{m}-x")


def test_default_text_of_minimal_body() -> None:
    """Without a given text, the mark is that of an item."""
    assert {"title": TextWithRunMark("{m}-item")} == get_body_builder().build_minimal_body()


def test_minimal_body_avoids_ids() -> None:
    """Where the schema permits it, the minimal body refers to no other items."""
    assert {
        "app_ids": [],
        "name": TextWithRunMark("{m}-item"),
        "all_apps": True,
    } == get_conditional_body_builder().build_minimal_body()


def test_body_with_value_is_valid() -> None:
    """The other properties of a body are chosen so that the value is valid."""
    body = get_conditional_body_builder().build_body_with_value("all_apps", False)
    assert body is not None
    assert [FixtureValue, FixtureValue] == [type(id) for id in body["app_ids"]]
    assert (body["all_apps"], get_conditional_body_builder().is_valid(body)) == (False, True)


def test_body_with_value_has_that_value() -> None:
    """The body has the value unchanged. It has no ids where they can be omitted."""
    assert get_conditional_body_builder().build_body_with_value("name", "x") == {
        "app_ids": [],
        "all_apps": True,
        "name": "x",
    }


def test_body_with_impossible_value() -> None:
    """There is no body for a value that no valid body has."""
    assert None is get_body_builder().build_body_with_value("pages", 1)
    assert None is get_body_builder().build_body_with_value("rare", True)
    assert {
        "title": TextWithRunMark("{m}-item"),
        "pages": 2,
    } == get_body_builder().build_body_with_value("pages", 2)


def test_is_valid() -> None:
    """A body is valid if it is valid with stand-ins for its placeholders."""
    assert [
        get_body_builder().is_valid(body)
        for body in (
            {"title": TextWithRunMark("{m}")},
            {},
            {"title": TextWithRunMark("{m}" * 6)},
            {"title": "x", "authors": [FixtureValue("authors", 0, "0001")]},
        )
    ] == [True, False, False, True]


def test_values_of_the_mark() -> None:
    """Names are tried plain, with awkward characters, generated, and at full length. Each contains
    the mark.
    """
    values = list(get_body_builder().generate_storable_values("title", 2))
    assert len(values) == 5
    assert [
        TextWithRunMark("{m}-plain"),
        TextWithRunMark("{m} <b>R&D</b> \"x\"  'y' 100% #1 ä 🙂"),
    ] == values[:2]
    assert [value.text.startswith("{m}") for value in values] == [True] * 5
    assert [value.length for value in values if value.length] == [90]
    assert len(make_stand_in_for_placeholder(values[-1])) == 90


def test_full_length_is_bounded() -> None:
    """A name of unlimited length is tried with a hundred characters, and no name with more than
    three hundred.
    """
    assert [
        value.length
        for value in get_conditional_body_builder().generate_storable_values("name", 0)
        if value.length
    ] == [100]
    max_length = (
        build_context("createBook/answers").get_body_builder().properties["note"].get("maxLength")
    )
    assert max_length == 200


def test_values_of_references() -> None:
    """References are fixtures: as many as documented, and fewer."""
    two_authors = [FixtureValue("authors", 0, "0101"), FixtureValue("authors", 1, "0202")]
    assert [two_authors, two_authors[:1]] == list(
        get_body_builder().generate_storable_values("authors", 3)
    )
    assert [FixtureValue("sequel", 0, "0303")] == list(
        get_body_builder().generate_storable_values("sequel", 3)
    )


def test_values_of_booleans() -> None:
    """A boolean is tried with both values."""
    assert list(get_body_builder().generate_storable_values("rare", 3)) == [False, True]


@pytest.mark.parametrize("count", [0, 1, 4])
def test_values_of_other_properties(count: int) -> None:
    """Any other property gets at most one value more than requested, and no value twice."""
    values = list(get_body_builder().generate_storable_values("pages", count))
    assert 1 <= len(values) <= count + 1
    assert len(values) == len(set(values))
    assert [value for value in values if not 2 <= value <= 999] == []


def test_values_depend_on_seed() -> None:
    """The same seed gives the same values, another seed gives others."""

    def generate_notes(seed: str) -> list[Json]:
        return list(get_body_builder(seed=seed).generate_storable_values("note", 3))

    assert generate_notes("a") == generate_notes("a")
    assert generate_notes("a") != generate_notes("b")


def test_body_without_mark() -> None:
    """A body without the marked property has no mark."""
    contract: Contract = build_toy_contract()
    assert get_body_builder().mark_property == "title"
    assert (
        None
        is BodyBuilder(
            contract,
            contract.operations["createBook"],
            contract.resources[0],
            {},
            {},
            (),
            "s",
            get_body_builder().schema,
            None,
        ).mark_property
    )


def test_operation_without_body() -> None:
    """There is no body builder for an operation without a body."""
    with pytest.raises(ValueError, match="lendBook has no body"):
        get_body_builder("lendBook")


@pytest.mark.parametrize("placeholder", [EarlierResponseValue("a", "/b"), OtherParentId("shelf")])
def test_stand_in_needs_a_value(placeholder: EarlierResponseValue | OtherParentId) -> None:
    """A placeholder whose value only a run can provide has no stand-in."""
    with pytest.raises(TypeError, match="has no value before a run"):
        make_stand_in_for_placeholder(placeholder)
