"""Judging what an operation leaves alone, and a refused request."""

from __future__ import annotations

import json
from dataclasses import replace

import httpx
import pytest

from conformance.checks.call import EarlierResponseValue, MarkedText
from conformance.checks.item import build_full_body_with_references
from conformance.checks.side_effects import LIFECYCLE_ITEMS
from conformance.contract.json import Json
from conformance.embedded import create_embedded_target
from conformance.suite import plan as plans
from conformance.suite.events import ClaimDecided, Verdict
from conformance.suite.run import run_plan

from .toy import (
    Server,
    bent,
    dropping,
    evidence,
    faced,
    holding,
    honest,
    moves,
    said,
    scripts,
    setting,
    setting_of,
    toy,
    unfounded,
    variant,
    without,
    word,
)

FIELDS, NEIGHBORS = "lendBook/fields-untouched", "lendBook/neighbors-untouched"

# An edition whose updates can say the state that a switch is about.
RARE = "        rare: {type: boolean, x-refused: [type]}\n"
STATED = variant((RARE, f"{RARE}        lent: {{type: boolean}}\n"))


class TestUntouched:
    @pytest.mark.parametrize("name", ["title", "id", "shelf", "bookId"])
    def test_other_fields_stay(self, name: str) -> None:
        """A field that the operation is not about stays as it was."""
        old = honest(FIELDS)["middle before"].json[name]
        assert [f"broken: {name} was {old!r} and is 'x' afterwards"] == said(
            FIELDS, bent(honest(FIELDS), "middle after", edit=setting_of(**{name: "x"}))
        )

    @pytest.mark.parametrize("text", ["The Tower", "2026-1", "TTTT-", "2026+T"])
    def test_texts_are_no_dates(self, text: str) -> None:
        """A text that only looks a little like a date stays as it was."""
        both = bent(
            bent(honest(FIELDS), "middle before", edit=setting_of(title=text)),
            "middle after",
            edit=setting_of(title="x"),
        )
        expected = (
            "held" if text == "TTTT-" else f"broken: title was {text!r} and is 'x' afterwards"
        )
        assert [expected] == said(FIELDS, both)

    def test_own_field_and_dates_may_change(self) -> None:
        """The switched field and dates may change."""
        assert said(
            FIELDS,
            bent(
                honest(FIELDS),
                "middle after",
                edit=setting_of(lent="x", touched="2030-01-01T00:00:00.000Z"),
            ),
        ) == ["held"]

    def test_sent_fields_may_change(self) -> None:
        """The fields that the request names may change, and only those."""
        claim = "replaceBook/fields-untouched"
        assert {"title"} == set(honest(claim)["call"].call.body)
        assert said(claim, bent(honest(claim), "middle after", edit=setting_of(title="x"))) == [
            "held"
        ]
        assert word(
            said(claim, bent(honest(claim), "middle after", edit=setting_of(lent=True)))
        ) == ["broken"]

    def test_field_that_comes_or_goes_breaks(self) -> None:
        """A field that appears or disappears was touched."""
        assert [
            one.replace(repr(honest(FIELDS)["middle before"].json["bookId"]), "'00003dde'")
            for one in said(FIELDS, bent(honest(FIELDS), "middle after", edit=dropping("bookId")))
        ] == ["broken: bookId was '00003dde' and is None afterwards"]
        assert said(FIELDS, bent(honest(FIELDS), "middle after", edit=setting_of(new=1))) == [
            "broken: new was None and is 1 afterwards"
        ]

    @pytest.mark.parametrize("note", ["a", "2026-01-01T00:00:00.000Z"])
    def test_open_fields_may_change(self, note: str) -> None:
        """A field that the documents leave open may change, whether it was open before or is now,
        and a date as well.
        """
        for step in ("middle before", "middle after"):
            both = bent(
                bent(honest(FIELDS), "middle before", edit=setting_of(note=note, pages=1)),
                "middle after",
                edit=setting_of(note="b", pages=1),
            )
            if note != "a":
                both = bent(both, "middle after", edit=setting_of(lent=1, title="x"))
            assert word(said(FIELDS, both)) == ["broken"]
            rare = bent(both, step, edit=setting_of(rare=True))
            assert [one[:12] for one in said(FIELDS, rare)] == ["broken: rare"]

    @pytest.mark.parametrize("item", ["left", "right"])
    @pytest.mark.parametrize("name", ["title", "lent", "touched"])
    def test_neighbors_stay(self, item: str, name: str) -> None:
        """Nothing of another item changes, its state and dates neither."""
        old = honest(NEIGHBORS)[f"{item} before"].json[name]
        found = said(
            NEIGHBORS, bent(honest(NEIGHBORS), f"{item} after", edit=setting_of(**{name: "x"}))
        )
        assert [f"broken: {name} of another item was {old!r} and is 'x' afterwards"] == found

    @pytest.mark.parametrize(
        ("claim", "step", "what"),
        [
            (FIELDS, "middle after", "the item"),
            (NEIGHBORS, "left after", "another item"),
            (NEIGHBORS, "right after", "another item"),
        ],
    )
    def test_vanishing_breaks(self, claim: str, step: str, what: str) -> None:
        """An item that can no longer be read was touched."""
        assert [f"broken: afterwards {what} cannot be read"] == said(
            claim, bent(honest(claim), step, 404)
        )
        assert word(said(claim, bent(honest(claim), step, 500))) == ["unreached"]

    @pytest.mark.parametrize("step", ["call", "left before"])
    def test_failed_step_decides_nothing(self, step: str) -> None:
        """Each step is needed."""
        assert word(said(NEIGHBORS, bent(honest(NEIGHBORS), step, 500))) == ["unreached"]

    def test_failed_preparation_decides_nothing(self) -> None:
        """What was not prepared is not judged."""
        claim = "replaceBook/fields-untouched"
        assert word(
            said(claim, bent(honest(claim, "switched lent"), "prepare middle lendBook", 500))
        ) == ["unreached"]

    def test_plan(self) -> None:
        """Of three things the middle one is acted on; all are looked at before and after, so that
        both claims have one script.
        """
        made = [f"{name}: createBook" for name in ("left", "middle", "right")]
        before, after = (
            [f"{name} {when}: readBook" for name in ("left", "middle", "right")]
            for when in ("before", "after")
        )
        assert [*made, *before, "call: lendBook", *after] == moves(scripts(FIELDS)["new"])
        assert scripts(FIELDS) == scripts(NEIGHBORS)
        assert [
            EarlierResponseValue(name, "/id")
            for name in ("left", "middle", "right", "middle", "left", "middle", "right")
        ] == [step.call.arguments["book"] for step in scripts(FIELDS)["new"].steps[3:]]
        prepared = [f"prepare {name} lendBook: lendBook" for name in ("left", "middle", "right")]
        assert [*made, *prepared, *before, "call: replaceBook", *after] == moves(
            scripts("replaceBook/fields-untouched")["switched lent"]
        )

    def test_plan_of_a_change(self) -> None:
        """A change is tried on items that hold more than it names."""
        labels = [
            label
            for label in scripts("changeBook/fields-untouched")
            if not label.startswith("listed by")
        ]
        switched = [f"switched lent{how}" for how in ("", " namesakes", " whole")]
        assert ["new whole", *switched, "another field"] == labels

    @pytest.mark.parametrize(
        ("claim", "states"),
        [
            (FIELDS, ["new"]),
            (NEIGHBORS, ["new"]),
            ("returnBook/fields-untouched", ["switched"]),
            ("replaceBook/neighbors-untouched", ["new", "switched lent"]),
            ("changeBook/neighbors-untouched", ["new", "switched lent"]),
            ("deleteBook/neighbors-untouched", ["new", "switched lent"]),
        ],
    )
    def test_plan_of_more(self, claim: str, states: list[str]) -> None:
        """In each state the same is done to three of one name, and to three of which every field
        holds something.
        """
        found = {
            label: script
            for label, script in scripts(claim).items()
            if not label.startswith("listed by")
        }
        assert [
            f"{state}{how}" for state in states for how in ("", " namesakes", " whole")
        ] == list(found)
        for state in states:
            plain, *others = (found[f"{state}{how}"] for how in ("", " namesakes", " whole"))
            assert [moves(plain)] * 2 == [moves(other) for other in others]
            assert [plain.steps[3:]] * 2 == [other.steps[3:] for other in others]

    @pytest.mark.parametrize("claim", [FIELDS, "replaceBook/neighbors-untouched"])
    def test_bodies_of_the_three(self, claim: str) -> None:
        """Three small things of three names, three of one name, and three whole ones of three
        names.
        """
        found = scripts(claim)
        plain, namesakes, full = (
            [step.call.body for step in found[label].steps[:3]]
            for label in ("new", "new namesakes", "new whole")
        )
        assert [{"title": MarkedText(f"{{m}}-{name}")} for name in LIFECYCLE_ITEMS] == plain
        assert [{"title": MarkedText("{m}-namesake")}] * 3 == namesakes
        assert [
            build_full_body_with_references(setting(claim), f"{{m}}-{name}")
            for name in LIFECYCLE_ITEMS
        ] == full

    @pytest.mark.parametrize("how", ["namesakes", "whole"])
    @pytest.mark.parametrize("item", ["left", "right"])
    @pytest.mark.parametrize("name", ["title", "lent", "touched"])
    def test_namesakes_and_whole_neighbors_stay(self, how: str, item: str, name: str) -> None:
        """What is done to one of several of one name, or of whole things, is done to that one
        alone.
        """
        found = honest(NEIGHBORS, f"new {how}")
        old = found[f"{item} before"].json[name]
        expected = f"broken: {name} of another item was {old!r} and is 'x' afterwards"
        bad = bent(found, f"{item} after", edit=setting_of(**{name: "x"}))
        assert [expected] == said(NEIGHBORS, bad)
        assert [(bad[f"{item} before"], bad["call"], bad[f"{item} after"])] == evidence(
            NEIGHBORS, bad
        )

    @pytest.mark.parametrize("name", ["note", "pages", "rare", "tags", "authors"])
    def test_whole_things_keep_every_field(self, name: str) -> None:
        """Of a whole thing, no field that the operation is not about is lost, and none of its
        neighbors'.
        """
        for claim, item, of in ((FIELDS, "middle", ""), (NEIGHBORS, "left", "of another item ")):
            found = honest(claim, "new whole")
            old = found[f"{item} before"].json[name]
            assert [f"broken: {name} {of}was {old!r} and is None afterwards"] == said(
                claim, bent(found, f"{item} after", edit=dropping(name))
            )

    @pytest.mark.parametrize(
        "claim", ["deleteBook/neighbors-untouched", "lendBook/neighbors-untouched"]
    )
    def test_namesake_that_vanishes_breaks(self, claim: str) -> None:
        """Deleting or switching one of three of one name leaves the others where they are."""
        found = honest(claim, "new namesakes")
        assert said(claim, bent(found, "right after", 404)) == [
            "broken: afterwards another item cannot be read"
        ]
        assert [(found["left before"].json["title"], found["right before"].json["title"])] == [
            ("run-namesake", "run-namesake")
        ]

    @pytest.mark.parametrize("claim", [FIELDS, NEIGHBORS, "deleteBook/neighbors-untouched"])
    def test_refused_namesake_decides_nothing(self, claim: str) -> None:
        """A server may refuse a name that is taken: then nothing is judged."""
        server, names = Server(), list[Json]()

        def handle(request: httpx.Request) -> httpx.Response:
            name = json.loads(request.content).get("title") if request.content else None
            if name in names:
                return httpx.Response(409, json={"error": "taken", "ticket": "t"})
            names.extend([name] if name else [])
            return server.handle(request)

        assert word(said(claim, faced(claim, handle, "new namesakes"))) == ["unreached"]

    @pytest.mark.parametrize(
        ("claim", "label"),
        [
            (f"{own}/fields-untouched", f"listed by lent{state}")
            for own in ("replaceBook", "changeBook")
            for state in ("", " new")
        ],
    )
    def test_plan_of_the_lists(self, claim: str, label: str) -> None:
        """What was switched on, or is new, and then updated is looked for in the list of each
        state.
        """
        own = claim.partition("/")[0]
        script = scripts(claim)[label]
        prepared = [] if label.endswith(" new") else ["prepare lendBook: lendBook"]
        assert moves(script) == [
            "middle: createBook",
            *prepared,
            f"call: {own}",
            "listed true: listBooks",
            "listed false: listBooks",
        ]
        assert [EarlierResponseValue("middle", "/id")] * (1 + len(prepared)) == [
            step.call.arguments["book"] for step in script.steps[1:-2]
        ]
        assert script.steps[-3].call.body == {"title": MarkedText("{m}-middle-updated")}

    def test_new_thing_is_judged_in_the_lists(self) -> None:
        """What was never switched on stays in the list of what is off when it is updated."""
        claim, label = "replaceBook/fields-untouched", "listed by lent new"
        found = honest(claim, label)
        assert said(claim, found) == ["held"]
        assert said(claim, holding(found, "listed true", [found["middle"].json])) == [
            "broken: afterwards the list of lent=true still holds the item"
        ]
        assert said(claim, holding(found, "listed false", [])) == [
            "broken: afterwards the list of lent=false lacks the item"
        ]

    @pytest.mark.parametrize("label", ["listed by lent", "listed by lent new"])
    @pytest.mark.parametrize(
        ("value", "right", "wrong"), [(True, "true", "false"), (False, "false", "true")]
    )
    def test_update_that_sends_the_state(
        self, label: str, value: bool, right: str, wrong: str
    ) -> None:
        """An update that says the state puts the thing in the list of that state, whatever state it
        was in.
        """
        claim = "replaceBook/fields-untouched"
        found = honest(claim, label)
        stated = replace(
            found["call"],
            call=replace(found["call"].call, body={**found["call"].call.body, "lent": value}),
        )
        found = replace(found, exchanges={**found.exchanges, "call": (stated,)})
        item = [found["middle"].json]
        kept = holding(holding(found, f"listed {right}", item), f"listed {wrong}", [])
        assert said(claim, kept, STATED) == ["held"]
        moved = holding(holding(found, f"listed {wrong}", item), f"listed {right}", [])
        assert word(said(claim, moved, STATED)) == ["broken"]

    @pytest.mark.parametrize("label", ["listed by lent", "listed by lent new"])
    def test_replacement_may_clear_the_state(self, label: str) -> None:
        """What a replacement could say of the state and does not, it may clear: then no list is the
        wrong one.
        """
        claim = "replaceBook/fields-untouched"
        found = honest(claim, label)
        for states in (("true",), ("false",), ()):
            other = holding(
                found, "listed true", [found["middle"].json] if "true" in states else []
            )
            other = holding(
                other, "listed false", [found["middle"].json] if "false" in states else []
            )
            assert "broken" not in word(said(claim, other, STATED))

    def test_replacement_may_clear_what_it_does_not_send(self) -> None:
        """A field that a replacement could send and does not may be gone afterwards, one that it
        could not send may not; a change clears nothing.
        """
        claim, found = (
            "replaceBook/fields-untouched",
            honest("replaceBook/fields-untouched", "new whole"),
        )
        assert found["middle before"].json["note"]
        assert said(
            claim, bent(found, "middle after", edit=dropping("note", "pages", "authors"))
        ) == ["held"]
        assert word(said(claim, bent(found, "middle after", edit=dropping("shelf")))) == ["broken"]
        claim, found = (
            "changeBook/fields-untouched",
            honest("changeBook/fields-untouched", "new whole"),
        )
        assert word(said(claim, bent(found, "middle after", edit=dropping("note")))) == ["broken"]

    @pytest.mark.parametrize(
        ("claim", "item"),
        [("lendBook/fields-untouched", "middle"), ("lendBook/neighbors-untouched", "left")],
    )
    def test_order_of_ids_is_open(self, claim: str, item: str) -> None:
        """Ids of other things are a set: in another order they are as before; one fewer are not."""
        found = honest(claim, "new whole")
        turned = bent(found, f"{item} before", edit=setting_of(authors=["0101", "0202"]))
        assert said(
            claim, bent(turned, f"{item} after", edit=setting_of(authors=["0202", "0101"]))
        ) == ["held"]
        assert word(
            said(claim, bent(turned, f"{item} after", edit=setting_of(authors=["0202"])))
        ) == ["broken"]

    @pytest.mark.parametrize(
        ("claim", "item"),
        [("lendBook/fields-untouched", "middle"), ("lendBook/neighbors-untouched", "left")],
    )
    def test_made_up_ids_may_be_dropped(self, claim: str, item: str) -> None:
        """Ids that may not exist on the target may be dropped later; those that exist may not."""
        found = bent(honest(claim, "new whole"), f"{item} after", edit=setting_of(authors=[]))
        assert word(said(claim, found)) == ["broken"]
        assert said(claim, unfounded(found, "authors")) == ["held"]

    def test_open_field_of_a_neighbor_may_change(self) -> None:
        """A field that the documents leave open may differ in a neighbor too, but only there and
        only then.
        """
        for rare, expected in (
            (True, "held"),
            (False, "broken: note of another item was 'a' and is 'b' afterwards"),
        ):
            found = honest(NEIGHBORS)
            for when, note in (("before", "a"), ("after", "b")):
                found = bent(found, f"left {when}", edit=setting_of(rare=rare, note=note))
            assert [expected] == said(NEIGHBORS, found)

    def test_reason_of_a_look_that_was_not_sent(self) -> None:
        """What was not looked at decides nothing, and the reason is why the look was not sent."""
        found = without(honest(FIELDS), "middle after", "the run may send no more than 3 requests")
        assert said(FIELDS, found) == ["unreached: the run may send no more than 3 requests"]
        listed = honest("replaceBook/fields-untouched", "listed by lent")
        for step in ("listed true", "listed false"):
            listed = without(listed, step, "the run may send no more than 3 requests")
            assert said("replaceBook/fields-untouched", listed) == [
                "unreached: the run may send no more than 3 requests"
            ]

    @pytest.mark.parametrize(
        "claim",
        [
            FIELDS,
            "returnBook/fields-untouched",
            "replaceBook/neighbors-untouched",
            "deleteBook/neighbors-untouched",
        ],
    )
    def test_plan_without_lists(self, claim: str) -> None:
        """Only an operation that is not about the state, and only what it was done to, is looked
        for in the lists of the states.
        """
        assert not [label for label in scripts(claim) if label.startswith("listed by")]

    def test_plan_without_states(self) -> None:
        """Without a list for each state, or examples to draw, there are no such lists to look
        in.
        """
        contract = variant(
            (
                (
                    "      - filters: {state: lent, field: /lent, values: {'true': true, 'false':"
                    " false}, absent: false}\n"
                ),
                "",
            )
        )
        assert "listed by lent" not in scripts("replaceBook/fields-untouched", contract)
        assert "listed by lent" not in scripts("replaceBook/fields-untouched", examples=0)

    @pytest.mark.parametrize(
        ("claim", "item"), [(FIELDS, "left"), (FIELDS, "right"), (NEIGHBORS, "middle")]
    )
    def test_each_claim_judges_its_own(self, claim: str, item: str) -> None:
        """Of the shared script, one claim judges the item and the other its neighbors."""
        assert said(claim, bent(honest(claim), f"{item} after", edit=setting_of(title="x"))) == [
            "held"
        ]


