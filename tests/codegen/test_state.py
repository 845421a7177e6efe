"""Stateful tests of a client against the mock: after any operations, both have the same items."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.pointer import get_at_pointer
from conformance.contract.resource import Resource
from conformance.embedded import build_embedded_mock_config, collect_example_reference_ids
from conformance.mock.message import build_mock_request
from conformance.mock.mock import Mock
from conformance.mock.transport import Transport

from . import values
from .emitted import get_client_package, load
from .properties import resolve_schema, to_json


class Agreement(RuleBasedStateMachine):
    """Creates, reads, changes, switches and deletes items through the client, and tracks the items
    that must exist by the contract alone.
    """

    name = "push-express"

    @initialize()
    def set_up(self) -> None:
        self.contract: Contract = load(self.name)
        self.module = get_client_package(self.name)
        self.mock = Mock(self.contract, build_embedded_mock_config(self.contract))
        self.transport = Transport(self.mock)
        self.client = self.module.Client(
            "mock-token", http_client=httpx.Client(transport=self.transport), retries=None
        )
        self.resource: Resource = self.contract.resources[0]
        self.parent: dict[str, Json] = (
            {
                self.resource.parent.parameter: (
                    build_embedded_mock_config(self.contract).parents[
                        self.resource.parent.parameter
                    ][0]
                )
            }
            if self.resource.parent
            else {}
        )
        self.expected_items: dict[Json, dict[str, Json]] = {}
        self.deleted_ids: list[Json] = []

    def call_operation(
        self,
        id: str,
        item_id: Json = None,
        body: Json = None,
        iterate: bool = False,
        **extra_arguments: Json,
    ) -> Any:
        operation = self.module.operations.OPERATIONS[id]
        id_argument = (
            {self.resource.id_parameter: item_id}
            if item_id is not None and self.resource.id_parameter
            else {}
        )
        method = getattr(
            getattr(self.client, operation.group),
            operation.iterator_name if iterate else operation.name,
        )
        return method(
            **operation.build_keyword_arguments(
                {**self.parent, **id_argument, **extra_arguments}, body
            )
        )

    def draw_body(self, data: st.DataObject, id: str) -> dict[str, Json]:
        drawn = data.draw(
            values.build_value_strategy(
                self.contract.document, self.contract.operations[id].body.schema.node
            )
        )
        return {**drawn, **self._build_references(drawn)}

    def _build_references(self, drawn: dict[str, Json]) -> dict[str, Json]:
        """Return the fields that refer to other items, with existing ids."""
        ids_by_reference = collect_example_reference_ids(self.contract)
        references = {
            reference.body_pointer[1:]: reference
            for reference in self.contract.body_references
            if reference.body_pointer[1:] in drawn and drawn[reference.body_pointer[1:]]
        }
        fields = {}
        for name, reference in references.items():
            ids = list(ids_by_reference.get(reference.name, ()))
            fields[name] = (
                ids if isinstance(drawn[name], list) else next(iter(self.expected_items), None)
            )
        return fields

    @rule(data=st.data())
    def create(self, data: st.DataObject) -> None:
        body = self.draw_body(data, self.resource.create)
        created = to_json(self.call_operation(self.resource.create, body=body))
        identity = get_at_pointer(created, self.resource.identity_pointer)
        assert identity not in self.expected_items
        self.expected_items[identity] = {
            **body,
            **{switch.field[1:]: False for switch in self.resource.switches},
        }

    @precondition(lambda self: self.expected_items)
    @rule(data=st.data())
    def update(self, data: st.DataObject) -> None:
        operation_id = data.draw(
            st.sampled_from(
                [
                    operation_id
                    for operation_id in (self.resource.replace, self.resource.change)
                    if operation_id
                ]
            )
        )
        item_id = data.draw(st.sampled_from(list(self.expected_items)))
        body = {
            name: value
            for name, value in self.draw_body(data, operation_id).items()
            if value != item_id
        }
        self.call_operation(operation_id, item_id, body)
        self.expected_items[item_id] = {**self.expected_items[item_id], **body}

    @precondition(lambda self: self.expected_items and self.resource.switches)
    @rule(data=st.data())
    def switch(self, data: st.DataObject) -> None:
        item_id, switch, on = (
            data.draw(st.sampled_from(list(self.expected_items))),
            data.draw(st.sampled_from(self.resource.switches)),
            data.draw(st.booleans()),
        )
        self.call_operation(switch.on if on else switch.off, item_id)
        self.expected_items[item_id][switch.field[1:]] = on

    @precondition(lambda self: self.expected_items)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        item_id = data.draw(st.sampled_from(list(self.expected_items)))
        self.call_operation(self.resource.delete, item_id)
        del self.expected_items[item_id]
        self.deleted_ids.append(item_id)

    @precondition(lambda self: self.deleted_ids)
    @rule()
    def read_deleted_item(self) -> None:
        with pytest.raises(self.module.NotFound):
            self.call_operation(self.resource.read, self.deleted_ids[-1])

    @invariant()
    def check_agreement(self) -> None:
        if not hasattr(self, "expected_items"):
            return
        listed_ids = [
            get_at_pointer(to_json(item), self.resource.identity_pointer)
            for item in self._list_all_items()
        ]
        assert sorted(map(str, listed_ids)) == sorted(map(str, self.expected_items))
        for item_id, expected in self.expected_items.items():
            read_item = to_json(self.call_operation(self.resource.read, item_id))
            assert read_item == self._read_from_mock(item_id)
            unspecified_names = {
                unspecified.field[1:] for unspecified in self.resource.unspecified_fields
            }
            assert {
                name: read_item.get(name)
                for name in expected
                if name not in unspecified_names and expected[name] is not None
            } == {
                name: value
                for name, value in expected.items()
                if name not in unspecified_names and value is not None
            }

    def _list_all_items(self) -> list[Any]:
        operation = self.contract.operations[self.resource.list]
        state_parameters = [
            parameter
            for parameter in operation.parameters
            if resolve_schema(self.contract, parameter.schema.node).get("type") == "boolean"
        ]
        if state_parameters and self.resource.switches:
            return [
                item
                for on in (True, False)
                for item in self.call_operation(
                    self.resource.list, iterate=True, **{state_parameters[0].name: on}
                )
            ]
        return list(self.call_operation(self.resource.list, iterate=True))

    def _read_from_mock(self, item_id: Json) -> Json:
        operation = self.contract.operations[self.resource.read]
        path = operation.path
        for name, value in {**self.parent, self.resource.id_parameter: item_id}.items():
            path = path.replace("{" + name + "}", str(value))
        response = self.mock.respond(
            self.transport.state,
            build_mock_request(
                "GET", self.mock.base_path + path, {"authorization": "Bearer mock-token"}
            ),
        )
        return json.loads(response.body)


@pytest.mark.parametrize("name", ["push-express", "losant", "toy"])
def test_client_and_mock_agree(name: str, seeds: list[str]) -> None:
    """After any sequence of operations the client returns what the mock stores and what the
    contract specifies.
    """
    machine = type(f"Agreement_{name}", (Agreement,), {"name": name})
    max_examples = 6 if len(seeds) == 1 else 20 * len(seeds)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=max_examples,
            stateful_step_count=12,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
