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
from conformance.contract import inference, loader
from conformance.contract.contract import Contract
from conformance.errors import Problem, UsageError
from conformance.report import shell
from conformance.report.console import PipeSafeConsole
from conformance.report.shell import ShellVariable

if TYPE_CHECKING:
    from conformance.mock.app import MockApp
    from conformance.mock.config import MockConfig
    from conformance.mock.fault import Fault
    from conformance.mock.state import MockState


@click.command(short_help="Serve a stateful mock that keeps every promise.")
@options.contract_options
@options.credential_options
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="The port to listen on; 0 chooses a free one.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--seeds",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Number of generated items that exist at the start.",
)
@click.option(
    "--seed-data",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Items that exist at the start: YAML or JSON, by resource (and parent).",
)
@click.option(
    "--state",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Keep the state in this SQLite file between restarts.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Refuse query parameters and body properties that no page documents.",
)
@click.option(
    "--latency",
    metavar="MS[-MS]",
    help="Delay each answer by this many milliseconds, drawn from the range.",
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
    help="Which requests to show; refused ones with the reason.",
)
@click.option(
    "--cors/--no-cors",
    default=True,
    show_default=True,
    help="Allow web pages of any origin to call the mock.",
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
    help="The private key of the certificate, if it is in another file.",
)
def mock(
    contract: str, revision: str | None, interpretations: tuple[str, ...], **settings: Any
) -> None:
    """Serve CONTRACT: a stateful mock that keeps every promise, or breaks one with --fault.

    A plain OpenAPI document (3.0 to 3.2) will do, too: what it does not say of resources, paging
    and sorting is guessed by names and shapes. Without --token any bearer token is good for
    everything; with --token and --scoped-token all others are refused. `Prefer: code=404` and
    `Prefer: example=NAME` in a request get that documented answer.

    \b
    conformance mock losant --port 9000 --token secret --scoped-token experienceGroups.get=readonly
    conformance mock push-express --state groups.sqlite --latency 20-200 --fail 5%
    """
    loaded = loader.load_contract(contract, revision, interpretations, infer=True)
    if settings["list_faults"]:
        _print_faults(loaded)
        return
    from conformance.mock.server import serve_until_interrupted

    app = _build_mock_app(loaded, settings)
    requires_token = bool(app.mock.config.tokens or app.mock.config.credentials)
    try:
        serve_until_interrupted(
            app.mock,
            settings["host"],
            settings["port"],
            lambda url: _print_mock_banner(loaded, url, requires_token, settings),
            respond=app.respond,
            delay=_create_latency_sampler(settings["latency"]),
            tls=_create_tls_context(settings["certificate"], settings["key"]),
        )
    finally:
        if app.state_file is not None:
            app.state_file.close(app.state)


def _build_mock_app(contract: Contract, settings: Mapping[str, Any]) -> MockApp:
    """Return the mock that the command line describes, with all that is put around it."""
    from conformance.mock import persistence
    from conformance.mock.app import MockApp
    from conformance.mock.mock import Mock
    from conformance.mock.seed_data import insert_seed_data_into_state
    from conformance.mock.undeclared_inputs import make_service_refuse_undeclared_inputs

    fault = _find_fault_by_id(contract, settings["fault"])
    config = _build_mock_config(
        contract, settings, max(settings["seeds"], fault.seed_count if fault else 0)
    )
    mock_instance = (
        Mock(contract, config, fault, patch=make_service_refuse_undeclared_inputs)
        if settings["strict"]
        else Mock(contract, config, fault)
    )

    def create_initial_state() -> MockState:
        state = mock_instance.create_state()
        if settings["seed_data"]:
            insert_seed_data_into_state(
                mock_instance,
                state,
                _read_seed_data_file(settings["seed_data"]),
                settings["seed_data"],
            )
        return state

    file = (
        persistence.StateFile(mock_instance, Path(settings["state"])) if settings["state"] else None
    )
    saved_state = file.load() if file else None
    state = create_initial_state() if saved_state is None else saved_state
    if file and saved_state is None:
        file.overwrite(state)
    return MockApp(
        mock=mock_instance,
        state=state,
        create_state=create_initial_state,
        state_file=file,
        inject_failure=_create_failure_injector(settings["fail"]),
        log=None if settings["log"] == "none" else lambda text: print(text, flush=True),
        log_all=settings["log"] == "all",
        cors=settings["cors"],
        control_api=settings["control"],
    )


