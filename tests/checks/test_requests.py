"""Judging whether an operation answers, takes its arguments, applies its defaults and refuses."""

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


def first(found: list[str]) -> str:
    """Return the word of the only observation."""
    assert len(found) == 1, found
    return found[0].partition(":")[0]


def with_unfounded(found: Trace, *names: str) -> Trace:
    """Return the trace as if a target had not given some fixtures."""
    return Trace(exchanges=found.exchanges, missing_fixtures=frozenset(names))


def in_other_state() -> Trace:
    """Return what comes back of `lendBook` from a server that refuses it once, on what was just
    made.
    """
    server, lent = Server(), list[str]()

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/lend") and not lent:
            lent.append(request.url.path)
            return httpx.Response(409, json={"error": "no", "ticket": "1"})
        return server.handle(request)

    return execute_on_server("lendBook/answers", handle)


class TestAnswers:
    def test_documented_success_holds(self) -> None:
        """The documented status keeps the promise."""
        assert evaluate("createBook/answers", execute_on_honest_server("createBook/answers")) == [
            "passed"
        ]

    @pytest.mark.parametrize("status", [200, 202, 204, 299])
    def test_other_success_breaks(self, status: int) -> None:
        """Another success than the documented one breaks the promise."""
        found = with_response(execute_on_honest_server("createBook/answers"), "call", status)
        assert [f"failed: answered with {status}; documented is 201"] == evaluate(
            "createBook/answers", found
        )

    @pytest.mark.parametrize(
        ("status", "word"),
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
    def test_failure_breaks(self, status: int, word: str) -> None:
        """A failure that the request gives no reason for breaks the promise."""
        assert [f"{word}: answered with {status}; documented is 201"] == evaluate(
            "createBook/answers",
            with_response(execute_on_honest_server("createBook/answers"), "call", status),
        )

    @pytest.mark.parametrize("status", [401, 403])
    def test_credentials_leave_it_open(self, status: int) -> None:
        """Refused credentials say nothing of the operation."""
        found = evaluate(
            "createBook/answers",
            with_response(execute_on_honest_server("createBook/answers"), "call", status),
        )
        assert [
            "inconclusive: the credentials were not accepted: POST"
            " http://toy/shelves/aaaaaa/books →"
            f" {status}"
        ] == found

    @pytest.mark.parametrize("status", UNAVAILABLE)
    def test_unavailable_server_leaves_it_open(self, status: int) -> None:
        """A server that is not there for us says nothing of the operation."""
        found = evaluate(
            "createBook/answers",
            with_response(execute_on_honest_server("createBook/answers"), "call", status),
        )
        assert [
            "inconclusive: the server was not available: POST http://toy/shelves/aaaaaa/books →"
            f" {status}"
        ] == found

    def test_silence_leaves_it_open(self) -> None:
        """No answer at all decides nothing."""
        assert (
            first(
                evaluate(
                    "createBook/answers",
                    with_lost_response(execute_on_honest_server("createBook/answers"), "call"),
                )
            )
            == "inconclusive"
        )

    def test_refused_fallback_ids_leave_it_open(self) -> None:
        """Where ids were made up, a refusal may be about them; the reason names the option to
        give.
        """
        found = evaluate(
            "createBook/answers",
            with_unfounded(
                with_response(execute_on_honest_server("createBook/answers"), "call", 400),
                "authors",
                "sequel",
            ),
        )
        assert first(found) == "inconclusive"
        assert "--fixture authors=… --fixture sequel=…" in found[0]

    def test_crash_on_fallback_ids_breaks(self) -> None:
        """Made-up ids excuse a refusal, not a crash."""
        found = with_unfounded(
            with_response(execute_on_honest_server("createBook/answers"), "call", 500), "authors"
        )
        assert evaluate("createBook/answers", found) == [
            ("failed: answered with 500; documented is 201")
        ]

    def test_one_of_two_states_suffices(self) -> None:
        """An operation that depends on a state holds when it succeeds in either."""
        assert evaluate("lendBook/answers", execute_on_honest_server("lendBook/answers")) == [
            "passed"
        ]
        assert evaluate("lendBook/answers", in_other_state()) == ["passed"]

    def test_other_state_is_not_tried_after_success(self) -> None:
        """Once a call is answered, none is made on a thing in the other state."""
        assert list(execute_on_honest_server("lendBook/answers").exchanges) == ["made", "call"]
        assert list(in_other_state().exchanges) == [
            "made",
            "call",
            "other 0",
            "switched 0",
            "call 0",
        ]

    @pytest.mark.parametrize("step", ["call", "call 0"])
    def test_wrong_success_in_either_state_breaks(self, step: str) -> None:
        """One right success does not excuse a wrong one."""
        assert evaluate("lendBook/answers", with_response(in_other_state(), step, 200)) == [
            "failed: answered with 200; documented is 204"
        ]

    def test_failure_in_both_states_breaks(self) -> None:
        """An operation that succeeds in no state breaks the promise."""
        found = with_response(in_other_state(), "call 0", 400)
        assert evaluate("lendBook/answers", found) == [
            ("failed: answered with 409; documented is 204")
        ]

    def test_plan_of_item_operation(self) -> None:
        """An operation on an item is called on a new one and on one that was switched."""
        expected = [
            "made: createBook",
            "call: deleteBook",
            "other 0: createBook",
            "switched 0: lendBook",
            "call 0: deleteBook",
        ]
        assert expected == describe_steps(map_scenarios("deleteBook/answers")["plain"])

    def test_plan_of_collection_operation(self) -> None:
        """An operation on the collection needs nothing made first."""
        assert describe_steps(map_scenarios("listBooks/answers")["plain"]) == ["call: listBooks"]

    def test_items_are_named_by_what_was_made(self) -> None:
        """Each call goes to the item that was made for it."""
        steps = {
            step.name: step.call for step in map_scenarios("deleteBook/answers")["plain"].steps
        }
        assert tuple(
            steps[name].arguments["book"].step for name in ("call", "switched 0", "call 0")
        ) == ("made", "other 0", "other 0")


class TestAccepts:
    def test_documented_success_holds(self) -> None:
        """The documented status keeps the promise."""
        assert evaluate(
            "listBooks/sort/accepts/title", execute_on_honest_server("listBooks/sort/accepts/title")
        ) == ["passed"]

    @pytest.mark.parametrize(
        ("status", "word"),
        [
            (400, "failed"),
            (206, "failed"),
            (500, "failed"),
            (401, "inconclusive"),
            (503, "inconclusive"),
        ],
    )
    def test_anything_else_does_not(self, status: int, word: str) -> None:
        """A refusal of a documented value breaks the promise, unless it is about something else."""
        assert word == first(
            evaluate(
                "listBooks/sort/accepts/title",
                with_response(
                    execute_on_honest_server("listBooks/sort/accepts/title"), "call", status
                ),
            )
        )

    def test_later_page_may_not_exist(self) -> None:
        """A refusal beyond the first page may only say that there is no such page."""
        claim = "listBooks/examples/page=2&size=5"
        assert (
            "the list may be too short for that page"
            in evaluate(claim, with_response(execute_on_honest_server(claim), "call", 404))[0]
        )

    @pytest.mark.parametrize("status", [500, 302])
    def test_later_page_excuses_no_crash(self, status: int) -> None:
        """Beyond the first page, only a refusal is excused."""
        claim = "listBooks/examples/page=2&size=5"
        assert [f"failed: answered with {status}; documented is 200"] == evaluate(
            claim, with_response(execute_on_honest_server(claim), "call", status)
        )

    @pytest.mark.parametrize(
        ("total", "word"),
        [(11, "failed"), (10, "inconclusive"), (None, "inconclusive"), ("11", "inconclusive")],
    )
    def test_later_page_of_a_long_list_exists(self, total: Json, word: str) -> None:
        """A page that the list is known to reach may not be refused."""
        claim = "listBooks/examples/page=2&size=5"
        counted = with_response(
            execute_on_honest_server(claim),
            "count",
            edit=lambda answer: {**answer, "meta": {"total": total}},
        )
        assert word == first(evaluate(claim, with_response(counted, "call", 404)))

    @pytest.mark.parametrize(("total", "word"), [(6, "failed"), (5, "inconclusive")])
    def test_pages_counted_from_one(self, total: int, word: str) -> None:
        """Where pages are counted from one, the second begins after one page."""
        claim = "listBooks/examples/page=2&size=5"
        contract = build_toy_variant(
            ("first: 0", "first: 1"), ("minimum: 0, default: 0", "minimum: 1, default: 1")
        )
        counted = with_response(
            execute_on_honest_server(claim),
            "count",
            edit=lambda answer: {**answer, "meta": {"total": total}},
        )
        assert word == first(evaluate(claim, with_response(counted, "call", 404), contract))

    def test_first_page_exists(self) -> None:
        """The first page is there whatever the list holds: its refusal is no excuse."""
        contract = build_toy_variant(("{page: 2, size: 5}", "{page: 0, size: 5}"))
        claim = "listBooks/examples/page=0&size=5"
        assert list(map_scenarios(claim, contract)) == ["arguments"]
        assert evaluate(claim, build_trace(build_exchange("call", 400)), contract) == [
            "failed: answered with 400; documented is 200"
        ]

    def test_later_page_is_counted_first(self) -> None:
        """For a later page, the first one is asked for too, of a list that is long enough where it
        can be stocked.
        """
        script = map_scenarios("listBooks/examples/page=2&size=5")["later page"]
        assert (describe_steps(script), script.min_items) == (
            ["count: listBooks", "call: listBooks"],
            15,
        )
        assert [move.call.arguments for move in script.steps] == [
            {"page": 0, "size": 5},
            {"page": 2, "size": 5},
        ]

    def test_size_alone_is_no_later_page(self) -> None:
        """Without a page, there is no page that may be missing."""
        assert (
            first(
                evaluate(
                    "listBooks/size/example",
                    with_response(execute_on_honest_server("listBooks/size/example"), "call", 400),
                )
            )
            == "failed"
        )

    def test_example_in_path_may_be_unknown(self) -> None:
        """A documented id that the target refuses may not exist there."""
        claim = "listBooks/shelf/example"
        assert (
            "the target may not know the documented example"
            in evaluate(claim, with_response(execute_on_honest_server(claim), "call", 404))[0]
        )
        assert (
            first(evaluate(claim, with_response(execute_on_honest_server(claim), "call", 500)))
            == "failed"
        )

    def test_example_in_a_header_is_sent(self) -> None:
        """An example of a header is an argument like any other."""
        contract = build_toy_variant(
            (
                "{name: way, in: query, schema: {type: string, enum: [up, down], default: up}}",
                "{name: way, in: header, schema: {type: string}, example: up}",
            )
        )
        assert map_scenarios("listBooks/way/example", contract)["arguments"].steps[
            -1
        ].call.arguments == {"way": "up"}

    def test_path_example_keeps_the_target_s_parameter(self) -> None:
        """The example of a path parameter is tried by a plain call: the target decides the id."""
        assert map_scenarios("listBooks/shelf/example")["example"].steps[-1].call.arguments == {}

    def test_example_of_an_item_is_not_tried(self) -> None:
        """Whether the documented item exists is not known on any target."""
        contract = build_toy_variant(
            ("pattern: '^[a-f0-9]{8}$'}}", "pattern: '^[a-f0-9]{8}$'}, example: '00000000'}")
        )
        assert (
            find_undecided_reason("readBook/book/example", contract)
            == "whether the documented example exists is not known on any target"
        )

    def test_arguments_are_sent(self) -> None:
        """The arguments of the claim are in the call, beside what a valid call needs."""
        assert map_scenarios("listBooks/sort/accepts/created")["arguments"].steps[
            -1
        ].call.arguments == {"sort": "created"}

    def test_absence_is_no_argument(self) -> None:
        """A claim that a parameter may be left out sends none: its script is that of any other such
        claim.
        """
        sort, way = (
            map_scenarios(f"listBooks/{name}/optional")["arguments"] for name in ("sort", "way")
        )
        assert sort.steps[-1].call.arguments == {}
        assert sort == way

    def test_headers_hold_with_success_only(self) -> None:
        """A request with the documented headers gets the documented success."""
        claim = "listBooks/headers/json"
        assert evaluate(claim, execute_on_honest_server(claim)) == ["passed"]
        assert evaluate(claim, with_response(execute_on_honest_server(claim), "call", 415)) == [
            "failed: answered with 415; documented is 200"
        ]
        assert (
            first(evaluate(claim, with_response(execute_on_honest_server(claim), "call", 401)))
            == "inconclusive"
        )

    def test_headers_are_sent(self) -> None:
        """The documented headers are in the call."""
        assert map_scenarios("listBooks/headers/json")["headers"].steps[-1].call.headers == {
            "Content-Type": "application/json",
            "Accept": "application/json",
        }


def reverse(answer: Json) -> Json:
    """Return a list answer with its items the other way round."""
    return {**answer, "books": answer["books"][::-1]}


def shorter(by: int) -> Callable[[Json], Json]:
    """Return how to shorten a list answer."""
    return lambda answer: {**answer, "books": answer["books"][: len(answer["books"]) - by]}


def saying(**meta: Json) -> Callable[[Json], Json]:
    """Return how to change what a list answer says of itself."""
    return lambda answer: {**answer, "meta": {**answer["meta"], **meta}}


class TestDefaults:
    @pytest.mark.parametrize("name", ["sort", "way", "page", "size"])
    def test_same_answers_hold(self, name: str) -> None:
        """Two answers alike keep the promise."""
        assert evaluate(
            f"listBooks/{name}/default", execute_on_honest_server(f"listBooks/{name}/default")
        ) == ["passed"]

    @pytest.mark.parametrize("edit", [reverse, shorter(1)])
    @pytest.mark.parametrize("step", ["absent", "explicit"])
    def test_other_items_break(self, step: str, edit: Callable[[Json], Json]) -> None:
        """Other items, or another order, without the parameter break the promise."""
        found = evaluate(
            "listBooks/sort/default",
            with_response(execute_on_honest_server("listBooks/sort/default"), step, edit=edit),
        )
        assert found == ["failed: without sort the list is not that of sort=title"]

    def test_items_of_others_do_not_matter(self) -> None:
        """Items that we did not make are left out of the comparison."""
        found = with_response(
            execute_on_honest_server("listBooks/sort/default"),
            "absent",
            edit=lambda answer: {**answer, "books": [{"id": "theirs"}, *answer["books"]]},
        )
        assert evaluate("listBooks/sort/default", found) == ["passed"]

    def test_other_value_at_a_pointer_breaks(self) -> None:
        """Where the answer repeats the default, the one without it repeats it too."""
        found = evaluate(
            "listBooks/sort/default",
            with_response(
                execute_on_honest_server("listBooks/sort/default"),
                "absent",
                edit=saying(sort="created"),
            ),
        )
        assert found == [
            "failed: without sort the answer says 'created' at /meta/sort, and 'title' with its"
            " default"
        ]

    def test_values_that_are_not_the_default_do_not_matter(self) -> None:
        """A difference in something else than the default is none of this claim."""
        assert evaluate(
            "listBooks/sort/default",
            with_response(
                execute_on_honest_server("listBooks/sort/default"), "absent", edit=saying(total=99)
            ),
        ) == ["passed"]

    def test_value_said_once_does_not_matter(self) -> None:
        """An answer may keep silent about a default that was not sent."""
        found = with_response(
            execute_on_honest_server("listBooks/sort/default"),
            "absent",
            edit=lambda answer: {"books": answer["books"]},
        )
        assert evaluate("listBooks/sort/default", found) == ["passed"]

    def test_difference_inside_items_does_not_matter(self) -> None:
        """Items are compared by identity, not by what they hold."""

        def renamed(answer: Json) -> Json:
            return {**answer, "books": [{**one, "title": "title"} for one in answer["books"]]}

        assert evaluate(
            "listBooks/sort/default",
            with_response(
                execute_on_honest_server("listBooks/sort/default"), "explicit", edit=renamed
            ),
        ) == ["passed"]

    @pytest.mark.parametrize(
        ("count", "word"), [(0, "inconclusive"), (1, "inconclusive"), (2, "passed")]
    )
    def test_two_items_show_it(self, count: int, word: str) -> None:
        """Fewer than two items show no order."""
        found = execute_on_honest_server("listBooks/sort/default")
        for step in ("absent", "explicit"):
            found = with_response(
                found, step, edit=lambda answer: {**answer, "books": answer["books"][:count]}
            )
        assert word == first(evaluate("listBooks/sort/default", found))

    @pytest.mark.parametrize(
        ("lacking", "expected"),
        [(0, "passed"), (1, "failed: without size the list holds 19 of 60 items, although 20 fit")],
    )
    def test_default_size_is_filled(self, lacking: int, expected: str) -> None:
        """A page of the default size holds as many of our items as fit."""
        found = execute_on_honest_server("listBooks/size/default")
        for step in ("absent", "explicit"):
            found = with_response(found, step, edit=shorter(lacking))
        assert [expected] == evaluate("listBooks/size/default", found)

    def test_large_default_is_not_filled_by_a_small_crowd(self) -> None:
        """A default size above what we made is filled by all that we made, and not more."""
        contract = build_toy_variant(("minimum: 1, default: 20}", "minimum: 1, default: 500}"))
        found = execute_on_honest_server("listBooks/size/default")
        assert evaluate("listBooks/size/default", found, contract) == [
            "failed: without size the list holds 20 of 60 items, although 500 fit"
        ]

    @pytest.mark.parametrize(
        ("size", "expected"),
        [(60, "passed"), (61, "inconclusive: 60 items are too few to see that a page holds 61")],
    )
    def test_small_crowd_does_not_show_a_large_default(self, size: int, expected: str) -> None:
        """A default that no answer repeats is seen only on a page that is full."""
        contract = build_toy_variant(("minimum: 1, default: 20}", f"minimum: 1, default: {size}}}"))
        found = execute_on_honest_server("listBooks/size/default")
        made = [step.json for step in found if step.step.startswith("item")]
        for step in ("absent", "explicit"):
            found = with_response(found, step, body={"books": made, "meta": {}})
        assert [expected] == evaluate("listBooks/size/default", found, contract)
        assert evaluate(
            "listBooks/size/default",
            with_response(found, "absent", body={"books": made, "meta": {"size": size}}),
            contract,
        ) == ["passed"]

    def test_short_list_without_size_does_not_matter(self) -> None:
        """A list that is not about its size need not be full."""
        found = execute_on_honest_server("listBooks/way/default")
        for step in ("absent", "explicit"):
            found = with_response(found, step, edit=shorter(3))
        assert evaluate("listBooks/way/default", found) == ["passed"]

    def test_refused_list_leaves_it_open(self) -> None:
        """A list that does not come decides nothing."""
        assert (
            first(
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
        """Both calls ask for our own items; only one names the parameter, with its default."""
        absent, explicit = (
            step.call.arguments for step in map_scenarios("listBooks/sort/default")["default"].steps
        )
        assert ({"field", "glob"}, {"field", "glob", "sort"}, "title") == (
            set(absent),
            set(explicit),
            explicit["sort"],
        )

    def test_plan_of_page(self) -> None:
        """The default page is asked for in small pages, so that another page would show."""
        absent, explicit = (
            step.call.arguments for step in map_scenarios("listBooks/page/default")["default"].steps
        )
        assert (absent["size"], explicit["size"], explicit["page"]) == (3, 3, 0)

    @pytest.mark.parametrize(
        ("claim", "stage"),
        [("size", "crowd of 60 book"), ("sort", "catalog of book"), ("page", "catalog of book")],
    )
    def test_stage(self, claim: str, stage: str) -> None:
        """A page size needs a crowd, anything else the catalog."""
        found = map_scenarios(f"listBooks/{claim}/default")["default"].setup
        assert found is not None
        assert stage == found.name

    def test_defaults_elsewhere_are_not_seen(self) -> None:
        """Only lists show their defaults."""
        assert find_undecided_reason("x/flag/default", elsewhere()) == (
            "only the defaults of lists can be seen"
        )


def elsewhere() -> object:
    """Return a contract with a default on an operation that does not list."""
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


class TestFullPage:
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
        """A page of a longer list, asked for without a size, holds exactly the default."""
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
        """A default may be large."""
        body = {
            "books": [{"id": str(number)} for number in range(item_count)],
            "meta": {"total": 501},
        }
        contract = build_toy_variant(("minimum: 1, default: 20}", "minimum: 1, default: 500}"))
        assert [expected] == evaluate(
            "listBooks/size/default", build_trace(build_exchange("plain", 200, body)), contract
        )

    def test_plan(self) -> None:
        """The plain list is asked for, of more things than the default where it can be stocked."""
        script = map_scenarios("listBooks/size/default")["full page"]
        assert (describe_steps(script), script.min_items, script.steps[0].call.arguments) == (
            ["plain: listBooks"],
            25,
            {},
        )


class TestRefuses:
    claim = "listBooks/sort/refuses/enum"

    def test_documented_refusal_holds(self) -> None:
        """The documented refusal keeps the promise."""
        assert evaluate(self.claim, execute_on_honest_server(self.claim)) == ["passed"]

    @pytest.mark.parametrize("status", [200, 404, 422, 409, 413, 415, 500, 301])
    def test_anything_else_breaks(self, status: int) -> None:
        """Any answer but the documented refusal breaks the promise, and is named."""
        value = execute_on_honest_server(self.claim)["call"].call.arguments["sort"]
        expected = (
            f"failed: sort={value} is answered with {status} instead of being refused with 400"
        )
        assert [expected] == evaluate(
            self.claim, with_response(execute_on_honest_server(self.claim), "call", status)
        )

    @pytest.mark.parametrize("status", [401, 403, *UNAVAILABLE])
    def test_unread_request_leaves_it_open(self, status: int) -> None:
        """A server that did not look at the request decides nothing."""
        assert (
            "inconclusive: the server did not look at it"
            in evaluate(
                self.claim, with_response(execute_on_honest_server(self.claim), "call", status)
            )[0]
        )

    def test_values_break_the_keyword(self) -> None:
        """Each script sends one value outside the keyword, none of those that the contract calls
        similar.
        """
        values = [
            script.steps[-1].call.arguments["sort"] for script in map_scenarios(self.claim).values()
        ]
        assert len(values) == len(set(map(str, values))) == 2
        assert not {"title", "created", "description"} & set(values)

    def test_named_value_is_sent(self) -> None:
        """A value that the contract names is sent as it stands."""
        assert [
            script.steps[-1].call.arguments["q"]
            for script in map_scenarios("listBooks/q/refuses/strange").values()
        ] == [{"color": "red"}]

    def test_documented_refusals_count_alone(self) -> None:
        """Where refusals are documented, those are expected; else any of the usual ones."""
        assert list_malformed_request_statuses(build_toy_contract().operations["createBook"]) == (
            400,
        )
        assert (
            list_malformed_request_statuses(build_toy_contract().operations["readBook"])
            == MALFORMED_STATUSES
        )
        assert MALFORMED_STATUSES == (400, 409, 413, 415, 422)

    def test_skipped_call_leaves_it_open(self) -> None:
        """What was not sent is not judged, and the reason is passed on."""
        assert evaluate(
            self.claim, with_skipped_step(execute_on_honest_server(self.claim), "call", "no token")
        ) == ["inconclusive: no token"]
        assert evaluate(self.claim, build_trace()) == ["inconclusive: the step call was not sent"]
