"""Where the items of one resource stand, and how they are found, kept and shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Operation, properties
from conformance.contract.pointer import MISSING, get, tokens
from conformance.contract.resource import Resource
from conformance.mock.call import Call
from conformance.mock.message import encode
from conformance.mock.moment import Calendar
from conformance.mock.refusal import Refusal
from conformance.mock.sample import flat, item_schema, types
from conformance.mock.state import Collection, Item, State

CHANGED = ("update", "modif", "change", "edit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The items of a resource. `shown` are the properties that answers hold (None: all), `written`
    those that bodies may set.
    """

    resource: Resource
    schema: Json
    shown: frozenset[str] | None
    written: frozenset[str]
    calendar: Calendar

    def collection(self, state: State, call: Call) -> Collection:
        """Return the collection that a call is about."""
        return state.collection(self.resource.name, self.parent(call))

    def parent(self, call: Call) -> str:
        """Return the parent that a call names, empty for a resource without one."""
        parent = self.resource.parent
        return str(call.path[parent.parameter]) if parent else ""

    def key(self, call: Call) -> str:
        """Return the identity that a call names, as text."""
        return str(call.path[self.resource.key or ""])

    def find(self, state: State, call: Call) -> Item:
        """Return the item that a call names; raises Refusal when there is none."""
        found = self.collection(state, call).items.get(self.key(call))
        if found is None:
            raise Refusal(
                self.resource.unknown,
                f"there is no {self.resource.name} {self.key(call)}",
                unknown=self.resource.key,
            )
        return found

    def put(self, state: State, call: Call, value: Json) -> Item:
        """Store a value under its own identity and return its item."""
        one = self.item(value)
        self.collection(state, call).put(str(get(value, self.resource.identity)), one)
        return one

    def item(self, value: Json) -> Item:
        """Return the item of a value, with the text that answers show."""
        return Item(
            value,
            encode(
                value
                if self.shown is None
                else {name: part for name, part in value.items() if name in self.shown}
            ),
        )


Store = Callable[[State, Call, Json], Item]


def shelf(contract: Contract, resource: Resource) -> Shelf:
    """Return the shelf of a resource."""
    schema = described(contract, resource)
    declared = schema.get("properties", {})
    written = frozenset(
        name
        for id in (resource.create, resource.replace, resource.change)
        if id
        for name in _body(contract, contract.operations[id])
    )
    return Shelf(
        resource=resource,
        schema=schema,
        shown=None if not declared or written <= declared.keys() else frozenset(declared),
        written=written,
        calendar=_calendar(contract, declared, written),
    )


def described(contract: Contract, resource: Resource) -> Json:
    """Return the schema of an item: that of the list, else what reading or creating one answers."""
    if resource.list:
        listed = item_schema(
            contract.document,
            contract.operations[resource.list].success.schema,
            tokens(resource.items),
        )
        if listed is not MISSING and "items" in listed:
            return flat(contract.document, listed["items"])
    single = next((id for id in (resource.read, resource.change, resource.create) if id), None)
    return flat(contract.document, contract.operations[single].success.schema) if single else {}


def _body(contract: Contract, operation: Operation) -> dict[str, tuple[Json, str | None]]:
    return properties(contract.document, operation.body.schema) if operation.body else {}


def _calendar(contract: Contract, declared: Json, written: frozenset[str]) -> Calendar:
    nodes = {
        name: flat(contract.document, node)
        for name, node in declared.items()
        if name not in written
    }
    dates = [
        name
        for name, node in nodes.items()
        if node.get("format") == "date-time" and "string" in types(node)
    ]
    changed = tuple(name for name in dates if any(word in name.lower() for word in CHANGED))
    # a nullable date that is no change (deletedAt, archivedAt) is not the birth of anything
    created = tuple(
        name for name in dates if name not in changed and "null" not in types(nodes[name])
    )
    return Calendar(created=created, changed=changed)
