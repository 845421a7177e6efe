"""Parameters: the mock, the monitor and a third-party server decode what the suite encodes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.contract.json import Json
from conformance.contract.loader import load_contract
from conformance.contract.location import ParameterLocation
from conformance.contract.operation import Parameter, parse_operations
from conformance.contract.parameter_decoding import build_parameter_decoder
from conformance.mock.message import build_mock_request
from conformance.mock.mock import Mock
from conformance.suite import parameter_encoding

from .parameters import CASES, build_parameter_node, values
from .second_server import SecondServer

EXAMPLES = int(os.environ.get("CONFORMANCE_EXAMPLES", "0")) or 30
ITEM_TYPES = ("string", "integer", "boolean")


def parse_parameter(node: Json) -> Parameter:
    """Return the contract's representation of a parameter node."""
    path = "/things/{p}" if node["in"] == "path" else "/things"
    responses = {"200": {"description": "x"}}
    document = {"paths": {path: {"get": {"parameters": [node], "responses": responses}}}}
    return parse_operations(document)[0].parameters[0]


def encode(parameter: Parameter, value: Json) -> str:
    """Return the part of a request that contains a parameter: segment, query, header or cookies."""
    match parameter.location:
        case ParameterLocation.PATH:
            return parameter_encoding.encode_path_value(parameter, value)
        case ParameterLocation.QUERY:
            pairs = parameter_encoding.encode_query_value(parameter, value)
            return "&".join(f"{name}={text}" for name, text in pairs)
        case ParameterLocation.HEADER:
            return parameter_encoding.encode_header_value(parameter, value)
        case ParameterLocation.COOKIE:
            return "; ".join(parameter_encoding.encode_cookie_value(parameter, value))


def join_texts(value: Json) -> str:
    """Return the concatenated texts of a value."""
    if isinstance(value, dict):
        return "".join(map(join_texts, value.values()))
    return "".join(map(join_texts, value)) if isinstance(value, list) else str(value)


@pytest.mark.parametrize(("name", "kind"), CASES)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_encoded_parameters_decode_to_the_same_value(
    name: str, kind: str, data: st.DataObject
) -> None:
    """`decode(encode(value))` equals the value, whatever delimiters it contains."""
    item_type = data.draw(st.sampled_from(ITEM_TYPES))
    parameter = parse_parameter(build_parameter_node(name, kind, item_type))
    # these styles cannot carry their delimiter in a value
    delimiter = {"query-space": " ", "query-pipe": "|"}.get(name, "\0")
    value = data.draw(
        values(name, kind, item_type).filter(lambda value: delimiter not in join_texts(value))
    )
    decoder = build_parameter_decoder(parameter)
    part = encode(parameter, value)
    text = decoder.select_text(f"a=b&{part}&c=d" if parameter.location == "query" else part)
    assert text is not None
    assert decoder.decode(text) == value


SPECIFICATION_EXAMPLES = """
- [query-form, array, 'p=blue,black,brown', [blue, black, brown]]
- [query-form-explode, array, 'p=blue&p=black', [blue, black]]
- [query-space, array, 'p=blue%20black', [blue, black]]
- [query-pipe, array, 'p=blue%7Cblack', [blue, black]]
- [query-pipe, array, 'p=blue|black', [blue, black]]
- [query-form, array, 'p=a%2Cb', ['a,b']]
- [query-form, array, 'p=a+b,c', ['a b', c]]
- [query-form, object, 'p=first,a,second,2', {first: a, second: 2}]
- [query-form-explode, object, 'first=a&third=true', {first: a, third: true}]
- [query-deep, object, 'p[first]=a&p%5Bsecond%5D=2', {first: a, second: 2}]
- [path-simple, array, 'blue,black', [blue, black]]
- [path-simple-explode, object, 'first=a,second=2', {first: a, second: 2}]
- [path-label, array, '.blue,black', [blue, black]]
- [path-label-explode, array, '.blue.black', [blue, black]]
- [path-matrix, array, ';p=blue,black', [blue, black]]
- [path-matrix-explode, array, ';p=blue;p=black', [blue, black]]
- [path-matrix-explode, object, ';first=a;second=2', {first: a, second: 2}]
- [path-matrix, object, ';p=first,a,second,2', {first: a, second: 2}]
- [header-simple, array, 'blue, black,brown', [blue, black, brown]]
- [header-simple-explode, object, 'first=a, second=2', {first: a, second: 2}]
- [cookie-form, array, 'other=1; p=blue,black', [blue, black]]
"""


