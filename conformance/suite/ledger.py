"""A file that records what runs created and have not yet deleted, so that a crash loses nothing.

An entry is written before the request that creates the item, and marked as gone once the item is
deleted. Entries of deleted items stay for a while: `conformance clean` can then tell what a crashed
run has sent from what others have written. The file is an SQLite database that several runs may use
at once. The record of an item that is about to be created also survives a power failure. Each run
holds a lock while it is alive, which distinguishes its entries from those of a crashed run.
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
from conformance.contract.mark import get_run_start_time
from conformance.errors import Problem, UsageError

# seconds for which entries of deleted items are kept: a restored backup may bring the items back
RETENTION_SECONDS = 7 * 86400.0
SETUP_TIMEOUT = 10.0  # seconds to wait while another run prepares the file
FORMAT_VERSION = 2  # of the file; version 0.1 wrote format 0, which can still be read
_CREATE_TABLE = """
CREATE TABLE IF NOT EXISTS things (
  id INTEGER PRIMARY KEY, target TEXT NOT NULL, run TEXT NOT NULL, resource TEXT NOT NULL,
  arguments TEXT NOT NULL, name TEXT, identity TEXT, confirmed INTEGER NOT NULL DEFAULT 0,
  gone INTEGER NOT NULL DEFAULT 0, names TEXT
)
"""
_SELECT_ENTRIES = (
    "SELECT id, run, resource, arguments, name, identity, confirmed, gone, names FROM things"
    " WHERE target IN (?, ?) ORDER BY id"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One item that was created, or is being created, by the session with this mark.

    `arguments` are those of its creation, which name its parent. `name` is the value that was sent
    for the field that carries the mark. `identity` is None until the response came. `confirmed`
    means that the item was read once with its mark and identity. `gone` means that it was deleted,
    or never created, according to the server. `names` are all names that the item may have; None in
    a file of version 0.1.
    """

    id: int
    mark: str
    resource: str
    arguments: Mapping[str, Json]
    name: str | None
    identity: Json = None
    confirmed: bool = False
    deleted: bool = False
    names: tuple[Json, ...] | None = None


