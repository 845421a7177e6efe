"""A result as JUnit XML: a test suite for each operation and a test case for each claim.

The format follows junit-10.xsd of Jenkins, which GitLab and GitHub actions read too.
"""

from __future__ import annotations

from itertools import groupby
from xml.etree import ElementTree

from conformance.contract.json import Json
from conformance.report.location import find_repository_location
from conformance.report.result import (
    describe_acceptance,
    describe_claim_source,
    first_finding,
    format_contract_title,
    format_replay_command,
)
from conformance.report.text import sanitize_text, to_single_line
from conformance.suite.events import Verdict

Element = ElementTree.Element


def render_junit_xml(result: Json) -> str:
    """Return the JUnit XML of a result.

    Violated claims are failures. Undecided and unobservable claims are skipped, with the reason.
    Notes are the output of the test case.
    """
    summary = result["summary"]
    root = Element(
        "testsuites",
        name=_sanitize_xml(format_contract_title(result)),
        tests=str(len(result["claims"])),
        failures=str(summary[Verdict.VIOLATED]),
        errors="0",
        time=f"{result['duration_s']:.3f}",
    )
    for operation, claims in groupby(result["claims"], key=lambda claim: str(claim["operation"])):
        root.append(_build_test_suite_element(result, operation, list(claims)))
    ElementTree.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, "unicode") + "\n"


def _build_test_suite_element(result: Json, operation: str, claims: list[Json]) -> Element:
    verdicts = [claim["verdict"] for claim in claims]
    accepted_count = sum("accepted" in claim for claim in claims)
    suite = Element(
        "testsuite",
        name=_sanitize_xml(operation),
        tests=str(len(claims)),
        failures=str(verdicts.count(Verdict.VIOLATED) - accepted_count),
        errors="0",
        skipped=str(
            verdicts.count(Verdict.UNDECIDED)
            + verdicts.count(Verdict.UNOBSERVABLE)
            + accepted_count
        ),
        time=f"{sum(claim.get('seconds', 0) for claim in claims):.3f}",
        timestamp=_sanitize_xml(result["started"].partition("+")[0].rstrip("Z")),
    )
    location = find_repository_location(claims[0])
    if location:
        suite.set("file", _sanitize_xml(location[0]))
    properties = ElementTree.SubElement(suite, "properties")
    contract = result["contract"]
    for name, value in (
        ("contract", format_contract_title(result)),
        ("digest", contract["digest"]),
        ("target", result["target"]["url"]),
        ("seed", result["seed"]),
    ):
        ElementTree.SubElement(properties, "property", name=name, value=_sanitize_xml(value))
    suite.extend(_build_test_case_element(contract["name"], claim) for claim in claims)
    return suite


def _build_test_case_element(contract: str, claim: Json) -> Element:
    case = Element(
        "testcase",
        classname=_sanitize_xml(f"{contract}.{claim['operation']}"),
        name=_sanitize_xml(claim["id"]),
        time=f"{claim.get('seconds', 0):.3f}",  # results of earlier versions do not have it
    )
    match claim["verdict"]:
        case Verdict.VIOLATED if "accepted" in claim:
            message = f"accepted: {describe_acceptance(claim)}"
            ElementTree.SubElement(case, "skipped", message=to_single_line(message))
        case Verdict.VIOLATED:
            finding = first_finding(claim)
            failure = ElementTree.SubElement(
                case, "failure", type="violated", message=to_single_line(finding["message"])
            )
            failure.text = _sanitize_xml(format_finding_as_text(claim, finding))
        case Verdict.UNDECIDED | Verdict.UNOBSERVABLE:
            ElementTree.SubElement(
                case,
                "skipped",
                message=to_single_line(f"{claim['verdict']}: {claim['reason'] or ''}"),
            )
    if claim["notes"]:
        ElementTree.SubElement(case, "system-out").text = _sanitize_xml("\n".join(claim["notes"]))
    return case


def format_finding_as_text(claim: Json, finding: Json) -> str:
    """Return a finding as plain text.

    The lines are the promise, its source, what happened instead, the response, the curl command
    and the command that makes everything anew.
    """
    rows = [
        ("promised", claim["text"]),
        ("written", describe_claim_source(claim)),
        ("instead", finding["message"][:2000]),
    ]
    response = finding["exchanges"][-1]["response"]
    if response:
        rows.append(
            ("answer", f"{response['status']} {to_single_line(response['body'] or '', 1000)}")
        )
    rows += [("try", finding["curl"]), ("again", format_replay_command(claim))]
    return "\n".join(f"{name:<9}{text}" for name, text in rows)


def _sanitize_xml(text: str) -> str:
    return sanitize_text(text)
