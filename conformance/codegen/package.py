"""Writes packages to folders, or compares them with existing folders.

This is the only module of `codegen` that opens files outside of this tool.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from conformance.errors import Problem, UsageError

IGNORED_FOLDERS = ("__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", "build", "dist")


def save_package_files(files: Mapping[str, str], folder: Path) -> None:
    """Write the files, and delete Python files of an earlier generation that are no longer needed.

    Raises UsageError if the folder holds something other than a generated package, if a path leads
    out of the folder, or if a file cannot be written.
    """
    existing = _read_folder_files(folder)
    if existing and not (folder / "pyproject.toml").is_file():
        raise UsageError(
            Problem(
                message=f"{folder} holds something else than a generated package",
                hint="give an empty or new folder with --output",
            )
        )
    try:
        for path in sorted(set(existing) - set(files)):
            if path.endswith(".py"):
                (folder / path).unlink()
        for path, text in files.items():
            target = _resolve_inside(folder, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(
            Problem(message=f"{folder} cannot be written: {error.strerror}")
        ) from error


def diff_folder_with_files(files: Mapping[str, str], folder: Path) -> list[str]:
    """Return the lines of a unified diff from the folder to the files; none if they are equal."""
    existing = _read_folder_files(folder)
    lines: list[str] = []
    for path in sorted(
        {*files, *(existing_path for existing_path in existing if existing_path.endswith(".py"))}
    ):
        before, after = existing.get(path), files.get(path)
        if before != after:
            lines += difflib.unified_diff(
                (before or "").splitlines(),
                (after or "").splitlines(),
                f"{folder}/{path}" if before is not None else "/dev/null",
                path,
                lineterm="",
                n=1,
            ) or [f"{path} is missing"]
    return lines


def _read_folder_files(folder: Path) -> dict[str, str]:
    if not folder.is_dir():
        return {}
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    files_by_path = {file.relative_to(folder): file for file in files}
    return {
        str(PurePosixPath(path)): file.read_text("utf-8", "replace")
        for path, file in files_by_path.items()
        if not any(part in IGNORED_FOLDERS or part.endswith(".egg-info") for part in path.parts)
    }


def _resolve_inside(folder: Path, path: str) -> Path:
    target = (folder / path).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise UsageError(Problem(message=f"the path {path} leaves {folder}"))
    return target
