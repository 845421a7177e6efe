"""A state outside the process: as a JSON value that can be looked at and put back, and in a file
that outlives it (SQLite).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from conformance.contract import schema as schemas
from conformance.contract.json import Json
from conformance.contract.pointer import get
from conformance.errors import Problem, UsageError
from conformance.mock.call import Call
from conformance.mock.message import decode, encode, request
from conformance.mock.mock import Mock
from conformance.mock.state import State
from conformance.mock.world import parents

COUNTERS = ("serial", "answers", "moment")
TABLES = """
create table if not exists meta (name text primary key, value not null) without rowid;
create table if not exists items (
  resource text, parent text, key text, age integer, value text, primary key (resource, parent, key)
) without rowid;
"""


def dump(state: State) -> Json:
    """Return a state as a JSON value: the counters, and each collection's items in the order of
    their creation.
    """
    kept = [
        {
            "resource": resource,
            "parent": parent,
            "items": [one.value for one in collection.items.values()],
        }
        for (resource, parent), collection in state.collections.items()
        if collection.items
    ]
    return {"format": 1, **{name: getattr(state, name) for name in COUNTERS}, "collections": kept}


def restored(mock: Mock, value: Json) -> State:
    """Return the state that `dump` made a value of. Raises ValueError for a value that is none."""
    if not isinstance(value, dict) or value.get("format") != 1:
        raise ValueError('a state is an object with "format": 1')
    state = State(
        serial=int(value.get("serial", 0)),
        answers=int(value.get("answers", 0)),
        moment=int(value.get("moment", 0)),
    )
    for kept in value.get("collections", ()):
        shelf = mock.makers[kept["resource"]].shelf if kept["resource"] in mock.makers else None
        if shelf is None:
            raise ValueError(f"there is no resource {kept['resource']!r}")
        collection = state.collection(kept["resource"], str(kept["parent"]))
        for one in kept["items"]:
            collection.put(str(get(one, shelf.resource.identity)), shelf.item(one))
    return state


def planted(mock: Mock, state: State, data: Json, file: str) -> None:
    """Put seed data into a state: by resource, a list of things as a creation takes them, or such
    lists by parent.

    What a creation would fill in (identity, dates, switches) may be given too. Raises UsageError
    for what does not fit.
    """
    problems = [Problem(message=wrong, file=file) for wrong in _planted(mock, state, data)]
    if problems:
        raise UsageError(*problems)


def _planted(mock: Mock, state: State, data: Json) -> Iterator[str]:
    if not isinstance(data, dict):
        yield "seed data is a mapping from resources to lists of things"
        return
    for name, given in data.items():
        making = mock.makers.get(name)
        if making is None:
            yield f"there is no resource {name!r}; there are {', '.join(mock.makers) or 'none'}"
            continue
        parent = making.shelf.resource.parent
        known = parents(mock.contract, mock.world, parent.parameter) if parent else ("",)
        for place, things in (given if isinstance(given, dict) else {known[0]: given}).items():
            if place not in known or not isinstance(things, list):
                yield (
                    f"{name}: {place!r} is no known {parent.parameter if parent else 'place'}"
                    if place not in known
                    else f"{name}: a list is wanted"
                )
                continue
            path = {parent.parameter: place} if parent else {}
            validator = schemas.compile(mock.contract.document, making.shelf.schema)
            for number, thing in enumerate(things):
                if not isinstance(thing, dict):
                    yield f"{name} {number}: it is no mapping"
                    continue
                call = Call(request("POST", "/"), path, {}, {}, thing)
                value = {**making(state, call), **thing}
                if wrong := next(iter(validator.violations(value)), None):
                    yield f"{name} {number}: {wrong.pointer} {wrong.message}"
                making.shelf.put(state, call, value)


class File:
    """An SQLite file that holds a state; only what a request changed is written, in one
    transaction.
    """

    def __init__(self, mock: Mock, path: Path) -> None:
        self._mock, self._path = mock, path
        try:
            self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._database.executescript(
                "pragma journal_mode=wal; pragma synchronous=normal;" + TABLES
            )
        except sqlite3.Error as error:
            raise UsageError(
                Problem(
                    message=f"--state {path}: {error}",
                    hint="it is made by the mock: name a file that is not there yet",
                )
            ) from error

    def load(self) -> State | None:
        """Return the state that the file holds, None for a new file. Raises UsageError for the file
        of another contract.
        """
        meta = dict(self._database.execute("select name, value from meta"))
        if not meta:
            return None
        if meta.get("contract") != self._mock.contract.name:
            raise UsageError(
                Problem(
                    message=f"--state {self._path} belongs to the contract {meta.get('contract')}",
                    hint="name another file",
                )
            )
        kept: dict[tuple[str, str], list[Json]] = {}
        for resource, parent, value in self._database.execute(
            "select resource, parent, value from items order by resource, parent, age"
        ):
            kept.setdefault((resource, parent), []).append(decode(value))
        collections = [
            {"resource": resource, "parent": parent, "items": items}
            for (resource, parent), items in kept.items()
        ]
        state = restored(
            self._mock,
            {
                "format": 1,
                **{name: meta.get(name, 0) for name in COUNTERS},
                "collections": collections,
            },
        )
        state.watch()
        return state

    def begin(self, state: State) -> None:
        """Make the file hold a state, whatever it held before."""
        state.watch()
        self._database.execute("begin")
        self._database.execute("delete from items")
        for place, collection in state.collections.items():
            for key in collection.items:
                self._keep(state, place, key)
        self._counters(state)
        self._database.execute("commit")

    def save(self, state: State) -> None:
        """Write what has changed since the last time."""
        changed = [
            (place, key)
            for place, collection in state.collections.items()
            for key in collection.taken()
        ]
        if not changed:
            return
        self._database.execute("begin")
        for place, key in changed:
            self._keep(state, place, key)
        self._counters(state)
        self._database.execute("commit")

    def close(self, state: State) -> None:
        """Write everything and let the file go."""
        self._counters(state)
        self._database.close()

    def _keep(self, state: State, place: tuple[str, str], key: str) -> None:
        collection = state.collections[place]
        one = collection.items.get(key)
        if one is None:
            self._database.execute(
                "delete from items where resource = ? and parent = ? and key = ?", (*place, key)
            )
        else:
            self._database.execute(
                "insert or replace into items values (?, ?, ?, ?, ?)",
                (*place, key, collection.age(key), encode(one.value)),
            )

    def _counters(self, state: State) -> None:
        rows = [
            ("contract", self._mock.contract.name),
            *((name, getattr(state, name)) for name in COUNTERS),
        ]
        self._database.executemany("insert or replace into meta values (?, ?)", rows)
