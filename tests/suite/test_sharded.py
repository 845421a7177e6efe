"""A run in shards, in several processes or on a Dask cluster gives the same verdicts."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.suite.staging import (
    StagingServer,
    build_credential_options,
    load_contract,
    run_staging_server,
)


def run_command(folder: Path, name: str, *arguments: str) -> dict[str, str]:
    """Run a command, and return the verdicts in its result by claim id."""
    command_line = [sys.executable, "-m", "conformance", *arguments, "--json", f"{name}.json"]
    process = subprocess.run(
        command_line, cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return {
        claim["id"]: claim["verdict"]
        for claim in json.loads((folder / f"{name}.json").read_text())["claims"]
    }


def test_shards_merged(tmp_path: Path) -> None:
    """Three shards contain every claim once; merged, they have the verdicts of one run."""
    staging_server = StagingServer(load_contract("push-express"), item_count=3)
    with run_staging_server(staging_server) as url:
        options = [
            "run",
            "push-express",
            "--url",
            url,
            "--ledger",
            "ledger.sqlite",
            *build_credential_options(staging_server.contract),
        ]
        expected_verdicts = run_command(tmp_path, "whole", *options)
        shard_verdicts = [
            run_command(tmp_path, f"part{n}", *options, "--shard", f"{n}/3", "--min-decided", "0")
            for n in (1, 2, 3)
        ]
        merged_verdicts = run_command(
            tmp_path, "merged", "merge", "part1.json", "part2.json", "part3.json"
        )
    assert sorted(claim_id for verdicts in shard_verdicts for claim_id in verdicts) == sorted(
        expected_verdicts
    )
    assert merged_verdicts == expected_verdicts


def test_processes(tmp_path: Path) -> None:
    """Shards in separate processes give the same verdicts as one run."""
    staging_server = StagingServer(load_contract("push-express"), item_count=3)
    with run_staging_server(staging_server) as url:
        options = [
            "run",
            "push-express",
            "--url",
            url,
            *build_credential_options(staging_server.contract),
        ]
        assert run_command(tmp_path, "many", *options, "--executor", "processes:2") == run_command(
            tmp_path, "whole", *options
        )


@contextmanager
def run_dask_cluster() -> Iterator[str]:
    """Yield the address of a Dask scheduler with two workers in separate processes."""
    distributed = pytest.importorskip(
        "distributed", reason="Dask is an extra: pip install -e '.[dask]'"
    )
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as local:
        yield local.scheduler_address.replace("tcp://", "dask://")


@pytest.mark.filterwarnings("ignore")  # warnings of Dask itself
def test_dask(tmp_path: Path) -> None:
    """Shards on a Dask cluster give the same verdicts as one run."""
    staging_server = StagingServer(load_contract("push-express"), item_count=3)
    with run_dask_cluster() as address, run_staging_server(staging_server) as url:
        options = [
            "run",
            "push-express",
            "--url",
            url,
            *build_credential_options(staging_server.contract),
        ]
        assert run_command(tmp_path, "many", *options, "--executor", address) == run_command(
            tmp_path, "whole", *options
        )
