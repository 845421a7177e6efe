"""What a run created on a target and has not yet removed."""

from __future__ import annotations

from dataclasses import dataclass, field

from conformance.checks.exchange import Exchange
from conformance.contract.json import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that was made: its resource, identity, and the creation that made it (with the arguments that name its parent)."""

    resource: str
    identity: Json
    creation: Exchange


@dataclass(slots=True)
class Ledger:
    """The things of a run that still exist, in the order of their creation; in memory, for as long as the run."""

    entries: list[Entry] = field(default_factory=list)
    abandoned: list[Entry] = field(default_factory=list)

    def add(self, entry: Entry) -> None:
        """Record what was made."""
        self.entries.append(entry)

    def since(self, mark: int) -> list[Entry]:
        """Return what was made after the ledger held `mark` entries, the newest first."""
        return self.entries[mark:][::-1]

    def removed(self, entry: Entry) -> None:
        """Strike out what is gone."""
        self.entries.remove(entry)

    def abandon(self, entry: Entry) -> None:
        """Keep what could not be removed, to be reported."""
        self.entries.remove(entry)
        self.abandoned.append(entry)
