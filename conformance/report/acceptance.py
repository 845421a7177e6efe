"""Applies the accepted violations of the configuration to a result."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from conformance.report.result import Acceptance, ClaimResult, OutdatedAcceptance, Result
from conformance.suite.events import Verdict


class AcceptedViolationRule(Protocol):
    """A known violation that is accepted (see `conformance.configuration.AcceptedViolation`)."""

    @property
    def claim_pattern(self) -> str:
        """Return the id of the claim, or the pattern of the ids."""

    @property
    def reason(self) -> str:
        """Return why the violation is accepted."""

    @property
    def until(self) -> datetime.date | None:
        """Return the last day on which the violation is accepted, None for no limit."""

    @property
    def file(self) -> str | None:
        """Return the file that holds the rule, if it is in one."""

    @property
    def line(self) -> int | None:
        """Return the line of the file at which the rule begins."""

    def covers(self, contract: str, claim: str) -> bool:
        """Return whether the rule covers a claim of a contract."""

    def accepts_finding(self, kind: str, pointer: str) -> bool:
        """Return whether a finding of a kind, at a pointer, is the one that is accepted."""


def apply_accepted_violations(
    result: Result,
    rules: Sequence[AcceptedViolationRule],
    today: datetime.date,
    all_claims_tried: bool = True,
) -> Result:
    """Return the result with accepted violations marked and outdated rules listed.

    A rule is outdated if every claim that it covers was verified, or, with `all_claims_tried`, if
    it covers no claim. A rule whose last day has passed accepts nothing: it is outdated too if a
    claim that it covers is still violated.
    """
    claims, outdated = list(result.claims), []
    for rule in rules:
        covered = [
            number
            for number, claim in enumerate(claims)
            if rule.covers(result.contract.name, claim.id)
        ]
        violated = [number for number in covered if _accepts(rule, claims[number])]
        if rule.until is not None and today > rule.until:
            violated, was_accepted = [], bool(violated)
        else:
            was_accepted = False
        for number in violated:
            claims[number] = replace(claims[number], accepted=_describe_acceptance(rule))
        problem = _find_problem(rule, [claims[number] for number in covered], was_accepted)
        if problem is None and not covered and all_claims_tried:
            problem = "the contract has no such claim: delete the entry"
        if problem is not None:
            outdated.append(_describe_outdated_rule(rule, problem))
    return replace(result, claims=tuple(claims), outdated=tuple(outdated))


def is_accepted(
    rules: Sequence[AcceptedViolationRule],
    contract: str,
    claim: str,
    findings: Sequence[tuple[str, str]],
    today: datetime.date,
) -> bool:
    """Tell whether a rule accepts the violation of a claim, with findings of (kind, pointer)."""
    return any(
        rule.covers(contract, claim)
        and (rule.until is None or today <= rule.until)
        and all(rule.accepts_finding(kind, pointer) for kind, pointer in findings)
        for rule in rules
    )


def _accepts(rule: AcceptedViolationRule, claim: ClaimResult) -> bool:
    return claim.verdict is Verdict.VIOLATED and all(
        rule.accepts_finding(finding.kind, finding.pointer) for finding in claim.findings
    )


def _describe_acceptance(rule: AcceptedViolationRule) -> Acceptance:
    return Acceptance(
        reason=rule.reason, until=rule.until.isoformat() if rule.until is not None else None
    )


def _find_problem(
    rule: AcceptedViolationRule, covered: Sequence[ClaimResult], was_accepted: bool
) -> str | None:
    """Return why a rule fits nothing any more, if what it covers tells it."""
    if was_accepted:
        return f"it was accepted until {rule.until}: accept it anew, or mend the server"
    if covered and all(claim.verdict is Verdict.VERIFIED for claim in covered):
        return "the server keeps the promise now: delete the entry"
    return None


def _describe_outdated_rule(rule: AcceptedViolationRule, problem: str) -> OutdatedAcceptance:
    return OutdatedAcceptance(
        claim=rule.claim_pattern,
        reason=rule.reason,
        until=rule.until.isoformat() if rule.until is not None else None,
        problem=problem,
        file=rule.file,
        line=rule.line,
    )