# the mock's ids are longer
SHORT, LONG = ("pattern: '^[a-f0-9]{8}$'}}", "pattern: '^[a-z0-9-]{8,40}$'}}")
NEEDED = (
    "      required: [title]\n      additionalProperties: false",
    "      required: [title, lent]\n      additionalProperties: false",
)


@pytest.mark.parametrize("stated", [False, True])
def test_replacement_by_an_honest_server(stated: bool) -> None:
    """A server that clears what a replacement does not send, and sets the state that it must send,
    is not accused of touching anything.
    """
    contract = variant(
        (SHORT, LONG),
        *([(RARE, f"{RARE}        lent: {{type: boolean}}\n"), NEEDED] if stated else []),
    )
    only = [one for one in contract.claims if one.id == "replaceBook/fields-untouched"]
    (found,) = [
        event
        for event in run_plan(
            plans.generate_plan(contract, "1", only=only), create_embedded_target(contract)
        )
        if isinstance(event, ClaimDecided)
    ]
    assert (Verdict.VERIFIED, []) == (found.verdict, [one.message for one in found.findings])


HARMLESS, HARMLESS_UPDATE = "createBook/refused-does-nothing", "replaceBook/refused-does-nothing"


class TestHarmless:
    def test_refused_creation_that_creates_breaks(self) -> None:
        """A refused creation leaves nothing behind."""
        for label in scripts(HARMLESS):
            found = honest(HARMLESS, label)
            sent = found["call"].call.body["title"]
            assert said(
                HARMLESS, holding(found, "after", [{"title": "other"}, {"title": sent}])
            ) == ["broken: a refused request has created something"], label
            assert said(HARMLESS, holding(found, "after", [{"title": "other"}])) == ["held"]

    def test_refused_update_that_updates_breaks(self) -> None:
        """A refused update changes nothing, not even a date."""
        found = bent(
            honest(HARMLESS_UPDATE), "after", edit=setting_of(touched="2030-01-01T00:00:00.000Z")
        )
        assert said(HARMLESS_UPDATE, found) == ["broken: a refused request has an effect"]

    @pytest.mark.parametrize("claim", [HARMLESS, HARMLESS_UPDATE])
    @pytest.mark.parametrize(
        ("status", "expected"),
        [
            (400, "held"),
            (422, "held"),
            (404, "held"),
            (499, "held"),
            (201, "unreached"),
            (500, "unreached"),
        ],
    )
    def test_only_refusals_are_judged(self, claim: str, status: int, expected: str) -> None:
        """A request that was not refused is another claim."""
        assert [expected] == word(said(claim, bent(honest(claim), "call", status)))

    def test_plan(self) -> None:
        """Refused bodies that can be told apart are sent, and looked for."""
        found = scripts(HARMLESS)
        assert len(found) == 4
        assert [moves(script) for script in found.values()] == [
            ["call: createBook", "after: listBooks"]
        ] * 4
        names = [script.steps[0].call.body["title"].text for script in found.values()]
        assert [f"{{m}}-refused-{number}" for number in range(4)] == names
        for script in scripts(HARMLESS_UPDATE).values():
            assert moves(script) == [
                "made: createBook",
                "before: readBook",
                "call: replaceBook",
                "after: readBook",
            ]

    def test_bodies_that_say_nothing_are_left_out(self) -> None:
        """What is refused for its mark, for a number of ids, or in a way that nobody can bring
        about alone, is passed over.
        """
        contract = variant(
            ("x-refused: [type, required, additionalProperties, if]", "x-refused: [minProperties]"),
            ("maxLength: 200, x-refused: [type, maxLength]", "maxLength: 200, x-refused: []"),
            ("x-refused: [minimum, maximum]", "x-refused: []"),
            ("rare: {type: boolean, x-refused: [type]}", "rare: {type: boolean}"),
        )
        expected = [
            "authors type 0",
            "authors items 1",
            "sequel pattern 2",
            "tags additionalProperties 3",
        ]
        assert expected == list(scripts(HARMLESS, contract))

    @pytest.mark.parametrize("operation", ["createBook", "replaceBook", "changeBook"])
    def test_bodies_are_those_that_the_operation_refuses(self, operation: str) -> None:
        """Each body breaks what the documents say that this operation refuses, and not what another
        does.
        """
        refused = {
            claim.id
            for claim in toy().claims
            if claim.operation == operation and claim.kind == "request_bodies.refuses"
        }
        for label in scripts(f"{operation}/refused-does-nothing"):
            name, keyword, _ = label.split()
            assert (
                f"{operation}/body/{'' if name == 'body' else name + '/'}refuses/{keyword}"
                in refused
            )
