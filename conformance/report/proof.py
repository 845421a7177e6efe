"""What `prove` found, as JSON and as a person reads it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.suite.prove import Caught, Cleared

FORMAT = 1


def document(
    contract: Contract, caught: Sequence[Caught], cleared: Sequence[Cleared], seconds: float
) -> Json:
    """Return the proof of one contract as JSON; `faultless` lists the binding claims that no fault
    breaks.
    """
    broken = {one.claim for one in caught}
    editions = [
        statement
        for statement in contract.register.statements.values()
        if set(statement.documents) & set(contract.documents)
    ]
    return {
        "format": FORMAT,
        "contract": {
            "name": contract.name,
            "revision": contract.revision,
            "readings": list(contract.readings),
            "digest": contract.digest,
        },
        "statements": len(editions),
        "claims": len(contract.claims),
        "faults": len(caught),
        "found": sum(one.found for one in caught),
        "false_alarms": sum(len(one.violated) for one in cleared),
        "seeds": len(cleared),
        "requests": max((one.requests for one in cleared), default=0),
        "seconds": round(seconds, 1),
        "faultless": [
            claim.id
            for claim in contract.claims
            if claim.basis.binding and claim.unobservable is None and claim.id not in broken
        ],
        "matrix": [
            {
                "fault": one.fault,
                "claim": one.claim,
                "found": one.found,
                "besides": list(one.besides),
                "requests": one.requests,
                "seconds": round(one.seconds, 3),
                "message": one.message,
            }
            for one in caught
        ],
        "honest": [
            {
                "seed": one.seed,
                "violated": list(one.violated),
                "undecided": list(one.undecided),
                "requests": one.requests,
            }
            for one in cleared
        ],
    }


def holds(proof: Json) -> bool:
    """Tell whether every fault was found, the honest mock never accused and no claim is without a
    fault.
    """
    return bool(
        proof["found"] == proof["faults"] and not proof["false_alarms"] and not proof["faultless"]
    )


def show(console: Console, proof: Json, verbose: bool = False) -> None:
    """Print the matrix (by claim; by fault when verbose), what was missed, and the totals."""
    by_claim: defaultdict[str, list[Json]] = defaultdict(list)
    for row in proof["matrix"]:
        by_claim[row["fault"] if verbose else row["claim"]].append(row)
    table = Table(box=None, pad_edge=False)
    for name in ("fault" if verbose else "claim", "found", "besides", "requests", "seconds"):
        table.add_column(
            name, justify="left" if name in ("fault", "claim") else "right", overflow="fold"
        )
    for id, rows in by_claim.items():
        found, besides = (
            sum(row["found"] for row in rows),
            sorted({other for row in rows for other in row["besides"]}),
        )
        style = "green" if found == len(rows) else "bold red"
        most = max(row["requests"] for row in rows)
        table.add_row(
            Text(id),
            Text(f"{found}/{len(rows)}", style=style),
            str(len(besides)),
            str(most),
            f"{sum(row['seconds'] for row in rows):.1f}",
        )
    console.print(table)
    for row in proof["matrix"]:
        if not row["found"]:
            console.print(
                Text.assemble(
                    ("missed ", "bold red"),
                    row["fault"],
                    (f"\n       {row['message'][:300]}", "dim"),
                ),
                soft_wrap=True,
            )
    for run in proof["honest"]:
        for id in run["violated"]:
            console.print(
                Text.assemble(("false alarm ", "bold red"), f"{id} with seed {run['seed']}"),
                soft_wrap=True,
            )
    for id in proof["faultless"]:
        console.print(Text.assemble(("no fault ", "bold red"), id), soft_wrap=True)
    console.print(
        Text.assemble("\n", (f"{_name(proof)}: ", "bold"), summary(proof)), soft_wrap=True
    )


def summary(proof: Json) -> Text:
    """Return the totals in one line."""
    style = "green" if holds(proof) else "bold red"
    return Text.assemble(
        f"{proof['claims']} claims, ",
        (
            (
                f"{proof['found']} of {proof['faults']} faults found, {proof['false_alarms']} false"
                f" alarms over {proof['seeds']} seeds"
            ),
            style,
        ),
        f" — {proof['requests']} requests a run, {proof['seconds']:.0f} s",
    )


def _name(proof: Json) -> str:
    contract = proof["contract"]
    return " ".join([contract["name"], contract["revision"], *contract["readings"]])


def markdown(proofs: Sequence[Json]) -> str:
    """Return the table of the README: one row for each proof."""
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
            proof["found"],
            f"{proof['false_alarms']} in {proof['seeds']} runs",
            proof["requests"],
        ]
        lines.append(
            f"| {_name(proof)} | {' | '.join(map(str, numbers))} | {proof['seconds']:.0f} |"
        )
    return "\n".join(lines) + "\n"
