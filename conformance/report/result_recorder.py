"""Builds the JSON result of a run, from which all other reports are made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from conformance.checks.exchange import Exchange, HttpRequest
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING
from conformance.report import curl
from conformance.suite.events import (
    ClaimDecided,
    Event,
    Finding,
    InterpretationDecided,
    LeftoverItem,
    RunFinished,
    RunStarted,
)
from conformance.suite.masking import SecretMasker, get_secret_masker
from conformance.suite.metrics import OperationMetrics

FORMAT = 2
MAX_BODY_LENGTH = 20_000  # characters of one body that a report keeps
MASKING_MARGIN = (
    8192  # characters masked beyond MAX_BODY_LENGTH, so that no secret is cut before it is found
)


def build_result_from_events(events: Iterable[Event]) -> Json:
    """Return the JSON document of a run from its events.

    The first event is RunStarted, the last one RunFinished; raises ValueError if one of them is
    missing.

    The keys include format, tool, contract, target, client (the typed client that sent the
    requests, if any), seed, profile, started (RFC 3339), duration_s, requests, leftovers,
    interpretations (which interpretation of each ambiguity the server follows), operations, traffic
    (requests, statuses and latency by operation), summary and claims. The schema is in
    `report/result.py`.
    """
    started: RunStarted | None = None
    finished: RunFinished | None = None
    decisions: list[ClaimDecided] = []
    interpretations: list[InterpretationDecided] = []
    for event in events:
        if isinstance(event, RunStarted):
            started = event
        elif isinstance(event, RunFinished):
            finished = event
        elif isinstance(event, ClaimDecided):
            decisions.append(event)
        elif isinstance(event, InterpretationDecided):
            interpretations.append(event)
    if started is None or finished is None:
        raise ValueError("a run begins with Started and ends with Finished")
    return build_result_from_parts(started, decisions, interpretations, finished)


def build_result_from_parts(
    started: RunStarted,
    decisions: list[ClaimDecided],
    interpretations: list[InterpretationDecided],
    finished: RunFinished,
) -> Json:
    """Return the JSON document of a run from its parts.

    The claims are in the order of the contract.
    """
    contract, target = started.contract, started.target
    masker = get_secret_masker(target.secrets)
    order = {claim.id: number for number, claim in enumerate(contract.claims)}
    return {
        "format": FORMAT,
        "tool": {"name": "conformance", "version": tool_version()},
        "contract": {
            "name": contract.name,
            "revision": contract.revision,
            "interpretations": list(contract.interpretations),
            "digest": contract.digest,
        },
        "target": {
            "url": target.display_name,
            "parameters": dict(target.parameters),
            "fixtures": {name: list(ids) for name, ids in target.fixtures.items()},
        },
        **({"client": target.driver.name} if target.driver else {}),
        "seed": started.seed,
        "profile": started.profile,
        "started": datetime.fromtimestamp(started.started_at, UTC).isoformat(timespec="seconds"),
        "duration_s": round(finished.duration, 3),
        "requests": finished.requests,
        "stopped": None if finished.stop_reason is None else masker.mask_text(finished.stop_reason),
        "target_down": finished.target_down,
        "workers": finished.workers,
        "leftovers": [_leftover_to_json(leftover, masker) for leftover in finished.leftovers],
        "unread_lists": [masker.mask_text(reason) for reason in finished.incomplete_lists],
        "interpretations": [
            _interpretation_to_json(interpretation, masker) for interpretation in interpretations
        ],
        "operations": [
            {
                "id": operation.id,
                "method": operation.method,
                "path": operation.path,
                "summary": operation.summary,
            }
            for operation in contract.operations.values()
        ],
        "traffic": [_metrics_to_json(metrics) for metrics in finished.metrics],
        "summary": {str(verdict): count for verdict, count in finished.summary.items()},
        "claims": [
            _claim_to_json(contract, masker, decision)
            for decision in sorted(decisions, key=lambda decision: order[decision.claim.id])
        ],
    }


def _leftover_to_json(leftover: LeftoverItem, masker: SecretMasker) -> Json:
    identity = (
        masker.mask_text(leftover.identity)
        if isinstance(leftover.identity, str)
        else leftover.identity
    )
    name = None if leftover.name is None else masker.mask_text(leftover.name)
    return {
        "resource": leftover.resource,
        "id": identity,
        "name": name,
        "reason": masker.mask_text(leftover.reason),
    }


def _metrics_to_json(metrics: OperationMetrics) -> Json:
    return {
        "operation": metrics.operation,
        "requests": metrics.requests,
        "statuses": {str(status): count for status, count in metrics.statuses.items()},
        "latency_ms": {
            "p50": metrics.latency_quantile(0.5),
            "p95": metrics.latency_quantile(0.95),
            "max": round(metrics.longest_latency, 3),
        },
        "histogram": [[bound, count] for bound, count in metrics.latency_histogram.items()],
    }


def _interpretation_to_json(observed: InterpretationDecided, masker: SecretMasker) -> Json:
    return {
        "ambiguity": observed.interpretation.ambiguity,
        "name": observed.interpretation.name,
        "meaning": observed.interpretation.meaning,
        "followed": observed.followed,
        "reason": None if observed.reason is None else masker.mask_text(observed.reason),
        "evidence": exchange_to_json(observed.evidence, masker) if observed.evidence else None,
    }


def _claim_to_json(contract: Contract, masker: SecretMasker, decision: ClaimDecided) -> Json:
    claim = decision.claim
    location = contract.position_of(claim.pointer)
    return {
        "id": claim.id,
        "operation": claim.operation,
        "kind": claim.kind,
        "text": claim.text,
        "statements": list(claim.statements),
        "source": find_first_cited_source(contract, claim.statements),
        "spec": {"file": location[0], "line": location[1], "pointer": claim.pointer}
        if location
        else None,
        "basis": str(claim.basis),
        "verdict": str(decision.verdict),
        "reason": None if decision.reason is None else masker.mask_text(decision.reason),
        "cause": None if decision.cause is None else str(decision.cause),
        "examples": decision.examples,
        "requests": decision.requests,
        "seconds": round(decision.seconds, 3),
        "notes": [masker.mask_text(note) for note in decision.notes],
        "evidence": exchange_to_json(decision.evidence, masker) if decision.evidence else None,
        "findings": [_finding_to_json(finding, masker) for finding in decision.findings],
        **({"needs_writing": True} if decision.needs_writing else {}),
    }


def find_first_cited_source(contract: Contract, statements: tuple[str, ...]) -> Json:
    """Return the document and section of the first statement that belongs to the contract.

    A statement belongs to the contract if one of its documents does.
    """
    cited = [contract.statements.by_id[id] for id in statements if id in contract.statements.by_id]
    statement = next(
        (
            candidate
            for candidate in cited
            if set(candidate.document_ids) & set(contract.document_ids)
        ),
        None,
    )
    if statement is None:
        return {"document": contract.title, "section": ""}
    document = next(id for id in statement.document_ids if id in contract.document_ids)
    return {"document": contract.statements.documents[document].title, "section": statement.section}


def _finding_to_json(finding: Finding, masker: SecretMasker) -> Json:
    last_request = mask_request(finding.exchanges[-1].request, masker)
    failure = finding.failure.map_texts(masker.mask_text, finding.exchanges)
    values = {"expected": failure.expected, "actual": failure.actual}
    return {
        "kind": failure.kind.name,
        "message": masker.mask_text(finding.message),
        "pointer": failure.pointer,
        **({"header": failure.header} if failure.header else {}),
        **({"status": failure.status} if failure.kind.names_status and failure.status else {}),
        **{
            name: value
            for name, value in values.items()
            if value is not MISSING and len(repr(value)) <= MAX_BODY_LENGTH
        },
        "curl": curl.format_curl_command(last_request),
        "exchanges": [exchange_to_json(exchange, masker) for exchange in finding.exchanges],
    }


def exchange_to_json(exchange: Exchange, masker: SecretMasker) -> Json:
    """Return an exchange as JSON, with secrets masked and long bodies truncated.

    A truncated body is accompanied by `body_length`, the length of the whole in characters.
    """
    masked_request = mask_request(exchange.request, masker)
    request = {
        "method": masked_request.method,
        "url": masked_request.url,
        "headers": dict(masked_request.headers),
        **_body_to_json(masked_request.body, len(exchange.request.body or "")),
    }
    if exchange.response is None:
        return {
            "step": exchange.step,
            "request": request,
            "response": None,
            "failure": masker.mask_text(str(exchange.failure or "")),
        }
    headers = {
        masker.mask_text(name): masker.mask_text(value)
        for name, value in exchange.response.headers.items()
    }
    headers |= {
        name: "$SET_COOKIE" for name in headers if name.lower() in ("set-cookie", "set-cookie2")
    }
    body = exchange.response.body.decode("utf-8", "replace")
    return {
        "step": exchange.step,
        "request": request,
        "response": {
            "status": exchange.response.status,
            "headers": headers,
            **_body_to_json(mask_and_truncate_text(body, masker), len(body)),
        },
        "elapsed_s": round(exchange.elapsed, 4),
    }


def mask_request(request: HttpRequest, masker: SecretMasker) -> HttpRequest:
    """Return a request as reports show it, with secrets masked in every encoding."""
    return replace(
        request,
        url=masker.mask_text(request.url),
        headers={
            masker.mask_text(name): masker.mask_text(value)
            for name, value in request.headers.items()
        },
        body=None if request.body is None else mask_and_truncate_text(request.body, masker),
    )


def mask_and_truncate_text(text: str, masker: SecretMasker) -> str:
    """Return the masked beginning of a text, at most MAX_BODY_LENGTH characters.

    The text is masked beyond that length and then truncated, because a secret that is cut in half
    would not be found.
    """
    window = masker.mask_text(text[: MAX_BODY_LENGTH + MASKING_MARGIN])
    is_complete = len(text) <= MAX_BODY_LENGTH + MASKING_MARGIN
    return (
        window[:MAX_BODY_LENGTH]
        if is_complete
        else window[: max(0, len(window) - MASKING_MARGIN // 2)][:MAX_BODY_LENGTH]
    )


def _body_to_json(text: str | None, length: int) -> Json:
    """Return a masked body as JSON, with `body_length` (characters) if it was truncated."""
    return {"body": text} if length <= MAX_BODY_LENGTH else {"body": text, "body_length": length}


def tool_version() -> str:
    """Return the version of this tool."""
    try:
        return version("api-conformance")
    except PackageNotFoundError:
        return "0+unknown"
