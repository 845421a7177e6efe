"""Packages as folders: written, or compared with what is there. The only module of `codegen` that
opens files outside of this tool.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from conformance.errors import Problem, UsageError

IGNORED = ("__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", "build", "dist")


def save(files: Mapping[str, str], folder: Path) -> None:
    """Write the files, and remove those of an earlier generation that are no longer among them.

    Raises UsageError when the folder holds something else, a path leaves it, or it cannot be
    written.
    """
    old = _present(folder)
    if old and not (folder / "pyproject.toml").is_file():
        raise UsageError(
            Problem(
                message=f"{folder} holds something else than a generated package",
                hint="give an empty or new folder with --output",
            )
        )
    try:
        for path in sorted(set(old) - set(files)):
            if path.endswith(".py"):
                (folder / path).unlink()
        for path, text in files.items():
            target = _inside(folder, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(
            Problem(message=f"{folder} cannot be written: {error.strerror}")
        ) from error


def differences(files: Mapping[str, str], folder: Path) -> list[str]:
    """Return the lines of a unified diff from what stands in the folder to what would be written;
    none when they agree.
    """
    old = _present(folder)
    lines: list[str] = []
    for path in sorted({*files, *(one for one in old if one.endswith(".py"))}):
        before, after = old.get(path), files.get(path)
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


def _present(folder: Path) -> dict[str, str]:
    if not folder.is_dir():
        return {}
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    inner = {file.relative_to(folder): file for file in files}
    return {
        str(PurePosixPath(path)): file.read_text("utf-8", "replace")
        for path, file in inner.items()
        if not any(part in IGNORED or part.endswith(".egg-info") for part in path.parts)
    }


def _inside(folder: Path, path: str) -> Path:
    target = (folder / path).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise UsageError(Problem(message=f"the path {path} leaves {folder}"))
    return target
