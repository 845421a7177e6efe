"""Applies the accepted violations of the configuration to a result."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Protocol

from conformance.contract.json import Json
from conformance.report.result import violated_claims
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

    def covers(self, contract: str, claim: str) -> bool:
        """Return whether the rule covers a claim of a contract."""

    def accepts_finding(self, finding: Json) -> bool:
        """Return whether a finding is the one that is accepted."""


def apply_accepted_violations(
    result: Json,
    rules: Sequence[AcceptedViolationRule],
    today: datetime.date,
    all_claims_tried: bool = True,
) -> Json:
    """Return the result with accepted violations marked and outdated rules listed.

    Each claim with an accepted violation gets the key `accepted`. The key `outdated` of the result
    lists the rules to remove. A rule is outdated if its last day has passed and a claim is still
    violated, if every claim that it covers was verified, or, with `all_claims_tried`, if it covers
    no claim.
    """
    claims, outdated = list(result["claims"]), []
    for rule in rules:
        covered = [
            number
            for number, claim in enumerate(claims)
            if rule.covers(result["contract"]["name"], claim["id"])
        ]
        violated = [
            number
            for number in covered
            if claims[number]["verdict"] == Verdict.VIOLATED
            and all(rule.accepts_finding(finding) for finding in claims[number]["findings"])
        ]
        until = rule.until.isoformat() if rule.until else None
        if rule.until is not None and today > rule.until and violated:
            outdated.append(
                {
                    "claim": rule.claim_pattern,
                    "reason": rule.reason,
                    "until": until,
                    "problem": f"it was accepted until {until}; accept it anew, or mend it",
                }
            )
            continue
        for number in violated:
            claims[number] = {**claims[number], "accepted": {"reason": rule.reason, "until": until}}
        if covered and all(claims[number]["verdict"] == Verdict.VERIFIED for number in covered):
            outdated.append(
                {
                    "claim": rule.claim_pattern,
                    "reason": rule.reason,
                    "until": until,
                    "problem": "the server keeps the promise now: strike the entry out",
                }
            )
        elif not covered and all_claims_tried:
            outdated.append(
                {
                    "claim": rule.claim_pattern,
                    "reason": rule.reason,
                    "until": until,
                    "problem": "the contract has no such claim",
                }
            )
    return {**result, "claims": claims, "outdated": outdated} if rules else result


def list_unaccepted_violations(result: Json) -> list[Json]:
    """Return the violated claims that are not accepted."""
    return violated_claims(result)
