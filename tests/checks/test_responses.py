"""Tests of the checks on the status, the media type and the body of every response."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.checks.call import ApiCall, CredentialKind
from conformance.checks.exchange import HttpResponse
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING
from conformance.protocol import INTERMEDIARY_STATUSES

from .toy import (
    build_exchange,
    build_toy_variant,
    describe_steps,
    evaluate,
    evaluate_in_exchange,
    execute_on_honest_server,
    find_undecided_reason,
    map_scenarios,
    with_response,
)

CREATE, DELETE = ApiCall(operation="createBook"), ApiCall(operation="deleteBook")
BOOK = {"id": "1", "title": "x"}


def observe_response(
    claim: str,
    status: int,
    body: Json,
    call: ApiCall = CREATE,
    media_type: str = "application/json",
) -> list[str]:
    """Return the observations of a claim on one response."""
    return evaluate_in_exchange(claim, build_exchange("any", status, body, call, media_type))


class TestBodySchema:
    def test_valid_body_passes(self) -> None:
        """A body that matches its schema passes. Additional properties are allowed."""
        assert observe_response("createBook/responses/201/body", 201, {**BOOK, "more": 1}) == [
            "passed"
        ]

    @pytest.mark.parametrize(
        ("body", "location"),
        [
            ({"title": "x"}, "the root"),
            ({**BOOK, "title": 3}, "/title"),
            ([], "the root"),
            ({**BOOK, "authors": ["a", 1]}, "/authors/1"),
        ],
    )
    def test_invalid_body_fails(self, body: Json, location: str) -> None:
        """A body that does not match its schema breaks the promise. The message names the
        location.
        """
        (observation,) = observe_response("createBook/responses/201/body", 201, body)
        assert observation.startswith(
            f"failed: the body of a 201 answer breaks its schema at {location}: "
        )

    @pytest.mark.parametrize("body", [b"", b"<html>", b"{", b"\xff", b'{"id": NaN}'])
    def test_body_that_is_not_json_fails(self, body: bytes) -> None:
        """A body that is not JSON breaks the promise."""
        assert observe_response("createBook/responses/201/body", 201, body) == [
            "failed: the body of a 201 answer is not JSON"
        ]

    def test_formats_are_asserted(self) -> None:
        """An invalid date violates the schema."""
        assert observe_response(
            "createBook/responses/201/body", 201, {**BOOK, "created": "yesterday"}
        )[0].startswith("failed")

    def test_no_content_passes(self) -> None:
        """An empty body passes where no content is documented."""
        assert observe_response("deleteBook/responses/204/body", 204, b"", DELETE) == ["passed"]

    @pytest.mark.parametrize("body", [b"{}", b" ", b"null"])
    def test_undocumented_content_fails(self, body: bytes) -> None:
        """Any content breaks the promise where none is documented."""
        assert observe_response("deleteBook/responses/204/body", 204, body, DELETE) == [
            "failed: a 204 answer has content where none is documented"
        ]

    @pytest.mark.parametrize("status", [200, 202, 400, 500])
    def test_other_statuses_are_not_checked(self, status: int) -> None:
        """A response to which another documented response applies is not checked here."""
        assert observe_response("createBook/responses/201/body", status, "x") == []

    def test_most_specific_response_applies(self) -> None:
        """The response 400 applies to its own status. The response 4XX applies to the other
        refusals.
        """
        assert observe_response("createBook/responses/4XX/body", 400, "x") == []
        assert observe_response("createBook/responses/4XX/body", 404, "x")[0].startswith(
            "failed: the body of a 404 answer"
        )
        assert observe_response("createBook/responses/400/body", 400, "x")[0].startswith(
            "failed: the body of a 400 answer"
        )
        assert observe_response("createBook/responses/400/body", 404, "x") == []

    def test_other_operations_are_not_checked(self) -> None:
        """A response of another operation is not checked here, nor is a lost response."""
        assert (
            observe_response(
                "createBook/responses/201/body", 201, "x", ApiCall(operation="readBook")
            )
            == []
        )
        assert (
            evaluate_in_exchange(
                "createBook/responses/201/body", build_exchange("any", None, call=CREATE)
            )
            == []
        )


class TestMediaType:
    @pytest.mark.parametrize(
        "media_type",
        ["application/json", "application/json; charset=utf-8", "Application/JSON ;charset=x"],
    )
    def test_documented_type_passes(self, media_type: str) -> None:
        """The documented type passes, with any parameters and in any letter case."""
        assert observe_response(
            "createBook/responses/201/media", 201, BOOK, media_type=media_type
        ) == ["passed"]

    @pytest.mark.parametrize(
        "media_type", ["text/html", "application/json+x", "application/problem+json", "text/json"]
    )
    def test_other_type_fails(self, media_type: str) -> None:
        """Another type breaks the promise."""
        assert [
            f"failed: a 201 answer is {media_type} instead of application/json"
        ] == observe_response("createBook/responses/201/media", 201, BOOK, media_type=media_type)

    def test_missing_type_fails(self) -> None:
        """A missing type breaks the promise."""
        assert observe_response("createBook/responses/201/media", 201, BOOK, media_type="") == [
            "failed: a 201 answer is of no type instead of application/json"
        ]

    @pytest.mark.parametrize(
        ("status", "expected"), [(400, []), (404, ["failed"]), (200, []), (500, [])]
    )
    def test_other_statuses_are_not_checked(self, status: int, expected: list[str]) -> None:
        """Only the statuses that the documented response covers are checked."""
        observations = observe_response(
            "createBook/responses/4XX/media", status, BOOK, media_type="text/plain"
        )
        assert expected == [observation.partition(":")[0] for observation in observations]


class TestDocumentedStatus:
    CLAIM = "listBooks/responses/documented"

    @pytest.mark.parametrize("status", [200, 400, 401, 403, 404])
    def test_documented_status_passes(self, status: int) -> None:
        """A documented status passes."""
        assert evaluate_in_exchange(self.CLAIM, build_exchange("any", status)) == ["passed"]

    @pytest.mark.parametrize("status", [201, 204, 302, 409, 418, 422, 500, 501])
    def test_undocumented_status_fails(self, status: int) -> None:
        """A status that is not documented breaks the promise."""
        assert [f"failed: {status} is not a documented status"] == evaluate_in_exchange(
            self.CLAIM, build_exchange("any", status)
        )

    @pytest.mark.parametrize("status", [405, 406, 413, 415, 429, 502, 503, 504])
    def test_intermediary_statuses_are_ignored(self, status: int) -> None:
        """A status that a gateway may send before the request reaches the API decides nothing."""
        assert evaluate_in_exchange(self.CLAIM, build_exchange("any", status)) == []

    def test_list_of_intermediary_statuses(self) -> None:
        """A gateway may send these statuses and no others."""
        assert {401, 403, 404, 405, 406, 413, 415, 429, 502, 503, 504} == set(INTERMEDIARY_STATUSES)

    def test_plan(self) -> None:
        """One scenario sends a valid request and one a malformed request."""
        scenarios = map_scenarios(self.CLAIM)
        valid, malformed = (
            scenarios[label].steps[-1].call.arguments for label in ("valid", "malformed")
        )
        assert (valid, [*malformed]) == ({}, ["sort"])
        assert malformed["sort"] not in ("title", "created")

    def test_evaluation_ignores_the_status(self) -> None:
        """The evaluation of the trace makes no observation of the status. Only the observation of
        each exchange does.
        """
        assert (
            evaluate(self.CLAIM, with_response(execute_on_honest_server(self.CLAIM), "call", 418))
            == []
        )


class TestReachingStatus:
    def test_evaluation_ignores_a_reached_status(self) -> None:
        """The evaluation of the trace makes no observation if the expected status was reached."""
        assert (
            evaluate(
                "createBook/responses/400/body",
                execute_on_honest_server("createBook/responses/400/body"),
            )
            == []
        )

    @pytest.mark.parametrize("status", [201, 404, 500, 418])
    def test_unreached_status_is_inconclusive(self, status: int) -> None:
        """The evaluation of the trace is inconclusive if another status was reached."""
        trace = with_response(
            execute_on_honest_server("createBook/responses/400/body"), "call", status
        )
        assert [
            f"inconclusive: POST http://toy/shelves/aaaaaa/books → {status}, where 400 was to be"
            " reached"
        ] == evaluate("createBook/responses/400/body", trace)

    @pytest.mark.parametrize(
        ("claim", "expected"),
        [
            ("createBook/responses/201/body", CredentialKind.DEFAULT),
            ("listBooks/responses/401/media", CredentialKind.INVALID),
            ("listBooks/responses/403/body", CredentialKind.INVALID),
        ],
    )
    def test_credentials(self, claim: str, expected: CredentialKind) -> None:
        """A request with an unknown token gets the refusal of credentials."""
        assert expected == map_scenarios(claim)["reach"].steps[-1].call.credential

    def test_unknown_item(self) -> None:
        """A request for an id that does not exist gets 404."""
        scenario = map_scenarios("readBook/responses/404/body")["reach"]
        assert describe_steps(scenario) == ["made: createBook", "call: readBook"]
        assert isinstance(scenario.steps[-1].call.arguments["book"], str)

    def test_malformed_parameter(self) -> None:
        """A request with a refused parameter value gets 400."""
        arguments = map_scenarios("listBooks/responses/400/body")["reach"].steps[-1].call.arguments
        assert [*arguments] == ["sort"]
        assert arguments["sort"] not in ("title", "created")

    def test_malformed_body(self) -> None:
        """Without a refused parameter value, a body that is not JSON gets 400."""
        call = map_scenarios("createBook/responses/400/body")["reach"].steps[-1].call
        assert (call.text, call.body) == ('{"{m}-x', MISSING)

    def test_malformed_integer(self) -> None:
        """Without either, the request sends text for an integer to get 400."""
        contract = build_toy_variant(
            ("default: title}, x-refused: [enum], x-similar: [description]}", "default: title}}"),
            ("example: 5, x-refused: [minimum]}", "example: 5}"),
        )
        assert map_scenarios("listBooks/responses/400/body", contract)["reach"].steps[
            -1
        ].call.arguments == {"page": "no-such-value"}

    @pytest.mark.parametrize(
        "claim", ["createBook/responses/4XX/body", "readBook/responses/4XX/media"]
    )
    def test_status_class_has_no_scenario(self, claim: str) -> None:
        """No request is certain to get a status of a class."""
        assert find_undecided_reason(claim) == "there is no request that should get 4XX"

    def test_operation_without_refusals_has_no_scenario(self) -> None:
        """An operation that refuses nothing as malformed gets no malformed request."""
        assert (
            find_undecided_reason("deleteBook/responses/400/body")
            == "the documents name nothing that this operation refuses as malformed"
        )


@pytest.mark.parametrize(
    "claim",
    [
        "createBook/responses/201/body",
        "createBook/responses/201/media",
        "listBooks/responses/documented",
    ],
)
def test_honest_responses_pass(claim: str) -> None:
    """The responses of an honest server pass when each exchange is observed."""
    observations = [
        observation
        for exchange in execute_on_honest_server(claim)
        for observation in evaluate_in_exchange(claim, exchange)
    ]
    assert {"passed"} == set(observations)


def test_media_type_comes_from_content_type_only() -> None:
    """No other header provides the media type."""
    exchange = build_exchange("any", 201, BOOK, CREATE)
    exchange_without_type = replace(
        exchange,
        response=HttpResponse(status=201, headers={"accept": "application/json"}, body=b"{}"),
    )
    assert evaluate_in_exchange("createBook/responses/201/media", exchange_without_type) == [
        "failed: a 201 answer is of no type instead of application/json"
    ]
