"""Exchanges, traces, calls, and how a check is heard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.call import Call, Fixture, Marked, Other, Ref, Sent, filled, placeholders
from conformance.checks.catalogue import NAMES, TOUCHED, catalogue, family, tags
from conformance.checks.check import Check, judged, needed, planned, valid_call
from conformance.checks.exchange import Response, Undecidable
from conformance.checks.listing import largest, made, narrowed, newest_first, own, seen, sweep
from conformance.checks.observation import Held, Unreached
from conformance.checks.script import Step, Walk
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING

from .toy import bent, exchanged, honest, real, setting, toy, trace, variant


@pytest.mark.parametrize(
    ("status", "succeeded", "refused"),
    [
        (199, False, False),
        (200, True, False),
        (299, True, False),
        (300, False, False),
        (399, False, False),
        (400, False, True),
        (499, False, True),
        (500, False, False),
    ],
)
def test_classes(status: int, succeeded: bool, refused: bool) -> None:
    """2xx succeeded, 4xx was refused, anything else is neither."""
    found = exchanged("a", status)
    assert (succeeded, refused) == (found.succeeded, found.refused)


def test_no_answer() -> None:
    """An exchange without an answer has no status, no body, and neither succeeded nor was
    refused.
    """
    found = exchanged("a", None)
    assert (found.json, found.succeeded, found.refused, str(found)) == (
        MISSING,
        False,
        False,
        "GET http://toy → no answer (ReadTimeout: too slow)",
    )
    with pytest.raises(Undecidable, match="GET http://toy got no answer: ReadTimeout: too slow"):
        _ = found.status


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", MISSING),
        (b"{}", {}),
        (b"NaN", MISSING),
        (b"Infinity", MISSING),
        (b"\xff", MISSING),
        (b"[" * 100_000, MISSING),
        (b"null", None),
        (b"1.0", 1.0),
    ],
)
def test_json(body: bytes, expected: Json) -> None:
    """A body is JSON as RFC 8259 has it, or none."""
    assert expected == Response(status=200, headers={}, body=body).json


def test_success_names_the_fixtures() -> None:
    """A step that was refused where ids were made up says which fixtures to give; another failure
    does not.
    """
    with pytest.raises(
        Undecidable,
        match=(
            r"^a: GET http://toy → 400 \(the server may check that these exist: give --fixture x=…"
            r" --fixture y=…\)$"
        ),
    ):
        trace(exchanged("a", 400), unfounded=frozenset({"y", "x"})).success("a")
    with pytest.raises(Undecidable, match=r"^a: GET http://toy → 500$"):
        trace(exchanged("a", 500), unfounded=frozenset({"x"})).success("a")
    with pytest.raises(Undecidable, match=r"^a: GET http://toy → 400$"):
        trace(exchanged("a", 400)).success("a")


def test_last_exchange_counts() -> None:
    """Of several pages, the last one stands for the step; all of them can be had, in order."""
    found = trace(exchanged("a", 200), exchanged("a", 201), exchanged("b", 202))
    assert (
        found["a"].status,
        [one.status for one in found.all("a")],
        [one.status for one in found],
        "a" in found,
        "c" in found,
    ) == (201, [200, 201], [200, 201, 202], True, False)


PLACEHOLDERS = [Ref("a", "/b"), Sent("a", "/b"), Marked("{m}"), Fixture("f", 0, 1), Other("p")]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(VALUES)
def test_plain_values_are_not_filled(value: Json) -> None:
    """A value without placeholders stays as it is."""
    assert value == filled(value, lambda one: "filled")
    assert list(placeholders(value)) == []


@pytest.mark.parametrize("placeholder", PLACEHOLDERS)
def test_placeholders_are_found_and_filled(placeholder: Ref) -> None:
    """A placeholder is found and filled however deep it stands, in a call too."""
    nested = {"a": [{"b": placeholder}], "c": (placeholder,), "d": placeholder}
    assert filled(nested, lambda one: 1) == {"a": [{"b": 1}], "c": [1], "d": 1}
    assert [placeholder] * 3 == list(placeholders(nested))
    assert [placeholder] * 2 == list(
        placeholders(Call(operation="a", arguments={"x": placeholder}, body=[placeholder]))
    )


@pytest.mark.parametrize(
    ("text", "length", "expected"),
    [
        ("{m}-a", None, "xy-a"),
        ("{m}-{m}", None, "xy-xy"),
        ("{m}-", 6, "xy-xxx"),
        ("{m}-abcdef", 4, "xy-a"),
        ("{m}", 2, "xy"),
    ],
)
def test_mark(text: str, length: int | None, expected: str) -> None:
    """The mark takes its place, padded or cut to the length."""
    assert expected == Marked(text, length=length).under("xy")


def test_judge_that_gives_up() -> None:
    """What a judge saw before it gave up is kept, and the reason with it."""
    one = exchanged("a", 200)

    def judge(setting: Json, promise: Json, found: Json) -> Json:
        yield Held(one)
        raise Undecidable("why")

    check = Check(plan=lambda setting, promise: (), judge=judge)
    assert [Held(one), Unreached("why")] == judged(check, setting("listBooks/answers"), trace())
    assert planned(check, setting("listBooks/answers")) == "there is no way to try this"
    assert (
        judged(Check(plan=lambda setting, promise: ()), setting("listBooks/answers"), trace()) == []
    )


def test_valid_call_names_its_item() -> None:
    """A call on an item names the one that was made, with the smallest body; one on the collection
    names none.
    """
    where = setting("replaceBook/answers")
    call = valid_call(where, where.operation, "made", "{m}-x")
    assert ({"book": Ref("made", "/id")}, {"title": Marked("{m}-x")}) == (call.arguments, call.body)
    listing = setting("listBooks/answers")
    assert (
        valid_call(listing, listing.operation).arguments,
        valid_call(listing, listing.operation).body,
        needed(listing, listing.operation),
    ) == ({}, MISSING, ())
    assert [step.name for step in needed(where, where.operation)] == ["made"]


def test_required_parameter_without_an_example() -> None:
    """A required parameter that has no example makes every call undecidable; one with an example is
    sent.
    """
    without = variant(
        ("{name: lent, in: query, schema", "{name: lent, in: query, required: true, schema")
    )
    with pytest.raises(Undecidable, match="the contract gives no example for the required lent"):
        valid_call(setting("listBooks/answers", without), without.operations["listBooks"])
    given_one = variant(
        (
            "{name: lent, in: query, schema",
            "{name: lent, in: query, required: true, example: true, schema",
        )
    )
    assert valid_call(
        setting("listBooks/answers", given_one), given_one.operations["listBooks"]
    ).arguments == {"lent": True}


class TestListing:
    @pytest.mark.parametrize(
        ("contract", "operation", "size"),
        [
            (real("losant"), "listExperienceGroups", 100),
            (real("losant", "2017"), "listExperienceGroups", 100),
            (real("push-express"), "listAppGroups", 50),
            (toy(), "listBooks", 20),
        ],
    )
    def test_largest(self, contract: Json, operation: str, size: int) -> None:
        """The largest page that the documents show, never above a hundred."""
        assert size == largest(contract, operation)

    def test_narrowed(self) -> None:
        """A list is narrowed to ours by a filter on the marked field, where there is one."""
        assert {"field": "title", "glob": Marked("{m}*")} == narrowed(toy(), toy().resources[0])
        assert narrowed(real("push-express"), real("push-express").resources[0]) == {}

    def test_newest_first(self) -> None:
        """A list that can be sorted by a date of creation brings the newest first."""
        assert newest_first(toy(), "listBooks") == {"sort": "created", "way": "down"}
        assert newest_first(real("push-express"), "listAppGroups") == {}

    def test_sweep(self) -> None:
        """A paged list is walked, another is asked for once."""
        plain = variant(
            (
                (
                    "      - paginates: {page: page, size: size, first: 0, count: /meta/count,"
                    " total: /meta/total, pages: /meta/pages, metadata: /meta, ceiling: 40, told:"
                    " true, beyond: empty}\n"
                ),
                "",
            )
        )
        kinds = [
            type(sweep(setting("listBooks/answers", contract), "x")) for contract in (toy(), plain)
        ]
        assert [Walk, Step] == kinds

    def test_seen_in_a_list(self) -> None:
        """A thing is found in the list by its identity, or not at all."""
        where = setting("listBooks/answers")
        found = trace(
            exchanged("made", 201, {"id": 1}, Call(operation="createBook")),
            exchanged("look", 200, {"books": [{"id": 2}, {"id": 1, "title": "x"}]}),
        )
        assert seen(where, found, "look", "made")[0] == {"id": 1, "title": "x"}
        with pytest.raises(Undecidable, match="does not list 1"):
            seen(where, bent(found, "look", body={"books": [{"id": 2}]}), "look", "made")

    @pytest.mark.parametrize("identity", [None, True, False, 1.5, [], {}])
    def test_identity(self, identity: Json) -> None:
        """An identity is a text or an integer."""
        with pytest.raises(Undecidable, match="names no identity at /id"):
            made(
                setting("listBooks/answers"),
                trace(exchanged("made", 201, {"id": identity})),
                "made",
            )

    def test_own(self) -> None:
        """Ours is what the creating steps made, by identity."""
        found = honest("createBook/listed")
        assert [f"item {number}" for number in range(len(NAMES))] == list(
            own(
                setting("createBook/listed"), found, catalogue(setting("createBook/listed"))
            ).values()
        )
        assert list(own(setting("createBook/listed"), found, ["item 3"]).values()) == ["item 3"]


class TestCatalogue:
    def test_order(self) -> None:
        """Things are made in an order that is not that of their names, and changed in yet
        another.
        """
        assert sorted(NAMES) != list(NAMES)
        assert list(TOUCHED) != sorted(TOUCHED)

    def test_touches(self) -> None:
        """Some are changed after all are made, without what they are found by."""
        steps = catalogue(setting("createBook/listed")).steps
        assert [*(f"item {one}" for one in range(len(NAMES))), "touch 5", "touch 1", "touch 3"] == [
            step.name for step in steps
        ]
        assert [{"note": f"touched {one}"} for one in (5, 1, 3)] == [
            step.call.body for step in steps[len(NAMES) :]
        ]
        assert [Ref(f"item {one}", "/id") for one in (5, 1, 3)] == [
            step.call.arguments["book"] for step in steps[len(NAMES) :]
        ]

    def test_replacing_touch_keeps_the_name(self) -> None:
        """Where a thing can only be replaced, it keeps its name."""
        contract = real("push-express")
        steps = catalogue(setting("createAppGroup/listed", contract)).steps
        assert [Marked(NAMES[one]) for one in (5, 1, 3)] == [
            step.call.body["name"] for step in steps[len(NAMES) :]
        ]

    def test_tags(self) -> None:
        """Tags tell the things apart; one has another key altogether."""
        assert tags(1) == {"floor": "1", "wing": "north"}
        assert tags(4) == {"floor": "0", "wing": "south"}
        assert tags(6) == {"colour": "3"}
        assert tags(7) == {"floor": "3", "wing": "north"}

    def test_family(self) -> None:
        """Two things refer to ones that were made where such can be made, else to fixtures; one
        refers to nothing.
        """
        where = setting("createBook/listed")
        both = [Fixture("authors", 0, "0101"), Fixture("authors", 1, "0202")]
        found = {
            key: {step.name: step.call.body.get(key) for step in family(where, key).steps}
            for key in ("sequel", "authors")
        }
        parents = {"parent": None, "other parent": None}
        assert {
            "referring": Ref("parent", "/id"),
            "referring too": Ref("other parent", "/id"),
            "plain": None,
            **parents,
        } == found["sequel"]
        assert {"referring": both, "referring too": both, "plain": None} == found["authors"]
        with pytest.raises(Undecidable, match="the contract does not say what note refers to"):
            family(where, "note")
