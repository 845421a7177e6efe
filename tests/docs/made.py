"""Sites to look at, each made once."""

from __future__ import annotations

from functools import cache

from conformance.contract import library
from conformance.contract.difference import differences
from conformance.contract.json import Json
from conformance.docs.site import Given, pages
from tests.report.sample import HOSTILE, hostile, ran

FAULT = "listExperienceGroups/sortDirection/refuses/enum!passed-over"
CONTRACTS = [("losant", None), ("losant", "2017"), ("push-express", None), ("tests/toy", None)]


def given(name: str, revision: str | None, results: tuple[Json, ...] = (), history: tuple[Json, ...] = ()) -> Given:
    """Return what the command would make a site of."""
    contract, base = library.load(name, revision), library.load(name)
    others = [base, *(library.load(name, one) for one in library.revisions(name))]
    changes = [(other, differences(other, contract)) for other in others if other.revision != contract.revision]
    return Given(contract=contract, results=results, history=history, readings=library.ambiguities(name, revision), changes=changes)


@cache
def site(name: str, revision: str | None = None, evidence: bool = True) -> dict[str, str]:
    """Return the pages of a contract's site, with a run against its mock as evidence."""
    results = (ran(name),) if evidence and name != "tests/toy" else ()
    return pages(given(name, revision, results))


@cache
def broken() -> dict[str, str]:
    """Return the site of a contract of which a server with one fault was checked after an honest one."""
    before, after = ran("losant", None, "listExperienceGroups/s"), ran("losant", FAULT, "listExperienceGroups/s")
    before["started"], after["started"] = "2026-01-01T00:00:00+00:00", "2026-01-02T00:00:00+00:00"
    return pages(given("losant", None, (before, after)))


@cache
def small() -> dict[str, str]:
    """Return the site of the small contract, of which a server with one fault was checked after an honest one."""
    before, after = ran("tests/toy"), ran("tests/toy", "listNotes/order/refuses/enum!passed-over")
    before["started"], after["started"] = "2026-01-01T00:00:00+00:00", "2026-01-02T00:00:00+00:00"
    return pages(given("tests/toy", None, (before, after)))


@cache
def attacked() -> dict[str, str]:
    """Return a site whose evidence holds attacks in every text that a server gives."""
    result = hostile()
    ids = [claim.id for claim in library.load("losant").claims]
    for claim, id in zip(result["claims"], ids, strict=False):
        claim["id"] = id
    result["readings"][0]["name"] = library.ambiguities("losant")[0].name
    result["contract"]["name"] = "losant"
    result["contract"]["revision"] = HOSTILE
    return pages(given("losant", None, (result,)))
