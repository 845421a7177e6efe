"""Tests of the checks that an operation succeeds, accepts its arguments, applies its defaults and
refuses invalid values.
"""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from conformance.checks.exchange import Trace
from conformance.checks.requests import MALFORMED_STATUSES, list_malformed_request_statuses
from conformance.contract.json import Json

from .toy import (
    Server,
    build_exchange,
    build_toy_contract,
    build_toy_variant,
    build_trace,
    describe_steps,
    evaluate,
    execute_on_honest_server,
    execute_on_server,
    find_undecided_reason,
    map_scenarios,
    with_lost_response,
    with_response,
    with_skipped_step,
)

UNAVAILABLE = (429, 502, 503, 504)


def get_only_outcome(observations: list[str]) -> str:
    """Return the outcome of the only observation."""
    assert len(observations) == 1, observations
    return observations[0].partition(":")[0]


def with_missing_fixtures(trace: Trace, *names: str) -> Trace:
    """Return the trace as if the target had not provided some fixtures."""
    return Trace(exchanges=trace.exchanges, missing_fixtures=frozenset(names))


def execute_lend_refused_once() -> Trace:
    """Execute `lendBook` on a server that refuses the first call, on the new item. Return the
    trace.
    """
    server, refused_paths = Server(), list[str]()

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/lend") and not refused_paths:
            refused_paths.append(request.url.path)
            return httpx.Response(409, json={"error": "no", "ticket": "1"})
        return server.handle(request)

    return execute_on_server("lendBook/answers", handle)


