"""What the suite encodes, the mock and the monitor decode, in every style; others agree."""

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

from .independent import SecondServer
from .parameters import CASES, build_parameter_node, values

EXAMPLES = int(os.environ.get("CONFORMANCE_EXAMPLES", "0")) or 30
ITEMS = ("string", "integer", "boolean")


def parameter_of(node: Json) -> Parameter:
    """Return a parameter as the contract has it."""
    path = "/things/{p}" if node["in"] == "path" else "/things"
    answer = {"200": {"description": "x"}}
    document = {"paths": {path: {"get": {"parameters": [node], "responses": answer}}}}
    return parse_operations(document)[0].parameters[0]


def encode(parameter: Parameter, value: Json) -> str:
    """Return the part of a request that holds a parameter: segment, query, header or cookies."""
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
    """Return the texts within a value, one after the other."""
    if isinstance(value, dict):
        return "".join(map(join_texts, value.values()))
    return "".join(map(join_texts, value)) if isinstance(value, list) else str(value)


@pytest.mark.parametrize(("name", "kind"), CASES)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_round_trip(name: str, kind: str, data: st.DataObject) -> None:
    """decode(encode(value)) is the value, whatever delimiters it contains."""
    item = data.draw(st.sampled_from(ITEMS))
    parameter = parameter_of(build_parameter_node(name, kind, item))
    delimiter = {"query-space": " ", "query-pipe": "|"}.get(name, "\0")  # no such values there
    value = data.draw(
        values(name, kind, item).filter(lambda value: delimiter not in join_texts(value))
    )
    decoder = build_parameter_decoder({}, parameter)
    part = encode(parameter, value)
    text = decoder.select_text(f"a=b&{part}&c=d" if parameter.location == "query" else part)
    assert text is not None
    assert decoder.decode(text) == value


