"""Whether things come to live as promised: made, listed, kept, read, each in its parent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.checks.call import Call, Other, Ref
from conformance.checks.catalogue import catalogue, crowd
from conformance.checks.check import Check, Setting
from conformance.checks.exchange import Trace, Undecidable
from conformance.checks.item import equal, on_item, opened, silent, whole
from conformance.checks.listing import (
    all_items,
    identities,
    items,
    look,
    look_by_identity,
    made,
    paginates,
    queried,
    seen,
    states,
    sweep,
)
from conformance.checks.observation import Broken, Held, Observation, Unreached
from conformance.checks.script import Move, Script, Stage, Step
from conformance.contract import pointer as pointers
from conformance.contract.filtering import Globs, Queries
from conformance.contract.json import same
from conformance.contract.living import (
    Agrees,
    Answered,
    Belongs,
    Fresh,
    Kept,
    Listed,
    ReadsAsListed,
)
from conformance.contract.sorting import Sorts


def plan_listed(setting: Setting, promise: Listed) -> Iterator[Script]:
    """Read the list in which the catalogue should be, and once as plainly as the page shows it."""
    plain = Step(name="plain", call=Call(operation=setting.resource.list or ""))
    yield Script(label="listed", stage=_plenty(setting), steps=(sweep(setting, "listed"), plain))


def _plenty(setting: Setting) -> Stage:
    """Return the stage of named things; in a quick run, one that is made for others anyway."""
    lister = setting.resource.list or ""
    named = any(
        isinstance(behaviour, Globs | Queries | Sorts)
        for behaviour in setting.contract.behaviours.get(lister, ())
    )
    return (
        catalogue(setting)
        if setting.examples or named or paginates(setting.contract, lister) is None
        else crowd(setting)
    )


def judge_listed(setting: Setting, promise: Listed, trace: Trace) -> Iterator[Observation]:
    """Every creation that was answered with success is in the list, once."""
    created = [
        step.name
        for step in _plenty(setting).steps
        if step.call.operation == setting.resource.create
    ]
    found = identities(setting, all_items(setting, trace, "listed"))
    for name in created:
        times = found.count(made(setting, trace, name))
        if times != 1:
            yield Broken(
                f"what was created is in the list {times} times",
                (trace[name], *trace.all("listed")),
            )
            return
        item = next(
            one
            for one in all_items(setting, trace, "listed")
            if made(setting, trace, name) == pointers.get(one, setting.resource.identity)
        )
        if name.replace("item", "touch") in trace:
            continue
        for field, sent in trace[name].call.body.items():
            shown = (
                item.get(field, pointers.MISSING)
                if not silent(setting, trace, field, trace[name].call.body)
                else pointers.MISSING
            )
            if shown is not pointers.MISSING and not equal(setting, f"/{field}", sent, shown):
                yield Broken(
                    f"{field} was sent as {sent!r} and is listed as {shown!r}",
                    (trace[name], *trace.all("listed")),
                )
                return
    if created and not items(setting, trace["plain"]):
        yield Broken(
            "the plain list is empty although something was created",
            (trace[created[0]], trace["plain"]),
        )
        return
    yield Held(trace["listed"])


def plan_kept(setting: Setting, promise: Kept | Answered) -> Iterator[Script]:
    """Create with each of some values of the field and read back."""
    # one seed, and so one script, for both claims
    bodies = setting.bodies(seed=f"{setting.seed}/{setting.operation.id}/{promise.name}")
    reference = next(
        (one for one in setting.contract.references if one.body == f"/{promise.name}"), None
    )
    if reference is not None and reference.resource == setting.resource.name:
        child = setting.creation(
            "made",
            {**bodies.minimal("{m}-made"), promise.name: Ref("parent", setting.resource.identity)},
        )
        yield Script(
            label="of ours",
            steps=(setting.creation("parent"), child, look(setting, "read", "made")),
        )
        return
    everything = whole(setting, "{m}-made")
    if (
        not setting.examples
        and promise.name != bodies.mark
        and everything.get(promise.name) not in (None, [], {})
    ):
        yield Script(
            label="all at once",
            steps=(setting.creation("made", everything), look(setting, "read", "made")),
        )
        return
    values = (
        list(bodies.samples(promise.name, setting.examples))
        if promise.name in bodies.properties
        else []
    )
    if not setting.examples and promise.name == bodies.mark:
        values[:1] = []
    found = (
        look(setting, "read", "made")
        if promise.name != bodies.mark
        else look_by_identity(setting, "read", "made")
    )
    for number, value in enumerate(values):
        body = bodies.with_value(promise.name, value)
        if body is not None:
            yield Script(label=f"value {number}", steps=(setting.creation("made", body), found))


def judge_kept(setting: Setting, promise: Kept, trace: Trace) -> Iterator[Observation]:
    """It reads back as sent, wherever the documents let it be read."""
    pointer = f"/{promise.name}"
    sent = trace.success("made").call.body
    item, exchange = seen(setting, trace, "read", "made")
    found, answered = pointers.get(item, pointer), pointers.get(trace["made"].json, pointer)
    if silent(setting, trace, promise.name, sent):
        yield Unreached(silent(setting, trace, promise.name, sent))
    elif found is pointers.MISSING and answered is pointers.MISSING:
        yield Broken(
            f"{promise.name} was sent as {sent[promise.name]!r} and is nowhere to be read",
            (trace["made"], exchange),
        )
    elif found is pointers.MISSING:
        yield Unreached(f"{exchange} does not show {promise.name}")
    elif not equal(setting, pointer, sent[promise.name], found):
        yield Broken(
            f"{promise.name} was sent as {sent[promise.name]!r} and reads back as {found!r}",
            (trace["made"], exchange),
        )
    else:
        yield Held(exchange)


def judge_answered(setting: Setting, promise: Answered, trace: Trace) -> Iterator[Observation]:
    """The answer to the creation shows the value sent, if it shows the field."""
    exchange = trace.success("made")
    found = pointers.get(exchange.json, f"/{promise.name}")
    sent = exchange.call.body[promise.name]
    if silent(setting, trace, promise.name, exchange.call.body):
        yield Unreached(silent(setting, trace, promise.name, exchange.call.body))
    elif found is pointers.MISSING:
        yield Unreached(f"{exchange} does not show {promise.name}")
    elif not equal(setting, f"/{promise.name}", sent, found):
        yield Broken(
            f"{promise.name} was sent as {sent!r} and is answered as {found!r}", (exchange,)
        )
    else:
        yield Held(exchange)


def plan_fresh(setting: Setting, promise: Fresh) -> Iterator[Script]:
    """Create twice, under two names and under one."""
    if not setting.examples:
        yield Script(
            label="of a stage",
            stage=_plenty(setting),
            steps=(),
            recall={"one": "item 0", "two": "item 1"},
        )
        twins = (setting.creation("one", text="{m}-twin"), setting.creation("two", text="{m}-twin"))
        yield Script(label="two of one name", steps=twins, cheap=True)
        return
    yield Script(
        label="two",
        steps=(setting.creation("one", text="{m}-one"), setting.creation("two", text="{m}-two")),
    )
    yield Script(
        label="two of one name",
        steps=(setting.creation("one", text="{m}-twin"), setting.creation("two", text="{m}-twin")),
    )


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
    """The pointers hold the same in each item, and in what its creation and its change answer."""
    answers = [
        (trace[name].json, trace[name])
        for name in trace.exchanges
        if name != "listed" and trace[name].succeeded
    ]
    answers = [
        pair
        for pair in answers
        if not setting.contract.operations[pair[1].call.operation].means_only
    ]
    for item, exchange in [
        *answers,
        *((item, trace["listed"]) for item in all_items(setting, trace, "listed")),
    ]:
        values = [pointers.get(item, pointer) for pointer in promise.pointers]
        if pointers.MISSING in values:
            continue
        if any(not same(values[0], value) for value in values):
            yield Broken(f"{' and '.join(promise.pointers)} hold {values}", (exchange,))
            return
        yield Held(exchange)


def plan_belongs(setting: Setting, promise: Belongs) -> Iterator[Script]:
    """Read the list of the parent; for isolation, make one thing in each of two parents and read
    both lists.
    """
    parent, resource = setting.resource.parent, setting.resource
    if parent is None or resource.list is None:
        raise Undecidable("the resource has no parent")
    elsewhere = {parent.parameter: Other(parent.parameter)}
    other = setting.creation("there", text="{m}-there")
    if not promise.isolated:
        yield Script(label="listed", stage=catalogue(setting), steps=(sweep(setting, "listed"),))
        steps: list[Move] = [
            replace(other, call=replace(other.call, arguments=elsewhere)),
            sweep(setting, "listed", elsewhere),
        ]
        yield Script(label="of another", steps=tuple(steps))
        return
    made_in_both = [
        setting.creation("here", text="{m}-here"),
        replace(other, call=replace(other.call, arguments=elsewhere)),
    ]
    if asked := queried(setting.contract, resource):
        both = (
            sweep(setting, "list here", asked),
            sweep(setting, "list there", {**asked, **elsewhere}),
        )
        yield Script(label="isolated by query", steps=(*made_in_both, *both))
    steps = [*made_in_both]
    steps += [sweep(setting, "list here"), sweep(setting, "list there", elsewhere)]
    steps += [
        Step(name="plain here", call=Call(operation=resource.list)),
        Step(name="plain there", call=Call(operation=resource.list, arguments=elsewhere)),
    ]
    yield Script(label="isolated", steps=tuple(steps))


def judge_belongs(setting: Setting, promise: Belongs, trace: Trace) -> Iterator[Observation]:
    """Items name the parent that was asked; none is in the other's list."""
    parent = setting.resource.parent
    if parent is None:
        return
    if promise.isolated:
        here, there = made(setting, trace, "here"), made(setting, trace, "there")
        if same(here, there):
            raise Undecidable(
                "the two things have one identity: it may be unique only within a parent"
            )
        for name in [
            one for one in (*trace.exchanges, *trace.skipped) if one.startswith(("list", "plain"))
        ]:
            stranger, step = (there, "there") if "here" in name.split() else (here, "here")
            listed = (
                all_items(setting, trace, name)
                if name.startswith("list")
                else items(setting, trace[name])
            )
            if stranger in identities(setting, listed):
                yield Broken(
                    f"an item of another {parent.parameter} is listed",
                    (trace[step], *trace.all(name)),
                )
                return
        yield Held(trace["list there"])
        return
    asked = trace["listed"].call.arguments[parent.parameter]
    for name, answers in trace.exchanges.items():
        found = pointers.get(answers[-1].json, parent.field or "")
        promised = not setting.contract.operations[answers[-1].call.operation].means_only
        if (
            name != "listed"
            and promised
            and answers[-1].succeeded
            and isinstance(found, str | int)
            and str(found).lower() != str(asked).lower()
        ):
            yield Broken(
                f"the answer about an item of {parent.parameter} {asked} names {found}", answers
            )
            return
    for item in all_items(setting, trace, "listed"):
        found = pointers.get(item, parent.field or "")
        if found is pointers.MISSING:
            continue
        if str(found).lower() != str(asked).lower():
            yield Broken(
                f"the list of {parent.parameter} {asked} holds an item of {found}",
                trace.all("listed"),
            )
            return
        yield Held(trace["listed"])


