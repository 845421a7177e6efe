"""Serialization of a state to JSON, and its storage in an SQLite file."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from conformance.contract.json import Json
from conformance.contract.pointer import get_at_pointer
from conformance.errors import Problem, UsageError
from conformance.mock.message import decode_json, encode_json
from conformance.mock.mock import Mock
from conformance.mock.state import MockState

# name in files → attribute of MockState
COUNTERS = {"serial": "last_serial", "answers": "response_count", "moment": "last_timestamp"}
TABLE_DEFINITIONS = """
create table if not exists meta (name text primary key, value not null) without rowid;
create table if not exists items (
  resource text, parent text, key text, age integer, value text, primary key (resource, parent, key)
) without rowid;
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
    )
    for stored in value.get("collections", ()):
        repository = (
            mock.item_builders[stored["resource"]].repository
            if stored["resource"] in mock.item_builders
            else None
        )
        if repository is None:
            raise ValueError(f"there is no resource {stored['resource']!r}")
        collection = state.get_or_create_collection(stored["resource"], str(stored["parent"]))
        for item_value in stored["items"]:
            collection.add_or_replace_item(
                str(get_at_pointer(item_value, repository.resource.identity_pointer)),
                repository.build_item(item_value),
            )
    return state


class StateFile:
    """An SQLite file that stores a state.

    Only changed items are written, in one transaction per request. Raises UsageError if the file
    cannot be opened.
    """

    def __init__(self, mock: Mock, path: Path) -> None:
        self._mock, self._path = mock, path
        try:
            self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._database.executescript(
                "pragma journal_mode=wal; pragma synchronous=normal;" + TABLE_DEFINITIONS
            )
        except sqlite3.Error as error:
            raise UsageError(
                Problem(
                    message=f"--state {path}: {error}",
                    hint="it is made by the mock: name a file that is not there yet",
                )
            ) from error

    def load(self) -> MockState | None:
        """Return the stored state, or None for a new file.

        Raises UsageError if the file belongs to another contract.
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
        items_by_collection: dict[tuple[str, str], list[Json]] = {}
        for resource, parent, value in self._database.execute(
            "select resource, parent, value from items order by resource, parent, age"
        ):
            items_by_collection.setdefault((resource, parent), []).append(decode_json(value))
        collections = [
            {"resource": resource, "parent": parent, "items": items}
            for (resource, parent), items in items_by_collection.items()
        ]
        state = state_from_json(
            self._mock,
            {
                "format": 1,
                **{name: meta.get(name, 0) for name in COUNTERS},
                "collections": collections,
            },
        )
        state.track_changes()
        return state

    def overwrite(self, state: MockState) -> None:
        """Replace the content of the file with a state."""
        state.track_changes()
        self._database.execute("begin")
        self._database.execute("delete from items")
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
            self._database.execute(
                "delete from items where resource = ? and parent = ? and key = ?",
                (*collection_key, key),
            )
        else:
            self._database.execute(
                "insert or replace into items values (?, ?, ?, ?, ?)",
                (*collection_key, key, collection.get_age(key), encode_json(item.value)),
            )

    def _write_counters(self, state: MockState) -> None:
        rows = [
            ("contract", self._mock.contract.name),
            *((name, getattr(state, attribute)) for name, attribute in COUNTERS.items()),
        ]
        self._database.executemany("insert or replace into meta values (?, ?)", rows)
