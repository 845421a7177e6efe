"""Identities that do not exist."""

from __future__ import annotations

import re

import pytest

from conformance.checks.exchange import InconclusiveError
from conformance.checks.missing_ids import make_nonexistent_id, make_nonexistent_id_arguments
from conformance.contract.json import Json

from .toy import build_context, build_toy_contract, build_toy_variant, load_builtin_contract


@pytest.mark.parametrize(
    ("schema", "shape"),
    [
        ("{type: string, pattern: '^[a-f0-9]{8}$'}", r"f[0-9a-f]{7}"),
        ("{type: string, pattern: '^[a-f0-9]{24}$'}", r"f[0-9a-f]{23}"),
        ("{type: string}", r"f[0-9a-f]{23}"),
        ("{type: integer}", r"19\d{8}"),
        (
            "{type: string, format: uuid}",
            r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}",
        ),
        ("{type: string, pattern: '^book_[0-9]+$'}", r"book_[0-9]+"),
    ],
)
def test_shape(schema: str, shape: str) -> None:
    """An unknown identity has the shape that the schema asks for."""
    contract = build_toy_variant(("{type: string, pattern: '^[a-f0-9]{8}$'}", schema))
    found = make_nonexistent_id(
        build_context("readBook/answers", contract), contract.operations["readBook"], "book"
    )
    assert re.fullmatch(shape, str(found))
    assert ("integer" in schema) == isinstance(found, int)


def test_integers_are_canonical() -> None:
    """A number is large, and fits 32 bits."""
    contract = load_builtin_contract("push-express")
    where = build_context("getAppGroup/answers", contract)
    found = make_nonexistent_id(where, contract.operations["getAppGroup"], "app_group_id")
    assert 1_900_000_000 <= found < 2**31


def test_seed_decides() -> None:
    """The same seed gives the same identity; another seed, or parameter, another."""

    def of(seed: str, name: str) -> Json:
        return make_nonexistent_id(
            build_context("readBook/answers", seed=seed),
            build_toy_contract().operations["readBook"],
            name,
        )

    assert of("a", "book") == of("a", "book")
    assert of("a", "book") != of("b", "book")
    assert of("a", "book")[:6] != of("a", "shelf")


@pytest.mark.parametrize(
    ("operation", "parent", "names"),
    [
        ("readBook", None, {"book"}),
        ("readBook", False, {"book"}),
        ("readBook", True, {"shelf"}),
        ("listBooks", None, {"shelf"}),
        ("createBook", True, {"shelf"}),
    ],
)
def test_what_is_unknown(operation: str, parent: bool | None, names: set[str]) -> None:
    """The item where the operation is on one, else the parent, or as asked."""
    assert names == set(
        make_nonexistent_id_arguments(
            build_context(f"{operation}/answers"),
            build_toy_contract().operations[operation],
            parent,
        )
    )


def test_nothing_to_be_unknown() -> None:
    """Where the path names nothing, nothing can be unknown."""
    contract = load_builtin_contract("push-express")
    with pytest.raises(InconclusiveError, match="nothing in the path could be unknown"):
        make_nonexistent_id_arguments(
            build_context("listAppGroups/answers", contract), contract.operations["listAppGroups"]
        )
