"""Counts the requests, statuses and latencies of a run by operation.

The memory needed does not grow with the number of requests.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from conformance.checks.exchange import Exchange

CLASSES_PER_DECADE = 10  # latency classes per power of ten: quantiles are exact to about 25 %


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationMetrics:
    """The requests of one operation.

    `statuses` counts responses by status code (0: no response). `latency_histogram` counts
    responses by latency class, given as its upper bound in milliseconds. `longest_latency` is in
    milliseconds.
    """

    operation: str
    statuses: Mapping[int, int]
    latency_histogram: Mapping[float, int]
    longest_latency: float

    @property
    def requests(self) -> int:
        """Return the number of requests."""
        return sum(self.statuses.values())

    def latency_quantile(self, share: float) -> float:
        """Return the latency in milliseconds below which this share (0 to 1) of responses stayed.

        The value is rounded up to its latency class; it is 0 without any response.
        """
        needed, cumulative = math.ceil(share * sum(self.latency_histogram.values())), 0
        for bound, count in sorted(self.latency_histogram.items()):
            cumulative += count
            if cumulative >= needed:
                return min(bound, self.longest_latency)
        return 0.0


@dataclass(slots=True)
class TrafficMetrics:
    """Counters for all exchanges of a run."""

    _statuses: defaultdict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    _latency: defaultdict[str, Counter[float]] = field(default_factory=lambda: defaultdict(Counter))
    _longest: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def record_exchange(self, exchange: Exchange) -> None:
        """Count one exchange."""
        operation, milliseconds = exchange.call.operation, exchange.elapsed * 1000
        self._statuses[operation][exchange.response.status if exchange.response else 0] += 1
        if exchange.response is not None:
            self._latency[operation][round_up_to_latency_class(milliseconds)] += 1
            self._longest[operation] = max(self._longest[operation], milliseconds)

    def get_operation_metrics(self) -> tuple[OperationMetrics, ...]:
        """Return the metrics of each operation, in the order of their first requests."""
        return tuple(
            OperationMetrics(
                operation=operation,
                statuses=dict(sorted(statuses.items())),
                latency_histogram=dict(sorted(self._latency[operation].items())),
                longest_latency=self._longest[operation],
            )
            for operation, statuses in self._statuses.items()
        )


def round_up_to_latency_class(milliseconds: float) -> float:
    """Return the upper bound, in milliseconds, of the latency class of a duration.

    The lowest class ends at 0.1 ms; each power of ten has ten classes.
    """
    power = max(
        -CLASSES_PER_DECADE,
        math.ceil(round(CLASSES_PER_DECADE * math.log10(max(milliseconds, 0.1)), 6)),
    )
    return float(f"{10 ** (power / CLASSES_PER_DECADE):.3g}")
