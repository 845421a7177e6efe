"""The items that a session may change and delete.

The session must just have read them, and seen its mark in the response. What the server says
otherwise does not matter.
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

EditResponse = Callable[[httpx.Request, httpx.Response], httpx.Response]
SHELF = "aaaaaa"


@dataclass
class SharedServer:
    """The toy server with books of other clients.

    It records the requests; `edit` can change any response.
    """

    toy_server: Server = field(default_factory=Server)
    edit: EditResponse = lambda request, response: response
    sent: list[str] = field(default_factory=list)

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Respond to one request."""
        self.sent.append(f"{request.method} {request.url.path.rpartition('/')[2]}")
        return self.edit(request, self.toy_server.handle(request))

    def open_session(self, mark: str = MARK, **changes: object) -> TargetSession:
        """Return a session with this server."""
        target = build_target(
            self.toy_server, transport=httpx.MockTransport(self.handle), **changes
        )
        return TargetSession(
            build_toy_contract(),
            target,
            mark=mark,
            client=TargetClient(build_toy_contract(), target),
        )

    def add_book(self, title: str) -> str:
        """Add a book of another client; return its id."""
        request = httpx.Request(
            "POST",
            f"http://toy/shelves/{SHELF}/books",
            json={"title": title},
            headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"},
        )
        response = self.toy_server.handle(request)
        return str(response.json()["id"])

    @property
    def books(self) -> dict[str, str]:
        """Return the titles of all books by their ids."""
        return {
            book_id: str(book["title"])
            for books in self.toy_server.shelves.values()
            for book_id, book in books.items()
        }


def build_call(operation: str, shelf: str = SHELF, **arguments: str) -> ApiCall:
    """Return a call about a shelf or a book on it; `title` becomes the body."""
    title = arguments.pop("title", None)
    body = {} if title is None else {"body": {"title": title}}
    return ApiCall(operation=operation, arguments={"shelf": shelf, **arguments}, **body)


def create_book(session: TargetSession, title: str = "one", mark: str | None = None) -> str:
    """Create a book in a session; return the id from the response."""
    return str(
        session.send(
            "made", build_call("createBook", title=f"{mark or session.mark}-{title}")
        ).json["id"]
    )


def change_book(session: TargetSession, book: str) -> None:
    """Change a book."""
    session.send("change", build_call("changeBook", book=book, title=f"{MARK}-changed"))


