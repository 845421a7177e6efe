"""Whether an answer repeats what was sent, wherever it does repeat it."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.call import Call, Marked
from conformance.checks.check import Check, Setting
from conformance.checks.exchange import Exchange, Trace
from conformance.checks.listing import largest, paginates
from conformance.checks.observation import Broken, Held, Observation, Unreached
from conformance.checks.script import Script, Step
from conformance.contract import pointer as pointers
from conformance.contract.echoing import Echo
from conformance.contract.filtering import Globs
from conformance.contract.json import Json
from conformance.contract.operation import Location
from conformance.contract.overriding import Overrides


def plan(setting: Setting, promise: Echo) -> Iterator[Script]:
    """Ask once without the parameter and once with each of a few values of it."""
    operation = setting.operation
    yield Script(label="absent", steps=(Step(name="listed", call=Call(operation=operation.id)),))
    parameter = operation.parameter(promise.parameter)
    if parameter is None or parameter.location is Location.PATH:
        return
    pages = paginates(setting.contract, operation.id)
    globs = setting.contract.of(operation.id, Globs)
    values: list[Json] = list(parameter.enum) or list(parameter.examples)
    besides: dict[str, Json] = {}
    if pages and parameter.name == pages.size:
        values = [3, largest(setting.contract, operation.id)]
    elif pages and parameter.name == pages.page:
        values, besides = [pages.first, pages.first + 1], {pages.size: 1}
    elif isinstance(globs, Globs) and parameter.name == globs.glob:
        values, besides = [Marked("{m}*"), Marked("{m}-é a")], {globs.field: next(iter(globs.keys))}
    elif isinstance(globs, Globs) and parameter.name == globs.field:
        besides = {globs.glob: Marked("{m}*")}
    for number, value in enumerate(values):
        call = Call(operation=operation.id, arguments={parameter.name: value, **besides})
        yield Script(label=f"value {number}", steps=(Step(name="listed", call=call),))


def judge(setting: Setting, promise: Echo, trace: Trace) -> Iterator[Observation]:
    """Let the watch hear what the script sent."""
    if not trace["listed"].succeeded:
        yield Unreached(str(trace["listed"]))
    for exchange in trace:
        yield from watch(setting, promise, exchange)


def watch(setting: Setting, promise: Echo, exchange: Exchange) -> Iterator[Observation]:
    """What is repeated is what was sent; nothing sent, the default."""
    if not exchange.succeeded or _overridden(setting, promise, exchange):
        return
    sent, found = _sent(setting, promise, exchange), pointers.get(exchange.json, promise.answer)
    if found is pointers.MISSING:
        yield Unreached(f"{exchange} holds nothing at {promise.answer}")
    elif sent is pointers.MISSING or sent == "" or not _valid(setting, promise, sent):
        return
    elif str(found) != str(sent) and not (
        _in_path(setting, promise) and str(found).lower() == str(sent).lower()
    ):
        yield Broken(
            f"{promise.parameter} was {sent!r} and the answer says {found!r} at {promise.answer}",
            (exchange,),
        )
    else:
        yield Held(exchange)


def _sent(setting: Setting, promise: Echo, exchange: Exchange) -> Json:
    parameter = setting.operation.parameter(promise.parameter)
    default = parameter.default if parameter else pointers.MISSING
    sent = exchange.call.arguments.get(promise.parameter, pointers.MISSING)
    return default if sent is pointers.MISSING else sent


def _in_path(setting: Setting, promise: Echo) -> bool:
    parameter = setting.operation.parameter(promise.parameter)
    return parameter is not None and parameter.location is Location.PATH


def _valid(setting: Setting, promise: Echo, sent: Json) -> bool:
    parameter = setting.operation.parameter(promise.parameter)
    return (
        parameter is None
        or parameter.location is Location.PATH
        or setting.validator(parameter.schema).is_valid(sent)
    )


def _overridden(setting: Setting, promise: Echo, exchange: Exchange) -> bool:
    overrides = setting.contract.of(setting.claim.operation, Overrides)
    return (
        isinstance(overrides, Overrides)
        and promise.parameter in overrides.disables
        and overrides.parameter in exchange.call.arguments
    )


CHECKS = {Echo.kind: Check(plan=plan, judge=judge, watch=watch)}
