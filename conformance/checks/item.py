"""One thing: how a call names it, which of its fields must read back as they were sent, and a full
one.
"""

from __future__ import annotations

from conformance.checks.body import Bodies
from conformance.checks.call import Call, Ref
from conformance.checks.check import Setting
from conformance.checks.exchange import Trace, Undecidable
from conformance.contract.json import Json, same


def on_item(setting: Setting, operation: str, item: str) -> Call:
    """Return the call of an operation, so far without a body, on the thing which step `item`
    created.
    """
    resource = setting.resource
    if resource.key is None:
        raise Undecidable("the contract does not say how an item is named in a path")
    return Call(operation=operation, arguments={resource.key: Ref(item, resource.identity)})


def equal(setting: Setting, pointer: str, sent: Json, found: Json) -> bool:
    """Tell whether a field reads back as sent; ids of other things are a set, whose order no
    document fixes.
    """
    referred = any(reference.body == pointer for reference in setting.contract.references)
    if referred and isinstance(sent, list) and isinstance(found, list):
        return sorted(map(repr, sent)) == sorted(map(repr, found))
    return same(sent, found)


def opened(setting: Setting, item: Json) -> set[str]:
    """Return the field names of which the documents do not say what they hold, as this item is."""
    rules = setting.resource.open
    return {rule.field[1:] for rule in rules if setting.validator(rule.when).is_valid(item)}


def silent(setting: Setting, trace: Trace, name: str, sent: Json) -> str:
    """Return why the documents do not say what field `name` holds after such a body; empty when
    they do.
    """
    if name in opened(setting, sent):
        return f"for such a body the documents do not say what {name} holds"
    if name in trace.unfounded:
        return f"the ids sent in {name} may not exist there: give --fixture {name}=ID"
    return ""


def full(setting: Setting, bodies: Bodies) -> Json:
    """Return one body with a value of every property that refers to nothing else."""
    referring = {one.body[1:] for one in setting.contract.references}
    body: Json = setting.bodies(seed="full").minimal("{m}-made")
    for name in bodies.properties:
        if name != bodies.mark and name not in referring:
            samples = setting.bodies(seed="full").samples(name, 0)
            body = next(
                (fuller for value in samples if bodies.fits(fuller := {**body, name: value})), body
            )
    return body


def whole(setting: Setting, text: str) -> dict[str, Json]:
    """Return the body that creates a thing of which the documents say what every field holds, ids
    of other things among them.
    """
    bodies = setting.bodies(seed="whole")
    body: dict[str, Json] = {**full(setting, bodies), **bodies.minimal(text)}
    others = {
        one.body[1:] for one in setting.contract.references if one.resource != setting.resource.name
    }
    for name in [name for name in bodies.properties if name in others]:
        fuller = (
            {**body, **found}
            for value in bodies.samples(name, 0)
            if (found := bodies.with_value(name, value, text))
        )
        body = next((one for one in fuller if bodies.fits(one)), body)
    return body
