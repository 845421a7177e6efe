"""Sample documentation sites, each built once."""

from __future__ import annotations

from functools import cache

from conformance.contract import loader
from conformance.contract.difference import compare_contracts
from conformance.contract.json import Json
from conformance.docs.site import SiteInput, build_site_pages
from tests.report.sample import HOSTILE, hostile, ran

FAULT = "listNotes/order/refuses/enum!passed-over"
CONTRACTS = [("losant", None), ("losant", "2017"), ("push-express", None), ("tests/toy", None)]


def build_site_input(
    name: str, revision: str | None, results: tuple[Json, ...] = (), history: tuple[Json, ...] = ()
) -> SiteInput:
    """Return the input from which the command would build a site."""
    contract, base_contract = loader.load_contract(name, revision), loader.load_contract(name)
    other_editions = [
        base_contract,
        *(
            loader.load_contract(name, other_revision)
            for other_revision in loader.list_revisions(name)
        ),
    ]
    changes = [
        (edition, compare_contracts(edition, contract))
        for edition in other_editions
        if edition.revision != contract.revision
    ]
    return SiteInput(
        contract=contract,
        results=results,
        history=history,
        interpretations=loader.list_open_interpretations(name, revision),
        changes=changes,
    )


@cache
def build_pages(name: str, revision: str | None = None, evidence: bool = True) -> dict[str, str]:
    """Return the pages of a contract's site, with a run against its mock as evidence."""
    results = (as_of_server(ran(name).to_json()),) if evidence and name != "tests/toy" else ()
    return build_site_pages(build_site_input(name, revision, results))


def as_of_server(result: Json, url: str = "http://127.0.0.1:9000") -> Json:
    """Return a result as if a server had been checked in place of the embedded mock."""
    return {**result, "target": {**result["target"], "url": url}}


def build_toy_result(fault: bool = True, claim_prefix: str = "", **result_fields: Json) -> Json:
    """Return the result of a run of the toy contract against a server with one fault.

    If `fault` is false, the violated claims are left out, as if the server had no fault. Only
    claims whose id starts with `claim_prefix` are included.
    """
    result = ran("tests/toy", FAULT).to_json()
    result["claims"] = [
        claim
        for claim in result["claims"]
        if claim["id"].startswith(claim_prefix) and (fault or claim["verdict"] != "violated")
    ]
    return {**as_of_server(result), **result_fields}


@cache
def build_small_site() -> dict[str, str]:
    """Return the site of the toy contract, with a faultless run and a later run with one fault."""
    faultless_run, faulty_run = (
        build_toy_result(fault=False, started="2026-01-01T00:00:00+00:00"),
        build_toy_result(started="2026-01-02T00:00:00+00:00"),
    )
    return build_site_pages(build_site_input("tests/toy", None, (faultless_run, faulty_run)))


@cache
def build_hostile_site() -> dict[str, str]:
    """Return a site whose evidence contains attacks in every text that a server supplies."""
    result = hostile().to_json()
    for claim, contract_claim in zip(
        result["claims"], loader.load_contract("tests/toy").claims, strict=False
    ):
        claim["id"] = contract_claim.id
    result["contract"]["revision"] = HOSTILE
    return build_site_pages(build_site_input("tests/toy", None, (result,)))
