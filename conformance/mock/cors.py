"""Requests of browsers from pages of another origin (Fetch standard, CORS protocol): any page may
call the mock.
"""

from __future__ import annotations

from dataclasses import replace

from conformance.mock.message import MockRequest, MockResponse

ALLOWED_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
MAX_AGE = "86400"


def answer_preflight(request: MockRequest) -> MockResponse | None:
    """Return the answer to a preflight request, None for any other."""
    if (
        request.method != "OPTIONS"
        or "origin" not in request.headers
        or "access-control-request-method" not in request.headers
    ):
        return None
    requested_headers = request.headers.get("access-control-request-headers", "*")
    headers = (
        ("access-control-allow-methods", ALLOWED_METHODS),
        ("access-control-allow-headers", requested_headers),
        ("access-control-max-age", MAX_AGE),
    )
    return MockResponse(status=204, headers=headers, body=b"")


def add_cors_headers(request: MockRequest, response: MockResponse) -> MockResponse:
    """Return an answer that the page which asked may read; untouched where no page asked."""
    origin = request.headers.get("origin")
    if origin is None:
        return response
    cors_headers = (
        ("access-control-allow-origin", origin),
        ("access-control-expose-headers", "*"),
        ("vary", "origin"),
    )
    return replace(response, headers=(*response.headers, *cors_headers))
