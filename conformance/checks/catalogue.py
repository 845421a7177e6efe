"""The things that list checks look at, made once for all of them: few, and such that every order
and every pattern tells them apart.
"""

from __future__ import annotations

from collections.abc import Callable

from conformance.checks.body import Bodies
from conformance.checks.call import Call, Ref
from conformance.checks.check import Setting, once
from conformance.checks.exchange import Undecidable
from conformance.checks.script import Stage, Step
from conformance.contract.filtering import KeyType, Queries
from conformance.contract.json import Json
from conformance.contract.sorting import Sorts

# In the order of creation, which is not the order of names; one begins with the whole of another,
# one ends with it.
NAMES = (
    "{m}-delta",
    "{m}-alpha",
    "{m}-golf",
    "{m}-alphabet",
    "{m}-x-{m}-alpha",
    "{m}-charlie one",
    "{m}-bravo-delta",
    "{m}-echo-foxtrot-lima.x",
    "{m}-echo-foxtrot-limayx",
    "{m}-hotel+50%41(a)&b/c",
)
# The same, for fields of which the limits leave little room behind a mark.
SHORT_NAMES = (
    "{m}-delta",
    "{m}-alpha",
    "{m}-golf",
    "{m}-alphab",
    "{m}-xalpha",
    "{m}-ch one",
    "{m}-bdelta",
    "{m}-echo.x",
    "{m}-echoyx",
    "{m}-h+5%&/",
)
# changed afterwards, in this order, so that the order of changes is neither of the two
TOUCHED = (5, 1, 3)
ASIDE = (2, 5, 8)  # of a crowd: their names begin otherwise, and come first


def names(bodies: Bodies) -> tuple[str, ...]:
    """Return the names of the catalogue as the field takes them that carries the mark."""
    if all(bodies.holds(name) for name in NAMES):
        return NAMES
    return tuple(bodies.fitted(name) for name in SHORT_NAMES)


def crowd_words(bodies: Bodies) -> tuple[str, str]:
    """Return what the names of a crowd begin with: those aside, and all others."""
    if bodies.holds("{m}-crowd-passing"):
        return "{m}-aside", "{m}-crowd"
    separator = bodies.field.separator if bodies.field else "-"
    return f"{{m}}{separator}a", f"{{m}}{separator}c"


@once
def catalogue(setting: Setting) -> Stage:
    """Return the stage of a few named things, some of them changed after they were made."""
    resource = setting.resource
    bodies = setting.bodies(seed="catalogue")
    steps = []
    for number, name in enumerate(names(bodies)):
        body = bodies.minimal(name)
        for field, value in _extras(setting, number).items():
            body = {**body, field: value} if field in bodies.properties else body
        steps.append(setting.creation(f"item {number}", body))
    if (touch := _touch(setting)) is not None:
        steps += [Step(name=f"touch {number}", call=touch(number)) for number in TOUCHED]
    return Stage(name=f"catalogue of {resource.name}", steps=tuple(steps))


def crowd(setting: Setting) -> Stage:
    """Return the stage of enough things to fill several pages."""
    return _crowd(setting, str(setting.crowd))


@once
def _crowd(setting: Setting, many: str) -> Stage:
    count, bodies = int(many), setting.bodies(seed="crowd")
    aside, others = crowd_words(bodies)
    between = "-" if others.endswith("crowd") else ""
    called = [
        f"{aside if number in ASIDE else others}{between}{number * 37 % count:03}"
        for number in range(count)
    ]
    steps = [
        setting.creation(f"item {number}", bodies.minimal(name))
        for number, name in enumerate(called)
    ]
    return Stage(
        name=f"crowd of {count} {setting.resource.name}", steps=tuple(steps), unordered=True
    )


