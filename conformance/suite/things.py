"""What a session created: written down before, seen under its own mark before each change, and
deleted at the end.
"""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from conformance.checks.call import Call
from conformance.checks.exchange import Exchange, Request
from conformance.checks.script import Walk
from conformance.contract import mark as marks
from conformance.contract import pointer as pointers
from conformance.contract.json import Json
from conformance.contract.operation import Location
from conformance.contract.pointer import MISSING
from conformance.contract.resource import Resource
from conformance.suite import walking
from conformance.suite.line import Line, Unavailable
from conformance.suite.masking import masked
from conformance.suite.target import Target

FRESH = 1.0  # seconds for which a read shows what an item is, if nothing else was sent since
NO_REQUEST = Request(method="", url="", headers={}, body=None)
NOT_LOOKED_AT = (401, 403, 408, 425, 429)  # refusals that say nothing of whether an item exists


@dataclass(slots=True, kw_only=True)
class Made:
    """An item that this session created: the number of its entry in the ledger, and the exchange of
    the creation.

    `names` are what the field of its mark was sent as, and what answers to that have shown. `seen`
    tells by which request of which session, and when, it was last seen under its mark and one of
    these names. `strange`: what has this identity bears another name. `absent`: when it was last
    looked for, it was not there.
    """

    entry: int
    resource: str
    identity: Json
    creation: Exchange
    mark: str
    names: list[Json] = field(default_factory=list)
    seen: tuple[int, int, float] | None = None
    strange: bool = False
    deletion_sent: bool = False
    absent: bool = False


_numbers = itertools.count()


