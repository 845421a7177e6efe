"""JUnit XML: what CI systems read."""

from __future__ import annotations

import os
from xml.etree import ElementTree

import junitparser
import pytest
import xmlschema

from conformance.report import junit
from conformance.report.result import count_verdicts_by_operation
from tests.report.sample import hostile, ran, small

XSD = os.environ.get("CONFORMANCE_JUNIT_XSD")


def test_each_claim_is_one_case() -> None:
    """A third-party parser reads as many cases, failures and skips as there are claims of each
    verdict.
    """
    read = junitparser.JUnitXml.fromstring(junit.render_junit_xml(small()).encode())
    suite = next(iter(read))
    assert (read.tests, read.failures, suite.tests, suite.failures, suite.skipped) == (
        4,
        1,
        4,
        1,
        2,
    )


def test_a_failure_says_where_it_was_promised_and_how_to_see_it() -> None:
    """The text of a failure holds promise, source, what happened instead and the curl line."""
    failure = ElementTree.fromstring(junit.render_junit_xml(small())).find(".//failure")
    assert failure is not None
    text = failure.text or ""
    assert all(
        part in text
        for part in (
            "order=name lists",
            "T1 · The page · Listing · specs/things/openapi.yaml:12",
            "'b' comes before 'a'",
            "curl -sS",
        )
    )


def test_a_skip_says_why() -> None:
    """Undecided and unobservable claims are skipped with their reason."""
    messages = [
        skip.get("message")
        for skip in ElementTree.fromstring(junit.render_junit_xml(small())).iter("skipped")
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
    not XSD,
    reason=(
        "CONFORMANCE_JUNIT_XSD names no junit-10.xsd (.ci/run takes it from pytest's source"
        " distribution)"
    ),
)
def test_it_is_valid_against_the_schema_that_jenkins_publishes(result: object) -> None:
    """Every document is valid against junit-10.xsd."""
    xmlschema.XMLSchema(str(XSD)).validate(junit.render_junit_xml(result))


def test_hostile_values_stay_text() -> None:
    """Whatever a server sends, the document is XML, and a parser reads no more cases than there are
    claims.
    """
    result = hostile()
    root = ElementTree.fromstring(junit.render_junit_xml(result))
    assert len(list(root.iter("testcase"))) == sum(
        sum(counted.values()) for counted in count_verdicts_by_operation(result).values()
    )
    assert "\x1b" not in "".join(root.itertext())
