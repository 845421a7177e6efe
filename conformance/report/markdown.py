"""A result as Markdown for the summary of a CI job, and as annotations that point at the lines of
the contract.
"""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import groupby

from conformance.contract.json import Json
from conformance.report.comparison import Comparison
from conformance.report.result import counts, first, shown, title, violated, written
from conformance.report.text import harmless, line, number
from conformance.suite.event import Verdict

SIGNS = {
    Verdict.VERIFIED: "✅",
    Verdict.VIOLATED: "❌",
    Verdict.UNDECIDED: "❔",
    Verdict.UNOBSERVABLE: "➖",
}
FULL = 20  # findings that are told in full; GitHub cuts a summary at 1 MiB
NOTICED = 10  # annotations of one kind that GitHub shows for a step


def document(result: Json) -> str:
    """Return the Markdown of a run: the totals, the table by operation, findings with source and
    curl line, what is undecided and why.
    """
    parts = [
        _head(result),
        _table(result),
        *_findings(result),
        _undecided(result),
        _readings(result),
        _leftovers(result),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(result: Json) -> str:
    summary = result["summary"]
    totals = " · ".join(
        f"{SIGNS[verdict]} **{summary[verdict]}** {verdict}" for verdict in shown(result)
    )
    run = (
        f"{number(result['requests'], 'request')}, {result['duration_s']:.1f} s, seed"
        f" {escaped(result['seed'])}"
    )
    return f"## {escaped(title(result))} → {code(result['target']['url'])}\n\n{totals} — {run}"


def _table(result: Json) -> str:
    verdicts = shown(result)
    rows = [f"| operation | {' | '.join(verdicts)} |", "|---|" + "---:|" * len(verdicts)]
    for operation, counted in counts(result).items():
        rows.append(
            f"| {escaped(operation)} |"
            f" {' | '.join(str(counted[verdict] or '·') for verdict in verdicts)} |"
        )
    return "\n".join(rows)


def _findings(result: Json) -> list[str]:
    claims = violated(result)
    found = [f"### {number(len(claims), 'broken promise')}"] if claims else []
    found += [_finding(claim) for claim in claims[:FULL]]
    if len(claims) > FULL:
        rest = "\n".join(
            f"- {code(claim['id'])} {escaped(claim['text'])}" for claim in claims[FULL:200]
        )
        found.append(
            f"<details><summary>and {len(claims) - FULL} more</summary>\n\n{rest}\n\n</details>"
        )
    return found


def _finding(claim: Json) -> str:
    finding = first(claim)
    response = finding["exchanges"][-1]["response"]
    answer = (
        fenced(f"{response['status']} {line(response['body'] or '', 800)}", "text")
        if response
        else "no answer"
    )
    return "\n".join(
        [
            f"#### ❌ {code(claim['id'])}",
            "",
            f"- **promised** {escaped(claim['text'])}",
            f"- **written** {escaped(written(claim))}",
            f"- **instead** {code(line(finding['message'], 600))}",
            "",
            fenced(finding["curl"][:5000], "sh"),
            "",
            f"<details><summary>answer</summary>\n\n{answer}\n\n</details>",
        ]
    )


def _undecided(result: Json) -> str:
    reasons: defaultdict[str, list[str]] = defaultdict(list)
    for claim in result["claims"]:
        if claim["verdict"] == Verdict.UNDECIDED:
            reasons[line(claim["reason"] or "", 400)].append(claim["id"])
    if not reasons:
        return ""
    rows = [
        f"- {escaped(reason)}:"
        f" {', '.join(code(id) for id in ids[:8])}{' …' if len(ids) > 8 else ''}"
        for reason, ids in reasons.items()
    ]
    return (
        f"<details><summary>{number(result['summary'][Verdict.UNDECIDED], 'claim')} undecided, and"
        " why</summary>\n\n" + "\n".join(rows) + "\n\n</details>"
    )


def _readings(result: Json) -> str:
    rows = []
    for passage, readings in groupby(
        result.get("readings", ()), key=lambda reading: str(reading["passage"])
    ):
        seen = [reading for reading in readings if reading["followed"]]
        rows.append(
            f"- {escaped(passage)}:"
            f" {' · '.join(escaped(one['meaning']) for one in seen) or 'not seen'}"
        )
    return (
        "<details><summary>Ambiguous passages, as the server reads them</summary>\n\n"
        + "\n".join(rows)
        + "\n\n</details>"
        if rows
        else ""
    )


def _leftovers(result: Json) -> str:
    """Return what the run left, and where it could not see whether it did."""
    left, unseen = result["leftovers"], result.get("unseen", [])
    parts = []
    if left:
        names = ", ".join(code(str(one.get("name") or one.get("id"))) for one in left[:5])
        parts.append(f"⚠️ {number(len(left), 'item')} left behind: {names}")
    parts += [
        f"⚠️ Not everything could be seen, so more may be left: {escaped(reason[:400])}"
        for reason in unseen[:5]
    ]
    return "\n\n".join(parts)


def compared(comparison: Comparison) -> str:
    """Return a comparison as Markdown."""
    parts = [
        f"## {escaped(comparison.before)} → {escaped(comparison.after)}",
        escaped(comparison.summary),
    ]
    for name, changes in comparison.groups.items():
        if changes:
            rows = "\n".join(
                f"- {code(change.claim)} {change.before or 'absent'} → {change.after or 'absent'}:"
                f" {escaped(line(change.why))}"
                for change in changes
            )
            parts.append(f"### {name}\n\n{rows}")
    return "\n\n".join(parts) + "\n"


def notices(result: Json) -> list[str]:
    """Return workflow commands of GitHub's that mark the line of each broken promise in the
    contract; the last one tells of those left out.
    """
    claims = violated(result)
    found = []
    for claim in claims[: NOTICED if len(claims) <= NOTICED else NOTICED - 1]:
        spec, message = claim.get("spec"), first(claim)["message"]
        place = f"file={_property(spec['file'])},line={spec['line']}," if spec else ""
        text = (
            f"promised: {claim['text']}\nwritten: {written(claim)}\ninstead: {line(message, 500)}"
        )
        found.append(f"::error {place}title={_property(claim['id'])}::{_data(harmless(text))}")
    if len(claims) > NOTICED:
        found.append(
            f"::error title={len(claims) - NOTICED + 1} more broken promises::see the summary of"
            " the job"
        )
    return found


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(harmless(text)).replace(":", "%3A").replace(",", "%2C")


def escaped(text: str) -> str:
    """Return text in which neither Markdown nor HTML means anything."""
    safe = line(text, 2000).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_{}\[\]()#+!|~@])", r"\\\1", safe)


def code(text: str) -> str:
    """Return text as a code span, with more backticks around than are inside (CommonMark, 6.1)."""
    text = line(text, 2000)
    ticks = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") or not text else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def fenced(text: str, language: str) -> str:
    """Return text as a fenced block, with a longer fence than any inside (CommonMark, 4.5)."""
    ticks = "`" * max(3, max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    return f"{ticks}{language}\n{harmless(text)}\n{ticks}"
