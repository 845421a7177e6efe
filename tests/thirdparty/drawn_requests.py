"""Requests drawn from a contract, valid and broken, as the library `requests` sends them."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from urllib.parse import quote

import requests

from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.location import ParameterLocation
from conformance.contract.operation import Operation, Parameter
from conformance.contract.schema import MessageDirection
from conformance.protocol import is_json
from conformance.values.valid import ValueMaker

_KINDS = ("valid", "valid", "no query", "wrong query", "wrong body", "no body", "other media")


def draw_requests(
    contract: Contract, url: str, count: int
) -> Iterator[tuple[Operation, requests.PreparedRequest]]:
    """Yield drawn requests to the operations whose parameters and bodies are plain enough.

    Each broken one is broken in one place, and may be valid all the same: who judges it, says so.
    """
    makers: dict[int, ValueMaker] = {}
    operations = [*filter(_is_plain, contract.operations.values())]
    for number in range(count if operations else 0):
        operation, kind = operations[number % len(operations)], number + number // len(operations)
        randomness = random.Random(number)
        request = _draw_request(
            operation, url, _KINDS[kind % len(_KINDS)], makers, f"{number}", randomness
        )
        if request is not None:
            yield operation, request


def _is_plain(operation: Operation) -> bool:
    body = operation.body
    return all(
        _is_plain_parameter(parameter) for parameter in operation.parameters if parameter.required
    ) and (body is None or is_json(body.media_type))


def _is_plain_parameter(parameter: Parameter) -> bool:
    is_usual = (parameter.location, parameter.style) in (
        (ParameterLocation.PATH, "simple"),
        (ParameterLocation.QUERY, "form"),
    )
    return (
        is_usual
        and parameter.media_type is None
        and not {"object", "array"} & set(parameter.schema.types)
        and bool(parameter.schema.types)
    )


def _draw_request(
    operation: Operation,
    url: str,
    kind: str,
    makers: dict[int, ValueMaker],
    seed: str,
    randomness: random.Random,
) -> requests.PreparedRequest | None:
    def make(owner: Parameter | None) -> Json:
        schema = owner.schema if owner else operation.body.schema  # type: ignore[union-attr]
        if id(schema) not in makers:
            makers[id(schema)] = ValueMaker(schema, MessageDirection.REQUEST)
        return makers[id(schema)].make(seed)

    path, query = operation.path, {}
    try:
        for parameter in filter(_is_plain_parameter, operation.parameters):
            if parameter.location is ParameterLocation.PATH:
                text = _write(make(parameter))
                if text in ("", ".", ".."):
                    return None
                path = path.replace("{" + parameter.wire_name + "}", quote(text, safe=""))
            elif parameter.required or randomness.random() < 0.5:
                query[parameter.wire_name] = _write(make(parameter))
        body = make(None) if operation.body else None
    except ValueError:
        return None  # no value was found, which other tests are about
    if "{" in path:
        return None
    headers = {"content-type": operation.body.media_type} if operation.body else {}
    if kind in ("no query", "wrong query") and query:
        name = randomness.choice(sorted(query))
        query = {**query, name: "no, thanks"} if kind == "wrong query" else _without(query, name)
    if kind == "wrong body" and operation.body:
        body = _break(body, randomness)
    content = json.dumps(body).encode() if operation.body else None
    if kind == "no body":
        content = None
    if kind == "other media" and operation.body:
        headers = {"content-type": "text/plain"}
    return requests.Request(
        operation.method, url + path, params=query, data=content, headers=headers
    ).prepare()


def _break(value: Json, randomness: random.Random) -> Json:
    """Return a value in which something is missing or of another type."""
    if not isinstance(value, dict) or not value or randomness.random() < 0.2:
        return randomness.choice([[], 3, "text", None, {}])
    name = randomness.choice(sorted(value))
    replacement: Json = randomness.choice([None, 3, "text", [], {}, True])
    return randomness.choice([_without(value, name), {**value, name: replacement}])


def _without(value: dict[str, Json], name: str) -> dict[str, Json]:
    return {key: child for key, child in value.items() if key != name}


def _write(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value)
