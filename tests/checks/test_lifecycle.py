"""Judging how things come to live: made, listed, kept, read, each in its parent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.checks.body_templates import AWKWARD_TEXT
from conformance.checks.call import EarlierResponseValue, MarkedText, OtherParentId
from conformance.checks.datasets import UPDATED_ITEMS
from conformance.checks.exchange import Trace
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


def unread(pages: str) -> Contract:
    """Return a contract in which one thing cannot be read by itself, and the pages have another
    name.
    """
    return build_toy_variant(
        ("operationId: readBook", "operationId: readBook\n      x-basis: client"),
        ("        pages: {type: integer", f"        {pages}: {{type: integer"),
    )


LISTED, FRESH, SAME = "createBook/listed", "createBook/distinct", "listBooks/equal"
BELONGS, ISOLATED, READ = "listBooks/belongs", "listBooks/isolated", "readBook/as-listed"


LIVING = sorted(
    claim.id for claim in build_toy_contract().claims if claim.kind.startswith("lifecycle.")
)


@pytest.mark.parametrize(
    "claim", [claim for claim in LIVING if find_undecided_reason(claim) is None]
)
def test_honest_server_holds(claim: str) -> None:
    """An honest server keeps every promise about the life of its things, in every script."""
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
        """What was created is listed once: neither not at all nor twice."""
        found = execute_on_honest_server(LISTED)
        last = found["item 8"].json
        others = [one for one in get_books(found, "listed") if one["id"] != last["id"]]
        assert [expected] == evaluate(
            LISTED, with_listed_items(found, "listed", [*others, *[last] * times])
        )

    @pytest.mark.parametrize(
        ("item", "field"),
        [("item 0", "title"), ("item 9", "title"), ("item 0", "tags"), ("item 6", "tags")],
    )
    def test_other_value_in_the_list_breaks(self, item: str, field: str) -> None:
        """What is listed shows each field as it was sent; the message shows both."""
        found = execute_on_honest_server(LISTED)
        sent, identity = found[item].call.body[field], found[item].json["id"]
        listed = [
            {**one, field: "other"} if one["id"] == identity else one
            for one in get_books(found, "listed")
        ]
        bad = with_listed_items(found, "listed", listed)
        assert [f"failed: {field} was sent as {sent!r} and is listed as 'other'"] == evaluate(
            LISTED, bad
        )
        assert [(bad[item], bad["listed"])] == list_evidence(LISTED, bad)

    def test_items_in_the_wrong_place_break(self) -> None:
        """Each thing shows its own values, not those of another of ours."""
        found = execute_on_honest_server(LISTED)
        one, two = found["item 0"].json, found["item 2"].json
        names = {one["id"]: two["title"], two["id"]: one["title"]}
        listed = [
            {**item, "title": names.get(item["id"], item["title"])}
            for item in get_books(found, "listed")
        ]
        assert evaluate(LISTED, with_listed_items(found, "listed", listed)) == [
            "failed: title was sent as 'run-delta' and is listed as 'run-golf'"
        ]

    @pytest.mark.parametrize("strange", [None, ["x"], {}])
    def test_types_of_what_is_listed_count(self, strange: Json) -> None:
        """A value of another type is another value, null too."""
        found = execute_on_honest_server(LISTED)
        listed = [
            {**one, "title": strange} if one["id"] == found["item 0"].json["id"] else one
            for one in get_books(found, "listed")
        ]
        assert [f"failed: title was sent as 'run-delta' and is listed as {strange!r}"] == evaluate(
            LISTED, with_listed_items(found, "listed", listed)
        )

    def test_list_need_not_show_every_field(self) -> None:
        """A field that the list leaves out, or adds, is not compared."""
        found = execute_on_honest_server(LISTED)
        assert evaluate(
            LISTED,
            with_listed_items(
                found, "listed", [{"id": one["id"]} for one in get_books(found, "listed")]
            ),
        ) == ["passed"]
        assert evaluate(
            LISTED,
            with_listed_items(
                found, "listed", [{**one, "more": 1} for one in get_books(found, "listed")]
            ),
        ) == ["passed"]

    @pytest.mark.parametrize("number", UPDATED_ITEMS)
    def test_what_was_changed_since_is_not_compared(self, number: int) -> None:
        """What was changed after its creation, or may have been, shows what it will; it is still
        listed once.
        """
        found = execute_on_honest_server(LISTED)
        changed = [
            {**one, "title": "other"} if one["id"] == found[f"item {number}"].json["id"] else one
            for one in get_books(found, "listed")
        ]
        assert evaluate(LISTED, with_listed_items(found, "listed", changed)) == ["passed"]
        assert evaluate(
            LISTED,
            with_listed_items(with_response(found, f"touch {number}", 500), "listed", changed),
        ) == ["passed"]
        unchanged = with_skipped_step(found, f"touch {number}")
        assert get_outcomes(evaluate(LISTED, with_listed_items(unchanged, "listed", changed))) == [
            "failed"
        ]
        twice = with_listed_items(
            found, "listed", [*get_books(found, "listed"), found[f"item {number}"].json]
        )
        assert evaluate(LISTED, twice) == ["failed: what was created is in the list 2 times"]

    def test_open_field_in_the_list(self) -> None:
        """A field that the documents leave open for such a body is not compared, but for another
        body it is.
        """
        found = execute_on_honest_server(LISTED)
        call = found["item 0"].call
        listed = [
            {**one, "note": "other"} if one["id"] == found["item 0"].json["id"] else one
            for one in get_books(found, "listed")
        ]
        for rare, expected in ((True, "passed"), (False, "failed")):
            sent = replace(
                found["item 0"], call=replace(call, body={**call.body, "note": "a", "rare": rare})
            )
            shown = [
                {**one, "rare": rare} if one["id"] == found["item 0"].json["id"] else one
                for one in listed
            ]
            bad = with_listed_items(
                Trace(exchanges={**found.exchanges, "item 0": (sent,)}), "listed", shown
            )
            assert [expected] == get_outcomes(evaluate(LISTED, bad))

    def test_ids_in_the_list(self) -> None:
        """Ids of other things are a set; those of which nobody knows whether they exist are not
        compared.
        """
        found = execute_on_honest_server(LISTED)
        call = found["item 0"].call
        sent = replace(
            found["item 0"], call=replace(call, body={**call.body, "authors": ["0101", "0202"]})
        )
        given = Trace(exchanges={**found.exchanges, "item 0": (sent,)})

        def listing(*ids: str) -> Trace:
            shown = [
                {**one, "authors": [*ids]} if one["id"] == found["item 0"].json["id"] else one
                for one in get_books(found, "listed")
            ]
            return with_listed_items(given, "listed", shown)

        assert evaluate(LISTED, listing("0202", "0101")) == ["passed"]
        assert evaluate(LISTED, listing("0101")) == [
            "failed: authors was sent as ['0101', '0202'] and is listed as ['0101']"
        ]
        assert evaluate(LISTED, with_missing_fixtures(listing("0101"), "authors")) == ["passed"]

    def test_plain_list(self) -> None:
        """The list as the page shows it holds something when something was created, whose ever it
        is.
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
        """The catalog is looked for in the list as far as it is ours, and the list is asked for
        once as the page shows it.
        """
        script = map_scenarios(LISTED)["listed"]
        assert describe_steps(script) == ["listed: listBooks", "plain: listBooks"]
        assert [list(step.call.arguments) for step in script.steps] == [["field", "glob"], []]

    def test_failed_creation_decides_nothing(self) -> None:
        """A creation that failed, or gave no identity, is not looked for."""
        assert get_outcomes(
            evaluate(LISTED, with_response(execute_on_honest_server(LISTED), "item 4", 500))
        ) == ["inconclusive"]
        assert get_outcomes(
            evaluate(LISTED, with_response(execute_on_honest_server(LISTED), "item 4", body={}))
        ) == ["inconclusive"]

    @pytest.mark.parametrize("identity", [None, True, ["x"], {}])
    def test_identity_is_text_or_number(self, identity: Json) -> None:
        """What is no text or number is no identity."""
        assert get_outcomes(
            evaluate(
                LISTED,
                with_response(
                    execute_on_honest_server(LISTED), "item 4", edit=set_fields(id=identity)
                ),
            )
        ) == ["inconclusive"]

    def test_cut_list_decides_nothing(self) -> None:
        """A list that was not read to its end is not judged."""
        assert get_outcomes(
            evaluate(LISTED, with_truncated_lists(execute_on_honest_server(LISTED), "listed"))
        ) == ["inconclusive"]


