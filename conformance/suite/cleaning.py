"""Deletes what runs left: at the end of a run what still carries its mark, and after a crash what
its ledger names.

Nothing is deleted because a server says that it is ours. An item is ours when a run created it (its
ledger knows the identity, or sent exactly this name and never learned an identity) and it carries
the mark of that run. Anything else under a mark is reported and left alone, unless the user gives
an age beyond which marks of unknown runs may go.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from conformance.checks.call import Call
from conformance.checks.exchange import Exchange
from conformance.checks.listing import states
from conformance.checks.script import Walk
from conformance.contract import mark as marks
from conformance.contract import pointer as pointers
from conformance.contract.json import Json
from conformance.contract.operation import Location
from conformance.contract.pointer import MISSING
from conformance.contract.resource import Resource
from conformance.suite import walking
from conformance.suite.ledger import Entry
from conformance.suite.line import Unavailable
from conformance.suite.session import Session
from conformance.suite.target import parameter
from conformance.suite.things import NO_REQUEST, Made, plain

# times that the lists are read and what is ours in them deleted, while something of ours is found
ROUNDS = 3
LIES = "the server said that it was deleted, and still has it"
FOREIGN = "it carries the mark of a run that did not create it"
NOT_HOME = (
    "no plain request succeeds there: are the URL, its base path, the token and the parameters"
    " right?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """One item that was found: deleted, to be deleted (`planned`), or kept for a `reason`.

    One without identity stands for what may be there and could not be seen.
    """

    resource: str
    identity: Json
    name: str | None
    removed: bool
    reason: str = ""
    planned: bool = False
    foreign: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item that carries a mark, or has an identity that is ours; `parents` are the path
    arguments of its list.
    """

    resource: str
    parents: Mapping[str, Json]
    identity: str | int
    name: str
    mark: str

    @property
    def key(self) -> tuple[str, ...]:
        """Return what tells the item from all others."""
        return (
            self.resource,
            str(self.identity),
            *(f"{name}={value}" for name, value in sorted(self.parents.items())),
        )


@dataclass(slots=True)
class Look:
    """What a reading of all lists brought: items, and per resource why not everything may have been
    seen.
    """

    items: dict[tuple[str, ...], Item] = field(default_factory=dict)
    unseen: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Outcome:
    """What stays on the server although a run created it, and what could not be seen."""

    left: list[Cleaned] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)


# At the end of a run


def last_look(session: Session) -> Outcome:
    """Read every list in which the run has created something, delete what is ours, and return what
    remains.
    """
    run = marks.run_of(session.mark)
    entries = [entry for entry in session.line.ledger.mine if marks.run_of(entry.run) == run]
    if not entries:
        return Outcome()
    if session.target.settle:
        session.line.sleep(session.target.settle)
    places = list(_places_of(session, entries, run))
    failures: dict[tuple[str, ...], str] = {}
    for number in range(ROUNDS):
        look = _look(session, places, lambda mark: marks.run_of(mark) == run, entries)
        ours = _ours(look.items, entries)
        if number == ROUNDS - 1:
            break
        tried = [
            _try(session, item, entries, failures) for item in ours if item.key not in failures
        ]
        if not any(tried):
            break
    for entry in entries:  # what was sent and never answered has been looked for
        if entry.identity is None and entry.resource not in look.unseen:
            session.line.ledger.strike(entry.id)
    outcome = Outcome(unseen=[f"{name}: {reason}" for name, reason in look.unseen.items()])
    keys = {item.key for item in ours}
    for item in look.items.values():
        outcome.left.append(
            _kept(item, failures.get(item.key, LIES) if item.key in keys else FOREIGN)
        )
    outcome.left += _readable(session, entries)
    outcome.left += _unaccounted(session, look, outcome.left)
    return outcome


def _try(
    session: Session, item: Item, entries: Sequence[Entry], failures: dict[tuple[str, ...], str]
) -> bool:
    gone, reason = _delete(session, item, entries)
    if not gone:
        failures[item.key] = reason
    return gone


