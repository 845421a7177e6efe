"""Asking a list for our own things."""

from __future__ import annotations

import pytest

from conformance.checks.call import EarlierResponseValue, MarkedText
from conformance.checks.check import CheckContext
from conformance.checks.exchange import InconclusiveError
from conformance.checks.listing import (
    build_mark_query_arguments,
    build_read_back_by_id_step,
    build_read_back_in_list_step,
    build_read_back_step,
)
from conformance.checks.scenario import PagedReadStep, Step
from conformance.contract.contract import Contract
from conformance.contract.pointer import MISSING

from .toy import build_context, build_toy_contract, build_toy_variant, load_builtin_contract

KEPT = "createBook/body/pages/stored"
PAGES = (
    "      - paginates: {page: page, size: size, first: 0, count: /meta/count, total: /meta/total,"
    " pages: /meta/pages, metadata: /meta, maxItems: 40, unpagedHasMetadata: true,"
    " pastEnd: empty}\n"
)
GLOBS = (
    "      - filters: {field: field, glob: glob, keys: {title: /title}, withoutField: ignored}\n"
)


class TestQueried:
    def test_query_instead_of_the_pattern(self) -> None:
        """Ours are asked for by how the marked field begins, and the pattern that would do the same
        is left out.
        """
        contract = build_toy_contract()
        assert {
            "field": MISSING,
            "glob": MISSING,
            "q": {"title": {"$startsWith": MarkedText("{m}")}},
        } == build_mark_query_arguments(contract, contract.resources[0])

    def test_query_where_there_is_no_pattern(self) -> None:
        """Without a pattern there is none to leave out."""
        contract = build_toy_variant(
            (GLOBS, ""), ("      - overrides: {parameter: q, disables: [field, glob]}\n", "")
        )
        assert {"q": {"title": {"$startsWith": MarkedText("{m}")}}} == build_mark_query_arguments(
            contract, contract.resources[0]
        )

    @pytest.mark.parametrize(
        "contract",
        [
            build_toy_variant(("$startsWith: [title]", "$startsWith: [id]")),
            build_toy_variant(
                ("title: {pointer: /title, type: text}", "title: {pointer: /note, type: text}")
            ),
            build_toy_variant(("    mark: /title\n", "")),
            load_builtin_contract("push-express"),
            load_builtin_contract("losant", "2017"),
        ],
    )
    def test_nothing_where_no_query_does_it(self, contract: Contract) -> None:
        """Where no query can tell how the marked field begins, or no field is marked, there is
        none.
        """
        assert build_mark_query_arguments(contract, contract.resources[0]) == {}

    def test_of_the_editions(self) -> None:
        """The name of the parameter, of the key and of the field are the contract's."""
        contract = load_builtin_contract("losant")
        expected = {
            "filterField": MISSING,
            "filter": MISSING,
            "query": {"name": {"$startsWith": MarkedText("{m}")}},
        }
        assert expected == build_mark_query_arguments(contract, contract.resources[0])


class TestLook:
    def test_by_reading(self) -> None:
        """A thing that can be read is read, by name or by identity alike."""
        step = build_read_back_step(build_context(KEPT), "read", "made")
        assert step == build_read_back_by_id_step(build_context(KEPT), "read", "made")
        assert (step.call.operation, step.call.arguments) == (
            "readBook",
            {"book": EarlierResponseValue("made", "/id")},
        )

    def test_in_the_list(self) -> None:
        """It is looked for by its identity, newest first, whether or not it can be read, and
        whatever it is called now.
        """
        move = build_read_back_in_list_step(build_context(KEPT), "read", "made")
        assert isinstance(move, PagedReadStep)
        assert (move.name, move.call.operation, move.call.arguments) == (
            "read",
            "listBooks",
            {"sort": "created", "way": "down"},
        )
        assert (move.stop_at, move.size, move.pages) == (
            EarlierResponseValue("made", "/id"),
            None,
            None,
        )

    def test_without_reading(self) -> None:
        """Where it cannot be read, looking by identity is looking in the list; other looks take the
        pattern.
        """
        where = build_context(
            KEPT,
            build_toy_variant(
                ("operationId: readBook", ("operationId: readBook\n      x-basis: client"))
            ),
        )
        assert build_read_back_by_id_step(where, "read", "made") == build_read_back_in_list_step(
            where, "read", "made"
        )
        assert {"field": "title", "glob": MarkedText("{m}*")} == build_read_back_step(
            where, "read", "made"
        ).call.arguments

    def test_list_without_pages(self) -> None:
        """A list that has no pages is asked for once."""
        move = build_read_back_in_list_step(
            build_context(KEPT, build_toy_variant((PAGES, ""))), "read", "made"
        )
        assert isinstance(move, Step)
        assert move.call.arguments == {"sort": "created", "way": "down"}

    def test_list_without_dates(self) -> None:
        """A list that cannot be sorted by creation is read from its beginning."""
        contract = load_builtin_contract("push-express")
        where = CheckContext(
            contract=contract,
            claim=next(one for one in contract.claims if one.id == "createAppGroup/listed"),
            seed="seed",
        )
        assert build_read_back_in_list_step(where, "read", "made").call.arguments == {}

    def test_no_list(self) -> None:
        """Without a list there is nowhere to look."""
        where = build_context(
            "createBook/body/pages/stored", build_toy_variant(("    list: listBooks\n", ""))
        )
        with pytest.raises(InconclusiveError, match="no operation that lists"):
            build_read_back_in_list_step(where, "read", "made")
        assert build_read_back_by_id_step(where, "read", "made").call.operation == "readBook"
