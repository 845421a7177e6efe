"""Every keyword of the contract language is checked: a misspelled one is refused with a hint."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from conformance.contract.document import Document
from conformance.contract.json import Json
from conformance.contract.language import build_language_schema, check_language, get_words
from conformance.contract.loader import load_contract
from conformance.contract.pointer import put_at_pointer
from conformance.errors import ContractError
from tests.any.documents import document, with_parameter

LIST = "/paths/~1pets/get"


def build_document_with_keywords() -> Json:
    """Return a document that uses many keywords."""
    result = document(with_parameter({"type": "string", "enum": ["a"]}, **{"x-refused": ["enum"]}))
    result["paths"]["/pets"]["get"]["x-behaviors"] = [
        {"sorts": {"by": "q", "keys": {"a": "/name"}}}
    ]
    result["paths"]["/pets"]["get"]["x-amazon-apigateway"] = {"any": "thing"}
    result["x-scopes"] = {"includes": {"admin": ["read"]}}
    return result


def rename_key(pointer: str, old: str, new: str) -> Callable[[Json], Json]:
    """Return a change that renames a key of the node at a pointer."""

    def change(value: Json) -> Json:
        value = copy.deepcopy(value)
        node = value
        for token in pointer.split("/")[1:]:
            token = token.replace("~1", "/")
            node = node[int(token)] if isinstance(node, list) else node[token]
        node[new] = node.pop(old)
        return value

    return change


def put_value(pointer: str, value: Json) -> Callable[[Json], Json]:
    """Return a change that puts a value at a pointer."""
    return lambda document: put_at_pointer(document, pointer, value)


MISTAKES: dict[str, tuple[Callable[[Json], Json], str, str]] = {
    "a word": (
        rename_key(f"{LIST}/parameters/0", "x-refused", "x-refuzed"),
        "x-refuzed",
        "x-refused",
    ),
    "another word": (rename_key("", "x-resources", "x-resource"), "x-resource", "x-resources"),
    "a behavior": (
        put_value(f"{LIST}/x-behaviors", [{"sort": {"by": "q", "keys": {}}}]),
        "sort is no key",
        "sorts",
    ),
    "a key of a behavior": (
        put_value(f"{LIST}/x-behaviors/0/sorts/direktion", {"parameter": "q"}),
        "direktion",
        "direction",
    ),
    "a missing key": (
        put_value(f"{LIST}/x-behaviors/0/sorts", {"by": "q"}),
        "sorts lacks keys",
        "keys: {name: /name}",
    ),
    "a parameter": (put_value(f"{LIST}/x-behaviors/0/sorts/by", "qq"), "'qq'", "is it q?"),
    "a role": (rename_key("/x-resources/pet", "create", "creates"), "creates", "create"),
    "a pointer": (put_value("/x-resources/pet/identity", "id"), "x-resources", "identity: /id"),
    "a switch": (
        put_value("/x-resources/pet/switches", [{"field": "/a", "on": "x"}]),
        "lacks off",
        "x-resources",
    ),
    "a list": (
        put_value(f"{LIST}/parameters/0/x-refused", "enum"),
        "x-refused",
        "[maxLength, enum]",
    ),
    "scopes": (put_value("/x-scopes/included", {}), "included", "includes"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake_is_refused(tmp_path: Path, name: str) -> None:
    """A mistake is refused with its line, a message, and a hint of what was probably meant."""
    change, message, hint = MISTAKES[name]
    file = tmp_path / "pets.yaml"
    file.write_text(
        yaml.safe_dump(change(build_document_with_keywords()), sort_keys=False), "utf-8"
    )
    with pytest.raises(ContractError) as caught:
        load_contract(str(file))
    text = str(caught.value)
    assert message in text
    assert hint in text
    assert "pets.yaml:" in text


def test_foreign_extensions_are_accepted() -> None:
    """A document without mistakes is accepted, including extensions of other vendors."""
    check_language(Document(value=build_document_with_keywords(), positions={}))


STATEMENTS = """
documents: {page: {title: The page}}
statements:
- {id: A, documents: [page], section: s, basis: page, text: Names are kept, and never cut}
"""


def test_unquoted_text_with_a_comma(tmp_path: Path) -> None:
    """A comma ends an unquoted text in a flow mapping. The text after it is an unknown key."""
    (tmp_path / "openapi.yaml").write_text(yaml.safe_dump(document()), "utf-8")
    (tmp_path / "statements.yaml").write_text(STATEMENTS, "utf-8")
    with pytest.raises(ContractError, match=r"statements\.yaml:4: 'and never cut' is no key"):
        load_contract(str(tmp_path))


@pytest.mark.parametrize("keyword", get_words().values(), ids=get_words())
def test_keyword_examples(keyword: object) -> None:
    """The example of each keyword is valid under its schema."""
    name, schema, example = (getattr(keyword, key) for key in ("name", "schema", "example"))
    value = yaml.safe_load("{" + example + "}") if not example.startswith("{") else None
    assert list(value) == [name]
    jsonschema_rs.Draft202012Validator(schema).validate(value[name])


def test_published_schema() -> None:
    """The published schema accepts valid documents and refuses misused keywords."""
    schema = build_language_schema()
    jsonschema_rs.meta.validate(schema)
    validator = jsonschema_rs.Draft202012Validator(json.loads(json.dumps(schema)))
    assert validator.is_valid(build_document_with_keywords())
    for name in ("a key of a behavior", "a missing key", "a role", "a pointer", "scopes"):
        assert not validator.is_valid(MISTAKES[name][0](build_document_with_keywords())), name
