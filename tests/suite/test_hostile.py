"""Hostile responses do no harm: no crash, little memory, each within its time."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.suite.hostile import CASES, LIMIT

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


# a run ends by itself, also when it gives up on a server that never answers
ENDED = ("ended", "TargetUnreachableError")


def test_hostile_responses(seeds: list[str]) -> None:
    """Every case (a sample, but in the soak) ends by itself, in time, below 300 MB."""
    names = SAMPLE if len(seeds) == 1 else tuple(CASES)
    done = subprocess.run(
        [sys.executable, "-m", "tests.suite.hostile", *names],
        capture_output=True,
        text=True,
        timeout=LIMIT * len(names),
        check=False,
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["case"] for one in found] == list(names), done.stderr[-2000:]
    assert [
        one
        for one in found
        if not one["outcome"].endswith(ENDED) or one["seconds"] > LIMIT or one["memory"] > 300
    ] == []


def test_corpus_is_large() -> None:
    """There are at least forty cases, each of its own name."""
    assert len(CASES) >= 40
