"""Evaluates traffic that others cause, recorded by a proxy between a client and a server.

The traffic is not a test, so only what an exchange shows by itself counts: the checks that observe
all responses, and what the response to a list request shows about its order, filter and page. A
failure must show in two responses, as in a run.
"""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from conformance.checks import passive_checks
from conformance.checks.call import ApiCall
from conformance.checks.cause import Cause
from conformance.checks.check import Check, CheckContext, observe_exchange
from conformance.checks.exchange import Exchange, HttpRequest, HttpResponse, NoAnswer, NoAnswerKind
from conformance.checks.observation import Disturbed, Failed, Inconclusive, Observation, Passed
from conformance.checks.registry import get_checks
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.protocol import HTTP_LEVEL_STATUSES, parse_media_type
from conformance.suite.captured_exchange import (
    CapturedExchange,
    find_exchange_secrets,
    join_headers,
    mask_and_truncate_body,
    mask_headers,
    mask_request_target,
    mask_secrets,
    try_decompress_body,
)
from conformance.suite.events import ClaimDecided, Event, RunFinished, RunStarted, Verdict
from conformance.suite.json_limits import find_exceeded_json_limit
from conformance.suite.metrics import TrafficMetrics
from conformance.suite.request_matching import build_call_from_query, find_matching_operation
from conformance.suite.target import Target
from conformance.suite.target_client import ExchangeHandler, ignore
from conformance.suite.verdict import decide_claim

MAX_OBSERVATIONS = 3  # observations of each type that are kept for a claim
MAX_BODY_BYTES = 8 * 1024 * 1024  # of a body that is evaluated
# different requests outside the contract that are counted by name; also upstream failures
MAX_NAMED_REQUESTS = 50
CONDITIONAL_HEADERS = (
    "if-match",
    "if-none-match",
    "if-modified-since",
    "if-unmodified-since",
    "if-range",
    "range",
)


@dataclass(slots=True)
class ObservedTrafficCounts:
    """Counters for the captured exchanges.

    `outside_contract` counts requests that the contract does not describe, `unanswered` requests
    without a response by failure, and `unevaluated` responses that were not evaluated by reason.
    """

    total: int = 0
    evaluated: int = 0
    outside_contract: Counter[str] = field(default_factory=Counter)
    unanswered: Counter[str] = field(default_factory=Counter)
    unevaluated: Counter[str] = field(default_factory=Counter)


