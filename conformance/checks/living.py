"""Whether things live as promised: made, listed, kept, read, replaced, switched, deleted; and nothing else is touched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.checks.answering import refusals
from conformance.checks.body import Bodies
from conformance.checks.call import Call, Marked, Other, Ref
from conformance.checks.catalogue import catalogue
from conformance.checks.check import Check, Setting, needed, valid_call
from conformance.checks.exchange import Trace, Undecidable
from conformance.checks.listing import all_items, identities, items, look, look_by_identity, made, seen, states, sweep
from conformance.checks.observation import Broken, Held, Observation, Unreached
from conformance.checks.script import Move, Script, Step
from conformance.checks.unknown import unknown_arguments
from conformance.checks.writing import broken_bodies
from conformance.contract import pointer as pointers
from conformance.contract.json import Json, same
from conformance.contract.living import (
    Agrees,
    Answered,
    Belongs,
    Fresh,
    Gone,
    Harmless,
    Kept,
    Listed,
    ReadsAsListed,
    Replaced,
    Switched,
    Unknown,
    Untouched,
    Way,
)
from conformance.contract.operation import Operation
from conformance.contract.writing import RefusesBody


def _on_item(setting: Setting, operation: str, item: str) -> Call:
    resource = setting.resource
    if resource.key is None:
        raise Undecidable("the contract does not say how an item is named in a path")
    return Call(operation=operation, arguments={resource.key: Ref(item, resource.identity)})


def equal(setting: Setting, pointer: str, sent: Json, found: Json) -> bool:
    """Tell whether a field reads back as sent; ids of other things are a set, whose order no document fixes."""
    referred = any(reference.body == pointer for reference in setting.contract.references)
    if referred and isinstance(sent, list) and isinstance(found, list):
        return sorted(map(repr, sent)) == sorted(map(repr, found))
    return same(sent, found)


def opened(setting: Setting, item: Json) -> set[str]:
    """Return the field names of which the documents do not say what they hold, as this item is."""
    rules = setting.resource.open
    return {rule.field[1:] for rule in rules if setting.validator(rule.when).is_valid(item)}


def _silent(setting: Setting, trace: Trace, name: str, sent: Json) -> str:
    """Return why the documents do not say what field `name` holds after such a body; empty when they do."""
    if name in opened(setting, sent):
        return f"for such a body the documents do not say what {name} holds"
    if name in trace.unfounded:
        return f"the ids sent in {name} may not exist there: give --fixture {name}=ID"
    return ""


# Created, listed, kept


def plan_listed(setting: Setting, promise: Listed) -> Iterator[Script]:
    """Read the list in which the catalogue should be, and once as plainly as the page shows it."""
    plain = Step(name="plain", call=Call(operation=setting.resource.list or ""))
    yield Script(label="listed", stage=catalogue(setting), steps=(sweep(setting, "listed"), plain))


def judge_listed(setting: Setting, promise: Listed, trace: Trace) -> Iterator[Observation]:
    """Every creation that was answered with success is in the list, once."""
    created = [step.name for step in catalogue(setting).steps if step.call.operation == setting.resource.create]
    found = identities(setting, all_items(setting, trace, "listed"))
    for name in created:
        times = found.count(made(setting, trace, name))
        if times != 1:
            yield Broken(f"what was created is in the list {times} times", (trace[name], *trace.all("listed")))
            return
    if created and not items(setting, trace["plain"]):
        yield Broken("the plain list is empty although something was created", (trace[created[0]], trace["plain"]))
        return
    yield Held(trace["listed"])


def plan_kept(setting: Setting, promise: Kept | Answered) -> Iterator[Script]:
    """Create with each of some values of the field and read back."""
    bodies = setting.bodies(seed=f"{setting.seed}/{setting.operation.id}/{promise.name}")  # one seed, and so one script, for both claims
    reference = next((one for one in setting.contract.references if one.body == f"/{promise.name}"), None)
    if reference is not None and reference.resource == setting.resource.name:
        child = setting.creation("made", {**bodies.minimal("{m}-made"), promise.name: Ref("parent", setting.resource.identity)})
        yield Script(label="of ours", steps=(setting.creation("parent"), child, look(setting, "read", "made")))
        return
    if not setting.examples and reference is None and promise.name != bodies.mark and promise.name in _full(setting, bodies):
        yield Script(label="all at once", steps=(setting.creation("made", _full(setting, bodies)), look(setting, "read", "made")))
        return
    values = list(bodies.samples(promise.name, setting.examples)) if promise.name in bodies.properties else []
    found = look(setting, "read", "made") if promise.name != bodies.mark else look_by_identity(setting, "read", "made")
    for number, value in enumerate(values):
        body = bodies.with_value(promise.name, value)
        if body is not None:
            yield Script(label=f"value {number}", steps=(setting.creation("made", body), found))


def _full(setting: Setting, bodies: Bodies) -> Json:
    """Return one body with a value of every property that refers to nothing else."""
    referring = {one.body[1:] for one in setting.contract.references}
    body: Json = setting.bodies(seed="full").minimal("{m}-made")
    for name in bodies.properties:
        if name != bodies.mark and name not in referring:
            samples = setting.bodies(seed="full").samples(name, 0)
            body = next((fuller for value in samples if bodies.fits(fuller := {**body, name: value})), body)
    return body


def judge_kept(setting: Setting, promise: Kept, trace: Trace) -> Iterator[Observation]:
    """It reads back as sent, wherever the documents let it be read."""
    pointer = f"/{promise.name}"
    sent = trace.success("made").call.body
    item, exchange = seen(setting, trace, "read", "made")
    found, answered = pointers.get(item, pointer), pointers.get(trace["made"].json, pointer)
    if _silent(setting, trace, promise.name, sent):
        yield Unreached(_silent(setting, trace, promise.name, sent))
    elif found is pointers.MISSING and answered is pointers.MISSING:
        yield Broken(f"{promise.name} was sent as {sent[promise.name]!r} and is nowhere to be read", (trace["made"], exchange))
    elif found is pointers.MISSING:
        yield Unreached(f"{exchange} does not show {promise.name}")
    elif not equal(setting, pointer, sent[promise.name], found):
        yield Broken(f"{promise.name} was sent as {sent[promise.name]!r} and reads back as {found!r}", (trace["made"], exchange))
    else:
        yield Held(exchange)


def judge_answered(setting: Setting, promise: Answered, trace: Trace) -> Iterator[Observation]:
    """The answer to the creation shows the value sent, if it shows the field."""
    exchange = trace.success("made")
    found = pointers.get(exchange.json, f"/{promise.name}")
    sent = exchange.call.body[promise.name]
    if _silent(setting, trace, promise.name, exchange.call.body):
        yield Unreached(_silent(setting, trace, promise.name, exchange.call.body))
    elif found is pointers.MISSING:
        yield Unreached(f"{exchange} does not show {promise.name}")
    elif not equal(setting, f"/{promise.name}", sent, found):
        yield Broken(f"{promise.name} was sent as {sent!r} and is answered as {found!r}", (exchange,))
    else:
        yield Held(exchange)


def plan_fresh(setting: Setting, promise: Fresh) -> Iterator[Script]:
    """Create twice, under two names and under one."""
    yield Script(label="two", steps=(setting.creation("one", text="{m}-one"), setting.creation("two", text="{m}-two")))
    yield Script(label="two of one name", steps=(setting.creation("one", text="{m}-twin"), setting.creation("two", text="{m}-twin")))


def judge_fresh(setting: Setting, promise: Fresh, trace: Trace) -> Iterator[Observation]:
    """The identities differ."""
    one, two = made(setting, trace, "one"), made(setting, trace, "two")
    if same(one, two):
        yield Broken(f"two creations were both answered with {one!r}", (trace["one"], trace["two"]))
    else:
        yield Held(trace["two"])


def plan_agrees(setting: Setting, promise: Agrees) -> Iterator[Script]:
    """Read the catalogue."""
    yield Script(label="listed", stage=catalogue(setting), steps=(sweep(setting, "listed"),))


def judge_agrees(setting: Setting, promise: Agrees, trace: Trace) -> Iterator[Observation]:
    """The pointers hold the same in each item."""
    for item in all_items(setting, trace, "listed"):
        values = [pointers.get(item, pointer) for pointer in promise.pointers]
        if pointers.MISSING in values:
            continue
        if any(not same(values[0], value) for value in values):
            yield Broken(f"{' and '.join(promise.pointers)} hold {values}", trace.all("listed"))
            return
        yield Held(trace["listed"])


def plan_belongs(setting: Setting, promise: Belongs) -> Iterator[Script]:
    """Read the list of the parent; for isolation, make one thing in each of two parents and read both lists."""
    parent, resource = setting.resource.parent, setting.resource
    if parent is None or resource.list is None:
        raise Undecidable("the resource has no parent")
    elsewhere = {parent.parameter: Other(parent.parameter)}
    other = setting.creation("there", text="{m}-there")
    if not promise.isolated:
        yield Script(label="listed", stage=catalogue(setting), steps=(sweep(setting, "listed"),))
        steps: list[Move] = [replace(other, call=replace(other.call, arguments=elsewhere)), sweep(setting, "listed", elsewhere)]
        yield Script(label="of another", steps=tuple(steps))
        return
    steps = [setting.creation("here", text="{m}-here"), replace(other, call=replace(other.call, arguments=elsewhere))]
    steps += [sweep(setting, "list here"), sweep(setting, "list there", elsewhere)]
    steps += [Step(name="plain here", call=Call(operation=resource.list)), Step(name="plain there", call=Call(operation=resource.list, arguments=elsewhere))]
    yield Script(label="isolated", steps=tuple(steps))


def judge_belongs(setting: Setting, promise: Belongs, trace: Trace) -> Iterator[Observation]:
    """Items name the parent that was asked; none is in the other's list."""
    parent = setting.resource.parent
    if parent is None:
        return
    if promise.isolated:
        here, there = made(setting, trace, "here"), made(setting, trace, "there")
        for name, stranger, step in (
            ("list here", there, "there"),
            ("list there", here, "here"),
            ("plain here", there, "there"),
            ("plain there", here, "here"),
        ):
            listed = all_items(setting, trace, name) if name.startswith("list") else items(setting, trace[name])
            if stranger in identities(setting, listed):
                yield Broken(f"an item of another {parent.parameter} is listed", (trace[step], *trace.all(name)))
                return
        yield Held(trace["list there"])
        return
    asked = trace["listed"].call.arguments[parent.parameter]
    for item in all_items(setting, trace, "listed"):
        found = pointers.get(item, parent.field or "")
        if found is pointers.MISSING:
            continue
        if str(found).lower() != str(asked).lower():
            yield Broken(f"the list of {parent.parameter} {asked} holds an item of {found}", trace.all("listed"))
            return
        yield Held(trace["listed"])


