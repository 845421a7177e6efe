"""The structure of the code: imports run one way, names are standard, and no API is named."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

from conformance.contract.behavior_registry import BUILT_IN_MODULES

PACKAGE = Path(__file__).parent.parent / "conformance"
MODULES = sorted(PACKAGE.rglob("*.py"))
FLOORS = {
    "errors": set(),
    "protocol": set(),
    "sockets": {"errors"},
    "contract": {"errors", "protocol"},
    "mock": {"contract", "errors", "protocol", "sockets", "values"},
    "values": {"contract", "errors", "protocol"},
    "checks": {"contract", "errors", "protocol", "values"},
    "codegen": {"contract", "errors", "protocol"},
    "suite": {"checks", "contract", "errors", "protocol"},
    "proxy": {"suite", "errors", "protocol", "sockets"},
    "report": {"suite", "checks", "contract", "errors", "protocol"},
    "docs": {"report", "suite", "checks", "codegen", "contract", "errors"},
}
EDGES = {
    "cli",
    "configuration",
    "sharding",
    "commands",
    "plugin",
    "api",
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
    packages = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if (
            isinstance(node, ast.ImportFrom)
            and node.module
            and node.module.startswith("conformance")
        ):
            parts = node.module.split(".")
            packages |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            packages |= {
                alias.name.split(".")[1]
                for alias in node.names
                if alias.name.startswith("conformance.")
            }
    return packages


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


# Words that modules, classes and functions used to have, and that no newcomer understood.
RETIRED_WORDS = frozenset(
    """
    alike alteration answering artefact authorising authorizing behaviour beyond bodiless catalogue
    caught cleared combining conduct copes crossing crowd departure distinguishing drawing echoing
    exploring failing fitting flattening greet harmless hear heard held inferring keeping library
    lifetime living look marking moment move overhearing overriding passage passing played
    preferring rehearsal relay restless script shaping shelf sparing speak speaker speaking spent
    spoken stage staling station stating sweep tap taking thing things tolerating trial twin
    undecidable unheard unreached unsettled unspeakable violating walk walking whereabouts world
    """.split()
)


def definitions(path: Path) -> list[str]:
    """Return the names of a module and of its classes and functions."""
    code = ast.parse(path.read_text("utf-8"))
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return [path.stem, *(node.name for node in ast.walk(code) if isinstance(node, kinds))]


def words_of(name: str) -> set[str]:
    """Return the words of a name in snake_case or CamelCase."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_retired_words_do_not_come_back(path: Path) -> None:
    """Names speak the language of the field; ARCHITECTURE.md has the glossary."""
    assert [name for name in definitions(path) if words_of(name) & RETIRED_WORDS] == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("TargetClient", {"target", "client"}),
        ("_list_all", {"list", "all"}),
        ("JSONBody", {"json"}),
    ],
)
def test_words_of_names(name: str, words: set[str]) -> None:
    """The test above takes names apart as people do."""
    assert words <= words_of(name)


# Local names that say nothing about what they hold, or that were words of our own.
RETIRED_LOCAL_NAMES = frozenset(
    """
    ask asked at beyond bent broken cheap crowd cut family found given heard held honest kept living
    lone look made mine move moves one other ours passing played reading said setting
    station stock sweep theirs there thing things told twin unreached unsettled walk way whole world
    wrong
    """.split()
)
SOURCES = [*MODULES, *sorted((PACKAGE.parent / "tests").rglob("*.py"))]


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_local_names_say_what_they_hold(path: Path) -> None:
    """Variables and parameters of the code and of its tests."""
    if "runtime" in path.parts:
        return
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
    assert names & RETIRED_LOCAL_NAMES == set()


@pytest.mark.parametrize(
    "page", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"], ids=str
)
def test_pages_name_files_that_exist(page: str) -> None:
    """Whoever follows a page finds what it names."""
    text = (PACKAGE.parent / page).read_text("utf-8")
    names = re.findall(r"`((?:tests|conformance|docs|specs|benchmarks|examples)/[\w./-]+)`", text)
    assert [name for name in names if not (PACKAGE.parent / name).exists()] == []


def test_no_class_name_stands_twice() -> None:
    """A class has its name to itself; generated clients stand alone and count apart."""
    modules_by_class = defaultdict(list)
    for path in MODULES:
        if "runtime" not in path.parts:
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.ClassDef):
                    modules_by_class[node.name].append(str(path.relative_to(PACKAGE)))
    assert {name: paths for name, paths in modules_by_class.items() if len(paths) > 1} == {}


# `retries` is a duty of clients: the generated client keeps it, checks/client.py judges it
BEHAVIOR_MODULES = {*BUILT_IN_MODULES} - {"retries"}


@pytest.mark.parametrize("name", sorted(BEHAVIOR_MODULES))
@pytest.mark.parametrize("package", ["contract", "checks", "mock", "mock/faults"])
def test_a_behavior_has_one_module_in_each_package(name: str, package: str) -> None:
    """What a behavior promises, how it is checked, kept and broken: modules of one name."""
    assert (PACKAGE / package / f"{name}.py").is_file()


def test_no_line_is_wider_than_100_columns() -> None:
    """Differences can be read side by side."""
    root = PACKAGE.parent
    wide = [
        f"{path.relative_to(root)}:{number}"
        for folder in ("conformance", "tests", "benchmarks", "generated", "examples")
        for path in (root / folder).rglob("*.py")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if len(line) > 100
    ]
    assert wide == []


@pytest.mark.parametrize(
    "path", [path for path in MODULES if not path.name.startswith("__")], ids=str
)
def test_the_map_of_modules_is_true(path: Path) -> None:
    """ARCHITECTURE.md has the first sentence of each module."""
    text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    sentence = " ".join(text.split("\n\n")[0].split())
    pages = (PACKAGE.parent / "ARCHITECTURE.md").read_text("utf-8")
    assert f"| `{path.name}` | {sentence} |" in pages


@pytest.mark.parametrize(
    "path", sorted((PACKAGE.parent / "benchmarks").glob("*.py")), ids=lambda path: path.name
)
def test_benchmarks_import_what_exists(path: Path) -> None:
    """Nothing else runs them: a name that moves would break them unseen."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("conformance"):
            exec(compile(ast.Module([node], []), str(path), "exec"), {})
