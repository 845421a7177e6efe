"""What passed through: one request and its answer as they were on the wire, and how both are shown:
without the secrets of those who sent them.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote_plus

from conformance.contract.json import Json
from conformance.suite import content_coding
from conformance.suite.masking import masked
from conformance.suite.secret_names import hidden, variable, veiled_by_place

Pairs = tuple[tuple[str, str], ...]
EXCERPT = 65_536  # bytes of a body that are kept for a report
MARGIN = 8192  # bytes beyond that are masked, so that no secret is cut before it is found


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One request that passed, and its answer. Header names are in lower case; a body is None when
    it was too long to keep.

    `status` is 0 when no answer came, and `failure` says why. `quiet`: nothing else that passed
    could have changed anything meanwhile. `elapsed` is in seconds.
    """

    method: str
    target: str
    asked: Pairs
    sent: bytes | None
    status: int = 0
    answered: Pairs = ()
    received: bytes | None = b""
    failure: str | None = None
    elapsed: float = 0.0
    quiet: bool = True

    @property
    def size(self) -> int:
        """Return how many bytes of bodies it holds."""
        return len(self.sent or b"") + len(self.received or b"")


def joined(pairs: Pairs) -> dict[str, str]:
    """Return headers by name; one that comes again is put behind the first (RFC 9110, 5.3)."""
    found: dict[str, str] = {}
    for name, value in pairs:
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def decoded(body: bytes, coding: str, most: int) -> bytes | None:
    """Return a body without its content coding (RFC 9110, 8.4.1); None for a coding that is not
    known here, or more than `most` bytes.
    """
    try:
        return content_coding.decoded(body, coding, most)
    except content_coding.CodingError:
        return None


def secrets(passage: Passage, private: frozenset[str], *bodies: Json) -> dict[str, str]:
    """Return what nobody may see of a passage, each with what stands for it: what bears the name of
    a secret.

    It may stand in headers, in the query, in forms and in JSON; of lists and objects under such a
    name, every value.
    """
    found: dict[str, str] = {}

    def add(name: str, *values: str) -> None:
        for value in values:
            found.setdefault(value.strip(), f"${variable(name)}")

    for name, value in (*passage.asked, *passage.answered):
        if hidden(name, private):
            add(
                name,
                value,
                value.rpartition(" ")[2],
                *(piece.partition("=")[2] for piece in value.split(";")),
            )
            add(name, *_basic(value))
    for text in (passage.target.partition("?")[2], _form(passage.asked, passage.sent)):
        for name, value in _parameters(text):
            if hidden(name, private, form=True):
                add(name, value)
    for name, value in _multipart(passage.asked, passage.sent):
        if hidden(name, private, form=True):
            add(name, value)
    for body in bodies:
        for name, value in _secret_values(body, private):
            add(name, value)
    return {
        secret: name
        for secret, name in sorted(found.items(), key=lambda pair: -len(pair[0]))
        if secret
    }


def _parameters(text: str, depth: int = 3) -> Iterator[tuple[str, str]]:
    """Yield the pairs of a query or a form, and those of URLs in its values."""
    for name, value in parse_qsl(text, keep_blank_values=True, errors="replace"):
        yield name, value
        if depth and "=" in value:
            yield from _parameters(value.partition("?")[2] or value, depth - 1)


def _basic(value: str) -> tuple[str, ...]:
    """Return user and password of HTTP basic credentials, together and the password alone (RFC
    7617).
    """
    scheme, _, coded = value.partition(" ")
    if scheme.lower() != "basic":
        return ()
    try:
        plain = base64.b64decode(coded.strip() + "===").decode("utf-8", "replace")
    except ValueError:
        return ()
    return (plain, plain.partition(":")[2])


def _form(headers: Pairs, body: bytes | None) -> str:
    media = joined(headers).get("content-type", "").partition(";")[0].strip().lower()
    return (
        (body or b"").decode("utf-8", "replace")
        if media == "application/x-www-form-urlencoded"
        else ""
    )


