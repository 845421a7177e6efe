"""A result as GitLab's Code Quality report, which merge requests show."""

from __future__ import annotations

import json

from conformance.contract.json import Json
from conformance.report.conclusion import get_conclusion
from conformance.report.location import find_entry_location, find_repository_location
from conformance.report.replay_command import format_replay_command
from conformance.report.result import ClaimResult, OutdatedAcceptance, Result
from conformance.report.sarif import OUTDATED_RULE, build_fingerprint, describe_finding
from conformance.report.status import RunStatus
from conformance.report.text import sanitize_text


def render_code_quality(result: Result) -> str:
    """Return the Code Quality report of a result: an issue for each violated claim.

    Accepted violations have the severity `info`, outdated acceptances and a run that is undecided
    have issues of their own. GitLab wants a file for every issue: without one in this repository
    it is the contract's name.
    """
    issues = [
        *(_build_claim_issue(result, claim) for claim in result.violated),
        *(_build_claim_issue(result, claim) for claim in result.accepted),
        *(_build_outdated_issue(result, entry) for entry in result.outdated),
    ]
    concluded = get_conclusion(result)
    if concluded.status in (RunStatus.UNDECIDED, RunStatus.INTERRUPTED):
        text = "; ".join(concluded.status_reasons)
        issues.append(
            _build_issue(
                result, f"run-{concluded.status}", f"The run is {concluded.status}: {text}"
            )
        )
    return json.dumps(issues, ensure_ascii=True, indent=1) + "\n"


def _build_claim_issue(result: Result, claim: ClaimResult) -> Json:
    description = (
        f"{describe_finding(claim)} ({claim.describe_source()}) {claim.first_finding.curl[:1000]}"
        f" · Again: {format_replay_command(result, claim)}"
    )
    if claim.accepted is not None:
        description = f"Accepted: {claim.accepted}. {description}"
    return _build_issue(
        result,
        claim.id,
        description,
        find_repository_location(claim),
        severity="major" if claim.accepted is None else "info",
    )


def _build_outdated_issue(result: Result, entry: OutdatedAcceptance) -> Json:
    location = find_entry_location(entry)
    return _build_issue(result, f"{OUTDATED_RULE} {entry.claim}", str(entry), location)


def _build_issue(
    result: Result,
    check: str,
    description: str,
    location: tuple[str, int] | None = None,
    severity: str = "major",
) -> Json:
    file, line = location or (result.contract.name, 1)
    return {
        "description": sanitize_text(description),
        "check_name": sanitize_text(check),
        "fingerprint": build_fingerprint(result, check),
        "severity": severity,
        "location": {"path": sanitize_text(file), "lines": {"begin": line}},
    }
