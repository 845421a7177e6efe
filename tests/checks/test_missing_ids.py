"""Ids that do not exist."""

from __future__ import annotations

import re

import pytest

from conformance.checks.exchange import InconclusiveError
from conformance.checks.missing_ids import make_nonexistent_id, make_nonexistent_id_arguments
from conformance.contract.json import Json

from .toy import build_context, build_toy_contract, build_toy_variant, load_builtin_contract


@pytest.mark.parametrize(
    ("schema", "pattern"),
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
def test_nonexistent_id_matches_schema(schema: str, pattern: str) -> None:
    """A nonexistent id is valid by its schema."""
    contract = build_toy_variant(("{type: string, pattern: '^[a-f0-9]{8}$'}", schema))
    nonexistent_id = make_nonexistent_id(
        build_context("readBook/answers", contract), contract.operations["readBook"], "book"
    )
    assert re.fullmatch(pattern, str(nonexistent_id))
    assert ("integer" in schema) == isinstance(nonexistent_id, int)


def test_integer_range() -> None:
    """An integer is large, but fits in 32 bits."""
    contract = load_builtin_contract("push-express")
    context = build_context("getAppGroup/answers", contract)
    nonexistent_id = make_nonexistent_id(
        context, contract.operations["getAppGroup"], "app_group_id"
    )
    assert 1_900_000_000 <= nonexistent_id < 2**31


def test_id_depends_on_seed() -> None:
    """The same seed gives the same id. Another seed, or another parameter, gives another id."""

    def make_id(seed: str, name: str) -> Json:
        return make_nonexistent_id(
            build_context("readBook/answers", seed=seed),
            build_toy_contract().operations["readBook"],
            name,
        )

    assert make_id("a", "book") == make_id("a", "book")
    assert make_id("a", "book") != make_id("b", "book")
    assert make_id("a", "book")[:6] != make_id("a", "shelf")


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
def test_parameters_with_nonexistent_id(
    operation: str, parent: bool | None, names: set[str]
) -> None:
    """The item is nonexistent where the operation is on an item, otherwise the parent. The argument
    can select either.
    """
    assert names == set(
        make_nonexistent_id_arguments(
            build_context(f"{operation}/answers"),
            build_toy_contract().operations[operation],
            parent,
        )
    )


def test_path_without_ids() -> None:
    """Where the path has no ids, none can be nonexistent."""
    contract = load_builtin_contract("push-express")
    with pytest.raises(InconclusiveError, match="nothing in the path could be unknown"):
        make_nonexistent_id_arguments(
            build_context("listAppGroups/answers", contract), contract.operations["listAppGroups"]
        )
