"""The exchanges that a scenario or a setup has produced so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from conformance.checks.exchange import Exchange, Trace


@dataclass(slots=True)
class ExecutionRecord:
    """The record of the executed steps of a scenario or a setup, by step name.

    `skipped` holds the reason of each step that was not sent. `truncated` names the paged reads
    that stopped before the end of the list, `unstable` those whose list changed while it was read,
    `required` the steps without whose success a scenario shows nothing.
    """

    exchanges: dict[str, tuple[Exchange, ...]] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    missing_fixtures: set[str] = field(default_factory=set)
    truncated: set[str] = field(default_factory=set)
    unstable: set[str] = field(default_factory=set)
    required: set[str] = field(default_factory=set)

    def to_trace(self) -> Trace:
        """Return the record as the trace that checks evaluate."""
        return Trace(
            exchanges=dict(self.exchanges),
            skipped=dict(self.skipped),
            missing_fixtures=frozenset(self.missing_fixtures),
            truncated=frozenset(self.truncated),
            unstable=frozenset(self.unstable),
            required=frozenset(self.required),
        )

    def copy(self) -> ExecutionRecord:
        """Return a copy that can be changed independently."""
        return ExecutionRecord(
            dict(self.exchanges),
            dict(self.skipped),
            set(self.missing_fixtures),
            set(self.truncated),
            set(self.unstable),
            set(self.required),
        )

    def select_steps_by_alias(self, aliases: Mapping[str, str]) -> ExecutionRecord:
        """Return a record of the aliased steps only, each under its alias."""
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
            {name for name, step in aliases.items() if step in self.required},
        )
