"""Counts in list responses agree with the items, also where no behavior defines them."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.contract.json import Json

from .plain import build_plain_mock

DOCUMENT = """
paths:
  /things:
    get:
      parameters: [PARAMETERS]
      responses:
        '200':
          description: d
          headers:
            X-Total-Count: {schema: {type: integer}}
            X-Rate-Limit: {schema: {type: integer}}
          content:
            application/json:
              schema:
                type: object
                required: REQUIRED
                properties:
                  items: {type: array, items: {$ref: '#/components/schemas/Thing'}}
                  PROPERTIES
    post:
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
      responses: {'201': {description: d, content: {application/json: {schema: {
        $ref: '#/components/schemas/Thing'}}}}}
  /things/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {'200': {description: d, content: {application/json: {schema: {
        $ref: '#/components/schemas/Thing'}}}}}
components:
  schemas: {Thing: {type: object, properties: {id: {type: string}, name: {type: string}}}}
"""
OFFSETS = (
    "{name: offset, in: query, schema: {type: integer}},"
    " {name: limit, in: query, schema: {type: integer}}"
)
PAGING = (
    "{name: page, in: query, schema: {type: integer}},"
    " {name: perPage, in: query, schema: {type: integer}}"
)


@pytest.mark.parametrize(
    ("parameters", "properties", "query", "expected"),
    [
        ("", "total: {type: integer}", "", {"total": 3}),
        ("", "totalCount: {type: integer, examples: [42]}", "", {"totalCount": 3}),
        ("", "total_results: {type: number}", "", {"total_results": 3}),
        ("", "numFound: {type: integer, default: 5}", "", {"numFound": 3}),
        ("", "count: {type: [integer, 'null']}", "", {"count": 3}),
        (
            "",
            "{meta: {type: object, required: [total, pages], properties:"
            " {total: {type: integer}, pages: {type: integer}}}}",
            "",
            {"meta": {"total": 3, "pages": 1}},
        ),
        (PAGING, "count: {type: integer}", "?page=1&perPage=2", {"count": 3}),
        (
            PAGING,
            "total: {type: integer}\n                  count: {type: integer}",
            "?page=1&perPage=2",
            {"total": 3, "count": 2},
        ),
        (PAGING, "totalPages: {type: integer}", "?page=1&perPage=2", {"totalPages": 2}),
        (OFFSETS, "offset: {type: integer}", "?limit=2&offset=1", {"offset": 1}),
        (OFFSETS, "hasMore: {type: boolean}", "?limit=1&offset=1", {"hasMore": True}),
        (OFFSETS, "count: {type: integer}", "?limit=1&offset=1", {"count": 3}),
        (PAGING, "page: {type: integer}", "?page=2&perPage=2", {"page": 2}),
        (PAGING, "hasMore: {type: boolean}", "?page=1&perPage=2", {"hasMore": True}),
        (PAGING, "hasMore: {type: boolean}", "?page=2&perPage=2", {"hasMore": False}),
        ("", "total: {type: string, const: many}", "", {"total": "many"}),
        ("", "total: {type: integer, const: 7}", "", {"total": 7}),
        (
            "",
            "{facets: {type: object, required: [a], properties: {a: {type: object,"
            " required: [count], properties: {count: {type: integer}}}}}}",
            "",
            {"facets": {"a": {"count": 0}}},
        ),
    ],
)
def test_counts_beside_items(
    tmp_path: Path, parameters: str, properties: str, query: str, expected: Json
) -> None:
    """A count has its value by its name and place; what is no count keeps its own value."""
    text = DOCUMENT.replace("PARAMETERS", parameters)
    text = text.replace("PROPERTIES", properties[1:-1] if properties[0] == "{" else properties)
    names = [*expected]
    mock = build_plain_mock(tmp_path, text.replace("REQUIRED", f"[items, {', '.join(names)}]"))
    for name in "abc":
        mock.send("POST", "/things", {"name": name})
    answer = mock.read(f"/things{query}")
    assert {name: answer[name] for name in names} == expected


def test_headers_that_count(tmp_path: Path) -> None:
    """A documented header that counts items agrees with them, another one is a constant."""
    text = DOCUMENT.replace("PARAMETERS", "").replace("PROPERTIES", "a: {}")
    mock = build_plain_mock(tmp_path, text.replace("REQUIRED", "[items]"))
    for name in "abc":
        mock.send("POST", "/things", {"name": name})
    headers = dict(mock.send("GET", "/things").headers)
    assert (headers["x-total-count"], headers["x-rate-limit"]) == ("3", "0")


def test_counts_in_constant_responses(tmp_path: Path) -> None:
    """A made response with one list has counts that agree with it; an example is left alone."""
    schema = (
        "{type: object, required: [found, total], properties: {found:"
        " {type: array, minItems: 2, items: {type: string}}, total: {type: integer}}}"
    )
    text = """
paths:
  /made: {get: {responses: {'200': {description: d, content: {application/json: {
    schema: SCHEMA}}}}}}
  /example: {get: {responses: {'200': {description: d, content: {application/json: {
    schema: SCHEMA, example: {found: [a, b], total: 9}}}}}}}
"""
    mock = build_plain_mock(tmp_path, text.replace("SCHEMA", schema))
    assert mock.read("/made") == {"found": ["text", "text"], "total": 2}
    assert mock.read("/example") == {"found": ["a", "b"], "total": 9}
