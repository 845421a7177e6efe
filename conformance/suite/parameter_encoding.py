"""Encoding of parameters for the wire by their style (OpenAPI 3.1, 4.8.12; RFC 6570, 3.2).

Delimiters inside values are percent-encoded. An empty array or object of an exploded style leaves
nothing on the wire, as an undefined value does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from urllib.parse import quote

from conformance.contract.json import Json
from conformance.contract.operation import Parameter

_DELIMITERS = {"spaceDelimited": "%20", "pipeDelimited": "|"}


def encode_text(value: Json) -> str:
    """Return a single value as text.

    Booleans and null are in lower case, numbers are in JSON, and text is unchanged.
    """
    if isinstance(value, bool) or value is None:
        return "null" if value is None else str(value).lower()
    return (
        value
        if isinstance(value, str)
        else json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    )


def encode_path_value(parameter: Parameter, value: Json) -> str:
    """Return the text of a path parameter, percent-encoded."""
    if parameter.media_type is not None:
        return _quote(json.dumps(value, separators=(",", ":"), ensure_ascii=False))
    name, explode = _quote(parameter.wire_name), parameter.explode
    match parameter.style, value:
        case "label", list():
            return "." + ("." if explode else ",").join(map(_encode, value))
        case "label", dict():
            return "." + _join_object(value, "." if explode else ",", explode)
        case "label", _:
            return "." + _encode(value)
        case "matrix", list() if explode:
            return "".join(f";{name}={_encode(member)}" for member in value)
        case "matrix", list():
            return f";{name}=" + ",".join(map(_encode, value))
        case "matrix", dict() if explode:
            return ";" + _join_object(value, ";", explode)
        case "matrix", dict():
            return f";{name}=" + _join_object(value, ",", explode)
        case "matrix", _:
            return f";{name}={_encode(value)}"
        case _, list():
            return ",".join(map(_encode, value))
        case _, dict():
            return _join_object(value, ",", explode)
        case _:
            return _encode(value)


def encode_query_value(parameter: Parameter, value: Json) -> list[tuple[str, str]]:
    """Return the pairs of a query parameter, name and value percent-encoded."""
    name, explode = _quote(parameter.wire_name), parameter.explode
    if parameter.media_type is not None:
        return [(name, _quote(json.dumps(value, separators=(",", ":"), ensure_ascii=False)))]
    delimiter = _DELIMITERS.get(parameter.style, ",")
    match value:
        case dict() if parameter.style == "deepObject":
            return [
                (f"{name}[{_quote(key)}]", encoded)
                for key, member in value.items()
                for encoded in _encode_members(member)
            ]
        case dict() if explode:
            return [
                (_quote(key), encoded)
                for key, member in value.items()
                for encoded in _encode_members(member)
            ]
        case dict():
            return [(name, _join_object(value, delimiter, False))] if value else []
        case list() if explode:
            return [(name, _encode(member)) for member in value]
        case list():
            return [(name, delimiter.join(map(_encode, value)))] if value else []
        case _:
            return [(name, _encode(value))]


def encode_header_value(parameter: Parameter, value: Json) -> str:
    """Return the text of a header parameter; headers are not percent-encoded."""
    if parameter.media_type is not None:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=True)
    match value:
        case list():
            return ",".join(map(encode_text, value))
        case dict():
            joint = "=" if parameter.explode else ","
            return ",".join(f"{key}{joint}{encode_text(member)}" for key, member in value.items())
        case _:
            return encode_text(value)


def encode_cookie_value(parameter: Parameter, value: Json) -> list[str]:
    """Return the cookies of a cookie parameter, each as `name=value`."""
    pairs = encode_query_value(parameter, value)
    return [f"{name}={text}" for name, text in pairs]


def _encode_members(member: Json) -> Iterable[str]:
    return map(_encode, member) if isinstance(member, list) else (_encode(member),)


def _join_object(value: dict[str, Json], delimiter: str, explode: bool) -> str:
    joint = "=" if explode else delimiter
    return delimiter.join(f"{_quote(key)}{joint}{_encode(member)}" for key, member in value.items())


def _encode(value: Json) -> str:
    return _quote(encode_text(value))


def _quote(text: str) -> str:
    return quote(text, safe="")
