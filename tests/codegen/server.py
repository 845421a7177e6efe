"""A server side that decodes a client's requests by the rules of OpenAPI alone, and a caller for
emitted clients of both flavors.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any
from urllib.parse import unquote

import httpx

from conformance.contract import pointer as pointers
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.location import ParameterLocation
from conformance.contract.operation import Operation, Parameter

FLAVORS = ("Client", "AsyncClient")
CREDENTIALS = {"token": "tok-1", "api_key": "k&y=1", "basic": ("me", "pass:word"), "cookie": "c1"}


@dataclass
class ClientCaller:
    """An emitted client of one flavor, connected to a handler; `waits` lists the seconds that it
    slept.
    """

    module: ModuleType
    flavor: str
    handler: Callable[[httpx.Request], httpx.Response]
    options: dict[str, Any] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)

    def call(
        self,
        operation_id: str,
        arguments: Mapping[str, Any],
        body: Json = None,
        iterate: bool = False,
        raw: bool = False,
    ) -> Any:
        """Call the method of an operation with arguments by their names in the contract, and return
        its result.
        """
        emitted_operation = self.module.operations.OPERATIONS[operation_id]
        return self.call_method(
            emitted_operation.iterator_name if iterate else emitted_operation.name,
            emitted_operation.group,
            emitted_operation.build_keyword_arguments(arguments, body),
            raw,
        )

    def call_method(
        self, name: str, group: str, keywords: Mapping[str, Any], raw: bool = False
    ) -> Any:
        """Call a method and return its result; an iterator is read into a list."""
        transport = httpx.MockTransport(self.handler)
        if self.flavor == "Client":
            with httpx.Client(transport=transport) as http:
                client = self.build_client(http, self.waits.append)
                method = getattr(getattr(client, group), name)
                result = client.raw(method, **keywords) if raw else method(**keywords)
                return list(result) if hasattr(result, "__next__") else result
        return asyncio.run(self._call_async_method(transport, name, group, keywords, raw))

    def build_client(self, http: Any, sleep: Any) -> Any:
        """Return the client on top of an HTTP client."""
        import inspect

        client_class = getattr(self.module, self.flavor)
        parameters = inspect.signature(client_class).parameters
        credentials = {name: value for name, value in CREDENTIALS.items() if name in parameters}
        return client_class(**{**credentials, "http_client": http, "sleep": sleep, **self.options})

    async def _call_async_method(
        self,
        transport: httpx.MockTransport,
        name: str,
        group: str,
        keywords: Mapping[str, Any],
        raw: bool,
    ) -> Any:
        async def sleep(seconds: float) -> None:
            self.waits.append(seconds)

        async with httpx.AsyncClient(transport=transport) as http:
            client = self.build_client(http, sleep)
            method = getattr(getattr(client, group), name)
            if raw:
                return await client.raw(method, **keywords)
            result = method(**keywords)
            return [item async for item in result] if hasattr(result, "__anext__") else await result


@dataclass(frozen=True)
class DecodedRequest:
    """A decoded request: parameter values by location and name, the body, and the names of query
    parameters that the operation does not declare.
    """

    method: str
    parameters: dict[tuple[str, str], Json]
    body: Any
    unknown_query_names: list[str]
    headers: Mapping[str, str]


def decode_request(
    contract: Contract, operation: Operation, request: httpx.Request
) -> DecodedRequest:
    """Decode a request for an operation as OpenAPI 3.1 (4.8.12) specifies."""
    target = request.url.raw_path.decode("ascii")
    raw_path, _, query = target.partition("?")
    base = httpx.URL(contract.servers[0].replace("{place}", "sink")).path.rstrip("/")
    assert raw_path.startswith(base), raw_path
    template_segments, segments = operation.path.split("/"), raw_path[len(base) :].split("/")
    assert len(template_segments) == len(segments), f"{raw_path} is not of {operation.path}"
    parameters: dict[tuple[str, str], Json] = {}
    for template_segment, segment in zip(template_segments, segments, strict=True):
        if template_segment.startswith("{"):
            parameter = _find_parameter(operation, template_segment[1:-1], ParameterLocation.PATH)
            parameters["path", parameter.name] = _decode_path_segment(contract, parameter, segment)
        else:
            assert template_segment == segment
    # servers decode a plus sign as a space
    pairs = [pair.replace("+", "%20").partition("=")[::2] for pair in query.split("&") if pair]
    unknown_query_names = _decode_query(
        contract, operation, [(unquote(name), value) for name, value in pairs], parameters
    )
    for parameter in operation.parameters:
        if (
            parameter.location is ParameterLocation.HEADER
            and parameter.name.lower() in request.headers
        ):
            parameters["header", parameter.name] = _decode_value(
                contract, parameter, request.headers[parameter.name], ","
            )
        if parameter.location is ParameterLocation.COOKIE:
            cookies = dict(
                cookie.partition("=")[::2]
                for cookie in request.headers.get("cookie", "").split("; ")
            )
            if parameter.name in cookies:
                parameters["cookie", parameter.name] = _decode_value(
                    contract, parameter, cookies[parameter.name], ",", quoted=True
                )
    return DecodedRequest(
        method=request.method,
        parameters=parameters,
        body=_decode_body(request),
        unknown_query_names=unknown_query_names,
        headers=request.headers,
    )


def _find_parameter(operation: Operation, name: str, location: ParameterLocation) -> Parameter:
    return next(
        parameter
        for parameter in operation.parameters
        if parameter.name == name and parameter.location is location
    )


def _get_style(contract: Contract, parameter: Parameter) -> tuple[str, bool]:
    node = pointers.get_at_pointer(contract.document, parameter.pointer)
    style = node.get(
        "style",
        "form"
        if parameter.location in (ParameterLocation.QUERY, ParameterLocation.COOKIE)
        else "simple",
    )
    return style, node.get("explode", style in ("form", "deepObject"))


def _get_type(schema: Json) -> Any:
    types = schema.get("type")
    return (
        next((type_name for type_name in types if type_name != "null"), None)
        if isinstance(types, list)
        else types
    )


def _decode_scalar(text: str, schema: Json) -> Json:
    return (
        json.loads(text)
        if _get_type(schema) in ("integer", "number", "boolean") and text != ""
        else text
    )


def _decode_value(
    contract: Contract, parameter: Parameter, text: str, delimiter: str, quoted: bool = False
) -> Json:
    decode = unquote if quoted else str
    if parameter.media_type:
        return json.loads(decode(text))
    schema = parameter.schema.merged
    if _get_type(schema) == "array":
        return [
            _decode_scalar(decode(part), resolve_schema(contract, schema["items"]))
            for part in text.split(delimiter)
        ]
    return _decode_scalar(decode(text), schema)


def resolve_schema(contract: Contract, schema: Json) -> Json:
    """Return a schema with its reference resolved."""
    return (
        pointers.get_at_pointer(contract.document, schema["$ref"][1:])
        if "$ref" in schema
        else schema
    )


def _decode_path_segment(contract: Contract, parameter: Parameter, segment: str) -> Json:
    style, explode = _get_style(contract, parameter)
    if style == "label":
        return _decode_value(
            contract, parameter, segment.removeprefix("."), "." if explode else ",", quoted=True
        )
    if style == "matrix":
        return _decode_value(
            contract, parameter, segment.removeprefix(f";{parameter.name}="), ",", quoted=True
        )
    return _decode_value(contract, parameter, segment, ",", quoted=True)


def _decode_query(
    contract: Contract,
    operation: Operation,
    pairs: list[tuple[str, str]],
    values: dict[tuple[str, str], Json],
) -> list[str]:
    unknown_names = []
    for name, value in pairs:
        base_name = name.partition("[")[0]
        parameter = next(
            (
                declared
                for declared in operation.parameters
                if declared.location is ParameterLocation.QUERY
                and declared.name in (name, base_name)
            ),
            None,
        )
        if parameter is None:
            unknown_names.append(name)
            continue
        key = ("query", parameter.name)
        style, explode = _get_style(contract, parameter)
        if style == "deepObject":
            member = name[len(base_name) + 1 : -1]
            values[key] = {
                **(values.get(key) or {}),
                member: _decode_scalar(unquote(value), parameter.schema.get("properties")[member]),
            }
        elif _get_type(parameter.schema.merged) == "array" and explode:
            values[key] = [
                *(values.get(key) or []),
                _decode_scalar(unquote(value), parameter.schema.get("items")),
            ]
        else:
            assert key not in values, f"{name} is sent twice"
            values[key] = _decode_value(
                contract,
                parameter,
                value,
                {"spaceDelimited": "%20", "pipeDelimited": "%7C"}.get(style, ","),
                quoted=True,
            )
    return unknown_names


def _decode_body(request: httpx.Request) -> Any:
    content = request.read()
    media_type = request.headers.get("content-type", "").partition(";")[0]
    if not media_type:
        assert content == b""
        return None
    if "json" in media_type:
        return json.loads(content)
    if media_type == "application/x-www-form-urlencoded":
        return [
            tuple(map(unquote, pair.partition("=")[::2]))
            for pair in content.decode().split("&")
            if pair
        ]
    return content
