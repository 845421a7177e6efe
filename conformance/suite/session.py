"""One conversation with a target: fills placeholders, sends, remembers what was made and removes it."""

from __future__ import annotations

import math
import secrets
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import httpx

from conformance.checks.body import bodies
from conformance.checks.call import Call, Credential, Fixture, Marked, Other, Placeholder, Ref, Sent, filled
from conformance.checks.exchange import Exchange, Request, Response, Trace
from conformance.checks.listing import largest, narrowed, paginates, states
from conformance.checks.script import Move, Script, Stage, Step, Walk
from conformance.contract import pointer as pointers
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Location
from conformance.contract.pointer import MISSING
from conformance.contract.resource import Resource
from conformance.suite import wire
from conformance.suite.ledger import Entry, Ledger
from conformance.suite.target import Target, parameter

TRANSIENT = (429, 502, 503, 504)
TRIES = 4
PATIENCE = 30.0  # seconds that one Retry-After may ask for


class Unavailable(Exception):
    """A step needs something that the target does not give; the text is the reason, for people."""


def new_mark(now: float | None = None) -> str:
    """Return the mark of a run: when it began, in seconds since 1970, and a random part that no other run has."""
    return f"conformance-{int(time.time() if now is None else now)}-{secrets.token_hex(3)}"


@dataclass(slots=True)
class Played:
    """What the moves of a script or a stage have brought so far."""

    exchanges: dict[str, tuple[Exchange, ...]] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    unfounded: set[str] = field(default_factory=set)
    cut: set[str] = field(default_factory=set)

    def trace(self) -> Trace:
        """Return it as a judge is given it."""
        return Trace(exchanges=dict(self.exchanges), skipped=dict(self.skipped), unfounded=frozenset(self.unfounded), cut=frozenset(self.cut))


