"""Tell what an HTTP request means by an OpenAPI 3.1 document.

The checks are made by ``openapi-core``.  Where that library differs from the standards, the
class :class:`RequestReader` overrides one of its steps; each override names the clause.

The abbreviations in the comments: OAS is the OpenAPI Specification 3.1.1, JSV is JSON Schema
Validation 2020-12, JSC is JSON Schema Core 2020-12.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import email
import email.message
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote

import regress
import yaml
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from jsonschema_path import SchemaPath
from openapi_core import V31RequestValidator
from openapi_core.datatypes import RequestParameters
from openapi_core.deserializing.exceptions import DeserializeError
from openapi_core.exceptions import OpenAPIError
from openapi_core.security.exceptions import SecurityProviderError
from openapi_core.templating.media_types.datatypes import MediaType
from openapi_core.templating.media_types.exceptions import MediaTypeNotFound
from openapi_core.validation.request.exceptions import (
    MissingParameter,
    MissingRequestBody,
    ParameterValidationError,
    RequestBodyValidationError,
    SecurityValidationError,
)
from openapi_core.validation.schemas.exceptions import InvalidSchemaValue
from openapi_core.validation.schemas.factories import SchemaValidatorsFactory
from openapi_core.validation.schemas.validators import SchemaValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
MAX_DEPTH = 100  # RFC 8259, section 9: a parser may limit the depth of nesting.
UNSET = object()

Schema = Any  # A JSON Schema: an object or a boolean.


class DocumentError(Exception):
    """The document cannot be served, for the reason in the message."""


# ------------------------------------------------------------------------------------ JSON


class ExactFloat(float):
    """A number whose written digits are more than a binary float can hold."""

    text: str

    def __new__(cls, text: str) -> ExactFloat:
        """Make the number from its JSON text."""
        number = super().__new__(cls, text)
        number.text = text
        return number


def _parse_float(text: str) -> float:
    """Read a JSON number with a fraction or an exponent; keep its digits if need be."""
    number = float(text)
    if number in (float("inf"), float("-inf")):
        # RFC 8259, section 6: an implementation may set limits on the range of numbers.
        raise ValueError("number out of range")
    return number if Decimal(repr(number)) == Decimal(text) else ExactFloat(text)


def _refuse_constant(text: str) -> Any:
    """Refuse ``NaN`` and ``Infinity``, which RFC 8259 (section 6) does not permit."""
    raise ValueError(f"{text} is not JSON")


def _depth(value: Any) -> int:
    """Count how deeply arrays and objects are nested."""
    deepest, level = 0, [value]
    while level:
        level = [
            child
            for node in level
            if isinstance(node, (dict, list))
            for child in (node.values() if isinstance(node, dict) else node)
        ]
        deepest += 1
        if deepest > MAX_DEPTH:
            break
    return deepest


def parse_json(data: bytes | str) -> Any:
    """Read a JSON text as RFC 8259 defines it; raise ``ValueError`` when it is not one."""
    text = data if isinstance(data, str) else data.decode("utf-8-sig")
    try:
        value = json.loads(text, parse_float=_parse_float, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if _depth(value) > MAX_DEPTH:
        raise ValueError("nested too deeply")
    return value


def dump_json(value: Any) -> str:
    """Write a JSON text in ASCII, with the digits of the numbers as they were read."""
    if isinstance(value, ExactFloat):
        return value.text
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{dump_json(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(dump_json, value)) + "]"
    return json.dumps(value, allow_nan=False)


# ------------------------------------------------------------------------------- documents


class _JsonSchemaLoader(yaml.SafeLoader):
    """A YAML loader with the types of JSON only (OAS 4.3: the JSON schema ruleset)."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}


for _tag, _pattern, _first in (
    ("null", r"^(?:null|Null|NULL|~|)$", ["n", "N", "~", ""]),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", r"^[-+]?[0-9]+$", list("-+0123456789")),
    (
        "float",
        r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$",
        list("-+.0123456789"),
    ),
):
    _JsonSchemaLoader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first
    )
_JsonSchemaLoader.add_constructor(
    "tag:yaml.org,2002:int", lambda loader, node: int(loader.construct_scalar(node))
)
_JsonSchemaLoader.add_constructor(
    "tag:yaml.org,2002:float", lambda loader, node: _parse_float(loader.construct_scalar(node))
)


def _string_keys(node: Any, done: dict[int, Any]) -> Any:
    """Copy a document so that all keys are texts (OAS 4.3); shared parts stay shared."""
    if id(node) in done:
        return done[id(node)]
    if isinstance(node, dict):
        copy: Any = {}
        done[id(node)] = copy
        for key, value in node.items():
            name = key if isinstance(key, str) else json.dumps(key)
            copy[name] = _string_keys(value, done)
        return copy
    if isinstance(node, list):
        copy = []
        done[id(node)] = copy
        copy.extend(_string_keys(value, done) for value in node)
        return copy
    return node


def load_document(path: str | Path) -> dict[str, Any]:
    """Read an OpenAPI document from a YAML or JSON file."""
    try:
        content = yaml.load(Path(path).read_text(encoding="utf-8"), Loader=_JsonSchemaLoader)
    except yaml.YAMLError as error:
        raise DocumentError(f"{path} is not YAML: {error}") from error
    if not isinstance(content, dict) or not str(content.get("openapi", "")).startswith("3.1"):
        raise DocumentError(f"{path} is not an OpenAPI 3.1 document")
    return _string_keys(content, {})


def resolve(document: dict[str, Any], node: Any) -> Any:
    """Follow the reference of a node, and the references it leads to, inside the document."""
    seen = set()
    while isinstance(node, dict) and isinstance(node.get("$ref"), str):
        reference = node["$ref"]
        if reference in seen:
            raise DocumentError(f"the reference {reference} leads to itself")
        seen.add(reference)
        node = lookup(document, reference)
    return node


def lookup(document: dict[str, Any], reference: str) -> Any:
    """Give the part of the document that a reference such as ``#/components/x`` names."""
    if reference == "#":
        return document
    if not reference.startswith("#/"):
        raise DocumentError(f"only references inside the document are served: {reference}")
    node: Any = document
    for step in unquote(reference[2:]).split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        try:
            node = node[int(name)] if isinstance(node, list) else node[name]
        except (KeyError, IndexError, ValueError, TypeError) as error:
            raise DocumentError(f"the reference {reference} leads nowhere") from error
    return node


# --------------------------------------------------------------------- regular expressions


@lru_cache(maxsize=4096)
def ecma_regex(pattern: str) -> regress.Regex:
    """Compile an ECMA-262 expression with the flag ``u`` (JSC 6.4), else without it."""
    try:
        return regress.Regex(pattern, "u")
    except regress.RegressError:
        return regress.Regex(pattern)


