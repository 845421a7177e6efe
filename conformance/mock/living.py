"""What operations do to the items of a resource: create, read, replace, change, switch, delete."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.contract.json import Json
from conformance.contract.living import Way
from conformance.contract.pointer import MISSING, get, put
from conformance.contract.resource import Switch
from conformance.mock.call import Call
from conformance.mock.field import lay, way
from conformance.mock.message import Response
from conformance.mock.moment import Clock, stamp
from conformance.mock.shelf import Shelf, Store
from conformance.mock.state import Item, State

Show = Callable[[Item], Response]
Revise = Callable[[Json, Call], Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Creating:
    """Makes a new item of what was sent. `make` returns its whole value, `store` keeps it, `show`
    answers.
    """

    shelf: Shelf
    make: Callable[[State, Call], Json]
    store: Store
    show: Show

    def __call__(self, state: State, call: Call) -> Response:
        """Create an item."""
        value = self.make(state, call)
        self.store(state, call, value)
        return self.show(self.shelf.item(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """Composes new items: identity (`given`: the one that was sent, if any), parent, dates,
    switches (off), what was sent, defaults.
    """

    shelf: Shelf
    issue: Callable[[int], Json]
    blank: Json
    defaults: Json
    clock: Clock
    given: bool = False

    def __call__(self, state: State, call: Call) -> Json:
        """Return the value of a new item."""
        resource, calendar = self.shelf.resource, self.shelf.calendar
        state.serial += 1
        value = {
            **self.blank,
            **self.defaults,
            **(call.body if isinstance(call.body, dict) else {}),
        }
        sent = get(call.body, resource.identity) if self.given else MISSING
        identity = (
            self.issue(state.serial)
            if sent is MISSING or isinstance(sent, dict | list | bool | None)
            else sent
        )
        for pointer in (resource.identity, *resource.same):
            value = _with(value, pointer, identity)
        if resource.parent and resource.parent.field:
            value = _with(value, resource.parent.field, call.path[resource.parent.parameter])
        if calendar.created or calendar.changed:
            moment = stamp(state, self.clock)
            value.update(dict.fromkeys((*calendar.created, *calendar.changed), moment))
        return value


def _with(value: Json, pointer: str, new: Json) -> Json:
    # what lies deeper may be shared with other items
    return lay(value, pointer, new) if len(way(pointer)) == 1 else put(value, pointer, new)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Shows one item."""

    shelf: Shelf
    find: Callable[[State, Call], Item]
    show: Show

    def __call__(self, state: State, call: Call) -> Response:
        """Read an item."""
        return self.show(self.find(state, call))


@dataclass(frozen=True, slots=True, kw_only=True)
class Revising:
    """Makes a new value of an item's old one. `revise` returns the very same value when there is
    nothing to do: then no date moves.
    """

    shelf: Shelf
    revise: Revise
    store: Store
    show: Show
    clock: Clock

    def __call__(self, state: State, call: Call) -> Response:
        """Replace, change or switch an item."""
        found = self.shelf.find(state, call)
        value = self.revise(found.value, call)
        if value is found.value:
            return self.show(found)
        if changed := self.shelf.calendar.changed:
            value = {**value, **dict.fromkeys(changed, stamp(state, self.clock))}
        return self.show(self.store(state, call, value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleting:
    """Removes an item."""

    shelf: Shelf
    drop: Callable[[State, Call], None]
    answer: Response

    def __call__(self, state: State, call: Call) -> Response:
        """Delete an item."""
        self.shelf.find(state, call)
        self.drop(state, call)
        return self.answer


def drop(shelf: Shelf) -> Callable[[State, Call], None]:
    """Return a function that removes the item that a call names."""
    return lambda state, call: shelf.collection(state, call).drop(shelf.key(call))


def replaced(written: frozenset[str], defaults: Json) -> Revise:
    """Return the revision by which what was sent takes the place of all that can be written."""

    def revise(value: Json, call: Call) -> Json:
        return {
            **{name: part for name, part in value.items() if name not in written},
            **defaults,
            **(call.body if isinstance(call.body, dict) else {}),
        }

    return revise


def changed(value: Json, call: Call) -> Json:
    """Return the value with the properties that were sent put over it."""
    return {**value, **(call.body if isinstance(call.body, dict) else {})}


def switched(switch: Switch, way: Way) -> Revise:
    """Return the revision that sets or clears the field of a switch."""
    wanted = way is Way.ON
    return lambda value, call: (
        value if get(value, switch.field) is wanted else put(value, switch.field, wanted)
    )