KEPT, ANSWERED = "createBook/body/pages/stored", "createBook/body/pages/answered"


class TestKept:
    def test_other_value_breaks(self) -> None:
        """Another value than was sent breaks the promise; the message shows both."""
        sent = execute_on_honest_server(KEPT)["made"].call.body["pages"]
        found = with_response(
            execute_on_honest_server(KEPT), "read", edit=set_fields(pages=sent + 1)
        )
        assert [f"failed: pages was sent as {sent} and reads back as {sent + 1}"] == evaluate(
            KEPT, found
        )

    @pytest.mark.parametrize("strange", [None, "text", 1.5, True, []])
    def test_other_type_breaks(self, strange: Json) -> None:
        """A value of another type breaks the promise."""
        assert get_outcomes(
            evaluate(
                KEPT,
                with_response(
                    execute_on_honest_server(KEPT), "read", edit=set_fields(pages=strange)
                ),
            )
        ) == ["failed"]

    def test_booleans_are_no_numbers(self) -> None:
        """0 is not false."""
        claim = "createBook/body/rare/stored"
        assert evaluate(
            claim, with_response(execute_on_honest_server(claim), "read", edit=set_fields(rare=0))
        ) == ["failed: rare was sent as False and reads back as 0"]

    def test_nowhere_to_be_read_breaks(self) -> None:
        """A field that neither the creation nor the reading shows was not kept."""
        found = with_response(
            with_response(execute_on_honest_server(KEPT), "read", edit=drop_fields("pages")),
            "made",
            edit=drop_fields("pages"),
        )
        sent = execute_on_honest_server(KEPT)["made"].call.body["pages"]
        assert [(f"failed: pages was sent as {sent} and is nowhere to be read")] == evaluate(
            KEPT, found
        )

    def test_shown_by_the_creation_alone_decides_nothing(self) -> None:
        """A field that only the creation shows may have been kept."""
        assert get_outcomes(
            evaluate(
                KEPT,
                with_response(execute_on_honest_server(KEPT), "read", edit=drop_fields("pages")),
            )
        ) == ["inconclusive"]

    def test_shown_by_the_reading_alone_holds(self) -> None:
        """The creation need not show the field."""
        assert evaluate(
            KEPT, with_response(execute_on_honest_server(KEPT), "made", edit=drop_fields("pages"))
        ) == ["passed"]

    def test_ids_are_a_set(self) -> None:
        """The order of ids of other things is open; which they are, and how often, is not."""
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

    def test_open_field_decides_nothing(self) -> None:
        """Where the documents leave a field open, any value will do."""
        claim = "createBook/body/note/stored"
        found = execute_on_honest_server(claim)
        call = found["made"].call
        rare = replace(found["made"], call=replace(call, body={**call.body, "rare": True}))
        opened = Trace(exchanges={**found.exchanges, "made": (rare,)})
        assert evaluate(claim, with_response(opened, "read", edit=set_fields(note="other"))) == [
            "inconclusive: for such a body the documents do not say what note holds"
        ]
        assert get_outcomes(
            evaluate(claim, with_response(found, "read", edit=set_fields(note="other")))
        ) == ["failed"]

    def test_made_up_ids_decide_nothing(self) -> None:
        """Ids that may not exist need not be kept; other fields need."""
        claim = "createBook/body/authors/stored"
        found = with_missing_fixtures(
            with_response(execute_on_honest_server(claim), "read", edit=set_fields(authors=[])),
            "authors",
        )
        assert evaluate(claim, found) == [
            "inconclusive: the ids sent in authors may not exist there: give --fixture authors=ID"
        ]
        assert get_outcomes(
            evaluate(
                KEPT,
                with_missing_fixtures(
                    with_response(execute_on_honest_server(KEPT), "read", edit=set_fields(pages=0)),
                    "authors",
                ),
            )
        ) == ["failed"]

    @pytest.mark.parametrize("step", ["made", "read"])
    def test_failed_step_decides_nothing(self, step: str) -> None:
        """A creation or a reading that failed decides nothing."""
        assert get_outcomes(
            evaluate(KEPT, with_response(execute_on_honest_server(KEPT), step, 500))
        ) == ["inconclusive"]

    def test_item_that_is_no_object_decides_nothing(self) -> None:
        """A reading that is no object shows no field."""
        assert get_outcomes(
            evaluate(KEPT, with_response(execute_on_honest_server(KEPT), "read", body=[]))
        ) == ["inconclusive"]

    def test_plan(self) -> None:
        """Each value is sent by itself and read back from the thing that was made."""
        for script in map_scenarios(KEPT).values():
            assert describe_steps(script) == ["made: createBook", "read: readBook"]
            assert {"book": EarlierResponseValue("made", "/id")} == script.steps[-1].call.arguments

    def test_one_script_for_kept_and_answered(self) -> None:
        """Keeping a field and answering it are tried by the same values, with another seed by
        others.
        """
        for name in ("pages", "title", "authors"):
            kept, answered = (
                map_scenarios(f"createBook/body/{name}/{word}") for word in ("stored", "answered")
            )
            assert kept == answered, name
        assert map_scenarios(KEPT) != map_scenarios(KEPT, seed="other")

    def test_name_is_not_relied_on(self) -> None:
        """Where one thing cannot be read by itself, a kept name is looked for by identity, in the
        whole list, the newest first.
        """
        contract = unread("pages")
        title, pages, volume = (
            next(iter(map_scenarios(f"createBook/body/{name}/stored", contract).values())).steps[-1]
            for name, contract in (
                ("title", contract),
                ("pages", contract),
                ("volume", unread("volume")),
            )
        )
        assert isinstance(title, PagedReadStep)
        assert ({"sort": "created", "way": "down"}, EarlierResponseValue("made", "/id")) == (
            title.call.arguments,
            title.stop_at,
        )
        for other in (pages, volume):
            assert isinstance(other, PagedReadStep)
            assert (["field", "glob"], None) == (list(other.call.arguments), other.stop_at)

    def test_name_of_what_can_be_read(self) -> None:
        """Where one thing can be read by itself, so is a kept name."""
        for script in map_scenarios("createBook/body/title/stored").values():
            assert describe_steps(script) == ["made: createBook", "read: readBook"]

    def test_more_examples(self) -> None:
        """A deeper run tries more values."""
        roomy = build_toy_variant(("maxLength: 90", "maxLength: 255"))
        few, many = (
            len(map_scenarios("createBook/body/title/stored", roomy, examples=number))
            for number in (1, 5)
        )
        assert many - few == 4


