"""Exit statuses of commands, and JSON results as files."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from conformance.contract.json import Json
from conformance.errors import Problem, UsageError

SUCCESS, VIOLATED, USAGE_ERROR, INCONCLUSIVE, INTERRUPTED = 0, 1, 2, 3, 130

EXIT_STATUS_HELP = """\b
Exit status:
  0  every claim decided holds
  1  at least one claim is violated
  2  usage, configuration or contract error
  3  the target cannot be reached, or too few claims could be decided
"""


def write_result_json(file: str | None, result: Json) -> None:
    """Write a result as JSON to the file of --json; - is standard output. Raises UsageError when
    the file cannot be written.
    """
    text = json.dumps(result, ensure_ascii=False, indent=1) + "\n"
    if file == "-":
        sys.stdout.write(text)
    elif file is not None:
        try:
            Path(file).write_text(text, "utf-8")
        except OSError as error:
            raise UsageError(
                Problem(message=f"--json {file} cannot be written: {error.strerror}")
            ) from error
