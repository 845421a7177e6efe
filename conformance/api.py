"""The public Python API: what the command line does, in a few lines.

    import conformance

    contract = conformance.load("losant")
    result = conformance.run(contract, conformance.Target(url="http://127.0.0.1:9000", token="t"))
    for claim in result.violated:
        print(claim.text, claim.findings[0].message)

These names are kept stable; all other modules of the package may change.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.loader import load_contract
from conformance.errors import Problem, UsageError

if TYPE_CHECKING:  # imported late: the command line needs none of it
    from conformance.suite.events import Event
    from conformance.suite.target import Target


def load(
    contract: str | os.PathLike[str], revision: str | None = None, *interpretations: str
) -> Contract:
    """Return a contract: a built-in name (`losant`, `losant@2017`), a file, or a folder.

    Raises ContractError for documents that make no sense, with file, line and pointer, and
    UsageError if there is no such contract, revision or interpretation.
    """
    return load_contract(os.fspath(contract), revision, tuple(interpretations))


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFailure:
    """What a server did instead of what was promised.

    `kind` and `pointer` stay the same from run to run; `message` is for people. `expected` and
    `actual` are JSON values, MISSING where there is none to name. `exchanges` are the evidence as
    JSON, the decisive one last; `curl` sends its request again.
    """

    kind: str
    message: str
    pointer: str
    expected: Json
    actual: Json
    curl: str
    exchanges: tuple[Json, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimResult:
    """What a run found out about one claim.

    `verdict` is `verified`, `violated`, `undecided` or `unobservable`. `reason` and `cause` say why
    nothing was decided: the one for people, the other for programs. `statements` are the ids of the
    sentences that make the claim. `accepted` is true for a violation that is accepted.
    """

    id: str
    operation: str
    text: str
    statements: tuple[str, ...]
    verdict: str
    reason: str | None
    cause: str | None
    notes: tuple[str, ...]
    findings: tuple[FoundFailure, ...]
    evidence: Json
    accepted: bool


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a run: what the command line writes with `--json`, read as values."""

    _document: Json

    @classmethod
    def from_json(cls, document: Json) -> Result:
        """Return the result of a JSON document; earlier formats are read too.

        Raises UsageError, with the pointer, if it is none.
        """
        from conformance.report import result as results

        document = results.upgrade_result_format(document)
        results.validate_result(document, "the result")
        return cls(document)

    @classmethod
    def read(cls, file: str | Path) -> Result:
        """Return the result that a file holds. Raises UsageError if it holds none."""
        from conformance.report import result as results

        return cls(results.read_result_file(str(file)))

    def to_json(self) -> Json:
        """Return the JSON document (format 2)."""
        return json.loads(json.dumps(self._document))

    def write(self, file: str | Path) -> None:
        """Write the JSON document to a file; `conformance report` makes all other reports of it."""
        text = json.dumps(self._document, ensure_ascii=False, indent=1)
        Path(file).write_text(text + "\n", "utf-8", "surrogatepass")

    @property
    def summary(self) -> dict[str, int]:
        """Return the number of claims by verdict."""
        return dict(self._document["summary"])

    @property
    def requests(self) -> int:
        """Return the number of requests that the run sent."""
        return int(self._document["requests"])

    @property
    def stopped(self) -> str | None:
        """Return why the run ended early, or None."""
        reason: str | None = self._document.get("stopped")
        return reason

    @property
    def leftovers(self) -> tuple[Json, ...]:
        """Return what the run made and could not remove: resource, id, name and reason of each."""
        return tuple(self._document["leftovers"])

    @property
    def claims(self) -> tuple[ClaimResult, ...]:
        """Return the claims, in the order of the contract."""
        return tuple(_read_claim(node) for node in self._document["claims"])

    @property
    def violated(self) -> tuple[ClaimResult, ...]:
        """Return the violated claims, without accepted violations."""
        return tuple(
            claim for claim in self.claims if claim.verdict == "violated" and not claim.accepted
        )

    @property
    def undecided(self) -> tuple[ClaimResult, ...]:
        """Return the claims of which nothing is known."""
        return tuple(claim for claim in self.claims if claim.verdict == "undecided")

    def claim(self, id: str) -> ClaimResult:
        """Return the claim with an id. Raises KeyError if the run did not try it."""
        for claim in self.claims:
            if claim.id == id:
                return claim
        raise KeyError(id)


def run(
    contract: Contract,
    target: Target | None = None,
    *,
    only: Sequence[str] = (),
    seed: str = "1",
    profile: str = "standard",
    workers: int | None = None,
    ledger: str | Path | None = None,
    on_event: Callable[[Event], object] | None = None,
    allow_production: bool = False,
    allow_writes: bool = False,
) -> Result:
    """Check a server, and return what it keeps; without a target, check the embedded mock.

    `only` are patterns of claim ids, `profile` is `quick`, `standard` or `deep`. What the run makes
    carries a mark, stands in the `ledger` (a file; one for each target by default) before it is
    made, and is removed at the end. `on_event` is called with each event of the run. A documented
    production host is refused unless `allow_production` is set, and then only read unless
    `allow_writes` is set.

    Raises UsageError for a target that may not be used or a pattern that matches no claim, and
    TargetUnreachableError if the server does not answer at all.
    """
    from conformance.embedded import create_embedded_target
    from conformance.options import select_claims_by_pattern
    from conformance.report.result_recorder import build_result_from_events
    from conformance.suite.ledger import Ledger, default_ledger_path
    from conformance.suite.plan import RunProfile, generate_plan
    from conformance.suite.run import run_plan
    from conformance.suite.target import require_permitted_target

    if profile not in [*RunProfile]:
        hint = f"it is one of {', '.join(RunProfile)}"
        raise UsageError(Problem(message=f"there is no profile {profile!r}", hint=hint))
    plan = generate_plan(
        contract, seed, RunProfile(profile), select_claims_by_pattern(contract, tuple(only))
    )
    if target is None:
        checked = create_embedded_target(contract)
    else:
        checked = require_permitted_target(contract, target, allow_production, allow_writes)
    record = (
        Ledger()
        if checked.transport or checked.read_only
        else Ledger(Path(ledger) if ledger else default_ledger_path(checked.url), checked.url)
    )
    events = []
    for event in run_plan(plan, checked, workers=workers, ledger=record):
        if on_event is not None:
            on_event(event)
        events.append(event)
    return Result(build_result_from_events(events))


def _read_claim(node: Json) -> ClaimResult:
    return ClaimResult(
        id=node["id"],
        operation=node["operation"],
        text=node["text"],
        statements=tuple(node["statements"]),
        verdict=node["verdict"],
        reason=node["reason"],
        cause=node.get("cause"),
        notes=tuple(node["notes"]),
        findings=tuple(_read_finding(finding) for finding in node["findings"]),
        evidence=node["evidence"],
        accepted="accepted" in node,
    )


def _read_finding(node: Json) -> FoundFailure:
    from conformance.contract.pointer import MISSING

    return FoundFailure(
        kind=node.get("kind", ""),
        message=node["message"],
        pointer=node.get("pointer", ""),
        expected=node.get("expected", MISSING),
        actual=node.get("actual", MISSING),
        curl=node["curl"],
        exchanges=tuple(node["exchanges"]),
    )