class TrafficMonitor:
    """Evaluates captured exchanges, one at a time, and decides the claims at the end.

    Its memory does not grow with the traffic. `recorder` is called with each exchange as reports
    may show it: secrets masked and long bodies truncated. `secret_names` are additional names of
    headers, parameters and fields that hold secrets.
    """

    def __init__(
        self,
        contract: Contract,
        target: Target,
        recorder: ExchangeHandler = ignore,
        secret_names: Iterable[str] = (),
    ) -> None:
        self.contract, self.target, self.counts, self._recorder = (
            contract,
            target,
            ObservedTrafficCounts(),
            recorder,
        )
        self._base_path = urlsplit(target.url).path.rstrip("/")
        self._secret_names = find_credential_names(contract) | {
            name.lower() for name in secret_names
        }
        self._started_at = time.time()
        self._metrics = TrafficMetrics()
        self._observations: defaultdict[str, list[Observation]] = defaultdict(list)
        self._passed_counts: Counter[str] = Counter()
        self._contexts = {
            claim.id: CheckContext(contract=contract, claim=claim, seed="")
            for claim in contract.claims
        }
        self._checks_by_operation: defaultdict[str, list[tuple[CheckContext, Check]]] = defaultdict(
            list
        )
        for context in self._contexts.values():
            check = get_checks()[context.claim.kind]
            if check.observe is not None or context.claim.kind in passive_checks.EVALUATORS:
                self._checks_by_operation[context.claim.operation].append((context, check))

    def evaluate_exchange(self, captured: CapturedExchange) -> None:
        """Evaluate one captured exchange."""
        self.counts.total += 1
        if captured.failure is not None:
            _count_limited(
                self.counts.unanswered,
                mask_secrets(captured.failure, find_exchange_secrets(captured, self._secret_names)),
            )
        path, _, query = captured.target.partition("?")
        matched = (
            find_matching_operation(
                self.contract, captured.method, path.removeprefix(self._base_path)
            )
            if path.startswith(self._base_path + "/")
            else None
        )
        if matched is None:
            known_secrets = find_exchange_secrets(captured, self._secret_names)
            _count_limited(
                self.counts.outside_contract,
                f"{captured.method} {mask_secrets(path, known_secrets)[:200]}",
            )
            self._recorder(self._build_masked_undescribed_exchange(captured))
            return
        operation, path_values = matched
        body = (
            None
            if captured.response_body is None
            else try_decompress_body(
                captured.response_body,
                join_headers(captured.response_headers).get("content-encoding", ""),
                MAX_BODY_BYTES,
            )
        )
        call = (
            build_call_from_query(self.contract, operation, path_values, query)
            if captured.undisturbed
            else None
        )
        exchange = self._build_exchange_from_captured(
            captured, call or ApiCall(operation=operation.id, arguments=path_values), body
        )
        known_secrets = find_exchange_secrets(
            captured,
            self._secret_names,
            *_parse_json_documents(captured.request_body),
            *_parse_json_documents(body),
        )
        masked_exchange = self._mask_exchange(exchange, captured, known_secrets)
        self._metrics.record_exchange(masked_exchange)
        self._recorder(masked_exchange)
        reason = _explain_why_not_evaluated(operation, captured, body)
        if reason is not None:
            self.counts.unevaluated[reason] += captured.status != 0
            return
        self.counts.evaluated += 1
        for context, check in self._checks_by_operation[operation.id]:
            observations = (
                observe_exchange(check, context, exchange)
                if call is not None or check.response_only
                else []
            )
            if call is not None:
                observations += passive_checks.evaluate_response_in_exchange(context, exchange)
            for observation in observations:
                self._keep_observation_within_limit(
                    context.claim.id, observation, masked_exchange, known_secrets
                )

    def _keep_observation_within_limit(
        self,
        claim_id: str,
        observation: Observation,
        masked_exchange: Exchange,
        known_secrets: dict[str, str],
    ) -> None:
        """Keep an observation with its secrets masked, unless enough of its type are kept."""
        self._passed_counts[claim_id] += isinstance(observation, Passed)
        match observation:
            case Passed():
                observation = Passed(masked_exchange)
            case Failed():
                observation = observation.map_texts(
                    lambda text: mask_secrets(text, known_secrets), (masked_exchange,)
                )
            case Inconclusive() | Disturbed():
                observation = replace(
                    observation, reason=mask_secrets(observation.reason, known_secrets)
                )
        is_repeated = (
            isinstance(observation, Inconclusive | Disturbed)
            and observation in self._observations[claim_id]
        )
        if (
            not is_repeated
            and sum(
                type(previous) is type(observation) for previous in self._observations[claim_id]
            )
            < MAX_OBSERVATIONS
        ):
            self._observations[claim_id].append(observation)

    def _build_exchange_from_captured(
        self, captured: CapturedExchange, call: ApiCall, body: bytes | None
    ) -> Exchange:
        request = HttpRequest(
            method=captured.method, url=self._build_url(captured.target), headers={}, body=None
        )
        response = (
            HttpResponse(
                status=captured.status,
                headers=join_headers(captured.response_headers),
                body=body or b"",
            )
            if captured.status
            else None
        )
        return Exchange(
            step="passed",
            call=call,
            request=request,
            response=response,
            failure=None
            if captured.failure is None
            else NoAnswer(NoAnswerKind.BROKEN_OFF, captured.failure),
            elapsed=captured.elapsed,
        )

    def _mask_exchange(
        self, exchange: Exchange, captured: CapturedExchange, known_secrets: dict[str, str]
    ) -> Exchange:
        """Return an exchange as reports may show it."""
        is_form = (
            "application/x-www-form-urlencoded"
            in join_headers(captured.request_headers).get("content-type", "").lower()
        )
        body_excerpt = (
            mask_and_truncate_body(captured.request_body, known_secrets, is_form).decode(
                "utf-8", "replace"
            )
            if captured.request_body
            else None
        )
        headers = mask_headers(captured.request_headers, known_secrets, self._secret_names)
        url = self._build_url(
            mask_request_target(captured.target, known_secrets, self._secret_names)
        )
        request = HttpRequest(method=captured.method, url=url, headers=headers, body=body_excerpt)
        response = exchange.response
        if response is not None:
            response = HttpResponse(
                status=response.status,
                headers=mask_headers(captured.response_headers, known_secrets, self._secret_names),
                body=mask_and_truncate_body(response.body, known_secrets),
            )
        failure = (
            None
            if exchange.failure is None
            else replace(exchange.failure, text=mask_secrets(exchange.failure.text, known_secrets))
        )
        call = ApiCall(operation=exchange.call.operation)
        return replace(exchange, call=call, request=request, response=response, failure=failure)

    def _build_masked_undescribed_exchange(self, captured: CapturedExchange) -> Exchange:
        """Return an exchange that the contract does not describe, without bodies.

        Without a contract nothing says which parts of a body are secret.
        """
        without_bodies = replace(captured, request_body=None, response_body=b"")
        known_secrets = find_exchange_secrets(without_bodies, self._secret_names)
        return self._mask_exchange(
            self._build_exchange_from_captured(
                without_bodies, ApiCall(operation="not in the contract"), b""
            ),
            without_bodies,
            known_secrets,
        )

    def _build_url(self, target: str) -> str:
        base_url = urlsplit(self.target.url)
        return f"{base_url.scheme}://{base_url.netloc}{target}"

    def build_run_events(self) -> Iterator[Event]:
        """Yield the events of a run for the traffic so far.

        These are RunStarted, ClaimDecided for each claim, and RunFinished.
        """
        claim_count = len(self._contexts)
        yield RunStarted(
            contract=self.contract,
            target=self.target,
            seed="",
            claims=claim_count,
            scenarios=0,
            started_at=self._started_at,
            profile="proxy",
        )
        summary: Counter[Verdict] = Counter()
        metrics_by_operation = {
            operation_metrics.operation: operation_metrics
            for operation_metrics in self._metrics.get_operation_metrics()
        }
        for claim_id, context in self._contexts.items():
            requests = (
                metrics_by_operation[context.claim.operation].requests
                if context.claim.operation in metrics_by_operation
                else 0
            )
            decision = self._decide_claim(claim_id, context, requests)
            summary[decision.verdict] += 1
            yield decision
        all_unanswered = bool(self.counts.unanswered) and not any(
            status
            for operation_metrics in metrics_by_operation.values()
            for status in operation_metrics.statuses
        )
        yield RunFinished(
            summary={verdict: summary[verdict] for verdict in Verdict},
            requests=self.counts.total,
            duration=time.time() - self._started_at,
            leftovers=(),
            stop_reason=(
                f"the upstream gave no answer: {next(iter(self.counts.unanswered))}"
                if all_unanswered
                else None
            ),
            target_down=all_unanswered,
            metrics=tuple(metrics_by_operation.values()),
        )

    def _decide_claim(self, claim_id: str, context: CheckContext, requests: int) -> ClaimDecided:
        observations, kind = list(self._observations[claim_id]), context.claim.kind
        if not requests:
            observations.append(Inconclusive("no request of this operation passed", Cause.NOT_SENT))
        elif get_checks()[kind].observe is None and kind not in passive_checks.EVALUATORS:
            observations.append(
                Inconclusive(
                    "traffic that passes cannot show this for certain: `conformance run` tries it",
                    Cause.NO_WAY,
                )
            )
        elif not observations:
            observations.append(Inconclusive("nothing that passed showed it"))
        decision = decide_claim(context.claim, observations, 0, require_two_answers=True)
        return replace(
            decision,
            examples=decision.examples
            + self._passed_counts[claim_id]
            - sum(isinstance(observation, Passed) for observation in observations),
        )


