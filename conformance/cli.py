"""Arguments in, exit code out."""

from __future__ import annotations

import sys

import click
from rich.text import Text

from conformance.commands.claims import claims
from conformance.commands.generate import generate
from conformance.commands.mock import mock
from conformance.commands.outcome import EXITS, INTERRUPTED, MISUSED, UNREACHED
from conformance.commands.prove import prove
from conformance.commands.run import run
from conformance.errors import ConformanceError, TargetError
from conformance.report import record
from conformance.report.console import Terminal, harmless


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}, epilog=EXITS)
@click.version_option(record.tool_version(), prog_name="conformance")
def cli() -> None:
    """Find out whether a server keeps what its documentation promises.

    CONTRACT is a built-in name (losant, push-express) or the path of an OpenAPI file or folder.

    \b
    conformance run losant                                 check the embedded mock
    conformance run losant --url http://127.0.0.1:9000     check a server
    conformance claims push-express                        see what would be checked
    conformance generate losant                            emit a typed client
    """


for command in (run, claims, mock, generate, prove):
    cli.add_command(command)


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
