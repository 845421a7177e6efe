"""What the moves of a script or a stage bring back while they are played."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from conformance.checks.exchange import Exchange, Trace


@dataclass(slots=True)
class ExecutionRecord:
    """What the moves of a script or a stage have brought so far."""

    exchanges: dict[str, tuple[Exchange, ...]] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    missing_fixtures: set[str] = field(default_factory=set)
    truncated: set[str] = field(default_factory=set)
    unstable: set[str] = field(default_factory=set)

    def to_trace(self) -> Trace:
        """Return it as a judge is given it."""
        return Trace(
            exchanges=dict(self.exchanges),
            skipped=dict(self.skipped),
            missing_fixtures=frozenset(self.missing_fixtures),
            truncated=frozenset(self.truncated),
            unstable=frozenset(self.unstable),
        )

    def copy(self) -> ExecutionRecord:
        """Return one that can be added to."""
        return ExecutionRecord(
            dict(self.exchanges),
            dict(self.skipped),
            set(self.missing_fixtures),
            set(self.truncated),
            set(self.unstable),
        )

    def select_aliases(self, aliases: Mapping[str, str]) -> ExecutionRecord:
        """Return one that holds some of the moves only, each under another name."""
        return ExecutionRecord(
            {
                name: self.exchanges[step]
                for name, step in aliases.items()
                if step in self.exchanges
            },
            {name: self.skipped[step] for name, step in aliases.items() if step in self.skipped},
            set(self.missing_fixtures),
            {name for name, step in aliases.items() if step in self.truncated},
            {name for name, step in aliases.items() if step in self.unstable},
        )
