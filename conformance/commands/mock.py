"""`conformance mock`: serve a contract."""

from __future__ import annotations

import random
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from conformance import options
from conformance.contract import inferring, library
from conformance.contract.contract import Contract
from conformance.errors import Problem, UsageError
from conformance.report import shell
from conformance.report.console import Terminal
from conformance.report.shell import Variable

if TYPE_CHECKING:
    from conformance.mock.state import State
    from conformance.mock.station import Station
    from conformance.mock.world import World


@click.command(short_help="Serve a stateful mock that keeps every promise.")
@options.contract_options
@options.credential_options
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="0 takes any free one.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--seeds",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="How many generated things exist at the start.",
)
@click.option(
    "--seed-data",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Things that exist at the start: YAML or JSON, by resource (and parent).",
)
@click.option(
    "--state",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Keep the state in this SQLite file, over restarts.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Refuse query parameters and body properties that no page documents.",
)
@click.option(
    "--latency",
    metavar="MS[-MS]",
    help="Hold each answer back for so many milliseconds, drawn from the range.",
)
@click.option(
    "--fail",
    metavar="SHARE",
    help="Answer this share of the requests, such as 5%, with 502, 503, 504 or a reset connection.",
)
@click.option(
    "--fault", metavar="ID", help="Break one promise on purpose; --list-faults shows the ids."
)
@click.option(
    "--list-faults", is_flag=True, help="Show the faults that this contract has, and stop."
)
@click.option(
    "--log",
    type=click.Choice(["all", "refused", "none"]),
    default="refused",
    show_default=True,
    help="Which requests to show, and why refused.",
)
@click.option(
    "--cors/--no-cors",
    default=True,
    show_default=True,
    help="Let pages of any origin call the mock.",
)
@click.option(
    "--control/--no-control",
    default=True,
    show_default=True,
    help="Serve /.mock/reset and /.mock/state beside the API.",
)
@click.option(
    "--certificate",
    type=click.Path(exists=True, dir_okay=False),
    help="Serve HTTPS with this certificate (PEM).",
)
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False),
    help="The certificate's private key, where it is in a file of its own.",
)
def mock(contract: str, revision: str | None, readings: tuple[str, ...], **given: Any) -> None:
    """Serve CONTRACT: a stateful mock that keeps every promise, or breaks one with --fault.

    A plain OpenAPI document (3.0 or 3.1) will do, too: what it does not say of resources, paging
    and sorting is guessed by names and shapes. Without --token any bearer token is good for
    everything; with --token and --scoped-token all others are refused. `Prefer: code=404` and
    `Prefer: example=NAME` in a request get that documented answer.

    \b
    conformance mock losant --port 9000 --token secret --scoped-token experienceGroups.get=readonly
    conformance mock push-express --state groups.sqlite --latency 20-200 --fail 5%
    """
    loaded = library.load(contract, revision, readings, infer=True)
    if given["list_faults"]:
        _list_faults(loaded)
        return
    from conformance.mock.serve import serve

    station = _station(loaded, given)
    guarded = station.mock.world.tokens is not None
    try:
        serve(
            station.mock,
            given["host"],
            given["port"],
            lambda url: _ready(loaded, url, guarded, given),
            answer=station.answer,
            delay=_delay(given["latency"]),
            tls=_tls(given["certificate"], given["key"]),
        )
    finally:
        if station.file is not None:
            station.file.close(station.state)


def _station(contract: Contract, given: Mapping[str, Any]) -> Station:
    """Return the mock that the command line describes, with all that is put around it."""
    from conformance.mock import keeping
    from conformance.mock.mock import Mock
    from conformance.mock.station import Station
    from conformance.mock.strictness import strict

    fault = _fault(contract, given["fault"])
    world = _world(contract, given, max(given["seeds"], fault.seeds if fault else 0))
    made = (
        Mock(contract, world, fault, depart=strict)
        if given["strict"]
        else Mock(contract, world, fault)
    )

    def start() -> State:
        state = made.start()
        if given["seed_data"]:
            keeping.planted(made, state, _data(given["seed_data"]), given["seed_data"])
        return state

    file = keeping.File(made, Path(given["state"])) if given["state"] else None
    kept = file.load() if file else None
    state = start() if kept is None else kept
    if file and kept is None:
        file.begin(state)
    return Station(
        mock=made,
        state=state,
        start=start,
        file=file,
        fail=_fail(given["fail"], contract),
        log=None if given["log"] == "none" else lambda line: print(line, flush=True),
        log_all=given["log"] == "all",
        cors=given["cors"],
        control=given["control"],
    )


def _world(contract: Contract, given: Mapping[str, Any], seeds: int) -> World:
    from conformance.mock.world import World

    token = options.secret(given["token"])
    scoped = {
        value: scope for scope, value in options.pairs("--scoped-token", given["scoped"]).items()
    }
    strange = sorted(set(scoped.values()) - set(contract.scopes))
    if strange:
        raise UsageError(
            Problem(
                message=f"--scoped-token {strange[0]}: {contract.name} has no such scope",
                hint=f"it has {', '.join(contract.scopes) or 'none'}",
            )
        )
    tokens = frozenset({token} if token else ()) if token or scoped else None
    guessed = inferring.is_guessed(contract.document)
    return World(
        parents=_parents(contract, given["parameters"]),
        tokens=tokens,
        scoped=scoped,
        seeds=seeds,
        open=guessed,
    )