def ecma_search(pattern: str, text: str) -> bool:
    """Tell whether an ECMA-262 expression matches somewhere in a text."""
    well_formed = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return ecma_regex(pattern).find(well_formed) is not None


# --------------------------------------------------------------------------------- formats

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIME = re.compile(
    r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?(?:[zZ]|([+-])([0-9]{2}):([0-9]{2}))"
)
_DURATION = re.compile(
    # RFC 3339, appendix A.
    r"P(?:[0-9]+W|(?:[0-9]+D|[0-9]+M(?:[0-9]+D)?|[0-9]+Y(?:[0-9]+M(?:[0-9]+D)?)?)"
    r"(?:T(?:[0-9]+S|[0-9]+M(?:[0-9]+S)?|[0-9]+H(?:[0-9]+M(?:[0-9]+S)?)?))?"
    r"|T(?:[0-9]+S|[0-9]+M(?:[0-9]+S)?|[0-9]+H(?:[0-9]+M(?:[0-9]+S)?)?))"
)
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_EMAIL = re.compile(
    # RFC 5321, section 4.1.2.
    rf"(?:{_ATOM}(?:\.{_ATOM})*|\"(?:[ !#-\[\]-~]|\\[ -~])*\")"
    rf"@(?:{_LABEL}(?:\.{_LABEL})*|\[[!-Z^-~]+\])"
)


def is_date(text: str) -> bool:
    """Check a full-date of RFC 3339."""
    match = _DATE.fullmatch(text)
    if not match:
        return False
    year, month, day = map(int, match.groups())
    try:
        datetime.date(year or 4, month, day)  # Python has no year 0, a leap year like year 4.
    except ValueError:
        return False
    return True


def is_time(text: str) -> bool:
    """Check a full-time of RFC 3339; a leap second ends a day in UTC (section 5.7)."""
    match = _TIME.fullmatch(text)
    if not match:
        return False
    hour, minute, second = (int(part) for part in match.group(1, 2, 3))
    off_hour, off_minute = int(match.group(5) or 0), int(match.group(6) or 0)
    if hour > 23 or minute > 59 or second > 60 or off_hour > 23 or off_minute > 59:
        return False
    offset = (off_hour * 60 + off_minute) * (-1 if match.group(4) == "-" else 1)
    return second < 60 or (hour * 60 + minute - offset) % 1440 == 1439


def is_date_time(text: str) -> bool:
    """Check a date-time of RFC 3339; the letter ``t`` may be small (section 5.6)."""
    return len(text) > 11 and text[10] in "tT" and is_date(text[:10]) and is_time(text[11:])


def is_ecma_regex(text: str) -> bool:
    """Check that a text is a regular expression of ECMA-262."""
    try:
        ecma_regex(text)
    except (regress.RegressError, UnicodeError):
        return False
    return True


TEXT_FORMATS: dict[str, Callable[[str], bool]] = {
    "date": is_date,
    "time": is_time,
    "date-time": is_date_time,
    "duration": lambda text: _DURATION.fullmatch(text) is not None,
    "email": lambda text: _EMAIL.fullmatch(text) is not None,
    "uuid": lambda text: (
        re.fullmatch(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text) is not None
    ),
    "json-pointer": lambda text: re.fullmatch(r"(?:/(?:[^~/]|~[01])*)*", text) is not None,
    "regex": is_ecma_regex,
}


def _is_sized_integer(bits: int) -> Callable[[object], bool]:
    """Make the check of ``int32`` or ``int64`` (OAS 4.4), which is for numbers only."""
    limit = 2 ** (bits - 1)

    def check(value: object) -> bool:
        """Tell whether a number fits."""
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return not is_number or -limit <= value < limit

    return check


def _build_formats() -> FormatChecker:
    """Make the checker of the formats of JSON Schema 2020-12, and of the integers of OAS.

    openapi-core checks 3.1 documents by the formats of OAS 3.0, which has ``byte``; OAS 3.1 has
    it no more, so that it is an unknown format, which refuses nothing (JSV 7.2.1).
    """
    checker = FormatChecker(formats=())
    for name, (check, raises) in Draft202012Validator.FORMAT_CHECKER.checkers.items():
        known = raises if isinstance(raises, tuple) else (raises,)
        # A ValueError also comes from texts that no format has, such as a lone surrogate.
        checker.checks(name, raises=(ValueError, *known))(check)
    for name, check_text in TEXT_FORMATS.items():
        checker.checks(name)(_for_texts(check_text))
    checker.checks("int32")(_is_sized_integer(32))
    checker.checks("int64")(_is_sized_integer(64))
    return checker


def _for_texts(check: Callable[[str], bool]) -> Callable[[object], bool]:
    """Let a check of texts accept all other values (JSV 7.1)."""
    return lambda value: not isinstance(value, str) or check(value)


FORMATS = _build_formats()


# -------------------------------------------------------------------------------- keywords


def exact(number: float) -> Fraction:
    """Give the decimal number that was written, not its nearest binary float."""
    return Fraction(number.text if isinstance(number, ExactFloat) else repr(number))


def _multiple_of(validator: Any, step: float, value: Any, schema: Any) -> Iterator[Any]:
    """Check ``multipleOf`` exactly (JSV 6.2.1): 0.3 is a multiple of 0.1."""
    if validator.is_type(value, "number") and (exact(value) / exact(step)).denominator != 1:
        yield ValidationError(f"{value!r} is not a multiple of {step}")


