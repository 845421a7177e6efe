"""Parts of a run: every claim in exactly one, and what belongs together in the same."""

from __future__ import annotations

from functools import cache

import pytest

from conformance.checks.scenario import Scenario
from conformance.contract.contract import Contract
from conformance.errors import UsageError
from conformance.sharding import (
    count_shards,
    parse_shard_option,
    select_shard_claims,
    start_shard_executor,
)
from conformance.suite import plan as plans
from conformance.suite.scheduler import group_tasks_into_batches
from tests.checks.toy import build_toy_contract, build_toy_variant, load_builtin_contract

# whose lists cannot be narrowed to our mark: some claims need them at rest
OPEN = build_toy_variant(
    (
        "      - filters: {field: field, glob: glob, keys: {title: /title}, withoutField:"
        " ignored}\n",
        "",
    ),
    ("      - overrides: {parameter: q, disables: [field, glob]}\n", ""),
)
CONTRACTS = [build_toy_contract(), OPEN, load_builtin_contract("push-express")]
COUNT = 3


class TestParsed:
    @pytest.mark.parametrize(
        ("shard", "expected"),
        [(None, (1, 1)), ("1/1", (1, 1)), ("2/3", (2, 3)), ("3/3", (3, 3)), ("10/12", (10, 12))],
    )
    def test_parts(self, shard: str | None, expected: tuple[int, int]) -> None:
        """A part is its number, from one, and how many there are; without one the run is whole."""
        assert parse_shard_option(shard) == expected
        assert count_shards(shard) == expected[1]

    @pytest.mark.parametrize(
        "shard",
        [
            "",
            "1",
            "/",
            "1/",
            "/2",
            "0/2",
            "3/2",
            "-1/2",
            "1/0",
            "a/b",
            "1/2/3",
            " 1/2",
            "1.0/2",
            "²/3",
        ],
    )
    def test_mistakes(self, shard: str) -> None:
        """Everything else is a mistake, and the message shows it and how it is written."""
        with pytest.raises(UsageError) as caught:
            parse_shard_option(shard)
        (problem,) = caught.value.problems
        assert problem.message == f"--shard {shard}: it is written I/N, with I from 1 to N"


@cache
def _parts(digest: str, name: str) -> tuple[tuple[str, ...], ...]:
    contract = next(one for one in CONTRACTS if one.digest == digest)
    return tuple(
        tuple(
            claim.id
            for claim in select_shard_claims(contract, contract.claims, f"{number}/{COUNT}")
        )
        for number in range(1, COUNT + 1)
    )


def parts(contract: Contract) -> tuple[tuple[str, ...], ...]:
    """Return the ids of the claims of every part of three; they are worked out once."""
    return _parts(contract.digest, contract.name)


class TestPart:
    @pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
    def test_each_claim_once(self, contract: Contract) -> None:
        """Every claim is in exactly one part, and each part is in the order of the contract."""
        found, every = parts(contract), [claim.id for claim in contract.claims]
        assert sorted(every) == sorted(id for one in found for id in one)
        for one in found:
            assert tuple(id for id in every if id in one) == one

    @pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
    def test_bundles_stay_together(self, contract: Contract) -> None:
        """Claims that share a stage, or a script, are in one part: nothing is made twice."""
        found = {id: number for number, one in enumerate(parts(contract)) for id in one}
        for bundle in group_tasks_into_batches(plans.generate_plan(contract, "1")):
            assert 1 == len({found[task.claim] for tasks in bundle.task_groups for task in tasks})

    @pytest.mark.parametrize("contract", CONTRACTS[1:], ids=lambda contract: contract.name)
    def test_rest_is_in_the_first(self, contract: Contract) -> None:
        """Claims that need a collection at rest are all in the first part: no other disturbs them
        there but by what it must not see.
        """
        resting = {
            task.claim
            for bundle in group_tasks_into_batches(plans.generate_plan(contract, "1"))
            if bundle.needs_quiescence
            for tasks in bundle.task_groups
            for task in tasks
        }
        assert resting
        assert resting <= set(parts(contract)[0])

    @pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
    def test_work_is_shared(self, contract: Contract) -> None:
        """Every part of three has something to do."""
        assert all(parts(contract))

    def test_whole(self) -> None:
        """A run of one part has all claims."""
        for shard in (None, "1/1"):
            assert select_shard_claims(
                build_toy_contract(), build_toy_contract().claims, shard
            ) == tuple(build_toy_contract().claims)

    def test_same_each_time(self) -> None:
        """The parts are the same each time, and do not depend on the order in which the claims are
        given.
        """
        claims = build_toy_contract().claims
        first = parts(build_toy_contract())[1]
        assert first == tuple(
            claim.id for claim in select_shard_claims(build_toy_contract(), claims, "2/3")
        )
        assert set(first) == {
            claim.id for claim in select_shard_claims(build_toy_contract(), claims[::-1], "2/3")
        }

    def test_only_some(self) -> None:
        """Of some claims, each is in one part; a part may have none."""
        some = build_toy_contract().claims[:2]
        found = [
            select_shard_claims(build_toy_contract(), some, f"{number}/5") for number in range(1, 6)
        ]
        assert sorted(claim.id for claim in some) == sorted(
            claim.id for one in found for claim in one
        )
        assert () in found


class TestBundles:
    def test_every_task_once(self) -> None:
        """Each script of each claim is in one bundle, beside the others of the same script."""
        plan = plans.generate_plan(build_toy_contract(), "1")
        found = [
            (task.claim, task.scenario.label)
            for bundle in group_tasks_into_batches(plan)
            for tasks in bundle.task_groups
            for task in tasks
        ]
        assert sorted((task.claim, task.scenario.label) for task in plan.tasks) == sorted(found)

    def test_one_stage_or_one_script(self) -> None:
        """A bundle is about one stage, or it is one script; all scripts of its claims' list are the
        same but for their labels.
        """

        def essence(script: Scenario) -> object:
            return (script.setup, script.steps, script.exclusive, script.min_items)

        for bundle in group_tasks_into_batches(plans.generate_plan(build_toy_contract(), "1")):
            assert bundle.setup is not None or len(bundle.task_groups) == 1
            for tasks in bundle.task_groups:
                assert {bundle.setup.name if bundle.setup else None} == {
                    task.scenario.setup.name if task.scenario.setup else None for task in tasks
                }
                assert [essence(tasks[0].scenario)] * len(tasks) == [
                    essence(task.scenario) for task in tasks
                ]

    def test_rest(self) -> None:
        """A bundle needs rest when one of its scripts does."""
        for bundle in group_tasks_into_batches(plans.generate_plan(OPEN, "1")):
            assert bundle.needs_quiescence is any(
                task.scenario.needs_quiescence for tasks in bundle.task_groups for task in tasks
            )


class TestExecutor:
    @pytest.mark.parametrize(
        "url",
        [
            "",
            "processes",
            "processes:",
            "processes:0",
            "processes:-1",
            "threads:4",
            "processes:two",
        ],
    )
    def test_mistakes(self, url: str) -> None:
        """Something else than processes or Dask is a mistake, and the message shows it."""
        with pytest.raises(UsageError) as caught, start_shard_executor(url):
            pass
        assert (
            caught.value.problems[0].message
            == f"--executor {url}: it is neither dask://HOST:PORT nor processes:N"
        )

    def test_processes(self) -> None:
        """So many processes carry out as many parts."""
        with start_shard_executor("processes:3") as (_, count):
            assert count == 3
