"""A result as JUnit XML: a test suite for each operation and a test case for each claim.

The format follows junit-10.xsd of Jenkins, which GitLab and GitHub actions read too.
"""

from __future__ import annotations

from itertools import groupby
from xml.etree import ElementTree

from conformance.report.conclusion import get_conclusion
from conformance.report.location import find_repository_location
from conformance.report.replay_command import format_replay_command
from conformance.report.result import ClaimResult, FoundFailure, Result
from conformance.report.status import RunStatus
from conformance.report.text import sanitize_text, to_single_line
from conformance.suite.events import Verdict

Element = ElementTree.Element


def render_junit_xml(result: Result) -> str:
    """Return the JUnit XML of a result.

    Violated claims are failures. Undecided and unobservable claims are skipped, with the reason;
    so are accepted violations. Notes are the output of the test case. A suite named `run` has an
    error for each outdated acceptance, and one if the run as a whole is undecided.
    """
    errors = _list_run_errors(result)
    root = Element(
        "testsuites",
        name=_sanitize_xml(result.contract.title),
        tests=str(len(result.claims) + len(errors)),
        failures=str(len(result.violated)),
        errors=str(len(errors)),
        time=f"{result.duration_s:.3f}",
    )
    if errors:
        root.append(_build_run_suite(result, errors))
    for operation, claims in groupby(result.claims, key=lambda claim: claim.operation):
        root.append(_build_test_suite(result, operation, list(claims)))
    ElementTree.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, "unicode") + "\n"


def _list_run_errors(result: Result) -> list[tuple[str, str]]:
    """Return the name and the message of each error of the run as a whole."""
    concluded = get_conclusion(result)
    errors = [(f"accepted {entry.claim}", entry.problem) for entry in result.outdated]
    if concluded.status in (RunStatus.UNDECIDED, RunStatus.INTERRUPTED):
        reasons = [str(entry) for entry in result.outdated]
        message = "; ".join(reason for reason in concluded.status_reasons if reason not in reasons)
        errors.append((str(concluded.status), message))
    return errors


def _build_run_suite(result: Result, errors: list[tuple[str, str]]) -> Element:
    suite = _build_suite(result, "run", tests=len(errors), failures=0, errors=len(errors))
    for name, message in errors:
        case = ElementTree.SubElement(
            suite,
            "testcase",
            classname=_sanitize_xml(f"{result.contract.name}.run"),
            name=_sanitize_xml(name),
            time="0.000",
        )
        ElementTree.SubElement(
            case, "error", type="undecided", message=to_single_line(message, 1000)
        )
    return suite


def _build_test_suite(result: Result, operation: str, claims: list[ClaimResult]) -> Element:
    failures = sum(_is_failure(claim) for claim in claims)
    skipped = sum(
        claim.verdict is not Verdict.VERIFIED and not _is_failure(claim) for claim in claims
    )
    suite = _build_suite(
        result,
        operation,
        tests=len(claims),
        failures=failures,
        skipped=skipped,
        seconds=sum(claim.seconds for claim in claims),
    )
    location = find_repository_location(claims[0])
    if location:
        suite.set("file", _sanitize_xml(location[0]))
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in (
        ("contract", result.contract.title),
        ("digest", result.contract.digest),
        ("target", result.target.url),
        ("seed", result.seed),
    ):
        ElementTree.SubElement(properties, "property", name=name, value=_sanitize_xml(value))
    suite.extend(_build_test_case(result, claim) for claim in claims)
    return suite


def _build_suite(
    result: Result,
    name: str,
    *,
    tests: int,
    failures: int,
    errors: int = 0,
    skipped: int = 0,
    seconds: float = 0.0,
) -> Element:
    return Element(
        "testsuite",
        name=_sanitize_xml(name),
        tests=str(tests),
        failures=str(failures),
        errors=str(errors),
        skipped=str(skipped),
        time=f"{seconds:.3f}",
        timestamp=result.started.isoformat(timespec="seconds").partition("+")[0],
    )


def _is_failure(claim: ClaimResult) -> bool:
    return claim.verdict is Verdict.VIOLATED and claim.accepted is None


def _build_test_case(result: Result, claim: ClaimResult) -> Element:
    case = Element(
        "testcase",
        classname=_sanitize_xml(f"{result.contract.name}.{claim.operation}"),
        name=_sanitize_xml(claim.id),
        time=f"{claim.seconds:.3f}",
    )
    match claim.verdict:
        case Verdict.VIOLATED if claim.accepted is not None:
            message = f"accepted: {claim.accepted}"
            ElementTree.SubElement(case, "skipped", message=to_single_line(message))
        case Verdict.VIOLATED:
            finding = claim.first_finding
            failure = ElementTree.SubElement(
                case, "failure", type="violated", message=to_single_line(finding.message)
            )
            failure.text = _sanitize_xml(format_finding_as_text(result, claim, finding))
        case Verdict.UNDECIDED | Verdict.UNOBSERVABLE:
            message = f"{claim.verdict}: {claim.reason or ''}"
            ElementTree.SubElement(case, "skipped", message=to_single_line(message))
    if claim.notes:
        ElementTree.SubElement(case, "system-out").text = _sanitize_xml("\n".join(claim.notes))
    return case


def format_finding_as_text(result: Result, claim: ClaimResult, finding: FoundFailure) -> str:
    """Return a finding as plain text.

    The lines are the promise, its source, what happened instead, the response, the curl command
    and the command that sends all of it again.
    """
    rows = [
        ("promised", claim.text),
        ("written", claim.describe_source()),
        ("instead", finding.message[:2000]),
    ]
    response = finding.exchanges[-1].response
    if response:
        rows.append(("answer", f"{response.status} {to_single_line(response.body or '', 1000)}"))
    rows += [
        ("try", finding.curl),
        *([("", f"# {finding.curl_caveat}")] if finding.curl_caveat else []),
        ("again", format_replay_command(result, claim)),
    ]
    return "\n".join(f"{name:<9}{text}" for name, text in rows)


def _sanitize_xml(text: str) -> str:
    return sanitize_text(text)