def _data(file: str) -> Any:
    from conformance.contract.document import parse

    try:
        return parse(Path(file).read_text("utf-8"), file).value
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            Problem(message=f"--seed-data {file}: the file cannot be read", hint=str(error))
        ) from error


def _delay(latency: str | None) -> Callable[[], float] | None:
    if latency is None:
        return None
    low, _, high = latency.removesuffix("ms").partition("-")
    try:
        least, most = float(low) / 1000, float(high or low) / 1000
    except ValueError as error:
        raise UsageError(
            Problem(message=f"--latency {latency}: it is written in milliseconds, as 50 or 20-200")
        ) from error
    if not 0 <= least <= most <= 3600:
        raise UsageError(
            Problem(
                message=f"--latency {latency}: it is written in milliseconds, the lower bound first"
            )
        )
    return lambda: random.uniform(least, most)


def _fail(share: str | None, contract: Contract) -> Any:
    if share is None:
        return None
    from conformance.mock.failing import failing

    try:
        part = float(share.removesuffix("%")) / (100 if share.endswith("%") else 1)
    except ValueError as error:
        raise UsageError(
            Problem(message=f"--fail {share}: it is a share such as 5% or 0.05")
        ) from error
    if not 0 <= part <= 1:
        raise UsageError(Problem(message=f"--fail {share}: it lies between 0% and 100%"))
    return failing(part, contract.document, random.Random())


def _tls(certificate: str | None, key: str | None) -> ssl.SSLContext | None:
    if certificate is None:
        if key is not None:
            raise UsageError(Problem(message="--key is of no use without --certificate"))
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, key)
    except (ssl.SSLError, OSError) as error:
        raise UsageError(
            Problem(
                message=f"--certificate {certificate}: {error}",
                hint="it is a PEM file; its key is in it, or in --key",
            )
        ) from error
    return context


def _parents(contract: Contract, values: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return the parents that exist: those of --param NAME=ID,ID, else the documented example and
    one more.
    """
    from conformance.mock.world import pairs as parents

    given = options.pairs("--param", values)
    known = parents(contract, {})
    strange = sorted(set(given) - set(known))
    if strange:
        raise UsageError(
            Problem(
                message=f"--param {strange[0]}: no resource of {contract.name} has such a parent",
                hint=f"it has {', '.join(known) or 'none'}",
            )
        )
    return {
        **known,
        **{name: tuple(part.strip() for part in text.split(",")) for name, text in given.items()},
    }


def _ready(contract: Contract, url: str, guarded: bool, given: Mapping[str, Any]) -> None:
    console, root = (
        Terminal(),
        url.partition("://")[0] + "://" + url.partition("://")[2].partition("/")[0],
    )
    path = next(
        (operation.path for operation in contract.operations.values() if operation.reads_only), "/"
    )
    for operation in contract.operations.values():
        for parameter in operation.parameters:
            if parameter.examples and "{" + parameter.name + "}" in path:
                path = path.replace("{" + parameter.name + "}", str(parameter.examples[0]))
    told = "".join(
        f"  {name} {given[name]}" for name in ("fault", "latency", "fail", "state") if given[name]
    ) + ("  strict" if given["strict"] else "")
    console.print(
        Text.assemble((f"{contract.title} ", "bold"), f"on {url}", (told, "bold red")),
        soft_wrap=True,
    )
    insecure = ("--insecure",) if given["certificate"] else ()
    token: str | Variable = Variable("TOKEN") if guarded else "any"
    sample = shell.command("curl", *insecure, "-H", ("Authorization: Bearer ", token), url + path)
    console.print(Text(f"  {sample}"), soft_wrap=True)
    if guarded:
        words = ("conformance", "run", contract.name, "--url", url, "--token", Variable("TOKEN"))
        console.print(Text(f"  {shell.command(*words)}"), soft_wrap=True)
    else:
        console.print(
            Text(
                "  any token is good for everything; to check credentials too, give --token",
                style="dim",
            ),
            soft_wrap=True,
        )
    if given["control"]:
        reset = shell.command("curl", *insecure, "-X", "POST", root + "/.mock/reset")
        text = f"  {reset}    GET and PUT {root}/.mock/state to look at the state and put it back"
        console.print(Text(text, style="dim"), soft_wrap=True)
    if inferring.is_guessed(contract.document):
        served = sum(contract.resource_of(id) is not None for id in contract.operations)
        whole = (
            f"{served} of {len(contract.operations)} operations keep what is sent, the others"
            " answer with examples"
        )
        console.print(
            Text(f"  guessed: {whole}; `conformance init` writes it down", style="dim"),
            soft_wrap=True,
        )
    console.print(Text("  Ctrl-C stops it", style="dim"))


def _fault(contract: Contract, id: str | None) -> Any:
    if id is None:
        return None
    from conformance.mock.faults.catalogue import faults

    known = {fault.id: fault for fault in faults(contract)}
    if id not in known:
        near = [one for one in known if one.startswith(id.partition("!")[0])][:5]
        hint = (
            "did you mean " + ", ".join(near)
            if near
            else f"see `conformance mock {contract.name} --list-faults`"
        )
        raise UsageError(
            Problem(message=f"--fault {id}: {contract.name} has no such fault", hint=hint)
        )
    return known[id]


def _list_faults(contract: Contract) -> None:
    from conformance.mock.faults.catalogue import faults

    console = Terminal()
    for fault in faults(contract):
        console.print(
            Text.assemble((fault.id, "bold"), (f"\n    {fault.text}", "dim")), soft_wrap=True
        )
