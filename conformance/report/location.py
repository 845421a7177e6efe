"""Where a file stands in the repository that a CI job has checked out."""

from __future__ import annotations

from pathlib import Path

from conformance.report.result import ClaimResult, OutdatedAcceptance


def find_repository_location(
    claim: ClaimResult, folder: Path | None = None
) -> tuple[str, int] | None:
    """Return the file of the contract that makes a claim, and the line.

    `folder` is the current one unless given; the file is relative to the root of the repository
    around it. None if the contract stands elsewhere, as one that comes with an installed package
    does: nobody could open it.
    """
    return _locate(claim.spec.file, claim.spec.line, folder) if claim.spec else None


def find_entry_location(
    entry: OutdatedAcceptance, folder: Path | None = None
) -> tuple[str, int] | None:
    """Return the file and the line of an entry that accepts violations, as above."""
    return _locate(entry.file, entry.line or 1, folder) if entry.file else None


def _locate(name: str, line: int, folder: Path | None) -> tuple[str, int] | None:
    folder = (folder or Path()).resolve()
    root = next(
        (parent for parent in (folder, *folder.parents) if (parent / ".git").exists()), folder
    )
    file = (folder / name).resolve()
    if not file.is_file() or not file.is_relative_to(root) or "site-packages" in file.parts:
        return None
    return file.relative_to(root).as_posix(), line
