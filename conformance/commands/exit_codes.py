"""Exit statuses of all commands, in one table, and JSON results as files."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from conformance.errors import Problem, UsageError
from conformance.report.conclusion import get_conclusion
from conformance.report.result import Result
from conformance.report.status import RunStatus

SUCCESS, VIOLATED, USAGE_ERROR, INCONCLUSIVE, INTERRUPTED = 0, 1, 2, 3, 130

_USAGE = "usage, configuration or contract error; a file that cannot be written"
_OUTDATED = f"{_USAGE}; an accepted violation that is outdated"
# What each status means, by command. 1 is the negative answer that a command was asked for, and
# nothing else; 2 is for what its user or the machine must mend; 3 means undecided.
EXIT_STATUSES: Mapping[str, Mapping[int, str]] = {
    "list": {SUCCESS: "the contracts are listed"},
    "run": {
        SUCCESS: "every claim that was decided holds",
        VIOLATED: "at least one claim is violated",
        USAGE_ERROR: _OUTDATED,
        INCONCLUSIVE: "the server cannot be reached, or too few claims could be decided",
        INTERRUPTED: "interrupted; the reports hold what was decided",
    },
    "claims": {SUCCESS: "the claims are listed"},
    "mock": {SUCCESS: "ended by Ctrl-C"},
    "generate": {
        SUCCESS: "the client was written, or is up to date",
        VIOLATED: "with --check: the client is out of date",
    },
    "docs": {SUCCESS: "the site was written"},
    "diff": {
        SUCCESS: "compared; with --breaking: no change breaks callers",
        VIOLATED: "with --breaking: a change breaks callers",
    },
    "init": {SUCCESS: "the contract was written"},
    "prove": {
        SUCCESS: "every fault was found, and no honest server accused",
        VIOLATED: "a fault was missed, an honest server accused, or a claim has no fault",
    },
    "proxy": {
        SUCCESS: "every claim that was decided holds",
        VIOLATED: "at least one claim is violated",
        USAGE_ERROR: _OUTDATED,
        INCONCLUSIVE: "the traffic decided too few claims, or none",
    },
    "report": {
        SUCCESS: "shown; with --against: nothing is newly broken",
        VIOLATED: "with --against: something is newly broken, or broken again",
    },
    "replay": {
        SUCCESS: "the promise is kept now",
        VIOLATED: "the finding shows again",
        INCONCLUSIVE: "the server cannot be reached, or nothing could be seen",
    },
    "accept": {SUCCESS: "the entry was written"},
    "merge": {
        SUCCESS: "every claim that was decided holds",
        VIOLATED: "at least one claim is violated",
        USAGE_ERROR: _OUTDATED,
        INCONCLUSIVE: "a part is missing, doubled or of another run, or too few claims are decided",
    },
    "clean": {
        SUCCESS: "nothing is left",
        INCONCLUSIVE: "something could not be deleted, or not everything could be seen",
    },
    "words": {SUCCESS: "the words are shown"},
    "schema": {SUCCESS: "the schema is shown"},
}
COMMON_EXIT_STATUSES = {
    SUCCESS: "the answer is yes",
    VIOLATED: "the answer is no: a violation, a stale client, a breaking change, a missed fault",
    USAGE_ERROR: _USAGE,
    INCONCLUSIVE: "undecided: the server cannot be reached, or too little could be seen",
    INTERRUPTED: "interrupted (Ctrl-C)",
}


def list_exit_statuses(command: str | None) -> dict[int, str]:
    """Return the meaning of each status of a command, or of all commands together."""
    if command is None:
        return COMMON_EXIT_STATUSES
    return dict(sorted({USAGE_ERROR: _USAGE, **EXIT_STATUSES[command]}.items()))


def build_exit_status_help(command: str | None) -> str:
    """Return the part of a command's help that explains its exit statuses."""
    rows = [f"  {status}  {text}" for status, text in list_exit_statuses(command).items()]
    return "\n".join(["\b", "Exit status:", *rows])


def render_exit_status_table() -> str:
    """Return the statuses of all commands as a Markdown table."""
    statuses = (SUCCESS, VIOLATED, USAGE_ERROR, INCONCLUSIVE, INTERRUPTED)
    rows = [
        "| command | " + " | ".join(map(str, statuses)) + " |",
        "|---" * (len(statuses) + 1) + "|",
    ]
    for command in EXIT_STATUSES:
        meanings = list_exit_statuses(command)
        cells = [meanings.get(status, "") for status in statuses]
        cells[2] = cells[2].replace(_USAGE, "error")
        rows.append(f"| `{command}` | {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


_STATUS_BY_RUN = {
    RunStatus.PASSED: SUCCESS,
    RunStatus.VIOLATED: VIOLATED,
    RunStatus.OUTDATED: USAGE_ERROR,
    RunStatus.UNDECIDED: INCONCLUSIVE,
    RunStatus.INTERRUPTED: INTERRUPTED,
}


def get_exit_status(result: Result) -> int:
    """Return the exit status of a run from its conclusion."""
    status = get_conclusion(result).status
    assert status is not None
    return _STATUS_BY_RUN[status]


def write_result_json(file: str | None, result: Result) -> Result:
    """Write a result as JSON to the file of --json; - is standard output.

    Returns the result, which knows its file if it has one. Raises UsageError when the file cannot
    be written.
    """
    if file is None:
        return result
    text = json.dumps(result.to_json(), ensure_ascii=False, indent=1) + "\n"
    if file == "-":
        sys.stdout.write(text)
        return result
    try:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).write_text(text, "utf-8", "surrogatepass")
    except OSError as error:
        raise UsageError(
            Problem(message=f"--json {file} cannot be written: {error.strerror}")
        ) from error
    return replace(result, file=file)
