"""A result as SARIF 2.1.0, which code scanning reads, and as GitLab's Code Quality report."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta

from conformance.contract.json import Json
from conformance.report.location import find_repository_location
from conformance.report.result import (
    accepted_claims,
    describe_acceptance,
    describe_claim_source,
    first_finding,
    format_contract_title,
    format_replay_command,
    violated_claims,
)
from conformance.report.text import sanitize_text, to_single_line

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render_sarif(result: Json) -> str:
    """Return the SARIF log of a result.

    A claim that is violated is a rule with one result. An accepted violation is a result with a
    suppression. A result has a location if the contract stands in this repository.
    """
    claims = [*violated_claims(result), *accepted_claims(result)]
    started = datetime.fromisoformat(result["started"])
    ended = started + timedelta(seconds=result["duration_s"])
    run = {
        "tool": {
            "driver": {
                "name": "Conformance",
                "version": result["tool"]["version"],
                "rules": [_build_rule(claim) for claim in claims],
            }
        },
        "automationDetails": {"id": f"conformance/{format_contract_title(result)}/"},
        "invocations": [
            {
                "executionSuccessful": not result.get("interrupted", False),
                "startTimeUtc": _format_time(started),
                "endTimeUtc": _format_time(ended),
            }
        ],
        "columnKind": "unicodeCodePoints",
        "results": [_build_result(result, index, claim) for index, claim in enumerate(claims)],
    }
    log = {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=True, indent=1) + "\n"


def _build_rule(claim: Json) -> Json:
    return {
        "id": sanitize_text(claim["id"]),
        "shortDescription": {"text": sanitize_text(claim["text"])},
        "fullDescription": {"text": sanitize_text(describe_claim_source(claim) or claim["text"])},
        "help": {
            "text": sanitize_text(
                f"{format_replay_command(claim)} sends the requests again, with things made anew."
            )
        },
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["conformance", sanitize_text(claim["operation"])]},
    }


def _build_result(result: Json, index: int, claim: Json) -> Json:
    place: Json = {
        "logicalLocations": [
            {"fullyQualifiedName": sanitize_text(claim["operation"]), "kind": "function"}
        ]
    }
    if location := find_repository_location(claim):
        file, line = location
        place["physicalLocation"] = {
            "artifactLocation": {"uri": file, "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": line},
        }
    sarif_result: Json = {
        "ruleId": sanitize_text(claim["id"]),
        "ruleIndex": index,
        "kind": "fail",
        "level": "error",
        "message": {"text": _describe_finding(claim)},
        "locations": [place],
        "partialFingerprints": {"claim/v1": _fingerprint(result, claim)},
    }
    if "accepted" in claim:
        sarif_result["suppressions"] = [
            {
                "kind": "external",
                "status": "accepted",
                "justification": sanitize_text(describe_acceptance(claim)),
            }
        ]
    return sarif_result


def render_code_quality(result: Json) -> str:
    """Return the Code Quality report of a result: an issue for each violation not accepted.

    GitLab wants a file of every issue: without one in this repository, it is the contract's name.
    """
    issues = []
    for claim in violated_claims(result):
        file, line = find_repository_location(claim) or (result["contract"]["name"], 1)
        issues.append(
            {
                "description": _describe_finding(claim)
                + sanitize_text(f" Again: {format_replay_command(claim)}"),
                "check_name": sanitize_text(claim["id"]),
                "fingerprint": _fingerprint(result, claim),
                "severity": "major",
                "location": {"path": sanitize_text(file), "lines": {"begin": line}},
            }
        )
    return json.dumps(issues, ensure_ascii=True, indent=1) + "\n"


def _describe_finding(claim: Json) -> str:
    message = to_single_line(first_finding(claim)["message"], 500)
    return sanitize_text(f"{claim['text']} Instead: {message}")


def _fingerprint(result: Json, claim: Json) -> str:
    """Return what is the same for one broken promise from run to run."""
    identity = [result["contract"]["name"], result["contract"]["revision"], claim["id"]]
    return hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:32]


def _format_time(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
