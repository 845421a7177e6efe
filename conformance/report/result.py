"""The result of a run as values, read from JSON and written as JSON (format 2)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from conformance.contract.json import Json
from conformance.contract.pointer import MISSING
from conformance.report.record import optional, record_to_json, transient
from conformance.report.result_schema import FORMAT
from conformance.report.status import RunStatus
from conformance.suite.events import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRequest:
    """A request as a result holds it: secrets masked, and a long body cut.

    `body_length` is the length of the whole body in characters, where it was cut.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: str | None
    body_length: int | None = optional(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedResponse:
    """A response as a result holds it: secrets masked, and a long body cut."""

    status: int
    headers: Mapping[str, str]
    body: str | None
    body_length: int | None = optional(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedExchange:
    """A request and its response; without a response, `failure` says why there is none."""

    step: str = ""
    request: RecordedRequest
    response: RecordedResponse | None
    elapsed_s: float = optional(0.0)
    failure: str = optional("")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFailure:
    """What a server did instead of what was promised.

    `kind` and `pointer` stay the same from run to run; `message` is for people. `expected` and
    `actual` are JSON values, MISSING where there is none to name. `exchanges` are the evidence, the
    decisive one last; `curl` sends its request again.
    """

    kind: str = ""
    message: str
    pointer: str = ""
    header: str | None = optional(None)
    status: int | None = optional(None)
    expected: Json = MISSING
    actual: Json = MISSING
    curl: str
    exchanges: tuple[RecordedExchange, ...]

    @property
    def curl_caveat(self) -> str | None:
        """Return why the curl command alone does not show the finding, or None if it does."""
        requests = {
            (exchange.request.method, exchange.request.url, exchange.request.body)
            for exchange in self.exchanges
        }
        if len(requests) < 2:
            return None
        return f"the last of {len(requests)} requests that show this together"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimSource:
    """Where the vendor says it: the title of a document, and a section of it."""

    document: str
    section: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractLocation:
    """Where the contract says it."""

    file: str
    line: int
    pointer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """Why a violation is accepted, and until which day (YYYY-MM-DD)."""

    reason: str
    until: str | None

    def __str__(self) -> str:
        return self.reason + (f" (until {self.until})" if self.until else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutdatedAcceptance:
    """An entry that accepts violations and fits nothing any more; `problem` says why.

    `file` and `line` are where the entry stands.
    """

    claim: str
    reason: str
    until: str | None
    problem: str
    file: str | None = optional(None)
    line: int | None = optional(None)

    def __str__(self) -> str:
        return f"the accepted violation of {self.claim} is outdated: {self.problem}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimResult:
    """What a run found out about one claim.

    `reason` and `cause` say why nothing was decided: the one for people, the other for programs.
    `statements` are the ids of the sentences that make the claim. `evidence` is an exchange that
    shows a verified claim. `needs_writing` is true where a run that may only read cannot decide.
    `accepted` says why a violation is accepted, if it is.
    """

    id: str
    operation: str
    kind: str = ""
    text: str
    statements: tuple[str, ...]
    source: ClaimSource
    spec: ContractLocation | None = None
    basis: str = ""
    verdict: Verdict
    reason: str | None
    cause: str | None = None
    examples: int = 1
    requests: int = 1
    seconds: float = 0.0
    notes: tuple[str, ...]
    evidence: RecordedExchange | None
    findings: tuple[FoundFailure, ...]
    needs_writing: bool = optional(False)
    accepted: Acceptance | None = optional(None)

    @property
    def first_finding(self) -> FoundFailure:
        """Return the finding with the shortest evidence. Raises IndexError if there is none."""
        return self.findings[0]

    def describe_source(self) -> str:
        """Return on one line: statements, document, section, and file of the contract."""
        location = f"{self.spec.file}:{self.spec.line}" if self.spec else ""
        parts = (", ".join(self.statements), self.source.document, self.source.section, location)
        return " · ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedContract:
    """The contract of a run; `digest` changes with everything that it says."""

    name: str
    revision: str
    interpretations: tuple[str, ...]
    digest: str

    @property
    def title(self) -> str:
        """Return the contract on one line, such as `losant current, interpretation empty`."""
        interpretations = "".join(f", interpretation {name}" for name in self.interpretations)
        return f"{self.name} {self.revision}{interpretations}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedTarget:
    """What a run was sent to, without secrets."""

    url: str
    parameters: Mapping[str, Json] = field(default_factory=dict)
    fixtures: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftoverRecord:
    """An item of the run that could not be deleted, and why."""

    resource: str
    id: Json
    name: str | None
    reason: str = "it could not be deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class InterpretationRecord:
    """Whether the server follows one meaning of an ambiguous passage; None if it was not seen."""

    ambiguity: str
    name: str
    meaning: str
    followed: bool | None
    reason: str | None = None
    evidence: RecordedExchange | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationSummary:
    """An operation of the contract."""

    id: str
    method: str
    path: str
    summary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationTraffic:
    """The requests of an operation: counts by status, and latencies in milliseconds.

    `histogram` holds pairs: an upper bound in milliseconds, and the number of answers.
    """

    operation: str
    requests: int
    statuses: Mapping[str, int]
    latency_ms: Mapping[str, float]
    histogram: tuple[tuple[float, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPart:
    """Which part of a run a result is: number `number` of `of`; `plan` is a digest of the run."""

    number: int
    of: int
    plan: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolVersion:
    """The program that wrote a result."""

    name: str = "conformance"
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The result of a run: what the command line writes with `--json`, as values.

    `stopped` says why the run ended early. `part` and `only` say which claims were tried, if not
    all. `status` is what the run says as a whole, and `status_reasons` why it is not `passed`.
    `file` is the file that holds the JSON, where one is known; JSON does not have it.
    """

    format: int = FORMAT
    tool: ToolVersion
    contract: CheckedContract
    target: CheckedTarget
    client: str | None = optional(None)
    seed: str
    profile: str = ""
    started: datetime
    duration_s: float
    requests: int
    stopped: str | None = None
    target_down: bool = False
    workers: int = 1
    leftovers: tuple[LeftoverRecord, ...]
    unread_lists: tuple[str, ...] = ()
    interpretations: tuple[InterpretationRecord, ...] = ()
    operations: tuple[OperationSummary, ...] = ()
    traffic: tuple[OperationTraffic, ...] = ()
    claims: tuple[ClaimResult, ...]
    interrupted: bool = optional(False)
    only: tuple[str, ...] = optional(())
    part: RunPart | None = optional(None)
    outdated: tuple[OutdatedAcceptance, ...] = optional(())
    proxy: Mapping[str, Json] | None = optional(None)
    status: RunStatus | None = optional(None)
    status_reasons: tuple[str, ...] = optional(())
    file: str | None = transient(None)

    @classmethod
    def from_json(cls, document: Json) -> Result:
        """Return the result of a JSON document; earlier formats are read too.

        Raises UsageError, with the pointer, if it is none.
        """
        from conformance.report.result_file import parse_result

        return parse_result(document, "the result")

    @classmethod
    def read(cls, file: str | Path) -> Result:
        """Return the result that a file holds. Raises UsageError if it holds none."""
        from conformance.report.result_file import read_result_file

        return read_result_file(str(file))

    def to_json(self) -> Json:
        """Return the JSON document (format 2)."""
        document = record_to_json(self)
        claims = document.pop("claims")
        return {**document, "summary": self.summary, "claims": claims}

    def write(self, file: str | Path) -> None:
        """Write the JSON document to a file; `conformance report` makes all other reports of it."""
        text = json.dumps(self.to_json(), ensure_ascii=False, indent=1)
        Path(file).write_text(text + "\n", "utf-8", "surrogatepass")

    @property
    def summary(self) -> dict[str, int]:
        """Return the number of claims by verdict."""
        counts = Counter(claim.verdict for claim in self.claims)
        return {str(verdict): counts[verdict] for verdict in Verdict}

    @property
    def violated(self) -> tuple[ClaimResult, ...]:
        """Return the violated claims, without accepted violations."""
        return tuple(
            claim
            for claim in self.claims
            if claim.verdict is Verdict.VIOLATED and claim.accepted is None
        )

    @property
    def accepted(self) -> tuple[ClaimResult, ...]:
        """Return the claims whose violation is accepted."""
        return tuple(claim for claim in self.claims if claim.accepted)

    @property
    def undecided(self) -> tuple[ClaimResult, ...]:
        """Return the claims of which nothing is known."""
        return tuple(claim for claim in self.claims if claim.verdict is Verdict.UNDECIDED)

    @property
    def is_partial(self) -> bool:
        """Tell whether only some of the contract's claims were to be tried."""
        return bool(self.only) or self.part is not None

    def claim(self, id: str) -> ClaimResult:
        """Return the claim with an id. Raises KeyError if the run did not try it."""
        for claim in self.claims:
            if claim.id == id:
                return claim
        raise KeyError(id)

    def count_verdicts_by_operation(self) -> dict[str, Counter[Verdict]]:
        """Return the number of claims for each operation and verdict, in the contract's order."""
        by_operation: dict[str, Counter[Verdict]] = {}
        for claim in self.claims:
            by_operation.setdefault(claim.operation, Counter())[claim.verdict] += 1
        return by_operation

    def list_occurring_verdicts(self) -> list[Verdict]:
        """Return the verdicts that occur, in their order; `[VERIFIED]` if there are no claims."""
        return [verdict for verdict in Verdict if self.summary[verdict]] or [Verdict.VERIFIED]

    def iterate_exchanges(self) -> Iterator[tuple[str, RecordedExchange]]:
        """Yield every exchange once, with the id of its claim or its ambiguity."""
        owned: list[tuple[str, RecordedExchange | None]] = []
        for claim in self.claims:
            for finding in claim.findings:
                owned += [(claim.id, exchange) for exchange in finding.exchanges]
            owned.append((claim.id, claim.evidence))
        owned += [(record.ambiguity, record.evidence) for record in self.interpretations]
        keys: set[str] = set()
        for owner, exchange in owned:
            key = repr(exchange)
            if exchange is not None and key not in keys:
                keys.add(key)
                yield owner, exchange
