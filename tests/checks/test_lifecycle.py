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
    bent,
    books,
    cut,
    dropping,
    evidence,
    exchanged,
    holding,
    honest,
    moves,
    overheard,
    reason,
    said,
    scripts,
    setting_of,
    target,
    toy,
    trace,
    unfounded,
    variant,
    without,
    word,
)


def unread(pages: str) -> Contract:
    """Return a contract in which one thing cannot be read by itself, and the pages have another
    name.
    """
    return variant(
        ("operationId: readBook", "operationId: readBook\n      x-basis: client"),
        ("        pages: {type: integer", f"        {pages}: {{type: integer"),
    )


LISTED, FRESH, SAME = "createBook/listed", "createBook/distinct", "listBooks/equal"
BELONGS, ISOLATED, READ = "listBooks/belongs", "listBooks/isolated", "readBook/as-listed"


LIVING = sorted(claim.id for claim in toy().claims if claim.kind.startswith("lifecycle."))


@pytest.mark.parametrize("claim", [claim for claim in LIVING if reason(claim) is None])
def test_honest_server_holds(claim: str) -> None:
    """An honest server keeps every promise about the life of its things, in every script."""
    for label in scripts(claim):
        assert {"held"} == set(said(claim, honest(claim, label))), label


class TestListed:
    @pytest.mark.parametrize(
        ("times", "expected"),
        [
            (0, "broken: what was created is in the list 0 times"),
            (1, "held"),
            (2, "broken: what was created is in the list 2 times"),
        ],
    )
    def test_once(self, times: int, expected: str) -> None:
        """What was created is listed once: neither not at all nor twice."""
        found = honest(LISTED)
        last = found["item 8"].json
        others = [one for one in books(found, "listed") if one["id"] != last["id"]]
        assert [expected] == said(LISTED, holding(found, "listed", [*others, *[last] * times]))

    @pytest.mark.parametrize(
        ("item", "field"),
        [("item 0", "title"), ("item 9", "title"), ("item 0", "tags"), ("item 6", "tags")],
    )
    def test_other_value_in_the_list_breaks(self, item: str, field: str) -> None:
        """What is listed shows each field as it was sent; the message shows both."""
        found = honest(LISTED)
        sent, identity = found[item].call.body[field], found[item].json["id"]
        listed = [
            {**one, field: "other"} if one["id"] == identity else one
            for one in books(found, "listed")
        ]
        bad = holding(found, "listed", listed)
        assert [f"broken: {field} was sent as {sent!r} and is listed as 'other'"] == said(
            LISTED, bad
        )
        assert [(bad[item], bad["listed"])] == evidence(LISTED, bad)

    def test_items_in_the_wrong_place_break(self) -> None:
        """Each thing shows its own values, not those of another of ours."""
        found = honest(LISTED)
        one, two = found["item 0"].json, found["item 2"].json
        names = {one["id"]: two["title"], two["id"]: one["title"]}
        listed = [
            {**item, "title": names.get(item["id"], item["title"])}
            for item in books(found, "listed")
        ]
        assert said(LISTED, holding(found, "listed", listed)) == [
            "broken: title was sent as 'run-delta' and is listed as 'run-golf'"
        ]

    @pytest.mark.parametrize("strange", [None, ["x"], {}])
    def test_types_of_what_is_listed_count(self, strange: Json) -> None:
        """A value of another type is another value, null too."""
        found = honest(LISTED)
        listed = [
            {**one, "title": strange} if one["id"] == found["item 0"].json["id"] else one
            for one in books(found, "listed")
        ]
        assert [f"broken: title was sent as 'run-delta' and is listed as {strange!r}"] == said(
            LISTED, holding(found, "listed", listed)
        )

    def test_list_need_not_show_every_field(self) -> None:
        """A field that the list leaves out, or adds, is not compared."""
        found = honest(LISTED)
        assert said(
            LISTED, holding(found, "listed", [{"id": one["id"]} for one in books(found, "listed")])
        ) == ["held"]
        assert said(
            LISTED, holding(found, "listed", [{**one, "more": 1} for one in books(found, "listed")])
        ) == ["held"]

    @pytest.mark.parametrize("number", UPDATED_ITEMS)
    def test_what_was_changed_since_is_not_compared(self, number: int) -> None:
        """What was changed after its creation, or may have been, shows what it will; it is still
        listed once.
        """
        found = honest(LISTED)
        changed = [
            {**one, "title": "other"} if one["id"] == found[f"item {number}"].json["id"] else one
            for one in books(found, "listed")
        ]
        assert said(LISTED, holding(found, "listed", changed)) == ["held"]
        assert said(LISTED, holding(bent(found, f"touch {number}", 500), "listed", changed)) == [
            "held"
        ]
        unchanged = without(found, f"touch {number}")
        assert word(said(LISTED, holding(unchanged, "listed", changed))) == ["broken"]
        twice = holding(found, "listed", [*books(found, "listed"), found[f"item {number}"].json])
        assert said(LISTED, twice) == ["broken: what was created is in the list 2 times"]

    def test_open_field_in_the_list(self) -> None:
        """A field that the documents leave open for such a body is not compared, but for another
        body it is.
        """
        found = honest(LISTED)
        call = found["item 0"].call
        listed = [
            {**one, "note": "other"} if one["id"] == found["item 0"].json["id"] else one
            for one in books(found, "listed")
        ]
        for rare, expected in ((True, "held"), (False, "broken")):
            sent = replace(
                found["item 0"], call=replace(call, body={**call.body, "note": "a", "rare": rare})
            )
            shown = [
                {**one, "rare": rare} if one["id"] == found["item 0"].json["id"] else one
                for one in listed
            ]
            bad = holding(Trace(exchanges={**found.exchanges, "item 0": (sent,)}), "listed", shown)
            assert [expected] == word(said(LISTED, bad))

    def test_ids_in_the_list(self) -> None:
        """Ids of other things are a set; those of which nobody knows whether they exist are not
        compared.
        """
        found = honest(LISTED)
        call = found["item 0"].call
        sent = replace(
            found["item 0"], call=replace(call, body={**call.body, "authors": ["0101", "0202"]})
        )
        given = Trace(exchanges={**found.exchanges, "item 0": (sent,)})

        def listing(*ids: str) -> Trace:
            shown = [
                {**one, "authors": [*ids]} if one["id"] == found["item 0"].json["id"] else one
                for one in books(found, "listed")
            ]
            return holding(given, "listed", shown)

        assert said(LISTED, listing("0202", "0101")) == ["held"]
        assert said(LISTED, listing("0101")) == [
            "broken: authors was sent as ['0101', '0202'] and is listed as ['0101']"
        ]
        assert said(LISTED, unfounded(listing("0101"), "authors")) == ["held"]

    def test_plain_list(self) -> None:
        """The list as the page shows it holds something when something was created, whose ever it
        is.
        """
        assert said(LISTED, holding(honest(LISTED), "plain", [])) == [
            "broken: the plain list is empty although something was created"
        ]
        assert said(LISTED, holding(honest(LISTED), "plain", [{"id": "theirs"}])) == ["held"]
        assert word(said(LISTED, bent(honest(LISTED), "plain", 500))) == ["unreached"]

    def test_plan(self) -> None:
        """The catalog is looked for in the list as far as it is ours, and the list is asked for
        once as the page shows it.
        """
        script = scripts(LISTED)["listed"]
        assert moves(script) == ["listed: listBooks", "plain: listBooks"]
        assert [list(step.call.arguments) for step in script.steps] == [["field", "glob"], []]

    def test_failed_creation_decides_nothing(self) -> None:
        """A creation that failed, or gave no identity, is not looked for."""
        assert word(said(LISTED, bent(honest(LISTED), "item 4", 500))) == ["unreached"]
        assert word(said(LISTED, bent(honest(LISTED), "item 4", body={}))) == ["unreached"]

    @pytest.mark.parametrize("identity", [None, True, ["x"], {}])
    def test_identity_is_text_or_number(self, identity: Json) -> None:
        """What is no text or number is no identity."""
        assert word(said(LISTED, bent(honest(LISTED), "item 4", edit=setting_of(id=identity)))) == [
            "unreached"
        ]

    def test_cut_list_decides_nothing(self) -> None:
        """A list that was not read to its end is not judged."""
        assert word(said(LISTED, cut(honest(LISTED), "listed"))) == ["unreached"]


