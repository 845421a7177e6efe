"""Nothing decides anything by the words of a message."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from conformance.checks import observation
from conformance.checks.cause import Cause
from conformance.checks.exchange import InconclusiveError, NoAnswer
from conformance.contract.json import Json
from conformance.contract.loader import load_contract
from conformance.embedded import create_embedded_target
from conformance.mock.faults.catalog import list_contract_faults
from conformance.report import junit, result_recorder, sarif
from conformance.report.conclusion import conclude_run
from conformance.report.result import Result
from conformance.suite.plan import RunProfile, generate_plan
from conformance.suite.run import run_plan

CONTRACT = load_contract("tests/toy")
NUMBER = "17"


@contextmanager
def replace_messages_by_a_number(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let every sentence of a check, and every reason, be a number."""

    def replace_first_argument(cls: type) -> None:
        create = cls.__init__  # type: ignore[misc]

        def create_with_number(self: object, text: str, *others: Any, **named: Any) -> None:
            create(self, NUMBER, *others, **named)

        patch.setattr(cls, "__init__", create_with_number)

    with monkeypatch.context() as patch:
        patch.setattr(observation.Failed, "message", NUMBER)
        replace_first_argument(observation.Inconclusive)
        replace_first_argument(observation.Disturbed)
        replace_first_argument(InconclusiveError)
        create_no_answer = NoAnswer.__init__
        patch.setattr(
            NoAnswer, "__init__", lambda self, kind, text: create_no_answer(self, kind, NUMBER)
        )
        yield


def run(fault: str | None) -> Json:
    """Return the result of a run against a mock with a fault."""
    faults = {candidate.id: candidate for candidate in list_contract_faults(CONTRACT)}
    target = create_embedded_target(CONTRACT, fault=faults[fault] if fault else None)
    events = run_plan(
        generate_plan(CONTRACT, "1", RunProfile.STANDARD), target, sleep=lambda _: None
    )
    return conclude_run(result_recorder.build_result_from_events(events)).to_json()


def describe_shape(value: Json) -> Json:
    """Return a JSON value with types in place of texts and numbers."""
    if isinstance(value, dict):
        return {name: describe_shape(member) for name, member in value.items()}
    if isinstance(value, list):
        return [describe_shape(member) for member in value]
    return type(value).__name__


def list_decisions(result: Json) -> list[Json]:
    """Return what programs may ask of each claim."""
    return [
        {
            "id": claim["id"],
            "verdict": claim["verdict"],
            "cause": claim["cause"],
            "findings": [
                {key: finding.get(key) for key in ("kind", "pointer", "status")}
                for finding in claim["findings"]
            ],
        }
        for claim in result["claims"]
    ]


FAULTS = [
    None,
    *[fault.id for fault in list_contract_faults(CONTRACT) if not fault.seed_count][::48],
]


@pytest.mark.parametrize("fault", FAULTS)
def test_verdicts_do_not_depend_on_messages(
    fault: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a number for every message, verdicts, causes and the structure of reports stay."""
    expected = run(fault)
    with replace_messages_by_a_number(monkeypatch):
        actual = run(fault)
    assert list_decisions(actual) == list_decisions(expected)
    texts = [claim["reason"] for claim in actual["claims"] if claim["reason"]]
    texts += [finding["message"] for claim in actual["claims"] for finding in claim["findings"]]
    assert [text for text in texts if NUMBER not in text] == []
    assert fault is None or texts
    for first, second in zip(expected["claims"], actual["claims"], strict=True):
        assert describe_shape(first["findings"]) == describe_shape(second["findings"])
    assert list_tags(actual) == list_tags(expected)
    assert describe_shape(
        json.loads(sarif.render_sarif(Result.from_json(actual)))
    ) == describe_shape(json.loads(sarif.render_sarif(Result.from_json(expected))))


def list_tags(result: Json) -> list[str]:
    """Return the elements of the JUnit report of a result."""
    root = ElementTree.fromstring(junit.render_junit_xml(Result.from_json(result)).encode())
    return [element.tag for element in root.iter()]


def test_a_claim_that_nothing_decided_has_a_cause() -> None:
    """Whatever is undecided says why, for programs too; whatever is decided does not."""
    target = replace(create_embedded_target(CONTRACT), read_only=True)
    events = run_plan(generate_plan(CONTRACT, "1", RunProfile.STANDARD), target)
    claims = result_recorder.build_result_from_events(events).to_json()["claims"]
    causes = {claim["cause"] for claim in claims if claim["verdict"] == "undecided"}
    assert len(causes) > 1
    assert causes <= {str(cause) for cause in Cause}
    assert {claim["cause"] for claim in claims if claim["verdict"] != "undecided"} == {None}
