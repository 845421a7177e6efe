"""The ledger: what is written before and after each creation, who is alive, and files that cannot
be used.
"""

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

RUN, OTHER = "conformance-1700000000-aaaa000", "conformance-1700000000-bbbb000"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return where a ledger may be kept."""
    return tmp_path / "folder" / "ledger.sqlite"


class TestEntries:
    def test_intention_is_written_first(self, file: Path) -> None:
        """What is about to be made stands there before it is, without an identity; also for who
        opens the file anew.
        """
        ledger = Ledger(file)
        id = ledger.record_creation_intent(RUN, "book", {"shelf": "aaaaaa", "n": 1}, f"{RUN}-x")
        expected = [
            LedgerEntry(
                id=id,
                mark=RUN,
                resource="book",
                arguments={"shelf": "aaaaaa", "n": 1},
                name=f"{RUN}-x",
                names=(f"{RUN}-x",),
            )
        ]
        assert expected == ledger.read_ledger_entries()
        ledger.close()
        again = Ledger(file)
        assert expected == again.read_ledger_entries()
        again.close()

    @pytest.mark.parametrize("identity", ["a b/ü", "7", 7])
    def test_identity_keeps_its_type(self, file: Path, identity: str | int) -> None:
        """The identity is read as it was written: 7 is not "7"."""
        ledger = Ledger(file)
        ledger.record_identity(ledger.record_creation_intent(RUN, "book", {}, None), identity)
        (found,) = ledger.read_ledger_entries()
        assert (identity, type(identity), False) == (
            found.identity,
            type(found.identity),
            found.confirmed,
        )
        ledger.close()

    def test_confirmed(self, file: Path) -> None:
        """What was seen under our mark is confirmed, it alone."""
        ledger = Ledger(file)
        first, second = (ledger.record_creation_intent(RUN, "book", {}, None) for _ in range(2))
        ledger.record_confirmation(second)
        assert {first: False, second: True} == {
            one.id: one.confirmed for one in ledger.read_ledger_entries()
        }
        ledger.close()

    def test_struck_out(self, file: Path) -> None:
        """What is gone is marked so, it alone, and once is as good as twice; also for who opens
        the file anew.
        """
        ledger, run = Ledger(file), create_mark()
        first, second = (ledger.record_creation_intent(run, "book", {}, None) for _ in range(2))
        for _ in range(2):
            ledger.record_gone(first)
        assert {first: True, second: False} == {
            one.id: one.deleted for one in ledger.read_ledger_entries()
        }
        ledger.close()
        again = Ledger(file)
        assert {first: True, second: False} == {
            one.id: one.deleted for one in again.read_ledger_entries()
        }
        again.close()

    def test_forgotten_after_a_week(self, file: Path) -> None:
        """What is gone is kept for a week, in which a backup may bring it back, and then
        forgotten.
        """
        ledger = Ledger(file)
        for age in (8 * 86400, 6 * 86400):
            run = create_mark(time.time() - age)
            ledger.record_gone(ledger.record_creation_intent(run, "book", {}, None))
            ledger.record_creation_intent(run, "book", {}, None)
        ledger.close()
        again = Ledger(file)
        assert [False, True, False] == [one.deleted for one in again.read_ledger_entries()]
        again.close()

    def test_names(self, file: Path) -> None:
        """All names that an item may bear are kept."""
        ledger = Ledger(file)
        number = ledger.record_creation_intent(RUN, "book", {}, "one")
        ledger.record_names(number, ["one", "two", ["three"]])
        assert [("one", "two", ["three"])] == [one.names for one in ledger.read_ledger_entries()]
        ledger.close()

    @pytest.mark.parametrize("other", ["http://localhost:8000/api/", "http://[::1]:8000/api"])
    def test_names_of_one_server(self, file: Path, other: str) -> None:
        """Whatever name of this machine's loopback is used, the entries are those of one server."""
        ledger = Ledger(file, "http://127.0.0.1:8000/api")
        ledger.record_creation_intent(RUN, "book", {}, None)
        ledger.close()
        again = Ledger(file, other)
        assert len(again.read_ledger_entries()) == 1
        again.close()
        assert default_ledger_path(other) == default_ledger_path("http://127.0.0.1:8000/api")

    def test_a_file_of_version_0_1(self, file: Path) -> None:
        """Entries that an earlier version wrote are read, and none of them counts as gone."""
        file.parent.mkdir()
        with sqlite3.connect(file) as base:
            base.execute(
                "CREATE TABLE things (id INTEGER PRIMARY KEY, target TEXT NOT NULL, run TEXT NOT"
                " NULL, resource TEXT NOT NULL, arguments TEXT NOT NULL, name TEXT, identity TEXT,"
                " confirmed INTEGER NOT NULL DEFAULT 0)"
            )
            base.execute("INSERT INTO things VALUES (1, '', ?, 'book', '{}', 'x', '7', 1)", (RUN,))
        base.close()
        ledger = Ledger(file)
        expected = LedgerEntry(
            id=1, mark=RUN, resource="book", arguments={}, name="x", identity=7, confirmed=True
        )
        assert [expected] == ledger.read_ledger_entries()
        ledger.close()

    def test_a_file_of_a_later_version(self, file: Path) -> None:
        """A file that a later version wrote is refused."""
        Ledger(file).close()
        with sqlite3.connect(file) as base:
            base.execute("PRAGMA user_version=99")
        base.close()
        with pytest.raises(UsageError, match="a later version of this tool wrote it"):
            Ledger(file)

    def test_oldest_first(self, file: Path) -> None:
        """Entries come in the order in which they were written, of whatever run."""
        ledger = Ledger(file)
        ids = [ledger.record_creation_intent(run, "book", {}, None) for run in (OTHER, RUN, OTHER)]
        assert list(zip(ids, (OTHER, RUN, OTHER), strict=True)) == [
            (one.id, one.mark) for one in ledger.read_ledger_entries()
        ]
        ledger.close()

    def test_without_a_file(self) -> None:
        """Without a file nothing is kept, every entry has a number of its own, and no run is
        alive.
        """
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


