"""Whether what the vendor's own client sends besides is taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.checks.check import Check, Setting, needed, valid_call
from conformance.checks.exchange import Trace
from conformance.checks.observation import Broken, Held, Observation, Unreached
from conformance.checks.script import Script, Step
from conformance.contract.tolerating import Undeclared


def plan(setting: Setting, promise: Undeclared) -> Iterator[Script]:
    """Send a valid request bare and with all of it, flags in either spelling."""
    call = valid_call(setting, setting.operation)
    tolerates = promise.tolerates
    capital = {
        name: value.capitalize() if value in ("true", "false") else value
        for name, value in tolerates.query.items()
    }
    for label, query in (("small", tolerates.query), ("capital", capital)):
        full = replace(call, query=query, headers=tolerates.headers)
        steps = (
            *needed(setting, setting.operation),
            Step(name="bare", call=call),
            Step(name="full", call=full),
        )
        yield Script(label=label, steps=steps)


def judge(setting: Setting, promise: Undeclared, trace: Trace) -> Iterator[Observation]:
    """The two answers have the same status."""
    bare, full = trace["bare"], trace["full"]
    if not bare.succeeded:
        yield Unreached(f"the plain request failed: {bare}")
    elif full.status != bare.status:
        yield Broken(
            f"answered with {full.status}, and with {bare.status} without these", (bare, full)
        )
    else:
        yield Held(full)


CHECKS = {Undeclared.kind: Check(plan=plan, judge=judge)}