@pytest.mark.parametrize(
    ("name", "kind", "part", "expected"), yaml.safe_load(SPECIFICATION_EXAMPLES)
)
def test_examples_of_the_specification(name: str, kind: str, part: str, expected: Any) -> None:
    """Texts from OpenAPI 3.1, 4.8.12.3, and as clients serialize them."""
    decoder = build_parameter_decoder(parse_parameter(build_parameter_node(name, kind)))
    text = decoder.select_text(part)
    assert text is not None
    assert decoder.decode(text) == expected


@pytest.mark.parametrize(
    ("name", "kind", "part"),
    [
        ("path-label", "array", "blue,black"),
        ("path-matrix", "array", "p=blue"),
        ("path-matrix", "array", ";q=blue"),
        ("path-simple", "object", "first"),
        ("path-simple-explode", "object", "first,a"),
        ("query-form", "object", "p=first,a,second"),
    ],
)
def test_invalid_serializations_are_rejected(name: str, kind: str, part: str) -> None:
    """A text in another style raises an error; the decoder does not guess."""
    decoder = build_parameter_decoder(parse_parameter(build_parameter_node(name, kind)))
    text = decoder.select_text(part)
    assert text is not None
    with pytest.raises(ValueError, match=r"\w"):
        decoder.decode(text)


def test_same_name_in_several_locations() -> None:
    """The first location keeps the name; the others get their location as a prefix.

    The wire name is unchanged.
    """
    schema = {"schema": {"type": "string"}}
    nodes = [{"name": "v", "in": location, **schema} for location in ("header", "query", "cookie")]
    document = {"paths": {"/x": {"get": {"parameters": nodes, "responses": {}}}}}
    parameters = parse_operations(document)[0].parameters
    assert [(parameter.name, parameter.wire_name) for parameter in parameters] == [
        ("header.v", "v"),
        ("v", "v"),
        ("cookie.v", "v"),
    ]


def build_document_of_all_styles() -> tuple[Json, dict[str, tuple[str, str]]]:
    """Return a document with an operation for each style and kind, and their names."""
    paths: dict[str, Json] = {}
    cases = {}
    for number, (name, kind) in enumerate(CASES):
        node = build_parameter_node(name, kind)
        path = f"/o{number}/{{p}}" if node["in"] == "path" else f"/o{number}"
        responses = {"200": {"description": "x"}, "400": {"description": "bad"}}
        paths[path] = {
            "get": {"operationId": f"o{number}", "parameters": [node], "responses": responses}
        }
        cases[f"o{number}"] = (name, kind)
    info = {"title": "Parameters", "version": "1"}
    return {"openapi": "3.1.0", "info": info, "paths": paths}, cases


@dataclass(frozen=True, slots=True)
class ParameterProbe:
    """The second server with an operation for each style; it reports the decoded values."""

    second_server: SecondServer
    base: str
    client: httpx.Client
    parameters: dict[str, Parameter]
    cases: dict[str, tuple[str, str]]
    mock: Mock

    def read(self, operation: str, value: Json) -> Json:
        """Send a value and return what the server decodes."""
        parameter = self.parameters[operation]
        target, headers = self._build_request(operation, encode(parameter, value))
        self.client.get(self.base + target, headers=headers)
        (entry,) = self.second_server.take_log(self.base)
        assert entry["valid"], (target, headers, entry["errors"])
        return entry["parameters"][str(parameter.location)].get("p")

    def compare(self, operation: str, text: str) -> tuple[Json, Json]:
        """Return whether the mock and the server accept a text as the serialized parameter."""
        target, headers = self._build_request(operation, text)
        url = httpx.URL(self.base + target)
        mock_target = url.raw_path.decode().removeprefix(httpx.URL(self.base).path)
        request = build_mock_request("GET", mock_target, headers)
        mock_status = self.mock.respond(self.mock.create_state(), request).status
        server_status = self.client.get(url, headers=headers).status_code
        self.second_server.take_log(self.base)
        return (mock_status < 300, target, headers), (server_status < 300, target, headers)

    def _build_request(self, operation: str, text: str) -> tuple[str, dict[str, str]]:
        match self.parameters[operation].location:
            case ParameterLocation.PATH:
                return f"/{operation}/{text}", {}
            case ParameterLocation.QUERY:
                return f"/{operation}?{text}", {}
            case ParameterLocation.HEADER:
                return f"/{operation}", {"p": text}
            case _:
                return f"/{operation}", {"cookie": text}


