"""The command line: its commands, and the exit status of errors."""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import version

import click
from rich.text import Text

from conformance.commands.exit_codes import (
    INCONCLUSIVE,
    INTERRUPTED,
    USAGE_ERROR,
    build_exit_status_help,
)
from conformance.errors import ConformanceError, IncompleteResultsError, TargetUnreachableError
from conformance.report.console import PipeSafeConsole
from conformance.report.text import sanitize_text

COMMANDS = (
    "run",
    "mock",
    "proxy",
    "list",
    "claims",
    "prove",
    "words",
    "schema",
    "init",
    "generate",
    "docs",
    "diff",
    "report",
    "replay",
    "accept",
    "merge",
    "clean",
)


class LazyCommandGroup(click.Group):
    """The commands, each imported only when it is named: what `run` needs takes longer to import
    than `mock` takes to start.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, the main job first."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of a name, or None when there is none."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(
            importlib.import_module(f"conformance.commands.{cmd_name}"), cmd_name
        )
        command.epilog = build_exit_status_help(cmd_name)
        return command


@click.group(
    cls=LazyCommandGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog=build_exit_status_help(None),
)
@click.version_option(version("api-conformance"), prog_name="conformance")
def cli() -> None:
    """Find out whether a server keeps what its documentation promises.

    CONTRACT is a built-in name (`conformance list`) or the path of an OpenAPI file or folder;
    NAME@REVISION names an older or newer edition of it.

    \b
    conformance run losant                                 check the embedded mock
    conformance run losant --url http://127.0.0.1:9000     check a server
    conformance claims push-express                        see what would be checked
    """


def main() -> None:
    """Run the command line; errors of the user's become a message and an exit status, never a
    traceback.
    """
    try:
        cli(standalone_mode=False)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except click.Abort:
        PipeSafeConsole(stderr=True).print("interrupted: what the run saw itself make was removed")
        sys.exit(INTERRUPTED)
    except KeyboardInterrupt:
        PipeSafeConsole(stderr=True).print("interrupted: what the run saw itself make was removed")
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(USAGE_ERROR)
    except ConformanceError as error:
        console = PipeSafeConsole(stderr=True)
        for problem in error.problems:
            console.print(
                Text.assemble(("error ", "bold red"), sanitize_text(str(problem))), soft_wrap=True
            )
        is_undecided = isinstance(error, TargetUnreachableError | IncompleteResultsError)
        sys.exit(INCONCLUSIVE if is_undecided else USAGE_ERROR)
