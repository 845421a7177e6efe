"""What passed through: one request and its answer as they were on the wire, and how both are shown: without the secrets of those who sent them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote

from conformance.contract.json import Json
from conformance.suite import content_coding
from conformance.suite.wire import SHORT

Pairs = tuple[tuple[str, str], ...]
PRIVATE = re.compile(r"authori[sz]ation|cookie|token|secret|passw|api.?key|access.?key|signature|credential|session", re.IGNORECASE)
EXCERPT = 65_536  # bytes of a body that are kept for a report


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One request that passed, and its answer. Header names are in lower case; a body is None when it was too long to keep.

    `status` is 0 when no answer came, and `failure` says why. `quiet`: nothing else that passed could have changed anything meanwhile.
    `elapsed` is in seconds.
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
    """Return a body without its content coding (RFC 9110, 8.4.1); None for a coding that is not known here, or more than `most` bytes."""
    try:
        return content_coding.decoded(body, coding, most)
    except content_coding.CodingError:
        return None


def secrets(passage: Passage, private: frozenset[str], *bodies: Json) -> dict[str, str]:
    """Return what nobody may see of a passage, each with what stands for it: credentials in headers and query, and fields that are named like secrets."""
    found: dict[str, str] = {}
    for name, value in (*passage.asked, *passage.answered):
        if hidden(name, private):
            for part in (value, value.rpartition(" ")[2], *(piece.partition("=")[2] for piece in value.split(";"))):
                found.setdefault(part.strip(), f"${_variable(name)}")
    for name, value in parse_qsl(passage.target.partition("?")[2], keep_blank_values=True, errors="replace"):
        if hidden(name, private):
            found |= {value: f"${_variable(name)}", quote(value, safe=""): f"${_variable(name)}"}
    for body in bodies:
        found |= {value: f"${_variable(name)}" for name, value in _fields(body) if hidden(name, private)}
    return {secret: name for secret, name in sorted(found.items(), key=lambda pair: -len(pair[0])) if len(secret) >= SHORT}


def hidden(name: str, private: frozenset[str]) -> bool:
    """Tell whether what bears this name is a secret; `private` are names, in lower case, that the contract gives to credentials."""
    return name.lower() in private or PRIVATE.search(name) is not None


def shown(pairs: Pairs, known: Mapping[str, str], private: frozenset[str]) -> dict[str, str]:
    """Return headers as reports show them: of a credential, its scheme at most."""
    found = joined(pairs)
    for name, value in found.items():
        if hidden(name, private):
            scheme = value.partition(" ")[0] if "authorization" in name and " " in value else ""
            found[name] = f"{scheme} $TOKEN" if scheme else f"${_variable(name)}"
        else:
            found[name] = veiled(value, known)
    return found


def veiled(text: str, known: Mapping[str, str]) -> str:
    """Return text with what stands for each secret in its place."""
    for secret, name in known.items():
        text = text.replace(secret, name)
    return text


def excerpt(body: bytes | None, known: Mapping[str, str]) -> bytes:
    """Return a body as reports show it."""
    if body is None:
        return b""
    for secret, name in known.items():
        body = body.replace(json.dumps(secret, ensure_ascii=False)[1:-1].encode("utf-8", "replace"), name.encode())
    return body if len(body) <= EXCERPT else body[:EXCERPT] + f"… ({len(body)} bytes)".encode()


def _fields(value: Json, depth: int = 12) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, child in value.items():
            if isinstance(child, str):
                yield name, child
            elif depth:
                yield from _fields(child, depth - 1)
    elif isinstance(value, list) and depth:
        for child in value:
            yield from _fields(child, depth - 1)


def _variable(name: str) -> str:
    return "TOKEN" if name.lower() == "authorization" else re.sub(r"\W", "_", name.upper())
