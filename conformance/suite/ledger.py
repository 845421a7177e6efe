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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from conformance.contract.json import Json
from conformance.contract.mark import began
from conformance.errors import Problem, UsageError

KEPT = 7 * 86400.0  # seconds for which entries of what is gone are kept: a backup may bring it back
PATIENCE = 10.0  # seconds that another run may take to set the file up
VERSION = 2  # of the file; 0 is that of version 0.1, which this one still reads
_TABLE = """
CREATE TABLE IF NOT EXISTS things (
  id INTEGER PRIMARY KEY, target TEXT NOT NULL, run TEXT NOT NULL, resource TEXT NOT NULL,
  arguments TEXT NOT NULL, name TEXT, identity TEXT, confirmed INTEGER NOT NULL DEFAULT 0,
  gone INTEGER NOT NULL DEFAULT 0, names TEXT
)
"""
_ENTRIES = (
    "SELECT id, run, resource, arguments, name, identity, confirmed, gone, names FROM things"
    " WHERE target IN (?, ?) ORDER BY id"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item that was created, or is being created, in session `run` (the mark of the session).

    `arguments` are those of its creation, which name its parent; `name` is what the field of the
    mark was sent as. `identity` is None until the answer came. `confirmed`: it was seen once under
    its mark and identity. `gone`: it was deleted, or never came to be, as the server said. `names`
    is all that the item may be called; None in a file of version 0.1.
    """

    id: int
    run: str
    resource: str
    arguments: Mapping[str, Json]
    name: str | None
    identity: Json = None
    confirmed: bool = False
    gone: bool = False
    names: tuple[Json, ...] | None = None


class Ledger:
    """The entries of one target. Without a file nothing outlives the process."""

    def __init__(self, file: Path | None = None, target: str = "") -> None:
        self.file = file
        self.target, self._given = same_server(target), target.rstrip("/")
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
                known = {row[1] for row in base.execute("PRAGMA table_info(things)")}
                if "gone" not in known:
                    base.execute("ALTER TABLE things ADD COLUMN gone INTEGER NOT NULL DEFAULT 0")
                if "names" not in known:
                    base.execute("ALTER TABLE things ADD COLUMN names TEXT")
                base.execute(f"PRAGMA user_version={VERSION}")
                return
            except sqlite3.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def close(self) -> None:
        """Close the file and let the run's lock go; what has long been gone is forgotten."""
        if self._base is not None:
            # such entries are looked at once more by `clean`, and forgotten another time
            with self._lock, contextlib.suppress(sqlite3.Error):
                self._forget_old(self._base)
            self._base.close()
        if self._alive is not None:
            self._alive.release()
            with contextlib.suppress(OSError):
                os.unlink(self._alive.lock_file)

    def _forget_old(self, base: sqlite3.Connection) -> None:
        runs = [run for (run,) in base.execute("SELECT DISTINCT run FROM things WHERE gone = 1")]
        old = [(run,) for run in runs if time.time() - began(run) > KEPT]
        base.executemany("DELETE FROM things WHERE gone = 1 AND run = ?", old)

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
                names = () if name is None else (name,)
                written = json.dumps(dict(arguments)), name, json.dumps(names)
                given = (self.target, run, resource, *written)
                insert = (
                    "INSERT INTO things (target, run, resource, arguments, name, names)"
                    " VALUES (?, ?, ?, ?, ?, ?)"
                )
                try:
                    self._base.execute("PRAGMA synchronous=FULL")
                    number = self._base.execute(insert, given).lastrowid or 0
                    self._base.execute("PRAGMA synchronous=NORMAL")
                except sqlite3.Error as error:
                    raise _unusable(self.file, str(error)) from error
            self._mine[number] = Entry(
                id=number,
                run=run,
                resource=resource,
                arguments=dict(arguments),
                name=name,
                names=() if name is None else (name,),
            )
            return number

    def made(self, id: int, identity: Json) -> None:
        """Write down the identity that the answer gave."""
        self._change(id, "identity", json.dumps(identity), identity=identity, gone=False)

    def confirm(self, id: int) -> None:
        """Write down that an item was seen under its mark and identity."""
        self._change(id, "confirmed", 1, confirmed=True)

    def named(self, id: int, names: Sequence[Json]) -> None:
        """Write down what an item may be called."""
        self._change(id, "names", json.dumps(list(names)), names=tuple(names))

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
            rows = self._base.execute(_ENTRIES, (self.target, self._given)).fetchall()
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
                names=None if names is None else tuple(json.loads(names)),
            )
            for id, run, resource, arguments, name, identity, confirmed, gone, names in rows
        ]


def _unusable(file: Path | None, reason: str) -> UsageError:
    message = f"the ledger {file} cannot be used: {reason}"
    return UsageError(Problem(message=message, hint="name another file with --ledger"))


def same_server(url: str) -> str:
    """Return a URL as the ledger knows it: the same for all names of this machine's loopback."""
    parts = urlsplit(url.rstrip("/"))
    host = (parts.hostname or "").lower()
    if host in ("localhost", "::1"):
        host = "127.0.0.1"
    port = f":{parts.port}" if parts.port not in (None, {"http": 80}.get(parts.scheme, 443)) else ""
    return f"{parts.scheme}://{host}{port}{parts.path}" if host else url.rstrip("/")


def default(url: str) -> Path:
    """Return where the ledger of a target is kept when nothing else is asked for (XDG Base
    Directory Specification: state).
    """
    folder = os.environ.get("XDG_STATE_HOME")
    if not folder:
        try:
            folder = str(Path.home() / ".local" / "state")
        except RuntimeError as error:
            message = "there is no home folder to keep the ledger in"
            raise UsageError(Problem(message=message, hint="name a file with --ledger")) from error
    names = (same_server(url), url.rstrip("/"))  # version 0.1 took a URL as it was given
    files = [
        Path(folder) / "conformance" / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.sqlite"
        for name in names
    ]
    return next((file for file in files if file.exists()), files[0])