def plan_read(setting: Setting, promise: ReadsAsListed) -> Iterator[Script]:
    """Read a thing by itself and in the list; with switches, a switched one too."""
    read = setting.resource.read or ""
    steps: list[Move] = [setting.creation("made"), Step(name="read", call=_on_item(setting, read, "made")), sweep(setting, "listed")]
    yield Script(label="plain", steps=tuple(steps))
    filtered = states(setting.contract, setting.resource.list or "")
    for switch in setting.resource.switches:
        if filtered is None or filtered.field != switch.field:
            continue
        on = next((text for text, value in filtered.values.items() if value is True), None)
        steps = [setting.creation("made"), Step(name="switch", call=_on_item(setting, switch.on, "made"))]
        steps += [Step(name="read", call=_on_item(setting, read, "made")), sweep(setting, "listed", {filtered.state: on})]
        yield Script(label=f"switched {switch.field[1:]}", steps=tuple(steps))


def judge_read(setting: Setting, promise: ReadsAsListed, trace: Trace) -> Iterator[Observation]:
    """What both show is the same, and is of what was made."""
    identity = made(setting, trace, "made")
    if trace["read"].refused:
        yield Broken(f"what was created cannot be read: {trace['read']}", (trace["made"], trace["read"]))
        return
    item = trace.success("read").json
    listed = next((one for one in all_items(setting, trace, "listed") if same(pointers.get(one, setting.resource.identity), identity)), None)
    if not isinstance(item, dict) or not same(pointers.get(item, setting.resource.identity), identity):
        yield Broken(f"reading {identity!r} gives something else", (trace["made"], trace["read"]))
        return
    if listed is None:
        yield Unreached("the list does not hold what was made")
        return
    for name in item.keys() & listed.keys():
        if not same(item[name], listed[name]) and name not in opened(setting, item):
            yield Broken(f"{name} reads {item[name]!r} by itself and {listed[name]!r} in the list", (trace["read"], *trace.all("listed")))
            return
    yield Held(trace["read"])


