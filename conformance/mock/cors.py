"""Cross-origin requests of browsers (CORS protocol of the Fetch standard).

Pages of any origin may call the mock.
"""

from __future__ import annotations

from dataclasses import replace

from conformance.mock.message import MockRequest, MockResponse

ALLOWED_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
MAX_AGE = "86400"


def build_cors_preflight_response(request: MockRequest) -> MockResponse | None:
    """Return the response to a preflight request, or None for any other request."""
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
    """Return the response with CORS headers if the request has an Origin header."""
    origin = request.headers.get("origin")
    if origin is None:
        return response
    cors_headers = (
        ("access-control-allow-origin", origin),
        ("access-control-expose-headers", "*"),
        ("vary", "origin"),
    )
    return replace(response, headers=(*response.headers, *cors_headers))