def build_created_id_edit(old_id: str, new_id: str) -> EditResponse:
    """Return a function that replaces the id in responses to creations."""

    def edit(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if request.method != "POST" or response.status_code != 201:
            return response
        return httpx.Response(201, json={**response.json(), "id": new_id})

    return edit


class TestChanges:
    def test_own_item_is_read_before_a_change(self) -> None:
        """An item is read before a change.

        It is not read again if the previous request has read it.
        """
        shared_server = SharedServer()
        with shared_server.open_session() as session:
            book_id = create_book(session)
            shared_server.sent.clear()
            change_book(session, book_id)
            change_book(session, book_id)
            assert shared_server.sent == [
                f"GET {book_id}",
                f"PATCH {book_id}",
                f"GET {book_id}",
                f"PATCH {book_id}",
            ]
            session.send("read", build_call("readBook", book=book_id))
            shared_server.sent.clear()
            change_book(session, book_id)
            assert shared_server.sent == [f"PATCH {book_id}"]

    def test_id_of_an_own_item_names_a_foreign_item(self) -> None:
        """An item whose id now names a foreign item is neither changed nor deleted."""
        shared_server = SharedServer()
        with shared_server.open_session() as session:
            book_id = create_book(session)
            change_book(session, book_id)
            shared_server.toy_server.shelves[SHELF][book_id]["title"] = "somebody's"
            with pytest.raises(CannotSend, match="it is left alone"):
                change_book(session, book_id)
        assert shared_server.books == {book_id: "somebody's"}
        assert "DELETE" not in "".join(shared_server.sent)

    def test_creation_returns_the_id_of_a_foreign_item(self) -> None:
        """A foreign item is not deleted if the response to a creation contains its id."""
        shared_server = SharedServer()
        foreign_book_id = shared_server.add_book("somebody's")
        shared_server.edit = build_created_id_edit("", foreign_book_id)
        with shared_server.open_session() as session:
            assert create_book(session) == foreign_book_id
            with pytest.raises(CannotSend, match="it is left alone"):
                change_book(session, foreign_book_id)
        assert shared_server.books[foreign_book_id] == "somebody's"

    @pytest.mark.parametrize("operation", ["changeBook", "deleteBook", "lendBook"])
    def test_item_that_the_run_did_not_create(self, operation: str) -> None:
        """An existing item that the session did not create is not changed or deleted.

        If a read of the id is refused, the request is sent.
        """
        shared_server = SharedServer()
        foreign_book_id = shared_server.add_book("somebody's")
        title = {"title": f"{MARK}-x"} if operation == "changeBook" else {}
        with shared_server.open_session() as session:
            with pytest.raises(CannotSend, match="was not created by this run"):
                session.send("x", build_call(operation, book=foreign_book_id, **title))
            response = session.send("x", build_call(operation, book="f" * 8, **title))
        assert response.status == 404
        assert shared_server.books == {foreign_book_id: "somebody's"}

    def test_another_parent_is_another_item(self) -> None:
        """The same id under another parent is not the created item."""
        shared_server = SharedServer()
        with shared_server.open_session() as session:
            book_id = create_book(session)
            shared_server.toy_server.shelves["bbbbbb"][book_id] = {
                **shared_server.toy_server.shelves[SHELF][book_id],
                "title": "somebody's",
            }
            with pytest.raises(CannotSend, match="was not created by this run"):
                session.send("x", build_call("deleteBook", "bbbbbb", book=book_id))
        assert list(shared_server.toy_server.shelves["bbbbbb"]) == [book_id]

    def test_nothing_is_created_without_a_mark(self) -> None:
        """An item without a mark is created only on a target for exclusive use."""
        for title in ({"title": "x"}, {}, {"title": f"{MARK}x"[1:]}):
            shared_server = SharedServer()
            with (
                shared_server.open_session() as session,
                pytest.raises(CannotSend, match="--exclusive"),
            ):
                session.send("x", build_call("createBook", **title))
            assert shared_server.sent == []
        shared_server = SharedServer()
        with shared_server.open_session(exclusive=True) as session:
            assert session.send("x", build_call("createBook", title="x")).status == 201

    @pytest.mark.parametrize(
        "identity", ["", ".", "..", "%2e%2e", "../x", "a/../b", "..\\x", "a//b", " ", "%252e%252e"]
    )
    def test_ids_that_name_another_path(self, identity: str) -> None:
        """An id that leads to another path is never sent."""
        shared_server = SharedServer()
        with shared_server.open_session(exclusive=True) as session:
            for operation in ("readBook", "deleteBook"):
                with pytest.raises(CannotSend, match="would name another path: it is not sent"):
                    session.send("x", build_call(operation, book=identity))
        assert shared_server.sent == []


class TestRunCleanup:
    def run_and_clean_up(
        self, shared_server: SharedServer, *titles: str
    ) -> cleanup.RunCleanupResult:
        """Return the result of the cleanup after a session.

        The session has created books and deleted them.
        """
        with shared_server.open_session(mark=create_mark()) as session:
            for title in titles:
                create_book(session, title)
            session.created_items.delete_all_items()
            return cleanup.clean_up_run(session)

    def test_nothing_remains(self) -> None:
        """On an honest server no item remains, and all lists were read."""
        shared_server = SharedServer()
        shared_server.add_book("somebody's")
        outcome = self.run_and_clean_up(shared_server, "one", "two")
        assert (outcome.leftovers, outcome.incomplete_lists) == ([], [])
        assert list(shared_server.books.values()) == ["somebody's"]

    def test_deletions_that_do_nothing(self) -> None:
        """Each item that is still listed after a successful deletion is reported."""
        shared_server = SharedServer()
        original_handle = shared_server.toy_server.handle

        def handle(request: httpx.Request) -> httpx.Response:
            shared_server.sent.append(request.method)
            return httpx.Response(204) if request.method == "DELETE" else original_handle(request)

        shared_server.handle = handle  # type: ignore[method-assign]
        outcome = self.run_and_clean_up(shared_server, "one", "two")
        assert sorted(leftover.reason for leftover in outcome.leftovers) == [
            STILL_THERE,
            STILL_THERE,
        ]
        assert sorted(str(leftover.identity) for leftover in outcome.leftovers) == sorted(
            shared_server.books
        )

    def test_refused_creation_that_was_carried_out(self) -> None:
        """An item is found by its name and deleted if its creation was refused but carried out."""
        shared_server = SharedServer()

        def edit(request: httpx.Request, response: httpx.Response) -> httpx.Response:
            return (
                httpx.Response(409, json={"error": "no"}) if request.method == "POST" else response
            )

        shared_server.edit = edit
        with shared_server.open_session(mark=create_mark()) as session:
            for title in ("one", "two"):
                session.send("made", build_call("createBook", title=f"{session.mark}-{title}"))
            assert len(shared_server.books) == 2
            outcome = cleanup.clean_up_run(session)
        assert (outcome.leftovers, shared_server.books) == ([], {})

    def test_copies_by_other_clients(self) -> None:
        """Items that other clients copied under the mark of the run are reported, not deleted."""
        shared_server = SharedServer()
        with shared_server.open_session(mark=create_mark()) as session:
            book_id = create_book(session, "one")
            copies = {
                shared_server.add_book(f"{session.mark}-one"),
                shared_server.add_book(f"{session.mark}-one copy"),
            }
            visible = session.created_items.wait_until_item_visible(
                session.created_items.own_items[0]
            )
            session.created_items.delete_all_items()
            outcome = cleanup.clean_up_run(session)
        assert visible
        assert (
            {str(leftover.identity) for leftover in outcome.leftovers}
            == copies
            == set(shared_server.books)
        )
        assert {leftover.reason for leftover in outcome.leftovers} == {FOREIGN_MARK}
        assert book_id not in shared_server.books

    @pytest.mark.parametrize("status", [500, 403])
    def test_lists_that_cannot_be_read(self, status: int) -> None:
        """If a list cannot be read, the result has no leftovers and reports an incomplete list."""

        def edit(request: httpx.Request, response: httpx.Response) -> httpx.Response:
            is_list_request = request.method == "GET" and request.url.path.endswith("/books")
            return httpx.Response(status) if is_list_request else response

        outcome = self.run_and_clean_up(SharedServer(edit=edit), "one")
        assert outcome.leftovers == []
        assert len(outcome.incomplete_lists) == 1

    def test_ids_written_as_decimals(self) -> None:
        """The id 7.0 is the same as 7."""
        assert [
            cleanup.normalize_identity(value) for value in (7.0, 7, "7", 7.5, True, None, [7])
        ] == [7, 7, "7", None, None, None, None]


class TestCrashedRunCleanup:
    @pytest.fixture
    def ledger(self, tmp_path: object) -> Ledger:
        """Return a ledger in a file."""
        return Ledger(tmp_path / "ledger.sqlite")  # type: ignore[operator]

    def run_and_crash(self, shared_server: SharedServer, ledger: Ledger, *titles: str) -> str:
        """Create books in a run that ends without a cleanup; return its mark."""
        target = build_target(
            shared_server.toy_server, transport=httpx.MockTransport(shared_server.handle)
        )
        session = TargetSession(
            build_toy_contract(),
            target,
            mark=create_mark(),
            client=TargetClient(build_toy_contract(), target, ledger=ledger),
        )
        for title in titles:
            create_book(session, title)
        return session.mark

    def clean_up(
        self,
        shared_server: SharedServer,
        ledger: Ledger,
        older_than: float | None = None,
        dry_run: bool = False,
    ) -> list[ItemCleanupResult]:
        """Return the results of the cleanup of crashed runs."""
        target = build_target(
            shared_server.toy_server, transport=httpx.MockTransport(shared_server.handle)
        )
        with TargetSession(
            build_toy_contract(),
            target,
            client=TargetClient(build_toy_contract(), target, ledger=ledger),
        ) as session:
            return list(clean_up_crashed_runs(session, older_than, dry_run=dry_run))

    def test_items_of_a_crashed_run_are_deleted(self, ledger: Ledger) -> None:
        """Items in the ledger are deleted and marked as deleted; foreign items stay."""
        shared_server = SharedServer()
        shared_server.add_book("somebody's")
        self.run_and_crash(shared_server, ledger, "one", "two")
        assert [result.deleted for result in self.clean_up(shared_server, ledger)] == [True, True]
        assert list(shared_server.books.values()) == ["somebody's"]
        assert [entry.deleted for entry in ledger.read_ledger_entries()] == [True, True]

    def test_dry_run(self, ledger: Ledger) -> None:
        """A dry run shows which items would be deleted, and sends only safe requests."""
        shared_server = SharedServer()
        self.run_and_crash(shared_server, ledger, "one", "two")
        before = dict(shared_server.books)
        shared_server.sent.clear()
        assert [
            (result.planned, result.deleted)
            for result in self.clean_up(shared_server, ledger, dry_run=True)
        ] == [(True, False)] * 2
        assert {request.partition(" ")[0] for request in shared_server.sent} == {"GET"}
        assert (before, len(ledger.read_ledger_entries())) == (shared_server.books, 2)

    def test_ids_that_are_reused(self, ledger: Ledger) -> None:
        """After a restore, ids can name items of customers: these are not deleted.

        The ledger entries are marked as deleted.
        """
        shared_server = SharedServer()
        self.run_and_crash(shared_server, ledger, "one", "two")
        for book_id, book in shared_server.toy_server.shelves[SHELF].items():
            book["title"] = f"customer's {book_id}"
        before = dict(shared_server.books)
        results = self.clean_up(shared_server, ledger)
        assert [
            (result.deleted, "now names something else" in result.reason) for result in results
        ] == [(True, True)] * 2
        assert before == shared_server.books
        assert [entry.deleted for entry in ledger.read_ledger_entries()] == [True, True]
        assert "DELETE" not in " ".join(shared_server.sent)

    def test_names_that_resemble_marks(self, ledger: Ledger) -> None:
        """Names that only resemble marks are not marks, for any age."""
        shared_server = SharedServer()
        mark = self.run_and_crash(shared_server, ledger)
        names = (
            "conformance-1577836800-project plan 2020",
            f"{mark}9",
            f"x {mark}",
            f"{mark[:-1]}{'a' if mark[-1] != 'a' else 'b'}-x",
            "conference call 2026-11",
        )
        for name in names:
            shared_server.add_book(name)
        assert self.clean_up(shared_server, ledger, older_than=0.0) == []
        assert sorted(shared_server.books.values()) == sorted(names)

    def test_marks_of_unknown_runs(self, ledger: Ledger) -> None:
        """Items with marks of runs that are not in the ledger stay.

        They are deleted only if they exceed a given age.
        """
        shared_server = SharedServer()
        shared_server.add_book(f"{create_mark(1_700_000_000)}-old")
        shared_server.add_book("conformance-1600000000-abcd001-older")
        shared_server.add_book(f"{create_mark()}-young")
        assert [
            (result.deleted, result.foreign) for result in self.clean_up(shared_server, ledger)
        ] == [(False, True)] * 3
        assert len(shared_server.books) == 3
        results = self.clean_up(shared_server, ledger, older_than=3600.0)
        assert [result.deleted for result in results].count(True) == 2
        (remaining_title,) = shared_server.books.values()
        assert remaining_title.endswith("-young")

    def test_copies_of_items_of_a_crashed_run(self, ledger: Ledger) -> None:
        """A copy by another client under the mark of a crashed run stays."""
        shared_server = SharedServer()
        mark = self.run_and_crash(shared_server, ledger, "one")
        copy_id = shared_server.add_book(f"{mark}-one copy")
        deleted_by_id = {
            str(result.identity): result.deleted for result in self.clean_up(shared_server, ledger)
        }
        assert (deleted_by_id[copy_id], list(shared_server.books)) == (False, [copy_id])

    def test_items_of_a_live_run(self, tmp_path: object, ledger: Ledger) -> None:
        """Items of a run that is still alive stay."""
        shared_server = SharedServer()
        mark = self.run_and_crash(shared_server, ledger, "one")
        other_ledger = Ledger(ledger.file)
        other_ledger.lock_run(mark)
        try:
            assert self.clean_up(shared_server, ledger, older_than=0.0) == []
        finally:
            other_ledger.close()
        assert len(shared_server.books) == 1

    def test_a_wrong_address(self, ledger: Ledger) -> None:
        """If no plain request succeeds, no item is deleted and no entry is removed."""
        shared_server = SharedServer()
        self.run_and_crash(shared_server, ledger, "one")
        shared_server.edit = lambda request, response: httpx.Response(
            404, content=json.dumps({}).encode()
        )
        results = self.clean_up(shared_server, ledger)
        assert [result.deleted for result in results] == [False, False]
        assert len(ledger.read_ledger_entries()) == 1

    def test_item_found_by_name_and_not_deleted(self, ledger: Ledger) -> None:
        """An item without a known id is found by its name.

        It is reported if it is still listed after a successful deletion.
        """
        shared_server = SharedServer()
        target = build_target(
            shared_server.toy_server, transport=httpx.MockTransport(shared_server.handle)
        )
        session = TargetSession(
            build_toy_contract(),
            target,
            mark=create_mark(),
            client=TargetClient(build_toy_contract(), target, ledger=ledger),
        )
        ledger.record_creation_intent(session.mark, "book", {"shelf": SHELF}, f"{session.mark}-one")
        book_id = shared_server.add_book(f"{session.mark}-one")
        original_handle = shared_server.toy_server.handle

        def handle(request: httpx.Request) -> httpx.Response:
            return httpx.Response(204) if request.method == "DELETE" else original_handle(request)

        shared_server.handle = handle  # type: ignore[method-assign]
        (result,) = self.clean_up(shared_server, ledger)
        assert (result.identity, result.deleted, result.foreign, result.reason) == (
            book_id,
            False,
            False,
            STILL_THERE,
        )
        assert [entry.deleted for entry in ledger.read_ledger_entries()] == [False]
