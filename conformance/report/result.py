"""Reads the JSON result of a run and gives access to its parts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import jsonschema_rs

from conformance.contract.json import Json
from conformance.errors import Problem, UsageError
from conformance.report import shell
from conformance.report.result_recorder import FORMAT
from conformance.suite.events import Verdict

_TEXT: Json = {"type": "string"}
_COUNT: Json = {"type": "integer", "minimum": 0}
_BODY: Json = {"type": ["string", "null"]}
_HEADERS: Json = {"type": "object", "additionalProperties": _TEXT}
_EXCHANGE: Json = {
    "type": "object",
    "required": ["request", "response"],
    "properties": {
        "step": _TEXT,
        "elapsed_s": {"type": "number"},
        "failure": _TEXT,
        "request": {
            "type": "object",
            "required": ["method", "url", "headers", "body"],
            "properties": {"method": _TEXT, "url": _TEXT, "headers": _HEADERS, "body": _BODY},
        },
        "response": {
            "type": ["object", "null"],
            "required": ["status", "headers", "body"],
            "properties": {"status": _COUNT, "headers": _HEADERS, "body": _BODY},
        },
    },
}
_CLAIM: Json = {
    "type": "object",
    "required": [
        "id",
        "operation",
        "text",
        "statements",
        "source",
        "verdict",
        "reason",
        "notes",
        "evidence",
        "findings",
    ],
    "properties": {
        "id": _TEXT,
        "operation": _TEXT,
        "text": _TEXT,
        "statements": {"type": "array", "items": _TEXT},
        "source": {
            "type": "object",
            "required": ["document", "section"],
            "properties": {"document": _TEXT, "section": _TEXT},
        },
        "spec": {
            "type": ["object", "null"],
            "required": ["file", "line"],
            "properties": {"file": _TEXT, "line": _COUNT, "pointer": _TEXT},
        },
        "verdict": {"enum": [str(verdict) for verdict in Verdict]},
        "reason": {"type": ["string", "null"]},
        "cause": {"type": ["string", "null"]},
        "notes": {"type": "array", "items": _TEXT},
        "evidence": {"anyOf": [{"type": "null"}, _EXCHANGE]},
        "findings": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["message", "curl", "exchanges"],
                "properties": {
                    "kind": _TEXT,
                    "message": _TEXT,
                    "pointer": _TEXT,
                    "header": _TEXT,
                    "status": _COUNT,
                    "curl": _TEXT,
                    "exchanges": {"type": "array", "items": _EXCHANGE, "minItems": 1},
                },
            },
        },
    },
}
SCHEMA: Json = {
    "type": "object",
    "required": [
        "format",
        "tool",
        "contract",
        "target",
        "seed",
        "started",
        "duration_s",
        "requests",
        "leftovers",
        "summary",
        "claims",
    ],
    "properties": {
        "format": {"const": FORMAT},
        "tool": {"type": "object", "required": ["version"], "properties": {"version": _TEXT}},
        "contract": {
            "type": "object",
            "required": ["name", "revision", "interpretations", "digest"],
            "properties": {
                "name": _TEXT,
                "revision": _TEXT,
                "interpretations": {"type": "array", "items": _TEXT},
                "digest": _TEXT,
            },
        },
        "target": {
            "type": "object",
            "required": ["url"],
            "properties": {
                "url": _TEXT,
                "parameters": {"type": "object"},
                "fixtures": {"type": "object"},
            },
        },
        "seed": _TEXT,
        "profile": _TEXT,
        "started": {"type": "string", "format": "date-time"},
        "duration_s": {"type": "number"},
        "requests": _COUNT,
        "leftovers": {"type": "array"},
        "unread_lists": {"type": "array", "items": _TEXT},
        "interpretations": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["ambiguity", "name", "meaning", "followed"],
                "properties": {
                    "ambiguity": _TEXT,
                    "name": _TEXT,
                    "meaning": _TEXT,
                    "followed": {"type": ["boolean", "null"]},
                    "reason": _BODY,
                },
            },
        },
        "operations": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "method", "path"],
                "properties": {"id": _TEXT, "method": _TEXT, "path": _TEXT},
            },
        },
        "traffic": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["operation", "requests", "statuses", "latency_ms", "histogram"],
                "properties": {
                    "operation": _TEXT,
                    "requests": _COUNT,
                    "statuses": {"type": "object", "additionalProperties": _COUNT},
                    "latency_ms": {
                        "type": "object",
                        "required": ["p50", "p95", "max"],
                        "additionalProperties": {"type": "number"},
                    },
                    "histogram": {
                        "type": "array",
                        "items": {
                            "type": "array",
                            "prefixItems": [{"type": "number"}, _COUNT],
                            "minItems": 2,
                        },
                    },
                },
            },
        },
        "summary": {
            "type": "object",
            "required": [str(verdict) for verdict in Verdict],
            "additionalProperties": _COUNT,
        },
        "claims": {"type": "array", "items": _CLAIM},
        "interrupted": {"type": "boolean"},
        "only": {"type": "array", "items": _TEXT},
        "part": {
            "type": "object",
            "required": ["number", "of", "plan"],
            "properties": {"number": _COUNT, "of": _COUNT, "plan": _TEXT},
        },
    },
}
_VALIDATOR = jsonschema_rs.Draft202012Validator(SCHEMA, validate_formats=True)


def read_result_file(file: str) -> Json:
    """Return the result that `conformance run --json` wrote to a file.

    Raises UsageError, with the pointer of the first error, if the file does not hold a result.
    """
    try:
        result = json.loads(Path(file).read_text("utf-8"))
    except OSError as error:
        raise UsageError(Problem(message=f"cannot be read: {error.strerror}", file=file)) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(
            Problem(
                message="is not JSON",
                file=file,
                hint="give what `conformance run … --json FILE` wrote",
            )
        ) from error
    result = upgrade_result_format(_escape_surrogates(result))
    validate_result(result, file)
    return result


def _escape_surrogates(value: Json) -> Json:
    """Return JSON with lone surrogates shown as escapes; they are no characters (RFC 8259, 8.2)."""
    if isinstance(value, str):
        return (
            value if value.isascii() else value.encode("utf-8", "backslashreplace").decode("utf-8")
        )
    if isinstance(value, dict):
        return {_escape_surrogates(key): _escape_surrogates(child) for key, child in value.items()}
    return [_escape_surrogates(child) for child in value] if isinstance(value, list) else value


_KEYS_OF_FORMAT_1 = {
    "readings": "interpretations",
    "passage": "ambiguity",
    "unseen": "unread_lists",
    "down": "target_down",
}


def upgrade_result_format(result: Json) -> Json:
    """Return a result of format 1 in the present format; return any other value unchanged."""
    if not isinstance(result, dict) or result.get("format") != 1:
        return result
    upgraded = {**_rename_keys(result), "format": FORMAT}
    if isinstance(contract := upgraded.get("contract"), dict):
        upgraded["contract"] = _rename_keys(contract)
    if isinstance(interpretations := upgraded.get("interpretations"), list):
        upgraded["interpretations"] = [
            _rename_keys(entry) if isinstance(entry, dict) else entry for entry in interpretations
        ]
    return upgraded


def _rename_keys(value: dict[str, Json]) -> dict[str, Json]:
    return {_KEYS_OF_FORMAT_1.get(key, key): child for key, child in value.items()}


def validate_result(result: Json, file: str) -> None:
    """Raise UsageError if a value is not a result of the present format."""
    format_number = result.get("format") if isinstance(result, dict) else None
    if format_number is not None and format_number != FORMAT:
        raise UsageError(
            Problem(
                message=(
                    f"is a result of format {str(format_number)[:20]}; this version reads format"
                    f" {FORMAT}"
                ),
                file=file,
            )
        )
    error = next(iter(_VALIDATOR.iter_errors(result)), None)
    if error is not None:
        pointer = "".join(f"/{part}" for part in error.instance_path)
        hint = "give what `conformance run … --json FILE` wrote"
        raise UsageError(
            Problem(
                message=f"is no result of a run: {error.message[:200]}",
                file=file,
                pointer=pointer or "/",
                hint=hint,
            )
        )


def violated_claims(result: Json) -> list[Json]:
    """Return the violated claims, without those whose violation is accepted."""
    return [
        claim
        for claim in result["claims"]
        if claim["verdict"] == Verdict.VIOLATED and "accepted" not in claim
    ]


def accepted_claims(result: Json) -> list[Json]:
    """Return the claims whose violation is accepted."""
    return [claim for claim in result["claims"] if "accepted" in claim]


def describe_acceptance(claim: Json) -> str:
    """Return why the violation of a claim is accepted, and for how long."""
    accepted = claim["accepted"]
    until = f" (until {accepted['until']})" if accepted.get("until") else ""
    return f"{accepted['reason']}{until}"


def first_finding(claim: Json) -> Json:
    """Return the first finding of a violated claim, the one with the shortest evidence.

    Returns an empty finding if the result holds none.
    """
    return (
        claim["findings"][0]
        if claim["findings"]
        else {"message": "", "curl": "", "exchanges": [{"request": None, "response": None}]}
    )


def format_replay_command(claim: Json) -> str:
    """Return the command that sends the finding of a claim again; the result is `RESULT.json`."""
    return shell.format_shell_command("conformance", "replay", "RESULT.json", claim["id"])


def count_verdicts_by_operation(result: Json) -> dict[str, Counter[str]]:
    """Return the number of claims for each operation and verdict.

    The operations are in the order of the contract.
    """
    by_operation: dict[str, Counter[str]] = {}
    for claim in result["claims"]:
        by_operation.setdefault(claim["operation"], Counter())[claim["verdict"]] += 1
    return by_operation


def occurring_verdicts(result: Json) -> list[Verdict]:
    """Return the verdicts that occur, in their order; `[VERIFIED]` if there are no claims."""
    return [verdict for verdict in Verdict if result["summary"][verdict]] or [Verdict.VERIFIED]


def format_contract_title(result: Json) -> str:
    """Return the contract that was checked, such as `losant current, interpretation empty`."""
    contract = result["contract"]
    return " ".join([contract["name"], contract["revision"]]) + "".join(
        f", interpretation {name}" for name in contract["interpretations"]
    )


def describe_claim_source(claim: Json) -> str:
    """Return the source of a claim on one line: statements, document, section and file."""
    spec = claim.get("spec")
    location = f"{spec['file']}:{spec['line']}" if spec else ""
    return " · ".join(
        part
        for part in (
            ", ".join(claim["statements"]),
            claim["source"]["document"],
            claim["source"]["section"],
            location,
        )
        if part
    )


def iterate_result_exchanges(result: Json) -> Iterator[tuple[str, Json]]:
    """Yield every exchange of a result once, with the id of its claim or its ambiguity."""
    keys: set[str] = set()
    exchanges_by_owner = [
        (
            claim["id"],
            [
                *(
                    exchange_of_finding
                    for finding in claim["findings"]
                    for exchange_of_finding in finding["exchanges"]
                ),
                claim["evidence"],
            ],
        )
        for claim in result["claims"]
    ]
    exchanges_by_owner += [
        (interpretation["ambiguity"], [interpretation.get("evidence")])
        for interpretation in result.get("interpretations", ())
    ]
    for owner, owned_exchanges in exchanges_by_owner:
        for exchange in owned_exchanges:
            key = json.dumps(exchange, sort_keys=True)
            if exchange is not None and key not in keys:
                keys.add(key)
                yield owner, exchange
