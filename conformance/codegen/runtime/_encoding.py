"""Encodes values as text in paths, queries, headers and cookies, and as bytes in bodies.

See OpenAPI 3.1, 4.8.12, and RFC 6570.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from ._error import InvalidArguments
from ._operation import ParameterSpec

_DELIMITERS = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}
_RESERVED = ":/?#[]@!$&'()*+,;="


def encode_path_parameter(parameter: ParameterSpec, value: Any) -> str:
    """Return a value as text within a single path segment.

    Raises InvalidArguments for a value that no segment can carry.
    """
    if parameter.media is not None:
        return quote(encode_json(parameter.name, value), safe="")
    parts = _encode_key_value_pairs(parameter, value, "")
    match parameter.style:
        case "label":
            return "." + ("." if parameter.explode else ",").join(
                _join_pairs(parts, parameter.explode)
            )
        case "matrix":
            name = quote(parameter.name, safe="")
            if isinstance(value, Mapping) and parameter.explode:
                return "".join(f";{key}={text}" for key, text in parts)
            texts = _join_pairs(parts, exploded=False)
            return (
                "".join(f";{name}={text}" for text in texts)
                if parameter.explode
                else f";{name}={','.join(texts)}"
            )
        case _:
            text = ",".join(_join_pairs(parts, parameter.explode))
            if text in ("", ".", ".."):
                raise InvalidArguments(f"{parameter.python_name}: {value!r} cannot stand in a path")
            return text


def encode_query_parameter(parameter: ParameterSpec, value: Any) -> list[str]:
    """Return the `name=value` parts of a query.

    Raises InvalidArguments for an empty list or object.
    """
    name = quote(parameter.name, safe="")
    safe = (
        _RESERVED.replace("&", "").replace("#", "").replace("+", "").replace("=", "")
        if parameter.allow_reserved
        else ""
    )
    if parameter.media is not None:
        return [f"{name}={quote(encode_json(parameter.name, value), safe='')}"]
    if isinstance(value, str | int | float):
        return [f"{name}={quote(encode_scalar(parameter, value), safe=safe)}"]
    if isinstance(value, Mapping) and parameter.style == "deepObject":
        return list(_encode_deep_object(parameter, name, value))
    parts = _encode_key_value_pairs(parameter, value, safe)
    if not parts:
        raise InvalidArguments(
            f"{parameter.python_name}: a query cannot carry an empty list or object"
        )
    if parameter.explode and parameter.style != "deepObject":
        return [
            f"{key}={text}" if isinstance(value, Mapping) else f"{name}={text}"
            for key, text in parts
        ]
    return [
        f"{name}={_DELIMITERS.get(parameter.style, ',').join(_join_pairs(parts, exploded=False))}"
    ]


def encode_header_parameter(parameter: ParameterSpec, value: Any) -> str:
    """Return a value as the text of a header.

    Raises InvalidArguments for text that would not arrive unchanged.
    """
    if parameter.media is not None:
        return _check_header_value(
            parameter, json.dumps(value, allow_nan=False, default=_convert_to_json)
        )
    if isinstance(value, Mapping):
        pairs = [(key, encode_scalar(parameter, item)) for key, item in value.items()]
        return _check_header_value(
            parameter,
            ",".join(
                f"{key}={text}" if parameter.explode else f"{key},{text}" for key, text in pairs
            ),
        )
    if isinstance(value, str | int | float):
        return _check_header_value(parameter, encode_scalar(parameter, value))
    texts = [encode_scalar(parameter, item) for item in value]
    if any("," in text or text != text.strip() for text in texts) or texts in ([], [""]):
        raise InvalidArguments(f"{parameter.python_name}: a header cannot carry this list")
    return _check_header_value(parameter, ",".join(texts))


def encode_cookie_parameter(parameter: ParameterSpec, value: Any) -> str:
    """Return the `name=value` of a cookie."""
    return "&".join(encode_query_parameter(parameter, value))


def encode_scalar(parameter: ParameterSpec, value: Any) -> str:
    """Return a scalar as text: booleans as in JSON, whole numbers without a fraction."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    raise InvalidArguments(
        f"{parameter.python_name}: {type(value).__name__} within a list or object cannot be written"
        " here"
    )


