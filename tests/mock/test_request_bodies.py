"""Request bodies."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.contract.json import Json

from .client import (
    APP_GROUPS,
    GROUPS,
    build_losant_client,
    build_push_express_client,
    build_toy_client,
)
from .plain import build_plain_mock

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
def test_invalid_bodies_are_refused(body: Json) -> None:
    """A body that violates the schema gets 400 and has no effect."""
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
def test_valid_bodies_are_stored(body: Json) -> None:
    """A valid body is returned and listed as it was sent."""
    client = build_losant_client()
    created = client.json("POST", GROUPS, body=body)
    [item] = client.json("GET", GROUPS)["items"]
    assert created == item
    assert body == {name: item[name] for name in body}


@pytest.mark.parametrize(
    "content", [b"", b"{", b"name=x", b"\xff\xfe", b'{"name":NaN}', b"[" * 100_000]
)
def test_invalid_json_is_refused(content: bytes) -> None:
    """A missing or invalid JSON body gets 400."""
    headers = {"authorization": "Bearer x", "content-type": "application/json"}
    assert build_losant_client().status("POST", GROUPS, content=content, headers=headers) == 400


def test_other_media_types_are_refused() -> None:
    """A body of another media type gets 415 if the documents allow that status, and 400
    otherwise.
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
def test_conditional_requirements_are_enforced(body: Json, expected: int) -> None:
    """A condition between properties in the schema is enforced."""
    assert expected == build_push_express_client().status(
        "POST", APP_GROUPS, body={"name": "x", **body}
    )


def test_absent_properties_get_their_default() -> None:
    """If a body property is absent, its documented default is stored."""
    assert build_toy_client().json("POST", "/notes", body={"title": "x"})["weight"] == 1


def test_a_refusal_explains_the_problem() -> None:
    """The message of a refusal has the documented beginning, then the property and the reason."""
    response = build_push_express_client().send_request(
        "POST", APP_GROUPS, body={"name": "x", "app_ids": "all", "all_apps": True}
    )
    assert (
        json.loads(response.body)["error"]
        == 'validation error: the body does not fit: /app_ids "all" is not of type "array"'
    )


BODIES = """
paths:
  /json: {post: {requestBody: {content: {application/json: {schema: {type: object}}}}, RESPONSES}}
  /form: {post: {requestBody: {content: {application/x-www-form-urlencoded: {}}}, RESPONSES}}
  /image: {post: {requestBody: {content: {image/png: {}}}, RESPONSES}}
  /bytes: {post: {requestBody: {content: {application/octet-stream: {}}}, RESPONSES}}
  /any: {post: {requestBody: {content: {'*/*': {schema: {type: object}}}}, RESPONSES}}
  /two: {post: {requestBody: {content: {application/json: {}, text/csv: {}}}, RESPONSES}}
  /both: {post: {requestBody: {content: {application/json: {}, '*/*': {}}}, RESPONSES}}
""".replace("RESPONSES", "responses: {'200': {description: d}, '415': {description: d}}")


@pytest.mark.parametrize(
    ("path", "content_type", "content", "status"),
    [
        ("/json", "", b"{}", 415),
        ("/json", "text/plain", b"{}", 415),
        ("/json", "application/json", b"{}", 200),
        ("/json", "", b"", 200),
        ("/form", "", b"a=1", 415),
        ("/form", "application/x-www-form-urlencoded", b"a=1", 200),
        ("/image", "", b"x", 415),
        ("/image", "text/plain", b"x", 415),
        ("/image", "image/png", b"x", 200),
        ("/bytes", "", b"x", 200),
        ("/bytes", "application/octet-stream", b"x", 200),
        ("/bytes", "text/plain", b"x", 415),
        ("/any", "text/plain", b"x", 200),
        ("/any", "application/json", b"{}", 200),
        ("/any", "application/json", b"[]", 400),
        ("/two", "", b"{}", 415),
        ("/two", "text/csv", b"a", 200),
        ("/two", "image/png", b"a", 415),
        ("/both", "", b"a", 200),
    ],
)
def test_a_body_has_a_documented_media_type(
    tmp_path: Path, path: str, content_type: str, content: bytes, status: int
) -> None:
    """A body of another media type is refused; without one, it is a sequence of bytes."""
    headers = {"content_type": content_type} if content_type else {}
    mock = build_plain_mock(tmp_path, BODIES)
    assert mock.send("POST", path, content=content, **headers).status == status
