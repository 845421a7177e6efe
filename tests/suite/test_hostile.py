"""Hostile responses cause no crash, need little memory, and end within their time limit."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.suite.hostile import CASES, MAX_SECONDS

SAMPLE = (
    "endless",
    "reset",
    "two lengths",
    "gzip bomb",
    "retry in a year",
    "deep json",
    "huge number",
    "half a surrogate",
    "many items",
    "everything is created",
)


# a run that gives up on a server without responses also ends by itself
EXPECTED_OUTCOMES = ("ended", "TargetUnreachableError")


def test_hostile_responses(seeds: list[str]) -> None:
    """Every case ends by itself, in time, below 300 MB; only the soak runs all cases."""
    names = SAMPLE if len(seeds) == 1 else tuple(CASES)
    process = subprocess.run(
        [sys.executable, "-m", "tests.suite.hostile", *names],
        capture_output=True,
        text=True,
        timeout=MAX_SECONDS * len(names),
        check=False,
    )
    results = [json.loads(line) for line in process.stdout.splitlines()]
    assert [result["case"] for result in results] == list(names), process.stderr[-2000:]
    assert [
        result
        for result in results
        if not result["outcome"].endswith(EXPECTED_OUTCOMES)
        or result["seconds"] > MAX_SECONDS
        or result["memory"] > 300
    ] == []


def test_corpus_is_large() -> None:
    """There are at least forty cases."""
    assert len(CASES) >= 40
