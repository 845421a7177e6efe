"""Encodes a call as an HTTP request. No other module turns arguments into bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, unquote

from conformance.checks.call import ApiCall
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.location import ParameterLocation
from conformance.contract.operation import Operation, Parameter
from conformance.contract.pointer import MISSING
from conformance.protocol import JSON_MEDIA_TYPE, is_json
from conformance.suite import credentials, parameter_encoding
from conformance.suite.body_encoding import encode_body
from conformance.suite.target import Target

# characters: a shorter secret could be part of ordinary text; in headers it is masked by its name
MIN_MASKED_LENGTH = 6


class UnsafeUrlPathError(Exception):
    """Raised if a path argument would lead to the path of another operation; the text says how."""


def _encode_path_segment(
    contract: Contract, operation: Operation, parameter: Parameter, value: Json
) -> str:
    """Return a path argument in percent-encoding.

    Raises UnsafePathError if a server could take the result for another path.
    """
    name, segment = parameter.wire_name, parameter_encoding.encode_path_value(parameter, value)
    text = unquote(segment)
    fully_decoded = text
    for _ in range(4):
        if (decoded := unquote(fully_decoded)) == fully_decoded:
            break
        fully_decoded = decoded
    parts = re.split(r"[/\\]", fully_decoded)
    if any(part.strip() in ("", ".", "..") for part in parts) or any(
        ord(character) < 32 or ord(character) == 127 for character in fully_decoded
    ):
        raise UnsafeUrlPathError(
            f"{name}={text!r} in the path of {operation.id} would name another path"
        )
    template = operation.path.split("/")
    position = template.index("{" + name + "}") if "{" + name + "}" in template else None
    for sibling in contract.operations.values():
        sibling_template = sibling.path.split("/")
        if (
            position is not None
            and len(sibling_template) == len(template)
            and sibling_template[position] == text
            and sibling_template[:position] == template[:position]
        ):
            raise UnsafeUrlPathError(
                f"{name}={text!r} in the path of {operation.id} would name the path of {sibling.id}"
            )
    return segment


class ForeignServerError(Exception):
    """Raised if an operation has a server of its own that the target does not stand for."""


def get_base_url(contract: Contract, target: Target, operation: Operation) -> str:
    """Return the URL before the path of an operation, without a trailing slash.

    The target stands for the document's first server. An operation may have a server of its own: on
    the same host it has another base path, and the embedded mock is all servers at once. Raises
    ForeignServerError for another host.
    """
    base_url = target.url.rstrip("/")
    own_servers = contract.own_servers.get(operation.id)
    if own_servers is None or any(server.url in contract.servers for server in own_servers):
        return base_url
    own = own_servers[0]
    main_host = contract.api_servers[0].host if contract.api_servers else ""
    is_same_host = not own.host or own.host == main_host
    if not base_url.endswith(contract.base_path) or not (is_same_host or target.transport):
        raise ForeignServerError(
            f"{operation.id} has a server of its own, {own.url}, which the target is not"
        )
    return base_url.removesuffix(contract.base_path) + own.base_path


def build_request_url(contract: Contract, target: Target, call: ApiCall) -> str:
    """Return the URL of a call whose path parameters are all among its arguments.

    Raises UnsafePathError if an argument would lead to another path (RFC 3986, 5.2.4 removes dot
    segments).
    """
    operation = contract.operations[call.operation]
    path = operation.path
    query_pairs = [
        (quote(name, safe=""), quote(text, safe="")) for name, text in call.query.items()
    ]
    for parameter in operation.parameters:
        value = call.arguments.get(parameter.name, MISSING)
        if value is MISSING:
            continue
        if parameter.location is ParameterLocation.PATH:
            path = path.replace(
                "{" + parameter.wire_name + "}",
                _encode_path_segment(contract, operation, parameter, value),
            )
        elif parameter.location is ParameterLocation.QUERY:
            query_pairs += parameter_encoding.encode_query_value(parameter, value)
    query_pairs += [
        (quote(credential.scheme.field, safe=""), quote(credential.value, safe=""))
        for credential in credentials.build_wire_credentials(contract, target, call)
        if credential.scheme.location is ParameterLocation.QUERY
    ]
    return (
        get_base_url(contract, target, operation)
        + path
        + ("?" + "&".join(f"{name}={text}" for name, text in query_pairs) if query_pairs else "")
    )


def mask_request_headers(
    contract: Contract, headers: Mapping[str, str], target: Target, secrets: Mapping[str, str]
) -> dict[str, str]:
    """Return headers as reports show them.

    Names are in lower case. Credentials and the target's own headers become shell variables.
    """
    target_headers = {name.lower(): value for name, value in target.headers.items()}
    fields = credentials.list_credential_fields(contract, ParameterLocation.HEADER)
    masked_headers = {}
    for name, value in headers.items():
        if target_headers.get(name.lower()) == value:
            value = "$" + name.upper().replace("-", "_")
        elif name.lower() in {*fields, "authorization", "cookie"}:
            for secret, placeholder in secrets.items():
                value = value.replace(secret, placeholder)
        masked_headers[name.lower()] = value
    return masked_headers


def mask_request_url(contract: Contract, url: str, secrets: Mapping[str, str]) -> str:
    """Return a URL as reports show it: credentials in its query are shell variables."""
    base, mark, query = url.partition("?")
    fields = credentials.list_credential_fields(contract, ParameterLocation.QUERY)
    pairs = []
    for pair in query.split("&") if mark else ():
        name, equals, value = pair.partition("=")
        if unquote(name) in fields:
            for secret, placeholder in secrets.items():
                value = value.replace(quote(secret, safe=""), placeholder)
        pairs.append(name + equals + value)
    return mask_verbatim_secrets(base + mark + "&".join(pairs), secrets)


def build_accept_header(operation: Operation) -> str:
    """Return the media types that the operation documents, those that are not JSON last.

    A server that answers in one of them answers as documented.
    """
    media_types = dict.fromkeys(
        content.media_type
        for response in (operation.success_response, *operation.responses)
        for content in response.contents
    )
    preferred = [name for name in media_types if is_json(name)]
    others = [f"{name};q=0.5" for name in media_types if not is_json(name)]
    return ", ".join([*preferred, *others]) or JSON_MEDIA_TYPE


def build_request_headers(contract: Contract, target: Target, call: ApiCall) -> dict[str, str]:
    """Return the headers of a call, including credentials and cookies."""
    operation = contract.operations[call.operation]
    target_headers = {
        "Authorization" if name.lower() == "authorization" else name: value
        for name, value in credentials.build_target_headers(contract, target, call).items()
    }
    result = {
        "Accept": build_accept_header(operation),
        "User-Agent": "conformance",
        **target_headers,
    }
    cookies: list[str] = []
    for parameter in operation.parameters:
        value = call.arguments.get(parameter.name, MISSING)
        if value is MISSING:
            continue
        if parameter.location is ParameterLocation.HEADER:
            result[parameter.wire_name] = parameter_encoding.encode_header_value(parameter, value)
        elif parameter.location is ParameterLocation.COOKIE:
            cookies += parameter_encoding.encode_cookie_value(parameter, value)
    body = encode_body(operation.body, call)
    if body is not None:
        result["Content-Type"] = body.content_type
    for credential in credentials.build_wire_credentials(contract, target, call):
        field, value = credential.scheme.field, credential.value
        if credential.scheme.location is ParameterLocation.COOKIE:
            cookies.append(f"{field}={value}")
        elif credential.scheme.location is ParameterLocation.HEADER:
            for name in [name for name in result if name.lower() == field.lower()]:
                del result[name]
            result[field] = value
    if cookies:
        own = [value for name, value in result.items() if name.lower() == "cookie"]
        result = {name: value for name, value in result.items() if name.lower() != "cookie"}
        cookie_names = {cookie.partition("=")[0] for cookie in cookies}
        other_cookies = [
            pair.strip()
            for header in own
            for pair in header.split(";")
            if pair.strip().partition("=")[0] not in cookie_names
        ]
        result["Cookie"] = "; ".join([*other_cookies, *cookies])
    return {**result, **call.headers}


def mask_verbatim_secrets(value: str, secrets: Mapping[str, str]) -> str:
    """Return a text in which every secret that appears verbatim is replaced by its placeholder.

    This is fast enough for every stored request. Reports mask secrets in all encodings (`masking`).
    """
    for secret, name in secrets.items():
        if len(secret) >= MIN_MASKED_LENGTH:
            value = value.replace(secret, name)
    return value
