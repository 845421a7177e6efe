"""Run the commands that read a document on thirty real ones: mock, docs, init and diff.

    python benchmarks/document_commands.py FOLDER [--only NAME]

FOLDER receives the downloads and the output. `diff` compares a document with its previous edition,
and `claims` reads what `init` wrote. Each command either succeeds or refuses the document with its
place; anything else is a crash, and the exit status is 1. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from pathlib import Path

from documents import DOCUMENTS, fetch_document

TIMEOUT = 600
REFUSED = 2


def main() -> None:
    """Run all commands on all documents, print, and exit with 1 if one crashed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=lambda text: Path(text).resolve())
    parser.add_argument("--only")
    options = parser.parse_args()
    print("| document | MB | mock | docs | init | its claims | diff |\n|---" + "|---:" * 6 + "|")
    crashes: list[str] = []
    for name in DOCUMENTS:
        if options.only in (None, name):
            print(run_commands(options.folder, name, crashes), flush=True)
    for crash in crashes:
        print(crash, file=sys.stderr)
    sys.exit(1 if crashes else 0)


def run_commands(folder: Path, name: str, crashes: list[str]) -> str:
    """Return the row of a document; what crashed is added to `crashes`."""
    file, previous = fetch_document(folder, name), fetch_document(folder, name, previous=True)
    out = folder / "commands" / name
    shutil.rmtree(out, ignore_errors=True)
    cells = [name, f"{file.stat().st_size / 1e6:.2f}"]
    for command in (
        ["mock", str(file), "--list-faults"],
        ["docs", str(file), "--output", str(out / "site")],
        ["init", str(file), "--output", str(out / "contract")],
        ["claims", str(out / "contract")],
        ["diff", str(previous), str(file)],
    ):
        is_made = command[0] != "claims" or (out / "contract").exists()
        cells.append(run_command(name, command, crashes) if is_made else "–")
    return f"| {' | '.join(cells)} |"


def run_command(name: str, command: list[str], crashes: list[str]) -> str:
    """Return the seconds of a command, or why the document is refused."""
    started_at = time.perf_counter()
    try:
        process = subprocess.run(
            [sys.executable, "-m", "conformance", *command],
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        crashes.append(f"{name}: {command[0]} takes more than {TIMEOUT} s")
        return "too slow"
    seconds = f"{time.perf_counter() - started_at:.1f}"
    if process.returncode == 0:
        return seconds
    message = process.stderr.strip()
    is_refusal = process.returncode == REFUSED and "Traceback" not in message
    if not is_refusal or "openapi." not in message:
        crashes.append(f"{name}: {command[0]} → {process.returncode}\n{message[-2000:]}")
        return "CRASH"
    return "refused"


if __name__ == "__main__":
    main()
