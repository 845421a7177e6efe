"""Builds requests from arguments, and returns values or raises exceptions for responses.

This module knows no HTTP library and does no I/O.
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
from ._error import (
    ClientError,
    ConnectionFailed,
    InvalidArguments,
    InvalidResponse,
    ServerError,
    StatusError,
    UnexpectedStatus,
    UnsuccessfulResponseError,
    combine_exceptions,
)
from ._http import RequestError, Response
from ._operation import DocumentedResponse, OperationSpec, ParameterSpec

_STRICT = ConfigDict(strict=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialValue:
    """A credential that is sent with a request: a header, a query parameter or a cookie."""

    location: Literal["header", "query", "cookie"]
    name: str
    value: str

    def __repr__(self) -> str:
        return f"CredentialValue({self.location} {self.name})"


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedRequest:
    """A request that is ready to be sent."""

    method: str
    url: str
    headers: dict[str, str]
    content: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCore:
    """The configuration that all calls of a client share.

    `is_documented_server` is True if `base_url` is the documented server. `exceptions` are the
    classes of the statuses that have one.
    """

    base_url: str
    is_documented_server: bool
    credentials: Mapping[str, CredentialValue]
    headers: Mapping[str, str]
    exceptions: Mapping[int, type[StatusError[Any]]]

    def build_request(
        self, operation: OperationSpec, arguments: Mapping[str, Any]
    ) -> PreparedRequest:
        """Return the request for arguments by their Python names; MISSING arguments are left out.

        Raises InvalidArguments if a required argument is missing, if a value does not have the
        documented type, or if it cannot be encoded.
        """
        path = operation.path
        query: list[str] = []
        cookies: list[str] = []
        headers = {"accept": operation.accept or "*/*", **self.headers}
        for parameter in operation.parameters:
            value = arguments.get(parameter.python_name, MISSING)
            if value is MISSING:
                if parameter.required:
                    raise InvalidArguments(f"{parameter.python_name} is missing")
                continue
            _validate_value(parameter.python_name, parameter, value)
            match parameter.location:
                case "query":
                    query += _encode_value(parameter, encoding.encode_query_parameter, value)
                case "path":
                    path = path.replace(
                        "{" + parameter.name + "}",
                        _encode_value(parameter, encoding.encode_path_parameter, value),
                        1,
                    )
                case "header":
                    headers[parameter.name.lower()] = encoding.encode_header_parameter(
                        parameter, value
                    )
                case _:
                    cookies.append(
                        _encode_value(parameter, encoding.encode_cookie_parameter, value)
                    )
        for credential in self._select_credentials(operation):
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
        content = _encode_request_body(operation, arguments, headers)
        base_url = (
            operation.server.rstrip("/")
            if operation.server and self.is_documented_server
            else self.base_url
        )
        return PreparedRequest(
            method=operation.method,
            url=f"{base_url}{path}?{'&'.join(query)}" if query else base_url + path,
            headers=headers,
            content=content,
        )

    def with_headers(self, headers: Mapping[str, str] | None) -> ClientCore:
        """Return a copy with additional headers."""
        return replace(self, headers=merge_headers(self.headers, headers)) if headers else self

    def _select_credentials(self, operation: OperationSpec) -> Iterable[CredentialValue]:
        for names in operation.security:
            if all(name in self.credentials for name in names):
                return [self.credentials[name] for name in names]
        return [
            self.credentials[name]
            for names in operation.security
            for name in names
            if name in self.credentials
        ]

    def interpret_outcome(self, operation: OperationSpec, outcome: Response | RequestError) -> Any:
        """Return the value of a successful response.

        Raises ConnectionFailed if there is no response, the documented exception for an error
        response, UnexpectedStatus for an undocumented status, and InvalidResponse for an
        undocumented body. Returns None only if the documentation describes no body, or a null.
        """
        if isinstance(outcome, RequestError):
            failure = ConnectionFailed(
                f"{operation.method} {operation.path}: {type(outcome).__name__}: {outcome}"
            )
            failure.method, failure.url = outcome.request.method, str(outcome.request.url)
            raise failure from outcome
        status = outcome.status_code
        documented = operation.find_response(status)
        if documented is None:
            text = (
                f"{operation.method} {operation.path} answered {status}, which is not documented:"
                f" {_shorten_content(outcome)}"
            )
            raise self._create_status_error(UnexpectedStatus, text, outcome)
        try:
            value = _parse_response_content(operation, documented, outcome)
        except InvalidResponse as error:
            if status < 400:
                raise
            raise self._create_status_error(InvalidResponse, str(error), outcome) from error
        if documented.exception is None or (status < 300 and documented.status == "default"):
            return value
        raise documented.exception(
            f"{operation.method} {operation.path} answered {status}: {_shorten_content(outcome)}",
            outcome,
            value,
        )

    def _create_status_error(
        self, problem: type[UnsuccessfulResponseError], text: str, response: Response
    ) -> UnsuccessfulResponseError:
        """Return an exception about a problem that is also of the class of its status."""
        status = response.status_code
        families: dict[int, type[StatusError[Any]]] = {4: ClientError, 5: ServerError}
        by_status = self.exceptions.get(status, families.get(status // 100))
        if by_status is None:
            return problem(text, response)
        return combine_exceptions(problem, by_status)(text, response, None)


def merge_headers(headers: Mapping[str, str], extra: Mapping[str, str] | None) -> dict[str, str]:
    """Return headers with lower-case names; `extra` replaces headers of the same name."""
    return {**headers, **{name.lower(): value for name, value in (extra or {}).items()}}


def build_credentials(
    *entries: tuple[
        str, str, Literal["header", "query", "cookie"], str, str | tuple[str, str] | None
    ],
) -> dict[str, CredentialValue]:
    """Return the credentials that have a value, by the name of their scheme.

    Each entry is scheme, prefix (such as `Bearer `), location, name and value. Raises
    InvalidArguments for a value that is empty or that no header can carry.
    """
    values_by_scheme = {}
    for scheme, prefix, location, name, value in entries:
        if value is None:
            continue
        secret = (
            base64.b64encode(":".join(value).encode()).decode()
            if isinstance(value, tuple)
            else value
        )
        if not secret or (
            location == "header"
            and not (secret.isascii() and secret.isprintable() and secret == secret.strip())
        ):
            raise InvalidArguments(
                f"the value for {scheme} is empty or holds characters that cannot be carried"
            )
        values_by_scheme[scheme] = CredentialValue(
            location=location, name=name, value=prefix + secret
        )
    return values_by_scheme


def _encode_value(
    parameter: ParameterSpec, encode: Callable[[ParameterSpec, Any], Any], value: Any
) -> Any:
    try:
        return encode(parameter, value)
    except UnicodeEncodeError as error:
        raise InvalidArguments(f"{parameter.python_name}: {error}") from error


def _validate_value(name: str, spec: Any, value: Any) -> None:
    try:
        _get_type_adapter(spec).validate_python(value)
    except ValidationError as error:
        raise InvalidArguments(f"{name}: {_describe_validation_error(error)}") from error


@cache
def _get_type_adapter(spec: Any) -> TypeAdapter[Any]:
    """Return the cached validator for the type of a parameter, a body or a response."""
    try:
        return TypeAdapter(spec.type, config=_STRICT)
    except PydanticUserError:  # the type has a configuration of its own, as classes do
        return TypeAdapter(spec.type)


def _encode_request_body(
    operation: OperationSpec, arguments: Mapping[str, Any], headers: dict[str, str]
) -> bytes | None:
    body = operation.body
    if body is None:
        return None
    if body.fields is None:
        value = arguments.get(body.python_name, MISSING)
    else:
        value = {
            wire_name: arguments[python_name]
            for wire_name, python_name in body.fields.items()
            if arguments.get(python_name, MISSING) is not MISSING
        }
    if value is MISSING:
        if body.required:
            raise InvalidArguments(f"{body.python_name} is missing")
        return None
    _validate_value(body.python_name, body, value)
    headers["content-type"] = body.media
    if "json" in body.media:
        return encoding.encode_json(body.python_name, value)
    if body.media == "application/x-www-form-urlencoded":
        return encoding.encode_form(value)
    if body.media == "multipart/form-data":
        boundary = secrets.token_hex(16)
        headers["content-type"] = f"multipart/form-data; boundary={boundary}"
        return encoding.encode_multipart(value, boundary)
    return value if isinstance(value, bytes) else str(value).encode()


def _parse_response_content(
    operation: OperationSpec, documented: DocumentedResponse, response: Response
) -> Any:
    content = response.content
    if documented.media is None:
        if content and documented.exception is None:
            raise InvalidResponse(
                f"{operation.method} {operation.path} answered {response.status_code} with a body,"
                " where none is documented",
                response,
            )
        return None
    media = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media and not _matches_media(media, documented.media):
        raise InvalidResponse(
            f"{operation.method} {operation.path} answered {response.status_code} with {media}"
            f" instead of {documented.media}",
            response,
        )
    if "json" not in documented.media:
        return content if documented.type is bytes else response.text
    try:
        return _get_type_adapter(documented).validate_json(content)
    except ValidationError as error:
        text = (
            f"{operation.method} {operation.path} answered {response.status_code} with a body that"
            f" is not as documented: {_describe_validation_error(error)}"
        )
        raise InvalidResponse(text, response) from error


def _matches_media(actual: str, expected: str) -> bool:
    expected = expected.partition(";")[0].strip().lower()
    if (
        actual == expected
        or expected == "*/*"
        or (expected.endswith("/*") and actual.startswith(expected[:-1]))
    ):
        return True
    return "json" in actual and "json" in expected


def _describe_validation_error(error: ValidationError) -> str:
    first_error = error.errors(include_url=False, include_context=False, include_input=False)[0]
    location = ".".join(str(part) for part in first_error["loc"])
    suffix = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return (
        f"{location}: {first_error['msg']}{suffix}" if location else f"{first_error['msg']}{suffix}"
    )


def _shorten_content(response: Response) -> str:
    text = response.text
    return (text if len(text) <= 200 else text[:197] + "...") or "(no body)"