def process(file: Path, run: str) -> subprocess.Popen[str]:
    """Return another process that has made something in a run, and waits."""
    script = textwrap.dedent(SCRIPT)
    found = subprocess.Popen(
        [sys.executable, "-c", script, str(file), run],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert found.stdout is not None
    assert found.stdout.readline() == "open\n"
    return found


class TestProcesses:
    def test_another_process_is_seen(self, file: Path) -> None:
        """Two processes write in one file; each sees the other's entries, and that the other is
        alive, as long as it is.
        """
        with process(file, OTHER) as other:
            ledger = Ledger(file)
            ledger.lock_run(RUN)
            ledger.record_creation_intent(RUN, "book", {}, None)
            assert [OTHER, RUN] == [one.mark for one in ledger.read_ledger_entries()]
            assert ledger.is_run_alive(OTHER) is True
            other.communicate("\n", timeout=20)
        assert ledger.is_run_alive(OTHER) is False
        ledger.close()

    def test_crashed_run(self, file: Path) -> None:
        """A run whose process was killed counts as dead, although its lock lies there still; its
        entries outlive it.
        """
        with process(file, OTHER) as other:
            other.kill()
            other.wait(timeout=20)
        assert file.with_name(f"{file.name}.{OTHER}.lock").exists()
        ledger = Ledger(file)
        assert ledger.is_run_alive(OTHER) is False
        assert not file.with_name(f"{file.name}.{OTHER}.lock").exists()
        assert [(OTHER, "7", {"shelf": "aaaaaa"})] == [
            (one.mark, one.identity, one.arguments) for one in ledger.read_ledger_entries()
        ]
        ledger.close()

    def test_asking_twice(self, file: Path) -> None:
        """Whoever asks whether a run is alive does not end it by asking."""
        with process(file, OTHER) as other:
            ledger = Ledger(file)
            assert [True, True] == [ledger.is_run_alive(OTHER), ledger.is_run_alive(OTHER)]
            assert file.with_name(f"{file.name}.{OTHER}.lock").exists()
            other.communicate("\n", timeout=20)
        ledger.close()

    def test_closing_leaves_no_lock(self, file: Path) -> None:
        """A run that ends well leaves its lock nowhere, and is dead."""
        ledger = Ledger(file)
        ledger.lock_run(RUN)
        assert [path.name for path in file.parent.glob("*.lock")] == [f"{file.name}.{RUN}.lock"]
        ledger.close()
        assert list(file.parent.glob("*.lock")) == []
        again = Ledger(file)
        assert again.is_run_alive(RUN) is False
        again.close()

    def test_unknown_run(self, file: Path) -> None:
        """A run that nobody has heard of is dead, and asking leaves nothing behind."""
        ledger = Ledger(file)
        assert ledger.is_run_alive(RUN) is False
        assert list(file.parent.glob("*.lock")) == []
        ledger.close()


class TestFile:
    def test_folder_is_made(self, file: Path) -> None:
        """The folder of the file need not be there."""
        Ledger(file).close()
        assert file.is_file()

    def test_what_is_no_ledger(self, file: Path) -> None:
        """A file of another kind is left as it is; the message names it and says what to do."""
        file.parent.mkdir()
        file.write_text("something else, " * 100)
        with pytest.raises(UsageError) as caught:
            Ledger(file)
        (problem,) = caught.value.problems
        assert problem.message == f"the ledger {file} cannot be used: file is not a database"
        assert problem.hint == "name another file with --ledger"
        assert file.read_text() == "something else, " * 100

    def test_folder_that_cannot_be_made(self, tmp_path: Path) -> None:
        """Where there can be no folder, there can be no ledger."""
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


class TestDefault:
    def test_under_the_state_folder(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """It is kept where the XDG specification has state, each target's in a file of its own; a
        slash at the end makes no other target.
        """
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
        found = default_ledger_path("http://127.0.0.1:8000/api")
        assert found.parent == tmp_path / "conformance"
        assert default_ledger_path("http://127.0.0.1:8000/api/") == found
        assert default_ledger_path("http://127.0.0.1:8001/api") != found

    @pytest.mark.parametrize("value", [None, ""])
    def test_under_the_home_folder(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str | None
    ) -> None:
        """Where no folder for state is named, it is the one at home."""
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.delenv("XDG_STATE_HOME", raising=False)
        if value is not None:
            monkeypatch.setenv("XDG_STATE_HOME", value)
        assert (
            default_ledger_path("http://a").parent == tmp_path / ".local" / "state" / "conformance"
        )
