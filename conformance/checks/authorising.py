"""Whether an operation asks for credentials, and for the right scopes; a refused request must also
have done nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.checks import lifetime
from conformance.checks.call import Call, Credential
from conformance.checks.check import Check, Setting, needed, valid_call
from conformance.checks.exchange import Trace, Undecidable
from conformance.checks.listing import all_items, look, sweep
from conformance.checks.observation import Broken, Held, Observation, Unreached
from conformance.checks.script import Move, Script, Step
from conformance.contract import pointer as pointers
from conformance.contract.authorising import Allows, Demands, Forbids, Lack


def _scripts(setting: Setting, call: Call, label: str = "refused") -> Iterator[Script]:
    """Yield the forbidden call between two looks at what it would do."""
    operation, resource = setting.operation, setting.resource
    if not setting.examples and operation.id in resource.on_items:
        yield lifetime.refused(setting, label, call, looked=not operation.reads_only, cheap=True)
        return
    moves: list[Move] = list(needed(setting, operation))
    if operation.id in resource.on_items and not operation.reads_only:
        moves += [
            look(setting, "before", "made"),
            Step(name="call", call=call),
            look(setting, "after", "made"),
        ]
    elif operation.id == resource.create and resource.list:
        moves += [Step(name="call", call=call), sweep(setting, "after")]
    else:
        moves.append(Step(name="call", call=call))
    yield Script(label=label, steps=tuple(moves), cheap=True)


def _judged(setting: Setting, trace: Trace, what: str) -> Iterator[Observation]:
    exchange = trace["call"]
    resource = setting.resource
    if exchange.succeeded:
        yield Broken(
            f"{what} is answered with {exchange.status} instead of being refused", (exchange,)
        )
        return
    if not exchange.refused:
        yield Unreached(f"{exchange} neither grants nor refuses")
        return
    if exchange.status in (404, 410) and setting.operation.reads_only and "before" in trace:
        yield Unreached(
            f"{exchange}: that may be the answer to a thing which another request, wrongly granted,"
            " has removed meanwhile"
        )
        return
    if setting.operation.id == resource.create and "after" in trace and resource.mark:
        sent = pointers.get(exchange.call.body, resource.mark)
        found = [
            item
            for item in all_items(setting, trace, "after")
            if pointers.get(item, resource.mark) == sent
        ]
        if found:
            yield Broken(
                f"{what} is refused with {exchange.status} and yet creates",
                (exchange, *trace.all("after")),
            )
            return
    if (
        "before" in trace
        and not setting.operation.reads_only
        and trace["before"].json != trace["after"].json
    ):
        yield Broken(
            f"{what} is refused with {exchange.status} and yet has an effect",
            (trace["before"], exchange, trace["after"]),
        )
        return
    yield Held(exchange)


def plan_demands(setting: Setting, promise: Demands) -> Iterator[Script]:
    """Send a request that is valid but for its credentials."""
    call = valid_call(setting, setting.operation, text="{m}-forbidden")
    yield from _scripts(setting, replace(call, credential=Credential(promise.lack.value)))
    if promise.lack is Lack.BARE:
        yield from _scripts(
            setting, replace(call, credential=Credential.ELSEWISE), "under another scheme"
        )
    if promise.lack is Lack.MISSING:
        yield from _scripts(setting, replace(call, credential=Credential.EMPTY), "a scheme alone")


def judge_demands(setting: Setting, promise: Demands, trace: Trace) -> Iterator[Observation]:
    """It is refused; an unknown token with the status that the operation documents for that, if it
    does.
    """
    exchange = trace["call"]
    if (
        promise.lack is Lack.INVALID
        and exchange.refused
        and 401 in setting.operation.statuses
        and exchange.status != 401
    ):
        yield Broken(
            f"an unknown token is answered with {exchange.status}; documented is 401", (exchange,)
        )
        return
    under = (
        "a token under another scheme"
        if exchange.call.credential is Credential.ELSEWISE
        else "a token without its scheme"
    )
    what = {
        Lack.MISSING: "a request without credentials",
        Lack.INVALID: "an unknown token",
        Lack.BARE: under,
    }[promise.lack]
    yield from _judged(setting, trace, what)


def plan_allows(setting: Setting, promise: Allows) -> Iterator[Script]:
    """Send a valid request with a token of that scope."""
    call = replace(
        valid_call(setting, setting.operation), credential=Credential.SCOPED, scope=promise.scope
    )
    yield Script(
        label="scope", steps=(*needed(setting, setting.operation), Step(name="call", call=call))
    )


def judge_allows(setting: Setting, promise: Allows, trace: Trace) -> Iterator[Observation]:
    """It gets the documented success."""
    exchange = trace["call"]
    if exchange.succeeded:
        yield Held(exchange)
    elif exchange.refused:
        yield Broken(
            f"a token with the scope {promise.scope} is answered with {exchange.status}",
            (exchange,),
        )
    else:
        raise Undecidable(str(exchange))


def plan_forbids(setting: Setting, promise: Forbids) -> Iterator[Script]:
    """Send a request that is valid but for the scope of its token."""
    call = valid_call(setting, setting.operation, text="{m}-forbidden")
    yield from _scripts(setting, replace(call, credential=Credential.SCOPED, scope=promise.scope))


def judge_forbids(setting: Setting, promise: Forbids, trace: Trace) -> Iterator[Observation]:
    """It is refused."""
    yield from _judged(setting, trace, f"a token with the scope {promise.scope} alone")


CHECKS = {
    Demands.kind: Check(plan=plan_demands, judge=judge_demands),
    Allows.kind: Check(plan=plan_allows, judge=judge_allows),
    Forbids.kind: Check(plan=plan_forbids, judge=judge_forbids),
}
