"""Documented responses and examples on demand, and the media types of responses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .plain import PlainMock, build_plain_mock

DOCUMENT = """
paths:
  /a:
    get:
      responses:
        '200':
          description: d
          content:
            application/json:
              schema: {type: object, properties: {n: {type: integer}}}
              examples:
                one: {$ref: '#/components/examples/One'}
                two: {value: {n: 2}}
                far: {externalValue: 'https://far.example/x.json'}
            text/csv:
              schema: {type: array}
              examples: {rows: {value: "a,b"}}
            text/plain: {schema: {type: string}}
            image/png: {}
        '404':
          description: d
          content: {application/json: {examples: {gone: {$ref: '#/components/examples/Gone'}}}}
        '406': {description: d}
        '429': {description: d, headers: {Retry-After: {schema: {type: integer}, example: 7}}}
        5XX:
          description: d
          content: {application/json: {schema: {$ref: '#/components/schemas/E'}}}
  /only-far:
    get:
      responses:
        '200':
          description: d
          content:
            application/json:
              schema: {type: object, required: [n], properties: {n: {type: integer}}}
              examples: {far: {externalValue: 'https://far.example/x.json'}}
  /parameters:
    get:
      parameters:
      - name: q
        in: query
        required: true
        schema: {}
        examples: {x: {$ref: '#/components/examples/Q'}}
      responses:
        '200':
          description: d
          headers:
            X-A: {schema: {type: string}, examples: {h: {$ref: '#/components/examples/H'}}}
          content: {application/json: {schema: {type: object}}}
components:
  schemas: {E: {type: object, required: [message], properties: {message: {type: string}}}}
  examples:
    One: {value: {n: 1}}
    Gone: {value: {message: gone}}
    Q: {value: 3}
    H: {value: from the reference}
"""


@pytest.fixture
def mock(tmp_path: Path) -> PlainMock:
    return build_plain_mock(tmp_path, DOCUMENT)


@pytest.mark.parametrize(
    ("prefer", "status", "body"),
    [
        ("example=one", 200, b'{"n":1}'),
        ("example=two", 200, b'{"n":2}'),
        ('example="two"', 200, b'{"n":2}'),
        ("example=rows", 200, b"a,b"),
        ("code=404", 404, b'{"message":"gone"}'),
        ("code=404, example=gone", 404, b'{"message":"gone"}'),
        ("code=200; example=two", 200, b'{"n":2}'),
        ("code=503", 503, b'{"message":"asked for with Prefer: code=503"}'),
        ("code=429", 429, b""),
    ],
)
def test_documented_responses(mock: PlainMock, prefer: str, status: int, body: bytes) -> None:
    """A status or a named example is answered, also through a reference and a class."""
    response = mock.send("GET", "/a", prefer=prefer)
    assert (response.status, response.body) == (status, body)


@pytest.mark.parametrize(
    ("prefer", "words"),
    [
        ("code=abc", "code=abc is no status"),
        ("code=", "code= is no status"),
        ("code=4XX", "code=4XX is no status"),
        ("code=99", "code=99 is no status"),
        ("code=1000", "code=1000 is no status"),
        ("code=\u0663\u0660\u0660", "is no status"),
        ("code=418", "not documented"),
        ("example=nope", "the 200 has one, two, far, rows"),
        ("example=gone", "the 200 has one, two, far, rows"),
        ("code=503, example=x", "no named examples"),
        ("example=far", "https://far.example/x.json"),
    ],
)
def test_what_is_not_documented_is_refused(mock: PlainMock, prefer: str, words: str) -> None:
    """A wish that the document cannot fulfil is a 400 that says why, and what there is."""
    response = mock.send("GET", "/a", prefer=prefer)
    assert response.status == 400
    assert words in json.loads(response.body)["message"]


def test_documented_headers_come_with_preferred_responses(mock: PlainMock) -> None:
    """A preferred response has the headers that the document gives it."""
    response = mock.send("GET", "/a", prefer="code=429")
    assert dict(response.headers)["retry-after"] == "7"


def test_examples_by_reference_are_answered(mock: PlainMock) -> None:
    """Bodies and headers have their examples, also through a reference."""
    assert mock.read("/a") == {"n": 1}
    headers = dict(mock.send("GET", "/parameters?q=1").headers)
    assert headers["x-a"] == "from the reference"
    (parameter,) = mock.app.mock.contract.operations["getParameters"].parameters
    assert parameter.examples == (3,)


def test_external_examples_are_not_needed(mock: PlainMock) -> None:
    """Where the only example is outside of the document, a value is made."""
    assert mock.read("/only-far") == {"n": 0}


@pytest.mark.parametrize(
    ("accept", "status", "media_type", "body"),
    [
        ("*/*", 200, "application/json", b'{"n":1}'),
        ("text/csv", 200, "text/csv", b"a,b"),
        ("text/*", 200, "text/csv", b"a,b"),
        ("text/plain", 200, "text/plain", b"text"),
        ("application/json;q=0.5, text/csv", 200, "text/csv", b"a,b"),
        ("application/json, text/csv;q=0.9", 200, "application/json", b'{"n":1}'),
        ("text/csv;q=0, */*", 200, "application/json", b'{"n":1}'),
        ("image/png", 406, None, b""),
        ("application/xml", 406, None, b""),
    ],
)
def test_content_negotiation(
    mock: PlainMock, accept: str, status: int, media_type: str | None, body: bytes
) -> None:
    """The most preferred media type for which a body can be made is answered, else 406."""
    response = mock.send("GET", "/a", accept=accept)
    assert (response.status, dict(response.headers).get("content-type")) == (status, media_type)
    assert response.body == body


def test_examples_of_errors_fit_their_schema(tmp_path: Path) -> None:
    """An error example that breaks its schema is not answered, unless it is asked for by name."""
    mock = build_plain_mock(
        tmp_path,
        """
paths:
  /a:
    get:
      responses:
        '204': {description: d, content: {application/json: {example: 1}}}
        '400':
          description: d
          content:
            application/json:
              schema: {type: object, required: [error], properties: {error: {type: string}}}
              examples: {wrong: {value: {error: 3}}, right: {value: {error: e}}}
""",
    )
    assert mock.send("GET", "/a", prefer="code=400").body == b'{"error":"e"}'
    assert mock.send("GET", "/a", prefer="code=400, example=wrong").body == b'{"error":3}'
    response = mock.send("GET", "/a")
    assert (response.status, response.headers, response.body) == (204, (), b"")


def test_an_example_of_several_media_types(tmp_path: Path) -> None:
    """Of examples with one name, that in the accepted media type is answered."""
    mock = build_plain_mock(
        tmp_path,
        """
paths:
  /a:
    get:
      responses:
        '200':
          description: d
          content:
            application/json: {examples: {x: {value: 1}}}
            text/csv: {examples: {x: {value: "one"}}}
""",
    )
    assert mock.send("GET", "/a", prefer="example=x").body == b"1"
    assert mock.send("GET", "/a", prefer="example=x", accept="text/csv").body == b"one"
