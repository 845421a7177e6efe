"""Judging status, media type and shape of every answer."""

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


def heard(
    claim: str, status: int, body: Json, call: ApiCall = CREATE, media: str = "application/json"
) -> list[str]:
    """Return what a claim's watch says of one answer."""
    return evaluate_in_exchange(claim, build_exchange("any", status, body, call, media))


class TestShape:
    def test_valid_body_holds(self) -> None:
        """A body that fits its schema keeps the promise; further properties are allowed."""
        assert heard("createBook/responses/201/body", 201, {**BOOK, "more": 1}) == ["passed"]

    @pytest.mark.parametrize(
        ("body", "where"),
        [
            ({"title": "x"}, "the root"),
            ({**BOOK, "title": 3}, "/title"),
            ([], "the root"),
            ({**BOOK, "authors": ["a", 1]}, "/authors/1"),
        ],
    )
    def test_invalid_body_breaks(self, body: Json, where: str) -> None:
        """A body that does not fit breaks the promise; the message says where."""
        (found,) = heard("createBook/responses/201/body", 201, body)
        assert found.startswith(f"failed: the body of a 201 answer breaks its schema at {where}: ")

    @pytest.mark.parametrize("body", [b"", b"<html>", b"{", b"\xff", b'{"id": NaN}'])
    def test_what_is_no_json_breaks(self, body: bytes) -> None:
        """A body that is no JSON breaks the promise."""
        assert heard("createBook/responses/201/body", 201, body) == [
            "failed: the body of a 201 answer is not JSON"
        ]

    def test_formats_are_asserted(self) -> None:
        """A date that is none breaks the schema."""
        assert heard("createBook/responses/201/body", 201, {**BOOK, "created": "yesterday"})[
            0
        ].startswith("failed")

    def test_no_content_holds(self) -> None:
        """Where no content is documented, there is none."""
        assert heard("deleteBook/responses/204/body", 204, b"", DELETE) == ["passed"]

    @pytest.mark.parametrize("body", [b"{}", b" ", b"null"])
    def test_undocumented_content_breaks(self, body: bytes) -> None:
        """Where no content is documented, any breaks the promise."""
        assert heard("deleteBook/responses/204/body", 204, body, DELETE) == [
            "failed: a 204 answer has content where none is documented"
        ]

    @pytest.mark.parametrize("status", [200, 202, 400, 500])
    def test_other_statuses_are_another_claim(self, status: int) -> None:
        """An answer that falls under another documented response is not judged here."""
        assert heard("createBook/responses/201/body", status, "x") == []

    def test_most_exact_response_counts(self) -> None:
        """400 stands by itself, the other refusals fall under their class."""
        assert heard("createBook/responses/4XX/body", 400, "x") == []
        assert heard("createBook/responses/4XX/body", 404, "x")[0].startswith(
            "failed: the body of a 404 answer"
        )
        assert heard("createBook/responses/400/body", 400, "x")[0].startswith(
            "failed: the body of a 400 answer"
        )
        assert heard("createBook/responses/400/body", 404, "x") == []

    def test_other_operations_are_another_claim(self) -> None:
        """An answer to another operation is not judged here, nor one that never came."""
        assert heard("createBook/responses/201/body", 201, "x", ApiCall(operation="readBook")) == []
        assert (
            evaluate_in_exchange(
                "createBook/responses/201/body", build_exchange("any", None, call=CREATE)
            )
            == []
        )


class TestMedia:
    @pytest.mark.parametrize(
        "media",
        ["application/json", "application/json; charset=utf-8", "Application/JSON ;charset=x"],
    )
    def test_documented_type_holds(self, media: str) -> None:
        """The documented type holds, whatever its parameters and letters."""
        assert heard("createBook/responses/201/media", 201, BOOK, media=media) == ["passed"]

    @pytest.mark.parametrize(
        "media", ["text/html", "application/json+x", "application/problem+json", "text/json"]
    )
    def test_other_type_breaks(self, media: str) -> None:
        """Another type breaks the promise."""
        assert [f"failed: a 201 answer is {media} instead of application/json"] == heard(
            "createBook/responses/201/media", 201, BOOK, media=media
        )

    def test_no_type_breaks(self) -> None:
        """No type at all breaks the promise."""
        assert heard("createBook/responses/201/media", 201, BOOK, media="") == [
            "failed: a 201 answer is of no type instead of application/json"
        ]

    @pytest.mark.parametrize(
        ("status", "expected"), [(400, []), (404, ["failed"]), (200, []), (500, [])]
    )
    def test_other_statuses_are_another_claim(self, status: int, expected: list[str]) -> None:
        """Only answers that fall under the response are judged."""
        found = heard("createBook/responses/4XX/media", status, BOOK, media="text/plain")
        assert expected == [one.partition(":")[0] for one in found]


