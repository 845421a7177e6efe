"""The contract language: every `x-` word with its form, and which word a misspelt one may mean.

Each word has a sentence and an example. From this one table come the check of a document,
`conformance words` and the JSON Schema that editors complete from (`conformance schema`).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from conformance.contract.behavior import BehaviorKind
from conformance.contract.behavior_registry import load_behavior_kinds
from conformance.contract.document import Document
from conformance.contract.json import Json
from conformance.contract.pointer import get_at_pointer, join, parent
from conformance.contract.schema import Schema, SchemaViolation
from conformance.contract.word import (
    NAMES,
    POINTER,
    SOURCE,
    TEXT,
    Word,
    find_nearest,
    mapping_schema,
)
from conformance.errors import ContractError

_ROLES = ("create", "list", "read", "replace", "change", "delete")
_RESOURCE: Json = {
    "type": "object",
    "additionalProperties": False,
    "required": ["identity", "items"],
    "properties": {
        "identity": POINTER,
        "items": POINTER,
        "mark": POINTER,
        "equal": {"type": "array", "items": POINTER},
        "parent": mapping_schema(
            ["parameter"], parameter=TEXT, field=POINTER, unknown={"type": "integer"}
        ),
        "unknown": {"type": "integer"},
        "forbidden": {"type": "integer"},
        "switches": {
            "type": "array",
            "items": {
                **mapping_schema(
                    ["field", "on", "off"],
                    field=POINTER,
                    on=TEXT,
                    off=TEXT,
                    idempotent={"type": "boolean"},
                )
            },
        },
        "unspecified": {
            "type": "array",
            "items": mapping_schema(["field", "when"], field=POINTER, when={"type": "object"}),
        },
        "x-source": SOURCE,
        "x-guess": TEXT,
        **dict.fromkeys(_ROLES, TEXT),
    },
}
_WORDS = (
    Word(
        name="x-resources",
        place="the document",
        sentence="The things that the API keeps, and the operations that make, list, read,"
        " change and delete them.",
        schema={"type": "object", "additionalProperties": _RESOURCE},
        example="x-resources: {pet: {identity: /id, items: /items, mark: /name,"
        " create: createPet, list: listPets}}",
    ),
    Word(
        name="x-references",
        place="the document",
        sentence="A field of bodies that must hold the id of a thing that exists.",
        schema={
            "type": "object",
            "additionalProperties": mapping_schema(["body"], body=POINTER, resource=TEXT),
        },
        example="x-references: {ownerId: {body: /ownerId}}",
    ),
    Word(
        name="x-refused",
        place="a parameter, a request body or a property",
        sentence="Values that violate these keywords of its schema are refused.",
        schema=NAMES,
        example="x-refused: [maxLength, enum]",
    ),
    Word(
        name="x-refusals",
        place="a parameter",
        sentence="Further values that are refused, by name.",
        schema={"type": "object"},
        example="x-refusals: {unknown-operator: {name: {$nope: 1}}}",
    ),
    Word(
        name="x-similar",
        place="a parameter",
        sentence="Values beside the documented ones of which nobody knows whether they are"
        " refused.",
        schema={"type": "array"},
        example="x-similar: [ASC, DESC]",
    ),
    Word(
        name="x-examples",
        place="an operation",
        sentence="Arguments that the page shows together.",
        schema={
            "type": "array",
            "items": mapping_schema(["arguments"], arguments={"type": "object"}),
        },
        example="x-examples: [{arguments: {page: 2, perPage: 10}}]",
    ),
    Word(
        name="x-scopes",
        place="the document",
        sentence="Scopes that include others.",
        schema={
            "type": "object",
            "additionalProperties": False,
            "properties": {"includes": {"type": "object", "additionalProperties": NAMES}},
        },
        example="x-scopes: {includes: {admin: [read, write]}}",
    ),
    Word(
        name="x-prefix",
        place="a security scheme",
        sentence="What stands before the credential.",
        schema=TEXT,
        example='x-prefix: "Token "',
    ),
    Word(
        name="x-source",
        place="any element",
        sentence="The statements of the page that an element rests on, by what they say of it.",
        schema=SOURCE,
        example="x-source: {default: L12, optional: L13}",
    ),
    Word(
        name="x-basis",
        place="an operation",
        sentence="That the operation is known from the vendor's client only: no claims are"
        " made about it.",
        schema={"enum": ["client"]},
        example="x-basis: client",
    ),
    Word(
        name="x-documents",
        place="info",
        sentence="The documents of the vendor on which this revision rests.",
        schema=NAMES,
        example="x-documents: [overview, reference]",
    ),
    Word(
        name="x-ambiguity",
        place="info of an interpretation",
        sentence="The passage that can be read in several ways.",
        schema=TEXT,
        example="x-ambiguity: Whether a page beyond the end is empty or refused",
    ),
    Word(
        name="x-shows",
        place="info of an interpretation",
        sentence="The claims that show that a server follows this interpretation.",
        schema=NAMES,
        example="x-shows: [listPets/page/pastEnd]",
    ),
    Word(
        name="x-guess",
        place="what `init` has guessed",
        sentence="Why this was guessed: what is marked so yields notes, not violations.",
        schema=TEXT,
        example="x-guess: a parameter called limit",
    ),
)


def build_words(kinds: Iterable[BehaviorKind]) -> dict[str, Word]:
    """Return every word of a language that has these kinds of behaviors, by its name."""
    behaviors = [kind.word for kind in kinds]
    entries = {word.name: word.schema for word in behaviors}
    list_of_behaviors = Word(
        name="x-behaviors",
        place="an operation",
        sentence="What the operation promises beyond its parameters and answers: a list of"
        " behaviors.",
        schema={
            "type": "array",
            "items": {
                "type": "object",
                "maxProperties": 2,
                "additionalProperties": False,
                "properties": {**entries, "x-guess": TEXT},
            },
        },
        example="x-behaviors: [{paginates: {page: page, size: size}}]",
    )
    return {word.name: word for word in (*behaviors, list_of_behaviors, *_WORDS)}


@cache  # the kinds of behaviors do not change while a program runs
def get_words() -> Mapping[str, Word]:
    """Return every word of the contract language by its name, those of installed packages too."""
    return build_words(load_behavior_kinds().values())


@cache
def _get_schemas() -> Mapping[str, Schema]:
    return {word.name: Schema({}, word.schema) for word in get_words().values()}


_DATA_KEYS = ("example", "examples", "default", "enum", "const", "x-files", "x-source")
# of a key to a word of ours, both without `x-`, above which it is taken for a misspelling
_SIMILARITY = 0.85
_FOREIGN_KEYS = ("x-example",)  # words of other tools that look like ours


def check_language(document: Document) -> None:
    """Check every word of the contract language in a document.

    Raises ContractError, with all problems, for an unknown key or a value of another form, and for
    a key that is nearly a word. Extensions of others (`x-amazon-…`) are left alone.
    """
    problems = [
        document.problem_at(message, pointer, hint)
        for pointer, message, hint in _find_problems(document.value, "")
    ]
    if problems:
        raise ContractError(*problems)


_Found = tuple[str, str, str | None]


def _find_problems(node: Json, pointer: str) -> Iterator[_Found]:
    if isinstance(node, list):
        for index, child in enumerate(node):
            yield from _find_problems(child, join(pointer, index))
    if not isinstance(node, dict):
        return
    words = get_words()
    for key, child in node.items():
        own_pointer = join(pointer, key)
        if isinstance(key, str) and key.startswith("x-"):
            if key in words:
                yield from _check_word(words[key], child, own_pointer)
            else:
                near = _find_word_like(key)
                if near is not None:
                    yield own_pointer, f"{key} is no word of contracts", f"is it {near}?"
        if key not in _DATA_KEYS:
            yield from _find_problems(child, own_pointer)


@cache
def _find_word_like(key: str) -> str | None:
    """Return the word of which a key is probably a misspelling, or None."""
    if key in _FOREIGN_KEYS:
        return None
    names = [name.removeprefix("x-") for name in get_words() if name.startswith("x-")]
    near = difflib.get_close_matches(key.removeprefix("x-"), names, 1, _SIMILARITY)
    return f"x-{near[0]}" if near else None


def _check_word(word: Word, value: Json, pointer: str) -> Iterator[_Found]:
    seen = set[str]()
    for violation in _get_schemas()[word.name].compile().find_violations(value):
        place = pointer + violation.pointer
        if place not in seen:
            seen.add(place)
            yield from _describe_violation(word, value, violation, place)


def _describe_violation(
    word: Word, value: Json, violation: SchemaViolation, place: str
) -> Iterator[_Found]:
    invalid_node, owner = get_at_pointer(value, violation.pointer), _name_owner(word, place)
    if violation.keyword == "additionalProperties" and isinstance(invalid_node, dict):
        schema_pointer = parent(violation.schema_pointer).removeprefix("/allOf/0")
        allowed = get_at_pointer(word.schema, schema_pointer + "/properties")
        known = [name for name in allowed if not name.startswith("x-")] if allowed else []
        for key in invalid_node:
            if key not in known and not key.startswith("x-"):
                near = find_nearest(str(key), known)
                hint = f"is it {near}?" if near else f"known are {', '.join(known)}"
                yield join(place, key), f"{key} is no key of {owner}", hint
    elif violation.keyword == "required" and isinstance(invalid_node, dict):
        schema_pointer = parent(violation.schema_pointer).removeprefix("/allOf/0")
        required = get_at_pointer(word.schema, schema_pointer + "/required")
        missing = ", ".join(key for key in required if key not in invalid_node)
        yield place, f"{owner} lacks {missing}", f"write {get_words()[owner].example}"
    else:
        yield place, f"{owner}: {violation.message}", f"write {get_words()[owner].example}"


def _name_owner(word: Word, place: str) -> str:
    tokens = [token for token in place.split("/") if token and not token.isdecimal()]
    return next((token for token in reversed(tokens) if token in get_words()), word.name)


def build_language_schema() -> Json:
    """Return the JSON Schema of OpenAPI documents with the words of this language."""
    definitions = {
        word.name: {**word.schema, "description": word.sentence} for word in get_words().values()
    }
    words = {name: {"$ref": f"#/$defs/{name}"} for name in get_words() if name.startswith("x-")}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "OpenAPI documents with the words of Conformance",
        "$ref": "#/$defs/node",
        "$defs": {
            "node": {
                "if": {"type": "object"},
                "then": {"properties": words, "additionalProperties": {"$ref": "#/$defs/node"}},
                "else": {"if": {"type": "array"}, "then": {"items": {"$ref": "#/$defs/node"}}},
            },
            **definitions,
        },
    }