class TestAcceptsMinimalRequest:
    def test_documented_success_passes(self) -> None:
        """The documented status passes."""
        assert evaluate("createBook/answers", execute_on_honest_server("createBook/answers")) == [
            "passed"
        ]

    @pytest.mark.parametrize("status", [200, 202, 204, 299])
    def test_other_success_fails(self, status: int) -> None:
        """Another success status breaks the promise."""
        trace = with_response(execute_on_honest_server("createBook/answers"), "call", status)
        assert [f"failed: answered with {status}; documented is 201"] == evaluate(
            "createBook/answers", trace
        )

    @pytest.mark.parametrize(
        ("status", "outcome"),
        [
            (400, "failed"),
            (404, "failed"),
            (500, "failed"),
            (501, "failed"),
            (505, "failed"),
            (300, "failed"),
            (402, "failed"),
            (428, "failed"),
            (430, "failed"),
        ],
    )
    def test_unexplained_error_fails(self, status: int, outcome: str) -> None:
        """An error that the request does not explain breaks the promise."""
        assert [f"{outcome}: answered with {status}; documented is 201"] == evaluate(
            "createBook/answers",
            with_response(execute_on_honest_server("createBook/answers"), "call", status),
        )

    @pytest.mark.parametrize("status", [401, 403])
    def test_refused_credentials_are_inconclusive(self, status: int) -> None:
        """Refused credentials are inconclusive about the operation."""
        observations = evaluate(
            "createBook/answers",
            with_response(execute_on_honest_server("createBook/answers"), "call", status),
        )
        assert [
            "inconclusive: the credentials were not accepted: POST"
            " http://toy/shelves/aaaaaa/books →"
            f" {status}"
        ] == observations

    @pytest.mark.parametrize("status", UNAVAILABLE)
    def test_unavailable_server_is_inconclusive(self, status: int) -> None:
        """A status of an unavailable server is inconclusive about the operation."""
        observations = evaluate(
            "createBook/answers",
            with_response(execute_on_honest_server("createBook/answers"), "call", status),
        )
        assert [
            "inconclusive: the server was not available: POST http://toy/shelves/aaaaaa/books →"
            f" {status}"
        ] == observations

    def test_lost_response_is_inconclusive(self) -> None:
        """A lost response is inconclusive."""
        assert (
            get_only_outcome(
                evaluate(
                    "createBook/answers",
                    with_lost_response(execute_on_honest_server("createBook/answers"), "call"),
                )
            )
            == "inconclusive"
        )

    def test_refused_fallback_ids_are_inconclusive(self) -> None:
        """A refusal may be about fallback ids. The reason names the options that provide
        real ids.
        """
        observations = evaluate(
            "createBook/answers",
            with_missing_fixtures(
                with_response(execute_on_honest_server("createBook/answers"), "call", 400),
                "authors",
                "sequel",
            ),
        )
        assert get_only_outcome(observations) == "inconclusive"
        assert "--fixture authors=… --fixture sequel=…" in observations[0]

    def test_server_error_on_fallback_ids_fails(self) -> None:
        """Fallback ids explain a refusal, but not a server error."""
        trace = with_missing_fixtures(
            with_response(execute_on_honest_server("createBook/answers"), "call", 500), "authors"
        )
        assert evaluate("createBook/answers", trace) == [
            ("failed: answered with 500; documented is 201")
        ]

    def test_success_in_one_state_passes(self) -> None:
        """An operation that depends on a state passes if it succeeds in either state."""
        assert evaluate("lendBook/answers", execute_on_honest_server("lendBook/answers")) == [
            "passed"
        ]
        assert evaluate("lendBook/answers", execute_lend_refused_once()) == ["passed"]

    def test_other_state_is_skipped_after_success(self) -> None:
        """After a success, no call is sent for an item in the other state."""
        assert list(execute_on_honest_server("lendBook/answers").exchanges) == ["made", "call"]
        assert list(execute_lend_refused_once().exchanges) == [
            "made",
            "call",
            "other 0",
            "switched 0",
            "call 0",
        ]

    @pytest.mark.parametrize("step", ["call", "call 0"])
    def test_undocumented_success_in_either_state_fails(self, step: str) -> None:
        """A documented success in one state does not excuse an undocumented one in the other."""
        assert evaluate(
            "lendBook/answers", with_response(execute_lend_refused_once(), step, 200)
        ) == ["failed: answered with 200; documented is 204"]

    def test_refusal_in_both_states_fails(self) -> None:
        """An operation that succeeds in neither state breaks the promise."""
        trace = with_response(execute_lend_refused_once(), "call 0", 400)
        assert evaluate("lendBook/answers", trace) == [
            ("failed: answered with 409; documented is 204")
        ]

    def test_plan_of_item_operation(self) -> None:
        """An operation on an item is called on a new item and on a switched item."""
        expected = [
            "made: createBook",
            "call: deleteBook",
            "other 0: createBook",
            "switched 0: lendBook",
            "call 0: deleteBook",
        ]
        assert expected == describe_steps(map_scenarios("deleteBook/answers")["plain"])

    def test_plan_of_collection_operation(self) -> None:
        """An operation on the collection needs no created item."""
        assert describe_steps(map_scenarios("listBooks/answers")["plain"]) == ["call: listBooks"]

    def test_calls_use_the_created_items(self) -> None:
        """Each call uses the item that was created for it."""
        steps = {
            step.name: step.call for step in map_scenarios("deleteBook/answers")["plain"].steps
        }
        assert tuple(
            steps[name].arguments["book"].step for name in ("call", "switched 0", "call 0")
        ) == ("made", "other 0", "other 0")


