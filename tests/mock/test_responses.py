"""Answers as the documents describe them."""

from __future__ import annotations

import json

import pytest

from conformance.contract import schema as schemas
from conformance.contract.contract import Contract
from conformance.mock.mock import Mock

from .client import APP_GROUPS, GROUPS, Client, build_losant_client, build_push_express_client
from .contracts import load
from .tour import tour, world


def test_every_answer_fits_its_documented_response(contract: Contract) -> None:
    """On a tour through the contract, each documented answer has its media type and shape, and none
    has status 500.
    """
    wrong = []
    for label, _, response in tour(Mock(contract, world(contract))).steps:
        documented = contract.operations[label.partition(" ")[0]].find_documented_response(
            response.status
        )
        if response.status >= 500 or (documented is None and response.status not in (401, 403)):
            wrong.append((label, response))
        elif documented is not None and documented.media_type is None:
            wrong += [(label, response)] if response.body or response.headers else []
        elif documented is not None:
            valid = schemas.compile_validator(contract.document, documented.schema).is_valid(
                json.loads(response.body)
            )
            wrong += (
                []
                if valid and ("content-type", documented.media_type) in response.headers
                else [(label, response)]
            )
    assert wrong == []


def test_an_undocumented_refusal_looks_like_a_documented_one() -> None:
    """Where no 401 is described, it has the shape of the errors that are."""
    response = build_losant_client().ask("GET", GROUPS, headers={})
    assert json.loads(response.body) == {
        "type": "Unauthorized",
        "message": "the request carries no credentials in the documented form",
    }
    assert ("www-authenticate", "Bearer") in response.headers


def test_a_documented_example_is_answered_where_it_fits() -> None:
    """The example of an unknown parent is the answer for one."""
    response = build_losant_client().ask(
        "GET", GROUPS.replace("575ec8687ae143cd83dc4a97", "e" * 24)
    )
    assert json.loads(response.body) == {"type": "NotFound", "message": "Application was not found"}


def test_a_problem_holds_its_status() -> None:
    """A required integer called status is the status; the media type is the documented one."""
    response = Client(load("toy")).ask("GET", "/notes/none")
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
def test_requests_that_reach_no_operation_are_refused(
    method: str, path: str, expected: int
) -> None:
    """An unknown path is 404, an unknown method 405, in the shape of the documented errors."""
    response = build_push_express_client().ask(method, path)
    assert response.status == expected
    assert set(json.loads(response.body)) == {"error", "req_id"}


def test_405_names_the_methods() -> None:
    """A 405 says what is allowed (RFC 9110, 15.5.6)."""
    assert ("allow", "GET, POST") in build_push_express_client().ask("PUT", APP_GROUPS).headers


def test_request_ids_never_repeat() -> None:
    """Each error answer has its own id."""
    client = build_push_express_client()
    found = [
        json.loads(client.ask("GET", f"{APP_GROUPS}/{number}").body)["req_id"]
        for number in range(5)
    ]
    assert len(set(found)) == 5


def test_accept_counts_where_406_can_be_answered() -> None:
    """An Accept header that leaves JSON out is refused where the documents leave room for it, and
    disregarded elsewhere.
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


def test_an_operation_without_a_resource_answers_its_sample() -> None:
    """What says nothing of items is answered as the schema says."""
    assert Client(load("toy")).json("GET", "/health") == {"state": "up"}
