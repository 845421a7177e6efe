"""Builds the result of a run from its events; all reports are made from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from conformance.checks.cause import Cause
from conformance.checks.exchange import Exchange, HttpRequest
from conformance.contract.contract import Contract
from conformance.contract.pointer import MISSING
from conformance.errors import TargetUnreachableError
from conformance.report import curl
from conformance.report.result import (
    CheckedContract,
    CheckedTarget,
    ClaimResult,
    ClaimSource,
    ContractLocation,
    FoundFailure,
    InterpretationRecord,
    LeftoverRecord,
    OperationSummary,
    OperationTraffic,
    RecordedExchange,
    RecordedRequest,
    RecordedResponse,
    Result,
    ToolVersion,
)
from conformance.suite.events import (
    ClaimDecided,
    Event,
    Finding,
    InterpretationDecided,
    LeftoverItem,
    RunFinished,
    RunStarted,
    Verdict,
)
from conformance.suite.masking import SecretMasker, get_secret_masker
from conformance.suite.metrics import OperationMetrics
from conformance.suite.plan import Plan
from conformance.suite.target import Target

MAX_BODY_LENGTH = 20_000  # characters of one body that a report keeps
MASKING_MARGIN = (
    8192  # characters masked beyond MAX_BODY_LENGTH, so that no secret is cut before it is found
)


def build_result_from_events(events: Iterable[Event]) -> Result:
    """Return the result of a run from its events.

    The first event is RunStarted, the last one RunFinished; raises ValueError if one of them is
    missing.
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
) -> Result:
    """Return the result of a run from its parts.

    The claims are in the order of the contract.
    """
    contract, target = started.contract, started.target
    masker = get_secret_masker(target.secrets)
    order = {claim.id: number for number, claim in enumerate(contract.claims)}
    return Result(
        tool=ToolVersion(version=tool_version()),
        contract=CheckedContract(
            name=contract.name,
            revision=contract.revision,
            interpretations=tuple(contract.interpretations),
            digest=contract.digest,
        ),
        target=CheckedTarget(
            url=target.display_name,
            parameters=dict(target.parameters),
            fixtures={name: list(ids) for name, ids in target.fixtures.items()},
        ),
        client=target.driver.name if target.driver else None,
        seed=started.seed,
        profile=started.profile,
        started=datetime.fromtimestamp(int(started.started_at), UTC),
        duration_s=round(finished.duration, 3),
        requests=finished.requests,
        stopped=None if finished.stop_reason is None else masker.mask_text(finished.stop_reason),
        target_down=finished.target_down,
        workers=finished.workers,
        leftovers=tuple(_record_leftover(leftover, masker) for leftover in finished.leftovers),
        unread_lists=tuple(masker.mask_text(reason) for reason in finished.incomplete_lists),
        interpretations=tuple(
            _record_interpretation(interpretation, masker) for interpretation in interpretations
        ),
        operations=tuple(
            OperationSummary(
                id=operation.id,
                method=operation.method,
                path=operation.path,
                summary=operation.summary,
            )
            for operation in contract.operations.values()
        ),
        traffic=tuple(_record_traffic(metrics) for metrics in finished.metrics),
        claims=tuple(
            _record_claim(contract, masker, decision)
            for decision in sorted(decisions, key=lambda decision: order[decision.claim.id])
        ),
    )


def build_result_of_unreachable_target(
    plan: Plan, target: Target, error: TargetUnreachableError, started_at: float
) -> Result:
    """Return the result of a run that ended before it began: nothing is known of any claim."""
    message = "; ".join(
        " · ".join(text for text in (problem.message, problem.hint) if text)
        for problem in error.problems
    )
    started = RunStarted(
        contract=plan.contract,
        target=target,
        seed=plan.seed,
        claims=len(plan.contexts),
        scenarios=0,
        started_at=started_at,
        profile=plan.profile,
    )
    decisions = [
        ClaimDecided(
            claim=claim,
            verdict=Verdict.UNDECIDED,
            reason=message,
            cause=Cause.NO_ANSWER,
            examples=0,
            requests=0,
            notes=(),
            evidence=None,
            findings=(),
        )
        for claim in (context.claim for context in plan.contexts.values())
    ]
    finished = RunFinished(
        summary={}, requests=0, duration=0.0, leftovers=(), stop_reason=message, target_down=True
    )
    return build_result_from_parts(started, decisions, [], finished)


def _record_leftover(leftover: LeftoverItem, masker: SecretMasker) -> LeftoverRecord:
    identity = (
        masker.mask_text(leftover.identity)
        if isinstance(leftover.identity, str)
        else leftover.identity
    )
    return LeftoverRecord(
        resource=leftover.resource,
        id=identity,
        name=None if leftover.name is None else masker.mask_text(leftover.name),
        reason=masker.mask_text(leftover.reason) or "it could not be deleted",
    )


