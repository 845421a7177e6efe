"""The pages of a site, as text by file name: a reference that a vendor would publish, in which each
statement leads to its evidence.
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

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.difference import Change
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING
from conformance.contract.reading import Reading
from conformance.docs import history, reference, sample, vocabulary
from conformance.docs.evidence import WORDS, Evidence, Standing, gather, known
from conformance.report import chart, html
from conformance.report.excerpt import Budget
from conformance.report.mark import Marks, marks
from conformance.report.page import asset, environment, policy
from conformance.report.text import harmless
from conformance.suite.event import Verdict

HERE = Path(__file__).parent / "pages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a site is made of: the contract, results of runs, the runs before these, readings, and
    what changed since each other edition.
    """

    contract: Contract
    results: Sequence[Json]
    history: Sequence[Json]
    readings: Sequence[Reading]
    changes: Sequence[tuple[Contract, Sequence[Change]]]


@dataclass(frozen=True, slots=True)
class Link:
    """A page of the site and its name in the navigation."""

    file: str
    name: str


@cache
def _environment() -> Environment:
    made = environment(HERE)
    made.filters.update(example=example, yaml=_yaml)
    return made


def pages(given: Given) -> dict[str, str]:
    """Return every page by its file name."""
    contract, evidence = given.contract, gather(given.contract, given.results)
    builder = _Builder(given, evidence)
    made = {
        "index.html": builder.index(),
        "statements.html": builder.statements(),
        "schemas.html": builder.schemas(),
        "words.html": builder.words(),
    }
    made |= {
        "readings.html": builder.readings(),
        "changes.html": builder.changes(),
        "history.html": builder.history(),
    }
    for operation in contract.operations:
        made[page_of(operation)] = builder.operation(operation)
        made[evidence_of(operation)] = builder.evidence(operation)
    return made


def page_of(operation: str) -> str:
    """Return the file of an operation's page."""
    return f"operation-{_name(operation)}.html"


def evidence_of(operation: str) -> str:
    """Return the file of the page with the evidence for an operation's claims."""
    return f"evidence-{_name(operation)}.html"


def _name(id: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9]+", "-", id).strip("-")[:60]
    return plain if plain == id else f"{plain}-{hashlib.sha256(id.encode()).hexdigest()[:6]}"


