"""Media types and media ranges, several per response, HEAD, 422 only, and response headers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.embedded import build_embedded_mock_config, create_embedded_target
from conformance.mock.faults.catalog import list_contract_faults
from conformance.mock.mock import Mock
from conformance.mock.transport import Transport
from conformance.protocol import media_type_matches, name_concrete_media_type, rank_media_range
from conformance.suite.events import ClaimDecided, Verdict
from conformance.suite.plan import RunProfile, generate_plan
from tests.judgment import build_target, decide_claims, get_violation_messages

from .documents import document, with_parameter, with_property
from .test_ordinary import saved

LIST_MEDIA_CLAIM = "listPets/responses/200/media"


@pytest.mark.parametrize(
    ("documented", "content_type", "expected"),
    [
        ("application/json", "application/json; charset=UTF-8", True),
        ("Application/JSON", "application/json", True),
        ("application/json;charset=utf-8", "application/json; charset=UTF-8", True),
        ("application/json; version=1", "application/json;version=1; charset=utf-8", True),
        ("application/json; version=1", "application/json", False),
        ("application/json; version=1", "application/json; version=2", False),
        ("*/*", "application/json", True),
        ("*/*", "", True),
        ("application/*", "application/problem+json", True),
        ("application/*", "text/html", False),
        ("application/*", "", False),
        ("text/*", "text/html; charset=utf-8", True),
        ("application/json", "application/problem+json", False),
        ("application/json", "text/html", False),
        ("application/json", "", False),
    ],
)
def test_media_type_matches(documented: str, content_type: str, expected: bool) -> None:
    """Documented keys are media types or ranges.

    Parameters that a key specifies must match; unspecified ones may have any value.
    """
    assert media_type_matches(documented, content_type) is expected


def test_media_range_specificity() -> None:
    """A type precedes a range, a range precedes `*/*`, a parameter precedes none."""
    keys = ["*/*", "application/*", "application/json", "application/json; version=1"]
    assert keys == sorted(["*/*", *keys[:0:-1]], key=rank_media_range)
    concrete_types = [
        name_concrete_media_type(key) for key in ("*/*", "text/*", "image/*", "text/csv")
    ]
    assert concrete_types == [
        "application/json",
        "text/plain",
        "application/octet-stream",
        "text/csv",
    ]


def with_content(**contents: Json) -> Callable[[Json], None]:
    """Return a change that sets the documented content of the list response."""

    def change(openapi: Json) -> None:
        response = openapi["paths"]["/pets"]["get"]["responses"]["200"]
        media_type_object = response["content"]["application/json"]
        response["content"] = {
            name: {**media_type_object, **overrides} for name, overrides in contents.items()
        }

    return change


def run_with_list_response(
    contract: Contract, content_type: str, body: bytes | None = None
) -> dict[str, ClaimDecided]:
    """Run against a mock whose list has another Content-Type and optionally another body."""
    mock = Transport(Mock(contract, build_embedded_mock_config(contract)))

    def handle(request: httpx.Request) -> httpx.Response:
        response = mock.handle_request(request)
        content = response.read()
        headers = dict(response.headers)
        if request.method == "GET" and b'"items"' in content:
            headers["content-type"] = content_type
            content = content if body is None else body
            headers["content-length"] = str(len(content))
        return httpx.Response(response.status_code, headers=headers, content=content)

    target = build_target(contract, handle, exclusive=True)
    return decide_claims(generate_plan(contract, "1", RunProfile.QUICK), target)[0]


@pytest.mark.parametrize(
    ("keys", "content_type", "expected"),
    [
        (["application/json; charset=UTF-8"], "application/json;charset=utf-8", True),
        (["*/*"], "application/json", True),
        (["Application/JSON"], "application/json", True),
        (["application/json", "application/hal+json"], "application/hal+json", True),
        (["application/json"], "text/html", False),
        (["application/*"], "text/html", False),
    ],
)
def test_content_type_of_responses(
    tmp_path: Path, keys: list[str], content_type: str, expected: bool
) -> None:
    """Any documented media type is accepted; an undocumented one is a violation."""
    contract = saved(tmp_path, document(with_content(**{key: {} for key in keys})))
    decisions = run_with_list_response(contract, content_type)
    if expected:
        assert get_violation_messages(decisions) == {}
        assert decisions[LIST_MEDIA_CLAIM].verdict is Verdict.VERIFIED
    else:
        assert list(get_violation_messages(decisions)) == [LIST_MEDIA_CLAIM]


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("text/csv", b"id,name\n1,a\n", {}),
        ("text/plain", b"pets", {}),
        ("text/plain", b"p" * 30, {"listPets/responses/200/body"}),
    ],
)
def test_non_json_bodies(
    tmp_path: Path, content_type: str, body: bytes, expected: set[str]
) -> None:
    """A body that is not JSON is checked as a string, if its schema is for strings."""
    content: dict[str, Json] = {
        "application/json": {},
        "text/csv": {"schema": {"type": "array", "items": {"type": "string"}}},
        "text/plain": {"schema": {"type": "string", "maxLength": 20}},
    }
    contract = saved(tmp_path, document(with_content(**content)))
    violations = get_violation_messages(run_with_list_response(contract, content_type, body))
    assert {id for id in violations if "/responses/" in id} == set(expected)


@pytest.mark.parametrize("key", ["*/*", "Application/JSON", "application/json; charset=utf-8"])
def test_mock_sends_a_concrete_media_type(tmp_path: Path, key: str) -> None:
    """The mock sends a concrete media type, never a range, and has no violations."""
    contract = saved(tmp_path, document(with_content(**{key: {}})))
    mock = Transport(Mock(contract, build_embedded_mock_config(contract)))
    decisions, _ = decide_claims(generate_plan(contract, "1"), create_embedded_target(contract))
    assert get_violation_messages(decisions) == {}
    response = mock.handle_request(httpx.Request("GET", "http://x/pets"))
    assert "*" not in response.headers["content-type"]


def test_refusal_status_is_422_if_only_that_is_documented(tmp_path: Path) -> None:
    """Malformed input is refused with the documented status."""
    contract = saved(
        tmp_path,
        document(
            with_parameter({"type": "integer"}, **{"x-refused": ["type"]}),
            with_response("get", "422", {"description": "unprocessable"}),
        ),
    )
    mock = Transport(Mock(contract, build_embedded_mock_config(contract)))
    assert mock.handle_request(httpx.Request("GET", "http://x/pets?q=a")).status_code == 422
    decisions, _ = decide_claims(generate_plan(contract, "1"), create_embedded_target(contract))
    assert get_violation_messages(decisions) == {}
    assert decisions["listPets/q/refuses/type"].verdict is Verdict.VERIFIED


def with_response(method: str, status: str, response: Json) -> Callable[[Json], None]:
    """Return a change that documents a response of the list or updates one."""

    def change(openapi: Json) -> None:
        responses = openapi["paths"]["/pets"][method]["responses"]
        responses[status] = {**responses.get(status, {}), **response}

    return change


def with_head(openapi: Json) -> None:
    """Document HEAD for the list in addition to GET."""
    list_operation = openapi["paths"]["/pets"]["get"]
    openapi["paths"]["/pets"]["head"] = {**list_operation, "operationId": "headPets"}


def test_head_has_no_body(tmp_path: Path) -> None:
    """The response to HEAD has no content, and this is not a violation."""
    contract = saved(tmp_path, document(with_head))
    assert "headPets/responses/200/body" not in {claim.id for claim in contract.claims}
    decisions, _ = decide_claims(generate_plan(contract, "1"), create_embedded_target(contract))
    assert get_violation_messages(decisions) == {}
    assert decisions["headPets/answers"].verdict is Verdict.VERIFIED


HEADERS: Json = {
    "headers": {
        "X-Rate-Limit": {"required": True, "schema": {"type": "integer", "minimum": 0}},
        "X-Tags": {"schema": {"type": "array", "items": {"type": "string"}, "minItems": 2}},
        "X-Until": {"schema": {"type": "string", "format": "date-time"}},
        "Content-Type": {"required": True, "schema": {"const": "ignored"}},
    }
}


def test_response_headers(tmp_path: Path) -> None:
    """The mock sends documented headers, the suite checks them, and every fault is detected."""
    contract = saved(tmp_path, document(with_response("get", "200", HEADERS)))
    plan = generate_plan(contract, "1", RunProfile.QUICK)
    decisions, _ = decide_claims(plan, create_embedded_target(contract))
    assert get_violation_messages(decisions) == {}
    claims = [id for id in decisions if "/headers/" in id]
    assert claims == [
        f"listPets/responses/200/headers/{name}" for name in ("X-Rate-Limit", "X-Tags", "X-Until")
    ]
    assert [] == [id for id in claims if decisions[id].verdict is not Verdict.VERIFIED]
    faults = [fault for fault in list_contract_faults(contract) if fault.claim in claims]
    assert len(faults) == 4
    for fault in faults:
        target = create_embedded_target(contract, fault=fault)
        assert set(get_violation_messages(decide_claims(plan, target)[0])) == {fault.claim}, (
            fault.id
        )


def test_optional_header_may_be_absent(tmp_path: Path) -> None:
    """If an optional header is absent, its claim is undecided and not violated."""
    contract = saved(tmp_path, document(with_response("get", "200", HEADERS)))
    mock = Transport(Mock(contract, build_embedded_mock_config(contract)))

    def handle(request: httpx.Request) -> httpx.Response:
        response = mock.handle_request(request)
        headers = {k: v for k, v in response.headers.items() if k != "x-until"}
        return httpx.Response(response.status_code, headers=headers, content=response.read())

    target = build_target(contract, handle, exclusive=True)
    decisions, _ = decide_claims(generate_plan(contract, "1", RunProfile.QUICK), target)
    assert get_violation_messages(decisions) == {}
    assert decisions["listPets/responses/200/headers/X-Until"].verdict is Verdict.UNDECIDED


def test_json_bodies_are_validated(tmp_path: Path) -> None:
    """A response that is documented as JSON but does not match its schema is a violation."""
    contract = saved(tmp_path, document(with_property("value", {"type": "string"})))
    violations = get_violation_messages(
        run_with_list_response(contract, "application/json", json.dumps("x").encode())
    )
    assert "listPets/responses/200/body" in violations
