"""The table of the page for vendors: each row is tried on the mock."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from conformance.contract.behavior_registry import load_behavior_kinds
from conformance.contract.contract import Contract, build_contract
from conformance.contract.document import Document
from conformance.contract.json import Json
from conformance.contract.loader import load_contract
from conformance.embedded import create_embedded_target
from conformance.suite.events import ClaimDecided, Verdict
from conformance.suite.plan import RunProfile, generate_plan
from conformance.suite.run import run_plan

PAGE = (Path(__file__).parent.parent / "docs/vendors.md").read_text("utf-8")
SECTION = PAGE.partition("### What your page says about lists")[2].partition("\n## ")[0]
ROWS = re.findall(r"^\| .* \| `(\w+: \{.*\})` \|$", SECTION, re.MULTILINE)
NUMBERS = ("page", "per_page", "offset", "limit", "min_price", "max_price")
BOOK: Json = {
    "type": "object",
    "required": ["name", "status", "price"],
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 100},
        "status": {"enum": ["open", "done", "lost"]},
        "price": {"type": "integer", "minimum": 0, "maximum": 500},
    },
}


def build_parameter(name: str) -> Json:
    """Return a parameter of the list, of the type that its name suggests."""
    schema: Json = {"type": "integer" if name in NUMBERS else "string"}
    if name == "ids":
        schema = {"type": "array", "items": schema}
    return {"name": name, "in": "query", "schema": schema, "explode": False}


def build_books_contract(behavior: Json) -> Contract:
    """Return a contract whose list has one behavior."""
    ((word, node),) = behavior.items()
    names = {*load_behavior_kinds()[word].list_parameters(node), "page_token"}
    stored = {"allOf": [{"type": "object", "properties": {"id": {"type": "string"}}}, BOOK]}
    more = {"next": {"type": ["string", "null"]}, "next_cursor": {"type": ["string", "null"]}}
    answer = {"type": "object", "properties": {"books": {"type": "array", "items": stored}, **more}}

    def build_response(schema: Json) -> Json:
        return {"description": "fine", "content": {"application/json": {"schema": schema}}}

    source = dict.fromkeys(("order", "descending", "default", "allPages", "size", "first"), "K1")
    source |= dict.fromkeys(("exact", "glob", *names), "K1")
    document: Json = {
        "openapi": "3.1.0",
        "info": {"title": "Books", "version": "1"},
        "paths": {
            "/books": {
                "get": {
                    "operationId": "listBooks",
                    "parameters": [build_parameter(name) for name in sorted(names)],
                    "responses": {"200": build_response(answer)},
                    "x-behaviors": [{word: {**node, "x-source": source}}],
                },
                "post": {
                    "operationId": "createBook",
                    "requestBody": {"content": {"application/json": {"schema": BOOK}}},
                    "responses": {"201": build_response(stored)},
                },
            },
            "/books/{id}": {
                "delete": {
                    "operationId": "deleteBook",
                    "parameters": [
                        {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
                    ],
                    "responses": {"204": {"description": "gone"}},
                }
            },
        },
        "x-resources": {
            "book": {
                "identity": "/id",
                "items": "/books",
                "mark": "/name",
                "list": "listBooks",
                "create": "createBook",
                "delete": "deleteBook",
            }
        },
    }
    statements = load_contract("tests/lists").statements
    return build_contract("books", Document(value=document, positions={}), statements)


def test_the_table_has_every_word_about_lists() -> None:
    """A word that a list can have stands in the table."""
    words = {next(iter(yaml.safe_load(row))) for row in ROWS}
    assert words == {"sorts", "paginates", "continues", "compares", "filters"}


@pytest.mark.parametrize("row", ROWS)
def test_each_row_can_be_written_and_checked(row: str) -> None:
    """The words of a row make a contract; its claims hold on the mock, and none is undecided."""
    behavior = yaml.safe_load(row)
    contract = build_books_contract(behavior)
    claims = [claim for claim in contract.claims if "/x-behaviors/" in claim.pointer]
    events = run_plan(
        generate_plan(contract, "1", RunProfile.STANDARD, claims), create_embedded_target(contract)
    )
    decisions = {
        event.claim.id: (event.verdict, event.reason)
        for event in events
        if isinstance(event, ClaimDecided)
    }
    assert decisions
    assert {verdict for verdict, _ in decisions.values()} == {Verdict.VERIFIED}, decisions
