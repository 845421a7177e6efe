"""Every word of the contract language is checked: what is misspelt is refused, with a hint."""

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
from conformance.contract.language import WORDS, build_language_schema, check_language
from conformance.contract.loader import load_contract
from conformance.contract.pointer import put_at_pointer
from conformance.errors import ContractError
from tests.any.documents import document, with_parameter

LIST = "/paths/~1pets/get"


def with_words() -> Json:
    """Return a document in which many words stand."""
    result = document(with_parameter({"type": "string", "enum": ["a"]}, **{"x-refused": ["enum"]}))
    result["paths"]["/pets"]["get"]["x-behaviors"] = [
        {"sorts": {"by": "q", "keys": {"a": "/name"}}}
    ]
    result["paths"]["/pets"]["get"]["x-amazon-apigateway"] = {"any": "thing"}
    result["x-scopes"] = {"includes": {"admin": ["read"]}}
    return result


def move(pointer: str, old: str, new: str) -> Callable[[Json], Json]:
    """Return a change that spells a key in another way."""

    def change(value: Json) -> Json:
        value = copy.deepcopy(value)
        node = value
        for token in pointer.split("/")[1:]:
            token = token.replace("~1", "/")
            node = node[int(token)] if isinstance(node, list) else node[token]
        node[new] = node.pop(old)
        return value

    return change


def put(pointer: str, value: Json) -> Callable[[Json], Json]:
    """Return a change that puts a value somewhere."""
    return lambda document: put_at_pointer(document, pointer, value)


MISTAKES: dict[str, tuple[Callable[[Json], Json], str, str]] = {
    "a word": (move(f"{LIST}/parameters/0", "x-refused", "x-refuzed"), "x-refuzed", "x-refused"),
    "another word": (move("", "x-resources", "x-resource"), "x-resource", "x-resources"),
    "a behavior": (
        put(f"{LIST}/x-behaviors", [{"sort": {"by": "q", "keys": {}}}]),
        "sort is no key",
        "sorts",
    ),
    "a key of a behavior": (
        put(f"{LIST}/x-behaviors/0/sorts/direktion", {"parameter": "q"}),
        "direktion",
        "direction",
    ),
    "a missing key": (
        put(f"{LIST}/x-behaviors/0/sorts", {"by": "q"}),
        "sorts lacks keys",
        "keys: {name: /name}",
    ),
    "a parameter": (put(f"{LIST}/x-behaviors/0/sorts/by", "qq"), "'qq'", "is it q?"),
    "a role": (move("/x-resources/pet", "create", "creates"), "creates", "create"),
    "a pointer": (put("/x-resources/pet/identity", "id"), "x-resources", "identity: /id"),
    "a switch": (
        put("/x-resources/pet/switches", [{"field": "/a", "on": "x"}]),
        "lacks off",
        "x-resources",
    ),
    "a list": (put(f"{LIST}/parameters/0/x-refused", "enum"), "x-refused", "[maxLength, enum]"),
    "scopes": (put("/x-scopes/included", {}), "included", "includes"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake(tmp_path: Path, name: str) -> None:
    """It is refused with its line, what is wrong, and what was probably meant."""
    change, message, hint = MISTAKES[name]
    file = tmp_path / "pets.yaml"
    file.write_text(yaml.safe_dump(change(with_words()), sort_keys=False), "utf-8")
    with pytest.raises(ContractError) as caught:
        load_contract(str(file))
    text = str(caught.value)
    assert message in text
    assert hint in text
    assert "pets.yaml:" in text


def test_extensions_of_others() -> None:
    """A document without mistakes is accepted, with what others have written into it."""
    check_language(Document(value=with_words(), positions={}))


STATEMENTS = """
documents: {page: {title: The page}}
statements:
- {id: A, documents: [page], section: s, basis: page, text: Names are kept, and never cut}
"""


def test_a_text_that_is_cut(tmp_path: Path) -> None:
    """A comma ends an unquoted text in a flow mapping: the rest is no key."""
    (tmp_path / "openapi.yaml").write_text(yaml.safe_dump(document()), "utf-8")
    (tmp_path / "statements.yaml").write_text(STATEMENTS, "utf-8")
    with pytest.raises(ContractError, match=r"statements\.yaml:4: 'and never cut' is no key"):
        load_contract(str(tmp_path))


@pytest.mark.parametrize("word", WORDS.values(), ids=WORDS)
def test_examples(word: object) -> None:
    """The example of each word is written as the word demands."""
    name, schema, example = (getattr(word, key) for key in ("name", "schema", "example"))
    value = yaml.safe_load("{" + example + "}") if not example.startswith("{") else None
    assert list(value) == [name]
    jsonschema_rs.Draft202012Validator(schema).validate(value[name])


def test_the_schema() -> None:
    """The published schema accepts the documents and refuses the mistakes in words."""
    schema = build_language_schema()
    jsonschema_rs.meta.validate(schema)
    validator = jsonschema_rs.Draft202012Validator(json.loads(json.dumps(schema)))
    assert validator.is_valid(with_words())
    for name in ("a key of a behavior", "a missing key", "a role", "a pointer", "scopes"):
        assert not validator.is_valid(MISTAKES[name][0](with_words())), name
