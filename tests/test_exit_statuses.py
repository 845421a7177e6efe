"""One table of exit statuses: in the code, in the help of each command and in the docs."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.cli import COMMANDS
from conformance.commands.exit_codes import EXIT_STATUSES, render_exit_status_table

RunCommand = Callable[[str], tuple[int, str, str]]
PAGE = Path(__file__).parent.parent / "docs/exit-statuses.md"


def test_every_command_is_in_the_table() -> None:
    assert set(EXIT_STATUSES) == set(COMMANDS)


def test_the_page_has_the_table() -> None:
    """The page is made from the code; write it anew if the table changes."""
    assert render_exit_status_table() in PAGE.read_text("utf-8")


@pytest.mark.parametrize("command", list(COMMANDS))
def test_help_shows_the_statuses(conformance: RunCommand, command: str) -> None:
    """Each status of the table stands in the help, and no other one."""
    status, output, _ = conformance(f"{command} --help")
    shown = re.findall(r"^    (\d+)  ", output.partition("Exit status:")[2], re.MULTILINE)
    assert status == 0
    assert {int(text) for text in shown} == {*EXIT_STATUSES[command], 2}


@pytest.mark.parametrize("command", list(COMMANDS))
def test_usage_errors_have_status_2(conformance: RunCommand, command: str) -> None:
    """An option that does not exist is named in the message."""
    status, _, error = conformance(f"{command} --no-such-option")
    assert (status, "--no-such-option" in error) == (2, True)


@pytest.mark.parametrize(
    "line",
    [
        "run no-such-contract",
        "claims no-such-contract",
        "mock no-such-contract",
        "generate no-such-contract",
        "docs no-such-contract --output DIR/site",
        "diff losant no-such-contract",
        "init DIR/no-such-file.yaml",
        "prove losant --fault no-such-fault",
        "proxy losant --upstream not-a-url",
        "report DIR/no-such-file.json",
        "replay DIR/no-such-file.json claim",
        "accept DIR/no-such-file.json claim --reason known",
        "merge DIR/no-such-file.json",
        "clean losant",
        "words no-such-word",
    ],
)
def test_what_a_user_must_mend_has_status_2(
    conformance: RunCommand, tmp_path: Path, line: str
) -> None:
    """A contract, file or target that cannot be used is no violation."""
    status, _, error = conformance(line.replace("DIR", str(tmp_path)).partition("\0")[0])
    assert status == 2, error
    assert "error" in error.lower()