# Replaced, switched, deleted


def plan_replaced(setting: Setting, promise: Replaced) -> Iterator[Script]:
    """Create with one value of the field, update to another, read back."""
    operation = setting.operation
    creating, updating = setting.bodies(), setting.bodies(operation.id)
    if promise.name not in updating.properties:
        return
    for number, value in enumerate(updating.samples(promise.name, setting.examples)):
        after = updating.with_value(promise.name, value, "{m}-item")
        before = next(
            (body for other in creating.samples(promise.name, 1) if other != value and (body := creating.with_value(promise.name, other, "{m}-item"))), None
        )
        if after is None or before is None:
            continue
        update = Step(name="update", call=replace(_on_item(setting, operation.id, "made"), body=after))
        yield Script(label=f"value {number}", steps=(setting.creation("made", before), update, look(setting, "read", "made")))


def judge_replaced(setting: Setting, promise: Replaced, trace: Trace) -> Iterator[Observation]:
    """It reads back as the update sent it."""
    trace.success("made")
    sent = trace.success("update").call.body
    item, exchange = seen(setting, trace, "read", "made")
    found = pointers.get(item, f"/{promise.name}")
    if _silent(setting, trace, promise.name, sent):
        yield Unreached(_silent(setting, trace, promise.name, sent))
    elif found is pointers.MISSING:
        yield Unreached(f"{exchange} does not show {promise.name}")
    elif not equal(setting, f"/{promise.name}", sent[promise.name], found):
        yield Broken(f"{promise.name} was updated to {sent[promise.name]!r} and reads back as {found!r}", (trace["made"], trace["update"], exchange))
    else:
        yield Held(exchange)


