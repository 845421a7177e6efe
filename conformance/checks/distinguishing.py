"""Whether a value differs from answer to answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.checks.call import Credential
from conformance.checks.check import Check, Setting, valid_call
from conformance.checks.exchange import Trace
from conformance.checks.observation import Broken, Held, Observation, Unreached
from conformance.checks.script import Script, Step
from conformance.checks.unknown import unknown_arguments
from conformance.contract import pointer as pointers
from conformance.contract.distinguishing import Differs


def plan(setting: Setting, promise: Differs) -> Iterator[Script]:
    """Send the same request with an unknown token twice, and where it can name something unknown,
    that twice.
    """
    call = valid_call(setting, setting.operation)
    arguments = (
        unknown_arguments(setting, setting.operation)
        if setting.operation.id in setting.resource.on_items
        else {}
    )
    refused = replace(
        call, arguments={**call.arguments, **arguments}, credential=Credential.INVALID
    )
    steps = [Step(name=f"refused {number}", call=refused) for number in range(2)]
    if arguments and setting.examples:
        steps += [
            Step(name=f"refused {number}", call=replace(refused, credential=Credential.DEFAULT))
            for number in (2, 3)
        ]
    yield Script(label="refusals", steps=tuple(steps))


def judge(setting: Setting, promise: Differs, trace: Trace) -> Iterator[Observation]:
    """No two of the answers carry the same value."""
    exchanges = [
        trace["refused 0"],
        trace["refused 1"],
        *(trace[name] for name in ("refused 2", "refused 3") if name in trace),
    ]
    if not all(exchange.refused for exchange in exchanges):
        yield Unreached(f"{next(one for one in exchanges if not one.refused)} is not refused")
        return
    found = [pointers.get(exchange.json, promise.distinct.answer) for exchange in exchanges]
    if pointers.MISSING in found:
        yield Unreached(
            f"{exchanges[found.index(pointers.MISSING)]} holds nothing at {promise.distinct.answer}"
        )
    elif len(set(map(repr, found))) < len(found):
        yield Broken(
            f"two answers carry the same {promise.distinct.answer[1:]}: {found}", tuple(exchanges)
        )
    else:
        yield Held(exchanges[-1])


CHECKS = {Differs.kind: Check(plan=plan, judge=judge)}
