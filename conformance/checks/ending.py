"""Whether what was deleted is gone, and what never was is unknown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.checks import lifetime
from conformance.checks.check import Check, Setting, needed, valid_call
from conformance.checks.exchange import Trace
from conformance.checks.item import on_item
from conformance.checks.listing import all_items, identities, look, made, states, sweep
from conformance.checks.observation import Broken, Held, Observation, Unreached
from conformance.checks.script import Move, Script, Step
from conformance.checks.unknown import unknown_arguments
from conformance.contract.living import Gone, Unknown


def plan_gone(setting: Setting, promise: Gone) -> Iterator[Script]:
    """Delete a thing, and one that was switched before, then look for it everywhere."""
    if (life := lifetime.recalled(setting, setting.operation.id)) is not None:
        around = life.around(setting.operation.id)
        recall, moves = {"made": "middle", "delete": around["call"]}, _everywhere(setting)
        if look(setting, "read", "made").call.operation == setting.resource.read:
            recall["read"] = around["middle after"]
        elif setting.resource.read:
            moves = [
                Step(name="read", call=on_item(setting, setting.resource.read, "made")),
                *moves,
            ]
        yield Script(label="in a life", stage=life.stage, steps=tuple(moves), recall=recall)
        return
    for label, switched in (
        ("new", []),
        *((f"switched {switch.field[1:]}", [switch.on]) for switch in setting.resource.switches),
    ):
        steps: list[Move] = [setting.creation("made")]
        steps += [
            Step(name=f"prepare {number}", call=on_item(setting, id, "made"))
            for number, id in enumerate(switched)
        ]
        steps.append(Step(name="delete", call=on_item(setting, setting.operation.id, "made")))
        if setting.resource.read:
            steps.append(Step(name="read", call=on_item(setting, setting.resource.read, "made")))
        yield Script(label=label, steps=(*steps, *_everywhere(setting)))


def _everywhere(setting: Setting) -> list[Move]:
    filtered = states(setting.contract, setting.resource.list or "")
    if setting.resource.list is None:
        return []
    if filtered is None:
        return [sweep(setting, "listed")]
    return [sweep(setting, f"listed {text}", {filtered.state: text}) for text in filtered.values]


def judge_gone(setting: Setting, promise: Gone, trace: Trace) -> Iterator[Observation]:
    """It cannot be read and is in no list."""
    identity = made(setting, trace, "made")
    deleted = trace.success("delete")
    if "read" in trace and trace["read"].succeeded:
        yield Broken("what was deleted can still be read", (deleted, trace["read"]))
        return
    for name in trace.exchanges:
        if name.startswith("listed") and identity in identities(
            setting, all_items(setting, trace, name)
        ):
            yield Broken("what was deleted is still in the list", (deleted, *trace.all(name)))
            return
    yield Held(deleted)


def plan_unknown(setting: Setting, promise: Unknown) -> Iterator[Script]:
    """Call the operation, otherwise valid, on what does not exist."""
    call = valid_call(setting, setting.operation)
    arguments = {**call.arguments, **unknown_arguments(setting, setting.operation, promise.parent)}
    made_first = needed(setting, setting.operation) if promise.parent else ()
    yield Script(
        label="unknown",
        steps=(*made_first, Step(name="call", call=replace(call, arguments=arguments))),
    )
    delete = setting.resource.delete
    if (
        promise.parent
        or delete is None
        or setting.operation.id == delete
        or setting.contract.operations[delete].means_only
    ):
        return  # whether deleting twice is an error is left open
    if (life := lifetime.recalled(setting, delete)) is not None:
        ended = {"made": "middle", "delete": life.around(delete)["call"]}
        yield Script(
            label="after a life",
            stage=life.stage,
            steps=(Step(name="call", call=call),),
            recall=ended,
            cheap=True,
        )
        return
    switches = [switch.on for switch in setting.resource.switches]
    for label, prepared in (("deleted", []), *((f"deleted after {id}", [id]) for id in switches)):
        steps = [
            setting.creation("made"),
            *(Step(name=f"prepare {id}", call=on_item(setting, id, "made")) for id in prepared),
        ]
        steps += [
            Step(name="delete", call=on_item(setting, delete, "made")),
            Step(name="call", call=call),
        ]
        yield Script(label=label, steps=tuple(steps))


def judge_unknown(setting: Setting, promise: Unknown, trace: Trace) -> Iterator[Observation]:
    """It is answered with the documented status."""
    exchange = trace["call"]
    if "delete" in trace or "delete" in trace.skipped:
        trace.success("delete")
    if exchange.status == promise.status:
        yield Held(exchange)
    elif exchange.status in (429, 502, 503, 504):
        yield Unreached(f"the server was not available: {exchange}")
    else:
        yield Broken(
            f"answered with {exchange.status}; documented is {promise.status}", (exchange,)
        )


CHECKS = {
    Gone.kind: Check(plan=plan_gone, judge=judge_gone),
    Unknown.kind: Check(plan=plan_unknown, judge=judge_unknown),
}
