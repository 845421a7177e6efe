"""The field of the mark: which fields are refused when a contract is loaded, and which names fit
the others.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from conformance.checks.body_templates import create_body_builder
from conformance.checks.call import MarkedText, find_placeholders
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


def loaded(folder: Path, schema: str, mark: str = "/name") -> Contract:
    """Return the contract of items whose mark stands in a field of that schema."""
    text = (
        DOCUMENT.replace("SCHEMA", schema).replace("ROOT", mark.split("/")[1]).replace("MARK", mark)
    )
    (folder / "openapi.yaml").write_text(text)
    return loader.load_contract(str(folder))


FIT = {
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
REFUSED = {
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


@pytest.mark.parametrize("schema", FIT.values(), ids=FIT)
def test_names_fit(schema: str, tmp_path: Path) -> None:
    """Every name that a run gives fits the field, different names stay different, and a run accuses
    nobody.
    """
    contract = loaded(tmp_path, schema)
    resource = contract.resources[0]
    made = create_body_builder(contract, contract.operations["createItem"], resource, "seed")
    assert made.mark_field is not None
    asked = [
        *ITEM_NAMES,
        *SHORT_ITEM_NAMES,
        *(f"{{m}}-{word}" for word in ("item", "family-parent", "refused-3", "x" * 200)),
    ]
    fitted = {text: made.fit_mark_text(text) for text in asked}
    assert [text for text in fitted.values() if not made.mark_field.accepts(text)] == []
    assert len(set(get_names_of_named_items(made))) == len(ITEM_NAMES)
    decided = list(run_plan(plans.generate_plan(contract, "1"), create_embedded_target(contract)))
    assert [
        event.claim.id
        for event in decided
        if isinstance(event, ClaimDecided) and event.verdict is Verdict.VIOLATED
    ] == []


@pytest.mark.parametrize(("schema", "reason"), REFUSED.values(), ids=REFUSED)
def test_fields_that_are_refused(schema: str, reason: str, tmp_path: Path) -> None:
    """A field that no mark fits is refused when the contract is loaded, with its place."""
    with pytest.raises(ContractError) as caught:
        loaded(tmp_path, schema)
    (problem,) = caught.value.problems
    assert "the field /name of item cannot carry a mark" in problem.message
    assert reason in problem.message
    assert problem.pointer == "/x-resources/item/mark"
    assert problem.line is not None


def test_field_that_is_not_there(tmp_path: Path) -> None:
    """A mark in a field that the creation does not have is refused."""
    with pytest.raises(ContractError, match="has no property /meta/label"):
        loaded(tmp_path, "{type: object, properties: {title: {type: string}}}", "/meta/label")


def test_nested_field(tmp_path: Path) -> None:
    """A nested field carries the mark in everything that is created, and nothing of a run is
    left.
    """
    schema = (
        "{type: object, required: [title], properties: {title: {type: string}, size: {type:"
        " integer}}}"
    )
    contract = loaded(tmp_path, schema, "/meta/title")
    sent = []
    target = create_embedded_target(contract)
    shared = Target(url=target.url, token=target.token, transport=target.transport)
    events = list(run_plan(plans.generate_plan(contract, "1"), shared, (), sent.append))
    created = [
        one.call.body for one in sent if one.call.operation == "createItem" and one.succeeded
    ]
    assert created
    assert [
        body
        for body in created
        if not str(pointers.get_at_pointer(body, "/meta/title")).startswith("conf")
    ] == []
    assert [
        event.claim.id
        for event in events
        if isinstance(event, ClaimDecided) and event.verdict is Verdict.VIOLATED
    ] == []
    assert isinstance(events[-1], RunFinished)
    assert (events[-1].leftovers, events[-1].incomplete_lists) == ((), ())


@pytest.mark.parametrize("schema", FIT.values(), ids=FIT)
def test_what_a_plan_creates_is_valid(schema: str, tmp_path: Path) -> None:
    """The bodies of a plan that carry a mark are valid with any mark."""
    contract = loaded(tmp_path, schema)
    plan = plans.generate_plan(contract, "1")
    made = create_body_builder(
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
    marked = [
        call
        for call in calls
        if any(isinstance(one, MarkedText) for one in find_placeholders(call.body))
    ]
    assert marked
    assert [
        call.body for call in marked if not made.is_valid(call.body) and "accepts" not in str(call)
    ] == []
    assert SAMPLE_MARK