def plan_read(setting: Setting, promise: ReadsAsListed) -> Iterator[Script]:
    """Read a thing by itself and in the list; with switches, a switched one too."""
    read = setting.resource.read or ""
    steps: list[Move] = [
        setting.creation("made"),
        Step(name="read", call=on_item(setting, read, "made")),
        sweep(setting, "listed"),
    ]
    yield Script(label="plain", steps=tuple(steps))
    filtered = states(setting.contract, setting.resource.list or "")
    for switch in setting.resource.switches:
        if filtered is None or filtered.field != switch.field:
            continue
        on = next((text for text, value in filtered.values.items() if value is True), None)
        steps = [
            setting.creation("made"),
            Step(name="switch", call=on_item(setting, switch.on, "made")),
        ]
        steps += [
            Step(name="read", call=on_item(setting, read, "made")),
            sweep(setting, "listed", {filtered.state: on}),
        ]
        yield Script(label=f"switched {switch.field[1:]}", steps=tuple(steps))


def judge_read(setting: Setting, promise: ReadsAsListed, trace: Trace) -> Iterator[Observation]:
    """What both show is the same, and is of what was made."""
    identity = made(setting, trace, "made")
    if trace["read"].refused:
        yield Broken(
            f"what was created cannot be read: {trace['read']}", (trace["made"], trace["read"])
        )
        return
    item = trace.success("read").json
    listed = next(
        (
            one
            for one in all_items(setting, trace, "listed")
            if same(pointers.get(one, setting.resource.identity), identity)
        ),
        None,
    )
    if not isinstance(item, dict) or not same(
        pointers.get(item, setting.resource.identity), identity
    ):
        yield Broken(f"reading {identity!r} gives something else", (trace["made"], trace["read"]))
        return
    if listed is None:
        yield Unreached("the list does not hold what was made")
        return
    for name in item.keys() & listed.keys():
        if not same(item[name], listed[name]) and name not in opened(setting, item):
            yield Broken(
                f"{name} reads {item[name]!r} by itself and {listed[name]!r} in the list",
                (trace["read"], *trace.all("listed")),
            )
            return
    yield Held(trace["read"])


CHECKS = {
    Listed.kind: Check(plan=plan_listed, judge=judge_listed),
    Kept.kind: Check(plan=plan_kept, judge=judge_kept),
    Answered.kind: Check(plan=plan_kept, judge=judge_answered),
    Fresh.kind: Check(plan=plan_fresh, judge=judge_fresh),
    Agrees.kind: Check(plan=plan_agrees, judge=judge_agrees),
    Belongs.kind: Check(plan=plan_belongs, judge=judge_belongs),
    ReadsAsListed.kind: Check(plan=plan_read, judge=judge_read),
}
