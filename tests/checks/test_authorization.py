"""Checks of credentials and scopes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.checks.call import CredentialKind, EarlierResponseValue, TextWithRunMark
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

MISSING, INVALID, WITHOUT_SCHEME = (
    f"createBook/credentials/{defect}" for defect in ("missing", "invalid", "bare")
)
SCHEME_ALONE, OTHER_SCHEME = "a scheme alone", "under another scheme"
FORBIDDEN_SCOPE = "createBook/scopes/books.read/refused"
ALLOWED_SCOPE = "createBook/scopes/books.all/allowed"
REPLACE_WITHOUT_CREDENTIALS = "replaceBook/credentials/missing"


@pytest.mark.parametrize(
    "claim",
    [
        MISSING,
        INVALID,
        WITHOUT_SCHEME,
        FORBIDDEN_SCOPE,
        REPLACE_WITHOUT_CREDENTIALS,
        "listBooks/credentials/missing",
        "readBook/credentials/bare",
    ],
)
def test_refusal_without_effect_passes(claim: str) -> None:
    """A refused request that has no effect keeps the promise."""
    assert evaluate(claim, execute_on_honest_server(claim)) == ["passed"]


@pytest.mark.parametrize(
    ("claim", "description"),
    [
        (MISSING, "a request without credentials"),
        (INVALID, "an unknown token"),
        (WITHOUT_SCHEME, "a token without its scheme"),
        (FORBIDDEN_SCOPE, "a token with the scope books.read alone"),
    ],
)
@pytest.mark.parametrize("status", [200, 201, 299])
def test_success_fails(claim: str, description: str, status: int) -> None:
    """A request that succeeds although it should be refused breaks the promise. The message names
    the credentials that were sent.
    """
    assert [
        f"failed: {description} is answered with {status} instead of being refused"
    ] == evaluate(claim, with_response(execute_on_honest_server(claim), "call", status))


@pytest.mark.parametrize("claim", [MISSING, FORBIDDEN_SCOPE])
@pytest.mark.parametrize(
    ("status", "expected"),
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
def test_any_refusal_passes(claim: str, status: int, expected: str) -> None:
    """Where no status is documented, every refusal passes. A status that neither grants nor refuses
    is inconclusive.
    """
    assert [expected] == [
        outcome.partition(":")[0]
        for outcome in evaluate(
            claim, with_response(execute_on_honest_server(claim), "call", status)
        )
    ]


WITH_DOCUMENTED_401 = "listBooks/credentials/invalid"


@pytest.mark.parametrize(
    ("status", "expected"),
    [(401, "passed"), (403, "failed: an unknown token is answered with 403; documented is 401")],
)
def test_documented_status_of_unknown_tokens(status: int, expected: str) -> None:
    """Where 401 is documented, an unknown token must be refused with it."""
    assert [expected] == evaluate(
        WITH_DOCUMENTED_401,
        with_response(execute_on_honest_server(WITH_DOCUMENTED_401), "call", status),
    )


def test_documented_401_applies_to_unknown_tokens_only() -> None:
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


def test_unknown_token_that_is_not_refused() -> None:
    """Where 401 is documented, an unknown token that is accepted still fails, and a server error is
    still inconclusive.
    """
    assert evaluate(
        WITH_DOCUMENTED_401,
        with_response(execute_on_honest_server(WITH_DOCUMENTED_401), "call", 200),
    ) == ["failed: an unknown token is answered with 200 instead of being refused"]
    assert evaluate(
        WITH_DOCUMENTED_401,
        with_response(execute_on_honest_server(WITH_DOCUMENTED_401), "call", 500),
    )[0].startswith("inconclusive")


@pytest.mark.parametrize("claim", [MISSING, FORBIDDEN_SCOPE])
def test_refused_creation_that_creates_fails(claim: str) -> None:
    """A creation that is refused and yet creates an item breaks the promise."""
    trace = execute_on_honest_server(claim)
    title = trace["call"].call.body["title"]
    status = trace["call"].status
    changed_trace = with_listed_items(
        trace, "after", [{"id": "other", "title": "other"}, {"id": "new", "title": title}]
    )
    description = (
        "a request without credentials"
        if claim == MISSING
        else "a token with the scope books.read alone"
    )
    assert [f"failed: {description} is refused with {status} and yet creates"] == evaluate(
        claim, changed_trace
    )


def test_other_items_may_appear() -> None:
    """Items that other clients create in the meantime are not an effect of the request."""
    assert evaluate(
        MISSING,
        with_listed_items(
            execute_on_honest_server(MISSING), "after", [{"id": "other", "title": "run-forbidden2"}]
        ),
    ) == ["passed"]


def test_effect_after_refusal_fails() -> None:
    """A change that is refused and yet has an effect breaks the promise."""
    trace = with_response(
        execute_on_honest_server(REPLACE_WITHOUT_CREDENTIALS),
        "after",
        edit=lambda item: {**item, "title": "changed"},
    )
    assert evaluate(REPLACE_WITHOUT_CREDENTIALS, trace) == [
        "failed: a request without credentials is refused with 401 and yet has an effect"
    ]


def test_missing_response_is_inconclusive() -> None:
    """A request without a response is inconclusive."""
    assert evaluate(MISSING, with_lost_response(execute_on_honest_server(MISSING), "call"))[
        0
    ].startswith("inconclusive")


def test_failed_list_is_inconclusive() -> None:
    """A creation is inconclusive if the list cannot be read afterwards."""
    assert evaluate(MISSING, with_response(execute_on_honest_server(MISSING), "after", 500))[
        0
    ].startswith("inconclusive")


def test_missing_scoped_token_is_inconclusive() -> None:
    """A scope for which the target has no token is inconclusive."""
    assert evaluate(
        FORBIDDEN_SCOPE,
        with_skipped_step(execute_on_honest_server(FORBIDDEN_SCOPE), "call", "give --scoped-token"),
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
    """A request with a sufficient scope succeeds. A refusal breaks the promise, unless the token is
    unknown; any other status is inconclusive.
    """
    assert [expected] == [
        outcome.partition(":")[0]
        for outcome in evaluate(
            ALLOWED_SCOPE, with_response(execute_on_honest_server(ALLOWED_SCOPE), "call", status)
        )
    ]


def test_message_names_sufficient_scope() -> None:
    """The message names the scope and the status."""
    assert evaluate(
        ALLOWED_SCOPE, with_response(execute_on_honest_server(ALLOWED_SCOPE), "call", 403)
    ) == ["failed: a token with the scope books.all is answered with 403"]


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (MISSING, ["call: createBook", "after: listBooks"]),
        (
            REPLACE_WITHOUT_CREDENTIALS,
            ["made: createBook", "before: readBook", "call: replaceBook", "after: readBook"],
        ),
        (
            "deleteBook/credentials/invalid",
            ["made: createBook", "before: readBook", "call: deleteBook", "after: readBook"],
        ),
        ("readBook/credentials/missing", ["made: createBook", "call: readBook"]),
        ("listBooks/credentials/missing", ["call: listBooks"]),
        (FORBIDDEN_SCOPE, ["call: createBook", "after: listBooks"]),
    ],
)
def test_plan_of_refusals(claim: str, expected: list[str]) -> None:
    """A call that would have an effect is sent between two reads. Without credentials it is sent
    once with no header and once with a scheme alone.
    """
    labels = ["refused", SCHEME_ALONE] if claim.endswith("missing") else ["refused"]
    assert dict.fromkeys(labels, expected) == {
        label: describe_steps(scenario) for label, scenario in map_scenarios(claim).items()
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
            WITHOUT_SCHEME,
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
        (FORBIDDEN_SCOPE, {"refused": CredentialKind.SCOPED}, "books.read"),
        (ALLOWED_SCOPE, {"scope": CredentialKind.SCOPED}, "books.all"),
    ],
)
def test_plan_of_credentials(
    claim: str, credentials: dict[str, CredentialKind], scope: str | None
) -> None:
    """Only the call under test has the credentials under test; it is valid otherwise."""
    scenarios = map_scenarios(claim)
    assert list(credentials) == list(scenarios)
    for label, credential in credentials.items():
        credentials_by_step: dict[str, tuple[Json, Json]] = {
            step.name: (step.call.credential, step.call.scope) for step in scenarios[label].steps
        }
        assert {
            **dict.fromkeys(credentials_by_step, (CredentialKind.DEFAULT, None)),
            "call": (credential, scope),
        } == credentials_by_step


@pytest.mark.parametrize(
    "claim", [MISSING, REPLACE_WITHOUT_CREDENTIALS, "listBooks/credentials/missing"]
)
def test_plan_of_a_scheme_alone(claim: str) -> None:
    """The two scenarios of missing credentials differ in the credentials only. A run that draws no
    examples sends both, since they take few requests.
    """
    without_header, scheme_alone = map_scenarios(claim).values()
    assert [
        replace(step.call, credential=CredentialKind.DEFAULT) for step in without_header.steps
    ] == [replace(step.call, credential=CredentialKind.DEFAULT) for step in scheme_alone.steps]
    assert {
        label: scenario.in_quick for label, scenario in map_scenarios(claim, examples=0).items()
    } == {"refused": True, SCHEME_ALONE: True}


@pytest.mark.parametrize(
    "claim", [MISSING, REPLACE_WITHOUT_CREDENTIALS, "listBooks/credentials/missing"]
)
def test_scheme_alone(claim: str) -> None:
    """A scheme without a token is refused like missing credentials, also on a target that has no
    token.
    """
    trace = execute_on_honest_server(claim, SCHEME_ALONE)
    assert trace["call"].request.headers["authorization"] == "Bearer"
    assert evaluate(claim, trace) == ["passed"]
    assert evaluate(claim, with_response(trace, "call", 200)) == [
        "failed: a request without credentials is answered with 200 instead of being refused"
    ]
    assert evaluate(claim, with_response(trace, "call", 500))[0].startswith("inconclusive")
    trace_without_token = TargetSession(
        build_toy_contract(), build_target(Server(), token=None), mark="run"
    ).execute_scenario(map_scenarios("listBooks/credentials/missing")[SCHEME_ALONE])
    assert evaluate("listBooks/credentials/missing", trace_without_token) == ["passed"]


def test_plan_under_another_scheme() -> None:
    """The two scenarios of a bare token differ in the credentials only. A run that draws no
    examples sends both, since they take few requests.
    """
    without_scheme, other_scheme = map_scenarios("replaceBook/credentials/bare").values()
    assert (
        describe_steps(without_scheme)
        == describe_steps(other_scheme)
        == ["made: createBook", "before: readBook", "call: replaceBook", "after: readBook"]
    )
    assert [
        replace(step.call, credential=CredentialKind.DEFAULT) for step in without_scheme.steps
    ] == [replace(step.call, credential=CredentialKind.DEFAULT) for step in other_scheme.steps]
    assert {
        label: scenario.in_quick
        for label, scenario in map_scenarios(WITHOUT_SCHEME, examples=0).items()
    } == {"refused": True, OTHER_SCHEME: True}


@pytest.mark.parametrize(
    "claim", [WITHOUT_SCHEME, "listBooks/credentials/bare", "replaceBook/credentials/bare"]
)
def test_token_under_another_scheme(claim: str) -> None:
    """A known token under the scheme Basic is refused too. The message names the credentials that
    were sent, and the report hides the token.
    """
    trace = execute_on_honest_server(claim, OTHER_SCHEME)
    assert trace["call"].request.headers["authorization"] == "Basic $TOKEN"
    assert evaluate(claim, trace) == ["passed"]
    expected = "failed: a token under another scheme is answered with 200 instead of being refused"
    assert [expected] == evaluate(claim, with_response(trace, "call", 200))
    assert evaluate(claim, with_response(trace, "call", 500))[0].startswith("inconclusive")


@pytest.mark.parametrize("step", ["before", "after"])
@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_failed_read_shows_no_effect(step: str, status: int) -> None:
    """An item that could not be read before or afterwards is not known to have changed."""
    assert evaluate(
        REPLACE_WITHOUT_CREDENTIALS,
        with_response(execute_on_honest_server(REPLACE_WITHOUT_CREDENTIALS), step, status),
    )[0].startswith("inconclusive")


@pytest.mark.parametrize("status", [404, 410])
def test_missing_item_is_an_effect(status: int) -> None:
    """A refused change has an effect if the item no longer exists afterwards."""
    trace = with_response(
        execute_on_honest_server(REPLACE_WITHOUT_CREDENTIALS),
        "after",
        status,
        body={"message": "gone"},
    )
    assert evaluate(REPLACE_WITHOUT_CREDENTIALS, trace)[0].startswith("failed")


def test_effect_under_another_scheme_fails() -> None:
    """A request with a token under another scheme that is refused and yet creates or changes an
    item breaks the promise.
    """
    trace = execute_on_honest_server(WITHOUT_SCHEME, OTHER_SCHEME)
    trace_with_item = with_listed_items(
        trace, "after", [{"id": "new", "title": trace["call"].call.body["title"]}]
    )
    assert evaluate(WITHOUT_SCHEME, trace_with_item) == [
        "failed: a token under another scheme is refused with 401 and yet creates"
    ]
    claim = "replaceBook/credentials/bare"
    trace_with_change = with_response(
        execute_on_honest_server(claim, OTHER_SCHEME),
        "after",
        edit=lambda item: {**item, "title": "changed"},
    )
    assert evaluate(claim, trace_with_change) == [
        "failed: a token under another scheme is refused with 401 and yet has an effect"
    ]


def test_target_without_token_skips_other_scheme() -> None:
    """On a target without a token there is no token to send under another scheme."""
    trace = TargetSession(
        build_toy_contract(), build_target(Server(), token=None), mark="run"
    ).execute_scenario(map_scenarios("readBook/credentials/bare")[OTHER_SCHEME])
    assert "call" not in trace
    trace = TargetSession(
        build_toy_contract(), build_target(Server(), token=None), mark="run"
    ).execute_scenario(map_scenarios("listBooks/credentials/bare")[OTHER_SCHEME])
    assert evaluate("listBooks/credentials/bare", trace) == [
        "inconclusive: it needs credentials: give --token TOKEN"
    ]


def test_forbidden_creations_have_their_own_name() -> None:
    """A forbidden creation has its own mark, so that an item it creates is distinct from the items
    of other clients.
    """
    for claim in (MISSING, FORBIDDEN_SCOPE):
        assert {"{m}-forbidden"} == {
            scenario.steps[0].call.body["title"].text for scenario in map_scenarios(claim).values()
        }


@pytest.mark.parametrize(
    ("claim", "setup_name", "setup_steps"),
    [
        (REPLACE_WITHOUT_CREDENTIALS, "victim of book", ["made: createBook", "before: readBook"]),
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
def test_plan_with_shared_item(claim: str, setup_name: str, setup_steps: list[str]) -> None:
    """Without drawn examples, all refused calls on items address one shared item, in the state in
    which they would have an effect.
    """
    scenario = map_scenarios(claim, examples=0)["refused"]
    operation = claim.partition("/")[0]
    assert describe_steps(scenario) == [
        f"call: {operation}",
        *(["after: readBook"] if operation != "readBook" else []),
    ]
    assert {EarlierResponseValue("made", "/id")} == {
        step.call.arguments["book"] for step in scenario.steps
    }
    assert scenario.setup is not None
    assert (setup_name, setup_steps) == (
        scenario.setup.name,
        [f"{step.name}: {step.call.operation}" for step in scenario.setup.steps],
    )
    assert scenario.setup.steps[0].call.body["title"] == TextWithRunMark("{m}-victim")


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (MISSING, ["call: createBook", "after: listBooks"]),
        ("listBooks/credentials/missing", ["call: listBooks"]),
    ],
)
def test_plan_without_shared_item(claim: str, expected: list[str]) -> None:
    """A refused call that names no item needs no shared item, however few examples are drawn."""
    scenario = map_scenarios(claim, examples=0)["refused"]
    assert (expected, None) == (describe_steps(scenario), scenario.setup)


def test_read_back_without_documented_read() -> None:
    """Where reading one item is not documented, the list is read instead."""
    contract = build_toy_variant(
        ("operationId: readBook", ("operationId: readBook\n      x-basis: client"))
    )
    for scenario in map_scenarios(REPLACE_WITHOUT_CREDENTIALS, contract).values():
        assert describe_steps(scenario) == [
            "made: createBook",
            "before: listBooks",
            "call: replaceBook",
            "after: listBooks",
        ]


def test_no_books_are_listed() -> None:
    """The honest toy server lists none of the forbidden items. The tests above rely on that."""
    assert get_books(execute_on_honest_server(MISSING), "after") == []
