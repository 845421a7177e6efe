"""Text of a document, whatever it contains, reaches generated code only as literals."""

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

from .emitted import emit_package, load, unload_package

PAYLOAD = "__import__('builtins').__dict__.__setitem__('PWNED', 1)"
HOSTILE = [
    f'"""\n{PAYLOAD}\n"""',
    f"'''; {PAYLOAD} #",
    f'\\"""+{PAYLOAD}+"""',
    f'\\\n"\n{PAYLOAD}',
    "{{ ''.__class__ }}{% raw %}{# #}",
    f"f{{{PAYLOAD}}}",
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


def build_hostile_contract(words: list[str]) -> Contract:
    """Build a contract whose names and texts are all taken from `words`."""
    repeated_words = (word for _ in range(99) for word in words)
    next_word = lambda: next(repeated_words)  # noqa: E731
    properties = {
        word: {"type": "string", "description": word, "enum": [word, next_word()]} for word in words
    }
    response = {
        "description": next_word(),
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
    }
    document: Json = {
        "openapi": "3.1.0",
        "info": {"title": next_word(), "version": next_word(), "description": next_word()},
        "servers": [{"url": "http://127.0.0.1/" + re.sub(r"\W", "", next_word()[:20])}],
        "tags": [{"name": word, "description": word} for word in dict.fromkeys(words)],
        "paths": {
            f"/things/{number}/{{id}}": {
                "post": {
                    "operationId": word,
                    "summary": word,
                    "description": word,
                    "tags": [words[number // 3]],
                    "parameters": [
                        {
                            "name": "id",
                            "in": "path",
                            "required": True,
                            "schema": {"type": "string"},
                            "description": word,
                            "example": word,
                        },
                        {
                            "name": word,
                            "in": "query",
                            "schema": {"enum": [word, "x"]},
                            "description": word,
                            "example": word,
                        },
                    ],
                    "requestBody": {
                        "required": True,
                        "description": word,
                        "content": {
                            "application/json": {
                                "schema": {"$ref": "#/components/schemas/Thing"},
                                "example": {word: word},
                            }
                        },
                    },
                    "responses": {"200": response, "404": {**response, "description": word}},
                }
            }
            for number, word in enumerate(dict.fromkeys(words))
        },
        "components": {
            "schemas": {
                "Thing": {
                    "type": "object",
                    "title": next_word(),
                    "description": next_word(),
                    "additionalProperties": False,
                    "required": words[:2],
                    "properties": properties,
                }
            },
            "securitySchemes": {
                "key": {
                    "type": "apiKey",
                    "in": "query",
                    "name": next_word(),
                    "description": next_word(),
                }
            },
        },
        "security": [{"key": []}],
    }
    return contracts.build_contract(
        words[0][:200], Document(value=document, positions={}), Statements()
    )


ALLOWED_STATEMENTS = (
    ast.Import,
    ast.ImportFrom,
    ast.ClassDef,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.Assign,
    ast.AnnAssign,
    ast.If,
)


def check_files_are_harmless(files: dict[str, str]) -> None:
    """Assert that emitted files contain only what they may contain."""
    allowed_calls = list_trusted_calls()
    for path, text in files.items():
        assert re.fullmatch(
            r"[a-z0-9_]+(/[a-z0-9_]+)*\.(py|typed)|README\.md|pyproject\.toml", path
        ), path
        assert not [
            character
            for character in text
            if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co") and character != "\n"
        ], path
        if not path.endswith(".py"):
            continue
        tree = ast.parse(text)
        for node in tree.body:
            allowed = isinstance(node, ast.Expr) and (
                isinstance(node.value, ast.Constant) or ast.unparse(node).startswith("with_config(")
            )
            assert isinstance(node, ALLOWED_STATEMENTS) or allowed, ast.unparse(node)[:200]
        for node in ast.walk(tree):
            names = [getattr(node, name, None) for name in ("id", "attr", "arg", "name")]
            assert all(
                re.fullmatch(r"[A-Za-z_][\w.]{0,99}", name, re.ASCII)
                for name in names
                if isinstance(name, str)
            ), names
            if isinstance(node, ast.Call):
                function = ast.unparse(node.func)
                assert function in allowed_calls or re.fullmatch(
                    r"(Async)?[A-Z]\w*|self\.\w+|with_config\(\w+\)", function
                ), function
    assert re.fullmatch(r"[a-z0-9-]+", tomllib.loads(files["pyproject.toml"])["project"]["name"])
    assert len(re.findall(r"^```", files["README.md"], re.MULTILINE)) == 4
    assert not re.search(
        r"(?<!\\)<",
        re.sub(r"```python.*?^```", "", files["README.md"], flags=re.DOTALL | re.MULTILINE),
    )


@cache
def list_trusted_calls() -> frozenset[str]:
    """Return the functions that are called in packages of this project's own contracts."""
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
    """Quotes, newlines, braces, imports, keywords, path traversal, name conflicts, 10 000 letters,
    bidi text and template syntax become literals or are refused.
    """
    words = [word for word in HOSTILE if word != "\ud83d"]
    contract = build_hostile_contract(words)
    check_files_are_harmless(render_package(plan_package(contract)))
    module = emit_package(contract)
    assert not hasattr(builtins, "PWNED")
    assert len(module.operations.OPERATIONS) == len(words)
    assert {operation.id for operation in module.operations.OPERATIONS.values()} == set(words)
    assert {
        field
        for operation in module.operations.OPERATIONS.values()
        for field in operation.body.fields
    } == set(words)
    unload_package(module)


@pytest.mark.parametrize("word", HOSTILE, ids=lambda word: ascii(word)[:30])
def test_each_hostile_word_is_harmless_alone(word: str) -> None:
    """Each word is harmless on its own, without the other words. A word that is not valid text is
    refused.
    """
    try:
        files = render_package(plan_package(build_hostile_contract([word, "plain"])))
    except (ContractError, UnicodeEncodeError):
        assert word == "\ud83d"
        return
    check_files_are_harmless(files)


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
    """Whatever text a document contains, the package is well-formed and contains the text as
    literals.
    """
    check_files_are_harmless(render_package(plan_package(build_hostile_contract(words))))


@given(st.text())
def test_literals_and_docstrings_read_back(text: str) -> None:
    """A literal evaluates to the original value, whatever it is; a docstring is one string."""
    assert ast.literal_eval(write_literal(text)) == text
    tree = ast.parse(f"def f():\n    {write_docstring([text, text], 4)}")
    assert len(tree.body[0].body) == 1
    assert isinstance(tree.body[0].body[0].value.value, str)
    assert "\n" not in write_prose(text)


@given(st.text(), st.text())
@example("true", "True")
@example("None", "none")
def test_allocated_names_are_identifiers_and_differ(text: str, other_text: str) -> None:
    """Any text becomes an identifier, and two texts become two identifiers in one scope."""
    scope = naming.NameScope()
    first, second = (
        scope.allocate(naming.to_snake_case(text)),
        scope.allocate(naming.to_snake_case(other_text)),
    )
    assert first != second
    assert write_identifier(first).isidentifier()
    assert write_identifier(naming.to_class_name(text)).isidentifier()


def test_templates_refuse_unescaped_text() -> None:
    """A template that prints text of the document without escaping stops the generator."""
    with pytest.raises(TypeError, match="not Code"):
        render_package(
            plan_package(load("push-express")), {"groups.py": "{{ package.contract.title }}"}
        )
    assert type(Code("a") + "b") is str


def test_paths_stay_inside_the_folder(tmp_path: Path) -> None:
    """No file is written outside the output folder, and a folder that contains other files is
    refused.
    """
    with pytest.raises(UsageError, match="leaves"):
        packages.save_package_files({"../x.py": ""}, tmp_path / "out")
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="something else"):
        packages.save_package_files({"x.py": ""}, tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("media_type", "pointer"),
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
def test_unsupported_schemas_are_refused_with_their_pointer(media_type: Json, pointer: str) -> None:
    """An unsupported keyword, or types that no value satisfies, stop the generator, and the error
    gives their pointer.
    """
    document: Json = {
        "openapi": "3.1.0",
        "info": {"title": "x", "version": "1"},
        "paths": {
            "/x": {
                "get": {
                    "responses": {
                        "200": {"description": "x", "content": {"application/json": media_type}}
                    }
                }
            }
        },
    }
    with pytest.raises(ContractError) as error_info:
        plan_package(
            contracts.build_contract("x", Document(value=document, positions={}), Statements())
        )
    assert error_info.value.problems[0].pointer == pointer
