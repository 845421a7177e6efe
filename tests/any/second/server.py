"""Serve any OpenAPI 3.1 document as a small, stateful and honest HTTP server.

Usage::

    python server.py DOCUMENT.yaml [--port 0] [--token SECRET]
    python server.py --many FOLDER [--port 0] [--token SECRET]

The server prints ``http://127.0.0.1:PORT`` when it accepts connections.  A single document is
served at the root; the documents of a folder at ``/c/1``, ``/c/2`` and so on, in the order of
their names.  More documents are added while it runs:

* ``POST /.control`` with ``{"document": "/absolute/openapi.yaml", "token": "..."}`` answers
  ``{"base": "/c/17"}``; the document is served below that path, with no items;
* ``GET /.control`` lists the documents;
* ``GET /.control/17/log`` lists the requests since the last ``DELETE /.control/17/log``; the
  document at the root has the number 0;
* ``DELETE /.control/17`` drops a document.

The words of the document that give it state are ``x-resources`` (at the root) and
``x-behaviors`` (beside a list operation).  A word that is not known is an error at the start.
"""

from __future__ import annotations

import argparse
import base64
import math
import re
import socket
import sys
import traceback
import uuid
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice, product
from pathlib import Path
from typing import Any
from urllib.parse import quote

import uvicorn
from openapi_core.datatypes import RequestParameters
from recorder import (
    DocumentError,
    Location,
    Operation,
    Reading,
    RequestReader,
    Schema,
    Schemas,
    dump_json,
    ecma_search,
    exact,
    is_ecma_regex,
    is_json,
    load_document,
    parse_json,
    resolve,
    split_media_type,
)
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

try:
    from re import _parser as regex_parser  # type: ignore[attr-defined]
except ImportError:
    import sre_parse as regex_parser  # type: ignore[no-redef]

RESOURCE_ROLES = ("create", "list", "read", "replace", "change", "delete")
RESOURCE_WORDS = {"identity", "items", "mark", "parent", "parents", *RESOURCE_ROLES}
BEHAVIOR_WORDS = {"paginates": {"page", "size", "first"}, "sorts": {"field", "direction"}}
SUCCESS_STATUS = {"create": ("201", "200"), "delete": ("204", "200")}
FRAMING_HEADERS = {"content-length", "content-type", "transfer-encoding", "connection", "date"}
MAX_ATTEMPTS = 300


# ----------------------------------------------------------------------- making instances


class MakerError(Exception):
    """No instance of a schema was found."""


class Maker:
    """Make small valid instances of schemas; the same schema gives the same instances."""

    def __init__(self, schemas: Schemas, request: bool) -> None:
        """Take the schemas of a document; make instances for requests or for answers."""
        self.schemas = schemas
        self.request = request
        self._memory: dict[tuple[int, int], tuple[Schema, Any]] = {}

    def make(self, schema: Schema, variant: int = 0) -> Any:
        """Give an instance; other variants are other values, if the schema has so many."""
        key = (id(schema), variant)
        if key not in self._memory:
            values = list(islice(self._distinct(schema, 0), variant + 1))
            if not values:
                raise MakerError(f"no instance found of {dump_json(schema)[:200]}")
            self._memory[key] = (schema, values[min(variant, len(values) - 1)])
        return self._memory[key][1]

    def _distinct(self, schema: Schema, depth: int) -> Iterator[Any]:
        """Give different valid instances."""
        seen = set()
        for value in islice(self._candidates(schema, depth), MAX_ATTEMPTS):
            text = dump_json(value)
            if text not in seen and self.schemas.is_valid(schema, value, self.request):
                seen.add(text)
                yield value

    def _candidates(self, schema: Schema, depth: int) -> Iterator[Any]:
        """Give values that may be instances."""
        if schema is False or depth > 8:
            return
        if schema is True:
            yield from ("x", "y", "z")
            return
        for merged in islice(self._alternatives(schema, 0), 32):
            yield from islice(self._of_merged(merged, depth), 40)

    def _alternatives(self, schema: Schema, depth: int) -> Iterator[dict[str, Any]]:
        """Merge a schema with its references and combinations, one choice after the other."""
        if schema is True:
            yield {}
            return
        if schema is False or depth > 20:
            return
        base = {k: v for k, v in schema.items() if k not in ("$ref", "allOf", "anyOf", "oneOf")}
        groups: list[list[Schema]] = []
        if "$ref" in schema:
            groups.append([resolve(self.schemas.document, {"$ref": schema["$ref"]})])
        groups.extend([part] for part in schema.get("allOf", ()))
        groups.extend(schema[word] for word in ("anyOf", "oneOf") if word in schema)
        if "if" in schema:
            groups.append(
                [{"allOf": [schema["if"], schema.get("then", True)]}, schema.get("else", True)]
            )
        choices = [
            [merged for part in group for merged in islice(self._alternatives(part, depth + 1), 8)]
            for group in groups
        ]
        for combination in product(*choices):
            merged = base
            for part in combination:
                merged = merge_schemas(merged, part)
            yield merged

    def _of_merged(self, schema: dict[str, Any], depth: int) -> Iterator[Any]:
        """Give values for a schema without references and combinations."""
        if "const" in schema:
            yield schema["const"]
            return
        if "enum" in schema:
            yield from schema["enum"]
            return
        if "default" in schema:
            yield schema["default"]
        yield from schema.get("examples", ())
        kinds = schema.get("type", guess_type(schema))
        kinds = [kinds] if isinstance(kinds, str) else list(kinds)
        if "type" not in schema:
            kinds += [k for k in ("object", "number", "boolean", "array") if k not in kinds]
        kinds.sort(key=lambda kind: kind == "null")
        for kind in kinds:
            if kind == "string":
                yield from make_texts(schema)
            elif kind in ("integer", "number"):
                yield from make_numbers(schema, kind == "integer")
            elif kind == "boolean":
                yield from (True, False)
            elif kind == "null":
                yield None
            elif kind == "array":
                yield from self._arrays(schema, depth)
            elif kind == "object":
                yield from self._objects(schema, depth)

    def _arrays(self, schema: dict[str, Any], depth: int) -> Iterator[list[Any]]:
        """Give arrays of the smallest lengths."""
        least = schema.get("minItems", 0)
        prefix = schema.get("prefixItems", [])
        needed = schema.get("minContains", 1) if "contains" in schema else 0
        limit = min(schema.get("maxItems", math.inf), max(least, needed) + 3)
        for length in range(max(least, needed), int(limit) + 1):
            result: list[Any] = []
            for index in range(length):
                item = prefix[index] if index < len(prefix) else schema.get("items", True)
                if index < needed:
                    item = {"allOf": [item, schema["contains"]]}
                skipped = index if schema.get("uniqueItems") else 0
                values = list(islice(self._distinct(item, depth + 1), skipped + 1))
                fresh = [value for value in values if value not in result] or values
                if not fresh:
                    break
                result.append(fresh[0])
            if len(result) == length:
                yield result

    def _objects(self, schema: dict[str, Any], depth: int) -> Iterator[dict[str, Any]]:
        """Give objects with the required members, then with more of them."""
        properties = schema.get("properties", {})
        skipped = "readOnly" if self.request else "writeOnly"
        required = [
            name
            for name in schema.get("required", ())
            if not self.schemas.has_flag(properties.get(name), skipped)
        ]
        for name in list(required):
            required.extend(
                n for n in schema.get("dependentRequired", {}).get(name, ()) if n not in required
            )
        optional = [
            name
            for name, member in properties.items()
            if name not in required and not self.schemas.has_flag(member, skipped)
        ]
        least = schema.get("minProperties", 0)
        extra = list(islice(self._names(schema), max(0, least - len(required) - len(optional))))
        start = max(0, least - len(required))
        names = optional + extra
        for count in range(start, len(names) + 1):
            for variant in range(3 if count == start else 1):
                result = self._object(schema, required + names[:count], variant, depth)
                if result is not None:
                    yield result
            if count - start > 6:
                break
        result = self._object(schema, required + names, 0, depth)
        if result is not None:
            yield result

    def _names(self, schema: dict[str, Any]) -> Iterator[str]:
        """Give names for additional members."""
        if "propertyNames" in schema:
            yield from self._distinct({"type": "string", "allOf": [schema["propertyNames"]]}, 0)
        for pattern in schema.get("patternProperties", {}):
            yield from self._distinct({"type": "string", "pattern": pattern}, 0)
        yield from (f"member{i}" for i in range(20))

    def _object(
        self, schema: dict[str, Any], names: list[str], variant: int, depth: int
    ) -> dict[str, Any] | None:
        """Give an object with certain members, or nothing if one of them has no instance."""
        result: dict[str, Any] = {}
        for name in names:
            member: Schema = schema.get("properties", {}).get(name)
            if member is None:
                member = schema.get("additionalProperties", True)
                for pattern, other in schema.get("patternProperties", {}).items():
                    if ecma_search(pattern, name):
                        member = other
            values = list(islice(self._distinct(member, depth + 1), variant + 1))
            if not values:
                return None
            result[name] = values[-1]
        return result


