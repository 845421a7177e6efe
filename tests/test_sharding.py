"""Shards of a run: every claim is in exactly one, and related claims are in the same one."""

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

# its lists cannot be filtered by the mark of a run: some claims need quiescence
UNFILTERED = build_toy_variant(
    (
        "      - filters: {field: field, glob: glob, keys: {title: /title}, withoutField:"
        " ignored}\n",
        "",
    ),
    ("      - overrides: {parameter: q, disables: [field, glob]}\n", ""),
)
CONTRACTS = [build_toy_contract(), UNFILTERED, load_builtin_contract("push-express")]
SHARD_COUNT = 3


class TestShardOption:
    @pytest.mark.parametrize(
        ("shard", "expected"),
        [(None, (1, 1)), ("1/1", (1, 1)), ("2/3", (2, 3)), ("3/3", (3, 3)), ("10/12", (10, 12))],
    )
    def test_valid(self, shard: str | None, expected: tuple[int, int]) -> None:
        """A shard is written as its number, from one, and the number of shards.

        Without the option there is one shard.
        """
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
    def test_invalid(self, shard: str) -> None:
        """Everything else is a mistake; the message repeats the value and shows the correct
        form.
        """
        with pytest.raises(UsageError) as caught:
            parse_shard_option(shard)
        (problem,) = caught.value.problems
        assert problem.message == f"--shard {shard}: it is written I/N, with I from 1 to N"


@cache
def _list_shard_claims(digest: str, name: str) -> tuple[tuple[str, ...], ...]:
    contract = next(candidate for candidate in CONTRACTS if candidate.digest == digest)
    return tuple(
        tuple(
            claim.id
            for claim in select_shard_claims(contract, contract.claims, f"{number}/{SHARD_COUNT}")
        )
        for number in range(1, SHARD_COUNT + 1)
    )


def list_shard_claims(contract: Contract) -> tuple[tuple[str, ...], ...]:
    """Return the claim ids of each of three shards; the result is cached."""
    return _list_shard_claims(contract.digest, contract.name)


class TestShardClaims:
    @pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
    def test_each_claim_once(self, contract: Contract) -> None:
        """Every claim is in exactly one shard, and each shard keeps the order of the contract."""
        shards, all_ids = list_shard_claims(contract), [claim.id for claim in contract.claims]
        assert sorted(all_ids) == sorted(id for shard in shards for id in shard)
        for shard in shards:
            assert tuple(id for id in all_ids if id in shard) == shard

    @pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
    def test_batches_stay_together(self, contract: Contract) -> None:
        """Claims that share a setup or a scenario are in one shard, so nothing is created twice."""
        shard_numbers = {
            id: number for number, ids in enumerate(list_shard_claims(contract)) for id in ids
        }
        for batch in group_tasks_into_batches(plans.generate_plan(contract, "1")):
            assert 1 == len(
                {shard_numbers[task.claim] for tasks in batch.task_groups for task in tasks}
            )

    @pytest.mark.parametrize("contract", CONTRACTS[1:], ids=lambda contract: contract.name)
    def test_quiescent_claims_are_in_the_first_shard(self, contract: Contract) -> None:
        """Claims that need an undisturbed collection are all in the first shard.

        Other shards create only items there that these claims must not see.
        """
        quiescent_ids = {
            task.claim
            for batch in group_tasks_into_batches(plans.generate_plan(contract, "1"))
            if batch.needs_quiescence
            for tasks in batch.task_groups
            for task in tasks
        }
        assert quiescent_ids
        assert quiescent_ids <= set(list_shard_claims(contract)[0])

    @pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
    def test_no_shard_is_empty(self, contract: Contract) -> None:
        """Each of three shards has claims."""
        assert all(list_shard_claims(contract))

    def test_one_shard(self) -> None:
        """A run of one shard has all claims."""
        for shard in (None, "1/1"):
            assert select_shard_claims(
                build_toy_contract(), build_toy_contract().claims, shard
            ) == tuple(build_toy_contract().claims)

    def test_deterministic(self) -> None:
        """The shards are the same each time and do not depend on the order of the given claims."""
        claims = build_toy_contract().claims
        second_shard = list_shard_claims(build_toy_contract())[1]
        assert second_shard == tuple(
            claim.id for claim in select_shard_claims(build_toy_contract(), claims, "2/3")
        )
        assert set(second_shard) == {
            claim.id for claim in select_shard_claims(build_toy_contract(), claims[::-1], "2/3")
        }

    def test_selected_claims(self) -> None:
        """Each of some selected claims is in one shard; a shard may be empty."""
        selected = build_toy_contract().claims[:2]
        shards = [
            select_shard_claims(build_toy_contract(), selected, f"{number}/5")
            for number in range(1, 6)
        ]
        assert sorted(claim.id for claim in selected) == sorted(
            claim.id for shard in shards for claim in shard
        )
        assert () in shards


class TestBatches:
    def test_every_task_once(self) -> None:
        """Each scenario of each claim is in one batch, in a group with equal scenarios."""
        plan = plans.generate_plan(build_toy_contract(), "1")
        batched_tasks = [
            (task.claim, task.scenario.label)
            for batch in group_tasks_into_batches(plan)
            for tasks in batch.task_groups
            for task in tasks
        ]
        assert sorted((task.claim, task.scenario.label) for task in plan.tasks) == sorted(
            batched_tasks
        )

    def test_one_setup_or_one_scenario(self) -> None:
        """A batch has one setup, or it has one group.

        All scenarios of a group are equal except for their labels.
        """

        def describe_scenario(scenario: Scenario) -> object:
            return (scenario.setup, scenario.steps, scenario.exclusive, scenario.min_items)

        for batch in group_tasks_into_batches(plans.generate_plan(build_toy_contract(), "1")):
            assert batch.setup is not None or len(batch.task_groups) == 1
            for tasks in batch.task_groups:
                assert {batch.setup.name if batch.setup else None} == {
                    task.scenario.setup.name if task.scenario.setup else None for task in tasks
                }
                assert [describe_scenario(tasks[0].scenario)] * len(tasks) == [
                    describe_scenario(task.scenario) for task in tasks
                ]

    def test_quiescence(self) -> None:
        """A batch needs quiescence if one of its scenarios does."""
        for batch in group_tasks_into_batches(plans.generate_plan(UNFILTERED, "1")):
            assert batch.needs_quiescence is any(
                task.scenario.needs_quiescence for tasks in batch.task_groups for task in tasks
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
    def test_invalid(self, url: str) -> None:
        """A value for neither processes nor Dask is a mistake; the message repeats it."""
        with pytest.raises(UsageError) as caught, start_shard_executor(url):
            pass
        assert (
            caught.value.problems[0].message
            == f"--executor {url}: it is neither dask://HOST:PORT nor processes:N"
        )

    def test_processes(self) -> None:
        """The number of processes is the number of shards."""
        with start_shard_executor("processes:3") as (_, count):
            assert count == 3
