"""Media types and ranges, several of them, HEAD, 422 alone, and headers of answers."""

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

LIST_MEDIA = "listPets/responses/200/media"


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
def test_ranges(documented: str, content_type: str, expected: bool) -> None:
    """Keys are media types or ranges; what they say must hold, what they leave open need not."""
    assert media_type_matches(documented, content_type) is expected


def test_the_most_specific_range() -> None:
    """A type goes before a range, a range before all, a parameter before none."""
    keys = ["*/*", "application/*", "application/json", "application/json; version=1"]
    assert keys == sorted(["*/*", *keys[:0:-1]], key=rank_media_range)
    named = [name_concrete_media_type(key) for key in ("*/*", "text/*", "image/*", "text/csv")]
    assert named == ["application/json", "text/plain", "application/octet-stream", "text/csv"]


def with_content(**contents: Json) -> Callable[[Json], None]:
    """Return a change of what the list is documented to be answered with."""

    def change(result: Json) -> None:
        answer = result["paths"]["/pets"]["get"]["responses"]["200"]
        shape = answer["content"]["application/json"]
        answer["content"] = {name: {**shape, **more} for name, more in contents.items()}

    return change


def run_answering(
    contract: Contract, content_type: str, body: bytes | None = None
) -> dict[str, ClaimDecided]:
    """Return the verdicts about a mock whose list has another Content-Type, and perhaps body."""
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
def test_answers(tmp_path: Path, keys: list[str], content_type: str, expected: bool) -> None:
    """A documented type is no breach, whichever of several; another one is."""
    contract = saved(tmp_path, document(with_content(**{key: {} for key in keys})))
    found = run_answering(contract, content_type)
    if expected:
        assert get_violation_messages(found) == {}
        assert found[LIST_MEDIA].verdict is Verdict.VERIFIED
    else:
        assert list(get_violation_messages(found)) == [LIST_MEDIA]


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("text/csv", b"id,name\n1,a\n", {}),
        ("text/plain", b"pets", {}),
        ("text/plain", b"p" * 30, {"listPets/responses/200/body"}),
    ],
)
def test_texts(tmp_path: Path, content_type: str, body: bytes, expected: set[str]) -> None:
    """What is no JSON is judged as a text, if its schema is one."""
    texts: dict[str, Json] = {
        "application/json": {},
        "text/csv": {"schema": {"type": "array", "items": {"type": "string"}}},
        "text/plain": {"schema": {"type": "string", "maxLength": 20}},
    }
    contract = saved(tmp_path, document(with_content(**texts)))
    found = get_violation_messages(run_answering(contract, content_type, body))
    assert {id for id in found if "/responses/" in id} == set(expected)


@pytest.mark.parametrize("key", ["*/*", "Application/JSON", "application/json; charset=utf-8"])
def test_the_mock(tmp_path: Path, key: str) -> None:
    """The mock answers with a type, never with a range, and is not accused."""
    contract = saved(tmp_path, document(with_content(**{key: {}})))
    mock = Transport(Mock(contract, build_embedded_mock_config(contract)))
    found, _ = decide_claims(generate_plan(contract, "1"), create_embedded_target(contract))
    assert get_violation_messages(found) == {}
    answer = mock.handle_request(httpx.Request("GET", "http://x/pets"))
    assert "*" not in answer.headers["content-type"]


def test_only_422_is_documented(tmp_path: Path) -> None:
    """Malformed input is refused with the status that is documented for it."""
    contract = saved(
        tmp_path,
        document(
            with_parameter({"type": "integer"}, **{"x-refused": ["type"]}),
            with_answer("get", "422", {"description": "unprocessable"}),
        ),
    )
    mock = Transport(Mock(contract, build_embedded_mock_config(contract)))
    assert mock.handle_request(httpx.Request("GET", "http://x/pets?q=a")).status_code == 422
    found, _ = decide_claims(generate_plan(contract, "1"), create_embedded_target(contract))
    assert get_violation_messages(found) == {}
    assert found["listPets/q/refuses/type"].verdict is Verdict.VERIFIED


def with_answer(method: str, status: str, answer: Json) -> Callable[[Json], None]:
    """Return a change that documents an answer of the list, or changes one."""

    def change(result: Json) -> None:
        responses = result["paths"]["/pets"][method]["responses"]
        responses[status] = {**responses.get(status, {}), **answer}

    return change


def with_head(result: Json) -> None:
    """Let the list be asked for by HEAD, too."""
    listing = result["paths"]["/pets"]["get"]
    result["paths"]["/pets"]["head"] = {**listing, "operationId": "headPets"}


def test_head(tmp_path: Path) -> None:
    """HEAD is answered without content, and nobody is accused for that."""
    contract = saved(tmp_path, document(with_head))
    assert "headPets/responses/200/body" not in {claim.id for claim in contract.claims}
    found, _ = decide_claims(generate_plan(contract, "1"), create_embedded_target(contract))
    assert get_violation_messages(found) == {}
    assert found["headPets/answers"].verdict is Verdict.VERIFIED


HEADERS: Json = {
    "headers": {
        "X-Rate-Limit": {"required": True, "schema": {"type": "integer", "minimum": 0}},
        "X-Tags": {"schema": {"type": "array", "items": {"type": "string"}, "minItems": 2}},
        "X-Until": {"schema": {"type": "string", "format": "date-time"}},
        "Content-Type": {"required": True, "schema": {"const": "ignored"}},
    }
}


def test_headers(tmp_path: Path) -> None:
    """Documented headers are sent by the mock and judged; each way to break them is found."""
    contract = saved(tmp_path, document(with_answer("get", "200", HEADERS)))
    plan = generate_plan(contract, "1", RunProfile.QUICK)
    found, _ = decide_claims(plan, create_embedded_target(contract))
    assert get_violation_messages(found) == {}
    claims = [id for id in found if "/headers/" in id]
    assert claims == [
        f"listPets/responses/200/headers/{name}" for name in ("X-Rate-Limit", "X-Tags", "X-Until")
    ]
    assert [] == [id for id in claims if found[id].verdict is not Verdict.VERIFIED]
    faults = [fault for fault in list_contract_faults(contract) if fault.claim in claims]
    assert len(faults) == 4
    for fault in faults:
        target = create_embedded_target(contract, fault=fault)
        assert set(get_violation_messages(decide_claims(plan, target)[0])) == {fault.claim}, (
            fault.id
        )


def test_a_header_that_may_be_absent(tmp_path: Path) -> None:
    """Without it nothing is decided, and nothing is broken."""
    contract = saved(tmp_path, document(with_answer("get", "200", HEADERS)))
    mock = Transport(Mock(contract, build_embedded_mock_config(contract)))

    def handle(request: httpx.Request) -> httpx.Response:
        response = mock.handle_request(request)
        headers = {k: v for k, v in response.headers.items() if k != "x-until"}
        return httpx.Response(response.status_code, headers=headers, content=response.read())

    target = build_target(contract, handle, exclusive=True)
    found, _ = decide_claims(generate_plan(contract, "1", RunProfile.QUICK), target)
    assert get_violation_messages(found) == {}
    assert found["listPets/responses/200/headers/X-Until"].verdict is Verdict.UNDECIDED


def test_json_is_still_judged(tmp_path: Path) -> None:
    """An answer that is documented as JSON, and is none, breaks its promise."""
    contract = saved(tmp_path, document(with_property("value", {"type": "string"})))
    found = get_violation_messages(
        run_answering(contract, "application/json", json.dumps("x").encode())
    )
    assert "listPets/responses/200/body" in found
