"""Verdicts without evidence: claims that were verified although no request had the tested element.

The requests come from the log of a third-party server, as interpreted by openapi-core.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from conformance.contract.authorization import CredentialDefect, RequiresCredentials
from conformance.contract.json import Json
from conformance.contract.lifecycle import (
    RefusesNonexistentId,
    ReturnsCreatedField,
    StoresCreatedField,
    StoresUpdatedField,
)
from conformance.contract.pagination import HasPagedListProperty
from conformance.contract.pointer import MISSING
from conformance.contract.requests import AcceptsArguments, RefusesInvalidParameter
from conformance.contract.responses import BodyMatchesSchema, MediaTypeIsDocumented
from conformance.suite.events import ClaimDecided, Verdict

Entry = Mapping[str, Json]
EvidenceTest = Callable[[Entry], bool]


def list_verdicts_without_evidence(
    decisions: Mapping[str, ClaimDecided], log: list[Entry]
) -> list[str]:
    """Return the ids of verified claims for which no logged request can be the evidence."""
    return [
        id
        for id, decision in decisions.items()
        if decision.verdict is Verdict.VERIFIED
        and not any(
            entry["operation"] == decision.claim.operation and is_evidence(entry)
            for is_evidence in [build_evidence_test(decision.claim.promise)]
            for entry in log
        )
    ]


def build_evidence_test(promise: Any) -> EvidenceTest:
    """Return a function that tells whether a request can be evidence for a promise."""
    match promise:
        case AcceptsArguments(arguments=arguments):
            return lambda entry: (
                succeeded(entry)
                and all(
                    (name not in _arguments(entry))
                    if value is MISSING
                    else _arguments(entry).get(name) == value
                    for name, value in arguments.items()
                )
            )
        case RefusesInvalidParameter(parameter=name):
            return lambda entry: refused(entry) and name in str(entry["target"])
        case StoresCreatedField(name=name) | ReturnsCreatedField(name=name):
            return lambda entry: succeeded(entry) and name in (entry["body"] or {})
        case StoresUpdatedField(name=name):
            return lambda entry: succeeded(entry) and name in (entry["body"] or {})
        case RefusesNonexistentId(status=status):
            return lambda entry: entry["status"] == status
        case BodyMatchesSchema(status=status) | MediaTypeIsDocumented(status=status):
            return lambda entry: str(entry["status"]) == status
        case HasPagedListProperty(behavior=behavior):
            return lambda entry: succeeded(entry) and behavior.size_parameter in _arguments(entry)
        case RequiresCredentials(defect=CredentialDefect.MISSING):
            return lambda entry: refused(entry) and not entry["credentials"]
        case RequiresCredentials(defect=CredentialDefect.INVALID):
            return lambda entry: refused(entry) and bool(entry["credentials"])
        case RequiresCredentials(defect=CredentialDefect.WITHOUT_SCHEME):
            return refused
        case _:
            return lambda entry: True


def succeeded(entry: Entry) -> bool:
    """Tell whether the response to a request had a 2xx status."""
    return 200 <= int(entry["status"]) < 300


def refused(entry: Entry) -> bool:
    """Tell whether the response to a request had a 4xx status."""
    return 400 <= int(entry["status"]) < 500


def _arguments(entry: Entry) -> dict[str, Json]:
    return dict(_iterate_arguments(entry))


def _iterate_arguments(entry: Entry) -> Iterator[tuple[str, Json]]:
    for values in entry["parameters"].values():
        yield from values.items()
