"""Whether a change does what it says: fields replaced, switches set and cleared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.checks import lifetime, whereabouts
from conformance.checks.check import Check, Setting
from conformance.checks.exchange import Trace
from conformance.checks.item import equal, on_item, silent
from conformance.checks.lifetime import Life
from conformance.checks.listing import look, look_in_list, seen
from conformance.checks.observation import Broken, Held, Observation, Unreached
from conformance.checks.script import Move, Script, Step
from conformance.contract import pointer as pointers
from conformance.contract.json import same
from conformance.contract.living import Replaced, Switched, Way


def plan_replaced(setting: Setting, promise: Replaced) -> Iterator[Script]:
    """Create with one value of the field, update to another, read back."""
    operation = setting.operation
    creating, updating = setting.bodies(), setting.bodies(operation.id)
    if promise.name not in updating.properties:
        return
    life = lifetime.recalled(setting, operation.id)
    if life is not None and lifetime.differs(setting, operation.id, promise.name):
        around = life.around(operation.id)
        recall = {"made": "middle", "update": around["call"], "read": around["middle after"]}
        yield Script(label="in a life", stage=life.stage, steps=(), recall=recall)
        for switch in setting.resource.switches:
            for text in (
                text
                for text, value in whereabouts.places(setting, switch.field).items()
                if value is False
            ):
                listed = {"read": f"{around['call']} listed {text}"}
                yield Script(
                    label="in a life, in the list",
                    stage=life.stage,
                    steps=(),
                    recall=recall | listed,
                    cheap=True,
                )
        return
    in_list = not setting.examples or not setting.resource.list or not setting.resource.read
    for number, value in enumerate(updating.samples(promise.name, setting.examples)):
        after = updating.with_value(promise.name, value, "{m}-item")
        before = next(
            (
                body
                for other in creating.samples(promise.name, 1)
                if other != value and (body := creating.with_value(promise.name, other, "{m}-item"))
            ),
            None,
        )
        if after is None or before is None:
            continue
        update = Step(
            name="update", call=replace(on_item(setting, operation.id, "made"), body=after)
        )
        yield Script(
            label=f"value {number}",
            steps=(setting.creation("made", before), update, look(setting, "read", "made")),
        )
        if not in_list:
            in_list = True
            for switch in setting.resource.switches:
                on = Step(name=f"prepare {switch.on}", call=on_item(setting, switch.on, "made"))
                looked = look(setting, "read", "made")
                yield Script(
                    label=f"switched {switch.field[1:]}",
                    steps=(setting.creation("made", before), on, update, looked),
                )
            yield Script(
                label="in the list",
                steps=(
                    setting.creation("made", before),
                    update,
                    look_in_list(setting, "read", "made"),
                ),
            )


def judge_replaced(setting: Setting, promise: Replaced, trace: Trace) -> Iterator[Observation]:
    """It reads back as the update sent it."""
    for name in (one for one in trace.exchanges if one == "made" or one.startswith("prepare")):
        trace.success(name)
    sent = trace.success("update").call.body
    item, exchange = seen(setting, trace, "read", "made")
    found = pointers.get(item, f"/{promise.name}")
    if silent(setting, trace, promise.name, sent):
        yield Unreached(silent(setting, trace, promise.name, sent))
    elif found is pointers.MISSING:
        yield Unreached(f"{exchange} does not show {promise.name}")
    elif not equal(setting, f"/{promise.name}", sent[promise.name], found):
        yield Broken(
            f"{promise.name} was updated to {sent[promise.name]!r} and reads back as {found!r}",
            (trace["made"], trace["update"], exchange),
        )
    else:
        yield Held(exchange)


def plan_switched(setting: Setting, promise: Switched) -> Iterator[Script]:
    """Switch (twice, when that is the claim), from either state, and read back."""
    switch, own = promise.switch, setting.operation.id
    if (life := lifetime.recalled(setting, own)) is not None and len(
        life.moments[own]
    ) > promise.twice:
        yield from _lived(life, setting, promise)
        return
    opposite = switch.off if promise.way is Way.ON else switch.on
    ways = (
        {"from new": [], "from opposite": [opposite]}
        if promise.way is Way.ON
        else {"from opposite": [opposite]}
    )
    if promise.twice and promise.way is Way.OFF:
        ways["from new"] = []
    for label, first in ways.items():
        steps: list[Move] = [setting.creation("made")]
        steps += [
            Step(name=f"prepare {number}", call=on_item(setting, id, "made"))
            for number, id in enumerate(first)
        ]
        if promise.twice:
            steps += [
                Step(name="first", call=on_item(setting, own, "made")),
                look(setting, "between", "made"),
            ]
        steps += [
            Step(name="switch", call=on_item(setting, own, "made")),
            look(setting, "read", "made"),
        ]
        yield Script(label=label, steps=tuple(steps))
        if setting.examples and whereabouts.places(setting, switch.field):
            yield Script(
                label=f"{label}, in the lists",
                steps=(*steps[:-1], *whereabouts.looks(setting, switch.field)),
            )


def _lived(life: Life, setting: Setting, promise: Switched) -> Iterator[Script]:
    own, time = setting.operation.id, int(promise.twice)
    around = life.around(own, time)
    recall = {"made": "middle", "switch": around["call"], "read": around["middle after"]}
    if promise.twice:
        recall |= {"first": life.around(own)["call"], "between": around["middle before"]}
    yield Script(label="in a life", stage=life.stage, steps=(), recall=recall)
    looks = [move.name for move in whereabouts.looks(setting, promise.switch.field)]
    if looks:
        lists = {name: f"{around['call']} {name}" for name in looks}
        yield Script(
            label="in a life, in the lists",
            stage=life.stage,
            steps=(),
            recall=recall | lists,
            cheap=True,
        )


def judge_switched(setting: Setting, promise: Switched, trace: Trace) -> Iterator[Observation]:
    """The field is as the operation says, and a second time is as good as the first."""
    trace.success("made")
    for name in trace.exchanges:
        if name.startswith("prepare"):
            trace.success(name)
    for name in ("first", "switch") if promise.twice else ():
        if trace[name].refused:
            yield Broken(
                f"done {'again' if name == 'switch' else 'once'}, it is refused: {trace[name]}",
                (trace["made"], trace["first"], trace[name]),
            )
            return
    if promise.twice:
        # what the network dropped changed nothing, and the second is then the first
        trace.success("first")
    exchange = trace.success("switch")
    if whereabouts.looked(trace):
        yield from whereabouts.judged(
            setting, trace, "made", promise.switch.field, promise.way is Way.ON, "switch"
        )
        return
    item, read = seen(setting, trace, "read", "made")
    found = pointers.get(item, promise.switch.field)
    if not same(found, promise.way is Way.ON):
        yield Broken(
            f"afterwards {promise.switch.field[1:]} is {found!r}", (trace["made"], exchange, read)
        )
        return
    if promise.twice:
        between, _ = seen(setting, trace, "between", "made")
        changed = [
            name for name in between.keys() & item.keys() if not same(between[name], item[name])
        ]
        if changed:
            yield Broken(
                f"the second time changes {', '.join(sorted(changed))}",
                (trace["between"], exchange, read),
            )
            return
    yield Held(exchange)


CHECKS = {
    Replaced.kind: Check(plan=plan_replaced, judge=judge_replaced),
    Switched.kind: Check(plan=plan_switched, judge=judge_switched),
}
