"""The pytest plugin: every claim is a test item."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conformance.contract.claim import Claim
    from conformance.contract.contract import Contract
    from conformance.suite.events import ClaimDecided, Event
    from conformance.suite.target import Target
    from conformance.testing import ContractMock

PREFIX = "conformance:"
REQUESTED_IDS: pytest.StashKey[list[str]] = pytest.StashKey()
EXIT_INCONCLUSIVE = 3
SINGLE_OPTIONS = {
    "url": "the server to check, base path included (default: the embedded mock)",
    "token": "the secret of the security scheme, or @FILE (or CONFORMANCE_TOKEN)",
    "user": "NAME:PASSWORD of basic authentication, or @FILE (or CONFORMANCE_USER)",
    "revision": "an edition of the vendor's page",
    "seed": "the same seed draws the same requests (default: 1)",
}
REPEATABLE_OPTIONS = {
    "param": "NAME=VALUE: a path parameter",
    "credential": "SCHEME=SECRET: the secret of one of several security schemes",
    "scoped-token": "SCOPE=TOKEN: a token whose only scope is SCOPE",
    "fixture": "FIELD=ID,ID: ids that exist on the server",
    "header": "NAME:VALUE: a header for every request",
}


@pytest.fixture
def losant_mock(request: pytest.FixtureRequest) -> Iterator[ContractMock]:
    """A fresh mock of Losant's experience groups; see `conformance.mocked`."""
    __tracebackhide__ = True
    yield from _give_mock("losant", request)


@pytest.fixture
def push_express_mock(request: pytest.FixtureRequest) -> Iterator[ContractMock]:
    """A fresh mock of Push Express's application groups; see `conformance.mocked`."""
    __tracebackhide__ = True
    yield from _give_mock("push-express", request)


