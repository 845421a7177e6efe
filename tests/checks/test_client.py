"""Judging what a typed client sent and gave."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from conformance.checks.call import ApiCall
from conformance.checks.check import CheckContext, evaluate_trace, observe_exchange, plan_scenarios
from conformance.checks.client import CHECKS, is_call_allowed_by_contract
from conformance.checks.exchange import (
    ClientCallOutcome,
    ClientCallRecord,
    Exchange,
    HttpRequest,
    HttpResponse,
    Trace,
)
from conformance.checks.observation import Failed, Passed
from conformance.checks.scenario import Step
from conformance.contract.client import build_client_claims
from conformance.contract.equality import find_first_json_difference
from conformance.contract.json import Json

from .toy import load_builtin_contract

CONTRACT = load_builtin_contract("push-express")
CLAIMS = {claim.id: claim for claim in build_client_claims(CONTRACT)}
BODY = {"id": 1, "app_ids": [2], "name": "x", "all_apps": False, "archived": True}
ERROR = {"error": "no", "req_id": "r"}
ASKED = HttpRequest(
    method="GET",
    url="http://h/app/groups/1?a=1&a=2&b=x%20y",
    headers={"authorization": "Bearer $TOKEN"},
    body=None,
)
NOT_FOUND = ClientCallOutcome(
    exception_names=("NotFound", "ClientError", "StatusError"),
    status=404,
    error_body=ERROR,
    documented_statuses=("404",),
)


def told(claim: str, exchange: Exchange) -> list[str]:
    """Return what the watch of a claim says of an exchange."""
    setting = CheckContext(contract=CONTRACT, claim=CLAIMS[claim], seed="seed")
    return [
        one.message if isinstance(one, Failed) else "passed"
        for one in observe_exchange(CHECKS[setting.claim.kind], setting, exchange)
    ]


def spoken(
    status: int, body: Json, outcome: ClientCallOutcome, sent: HttpRequest = ASKED
) -> Exchange:
    """Return an exchange of a client that sent one request."""
    response = HttpResponse(
        status=status, headers={"content-type": "application/json"}, body=json.dumps(body).encode()
    )
    call = ApiCall(operation="getAppGroup", arguments={"app_group_id": 1})
    return Exchange(
        step="any",
        call=call,
        request=sent,
        response=response,
        client_call=ClientCallRecord(
            intended_request=ASKED, outcome=outcome, attempts=1, server_attempts=1
        ),
    )


@pytest.mark.parametrize(
    ("one", "other", "at"),
    [
        ({"a": [1, {"b": 2.0}]}, {"a": [1, {"b": 2}]}, None),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, "/a/1/b"),
        ({"a": None}, {}, "/a"),
        ({}, {"a": None}, "/a"),
        ([1], [1, 1], ""),
        (1, True, ""),
        ("1", 1, ""),
        (None, False, ""),
    ],
)
def test_differences_have_a_place(one: Json, other: Json, at: str | None) -> None:
    """Absent is not null, true is no number, 2.0 is 2; the first difference is told by its
    pointer.
    """
    assert find_first_json_difference(one, other) == at


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"url": "http://h/app/groups/1?b=x+y&a=1&a=2"}, "passed"),
        ({"url": "http://h/app/groups/2?a=1&a=2&b=x%20y"}, "to http://h/app/groups/2"),
        ({"url": "http://h/app%2Fgroups/1?a=1&a=2&b=x%20y"}, "to http://h/app%2Fgroups/1"),
        ({"url": "http://h/app/groups/1?a=2&a=1&b=x%20y"}, "for a instead of"),
        ({"url": "http://h/app/groups/1?a=1&a=2"}, "nothing for b"),
        ({"url": "http://h/app/groups/1?a=1&a=2&b=x%20y&c="}, "for c, which was not given"),
        ({"method": "PUT"}, "PUT instead of GET"),
        ({"headers": {}}, "authorization: (none)"),
        ({"body": "{}"}, "the body {} instead of nothing"),
        ({"body": "x" * 121}, f"the body {'x' * 117}... instead of nothing"),
    ],
)
def test_what_was_sent_is_what_was_asked(change: dict[str, Json], message: str) -> None:
    """Order of different parameters and spelling of blanks do not matter; all else does."""
    (found,) = told(
        "getAppGroup/client/sends",
        spoken(200, BODY, ClientCallOutcome(value=BODY), replace(ASKED, **change)),
    )
    assert message in found


@pytest.mark.parametrize(
    ("status", "body", "outcome", "message"),
    [
        (200, BODY, ClientCallOutcome(value=BODY), "passed"),
        (200, BODY, ClientCallOutcome(value={**BODY, "name": "y"}), "something else at /name"),
        (200, BODY, ClientCallOutcome(value=None), "something else at the root"),
        (
            200,
            BODY,
            ClientCallOutcome(exception_names=("InvalidResponse",)),
            "took it for undocumented",
        ),
        (200, {"id": "x"}, ClientCallOutcome(exception_names=("InvalidResponse",)), "passed"),
        (
            200,
            BODY,
            ClientCallOutcome(exception_names=("KeyError", "LookupError")),
            "raised KeyError: ",
        ),
        (
            404,
            ERROR,
            replace(NOT_FOUND, exception_names=("NotFound", "ClientError")),
            "raised NotFound, its exception for 404",
        ),
        (404, ERROR, NOT_FOUND, "passed"),
        (404, ERROR, replace(NOT_FOUND, error_body={"error": "no"}), "something else at /req_id"),
        (
            404,
            ERROR,
            replace(NOT_FOUND, documented_statuses=("400", "404")),
            "its exception for 400, 404",
        ),
        (
            404,
            ERROR,
            replace(NOT_FOUND, exception_names=("NotFound", "StatusError")),
            "no ClientError",
        ),
        (404, ERROR, replace(NOT_FOUND, status=400), "the status 400"),
        (404, ERROR, ClientCallOutcome(value=ERROR), "returned a value for a documented error"),
        (302, {}, ClientCallOutcome(exception_names=("UnexpectedStatus",)), "passed"),
        (302, {}, ClientCallOutcome(value=None), "not documented"),
        (302, {}, NOT_FOUND, "not documented"),
    ],
)
def test_what_was_given_is_what_was_answered(
    status: int, body: Json, outcome: ClientCallOutcome, message: str
) -> None:
    """A value holds the whole answer, a documented error is its own exception with its body, and
    what is not documented is an error.
    """
    (found,) = told("getAppGroup/client/answers", spoken(status, body, outcome))
    assert message in found


def test_a_gateway_is_not_the_server() -> None:
    """No claim hears what the line answered itself."""
    exchange = spoken(200, BODY, ClientCallOutcome(value=None))
    assert (
        told(
            "getAppGroup/client/answers",
            replace(exchange, call=replace(exchange.call, gateway_statuses=(503,))),
        )
        == []
    )


def test_refusing_an_allowed_call_is_a_breach() -> None:
    """A call that was not sent is told of only by the claim about sending."""
    exchange = spoken(200, BODY, ClientCallOutcome(exception_names=("InvalidArguments",)))
    assert exchange.client_call is not None
    unsent = replace(
        exchange,
        response=None,
        failure="the client sent nothing",
        client_call=replace(exchange.client_call, attempts=0, server_attempts=0),
    )
    assert told("getAppGroup/client/sends", unsent) == ["the client sent nothing"]
    assert told("getAppGroup/client/answers", unsent) == []


@pytest.mark.parametrize(
    ("call", "may"),
    [
        (ApiCall(operation="getAppGroup", arguments={"app_group_id": 1}), True),
        (ApiCall(operation="getAppGroup", arguments={"app_group_id": "x"}), False),
        (ApiCall(operation="getAppGroup"), False),
        (ApiCall(operation="listAppGroups"), True),
        (ApiCall(operation="listAppGroups", arguments={"archived": "yes"}), False),
        (ApiCall(operation="listAppGroups", arguments={"per_page": "many"}), False),
        (ApiCall(operation="listAppGroups", query={"more": "1"}), False),
        (ApiCall(operation="createAppGroup"), False),
        (
            ApiCall(
                operation="createAppGroup", body={"name": "x", "app_ids": [1], "all_apps": False}
            ),
            True,
        ),
        (ApiCall(operation="createAppGroup", body={"name": "x"}), False),
    ],
)
def test_allowed_calls(call: ApiCall, may: bool) -> None:
    """The documents allow what their schemas allow, complete and without anything undeclared."""
    assert is_call_allowed_by_contract(CONTRACT, call) is may


@pytest.mark.parametrize(
    ("one", "other", "message"),
    [
        ("application/json", "application/JSON; charset=utf-8", "passed"),
        ("application/json", "text/json", "content-type: text/json"),
    ],
)
def test_parameters_of_a_media_type_do_not_matter(one: str, other: str, message: str) -> None:
    """A body is JSON in whatever words; another media type is another."""
    exchange = spoken(
        200,
        BODY,
        ClientCallOutcome(value=BODY),
        replace(ASKED, headers={**ASKED.headers, "content-type": other}, body="{}"),
    )
    assert exchange.client_call is not None
    asked = replace(ASKED, headers={**ASKED.headers, "content-type": one}, body="{}")
    (found,) = told(
        "getAppGroup/client/sends",
        replace(exchange, client_call=replace(exchange.client_call, intended_request=asked)),
    )
    assert message in found


def failing(claim: str, outcome: ClientCallOutcome, tries: int = 1) -> str:
    """Return what the judge of a claim says of a call that a gateway answered, so often, in the
    server's stead.
    """
    exchange = spoken(int("502"), BODY, outcome)
    assert exchange.client_call is not None
    trace = Trace(
        exchanges={
            "call": (replace(exchange, client_call=replace(exchange.client_call, attempts=tries)),)
        }
    )
    setting = CheckContext(contract=CONTRACT, claim=CLAIMS[claim], seed="seed")
    (found,) = evaluate_trace(CHECKS[setting.claim.kind], setting, trace)
    return (
        found.message
        if isinstance(found, Failed)
        else "passed"
        if isinstance(found, Passed)
        else repr(found)
    )


DOWN = ClientCallOutcome(
    exception_names=("ServiceError", "ServerError", "StatusError"),
    status=int("502"),
    documented_statuses=("5XX",),
)


@pytest.mark.parametrize(
    ("outcome", "message"),
    [
        (DOWN, "passed"),
        (replace(DOWN, status=503), "raised ServiceError: "),
        (replace(DOWN, documented_statuses=("500",)), "raised ServiceError: "),
        (ClientCallOutcome(value=BODY), "returned a value"),
    ],
)
def test_a_failure_without_words_is_the_documented_exception(
    outcome: ClientCallOutcome, message: str
) -> None:
    """The exception stands for the documented status, and carries the one that came."""
    assert message in failing("getAppGroup/client/copes/5XX", outcome)


@pytest.mark.parametrize(
    ("claim", "outcome", "tries", "message"),
    [
        ("getAppGroup", ClientCallOutcome(value=BODY), 2, "passed"),
        ("getAppGroup", DOWN, 1, "and the client sent it once"),
        ("getAppGroup", DOWN, 3, "and the client sent it 3 times"),
        ("getAppGroup", DOWN, 2, "sent the call again, and raised ServiceError"),
        ("createAppGroup", DOWN, 1, "passed"),
        ("createAppGroup", DOWN, 2, "and the client sent it 2 times"),
        ("createAppGroup", NOT_FOUND, 1, "and the client raised ('NotFound',)"),
        ("createAppGroup", ClientCallOutcome(value=BODY), 1, "and the client raised nothing"),
    ],
)
def test_what_is_repeated_is_repeated_once(
    claim: str, outcome: ClientCallOutcome, tries: int, message: str
) -> None:
    """A read is sent once more and gives what then comes; a creation is not, and the failure is
    raised.
    """
    assert message in failing(f"{claim}/client/retries/5XX", outcome, tries)


def test_calls_through_a_gateway_and_calls_with_nothing_in_them_are_planned() -> None:
    """It fails once where the call may be repeated, and for long where no try is to get through; of
    what may be null or empty each is sent.
    """
    gateways = {}
    for end in ("retries/5XX", "copes/5XX"):
        setting = CheckContext(
            contract=CONTRACT, claim=CLAIMS[f"getAppGroup/client/{end}"], seed="seed"
        )
        (script,) = plan_scenarios(CHECKS[setting.claim.kind], setting)
        assert isinstance(script.steps[-1], Step)
        gateways[end] = script.steps[-1].call.gateway_statuses
    assert gateways == {"retries/5XX": (503,), "copes/5XX": (502,) * 8}
    contract = load_builtin_contract("losant")
    sends = next(
        claim
        for claim in build_client_claims(contract)
        if claim.id == "createExperienceGroup/client/sends"
    )
    labels = [
        script.label
        for script in plan_scenarios(
            CHECKS[sends.kind], CheckContext(contract=contract, claim=sends, seed="seed")
        )
    ]
    lists = ["experienceUserIds []", "experienceEndpointIds []", "deviceIds []", "deviceTags []"]
    assert labels == [
        "call",
        "description ''",
        *lists,
        "deviceQueryJson None",
        "deviceQueryJson ''",
        "parentId None",
    ]
