"""pytest: every claim as a test item. `pytest --conformance losant --conformance-url
http://127.0.0.1:9000`.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conformance.contract.claim import Claim
    from conformance.contract.contract import Contract
    from conformance.suite.event import Decided, Event
    from conformance.suite.target import Target

PREFIX = "conformance:"
WANTED: pytest.StashKey[list[str]] = pytest.StashKey()
UNREACHED = 3
OPTIONS = {
    "url": "the server to check, base path included (default: the embedded mock)",
    "token": "the bearer token, or @FILE (or CONFORMANCE_TOKEN in the environment)",
    "revision": "an edition of the vendor's page",
    "seed": "the same seed draws the same requests (default: 1)",
}
REPEATED = {
    "param": "NAME=VALUE: a path parameter",
    "scoped-token": "SCOPE=TOKEN: a token whose only scope is SCOPE",
    "fixture": "FIELD=ID,ID: ids that exist on the server",
    "header": "NAME:VALUE: a header for every request",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("conformance", "does a server keep what its documentation promises?")
    group.addoption(
        "--conformance",
        action="append",
        default=[],
        metavar="CONTRACT",
        help="make each claim of CONTRACT a test item; repeatable",
    )
    for name, text in OPTIONS.items():
        group.addoption(f"--conformance-{name}", default=None, help=text)
    for name, text in REPEATED.items():
        group.addoption(
            f"--conformance-{name}", action="append", default=[], help=f"{text}; repeatable"
        )
    text = (
        "exit 3 when fewer percent of the claims that ran could be decided (default: 50): an"
        " expired token must not look green"
    )
    group.addoption(
        "--conformance-min-decided", type=float, default=50.0, metavar="PERCENT", help=text
    )


def pytest_configure(config: pytest.Config) -> None:
    """Set node ids of ours aside: pytest would look for files of that name. Count what becomes of
    our items, whatever process they run in.
    """
    config.stash[WANTED] = [argument for argument in config.args if argument.startswith(PREFIX)]
    if config.stash[WANTED]:
        config.args[:] = [argument for argument in config.args if not argument.startswith(PREFIX)]
    # xdist: the process that starts workers hears all reports
    if config.getoption("--conformance") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Decisions(config))


class _Decisions:
    """Sees to it that a run in which hardly anything could be decided does not look green."""

    def __init__(self, config: pytest.Config) -> None:
        self._config, self._outcomes = config, Counter[str]()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count an item of ours."""
        if report.when == "call" and report.nodeid.startswith(PREFIX):
            self._outcomes[report.outcome] += 1

    @property
    def _complaint(self) -> str | None:
        least, total = (
            self._config.getoption("--conformance-min-decided"),
            sum(self._outcomes.values()),
        )
        share = 100 * (total - self._outcomes["skipped"]) / total if total else 100.0
        if share >= least:
            return None
        return (
            f"only {share:.0f} % of the claims could be decided, fewer than"
            f" --conformance-min-decided {least:g}: are the token and the parameters right?"
        )

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Exit 3, as `run` does, unless something worse is to be told."""
        if session.exitstatus == pytest.ExitCode.OK and self._complaint:
            session.exitstatus = UNREACHED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say why."""
        if self._complaint:
            terminalreporter.write_line(self._complaint, yellow=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Add the claims to what pytest has collected, before -k and -m choose."""
    from conformance.errors import ConformanceError

    names = config.getoption("--conformance")
    collectors = [
        Suite.from_parent(
            session, name=f"{PREFIX}{name}", nodeid=f"{PREFIX}{name}", contract_name=name
        )
        for name in names
    ]
    try:
        found = [item for collector in collectors for item in collector.collect()]
        for collector in collectors:
            collector.target()
    except ConformanceError as error:
        raise pytest.UsageError(str(error)) from error
    wanted = config.stash[WANTED]
    known = {item.nodeid for item in found} | {item.nodeid.partition("::")[0] for item in found}
    if strange := [one for one in wanted if one not in known]:
        raise pytest.UsageError(
            f"there is no claim {strange[0]}; is --conformance given, and the id as `conformance"
            " claims` shows it?"
        )
    items.extend(
        item
        for item in found
        if not wanted or item.nodeid in wanted or item.nodeid.partition("::")[0] in wanted
    )


class Suite(pytest.Collector):
    """The claims of one contract against one target; its items share a run, unless they are spread
    over processes.
    """

    def __init__(self, *, contract_name: str, **rest: Any) -> None:
        super().__init__(**rest)
        self.contract_name = contract_name
        self._contract: Contract | None = None
        self._events: Iterator[Event] | None = None
        self._decided: dict[str, Decided] = {}

    @property
    def contract(self) -> Contract:
        """Return the contract, loaded once."""
        if self._contract is None:
            from conformance.contract import library

            self._contract = library.load(
                self.contract_name, self.config.getoption("--conformance-revision")
            )
        return self._contract

    def collect(self) -> list[Promise]:
        """Return an item for each claim."""
        return [
            Promise.from_parent(self, name=claim.id, claim=claim) for claim in self.contract.claims
        ]

    def decided(self, item: Promise) -> Decided:
        """Return the verdict on an item's claim, carrying the run on until it is there."""
        from conformance.suite.event import Decided

        if item.claim.id not in self._decided:
            alone = hasattr(self.config, "workerinput") or (
                self._events is not None and item.claim.id not in self._planned
            )
            events = self._run([item.claim]) if alone else self._shared(item)
            for event in events:
                if isinstance(event, Decided):
                    self._decided[event.claim.id] = event
                    if event.claim.id == item.claim.id and not alone:
                        break
        return self._decided[item.claim.id]

    def _shared(self, item: Promise) -> Iterator[Event]:
        if self._events is None:
            claims = [
                other.claim
                for other in item.session.items
                if isinstance(other, Promise) and other.parent is self
            ]
            self._planned = {claim.id for claim in claims}
            self._events = self._run(claims)
        return self._events

    def _run(self, claims: list[Claim]) -> Iterator[Event]:
        from conformance.suite import plan
        from conformance.suite.run import run

        return run(
            plan.draw(
                self.contract, self.config.getoption("--conformance-seed") or "1", only=claims
            ),
            self.target(),
        )

    def target(self) -> Any:
        """Return a fresh target; raises UsageError when the options cannot be used."""
        from conformance import options
        from conformance.embedded import embedded

        given = {
            name: self.config.getoption(f"--conformance-{name}") for name in (*OPTIONS, *REPEATED)
        }
        if given["url"] is None:
            return embedded(
                self.contract, options.pairs("--conformance-param", tuple(given["param"]))
            )
        values = {
            **given,
            "parameters": tuple(given["param"]),
            "scoped": tuple(given["scoped-token"]),
            "fixtures": tuple(given["fixture"]),
            "headers": tuple(given["header"]),
            "ca": None,
            "timeout": 10.0,
            "max_requests": None,
            "max_leftovers": 150,
            "exclusive": False,
        }
        return options.target(self.contract, values)

    def close(self) -> None:
        """End the run, so that what it made is removed."""
        if self._events is not None:
            for _ in self._events:
                pass


class Promise(pytest.Item):
    """One claim: passes when verified, fails when violated, is skipped with the reason when
    undecided.
    """

    def __init__(self, *, claim: Claim, **rest: Any) -> None:
        super().__init__(**rest)
        self.claim = claim
        self.user_properties += [
            ("statements", ", ".join(claim.statements)),
            ("promise", claim.text),
        ]

    def runtest(self) -> None:
        """Hear the verdict."""
        from conformance.errors import TargetError
        from conformance.report import curl
        from conformance.report.record import shown
        from conformance.suite.event import Verdict
        from conformance.suite.masking import masked

        try:
            decided = self._suite.decided(self)
        except TargetError as error:
            pytest.exit(str(error), UNREACHED)
        secrets = self._suite.target().secrets
        for note in decided.notes:
            self.add_report_section("call", "note", masked(note, secrets))
        if decided.verdict is Verdict.VIOLATED:
            finding = decided.findings[0]
            raise Violated(
                self._suite.contract,
                self._suite.target(),
                decided,
                curl.line(shown(finding.exchanges[-1].request, self._suite.target())),
            )
        if decided.verdict is not Verdict.VERIFIED:
            pytest.skip(masked(decided.reason or str(decided.verdict), secrets))

    @property
    def _suite(self) -> Suite:
        parent = self.parent
        assert isinstance(parent, Suite)
        return parent

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """Show a violation without a traceback, which would be of our code."""
        from conformance.errors import ConformanceError

        if isinstance(excinfo.value, Violated | ConformanceError):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo, style))

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """Say where the contract makes the promise."""
        place = self._suite.contract.place(self.claim.pointer)
        return (place[0], place[1] - 1, self.name) if place else (self.path, None, self.name)


class Violated(AssertionError):
    """A claim does not hold; the text says what was promised, where, what happened instead, and how
    to see it.
    """

    def __init__(self, contract: Contract, target: Target, decided: Decided, line: str) -> None:
        from conformance.report.record import source
        from conformance.report.text import harmless
        from conformance.suite.masking import masked

        written = source(contract, decided.claim.statements)
        lines = [
            f"promised  {decided.claim.text}",
            (
                f"written   {', '.join(decided.claim.statements)} · {written['document']} ·"
                f" {written['section']}"
            ),
            f"instead   {harmless(masked(decided.findings[0].message, target.secrets))}",
            f"try       {harmless(line)}",
        ]
        super().__init__("\n".join(lines))


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """End a suite's run after its last item."""
    if isinstance(item, Promise) and (nextitem is None or nextitem.parent is not item.parent):
        item._suite.close()
