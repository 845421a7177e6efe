"""A result as one self-contained HTML page.

The page needs no network and no other file, and treats everything that servers sent as untrusted.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from functools import cache
from itertools import groupby
from typing import Any

from jinja2 import Template

from conformance.contract.json import Json
from conformance.report import chart, shell
from conformance.report.conclusion import get_conclusion
from conformance.report.excerpt import HtmlPageSizeBudget, excerpt_body_with_highlights
from conformance.report.highlight import (
    HighlightedParts,
    find_highlights,
    highlight_message,
    highlight_url_parameters,
)
from conformance.report.page import (
    build_content_security_policy,
    create_template_environment,
    read_asset,
)
from conformance.report.replay_command import format_replay_command
from conformance.report.result import (
    ClaimResult,
    FoundFailure,
    InterpretationRecord,
    RecordedExchange,
    Result,
)
from conformance.report.text import sanitize_text
from conformance.report.undecided import group_by_reason
from conformance.suite.events import Verdict

# violated claims shown in full, findings of each claim, exchanges of each finding
MAX_CLAIMS, MAX_FINDINGS, MAX_EXCHANGES = (200, 3, 6)
MAX_HEADERS = 24
MARKUP_LENGTH = 900  # characters of HTML around one exchange or finding


@cache
def _load_template() -> Template:
    return create_template_environment().get_template("report.html.j2")


def render_result_page(result: Result) -> str:
    """Return the HTML page of a result: violated claims first, then every claim with its evidence.

    The page is smaller than 5 MB, however much the servers sent.
    """
    style, script = (
        read_asset("theme.css") + read_asset("report.css"),
        read_asset("copy.js") + read_asset("report.js"),
    )
    budget = HtmlPageSizeBudget()
    violations = [
        _build_claim_view(result, claim, budget, number)
        for number, claim in enumerate(result.violated[:MAX_CLAIMS])
        if number == 0 or not budget.exhausted
    ]
    html = _load_template().render(
        policy=build_content_security_policy([str(style)], [str(script)]),
        style=style,
        script=script,
        result=result,
        title=result.contract.title,
        conclusion=get_conclusion(result),
        verdicts=list(Verdict),
        shown=result.list_occurring_verdicts(),
        matrix=_build_verdict_matrix(result),
        broken=violations,
        untold=len(result.violated) - len(violations),
        accepted=[(claim.id, claim.text, str(claim.accepted)) for claim in result.accepted],
        again=build_rerun_command(result),
        claims=_group_claims_by_operation(result, budget),
        reasons=_group_undecided_claims_by_reason(result),
        ambiguities=_group_interpretations_by_ambiguity(result, budget),
        notes=[claim for claim in result.claims if claim.notes],
        charts=_draw_traffic_charts(result),
        slowest=max((entry.latency_ms["p95"] for entry in result.traffic), default=None),
        slug=build_claim_anchor,
    )
    return sanitize_text(html, "\n\t")


def build_claim_anchor(id: str) -> str:
    """Return the anchor of a claim: readable, stable, and different for each id."""
    return (
        "claim-"
        + re.sub(r"[^A-Za-z0-9]+", "-", id).strip("-")[:80]
        + "-"
        + hashlib.sha256(id.encode("utf-8", "replace")).hexdigest()[:4]
    )


def build_rerun_command(result: Result) -> str:
    """Return the command that repeats the run."""
    contract, url = result.contract, result.target.url
    words = ["conformance", "run", contract.name]
    if contract.revision:
        words += ["--revision", contract.revision]
    words += [
        word
        for interpretation in contract.interpretations
        for word in ("--interpretation", interpretation)
    ]
    words += [] if url == "mock:" else ["--url", url]
    if result.seed != "1":
        words += ["--seed", result.seed]
    return shell.format_shell_command(*words)


def _build_verdict_matrix(result: Result) -> list[Json]:
    declared_operations = {declared.id: declared for declared in result.operations}
    by_operation: defaultdict[str, list[ClaimResult]] = defaultdict(list)
    for claim in result.claims:
        by_operation[claim.operation].append(claim)
    return [
        {
            "id": operation,
            "method": declared.method if (declared := declared_operations.get(operation)) else "",
            "path": declared.path if declared else "",
            "counts": verdict_counts,
            "total": sum(verdict_counts.values()),
            "cells": [claim.verdict for claim in by_operation[operation]][:2000],
        }
        for operation, verdict_counts in result.count_verdicts_by_operation().items()
    ]


def _group_claims_by_operation(result: Result, budget: HtmlPageSizeBudget) -> list[Json]:
    groups = []
    for operation, claims in groupby(result.claims, key=lambda claim: str(claim.operation)):
        rows: list[dict[str, Any]] = []
        for claim in claims:
            evidence = claim.evidence if claim.verdict == Verdict.VERIFIED else None
            rows.append(
                {
                    "claim": claim,
                    "evidence": build_exchange_view(evidence, HighlightedParts(), budget)
                    if evidence
                    else None,
                }
            )
        groups.append(
            {
                "operation": operation,
                "rows": rows,
                "counts": Counter(row["claim"].verdict for row in rows),
            }
        )
    return groups


def _build_claim_view(
    result: Result, claim: ClaimResult, budget: HtmlPageSizeBudget, number: int
) -> Json:
    lead = claim.first_finding
    return {
        "number": number + 1,
        "claim": claim,
        "message": highlight_message(lead),
        "curl": lead.curl[:3000],
        "curl_caveat": lead.curl_caveat,
        "again": format_replay_command(result, claim),
        "findings": [
            _build_finding_view(claim, finding, budget)
            for finding in claim.findings[:MAX_FINDINGS]
            if budget.charge(lead.curl[:3000], " " * MARKUP_LENGTH)
        ],
    }


def _build_finding_view(
    claim: ClaimResult, finding: FoundFailure, budget: HtmlPageSizeBudget
) -> Json:
    highlights = find_highlights(claim, finding)
    exchanges = finding.exchanges
    selected = (
        exchanges
        if len(exchanges) <= MAX_EXCHANGES
        else [*exchanges[: MAX_EXCHANGES - 1], exchanges[-1]]
    )
    step_highlights = HighlightedParts(
        texts=highlights.texts, fields=highlights.fields, inputs=highlights.inputs
    )
    steps = [
        build_exchange_view(
            exchange, highlights if exchange is exchanges[-1] else step_highlights, budget
        )
        for exchange in selected
    ]
    message = highlight_message(finding)
    budget.charge_segments(message)
    return {
        "message": message,
        "steps": [view for view in steps if view],
        "left_out": len(exchanges) - sum(view is not None for view in steps),
    }


def build_exchange_view(
    exchange: RecordedExchange, highlights: HighlightedParts, budget: HtmlPageSizeBudget
) -> Json | None:
    """Return an exchange as the templates show it, or None if the page is full.

    The target and the bodies are segments; headers beyond MAX_HEADERS are left out.
    """
    request, response = exchange.request, exchange.response
    header_maps = [request.headers, response.headers if response else {}]
    texts = [
        text
        for headers in header_maps
        for pair in list(headers.items())[:MAX_HEADERS]
        for text in (pair[0][:200], pair[1][:500])
    ]
    if not budget.charge(request.url[:3000], *texts, " " * MARKUP_LENGTH):
        return None
    request_highlights = HighlightedParts(
        texts=frozenset(), pointers=frozenset(f"/{name}" for name in highlights.inputs)
    )
    view: Json = {
        "step": exchange.step,
        "method": request.method,
        "url": request.url,
        "target": [
            (text[:600], highlighted)
            for text, highlighted in highlight_url_parameters(request.url[:3000], highlights)
        ][:60],
        "headers": list(request.headers.items())[:MAX_HEADERS],
        "body": excerpt_body_with_highlights(
            request.body, request_highlights, budget, request.body_length
        ),
        "failure": exchange.failure,
        "elapsed": exchange.elapsed_s * 1000,
        "response": None,
    }
    if response is not None:
        view["response"] = {
            "status": response.status,
            "marked": highlights.status,
            "headers": [
                (name, value, name in highlights.headers)
                for name, value in list(response.headers.items())[:MAX_HEADERS]
            ],
            "body": excerpt_body_with_highlights(
                response.body, highlights, budget, response.body_length
            ),
        }
    return view


def _group_undecided_claims_by_reason(
    result: Result,
) -> list[tuple[str, str, tuple[ClaimResult, ...]]]:
    groups = [
        (str(verdict), group.sentence, group.claims)
        for verdict in (Verdict.UNDECIDED, Verdict.UNOBSERVABLE)
        for group in group_by_reason([claim for claim in result.claims if claim.verdict is verdict])
    ]
    return sorted(groups, key=lambda group: -len(group[2]))


def _group_interpretations_by_ambiguity(
    result: Result, budget: HtmlPageSizeBudget
) -> list[dict[str, Any]]:
    return [
        {
            "ambiguity": ambiguity,
            "rows": [(row, _show_evidence(row, budget)) for row in interpretations],
        }
        for ambiguity, interpretations in groupby(
            result.interpretations, key=lambda interpretation: interpretation.ambiguity
        )
    ]


def _show_evidence(row: InterpretationRecord, budget: HtmlPageSizeBudget) -> Json | None:
    return build_exchange_view(row.evidence, HighlightedParts(), budget) if row.evidence else None


def _draw_traffic_charts(result: Result) -> Json:
    traffic = [entry for entry in result.traffic if entry.requests]
    if not traffic:
        return None
    return {
        "requests": chart.draw_requests_chart(traffic),
        "latency": chart.draw_latency_histogram(traffic),
        "rows": traffic,
    }
