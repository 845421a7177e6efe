"""What a session may change and delete: only what a read has just shown under its mark, whatever
the server says.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
import pytest

from conformance.checks.call import ApiCall
from conformance.suite import cleanup
from conformance.suite.cleanup import (
    FOREIGN_MARK,
    STILL_THERE,
    ItemCleanupResult,
    clean_up_crashed_runs,
)
from conformance.suite.ledger import Ledger
from conformance.suite.mark import create_mark
from conformance.suite.session import TargetSession
from conformance.suite.target_client import CannotSend, TargetClient
from tests.checks.toy import MARK, TOKEN, Server, build_target, build_toy_contract

Edit = Callable[[httpx.Request, httpx.Response], httpx.Response]
SHELF = "aaaaaa"


@dataclass
class Shared:
    """The toy server with books of others; it remembers what was sent, and `edit` may change any
    answer.
    """

    server: Server = field(default_factory=Server)
    edit: Edit = lambda request, answer: answer
    sent: list[str] = field(default_factory=list)

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        self.sent.append(f"{request.method} {request.url.path.rpartition('/')[2]}")
        return self.edit(request, self.server.handle(request))

    def session(self, mark: str = MARK, **changes: object) -> TargetSession:
        """Return a session with this server."""
        where = build_target(self.server, transport=httpx.MockTransport(self.handle), **changes)
        return TargetSession(
            build_toy_contract(), where, mark=mark, client=TargetClient(build_toy_contract(), where)
        )

    def add(self, title: str) -> str:
        """Add a book of somebody else's; returns its identity."""
        request = httpx.Request(
            "POST",
            f"http://toy/shelves/{SHELF}/books",
            json={"title": title},
            headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"},
        )
        answer = self.server.handle(request)
        return str(answer.json()["id"])

    @property
    def books(self) -> dict[str, str]:
        """Return the titles of all books by their identities."""
        return {
            id: str(book["title"])
            for books in self.server.shelves.values()
            for id, book in books.items()
        }


def call(operation: str, shelf: str = SHELF, **arguments: str) -> ApiCall:
    """Return a call about a shelf, or a book on it; what is called `title` makes a body."""
    title = arguments.pop("title", None)
    body = {} if title is None else {"body": {"title": title}}
    return ApiCall(operation=operation, arguments={"shelf": shelf, **arguments}, **body)


def create(session: TargetSession, title: str = "one", mark: str | None = None) -> str:
    """Create a book in a session; returns the identity that the server gave."""
    return str(
        session.send("made", call("createBook", title=f"{mark or session.mark}-{title}")).json["id"]
    )


def change(session: TargetSession, book: str) -> None:
    """Change a book."""
    session.send("change", call("changeBook", book=book, title=f"{MARK}-changed"))


