"""Merges the results of the parts of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from conformance.contract.json import Json
from conformance.errors import Problem, UsageError
from conformance.suite.events import Verdict

# if two parts have different verdicts on a claim, the one that comes first here is taken
VERDICT_PRECEDENCE = (Verdict.VIOLATED, Verdict.VERIFIED, Verdict.UNDECIDED, Verdict.UNOBSERVABLE)


def merge_partial_results(results: Sequence[Json]) -> Json:
    """Return the result of a run from the results of its parts.

    Raises UsageError for no results, or for parts with different contracts, seeds or targets.
    """
    if not results:
        raise UsageError(Problem(message="there is no result to merge"))
    first = results[0]
    for part in results[1:]:
        for name, expected, actual in zip(
            ("contract", "seed", "target"), _run_identity(first), _run_identity(part), strict=True
        ):
            if expected != actual:
                raise UsageError(
                    Problem(
                        message=(
                            f"the results are not of one run: their {name} differs ({expected} and"
                            f" {actual})"
                        )
                    )
                )
    claims: dict[str, Json] = {}
    for result in results:
        for claim in result["claims"]:
            previous = claims.get(claim["id"])
            if previous is None or VERDICT_PRECEDENCE.index(
                claim["verdict"]
            ) < VERDICT_PRECEDENCE.index(previous["verdict"]):
                claims[claim["id"]] = claim
    order = {
        operation["id"]: number for number, operation in enumerate(first.get("operations", ()))
    }
    ordered_claims = sorted(
        claims.values(), key=lambda claim: order.get(claim["operation"], len(order))
    )
    counts = Counter(claim["verdict"] for claim in ordered_claims)
    return {
        **first,
        "started": min(result["started"] for result in results),
        "duration_s": max(result["duration_s"] for result in results),
        "requests": sum(result["requests"] for result in results),
        "workers": sum(result.get("workers", 1) for result in results),
        "stopped": next((result["stopped"] for result in results if result.get("stopped")), None),
        "target_down": any(result.get("target_down") for result in results),
        "leftovers": [leftover for result in results for leftover in result["leftovers"]],
        "unread_lists": [reason for result in results for reason in result.get("unread_lists", ())],
        "interpretations": [
            interpretation for result in results for interpretation in result["interpretations"]
        ],
        "traffic": _merge_traffic_metrics(results),
        "summary": {str(verdict): counts[verdict] for verdict in Verdict},
        "claims": ordered_claims,
    }


def _run_identity(result: Json) -> tuple[Json, ...]:
    return result["contract"], result["seed"], result["target"]["url"]


def _merge_traffic_metrics(results: Sequence[Json]) -> list[Json]:
    """Return the merged traffic by operation.

    Counts and histograms are added; of the latencies, the highest is taken.
    """
    by_operation: dict[str, Json] = {}
    for result in results:
        for entry in result.get("traffic", ()):
            previous = by_operation.get(entry["operation"])
            if previous is None:
                by_operation[entry["operation"]] = entry
                continue
            statuses, histogram = (
                Counter(previous["statuses"]),
                Counter(dict(previous["histogram"])),
            )
            statuses.update(entry["statuses"])
            histogram.update(dict(entry["histogram"]))
            by_operation[entry["operation"]] = {
                **previous,
                "requests": previous["requests"] + entry["requests"],
                "statuses": dict(statuses),
                "latency_ms": {
                    name: max(previous["latency_ms"][name], entry["latency_ms"][name])
                    for name in previous["latency_ms"]
                },
                "histogram": [[bound, count] for bound, count in sorted(histogram.items())],
            }
    return list(by_operation.values())