@once
def family(setting: Setting, key: str) -> Stage:
    """Return a stage of two things that refer to others by field `key`, one that refers to none,
    and, where they can be made, the others.

    Where the field is a list, both refer to the same two. In a quick run they refer to all kinds of
    others at once.
    """
    bodies = setting.bodies(seed="family")
    reference = next((one for one in setting.contract.references if one.body == f"/{key}"), None)
    if reference is None or key not in bodies.properties:
        raise Undecidable(f"the contract does not say what {key} refers to")
    steps: list[Step] = []
    besides: dict[str, Json] = {}
    name = f"family of {setting.resource.name} by {key}"
    if reference.resource == setting.resource.name:
        steps = [
            setting.creation(name, bodies.minimal(f"{{m}}-{name}"))
            for name in ("parent", "other parent")
        ]
        values: list[Json] = [Ref(step.name, setting.resource.identity) for step in steps]
    else:
        values = [next(iter(bodies.samples(key, 1)))] * 2
        if not setting.examples:
            others = [
                one.body[1:]
                for one in setting.contract.references
                if one.resource != setting.resource.name and one.body[1:] in bodies.properties
            ]
            besides = {other: next(iter(bodies.samples(other, 1))) for other in others}
            name = f"family of {setting.resource.name}"
    for step, value in zip(("referring", "referring too"), values, strict=True):
        steps.append(
            setting.creation(step, {**bodies.minimal(f"{{m}}-{step}"), **besides, key: value})
        )
    steps.append(setting.creation("plain", bodies.minimal("{m}-plain")))
    return Stage(name=name, steps=tuple(steps))


def switched(setting: Setting) -> tuple[str, ...]:
    """Return the steps of `both_states` that make what is switched on."""
    return ("item 0", "item 2", "item 4", "item 6") if setting.examples else ("item 0", "item 2")


def both_states(setting: Setting) -> Stage:
    """Return the stage of things of which every other one is switched on: eight, or in a quick run
    four.
    """
    return _states(setting, str(2 * len(switched(setting))))


@once
def _states(setting: Setting, many: str) -> Stage:
    resource, count = setting.resource, int(many)
    steps = [
        setting.creation(
            f"item {number}", setting.bodies(seed="states").minimal(f"{{m}}-state-{number}")
        )
        for number in range(count)
    ]
    for switch in resource.switches:
        if resource.key:
            steps += [
                Step(
                    name=f"switch {n}",
                    call=Call(
                        operation=switch.on,
                        arguments={resource.key: Ref(f"item {n}", resource.identity)},
                    ),
                )
                for n in range(0, count, 2)
            ]
    return Stage(name=f"states of {resource.name}", steps=tuple(steps))


def tags(number: int) -> dict[str, str]:
    """Return the tags of item `number` of the catalogue."""
    return (
        {"floor": str(number % 4), "wing": "north" if number % 2 else "south"}
        if number != 6
        else {"colour": "3"}
    )


def _extras(setting: Setting, number: int) -> dict[str, Json]:
    """Return what tells item `number` apart besides its name: tags, and numbers that the list can
    be sorted by.
    """
    lister, properties = setting.resource.list or "", setting.bodies(seed="catalogue").properties
    found: dict[str, Json] = {}
    for behaviour in setting.contract.behaviours.get(lister, ()):
        if isinstance(behaviour, Queries):
            found |= {
                key.pointer[1:]: tags(number)
                for key in behaviour.keys.values()
                if key.type is KeyType.TAGS
            }
        elif isinstance(behaviour, Sorts):
            numbers = {pointer[1:] for pointer in behaviour.keys.values()} & {
                name for name, node in properties.items() if node.get("type") == "integer"
            }
            found |= {name: _spread(properties[name], number) for name in numbers}
    return found


def _spread(schema: Json, number: int) -> int:
    least = int(schema.get("minimum", 1))
    most = int(schema.get("maximum", least + len(NAMES)))
    return least + number * 5 % (most - least + 1)


def _touch(setting: Setting) -> Callable[[int], Call] | None:
    """Return how to change a thing without changing what it is found by."""
    resource = setting.resource
    role = resource.change or resource.replace
    if role is None or resource.key is None:
        return None
    key, bodies = resource.key, setting.bodies(role, seed="touch")
    free = [
        name
        for name, node in bodies.properties.items()
        if node.get("type") == "string" and name != bodies.mark
    ]

    def touch(number: int) -> Call:
        body = (
            {free[0]: f"touched {number}"}
            if free and not bodies.required
            else bodies.minimal(names(bodies)[number])
        )
        return Call(
            operation=role, arguments={key: Ref(f"item {number}", resource.identity)}, body=body
        )

    return touch
