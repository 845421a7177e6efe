"""Parameters of a request."""

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
    """What breaks the schema of a parameter is answered with 400, and the answer names the
    parameter.
    """
    response = build_losant_client().ask("GET", GROUPS, query)
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
def test_reasonable_values_are_taken(query: str) -> None:
    """Blank values where they are allowed, similar spellings, and what nobody declares are all
    accepted.
    """
    assert build_losant_client().status("GET", GROUPS, query) == 200


@pytest.mark.parametrize(
    ("direction", "expected"), [("DESC", ["b", "a"]), ("ASC", ["a", "b"]), ("", ["a", "b"])]
)
def test_similar_spellings_mean_what_they_resemble(direction: str, expected: list[str]) -> None:
    """A similar spelling counts as the value that it resembles, blank as none at all."""
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
        ("POST", "", {}, b'{"name":"x"}'),
        ("POST", "", {"content-type": "application/json; charset=utf-8"}, b'{"name":"x"}'),
        ("DELETE", "/65a000010000000000000001", {"content-type": "application/json"}, b"{}"),
    ],
)
def test_headers_are_tolerated(
    method: str, path: str, headers: dict[str, str], content: bytes
) -> None:
    """Nothing more than the documented credentials is asked of the headers."""
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
def test_types_are_those_of_the_schema(query: str, expected: int) -> None:
    """A boolean is true or false, a page number at least the least one."""
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
def test_identities_are_checked(path: str, expected: int) -> None:
    """A malformed identity is a malformed request, a well-formed one that does not exist is not
    found.
    """
    assert expected == build_push_express_client().status("GET", path)


def test_a_parameter_may_be_required() -> None:
    """A required query parameter that is left out makes the request malformed."""
    from dataclasses import replace

    from .client import Client
    from .contracts import load

    contract = load("toy")
    operation = contract.operations["listNotes"]
    strict = replace(
        operation, parameters=tuple(replace(one, required=True) for one in operation.parameters[:1])
    )
    client = Client(replace(contract, operations={**contract.operations, "listNotes": strict}))
    found: list[Json] = [
        client.status("GET", "/notes"),
        client.status("GET", "/notes", "order=title"),
    ]
    assert found == [400, 200]
