"""A server that hears what a client sends and reads it back by OpenAPI's rules alone, and the
client in both flavours before it.
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

FLAVOURS = ("Client", "AsyncClient")
CREDENTIALS = {"token": "tok-1", "api_key": "k&y=1", "basic": ("me", "pass:word"), "cookie": "c1"}


@dataclass
class Caller:
    """One emitted client of one flavour before a handler; `waits` are the seconds that it slept."""

    module: ModuleType
    flavour: str
    handler: Callable[[httpx.Request], httpx.Response]
    options: dict[str, Any] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)

    def call(
        self,
        operation: str,
        arguments: Mapping[str, Any],
        body: Json = None,
        iterate: bool = False,
        raw: bool = False,
    ) -> Any:
        """Return what the method for an operation returns, for arguments by the names of the
        contract.
        """
        described = self.module.operations.OPERATIONS[operation]
        return self.method(
            described.iterator_name if iterate else described.name,
            described.group,
            described.build_keyword_arguments(arguments, body),
            raw,
        )

    def method(self, name: str, group: str, keywords: Mapping[str, Any], raw: bool = False) -> Any:
        """Return what a method returns; lists what it iterates over."""
        transport = httpx.MockTransport(self.handler)
        if self.flavour == "Client":
            with httpx.Client(transport=transport) as http:
                client = self.made(http, self.waits.append)
                found = getattr(getattr(client, group), name)
                answer = client.raw(found, **keywords) if raw else found(**keywords)
                return list(answer) if hasattr(answer, "__next__") else answer
        return asyncio.run(self._later(transport, name, group, keywords, raw))

    def made(self, http: Any, sleep: Any) -> Any:
        """Return the client over an HTTP client."""
        import inspect

        kind = getattr(self.module, self.flavour)
        known = inspect.signature(kind).parameters
        given = {name: value for name, value in CREDENTIALS.items() if name in known}
        return kind(**{**given, "http_client": http, "sleep": sleep, **self.options})

    async def _later(
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
            client = self.made(http, sleep)
            found = getattr(getattr(client, group), name)
            if raw:
                return await client.raw(found, **keywords)
            answer = found(**keywords)
            return [item async for item in answer] if hasattr(answer, "__anext__") else await answer


@dataclass(frozen=True)
class Heard:
    """What a request says: values of parameters by place and name, the body, and what was left
    unexplained.
    """

    method: str
    parameters: dict[tuple[str, str], Json]
    body: Any
    strange: list[str]
    headers: Mapping[str, str]


def hear(contract: Contract, operation: Operation, request: httpx.Request) -> Heard:
    """Return what a request for an operation says, decoded as OpenAPI 3.1 (4.8.12) lays down."""
    target = request.url.raw_path.decode("ascii")
    raw_path, _, query = target.partition("?")
    base = httpx.URL(contract.servers[0].replace("{place}", "sink")).path.rstrip("/")
    assert raw_path.startswith(base), raw_path
    template, segments = operation.path.split("/"), raw_path[len(base) :].split("/")
    assert len(template) == len(segments), f"{raw_path} is not of {operation.path}"
    found: dict[tuple[str, str], Json] = {}
    for expected, segment in zip(template, segments, strict=True):
        if expected.startswith("{"):
            parameter = _parameter(operation, expected[1:-1], ParameterLocation.PATH)
            found["path", parameter.name] = _path(contract, parameter, segment)
        else:
            assert expected == segment
    # servers take a plus for a blank
    pairs = [pair.replace("+", "%20").partition("=")[::2] for pair in query.split("&") if pair]
    strange = _query(contract, operation, [(unquote(name), value) for name, value in pairs], found)
    for parameter in operation.parameters:
        if (
            parameter.location is ParameterLocation.HEADER
            and parameter.name.lower() in request.headers
        ):
            found["header", parameter.name] = _typed(
                contract, parameter, request.headers[parameter.name], ","
            )
        if parameter.location is ParameterLocation.COOKIE:
            crumbs = dict(
                crumb.partition("=")[::2] for crumb in request.headers.get("cookie", "").split("; ")
            )
            if parameter.name in crumbs:
                found["cookie", parameter.name] = _typed(
                    contract, parameter, crumbs[parameter.name], ",", quoted=True
                )
    return Heard(
        method=request.method,
        parameters=found,
        body=_body(request),
        strange=strange,
        headers=request.headers,
    )


def _parameter(operation: Operation, name: str, place: ParameterLocation) -> Parameter:
    return next(one for one in operation.parameters if one.name == name and one.location is place)


def _style(contract: Contract, parameter: Parameter) -> tuple[str, bool]:
    node = pointers.get_at_pointer(contract.document, parameter.pointer)
    style = node.get(
        "style",
        "form"
        if parameter.location in (ParameterLocation.QUERY, ParameterLocation.COOKIE)
        else "simple",
    )
    return style, node.get("explode", style in ("form", "deepObject"))


def _kind(schema: Json) -> Any:
    kinds = schema.get("type")
    return (
        next((kind for kind in kinds if kind != "null"), None) if isinstance(kinds, list) else kinds
    )


def _scalar(text: str, schema: Json) -> Json:
    return (
        json.loads(text)
        if _kind(schema) in ("integer", "number", "boolean") and text != ""
        else text
    )


def _typed(
    contract: Contract, parameter: Parameter, text: str, delimiter: str, quoted: bool = False
) -> Json:
    decode = unquote if quoted else str
    if parameter.media_type:
        return json.loads(decode(text))
    schema = parameter.schema
    if _kind(schema) == "array":
        return [
            _scalar(decode(part), contract_schema(contract, schema["items"]))
            for part in text.split(delimiter)
        ]
    return _scalar(decode(text), schema)


def contract_schema(contract: Contract, schema: Json) -> Json:
    """Return a schema with its reference followed."""
    return (
        pointers.get_at_pointer(contract.document, schema["$ref"][1:])
        if "$ref" in schema
        else schema
    )


def _path(contract: Contract, parameter: Parameter, segment: str) -> Json:
    style, explode = _style(contract, parameter)
    if style == "label":
        return _typed(
            contract, parameter, segment.removeprefix("."), "." if explode else ",", quoted=True
        )
    if style == "matrix":
        return _typed(
            contract, parameter, segment.removeprefix(f";{parameter.name}="), ",", quoted=True
        )
    return _typed(contract, parameter, segment, ",", quoted=True)


def _query(
    contract: Contract,
    operation: Operation,
    pairs: list[tuple[str, str]],
    found: dict[tuple[str, str], Json],
) -> list[str]:
    strange = []
    for name, value in pairs:
        outer = name.partition("[")[0]
        parameter = next(
            (
                one
                for one in operation.parameters
                if one.location is ParameterLocation.QUERY and one.name in (name, outer)
            ),
            None,
        )
        if parameter is None:
            strange.append(name)
            continue
        key = ("query", parameter.name)
        style, explode = _style(contract, parameter)
        if style == "deepObject":
            inner = name[len(outer) + 1 : -1]
            found[key] = {
                **(found.get(key) or {}),
                inner: _scalar(unquote(value), parameter.schema["properties"][inner]),
            }
        elif _kind(parameter.schema) == "array" and explode:
            found[key] = [
                *(found.get(key) or []),
                _scalar(unquote(value), parameter.schema["items"]),
            ]
        else:
            assert key not in found, f"{name} is sent twice"
            found[key] = _typed(
                contract,
                parameter,
                value,
                {"spaceDelimited": "%20", "pipeDelimited": "%7C"}.get(style, ","),
                quoted=True,
            )
    return strange


def _body(request: httpx.Request) -> Any:
    content = request.read()
    media = request.headers.get("content-type", "").partition(";")[0]
    if not media:
        assert content == b""
        return None
    if "json" in media:
        return json.loads(content)
    if media == "application/x-www-form-urlencoded":
        return [
            tuple(map(unquote, pair.partition("=")[::2]))
            for pair in content.decode().split("&")
            if pair
        ]
    return content
