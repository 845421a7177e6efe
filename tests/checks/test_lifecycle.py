"""Checks that items are created, listed, stored and read, each in its parent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.checks.body_templates import AWKWARD_TEXT
from conformance.checks.call import EarlierResponseValue, OtherParentId, TextWithRunMark
from conformance.checks.datasets import UPDATED_ITEMS
from conformance.checks.exchange import Trace
from conformance.checks.observation import describe_value
from conformance.checks.scenario import PagedReadStep
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING
from conformance.suite.session import TargetSession

from .toy import (
    Server,
    build_exchange,
    build_target,
    build_toy_contract,
    build_toy_variant,
    build_trace,
    describe_steps,
    drop_fields,
    evaluate,
    evaluate_in_exchange,
    execute_on_honest_server,
    find_undecided_reason,
    get_books,
    get_outcomes,
    list_evidence,
    map_scenarios,
    set_fields,
    with_listed_items,
    with_missing_fixtures,
    with_response,
    with_skipped_step,
    with_truncated_lists,
)


def build_contract_without_read(pages_name: str) -> Contract:
    """Return a contract in which reading one item is not documented and the pages have another
    name.
    """
    return build_toy_variant(
        ("operationId: readBook", "operationId: readBook\n      x-basis: client"),
        ("        pages: {type: integer", f"        {pages_name}: {{type: integer"),
    )


LISTED, DISTINCT, EQUAL = "createBook/listed", "createBook/distinct", "listBooks/equal"
BELONGS, ISOLATED, READ = "listBooks/belongs", "listBooks/isolated", "readBook/as-listed"


LIFECYCLE_CLAIMS = sorted(
    claim.id for claim in build_toy_contract().claims if claim.kind.startswith("lifecycle.")
)


@pytest.mark.parametrize(
    "claim", [claim for claim in LIFECYCLE_CLAIMS if find_undecided_reason(claim) is None]
)
def test_honest_server_passes(claim: str) -> None:
    """An honest server keeps every promise about the lifecycle of its items, in every scenario."""
    for label in map_scenarios(claim):
        assert {"passed"} == set(evaluate(claim, execute_on_honest_server(claim, label))), label


class TestListed:
    @pytest.mark.parametrize(
        ("times", "expected"),
        [
            (0, "failed: what was created is in the list 0 times"),
            (1, "passed"),
            (2, "failed: what was created is in the list 2 times"),
        ],
    )
    def test_once(self, times: int, expected: str) -> None:
        """A created item is listed exactly once."""
        trace = execute_on_honest_server(LISTED)
        created_item = trace["item 8"].json
        other_items = [
            item for item in get_books(trace, "listed") if item["id"] != created_item["id"]
        ]
        assert [expected] == evaluate(
            LISTED, with_listed_items(trace, "listed", [*other_items, *[created_item] * times])
        )

    @pytest.mark.parametrize(
        ("item_step", "field"),
        [("item 0", "title"), ("item 9", "title"), ("item 0", "tags"), ("item 6", "tags")],
    )
    def test_other_value_in_the_list_fails(self, item_step: str, field: str) -> None:
        """A listed item has each field as it was sent. The message gives both values."""
        trace = execute_on_honest_server(LISTED)
        sent, identity = trace[item_step].call.body[field], trace[item_step].json["id"]
        listed = [
            {**item, field: "other"} if item["id"] == identity else item
            for item in get_books(trace, "listed")
        ]
        changed_trace = with_listed_items(trace, "listed", listed)
        assert [
            f'failed: {field} was sent as {describe_value(sent)} and is listed as "other"'
        ] == evaluate(LISTED, changed_trace)
        assert [(changed_trace[item_step], changed_trace["listed"])] == list_evidence(
            LISTED, changed_trace
        )

    def test_swapped_items_fail(self) -> None:
        """Each item has its own values, not those of another item of the run."""
        trace = execute_on_honest_server(LISTED)
        first, second = trace["item 0"].json, trace["item 2"].json
        names = {first["id"]: second["title"], second["id"]: first["title"]}
        listed = [
            {**item, "title": names.get(item["id"], item["title"])}
            for item in get_books(trace, "listed")
        ]
        assert evaluate(LISTED, with_listed_items(trace, "listed", listed)) == [
            'failed: title was sent as "run-delta" and is listed as "run-golf"'
        ]

    @pytest.mark.parametrize("wrong_value", [None, ["x"], {}])
    def test_types_of_listed_values_count(self, wrong_value: Json) -> None:
        """A value of another type is another value. So is null."""
        trace = execute_on_honest_server(LISTED)
        listed = [
            {**item, "title": wrong_value} if item["id"] == trace["item 0"].json["id"] else item
            for item in get_books(trace, "listed")
        ]
        shown = describe_value(wrong_value)
        assert [f'failed: title was sent as "run-delta" and is listed as {shown}'] == evaluate(
            LISTED, with_listed_items(trace, "listed", listed)
        )

    def test_list_need_not_show_every_field(self) -> None:
        """A field that the list omits or adds is not compared."""
        trace = execute_on_honest_server(LISTED)
        assert evaluate(
            LISTED,
            with_listed_items(
                trace, "listed", [{"id": item["id"]} for item in get_books(trace, "listed")]
            ),
        ) == ["passed"]
        assert evaluate(
            LISTED,
            with_listed_items(
                trace, "listed", [{**item, "more": 1} for item in get_books(trace, "listed")]
            ),
        ) == ["passed"]

    @pytest.mark.parametrize("number", UPDATED_ITEMS)
    def test_updated_items_are_not_compared(self, number: int) -> None:
        """An item that was updated after its creation, or may have been, may have any values. It
        must still be listed once.
        """
        trace = execute_on_honest_server(LISTED)
        changed_items = [
            {**item, "title": "other"} if item["id"] == trace[f"item {number}"].json["id"] else item
            for item in get_books(trace, "listed")
        ]
        assert evaluate(LISTED, with_listed_items(trace, "listed", changed_items)) == ["passed"]
        assert evaluate(
            LISTED,
            with_listed_items(
                with_response(trace, f"touch {number}", 500), "listed", changed_items
            ),
        ) == ["passed"]
        trace_without_update = with_skipped_step(trace, f"touch {number}")
        assert get_outcomes(
            evaluate(LISTED, with_listed_items(trace_without_update, "listed", changed_items))
        ) == ["failed"]
        trace_with_duplicate = with_listed_items(
            trace, "listed", [*get_books(trace, "listed"), trace[f"item {number}"].json]
        )
        assert evaluate(LISTED, trace_with_duplicate) == [
            "failed: what was created is in the list 2 times"
        ]

    def test_unspecified_field_in_the_list(self) -> None:
        """A field is not compared if its value is unspecified for the body. It is compared for any
        other body.
        """
        trace = execute_on_honest_server(LISTED)
        call = trace["item 0"].call
        listed = [
            {**item, "note": "other"} if item["id"] == trace["item 0"].json["id"] else item
            for item in get_books(trace, "listed")
        ]
        for rare, expected in ((True, "passed"), (False, "failed")):
            creation = replace(
                trace["item 0"], call=replace(call, body={**call.body, "note": "a", "rare": rare})
            )
            changed_items = [
                {**item, "rare": rare} if item["id"] == trace["item 0"].json["id"] else item
                for item in listed
            ]
            changed_trace = with_listed_items(
                Trace(exchanges={**trace.exchanges, "item 0": (creation,)}), "listed", changed_items
            )
            assert [expected] == get_outcomes(evaluate(LISTED, changed_trace))

    def test_ids_in_the_list(self) -> None:
        """Ids of other items are compared as a set. Generated ids, which may not exist, are not
        compared.
        """
        trace = execute_on_honest_server(LISTED)
        call = trace["item 0"].call
        creation = replace(
            trace["item 0"], call=replace(call, body={**call.body, "authors": ["0101", "0202"]})
        )
        trace_with_authors = Trace(exchanges={**trace.exchanges, "item 0": (creation,)})

        def build_trace_with_listed_authors(*ids: str) -> Trace:
            listed_items = [
                {**item, "authors": [*ids]} if item["id"] == trace["item 0"].json["id"] else item
                for item in get_books(trace, "listed")
            ]
            return with_listed_items(trace_with_authors, "listed", listed_items)

        assert evaluate(LISTED, build_trace_with_listed_authors("0202", "0101")) == ["passed"]
        assert evaluate(LISTED, build_trace_with_listed_authors("0101")) == [
            'failed: authors was sent as ["0101", "0202"] and is listed as ["0101"]'
        ]
        assert evaluate(
            LISTED, with_missing_fixtures(build_trace_with_listed_authors("0101"), "authors")
        ) == ["passed"]

    def test_plain_list(self) -> None:
        """If something was created, the list as documented is not empty. It may contain items of
        anyone.
        """
        assert evaluate(
            LISTED, with_listed_items(execute_on_honest_server(LISTED), "plain", [])
        ) == ["failed: the plain list is empty although something was created"]
        assert evaluate(
            LISTED, with_listed_items(execute_on_honest_server(LISTED), "plain", [{"id": "theirs"}])
        ) == ["passed"]
        assert get_outcomes(
            evaluate(LISTED, with_response(execute_on_honest_server(LISTED), "plain", 500))
        ) == ["inconclusive"]

    def test_plan(self) -> None:
        """The named items are read in the list, restricted to the items of the run. The list is
        also read once as documented.
        """
        scenario = map_scenarios(LISTED)["listed"]
        assert describe_steps(scenario) == ["listed: listBooks", "plain: listBooks"]
        assert [list(step.call.arguments) for step in scenario.steps] == [["field", "glob"], []]

    def test_failed_creation_is_inconclusive(self) -> None:
        """A creation that failed, or returned no id, is inconclusive."""
        assert get_outcomes(
            evaluate(LISTED, with_response(execute_on_honest_server(LISTED), "item 4", 500))
        ) == ["inconclusive"]
        assert get_outcomes(
            evaluate(LISTED, with_response(execute_on_honest_server(LISTED), "item 4", body={}))
        ) == ["inconclusive"]

    @pytest.mark.parametrize("identity", [None, True, ["x"], {}])
    def test_invalid_id_is_inconclusive(self, identity: Json) -> None:
        """An id is a string or a number."""
        assert get_outcomes(
            evaluate(
                LISTED,
                with_response(
                    execute_on_honest_server(LISTED), "item 4", edit=set_fields(id=identity)
                ),
            )
        ) == ["inconclusive"]

    def test_truncated_list_is_inconclusive(self) -> None:
        """A list that was not read to its end is inconclusive."""
        assert get_outcomes(
            evaluate(LISTED, with_truncated_lists(execute_on_honest_server(LISTED), "listed"))
        ) == ["inconclusive"]


STORED, ANSWERED = "createBook/body/pages/stored", "createBook/body/pages/answered"


class TestStored:
    def test_other_value_fails(self) -> None:
        """A value other than the one sent breaks the promise. The message gives both values."""
        sent = execute_on_honest_server(STORED)["made"].call.body["pages"]
        trace = with_response(
            execute_on_honest_server(STORED), "read", edit=set_fields(pages=sent + 1)
        )
        assert [f"failed: pages was sent as {sent} and reads back as {sent + 1}"] == evaluate(
            STORED, trace
        )

    @pytest.mark.parametrize("wrong_value", [None, "text", 1.5, True, []])
    def test_other_type_fails(self, wrong_value: Json) -> None:
        """A value of another type breaks the promise."""
        assert get_outcomes(
            evaluate(
                STORED,
                with_response(
                    execute_on_honest_server(STORED), "read", edit=set_fields(pages=wrong_value)
                ),
            )
        ) == ["failed"]

    def test_booleans_are_not_numbers(self) -> None:
        """0 is not false."""
        claim = "createBook/body/rare/stored"
        assert evaluate(
            claim, with_response(execute_on_honest_server(claim), "read", edit=set_fields(rare=0))
        ) == ["failed: rare was sent as false and reads back as 0"]

    def test_missing_field_fails(self) -> None:
        """A field that neither the creation nor the read returns was not stored."""
        trace = with_response(
            with_response(execute_on_honest_server(STORED), "read", edit=drop_fields("pages")),
            "made",
            edit=drop_fields("pages"),
        )
        sent = execute_on_honest_server(STORED)["made"].call.body["pages"]
        assert [(f"failed: pages was sent as {sent} and is nowhere to be read")] == evaluate(
            STORED, trace
        )

    def test_field_of_the_creation_only_is_inconclusive(self) -> None:
        """A field that only the creation returns may have been stored."""
        assert get_outcomes(
            evaluate(
                STORED,
                with_response(execute_on_honest_server(STORED), "read", edit=drop_fields("pages")),
            )
        ) == ["inconclusive"]

    def test_field_of_the_read_only_passes(self) -> None:
        """The creation need not return the field."""
        assert evaluate(
            STORED,
            with_response(execute_on_honest_server(STORED), "made", edit=drop_fields("pages")),
        ) == ["passed"]

    def test_ids_are_a_set(self) -> None:
        """The order of ids of other items is unspecified. Which ids there are, and how often, is
        not.
        """
        claim = "createBook/body/authors/stored"
        assert len(execute_on_honest_server(claim)["made"].call.body["authors"]) == 2
        assert evaluate(
            claim,
            with_response(
                execute_on_honest_server(claim),
                "read",
                edit=lambda item: {**item, "authors": item["authors"][::-1]},
            ),
        ) == ["passed"]
        for change in (lambda ids: ids[:1], lambda ids: [*ids, "0909"], lambda ids: [*ids, ids[0]]):
            assert get_outcomes(
                evaluate(
                    claim,
                    with_response(
                        execute_on_honest_server(claim),
                        "read",
                        edit=lambda item, change=change: {
                            **item,
                            "authors": change(item["authors"]),
                        },
                    ),
                )
            ) == ["failed"]

    def test_unspecified_field_is_inconclusive(self) -> None:
        """Where the value of a field is unspecified, any value is possible."""
        claim = "createBook/body/note/stored"
        trace = execute_on_honest_server(claim)
        call = trace["made"].call
        creation = replace(trace["made"], call=replace(call, body={**call.body, "rare": True}))
        trace_with_rare = Trace(exchanges={**trace.exchanges, "made": (creation,)})
        assert evaluate(
            claim, with_response(trace_with_rare, "read", edit=set_fields(note="other"))
        ) == ["inconclusive: for such a body the documents do not say what note holds"]
        assert get_outcomes(
            evaluate(claim, with_response(trace, "read", edit=set_fields(note="other")))
        ) == ["failed"]

    def test_generated_ids_are_inconclusive(self) -> None:
        """Ids that may not exist need not be stored. Other fields must be."""
        claim = "createBook/body/authors/stored"
        trace = with_missing_fixtures(
            with_response(execute_on_honest_server(claim), "read", edit=set_fields(authors=[])),
            "authors",
        )
        assert evaluate(claim, trace) == [
            "inconclusive: the ids sent in authors may not exist there: give --fixture authors=ID"
        ]
        assert get_outcomes(
            evaluate(
                STORED,
                with_missing_fixtures(
                    with_response(
                        execute_on_honest_server(STORED), "read", edit=set_fields(pages=0)
                    ),
                    "authors",
                ),
            )
        ) == ["failed"]

    @pytest.mark.parametrize("step", ["made", "read"])
    def test_failed_step_is_inconclusive(self, step: str) -> None:
        """A failed creation or a failed read is inconclusive."""
        assert get_outcomes(
            evaluate(STORED, with_response(execute_on_honest_server(STORED), step, 500))
        ) == ["inconclusive"]

    def test_item_that_is_not_an_object_is_inconclusive(self) -> None:
        """A response that is not an object has no fields."""
        assert get_outcomes(
            evaluate(STORED, with_response(execute_on_honest_server(STORED), "read", body=[]))
        ) == ["inconclusive"]

    def test_plan(self) -> None:
        """Each value is sent by itself, and the created item is read back."""
        for scenario in map_scenarios(STORED).values():
            assert describe_steps(scenario) == ["made: createBook", "read: readBook"]
            assert {"book": EarlierResponseValue("made", "/id")} == scenario.steps[
                -1
            ].call.arguments

    def test_one_scenario_for_stored_and_answered(self) -> None:
        """The claims about storing a field and about returning it use the same values. Another seed
        gives other values.
        """
        for name in ("pages", "title", "authors"):
            stored, answered = (
                map_scenarios(f"createBook/body/{name}/{verb}") for verb in ("stored", "answered")
            )
            assert stored == answered, name
        assert map_scenarios(STORED) != map_scenarios(STORED, seed="other")

    def test_name_is_found_by_id(self) -> None:
        """Where one item cannot be read by itself, an item with a stored name is found by its id in
        the whole list, newest first.
        """
        contract = build_contract_without_read("pages")
        title_step, pages_step, volume_step = (
            next(iter(map_scenarios(f"createBook/body/{name}/stored", contract).values())).steps[-1]
            for name, contract in (
                ("title", contract),
                ("pages", contract),
                ("volume", build_contract_without_read("volume")),
            )
        )
        assert isinstance(title_step, PagedReadStep)
        assert ({"sort": "created", "way": "down"}, EarlierResponseValue("made", "/id")) == (
            title_step.call.arguments,
            title_step.stop_at,
        )
        for step in (pages_step, volume_step):
            assert isinstance(step, PagedReadStep)
            assert (["field", "glob"], None) == (list(step.call.arguments), step.stop_at)

    def test_name_of_readable_item(self) -> None:
        """Where one item can be read by itself, its name is read in that way."""
        for scenario in map_scenarios("createBook/body/title/stored").values():
            assert describe_steps(scenario) == ["made: createBook", "read: readBook"]

    def test_more_examples(self) -> None:
        """A deeper run tries more values."""
        long_names = build_toy_variant(("maxLength: 90", "maxLength: 255"))
        few_count, many_count = (
            len(map_scenarios("createBook/body/title/stored", long_names, examples=number))
            for number in (1, 5)
        )
        assert many_count - few_count == 4


class TestAllAtOnce:
    """Without drawn examples, all fields are stored together in one body. The mark and references
    to items of the same resource are not part of it.
    """

    def test_one_body_for_all_fields(self) -> None:
        """All such fields have the same scenario, whose body has all of them and the mark."""
        fields = ("note", "pages", "rare", "tags", "authors")
        first_scenarios, *other_scenarios = (
            map_scenarios(f"createBook/body/{name}/stored", examples=0) for name in fields
        )
        assert [first_scenarios] * 4 == other_scenarios
        (scenario,) = first_scenarios.values()
        assert (scenario.label, describe_steps(scenario)) == (
            "all at once",
            ["made: createBook", "read: readBook"],
        )
        body = scenario.steps[0].call.body
        assert {"title", *fields} == set(body)
        assert body["title"] == TextWithRunMark("{m}-made")

    @pytest.mark.parametrize(("name", "label"), [("title", "value 0"), ("sequel", "of ours")])
    def test_names_and_references_are_separate(self, name: str, label: str) -> None:
        """The mark, and ids of items of the same resource, are tried by themselves."""
        assert label in map_scenarios(f"createBook/body/{name}/stored", examples=0)
        assert "all at once" not in map_scenarios(f"createBook/body/{name}/stored", examples=0)

    def test_incompatible_field_is_separate(self) -> None:
        """A field that is not valid together with the others is tried by itself, or not at all."""
        condition = (
            "      if: {required: [rare], properties: {rare: {const: true}}}\n      then:"
            " {required: [authors], properties: {authors: {minItems: 1}}}\n"
        )
        contract = build_toy_variant((condition, "      not: {required: [note, pages]}\n"))
        labels = {
            name: list(map_scenarios(f"createBook/body/{name}/stored", contract, examples=0))
            for name in ("note", "pages", "tags")
        }
        assert (labels["note"], labels["tags"]) == (["all at once"], ["all at once"])
        assert labels["pages"][0] == "value 0"
        assert (
            find_undecided_reason(
                "createBook/body/rare/stored",
                build_toy_variant(
                    (
                        "        rare: {type: boolean, x-refused: [type]}",
                        "        rare: {const: true}",
                    )
                ),
            )
            is not None
        )

    def test_awkward_name(self) -> None:
        """The name is not the plain one, but one that some servers change."""
        assert map_scenarios("createBook/body/title/stored", examples=0)["value 0"].steps[
            0
        ].call.body["title"] == TextWithRunMark(AWKWARD_TEXT)

    def test_fields_are_checked_separately(self) -> None:
        """The one body is checked field by field."""
        scenario = map_scenarios(STORED, examples=0)["all at once"]
        trace = TargetSession(
            build_toy_contract(), build_target(Server()), mark="run"
        ).execute_scenario(scenario)
        changed_trace = with_response(trace, "read", edit=set_fields(pages=0))
        assert (
            evaluate(STORED, trace),
            get_outcomes(evaluate(STORED, changed_trace)),
            evaluate("createBook/body/note/stored", changed_trace),
        ) == (["passed"], ["failed"], ["passed"])


class TestAnswered:
    def test_other_value_fails(self) -> None:
        """A response with a value other than the one sent breaks the promise."""
        sent = execute_on_honest_server(ANSWERED)["made"].call.body["pages"]
        outcomes = evaluate(
            ANSWERED,
            with_response(
                execute_on_honest_server(ANSWERED), "made", edit=set_fields(pages=sent + 1)
            ),
        )
        assert [f"failed: pages was sent as {sent} and is answered as {sent + 1}"] == outcomes

    def test_missing_field_is_inconclusive(self) -> None:
        """A response need not have the field."""
        assert get_outcomes(
            evaluate(
                ANSWERED,
                with_response(
                    execute_on_honest_server(ANSWERED), "made", edit=drop_fields("pages")
                ),
            )
        ) == ["inconclusive"]

    def test_generated_ids_are_inconclusive(self) -> None:
        """Ids that may not exist need not be returned."""
        claim = "createBook/body/authors/answered"
        assert get_outcomes(
            evaluate(
                claim,
                with_missing_fixtures(
                    with_response(
                        execute_on_honest_server(claim), "made", edit=set_fields(authors=[])
                    ),
                    "authors",
                ),
            )
        ) == ["inconclusive"]
        assert get_outcomes(
            evaluate(
                claim,
                with_response(execute_on_honest_server(claim), "made", edit=set_fields(authors=[])),
            )
        ) == ["failed"]

    def test_failed_creation_is_inconclusive(self) -> None:
        """A failed creation returns no field."""
        assert get_outcomes(
            evaluate(ANSWERED, with_response(execute_on_honest_server(ANSWERED), "made", 500))
        ) == ["inconclusive"]


class TestDistinct:
    def test_same_id_fails(self) -> None:
        """Two creations with the same id break the promise."""
        first_id = execute_on_honest_server(DISTINCT)["one"].json["id"]
        assert [
            f"failed: two creations were both answered with {describe_value(first_id)}"
        ] == evaluate(
            DISTINCT,
            with_response(execute_on_honest_server(DISTINCT), "two", edit=set_fields(id=first_id)),
        )

    @pytest.mark.parametrize("step", ["one", "two"])
    def test_failed_creation_is_inconclusive(self, step: str) -> None:
        """A refused creation does not create a second item. Names that exist already may be
        refused.
        """
        assert get_outcomes(
            evaluate(DISTINCT, with_response(execute_on_honest_server(DISTINCT), step, 409))
        ) == ["inconclusive"]

    def test_plan(self) -> None:
        """Two items are created with different names, and two with the same name."""
        names = {
            label: [step.call.body["title"].text for step in scenario.steps]
            for label, scenario in map_scenarios(DISTINCT).items()
        }
        assert names == {"two": ["{m}-one", "{m}-two"], "two of one name": ["{m}-twin", "{m}-twin"]}


class TestEqual:
    def test_different_values_fail(self) -> None:
        """Pointers with different values in the list break the promise."""
        trace = with_response(
            execute_on_honest_server(EQUAL),
            "listed",
            edit=lambda body: {**body, "books": [*body["books"], {"id": "1", "bookId": "2"}]},
        )
        assert evaluate(EQUAL, trace)[-1] == 'failed: /id and /bookId hold ["1", "2"]'
        assert list_evidence(EQUAL, trace)[-1] == (trace["listed"],)

    @pytest.mark.parametrize("step", ["item 0", "item 9", "touch 5"])
    def test_different_values_in_a_response_fail(self, step: str) -> None:
        """Different values in the response to a creation or an update break the promise too, with
        that response as the evidence.
        """
        trace = with_response(
            execute_on_honest_server(EQUAL), step, edit=set_fields(id="1", bookId="2")
        )
        assert evaluate(EQUAL, trace)[-1] == 'failed: /id and /bookId hold ["1", "2"]'
        assert list_evidence(EQUAL, trace)[-1] == (trace[step],)

    def test_each_response_and_each_item_is_checked(self) -> None:
        """Ten creations, three updates and ten items give one observation each."""
        assert evaluate(EQUAL, execute_on_honest_server(EQUAL)) == ["passed"] * 23
        expected = [
            *(f"item {number}" for number in range(10)),
            *(f"touch {number}" for number in UPDATED_ITEMS),
            *["listed"] * 10,
        ]
        assert expected == [
            exchange.step for (exchange,) in list_evidence(EQUAL, execute_on_honest_server(EQUAL))
        ]

    @pytest.mark.parametrize("step", ["item 3", "touch 1"])
    def test_failed_responses_are_ignored(self, step: str) -> None:
        """A response that is not a success, or not an object, shows nothing about an item."""
        assert (
            evaluate(
                EQUAL,
                with_response(
                    execute_on_honest_server(EQUAL), step, 409, body={"id": "1", "bookId": "2"}
                ),
            )
            == ["passed"] * 22
        )
        assert (
            evaluate(EQUAL, with_response(execute_on_honest_server(EQUAL), step, body=["1"]))
            == ["passed"] * 22
        )
        assert (
            evaluate(EQUAL, with_response(execute_on_honest_server(EQUAL), step, body=b""))
            == ["passed"] * 22
        )

    def test_items_with_one_value_are_ignored(self) -> None:
        """An item or a response with only one of the values is ignored."""
        assert (
            evaluate(
                EQUAL,
                with_listed_items(
                    execute_on_honest_server(EQUAL), "listed", [{"id": "1"}, {"bookId": "1"}]
                ),
            )
            == ["passed"] * 13
        )
        assert (
            evaluate(
                EQUAL,
                with_listed_items(
                    execute_on_honest_server(EQUAL),
                    "listed",
                    [{"id": "1"}, {"id": "1", "bookId": "1"}],
                ),
            )
            == ["passed"] * 14
        )
        assert (
            evaluate(
                EQUAL,
                with_response(
                    execute_on_honest_server(EQUAL), "item 0", edit=drop_fields("bookId")
                ),
            )
            == ["passed"] * 22
        )

    def test_types_count(self) -> None:
        """1 and true are different values."""
        assert (
            evaluate(
                EQUAL,
                with_listed_items(
                    execute_on_honest_server(EQUAL), "listed", [{"id": 1, "bookId": True}]
                ),
            )[-1]
            == "failed: /id and /bookId hold [1, true]"
        )

    def test_truncated_list_is_inconclusive(self) -> None:
        """A list that was not read to its end is inconclusive."""
        assert get_outcomes(
            evaluate(EQUAL, with_truncated_lists(execute_on_honest_server(EQUAL), "listed"))
        ) == ["inconclusive"]

    def test_undocumented_responses_do_not_fail(self) -> None:
        """The response of an operation that only serves the run, without a promise about it, need
        not have equal values.
        """
        contract = build_toy_variant(
            ("operationId: changeBook", "operationId: changeBook\n      x-basis: client")
        )
        trace = with_response(
            execute_on_honest_server(EQUAL), "touch 5", edit=set_fields(bookId=None)
        )
        assert get_outcomes(evaluate(EQUAL, trace))[-1] == "failed"
        assert "failed" not in get_outcomes(evaluate(EQUAL, trace, contract))
        assert (
            get_outcomes(
                evaluate(
                    EQUAL,
                    with_response(
                        execute_on_honest_server(EQUAL), "item 0", edit=set_fields(bookId=None)
                    ),
                    contract,
                )
            )[-1]
            == "failed"
        )


WITHOUT_QUERY, BY_QUERY = "isolated", "isolated by query"


class TestBelongs:
    def test_item_of_another_parent_fails(self) -> None:
        """An item of another parent breaks the promise."""
        trace = with_listed_items(
            execute_on_honest_server(BELONGS), "listed", [{"shelf": "aaaaaa"}, {"shelf": "cccccc"}]
        )
        assert evaluate(BELONGS, trace) == [
            "passed",
            "failed: the list of shelf aaaaaa holds an item of cccccc",
        ]

    @pytest.mark.parametrize("step", ["item 0", "item 9", "touch 3"])
    def test_response_with_another_parent_fails(self, step: str) -> None:
        """A response to a creation or an update that names another parent breaks the promise,
        whatever the list contains.
        """
        trace = with_response(
            execute_on_honest_server(BELONGS), step, edit=set_fields(shelf="cccccc")
        )
        assert evaluate(BELONGS, trace) == [
            "failed: the answer about an item of shelf aaaaaa names cccccc"
        ]
        assert list_evidence(BELONGS, trace) == [(trace[step],)]

    @pytest.mark.parametrize("step", ["item 0", "touch 3"])
    def test_responses_without_parent_are_ignored(self, step: str) -> None:
        """A response does not fail if it names no parent, names the same one in capitals, or is not
        a success.
        """
        for trace in (
            with_response(execute_on_honest_server(BELONGS), step, edit=drop_fields("shelf")),
            with_response(execute_on_honest_server(BELONGS), step, edit=set_fields(shelf="AAAAAA")),
        ):
            assert evaluate(BELONGS, trace) == ["passed"] * 10
        assert (
            evaluate(
                BELONGS,
                with_response(
                    execute_on_honest_server(BELONGS), step, 409, body={"shelf": "cccccc"}
                ),
            )
            == ["passed"] * 10
        )
        assert (
            evaluate(BELONGS, with_response(execute_on_honest_server(BELONGS), step, body=b""))
            == ["passed"] * 10
        )

    def test_responses_alone_do_not_pass(self) -> None:
        """The promise is about the items in the list. Responses can break it but not keep it."""
        assert (
            evaluate(
                BELONGS,
                with_listed_items(execute_on_honest_server(BELONGS), "listed", [{"id": "1"}]),
            )
            == []
        )

    def test_letter_case_does_not_matter(self) -> None:
        """An id in capitals is the same id. An item that names no parent is ignored."""
        assert evaluate(
            BELONGS,
            with_listed_items(
                execute_on_honest_server(BELONGS), "listed", [{"shelf": "AAAAAA"}, {}]
            ),
        ) == ["passed"]

    def test_other_parent_is_checked_too(self) -> None:
        """The list of another parent contains its own items, and its creations name it."""
        trace = execute_on_honest_server(BELONGS, "of another")
        assert [item["shelf"] for item in get_books(trace, "listed")] == ["bbbbbb"]
        assert evaluate(BELONGS, with_listed_items(trace, "listed", [{"shelf": "aaaaaa"}])) == [
            "failed: the list of shelf bbbbbb holds an item of aaaaaa"
        ]
        trace_with_first_parent = with_response(trace, "there", edit=set_fields(shelf="aaaaaa"))
        assert evaluate(BELONGS, trace_with_first_parent) == [
            "failed: the answer about an item of shelf bbbbbb names aaaaaa"
        ]

    def test_undocumented_responses_do_not_fail(self) -> None:
        """The response of an operation that only serves the run, without a promise about it, breaks
        nothing. Nor does a response that names no parent.
        """
        contract = build_toy_variant(
            ("operationId: changeBook", "operationId: changeBook\n      x-basis: client")
        )
        assert get_outcomes(
            evaluate(
                BELONGS,
                with_response(
                    execute_on_honest_server(BELONGS), "touch 5", edit=set_fields(shelf="cccccc")
                ),
            )
        ) == ["failed"]
        for step, value in (
            ("touch 5", "cccccc"),
            ("touch 5", None),
            ("item 0", None),
            ("item 0", ["cccccc"]),
        ):
            assert (
                evaluate(
                    BELONGS,
                    with_response(
                        execute_on_honest_server(BELONGS), step, edit=set_fields(shelf=value)
                    ),
                    contract,
                )
                == ["passed"] * 10
            )
        assert get_outcomes(
            evaluate(
                BELONGS,
                with_response(
                    execute_on_honest_server(BELONGS), "item 0", edit=set_fields(shelf="cccccc")
                ),
                contract,
            )
        ) == ["failed"]

    @pytest.mark.parametrize("place", ["here", "there"])
    @pytest.mark.parametrize(
        ("label", "step_template"),
        [(WITHOUT_QUERY, "list {}"), (WITHOUT_QUERY, "plain {}"), (BY_QUERY, "list {}")],
    )
    def test_isolation(self, place: str, label: str, step_template: str) -> None:
        """An item of one parent is in no list of another, whether filtered, queried or plain."""
        step, foreign_step = step_template.format(place), "there" if place == "here" else "here"
        trace = execute_on_honest_server(ISOLATED, label)
        assert evaluate(ISOLATED, trace) == ["passed"]
        mixed_trace = with_listed_items(trace, step, [trace["here"].json, trace["there"].json])
        assert evaluate(ISOLATED, mixed_trace) == ["failed: an item of another shelf is listed"]
        assert [(mixed_trace[foreign_step], mixed_trace[step])] == list_evidence(
            ISOLATED, mixed_trace
        )
        assert evaluate(ISOLATED, with_listed_items(trace, step, [trace[place].json])) == ["passed"]

    @pytest.mark.parametrize(
        ("label", "step"),
        [(WITHOUT_QUERY, "list here"), (WITHOUT_QUERY, "list there"), (BY_QUERY, "list there")],
    )
    def test_truncated_list_is_inconclusive(self, label: str, step: str) -> None:
        """A list that was not read to its end is inconclusive."""
        assert get_outcomes(
            evaluate(
                ISOLATED, with_truncated_lists(execute_on_honest_server(ISOLATED, label), step)
            )
        ) == ["inconclusive"]

    @pytest.mark.parametrize(
        ("label", "steps"),
        [
            (WITHOUT_QUERY, ["list here", "list there", "plain here", "plain there"]),
            (BY_QUERY, ["list here", "list there"]),
        ],
    )
    def test_skipped_list_is_inconclusive(self, label: str, steps: list[str]) -> None:
        """A list that was not requested is not ignored, since its items are unknown."""
        for step in steps:
            assert evaluate(
                ISOLATED,
                with_skipped_step(
                    execute_on_honest_server(ISOLATED, label), step, "no more requests"
                ),
            ) == ["inconclusive: no more requests"]

    @pytest.mark.parametrize("label", [WITHOUT_QUERY, BY_QUERY])
    def test_missing_second_parent_is_inconclusive(self, label: str) -> None:
        """Without a second parent, the claim is inconclusive."""
        assert evaluate(
            ISOLATED,
            with_skipped_step(execute_on_honest_server(ISOLATED, label), "there", "give --fixture"),
        ) == ["inconclusive: give --fixture"]

    def test_refused_query_hides_nothing(self) -> None:
        """Where queries are refused, the plain lists still pass or fail, since they have a scenario
        of their own.
        """
        assert get_outcomes(
            evaluate(
                ISOLATED,
                with_response(execute_on_honest_server(ISOLATED, BY_QUERY), "list here", 400),
            )
        ) == ["inconclusive"]
        trace = execute_on_honest_server(ISOLATED, WITHOUT_QUERY)
        assert evaluate(ISOLATED, trace) == ["passed"]
        assert evaluate(
            ISOLATED, with_listed_items(trace, "plain there", [trace["here"].json])
        ) == ["failed: an item of another shelf is listed"]

    def test_plan(self) -> None:
        """One item is created in each of two parents, and both lists are read: by pattern and
        without arguments in one scenario, and by query in another.
        """
        scenarios = map_scenarios(ISOLATED)
        assert list(scenarios) == [BY_QUERY, WITHOUT_QUERY]
        pattern = {"field": "title", "glob": TextWithRunMark("{m}*")}
        query = {
            "field": MISSING,
            "glob": MISSING,
            "q": {"title": {"$startsWith": TextWithRunMark("{m}")}},
        }
        for label, expected in (
            (BY_QUERY, {"list": query}),
            (WITHOUT_QUERY, {"list": pattern, "plain": {}}),
        ):
            scenario = scenarios[label]
            parents = {step.name: step.call.arguments.get("shelf") for step in scenario.steps}
            assert {
                name: OtherParentId("shelf") if "there" in name else None for name in parents
            } == parents
            arguments_by_step = {
                f"{list_kind} {place}": arguments
                for list_kind, arguments in expected.items()
                for place in ("here", "there")
            }
            assert [
                "here: createBook",
                "there: createBook",
                *(f"{list_kind}: listBooks" for list_kind in arguments_by_step),
            ] == describe_steps(scenario)
            assert arguments_by_step == {
                step.name: {
                    name: value for name, value in step.call.arguments.items() if name != "shelf"
                }
                for step in scenario.steps[2:]
            }

    def test_plan_without_queries(self) -> None:
        """Where no query can identify the items of the run, the lists are read by pattern and
        without arguments.
        """
        scenarios = map_scenarios(
            ISOLATED, build_toy_variant(("$startsWith: [title]", "$startsWith: [id]"))
        )
        assert {WITHOUT_QUERY: map_scenarios(ISOLATED)[WITHOUT_QUERY]} == scenarios


class TestRead:
    def test_refused_read_fails(self) -> None:
        """A created item can be read."""
        assert evaluate(READ, with_response(execute_on_honest_server(READ), "read", 404))[
            0
        ].startswith("failed: what was created cannot be read: GET")
        assert get_outcomes(
            evaluate(READ, with_response(execute_on_honest_server(READ), "read", 500))
        ) == ["inconclusive"]

    @pytest.mark.parametrize("body", [{"id": "other"}, {}, [], None])
    def test_other_item_fails(self, body: Json) -> None:
        """Reading one item returns that item."""
        identity = execute_on_honest_server(READ)["made"].json["id"]
        assert [f"failed: reading {describe_value(identity)} gives something else"] == evaluate(
            READ, with_response(execute_on_honest_server(READ), "read", body=body)
        )

    def test_difference_fails(self) -> None:
        """A field with another value in the list breaks the promise."""
        trace = with_response(
            execute_on_honest_server(READ), "read", edit=set_fields(title="other")
        )
        title = execute_on_honest_server(READ)["made"].json["title"]
        expected = f'failed: title reads "other" by itself and "{title}" in the list'
        assert [expected] == evaluate(READ, trace)

    def test_booleans_are_not_numbers(self) -> None:
        """false in one response and 0 in the other are different."""
        assert get_outcomes(
            evaluate(
                READ, with_response(execute_on_honest_server(READ), "read", edit=set_fields(lent=0))
            )
        ) == ["failed"]

    def test_fields_of_one_response_do_not_matter(self) -> None:
        """Only fields that both responses have are compared."""
        assert evaluate(
            READ,
            with_response(
                execute_on_honest_server(READ),
                "read",
                edit=lambda item: {**drop_fields("title")(item), "more": 1},
            ),
        ) == ["passed"]

    def test_unspecified_field_does_not_matter(self) -> None:
        """A field whose value is unspecified may differ, but no other field."""
        rare_trace = with_response(
            execute_on_honest_server(READ), "read", edit=set_fields(rare=True, note="a")
        )
        plain_trace = with_response(
            execute_on_honest_server(READ), "read", edit=set_fields(rare=False, note="a")
        )
        for trace, expected in ((rare_trace, "passed"), (plain_trace, "failed")):
            listed = [{**item, "note": "b"} for item in get_books(trace, "listed")]
            assert [expected] == get_outcomes(
                evaluate(READ, with_listed_items(trace, "listed", listed))
            )

    def test_unlisted_item_is_inconclusive(self) -> None:
        """Another claim covers an item that the list lacks."""
        assert evaluate(READ, with_listed_items(execute_on_honest_server(READ), "listed", [])) == [
            "inconclusive: the list does not hold what was made"
        ]

    def test_plan_of_switched_item(self) -> None:
        """A switched item is read too, and in the list of switched items."""
        scenarios = map_scenarios(READ)
        assert list(scenarios) == ["plain", "all fields", "switched lent"]
        assert describe_steps(scenarios["switched lent"]) == [
            "made: createBook",
            "switch: lendBook",
            "read: readBook",
            "listed: listBooks",
        ]
        assert scenarios["switched lent"].steps[-1].call.arguments["lent"] == "true"

    def test_plan_of_two_switches(self) -> None:
        """A switch for which the list has no filter is looked for in the whole list."""
        other_switch = "{field: /other, on: lendBook, off: returnBook}"
        contract = build_toy_variant(
            ("switches: [{field: /lent,", (f"switches: [{other_switch}, {{field: /lent,"))
        )
        scenarios = map_scenarios(READ, contract)
        assert list(scenarios) == ["plain", "all fields", "switched other", "switched lent"]
        assert "lent" not in scenarios["switched other"].steps[-1].call.arguments
        assert scenarios["switched lent"].steps[-1].call.arguments["lent"] == "true"

    @pytest.mark.parametrize(
        ("is_listed", "expected"),
        [(True, "failed"), (False, "inconclusive: the list does not hold what was made")],
    )
    def test_switched_item_that_cannot_be_read(self, is_listed: bool, expected: str) -> None:
        """An item that is in no list need not be readable."""
        trace = execute_on_honest_server(READ, "switched lent")
        trace = with_response(trace, "read", 404)
        if not is_listed:
            trace = with_listed_items(trace, "listed", [])
        assert evaluate(READ, trace)[0].startswith(expected)


def test_empty_trace_is_inconclusive() -> None:
    """A trace without its steps is inconclusive for every lifecycle claim."""
    for claim in LIFECYCLE_CLAIMS:
        assert get_outcomes(evaluate(claim, build_trace())) == ["inconclusive"], claim
        assert evaluate_in_exchange(claim, build_exchange("any", 200)) == []
