"""Generate clients from real documents: results and seconds, compared with two other generators.

python benchmarks/corpus.py FOLDER [--peers] [--only NAME]    needs npm; mypy and ruff; with --peers
openapi-python-client and datamodel-code-generator

FOLDER receives the downloads (by package name, from npm) and the output. Each document either
becomes a package that imports and passes `mypy --strict` and `ruff check`, or is rejected with a
JSON pointer. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from pathlib import Path

from documents import DOCUMENTS, fetch_document

TIMEOUT = 240


def main() -> None:
    """Generate, check, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=lambda text: Path(text).resolve())
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--only")
    options = parser.parse_args()
    peers = ["openapi-python-client", "datamodel-code-generator"] if options.peers else []
    print(
        "| document | MB | conformance | mypy --strict, ruff, import"
        f" |{''.join(f' {peer} |' for peer in peers)}"
    )
    print("|---|---:|---|---|" + "---|" * len(peers))
    for name in DOCUMENTS:
        if options.only in (None, name):
            file = fetch_document(options.folder, name)
            cells = [
                name,
                f"{file.stat().st_size / 1e6:.2f}",
                *_measure_conformance(options.folder, name, file),
            ]
            cells += [_measure_peer(options.folder, name, file, peer) for peer in peers]
            print(f"| {' | '.join(cells)} |", flush=True)


def _measure_conformance(folder: Path, name: str, file: Path) -> tuple[str, str]:
    out = folder / "out" / name
    shutil.rmtree(out, ignore_errors=True)
    seconds, process = _run_timed(
        [sys.executable, "-m", "conformance", "generate", str(file.parent), "--output", str(out)]
    )
    if process is None or process.returncode:
        error_output = (
            (process.stderr if process else "too slow").replace("\n", " ").replace("|", "/")
        )
        return (
            f"refused, {seconds:.1f} s: {error_output[error_output.find('openapi.') :][:160]}",
            "-",
        )
    module = next(marker.parent for marker in out.glob("*/py.typed")).name
    groups = f"{module}.groups"
    code = (
        f"import {groups}, pkgutil, importlib; [importlib.import_module('{groups}.' + one.name) for"
        f" one in pkgutil.iter_modules({groups}.__path__)]"
    )
    checks = {
        "mypy": [sys.executable, "-m", "mypy"],
        "ruff": [sys.executable, "-m", "ruff", "check", "-q", "."],
        "import": [sys.executable, "-c", code],
    }
    results = [(check, _run_timed(command, out)[1]) for check, command in checks.items()]
    failed_checks = [check for check, result in results if result is None or result.returncode]
    return (
        f"{seconds:.1f} s",
        "clean" if not failed_checks else f"not clean: {', '.join(failed_checks)}",
    )


def _measure_peer(folder: Path, name: str, file: Path, peer: str) -> str:
    out = folder / peer / name.replace("-", "_")  # mypy accepts no other name for a package
    shutil.rmtree(out, ignore_errors=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    if peer == "openapi-python-client":
        (folder / "peer.json").write_text('{"literal_enums": true}')
        command = [
            sys.executable,
            "-m",
            "openapi_python_client",
            "generate",
            "--path",
            str(file),
            "--output-path",
            str(out),
            "--meta",
            "none",
        ]
        command += ["--config", str(folder / "peer.json")]
    else:
        command = [
            sys.executable,
            "-m",
            "datamodel_code_generator",
            "--input",
            str(file),
            "--output",
            str(out.with_suffix(".py")),
            "--input-file-type",
            "openapi",
        ]
        command += ["--output-model-type", "pydantic_v2.BaseModel"]
    seconds, process = _run_timed(command)
    if process is None or process.returncode:
        return f"failed, {seconds:.1f} s"
    generated = out if peer == "openapi-python-client" else out.with_suffix(".py")
    _, mypy_process = _run_timed(
        [sys.executable, "-m", "mypy", "--strict", "--explicit-package-bases", str(generated)],
        folder,
    )
    warnings = (process.stdout + process.stderr).count("WARNING")
    errors = (
        "mypy too slow"
        if mypy_process is None
        else (
            f"mypy: {mypy_process.stdout.strip().splitlines()[-1].partition(' (')[0]}"
            if mypy_process.stdout.strip()
            else "mypy: none"
        )
    )
    return f"{seconds:.1f} s, {warnings} warnings, {errors}"


def _run_timed(
    command: list[str], folder: Path | None = None
) -> tuple[float, subprocess.CompletedProcess[str] | None]:
    start = time.perf_counter()
    try:
        process = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired:
        return float(TIMEOUT), None
    return time.perf_counter() - start, process


if __name__ == "__main__":
    main()