class TestAllAtOnce:
    """Without drawn examples, all fields but the mark and what refers to things of the same kind
    are kept together, in one body.
    """

    def test_one_body_for_all(self) -> None:
        """Each such field has the same script, whose body holds them all and the mark."""
        fields = ("note", "pages", "rare", "tags", "authors")
        first, *others = (
            map_scenarios(f"createBook/body/{name}/stored", examples=0) for name in fields
        )
        assert [first] * 4 == others
        (script,) = first.values()
        assert (script.label, describe_steps(script)) == (
            "all at once",
            ["made: createBook", "read: readBook"],
        )
        body = script.steps[0].call.body
        assert {"title", *fields} == set(body)
        assert body["title"] == MarkedText("{m}-made")

    @pytest.mark.parametrize(("name", "label"), [("title", "value 0"), ("sequel", "of ours")])
    def test_names_and_references_go_alone(self, name: str, label: str) -> None:
        """The mark, and ids of things of the same kind, are tried by themselves."""
        assert label in map_scenarios(f"createBook/body/{name}/stored", examples=0)
        assert "all at once" not in map_scenarios(f"createBook/body/{name}/stored", examples=0)

    def test_field_that_fits_no_common_body_goes_alone(self) -> None:
        """A field that cannot stand beside the others is tried by itself, or not at all."""
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
        """The name that is tried is not the plain one, but one that some servers change."""
        assert map_scenarios("createBook/body/title/stored", examples=0)["value 0"].steps[
            0
        ].call.body["title"] == MarkedText(AWKWARD_TEXT)

    def test_judged_by_field(self) -> None:
        """The one body is judged field by field."""
        script = map_scenarios(KEPT, examples=0)["all at once"]
        found = TargetSession(
            build_toy_contract(), build_target(Server()), mark="run"
        ).execute_scenario(script)
        bad = with_response(found, "read", edit=set_fields(pages=0))
        assert (
            evaluate(KEPT, found),
            get_outcomes(evaluate(KEPT, bad)),
            evaluate("createBook/body/note/stored", bad),
        ) == (["passed"], ["failed"], ["passed"])