def _multipart(headers: Pairs, body: bytes | None) -> Iterator[tuple[str, str]]:
    """Yield the fields of a multipart form (RFC 7578) that are texts of moderate length."""
    media = joined(headers).get("content-type", "")
    if not body or not media.lower().startswith("multipart/form-data"):
        return
    for head, value in re.findall(
        rb"(?s)\r\n(Content-Disposition:[^\0]*?)\r\n\r\n(.{0,4096}?)\r\n--",
        b"\r\n" + body,
        re.IGNORECASE,
    ):
        if name := re.search(rb'name="([^"]*)"', head):
            yield name[1].decode("utf-8", "replace"), value.decode("utf-8", "replace")


def shown(pairs: Pairs, known: Mapping[str, str], private: frozenset[str]) -> dict[str, str]:
    """Return headers as reports show them: of a credential, its scheme at most."""
    found: dict[str, str] = {}
    for name, value in joined(pairs).items():
        if hidden(name, private):
            scheme = value.partition(" ")[0] if "authorization" in name and " " in value else ""
            found[name] = f"{scheme} $TOKEN" if scheme else f"${variable(name)}"
        else:
            found[veiled(name, known)] = veiled(value, known)
    return found


def veiled(text: str, known: Mapping[str, str]) -> str:
    """Return a text with what stands for each secret in its place, in whatever encoding."""
    return veiled_by_place(masked(text, known))


def veiled_target(target: str, known: Mapping[str, str], private: frozenset[str]) -> str:
    """Return a request target as reports show it: the values of its secret parameters are replaced,
    short ones too.
    """
    path, mark, query = target.partition("?")
    pieces = []
    for piece in query.split("&"):
        name, equals, _ = piece.partition("=")
        secret = equals and hidden(unquote_plus(name), private, form=True)
        pieces.append(f"{name}=${variable(unquote_plus(name))}" if secret else piece)
    return veiled(path + mark + "&".join(pieces), known)


def excerpt(body: bytes | None, known: Mapping[str, str], form: bool = False) -> bytes:
    """Return the beginning of a body as reports show it; `form`: it has a form's secrets.

    More than that is masked, and cut then: half a secret would not be found.
    """
    if body is None:
        return b""
    text = body[: EXCERPT + MARGIN].decode("utf-8", "surrogateescape")
    if form:
        text = veiled_target("?" + text, {}, frozenset())[1:]
    found = veiled(text, known).encode("utf-8", "surrogateescape")
    if len(body) <= EXCERPT:
        return found
    if len(body) > EXCERPT + MARGIN:
        found = found[: max(0, len(found) - MARGIN // 2)]
    return found[:EXCERPT] + f"… ({len(body)} bytes)".encode()


def _secret_values(
    value: Json, private: frozenset[str], under: str | None = None, depth: int = 24
) -> Iterator[tuple[str, str]]:
    """Yield name and value of everything in a JSON value that bears the name of a secret, or stands
    under one.
    """
    if isinstance(value, dict):
        for name, child in value.items() if depth else ():
            own = name if hidden(name, private) or _looks_like_a_code(name, child) else None
            yield from _secret_values(child, private, own or under, depth - 1)
    elif isinstance(value, list):
        for child in value if depth else ():
            yield from _secret_values(child, private, under, depth - 1)
    elif under is not None and isinstance(value, str):
        yield under, value
    elif under is not None and isinstance(value, int | float) and not isinstance(value, bool):
        yield under, json.dumps(value)


def _looks_like_a_code(name: str, value: Json) -> bool:
    """Tell whether a field called `code` holds an authorization code rather than the code of an
    error.
    """
    return (
        name.lower() == "code"
        and isinstance(value, str)
        and len(value) >= 10
        and any(c.isdigit() for c in value)
    )
