"""Words of a document reach generated code as literals only, whatever they are."""

from __future__ import annotations

import ast
import builtins
import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from conformance.codegen import naming
from conformance.codegen import package as packages
from conformance.codegen.plan import plan_package
from conformance.codegen.render import render_package
from conformance.codegen.source import (
    Code,
    write_docstring,
    write_identifier,
    write_literal,
    write_prose,
)
from conformance.contract import contract as contracts
from conformance.contract.contract import Contract
from conformance.contract.document import Document
from conformance.contract.json import Json
from conformance.contract.statements import Statements
from conformance.errors import ContractError, UsageError

from .emitted import emit, forget, load

TRAP = "__import__('builtins').__dict__.__setitem__('PWNED', 1)"
HOSTILE = [
    f'"""\n{TRAP}\n"""',
    f"'''; {TRAP} #",
    f'\\"""+{TRAP}+"""',
    f'\\\n"\n{TRAP}',
    "{{ ''.__class__ }}{% raw %}{# #}",
    f"f{{{TRAP}}}",
    "class",
    "None",
    "__class__",
    "__init__",
    "model_config",
    "../../../../etc/passwd",
    "..\\..\\x",
    "/etc/passwd",
    "a" * 10_000,
    "list",
    "List",
    "self",
    "MISSING",
    "answer",
    "models",
    "\u202eevil\u202c \u2066x\u2069",
    "\u200b",
    "\x00\x07\x1b[31m",
    "é",
    "e",
    "ｆｏｒ",
    "1",
    "```\n# heading\n<script>alert(1)</script>\n```",
    ']\n[tool.evil]\nx = "1',
    "operations",
    "\r\nX-Evil: 1",
    "# type: ignore\n# noqa",
    "\ud83d",
]


def contract_of(words: list[str]) -> Contract:
    """Return a contract in which each of its own names and texts is one of `words`."""
    text = (word for _ in range(99) for word in words)
    word = lambda: next(text)  # noqa: E731
    properties = {
        one: {"type": "string", "description": one, "enum": [one, word()]} for one in words
    }
    answer = {
        "description": word(),
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
    }
    document: Json = {
        "openapi": "3.1.0",
        "info": {"title": word(), "version": word(), "description": word()},
        "servers": [{"url": "http://127.0.0.1/" + re.sub(r"\W", "", word()[:20])}],
        "tags": [{"name": one, "description": one} for one in dict.fromkeys(words)],
        "paths": {
            f"/things/{number}/{{id}}": {
                "post": {
                    "operationId": one,
                    "summary": one,
                    "description": one,
                    "tags": [words[number // 3]],
                    "parameters": [
                        {
                            "name": "id",
                            "in": "path",
                            "required": True,
                            "schema": {"type": "string"},
                            "description": one,
                            "example": one,
                        },
                        {
                            "name": one,
                            "in": "query",
                            "schema": {"enum": [one, "x"]},
                            "description": one,
                            "example": one,
                        },
                    ],
                    "requestBody": {
                        "required": True,
                        "description": one,
                        "content": {
                            "application/json": {
                                "schema": {"$ref": "#/components/schemas/Thing"},
                                "example": {one: one},
                            }
                        },
                    },
                    "responses": {"200": answer, "404": {**answer, "description": one}},
                }
            }
            for number, one in enumerate(dict.fromkeys(words))
        },
        "components": {
            "schemas": {
                "Thing": {
                    "type": "object",
                    "title": word(),
                    "description": word(),
                    "additionalProperties": False,
                    "required": words[:2],
                    "properties": properties,
                }
            },
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "query", "name": word(), "description": word()}
            },
        },
        "security": [{"key": []}],
    }
    return contracts.build_contract(
        words[0][:200], Document(value=document, positions={}), Statements()
    )


STATEMENTS = (
    ast.Import,
    ast.ImportFrom,
    ast.ClassDef,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.Assign,
    ast.AnnAssign,
    ast.If,
)


def harmless(files: dict[str, str]) -> None:
    """Hold emitted files to what they may contain."""
    calls = trusted_calls()
    for path, text in files.items():
        assert re.fullmatch(
            r"[a-z0-9_]+(/[a-z0-9_]+)*\.(py|typed)|README\.md|pyproject\.toml", path
        ), path
        assert not [
            one
            for one in text
            if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Co") and one != "\n"
        ], path
        if not path.endswith(".py"):
            continue
        tree = ast.parse(text)
        for node in tree.body:
            plain = isinstance(node, ast.Expr) and (
                isinstance(node.value, ast.Constant) or ast.unparse(node).startswith("with_config(")
            )
            assert isinstance(node, STATEMENTS) or plain, ast.unparse(node)[:200]
        for node in ast.walk(tree):
            names = [getattr(node, name, None) for name in ("id", "attr", "arg", "name")]
            assert all(
                re.fullmatch(r"[A-Za-z_][\w.]{0,99}", name, re.ASCII)
                for name in names
                if isinstance(name, str)
            ), names
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called in calls or re.fullmatch(
                    r"(Async)?[A-Z]\w*|self\.\w+|with_config\(\w+\)", called
                ), called
    assert re.fullmatch(r"[a-z0-9-]+", tomllib.loads(files["pyproject.toml"])["project"]["name"])
    assert len(re.findall(r"^```", files["README.md"], re.MULTILINE)) == 4
    assert not re.search(
        r"(?<!\\)<",
        re.sub(r"```python.*?^```", "", files["README.md"], flags=re.DOTALL | re.MULTILINE),
    )


