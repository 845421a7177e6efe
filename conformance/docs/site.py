"""The pages of a documentation site: what each shows, in which order, with which charts.

The site is an API reference in which each statement links to its evidence.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

import yaml
from jinja2 import Environment

from conformance.contract.behavior_registry import load_behavior_kinds
from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.difference import ContractChange
from conformance.contract.interpretation import Interpretation
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING
from conformance.docs import code_sample, history, reference, vocabulary
from conformance.docs.evidence import (
    STATUS_DESCRIPTIONS,
    ContractEvidence,
    EvidenceStatus,
    collect_evidence,
    is_mock_target,
    summarize_statement_evidence,
)
from conformance.report import chart, html
from conformance.report.excerpt import HtmlPageSizeBudget
from conformance.report.highlight import HighlightedParts, find_highlights
from conformance.report.page import (
    build_content_security_policy,
    create_template_environment,
    read_asset,
)
from conformance.report.record import record_from_json
from conformance.report.result import ClaimResult
from conformance.report.text import sanitize_text
from conformance.suite.events import Verdict

PAGES_DIRECTORY = Path(__file__).parent / "pages"


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteInput:
    """The input of a site.

    `history` holds the runs before those in `results`. `changes` holds the other editions of the
    contract, each with the changes since then.
    """

    contract: Contract
    results: Sequence[Json]
    history: Sequence[Json]
    interpretations: Sequence[Interpretation]
    changes: Sequence[tuple[Contract, Sequence[ContractChange]]]


@dataclass(frozen=True, slots=True)
class NavigationLink:
    """A page of the site and its name in the navigation."""

    file: str
    name: str


@cache
def _create_environment() -> Environment:
    jinja_environment = create_template_environment(PAGES_DIRECTORY)
    jinja_environment.filters.update(example=format_example_as_json, yaml=_format_yaml)
    return jinja_environment


def build_site_pages(site_input: SiteInput) -> dict[str, str]:
    """Return the HTML of every page by its file name."""
    contract, evidence = (
        site_input.contract,
        collect_evidence(site_input.contract, site_input.results),
    )
    builder = _SiteBuilder(site_input, evidence)
    pages_by_file = {
        "index.html": builder.build_index_page(),
        "statements.html": builder.build_statements_page(),
        "schemas.html": builder.build_schemas_page(),
        "words.html": builder.build_vocabulary_page(),
    }
    pages_by_file |= {
        "ambiguities.html": builder.build_ambiguities_page(),
        "changes.html": builder.build_changes_page(),
        "history.html": builder.build_history_page(),
    }
    for operation in contract.operations:
        pages_by_file[get_page_file(operation)] = builder.build_operation_page(operation)
        pages_by_file[get_evidence_file(operation)] = builder.build_evidence_page(operation)
    return pages_by_file


def get_page_file(operation: str) -> str:
    """Return the name of the file with the page of an operation."""
    return f"operation-{_build_page_file_stem(operation)}.html"


def get_evidence_file(operation: str) -> str:
    """Return the name of the file with the evidence for the claims of an operation."""
    return f"evidence-{_build_page_file_stem(operation)}.html"


def _build_page_file_stem(operation_id: str) -> str:
    stem = re.sub(r"[^A-Za-z0-9]+", "-", operation_id).strip("-")[:60]
    return (
        stem
        if stem == operation_id
        else f"{stem}-{hashlib.sha256(operation_id.encode()).hexdigest()[:6]}"
    )


def build_anchor(name: str) -> str:
    """Return the HTML anchor of a statement or a schema."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", name)
    return stem if stem == name else f"{stem}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def format_example_as_json(value: Json) -> str:
    """Return a documented value as JSON."""
    return (
        json.dumps(value, ensure_ascii=False, indent=2)
        if isinstance(value, dict | list)
        else json.dumps(value, ensure_ascii=False)
    )


def _format_yaml(value: Json) -> str:
    return str(
        yaml.safe_dump(_remove_citations(value), allow_unicode=True, sort_keys=False, width=100)
    )


def _remove_citations(node: Json) -> Json:
    if isinstance(node, dict):
        return {key: _remove_citations(child) for key, child in node.items() if key != "x-source"}
    return [_remove_citations(child) for child in node] if isinstance(node, list) else node


