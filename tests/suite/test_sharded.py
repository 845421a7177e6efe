"""Parts of a run, put together, say what the whole says; so do processes and a Dask cluster."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.suite.staging import Staging, contract, credentials, listening


def result(folder: Path, name: str, *words: str) -> dict[str, str]:
    """Return the verdicts of a run by claim."""
    line = [sys.executable, "-m", "conformance", *words, "--json", f"{name}.json"]
    done = subprocess.run(
        line, cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return {
        claim["id"]: claim["verdict"]
        for claim in json.loads((folder / f"{name}.json").read_text())["claims"]
    }


def test_shards_merged(tmp_path: Path) -> None:
    """Three parts hold every claim once, and merged they decide as one run does."""
    staging = Staging(contract("push-express"), seeds=3)
    with listening(staging) as url:
        line = [
            "run",
            "push-express",
            "--url",
            url,
            "--ledger",
            "ledger.sqlite",
            *credentials(staging.contract),
        ]
        whole = result(tmp_path, "whole", *line)
        parts = [
            result(tmp_path, f"part{n}", *line, "--shard", f"{n}/3", "--min-decided", "0")
            for n in (1, 2, 3)
        ]
        merged = result(tmp_path, "merged", "merge", "part1.json", "part2.json", "part3.json")
    assert sorted(id for part in parts for id in part) == sorted(whole)
    assert merged == whole


def test_processes(tmp_path: Path) -> None:
    """Parts that go to processes of their own decide as one run does."""
    staging = Staging(contract("push-express"), seeds=3)
    with listening(staging) as url:
        line = ["run", "push-express", "--url", url, *credentials(staging.contract)]
        assert result(tmp_path, "many", *line, "--executor", "processes:2") == result(
            tmp_path, "whole", *line
        )


@contextmanager
def cluster() -> Iterator[str]:
    """Yield the address of a Dask scheduler with two workers in processes of their own."""
    distributed = pytest.importorskip(
        "distributed", reason="Dask is an extra: pip install -e '.[dask]'"
    )
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as local:
        yield local.scheduler_address.replace("tcp://", "dask://")


@pytest.mark.filterwarnings("ignore")  # of Dask's own
def test_dask(tmp_path: Path) -> None:
    """Parts that go to a Dask cluster decide as one run does."""
    staging = Staging(contract("push-express"), seeds=3)
    with cluster() as address, listening(staging) as url:
        line = ["run", "push-express", "--url", url, *credentials(staging.contract)]
        assert result(tmp_path, "many", *line, "--executor", address) == result(
            tmp_path, "whole", *line
        )
