"""Merges the results of the parts of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from conformance.errors import IncompleteResultsError, Problem, UsageError
from conformance.report.result import ClaimResult, OperationTraffic, Result
from conformance.suite.events import Verdict

# if two parts have different verdicts on a claim, the one that comes first here is taken
VERDICT_PRECEDENCE = (Verdict.VIOLATED, Verdict.VERIFIED, Verdict.UNDECIDED, Verdict.UNOBSERVABLE)


def merge_partial_results(results: Sequence[Result]) -> Result:
    """Return the result of a run from the results of its parts.

    Raises UsageError for no results, or for parts with different contracts, seeds or targets, and
    IncompleteResultsError for a set that lacks a part or has one twice.
    """
    if not results:
        raise UsageError(Problem(message="there is no result to merge"))
    first = results[0]
    for part in results[1:]:
        for name, expected, actual in zip(
            ("contract", "contract's digest", "seed", "target"),
            _run_identity(first),
            _run_identity(part),
            strict=True,
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
    _require_complete_set(results)
    claims: dict[str, ClaimResult] = {}
    for result in results:
        for claim in result.claims:
            previous = claims.get(claim.id)
            if previous is None or VERDICT_PRECEDENCE.index(
                claim.verdict
            ) < VERDICT_PRECEDENCE.index(previous.verdict):
                claims[claim.id] = claim
    order = {operation.id: number for number, operation in enumerate(first.operations)}
    ordered_claims = sorted(
        claims.values(), key=lambda claim: order.get(claim.operation, len(order))
    )
    return replace(
        first,
        file=None,
        part=None,
        status=None,
        status_reasons=(),
        started=min(result.started for result in results),
        duration_s=max(result.duration_s for result in results),
        requests=sum(result.requests for result in results),
        workers=sum(result.workers for result in results),
        stopped=next((result.stopped for result in results if result.stopped), None),
        target_down=any(result.target_down for result in results),
        interrupted=any(result.interrupted for result in results),
        leftovers=tuple(leftover for result in results for leftover in result.leftovers),
        unread_lists=tuple(reason for result in results for reason in result.unread_lists),
        interpretations=tuple(
            interpretation for result in results for interpretation in result.interpretations
        ),
        traffic=_merge_traffic_metrics(results),
        claims=tuple(ordered_claims),
    )


def _require_complete_set(results: Sequence[Result]) -> None:
    """Raise IncompleteResultsError unless the results are the parts of one run, each once."""
    parts = [result.part for result in results if result.part is not None]
    if len(parts) < len(results):
        if len(results) > 1:
            _require_disjoint_claims(results)
        return
    counts, plans = {part.of for part in parts}, {part.plan for part in parts}
    if len(counts) > 1 or len(plans) > 1:
        hint = "parts have the same contract, seed, profile, selection of claims and --shard I/N"
        raise IncompleteResultsError(
            Problem(message="the results are parts of different runs", hint=hint)
        )
    numbers = Counter(part.number for part in parts)
    (count,) = counts
    missing = [f"{number}/{count}" for number in range(1, count + 1) if number not in numbers]
    doubled = [f"{number}/{count}" for number, times in numbers.items() if times > 1]
    if missing:
        raise IncompleteResultsError(
            Problem(
                message=f"part {', '.join(missing)} of the run is missing",
                hint=f"run it: --shard {missing[0]}",
            )
        )
    if doubled:
        raise IncompleteResultsError(
            Problem(message=f"part {', '.join(doubled)} of the run is given twice")
        )


def _require_disjoint_claims(results: Sequence[Result]) -> None:
    """Raise IncompleteResultsError if results that name no part have decided a claim twice."""
    counts = Counter(claim.id for result in results for claim in result.claims)
    doubled = [id for id, count in counts.items() if count > 1]
    if doubled:
        raise IncompleteResultsError(
            Problem(
                message=(
                    f"the results are no parts of one run: {len(doubled)} claims are in several,"
                    f" for example {doubled[0]}"
                ),
                hint="parts are what `conformance run --shard I/N --json` writes",
            )
        )


def _run_identity(result: Result) -> tuple[object, ...]:
    return result.contract.title, result.contract.digest, result.seed, result.target.url


def _merge_traffic_metrics(results: Sequence[Result]) -> tuple[OperationTraffic, ...]:
    """Return the merged traffic by operation.

    Counts and histograms are added; of the latencies, the highest is taken.
    """
    by_operation: dict[str, OperationTraffic] = {}
    for entry in (entry for result in results for entry in result.traffic):
        previous = by_operation.get(entry.operation)
        by_operation[entry.operation] = _add_traffic(previous, entry) if previous else entry
    return tuple(by_operation.values())


def _add_traffic(first: OperationTraffic, second: OperationTraffic) -> OperationTraffic:
    histogram: Counter[float] = Counter()
    for bound, count in (*first.histogram, *second.histogram):
        histogram[bound] += count
    return OperationTraffic(
        operation=first.operation,
        requests=first.requests + second.requests,
        statuses=dict(Counter(first.statuses) + Counter(second.statuses)),
        latency_ms={
            name: max(first.latency_ms[name], second.latency_ms[name]) for name in first.latency_ms
        },
        histogram=tuple(sorted(histogram.items())),
    )