def plan_switched(setting: Setting, promise: Switched) -> Iterator[Script]:
    """Switch (twice, when that is the claim), from either state, and read back."""
    switch, own = promise.switch, setting.operation.id
    opposite = switch.off if promise.way is Way.ON else switch.on
    ways = {"from new": [], "from opposite": [opposite]} if promise.way is Way.ON else {"from opposite": [opposite]}
    if promise.twice and promise.way is Way.OFF:
        ways["from new"] = []
    for label, first in ways.items():
        steps: list[Move] = [setting.creation("made")]
        steps += [Step(name=f"prepare {number}", call=_on_item(setting, id, "made")) for number, id in enumerate(first)]
        if promise.twice:
            steps += [Step(name="first", call=_on_item(setting, own, "made")), look(setting, "between", "made")]
        steps += [Step(name="switch", call=_on_item(setting, own, "made")), look(setting, "read", "made")]
        yield Script(label=label, steps=tuple(steps))


def judge_switched(setting: Setting, promise: Switched, trace: Trace) -> Iterator[Observation]:
    """The field is as the operation says, and a second time is as good as the first."""
    trace.success("made")
    for name in trace.exchanges:
        if name.startswith("prepare"):
            trace.success(name)
    for name in ("first", "switch") if promise.twice else ():
        if trace[name].refused:
            yield Broken(f"done {'again' if name == 'switch' else 'once'}, it is refused: {trace[name]}", (trace["made"], trace["first"], trace[name]))
            return
    exchange = trace.success("switch")
    item, read = seen(setting, trace, "read", "made")
    found = pointers.get(item, promise.switch.field)
    if not same(found, promise.way is Way.ON):
        yield Broken(f"afterwards {promise.switch.field[1:]} is {found!r}", (trace["made"], exchange, read))
        return
    if promise.twice:
        between, _ = seen(setting, trace, "between", "made")
        changed = [name for name in between.keys() & item.keys() if not same(between[name], item[name])]
        if changed:
            yield Broken(f"the second time changes {', '.join(sorted(changed))}", (trace["between"], exchange, read))
            return
    yield Held(exchange)


