"""Serve any OpenAPI 3.1 document as a small, stateful and honest HTTP server.

Usage::

    python server.py DOCUMENT.yaml [--port 0] [--token SECRET]
    python server.py --many FOLDER [--port 0] [--token SECRET]

The server prints ``http://127.0.0.1:PORT`` when it accepts connections.  A single document is
served at the root; the documents of a folder are served at ``/c/1``, ``/c/2`` and so on, sorted
by name.  More documents can be added while the server runs:

* ``POST /.control`` with ``{"document": "/absolute/openapi.yaml", "token": "..."}`` returns
  ``{"base": "/c/17"}``; the document is served below that path, with no items;
* ``GET /.control`` lists the documents;
* ``GET /.control/17/log`` lists the requests since the last ``DELETE /.control/17/log``; the
  document at the root has the number 0;
* ``DELETE /.control/17`` drops a document.

Two extensions of the document define its state: ``x-resources`` (at the root) and
``x-behaviors`` (in a list operation).  An unknown keyword in them is an error at the start.
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
    Interpretation,
    Location,
    Operation,
    RequestInterpreter,
    Schema,
    Schemas,
    dump_json,
    is_ecma_regex,
    is_json,
    load_document,
    matches_ecma_regex,
    parse_json,
    resolve,
    split_media_type,
    to_fraction,
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
RESOURCE_KEYS = {"identity", "items", "mark", "parent", "parents", *RESOURCE_ROLES}
BEHAVIOR_OPTIONS = {"paginates": {"page", "size", "first"}, "sorts": {"field", "direction"}}
SUCCESS_STATUS = {"create": ("201", "200"), "delete": ("204", "200")}
FRAMING_HEADERS = {"content-length", "content-type", "transfer-encoding", "connection", "date"}
MAX_ATTEMPTS = 300


# ------------------------------------------------------------------- generating instances


class GenerationError(Exception):
    """No instance of a schema was found."""


class InstanceGenerator:
    """Generate small valid instances of schemas; the same schema yields the same instances."""

    def __init__(self, schemas: Schemas, request: bool) -> None:
        """Store the schemas of a document; generate instances for requests or for responses."""
        self.schemas = schemas
        self.request = request
        self._cache: dict[tuple[int, int], tuple[Schema, Any]] = {}

    def generate(self, schema: Schema, variant: int = 0) -> Any:
        """Return an instance; other variants are different values, if the schema has enough."""
        key = (id(schema), variant)
        if key not in self._cache:
            values = list(islice(self._generate_distinct(schema, 0), variant + 1))
            if not values:
                raise GenerationError(f"no instance found of {dump_json(schema)[:200]}")
            self._cache[key] = (schema, values[min(variant, len(values) - 1)])
        return self._cache[key][1]

    def _generate_distinct(self, schema: Schema, depth: int) -> Iterator[Any]:
        """Yield distinct valid instances."""
        seen = set()
        for value in islice(self._generate_candidates(schema, depth), MAX_ATTEMPTS):
            text = dump_json(value)
            if text not in seen and self.schemas.is_valid(schema, value, self.request):
                seen.add(text)
                yield value

    def _generate_candidates(self, schema: Schema, depth: int) -> Iterator[Any]:
        """Yield values that may be instances."""
        if schema is False or depth > 8:
            return
        if schema is True:
            yield from ("x", "y", "z")
            return
        for merged in islice(self._merge_alternatives(schema, 0), 32):
            yield from islice(self._generate_from_merged(merged, depth), 40)

    def _merge_alternatives(self, schema: Schema, depth: int) -> Iterator[dict[str, Any]]:
        """Merge a schema with its references and combinations; yield one schema per choice."""
        if schema is True:
            yield {}
            return
        if schema is False or depth > 20:
            return
        plain_keywords = {
            k: v for k, v in schema.items() if k not in ("$ref", "allOf", "anyOf", "oneOf")
        }
        alternative_groups: list[list[Schema]] = []
        if "$ref" in schema:
            alternative_groups.append([resolve(self.schemas.document, {"$ref": schema["$ref"]})])
        alternative_groups.extend([subschema] for subschema in schema.get("allOf", ()))
        alternative_groups.extend(
            schema[keyword] for keyword in ("anyOf", "oneOf") if keyword in schema
        )
        if "if" in schema:
            alternative_groups.append(
                [{"allOf": [schema["if"], schema.get("then", True)]}, schema.get("else", True)]
            )
        choices = [
            [
                merged
                for subschema in alternatives
                for merged in islice(self._merge_alternatives(subschema, depth + 1), 8)
            ]
            for alternatives in alternative_groups
        ]
        for combination in product(*choices):
            merged = plain_keywords
            for subschema in combination:
                merged = merge_schemas(merged, subschema)
            yield merged

    def _generate_from_merged(self, schema: dict[str, Any], depth: int) -> Iterator[Any]:
        """Yield values for a schema without references and combinations."""
        if "const" in schema:
            yield schema["const"]
            return
        if "enum" in schema:
            yield from schema["enum"]
            return
        if "default" in schema:
            yield schema["default"]
        yield from schema.get("examples", ())
        type_names = schema.get("type", guess_type(schema))
        type_names = [type_names] if isinstance(type_names, str) else list(type_names)
        if "type" not in schema:
            type_names += [
                k for k in ("object", "number", "boolean", "array") if k not in type_names
            ]
        type_names.sort(key=lambda type_name: type_name == "null")
        for type_name in type_names:
            if type_name == "string":
                yield from generate_strings(schema)
            elif type_name in ("integer", "number"):
                yield from generate_numbers(schema, type_name == "integer")
            elif type_name == "boolean":
                yield from (True, False)
            elif type_name == "null":
                yield None
            elif type_name == "array":
                yield from self._generate_arrays(schema, depth)
            elif type_name == "object":
                yield from self._generate_objects(schema, depth)

    def _generate_arrays(self, schema: dict[str, Any], depth: int) -> Iterator[list[Any]]:
        """Yield arrays of the smallest lengths."""
        min_items = schema.get("minItems", 0)
        prefix_items = schema.get("prefixItems", [])
        contained_count = schema.get("minContains", 1) if "contains" in schema else 0
        max_length = min(schema.get("maxItems", math.inf), max(min_items, contained_count) + 3)
        for length in range(max(min_items, contained_count), int(max_length) + 1):
            result: list[Any] = []
            for index in range(length):
                item_schema = (
                    prefix_items[index] if index < len(prefix_items) else schema.get("items", True)
                )
                if index < contained_count:
                    item_schema = {"allOf": [item_schema, schema["contains"]]}
                skip_count = index if schema.get("uniqueItems") else 0
                values = list(
                    islice(self._generate_distinct(item_schema, depth + 1), skip_count + 1)
                )
                unused = [value for value in values if value not in result] or values
                if not unused:
                    break
                result.append(unused[0])
            if len(result) == length:
                yield result

    def _generate_objects(self, schema: dict[str, Any], depth: int) -> Iterator[dict[str, Any]]:
        """Yield objects with the required members, then with additional members."""
        properties = schema.get("properties", {})
        skipped_flag = "readOnly" if self.request else "writeOnly"
        required = [
            name
            for name in schema.get("required", ())
            if not self.schemas.has_flag(properties.get(name), skipped_flag)
        ]
        for name in list(required):
            required.extend(
                n for n in schema.get("dependentRequired", {}).get(name, ()) if n not in required
            )
        optional = [
            name
            for name, property_schema in properties.items()
            if name not in required and not self.schemas.has_flag(property_schema, skipped_flag)
        ]
        min_properties = schema.get("minProperties", 0)
        additional_names = list(
            islice(
                self._generate_names(schema), max(0, min_properties - len(required) - len(optional))
            )
        )
        min_optional = max(0, min_properties - len(required))
        names = optional + additional_names
        for count in range(min_optional, len(names) + 1):
            for variant in range(3 if count == min_optional else 1):
                result = self._build_object(schema, required + names[:count], variant, depth)
                if result is not None:
                    yield result
            if count - min_optional > 6:
                break
        result = self._build_object(schema, required + names, 0, depth)
        if result is not None:
            yield result

    def _generate_names(self, schema: dict[str, Any]) -> Iterator[str]:
        """Yield names for additional members."""
        if "propertyNames" in schema:
            yield from self._generate_distinct(
                {"type": "string", "allOf": [schema["propertyNames"]]}, 0
            )
        for pattern in schema.get("patternProperties", {}):
            yield from self._generate_distinct({"type": "string", "pattern": pattern}, 0)
        yield from (f"member{i}" for i in range(20))

    def _build_object(
        self, schema: dict[str, Any], names: list[str], variant: int, depth: int
    ) -> dict[str, Any] | None:
        """Return an object with the named members, or ``None`` if a member has no instance."""
        result: dict[str, Any] = {}
        for name in names:
            property_schema: Schema = schema.get("properties", {}).get(name)
            if property_schema is None:
                property_schema = schema.get("additionalProperties", True)
                for pattern, pattern_schema in schema.get("patternProperties", {}).items():
                    if matches_ecma_regex(pattern, name):
                        property_schema = pattern_schema
            values = list(islice(self._generate_distinct(property_schema, depth + 1), variant + 1))
            if not values:
                return None
            result[name] = values[-1]
        return result


def merge_schemas(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that approximates the conjunction of two schemas."""
    merged = dict(first)
    for keyword, value in second.items():
        if keyword not in merged:
            merged[keyword] = value
        elif keyword == "properties":
            merged[keyword] = dict(merged[keyword])
            for name, property_schema in value.items():
                existing = merged[keyword].get(name)
                merged[keyword][name] = (
                    property_schema if existing is None else {"allOf": [existing, property_schema]}
                )
        elif keyword == "required":
            merged[keyword] = [*merged[keyword], *(n for n in value if n not in merged[keyword])]
        elif keyword.startswith("min") or keyword == "exclusiveMinimum":
            merged[keyword] = max(merged[keyword], value)
        elif keyword.startswith("max") or keyword == "exclusiveMaximum":
            merged[keyword] = min(merged[keyword], value)
        elif keyword == "enum":
            merged[keyword] = [v for v in merged[keyword] if v in value]
        elif keyword == "type":
            first_types, second_types = (
                [k] if isinstance(k, str) else k for k in (merged[keyword], value)
            )
            common_types = [k for k in first_types if k in second_types]
            if ("number" in first_types and "integer" in second_types) or (
                "integer" in first_types and "number" in second_types
            ):
                common_types.append("integer")
            merged[keyword] = common_types
        elif keyword in ("items", "additionalProperties") and merged[keyword] != value:
            merged[keyword] = {"allOf": [merged[keyword], value]}
    return merged


