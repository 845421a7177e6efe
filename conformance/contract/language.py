"""The contract language: every `x-` word with its form, and which word a misspelt one may mean.

Each word has a sentence and an example. From this one table come the check of a document,
`conformance words` and the JSON Schema that editors complete from (`conformance schema`).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from conformance.contract.document import Document
from conformance.contract.json import Json
from conformance.contract.pointer import get_at_pointer, join, parent
from conformance.contract.schema import Schema, SchemaViolation
from conformance.errors import ContractError

_TEXT: Json = {"type": "string"}
_NAMES: Json = {"type": "array", "items": {"type": "string"}}
_POINTER: Json = {"type": "string", "pattern": "^(/.*)?$"}
_POINTERS_BY_NAME: Json = {"type": "object", "additionalProperties": _POINTER}
_SOURCE: Json = {"type": ["string", "array", "object", "null"]}
_SCALAR: Json = {"type": ["string", "integer", "number", "boolean", "null"]}


def _mapping(required: Iterable[str] = (), **properties: Json) -> Json:
    """Return the schema of a mapping with these keys, `x-source`, `x-guess`, and no others."""
    return {
        "type": "object",
        "required": list(required),
        "additionalProperties": False,
        "properties": {**properties, "x-source": _SOURCE, "x-guess": _TEXT},
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word of the contract language.

    `place` says where it stands, `schema` which values it has, `sentence` what it promises, and
    `example` how it is written. A behavior is an entry of `x-behaviors`.
    """

    name: str
    place: str
    sentence: str
    schema: Json
    example: str
    is_behavior: bool = False


_BEHAVIORS = (
    Word(
        name="sorts",
        place="an operation that lists",
        sentence="A parameter chooses the field by which the list is ordered.",
        schema=_mapping(
            ["by", "keys"],
            by=_TEXT,
            keys=_POINTERS_BY_NAME,
            direction=_mapping(
                ["parameter", "ascending", "descending"],
                parameter=_TEXT,
                ascending=_TEXT,
                descending=_TEXT,
            ),
        ),
        example="sorts: {by: sortField, keys: {name: /name}, direction: {parameter: sortDirection,"
        " ascending: asc, descending: desc}}",
    ),
    Word(
        name="filters",
        place="an operation that lists",
        sentence="The list is filtered: by a glob on a field, by a state, or by a query object.",
        schema={
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "field": _TEXT,
                "glob": _TEXT,
                "keys": {"type": "object"},
                "withoutField": _TEXT,
                "state": _TEXT,
                "values": {"type": "object"},
                "absent": _SCALAR,
                "query": _TEXT,
                "dialect": _TEXT,
                "operators": {"type": "object", "additionalProperties": _NAMES},
                "x-source": _SOURCE,
                "x-guess": _TEXT,
            },
        },
        example="filters: {field: filterField, glob: filter, keys: {name: /name}}",
    ),
    Word(
        name="paginates",
        place="an operation that lists",
        sentence="The list is returned in numbered pages.",
        schema=_mapping(
            ["page", "size"],
            page=_TEXT,
            size=_TEXT,
            first={"type": "integer"},
            count=_POINTER,
            total=_POINTER,
            pages=_POINTER,
            metadata=_POINTER,
            maxItems={"type": ["integer", "null"]},
            unpagedIsComplete={"type": "boolean"},
            unpagedHasMetadata={"type": ["boolean", "null"]},
            pastEnd=_TEXT,
        ),
        example="paginates: {page: page, size: perPage, first: 0, total: /totalCount}",
    ),
    Word(
        name="overrides",
        place="an operation that lists",
        sentence="Beside a parameter, others have no effect.",
        schema=_mapping(["parameter", "disables"], parameter=_TEXT, disables=_NAMES),
        example="overrides: {parameter: query, disables: [filter, filterField]}",
    ),
    Word(
        name="echoes",
        place="an operation",
        sentence="The answer repeats parameters of the request.",
        schema=_mapping(["answers"], answers={"type": "object", "additionalProperties": _TEXT}),
        example="echoes: {answers: {/sortField: sortField}}",
    ),
    Word(
        name="distinct",
        place="an operation",
        sentence="A value of the answer differs from answer to answer.",
        schema=_mapping(
            ["answers", "status"], answers=_POINTER, status={"type": ["string", "integer"]}
        ),
        example="distinct: {answers: /requestId, status: 4XX}",
    ),
    Word(
        name="tolerates",
        place="an operation",
        sentence="Undeclared inputs that the vendor's own client sends have no effect.",
        schema=_mapping(
            (),
            query={"type": "object", "additionalProperties": _TEXT},
            headers={"type": "object", "additionalProperties": _TEXT},
        ),
        example="tolerates: {query: {_actions: 'false'}}",
    ),
    Word(
        name="retries",
        place="an operation",
        sentence="After these statuses a client tries again.",
        schema=_mapping(
            ["statuses"], statuses={"type": "array", "items": {"type": ["string", "integer"]}}
        ),
        example="retries: {statuses: [500, 503]}",
    ),
)
_ROLES = ("create", "list", "read", "replace", "change", "delete")
_RESOURCE: Json = {
    "type": "object",
    "additionalProperties": False,
    "required": ["identity", "items"],
    "properties": {
        "identity": _POINTER,
        "items": _POINTER,
        "mark": _POINTER,
        "equal": {"type": "array", "items": _POINTER},
        "parent": _mapping(
            ["parameter"], parameter=_TEXT, field=_POINTER, unknown={"type": "integer"}
        ),
        "unknown": {"type": "integer"},
        "forbidden": {"type": "integer"},
        "switches": {
            "type": "array",
            "items": {
                **_mapping(
                    ["field", "on", "off"],
                    field=_POINTER,
                    on=_TEXT,
                    off=_TEXT,
                    idempotent={"type": "boolean"},
                )
            },
        },
        "unspecified": {
            "type": "array",
            "items": _mapping(["field", "when"], field=_POINTER, when={"type": "object"}),
        },
        "x-source": _SOURCE,
        "x-guess": _TEXT,
        **dict.fromkeys(_ROLES, _TEXT),
    },
}
WORDS = {
    word.name: word
    for word in (
        *(
            Word(
                name=word.name,
                place=word.place,
                sentence=word.sentence,
                schema=word.schema,
                example=word.example,
                is_behavior=True,
            )
            for word in _BEHAVIORS
        ),
        Word(
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
                    "properties": {
                        **{word.name: word.schema for word in _BEHAVIORS},
                        "x-guess": _TEXT,
                    },
                },
            },
            example="x-behaviors: [{paginates: {page: page, size: size}}]",
        ),
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
                "additionalProperties": _mapping(["body"], body=_POINTER, resource=_TEXT),
            },
            example="x-references: {ownerId: {body: /ownerId}}",
        ),
        Word(
            name="x-refused",
            place="a parameter, a request body or a property",
            sentence="Values that violate these keywords of its schema are refused.",
            schema=_NAMES,
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
                "items": _mapping(["arguments"], arguments={"type": "object"}),
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
                "properties": {"includes": {"type": "object", "additionalProperties": _NAMES}},
            },
            example="x-scopes: {includes: {admin: [read, write]}}",
        ),
        Word(
            name="x-prefix",
            place="a security scheme",
            sentence="What stands before the credential.",
            schema=_TEXT,
            example='x-prefix: "Token "',
        ),
        Word(
            name="x-source",
            place="any element",
            sentence="The statements of the page that an element rests on, by what they say of it.",
            schema=_SOURCE,
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
            schema=_NAMES,
            example="x-documents: [overview, reference]",
        ),
        Word(
            name="x-ambiguity",
            place="info of an interpretation",
            sentence="The passage that can be read in several ways.",
            schema=_TEXT,
            example="x-ambiguity: Whether a page beyond the end is empty or refused",
        ),
        Word(
            name="x-shows",
            place="info of an interpretation",
            sentence="The claims that show that a server follows this interpretation.",
            schema=_NAMES,
            example="x-shows: [listPets/page/pastEnd]",
        ),
        Word(
            name="x-guess",
            place="what `init` has guessed",
            sentence="Why this was guessed: what is marked so yields notes, not violations.",
            schema=_TEXT,
            example="x-guess: a parameter called limit",
        ),
    )
}
_SCHEMAS = {word.name: Schema({}, word.schema) for word in WORDS.values()}
_DATA_KEYS = ("example", "examples", "default", "enum", "const", "x-files", "x-source")
_SIMILARITY = 0.78  # of a key to a word of ours, above which it is taken for a misspelling


