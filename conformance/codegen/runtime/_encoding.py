"""How values travel: as text in paths, queries, headers and cookies, as content in bodies (OpenAPI
3.1, 4.8.12; RFC 6570).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from ._error import InvalidArguments
from ._operation import Parameter

_DELIMITERS = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}
_RESERVED = ":/?#[]@!$&'()*+,;="


def path(parameter: Parameter, value: Any) -> str:
    """Return a value as it stands in a path: always within one segment. Raises InvalidArguments for
    what no segment can carry.
    """
    if parameter.media is not None:
        return quote(dumps(parameter.name, value), safe="")
    parts = _parts(parameter, value, "")
    match parameter.style:
        case "label":
            return "." + ("." if parameter.explode else ",").join(_joined(parts, parameter.explode))
        case "matrix":
            name = quote(parameter.name, safe="")
            if isinstance(value, Mapping) and parameter.explode:
                return "".join(f";{key}={text}" for key, text in parts)
            texts = _joined(parts, exploded=False)
            return (
                "".join(f";{name}={text}" for text in texts)
                if parameter.explode
                else f";{name}={','.join(texts)}"
            )
        case _:
            text = ",".join(_joined(parts, parameter.explode))
            if text in ("", ".", ".."):
                raise InvalidArguments(f"{parameter.python}: {value!r} cannot stand in a path")
            return text


def query(parameter: Parameter, value: Any) -> list[str]:
    """Return the `name=value` parts of a query."""
    name = quote(parameter.name, safe="")
    safe = (
        _RESERVED.replace("&", "").replace("#", "").replace("+", "").replace("=", "")
        if parameter.reserved
        else ""
    )
    if parameter.media is not None:
        return [f"{name}={quote(dumps(parameter.name, value), safe='')}"]
    if isinstance(value, str | int | float):
        return [f"{name}={quote(text(parameter, value), safe=safe)}"]
    if isinstance(value, Mapping) and parameter.style == "deepObject":
        return list(_deep(parameter, name, value))
    parts = _parts(parameter, value, safe)
    if not parts:
        raise InvalidArguments(f"{parameter.python}: a query cannot carry an empty list or object")
    if parameter.explode and parameter.style != "deepObject":
        return [
            f"{key}={one}" if isinstance(value, Mapping) else f"{name}={one}" for key, one in parts
        ]
    return [f"{name}={_DELIMITERS.get(parameter.style, ',').join(_joined(parts, exploded=False))}"]


def header(parameter: Parameter, value: Any) -> str:
    """Return a value as a header carries it. Raises InvalidArguments for text that would not arrive
    as it was given.
    """
    if parameter.media is not None:
        return _carried(parameter, json.dumps(value, allow_nan=False, default=_plain))
    if isinstance(value, Mapping):
        pairs = [(key, text(parameter, one)) for key, one in value.items()]
        return _carried(
            parameter,
            ",".join(f"{key}={one}" if parameter.explode else f"{key},{one}" for key, one in pairs),
        )
    if isinstance(value, str | int | float):
        return _carried(parameter, text(parameter, value))
    texts = [text(parameter, one) for one in value]
    if any("," in one or one != one.strip() for one in texts) or texts in ([], [""]):
        raise InvalidArguments(f"{parameter.python}: a header cannot carry this list")
    return _carried(parameter, ",".join(texts))


def cookie(parameter: Parameter, value: Any) -> str:
    """Return the `name=value` of a cookie."""
    return "&".join(query(parameter, value))


def text(parameter: Parameter, value: Any) -> str:
    """Return one scalar as text: true and false as JSON writes them, whole numbers without a
    fraction.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    raise InvalidArguments(
        f"{parameter.python}: {type(value).__name__} within a list or object cannot be written here"
    )


def dumps(name: str, value: Any) -> bytes:
    """Return JSON as UTF-8 (RFC 8259). Raises InvalidArguments for what JSON cannot say: NaN,
    infinity, half a character.
    """
    try:
        return json.dumps(
            value, allow_nan=False, ensure_ascii=False, separators=(",", ":"), default=_plain
        ).encode()
    except (ValueError, TypeError) as error:
        raise InvalidArguments(f"{name}: {error}") from error


def form(value: Mapping[str, Any]) -> bytes:
    """Return fields as application/x-www-form-urlencoded; objects and lists within are written
    `name[key]` and `name[0]`.
    """
    return "&".join(f"{key}={quote(one, safe='')}" for key, one in _fields("", value)).encode()


def multipart(value: Mapping[str, Any], boundary: str) -> bytes:
    """Return fields as multipart/form-data (RFC 7578): bytes as files, objects and lists as
    JSON.
    """
    parts = []
    for name, one in value.items():
        shown = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        head = f'Content-Disposition: form-data; name="{shown}"'
        if isinstance(one, bytes):
            head, content = (
                f'{head}; filename="{shown}"\r\nContent-Type: application/octet-stream',
                one,
            )
        elif isinstance(one, Mapping) or (isinstance(one, Sequence) and not isinstance(one, str)):
            head, content = f"{head}\r\nContent-Type: application/json", dumps(name, one)
        else:
            content = text(
                Parameter(name=name, location="query", python=name, type=Any), one
            ).encode()
        parts.append(f"--{boundary}\r\n{head}\r\n\r\n".encode() + content + b"\r\n")
    return b"".join(parts) + f"--{boundary}--\r\n".encode()


def _fields(name: str, value: Any) -> Iterable[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _fields(
                f"{name}[{quote(key, safe='')}]" if name else quote(key, safe=""), one
            )
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for number, one in enumerate(value):
            yield from _fields(f"{name}[{number}]", one)
    else:
        yield (
            name,
            (
                ""
                if value is None
                else text(Parameter(name=name, location="query", python=name, type=Any), value)
            ),
        )


def _deep(parameter: Parameter, name: str, value: Mapping[str, Any]) -> Iterable[str]:
    for key, one in value.items():
        inner = f"{name}%5B{quote(key, safe='')}%5D"
        if isinstance(one, Mapping):
            yield from _deep(parameter, inner, one)
        elif isinstance(one, Sequence) and not isinstance(one, str):
            yield from (f"{inner}={quote(text(parameter, part), safe='')}" for part in one)
        else:
            yield f"{inner}={quote(text(parameter, one), safe='')}"


def _parts(parameter: Parameter, value: Any, safe: str) -> list[tuple[str, str]]:
    try:
        if isinstance(value, Mapping):
            return [
                (quote(key, safe=safe), quote(text(parameter, one), safe=safe))
                for key, one in value.items()
            ]
        if isinstance(value, Sequence) and not isinstance(value, str):
            return [("", quote(text(parameter, one), safe=safe)) for one in value]
        return [("", quote(text(parameter, value), safe=safe))]
    except UnicodeEncodeError as error:
        raise InvalidArguments(f"{parameter.python}: {error}") from error


def _joined(parts: list[tuple[str, str]], exploded: bool) -> list[str]:
    return (
        [f"{key}={one}" if exploded else f"{key},{one}" for key, one in parts]
        if parts and parts[0][0]
        else [one for _, one in parts]
    )


def _carried(parameter: Parameter, value: str) -> str:
    if not value.isascii() or not value.isprintable() or value != value.strip():
        raise InvalidArguments(f"{parameter.python}: a header cannot carry {value!r}")
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return list(value)
    raise TypeError(f"{type(value).__name__} is nothing that JSON can say")
