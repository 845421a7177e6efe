"""Serialization of a state to JSON, and its storage in an SQLite file."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from conformance.contract.json import Json
from conformance.contract.pointer import get_at_pointer
from conformance.errors import Problem, UsageError
from conformance.mock.message import decode_json, encode_json
from conformance.mock.mock import Mock
from conformance.mock.repository import ItemRepository
from conformance.mock.state import MockState

LOCK_TIMEOUT = 0.5  # seconds
# name in files → attribute of MockState
COUNTERS = {"serial": "last_serial", "answers": "response_count", "moment": "last_timestamp"}
TABLE_DEFINITIONS = """
create table if not exists meta (name text primary key, value not null) without rowid;
create table if not exists items (
  resource text, parent text, key text, age integer, value text, primary key (resource, parent, key)
) without rowid;
create table if not exists items_of_other_user (
  resource text, parent text, key text, primary key (resource, parent, key)
) without rowid;
"""
# the file belongs to one process: two would overwrite each other's counters and items
OPENING = """
pragma locking_mode=exclusive; pragma journal_mode=wal; pragma synchronous=normal;
begin exclusive;
"""


def state_to_json(state: MockState) -> Json:
    """Return a state as a JSON value.

    It holds the counters and the items of each collection in the order of creation.
    """
    collections = [
        {
            "resource": resource,
            "parent": parent,
            "items": [item.value for item in collection.items.values()],
        }
        for (resource, parent), collection in state.collections.items()
        if collection.items
    ]
    return {
        "format": 1,
        **{name: getattr(state, attribute) for name, attribute in COUNTERS.items()},
        "collections": collections,
        **(
            {"itemsOfOtherUser": [list(entry) for entry in sorted(state.items_of_other_user)]}
            if state.items_of_other_user
            else {}
        ),
    }


def state_from_json(mock: Mock, value: Json) -> MockState:
    """Return the state for a value that `dump_state` returned.

    Raises ValueError if the format or a resource is unknown.
    """
    if not isinstance(value, dict) or value.get("format") != 1:
        raise ValueError('a state is an object with "format": 1')
    state = MockState(
        last_serial=int(value.get("serial", 0)),
        response_count=int(value.get("answers", 0)),
        last_timestamp=int(value.get("moment", 0)),
        items_of_other_user={
            (str(resource), str(parent), str(key))
            for resource, parent, key in value.get("itemsOfOtherUser", ())
        },
    )
    for stored in value.get("collections", ()):
        repository = _get_repository(mock, stored["resource"])
        collection = state.get_or_create_collection(stored["resource"], str(stored["parent"]))
        for item_value in stored["items"]:
            collection.add_or_replace_item(
                str(get_at_pointer(item_value, repository.resource.identity_pointer)),
                repository.build_item(item_value),
            )
    return state


def _get_repository(mock: Mock, resource: str) -> ItemRepository:
    if resource not in mock.item_builders:
        raise ValueError(f"there is no resource {resource!r}")
    return mock.item_builders[resource].repository


class StateFile:
    """An SQLite file that stores a state, and belongs to one process while it is open.

    Only changed items are written, in one transaction per request. Raises UsageError if the file
    cannot be opened.
    """

    def __init__(self, mock: Mock, path: Path) -> None:
        self._mock, self._path = mock, path
        try:
            self._database = sqlite3.connect(
                path, isolation_level=None, check_same_thread=False, timeout=LOCK_TIMEOUT
            )
            self._database.executescript(f"{OPENING}{TABLE_DEFINITIONS}commit;")
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
                raise UsageError(
                    Problem(
                        message=f"--state {path} is in use by another process",
                        hint="stop the other mock, or name another file",
                    )
                ) from error
            raise UsageError(
                Problem(
                    message=f"--state {path}: {error}",
                    hint="it is made by the mock: name a file that is not there yet",
                )
            ) from error

    def load(self) -> MockState | None:
        """Return the stored state, or None for a new file.

        Raises UsageError if the file belongs to another contract, or to an older edition of it
        with other resources.
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
        state = state_from_json(
            self._mock,
            {
                "format": 1,
                **{name: meta.get(name, 0) for name in COUNTERS},
                "itemsOfOtherUser": self._database.execute("select * from items_of_other_user"),
            },
        )
        rows = self._database.execute(
            "select resource, parent, key, age, value from items order by resource, parent, age"
        )
        try:
            for resource, parent, key, age, value in rows:
                item = _get_repository(self._mock, resource).build_item(decode_json(value))
                state.get_or_create_collection(resource, parent).restore_item(key, item, age)
        except ValueError as error:
            raise UsageError(
                Problem(
                    message=f"--state {self._path} does not fit the contract: {error}",
                    hint="name another file, or remove this one",
                )
            ) from error
        state.track_changes()
        return state

    def overwrite(self, state: MockState) -> None:
        """Replace the content of the file with a state."""
        state.track_changes()
        self._database.execute("begin")
        self._database.execute("delete from items")
        self._database.execute("delete from items_of_other_user")
        for collection_key, collection in state.collections.items():
            for key in collection.items:
                self._write_item(state, collection_key, key)
        self._write_counters(state)
        self._database.execute("commit")

    def save_changes(self, state: MockState) -> None:
        """Write the items that changed since the last save."""
        changed = [
            (collection_key, key)
            for collection_key, collection in state.collections.items()
            for key in collection.take_changes()
        ]
        if not changed:
            return
        self._database.execute("begin")
        for collection_key, key in changed:
            self._write_item(state, collection_key, key)
        self._write_counters(state)
        self._database.execute("commit")

    def close(self, state: MockState) -> None:
        """Write the counters and close the file."""
        self._write_counters(state)
        self._database.close()

    def _write_item(self, state: MockState, collection_key: tuple[str, str], key: str) -> None:
        collection = state.collections[collection_key]
        item = collection.items.get(key)
        if item is None:
            for table in ("items", "items_of_other_user"):
                self._database.execute(
                    f"delete from {table} where resource = ? and parent = ? and key = ?",
                    (*collection_key, key),
                )
        else:
            self._database.execute(
                "insert or replace into items values (?, ?, ?, ?, ?)",
                (*collection_key, key, collection.get_age(key), encode_json(item.value)),
            )
            if (*collection_key, key) in state.items_of_other_user:
                self._database.execute(
                    "insert or replace into items_of_other_user values (?, ?, ?)",
                    (*collection_key, key),
                )

    def _write_counters(self, state: MockState) -> None:
        rows = [
            ("contract", self._mock.contract.name),
            *((name, getattr(state, attribute)) for name, attribute in COUNTERS.items()),
        ]
        self._database.executemany("insert or replace into meta values (?, ?)", rows)
