"""OpenAPI operations, parsed into values."""

from __future__ import annotations

import pytest

from conformance.contract import operation as operations
from conformance.contract.json import Json
from conformance.contract.location import ParameterLocation
from conformance.contract.operation import ResponseSpec
from conformance.contract.pointer import MISSING
from conformance.contract.schema import Schema

from .toy import build_operation, parse_document


def parse_parameter(parameter: str) -> operations.Parameter:
    """Parse a parameter."""
    return build_operation(
        f"{{parameters: [{parameter}], responses: {{'200': {{description: x}}}}}}"
    ).parameters[0]


def test_parameters_of_the_path_are_merged() -> None:
    """Parameters of a path apply to its operations.

    An operation may override one of the same name and location.
    """
    text = """
paths:
  /a/{id}:
    parameters:
    - {name: id, in: path, required: true, schema: {type: string}}
    - {name: q, in: query, schema: {type: string}}
    get:
      parameters:
      - {name: q, in: query, required: true, schema: {type: integer}}
      - {name: q, in: header, schema: {type: boolean}}
      responses: {'200': {description: x}}
    post: {responses: {'200': {description: x}}}
"""
    get, post = operations.parse_operations(parse_document(text).value)
    parameters = [
        (parameter.name, parameter.location, parameter.schema.get("type"), parameter.required)
        for parameter in get.parameters
    ]
    assert parameters == [
        ("id", "path", "string", True),
        ("q", "query", "integer", True),
        ("header.q", "header", "boolean", False),
    ]
    assert [parameter.name for parameter in post.parameters] == ["id", "q"]
    assert [get.parameters[1].pointer, post.parameters[1].pointer] == [
        "/paths/~1a~1{id}/get/parameters/0",
        "/paths/~1a~1{id}/parameters/1",
    ]


@pytest.mark.parametrize(
    ("responses", "status", "expected"),
    [
        ("200 4XX default", 200, "200"),
        ("default 4XX 404", 404, "404"),
        ("default 4XX 404", 400, "4XX"),
        ("default 4XX 404", 500, "default"),
        ("4xx 404", 499, "4xx"),
        ("200 4XX", 500, None),
        ("200 4XX", 399, None),
        ("200 4XX", 201, None),
        ("2XX 200", 200, "200"),
    ],
)
def test_most_specific_response(responses: str, status: int, expected: str | None) -> None:
    """An exact code takes precedence over its class, and a class over the default."""
    node = ", ".join(
        f"'{documented_status}': {{description: x}}" for documented_status in responses.split()
    )
    response = build_operation(f"{{responses: {{{node}}}}}").find_documented_response(status)
    assert expected == (response.status if response else None)


def test_success_response() -> None:
    """The first 2xx response is the success. Only exact codes are documented statuses."""
    operation = build_operation(
        "{responses: {'404': {description: x}, '201': {description: y}, '200': {description: z},"
        " 5XX: {description: w}}}"
    )
    assert (operation.success_response.status, operation.documented_statuses) == (
        "201",
        (404, 201, 200),
    )


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        ("4XX", 400, True),
        ("4XX", 500, False),
        ("default", 1, True),
        ("200", 200, True),
        ("200", 201, False),
        ("5xx", 503, True),
    ],
)
def test_covered_statuses(status: str, code: int, expected: bool) -> None:
    """A class covers its hundred codes, an exact code only itself."""
    assert expected == ResponseSpec(status=status, description="", pointer="").covers(code)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{name: a, in: query, schema: {type: string}, example: x}", ("x",)),
        (
            (
                "{name: a, in: query, schema: {type: string}, examples: {one: {value: x}, two:"
                " {value: y}, far: {externalValue: 'http://z'}}}"
            ),
            ("x", "y"),
        ),
        ("{name: a, in: query, schema: {type: boolean}, example: false}", (False,)),
        (
            (
                "{name: a, in: query, content: {application/json: {schema: {type: object}, example:"
                " {b: 1}}}}"
            ),
            ({"b": 1},),
        ),
        ("{name: a, in: query, schema: {type: string}}", ()),
    ],
)
def test_examples_of_parameters(text: str, expected: tuple[Json, ...]) -> None:
    """Examples are beside the schema, one or several, or in the content."""
    assert expected == parse_parameter(text).examples


def test_parameter_with_all_fields() -> None:
    """Every declared field of a parameter is in the value."""
    parameter = parse_parameter(
        "{name: a, in: query, allowEmptyValue: true, description: D, schema: {enum: [x], default:"
        " x}, x-refused: [enum], x-similar: [X], x-refusals: {r: {value: 1}}, x-source: S}"
    )
    assert (
        parameter.location,
        parameter.required,
        parameter.allows_blank,
        parameter.description,
        parameter.enum,
        parameter.default,
        parameter.refused_keywords,
        parameter.similar_values,
        parameter.refused_examples,
        parameter.source,
        parameter.media_type,
    ) == (
        ParameterLocation.QUERY,
        False,
        True,
        "D",
        ("x",),
        "x",
        ("enum",),
        ("X",),
        {"r": {"value": 1}},
        "S",
        None,
    )


def test_minimal_parameter() -> None:
    """Undeclared fields are absent."""
    parameter = parse_parameter(
        "{name: a, in: header, content: {application/json: {schema: {type: object}}}}"
    )
    assert (
        parameter.default,
        parameter.enum,
        parameter.media_type,
        parameter.schema.node,
        parameter.source,
    ) == (MISSING, (), "application/json", {"type": "object"}, None)


