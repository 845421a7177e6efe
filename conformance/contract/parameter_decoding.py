"""Decoding of parameters from the wire by their style (OpenAPI 3.1, 4.8.12; RFC 6570, 3.2).

The mock and the monitor read requests with it. Texts are split before they are percent-decoded, so
that an encoded comma, semicolon or dot is part of a value. A blank or a `|` cannot be one in
the styles that it delimits, because clients send these delimiters encoded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote, unquote_plus

from conformance.contract.json import Json
from conformance.contract.location import ParameterLocation
from conformance.contract.operation import Parameter
from conformance.contract.schema import Schema

_INTEGER = re.compile(r"-?[0-9]{1,4000}", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,300}(\.[0-9]{1,300})?([eE][-+]?[0-9]{1,2})?", re.ASCII)
_QUERY_DELIMITERS = {
    # delimiters as sent: encoded, or as browsers and old clients leave them
    "spaceDelimited": re.compile(r"%20|\+| "),
    "pipeDelimited": re.compile(r"%7C|\|", re.IGNORECASE),
}
_COMMA = re.compile(",")
Convert = Callable[[str], Json]


@dataclass(frozen=True, slots=True)
class ParameterDecoder:
    """Reads one parameter.

    `select_text` finds it in the part of the request that its location names (raw query, segment
    of the path, header, or cookie header) and returns its raw text, or None if it is absent;
    `decode` returns the value of such a text and raises ValueError if it has none. A parameter is
    `structured` if it is an array or an object.
    """

    parameter: Parameter
    structured: bool
    select_text: Callable[[str], str | None]
    decode: Callable[[str], Json]


def build_parameter_decoder(parameter: Parameter) -> ParameterDecoder:
    """Return the decoder of a parameter."""
    alternatives = list(_list_alternatives(parameter.schema))
    structured = [schema for schema in alternatives if {"array", "object"} & set(schema.types)]
    if parameter.media_type is not None:
        return ParameterDecoder(parameter, False, _select_single(parameter), _decode_content)
    if not structured:
        convert = build_text_converter(parameter.schema)
        unquoted = _get_unquote(parameter)
        return ParameterDecoder(
            parameter,
            False,
            _select_single(parameter),
            lambda text: convert(unquoted(_remove_scalar_prefix(parameter, text))),
        )
    readings: list[Callable[[str], Json]] = []
    names: set[str] = set()
    for schema in structured:
        if "array" in schema.types:
            readings.append(_build_array_reading(parameter, schema))
        if "object" in schema.types:
            names |= schema.properties.keys()
            readings.append(_build_object_reading(parameter, schema))
    if len(alternatives) > len(structured):
        scalar = build_text_converter(parameter.schema)
        unquoted = _get_unquote(parameter)
        readings.append(
            lambda text: scalar(unquoted(_remove_scalar_prefix(parameter, text, in_pair=True)))
        )
    is_object_only = len(alternatives) == 1 and "object" in alternatives[0].types
    select = (
        _select_pairs(parameter, names, not (is_object_only and parameter.explode))
        if parameter.location is ParameterLocation.QUERY
        else _select_single(parameter)
    )
    return ParameterDecoder(parameter, True, select, _choose_reading(readings, parameter.schema))


def _choose_reading(readings: list[Callable[[str], Json]], schema: Schema) -> Callable[[str], Json]:
    """Return a function that gives the first valid reading, else the first that is possible."""

    def decode(text: str) -> Json:
        values, problem = [], ValueError(f"{text[:200]!r} cannot be read")
        for read in readings:
            try:
                values.append(read(text))
            except ValueError as error:
                problem = error
        if not values:
            raise problem
        return next((value for value in values if schema.is_valid(value)), values[0])

    return decode


def _list_alternatives(schema: Schema) -> Iterator[Schema]:
    """Yield the schema, or the alternatives of a union, without null."""
    types = schema.types
    if not types and schema.alternatives:
        for alternative in schema.alternatives:
            yield from _list_alternatives(alternative)
    elif len(types) > 1:
        for name in types:
            if name != "null":
                yield schema.with_node({**schema.merged, "type": name})
    elif types != ("null",):
        yield schema


def encode_simple_header(explode: bool, value: Json) -> str:
    """Return the text of a header in the style `simple`, as a response carries it."""

    def encode(member: Json) -> str:
        return member if isinstance(member, str) else json.dumps(member, ensure_ascii=True)

    if isinstance(value, list):
        return ",".join(map(encode, value))
    if isinstance(value, dict):
        joint = "=" if explode else ","
        return ",".join(f"{name}{joint}{encode(member)}" for name, member in value.items())
    return encode(value)


# ------------------------------------------------------------------------- finding the text


def _get_unquote(parameter: Parameter) -> Callable[[str], str]:
    match parameter.location:
        case ParameterLocation.QUERY:
            return unquote_plus
        case ParameterLocation.HEADER:
            return lambda text: text
        case _:
            return unquote


def _select_single(parameter: Parameter) -> Callable[[str], str | None]:
    """Return a function that finds the parameter under its own name; the last one counts."""
    name = parameter.wire_name
    if parameter.location is ParameterLocation.QUERY:

        def select_from_query(query: str) -> str | None:
            values = [value for key, value in split_query(query) if key == name]
            return values[-1] if values else None

        return select_from_query
    if parameter.location is ParameterLocation.COOKIE:

        def select_from_cookies(header: str) -> str | None:
            pairs = (pair.strip().partition("=") for pair in header.split(";"))
            values = [value for key, equals, value in pairs if equals and unquote(key) == name]
            if parameter.explode and len(values) > 1:
                return ",".join(values)
            return values[-1] if values else None

        return select_from_cookies
    return lambda text: text


def _select_pairs(
    parameter: Parameter, properties: set[str], is_named: bool
) -> Callable[[str], str | None]:
    """Return a function that finds the pairs of a query that belong to an array or an object.

    The members of an exploded object stand under their own names, not under that of the parameter.
    """
    name = parameter.wire_name

    def belongs(key: str) -> bool:
        if parameter.style == "deepObject":
            return key.startswith(name + "[") and key.endswith("]")
        return (is_named and key == name) or (parameter.explode and key in properties)

    def select(query: str) -> str | None:
        pairs = [pair for pair in query.split("&") if belongs(unquote_plus(pair.partition("=")[0]))]
        return "&".join(pairs) if pairs else None

    return select


def owns_query_name(parameter: Parameter, name: str) -> bool:
    """Tell whether a query parameter is sent under this name, in its style.

    The members of an exploded object have names of their own.
    """
    if parameter.style == "deepObject":
        return name.startswith(parameter.wire_name + "[") and name.endswith("]")
    if parameter.explode and "object" in parameter.schema.types:
        return not parameter.schema.properties or name in parameter.schema.properties
    return name == parameter.wire_name


def may_repeat_query_name(parameter: Parameter) -> bool:
    """Tell whether a query parameter is sent as several pairs of one name."""
    return parameter.explode and bool({"array", "object"} & set(parameter.schema.types))


def split_query(query: str) -> Iterator[tuple[str, str]]:
    """Yield decoded name and raw value of each pair of a query."""
    for pair in query.split("&"):
        if pair:
            name, _, value = pair.partition("=")
            yield unquote_plus(name), value


def _remove_scalar_prefix(parameter: Parameter, text: str, in_pair: bool = False) -> str:
    """Return the text of a single value without what its style puts before it.

    With `in_pair`, the text of a query is a whole pair.
    """
    match parameter.location, parameter.style:
        case ParameterLocation.PATH, "label":
            return _remove_prefix(text, ".")
        case ParameterLocation.PATH, "matrix":
            name, _, value = _remove_prefix(text, ";").partition("=")
            if name != parameter.wire_name:
                raise ValueError(f"{text[:200]!r} does not name {parameter.wire_name}")
            return value
        case ParameterLocation.QUERY, _ if in_pair:
            return text.partition("=")[2]
        case _:
            return text


# --------------------------------------------------------------------------- arrays, objects


def _build_array_reading(parameter: Parameter, schema: Schema) -> Callable[[str], Json]:
    convert = build_text_converter(schema.items or schema.with_node({}))
    unquoted = _get_unquote(parameter)

    def read(text: str) -> Json:
        return [convert(unquoted(part)) for part in _split_members(parameter, text)]

    return read


def _split_members(parameter: Parameter, text: str) -> list[str]:
    """Return the raw members of an array, in any style."""
    name = parameter.wire_name
    match parameter.location, parameter.style:
        case ParameterLocation.PATH, "label":
            text = _remove_prefix(text, ".")
            return text.split("." if parameter.explode else ",")
        case ParameterLocation.PATH, "matrix":
            members = _remove_prefix(text, ";").split(";")
            values = [member.partition("=")[2] for member in members]
            if any(member.partition("=")[0] != name for member in members):
                raise ValueError(f"{text[:200]!r} does not name {name}")
            return values if parameter.explode else values[0].split(",")
        case ParameterLocation.QUERY, style:
            values = [pair.partition("=")[2] for pair in text.split("&")]
            if style in _QUERY_DELIMITERS and not parameter.explode:
                return _QUERY_DELIMITERS[style].split(values[0]) if values[0] else []
            if not parameter.explode:
                values = values[-1].split(",")
            return [] if values == [""] else values
        case ParameterLocation.HEADER, _:
            return [part.strip() for part in text.split(",")] if text.strip() else []
        case _:
            return text.split(",") if text else []


def _build_object_reading(parameter: Parameter, schema: Schema) -> Callable[[str], Json]:
    others = schema.other_properties
    converters: dict[str, Convert] = {}
    unquoted = _get_unquote(parameter)

    def convert(name: str, raw: list[str]) -> Json:
        member = schema.properties.get(name, others)
        if "array" in member.types:
            items = build_text_converter(member.items or member.with_node({}))
            return [items(unquoted(part)) for part in raw]
        if name not in converters:
            converters[name] = build_text_converter(member)
        return converters[name](unquoted(raw[-1]))

    def read(text: str) -> Json:
        members: dict[str, list[str]] = {}
        for name, raw in _split_pairs(parameter, text):
            members.setdefault(unquoted(name), []).append(raw)
        return {name: convert(name, raw) for name, raw in members.items()}

    return read


def _split_pairs(parameter: Parameter, text: str) -> Iterator[tuple[str, str]]:
    """Yield raw name and value of each member of an object, in any style."""
    name = parameter.wire_name
    match parameter.location, parameter.style:
        case ParameterLocation.QUERY, "deepObject":
            for pair in text.split("&"):
                key, _, value = pair.partition("=")
                yield unquote_plus(key)[len(name) + 1 : -1], value
            return
        case ParameterLocation.QUERY, style:
            if parameter.explode:
                for pair in text.split("&"):
                    key, _, value = pair.partition("=")
                    yield key, value
                return
            delimiter = _QUERY_DELIMITERS.get(style, _COMMA)
            parts = delimiter.split(text.partition("=")[2])
        case ParameterLocation.PATH, "label":
            parts = _remove_prefix(text, ".").split("." if parameter.explode else ",")
        case ParameterLocation.PATH, "matrix":
            text = _remove_prefix(text, ";")
            parts = text.split(";") if parameter.explode else text.partition("=")[2].split(",")
        case _:
            parts = [part.strip() for part in text.split(",")]
    if parameter.explode:
        for part in parts:
            key, equals, value = part.partition("=")
            if not equals:
                raise ValueError(f"{part[:200]!r} is no pair of name and value")
            yield key, value
        return
    if len(parts) % 2:
        raise ValueError(f"{text[:200]!r} has a name without a value")
    yield from zip(parts[::2], parts[1::2], strict=True)


def _remove_prefix(text: str, prefix: str) -> str:
    if not text.startswith(prefix):
        raise ValueError(f"{text[:200]!r} does not begin with {prefix!r}")
    return text[1:]


# ------------------------------------------------------------------------------ single values


def _decode_content(text: str) -> Json:
    try:
        return json.loads(unquote_plus(text), parse_constant=_reject_constant)
    except RecursionError as error:
        raise ValueError("not valid JSON: it is nested too deeply") from error
    except ValueError as error:
        raise ValueError(f"not valid JSON: {error}") from error


def _reject_constant(constant: str) -> Json:
    raise ValueError(f"{constant} is not a JSON value")


def build_text_converter(schema: Schema) -> Convert:
    """Return a function from a decoded text to the value of a schema.

    Of a union, and of `enum` or `const` alone, it is the first reading that is valid; else the
    text. The function raises ValueError for a text that is not of the only type.
    """
    names = schema.types
    names_choices = bool({"anyOf", "oneOf", "enum", "const"} & schema.merged.keys())
    is_union = len([name for name in names if name != "null"]) > 1 or (not names and names_choices)
    if not is_union:
        return next((convert for name, convert in _CONVERTERS if names[:1] == (name,)), _keep)
    is_valid = schema.compile().is_valid

    def convert_union(text: str) -> Json:
        for _, convert in _CONVERTERS:
            try:
                value = convert(text)
            except ValueError:
                continue
            if is_valid(value):
                return value
        return text

    return convert_union


def _keep(text: str) -> Json:
    return text


def _parse_integer(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise ValueError(f"{text!r} is not an integer")
    return int(text)


def _parse_number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text!r} is not a number")
    return int(text) if _INTEGER.fullmatch(text) else float(text)


def _parse_boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text == "true"


_CONVERTERS: tuple[tuple[str, Convert], ...] = (
    ("integer", _parse_integer),
    ("number", _parse_number),
    ("boolean", _parse_boolean),
)