class TestAnswered:
    def test_other_value_breaks(self) -> None:
        """An answer that shows another value than was sent breaks the promise."""
        sent = execute_on_honest_server(ANSWERED)["made"].call.body["pages"]
        found = evaluate(
            ANSWERED,
            with_response(
                execute_on_honest_server(ANSWERED), "made", edit=set_fields(pages=sent + 1)
            ),
        )
        assert [f"failed: pages was sent as {sent} and is answered as {sent + 1}"] == found

    def test_silent_answer_decides_nothing(self) -> None:
        """An answer need not show the field."""
        assert get_outcomes(
            evaluate(
                ANSWERED,
                with_response(
                    execute_on_honest_server(ANSWERED), "made", edit=drop_fields("pages")
                ),
            )
        ) == ["inconclusive"]

    def test_made_up_ids_decide_nothing(self) -> None:
        """Ids that may not exist need not be answered."""
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

    def test_failed_creation_decides_nothing(self) -> None:
        """A creation that failed answers nothing."""
        assert get_outcomes(
            evaluate(ANSWERED, with_response(execute_on_honest_server(ANSWERED), "made", 500))
        ) == ["inconclusive"]


class TestFresh:
    def test_one_identity_twice_breaks(self) -> None:
        """Two creations with one identity break the promise."""
        one = execute_on_honest_server(FRESH)["one"].json["id"]
        assert [f"failed: two creations were both answered with {one!r}"] == evaluate(
            FRESH, with_response(execute_on_honest_server(FRESH), "two", edit=set_fields(id=one))
        )

    @pytest.mark.parametrize("step", ["one", "two"])
    def test_failed_creation_decides_nothing(self, step: str) -> None:
        """A refused creation is not a second thing: duplicate names may be refused."""
        assert get_outcomes(
            evaluate(FRESH, with_response(execute_on_honest_server(FRESH), step, 409))
        ) == ["inconclusive"]

    def test_plan(self) -> None:
        """Two things are made, under two names and under one."""
        names = {
            label: [step.call.body["title"].text for step in script.steps]
            for label, script in map_scenarios(FRESH).items()
        }
        assert names == {"two": ["{m}-one", "{m}-two"], "two of one name": ["{m}-twin", "{m}-twin"]}