def _pattern(validator: Any, pattern: str, value: Any, schema: Any) -> Iterator[Any]:
    """Check ``pattern`` with Unicode support (JSC 6.4), which openapi-core leaves out."""
    if validator.is_type(value, "string") and not ecma_search(pattern, value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def _pattern_properties(validator: Any, patterns: Any, value: Any, schema: Any) -> Iterator[Any]:
    """Check ``patternProperties`` by the dialect of ECMA-262 (JSC 6.4)."""
    if validator.is_type(value, "object"):
        for pattern, subschema in patterns.items():
            for name, member in value.items():
                if ecma_search(pattern, name):
                    yield from validator.descend(member, subschema, path=name, schema_path=pattern)


def _additional(validator: Any, allowed: Any, value: Any, schema: Any) -> Iterator[Any]:
    """Check ``additionalProperties`` by the dialect of ECMA-262 (JSC 6.4 and 10.3.2.3)."""
    if not validator.is_type(value, "object"):
        return
    patterns = schema.get("patternProperties", {})
    for name, member in value.items():
        if name in schema.get("properties", {}) or any(ecma_search(p, name) for p in patterns):
            continue
        if allowed is False:
            yield ValidationError(f"{name!r} is not allowed")
        else:
            yield from validator.descend(member, allowed, path=name)


class Schemas:
    """The schemas of one document, and validators for requests and for answers.

    In a request a ``readOnly`` property is not required, and in an answer a ``writeOnly`` one is
    not (OAS 4.8.24, JSV 9.4).  openapi-core requires both in documents of version 3.1.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        """Prepare the validators of a document."""
        self.document = document
        resource = Resource(contents=document, specification=DRAFT202012)
        self._resolver = Registry().with_resource("", resource).resolver()
        self._flagged: dict[tuple[int, str], set[str]] = {}
        self._parts: dict[int, list[dict[str, Any]]] = {}
        self._validators: dict[tuple[int, str], Any] = {}
        self._kept: list[Any] = []  # Keeps made schemas alive, since the caches go by identity.
        self.request_class = self._validator_class("readOnly")
        self.answer_class = self._validator_class("writeOnly")

    def _validator_class(self, flag: str) -> type:
        """Make a validator class that does not require the properties with a flag.

        ``anyOf``, ``oneOf`` and ``allOf`` are those of JSON Schema: openapi-schema-validator
        checks the schema of a discriminator in place of them, though a discriminator must not
        change the outcome of a validation (OAS 4.8.25).
        """

        def required(validator: Any, names: Any, value: Any, schema: Any) -> Iterator[Any]:
            """Check ``required``, except for the flagged properties."""
            if validator.is_type(value, "object"):
                exempt = self._flagged.get((id(schema), flag), ())
                for name in names:
                    if name not in value and name not in exempt:
                        yield ValidationError(f"{name!r} is a required property")

        keywords = {
            "additionalProperties": _additional,
            "multipleOf": _multiple_of,
            "pattern": _pattern,
            "patternProperties": _pattern_properties,
            "required": required,
        }
        return extend(Draft202012Validator, keywords)

    def parts(self, schema: Schema) -> list[dict[str, Any]]:
        """List a schema and all that apply at the same place by references and combinations."""
        if not isinstance(schema, dict):
            return []
        if id(schema) not in self._parts:
            found: list[dict[str, Any]] = []
            waiting = [schema]
            while waiting:
                part = waiting.pop(0)
                if not isinstance(part, dict) or any(part is other for other in found):
                    continue
                found.append(part)
                if isinstance(part.get("$ref"), str):
                    waiting.append(lookup(self.document, part["$ref"]))
                for word in ("allOf", "anyOf", "oneOf"):
                    waiting.extend(part.get(word, ()))
                waiting.extend(part[word] for word in ("if", "then", "else") if word in part)
                waiting.extend(part.get("dependentSchemas", {}).values())
            self._parts[id(schema)] = found
            self._kept.append(schema)
        return self._parts[id(schema)]

    def always(self, schema: Schema) -> list[dict[str, Any]]:
        """List a schema and those that apply unconditionally: by ``$ref`` and ``allOf``."""
        found: list[dict[str, Any]] = []
        waiting = [schema]
        while waiting:
            part = waiting.pop(0)
            if isinstance(part, dict) and not any(part is other for other in found):
                found.append(part)
                if isinstance(part.get("$ref"), str):
                    waiting.append(lookup(self.document, part["$ref"]))
                waiting.extend(part.get("allOf", ()))
        return found

    def has_flag(self, schema: Schema, flag: str) -> bool:
        """Tell whether ``readOnly`` or ``writeOnly`` is set on a property's schema."""
        return any(part.get(flag) is True for part in self.always(schema))

    def register(self, schema: Schema) -> None:
        """Find the ``readOnly`` and ``writeOnly`` properties at each place of a schema."""
        seen: set[int] = set()
        waiting = [schema]
        while waiting:
            place = waiting.pop()
            if not isinstance(place, dict) or id(place) in seen:
                continue
            seen.add(id(place))
            parts = self.parts(place)
            for flag in ("readOnly", "writeOnly"):
                names = {
                    name
                    for part in parts
                    for name, member in part.get("properties", {}).items()
                    if self.has_flag(member, flag)
                }
                for part in parts:
                    self._flagged.setdefault((id(part), flag), set()).update(names)
            for part in parts:
                waiting.extend(part.get("properties", {}).values())
                waiting.extend(part.get("patternProperties", {}).values())
                waiting.extend(part.get("prefixItems", ()))
                waiting.extend(
                    part[word]
                    for word in ("items", "additionalProperties", "contains")
                    if word in part
                )

    def validator(self, schema: Schema, request: bool = True) -> Any:
        """Give the validator of a schema of this document, for requests or for answers."""
        key = (id(schema), "request" if request else "answer")
        if key not in self._validators:
            validator_class = self.request_class if request else self.answer_class
            self._kept.append(schema)
            self._validators[key] = validator_class(
                schema, _resolver=self._resolver, format_checker=FORMATS
            )
        return self._validators[key]

    def is_valid(self, schema: Schema, value: Any, request: bool = True) -> bool:
        """Tell whether a value is an instance of a schema."""
        return self.validator(schema, request).is_valid(value)

    def types(self, schema: Schema) -> list[str]:
        """List the types that a schema names, in its order; an empty list means any type."""
        names: list[str] = []
        for part in self.parts(schema):
            if "type" in part:
                kinds = part["type"]
                names.extend([kinds] if isinstance(kinds, str) else kinds)
            elif "const" in part:
                names.append(type_name(part["const"]))
            elif "enum" in part:
                names.extend(map(type_name, part["enum"]))
        return list(dict.fromkeys(names))

    def member(self, schema: Schema, name: str) -> Schema:
        """Give the schema of a property; ``True`` when there is none."""
        for part in self.parts(schema):
            if name in part.get("properties", {}):
                return part["properties"][name]
        for part in self.parts(schema):
            for pattern, member in part.get("patternProperties", {}).items():
                if ecma_search(pattern, name):
                    return member
            if isinstance(part.get("additionalProperties"), dict):
                return part["additionalProperties"]
        return True

    def item(self, schema: Schema, index: int) -> Schema:
        """Give the schema of an array's item; ``True`` when there is none."""
        for part in self.parts(schema):
            prefix = part.get("prefixItems", ())
            if index < len(prefix):
                return prefix[index]
            if "items" in part:
                return part["items"]
        return True


def type_name(value: Any) -> str:
    """Name the JSON type of a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    return {str: "string", list: "array", dict: "object"}[type(value)]


class _CachedValidators(SchemaValidatorsFactory):
    """openapi-core's maker of validators, with the validator class of :class:`Schemas`."""

    def __init__(self, schemas: Schemas) -> None:
        """Take the schemas of a document."""
        super().__init__(schemas.request_class, FORMATS)
        self._schemas = schemas
        self._made: dict[int, SchemaValidator] = {}

    def create(self, spec: SchemaPath, schema: SchemaPath, **_: Any) -> SchemaValidator:
        """Give the validator of a schema, the same one each time."""
        with schema.resolve() as resolved:
            contents = resolved.contents
        if id(contents) not in self._made:
            validator = self._schemas.validator(contents)
            self._made[id(contents)] = SchemaValidator(schema, validator)
        return self._made[id(contents)]


# ------------------------------------------------------------------------ parameter values


class DecodeError(DeserializeError):
    """A text is not the serialization of any value of the schema."""


class Absent(KeyError):
    """The parameter is not in the request."""


_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
Pairs = list[tuple[str, str]]


@dataclass
class Location:
    """One place of parameters in a request, not decoded, and what was decoded of it."""

    kind: str
    pairs: Pairs = field(default_factory=list)
    decoded: dict[str, Any] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        """Tell whether something has this name."""
        return bool(self.all(name))

    def all(self, name: str) -> list[str]:
        """List the raw values of a name; header names are case-insensitive (RFC 9110, 5.1)."""
        if self.kind == "header":
            name = name.lower()
        return [value for key, value in self.pairs if key == name]

    @classmethod
    def of_query(cls, query: str) -> Location:
        """Split a query; its values stay percent-encoded."""
        pairs = [part.partition("=") for part in query.split("&") if part]
        return cls("query", [(_unquote_plus(name), value) for name, _, value in pairs])

    @classmethod
    def of_cookies(cls, headers: Iterable[str]) -> Location:
        """Split the fields ``Cookie`` (RFC 6265, section 4.2.1)."""
        pairs = [part.strip().partition("=") for field in headers for part in field.split(";")]
        return cls("cookie", [(name, value) for name, _, value in pairs if name])

    @classmethod
    def of_headers(cls, headers: list[tuple[str, str]]) -> Location:
        """Take the header fields; those of one name are one list (RFC 9110, 5.3)."""
        fields: dict[str, str] = {}
        for name, value in headers:
            name, value = name.lower(), value.strip(" \t")
            fields[name] = f"{fields[name]}, {value}" if name in fields else value
        return cls("header", list(fields.items()))


def _unquote_plus(text: str) -> str:
    """Decode a part of a query, where a plus sign is a space."""
    return unquote(text.replace("+", " "))


class ParameterDecoder:
    """Decode the parameters of one operation by their styles (OAS 4.8.12, RFC 6570).

    openapi-core is not used for this, since it decodes percent-encoding before it splits at the
    delimiters (RFC 6570, 3.2.1), does not know exploded objects of the query nor the styles
    ``label`` and ``matrix`` in a template such as ``/pets/{id}``, and reads texts such as ``1_0``
    or ``nan`` as numbers and ``yes`` as a boolean.
    """

    def __init__(self, schemas: Schemas, parameters: list[dict[str, Any]]) -> None:
        """Take the schemas of the document and the parameters of the operation."""
        self.schemas = schemas
        self._declared = {
            p["name"] for p in parameters if p["in"] == "query" and not self._explodes_names(p)
        }
        self._members = {
            name for p in parameters if self._explodes_names(p) for name in self._properties(p)
        }

    def _properties(self, parameter: dict[str, Any]) -> set[str]:
        """List the names of the properties of an object parameter."""
        parts = self.schemas.parts(parameter.get("schema", True))
        return {name for part in parts for name in part.get("properties", {})}

    def _explodes_names(self, parameter: dict[str, Any]) -> bool:
        """Tell whether the members of an object are parameters of their own in the request."""
        style = parameter.get("style", "form")
        return (
            parameter["in"] in ("query", "cookie")
            and "schema" in parameter
            and style == "form"
            and parameter.get("explode", True)
            and "object" in self.schemas.types(parameter["schema"])
        )

    def decode(self, parameter: dict[str, Any], location: Location) -> Any:
        """Give the value of a parameter; raise ``Absent`` or ``DecodeError``."""
        if "content" in parameter:
            return self._decode_content(parameter, location)
        schema = parameter.get("schema", True)
        shapes: list[str] = []
        for kind in self.schemas.types(schema) or ["string"]:
            shape = kind if kind in ("array", "object") else "primitive"
            if shape not in shapes:
                shapes.append(shape)
        first: Any = UNSET
        problem: Exception = Absent(parameter["name"])
        for shape in shapes:
            try:
                values = list(self._readings(parameter, schema, shape, location))
            except Absent:
                continue
            except ValueError as error:
                problem = error
                continue
            for value in values:
                if self.schemas.is_valid(schema, value):
                    return value
                first = value if first is UNSET else first
        if first is not UNSET:
            # OAS 4.8.12.2.1: with allowEmptyValue an empty text means an unused parameter.
            if parameter.get("allowEmptyValue") and location.all(parameter["name"]) == [""]:
                raise Absent(parameter["name"])
            return first
        if isinstance(problem, Absent):
            raise problem
        raise DecodeError(f"{parameter['name']}: {problem}") from problem

    def _decode_content(self, parameter: dict[str, Any], location: Location) -> Any:
        """Decode a parameter that is described by a media type (OAS 4.8.12.2.3)."""
        raw = location.all(parameter["name"])
        if not raw:
            raise Absent(parameter["name"])
        if len(raw) > 1:
            raise DecodeError(f"{parameter['name']} is there {len(raw)} times")
        if location.kind == "header":
            text = raw[0]
        else:
            text = _unquote_plus(raw[0]) if location.kind == "query" else unquote(raw[0])
        media_type = next(iter(parameter["content"]))
        if not is_json(media_type):
            return text
        try:
            return parse_json(text)
        except ValueError as error:
            raise DecodeError(f"{parameter['name']} is not JSON") from error

    def _readings(
        self, parameter: dict[str, Any], schema: Schema, shape: str, location: Location
    ) -> Iterator[Any]:
        """Give the values that the request may mean, read as an array, object or primitive."""
        name, kind = parameter["name"], location.kind
        default_style = "simple" if kind in ("path", "header") else "form"
        style = parameter.get("style", default_style)
        explode = parameter.get("explode", style == "form")
        text = self._text_decoder(parameter, kind)
        if style == "deepObject":
            # ``explode`` has no meaning here, so that its default, false, is not refused.
            yield self._deep_object(name, schema, location)
        elif style in ("form", "spaceDelimited", "pipeDelimited"):
            delimiter = {"form": ",", "spaceDelimited": r"%20|\+| "}.get(style, r"\||%7[cC]")
            if explode and shape == "object":
                yield self._exploded_object(parameter, schema, location, text)
                return
            raw = location.all(name)
            if kind == "cookie" and explode and shape == "array":
                raw = [p.removeprefix(f"{name}=") for value in raw for p in value.split("&")]
            if not raw:
                raise Absent(name)
            if explode and shape == "array":
                yield self._array(schema, [text(value) for value in raw])
            elif len(raw) > 1:
                yield [text(value) for value in raw]  # No value of this name alone.
            elif shape == "array":
                yield self._array(schema, [text(v) for v in re.split(delimiter, raw[0])])
            elif shape == "object":
                yield self._flat_object(schema, re.split(delimiter, raw[0]), text)
            else:
                yield self._primitive(schema, text(raw[0]))
        else:
            raw = location.all(name)
            if not raw:
                raise Absent(name)
            for pieces in self._expansion(raw[0], name, style, explode, shape):
                if shape == "array":
                    yield self._array(schema, [text(piece) for piece in pieces])
                elif shape == "object" and explode:
                    pairs = [tuple(map(text, piece.split("=", 1))) for piece in pieces]
                    if any(len(pair) != 2 for pair in pairs):
                        raise ValueError("a member without a value")
                    yield self._object(schema, pairs)
                elif shape == "object":
                    yield self._flat_object(schema, pieces, text)
                else:
                    yield self._primitive(schema, text(pieces[0]))

    @staticmethod
    def _text_decoder(parameter: dict[str, Any], kind: str) -> Callable[[str], str]:
        """Give the function that decodes a piece of text of a place."""
        if kind == "header":
            # OAS, appendix D: the values of header fields are not percent-encoded.
            return lambda piece: piece.strip(" \t")
        if kind == "query" and not parameter.get("allowReserved"):
            return _unquote_plus
        return unquote

    @staticmethod
    def _expansion(
        raw: str, name: str, style: str, explode: bool, shape: str
    ) -> Iterator[list[str]]:
        """Split the expansion of the styles simple, label and matrix into pieces."""
        if style == "simple":
            yield raw.split(",") if shape != "primitive" else [raw]
        elif style == "label":
            if not raw.startswith("."):
                raise ValueError("a label begins with a dot")
            body = raw[1:]
            if shape == "primitive":
                yield [body]
            elif explode:
                yield body.split(".")
            else:
                yield body.split(",")
                # OAS 3.1.0 has dots in its table; OAS 3.1.1 has the commas of RFC 6570.
                if "," not in body and "." in body:
                    yield body.split(".")
        elif style == "matrix":
            if not raw.startswith(";"):
                raise ValueError("a matrix parameter begins with a semicolon")
            if explode and shape == "object":
                yield raw[1:].split(";")
                return
            pieces = raw[1:].split(";") if explode and shape == "array" else [raw[1:]]
            values = []
            for piece in pieces:
                key, _, value = piece.partition("=")
                if unquote(key) != name:
                    raise ValueError(f"{key} is not {name}")
                values.append(value)
            if shape == "primitive" or (explode and shape == "array"):
                yield values
            else:
                yield values[0].split(",")
        else:
            raise ValueError(f"unknown style {style}")

    def _exploded_object(
        self,
        parameter: dict[str, Any],
        schema: Schema,
        location: Location,
        text: Callable[[str], str],
    ) -> Any:
        """Gather an object whose members are parameters of their own."""
        pairs = location.pairs
        if location.kind == "cookie":
            joined = "&".join(f"{name}={value}" for name, value in pairs)
            pairs = [
                (key, value) for key, _, value in (p.partition("=") for p in joined.split("&"))
            ]
        own = self._properties(parameter)
        others = location.kind == "query" and (not own or any(key in own for key, _ in pairs))
        members = [
            (key, text(value))
            for key, value in pairs
            if key in own
            or (others and key not in self._declared | self._members and "[" not in key)
        ]
        if not members:
            raise Absent(parameter["name"])
        return self._object(schema, members)

    def _flat_object(
        self, schema: Schema, pieces: list[str], text: Callable[[str], str]
    ) -> dict[str, Any]:
        """Read names and values in turn."""
        if len(pieces) % 2:
            raise ValueError("a member without a value")
        texts = [text(piece) for piece in pieces]
        return self._object(schema, list(zip(texts[::2], texts[1::2], strict=True)))

    def _deep_object(self, name: str, schema: Schema, location: Location) -> Any:
        """Read ``name[key]=value``; keys below keys are read likewise, though OAS has none."""
        tree: dict[str, Any] = {}
        for key, raw in location.pairs:
            if not (key.startswith(name + "[") and key.endswith("]")):
                continue
            *path, last = key[len(name) + 1 : -1].split("][")
            node = tree
            for step in path:
                node = node.setdefault(step, {})
                if not isinstance(node, dict):
                    raise ValueError(f"{key} is below a value")
            value = _unquote_plus(raw)
            if last not in node:
                node[last] = value
            elif isinstance(node[last], list):
                node[last].append(value)
            elif isinstance(node[last], str):
                node[last] = [node[last], value]
            else:
                raise ValueError(f"{key} is a value and an object")
        if not tree:
            raise Absent(name)
        return self._typed(schema, tree)

    def _typed(self, schema: Schema, value: Any) -> Any:
        """Give types to a tree of texts."""
        if isinstance(value, dict):
            return {k: self._typed(self.schemas.member(schema, k), v) for k, v in value.items()}
        if isinstance(value, list):
            return self._array(schema, value)
        if "array" in self.schemas.types(schema) and "string" not in self.schemas.types(schema):
            return self._array(schema, [value])
        return self._primitive(schema, value)

    def _object(self, schema: Schema, pairs: Iterable[tuple[str, ...]]) -> dict[str, Any]:
        """Make an object from names and texts; a repeated name is an array."""
        texts: dict[str, Any] = {}
        for name, value in pairs:
            if name not in texts:
                texts[name] = value
            elif isinstance(texts[name], list):
                texts[name].append(value)
            else:
                texts[name] = [texts[name], value]
        return self._typed(schema, texts)

    def _array(self, schema: Schema, texts: list[str]) -> list[Any]:
        """Make an array from texts."""
        return [self._primitive(self.schemas.item(schema, i), t) for i, t in enumerate(texts)]

    def _primitive(self, schema: Schema, text: str) -> Any:
        """Read a text as the first type of the schema for which the value is valid."""
        values = [
            value
            for kind in self.schemas.types(schema) or ["string"]
            for value in _read_as(kind, text)
        ]
        for value in values:
            if self.schemas.is_valid(schema, value):
                return value
        return values[0] if values else text


def _read_as(kind: str, text: str) -> Iterator[Any]:
    """Read a text as a value of a type, written as in JSON; give nothing if it is not one."""
    if kind == "string":
        yield text
    elif kind in ("integer", "number") and _NUMBER.fullmatch(text):
        try:
            yield parse_json(text)
        except ValueError:
            return
    elif kind == "boolean" and text in ("true", "false"):
        yield text == "true"
    elif kind == "null" and text == "null":
        yield None


# ----------------------------------------------------------------------------- media types


def split_media_type(text: str) -> tuple[str, dict[str, str]]:
    """Split a media type into its name and its parameters (RFC 9110, 8.3.1)."""
    message = email.message.Message()
    message["content-type"] = text.replace("\r", " ").replace("\n", " ")
    parameters = message.get_params(failobj=[]) or []
    name = text.partition(";")[0].strip().lower()
    return name, {key.lower(): value for key, value in parameters[1:]}


def is_json(media_type: str) -> bool:
    """Tell whether a media type is JSON, by its name or its suffix (RFC 6839, 3.1)."""
    name = media_type.partition(";")[0].strip().lower()
    return name == "application/json" or name.endswith("+json")


def find_media_type(keys: Iterable[str], content_type: str) -> str | None:
    """Choose the most specific key of a content map for a media type (OAS 4.8.14)."""
    name = split_media_type(content_type)[0]
    by_name = {}
    for key in keys:
        by_name.setdefault(split_media_type(key)[0], key)
    for wanted in (name, name.partition("/")[0] + "/*", "*/*"):
        if "/" in name and wanted in by_name:
            return by_name[wanted]
    return None


class BodyDecoder:
    """Decode request bodies by their media types."""

    def __init__(self, schemas: Schemas) -> None:
        """Take the schemas of the document."""
        self.schemas = schemas
        self._values = ParameterDecoder(schemas, [])

    def decode(self, media_type: dict[str, Any], content_type: str, body: bytes) -> Any:
        """Give the value of a body; raise ``ValueError`` when it is not of its media type."""
        name, parameters = split_media_type(content_type)
        schema = media_type.get("schema", True)
        if is_json(name):
            return parse_json(body)
        if name == "application/x-www-form-urlencoded":
            location = Location.of_query(body.decode("ascii"))
            return self._form(schema, media_type.get("encoding", {}), location)
        if name == "multipart/form-data":
            return self._multipart(schema, media_type, parameters.get("boundary", ""), body)
        if name.startswith("text/") or name.endswith(("/xml", "+xml")):
            try:
                return body.decode(parameters.get("charset", "utf-8"))
            except LookupError as error:
                raise ValueError("unknown charset") from error
        return body.decode("latin-1")

    def _form(self, schema: Schema, encodings: dict[str, Any], location: Location) -> Any:
        """Decode a form (OAS 4.8.14.4 and 4.8.15)."""
        result: dict[str, Any] = {}
        names = dict.fromkeys(name for name, _ in location.pairs)
        for part in self.schemas.parts(schema):
            names.update(dict.fromkeys(part.get("properties", {})))
        for name in names:
            encoding = encodings.get(name, {})
            member = self.schemas.member(schema, name)
            kinds = self.schemas.types(member)
            styled = any(word in encoding for word in ("style", "explode", "allowReserved"))
            parameter = {"name": name, "in": "query", "schema": member, **encoding}
            if not styled and "object" in kinds:
                parameter = {
                    "name": name,
                    "in": "query",
                    "content": {encoding.get("contentType", "application/json"): {}},
                }
            try:
                result[name] = self._values.decode(parameter, location)
            except Absent:
                continue
            except DecodeError as error:
                raise ValueError(str(error)) from error
        return result

    def _multipart(
        self, schema: Schema, media_type: dict[str, Any], boundary: str, body: bytes
    ) -> Any:
        """Decode ``multipart/form-data`` (RFC 7578); openapi-core alters line ends in parts."""
        if not boundary:
            raise ValueError("no boundary")
        pieces = (b"\r\n" + body).split(b"\r\n--" + boundary.encode("latin-1"))
        if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
            raise ValueError("the last boundary is not there")
        result: dict[str, Any] = {}
        for piece in pieces[1:-1]:
            head, gap, data = piece.lstrip(b" \t").partition(b"\r\n\r\n")
            if not gap:
                raise ValueError("a part without an end of its header")
            part = email.message_from_bytes(head.strip(b"\r\n") + b"\r\n\r\n")
            name = part.get_param("name", header="content-disposition")
            if not isinstance(name, str):
                raise ValueError("a part without a name")
            member = self.schemas.member(schema, name)
            repeated = "array" in self.schemas.types(member)
            value = self._part(self.schemas.item(member, 0) if repeated else member, part, data)
            if repeated:
                result.setdefault(name, []).append(value)
            elif name in result:
                raise ValueError(f"the part {name} is there twice")
            else:
                result[name] = value
        return result

    def _part(self, schema: Schema, part: email.message.Message, data: bytes) -> Any:
        """Decode one part by its media type, or else by its schema (OAS 4.8.15.1.1)."""
        if "content-type" in part and is_json(part.get_content_type()):
            return parse_json(data)
        if "content-type" in part and part.get_content_maintype() not in ("text", "application"):
            return data.decode("latin-1")
        if "object" in self.schemas.types(schema):
            return parse_json(data)
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            return data.decode("latin-1")
        return self._values._primitive(schema, text)


# ---------------------------------------------------------------------------------- routes


@dataclass
class Operation:
    """An operation of the document, with what is needed to read its requests."""

    method: str
    template: str
    contents: dict[str, Any]
    path: SchemaPath
    node: SchemaPath
    parameters: list[dict[str, Any]]
    decoder: ParameterDecoder
    nodes: list[SchemaPath] = field(default_factory=list)

    @property
    def identifier(self) -> str | None:
        """Give the ``operationId``."""
        return self.contents.get("operationId")


@dataclass
class Route:
    """A path template with its operations."""

    template: str
    names: list[str]
    expression: re.Pattern[str]
    order: list[tuple[int, int]]
    operations: dict[str, Operation]


def normalize_path(path: str) -> str:
    """Decode the percent-encoding of unreserved characters only (RFC 3986, 6.2.2.2)."""

    def decode(match: re.Match[str]) -> str:
        """Decode one character, or write its digits in capitals."""
        character = chr(int(match.group(1), 16))
        if re.fullmatch(r"[A-Za-z0-9._~-]", character):
            return character
        return match.group(0).upper()

    return re.sub(r"%([0-9a-fA-F]{2})", decode, path)


def _compile_template(template: str) -> tuple[re.Pattern[str], list[str], list[tuple[int, int]]]:
    """Make the expression of a template, its names, and its order among the templates."""
    names: list[str] = []
    pieces: list[str] = []
    for index, piece in enumerate(re.split(r"\{([^}]*)\}", template)):
        if index % 2:
            names.append(piece)
            pieces.append("([^/]+)")
        else:
            raw = "".join(c if ord(c) < 128 else _quote(c) for c in piece)
            pieces.append(re.escape(normalize_path(raw)))
    # OAS 4.8.8.2: concrete paths are matched before templated ones.
    order = [
        (len(re.findall(r"\{", segment)), -len(re.sub(r"\{[^}]*\}", "", segment)))
        for segment in template.split("/")
    ]
    return re.compile("".join(pieces)), names, order


def _quote(character: str) -> str:
    """Percent-encode a character."""
    return "".join(f"%{byte:02X}" for byte in character.encode())


# ------------------------------------------------------------------------------ the reader


@dataclass
class Reading:
    """What a request means.

    ``problem`` is one of: ``""``, ``path`` (unknown), ``method`` (unknown for this path),
    ``security``, ``media`` (type not documented), ``identity`` (only values in the path are
    invalid) and ``invalid``.
    """

    operation: Operation | None = None
    route: Route | None = None
    problem: str = ""
    errors: list[str] = field(default_factory=list)
    parameters: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {"path": {}, "query": {}, "header": {}, "cookie": {}}
    )
    body: Any = None
    has_body: bool = False
    credentials: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Give the reading as it is told by :func:`decode`."""
        return {
            "operation": self.operation.identifier if self.operation else None,
            "valid": not self.errors,
            "errors": self.errors,
            "parameters": self.parameters,
            "body": self.body,
            "has_body": self.has_body,
            "credentials": self.credentials,
        }


class RequestReader(V31RequestValidator):
    """openapi-core's validator of requests, with the steps that differ from the standards."""

    def __init__(self, document: dict[str, Any]) -> None:
        """Prepare everything that the requests of a document need."""
        self.document = document
        self.schemas = Schemas(document)
        spec = SchemaPath.from_dict(document, resolved_cache_maxsize=4096)
        super().__init__(spec, schema_validators_factory=_CachedValidators(self.schemas))
        self._bodies = BodyDecoder(self.schemas)
        self._decoder = ParameterDecoder(self.schemas, [])
        self._body: Any = None
        self._secret: str | None = None
        self.routes = sorted(self._find_routes(), key=lambda route: route.order)

    def _find_routes(self) -> Iterator[Route]:
        """Prepare the paths of the document."""
        paths = self.document.get("paths") or {}
        for template, item in paths.items():
            if not template.startswith("/"):
                continue
            item = resolve(self.document, item)
            path = self.spec / "paths" / template
            expression, names, order = _compile_template(template)
            operations = {}
            for method in METHODS:
                if method in item:
                    operations[method] = self._prepare(method, template, item, path)
            yield Route(template, names, expression, order, operations)

    def _prepare(self, method: str, template: str, item: Any, path: SchemaPath) -> Operation:
        """Prepare one operation."""
        contents = item[method]
        merged: dict[tuple[str, str], dict[str, Any]] = {}
        for node in (*item.get("parameters", ()), *contents.get("parameters", ())):
            parameter = resolve(self.document, node)
            merged[parameter["name"], parameter["in"]] = parameter
        parameters = [p for p in merged.values() if not _is_ignored(p)]
        for parameter in parameters:
            self.schemas.register(parameter.get("schema"))
        body = resolve(self.document, contents.get("requestBody", {}))
        responses = [resolve(self.document, r) for r in contents.get("responses", {}).values()]
        for holder in (body, *responses):
            for media_type in holder.get("content", {}).values():
                self.schemas.register(media_type.get("schema"))
        decoder = ParameterDecoder(self.schemas, parameters)
        return Operation(method, template, contents, path, path / method, parameters, decoder)

    # ------------------------------------------------------------------- overridden steps

    def _get_param_or_header_and_schema(
        self, param_or_header: SchemaPath, location: Any, name: str | None = None
    ) -> tuple[Any, SchemaPath | None]:
        """Decode and check a parameter; see :class:`ParameterDecoder` for the reasons."""
        with param_or_header.resolve() as resolved:
            parameter = resolved.contents
        try:
            value = self._decoder.decode(parameter, location)
        except KeyError as error:
            if isinstance(error, Absent):
                raise
            raise RuntimeError(f"cannot decode {parameter['name']}") from error
        location.decoded[parameter["name"]] = value
        schema = None
        if "schema" in parameter:
            schema = param_or_header / "schema"
        elif "content" in parameter:
            media_type = param_or_header / "content" / next(iter(parameter["content"]))
            schema = media_type / "schema" if "schema" in media_type else None
        if schema is not None:
            self._validate_schema(schema, value)
        return value, schema

    def _validate_schema(self, schema: SchemaPath, value: Any) -> None:
        """Check a value; openapi-core does not know the schemas ``true`` and ``false``."""
        with schema.resolve() as resolved:
            contents = resolved.contents
        if isinstance(contents, bool):
            if not contents:
                raise InvalidSchemaValue(value, "nothing", schema_errors=[])
            return
        super()._validate_schema(schema, value)

    def _find_media_type(self, content: SchemaPath, mimetype: str | None = None) -> MediaType:
        """Find the documented media type of a body.

        openapi-core takes the first range that matches, not the most specific one (OAS 4.8.14),
        and fails on parameters without a value.
        """
        keys = list(content.str_keys())
        key = find_media_type(keys, mimetype or "")
        if key is None:
            raise MediaTypeNotFound(mimetype or "", keys)
        return MediaType(mimetype or "", {}, content / key)

    def _deserialise_media_type(
        self, media_type: SchemaPath, mimetype: str, parameters: Mapping[str, str], value: bytes
    ) -> Any:
        """Decode a body; openapi-core accepts ``NaN`` and knows only some kinds of JSON."""
        with media_type.resolve() as resolved:
            contents = resolved.contents
        try:
            self._body = self._bodies.decode(contents, mimetype, value)
        except ValueError as error:
            raise DecodeError(f"the body is not {mimetype}") from error
        return self._body

    def _get_security_value(self, parameters: RequestParameters, scheme_name: str) -> Any:
        """Look for the credentials of a scheme.

        openapi-core compares the name of an HTTP scheme with case (RFC 9110, 11.1) and takes
        oauth2 and openIdConnect for granted.
        """
        schemes = resolve(self.document, self.document.get("components", {}))
        scheme = resolve(self.document, schemes.get("securitySchemes", {}).get(scheme_name))
        if scheme is None:
            raise SecurityProviderError(f"unknown scheme {scheme_name}")
        values = list(find_credentials(scheme, parameters))
        if not values or (self._secret is not None and self._secret not in values):
            raise SecurityProviderError(f"no credentials for {scheme_name}")
        return values[0]

    # ---------------------------------------------------------------------------- reading

    def match(self, path: str) -> tuple[Route, dict[str, str]] | None:
        """Find the route of a path, and the raw texts of its parameters.

        openapi-core removes segments such as ``..`` and compares encoded with decoded texts.
        """
        path = normalize_path(path)
        for route in self.routes:
            match = route.expression.fullmatch(path)
            if match:
                return route, dict(zip(route.names, match.groups(), strict=True))
        return None

    def read(
        self, method: str, target: str, headers: list[tuple[str, str]], body: bytes
    ) -> Reading:
        """Tell what a request means; ``target`` is its path and query below the base."""
        path, _, query = target.partition("?")
        reading = Reading(has_body=bool(body))
        found = self.match(path)
        if found is None:
            return self._fail(reading, "path", f"no path of the document is {path}")
        reading.route, texts = found
        operations = reading.route.operations
        name = method.lower()
        # RFC 9110, 9.3.2: HEAD is as GET, without content.
        operation = operations.get(name) or (operations.get("get") if name == "head" else None)
        if operation is None:
            return self._fail(reading, "method", f"no operation {method} at {path}")
        reading.operation = operation
        fields = Location.of_headers(headers)
        cookies = Location.of_cookies(fields.all("cookie"))
        parameters = RequestParameters(
            Location.of_query(query), fields, cookies, Location("path", list(texts.items()))
        )
        problems = list(self._read_security(reading, parameters))
        problems += self._read_parameters(reading, parameters)
        problems += self._read_body(reading, fields, body)
        kinds = {kind for kind, _ in problems}
        reading.errors = [text for _, text in problems]
        for kind in ("security", "media", "invalid", "identity"):
            if kind in kinds:
                reading.problem = kind
                break
        return reading

    @staticmethod
    def _fail(reading: Reading, problem: str, text: str) -> Reading:
        """Note that a request has no operation."""
        reading.problem = problem
        reading.errors = [text]
        return reading

    def _read_security(
        self, reading: Reading, parameters: RequestParameters
    ) -> Iterator[tuple[str, str]]:
        """Note which credentials are present, and whether they are enough."""
        assert reading.operation is not None
        components = self.document.get("components", {})
        for name, scheme in components.get("securitySchemes", {}).items():
            if any(True for _ in find_credentials(resolve(self.document, scheme), parameters)):
                reading.credentials.append(name)
        if not self.permits(reading.operation, parameters, None):
            yield "security", "no credentials that the operation accepts"

    def permits(
        self, operation: Operation, parameters: RequestParameters, secret: str | None
    ) -> bool:
        """Tell whether the credentials are enough; without a secret all values are right."""
        self._secret = secret
        try:
            self._get_security(parameters, operation.node)
        except SecurityValidationError:
            return False
        finally:
            self._secret = None
        return True

    def _read_parameters(
        self, reading: Reading, parameters: RequestParameters
    ) -> Iterator[tuple[str, str]]:
        """Decode and check the parameters, each for itself, by openapi-core."""
        operation = reading.operation
        assert operation is not None
        self._decoder = operation.decoder
        for node in self._parameter_nodes(operation):
            location = parameters[(node / "in").read_str()]
            name = (node / "name").read_str()
            try:
                self._get_parameter(parameters, node)
            except MissingParameter:
                continue
            except ParameterValidationError as error:
                kind = "identity" if location.kind == "path" else "invalid"
                yield kind, f"{error}{_cause(error)}"
                if location.kind == "path" and name not in location.decoded:
                    location.decoded[name] = unquote("".join(location.all(name)))
        for kind, values in reading.parameters.items():
            values.update(parameters[kind].decoded)

    def _parameter_nodes(self, operation: Operation) -> list[SchemaPath]:
        """List the parameters of an operation; those of the path item may be overridden."""
        if not operation.nodes:
            seen = set()
            for holder in (operation.node, operation.path):
                for node in holder / "parameters" if "parameters" in holder else ():
                    with node.resolve() as resolved:
                        contents = resolved.contents
                    key = contents["name"], contents["in"]
                    if key not in seen and not _is_ignored(contents):
                        operation.nodes.append(node)
                    seen.add(key)
        return operation.nodes

    def _read_body(
        self, reading: Reading, fields: Location, body: bytes
    ) -> Iterator[tuple[str, str]]:
        """Decode and check the body by openapi-core."""
        assert reading.operation is not None
        self._body = None
        content_type = "".join(fields.all("content-type"))
        documented = "requestBody" in reading.operation.contents
        if body and documented and "".join(fields.all("content-encoding")) not in ("", "identity"):
            yield "media", "the content coding is not documented"
            return
        try:
            self._get_body(body, content_type, reading.operation.node)
        except MissingRequestBody:
            return
        except RequestBodyValidationError as error:
            kind = "media" if isinstance(error.__cause__, MediaTypeNotFound) else "invalid"
            yield kind, f"{type(error).__name__}{_cause(error)}"
        finally:
            reading.body = self._body


