"""The result of `conformance prove`, as JSON and as console output."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.suite.prove import FaultlessBaselineResult, MutantResult

FORMAT = 2


def build_mutation_proof(
    contract: Contract,
    mutants: Sequence[MutantResult],
    baselines: Sequence[FaultlessBaselineResult],
    seconds: float,
    claims_with_fault: Collection[str],
) -> Json:
    """Return the proof of one contract as JSON.

    `claims_without_fault` lists the binding claims that are not among `claims_with_fault`, those
    that some fault violates, whether it was tried or not. `seconds` is the
    duration of the whole campaign.
    """
    statements = [
        statement
        for statement in contract.statements.by_id.values()
        if set(statement.document_ids) & set(contract.document_ids)
    ]
    return {
        "format": FORMAT,
        "contract": {
            "name": contract.name,
            "revision": contract.revision,
            "interpretations": list(contract.interpretations),
            "digest": contract.digest,
        },
        "statements": len(statements),
        "claims": len(contract.claims),
        "faults": len(mutants),
        "killed": sum(result.killed for result in mutants),
        "false_alarms": sum(len(result.violated) for result in baselines),
        "seeds": len(baselines),
        "requests": max((result.requests for result in baselines), default=0),
        "seconds": round(seconds, 1),
        "claims_without_fault": [
            claim.id
            for claim in contract.claims
            if claim.basis.is_binding
            and claim.unobservable is None
            and claim.id not in claims_with_fault
        ],
        "matrix": [
            {
                "fault": result.fault,
                "claim": result.claim,
                "killed": result.killed,
                "also_violated": list(result.also_violated),
                "requests": result.requests,
                "seconds": round(result.seconds, 3),
                "message": result.message,
            }
            for result in mutants
        ],
        "baselines": [
            {
                "seed": result.seed,
                "violated": list(result.violated),
                "undecided": list(result.undecided),
                "requests": result.requests,
            }
            for result in baselines
        ],
    }


def is_proof_complete(proof: Json) -> bool:
    """Return whether all faults were found, without false alarms, and every claim has a fault."""
    return bool(
        proof["killed"] == proof["faults"]
        and not proof["false_alarms"]
        and not proof["claims_without_fault"]
    )


def print_mutation_proof(console: Console, proof: Json, verbose: bool = False) -> None:
    """Print the matrix (by claim; by fault if `verbose`), the missed faults and the totals."""
    rows_by_id: defaultdict[str, list[Json]] = defaultdict(list)
    for row in proof["matrix"]:
        rows_by_id[row["fault"] if verbose else row["claim"]].append(row)
    table = Table(box=None, pad_edge=False)
    for name in ("fault" if verbose else "claim", "found", "also violated", "requests", "seconds"):
        table.add_column(
            name, justify="left" if name in ("fault", "claim") else "right", overflow="fold"
        )
    for id, rows in rows_by_id.items():
        found_count, also_violated = (
            sum(row["killed"] for row in rows),
            sorted({claim_id for row in rows for claim_id in row["also_violated"]}),
        )
        style = "green" if found_count == len(rows) else "bold red"
        max_requests = max(row["requests"] for row in rows)
        table.add_row(
            Text(id),
            Text(f"{found_count}/{len(rows)}", style=style),
            str(len(also_violated)),
            str(max_requests),
            f"{sum(row['seconds'] for row in rows):.1f}",
        )
    console.print(table)
    for row in proof["matrix"]:
        if not row["killed"]:
            console.print(
                Text.assemble(
                    ("missed ", "bold red"),
                    row["fault"],
                    (f"\n       {row['message'][:300]}", "dim"),
                ),
                soft_wrap=True,
            )
    for baseline in proof["baselines"]:
        for id in baseline["violated"]:
            console.print(
                Text.assemble(("false alarm ", "bold red"), f"{id} with seed {baseline['seed']}"),
                soft_wrap=True,
            )
    for id in proof["claims_without_fault"]:
        console.print(Text.assemble(("no fault ", "bold red"), id), soft_wrap=True)
    console.print(
        Text.assemble(
            "\n", (f"{_describe_contract(proof)}: ", "bold"), summarize_proof_totals(proof)
        ),
        soft_wrap=True,
    )


def summarize_proof_totals(proof: Json) -> Text:
    """Return the totals on one line."""
    style = "green" if is_proof_complete(proof) else "bold red"
    return Text.assemble(
        f"{proof['claims']} claims, ",
        (
            (
                f"{proof['killed']} of {proof['faults']} faults found{_describe_sample(proof)},"
                f" {proof['false_alarms']}"
                " false"
                f" alarms over {proof['seeds']} seeds"
            ),
            style,
        ),
        f" — {proof['requests']} requests a run, {proof['seconds']:.0f} s",
    )


def _describe_sample(proof: Json) -> str:
    return f" (one in {proof['every']} of all)" if "every" in proof else ""


def _describe_contract(proof: Json) -> str:
    contract = proof["contract"]
    return " ".join([contract["name"], contract["revision"], *contract["interpretations"]])


def render_proof_table(proofs: Sequence[Json]) -> str:
    """Return the Markdown table for the README, with one row for each proof."""
    lines = [
        (
            "| contract | statements | claims | faults | found | false alarms | requests a run |"
            " seconds |"
        ),
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for proof in proofs:
        numbers = [
            proof["statements"],
            proof["claims"],
            proof["faults"],
            proof["killed"],
            f"{proof['false_alarms']} in {proof['seeds']} runs",
            proof["requests"],
        ]
        lines.append(
            f"| {_describe_contract(proof)} | {' | '.join(map(str, numbers))} |"
            f" {proof['seconds']:.0f} |"
        )
    return "\n".join(lines) + "\n"
