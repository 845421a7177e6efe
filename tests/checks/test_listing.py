"""Reading the items of the run in a list."""

from __future__ import annotations

import pytest

from conformance.checks.call import EarlierResponseValue, TextWithRunMark
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

STORED = "createBook/body/pages/stored"
PAGINATION = (
    "      - paginates: {page: page, size: size, first: 0, count: /meta/count, total: /meta/total,"
    " pages: /meta/pages, metadata: /meta, maxItems: 40, unpagedHasMetadata: true,"
    " pastEnd: empty}\n"
)
GLOB_FILTER = (
    "      - filters: {field: field, glob: glob, keys: {title: /title}, withoutField: ignored}\n"
)


class TestMarkQuery:
    def test_query_instead_of_the_pattern(self) -> None:
        """The items of the run are queried by the start of the marked field. The pattern, which
        would do the same, is omitted.
        """
        contract = build_toy_contract()
        assert {
            "field": MISSING,
            "glob": MISSING,
            "q": {"title": {"$startsWith": TextWithRunMark("{m}")}},
        } == build_mark_query_arguments(contract, contract.resources[0])

    def test_query_without_a_pattern(self) -> None:
        """Where there is no pattern, there is none to omit."""
        contract = build_toy_variant(
            (GLOB_FILTER, ""), ("      - overrides: {parameter: q, disables: [field, glob]}\n", "")
        )
        assert {
            "q": {"title": {"$startsWith": TextWithRunMark("{m}")}}
        } == build_mark_query_arguments(contract, contract.resources[0])

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
    def test_no_query(self, contract: Contract) -> None:
        """There is no query where none can match the start of the marked field, or where no field
        is marked.
        """
        assert build_mark_query_arguments(contract, contract.resources[0]) == {}

    def test_query_of_a_builtin_contract(self) -> None:
        """The contract gives the names of the parameter, the key and the field."""
        contract = load_builtin_contract("losant")
        expected = {
            "filterField": MISSING,
            "filter": MISSING,
            "query": {"name": {"$startsWith": TextWithRunMark("{m}")}},
        }
        assert expected == build_mark_query_arguments(contract, contract.resources[0])


class TestReadBack:
    def test_read_by_itself(self) -> None:
        """An item that can be read by itself is read in that way, whether the read is by name or by
        id.
        """
        step = build_read_back_step(build_context(STORED), "read", "made")
        assert step == build_read_back_by_id_step(build_context(STORED), "read", "made")
        assert (step.call.operation, step.call.arguments) == (
            "readBook",
            {"book": EarlierResponseValue("made", "/id")},
        )

    def test_read_in_the_list(self) -> None:
        """The item is found by its id, newest first, whether or not it can be read by itself, and
        whatever its name is now.
        """
        step = build_read_back_in_list_step(build_context(STORED), "read", "made")
        assert isinstance(step, PagedReadStep)
        assert (step.name, step.call.operation, step.call.arguments) == (
            "read",
            "listBooks",
            {"sort": "created", "way": "down"},
        )
        assert (step.stop_at, step.size, step.pages) == (
            EarlierResponseValue("made", "/id"),
            None,
            None,
        )

    def test_read_back_without_documented_read(self) -> None:
        """Where the item cannot be read by itself, reading it by id means reading the list. Other
        reads use the pattern.
        """
        context = build_context(
            STORED,
            build_toy_variant(
                ("operationId: readBook", ("operationId: readBook\n      x-basis: client"))
            ),
        )
        assert build_read_back_by_id_step(context, "read", "made") == build_read_back_in_list_step(
            context, "read", "made"
        )
        assert {"field": "title", "glob": TextWithRunMark("{m}*")} == build_read_back_step(
            context, "read", "made"
        ).call.arguments

    def test_list_without_pages(self) -> None:
        """A list without pagination is requested once."""
        step = build_read_back_in_list_step(
            build_context(STORED, build_toy_variant((PAGINATION, ""))), "read", "made"
        )
        assert isinstance(step, Step)
        assert step.call.arguments == {"sort": "created", "way": "down"}

    def test_list_without_dates(self) -> None:
        """A list that cannot be sorted by creation date is read from its beginning."""
        contract = load_builtin_contract("push-express")
        context = CheckContext(
            contract=contract,
            claim=next(claim for claim in contract.claims if claim.id == "createAppGroup/listed"),
            seed="seed",
        )
        assert build_read_back_in_list_step(context, "read", "made").call.arguments == {}

    def test_no_list(self) -> None:
        """Without a list operation the item cannot be read in the list."""
        context = build_context(
            "createBook/body/pages/stored", build_toy_variant(("    list: listBooks\n", ""))
        )
        with pytest.raises(InconclusiveError, match="no operation that lists"):
            build_read_back_in_list_step(context, "read", "made")
        assert build_read_back_by_id_step(context, "read", "made").call.operation == "readBook"