def plan_gone(setting: Setting, promise: Gone) -> Iterator[Script]:
    """Delete a thing, and one that was switched before, then look for it everywhere."""
    for label, switched in (("new", []), *((f"switched {switch.field[1:]}", [switch.on]) for switch in setting.resource.switches)):
        steps: list[Move] = [setting.creation("made")]
        steps += [Step(name=f"prepare {number}", call=_on_item(setting, id, "made")) for number, id in enumerate(switched)]
        steps.append(Step(name="delete", call=_on_item(setting, setting.operation.id, "made")))
        if setting.resource.read:
            steps.append(Step(name="read", call=_on_item(setting, setting.resource.read, "made")))
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
        if name.startswith("listed") and identity in identities(setting, all_items(setting, trace, name)):
            yield Broken("what was deleted is still in the list", (deleted, *trace.all(name)))
            return
    yield Held(deleted)


# Unknown, untouched, harmless


def plan_unknown(setting: Setting, promise: Unknown) -> Iterator[Script]:
    """Call the operation, otherwise valid, on what does not exist."""
    call = valid_call(setting, setting.operation)
    arguments = {**call.arguments, **unknown_arguments(setting, setting.operation, promise.parent)}
    made_first = needed(setting, setting.operation) if promise.parent else ()
    yield Script(label="unknown", steps=(*made_first, Step(name="call", call=replace(call, arguments=arguments))))
    delete = setting.resource.delete
    if promise.parent or delete is None or setting.operation.id == delete or setting.contract.operations[delete].means_only:
        return  # whether deleting twice is an error is left open
    switches = [switch.on for switch in setting.resource.switches]
    for label, prepared in (("deleted", []), *((f"deleted after {id}", [id]) for id in switches)):
        steps = [setting.creation("made"), *(Step(name=f"prepare {id}", call=_on_item(setting, id, "made")) for id in prepared)]
        steps += [Step(name="delete", call=_on_item(setting, delete, "made")), Step(name="call", call=call)]
        yield Script(label=label, steps=tuple(steps))


def judge_unknown(setting: Setting, promise: Unknown, trace: Trace) -> Iterator[Observation]:
    """It is answered with the documented status."""
    exchange = trace["call"]
    if "delete" in trace:
        trace.success("delete")
    if exchange.status == promise.status:
        yield Held(exchange)
    elif exchange.status in (429, 502, 503, 504):
        yield Unreached(f"the server was not available: {exchange}")
    else:
        yield Broken(f"answered with {exchange.status}; documented is {promise.status}", (exchange,))


THREE = ("left", "middle", "right")


def plan_untouched(setting: Setting, promise: Untouched) -> Iterator[Script]:
    """Do the operation to one of three things, in either state of a switch, and read all of them before and after."""
    operation = setting.operation
    opposite = [switch.on for switch in setting.resource.switches if operation.id == switch.off]
    variants: list[tuple[str, list[str]]] = [("switched" if opposite else "new", opposite)]
    variants += [(f"switched {switch.field[1:]}", [switch.on]) for switch in setting.resource.switches if operation.id not in (switch.on, switch.off)]
    for label, prepared in variants:
        steps: list[Move] = [setting.creation(name, text=f"{{m}}-{name}") for name in THREE]
        steps += [Step(name=f"prepare {name} {id}", call=_on_item(setting, id, name)) for id in prepared for name in THREE]
        steps += [look(setting, f"{name} before", name) for name in THREE]
        body = setting.bodies(operation.id).minimal("{m}-middle-updated") if operation.body else pointers.MISSING
        steps.append(Step(name="call", call=replace(_on_item(setting, operation.id, "middle"), body=body)))
        steps += [look(setting, f"{name} after", name) for name in THREE]
        yield Script(label=label, steps=tuple(steps))