def encode_json(name: str, value: Any) -> bytes:
    """Return JSON as UTF-8 (RFC 8259).

    Raises InvalidArguments for values that JSON cannot express: NaN, infinity, lone surrogates.
    """
    try:
        return json.dumps(
            value,
            allow_nan=False,
            ensure_ascii=False,
            separators=(",", ":"),
            default=_convert_to_json,
        ).encode()
    except (ValueError, TypeError) as error:
        raise InvalidArguments(f"{name}: {error}") from error


def encode_form(value: Mapping[str, Any]) -> bytes:
    """Return fields as application/x-www-form-urlencoded.

    Nested objects and lists are written as `name[key]` and `name[0]`.
    """
    return "&".join(
        f"{key}={quote(text, safe='')}" for key, text in _flatten_form_fields("", value)
    ).encode()


def encode_multipart(value: Mapping[str, Any], boundary: str) -> bytes:
    """Return fields as multipart/form-data (RFC 7578).

    Bytes are sent as files, objects and lists as JSON.
    """
    parts = []
    for name, field_value in value.items():
        escaped_name = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        part_header = f'Content-Disposition: form-data; name="{escaped_name}"'
        if isinstance(field_value, bytes):
            part_header, content = (
                f'{part_header}; filename="{escaped_name}"\r\nContent-Type:'
                " application/octet-stream",
                field_value,
            )
        elif isinstance(field_value, Mapping) or (
            isinstance(field_value, Sequence) and not isinstance(field_value, str)
        ):
            part_header, content = (
                f"{part_header}\r\nContent-Type: application/json",
                encode_json(name, field_value),
            )
        else:
            content = encode_scalar(
                ParameterSpec(name=name, location="query", python_name=name, type=Any), field_value
            ).encode()
        parts.append(f"--{boundary}\r\n{part_header}\r\n\r\n".encode() + content + b"\r\n")
    return b"".join(parts) + f"--{boundary}--\r\n".encode()


def _flatten_form_fields(name: str, value: Any) -> Iterable[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _flatten_form_fields(
                f"{name}[{quote(key, safe='')}]" if name else quote(key, safe=""), item
            )
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for index, item in enumerate(value):
            yield from _flatten_form_fields(f"{name}[{index}]", item)
    else:
        yield (
            name,
            (
                ""
                if value is None
                else encode_scalar(
                    ParameterSpec(name=name, location="query", python_name=name, type=Any), value
                )
            ),
        )


def _encode_deep_object(
    parameter: ParameterSpec, name: str, value: Mapping[str, Any]
) -> Iterable[str]:
    for key, item in value.items():
        item_name = f"{name}%5B{quote(key, safe='')}%5D"
        if isinstance(item, Mapping):
            yield from _encode_deep_object(parameter, item_name, item)
        elif isinstance(item, Sequence) and not isinstance(item, str):
            yield from (
                f"{item_name}={quote(encode_scalar(parameter, element), safe='')}"
                for element in item
            )
        else:
            yield f"{item_name}={quote(encode_scalar(parameter, item), safe='')}"


def _encode_key_value_pairs(
    parameter: ParameterSpec, value: Any, safe: str
) -> list[tuple[str, str]]:
    try:
        if isinstance(value, Mapping):
            return [
                (quote(key, safe=safe), quote(encode_scalar(parameter, item), safe=safe))
                for key, item in value.items()
            ]
        if isinstance(value, Sequence) and not isinstance(value, str):
            return [("", quote(encode_scalar(parameter, item), safe=safe)) for item in value]
        return [("", quote(encode_scalar(parameter, value), safe=safe))]
    except UnicodeEncodeError as error:
        raise InvalidArguments(f"{parameter.python_name}: {error}") from error


def _join_pairs(parts: list[tuple[str, str]], exploded: bool) -> list[str]:
    return (
        [f"{key}={text}" if exploded else f"{key},{text}" for key, text in parts]
        if parts and parts[0][0]
        else [text for _, text in parts]
    )


def _check_header_value(parameter: ParameterSpec, value: str) -> str:
    if not value.isascii() or not value.isprintable() or value != value.strip():
        raise InvalidArguments(f"{parameter.python_name}: a header cannot carry {value!r}")
    return value


def _convert_to_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return list(value)
    raise TypeError(f"{type(value).__name__} is nothing that JSON can say")