class TestAcceptsArguments:
    def test_documented_success_passes(self) -> None:
        """The documented status passes."""
        assert evaluate(
            "listBooks/sort/accepts/title", execute_on_honest_server("listBooks/sort/accepts/title")
        ) == ["passed"]

    @pytest.mark.parametrize(
        ("status", "outcome"),
        [
            (400, "failed"),
            (206, "failed"),
            (500, "failed"),
            (401, "inconclusive"),
            (503, "inconclusive"),
        ],
    )
    def test_other_statuses(self, status: int, outcome: str) -> None:
        """The refusal of a documented value breaks the promise, unless the status has another
        cause.
        """
        assert outcome == get_only_outcome(
            evaluate(
                "listBooks/sort/accepts/title",
                with_response(
                    execute_on_honest_server("listBooks/sort/accepts/title"), "call", status
                ),
            )
        )

    def test_refused_later_page_is_inconclusive(self) -> None:
        """A refusal of a later page may only mean that the page does not exist."""
        claim = "listBooks/examples/page=2&size=5"
        assert (
            "the list may be too short for that page"
            in evaluate(claim, with_response(execute_on_honest_server(claim), "call", 404))[0]
        )

    @pytest.mark.parametrize("status", [500, 302])
    def test_error_on_a_later_page_fails(self, status: int) -> None:
        """Only a refusal of a later page is excused, no other status."""
        claim = "listBooks/examples/page=2&size=5"
        assert [f"failed: answered with {status}; documented is 200"] == evaluate(
            claim, with_response(execute_on_honest_server(claim), "call", status)
        )

    @pytest.mark.parametrize(
        ("total", "outcome"),
        [(11, "failed"), (10, "inconclusive"), (None, "inconclusive"), ("11", "inconclusive")],
    )
    def test_refused_later_page_of_a_counted_list(self, total: Json, outcome: str) -> None:
        """A page that the counted list reaches may not be refused."""
        claim = "listBooks/examples/page=2&size=5"
        counted_trace = with_response(
            execute_on_honest_server(claim),
            "count",
            edit=lambda body: {**body, "meta": {"total": total}},
        )
        assert outcome == get_only_outcome(
            evaluate(claim, with_response(counted_trace, "call", 404))
        )

    @pytest.mark.parametrize(("total", "outcome"), [(6, "failed"), (5, "inconclusive")])
    def test_page_numbers_from_one(self, total: int, outcome: str) -> None:
        """If page numbers start at one, page two begins after one page."""
        claim = "listBooks/examples/page=2&size=5"
        contract = build_toy_variant(
            ("first: 0", "first: 1"), ("minimum: 0, default: 0", "minimum: 1, default: 1")
        )
        counted_trace = with_response(
            execute_on_honest_server(claim),
            "count",
            edit=lambda body: {**body, "meta": {"total": total}},
        )
        assert outcome == get_only_outcome(
            evaluate(claim, with_response(counted_trace, "call", 404), contract)
        )

    def test_refused_first_page_fails(self) -> None:
        """The first page always exists, so its refusal is not excused."""
        contract = build_toy_variant(("{page: 2, size: 5}", "{page: 0, size: 5}"))
        claim = "listBooks/examples/page=0&size=5"
        assert list(map_scenarios(claim, contract)) == ["arguments"]
        assert evaluate(claim, build_trace(build_exchange("call", 400)), contract) == [
            "failed: answered with 400; documented is 200"
        ]

    def test_list_is_counted_before_a_later_page(self) -> None:
        """Before a later page, the first page is requested to count the list. The list needs enough
        items where the target can be filled in advance.
        """
        scenario = map_scenarios("listBooks/examples/page=2&size=5")["later page"]
        assert (describe_steps(scenario), scenario.min_items) == (
            ["count: listBooks", "call: listBooks"],
            15,
        )
        assert [step.call.arguments for step in scenario.steps] == [
            {"page": 0, "size": 5},
            {"page": 2, "size": 5},
        ]

    def test_size_without_page_is_not_a_later_page(self) -> None:
        """A request without a page number cannot miss a page."""
        assert (
            get_only_outcome(
                evaluate(
                    "listBooks/size/example",
                    with_response(execute_on_honest_server("listBooks/size/example"), "call", 400),
                )
            )
            == "failed"
        )

    def test_refused_path_example_is_inconclusive(self) -> None:
        """A documented id that the target refuses may not exist there."""
        claim = "listBooks/shelf/example"
        assert (
            "the target may not know the documented example"
            in evaluate(claim, with_response(execute_on_honest_server(claim), "call", 404))[0]
        )
        assert (
            get_only_outcome(
                evaluate(claim, with_response(execute_on_honest_server(claim), "call", 500))
            )
            == "failed"
        )

    def test_example_in_a_header_is_sent(self) -> None:
        """The example of a header is sent like any other argument."""
        contract = build_toy_variant(
            (
                "{name: way, in: query, schema: {type: string, enum: [up, down], default: up}}",
                "{name: way, in: header, schema: {type: string}, example: up}",
            )
        )
        assert map_scenarios("listBooks/way/example", contract)["arguments"].steps[
            -1
        ].call.arguments == {"way": "up"}

    def test_path_example_uses_the_id_of_the_target(self) -> None:
        """The example of a path parameter is tested by a plain call with the id of the target."""
        assert map_scenarios("listBooks/shelf/example")["example"].steps[-1].call.arguments == {}

    def test_example_of_an_item_id_has_no_scenario(self) -> None:
        """No target is known to have the documented item."""
        contract = build_toy_variant(
            ("pattern: '^[a-f0-9]{8}$'}}", "pattern: '^[a-f0-9]{8}$'}, example: '00000000'}")
        )
        assert (
            find_undecided_reason("readBook/book/example", contract)
            == "whether the documented example exists is not known on any target"
        )

    def test_arguments_are_sent(self) -> None:
        """The call holds the arguments of the claim and those that every valid call needs."""
        assert map_scenarios("listBooks/sort/accepts/created")["arguments"].steps[
            -1
        ].call.arguments == {"sort": "created"}

    def test_optional_parameter_is_omitted(self) -> None:
        """A claim that a parameter is optional sends no argument, so all such claims have the same
        scenario.
        """
        sort_scenario, way_scenario = (
            map_scenarios(f"listBooks/{name}/optional")["arguments"] for name in ("sort", "way")
        )
        assert sort_scenario.steps[-1].call.arguments == {}
        assert sort_scenario == way_scenario

    def test_headers_pass_on_success_only(self) -> None:
        """A request with the documented headers gets the documented success status."""
        claim = "listBooks/headers/json"
        assert evaluate(claim, execute_on_honest_server(claim)) == ["passed"]
        assert evaluate(claim, with_response(execute_on_honest_server(claim), "call", 415)) == [
            "failed: answered with 415; documented is 200"
        ]
        assert (
            get_only_outcome(
                evaluate(claim, with_response(execute_on_honest_server(claim), "call", 401))
            )
            == "inconclusive"
        )

    def test_headers_are_sent(self) -> None:
        """The call has the documented headers."""
        assert map_scenarios("listBooks/headers/json")["headers"].steps[-1].call.headers == {
            "Content-Type": "application/json",
            "Accept": "application/json",
        }


