"""Requests of browsers from pages of another origin (Fetch standard, CORS protocol): any page may
call the mock.
"""

from __future__ import annotations

from dataclasses import replace

from conformance.mock.message import Request, Response

METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
DAY = "86400"


def preflight(request: Request) -> Response | None:
    """Return the answer to a preflight request, None for any other."""
    if (
        request.method != "OPTIONS"
        or "origin" not in request.headers
        or "access-control-request-method" not in request.headers
    ):
        return None
    wanted = request.headers.get("access-control-request-headers", "*")
    allowed = (
        ("access-control-allow-methods", METHODS),
        ("access-control-allow-headers", wanted),
        ("access-control-max-age", DAY),
    )
    return Response(status=204, headers=allowed, body=b"")


def opened(request: Request, response: Response) -> Response:
    """Return an answer that the page which asked may read; untouched where no page asked."""
    origin = request.headers.get("origin")
    if origin is None:
        return response
    more = (
        ("access-control-allow-origin", origin),
        ("access-control-expose-headers", "*"),
        ("vary", "origin"),
    )
    return replace(response, headers=(*response.headers, *more))
