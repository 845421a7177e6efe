"""Access to the response behind a value."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Generic, TypeVar

from ._http import Response

T = TypeVar("T")

captured_responses: ContextVar[list[Response] | None] = ContextVar("captured", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiResponse(Generic[T]):
    """The value that a call returned, and the response it was parsed from."""

    value: T
    response: Response

    @property
    def status(self) -> int:
        """Return the status code."""
        return self.response.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the headers of the response; names are case-insensitive."""
        return self.response.headers

    @property
    def content(self) -> bytes:
        """Return the raw body."""
        return self.response.content
