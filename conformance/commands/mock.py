"""`conformance mock`: serve a contract."""

from __future__ import annotations

from typing import Any

import click
from rich.text import Text

from conformance import options
from conformance.contract.contract import Contract
from conformance.errors import Problem, UsageError
from conformance.report.console import Terminal


@click.command(short_help="Serve a stateful mock that keeps every promise.")
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
