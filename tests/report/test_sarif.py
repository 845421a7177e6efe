"""SARIF for code scanning and Code Quality for merge requests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sarif_pydantic import Sarif

from conformance.report import code_quality, sarif
from conformance.report.location import find_repository_location
from tests.report.sample import claim, claim_result, hostile, result, small

ACCEPTED = {"reason": "known", "until": "2030-01-01"}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Create a repository that contains the contract of the samples and make it the current
    folder.
    """
    (tmp_path / ".git").mkdir()
    (tmp_path / "specs/things").mkdir(parents=True)
    (tmp_path / "specs/things/openapi.yaml").write_text("openapi: 3.1.0\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_violation_is_a_result_with_its_rule(repository: Path) -> None:
    """A third-party model reads rule, message and location. A verified or undecided claim is no
    result.
    """
    log = Sarif.model_validate_json(sarif.render_sarif(small()))
    (run,) = log.runs
    (sarif_result,) = run.results or ()
    (rule,) = run.tool.driver.rules or ()
    assert (sarif_result.rule_id, sarif_result.rule_index, rule.id) == (rule.id, 0, rule.id)
    assert "comes before 'a'" in (sarif_result.message.text or "")
    location = (sarif_result.locations or ())[0].physical_location
    assert location is not None
    assert location.artifact_location.uri == "specs/things/openapi.yaml"
    assert location.region is not None
    assert location.region.start_line == 12


def test_an_accepted_violation_is_suppressed(repository: Path) -> None:
    """An accepted violation stays visible, with its reason and date, and is no error."""
    run_result = result(claim("listThings/a", "violated", "no", accepted=ACCEPTED))
    (sarif_result,) = json.loads(sarif.render_sarif(run_result))["runs"][0]["results"]
    assert sarif_result["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": "known (until 2030-01-01)"}
    ]
    assert sarif_result["level"] == "note"
    (issue,) = json.loads(code_quality.render_code_quality(run_result))
    assert issue["severity"] == "info"
    assert issue["description"].startswith("Accepted: known (until 2030-01-01). ")


def test_code_quality_names_file_and_line(repository: Path) -> None:
    """GitLab expects description, check, fingerprint, severity and location of each issue."""
    (issue,) = json.loads(code_quality.render_code_quality(small()))
    assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
    assert issue["location"] == {"path": "specs/things/openapi.yaml", "lines": {"begin": 12}}


def test_a_fingerprint_identifies_the_promise(repository: Path) -> None:
    """The same promise keeps its fingerprint when it is violated in another way; another promise
    has another fingerprint.
    """
    run_results = [
        result(claim(name, "violated", message))
        for name, message in (("a/x", "one"), ("a/x", "two"), ("a/y", "one"))
    ]
    fingerprints = [
        json.loads(code_quality.render_code_quality(run_result))[0]["fingerprint"]
        for run_result in run_results
    ]
    assert fingerprints[0] == fingerprints[1]
    assert fingerprints[0] != fingerprints[2]


def test_a_file_outside_the_repository_has_no_location(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A contract outside the repository, or in an installed package, has no location."""
    monkeypatch.chdir(tmp_path)
    violated_claim = claim("listThings/a", "violated", "no")
    assert find_repository_location(claim_result("listThings/a", "violated", "no")) is None
    location = json.loads(sarif.render_sarif(result(violated_claim)))["runs"][0]["results"][0][
        "locations"
    ][0]
    assert set(location) == {"logicalLocations"}
    for folder in (tmp_path.parent / "elsewhere", tmp_path / "lib/site-packages"):
        file = folder / "openapi.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
        spec = {"file": str(file), "line": 1}
        assert find_repository_location(claim_result("listThings/a", spec=spec)) is None


def test_paths_are_relative_to_the_repository_root(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that runs in a subfolder of the repository gives paths relative to the root of the
    repository.
    """
    monkeypatch.chdir(repository / "specs")
    spec = {"file": "things/openapi.yaml", "line": 12}
    located_claim = claim_result("listThings/a", spec=spec)
    assert find_repository_location(located_claim) == ("specs/things/openapi.yaml", 12)


def test_hostile_values_are_text() -> None:
    """Text from a server appears only in JSON strings, without control characters."""
    for text in (sarif.render_sarif(hostile()), code_quality.render_code_quality(hostile())):
        assert "\x1b" not in json.dumps(json.loads(text), ensure_ascii=False)
        assert "\u202e" not in json.dumps(json.loads(text), ensure_ascii=False)