def _record_traffic(metrics: OperationMetrics) -> OperationTraffic:
    return OperationTraffic(
        operation=metrics.operation,
        requests=metrics.requests,
        statuses={str(status): count for status, count in metrics.statuses.items()},
        latency_ms={
            "p50": metrics.latency_quantile(0.5),
            "p95": metrics.latency_quantile(0.95),
            "max": round(metrics.longest_latency, 3),
        },
        histogram=tuple((bound, count) for bound, count in metrics.latency_histogram.items()),
    )


def _record_interpretation(
    observed: InterpretationDecided, masker: SecretMasker
) -> InterpretationRecord:
    return InterpretationRecord(
        ambiguity=observed.interpretation.ambiguity,
        name=observed.interpretation.name,
        meaning=observed.interpretation.meaning,
        followed=observed.followed,
        reason=None if observed.reason is None else masker.mask_text(observed.reason),
        evidence=record_exchange(observed.evidence, masker) if observed.evidence else None,
    )


def _record_claim(contract: Contract, masker: SecretMasker, decision: ClaimDecided) -> ClaimResult:
    claim = decision.claim
    location = contract.position_of(claim.pointer)
    return ClaimResult(
        id=claim.id,
        operation=claim.operation,
        kind=claim.kind,
        text=claim.text,
        statements=tuple(claim.statements),
        source=find_first_cited_source(contract, claim.statements),
        spec=ContractLocation(file=location[0], line=location[1], pointer=claim.pointer)
        if location
        else None,
        basis=str(claim.basis),
        verdict=decision.verdict,
        reason=None if decision.reason is None else masker.mask_text(decision.reason),
        cause=None if decision.cause is None else str(decision.cause),
        examples=decision.examples,
        requests=decision.requests,
        seconds=round(decision.seconds, 3),
        notes=tuple(masker.mask_text(note) for note in decision.notes),
        evidence=record_exchange(decision.evidence, masker) if decision.evidence else None,
        findings=tuple(_record_finding(finding, masker) for finding in decision.findings),
        needs_writing=decision.needs_writing,
    )


def find_first_cited_source(contract: Contract, statements: tuple[str, ...]) -> ClaimSource:
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
        return ClaimSource(document=contract.title, section="")
    document = next(id for id in statement.document_ids if id in contract.document_ids)
    return ClaimSource(
        document=contract.statements.documents[document].title, section=statement.section
    )


def _record_finding(finding: Finding, masker: SecretMasker) -> FoundFailure:
    failure = finding.failure.map_texts(masker.mask_text, finding.exchanges)
    expected, actual = (
        value if len(repr(value)) <= MAX_BODY_LENGTH else MISSING
        for value in (failure.expected, failure.actual)
    )
    return FoundFailure(
        kind=failure.kind.name,
        message=masker.mask_text(finding.message),
        pointer=failure.pointer,
        header=failure.header or None,
        status=(failure.status or None) if failure.kind.names_status else None,
        expected=expected,
        actual=actual,
        curl=curl.format_curl_command(mask_request(finding.exchanges[-1].request, masker)),
        exchanges=tuple(record_exchange(exchange, masker) for exchange in finding.exchanges),
    )


def record_exchange(exchange: Exchange, masker: SecretMasker) -> RecordedExchange:
    """Return an exchange as a result holds it, with secrets masked and long bodies cut."""
    masked_request = mask_request(exchange.request, masker)
    request = RecordedRequest(
        method=masked_request.method,
        url=masked_request.url,
        headers=dict(masked_request.headers),
        body=masked_request.body,
        body_length=_get_length_if_cut(len(exchange.request.body or "")),
    )
    if exchange.response is None:
        return RecordedExchange(
            step=exchange.step,
            request=request,
            response=None,
            failure=masker.mask_text(str(exchange.failure or "")),
        )
    headers = {
        masker.mask_text(name): masker.mask_text(value)
        for name, value in exchange.response.headers.items()
    }
    headers |= {
        name: "$SET_COOKIE" for name in headers if name.lower() in ("set-cookie", "set-cookie2")
    }
    body = exchange.response.body.decode("utf-8", "replace")
    response = RecordedResponse(
        status=exchange.response.status,
        headers=headers,
        body=mask_and_truncate_text(body, masker),
        body_length=_get_length_if_cut(len(body)),
    )
    return RecordedExchange(
        step=exchange.step, request=request, response=response, elapsed_s=round(exchange.elapsed, 4)
    )


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


def _get_length_if_cut(length: int) -> int | None:
    return length if length > MAX_BODY_LENGTH else None


def tool_version() -> str:
    """Return the version of this tool."""
    try:
        return version("api-conformance")
    except PackageNotFoundError:
        return "0+unknown"
