"""What goes wrong.

ApiError
├── InvalidArguments      nothing was sent: an argument does not fit the documentation
├── ConnectionFailed      no answer came
├── PagingError           the pages of a list do not end, or repeat
└── ResponseError         an answer came: .status, .headers, .content, .response
    ├── StatusError       a documented error: .error is its body
    │   ├── ClientError   4xx
    │   └── ServerError   5xx
    ├── UnexpectedStatus  the documentation does not know this status
    └── InvalidResponse   the body is not what the documentation says
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

from ._http import Response

E = TypeVar("E", covariant=True)


class ApiError(Exception):
    """Anything that this package raises while calling the API."""


class InvalidArguments(ApiError, ValueError):
    """An argument does not fit the documentation. Nothing was sent."""


class ConnectionFailed(ApiError):
    """No answer came; the cause is the HTTP library's own exception."""


class PagingError(ApiError):
    """The pages of a list do not add up: going on could go on forever, or leave items out."""


class ResponseError(ApiError):
    """The API answered, but not with success."""

    def __init__(self, message: str, response: Response) -> None:
        super().__init__(message)
        self.response = response

    @property
    def status(self) -> int:
        """Return the status code."""
        return self.response.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the headers of the answer; names in any case."""
        return self.response.headers

    @property
    def content(self) -> bytes:
        """Return the body as it came."""
        return self.response.content


class StatusError(ResponseError, Generic[E]):
    """A documented error. `error` is the documented body, None where the documentation describes
    none (the body is in `content`).
    """

    def __init__(self, message: str, response: Response, error: E) -> None:
        super().__init__(message, response)
        self.error = error


class ClientError(StatusError[E]):
    """The request was refused (4xx)."""


class ServerError(StatusError[E]):
    """The server, or something before it, failed (5xx)."""


class UnexpectedStatus(ResponseError):
    """The API answered with a status that is not documented for this operation."""


class InvalidResponse(ResponseError):
    """The body of an answer is not what the documentation says."""
