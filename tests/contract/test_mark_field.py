"""The mark field: which fields are refused when a contract is loaded, and which names fit the
others.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from conformance.checks.body_templates import create_body_builder
from conformance.checks.call import TextWithRunMark, find_placeholders
from conformance.checks.datasets import ITEM_NAMES, SHORT_ITEM_NAMES, get_names_of_named_items
from conformance.contract import loader
from conformance.contract import pointer as pointers
from conformance.contract.contract import Contract
from conformance.contract.mark import SAMPLE_MARK
from conformance.embedded import create_embedded_target
from conformance.errors import ContractError
from conformance.suite import plan as plans
from conformance.suite.events import ClaimDecided, RunFinished, Verdict
from conformance.suite.run import run_plan
from conformance.suite.target import Target

DOCUMENT = """
openapi: 3.1.0
info: {title: Items, version: '1'}
servers: [{url: 'https://items.example'}]
paths:
  /items:
    get:
      operationId: listItems
      responses: {'200': {description: d, content: {application/json: {schema: {type: array,
          items: {$ref: '#/components/schemas/Item'}}}}}}
    post:
      operationId: createItem
      requestBody: {required: true,
          content: {application/json: {schema: {$ref: '#/components/schemas/NewItem'}}}}
      responses: {'201': {description: d,
          content: {application/json: {schema: {$ref: '#/components/schemas/Item'}}}}}
  /items/{item}:
    parameters: [{name: item, in: path, required: true, schema: {type: integer}}]
    get:
      operationId: readItem
      responses:
        '200': {description: d,
            content: {application/json: {schema: {$ref: '#/components/schemas/Item'}}}}
        '404': {description: d}
    delete:
      operationId: deleteItem
      responses: {'204': {description: d}, '404': {description: d}}
components:
  schemas:
    NewItem: {type: object, required: [ROOT], properties: {ROOT: SCHEMA}}
    Item: {type: object, required: [id, ROOT], properties: {id: {type: integer}, ROOT: SCHEMA}}
x-resources:
  item: {identity: /id, items: '', mark: MARK, create: createItem, list: listItems, read: readItem,
      delete: deleteItem}
