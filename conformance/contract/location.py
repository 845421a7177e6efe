"""The places of a request that carry parameters and credentials."""

from __future__ import annotations

from enum import StrEnum


class ParameterLocation(StrEnum):
    """Where a request carries a parameter (OpenAPI 3.1, 4.8.12)."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"
    COOKIE = "cookie"
