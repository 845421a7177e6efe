"""Requests and responses as values, independent of any HTTP library."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import parse_qsl

from conformance.contract.json import Json
from conformance.mock.refusal import Refusal

MAX_CACHED_LENGTH = 512  # characters; longer targets rarely repeat


@dataclass(frozen=True, slots=True, kw_only=True)
class MockRequest:
    """A request.

    `path` and `raw_query` are percent-encoded as sent, `query` holds decoded pairs, and `headers`
    has lower-case names.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes
    raw_query: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MockResponse:
    """A response with lower-case header names.

    `explanation` is not sent. For a refused request it holds the id of the operation (None if no
    operation matched) and the refusal.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    explanation: tuple[str | None, Refusal] | None = field(default=None, compare=False, repr=False)


def split_request_target(target: str) -> tuple[str, tuple[tuple[str, str], ...], str]:
    """Return the path, the decoded query and the query as sent of a request target.

    `+` is decoded as a space, as in HTML forms, because clients of vendors encode it so.
    """
    return (
        _split_cached(target)
        if len(target) <= MAX_CACHED_LENGTH
        else _split_cached.__wrapped__(target)
    )


@lru_cache(maxsize=1024)
def _split_cached(target: str) -> tuple[str, tuple[tuple[str, str], ...], str]:
    path, _, query = target.partition("?")
    return path, tuple(parse_qsl(query, keep_blank_values=True)) if query else (), query


def build_mock_request(
    method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes = b""
) -> MockRequest:
    """Return the request for a target such as `/things?page=2`."""
    path, query, raw_query = split_request_target(target)
    return MockRequest(
        method=method.upper(),
        path=path,
        query=query,
        raw_query=raw_query,
        headers={name.lower(): value for name, value in (headers or {}).items()},
        body=body,
    )


# ASCII only: a lone surrogate is valid in JSON but cannot be encoded as UTF-8
encode_json = json.JSONEncoder(separators=(",", ":")).encode


def decode_json(text: str | bytes) -> Json:
    """Return the JSON value of a text (UTF-8).

    Raises ValueError if it is invalid. NaN, infinities and values nested too deeply are invalid
    too.
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
