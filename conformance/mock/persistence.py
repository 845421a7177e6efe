"""Serialization of a state to JSON, and its storage in an SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from conformance.contract import schema as schemas
from conformance.contract.json import Json
from conformance.contract.pointer import get_at_pointer
from conformance.errors import Problem, UsageError
from conformance.mock.bound_call import BoundCall
from conformance.mock.config import list_existing_parent_ids
from conformance.mock.message import build_mock_request, decode_json, encode_json
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


def insert_seed_data_into_state(mock: Mock, state: MockState, data: Json, file: str) -> None:
    """Add seed data to a state.

    The data maps resources to lists of request bodies for create operations, or to mappings from
    parent ids to such lists. A body may also hold fields that a create operation sets itself (id,
    timestamps, switches). Raises UsageError if the data does not fit the schema. `file` names the
    source in error messages.
    """
    problems = [
        Problem(message=message, file=file)
        for message in _insert_seed_data_and_yield_problems(mock, state, data)
    ]
    if problems:
        raise UsageError(*problems)


def _insert_seed_data_and_yield_problems(mock: Mock, state: MockState, data: Json) -> Iterator[str]:
    if not isinstance(data, dict):
        yield "seed data is a mapping from resources to lists of things"
        return
    for name, entries in data.items():
        builder = mock.item_builders.get(name)
        if builder is None:
            yield (
                f"there is no resource {name!r}; there are"
                f" {', '.join(mock.item_builders) or 'none'}"
            )
            continue
        parent = builder.repository.resource.parent
        parent_ids = (
            list_existing_parent_ids(mock.contract, mock.config, parent.parameter)
            if parent
            else ("",)
        )
        for parent_id, bodies in (
            entries if isinstance(entries, dict) else {parent_ids[0]: entries}
        ).items():
            if parent_id not in parent_ids or not isinstance(bodies, list):
                yield (
                    f"{name}: {parent_id!r} is no known {parent.parameter if parent else 'place'}"
                    if parent_id not in parent_ids
                    else f"{name}: a list is wanted"
                )
                continue
            path_arguments = {parent.parameter: parent_id} if parent else {}
            validator = schemas.compile_validator(mock.contract.document, builder.repository.schema)
            for number, body in enumerate(bodies):
                if not isinstance(body, dict):
                    yield f"{name} {number}: it is no mapping"
                    continue
                call = BoundCall(build_mock_request("POST", "/"), path_arguments, {}, {}, body)
                value = {**builder(state, call), **body}
                if violation := next(iter(validator.find_violations(value)), None):
                    yield f"{name} {number}: {violation.pointer} {violation.message}"
                builder.repository.store_value(state, call, value)


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
