"""Interpret an HTTP request by an OpenAPI 3.1 document.

``openapi-core`` runs the checks.  Where that library differs from the standards, the class
:class:`RequestInterpreter` overrides one of its steps; each override names the clause.

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
    """The document cannot be served; the message gives the reason."""


# ------------------------------------------------------------------------------------ JSON


class ExactFloat(float):
    """A number whose JSON text has more digits than a binary float can represent."""

    text: str

    def __new__(cls, text: str) -> ExactFloat:
        """Create the number from its JSON text."""
        number = super().__new__(cls, text)
        number.text = text
        return number


def _parse_float(text: str) -> float:
    """Parse a JSON number with a fraction or an exponent; keep its digits if necessary."""
    number = float(text)
    if number in (float("inf"), float("-inf")):
        # RFC 8259, section 6: an implementation may set limits on the range of numbers.
        raise ValueError("number out of range")
    return number if Decimal(repr(number)) == Decimal(text) else ExactFloat(text)


def _refuse_constant(text: str) -> Any:
    """Refuse ``NaN`` and ``Infinity``, which RFC 8259 (section 6) does not permit."""
    raise ValueError(f"{text} is not JSON")


def _measure_depth(value: Any) -> int:
    """Return the nesting depth of arrays and objects."""
    depth, nodes = 0, [value]
    while nodes:
        nodes = [
            child
            for node in nodes
            if isinstance(node, (dict, list))
            for child in (node.values() if isinstance(node, dict) else node)
        ]
        depth += 1
        if depth > MAX_DEPTH:
            break
    return depth


def parse_json(data: bytes | str) -> Any:
    """Parse a JSON text as defined by RFC 8259; raise ``ValueError`` if it is invalid."""
    text = data if isinstance(data, str) else data.decode("utf-8-sig")
    try:
        value = json.loads(text, parse_float=_parse_float, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if _measure_depth(value) > MAX_DEPTH:
        raise ValueError("nested too deeply")
    return value


def dump_json(value: Any) -> str:
    """Serialize a value as ASCII JSON; numbers keep the digits of their source text."""
    if isinstance(value, ExactFloat):
        return value.text
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{dump_json(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(dump_json, value)) + "]"
    return json.dumps(value, allow_nan=False)


# ------------------------------------------------------------------------------- documents


class _JsonTypesLoader(yaml.SafeLoader):
    """A YAML loader that supports only the types of JSON (OAS 4.3: the JSON schema ruleset)."""

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
    _JsonTypesLoader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first
    )
_JsonTypesLoader.add_constructor(
    "tag:yaml.org,2002:int", lambda loader, node: int(loader.construct_scalar(node))
)
_JsonTypesLoader.add_constructor(
    "tag:yaml.org,2002:float", lambda loader, node: _parse_float(loader.construct_scalar(node))
)


def _convert_keys_to_strings(node: Any, copies: dict[int, Any]) -> Any:
    """Copy a document and convert all keys to strings (OAS 4.3); shared parts stay shared."""
    if id(node) in copies:
        return copies[id(node)]
    if isinstance(node, dict):
        copy: Any = {}
        copies[id(node)] = copy
        for key, value in node.items():
            name = key if isinstance(key, str) else json.dumps(key)
            copy[name] = _convert_keys_to_strings(value, copies)
        return copy
    if isinstance(node, list):
        copy = []
        copies[id(node)] = copy
        copy.extend(_convert_keys_to_strings(value, copies) for value in node)
        return copy
    return node


def load_document(path: str | Path) -> dict[str, Any]:
    """Load an OpenAPI document from a YAML or JSON file."""
    try:
        content = yaml.load(Path(path).read_text(encoding="utf-8"), Loader=_JsonTypesLoader)
    except yaml.YAMLError as error:
        raise DocumentError(f"{path} is not YAML: {error}") from error
    if not isinstance(content, dict) or not str(content.get("openapi", "")).startswith("3.1"):
        raise DocumentError(f"{path} is not an OpenAPI 3.1 document")
    return _convert_keys_to_strings(content, {})


def resolve(document: dict[str, Any], node: Any) -> Any:
    """Follow the references of a node inside the document until a node has none."""
    seen = set()
    while isinstance(node, dict) and isinstance(node.get("$ref"), str):
        reference = node["$ref"]
        if reference in seen:
            raise DocumentError(f"the reference {reference} leads to itself")
        seen.add(reference)
        node = lookup(document, reference)
    return node


def lookup(document: dict[str, Any], reference: str) -> Any:
    """Return the part of the document that a reference such as ``#/components/x`` identifies."""
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
def compile_ecma_regex(pattern: str) -> regress.Regex:
    """Compile an ECMA-262 expression with the flag ``u`` (JSC 6.4), or without it if that fails."""
    try:
        return regress.Regex(pattern, "u")
    except regress.RegressError:
        return regress.Regex(pattern)


def matches_ecma_regex(pattern: str, text: str) -> bool:
    """Tell whether an ECMA-262 expression matches anywhere in a text."""
    well_formed = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return compile_ecma_regex(pattern).find(well_formed) is not None


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
    """Check a date-time of RFC 3339; the letter ``t`` may be lowercase (section 5.6)."""
    return len(text) > 11 and text[10] in "tT" and is_date(text[:10]) and is_time(text[11:])


def is_ecma_regex(text: str) -> bool:
    """Check that a text is a regular expression of ECMA-262."""
    try:
        compile_ecma_regex(text)
    except (regress.RegressError, UnicodeError):
        return False
    return True


