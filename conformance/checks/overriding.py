"""Whether a parameter takes the effect of others away."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.call import Marked
from conformance.checks.catalogue import catalogue
from conformance.checks.check import Check, Setting
from conformance.checks.dialect import matches
from conformance.checks.exchange import Trace, Undecidable
from conformance.checks.filtering import selects
from conformance.checks.listing import newest_first, own, sweep
from conformance.checks.observation import Broken, Observation
from conformance.checks.script import Script
from conformance.contract import pointer as pointers
from conformance.contract.filtering import Globs, Queries
from conformance.contract.json import Json
from conformance.contract.overriding import Inert

PATTERNS = ("{m}-delta", "{m}-nobody", "{m}-al*")


def plan(setting: Setting, promise: Inert) -> Iterator[Script]:
    """Ask for one item by query while the filter asks for another, for none, and for more."""
    queries, globs = _behaviours(setting)
    key = next((key for key in queries.keys.values() if key.pointer == setting.resource.mark), None)
    if key is None or queries.query != promise.overrides.parameter:
        raise Undecidable(
            "the override is not of a query on the field that our items can be told apart by"
        )
    for number, pattern in enumerate(PATTERNS):
        arguments: dict[str, Json] = {
            queries.query: {key.name: Marked("{m}-alpha")},
            globs.field: next(iter(globs.keys)),
            globs.glob: Marked(pattern),
            **newest_first(setting.contract, setting.claim.operation),
        }
        arguments = {
            name: value
            for name, value in arguments.items()
            if name not in (globs.field, globs.glob) or name in promise.overrides.disables
        }
        yield Script(
            label=f"against {number}",
            stage=catalogue(setting),
            steps=(sweep(setting, "found", arguments),),
        )


def judge(setting: Setting, promise: Inert, trace: Trace) -> Iterator[Observation]:
    """The query alone decides."""
    queries, _ = _behaviours(setting)
    if trace["found"].refused:
        yield Broken(
            f"{promise.overrides.parameter} beside {' and '.join(promise.overrides.disables)} is"
            f" refused: {trace['found']}",
            trace.all("found"),
        )
        return
    mine = own(setting, trace, catalogue(setting))
    query = trace["found"].call.arguments[queries.query]
    keys = {key.name: key for key in queries.keys.values()}
    expected = {step for step in mine.values() if matches(query, trace[step].call.body, keys)}
    yield from selects(
        setting,
        trace,
        "found",
        expected,
        mine,
        f"{queries.query}={query} beside {globs_sent(trace, promise)}",
    )


def globs_sent(trace: Trace, promise: Inert) -> str:
    """Return the disabled arguments as they were sent."""
    arguments = trace["found"].call.arguments
    return ", ".join(
        f"{name}={arguments[name]}"
        for name in promise.overrides.disables
        if arguments.get(name, pointers.MISSING) is not pointers.MISSING
    )


def _behaviours(setting: Setting) -> tuple[Queries, Globs]:
    queries, globs = (
        setting.contract.of(setting.claim.operation, Queries),
        setting.contract.of(setting.claim.operation, Globs),
    )
    if not isinstance(queries, Queries) or not isinstance(globs, Globs):
        raise Undecidable("the override is not of a query over a glob filter")
    return queries, globs


CHECKS = {Inert.kind: Check(plan=plan, judge=judge)}
