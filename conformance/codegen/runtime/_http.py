"""Access to the HTTP library; no other module of this package imports it."""

from __future__ import annotations

from typing import TypeAlias

import httpx

Response: TypeAlias = httpx.Response
HttpClient: TypeAlias = httpx.Client
AsyncHttpClient: TypeAlias = httpx.AsyncClient
Timeout: TypeAlias = float | httpx.Timeout | None

RequestError: TypeAlias = httpx.RequestError
"""No response was received, or none that can be read."""

_CLIENT_SIDE_ERRORS = (
    httpx.LocalProtocolError,
    httpx.UnsupportedProtocol,
    httpx.DecodingError,
    httpx.TooManyRedirects,
)


def is_transient(error: httpx.RequestError) -> bool:
    """Return whether an error is a failure of the connection, so that a retry can succeed."""
    return not isinstance(error, _CLIENT_SIDE_ERRORS)


def new_client() -> httpx.Client:
    """Return a client that reuses connections and follows no redirects."""
    return httpx.Client()


def new_async_client() -> httpx.AsyncClient:
    """Return an asynchronous client that reuses connections and follows no redirects."""
    return httpx.AsyncClient()