@cache
def trusted_calls() -> frozenset[str]:
    """Return what is called in packages whose contracts are ours."""
    texts = [
        text
        for name in ("sink", "losant", "push-express")
        for path, text in render_package(plan_package(load(name))).items()
        if path.endswith(".py")
    ]
    return frozenset(
        ast.unparse(node.func)
        for text in texts
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
    )


def test_a_hostile_contract_becomes_literals() -> None:
    """Quotes, newlines, braces, imports, keywords, traversal, clashes, 10 000 letters, bidi text
    and template syntax end up in literals, or are refused.
    """
    words = [word for word in HOSTILE if word != "\ud83d"]
    contract = contract_of(words)
    harmless(render_package(plan_package(contract)))
    module = emit(contract)
    assert not hasattr(builtins, "PWNED")
    assert len(module.operations.OPERATIONS) == len(words)
    assert {one.id for one in module.operations.OPERATIONS.values()} == set(words)
    assert {
        field for one in module.operations.OPERATIONS.values() for field in one.body.fields
    } == set(words)
    forget(module)


@pytest.mark.parametrize("word", HOSTILE, ids=lambda word: ascii(word)[:30])
def test_each_hostile_word_alone(word: str) -> None:
    """No word owes its harmlessness to the company it is in; what is no text at all is refused."""
    try:
        files = render_package(plan_package(contract_of([word, "plain"])))
    except (ContractError, UnicodeEncodeError):
        assert word == "\ud83d"
        return
    harmless(files)


@settings(
    max_examples=4,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30),
        min_size=2,
        max_size=5,
        unique=True,
    )
)
def test_any_words_become_literals(words: list[str]) -> None:
    """Whatever text a document holds, the package is well-formed and holds it as literals."""
    harmless(render_package(plan_package(contract_of(words))))


@given(st.text())
def test_literals_and_docstrings_read_back(text: str) -> None:
    """A literal is the value, whatever it holds; a docstring is one string."""
    assert ast.literal_eval(write_literal(text)) == text
    tree = ast.parse(f"def f():\n    {write_docstring([text, text], 4)}")
    assert len(tree.body[0].body) == 1
    assert isinstance(tree.body[0].body[0].value.value, str)
    assert "\n" not in write_prose(text)


@given(st.text(), st.text())
@example("true", "True")
@example("None", "none")
def test_names_are_plain_and_differ(one: str, other: str) -> None:
    """Any text makes an identifier, two texts make two in one scope."""
    scope = naming.NameScope()
    first, second = (
        scope.allocate(naming.to_snake_case(one)),
        scope.allocate(naming.to_snake_case(other)),
    )
    assert first != second
    assert write_identifier(first).isidentifier()
    assert write_identifier(naming.to_class_name(one)).isidentifier()


def test_templates_print_code_only() -> None:
    """A template that prints a word of the document as it is stops the generator."""
    with pytest.raises(TypeError, match="not Code"):
        render_package(
            plan_package(load("push-express")), {"groups.py": "{{ package.contract.title }}"}
        )
    assert type(Code("a") + "b") is str


def test_paths_stay_inside_the_folder(tmp_path: Path) -> None:
    """No file is written outside of the output folder, and no folder with something else in it is
    written to.
    """
    with pytest.raises(UsageError, match="leaves"):
        packages.save_package_files({"../x.py": ""}, tmp_path / "out")
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="something else"):
        packages.save_package_files({"x.py": ""}, tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (
            {"schema": {"type": "object", "propertes": {}}},
            "/paths/~1x/get/responses/200/content/application~1json/schema/propertes",
        ),
        (
            {"schema": {"allOf": [{"type": "string"}, {"type": "integer"}]}},
            "/paths/~1x/get/responses/200/content/application~1json/schema",
        ),
        (
            {"schema": {"type": "array", "items": {"properties": {"a": {"$dynamicRef": "#x"}}}}},
            "/paths/~1x/get/responses/200/content/application~1json/schema"
            "/items/properties/a/$dynamicRef",
        ),
    ],
)
def test_what_cannot_be_emitted_is_refused_with_its_pointer(change: Json, pointer: str) -> None:
    """A keyword without meaning, or types that nothing fits, stop the generator where they
    stand.
    """
    document: Json = {
        "openapi": "3.1.0",
        "info": {"title": "x", "version": "1"},
        "paths": {
            "/x": {
                "get": {
                    "responses": {
                        "200": {"description": "x", "content": {"application/json": change}}
                    }
                }
            }
        },
    }
    with pytest.raises(ContractError) as caught:
        plan_package(
            contracts.build_contract("x", Document(value=document, positions={}), Statements())
        )
    assert caught.value.problems[0].pointer == pointer
