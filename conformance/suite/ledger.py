"""What runs created on a target and have not yet deleted: on disk, so that it outlives a crash.

An entry is written before the request is sent that creates the item, and marked as gone once the
item is. Entries of what is gone stay until their run has ended well: `clean` can then tell what a
crashed run has sent from what others have written. The file is an SQLite database; several runs may
use it at once. That an item is about to be created outlives a power cut, too. Each run holds a lock
for as long as it lives, so that another can tell its entries from those of a crashed one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout

from conformance.contract.json import Json
from conformance.errors import Problem, UsageError

PATIENCE = 10.0  # seconds that another run may take to set the file up
VERSION = 2  # of the file; 0 is that of version 0.1, which this one still reads
_TABLE = """
CREATE TABLE IF NOT EXISTS things (
  id INTEGER PRIMARY KEY, target TEXT NOT NULL, run TEXT NOT NULL, resource TEXT NOT NULL,
  arguments TEXT NOT NULL, name TEXT, identity TEXT, confirmed INTEGER NOT NULL DEFAULT 0,
  gone INTEGER NOT NULL DEFAULT 0
)
"""
_ENTRIES = (
    "SELECT id, run, resource, arguments, name, identity, confirmed, gone FROM things WHERE target"
    " = ? ORDER BY id"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item that was created, or is being created, in session `run` (the mark of the session).

    `arguments` are those of its creation, which name its parent; `name` is what the field of the
    mark was sent as. `identity` is None until the answer came. `confirmed`: it was seen once under
    its mark and identity. `gone`: it was deleted, or never came to be, as the server said.
    """

    id: int
    run: str
    resource: str
    arguments: Mapping[str, Json]
    name: str | None
    identity: Json = None
    confirmed: bool = False
    gone: bool = False


