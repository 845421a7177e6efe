"""The public Python API: what the command line does, in a few lines.

    import conformance

    contract = conformance.load("losant")
    result = conformance.run(contract, conformance.Target(url="http://127.0.0.1:9000", token="t"))
    for claim in result.violated:
        print(claim.text, claim.findings[0].message)

These names are kept stable; all other modules of the package may change.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.contract.contract import Contract
from conformance.contract.loader import load_contract
from conformance.errors import Problem, UsageError

if TYPE_CHECKING:  # imported late: the command line needs none of it
    from conformance.report.result import Result
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
    from conformance.report.conclusion import conclude_run
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
    return conclude_run(build_result_from_events(events))
