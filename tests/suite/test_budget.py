"""The pace: the rate, the limits of a run, and when a target counts as gone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from conformance.suite.budget import MAX_EXTRA_PAGES, MAX_UNANSWERED, BudgetExhausted, RequestBudget


@dataclass
class Clock:
    """A clock that only sleeping moves, and what was slept."""

    now: float = 100.0
    slept: list[float] = field(default_factory=list)

    def read(self) -> float:
        """Return the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)
        self.now += seconds


def paced(clock: Clock, **given: float) -> RequestBudget:
    """Return a pace by a clock of ours."""
    return RequestBudget(clock=clock.read, sleep=clock.sleep, **given)  # type: ignore[arg-type]


def entered(pace: RequestBudget, closing: bool = False) -> bool:
    """Tell whether a request may go."""
    try:
        pace.wait_for_turn(closing)
    except BudgetExhausted:
        return False
    return True


class TestRate:
    def test_none_waits_for_nothing(self) -> None:
        """Without a rate, nothing waits."""
        clock = Clock()
        pace = paced(clock)
        for _ in range(100):
            pace.wait_for_turn()
        assert (clock.slept, pace.requests) == ([], 100)

    @pytest.mark.parametrize("rate", [0.5, 4.0, 100.0])
    def test_gaps(self, rate: float) -> None:
        """At so many a second, the first goes at once and each other as late after the one
        before.
        """
        clock = Clock()
        pace, went = paced(clock, rate=rate), list[float]()
        for _ in range(5):
            pace.wait_for_turn()
            went.append(clock.now - 100)
        assert pytest.approx([number / rate for number in range(5)]) == went

    def test_idle_time_is_not_saved(self) -> None:
        """After a rest there is no burst: the gaps are as before."""
        clock = Clock()
        pace = paced(clock, rate=2)
        pace.wait_for_turn()
        clock.now += 60
        for _ in range(3):
            pace.wait_for_turn()
        assert clock.slept == [0.5, 0.5]

    def test_turns_are_handed_out_before_they_come(self) -> None:
        """Threads that ask at one moment get one turn after another: who sleeps holds up nobody who
        asks.
        """
        waits: list[float] = []
        pace = RequestBudget(rate=2, clock=lambda: 100.0, sleep=waits.append)
        for _ in range(4):
            pace.wait_for_turn()
        assert waits == [0.5, 1.0, 1.5]

    def test_closing_keeps_the_rate(self) -> None:
        """Cleaning up is no faster than the rest."""
        clock = Clock()
        pace = paced(clock, rate=2)
        pace.wait_for_turn()
        pace.wait_for_turn(for_cleanup=True)
        assert clock.slept == [0.5]


class TestMost:
    def test_so_many_and_no_more(self) -> None:
        """After so many requests none goes, and the reason says so."""
        pace = paced(Clock(), max_requests=3)
        assert [True, True, True, False, False] == [entered(pace) for _ in range(5)]
        assert (pace.requests, pace.exhausted_reason) == (
            3,
            "the run may send no more than 3 requests",
        )
        with pytest.raises(BudgetExhausted, match=r"^the run may send no more than 3 requests$"):
            pace.wait_for_turn()

    def test_what_is_owed_counts(self) -> None:
        """What is still to be removed counts as sent, until it is gone."""
        pace = paced(Clock(), max_requests=8)
        pace.reserve(3)  # six requests: to see that each is ours, and to delete it
        assert [True, True, False] == [entered(pace) for _ in range(3)]
        pace.reserve(-1)
        assert [True, True, False] == [entered(pace) for _ in range(3)]

    def test_cleaning_up_goes_on(self) -> None:
        """What cleans up may go on past the end, and is counted."""
        pace = paced(Clock(), max_requests=1)
        assert [True, False] == [entered(pace), entered(pace)]
        assert [True, True] == [entered(pace, closing=True) for _ in range(2)]
        assert pace.requests == 3

    def test_nothing_is_spent_before(self) -> None:
        """A run that was never held up was not stopped."""
        pace = paced(Clock(), max_requests=2, max_seconds=10)
        assert [True, True] == [entered(pace), entered(pace)]
        assert (pace.exhausted_reason, pace.down_reason) == (None, None)


