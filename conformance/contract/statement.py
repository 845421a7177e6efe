"""The register of statements: every sentence of a vendor's page, once, in our own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from conformance.contract.document import Document
from conformance.contract.json import Json
from conformance.contract.pointer import join
from conformance.errors import ContractError, Problem


class Basis(StrEnum):
    """Where a statement comes from; only the first two can be violated."""

    PAGE = "page"
    LINKED = "linked"
    INFERRED = "inferred"
    CLIENT = "client"

    @property
    def binding(self) -> bool:
        """Tell whether a server can be accused of not keeping such a statement."""
        return self in (Basis.PAGE, Basis.LINKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One sentence; `client` or `unobservable` says why no request to the server can prove it."""

    id: str
    documents: tuple[str, ...]
    section: str
    basis: Basis
    text: str
    client: str | None = None
    unobservable: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A document that the statements come from."""

    id: str
    title: str
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """All statements of a contract by id, in page order.

    A contract without statements.yaml has a register that is not `kept`: each element of the
    document then counts as stated by the page.
    """

    statements: Mapping[str, Statement] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    kept: bool = False

    def cite(self, source: Json, *keys: str) -> tuple[str, ...] | None:
        """Return the ids that an `x-source` gives for `keys`, most general first; None when it does
        not speak of them.

        An id that ends in `?` says that the consequence drawn at this place is not stated there,
        only inferred from it.
        """
        for key in keys:
            if isinstance(source, dict):
                source = source.get(key)
        return _ids(source) if self.kept else ()

    def basis(self, ids: tuple[str, ...]) -> Basis:
        """Return the strongest basis among the cited statements."""
        order = list(Basis)
        bases = (Basis.INFERRED if id.endswith("?") else self.statements[id].basis for id in ids)
        return min(bases, key=order.index, default=Basis.PAGE)


def _ids(source: Json) -> tuple[str, ...] | None:
    if isinstance(source, str):
        return (source,)
    if isinstance(source, list):
        return tuple(str(id) for id in source)
    if isinstance(source, dict):
        return tuple(id for child in source.values() for id in _ids(child) or ()) or None
    return None


def parse(document: Document) -> Register:
    """Return the register that a statements.yaml holds.

    Raises ContractError for an entry without id, document, section, basis or text, for an id given
    twice and for an unknown document or basis.
    """
    problems: list[Problem] = []
    value = document.value if isinstance(document.value, dict) else {}
    sources = {
        str(id): Source(id=str(id), title=str(entry.get("title", id)), url=entry.get("url"))
        for id, entry in (value.get("documents") or {}).items()
    }
    statements: dict[str, Statement] = {}
    for index, entry in enumerate(value.get("statements") or ()):
        at = join("/statements", index)
        wrong = _wrong(entry, sources, statements)
        if wrong:
            problems.append(document.problem(wrong, at))
            continue
        statements[entry["id"]] = Statement(
            id=entry["id"],
            documents=tuple(entry["documents"]),
            section=entry["section"],
            basis=Basis(entry["basis"]),
            text=entry["text"],
            client=entry.get("client"),
            unobservable=entry.get("unobservable"),
        )
    if problems:
        raise ContractError(*problems)
    return Register(statements=statements, sources=sources, kept=True)


def _wrong(
    entry: Json, sources: Mapping[str, Source], before: Mapping[str, Statement]
) -> str | None:
    if not isinstance(entry, dict):
        return "a statement must be a mapping"
    missing = [key for key in ("id", "documents", "section", "basis", "text") if not entry.get(key)]
    if missing:
        return f"the statement {entry.get('id', '')} lacks {', '.join(missing)}"
    if entry["id"] in before:
        return f"the statement {entry['id']} is given twice"
    unknown = [id for id in entry["documents"] if id not in sources]
    if unknown:
        return f"the statement {entry['id']} names an unknown document: {', '.join(unknown)}"
    if entry["basis"] not in list(Basis):
        return (
            f"the statement {entry['id']} has an unknown basis {entry['basis']!r} (one of"
            f" {', '.join(Basis)})"
        )
    return None
