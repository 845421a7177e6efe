"""One conversation over a line: fills placeholders, plays scripts, knows what it made and removes it.

Every conversation has a mark of its own, so that several can go on at once and each finds only its own things.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from conformance.checks.body import bodies
from conformance.checks.call import Call, Credential, Fixture, Marked, Other, Placeholder, Ref, Sent, filled, placeholders
from conformance.checks.exchange import Exchange, Trace
from conformance.checks.script import Move, Script, Stage, Step, Walk
from conformance.contract import pointer as pointers
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Location
from conformance.contract.pointer import MISSING
from conformance.contract.resource import Resource
from conformance.suite import walking
from conformance.suite.ledger import Ledger
from conformance.suite.line import Heard, Line, Unavailable, unheard
from conformance.suite.mark import new_mark, numbered
from conformance.suite.target import Target, parameter

RESENT = 3  # times that a creation is sent again whose answer was lost


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


@dataclass(slots=True)
class Played:
    """What the moves of a script or a stage have brought so far."""

    exchanges: dict[str, tuple[Exchange, ...]] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    unfounded: set[str] = field(default_factory=set)
    cut: set[str] = field(default_factory=set)
    restless: set[str] = field(default_factory=set)

    def trace(self) -> Trace:
        """Return it as a judge is given it."""
        return Trace(
            exchanges=dict(self.exchanges),
            skipped=dict(self.skipped),
            unfounded=frozenset(self.unfounded),
            cut=frozenset(self.cut),
            restless=frozenset(self.restless),
        )

    def copy(self) -> Played:
        """Return one that can be added to."""
        return Played(dict(self.exchanges), dict(self.skipped), set(self.unfounded), set(self.cut), set(self.restless))

    def recalled(self, names: Mapping[str, str]) -> Played:
        """Return one that holds some of the moves only, each under another name."""
        return Played(
            {name: self.exchanges[step] for name, step in names.items() if step in self.exchanges},
            {name: self.skipped[step] for name, step in names.items() if step in self.skipped},
            set(self.unfounded),
            {name for name, step in names.items() if step in self.cut},
            {name for name, step in names.items() if step in self.restless},
        )


class Session:
    """A conversation. `heard` is called with every exchange. Use it as a context manager: what is left at the end is removed then.

    Without a `line` it opens one of its own.
    """

    def __init__(
        self,
        contract: Contract,
        target: Target,
        *,
        heard: Heard = unheard,
        mark: str | None = None,
        line: Line | None = None,
        tap: Heard = unheard,
        stage: tuple[Made, ...] = (),
        patient: bool = False,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.line = line or Line(contract, target, tap=tap, sleep=sleep, clock=clock)
        self._own = line is None
        self.contract, self.target, self.heard = contract, target, heard
        self.mark = mark or new_mark()
        self.made: list[Made] = []
        self.abandoned: list[Made] = []
        self.requests = 0
        self._stage = stage
        self._patience = target.settle if patient else 0.0
        self._wrote = bool(stage)
        self._lock = threading.Lock()

    @property
    def ledger(self) -> Ledger:
        """Return the ledger of the line."""
        return self.line.ledger

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *error: object) -> None:
        try:
            self.remove()
        finally:
            if self._own:
                self.line.close()

    def another(self, heard: Heard | None = None) -> Session:
        """Return another conversation of the same run over the same line, with a mark that no other has."""
        mark = numbered(self.mark, self.line.number())
        return Session(self.contract, self.target, heard=heard or self.heard, mark=mark, line=self.line)

    def under(self, contract: Contract, heard: Heard) -> Session:
        """Return another conversation of the same run, under another edition of the contract."""
        return Session(contract, self.target, heard=heard, mark=numbered(self.mark, self.line.number()), line=self.line.under(contract))

    def alike(self, patient: bool = False) -> Session:
        """Return a conversation with the same mark, about the same stage. A `patient` one waits after each write until reads must show it."""
        return Session(self.contract, self.target, heard=self.heard, mark=self.mark, line=self.line, stage=(*self._stage, *self.made), patient=patient)

    def set(self, stage: Stage) -> Played:
        """Make what a stage holds; what does not depend on its order at once."""
        played = Played()
        self.line.each(lambda step: self._move(step, played), stage.steps if stage.unordered else ())
        for step in () if stage.unordered else stage.steps:
            self._move(step, played)
        played.exchanges = {step.name: played.exchanges[step.name] for step in stage.steps if step.name in played.exchanges}
        return played

    def play(self, script: Script, stage: Played | None = None) -> Trace:
        """Return what the moves of a script bring back; those of its stage are part of the trace."""
        played = Played() if stage is None else stage.recalled(script.recall) if script.recall else stage.copy()
        if script.exclusive and not self.target.exclusive:
            reason = "it makes something that cannot carry the mark of the run: only on a target that nobody else uses"
            played.skipped.update({move.name: reason for move in script.steps})
            return played.trace()
        if script.stock and self.target.stock:
            target = replace(self.target, transport=self.target.stock(script.stock), stock=None)
            with Session(self.contract, target, heard=self.heard, mark=self.mark, tap=self.line.tap, sleep=self.line.sleep, clock=self.line.clock) as other:
                trace = other.play(script)
            self.requests += other.requests
            self.line.pace.requests += other.requests
            return trace
        for move in script.steps:
            self._move(move, played)
        return played.trace()

    def greet(self) -> None:
        """Find out whether any plain request succeeds: a list, else a creation. Where none does, no refusal means anything."""
        at_home = not self.contract.resources
        for resource in self.contract.resources:
            calls = [Call(operation=resource.list)] if resource.list else []
            if resource.create and self.contract.operations[resource.create].body and not self.target.read_only:
                seed = bodies(self.contract, self.contract.operations[resource.create], resource, "greeting")
                calls.append(Call(operation=resource.create, body=seed.minimal("{m}-greeting")))
            for call in calls:
                played = Played()
                self._move(Step(name="greeting", call=call), played)
                if any(exchange.succeeded for exchange in played.exchanges.get("greeting", ())):
                    at_home = True
                    break
        self.line.known.at_home = at_home
        self.remove()

    @property
    def at_home(self) -> bool:
        """Tell whether the target has let a plain request through."""
        return self.line.known.at_home

    def takes_more(self) -> bool:
        """Tell whether the target still creates a plain thing (there may be a limit, of which no document speaks)."""
        for creation in self.line.known.plain:
            played = Played()
            with self.another() as other:
                other._move(Step(name="control", call=creation), played)
            self.abandoned += other.abandoned
            return "control" in played.exchanges and played.exchanges["control"][-1].succeeded
        return True

    # Moves

    def _move(self, move: Move, played: Played) -> None:
        if isinstance(move, Step) and move.unless in played.exchanges and played.exchanges[move.unless][-1].succeeded:
            played.skipped[move.name] = f"{move.unless} succeeded"
            return
        try:
            call = self._filled(move.call, played)
            if isinstance(move, Walk):
                wanted = self._recalled(move.until, move.until.step, move.until.pointer, played) if move.until else MISSING
                walked = walking.walk(self.contract, move, call, wanted, self.send)
                played.exchanges[move.name] = walked.pages
                played.cut |= {move.name} if walked.cut else set()
                played.restless |= {move.name} if walked.restless else set()
            else:
                played.exchanges[move.name] = (self.send(move.name, call),)
                self._plainly(move.call, played.exchanges[move.name][-1])
        except Unavailable as reason:
            played.skipped[move.name] = str(reason)

    def _plainly(self, call: Call, exchange: Exchange) -> None:
        """Remember a creation that the target took and that depends on nothing else, to be tried again when a later one is refused."""
        created = any(one.create == call.operation for one in self.contract.resources) and exchange.succeeded and call.credential is Credential.DEFAULT
        if created and not self.line.known.plain and not any(isinstance(one, Ref | Sent) for one in placeholders(call)):
            self.line.known.plain.append(call)

    # Placeholders

    def _filled(self, call: Call, played: Played) -> Call:
        def fill(placeholder: Placeholder) -> Json:
            match placeholder:
                case Ref(step, pointer) | Sent(step, pointer):
                    return self._recalled(placeholder, step, pointer, played)
                case Marked():
                    return placeholder.plain if placeholder.plain is not None and self.target.exclusive else placeholder.under(self.mark)
                case Fixture(name, index, fallback):
                    known = self.target.fixtures.get(name, ())
                    if self.target.unchecked:
                        return fallback
                    if index < len(known):
                        return known[index]
                    played.unfounded.add(name)
                    return fallback
                case Other(name):
                    known = self.target.fixtures.get(name, ())
                    mine = str(parameter(self.contract, self.target, call.operation, name))
                    others = [one for one in known if str(one) != mine]
                    if not others:
                        raise Unavailable(f"it needs a second {name} that exists: give --fixture {name}=ID")
                    return others[0]

        if call.credential is Credential.SCOPED and call.scope not in self.target.scoped:
            raise Unavailable(f"it needs a token whose only scope is {call.scope}: give --scoped-token {call.scope}=TOKEN")
        if call.credential in (Credential.BARE, Credential.ELSEWISE) and self.target.token is None:
            raise Unavailable("it needs a token: give --token")
        arguments = filled(call.arguments, fill)
        for declared in self.contract.operations[call.operation].parameters:
            if declared.location is Location.PATH and declared.name not in arguments:
                value = parameter(self.contract, self.target, call.operation, declared.name)
                if value is None:
                    raise Unavailable(f"the path needs {declared.name}: give --param {declared.name}=VALUE")
                arguments[declared.name] = value
        return replace(call, arguments=arguments, body=call.body if call.body is MISSING else filled(call.body, fill))

    def _recalled(self, placeholder: Ref | Sent, step: str, pointer: str, played: Played) -> Json:
        if step not in played.exchanges:
            raise Unavailable(played.skipped.get(step, f"the step {step} was not sent"))
        exchange = played.exchanges[step][-1]
        value = pointers.get(exchange.call.body if isinstance(placeholder, Sent) else exchange.json, pointer)
        if value is MISSING or not (exchange.succeeded or isinstance(placeholder, Sent)):
            hint = f" (give --fixture {' --fixture '.join(f'{name}=…' for name in sorted(played.unfounded))})" if played.unfounded and exchange.refused else ""
            raise Unavailable(f"{step} was needed first, and failed: {exchange}{hint}")
        return value

    def parameter(self, operation: str, name: str) -> Json:
        """Return the value of a path parameter that the target, or the documented example, gives; None when neither does."""
        return parameter(self.contract, self.target, operation, name)

    # Sending

    def send(self, step: str, call: Call) -> Exchange:
        """Return the exchange of a call whose placeholders are filled. Raises Unavailable when it may not be sent."""
        operation = self.contract.operations[call.operation]
        if self.target.read_only and not operation.reads_only:
            raise Unavailable("it changes something, and the run may only read (--read-only)")
        creates = [one for one in self.contract.resources if one.create == call.operation]
        left = self.line.known.left + (self.line.pace.owed if self.line.known.deletes is not True else 0)
        if creates and left >= self.target.max_leftovers:
            raise Unavailable(f"the server lets nothing be deleted and {left} things are left there already: allow more with --max-leftovers")
        if not operation.reads_only:
            self._wrote = True
        elif self._wrote and self._patience:
            self.line.sleep(self._patience)
            self._wrote = False
        if not operation.reads_only and not creates:
            self._owned(call)
        entry = self._intended(creates[0], call) if creates else 0
        exchange = self._counted(step, call)
        for _ in range(RESENT if creates else 0):
            if exchange.response is not None or not self._undone(creates[0], call):
                break
            exchange = self._counted(step, call)
        if creates:
            self._created(creates[0], exchange, entry)
        self._deleted(exchange)
        self._seen(exchange)
        self.heard(exchange)
        return exchange

    def _counted(self, step: str, call: Call, closing: bool = False) -> Exchange:
        before = self.line.pace.requests
        exchange = self.line.send(step, call, closing)
        self.requests += max(1, self.line.pace.requests - before) if self._own else 1
        return exchange

    # What was made

    def _intended(self, resource: Resource, call: Call) -> int:
        name = pointers.get(call.body, resource.mark) if resource.mark else None
        return self.ledger.intend(self.mark, resource.name, call.arguments, name if isinstance(name, str) else None)

    def _undone(self, resource: Resource, call: Call) -> bool:
        """Remove what a creation made of which the answer was lost; returns False when it bears no name to find it by."""
        name = pointers.get(call.body, resource.mark or "")
        if not isinstance(name, str) or not name.startswith(self.mark) or resource.list is None or self.line.pace.down:
            return False
        known = {repr(one.identity) for one in (*self.made, *self._stage)}
        given = {p.name: call.arguments[p.name] for p in self.contract.operations[resource.list].parameters if p.location is Location.PATH}
        for text in walking.texts(self.contract, resource):
            asked = Call(operation=resource.list, arguments={**walking.narrowing(self.contract, resource, self.mark), **given, **text})
            for page in walking.walk(self.contract, Walk(name="lost", call=asked), asked, MISSING, self._closing).pages:
                held = pointers.get(page.json, resource.items)
                for item in held if isinstance(held, list) else ():
                    identity = pointers.get(item, resource.identity)
                    if pointers.get(item, resource.mark or "") == name and repr(identity) not in known and resource.delete:
                        self._counted("lost", Call(operation=resource.delete, arguments={**given, resource.key or "": identity}), closing=True)
        return True

    def _created(self, resource: Resource, exchange: Exchange, entry: int) -> None:
        if exchange.refused or (exchange.spoken is not None and exchange.spoken.reached == 0):
            self.ledger.strike(entry)
        elif exchange.succeeded:
            identity = pointers.get(exchange.json, resource.identity)
            if isinstance(identity, str | int) and not isinstance(identity, bool):
                self.ledger.made(entry, identity)
                self.made.append(
                    Made(entry=entry, resource=resource.name, identity=identity, creation=exchange, mark=self.mark, confirmed=self.target.exclusive)
                )
                self.line.pace.owe(1)
            else:
                self.line.known.doubts = True

    def _owned(self, call: Call) -> None:
        """Raise Unavailable unless the thing that a call would change, where we made it, is surely ours: a wrong answer may have named another's."""
        for one in (*self.made, *self._stage):
            resource = self.contract.resource(one.resource)
            if call.operation in resource.on_items and str(call.arguments.get(resource.key or "")) == str(one.identity) and not self.confirm(one):
                raise Unavailable(f"{one.identity!r}, which {one.creation} answered, cannot be seen to be what was made: it is left alone")

    def confirm(self, one: Made, patience: float | None = None) -> bool:
        """Return whether a read shows the thing under our mark; a read is sent unless an earlier one has shown it, again for `patience` seconds."""
        patience = self.target.settle if patience is None else patience
        resource = self.contract.resource(one.resource)
        if one.confirmed or one.strange or resource.mark is None or not (resource.read or resource.list):
            return not one.strange
        if resource.read and resource.key:
            named = self.named(one, resource.read)
            self._seen(self._counted("confirm", Call(operation=resource.read, arguments=named), True))
        if not one.confirmed and not one.strange and resource.list:
            self._confirm_in_list(resource, one, one.identity)
        if not one.confirmed and not one.strange and patience > 0:
            self.line.sleep(min(patience, 0.2))
            return self.confirm(one, patience - 0.2)
        return one.confirmed

    def _confirm_in_list(self, resource: Resource, one: Made, wanted: Json) -> None:
        """Read the list of the parent of a thing, narrowed to our mark where it can be, up to the identity `wanted`."""
        for text in walking.texts(self.contract, resource):
            arguments = {**walking.narrowing(self.contract, resource, one.mark), **self.parents(one, resource.list or ""), **text}
            call = Call(operation=resource.list or "", arguments=arguments)
            for page in walking.walk(self.contract, Walk(name="confirm", call=call), call, wanted, self._closing).pages:
                self._seen(page)

    def _closing(self, step: str, call: Call) -> Exchange:
        return self._counted(step, call, closing=True)

    def _seen(self, exchange: Exchange) -> None:
        """Learn from an answer which of our things were seen under our mark, and which bear another's name."""
        if not exchange.succeeded or not (self.made or self._stage):
            return
        for resource in self.contract.resources:
            if resource.mark is None or exchange.call.operation not in (resource.read, resource.list):
                continue
            held = pointers.get(exchange.json, resource.items) if exchange.call.operation == resource.list else [exchange.json]
            waiting = {repr(one.identity): one for one in (*self.made, *self._stage) if one.resource == resource.name and not one.confirmed}
            for item in held if isinstance(held, list) and waiting else ():
                one = waiting.get(repr(pointers.get(item, resource.identity)))
                name = pointers.get(item, resource.mark)
                if one is None or not isinstance(name, str) or not self._beside(one, exchange.call):
                    continue
                if name.startswith(one.mark):
                    one.confirmed = True
                    self.ledger.confirm(one.entry)
                else:
                    one.strange = not self._sent_name(one, name)

    def _sent_name(self, one: Made, name: str) -> bool:
        """Tell whether a thing bears the name that its creation sent, without the mark in front."""
        sent = pointers.get(one.creation.call.body, self.contract.resource(one.resource).mark or "")
        return bool(sent == name)

    def _deleted(self, exchange: Exchange) -> None:
        for resource in self.contract.resources:
            if exchange.call.operation == resource.delete and exchange.succeeded and resource.key:
                self.line.known.deletes = True
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
        self.ledger.strike(one.entry)
        self.line.pace.owe(-1)

    # Removing

    def remove(self) -> None:
        """Remove what this session made, the newest first; what cannot be removed is abandoned, to be reported."""
        if len(self.made) > 2:
            self._confirm_all()
        self.line.each(self._remove, self.made[::-1])
        for one in self.made[::-1]:  # what others referred to may go once those are gone
            self._remove(one)
        for one in self.made[::-1]:
            self.made.remove(one)
            self.line.known.left += 1
            self.abandoned.append(one)
            self.line.pace.owe(-1)

    def _remove(self, one: Made) -> None:
        if self._removed(one):
            self._struck(one)

    def _confirm_all(self) -> None:
        """Read the lists in which what was made should be, rather than every thing by itself."""
        for resource in self.contract.resources:
            mine = [one for one in self.made if one.resource == resource.name and not one.confirmed]
            if len(mine) > 2 and resource.list and resource.mark:
                with contextlib.suppress(Unavailable):  # each is then tried by itself, and says so
                    self._confirm_in_list(resource, mine[0], MISSING)

    def _removed(self, one: Made) -> bool:
        resource = self.contract.resource(one.resource)
        if resource.delete is None or resource.key is None or (self.line.known.deletes is None and self.line.known.stuck >= 3):
            return False
        try:
            if not self.confirm(one):
                return False
            for switches in ([], [switch.on for switch in resource.switches]):
                for id in [*switches, resource.delete]:
                    exchange = self._counted("remove", Call(operation=id, arguments=self.named(one, id)), True)
                if exchange.succeeded:
                    self.line.known.deletes = True
                    return True
                if self.line.known.deletes and exchange.response and exchange.response.status in (404, 410):
                    return True
                if not resource.switches:
                    break
        except Unavailable:
            return False
        self.line.known.stuck += 1
        return False

    def parents(self, one: Made, operation: str) -> dict[str, Json]:
        """Return the arguments of a thing's creation that another operation has too: those that name its parent."""
        declared = self.contract.operations[operation].parameters
        given = one.creation.call.arguments
        return {p.name: given[p.name] for p in declared if p.location is Location.PATH and p.name in given}

    def named(self, one: Made, operation: str) -> dict[str, Json]:
        """Return the arguments by which an operation names a thing."""
        return {**self.parents(one, operation), self.contract.resource(one.resource).key or "": one.identity}
