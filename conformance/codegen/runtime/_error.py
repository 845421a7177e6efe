"""Exceptions.

ApiCallError
├── InvalidArguments           an argument does not match the documentation; nothing was sent
├── ConnectionFailed           no response was received
├── PagingError                the pages of a list do not end, or repeat
└── UnsuccessfulResponseError  a response was received: .status, .headers, .content, .response
    ├── StatusError            a documented error: .error is its body
    │   ├── ClientError        4xx
    │   └── ServerError        5xx
    ├── UnexpectedStatus       the status is not documented; also of the class of that status
    └── InvalidResponse        the body does not match the documentation; likewise

What is raised for a status is always of the class of that status, such as NotFound: also where the
status is not documented for the operation (UnexpectedStatus), or the body is another one
(InvalidResponse).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from ._http import Response

E = TypeVar("E", covariant=True)


_REQUEST_ID_HEADERS = ("x-request-id", "request-id", "x-correlation-id", "x-amzn-requestid")


class ApiCallError(Exception):
    """Base class of all exceptions that this package raises while calling the API.

    `method` and `url` are those of the request, with all values, None if nothing was sent.
    """

    method: str | None = None
    url: str | None = None


class InvalidArguments(ApiCallError, ValueError):
    """An argument does not match the documentation. Nothing was sent."""


class ConnectionFailed(ApiCallError):
    """No response was received. The cause is the exception of the HTTP library."""


class PagingError(ApiCallError):
    """The pages of a list are inconsistent: continuing might never end, or miss items."""


class UnsuccessfulResponseError(ApiCallError):
    """The API responded, but not with a documented success."""

    def __init__(self, message: str, response: Response) -> None:
        super().__init__(message)
        self.response = response
        self.method, self.url = response.request.method, str(response.request.url)

    @property
    def request_id(self) -> str | None:
        """Return the id by which the server knows the request, None if it names none."""
        names = (name for name in _REQUEST_ID_HEADERS if name in self.headers)
        return next((self.headers[name] for name in names), None)

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


class StatusError(UnsuccessfulResponseError, Generic[E]):
    """An error response.

    `error` is the parsed body, None if the documentation describes none, or another one (see
    `content`).
    """

    def __init__(self, message: str, response: Response, error: E) -> None:
        super().__init__(message, response)
        self.error = error


class ClientError(StatusError[E]):
    """The server refused the request (4xx)."""


class ServerError(StatusError[E]):
    """The server, or a gateway in front of it, failed (5xx)."""


class UnexpectedStatus(UnsuccessfulResponseError):
    """The API responded with a status that is not documented for this operation."""


class InvalidResponse(UnsuccessfulResponseError):
    """The body of a response does not match the documentation."""


def combine_exceptions(
    problem: type[UnsuccessfulResponseError], by_status: type[StatusError[Any]]
) -> type[StatusError[Any]]:
    """Return the class of exceptions that are of both classes, named after the status."""
    members = {"__doc__": problem.__doc__, "__module__": by_status.__module__}
    return type(by_status.__name__, (problem, by_status), members)
