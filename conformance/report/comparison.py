"""Two results, or more, side by side: what is newly broken, newly fixed, flaky, or no longer
decided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from conformance.contract.json import Json
from conformance.report.result import title
from conformance.report.text import number
from conformance.suite.event import Verdict

# how a run begins the reason of a claim that broke and then held when it was tried again
WAVERED = "seen once, and not"


class Shift(StrEnum):
    """What happened to a claim between two runs."""

    BROKEN = "newly broken"
    FIXED = "newly fixed"
    FLAKY = "flaky"
    LOST = "no longer decided"
    GAINED = "newly decided"
    ADDED = "new claims"
    DROPPED = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One claim whose verdict changed; `why` is the finding's message or the reason."""

    claim: str
    before: str | None
    after: str | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What changed, by kind, in the order of the claims; `before` and `after` name the runs. `same`
    tells whether both stand on one contract.
    """

    before: str
    after: str
    same: bool
    groups: Mapping[Shift, tuple[Change, ...]]
    still: tuple[str, ...]

    @property
    def summary(self) -> str:
        """Return the counts in one line."""
        found = [f"{len(changes)} {shift}" for shift, changes in self.groups.items() if changes]
        found += [f"{number(len(self.still), 'claim')} still violated"] if self.still else []
        return (" · ".join(found) or "nothing changed") + (
            "" if self.same else " (the contract changed in between)"
        )


def compare(results: Sequence[Json]) -> Comparison:
    """Return what the last result changes against the one before it; the older ones tell which
    claims are flaky.

    Flaky is a claim that a run saw break once and hold when tried again, or that went from kept to
    broken (or back) at least twice. Raises ValueError for fewer than two results.
    """
    if len(results) < 2:
        raise ValueError("a comparison needs two results")
    verdicts = [{claim["id"]: claim for claim in result["claims"]} for result in results]
    old, new = verdicts[-2], verdicts[-1]
    groups: dict[Shift, list[Change]] = {shift: [] for shift in Shift}
    still = []
    for id in [*new, *(id for id in old if id not in new)]:
        shift = _shift([held[id] for held in verdicts if id in held], old.get(id), new.get(id))
        if shift is not None:
            groups[shift].append(_change(id, old.get(id), new.get(id)))
        elif new[id]["verdict"] == Verdict.VIOLATED:
            still.append(id)
    return Comparison(
        before=_named(results[-2]),
        after=_named(results[-1]),
        same=results[-2]["contract"]["digest"] == results[-1]["contract"]["digest"],
        groups={shift: tuple(changes) for shift, changes in groups.items()},
        still=tuple(still),
    )


def _shift(history: list[Json], old: Json | None, new: Json | None) -> Shift | None:
    if new is None:
        return Shift.DROPPED
    if _wavers(history):
        return Shift.FLAKY
    if old is None:
        return Shift.BROKEN if new["verdict"] == Verdict.VIOLATED else Shift.ADDED
    match old["verdict"], new["verdict"]:
        case before, after if before == after:
            return None
        case _, Verdict.VIOLATED:
            return Shift.BROKEN
        case Verdict.VIOLATED, Verdict.VERIFIED:
            return Shift.FIXED
        case _, Verdict.VERIFIED:
            return Shift.GAINED
    return Shift.LOST


def _wavers(history: list[Json]) -> bool:
    decided = [
        claim["verdict"]
        for claim in history
        if claim["verdict"] in (Verdict.VERIFIED, Verdict.VIOLATED)
    ]
    turns = sum(one != other for one, other in pairwise(decided))
    return turns > 1 or any((claim["reason"] or "").startswith(WAVERED) for claim in history[-2:])


def _change(id: str, old: Json | None, new: Json | None) -> Change:
    claim = new or old
    findings = [finding for held in (new, old) if held for finding in held["findings"]]
    why = findings[0]["message"] if findings else (claim or {}).get("reason") or ""
    return Change(
        claim=id,
        before=old["verdict"] if old else None,
        after=new["verdict"] if new else None,
        why=why,
    )


def _named(result: Json) -> str:
    return f"{title(result)} on {result['target']['url']}, {result['started']}"


def document(comparison: Comparison) -> Json:
    """Return a comparison as JSON."""
    return {
        "format": 1,
        "before": comparison.before,
        "after": comparison.after,
        "same_contract": comparison.same,
        "changes": {
            str(shift): [
                {"claim": one.claim, "before": one.before, "after": one.after, "why": one.why}
                for one in changes
            ]
            for shift, changes in comparison.groups.items()
        },
        "still_violated": list(comparison.still),
    }
