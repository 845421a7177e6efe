"""Parts of a run: which claims belong to which part, and who executes them."""

from __future__ import annotations

import hashlib
import importlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import Any

from conformance import options
from conformance.contract import loader
from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.errors import Problem, UsageError
from conformance.report import result_recorder
from conformance.report.result import Result, RunPart
from conformance.suite import plan as plans
from conformance.suite.plan import Plan
from conformance.suite.run import run_plan
from conformance.suite.scheduler import estimate_requests_by_task, group_tasks_into_batches


def parse_shard_option(shard: str | None) -> tuple[int, int]:
    """Return the number of a part (from 1) and how many there are; raises UsageError unless it is
    written I/N.
    """
    if shard is None:
        return 1, 1
    number, separator, count = shard.partition("/")
    if (
        not separator
        or not number.isdecimal()
        or not count.isdecimal()
        or not 1 <= int(number) <= int(count)
    ):
        raise UsageError(Problem(message=f"--shard {shard}: it is written I/N, with I from 1 to N"))
    return int(number), int(count)


def count_shards(shard: str | None) -> int:
    """Return how many parts share the rate that a target allows."""
    return parse_shard_option(shard)[1]


def select_shard_claims(
    contract: Contract, claims: Sequence[Claim], shard: str | None
) -> tuple[Claim, ...]:
    """Return the claims of one part.

    Claims that need a collection at rest are all in the first part; those that share a setup or a
    scenario stay together. The parts send about equally many requests.
    """
    number, count = parse_shard_option(shard)
    if count == 1:
        return tuple(claims)
    plan = plans.generate_plan(contract, "", plans.RunProfile.STANDARD, claims)
    groups, quiescent_groups = _group_claims(plan, claims)
    requests = _estimate_requests_by_group(plan, groups)
    loads = dict.fromkeys(range(1, count + 1), 0)
    loads[1] = sum(requests[name] for name in quiescent_groups)
    shard_by_group = dict.fromkeys(quiescent_groups, 1)
    for name in sorted(
        {*groups.values()} - quiescent_groups, key=lambda name: (-requests[name], name)
    ):
        shard_by_group[name] = min(loads, key=lambda shard: (loads[shard], shard))
        loads[shard_by_group[name]] += requests[name]
    return tuple(claim for claim in claims if shard_by_group[groups[claim.id]] == number)


def _group_claims(plan: Plan, claims: Sequence[Claim]) -> tuple[dict[str, str], set[str]]:
    """Return the group of each claim, and the groups that need a collection at rest.

    Claims of one group share a setup or a scenario.
    """
    groups = {claim.id: claim.id for claim in claims}
    quiescent_groups: set[str] = set()
    for batch in group_tasks_into_batches(plan):
        ids = [task.claim for tasks in batch.task_groups for task in tasks]
        name = min(groups[id] for id in ids)
        joined = {groups[id] for id in ids}
        groups = {id: name if group in joined else group for id, group in groups.items()}
        if batch.needs_quiescence or quiescent_groups & joined:
            quiescent_groups = (quiescent_groups - joined) | {name}
    return groups, quiescent_groups


def _estimate_requests_by_group(plan: Plan, groups: Mapping[str, str]) -> Counter[str]:
    """Return about how many requests the claims of each group need."""
    estimates = estimate_requests_by_task(plan)
    requests: Counter[str] = Counter(dict.fromkeys(groups.values(), 0))
    for task in plan.tasks:
        requests[groups[task.claim]] += estimates.get(id(task), 0)
    return requests


def describe_part(
    contract: Contract, claims: Sequence[Claim], settings: Mapping[str, Any], shard: str
) -> RunPart:
    """Return what a result says of itself as a part: its number, how many there are, of what.

    `plan` is a digest of all that the parts of one run have in common; `claims` are those of the
    whole run.
    """
    number, count = parse_shard_option(shard)
    common = (
        contract.digest,
        settings["seed"],
        settings["profile"],
        settings.get("client"),
        [claim.id for claim in claims],
    )
    digest = hashlib.sha256(json.dumps(common).encode()).hexdigest()[:16]
    return RunPart(number=number, of=count, plan=digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunShardTask:
    """One part of a run, as it goes to another process: the options of the line, by their names."""

    contract: str
    revision: str | None
    interpretations: tuple[str, ...]
    settings: Mapping[str, Any]
    shard: str


def run_shard(task: RunShardTask) -> Result:
    """Return the result of one part."""
    loaded = options.load_contract(task.contract, task.revision, task.interpretations)
    settings = task.settings
    all_claims = options.select_claims_by_pattern(loaded, settings["only"])
    claims = select_shard_claims(loaded, all_claims, task.shard)
    plan = plans.generate_plan(
        loaded, settings["seed"], plans.RunProfile(settings["profile"]), claims
    )
    number, count = parse_shard_option(task.shard)
    target = options.build_target_from_settings(
        loaded, {**settings, "rate": settings["rate"] and settings["rate"] / count}
    )
    is_full_run = number == 1 and not settings["only"] and settings["profile"] != "quick"
    interpretations = (
        loader.list_open_interpretations(task.contract, task.revision, task.interpretations)
        if is_full_run
        else ()
    )
    events = list(
        run_plan(
            plan,
            target,
            interpretations,
            workers=settings["workers"],
            ledger=options.open_ledger(settings, target.url),
        )
    )
    return replace(
        result_recorder.build_result_from_events(events),
        part=describe_part(loaded, all_claims, settings, task.shard),
    )


@contextmanager
def start_shard_executor(url: str) -> Iterator[tuple[Executor, int]]:
    """Yield the executor that a URL names and into how many parts a run goes; raises UsageError for
    one that cannot be used.
    """
    kind, _, address = url.partition(":")
    if kind == "processes" and address.isdecimal() and int(address) > 0:
        with ProcessPoolExecutor(int(address), get_context("spawn")) as pool:
            yield pool, int(address)
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
        client = distributed.Client("tcp:" + address, timeout=10)
    except (OSError, ValueError) as error:
        raise UsageError(
            Problem(message=f"--executor {url}: there is no Dask scheduler: {error}")
        ) from error
    with client:
        yield client.get_executor(), max(1, len(client.scheduler_info()["workers"]))