def reverse_items(body: Json) -> Json:
    """Return the body of a list response with its items in reverse order."""
    return {**body, "books": body["books"][::-1]}


def drop_last_items(count: int) -> Callable[[Json], Json]:
    """Return an edit that removes the last items of a list response."""
    return lambda body: {**body, "books": body["books"][: len(body["books"]) - count]}


def set_metadata(**meta: Json) -> Callable[[Json], Json]:
    """Return an edit that sets fields of the metadata of a list response."""
    return lambda body: {**body, "meta": {**body["meta"], **meta}}


class TestDefault:
    @pytest.mark.parametrize("name", ["sort", "way", "page", "size"])
    def test_equal_responses_pass(self, name: str) -> None:
        """Two equal responses pass."""
        assert evaluate(
            f"listBooks/{name}/default", execute_on_honest_server(f"listBooks/{name}/default")
        ) == ["passed"]

    @pytest.mark.parametrize("edit", [reverse_items, drop_last_items(1)])
    @pytest.mark.parametrize("step", ["absent", "explicit"])
    def test_different_items_fail(self, step: str, edit: Callable[[Json], Json]) -> None:
        """Different items, or another order, break the promise."""
        observations = evaluate(
            "listBooks/sort/default",
            with_response(execute_on_honest_server("listBooks/sort/default"), step, edit=edit),
        )
        assert observations == ["failed: without sort the list is not that of sort=title"]

    def test_foreign_items_are_ignored(self) -> None:
        """Items that the run did not create are not compared."""
        trace = with_response(
            execute_on_honest_server("listBooks/sort/default"),
            "absent",
            edit=lambda body: {**body, "books": [{"id": "theirs"}, *body["books"]]},
        )
        assert evaluate("listBooks/sort/default", trace) == ["passed"]

    def test_different_echoed_value_fails(self) -> None:
        """If the response to the explicit default echoes it, the response without the parameter
        echoes it too.
        """
        observations = evaluate(
            "listBooks/sort/default",
            with_response(
                execute_on_honest_server("listBooks/sort/default"),
                "absent",
                edit=set_metadata(sort="created"),
            ),
        )
        assert observations == [
            'failed: without sort the answer says "created" at /meta/sort, and "title" with its'
            " default"
        ]

    def test_unrelated_metadata_is_ignored(self) -> None:
        """A difference in other metadata than the default is ignored."""
        assert evaluate(
            "listBooks/sort/default",
            with_response(
                execute_on_honest_server("listBooks/sort/default"),
                "absent",
                edit=set_metadata(total=99),
            ),
        ) == ["passed"]

    def test_value_echoed_once_is_ignored(self) -> None:
        """A response may omit a default that was not sent."""
        trace = with_response(
            execute_on_honest_server("listBooks/sort/default"),
            "absent",
            edit=lambda body: {"books": body["books"]},
        )
        assert evaluate("listBooks/sort/default", trace) == ["passed"]

    def test_content_of_items_is_ignored(self) -> None:
        """Items are compared by identity, not by content."""

        def rename_items(body: Json) -> Json:
            return {**body, "books": [{**item, "title": "title"} for item in body["books"]]}

        assert evaluate(
            "listBooks/sort/default",
            with_response(
                execute_on_honest_server("listBooks/sort/default"), "explicit", edit=rename_items
            ),
        ) == ["passed"]

    @pytest.mark.parametrize(
        ("count", "outcome"), [(0, "inconclusive"), (1, "inconclusive"), (2, "passed")]
    )
    def test_two_items_are_needed(self, count: int, outcome: str) -> None:
        """Fewer than two items show no order."""
        trace = execute_on_honest_server("listBooks/sort/default")
        for step in ("absent", "explicit"):
            trace = with_response(
                trace, step, edit=lambda body: {**body, "books": body["books"][:count]}
            )
        assert outcome == get_only_outcome(evaluate("listBooks/sort/default", trace))

    @pytest.mark.parametrize(
        ("missing_count", "expected"),
        [(0, "passed"), (1, "failed: without size the list holds 19 of 60 items, although 20 fit")],
    )
    def test_page_of_the_default_size_is_full(self, missing_count: int, expected: str) -> None:
        """A page of the default size holds as many created items as fit."""
        trace = execute_on_honest_server("listBooks/size/default")
        for step in ("absent", "explicit"):
            trace = with_response(trace, step, edit=drop_last_items(missing_count))
        assert [expected] == evaluate("listBooks/size/default", trace)

    def test_page_smaller_than_a_large_default_fails(self) -> None:
        """If the default size exceeds the number of created items, the page holds all of them."""
        contract = build_toy_variant(("minimum: 1, default: 20}", "minimum: 1, default: 500}"))
        trace = execute_on_honest_server("listBooks/size/default")
        assert evaluate("listBooks/size/default", trace, contract) == [
            "failed: without size the list holds 20 of 60 items, although 500 fit"
        ]

    @pytest.mark.parametrize(
        ("size", "expected"),
        [(60, "passed"), (61, "inconclusive: 60 items are too few to see that a page holds 61")],
    )
    def test_large_default_size_needs_enough_items(self, size: int, expected: str) -> None:
        """A default size that no response echoes is visible only on a full page."""
        contract = build_toy_variant(("minimum: 1, default: 20}", f"minimum: 1, default: {size}}}"))
        trace = execute_on_honest_server("listBooks/size/default")
        created_items = [exchange.json for exchange in trace if exchange.step.startswith("item")]
        for step in ("absent", "explicit"):
            trace = with_response(trace, step, body={"books": created_items, "meta": {}})
        assert [expected] == evaluate("listBooks/size/default", trace, contract)
        assert evaluate(
            "listBooks/size/default",
            with_response(trace, "absent", body={"books": created_items, "meta": {"size": size}}),
            contract,
        ) == ["passed"]

    def test_page_size_is_ignored_for_other_defaults(self) -> None:
        """A list need not fill its page unless the default is the size."""
        trace = execute_on_honest_server("listBooks/way/default")
        for step in ("absent", "explicit"):
            trace = with_response(trace, step, edit=drop_last_items(3))
        assert evaluate("listBooks/way/default", trace) == ["passed"]

    def test_failed_list_is_inconclusive(self) -> None:
        """A list that cannot be read is inconclusive."""
        assert (
            get_only_outcome(
                evaluate(
                    "listBooks/sort/default",
                    with_response(
                        execute_on_honest_server("listBooks/sort/default"), "absent", 500
                    ),
                )
            )
            == "inconclusive"
        )

    def test_plan(self) -> None:
        """Both calls select the created items. Only one sends the parameter, with its default."""
        default_arguments, explicit_arguments = (
            step.call.arguments for step in map_scenarios("listBooks/sort/default")["default"].steps
        )
        assert ({"field", "glob"}, {"field", "glob", "sort"}, "title") == (
            set(default_arguments),
            set(explicit_arguments),
            explicit_arguments["sort"],
        )

    def test_plan_of_page(self) -> None:
        """The default page is requested in small pages, so that another page would differ."""
        default_arguments, explicit_arguments = (
            step.call.arguments for step in map_scenarios("listBooks/page/default")["default"].steps
        )
        assert (
            default_arguments["size"],
            explicit_arguments["size"],
            explicit_arguments["page"],
        ) == (3, 3, 0)

    @pytest.mark.parametrize(
        ("claim", "setup_name"),
        [("size", "crowd of 60 book"), ("sort", "catalog of book"), ("page", "catalog of book")],
    )
    def test_setup(self, claim: str, setup_name: str) -> None:
        """The default page size needs a long list. Other defaults need the catalog."""
        setup = map_scenarios(f"listBooks/{claim}/default")["default"].setup
        assert setup is not None
        assert setup_name == setup.name

    def test_defaults_outside_lists_have_no_scenario(self) -> None:
        """Only lists show their defaults."""
        assert find_undecided_reason(
            "x/flag/default", build_contract_with_default_outside_lists()
        ) == ("only the defaults of lists can be seen")


