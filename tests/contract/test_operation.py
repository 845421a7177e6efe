"""Operations as values."""

from __future__ import annotations

import pytest

from conformance.contract import operation as operations
from conformance.contract.json import Json
from conformance.contract.location import ParameterLocation
from conformance.contract.merging import merge_schema
from conformance.contract.operation import ResponseSpec, get_schema_properties
from conformance.contract.pointer import MISSING

from .toy import operation, read


def one(parameter: str) -> operations.Parameter:
    """Return a parameter."""
    return operation(
        f"{{parameters: [{parameter}], responses: {{'200': {{description: x}}}}}}"
    ).parameters[0]


def test_parameters_of_the_path_are_merged() -> None:
    """Parameters of the path hold for its operations, which may override one of the same name and
    place.
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
    get, post = operations.parse_operations(read(text).value)
    found = [(p.name, p.location, p.schema["type"], p.required) for p in get.parameters]
    assert found == [
        ("id", "path", "string", True),
        ("q", "query", "integer", True),
        ("header.q", "header", "boolean", False),
    ]
    assert [p.name for p in post.parameters] == ["id", "q"]
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
def test_most_exact_response(responses: str, status: int, expected: str | None) -> None:
    """A code by itself before its class, a class before the default."""
    node = ", ".join(f"'{one}': {{description: x}}" for one in responses.split())
    found = operation(f"{{responses: {{{node}}}}}").find_documented_response(status)
    assert expected == (found.status if found else None)


def test_success() -> None:
    """The first 2xx response is the success; statuses are those given one by one."""
    found = operation(
        "{responses: {'404': {description: x}, '201': {description: y}, '200': {description: z},"
        " 5XX: {description: w}}}"
    )
    assert (found.success_response.status, found.documented_statuses) == ("201", (404, 201, 200))


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
def test_covers(status: str, code: int, expected: bool) -> None:
    """A class covers its hundred, a code itself."""
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
    """Examples stand beside the schema, one or several, or in the content form."""
    assert expected == one(text).examples


def test_parameter_in_full() -> None:
    """Everything that is said of a parameter is in the value."""
    found = one(
        "{name: a, in: query, allowEmptyValue: true, description: D, schema: {enum: [x], default:"
        " x}, x-refused: [enum], x-similar: [X], x-refusals: {r: {value: 1}}, x-source: S}"
    )
    assert (
        found.location,
        found.required,
        found.allows_blank,
        found.description,
        found.enum,
        found.default,
        found.refused_keywords,
        found.similar_values,
        found.refused_examples,
        found.source,
        found.media_type,
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


def test_parameter_with_little() -> None:
    """What is not said is absent."""
    found = one("{name: a, in: header, content: {application/json: {schema: {type: object}}}}")
    assert (found.default, found.enum, found.media_type, found.schema, found.source) == (
        MISSING,
        (),
        "application/json",
        {"type": "object"},
        None,
    )


def test_references_are_followed() -> None:
    """Parameters, bodies, responses and schemas may be references; the pointer is where the thing
    stands.
    """
    rest = (
        "{c: {p: {name: a, in: query, schema: {$ref: '#/c/s'}}, s: {type: integer}, b: {content:"
        " {application/json: {schema: {}}}}, r: {description: R, x-source: S}}}"
    )
    found = operation(
        "{parameters: [{$ref: '#/c/p'}], requestBody: {$ref: '#/c/b'}, responses: {'200': {$ref:"
        " '#/c/r'}}}",
        rest=rest,
    )
    assert (
        found.parameters[0].schema,
        found.parameters[0].pointer,
        found.responses[0].pointer,
        found.responses[0].source,
    ) == ({"type": "integer"}, "/c/p", "/c/r", "S")
    assert found.body is not None
    assert found.body.pointer == "/c/b"


@pytest.mark.parametrize(
    ("content", "media"),
    [
        (
            "{text/plain: {}, application/vnd.x+json: {schema: {type: object}}}",
            "application/vnd.x+json",
        ),
        ("{text/plain: {}, text/html: {}}", "text/plain"),
    ],
)
def test_media_of_bodies(content: str, media: str) -> None:
    """A JSON body is preferred, else the first."""
    found = operation(
        f"{{requestBody: {{content: {content}}}, responses: {{'200': {{description: x}}}}}}", "post"
    ).body
    assert found is not None
    assert media == found.media_type


def test_bodies() -> None:
    """Examples of a body are by name; a body without content is none."""
    found = operation(
        "{requestBody: {required: true, x-refused: [json], content: {application/json: {example: 1,"
        " examples: {a: {value: 2}, b: {summary: none}}}}}, responses: {}}",
        "post",
    ).body
    assert found is not None
    assert (found.examples, found.required, found.refused_keywords) == (
        {"a": 2, "example": 1},
        True,
        ("json",),
    )
    assert None is operation("{requestBody: {content: {}}, responses: {}}", "post").body
    assert None is operation().body


@pytest.mark.parametrize(
    ("security", "expected"),
    [("[{b: [x]}, {b: [y, z]}]", ("x", "y", "z")), ("[{b: []}]", ()), ("[]", ())],
)
def test_scopes(security: str, expected: tuple[str, ...]) -> None:
    """An operation knows every scope that a requirement names."""
    assert expected == operation(f"{{security: {security}, responses: {{}}}}").scopes


@pytest.mark.parametrize(
    ("security", "expected", "alternatives"),
    [("[]", False, 0), ("[{}]", False, 0), ("[{b: [x]}, {}]", False, 1), ("[{b: []}]", True, 1)],
)
def test_optional_credentials(security: str, expected: bool, alternatives: int) -> None:
    """An empty requirement makes credentials optional; the others can still be used."""
    found = operation(f"{{security: {security}, responses: {{}}}}")
    assert (expected, alternatives) == (found.requires_credentials, len(found.security))


def test_security_of_the_document() -> None:
    """The document's security holds where an operation names none."""
    assert operation(rest="{security: [{b: [x]}]}").scopes == ("x",)
    own = operation("{security: [], responses: {}}", rest="{security: [{b: [x]}]}")
    assert not own.requires_credentials
    assert not operation().requires_credentials


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
def test_methods(method: str, expected: bool) -> None:
    """Safe methods only read (RFC 9110, 9.2.1); an operation without an id is named by method and
    path.
    """
    found = operation(method=method)
    assert (expected, f"{method.upper()} /toys") == (found.is_safe, found.id)


