"""Judging what a filter lists, and what a query of the advanced dialect describes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from conformance.checks.call import EarlierRequestValue, EarlierResponseValue, MarkedText
from conformance.checks.datasets import UPDATED_ITEMS
from conformance.checks.exchange import Trace
from conformance.checks.filtering import PATTERNS_BY_FORM
from conformance.checks.scenario import PagedReadStep
from conformance.contract.contract import Contract
from conformance.contract.filtering import GlobPatternForm
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


def listing(claim: str, label: str, step: str, makers: list[str]) -> Trace:
    """Return a trace in which a list holds what these steps made."""
    found = execute_on_honest_server(claim, label)
    return with_listed_items(found, step, [found[maker].json for maker in makers])


def test_names_of_the_catalog() -> None:
    """The catalog has these names, in this order of creation: the tables below stand on that."""
    found = execute_on_honest_server("listBooks/glob/exact/title")
    assert {step: found[step].call.body["title"] for step in NAMES} == NAMES


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
    @pytest.mark.parametrize(("part", "label", "numbers"), GLOBS)
    def test_what_a_pattern_matches(self, part: str, label: str, numbers: list[int]) -> None:
        """Exactly the names that match hold; one fewer or one more breaks the promise."""
        claim, makers = f"listBooks/glob/{part}/title", [f"item {number}" for number in numbers]
        assert evaluate(claim, listing(claim, label, "filtered", makers)) == ["passed"]
        for maker in makers:
            found = evaluate(
                claim, listing(claim, label, "filtered", [one for one in makers if one != maker])
            )
            assert f"leaves out {NAMES[maker]!r}, which it should list" in found[0]
        for maker in NAMES.keys() - set(makers):
            assert (
                f"lists {NAMES[maker]!r}, which it should leave out"
                in evaluate(claim, listing(claim, label, "filtered", [*makers, maker]))[0]
            )

    def test_list_that_changed_is_tried_again(self) -> None:
        """Pages that count the whole differently are of a list that someone else changed: nothing
        is judged on them.
        """
        claim = "listBooks/glob/exact/title"
        found = execute_on_honest_server(claim)
        (page,) = found.exchanges["filtered"]
        pages = replace(found, exchanges={**found.exchanges, "filtered": (page, page)})
        moved = with_response(
            pages,
            "filtered",
            edit=lambda answer: {"books": [], "meta": {**answer["meta"], "total": 7}},
            page=1,
        )
        assert evaluate(claim, moved) == [
            "unstable: the list was changed by someone else while it was read"
        ]
        assert evaluate(claim, pages) == ["failed: glob=run-alpha lists an item twice"]
        assert evaluate(
            claim,
            with_response(pages, "filtered", edit=lambda answer: {**answer, "books": []}, page=1),
        ) == ["passed"]

    def test_message_names_the_pattern(self) -> None:
        """The message says which pattern was sent."""
        found = evaluate(
            "listBooks/glob/exact/title",
            listing("listBooks/glob/exact/title", "pattern 0", "filtered", []),
        )
        assert found == ["failed: glob=run-alpha leaves out 'run-alpha', which it should list"]

    def test_evidence(self) -> None:
        """A breach is shown by the creation of the first such item and by the list; what holds, by
        the list.
        """
        claim = "listBooks/glob/nothing/title"
        found = listing(claim, "pattern 0", "filtered", ["item 3", "item 1"])
        assert list_evidence(claim, found) == [(found["item 1"], found["filtered"])]
        assert list_evidence(claim, execute_on_honest_server(claim)) == [
            (execute_on_honest_server(claim)["filtered"],)
        ]

    def test_message_names_at_most_three(self) -> None:
        """More than three items are summed up."""
        claim = "listBooks/glob/nothing/title"
        three = (
            "failed: glob=run-alph lists 'run-delta', 'run-alpha', 'run-golf', which it should"
            " leave out"
        )
        four = (
            "failed: glob=run-alph lists 'run-delta', 'run-alpha', 'run-golf' and more, which it"
            " should leave out"
        )
        assert [three] == evaluate(
            claim, listing(claim, "pattern 0", "filtered", ["item 0", "item 1", "item 2"])
        )
        assert [four] == evaluate(
            claim, listing(claim, "pattern 0", "filtered", ["item 0", "item 1", "item 2", "item 3"])
        )

    def test_item_listed_twice_breaks(self) -> None:
        """An item that comes twice breaks the promise."""
        claim = "listBooks/glob/exact/title"
        assert evaluate(claim, listing(claim, "pattern 0", "filtered", ["item 1", "item 1"])) == [
            "failed: glob=run-alpha lists an item twice"
        ]

    def test_items_of_others_do_not_matter(self) -> None:
        """Only what we made is judged."""
        claim = "listBooks/glob/exact/title"
        found = execute_on_honest_server(claim, "pattern 0")
        assert evaluate(
            claim,
            with_listed_items(
                found, "filtered", [{"id": "theirs", "title": "x"}, found["item 1"].json]
            ),
        ) == ["passed"]

    def test_failed_list_decides_nothing(self) -> None:
        """A list that does not come, or not to its end, decides nothing."""
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
        """Only * is special: brackets and question marks in what is compared stand for
        themselves.
        """
        claim = "listBooks/glob/exact/title"
        assert all(
            "[" not in pattern and "?" not in pattern
            for patterns in PATTERNS_BY_FORM.values()
            for pattern in patterns
        )
        assert [
            script.steps[0].call.arguments["glob"].text for script in map_scenarios(claim).values()
        ] == ["{m}-alpha", "{m}-charlie one", "{m}-echo-foxtrot-lima.x", "{m}-hotel+50%41(a)&b/c"]

    @pytest.mark.parametrize("part", list(GlobPatternForm))
    def test_plan(self, part: GlobPatternForm) -> None:
        """Each pattern is asked for with its field, newest items first, of the catalog."""
        found = map_scenarios(f"listBooks/glob/{part}/title")
        assert list(PATTERNS_BY_FORM[part]) == [
            script.steps[0].call.arguments["glob"].text for script in found.values()
        ]
        for script in found.values():
            assert tuple(
                script.steps[0].call.arguments[name] for name in ("field", "sort", "way")
            ) == ("title", "created", "down")
            assert (describe_steps(script), script.setup.name if script.setup else None) == (
                ["filtered: listBooks"],
                "catalog of book",
            )

    def test_plan_on_another_field(self) -> None:
        """A field that does not carry the mark cannot tell our items apart."""
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
    def test_whole_list_holds(self, claim: str) -> None:
        """A list that holds all of ours keeps the promise."""
        assert evaluate(claim, execute_on_honest_server(claim)) == ["passed"]

    @pytest.mark.parametrize("claim", CLAIMS)
    def test_missing_item_breaks(self, claim: str) -> None:
        """A list that leaves one out breaks the promise."""
        _, parameter, word = claim.split("/")
        found = execute_on_honest_server(claim)
        fewer = with_listed_items(
            found,
            "listed",
            [item for item in get_books(found, "listed") if item["title"] != "run-golf"],
        )
        assert [
            f"failed: with {parameter} {word}, the list leaves out 'run-golf', which it should list"
        ] == evaluate(claim, fewer)

    @pytest.mark.parametrize("claim", CLAIMS)
    def test_refusal_breaks(self, claim: str) -> None:
        """A refused request breaks the promise; a failing server decides nothing."""
        _, parameter, word = claim.split("/")
        assert evaluate(claim, with_response(execute_on_honest_server(claim), "listed", 400))[
            0
        ].startswith(f"failed: a request with {parameter} {word} is refused: GET")
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
        """The parameter is blank or absent, and nothing else filters."""
        arguments = execute_on_honest_server(claim)["listed"].call.arguments
        assert sent == {
            name: arguments[name]
            for name in ("field", "glob")
            if isinstance(arguments.get(name), str)
        }


def with_lone(lone: str) -> Contract:
    """Return the toy contract under another reading of a pattern without a field."""
    return build_toy_variant(("withoutField: ignored}", f"withoutField: {lone}}}"))


class TestLone:
    CLAIM = "listBooks/glob/withoutField"

    def test_ignored(self) -> None:
        """Where a lone pattern is without effect, everything is listed."""
        assert evaluate(self.CLAIM, execute_on_honest_server(self.CLAIM)) == ["passed"]
        found = evaluate(self.CLAIM, listing(self.CLAIM, "without field", "listed", ["item 1"]))
        assert [one[:62] for one in found] == [
            "failed: without a field, glob=run-alpha leaves out 'run-delta'"
        ]

    def test_applied(self) -> None:
        """Where a lone pattern is meant for the first field, exactly the items that fit are
        listed.
        """
        contract = with_lone("applied")
        assert evaluate(
            self.CLAIM, listing(self.CLAIM, "without field", "listed", ["item 1"]), contract
        ) == ["passed"]
        for makers, expected in (
            (["item 0", "item 1"], "lists 'run-delta'"),
            ([], "leaves out 'run-alpha'"),
            (["item 1", "item 3"], "lists 'run-alphabet'"),
        ):
            assert (
                f"failed: without a field, glob=run-alpha {expected}"
                in evaluate(
                    self.CLAIM, listing(self.CLAIM, "without field", "listed", makers), contract
                )[0]
            )

    def test_refused(self) -> None:
        """Where a lone pattern is an error, it is refused."""
        contract = with_lone("refused")
        assert evaluate(
            self.CLAIM, with_response(execute_on_honest_server(self.CLAIM), "listed", 400), contract
        ) == ["passed"]
        (found,) = evaluate(self.CLAIM, execute_on_honest_server(self.CLAIM), contract)
        assert found.startswith("failed: a glob without field is not refused: GET")

    @pytest.mark.parametrize("lone", ["ignored", "applied"])
    def test_refusal_breaks_any_other(self, lone: str) -> None:
        """A lone pattern that is no error is not refused; a failing server decides nothing."""
        (found,) = evaluate(
            self.CLAIM,
            with_response(execute_on_honest_server(self.CLAIM), "listed", 400),
            with_lone(lone),
        )
        assert found.startswith(f"failed: a glob without field is not {lone}: GET")
        for lost in (
            with_response(execute_on_honest_server(self.CLAIM), "listed", 500),
            with_truncated_lists(execute_on_honest_server(self.CLAIM), "listed"),
            with_skipped_step(execute_on_honest_server(self.CLAIM), "listed"),
        ):
            assert evaluate(self.CLAIM, lost, with_lone(lone))[0].startswith("inconclusive")

    @pytest.mark.parametrize("lone", ["ignored", "applied", "refused"])
    @pytest.mark.parametrize("status", [401, 403, 429, 502, 503, 504, None])
    def test_what_was_not_looked_at_decides_nothing(self, lone: str, status: int | None) -> None:
        """A request that was turned away at the door, or got no answer, shows nothing of a
        reading.
        """
        lost = (
            with_lost_response(execute_on_honest_server(self.CLAIM), "listed")
            if status is None
            else with_response(execute_on_honest_server(self.CLAIM), "listed", status)
        )
        assert [one.partition(":")[0] for one in evaluate(self.CLAIM, lost, with_lone(lone))] == [
            "inconclusive"
        ]

    def test_plan(self) -> None:
        """A pattern that one item fits is asked for without a field, of the catalog, newest
        first.
        """
        (script,) = map_scenarios(self.CLAIM).values()
        assert {
            "field": MISSING,
            "glob": MarkedText("{m}-alpha"),
            "sort": "created",
            "way": "down",
        } == script.steps[0].call.arguments
        assert (describe_steps(script), script.setup.name if script.setup else None) == (
            ["listed: listBooks"],
            "catalog of book",
        )


STATES = [
    ("listBooks/lent/true", [0, 2], "with lent=true"),
    ("listBooks/lent/false", [1, 3], "with lent=false"),
    ("listBooks/lent/absent", [1, 3], "without lent"),
]


class TestState:
    @pytest.mark.parametrize(("claim", "numbers", "words"), STATES)
    def test_items_in_the_state(self, claim: str, numbers: list[int], words: str) -> None:
        """The items in that state hold; one fewer, or one of the other state, breaks the promise,
        whole or in pages.
        """
        assert evaluate(claim, execute_on_honest_server(claim)) == ["passed", "passed"]
        right = get_books(execute_on_honest_server(claim), "whole")
        for step in ("whole", "paged"):
            for gone in range(2):
                fewer = evaluate(
                    claim,
                    with_listed_items(
                        execute_on_honest_server(claim),
                        step,
                        [one for number, one in enumerate(right) if number != gone],
                    ),
                )
                assert any(
                    one.startswith(f"failed: the list {words} leaves out 'run-state-")
                    for one in fewer
                )
            stranger = execute_on_honest_server(claim)[f"item {(numbers[0] + 1) % 4}"].json
            more = evaluate(
                claim, with_listed_items(execute_on_honest_server(claim), step, [*right, stranger])
            )
            assert any(
                one.startswith(f"failed: the list {words} lists 'run-state-") for one in more
            )

    @pytest.mark.parametrize(("claim", "numbers", "words"), STATES)
    def test_others_in_the_wrong_state_break(
        self, claim: str, numbers: list[int], words: str
    ) -> None:
        """An item of anyone's that says it is in the other state breaks the promise."""
        value = claim != "listBooks/lent/true"
        found = evaluate(
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
        assert f"failed: the list {words} holds an item whose lent is {value!r}" in found

    @pytest.mark.parametrize("strange", ["true", 1, None])
    def test_state_is_a_boolean(self, strange: Json) -> None:
        """What is no boolean is no state."""
        found = with_response(
            execute_on_honest_server("listBooks/lent/true"),
            "whole",
            edit=lambda answer: {
                **answer,
                "books": [{**one, "lent": strange} for one in answer["books"]],
            },
        )
        assert (
            f"failed: the list with lent=true holds an item whose lent is {strange!r}"
        ) in evaluate("listBooks/lent/true", found)

    def test_silent_items_hold(self) -> None:
        """Items need not say their state."""

        def edit(answer):
            return {**answer, "books": [{"id": one["id"]} for one in answer["books"]]}

        assert evaluate(
            "listBooks/lent/true",
            with_response(execute_on_honest_server("listBooks/lent/true"), "whole", edit=edit),
        ) == ["passed", "passed"]

    @pytest.mark.parametrize("step", ["switch 0", "switch 2", "item 1", "item 0"])
    def test_failed_preparation_decides_nothing(self, step: str) -> None:
        """Without the things and their states, nothing is judged."""
        assert evaluate(
            "listBooks/lent/true",
            with_response(execute_on_honest_server("listBooks/lent/true"), step, 500),
        )[0].startswith("inconclusive")

    def test_plan(self) -> None:
        """Of eight things, every other one is switched on; the list is read in that state, whole
        and in pages.
        """
        script = map_scenarios("listBooks/lent/true")["state"]
        assert describe_steps(script) == [
            "whole: listBooks",
            "paged: listBooks",
            "plain: listBooks",
        ]
        assert [move.call.arguments["lent"] for move in script.steps] == ["true"] * 3
        assert [move.pages for move in script.steps if isinstance(move, PagedReadStep)] == [None, 3]
        assert script.steps[-1].call.arguments == {"lent": "true"}
        assert script.setup is not None
        expected = [
            *(f"item {number}: createBook" for number in range(8)),
            *(f"switch {number}: lendBook" for number in (0, 2, 4, 6)),
        ]
        assert expected == [f"{step.name}: {step.call.operation}" for step in script.setup.steps]
        assert [EarlierResponseValue(f"item {number}", "/id") for number in (0, 2, 4, 6)] == [
            step.call.arguments["book"] for step in script.setup.steps[8:]
        ]

    @pytest.mark.parametrize(("claim", "numbers", "words"), STATES)
    def test_plain_list(self, claim: str, numbers: list[int], words: str) -> None:
        """The list as the page shows it holds nothing of the other state, and something where there
        is something.
        """
        found, own = (
            execute_on_honest_server(claim),
            [execute_on_honest_server(claim)[f"item {number}"].json for number in numbers],
        )
        value = claim == "listBooks/lent/true"
        assert evaluate(claim, with_listed_items(found, "plain", [{**own[0], "lent": value}])) == [
            "passed",
            "passed",
        ]
        assert evaluate(claim, with_listed_items(found, "plain", [{"id": "theirs"}])) == [
            "passed",
            "passed",
        ]
        assert (
            f"failed: the list {words} is empty although 4 items are in that state"
            == evaluate(claim, with_listed_items(found, "plain", []))[-1]
        )
        strange = evaluate(
            claim,
            with_listed_items(
                found, "plain", [{**own[0], "lent": value}, {"id": "theirs", "lent": not value}]
            ),
        )
        assert f"failed: the list {words} holds an item whose lent is {not value!r}" == strange[-1]
        assert evaluate(claim, with_response(found, "plain", 500))[-1].startswith("inconclusive")

    def test_plan_of_absence(self) -> None:
        """The claim on the absent parameter sends none."""
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


# Whether an item without the tag that is excluded is described is open.
UNCLEAR = {("$ne/tags", "item 6"), ("$nin/tags", "item 6")}


class TestQuery:
    @pytest.mark.parametrize(("name", "number", "numbers"), QUERIES)
    def test_what_a_query_selects(self, name: str, number: int, numbers: list[int]) -> None:
        """Exactly the items that the query describes hold; one fewer or one more breaks the
        promise.
        """
        claim, label, makers = (
            f"listBooks/q/{name}",
            f"query {number}",
            [f"item {one}" for one in numbers],
        )
        assert evaluate(claim, listing(claim, label, "found", makers)) == ["passed"]
        for maker in NAMES:
            other = [one for one in makers if one != maker] if maker in makers else [*makers, maker]
            word = "leaves out" if maker in makers else "lists"
            expected = "passed" if (name, maker) in UNCLEAR else f"{word} {NAMES[maker]!r}"
            assert expected in evaluate(claim, listing(claim, label, "found", other))[0]

    @pytest.mark.parametrize(
        ("claim", "label", "makers"),
        [
            ("listBooks/q/equal/authors", "referring", ["referring", "referring too"]),
            ("listBooks/q/equal/authors", "referring too", ["referring", "referring too"]),
            ("listBooks/q/equal/sequel", "referring", ["referring"]),
            ("listBooks/q/equal/sequel", "referring too", ["referring too"]),
        ],
    )
    def test_references(self, claim: str, label: str, makers: list[str]) -> None:
        """A query by a reference selects the items that refer, and neither those referred to nor
        one that refers to nothing.
        """
        assert evaluate(claim, listing(claim, label, "found", makers)) == ["passed"]
        for step in (
            *(("parent", "other parent") if claim.endswith("sequel") else ()),
            "referring",
            "referring too",
            "plain",
        ):
            other = [one for one in makers if one != step] if step in makers else [*makers, step]
            word = "leaves out" if step in makers else "lists"
            assert (
                f"{word} 'run-{step}'" in evaluate(claim, listing(claim, label, "found", other))[0]
            )

    def test_reference_query_takes_what_was_sent(self) -> None:
        """The query names what the referring items were sent with: a member of a list each, or the
        one.
        """
        steps = ("referring", "referring too")
        authors, sequel = (
            map_scenarios(f"listBooks/q/equal/{key}") for key in ("authors", "sequel")
        )
        assert [
            {"authors": EarlierRequestValue(step, f"/authors/{n}")} for n, step in enumerate(steps)
        ] == [authors[step].steps[0].call.arguments["q"] for step in steps]
        assert [{"sequel": EarlierRequestValue(step, "/sequel")} for step in steps] == [
            sequel[step].steps[0].call.arguments["q"] for step in steps
        ]

    def test_refusal_breaks(self) -> None:
        """A refused query breaks the promise; a failing server decides nothing."""
        claim = "listBooks/q/$eq/title"
        assert evaluate(claim, with_response(execute_on_honest_server(claim), "found", 400))[
            0
        ].startswith("failed: a query with $eq on title is refused: GET")
        assert evaluate(claim, with_response(execute_on_honest_server(claim), "found", 500))[
            0
        ].startswith("inconclusive")

    @pytest.mark.parametrize(
        ("operator", "makers"), [("$gt", [5, 6, 7, 8, 9]), ("$gte", [5, 6, 7, 8, 9]), ("equal", [])]
    )
    def test_boundary_in_whole_seconds_is_open(self, operator: str, makers: list[int]) -> None:
        """Where dates are shown in whole seconds, the item whose own date is asked about may be on
        either side.
        """
        claim = f"listBooks/q/{operator}/created"

        def coarse(makers: list[int]) -> Trace:
            found = listing(claim, "query 0", "found", [f"item {one}" for one in makers])
            for step in NAMES:
                found = with_response(
                    found,
                    step,
                    edit=lambda item: {**item, "created": item["created"].replace(".000Z", "Z")},
                )
            call = found["found"].call
            query = json.loads(json.dumps(call.arguments["q"]).replace(".000Z", "Z"))
            asked = replace(
                found["found"], call=replace(call, arguments={**call.arguments, "q": query})
            )
            return replace(found, exchanges={**found.exchanges, "found": (asked,)})

        assert [evaluate(claim, coarse([*makers, *more])) for more in ([], [4])] == [
            ["passed"],
            ["passed"],
        ]
        assert evaluate(claim, coarse([*makers, 3]))[0].startswith("failed")

    def test_date_that_nobody_shows_decides_nothing(self) -> None:
        """Where the answers do not show a date, queries by it are not judged."""
        claim = "listBooks/q/$gt/created"
        found = listing(claim, "query 0", "found", [])
        for step in NAMES:
            found = with_response(
                found,
                step,
                edit=lambda item: {
                    name: value for name, value in item.items() if name != "created"
                },
            )
        assert evaluate(claim, found) == [
            "inconclusive: the answers do not show the created of what was made for this"
        ]

    def test_date_after_a_silent_change_decides_nothing(self) -> None:
        """After a change whose answer shows no dates, those of the creation are not relied on."""
        claim = "listBooks/q/$gt/touched"
        found = with_response(listing(claim, "query 0", "found", []), "touch 3", 200, body={})
        assert evaluate(claim, found)[0].startswith("inconclusive")

    def test_failed_change_leaves_the_dates(self) -> None:
        """A change that failed has changed no date."""
        claim = "listBooks/q/$gt/touched"
        found = with_response(
            listing(claim, "query 0", "found", [f"item {one}" for one in (1, 5, 6, 7, 8, 9)]),
            "touch 3",
            500,
        )
        assert evaluate(claim, found) == ["passed"]

    def test_queries_are_not_narrowed_by_the_filter(self) -> None:
        """The filter is not sent beside a query, which would override it."""
        arguments = execute_on_honest_server("listBooks/q/$eq/title")["found"].call.arguments
        assert [name for name in ("field", "glob") if isinstance(arguments.get(name), str)] == []

    def test_dates_refer_to_an_untouched_item_in_the_middle(self) -> None:
        """The moment asked about is that of an item in the middle, which no later change has taken
        its date.
        """
        assert 4 not in UPDATED_ITEMS
        query = map_scenarios("listBooks/q/$gt/created")["query 0"].steps[0].call.arguments["q"]
        assert {
            "title": {"$startsWith": MarkedText("{m}")},
            "created": {"$gt": EarlierResponseValue("item 4", "/created")},
        } == query

    def test_query_without_a_key_for_the_mark_is_not_tried(self) -> None:
        """A query that cannot be narrowed to ours is not tried."""
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
