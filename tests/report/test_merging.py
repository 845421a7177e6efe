"""Results of parts, put together."""

from __future__ import annotations

import copy
import itertools

import pytest

from conformance.contract.json import Json
from conformance.errors import UsageError
from conformance.report.merging import merge_partial_results

from .sample import claim, result, small

A, B, C = "listThings/a", "listThings/b", "createThing/c"
OPERATIONS = [{"id": "listThings"}, {"id": "createThing"}]


def part(*claims: Json, **more: Json) -> Json:
    """Return the result of one part."""
    return result(*claims, **{"operations": OPERATIONS, **more})


def flow(
    operation: str = "listThings",
    requests: int = 1,
    statuses: Json = None,
    latency: float = 1.0,
    histogram: Json = None,
) -> Json:
    """Return the traffic of one operation."""
    return {
        "operation": operation,
        "requests": requests,
        "statuses": statuses or {"200": requests},
        "latency_ms": {"p50": latency, "p95": latency * 2, "max": latency * 3},
        "histogram": histogram or [[1.0, requests]],
    }


def test_one_part() -> None:
    """Merging one result changes nothing that a reader knows."""
    found, given = merge_partial_results([small()]), small()
    assert {key: found[key] for key in given} == given


def test_claims_of_all_parts() -> None:
    """Each claim stands there once, in the order of the operations, and the summary counts them."""
    found = merge_partial_results([part(claim(C), claim(B, "violated", "no")), part(claim(A))])
    assert [B, A, C] == [one["id"] for one in found["claims"]]
    assert found["summary"] == {"verified": 2, "violated": 1, "undecided": 0, "unobservable": 0}


def merged(*parts: Json) -> Json:
    """Return the merged result of parts that are numbered in this order."""
    return merge_partial_results(
        [
            {**one, "part": {"number": number, "of": len(parts), "plan": "p"}}
            for number, one in enumerate(parts, 1)
        ]
    )


WORST = ["violated", "verified", "undecided", "unobservable"]


@pytest.mark.parametrize(("one", "two"), list(itertools.product(WORST, repeat=2)))
def test_two_verdicts_on_one_claim(one: str, two: str) -> None:
    """A claim that two parts decided is violated if one of them says so, and undecided only if none
    could decide it.
    """
    found = merged(part(claim(A, one, "first")), part(claim(A, two, "second")))
    (kept,) = found["claims"]
    assert min(one, two, key=WORST.index) == kept["verdict"]
    assert found["summary"] == {
        verdict: int(verdict == kept["verdict"]) for verdict in found["summary"]
    }


def test_first_of_equals() -> None:
    """Of two parts that say the same, the first is kept."""
    (kept,) = merged(part(claim(A, "violated", "first")), part(claim(A, "violated", "second")))[
        "claims"
    ]
    assert kept["findings"][0]["message"] == "first"


def test_figures() -> None:
    """Parts ran beside each other: requests and workers are added, the longest duration and the
    earliest beginning count.
    """
    found = merge_partial_results(
        [
            part(
                requests=5,
                workers=2,
                duration_s=3.0,
                started="2026-01-02T03:04:06+00:00",
                leftovers=[{"id": 1}],
                interpretations=[{"name": "x"}],
            ),
            part(
                requests=7,
                duration_s=9.0,
                started="2026-01-02T03:04:05+00:00",
                leftovers=[{"id": 2}],
                interpretations=[],
            ),
        ]
    )
    assert (found["requests"], found["workers"], found["duration_s"], found["started"]) == (
        12,
        3,
        9.0,
        "2026-01-02T03:04:05+00:00",
    )
    assert (found["leftovers"], found["interpretations"]) == (
        [{"id": 1}, {"id": 2}],
        [{"name": "x"}],
    )


@pytest.mark.parametrize(
    ("parts", "stopped", "down"),
    [
        (({}, {}), None, False),
        (({}, {"stopped": "spent"}), "spent", False),
        (({"target_down": True, "stopped": "gone"}, {}), "gone", True),
    ],
)
def test_part_that_was_stopped(parts: tuple[Json, Json], stopped: str | None, down: bool) -> None:
    """A run of which one part was stopped was stopped, and its target is down if one part saw it
    go.
    """
    found = merge_partial_results([part(**one) for one in parts])
    assert (stopped, down) == (found["stopped"], found["target_down"])


class TestTraffic:
    def test_of_different_operations(self) -> None:
        """Each operation has its own."""
        found = merge_partial_results([part(traffic=[flow()]), part(traffic=[flow("createThing")])])
        assert found["traffic"] == [flow(), flow("createThing")]

    def test_of_one_operation(self) -> None:
        """Counts are added, of latencies the worst is kept, and the histograms are added, in
        order.
        """
        one = flow(
            requests=3, statuses={"200": 2, "400": 1}, latency=1.0, histogram=[[1.0, 2], [5.0, 1]]
        )
        two = flow(
            requests=4, statuses={"400": 1, "500": 3}, latency=2.0, histogram=[[2.0, 3], [5.0, 1]]
        )
        (found,) = merge_partial_results([part(traffic=[one]), part(traffic=[two])])["traffic"]
        assert (found["requests"], found["statuses"]) == (7, {"200": 2, "400": 2, "500": 3})
        assert (found["latency_ms"], found["histogram"]) == (
            {"p50": 2.0, "p95": 4.0, "max": 6.0},
            [[1.0, 2], [2.0, 3], [5.0, 2]],
        )

    def test_part_without_traffic(self) -> None:
        """A part that tells nothing of its traffic adds none."""
        other = part()
        del other["traffic"]
        assert merge_partial_results([other, part(traffic=[flow()])])["traffic"] == [flow()]


def test_parts_are_not_changed() -> None:
    """What is given stays as it is."""
    given = [part(claim(A), traffic=[flow()]), part(claim(A, "violated", "no"), traffic=[flow()])]
    before = copy.deepcopy(given)
    merged(*given)
    assert given == before


def test_order_of_parts_does_not_matter() -> None:
    """Which part comes first decides neither a verdict nor a figure."""
    parts = [
        part(claim(A), requests=1),
        part(claim(A, "violated", "no"), claim(B), requests=2),
        part(claim(C, "undecided", "no"), requests=3),
    ]
    found = [merged(*order) for order in itertools.permutations(parts)]
    assert {str(one["summary"]) for one in found} == {str(found[0]["summary"])}
    assert {one["requests"] for one in found} == {6}
    assert {
        tuple(sorted((claim["id"], claim["verdict"]) for claim in one["claims"])) for one in found
    } == {((C, "undecided"), (A, "violated"), (B, "verified"))}


def test_nothing() -> None:
    """There must be something to merge."""
    with pytest.raises(UsageError, match=r"^there is no result to merge$"):
        merge_partial_results([])


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("seed", {"seed": "2"}),
        ("target", {"target": {"url": "http://127.0.0.1:9001"}}),
        (
            "contract",
            {
                "contract": {
                    "name": "things",
                    "revision": "2",
                    "interpretations": [],
                    "digest": "d1",
                }
            },
        ),
        (
            "contract",
            {
                "contract": {
                    "name": "things",
                    "revision": "1",
                    "interpretations": [],
                    "digest": "d2",
                }
            },
        ),
    ],
)
def test_parts_of_other_runs(name: str, more: Json) -> None:
    """Parts of different contracts, seeds or targets are not one run: the message says what
    differs, and how.
    """
    with pytest.raises(
        UsageError, match=rf"^the results are not of one run: their {name} differs \(.* and .*\)$"
    ):
        merge_partial_results([part(), part(), part(**more)])
