"""Checks of filters and of queries in the advanced dialect."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from conformance.checks.call import EarlierRequestValue, EarlierResponseValue, TextWithRunMark
from conformance.checks.datasets import UPDATED_ITEMS
from conformance.checks.exchange import Trace
from conformance.checks.filtering import PATTERNS_BY_FORM
from conformance.checks.observation import describe_value
from conformance.checks.scenario import PagedReadStep
from conformance.contract.contract import Contract
from conformance.contract.filtering import GlobFilterProperty
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING

from .toy import (
    build_toy_variant,
    describe_steps,
    evaluate,
    execute_on_honest_server,
    find_undecided_reason,
    get_books,
    list_evidence,
    map_scenarios,
    with_listed_items,
    with_lost_response,
    with_response,
    with_skipped_step,
    with_truncated_lists,
)

NAMES = {
    "item 0": "run-delta",
    "item 1": "run-alpha",
    "item 2": "run-golf",
    "item 3": "run-alphabet",
    "item 4": "run-x-run-alpha",
    "item 5": "run-charlie one",
    "item 6": "run-bravo-delta",
    "item 7": "run-echo-foxtrot-lima.x",
    "item 8": "run-echo-foxtrot-limayx",
    "item 9": "run-hotel+50%41(a)&b/c",
}


def build_listing_trace(claim: str, label: str, step: str, item_steps: list[str]) -> Trace:
    """Return a trace in which a list contains the items that these steps created."""
    trace = execute_on_honest_server(claim, label)
    return with_listed_items(trace, step, [trace[item_step].json for item_step in item_steps])


def test_names_of_the_items() -> None:
    """The named items have these names, in this order of creation. The tables below rely on the
    names and on the order.
    """
    trace = execute_on_honest_server("listBooks/glob/exact/title")
    assert {step: trace[step].call.body["title"] for step in NAMES} == NAMES


GLOBS = [
    ("exact", "pattern 0", [1]),
    ("exact", "pattern 1", [5]),
    ("exact", "pattern 2", [7]),
    ("exact", "pattern 3", [9]),
    ("prefix", "pattern 0", [1, 3]),
    ("prefix", "pattern 1", [5]),
    ("suffix", "pattern 0", [1, 4]),
    ("suffix", "pattern 1", [0, 6]),
    ("infix", "pattern 0", [0, 6]),
    ("infix", "pattern 1", [1, 4]),
    ("suffix", "pattern 2", [1, 4]),
    ("infix", "pattern 2", [6]),
    ("infix", "pattern 3", []),
    ("infix", "pattern 4", [1, 4]),
    ("nothing", "pattern 0", []),
    ("nothing", "pattern 1", []),
    ("nothing", "pattern 2", []),
]


class TestGlob:
    @pytest.mark.parametrize(("form", "label", "numbers"), GLOBS)
    def test_what_a_pattern_matches(self, form: str, label: str, numbers: list[int]) -> None:
        """Exactly the matching names pass. One fewer or one more breaks the promise."""
        claim, item_steps = f"listBooks/glob/{form}/title", [f"item {number}" for number in numbers]
        assert evaluate(claim, build_listing_trace(claim, label, "filtered", item_steps)) == [
            "passed"
        ]
        for item_step in item_steps:
            outcomes = evaluate(
                claim,
                build_listing_trace(
                    claim, label, "filtered", [step for step in item_steps if step != item_step]
                ),
            )
            assert (
                f"leaves out {describe_value(NAMES[item_step])}, which it should list"
                in outcomes[0]
            )
        for item_step in NAMES.keys() - set(item_steps):
            assert (
                f"lists {describe_value(NAMES[item_step])}, which it should leave out"
                in evaluate(
                    claim, build_listing_trace(claim, label, "filtered", [*item_steps, item_step])
                )[0]
            )

    def test_changed_list_is_unstable(self) -> None:
        """A list whose pages give different totals was changed by another client, so it is not
        checked.
        """
        claim = "listBooks/glob/exact/title"
        trace = execute_on_honest_server(claim)
        (page,) = trace.exchanges["filtered"]
        trace_with_two_pages = replace(
            trace, exchanges={**trace.exchanges, "filtered": (page, page)}
        )
        trace_with_other_total = with_response(
            trace_with_two_pages,
            "filtered",
            edit=lambda body: {"books": [], "meta": {**body["meta"], "total": 7}},
            page=1,
        )
        assert evaluate(claim, trace_with_other_total) == [
            "unstable: the list was changed by someone else while it was read"
        ]
        assert evaluate(claim, trace_with_two_pages) == [
            "failed: glob=run-alpha lists an item twice"
        ]
        assert evaluate(
            claim,
            with_response(
                trace_with_two_pages, "filtered", edit=lambda body: {**body, "books": []}, page=1
            ),
        ) == ["passed"]

    def test_message_names_the_pattern(self) -> None:
        """The message has the pattern that was sent."""
        outcomes = evaluate(
            "listBooks/glob/exact/title",
            build_listing_trace("listBooks/glob/exact/title", "pattern 0", "filtered", []),
        )
        assert outcomes == ['failed: glob=run-alpha leaves out "run-alpha", which it should list']

    def test_evidence(self) -> None:
        """The evidence of a failure is the creation of the first such item and the list. The
        evidence of a pass is the list.
        """
        claim = "listBooks/glob/nothing/title"
        trace = build_listing_trace(claim, "pattern 0", "filtered", ["item 3", "item 1"])
        assert list_evidence(claim, trace) == [(trace["item 1"], trace["filtered"])]
        assert list_evidence(claim, execute_on_honest_server(claim)) == [
            (execute_on_honest_server(claim)["filtered"],)
        ]

    def test_message_names_at_most_three_items(self) -> None:
        """The message does not name more than three items."""
        claim = "listBooks/glob/nothing/title"
        names = '"run-delta", "run-alpha", "run-golf"'
        message_with_three = f"failed: glob=run-alph lists {names}, which it should leave out"
        message_with_more = (
            f"failed: glob=run-alph lists {names} and more, which it should leave out"
        )
        assert [message_with_three] == evaluate(
            claim,
            build_listing_trace(claim, "pattern 0", "filtered", ["item 0", "item 1", "item 2"]),
        )
        assert [message_with_more] == evaluate(
            claim,
            build_listing_trace(
                claim, "pattern 0", "filtered", ["item 0", "item 1", "item 2", "item 3"]
            ),
        )

    def test_item_listed_twice_fails(self) -> None:
        """An item that is listed twice breaks the promise."""
        claim = "listBooks/glob/exact/title"
        assert evaluate(
            claim, build_listing_trace(claim, "pattern 0", "filtered", ["item 1", "item 1"])
        ) == ["failed: glob=run-alpha lists an item twice"]

    def test_foreign_items_do_not_matter(self) -> None:
        """Only items that the run created are checked."""
        claim = "listBooks/glob/exact/title"
        trace = execute_on_honest_server(claim, "pattern 0")
        assert evaluate(
            claim,
            with_listed_items(
                trace, "filtered", [{"id": "theirs", "title": "x"}, trace["item 1"].json]
            ),
        ) == ["passed"]

    def test_failed_list_is_inconclusive(self) -> None:
        """A list that is missing or incomplete is inconclusive."""
        claim = "listBooks/glob/exact/title"
        assert evaluate(claim, with_response(execute_on_honest_server(claim), "filtered", 500))[
            0
        ].startswith("inconclusive")
        assert evaluate(claim, with_truncated_lists(execute_on_honest_server(claim), "filtered"))[
            0
        ].startswith("inconclusive")
        assert evaluate(
            claim, with_skipped_step(execute_on_honest_server(claim), "item 8", "x")
        ) == ["inconclusive: x"]

    def test_brackets_are_text(self) -> None:
        """Only * is special in a pattern. Brackets and question marks are literal text."""
        claim = "listBooks/glob/exact/title"
        assert all(
            "[" not in pattern and "?" not in pattern
            for patterns in PATTERNS_BY_FORM.values()
            for pattern in patterns
        )
        assert [
            scenario.steps[0].call.arguments["glob"].text
            for scenario in map_scenarios(claim).values()
        ] == ["{m}-alpha", "{m}-charlie one", "{m}-echo-foxtrot-lima.x", "{m}-hotel+50%41(a)&b/c"]

    @pytest.mark.parametrize("form", list(GlobFilterProperty))
    def test_plan(self, form: GlobFilterProperty) -> None:
        """Each pattern is sent with its field, newest items first, after the setup of the named
        items.
        """
        scenarios = map_scenarios(f"listBooks/glob/{form}/title")
        assert list(PATTERNS_BY_FORM[form]) == [
            scenario.steps[0].call.arguments["glob"].text for scenario in scenarios.values()
        ]
        for scenario in scenarios.values():
            assert tuple(
                scenario.steps[0].call.arguments[name] for name in ("field", "sort", "way")
            ) == ("title", "created", "down")
            assert (describe_steps(scenario), scenario.setup.name if scenario.setup else None) == (
                ["filtered: listBooks"],
                "catalog of book",
            )

    def test_plan_on_another_field(self) -> None:
        """A field without the mark cannot identify the items of the run."""
        contract = build_toy_variant(
            (
                "filters: {field: field, glob: glob, keys: {title: /title}, withoutField: ignored}",
                (
                    "filters: {field: field, glob: glob, keys: {title: /title, note:"
                    " /note}, withoutField:"
                    " ignored}"
                ),
            )
        )
        assert (
            find_undecided_reason("listBooks/glob/exact/note", contract)
            == "the field is not one that our items can be told apart by"
        )


class TestUnfiltered:
    CLAIMS = (
        "listBooks/field/blank",
        "listBooks/field/absent",
        "listBooks/glob/blank",
        "listBooks/glob/absent",
    )

    @pytest.mark.parametrize("claim", CLAIMS)
    def test_whole_list_passes(self, claim: str) -> None:
        """A list that contains all items of the run keeps the promise."""
        assert evaluate(claim, execute_on_honest_server(claim)) == ["passed"]

    @pytest.mark.parametrize("claim", CLAIMS)
    def test_missing_item_fails(self, claim: str) -> None:
        """A list without one of the items breaks the promise."""
        _, parameter, case = claim.split("/")
        trace = execute_on_honest_server(claim)
        trace_without_item = with_listed_items(
            trace,
            "listed",
            [item for item in get_books(trace, "listed") if item["title"] != "run-golf"],
        )
        assert [
            f'failed: with {parameter} {case}, the list leaves out "run-golf", which it should list'
        ] == evaluate(claim, trace_without_item)

    @pytest.mark.parametrize("claim", CLAIMS)
    def test_refusal_fails(self, claim: str) -> None:
        """A refused request breaks the promise. A server error is inconclusive."""
        _, parameter, case = claim.split("/")
        assert evaluate(claim, with_response(execute_on_honest_server(claim), "listed", 400))[
            0
        ].startswith(f"failed: a request with {parameter} {case} is refused: GET")
        assert evaluate(claim, with_response(execute_on_honest_server(claim), "listed", 500))[
            0
        ].startswith("inconclusive")

    @pytest.mark.parametrize(
        ("claim", "sent"),
        [
            ("listBooks/field/blank", {"field": ""}),
            ("listBooks/field/absent", {}),
            ("listBooks/glob/blank", {"field": "title", "glob": ""}),
            ("listBooks/glob/absent", {"field": "title"}),
        ],
    )
    def test_plan(self, claim: str, sent: dict[str, str]) -> None:
        """The parameter is blank or absent, and no other parameter filters."""
        arguments = execute_on_honest_server(claim)["listed"].call.arguments
        assert sent == {
            name: arguments[name]
            for name in ("field", "glob")
            if isinstance(arguments.get(name), str)
        }


def with_pattern_interpretation(interpretation: str) -> Contract:
    """Return the toy contract with another interpretation of a pattern without a field."""
    return build_toy_variant(("withoutField: ignored}", f"withoutField: {interpretation}}}"))


class TestPatternWithoutField:
    CLAIM = "listBooks/glob/withoutField"

    def test_ignored(self) -> None:
        """Where a pattern without a field has no effect, all items are listed."""
        assert evaluate(self.CLAIM, execute_on_honest_server(self.CLAIM)) == ["passed"]
        outcomes = evaluate(
            self.CLAIM, build_listing_trace(self.CLAIM, "without field", "listed", ["item 1"])
        )
        assert [outcome[:62] for outcome in outcomes] == [
            'failed: without a field, glob=run-alpha leaves out "run-delta"'
        ]

    def test_applied(self) -> None:
        """Where a pattern without a field applies to the first field, exactly the matching items
        are listed.
        """
        contract = with_pattern_interpretation("applied")
        assert evaluate(
            self.CLAIM,
            build_listing_trace(self.CLAIM, "without field", "listed", ["item 1"]),
            contract,
        ) == ["passed"]
        for item_steps, expected in (
            (["item 0", "item 1"], 'lists "run-delta"'),
            ([], 'leaves out "run-alpha"'),
            (["item 1", "item 3"], 'lists "run-alphabet"'),
        ):
            assert (
                f"failed: without a field, glob=run-alpha {expected}"
                in evaluate(
                    self.CLAIM,
                    build_listing_trace(self.CLAIM, "without field", "listed", item_steps),
                    contract,
                )[0]
            )

    def test_refused(self) -> None:
        """Where a pattern without a field is an error, it is refused."""
        contract = with_pattern_interpretation("refused")
        assert evaluate(
            self.CLAIM, with_response(execute_on_honest_server(self.CLAIM), "listed", 400), contract
        ) == ["passed"]
        (outcome,) = evaluate(self.CLAIM, execute_on_honest_server(self.CLAIM), contract)
        assert outcome.startswith("failed: a glob without field is not refused: GET")

    @pytest.mark.parametrize("interpretation", ["ignored", "applied"])
    def test_refusal_fails_otherwise(self, interpretation: str) -> None:
        """A refusal breaks the promise unless a pattern without a field is an error. A server error
        is inconclusive.
        """
        (outcome,) = evaluate(
            self.CLAIM,
            with_response(execute_on_honest_server(self.CLAIM), "listed", 400),
            with_pattern_interpretation(interpretation),
        )
        assert outcome.startswith(f"failed: a glob without field is not {interpretation}: GET")
        for inconclusive_trace in (
            with_response(execute_on_honest_server(self.CLAIM), "listed", 500),
            with_truncated_lists(execute_on_honest_server(self.CLAIM), "listed"),
            with_skipped_step(execute_on_honest_server(self.CLAIM), "listed"),
        ):
            assert evaluate(
                self.CLAIM, inconclusive_trace, with_pattern_interpretation(interpretation)
            )[0].startswith("inconclusive")

    @pytest.mark.parametrize("interpretation", ["ignored", "applied", "refused"])
    @pytest.mark.parametrize("status", [401, 403, 429, 502, 503, 504, None])
    def test_unprocessed_request_is_inconclusive(
        self, interpretation: str, status: int | None
    ) -> None:
        """A request that was rejected before its processing, or that got no response, is
        inconclusive.
        """
        inconclusive_trace = (
            with_lost_response(execute_on_honest_server(self.CLAIM), "listed")
            if status is None
            else with_response(execute_on_honest_server(self.CLAIM), "listed", status)
        )
        assert [
            outcome.partition(":")[0]
            for outcome in evaluate(
                self.CLAIM, inconclusive_trace, with_pattern_interpretation(interpretation)
            )
        ] == ["inconclusive"]

    def test_plan(self) -> None:
        """A pattern that one item matches is sent without a field, newest first, after the setup of
        the named items.
        """
        (scenario,) = map_scenarios(self.CLAIM).values()
        assert {
            "field": MISSING,
            "glob": TextWithRunMark("{m}-alpha"),
            "sort": "created",
            "way": "down",
        } == scenario.steps[0].call.arguments
        assert (describe_steps(scenario), scenario.setup.name if scenario.setup else None) == (
            ["listed: listBooks"],
            "catalog of book",
        )


STATES = [
    ("listBooks/lent/true", [0, 2], "with lent=true"),
    ("listBooks/lent/false", [1, 3], "with lent=false"),
    ("listBooks/lent/absent", [1, 3], "without lent"),
]


class TestState:
    @pytest.mark.parametrize(("claim", "numbers", "description"), STATES)
    def test_items_in_the_state(self, claim: str, numbers: list[int], description: str) -> None:
        """The items in that state pass. One fewer, or one in the other state, breaks the promise,
        in the whole list and in pages.
        """
        assert evaluate(claim, execute_on_honest_server(claim)) == ["passed", "passed"]
        expected_items = get_books(execute_on_honest_server(claim), "whole")
        for step in ("whole", "paged"):
            for omitted_number in range(2):
                outcomes_without_item = evaluate(
                    claim,
                    with_listed_items(
                        execute_on_honest_server(claim),
                        step,
                        [
                            item
                            for number, item in enumerate(expected_items)
                            if number != omitted_number
                        ],
                    ),
                )
                assert any(
                    outcome.startswith(f'failed: the list {description} leaves out "run-state-')
                    for outcome in outcomes_without_item
                )
            extra_item = execute_on_honest_server(claim)[f"item {(numbers[0] + 1) % 4}"].json
            outcomes_with_extra_item = evaluate(
                claim,
                with_listed_items(
                    execute_on_honest_server(claim), step, [*expected_items, extra_item]
                ),
            )
            assert any(
                outcome.startswith(f'failed: the list {description} lists "run-state-')
                for outcome in outcomes_with_extra_item
            )

    @pytest.mark.parametrize(("claim", "numbers", "description"), STATES)
    def test_foreign_item_in_the_wrong_state_fails(
        self, claim: str, numbers: list[int], description: str
    ) -> None:
        """Any item whose state is the other one breaks the promise, whoever created it."""
        value = claim != "listBooks/lent/true"
        outcomes = evaluate(
            claim,
            with_listed_items(
                execute_on_honest_server(claim),
                "whole",
                [
                    *get_books(execute_on_honest_server(claim), "whole"),
                    {"id": "theirs", "lent": value},
                ],
            ),
        )
        assert (
            f"failed: the list {description} holds an item whose lent is {describe_value(value)}"
            in outcomes
        )

    @pytest.mark.parametrize("wrong_value", ["true", 1, None])
    def test_state_is_a_boolean(self, wrong_value: Json) -> None:
        """A value that is not a boolean is not a state."""
        trace = with_response(
            execute_on_honest_server("listBooks/lent/true"),
            "whole",
            edit=lambda body: {
                **body,
                "books": [{**item, "lent": wrong_value} for item in body["books"]],
            },
        )
        assert (
            f"failed: the list with lent=true holds an item whose lent is"
            f" {describe_value(wrong_value)}"
        ) in evaluate("listBooks/lent/true", trace)

    def test_items_without_state_pass(self) -> None:
        """Items need not have the state field."""

        def edit(body):
            return {**body, "books": [{"id": item["id"]} for item in body["books"]]}

        assert evaluate(
            "listBooks/lent/true",
            with_response(execute_on_honest_server("listBooks/lent/true"), "whole", edit=edit),
        ) == ["passed", "passed"]

    @pytest.mark.parametrize("step", ["switch 0", "switch 2", "item 1", "item 0"])
    def test_failed_setup_is_inconclusive(self, step: str) -> None:
        """Without the items and their states, the claim is inconclusive."""
        assert evaluate(
            "listBooks/lent/true",
            with_response(execute_on_honest_server("listBooks/lent/true"), step, 500),
        )[0].startswith("inconclusive")

    def test_plan(self) -> None:
        """Every other one of eight items is switched on. The list is read in that state, as a whole
        and in pages.
        """
        scenario = map_scenarios("listBooks/lent/true")["state"]
        assert describe_steps(scenario) == [
            "whole: listBooks",
            "paged: listBooks",
            "plain: listBooks",
        ]
        assert [step.call.arguments["lent"] for step in scenario.steps] == ["true"] * 3
        assert [step.pages for step in scenario.steps if isinstance(step, PagedReadStep)] == [
            None,
            3,
        ]
        assert scenario.steps[-1].call.arguments == {"lent": "true"}
        assert scenario.setup is not None
        expected = [
            *(f"item {number}: createBook" for number in range(8)),
            *(f"switch {number}: lendBook" for number in (0, 2, 4, 6)),
        ]
        assert expected == [f"{step.name}: {step.call.operation}" for step in scenario.setup.steps]
        assert [EarlierResponseValue(f"item {number}", "/id") for number in (0, 2, 4, 6)] == [
            step.call.arguments["book"] for step in scenario.setup.steps[8:]
        ]

    @pytest.mark.parametrize(("claim", "numbers", "description"), STATES)
    def test_plain_list(self, claim: str, numbers: list[int], description: str) -> None:
        """The list as documented contains no item of the other state. It is not empty if there are
        items in the state.
        """
        trace, own_items = (
            execute_on_honest_server(claim),
            [execute_on_honest_server(claim)[f"item {number}"].json for number in numbers],
        )
        value = claim == "listBooks/lent/true"
        assert evaluate(
            claim, with_listed_items(trace, "plain", [{**own_items[0], "lent": value}])
        ) == ["passed", "passed"]
        assert evaluate(claim, with_listed_items(trace, "plain", [{"id": "theirs"}])) == [
            "passed",
            "passed",
        ]
        assert (
            f"failed: the list {description} is empty although 4 items are in that state"
            == evaluate(claim, with_listed_items(trace, "plain", []))[-1]
        )
        outcomes = evaluate(
            claim,
            with_listed_items(
                trace,
                "plain",
                [{**own_items[0], "lent": value}, {"id": "theirs", "lent": not value}],
            ),
        )
        assert (
            f"failed: the list {description} holds an item whose lent is"
            f" {describe_value(not value)}" == outcomes[-1]
        )
        assert evaluate(claim, with_response(trace, "plain", 500))[-1].startswith("inconclusive")

    def test_plan_without_parameter(self) -> None:
        """The claim about the absent parameter does not send it."""
        assert "lent" not in {
            name
            for name, value in execute_on_honest_server("listBooks/lent/absent")[
                "whole"
            ].call.arguments.items()
            if isinstance(value, str) and name == "lent"
        }


QUERIES = [
    ("equal/title", 0, [1]),
    ("equal/title", 1, [5]),
    ("equal/title", 2, []),
    ("equal/title", 3, [9]),
    ("nothing/title", 0, list(range(10))),
    ("$and/title", 0, [1, 4]),
    ("$and/title", 1, [1]),
    ("$and/title", 2, [0, 6]),
    ("$or/title", 0, [1, 2, 5]),
    ("$or/title", 1, [0, 1, 6]),
    ("$nor/title", 0, [0, 3, 4, 6, 7, 8, 9]),
    ("$eq/title", 0, [1]),
    ("$eq/title", 1, []),
    ("$ne/title", 0, [0, 2, 3, 4, 5, 6, 7, 8, 9]),
    ("$gt/title", 0, [0, 2, 4, 7, 8, 9]),
    ("$gte/title", 0, [0, 2, 4, 5, 7, 8, 9]),
    ("$lt/title", 0, [1, 3, 6]),
    ("$lte/title", 0, [1, 3, 5, 6]),
    ("$in/title", 0, [1, 5]),
    ("$nin/title", 0, [0, 2, 3, 4, 6, 7, 8, 9]),
    ("$startsWith/title", 0, [1, 3]),
    ("$startsWith/title", 1, [5]),
    ("$startsWith/title", 2, [7]),
    ("$endsWith/title", 0, [1, 4]),
    ("$endsWith/title", 1, [0, 6]),
    ("$endsWith/title", 2, [7]),
    ("$contains/title", 0, [1, 3, 4]),
    ("$contains/title", 1, [4]),
    ("$contains/title", 2, [7]),
    ("$ci/title", 0, [1]),
    ("$ci/title", 1, [1, 4]),
    ("$ci/title", 2, []),
    ("$and-of-none/title", 0, list(range(10))),
    ("$or-of-none/title", 0, list(range(10))),
    ("$nor-of-none/title", 0, []),
    ("equal/id", 0, [1]),
    ("$eq/id", 0, [1]),
    ("$ne/id", 0, [0, 2, 3, 4, 5, 6, 7, 8, 9]),
    ("$in/id", 0, [1, 5]),
    ("$nin/id", 0, [0, 2, 3, 4, 6, 7, 8, 9]),
    ("equal/created", 0, [4]),
    ("$gt/created", 0, [5, 6, 7, 8, 9]),
    ("$gte/created", 0, [4, 5, 6, 7, 8, 9]),
    ("$lt/created", 0, [0, 1, 2, 3]),
    ("$lte/created", 0, [0, 1, 2, 3, 4]),
    ("$gt/touched", 0, [1, 3, 5, 6, 7, 8, 9]),
    ("equal/tags", 0, [3, 7]),
    ("$eq/tags", 0, [1, 5, 9]),
    ("$ne/tags", 0, [0, 2, 4, 8]),
    ("$in/tags", 0, [0, 2, 4, 8]),
    ("$nin/tags", 0, [1, 3, 5, 7, 9]),
    ("$tagKey/tags", 0, [6]),
    ("$tagKey/tags", 1, [3, 7]),
    ("$tagValue/tags", 0, [3, 6, 7]),
    ("$tagValue/tags", 1, [3, 7]),
]


# It is unspecified whether a query that excludes a tag matches an item without that tag key.
UNSPECIFIED = {("$ne/tags", "item 6"), ("$nin/tags", "item 6")}


class TestQuery:
    @pytest.mark.parametrize(("name", "number", "numbers"), QUERIES)
    def test_what_a_query_selects(self, name: str, number: int, numbers: list[int]) -> None:
        """Exactly the items that match the query pass. One fewer or one more breaks the promise."""
        claim, label, item_steps = (
            f"listBooks/q/{name}",
            f"query {number}",
            [f"item {item_number}" for item_number in numbers],
        )
        assert evaluate(claim, build_listing_trace(claim, label, "found", item_steps)) == ["passed"]
        for item_step in NAMES:
            listed_steps = (
                [step for step in item_steps if step != item_step]
                if item_step in item_steps
                else [*item_steps, item_step]
            )
            verb = "leaves out" if item_step in item_steps else "lists"
            expected = (
                "passed"
                if (name, item_step) in UNSPECIFIED
                else f"{verb} {describe_value(NAMES[item_step])}"
            )
            assert (
                expected
                in evaluate(claim, build_listing_trace(claim, label, "found", listed_steps))[0]
            )

    @pytest.mark.parametrize(
        ("claim", "label", "item_steps"),
        [
            ("listBooks/q/equal/authors", "referring", ["referring", "referring too"]),
            ("listBooks/q/equal/authors", "referring too", ["referring", "referring too"]),
            ("listBooks/q/equal/sequel", "referring", ["referring"]),
            ("listBooks/q/equal/sequel", "referring too", ["referring too"]),
        ],
    )
    def test_references(self, claim: str, label: str, item_steps: list[str]) -> None:
        """A query by a reference selects the referring items. It does not select the items referred
        to, nor one that refers to nothing.
        """
        assert evaluate(claim, build_listing_trace(claim, label, "found", item_steps)) == ["passed"]
        for step in (
            *(("parent", "other parent") if claim.endswith("sequel") else ()),
            "referring",
            "referring too",
            "plain",
        ):
            listed_steps = (
                [item_step for item_step in item_steps if item_step != step]
                if step in item_steps
                else [*item_steps, step]
            )
            verb = "leaves out" if step in item_steps else "lists"
            assert (
                f'{verb} "run-{step}"'
                in evaluate(claim, build_listing_trace(claim, label, "found", listed_steps))[0]
            )

    def test_reference_query_uses_the_sent_ids(self) -> None:
        """The query has the ids that the referring items were sent with: one member of each list,
        or the single id.
        """
        steps = ("referring", "referring too")
        authors, sequel = (
            map_scenarios(f"listBooks/q/equal/{key}") for key in ("authors", "sequel")
        )
        assert [
            {"authors": EarlierRequestValue(step, f"/authors/{index}")}
            for index, step in enumerate(steps)
        ] == [authors[step].steps[0].call.arguments["q"] for step in steps]
        assert [{"sequel": EarlierRequestValue(step, "/sequel")} for step in steps] == [
            sequel[step].steps[0].call.arguments["q"] for step in steps
        ]

    def test_refusal_fails(self) -> None:
        """A refused query breaks the promise. A server error is inconclusive."""
        claim = "listBooks/q/$eq/title"
        assert evaluate(claim, with_response(execute_on_honest_server(claim), "found", 400))[
            0
        ].startswith("failed: a query with $eq on title is refused: GET")
        assert evaluate(claim, with_response(execute_on_honest_server(claim), "found", 500))[
            0
        ].startswith("inconclusive")

    @pytest.mark.parametrize(
        ("operator", "numbers"),
        [("$gt", [5, 6, 7, 8, 9]), ("$gte", [5, 6, 7, 8, 9]), ("equal", [])],
    )
    def test_boundary_in_whole_seconds_is_unspecified(
        self, operator: str, numbers: list[int]
    ) -> None:
        """Where dates have whole seconds, the item whose own date is in the query may or may not
        match.
        """
        claim = f"listBooks/q/{operator}/created"

        def build_trace_with_whole_seconds(numbers: list[int]) -> Trace:
            trace = build_listing_trace(
                claim, "query 0", "found", [f"item {number}" for number in numbers]
            )
            for step in NAMES:
                trace = with_response(
                    trace,
                    step,
                    edit=lambda item: {**item, "created": item["created"].replace(".000Z", "Z")},
                )
            call = trace["found"].call
            query = json.loads(json.dumps(call.arguments["q"]).replace(".000Z", "Z"))
            exchange = replace(
                trace["found"], call=replace(call, arguments={**call.arguments, "q": query})
            )
            return replace(trace, exchanges={**trace.exchanges, "found": (exchange,)})

        assert [
            evaluate(claim, build_trace_with_whole_seconds([*numbers, *extra_numbers]))
            for extra_numbers in ([], [4])
        ] == [["passed"], ["passed"]]
        assert evaluate(claim, build_trace_with_whole_seconds([*numbers, 3]))[0].startswith(
            "failed"
        )

    def test_missing_date_is_inconclusive(self) -> None:
        """Where the responses do not show a date, queries by that date are inconclusive."""
        claim = "listBooks/q/$gt/created"
        trace = build_listing_trace(claim, "query 0", "found", [])
        for step in NAMES:
            trace = with_response(
                trace,
                step,
                edit=lambda item: {
                    name: value for name, value in item.items() if name != "created"
                },
            )
        assert evaluate(claim, trace) == [
            "inconclusive: the answers do not show the created of what was made for this"
        ]

    def test_date_after_update_without_dates_is_inconclusive(self) -> None:
        """After an update whose response shows no dates, the dates of the creation are not used."""
        claim = "listBooks/q/$gt/touched"
        trace = with_response(
            build_listing_trace(claim, "query 0", "found", []), "touch 3", 200, body={}
        )
        assert evaluate(claim, trace)[0].startswith("inconclusive")

    def test_failed_update_leaves_the_dates(self) -> None:
        """A failed update changed no date."""
        claim = "listBooks/q/$gt/touched"
        trace = with_response(
            build_listing_trace(
                claim, "query 0", "found", [f"item {number}" for number in (1, 5, 6, 7, 8, 9)]
            ),
            "touch 3",
            500,
        )
        assert evaluate(claim, trace) == ["passed"]

    def test_queries_are_sent_without_the_filter(self) -> None:
        """The filter is not sent with a query, which would override it."""
        arguments = execute_on_honest_server("listBooks/q/$eq/title")["found"].call.arguments
        assert [name for name in ("field", "glob") if isinstance(arguments.get(name), str)] == []

    def test_dates_are_those_of_an_item_without_update(self) -> None:
        """The date in the query is that of an item in the middle, whose date no later update
        changed.
        """
        assert 4 not in UPDATED_ITEMS
        query = map_scenarios("listBooks/q/$gt/created")["query 0"].steps[0].call.arguments["q"]
        assert {
            "title": {"$startsWith": TextWithRunMark("{m}")},
            "created": {"$gt": EarlierResponseValue("item 4", "/created")},
        } == query

    def test_query_without_a_key_for_the_mark_is_not_tried(self) -> None:
        """A query that cannot be restricted to the items of the run is not sent."""
        contract = build_toy_variant(
            (
                "            title: {pointer: /title, type: text}",
                "            title: {pointer: /note, type: text}",
            )
        )
        assert (
            find_undecided_reason("listBooks/q/$eq/title", contract)
            == "no key of the query leads to the marked field"
        )
