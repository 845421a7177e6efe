"""The HTTP library. No other module of this package imports it."""

from __future__ import annotations

from typing import TypeAlias

import httpx

Response: TypeAlias = httpx.Response
HttpClient: TypeAlias = httpx.Client
AsyncHttpClient: TypeAlias = httpx.AsyncClient
Timeout: TypeAlias = float | httpx.Timeout | None

RequestError: TypeAlias = httpx.RequestError
"""No answer came, or none that can be read."""

_CLIENT_SIDE_ERRORS = (
    httpx.LocalProtocolError,
    httpx.UnsupportedProtocol,
    httpx.DecodingError,
    httpx.TooManyRedirects,
)


def is_transient(error: httpx.RequestError) -> bool:
    """Tell whether a failure is one of the connection, which may be gone the next time."""
    return not isinstance(error, _CLIENT_SIDE_ERRORS)


def new_client() -> httpx.Client:
    """Return a client that keeps connections and follows no redirects."""
    return httpx.Client()


def new_async_client() -> httpx.AsyncClient:
    """Return an asynchronous client that keeps connections and follows no redirects."""
    return httpx.AsyncClient()
