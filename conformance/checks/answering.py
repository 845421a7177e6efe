"""Whether a documented operation answers, takes its documented arguments, applies its defaults and
refuses what it should.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.checks import lifetime
from conformance.checks.call import Call, Ref
from conformance.checks.catalogue import catalogue, crowd
from conformance.checks.check import Check, Setting, needed, valid_call
from conformance.checks.exchange import Exchange, Trace, Undecidable
from conformance.checks.listing import identities, items, largest, narrowed, own, paginates
from conformance.checks.observation import Broken, Held, Observation, Unreached
from conformance.checks.script import Script, Step
from conformance.checks.violating import violations
from conformance.contract import pointer as pointers
from conformance.contract.answering import Accepts, Answers, Defaults, Refuses, TakesHeaders
from conformance.contract.json import Json, same
from conformance.contract.operation import Location, Operation
from conformance.contract.paging import Paginates

REFUSALS = (400, 409, 413, 415, 422)


def refusals(operation: Operation) -> tuple[int, ...]:
    """Return the statuses that say that a request is malformed: those documented, or any when none
    is.
    """
    documented = tuple(status for status in operation.statuses if status in REFUSALS)
    return documented or REFUSALS


def plan_answers(setting: Setting, promise: Answers) -> Iterator[Script]:
    """Send a plain valid request; one on an item with switches, in either state until one is
    answered.
    """
    operation, resource = setting.operation, setting.resource
    steps = [*needed(setting, operation), Step(name="call", call=valid_call(setting, operation))]
    if operation.id in resource.on_items and resource.key:
        for number, switch in enumerate(resource.switches):
            item = f"other {number}"
            switched = Call(
                operation=switch.on, arguments={resource.key: Ref(item, resource.identity)}
            )
            calls = {
                item: setting.creation(item).call,
                f"switched {number}": switched,
                f"call {number}": valid_call(setting, operation, item),
            }
            steps += [Step(name=name, call=call, unless="call") for name, call in calls.items()]
    life = lifetime.recalled(setting, operation.id)
    if life is not None:
        again = [
            replace(step, name="call itself" if step.name == "call" else step.name, unless="call")
            for step in steps
        ]
        yield Script(
            label="in a life",
            stage=life.stage,
            steps=tuple(again),
            recall={"call": life.around(operation.id)["call"]},
        )
        return
    yield Script(label="plain", steps=tuple(steps))


def judge_answers(setting: Setting, promise: Answers, trace: Trace) -> Iterator[Observation]:
    """Some valid request gets the documented status, and none gets another success."""
    calls = [trace[name] for name in trace.exchanges if name.startswith("call")]
    for exchange in calls:
        if exchange.succeeded and str(exchange.status) != setting.operation.success.status:
            yield Broken(
                f"answered with {exchange.status}; documented is"
                f" {setting.operation.success.status}",
                (exchange,),
            )
            return
    if any(exchange.succeeded for exchange in calls):
        yield Held(next(exchange for exchange in calls if exchange.succeeded))
    else:
        yield from _unaccepted(setting, trace, calls[0] if calls else trace["call"])


def _unaccepted(setting: Setting, trace: Trace, exchange: Exchange) -> Iterator[Observation]:
    if exchange.status in (429, 502, 503, 504):
        yield Unreached(f"the server was not available: {exchange}")
    elif trace.unfounded and exchange.refused:
        trace.success(exchange.step)
    else:
        yield Broken(
            f"answered with {exchange.status}; documented is {setting.operation.success.status}",
            (exchange,),
        )


def plan_accepts(setting: Setting, promise: Accepts) -> Iterator[Script]:
    """Send a valid request with the arguments."""
    operation = setting.operation
    call = valid_call(setting, operation)
    given = {
        name: value
        for name, value in promise.arguments.items()
        if value is not pointers.MISSING and not _in_path(operation, name)
    }
    if any(_in_path(operation, name) for name in promise.arguments):
        if (
            setting.resource.parent is None
            or setting.resource.parent.parameter not in promise.arguments
        ):
            raise Undecidable("whether the documented example exists is not known on any target")
        yield Script(
            label="example", steps=(*needed(setting, operation), Step(name="call", call=call))
        )
        return
    asked = replace(call, arguments={**call.arguments, **given})
    pages = paginates(setting.contract, operation.id)
    if pages and given.get(pages.page, pages.first) != pages.first:
        size = int(given.get(pages.size) or largest(setting.contract, operation.id))
        count = replace(asked, arguments={**asked.arguments, pages.page: pages.first})
        stock = size * (int(given[pages.page]) - pages.first) + 5
        yield Script(
            label="later page",
            stock=stock,
            steps=(Step(name="count", call=count), Step(name="call", call=asked)),
        )
        return
    yield Script(
        label="arguments", steps=(*needed(setting, operation), Step(name="call", call=asked))
    )


def _in_path(operation: Operation, name: str) -> bool:
    parameter = operation.parameter(name)
    return parameter is not None and parameter.location is Location.PATH


def judge_accepts(setting: Setting, promise: Accepts, trace: Trace) -> Iterator[Observation]:
    """It gets the documented success; beyond the first page, a refusal says only that there is no
    such page.
    """
    exchange = trace["call"]
    pages = paginates(setting.contract, setting.claim.operation)
    if str(exchange.status) == setting.operation.success.status:
        yield Held(exchange)
    elif (
        exchange.refused
        and pages
        and "count" in trace
        and not _reaches(pages, trace["count"], exchange)
    ):
        yield Unreached(f"the list may be too short for that page: {exchange}")
    elif exchange.status == 404 and any(
        _in_path(setting.operation, name) for name in promise.arguments
    ):
        yield Unreached(f"the target may not know the documented example: {exchange}")
    else:
        yield from _unaccepted(setting, trace, exchange)


def _reaches(pages: Paginates, count: Exchange, exchange: Exchange) -> bool:
    """Tell whether the list is known to be long enough for the page that was asked for."""
    total = pointers.get(count.json, pages.total or "")
    arguments = exchange.call.arguments
    size = arguments.get(pages.size)
    return (
        isinstance(total, int)
        and isinstance(size, int)
        and total > (arguments[pages.page] - pages.first) * size
    )


def plan_headers(setting: Setting, promise: TakesHeaders) -> Iterator[Script]:
    """Send a valid request with the headers."""
    call = replace(valid_call(setting, setting.operation), headers=promise.headers)
    yield Script(
        label="headers", steps=(*needed(setting, setting.operation), Step(name="call", call=call))
    )


def judge_headers(setting: Setting, promise: TakesHeaders, trace: Trace) -> Iterator[Observation]:
    """It gets the documented success."""
    exchange = trace["call"]
    if str(exchange.status) == setting.operation.success.status:
        yield Held(exchange)
    else:
        yield from _unaccepted(setting, trace, exchange)


def plan_defaults(setting: Setting, promise: Defaults) -> Iterator[Script]:
    """Ask without the parameter and with its default; for a page size, of a list that is longer
    than a smaller one would show.
    """
    if setting.operation.id != setting.resource.list:
        raise Undecidable("only the defaults of lists can be seen")
    pages = paginates(setting.contract, setting.operation.id)
    sized = pages is not None and promise.parameter == pages.size
    besides: dict[str, Json] = {}
    if pages is not None and promise.parameter == pages.page:
        besides = {pages.size: 3}
    listed = {**narrowed(setting.contract, setting.resource), **besides}
    calls = {
        "absent": Call(operation=setting.operation.id, arguments=listed),
        "explicit": Call(
            operation=setting.operation.id, arguments={**listed, promise.parameter: promise.default}
        ),
    }
    steps = tuple(Step(name=name, call=call) for name, call in calls.items())
    yield Script(
        label="default", stage=crowd(setting) if sized else catalogue(setting), steps=steps
    )
    if sized:
        plain = Step(name="plain", call=Call(operation=setting.operation.id))
        yield Script(label="full page", steps=(plain,), stock=int(promise.default) + 5)


def judge_defaults(setting: Setting, promise: Defaults, trace: Trace) -> Iterator[Observation]:
    """Both answers hold the same of our items in the same order, and what they say of themselves
    agrees.
    """
    if "plain" in trace:
        yield from _full_page(setting, promise, trace.success("plain"))
        return
    absent, explicit = trace["absent"], trace["explicit"]
    pages = paginates(setting.contract, setting.operation.id)
    sized = pages is not None and promise.parameter == pages.size
    mine = own(setting, trace, crowd(setting) if sized else catalogue(setting))
    found = [
        [id for id in identities(setting, items(setting, exchange)) if id in mine]
        for exchange in (absent, explicit)
    ]
    if found[0] != found[1]:
        yield Broken(
            f"without {promise.parameter} the list is not that of"
            f" {promise.parameter}={promise.default}",
            (explicit, absent),
        )
        return
    if (
        sized
        and narrowed(setting.contract, setting.resource)
        and len(found[0]) < min(setting.crowd, int(promise.default))
    ):
        yield Broken(
            f"without {promise.parameter} the list holds {len(found[0])} of {setting.crowd} items,"
            f" although {promise.default} fit",
            (absent,),
        )
        return
    for pointer, value in pointers.walk(explicit.json):
        if pointer.startswith(setting.resource.items) or isinstance(value, dict | list):
            continue
        other = pointers.get(absent.json, pointer)
        if (
            other is not pointers.MISSING
            and not same(other, value)
            and same(value, promise.default)
        ):
            yield Broken(
                f"without {promise.parameter} the answer says {other!r} at {pointer}, and {value!r}"
                " with its default",
                (explicit, absent),
            )
            return
    shown = any(
        same(value, promise.default)
        for pointer, value in pointers.walk(absent.json)
        if not pointer.startswith(setting.resource.items)
    )
    if len(found[0]) < 2:
        yield Unreached(f"{absent} lists fewer than two of the items made for this")
    elif sized and not shown and len(found[0]) < int(promise.default):
        yield Unreached(
            f"{len(found[0])} items are too few to see that a page holds {promise.default}"
        )
    else:
        yield Held(absent)


def _full_page(setting: Setting, promise: Defaults, plain: Exchange) -> Iterator[Observation]:
    pages, found = paginates(setting.contract, setting.operation.id), len(items(setting, plain))
    total = pointers.get(plain.json, pages.total or "") if pages else None
    if found > promise.default or (
        isinstance(total, int) and total > promise.default and found < promise.default
    ):
        yield Broken(
            f"without {promise.parameter} a page of a longer list holds {found} items, and not"
            f" {promise.default}",
            (plain,),
        )
    elif found == promise.default and isinstance(total, int) and total > found:
        yield Held(plain)
    else:
        yield Unreached(
            f"the list holds {total if isinstance(total, int) else found} items: more than"
            f" {promise.default} would show a whole page"
        )


def plan_refuses(setting: Setting, promise: Refuses) -> Iterator[Script]:
    """Send values that break the keyword and nothing else."""
    operation = setting.operation
    parameter = operation.parameter(promise.parameter)
    if parameter is None:
        raise Undecidable("the parameter is gone")
    values = (
        [promise.value]
        if promise.value is not pointers.MISSING
        else violations(parameter.schema, promise.keyword, parameter.similar)
    )
    call = valid_call(setting, operation)
    for number, value in enumerate(values):
        arguments = {**call.arguments, promise.parameter: value}
        yield Script(
            label=f"value {number}",
            steps=(
                *needed(setting, operation),
                Step(name="call", call=replace(call, arguments=arguments)),
            ),
        )


def judge_refuses(setting: Setting, promise: Refuses, trace: Trace) -> Iterator[Observation]:
    """It is refused with a documented status."""
    yield from refusal(
        setting,
        trace["call"],
        f"{promise.parameter}={trace['call'].call.arguments[promise.parameter]}",
    )


def refusal(
    setting: Setting, exchange: Exchange, what: str, unfounded: bool = False
) -> Iterator[Observation]:
    """Yield whether a request that should be refused as malformed was; `unfounded`: it names things
    that may not exist.
    """
    if exchange.status in refusals(setting.operation):
        yield Held(exchange)
    elif exchange.status in (401, 403, 429, 502, 503, 504) or (unfounded and exchange.refused):
        yield Unreached(f"the server did not look at it: {exchange}")
    else:
        wanted = " or ".join(map(str, refusals(setting.operation)))
        yield Broken(
            f"{what} is answered with {exchange.status} instead of being refused with {wanted}",
            (exchange,),
        )


CHECKS = {
    Answers.kind: Check(plan=plan_answers, judge=judge_answers),
    Accepts.kind: Check(plan=plan_accepts, judge=judge_accepts),
    TakesHeaders.kind: Check(plan=plan_headers, judge=judge_headers),
    Defaults.kind: Check(plan=plan_defaults, judge=judge_defaults),
    Refuses.kind: Check(plan=plan_refuses, judge=judge_refuses),
}
