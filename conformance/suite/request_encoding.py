"""Encodes a call as an HTTP request. No other module turns arguments into bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import quote, unquote, urlencode

from conformance.checks.call import ApiCall, CredentialKind
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Operation, ParameterLocation
from conformance.contract.pointer import MISSING
from conformance.suite.target import Target

# characters: a shorter secret could be part of ordinary text; in headers it is masked by its name
MIN_MASKED_LENGTH = 6
UNKNOWN_TOKEN = "conformance-never-issued-token"


def encode_argument(value: Json) -> str:
    """Return an argument as text.

    Booleans and null are in lower case, numbers are in JSON, and text is unchanged.
    """
    if isinstance(value, bool) or value is None:
        return "null" if value is None else str(value).lower()
    return (
        value
        if isinstance(value, str)
        else json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    )


class UnsafeUrlPathError(Exception):
    """Raised if a path argument would lead to the path of another operation; the text says how."""


def _encode_path_segment(
    contract: Contract, operation: Operation, parameter: str, value: str
) -> str:
    """Return a path argument in percent-encoding.

    Raises UnsafePathError if a server could take the result for another path.
    """
    fully_decoded = value
    for _ in range(4):
        if (decoded := unquote(fully_decoded)) == fully_decoded:
            break
        fully_decoded = decoded
    segments = re.split(r"[/\\]", fully_decoded)
    if any(segment.strip() in ("", ".", "..") for segment in segments) or any(
        ord(character) < 32 or ord(character) == 127 for character in fully_decoded
    ):
        raise UnsafeUrlPathError(
            f"{parameter}={value!r} in the path of {operation.id} would name another path"
        )
    template = operation.path.split("/")
    position = template.index("{" + parameter + "}") if "{" + parameter + "}" in template else None
    for sibling in contract.operations.values():
        sibling_template = sibling.path.split("/")
        if (
            position is not None
            and len(sibling_template) == len(template)
            and sibling_template[position] == value
            and sibling_template[:position] == template[:position]
        ):
            raise UnsafeUrlPathError(
                f"{parameter}={value!r} in the path of {operation.id} would name the path of"
                f" {sibling.id}"
            )
    return quote(value, safe="")


def build_request_url(contract: Contract, target: Target, call: ApiCall) -> str:
    """Return the URL of a call whose path parameters are all among its arguments.

    Raises UnsafePathError if an argument would lead to another path (RFC 3986, 5.2.4 removes dot
    segments).
    """
    operation = contract.operations[call.operation]
    path = operation.path
    query_pairs: list[tuple[str, str]] = list(call.query.items())
    for parameter in operation.parameters:
        value = call.arguments.get(parameter.name, MISSING)
        if value is MISSING:
            continue
        if parameter.location is ParameterLocation.PATH:
            path = path.replace(
                "{" + parameter.name + "}",
                _encode_path_segment(contract, operation, parameter.name, encode_argument(value)),
            )
        elif parameter.location is ParameterLocation.QUERY:
            if parameter.media_type is not None:
                query_pairs.append(
                    (parameter.name, json.dumps(value, separators=(",", ":"), ensure_ascii=False))
                )
            elif isinstance(value, list):
                query_pairs += [(parameter.name, encode_argument(element)) for element in value]
            else:
                query_pairs.append((parameter.name, encode_argument(value)))
    return (
        target.url.rstrip("/")
        + path
        + ("?" + urlencode(query_pairs, quote_via=quote) if query_pairs else "")
    )


def mask_request_headers(
    headers: Mapping[str, str], target: Target, secrets: Mapping[str, str]
) -> dict[str, str]:
    """Return headers as reports show them.

    Names are in lower case. Credentials and the target's own headers become shell variables.
    """
    target_header_names = {name.lower() for name in target.headers}
    masked_headers = {}
    for name, value in headers.items():
        scheme, _, token = value.rpartition(" ")
        if name.lower() in target_header_names:
            value = "$" + name.upper().replace("-", "_")
        elif name.lower() == "authorization" and token in secrets:
            value = f"{scheme} {secrets[token]}".strip()
        masked_headers[name.lower()] = value
    return masked_headers


def build_request_headers(contract: Contract, target: Target, call: ApiCall) -> dict[str, str]:
    """Return the headers of a call, including credentials."""
    operation = contract.operations[call.operation]
    target_headers = {
        "Authorization" if name.lower() == "authorization" else name: value
        for name, value in target.headers.items()
    }
    result = {"Accept": "application/json", "User-Agent": "conformance", **target_headers}
    for parameter in operation.parameters:
        value = call.arguments.get(parameter.name, MISSING)
        if parameter.location is ParameterLocation.HEADER and value is not MISSING:
            result[parameter.name] = encode_argument(value)
    if call.text is not None or call.body is not MISSING:
        result["Content-Type"] = operation.body.media_type if operation.body else "application/json"
    authorization = _build_authorization_header(target, call)
    if authorization is not None and operation.scopes is not None:
        result["Authorization"] = authorization
    elif call.credential is CredentialKind.MISSING:
        result.pop("Authorization", None)
    return {**result, **call.headers}


def _build_authorization_header(target: Target, call: ApiCall) -> str | None:
    match call.credential:
        case CredentialKind.MISSING:
            return None
        case CredentialKind.INVALID:
            return f"Bearer {UNKNOWN_TOKEN}"
        case CredentialKind.WITHOUT_SCHEME:
            return target.token
        case CredentialKind.SCHEME_ONLY:
            return "Bearer"
        case CredentialKind.OTHER_SCHEME:
            return f"Basic {target.token}"
        case CredentialKind.SCOPED:
            return f"Bearer {target.scoped_tokens[call.scope or '']}"
        case CredentialKind.DEFAULT:
            return f"Bearer {target.token}" if target.token else None


def encode_body(call: ApiCall) -> str | None:
    """Return the body of a call as text, or None if it has none."""
    if call.text is not None:
        return call.text
    return None if call.body is MISSING else json.dumps(call.body, ensure_ascii=False)


def mask_verbatim_secrets(value: str, secrets: Mapping[str, str]) -> str:
    """Return a text in which every secret that appears verbatim is replaced by its placeholder.

    This is fast enough for every stored request. Reports mask secrets in all encodings (`masking`).
    """
    for secret, name in secrets.items():
        if len(secret) >= MIN_MASKED_LENGTH:
            value = value.replace(secret, name)
    return value
