"""A result as JUnit XML: one case for each claim, one suite for each operation, as Jenkins' schema
(junit-10.xsd), GitLab and GitHub's readers take it.
"""

from __future__ import annotations

from itertools import groupby
from xml.etree import ElementTree

from conformance.contract.json import Json
from conformance.report.result import first, title, written
from conformance.report.text import harmless, line
from conformance.suite.event import Verdict

Element = ElementTree.Element


def document(result: Json) -> str:
    """Return the XML text. Violated claims fail; undecided and unobservable ones are skipped and
    say why; notes are the case's output.
    """
    summary = result["summary"]
    root = Element(
        "testsuites",
        name=_clean(title(result)),
        tests=str(len(result["claims"])),
        failures=str(summary[Verdict.VIOLATED]),
        errors="0",
        time=f"{result['duration_s']:.3f}",
    )
    for operation, claims in groupby(result["claims"], key=lambda claim: str(claim["operation"])):
        root.append(_suite(result, operation, list(claims)))
    ElementTree.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, "unicode") + "\n"


def _suite(result: Json, operation: str, claims: list[Json]) -> Element:
    verdicts = [claim["verdict"] for claim in claims]
    suite = Element(
        "testsuite",
        name=_clean(operation),
        tests=str(len(claims)),
        failures=str(verdicts.count(Verdict.VIOLATED)),
        errors="0",
        skipped=str(verdicts.count(Verdict.UNDECIDED) + verdicts.count(Verdict.UNOBSERVABLE)),
        timestamp=_clean(result["started"].partition("+")[0].rstrip("Z")),
    )
    spec = claims[0].get("spec")
    if spec:
        suite.set("file", _clean(spec["file"]))
    properties = ElementTree.SubElement(suite, "properties")
    contract = result["contract"]
    for name, value in (
        ("contract", title(result)),
        ("digest", contract["digest"]),
        ("target", result["target"]["url"]),
        ("seed", result["seed"]),
    ):
        ElementTree.SubElement(properties, "property", name=name, value=_clean(value))
    suite.extend(_case(contract["name"], claim) for claim in claims)
    return suite


def _case(contract: str, claim: Json) -> Element:
    case = Element(
        "testcase", classname=_clean(f"{contract}.{claim['operation']}"), name=_clean(claim["id"])
    )
    match claim["verdict"]:
        case Verdict.VIOLATED:
            finding = first(claim)
            failure = ElementTree.SubElement(
                case, "failure", type="violated", message=line(finding["message"])
            )
            failure.text = _clean(told(claim, finding))
        case Verdict.UNDECIDED | Verdict.UNOBSERVABLE:
            ElementTree.SubElement(
                case, "skipped", message=line(f"{claim['verdict']}: {claim['reason'] or ''}")
            )
    if claim["notes"]:
        ElementTree.SubElement(case, "system-out").text = _clean("\n".join(claim["notes"]))
    return case


def told(claim: Json, finding: Json) -> str:
    """Return a finding as plain lines: promise, source, what happened instead, the answer, the curl
    line.
    """
    rows = [
        ("promised", claim["text"]),
        ("written", written(claim)),
        ("instead", finding["message"][:2000]),
    ]
    response = finding["exchanges"][-1]["response"]
    if response:
        rows.append(("answer", f"{response['status']} {line(response['body'] or '', 1000)}"))
    return "\n".join(f"{name:<9}{text}" for name, text in [*rows, ("try", finding["curl"])])


def _clean(text: str) -> str:
    return harmless(text)