def merge_schemas(one: dict[str, Any], two: dict[str, Any]) -> dict[str, Any]:
    """Make a schema that roughly demands what two schemas demand."""
    merged = dict(one)
    for word, value in two.items():
        if word not in merged:
            merged[word] = value
        elif word == "properties":
            merged[word] = dict(merged[word])
            for name, member in value.items():
                other = merged[word].get(name)
                merged[word][name] = member if other is None else {"allOf": [other, member]}
        elif word == "required":
            merged[word] = [*merged[word], *(n for n in value if n not in merged[word])]
        elif word.startswith("min") or word == "exclusiveMinimum":
            merged[word] = max(merged[word], value)
        elif word.startswith("max") or word == "exclusiveMaximum":
            merged[word] = min(merged[word], value)
        elif word == "enum":
            merged[word] = [v for v in merged[word] if v in value]
        elif word == "type":
            ours, theirs = ([k] if isinstance(k, str) else k for k in (merged[word], value))
            both = [k for k in ours if k in theirs]
            if ("number" in ours and "integer" in theirs) or (
                "integer" in ours and "number" in theirs
            ):
                both.append("integer")
            merged[word] = both
        elif word in ("items", "additionalProperties") and merged[word] != value:
            merged[word] = {"allOf": [merged[word], value]}
    return merged


