"""SARIF and Code Quality: what code scanning and merge requests read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sarif_pydantic import Sarif

from conformance.report import sarif
from conformance.report.location import find_repository_location
from tests.report.sample import claim, hostile, result, small

ACCEPTED = {"reason": "known", "until": "2030-01-01"}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository that holds the contract of the samples; its folder is the current one."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "specs/things").mkdir(parents=True)
    (tmp_path / "specs/things/openapi.yaml").write_text("openapi: 3.1.0\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_violation_is_a_result_with_its_rule(repository: Path) -> None:
    """A third-party model reads rule, message and place; what is kept or undecided is none."""
    read = Sarif.model_validate_json(sarif.render_sarif(small()))
    (run,) = read.runs
    (found,) = run.results or ()
    (rule,) = run.tool.driver.rules or ()
    assert (found.rule_id, found.rule_index, rule.id) == (rule.id, 0, rule.id)
    assert "comes before 'a'" in (found.message.text or "")
    place = (found.locations or ())[0].physical_location
    assert place is not None
    assert place.artifact_location.uri == "specs/things/openapi.yaml"
    assert place.region is not None
    assert place.region.start_line == 12


def test_an_accepted_violation_is_suppressed(repository: Path) -> None:
    """It stays visible, with its reason and day; in Code Quality it is no issue."""
    given = result(claim("listThings/a", "violated", "no", accepted=ACCEPTED))
    (found,) = json.loads(sarif.render_sarif(given))["runs"][0]["results"]
    assert found["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": "known (until 2030-01-01)"}
    ]
    assert json.loads(sarif.render_code_quality(given)) == []


def test_code_quality_names_file_and_line(repository: Path) -> None:
    """GitLab wants description, check, fingerprint, severity and place of each issue."""
    (issue,) = json.loads(sarif.render_code_quality(small()))
    assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
    assert issue["location"] == {"path": "specs/things/openapi.yaml", "lines": {"begin": 12}}


def test_a_fingerprint_is_that_of_the_promise(repository: Path) -> None:
    """The same promise, broken in another way, keeps it; another promise has another."""
    given = [
        result(claim(name, "violated", message))
        for name, message in (("a/x", "one"), ("a/x", "two"), ("a/y", "one"))
    ]
    prints = [json.loads(sarif.render_code_quality(one))[0]["fingerprint"] for one in given]
    assert prints[0] == prints[1]
    assert prints[0] != prints[2]


def test_nobody_is_sent_to_a_file_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A contract outside the repository, or of an installed package, has no place."""
    monkeypatch.chdir(tmp_path)
    found = claim("listThings/a", "violated", "no")
    assert find_repository_location(found) is None
    place = json.loads(sarif.render_sarif(result(found)))["runs"][0]["results"][0]["locations"][0]
    assert set(place) == {"logicalLocations"}
    for folder in (tmp_path.parent / "elsewhere", tmp_path / "lib/site-packages"):
        file = folder / "openapi.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
        found["spec"]["file"] = str(file)
        assert find_repository_location(found) is None


def test_the_place_is_told_from_the_root(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that runs in a folder of the repository names files as the repository does."""
    monkeypatch.chdir(repository / "specs")
    found = claim("listThings/a", "violated", "no")
    found["spec"]["file"] = "things/openapi.yaml"
    assert find_repository_location(found) == ("specs/things/openapi.yaml", 12)


def test_hostile_values_are_text() -> None:
    """What a server has sent is within JSON texts, without control characters."""
    for text in (sarif.render_sarif(hostile()), sarif.render_code_quality(hostile())):
        assert "\x1b" not in json.dumps(json.loads(text), ensure_ascii=False)
        assert "\u202e" not in json.dumps(json.loads(text), ensure_ascii=False)
