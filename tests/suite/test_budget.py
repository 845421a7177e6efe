"""The request budget: rate, limits of a run, waiting time, and targets that are down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from conformance.suite.budget import MAX_EXTRA_PAGES, MAX_UNANSWERED, BudgetExhausted, RequestBudget


@dataclass
class Clock:
    """A clock that advances only by sleeping; it records all sleeps."""

    now: float = 100.0
    sleeps: list[float] = field(default_factory=list)

    def read(self) -> float:
        """Return the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Advance the time."""
        self.sleeps.append(seconds)
        self.now += seconds


def build_budget(clock: Clock, **limits: float) -> RequestBudget:
    """Return a budget with a fake clock."""
    return RequestBudget(clock=clock.read, sleep=clock.sleep, **limits)  # type: ignore[arg-type]


def may_send(budget: RequestBudget, for_cleanup: bool = False) -> bool:
    """Return whether the budget lets a request through."""
    try:
        budget.wait_for_turn(for_cleanup)
    except BudgetExhausted:
        return False
    return True


class TestRate:
    def test_without_rate(self) -> None:
        """Without a rate, no request waits."""
        clock = Clock()
        budget = build_budget(clock)
        for _ in range(100):
            budget.wait_for_turn()
        assert (clock.sleeps, budget.requests) == ([], 100)

    @pytest.mark.parametrize("rate", [0.5, 4.0, 100.0])
    def test_gaps_between_requests(self, rate: float) -> None:
        """The first request is sent at once, each other one interval after the previous one."""
        clock = Clock()
        budget, sent_at = build_budget(clock, rate=rate), list[float]()
        for _ in range(5):
            budget.wait_for_turn()
            sent_at.append(clock.now - 100)
        assert pytest.approx([number / rate for number in range(5)]) == sent_at

    def test_idle_time_is_not_saved(self) -> None:
        """After an idle time there is no burst: the gaps stay the same."""
        clock = Clock()
        budget = build_budget(clock, rate=2)
        budget.wait_for_turn()
        clock.now += 60
        for _ in range(3):
            budget.wait_for_turn()
        assert clock.sleeps == [0.5, 0.5]

    def test_concurrent_requests_get_successive_turns(self) -> None:
        """Threads that request at the same time get successive turns.

        A thread that sleeps does not block the threads that request a turn.
        """
        sleeps: list[float] = []
        budget = RequestBudget(rate=2, clock=lambda: 100.0, sleep=sleeps.append)
        for _ in range(4):
            budget.wait_for_turn()
        assert sleeps == [0.5, 1.0, 1.5]

    def test_cleanup_keeps_the_rate(self) -> None:
        """Requests of the cleanup keep to the rate."""
        clock = Clock()
        budget = build_budget(clock, rate=2)
        budget.wait_for_turn()
        budget.wait_for_turn(for_cleanup=True)
        assert clock.sleeps == [0.5]


class TestMaxRequests:
    def test_limit_of_requests(self) -> None:
        """After the maximum of requests none is sent, and the reason says so."""
        budget = build_budget(Clock(), max_requests=3)
        assert [True, True, True, False, False] == [may_send(budget) for _ in range(5)]
        assert (budget.requests, budget.exhausted_reason) == (
            3,
            "the run may send no more than 3 requests",
        )
        with pytest.raises(BudgetExhausted, match=r"^the run may send no more than 3 requests$"):
            budget.wait_for_turn()

    def test_reserved_requests_count(self) -> None:
        """The requests to delete an item count as sent until the item is deleted."""
        budget = build_budget(Clock(), max_requests=8)
        budget.reserve(3)  # six requests: for each item one to confirm its mark, one to delete it
        assert [True, True, False] == [may_send(budget) for _ in range(3)]
        budget.reserve(-1)
        assert [True, True, False] == [may_send(budget) for _ in range(3)]

    def test_cleanup_exceeds_the_limit(self) -> None:
        """Requests of the cleanup may exceed the limit, and are counted."""
        budget = build_budget(Clock(), max_requests=1)
        assert [True, False] == [may_send(budget), may_send(budget)]
        assert [True, True] == [may_send(budget, for_cleanup=True) for _ in range(2)]
        assert budget.requests == 3

    def test_no_reason_below_the_limits(self) -> None:
        """Below its limits, a budget gives no reason for a stop."""
        budget = build_budget(Clock(), max_requests=2, max_seconds=10)
        assert [True, True] == [may_send(budget), may_send(budget)]
        assert (budget.exhausted_reason, budget.down_reason) == (None, None)


class TestMaxSeconds:
    def test_limit_of_seconds(self) -> None:
        """After the time limit no request is sent, and the reason says so.

        A request exactly at the limit is still sent.
        """
        clock = Clock()
        budget = build_budget(clock, max_seconds=2.5, grace=1.0)
        clock.now += 2.5
        assert may_send(budget)
        clock.now += 0.01
        assert not may_send(budget)
        assert budget.exhausted_reason == "the run may take no longer than 2.5 s"
        assert may_send(budget, for_cleanup=True)

    def test_cleanup_ends_after_the_grace_time(self) -> None:
        """The cleanup may exceed the time limit by the grace time only."""
        clock = Clock()
        budget = build_budget(clock, max_seconds=2.5, grace=1.0)
        clock.now += 3.4
        assert may_send(budget, for_cleanup=True)
        clock.now += 0.2
        assert not may_send(budget, for_cleanup=True)

    def test_time_is_reserved_for_cleanup(self) -> None:
        """The budget reserves time for the deletion of created items.

        It estimates this time from the durations of the requests so far, and starts nothing new in
        it.
        """
        clock = Clock()
        budget = build_budget(clock, max_seconds=100.0, grace=1.0)
        assert may_send(budget)
        budget.record_duration(2.0)
        budget.reserve(10)  # twenty requests of two seconds
        clock.now += 59.0
        assert may_send(budget)
        budget.record_duration(2.0)
        clock.now += 1.5
        assert not may_send(budget)


class TestWaitingTime:
    def test_total_waiting_time_is_limited(self) -> None:
        """The waits that a server asks for are limited to one minute in total."""
        budget = build_budget(Clock())
        assert [True, True, False, True] == [
            budget.try_spend_waiting_time(seconds) for seconds in (29.0, 29.0, 29.0, 2.0)
        ]

    def test_no_wait_exceeds_the_run_time(self) -> None:
        """No wait is longer than the time that is left."""
        clock = Clock()
        budget = build_budget(clock, max_seconds=10.0, grace=1.0)
        clock.now += 8.0
        assert [False, True] == [
            budget.try_spend_waiting_time(4.0),
            budget.try_spend_waiting_time(2.0),
        ]

    def test_total_pages_are_limited(self) -> None:
        """The pages that a run reads are limited in total, so endless lists end."""
        budget = build_budget(Clock())
        page_count = 0
        while budget.may_read_next_page():
            page_count += 1
        assert page_count == MAX_EXTRA_PAGES

    def test_whole_seconds_in_the_reason(self) -> None:
        """A whole number of seconds is written without decimals."""
        clock = Clock()
        budget = build_budget(clock, max_seconds=90.0)
        clock.now += 91
        with pytest.raises(BudgetExhausted, match=r"^the run may take no longer than 90 s$"):
            budget.wait_for_turn()


class TestPause:
    def test_next_request_waits(self) -> None:
        """The next request waits for the end of the pause, also in the cleanup."""
        for for_cleanup in (False, True):
            clock = Clock()
            budget = build_budget(clock)
            budget.pause(7)
            budget.wait_for_turn(for_cleanup)
            budget.wait_for_turn(for_cleanup)
            assert clock.sleeps == [7]

    def test_longer_pause_wins(self) -> None:
        """Of two pauses, the one that ends later counts."""
        clock = Clock()
        budget = build_budget(clock)
        budget.pause(7)
        budget.pause(2)
        budget.wait_for_turn()
        assert clock.sleeps == [7]


class TestTargetDown:
    def test_consecutive_unanswered_requests(self) -> None:
        """Many consecutive requests without a response make the target suspect.

        One response restarts the count.
        """
        budget = build_budget(Clock())
        assert [budget.record_answer_and_suspect_down(False) for _ in range(MAX_UNANSWERED)] == [
            False
        ] * (MAX_UNANSWERED - 1) + [True]
        assert budget.record_answer_and_suspect_down(True) is False
        assert [
            budget.record_answer_and_suspect_down(False) for _ in range(MAX_UNANSWERED - 1)
        ] == [False] * (MAX_UNANSWERED - 1)
        assert budget.record_answer_and_suspect_down(True) is False

    def test_no_request_is_sent(self) -> None:
        """No request is sent to a target that is down, not even for cleanup.

        The first reason is kept.
        """
        budget = build_budget(Clock())
        budget.declare_down("it hung up")
        budget.declare_down("something else")
        assert budget.down_reason == "it hung up"
        with pytest.raises(BudgetExhausted, match=r"^it hung up$"):
            budget.wait_for_turn()
        assert not may_send(budget, for_cleanup=True)
        assert (budget.requests, budget.exhausted_reason) == (0, None)


@pytest.mark.parametrize(
    "prepare_budget", [lambda budget: budget.declare_down("down"), lambda budget: None]
)
def test_refused_requests_are_not_counted(prepare_budget: Callable[[RequestBudget], None]) -> None:
    """A request that the budget refuses is not counted as sent."""
    budget = build_budget(Clock(), max_requests=2)
    prepare_budget(budget)
    for _ in range(5):
        may_send(budget)
    assert budget.requests == (0 if budget.down_reason else 2)
