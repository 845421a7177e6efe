"""The JSON Schema of the result of a run, format 2."""

from __future__ import annotations

from conformance.contract.json import Json
from conformance.report.status import RunStatus
from conformance.suite.events import Verdict

FORMAT = 2

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
    "if": {"properties": {"verdict": {"const": str(Verdict.VIOLATED)}}},
    "then": {"properties": {"findings": {"minItems": 1}}},
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
        "accepted": {
            "type": "object",
            "required": ["reason", "until"],
            "properties": {"reason": _TEXT, "until": _BODY},
        },
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
        "leftovers": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["resource", "id", "name"],
                "properties": {"resource": _TEXT, "name": _BODY, "reason": _TEXT},
            },
        },
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
        "stopped": _BODY,
        "target_down": {"type": "boolean"},
        "workers": _COUNT,
        "client": _TEXT,
        "outdated": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["claim", "reason", "until", "problem"],
                "properties": {
                    "claim": _TEXT,
                    "reason": _TEXT,
                    "until": _BODY,
                    "problem": _TEXT,
                    "file": _TEXT,
                    "line": _COUNT,
                },
            },
        },
        "status": {"enum": [str(status) for status in RunStatus]},
        "status_reasons": {"type": "array", "items": _TEXT},
        "only": {"type": "array", "items": _TEXT},
        "part": {
            "type": "object",
            "required": ["number", "of", "plan"],
            "properties": {"number": _COUNT, "of": _COUNT, "plan": _TEXT},
        },
    },
}