class TestAgrees:
    def test_two_values_break(self) -> None:
        """Pointers that hold different values in the list break the promise."""
        found = with_response(
            execute_on_honest_server(SAME),
            "listed",
            edit=lambda answer: {**answer, "books": [*answer["books"], {"id": "1", "bookId": "2"}]},
        )
        assert evaluate(SAME, found)[-1] == "failed: /id and /bookId hold ['1', '2']"
        assert list_evidence(SAME, found)[-1] == (found["listed"],)

    @pytest.mark.parametrize("step", ["item 0", "item 9", "touch 5"])
    def test_two_values_in_an_answer_break(self, step: str) -> None:
        """So do those in what a creation or a change answers, with that answer as the evidence."""
        found = with_response(
            execute_on_honest_server(SAME), step, edit=set_fields(id="1", bookId="2")
        )
        assert evaluate(SAME, found)[-1] == "failed: /id and /bookId hold ['1', '2']"
        assert list_evidence(SAME, found)[-1] == (found[step],)

    def test_each_answer_and_each_item_is_heard(self) -> None:
        """Ten creations, three changes and ten items are as many occasions."""
        assert evaluate(SAME, execute_on_honest_server(SAME)) == ["passed"] * 23
        expected = [
            *(f"item {number}" for number in range(10)),
            *(f"touch {number}" for number in UPDATED_ITEMS),
            *["listed"] * 10,
        ]
        assert expected == [
            one.step for (one,) in list_evidence(SAME, execute_on_honest_server(SAME))
        ]

    @pytest.mark.parametrize("step", ["item 3", "touch 1"])
    def test_failed_answers_are_left_alone(self, step: str) -> None:
        """An answer that is no success, or no object, shows nothing of a thing."""
        assert (
            evaluate(
                SAME,
                with_response(
                    execute_on_honest_server(SAME), step, 409, body={"id": "1", "bookId": "2"}
                ),
            )
            == ["passed"] * 22
        )
        assert (
            evaluate(SAME, with_response(execute_on_honest_server(SAME), step, body=["1"]))
            == ["passed"] * 22
        )
        assert (
            evaluate(SAME, with_response(execute_on_honest_server(SAME), step, body=b""))
            == ["passed"] * 22
        )

    def test_silent_items_are_left_alone(self) -> None:
        """An item, or an answer, that shows only one of them says nothing."""
        assert (
            evaluate(
                SAME,
                with_listed_items(
                    execute_on_honest_server(SAME), "listed", [{"id": "1"}, {"bookId": "1"}]
                ),
            )
            == ["passed"] * 13
        )
        assert (
            evaluate(
                SAME,
                with_listed_items(
                    execute_on_honest_server(SAME),
                    "listed",
                    [{"id": "1"}, {"id": "1", "bookId": "1"}],
                ),
            )
            == ["passed"] * 14
        )
        assert (
            evaluate(
                SAME,
                with_response(execute_on_honest_server(SAME), "item 0", edit=drop_fields("bookId")),
            )
            == ["passed"] * 22
        )

    def test_types_count(self) -> None:
        """1 and true are different values."""
        assert (
            evaluate(
                SAME,
                with_listed_items(
                    execute_on_honest_server(SAME), "listed", [{"id": 1, "bookId": True}]
                ),
            )[-1]
            == "failed: /id and /bookId hold [1, True]"
        )

    def test_cut_list_decides_nothing(self) -> None:
        """A list that was not read to its end is not judged."""
        assert get_outcomes(
            evaluate(SAME, with_truncated_lists(execute_on_honest_server(SAME), "listed"))
        ) == ["inconclusive"]

    def test_answers_of_means_break_nothing(self) -> None:
        """What an operation answers that is a means and no promise need not agree."""
        contract = build_toy_variant(
            ("operationId: changeBook", "operationId: changeBook\n      x-basis: client")
        )
        found = with_response(
            execute_on_honest_server(SAME), "touch 5", edit=set_fields(bookId=None)
        )
        assert get_outcomes(evaluate(SAME, found))[-1] == "failed"
        assert "failed" not in get_outcomes(evaluate(SAME, found, contract))
        assert (
            get_outcomes(
                evaluate(
                    SAME,
                    with_response(
                        execute_on_honest_server(SAME), "item 0", edit=set_fields(bookId=None)
                    ),
                    contract,
                )
            )[-1]
            == "failed"
        )


