"""What a session made: written down before, seen under its own mark before it is touched again, and removed at the end."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass

from conformance.checks.call import Call
from conformance.checks.exchange import Exchange
from conformance.checks.script import Walk
from conformance.contract import pointer as pointers
from conformance.contract.json import Json
from conformance.contract.operation import Location
from conformance.contract.pointer import MISSING
from conformance.contract.resource import Resource
from conformance.suite import walking
from conformance.suite.line import Line, Unavailable
from conformance.suite.target import Target


@dataclass(slots=True, kw_only=True)
class Made:
    """A thing that this session made: the number of its entry in the ledger, and the creation that made it."""

    entry: int
    resource: str
    identity: Json
    creation: Exchange
    mark: str
    confirmed: bool = False
    strange: bool = False


class Things:
    """The things of one session. `send` sends a call, given the name of the step and whether it is sent in closing (then it may exceed the run's limits).

    `stage` are things that another session made, of which this one only looks after what was seen.
    """

    def __init__(self, line: Line, target: Target, mark: str, stage: tuple[Made, ...], send: Callable[[str, Call, bool], Exchange]) -> None:
        self._line, self._contract, self._target, self._mark, self._stage, self._send = line, line.contract, target, mark, stage, send
        self.made: list[Made] = []
        self.abandoned: list[Made] = []
        self._lock = threading.Lock()

    @property
    def all(self) -> tuple[Made, ...]:
        """Return the stage's things and those made since."""
        return (*self._stage, *self.made)

    def intended(self, resource: Resource, call: Call) -> int:
        """Write down that a thing is about to be made; returns the number of its entry in the ledger."""
        name = pointers.get(call.body, resource.mark) if resource.mark else None
        return self._line.ledger.intend(self._mark, resource.name, call.arguments, name if isinstance(name, str) else None)

    def undone(self, resource: Resource, call: Call) -> bool:
        """Remove what a creation made of which the answer was lost; returns False when it bears no name to find it by."""
        name = pointers.get(call.body, resource.mark or "")
        if not isinstance(name, str) or not name.startswith(self._mark) or resource.list is None or self._line.pace.down:
            return False
        known = {repr(one.identity) for one in self.all}
        given = {p.name: call.arguments[p.name] for p in self._contract.operations[resource.list].parameters if p.location is Location.PATH}
        for text in walking.texts(self._contract, resource):
            asked = Call(operation=resource.list, arguments={**walking.narrowing(self._contract, resource, self._mark), **given, **text})
            for page in walking.walk(self._contract, Walk(name="lost", call=asked), asked, MISSING, self._closing).pages:
                held = pointers.get(page.json, resource.items)
                for item in held if isinstance(held, list) else ():
                    identity = pointers.get(item, resource.identity)
                    if pointers.get(item, resource.mark or "") == name and repr(identity) not in known and resource.delete:
                        self._send("lost", Call(operation=resource.delete, arguments={**given, resource.key or "": identity}), True)
        return True

    def created(self, resource: Resource, exchange: Exchange, entry: int) -> None:
        """Take in what a creation brought."""
        if exchange.refused or (exchange.spoken is not None and exchange.spoken.reached == 0):
            self._line.ledger.strike(entry)
        elif exchange.succeeded:
            identity = pointers.get(exchange.json, resource.identity)
            if isinstance(identity, str | int) and not isinstance(identity, bool):
                self._line.ledger.made(entry, identity)
                self.made.append(
                    Made(entry=entry, resource=resource.name, identity=identity, creation=exchange, mark=self._mark, confirmed=self._target.exclusive)
                )
                self._line.pace.owe(1)
            else:
                self._line.known.doubts = True

    def check(self, call: Call) -> None:
        """Raise Unavailable unless the thing that a call would change, where we made it, is surely ours: a wrong answer may have named another's."""
        for one in self.all:
            resource = self._contract.resource(one.resource)
            if call.operation in resource.on_items and str(call.arguments.get(resource.key or "")) == str(one.identity) and not self.confirm(one):
                raise Unavailable(f"{one.identity!r}, which {one.creation} answered, cannot be seen to be what was made: it is left alone")

    def confirm(self, one: Made, patience: float | None = None) -> bool:
        """Return whether a read shows the thing under our mark; a read is sent unless an earlier one has shown it, again for `patience` seconds."""
        patience = self._target.settle if patience is None else patience
        resource = self._contract.resource(one.resource)
        if one.confirmed or one.strange or resource.mark is None or not (resource.read or resource.list):
            return not one.strange
        if resource.read and resource.key:
            named = self.named(one, resource.read)
            self.seen(self._send("confirm", Call(operation=resource.read, arguments=named), True))
        if not one.confirmed and not one.strange and resource.list:
            self._confirm_in_list(resource, one, one.identity)
        if not one.confirmed and not one.strange and patience > 0:
            self._line.sleep(min(patience, 0.2))
            return self.confirm(one, patience - 0.2)
        return one.confirmed

    def _confirm_in_list(self, resource: Resource, one: Made, wanted: Json) -> None:
        """Read the list of the parent of a thing, narrowed to our mark where it can be, up to the identity `wanted`."""
        for text in walking.texts(self._contract, resource):
            arguments = {**walking.narrowing(self._contract, resource, one.mark), **self.parents(one, resource.list or ""), **text}
            call = Call(operation=resource.list or "", arguments=arguments)
            for page in walking.walk(self._contract, Walk(name="confirm", call=call), call, wanted, self._closing).pages:
                self.seen(page)

    def _closing(self, step: str, call: Call) -> Exchange:
        return self._send(step, call, True)

    def seen(self, exchange: Exchange) -> None:
        """Learn from an answer which of our things were seen under our mark, and which bear another's name."""
        if not exchange.succeeded or not (self.made or self._stage):
            return
        for resource in self._contract.resources:
            if resource.mark is None or exchange.call.operation not in (resource.read, resource.list):
                continue
            held = pointers.get(exchange.json, resource.items) if exchange.call.operation == resource.list else [exchange.json]
            waiting = {repr(one.identity): one for one in self.all if one.resource == resource.name and not one.confirmed}
            for item in held if isinstance(held, list) and waiting else ():
                one = waiting.get(repr(pointers.get(item, resource.identity)))
                name = pointers.get(item, resource.mark)
                if one is None or not isinstance(name, str) or not self._beside(one, exchange.call):
                    continue
                if name.startswith(one.mark):
                    one.confirmed = True
                    self._line.ledger.confirm(one.entry)
                else:
                    one.strange = not self._sent_name(one, name)

    def _sent_name(self, one: Made, name: str) -> bool:
        """Tell whether a thing bears the name that its creation sent, without the mark in front."""
        sent = pointers.get(one.creation.call.body, self._contract.resource(one.resource).mark or "")
        return bool(sent == name)

    def deleted(self, exchange: Exchange) -> None:
        """Learn from an answer which of our things are no more."""
        for resource in self._contract.resources:
            if exchange.call.operation == resource.delete and exchange.succeeded and resource.key:
                self._line.known.deletes = True
                gone = str(exchange.call.arguments.get(resource.key))
                for one in [one for one in self.made if one.resource == resource.name and str(one.identity) == gone]:
                    if self._beside(one, exchange.call):
                        self._struck(one)

    def _beside(self, one: Made, call: Call) -> bool:
        """Tell whether a call is about the parent in which a thing was made: identities may be unique only there."""
        return all(str(call.arguments.get(name)) == str(value) for name, value in self.parents(one, call.operation).items())

    def _struck(self, one: Made) -> None:
        with self._lock:
            self.made.remove(one)
        self._line.ledger.strike(one.entry)
        self._line.pace.owe(-1)

    def remove(self) -> None:
        """Remove what this session made, the newest first; what cannot be removed is abandoned, to be reported."""
        if len(self.made) > 2:
            self._confirm_all()
        self._line.each(self._remove, self.made[::-1])
        for one in self.made[::-1]:  # what others referred to may go once those are gone
            self._remove(one)
        for one in self.made[::-1]:
            self.made.remove(one)
            self._line.known.left += 1
            self.abandoned.append(one)
            self._line.pace.owe(-1)

    def _remove(self, one: Made) -> None:
        if self._gone(one):
            self._struck(one)

    def _confirm_all(self) -> None:
        """Read the lists in which what was made should be, rather than every thing by itself."""
        for resource in self._contract.resources:
            mine = [one for one in self.made if one.resource == resource.name and not one.confirmed]
            if len(mine) > 2 and resource.list and resource.mark:
                with contextlib.suppress(Unavailable):  # each is then tried by itself, and says so
                    self._confirm_in_list(resource, mine[0], MISSING)

    def _gone(self, one: Made) -> bool:
        resource = self._contract.resource(one.resource)
        if resource.delete is None or resource.key is None or (self._line.known.deletes is None and self._line.known.stuck >= 3):
            return False
        try:
            if not self.confirm(one):
                return False
            for switches in ([], [switch.on for switch in resource.switches]):
                for id in [*switches, resource.delete]:
                    exchange = self._send("remove", Call(operation=id, arguments=self.named(one, id)), True)
                if exchange.succeeded:
                    self._line.known.deletes = True
                    return True
                if self._line.known.deletes and exchange.response and exchange.response.status in (404, 410):
                    return True
                if not resource.switches:
                    break
        except Unavailable:
            return False
        self._line.known.stuck += 1
        return False

    def parents(self, one: Made, operation: str) -> dict[str, Json]:
        """Return the arguments of a thing's creation that another operation has too: those that name its parent."""
        declared = self._contract.operations[operation].parameters
        given = one.creation.call.arguments
        return {p.name: given[p.name] for p in declared if p.location is Location.PATH and p.name in given}

    def named(self, one: Made, operation: str) -> dict[str, Json]:
        """Return the arguments by which an operation names a thing."""
        return {**self.parents(one, operation), self._contract.resource(one.resource).key or "": one.identity}