class Session:
    """A target, open. Use it as a context manager: what is left at the end is removed then.

    `heard` is called with every exchange, `tap` also with those that were tried again and those that remove.
    """

    def __init__(
        self,
        contract: Contract,
        target: Target,
        *,
        heard: Callable[[Exchange], None] = lambda exchange: None,
        tap: Callable[[Exchange], None] = lambda exchange: None,
        mark: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.contract, self.target, self.heard, self.tap = contract, target, heard, tap
        self.mark = mark or new_mark()
        self.ledger = Ledger()
        self.requests = 0
        self._sleep, self._clock = sleep, clock
        self._secrets = target.secrets
        self._deletes: bool | None = None
        self._failures = 0
        self._plain: list[Call] = []
        self._doubts = False
        self.at_home = True
        verify: ssl.SSLContext | bool = ssl.create_default_context(cafile=target.ca) if target.ca else True
        options = {"transport": target.transport} if target.transport else {"verify": verify}
        # No environment: proxies and ~/.netrc would send the run, or someone else's credentials, elsewhere.
        self._client = httpx.Client(timeout=target.timeout, follow_redirects=False, trust_env=False, **options)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *error: object) -> None:
        try:
            self.remove(0)
        finally:
            self._client.close()

    def set(self, stage: Stage) -> Played:
        """Make what a stage holds."""
        played = Played()
        for step in stage.steps:
            self._move(step, played)
        return played

    def play(self, script: Script, stage: Played | None = None) -> Trace:
        """Return what the moves of a script bring back; those of its stage are part of the trace."""
        played = Played() if stage is None else Played(dict(stage.exchanges), dict(stage.skipped), set(stage.unfounded), set(stage.cut))
        if script.exclusive and not self.target.exclusive:
            reason = "it makes something that cannot carry the mark of the run: only on a target that nobody else uses"
            played.skipped.update({move.name: reason for move in script.steps})
            return played.trace()
        if script.stock and self.target.stock:
            target = replace(self.target, transport=self.target.stock(script.stock), stock=None)
            with Session(self.contract, target, heard=self.heard, tap=self.tap, mark=self.mark, sleep=self._sleep, clock=self._clock) as other:
                trace = other.play(script)
            self.requests += other.requests
            return trace
        for move in script.steps:
            self._move(move, played)
        return played.trace()

    def remove(self, since: int) -> None:
        """Remove what was made after the ledger held `since` entries; what cannot be removed is abandoned, to be reported."""
        for entry in self.ledger.since(since):
            if self._remove(entry):
                self.ledger.removed(entry)
            else:
                self.ledger.abandon(entry)

    def greet(self) -> None:
        """Find out whether any plain request succeeds: a list, else a creation. Where none does, no refusal means anything."""
        self.at_home = not self.contract.resources
        for resource in self.contract.resources:
            calls = [Call(operation=resource.list)] if resource.list else []
            if resource.create and self.contract.operations[resource.create].body:
                seed = bodies(self.contract, self.contract.operations[resource.create], resource, "greeting")
                calls.append(Call(operation=resource.create, body=seed.minimal("{m}-greeting")))
            for call in calls:
                played = Played()
                self._move(Step(name="greeting", call=call), played)
                if any(exchange.succeeded for exchange in played.exchanges.get("greeting", ())):
                    self.at_home = True
                    break
        self.remove(0)

    def sweep(self) -> None:
        """Remove what carries our mark and was never answered for: a creation whose answer was lost may have happened."""
        for resource in self.contract.resources if self._doubts else ():
            if resource.list is None or resource.mark is None:
                continue
            filtered = states(self.contract, resource.list)
            for text in filtered.values if filtered else (MISSING,):
                asked = {**narrowed(self.contract, resource), **({filtered.state: text} if filtered else {})}
                played = Played()
                self._move(Walk(name="sweep", call=Call(operation=resource.list, arguments=asked)), played)
                for page in played.exchanges.get("sweep", ()):
                    self._claim(resource, page)
        self.remove(0)

    def _claim(self, resource: Resource, page: Exchange) -> None:
        held = pointers.get(page.json, resource.items)
        for item in held if isinstance(held, list) else ():
            name, identity = pointers.get(item, resource.mark or ""), pointers.get(item, resource.identity)
            if isinstance(name, str) and name.startswith(self.mark) and isinstance(identity, str | int):
                self.ledger.add(Entry(resource=resource.name, identity=identity, creation=page))

    def takes_more(self) -> bool:
        """Tell whether the target still creates a plain thing (there may be a limit, of which no document speaks)."""
        for creation in self._plain:
            base = len(self.ledger.entries)
            exchange = self.send("control", creation)
            self.remove(base)
            return exchange.succeeded
        return True

    # Moves

    def _move(self, move: Move, played: Played) -> None:
        if isinstance(move, Step) and move.unless in played.exchanges and played.exchanges[move.unless][-1].succeeded:
            played.skipped[move.name] = f"{move.unless} succeeded"
            return
        try:
            call = self._filled(move.call, played)
            if isinstance(move, Walk):
                played.exchanges[move.name] = tuple(self._walk(move, call, played))
            else:
                played.exchanges[move.name] = (self.send(move.name, call),)
        except Unavailable as reason:
            played.skipped[move.name] = str(reason)

    def _walk(self, walk: Walk, call: Call, played: Played) -> list[Exchange]:
        paging = paginates(self.contract, call.operation)
        if paging is None:
            return [self.send(walk.name, call)]
        resource = self.contract.resource_of(call.operation)
        size = walk.size or largest(self.contract, call.operation)
        if walk.pages is not None:
            probe = self.send(walk.name, replace(call, arguments={**call.arguments, paging.page: paging.first, paging.size: size}))
            total = pointers.get(probe.json, paging.total or "")
            if probe.succeeded and isinstance(total, int) and total:
                size = max(2, min(size, math.ceil(total / walk.pages)))
        found: list[Exchange] = []
        wanted = self._recalled(walk.until, walk.until.step, walk.until.pointer, played) if walk.until else MISSING
        for number in range(paging.first, paging.first + walk.most):
            page = self.send(walk.name, replace(call, arguments={**call.arguments, paging.page: number, paging.size: size}))
            if found and page.refused:
                return found  # beyond the end: the documents do not say whether such a page is empty or refused
            found.append(page)
            held = pointers.get(page.json, resource.items) if resource else MISSING
            if not page.succeeded or not isinstance(held, list) or not held:
                return found
            if resource and wanted is not MISSING and any(pointers.get(item, resource.identity) == wanted for item in held):
                return found
            total = pointers.get(page.json, paging.total or "")
            if len(held) < size and not (isinstance(total, int) and (number - paging.first + 1) * size < total):
                return found
        played.cut.add(walk.name)
        return found

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
        if call.credential in (Credential.DEFAULT, Credential.BARE) and self.target.token is None and call.credential is Credential.BARE:
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

    # Sending

    def send(self, step: str, call: Call) -> Exchange:
        """Return the exchange of a call whose placeholders are filled; transient failures are tried again."""
        exchange = self._once(step, call)
        for number in range(1, TRIES):
            self._doubts |= exchange.response is None or exchange.response.status >= 500
            if not self._passing(exchange):
                break
            self._sleep(self._pause(exchange, number))
            exchange = self._once(step, call)
        self._record(exchange)
        self.heard(exchange)
        return exchange

    def _passing(self, exchange: Exchange) -> bool:
        if exchange.response is None:
            return bool(exchange.failure and exchange.failure.startswith("cannot connect"))
        return exchange.response.status in TRANSIENT

    def _pause(self, exchange: Exchange, number: int) -> float:
        asked = exchange.response.headers.get("retry-after", "") if exchange.response else ""
        return min(float(asked), PATIENCE) if asked.isdecimal() else float(0.05 * 4 ** (number - 1))

    def _once(self, step: str, call: Call) -> Exchange:
        if self.target.max_requests is not None and self.requests >= self.target.max_requests:
            raise Unavailable(f"the run may send no more than {self.target.max_requests} requests")
        if len(self.ledger.abandoned) >= self.target.max_leftovers and any(call.operation == one.create for one in self.contract.resources):
            left = len(self.ledger.abandoned)
            raise Unavailable(f"the server lets nothing be deleted and {left} things are left there already: allow more with --max-leftovers")
        self.requests += 1
        operation = self.contract.operations[call.operation]
        url, headers, body = wire.url(self.contract, self.target, call), wire.headers(self.contract, self.target, call), wire.content(call)
        shown = Request(
            method=operation.method,
            url=wire.masked(url, self._secrets),
            headers=wire.shown(headers, self.target),
            body=None if body is None else wire.masked(body, self._secrets),
        )
        started = self._clock()
        try:
            response = self._received(self._client.build_request(operation.method, url, headers=headers, content=None if body is None else body.encode()))
            failure = None
        except httpx.ConnectError as error:
            response, failure = None, f"cannot connect: {error}"
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, ssl.SSLError) as error:
            response, failure = None, f"{type(error).__name__}: {error}"
        exchange = Exchange(step=step, call=call, request=shown, response=response, failure=failure, elapsed=self._clock() - started)
        self.tap(exchange)
        return exchange

    def _received(self, request: httpx.Request) -> Response:
        answer = self._client.send(request, stream=True)
        try:
            body = bytearray()
            for chunk in answer.iter_bytes():
                body += chunk
                if len(body) > self.target.max_bytes:
                    raise httpx.ReadError(f"the response is larger than {self.target.max_bytes} bytes")
        finally:
            answer.close()
        return Response(status=answer.status_code, headers=dict(answer.headers), body=bytes(body))

    # What was made

    def _record(self, exchange: Exchange) -> None:
        for resource in self.contract.resources:
            if exchange.call.operation == resource.create and exchange.succeeded:
                identity = pointers.get(exchange.json, resource.identity)
                self._plain = self._plain or ([exchange.call] if exchange.call.credential is Credential.DEFAULT else [])
                if isinstance(identity, str | int) and not isinstance(identity, bool):
                    self.ledger.add(Entry(resource=resource.name, identity=identity, creation=exchange))
            elif exchange.call.operation == resource.delete and exchange.succeeded and resource.key:
                self._deletes = True
                gone = str(exchange.call.arguments.get(resource.key))
                for entry in [one for one in self.ledger.entries if one.resource == resource.name and str(one.identity) == gone]:
                    self.ledger.removed(entry)

    def _remove(self, entry: Entry) -> bool:
        resource = next(one for one in self.contract.resources if one.name == entry.resource)
        if resource.delete is None or resource.key is None or (self._deletes is None and self._failures >= 3):
            return False
        for switches in ([], [switch.on for switch in resource.switches]):
            for id in [*switches, resource.delete]:
                exchange = self._once("remove", Call(operation=id, arguments=self._named(entry, resource, id)))
                if self._passing(exchange):
                    exchange = self._once("remove", Call(operation=id, arguments=self._named(entry, resource, id)))
            if exchange.succeeded:
                self._deletes = True
                return True
            if self._deletes and exchange.response and exchange.response.status in (404, 410):
                return True
            if not resource.switches:
                break
        self._failures += 1
        return False

    def _named(self, entry: Entry, resource: Resource, operation: str) -> Mapping[str, Json]:
        declared = self.contract.operations[operation].parameters
        given = {p.name: entry.creation.call.arguments[p.name] for p in declared if p.name in entry.creation.call.arguments}
        return {**given, resource.key or "": entry.identity}
