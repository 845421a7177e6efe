"""Requests and responses as values, apart from any HTTP library."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import parse_qsl

from conformance.contract.json import Json
from conformance.mock.refusal import Refusal

MAX_CACHED_LENGTH = 512  # characters; what is longer hardly comes twice


@dataclass(frozen=True, slots=True, kw_only=True)
class MockRequest:
    """One request: `path` as sent (percent-encoded), `query` as decoded pairs, `headers` by
    lower-case name.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class MockResponse:
    """One answer; header names are in lower case. `why` is not sent: of a refusal, the operation
    (None: the request reached none) and the reason.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    explanation: tuple[str | None, Refusal] | None = field(default=None, compare=False, repr=False)


def split_target(target: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return path and decoded query of a request target; `+` is a space (HTML forms, which the
    vendors' clients follow).
    """
    return (
        _split_cached(target)
        if len(target) <= MAX_CACHED_LENGTH
        else _split_cached.__wrapped__(target)
    )


@lru_cache(maxsize=1024)
def _split_cached(target: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    path, _, query = target.partition("?")
    return path, tuple(parse_qsl(query, keep_blank_values=True)) if query else ()


def build_request(
    method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes = b""
) -> MockRequest:
    """Return the request for a target such as `/things?page=2`."""
    path, query = split_target(target)
    return MockRequest(
        method=method.upper(),
        path=path,
        query=query,
        headers={name.lower(): value for name, value in (headers or {}).items()},
        body=body,
    )


# ASCII only: a text with half a surrogate pair is valid JSON, and no valid UTF-8
encode_json = json.JSONEncoder(separators=(",", ":")).encode


def decode_json(text: str | bytes) -> Json:
    """Return the JSON value in `text` (UTF-8). Raises ValueError, also for NaN, for infinities and
    for nesting beyond reason.
    """
    try:
        return json.loads(
            text.decode() if isinstance(text, bytes) else text,
            parse_constant=_reject_constant,
            parse_float=_parse_finite_number,
        )
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _reject_constant(constant: str) -> Json:
    raise ValueError(f"{constant} is not a JSON value")


def _parse_finite_number(text: str) -> float:
    if (number := float(text)) in (float("inf"), float("-inf")):
        raise ValueError(f"{text} is too large a number")
    return number
