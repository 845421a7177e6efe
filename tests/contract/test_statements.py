"""Statements and the file that lists them."""

from __future__ import annotations

import pytest

from conformance.contract.json import Json
from conformance.contract.statements import (
    Statement,
    StatementBasis,
    Statements,
    VendorPage,
    parse_statements,
)

from .toy import build_statements, get_problems, parse_document

HEADER_YAML = "documents: {page: {title: A page, url: 'https://x'}, bare: {}}\nstatements:\n"
VALID_ENTRY = "- {id: A, documents: [page], section: S, basis: page, text: It is so.}\n"


def test_parsed_statements() -> None:
    """Each entry is a statement, in document order. The title of a document defaults to its id."""
    statements = parse_statements(
        parse_document(
            HEADER_YAML
            + VALID_ENTRY
            + "- {id: B, documents: [page, bare], section: S, basis: client, text: T., client: why,"
            " unobservable: how}\n"
        )
    )
    expected = {
        "A": Statement(
            id="A", document_ids=("page",), section="S", basis=StatementBasis.PAGE, text="It is so."
        ),
        "B": Statement(
            id="B",
            document_ids=("page", "bare"),
            section="S",
            basis=StatementBasis.CLIENT,
            text="T.",
            client_duty="why",
            unobservable="how",
        ),
    }
    assert expected == statements.by_id
    assert list(statements.by_id) == ["A", "B"]
    assert {
        "page": VendorPage(id="page", title="A page", url="https://x"),
        "bare": VendorPage(id="bare", title="bare"),
    } == statements.documents
    assert statements.has_statements_file


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("- {documents: [page], section: S, basis: page, text: T}\n", "the statement  lacks id"),
        ("- {id: B, section: S, basis: page, text: T}\n", "the statement B lacks documents"),
        (
            "- {id: B, documents: [], section: S, basis: page, text: T}\n",
            "the statement B lacks documents",
        ),
        ("- {id: B, documents: [page], basis: page, text: T}\n", "the statement B lacks section"),
        ("- {id: B, documents: [page], section: S, text: T}\n", "the statement B lacks basis"),
        (
            "- {id: B, documents: [page], section: S, basis: page, text: ''}\n",
            "the statement B lacks text",
        ),
        ("- {id: B}\n", "the statement B lacks documents, section, basis, text"),
        (VALID_ENTRY, "the statement A is given twice"),
        (
            "- {id: B, documents: [page, other], section: S, basis: page, text: T}\n",
            "the statement B names an unknown document: other",
        ),
        (
            "- {id: B, documents: [page], section: S, basis: rumour, text: T}\n",
            "the statement B has an unknown basis 'rumour' (one of page, linked, inferred, client)",
        ),
        ("- text\n", "a statement must be a mapping"),
    ],
)
def test_invalid_entry(entry: str, message: str) -> None:
    """An invalid entry is an error at its line."""
    (problem,) = get_problems(
        lambda: parse_statements(
            parse_document(HEADER_YAML + VALID_ENTRY + entry, "statements.yaml")
        )
    )
    assert (message, "statements.yaml", 4, "/statements/1") == (
        problem.message,
        problem.file,
        problem.line,
        problem.pointer,
    )


def test_all_invalid_entries_are_reported() -> None:
    """Several errors are reported together."""
    assert (
        len(
            get_problems(
                lambda: parse_statements(parse_document(HEADER_YAML + "- {id: A}\n- {id: B}\n"))
            )
        )
        == 2
    )


@pytest.mark.parametrize(
    ("source", "keys", "expected"),
    [
        ("A", (), ("A",)),
        (["A", "B"], (), ("A", "B")),
        (None, (), None),
        ("A", ("enum",), ("A",)),
        ({"enum": "A", "default": "B"}, ("enum",), ("A",)),
        ({"enum": "A"}, ("default",), None),
        ({"enum": {"x": "A", "y": ["B", "C"]}}, ("enum", "y"), ("B", "C")),
        ({"enum": {"x": "A", "y": ["B"]}}, ("enum",), ("A", "B")),
        ({"enum": {"x": "A"}}, ("enum", "z"), None),
        ({"enum": "A"}, ("enum", "z"), ("A",)),
        ({"enum": {"x": None}}, ("enum", "x"), None),
        ({"enum": {"x": None}}, ("enum",), None),
        ({}, (), None),
        ("A?", (), ("A?",)),
    ],
)
def test_citations_of_keys(
    source: Json, keys: tuple[str, ...], expected: tuple[str, ...] | None
) -> None:
    """The citations are the ids for the keys, most general key first.

    They are None if there is no entry.
    """
    assert expected == build_statements().get_citations(source, *keys)
    assert Statements().get_citations(source, *keys) == ()


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        ((), StatementBasis.PAGE),
        (("A",), StatementBasis.PAGE),
        (("C",), StatementBasis.CLIENT),
        (("C", "A"), StatementBasis.PAGE),
        (("L", "C"), StatementBasis.LINKED),
        (("I", "C"), StatementBasis.INFERRED),
        (("A?",), StatementBasis.INFERRED),
        (("A?", "L"), StatementBasis.LINKED),
        (("C", "A?"), StatementBasis.INFERRED),
    ],
)
def test_strongest_basis(ids: tuple[str, ...], expected: StatementBasis) -> None:
    """The strongest basis counts. A doubtful citation is only inferred."""
    assert expected == build_statements().strongest_basis(ids)


def test_binding_bases() -> None:
    """Only statements of a page, or of a document that it links to, are binding."""
    assert [
        basis.is_binding
        for basis in (
            StatementBasis.PAGE,
            StatementBasis.LINKED,
            StatementBasis.INFERRED,
            StatementBasis.CLIENT,
        )
    ] == [True, True, False, False]