def judge_untouched(setting: Setting, promise: Untouched, trace: Trace) -> Iterator[Observation]:
    """The others are as before; of the thing itself, whatever the operation is not about."""
    exchange = trace.success("call")
    for name in trace.exchanges:
        if name.startswith("prepare"):
            trace.success(name)
    about = set(exchange.call.body) if isinstance(exchange.call.body, dict) else set()
    about |= {switch.field[1:] for switch in setting.resource.switches if setting.operation.id in (switch.on, switch.off)}
    for item in ("left", "right") if promise.neighbours else ("middle",):
        before, read = seen(setting, trace, f"{item} before", item)
        if trace[f"{item} after"].refused:
            yield Broken(f"afterwards {'another item' if promise.neighbours else 'the item'} cannot be read", (read, exchange, trace[f"{item} after"]))
            return
        after, again = seen(setting, trace, f"{item} after", item)
        leave = set() if promise.neighbours else about | opened(setting, before) | opened(setting, after) | _dates(before)
        changed = sorted(name for name in before.keys() | after.keys() if name not in leave and not same(before.get(name), after.get(name)))
        if changed:
            name = changed[0]
            what = "of another item " if promise.neighbours else ""
            yield Broken(f"{name} {what}was {before.get(name)!r} and is {after.get(name)!r} afterwards", (read, exchange, again))
            return
    yield Held(exchange)


def _dates(item: Json) -> set[str]:
    return {name for name, value in item.items() if isinstance(value, str) and value[4:5] == "-" and "T" in value}


def plan_harmless(setting: Setting, promise: Harmless) -> Iterator[Script]:
    """Send bodies that must be refused, and look for their effect."""
    operation, resource = setting.operation, setting.resource
    for number, (label, body) in enumerate(_refused_bodies(setting, operation)):
        if operation.id == resource.create:
            yield Script(label=f"{label} {number}", steps=(Step(name="call", call=Call(operation=operation.id, body=body)), sweep(setting, "after")))
        else:
            call = replace(_on_item(setting, operation.id, "made"), body=body)
            steps = (setting.creation("made"), look(setting, "before", "made"), Step(name="call", call=call), look(setting, "after", "made"))
            yield Script(label=f"{label} {number}", steps=steps)


def _refused_bodies(setting: Setting, operation: Operation) -> list[tuple[str, Json]]:
    """Return bodies that are refused, with a mark where the refusal is not about it."""
    found: list[tuple[str, Json]] = []
    bodies = setting.bodies(operation.id)
    for claim in setting.contract.claims:
        promise = claim.promise
        if claim.operation != operation.id or not isinstance(promise, RefusesBody) or promise.keyword == "json":
            continue
        if promise.name == bodies.mark or promise.keyword == "maxItems":
            continue
        try:
            broken = broken_bodies(setting, promise)
        except Undecidable:
            continue
        for body in broken[:1]:
            if isinstance(body, dict) and bodies.mark in body:
                found.append((f"{promise.name or 'body'} {promise.keyword}", {**body, bodies.mark: Marked(f"{{m}}-refused-{len(found)}")}))
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
    if any(pointers.get(item, resource.mark or "") == sent for item in all_items(setting, trace, "after")):
        yield Broken("a refused request has created something", (exchange, *trace.all("after")))
    else:
        yield Held(exchange)


CHECKS = {
    Listed.kind: Check(plan=plan_listed, judge=judge_listed),
    Kept.kind: Check(plan=plan_kept, judge=judge_kept),
    Answered.kind: Check(plan=plan_kept, judge=judge_answered),
    Fresh.kind: Check(plan=plan_fresh, judge=judge_fresh),
    Agrees.kind: Check(plan=plan_agrees, judge=judge_agrees),
    Belongs.kind: Check(plan=plan_belongs, judge=judge_belongs),
    ReadsAsListed.kind: Check(plan=plan_read, judge=judge_read),
    Replaced.kind: Check(plan=plan_replaced, judge=judge_replaced),
    Switched.kind: Check(plan=plan_switched, judge=judge_switched),
    Gone.kind: Check(plan=plan_gone, judge=judge_gone),
    Unknown.kind: Check(plan=plan_unknown, judge=judge_unknown),
    Untouched.kind: Check(plan=plan_untouched, judge=judge_untouched),
    Harmless.kind: Check(plan=plan_harmless, judge=judge_harmless),
}
