"""Bodies that any reasonable server takes."""

from __future__ import annotations

import pytest

from conformance.checks.body_templates import (
    BodyBuilder,
    create_body_builder,
    make_stand_in_for_placeholder,
)
from conformance.checks.call import EarlierResponseValue, FixtureValue, MarkedText, OtherParentId
from conformance.contract.contract import Contract
from conformance.contract.json import Json

from .toy import build_context, build_toy_contract, load_builtin_contract


def of(operation: str = "createBook", seed: str = "seed") -> BodyBuilder:
    """Return the bodies of an operation of the toy contract."""
    return create_body_builder(
        build_toy_contract(),
        build_toy_contract().operations[operation],
        build_toy_contract().resources[0],
        seed,
    )


def pushed() -> BodyBuilder:
    """Return the bodies of a creation whose required references depend on a flag."""
    contract = load_builtin_contract("push-express")
    return create_body_builder(
        contract, contract.operations["createAppGroup"], contract.resources[0], "seed"
    )


@pytest.mark.parametrize(
    ("operation", "names"), [("createBook", {"title"}), ("changeBook", {"title"})]
)
def test_minimal(operation: str, names: set[str]) -> None:
    """The smallest body has what is required and the mark, which is what was asked for."""
    assert dict.fromkeys(names, MarkedText("{m}-x")) == of(operation).build_minimal_body("{m}-x")


def test_minimal_text_by_default() -> None:
    """Without a text, the mark is that of an item."""
    assert {"title": MarkedText("{m}-item")} == of().build_minimal_body()


def test_minimal_avoids_ids() -> None:
    """Where a schema lets it, the smallest body names no other things."""
    assert {
        "app_ids": [],
        "name": MarkedText("{m}-item"),
        "all_apps": True,
    } == pushed().build_minimal_body()


def test_with_value_is_valid() -> None:
    """The rest of a body is chosen so that the value is allowed."""
    body = pushed().build_body_with_value("all_apps", False)
    assert body is not None
    assert [FixtureValue, FixtureValue] == [type(one) for one in body["app_ids"]]
    assert (body["all_apps"], pushed().is_valid(body)) == (False, True)


def test_with_value_keeps_the_value() -> None:
    """The value is in the body as it is; ids are left out where they can be."""
    assert pushed().build_body_with_value("name", "x") == {
        "app_ids": [],
        "all_apps": True,
        "name": "x",
    }


def test_with_value_that_cannot_be() -> None:
    """A value that no valid body has gives none."""
    assert None is of().build_body_with_value("pages", 1)
    assert None is of().build_body_with_value("rare", True)
    assert {"title": MarkedText("{m}-item"), "pages": 2} == of().build_body_with_value("pages", 2)


def test_fits() -> None:
    """A body fits when it is valid with its placeholders stood in for."""
    assert [
        of().is_valid(body)
        for body in (
            {"title": MarkedText("{m}")},
            {},
            {"title": MarkedText("{m}" * 6)},
            {"title": "x", "authors": [FixtureValue("authors", 0, "0001")]},
        )
    ] == [True, False, False, True]


def test_samples_of_the_mark() -> None:
    """Names are tried plain, with awkward signs, drawn, and at full length; each carries the
    mark.
    """
    found = list(of().generate_storable_values("title", 2))
    assert len(found) == 5
    assert [MarkedText("{m}-plain"), MarkedText("{m} <b>R&D</b> \"x\"  'y' 100% #1 ä 🙂")] == found[
        :2
    ]
    assert [one.text.startswith("{m}") for one in found] == [True] * 5
    assert [one.length for one in found if one.length] == [90]
    assert len(make_stand_in_for_placeholder(found[-1])) == 90


def test_full_length_is_bounded() -> None:
    """Where a name may be endless, a hundred characters are tried; three hundred at most."""
    assert [one.length for one in pushed().generate_storable_values("name", 0) if one.length] == [
        100
    ]
    described = (
        build_context("createBook/answers").get_body_builder().properties["note"]["maxLength"]
    )
    assert described == 200


def test_samples_of_references() -> None:
    """References are fixtures: the documented ones, and fewer of them."""
    both = [FixtureValue("authors", 0, "0101"), FixtureValue("authors", 1, "0202")]
    assert [both, both[:1]] == list(of().generate_storable_values("authors", 3))
    assert [FixtureValue("sequel", 0, "0303")] == list(of().generate_storable_values("sequel", 3))


def test_samples_of_booleans() -> None:
    """A boolean is tried as both."""
    assert list(of().generate_storable_values("rare", 3)) == [False, True]


@pytest.mark.parametrize("count", [0, 1, 4])
def test_samples_of_others(count: int) -> None:
    """Any other property is drawn once more than asked, no value twice."""
    found = list(of().generate_storable_values("pages", count))
    assert 1 <= len(found) <= count + 1
    assert len(found) == len(set(found))
    assert [one for one in found if not 2 <= one <= 999] == []


def test_seed_decides() -> None:
    """The same seed gives the same samples, another seed others."""

    def drawn(seed: str) -> list[Json]:
        return list(of(seed=seed).generate_storable_values("note", 3))

    assert drawn("a") == drawn("a")
    assert drawn("a") != drawn("b")


def test_mark_that_the_body_lacks() -> None:
    """A body without the marked property has no mark."""
    contract: Contract = build_toy_contract()
    assert of().mark_property == "title"
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
            of().validator,
            None,
        ).mark_property
    )


def test_operation_without_a_body() -> None:
    """An operation without a body has no bodies."""
    with pytest.raises(ValueError, match="lendBook has no body"):
        of("lendBook")


@pytest.mark.parametrize("placeholder", [EarlierResponseValue("a", "/b"), OtherParentId("shelf")])
def test_stand_in_needs_a_value(placeholder: EarlierResponseValue | OtherParentId) -> None:
    """What only a run can give has no stand-in."""
    with pytest.raises(TypeError, match="has no value before a run"):
        make_stand_in_for_placeholder(placeholder)
