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

SAMPLE = 3  # deleted items of a resource that are read once more at the end
# times that the lists are read and what is ours in them deleted, while something of ours is found
ROUNDS = 3
LIES = "the server said that it was deleted, and still has it"
FOREIGN = "it carries the mark of a run that did not create it"
UNCLEAR = "more items have this name than were created: nobody can tell which is ours"
OTHER_NAME = "it has the identity and the mark of what was created, and another name"
RENAMED = "the server has changed its name, so that it carries no mark: it is left alone"
NOT_HOME = (
    "no plain request succeeds there: are the URL, its base path, the token and the parameters"
    " right?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """One item that was found: deleted, to be deleted (`planned`), gone already (`absent`), or kept
    for a `reason`.

    One without identity stands for what may be there and could not be seen.
    """

    resource: str
    identity: Json
    name: str | None
    removed: bool
    reason: str = ""
    planned: bool = False
    foreign: bool = False
    absent: bool = False


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
    entries = _of_run(session, run)
    if not entries:
        return Outcome()
    if session.target.settle:
        session.line.sleep(session.target.settle)
    places = list(_places_of(session, entries, run))
    failures: dict[tuple[str, ...], str] = {}
    placed = set[int]()
    for number in range(ROUNDS):
        look = _look(session, places, lambda mark: marks.run_of(mark) == run, entries)
        entries = _of_run(session, run)
        claimed = _claimed(look.items, entries)
        if number == ROUNDS - 1:
            break
        for item in claimed.ours.values():
            names = [
                one for one in entries if (one.resource, one.name) == (item.resource, item.name)
            ]
            placed |= {one.id for one in names if one.identity is None}
        tried = [
            _try(session, item, entries, failures)
            for item in claimed.ours.values()
            if item.key not in failures
        ]
        if not any(tried):
            break
    # what was sent and never answered has been looked for
    for entry in entries:
        if entry.identity is None and entry.resource not in look.unseen:
            session.line.ledger.strike(entry.id)
    outcome = Outcome(unseen=[f"{name}: {reason}" for name, reason in look.unseen.items()])
    for key, item in look.items.items():
        reason = failures.get(key, LIES) if key in claimed.ours else FOREIGN
        outcome.left.append(_kept(item, UNCLEAR if key in claimed.unclear else reason))
    shown = {(one.resource, str(one.identity)) for one in outcome.left}
    readable = _readable(session, entries)
    outcome.left += [one for one in readable if (one.resource, str(one.identity)) not in shown]
    outcome.left += _unaccounted(session, look, outcome.left)
    lost = [
        one for one in entries if one.id in session.line.known.unplaced and one.id not in placed
    ]
    for name, count in Counter(entry.resource for entry in lost).items():
        told = f"{count} creations succeeded without telling an identity, and no list shows them"
        outcome.unseen.append(f"{name}: {told}")
    return outcome


def _of_run(session: Session, run: str) -> list[Entry]:
    return [entry for entry in session.line.ledger.mine if marks.run_of(entry.run) == run]


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


def _readable(session: Session, entries: Sequence[Entry]) -> Iterator[Cleaned]:
    """Yield what was deleted, as the server said, and can still be read.

    Where a list shows what is there, only the last few are read: a server that lies does so always
    or shows it in the list. When one of them is still there, all are read.
    """
    for name in dict.fromkeys(entry.resource for entry in entries):
        resource = session.contract.resource(name)
        gone = [
            one for one in entries if one.resource == name and one.gone and one.identity is not None
        ]
        if resource.read is None or resource.key is None or session.target.exclusive:
            continue
        some = gone if resource.list is None else gone[-SAMPLE:]
        found = [entry for entry in some if _still(session, resource, entry)]
        if found and len(some) < len(gone):
            found += [entry for entry in gone[:-SAMPLE] if _still(session, resource, entry)]
        for entry in found:
            yield Cleaned(
                resource=name, identity=entry.identity, name=entry.name, removed=False, reason=LIES
            )


def _still(session: Session, resource: Resource, entry: Entry) -> bool:
    """Tell whether an item can still be read under its mark and a name of ours."""
    made = _made(session, resource, _item_of(entry, resource), entry)
    call = Call(
        operation=resource.read or "", arguments=session.things.named(made, resource.read or "")
    )
    try:
        answer = session.closing("last look", call)
    except Unavailable:
        return False  # the target is gone, or the time is over, which the run says
    name = pointers.get(answer.json, resource.mark or "") if answer.succeeded else MISSING
    return name in made.names and isinstance(name, str) and marks.carries(name, entry.run)


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

    if session.target.settle:
        session.line.sleep(session.target.settle)
    places = [*_places_of(session, crashed, marks.PREFIX), *_places(session)]
    found = _Cleaning(session, crashed, may_go, dry_run)
    for _ in range(ROUNDS):
        look = _look(session, places, of_interest, crashed)
        if not found.round(look):
            break
    found.unlisted(look)
    yield from found.results.values()
    for entry in crashed:
        if not dry_run and entry.resource not in look.unseen and entry.id not in found.kept:
            ledger.strike(entry.id)
    for name, why in look.unseen.items():
        reason = f"not everything was seen: {why}"
        yield Cleaned(resource=name, identity=None, name=None, removed=False, reason=reason)


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
    settled: set[int] = field(default_factory=set)
    rounds: int = 0

    def round(self, look: Look) -> bool:
        """Delete what is ours of one reading of the lists; returns whether another reading is worth
        while.
        """
        self.rounds += 1
        claimed = _claimed(look.items, self.crashed, self.settled)
        again = False
        for key, item in look.items.items():
            deleted_before = key in self.results and self.results[key].removed
            if deleted_before and self.rounds == ROUNDS:
                self.results[key] = self._left(item, LIES)
            elif deleted_before:
                gone, reason = _delete(self.session, item, self.crashed)
                self.results[key] = self.results[key] if gone else self._left(item, reason)
                again |= gone
            elif key in claimed.unclear:
                self.results[key] = self._left(item, UNCLEAR)
            elif key not in claimed.ours and (taken := self._taken(item)) is not None:
                self.kept.add(taken.id)
                self.results[key] = _kept(item, OTHER_NAME)
            elif key not in claimed.ours and not self.may_go(item.mark):
                self.results[key] = replace(_kept(item, FOREIGN), foreign=True)
            elif self.dry_run:
                self.results[key] = replace(_kept(item, ""), planned=True)
            else:
                gone, reason = _delete(self.session, item, self.crashed)
                self.results[key] = self._deleted(item) if gone else self._left(item, reason)
                again |= gone
        return again

    def _entries(self, item: Item) -> list[Entry]:
        """Return the entries that an item may be of: the one that knows it, else those that sent
        its name.
        """
        entry = _entry_of(item, self.crashed)
        if entry is not None:
            return [entry]
        return [
            one for one in self.crashed if (one.resource, one.name) == (item.resource, item.name)
        ]

    def _taken(self, item: Item) -> Entry | None:
        """Return the entry whose identity and mark an item has, under a name that it never had."""
        return _entry_of(item, [replace(one, names=None) for one in self.crashed if not one.gone])

    def _deleted(self, item: Item) -> Cleaned:
        waiting = [one for one in self._entries(item) if one.id not in self.settled]
        self.settled |= {entry.id for entry in waiting[:1]}
        return replace(_kept(item, ""), removed=True)

    def _left(self, item: Item, reason: str) -> Cleaned:
        self.kept |= {entry.id for entry in self._entries(item)}
        return _kept(item, reason)

    def unlisted(self, look: Look) -> None:
        """Delete what the ledger names and no list has shown, where it can be read under its
        mark.
        """
        shown = {(result.resource, str(result.identity)) for result in self.results.values()}
        for entry in self.crashed:
            resource = self.session.contract.resource(entry.resource)
            if entry.gone or entry.identity is None or entry.id in self.settled:
                continue
            if (entry.resource, str(entry.identity)) in shown:
                continue
            item = _item_of(entry, resource)
            try:
                result = self._by_reading(entry, resource, item, look)
            except Unavailable as reason:
                result = _kept(item, str(reason))
            self.results[item.key] = result
            self.kept |= {entry.id} if not result.removed else set()

    def _by_reading(self, entry: Entry, resource: Resource, item: Item, look: Look) -> Cleaned:
        made = _made(self.session, resource, item, entry)
        gone_already = replace(_kept(item, "it was gone already"), removed=True, absent=True)
        if resource.read is None or resource.key is None:
            if resource.list is None:
                return _kept(item, "nothing can read it")
            unseen = look.unseen.get(resource.name)
            return gone_already if unseen is None else _kept(item, unseen)
        named = self.session.things.named(made, resource.read)
        call = Call(operation=resource.read, arguments=named)
        answer = self.session.send("look", call)
        if answer.response is not None and answer.response.status in (404, 410):
            return gone_already
        if not answer.succeeded:
            return _kept(item, f"it could not be read: {answer}")
        self.session.things.made.append(made)
        try:
            ours = self.session.things.confirm(made, 0.0)
        finally:
            self.session.things.made.remove(made)
        if not ours:
            if pointers.get(answer.json, resource.mark or "") in made.names:
                return _kept(item, RENAMED)
            reason = "it was gone already, and its identity now names something else"
            return replace(_kept(item, reason), removed=True, absent=True)
        if self.dry_run:
            return replace(_kept(item, ""), planned=True)
        gone, reason = _delete(self.session, item, self.crashed)
        if gone and self.session.send("look", call).succeeded:
            return _kept(item, LIES)
        return replace(_kept(item, ""), removed=True) if gone else _kept(item, reason)


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


@dataclass(slots=True)
class Claimed:
    """Which of the items under marks a run created, and which nobody can tell."""

    ours: dict[tuple[str, ...], Item] = field(default_factory=dict)
    unclear: dict[tuple[str, ...], Item] = field(default_factory=dict)


def _claimed(
    items: Mapping[tuple[str, ...], Item], entries: Sequence[Entry], settled: Iterable[int] = ()
) -> Claimed:
    """Return the items that runs of the ledger created.

    A name that was sent, and of which the server never told an identity, makes as many items ours
    as it was sent for; when more items have it, or it was told another identity that was never
    seen, nobody can tell which is ours. What entries in `settled` have created was found before.
    """
    matches = {key: _entry_of(item, entries) for key, item in items.items()}
    found = Claimed(ours={key: items[key] for key, entry in matches.items() if entry is not None})
    known = {*settled, *(entry.id for entry in matches.values() if entry is not None)}
    waiting = [entry for entry in entries if entry.id not in known and not entry.confirmed]
    sent = Counter((one.resource, one.name) for one in waiting if one.identity is None)
    elsewhere = {(one.resource, one.name) for one in waiting if one.identity is not None}
    named = {key: item for key, item in items.items() if matches[key] is None}
    shown = Counter((item.resource, item.name) for item in named.values())
    for key, item in named.items():
        name = item.resource, item.name
        if shown[name] <= sent[name] and name not in elsewhere:
            found.ours[key] = item
        elif sent[name] or name in elsewhere:
            found.unclear[key] = item
    return found


def _entry_of(item: Item, entries: Iterable[Entry]) -> Entry | None:
    """Return the entry that knows an item: by its identity, under its parent, with the mark of its
    run and a name that the run has given it.
    """
    for entry in entries:
        if entry.resource != item.resource or str(entry.identity) != str(item.identity):
            continue
        beside = all(
            str(item.parents.get(name, value)) == str(value)
            for name, value in entry.arguments.items()
        )
        if not beside:
            continue
        if not item.mark:
            return entry
        same_run = marks.run_of(item.mark) == marks.run_of(entry.run)
        if same_run and (entry.names is None or item.name in entry.names):
            return entry
    return None


def _delete(session: Session, item: Item, entries: Iterable[Entry]) -> tuple[bool, str]:
    """Delete an item once more read under its mark; returns whether it is gone, and else why
    not.
    """
    made = _made(session, session.contract.resource(item.resource), item, _entry_of(item, entries))
    session.things.made.append(made)
    session.line.pace.owe(1)
    session.things.remove()
    if made not in session.things.abandoned:
        return True, ""
    session.things.abandoned.remove(made)
    session.line.known.left -= 1
    if made.strange:
        return False, "it does not bear our mark"
    return False, "the server does not let it be deleted"


def _made(session: Session, resource: Resource, item: Item, entry: Entry | None) -> Made:
    """Return an item as if this session had created it."""
    body = pointers.put({}, resource.mark, item.name) if resource.mark and item.name else {}
    operation = resource.create or resource.list or ""
    call = Call(operation=operation, arguments=dict(item.parents), body=body)
    names = [] if entry is None or entry.names is None else [*entry.names]
    return Made(
        entry=entry.id if entry else 0,
        resource=resource.name,
        identity=item.identity,
        creation=Exchange(step="earlier", call=call, request=NO_REQUEST, response=None),
        mark=item.mark or (entry.run if entry else session.mark),
        names=[*names, *([item.name] if item.name not in names else [])],
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
                True,
            )
        except Unavailable as stopped:
            look.unseen[resource.name] = str(stopped)
            continue
        reason = walking.unseen(session.contract, place.operation, walked)
        if reason is not None and not (_nothing_there(walked) and not _created_in(place, entries)):
            look.unseen[resource.name] = reason
        for page in walked.pages:
            look.items |= {
                item.key: item for item in _items(session, resource, place, page, wanted, entries)
            }
    return look


def _nothing_there(walked: walking.Walked) -> bool:
    """Tell whether a list is none: the parent does not exist, so nothing was created in it."""
    return [page.response.status if page.response else 0 for page in walked.pages] in ([404], [410])


def _created_in(place: Call, entries: Iterable[Entry]) -> bool:
    """Tell whether something was created in a list for certain: then it cannot be none."""
    return any(
        entry.identity is not None
        and all(
            str(place.arguments.get(name, value)) == str(value)
            for name, value in entry.arguments.items()
        )
        for entry in entries
    )


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
            yield from _in_every_state(session, resource, parents, run)


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
