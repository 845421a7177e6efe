"""The house as DESIGN draws it: which way imports run, and that the engine knows no API by name."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "conformance"
MODULES = sorted(PACKAGE.rglob("*.py"))
FLOORS = {
    "errors": set(),
    "sockets": {"errors"},
    "contract": {"errors"},
    "mock": {"contract", "errors", "sockets"},
    "checks": {"contract", "errors"},
    "codegen": {"contract", "errors"},
    "suite": {"checks", "contract", "errors"},
    "proxy": {"suite", "errors", "sockets"},
    "report": {"suite", "checks", "contract", "errors"},
    "docs": {"report", "suite", "checks", "codegen", "contract", "errors"},
}
EDGES = {
    "cli",
    "configuration",
    "sharding",
    "commands",
    "plugin",
    "options",
    "embedded",
    "generated_client",
    "testing",
    "__main__",
    "__init__",
}


def floor(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if (
            isinstance(node, ast.ImportFrom)
            and node.module
            and node.module.startswith("conformance")
        ):
            parts = node.module.split(".")
            found |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {
                alias.name.split(".")[1]
                for alias in node.names
                if alias.name.startswith("conformance.")
            }
    return found


@pytest.mark.parametrize("path", [path for path in MODULES if floor(path) not in EDGES], ids=str)
def test_imports_run_one_way(path: Path) -> None:
    """A floor imports itself and the floors below it; the mock and the checks never meet."""
    assert imported(path) <= FLOORS[floor(path)] | {floor(path)}


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if floor(path) not in {"cli", "commands", "plugin", "testing"}],
    ids=str,
)
def test_the_engine_names_no_api(path: Path) -> None:
    """No code outside the command line's help names a vendor or one of its operations."""
    code = ast.parse(path.read_text("utf-8"))
    texts = {
        node.value
        for node in ast.walk(code)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node not in docstrings(code)
    }
    names = {node.id for node in ast.walk(code) if isinstance(node, ast.Name)} | {
        node.attr for node in ast.walk(code) if isinstance(node, ast.Attribute)
    }
    words = [
        word
        for word in texts | names
        if any(
            name in word.lower()
            for name in (
                "losant",
                "push-express",
                "pushexpress",
                "experience",
                "appgroup",
                "app_id",
            )
        )
    ]
    assert words == []


def docstrings(code: ast.Module) -> list[ast.Constant]:
    owners = [
        node
        for node in ast.walk(code)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    firsts = [owner.body[0] for owner in owners if owner.body]
    return [
        first.value
        for first in firsts
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    ]


def test_only_the_library_opens_files() -> None:
    """Of the contract package one module reads what it is given, and one remembers what was
    valid.
    """
    opening = [
        path.name
        for path in (PACKAGE / "contract").glob("*.py")
        if "pathlib" in path.read_text() and "PurePosixPath" not in path.read_text()
    ]
    assert sorted(opening) == ["loader.py", "validity.py"]
