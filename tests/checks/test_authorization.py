"""Judging credentials and scopes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.checks.call import CredentialKind, EarlierResponseValue, MarkedText
from conformance.contract.json import Json
from conformance.suite.session import TargetSession

from .toy import (
    Server,
    build_target,
    build_toy_contract,
    build_toy_variant,
    describe_steps,
    evaluate,
    execute_on_honest_server,
    get_books,
    map_scenarios,
    with_listed_items,
    with_lost_response,
    with_response,
    with_skipped_step,
)

MISSING, INVALID, BARE = (
    f"createBook/credentials/{lack}" for lack in ("missing", "invalid", "bare")
)
ALONE, ELSEWISE = "a scheme alone", "under another scheme"
FORBIDDEN = "createBook/scopes/books.read/refused"
ALLOWED = "createBook/scopes/books.all/allowed"
REPLACING = "replaceBook/credentials/missing"


@pytest.mark.parametrize(
    "claim",
    [
        MISSING,
        INVALID,
        BARE,
        FORBIDDEN,
        REPLACING,
        "listBooks/credentials/missing",
        "readBook/credentials/bare",
    ],
)
def test_refusal_without_effect_holds(claim: str) -> None:
    """A refused request that does nothing keeps the promise."""
    assert evaluate(claim, execute_on_honest_server(claim)) == ["passed"]


@pytest.mark.parametrize(
    ("claim", "what"),
    [
        (MISSING, "a request without credentials"),
        (INVALID, "an unknown token"),
        (BARE, "a token without its scheme"),
        (FORBIDDEN, "a token with the scope books.read alone"),
    ],
)
@pytest.mark.parametrize("status", [200, 201, 299])
def test_success_breaks(claim: str, what: str, status: int) -> None:
    """A request that should be refused and succeeds breaks the promise; the message says what was
    shown.
    """
    assert [f"failed: {what} is answered with {status} instead of being refused"] == evaluate(
        claim, with_response(execute_on_honest_server(claim), "call", status)
    )


@pytest.mark.parametrize("claim", [MISSING, FORBIDDEN])
@pytest.mark.parametrize(
    ("status", "word"),
    [
        (400, "passed"),
        (401, "passed"),
        (403, "passed"),
        (404, "passed"),
        (499, "passed"),
        (399, "inconclusive"),
        (500, "inconclusive"),
        (302, "inconclusive"),
    ],
)
def test_any_refusal_will_do(claim: str, status: int, word: str) -> None:
    """Where no status is documented, every refusal holds; what neither grants nor refuses decides
    nothing.
    """
    assert [word] == [
        one.partition(":")[0]
        for one in evaluate(claim, with_response(execute_on_honest_server(claim), "call", status))
    ]


DOCUMENTED = "listBooks/credentials/invalid"


@pytest.mark.parametrize(
    ("status", "expected"),
    [(401, "passed"), (403, "failed: an unknown token is answered with 403; documented is 401")],
)
def test_documented_status_of_unknown_tokens(status: int, expected: str) -> None:
    """Where 401 is documented, an unknown token gets that."""
    assert [expected] == evaluate(
        DOCUMENTED, with_response(execute_on_honest_server(DOCUMENTED), "call", status)
    )


def test_documented_401_is_for_unknown_tokens_alone() -> None:
    """Missing credentials may be refused with another status."""
    claim = "listBooks/credentials/missing"
    assert evaluate(claim, with_response(execute_on_honest_server(claim), "call", 403)) == [
        "passed"
    ]


def test_unknown_token_without_documented_401() -> None:
    """Where 401 is not documented, an unknown token may be refused with 403."""
    assert evaluate(INVALID, with_response(execute_on_honest_server(INVALID), "call", 403)) == [
        "passed"
    ]


def test_documented_401_excuses_nothing_else() -> None:
    """An unknown token that is let in, or met with a crash, is judged as any other."""
    assert evaluate(
        DOCUMENTED, with_response(execute_on_honest_server(DOCUMENTED), "call", 200)
    ) == ["failed: an unknown token is answered with 200 instead of being refused"]
    assert evaluate(DOCUMENTED, with_response(execute_on_honest_server(DOCUMENTED), "call", 500))[
        0
    ].startswith("inconclusive")


@pytest.mark.parametrize("claim", [MISSING, FORBIDDEN])
def test_refused_and_yet_created(claim: str) -> None:
    """A refused creation that creates breaks the promise."""
    found = execute_on_honest_server(claim)
    sent = found["call"].call.body["title"]
    status = found["call"].status
    after = with_listed_items(
        found, "after", [{"id": "other", "title": "other"}, {"id": "new", "title": sent}]
    )
    what = (
        "a request without credentials"
        if claim == MISSING
        else "a token with the scope books.read alone"
    )
    assert [f"failed: {what} is refused with {status} and yet creates"] == evaluate(claim, after)


def test_other_items_may_appear() -> None:
    """Things that others make meanwhile are no effect of ours."""
    assert evaluate(
        MISSING,
        with_listed_items(
            execute_on_honest_server(MISSING), "after", [{"id": "other", "title": "run-forbidden2"}]
        ),
    ) == ["passed"]


def test_effect_after_refusal_breaks() -> None:
    """A refused change that has an effect breaks the promise."""
    found = with_response(
        execute_on_honest_server(REPLACING), "after", edit=lambda item: {**item, "title": "changed"}
    )
    assert evaluate(REPLACING, found) == [
        "failed: a request without credentials is refused with 401 and yet has an effect"
    ]


def test_silence_decides_nothing() -> None:
    """No answer decides nothing."""
    assert evaluate(MISSING, with_lost_response(execute_on_honest_server(MISSING), "call"))[
        0
    ].startswith("inconclusive")


def test_unread_list_decides_nothing() -> None:
    """A list that could not be read afterwards decides nothing of a creation."""
    assert evaluate(MISSING, with_response(execute_on_honest_server(MISSING), "after", 500))[
        0
    ].startswith("inconclusive")


def test_token_that_was_not_given() -> None:
    """A scope without a token on the target decides nothing."""
    assert evaluate(
        FORBIDDEN,
        with_skipped_step(execute_on_honest_server(FORBIDDEN), "call", "give --scoped-token"),
    ) == ["inconclusive: give --scoped-token"]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (201, "passed"),
        (200, "passed"),
        (403, "failed"),
        (401, "inconclusive"),
        (400, "failed"),
        (500, "inconclusive"),
        (302, "inconclusive"),
    ],
)
def test_sufficient_scope(status: int, expected: str) -> None:
    """A sufficient scope succeeds; a refusal breaks the promise, unless the token was not known;
    anything else decides nothing.
    """
    assert [expected] == [
        one.partition(":")[0]
        for one in evaluate(
            ALLOWED, with_response(execute_on_honest_server(ALLOWED), "call", status)
        )
    ]


def test_sufficient_scope_is_named() -> None:
    """The message names the scope and the status."""
    assert evaluate(ALLOWED, with_response(execute_on_honest_server(ALLOWED), "call", 403)) == [
        "failed: a token with the scope books.all is answered with 403"
    ]


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (MISSING, ["call: createBook", "after: listBooks"]),
        (
            REPLACING,
            ["made: createBook", "before: readBook", "call: replaceBook", "after: readBook"],
        ),
        (
            "deleteBook/credentials/invalid",
            ["made: createBook", "before: readBook", "call: deleteBook", "after: readBook"],
        ),
        ("readBook/credentials/missing", ["made: createBook", "call: readBook"]),
        ("listBooks/credentials/missing", ["call: listBooks"]),
        (FORBIDDEN, ["call: createBook", "after: listBooks"]),
    ],
)
def test_plan_of_refusals(claim: str, expected: list[str]) -> None:
    """A call that would have an effect stands between two looks at it; without credentials it is
    sent once with no header and once with a scheme alone.
    """
    labels = ["refused", ALONE] if claim.endswith("missing") else ["refused"]
    assert dict.fromkeys(labels, expected) == {
        label: describe_steps(script) for label, script in map_scenarios(claim).items()
    }


@pytest.mark.parametrize(
    ("claim", "credentials", "scope"),
    [
        (
            MISSING,
            {"refused": CredentialKind.MISSING, "a scheme alone": CredentialKind.SCHEME_ONLY},
            None,
        ),
        (INVALID, {"refused": CredentialKind.INVALID}, None),
        (
            BARE,
            {
                "refused": CredentialKind.WITHOUT_SCHEME,
                "under another scheme": CredentialKind.OTHER_SCHEME,
            },
            None,
        ),
        (
            "replaceBook/credentials/bare",
            {
                "refused": CredentialKind.WITHOUT_SCHEME,
                "under another scheme": CredentialKind.OTHER_SCHEME,
            },
            None,
        ),
        (FORBIDDEN, {"refused": CredentialKind.SCOPED}, "books.read"),
        (ALLOWED, {"scope": CredentialKind.SCOPED}, "books.all"),
    ],
)
def test_plan_of_credentials(
    claim: str, credentials: dict[str, CredentialKind], scope: str | None
) -> None:
    """Only the call in question shows the credentials in question; it is valid otherwise."""
    found = map_scenarios(claim)
    assert list(credentials) == list(found)
    for label, credential in credentials.items():
        shown: dict[str, tuple[Json, Json]] = {
            move.name: (move.call.credential, move.call.scope) for move in found[label].steps
        }
        assert {
            **dict.fromkeys(shown, (CredentialKind.DEFAULT, None)),
            "call": (credential, scope),
        } == shown


@pytest.mark.parametrize("claim", [MISSING, REPLACING, "listBooks/credentials/missing"])
def test_plan_of_a_scheme_alone(claim: str) -> None:
    """The two scripts of missing credentials differ in the credentials alone; a run that draws no
    examples sends both, since they are cheap.
    """
    none, alone = map_scenarios(claim).values()
    assert [replace(move.call, credential=CredentialKind.DEFAULT) for move in none.steps] == [
        replace(move.call, credential=CredentialKind.DEFAULT) for move in alone.steps
    ]
    assert {
        label: script.in_quick for label, script in map_scenarios(claim, examples=0).items()
    } == {"refused": True, ALONE: True}


@pytest.mark.parametrize("claim", [MISSING, REPLACING, "listBooks/credentials/missing"])
def test_scheme_alone(claim: str) -> None:
    """A scheme without a token is refused like no credentials at all, also on a target that has no
    token.
    """
    found = execute_on_honest_server(claim, ALONE)
    assert found["call"].request.headers["authorization"] == "Bearer"
    assert evaluate(claim, found) == ["passed"]
    assert evaluate(claim, with_response(found, "call", 200)) == [
        "failed: a request without credentials is answered with 200 instead of being refused"
    ]
    assert evaluate(claim, with_response(found, "call", 500))[0].startswith("inconclusive")
    bare = TargetSession(
        build_toy_contract(), build_target(Server(), token=None), mark="run"
    ).execute_scenario(map_scenarios("listBooks/credentials/missing")[ALONE])
    assert evaluate("listBooks/credentials/missing", bare) == ["passed"]


def test_plan_under_another_scheme() -> None:
    """The two scripts of a bare token differ in the credentials alone; a run that draws no examples
    sends both, since they are cheap.
    """
    bare, elsewise = map_scenarios("replaceBook/credentials/bare").values()
    assert (
        describe_steps(bare)
        == describe_steps(elsewise)
        == ["made: createBook", "before: readBook", "call: replaceBook", "after: readBook"]
    )
    assert [replace(step.call, credential=CredentialKind.DEFAULT) for step in bare.steps] == [
        replace(step.call, credential=CredentialKind.DEFAULT) for step in elsewise.steps
    ]
    assert {
        label: script.in_quick for label, script in map_scenarios(BARE, examples=0).items()
    } == {"refused": True, ELSEWISE: True}


@pytest.mark.parametrize(
    "claim", [BARE, "listBooks/credentials/bare", "replaceBook/credentials/bare"]
)
def test_token_under_another_scheme(claim: str) -> None:
    """A known token under the scheme Basic is refused too; the message says what was shown, and the
    report hides the token.
    """
    found = execute_on_honest_server(claim, ELSEWISE)
    assert found["call"].request.headers["authorization"] == "Basic $TOKEN"
    assert evaluate(claim, found) == ["passed"]
    expected = "failed: a token under another scheme is answered with 200 instead of being refused"
    assert [expected] == evaluate(claim, with_response(found, "call", 200))
    assert evaluate(claim, with_response(found, "call", 500))[0].startswith("inconclusive")


@pytest.mark.parametrize("step", ["before", "after"])
@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_read_that_failed_shows_no_effect(step: str, status: int) -> None:
    """What could not be read before or afterwards is not known to have changed."""
    assert evaluate(REPLACING, with_response(execute_on_honest_server(REPLACING), step, status))[
        0
    ].startswith("inconclusive")


@pytest.mark.parametrize("status", [404, 410])
def test_an_item_that_is_gone_is_an_effect(status: int) -> None:
    """A refused change after which the item does not exist has an effect."""
    found = with_response(
        execute_on_honest_server(REPLACING), "after", status, body={"message": "gone"}
    )
    assert evaluate(REPLACING, found)[0].startswith("failed")


def test_effect_under_another_scheme_breaks() -> None:
    """A token under another scheme that is refused and yet creates, or changes, breaks the
    promise.
    """
    found = execute_on_honest_server(BARE, ELSEWISE)
    after = with_listed_items(
        found, "after", [{"id": "new", "title": found["call"].call.body["title"]}]
    )
    assert evaluate(BARE, after) == [
        "failed: a token under another scheme is refused with 401 and yet creates"
    ]
    claim = "replaceBook/credentials/bare"
    changed = with_response(
        execute_on_honest_server(claim, ELSEWISE),
        "after",
        edit=lambda item: {**item, "title": "changed"},
    )
    assert evaluate(claim, changed) == [
        "failed: a token under another scheme is refused with 401 and yet has an effect"
    ]


def test_no_token_under_another_scheme() -> None:
    """On a target without a token there is none to show under another scheme."""
    found = TargetSession(
        build_toy_contract(), build_target(Server(), token=None), mark="run"
    ).execute_scenario(map_scenarios("readBook/credentials/bare")[ELSEWISE])
    assert "call" not in found
    found = TargetSession(
        build_toy_contract(), build_target(Server(), token=None), mark="run"
    ).execute_scenario(map_scenarios("listBooks/credentials/bare")[ELSEWISE])
    assert evaluate("listBooks/credentials/bare", found) == [
        "inconclusive: it needs credentials: give --token TOKEN"
    ]


def test_forbidden_creations_carry_their_own_name() -> None:
    """A forbidden creation is marked apart, so that what it makes is told from what others do."""
    for claim in (MISSING, FORBIDDEN):
        assert {"{m}-forbidden"} == {
            script.steps[0].call.body["title"].text for script in map_scenarios(claim).values()
        }


@pytest.mark.parametrize(
    ("claim", "stage", "made"),
    [
        (REPLACING, "victim of book", ["made: createBook", "before: readBook"]),
        (
            "readBook/credentials/missing",
            "victim of book",
            ["made: createBook", "before: readBook"],
        ),
        (
            "returnBook/credentials/bare",
            "lendBooked victim of book",
            ["made: createBook", "made lendBook: lendBook", "before: readBook"],
        ),
    ],
)
def test_plan_with_one_victim(claim: str, stage: str, made: list[str]) -> None:
    """Without drawn examples, all refused calls on items name one thing, in the state in which they
    would have an effect.
    """
    script = map_scenarios(claim, examples=0)["refused"]
    own = claim.partition("/")[0]
    assert describe_steps(script) == [
        f"call: {own}",
        *(["after: readBook"] if own != "readBook" else []),
    ]
    assert {EarlierResponseValue("made", "/id")} == {
        step.call.arguments["book"] for step in script.steps
    }
    assert script.setup is not None
    assert (stage, made) == (
        script.setup.name,
        [f"{step.name}: {step.call.operation}" for step in script.setup.steps],
    )
    assert script.setup.steps[0].call.body["title"] == MarkedText("{m}-victim")


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (MISSING, ["call: createBook", "after: listBooks"]),
        ("listBooks/credentials/missing", ["call: listBooks"]),
    ],
)
def test_plan_without_a_victim(claim: str, expected: list[str]) -> None:
    """A refused call that names no item needs no victim, however few examples are drawn."""
    script = map_scenarios(claim, examples=0)["refused"]
    assert (expected, None) == (describe_steps(script), script.setup)


def test_look_without_documented_read() -> None:
    """Where reading one item is not documented, the list is looked at."""
    contract = build_toy_variant(
        ("operationId: readBook", ("operationId: readBook\n      x-basis: client"))
    )
    for script in map_scenarios(REPLACING, contract).values():
        assert describe_steps(script) == [
            "made: createBook",
            "before: listBooks",
            "call: replaceBook",
            "after: listBooks",
        ]


def test_books_are_listed() -> None:
    """The toy server lists what is ours: the tests above stand on that."""
    assert get_books(execute_on_honest_server(MISSING), "after") == []