def anchor(id: str) -> str:
    """Return the anchor of a statement or a schema."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", id)
    return plain if plain == id else f"{plain}-{hashlib.sha256(id.encode()).hexdigest()[:6]}"


def example(value: Json) -> str:
    """Return a documented value as JSON."""
    return (
        json.dumps(value, ensure_ascii=False, indent=2)
        if isinstance(value, dict | list)
        else json.dumps(value, ensure_ascii=False)
    )


def _yaml(value: Json) -> str:
    return str(yaml.safe_dump(_uncited(value), allow_unicode=True, sort_keys=False, width=100))


def _uncited(node: Json) -> Json:
    if isinstance(node, dict):
        return {key: _uncited(child) for key, child in node.items() if key != "x-source"}
    return [_uncited(child) for child in node] if isinstance(node, list) else node


class _Builder:
    """Fills the templates; everything that several pages ask for is found once."""

    def __init__(self, given: Given, evidence: Evidence) -> None:
        self.given, self.contract, self.seen = given, given.contract, evidence
        contract = self.contract
        self.entries = {
            id: reference.entry(contract, operation)
            for id, operation in contract.operations.items()
        }
        self.known = {
            id: known(contract, evidence, statement)
            for id, statement in contract.register.statements.items()
        }
        self.by_claim = {claim.id: evidence.of([claim]) for claim in contract.claims}
        self.client = sample.client(contract)
        self.runs = history.turns(history.appended(given.history, given.results))

    def _page(self, template: str, here: str, title: str, **more: object) -> str:
        style = asset("theme.css") + asset("site.css", HERE)
        script = asset("copy.js") + asset("site.js", HERE)
        text = (
            _environment()
            .get_template(template)
            .render(
                policy=policy([str(style)], [str(script)]),
                style=style,
                script=script,
                contract=self.contract,
                title=title,
                here=here,
                operations=[
                    (Link(page_of(id), id), operation)
                    for id, operation in self.contract.operations.items()
                ],
                nav=self._nav(),
                newest=self.seen.results[-1] if self.seen.results else None,
                statements=self.known,
                claims=self.by_claim,
                of=self.seen.of,
                missing=MISSING,
                anchor=anchor,
                slug=html.slug,
                page_of=page_of,
                evidence_of=evidence_of,
                standings=WORDS,
                Standing=Standing,
                **more,
            )
        )
        return harmless(text, "\n\t")

    def _nav(self) -> list[Link]:
        named = [
            ("index.html", "Overview"),
            ("statements.html", "Statements"),
            ("schemas.html", "Schemas"),
            ("readings.html", "Ambiguities"),
        ]
        return [
            Link(file, name)
            for file, name in [
                *named,
                ("changes.html", "Changes"),
                ("history.html", "History"),
                ("words.html", "Words"),
            ]
        ]

    def index(self) -> str:
        """Return the first page: what the API is, how it stands, its operations."""
        edition = [one for one in self.known.values() if one.standing is not Standing.ELSEWHERE]
        rows = [
            (id, self.contract.operations[id], self._counted(entry.claims))
            for id, entry in self.entries.items()
        ]
        return self._page(
            "index.html.j2",
            "index.html",
            self.contract.title,
            tally=Counter(one.standing for one in edition),
            rows=rows,
            trend=self._trend(),
            stale=any(one.stale for one in edition),
        )

    def _counted(self, claims: Iterable[Claim]) -> Counter[str]:
        return Counter(self.by_claim[claim.id].standing for claim in claims)

    def _trend(self) -> object:
        runs = [(run["started"][5:16].replace("T", " "), run["summary"]) for run in self.runs[-24:]]
        return (
            {"all": chart.trend(runs), "open": chart.trend(runs, ("violated", "undecided"))}
            if runs
            else None
        )

    def operation(self, id: str) -> str:
        """Return the page of one operation."""
        operation = self.contract.operations[id]
        samples = {"curl": sample.curl(self.contract, operation)}
        if self.client is not None:
            samples["Python"] = sample.python(self.client, operation)
        return self._page(
            "operation.html.j2",
            page_of(id),
            id,
            entry=self.entries[id],
            operation=operation,
            samples=samples,
            resource=self.contract.resource_of(id),
        )

    def evidence(self, id: str) -> str:
        """Return the page with the evidence of each claim of an operation."""
        budget = Budget()
        claims = [claim for claim in self.contract.claims if claim.operation == id]
        claims.sort(key=lambda claim: self.by_claim[claim.id].standing is not Standing.VIOLATED)
        rows = [self._evidence(claim, budget) for claim in claims]
        return self._page("evidence.html.j2", evidence_of(id), f"{id}: evidence", id=id, rows=rows)

    def _evidence(self, claim: Claim, budget: Budget) -> Json:
        sightings = self.seen.sightings[claim.id]
        newest: dict[str, object] = {}
        for one in sightings:
            newest.setdefault(one.target, one)
        shown = None
        findings: list[Json] = []
        if sightings:
            held = sightings[0].claim
            for finding in held["findings"][:2]:
                found = marks(held, finding["message"])
                steps = [html.exchange(one, found, budget) for one in finding["exchanges"][-3:]]
                findings.append(
                    {
                        "message": finding["message"],
                        "curl": finding["curl"][:3000],
                        "steps": [one for one in steps if one],
                    }
                )
            if held["verdict"] == Verdict.VERIFIED and held["evidence"]:
                shown = html.exchange(held["evidence"], Marks(), budget)
        return {
            "claim": claim,
            "known": self.by_claim[claim.id],
            "sightings": list(newest.values()),
            "shown": shown,
            "findings": findings,
            "place": self.contract.place(claim.pointer),
        }

    def statements(self) -> str:
        """Return the register, every statement with its standing and what it rests on."""
        register = self.contract.register
        tested: dict[str, list[Claim]] = {id: [] for id in register.statements}
        for claim in self.contract.claims:
            for id in claim.statements:
                if id in tested:
                    tested[id].append(claim)
        first = {
            id: next(
                (one for one in statement.documents if one in self.contract.documents),
                statement.documents[0],
            )
            for id, statement in register.statements.items()
        }
        groups = [
            (
                register.sources[document],
                [register.statements[id] for id in first if first[id] == document],
            )
            for document in dict.fromkeys(sorted(first.values(), key=list(register.sources).index))
        ]
        tally = Counter(one.standing for one in self.known.values())
        return self._page(
            "statements.html.j2",
            "statements.html",
            "Statements",
            groups=groups,
            tested=tested,
            bases=vocabulary.BASES,
            tally=tally,
        )

    def schemas(self) -> str:
        """Return the schemas that bodies and answers refer to."""
        nodes = self.contract.document.get("components", {}).get("schemas", {})
        rows = [
            (
                name,
                node,
                reference.type_of(self.contract, node),
                reference.fields(self.contract, node),
            )
            for name, node in nodes.items()
        ]
        return self._page("schemas.html.j2", "schemas.html", "Schemas", rows=rows)

    def words(self) -> str:
        """Return the vocabulary: behaviours, elements, bases and standings, each explained once."""
        uses = {
            word: [
                id
                for id, entry in self.entries.items()
                if any(part.name == word for part in entry.behaviours)
            ]
            for word in vocabulary.BEHAVIOURS
        }
        return self._page(
            "words.html.j2",
            "words.html",
            "Words",
            behaviours=vocabulary.BEHAVIOURS,
            elements=vocabulary.ELEMENTS,
            bases=vocabulary.BASES,
            uses=uses,
        )

    def readings(self) -> str:
        """Return the ambiguous passages with the readings that runs have seen."""
        seen: dict[str, list[Json]] = {}
        for result in reversed(self.seen.results):
            stale = result["contract"]["digest"] != self.contract.digest
            for one in result.get("readings", ()):
                seen.setdefault(one["name"], []).append(
                    {
                        **one,
                        "target": result["target"]["url"],
                        "started": result["started"],
                        "stale": stale,
                    }
                )
        passages = [
            (passage, list(rows))
            for passage, rows in groupby(self.given.readings, key=lambda reading: reading.passage)
        ]
        return self._page(
            "readings.html.j2", "readings.html", "Ambiguities", passages=passages, seen=seen
        )

    def changes(self) -> str:
        """Return what changed since each other edition."""
        editions = [
            (
                other,
                [
                    (name, list(rows))
                    for name, rows in groupby(changes, key=lambda one: one.operation)
                ],
                Counter(one.breaking for one in changes),
            )
            for other, changes in self.given.changes
        ]
        return self._page("changes.html.j2", "changes.html", "Changes", editions=editions)

    def history(self) -> str:
        """Return the runs over time."""
        return self._page(
            "history.html.j2",
            "history.html",
            "History",
            runs=list(reversed(self.runs)),
            trend=self._trend(),
            verdicts=list(Verdict),
        )


def summary(given: Given) -> Mapping[Standing, int]:
    """Return how many statements of the contract's edition have each standing."""
    evidence = gather(given.contract, given.results)
    found: Counter[Standing] = Counter(
        known(given.contract, evidence, one).standing
        for one in given.contract.register.statements.values()
    )
    return found
