"""Results of parts of a run, put together as one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from conformance.contract.json import Json
from conformance.errors import Problem, UsageError
from conformance.suite.event import Verdict

# of two verdicts on one claim, the first of these counts
WORST = (Verdict.VIOLATED, Verdict.VERIFIED, Verdict.UNDECIDED, Verdict.UNOBSERVABLE)


def merged(results: Sequence[Json]) -> Json:
    """Return the result of a run from those of its parts (format 1); raises UsageError for parts of
    different contracts, seeds or targets.
    """
    if not results:
        raise UsageError(Problem(message="there is no result to merge"))
    first = results[0]
    for other in results[1:]:
        for name, one, two in zip(
            ("contract", "seed", "target"), _run(first), _run(other), strict=True
        ):
            if one != two:
                raise UsageError(
                    Problem(
                        message=(
                            f"the results are not of one run: their {name} differs ({one} and"
                            f" {two})"
                        )
                    )
                )
    claims: dict[str, Json] = {}
    for result in results:
        for claim in result["claims"]:
            before = claims.get(claim["id"])
            if before is None or WORST.index(claim["verdict"]) < WORST.index(before["verdict"]):
                claims[claim["id"]] = claim
    order = {
        operation["id"]: number for number, operation in enumerate(first.get("operations", ()))
    }
    found = sorted(claims.values(), key=lambda claim: order.get(claim["operation"], len(order)))
    counts = Counter(claim["verdict"] for claim in found)
    return {
        **first,
        "started": min(result["started"] for result in results),
        "duration_s": max(result["duration_s"] for result in results),
        "requests": sum(result["requests"] for result in results),
        "workers": sum(result.get("workers", 1) for result in results),
        "stopped": next((result["stopped"] for result in results if result.get("stopped")), None),
        "down": any(result.get("down") for result in results),
        "leftovers": [left for result in results for left in result["leftovers"]],
        "unseen": [reason for result in results for reason in result.get("unseen", ())],
        "readings": [reading for result in results for reading in result["readings"]],
        "traffic": _traffic(results),
        "summary": {str(verdict): counts[verdict] for verdict in Verdict},
        "claims": found,
    }


def _run(result: Json) -> tuple[Json, ...]:
    return result["contract"], result["seed"], result["target"]["url"]


def _traffic(results: Sequence[Json]) -> list[Json]:
    """Return the traffic of the parts by operation: counts added, of the latencies the worst, and
    the histograms added.
    """
    found: dict[str, Json] = {}
    for result in results:
        for flow in result.get("traffic", ()):
            before = found.get(flow["operation"])
            if before is None:
                found[flow["operation"]] = flow
                continue
            statuses, histogram = Counter(before["statuses"]), Counter(dict(before["histogram"]))
            statuses.update(flow["statuses"])
            histogram.update(dict(flow["histogram"]))
            found[flow["operation"]] = {
                **before,
                "requests": before["requests"] + flow["requests"],
                "statuses": dict(statuses),
                "latency_ms": {
                    name: max(before["latency_ms"][name], flow["latency_ms"][name])
                    for name in before["latency_ms"]
                },
                "histogram": [[bound, count] for bound, count in sorted(histogram.items())],
            }
    return list(found.values())
