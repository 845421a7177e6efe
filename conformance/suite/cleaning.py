"""Removes what crashed runs left: what their ledger names, and what bears a mark of ours that is old enough; never anything else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from conformance.checks.call import Call
from conformance.checks.exchange import Exchange, Request
from conformance.checks.listing import states
from conformance.checks.script import Walk
from conformance.contract import pointer as pointers
from conformance.contract.json import Json
from conformance.contract.operation import Location
from conformance.contract.pointer import MISSING
from conformance.contract.resource import Resource
from conformance.suite import walking
from conformance.suite.ledger import Entry
from conformance.suite.line import Unavailable
from conformance.suite.mark import MARK
from conformance.suite.session import Session
from conformance.suite.target import parameter
from conformance.suite.things import Made


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """One thing that was found: removed, or kept for a `reason`."""

    resource: str
    identity: Json
    name: str | None
    removed: bool
    reason: str = ""


def sweep(session: Session) -> None:
    """Remove what carries the marks of this run and was never answered for: a creation whose answer was lost may have happened."""
    list(_swept(session, lambda mark: mark.startswith(session.mark[:-3]), set()))


def clean(session: Session, older: float, now: float | None = None) -> Iterator[Cleaned]:
    """Yield what crashed runs left behind, removed as it is found: first what the ledger knows, then what bears a mark older than `older` seconds.

    The entries of runs that are still going on are left alone, and so is everything under their marks.
    """
    now = time.time() if now is None else now
    ledger = session.line.ledger
    crashed = [entry for entry in ledger.entries() if not ledger.alive(entry.run[:-3] + "000")]
    session.greet()
    if not session.at_home:  # a wrong path answers 404 to everything: nothing that is not found there is gone
        reason = "no plain request succeeds there: are the URL, its base path, the token and the parameters right?"
        yield from (Cleaned(resource=one.resource, identity=one.identity, name=one.name, removed=False, reason=reason) for one in crashed)
        yield Cleaned(resource="", identity=None, name=None, removed=False, reason=reason)
        return
    known = {resource.name for resource in session.contract.resources}
    crashed = [entry for entry in crashed if entry.resource in known]
    living = {entry.run[:-3] for entry in ledger.entries()} - {entry.run[:-3] for entry in crashed}
    runs = {entry.run[:-3] for entry in crashed}
    for entry in crashed:
        if entry.identity is not None:
            yield _by_entry(session, entry)
    unseen: set[str] = set()
    yield from _swept(session, lambda mark: mark[:-3] in runs or (mark[:-3] not in living and now - _age(mark) > older), unseen)
    for entry in crashed:
        if entry.identity is None and entry.resource not in unseen:
            ledger.strike(entry.id)  # what it may have made bears the mark of its run, and was looked for in the lists
        elif entry.identity is None:
            reason = "its list could not be read to the end"
            yield Cleaned(resource=entry.resource, identity=None, name=entry.name, removed=False, reason=reason)


def _age(mark: str) -> float:
    found = MARK.match(mark)
    return float(found["time"]) if found else float("inf")


def _by_entry(session: Session, entry: Entry) -> Cleaned:
    """Remove what an entry names, unless it is gone, or cannot be seen to be ours."""
    resource = session.contract.resource(entry.resource)
    made = _made(session, resource, entry.identity, entry.arguments, entry.name, entry.id)
    made.confirmed = entry.confirmed
    if not _there(session, resource, made):
        session.line.ledger.strike(entry.id)
        return Cleaned(resource=resource.name, identity=entry.identity, name=entry.name, removed=True, reason="it was gone already")
    return _removed(session, made, entry.name)


def _there(session: Session, resource: Resource, made: Made) -> bool:
    """Tell whether a thing can still be read; True when the contract has no way to find out."""
    if resource.read is None or resource.key is None:
        return True
    answer = session.send("look", Call(operation=resource.read, arguments=session.things.named(made, resource.read)))
    return answer.response is None or answer.response.status not in (404, 410)


def _removed(session: Session, made: Made, name: str | None) -> Cleaned:
    session.things.made.append(made)
    session.line.pace.owe(1)
    session.things.remove()
    gone = made not in session.things.abandoned
    reason = "" if gone else "it does not bear our mark" if made.strange else "the server does not let it be removed"
    return Cleaned(resource=made.resource, identity=made.identity, name=name, removed=gone, reason=reason)


def _made(session: Session, resource: Resource, identity: Json, arguments: object, name: str | None, entry: int) -> Made:
    """Return a thing as if this session had made it."""
    given = dict(arguments) if isinstance(arguments, dict) else {}
    body = {resource.mark[1:]: name} if resource.mark and name else {}
    call = Call(operation=resource.create or resource.list or "", arguments=given, body=body)
    creation = Exchange(step="earlier", call=call, request=Request(method="", url="", headers={}, body=None), response=None)
    found = MARK.match(name or "")
    return Made(entry=entry, resource=resource.name, identity=identity, creation=creation, mark=found[0] if found else "conformance-")


def _swept(session: Session, ours: Callable[[str], bool], unseen: set[str]) -> Iterator[Cleaned]:
    """Remove everything in the lists that bears a mark that is ours; `unseen` gets the resources of which not every list was read to its end."""
    for resource in session.contract.resources:
        if resource.list is None or resource.mark is None:
            continue
        for arguments in _lists(session, resource):
            try:
                walked = walking.walk(session.contract, Walk(name="sweep", call=arguments), arguments, MISSING, session.send)
            except Unavailable:
                unseen.add(resource.name)
                continue
            if walked.cut or not all(page.succeeded for page in walked.pages):
                unseen.add(resource.name)
            left = {repr(one.identity) for one in session.things.abandoned}
            for page in walked.pages:
                for identity, name in _marked(resource, page):
                    if (found := MARK.match(name)) and ours(found[0]) and repr(identity) not in left:
                        made = _made(session, resource, identity, arguments.arguments, name, 0)
                        made.confirmed = True
                        yield _removed(session, made, name)


def _lists(session: Session, resource: Resource) -> Iterator[Call]:
    """Yield the calls that list what bears a mark: of every parent that the target names, in every state."""
    operation = session.contract.operations[resource.list or ""]
    parents = [{}] if resource.parent is None else [{resource.parent.parameter: one} for one in _parents(session, resource)]
    filtered = states(session.contract, operation.id)
    for parent in parents:
        rest = {p.name: parameter(session.contract, session.target, operation.id, p.name) for p in operation.parameters if p.location is Location.PATH}
        for state in [{filtered.state: text} for text in filtered.values] if filtered else [{}]:
            yield Call(operation=operation.id, arguments={**rest, **walking.narrowing(session.contract, resource, "conformance-"), **parent, **state})


def _parents(session: Session, resource: Resource) -> list[Json]:
    name = resource.parent.parameter if resource.parent else ""
    mine = parameter(session.contract, session.target, resource.list or "", name)
    return list(dict.fromkeys(str(one) for one in (mine, *session.target.fixtures.get(name, ())) if one is not None))


def _marked(resource: Resource, page: Exchange) -> Iterator[tuple[Json, str]]:
    held = pointers.get(page.json, resource.items)
    for item in held if isinstance(held, list) else ():
        identity, name = pointers.get(item, resource.identity), pointers.get(item, resource.mark or "")
        if isinstance(name, str) and isinstance(identity, str | int) and not isinstance(identity, bool):
            yield identity, name