@pytest.fixture(scope="module")
def parameter_probe(
    second_server: SecondServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ParameterProbe]:
    """Yield the probe."""
    document, cases = build_document_of_all_styles()
    file = tmp_path_factory.mktemp("parameters") / "openapi.yaml"
    file.write_text(yaml.safe_dump(document), "utf-8")
    parameters = {operation.id: operation.parameters[0] for operation in parse_operations(document)}
    base = second_server.serve(file, "")
    with httpx.Client() as client:
        yield ParameterProbe(
            second_server, base, client, parameters, cases, Mock(load_contract(str(file)))
        )


@settings(
    max_examples=EXAMPLES * 20,
    derandomize=EXAMPLES == 30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_second_server_decodes_the_same_value(
    parameter_probe: ParameterProbe, data: st.DataObject
) -> None:
    """openapi-core, or the standard where it is wrong, decodes what the suite encodes."""
    operation = data.draw(st.sampled_from(sorted(parameter_probe.cases)))
    name, kind = parameter_probe.cases[operation]
    delimiter = {"query-space": " ", "query-pipe": "|"}.get(name, "\0")
    value = data.draw(values(name, kind).filter(lambda value: delimiter not in join_texts(value)))
    assert parameter_probe.read(operation, value) == value


VALUE_FRAGMENTS = (
    "1",
    "-1",
    "01",
    "1.0",
    "true",
    "True",
    "a",
    "",
    "null",
    "%20",
    "%2C",
    "1%2C2",
    "%00",
)
DELIMITER_FRAGMENTS = (
    ",",
    ".",
    ";",
    "=",
    "&",
    "|",
    "%20",
    "p=",
    ";p=",
    "&p=",
    "first=",
    "first,",
    "p[first]=",
)


def raw_strings() -> st.SearchStrategy[str]:
    """Return a strategy for texts in place of a parameter; most do not have its style."""
    fragments = st.sampled_from(
        [*VALUE_FRAGMENTS, *DELIMITER_FRAGMENTS, ";first=", "p%5Bsecond%5D=", "second,"]
    )
    return st.lists(fragments, min_size=1, max_size=5).map("".join)


@settings(
    max_examples=EXAMPLES * 20,
    derandomize=EXAMPLES == 30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_second_server_refuses_the_same_texts(
    parameter_probe: ParameterProbe, data: st.DataObject
) -> None:
    """The mock accepts what openapi-core accepts, and refuses what it refuses."""
    operation = data.draw(st.sampled_from(sorted(parameter_probe.cases)))
    parameter = parameter_probe.parameters[operation]
    # no standard defines the meaning of a repeated name
    text = data.draw(raw_strings().filter(lambda text: text.count("p=") + text.count("first") < 2))
    if parameter.location == "query":
        text = text if "p=" in text or "first" in text else f"p={text}"
    if parameter.location == "cookie":
        text = f"p={text.replace('p=', '')}"
    mock_result, server_result = parameter_probe.compare(operation, text)
    if parameter.style == "matrix" and has_empty_name(text):
        assert not mock_result[0], text
        return
    assert mock_result == server_result


def has_empty_name(text: str) -> bool:
    """Tell whether a pair in the style matrix has no name, as in `;p=1;`.

    No value expands to such a text: each pair begins with the name of the variable (RFC 6570,
    3.2.7), and a name has at least one character (2.3). The second server ignores such pairs.
    """
    return any(not pair.partition("=")[0] for pair in text.split(";")[1:])
