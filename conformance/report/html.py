"""A result as one HTML page that needs nothing else: no network, no file beside it, and no trust in
what servers sent.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from datetime import datetime
from functools import cache
from itertools import groupby

from jinja2 import Template

from conformance.contract.json import Json
from conformance.report import chart, shell
from conformance.report.excerpt import Budget, excerpt
from conformance.report.mark import Marks, marks, target
from conformance.report.page import asset, environment, policy
from conformance.report.result import counts, first, shown, title, violated
from conformance.report.text import harmless
from conformance.suite.event import Verdict

# violated claims told in full, findings of each, exchanges of each finding
TOLD, BESIDES, STEPS = (200, 3, 6)
HEADERS = 24
FRAME = 900  # characters of HTML around one exchange or finding


@cache
def _template() -> Template:
    return environment().get_template("report.html.j2")


def document(result: Json) -> str:
    """Return the page of a result (format 1): what is broken first, then every claim with its
    evidence; less than 5 MB whatever the servers sent.
    """
    style, script = asset("theme.css") + asset("report.css"), asset("copy.js") + asset("report.js")
    budget = Budget()
    broken = [
        _claim(claim, budget, number)
        for number, claim in enumerate(violated(result)[:TOLD])
        if number == 0 or not budget.spent
    ]
    html = _template().render(
        policy=policy([str(style)], [str(script)]),
        style=style,
        script=script,
        result=result,
        title=title(result),
        when=datetime.fromisoformat(result["started"]),
        verdicts=list(Verdict),
        shown=shown(result),
        matrix=_matrix(result),
        broken=broken,
        untold=len(violated(result)) - len(broken),
        again=again(result),
        claims=_claims(result, budget),
        reasons=_reasons(result),
        readings=_readings(result, budget),
        notes=[claim for claim in result["claims"] if claim["notes"]],
        charts=_charts(result),
        slowest=max(
            (flow["latency_ms"]["p95"] for flow in result.get("traffic", ())), default=None
        ),
        slug=slug,
    )
    return harmless(html, "\n\t")


def slug(id: str) -> str:
    """Return the anchor of a claim: readable, stable, and another one for every id."""
    return (
        "claim-"
        + re.sub(r"[^A-Za-z0-9]+", "-", id).strip("-")[:80]
        + "-"
        + hashlib.sha256(id.encode("utf-8", "replace")).hexdigest()[:4]
    )


def again(result: Json) -> str:
    """Return the line that repeats the run."""
    contract, url = result["contract"], result["target"]["url"]
    words = ["conformance", "run", contract["name"]]
    if contract["revision"]:
        words += ["--revision", contract["revision"]]
    words += [word for reading in contract["readings"] for word in ("--reading", reading)]
    words += [] if url == "mock:" else ["--url", url]
    if result["seed"] != "1":
        words += ["--seed", result["seed"]]
    return shell.command(*words)


def _matrix(result: Json) -> list[Json]:
    known = {one["id"]: one for one in result.get("operations", ())}
    by_operation: defaultdict[str, list[Json]] = defaultdict(list)
    for claim in result["claims"]:
        by_operation[claim["operation"]].append(claim)
    return [
        {
            "id": operation,
            "method": known.get(operation, {}).get("method", ""),
            "path": known.get(operation, {}).get("path", ""),
            "counts": counted,
            "total": sum(counted.values()),
            "cells": [claim["verdict"] for claim in by_operation[operation]][:2000],
        }
        for operation, counted in counts(result).items()
    ]


def _claims(result: Json, budget: Budget) -> list[Json]:
    found = []
    for operation, claims in groupby(result["claims"], key=lambda claim: str(claim["operation"])):
        rows = []
        for claim in claims:
            evidence = claim["evidence"] if claim["verdict"] == Verdict.VERIFIED else None
            rows.append(
                {
                    "claim": claim,
                    "evidence": exchange(evidence, Marks(), budget) if evidence else None,
                }
            )
        found.append(
            {
                "operation": operation,
                "rows": rows,
                "counts": Counter(row["claim"]["verdict"] for row in rows),
            }
        )
    return found


def _claim(claim: Json, budget: Budget, number: int) -> Json:
    lead = first(claim)
    return {
        "number": number + 1,
        "claim": claim,
        "message": _message(lead["message"], claim),
        "curl": lead["curl"][:3000],
        "findings": [
            _finding(claim, finding, budget)
            for finding in claim["findings"][:BESIDES]
            if budget.charge(lead["curl"][:3000], " " * FRAME)
        ],
    }


def _finding(claim: Json, finding: Json, budget: Budget) -> Json:
    found = marks(claim, finding["message"])
    held = finding["exchanges"]
    shown = held if len(held) <= STEPS else [*held[: STEPS - 1], held[-1]]
    besides = Marks(texts=found.texts, fields=found.fields, sent=found.sent)
    steps = [exchange(one, found if one is held[-1] else besides, budget) for one in shown]
    message = _message(finding["message"], claim)
    budget.take(message)
    return {
        "message": message,
        "steps": [one for one in steps if one],
        "left_out": len(held) - sum(one is not None for one in steps),
    }


def _message(message: str, claim: Json) -> list[tuple[str, bool]]:
    parts = re.split(r"('(?:[^'\\]|\\.)*')", message[:1200])
    return [(part, number % 2 == 1) for number, part in enumerate(parts) if part]


def exchange(one: Json, found: Marks, budget: Budget) -> Json | None:
    """Return an exchange as the templates show it: target and bodies in segments, headers cut; None
    when the page is full.
    """
    request, response = one["request"], one["response"]
    held = [request["headers"], response["headers"] if response else {}]
    texts = [
        text
        for headers in held
        for pair in list(headers.items())[:HEADERS]
        for text in (pair[0][:200], pair[1][:500])
    ]
    if not budget.charge(request["url"][:3000], *texts, " " * FRAME):
        return None
    sent = Marks(texts=frozenset(), pointers=frozenset(f"/{name}" for name in found.sent))
    view: Json = {
        "step": one.get("step", ""),
        "method": request["method"],
        "url": request["url"],
        "target": [(text[:600], hit) for text, hit in target(request["url"][:3000], found)][:60],
        "headers": list(request["headers"].items())[:HEADERS],
        "body": excerpt(request["body"], sent, budget, request.get("body_length")),
        "failure": one.get("failure", ""),
        "elapsed": one.get("elapsed_s", 0) * 1000,
        "response": None,
    }
    if response is not None:
        view["response"] = {
            "status": response["status"],
            "marked": found.status,
            "headers": [
                (name, value, name in found.headers)
                for name, value in list(response["headers"].items())[:HEADERS]
            ],
            "body": excerpt(response["body"], found, budget, response.get("body_length")),
        }
    return view


def _reasons(result: Json) -> list[tuple[str, str, list[Json]]]:
    by_reason: defaultdict[tuple[str, str], list[Json]] = defaultdict(list)
    for claim in result["claims"]:
        if claim["verdict"] in (Verdict.UNDECIDED, Verdict.UNOBSERVABLE):
            by_reason[claim["verdict"], claim["reason"] or ""].append(claim)
    return [
        (verdict, reason, claims)
        for (verdict, reason), claims in sorted(by_reason.items(), key=lambda pair: -len(pair[1]))
    ]


def _readings(result: Json, budget: Budget) -> list[Json]:
    found = []
    for passage, readings in groupby(
        result.get("readings", ()), key=lambda reading: str(reading["passage"])
    ):
        rows = [
            {
                **one,
                "shown": (
                    exchange(one["evidence"], Marks(), budget) if one.get("evidence") else None
                ),
            }
            for one in readings
        ]
        found.append({"passage": passage, "rows": rows})
    return found


def _charts(result: Json) -> Json:
    traffic = [flow for flow in result.get("traffic", ()) if flow["requests"]]
    if not traffic:
        return None
    return {"requests": chart.requests(traffic), "latency": chart.latency(traffic), "rows": traffic}
