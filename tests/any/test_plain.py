"""A plain OpenAPI document is tested for reads, responses, statuses and credentials."""

from __future__ import annotations

import copy
from pathlib import Path

import httpx

from conformance.contract.json import Json
from conformance.embedded import create_embedded_target
from conformance.suite.events import Verdict
from conformance.suite.plan import RunProfile, generate_plan
from tests.judgment import build_target, decide_claims, get_violation_messages

from .test_ordinary import saved


def build_json_response(schema: Json) -> Json:
    """Return a Response Object with JSON content."""
    return {"description": "x", "content": {"application/json": {"schema": schema}}}


PLAIN_DOCUMENT: Json = {
    "openapi": "3.0.3",
    "info": {"title": "Plain", "version": "1"},
    "servers": [{"url": "https://plain.example.test/v1"}],
    "security": [{"key": []}],
    "components": {
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}
    },
    "paths": {
        "/status": {
            "get": {
                "operationId": "getStatus",
                "responses": {
                    "200": build_json_response(
                        {
                            "type": "object",
                            "required": ["up"],
                            "properties": {"up": {"type": "boolean"}},
                        }
                    )
                },
            }
        },
        "/reports/{id}": {
            "get": {
                "operationId": "getReport",
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}},
                    {"name": "lang", "in": "query", "schema": {"type": "string"}, "required": True,
                     "example": "de"},
                ],
                "responses": {
                    "200": build_json_response({"type": "object"}),
                    "404": {"description": "none"},
                },
            },
            "delete": {"operationId": "deleteReport", "responses": {"204": {"description": "x"}}},
        },
    },
}  # fmt: skip


def build_plain_document() -> Json:
    """Return the document with the path parameter moved to the path item, for both operations."""
    openapi = copy.deepcopy(PLAIN_DOCUMENT)
    path_item = openapi["paths"]["/reports/{id}"]
    path_item["parameters"] = path_item["get"]["parameters"][:1]
    return openapi


def test_only_reads_are_sent(tmp_path: Path) -> None:
    """Reads are sent with the given path values; operations that change data are not sent."""
    contract = saved(tmp_path, build_plain_document())
    target = create_embedded_target(contract, {"id": "7"})
    decisions, _ = decide_claims(generate_plan(contract, "1"), target)
    assert get_violation_messages(decisions) == {}
    verified = {id for id, decision in decisions.items() if decision.verdict is Verdict.VERIFIED}
    assert {
        "getStatus/answers",
        "getStatus/credentials/missing",
        "getStatus/credentials/invalid",
        "getStatus/responses/200/body",
        "getStatus/responses/200/media",
        "getReport/answers",
        "getReport/credentials/missing",
    } <= verified
    undecided = {
        id: decision.reason
        for id, decision in decisions.items()
        if decision.verdict is Verdict.UNDECIDED
    }
    assert {id.partition("/")[0] for id in undecided} == {"deleteReport"}
    assert {reason.partition(",")[0] for reason in undecided.values()} == {
        "it may change the server"
    }


def test_missing_path_value_is_named(tmp_path: Path) -> None:
    """The reason names the missing path value and the option that provides it."""
    contract = saved(tmp_path, build_plain_document())
    decisions, _ = decide_claims(generate_plan(contract, "1"), create_embedded_target(contract))
    assert "--param id=VALUE" in decisions["getReport/answers"].reason


def test_violations_are_detected(tmp_path: Path) -> None:
    """A server that requires no key and sends undocumented bodies has violations."""
    contract = saved(tmp_path, build_plain_document())
    target = build_target(
        contract,
        lambda request: httpx.Response(200, json={"up": "yes"}),
        base="/v1",
        parameters={"id": "7"},
    )
    violations = get_violation_messages(
        decide_claims(generate_plan(contract, "1", RunProfile.QUICK), target)[0]
    )
    assert {
        "getStatus/credentials/missing",
        "getStatus/credentials/invalid",
        "getStatus/responses/200/body",
        "getReport/credentials/missing",
    } <= violations.keys()