def guess_type(schema: dict[str, Any]) -> str:
    """Name the type that the keywords of a schema without ``type`` are about."""
    about = {
        "object": ("properties", "required", "minProperties", "additionalProperties"),
        "array": ("items", "prefixItems", "minItems", "contains"),
        "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    }
    return next((k for k, words in about.items() if any(w in schema for w in words)), "string")


def make_numbers(schema: dict[str, Any], integral: bool) -> Iterator[float]:
    """Give numbers within the bounds of a schema, those near zero first."""
    low = max(
        (exact(schema[w]) for w in ("minimum", "exclusiveMinimum") if w in schema), default=None
    )
    high = min(
        (exact(schema[w]) for w in ("maximum", "exclusiveMaximum") if w in schema), default=None
    )
    step = exact(schema["multipleOf"]) if "multipleOf" in schema else None
    if integral:
        step = Fraction(step.numerator) if step else Fraction(1)
    if step is None and low is not None and high is not None and high - low < 2:
        values = [low, *(low + (high - low) * Fraction(i, 16) for i in range(1, 16)), high]
    else:
        step = step or Fraction(1)
        if low is not None and low > 0:
            first, sign = math.ceil(low / step), 1
        elif high is not None and high < 0:
            first, sign = math.floor(high / step), -1
        else:
            first, sign = 0, -1 if high is not None and high < step else 1
        values = [step * (first + sign * i) for i in range(30)]
        values += [step * (first - sign * i) for i in range(1, 5)]
    for value in values:
        yield int(value) if value.denominator == 1 else float(value)


def make_texts(schema: dict[str, Any]) -> Iterator[str]:
    """Give texts of the format, pattern and length of a schema."""
    shortest = schema.get("minLength", 0)
    longest = schema.get("maxLength", math.inf)
    for number in range(20):
        if "format" in schema and (text := make_format(schema["format"], number)) is not None:
            yield text if len(text) <= longest else short_format(schema["format"], number)
            continue
        if "pattern" in schema:
            for text in make_matches(schema["pattern"], number):
                yield text
                if len(text) < shortest:  # The expression may match a part of the text.
                    yield text + text[-1:] * (shortest - len(text))
            continue
        text = chr(ord("a") + number)
        yield (text * max(shortest, 1))[: None if longest == math.inf else int(longest)]
    if shortest == 0:
        yield ""


def make_format(name: str, number: int) -> str | None:
    """Give a text of a format; different numbers give different texts."""
    names = {
        "date": f"2024-01-{number + 1:02}",
        "time": f"10:00:{number:02}Z",
        "date-time": f"2024-01-{number + 1:02}T10:00:00Z",
        "duration": f"P{number + 1}D",
        "email": f"user{number}@example.com",
        "idn-email": f"user{number}@example.com",
        "hostname": f"host{number}.example.com",
        "idn-hostname": f"host{number}.example.com",
        "ipv4": f"192.0.2.{number + 1}",
        "ipv6": f"2001:db8::{number + 1:x}",
        "uri": f"https://example.com/{number}",
        "uri-reference": f"/{number}",
        "iri": f"https://example.com/{number}",
        "iri-reference": f"/{number}",
        "uri-template": f"/items{number}/{{id}}",
        "uuid": str(uuid.UUID(int=(4 << 76) + (8 << 60) + number)),
        "json-pointer": f"/member{number}",
        "relative-json-pointer": f"{number}/member",
        "regex": f"^a{{{number}}}$",
    }
    return names.get(name)


def short_format(name: str, number: int) -> str:
    """Give a short text of a format, where there is one."""
    letter = chr(ord("a") + number)
    if name.endswith("email"):
        return f"{letter}@b"
    if name.endswith("hostname"):
        return letter
    if name in ("uri", "iri"):
        return f"{letter}:"
    return "::" if name == "ipv6" else ""


def make_matches(pattern: str, number: int) -> Iterator[str]:
    """Give texts that may match an ECMA-262 expression, the shorter ones first."""
    text = re.sub(r"\(\?<(?![=!])", "(?P<", pattern)
    text = re.sub(r"\\[pP]\{[^}]*\}", "[A-Za-z]", text).replace(r"\/", "/")
    text = re.sub(r"\\u\{?([0-9a-fA-F]{4})\}?", r"\\u\1", text)
    try:
        tree = regex_parser.parse(text)
    except (re.error, OverflowError):
        return
    for stretch in (0, 1, 2, 5, 10, 20, 40):
        yield _match(tree, number, stretch)


def _match(tree: Iterable[Any], number: int, stretch: int) -> str:
    """Give one text for a parsed expression; it is tried against the expression later."""
    text = ""
    for operator, argument in tree:
        name = str(operator).lower()
        if name == "literal":
            text += chr(argument)
        elif name == "not_literal":
            text += "a" if argument != ord("a") else "b"
        elif name == "any":
            text += chr(ord("a") + number % 26)
        elif name == "in":
            text += _choose(argument, number)
        elif name in ("max_repeat", "min_repeat", "possessive_repeat"):
            least, most, part = argument
            for index in range(min(int(most), least + stretch)):
                text += _match(part, number if index == 0 else 0, stretch)
        elif name == "branch":
            branches = argument[1]
            text += _match(branches[number % len(branches)], number, stretch)
        elif name == "subpattern":
            text += _match(argument[-1], number, stretch)
        elif name == "atomic_group":
            text += _match(argument, number, stretch)
    return text


def _choose(members: list[Any], number: int) -> str:
    """Choose a character of a class."""
    alphabet = [chr(code) for code in (*range(97, 123), *range(48, 58), *range(65, 91))]
    alphabet += [chr(code) for code in range(32, 127) if chr(code) not in alphabet]
    categories = {
        "category_digit": str.isdigit,
        "category_space": str.isspace,
        "category_word": lambda c: c.isalnum() or c == "_",
    }
    negated = bool(members) and str(members[0][0]).lower() == "negate"

    def holds(character: str) -> bool:
        """Tell whether a character is in the class."""
        for operator, argument in members:
            name = str(operator).lower()
            if name == "literal" and ord(character) == argument:
                return True
            if name == "range" and argument[0] <= ord(character) <= argument[1]:
                return True
            if name == "category":
                category = str(argument).lower()
                if categories[category.replace("not_", "")](character) != ("not_" in category):
                    return True
        return False

    found = [character for character in alphabet if holds(character) != negated]
    if found:
        return found[number % len(found)]
    _, argument = members[-1]
    return chr(argument if isinstance(argument, int) else argument[0])


# -------------------------------------------------------------------------------- resources


@dataclass(eq=False)
class Item:
    """An item of a resource: what the client sent, and the id that the server gave it."""

    identity: Any
    parents: tuple[str, ...]
    sent: dict[str, Any]
    views: dict[int, Any] = field(default_factory=dict)


@dataclass
class Resource:
    """A kind of items, by the words of ``x-resources``."""

    name: str
    identity: list[str]
    items: list[str]
    roles: dict[str, str]
    parents: list[str]
    store: dict[tuple[tuple[str, ...], str], Item] = field(default_factory=dict)
    count: int = 0


@dataclass
class Behavior:
    """What the query parameters of a list operation do, by ``x-behaviors``."""

    paginates: dict[str, Any] = field(default_factory=dict)
    sorts: dict[str, Any] = field(default_factory=dict)


def split_pointer(pointer: str) -> list[str]:
    """Split a JSON pointer (RFC 6901) into its steps."""
    if pointer and not pointer.startswith("/"):
        raise DocumentError(f"{pointer!r} is not a JSON pointer")
    steps = pointer.split("/")[1:]
    return [step.replace("~1", "/").replace("~0", "~") for step in steps]


def set_at(value: Any, steps: list[str], new: Any) -> Any:
    """Give a copy of a value in which the place at some steps is another value."""
    if not steps:
        return new
    copy = dict(value) if isinstance(value, dict) else {}
    copy[steps[0]] = set_at(copy.get(steps[0]), steps[1:], new)
    return copy


def key_text(value: Any) -> str:
    """Write an id so that the one in a path and the one in an item are the same text."""
    return value if isinstance(value, str) else dump_json(value)


def sort_key(value: Any) -> tuple[int, Any]:
    """Order JSON values: numbers, texts, booleans, other values, and null or nothing last."""
    if isinstance(value, bool):
        return 2, value
    if isinstance(value, (int, float)):
        return 0, value
    if isinstance(value, str):
        return 1, value
    return (4, 0) if value is None else (3, dump_json(value))


def read_resources(document: dict[str, Any], operations: dict[str, Operation]) -> list[Resource]:
    """Read ``x-resources``; raise an error for words that are not known."""
    found = []
    for name, words in document.get("x-resources", {}).items():
        unknown = set(words) - RESOURCE_WORDS
        if unknown:
            raise DocumentError(f"x-resources.{name}: unknown words {sorted(unknown)}")
        roles = {role: words[role] for role in RESOURCE_ROLES if words.get(role)}
        missing = [operation for operation in roles.values() if operation not in operations]
        if missing:
            raise DocumentError(f"x-resources.{name}: unknown operations {missing}")
        parents = words.get("parents", words.get("parent")) or []
        parents = [parents] if isinstance(parents, str) else parents
        if not all(isinstance(parent, str) for parent in parents):
            raise DocumentError(f"x-resources.{name}: parents must be names of resources")
        identity = split_pointer(words.get("identity", "/id"))
        items = split_pointer(words.get("items", ""))
        found.append(Resource(name, identity, items, roles, parents))
    names = {resource.name for resource in found}
    for resource in found:
        unknown = set(resource.parents) - names
        if unknown:
            raise DocumentError(f"x-resources.{resource.name}: unknown parents {sorted(unknown)}")
    return found


def read_behavior(operation: Operation) -> Behavior:
    """Read ``x-behaviors``; raise an error for words that are not known."""
    words = operation.contents.get("x-behaviors", [])
    behavior = Behavior()
    for entry in words if isinstance(words, list) else [words]:
        for name, options in entry.items():
            if name not in BEHAVIOR_WORDS or not isinstance(options, dict):
                known = sorted(BEHAVIOR_WORDS)
                raise DocumentError(f"x-behaviors: unknown word {name!r}; known: {known}")
            unknown = set(options) - BEHAVIOR_WORDS[name]
            if unknown:
                raise DocumentError(f"x-behaviors.{name}: unknown words {sorted(unknown)}")
            setattr(behavior, name, options)
    declared = {p["name"] for p in operation.parameters if p["in"] == "query"}
    for options in (behavior.paginates, behavior.sorts):
        for word in ("page", "size", "field", "direction"):
            if options.get(word) and options[word] not in declared:
                raise DocumentError(f"x-behaviors: no query parameter {options[word]!r}")
    return behavior


def check_expressions(document: dict[str, Any]) -> None:
    """Raise an error for regular expressions that cannot be used."""
    waiting: list[Any] = [document]
    words: set[str] = set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(node)
        if not isinstance(node, dict):
            continue
        waiting.extend(node.values())
        words.update(node)
        patterns = node.get("patternProperties")
        for pattern in [node.get("pattern"), *(patterns if isinstance(patterns, dict) else ())]:
            if isinstance(pattern, str) and not is_ecma_regex(pattern):
                raise DocumentError(f"not an ECMA-262 expression: {pattern}")
    if {"patternProperties", "unevaluatedProperties"} <= words:
        raise DocumentError("patternProperties beside unevaluatedProperties is not served")


# --------------------------------------------------------------------------------- answers


@dataclass
class Answer:
    """An answer: a status, header fields, and a value for the content if there is one."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    value: Any = None
    content: bytes = b""


class Service:
    """One document with its items."""

    def __init__(self, path: str | Path, base: str, token: str | None) -> None:
        """Load a document and check that it can be served."""
        self.path = str(path)
        self.base = base
        self.token = token
        self._origin = ""
        self.document = load_document(path)
        check_expressions(self.document)
        self.reader = RequestReader(self.document)
        self.schemas = self.reader.schemas
        self.maker = Maker(self.schemas, request=False)
        self.log: deque[dict[str, Any]] = deque(maxlen=100_000)
        self.operations = {
            operation.identifier: operation
            for route in self.reader.routes
            for operation in route.operations.values()
            if operation.identifier
        }
        self.resources = read_resources(self.document, self.operations)
        self.roles = {
            operation: (resource, role)
            for resource in self.resources
            for role, operation in resource.roles.items()
        }
        self.behaviors = {
            id(operation): read_behavior(operation) for operation in self._all_operations()
        }
        for operation in self._all_operations():
            self._check_operation(operation)

    def _all_operations(self) -> Iterator[Operation]:
        """Give all operations of the document."""
        for route in self.reader.routes:
            yield from route.operations.values()

    def _check_operation(self, operation: Operation) -> None:
        """Raise an error when an operation cannot be served."""
        body = resolve(self.document, operation.contents.get("requestBody", {}))
        for media_type in body.get("content", {}):
            name = split_media_type(media_type)[0]
            if name.endswith(("/xml", "+xml")) or name == "application/json-patch+json":
                raise DocumentError(f"{operation.identifier}: cannot read {media_type}")
        resource, role = self.roles.get(operation.identifier or "", (None, ""))
        if resource is not None and role == "list":
            schema = self._schema(self._success(operation, role)[1])
            for step in resource.items:
                schema = self.schemas.member(schema, step)
            if schema is not None and "array" not in (self.schemas.types(schema) or ["array"]):
                raise DocumentError(f"{operation.identifier}: no array at the words of items")
        for status in operation.contents.get("responses", {}):
            response = self._response(operation, status)
            self._headers(response, Answer(200))
            schema = self._schema(response)
            if schema is not None:
                try:
                    self.maker.make(schema)
                except MakerError as error:
                    raise DocumentError(f"{operation.identifier}, {status}: {error}") from error

    # ---------------------------------------------------------------- the document's words

    def _response(self, operation: Operation, status: str) -> dict[str, Any]:
        """Give the response object of a documented status."""
        return resolve(self.document, operation.contents["responses"][status])

    def _documented(self, operation: Operation, status: int) -> dict[str, Any] | None:
        """Give the response object for a status: its own, its range or the default."""
        responses = operation.contents.get("responses", {})
        for key in (str(status), f"{status // 100}XX", "default"):
            if key in responses:
                return self._response(operation, key)
        return None

    def _success(self, operation: Operation, role: str) -> tuple[int, dict[str, Any] | None]:
        """Choose the documented status of a success."""
        responses = operation.contents.get("responses", {})
        usual = 201 if role == "create" else 200
        for key in (*SUCCESS_STATUS.get(role, ("200",)), *sorted(responses)):
            if key in responses and key.startswith("2"):
                status = usual if key.upper() == "2XX" else int(key)
                return status, self._response(operation, key)
        return usual, self._documented(operation, usual)

    @staticmethod
    def _media_type(response: dict[str, Any] | None, accept: str = "") -> str | None:
        """Choose the documented media type of a response (RFC 9110, 12.5.1)."""
        keys = sorted((response or {}).get("content", {}), key=lambda k: not is_json(k))
        if not keys:
            return None
        wanted = [split_media_type(part)[0] for part in accept.split(",") if part.strip()]
        for name in wanted:
            for key in keys:
                if split_media_type(key)[0] == name:
                    return key
        return keys[0]

    def _schema(self, response: dict[str, Any] | None, accept: str = "") -> Schema | None:
        """Give the schema of the content of a response."""
        media_type = self._media_type(response, accept)
        if response is None or media_type is None:
            return None
        return response["content"][media_type].get("schema", True)

    # ----------------------------------------------------------------------------- serving

    def serve(
        self, method: str, target: str, headers: list[tuple[str, str]], body: bytes
    ) -> Answer:
        """Answer a request and note it in the log."""
        reading = self.reader.read(method, target, headers, body)
        entry = {"method": method, "target": target, **reading.as_json()}
        self.log.append(entry)
        fields = Location.of_headers(headers)
        self._origin = "http://" + "".join(fields.all("host"))
        try:
            answer = self._answer(reading, method, target, fields)
        except Exception:
            traceback.print_exc(file=sys.stderr)
            answer = Answer(500)
        entry["status"] = answer.status
        entry["answer"] = answer.value
        return answer

    def _answer(self, reading: Reading, method: str, target: str, fields: Location) -> Answer:
        """Answer a request that was read."""
        accept = "".join(fields.all("accept"))
        operation = reading.operation
        if reading.problem == "path":
            return Answer(404)
        if reading.problem == "method":
            assert reading.route is not None
            allowed = {name.upper() for name in reading.route.operations}
            if "GET" in allowed:
                allowed.add("HEAD")
            return Answer(405, {"Allow": ", ".join(sorted(allowed))})  # RFC 9110, 15.5.6.
        assert operation is not None
        if reading.problem == "security" or not self._is_authorized(operation, target, fields):
            answer = self._refusal(operation, 401, accept)
            answer.headers["WWW-Authenticate"] = self._challenge(operation)
            return answer
        if reading.problem == "media":
            return self._refusal(operation, 415, accept)
        if reading.problem in ("invalid", "identity"):
            return self._refusal(operation, self._refused(operation, reading.problem), accept)
        if method == "HEAD" and operation.method == "head":
            get = reading.route.operations.get("get") if reading.route else None
            if get is not None and get.identifier in self.roles:
                return self._fulfil(get, reading, accept, described_by=operation)
        return self._fulfil(operation, reading, accept)

    def _is_authorized(self, operation: Operation, target: str, fields: Location) -> bool:
        """Tell whether the credentials are the right ones."""
        if self.token is None:
            return True
        parameters = RequestParameters(
            Location.of_query(target.partition("?")[2]),
            fields,
            Location.of_cookies(fields.all("cookie")),
            Location("path"),
        )
        return self.reader.permits(operation, parameters, self.token)

    def _refused(self, operation: Operation, problem: str) -> int:
        """Choose the documented status for a request that is refused."""
        if self._documented(operation, 400) is not None:
            return 400
        responses = operation.contents.get("responses", {})
        if "422" in responses:
            return 422
        # An id that cannot be one names no item, where only this refusal is documented.
        return 404 if problem == "identity" and "404" in responses else 400

    def _refusal(self, operation: Operation, status: int, accept: str) -> Answer:
        """Make the answer of a refusal; its content is an instance of the documented schema."""
        response = self._documented(operation, status)
        schema = self._schema(response, accept)
        value = None if schema is None else self.maker.make(schema)
        return self._finish(status, response, value, schema is not None, accept)

    def _challenge(self, operation: Operation) -> str:
        """Give the challenges that a 401 must have (RFC 9110, 15.5.2)."""
        schemes = self.document.get("components", {}).get("securitySchemes", {})
        requirements = operation.contents.get("security", self.document.get("security", []))
        challenges = []
        for name in dict.fromkeys(name for entry in requirements for name in entry):
            scheme = resolve(self.document, schemes.get(name, {}))
            if scheme.get("type") == "apiKey":
                word = "ApiKey"
            else:
                word = scheme.get("scheme", "Bearer") if scheme.get("type") == "http" else "Bearer"
            challenges.append(f'{word[:1].upper()}{word[1:]} realm="{name}"')
        return ", ".join(challenges) or 'Bearer realm="api"'

    def _finish(
        self,
        status: int,
        response: dict[str, Any] | None,
        value: Any,
        has_content: bool,
        accept: str,
        extra: dict[str, str] | None = None,
    ) -> Answer:
        """Make an answer with its header fields and content."""
        answer = Answer(status, dict(extra or {}))
        media_type = self._media_type(response, accept)
        if has_content and media_type is not None and status not in (204, 304):
            name = split_media_type(media_type)[0]
            answer.value = value
            if name in ("*/*", "application/*"):
                media_type = name = "application/json"
            elif name == "text/*":
                media_type = name = "text/plain"
            if is_json(name):
                answer.content = dump_json(value).encode()
            else:
                text = value if isinstance(value, str) else dump_json(value)
                answer.content = text.encode("utf-8", "replace")
            if name.startswith("text/") and "charset" not in media_type:
                media_type += "; charset=utf-8"
            answer.headers["Content-Type"] = media_type
        self._headers(response, answer)
        return answer

    def _headers(self, response: dict[str, Any] | None, answer: Answer) -> None:
        """Add the documented header fields to an answer (OAS 4.8.17.1)."""
        for name, node in (response or {}).get("headers", {}).items():
            header = resolve(self.document, node)
            if name.lower() in FRAMING_HEADERS or name.lower() == "www-authenticate":
                continue
            content = next(iter(header.get("content", {}).values()), None)
            schema = header.get("schema", True) if content is None else content.get("schema", True)
            given = next((k for k in answer.headers if k.lower() == name.lower()), None)
            if given is not None:
                texts = [answer.headers[given], self._origin + answer.headers[given]]
                valid = [text for text in texts if self.schemas.is_valid(schema, text)]
                if valid:
                    answer.headers[given] = valid[0]
                    continue
            try:
                value = self._header_value(schema, header, name, content is not None)
            except MakerError as error:
                if header.get("required"):
                    raise DocumentError(f"header {name}: {error}") from error
                continue
            answer.headers[given or name] = value

    def _header_value(
        self, schema: Schema, header: dict[str, Any], name: str, is_content: bool
    ) -> str:
        """Make the text of a header field, which must be visible ASCII (RFC 9110, 5.5)."""
        if name.lower() == "etag" and self.schemas.is_valid(schema, '"1"'):
            return '"1"'
        for variant in range(20):
            value = self.maker.make(schema, variant)
            text = dump_json(value) if is_content else _simple(value, header.get("explode", False))
            if re.fullmatch(r"[!-~](?:[ -~]*[!-~])?", text):
                return text
        raise MakerError(f"no text for the header {name}")

    # ----------------------------------------------------------------------------- state

    def _fulfil(
        self,
        operation: Operation,
        reading: Reading,
        accept: str,
        described_by: Operation | None = None,
    ) -> Answer:
        """Do what a valid request asks for."""
        described = described_by or operation
        resource, role = self.roles.get(operation.identifier or "", (None, ""))
        status, response = self._success(described, role)
        schema = self._schema(response, accept)
        if resource is None:
            value = None if schema is None else self.maker.make(schema)
            return self._finish(status, response, value, schema is not None, accept)
        path = reading.parameters["path"]
        names = list(reading.route.names) if reading.route else []
        texts = [key_text(path[name]) for name in names]
        item: Item | None = None
        if role in ("create", "list"):
            parents = tuple(texts)
        else:
            parents = tuple(texts[:-1])
            item = resource.store.get((parents, texts[-1] if texts else ""))
        if not self._parents_exist(resource, parents):
            return self._refusal(described, 404, accept)
        extra: dict[str, str] = {}
        if role == "list":
            value = self._list(operation, resource, parents, reading, schema)
            return self._finish(status, response, value, schema is not None, accept)
        if role == "create":
            item = self._create(operation, resource, parents, reading)
            location = self._location(resource, parents, item)
            if status == 201 and location:
                extra["Location"] = location  # RFC 9110, 15.3.2.
        elif item is None:
            return self._refusal(described, 404, accept)
        elif role == "replace":
            item.sent = self._without_read_only(operation, resource, reading)
            item.views.clear()
        elif role == "change":
            if not self._change(operation, resource, item, reading):
                return self._refusal(operation, self._refused(operation, "invalid"), accept)
        elif role == "delete":
            del resource.store[parents, key_text(item.identity)]
        value = None if schema is None else self._view(resource, item, schema)
        return self._finish(status, response, value, schema is not None, accept, extra)

    def _parents_exist(self, resource: Resource, parents: tuple[str, ...]) -> bool:
        """Tell whether the items that own a collection exist, where the document names them."""
        by_name = {other.name: other for other in self.resources}
        offset = len(parents) - len(resource.parents)
        return all(
            (parents[: offset + index], parents[offset + index]) in by_name[name].store
            for index, name in enumerate(resource.parents)
            if offset + index >= 0
        )

    def _create(
        self, operation: Operation, resource: Resource, parents: tuple[str, ...], reading: Reading
    ) -> Item:
        """Make an item with a new id."""
        sent = self._without_read_only(operation, resource, reading)
        item = Item(self._new_identity(resource), parents, sent)
        resource.store[parents, key_text(item.identity)] = item
        return item

    def _change(
        self, operation: Operation, resource: Resource, item: Item, reading: Reading
    ) -> bool:
        """Merge members into an item, unless the result were not valid."""
        before = item.sent
        named = self._without_read_only(operation, resource, reading)
        media_types = resolve(self.document, operation.contents.get("requestBody", {}))
        if list(media_types.get("content", {})) == ["application/merge-patch+json"]:
            item.sent = merge_patch(before, named)
        else:
            item.sent = {**before, **named}
        item.views.clear()
        if self._faithful_view(resource, item, self._item_schema(resource)) is not None:
            return True
        item.sent = before
        item.views.clear()
        return False

    def _new_identity(self, resource: Resource) -> Any:
        """Make an id that was never used."""
        schema = self._item_schema(resource)
        for step in resource.identity:
            schema = self.schemas.member(schema, step)
        kinds = self.schemas.types(schema)
        formats = {part.get("format") for part in self.schemas.parts(schema)}
        while True:
            resource.count += 1
            number = resource.count
            if "integer" in kinds or ("number" in kinds and "string" not in kinds):
                choices: list[Any] = [number, *self._numbered(schema, number)]
            elif "uuid" in formats:
                choices = [str(uuid.uuid4())]
            else:
                choices = [f"{resource.name}{number}", str(number), str(uuid.uuid4())]
                choices += self._numbered(schema, number)
            for value in choices:
                if self.schemas.is_valid(schema, value, request=False):
                    return value
            if number > 100_000:
                raise MakerError(f"no more ids for {resource.name}")

    def _numbered(self, schema: Schema, number: int) -> list[Any]:
        """Make the instance of a schema with a number, for ids of an unusual kind."""
        numbers = make_numbers(
            {k: v for part in self.schemas.always(schema) for k, v in part.items()}, True
        )
        kinds = self.schemas.types(schema)
        if "integer" in kinds or "number" in kinds:
            first = next(iter(numbers))
            second = next(iter(numbers), first + 1)
            return [int(first + (second - first) * (number - 1))]
        text = base64.b32encode(number.to_bytes(8, "big")).decode().rstrip("=").lower()
        made = [self.maker.make(schema, number - 1)] if number <= 20 else []
        return [text, text.upper(), f"{number:024x}", *made]

    def _without_read_only(
        self, operation: Operation, resource: Resource, reading: Reading
    ) -> dict[str, Any]:
        """Give the members of a body that the client may set."""
        body = resolve(self.document, operation.contents.get("requestBody", {}))
        value = reading.body if isinstance(reading.body, dict) else {}
        for media_type in body.get("content", {}).values():
            value = self._strip(media_type.get("schema", True), value, "readOnly")
        return self._strip(self._item_schema(resource), value, "readOnly")

    def _item_schema(self, resource: Resource) -> Schema:
        """Give the schema of an item as it is answered."""
        for role in ("read", "create", "replace", "change"):
            if role in resource.roles:
                operation = self.operations[resource.roles[role]]
                schema = self._schema(self._success(operation, role)[1])
                if schema is not None and schema is not True:
                    return schema
        return True

    def _location(self, resource: Resource, parents: tuple[str, ...], item: Item) -> str | None:
        """Give the path of an item."""
        for role in ("read", "replace", "change", "delete"):
            if role in resource.roles:
                operation = self.operations[resource.roles[role]]
                values = iter([*parents, key_text(item.identity)])
                path = re.sub(
                    r"\{[^}]*\}",
                    lambda _, values=values: quote(next(values, ""), safe=""),
                    operation.template,
                )
                return self.base + path
        return None

    # -------------------------------------------------------------------------- item views

    def _strip(self, schema: Schema, value: Any, flag: str) -> Any:
        """Leave out the members that are ``readOnly`` or ``writeOnly``, at all depths."""
        if isinstance(value, dict):
            return {
                name: self._strip(self.schemas.member(schema, name), member, flag)
                for name, member in value.items()
                if not self.schemas.has_flag(self.schemas.member(schema, name), flag)
            }
        if isinstance(value, list):
            return [self._strip(self.schemas.item(schema, i), v, flag) for i, v in enumerate(value)]
        return value

    def _applicable(self, schema: Schema, value: Any) -> Iterator[dict[str, Any]]:
        """Give the parts of a schema that apply to a value: of choices, those that it fits."""
        for part in self.schemas.always(schema):
            yield part
            for word in ("anyOf", "oneOf"):
                for choice in part.get(word, ()):
                    if self.schemas.is_valid(choice, value):
                        yield from self._applicable(choice, value)

    def _complete(self, schema: Schema, value: Any, all_set: bool) -> Any:
        """Add the members that the server sets, at all depths.

        These are the required ones that are absent, and with ``all_set`` also the optional ones
        that are ``readOnly``.
        """
        if isinstance(value, list):
            return [
                self._complete(self.schemas.item(schema, i), v, all_set)
                for i, v in enumerate(value)
            ]
        if not isinstance(value, dict):
            return value
        result = dict(value)
        for part in list(self._applicable(schema, value)):
            for name, member in part.get("properties", {}).items():
                if name in value:
                    result[name] = self._complete(member, result[name], all_set)
                elif all_set and self.schemas.has_flag(member, "readOnly"):
                    result.setdefault(name, self.maker.make(member))
            for name in part.get("required", ()):
                member = self.schemas.member(schema, name)
                if name not in result and not self.schemas.has_flag(member, "writeOnly"):
                    result[name] = self.maker.make(member)
        return result

    def _faithful_view(self, resource: Resource, item: Item, schema: Schema) -> Any:
        """Give an item as the client sent it, completed; nothing if the schema forbids that."""
        value = set_at(item.sent, resource.identity, item.identity)
        value = self._strip(schema, value, "writeOnly")
        known = {name for part in self.schemas.parts(schema) for name in part.get("properties", {})}
        closed = {name: member for name, member in value.items() if name in known}
        for candidate, all_set in ((value, True), (value, False), (closed, True), (closed, False)):
            try:
                view = self._complete(schema, candidate, all_set)
            except MakerError:
                continue
            if self.schemas.is_valid(schema, view, request=False):
                return view
        return None

    def _view(self, resource: Resource, item: Item, schema: Schema) -> Any:
        """Give an item by the schema of an answer."""
        if id(schema) not in item.views:
            view = self._faithful_view(resource, item, schema)
            item.views[id(schema)] = self._fitted(resource, item, schema) if view is None else view
        return item.views[id(schema)]

    def _fitted(self, resource: Resource, item: Item, schema: Schema) -> Any:
        """Give an instance of a schema that has as much of an item as fits."""
        view = self.maker.make(schema)
        value = set_at(item.sent, resource.identity, item.identity)
        if isinstance(view, dict):
            for name, member in self._strip(schema, value, "writeOnly").items():
                candidate = {**view, name: member}
                if self.schemas.is_valid(schema, candidate, request=False):
                    view = candidate
        return view

    # -------------------------------------------------------------------------------- lists

    def _list(
        self,
        operation: Operation,
        resource: Resource,
        parents: tuple[str, ...],
        reading: Reading,
        schema: Schema | None,
    ) -> Any:
        """Give the answer of a list operation."""
        if schema is None:
            return None
        array_schema: Schema = schema
        for step in resource.items:
            array_schema = self.schemas.member(array_schema, step)
        items = [item for item in resource.store.values() if item.parents == parents]
        behavior = self.behaviors[id(operation)]
        query = reading.parameters["query"]
        items = self._sorted(items, resource, behavior.sorts, query)
        limit = min(
            (p["maxItems"] for p in self.schemas.always(array_schema) if "maxItems" in p),
            default=math.inf,
        )
        items = self._paged(operation, items, behavior.paginates, query, limit)
        item_schema = self.schemas.item(array_schema, 0)
        views = [self._view(resource, item, item_schema) for item in items]
        frame = self.maker.make(schema) if resource.items else views
        return set_at(frame, resource.items, views)

    def _sorted(
        self, items: list[Item], resource: Resource, words: dict[str, Any], query: dict[str, Any]
    ) -> list[Item]:
        """Order items by the query; without a field they stay in the order of creation."""
        name = query.get(words.get("field", ""))
        if name is None:
            return items
        steps = split_pointer(name) if str(name).startswith("/") else [str(name)]

        def key(item: Item) -> tuple[int, Any]:
            """Give the value of the item by which it is ordered."""
            value: Any = self._view(resource, item, self._item_schema(resource))
            for step in steps:
                value = value.get(step) if isinstance(value, dict) else None
            return sort_key(value)

        direction = str(query.get(words.get("direction", ""), "")).lower()
        descending = direction.startswith("desc") or direction in ("-", "-1", "down")
        return sorted(items, key=key, reverse=descending)

    @staticmethod
    def _paged(
        operation: Operation,
        items: list[Item],
        words: dict[str, Any],
        query: dict[str, Any],
        limit: float,
    ) -> list[Item]:
        """Give the items of a page; without a size, all."""
        if not words:
            return items if limit == math.inf else items[: int(limit)]
        defaults = {
            p["name"]: p["schema"]["default"]
            for p in operation.parameters
            if p["in"] == "query" and "default" in (p.get("schema") or {})
        }
        values = {**defaults, **query}
        first = words.get("first", 1)
        size = values.get(words.get("size", ""))
        size = min(limit, math.inf if size is None else size)
        page = values.get(words.get("page", ""), first) - first
        if page < 0 or size <= 0:
            return []
        if size == math.inf:
            return items if page == 0 else []
        return items[int(page * size) : int((page + 1) * size)]


def merge_patch(target: Any, patch: Any) -> Any:
    """Apply a JSON Merge Patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge_patch(result.get(name), value)
    return result


def _simple(value: Any, explode: bool) -> str:
    """Write a value in the style ``simple`` (RFC 6570, 3.2.2)."""
    if isinstance(value, list):
        return ",".join(key_text(item) for item in value)
    if isinstance(value, dict):
        joint = "=" if explode else ","
        return ",".join(f"{name}{joint}{key_text(item)}" for name, item in value.items())
    return key_text(value)


# ------------------------------------------------------------------------------------- HTTP


class ControlError(Exception):
    """A request to the control endpoint is not right."""


class Switchboard:
    """The services of this process, and the endpoint that adds and drops them."""

    def __init__(self) -> None:
        """Begin without services."""
        self.services: dict[int, Service] = {}
        self._last = 0

    def add(self, path: str, token: str | None, root: bool = False) -> Service:
        """Add a document."""
        number = 0
        if not root:
            self._last += 1
            number = self._last
        service = Service(path, "" if root else f"/c/{number}", token)
        self.services[number] = service
        return service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request of ASGI."""
        request = Request(scope, receive)
        try:
            response = self._respond(request, scope, await request.body())
        except Exception:
            traceback.print_exc(file=sys.stderr)
            response = Response(status_code=500)
        await response(scope, receive, send)

    def _respond(self, request: Request, scope: Scope, body: bytes) -> Response:
        """Answer a request to the control endpoint or to a document."""
        path = scope["raw_path"].decode("latin-1").partition("?")[0]
        query = scope["query_string"].decode("latin-1")
        if path == "/.control" or path.startswith("/.control/"):
            return self._control(request.method, path, body)
        headers = [(_decode(name), _decode(value)) for name, value in scope["headers"]]
        answer = self._dispatch(request.method, path, query, headers, body)
        return _response(answer, request.method == "HEAD")

    def _dispatch(
        self, method: str, path: str, query: str, headers: list[tuple[str, str]], body: bytes
    ) -> Answer:
        """Let the service of a path answer."""
        match = re.match(r"/c/([0-9]+)(?=/|$)", path)
        service = self.services.get(int(match.group(1))) if match else None
        if service is None:
            service = self.services.get(0)
        if service is None:
            return Answer(404)
        target = path[len(service.base) :] + (f"?{query}" if query else "")
        return service.serve(method, target, headers, body)

    def _control(self, method: str, path: str, body: bytes) -> Response:
        """Answer a request to the control endpoint."""
        try:
            status, value = self._command(method, path, body)
        except (ControlError, DocumentError, OSError, ValueError) as error:
            status, value = 400, {"error": f"{type(error).__name__}: {error}"}
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            status, value = 500, {"error": f"{type(error).__name__}: {error}"}
        return Response(dump_json(value), status, media_type="application/json")

    def _command(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        """Do what a request to the control endpoint asks for."""
        if path == "/.control" and method == "POST":
            command = parse_json(body)
            if not isinstance(command, dict) or not isinstance(command.get("document"), str):
                raise ControlError('the body must be {"document": PATH}')
            return 201, {"base": self.add(command["document"], command.get("token")).base}
        if path == "/.control" and method == "GET":
            return 200, [
                {"id": number, "base": service.base, "document": service.path}
                for number, service in self.services.items()
            ]
        match = re.fullmatch(r"/\.control/([0-9]+)(/log)?", path)
        service = self.services.get(int(match.group(1))) if match else None
        if match is None or service is None:
            return 404, {"error": "unknown"}
        if match.group(2) and method == "GET":
            return 200, list(service.log)
        if match.group(2) and method == "DELETE":
            service.log.clear()
            return 200, {}
        if not match.group(2) and method == "DELETE":
            del self.services[int(match.group(1))]
            return 200, {}
        return 405, {"error": "unknown method"}


def _decode(data: bytes) -> str:
    """Decode a part of a header, which is UTF-8 or else opaque octets (RFC 9110, 5.5)."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _response(answer: Answer, is_head: bool) -> Response:
    """Make the response of Starlette for an answer."""
    response = Response(b"" if is_head else answer.content, answer.status, answer.headers)
    if is_head and answer.status not in (204, 304):
        response.headers["content-length"] = str(len(answer.content))
    return response


class _Server(uvicorn.Server):
    """A server that tells its address when it accepts connections."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then print the address."""
        await super().startup(sockets)
        if sockets:
            print(f"http://127.0.0.1:{sockets[0].getsockname()[1]}", flush=True)


def main() -> None:
    """Read the command line and serve until killed."""
    parser = argparse.ArgumentParser(description="Serve OpenAPI 3.1 documents.")
    parser.add_argument("document", nargs="?", help="a document, served at the root")
    parser.add_argument("--many", metavar="FOLDER", help="a folder of documents")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", help="the secret that all security schemes ask for")
    options = parser.parse_args()
    sys.setrecursionlimit(20_000)
    switchboard = Switchboard()
    try:
        if options.document:
            switchboard.add(options.document, options.token, root=True)
        if options.many:
            for path in sorted(Path(options.many).iterdir()):
                if path.suffix in (".yaml", ".yml", ".json"):
                    switchboard.add(str(path), options.token)
    except (DocumentError, OSError) as error:
        sys.exit(f"{type(error).__name__}: {error}")
    # asyncio answers without delay only where the protocol is named
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", options.port))
    app = Starlette(routes=[Mount("/", app=switchboard)])
    config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off")
    _Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