class Ledger:
    """The entries of one target. Without a file nothing outlives the process."""

    def __init__(self, file: Path | None = None, target: str = "") -> None:
        self.file = file
        self.target = target.rstrip("/")
        self._lock = threading.Lock()
        self._alive: FileLock | None = None
        self._last = 0
        self._mine: dict[int, Entry] = {}
        self._base: sqlite3.Connection | None = None
        if file is not None:
            try:
                file.parent.mkdir(parents=True, exist_ok=True)
                self._base = sqlite3.connect(
                    file, timeout=30, isolation_level=None, check_same_thread=False
                )
                self._prepare(self._base)
            except (OSError, sqlite3.Error) as error:
                if self._base is not None:
                    self._base.close()
                raise _unusable(file, str(error)) from error

    def _prepare(self, base: sqlite3.Connection) -> None:
        """Set the file up; again for a while where another run does the same just now: a change of
        mode does not wait by itself.
        """
        until = time.monotonic() + PATIENCE
        while True:
            try:
                base.execute("PRAGMA journal_mode=WAL")
                base.execute("PRAGMA synchronous=NORMAL")
                version = base.execute("PRAGMA user_version").fetchone()[0]
                if version > VERSION:
                    raise sqlite3.DatabaseError(
                        f"a later version of this tool wrote it (format {version})"
                    )
                base.execute(_TABLE)
                if "gone" not in {row[1] for row in base.execute("PRAGMA table_info(things)")}:
                    base.execute("ALTER TABLE things ADD COLUMN gone INTEGER NOT NULL DEFAULT 0")
                base.execute(f"PRAGMA user_version={VERSION}")
                return
            except sqlite3.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def close(self) -> None:
        """Forget what the run has created and deleted again, close the file and let the run's lock
        go.
        """
        if self._base is not None:
            done = [(one.id,) for one in self._mine.values() if one.gone]
            # such entries are looked for once more by `clean`
            with self._lock, contextlib.suppress(sqlite3.Error):
                self._base.executemany("DELETE FROM things WHERE id = ?", done)
            self._base.close()
        if self._alive is not None:
            self._alive.release()
            with contextlib.suppress(OSError):
                os.unlink(self._alive.lock_file)

    def open(self, run: str) -> None:
        """Begin the entries of a run: until `close`, or the end of this process, it counts as
        alive.
        """
        if self.file is not None:
            self._alive = FileLock(self._lock_of(run))
            self._alive.acquire(timeout=10)

    def alive(self, run: str) -> bool:
        """Tell whether another process still carries out a run."""
        if self.file is None:
            return False
        path = self._lock_of(run)
        if not path.exists():
            return False
        lock = FileLock(path)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return True
        lock.release()
        path.unlink(missing_ok=True)
        return False

    def _lock_of(self, run: str) -> Path:
        assert self.file is not None
        return self.file.with_name(f"{self.file.name}.{run}.lock")

    def intend(
        self, run: str, resource: str, arguments: Mapping[str, Json], name: str | None
    ) -> int:
        """Write down what is about to be created; returns the number of the entry."""
        with self._lock:
            number = self._last = self._last + 1
            if self._base is not None:
                given = (self.target, run, resource, json.dumps(dict(arguments)), name)
                insert = (
                    "INSERT INTO things (target, run, resource, arguments, name) VALUES (?, ?, ?,"
                    " ?, ?)"
                )
                try:
                    self._base.execute("PRAGMA synchronous=FULL")
                    number = self._base.execute(insert, given).lastrowid or 0
                    self._base.execute("PRAGMA synchronous=NORMAL")
                except sqlite3.Error as error:
                    raise _unusable(self.file, str(error)) from error
            self._mine[number] = Entry(
                id=number, run=run, resource=resource, arguments=dict(arguments), name=name
            )
            return number

    def made(self, id: int, identity: Json) -> None:
        """Write down the identity that the answer gave."""
        self._change(id, "identity", json.dumps(identity), identity=identity, gone=False)

    def confirm(self, id: int) -> None:
        """Write down that an item was seen under its mark and identity."""
        self._change(id, "confirmed", 1, confirmed=True)

    def strike(self, id: int) -> None:
        """Write down that an item is gone, or was never created, as the server said."""
        self._change(id, "gone", 1, gone=True)

    def _change(self, id: int, column: str, value: Json, **fields: Json) -> None:
        with self._lock:
            if id in self._mine:
                self._mine[id] = replace(self._mine[id], **fields)
            if self._base is not None:
                # what is not written down is looked for on the server
                with contextlib.suppress(sqlite3.Error):
                    self._base.execute(f"UPDATE things SET {column} = ? WHERE id = ?", (value, id))

    def forget(self, id: int) -> None:
        """Remove an entry of an earlier run: what it names is known to be gone."""
        with self._lock:
            if self._base is not None:
                self._base.execute("DELETE FROM things WHERE id = ?", (id,))

    @property
    def mine(self) -> tuple[Entry, ...]:
        """Return everything that this process has created, or tried to, in the order in which it
        was sent.
        """
        with self._lock:
            return tuple(self._mine.values())

    def entries(self) -> list[Entry]:
        """Return what is written in the file about the target, the oldest first."""
        if self._base is None:
            return []
        with self._lock:
            rows = self._base.execute(_ENTRIES, (self.target,)).fetchall()
        return [
            Entry(
                id=id,
                run=run,
                resource=resource,
                arguments=json.loads(arguments),
                name=name,
                identity=identity and json.loads(identity),
                confirmed=bool(confirmed),
                gone=bool(gone),
            )
            for id, run, resource, arguments, name, identity, confirmed, gone in rows
        ]


def _unusable(file: Path | None, reason: str) -> UsageError:
    message = f"the ledger {file} cannot be used: {reason}"
    return UsageError(Problem(message=message, hint="name another file with --ledger"))


def default(url: str) -> Path:
    """Return where the ledger of a target is kept when nothing else is asked for (XDG Base
    Directory Specification: state).
    """
    base = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return (
        base / "conformance" / f"{hashlib.sha256(url.rstrip('/').encode()).hexdigest()[:16]}.sqlite"
    )
