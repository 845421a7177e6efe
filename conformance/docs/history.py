"""The runs that a site has been given over time, in short: kept as JSON beside its pages, and
appended to.
"""

from __future__ import annotations

from collections.abc import Iterable

from conformance.contract.json import Json
from conformance.suite.event import Verdict

KEPT = 500  # runs


def entry(result: Json) -> Json:
    """Return a run in short: when, where, of which contract, the counts, and which claims were
    violated.
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


def appended(history: Iterable[Json], results: Iterable[Json]) -> list[Json]:
    """Return a history with further runs, each once, the oldest first; the oldest are dropped where
    there are too many.
    """
    runs = {
        (one["started"], one["target"], one["digest"], one["seed"]): one
        for one in [*history, *map(entry, results)]
    }
    return [runs[key] for key in sorted(runs)][-KEPT:]


def turns(history: list[Json]) -> list[Json]:
    """Return each run with what it broke and fixed since the run before it on the same target."""
    before: dict[str, set[str]] = {}
    found = []
    for run in history:
        now, last = set(run["violated"]), before.get(run["target"])
        found.append(
            {
                **run,
                "broke": sorted(now - last) if last is not None else [],
                "fixed": sorted(last - now) if last is not None else [],
            }
        )
        before[run["target"]] = now
    return found
