"""The client before the mock: whatever is done through it, both agree on what there is."""

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
from .emitted import client_of, load
from .properties import contract_schema, plain


class Agreement(RuleBasedStateMachine):
    """Creates, reads, changes, switches and deletes through the client; keeps what must be there by
    the contract alone.
    """

    name = "push-express"

    @initialize()
    def begin(self) -> None:
        self.contract: Contract = load(self.name)
        self.module = client_of(self.name)
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
        self.things: dict[Json, dict[str, Json]] = {}
        self.gone: list[Json] = []

    def ask(
        self, id: str, thing: Json = None, body: Json = None, iterate: bool = False, **more: Json
    ) -> Any:
        described = self.module.operations.OPERATIONS[id]
        key = (
            {self.resource.id_parameter: thing}
            if thing is not None and self.resource.id_parameter
            else {}
        )
        method = getattr(
            getattr(self.client, described.group),
            described.iterator_name if iterate else described.name,
        )
        return method(**described.build_keyword_arguments({**self.parent, **key, **more}, body))

    def body(self, data: st.DataObject, id: str) -> dict[str, Json]:
        drawn = data.draw(
            values.of(self.contract.document, self.contract.operations[id].body.schema)
        )
        return {**drawn, **self._known(drawn)}

    def _known(self, drawn: dict[str, Json]) -> dict[str, Json]:
        """Return fields that refer to other things, with ids that exist."""
        known = collect_example_reference_ids(self.contract)
        kept = {
            one.body_pointer[1:]: one
            for one in self.contract.body_references
            if one.body_pointer[1:] in drawn and drawn[one.body_pointer[1:]]
        }
        found = {}
        for name, one in kept.items():
            ids = list(known.get(one.name, ()))
            found[name] = ids if isinstance(drawn[name], list) else next(iter(self.things), None)
        return found

    @rule(data=st.data())
    def create(self, data: st.DataObject) -> None:
        body = self.body(data, self.resource.create)
        made = plain(self.ask(self.resource.create, body=body))
        identity = get_at_pointer(made, self.resource.identity_pointer)
        assert identity not in self.things
        self.things[identity] = {
            **body,
            **{switch.field[1:]: False for switch in self.resource.switches},
        }

    @precondition(lambda self: self.things)
    @rule(data=st.data())
    def alter(self, data: st.DataObject) -> None:
        id = data.draw(
            st.sampled_from([one for one in (self.resource.replace, self.resource.change) if one])
        )
        thing = data.draw(st.sampled_from(list(self.things)))
        body = {name: value for name, value in self.body(data, id).items() if value != thing}
        self.ask(id, thing, body)
        self.things[thing] = {**self.things[thing], **body}

    @precondition(lambda self: self.things and self.resource.switches)
    @rule(data=st.data())
    def switch(self, data: st.DataObject) -> None:
        thing, switch, on = (
            data.draw(st.sampled_from(list(self.things))),
            data.draw(st.sampled_from(self.resource.switches)),
            data.draw(st.booleans()),
        )
        self.ask(switch.on if on else switch.off, thing)
        self.things[thing][switch.field[1:]] = on

    @precondition(lambda self: self.things)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        thing = data.draw(st.sampled_from(list(self.things)))
        self.ask(self.resource.delete, thing)
        del self.things[thing]
        self.gone.append(thing)

    @precondition(lambda self: self.gone)
    @rule()
    def miss(self) -> None:
        with pytest.raises(self.module.NotFound):
            self.ask(self.resource.read, self.gone[-1])

    @invariant()
    def both_agree(self) -> None:
        if not hasattr(self, "things"):
            return
        listed = [
            get_at_pointer(plain(item), self.resource.identity_pointer) for item in self._all()
        ]
        assert sorted(map(str, listed)) == sorted(map(str, self.things))
        for thing, expected in self.things.items():
            read = plain(self.ask(self.resource.read, thing))
            assert read == self._raw(thing)
            opened = {one.field[1:] for one in self.resource.unspecified_fields}
            assert {
                name: read.get(name)
                for name in expected
                if name not in opened and expected[name] is not None
            } == {
                name: value
                for name, value in expected.items()
                if name not in opened and value is not None
            }

    def _all(self) -> list[Any]:
        operation = self.contract.operations[self.resource.list]
        states = [
            parameter
            for parameter in operation.parameters
            if contract_schema(self.contract, parameter.schema).get("type") == "boolean"
        ]
        if states and self.resource.switches:
            return [
                item
                for on in (True, False)
                for item in self.ask(self.resource.list, iterate=True, **{states[0].name: on})
            ]
        return list(self.ask(self.resource.list, iterate=True))

    def _raw(self, thing: Json) -> Json:
        operation = self.contract.operations[self.resource.read]
        path = operation.path
        for name, value in {**self.parent, self.resource.id_parameter: thing}.items():
            path = path.replace("{" + name + "}", str(value))
        answer = self.mock.respond(
            self.transport.state,
            build_mock_request(
                "GET", self.mock.base_path + path, {"authorization": "Bearer mock-token"}
            ),
        )
        return json.loads(answer.body)


@pytest.mark.parametrize("name", ["push-express", "losant", "toy"])
def test_client_and_mock_agree(name: str, seeds: list[str]) -> None:
    """After any sequence of operations the client sees what the mock holds and what the contract
    makes of them.
    """
    machine = type(f"Agreement_{name}", (Agreement,), {"name": name})
    many = 6 if len(seeds) == 1 else 20 * len(seeds)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=many,
            stateful_step_count=12,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
