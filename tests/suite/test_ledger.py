"""The ledger: entries before and after each creation, live runs, and unusable files."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from conformance.errors import UsageError
from conformance.suite.ledger import Ledger, LedgerEntry, default_ledger_path
from conformance.suite.mark import create_mark

RUN, OTHER_RUN = "conformance-1700000000-aaaa000", "conformance-1700000000-bbbb000"


@pytest.fixture
def ledger_path(tmp_path: Path) -> Path:
    """Return the path of a ledger that does not exist yet."""
    return tmp_path / "folder" / "ledger.sqlite"


class TestEntries:
    def test_intent_is_written_before_the_creation(self, ledger_path: Path) -> None:
        """The intent to create an item is written first, without an id.

        It is there as well when the file is opened again.
        """
        ledger = Ledger(ledger_path)
        entry_id = ledger.record_creation_intent(
            RUN, "book", {"shelf": "aaaaaa", "n": 1}, f"{RUN}-x"
        )
        expected = [
            LedgerEntry(
                id=entry_id,
                mark=RUN,
                resource="book",
                arguments={"shelf": "aaaaaa", "n": 1},
                name=f"{RUN}-x",
                names=(f"{RUN}-x",),
            )
        ]
        assert expected == ledger.read_ledger_entries()
        ledger.close()
        reopened_ledger = Ledger(ledger_path)
        assert expected == reopened_ledger.read_ledger_entries()
        reopened_ledger.close()

    @pytest.mark.parametrize("identity", ["a b/ü", "7", 7])
    def test_identity_keeps_its_type(self, ledger_path: Path, identity: str | int) -> None:
        """The id is read with the type that was written: 7 is not "7"."""
        ledger = Ledger(ledger_path)
        ledger.record_identity(ledger.record_creation_intent(RUN, "book", {}, None), identity)
        (entry,) = ledger.read_ledger_entries()
        assert (identity, type(identity), False) == (
            entry.identity,
            type(entry.identity),
            entry.confirmed,
        )
        ledger.close()

    def test_confirmed_items(self, ledger_path: Path) -> None:
        """Only the item that was seen with the mark is confirmed."""
        ledger = Ledger(ledger_path)
        first, second = (ledger.record_creation_intent(RUN, "book", {}, None) for _ in range(2))
        ledger.record_confirmation(second)
        assert {first: False, second: True} == {
            entry.id: entry.confirmed for entry in ledger.read_ledger_entries()
        }
        ledger.close()

    def test_deleted_items(self, ledger_path: Path) -> None:
        """Only the deleted item is marked as deleted; a second time changes nothing.

        The same is read when the file is opened again.
        """
        ledger, run = Ledger(ledger_path), create_mark()
        first, second = (ledger.record_creation_intent(run, "book", {}, None) for _ in range(2))
        for _ in range(2):
            ledger.record_gone(first)
        assert {first: True, second: False} == {
            entry.id: entry.deleted for entry in ledger.read_ledger_entries()
        }
        ledger.close()
        reopened_ledger = Ledger(ledger_path)
        assert {first: True, second: False} == {
            entry.id: entry.deleted for entry in reopened_ledger.read_ledger_entries()
        }
        reopened_ledger.close()

    def test_deleted_items_are_kept_for_a_week(self, ledger_path: Path) -> None:
        """Entries of deleted items are kept for a week, then removed.

        Within this week a backup could restore the items.
        """
        ledger = Ledger(ledger_path)
        for age in (8 * 86400, 6 * 86400):
            run = create_mark(time.time() - age)
            ledger.record_gone(ledger.record_creation_intent(run, "book", {}, None))
            ledger.record_creation_intent(run, "book", {}, None)
        ledger.close()
        reopened_ledger = Ledger(ledger_path)
        assert [False, True, False] == [
            entry.deleted for entry in reopened_ledger.read_ledger_entries()
        ]
        reopened_ledger.close()

    def test_all_possible_names(self, ledger_path: Path) -> None:
        """All names that an item may have are kept."""
        ledger = Ledger(ledger_path)
        entry_id = ledger.record_creation_intent(RUN, "book", {}, "one")
        ledger.record_names(entry_id, ["one", "two", ["three"]])
        assert [("one", "two", ["three"])] == [
            entry.names for entry in ledger.read_ledger_entries()
        ]
        ledger.close()

    @pytest.mark.parametrize("alias_url", ["http://localhost:8000/api/", "http://[::1]:8000/api"])
    def test_names_of_the_loopback_interface(self, ledger_path: Path, alias_url: str) -> None:
        """All names of the loopback interface stand for the same server."""
        ledger = Ledger(ledger_path, "http://127.0.0.1:8000/api")
        ledger.record_creation_intent(RUN, "book", {}, None)
        ledger.close()
        reopened_ledger = Ledger(ledger_path, alias_url)
        assert len(reopened_ledger.read_ledger_entries()) == 1
        reopened_ledger.close()
        assert default_ledger_path(alias_url) == default_ledger_path("http://127.0.0.1:8000/api")

    def test_file_of_version_0_1(self, ledger_path: Path) -> None:
        """Entries of an earlier version are read; none of them counts as deleted."""
        ledger_path.parent.mkdir()
        with sqlite3.connect(ledger_path) as connection:
            connection.execute(
                "CREATE TABLE things (id INTEGER PRIMARY KEY, target TEXT NOT NULL, run TEXT NOT"
                " NULL, resource TEXT NOT NULL, arguments TEXT NOT NULL, name TEXT, identity TEXT,"
                " confirmed INTEGER NOT NULL DEFAULT 0)"
            )
            connection.execute(
                "INSERT INTO things VALUES (1, '', ?, 'book', '{}', 'x', '7', 1)", (RUN,)
            )
        connection.close()
        ledger = Ledger(ledger_path)
        expected = LedgerEntry(
            id=1, mark=RUN, resource="book", arguments={}, name="x", identity=7, confirmed=True
        )
        assert [expected] == ledger.read_ledger_entries()
        ledger.close()

    def test_file_of_a_later_version(self, ledger_path: Path) -> None:
        """A file that a later version wrote is refused."""
        Ledger(ledger_path).close()
        with sqlite3.connect(ledger_path) as connection:
            connection.execute("PRAGMA user_version=99")
        connection.close()
        with pytest.raises(UsageError, match="a later version of this tool wrote it"):
            Ledger(ledger_path)

    def test_oldest_entries_first(self, ledger_path: Path) -> None:
        """Entries are in the order in which they were written, across runs."""
        ledger = Ledger(ledger_path)
        ids = [
            ledger.record_creation_intent(run, "book", {}, None)
            for run in (OTHER_RUN, RUN, OTHER_RUN)
        ]
        assert list(zip(ids, (OTHER_RUN, RUN, OTHER_RUN), strict=True)) == [
            (entry.id, entry.mark) for entry in ledger.read_ledger_entries()
        ]
        ledger.close()

    def test_without_a_file(self) -> None:
        """Without a file nothing is stored, each entry has a unique number, and no run is alive."""
        ledger = Ledger()
        ledger.lock_run(RUN)
        ids = [ledger.record_creation_intent(RUN, "book", {}, None) for _ in range(3)]
        ledger.record_identity(ids[0], "1")
        ledger.record_confirmation(ids[0])
        ledger.record_gone(ids[1])
        assert (len(set(ids)), ledger.read_ledger_entries(), ledger.is_run_alive(RUN)) == (
            3,
            [],
            False,
        )
        ledger.close()


SCRIPT = """
import sys
from pathlib import Path
from conformance.suite.ledger import Ledger
ledger = Ledger(Path(sys.argv[1]))
ledger.lock_run(sys.argv[2])
run = sys.argv[2]
entry = ledger.record_creation_intent(run, "book", {"shelf": "aaaaaa"}, run + "-x")
ledger.record_identity(entry, "7")
print("open", flush=True)
sys.stdin.readline()
"""


def start_process(ledger_path: Path, run: str) -> subprocess.Popen[str]:
    """Start another process that records a creation in a run, and then waits."""
    script = textwrap.dedent(SCRIPT)
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(ledger_path), run],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "open\n"
    return child


class TestProcesses:
    def test_processes_share_a_ledger(self, ledger_path: Path) -> None:
        """Two processes write to one file.

        Each sees the entries of the other, and whether the other is alive.
        """
        with start_process(ledger_path, OTHER_RUN) as other_process:
            ledger = Ledger(ledger_path)
            ledger.lock_run(RUN)
            ledger.record_creation_intent(RUN, "book", {}, None)
            assert [OTHER_RUN, RUN] == [entry.mark for entry in ledger.read_ledger_entries()]
            assert ledger.is_run_alive(OTHER_RUN) is True
            other_process.communicate("\n", timeout=20)
        assert ledger.is_run_alive(OTHER_RUN) is False
        ledger.close()

    def test_crashed_run(self, ledger_path: Path) -> None:
        """A run whose process was killed is not alive, even if its lock file still exists.

        Its entries remain.
        """
        with start_process(ledger_path, OTHER_RUN) as other_process:
            other_process.kill()
            other_process.wait(timeout=20)
        assert ledger_path.with_name(f"{ledger_path.name}.{OTHER_RUN}.lock").exists()
        ledger = Ledger(ledger_path)
        assert ledger.is_run_alive(OTHER_RUN) is False
        assert not ledger_path.with_name(f"{ledger_path.name}.{OTHER_RUN}.lock").exists()
        assert [(OTHER_RUN, "7", {"shelf": "aaaaaa"})] == [
            (entry.mark, entry.identity, entry.arguments) for entry in ledger.read_ledger_entries()
        ]
        ledger.close()

    def test_check_does_not_end_a_run(self, ledger_path: Path) -> None:
        """The check whether a run is alive does not end the run."""
        with start_process(ledger_path, OTHER_RUN) as other_process:
            ledger = Ledger(ledger_path)
            assert [True, True] == [ledger.is_run_alive(OTHER_RUN), ledger.is_run_alive(OTHER_RUN)]
            assert ledger_path.with_name(f"{ledger_path.name}.{OTHER_RUN}.lock").exists()
            other_process.communicate("\n", timeout=20)
        ledger.close()

    def test_closing_leaves_no_lock(self, ledger_path: Path) -> None:
        """A run that ends normally leaves no lock file, and is not alive."""
        ledger = Ledger(ledger_path)
        ledger.lock_run(RUN)
        assert [path.name for path in ledger_path.parent.glob("*.lock")] == [
            f"{ledger_path.name}.{RUN}.lock"
        ]
        ledger.close()
        assert list(ledger_path.parent.glob("*.lock")) == []
        reopened_ledger = Ledger(ledger_path)
        assert reopened_ledger.is_run_alive(RUN) is False
        reopened_ledger.close()

    def test_unknown_run(self, ledger_path: Path) -> None:
        """An unknown run is not alive, and the check leaves no lock file."""
        ledger = Ledger(ledger_path)
        assert ledger.is_run_alive(RUN) is False
        assert list(ledger_path.parent.glob("*.lock")) == []
        ledger.close()


class TestLedgerFile:
    def test_folder_is_created(self, ledger_path: Path) -> None:
        """The folder of the file is created if it does not exist."""
        Ledger(ledger_path).close()
        assert ledger_path.is_file()

    def test_file_that_is_not_a_ledger(self, ledger_path: Path) -> None:
        """A file of another kind is not changed; the message names it and gives a hint."""
        ledger_path.parent.mkdir()
        ledger_path.write_text("something else, " * 100)
        with pytest.raises(UsageError) as error_info:
            Ledger(ledger_path)
        (problem,) = error_info.value.problems
        assert problem.message == f"the ledger {ledger_path} cannot be used: file is not a database"
        assert problem.hint == "name another file with --ledger"
        assert ledger_path.read_text() == "something else, " * 100

    def test_folder_that_cannot_be_created(self, tmp_path: Path) -> None:
        """If the folder cannot be created, the ledger is refused."""
        (tmp_path / "file").touch()
        with pytest.raises(
            UsageError,
            match=r"the ledger .* cannot be used: .*\n  hint: name another file with --ledger",
        ):
            Ledger(tmp_path / "file" / "ledger.sqlite")

    def test_folder_instead_of_a_file(self, tmp_path: Path) -> None:
        """A folder cannot be a ledger."""
        with pytest.raises(UsageError, match="cannot be used"):
            Ledger(tmp_path)


class TestDefaultPath:
    def test_under_the_state_folder(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """The ledger is in the XDG state folder, in a separate file for each target.

        A slash at the end of the URL makes no difference.
        """
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
        path = default_ledger_path("http://127.0.0.1:8000/api")
        assert path.parent == tmp_path / "conformance"
        assert default_ledger_path("http://127.0.0.1:8000/api/") == path
        assert default_ledger_path("http://127.0.0.1:8001/api") != path

    @pytest.mark.parametrize("value", [None, ""])
    def test_under_the_home_folder(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str | None
    ) -> None:
        """Without an XDG state folder, the ledger is in the home folder."""
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.delenv("XDG_STATE_HOME", raising=False)
        if value is not None:
            monkeypatch.setenv("XDG_STATE_HOME", value)
        assert (
            default_ledger_path("http://a").parent == tmp_path / ".local" / "state" / "conformance"
        )
