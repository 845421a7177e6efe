"""Arguments in, exit code out."""

from __future__ import annotations

import fnmatch
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from conformance import options
from conformance.contract import library
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.statement import Register
from conformance.errors import ConformanceError, Problem, TargetError, UsageError
from conformance.report import record
from conformance.report.console import Live, Terminal, harmless, show
from conformance.suite.event import Event, Verdict

HOLDS, VIOLATED, MISUSED, UNREACHED, INTERRUPTED = 0, 1, 2, 3, 130

EXITS = """\b
Exit status:
  0  every claim decided holds
  1  at least one claim is violated
  2  usage, configuration or contract error
  3  the target cannot be reached, or too few claims could be decided
"""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}, epilog=EXITS)
@click.version_option(record.tool_version(), prog_name="conformance")
def cli() -> None:
    """Find out whether a server keeps what its documentation promises.

    CONTRACT is a built-in name (losant, push-express) or the path of an OpenAPI file or folder.

    \b
    conformance run losant                                 check the embedded mock
    conformance run losant --url http://127.0.0.1:9000     check a server
    conformance claims push-express                        see what would be checked
    """


@cli.command(epilog=EXITS, short_help="Check a server: which promises does it keep?")
@options.contract_options
@options.target_options
@click.option("--only", multiple=True, metavar="PATTERN", help="Only claims whose id matches, such as 'list*/sort*'. Repeatable.")
@click.option("--seed", default="1", show_default=True, help="The same seed draws the same requests.")
@click.option("--profile", type=click.Choice(["quick", "standard", "deep"]), default="standard", show_default=True, help="How many examples to try.")
@click.option("--min-decided", type=click.FloatRange(0, 100), default=50.0, show_default=True, help="Exit 3 when fewer percent of the claims could be decided.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False), help="Write the result as JSON (format 1); - for standard output.")
@click.option("--verbose", "-v", is_flag=True, help="Show every undecided claim.")
def run(contract: str, revision: str | None, readings: tuple[str, ...], **given: Any) -> None:
    """Check a server: which promises of CONTRACT does it keep?

    Without --url, the embedded mock is checked. What a run makes carries a mark (conformance-TIME-ID), and is removed again.

    \b
    conformance run push-express --url http://127.0.0.1:9000/api/b/v2 --token @token.txt --fixture app_ids=25328,25329
    """
    from conformance.suite import plan as plans
    from conformance.suite.run import run as carried_out

    loaded = options.load(contract, revision, readings)
    target = _target(loaded, given)
    plan = plans.draw(loaded, given["seed"], plans.Profile(given["profile"]), options.chosen(loaded, given["only"]))
    console = Terminal(stderr=given["json_file"] == "-")
    events: list[Event] = []
    with Live(console) as live:
        for event in carried_out(plan, target, () if given["only"] or given["profile"] == "quick" else library.ambiguities(contract, revision, readings)):
            live.hear(event)
            events.append(event)
    result = record.record(events)
    _written(given["json_file"], result)
    show(console, result, given["verbose"])
    sys.exit(_exit(console, result, given["min_decided"]))


def _target(contract: Contract, given: Any) -> Any:
    if given["url"] is None:
        from conformance.embedded import embedded

        for flag, name in (("--token", "token"), ("--scoped-token", "scoped"), ("--fixture", "fixtures"), ("--header", "headers"), ("--ca", "ca")):
            if given[name]:
                hint = "the embedded mock has its own tokens and ids; give --url to check a server"
                raise UsageError(Problem(message=f"{flag} goes with --url", hint=hint))
        return embedded(contract, options.pairs("--param", given["parameters"]))
    return options.target(contract, given)


def _written(file: str | None, result: Json) -> None:
    text = json.dumps(result, ensure_ascii=False, indent=1) + "\n"
    if file == "-":
        sys.stdout.write(text)
    elif file is not None:
        try:
            Path(file).write_text(text, "utf-8")
        except OSError as error:
            raise UsageError(Problem(message=f"--json {file} cannot be written: {error.strerror}")) from error


def _exit(console: Console, result: Json, least: float) -> int:
    summary = result["summary"]
    if not result["claims"]:
        console.print(Text("the contract promises nothing that could be checked: no operations, or nothing cites a statement", style="bold yellow"))
        return UNREACHED
    if summary[Verdict.VIOLATED]:
        return VIOLATED
    total = sum(summary.values()) - summary[Verdict.UNOBSERVABLE]
    share = 100 * summary[Verdict.VERIFIED] / total if total else 100.0
    if share < least:
        message = f"only {share:.0f} % of the claims could be decided, fewer than --min-decided {least:g}: are the token and the parameters right?"
        console.print(Text(message, style="bold yellow"))
        return UNREACHED
    return HOLDS


@cli.command(short_help="Show what would be checked, and where it is promised.")
@options.contract_options
@click.option("--only", multiple=True, metavar="PATTERN", help="Only claims whose id matches. Repeatable.")
@click.option("--statements", "by_statement", is_flag=True, help="By sentence of the vendor's page: which claims test it, or why none does.")
def claims(contract: str, revision: str | None, readings: tuple[str, ...], only: tuple[str, ...], by_statement: bool) -> None:
    """Show what would be checked: every claim of CONTRACT, and the sentences it stands on."""
    loaded = options.load(contract, revision, readings)
    console = Terminal()
    if by_statement:
        _by_statement(console, loaded)
        return
    for claim in options.chosen(loaded, only):
        note = "" if claim.basis.binding else f" ({claim.basis}: never a violation)"
        console.print(
            Text.assemble((claim.id, "bold"), f"\n    {claim.text}", (f"\n    {', '.join(claim.statements) or 'the document'}{note}", "dim")), soft_wrap=True
        )
    console.print(Text(f"\n{len(loaded.claims)} claims of {loaded.name} {loaded.revision}", style="bold"))


def _by_statement(console: Console, contract: Contract) -> None:
    register: Register = contract.register
    if not register.kept:
        raise UsageError(Problem(message=f"{contract.name} keeps no register of statements", hint="put a statements.yaml beside its document"))
    tested: defaultdict[str, list[str]] = defaultdict(list)
    for claim in contract.claims:
        for id in claim.statements:
            tested[id].append(claim.id)
    for statement in register.statements.values():
        if not set(statement.documents) & set(contract.documents):
            continue
        console.print(Text.assemble((f"{statement.id:<5}", "bold"), statement.text, (f"  [{statement.basis}] {statement.section}", "dim")), soft_wrap=True)
        why = statement.unobservable or statement.client or "cited by the contract, and seen wherever its element is used"
        for line in tested[statement.id] or [f"no claim: {why}"]:
            console.print(Text(f"       {line}", style="dim" if not tested[statement.id] else ""), soft_wrap=True)


@cli.command(short_help="Serve a stateful mock that keeps every promise.")
@options.contract_options
@options.credential_options
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes any free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--fault", metavar="ID", help="Break one promise on purpose; --list-faults shows the ids.")
@click.option("--list-faults", is_flag=True, help="Show the faults that this contract has, and stop.")
@click.option("--seeds", type=click.IntRange(min=0), default=0, show_default=True, help="How many generated things exist at the start.")
def mock(contract: str, revision: str | None, readings: tuple[str, ...], **given: Any) -> None:
    """Serve CONTRACT: a stateful mock that keeps every promise, or breaks one with --fault.

    Without --token any bearer token is good for everything; with --token and --scoped-token all others are refused.

    \b
    conformance mock losant --port 9000 --token secret --scoped-token experienceGroups.get=readonly
    """
    from conformance.mock.mock import Mock
    from conformance.mock.serve import serve
    from conformance.mock.world import World

    loaded = options.load(contract, revision, readings)
    if given["list_faults"]:
        _list_faults(loaded)
        return
    fault = _fault(loaded, given["fault"])
    token = options.secret(given["token"])
    scoped = {value: scope for scope, value in options.pairs("--scoped-token", given["scoped"]).items()}
    strange = sorted(set(scoped.values()) - set(loaded.scopes))
    if strange:
        raise UsageError(Problem(message=f"--scoped-token {strange[0]}: {loaded.name} has no such scope", hint=f"it has {', '.join(loaded.scopes) or 'none'}"))
    tokens = frozenset({token} if token else ()) if token or scoped else None
    seeds = max(given["seeds"], fault.seeds if fault else 0)
    served = Mock(loaded, World(parents=_parents(loaded, given["parameters"]), tokens=tokens, scoped=scoped, seeds=seeds), fault)
    serve(served, given["host"], given["port"], lambda url: _ready(loaded, url, tokens is not None, fault.id if fault else None))


@cli.command(short_help="Break the mock once per fault and show that the suite notices.", epilog=EXITS)
@options.contract_options
@click.option("--seeds", type=click.IntRange(min=1), default=5, show_default=True, help="How many runs of the honest mock, each with another seed.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes (default: as many as there are cores).")
@click.option("--profile", type=click.Choice(["quick", "standard", "deep"]), default="standard", show_default=True, help="How many examples to try.")
@click.option("--fault", "only", multiple=True, metavar="PATTERN", help="Only faults whose id matches. Repeatable.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False), help="Write the matrix as JSON; - for standard output.")
@click.option("--markdown", "markdown_file", type=click.Path(dir_okay=False), help="Append the totals as a row of a Markdown table.")
@click.option("--verbose", "-v", is_flag=True, help="Show every fault by itself.")
def prove(contract: str, revision: str | None, readings: tuple[str, ...], **given: Any) -> None:
    """Show that every check of CONTRACT can fail, and that an honest server is not accused.

    The mock is broken once per fault and checked as a whole; the claim that was broken must be found. The edition's readings, each by
    itself, must be clean too. Exit status 1 when a fault is missed, the honest mock accused, or a claim has no fault.
    """
    import time

    from conformance.report import proof

    began = time.perf_counter()
    loaded = options.load(contract, revision, readings)
    trials = _trials(contract, revision, readings, given)
    console = Terminal(stderr=given["json_file"] == "-")
    proofs = _proofs(trials, given, console)
    proofs[0]["seconds"] = round(time.perf_counter() - began, 1)
    for one in proofs[1:]:
        console.print(Text.assemble((f"reading {one['contract']['readings'][-1]}: ", "bold"), proof.summary(one)), soft_wrap=True)
    proof.show(console, proofs[0], given["verbose"])
    _written(given["json_file"], {**proofs[0], "readings": proofs[1:]})
    if given["markdown_file"]:
        _appended(Path(given["markdown_file"]), proof.markdown(proofs[:1]))
    clean = all(not one["false_alarms"] and one["found"] == one["faults"] for one in proofs[1:])
    sys.exit(HOLDS if proof.holds(proofs[0]) and clean and loaded.claims else VIOLATED)


def _trials(contract: str, revision: str | None, readings: tuple[str, ...], given: Any) -> list[Any]:
    """Return what is to be proved: the edition with all its faults, and each reading with the faults of what it alone promises."""
    from conformance.embedded import MockBench
    from conformance.suite.prove import Trial

    benches = [MockBench(contract, revision, readings)]
    benches += [MockBench(contract, revision, (name,)) for name in library.readings(contract) if not readings]
    seeds = tuple(str(number + 1) for number in range(given["seeds"]))
    found = []
    for number, bench in enumerate(benches):
        faults = [pair for pair in bench.faults if not given["only"] or any(fnmatch.fnmatchcase(pair[0], one) for one in given["only"])]
        shows = bench.shows if number else frozenset()
        found.append(Trial(bench=bench, faults=tuple(pair for pair in faults if not number or pair[1] in shows), seeds=seeds))
    if not found[0].faults:
        raise UsageError(Problem(message="no fault has such an id", hint="see `conformance mock CONTRACT --list-faults`"))
    return found


def _proofs(trials: list[Any], given: Any, console: Console) -> list[Json]:
    """Return the proof of each trial; claims without a fault count in the first, when all of its faults are tried."""
    import os

    from rich.progress import track

    from conformance.report import proof
    from conformance.suite.plan import Profile
    from conformance.suite.prove import Caught, Cleared, prove

    outcomes: list[list[Any]] = [[] for _ in trials]
    results = prove(trials, given["workers"] or os.cpu_count() or 1, Profile(given["profile"]))
    total = sum(len(trial.faults) + len(trial.seeds) for trial in trials)
    for number, outcome in track(results, trials[0].bench.contract_name, total=total, console=console, transient=True, disable=not console.is_terminal):
        outcomes[number].append(outcome)
    proofs = []
    for number, (trial, found) in enumerate(zip(trials, outcomes, strict=True)):
        caught, cleared = [one for one in found if isinstance(one, Caught)], [one for one in found if isinstance(one, Cleared)]
        seconds = sum(one.seconds for one in found)
        made = proof.document(trial.bench.contract, caught, cleared, seconds)
        proofs.append(made if number == 0 and not given["only"] else {**made, "faultless": []})
    return proofs


def _appended(file: Path, table: str) -> None:
    """Add a row to a Markdown table, with its head when the file is new."""
    head = not file.exists()
    with file.open("a", encoding="utf-8") as stream:
        stream.write(table if head else table.splitlines()[-1] + "\n")


def _parents(contract: Contract, values: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return the parents that exist: those of --param NAME=ID,ID, else the documented example and one more."""
    from conformance.embedded import parents

    given = options.pairs("--param", values)
    known = parents(contract, {})
    strange = sorted(set(given) - set(known))
    if strange:
        raise UsageError(
            Problem(message=f"--param {strange[0]}: no resource of {contract.name} has such a parent", hint=f"it has {', '.join(known) or 'none'}")
        )
    return {**known, **{name: tuple(part.strip() for part in text.split(",")) for name, text in given.items()}}


def _ready(contract: Contract, url: str, guarded: bool, fault: str | None) -> None:
    console = Terminal()
    path = next((operation.path for operation in contract.operations.values() if operation.reads_only), "/")
    for operation in contract.operations.values():
        for parameter in operation.parameters:
            if parameter.examples and "{" + parameter.name + "}" in path:
                path = path.replace("{" + parameter.name + "}", str(parameter.examples[0]))
    console.print(Text.assemble((f"{contract.title} ", "bold"), f"on {url}", (f"  fault {fault}" if fault else "", "bold red")), soft_wrap=True)
    console.print(Text(f'  curl -H "Authorization: Bearer {"$TOKEN" if guarded else "any"}" {url}{path}'), soft_wrap=True)
    if guarded:
        console.print(Text(f"  conformance run {contract.name} --url {url} --token $TOKEN"), soft_wrap=True)
    else:
        console.print(Text("  any token is good for everything; to check credentials too, give --token", style="dim"), soft_wrap=True)
    console.print(Text("  Ctrl-C stops it", style="dim"))


def _fault(contract: Contract, id: str | None) -> Any:
    if id is None:
        return None
    from conformance.mock.faults.catalogue import faults

    known = {fault.id: fault for fault in faults(contract)}
    if id not in known:
        near = [one for one in known if one.startswith(id.partition("!")[0])][:5]
        hint = "did you mean " + ", ".join(near) if near else f"see `conformance mock {contract.name} --list-faults`"
        raise UsageError(Problem(message=f"--fault {id}: {contract.name} has no such fault", hint=hint))
    return known[id]


def _list_faults(contract: Contract) -> None:
    from conformance.mock.faults.catalogue import faults

    console = Terminal()
    for fault in faults(contract):
        console.print(Text.assemble((fault.id, "bold"), (f"\n    {fault.text}", "dim")), soft_wrap=True)


def main() -> None:
    """Run the command line; errors of the user's become a message and an exit status, never a traceback."""
    try:
        cli(standalone_mode=False)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except click.Abort:
        Terminal(stderr=True).print("interrupted: what the run saw itself make was removed")
        sys.exit(INTERRUPTED)
    except KeyboardInterrupt:
        Terminal(stderr=True).print("interrupted: what the run saw itself make was removed")
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(MISUSED)
    except ConformanceError as error:
        console = Terminal(stderr=True)
        for problem in error.problems:
            console.print(Text.assemble(("error ", "bold red"), harmless(str(problem))), soft_wrap=True)
        sys.exit(UNREACHED if isinstance(error, TargetError) else MISUSED)
