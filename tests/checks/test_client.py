"""Checks of what a typed client sends and returns."""

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
    NoAnswer,
    NoAnswerKind,
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
INTENDED_REQUEST = HttpRequest(
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


def list_messages(claim: str, exchange: Exchange) -> list[str]:
    """Return the messages of the observations that a claim makes in an exchange."""
    context = CheckContext(contract=CONTRACT, claim=CLAIMS[claim], seed="seed")
    return [
        observation.message if isinstance(observation, Failed) else "passed"
        for observation in observe_exchange(CHECKS[context.claim.kind], context, exchange)
    ]


def build_client_exchange(
    status: int,
    body: Json,
    outcome: ClientCallOutcome,
    sent_request: HttpRequest = INTENDED_REQUEST,
) -> Exchange:
    """Return an exchange of a client that sent one request."""
    response = HttpResponse(
        status=status, headers={"content-type": "application/json"}, body=json.dumps(body).encode()
    )
    call = ApiCall(operation="getAppGroup", arguments={"app_group_id": 1})
    return Exchange(
        step="any",
        call=call,
        request=sent_request,
        response=response,
        client_call=ClientCallRecord(
            intended_request=INTENDED_REQUEST, outcome=outcome, attempts=1, server_attempts=1
        ),
    )


@pytest.mark.parametrize(
    ("left", "right", "pointer"),
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
def test_first_difference_is_located(left: Json, right: Json, pointer: str | None) -> None:
    """A missing value is not null, true is not a number, and 2.0 equals 2. The first difference is
    located by its pointer.
    """
    assert find_first_json_difference(left, right) == pointer


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
def test_sent_request_is_the_intended_request(change: dict[str, Json], message: str) -> None:
    """The order of different parameters and the encoding of blanks do not matter; everything else
    does.
    """
    (observed_message,) = list_messages(
        "getAppGroup/client/sends",
        build_client_exchange(
            200, BODY, ClientCallOutcome(value=BODY), replace(INTENDED_REQUEST, **change)
        ),
    )
    assert message in observed_message


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
def test_returned_value_is_the_response(
    status: int, body: Json, outcome: ClientCallOutcome, message: str
) -> None:
    """A returned value has the whole response. A documented error raises its own exception with its
    body, and an undocumented response raises an error.
    """
    (observed_message,) = list_messages(
        "getAppGroup/client/answers", build_client_exchange(status, body, outcome)
    )
    assert message in observed_message


def test_gateway_response_is_ignored() -> None:
    """No claim observes a response that the gateway sent itself."""
    exchange = build_client_exchange(200, BODY, ClientCallOutcome(value=None))
    assert (
        list_messages(
            "getAppGroup/client/answers",
            replace(exchange, call=replace(exchange.call, gateway_statuses=(503,))),
        )
        == []
    )


def test_refusing_an_allowed_call_fails() -> None:
    """A call that the client did not send is reported only by the claim about sending."""
    exchange = build_client_exchange(
        200, BODY, ClientCallOutcome(exception_names=("InvalidArguments",))
    )
    assert exchange.client_call is not None
    unsent_exchange = replace(
        exchange,
        response=None,
        failure=NoAnswer(NoAnswerKind.NOT_SENT, "the client sent nothing"),
        client_call=replace(exchange.client_call, attempts=0, server_attempts=0),
    )
    assert list_messages("getAppGroup/client/sends", unsent_exchange) == ["the client sent nothing"]
    assert list_messages("getAppGroup/client/answers", unsent_exchange) == []


@pytest.mark.parametrize(
    ("call", "allowed"),
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
def test_allowed_calls(call: ApiCall, allowed: bool) -> None:
    """The documentation allows a call that is valid by its schemas, complete, and without anything
    undeclared.
    """
    assert is_call_allowed_by_contract(CONTRACT, call) is allowed


@pytest.mark.parametrize(
    ("intended_type", "sent_type", "message"),
    [
        ("application/json", "application/JSON; charset=utf-8", "passed"),
        ("application/json", "text/json", "content-type: text/json"),
    ],
)
def test_parameters_of_a_media_type_do_not_matter(
    intended_type: str, sent_type: str, message: str
) -> None:
    """The parameters of a media type and its letter case do not matter. Another media type fails
    the check.
    """
    exchange = build_client_exchange(
        200,
        BODY,
        ClientCallOutcome(value=BODY),
        replace(
            INTENDED_REQUEST,
            headers={**INTENDED_REQUEST.headers, "content-type": sent_type},
            body="{}",
        ),
    )
    assert exchange.client_call is not None
    intended_request = replace(
        INTENDED_REQUEST,
        headers={**INTENDED_REQUEST.headers, "content-type": intended_type},
        body="{}",
    )
    (observed_message,) = list_messages(
        "getAppGroup/client/sends",
        replace(
            exchange, client_call=replace(exchange.client_call, intended_request=intended_request)
        ),
    )
    assert message in observed_message


def evaluate_gateway_failure(claim: str, outcome: ClientCallOutcome, attempts: int = 1) -> str:
    """Return the message of the observation for a call to which a gateway responded instead of the
    server, after this number of attempts.
    """
    exchange = build_client_exchange(int("502"), BODY, outcome)
    assert exchange.client_call is not None
    trace = Trace(
        exchanges={
            "call": (
                replace(exchange, client_call=replace(exchange.client_call, attempts=attempts)),
            )
        }
    )
    context = CheckContext(contract=CONTRACT, claim=CLAIMS[claim], seed="seed")
    (observation,) = evaluate_trace(CHECKS[context.claim.kind], context, trace)
    return (
        observation.message
        if isinstance(observation, Failed)
        else "passed"
        if isinstance(observation, Passed)
        else repr(observation)
    )


GATEWAY_ERROR = ClientCallOutcome(
    exception_names=("ServiceError", "ServerError", "StatusError"),
    status=int("502"),
    documented_statuses=("5XX",),
)


@pytest.mark.parametrize(
    ("outcome", "message"),
    [
        (GATEWAY_ERROR, "passed"),
        (replace(GATEWAY_ERROR, status=503), "raised ServiceError: "),
        (replace(GATEWAY_ERROR, documented_statuses=("500",)), "raised ServiceError: "),
        (ClientCallOutcome(value=BODY), "returned a value"),
    ],
)
def test_gateway_failure_raises_the_documented_exception(
    outcome: ClientCallOutcome, message: str
) -> None:
    """The client raises the exception of the documented status, which has the status that it
    received.
    """
    assert message in evaluate_gateway_failure("getAppGroup/client/copes/5XX", outcome)


@pytest.mark.parametrize(
    ("claim", "outcome", "attempts", "message"),
    [
        ("getAppGroup", ClientCallOutcome(value=BODY), 2, "passed"),
        ("getAppGroup", GATEWAY_ERROR, 1, "and the client sent it once"),
        ("getAppGroup", GATEWAY_ERROR, 3, "and the client sent it 3 times"),
        ("getAppGroup", GATEWAY_ERROR, 2, "sent the call again, and raised ServiceError"),
        ("createAppGroup", GATEWAY_ERROR, 1, "passed"),
        ("createAppGroup", GATEWAY_ERROR, 2, "and the client sent it 2 times"),
        ("createAppGroup", NOT_FOUND, 1, "and the client raised NotFound"),
        ("createAppGroup", ClientCallOutcome(value=BODY), 1, "and the client raised nothing"),
    ],
)
def test_retries(claim: str, outcome: ClientCallOutcome, attempts: int, message: str) -> None:
    """A failed read is sent once more and returns the next response. A creation is not sent again,
    and its failure is raised.
    """
    assert message in evaluate_gateway_failure(f"{claim}/client/retries/5XX", outcome, attempts)


def test_plan_of_gateway_failures_and_empty_values() -> None:
    """The gateway fails once where the call may be repeated, and for every attempt where no attempt
    may succeed. For each value that may be null or empty there is a call.
    """
    gateway_statuses = {}
    for suffix in ("retries/5XX", "copes/5XX"):
        context = CheckContext(
            contract=CONTRACT, claim=CLAIMS[f"getAppGroup/client/{suffix}"], seed="seed"
        )
        (scenario,) = plan_scenarios(CHECKS[context.claim.kind], context)
        assert isinstance(scenario.steps[-1], Step)
        gateway_statuses[suffix] = scenario.steps[-1].call.gateway_statuses
    assert gateway_statuses == {"retries/5XX": (503,), "copes/5XX": (502,) * 8}
    contract = load_builtin_contract("losant")
    sending_claim = next(
        claim
        for claim in build_client_claims(contract)
        if claim.id == "createExperienceGroup/client/sends"
    )
    labels = [
        scenario.label
        for scenario in plan_scenarios(
            CHECKS[sending_claim.kind],
            CheckContext(contract=contract, claim=sending_claim, seed="seed"),
        )
    ]
    list_labels = [
        "experienceUserIds []",
        "experienceEndpointIds []",
        "deviceIds []",
        "deviceTags []",
    ]
    assert labels == [
        "call",
        "description ''",
        *list_labels,
        "deviceQueryJson None",
        "deviceQueryJson ''",
        "parentId None",
    ]
