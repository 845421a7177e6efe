"""JUnit XML for CI systems."""

from __future__ import annotations

import os
from xml.etree import ElementTree

import junitparser
import pytest
import xmlschema

from conformance.report import junit
from conformance.report.result import Result
from tests.report.sample import hostile, ran, small

XSD_FILE = os.environ.get("CONFORMANCE_JUNIT_XSD")


def test_each_claim_is_one_test_case() -> None:
    """A third-party parser counts as many test cases, failures and skips as there are claims of
    each verdict.
    """
    report = junitparser.JUnitXml.fromstring(junit.render_junit_xml(small()).encode())
    suite = next(iter(report))
    assert (report.tests, report.failures, suite.tests, suite.failures, suite.skipped) == (
        4,
        1,
        4,
        1,
        2,
    )


def test_a_failure_gives_promise_source_and_curl_command() -> None:
    """The text of a failure contains promise, source, observed behavior and the curl command."""
    failure = ElementTree.fromstring(junit.render_junit_xml(small())).find(".//failure")
    assert failure is not None
    text = failure.text or ""
    assert all(
        expected in text
        for expected in (
            "order=name lists",
            "T1 · The page · Listing · specs/things/openapi.yaml:12",
            "'b' comes before 'a'",
            "curl -sS",
        )
    )


def test_a_skip_gives_its_reason() -> None:
    """Undecided and unobservable claims are skipped with their reason."""
    messages = [
        skipped.get("message")
        for skipped in ElementTree.fromstring(junit.render_junit_xml(small())).iter("skipped")
    ]
    assert messages == [
        "undecided: it needs a token whose only scope is read",
        "unobservable: no client can see it",
    ]


@pytest.mark.parametrize(
    "result",
    [small(), hostile(), ran("losant"), ran("push-express")],
    ids=["small", "hostile", "losant", "push-express"],
)
@pytest.mark.skipif(
    not XSD_FILE,
    reason=(
        "CONFORMANCE_JUNIT_XSD names no junit-10.xsd (.ci/run takes it from pytest's source"
        " distribution)"
    ),
)
def test_it_is_valid_against_the_schema_that_jenkins_publishes(result: Result) -> None:
    """Every document is valid against junit-10.xsd."""
    xmlschema.XMLSchema(str(XSD_FILE)).validate(junit.render_junit_xml(result))


def test_hostile_values_stay_text() -> None:
    """Whatever a server sends, the document is valid XML, and a parser finds exactly one test case
    for each claim.
    """
    result = hostile()
    root = ElementTree.fromstring(junit.render_junit_xml(result))
    assert len(list(root.iter("testcase"))) == sum(
        sum(counts.values()) for counts in result.count_verdicts_by_operation().values()
    )
    assert "\x1b" not in "".join(root.itertext())
