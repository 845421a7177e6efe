"""The status of a run, in every report."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from conformance.commands.exit_codes import get_exit_status
from conformance.contract.json import Json
from conformance.report import badge, code_quality, html, junit, markdown, sarif
from conformance.report.conclusion import conclude_run
from conformance.report.result import OutdatedAcceptance, Result
from conformance.report.status import RunStatus
from tests.report.sample import claim, result

ACCEPTED: Json = {"reason": "known", "until": None}
OUTDATED = OutdatedAcceptance(
    claim="listThings/b",
    reason="known",
    until=None,
    problem="the server keeps the promise now: delete the entry",
    file="conformance.toml",
    line=7,
)
PASSED = result(claim("listThings/a"), claim("listThings/b", "violated", "no", accepted=ACCEPTED))
VIOLATED = result(claim("listThings/a"), claim("listThings/b", "violated", "no"))
UNDECIDED = result(claim("listThings/a", "undecided", "no token"))
DOWN = result(
    claim("listThings/a", "undecided", "gone"), stopped="gone", target_down=True, requests=0
)
OUTDATED_RUN = replace(PASSED, outdated=(OUTDATED,))


@pytest.mark.parametrize(
    ("run_result", "status", "exit_status"),
    [
        (PASSED, RunStatus.PASSED, 0),
        (VIOLATED, RunStatus.VIOLATED, 1),
        (OUTDATED_RUN, RunStatus.OUTDATED, 2),
        (replace(VIOLATED, outdated=(OUTDATED,)), RunStatus.VIOLATED, 1),
        (UNDECIDED, RunStatus.UNDECIDED, 3),
        (DOWN, RunStatus.UNDECIDED, 3),
        (result(), RunStatus.UNDECIDED, 3),
        (replace(VIOLATED, target_down=True), RunStatus.VIOLATED, 1),
        (replace(VIOLATED, interrupted=True), RunStatus.INTERRUPTED, 130),
    ],
)
def test_the_first_status_that_applies(
    run_result: Result, status: RunStatus, exit_status: int
) -> None:
    """A run has one status, and the exit status says the same."""
    assert conclude_run(run_result).status is status
    assert get_exit_status(run_result) == exit_status


def test_a_status_is_written_and_read() -> None:
    """The JSON holds the status, so that no reader has to know --min-decided."""
    run_result = result(claim("listThings/a"), claim("listThings/b", "undecided", "no token"))
    concluded = conclude_run(run_result, min_decided=60)
    assert concluded.status is RunStatus.UNDECIDED
    assert Result.from_json(concluded.to_json()) == concluded
    assert get_exit_status(Result.from_json(concluded.to_json())) == 3


@pytest.mark.parametrize("minimum", [0.0, 50.0])
def test_nothing_decided_is_never_good(minimum: float) -> None:
    """A run that decided no claim is undecided, whatever the minimum is."""
    assert conclude_run(UNDECIDED, minimum).status is RunStatus.UNDECIDED


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Create a repository that contains the configuration, and make it the current folder."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "conformance.toml").write_text("\n" * 9)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_an_outdated_acceptance_is_in_every_report(repository: Path) -> None:
    """Each report names the entry, what to do, and where it can say so: file and line."""
    run_result = conclude_run(OUTDATED_RUN)
    errors = ElementTree.fromstring(junit.render_junit_xml(run_result)).findall(".//error")
    assert [error.get("message") for error in errors] == [OUTDATED.problem]
    results = json.loads(sarif.render_sarif(run_result))["runs"][0]["results"]
    assert results[-1]["locations"][0]["physicalLocation"]["region"] == {"startLine": 7}
    issue = json.loads(code_quality.render_code_quality(run_result))[-1]
    assert issue["location"] == {"path": "conformance.toml", "lines": {"begin": 7}}
    assert OUTDATED.problem in issue["description"]
    assert "conformance.toml:7" in markdown.render_markdown_summary(run_result)
    assert "delete the entry" in html.render_result_page(run_result)
    (annotation,) = [
        line for line in markdown.build_github_annotations(run_result) if line.startswith("::error")
    ]
    assert "file=conformance.toml,line=7" in annotation


def test_an_undecided_run_looks_healthy_in_no_report() -> None:
    """Each report of a server that is down says so, and none is green or empty."""
    run_result = conclude_run(DOWN)
    root = ElementTree.fromstring(junit.render_junit_xml(run_result))
    assert root.get("errors") == "1"
    assert [error.get("message") for error in root.findall(".//error")] == [
        "the run ended early: gone"
    ]
    (invocation,) = json.loads(sarif.render_sarif(run_result))["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["message"]["text"].endswith("gone")
    (issue,) = json.loads(code_quality.render_code_quality(run_result))
    assert issue["check_name"] == "run-undecided"
    assert "the run ended early: gone" in markdown.render_markdown_summary(run_result)
    page = html.render_result_page(run_result)
    assert "Too little could be decided" in page
    assert "the run ended early: gone" in page
    assert "undecided" in badge.render_badge(run_result)
    assert "::error title=the run is undecided::the run ended early: gone" in (
        markdown.build_github_annotations(run_result)
    )
