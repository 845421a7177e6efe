"""The runs of a site over time."""

from __future__ import annotations

from conformance.contract.json import Json
from conformance.docs import history
from tests.report.sample import claim, result


def run(day: int, verdict: str = "verified", url: str = "http://a") -> Json:
    return {
        **result(claim("list/x", verdict, "no")),
        "started": f"2026-01-{day:02}T00:00:00+00:00",
        "target": {"url": url},
    }


def test_runs_are_appended_once_and_in_order() -> None:
    """A run given again is not counted again; the oldest is first."""
    first = history.append_runs_to_history([], [run(2), run(1)])
    assert [
        one["started"][8:10] for one in history.append_runs_to_history(first, [run(3), run(2)])
    ] == ["01", "02", "03"]


def test_what_a_run_broke_and_fixed_is_told_by_target() -> None:
    """Each run is compared with the one before it on the same target."""
    runs = history.add_broken_and_fixed_claims(
        history.append_runs_to_history(
            [], [run(1), run(2, "violated", "http://b"), run(3, "violated"), run(4)]
        )
    )
    assert [(one["broke"], one["fixed"]) for one in runs] == [
        ([], []),
        ([], []),
        (["list/x"], []),
        ([], ["list/x"]),
    ]


def test_a_history_is_bounded() -> None:
    """Of very many runs the newest are kept."""
    runs = [
        {**history.build_history_entry(run(1)), "started": f"{number:05}"} for number in range(600)
    ]
    kept = history.append_runs_to_history(runs, [])
    assert (len(kept), kept[-1]["started"]) == (history.MAX_RUNS, "00599")