class TestDocumented:
    CLAIM = "listBooks/responses/documented"

    @pytest.mark.parametrize("status", [200, 400, 401, 403, 404])
    def test_documented_status_holds(self, status: int) -> None:
        """A listed status keeps the promise."""
        assert evaluate_in_exchange(self.CLAIM, build_exchange("any", status)) == ["passed"]

    @pytest.mark.parametrize("status", [201, 204, 302, 409, 418, 422, 500, 501])
    def test_undocumented_status_breaks(self, status: int) -> None:
        """A status that is not listed breaks the promise."""
        assert [f"failed: {status} is not a documented status"] == evaluate_in_exchange(
            self.CLAIM, build_exchange("any", status)
        )

    @pytest.mark.parametrize("status", [405, 406, 413, 415, 429, 502, 503, 504])
    def test_gateways_are_bystanders(self, status: int) -> None:
        """What a gateway answers before the API is asked says nothing."""
        assert evaluate_in_exchange(self.CLAIM, build_exchange("any", status)) == []

    def test_bystanders(self) -> None:
        """These statuses, and no others, are a gateway's."""
        assert {401, 403, 404, 405, 406, 413, 415, 429, 502, 503, 504} == set(INTERMEDIARY_STATUSES)

    def test_plan(self) -> None:
        """A valid and a malformed request are sent."""
        found = map_scenarios(self.CLAIM)
        valid, malformed = (
            found[label].steps[-1].call.arguments for label in ("valid", "malformed")
        )
        assert (valid, [*malformed]) == ({}, ["sort"])
        assert malformed["sort"] not in ("title", "created")

    def test_judge_leaves_it_to_the_watch(self) -> None:
        """The script's own judge says nothing of the status."""
        assert (
            evaluate(self.CLAIM, with_response(execute_on_honest_server(self.CLAIM), "call", 418))
            == []
        )


class TestReaching:
    def test_reached_status_is_left_to_the_watch(self) -> None:
        """When the status was reached, the judge says nothing more."""
        assert (
            evaluate(
                "createBook/responses/400/body",
                execute_on_honest_server("createBook/responses/400/body"),
            )
            == []
        )

    @pytest.mark.parametrize("status", [201, 404, 500, 418])
    def test_unreached_status_is_told(self, status: int) -> None:
        """When another status came, the judge says so."""
        found = with_response(
            execute_on_honest_server("createBook/responses/400/body"), "call", status
        )
        assert [
            f"inconclusive: POST http://toy/shelves/aaaaaa/books → {status}, where 400 was to be"
            " reached"
        ] == evaluate("createBook/responses/400/body", found)

    @pytest.mark.parametrize(
        ("claim", "expected"),
        [
            ("createBook/responses/201/body", CredentialKind.DEFAULT),
            ("listBooks/responses/401/media", CredentialKind.INVALID),
            ("listBooks/responses/403/body", CredentialKind.INVALID),
        ],
    )
    def test_credentials(self, claim: str, expected: CredentialKind) -> None:
        """A refusal of credentials is reached with an unknown token."""
        assert expected == map_scenarios(claim)["reach"].steps[-1].call.credential

    def test_unknown_thing(self) -> None:
        """404 is reached with an identity that does not exist."""
        script = map_scenarios("readBook/responses/404/body")["reach"]
        assert describe_steps(script) == ["made: createBook", "call: readBook"]
        assert isinstance(script.steps[-1].call.arguments["book"], str)

    def test_malformed_parameter(self) -> None:
        """400 is reached with a parameter value that is refused."""
        arguments = map_scenarios("listBooks/responses/400/body")["reach"].steps[-1].call.arguments
        assert [*arguments] == ["sort"]
        assert arguments["sort"] not in ("title", "created")

    def test_malformed_body(self) -> None:
        """Without such a parameter, 400 is reached with a body that is no JSON."""
        call = map_scenarios("createBook/responses/400/body")["reach"].steps[-1].call
        assert (call.text, call.body) == ('{"{m}-x', MISSING)

    def test_malformed_integer(self) -> None:
        """Without either, 400 is tried with text for a number."""
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
    def test_class_is_not_reached_on_purpose(self, claim: str) -> None:
        """No request is sure to get some class of statuses."""
        assert find_undecided_reason(claim) == "there is no request that should get 4XX"

    def test_nothing_to_refuse(self) -> None:
        """An operation that refuses nothing as malformed gets no such request."""
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
def test_watches_hear_honest_answers(claim: str) -> None:
    """Honest answers keep the promises that the watch hears."""
    found = [
        one
        for exchange in execute_on_honest_server(claim)
        for one in evaluate_in_exchange(claim, exchange)
    ]
    assert {"passed"} == set(found)


def test_header_values_are_as_received() -> None:
    """The media type comes from the content-type header alone."""
    exchange = build_exchange("any", 201, BOOK, CREATE)
    bare = replace(
        exchange,
        response=HttpResponse(status=201, headers={"accept": "application/json"}, body=b"{}"),
    )
    assert evaluate_in_exchange("createBook/responses/201/media", bare) == [
        "failed: a 201 answer is of no type instead of application/json"
    ]