def build_contract_with_default_outside_lists() -> object:
    """Build a contract with a default on an operation that does not list."""
    return build_toy_variant(
        (
            "    post: {operationId: lendBook,",
            (
                "    post: {operationId: x, parameters: [{name: flag, in: query, schema: {type:"
                " string, default: a}}],"
            ),
        ),
        ("on: lendBook", "on: x"),
    )


class TestDefaultPageSize:
    @pytest.mark.parametrize(
        ("item_count", "total", "expected"),
        [
            (20, 21, "passed"),
            (19, 21, "failed: without size a page of a longer list holds 19 items, and not 20"),
            (21, 21, "failed: without size a page of a longer list holds 21 items, and not 20"),
            (21, None, "failed: without size a page of a longer list holds 21 items, and not 20"),
            (20, 20, "inconclusive: the list holds 20 items: more than 20 would show a whole page"),
            (19, 20, "inconclusive: the list holds 20 items: more than 20 would show a whole page"),
            (
                19,
                None,
                ("inconclusive: the list holds 19 items: more than 20 would show a whole page"),
            ),
        ],
    )
    def test_plain_page(self, item_count: int, total: int | None, expected: str) -> None:
        """A page of a longer list, requested without a size, holds exactly the default number of
        items.
        """
        body = {
            "books": [{"id": str(number)} for number in range(item_count)],
            "meta": {} if total is None else {"total": total},
        }
        assert [expected] == evaluate(
            "listBooks/size/default", build_trace(build_exchange("plain", 200, body))
        )

    @pytest.mark.parametrize(
        ("item_count", "expected"),
        [
            (500, "passed"),
            (499, "failed: without size a page of a longer list holds 499 items, and not 500"),
        ],
    )
    def test_large_page(self, item_count: int, expected: str) -> None:
        """The default may be large."""
        body = {
            "books": [{"id": str(number)} for number in range(item_count)],
            "meta": {"total": 501},
        }
        contract = build_toy_variant(("minimum: 1, default: 20}", "minimum: 1, default: 500}"))
        assert [expected] == evaluate(
            "listBooks/size/default", build_trace(build_exchange("plain", 200, body)), contract
        )

    def test_plan(self) -> None:
        """The step requests the list without parameters. The list needs more items than the default
        size where the target can be filled in advance.
        """
        scenario = map_scenarios("listBooks/size/default")["full page"]
        assert (describe_steps(scenario), scenario.min_items, scenario.steps[0].call.arguments) == (
            ["plain: listBooks"],
            25,
            {},
        )


