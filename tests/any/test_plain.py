"""A plain OpenAPI document is run by what OpenAPI says: reads, answers, statuses, credentials."""

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


def answer(schema: Json) -> Json:
    """Return an answer in JSON."""
    return {"description": "x", "content": {"application/json": {"schema": schema}}}


PLAIN: Json = {
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
                    "200": answer(
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
                "responses": {"200": answer({"type": "object"}), "404": {"description": "none"}},
            },
            "delete": {"operationId": "deleteReport", "responses": {"204": {"description": "x"}}},
        },
    },
}  # fmt: skip


def plain() -> Json:
    """Return the document; the path's parameter is that of both operations."""
    result = copy.deepcopy(PLAIN)
    item = result["paths"]["/reports/{id}"]
    item["parameters"] = item["get"]["parameters"][:1]
    return result


def test_what_is_tried(tmp_path: Path) -> None:
    """Reads are tried, with the path's values that are given; what changes something is not."""
    contract = saved(tmp_path, plain())
    target = create_embedded_target(contract, {"id": "7"})
    found, _ = decide_claims(generate_plan(contract, "1"), target)
    assert get_violation_messages(found) == {}
    verified = {id for id, one in found.items() if one.verdict is Verdict.VERIFIED}
    assert {
        "getStatus/answers",
        "getStatus/credentials/missing",
        "getStatus/credentials/invalid",
        "getStatus/responses/200/body",
        "getStatus/responses/200/media",
        "getReport/answers",
        "getReport/credentials/missing",
    } <= verified
    undecided = {id: one.reason for id, one in found.items() if one.verdict is Verdict.UNDECIDED}
    assert {id.partition("/")[0] for id in undecided} == {"deleteReport"}
    assert {reason.partition(",")[0] for reason in undecided.values()} == {
        "it may change the server"
    }


def test_without_the_values_of_a_path(tmp_path: Path) -> None:
    """It is said which value is missing, and how to give it."""
    contract = saved(tmp_path, plain())
    found, _ = decide_claims(generate_plan(contract, "1"), create_embedded_target(contract))
    assert "--param id=VALUE" in found["getReport/answers"].reason


def test_breaches_are_found(tmp_path: Path) -> None:
    """A server that asks for no key and answers something else is found out."""
    contract = saved(tmp_path, plain())
    target = build_target(
        contract,
        lambda request: httpx.Response(200, json={"up": "yes"}),
        base="/v1",
        parameters={"id": "7"},
    )
    found = get_violation_messages(
        decide_claims(generate_plan(contract, "1", RunProfile.QUICK), target)[0]
    )
    assert {
        "getStatus/credentials/missing",
        "getStatus/credentials/invalid",
        "getStatus/responses/200/body",
        "getReport/credentials/missing",
    } <= found.keys()
