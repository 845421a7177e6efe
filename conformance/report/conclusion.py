"""The conclusion of a run: its status, and the reasons why it is not simply good."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from conformance.report.result import Result
from conformance.report.status import RunStatus
from conformance.suite.events import Verdict

DEFAULT_MIN_DECIDED = 50.0  # percent of the claims


def conclude_run(result: Result, min_decided: float = DEFAULT_MIN_DECIDED) -> Result:
    """Return the result with its status and the reasons for it.

    `min_decided` is the smallest percentage of the claims that must be decided.
    """
    too_few = _explain_too_few_decisions(result, min_decided)
    reasons = [
        *(["the run was interrupted"] if result.interrupted else []),
        *(str(entry) for entry in result.outdated),
        *([f"the run ended early: {result.stopped}"] if result.stopped else []),
        *([too_few] if too_few and not _is_explained_by_stop(result) else []),
    ]
    if result.interrupted:
        status = RunStatus.INTERRUPTED
    elif result.violated:
        status = RunStatus.VIOLATED
    elif result.outdated:
        status = RunStatus.OUTDATED
    elif result.target_down or too_few:
        status = RunStatus.UNDECIDED
    else:
        status = RunStatus.PASSED
    return replace(result, status=status, status_reasons=tuple(reasons))


def get_conclusion(result: Result) -> Result:
    """Return a result with a status: its own, or with the usual minimum where it has none."""
    return result if result.status is not None else conclude_run(result)


def _is_explained_by_stop(result: Result) -> bool:
    """Tell whether nothing is decided because the run ended at once."""
    return result.stopped is not None and {claim.reason for claim in result.claims} == {
        result.stopped
    }


def _explain_too_few_decisions(result: Result, min_decided: float) -> str | None:
    """Return why a run decided too little to be called good, or None."""
    if not result.claims:
        return (
            "the contract promises nothing that could be checked: no operations, or nothing cites"
            " a statement"
        )
    need_writing = sum(claim.needs_writing for claim in result.claims)
    observable = len(result.claims) - result.summary[Verdict.UNOBSERVABLE] - need_writing
    if not observable:
        return "no claim can be decided by reading alone" if need_writing else None
    decided = result.summary[Verdict.VERIFIED] + result.summary[Verdict.VIOLATED]
    percentage = 100 * decided / observable
    if decided and percentage >= min_decided:
        return None
    if result.proxy is not None and not decided:
        return (
            "nothing that passed decided a claim: did the clients call the proxy, and were they"
            " let in?"
        )
    which = "the claims that reading can decide" if need_writing else "the claims"
    return (
        f"only {percentage:.0f} % of {which} could be decided, fewer than --min-decided"
        f" {min_decided:g}; {_describe_main_reason(result)}"
        if decided
        else f"none of {which} could be decided; {_describe_main_reason(result)}"
    )


def _describe_main_reason(result: Result) -> str:
    """Return why most claims of a result are undecided."""
    reasons = Counter(claim.reason for claim in result.undecided if not claim.needs_writing)
    ((reason, count),) = reasons.most_common(1)
    return f"{count} for this reason: {reason}"
