"""One conversation over a line: fills placeholders, plays scripts, knows what it made and removes
it.

Every conversation has a mark of its own, so that several can go on at once and each finds only its
own things.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from conformance.checks.body import bodies
from conformance.checks.call import (
    Call,
    Credential,
    Fixture,
    Marked,
    Other,
    Placeholder,
    Ref,
    Sent,
    filled,
    placeholders,
)
from conformance.checks.exchange import Exchange, Trace
from conformance.checks.script import Move, Script, Stage, Step, Walk
from conformance.contract import pointer as pointers
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.mark import numbered
from conformance.contract.operation import Location
from conformance.contract.pointer import MISSING
from conformance.contract.resource import Resource
from conformance.suite import walking
from conformance.suite.line import Heard, Line, Unavailable, unheard
from conformance.suite.mark import new_mark
from conformance.suite.played import Played
from conformance.suite.target import Target, parameter
from conformance.suite.things import Made, Things

RESENT = 3  # times that a creation is sent again whose answer was lost


class Session:
    """A conversation. `heard` is called with every exchange. Use it as a context manager: what is
    left at the end is removed then.

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
        self.things = Things(self.line, target, self.mark, stage, self._counted)
        self.requests = 0
        self._patience = target.settle if patient else 0.0
        self._wrote = bool(stage)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *error: object) -> None:
        try:
            self.things.remove()
        finally:
            if self._own:
                self.line.close()

    def another(self, heard: Heard | None = None, patient: bool = False) -> Session:
        """Return another conversation of the same run over the same line, with a mark that no other
        has.
        """
        mark = numbered(self.mark, self.line.number())
        return Session(
            self.contract,
            self.target,
            heard=heard or self.heard,
            mark=mark,
            line=self.line,
            patient=patient,
        )

    def under(self, contract: Contract, heard: Heard) -> Session:
        """Return another conversation of the same run, under another edition of the contract."""
        return Session(
            contract,
            self.target,
            heard=heard,
            mark=numbered(self.mark, self.line.number()),
            line=self.line.under(contract),
        )

    def alike(self, patient: bool = False) -> Session:
        """Return a conversation with the same mark, about the same stage. A `patient` one waits
        after each write until reads must show it.
        """
        return Session(
            self.contract,
            self.target,
            heard=self.heard,
            mark=self.mark,
            line=self.line,
            stage=self.things.all,
            patient=patient,
        )

    def set(self, stage: Stage) -> Played:
        """Make what a stage holds; what does not depend on its order at once."""
        played = Played()
        self.line.each(
            lambda step: self._move(step, played), stage.steps if stage.unordered else ()
        )
        for step in () if stage.unordered else stage.steps:
            self._move(step, played)
        played.exchanges = {
            step.name: played.exchanges[step.name]
            for step in stage.steps
            if step.name in played.exchanges
        }
        return played

    def play(self, script: Script, stage: Played | None = None) -> Trace:
        """Return what the moves of a script bring back; those of its stage are part of the
        trace.
        """
        played = (
            Played()
            if stage is None
            else stage.recalled(script.recall)
            if script.recall
            else stage.copy()
        )
        if script.exclusive and not self.target.exclusive:
            reason = (
                "it makes something that cannot carry the mark of the run: only on a target that"
                " nobody else uses"
            )
            played.skipped.update({move.name: reason for move in script.steps})
            return played.trace()
        if script.stock and self.target.stock:
            target = replace(self.target, transport=self.target.stock(script.stock), stock=None)
            with Session(
                self.contract,
                target,
                heard=self.heard,
                mark=self.mark,
                tap=self.line.tap,
                sleep=self.line.sleep,
                clock=self.line.clock,
            ) as other:
                trace = other.play(script)
            self.requests += other.requests
            self.line.pace.requests += other.requests
            return trace
        for move in script.steps:
            self._move(move, played)
        return played.trace()

    def greet(self, create: bool = True) -> None:
        """Find out whether any plain request succeeds: a list, else a creation (unless `create` is
        False).

        Where none does, no refusal means anything.
        """
        at_home = not self.contract.resources
        for resource in self.contract.resources:
            calls = [Call(operation=resource.list)] if resource.list else []
            if (
                resource.create
                and self.contract.operations[resource.create].body
                and create
                and not self.target.read_only
            ):
                seed = bodies(
                    self.contract, self.contract.operations[resource.create], resource, "greeting"
                )
                calls.append(Call(operation=resource.create, body=seed.minimal("{m}-greeting")))
            for call in calls:
                played = Played()
                self._move(Step(name="greeting", call=call), played)
                if any(exchange.succeeded for exchange in played.exchanges.get("greeting", ())):
                    at_home = True
                    break
        self.line.known.at_home = at_home
        self.things.remove()

    @property
    def at_home(self) -> bool:
        """Tell whether the target has let a plain request through."""
        return self.line.known.at_home

    def takes_more(self) -> bool:
        """Tell whether the target still creates a plain thing (there may be a limit, of which no
        document speaks).
        """
        for creation in self.line.known.plain:
            played = Played()
            with self.another() as other:
                other._move(Step(name="control", call=creation), played)
            self.things.abandoned += other.things.abandoned
            return "control" in played.exchanges and played.exchanges["control"][-1].succeeded
        return True

    # Moves

    def _move(self, move: Move, played: Played) -> None:
        if (
            isinstance(move, Step)
            and move.unless in played.exchanges
            and played.exchanges[move.unless][-1].succeeded
        ):
            played.skipped[move.name] = f"{move.unless} succeeded"
            return
        try:
            call = self._filled(move.call, played)
            if isinstance(move, Walk):
                wanted = (
                    self._recalled(move.until, move.until.step, move.until.pointer, played)
                    if move.until
                    else MISSING
                )
                walked = walking.walk(
                    self.contract, move, call, wanted, self.send, self.line.pace.may_turn_page
                )
                played.exchanges[move.name] = walked.pages
                played.cut |= {move.name} if walked.cut else set()
                played.restless |= {move.name} if walked.restless else set()
            else:
                played.exchanges[move.name] = (self.send(move.name, call),)
                self._plainly(move.call, played.exchanges[move.name][-1])
        except Unavailable as reason:
            played.skipped[move.name] = str(reason)

    def _plainly(self, call: Call, exchange: Exchange) -> None:
        """Remember a creation that the target took and that depends on nothing else, to be tried
        again when a later one is refused.
        """
        created = (
            any(one.create == call.operation for one in self.contract.resources)
            and exchange.succeeded
            and call.credential is Credential.DEFAULT
        )
        if (
            created
            and not self.line.known.plain
            and not any(isinstance(one, Ref | Sent) for one in placeholders(call))
        ):
            self.line.known.plain.append(call)

    # Placeholders

    def _filled(self, call: Call, played: Played) -> Call:
        def fill(placeholder: Placeholder) -> Json:
            match placeholder:
                case Ref(step, pointer) | Sent(step, pointer):
                    return self._recalled(placeholder, step, pointer, played)
                case Marked():
                    return (
                        placeholder.plain
                        if placeholder.plain is not None and self.target.exclusive
                        else placeholder.under(self.mark)
                    )
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
                        raise Unavailable(
                            f"it needs a second {name} that exists: give --fixture {name}=ID"
                        )
                    return others[0]

        if call.credential is Credential.SCOPED and call.scope not in self.target.scoped:
            raise Unavailable(
                f"it needs a token whose only scope is {call.scope}: give --scoped-token"
                f" {call.scope}=TOKEN"
            )
        if call.credential in (Credential.BARE, Credential.ELSEWISE) and self.target.token is None:
            raise Unavailable("it needs a token: give --token")
        arguments = filled(call.arguments, fill)
        for declared in self.contract.operations[call.operation].parameters:
            if declared.location is Location.PATH and declared.name not in arguments:
                value = parameter(self.contract, self.target, call.operation, declared.name)
                if value is None:
                    raise Unavailable(
                        f"the path needs {declared.name}: give --param {declared.name}=VALUE"
                    )
                arguments[declared.name] = value
        text = None if call.text is None else call.text.replace("{m}", self.mark)
        body = call.body if call.body is MISSING else filled(call.body, fill)
        return replace(call, arguments=arguments, body=body, text=text)

    def _recalled(self, placeholder: Ref | Sent, step: str, pointer: str, played: Played) -> Json:
        if step not in played.exchanges:
            raise Unavailable(played.skipped.get(step, f"the step {step} was not sent"))
        exchange = played.exchanges[step][-1]
        value = pointers.get(
            exchange.call.body if isinstance(placeholder, Sent) else exchange.json, pointer
        )
        if value is MISSING or not (exchange.succeeded or isinstance(placeholder, Sent)):
            hint = (
                " (give --fixture"
                f" {' --fixture '.join(f'{name}=…' for name in sorted(played.unfounded))})"
                if played.unfounded and exchange.refused
                else ""
            )
            raise Unavailable(f"{step} was needed first, and failed: {exchange}{hint}")
        return value

    def parameter(self, operation: str, name: str) -> Json:
        """Return the value of a path parameter that the target, or the documented example, gives;
        None when neither does.
        """
        return parameter(self.contract, self.target, operation, name)

    # Sending

    def send(self, step: str, call: Call) -> Exchange:
        """Return the exchange of a call whose placeholders are filled. Raises Unavailable when it
        may not be sent.
        """
        operation = self.contract.operations[call.operation]
        if self.target.read_only and not operation.reads_only:
            raise Unavailable("it changes something, and the run may only read (--read-only)")
        creates = [one for one in self.contract.resources if one.create == call.operation]
        left = self.line.known.left + (
            self.line.pace.owed if self.line.known.deletes is not True else 0
        )
        if creates and left >= self.target.max_leftovers:
            raise Unavailable(
                f"the server lets nothing be deleted and {left} things are left there already:"
                " allow more with --max-leftovers"
            )
        if not operation.reads_only:
            self._wrote = True
        elif self._wrote and self._patience:
            self.line.sleep(self._patience)
            self._wrote = False
        if creates and not self.target.exclusive and not self.things.marked(creates[0], call):
            raise Unavailable(
                "what it may create would not carry the mark of the run: only with --exclusive"
            )
        if creates:
            exchange = self._created(step, call, creates[0])
        elif operation.reads_only:
            exchange = self._counted(step, call)
        else:  # looked at before each repetition too: what was sent may have been carried out
            check = partial(self.things.check, call)
            check()
            exchange = self._counted(step, call, again=check)
        self.things.renamed(exchange)
        self.things.deleted(exchange)
        self.things.seen(exchange)
        self.heard(exchange)
        return exchange

    def _created(self, step: str, call: Call, resource: Resource) -> Exchange:
        """Return the exchange of a creation; every time that it is sent has an entry of its own in
        the ledger.
        """
        entries: list[int] = []

        def intend() -> None:
            entries.append(self.things.intended(resource, call))

        intend()
        exchange = self._counted(step, call, again=intend)
        for _ in range(RESENT):
            if exchange.response is not None or not self.things.undone(resource, call):
                break
            intend()
            exchange = self._counted(step, call, again=intend)
        self.things.created(resource, exchange, entries[-1])
        return exchange

    def closing(self, step: str, call: Call) -> Exchange:
        """Return the exchange of a call that only cleans up; it may exceed the limits of the
        run.
        """
        return self._counted(step, call, True)

    def _counted(
        self,
        step: str,
        call: Call,
        closing: bool = False,
        again: Callable[[], object] = lambda: None,
    ) -> Exchange:
        self.things.requests += 1
        before = self.line.pace.requests
        exchange = self.line.send(step, call, closing, again)
        self.requests += max(1, self.line.pace.requests - before) if self._own else 1
        return exchange
