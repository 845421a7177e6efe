"""The machine-readable result of a run (format 1), from which every other report is made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from conformance.checks.exchange import Exchange, Request
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.report import curl
from conformance.suite.event import Decided, Event, Finding, Finished, Left, Read, Started
from conformance.suite.masking import masked
from conformance.suite.target import Target
from conformance.suite.traffic import Flow

FORMAT = 1
MOST = 20_000  # characters of one body that a report keeps
MARGIN = 8192  # characters beyond that are masked, so that no secret is cut before it is found


def record(events: Iterable[Event]) -> Json:
    """Return the JSON document of a run from its events (Started first, Finished last).

    Keys: format, tool, contract, target, client (the typed client that was spoken through, if any),
    seed, profile, started (RFC 3339), duration_s, requests, leftovers, readings (which meaning of
    an ambiguous passage the server follows), operations, traffic (requests, statuses and latency by
    operation), summary, claims; `report/result.py` describes them.
    """
    started: Started | None = None
    finished: Finished | None = None
    decided: list[Decided] = []
    reads: list[Read] = []
    for event in events:
        if isinstance(event, Started):
            started = event
        elif isinstance(event, Finished):
            finished = event
        elif isinstance(event, Decided):
            decided.append(event)
        elif isinstance(event, Read):
            reads.append(event)
    if started is None or finished is None:
        raise ValueError("a run begins with Started and ends with Finished")
    return document(started, decided, reads, finished)


def document(
    started: Started, decided: list[Decided], reads: list[Read], finished: Finished
) -> Json:
    """Return the JSON document of a run from its parts; claims in the order of the contract."""
    contract, target = started.contract, started.target
    order = {claim.id: number for number, claim in enumerate(contract.claims)}
    return {
        "format": FORMAT,
        "tool": {"name": "conformance", "version": tool_version()},
        "contract": {
            "name": contract.name,
            "revision": contract.revision,
            "readings": list(contract.readings),
            "digest": contract.digest,
        },
        "target": {
            "url": target.shown,
            "parameters": dict(target.parameters),
            "fixtures": {name: list(ids) for name, ids in target.fixtures.items()},
        },
        **({"client": target.speaker.name} if target.speaker else {}),
        "seed": started.seed,
        "profile": started.profile,
        "started": datetime.fromtimestamp(started.started, UTC).isoformat(timespec="seconds"),
        "duration_s": round(finished.duration, 3),
        "requests": finished.requests,
        "stopped": None if finished.stopped is None else masked(finished.stopped, target.secrets),
        "down": finished.down,
        "workers": finished.workers,
        "leftovers": [_left(left, target) for left in finished.leftovers],
        "unseen": [masked(reason, target.secrets) for reason in finished.unseen],
        "readings": [_reading(one, target) for one in reads],
        "operations": [
            {"id": one.id, "method": one.method, "path": one.path, "summary": one.summary}
            for one in contract.operations.values()
        ],
        "traffic": [_flow(one) for one in finished.traffic],
        "summary": {str(verdict): count for verdict, count in finished.summary.items()},
        "claims": [
            _claim(contract, target, one)
            for one in sorted(decided, key=lambda one: order[one.claim.id])
        ],
    }


def _left(left: Left, target: Target) -> Json:
    identity = (
        masked(left.identity, target.secrets) if isinstance(left.identity, str) else left.identity
    )
    name = None if left.name is None else masked(left.name, target.secrets)
    return {
        "resource": left.resource,
        "id": identity,
        "name": name,
        "reason": masked(left.reason, target.secrets),
    }


def _flow(flow: Flow) -> Json:
    return {
        "operation": flow.operation,
        "requests": flow.requests,
        "statuses": {str(status): count for status, count in flow.statuses.items()},
        "latency_ms": {
            "p50": flow.quantile(0.5),
            "p95": flow.quantile(0.95),
            "max": round(flow.longest, 3),
        },
        "histogram": [[bound, count] for bound, count in flow.latency.items()],
    }


def _reading(read: Read, target: Target) -> Json:
    return {
        "passage": read.reading.passage,
        "name": read.reading.name,
        "meaning": read.reading.meaning,
        "followed": read.followed,
        "reason": None if read.reason is None else masked(read.reason, target.secrets),
        "evidence": exchange(read.evidence, target) if read.evidence else None,
    }


def _claim(contract: Contract, target: Target, decided: Decided) -> Json:
    claim = decided.claim
    place = contract.place(claim.pointer)
    return {
        "id": claim.id,
        "operation": claim.operation,
        "kind": claim.kind,
        "text": claim.text,
        "statements": list(claim.statements),
        "source": source(contract, claim.statements),
        "spec": {"file": place[0], "line": place[1], "pointer": claim.pointer} if place else None,
        "basis": str(claim.basis),
        "verdict": str(decided.verdict),
        "reason": None if decided.reason is None else masked(decided.reason, target.secrets),
        "examples": decided.examples,
        "requests": decided.requests,
        "notes": [masked(note, target.secrets) for note in decided.notes],
        "evidence": exchange(decided.evidence, target) if decided.evidence else None,
        "findings": [_finding(finding, target) for finding in decided.findings],
    }


def source(contract: Contract, statements: tuple[str, ...]) -> Json:
    """Return document and section of the first of the statements that the contract's edition
    has.
    """
    found = [
        contract.register.statements[id] for id in statements if id in contract.register.statements
    ]
    statement = next((one for one in found if set(one.documents) & set(contract.documents)), None)
    if statement is None:
        return {"document": contract.title, "section": ""}
    document = next(id for id in statement.documents if id in contract.documents)
    return {"document": contract.register.sources[document].title, "section": statement.section}


def _finding(finding: Finding, target: Target) -> Json:
    last = shown(finding.exchanges[-1].request, target)
    return {
        "message": masked(finding.message, target.secrets),
        "curl": curl.line(last),
        "exchanges": [exchange(one, target) for one in finding.exchanges],
    }


def exchange(one: Exchange, target: Target) -> Json:
    """Return an exchange as JSON, secrets masked and long bodies cut (their full length stands
    beside).
    """
    asked = shown(one.request, target)
    request = {
        "method": asked.method,
        "url": asked.url,
        "headers": dict(asked.headers),
        **_body(asked.body, len(one.request.body or "")),
    }
    if one.response is None:
        return {
            "step": one.step,
            "request": request,
            "response": None,
            "failure": masked(one.failure or "", target.secrets),
        }
    headers = {
        masked(name, target.secrets): masked(value, target.secrets)
        for name, value in one.response.headers.items()
    }
    headers |= {
        name: "$SET_COOKIE" for name in headers if name.lower() in ("set-cookie", "set-cookie2")
    }
    body = one.response.body.decode("utf-8", "replace")
    return {
        "step": one.step,
        "request": request,
        "response": {
            "status": one.response.status,
            "headers": headers,
            **_body(beginning(body, target), len(body)),
        },
        "elapsed_s": round(one.elapsed, 4),
    }


def shown(request: Request, target: Target) -> Request:
    """Return a request as reports show it: secrets masked, in whatever encoding they stand
    there.
    """
    return replace(
        request,
        url=masked(request.url, target.secrets),
        headers={
            masked(name, target.secrets): masked(value, target.secrets)
            for name, value in request.headers.items()
        },
        body=None if request.body is None else beginning(request.body, target),
    )


def beginning(text: str, target: Target) -> str:
    """Return the masked beginning of a text, as long as reports keep it.

    More than that is masked, and cut then: half a secret would not be found.
    """
    window = masked(text[: MOST + MARGIN], target.secrets)
    whole = len(text) <= MOST + MARGIN
    return window[:MOST] if whole else window[: max(0, len(window) - MARGIN // 2)][:MOST]


def _body(text: str | None, length: int) -> Json:
    """Return the beginning of a body, masked before, with the length of the whole where it was
    cut.
    """
    return {"body": text} if length <= MOST else {"body": text, "body_length": length}


def tool_version() -> str:
    """Return the version of this tool."""
    try:
        return version("api-conformance")
    except PackageNotFoundError:
        return "0+unknown"