def guess_type(schema: dict[str, Any]) -> str:
    """Return the type to which the keywords of a schema without ``type`` apply."""
    keywords_by_type = {
        "object": ("properties", "required", "minProperties", "additionalProperties"),
        "array": ("items", "prefixItems", "minItems", "contains"),
        "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    }
    return next(
        (
            type_name
            for type_name, keywords in keywords_by_type.items()
            if any(keyword in schema for keyword in keywords)
        ),
        "string",
    )


def generate_numbers(schema: dict[str, Any], integral: bool) -> Iterator[float]:
    """Yield numbers within the bounds of a schema; those near zero come first."""
    lower_bound = max(
        (
            to_fraction(schema[keyword])
            for keyword in ("minimum", "exclusiveMinimum")
            if keyword in schema
        ),
        default=None,
    )
    upper_bound = min(
        (
            to_fraction(schema[keyword])
            for keyword in ("maximum", "exclusiveMaximum")
            if keyword in schema
        ),
        default=None,
    )
    step = to_fraction(schema["multipleOf"]) if "multipleOf" in schema else None
    if integral:
        step = Fraction(step.numerator) if step else Fraction(1)
    if (
        step is None
        and lower_bound is not None
        and upper_bound is not None
        and upper_bound - lower_bound < 2
    ):
        values = [
            lower_bound,
            *(lower_bound + (upper_bound - lower_bound) * Fraction(i, 16) for i in range(1, 16)),
            upper_bound,
        ]
    else:
        step = step or Fraction(1)
        if lower_bound is not None and lower_bound > 0:
            first_multiple, sign = math.ceil(lower_bound / step), 1
        elif upper_bound is not None and upper_bound < 0:
            first_multiple, sign = math.floor(upper_bound / step), -1
        else:
            first_multiple, sign = 0, -1 if upper_bound is not None and upper_bound < step else 1
        values = [step * (first_multiple + sign * i) for i in range(30)]
        values += [step * (first_multiple - sign * i) for i in range(1, 5)]
    for value in values:
        yield int(value) if value.denominator == 1 else float(value)


def generate_strings(schema: dict[str, Any]) -> Iterator[str]:
    """Yield strings with the format, pattern and length of a schema."""
    min_length = schema.get("minLength", 0)
    max_length = schema.get("maxLength", math.inf)
    for number in range(20):
        if (
            "format" in schema
            and (text := build_format_string(schema["format"], number)) is not None
        ):
            yield (
                text
                if len(text) <= max_length
                else build_short_format_string(schema["format"], number)
            )
            continue
        if "pattern" in schema:
            for text in generate_matches(schema["pattern"], number):
                yield text
                if len(text) < min_length:  # The expression may match only a part of the text.
                    yield text + text[-1:] * (min_length - len(text))
            continue
        text = chr(ord("a") + number)
        yield (text * max(min_length, 1))[: None if max_length == math.inf else int(max_length)]
    if min_length == 0:
        yield ""


def build_format_string(name: str, number: int) -> str | None:
    """Return a string of a format; different numbers yield different strings."""
    strings_by_format = {
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
    return strings_by_format.get(name)


def build_short_format_string(name: str, number: int) -> str:
    """Return a short string of a format, if there is one."""
    letter = chr(ord("a") + number)
    if name.endswith("email"):
        return f"{letter}@b"
    if name.endswith("hostname"):
        return letter
    if name in ("uri", "iri"):
        return f"{letter}:"
    return "::" if name == "ipv6" else ""


def generate_matches(pattern: str, number: int) -> Iterator[str]:
    """Yield strings that may match an ECMA-262 expression; shorter strings come first."""
    text = re.sub(r"\(\?<(?![=!])", "(?P<", pattern)
    text = re.sub(r"\\[pP]\{[^}]*\}", "[A-Za-z]", text).replace(r"\/", "/")
    text = re.sub(r"\\u\{?([0-9a-fA-F]{4})\}?", r"\\u\1", text)
    try:
        tree = regex_parser.parse(text)
    except (re.error, OverflowError):
        return
    for extra_repeats in (0, 1, 2, 5, 10, 20, 40):
        yield _build_match(tree, number, extra_repeats)


def _build_match(tree: Iterable[Any], number: int, extra_repeats: int) -> str:
    """Return one string for a parsed expression; the caller checks it against the expression."""
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
            text += _choose_character(argument, number)
        elif name in ("max_repeat", "min_repeat", "possessive_repeat"):
            min_repeats, max_repeats, subtree = argument
            for index in range(min(int(max_repeats), min_repeats + extra_repeats)):
                text += _build_match(subtree, number if index == 0 else 0, extra_repeats)
        elif name == "branch":
            branches = argument[1]
            text += _build_match(branches[number % len(branches)], number, extra_repeats)
        elif name == "subpattern":
            text += _build_match(argument[-1], number, extra_repeats)
        elif name == "atomic_group":
            text += _build_match(argument, number, extra_repeats)
    return text


def _choose_character(members: list[Any], number: int) -> str:
    """Return a character of a character class."""
    alphabet = [chr(code) for code in (*range(97, 123), *range(48, 58), *range(65, 91))]
    alphabet += [chr(code) for code in range(32, 127) if chr(code) not in alphabet]
    categories = {
        "category_digit": str.isdigit,
        "category_space": str.isspace,
        "category_word": lambda c: c.isalnum() or c == "_",
    }
    negated = bool(members) and str(members[0][0]).lower() == "negate"

    def is_member(character: str) -> bool:
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

    matching = [character for character in alphabet if is_member(character) != negated]
    if matching:
        return matching[number % len(matching)]
    _, argument = members[-1]
    return chr(argument if isinstance(argument, int) else argument[0])


# -------------------------------------------------------------------------------- resources


@dataclass(eq=False)
class Item:
    """An item of a resource: the body that the client sent, and the id that the server assigned."""

    identity: Any
    parents: tuple[str, ...]
    sent: dict[str, Any]
    views: dict[int, Any] = field(default_factory=dict)


@dataclass
class Resource:
    """A resource as defined in ``x-resources``, with its stored items."""

    name: str
    identity: list[str]
    items: list[str]
    roles: dict[str, str]
    parents: list[str]
    stored_items: dict[tuple[tuple[str, ...], str], Item] = field(default_factory=dict)
    count: int = 0


@dataclass
class Behavior:
    """The effect of the query parameters of a list operation, from ``x-behaviors``."""

    paginates: dict[str, Any] = field(default_factory=dict)
    sorts: dict[str, Any] = field(default_factory=dict)


def split_pointer(pointer: str) -> list[str]:
    """Split a JSON pointer (RFC 6901) into its steps."""
    if pointer and not pointer.startswith("/"):
        raise DocumentError(f"{pointer!r} is not a JSON pointer")
    steps = pointer.split("/")[1:]
    return [step.replace("~1", "/").replace("~0", "~") for step in steps]


def replace_at(value: Any, steps: list[str], new_value: Any) -> Any:
    """Return a copy of a value in which the part at some steps is replaced."""
    if not steps:
        return new_value
    copy = dict(value) if isinstance(value, dict) else {}
    copy[steps[0]] = replace_at(copy.get(steps[0]), steps[1:], new_value)
    return copy


def format_id(value: Any) -> str:
    """Format an id so that the id in a path and the id in an item have the same text."""
    return value if isinstance(value, str) else dump_json(value)


def build_sort_key(value: Any) -> tuple[int, Any]:
    """Return a sort key: numbers, strings, booleans, other values; null and absent come last."""
    if isinstance(value, bool):
        return 2, value
    if isinstance(value, (int, float)):
        return 0, value
    if isinstance(value, str):
        return 1, value
    return (4, 0) if value is None else (3, dump_json(value))


def parse_resources(document: dict[str, Any], operations: dict[str, Operation]) -> list[Resource]:
    """Parse ``x-resources``; raise an error for unknown keywords."""
    resources = []
    for name, definition in document.get("x-resources", {}).items():
        unknown = set(definition) - RESOURCE_KEYS
        if unknown:
            raise DocumentError(f"x-resources.{name}: unknown words {sorted(unknown)}")
        roles = {role: definition[role] for role in RESOURCE_ROLES if definition.get(role)}
        unknown_operations = [
            operation for operation in roles.values() if operation not in operations
        ]
        if unknown_operations:
            raise DocumentError(f"x-resources.{name}: unknown operations {unknown_operations}")
        parents = definition.get("parents", definition.get("parent")) or []
        parents = [parents] if isinstance(parents, str) else parents
        if not all(isinstance(parent, str) for parent in parents):
            raise DocumentError(f"x-resources.{name}: parents must be names of resources")
        identity = split_pointer(definition.get("identity", "/id"))
        items = split_pointer(definition.get("items", ""))
        resources.append(Resource(name, identity, items, roles, parents))
    names = {resource.name for resource in resources}
    for resource in resources:
        unknown = set(resource.parents) - names
        if unknown:
            raise DocumentError(f"x-resources.{resource.name}: unknown parents {sorted(unknown)}")
    return resources


def parse_behavior(operation: Operation) -> Behavior:
    """Parse ``x-behaviors``; raise an error for unknown keywords."""
    entries = operation.contents.get("x-behaviors", [])
    behavior = Behavior()
    for entry in entries if isinstance(entries, list) else [entries]:
        for name, options in entry.items():
            if name not in BEHAVIOR_OPTIONS or not isinstance(options, dict):
                known = sorted(BEHAVIOR_OPTIONS)
                raise DocumentError(f"x-behaviors: unknown word {name!r}; known: {known}")
            unknown = set(options) - BEHAVIOR_OPTIONS[name]
            if unknown:
                raise DocumentError(f"x-behaviors.{name}: unknown words {sorted(unknown)}")
            setattr(behavior, name, options)
    declared = {p["name"] for p in operation.parameters if p["in"] == "query"}
    for options in (behavior.paginates, behavior.sorts):
        for option in ("page", "size", "field", "direction"):
            if options.get(option) and options[option] not in declared:
                raise DocumentError(f"x-behaviors: no query parameter {options[option]!r}")
    return behavior


def check_regexes(document: dict[str, Any]) -> None:
    """Raise an error for regular expressions that cannot be used."""
    queue: list[Any] = [document]
    keywords: set[str] = set()
    while queue:
        node = queue.pop()
        if isinstance(node, list):
            queue.extend(node)
        if not isinstance(node, dict):
            continue
        queue.extend(node.values())
        keywords.update(node)
        patterns = node.get("patternProperties")
        for pattern in [node.get("pattern"), *(patterns if isinstance(patterns, dict) else ())]:
            if isinstance(pattern, str) and not is_ecma_regex(pattern):
                raise DocumentError(f"not an ECMA-262 expression: {pattern}")
    if {"patternProperties", "unevaluatedProperties"} <= keywords:
        raise DocumentError("patternProperties beside unevaluatedProperties is not served")


# ------------------------------------------------------------------------------- responses


@dataclass
class HttpResponse:
    """A response: a status, header fields, and the value of the content if there is one."""

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
        check_regexes(self.document)
        self.interpreter = RequestInterpreter(self.document)
        self.schemas = self.interpreter.schemas
        self.generator = InstanceGenerator(self.schemas, request=False)
        self.log: deque[dict[str, Any]] = deque(maxlen=100_000)
        self.operations = {
            operation.identifier: operation
            for route in self.interpreter.routes
            for operation in route.operations.values()
            if operation.identifier
        }
        self.resources = parse_resources(self.document, self.operations)
        self.roles = {
            operation: (resource, role)
            for resource in self.resources
            for role, operation in resource.roles.items()
        }
        self.behaviors = {
            id(operation): parse_behavior(operation) for operation in self._iterate_operations()
        }
        for operation in self._iterate_operations():
            self._check_operation(operation)

    def _iterate_operations(self) -> Iterator[Operation]:
        """Yield all operations of the document."""
        for route in self.interpreter.routes:
            yield from route.operations.values()

    def _check_operation(self, operation: Operation) -> None:
        """Raise an error if an operation cannot be served."""
        body = resolve(self.document, operation.contents.get("requestBody", {}))
        for media_type in body.get("content", {}):
            name = split_media_type(media_type)[0]
            if name.endswith(("/xml", "+xml")) or name == "application/json-patch+json":
                raise DocumentError(f"{operation.identifier}: cannot read {media_type}")
        resource, role = self.roles.get(operation.identifier or "", (None, ""))
        if resource is not None and role == "list":
            schema = self._get_schema(self._choose_success(operation, role)[1])
            for step in resource.items:
                schema = self.schemas.get_property_schema(schema, step)
            if schema is not None and "array" not in (self.schemas.list_types(schema) or ["array"]):
                raise DocumentError(f"{operation.identifier}: no array at the words of items")
        for status in operation.contents.get("responses", {}):
            response = self._get_response(operation, status)
            self._add_headers(response, HttpResponse(200))
            schema = self._get_schema(response)
            if schema is not None:
                try:
                    self.generator.generate(schema)
                except GenerationError as error:
                    raise DocumentError(f"{operation.identifier}, {status}: {error}") from error

    # --------------------------------------------------------------- the document's keywords

    def _get_response(self, operation: Operation, status: str) -> dict[str, Any]:
        """Return the Response Object of a documented status."""
        return resolve(self.document, operation.contents["responses"][status])

    def _find_response(self, operation: Operation, status: int) -> dict[str, Any] | None:
        """Return the Response Object for a status: its own, its range or the default."""
        responses = operation.contents.get("responses", {})
        for key in (str(status), f"{status // 100}XX", "default"):
            if key in responses:
                return self._get_response(operation, key)
        return None

    def _choose_success(self, operation: Operation, role: str) -> tuple[int, dict[str, Any] | None]:
        """Choose the documented status of a success."""
        responses = operation.contents.get("responses", {})
        default_status = 201 if role == "create" else 200
        for key in (*SUCCESS_STATUS.get(role, ("200",)), *sorted(responses)):
            if key in responses and key.startswith("2"):
                status = default_status if key.upper() == "2XX" else int(key)
                return status, self._get_response(operation, key)
        return default_status, self._find_response(operation, default_status)

    @staticmethod
    def _choose_media_type(response: dict[str, Any] | None, accept: str = "") -> str | None:
        """Choose the documented media type of a response (RFC 9110, 12.5.1)."""
        keys = sorted((response or {}).get("content", {}), key=lambda k: not is_json(k))
        if not keys:
            return None
        accepted_names = [split_media_type(part)[0] for part in accept.split(",") if part.strip()]
        for name in accepted_names:
            for key in keys:
                if split_media_type(key)[0] == name:
                    return key
        return keys[0]

    def _get_schema(self, response: dict[str, Any] | None, accept: str = "") -> Schema | None:
        """Return the schema of the content of a response."""
        media_type = self._choose_media_type(response, accept)
        if response is None or media_type is None:
            return None
        return response["content"][media_type].get("schema", True)

    # ----------------------------------------------------------------------------- serving

    def serve(
        self, method: str, target: str, headers: list[tuple[str, str]], body: bytes
    ) -> HttpResponse:
        """Respond to a request and add it to the log."""
        interpretation = self.interpreter.interpret(method, target, headers, body)
        entry = {"method": method, "target": target, **interpretation.to_json()}
        self.log.append(entry)
        fields = Location.from_headers(headers)
        self._origin = "http://" + "".join(fields.get_values("host"))
        try:
            http_response = self._handle(interpretation, method, target, fields)
        except Exception:
            traceback.print_exc(file=sys.stderr)
            http_response = HttpResponse(500)
        entry["status"] = http_response.status
        entry["answer"] = http_response.value
        return http_response

    def _handle(
        self, interpretation: Interpretation, method: str, target: str, fields: Location
    ) -> HttpResponse:
        """Respond to an interpreted request."""
        accept = "".join(fields.get_values("accept"))
        operation = interpretation.operation
        if interpretation.problem == "path":
            return HttpResponse(404)
        if interpretation.problem == "method":
            assert interpretation.route is not None
            allowed = {name.upper() for name in interpretation.route.operations}
            if "GET" in allowed:
                allowed.add("HEAD")
            return HttpResponse(405, {"Allow": ", ".join(sorted(allowed))})  # RFC 9110, 15.5.6.
        assert operation is not None
        if interpretation.problem == "security" or not self._is_authorized(
            operation, target, fields
        ):
            http_response = self._build_refusal(operation, 401, accept)
            http_response.headers["WWW-Authenticate"] = self._build_challenge(operation)
            return http_response
        if interpretation.problem == "media":
            return self._build_refusal(operation, 415, accept)
        if interpretation.problem in ("invalid", "identity"):
            return self._build_refusal(
                operation, self._choose_refusal_status(operation, interpretation.problem), accept
            )
        if method == "HEAD" and operation.method == "head":
            get = interpretation.route.operations.get("get") if interpretation.route else None
            if get is not None and get.identifier in self.roles:
                return self._execute_operation(get, interpretation, accept, described_by=operation)
        return self._execute_operation(operation, interpretation, accept)

    def _is_authorized(self, operation: Operation, target: str, fields: Location) -> bool:
        """Tell whether the credentials are correct."""
        if self.token is None:
            return True
        parameters = RequestParameters(
            Location.from_query(target.partition("?")[2]),
            fields,
            Location.from_cookies(fields.get_values("cookie")),
            Location("path"),
        )
        return self.interpreter.accepts_credentials(operation, parameters, self.token)

    def _choose_refusal_status(self, operation: Operation, problem: str) -> int:
        """Choose the documented status for a refused request."""
        if self._find_response(operation, 400) is not None:
            return 400
        responses = operation.contents.get("responses", {})
        if "422" in responses:
            return 422
        # An invalid id identifies no item if only 404 is documented.
        return 404 if problem == "identity" and "404" in responses else 400

    def _build_refusal(self, operation: Operation, status: int, accept: str) -> HttpResponse:
        """Build the response to a refused request; its content is an instance of the schema."""
        response = self._find_response(operation, status)
        schema = self._get_schema(response, accept)
        value = None if schema is None else self.generator.generate(schema)
        return self._build_response(status, response, value, schema is not None, accept)

    def _build_challenge(self, operation: Operation) -> str:
        """Return the challenges that a 401 response must have (RFC 9110, 15.5.2)."""
        schemes = self.document.get("components", {}).get("securitySchemes", {})
        requirements = operation.contents.get("security", self.document.get("security", []))
        challenges = []
        for name in dict.fromkeys(name for entry in requirements for name in entry):
            scheme = resolve(self.document, schemes.get(name, {}))
            if scheme.get("type") == "apiKey":
                scheme_name = "ApiKey"
            else:
                scheme_name = (
                    scheme.get("scheme", "Bearer") if scheme.get("type") == "http" else "Bearer"
                )
            challenges.append(f'{scheme_name[:1].upper()}{scheme_name[1:]} realm="{name}"')
        return ", ".join(challenges) or 'Bearer realm="api"'

    def _build_response(
        self,
        status: int,
        response: dict[str, Any] | None,
        value: Any,
        has_content: bool,
        accept: str,
        extra_headers: dict[str, str] | None = None,
    ) -> HttpResponse:
        """Build a response with its header fields and content."""
        http_response = HttpResponse(status, dict(extra_headers or {}))
        media_type = self._choose_media_type(response, accept)
        if has_content and media_type is not None and status not in (204, 304):
            name = split_media_type(media_type)[0]
            http_response.value = value
            if name in ("*/*", "application/*"):
                media_type = name = "application/json"
            elif name == "text/*":
                media_type = name = "text/plain"
            if is_json(name):
                http_response.content = dump_json(value).encode()
            else:
                text = value if isinstance(value, str) else dump_json(value)
                http_response.content = text.encode("utf-8", "replace")
            if name.startswith("text/") and "charset" not in media_type:
                media_type += "; charset=utf-8"
            http_response.headers["Content-Type"] = media_type
        self._add_headers(response, http_response)
        return http_response

    def _add_headers(self, response: dict[str, Any] | None, http_response: HttpResponse) -> None:
        """Add the documented header fields to a response (OAS 4.8.17.1)."""
        for name, node in (response or {}).get("headers", {}).items():
            header = resolve(self.document, node)
            if name.lower() in FRAMING_HEADERS or name.lower() == "www-authenticate":
                continue
            content = next(iter(header.get("content", {}).values()), None)
            schema = header.get("schema", True) if content is None else content.get("schema", True)
            existing_name = next(
                (k for k in http_response.headers if k.lower() == name.lower()), None
            )
            if existing_name is not None:
                texts = [
                    http_response.headers[existing_name],
                    self._origin + http_response.headers[existing_name],
                ]
                valid = [text for text in texts if self.schemas.is_valid(schema, text)]
                if valid:
                    http_response.headers[existing_name] = valid[0]
                    continue
            try:
                value = self._generate_header_value(schema, header, name, content is not None)
            except GenerationError as error:
                if header.get("required"):
                    raise DocumentError(f"header {name}: {error}") from error
                continue
            http_response.headers[existing_name or name] = value

    def _generate_header_value(
        self, schema: Schema, header: dict[str, Any], name: str, is_content: bool
    ) -> str:
        """Return the text of a header field, which must be visible ASCII (RFC 9110, 5.5)."""
        if name.lower() == "etag" and self.schemas.is_valid(schema, '"1"'):
            return '"1"'
        for variant in range(20):
            value = self.generator.generate(schema, variant)
            text = (
                dump_json(value)
                if is_content
                else _serialize_simple(value, header.get("explode", False))
            )
            if re.fullmatch(r"[!-~](?:[ -~]*[!-~])?", text):
                return text
        raise GenerationError(f"no text for the header {name}")

    # ----------------------------------------------------------------------------- state

    def _execute_operation(
        self,
        operation: Operation,
        interpretation: Interpretation,
        accept: str,
        described_by: Operation | None = None,
    ) -> HttpResponse:
        """Execute the operation of a valid request."""
        documented_operation = described_by or operation
        resource, role = self.roles.get(operation.identifier or "", (None, ""))
        status, response = self._choose_success(documented_operation, role)
        schema = self._get_schema(response, accept)
        if resource is None:
            value = None if schema is None else self.generator.generate(schema)
            return self._build_response(status, response, value, schema is not None, accept)
        path = interpretation.parameters["path"]
        names = list(interpretation.route.names) if interpretation.route else []
        path_ids = [format_id(path[name]) for name in names]
        item: Item | None = None
        if role in ("create", "list"):
            parents = tuple(path_ids)
        else:
            parents = tuple(path_ids[:-1])
            item = resource.stored_items.get((parents, path_ids[-1] if path_ids else ""))
        if not self._parents_exist(resource, parents):
            return self._build_refusal(documented_operation, 404, accept)
        extra_headers: dict[str, str] = {}
        if role == "list":
            value = self._list_items(operation, resource, parents, interpretation, schema)
            return self._build_response(status, response, value, schema is not None, accept)
        if role == "create":
            item = self._create_item(operation, resource, parents, interpretation)
            location = self._build_location(resource, parents, item)
            if status == 201 and location:
                extra_headers["Location"] = location  # RFC 9110, 15.3.2.
        elif item is None:
            return self._build_refusal(documented_operation, 404, accept)
        elif role == "replace":
            item.sent = self._remove_read_only(operation, resource, interpretation)
            item.views.clear()
        elif role == "change":
            if not self._update_item(operation, resource, item, interpretation):
                return self._build_refusal(
                    operation, self._choose_refusal_status(operation, "invalid"), accept
                )
        elif role == "delete":
            del resource.stored_items[parents, format_id(item.identity)]
        value = None if schema is None else self._get_view(resource, item, schema)
        return self._build_response(
            status, response, value, schema is not None, accept, extra_headers
        )

    def _parents_exist(self, resource: Resource, parents: tuple[str, ...]) -> bool:
        """Tell whether the parent items of a collection exist, if the document names them."""
        resources_by_name = {owner.name: owner for owner in self.resources}
        offset = len(parents) - len(resource.parents)
        return all(
            (parents[: offset + index], parents[offset + index])
            in resources_by_name[name].stored_items
            for index, name in enumerate(resource.parents)
            if offset + index >= 0
        )

    def _create_item(
        self,
        operation: Operation,
        resource: Resource,
        parents: tuple[str, ...],
        interpretation: Interpretation,
    ) -> Item:
        """Create an item with a new id."""
        sent = self._remove_read_only(operation, resource, interpretation)
        item = Item(self._generate_id(resource), parents, sent)
        resource.stored_items[parents, format_id(item.identity)] = item
        return item

    def _update_item(
        self, operation: Operation, resource: Resource, item: Item, interpretation: Interpretation
    ) -> bool:
        """Merge members into an item, unless the result is invalid."""
        previous = item.sent
        sent_members = self._remove_read_only(operation, resource, interpretation)
        media_types = resolve(self.document, operation.contents.get("requestBody", {}))
        if list(media_types.get("content", {})) == ["application/merge-patch+json"]:
            item.sent = merge_patch(previous, sent_members)
        else:
            item.sent = {**previous, **sent_members}
        item.views.clear()
        if self._build_exact_view(resource, item, self._get_item_schema(resource)) is not None:
            return True
        item.sent = previous
        item.views.clear()
        return False

    def _generate_id(self, resource: Resource) -> Any:
        """Return an unused id."""
        schema = self._get_item_schema(resource)
        for step in resource.identity:
            schema = self.schemas.get_property_schema(schema, step)
        type_names = self.schemas.list_types(schema)
        formats = {subschema.get("format") for subschema in self.schemas.list_subschemas(schema)}
        while True:
            resource.count += 1
            number = resource.count
            if "integer" in type_names or ("number" in type_names and "string" not in type_names):
                choices: list[Any] = [number, *self._generate_numbered_ids(schema, number)]
            elif "uuid" in formats:
                choices = [str(uuid.uuid4())]
            else:
                choices = [f"{resource.name}{number}", str(number), str(uuid.uuid4())]
                choices += self._generate_numbered_ids(schema, number)
            for value in choices:
                if self.schemas.is_valid(schema, value, request=False):
                    return value
            if number > 100_000:
                raise GenerationError(f"no more ids for {resource.name}")

    def _generate_numbered_ids(self, schema: Schema, number: int) -> list[Any]:
        """Return ids for a number, for id schemas of an unusual kind."""
        numbers = generate_numbers(
            {
                k: v
                for subschema in self.schemas.list_unconditional_subschemas(schema)
                for k, v in subschema.items()
            },
            True,
        )
        type_names = self.schemas.list_types(schema)
        if "integer" in type_names or "number" in type_names:
            first = next(iter(numbers))
            second = next(iter(numbers), first + 1)
            return [int(first + (second - first) * (number - 1))]
        text = base64.b32encode(number.to_bytes(8, "big")).decode().rstrip("=").lower()
        generated = [self.generator.generate(schema, number - 1)] if number <= 20 else []
        return [text, text.upper(), f"{number:024x}", *generated]

    def _remove_read_only(
        self, operation: Operation, resource: Resource, interpretation: Interpretation
    ) -> dict[str, Any]:
        """Return the members of a body that the client may set."""
        body = resolve(self.document, operation.contents.get("requestBody", {}))
        value = interpretation.body if isinstance(interpretation.body, dict) else {}
        for media_type in body.get("content", {}).values():
            value = self._remove_flagged(media_type.get("schema", True), value, "readOnly")
        return self._remove_flagged(self._get_item_schema(resource), value, "readOnly")

    def _get_item_schema(self, resource: Resource) -> Schema:
        """Return the schema of an item in a response."""
        for role in ("read", "create", "replace", "change"):
            if role in resource.roles:
                operation = self.operations[resource.roles[role]]
                schema = self._get_schema(self._choose_success(operation, role)[1])
                if schema is not None and schema is not True:
                    return schema
        return True

    def _build_location(
        self, resource: Resource, parents: tuple[str, ...], item: Item
    ) -> str | None:
        """Return the path of an item."""
        for role in ("read", "replace", "change", "delete"):
            if role in resource.roles:
                operation = self.operations[resource.roles[role]]
                values = iter([*parents, format_id(item.identity)])
                path = re.sub(
                    r"\{[^}]*\}",
                    lambda _, values=values: quote(next(values, ""), safe=""),
                    operation.template,
                )
                return self.base + path
        return None

    # -------------------------------------------------------------------------- item views

    def _remove_flagged(self, schema: Schema, value: Any, flag: str) -> Any:
        """Remove the members that are ``readOnly`` or ``writeOnly``, at all depths."""
        if isinstance(value, dict):
            return {
                name: self._remove_flagged(
                    self.schemas.get_property_schema(schema, name), member, flag
                )
                for name, member in value.items()
                if not self.schemas.has_flag(self.schemas.get_property_schema(schema, name), flag)
            }
        if isinstance(value, list):
            return [
                self._remove_flagged(self.schemas.get_item_schema(schema, i), v, flag)
                for i, v in enumerate(value)
            ]
        return value

    def _iterate_applicable(self, schema: Schema, value: Any) -> Iterator[dict[str, Any]]:
        """Yield the subschemas that apply to a value; of choices, those that it matches."""
        for subschema in self.schemas.list_unconditional_subschemas(schema):
            yield subschema
            for keyword in ("anyOf", "oneOf"):
                for choice in subschema.get(keyword, ()):
                    if self.schemas.is_valid(choice, value):
                        yield from self._iterate_applicable(choice, value)

    def _add_server_members(self, schema: Schema, value: Any, all_set: bool) -> Any:
        """Add the members that the server sets, at all depths.

        These are the required members that are absent, and with ``all_set`` also the optional
        members that are ``readOnly``.
        """
        if isinstance(value, list):
            return [
                self._add_server_members(self.schemas.get_item_schema(schema, i), v, all_set)
                for i, v in enumerate(value)
            ]
        if not isinstance(value, dict):
            return value
        result = dict(value)
        for subschema in list(self._iterate_applicable(schema, value)):
            for name, property_schema in subschema.get("properties", {}).items():
                if name in value:
                    result[name] = self._add_server_members(property_schema, result[name], all_set)
                elif all_set and self.schemas.has_flag(property_schema, "readOnly"):
                    result.setdefault(name, self.generator.generate(property_schema))
            for name in subschema.get("required", ()):
                property_schema = self.schemas.get_property_schema(schema, name)
                if name not in result and not self.schemas.has_flag(property_schema, "writeOnly"):
                    result[name] = self.generator.generate(property_schema)
        return result

    def _build_exact_view(self, resource: Resource, item: Item, schema: Schema) -> Any:
        """Return an item as the client sent it, completed; ``None`` if the schema forbids that."""
        value = replace_at(item.sent, resource.identity, item.identity)
        value = self._remove_flagged(schema, value, "writeOnly")
        known_names = {
            name
            for subschema in self.schemas.list_subschemas(schema)
            for name in subschema.get("properties", {})
        }
        known_members = {name: member for name, member in value.items() if name in known_names}
        for candidate, all_set in (
            (value, True),
            (value, False),
            (known_members, True),
            (known_members, False),
        ):
            try:
                view = self._add_server_members(schema, candidate, all_set)
            except GenerationError:
                continue
            if self.schemas.is_valid(schema, view, request=False):
                return view
        return None

    def _get_view(self, resource: Resource, item: Item, schema: Schema) -> Any:
        """Return an item in the form of a response schema."""
        if id(schema) not in item.views:
            view = self._build_exact_view(resource, item, schema)
            item.views[id(schema)] = (
                self._build_approximate_view(resource, item, schema) if view is None else view
            )
        return item.views[id(schema)]

    def _build_approximate_view(self, resource: Resource, item: Item, schema: Schema) -> Any:
        """Return an instance of a schema that contains as much of an item as is valid."""
        view = self.generator.generate(schema)
        value = replace_at(item.sent, resource.identity, item.identity)
        if isinstance(view, dict):
            for name, member in self._remove_flagged(schema, value, "writeOnly").items():
                candidate = {**view, name: member}
                if self.schemas.is_valid(schema, candidate, request=False):
                    view = candidate
        return view

    # -------------------------------------------------------------------------------- lists

    def _list_items(
        self,
        operation: Operation,
        resource: Resource,
        parents: tuple[str, ...],
        interpretation: Interpretation,
        schema: Schema | None,
    ) -> Any:
        """Return the response value of a list operation."""
        if schema is None:
            return None
        array_schema: Schema = schema
        for step in resource.items:
            array_schema = self.schemas.get_property_schema(array_schema, step)
        items = [item for item in resource.stored_items.values() if item.parents == parents]
        behavior = self.behaviors[id(operation)]
        query = interpretation.parameters["query"]
        items = self._sort_items(items, resource, behavior.sorts, query)
        limit = min(
            (
                p["maxItems"]
                for p in self.schemas.list_unconditional_subschemas(array_schema)
                if "maxItems" in p
            ),
            default=math.inf,
        )
        items = self._select_page(operation, items, behavior.paginates, query, limit)
        item_schema = self.schemas.get_item_schema(array_schema, 0)
        views = [self._get_view(resource, item, item_schema) for item in items]
        envelope = self.generator.generate(schema) if resource.items else views
        return replace_at(envelope, resource.items, views)

    def _sort_items(
        self, items: list[Item], resource: Resource, options: dict[str, Any], query: dict[str, Any]
    ) -> list[Item]:
        """Sort items by the query; without a field they stay in the order of creation."""
        name = query.get(options.get("field", ""))
        if name is None:
            return items
        steps = split_pointer(name) if str(name).startswith("/") else [str(name)]

        def key(item: Item) -> tuple[int, Any]:
            """Return the sort key of an item."""
            value: Any = self._get_view(resource, item, self._get_item_schema(resource))
            for step in steps:
                value = value.get(step) if isinstance(value, dict) else None
            return build_sort_key(value)

        direction = str(query.get(options.get("direction", ""), "")).lower()
        descending = direction.startswith("desc") or direction in ("-", "-1", "down")
        return sorted(items, key=key, reverse=descending)

    @staticmethod
    def _select_page(
        operation: Operation,
        items: list[Item],
        options: dict[str, Any],
        query: dict[str, Any],
        limit: float,
    ) -> list[Item]:
        """Return the items of a page; without a size, all items."""
        if not options:
            return items if limit == math.inf else items[: int(limit)]
        defaults = {
            p["name"]: p["schema"]["default"]
            for p in operation.parameters
            if p["in"] == "query" and "default" in (p.get("schema") or {})
        }
        values = {**defaults, **query}
        first = options.get("first", 1)
        size = values.get(options.get("size", ""))
        size = min(limit, math.inf if size is None else size)
        page = values.get(options.get("page", ""), first) - first
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


def _serialize_simple(value: Any, explode: bool) -> str:
    """Serialize a value in the style ``simple`` (RFC 6570, 3.2.2)."""
    if isinstance(value, list):
        return ",".join(format_id(item) for item in value)
    if isinstance(value, dict):
        separator = "=" if explode else ","
        return ",".join(f"{name}{separator}{format_id(item)}" for name, item in value.items())
    return format_id(value)


# ------------------------------------------------------------------------------------- HTTP


class ControlError(Exception):
    """A request to the control endpoint is invalid."""


class MultiServiceApp:
    """An ASGI app with the services of this process and the endpoint that adds and drops them."""

    def __init__(self) -> None:
        """Start without services."""
        self.services: dict[int, Service] = {}
        self._last_number = 0

    def add(self, path: str, token: str | None, root: bool = False) -> Service:
        """Add a document."""
        number = 0
        if not root:
            self._last_number += 1
            number = self._last_number
        service = Service(path, "" if root else f"/c/{number}", token)
        self.services[number] = service
        return service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to an ASGI request."""
        request = Request(scope, receive)
        try:
            response = self._respond(request, scope, await request.body())
        except Exception:
            traceback.print_exc(file=sys.stderr)
            response = Response(status_code=500)
        await response(scope, receive, send)

    def _respond(self, request: Request, scope: Scope, body: bytes) -> Response:
        """Respond to a request to the control endpoint or to a document."""
        path = scope["raw_path"].decode("latin-1").partition("?")[0]
        query = scope["query_string"].decode("latin-1")
        if path == "/.control" or path.startswith("/.control/"):
            return self._handle_control(request.method, path, body)
        headers = [
            (_decode_header_text(name), _decode_header_text(value))
            for name, value in scope["headers"]
        ]
        http_response = self._dispatch(request.method, path, query, headers, body)
        return _build_starlette_response(http_response, request.method == "HEAD")

    def _dispatch(
        self, method: str, path: str, query: str, headers: list[tuple[str, str]], body: bytes
    ) -> HttpResponse:
        """Pass a request to the service of its path."""
        match = re.match(r"/c/([0-9]+)(?=/|$)", path)
        service = self.services.get(int(match.group(1))) if match else None
        if service is None:
            service = self.services.get(0)
        if service is None:
            return HttpResponse(404)
        target = path[len(service.base) :] + (f"?{query}" if query else "")
        return service.serve(method, target, headers, body)

    def _handle_control(self, method: str, path: str, body: bytes) -> Response:
        """Respond to a request to the control endpoint; errors become error responses."""
        try:
            status, value = self._execute_command(method, path, body)
        except (ControlError, DocumentError, OSError, ValueError) as error:
            status, value = 400, {"error": f"{type(error).__name__}: {error}"}
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            status, value = 500, {"error": f"{type(error).__name__}: {error}"}
        return Response(dump_json(value), status, media_type="application/json")

    def _execute_command(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        """Execute the command of a request to the control endpoint."""
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


def _decode_header_text(data: bytes) -> str:
    """Decode a part of a header: UTF-8, or else opaque octets (RFC 9110, 5.5)."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _build_starlette_response(http_response: HttpResponse, is_head: bool) -> Response:
    """Convert an HTTP response to a Starlette response."""
    response = Response(
        b"" if is_head else http_response.content, http_response.status, http_response.headers
    )
    if is_head and http_response.status not in (204, 304):
        response.headers["content-length"] = str(len(http_response.content))
    return response


class _AnnouncingServer(uvicorn.Server):
    """A server that prints its address when it accepts connections."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then print the address."""
        await super().startup(sockets)
        if sockets:
            print(f"http://127.0.0.1:{sockets[0].getsockname()[1]}", flush=True)


def main() -> None:
    """Parse the command line and serve until killed."""
    parser = argparse.ArgumentParser(description="Serve OpenAPI 3.1 documents.")
    parser.add_argument("document", nargs="?", help="a document, served at the root")
    parser.add_argument("--many", metavar="FOLDER", help="a folder of documents")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", help="the secret that all security schemes ask for")
    options = parser.parse_args()
    sys.setrecursionlimit(20_000)
    multi_service_app = MultiServiceApp()
    try:
        if options.document:
            multi_service_app.add(options.document, options.token, root=True)
        if options.many:
            for path in sorted(Path(options.many).iterdir()):
                if path.suffix in (".yaml", ".yml", ".json"):
                    multi_service_app.add(str(path), options.token)
    except (DocumentError, OSError) as error:
        sys.exit(f"{type(error).__name__}: {error}")
    # asyncio disables Nagle's algorithm only if the protocol is given
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", options.port))
    app = Starlette(routes=[Mount("/", app=multi_service_app)])
    config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off")
    _AnnouncingServer(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
