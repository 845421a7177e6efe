"""A result as Markdown for the summary of a CI job, and as annotations of the contract."""

from __future__ import annotations

import re
from itertools import groupby

from conformance.report.comparison import RunComparison
from conformance.report.conclusion import get_conclusion
from conformance.report.location import find_entry_location, find_repository_location
from conformance.report.replay_command import format_replay_command
from conformance.report.result import ClaimResult, Result
from conformance.report.status import RunStatus
from conformance.report.text import format_count, sanitize_text, to_single_line
from conformance.report.undecided import group_by_reason
from conformance.suite.events import Verdict

VERDICT_ICONS = {
    Verdict.VERIFIED: "✅",
    Verdict.VIOLATED: "❌",
    Verdict.UNDECIDED: "❔",
    Verdict.UNOBSERVABLE: "➖",
}
MAX_FULL_FINDINGS = 20  # findings shown in full; GitHub truncates a summary at 1 MiB
MAX_ANNOTATIONS = 10  # annotations of one kind that GitHub shows for a step


def render_markdown_summary(result: Result) -> str:
    """Return the Markdown summary of a run.

    It holds the totals, a table by operation, the findings with source and curl command, and the
    undecided claims with reasons.
    """
    parts = [
        _format_run_heading(result),
        _format_conclusion(result),
        _format_verdict_counts_table(result),
        *_format_violated_claims(result),
        _format_undecided_claims(result),
        _format_followed_interpretations(result),
        _format_leftovers(result),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _format_run_heading(result: Result) -> str:
    summary = result.summary
    totals = " · ".join(
        f"{VERDICT_ICONS[verdict]} **{summary[verdict]}** {verdict}"
        for verdict in result.list_occurring_verdicts()
    )
    run_facts = (
        f"{format_count(result.requests, 'request')}, {result.duration_s:.1f} s, seed"
        f" {escape_markdown(result.seed)}"
    )
    return (
        f"## {escape_markdown(result.contract.title)} →"
        f" {format_code_span(result.target.url)}\n\n{totals} — {run_facts}"
    )


def _format_conclusion(result: Result) -> str:
    """Return why the run is not simply good, but for its violated claims."""
    reasons = get_conclusion(result).status_reasons
    places = {str(entry): find_entry_location(entry) for entry in result.outdated}
    rows = [
        f"⚠️ {escape_markdown(reason)}"
        + (
            f" {format_code_span(f'{place[0]}:{place[1]}')}"
            if (place := places.get(reason))
            else ""
        )
        for reason in reasons
    ]
    return "\n\n".join(rows)


def _format_verdict_counts_table(result: Result) -> str:
    verdicts = result.list_occurring_verdicts()
    rows = [f"| operation | {' | '.join(verdicts)} |", "|---|" + "---:|" * len(verdicts)]
    for operation, verdict_counts in result.count_verdicts_by_operation().items():
        rows.append(
            f"| {escape_markdown(operation)} |"
            f" {' | '.join(str(verdict_counts[verdict] or '·') for verdict in verdicts)} |"
        )
    return "\n".join(rows)


def _format_violated_claims(result: Result) -> list[str]:
    claims = result.violated
    sections = [f"### {format_count(len(claims), 'broken promise')}"] if claims else []
    sections += [_format_violated_claim(result, claim) for claim in claims[:MAX_FULL_FINDINGS]]
    if len(claims) > MAX_FULL_FINDINGS:
        remaining = "\n".join(
            f"- {format_code_span(claim.id)} {escape_markdown(claim.text)}"
            for claim in claims[MAX_FULL_FINDINGS:200]
        )
        sections.append(
            f"<details><summary>and {len(claims) - MAX_FULL_FINDINGS}"
            f" more</summary>\n\n{remaining}\n\n</details>"
        )
    if accepted := result.accepted:
        rows = "\n".join(
            f"- {format_code_span(claim.id)} {escape_markdown(str(claim.accepted))}"
            for claim in accepted[:200]
        )
        heading = format_count(len(accepted), "accepted violation")
        sections.append(f"### {heading}\n\n{rows}")
    return sections


def _format_violated_claim(result: Result, claim: ClaimResult) -> str:
    finding = claim.first_finding
    response = finding.exchanges[-1].response
    answer = (
        format_code_block(f"{response.status} {to_single_line(response.body or '', 800)}", "text")
        if response
        else "no answer"
    )
    return "\n".join(
        [
            f"#### ❌ {format_code_span(claim.id)}",
            "",
            f"- **promised** {escape_markdown(claim.text)}",
            f"- **written** {escape_markdown(claim.describe_source())}",
            f"- **instead** {format_code_span(to_single_line(finding.message, 600))}",
            "",
            format_code_block(
                "\n".join(
                    [
                        finding.curl[:5000],
                        *([f"# {finding.curl_caveat}"] if finding.curl_caveat else []),
                        f"{format_replay_command(result, claim)}  # all of it again",
                    ]
                ),
                "sh",
            ),
            "",
            f"<details><summary>answer</summary>\n\n{answer}\n\n</details>",
        ]
    )


def _format_undecided_claims(result: Result) -> str:
    rows = []
    for group in group_by_reason(result.undecided):
        ids = ", ".join(format_code_span(claim.id) for claim in group.claims[:8])
        more = " …" if len(group.claims) > 8 else ""
        rows.append(f"- {escape_markdown(to_single_line(group.sentence, 400))}: {ids}{more}")
    if not rows:
        return ""
    count = format_count(len(result.undecided), "claim")
    return (
        f"<details><summary>{count} undecided, and why</summary>\n\n"
        + "\n".join(rows)
        + "\n\n</details>"
    )


def _format_followed_interpretations(result: Result) -> str:
    rows = []
    for ambiguity, interpretations in groupby(
        result.interpretations, key=lambda interpretation: str(interpretation.ambiguity)
    ):
        followed = [interpretation for interpretation in interpretations if interpretation.followed]
        meanings = " · ".join(
            escape_markdown(interpretation.meaning) for interpretation in followed
        )
        rows.append(f"- {escape_markdown(ambiguity)}: {meanings or 'not seen'}")
    return (
        "<details><summary>Ambiguous passages, as the server reads them</summary>\n\n"
        + "\n".join(rows)
        + "\n\n</details>"
        if rows
        else ""
    )


def _format_leftovers(result: Result) -> str:
    """Return the items left behind and the lists that could not be read to the end."""
    leftovers, unseen = result.leftovers, result.unread_lists
    parts = []
    if leftovers:
        names = ", ".join(
            format_code_span(str(leftover.name or leftover.id)) for leftover in leftovers[:5]
        )
        parts.append(f"⚠️ {format_count(len(leftovers), 'item')} left behind: {names}")
    parts += [
        f"⚠️ Not everything could be seen, so more may be left: {escape_markdown(reason[:400])}"
        for reason in unseen[:5]
    ]
    return "\n\n".join(parts)


def render_markdown_comparison(comparison: RunComparison) -> str:
    """Return a comparison as Markdown."""
    parts = [
        f"## {escape_markdown(comparison.before)} → {escape_markdown(comparison.after)}",
        escape_markdown(comparison.summary),
    ]
    for kind, changes in comparison.changes_by_kind.items():
        if changes:
            rows = "\n".join(
                f"- {format_code_span(change.claim)} {change.before or 'absent'} →"
                f" {change.after or 'absent'}:"
                f" {escape_markdown(to_single_line(change.reason))}"
                for change in changes
            )
            parts.append(f"### {kind}\n\n{rows}")
    return "\n\n".join(parts) + "\n"


def build_github_annotations(result: Result) -> list[str]:
    """Return GitHub workflow commands that annotate the contract line of each violated claim.

    If there are more than MAX_ANNOTATIONS, the last command gives the number of the others.
    """
    claims = result.violated
    commands = []
    for claim in claims[
        : MAX_ANNOTATIONS if len(claims) <= MAX_ANNOTATIONS else MAX_ANNOTATIONS - 1
    ]:
        location, message = (
            _format_location(find_repository_location(claim)),
            claim.first_finding.message,
        )
        text = (
            f"promised: {claim.text}\nwritten: {claim.describe_source()}\ninstead:"
            f" {to_single_line(message, 500)}"
        )
        commands.append(
            "::error"
            f" {location}title={_escape_property(claim.id)}::{_escape_data(sanitize_text(text))}"
        )
    for claim in result.accepted[:MAX_ANNOTATIONS]:
        location = _format_location(find_repository_location(claim))
        text = f"accepted: {claim.accepted}"
        commands.append(
            "::notice"
            f" {location}title={_escape_property(claim.id)}::{_escape_data(sanitize_text(text))}"
        )
    for entry in result.outdated[:MAX_ANNOTATIONS]:
        location = _format_location(find_entry_location(entry))
        text = _escape_data(sanitize_text(str(entry)))
        commands.append(f"::error {location}title=outdated acceptance::{text}")
    concluded = get_conclusion(result)
    if concluded.status in (RunStatus.UNDECIDED, RunStatus.INTERRUPTED):
        text = _escape_data(sanitize_text("; ".join(concluded.status_reasons)))
        commands.append(f"::error title=the run is {concluded.status}::{text}")
    if len(claims) > MAX_ANNOTATIONS:
        commands.append(
            f"::error title={len(claims) - MAX_ANNOTATIONS + 1} more broken promises::see the"
            " summary of"
            " the job"
        )
    return commands


def _format_location(location: tuple[str, int] | None) -> str:
    """Return a place of the job's repository, if there is one."""
    return f"file={_escape_property(location[0])},line={location[1]}," if location else ""


def _escape_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape_data(sanitize_text(text)).replace(":", "%3A").replace(",", "%2C")


def escape_markdown(text: str) -> str:
    """Return text with the special characters of Markdown and HTML escaped."""
    sanitized = (
        to_single_line(text, 2000).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    )
    return re.sub(r"([\\`*_{}\[\]()#+!|~@])", r"\\\1", sanitized)


def format_code_span(text: str) -> str:
    """Return text as a code span, with more backticks around it than inside (CommonMark, 6.1)."""
    text = to_single_line(text, 2000)
    ticks = "`" * (max((len(backticks) for backticks in re.findall("`+", text)), default=0) + 1)
    padding = " " if text.startswith("`") or text.endswith("`") or not text else ""
    return f"{ticks}{padding}{text}{padding}{ticks}"


def format_code_block(text: str, language: str) -> str:
    """Return text as a fenced block, with a longer fence than any inside (CommonMark, 4.5)."""
    ticks = "`" * max(
        3, max((len(backticks) for backticks in re.findall("`+", text)), default=0) + 1
    )
    return f"{ticks}{language}\n{sanitize_text(text)}\n{ticks}"
