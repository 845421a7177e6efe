"""The run history of a site."""

from __future__ import annotations

from conformance.contract.json import Json
from conformance.docs import history
from tests.report.sample import claim, result_node


def build_run(day: int, verdict: str = "verified", url: str = "http://a") -> Json:
    return {
        **result_node(claim("list/x", verdict, "no")),
        "started": f"2026-01-{day:02}T00:00:00+00:00",
        "target": {"url": url},
    }


def test_runs_are_appended_once_and_in_order() -> None:
    """A run that is given again is not added again. The oldest run comes first."""
    first_runs = history.append_runs_to_history([], [build_run(2), build_run(1)])
    assert [
        run["started"][8:10]
        for run in history.append_runs_to_history(first_runs, [build_run(3), build_run(2)])
    ] == ["01", "02", "03"]


def test_broken_and_fixed_claims_per_target() -> None:
    """Each run is compared with the previous run on the same target."""
    runs = history.add_broken_and_fixed_claims(
        history.append_runs_to_history(
            [],
            [
                build_run(1),
                build_run(2, "violated", "http://b"),
                build_run(3, "violated"),
                build_run(4),
            ],
        )
    )
    assert [(run["broke"], run["fixed"]) for run in runs] == [
        ([], []),
        ([], []),
        (["list/x"], []),
        ([], ["list/x"]),
    ]


def test_history_is_bounded() -> None:
    """If there are too many runs, the newest are kept."""
    runs = [
        {**history.build_history_entry(build_run(1)), "started": f"{number:05}"}
        for number in range(600)
    ]
    bounded_history = history.append_runs_to_history(runs, [])
    assert (len(bounded_history), bounded_history[-1]["started"]) == (history.MAX_RUNS, "00599")
