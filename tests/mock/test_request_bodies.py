"""Bodies of requests."""

from __future__ import annotations

import json

import pytest

from conformance.contract.json import Json

from .client import (
    APP_GROUPS,
    GROUPS,
    build_losant_client,
    build_push_express_client,
    build_toy_client,
)

HEX = "0123456789abcdefABCDEF01"


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        None,
        5,
        {"name": ""},
        {"name": "x" * 256},
        {"name": 5},
        {"name": "x", "size": 1},
        {"name": "x", "parentId": "z"},
        {"name": "x", "groupTags": []},
        {"name": "x", "groupTags": {"a b": "x"}},
        {"name": "x", "deviceTags": [{"k": "v"}]},
        {"name": "x", "deviceIds": [HEX] * 1001},
        {"name": "x", "experienceUserIds": ["x"]},
        {"name": "x", "description": None},
    ],
)
def test_bodies_outside_the_schema_are_refused(body: Json) -> None:
    """What breaks the schema is answered with 400 and does nothing."""
    client = build_losant_client()
    assert client.status("POST", GROUPS, body=body) == 400
    assert client.json("GET", GROUPS)["totalCount"] == 0


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x"},
        {"name": "x" * 255},
        {"name": " "},
        {"name": "日本 \U0001f600"},
        {"name": "x", "parentId": None},
        {"name": "x", "parentId": HEX},
        {"name": "x", "deviceTags": [{}]},
        {"name": "x", "deviceIds": [HEX] * 1000},
        {"name": "x", "groupTags": {"a-B_9": "é"}},
        {"name": "x", "deviceQueryJson": None},
    ],
)
def test_bodies_within_the_schema_are_kept(body: Json) -> None:
    """What fits is answered and listed as it was sent."""
    client = build_losant_client()
    created = client.json("POST", GROUPS, body=body)
    [item] = client.json("GET", GROUPS)["items"]
    assert created == item
    assert body == {name: item[name] for name in body}


@pytest.mark.parametrize(
    "content", [b"", b"{", b"name=x", b"\xff\xfe", b'{"name":NaN}', b"[" * 100_000]
)
def test_what_is_no_json_is_refused(content: bytes) -> None:
    """A body that is missing or no JSON is answered with 400."""
    assert build_losant_client().status("POST", GROUPS, content=content) == 400


def test_other_media_types_are_refused() -> None:
    """A body that says it is no JSON is answered with 415 where the documents leave room for it,
    else with 400.
    """
    headers = {"authorization": "Bearer x", "content-type": "text/plain"}
    assert (
        build_push_express_client().status("POST", APP_GROUPS, content=b"{}", headers=headers)
        == 415
    )
    assert build_losant_client().status("POST", GROUPS, content=b"{}", headers=headers) == 400


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"app_ids": [], "all_apps": False}, 400),
        ({"app_ids": [], "all_apps": True}, 201),
        ({"app_ids": [1], "all_apps": False}, 201),
    ],
)
def test_conditions_between_properties_hold(body: Json, expected: int) -> None:
    """What a schema asks for under a condition is asked for."""
    assert expected == build_push_express_client().status(
        "POST", APP_GROUPS, body={"name": "x", **body}
    )


def test_what_is_not_sent_gets_its_default() -> None:
    """A documented default of a body property is stored when the property is left out."""
    assert build_toy_client().json("POST", "/notes", body={"title": "x"})["weight"] == 1


def test_the_answer_says_what_was_wrong() -> None:
    """The text of a refusal names property and reason, behind the documented beginning."""
    response = build_push_express_client().ask(
        "POST", APP_GROUPS, body={"name": "x", "app_ids": "all", "all_apps": True}
    )
    assert (
        json.loads(response.body)["error"]
        == 'validation error: the body does not fit: /app_ids "all" is not of type "array"'
    )
