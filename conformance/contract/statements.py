"""Statements: every sentence of the vendor's documentation, once, in our own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from conformance.contract.document import Document
from conformance.contract.json import Json
from conformance.contract.pointer import join
from conformance.contract.word import find_nearest
from conformance.errors import ContractError, Problem


class StatementBasis(StrEnum):
    """Where a statement comes from, strongest first.

    It comes from the page itself, from a document that the page links to, from an inference, or
    from the vendor's client.
    """

    PAGE = "page"
    LINKED = "linked"
    INFERRED = "inferred"
    CLIENT = "client"

    @property
    def is_binding(self) -> bool:
        """Tell whether a server can violate such a statement."""
        return self in (StatementBasis.PAGE, StatementBasis.LINKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One sentence of the documentation.

    `client_duty` or `unobservable` gives the reason if no request to the server can prove it.
    """

    id: str
    document_ids: tuple[str, ...]
    section: str
    basis: StatementBasis
    text: str
    client_duty: str | None = None
    unobservable: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorPage:
    """A vendor document that statements come from."""

    id: str
    title: str
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """All statements of a contract by id, in document order.

    `explicit` is false for a contract without statements.yaml: each element of the OpenAPI document
    then counts as stated on the page.
    """

    by_id: Mapping[str, Statement] = field(default_factory=dict)
    documents: Mapping[str, VendorPage] = field(default_factory=dict)
    has_statements_file: bool = False

    def get_citations(self, source: Json, *keys: str) -> tuple[str, ...] | None:
        """Return the statement ids that `source` gives for `keys`, most general key first.

        `source` is the value of an `x-source`. Return None if it has no entry for the keys, and an
        empty tuple if the statements are not explicit. An id that ends in `?` marks a consequence
        that the statement does not contain and that is only inferred from it.
        """
        for key in keys:
            if isinstance(source, dict):
                source = source.get(key)
        return _flatten_citations(source) if self.has_statements_file else ()

    def strongest_basis(self, citations: tuple[str, ...]) -> StatementBasis:
        """Return the strongest basis among the cited statements.

        Without citations, it is the page.
        """
        strength_order = list(StatementBasis)
        bases = (
            StatementBasis.INFERRED if citation.endswith("?") else self.by_id[citation].basis
            for citation in citations
        )
        return min(bases, key=strength_order.index, default=StatementBasis.PAGE)


def _flatten_citations(source: Json) -> tuple[str, ...] | None:
    if isinstance(source, str):
        return (source,)
    if isinstance(source, list):
        return tuple(str(citation) for citation in source)
    if isinstance(source, dict):
        return (
            tuple(
                citation
                for child in source.values()
                for citation in _flatten_citations(child) or ()
            )
            or None
        )
    return None


_STATEMENT_KEYS = ("id", "documents", "section", "basis", "text", "client", "unobservable")


def parse_statements(document: Document) -> Statements:
    """Return the statements that a statements.yaml holds.

    Raises ContractError if an entry lacks id, documents, section, basis or text, if an id occurs
    twice, or if a document or basis is unknown.
    """
    problems: list[Problem] = []
    root = document.value if isinstance(document.value, dict) else {}
    documents = {
        str(document_id): VendorPage(
            id=str(document_id), title=str(entry.get("title", document_id)), url=entry.get("url")
        )
        for document_id, entry in (root.get("documents") or {}).items()
    }
    problems += [
        document.problem_at(f"{key} is not known here", f"/{key}", "it has documents, statements")
        for key in root
        if key not in ("documents", "statements")
    ]
    statements: dict[str, Statement] = {}
    for index, entry in enumerate(root.get("statements") or ()):
        pointer = join("/statements", index)
        for key in entry if isinstance(entry, dict) else ():
            if key not in _STATEMENT_KEYS:
                near = find_nearest(str(key), _STATEMENT_KEYS)
                problems.append(
                    document.problem_at(
                        f"{key!r} is no key of a statement",
                        join(pointer, key),
                        f"is it {near}?"
                        if near
                        else "quote the text: in {...}, a comma ends a text without quotes",
                    )
                )
        error = _describe_statement_error(entry, documents, statements)
        if error:
            problems.append(document.problem_at(error, pointer))
            continue
        statements[entry["id"]] = Statement(
            id=entry["id"],
            document_ids=tuple(entry["documents"]),
            section=entry["section"],
            basis=StatementBasis(entry["basis"]),
            text=entry["text"],
            client_duty=entry.get("client"),
            unobservable=entry.get("unobservable"),
        )
    if problems:
        raise ContractError(*problems)
    return Statements(by_id=statements, documents=documents, has_statements_file=True)


def _describe_statement_error(
    entry: Json, documents: Mapping[str, VendorPage], known_statements: Mapping[str, Statement]
) -> str | None:
    if not isinstance(entry, dict):
        return "a statement must be a mapping"
    missing_keys = [
        key for key in ("id", "documents", "section", "basis", "text") if not entry.get(key)
    ]
    if missing_keys:
        return f"the statement {entry.get('id', '')} lacks {', '.join(missing_keys)}"
    if entry["id"] in known_statements:
        return f"the statement {entry['id']} is given twice"
    unknown_documents = [
        document_id for document_id in entry["documents"] if document_id not in documents
    ]
    if unknown_documents:
        return (
            f"the statement {entry['id']} names an unknown document: {', '.join(unknown_documents)}"
        )
    if entry["basis"] not in list(StatementBasis):
        return (
            f"the statement {entry['id']} has an unknown basis {entry['basis']!r} (one of"
            f" {', '.join(StatementBasis)})"
        )
    return None