class Ledger:
    """The entries of one target. Without a file, they exist only in memory."""

    def __init__(self, file: Path | None = None, target: str = "") -> None:
        self.file = file
        self.target, self._original_url = normalize_target_url(target), target.rstrip("/")
        self._lock = threading.Lock()
        self._run_lock: FileLock | None = None
        self._last_id = 0
        self._own_entries: dict[int, LedgerEntry] = {}
        self._database: sqlite3.Connection | None = None
        if file is not None:
            try:
                file.parent.mkdir(parents=True, exist_ok=True)
                self._database = sqlite3.connect(
                    file, timeout=30, isolation_level=None, check_same_thread=False
                )
                self._prepare_database(self._database)
            except (OSError, sqlite3.Error) as error:
                if self._database is not None:
                    self._database.close()
                raise _make_unusable_error(file, str(error)) from error

    def _prepare_database(self, database: sqlite3.Connection) -> None:
        """Create or upgrade the table.

        Retries while another run does the same, because SQLite does not wait when the journal mode
        changes.
        """
        deadline = time.monotonic() + SETUP_TIMEOUT
        while True:
            try:
                database.execute("PRAGMA journal_mode=WAL")
                database.execute("PRAGMA synchronous=NORMAL")
                version = database.execute("PRAGMA user_version").fetchone()[0]
                if version > FORMAT_VERSION:
                    raise sqlite3.DatabaseError(
                        f"a later version of this tool wrote it (format {version})"
                    )
                database.execute(_CREATE_TABLE)
                columns = {row[1] for row in database.execute("PRAGMA table_info(things)")}
                if "gone" not in columns:
                    database.execute(
                        "ALTER TABLE things ADD COLUMN gone INTEGER NOT NULL DEFAULT 0"
                    )
                if "names" not in columns:
                    database.execute("ALTER TABLE things ADD COLUMN names TEXT")
                database.execute(f"PRAGMA user_version={FORMAT_VERSION}")
                return
            except sqlite3.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def close(self) -> None:
        """Forget old entries of deleted items, close the file and release the run's lock."""
        if self._database is not None:
            # if this fails, a later run forgets the entries
            with self._lock, contextlib.suppress(sqlite3.Error):
                self._forget_old_entries(self._database)
            self._database.close()
        if self._run_lock is not None:
            self._run_lock.release()
            with contextlib.suppress(OSError):
                os.unlink(self._run_lock.lock_file)

    def _forget_old_entries(self, database: sqlite3.Connection) -> None:
        runs = [
            run for (run,) in database.execute("SELECT DISTINCT run FROM things WHERE gone = 1")
        ]
        old = [(run,) for run in runs if time.time() - get_run_start_time(run) > RETENTION_SECONDS]
        database.executemany("DELETE FROM things WHERE gone = 1 AND run = ?", old)

    def lock_run(self, run: str) -> None:
        """Lock the entries of a run.

        The run counts as alive until `close` or the end of this process.
        """
        if self.file is not None:
            self._run_lock = FileLock(self._get_lock_path(run))
            self._run_lock.acquire(timeout=10)

    def is_run_alive(self, run: str) -> bool:
        """Return whether another process still executes a run."""
        if self.file is None:
            return False
        path = self._get_lock_path(run)
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

    def _get_lock_path(self, run: str) -> Path:
        assert self.file is not None
        return self.file.with_name(f"{self.file.name}.{run}.lock")

    def record_creation_intent(
        self, mark: str, resource: str, arguments: Mapping[str, Json], name: str | None
    ) -> int:
        """Record an item that is about to be created; return the number of its entry."""
        with self._lock:
            entry_id = self._last_id = self._last_id + 1
            if self._database is not None:
                names = () if name is None else (name,)
                serialized = json.dumps(dict(arguments)), name, json.dumps(names)
                values = (self.target, mark, resource, *serialized)
                statement = (
                    "INSERT INTO things (target, run, resource, arguments, name, names)"
                    " VALUES (?, ?, ?, ?, ?, ?)"
                )
                try:
                    self._database.execute("PRAGMA synchronous=FULL")
                    entry_id = self._database.execute(statement, values).lastrowid or 0
                    self._database.execute("PRAGMA synchronous=NORMAL")
                except sqlite3.Error as error:
                    raise _make_unusable_error(self.file, str(error)) from error
            self._own_entries[entry_id] = LedgerEntry(
                id=entry_id,
                mark=mark,
                resource=resource,
                arguments=dict(arguments),
                name=name,
                names=() if name is None else (name,),
            )
            return entry_id

    def record_identity(self, entry_id: int, identity: Json) -> None:
        """Record the identity that the response contained."""
        self._update_entry(
            entry_id, "identity", json.dumps(identity), identity=identity, deleted=False
        )

    def record_confirmation(self, entry_id: int) -> None:
        """Record that an item was read with its mark and identity."""
        self._update_entry(entry_id, "confirmed", 1, confirmed=True)

    def record_names(self, entry_id: int, names: Sequence[Json]) -> None:
        """Record all names that an item may have."""
        self._update_entry(entry_id, "names", json.dumps(list(names)), names=tuple(names))

    def record_gone(self, entry_id: int) -> None:
        """Record that an item is deleted, or was never created, according to the server."""
        self._update_entry(entry_id, "gone", 1, deleted=True)

    def _update_entry(self, entry_id: int, column: str, value: Json, **fields: Json) -> None:
        with self._lock:
            if entry_id in self._own_entries:
                self._own_entries[entry_id] = replace(self._own_entries[entry_id], **fields)
            if self._database is not None:
                # a failed update is harmless: cleanup looks for the item on the server
                with contextlib.suppress(sqlite3.Error):
                    self._database.execute(
                        f"UPDATE things SET {column} = ? WHERE id = ?", (value, entry_id)
                    )

    @property
    def own_entries(self) -> tuple[LedgerEntry, ...]:
        """Return everything that this process created or tried to create, in order of sending."""
        with self._lock:
            return tuple(self._own_entries.values())

    def read_ledger_entries(self) -> list[LedgerEntry]:
        """Return the entries of the target in the file, the oldest first."""
        if self._database is None:
            return []
        with self._lock:
            rows = self._database.execute(
                _SELECT_ENTRIES, (self.target, self._original_url)
            ).fetchall()
        return [
            LedgerEntry(
                id=id,
                mark=mark,
                resource=resource,
                arguments=json.loads(arguments),
                name=name,
                identity=identity and json.loads(identity),
                confirmed=bool(confirmed),
                deleted=bool(gone),
                names=None if names is None else tuple(json.loads(names)),
            )
            for id, mark, resource, arguments, name, identity, confirmed, gone, names in rows
        ]


def _make_unusable_error(file: Path | None, reason: str) -> UsageError:
    message = f"the ledger {file} cannot be used: {reason}"
    return UsageError(Problem(message=message, hint="name another file with --ledger"))


def normalize_target_url(url: str) -> str:
    """Return a URL in the form that the ledger uses.

    All names of the loopback interface become the same URL.
    """
    url_parts = urlsplit(url.rstrip("/"))
    host = (url_parts.hostname or "").lower()
    if host in ("localhost", "::1"):
        host = "127.0.0.1"
    port = (
        f":{url_parts.port}"
        if url_parts.port not in (None, {"http": 80}.get(url_parts.scheme, 443))
        else ""
    )
    return f"{url_parts.scheme}://{host}{port}{url_parts.path}" if host else url.rstrip("/")


def default_ledger_path(url: str) -> Path:
    """Return the default path of a target's ledger (XDG Base Directory Specification: state).

    Raises UsageError if there is no home folder.
    """
    folder = os.environ.get("XDG_STATE_HOME")
    if not folder:
        try:
            folder = str(Path.home() / ".local" / "state")
        except RuntimeError as error:
            message = "there is no home folder to keep the ledger in"
            raise UsageError(Problem(message=message, hint="name a file with --ledger")) from error
    url_variants = (
        normalize_target_url(url),
        url.rstrip("/"),
    )  # version 0.1 did not normalize the URL
    files = [
        Path(folder) / "conformance" / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.sqlite"
        for name in url_variants
    ]
    return next((file for file in files if file.exists()), files[0])