def test_references_are_followed() -> None:
    """Parameters, bodies, responses and schemas may be references.

    The pointer is that of the target.
    """
    document_yaml = (
        "{c: {p: {name: a, in: query, schema: {$ref: '#/c/s'}}, s: {type: integer}, b: {content:"
        " {application/json: {schema: {}}}}, r: {description: R, x-source: S}}}"
    )
    operation = build_operation(
        "{parameters: [{$ref: '#/c/p'}], requestBody: {$ref: '#/c/b'}, responses: {'200': {$ref:"
        " '#/c/r'}}}",
        document_yaml=document_yaml,
    )
    assert (
        operation.parameters[0].schema.merged,
        operation.parameters[0].pointer,
        operation.responses[0].pointer,
        operation.responses[0].source,
    ) == ({"type": "integer"}, "/c/p", "/c/r", "S")
    assert operation.body is not None
    assert operation.body.pointer == "/c/b"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            "{text/plain: {}, application/vnd.x+json: {schema: {type: object}}}",
            "application/vnd.x+json",
        ),
        ("{text/plain: {}, text/html: {}}", "text/plain"),
    ],
)
def test_media_type_of_bodies(content: str, expected: str) -> None:
    """A JSON body is preferred, otherwise the first one."""
    body = build_operation(
        f"{{requestBody: {{content: {content}}}, responses: {{'200': {{description: x}}}}}}", "post"
    ).body
    assert body is not None
    assert expected == body.media_type


def test_request_bodies() -> None:
    """Examples of a body are keyed by name. A body without content is None."""
    body = build_operation(
        "{requestBody: {required: true, x-refused: [json], content: {application/json: {example: 1,"
        " examples: {a: {value: 2}, b: {summary: none}}}}}, responses: {}}",
        "post",
    ).body
    assert body is not None
    assert (body.examples, body.required, body.refused_keywords) == (
        {"a": 2, "example": 1},
        True,
        ("json",),
    )
    assert None is build_operation("{requestBody: {content: {}}, responses: {}}", "post").body
    assert None is build_operation().body


@pytest.mark.parametrize(
    ("security", "expected"),
    [("[{b: [x]}, {b: [y, z]}]", ("x", "y", "z")), ("[{b: []}]", ()), ("[]", ())],
)
def test_scopes(security: str, expected: tuple[str, ...]) -> None:
    """An operation has every scope that a requirement names."""
    assert expected == build_operation(f"{{security: {security}, responses: {{}}}}").scopes


@pytest.mark.parametrize(
    ("security", "expected", "alternatives"),
    [("[]", False, 0), ("[{}]", False, 0), ("[{b: [x]}, {}]", False, 1), ("[{b: []}]", True, 1)],
)
def test_optional_credentials(security: str, expected: bool, alternatives: int) -> None:
    """An empty requirement makes credentials optional. The other requirements can still be used."""
    operation = build_operation(f"{{security: {security}, responses: {{}}}}")
    assert (expected, alternatives) == (operation.requires_credentials, len(operation.security))


def test_security_of_the_document() -> None:
    """The document's security applies if an operation declares none."""
    assert build_operation(document_yaml="{security: [{b: [x]}]}").scopes == ("x",)
    operation_with_own_security = build_operation(
        "{security: [], responses: {}}", document_yaml="{security: [{b: [x]}]}"
    )
    assert not operation_with_own_security.requires_credentials
    assert not build_operation().requires_credentials


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("get", True),
        ("head", True),
        ("options", True),
        ("trace", True),
        ("put", False),
        ("post", False),
        ("delete", False),
        ("patch", False),
    ],
)
def test_safe_methods_and_default_ids(method: str, expected: bool) -> None:
    """Safe methods only read (RFC 9110, 9.2.1).

    An operation without an id is named after its method and path.
    """
    operation = build_operation(method=method)
    assert (expected, f"{method.upper()} /toys") == (operation.is_safe, operation.id)


def test_extensions() -> None:
    """Behaviors, examples, basis and source are parsed with their pointers."""
    operation = build_operation(
        "{x-behaviors: [{sorts: 1, echoes: 2}, {retries: 3}], x-examples: [{arguments: {a: 1},"
        " x-source: S}], x-basis: client, x-source: T, responses: {}}"
    )
    pointer = "/paths/~1toys/get"
    assert (
        (
            ("sorts", f"{pointer}/x-behaviors/0/sorts", 1),
            ("echoes", f"{pointer}/x-behaviors/0/echoes", 2),
            ("retries", f"{pointer}/x-behaviors/1/retries", 3),
        )
    ) == operation.behavior_nodes
    assert (((f"{pointer}/x-examples/0", {"a": 1}, "S"),), True, "T") == (
        operation.examples,
        operation.auxiliary,
        operation.source,
    )
    assert (build_operation().auxiliary, build_operation().parameter("nowhere")) == (False, None)


def test_schema_properties() -> None:
    """Declared properties are resolved one level deep, with their reference.

    Keywords beside a reference take precedence.
    """
    document = {
        "s": {"properties": {"a": {"$ref": "#/t", "maxLength": 3}, "b": {"type": "integer"}}},
        "t": {"type": "string", "maxLength": 9},
    }
    properties = Schema(document, {"$ref": "#/s"}).properties
    assert {name: (schema.merged, schema.reference) for name, schema in properties.items()} == {
        "a": ({"type": "string", "maxLength": 3}, "#/t"),
        "b": ({"type": "integer"}, None),
    }
    assert Schema(document, {"type": "string"}).properties == {}
    assert Schema(document, {"$ref": "#/t"}).merged == {"type": "string", "maxLength": 9}
