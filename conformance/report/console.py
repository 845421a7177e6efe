"""What a person sees of a run: a progress line while it goes on, then what to act on first."""

from __future__ import annotations

import os
import sys
from collections import Counter, defaultdict
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from conformance.contract.json import Json
from conformance.report.text import harmless, line, number
from conformance.suite.event import Decided, Event, Progressed, Started, Verdict

STYLES = {
    Verdict.VERIFIED: "green",
    Verdict.VIOLATED: "bold red",
    Verdict.UNDECIDED: "yellow",
    Verdict.UNOBSERVABLE: "dim",
}
STAGES = 10  # plain progress lines of a whole run


class Terminal(Console):
    """A console that ends quietly when its reader has gone (`| head`), with the status that shells
    know: 141, and not 1.
    """

    def on_broken_pipe(self) -> None:
        """Give the rest to nobody."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(128 + 13)


class Live:
    """A progress line on a terminal; plain lines in a CI job (where CI is set); silent anywhere
    else.

    Use it as a context manager and give it every event.
    """

    def __init__(self, console: Console, plain: bool | None = None) -> None:
        columns = (
            SpinnerColumn(),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[requests]} requests"),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
        )
        self._progress = Progress(
            *columns, console=console, transient=True, disable=not console.is_terminal
        )
        self._task = self._progress.add_task("", total=None, requests=0)
        self._plain = not console.is_terminal and (
            bool(os.environ.get("CI")) if plain is None else plain
        )
        self._scripts, self._told = 0, 0

    def __enter__(self) -> Live:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def hear(self, event: Event) -> None:
        """Show what an event tells."""
        match event:
            case Started():
                self._progress.update(self._task, total=event.scripts)
                self._scripts = event.scripts
                self._say(
                    f"{event.contract.name} {event.contract.revision}: {event.claims} claims,"
                    f" {event.scripts} scripts → {event.target.shown}"
                )
            case Progressed():
                if event.scripts * STAGES // self._scripts > self._told:
                    self._told = event.scripts * STAGES // self._scripts
                    self._say(
                        f"{event.scripts} of {self._scripts} scripts, {event.requests} requests"
                    )
                self._progress.update(
                    self._task,
                    completed=event.scripts,
                    requests=event.requests,
                    description=Text(event.claim, overflow="ellipsis").plain,
                )
            case Decided() if event.verdict is Verdict.VIOLATED:
                self._progress.console.print(
                    Text.assemble(("violated ", "bold red"), event.claim.id), soft_wrap=True
                )
            case _:
                pass

    def _say(self, text: str) -> None:
        if self._plain:
            self._progress.console.print(Text(harmless(text)), soft_wrap=True)


def show(console: Console, record: Json, verbose: bool = False) -> None:
    """Print the result of a run (a format 1 document): counts by operation, findings, what stayed
    undecided, and one summary line.
    """
    console.print(_heading(record), soft_wrap=True)
    console.print(_counts(record))
    for claim in record["claims"]:
        if claim["verdict"] == Verdict.VIOLATED:
            _finding(console, claim)
    _undecided(console, record, verbose)
    for claim in record["claims"]:
        for note in claim["notes"]:
            console.print(
                Text.assemble(("note ", "cyan"), line(claim["id"]), "\n     ", line(note, 400)),
                soft_wrap=True,
            )
    _readings(console, record)
    if record["leftovers"]:
        console.print(
            Text.assemble(("left behind ", "yellow"), number(len(record["leftovers"]), "item")),
            soft_wrap=True,
        )
    for left in record["leftovers"][:5]:
        name = (
            f"{left['resource']} {left['id']} {left['name'] or ''}:"
            f" {left.get('reason') or 'it could not be deleted'}"
        )
        console.print(Text(f"  {line(name)}", style="yellow"), soft_wrap=True)
    if len(record["leftovers"]) > 5:
        console.print(Text(f"  … and {len(record['leftovers']) - 5} more, in --json", style="dim"))
    for reason in record.get("unseen", ()):
        told = f"not everything could be seen, so more may be left there: {line(reason)}"
        console.print(Text.assemble(("left behind ", "yellow"), told), soft_wrap=True)
    console.print(_summary(record))


def _heading(record: Json) -> Text:
    contract = record["contract"]
    readings = f" · reading {', '.join(contract['readings'])}" if contract["readings"] else ""
    return Text.assemble(
        (f"{line(contract['name'])} ", "bold"),
        line(f"{contract['revision']}{readings} → {record['target']['url']}"),
    )


def _counts(record: Json) -> Table:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for claim in record["claims"]:
        counts[claim["operation"]][claim["verdict"]] += 1
    table = Table(box=None, pad_edge=False)
    table.add_column("operation")
    shown = [
        verdict for verdict in Verdict if any(counter[verdict] for counter in counts.values())
    ] or [Verdict.VERIFIED]
    for verdict in shown:
        table.add_column(str(verdict), justify="right")
    for operation, counter in counts.items():
        table.add_row(
            Text(line(operation)),
            *(
                Text(
                    str(counter[verdict] or "·"),
                    style=STYLES[verdict] if counter[verdict] else "dim",
                )
                for verdict in shown
            ),
        )
    return table


def _finding(console: Console, claim: Json) -> None:
    finding, source, spec = claim["findings"][0], claim["source"], claim["spec"]
    place = f"{spec['file']}:{spec['line']}" if spec else ""
    rows = {
        "promised": line(claim["text"], 1000),
        "written": line(
            " · ".join(
                part
                for part in (
                    ", ".join(claim["statements"]),
                    source["document"],
                    source["section"],
                    place,
                )
                if part
            ),
            1000,
        ),
        "instead": line(finding["message"], 1000),
    }
    console.print()
    console.print(Text.assemble(("violated ", "bold red"), (line(claim["id"]), "bold")))
    for name, text in rows.items():
        console.print(Text.assemble((f"  {name:<9}", "dim"), text), soft_wrap=True)
    response = finding["exchanges"][-1]["response"]
    if response:
        body = line(response["body"] or "", 1000)
        console.print(
            Text.assemble(
                ("  answer   ", "dim"),
                f"{response['status']} {body[:200]}{'…' if len(body) > 200 else ''}",
            ),
            soft_wrap=True,
        )
    console.print(
        Text.assemble(("  try      ", "dim"), harmless(finding["curl"], "")), soft_wrap=True
    )


def _undecided(console: Console, record: Json, verbose: bool) -> None:
    reasons: defaultdict[str, list[str]] = defaultdict(list)
    for claim in record["claims"]:
        if claim["verdict"] == Verdict.UNDECIDED:
            reasons[line(claim["reason"] or "")].append(line(claim["id"]))
    if not reasons:
        return
    console.print()
    for reason, ids in sorted(reasons.items(), key=lambda pair: -len(pair[1]))[
        : None if verbose else 12
    ]:
        more = f" and {len(ids) - 1} more" if len(ids) > 1 and not verbose else ""
        console.print(
            Text.assemble(
                ("undecided ", "yellow"),
                (", ".join(ids) if verbose else ids[0]) + more,
                "\n          ",
                (reason[:300], "dim"),
            ),
            soft_wrap=True,
        )
    if len(reasons) > 12 and not verbose:
        console.print(
            Text(f"… and {len(reasons) - 12} other reasons: --verbose shows all", style="dim")
        )


def _readings(console: Console, record: Json) -> None:
    """Print which meaning of each ambiguous passage the server follows."""
    passages: defaultdict[str, list[Json]] = defaultdict(list)
    for reading in record["readings"]:
        passages[reading["passage"]].append(reading)
    if passages:
        console.print()
    for passage, readings in passages.items():
        followed = [reading for reading in readings if reading["followed"]]
        answer = " · ".join(
            f"{one['meaning']} ({one['name']})" for one in followed
        ) or "not seen: " + line(readings[0]["reason"] or "", 160)
        console.print(
            Text.assemble(
                ("open ", "cyan"),
                line(passage),
                "\n     ",
                (line(answer, 1000), "" if followed else "dim"),
            ),
            soft_wrap=True,
        )


def _summary(record: Json) -> Text:
    summary = record["summary"]
    parts: list[str | tuple[str, str]] = ["\n", (f"{len(record['claims'])} claims", "bold"), ": "]
    for place, verdict in enumerate(verdict for verdict in Verdict if summary[verdict]):
        parts += [" · " if place else "", (f"{summary[verdict]} {verdict}", STYLES[verdict])]
    return Text.assemble(
        *parts,
        f" — {record['requests']} requests, {record['duration_s']:.1f} s, seed"
        f" {line(record['seed'])}",
    )
