"""From arguments to a request, from an answer to a value or an exception. Knows no HTTP library and
does no I/O.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal
from urllib.parse import quote

from pydantic import MISSING, ConfigDict, TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError

from . import _encoding as encoding
from ._error import ConnectionFailed, InvalidArguments, InvalidResponse, UnexpectedStatus
from ._http import Failure, Response
from ._operation import Answer, Operation, Parameter

_STRICT = ConfigDict(strict=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What goes along with a request to show who asks: a header, a query parameter or a cookie."""

    location: Literal["header", "query", "cookie"]
    name: str
    value: str

    def __repr__(self) -> str:
        return f"Credential({self.location} {self.name})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request, ready to be sent."""

    method: str
    url: str
    headers: dict[str, str]
    content: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """What all calls of a client have in common. `own` tells that the server is the documented
    one.
    """

    base_url: str
    own: bool
    credentials: Mapping[str, Credential]
    headers: Mapping[str, str]

    def request(self, operation: Operation, arguments: Mapping[str, Any]) -> Request:
        """Return the request for arguments by their Python names; MISSING ones are left out.

        Raises InvalidArguments when a value has not the documented type, or cannot be carried.
        """
        path = operation.path
        query: list[str] = []
        cookies: list[str] = []
        headers = {"accept": operation.accept or "*/*", **self.headers}
        for parameter in operation.parameters:
            value = arguments.get(parameter.python, MISSING)
            if value is MISSING:
                if parameter.required:
                    raise InvalidArguments(f"{parameter.python} is missing")
                continue
            _check(parameter.python, parameter, value)
            match parameter.location:
                case "query":
                    query += _carried(parameter, encoding.query, value)
                case "path":
                    path = path.replace(
                        "{" + parameter.name + "}", _carried(parameter, encoding.path, value), 1
                    )
                case "header":
                    headers[parameter.name.lower()] = encoding.header(parameter, value)
                case _:
                    cookies.append(_carried(parameter, encoding.cookie, value))
        for credential in self._credentials(operation):
            match credential.location:
                case "header":
                    headers[credential.name] = credential.value
                case "query":
                    query.append(
                        f"{quote(credential.name, safe='')}={quote(credential.value, safe='')}"
                    )
                case _:
                    cookies.append(f"{credential.name}={quote(credential.value, safe='')}")
        if cookies:
            headers["cookie"] = "; ".join(cookies)
        content = _content(operation, arguments, headers)
        base = operation.server.rstrip("/") if operation.server and self.own else self.base_url
        return Request(
            method=operation.method,
            url=f"{base}{path}?{'&'.join(query)}" if query else base + path,
            headers=headers,
            content=content,
        )

    def with_headers(self, headers: Mapping[str, str] | None) -> Core:
        """Return the same with further headers."""
        return replace(self, headers=joined(self.headers, headers)) if headers else self

    def _credentials(self, operation: Operation) -> Iterable[Credential]:
        for names in operation.security:
            if all(name in self.credentials for name in names):
                return [self.credentials[name] for name in names]
        return [
            self.credentials[name]
            for names in operation.security
            for name in names
            if name in self.credentials
        ]

    def understand(self, operation: Operation, outcome: Response | Failure) -> Any:
        """Return the documented value of a success; raise the exception for anything else. Never
        returns None for what is not documented so.
        """
        if isinstance(outcome, Failure):
            raise ConnectionFailed(
                f"{operation.method} {operation.path}: {type(outcome).__name__}: {outcome}"
            ) from outcome
        status = outcome.status_code
        answer = operation.answer(status)
        if answer is None:
            raise UnexpectedStatus(
                f"{operation.method} {operation.path} answered {status}, which is not documented:"
                f" {_excerpt(outcome)}",
                outcome,
            )
        value = _value(operation, answer, outcome)
        if answer.error is None or (status < 300 and answer.status == "default"):
            return value
        raise answer.error(
            f"{operation.method} {operation.path} answered {status}: {_excerpt(outcome)}",
            outcome,
            value,
        )


def joined(headers: Mapping[str, str], further: Mapping[str, str] | None) -> dict[str, str]:
    """Return headers under lower-case names; further ones take the place of those of the same
    name.
    """
    return {**headers, **{name.lower(): value for name, value in (further or {}).items()}}


