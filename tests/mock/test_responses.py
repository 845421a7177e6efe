"""Responses as the documents describe them."""

from __future__ import annotations

import json

import pytest

from conformance.contract.contract import Contract
from conformance.mock.mock import Mock

from .client import APP_GROUPS, GROUPS, Client, build_losant_client, build_push_express_client
from .contracts import load
from .tour import build_config, run_tour


def test_every_response_matches_the_documents(contract: Contract) -> None:
    """In a tour of all operations, each documented response has its media type and schema, and none
    has a 5xx status.
    """
    mismatches = []
    for label, _, response in run_tour(Mock(contract, build_config(contract))).exchanges:
        documented = contract.operations[label.partition(" ")[0]].find_documented_response(
            response.status
        )
        if response.status >= 500 or (documented is None and response.status not in (401, 403)):
            mismatches.append((label, response))
        elif documented is not None and documented.media_type is None:
            mismatches += [(label, response)] if response.body or response.headers else []
        elif documented is not None:
            is_valid = documented.schema is None or documented.schema.is_valid(
                json.loads(response.body)
            )
            mismatches += (
                []
                if is_valid and ("content-type", documented.media_type) in response.headers
                else [(label, response)]
            )
    assert mismatches == []


def test_an_undocumented_401_has_the_documented_error_form() -> None:
    """If no 401 is documented, the body has the form of the documented errors."""
    response = build_losant_client().send_request("GET", GROUPS, headers={})
    assert json.loads(response.body) == {
        "type": "Unauthorized",
        "message": "the request carries no credentials in the documented form",
    }
    assert ("www-authenticate", "Bearer") in response.headers


def test_a_documented_example_is_returned() -> None:
    """The response for an unknown parent is the documented example."""
    response = build_losant_client().send_request(
        "GET", GROUPS.replace("575ec8687ae143cd83dc4a97", "e" * 24)
    )
    assert json.loads(response.body) == {"type": "NotFound", "message": "Application was not found"}


def test_a_problem_body_contains_its_status() -> None:
    """A required integer called `status` is the status. The media type is the documented one."""
    response = Client(load("toy")).send_request("GET", "/notes/none")
    assert json.loads(response.body) == {
        "status": 404,
        "title": "NotFound",
        "detail": "there is no note none",
    }
    assert response.headers == (("content-type", "application/problem+json"),)


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/nowhere", 404),
        ("PUT", APP_GROUPS, 405),
        ("GET", f"{APP_GROUPS}/", 404),
        ("HEAD", APP_GROUPS, 405),
    ],
)
def test_unknown_paths_and_methods_are_refused(method: str, path: str, expected: int) -> None:
    """An unknown path gets 404 and an unknown method 405, in the form of the documented errors."""
    response = build_push_express_client().send_request(method, path)
    assert response.status == expected
    assert set(json.loads(response.body)) == {"error", "req_id"}


def test_405_lists_the_allowed_methods() -> None:
    """The `Allow` header lists the methods (RFC 9110, 15.5.6)."""
    assert ("allow", "GET, POST") in build_push_express_client().send_request(
        "PUT", APP_GROUPS
    ).headers


def test_request_ids_are_unique() -> None:
    """Each error response has its own request id."""
    client = build_push_express_client()
    request_ids = [
        json.loads(client.send_request("GET", f"{APP_GROUPS}/{number}").body)["req_id"]
        for number in range(5)
    ]
    assert len(set(request_ids)) == 5


def test_accept_is_enforced_if_406_is_allowed() -> None:
    """An Accept header without JSON gets 406 if the documents allow that status, and is ignored
    otherwise.
    """
    headers = {"authorization": "Bearer x", "accept": "text/html"}
    assert build_push_express_client().status("GET", APP_GROUPS, headers=headers) == 406
    assert build_losant_client().status("GET", GROUPS, headers=headers) == 200
    assert (
        build_push_express_client().status(
            "GET", APP_GROUPS, headers={**headers, "accept": "text/html, */*;q=0.1"}
        )
        == 200
    )


def test_an_operation_without_a_resource_returns_an_example() -> None:
    """The response is built from the schema."""
    assert Client(load("toy")).json("GET", "/health") == {"state": "up"}
