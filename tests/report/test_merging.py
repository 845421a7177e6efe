"""Merging of the results of partial runs."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from conformance.contract.json import Json
from conformance.errors import UsageError
from conformance.report.merging import merge_partial_results
from conformance.report.record import record_to_json
from conformance.report.result import Result, RunPart

from .sample import claim, result, small

A, B, C = "listThings/a", "listThings/b", "createThing/c"
OPERATIONS = [
    {"id": "listThings", "method": "GET", "path": "/things"},
    {"id": "createThing", "method": "POST", "path": "/things"},
]


def build_part(*claims: Json, **extra_fields: Json) -> Result:
    """Return the result of one partial run."""
    return result(*claims, **{"operations": OPERATIONS, **extra_fields})


def build_traffic(
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
    """Merging one result changes nothing."""
    assert merge_partial_results([small()]) == small()


def test_claims_of_all_parts() -> None:
    """Each claim is listed once, in the order of the operations, and the summary counts the
    claims.
    """
    merged_result = merge_partial_results(
        [build_part(claim(C), claim(B, "violated", "no")), build_part(claim(A))]
    )
    assert [B, A, C] == [claim.id for claim in merged_result.claims]
    assert merged_result.summary == {
        "verified": 2,
        "violated": 1,
        "undecided": 0,
        "unobservable": 0,
    }


def merge_numbered_parts(*parts: Result) -> Result:
    """Return the merged result of parts that are numbered in this order."""
    return merge_partial_results(
        [
            replace(partial, part=RunPart(number=number, of=len(parts), plan="p"))
            for number, partial in enumerate(parts, 1)
        ]
    )


VERDICT_PRECEDENCE = ["violated", "verified", "undecided", "unobservable"]


@pytest.mark.parametrize(
    ("first_verdict", "second_verdict"), list(itertools.product(VERDICT_PRECEDENCE, repeat=2))
)
def test_two_verdicts_on_one_claim(first_verdict: str, second_verdict: str) -> None:
    """A claim that two parts decided is violated if one of them says so, and undecided only if no
    part could decide it.
    """
    merged_result = merge_numbered_parts(
        build_part(claim(A, first_verdict, "first")), build_part(claim(A, second_verdict, "second"))
    )
    (merged_claim,) = merged_result.claims
    assert min(first_verdict, second_verdict, key=VERDICT_PRECEDENCE.index) == merged_claim.verdict
    assert merged_result.summary == {
        verdict: int(verdict == merged_claim.verdict) for verdict in merged_result.summary
    }


def test_first_of_equal_verdicts() -> None:
    """If two parts have the same verdict, the first is kept."""
    (merged_claim,) = merge_numbered_parts(
        build_part(claim(A, "violated", "first")), build_part(claim(A, "violated", "second"))
    ).claims
    assert merged_claim.findings[0].message == "first"


def test_totals() -> None:
    """Parts run in parallel: requests and workers are added; the longest duration and the earliest
    start count.
    """
    merged_result = merge_partial_results(
        [
            build_part(
                requests=5,
                workers=2,
                duration_s=3.0,
                started="2026-01-02T03:04:06+00:00",
                leftovers=[{"resource": "thing", "id": 1, "name": None}],
                interpretations=[{"ambiguity": "a", "name": "x", "meaning": "m", "followed": None}],
            ),
            build_part(
                requests=7,
                duration_s=9.0,
                started="2026-01-02T03:04:05+00:00",
                leftovers=[{"resource": "thing", "id": 2, "name": None}],
                interpretations=[],
            ),
        ]
    )
    assert (
        merged_result.requests,
        merged_result.workers,
        merged_result.duration_s,
        merged_result.started,
    ) == (12, 3, 9.0, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert [leftover.id for leftover in merged_result.leftovers] == [1, 2]
    assert [record.name for record in merged_result.interpretations] == ["x"]


@pytest.mark.parametrize(
    ("parts", "stopped", "down"),
    [
        (({}, {}), None, False),
        (({}, {"stopped": "spent"}), "spent", False),
        (({"target_down": True, "stopped": "gone"}, {}), "gone", True),
    ],
)
def test_part_that_was_stopped(parts: tuple[Json, Json], stopped: str | None, down: bool) -> None:
    """If one part was stopped, the run was stopped. If the target went down during one part, the
    target of the run is down.
    """
    merged_result = merge_partial_results([build_part(**fields) for fields in parts])
    assert (stopped, down) == (merged_result.stopped, merged_result.target_down)


class TestTraffic:
    def test_of_different_operations(self) -> None:
        """Each operation keeps its own traffic."""
        merged_result = merge_partial_results(
            [
                build_part(traffic=[build_traffic()]),
                build_part(traffic=[build_traffic("createThing")]),
            ]
        )
        assert record_to_json(merged_result.traffic) == [
            build_traffic(),
            build_traffic("createThing"),
        ]

    def test_of_one_operation(self) -> None:
        """Counts are added, the worst latencies are kept, and the histograms are added, in
        order.
        """
        first_traffic = build_traffic(
            requests=3, statuses={"200": 2, "400": 1}, latency=1.0, histogram=[[1.0, 2], [5.0, 1]]
        )
        second_traffic = build_traffic(
            requests=4, statuses={"400": 1, "500": 3}, latency=2.0, histogram=[[2.0, 3], [5.0, 1]]
        )
        (merged_traffic,) = merge_partial_results(
            [build_part(traffic=[first_traffic]), build_part(traffic=[second_traffic])]
        ).traffic
        assert (merged_traffic.requests, merged_traffic.statuses) == (
            7,
            {"200": 2, "400": 2, "500": 3},
        )
        assert (merged_traffic.latency_ms, merged_traffic.histogram) == (
            {"p50": 2.0, "p95": 4.0, "max": 6.0},
            ((1.0, 2), (2.0, 3), (5.0, 2)),
        )

    def test_part_without_traffic(self) -> None:
        """A part without traffic adds none."""
        parts = [build_part(traffic=[]), build_part(traffic=[build_traffic()])]
        assert record_to_json(merge_partial_results(parts).traffic) == [build_traffic()]


def test_order_of_parts_does_not_matter() -> None:
    """The order of the parts affects neither a verdict nor a number."""
    parts = [
        build_part(claim(A), requests=1),
        build_part(claim(A, "violated", "no"), claim(B), requests=2),
        build_part(claim(C, "undecided", "no"), requests=3),
    ]
    merged_results = [merge_numbered_parts(*order) for order in itertools.permutations(parts)]
    assert {str(merged_result.summary) for merged_result in merged_results} == {
        str(merged_results[0].summary)
    }
    assert {merged_result.requests for merged_result in merged_results} == {6}
    assert {
        tuple(sorted((claim.id, claim.verdict) for claim in merged_result.claims))
        for merged_result in merged_results
    } == {((C, "undecided"), (A, "violated"), (B, "verified"))}


def test_no_results() -> None:
    """At least one result is needed."""
    with pytest.raises(UsageError, match=r"^there is no result to merge$"):
        merge_partial_results([])


@pytest.mark.parametrize(
    ("field_name", "changed_fields"),
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
            "contract's digest",
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
def test_parts_of_other_runs(field_name: str, changed_fields: Json) -> None:
    """Parts with different contracts, seeds or targets do not belong to one run. The message says
    what differs, and how.
    """
    with pytest.raises(
        UsageError,
        match=rf"^the results are not of one run: their {field_name} differs \(.* and .*\)$",
    ):
        merge_partial_results([build_part(), build_part(), build_part(**changed_fields)])
