"""Whether a writing operation takes its documented bodies and refuses those that it should."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.checks import drawing, lifetime
from conformance.checks.answering import judge_accepts, refusal
from conformance.checks.body import Bodies
from conformance.checks.call import Fixture, Marked, placeholders
from conformance.checks.check import Check, Setting, needed, once, valid_call
from conformance.checks.exchange import Trace, Undecidable
from conformance.checks.observation import Observation
from conformance.checks.script import Script, Stage, Step
from conformance.checks.violating import violations
from conformance.contract import pointer as pointers
from conformance.contract.answering import Accepts
from conformance.contract.json import Json
from conformance.contract.mark import LENGTH
from conformance.contract.reference import inline, resolve
from conformance.contract.writing import RefusesBody, TakesBound, TakesExample


def _script(
    setting: Setting,
    label: str,
    body: Json = pointers.MISSING,
    text: str | None = None,
    *,
    refused: bool = False,
) -> Script:
    call = replace(valid_call(setting, setting.operation), body=body, text=text)
    if refused and not setting.examples and call.operation in setting.resource.on_items:
        return lifetime.refused(setting, label, call)
    return Script(
        label=label, steps=(*needed(setting, setting.operation), Step(name="call", call=call))
    )


def exemplary(setting: Setting, example: Json) -> Json:
    """Return a documented body with the mark in its name and the target's ids for its references,
    wherever those are known.
    """
    bodies = setting.bodies(setting.operation.id)
    found = dict(example)
    if bodies.mark in found and isinstance(
        plain := pointers.get(found, setting.resource.mark or ""), str
    ):
        found = pointers.put(
            found, setting.resource.mark or "", Marked(bodies.fitted(f"{{m}} {plain}"), plain=plain)
        )
    for reference in setting.contract.references:
        name = reference.body[1:]
        if isinstance(found.get(name), list):
            found[name] = [
                Fixture(reference.name, index, value) for index, value in enumerate(found[name])
            ]
        elif name in found:
            found[name] = Fixture(reference.name, 0, found[name])
    return found


def plan_example(setting: Setting, promise: TakesExample) -> Iterator[Script]:
    """Send the example."""
    yield _script(setting, "example", exemplary(setting, promise.body))


def judge_example(setting: Setting, promise: TakesExample, trace: Trace) -> Iterator[Observation]:
    """It gets the documented success."""
    yield from judge_accepts(setting, Accepts(arguments={}), trace)


def plan_bound(setting: Setting, promise: TakesBound) -> Iterator[Script]:
    """Send valid bodies whose property is exactly at the bound; a text, in letters of one byte and
    of several.
    """
    bodies = setting.bodies(setting.operation.id)
    value = _at_bound(setting, bodies, promise)
    stage = (
        None
        if setting.examples or promise.name == bodies.mark
        else _bounds(setting, setting.operation.id)
    )
    if (
        stage is not None
        and promise.keyword.startswith("max")
        and stage.steps[-1].call.body.get(promise.name) == value
    ):
        alone = Step(
            name="call",
            call=replace(
                valid_call(setting, setting.operation), body=bodies.with_value(promise.name, value)
            ),
        )
        steps = tuple(
            replace(step, unless="call") for step in (*needed(setting, setting.operation), alone)
        )
        yield Script(label="all bounds", stage=stage, steps=steps, recall={"call": "all"})
        return
    values = {
        "bound": value,
        **(
            {"bound in characters": replace(value, pad="é")}
            if isinstance(value, Marked) and setting.examples
            else {}
        ),
    }
    for label, one in values.items():
        body = bodies.with_value(promise.name, one)
        if body is None:
            raise Undecidable("no valid body has such a value")
        yield replace(_script(setting, label, body), exclusive=not _marked(bodies, body))


def _marked(bodies: Bodies, body: dict[str, Json]) -> bool:
    """Tell whether a body carries the mark, where it has a field for it."""
    return bodies.mark is None or any(
        isinstance(one, Marked) for one in placeholders(body.get(bodies.mark))
    )


@once
def _bounds(setting: Setting, operation: str) -> Stage:
    """Return the stage of one call whose properties all are at their upper bounds, as far as the
    schema lets them be so together.
    """
    bodies = setting.bodies(operation)
    body: dict[str, Json] = bodies.minimal("{m}-bounds")
    for claim in setting.contract.claims:
        promise = claim.promise
        if (
            claim.operation == operation
            and isinstance(promise, TakesBound)
            and promise.keyword.startswith("max")
            and promise.name != bodies.mark
        ):
            fuller = {**body, promise.name: _at_bound(setting, bodies, promise)}
            body = fuller if bodies.fits(fuller) else body
    made = needed(setting, setting.contract.operations[operation])
    call = replace(valid_call(setting, setting.contract.operations[operation]), body=body)
    return Stage(name=f"bounds of {operation}", steps=(*made, Step(name="all", call=call)))


def _at_bound(setting: Setting, bodies: Bodies, promise: TakesBound) -> Json:
    node = bodies.properties[promise.name]
    bound = node[promise.keyword]
    if promise.keyword in ("minItems", "maxItems"):
        reference = next(
            (one for one in setting.contract.references if one.body == f"/{promise.name}"), None
        )
        if reference is not None:
            return [
                Fixture(reference.name, number, value)
                for number, value in enumerate(_many(node["items"], bound))
            ]
        return [
            drawing.draw(drawing.value(node["items"]), f"member {number}")
            for number in range(bound)
        ]
    if promise.keyword in ("minimum", "maximum"):
        return bound
    if promise.name == bodies.mark:
        return "é" * bound if bound <= LENGTH else Marked("{m}-", length=bound)
    return "é" * bound


def _many(schema: Json, count: int) -> list[Json]:
    """Return that many different values of a schema."""
    first = drawing.draw(drawing.value(schema), "members")
    if isinstance(first, int):
        return [first + number for number in range(count)]
    return [f"{number:0{len(first)}x}"[-len(first) :] for number in range(1, count + 1)]


def judge_bound(setting: Setting, promise: TakesBound, trace: Trace) -> Iterator[Observation]:
    """It gets the documented success."""
    yield from judge_accepts(setting, Accepts(arguments={}), trace)


def plan_refuses(setting: Setting, promise: RefusesBody) -> Iterator[Script]:
    """Send bodies that break the keyword and nothing else."""
    if promise.keyword == "json":
        for number, text in enumerate(('{"{m}-x', "{m}-this is not JSON")):
            yield _script(setting, f"text {number}", text=text, refused=True)
        return
    for number, body in enumerate(broken_bodies(setting, promise)):
        yield _script(setting, f"body {number}", body, refused=True)


def broken_bodies(setting: Setting, promise: RefusesBody) -> list[Json]:
    """Return bodies that break a keyword of a property, or of the body itself."""
    bodies = setting.bodies(setting.operation.id)
    if promise.keyword == "required" and promise.name is not None:
        return _without(bodies, promise.name)
    if promise.name is not None:
        node = bodies.properties[promise.name]
        if promise.name == bodies.mark and promise.keyword == "maxLength":
            return [
                {**bodies.minimal(), promise.name: Marked("{m}-", length=node["maxLength"] + 1)}
            ]
        return [
            {**bodies.minimal(), promise.name: value} for value in violations(node, promise.keyword)
        ]
    schema = (
        inline(
            setting.contract.document,
            resolve(setting.contract.document, bodies.operation.body.schema, "")[0],
        )
        if bodies.operation.body
        else {}
    )
    match promise.keyword:
        case "additionalProperties":
            return [{**bodies.minimal(), "undeclaredProperty": "x"}]
        case "type":
            return [[bodies.minimal()], Marked("{m}-text")]
        case "if":
            return _unconditional(bodies, schema)
        case _:
            raise Undecidable(f"there is no way to break {promise.keyword} alone")


def _without(bodies: Bodies, name: str) -> list[Json]:
    """Return bodies that lack a property and were valid with it, those with the fewest ids of other
    things first.
    """
    found: list[Json] = []
    for value in bodies.samples(name, 0):
        body = bodies.with_value(name, value)
        if body is not None:
            found.append({key: child for key, child in body.items() if key != name})
    return sorted(
        (body for number, body in enumerate(found) if body not in found[:number]),
        key=lambda body: len(list(placeholders(body))),
    )[:2]


def _unconditional(bodies: Bodies, schema: Json) -> list[Json]:
    """Return bodies that meet the condition of `if` and break its `then`, by emptying what `then`
    wants filled.
    """
    found: list[Json] = []
    for name, wanted in schema.get("then", {}).get("properties", {}).items():
        if wanted.get("minItems"):
            condition = {
                key: node["const"]
                for key, node in schema["if"].get("properties", {}).items()
                if "const" in node
            }
            found.append({**bodies.minimal(), **condition, name: []})
    if not found:
        raise Undecidable("there is no way to break the consequence of the condition alone")
    return found


def judge_refuses(setting: Setting, promise: RefusesBody, trace: Trace) -> Iterator[Observation]:
    """It is refused with a documented status."""
    where = f"{promise.name} that breaks {promise.keyword}" if promise.name else promise.keyword
    what = f"a body with {where}" if promise.keyword != "json" else "a body that is not JSON"
    yield from refusal(setting, trace["call"], what, bool(trace.unfounded))


CHECKS = {
    TakesExample.kind: Check(plan=plan_example, judge=judge_example),
    TakesBound.kind: Check(plan=plan_bound, judge=judge_bound),
    RefusesBody.kind: Check(plan=plan_refuses, judge=judge_refuses),
}
