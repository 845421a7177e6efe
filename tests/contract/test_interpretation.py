"""Readings: what an overlay must say of itself."""

from __future__ import annotations

import pytest

from conformance.contract import interpretation

from .toy import built, problems, read

OVERLAY = """\
overlay: 1.0.0
info:
  title: Toys are blue.
  x-ambiguity: which color toys are
  x-shows: [listToys/answers]
actions: []
"""


def test_what_an_overlay_says() -> None:
    """A reading has the passage, its meaning, and the claims that show it."""
    contract = built()
    found = interpretation.parse_interpretation("blue", read(OVERLAY), contract)
    expected = interpretation.Interpretation(
        name="blue",
        ambiguity="which color toys are",
        meaning="Toys are blue.",
        deciding_claims=("listToys/answers",),
        contract=contract,
    )
    assert expected == found


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("  title: Toys are blue.\n", "title"),
        ("  x-ambiguity: which color toys are\n", "x-ambiguity"),
        ("  x-shows: [listToys/answers]\n", "x-shows"),
    ],
)
def test_what_is_missing(line: str, key: str) -> None:
    """A reading that lacks one of them is a mistake of the overlay's, told at its line."""
    assert line in OVERLAY
    (problem,) = problems(
        lambda: interpretation.parse_interpretation(
            "blue", read(OVERLAY.replace(line, ""), "interpretation-blue.yaml"), built()
        )
    )
    assert (problem.message, problem.file, problem.line, problem.pointer) == (
        f"an interpretation needs info.{key}",
        "interpretation-blue.yaml",
        2,
        "/info",
    )


@pytest.mark.parametrize(
    ("key", "empty"),
    [
        ("title: Toys are blue.", "title: ''"),
        ("x-shows: [listToys/answers]", "x-shows: []"),
        ("x-ambiguity: which color toys are", "x-ambiguity:"),
    ],
)
def test_what_is_empty(key: str, empty: str) -> None:
    """What is empty is missing: a reading that no claim shows cannot be told on a server."""
    (problem,) = problems(
        lambda: interpretation.parse_interpretation(
            "blue", read(OVERLAY.replace(key, empty)), built()
        )
    )
    assert f"an interpretation needs info.{empty.partition(':')[0]}" == problem.message


def test_overlay_without_info() -> None:
    """An overlay that says nothing of itself is no reading."""
    assert (
        problems(
            lambda: interpretation.parse_interpretation(
                "blue", read("overlay: 1.0.0\nactions: []\n"), built()
            )
        )[0].message
        == "an interpretation needs info.x-ambiguity"
    )


def test_claim_that_is_not_there() -> None:
    """A reading shows itself by claims that the contract has under it; the mistake is told at its
    line.
    """
    text = OVERLAY.replace("[listToys/answers]", "[listToys/answers, listToys/gone]")
    (problem,) = problems(
        lambda: interpretation.parse_interpretation(
            "blue", read(text, "interpretation-blue.yaml"), built()
        )
    )
    assert (problem.message, problem.line, problem.pointer) == (
        "listToys/gone is no claim of toy under this interpretation",
        5,
        "/info/x-shows",
    )