def _is_ignored(parameter: dict[str, Any]) -> bool:
    """Tell whether a header parameter is described elsewhere (OAS 4.8.12.2.1)."""
    reserved = ("accept", "content-type", "authorization")
    return parameter["in"] == "header" and parameter["name"].lower() in reserved


def _cause(error: BaseException) -> str:
    """Tell why openapi-core refused a value, in short."""
    cause = error.__cause__
    if isinstance(cause, InvalidSchemaValue):
        return "".join(
            f"; /{'/'.join(map(str, e.absolute_path))}: {e.message}"[:300]
            for e in cause.schema_errors
        )
    return f"; {cause}" if isinstance(cause, OpenAPIError) else ""


def find_credentials(scheme: dict[str, Any], parameters: RequestParameters) -> Iterator[str]:
    """Give the texts in the place that a security scheme documents (OAS 4.8.27)."""
    kind = scheme.get("type")
    if kind == "apiKey":
        location = parameters[scheme["in"]]
        for raw in location.all(scheme["name"]):
            yield raw
            if location.kind == "query":
                yield _unquote_plus(raw)
            elif location.kind == "cookie":
                yield unquote(raw)
        return
    wanted = scheme.get("scheme", "bearer").lower() if kind == "http" else "bearer"
    for value in parameters.header.all("authorization"):
        name, _, credentials = value.partition(" ")
        credentials = credentials.strip()
        if name.lower() != wanted or not credentials:
            continue
        if wanted != "basic":
            yield credentials
            continue
        try:
            yield base64.b64decode(credentials, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            yield ""


# ------------------------------------------------------------------------------------ decode

_readers: dict[int, tuple[dict[str, Any], RequestReader]] = {}


def reader_of(document: dict[str, Any]) -> RequestReader:
    """Give the reader of a document; the last ones are kept."""
    if id(document) not in _readers:
        while len(_readers) >= 200:
            del _readers[next(iter(_readers))]
        _readers[id(document)] = (document, RequestReader(document))
    return _readers[id(document)][1]


def decode(
    document: dict[str, Any],
    base: str,
    method: str,
    path_with_query: str,
    headers: list[tuple[str, str]],
    body: bytes,
) -> dict[str, Any]:
    """Tell which operation of a document a request is for, and what the request contains.

    ``base`` is the beginning of the path that stands for the server's URL.
    """
    path, mark, query = path_with_query.partition("?")
    base = base.rstrip("/")
    if not (path == base or path.startswith(base + "/")):
        reading = Reading(has_body=bool(body), problem="path", errors=[f"{path} is not in {base}"])
        return reading.as_json()
    target = path[len(base) :] + mark + query
    return reader_of(document).read(method, target, headers, body).as_json()
