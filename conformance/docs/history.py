"""What a site remembers of the runs that it has been given: how many results, and their history.

The newest results of each target are kept in full. The history is stored as JSON beside the pages;
new runs are appended.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from conformance.contract.json import Json
from conformance.suite.events import Verdict

MAX_RUNS = 500
MAX_RESULTS_PER_TARGET = 3  # results of one target that a site keeps in full


def build_history_entry(result: Json) -> Json:
    """Return the history entry of a run.

    It contains the time, target, contract, counts and violated claims of the JSON result.
    """
    return {
        "started": result["started"],
        "target": result["target"]["url"],
        "revision": result["contract"]["revision"],
        "digest": result["contract"]["digest"],
        "seed": result["seed"],
        "requests": result["requests"],
        "duration_s": result["duration_s"],
        "summary": {str(verdict): result["summary"][verdict] for verdict in Verdict},
        "violated": [
            claim["id"] for claim in result["claims"] if claim["verdict"] == Verdict.VIOLATED
        ],
    }


def select_newest_results_per_target(results_by_file: Mapping[str, Json]) -> dict[str, Json]:
    """Return the results that a site keeps in full: the newest few of each target, by file name."""
    files_by_target: dict[str, list[str]] = {}
    newest_first = sorted(
        results_by_file.items(), key=lambda entry: entry[1]["started"], reverse=True
    )
    for file_name, result in newest_first:
        files_by_target.setdefault(result["target"]["url"], []).append(file_name)
    return {
        file_name: results_by_file[file_name]
        for file_names in files_by_target.values()
        for file_name in file_names[:MAX_RESULTS_PER_TARGET]
    }


def append_runs_to_history(history: Iterable[Json], results: Iterable[Json]) -> list[Json]:
    """Return a history with further runs added, the oldest first.

    Each run is contained once. If there are more than MAX_RUNS, the oldest are dropped.
    """
    runs = {
        (run["started"], run["target"], run["digest"], run["seed"]): run
        for run in [*history, *map(build_history_entry, results)]
    }
    return [runs[run_key] for run_key in sorted(runs)][-MAX_RUNS:]


def add_broken_and_fixed_claims(history: list[Json]) -> list[Json]:
    """Return each run with the claims that it broke and fixed.

    Each run is compared with the previous run on the same target.
    """
    violated_by_target: dict[str, set[str]] = {}
    compared = []
    for run in history:
        violated, previously_violated = set(run["violated"]), violated_by_target.get(run["target"])
        compared.append(
            {
                **run,
                "broke": sorted(violated - previously_violated)
                if previously_violated is not None
                else [],
                "fixed": sorted(previously_violated - violated)
                if previously_violated is not None
                else [],
            }
        )
        violated_by_target[run["target"]] = violated
    return compared
