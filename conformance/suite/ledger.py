"""What runs made on a target and have not yet removed: on disk, so that it outlives a crash.

An entry is written before the request that makes the thing is sent, and struck out once the thing is gone. The file is an SQLite database; several runs
may use it at once. That a thing is about to be made outlives a power cut, too; what was written of it since may be lost with one: marks and reads tell it
anew. Each run holds a lock for as long as it lives, so that another can tell its entries from those of a crashed one.
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
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from conformance.contract.json import Json
from conformance.errors import Problem, UsageError

PATIENCE = 10.0  # seconds that another run may take to set the file up
_TABLE = """
CREATE TABLE IF NOT EXISTS things (
  id INTEGER PRIMARY KEY, target TEXT NOT NULL, run TEXT NOT NULL, resource TEXT NOT NULL,
  arguments TEXT NOT NULL, name TEXT, identity TEXT, confirmed INTEGER NOT NULL DEFAULT 0
)
"""
_ENTRIES = "SELECT id, run, resource, arguments, name, identity, confirmed FROM things WHERE target = ? ORDER BY id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that was made, or is being made: `arguments` are those of its creation that name its parent, `name` its mark.

    `identity` is None until the answer came. `confirmed`: a read showed the thing of that identity under a mark of ours.
    """

    id: int
    run: str
    resource: str
    arguments: Mapping[str, Json]
    name: str | None
    identity: Json = None
    confirmed: bool = False


class Ledger:
    """The entries of one target. Without a file nothing outlives the process, and so nothing is written."""

    def __init__(self, file: Path | None = None, target: str = "") -> None:
        self.file = file
        self.target = target.rstrip("/")
        self._lock = threading.Lock()
        self._alive: FileLock | None = None
        self._last = 0
        self._base: sqlite3.Connection | None = None
        if file is not None:
            try:
                file.parent.mkdir(parents=True, exist_ok=True)
                self._base = sqlite3.connect(file, timeout=30, isolation_level=None, check_same_thread=False)
                self._prepare(self._base)
            except (OSError, sqlite3.Error) as error:
                if self._base is not None:
                    self._base.close()
                raise UsageError(Problem(message=f"the ledger {file} cannot be used: {error}", hint="name another file with --ledger")) from error

    def _prepare(self, base: sqlite3.Connection) -> None:
        """Set the file up; again for a while where another run does the same just now: a change of mode does not wait by itself."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                base.execute("PRAGMA journal_mode=WAL")
                base.execute("PRAGMA synchronous=NORMAL")
                base.execute(_TABLE)
                return
            except sqlite3.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def close(self) -> None:
        """Close the file and let the run's lock go."""
        if self._base is not None:
            self._base.close()
        if self._alive is not None:
            self._alive.release()
            with contextlib.suppress(OSError):
                os.unlink(self._alive.lock_file)

    def open(self, run: str) -> None:
        """Begin the entries of a run: until `close`, or the end of this process, it counts as alive."""
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

    def intend(self, run: str, resource: str, arguments: Mapping[str, Json], name: str | None) -> int:
        """Write down what is about to be made; returns the number of the entry."""
        with self._lock:
            if self._base is not None:
                given = (self.target, run, resource, json.dumps(dict(arguments)), name)
                self._base.execute("PRAGMA synchronous=FULL")
                number = self._base.execute("INSERT INTO things (target, run, resource, arguments, name) VALUES (?, ?, ?, ?, ?)", given).lastrowid
                self._base.execute("PRAGMA synchronous=NORMAL")
                return number or 0
            self._last += 1
            return self._last

    def made(self, id: int, identity: Json) -> None:
        """Write down the identity that the answer gave."""
        self._set(id, "identity", json.dumps(identity))

    def confirm(self, id: int) -> None:
        """Write down that the thing was seen under a mark of ours."""
        self._set(id, "confirmed", 1)

    def _set(self, id: int, column: str, value: Json) -> None:
        with self._lock:
            if self._base is not None:
                self._base.execute(f"UPDATE things SET {column} = ? WHERE id = ?", (value, id))

    def strike(self, id: int) -> None:
        """Strike out what is gone, or was never made."""
        with self._lock:
            if self._base is not None:
                self._base.execute("DELETE FROM things WHERE id = ?", (id,))

    def entries(self) -> list[Entry]:
        """Return what is written in the file about the target, the oldest first."""
        if self._base is None:
            return []
        with self._lock:
            found = self._base.execute(_ENTRIES, (self.target,)).fetchall()
        return [
            Entry(id=id, run=run, resource=resource, arguments=json.loads(given), name=name, identity=identity and json.loads(identity), confirmed=bool(sure))
            for id, run, resource, given, name, identity, sure in found
        ]


def default(url: str) -> Path:
    """Return where the ledger of a target is kept when nothing else is asked for (XDG Base Directory Specification: state)."""
    base = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return base / "conformance" / f"{hashlib.sha256(url.rstrip('/').encode()).hexdigest()[:16]}.sqlite"
