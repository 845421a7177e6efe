"""One captured request with its response, and how reports show both without secrets."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote_plus

from conformance.contract.json import Json
from conformance.protocol import parse_media_type
from conformance.suite import content_coding
from conformance.suite.masking import mask_text
from conformance.suite.secret_names import (
    is_secret_name,
    looks_like_authorization_code,
    mask_values_of_secret_names,
    secret_name_to_shell_variable,
)

HeaderPairs = tuple[tuple[str, str], ...]
EXCERPT_BYTES = 65_536  # bytes of a body that are kept for a report
# bytes after the excerpt that are masked too, so that a secret at its end is found as a whole
MARGIN_BYTES = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedExchange:
    """A request that was captured on the wire, and its response.

    Header names are in lower case. A body is None if it was too long to keep. `status` is 0 if no
    response came; `failure` says why. `elapsed` is in seconds. `undisturbed` is True if no other
    captured request could have changed anything in between.
    """

    method: str
    target: str
    request_headers: HeaderPairs
    request_body: bytes | None
    status: int = 0
    response_headers: HeaderPairs = ()
    response_body: bytes | None = b""
    failure: str | None = None
    elapsed: float = 0.0
    undisturbed: bool = True

    @property
    def body_size(self) -> int:
        """Return the number of bytes of both bodies."""
        return len(self.request_body or b"") + len(self.response_body or b"")


def join_headers(pairs: HeaderPairs) -> dict[str, str]:
    """Return headers by name; the values of a repeated header are joined (RFC 9110, 5.3)."""
    headers: dict[str, str] = {}
    for name, value in pairs:
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def try_decompress_body(body: bytes, coding: str, max_bytes: int) -> bytes | None:
    """Return a body without its content coding (RFC 9110, 8.4.1).

    Returns None if the coding is unknown or broken, or the decoded body exceeds `max_bytes`.
    """
    try:
        return content_coding.decompress_body(body, coding, max_bytes)
    except content_coding.ContentDecodingError:
        return None


def find_exchange_secrets(
    captured: CapturedExchange, secret_names: frozenset[str], *bodies: Json
) -> dict[str, str]:
    """Return the secrets of an exchange, each with its placeholder, the longest first.

    A secret is a value whose name is that of a secret. It is looked for in headers, in the query,
    in forms and in the JSON `bodies`; of a list or an object with such a name, every value is a
    secret.
    """
    placeholder_by_secret: dict[str, str] = {}

    def add(name: str, *values: str) -> None:
        for value in values:
            placeholder_by_secret.setdefault(
                value.strip(), f"${secret_name_to_shell_variable(name)}"
            )

    for name, value in (*captured.request_headers, *captured.response_headers):
        if is_secret_name(name, secret_names):
            add(
                name,
                value,
                value.rpartition(" ")[2],
                *(part.partition("=")[2] for part in value.split(";")),
            )
            add(name, *_decode_basic_credentials(value))
    for text in (
        captured.target.partition("?")[2],
        _decode_urlencoded_form(captured.request_headers, captured.request_body),
    ):
        for name, value in _parse_parameters(text):
            if is_secret_name(name, secret_names, in_form=True):
                add(name, value)
    for name, value in _read_multipart_fields(captured.request_headers, captured.request_body):
        if is_secret_name(name, secret_names, in_form=True):
            add(name, value)
    for body in bodies:
        for name, value in _find_secret_values(body, secret_names):
            add(name, value)
    return {
        secret: name
        for secret, name in sorted(placeholder_by_secret.items(), key=lambda pair: -len(pair[0]))
        if secret
    }


def _parse_parameters(text: str, depth: int = 3) -> Iterator[tuple[str, str]]:
    """Yield the name-value pairs of a query or a form, and those of URLs in its values."""
    for name, value in parse_qsl(text, keep_blank_values=True, errors="replace"):
        yield name, value
        if depth and "=" in value:
            yield from _parse_parameters(value.partition("?")[2] or value, depth - 1)


def _decode_basic_credentials(value: str) -> tuple[str, ...]:
    """Return the decoded HTTP basic credentials, and the password alone (RFC 7617)."""
    scheme, _, encoded = value.partition(" ")
    if scheme.lower() != "basic":
        return ()
    try:
        credentials = base64.b64decode(encoded.strip() + "===").decode("utf-8", "replace")
    except ValueError:
        return ()
    return (credentials, credentials.partition(":")[2])


def _decode_urlencoded_form(headers: HeaderPairs, body: bytes | None) -> str:
    media_type = parse_media_type(join_headers(headers).get("content-type", ""))
    return (
        (body or b"").decode("utf-8", "replace")
        if media_type == "application/x-www-form-urlencoded"
        else ""
    )


def _read_multipart_fields(headers: HeaderPairs, body: bytes | None) -> Iterator[tuple[str, str]]:
    """Yield the text fields of a multipart form (RFC 7578) of at most 4096 bytes."""
    media_type = join_headers(headers).get("content-type", "")
    if not body or not media_type.lower().startswith("multipart/form-data"):
        return
    for head, value in re.findall(
        rb"(?s)\r\n(Content-Disposition:[^\0]*?)\r\n\r\n(.{0,4096}?)\r\n--",
        b"\r\n" + body,
        re.IGNORECASE,
    ):
        if name := re.search(rb'name="([^"]*)"', head):
            yield name[1].decode("utf-8", "replace"), value.decode("utf-8", "replace")


def mask_headers(
    pairs: HeaderPairs, known_secrets: Mapping[str, str], secret_names: frozenset[str]
) -> dict[str, str]:
    """Return headers as reports show them; of a credential at most its scheme remains."""
    masked_headers: dict[str, str] = {}
    for name, value in join_headers(pairs).items():
        if is_secret_name(name, secret_names):
            scheme = value.partition(" ")[0] if "authorization" in name and " " in value else ""
            masked_headers[name] = (
                f"{scheme} $TOKEN" if scheme else f"${secret_name_to_shell_variable(name)}"
            )
        else:
            masked_headers[mask_secrets(name, known_secrets)] = mask_secrets(value, known_secrets)
    return masked_headers


def mask_secrets(text: str, known_secrets: Mapping[str, str]) -> str:
    """Return a text with every secret replaced by its placeholder, in any encoding."""
    return mask_values_of_secret_names(mask_text(text, known_secrets))


def mask_request_target(
    target: str, known_secrets: Mapping[str, str], secret_names: frozenset[str]
) -> str:
    """Return a request target as reports show it.

    Values of secret query parameters are replaced, however short they are.
    """
    path, separator, query = target.partition("?")
    parts = []
    for part in query.split("&"):
        name, equals, _ = part.partition("=")
        is_secret = equals and is_secret_name(unquote_plus(name), secret_names, in_form=True)
        parts.append(
            f"{name}=${secret_name_to_shell_variable(unquote_plus(name))}" if is_secret else part
        )
    return mask_secrets(path + separator + "&".join(parts), known_secrets)


def mask_and_truncate_body(
    body: bytes | None, known_secrets: Mapping[str, str], is_form: bool = False
) -> bytes:
    """Return the beginning of a body as reports show it.

    The body is masked first and cut afterwards, because a secret that is cut in half would not be
    found. With `is_form`, the values of secret form fields are replaced too.
    """
    if body is None:
        return b""
    text = body[: EXCERPT_BYTES + MARGIN_BYTES].decode("utf-8", "surrogateescape")
    if is_form:
        text = mask_request_target("?" + text, {}, frozenset())[1:]
    masked_body = mask_secrets(text, known_secrets).encode("utf-8", "surrogateescape")
    if len(body) <= EXCERPT_BYTES:
        return masked_body
    if len(body) > EXCERPT_BYTES + MARGIN_BYTES:
        masked_body = masked_body[: max(0, len(masked_body) - MARGIN_BYTES // 2)]
    return masked_body[:EXCERPT_BYTES] + f"… ({len(body)} bytes)".encode()


def _find_secret_values(
    value: Json, secret_names: frozenset[str], secret_name: str | None = None, depth: int = 24
) -> Iterator[tuple[str, str]]:
    """Yield name and value of every secret in a JSON value.

    A value is secret if its own name, or the name of an object or list around it, is that of a
    secret.
    """
    if isinstance(value, dict):
        for name, child in value.items() if depth else ():
            own_name = (
                name
                if is_secret_name(name, secret_names) or looks_like_authorization_code(name, child)
                else None
            )
            yield from _find_secret_values(child, secret_names, own_name or secret_name, depth - 1)
    elif isinstance(value, list):
        for child in value if depth else ():
            yield from _find_secret_values(child, secret_names, secret_name, depth - 1)
    elif secret_name is not None and isinstance(value, str):
        yield secret_name, value
    elif secret_name is not None and isinstance(value, int | float) and not isinstance(value, bool):
        yield secret_name, json.dumps(value)