def test_extensions() -> None:
    """Behaviors, examples, basis and source come with their pointers."""
    found = operation(
        "{x-behaviors: [{sorts: 1, echoes: 2}, {retries: 3}], x-examples: [{arguments: {a: 1},"
        " x-source: S}], x-basis: client, x-source: T, responses: {}}"
    )
    at = "/paths/~1toys/get"
    assert (
        (
            ("sorts", f"{at}/x-behaviors/0/sorts", 1),
            ("echoes", f"{at}/x-behaviors/0/echoes", 2),
            ("retries", f"{at}/x-behaviors/1/retries", 3),
        )
    ) == found.behavior_nodes
    assert (((f"{at}/x-examples/0", {"a": 1}, "S"),), True, "T") == (
        found.examples,
        found.auxiliary,
        found.source,
    )
    assert (operation().auxiliary, operation().parameter("nowhere")) == (False, None)


def test_properties() -> None:
    """Declared properties are resolved one level, own keywords winning, with the reference they
    had.
    """
    document = {
        "s": {"properties": {"a": {"$ref": "#/t", "maxLength": 3}, "b": {"type": "integer"}}},
        "t": {"type": "string", "maxLength": 9},
    }
    found = get_schema_properties(document, {"$ref": "#/s"})
    assert found == {
        "a": ({"type": "string", "maxLength": 3}, "#/t"),
        "b": ({"type": "integer"}, MISSING),
    }
    assert get_schema_properties(document, {"type": "string"}) == {}
    assert merge_schema(document, {"$ref": "#/t"}) == {"type": "string", "maxLength": 9}
