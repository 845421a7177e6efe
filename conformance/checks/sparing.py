"""Whether an operation leaves alone what it is not about, and a refused request everything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from conformance.checks import lifetime, whereabouts
from conformance.checks.answering import refusals
from conformance.checks.call import Call, Marked
from conformance.checks.check import Check, Setting
from conformance.checks.exchange import Trace, Undecidable
from conformance.checks.item import equal, on_item, opened, whole
from conformance.checks.lifetime import THREE
from conformance.checks.listing import all_items, look, seen, sweep
from conformance.checks.observation import Broken, Held, Observation, Unreached
from conformance.checks.script import Move, Script, Step
from conformance.checks.writing import broken_bodies
from conformance.contract import pointer as pointers
from conformance.contract.json import Json, same
from conformance.contract.living import Harmless, Untouched
from conformance.contract.operation import Operation
from conformance.contract.writing import RefusesBody


def plan_untouched(setting: Setting, promise: Untouched) -> Iterator[Script]:
    """Do the operation to one of three things, in either state of a switch, and read all of them
    before and after.
    """
    operation = setting.operation
    if (life := lifetime.recalled(setting, operation.id)) is not None:
        around = life.around(operation.id)
        yield Script(label="in a life", stage=life.stage, steps=(), recall=around)
        for switch in (
            setting.resource.switches
            if not promise.neighbours
            and operation.id in (setting.resource.replace, setting.resource.change)
            else ()
        ):
            if names := [move.name for move in whereabouts.looks(setting, switch.field)]:
                lists = {
                    "middle": "middle",
                    "call": around["call"],
                    **{name: f"{around['call']} {name}" for name in names},
                }
                yield Script(
                    label=f"in a life, listed by {switch.field[1:]}",
                    stage=life.stage,
                    steps=(),
                    recall=lists,
                    cheap=True,
                )
        return
    opposite = [switch.on for switch in setting.resource.switches if operation.id == switch.off]
    variants: list[tuple[str, list[str]]] = [("switched" if opposite else "new", opposite)]
    variants += [
        (f"switched {switch.field[1:]}", [switch.on])
        for switch in setting.resource.switches
        if operation.id not in (switch.on, switch.off)
    ]
    bodies: list[tuple[str, dict[str, Json]]] = [
        ("", {name: setting.bodies().minimal(f"{{m}}-{name}") for name in THREE})
    ]
    if setting.examples:
        bodies.append(
            (" namesakes", dict.fromkeys(THREE, setting.bodies().minimal("{m}-namesake")))
        )
        bodies.append((" whole", {name: whole(setting, f"{{m}}-{name}") for name in THREE}))
    for (label, prepared), (how, made_of) in product(variants, bodies):
        steps: list[Move] = [setting.creation(name, made_of[name]) for name in THREE]
        steps += [
            Step(name=f"prepare {name} {id}", call=on_item(setting, id, name))
            for id in prepared
            for name in THREE
        ]
        steps += [look(setting, f"{name} before", name) for name in THREE]
        body = (
            setting.bodies(operation.id).minimal("{m}-middle-updated")
            if operation.body
            else pointers.MISSING
        )
        steps.append(
            Step(name="call", call=replace(on_item(setting, operation.id, "middle"), body=body))
        )
        steps += [look(setting, f"{name} after", name) for name in THREE]
        yield Script(label=label + how, steps=tuple(steps))
    for switch in (
        setting.resource.switches
        if setting.examples and not promise.neighbours and operation.id != setting.resource.delete
        else ()
    ):
        if operation.id in (switch.on, switch.off) or not whereabouts.places(setting, switch.field):
            continue
        for label, on in (
            ("", [Step(name=f"prepare {switch.on}", call=on_item(setting, switch.on, "middle"))]),
            (" new", []),
        ):
            body = (
                setting.bodies(operation.id).minimal("{m}-middle-updated")
                if operation.body
                else pointers.MISSING
            )
            call = Step(
                name="call", call=replace(on_item(setting, operation.id, "middle"), body=body)
            )
            looks = whereabouts.looks(setting, switch.field)
            yield Script(
                label=f"listed by {switch.field[1:]}{label}",
                steps=(setting.creation("middle"), *on, call, *looks),
            )


def judge_untouched(setting: Setting, promise: Untouched, trace: Trace) -> Iterator[Observation]:
    """The others are as before; of the thing itself, whatever the operation is not about."""
    exchange = trace.success("call")
    for name in trace.exchanges:
        if name.startswith("prepare"):
            trace.success(name)
    about = set(exchange.call.body) if isinstance(exchange.call.body, dict) else set()
    if setting.operation.id == setting.resource.replace:
        # what a replacement does not send, it may clear
        about |= set(setting.bodies(setting.operation.id).properties)
    if whereabouts.looked(trace):
        yield from _still_listed(setting, trace, about)
        return
    about |= {
        switch.field[1:]
        for switch in setting.resource.switches
        if setting.operation.id in (switch.on, switch.off)
    }
    for item in ("left", "right") if promise.neighbours else ("middle",):
        before, read = seen(setting, trace, f"{item} before", item)
        if trace[f"{item} after"].refused:
            yield Broken(
                f"afterwards {'another item' if promise.neighbours else 'the item'} cannot be read",
                (read, exchange, trace[f"{item} after"]),
            )
            return
        after, again = seen(setting, trace, f"{item} after", item)
        leave = (
            opened(setting, before)
            | opened(setting, after)
            | trace.unfounded
            | (set() if promise.neighbours else about | _dates(before))
        )
        changed = sorted(
            name
            for name in (before.keys() | after.keys()) - leave
            if not equal(setting, f"/{name}", before.get(name), after.get(name))
        )
        if changed:
            name = changed[0]
            what = "of another item " if promise.neighbours else ""
            yield Broken(
                f"{name} {what}was {before.get(name)!r} and is {after.get(name)!r} afterwards",
                (read, exchange, again),
            )
            return
    yield Held(exchange)


def _still_listed(setting: Setting, trace: Trace, about: set[str]) -> Iterator[Observation]:
    """Judge in which lists the thing is: those of its state, which the operation leaves alone
    unless it sends it.
    """
    for switch in setting.resource.switches:
        name = switch.field[1:]
        body = trace["call"].call.body
        if not whereabouts.looked(trace, setting, switch.field) or (
            name in about and not (isinstance(body, dict) and name in body)
        ):
            continue
        before = f"prepare {switch.on}" in trace
        yield from whereabouts.judged(
            setting, trace, "middle", switch.field, body[name] if name in about else before, "call"
        )


def _dates(item: Json) -> set[str]:
    return {
        name
        for name, value in item.items()
        if isinstance(value, str) and value[4:5] == "-" and "T" in value
    }


def plan_harmless(setting: Setting, promise: Harmless) -> Iterator[Script]:
    """Send bodies that must be refused, and look for their effect."""
    operation, resource = setting.operation, setting.resource
    for number, (label, body) in enumerate(_refused_bodies(setting, operation)):
        if operation.id == resource.create:
            yield Script(
                label=f"{label} {number}",
                steps=(
                    Step(name="call", call=Call(operation=operation.id, body=body)),
                    sweep(setting, "after"),
                ),
            )
        else:
            call = replace(on_item(setting, operation.id, "made"), body=body)
            if not setting.examples:
                yield lifetime.refused(setting, f"{label} {number}", call, looked=True)
                continue
            steps = (
                setting.creation("made"),
                look(setting, "before", "made"),
                Step(name="call", call=call),
                look(setting, "after", "made"),
            )
            yield Script(label=f"{label} {number}", steps=steps)


def _refused_bodies(setting: Setting, operation: Operation) -> list[tuple[str, Json]]:
    """Return bodies that are refused, with a mark where the refusal is not about it."""
    found: list[tuple[str, Json]] = []
    bodies = setting.bodies(operation.id)
    for claim in setting.contract.claims:
        promise = claim.promise
        if (
            claim.operation != operation.id
            or not isinstance(promise, RefusesBody)
            or promise.keyword == "json"
        ):
            continue
        if promise.name == bodies.mark or promise.keyword == "maxItems":
            continue
        try:
            broken = broken_bodies(setting, promise)
        except Undecidable:
            continue
        for body in broken[:1]:
            if isinstance(body, dict) and bodies.mark in body:
                named = bodies.marked(Marked(bodies.fitted(f"{{m}}-refused-{len(found)}")))
                found.append(
                    (f"{promise.name or 'body'} {promise.keyword}", {**body, bodies.mark: named})
                )
    if not found:
        raise Undecidable("the documents name no body that is refused and could be told apart")
    return found[:4]


def judge_harmless(setting: Setting, promise: Harmless, trace: Trace) -> Iterator[Observation]:
    """After a refusal all is as it was."""
    exchange, resource = trace["call"], setting.resource
    if exchange.status not in refusals(setting.operation) and not exchange.refused:
        yield Unreached(f"{exchange} is not a refusal")
        return
    if "before" in trace:
        before, read = seen(setting, trace, "before", "made")
        after, again = seen(setting, trace, "after", "made")
        if not same(before, after):
            yield Broken("a refused request has an effect", (read, exchange, again))
        else:
            yield Held(exchange)
        return
    sent = pointers.get(exchange.call.body, resource.mark or "")
    if any(
        pointers.get(item, resource.mark or "") == sent
        for item in all_items(setting, trace, "after")
    ):
        yield Broken("a refused request has created something", (exchange, *trace.all("after")))
    else:
        yield Held(exchange)


CHECKS = {
    Untouched.kind: Check(plan=plan_untouched, judge=judge_untouched),
    Harmless.kind: Check(plan=plan_harmless, judge=judge_harmless),
}