def find_nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most like `name`, if any is alike."""
    return next(iter(difflib.get_close_matches(name, [*known], 1, 0.6)), None)


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
    for key, child in node.items():
        own_pointer = join(pointer, key)
        if isinstance(key, str) and key.startswith("x-"):
            if key in WORDS:
                yield from _check_word(WORDS[key], child, own_pointer)
            else:
                near = difflib.get_close_matches(key, WORDS, 1, _SIMILARITY)
                if near:
                    yield own_pointer, f"{key} is no word of contracts", f"is it {near[0]}?"
        if key not in _DATA_KEYS:
            yield from _find_problems(child, own_pointer)


def _check_word(word: Word, value: Json, pointer: str) -> Iterator[_Found]:
    seen = set[str]()
    for violation in _SCHEMAS[word.name].compile().find_violations(value):
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
        yield place, f"{owner} lacks {missing}", f"write {WORDS[owner].example}"
    else:
        yield place, f"{owner}: {violation.message}", f"write {WORDS[owner].example}"


def _name_owner(word: Word, place: str) -> str:
    tokens = [token for token in place.split("/") if token and not token.isdecimal()]
    return next((token for token in reversed(tokens) if token in WORDS), word.name)


def list_named_parameters(behavior: str, node: Json) -> list[str]:
    """Return the parameters of its operation that a behavior names."""
    if not isinstance(node, dict):
        return []
    names = [node[key] for key in _PARAMETER_KEYS.get(behavior, ()) if key in node]
    match behavior:
        case "sorts" if isinstance(node.get("direction"), dict):
            names.append(node["direction"]["parameter"])
        case "filters" if "glob" in node:
            names += [node["glob"], node["field"]]
        case "overrides":
            names += node["disables"]
        case "echoes":
            names += node["answers"].values()
    return names


_PARAMETER_KEYS = {
    "sorts": ("by",),
    "filters": ("state", "query"),
    "paginates": ("page", "size"),
    "overrides": ("parameter",),
}


def build_language_schema() -> Json:
    """Return the JSON Schema of OpenAPI documents with the words of this language."""
    definitions = {
        word.name: {**word.schema, "description": word.sentence} for word in WORDS.values()
    }
    words = {name: {"$ref": f"#/$defs/{name}"} for name in WORDS if name.startswith("x-")}
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