def find_credential_names(contract: Contract) -> frozenset[str]:
    """Return the lower-case names of headers and parameters that carry credentials.

    They come from the security schemes of the contract (OpenAPI 3.1, 4.8.27).
    """
    schemes = contract.document.get("components", {}).get("securitySchemes", {}).values()
    return frozenset(str(scheme["name"]).lower() for scheme in schemes if "name" in scheme)


def _explain_why_not_evaluated(
    operation: Operation, captured: CapturedExchange, body: bytes | None
) -> str | None:
    """Return why a response says nothing about the claims, or None if it is to be evaluated."""
    if not captured.status:
        return "no answer"
    if body is None:
        return "a body that is too long, or coded in a way that is not known here"
    if (reason := find_exceeded_json_limit(body)) is not None:
        return f"a body that is too large to be judged: {reason}"
    request_headers = join_headers(captured.request_headers)
    if captured.status in HTTP_LEVEL_STATUSES or any(
        name in request_headers for name in CONDITIONAL_HEADERS
    ):
        return (
            "an answer to the form of the request (a condition, a range, a refusal by HTTP itself)"
        )
    return (
        None
        if _client_accepts_documented_media_types(operation, request_headers)
        else "a media type was asked for that the contract does not document"
    )


def _client_accepts_documented_media_types(
    operation: Operation, request_headers: dict[str, str]
) -> bool:
    """Return whether the client accepts every documented media type (RFC 9110, 12.5.1)."""
    media_ranges = [
        parse_media_type(media_range)
        for media_range in request_headers.get("accept", "*/*").split(",")
    ]
    media_types = {
        response.media_type.lower() for response in operation.responses if response.media_type
    }
    return all(
        {"*/*", media_type, media_type.partition("/")[0] + "/*"} & set(media_ranges)
        for media_type in media_types
    )


def _count_limited(counter: Counter[str], key: str) -> None:
    counter[key if key in counter or len(counter) < MAX_NAMED_REQUESTS else "others"] += 1


def _parse_json_documents(body: bytes | None) -> list[Json]:
    """Return the JSON documents in a body: the whole body, or one in each line."""
    if (
        not body
        or body.lstrip()[:1] not in (b"{", b"[")
        or find_exceeded_json_limit(body) is not None
    ):
        return []
    documents: list[Json] = []
    for text in (body, *(body.splitlines() if body.count(b"\n") < 1000 else ())):
        try:
            documents.append(json.loads(text))
        except (ValueError, RecursionError):
            continue
        if text is body:
            break
    return documents
