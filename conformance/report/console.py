"""Console output: progress, the report at the end, colors, and closed pipes."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column, Table
from rich.text import Text

from conformance.report.conclusion import get_conclusion
from conformance.report.replay_command import format_replay_command
from conformance.report.result import ClaimResult, InterpretationRecord, Result
from conformance.report.text import format_count, sanitize_text, to_single_line
from conformance.report.undecided import group_by_reason
from conformance.suite.events import ClaimDecided, Event, RunProgressed, RunStarted, Verdict

STYLES = {
    Verdict.VERIFIED: "green",
    Verdict.VIOLATED: "bold red",
    Verdict.UNDECIDED: "yellow",
    Verdict.UNOBSERVABLE: "dim",
}
MIN_WIDTH_OF_ALL_COLUMNS = 90  # of a terminal, in characters
MAX_REASONS = 12  # why claims are undecided, without --verbose
PIPE_WIDTH = 1000  # characters of a line that goes to a file or another program
PLAIN_LINE_SECONDS = 10.0  # between plain progress lines


class PipeSafeConsole(Console):
    """A console that exits quietly with status 141 when its output pipe is closed (as by `| head`).

    141 is 128 plus SIGPIPE, the status that shells expect.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        if not self.is_terminal and "COLUMNS" not in os.environ:
            self.width = PIPE_WIDTH  # a file and a log have no width at which lines must break

    def on_broken_pipe(self) -> None:
        """Discard the remaining output and exit."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(128 + 13)


class ProgressDisplay:
    """Shows the progress of a run.

    On a terminal it shows a bar that moves by the expected requests, with the time that is left.
    In a CI job (where CI is set) it prints a plain line every ten seconds. Elsewhere it prints
    nothing. Use it as a context manager and pass every event to `show_event`. `accepts` tells
    which violations are accepted.
    """

    def __init__(
        self,
        console: Console,
        plain: bool | None = None,
        clock: Callable[[], float] = time.monotonic,
        accepts: Callable[[ClaimDecided], bool] = lambda event: False,
    ) -> None:
        is_wide = console.width >= MIN_WIDTH_OF_ALL_COLUMNS
        bar_width = 24 if is_wide else 10
        columns: list[ProgressColumn] = [
            SpinnerColumn(),
            BarColumn(bar_width=bar_width, table_column=Column(min_width=bar_width)),
            TextColumn("{task.percentage:>3.0f} %", table_column=Column(min_width=5)),
            TextColumn("{task.fields[requests]:>5} requests", table_column=Column(min_width=14)),
            TimeElapsedColumn(table_column=Column(min_width=7)),
        ]
        if is_wide:
            columns += [
                TextColumn("left", table_column=Column(min_width=4)),
                TimeRemainingColumn(table_column=Column(min_width=7)),
                TextColumn(
                    "{task.description}",
                    table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis"),
                ),
            ]
        self._progress = Progress(
            *columns,
            console=console,
            expand=is_wide,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("", total=1.0, requests=0)
        self._plain = not console.is_terminal and (
            bool(os.environ.get("CI")) if plain is None else plain
        )
        self._clock, self._scenario_count, self._line_time = clock, 0, clock()
        self._accepts = accepts

    def __enter__(self) -> ProgressDisplay:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def show_event(self, event: Event) -> None:
        """Update the display for an event."""
        match event:
            case RunStarted():
                self._scenario_count = event.scenarios
                self._print_plain(
                    f"{event.contract.name} {event.contract.revision}: {event.claims} claims,"
                    f" {event.scenarios} scenarios → {event.target.display_name}"
                )
            case RunProgressed():
                is_last = event.scenarios == self._scenario_count
                if is_last or self._clock() - self._line_time >= PLAIN_LINE_SECONDS:
                    self._line_time = self._clock()
                    self._print_plain(
                        f"{event.share:.0%} ({event.scenarios} of {self._scenario_count}"
                        f" scenarios), {event.requests} requests"
                    )
                self._progress.update(
                    self._task,
                    completed=event.share,
                    requests=event.requests,
                    description=Text(event.claim, overflow="ellipsis").plain,
                )
            case ClaimDecided() if event.verdict is Verdict.VIOLATED:
                label = (
                    ("accepted ", "magenta") if self._accepts(event) else ("violated ", "bold red")
                )
                self._progress.console.print(Text.assemble(label, event.claim.id), soft_wrap=True)
            case _:
                pass

    def _print_plain(self, text: str) -> None:
        if self._plain:
            self._progress.console.print(Text(sanitize_text(text)), soft_wrap=True)


def print_run_result(console: Console, result: Result, verbose: bool = False) -> None:
    """Print the result of a run.

    Prints the counts by operation, the findings, the undecided claims, the interpretations that the
    server follows, leftovers and a summary line.
    """
    console.print(_format_run_heading(result), soft_wrap=True)
    console.print(_build_verdict_counts_table(result))
    for claim in result.violated:
        _print_violated_claim(console, result, claim)
    for claim in result.accepted:
        console.print(
            Text.assemble(
                ("accepted ", "magenta"),
                to_single_line(claim.id),
                "\n         ",
                (to_single_line(str(claim.accepted), 400), "dim"),
            ),
            soft_wrap=True,
        )
    _print_undecided_claims(console, result, verbose)
    for claim in result.claims:
        for note in claim.notes:
            console.print(
                Text.assemble(
                    ("note ", "cyan"),
                    to_single_line(claim.id),
                    "\n     ",
                    to_single_line(note, 400),
                ),
                soft_wrap=True,
            )
    _print_followed_interpretations(console, result)
    if result.leftovers:
        console.print(
            Text.assemble(("left behind ", "yellow"), format_count(len(result.leftovers), "item")),
            soft_wrap=True,
        )
    for leftover in result.leftovers[:5]:
        name = f"{leftover.resource} {leftover.id} {leftover.name or ''}: {leftover.reason}"
        console.print(Text(f"  {to_single_line(name)}", style="yellow"), soft_wrap=True)
    if len(result.leftovers) > 5:
        console.print(Text(f"  … and {len(result.leftovers) - 5} more, in --json", style="dim"))
    for reason in result.unread_lists:
        message = (
            f"not everything could be seen, so more may be left there: {to_single_line(reason)}"
        )
        console.print(Text.assemble(("left behind ", "yellow"), message), soft_wrap=True)
    console.print(_format_summary_line(result))
    _print_conclusion(console, result)


def _print_conclusion(console: Console, result: Result) -> None:
    """Print why the run is not simply good, but for its violated claims."""
    places = {str(entry): f"{entry.file}:{entry.line}: " for entry in result.outdated if entry.file}
    for reason in get_conclusion(result).status_reasons:
        text = sanitize_text(places.get(reason, "") + reason)
        console.print(Text(text, style="bold yellow"), soft_wrap=True)


def _format_run_heading(result: Result) -> Text:
    contract = result.contract
    interpretations = (
        f" · interpretation {', '.join(contract.interpretations)}"
        if contract.interpretations
        else ""
    )
    return Text.assemble(
        (f"{to_single_line(contract.name)} ", "bold"),
        to_single_line(f"{contract.revision}{interpretations} → {result.target.url}"),
    )


def _build_verdict_counts_table(result: Result) -> Table:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for claim in result.claims:
        counts[claim.operation][claim.verdict] += 1
    table = Table(box=None, pad_edge=False)
    table.add_column("operation")
    occurring = [
        verdict for verdict in Verdict if any(counter[verdict] for counter in counts.values())
    ] or [Verdict.VERIFIED]
    for verdict in occurring:
        table.add_column(str(verdict), justify="right")
    for operation, counter in counts.items():
        table.add_row(
            Text(to_single_line(operation)),
            *(
                Text(
                    str(counter[verdict] or "·"),
                    style=STYLES[verdict] if counter[verdict] else "dim",
                )
                for verdict in occurring
            ),
        )
    return table


def _print_violated_claim(console: Console, result: Result, claim: ClaimResult) -> None:
    finding = claim.first_finding
    rows = {
        "promised": to_single_line(claim.text, 1000),
        "written": to_single_line(claim.describe_source(), 1000),
        "instead": to_single_line(finding.message, 1000),
    }
    console.print()
    console.print(Text.assemble(("violated ", "bold red"), (to_single_line(claim.id), "bold")))
    for name, text in rows.items():
        console.print(Text.assemble((f"  {name:<9}", "dim"), text), soft_wrap=True)
    response = finding.exchanges[-1].response
    if response:
        body = to_single_line(response.body or "", 1000)
        console.print(
            Text.assemble(
                ("  answer   ", "dim"),
                f"{response.status} {body[:200]}{'…' if len(body) > 200 else ''}",
            ),
            soft_wrap=True,
        )
    console.print(
        Text.assemble(("  try      ", "dim"), sanitize_text(finding.curl, "")), soft_wrap=True
    )
    if finding.curl_caveat:
        console.print(Text(f"           # {finding.curl_caveat}", style="dim"), soft_wrap=True)
    console.print(
        Text.assemble(
            ("  again    ", "dim"), to_single_line(format_replay_command(result, claim), 600)
        ),
        soft_wrap=True,
    )


def _print_undecided_claims(console: Console, result: Result, verbose: bool) -> None:
    groups = group_by_reason(result.undecided)
    if not groups:
        return
    console.print()
    shown = groups if verbose else groups[:MAX_REASONS]
    for group in shown:
        ids = [to_single_line(claim.id) for claim in group.claims]
        text = ", ".join(ids) if verbose else ids[0]
        more = f" and {len(ids) - 1} more" if len(ids) > 1 and not verbose else ""
        console.print(
            Text.assemble(
                ("undecided ", "yellow"),
                text + more,
                "\n          ",
                (to_single_line(group.sentence), "dim"),
            ),
            soft_wrap=True,
        )
    if len(shown) < len(groups):
        text = (
            f"… and {format_count(len(groups) - len(shown), 'other reason')}: --verbose shows all"
        )
        console.print(Text(text, style="dim"))


def _print_followed_interpretations(console: Console, result: Result) -> None:
    """Print which interpretation of each ambiguity the server follows."""
    by_ambiguity: defaultdict[str, list[InterpretationRecord]] = defaultdict(list)
    for interpretation in result.interpretations:
        by_ambiguity[interpretation.ambiguity].append(interpretation)
    if by_ambiguity:
        console.print()
    for ambiguity, interpretations in by_ambiguity.items():
        followed = [interpretation for interpretation in interpretations if interpretation.followed]
        answer = " · ".join(
            f"{followed_interpretation.meaning} ({followed_interpretation.name})"
            for followed_interpretation in followed
        ) or "not seen: " + to_single_line(interpretations[0].reason or "", 160)
        console.print(
            Text.assemble(
                ("open ", "cyan"),
                to_single_line(ambiguity),
                "\n     ",
                (to_single_line(answer, 1000), "" if followed else "dim"),
            ),
            soft_wrap=True,
        )


def _format_summary_line(result: Result) -> Text:
    summary = result.summary
    parts: list[str | tuple[str, str]] = ["\n", (f"{len(result.claims)} claims", "bold"), ": "]
    for position, verdict in enumerate(verdict for verdict in Verdict if summary[verdict]):
        parts += [" · " if position else "", (f"{summary[verdict]} {verdict}", STYLES[verdict])]
        if verdict is Verdict.VIOLATED and (accepted := len(result.accepted)):
            parts.append(f" ({accepted} accepted)")
    return Text.assemble(
        *parts,
        f" — {result.requests} requests, {result.duration_s:.1f} s, seed"
        f" {to_single_line(result.seed)}",
    )
