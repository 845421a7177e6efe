"""Compares results of several runs: newly broken, fixed, flaky and no longer decided claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from conformance.checks.cause import Cause
from conformance.contract.json import Json
from conformance.errors import Problem, UsageError
from conformance.report.result import ClaimResult, Result
from conformance.report.text import format_count
from conformance.suite.events import Verdict


class VerdictChangeKind(StrEnum):
    """What happened to a claim between two runs."""

    BROKEN = "newly broken"
    BACK_AGAIN = "back again"
    FIXED = "newly fixed"
    FLAKY = "flaky"
    NO_LONGER_DECIDED = "no longer decided"
    NEWLY_DECIDED = "newly decided"
    ADDED = "new claims"
    REMOVED = "gone"
    NOT_RUN = "left out of the run"
    NOT_COMPARED = "left out of the earlier run"
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictChange:
    """A claim whose verdict changed.

    `reason` is the finding's message or the reason of the verdict.
    """

    claim: str
    before: str | None
    after: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunComparison:
    """The differences between two runs, by kind and in the order of the claims.

    `before` and `after` describe the runs. `same_contract` is False if the contract changed between
    them.
    """

    before: str
    after: str
    same_contract: bool
    changes_by_kind: Mapping[VerdictChangeKind, tuple[VerdictChange, ...]]
    still_violated: tuple[str, ...]

    @property
    def summary(self) -> str:
        """Return the counts on one line."""
        parts = [
            f"{len(changes)} {kind}" for kind, changes in self.changes_by_kind.items() if changes
        ]
        parts += (
            [f"{format_count(len(self.still_violated), 'claim')} still violated"]
            if self.still_violated
            else []
        )
        return (" · ".join(parts) or "nothing changed") + (
            "" if self.same_contract else " (the contract changed in between)"
        )


def compare_results(results: Sequence[Result]) -> RunComparison:
    """Return the differences between the last two results; older results tell what is back again.

    A claim is flaky if a run saw it fail once and not again.

    Raises ValueError for fewer than two results, and UsageError for results of different contracts
    or targets.
    """
    if len(results) < 2:
        raise ValueError("a comparison needs two results")
    for name, get_value in (
        ("contract", lambda result: result.contract.name),
        ("target", lambda result: result.target.url),
    ):
        values = dict.fromkeys(map(get_value, results))
        if len(values) > 1:
            raise UsageError(
                Problem(
                    message=f"the results are of different {name}s: {', '.join(values)}",
                    hint="compare the runs of one contract on one target",
                )
            )
    _require_order(results)
    claims_by_run = [{claim.id: claim for claim in result.claims} for result in results]
    old, new = claims_by_run[-2], claims_by_run[-1]
    changes_by_kind: dict[VerdictChangeKind, list[VerdictChange]] = {
        kind: [] for kind in VerdictChangeKind
    }
    still_violated = []
    for id in [*new, *(id for id in old if id not in new)]:
        kind = _classify_verdict_change(
            [claims[id] for claims in claims_by_run if id in claims], old.get(id), new.get(id)
        )
        if kind is VerdictChangeKind.REMOVED and results[-1].is_partial:
            kind = VerdictChangeKind.NOT_RUN
        if id not in old and id in new and results[-2].is_partial:
            kind = VerdictChangeKind.NOT_COMPARED
        if kind is not None:
            changes_by_kind[kind].append(_build_verdict_change(id, old.get(id), new.get(id)))
        elif _is_broken(new[id]):
            still_violated.append(id)
    return RunComparison(
        before=_describe_run(results[-2]),
        after=_describe_run(results[-1]),
        same_contract=results[-2].contract.digest == results[-1].contract.digest,
        changes_by_kind={kind: tuple(changes) for kind, changes in changes_by_kind.items()},
        still_violated=tuple(still_violated),
    )


def _classify_verdict_change(
    history: list[ClaimResult], old: ClaimResult | None, new: ClaimResult | None
) -> VerdictChangeKind | None:
    if new is None:
        return VerdictChangeKind.REMOVED
    if _is_flaky(history):
        return VerdictChangeKind.FLAKY
    if new.accepted is not None and (old is None or old.verdict != Verdict.VIOLATED):
        return VerdictChangeKind.ACCEPTED
    if old is None:
        return VerdictChangeKind.BROKEN if _is_broken(new) else VerdictChangeKind.ADDED
    match old.verdict, new.verdict:
        case before, after if before == after:
            is_newly_counted = _is_broken(new) and not _is_broken(old)
            return VerdictChangeKind.BROKEN if is_newly_counted else None
        case _, Verdict.VIOLATED:
            was_violated = any(claim.verdict == Verdict.VIOLATED for claim in history[:-1])
            return VerdictChangeKind.BACK_AGAIN if was_violated else VerdictChangeKind.BROKEN
        case Verdict.VIOLATED, Verdict.VERIFIED:
            return VerdictChangeKind.FIXED
        case _, Verdict.VERIFIED:
            return VerdictChangeKind.NEWLY_DECIDED
    return VerdictChangeKind.NO_LONGER_DECIDED


def _is_broken(claim: ClaimResult) -> bool:
    return claim.verdict is Verdict.VIOLATED and claim.accepted is None


def _require_order(results: Sequence[Result]) -> None:
    """Raise UsageError unless the results are given from the oldest to the newest."""
    for earlier, later in pairwise(results):
        if earlier.started > later.started:
            message = (
                f"the run of {later.started.isoformat()} is compared with a later one, of"
                f" {earlier.started.isoformat()}"
            )
            hint = "give the newest result first, and the earlier ones by --against, oldest first"
            raise UsageError(Problem(message=message, hint=hint))


def _is_flaky(history: list[ClaimResult]) -> bool:
    return any(claim.cause == Cause.SEEN_ONCE for claim in history[-2:])


def _build_verdict_change(
    id: str, old: ClaimResult | None, new: ClaimResult | None
) -> VerdictChange:
    versions = [version for version in (new, old) if version is not None]
    findings = [finding for version in versions for finding in version.findings]
    reason = findings[0].message if findings else versions[0].reason or ""
    return VerdictChange(
        claim=id,
        before=old.verdict if old else None,
        after=new.verdict if new else None,
        reason=reason,
    )


def _describe_run(result: Result) -> str:
    started = result.started.isoformat(timespec="seconds")
    return f"{result.contract.title} on {result.target.url}, {started}"


def comparison_to_json(comparison: RunComparison) -> Json:
    """Return a comparison as JSON."""
    return {
        "format": 1,
        "before": comparison.before,
        "after": comparison.after,
        "same_contract": comparison.same_contract,
        "changes": {
            str(kind): [
                {
                    "claim": change.claim,
                    "before": change.before,
                    "after": change.after,
                    "reason": change.reason,
                }
                for change in changes
            ]
            for kind, changes in comparison.changes_by_kind.items()
        },
        "still_violated": list(comparison.still_violated),
    }