def _unaccounted(session: Session, look: Look, left: Sequence[Cleaned]) -> Iterator[Cleaned]:
    """Yield what sessions could not delete and the lists do not tell of: they are not whole, or it
    bears another's name.
    """
    shown = {(one.resource, str(one.identity)) for one in left}
    for made in session.things.abandoned:
        resource = session.contract.resource(made.resource)
        if (made.resource, str(made.identity)) in shown:
            continue
        name = pointers.get(made.creation.call.body, resource.mark or "")
        one = Cleaned(
            resource=made.resource,
            identity=made.identity,
            name=name if isinstance(name, str) else None,
            removed=False,
            reason=(
                "the server gave it an identity that names something else"
                if made.strange
                else "it could not be deleted"
            ),
        )
        if (
            made.strange
            or resource.list is None
            or resource.mark is None
            or made.resource in look.unseen
        ):
            yield one


def _readable(session: Session, entries: Iterable[Entry]) -> Iterator[Cleaned]:
    """Yield what was deleted, as the server said, and can still be read, where no list shows
    that.
    """
    for entry in entries:
        resource = session.contract.resource(entry.resource)
        if (
            not entry.gone
            or entry.identity is None
            or resource.list is not None
            or resource.read is None
        ):
            continue
        made = _made(
            session, resource, entry.identity, entry.arguments, entry.name, entry.run, entry.id
        )
        session.things.made.append(made)
        try:
            if session.things.confirm(made, 0.0):
                yield Cleaned(
                    resource=resource.name,
                    identity=entry.identity,
                    name=entry.name,
                    removed=False,
                    reason=LIES,
                )
        except Unavailable:
            pass  # the target is gone, which the run says
        finally:
            session.things.made.remove(made)


# After a crash


def clean(
    session: Session, older: float | None = None, now: float | None = None, dry_run: bool = False
) -> Iterator[Cleaned]:
    """Yield what crashed runs left behind, deleted unless `dry_run`.

    What the ledger's crashed runs created is deleted. With `older`, so is what carries another mark
    that is older than so many seconds. Runs that still go on are left alone, with everything under
    their marks.
    """
    now = time.time() if now is None else now
    ledger = session.line.ledger
    every = [
        one
        for one in ledger.entries()
        if one.resource in {known.name for known in session.contract.resources}
    ]
    alive = {run for run in {marks.first(entry.run) for entry in every} if ledger.alive(run)}
    crashed = [entry for entry in every if marks.first(entry.run) not in alive]
    session.greet(create=False)
    # a wrong path answers 404 to everything: nothing that is not found there is gone
    if not session.at_home:
        yield from (_entry_kept(entry, NOT_HOME) for entry in crashed if not entry.gone)
        yield Cleaned(resource="", identity=None, name=None, removed=False, reason=NOT_HOME)
        return

    def may_go(mark: str) -> bool:
        return (
            older is not None and marks.first(mark) not in alive and now - marks.began(mark) > older
        )

    def of_interest(mark: str) -> bool:
        return marks.first(mark) not in alive

    places = [*_places_of(session, crashed, ""), *_places(session)]
    found = _Cleaning(session, crashed, may_go, dry_run)
    for _ in range(ROUNDS):
        look = _look(session, places, of_interest, crashed)
        if not found.round(look):
            break
    found.unlisted(look)
    yield from found.results.values()
    for entry in crashed:
        if not dry_run and entry.resource not in look.unseen and entry.id not in found.kept:
            ledger.forget(entry.id)
    for name, reason in look.unseen.items():
        yield Cleaned(
            resource=name,
            identity=None,
            name=None,
            removed=False,
            reason=f"not everything was seen: {reason}",
        )


