"""Judging the life of things: made, listed, kept, read, replaced, switched, deleted; and nothing else touched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from conformance.checks.call import Marked, Other, Ref
from conformance.checks.exchange import Trace
from conformance.checks.item import equal, full
from conformance.checks.script import Walk
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.suite.session import Session

from .toy import (
    Server,
    bent,
    books,
    cut,
    exchanged,
    holding,
    honest,
    moves,
    overheard,
    reason,
    said,
    scripts,
    setting,
    silent,
    target,
    toy,
    trace,
    variant,
    without,
)


def unread(pages: str) -> Contract:
    """Return a contract in which one thing cannot be read by itself, and the pages have another name."""
    return variant(
        ("operationId: readBook", "operationId: readBook\n      x-basis: client"), ("        pages: {type: integer", f"        {pages}: {{type: integer")
    )


LISTED, FRESH, SAME = "createBook/listed", "createBook/fresh", "listBooks/same"
BELONGS, ISOLATED, READ = "listBooks/belongs", "listBooks/isolated", "readBook/as-listed"
GONE = "deleteBook/gone"


def word(found: list[str]) -> list[str]:
    """Return the words of observations."""
    return [one.partition(":")[0] for one in found]


def setting_of(**fields: Json) -> Callable[[Json], Json]:
    """Return how to set fields of an answer."""
    return lambda answer: {**answer, **fields}


def dropping(*names: str) -> Callable[[Json], Json]:
    """Return how to drop fields of an answer."""
    return lambda answer: {name: value for name, value in answer.items() if name not in names}


def unfounded(found: Trace, *names: str) -> Trace:
    """Return the trace as if a target had not given some fixtures."""
    return replace(found, unfounded=frozenset(names))


LIVING = sorted(claim.id for claim in toy().claims if claim.kind.startswith("living."))


@pytest.mark.parametrize("claim", [claim for claim in LIVING if reason(claim) is None])
def test_honest_server_holds(claim: str) -> None:
    """An honest server keeps every promise about the life of its things, in every script."""
    for label in scripts(claim):
        assert {"held"} == set(said(claim, honest(claim, label))), label


class TestListed:
    @pytest.mark.parametrize(
        ("times", "expected"), [(0, "broken: what was created is in the list 0 times"), (1, "held"), (2, "broken: what was created is in the list 2 times")]
    )
    def test_once(self, times: int, expected: str) -> None:
        """What was created is listed once: neither not at all nor twice."""
        found = honest(LISTED)
        last = found["item 8"].json
        others = [one for one in books(found, "listed") if one["id"] != last["id"]]
        assert [expected] == said(LISTED, holding(found, "listed", [*others, *[last] * times]))

    def test_plain_list(self) -> None:
        """The list as the page shows it holds something when something was created, whose ever it is."""
        assert said(LISTED, holding(honest(LISTED), "plain", [])) == ["broken: the plain list is empty although something was created"]
        assert said(LISTED, holding(honest(LISTED), "plain", [{"id": "theirs"}])) == ["held"]
        assert word(said(LISTED, bent(honest(LISTED), "plain", 500))) == ["unreached"]

    def test_plan(self) -> None:
        """The catalogue is looked for in the list as far as it is ours, and the list is asked for once as the page shows it."""
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
        assert word(said(LISTED, bent(honest(LISTED), "item 4", edit=setting_of(id=identity)))) == ["unreached"]

    def test_cut_list_decides_nothing(self) -> None:
        """A list that was not read to its end is not judged."""
        assert word(said(LISTED, cut(honest(LISTED), "listed"))) == ["unreached"]


KEPT, ANSWERED = "createBook/body/pages/kept", "createBook/body/pages/answered"


class TestKept:
    def test_other_value_breaks(self) -> None:
        """Another value than was sent breaks the promise; the message shows both."""
        sent = honest(KEPT)["made"].call.body["pages"]
        found = bent(honest(KEPT), "read", edit=setting_of(pages=sent + 1))
        assert [f"broken: pages was sent as {sent} and reads back as {sent + 1}"] == said(KEPT, found)

    @pytest.mark.parametrize("strange", [None, "text", 1.5, True, []])
    def test_other_type_breaks(self, strange: Json) -> None:
        """A value of another type breaks the promise."""
        assert word(said(KEPT, bent(honest(KEPT), "read", edit=setting_of(pages=strange)))) == ["broken"]

    def test_booleans_are_no_numbers(self) -> None:
        """0 is not false."""
        claim = "createBook/body/rare/kept"
        assert said(claim, bent(honest(claim), "read", edit=setting_of(rare=0))) == ["broken: rare was sent as False and reads back as 0"]

    def test_nowhere_to_be_read_breaks(self) -> None:
        """A field that neither the creation nor the reading shows was not kept."""
        found = bent(bent(honest(KEPT), "read", edit=dropping("pages")), "made", edit=dropping("pages"))
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
        claim = "createBook/body/authors/kept"
        assert len(honest(claim)["made"].call.body["authors"]) == 2
        assert said(claim, bent(honest(claim), "read", edit=lambda item: {**item, "authors": item["authors"][::-1]})) == ["held"]
        for change in (lambda ids: ids[:1], lambda ids: [*ids, "0909"], lambda ids: [*ids, ids[0]]):
            assert word(said(claim, bent(honest(claim), "read", edit=lambda item, change=change: {**item, "authors": change(item["authors"])}))) == ["broken"]

    @pytest.mark.parametrize(("pointer", "expected"), [("/authors", True), ("/author", False), ("/sequels", False), ("/ids", False), ("", False)])
    def test_order_of_other_lists_counts(self, pointer: str, expected: bool) -> None:
        """Of lists that hold no ids of other things, the order is kept."""
        assert equal(setting(KEPT), pointer, ["a", "b"], ["b", "a"]) is expected
        assert equal(setting(KEPT), pointer, ["a", "b"], ["a", "b"])
        assert not equal(setting(KEPT), pointer, ["a", "b"], ["a"])

    def test_open_field_decides_nothing(self) -> None:
        """Where the documents leave a field open, any value will do."""
        claim = "createBook/body/note/kept"
        found = honest(claim)
        call = found["made"].call
        rare = replace(found["made"], call=replace(call, body={**call.body, "rare": True}))
        opened = Trace(exchanges={**found.exchanges, "made": (rare,)})
        assert said(claim, bent(opened, "read", edit=setting_of(note="other"))) == ["unreached: for such a body the documents do not say what note holds"]
        assert word(said(claim, bent(found, "read", edit=setting_of(note="other")))) == ["broken"]

    def test_made_up_ids_decide_nothing(self) -> None:
        """Ids that may not exist need not be kept; other fields need."""
        claim = "createBook/body/authors/kept"
        found = unfounded(bent(honest(claim), "read", edit=setting_of(authors=[])), "authors")
        assert said(claim, found) == ["unreached: the ids sent in authors may not exist there: give --fixture authors=ID"]
        assert word(said(KEPT, unfounded(bent(honest(KEPT), "read", edit=setting_of(pages=0)), "authors"))) == ["broken"]

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
            assert {"book": Ref("made", "/id")} == script.steps[-1].call.arguments

    def test_one_script_for_kept_and_answered(self) -> None:
        """Keeping a field and answering it are tried by the same values, with another seed by others."""
        for name in ("pages", "title", "authors"):
            kept, answered = (scripts(f"createBook/body/{name}/{word}") for word in ("kept", "answered"))
            assert kept == answered, name
        assert scripts(KEPT) != scripts(KEPT, seed="other")

    def test_name_is_not_relied_on(self) -> None:
        """Where one thing cannot be read by itself, a kept name is looked for by identity, in the whole list, the newest first."""
        contract = unread("pages")
        title, pages, volume = (
            next(iter(scripts(f"createBook/body/{name}/kept", contract).values())).steps[-1]
            for name, contract in (("title", contract), ("pages", contract), ("volume", unread("volume")))
        )
        assert isinstance(title, Walk)
        assert ({"sort": "created", "way": "down"}, Ref("made", "/id")) == (title.call.arguments, title.until)
        for other in (pages, volume):
            assert isinstance(other, Walk)
            assert (["field", "glob"], None) == (list(other.call.arguments), other.until)

    def test_name_of_what_can_be_read(self) -> None:
        """Where one thing can be read by itself, so is a kept name."""
        for script in scripts("createBook/body/title/kept").values():
            assert moves(script) == ["made: createBook", "read: readBook"]

    def test_more_examples(self) -> None:
        """A deeper run tries more values."""
        roomy = variant(("maxLength: 90", "maxLength: 255"))
        few, many = (len(scripts("createBook/body/title/kept", roomy, examples=number)) for number in (0, 4))
        assert many - few == 4


class TestAllAtOnce:
    """Without drawn examples, the fields that refer to nothing are kept together, in one body."""

    def test_one_body_for_all(self) -> None:
        """Each such field has the same script, whose body holds them all and the mark."""
        fields = ("note", "pages", "rare", "tags")
        (first, *others) = (scripts(f"createBook/body/{name}/kept", examples=0) for name in fields)
        assert [first] * 3 == others
        (script,) = first.values()
        assert (script.label, moves(script)) == ("all at once", ["made: createBook", "read: readBook"])
        body = script.steps[0].call.body
        assert {"title", *fields} == set(body)
        assert body["title"] == Marked("{m}-made")

    @pytest.mark.parametrize(("name", "label"), [("title", "value 0"), ("authors", "value 0"), ("sequel", "of ours")])
    def test_names_and_references_go_alone(self, name: str, label: str) -> None:
        """The mark, and ids of other things, are tried by themselves."""
        assert label in scripts(f"createBook/body/{name}/kept", examples=0)
        assert "all at once" not in scripts(f"createBook/body/{name}/kept", examples=0)

    def test_field_that_fits_no_common_body_goes_alone(self) -> None:
        """A field that cannot stand beside the others is tried by itself, or not at all."""
        condition = "      if: {required: [rare], properties: {rare: {const: true}}}\n      then: {required: [authors], properties: {authors: {minItems: 1}}}\n"
        contract = variant((condition, "      not: {required: [note, pages]}\n"))
        labels = {name: list(scripts(f"createBook/body/{name}/kept", contract, examples=0)) for name in ("note", "pages", "tags")}
        assert (labels["note"], labels["tags"]) == (["all at once"], ["all at once"])
        assert labels["pages"][0] == "value 0"
        assert reason("createBook/body/rare/kept", variant(("        rare: {type: boolean, x-refused: [type]}", "        rare: {const: true}"))) is not None

    def test_value_that_does_not_fit_is_left_out(self) -> None:
        """A value that makes the body invalid is passed over for the next, or for none."""
        where = setting(KEPT, variant(("        rare: {type: boolean, x-refused: [type]}", "        rare: {enum: [true, false], examples: [true, false]}")))
        assert full(where, where.bodies())["rare"] is False
        where = setting(KEPT, variant(("        rare: {type: boolean, x-refused: [type]}", "        rare: {const: true}")))
        assert "rare" not in full(where, where.bodies())

    def test_judged_by_field(self) -> None:
        """The one body is judged field by field."""
        script = scripts(KEPT, examples=0)["all at once"]
        found = Session(toy(), target(Server()), mark="run").play(script)
        bad = bent(found, "read", edit=setting_of(pages=0))
        assert (said(KEPT, found), word(said(KEPT, bad)), said("createBook/body/note/kept", bad)) == (["held"], ["broken"], ["held"])


class TestAnswered:
    def test_other_value_breaks(self) -> None:
        """An answer that shows another value than was sent breaks the promise."""
        sent = honest(ANSWERED)["made"].call.body["pages"]
        found = said(ANSWERED, bent(honest(ANSWERED), "made", edit=setting_of(pages=sent + 1)))
        assert [f"broken: pages was sent as {sent} and is answered as {sent + 1}"] == found

    def test_silent_answer_decides_nothing(self) -> None:
        """An answer need not show the field."""
        assert word(said(ANSWERED, bent(honest(ANSWERED), "made", edit=dropping("pages")))) == ["unreached"]

    def test_made_up_ids_decide_nothing(self) -> None:
        """Ids that may not exist need not be answered."""
        claim = "createBook/body/authors/answered"
        assert word(said(claim, unfounded(bent(honest(claim), "made", edit=setting_of(authors=[])), "authors"))) == ["unreached"]
        assert word(said(claim, bent(honest(claim), "made", edit=setting_of(authors=[])))) == ["broken"]

    def test_failed_creation_decides_nothing(self) -> None:
        """A creation that failed answers nothing."""
        assert word(said(ANSWERED, bent(honest(ANSWERED), "made", 500))) == ["unreached"]


class TestFresh:
    def test_one_identity_twice_breaks(self) -> None:
        """Two creations with one identity break the promise."""
        one = honest(FRESH)["one"].json["id"]
        assert [f"broken: two creations were both answered with {one!r}"] == said(FRESH, bent(honest(FRESH), "two", edit=setting_of(id=one)))

    @pytest.mark.parametrize("step", ["one", "two"])
    def test_failed_creation_decides_nothing(self, step: str) -> None:
        """A refused creation is not a second thing: duplicate names may be refused."""
        assert word(said(FRESH, bent(honest(FRESH), step, 409))) == ["unreached"]

    def test_plan(self) -> None:
        """Two things are made, under two names and under one."""
        names = {label: [step.call.body["title"].text for step in script.steps] for label, script in scripts(FRESH).items()}
        assert names == {"two": ["{m}-one", "{m}-two"], "two of one name": ["{m}-twin", "{m}-twin"]}


class TestAgrees:
    def test_two_values_break(self) -> None:
        """Pointers that hold different values break the promise."""
        found = bent(honest(SAME), "listed", edit=lambda answer: {**answer, "books": [*answer["books"], {"id": "1", "bookId": "2"}]})
        assert said(SAME, found)[-1] == "broken: /id and /bookId hold ['1', '2']"

    def test_silent_items_are_left_alone(self) -> None:
        """An item that shows only one of them says nothing."""
        assert said(SAME, holding(honest(SAME), "listed", [{"id": "1"}, {"bookId": "1"}])) == []
        assert said(SAME, holding(honest(SAME), "listed", [{"id": "1"}, {"id": "1", "bookId": "1"}])) == ["held"]

    def test_types_count(self) -> None:
        """1 and true are different values."""
        assert word(said(SAME, holding(honest(SAME), "listed", [{"id": 1, "bookId": True}]))) == ["broken"]


class TestBelongs:
    def test_stranger_breaks(self) -> None:
        """An item of another parent breaks the promise."""
        found = holding(honest(BELONGS), "listed", [{"shelf": "aaaaaa"}, {"shelf": "cccccc"}])
        assert said(BELONGS, found) == ["held", "broken: the list of shelf aaaaaa holds an item of cccccc"]

    def test_letters_do_not_matter(self) -> None:
        """An id in capitals is the same id; an item that names no parent is left alone."""
        assert said(BELONGS, holding(honest(BELONGS), "listed", [{"shelf": "AAAAAA"}, {}])) == ["held"]

    def test_other_parent_is_asked_too(self) -> None:
        """The list of another parent holds its own items."""
        found = honest(BELONGS, "of another")
        assert [one["shelf"] for one in books(found, "listed")] == ["bbbbbb"]
        assert said(BELONGS, holding(found, "listed", [{"shelf": "aaaaaa"}])) == ["broken: the list of shelf bbbbbb holds an item of aaaaaa"]

    @pytest.mark.parametrize(("step", "stranger"), [("list here", "there"), ("list there", "here"), ("plain here", "there"), ("plain there", "here")])
    def test_isolation(self, step: str, stranger: str) -> None:
        """What is in one parent is in no list of another, filtered or plain."""
        found = honest(ISOLATED)
        assert said(ISOLATED, found) == ["held"]
        mixed = holding(found, step, [found["here"].json, found["there"].json])
        assert said(ISOLATED, mixed) == ["broken: an item of another shelf is listed"]
        assert said(ISOLATED, holding(found, step, [found["here" if stranger == "there" else "there"].json])) == ["held"]

    def test_second_parent_that_was_not_given(self) -> None:
        """Without a second parent, nothing is judged."""
        assert said(ISOLATED, without(honest(ISOLATED), "there", "give --fixture")) == ["unreached: give --fixture"]

    def test_plan(self) -> None:
        """One thing is made in each of two parents, and both lists are read."""
        script = scripts(ISOLATED)["isolated"]
        parents = {move.name: move.call.arguments.get("shelf") for move in script.steps}
        assert {name: Other("shelf") if "there" in name else None for name in parents} == parents
        expected = ["here: createBook", "there: createBook", "list here: listBooks", "list there: listBooks", "plain here: listBooks", "plain there: listBooks"]
        assert expected == moves(script)


class TestRead:
    def test_refused_reading_breaks(self) -> None:
        """What was created can be read."""
        assert said(READ, bent(honest(READ), "read", 404))[0].startswith("broken: what was created cannot be read: GET")
        assert word(said(READ, bent(honest(READ), "read", 500))) == ["unreached"]

    @pytest.mark.parametrize("body", [{"id": "other"}, {}, [], None])
    def test_something_else_breaks(self, body: Json) -> None:
        """Reading one thing gives that thing."""
        identity = honest(READ)["made"].json["id"]
        assert [f"broken: reading {identity!r} gives something else"] == said(READ, bent(honest(READ), "read", body=body))

    def test_difference_breaks(self) -> None:
        """A field that the list shows otherwise breaks the promise."""
        found = bent(honest(READ), "read", edit=setting_of(title="other"))
        title = honest(READ)["made"].json["title"]
        assert [f"broken: title reads 'other' by itself and {title!r} in the list"] == said(READ, found)

    def test_booleans_are_no_numbers(self) -> None:
        """false in one and 0 in the other are different."""
        assert word(said(READ, bent(honest(READ), "read", edit=setting_of(lent=0)))) == ["broken"]

    def test_fields_of_one_alone_do_not_matter(self) -> None:
        """Only what both show is compared."""
        assert said(READ, bent(honest(READ), "read", edit=lambda item: {**dropping("title")(item), "more": 1})) == ["held"]

    def test_open_field_does_not_matter(self) -> None:
        """A field that the documents leave open may differ, but only then."""
        rare = bent(honest(READ), "read", edit=setting_of(rare=True, note="a"))
        plain = bent(honest(READ), "read", edit=setting_of(rare=False, note="a"))
        for found, expected in ((rare, "held"), (plain, "broken")):
            listed = [{**one, "note": "b"} for one in books(found, "listed")]
            assert [expected] == word(said(READ, holding(found, "listed", listed)))

    def test_unlisted_thing_decides_nothing(self) -> None:
        """What the list lacks is another claim."""
        assert said(READ, holding(honest(READ), "listed", [])) == ["unreached: the list does not hold what was made"]

    def test_plan_of_switched(self) -> None:
        """A switched thing is read too, and looked for among the switched."""
        found = scripts(READ)
        assert list(found) == ["plain", "switched lent"]
        assert moves(found["switched lent"]) == ["made: createBook", "switch: lendBook", "read: readBook", "listed: listBooks"]
        assert found["switched lent"].steps[-1].call.arguments["lent"] == "true"

    def test_plan_of_two_switches(self) -> None:
        """A switch that the list has no filter for is passed over."""
        other = "{field: /other, on: lendBook, off: returnBook}"
        contract = variant(("switches: [{field: /lent,", f"switches: [{other}, {{field: /lent,"))
        assert list(scripts(READ, contract)) == ["plain", "switched lent"]


REPLACED = "replaceBook/body/pages/replaced"


class TestReplaced:
    def test_other_value_breaks(self) -> None:
        """Another value than the update sent breaks the promise."""
        found = honest(REPLACED)
        before, after = found["made"].call.body["pages"], found["update"].call.body["pages"]
        assert before != after
        assert [f"broken: pages was updated to {after} and reads back as {before}"] == said(REPLACED, bent(found, "read", edit=setting_of(pages=before)))

    def test_silent_reading_decides_nothing(self) -> None:
        """A reading that does not show the field decides nothing."""
        assert word(said(REPLACED, bent(honest(REPLACED), "read", edit=dropping("pages")))) == ["unreached"]

    @pytest.mark.parametrize("step", ["made", "update", "read"])
    def test_failed_step_decides_nothing(self, step: str) -> None:
        """Each step is needed."""
        assert word(said(REPLACED, bent(honest(REPLACED), step, 500))) == ["unreached"]

    def test_made_up_ids_decide_nothing(self) -> None:
        """Ids that may not exist need not be taken over."""
        claim = "changeBook/body/authors/changed"
        claim = claim if reason(claim) is None else "replaceBook/body/authors/replaced"
        found = bent(honest(claim), "read", edit=setting_of(authors=["9"]))
        assert word(said(claim, found)) == ["broken"]
        assert word(said(claim, unfounded(found, "authors"))) == ["unreached"]

    def test_each_value_is_tried(self) -> None:
        """Every value has its script, the first too; one that fits no body is passed over for the next."""
        assert list(scripts(REPLACED)) == ["value 0", "value 1", "value 2"]
        contract = variant(("pages: {type: integer, minimum: 2, maximum: 999,", "pages: {type: integer, minimum: 2, maximum: 999, examples: [1, 5, 7],"))
        assert [(5, 7), (7, 5)] == [(script.steps[1].call.body["pages"], script.steps[0].call.body["pages"]) for script in scripts(REPLACED, contract).values()]

    def test_plan(self) -> None:
        """A thing with one value is updated to another, and read."""
        for script in scripts(REPLACED).values():
            assert moves(script) == ["made: createBook", "update: replaceBook", "read: readBook"]
            assert script.steps[0].call.body["pages"] != script.steps[1].call.body["pages"]
            assert [Ref("made", "/id")] * 2 == [step.call.arguments["book"] for step in script.steps[1:]]


ON, OFF, TWICE, TWICE_OFF = "lendBook/switches/lent", "returnBook/switches/lent", "lendBook/twice", "returnBook/twice"


class TestSwitched:
    @pytest.mark.parametrize(("claim", "wrong"), [(ON, False), (ON, None), (ON, 1), (ON, "true"), (OFF, True), (OFF, None), (OFF, 0)])
    def test_other_state_breaks(self, claim: str, wrong: Json) -> None:
        """Afterwards the field is true or false as the operation says, and nothing else."""
        assert [f"broken: afterwards lent is {wrong!r}"] == said(claim, bent(honest(claim), "read", edit=setting_of(lent=wrong)))

    @pytest.mark.parametrize("claim", [TWICE, TWICE_OFF])
    @pytest.mark.parametrize(("step", "times"), [("first", "once"), ("switch", "again")])
    def test_refusal_breaks(self, claim: str, step: str, times: str) -> None:
        """The second time is as good as the first: neither is refused."""
        assert said(claim, bent(honest(claim), step, 409))[0].startswith(f"broken: done {times}, it is refused: POST")
        assert word(said(claim, bent(honest(claim), "switch", 500))) == ["unreached"]

    def test_refusal_is_another_claim(self) -> None:
        """Whether it succeeds at all is judged elsewhere."""
        assert word(said(ON, bent(honest(ON), "switch", 409))) == ["unreached"]

    def test_change_by_the_second_time_breaks(self) -> None:
        """The second time changes nothing."""
        found = bent(honest(TWICE), "read", edit=setting_of(title="x", pages=3))
        assert said(TWICE, found) == ["broken: the second time changes title"]

    @pytest.mark.parametrize("step", ["made", "read"])
    def test_failed_step_decides_nothing(self, step: str) -> None:
        """Each step is needed."""
        assert word(said(ON, bent(honest(ON), step, 500))) == ["unreached"]

    def test_failed_preparation_decides_nothing(self) -> None:
        """What was not prepared is not judged."""
        assert word(said(OFF, bent(honest(OFF), "prepare 0", 500))) == ["unreached"]

    @pytest.mark.parametrize(
        ("claim", "expected"),
        [
            (ON, {"from new": [], "from opposite": ["prepare 0: returnBook"]}),
            (OFF, {"from opposite": ["prepare 0: lendBook"]}),
            (TWICE, {"from new": [], "from opposite": ["prepare 0: returnBook"]}),
            (TWICE_OFF, {"from opposite": ["prepare 0: lendBook"], "from new": []}),
        ],
    )
    def test_plan(self, claim: str, expected: dict[str, list[str]]) -> None:
        """It is tried from either state; twice means twice, with a look in between."""
        own = claim.partition("/")[0]
        twice = [f"first: {own}", "between: readBook"] if claim.endswith("twice") else []
        found = {label: moves(script) for label, script in scripts(claim).items()}
        assert {label: ["made: createBook", *first, *twice, f"switch: {own}", "read: readBook"] for label, first in expected.items()} == found


class TestGone:
    def test_readable_breaks(self) -> None:
        """What was deleted cannot be read."""
        found = bent(honest(GONE), "read", 200, body={"id": "x"})
        assert said(GONE, found) == ["broken: what was deleted can still be read"]

    @pytest.mark.parametrize("step", ["listed true", "listed false"])
    def test_listed_breaks(self, step: str) -> None:
        """What was deleted is in no list, of whatever state."""
        found = honest(GONE)
        assert said(GONE, holding(found, step, [{"id": "other"}, found["made"].json])) == ["broken: what was deleted is still in the list"]
        assert said(GONE, holding(found, step, [{"id": "other"}])) == ["held"]

    @pytest.mark.parametrize("step", ["made", "delete", "listed true"])
    def test_failed_step_decides_nothing(self, step: str) -> None:
        """Each step is needed."""
        assert word(said(GONE, bent(honest(GONE), step, 500))) == ["unreached"]

    def test_plan(self) -> None:
        """A new thing and a switched one are deleted, then looked for everywhere."""
        rest = ["delete: deleteBook", "read: readBook", "listed true: listBooks", "listed false: listBooks"]
        expected = {"new": ["made: createBook", *rest], "switched lent": ["made: createBook", "prepare 0: lendBook", *rest]}
        found = scripts(GONE)
        assert expected == {label: moves(script) for label, script in found.items()}
        assert [move.call.arguments["lent"] for move in found["new"].steps[-2:]] == ["true", "false"]

    def test_plan_without_states(self) -> None:
        """Without a state filter there is one list to look in."""
        contract = variant(("      - filters: {state: lent, field: /lent, values: {'true': true, 'false': false}, absent: false}\n", ""))
        assert moves(scripts(GONE, contract)["new"])[-1:] == ["listed: listBooks"]


UNKNOWN, PARENT = "readBook/book/unknown", "listBooks/shelf/unknown"


class TestUnknown:
    @pytest.mark.parametrize("claim", [UNKNOWN, PARENT, "createBook/shelf/unknown", "deleteBook/book/unknown"])
    @pytest.mark.parametrize(
        ("status", "expected"),
        [
            (404, "held"),
            (200, "broken"),
            (204, "broken"),
            (400, "broken"),
            (410, "broken"),
            (500, "broken"),
            (401, "unreached"),
            (403, "unreached"),
            (429, "unreached"),
            (502, "unreached"),
            (503, "unreached"),
            (504, "unreached"),
        ],
    )
    def test_status(self, claim: str, status: int, expected: str) -> None:
        """The documented status holds; any other breaks the promise, unless it is about something else."""
        if reason(claim) is None:
            assert [expected] == word(said(claim, bent(honest(claim), "call", status)))

    def test_message(self) -> None:
        """The message says what came and what is documented."""
        assert said(UNKNOWN, bent(honest(UNKNOWN), "call", 200)) == ["broken: answered with 200; documented is 404"]

    def test_failed_deletion_decides_nothing(self) -> None:
        """What could not be deleted is not unknown."""
        found = bent(bent(honest(UNKNOWN, "deleted"), "delete", 500), "call", 200)
        assert word(said(UNKNOWN, found)) == ["unreached"]

    def test_silence_decides_nothing(self) -> None:
        """No answer decides nothing."""
        assert word(said(UNKNOWN, silent(honest(UNKNOWN), "call"))) == ["unreached"]

    @pytest.mark.parametrize(
        ("claim", "expected"),
        [
            (
                UNKNOWN,
                {
                    "unknown": ["call: readBook"],
                    "deleted": ["made: createBook", "delete: deleteBook", "call: readBook"],
                    "deleted after lendBook": ["made: createBook", "prepare lendBook: lendBook", "delete: deleteBook", "call: readBook"],
                },
            ),
            ("deleteBook/book/unknown", {"unknown": ["call: deleteBook"]}),
            (PARENT, {"unknown": ["call: listBooks"]}),
            ("readBook/shelf/unknown", {"unknown": ["made: createBook", "call: readBook"]}),
        ],
    )
    def test_plan(self, claim: str, expected: dict[str, list[str]]) -> None:
        """An identity that never was, and one of something deleted; deleting twice is left open."""
        assert expected == {label: moves(script) for label, script in scripts(claim).items()}

    def test_plan_without_documented_deletion(self) -> None:
        """Where deleting is not documented, nothing is deleted to be unknown."""
        contract = variant(("operationId: deleteBook", "operationId: deleteBook\n      x-basis: client"))
        assert list(scripts(UNKNOWN, contract)) == ["unknown"]

    def test_unknown_parent_keeps_the_item(self) -> None:
        """The item of an unknown parent is one that exists elsewhere."""
        arguments = scripts("readBook/shelf/unknown")["unknown"].steps[-1].call.arguments
        assert Ref("made", "/id") == arguments["book"]
        assert isinstance(arguments["shelf"], str)


FIELDS, NEIGHBOURS = "lendBook/fields-untouched", "lendBook/neighbours-untouched"


class TestUntouched:
    @pytest.mark.parametrize("name", ["title", "id", "shelf", "bookId"])
    def test_other_fields_stay(self, name: str) -> None:
        """A field that the operation is not about stays as it was."""
        old = honest(FIELDS)["middle before"].json[name]
        assert [f"broken: {name} was {old!r} and is 'x' afterwards"] == said(FIELDS, bent(honest(FIELDS), "middle after", edit=setting_of(**{name: "x"})))

    @pytest.mark.parametrize("text", ["The Tower", "2026-1", "TTTT-", "2026+T"])
    def test_texts_are_no_dates(self, text: str) -> None:
        """A text that only looks a little like a date stays as it was."""
        both = bent(bent(honest(FIELDS), "middle before", edit=setting_of(title=text)), "middle after", edit=setting_of(title="x"))
        expected = "held" if text == "TTTT-" else f"broken: title was {text!r} and is 'x' afterwards"
        assert [expected] == said(FIELDS, both)

    def test_own_field_and_dates_may_change(self) -> None:
        """The switched field and dates may change."""
        assert said(FIELDS, bent(honest(FIELDS), "middle after", edit=setting_of(lent="x", touched="2030-01-01T00:00:00.000Z"))) == ["held"]

    def test_sent_fields_may_change(self) -> None:
        """The fields that the request names may change, and only those."""
        claim = "replaceBook/fields-untouched"
        assert {"title"} == set(honest(claim)["call"].call.body)
        assert said(claim, bent(honest(claim), "middle after", edit=setting_of(title="x"))) == ["held"]
        assert word(said(claim, bent(honest(claim), "middle after", edit=setting_of(lent=True)))) == ["broken"]

    def test_field_that_comes_or_goes_breaks(self) -> None:
        """A field that appears or disappears was touched."""
        assert [
            one.replace(repr(honest(FIELDS)["middle before"].json["bookId"]), "'00003dde'")
            for one in said(FIELDS, bent(honest(FIELDS), "middle after", edit=dropping("bookId")))
        ] == ["broken: bookId was '00003dde' and is None afterwards"]
        assert said(FIELDS, bent(honest(FIELDS), "middle after", edit=setting_of(new=1))) == ["broken: new was None and is 1 afterwards"]

    @pytest.mark.parametrize("note", ["a", "2026-01-01T00:00:00.000Z"])
    def test_open_fields_may_change(self, note: str) -> None:
        """A field that the documents leave open may change, whether it was open before or is now, and a date as well."""
        for step in ("middle before", "middle after"):
            both = bent(bent(honest(FIELDS), "middle before", edit=setting_of(note=note, pages=1)), "middle after", edit=setting_of(note="b", pages=1))
            if note != "a":
                both = bent(both, "middle after", edit=setting_of(lent=1, title="x"))
            assert word(said(FIELDS, both)) == ["broken"]
            rare = bent(both, step, edit=setting_of(rare=True))
            assert [one[:12] for one in said(FIELDS, rare)] == ["broken: rare"]

    @pytest.mark.parametrize("item", ["left", "right"])
    @pytest.mark.parametrize("name", ["title", "lent", "touched"])
    def test_neighbours_stay(self, item: str, name: str) -> None:
        """Nothing of another item changes, its state and dates neither."""
        old = honest(NEIGHBOURS)[f"{item} before"].json[name]
        found = said(NEIGHBOURS, bent(honest(NEIGHBOURS), f"{item} after", edit=setting_of(**{name: "x"})))
        assert [f"broken: {name} of another item was {old!r} and is 'x' afterwards"] == found

    @pytest.mark.parametrize(
        ("claim", "step", "what"),
        [(FIELDS, "middle after", "the item"), (NEIGHBOURS, "left after", "another item"), (NEIGHBOURS, "right after", "another item")],
    )
    def test_vanishing_breaks(self, claim: str, step: str, what: str) -> None:
        """An item that can no longer be read was touched."""
        assert [f"broken: afterwards {what} cannot be read"] == said(claim, bent(honest(claim), step, 404))
        assert word(said(claim, bent(honest(claim), step, 500))) == ["unreached"]

    @pytest.mark.parametrize("step", ["call", "left before"])
    def test_failed_step_decides_nothing(self, step: str) -> None:
        """Each step is needed."""
        assert word(said(NEIGHBOURS, bent(honest(NEIGHBOURS), step, 500))) == ["unreached"]

    def test_failed_preparation_decides_nothing(self) -> None:
        """What was not prepared is not judged."""
        claim = "replaceBook/fields-untouched"
        assert word(said(claim, bent(honest(claim, "switched lent"), "prepare middle lendBook", 500))) == ["unreached"]

    def test_plan(self) -> None:
        """Of three things the middle one is acted on; all are looked at before and after, so that both claims have one script."""
        made = [f"{name}: createBook" for name in ("left", "middle", "right")]
        before, after = ([f"{name} {when}: readBook" for name in ("left", "middle", "right")] for when in ("before", "after"))
        assert [*made, *before, "call: lendBook", *after] == moves(scripts(FIELDS)["new"])
        assert scripts(FIELDS) == scripts(NEIGHBOURS)
        assert [Ref(name, "/id") for name in ("left", "middle", "right", "middle", "left", "middle", "right")] == [
            step.call.arguments["book"] for step in scripts(FIELDS)["new"].steps[3:]
        ]
        assert list(scripts(FIELDS)) == ["new"]
        assert list(scripts("replaceBook/fields-untouched")) == ["new", "switched lent"]
        prepared = [f"prepare {name} lendBook: lendBook" for name in ("left", "middle", "right")]
        assert [*made, *prepared, *before, "call: replaceBook", *after] == moves(scripts("replaceBook/fields-untouched")["switched lent"])

    @pytest.mark.parametrize(("claim", "item"), [(FIELDS, "left"), (FIELDS, "right"), (NEIGHBOURS, "middle")])
    def test_each_claim_judges_its_own(self, claim: str, item: str) -> None:
        """Of the shared script, one claim judges the item and the other its neighbours."""
        assert said(claim, bent(honest(claim), f"{item} after", edit=setting_of(title="x"))) == ["held"]


HARMLESS, HARMLESS_UPDATE = "createBook/refused-does-nothing", "replaceBook/refused-does-nothing"


class TestHarmless:
    def test_refused_creation_that_creates_breaks(self) -> None:
        """A refused creation leaves nothing behind."""
        for label in scripts(HARMLESS):
            found = honest(HARMLESS, label)
            sent = found["call"].call.body["title"]
            assert said(HARMLESS, holding(found, "after", [{"title": "other"}, {"title": sent}])) == ["broken: a refused request has created something"], label
            assert said(HARMLESS, holding(found, "after", [{"title": "other"}])) == ["held"]

    def test_refused_update_that_updates_breaks(self) -> None:
        """A refused update changes nothing, not even a date."""
        found = bent(honest(HARMLESS_UPDATE), "after", edit=setting_of(touched="2030-01-01T00:00:00.000Z"))
        assert said(HARMLESS_UPDATE, found) == ["broken: a refused request has an effect"]

    @pytest.mark.parametrize("claim", [HARMLESS, HARMLESS_UPDATE])
    @pytest.mark.parametrize(("status", "expected"), [(400, "held"), (422, "held"), (404, "held"), (499, "held"), (201, "unreached"), (500, "unreached")])
    def test_only_refusals_are_judged(self, claim: str, status: int, expected: str) -> None:
        """A request that was not refused is another claim."""
        assert [expected] == word(said(claim, bent(honest(claim), "call", status)))

    def test_plan(self) -> None:
        """Refused bodies that can be told apart are sent, and looked for."""
        found = scripts(HARMLESS)
        assert len(found) == 4
        assert [moves(script) for script in found.values()] == [["call: createBook", "after: listBooks"]] * 4
        names = [script.steps[0].call.body["title"].text for script in found.values()]
        assert [f"{{m}}-refused-{number}" for number in range(4)] == names
        for script in scripts(HARMLESS_UPDATE).values():
            assert moves(script) == ["made: createBook", "before: readBook", "call: replaceBook", "after: readBook"]

    def test_bodies_that_say_nothing_are_left_out(self) -> None:
        """What is refused for its mark, for a number of ids, or in a way that nobody can bring about alone, is passed over."""
        contract = variant(
            ("x-refused: [type, required, additionalProperties, if]", "x-refused: [minProperties]"),
            ("maxLength: 200, x-refused: [type, maxLength]", "maxLength: 200, x-refused: []"),
            ("x-refused: [minimum, maximum]", "x-refused: []"),
            ("rare: {type: boolean, x-refused: [type]}", "rare: {type: boolean}"),
        )
        expected = ["authors type 0", "authors items 1", "sequel pattern 2", "tags additionalProperties 3"]
        assert expected == list(scripts(HARMLESS, contract))

    @pytest.mark.parametrize("operation", ["createBook", "replaceBook", "changeBook"])
    def test_bodies_are_those_that_the_operation_refuses(self, operation: str) -> None:
        """Each body breaks what the documents say that this operation refuses, and not what another does."""
        refused = {claim.id for claim in toy().claims if claim.operation == operation and claim.kind == "writing.refuses"}
        for label in scripts(f"{operation}/refused-does-nothing"):
            name, keyword, _ = label.split()
            assert f"{operation}/body/{'' if name == 'body' else name + '/'}refuses/{keyword}" in refused


def test_trace_of_nothing_decides_nothing() -> None:
    """A trace without its steps decides no claim about life."""
    for claim in LIVING:
        assert word(said(claim, trace())) == ["unreached"], claim
        assert overheard(claim, exchanged("any", 200)) == []