"""


def load_items_contract(folder: Path, schema: str, mark: str = "/name") -> Contract:
    """Load the items contract with the mark in a field of the given schema."""
    text = (
        DOCUMENT.replace("SCHEMA", schema).replace("ROOT", mark.split("/")[1]).replace("MARK", mark)
    )
    (folder / "openapi.yaml").write_text(text)
    return loader.load_contract(str(folder))


ACCEPTED_SCHEMAS = {
    "any text": "{type: string}",
    "24 characters": "{type: string, maxLength: 24}",
    "30 characters": "{type: string, maxLength: 30}",
    "a long text": "{type: string, minLength: 60}",
    "a slug": "{type: string, pattern: '^[a-z0-9-]+$'}",
    "an identifier": "{type: string, pattern: '^[A-Za-z][A-Za-z0-9_]*$', maxLength: 32}",
    "words": "{type: string, pattern: '^[a-z0-9 ]+$', maxLength: 26}",
    "a hostname": "{type: string, format: hostname, maxLength: 40}",
    "text or null": "{type: [string, 'null'], maxLength: 40}",
}
REFUSED_SCHEMAS = {
    "23 characters": ("{type: string, maxLength: 23}", "its maxLength is 23"),
    "letters and digits": (
        "{type: string, pattern: '^[A-Za-z0-9]+$'}",
        "does not take a text like",
    ),
    "an enum": ("{type: string, enum: [a, b]}", "does not take a text like"),
    "an e-mail address": ("{type: string, format: email}", "does not take a text like"),
    "a number": ("{type: integer}", "does not take a text like"),
    "read-only": ("{type: string, readOnly: true}", "readOnly"),
}


@pytest.mark.parametrize("schema", ACCEPTED_SCHEMAS.values(), ids=ACCEPTED_SCHEMAS)
def test_names_fit(schema: str, tmp_path: Path) -> None:
    """Every name of a run fits the field, different names stay different, and the run reports no
    violation.
    """
    contract = load_items_contract(tmp_path, schema)
    resource = contract.resources[0]
    body_builder = create_body_builder(
        contract, contract.operations["createItem"], resource, "seed"
    )
    assert body_builder.mark_field is not None
    templates = [
        *ITEM_NAMES,
        *SHORT_ITEM_NAMES,
        *(f"{{m}}-{suffix}" for suffix in ("item", "family-parent", "refused-3", "x" * 200)),
    ]
    names_by_template = {template: body_builder.fit_mark_text(template) for template in templates}
    assert [
        name for name in names_by_template.values() if not body_builder.mark_field.accepts(name)
    ] == []
    assert len(set(get_names_of_named_items(body_builder))) == len(ITEM_NAMES)
    events = list(run_plan(plans.generate_plan(contract, "1"), create_embedded_target(contract)))
    assert [
        event.claim.id
        for event in events
        if isinstance(event, ClaimDecided) and event.verdict is Verdict.VIOLATED
    ] == []


@pytest.mark.parametrize(("schema", "reason"), REFUSED_SCHEMAS.values(), ids=REFUSED_SCHEMAS)
def test_refused_fields(schema: str, reason: str, tmp_path: Path) -> None:
    """A field that no mark fits is refused when the contract is loaded, with its position."""
    with pytest.raises(ContractError) as caught:
        load_items_contract(tmp_path, schema)
    (problem,) = caught.value.problems
    assert "the field /name of item cannot carry a mark" in problem.message
    assert reason in problem.message
    assert problem.pointer == "/x-resources/item/mark"
    assert problem.line is not None


def test_missing_field(tmp_path: Path) -> None:
    """A mark field that the body of the create operation lacks is refused."""
    with pytest.raises(ContractError, match="has no property /meta/label"):
        load_items_contract(
            tmp_path, "{type: object, properties: {title: {type: string}}}", "/meta/label"
        )


def test_nested_field(tmp_path: Path) -> None:
    """A nested field carries the mark in every created item, and the run leaves nothing behind."""
    schema = (
        "{type: object, required: [title], properties: {title: {type: string}, size: {type:"
        " integer}}}"
    )
    contract = load_items_contract(tmp_path, schema, "/meta/title")
    exchanges = []
    target = create_embedded_target(contract)
    shared_target = Target(url=target.url, token=target.token, transport=target.transport)
    events = list(run_plan(plans.generate_plan(contract, "1"), shared_target, (), exchanges.append))
    created_bodies = [
        exchange.call.body
        for exchange in exchanges
        if exchange.call.operation == "createItem" and exchange.succeeded
    ]
    assert created_bodies
    assert [
        body
        for body in created_bodies
        if not str(pointers.get_at_pointer(body, "/meta/title")).startswith("conf")
    ] == []
    assert [
        event.claim.id
        for event in events
        if isinstance(event, ClaimDecided) and event.verdict is Verdict.VIOLATED
    ] == []
    assert isinstance(events[-1], RunFinished)
    assert (events[-1].leftovers, events[-1].incomplete_lists) == ((), ())


@pytest.mark.parametrize("schema", ACCEPTED_SCHEMAS.values(), ids=ACCEPTED_SCHEMAS)
def test_planned_bodies_are_valid(schema: str, tmp_path: Path) -> None:
    """The bodies of a plan that carry a mark are valid with any mark."""
    contract = load_items_contract(tmp_path, schema)
    plan = plans.generate_plan(contract, "1")
    body_builder = create_body_builder(
        contract, contract.operations["createItem"], contract.resources[0], "seed"
    )
    calls = [
        step.call
        for task in plan.tasks
        if "refused" not in task.claim  # such bodies are invalid on purpose
        for step in itertools.chain(
            task.scenario.setup.steps if task.scenario.setup else (), task.scenario.steps
        )
        if step.call.operation == "createItem" and isinstance(step.call.body, dict)
    ]
    marked_calls = [
        call
        for call in calls
        if any(
            isinstance(placeholder, TextWithRunMark) for placeholder in find_placeholders(call.body)
        )
    ]
    assert marked_calls
    assert [
        call.body
        for call in marked_calls
        if not body_builder.is_valid(call.body) and "accepts" not in str(call)
    ] == []
    assert SAMPLE_MARK