PLAINLY, BY_QUERY = "isolated", "isolated by query"


class TestBelongs:
    def test_stranger_breaks(self) -> None:
        """An item of another parent breaks the promise."""
        found = with_listed_items(
            execute_on_honest_server(BELONGS), "listed", [{"shelf": "aaaaaa"}, {"shelf": "cccccc"}]
        )
        assert evaluate(BELONGS, found) == [
            "passed",
            "failed: the list of shelf aaaaaa holds an item of cccccc",
        ]

    @pytest.mark.parametrize("step", ["item 0", "item 9", "touch 3"])
    def test_answer_about_a_stranger_breaks(self, step: str) -> None:
        """An answer to a creation or a change that names another parent breaks the promise,
        whatever the list says.
        """
        found = with_response(
            execute_on_honest_server(BELONGS), step, edit=set_fields(shelf="cccccc")
        )
        assert evaluate(BELONGS, found) == [
            "failed: the answer about an item of shelf aaaaaa names cccccc"
        ]
        assert list_evidence(BELONGS, found) == [(found[step],)]

    @pytest.mark.parametrize("step", ["item 0", "touch 3"])
    def test_answers_that_say_nothing_are_left_alone(self, step: str) -> None:
        """An answer that names no parent, the same one in capitals, or that is no success, breaks
        nothing.
        """
        for answer in (
            with_response(execute_on_honest_server(BELONGS), step, edit=drop_fields("shelf")),
            with_response(execute_on_honest_server(BELONGS), step, edit=set_fields(shelf="AAAAAA")),
        ):
            assert evaluate(BELONGS, answer) == ["passed"] * 10
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

    def test_answers_alone_hold_nothing(self) -> None:
        """The promise is of what the list holds: answers break it but do not keep it."""
        assert (
            evaluate(
                BELONGS,
                with_listed_items(execute_on_honest_server(BELONGS), "listed", [{"id": "1"}]),
            )
            == []
        )

    def test_letters_do_not_matter(self) -> None:
        """An id in capitals is the same id; an item that names no parent is left alone."""
        assert evaluate(
            BELONGS,
            with_listed_items(
                execute_on_honest_server(BELONGS), "listed", [{"shelf": "AAAAAA"}, {}]
            ),
        ) == ["passed"]

    def test_other_parent_is_asked_too(self) -> None:
        """The list of another parent holds its own items, and its creations name it."""
        found = execute_on_honest_server(BELONGS, "of another")
        assert [one["shelf"] for one in get_books(found, "listed")] == ["bbbbbb"]
        assert evaluate(BELONGS, with_listed_items(found, "listed", [{"shelf": "aaaaaa"}])) == [
            "failed: the list of shelf bbbbbb holds an item of aaaaaa"
        ]
        named = with_response(found, "there", edit=set_fields(shelf="aaaaaa"))
        assert evaluate(BELONGS, named) == [
            "failed: the answer about an item of shelf bbbbbb names aaaaaa"
        ]

    def test_answers_of_means_break_nothing(self) -> None:
        """What an operation answers that is a means and no promise breaks nothing; nor does an
        answer that names no parent.
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
        ("label", "look"), [(PLAINLY, "list {}"), (PLAINLY, "plain {}"), (BY_QUERY, "list {}")]
    )
    def test_isolation(self, place: str, label: str, look: str) -> None:
        """What is in one parent is in no list of another: filtered, by query or plain."""
        step, stranger = look.format(place), "there" if place == "here" else "here"
        found = execute_on_honest_server(ISOLATED, label)
        assert evaluate(ISOLATED, found) == ["passed"]
        mixed = with_listed_items(found, step, [found["here"].json, found["there"].json])
        assert evaluate(ISOLATED, mixed) == ["failed: an item of another shelf is listed"]
        assert [(mixed[stranger], mixed[step])] == list_evidence(ISOLATED, mixed)
        assert evaluate(ISOLATED, with_listed_items(found, step, [found[place].json])) == ["passed"]

    @pytest.mark.parametrize(
        ("label", "step"),
        [(PLAINLY, "list here"), (PLAINLY, "list there"), (BY_QUERY, "list there")],
    )
    def test_cut_list_decides_nothing(self, label: str, step: str) -> None:
        """A list that was not read to its end is not judged."""
        assert get_outcomes(
            evaluate(
                ISOLATED, with_truncated_lists(execute_on_honest_server(ISOLATED, label), step)
            )
        ) == ["inconclusive"]

    @pytest.mark.parametrize(
        ("label", "steps"),
        [
            (PLAINLY, ["list here", "list there", "plain here", "plain there"]),
            (BY_QUERY, ["list here", "list there"]),
        ],
    )
    def test_list_that_was_not_sent_decides_nothing(self, label: str, steps: list[str]) -> None:
        """A list that was not asked for is not passed over: what it would have shown is unknown."""
        for step in steps:
            assert evaluate(
                ISOLATED,
                with_skipped_step(
                    execute_on_honest_server(ISOLATED, label), step, "no more requests"
                ),
            ) == ["inconclusive: no more requests"]

    @pytest.mark.parametrize("label", [PLAINLY, BY_QUERY])
    def test_second_parent_that_was_not_given(self, label: str) -> None:
        """Without a second parent, nothing is judged."""
        assert evaluate(
            ISOLATED,
            with_skipped_step(execute_on_honest_server(ISOLATED, label), "there", "give --fixture"),
        ) == ["inconclusive: give --fixture"]

    def test_refused_query_hides_nothing(self) -> None:
        """Where queries are refused, what the plain lists show still counts, for and against: they
        are looked at by a script of their own.
        """
        assert get_outcomes(
            evaluate(
                ISOLATED,
                with_response(execute_on_honest_server(ISOLATED, BY_QUERY), "list here", 400),
            )
        ) == ["inconclusive"]
        found = execute_on_honest_server(ISOLATED, PLAINLY)
        assert evaluate(ISOLATED, found) == ["passed"]
        assert evaluate(
            ISOLATED, with_listed_items(found, "plain there", [found["here"].json])
        ) == ["failed: an item of another shelf is listed"]

    def test_plan(self) -> None:
        """One thing is made in each of two parents, and both lists are read: by pattern and
        plainly, and in another script by query.
        """
        found = map_scenarios(ISOLATED)
        assert list(found) == [BY_QUERY, PLAINLY]
        pattern = {"field": "title", "glob": MarkedText("{m}*")}
        query = {
            "field": MISSING,
            "glob": MISSING,
            "q": {"title": {"$startsWith": MarkedText("{m}")}},
        }
        for label, expected in (
            (BY_QUERY, {"list": query}),
            (PLAINLY, {"list": pattern, "plain": {}}),
        ):
            script = found[label]
            parents = {move.name: move.call.arguments.get("shelf") for move in script.steps}
            assert {
                name: OtherParentId("shelf") if "there" in name else None for name in parents
            } == parents
            looks = {
                f"{look} {place}": asked
                for look, asked in expected.items()
                for place in ("here", "there")
            }
            assert [
                "here: createBook",
                "there: createBook",
                *(f"{look}: listBooks" for look in looks),
            ] == describe_steps(script)
            assert looks == {
                move.name: {
                    name: value for name, value in move.call.arguments.items() if name != "shelf"
                }
                for move in script.steps[2:]
            }

    def test_plan_without_queries(self) -> None:
        """Where no query tells ours apart, the lists are read by pattern and plainly."""
        found = map_scenarios(
            ISOLATED, build_toy_variant(("$startsWith: [title]", "$startsWith: [id]"))
        )
        assert {PLAINLY: map_scenarios(ISOLATED)[PLAINLY]} == found


class TestRead:
    def test_refused_reading_breaks(self) -> None:
        """What was created can be read."""
        assert evaluate(READ, with_response(execute_on_honest_server(READ), "read", 404))[
            0
        ].startswith("failed: what was created cannot be read: GET")
        assert get_outcomes(
            evaluate(READ, with_response(execute_on_honest_server(READ), "read", 500))
        ) == ["inconclusive"]

    @pytest.mark.parametrize("body", [{"id": "other"}, {}, [], None])
    def test_something_else_breaks(self, body: Json) -> None:
        """Reading one thing gives that thing."""
        identity = execute_on_honest_server(READ)["made"].json["id"]
        assert [f"failed: reading {identity!r} gives something else"] == evaluate(
            READ, with_response(execute_on_honest_server(READ), "read", body=body)
        )

    def test_difference_breaks(self) -> None:
        """A field that the list shows otherwise breaks the promise."""
        found = with_response(
            execute_on_honest_server(READ), "read", edit=set_fields(title="other")
        )
        title = execute_on_honest_server(READ)["made"].json["title"]
        assert [f"failed: title reads 'other' by itself and {title!r} in the list"] == evaluate(
            READ, found
        )

    def test_booleans_are_no_numbers(self) -> None:
        """false in one and 0 in the other are different."""
        assert get_outcomes(
            evaluate(
                READ, with_response(execute_on_honest_server(READ), "read", edit=set_fields(lent=0))
            )
        ) == ["failed"]

    def test_fields_of_one_alone_do_not_matter(self) -> None:
        """Only what both show is compared."""
        assert evaluate(
            READ,
            with_response(
                execute_on_honest_server(READ),
                "read",
                edit=lambda item: {**drop_fields("title")(item), "more": 1},
            ),
        ) == ["passed"]

    def test_open_field_does_not_matter(self) -> None:
        """A field that the documents leave open may differ, but only then."""
        rare = with_response(
            execute_on_honest_server(READ), "read", edit=set_fields(rare=True, note="a")
        )
        plain = with_response(
            execute_on_honest_server(READ), "read", edit=set_fields(rare=False, note="a")
        )
        for found, expected in ((rare, "passed"), (plain, "failed")):
            listed = [{**one, "note": "b"} for one in get_books(found, "listed")]
            assert [expected] == get_outcomes(
                evaluate(READ, with_listed_items(found, "listed", listed))
            )

    def test_unlisted_thing_decides_nothing(self) -> None:
        """What the list lacks is another claim."""
        assert evaluate(READ, with_listed_items(execute_on_honest_server(READ), "listed", [])) == [
            "inconclusive: the list does not hold what was made"
        ]

    def test_plan_of_switched(self) -> None:
        """A switched thing is read too, and looked for among the switched."""
        found = map_scenarios(READ)
        assert list(found) == ["plain", "all fields", "switched lent"]
        assert describe_steps(found["switched lent"]) == [
            "made: createBook",
            "switch: lendBook",
            "read: readBook",
            "listed: listBooks",
        ]
        assert found["switched lent"].steps[-1].call.arguments["lent"] == "true"

    def test_plan_of_two_switches(self) -> None:
        """A switch that the list has no filter for is passed over."""
        other = "{field: /other, on: lendBook, off: returnBook}"
        contract = build_toy_variant(
            ("switches: [{field: /lent,", (f"switches: [{other}, {{field: /lent,"))
        )
        assert list(map_scenarios(READ, contract)) == ["plain", "all fields", "switched lent"]


def test_trace_of_nothing_decides_nothing() -> None:
    """A trace without its steps decides no claim about life."""
    for claim in LIVING:
        assert get_outcomes(evaluate(claim, build_trace())) == ["inconclusive"], claim
        assert evaluate_in_exchange(claim, build_exchange("any", 200)) == []
