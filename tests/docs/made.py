"""Sites to look at, each made once."""

from __future__ import annotations

from functools import cache

from conformance.contract import loader
from conformance.contract.difference import compare_contracts
from conformance.contract.json import Json
from conformance.docs.site import SiteInput, build_site_pages
from tests.report.sample import HOSTILE, hostile, ran

FAULT = "listNotes/order/refuses/enum!passed-over"
CONTRACTS = [("losant", None), ("losant", "2017"), ("push-express", None), ("tests/toy", None)]


def given(
    name: str, revision: str | None, results: tuple[Json, ...] = (), history: tuple[Json, ...] = ()
) -> SiteInput:
    """Return what the command would make a site of."""
    contract, base = loader.load_contract(name, revision), loader.load_contract(name)
    others = [base, *(loader.load_contract(name, one) for one in loader.list_revisions(name))]
    changes = [
        (other, compare_contracts(other, contract))
        for other in others
        if other.revision != contract.revision
    ]
    return SiteInput(
        contract=contract,
        results=results,
        history=history,
        interpretations=loader.list_open_interpretations(name, revision),
        changes=changes,
    )


@cache
def site(name: str, revision: str | None = None, evidence: bool = True) -> dict[str, str]:
    """Return the pages of a contract's site, with a run against its mock as evidence."""
    results = (ran(name),) if evidence and name != "tests/toy" else ()
    return build_site_pages(given(name, revision, results))


def toy(fault: bool = True, only: str = "", **more: Json) -> Json:
    """Return the result of a run of the small contract against a server with one fault, or as if it
    had none, of the claims that begin with `only`.
    """
    found = ran("tests/toy", FAULT)
    found["claims"] = [
        claim
        for claim in found["claims"]
        if claim["id"].startswith(only) and (fault or claim["verdict"] != "violated")
    ]
    return {**found, **more}


@cache
def small() -> dict[str, str]:
    """Return the site of the small contract, of which a server with one fault was checked after an
    honest one.
    """
    before, after = (
        toy(fault=False, started="2026-01-01T00:00:00+00:00"),
        toy(started="2026-01-02T00:00:00+00:00"),
    )
    return build_site_pages(given("tests/toy", None, (before, after)))


@cache
def attacked() -> dict[str, str]:
    """Return a site whose evidence holds attacks in every text that a server gives."""
    result = hostile()
    for claim, known in zip(
        result["claims"], loader.load_contract("tests/toy").claims, strict=False
    ):
        claim["id"] = known.id
    result["contract"]["revision"] = HOSTILE
    return build_site_pages(given("tests/toy", None, (result,)))