def _give_mock(contract: str, request: pytest.FixtureRequest) -> Iterator[ContractMock]:
    from conformance.testing import mocked, remember_mock

    __tracebackhide__ = True
    with mocked(contract) as mock:
        remember_mock(request.node, mock)
        yield mock


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Let the test itself fail, not its end, when its code sent what a contract does not allow."""
    if "conformance.testing" not in sys.modules:  # no mock: nothing of ours is imported
        return (yield)
    from conformance.testing import explain_error_by_mocks_of, verify_mocks_of

    try:
        result = yield
    except Exception as error:
        explain_error_by_mocks_of(item, error)
        raise
    verify_mocks_of(item)
    return result


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
    for name, text in SINGLE_OPTIONS.items():
        group.addoption(f"--conformance-{name}", default=None, help=text)
    for name, text in REPEATABLE_OPTIONS.items():
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
    config.stash[REQUESTED_IDS] = [
        argument for argument in config.args if argument.startswith(PREFIX)
    ]
    if config.stash[REQUESTED_IDS]:
        config.args[:] = [argument for argument in config.args if not argument.startswith(PREFIX)]
    # xdist: the process that starts workers hears all reports
    if config.getoption("--conformance") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_MinDecidedEnforcer(config))


class _MinDecidedEnforcer:
    """Sees to it that a run in which hardly anything could be decided does not look green."""

    def __init__(self, config: pytest.Config) -> None:
        self._config, self._outcomes = config, Counter[str]()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count an item of ours."""
        if report.when == "call" and report.nodeid.startswith(PREFIX):
            self._outcomes[report.outcome] += 1

    @property
    def _too_few_decided_message(self) -> str | None:
        min_decided, total = (
            self._config.getoption("--conformance-min-decided"),
            sum(self._outcomes.values()),
        )
        percentage = 100 * (total - self._outcomes["skipped"]) / total if total else 100.0
        if percentage >= min_decided:
            return None
        return (
            f"only {percentage:.0f} % of the claims could be decided, fewer than"
            f" --conformance-min-decided {min_decided:g}: are the token and the parameters right?"
        )

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Exit 3, as `run` does, unless something worse is to be told."""
        if session.exitstatus == pytest.ExitCode.OK and self._too_few_decided_message:
            session.exitstatus = EXIT_INCONCLUSIVE

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say why."""
        if self._too_few_decided_message:
            terminalreporter.write_line(self._too_few_decided_message, yellow=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Add the claims to what pytest has collected, before -k and -m choose."""
    from conformance.errors import ConformanceError

    contract_names = config.getoption("--conformance")
    collectors = [
        ContractCollector.from_parent(
            session, name=f"{PREFIX}{name}", nodeid=f"{PREFIX}{name}", contract_name=name
        )
        for name in contract_names
    ]
    try:
        claim_items = [item for collector in collectors for item in collector.collect()]
        for collector in collectors:
            collector.create_target()
    except ConformanceError as error:
        raise pytest.UsageError(str(error)) from error
    requested = config.stash[REQUESTED_IDS]
    node_ids = {item.nodeid for item in claim_items} | {
        item.nodeid.partition("::")[0] for item in claim_items
    }
    if unknown := [node_id for node_id in requested if node_id not in node_ids]:
        raise pytest.UsageError(
            f"there is no claim {unknown[0]}; is --conformance given, and the id as `conformance"
            " claims` shows it?"
        )
    items.extend(
        item
        for item in claim_items
        if not requested or item.nodeid in requested or item.nodeid.partition("::")[0] in requested
    )


class ContractCollector(pytest.Collector):
    """The claims of one contract against one target; its items share a run, unless they are spread
    over processes.
    """

    def __init__(self, *, contract_name: str, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.contract_name = contract_name
        self._contract: Contract | None = None
        self._events: Iterator[Event] | None = None
        self._decisions: dict[str, ClaimDecided] = {}

    @property
    def contract(self) -> Contract:
        """Return the contract, loaded once."""
        if self._contract is None:
            from conformance.contract import loader

            self._contract = loader.load_contract(
                self.contract_name, self.config.getoption("--conformance-revision")
            )
        return self._contract

    def collect(self) -> list[ClaimTestItem]:
        """Return an item for each claim."""
        return [
            ClaimTestItem.from_parent(self, name=claim.id, claim=claim)
            for claim in self.contract.claims
        ]

    def run_until_claim_decided(self, item: ClaimTestItem) -> ClaimDecided:
        """Return the verdict on an item's claim, carrying the run on until it is there."""
        from conformance.suite.events import ClaimDecided

        if item.claim.id not in self._decisions:
            runs_alone = hasattr(self.config, "workerinput") or (
                self._events is not None and item.claim.id not in self._planned
            )
            events = (
                self._run_claims([item.claim])
                if runs_alone
                else self._get_or_start_shared_run(item)
            )
            for event in events:
                if isinstance(event, ClaimDecided):
                    self._decisions[event.claim.id] = event
                    if event.claim.id == item.claim.id and not runs_alone:
                        break
        return self._decisions[item.claim.id]

    def _get_or_start_shared_run(self, item: ClaimTestItem) -> Iterator[Event]:
        if self._events is None:
            claims = [
                session_item.claim
                for session_item in item.session.items
                if isinstance(session_item, ClaimTestItem) and session_item.parent is self
            ]
            self._planned = {claim.id for claim in claims}
            self._events = self._run_claims(claims)
        return self._events

    def _run_claims(self, claims: list[Claim]) -> Iterator[Event]:
        from conformance.suite import plan
        from conformance.suite.run import run_plan

        return run_plan(
            plan.generate_plan(
                self.contract, self.config.getoption("--conformance-seed") or "1", only=claims
            ),
            self.create_target(),
        )

    def create_target(self) -> Target:
        """Return a fresh target; raises UsageError when the options cannot be used."""
        from conformance import options
        from conformance.embedded import create_embedded_target

        option_values = {
            name: self.config.getoption(f"--conformance-{name}")
            for name in (*SINGLE_OPTIONS, *REPEATABLE_OPTIONS)
        }
        if option_values["url"] is None:
            return create_embedded_target(
                self.contract,
                options.parse_name_value_pairs(
                    "--conformance-param", tuple(option_values["param"])
                ),
            )
        settings = {
            **option_values,
            "parameters": tuple(option_values["param"]),
            "credentials": tuple(option_values["credential"]),
            "scoped": tuple(option_values["scoped-token"]),
            "fixtures": tuple(option_values["fixture"]),
            "headers": tuple(option_values["header"]),
            "ca": None,
            "timeout": 10.0,
            "max_requests": None,
            "max_leftovers": 150,
            "exclusive": False,
        }
        return options.build_target_from_settings(self.contract, settings)

    def close(self) -> None:
        """End the run, so that what it made is removed."""
        if self._events is not None:
            for _ in self._events:
                pass


class ClaimTestItem(pytest.Item):
    """One claim: passes when verified, fails when violated, is skipped with the reason when
    undecided.
    """

    def __init__(self, *, claim: Claim, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.claim = claim
        self.user_properties += [
            ("statements", ", ".join(claim.statements)),
            ("promise", claim.text),
        ]

    def runtest(self) -> None:
        """Hear the verdict."""
        from conformance.errors import TargetUnreachableError
        from conformance.report import curl
        from conformance.report.result_recorder import mask_request
        from conformance.suite.events import Verdict
        from conformance.suite.masking import get_secret_masker

        try:
            decision = self._collector.run_until_claim_decided(self)
        except TargetUnreachableError as error:
            pytest.exit(str(error), EXIT_INCONCLUSIVE)
        masker = get_secret_masker(self._collector.create_target().secrets)
        for note in decision.notes:
            self.add_report_section("call", "note", masker.mask_text(note))
        if decision.verdict is Verdict.VIOLATED:
            finding = decision.findings[0]
            raise ClaimViolatedError(
                self._collector.contract,
                self._collector.create_target(),
                decision,
                curl.format_curl_command(mask_request(finding.exchanges[-1].request, masker)),
            )
        if decision.verdict is not Verdict.VERIFIED:
            pytest.skip(masker.mask_text(decision.reason or str(decision.verdict)))

    @property
    def _collector(self) -> ContractCollector:
        parent = self.parent
        assert isinstance(parent, ContractCollector)
        return parent

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """Show a violation without a traceback, which would be of our code."""
        from conformance.errors import ConformanceError

        if isinstance(excinfo.value, ClaimViolatedError | ConformanceError):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo, style))

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """Say where the contract makes the promise."""
        location = self._collector.contract.position_of(self.claim.pointer)
        return (
            (location[0], location[1] - 1, self.name) if location else (self.path, None, self.name)
        )


class ClaimViolatedError(AssertionError):
    """A claim does not hold; the text says what was promised, where, what happened instead, and how
    to see it.
    """

    def __init__(
        self, contract: Contract, target: Target, decision: ClaimDecided, curl_command: str
    ) -> None:
        from conformance.report.result_recorder import find_first_cited_source
        from conformance.report.text import sanitize_text
        from conformance.suite.masking import mask_text

        cited_source = find_first_cited_source(contract, decision.claim.statements)
        lines = [
            f"promised  {decision.claim.text}",
            (
                f"written   {', '.join(decision.claim.statements)} · {cited_source.document} ·"
                f" {cited_source.section}"
            ),
            f"instead   {sanitize_text(mask_text(decision.findings[0].message, target.secrets))}",
            f"try       {sanitize_text(curl_command)}",
        ]
        super().__init__("\n".join(lines))


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """End a suite's run after its last item."""
    if isinstance(item, ClaimTestItem) and (nextitem is None or nextitem.parent is not item.parent):
        item._collector.close()