def _build_mock_config(contract: Contract, settings: Mapping[str, Any], seeds: int) -> MockConfig:
    from conformance.mock.config import MockConfig

    token, user = options.read_token(settings["token"]), options.read_user(settings["user"])
    credentials = options.parse_credential_options(contract, settings["credentials"])
    scoped = {
        value: scope
        for scope, value in options.parse_name_value_pairs(
            "--scoped-token", settings["scoped"]
        ).items()
    }
    unknown_scopes = sorted(set(scoped.values()) - set(contract.scopes))
    if unknown_scopes:
        raise UsageError(
            Problem(
                message=f"--scoped-token {unknown_scopes[0]}: {contract.name} has no such scope",
                hint=f"it has {', '.join(contract.scopes) or 'none'}",
            )
        )
    others = (
        options.read_other_token(settings["other_token"]),
        options.read_other_user(settings["other_user"]),
    )
    credential = frozenset(secret for secret in (token, user) if secret)
    tokens = credential if credential or scoped or credentials else None
    guessed = inference.has_unconfirmed_guesses(contract.document)
    return MockConfig(
        parents=_resolve_parent_ids(contract, settings["parameters"]),
        tokens=tokens,
        credentials=credentials,
        other_tokens=frozenset(secret for secret in others if secret),
        token_scopes=scoped,
        seed_count=seeds,
        permissive=guessed,
    )


def _read_seed_data_file(file: str) -> Any:
    from conformance.contract.document import parse_yaml_document

    try:
        return parse_yaml_document(Path(file).read_text("utf-8"), file).value
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            Problem(message=f"--seed-data {file}: the file cannot be read", hint=str(error))
        ) from error


def _create_latency_sampler(latency: str | None) -> Callable[[], float] | None:
    if latency is None:
        return None
    low, _, high = latency.removesuffix("ms").partition("-")
    try:
        shortest, longest = float(low) / 1000, float(high or low) / 1000
    except ValueError as error:
        raise UsageError(
            Problem(message=f"--latency {latency}: it is written in milliseconds, as 50 or 20-200")
        ) from error
    if not 0 <= shortest <= longest <= 3600:
        raise UsageError(
            Problem(
                message=f"--latency {latency}: it is written in milliseconds, the lower bound first"
            )
        )
    return lambda: random.uniform(shortest, longest)


def _create_failure_injector(share: str | None) -> Any:
    if share is None:
        return None
    from conformance.mock.gateway_errors import build_gateway_failure_injector

    try:
        fraction = float(share.removesuffix("%")) / (100 if share.endswith("%") else 1)
    except ValueError as error:
        raise UsageError(
            Problem(message=f"--fail {share}: it is a share such as 5% or 0.05")
        ) from error
    if not 0 <= fraction <= 1:
        raise UsageError(Problem(message=f"--fail {share}: it lies between 0% and 100%"))
    return build_gateway_failure_injector(fraction, random.Random())


def _create_tls_context(certificate: str | None, key: str | None) -> ssl.SSLContext | None:
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


