"""One life that many claims look at: everything that can be done to a thing, done to one of three,
and all looked at in between.

A quick run plays it once, where a longer one plays a script for each claim: what a claim says is
judged from the moments of the life that it is about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from conformance.checks import whereabouts
from conformance.checks.body import AWKWARD
from conformance.checks.call import Call
from conformance.checks.check import Setting, needed, once
from conformance.checks.item import full, on_item
from conformance.checks.listing import look
from conformance.checks.script import Move, Script, Stage, Step
from conformance.contract import pointer as pointers
from conformance.contract.json import Json, same

THREE = ("left", "middle", "right")


@dataclass(frozen=True, slots=True)
class Life:
    """The stage, and of each operation the number of its moment, or of both where it is done twice;
    before the first all are looked at, and after each.
    """

    stage: Stage
    moments: dict[str, tuple[int, ...]]

    def around(self, operation: str, time: int = 0) -> dict[str, str]:
        """Return what a script recalls to judge what an operation did: the three, the call, and the
        looks before and after.
        """
        moment = self.moments[operation][time]
        looks = {
            f"{item} {when}": f"~{number} {item}"
            for item in THREE
            for when, number in (("before", moment - 1), ("after", moment))
        }
        return {**{item: item for item in THREE}, "call": f"~{moment}", **looks}


def life(setting: Setting) -> Life:
    """Return the life of a resource whose things can be made, and named one by one."""
    moments: dict[str, tuple[int, ...]] = {}
    for number, operation in enumerate(_deeds(setting), start=1):
        moments[operation] = (*moments.get(operation, ()), number)
    return Life(_stage(setting), moments)


def recalled(setting: Setting, operation: str) -> Life | None:
    """Return the life for a claim about an operation, in a quick run; None where a script of its
    own is needed.
    """
    if (
        setting.examples
        or setting.resource.key is None
        or setting.resource.create is None
        or operation not in _deeds(setting)
    ):
        return None
    return life(setting) if _seen(setting) else None


def _seen(setting: Setting) -> bool:
    """Tell whether there is any way to look at a thing."""
    read = setting.resource.read
    return setting.resource.list is not None or (
        read is not None and not setting.contract.operations[read].means_only
    )


def _deeds(setting: Setting) -> list[str]:
    """Return the operations in the order in which they are done: changes, each switch on and off
    (again, where that is promised), the end.
    """
    resource = setting.resource
    found = [id for id in (resource.replace, resource.change) if id]
    for switch in resource.switches:
        found += [way for way in (switch.on, switch.off) for _ in range(1 + switch.idempotent)]
    return [*found, *([resource.delete] if resource.delete else [])]


def updated(setting: Setting, operation: str) -> dict[str, Json]:
    """Return the body by which the life's thing is changed: another value, than it has by then, of
    everything that refers to nothing else and may differ.
    """
    return _updates(setting)[operation][1]


def differs(setting: Setting, operation: str, name: str) -> bool:
    """Tell whether that body gives a field another value than the thing certainly has by then."""
    before, after = _updates(setting)[operation]
    return name in before and name in after and not same(before[name], after[name])


def _updates(setting: Setting) -> dict[str, tuple[dict[str, Json], dict[str, Json]]]:
    """Return for each operation that changes fields what is known of them before, and the body
    sent; what switches throw is left to them.
    """
    resource = setting.resource
    known: dict[str, Json] = full(setting, setting.bodies(seed="life"))
    left = {one.body[1:] for one in setting.contract.references} | {
        switch.field[1:] for switch in resource.switches
    }
    found = {}
    for operation, text in (
        (resource.replace, AWKWARD),
        (resource.change, "{m}-changed" if resource.replace else AWKWARD),
    ):
        if operation is None:
            continue
        bodies = setting.bodies(operation, seed="life")
        body: dict[str, Json] = next(
            (one for one in map(bodies.minimal, (text, "{m}-updated")) if bodies.fits(one)),
            bodies.minimal(text),
        )
        for name in bodies.properties:
            if name != bodies.mark and name not in left:
                others = (
                    value for value in bodies.samples(name, 1) if not same(value, known.get(name))
                )
                body = next(
                    (fuller for value in others if bodies.fits(fuller := {**body, name: value})),
                    body,
                )
        found[operation] = (known, body)
        known = body if operation == resource.replace else {**known, **body}
    return found


@once
def _stage(setting: Setting) -> Stage:
    steps: list[Move] = [
        setting.creation("left", setting.bodies().minimal("{m}-left")),
        setting.creation("middle", full(setting, setting.bodies(seed="life"))),
    ]
    steps += [setting.creation("right", setting.bodies().minimal("{m}-right")), *_looks(setting, 0)]
    for number, id in enumerate(_deeds(setting), start=1):
        body: Json = (
            updated(setting, id) if setting.contract.operations[id].body else pointers.MISSING
        )
        steps += [
            Step(name=f"~{number}", call=replace(on_item(setting, id, "middle"), body=body)),
            *_looks(setting, number),
        ]
        for switch in setting.resource.switches:
            if id in (switch.on, switch.off, setting.resource.replace, setting.resource.change):
                steps += [
                    replace(move, name=f"~{number} {move.name}")
                    for move in whereabouts.looks(setting, switch.field)
                ]
    return Stage(name=f"life of {setting.resource.name}", steps=tuple(steps))


def _looks(setting: Setting, moment: int) -> Iterator[Move]:
    for item in THREE:
        yield look(setting, f"~{moment} {item}", item)


@once
def victim(setting: Setting, operation: str) -> Stage:
    """Return the stage of a thing that refused calls name, in the state in which the operation
    would have an effect on it, and a look at it, if any.
    """
    first, *more = needed(setting, setting.contract.operations[operation])
    switched = f"{more[-1].call.operation}ed " if more else ""
    made = setting.creation(first.name, setting.bodies(seed="victim").minimal("{m}-victim"))
    looked = (look(setting, "before", first.name),) if _seen(setting) else ()
    return Stage(name=f"{switched}victim of {setting.resource.name}", steps=(made, *more, *looked))


def refused(
    setting: Setting, label: str, call: Call, *, looked: bool = False, cheap: bool = False
) -> Script:
    """Return the script of a call on the victim that should be refused; `looked`: and of a look at
    whether it did anything all the same.
    """
    after = (look(setting, "after", "made"),) if looked else ()
    return Script(
        label=label,
        stage=victim(setting, call.operation),
        steps=(Step(name="call", call=call), *after),
        cheap=cheap,
    )