class Things:
    """The items of one session. `send` sends a call, given the name of the step and whether it is
    sent in closing.

    Requests in closing may exceed the run's limits. `stage` are items that another session created,
    of which this one only notes what was seen.
    """

    def __init__(
        self,
        line: Line,
        target: Target,
        mark: str,
        stage: tuple[Made, ...],
        send: Callable[[str, Call, bool, Callable[[], object]], Exchange],
    ) -> None:
        self._line, self._contract, self._target = line, line.contract, target
        self._mark, self._stage, self._sender = mark, stage, send
        self.made: list[Made] = []
        self.abandoned: list[Made] = []
        self.requests = 0
        self._number = next(_numbers)
        self._lock = threading.Lock()

    @property
    def all(self) -> tuple[Made, ...]:
        """Return the stage's items and those created since."""
        return (*self._stage, *self.made)

    def _send(
        self,
        step: str,
        call: Call,
        closing: bool = True,
        again: Callable[[], object] = lambda: None,
    ) -> Exchange:
        return self._sender(step, call, closing, again)

    # Creating

    def marked(self, resource: Resource, call: Call) -> bool:
        """Tell whether what a creation creates would carry the mark of this session."""
        if call.text is not None:
            return self._mark in call.text
        value = pointers.get(call.body, resource.mark) if resource.mark else MISSING
        if call.body is not MISSING and not isinstance(call.body, dict):  # a body that is no object
            return resource.mark is not None and self._mark in json.dumps(call.body)
        return isinstance(value, str) and marks.carries(value, self._mark, self._target.exclusive)

    def intended(self, resource: Resource, call: Call) -> int:
        """Write down that an item is about to be created; returns the number of its entry in the
        ledger.
        """
        name = self._sent_name(resource, call)
        name = name if isinstance(name, str) else None
        return self._line.ledger.intend(self._mark, resource.name, call.arguments, name)

    def _sent_name(self, resource: Resource, call: Call) -> Json:
        """Return what a call sends as the field of the mark."""
        body = call.body
        if call.text is not None:
            try:
                body = json.loads(call.text)
            except (ValueError, RecursionError):
                return MISSING
        return pointers.get(body, resource.mark) if resource.mark else MISSING

    def created(self, resource: Resource, exchange: Exchange, entry: int) -> None:
        """Take in what a creation brought."""
        if exchange.refused or (exchange.spoken is not None and exchange.spoken.reached == 0):
            self._line.ledger.strike(entry)
        elif exchange.succeeded:
            identity = plain(pointers.get(exchange.json, resource.identity))
            if identity is None:
                self._line.known.unplaced.append(entry)
                return
            if not self._secret(identity):
                self._line.ledger.made(entry, identity)
            one = Made(
                entry=entry,
                resource=resource.name,
                identity=identity,
                creation=exchange,
                mark=self._mark,
            )
            self._named(one, self._sent_name(resource, exchange.call))
            self._named(
                one, pointers.get(exchange.json, resource.mark) if resource.mark else MISSING
            )
            self.made.append(one)
            self._line.pace.owe(1)

    def _named(self, one: Made, name: Json) -> None:
        """Note what an item may be called from now on."""
        if name is not MISSING and name not in one.names:
            one.names.append(name)
            kept = [known for known in one.names if not self._secret(known)]
            self._line.ledger.named(one.entry, kept)

    def _secret(self, value: Json) -> bool:
        """Tell whether a value that a server has sent holds a secret: it is not kept on disk
        then.
        """
        text = value if isinstance(value, str) else json.dumps(value)
        return masked(text, self._target.secrets) != text

    def renamed(self, exchange: Exchange) -> None:
        """Note what the answer to a change calls one of our items."""
        resource = self._contract.resource_of(exchange.call.operation)
        if resource is None or resource.mark is None or not exchange.succeeded:
            return
        if exchange.call.operation in (resource.replace, resource.change):
            shown = pointers.get(exchange.json, resource.mark)
            same = plain(pointers.get(exchange.json, resource.identity))
            for one in self.all:
                if self._names(one, exchange.call) and str(same) == str(one.identity):
                    self._named(one, shown)

    # Seeing

    def check(self, call: Call) -> None:
        """Raise Unavailable unless a call that changes something surely touches only what is ours,
        or nothing.

        The item that it names must just have been seen under our mark; an identity that we did not
        create must be refused when it is read. On a target that nobody else uses, everything is
        ours.
        """
        if self._target.exclusive:
            return
        resource = self._contract.resource_of(call.operation)
        if resource is None or call.operation not in resource.on_items or resource.key is None:
            text = (
                f"{call.operation} changes something, and it is not known what: only with"
                " --exclusive"
            )
            raise Unavailable(text)
        for one in self.all:
            if one.resource == resource.name and self._names(one, call):
                if not self._fresh(one) and not self.confirm(one):
                    text = (
                        f"{one.identity!r}, which {one.creation} answered, cannot be seen to be"
                        " what was created"
                    )
                    raise Unavailable(f"{text}: it is left alone")
                self._named(one, self._sent_name(resource, call))
                return
        if not self._free(resource, call):
            identity = call.arguments.get(resource.key)
            text = (
                f"{identity!r} was not created by this run, and may be somebody's: {call.operation}"
                " is not sent"
            )
            raise Unavailable(f"{text} there (only with --exclusive)")

    def undone(self, resource: Resource, call: Call) -> bool:
        """Delete what a creation created of which the answer was lost; False when no name tells
        which that is.
        """
        name = pointers.get(call.body, resource.mark or "")
        if not isinstance(name, str) or not marks.carries(name, self._mark) or self._line.pace.down:
            return False
        if resource.list is None or resource.delete is None:
            return False
        known = {str(one.identity) for one in self.all}
        declared = self._contract.operations[resource.list].parameters
        given = {p.name: call.arguments[p.name] for p in declared if p.location is Location.PATH}
        nothing = Exchange(step="lost", call=call, request=NO_REQUEST, response=None)
        for text in walking.texts(self._contract, resource):
            narrowed = walking.narrowing(self._contract, resource, self._mark)
            asked = Call(operation=resource.list, arguments={**narrowed, **given, **text})
            walk = Walk(name="lost", call=asked)
            for page in walking.walk(
                self._contract,
                walk,
                asked,
                MISSING,
                self._closing,
                self._line.pace.may_turn_page,
                True,
            ).pages:
                held = pointers.get(page.json, resource.items)
                for item in held if isinstance(held, list) else ():
                    identity = plain(pointers.get(item, resource.identity))
                    if (
                        pointers.get(item, resource.mark or "") == name
                        and str(identity) not in known
                    ):
                        lost = {
                            "entry": 0,
                            "resource": resource.name,
                            "identity": identity,
                            "mark": self._mark,
                        }
                        self._gone(Made(**lost, creation=nothing))  # type: ignore[arg-type]
        return True

    def _names(self, one: Made, call: Call) -> bool:
        """Tell whether a call is about an item: it has its identity, under its parent."""
        key = self._contract.resource(one.resource).key or ""
        return str(call.arguments.get(key)) == str(one.identity) and self._beside(one, call)

    def _fresh(self, one: Made) -> bool:
        """Tell whether the last request of this session has shown the item under its mark, just
        now.
        """
        if one.seen is None or one.strange or one.seen[:2] != (self._number, self.requests):
            return False
        return self._line.clock() - one.seen[2] < FRESH

    def _free(self, resource: Resource, call: Call) -> bool:
        """Tell whether nothing on the server has the identity that a call names."""
        identity = call.arguments.get(resource.key or "")
        if resource.read:
            declared = self._contract.operations[resource.read].parameters
            named = {p.name: call.arguments[p.name] for p in declared if p.name in call.arguments}
            answer = self._send("free", Call(operation=resource.read, arguments=named))
            return (
                answer.refused
                and answer.response is not None
                and answer.response.status not in NOT_LOOKED_AT
            )
        if resource.list is None:
            return False
        declared = self._contract.operations[resource.list].parameters
        parents = {p.name: call.arguments[p.name] for p in declared if p.name in call.arguments}
        for text in walking.texts(self._contract, resource):
            asked = Call(operation=resource.list, arguments={**parents, **text})
            walked = walking.walk(
                self._contract,
                Walk(name="free", call=asked),
                asked,
                identity,
                self._closing,
                self._line.pace.may_turn_page,
                True,
            )
            if walking.unseen(self._contract, resource.list, walked) is not None:
                return False
            for page in walked.pages:
                held = pointers.get(page.json, resource.items)
                if any(
                    str(pointers.get(item, resource.identity)) == str(identity) for item in held
                ):
                    return False
        return True

    def confirm(self, one: Made, patience: float | None = None) -> bool:
        """Return whether a read shows the item under its mark now; again for `patience` seconds
        while it does not.
        """
        patience = self._target.settle if patience is None else patience
        resource = self._contract.resource(one.resource)
        if one.strange:
            return False
        if resource.mark is None or not (resource.read or resource.list):
            return self._target.exclusive
        one.seen, one.absent = None, False
        if resource.read and resource.key:
            call = Call(operation=resource.read, arguments=self.named(one, resource.read))
            answer = self._send("confirm", call)
            self.seen(answer)
            one.absent = answer.response is not None and answer.response.status in (404, 410)
        if not one.seen and not one.strange and resource.list:
            whole = self._confirm_in_list(resource, one)
            one.absent = not one.seen and (one.absent or (whole and not resource.read))
        if not one.seen and not one.strange and patience > 0:
            self._line.sleep(min(patience, 0.2))
            return self.confirm(one, patience - 0.2)
        return bool(one.seen) and not one.strange

    def _confirm_in_list(self, resource: Resource, one: Made) -> bool:
        """Read the list of the parent of an item, narrowed to our mark where it can be, up to the
        item; returns whether the list was read to its end.
        """
        whole = True
        for text in walking.texts(self._contract, resource):
            narrowed = walking.narrowing(self._contract, resource, one.mark)
            arguments = {**narrowed, **self.parents(one, resource.list or ""), **text}
            call = Call(operation=resource.list or "", arguments=arguments)
            walk = Walk(name="confirm", call=call)
            turn = self._line.pace.may_turn_page
            walked = walking.walk(
                self._contract, walk, call, one.identity, self._closing, turn, True
            )
            whole &= walking.unseen(self._contract, call.operation, walked) is None
            for page in walked.pages:
                self.seen(page)
        return whole

    def _closing(self, step: str, call: Call) -> Exchange:
        return self._send(step, call, True)

    def seen(self, exchange: Exchange) -> None:
        """Learn from an answer which of our items were seen under our mark, and which bear
        another's name.
        """
        if not exchange.succeeded or not (self.made or self._stage):
            return
        for resource in self._contract.resources:
            if resource.mark is None or exchange.call.operation not in (
                resource.read,
                resource.list,
            ):
                continue
            listed = exchange.call.operation == resource.list
            held = pointers.get(exchange.json, resource.items) if listed else [exchange.json]
            ours = {str(one.identity): one for one in self.all if one.resource == resource.name}
            for item in held if isinstance(held, list) and ours else ():
                one = ours.get(str(plain(pointers.get(item, resource.identity))))
                name = pointers.get(item, resource.mark)
                if one is None or not self._beside(one, exchange.call):
                    continue
                if self._ours(one, name):
                    if one.seen is None:
                        self._line.ledger.confirm(one.entry)
                    one.seen = (self._number, self.requests, self._line.clock())
                elif isinstance(name, str):
                    one.strange = True

    def _ours(self, one: Made, name: Json) -> bool:
        """Tell whether an item of this name is what we created: it has our mark and a name that
        we know.
        """
        if name not in one.names:
            return False
        if self._target.exclusive:
            return True
        return (
            marks.carries(name, one.mark) if isinstance(name, str) else one.mark in json.dumps(name)
        )

    def _beside(self, one: Made, call: Call) -> bool:
        """Tell whether a call is about the parent in which an item was created: identities may be
        unique only there.
        """
        given = self.parents(one, call.operation)
        return all(str(call.arguments.get(name)) == str(value) for name, value in given.items())

    # Deleting

    def deleted(self, exchange: Exchange) -> None:
        """Learn from an answer which of our items are no more."""
        for resource in self._contract.resources:
            if exchange.call.operation == resource.delete and exchange.succeeded and resource.key:
                self._line.known.deletes = True
                for one in [one for one in self.made if one.resource == resource.name]:
                    if self._names(one, exchange.call):
                        self._struck(one)

    def _struck(self, one: Made) -> None:
        with self._lock:
            self.made.remove(one)
        self._line.ledger.strike(one.entry)
        self._line.pace.owe(-1)

    def remove(self) -> None:
        """Delete what this session created, the newest first; what cannot be deleted is abandoned,
        to be reported.
        """
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

    def _gone(self, one: Made) -> bool:
        resource = self._contract.resource(one.resource)
        if resource.delete is None or resource.key is None:
            return False
        if self._line.known.deletes is None and self._line.known.stuck >= 3:
            return False
        try:
            for switches in ([], [switch.on for switch in resource.switches]):
                for id in [*switches, resource.delete]:
                    self._sure(one)
                    one.deletion_sent |= id == resource.delete
                    call = Call(operation=id, arguments=self.named(one, id))
                    exchange = self._send("remove", call, again=partial(self._sure, one))
                if one.absent:  # its answer was lost, and it was carried out
                    return True
                if exchange.succeeded:
                    self._line.known.deletes = True
                    return True
                if (
                    self._line.known.deletes
                    and exchange.response
                    and exchange.response.status in (404, 410)
                ):
                    return True
                if not resource.switches:
                    break
        except Unavailable:
            return one.deletion_sent and one.absent
        self._line.known.stuck += 1
        return False

    def _sure(self, one: Made) -> None:
        """Raise Unavailable unless a read shows an item to be ours now."""
        if not self._target.exclusive and not self.confirm(one):
            raise Unavailable(f"{one.identity!r} cannot be seen to be what was created")

    def parents(self, one: Made, operation: str) -> dict[str, Json]:
        """Return the arguments of an item's creation that another operation has too: those that
        name its parent.
        """
        declared = self._contract.operations[operation].parameters
        given = one.creation.call.arguments
        return {
            p.name: given[p.name]
            for p in declared
            if p.location is Location.PATH and p.name in given
        }

    def named(self, one: Made, operation: str) -> dict[str, Json]:
        """Return the arguments by which an operation names an item."""
        return {
            **self.parents(one, operation),
            self._contract.resource(one.resource).key or "": one.identity,
        }


def plain(identity: Json) -> str | int | None:
    """Return an identity as it is sent, also where it was written 7.0; None for what can be
    none.
    """
    if isinstance(identity, bool) or not isinstance(identity, str | int | float):
        return None
    if isinstance(identity, float):
        return int(identity) if identity.is_integer() else None
    return identity
