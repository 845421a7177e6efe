"""A result as SARIF 2.1.0, which code scanning reads."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta

from conformance.contract.json import Json
from conformance.report.conclusion import get_conclusion
from conformance.report.location import find_entry_location, find_repository_location
from conformance.report.replay_command import format_replay_command
from conformance.report.result import ClaimResult, OutdatedAcceptance, Result
from conformance.report.status import RunStatus
from conformance.report.text import sanitize_text, to_single_line

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
OUTDATED_RULE = "outdated-acceptance"


def render_sarif(result: Result) -> str:
    """Return the SARIF log of a result.

    A claim that is violated is a rule with one result, of level `error`; an accepted violation is
    a result of level `note` with a suppression. An outdated acceptance is a result too, at its
    entry in the configuration. A result has a location if its file stands in this repository. A
    run that is undecided was not successful, and its notification says why.
    """
    claims = [*result.violated, *result.accepted]
    rules = [_build_rule(result, claim) for claim in claims]
    results = [_build_claim_result(result, index, claim) for index, claim in enumerate(claims)]
    if result.outdated:
        rules.append(_build_outdated_rule())
        results += [_build_outdated_result(result, len(claims), entry) for entry in result.outdated]
    run = {
        "tool": {"driver": {"name": "Conformance", "version": result.tool.version, "rules": rules}},
        "automationDetails": {"id": f"conformance/{result.contract.title}/"},
        "invocations": [_build_invocation(result)],
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    log = {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=True, indent=1) + "\n"


def _build_invocation(result: Result) -> Json:
    concluded = get_conclusion(result)
    is_undecided = concluded.status in (RunStatus.UNDECIDED, RunStatus.INTERRUPTED)
    invocation: Json = {
        "executionSuccessful": not is_undecided,
        "startTimeUtc": _format_time(result.started),
        "endTimeUtc": _format_time(result.started + timedelta(seconds=result.duration_s)),
    }
    if is_undecided:
        invocation["toolExecutionNotifications"] = [
            {"level": "error", "message": {"text": sanitize_text(reason)}}
            for reason in concluded.status_reasons
        ]
    return invocation


def _build_rule(result: Result, claim: ClaimResult) -> Json:
    replay_command = format_replay_command(result, claim)
    return {
        "id": sanitize_text(claim.id),
        "shortDescription": {"text": sanitize_text(claim.text)},
        "fullDescription": {"text": sanitize_text(claim.describe_source() or claim.text)},
        "help": {
            "text": sanitize_text(
                f"{replay_command} creates what the requests need and sends them again."
            )
        },
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["conformance", sanitize_text(claim.operation)]},
    }


def _build_outdated_rule() -> Json:
    text = "An entry that accepts a violation fits nothing any more."
    return {
        "id": OUTDATED_RULE,
        "shortDescription": {"text": text},
        "fullDescription": {"text": text},
        "help": {"text": "Delete the entry of conformance.toml, or accept the violation anew."},
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["conformance"]},
    }


def _build_claim_result(result: Result, index: int, claim: ClaimResult) -> Json:
    location: Json = {
        "logicalLocations": [
            {"fullyQualifiedName": sanitize_text(claim.operation), "kind": "function"}
        ]
    }
    sarif_result: Json = {
        "ruleId": sanitize_text(claim.id),
        "ruleIndex": index,
        "kind": "fail",
        "level": "error" if claim.accepted is None else "note",
        "message": {"text": describe_finding(claim)},
        "locations": [{**location, **_build_location(find_repository_location(claim))}],
        "partialFingerprints": {"claim/v1": build_fingerprint(result, claim.id)},
    }
    if claim.accepted is not None:
        sarif_result["suppressions"] = [
            {
                "kind": "external",
                "status": "accepted",
                "justification": sanitize_text(str(claim.accepted)),
            }
        ]
    return sarif_result


def _build_outdated_result(result: Result, index: int, entry: OutdatedAcceptance) -> Json:
    location = _build_location(find_entry_location(entry))
    fingerprint = build_fingerprint(result, f"{OUTDATED_RULE} {entry.claim}")
    return {
        "ruleId": OUTDATED_RULE,
        "ruleIndex": index,
        "kind": "fail",
        "level": "error",
        "message": {"text": sanitize_text(str(entry))},
        **({"locations": [location]} if location else {}),
        "partialFingerprints": {"claim/v1": fingerprint},
    }


def _build_location(location: tuple[str, int] | None) -> Json:
    if location is None:
        return {}
    file, line = location
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": file, "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": line},
        }
    }


def describe_finding(claim: ClaimResult) -> str:
    """Return on one line what was promised, and what happened instead."""
    message = to_single_line(claim.first_finding.message, 500)
    return sanitize_text(f"{claim.text} Instead: {message}")


def build_fingerprint(result: Result, subject: str) -> str:
    """Return what is the same for one problem from run to run."""
    identity = [result.contract.name, result.contract.revision, subject]
    return hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:32]


def _format_time(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
