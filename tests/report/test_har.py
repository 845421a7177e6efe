"""HTTP archives of every exchange of a run, or of the exchanges in a result."""

from __future__ import annotations

import io
import json

from haralyzer import HarParser

from conformance.contract import loader
from conformance.embedded import create_embedded_target
from conformance.report import har
from conformance.suite.events import RunFinished
from conformance.suite.plan import generate_plan
from conformance.suite.run import run_plan
from tests.report.sample import hostile, small


def test_a_third_party_parser_reads_it() -> None:
    """The archive of a result has an entry for each distinct exchange, with status, time and
    query.
    """
    entries = HarParser(har.build_har_archive(small())).har_data["entries"]
    assert [
        (entry["response"]["status"], entry["time"], entry["request"]["queryString"])
        for entry in entries
    ] == [(200, 12.3, [{"name": "order", "value": "name"}])]


def test_a_run_records_every_request() -> None:
    """The recorder writes one entry for each request of the run, retries and deletions included,
    and no secret.
    """
    contract = loader.load_contract("losant")
    target, file = create_embedded_target(contract), io.StringIO()
    claims = tuple(claim for claim in contract.claims if "/sortField/" in claim.id)
    with har.HarRecorder(file, target) as recorder:
        events = list(
            run_plan(
                generate_plan(contract, "1", only=claims), target, recorder=recorder.record_exchange
            )
        )
    finished = events[-1]
    assert isinstance(finished, RunFinished)
    entries = HarParser(json.loads(file.getvalue())).har_data["entries"]
    assert len(entries) == finished.requests > 20
    assert "DELETE" in {entry["request"]["method"] for entry in entries}
    assert "mock-token" not in file.getvalue()


def test_an_archive_is_complete_when_the_run_ends_early() -> None:
    """An archive that ends with an error is still a valid file."""
    file = io.StringIO()
    try:
        with har.HarRecorder(file, create_embedded_target(loader.load_contract("losant"))):
            raise RuntimeError
    except RuntimeError:
        assert json.loads(file.getvalue())["log"]["entries"] == []


def test_hostile_values_stay_text() -> None:
    """An unpaired surrogate or a control character does not corrupt the file."""
    assert (
        len(HarParser(json.loads(json.dumps(har.build_har_archive(hostile())))).har_data["entries"])
        == 2
    )
