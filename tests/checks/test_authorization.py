"""Judging credentials and scopes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.checks.call import CredentialKind, EarlierResponseValue, MarkedText
from conformance.contract.json import Json
from conformance.suite.session import TargetSession

from .toy import (
    Server,
    bent,
    books,
    holding,
    honest,
    moves,
    said,
    scripts,
    silent,
    target,
    toy,
    variant,
    without,
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
    assert said(claim, honest(claim)) == ["held"]


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
    assert [f"broken: {what} is answered with {status} instead of being refused"] == said(
        claim, bent(honest(claim), "call", status)
    )


@pytest.mark.parametrize("claim", [MISSING, FORBIDDEN])
@pytest.mark.parametrize(
    ("status", "word"),
    [
        (400, "held"),
        (401, "held"),
        (403, "held"),
        (404, "held"),
        (499, "held"),
        (399, "unreached"),
        (500, "unreached"),
        (302, "unreached"),
    ],
)
def test_any_refusal_will_do(claim: str, status: int, word: str) -> None:
    """Where no status is documented, every refusal holds; what neither grants nor refuses decides
    nothing.
    """
    assert [word] == [
        one.partition(":")[0] for one in said(claim, bent(honest(claim), "call", status))
    ]


DOCUMENTED = "listBooks/credentials/invalid"


@pytest.mark.parametrize(
    ("status", "expected"),
    [(401, "held"), (403, "broken: an unknown token is answered with 403; documented is 401")],
)
def test_documented_status_of_unknown_tokens(status: int, expected: str) -> None:
    """Where 401 is documented, an unknown token gets that."""
    assert [expected] == said(DOCUMENTED, bent(honest(DOCUMENTED), "call", status))


def test_documented_401_is_for_unknown_tokens_alone() -> None:
    """Missing credentials may be refused with another status."""
    claim = "listBooks/credentials/missing"
    assert said(claim, bent(honest(claim), "call", 403)) == ["held"]


def test_unknown_token_without_documented_401() -> None:
    """Where 401 is not documented, an unknown token may be refused with 403."""
    assert said(INVALID, bent(honest(INVALID), "call", 403)) == ["held"]


def test_documented_401_excuses_nothing_else() -> None:
    """An unknown token that is let in, or met with a crash, is judged as any other."""
    assert said(DOCUMENTED, bent(honest(DOCUMENTED), "call", 200)) == [
        "broken: an unknown token is answered with 200 instead of being refused"
    ]
    assert said(DOCUMENTED, bent(honest(DOCUMENTED), "call", 500))[0].startswith("unreached")


@pytest.mark.parametrize("claim", [MISSING, FORBIDDEN])
def test_refused_and_yet_created(claim: str) -> None:
    """A refused creation that creates breaks the promise."""
    found = honest(claim)
    sent = found["call"].call.body["title"]
    status = found["call"].status
    after = holding(
        found, "after", [{"id": "other", "title": "other"}, {"id": "new", "title": sent}]
    )
    what = (
        "a request without credentials"
        if claim == MISSING
        else "a token with the scope books.read alone"
    )
    assert [f"broken: {what} is refused with {status} and yet creates"] == said(claim, after)


def test_other_items_may_appear() -> None:
    """Things that others make meanwhile are no effect of ours."""
    assert said(
        MISSING, holding(honest(MISSING), "after", [{"id": "other", "title": "run-forbidden2"}])
    ) == ["held"]


def test_effect_after_refusal_breaks() -> None:
    """A refused change that has an effect breaks the promise."""
    found = bent(honest(REPLACING), "after", edit=lambda item: {**item, "title": "changed"})
    assert said(REPLACING, found) == [
        "broken: a request without credentials is refused with 401 and yet has an effect"
    ]


def test_silence_decides_nothing() -> None:
    """No answer decides nothing."""
    assert said(MISSING, silent(honest(MISSING), "call"))[0].startswith("unreached")


def test_unread_list_decides_nothing() -> None:
    """A list that could not be read afterwards decides nothing of a creation."""
    assert said(MISSING, bent(honest(MISSING), "after", 500))[0].startswith("unreached")


def test_token_that_was_not_given() -> None:
    """A scope without a token on the target decides nothing."""
    assert said(FORBIDDEN, without(honest(FORBIDDEN), "call", "give --scoped-token")) == [
        "unreached: give --scoped-token"
    ]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (201, "held"),
        (200, "held"),
        (403, "broken"),
        (401, "unreached"),
        (400, "broken"),
        (500, "unreached"),
        (302, "unreached"),
    ],
)
def test_sufficient_scope(status: int, expected: str) -> None:
    """A sufficient scope succeeds; a refusal breaks the promise, unless the token was not known;
    anything else decides nothing.
    """
    assert [expected] == [
        one.partition(":")[0] for one in said(ALLOWED, bent(honest(ALLOWED), "call", status))
    ]


def test_sufficient_scope_is_named() -> None:
    """The message names the scope and the status."""
    assert said(ALLOWED, bent(honest(ALLOWED), "call", 403)) == [
        "broken: a token with the scope books.all is answered with 403"
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
        label: moves(script) for label, script in scripts(claim).items()
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
    found = scripts(claim)
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
    none, alone = scripts(claim).values()
    assert [replace(move.call, credential=CredentialKind.DEFAULT) for move in none.steps] == [
        replace(move.call, credential=CredentialKind.DEFAULT) for move in alone.steps
    ]
    assert {label: script.in_quick for label, script in scripts(claim, examples=0).items()} == {
        "refused": True,
        ALONE: True,
    }


@pytest.mark.parametrize("claim", [MISSING, REPLACING, "listBooks/credentials/missing"])
def test_scheme_alone(claim: str) -> None:
    """A scheme without a token is refused like no credentials at all, also on a target that has no
    token.
    """
    found = honest(claim, ALONE)
    assert found["call"].request.headers["authorization"] == "Bearer"
    assert said(claim, found) == ["held"]
    assert said(claim, bent(found, "call", 200)) == [
        "broken: a request without credentials is answered with 200 instead of being refused"
    ]
    assert said(claim, bent(found, "call", 500))[0].startswith("unreached")
    bare = TargetSession(toy(), target(Server(), token=None), mark="run").execute_scenario(
        scripts("listBooks/credentials/missing")[ALONE]
    )
    assert said("listBooks/credentials/missing", bare) == ["held"]


def test_plan_under_another_scheme() -> None:
    """The two scripts of a bare token differ in the credentials alone; a run that draws no examples
    sends both, since they are cheap.
    """
    bare, elsewise = scripts("replaceBook/credentials/bare").values()
    assert (
        moves(bare)
        == moves(elsewise)
        == ["made: createBook", "before: readBook", "call: replaceBook", "after: readBook"]
    )
    assert [replace(step.call, credential=CredentialKind.DEFAULT) for step in bare.steps] == [
        replace(step.call, credential=CredentialKind.DEFAULT) for step in elsewise.steps
    ]
    assert {label: script.in_quick for label, script in scripts(BARE, examples=0).items()} == {
        "refused": True,
        ELSEWISE: True,
    }


@pytest.mark.parametrize(
    "claim", [BARE, "listBooks/credentials/bare", "replaceBook/credentials/bare"]
)
def test_token_under_another_scheme(claim: str) -> None:
    """A known token under the scheme Basic is refused too; the message says what was shown, and the
    report hides the token.
    """
    found = honest(claim, ELSEWISE)
    assert found["call"].request.headers["authorization"] == "Basic $TOKEN"
    assert said(claim, found) == ["held"]
    expected = "broken: a token under another scheme is answered with 200 instead of being refused"
    assert [expected] == said(claim, bent(found, "call", 200))
    assert said(claim, bent(found, "call", 500))[0].startswith("unreached")


@pytest.mark.parametrize("step", ["before", "after"])
@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_read_that_failed_shows_no_effect(step: str, status: int) -> None:
    """What could not be read before or afterwards is not known to have changed."""
    assert said(REPLACING, bent(honest(REPLACING), step, status))[0].startswith("unreached")


@pytest.mark.parametrize("status", [404, 410])
def test_an_item_that_is_gone_is_an_effect(status: int) -> None:
    """A refused change after which the item does not exist has an effect."""
    found = bent(honest(REPLACING), "after", status, body={"message": "gone"})
    assert said(REPLACING, found)[0].startswith("broken")


def test_effect_under_another_scheme_breaks() -> None:
    """A token under another scheme that is refused and yet creates, or changes, breaks the
    promise.
    """
    found = honest(BARE, ELSEWISE)
    after = holding(found, "after", [{"id": "new", "title": found["call"].call.body["title"]}])
    assert said(BARE, after) == [
        "broken: a token under another scheme is refused with 401 and yet creates"
    ]
    claim = "replaceBook/credentials/bare"
    changed = bent(honest(claim, ELSEWISE), "after", edit=lambda item: {**item, "title": "changed"})
    assert said(claim, changed) == [
        "broken: a token under another scheme is refused with 401 and yet has an effect"
    ]


def test_no_token_under_another_scheme() -> None:
    """On a target without a token there is none to show under another scheme."""
    found = TargetSession(toy(), target(Server(), token=None), mark="run").execute_scenario(
        scripts("readBook/credentials/bare")[ELSEWISE]
    )
    assert "call" not in found
    found = TargetSession(toy(), target(Server(), token=None), mark="run").execute_scenario(
        scripts("listBooks/credentials/bare")[ELSEWISE]
    )
    assert said("listBooks/credentials/bare", found) == [
        "unreached: it needs credentials: give --token TOKEN"
    ]


def test_forbidden_creations_carry_their_own_name() -> None:
    """A forbidden creation is marked apart, so that what it makes is told from what others do."""
    for claim in (MISSING, FORBIDDEN):
        assert {"{m}-forbidden"} == {
            script.steps[0].call.body["title"].text for script in scripts(claim).values()
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
    script = scripts(claim, examples=0)["refused"]
    own = claim.partition("/")[0]
    assert moves(script) == [f"call: {own}", *(["after: readBook"] if own != "readBook" else [])]
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
    script = scripts(claim, examples=0)["refused"]
    assert (expected, None) == (moves(script), script.setup)


def test_look_without_documented_read() -> None:
    """Where reading one item is not documented, the list is looked at."""
    contract = variant(("operationId: readBook", "operationId: readBook\n      x-basis: client"))
    for script in scripts(REPLACING, contract).values():
        assert moves(script) == [
            "made: createBook",
            "before: listBooks",
            "call: replaceBook",
            "after: listBooks",
        ]


def test_books_are_listed() -> None:
    """The toy server lists what is ours: the tests above stand on that."""
    assert books(honest(MISSING), "after") == []
