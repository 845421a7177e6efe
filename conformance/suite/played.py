"""What the moves of a script or a stage bring back while they are played."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from conformance.checks.exchange import Exchange, Trace


@dataclass(slots=True)
class Played:
    """What the moves of a script or a stage have brought so far."""

    exchanges: dict[str, tuple[Exchange, ...]] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    unfounded: set[str] = field(default_factory=set)
    cut: set[str] = field(default_factory=set)
    restless: set[str] = field(default_factory=set)

    def trace(self) -> Trace:
        """Return it as a judge is given it."""
        return Trace(
            exchanges=dict(self.exchanges),
            skipped=dict(self.skipped),
            unfounded=frozenset(self.unfounded),
            cut=frozenset(self.cut),
            restless=frozenset(self.restless),
        )

    def copy(self) -> Played:
        """Return one that can be added to."""
        return Played(
            dict(self.exchanges),
            dict(self.skipped),
            set(self.unfounded),
            set(self.cut),
            set(self.restless),
        )

    def recalled(self, names: Mapping[str, str]) -> Played:
        """Return one that holds some of the moves only, each under another name."""
        return Played(
            {name: self.exchanges[step] for name, step in names.items() if step in self.exchanges},
            {name: self.skipped[step] for name, step in names.items() if step in self.skipped},
            set(self.unfounded),
            {name for name, step in names.items() if step in self.cut},
            {name for name, step in names.items() if step in self.restless},
        )
