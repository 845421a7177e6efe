"""A call as an HTTP request: the one place where arguments become bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import quote, unquote, urlencode

from conformance.checks.call import Call, Credential
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Location, Operation
from conformance.contract.pointer import MISSING
from conformance.suite.target import Target

# characters: a shorter secret would be found in ordinary text; in headers it is masked by its place
SHORT = 6
UNKNOWN_TOKEN = "conformance-never-issued-token"


def text(value: Json) -> str:
    """Return an argument as it travels: booleans and null in lower case, numbers and text as they
    are.
    """
    if isinstance(value, bool) or value is None:
        return "null" if value is None else str(value).lower()
    return (
        value
        if isinstance(value, str)
        else json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    )


class UnsafePathError(Exception):
    """A path argument would lead to another path than its operation's; the text says how."""


def _segment(contract: Contract, operation: Operation, parameter: str, value: str) -> str:
    """Return a path argument as it travels. Raises UnsafePathError for one that some server takes
    for another path.
    """
    plain = value
    for _ in range(4):
        if (decoded := unquote(plain)) == plain:
            break
        plain = decoded
    parts = re.split(r"[/\\]", plain)
    if any(part.strip() in ("", ".", "..") for part in parts) or any(
        ord(c) < 32 or ord(c) == 127 for c in plain
    ):
        raise UnsafePathError(
            f"{parameter}={value!r} in the path of {operation.id} would name another path"
        )
    template = operation.path.split("/")
    place = template.index("{" + parameter + "}") if "{" + parameter + "}" in template else None
    for other in contract.operations.values():
        theirs = other.path.split("/")
        if (
            place is not None
            and len(theirs) == len(template)
            and theirs[place] == value
            and theirs[:place] == template[:place]
        ):
            raise UnsafePathError(
                f"{parameter}={value!r} in the path of {operation.id} would name the path of"
                f" {other.id}"
            )
    return quote(value, safe="")


def url(contract: Contract, target: Target, call: Call) -> str:
    """Return the URL of a call whose path parameters are all among its arguments.

    Raises UnsafePathError for an argument that would lead to another path (RFC 3986, 5.2.4 removes
    dot segments).
    """
    operation = contract.operations[call.operation]
    path = operation.path
    pairs: list[tuple[str, str]] = list(call.query.items())
    for parameter in operation.parameters:
        value = call.arguments.get(parameter.name, MISSING)
        if value is MISSING:
            continue
        if parameter.location is Location.PATH:
            path = path.replace(
                "{" + parameter.name + "}",
                _segment(contract, operation, parameter.name, text(value)),
            )
        elif parameter.location is Location.QUERY:
            if parameter.media is not None:
                pairs.append(
                    (parameter.name, json.dumps(value, separators=(",", ":"), ensure_ascii=False))
                )
            elif isinstance(value, list):
                pairs += [(parameter.name, text(one)) for one in value]
            else:
                pairs.append((parameter.name, text(value)))
    return (
        target.url.rstrip("/") + path + ("?" + urlencode(pairs, quote_via=quote) if pairs else "")
    )


def shown(headers: Mapping[str, str], target: Target, secret: Mapping[str, str]) -> dict[str, str]:
    """Return headers as reports show them: names in lower case, credentials and the target's own
    headers as shell variables.
    """
    private = {name.lower() for name in target.headers}
    found = {}
    for name, value in headers.items():
        scheme, _, token = value.rpartition(" ")
        if name.lower() in private:
            value = "$" + name.upper().replace("-", "_")
        elif name.lower() == "authorization" and token in secret:
            value = f"{scheme} {secret[token]}".strip()
        found[name.lower()] = value
    return found


def headers(contract: Contract, target: Target, call: Call) -> dict[str, str]:
    """Return the headers of a call, credentials among them."""
    operation = contract.operations[call.operation]
    private = {
        "Authorization" if name.lower() == "authorization" else name: value
        for name, value in target.headers.items()
    }
    found = {"Accept": "application/json", "User-Agent": "conformance", **private}
    for parameter in operation.parameters:
        value = call.arguments.get(parameter.name, MISSING)
        if parameter.location is Location.HEADER and value is not MISSING:
            found[parameter.name] = text(value)
    if call.text is not None or call.body is not MISSING:
        found["Content-Type"] = operation.body.media if operation.body else "application/json"
    authorization = _authorization(target, call)
    if authorization is not None and operation.scopes is not None:
        found["Authorization"] = authorization
    elif call.credential is Credential.MISSING:
        found.pop("Authorization", None)
    return {**found, **call.headers}


def _authorization(target: Target, call: Call) -> str | None:
    match call.credential:
        case Credential.MISSING:
            return None
        case Credential.INVALID:
            return f"Bearer {UNKNOWN_TOKEN}"
        case Credential.BARE:
            return target.token
        case Credential.EMPTY:
            return "Bearer"
        case Credential.ELSEWISE:
            return f"Basic {target.token}"
        case Credential.SCOPED:
            return f"Bearer {target.scoped[call.scope or '']}"
        case Credential.DEFAULT:
            return f"Bearer {target.token}" if target.token else None


def content(call: Call) -> str | None:
    """Return the body of a call as text, or None."""
    if call.text is not None:
        return call.text
    return None if call.body is MISSING else json.dumps(call.body, ensure_ascii=False)


def masked_plainly(value: str, secrets: Mapping[str, str]) -> str:
    """Return a text with every secret that stands in it as it is replaced by its name.

    This is for what is kept of each request, where it has to be quick; reports mask in every
    encoding (`masking`).
    """
    for secret, name in secrets.items():
        if len(secret) >= SHORT:
            value = value.replace(secret, name)
    return value
