"""Bodies that any reasonable server takes."""

from __future__ import annotations

import pytest

from conformance.checks.body import Bodies, bodies, stand_in
from conformance.checks.call import Fixture, Marked, Other, Ref
from conformance.contract.contract import Contract
from conformance.contract.json import Json

from .toy import real, setting, toy


def of(operation: str = "createBook", seed: str = "seed") -> Bodies:
    """Return the bodies of an operation of the toy contract."""
    return bodies(toy(), toy().operations[operation], toy().resources[0], seed)


def pushed() -> Bodies:
    """Return the bodies of a creation whose required references depend on a flag."""
    contract = real("push-express")
    return bodies(contract, contract.operations["createAppGroup"], contract.resources[0], "seed")


@pytest.mark.parametrize(
    ("operation", "names"), [("createBook", {"title"}), ("changeBook", {"title"})]
)
def test_minimal(operation: str, names: set[str]) -> None:
    """The smallest body has what is required and the mark, which is what was asked for."""
    assert dict.fromkeys(names, Marked("{m}-x")) == of(operation).minimal("{m}-x")


def test_minimal_text_by_default() -> None:
    """Without a text, the mark is that of an item."""
    assert {"title": Marked("{m}-item")} == of().minimal()


def test_minimal_avoids_ids() -> None:
    """Where a schema lets it, the smallest body names no other things."""
    assert {"app_ids": [], "name": Marked("{m}-item"), "all_apps": True} == pushed().minimal()


def test_with_value_is_valid() -> None:
    """The rest of a body is chosen so that the value is allowed."""
    body = pushed().with_value("all_apps", False)
    assert body is not None
    assert [Fixture, Fixture] == [type(one) for one in body["app_ids"]]
    assert (body["all_apps"], pushed().fits(body)) == (False, True)


def test_with_value_keeps_the_value() -> None:
    """The value is in the body as it is; ids are left out where they can be."""
    assert pushed().with_value("name", "x") == {"app_ids": [], "all_apps": True, "name": "x"}


def test_with_value_that_cannot_be() -> None:
    """A value that no valid body has gives none."""
    assert None is of().with_value("pages", 1)
    assert None is of().with_value("rare", True)
    assert {"title": Marked("{m}-item"), "pages": 2} == of().with_value("pages", 2)


def test_fits() -> None:
    """A body fits when it is valid with its placeholders stood in for."""
    assert [
        of().fits(body)
        for body in (
            {"title": Marked("{m}")},
            {},
            {"title": Marked("{m}" * 6)},
            {"title": "x", "authors": [Fixture("authors", 0, "0001")]},
        )
    ] == [True, False, False, True]


def test_samples_of_the_mark() -> None:
    """Names are tried plain, with awkward signs, drawn, and at full length; each carries the
    mark.
    """
    found = list(of().samples("title", 2))
    assert len(found) == 5
    assert [Marked("{m}-plain"), Marked("{m} <b>R&D</b> \"x\"  'y' 100% #1 ä 🙂")] == found[:2]
    assert [one.text.startswith("{m}") for one in found] == [True] * 5
    assert [one.length for one in found if one.length] == [90]
    assert len(stand_in(found[-1])) == 90


def test_full_length_is_bounded() -> None:
    """Where a name may be endless, a hundred characters are tried; three hundred at most."""
    assert [one.length for one in pushed().samples("name", 0) if one.length] == [100]
    described = setting("createBook/answers").bodies().properties["note"]["maxLength"]
    assert described == 200


def test_samples_of_references() -> None:
    """References are fixtures: the documented ones, and fewer of them."""
    both = [Fixture("authors", 0, "0101"), Fixture("authors", 1, "0202")]
    assert [both, both[:1]] == list(of().samples("authors", 3))
    assert [Fixture("sequel", 0, "0303")] == list(of().samples("sequel", 3))


def test_samples_of_booleans() -> None:
    """A boolean is tried as both."""
    assert list(of().samples("rare", 3)) == [False, True]


@pytest.mark.parametrize("count", [0, 1, 4])
def test_samples_of_others(count: int) -> None:
    """Any other property is drawn once more than asked, no value twice."""
    found = list(of().samples("pages", count))
    assert 1 <= len(found) <= count + 1
    assert len(found) == len(set(found))
    assert [one for one in found if not 2 <= one <= 999] == []


def test_seed_decides() -> None:
    """The same seed gives the same samples, another seed others."""

    def drawn(seed: str) -> list[Json]:
        return list(of(seed=seed).samples("note", 3))

    assert drawn("a") == drawn("a")
    assert drawn("a") != drawn("b")


def test_mark_that_the_body_lacks() -> None:
    """A body without the marked property has no mark."""
    contract: Contract = toy()
    assert of().mark == "title"
    assert (
        None
        is Bodies(
            contract,
            contract.operations["createBook"],
            contract.resources[0],
            {},
            (),
            "s",
            of().validator,
            None,
        ).mark
    )


def test_operation_without_a_body() -> None:
    """An operation without a body has no bodies."""
    with pytest.raises(ValueError, match="lendBook has no body"):
        of("lendBook")


@pytest.mark.parametrize("placeholder", [Ref("a", "/b"), Other("shelf")])
def test_stand_in_needs_a_value(placeholder: Ref | Other) -> None:
    """What only a run can give has no stand-in."""
    with pytest.raises(TypeError, match="has no value before a run"):
        stand_in(placeholder)
