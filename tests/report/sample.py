"""Results to render as reports: a small one written by hand, a hostile one, and the results of real
runs.
"""

from __future__ import annotations

import copy
from functools import cache

from conformance.contract import loader
from conformance.contract.json import Json
from conformance.embedded import MockMutationBench
from conformance.report import result_recorder
from conformance.report.record import record_from_json
from conformance.report.result import ClaimResult, Result
from conformance.suite.plan import RunProfile, generate_plan
from conformance.suite.run import run_plan

BIDI = "\u202egpj.exe\u2066"
HOSTILE = (
    f"</script><script>alert(1)</script><img src=x onerror=alert(2)> \x1b[31mred\x1b[0m {BIDI} ````"
    " | {{ 7*7 }} ]]> \ufffe \ud800 \n::error::injected"
)


def build_exchange(
    url: str = "http://127.0.0.1:9000/things?order=name",
    status: int = 200,
    response_body: str | None = '{"items": []}',
    request_body: str | None = None,
) -> Json:
    return {
        "step": "listed",
        "request": {
            "method": "GET",
            "url": url,
            "headers": {"accept": "application/json", "authorization": "Bearer $TOKEN"},
            "body": request_body,
        },
        "response": {
            "status": status,
            "headers": {"content-type": "application/json"},
            "body": response_body,
        },
        "elapsed_s": 0.0123,
    }


def claim(id: str, verdict: str = "verified", message: str = "", **extra_fields: Json) -> Json:
    return {
        "id": id,
        "operation": id.split("/")[0],
        "kind": "sorting.order",
        "text": "order=name lists the items by name.",
        "statements": ["T1"],
        "source": {"document": "The page", "section": "Listing"},
        "spec": {"file": "specs/things/openapi.yaml", "line": 12, "pointer": "/paths"},
        "basis": "page",
        "verdict": verdict,
        "reason": message if verdict in ("undecided", "unobservable") else None,
        "examples": 1,
        "requests": 2,
        "notes": [],
        "evidence": build_exchange() if verdict == "verified" else None,
        "findings": (
            [
                {
                    "message": message,
                    "curl": "curl -sS 'http://127.0.0.1:9000/things'",
                    "exchanges": [build_exchange()],
                }
            ]
            if verdict == "violated"
            else []
        ),
        **extra_fields,
    }


def claim_result(
    id: str, verdict: str = "verified", message: str = "", **extra: Json
) -> ClaimResult:
    """Return what a run found out about one claim."""
    return record_from_json(ClaimResult, claim(id, verdict, message, **extra))


def result(*claims: Json, **extra_fields: Json) -> Result:
    """Return the result of a run with these claims."""
    return record_from_json(Result, result_node(*claims, **extra_fields))


def result_node(*claims: Json, **extra_fields: Json) -> Json:
    """Return the JSON of a result with these claims."""
    verdicts = [claim["verdict"] for claim in claims]
    return {
        "format": 2,
        "tool": {"name": "conformance", "version": "0"},
        "contract": {"name": "things", "revision": "1", "interpretations": [], "digest": "d1"},
        "target": {"url": "http://127.0.0.1:9000"},
        "seed": "1",
        "profile": "standard",
        "started": "2026-01-02T03:04:05+00:00",
        "duration_s": 1.5,
        "requests": 12,
        "leftovers": [],
        "interpretations": [],
        "operations": [
            {"id": "listThings", "method": "GET", "path": "/things", "summary": "List the things."}
        ],
        "traffic": [
            {
                "operation": "listThings",
                "requests": 12,
                "statuses": {"200": 10, "400": 2},
                "latency_ms": {"p50": 1.0, "p95": 2.5, "max": 3.1},
                "histogram": [[1.0, 8], [2.51, 4]],
            }
        ],
        "summary": {
            verdict: verdicts.count(verdict)
            for verdict in ("verified", "violated", "undecided", "unobservable")
        },
        "claims": list(claims),
        **extra_fields,
    }


def small() -> Result:
    """Return a result with one claim of each verdict."""
    return result(
        claim(
            "listThings/order/orders-by/name",
            "violated",
            "the list is not in ascending order of name: 'b' comes before 'a'",
        ),
        claim("listThings/answers"),
        claim(
            "listThings/scopes/read/allowed",
            "undecided",
            "it needs a token whose only scope is read",
        ),
        claim("listThings/secret", "unobservable", "no client can see it"),
    )


def hostile() -> Result:
    """Return a result in which every text that a server or a contract could supply is an attack,
    with bodies of 2 MB.
    """
    large_exchange = build_exchange(
        url=f"http://127.0.0.1:9000/{HOSTILE}",
        response_body=HOSTILE + "<b>" * 700_000,
        request_body=HOSTILE,
    )
    large_exchange["response"]["headers"] = {"content-type": HOSTILE, HOSTILE: HOSTILE}
    large_exchange["step"] = HOSTILE
    finding = {
        "message": HOSTILE,
        "curl": f"curl '{HOSTILE}'",
        "exchanges": [large_exchange, large_exchange],
    }
    claims = [
        claim(
            f"listThings/{number}",
            "violated",
            text=HOSTILE,
            findings=[finding],
            evidence=large_exchange,
            notes=[HOSTILE],
        )
        for number in range(6)
    ]
    claims += [claim(f"listThings/u{number}", "undecided", HOSTILE) for number in range(3)]
    claims += [
        claim(
            f"{HOSTILE}/{HOSTILE}",
            "violated",
            HOSTILE,
            source={"document": HOSTILE, "section": HOSTILE},
            statements=[HOSTILE],
        )
    ]
    interpretation = {
        "ambiguity": HOSTILE,
        "name": HOSTILE,
        "meaning": HOSTILE,
        "followed": True,
        "reason": None,
        "evidence": large_exchange,
    }
    leftovers = [{"resource": "thing", "id": HOSTILE, "name": HOSTILE}]
    return result(
        *copy.deepcopy(claims),
        interpretations=[interpretation],
        leftovers=leftovers,
        target={"url": HOSTILE},
        seed=HOSTILE,
    )


@cache
def ran(contract: str, fault: str | None = None, only: str = "") -> Result:
    """Return the result of a run against the mock, optionally with a fault, of the claims whose id
    begins with `only`. It is computed once.
    """
    bench = MockMutationBench(contract)
    loaded_contract = bench.contract
    claims = tuple(claim for claim in loaded_contract.claims if claim.id.startswith(only))
    interpretations = () if only else loader.list_open_interpretations(contract)
    return result_recorder.build_result_from_events(
        list(
            run_plan(
                generate_plan(loaded_contract, "1", RunProfile.STANDARD, claims),
                bench.create_target(fault),
                interpretations,
            )
        )
    )