@dataclass(slots=True)
class _Cleaning:
    """The work of `clean`: rounds over what the lists show, then over what only the ledger
    names.
    """

    session: Session
    crashed: Sequence[Entry]
    may_go: Callable[[str], bool]
    dry_run: bool
    results: dict[tuple[str, ...], Cleaned] = field(default_factory=dict)
    kept: set[int] = field(default_factory=set)
    rounds: int = 0

    def round(self, look: Look) -> bool:
        """Delete what is ours of one reading of the lists; returns whether another reading is worth
        while.
        """
        self.rounds += 1
        ours = {item.key for item in _ours(look.items, self.crashed)}
        again = False
        for item in look.items.values():
            if item.key not in ours and not self.may_go(item.mark):
                self.results[item.key] = replace(_kept(item, FOREIGN), foreign=True)
            elif self.dry_run:
                self.results[item.key] = replace(_kept(item, ""), planned=True)
            elif item.key in self.results and self.rounds == ROUNDS:
                self.results[item.key] = self._left(item, LIES)
            else:
                gone, reason = _delete(self.session, item, self.crashed)
                self.results[item.key] = (
                    replace(_kept(item, ""), removed=True) if gone else self._left(item, reason)
                )
                again |= gone
        return again

    def _left(self, item: Item, reason: str) -> Cleaned:
        entry = _entry_of(item, self.crashed)
        self.kept |= {entry.id} if entry is not None else set()
        return _kept(item, reason)

    def unlisted(self, look: Look) -> None:
        """Delete what the ledger names and no list has shown, where it can be read under its
        mark.
        """
        shown = {(result.resource, str(result.identity)) for result in self.results.values()}
        for entry in self.crashed:
            resource = self.session.contract.resource(entry.resource)
            if (
                entry.gone
                or entry.identity is None
                or (entry.resource, str(entry.identity)) in shown
            ):
                continue
            item = _item_of(entry, resource)
            result = self._unlisted(entry, resource, item, look)
            if result is not None:
                self.results[item.key] = result
                self.kept |= {entry.id} if not result.removed else set()

    def _unlisted(self, entry: Entry, resource: Resource, item: Item, look: Look) -> Cleaned | None:
        try:
            return self._by_reading(entry, resource, item, look)
        except Unavailable as reason:
            return _kept(item, str(reason))

    def _by_reading(self, entry: Entry, resource: Resource, item: Item, look: Look) -> Cleaned:
        made = _made(
            self.session, resource, entry.identity, entry.arguments, entry.name, entry.run, entry.id
        )
        if resource.read is None or resource.key is None:
            reason = look.unseen.get(resource.name) or (
                "" if resource.list else "nothing can read it"
            )
            return (
                _kept(item, reason)
                if reason
                else replace(_kept(item, "it was gone already"), removed=True)
            )
        call = Call(
            operation=resource.read, arguments=self.session.things.named(made, resource.read)
        )
        answer = self.session.send("look", call)
        if answer.response is not None and answer.response.status in (404, 410):
            return replace(_kept(item, "it was gone already"), removed=True)
        if not answer.succeeded:
            return _kept(item, f"it could not be read: {answer}")
        self.session.things.made.append(made)
        try:
            ours = self.session.things.confirm(made, 0.0)
        finally:
            self.session.things.made.remove(made)
        if not ours:
            reason = "it was gone already, and its identity now names something else"
            return replace(_kept(item, reason), removed=True)
        if self.dry_run:
            return replace(_kept(item, ""), planned=True)
        gone, reason = _delete(self.session, item, self.crashed)
        still = gone and self.session.send("look", call).succeeded
        return (
            replace(_kept(item, ""), removed=True)
            if gone and not still
            else _kept(item, LIES if still else reason)
        )


# What both need


def _kept(item: Item, reason: str) -> Cleaned:
    return Cleaned(
        resource=item.resource, identity=item.identity, name=item.name, removed=False, reason=reason
    )


def _entry_kept(entry: Entry, reason: str) -> Cleaned:
    return Cleaned(
        resource=entry.resource,
        identity=entry.identity,
        name=entry.name,
        removed=False,
        reason=reason,
    )


