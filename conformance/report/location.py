"""Where the contract of a claim stands in the repository that a CI job has checked out."""

from __future__ import annotations

from pathlib import Path

from conformance.contract.json import Json


def find_repository_location(claim: Json, folder: Path | None = None) -> tuple[str, int] | None:
    """Return the file, relative to the root of the repository around `folder`, and the line.

    `folder` is the current one unless given. None if the contract stands elsewhere, as one that
    comes with an installed package does: nobody could open it.
    """
    spec = claim.get("spec")
    if not spec:
        return None
    folder = (folder or Path()).resolve()
    root = next(
        (parent for parent in (folder, *folder.parents) if (parent / ".git").exists()), folder
    )
    file = (folder / spec["file"]).resolve()
    if not file.is_file() or not file.is_relative_to(root) or "site-packages" in file.parts:
        return None
    return file.relative_to(root).as_posix(), spec["line"]