def swapped(old: str, new: str) -> Edit:
    """Return how to answer creations with another identity."""

    def edit(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if request.method != "POST" or answer.status_code != 201:
            return answer
        return httpx.Response(201, json={**answer.json(), "id": new})

    return edit


class TestChanges:
    def test_own_is_read_and_changed(self) -> None:
        """Before a change the item is read; one that was read by the request before is not read
        again.
        """
        shared = Shared()
        with shared.session() as session:
            book = create(session)
            shared.sent.clear()
            change(session, book)
            change(session, book)
            assert shared.sent == [f"GET {book}", f"PATCH {book}", f"GET {book}", f"PATCH {book}"]
            session.send("read", call("readBook", book=book))
            shared.sent.clear()
            change(session, book)
            assert shared.sent == [f"PATCH {book}"]

    def test_identity_that_now_names_anothers(self) -> None:
        """An item whose identity names something else by now is neither changed nor deleted."""
        shared = Shared()
        with shared.session() as session:
            book = create(session)
            change(session, book)
            shared.server.shelves[SHELF][book]["title"] = "somebody's"
            with pytest.raises(CannotSend, match="it is left alone"):
                change(session, book)
        assert shared.books == {book: "somebody's"}
        assert "DELETE" not in "".join(shared.sent)

    def test_creation_that_names_anothers(self) -> None:
        """A server that answers a creation with the identity of somebody's item does not get that
        deleted.
        """
        shared = Shared()
        theirs = shared.add("somebody's")
        shared.edit = swapped("", theirs)
        with shared.session() as session:
            assert create(session) == theirs
            with pytest.raises(CannotSend, match="it is left alone"):
                change(session, theirs)
        assert shared.books[theirs] == "somebody's"

    @pytest.mark.parametrize("operation", ["changeBook", "deleteBook", "lendBook"])
    def test_what_was_not_created_here(self, operation: str) -> None:
        """An identity that the session did not create is left alone where it exists; where reading
        it is refused, it is free.
        """
        shared = Shared()
        theirs = shared.add("somebody's")
        title = {"title": f"{MARK}-x"} if operation == "changeBook" else {}
        with shared.session() as session:
            with pytest.raises(CannotSend, match="was not created by this run"):
                session.send("x", call(operation, book=theirs, **title))
            answer = session.send("x", call(operation, book="f" * 8, **title))
        assert answer.status == 404
        assert shared.books == {theirs: "somebody's"}

    def test_another_parent_is_another_item(self) -> None:
        """The same identity under another parent is not the item that was created."""
        shared = Shared()
        with shared.session() as session:
            book = create(session)
            shared.server.shelves["bbbbbb"][book] = {
                **shared.server.shelves[SHELF][book],
                "title": "somebody's",
            }
            with pytest.raises(CannotSend, match="was not created by this run"):
                session.send("x", call("deleteBook", "bbbbbb", book=book))
        assert list(shared.server.shelves["bbbbbb"]) == [book]

    def test_nothing_unmarked_is_created(self) -> None:
        """What would carry no mark is created only where nobody else is."""
        for title in ({"title": "x"}, {}, {"title": f"{MARK}x"[1:]}):
            shared = Shared()
            with shared.session() as session, pytest.raises(CannotSend, match="--exclusive"):
                session.send("x", call("createBook", **title))
            assert shared.sent == []
        shared = Shared()
        with shared.session(exclusive=True) as session:
            assert session.send("x", call("createBook", title="x")).status == 201

    @pytest.mark.parametrize(
        "identity", ["", ".", "..", "%2e%2e", "../x", "a/../b", "..\\x", "a//b", " ", "%252e%252e"]
    )
    def test_identities_that_name_another_path(self, identity: str) -> None:
        """An identity that leads to another path is never sent."""
        shared = Shared()
        with shared.session(exclusive=True) as session:
            for operation in ("readBook", "deleteBook"):
                with pytest.raises(CannotSend, match="would name another path: it is not sent"):
                    session.send("x", call(operation, book=identity))
        assert shared.sent == []


class TestLastLook:
    def look(self, shared: Shared, *titles: str) -> cleanup.RunCleanupResult:
        """Return what remains after a session has created books, deleted them and looked once
        more.
        """
        with shared.session(mark=create_mark()) as session:
            for title in titles:
                create(session, title)
            session.created_items.delete_all_items()
            return cleanup.clean_up_run(session)

    def test_nothing_remains(self) -> None:
        """On an honest server nothing remains, and everything was seen."""
        shared = Shared()
        shared.add("somebody's")
        outcome = self.look(shared, "one", "two")
        assert (outcome.leftovers, outcome.incomplete_lists) == ([], [])
        assert list(shared.books.values()) == ["somebody's"]

    def test_deletions_that_do_nothing(self) -> None:
        """What a server says to have deleted and still lists is reported, each item."""
        shared = Shared()
        original = shared.server.handle

        def handle(request: httpx.Request) -> httpx.Response:
            shared.sent.append(request.method)
            return httpx.Response(204) if request.method == "DELETE" else original(request)

        shared.handle = handle  # type: ignore[method-assign]
        outcome = self.look(shared, "one", "two")
        assert sorted(one.reason for one in outcome.leftovers) == [STILL_THERE, STILL_THERE]
        assert sorted(str(one.identity) for one in outcome.leftovers) == sorted(shared.books)

    def test_refused_and_created_all_the_same(self) -> None:
        """A creation that was refused and carried out is found by its name, and deleted."""
        shared = Shared()

        def edit(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
            return httpx.Response(409, json={"error": "no"}) if request.method == "POST" else answer

        shared.edit = edit
        with shared.session(mark=create_mark()) as session:
            for title in ("one", "two"):
                session.send("made", call("createBook", title=f"{session.mark}-{title}"))
            assert len(shared.books) == 2
            outcome = cleanup.clean_up_run(session)
        assert (outcome.leftovers, shared.books) == ([], {})

    def test_copies_by_others(self) -> None:
        """What others have copied under our mark is reported, and left alone."""
        shared = Shared()
        with shared.session(mark=create_mark()) as session:
            book = create(session, "one")
            copies = {shared.add(f"{session.mark}-one"), shared.add(f"{session.mark}-one copy")}
            change_of = session.created_items.wait_until_item_visible(
                session.created_items.own_items[0]
            )
            session.created_items.delete_all_items()
            outcome = cleanup.clean_up_run(session)
        assert change_of
        assert {str(one.identity) for one in outcome.leftovers} == copies == set(shared.books)
        assert {one.reason for one in outcome.leftovers} == {FOREIGN_MARK}
        assert book not in shared.books

    @pytest.mark.parametrize("status", [500, 403])
    def test_lists_that_cannot_be_read(self, status: int) -> None:
        """Where the lists cannot be read, nothing is said of what remains."""

        def edit(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
            listed = request.method == "GET" and request.url.path.endswith("/books")
            return httpx.Response(status) if listed else answer

        outcome = self.look(Shared(edit=edit), "one")
        assert outcome.leftovers == []
        assert len(outcome.incomplete_lists) == 1

    def test_identities_written_as_decimals(self) -> None:
        """An identity that is written 7.0 is 7."""
        assert [
            cleanup.normalize_identity(value) for value in (7.0, 7, "7", 7.5, True, None, [7])
        ] == [7, 7, "7", None, None, None, None]


class TestClean:
    @pytest.fixture
    def ledger(self, tmp_path: object) -> Ledger:
        """Return a ledger in a file."""
        return Ledger(tmp_path / "ledger.sqlite")  # type: ignore[operator]

    def crashed(self, shared: Shared, ledger: Ledger, *titles: str) -> str:
        """Create books in a run that ends without cleaning up; returns its mark."""
        where = build_target(shared.server, transport=httpx.MockTransport(shared.handle))
        session = TargetSession(
            build_toy_contract(),
            where,
            mark=create_mark(),
            client=TargetClient(build_toy_contract(), where, ledger=ledger),
        )
        for title in titles:
            create(session, title)
        return session.mark

    def cleaned(
        self, shared: Shared, ledger: Ledger, older: float | None = None, dry_run: bool = False
    ) -> list[ItemCleanupResult]:
        """Return what `clean` finds."""
        where = build_target(shared.server, transport=httpx.MockTransport(shared.handle))
        with TargetSession(
            build_toy_contract(),
            where,
            client=TargetClient(build_toy_contract(), where, ledger=ledger),
        ) as session:
            return list(clean_up_crashed_runs(session, older, dry_run=dry_run))

    def test_deletes_what_a_crashed_run_created(self, ledger: Ledger) -> None:
        """What the ledger names is deleted and forgotten; others' stays."""
        shared = Shared()
        shared.add("somebody's")
        self.crashed(shared, ledger, "one", "two")
        assert [one.deleted for one in self.cleaned(shared, ledger)] == [True, True]
        assert list(shared.books.values()) == ["somebody's"]
        assert [entry.deleted for entry in ledger.read_ledger_entries()] == [True, True]

    def test_dry_run(self, ledger: Ledger) -> None:
        """A dry run shows what would be deleted, and sends nothing that changes anything."""
        shared = Shared()
        self.crashed(shared, ledger, "one", "two")
        before = dict(shared.books)
        shared.sent.clear()
        assert [
            (one.planned, one.deleted) for one in self.cleaned(shared, ledger, dry_run=True)
        ] == [(True, False)] * 2
        assert {line.partition(" ")[0] for line in shared.sent} == {"GET"}
        assert (before, len(ledger.read_ledger_entries())) == (shared.books, 2)

    def test_identities_that_begin_anew(self, ledger: Ledger) -> None:
        """After a restore the identities name customers' items: they are left alone, and the
        entries are settled.
        """
        shared = Shared()
        self.crashed(shared, ledger, "one", "two")
        for id, book in shared.server.shelves[SHELF].items():
            book["title"] = f"customer's {id}"
        before = dict(shared.books)
        found = self.cleaned(shared, ledger)
        assert [(one.deleted, "now names something else" in one.reason) for one in found] == [
            (True, True)
        ] * 2
        assert before == shared.books
        assert [entry.deleted for entry in ledger.read_ledger_entries()] == [True, True]
        assert "DELETE" not in " ".join(shared.sent)

    def test_names_of_people(self, ledger: Ledger) -> None:
        """Names that only look like marks are nobody's marks, whatever age is asked for."""
        shared = Shared()
        mark = self.crashed(shared, ledger)
        names = (
            "conformance-1577836800-project plan 2020",
            f"{mark}9",
            f"x {mark}",
            f"{mark[:-1]}{'a' if mark[-1] != 'a' else 'b'}-x",
            "conference call 2026-11",
        )
        for name in names:
            shared.add(name)
        assert self.cleaned(shared, ledger, older=0.0) == []
        assert sorted(shared.books.values()) == sorted(names)

    def test_marks_of_unknown_runs(self, ledger: Ledger) -> None:
        """Marks of runs that the ledger does not know are left alone, unless an age is given that
        they exceed.
        """
        shared = Shared()
        shared.add(f"{create_mark(1_700_000_000)}-old")
        shared.add("conformance-1600000000-abcd001-older")
        shared.add(f"{create_mark()}-young")
        assert [(one.deleted, one.foreign) for one in self.cleaned(shared, ledger)] == [
            (False, True)
        ] * 3
        assert len(shared.books) == 3
        found = self.cleaned(shared, ledger, older=3600.0)
        assert [one.deleted for one in found].count(True) == 2
        (left,) = shared.books.values()
        assert left.endswith("-young")

    def test_copies_of_what_a_crashed_run_created(self, ledger: Ledger) -> None:
        """A copy by a neighbor under the mark of a crashed run stays."""
        shared = Shared()
        mark = self.crashed(shared, ledger, "one")
        copy = shared.add(f"{mark}-one copy")
        found = {str(one.identity): one.deleted for one in self.cleaned(shared, ledger)}
        assert (found[copy], list(shared.books)) == (False, [copy])

    def test_runs_that_go_on(self, tmp_path: object, ledger: Ledger) -> None:
        """What a run that still goes on has created stays."""
        shared = Shared()
        mark = self.crashed(shared, ledger, "one")
        other = Ledger(ledger.file)
        other.lock_run(mark)
        try:
            assert self.cleaned(shared, ledger, older=0.0) == []
        finally:
            other.close()
        assert len(shared.books) == 1

    def test_a_wrong_address(self, ledger: Ledger) -> None:
        """Where no plain request succeeds, nothing is deleted or forgotten."""
        shared = Shared()
        self.crashed(shared, ledger, "one")
        shared.edit = lambda request, answer: httpx.Response(404, content=json.dumps({}).encode())
        found = self.cleaned(shared, ledger)
        assert [one.deleted for one in found] == [False, False]
        assert len(ledger.read_ledger_entries()) == 1

    def test_found_by_name_and_not_deleted(self, ledger: Ledger) -> None:
        """An item whose identity was never told is found by its name; one that the server says to
        have deleted, and still lists, is reported.
        """
        shared = Shared()
        where = build_target(shared.server, transport=httpx.MockTransport(shared.handle))
        session = TargetSession(
            build_toy_contract(),
            where,
            mark=create_mark(),
            client=TargetClient(build_toy_contract(), where, ledger=ledger),
        )
        ledger.record_creation_intent(session.mark, "book", {"shelf": SHELF}, f"{session.mark}-one")
        book = shared.add(f"{session.mark}-one")
        original = shared.server.handle

        def handle(request: httpx.Request) -> httpx.Response:
            return httpx.Response(204) if request.method == "DELETE" else original(request)

        shared.handle = handle  # type: ignore[method-assign]
        (left,) = self.cleaned(shared, ledger)
        assert (left.identity, left.deleted, left.foreign, left.reason) == (
            book,
            False,
            False,
            STILL_THERE,
        )
        assert [entry.deleted for entry in ledger.read_ledger_entries()] == [False]