def credentials(
    *given: tuple[
        str, str, Literal["header", "query", "cookie"], str, str | tuple[str, str] | None
    ],
) -> dict[str, Credential]:
    """Return the credentials that were given, by the name of their scheme.

    Each comes as scheme, kind (`bearer`, `basic`, `plain`), place, name there, value. Raises
    InvalidArguments for a value that no header can carry.
    """
    found = {}
    for scheme, kind, location, name, value in given:
        if value is None:
            continue
        shown = (
            base64.b64encode(":".join(value).encode()).decode()
            if isinstance(value, tuple)
            else value
        )
        if not shown or (
            location == "header"
            and not (shown.isascii() and shown.isprintable() and shown == shown.strip())
        ):
            raise InvalidArguments(
                f"the value for {scheme} is empty or holds characters that cannot be carried"
            )
        prefix = {"bearer": "Bearer ", "basic": "Basic "}.get(kind, "")
        found[scheme] = Credential(location=location, name=name, value=prefix + shown)
    return found


def _carried(parameter: Parameter, write: Callable[[Parameter, Any], Any], value: Any) -> Any:
    try:
        return write(parameter, value)
    except UnicodeEncodeError as error:
        raise InvalidArguments(f"{parameter.python}: {error}") from error


def _check(name: str, holder: Any, value: Any) -> None:
    try:
        _adapter(holder).validate_python(value)
    except ValidationError as error:
        raise InvalidArguments(f"{name}: {_told(error)}") from error


@cache
def _adapter(holder: Any) -> TypeAdapter[Any]:
    """Return the validator for the type of a parameter, a body or an answer, made when it is first
    needed.
    """
    try:
        return TypeAdapter(holder.type, config=_STRICT)
    except PydanticUserError:  # the type brings its own configuration, as classes do
        return TypeAdapter(holder.type)


def _content(
    operation: Operation, arguments: Mapping[str, Any], headers: dict[str, str]
) -> bytes | None:
    body = operation.body
    if body is None:
        return None
    if body.fields is None:
        value = arguments.get(body.python, MISSING)
    else:
        value = {
            wire: arguments[python]
            for wire, python in body.fields.items()
            if arguments.get(python, MISSING) is not MISSING
        }
    if value is MISSING:
        if body.required:
            raise InvalidArguments(f"{body.python} is missing")
        return None
    _check(body.python, body, value)
    headers["content-type"] = body.media
    if "json" in body.media:
        return encoding.dumps(body.python, value)
    if body.media == "application/x-www-form-urlencoded":
        return encoding.form(value)
    if body.media == "multipart/form-data":
        boundary = secrets.token_hex(16)
        headers["content-type"] = f"multipart/form-data; boundary={boundary}"
        return encoding.multipart(value, boundary)
    return value if isinstance(value, bytes) else str(value).encode()


def _value(operation: Operation, answer: Answer, response: Response) -> Any:
    content = response.content
    if answer.media is None:
        if content and answer.error is None:
            raise InvalidResponse(
                f"{operation.method} {operation.path} answered {response.status_code} with a body,"
                " where none is documented",
                response,
            )
        return None
    told = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if told and not _same_media(told, answer.media):
        raise InvalidResponse(
            f"{operation.method} {operation.path} answered {response.status_code} with {told}"
            f" instead of {answer.media}",
            response,
        )
    if "json" not in answer.media:
        return content if answer.type is bytes else response.text
    try:
        return _adapter(answer).validate_json(content)
    except ValidationError as error:
        text = (
            f"{operation.method} {operation.path} answered {response.status_code} with a body that"
            f" is not as documented: {_told(error)}"
        )
        raise InvalidResponse(text, response) from error


def _same_media(one: str, other: str) -> bool:
    other = other.partition(";")[0].strip().lower()
    if one == other or other == "*/*" or (other.endswith("/*") and one.startswith(other[:-1])):
        return True
    return "json" in one and "json" in other


def _told(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{place}: {first['msg']}{more}" if place else f"{first['msg']}{more}"


def _excerpt(response: Response) -> str:
    text = response.text
    return (text if len(text) <= 200 else text[:197] + "...") or "(no body)"
