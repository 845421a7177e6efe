"""What runs have seen of a contract: the newest sighting of each claim, what is stale, and what
follows for a statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.statement import Statement
from conformance.suite.event import Verdict


class Standing(StrEnum):
    """What is known of a statement or an element. The first four are verdicts of its claims; the
    others say why there is none.
    """

    VIOLATED = "violated"
    VERIFIED = "verified"
    PARTLY = "partly"
    UNDECIDED = "undecided"
    UNOBSERVABLE = "unobservable"
    CLIENT = "client"
    DESCRIBED = "described"
    UNTRIED = "untried"
    ELSEWHERE = "elsewhere"


WORDS = {
    Standing.VIOLATED: "a server was seen not to keep it",
    Standing.VERIFIED: "a server was seen to keep it",
    Standing.PARTLY: "some of what follows from it was seen to hold, the rest was not reached",
    Standing.UNDECIDED: "no run could reach it, and the reason is given",
    Standing.UNOBSERVABLE: "no client can see it, and the reason is given",
    Standing.CLIENT: (
        "a duty of the caller: tested on the generated client, no server can keep or break it"
    ),
    Standing.DESCRIBED: "part of the description that other claims rest on; no claim of its own",
    Standing.UNTRIED: "no evidence was given yet",
    Standing.ELSEWHERE: "stated by another edition only",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What one run saw of one claim; `claim` is its entry in the result, `stale` tells that the
    contract was another then.
    """

    claim: Json
    target: str
    when: datetime
    stale: bool

    @property
    def verdict(self) -> str:
        """Return the verdict of that run."""
        return str(self.claim["verdict"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A standing with what it rests on: `newest` is the decisive sighting, `why` the reason where
    there is no verdict, `held` of `of` claims verified.
    """

    standing: Standing
    newest: Sighting | None
    why: str
    held: int
    of: int

    @property
    def stale(self) -> bool:
        """Tell whether it rests on evidence of another contract."""
        return self.newest is not None and self.newest.stale


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The results given, the oldest first, and every claim's sightings, the best first: those of
    this very contract before stale ones, then the newest.
    """

    results: tuple[Json, ...]
    sightings: Mapping[str, tuple[Sighting, ...]]

    def of(self, claims: Sequence[Claim]) -> Known:
        """Return what is known of some claims together: one that is violated decides; all must be
        verified for that verdict.
        """
        best = [self.sightings[claim.id][0] for claim in claims if self.sightings.get(claim.id)]
        held = [one for one in best if one.verdict == Verdict.VERIFIED]
        broken = [one for one in best if one.verdict == Verdict.VIOLATED]
        newest = (
            max(broken or held or best, key=lambda one: (one.stale, one.when), default=None)
            if best
            else None
        )
        why = "; ".join(
            dict.fromkeys(str(one.claim["reason"]) for one in best if one.claim["reason"])
        )
        if broken:
            standing = Standing.VIOLATED
        elif not best:
            standing = Standing.UNTRIED
        elif len(held) == len(claims):
            standing = Standing.VERIFIED
        else:
            standing = Standing.PARTLY if held else Standing.UNDECIDED
        return Known(standing=standing, newest=newest, why=why, held=len(held), of=len(claims))


def gather(contract: Contract, results: Iterable[Json]) -> Evidence:
    """Return what results (format 1) show of a contract; a result of another digest counts, and is
    stale.
    """
    ordered = sorted(results, key=_when)
    sightings: dict[str, list[Sighting]] = {claim.id: [] for claim in contract.claims}
    for result in ordered:
        stale = result["contract"]["digest"] != contract.digest
        for claim in result["claims"]:
            if claim["id"] in sightings:
                sightings[claim["id"]].append(
                    Sighting(
                        claim=claim, target=result["target"]["url"], when=_when(result), stale=stale
                    )
                )
    best = {
        id: tuple(sorted(held, key=lambda one: (one.stale, -one.when.timestamp())))
        for id, held in sightings.items()
    }
    return Evidence(results=tuple(ordered), sightings=best)


def _when(result: Json) -> datetime:
    return datetime.fromisoformat(result["started"])


def known(contract: Contract, evidence: Evidence, statement: Statement) -> Known:
    """Return what is known of a statement: the verdict of the claims that stand on it, or why there
    can be none.
    """
    claims = [claim for claim in contract.claims if statement.id in claim.statements]
    if not set(statement.documents) & set(contract.documents):
        titles = ", ".join(contract.register.sources[id].title for id in statement.documents)
        return Known(
            standing=Standing.ELSEWHERE,
            newest=None,
            why=f"It is stated by {titles} only.",
            held=0,
            of=0,
        )
    if claims:
        found = evidence.of(claims)
        return (
            found
            if found.standing is not Standing.UNTRIED
            else Known(
                standing=found.standing,
                newest=None,
                why="No evidence was given.",
                held=0,
                of=found.of,
            )
        )
    if statement.unobservable:
        return Known(
            standing=Standing.UNOBSERVABLE, newest=None, why=statement.unobservable, held=0, of=0
        )
    if statement.client:
        return Known(standing=Standing.CLIENT, newest=None, why=statement.client, held=0, of=0)
    why = "The contract cites it; it is seen wherever its element is used, and no claim is its own."
    return Known(standing=Standing.DESCRIBED, newest=None, why=why, held=0, of=0)