def _resolve_parent_ids(contract: Contract, values: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return the parents that exist: those of --param NAME=ID,ID, else the documented example and
    one more.
    """
    from conformance.mock.config import choose_two_ids_per_parent_parameter as list_parent_ids

    overrides = options.parse_name_value_pairs("--param", values)
    documented = list_parent_ids(contract, {})
    unknown = sorted(set(overrides) - set(documented))
    if unknown:
        raise UsageError(
            Problem(
                message=f"--param {unknown[0]}: no resource of {contract.name} has such a parent",
                hint=f"it has {', '.join(documented) or 'none'}",
            )
        )
    return {
        **documented,
        **{
            name: tuple(part.strip() for part in text.split(","))
            for name, text in overrides.items()
        },
    }


def _print_mock_banner(
    contract: Contract, url: str, requires_token: bool, settings: Mapping[str, Any]
) -> None:
    from conformance.docs import code_sample

    console, root = (
        PipeSafeConsole(),
        url.partition("://")[0] + "://" + url.partition("://")[2].partition("/")[0],
    )
    shown = next(
        (operation for operation in contract.operations.values() if operation.is_safe), None
    )
    path = shown.path if shown else "/"
    for operation in contract.operations.values():
        for parameter in operation.parameters:
            if parameter.examples and "{" + parameter.name + "}" in path:
                path = path.replace("{" + parameter.name + "}", str(parameter.examples[0]))
    notes = "".join(
        f"  {name} {settings[name]}"
        for name in ("fault", "latency", "fail", "state")
        if settings[name]
    ) + ("  strict" if settings["strict"] else "")
    console.print(
        Text.assemble((f"{contract.title} ", "bold"), f"on {url}", (notes, "bold red")),
        soft_wrap=True,
    )
    insecure = ("--insecure",) if settings["certificate"] else ()
    credentials = [
        word
        for words in (code_sample.list_credential_arguments(contract, shown) if shown else ())
        for word in words
    ]
    example = shell.format_shell_command("curl", *insecure, *credentials, url + path)
    console.print(Text(f"  {example}"), soft_wrap=True)
    if requires_token:
        words: list[shell.ShellWord] = ["conformance", "run", contract.name, "--url", url]
        words += ["--token", ShellVariable("TOKEN")] if settings["token"] else []
        words += ["--user", ShellVariable("CREDENTIALS")] if settings["user"] else []
        for name in dict.fromkeys(
            credential.partition("=")[0] for credential in settings["credentials"]
        ):
            words += ["--credential", (f"{name}=", code_sample.name_shell_variable(name))]
        console.print(Text(f"  {shell.format_shell_command(*words)}"), soft_wrap=True)
    elif contract.security_schemes:
        console.print(
            Text(
                "  any credential is good for everything; to check them too, give --token, --user"
                " or --credential",
                style="dim",
            ),
            soft_wrap=True,
        )
    if settings["control"]:
        reset = shell.format_shell_command("curl", *insecure, "-X", "POST", root + "/.mock/reset")
        text = f"  {reset}    GET and PUT {root}/.mock/state to look at the state and put it back"
        console.print(Text(text, style="dim"), soft_wrap=True)
    if inference.has_unconfirmed_guesses(contract.document):
        stateful_count = sum(contract.resource_for(id) is not None for id in contract.operations)
        coverage = (
            f"{stateful_count} of {len(contract.operations)} operations keep what is sent, the"
            " others"
            " answer with examples"
        )
        console.print(
            Text(f"  guessed: {coverage}; `conformance init` writes it down", style="dim"),
            soft_wrap=True,
        )
    console.print(Text("  Ctrl-C stops it", style="dim"))


def _find_fault_by_id(contract: Contract, id: str | None) -> Fault | None:
    if id is None:
        return None
    from conformance.mock.faults.catalog import list_contract_faults

    faults_by_id = {fault.id: fault for fault in list_contract_faults(contract)}
    if id not in faults_by_id:
        similar = [
            fault_id for fault_id in faults_by_id if fault_id.startswith(id.partition("!")[0])
        ][:5]
        hint = (
            "did you mean " + ", ".join(similar)
            if similar
            else f"see `conformance mock {contract.name} --list-faults`"
        )
        raise UsageError(
            Problem(message=f"--fault {id}: {contract.name} has no such fault", hint=hint)
        )
    return faults_by_id[id]


def _print_faults(contract: Contract) -> None:
    from conformance.mock.faults.catalog import list_contract_faults

    console = PipeSafeConsole()
    for fault in list_contract_faults(contract):
        console.print(
            Text.assemble((fault.id, "bold"), (f"\n    {fault.text}", "dim")), soft_wrap=True
        )