def _item_of(entry: Entry, resource: Resource) -> Item:
    identity = plain(entry.identity)
    return Item(
        resource=resource.name,
        parents=entry.arguments,
        identity="" if identity is None else identity,
        name=entry.name or "",
        mark=entry.run,
    )


def _ours(items: Mapping[tuple[str, ...], Item], entries: Sequence[Entry]) -> list[Item]:
    """Return the items that runs of the ledger created.

    A name that was sent once, and of which no identity was ever confirmed, makes one item ours;
    when more items have it than were sent, nobody can tell which is ours, and none is.
    """
    matches = {key: _entry_of(item, entries) for key, item in items.items()}
    found = [item for key, item in items.items() if matches[key] is not None]
    named = [item for key, item in items.items() if matches[key] is None]
    known = {entry.id for entry in matches.values() if entry is not None}
    open_ = [
        one for one in entries if one.identity is None or not (one.confirmed or one.id in known)
    ]
    sent = Counter((entry.resource, entry.name) for entry in open_)
    shown = Counter((item.resource, item.name) for item in named)
    return [
        *found,
        *(
            item
            for item in named
            if shown[item.resource, item.name] <= sent[item.resource, item.name]
        ),
    ]


def _entry_of(item: Item, entries: Iterable[Entry]) -> Entry | None:
    """Return the entry that knows an item by its identity, under its parent and with the mark of
    its run.
    """
    for entry in entries:
        if entry.resource != item.resource or str(entry.identity) != str(item.identity):
            continue
        beside = all(
            str(item.parents.get(name, value)) == str(value)
            for name, value in entry.arguments.items()
        )
        if beside and (not item.mark or marks.run_of(item.mark) == marks.run_of(entry.run)):
            return entry
    return None


def _delete(session: Session, item: Item, entries: Iterable[Entry]) -> tuple[bool, str]:
    """Delete an item once more read under its mark; returns whether it is gone, and else why
    not.
    """
    resource = session.contract.resource(item.resource)
    entry = _entry_of(item, entries)
    mark = item.mark or (entry.run if entry else session.mark)
    made = _made(
        session, resource, item.identity, item.parents, item.name, mark, entry.id if entry else 0
    )
    session.things.made.append(made)
    session.line.pace.owe(1)
    session.things.remove()
    if made not in session.things.abandoned:
        return True, ""
    session.things.abandoned.remove(made)
    session.line.known.left -= 1
    return False, (
        "it does not bear our mark" if made.strange else "the server does not let it be deleted"
    )


def _made(
    session: Session,
    resource: Resource,
    identity: Json,
    arguments: object,
    name: str | None,
    mark: str,
    entry: int,
) -> Made:
    """Return an item as if this session had created it."""
    given = dict(arguments) if isinstance(arguments, dict) else {}
    body = pointers.put({}, resource.mark, name) if resource.mark and name else {}
    call = Call(operation=resource.create or resource.list or "", arguments=given, body=body)
    creation = Exchange(step="earlier", call=call, request=NO_REQUEST, response=None)
    return Made(
        entry=entry, resource=resource.name, identity=identity, creation=creation, mark=mark
    )


def _look(
    session: Session,
    places: Iterable[Call],
    wanted: Callable[[str], bool],
    entries: Sequence[Entry],
) -> Look:
    """Return what the lists hold under marks that are wanted, or on a target of ours alone by
    identities of ours.
    """
    look = Look()
    for place in _distinct(places):
        resource = session.contract.resource_of(place.operation)
        assert resource is not None
        try:
            walked = walking.walk(
                session.contract,
                Walk(name="last look", call=place),
                place,
                MISSING,
                session.closing,
                session.line.pace.may_turn_page,
            )
        except Unavailable as stopped:
            look.unseen[resource.name] = str(stopped)
            continue
        reason = walking.unseen(session.contract, place.operation, walked)
        if reason is not None and not _nothing_there(walked):
            look.unseen[resource.name] = reason
        for page in walked.pages:
            look.items |= {
                item.key: item for item in _items(session, resource, place, page, wanted, entries)
            }
    return look


