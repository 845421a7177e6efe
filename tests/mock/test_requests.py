"""Request parameters."""

from __future__ import annotations

import json

import pytest

from conformance.contract.json import Json

from .client import GROUPS, build_losant_client, build_push_express_client, get_names


@pytest.mark.parametrize(
    "query",
    [
        "sortField=size",
        "sortField=",
        "sortDirection=up",
        "page=-1",
        "page=one",
        "page=1.0",
        "page=",
        "perPage=0",
        "filterField=id",
        "query={",
        "query=",
        "query=5",
        "query=NaN",
        "query=%22%7B%5C%22name%22",
        'query={"description":"x"}',
        'query={"name":{"$sounds-like":"x"}}',
        "query=" + "[" * 5000,
        "page=" + "9" * 5000,
    ],
)
def test_malformed_values_are_refused(query: str) -> None:
    """A parameter value that violates the schema gets 400; the message names the parameter."""
    response = build_losant_client().send_request("GET", GROUPS, query)
    assert response.status == 400
    assert json.loads(response.body)["message"].startswith(query.partition("=")[0] + ":")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "page=0",
        "page=99999999999999999999999999",
        "perPage=1",
        "filter=",
        "filterField=",
        "filterField=&filter=",
        "_actions=false&_links=True&_embedded=true",
        "whatever=1",
        "filter=my+group",
        "query={}",
        'query={"ancestorId":null}',
        "sortDirection=ASC",
        "sortDirection=",
        "page=0&page=1",
    ],
)
def test_lenient_values_are_accepted(query: str) -> None:
    """Allowed blank values, similar spellings and undeclared parameters are accepted."""
    assert build_losant_client().status("GET", GROUPS, query) == 200


@pytest.mark.parametrize(
    ("direction", "expected"), [("DESC", ["b", "a"]), ("ASC", ["a", "b"]), ("", ["a", "b"])]
)
def test_similar_spellings_are_normalized(direction: str, expected: list[str]) -> None:
    """A similar spelling means the value that it resembles; a blank value means no value."""
    assert expected == get_names(
        build_losant_client("a", "b").json("GET", GROUPS, {"sortDirection": direction})
    )


@pytest.mark.parametrize(
    ("method", "path", "headers", "content"),
    [
        ("GET", "", {}, b""),
        ("GET", "", {"content-type": "application/json", "accept": "application/json"}, b""),
        (
            "GET",
            "",
            {"accept": "text/html", "accept-version": "^1.31.0", "losantdomain": "example.com"},
            b"",
        ),
        ("POST", "", {"content-type": "application/json"}, b'{"name":"x"}'),
        ("POST", "", {"content-type": "application/json; charset=utf-8"}, b'{"name":"x"}'),
        ("DELETE", "/65a000010000000000000001", {"content-type": "application/json"}, b"{}"),
    ],
)
def test_other_headers_are_ignored(
    method: str, path: str, headers: dict[str, str], content: bytes
) -> None:
    """Only the documented credentials are required among the headers."""
    assert build_losant_client("a").status(
        method, GROUPS + path, headers={"authorization": "Bearer x", **headers}, content=content
    ) in (200, 201)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("archived=1", 400),
        ("archived=True", 400),
        ("archived=", 400),
        ("archived=true", 200),
        ("page=0", 400),
        ("per_page=0", 400),
    ],
)
def test_schema_types_are_enforced(query: str, expected: int) -> None:
    """A boolean is `true` or `false`; a page number is at least the minimum."""
    assert expected == build_push_express_client().status("GET", "/app/groups", query)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/app/groups/x", 400),
        ("/app/groups/0", 400),
        ("/app/groups/1e3", 400),
        ("/app/groups/4711", 404),
    ],
)
def test_ids_in_paths_are_checked(path: str, expected: int) -> None:
    """A malformed id gets 400; a well-formed id that does not exist gets 404."""
    assert expected == build_push_express_client().status("GET", path)


def test_a_parameter_may_be_required() -> None:
    """A request without a required query parameter is malformed."""
    from dataclasses import replace

    from .client import Client
    from .contracts import load

    contract = load("toy")
    operation = contract.operations["listNotes"]
    required = replace(
        operation,
        parameters=tuple(
            replace(parameter, required=True) for parameter in operation.parameters[:1]
        ),
    )
    client = Client(replace(contract, operations={**contract.operations, "listNotes": required}))
    statuses: list[Json] = [
        client.status("GET", "/notes"),
        client.status("GET", "/notes", "order=title"),
    ]
    assert statuses == [400, 200]
