"""Parts of a run: which claims are in which, and who carries them out."""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

from conformance import options
from conformance.contract import library
from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.errors import Problem, UsageError
from conformance.report import record
from conformance.suite import plan as plans
from conformance.suite.conduct import bundles
from conformance.suite.run import run


def parsed(shard: str | None) -> tuple[int, int]:
    """Return the number of a part (from 1) and how many there are; raises UsageError unless it is
    written I/N.
    """
    if shard is None:
        return 1, 1
    number, mark, count = shard.partition("/")
    if (
        not mark
        or not number.isdecimal()
        or not count.isdecimal()
        or not 1 <= int(number) <= int(count)
    ):
        raise UsageError(Problem(message=f"--shard {shard}: it is written I/N, with I from 1 to N"))
    return int(number), int(count)


def share(shard: str | None) -> int:
    """Return how many parts share the rate that a target allows."""
    return parsed(shard)[1]


def part(contract: Contract, claims: Sequence[Claim], shard: str | None) -> tuple[Claim, ...]:
    """Return the claims of one part. Those that need a collection at rest are all in the first;
    those that share a stage or a script stay together.
    """
    number, count = parsed(shard)
    if count == 1:
        return tuple(claims)
    group: dict[str, str] = {claim.id: claim.id for claim in claims}
    resting: set[str] = set()
    for bundle in bundles(plans.draw(contract, "", plans.Profile.STANDARD, claims)):
        ids = [task.claim for tasks in bundle.scripts for task in tasks]
        name = min(group[id] for id in ids)
        joined = {group[id] for id in ids}
        group = {id: name if other in joined else other for id, other in group.items()}
        if bundle.rest:
            resting.add(name)
        resting = {name if one in joined else one for one in resting}
    names = sorted(
        set(group.values()) - resting, key=lambda name: (zlib.crc32(name.encode()), name)
    )
    place = {name: 1 + position % count for position, name in enumerate(names)} | dict.fromkeys(
        resting, 1
    )
    return tuple(claim for claim in claims if place[group[claim.id]] == number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One part of a run, as it goes to another process: the options of the line, by their names."""

    contract: str
    revision: str | None
    readings: tuple[str, ...]
    given: Mapping[str, Any]
    shard: str


def carry_out(order: Order) -> Json:
    """Return the result of one part (format 1)."""
    loaded = options.load(order.contract, order.revision, order.readings)
    given = order.given
    claims = part(loaded, options.chosen(loaded, given["only"]), order.shard)
    plan = plans.draw(loaded, given["seed"], plans.Profile(given["profile"]), claims)
    number, count = parsed(order.shard)
    target = options.target(loaded, {**given, "rate": given["rate"] and given["rate"] / count})
    whole = number == 1 and not given["only"] and given["profile"] != "quick"
    readings = library.ambiguities(order.contract, order.revision, order.readings) if whole else ()
    return record.record(
        list(
            run(
                plan,
                target,
                readings,
                workers=given["workers"],
                ledger=options.ledger(given, target.url),
            )
        )
    )


@contextmanager
def executor(url: str) -> Iterator[tuple[Executor, int]]:
    """Yield the executor that a URL names and into how many parts a run goes; raises UsageError for
    one that cannot be used.
    """
    kind, _, rest = url.partition(":")
    if kind == "processes" and rest.isdecimal() and int(rest) > 0:
        with ProcessPoolExecutor(int(rest), get_context("spawn")) as pool:
            yield pool, int(rest)
        return
    if kind != "dask":
        raise UsageError(
            Problem(message=f"--executor {url}: it is neither dask://HOST:PORT nor processes:N")
        )
    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError as error:
        raise UsageError(
            Problem(
                message="--executor dask:// needs Dask", hint="pip install 'api-conformance[dask]'"
            )
        ) from error
    try:
        client = distributed.Client("tcp:" + rest, timeout=10)
    except (OSError, ValueError) as error:
        raise UsageError(
            Problem(message=f"--executor {url}: there is no Dask scheduler: {error}")
        ) from error
    with client:
        yield client.get_executor(), max(1, len(client.scheduler_info()["workers"]))