def _nothing_there(walked: walking.Walked) -> bool:
    """Tell whether a list is none: the parent does not exist, so nothing was created in it."""
    return [page.response.status if page.response else 0 for page in walked.pages] in ([404], [410])


def _items(
    session: Session,
    resource: Resource,
    place: Call,
    page: Exchange,
    wanted: Callable[[str], bool],
    entries: Sequence[Entry],
) -> Iterator[Item]:
    declared = session.contract.operations[place.operation].parameters
    parents = {p.name: place.arguments[p.name] for p in declared if p.location is Location.PATH}
    held = pointers.get(page.json, resource.items)
    for value in held if isinstance(held, list) and page.succeeded else ():
        identity = plain(pointers.get(value, resource.identity))
        text = pointers.get(value, resource.mark or "")
        name = text if isinstance(text, str) else ""
        mark = marks.find(name, session.target.exclusive) or marks.find(name.casefold())
        if identity is None:
            continue
        if mark is not None and wanted(mark):
            yield Item(
                resource=resource.name, parents=parents, identity=identity, name=name, mark=mark
            )
        elif mark is None and session.target.exclusive:
            item = Item(
                resource=resource.name, parents=parents, identity=identity, name=name, mark=""
            )
            if _entry_of(item, entries) is not None:
                yield item


def _distinct(places: Iterable[Call]) -> list[Call]:
    found: dict[str, Call] = {}
    for place in places:
        found.setdefault(repr((place.operation, sorted(place.arguments.items(), key=repr))), place)
    return list(found.values())


def _places_of(session: Session, entries: Iterable[Entry], run: str) -> Iterator[Call]:
    """Yield the calls that list what entries may have created: of each parent, in each state,
    narrowed where that is safe.
    """
    for entry in entries:
        resource = session.contract.resource(entry.resource)
        if resource.list is not None:
            declared = session.contract.operations[resource.list].parameters
            parents = {
                p.name: entry.arguments[p.name] for p in declared if p.name in entry.arguments
            }
            yield from _in_every_state(session, resource, parents, run or marks.run_of(entry.run))


def _places(session: Session) -> Iterator[Call]:
    """Yield the calls that list what carries any mark: of every parent that the target names, in
    every state.
    """
    for resource in session.contract.resources:
        if resource.list is None or resource.mark is None:
            continue
        parents = (
            [{}]
            if resource.parent is None
            else [{resource.parent.parameter: one} for one in _parents(session, resource)]
        )
        for parent in parents:
            yield from _in_every_state(session, resource, parent, marks.PREFIX)


def _in_every_state(
    session: Session, resource: Resource, parents: dict[str, Json], prefix: str
) -> Iterator[Call]:
    operation = session.contract.operations[resource.list or ""]
    filtered = states(session.contract, operation.id)
    narrowed = (
        {} if session.target.exclusive else walking.narrowing(session.contract, resource, prefix)
    )
    fixed: dict[str, Json] = {}
    for declared in operation.parameters:
        if declared.location is Location.PATH and declared.name not in parents:
            fixed[declared.name] = parameter(
                session.contract, session.target, operation.id, declared.name
            )
    if None in fixed.values():
        return
    for state in [{filtered.state: text} for text in filtered.values] if filtered else [{}]:
        yield Call(operation=operation.id, arguments={**fixed, **narrowed, **parents, **state})


def _parents(session: Session, resource: Resource) -> list[Json]:
    name = resource.parent.parameter if resource.parent else ""
    mine = parameter(session.contract, session.target, resource.list or "", name)
    return list(
        dict.fromkeys(
            str(one) for one in (mine, *session.target.fixtures.get(name, ())) if one is not None
        )
    )
