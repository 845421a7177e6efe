"""Recognizes the names of secrets, and masks values beside such names in a text."""

from __future__ import annotations

import re
from collections.abc import Iterable

from conformance.contract.json import Json

_NAME_PARTS = (
    r"authori[sz]ation|cookie|token|secret|passw|passphrase|passcode|pwd"
    r"|api.?key|access.?key|auth.?key|private.?key"
    r"|signature|credential|session|jwt|bearer|otp|saml|assertion|dpop|hmac|verifier"
    r"|subscription.?key|functions.?key"
)
_WHOLE_NAMES = r"sig|pass|sid|pin|auth|csrf|xsrf"
_SHORT_LIVED = (  # secrets in URLs and forms (RFC 6749, 4.1.2), but ordinary words in JSON
    r"code|key|state|nonce|ticket"
)
_SECRET_NAME = re.compile(
    rf"{_NAME_PARTS}|(?:^|[^a-z0-9])(?:{_WHOLE_NAMES})$|^(?:{_WHOLE_NAMES})$", re.IGNORECASE
)
_FORM_SECRET_NAME = re.compile(rf"(?:{_SHORT_LIVED})", re.IGNORECASE)
_NAMED_VALUE = re.compile(
    r"""(?P<before>["']?(?<![\w-])(?P<name>[\w.\[\]-]{1,120})["']?\s*[:=]\s*)"""
    r"""(?P<value>"(?:[^"\\]|\\.)*"|'[^'\r\n]*'"""
    r"""|(?:(?:bearer|basic|token|digest)\s+)?[^\s"'&;,<>{}\[\]()]+)"""
    r"""|<(?P<element>[\w.-]{1,120})>(?P<text>[^<]*)<""",
    re.IGNORECASE,
)


def is_secret_name(name: str, secret_names: Iterable[str] = (), in_form: bool = False) -> bool:
    """Return whether a value with this name is a secret.

    `secret_names` are additional names, in lower case. `in_form` means that the name is used in a
    URL or a form.
    """
    if name.lower() in secret_names or _SECRET_NAME.search(name) is not None:
        return True
    return in_form and _FORM_SECRET_NAME.fullmatch(name) is not None


def looks_like_authorization_code(name: str, value: Json) -> bool:
    """Return whether a field called `code` holds an authorization code, not an error code."""
    return (
        name.lower() == "code"
        and isinstance(value, str)
        and len(value) >= 10
        and any(character.isdigit() for character in value)
    )


def secret_name_to_shell_variable(name: str) -> str:
    """Return the name of the shell variable that replaces a secret with this name."""
    return (
        "TOKEN"
        if name.lower() == "authorization"
        else re.sub(r"\W", "_", name.upper(), flags=re.ASCII)
    )


def mask_values_of_secret_names(text: str, depth: int = 3) -> str:
    """Return a text in which values beside the name of a secret are masked, in any format."""
    return _NAMED_VALUE.sub(lambda match: _mask_matched_value(match, depth), text)


def _mask_matched_value(match: re.Match[str], depth: int) -> str:
    if match["element"] is not None:
        element = match["element"]
        if not is_secret_name(element) or not match["text"].strip():
            return match[0]
        return f"<{element}>${secret_name_to_shell_variable(element)}<"
    name, value = match["name"], match["value"]
    if not is_secret_name(name):  # the value may contain further names
        return match["before"] + (mask_values_of_secret_names(value, depth - 1) if depth else value)
    if value in ("null", "true", "false", '""', "''") or value.strip("\"'").startswith("$"):
        return match[0]
    quote = value[0] if value[0] in "\"'" else ""
    return f"{match['before']}{quote}${secret_name_to_shell_variable(name)}{quote}"