class TestSeconds:
    def test_so_long_and_no_longer(self) -> None:
        """When the time is over none goes, and the reason says so; the last moment still counts."""
        clock = Clock()
        pace = paced(clock, max_seconds=2.5, grace=1.0)
        clock.now += 2.5
        assert entered(pace)
        clock.now += 0.01
        assert not entered(pace)
        assert pace.exhausted_reason == "the run may take no longer than 2.5 s"
        assert entered(pace, closing=True)

    def test_cleaning_up_ends_too(self) -> None:
        """What cleans up may go on a time-out longer, and no more."""
        clock = Clock()
        pace = paced(clock, max_seconds=2.5, grace=1.0)
        clock.now += 3.4
        assert entered(pace, closing=True)
        clock.now += 0.2
        assert not entered(pace, closing=True)

    def test_time_is_kept_to_clean_up(self) -> None:
        """Deleting what was created takes as long as requests have taken so far: so much earlier
        nothing new begins.
        """
        clock = Clock()
        pace = paced(clock, max_seconds=100.0, grace=1.0)
        assert entered(pace)
        pace.record_duration(2.0)
        pace.reserve(10)  # twenty requests of two seconds
        clock.now += 59.0
        assert entered(pace)
        pace.record_duration(2.0)
        clock.now += 1.5
        assert not entered(pace)


class TestWaits:
    def test_waits_have_a_sum(self) -> None:
        """A server that asks for one wait after another gets no more of them than a minute in
        all.
        """
        pace = paced(Clock())
        assert [True, True, False, True] == [
            pace.try_spend_waiting_time(seconds) for seconds in (29.0, 29.0, 29.0, 2.0)
        ]

    def test_no_wait_outlasts_the_run(self) -> None:
        """No wait is longer than what is left of the run."""
        clock = Clock()
        pace = paced(clock, max_seconds=10.0, grace=1.0)
        clock.now += 8.0
        assert [False, True] == [pace.try_spend_waiting_time(4.0), pace.try_spend_waiting_time(2.0)]

    def test_pages_have_a_sum(self) -> None:
        """Lists that never end make a run read no more than so many pages."""
        pace = paced(Clock())
        turned = 0
        while pace.may_read_next_page():
            turned += 1
        assert turned == MAX_EXTRA_PAGES

    def test_whole_seconds(self) -> None:
        """A whole number is written as one."""
        clock = Clock()
        pace = paced(clock, max_seconds=90.0)
        clock.now += 91
        with pytest.raises(BudgetExhausted, match=r"^the run may take no longer than 90 s$"):
            pace.wait_for_turn()


class TestPause:
    def test_nothing_goes_before(self) -> None:
        """After a pause the next request waits for its end, cleaning up as well."""
        for closing in (False, True):
            clock = Clock()
            pace = paced(clock)
            pace.pause(7)
            pace.wait_for_turn(closing)
            pace.wait_for_turn(closing)
            assert clock.slept == [7]

    def test_a_shorter_one_shortens_nothing(self) -> None:
        """Of two pauses, the one that ends later counts."""
        clock = Clock()
        pace = paced(clock)
        pace.pause(7)
        pace.pause(2)
        pace.wait_for_turn()
        assert clock.slept == [7]


class TestGone:
    def test_silence(self) -> None:
        """So many requests in a row without an answer make a target doubtful; one answer among them
        starts anew.
        """
        pace = paced(Clock())
        assert [pace.record_answer_and_suspect_down(False) for _ in range(MAX_UNANSWERED)] == [
            False
        ] * (MAX_UNANSWERED - 1) + [True]
        assert pace.record_answer_and_suspect_down(True) is False
        assert [pace.record_answer_and_suspect_down(False) for _ in range(MAX_UNANSWERED - 1)] == [
            False
        ] * (MAX_UNANSWERED - 1)
        assert pace.record_answer_and_suspect_down(True) is False

    def test_nothing_goes_any_more(self) -> None:
        """To a target that is gone nothing goes, not even what cleans up; the first reason
        stays.
        """
        pace = paced(Clock())
        pace.declare_down("it hung up")
        pace.declare_down("something else")
        assert pace.down_reason == "it hung up"
        with pytest.raises(BudgetExhausted, match=r"^it hung up$"):
            pace.wait_for_turn()
        assert not entered(pace, closing=True)
        assert (pace.requests, pace.exhausted_reason) == (0, None)


@pytest.mark.parametrize("limit", [lambda pace: pace.declare_down("down"), lambda pace: None])
def test_what_may_not_go_is_not_counted(limit: Callable[[RequestBudget], None]) -> None:
    """A request that was not let go was not sent."""
    pace = paced(Clock(), max_requests=2)
    limit(pace)
    for _ in range(5):
        entered(pace)
    assert pace.requests == (0 if pace.down_reason else 2)