KEPT, ANSWERED = "createBook/body/pages/stored", "createBook/body/pages/answered"


class TestKept:
    def test_other_value_breaks(self) -> None:
        """Another value than was sent breaks the promise; the message shows both."""
        sent = honest(KEPT)["made"].call.body["pages"]
        found = bent(honest(KEPT), "read", edit=setting_of(pages=sent + 1))
        assert [f"broken: pages was sent as {sent} and reads back as {sent + 1}"] == said(
            KEPT, found
        )

    @pytest.mark.parametrize("strange", [None, "text", 1.5, True, []])
    def test_other_type_breaks(self, strange: Json) -> None:
        """A value of another type breaks the promise."""
        assert word(said(KEPT, bent(honest(KEPT), "read", edit=setting_of(pages=strange)))) == [
            "broken"
        ]

    def test_booleans_are_no_numbers(self) -> None:
        """0 is not false."""
        claim = "createBook/body/rare/stored"
        assert said(claim, bent(honest(claim), "read", edit=setting_of(rare=0))) == [
            "broken: rare was sent as False and reads back as 0"
        ]

    def test_nowhere_to_be_read_breaks(self) -> None:
        """A field that neither the creation nor the reading shows was not kept."""
        found = bent(
            bent(honest(KEPT), "read", edit=dropping("pages")), "made", edit=dropping("pages")
        )
        sent = honest(KEPT)["made"].call.body["pages"]
        assert [f"broken: pages was sent as {sent} and is nowhere to be read"] == said(KEPT, found)

    def test_shown_by_the_creation_alone_decides_nothing(self) -> None:
        """A field that only the creation shows may have been kept."""
        assert word(said(KEPT, bent(honest(KEPT), "read", edit=dropping("pages")))) == ["unreached"]

    def test_shown_by_the_reading_alone_holds(self) -> None:
        """The creation need not show the field."""
        assert said(KEPT, bent(honest(KEPT), "made", edit=dropping("pages"))) == ["held"]

    def test_ids_are_a_set(self) -> None:
        """The order of ids of other things is open; which they are, and how often, is not."""
        claim = "createBook/body/authors/stored"
        assert len(honest(claim)["made"].call.body["authors"]) == 2
        assert said(
            claim,
            bent(
                honest(claim), "read", edit=lambda item: {**item, "authors": item["authors"][::-1]}
            ),
        ) == ["held"]
        for change in (lambda ids: ids[:1], lambda ids: [*ids, "0909"], lambda ids: [*ids, ids[0]]):
            assert word(
                said(
                    claim,
                    bent(
                        honest(claim),
                        "read",
                        edit=lambda item, change=change: {
                            **item,
                            "authors": change(item["authors"]),
                        },
                    ),
                )
            ) == ["broken"]

    def test_open_field_decides_nothing(self) -> None:
        """Where the documents leave a field open, any value will do."""
        claim = "createBook/body/note/stored"
        found = honest(claim)
        call = found["made"].call
        rare = replace(found["made"], call=replace(call, body={**call.body, "rare": True}))
        opened = Trace(exchanges={**found.exchanges, "made": (rare,)})
        assert said(claim, bent(opened, "read", edit=setting_of(note="other"))) == [
            "unreached: for such a body the documents do not say what note holds"
        ]
        assert word(said(claim, bent(found, "read", edit=setting_of(note="other")))) == ["broken"]

    def test_made_up_ids_decide_nothing(self) -> None:
        """Ids that may not exist need not be kept; other fields need."""
        claim = "createBook/body/authors/stored"
        found = unfounded(bent(honest(claim), "read", edit=setting_of(authors=[])), "authors")
        assert said(claim, found) == [
            "unreached: the ids sent in authors may not exist there: give --fixture authors=ID"
        ]
        assert word(
            said(KEPT, unfounded(bent(honest(KEPT), "read", edit=setting_of(pages=0)), "authors"))
        ) == ["broken"]

    @pytest.mark.parametrize("step", ["made", "read"])
    def test_failed_step_decides_nothing(self, step: str) -> None:
        """A creation or a reading that failed decides nothing."""
        assert word(said(KEPT, bent(honest(KEPT), step, 500))) == ["unreached"]

    def test_item_that_is_no_object_decides_nothing(self) -> None:
        """A reading that is no object shows no field."""
        assert word(said(KEPT, bent(honest(KEPT), "read", body=[]))) == ["unreached"]

    def test_plan(self) -> None:
        """Each value is sent by itself and read back from the thing that was made."""
        for script in scripts(KEPT).values():
            assert moves(script) == ["made: createBook", "read: readBook"]
            assert {"book": EarlierResponseValue("made", "/id")} == script.steps[-1].call.arguments

    def test_one_script_for_kept_and_answered(self) -> None:
        """Keeping a field and answering it are tried by the same values, with another seed by
        others.
        """
        for name in ("pages", "title", "authors"):
            kept, answered = (
                scripts(f"createBook/body/{name}/{word}") for word in ("stored", "answered")
            )
            assert kept == answered, name
        assert scripts(KEPT) != scripts(KEPT, seed="other")

    def test_name_is_not_relied_on(self) -> None:
        """Where one thing cannot be read by itself, a kept name is looked for by identity, in the
        whole list, the newest first.
        """
        contract = unread("pages")
        title, pages, volume = (
            next(iter(scripts(f"createBook/body/{name}/stored", contract).values())).steps[-1]
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
        for script in scripts("createBook/body/title/stored").values():
            assert moves(script) == ["made: createBook", "read: readBook"]

    def test_more_examples(self) -> None:
        """A deeper run tries more values."""
        roomy = variant(("maxLength: 90", "maxLength: 255"))
        few, many = (
            len(scripts("createBook/body/title/stored", roomy, examples=number))
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
        first, *others = (scripts(f"createBook/body/{name}/stored", examples=0) for name in fields)
        assert [first] * 4 == others
        (script,) = first.values()
        assert (script.label, moves(script)) == (
            "all at once",
            ["made: createBook", "read: readBook"],
        )
        body = script.steps[0].call.body
        assert {"title", *fields} == set(body)
        assert body["title"] == MarkedText("{m}-made")

    @pytest.mark.parametrize(("name", "label"), [("title", "value 0"), ("sequel", "of ours")])
    def test_names_and_references_go_alone(self, name: str, label: str) -> None:
        """The mark, and ids of things of the same kind, are tried by themselves."""
        assert label in scripts(f"createBook/body/{name}/stored", examples=0)
        assert "all at once" not in scripts(f"createBook/body/{name}/stored", examples=0)

    def test_field_that_fits_no_common_body_goes_alone(self) -> None:
        """A field that cannot stand beside the others is tried by itself, or not at all."""
        condition = (
            "      if: {required: [rare], properties: {rare: {const: true}}}\n      then:"
            " {required: [authors], properties: {authors: {minItems: 1}}}\n"
        )
        contract = variant((condition, "      not: {required: [note, pages]}\n"))
        labels = {
            name: list(scripts(f"createBook/body/{name}/stored", contract, examples=0))
            for name in ("note", "pages", "tags")
        }
        assert (labels["note"], labels["tags"]) == (["all at once"], ["all at once"])
        assert labels["pages"][0] == "value 0"
        assert (
            reason(
                "createBook/body/rare/stored",
                variant(
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
        assert scripts("createBook/body/title/stored", examples=0)["value 0"].steps[0].call.body[
            "title"
        ] == MarkedText(AWKWARD_TEXT)

    def test_judged_by_field(self) -> None:
        """The one body is judged field by field."""
        script = scripts(KEPT, examples=0)["all at once"]
        found = TargetSession(toy(), target(Server()), mark="run").execute_scenario(script)
        bad = bent(found, "read", edit=setting_of(pages=0))
        assert (
            said(KEPT, found),
            word(said(KEPT, bad)),
            said("createBook/body/note/stored", bad),
        ) == (["held"], ["broken"], ["held"])


class TestAnswered:
    def test_other_value_breaks(self) -> None:
        """An answer that shows another value than was sent breaks the promise."""
        sent = honest(ANSWERED)["made"].call.body["pages"]
        found = said(ANSWERED, bent(honest(ANSWERED), "made", edit=setting_of(pages=sent + 1)))
        assert [f"broken: pages was sent as {sent} and is answered as {sent + 1}"] == found

    def test_silent_answer_decides_nothing(self) -> None:
        """An answer need not show the field."""
        assert word(said(ANSWERED, bent(honest(ANSWERED), "made", edit=dropping("pages")))) == [
            "unreached"
        ]

    def test_made_up_ids_decide_nothing(self) -> None:
        """Ids that may not exist need not be answered."""
        claim = "createBook/body/authors/answered"
        assert word(
            said(
                claim,
                unfounded(bent(honest(claim), "made", edit=setting_of(authors=[])), "authors"),
            )
        ) == ["unreached"]
        assert word(said(claim, bent(honest(claim), "made", edit=setting_of(authors=[])))) == [
            "broken"
        ]

    def test_failed_creation_decides_nothing(self) -> None:
        """A creation that failed answers nothing."""
        assert word(said(ANSWERED, bent(honest(ANSWERED), "made", 500))) == ["unreached"]


class TestFresh:
    def test_one_identity_twice_breaks(self) -> None:
        """Two creations with one identity break the promise."""
        one = honest(FRESH)["one"].json["id"]
        assert [f"broken: two creations were both answered with {one!r}"] == said(
            FRESH, bent(honest(FRESH), "two", edit=setting_of(id=one))
        )

    @pytest.mark.parametrize("step", ["one", "two"])
    def test_failed_creation_decides_nothing(self, step: str) -> None:
        """A refused creation is not a second thing: duplicate names may be refused."""
        assert word(said(FRESH, bent(honest(FRESH), step, 409))) == ["unreached"]

    def test_plan(self) -> None:
        """Two things are made, under two names and under one."""
        names = {
            label: [step.call.body["title"].text for step in script.steps]
            for label, script in scripts(FRESH).items()
        }
        assert names == {"two": ["{m}-one", "{m}-two"], "two of one name": ["{m}-twin", "{m}-twin"]}


class TestAgrees:
    def test_two_values_break(self) -> None:
        """Pointers that hold different values in the list break the promise."""
        found = bent(
            honest(SAME),
            "listed",
            edit=lambda answer: {**answer, "books": [*answer["books"], {"id": "1", "bookId": "2"}]},
        )
        assert said(SAME, found)[-1] == "broken: /id and /bookId hold ['1', '2']"
        assert evidence(SAME, found)[-1] == (found["listed"],)

    @pytest.mark.parametrize("step", ["item 0", "item 9", "touch 5"])
    def test_two_values_in_an_answer_break(self, step: str) -> None:
        """So do those in what a creation or a change answers, with that answer as the evidence."""
        found = bent(honest(SAME), step, edit=setting_of(id="1", bookId="2"))
        assert said(SAME, found)[-1] == "broken: /id and /bookId hold ['1', '2']"
        assert evidence(SAME, found)[-1] == (found[step],)

    def test_each_answer_and_each_item_is_heard(self) -> None:
        """Ten creations, three changes and ten items are as many occasions."""
        assert said(SAME, honest(SAME)) == ["held"] * 23
        expected = [
            *(f"item {number}" for number in range(10)),
            *(f"touch {number}" for number in UPDATED_ITEMS),
            *["listed"] * 10,
        ]
        assert expected == [one.step for (one,) in evidence(SAME, honest(SAME))]

    @pytest.mark.parametrize("step", ["item 3", "touch 1"])
    def test_failed_answers_are_left_alone(self, step: str) -> None:
        """An answer that is no success, or no object, shows nothing of a thing."""
        assert (
            said(SAME, bent(honest(SAME), step, 409, body={"id": "1", "bookId": "2"}))
            == ["held"] * 22
        )
        assert said(SAME, bent(honest(SAME), step, body=["1"])) == ["held"] * 22
        assert said(SAME, bent(honest(SAME), step, body=b"")) == ["held"] * 22

    def test_silent_items_are_left_alone(self) -> None:
        """An item, or an answer, that shows only one of them says nothing."""
        assert (
            said(SAME, holding(honest(SAME), "listed", [{"id": "1"}, {"bookId": "1"}]))
            == ["held"] * 13
        )
        assert (
            said(SAME, holding(honest(SAME), "listed", [{"id": "1"}, {"id": "1", "bookId": "1"}]))
            == ["held"] * 14
        )
        assert said(SAME, bent(honest(SAME), "item 0", edit=dropping("bookId"))) == ["held"] * 22

    def test_types_count(self) -> None:
        """1 and true are different values."""
        assert (
            said(SAME, holding(honest(SAME), "listed", [{"id": 1, "bookId": True}]))[-1]
            == "broken: /id and /bookId hold [1, True]"
        )

    def test_cut_list_decides_nothing(self) -> None:
        """A list that was not read to its end is not judged."""
        assert word(said(SAME, cut(honest(SAME), "listed"))) == ["unreached"]

    def test_answers_of_means_break_nothing(self) -> None:
        """What an operation answers that is a means and no promise need not agree."""
        contract = variant(
            ("operationId: changeBook", "operationId: changeBook\n      x-basis: client")
        )
        found = bent(honest(SAME), "touch 5", edit=setting_of(bookId=None))
        assert word(said(SAME, found))[-1] == "broken"
        assert "broken" not in word(said(SAME, found, contract))
        assert (
            word(said(SAME, bent(honest(SAME), "item 0", edit=setting_of(bookId=None)), contract))[
                -1
            ]
            == "broken"
        )


PLAINLY, BY_QUERY = "isolated", "isolated by query"


class TestBelongs:
    def test_stranger_breaks(self) -> None:
        """An item of another parent breaks the promise."""
        found = holding(honest(BELONGS), "listed", [{"shelf": "aaaaaa"}, {"shelf": "cccccc"}])
        assert said(BELONGS, found) == [
            "held",
            "broken: the list of shelf aaaaaa holds an item of cccccc",
        ]

    @pytest.mark.parametrize("step", ["item 0", "item 9", "touch 3"])
    def test_answer_about_a_stranger_breaks(self, step: str) -> None:
        """An answer to a creation or a change that names another parent breaks the promise,
        whatever the list says.
        """
        found = bent(honest(BELONGS), step, edit=setting_of(shelf="cccccc"))
        assert said(BELONGS, found) == [
            "broken: the answer about an item of shelf aaaaaa names cccccc"
        ]
        assert evidence(BELONGS, found) == [(found[step],)]

    @pytest.mark.parametrize("step", ["item 0", "touch 3"])
    def test_answers_that_say_nothing_are_left_alone(self, step: str) -> None:
        """An answer that names no parent, the same one in capitals, or that is no success, breaks
        nothing.
        """
        for answer in (
            bent(honest(BELONGS), step, edit=dropping("shelf")),
            bent(honest(BELONGS), step, edit=setting_of(shelf="AAAAAA")),
        ):
            assert said(BELONGS, answer) == ["held"] * 10
        assert (
            said(BELONGS, bent(honest(BELONGS), step, 409, body={"shelf": "cccccc"}))
            == ["held"] * 10
        )
        assert said(BELONGS, bent(honest(BELONGS), step, body=b"")) == ["held"] * 10

    def test_answers_alone_hold_nothing(self) -> None:
        """The promise is of what the list holds: answers break it but do not keep it."""
        assert said(BELONGS, holding(honest(BELONGS), "listed", [{"id": "1"}])) == []

    def test_letters_do_not_matter(self) -> None:
        """An id in capitals is the same id; an item that names no parent is left alone."""
        assert said(BELONGS, holding(honest(BELONGS), "listed", [{"shelf": "AAAAAA"}, {}])) == [
            "held"
        ]

    def test_other_parent_is_asked_too(self) -> None:
        """The list of another parent holds its own items, and its creations name it."""
        found = honest(BELONGS, "of another")
        assert [one["shelf"] for one in books(found, "listed")] == ["bbbbbb"]
        assert said(BELONGS, holding(found, "listed", [{"shelf": "aaaaaa"}])) == [
            "broken: the list of shelf bbbbbb holds an item of aaaaaa"
        ]
        named = bent(found, "there", edit=setting_of(shelf="aaaaaa"))
        assert said(BELONGS, named) == [
            "broken: the answer about an item of shelf bbbbbb names aaaaaa"
        ]

    def test_answers_of_means_break_nothing(self) -> None:
        """What an operation answers that is a means and no promise breaks nothing; nor does an
        answer that names no parent.
        """
        contract = variant(
            ("operationId: changeBook", "operationId: changeBook\n      x-basis: client")
        )
        assert word(
            said(BELONGS, bent(honest(BELONGS), "touch 5", edit=setting_of(shelf="cccccc")))
        ) == ["broken"]
        for step, value in (
            ("touch 5", "cccccc"),
            ("touch 5", None),
            ("item 0", None),
            ("item 0", ["cccccc"]),
        ):
            assert (
                said(BELONGS, bent(honest(BELONGS), step, edit=setting_of(shelf=value)), contract)
                == ["held"] * 10
            )
        assert word(
            said(
                BELONGS, bent(honest(BELONGS), "item 0", edit=setting_of(shelf="cccccc")), contract
            )
        ) == ["broken"]

    @pytest.mark.parametrize("place", ["here", "there"])
    @pytest.mark.parametrize(
        ("label", "look"), [(PLAINLY, "list {}"), (PLAINLY, "plain {}"), (BY_QUERY, "list {}")]
    )
    def test_isolation(self, place: str, label: str, look: str) -> None:
        """What is in one parent is in no list of another: filtered, by query or plain."""
        step, stranger = look.format(place), "there" if place == "here" else "here"
        found = honest(ISOLATED, label)
        assert said(ISOLATED, found) == ["held"]
        mixed = holding(found, step, [found["here"].json, found["there"].json])
        assert said(ISOLATED, mixed) == ["broken: an item of another shelf is listed"]
        assert [(mixed[stranger], mixed[step])] == evidence(ISOLATED, mixed)
        assert said(ISOLATED, holding(found, step, [found[place].json])) == ["held"]

    @pytest.mark.parametrize(
        ("label", "step"),
        [(PLAINLY, "list here"), (PLAINLY, "list there"), (BY_QUERY, "list there")],
    )
    def test_cut_list_decides_nothing(self, label: str, step: str) -> None:
        """A list that was not read to its end is not judged."""
        assert word(said(ISOLATED, cut(honest(ISOLATED, label), step))) == ["unreached"]

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
            assert said(ISOLATED, without(honest(ISOLATED, label), step, "no more requests")) == [
                "unreached: no more requests"
            ]

    @pytest.mark.parametrize("label", [PLAINLY, BY_QUERY])
    def test_second_parent_that_was_not_given(self, label: str) -> None:
        """Without a second parent, nothing is judged."""
        assert said(ISOLATED, without(honest(ISOLATED, label), "there", "give --fixture")) == [
            "unreached: give --fixture"
        ]

    def test_refused_query_hides_nothing(self) -> None:
        """Where queries are refused, what the plain lists show still counts, for and against: they
        are looked at by a script of their own.
        """
        assert word(said(ISOLATED, bent(honest(ISOLATED, BY_QUERY), "list here", 400))) == [
            "unreached"
        ]
        found = honest(ISOLATED, PLAINLY)
        assert said(ISOLATED, found) == ["held"]
        assert said(ISOLATED, holding(found, "plain there", [found["here"].json])) == [
            "broken: an item of another shelf is listed"
        ]

    def test_plan(self) -> None:
        """One thing is made in each of two parents, and both lists are read: by pattern and
        plainly, and in another script by query.
        """
        found = scripts(ISOLATED)
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
            ] == moves(script)
            assert looks == {
                move.name: {
                    name: value for name, value in move.call.arguments.items() if name != "shelf"
                }
                for move in script.steps[2:]
            }

    def test_plan_without_queries(self) -> None:
        """Where no query tells ours apart, the lists are read by pattern and plainly."""
        found = scripts(ISOLATED, variant(("$startsWith: [title]", "$startsWith: [id]")))
        assert {PLAINLY: scripts(ISOLATED)[PLAINLY]} == found


class TestRead:
    def test_refused_reading_breaks(self) -> None:
        """What was created can be read."""
        assert said(READ, bent(honest(READ), "read", 404))[0].startswith(
            "broken: what was created cannot be read: GET"
        )
        assert word(said(READ, bent(honest(READ), "read", 500))) == ["unreached"]

    @pytest.mark.parametrize("body", [{"id": "other"}, {}, [], None])
    def test_something_else_breaks(self, body: Json) -> None:
        """Reading one thing gives that thing."""
        identity = honest(READ)["made"].json["id"]
        assert [f"broken: reading {identity!r} gives something else"] == said(
            READ, bent(honest(READ), "read", body=body)
        )

    def test_difference_breaks(self) -> None:
        """A field that the list shows otherwise breaks the promise."""
        found = bent(honest(READ), "read", edit=setting_of(title="other"))
        title = honest(READ)["made"].json["title"]
        assert [f"broken: title reads 'other' by itself and {title!r} in the list"] == said(
            READ, found
        )

    def test_booleans_are_no_numbers(self) -> None:
        """false in one and 0 in the other are different."""
        assert word(said(READ, bent(honest(READ), "read", edit=setting_of(lent=0)))) == ["broken"]

    def test_fields_of_one_alone_do_not_matter(self) -> None:
        """Only what both show is compared."""
        assert said(
            READ,
            bent(honest(READ), "read", edit=lambda item: {**dropping("title")(item), "more": 1}),
        ) == ["held"]

    def test_open_field_does_not_matter(self) -> None:
        """A field that the documents leave open may differ, but only then."""
        rare = bent(honest(READ), "read", edit=setting_of(rare=True, note="a"))
        plain = bent(honest(READ), "read", edit=setting_of(rare=False, note="a"))
        for found, expected in ((rare, "held"), (plain, "broken")):
            listed = [{**one, "note": "b"} for one in books(found, "listed")]
            assert [expected] == word(said(READ, holding(found, "listed", listed)))

    def test_unlisted_thing_decides_nothing(self) -> None:
        """What the list lacks is another claim."""
        assert said(READ, holding(honest(READ), "listed", [])) == [
            "unreached: the list does not hold what was made"
        ]

    def test_plan_of_switched(self) -> None:
        """A switched thing is read too, and looked for among the switched."""
        found = scripts(READ)
        assert list(found) == ["plain", "all fields", "switched lent"]
        assert moves(found["switched lent"]) == [
            "made: createBook",
            "switch: lendBook",
            "read: readBook",
            "listed: listBooks",
        ]
        assert found["switched lent"].steps[-1].call.arguments["lent"] == "true"

    def test_plan_of_two_switches(self) -> None:
        """A switch that the list has no filter for is passed over."""
        other = "{field: /other, on: lendBook, off: returnBook}"
        contract = variant(("switches: [{field: /lent,", f"switches: [{other}, {{field: /lent,"))
        assert list(scripts(READ, contract)) == ["plain", "all fields", "switched lent"]


def test_trace_of_nothing_decides_nothing() -> None:
    """A trace without its steps decides no claim about life."""
    for claim in LIVING:
        assert word(said(claim, trace())) == ["unreached"], claim
        assert overheard(claim, exchanged("any", 200)) == []