class _SiteBuilder:
    """Renders the pages of a site.

    Data that several pages use is computed once, in the constructor.
    """

    def __init__(self, site_input: SiteInput, evidence: ContractEvidence) -> None:
        self.site_input, self.contract, self.evidence = site_input, site_input.contract, evidence
        contract = self.contract
        self.references = {
            operation_id: reference.build_operation_reference(contract, operation)
            for operation_id, operation in contract.operations.items()
        }
        self.statement_summaries = {
            statement_id: summarize_statement_evidence(contract, evidence, statement)
            for statement_id, statement in contract.statements.by_id.items()
        }
        self.claim_summaries = {
            claim.id: evidence.summarize_claims([claim]) for claim in contract.claims
        }
        self.client_plan = code_sample.plan_client(contract)
        self.runs = history.add_broken_and_fixed_claims(
            history.append_runs_to_history(site_input.history, site_input.results)
        )

    def _render_page(self, template: str, file: str, title: str, **variables: object) -> str:
        style = read_asset("theme.css") + read_asset("site.css", PAGES_DIRECTORY)
        script = read_asset("copy.js") + read_asset("site.js", PAGES_DIRECTORY)
        text = (
            _create_environment()
            .get_template(template)
            .render(
                policy=build_content_security_policy([str(style)], [str(script)]),
                style=style,
                script=script,
                contract=self.contract,
                title=title,
                here=file,
                operations=[
                    (NavigationLink(get_page_file(operation_id), operation_id), operation)
                    for operation_id, operation in self.contract.operations.items()
                ],
                nav=self._build_navigation(),
                newest=self.evidence.results[-1] if self.evidence.results else None,
                statements=self.statement_summaries,
                claims=self.claim_summaries,
                of=self.evidence.summarize_claims,
                missing=MISSING,
                anchor=build_anchor,
                slug=html.build_claim_anchor,
                page_of=get_page_file,
                evidence_of=get_evidence_file,
                standings=STATUS_DESCRIPTIONS,
                Standing=EvidenceStatus,
                **variables,
            )
        )
        return sanitize_text(text, "\n\t")

    def _build_navigation(self) -> list[NavigationLink]:
        main_pages = [
            ("index.html", "Overview"),
            ("statements.html", "Statements"),
            ("schemas.html", "Schemas"),
            ("ambiguities.html", "Ambiguities"),
        ]
        return [
            NavigationLink(file, name)
            for file, name in [
                *main_pages,
                ("changes.html", "Changes"),
                ("history.html", "History"),
                ("words.html", "Words"),
            ]
        ]

    def build_index_page(self) -> str:
        """Return the start page with an overview of the API, its status and its operations."""
        edition_summaries = [
            summary
            for summary in self.statement_summaries.values()
            if summary.status is not EvidenceStatus.OTHER_EDITION
        ]
        rows = [
            (
                operation_id,
                self.contract.operations[operation_id],
                self._count_statuses(operation_reference.claims),
            )
            for operation_id, operation_reference in self.references.items()
        ]
        return self._render_page(
            "index.html.j2",
            "index.html",
            self.contract.title,
            tally=Counter(summary.status for summary in edition_summaries),
            rows=rows,
            trend=self._render_trend_chart(),
            stale=any(summary.stale for summary in edition_summaries),
            targets=[
                (
                    result,
                    is_mock_target(result["target"]["url"]),
                    result["contract"]["digest"] != self.contract.digest,
                )
                for result in self.evidence.list_targets()
            ],
        )

    def _count_statuses(self, claims: Iterable[Claim]) -> Counter[str]:
        return Counter(self.claim_summaries[claim.id].status for claim in claims)

    def _render_trend_chart(self) -> object:
        of_servers = [run for run in self.runs if not is_mock_target(run["target"])]
        runs = [
            (run["started"][5:16].replace("T", " "), run["summary"]) for run in of_servers[-24:]
        ]
        return (
            {
                "all": chart.draw_verdict_trend(runs),
                "open": chart.draw_verdict_trend(runs, ("violated", "undecided")),
            }
            if runs
            else None
        )

    def build_operation_page(self, operation_id: str) -> str:
        """Return the page of one operation."""
        operation = self.contract.operations[operation_id]
        samples = {"curl": code_sample.build_curl_sample(self.contract, operation)}
        if self.client_plan is not None:
            samples["Python"] = code_sample.build_python_sample(self.client_plan, operation)
        return self._render_page(
            "operation.html.j2",
            get_page_file(operation_id),
            operation_id,
            entry=self.references[operation_id],
            operation=operation,
            samples=samples,
            resource=self.contract.resource_for(operation_id),
        )

    def build_evidence_page(self, operation_id: str) -> str:
        """Return the page with the evidence for each claim of an operation."""
        budget = HtmlPageSizeBudget()
        claims = [claim for claim in self.contract.claims if claim.operation == operation_id]
        claims.sort(
            key=lambda claim: self.claim_summaries[claim.id].status is not EvidenceStatus.VIOLATED
        )
        rows = [self._build_evidence_row(claim, budget) for claim in claims]
        return self._render_page(
            "evidence.html.j2",
            get_evidence_file(operation_id),
            f"{operation_id}: evidence",
            id=operation_id,
            rows=rows,
        )

    def _build_evidence_row(self, claim: Claim, budget: HtmlPageSizeBudget) -> Json:
        observations = self.evidence.observations[claim.id]
        shown_exchange = None
        findings: list[Json] = []
        if observations:
            decisive = self.evidence.find_decisive_observation(claim.id) or observations[0]
            claim_result = decisive.claim_result
            record = record_from_json(ClaimResult, claim_result)
            for finding in record.findings[:2]:
                highlights = find_highlights(record, finding)
                steps = [
                    html.build_exchange_view(exchange, highlights, budget)
                    for exchange in finding.exchanges[-3:]
                ]
                findings.append(
                    {
                        "message": finding.message,
                        "curl": finding.curl[:3000],
                        "steps": [step for step in steps if step],
                    }
                )
            if record.verdict is Verdict.VERIFIED and record.evidence:
                shown_exchange = html.build_exchange_view(
                    record.evidence, HighlightedParts(), budget
                )
        return {
            "claim": claim,
            "known": self.claim_summaries[claim.id],
            "sightings": self.evidence.list_newest_by_target(claim.id),
            "shown": shown_exchange,
            "findings": findings,
            "place": self.contract.position_of(claim.pointer),
        }

    def build_statements_page(self) -> str:
        """Return the page of all statements, each with its status and its claims."""
        statements = self.contract.statements
        claims_by_statement: dict[str, list[Claim]] = {
            statement_id: [] for statement_id in statements.by_id
        }
        for claim in self.contract.claims:
            for statement_id in claim.statements:
                if statement_id in claims_by_statement:
                    claims_by_statement[statement_id].append(claim)
        document_by_statement = {
            statement_id: next(
                (
                    candidate
                    for candidate in statement.document_ids
                    if candidate in self.contract.document_ids
                ),
                statement.document_ids[0],
            )
            for statement_id, statement in statements.by_id.items()
        }
        groups = [
            (
                statements.documents[document],
                [
                    statements.by_id[statement_id]
                    for statement_id in document_by_statement
                    if document_by_statement[statement_id] == document
                ],
            )
            for document in dict.fromkeys(
                sorted(document_by_statement.values(), key=list(statements.documents).index)
            )
        ]
        tally = Counter(summary.status for summary in self.statement_summaries.values())
        return self._render_page(
            "statements.html.j2",
            "statements.html",
            "Statements",
            groups=groups,
            tested=claims_by_statement,
            bases=vocabulary.BASES,
            tally=tally,
        )

    def build_schemas_page(self) -> str:
        """Return the page of the schemas that request and response bodies refer to."""
        nodes = self.contract.document.get("components", {}).get("schemas", {})
        rows = [
            (
                name,
                node,
                reference.describe_schema_type(self.contract.get_schema(node)),
                reference.list_fields(self.contract.get_schema(node)),
            )
            for name, node in nodes.items()
        ]
        return self._render_page("schemas.html.j2", "schemas.html", "Schemas", rows=rows)

    def build_vocabulary_page(self) -> str:
        """Return the page that explains behaviors, elements, bases and evidence statuses."""
        explanations = {name: kind.word.sentence for name, kind in load_behavior_kinds().items()}
        uses = {
            behavior_name: [
                operation_id
                for operation_id, operation_reference in self.references.items()
                if any(behavior.name == behavior_name for behavior in operation_reference.behaviors)
            ]
            for behavior_name in explanations
        }
        return self._render_page(
            "words.html.j2",
            "words.html",
            "Words",
            behaviors=explanations,
            elements=vocabulary.ELEMENTS,
            bases=vocabulary.BASES,
            uses=uses,
        )

    def build_ambiguities_page(self) -> str:
        """Return the page of ambiguities, with the interpretations that runs observed."""
        results_by_name: dict[str, list[Json]] = {}
        for result in reversed(self.evidence.results):
            stale = result["contract"]["digest"] != self.contract.digest
            for interpretation_result in result.get("interpretations", ()):
                results_by_name.setdefault(interpretation_result["name"], []).append(
                    {
                        **interpretation_result,
                        "target": result["target"]["url"],
                        "started": result["started"],
                        "stale": stale,
                    }
                )
        ambiguities = [
            (ambiguity, list(rows))
            for ambiguity, rows in groupby(
                self.site_input.interpretations, key=lambda interpretation: interpretation.ambiguity
            )
        ]
        return self._render_page(
            "ambiguities.html.j2",
            "ambiguities.html",
            "Ambiguities",
            ambiguities=ambiguities,
            seen=results_by_name,
        )

    def build_changes_page(self) -> str:
        """Return the page of the changes since each other edition."""
        editions = [
            (
                edition,
                [
                    (operation_id, list(rows))
                    for operation_id, rows in groupby(
                        edition_changes, key=lambda change: change.operation
                    )
                ],
                Counter(change.breaking for change in edition_changes),
            )
            for edition, edition_changes in self.site_input.changes
        ]
        return self._render_page("changes.html.j2", "changes.html", "Changes", editions=editions)

    def build_history_page(self) -> str:
        """Return the page of all runs over time."""
        return self._render_page(
            "history.html.j2",
            "history.html",
            "History",
            runs=list(reversed(self.runs)),
            trend=self._render_trend_chart(),
            verdicts=list(Verdict),
        )


def count_statements_by_status(site_input: SiteInput) -> Mapping[EvidenceStatus, int]:
    """Return the number of statements in the contract by evidence status."""
    evidence = collect_evidence(site_input.contract, site_input.results)
    counts: Counter[EvidenceStatus] = Counter(
        summarize_statement_evidence(site_input.contract, evidence, statement).status
        for statement in site_input.contract.statements.by_id.values()
    )
    return counts