class TestRefusesInvalidParameter:
    claim = "listBooks/sort/refuses/enum"

    def test_documented_refusal_passes(self) -> None:
        """The documented refusal passes."""
        assert evaluate(self.claim, execute_on_honest_server(self.claim)) == ["passed"]

    @pytest.mark.parametrize("status", [200, 404, 422, 409, 413, 415, 500, 301])
    def test_other_statuses_fail(self, status: int) -> None:
        """Any status but the documented refusal breaks the promise. The message names the
        status.
        """
        value = execute_on_honest_server(self.claim)["call"].call.arguments["sort"]
        expected = (
            f"failed: sort={value} is answered with {status} instead of being refused with 400"
        )
        assert [expected] == evaluate(
            self.claim, with_response(execute_on_honest_server(self.claim), "call", status)
        )

    @pytest.mark.parametrize("status", [401, 403, *UNAVAILABLE])
    def test_unprocessed_request_is_inconclusive(self, status: int) -> None:
        """A status of a server that did not process the request is inconclusive."""
        assert (
            "inconclusive: the server did not look at it"
            in evaluate(
                self.claim, with_response(execute_on_honest_server(self.claim), "call", status)
            )[0]
        )

    def test_values_violate_the_keyword(self) -> None:
        """Each scenario sends one value that violates the keyword, but no value that the contract
        calls similar.
        """
        values = [
            scenario.steps[-1].call.arguments["sort"]
            for scenario in map_scenarios(self.claim).values()
        ]
        assert len(values) == len(set(map(str, values))) == 2
        assert not {"title", "created", "description"} & set(values)

    def test_named_value_is_sent(self) -> None:
        """A value that the contract names is sent unchanged."""
        assert [
            scenario.steps[-1].call.arguments["q"]
            for scenario in map_scenarios("listBooks/q/refuses/strange").values()
        ] == [{"color": "red"}]

    def test_expected_refusal_statuses(self) -> None:
        """The documented refusals are expected, or any of the usual ones if none is documented."""
        assert list_malformed_request_statuses(build_toy_contract().operations["createBook"]) == (
            400,
        )
        assert (
            list_malformed_request_statuses(build_toy_contract().operations["readBook"])
            == MALFORMED_STATUSES
        )
        assert MALFORMED_STATUSES == (400, 409, 413, 415, 422)

    def test_skipped_call_is_inconclusive(self) -> None:
        """A call that was not sent is inconclusive, with the reason for the skip."""
        assert evaluate(
            self.claim, with_skipped_step(execute_on_honest_server(self.claim), "call", "no token")
        ) == ["inconclusive: no token"]
        assert evaluate(self.claim, build_trace()) == ["inconclusive: the step call was not sent"]
