"""Interpretations: the fields that an overlay must have."""

from __future__ import annotations

import pytest

from conformance.contract import interpretation

from .toy import build_toy_contract, get_problems, parse_document

OVERLAY = """\
overlay: 1.0.0
info:
  title: Toys are blue.
  x-ambiguity: which color toys are
  x-shows: [listToys/answers]
actions: []
"""


def test_parsed_interpretation() -> None:
    """An interpretation has the ambiguity, its meaning, and the claims that decide it."""
    contract = build_toy_contract()
    parsed = interpretation.parse_interpretation("blue", parse_document(OVERLAY), contract)
    expected = interpretation.Interpretation(
        name="blue",
        ambiguity="which color toys are",
        meaning="Toys are blue.",
        deciding_claims=("listToys/answers",),
        contract=contract,
    )
    assert expected == parsed


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("  title: Toys are blue.\n", "title"),
        ("  x-ambiguity: which color toys are\n", "x-ambiguity"),
        ("  x-shows: [listToys/answers]\n", "x-shows"),
    ],
)
def test_missing_field(line: str, key: str) -> None:
    """A missing field is an error of the overlay, reported at its line."""
    assert line in OVERLAY
    (problem,) = get_problems(
        lambda: interpretation.parse_interpretation(
            "blue",
            parse_document(OVERLAY.replace(line, ""), "interpretation-blue.yaml"),
            build_toy_contract(),
        )
    )
    assert (problem.message, problem.file, problem.line, problem.pointer) == (
        f"an interpretation needs info.{key}",
        "interpretation-blue.yaml",
        2,
        "/info",
    )


@pytest.mark.parametrize(
    ("field", "empty_field"),
    [
        ("title: Toys are blue.", "title: ''"),
        ("x-shows: [listToys/answers]", "x-shows: []"),
        ("x-ambiguity: which color toys are", "x-ambiguity:"),
    ],
)
def test_empty_field(field: str, empty_field: str) -> None:
    """An empty field counts as missing.

    Without deciding claims, no server could show the interpretation.
    """
    (problem,) = get_problems(
        lambda: interpretation.parse_interpretation(
            "blue", parse_document(OVERLAY.replace(field, empty_field)), build_toy_contract()
        )
    )
    assert f"an interpretation needs info.{empty_field.partition(':')[0]}" == problem.message


def test_overlay_without_info() -> None:
    """An overlay without `info` is no interpretation."""
    assert (
        get_problems(
            lambda: interpretation.parse_interpretation(
                "blue", parse_document("overlay: 1.0.0\nactions: []\n"), build_toy_contract()
            )
        )[0].message
        == "an interpretation needs info.x-ambiguity"
    )


def test_unknown_deciding_claim() -> None:
    """The deciding claims must exist under the interpretation.

    An unknown claim is an error, reported at its line.
    """
    text = OVERLAY.replace("[listToys/answers]", "[listToys/answers, listToys/gone]")
    (problem,) = get_problems(
        lambda: interpretation.parse_interpretation(
            "blue", parse_document(text, "interpretation-blue.yaml"), build_toy_contract()
        )
    )
    assert (problem.message, problem.line, problem.pointer) == (
        "listToys/gone is no claim of toy under this interpretation",
        5,
        "/info/x-shows",
    )