SPECIFICATION = """
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


@pytest.mark.parametrize(("name", "kind", "part", "expected"), yaml.safe_load(SPECIFICATION))
def test_examples_of_the_specification(name: str, kind: str, part: str, expected: Any) -> None:
    """Texts as OpenAPI 3.1, 4.8.12.3 shows them, and as clients write them."""
    decoder = build_parameter_decoder({}, parameter_of(build_parameter_node(name, kind)))
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
def test_what_has_no_reading(name: str, kind: str, part: str) -> None:
    """A text of another style is told, not guessed."""
    decoder = build_parameter_decoder({}, parameter_of(build_parameter_node(name, kind)))
    text = decoder.select_text(part)
    assert text is not None
    with pytest.raises(ValueError, match=r"\w"):
        decoder.decode(text)


def test_one_name_in_several_places() -> None:
    """The first location keeps the name, the others are named with theirs; the wire keeps it."""
    schema = {"schema": {"type": "string"}}
    nodes = [{"name": "v", "in": place, **schema} for place in ("header", "query", "cookie")]
    document = {"paths": {"/x": {"get": {"parameters": nodes, "responses": {}}}}}
    found = parse_operations(document)[0].parameters
    assert [(one.name, one.wire_name) for one in found] == [
        ("header.v", "v"),
        ("v", "v"),
        ("cookie.v", "v"),
    ]


def all_parameters() -> tuple[Json, dict[str, tuple[str, str]]]:
    """Return a document with an operation for each style and kind, and their names."""
    paths: dict[str, Json] = {}
    cases = {}
    for number, (name, kind) in enumerate(CASES):
        node = build_parameter_node(name, kind)
        path = f"/o{number}/{{p}}" if node["in"] == "path" else f"/o{number}"
        answer = {"200": {"description": "x"}, "400": {"description": "bad"}}
        paths[path] = {
            "get": {"operationId": f"o{number}", "parameters": [node], "responses": answer}
        }
        cases[f"o{number}"] = (name, kind)
    info = {"title": "Parameters", "version": "1"}
    return {"openapi": "3.1.0", "info": info, "paths": paths}, cases


@dataclass(frozen=True, slots=True)
class Reader:
    """The second server with an operation for each style; tells what it has read."""

    second: SecondServer
    base: str
    client: httpx.Client
    parameters: dict[str, Parameter]
    cases: dict[str, tuple[str, str]]
    mock: Mock

    def read(self, operation: str, value: Json) -> Json:
        """Return what the server reads of a value that is sent to it."""
        parameter = self.parameters[operation]
        target, headers = self._build_request(operation, encode(parameter, value))
        self.client.get(self.base + target, headers=headers)
        (entry,) = self.second.take_log(self.base)
        assert entry["valid"], (target, headers, entry["errors"])
        return entry["parameters"][str(parameter.location)].get("p")

    def compare(self, operation: str, text: str) -> tuple[Json, Json]:
        """Return what the mock and the server say to a text in the place of a parameter."""
        target, headers = self._build_request(operation, text)
        url = httpx.URL(self.base + target)
        sent = url.raw_path.decode().removeprefix(httpx.URL(self.base).path)
        request = build_mock_request("GET", sent, headers)
        ours = self.mock.respond(self.mock.create_state(), request).status
        theirs = self.client.get(url, headers=headers).status_code
        self.second.take_log(self.base)
        return (ours < 300, target, headers), (theirs < 300, target, headers)

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
def second_parameters(
    second: SecondServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Reader]:
    """Yield the reader."""
    document, cases = all_parameters()
    file = tmp_path_factory.mktemp("parameters") / "openapi.yaml"
    file.write_text(yaml.safe_dump(document), "utf-8")
    parameters = {found.id: found.parameters[0] for found in parse_operations(document)}
    base = second.serve(file, "")
    with httpx.Client() as client:
        yield Reader(second, base, client, parameters, cases, Mock(load_contract(str(file))))


@settings(
    max_examples=EXAMPLES * 20,
    derandomize=EXAMPLES == 30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_others_read_the_same(second_parameters: Reader, data: st.DataObject) -> None:
    """openapi-core, or the standard where it is wrong, reads what the suite has encoded."""
    operation = data.draw(st.sampled_from(sorted(second_parameters.cases)))
    name, kind = second_parameters.cases[operation]
    delimiter = {"query-space": " ", "query-pipe": "|"}.get(name, "\0")
    value = data.draw(values(name, kind).filter(lambda value: delimiter not in join_texts(value)))
    assert second_parameters.read(operation, value) == value


SCRAPS = ("1", "-1", "01", "1.0", "true", "True", "a", "", "null", "%20", "%2C", "1%2C2", "%00")
JOINTS = (",", ".", ";", "=", "&", "|", "%20", "p=", ";p=", "&p=", "first=", "first,", "p[first]=")


def raw_texts() -> st.SearchStrategy[str]:
    """Return texts in the place of a parameter, most of which are not of its style."""
    pieces = st.sampled_from([*SCRAPS, *JOINTS, ";first=", "p%5Bsecond%5D=", "second,"])
    return st.lists(pieces, min_size=1, max_size=5).map("".join)


@settings(
    max_examples=EXAMPLES * 20,
    derandomize=EXAMPLES == 30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_others_refuse_the_same(second_parameters: Reader, data: st.DataObject) -> None:
    """The mock accepts what openapi-core accepts, and refuses what it refuses."""
    operation = data.draw(st.sampled_from(sorted(second_parameters.cases)))
    parameter = second_parameters.parameters[operation]
    # no standard says what a name means that stands there twice
    text = data.draw(raw_texts().filter(lambda text: text.count("p=") + text.count("first") < 2))
    if parameter.location == "query":
        text = text if "p=" in text or "first" in text else f"p={text}"
    if parameter.location == "cookie":
        text = f"p={text.replace('p=', '')}"
    ours, theirs = second_parameters.compare(operation, text)
    assert ours == theirs