STRING_FORMATS: dict[str, Callable[[str], bool]] = {
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


def _build_integer_check(bits: int) -> Callable[[object], bool]:
    """Return the check of ``int32`` or ``int64`` (OAS 4.4), which applies to numbers only."""
    limit = 2 ** (bits - 1)

    def check(value: object) -> bool:
        """Tell whether a number is in the range; other types pass."""
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return not is_number or -limit <= value < limit

    return check


def _build_formats() -> FormatChecker:
    """Return the checker for the formats of JSON Schema 2020-12 and the integer formats of OAS.

    openapi-core checks 3.1 documents with the formats of OAS 3.0, which include ``byte``.  OAS 3.1
    removed it, so it is an unknown format, which rejects nothing (JSV 7.2.1).
    """
    checker = FormatChecker(formats=())
    for name, (check, raises) in Draft202012Validator.FORMAT_CHECKER.checkers.items():
        exception_types = raises if isinstance(raises, tuple) else (raises,)
        # A ValueError is also raised for texts that match no format, such as an unpaired surrogate.
        checker.checks(name, raises=(ValueError, *exception_types))(check)
    for name, check_text in STRING_FORMATS.items():
        checker.checks(name)(_accept_other_types(check_text))
    checker.checks("int32")(_build_integer_check(32))
    checker.checks("int64")(_build_integer_check(64))
    return checker


def _accept_other_types(check: Callable[[str], bool]) -> Callable[[object], bool]:
    """Wrap a check of strings so that it accepts all other types (JSV 7.1)."""
    return lambda value: not isinstance(value, str) or check(value)


FORMATS = _build_formats()


# -------------------------------------------------------------------------------- keywords


def to_fraction(number: float) -> Fraction:
    """Return the decimal number of the source text, not its nearest binary float."""
    return Fraction(number.text if isinstance(number, ExactFloat) else repr(number))


def _check_multiple_of(validator: Any, step: float, value: Any, schema: Any) -> Iterator[Any]:
    """Check ``multipleOf`` exactly (JSV 6.2.1): 0.3 is a multiple of 0.1."""
    if (
        validator.is_type(value, "number")
        and (to_fraction(value) / to_fraction(step)).denominator != 1
    ):
        yield ValidationError(f"{value!r} is not a multiple of {step}")


def _check_pattern(validator: Any, pattern: str, value: Any, schema: Any) -> Iterator[Any]:
    """Check ``pattern`` with Unicode support (JSC 6.4), which openapi-core does not have."""
    if validator.is_type(value, "string") and not matches_ecma_regex(pattern, value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def _check_pattern_properties(
    validator: Any, patterns: Any, value: Any, schema: Any
) -> Iterator[Any]:
    """Check ``patternProperties`` with the dialect of ECMA-262 (JSC 6.4)."""
    if validator.is_type(value, "object"):
        for pattern, subschema in patterns.items():
            for name, member in value.items():
                if matches_ecma_regex(pattern, name):
                    yield from validator.descend(member, subschema, path=name, schema_path=pattern)


def _check_additional_properties(
    validator: Any, allowed: Any, value: Any, schema: Any
) -> Iterator[Any]:
    """Check ``additionalProperties`` with the dialect of ECMA-262 (JSC 6.4 and 10.3.2.3)."""
    if not validator.is_type(value, "object"):
        return
    patterns = schema.get("patternProperties", {})
    for name, member in value.items():
        if name in schema.get("properties", {}) or any(
            matches_ecma_regex(p, name) for p in patterns
        ):
            continue
        if allowed is False:
            yield ValidationError(f"{name!r} is not allowed")
        else:
            yield from validator.descend(member, allowed, path=name)


class Schemas:
    """The schemas of one document, with validators for requests and for responses.

    A ``readOnly`` property is not required in a request, and a ``writeOnly`` property is not
    required in a response (OAS 4.8.24, JSV 9.4).  openapi-core requires both in documents of
    version 3.1.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        """Prepare the validators of a document."""
        self.document = document
        resource = Resource(contents=document, specification=DRAFT202012)
        self._resolver = Registry().with_resource("", resource).resolver()
        self._flagged_properties: dict[tuple[int, str], set[str]] = {}
        self._subschemas: dict[int, list[dict[str, Any]]] = {}
        self._validators: dict[tuple[int, str], Any] = {}
        self._alive_schemas: list[Any] = []  # Keeps generated schemas alive: the caches use id().
        self.request_validator_class = self._build_validator_class("readOnly")
        self.response_validator_class = self._build_validator_class("writeOnly")

    def _build_validator_class(self, flag: str) -> type:
        """Return a validator class that does not require the properties with a flag.

        ``anyOf``, ``oneOf`` and ``allOf`` are those of JSON Schema: openapi-schema-validator checks
        the schema of a discriminator in place of them, but a discriminator must not change the
        result of a validation (OAS 4.8.25).
        """

        def required(validator: Any, names: Any, value: Any, schema: Any) -> Iterator[Any]:
            """Check ``required``, except for the flagged properties."""
            if validator.is_type(value, "object"):
                exempt = self._flagged_properties.get((id(schema), flag), ())
                for name in names:
                    if name not in value and name not in exempt:
                        yield ValidationError(f"{name!r} is a required property")

        keywords = {
            "additionalProperties": _check_additional_properties,
            "multipleOf": _check_multiple_of,
            "pattern": _check_pattern,
            "patternProperties": _check_pattern_properties,
            "required": required,
        }
        return extend(Draft202012Validator, keywords)

    def list_subschemas(self, schema: Schema) -> list[dict[str, Any]]:
        """List a schema and all subschemas for the same value, by references and combinations."""
        if not isinstance(schema, dict):
            return []
        if id(schema) not in self._subschemas:
            subschemas: list[dict[str, Any]] = []
            queue = [schema]
            while queue:
                subschema = queue.pop(0)
                if not isinstance(subschema, dict) or any(
                    subschema is visited for visited in subschemas
                ):
                    continue
                subschemas.append(subschema)
                if isinstance(subschema.get("$ref"), str):
                    queue.append(lookup(self.document, subschema["$ref"]))
                for keyword in ("allOf", "anyOf", "oneOf"):
                    queue.extend(subschema.get(keyword, ()))
                queue.extend(
                    subschema[keyword] for keyword in ("if", "then", "else") if keyword in subschema
                )
                queue.extend(subschema.get("dependentSchemas", {}).values())
            self._subschemas[id(schema)] = subschemas
            self._alive_schemas.append(schema)
        return self._subschemas[id(schema)]

    def list_unconditional_subschemas(self, schema: Schema) -> list[dict[str, Any]]:
        """List a schema and the subschemas that always apply: by ``$ref`` and ``allOf``."""
        subschemas: list[dict[str, Any]] = []
        queue = [schema]
        while queue:
            subschema = queue.pop(0)
            if isinstance(subschema, dict) and not any(
                subschema is visited for visited in subschemas
            ):
                subschemas.append(subschema)
                if isinstance(subschema.get("$ref"), str):
                    queue.append(lookup(self.document, subschema["$ref"]))
                queue.extend(subschema.get("allOf", ()))
        return subschemas

    def has_flag(self, schema: Schema, flag: str) -> bool:
        """Tell whether the schema of a property sets ``readOnly`` or ``writeOnly``."""
        return any(
            subschema.get(flag) is True for subschema in self.list_unconditional_subschemas(schema)
        )

    def register_flags(self, schema: Schema) -> None:
        """Collect the ``readOnly`` and ``writeOnly`` properties at each location of a schema."""
        seen: set[int] = set()
        queue = [schema]
        while queue:
            current = queue.pop()
            if not isinstance(current, dict) or id(current) in seen:
                continue
            seen.add(id(current))
            subschemas = self.list_subschemas(current)
            for flag in ("readOnly", "writeOnly"):
                names = {
                    name
                    for subschema in subschemas
                    for name, property_schema in subschema.get("properties", {}).items()
                    if self.has_flag(property_schema, flag)
                }
                for subschema in subschemas:
                    self._flagged_properties.setdefault((id(subschema), flag), set()).update(names)
            for subschema in subschemas:
                queue.extend(subschema.get("properties", {}).values())
                queue.extend(subschema.get("patternProperties", {}).values())
                queue.extend(subschema.get("prefixItems", ()))
                queue.extend(
                    subschema[keyword]
                    for keyword in ("items", "additionalProperties", "contains")
                    if keyword in subschema
                )

    def get_validator(self, schema: Schema, request: bool = True) -> Any:
        """Return the validator of a schema of this document, for requests or for responses."""
        key = (id(schema), "request" if request else "answer")
        if key not in self._validators:
            validator_class = (
                self.request_validator_class if request else self.response_validator_class
            )
            self._alive_schemas.append(schema)
            self._validators[key] = validator_class(
                schema, _resolver=self._resolver, format_checker=FORMATS
            )
        return self._validators[key]

    def is_valid(self, schema: Schema, value: Any, request: bool = True) -> bool:
        """Tell whether a value is an instance of a schema."""
        return self.get_validator(schema, request).is_valid(value)

    def list_types(self, schema: Schema) -> list[str]:
        """List the types that a schema names, in its order; an empty list means any type."""
        result: list[str] = []
        for subschema in self.list_subschemas(schema):
            if "type" in subschema:
                type_names = subschema["type"]
                result.extend([type_names] if isinstance(type_names, str) else type_names)
            elif "const" in subschema:
                result.append(type_name(subschema["const"]))
            elif "enum" in subschema:
                result.extend(map(type_name, subschema["enum"]))
        return list(dict.fromkeys(result))

    def get_property_schema(self, schema: Schema, name: str) -> Schema:
        """Return the schema of a property; ``True`` if there is none."""
        for subschema in self.list_subschemas(schema):
            if name in subschema.get("properties", {}):
                return subschema["properties"][name]
        for subschema in self.list_subschemas(schema):
            for pattern, property_schema in subschema.get("patternProperties", {}).items():
                if matches_ecma_regex(pattern, name):
                    return property_schema
            if isinstance(subschema.get("additionalProperties"), dict):
                return subschema["additionalProperties"]
        return True

    def get_item_schema(self, schema: Schema, index: int) -> Schema:
        """Return the schema of an array item; ``True`` if there is none."""
        for subschema in self.list_subschemas(schema):
            prefix_items = subschema.get("prefixItems", ())
            if index < len(prefix_items):
                return prefix_items[index]
            if "items" in subschema:
                return subschema["items"]
        return True


def type_name(value: Any) -> str:
    """Return the name of the JSON type of a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    return {str: "string", list: "array", dict: "object"}[type(value)]


class _CachedValidatorsFactory(SchemaValidatorsFactory):
    """openapi-core's factory of validators, with the validator class of :class:`Schemas`."""

    def __init__(self, schemas: Schemas) -> None:
        """Store the schemas of a document."""
        super().__init__(schemas.request_validator_class, FORMATS)
        self._schemas = schemas
        self._validators_by_id: dict[int, SchemaValidator] = {}

    def create(self, spec: SchemaPath, schema: SchemaPath, **_: Any) -> SchemaValidator:
        """Return the validator of a schema; the same one for each call."""
        with schema.resolve() as resolved:
            contents = resolved.contents
        if id(contents) not in self._validators_by_id:
            validator = self._schemas.get_validator(contents)
            self._validators_by_id[id(contents)] = SchemaValidator(schema, validator)
        return self._validators_by_id[id(contents)]


# ------------------------------------------------------------------------ parameter values


class DecodeError(DeserializeError):
    """A text is not the serialization of any value of the schema."""


class AbsentParameterError(KeyError):
    """The parameter is not in the request."""


_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
Pairs = list[tuple[str, str]]


@dataclass
class Location:
    """The raw parameters in one location of a request, and the values decoded from them."""

    kind: str
    pairs: Pairs = field(default_factory=list)
    decoded: dict[str, Any] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        """Tell whether a parameter with this name exists."""
        return bool(self.get_values(name))

    def get_values(self, name: str) -> list[str]:
        """List the raw values of a name; header names are case-insensitive (RFC 9110, 5.1)."""
        if self.kind == "header":
            name = name.lower()
        return [value for key, value in self.pairs if key == name]

    @classmethod
    def from_query(cls, query: str) -> Location:
        """Split a query; its values stay percent-encoded."""
        pairs = [part.partition("=") for part in query.split("&") if part]
        return cls("query", [(_decode_query_text(name), value) for name, _, value in pairs])

    @classmethod
    def from_cookies(cls, headers: Iterable[str]) -> Location:
        """Split the ``Cookie`` header fields (RFC 6265, section 4.2.1)."""
        pairs = [part.strip().partition("=") for field in headers for part in field.split(";")]
        return cls("cookie", [(name, value) for name, _, value in pairs if name])

    @classmethod
    def from_headers(cls, headers: list[tuple[str, str]]) -> Location:
        """Collect the header fields; fields with the same name form one list (RFC 9110, 5.3)."""
        fields: dict[str, str] = {}
        for name, value in headers:
            name, value = name.lower(), value.strip(" \t")
            fields[name] = f"{fields[name]}, {value}" if name in fields else value
        return cls("header", list(fields.items()))


def _decode_query_text(text: str) -> str:
    """Decode a part of a query, where a plus sign represents a space."""
    return unquote(text.replace("+", " "))


class ParameterDecoder:
    """Decode the parameters of one operation by their styles (OAS 4.8.12, RFC 6570).

    openapi-core is not used for this.  It decodes percent-encoding before it splits at the
    delimiters (RFC 6570, 3.2.1).  It supports neither exploded objects in the query nor the styles
    ``label`` and ``matrix`` in a template such as ``/pets/{id}``.  It parses texts such as ``1_0``
    or ``nan`` as numbers and ``yes`` as a boolean.
    """

    def __init__(self, schemas: Schemas, parameters: list[dict[str, Any]]) -> None:
        """Store the schemas of the document and classify the parameters of the operation."""
        self.schemas = schemas
        self._declared_names = {
            p["name"] for p in parameters if p["in"] == "query" and not self._is_exploded_object(p)
        }
        self._exploded_names = {
            name
            for p in parameters
            if self._is_exploded_object(p)
            for name in self._list_property_names(p)
        }

    def _list_property_names(self, parameter: dict[str, Any]) -> set[str]:
        """List the property names of an object parameter."""
        subschemas = self.schemas.list_subschemas(parameter.get("schema", True))
        return {name for subschema in subschemas for name in subschema.get("properties", {})}

    def _is_exploded_object(self, parameter: dict[str, Any]) -> bool:
        """Tell whether each member of an object is a separate parameter in the request."""
        style = parameter.get("style", "form")
        return (
            parameter["in"] in ("query", "cookie")
            and "schema" in parameter
            and style == "form"
            and parameter.get("explode", True)
            and "object" in self.schemas.list_types(parameter["schema"])
        )

    def decode(self, parameter: dict[str, Any], location: Location) -> Any:
        """Return the value of a parameter; raise ``AbsentParameterError`` or ``DecodeError``."""
        if "content" in parameter:
            return self._decode_content(parameter, location)
        schema = parameter.get("schema", True)
        shapes: list[str] = []
        for kind in self.schemas.list_types(schema) or ["string"]:
            shape = kind if kind in ("array", "object") else "primitive"
            if shape not in shapes:
                shapes.append(shape)
        first_value: Any = UNSET
        last_error: Exception = AbsentParameterError(parameter["name"])
        for shape in shapes:
            try:
                values = list(self._iterate_interpretations(parameter, schema, shape, location))
            except AbsentParameterError:
                continue
            except ValueError as error:
                last_error = error
                continue
            for value in values:
                if self.schemas.is_valid(schema, value):
                    return value
                first_value = value if first_value is UNSET else first_value
        if first_value is not UNSET:
            # OAS 4.8.12.2.1: with allowEmptyValue an empty text means an unused parameter.
            if parameter.get("allowEmptyValue") and location.get_values(parameter["name"]) == [""]:
                raise AbsentParameterError(parameter["name"])
            return first_value
        if isinstance(last_error, AbsentParameterError):
            raise last_error
        raise DecodeError(f"{parameter['name']}: {last_error}") from last_error

    def _decode_content(self, parameter: dict[str, Any], location: Location) -> Any:
        """Decode a parameter that is described by a media type (OAS 4.8.12.2.3)."""
        raw_values = location.get_values(parameter["name"])
        if not raw_values:
            raise AbsentParameterError(parameter["name"])
        if len(raw_values) > 1:
            raise DecodeError(f"{parameter['name']} is there {len(raw_values)} times")
        if location.kind == "header":
            text = raw_values[0]
        else:
            text = (
                _decode_query_text(raw_values[0])
                if location.kind == "query"
                else unquote(raw_values[0])
            )
        media_type = next(iter(parameter["content"]))
        if not is_json(media_type):
            return text
        try:
            return parse_json(text)
        except ValueError as error:
            raise DecodeError(f"{parameter['name']} is not JSON") from error

    def _iterate_interpretations(
        self, parameter: dict[str, Any], schema: Schema, shape: str, location: Location
    ) -> Iterator[Any]:
        """Yield the possible values of a parameter, decoded as an array, object or primitive."""
        name, kind = parameter["name"], location.kind
        default_style = "simple" if kind in ("path", "header") else "form"
        style = parameter.get("style", default_style)
        explode = parameter.get("explode", style == "form")
        decode_text = self._get_text_decoder(parameter, kind)
        if style == "deepObject":
            # ``explode`` has no meaning here, so its default, false, is not rejected.
            yield self._decode_deep_object(name, schema, location)
        elif style in ("form", "spaceDelimited", "pipeDelimited"):
            delimiter = {"form": ",", "spaceDelimited": r"%20|\+| "}.get(style, r"\||%7[cC]")
            if explode and shape == "object":
                yield self._decode_exploded_object(parameter, schema, location, decode_text)
                return
            raw_values = location.get_values(name)
            if kind == "cookie" and explode and shape == "array":
                raw_values = [
                    p.removeprefix(f"{name}=") for value in raw_values for p in value.split("&")
                ]
            if not raw_values:
                raise AbsentParameterError(name)
            if explode and shape == "array":
                yield self._build_array(schema, [decode_text(value) for value in raw_values])
            elif len(raw_values) > 1:
                # A repeated name is not a single value.
                yield [decode_text(value) for value in raw_values]
            elif shape == "array":
                yield self._build_array(
                    schema, [decode_text(v) for v in re.split(delimiter, raw_values[0])]
                )
            elif shape == "object":
                yield self._decode_flat_object(
                    schema, re.split(delimiter, raw_values[0]), decode_text
                )
            else:
                yield self._convert_primitive(schema, decode_text(raw_values[0]))
        else:
            raw_values = location.get_values(name)
            if not raw_values:
                raise AbsentParameterError(name)
            for pieces in self._split_expansion(raw_values[0], name, style, explode, shape):
                if shape == "array":
                    yield self._build_array(schema, [decode_text(piece) for piece in pieces])
                elif shape == "object" and explode:
                    pairs = [tuple(map(decode_text, piece.split("=", 1))) for piece in pieces]
                    if any(len(pair) != 2 for pair in pairs):
                        raise ValueError("a member without a value")
                    yield self._build_object(schema, pairs)
                elif shape == "object":
                    yield self._decode_flat_object(schema, pieces, decode_text)
                else:
                    yield self._convert_primitive(schema, decode_text(pieces[0]))

    @staticmethod
    def _get_text_decoder(parameter: dict[str, Any], kind: str) -> Callable[[str], str]:
        """Return the function that decodes a piece of text of a location."""
        if kind == "header":
            # OAS, appendix D: the values of header fields are not percent-encoded.
            return lambda piece: piece.strip(" \t")
        if kind == "query" and not parameter.get("allowReserved"):
            return _decode_query_text
        return unquote

    @staticmethod
    def _split_expansion(
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
                # The table of OAS 3.1.0 has dots; OAS 3.1.1 has the commas of RFC 6570.
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

    def _decode_exploded_object(
        self,
        parameter: dict[str, Any],
        schema: Schema,
        location: Location,
        decode_text: Callable[[str], str],
    ) -> Any:
        """Build an object whose members are separate parameters."""
        pairs = location.pairs
        if location.kind == "cookie":
            joined = "&".join(f"{name}={value}" for name, value in pairs)
            pairs = [
                (key, value) for key, _, value in (p.partition("=") for p in joined.split("&"))
            ]
        property_names = self._list_property_names(parameter)
        accepts_other_names = location.kind == "query" and (
            not property_names or any(key in property_names for key, _ in pairs)
        )
        member_texts = [
            (key, decode_text(value))
            for key, value in pairs
            if key in property_names
            or (
                accepts_other_names
                and key not in self._declared_names | self._exploded_names
                and "[" not in key
            )
        ]
        if not member_texts:
            raise AbsentParameterError(parameter["name"])
        return self._build_object(schema, member_texts)

    def _decode_flat_object(
        self, schema: Schema, pieces: list[str], decode_text: Callable[[str], str]
    ) -> dict[str, Any]:
        """Build an object from alternating names and values."""
        if len(pieces) % 2:
            raise ValueError("a member without a value")
        texts = [decode_text(piece) for piece in pieces]
        return self._build_object(schema, list(zip(texts[::2], texts[1::2], strict=True)))

    def _decode_deep_object(self, name: str, schema: Schema, location: Location) -> Any:
        """Decode ``name[key]=value``.

        Nested keys are decoded in the same way, although OAS does not define them.
        """
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
            value = _decode_query_text(raw)
            if last not in node:
                node[last] = value
            elif isinstance(node[last], list):
                node[last].append(value)
            elif isinstance(node[last], str):
                node[last] = [node[last], value]
            else:
                raise ValueError(f"{key} is a value and an object")
        if not tree:
            raise AbsentParameterError(name)
        return self._convert_texts(schema, tree)

    def _convert_texts(self, schema: Schema, value: Any) -> Any:
        """Convert the texts of a tree to the types of the schema."""
        if isinstance(value, dict):
            return {
                k: self._convert_texts(self.schemas.get_property_schema(schema, k), v)
                for k, v in value.items()
            }
        if isinstance(value, list):
            return self._build_array(schema, value)
        if "array" in self.schemas.list_types(schema) and "string" not in self.schemas.list_types(
            schema
        ):
            return self._build_array(schema, [value])
        return self._convert_primitive(schema, value)

    def _build_object(self, schema: Schema, pairs: Iterable[tuple[str, ...]]) -> dict[str, Any]:
        """Build an object from names and texts; a repeated name becomes an array."""
        texts: dict[str, Any] = {}
        for name, value in pairs:
            if name not in texts:
                texts[name] = value
            elif isinstance(texts[name], list):
                texts[name].append(value)
            else:
                texts[name] = [texts[name], value]
        return self._convert_texts(schema, texts)

    def _build_array(self, schema: Schema, texts: list[str]) -> list[Any]:
        """Build an array from texts."""
        return [
            self._convert_primitive(self.schemas.get_item_schema(schema, i), t)
            for i, t in enumerate(texts)
        ]

    def _convert_primitive(self, schema: Schema, text: str) -> Any:
        """Convert a text to the first type of the schema for which the value is valid."""
        values = [
            value
            for kind in self.schemas.list_types(schema) or ["string"]
            for value in _parse_as(kind, text)
        ]
        for value in values:
            if self.schemas.is_valid(schema, value):
                return value
        return values[0] if values else text


def _parse_as(kind: str, text: str) -> Iterator[Any]:
    """Parse a text, written as in JSON, as a value of a type; yield nothing if it is not one."""
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
    for candidate in (name, name.partition("/")[0] + "/*", "*/*"):
        if "/" in name and candidate in by_name:
            return by_name[candidate]
    return None


class BodyDecoder:
    """Decode request bodies by their media types."""

    def __init__(self, schemas: Schemas) -> None:
        """Store the schemas of the document."""
        self.schemas = schemas
        self._parameter_decoder = ParameterDecoder(schemas, [])

    def decode(self, media_type: dict[str, Any], content_type: str, body: bytes) -> Any:
        """Return the value of a body; raise ``ValueError`` if it does not have its media type."""
        name, parameters = split_media_type(content_type)
        schema = media_type.get("schema", True)
        if is_json(name):
            return parse_json(body)
        if name == "application/x-www-form-urlencoded":
            location = Location.from_query(body.decode("ascii"))
            return self._decode_form(schema, media_type.get("encoding", {}), location)
        if name == "multipart/form-data":
            return self._decode_multipart(schema, media_type, parameters.get("boundary", ""), body)
        if name.startswith("text/") or name.endswith(("/xml", "+xml")):
            try:
                return body.decode(parameters.get("charset", "utf-8"))
            except LookupError as error:
                raise ValueError("unknown charset") from error
        return body.decode("latin-1")

    def _decode_form(self, schema: Schema, encodings: dict[str, Any], location: Location) -> Any:
        """Decode a form (OAS 4.8.14.4 and 4.8.15)."""
        result: dict[str, Any] = {}
        names = dict.fromkeys(name for name, _ in location.pairs)
        for subschema in self.schemas.list_subschemas(schema):
            names.update(dict.fromkeys(subschema.get("properties", {})))
        for name in names:
            encoding = encodings.get(name, {})
            property_schema = self.schemas.get_property_schema(schema, name)
            type_names = self.schemas.list_types(property_schema)
            has_style = any(
                keyword in encoding for keyword in ("style", "explode", "allowReserved")
            )
            parameter = {"name": name, "in": "query", "schema": property_schema, **encoding}
            if not has_style and "object" in type_names:
                parameter = {
                    "name": name,
                    "in": "query",
                    "content": {encoding.get("contentType", "application/json"): {}},
                }
            try:
                result[name] = self._parameter_decoder.decode(parameter, location)
            except AbsentParameterError:
                continue
            except DecodeError as error:
                raise ValueError(str(error)) from error
        return result

    def _decode_multipart(
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
            header_bytes, separator, data = piece.lstrip(b" \t").partition(b"\r\n\r\n")
            if not separator:
                raise ValueError("a part without an end of its header")
            part = email.message_from_bytes(header_bytes.strip(b"\r\n") + b"\r\n\r\n")
            name = part.get_param("name", header="content-disposition")
            if not isinstance(name, str):
                raise ValueError("a part without a name")
            property_schema = self.schemas.get_property_schema(schema, name)
            is_array = "array" in self.schemas.list_types(property_schema)
            value = self._decode_part(
                self.schemas.get_item_schema(property_schema, 0) if is_array else property_schema,
                part,
                data,
            )
            if is_array:
                result.setdefault(name, []).append(value)
            elif name in result:
                raise ValueError(f"the part {name} is there twice")
            else:
                result[name] = value
        return result

    def _decode_part(self, schema: Schema, part: email.message.Message, data: bytes) -> Any:
        """Decode one part by its media type, or else by its schema (OAS 4.8.15.1.1)."""
        if "content-type" in part and is_json(part.get_content_type()):
            return parse_json(data)
        if "content-type" in part and part.get_content_maintype() not in ("text", "application"):
            return data.decode("latin-1")
        if "object" in self.schemas.list_types(schema):
            return parse_json(data)
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            return data.decode("latin-1")
        return self._parameter_decoder._convert_primitive(schema, text)


# ---------------------------------------------------------------------------------- routes


@dataclass
class Operation:
    """An operation of the document, with what is needed to decode its requests."""

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
        """Return the ``operationId``."""
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
        """Decode one character, or convert its hexadecimal digits to uppercase."""
        character = chr(int(match.group(1), 16))
        if re.fullmatch(r"[A-Za-z0-9._~-]", character):
            return character
        return match.group(0).upper()

    return re.sub(r"%([0-9a-fA-F]{2})", decode, path)


def _compile_template(template: str) -> tuple[re.Pattern[str], list[str], list[tuple[int, int]]]:
    """Return the regular expression of a template, its names, and its sort key for matching."""
    names: list[str] = []
    pieces: list[str] = []
    for index, piece in enumerate(re.split(r"\{([^}]*)\}", template)):
        if index % 2:
            names.append(piece)
            pieces.append("([^/]+)")
        else:
            raw = "".join(c if ord(c) < 128 else _percent_encode(c) for c in piece)
            pieces.append(re.escape(normalize_path(raw)))
    # OAS 4.8.8.2: concrete paths are matched before templated paths.
    order = [
        (len(re.findall(r"\{", segment)), -len(re.sub(r"\{[^}]*\}", "", segment)))
        for segment in template.split("/")
    ]
    return re.compile("".join(pieces)), names, order


def _percent_encode(character: str) -> str:
    """Percent-encode a character."""
    return "".join(f"%{byte:02X}" for byte in character.encode())


# ------------------------------------------------------------------------- the interpreter


@dataclass
class Interpretation:
    """The interpretation of a request.

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

    def to_json(self) -> dict[str, Any]:
        """Return the interpretation as JSON, in the format of :func:`decode`."""
        return {
            "operation": self.operation.identifier if self.operation else None,
            "valid": not self.errors,
            "errors": self.errors,
            "parameters": self.parameters,
            "body": self.body,
            "has_body": self.has_body,
            "credentials": self.credentials,
        }


class RequestInterpreter(V31RequestValidator):
    """openapi-core's request validator; overrides steps that differ from the standards."""

    def __init__(self, document: dict[str, Any]) -> None:
        """Prepare the schemas, decoders and routes of a document."""
        self.document = document
        self.schemas = Schemas(document)
        spec = SchemaPath.from_dict(document, resolved_cache_maxsize=4096)
        super().__init__(spec, schema_validators_factory=_CachedValidatorsFactory(self.schemas))
        self._body_decoder = BodyDecoder(self.schemas)
        self._parameter_decoder = ParameterDecoder(self.schemas, [])
        self._decoded_body: Any = None
        self._secret: str | None = None
        self.routes = sorted(self._build_routes(), key=lambda route: route.order)

    def _build_routes(self) -> Iterator[Route]:
        """Yield the routes of the document."""
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
                    operations[method] = self._build_operation(method, template, item, path)
            yield Route(template, names, expression, order, operations)

    def _build_operation(
        self, method: str, template: str, item: Any, path: SchemaPath
    ) -> Operation:
        """Build one operation."""
        contents = item[method]
        merged: dict[tuple[str, str], dict[str, Any]] = {}
        for node in (*item.get("parameters", ()), *contents.get("parameters", ())):
            parameter = resolve(self.document, node)
            merged[parameter["name"], parameter["in"]] = parameter
        parameters = [p for p in merged.values() if not _is_ignored(p)]
        for parameter in parameters:
            self.schemas.register_flags(parameter.get("schema"))
        body = resolve(self.document, contents.get("requestBody", {}))
        responses = [resolve(self.document, r) for r in contents.get("responses", {}).values()]
        for holder in (body, *responses):
            for media_type in holder.get("content", {}).values():
                self.schemas.register_flags(media_type.get("schema"))
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
            value = self._parameter_decoder.decode(parameter, location)
        except KeyError as error:
            if isinstance(error, AbsentParameterError):
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
        """Check a value; openapi-core does not support the schemas ``true`` and ``false``."""
        with schema.resolve() as resolved:
            contents = resolved.contents
        if isinstance(contents, bool):
            if not contents:
                raise InvalidSchemaValue(value, "nothing", schema_errors=[])
            return
        super()._validate_schema(schema, value)

    def _find_media_type(self, content: SchemaPath, mimetype: str | None = None) -> MediaType:
        """Find the documented media type of a body.

        openapi-core chooses the first range that matches, not the most specific one (OAS 4.8.14),
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
        """Decode a body; openapi-core accepts ``NaN`` and supports only some kinds of JSON."""
        with media_type.resolve() as resolved:
            contents = resolved.contents
        try:
            self._decoded_body = self._body_decoder.decode(contents, mimetype, value)
        except ValueError as error:
            raise DecodeError(f"the body is not {mimetype}") from error
        return self._decoded_body

    def _get_security_value(self, parameters: RequestParameters, scheme_name: str) -> Any:
        """Find the credentials of a scheme.

        openapi-core compares the name of an HTTP scheme case-sensitively (RFC 9110, 11.1) and does
        not check oauth2 and openIdConnect.
        """
        schemes = resolve(self.document, self.document.get("components", {}))
        scheme = resolve(self.document, schemes.get("securitySchemes", {}).get(scheme_name))
        if scheme is None:
            raise SecurityProviderError(f"unknown scheme {scheme_name}")
        values = list(iterate_credentials(scheme, parameters))
        if not values or (self._secret is not None and self._secret not in values):
            raise SecurityProviderError(f"no credentials for {scheme_name}")
        return values[0]

    # ----------------------------------------------------------------------- interpretation

    def find_route(self, path: str) -> tuple[Route, dict[str, str]] | None:
        """Find the route of a path and the raw texts of its parameters.

        openapi-core removes segments such as ``..`` and compares encoded with decoded texts.
        """
        path = normalize_path(path)
        for route in self.routes:
            match = route.expression.fullmatch(path)
            if match:
                return route, dict(zip(route.names, match.groups(), strict=True))
        return None

    def interpret(
        self, method: str, target: str, headers: list[tuple[str, str]], body: bytes
    ) -> Interpretation:
        """Interpret a request; ``target`` is its path and query below the base."""
        path, _, query = target.partition("?")
        interpretation = Interpretation(has_body=bool(body))
        route_match = self.find_route(path)
        if route_match is None:
            return self._set_problem(interpretation, "path", f"no path of the document is {path}")
        interpretation.route, texts = route_match
        operations = interpretation.route.operations
        name = method.lower()
        # RFC 9110, 9.3.2: HEAD is the same as GET, without content.
        operation = operations.get(name) or (operations.get("get") if name == "head" else None)
        if operation is None:
            return self._set_problem(interpretation, "method", f"no operation {method} at {path}")
        interpretation.operation = operation
        fields = Location.from_headers(headers)
        cookies = Location.from_cookies(fields.get_values("cookie"))
        parameters = RequestParameters(
            Location.from_query(query), fields, cookies, Location("path", list(texts.items()))
        )
        problems = list(self._check_security(interpretation, parameters))
        problems += self._decode_parameters(interpretation, parameters)
        problems += self._decode_request_body(interpretation, fields, body)
        kinds = {kind for kind, _ in problems}
        interpretation.errors = [text for _, text in problems]
        for kind in ("security", "media", "invalid", "identity"):
            if kind in kinds:
                interpretation.problem = kind
                break
        return interpretation

    @staticmethod
    def _set_problem(interpretation: Interpretation, problem: str, text: str) -> Interpretation:
        """Store the reason why a request has no operation."""
        interpretation.problem = problem
        interpretation.errors = [text]
        return interpretation

    def _check_security(
        self, interpretation: Interpretation, parameters: RequestParameters
    ) -> Iterator[tuple[str, str]]:
        """Store which credentials are present; yield a problem if they are insufficient."""
        assert interpretation.operation is not None
        components = self.document.get("components", {})
        for name, scheme in components.get("securitySchemes", {}).items():
            if any(True for _ in iterate_credentials(resolve(self.document, scheme), parameters)):
                interpretation.credentials.append(name)
        if not self.accepts_credentials(interpretation.operation, parameters, None):
            yield "security", "no credentials that the operation accepts"

    def accepts_credentials(
        self, operation: Operation, parameters: RequestParameters, secret: str | None
    ) -> bool:
        """Tell whether the credentials are sufficient; without a secret, any value is valid."""
        self._secret = secret
        try:
            self._get_security(parameters, operation.node)
        except SecurityValidationError:
            return False
        finally:
            self._secret = None
        return True

    def _decode_parameters(
        self, interpretation: Interpretation, parameters: RequestParameters
    ) -> Iterator[tuple[str, str]]:
        """Decode and check each parameter separately with openapi-core; yield the problems."""
        operation = interpretation.operation
        assert operation is not None
        self._parameter_decoder = operation.decoder
        for node in self._list_parameter_nodes(operation):
            location = parameters[(node / "in").read_str()]
            name = (node / "name").read_str()
            try:
                self._get_parameter(parameters, node)
            except MissingParameter:
                continue
            except ParameterValidationError as error:
                kind = "identity" if location.kind == "path" else "invalid"
                yield kind, f"{error}{_describe_cause(error)}"
                if location.kind == "path" and name not in location.decoded:
                    location.decoded[name] = unquote("".join(location.get_values(name)))
        for kind, values in interpretation.parameters.items():
            values.update(parameters[kind].decoded)

    def _list_parameter_nodes(self, operation: Operation) -> list[SchemaPath]:
        """List the parameters of an operation; they may override those of the path item."""
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

    def _decode_request_body(
        self, interpretation: Interpretation, fields: Location, body: bytes
    ) -> Iterator[tuple[str, str]]:
        """Decode and check the body with openapi-core; yield the problems."""
        assert interpretation.operation is not None
        self._decoded_body = None
        content_type = "".join(fields.get_values("content-type"))
        documented = "requestBody" in interpretation.operation.contents
        if (
            body
            and documented
            and "".join(fields.get_values("content-encoding")) not in ("", "identity")
        ):
            yield "media", "the content coding is not documented"
            return
        try:
            self._get_body(body, content_type, interpretation.operation.node)
        except MissingRequestBody:
            return
        except RequestBodyValidationError as error:
            kind = "media" if isinstance(error.__cause__, MediaTypeNotFound) else "invalid"
            yield kind, f"{type(error).__name__}{_describe_cause(error)}"
        finally:
            interpretation.body = self._decoded_body


def _is_ignored(parameter: dict[str, Any]) -> bool:
    """Tell whether a header parameter is described elsewhere (OAS 4.8.12.2.1)."""
    reserved = ("accept", "content-type", "authorization")
    return parameter["in"] == "header" and parameter["name"].lower() in reserved


def _describe_cause(error: BaseException) -> str:
    """Return a short description of why openapi-core rejected a value."""
    cause = error.__cause__
    if isinstance(cause, InvalidSchemaValue):
        return "".join(
            f"; /{'/'.join(map(str, e.absolute_path))}: {e.message}"[:300]
            for e in cause.schema_errors
        )
    return f"; {cause}" if isinstance(cause, OpenAPIError) else ""


def iterate_credentials(scheme: dict[str, Any], parameters: RequestParameters) -> Iterator[str]:
    """Yield the texts in the location that a security scheme documents (OAS 4.8.27)."""
    kind = scheme.get("type")
    if kind == "apiKey":
        location = parameters[scheme["in"]]
        for raw in location.get_values(scheme["name"]):
            yield raw
            if location.kind == "query":
                yield _decode_query_text(raw)
            elif location.kind == "cookie":
                yield unquote(raw)
        return
    expected_scheme = scheme.get("scheme", "bearer").lower() if kind == "http" else "bearer"
    for value in parameters.header.get_values("authorization"):
        name, _, credentials = value.partition(" ")
        credentials = credentials.strip()
        if name.lower() != expected_scheme or not credentials:
            continue
        if expected_scheme != "basic":
            yield credentials
            continue
        try:
            yield base64.b64decode(credentials, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            yield ""


# ------------------------------------------------------------------------------------ decode

_interpreters: dict[int, tuple[dict[str, Any], RequestInterpreter]] = {}


def get_interpreter(document: dict[str, Any]) -> RequestInterpreter:
    """Return the interpreter of a document; recent ones are cached."""
    if id(document) not in _interpreters:
        while len(_interpreters) >= 200:
            del _interpreters[next(iter(_interpreters))]
        _interpreters[id(document)] = (document, RequestInterpreter(document))
    return _interpreters[id(document)][1]


def decode(
    document: dict[str, Any],
    base: str,
    method: str,
    path_with_query: str,
    headers: list[tuple[str, str]],
    body: bytes,
) -> dict[str, Any]:
    """Find the operation of a document that a request addresses, and decode the request.

    ``base`` is the prefix of the path that represents the server's URL.
    """
    path, separator, query = path_with_query.partition("?")
    base = base.rstrip("/")
    if not (path == base or path.startswith(base + "/")):
        interpretation = Interpretation(
            has_body=bool(body), problem="path", errors=[f"{path} is not in {base}"]
        )
        return interpretation.to_json()
    target = path[len(base) :] + separator + query
    return get_interpreter(document).interpret(method, target, headers, body).to_json()
