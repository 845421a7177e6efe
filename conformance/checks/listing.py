"""Lists: how to ask for our own things, and what an answer holds of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from conformance.checks.call import Call, Marked, Ref
from conformance.checks.check import Setting
from conformance.checks.exchange import Exchange, Trace, Undecidable
from conformance.checks.script import Move, Stage, Step, Walk
from conformance.contract import pointer as pointers
from conformance.contract.contract import Contract
from conformance.contract.filtering import Globs, Queries, States
from conformance.contract.json import Json
from conformance.contract.paging import Paginates
from conformance.contract.pointer import MISSING
from conformance.contract.resource import Resource
from conformance.contract.sorting import Sorts

SAFE_SIZE = 50  # a page size below every documented default and example


def paginates(contract: Contract, operation: str) -> Paginates | None:
    """Return how an operation's list is paged."""
    found = contract.of(operation, Paginates)
    return found if isinstance(found, Paginates) else None


def largest(contract: Contract, operation: str) -> int:
    """Return the largest page size that the documents show to be taken: the default or an example
    of it, at most 100, or `SAFE_SIZE`.
    """
    pages = paginates(contract, operation)
    parameter = contract.operations[operation].parameter(pages.size) if pages else None
    shown = (
        []
        if parameter is None
        else [value for value in (parameter.default, *parameter.examples) if isinstance(value, int)]
    )
    return min(100, max(shown, default=SAFE_SIZE))


def narrowed(contract: Contract, resource: Resource) -> dict[str, Json]:
    """Return the arguments that make a list hold only what the run has marked; empty where the list
    has no filter for that.
    """
    if resource.list is None or resource.mark is None:
        return {}
    for behaviour in contract.behaviours[resource.list]:
        if isinstance(behaviour, Globs):
            for value, pointer in behaviour.keys.items():
                if pointer == resource.mark:
                    return {behaviour.field: value, behaviour.glob: Marked("{m}*")}
    return {}


def newest_first(contract: Contract, operation: str) -> dict[str, Json]:
    """Return the arguments that bring what was just made to the front of a list that can be sorted
    by a date of creation.
    """
    sorts = contract.of(operation, Sorts)
    if isinstance(sorts, Sorts) and sorts.direction:
        for value in sorts.keys:
            if "creat" in value.lower():
                return {sorts.by: value, sorts.direction: sorts.descending}
    return {}


def states(contract: Contract, operation: str) -> States | None:
    """Return the state filter of a list."""
    found = contract.of(operation, States)
    return found if isinstance(found, States) else None


def sweep(
    setting: Setting, name: str, arguments: Mapping[str, Json] | None = None, **walk: Any
) -> Move:
    """Return the move that reads a whole list, narrowed to what is ours where the list can do
    that.
    """
    lister = setting.resource.list
    if lister is None:
        raise Undecidable("the contract has no operation that lists")
    call = Call(
        operation=lister,
        arguments={**narrowed(setting.contract, setting.resource), **(arguments or {})},
    )
    return (
        Walk(name=name, call=call, **walk)
        if paginates(setting.contract, lister)
        else Step(name=name, call=call)
    )


def look(setting: Setting, name: str, item: str) -> Move:
    """Return the move that reads one thing back: by the documented reading operation, else in the
    list.
    """
    resource = setting.resource
    if resource.read and resource.key and not setting.contract.operations[resource.read].means_only:
        return Step(
            name=name,
            call=Call(
                operation=resource.read, arguments={resource.key: Ref(item, resource.identity)}
            ),
        )
    return sweep(setting, name)


def look_by_identity(setting: Setting, name: str, item: str) -> Move:
    """Return the move that reads one thing back without relying on its name: by its identity, else
    in the list, the newest first.
    """
    direct = look(setting, name, item)
    return (
        direct
        if direct.call.operation == setting.resource.read
        else look_in_list(setting, name, item)
    )


def look_in_list(setting: Setting, name: str, item: str) -> Move:
    """Return the move that reads one thing back in the list, the newest first, without relying on
    its name.
    """
    lister = setting.resource.list
    if lister is None:
        raise Undecidable("the contract has no operation that lists")
    call = Call(operation=lister, arguments=newest_first(setting.contract, lister))
    return (
        Walk(name=name, call=call, until=Ref(item, setting.resource.identity))
        if paginates(setting.contract, lister)
        else Step(name=name, call=call)
    )


def queried(contract: Contract, resource: Resource) -> dict[str, Json]:
    """Return the arguments that make a list hold only what the run has marked by a query instead of
    a pattern; empty where the list has none for that.
    """
    for behaviour in contract.behaviours[resource.list] if resource.list and resource.mark else ():
        if isinstance(behaviour, Queries):
            for key in behaviour.keys.values():
                if key.pointer == resource.mark and key.name in behaviour.operators.get(
                    "$startsWith", ()
                ):
                    patterns = dict.fromkeys(narrowed(contract, resource), MISSING)
                    return {**patterns, behaviour.query: {key.name: {"$startsWith": Marked("{m}")}}}
    return {}


def seen(setting: Setting, trace: Trace, name: str, item: str) -> tuple[Json, Exchange]:
    """Return the thing which step `item` created, as the look `name` found it; raises Undecidable
    when it did not.
    """
    resource = setting.resource
    exchange = trace.success(name)
    if exchange.call.operation == resource.read:
        if not isinstance(exchange.json, dict):
            raise Undecidable(f"{exchange} is not a JSON object")
        return exchange.json, exchange
    identity = made(setting, trace, item)
    for page in trace.all(name):
        for found in items(setting, page):
            if pointers.get(found, resource.identity) == identity:
                return found, page
    raise Undecidable(f"{exchange} does not list {identity}")


def made(setting: Setting, trace: Trace, item: str) -> Json:
    """Return the identity of what step `item` created; raises Undecidable when the answer gives
    none.
    """
    identity = pointers.get(trace.success(item).json, setting.resource.identity)
    if not isinstance(identity, str | int) or isinstance(identity, bool):
        raise Undecidable(f"{trace[item]} names no identity at {setting.resource.identity}")
    return identity


def items(setting: Setting, exchange: Exchange) -> list[Json]:
    """Return the items of a list answer; raises Undecidable when there are none to be found."""
    if not exchange.succeeded:
        raise Undecidable(f"{exchange}")
    found = pointers.get(exchange.json, setting.resource.items)
    if not isinstance(found, list):
        raise Undecidable(f"{exchange} holds no array at {setting.resource.items}")
    return found


def all_items(setting: Setting, trace: Trace, name: str) -> list[Json]:
    """Return the items of every page of a walk, in order; raises Undecidable when it was cut
    short.
    """
    pages = trace.all(name)
    if name in trace.cut:
        raise Undecidable(
            f"the list is too long to read as a whole ({len(pages)} requests were not enough)"
        )
    return [item for page in pages for item in items(setting, page)]


def identities(setting: Setting, found: Iterable[Json]) -> list[Json]:
    """Return the identities of items."""
    return [pointers.get(item, setting.resource.identity) for item in found]


def own(setting: Setting, trace: Trace, stage: Stage | Iterable[str]) -> dict[Json, str]:
    """Return the identities of what the creating steps of a stage (or steps so named) made, each
    with its step.
    """
    if not isinstance(stage, Stage):
        return {made(setting, trace, name): name for name in stage}
    return {
        made(setting, trace, step.name): step.name
        for step in stage.steps
        if step.call.operation == setting.resource.create
    }
