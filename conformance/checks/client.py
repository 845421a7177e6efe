"""Whether a typed client sends what a call says, gives what the server answered, and tries again
where that is asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qsl, unquote, urlsplit

from conformance.checks.call import Call, filled
from conformance.checks.check import Check, Setting, needed, valid_call, validator
from conformance.checks.exchange import Exchange, Outcome, Request, Spoken, Trace, Undecidable
from conformance.checks.observation import Broken, Held, Observation, Unreached
from conformance.checks.responding import reaching
from conformance.checks.script import Script, Step
from conformance.contract import pointer as pointers
from conformance.contract.client import Answers, Copes, Repeats, Sends
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Location, Operation, Response
from conformance.contract.pointer import MISSING

OFTEN = 8  # tries that a failing gateway outlasts
EMPTY: tuple[Json, ...] = (None, "", [])


def plan_answers(setting: Setting, promise: Answers) -> Iterator[Script]:
    """Make a plain valid call, or one that gets the status in question; the watch hears all
    others.
    """
    call = (
        valid_call(setting, setting.operation)
        if promise.status is None
        else reaching(setting, setting.operation, promise.status)
    )
    yield Script(
        label="call", steps=(*needed(setting, setting.operation), Step(name="call", call=call))
    )


def plan_sends(setting: Setting, promise: Sends) -> Iterator[Script]:
    """Make a plain valid call, and one for each field that may be null or empty, of which other
    checks have little to ask.
    """
    plain = _calling(setting, ())
    yield plain
    *before, last = plain.steps
    if (
        setting.operation.body is None
        or not isinstance(last, Step)
        or not isinstance(last.call.body, dict)
    ):
        return
    bodies, schema = (
        setting.bodies(setting.operation.id),
        setting.validator(setting.operation.body.schema),
    )
    for name in bodies.properties:
        for value in EMPTY:
            body = {**last.call.body, name: value}
            if name != bodies.mark and schema.is_valid(filled(body, lambda placeholder: "text")):
                yield Script(
                    label=f"{name} {value!r}",
                    steps=(*before, replace(last, call=replace(last.call, body=body))),
                )


def plan_gateway(setting: Setting, promise: Repeats | Copes) -> Iterator[Script]:
    """Make a plain valid call through a gateway that fails: once, or for as long as the client
    tries.
    """
    yield _calling(setting, (promise.status,) * (1 if isinstance(promise, Repeats) else OFTEN))


def _calling(setting: Setting, gateway: tuple[int, ...]) -> Script:
    operation = setting.operation
    call = replace(valid_call(setting, operation), gateway=gateway)
    return Script(label="call", steps=(*needed(setting, operation), Step(name="call", call=call)))


def _spoken(exchange: Exchange) -> Spoken:
    if exchange.spoken is None:
        raise Undecidable("no typed client was given")
    if exchange.unsent:
        raise Undecidable(exchange.failure or "the client sent nothing")
    return exchange.spoken


# Sending


def allowed(contract: Contract, call: Call) -> bool:
    """Tell whether the documents allow a call, whose placeholders are filled: a client has no
    reason then not to send it.
    """
    operation = contract.operations[call.operation]
    known = {parameter.name for parameter in operation.parameters}
    if call.text is not None or call.query or call.headers or set(call.arguments) - known:
        return False
    for parameter in operation.parameters:
        value = call.arguments.get(parameter.name, MISSING)
        if value is MISSING and not parameter.required:
            continue
        if value in (MISSING, [], {}) or (
            parameter.location is Location.PATH and value in ("", ".", "..")
        ):
            return False  # what no URL can carry
        if not validator(contract, parameter.schema).is_valid(value):
            return False
    if operation.body is None or call.body is MISSING:
        return call.body is MISSING and not (operation.body and operation.body.required)
    return validator(contract, operation.body.schema).is_valid(call.body)


def watch_sends(setting: Setting, promise: Sends, exchange: Exchange) -> Iterator[Observation]:
    """Method, path, query, body, credentials and declared headers are those that the call means."""
    if exchange.unsent:
        # the line has seen that the call is allowed
        yield Broken(exchange.failure or "the client sent nothing", (exchange,))
    elif exchange.spoken is not None:
        differences = list(_differences(setting.operation, exchange.spoken.asked, exchange.request))
        yield (
            Broken(f"the client sent {'; '.join(differences)}", (exchange,))
            if differences
            else Held(exchange)
        )


def _differences(operation: Operation, asked: Request, sent: Request) -> Iterator[str]:
    if asked.method != sent.method:
        yield f"{sent.method} instead of {asked.method}"
    one, other = urlsplit(asked.url), urlsplit(sent.url)
    if (one.scheme, one.netloc) != (other.scheme, other.netloc) or _segments(one.path) != _segments(
        other.path
    ):
        yield f"to {sent.url.partition('?')[0]} instead of {asked.url.partition('?')[0]}"
    yield from _queries(_query(one.query), _query(other.query))
    names = [
        parameter.name.lower()
        for parameter in operation.parameters
        if parameter.location is Location.HEADER
    ]
    for name in ("authorization", *names, *(("content-type",) if asked.body is not None else ())):
        if _bare(name, asked) != _bare(name, sent):
            yield (
                f"the header {name}: {sent.headers.get(name, '(none)')} instead of"
                f" {asked.headers.get(name, '(none)')}"
            )
    if not same(_parsed(asked.body), _parsed(sent.body)):
        yield f"the body {_short(_parsed(sent.body))} instead of {_short(_parsed(asked.body))}"


def _segments(path: str) -> list[str]:
    return [unquote(segment) for segment in path.split("/")]


def _query(text: str) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        found.setdefault(name, []).append(_parsed(value) if value[:1] in ("{", "[") else value)
    return found


def _queries(asked: dict[str, list[Json]], sent: dict[str, list[Json]]) -> Iterator[str]:
    for name in sorted({*asked, *sent}):
        if name not in sent:
            yield f"nothing for {name} instead of {_short(asked[name])}"
        elif name not in asked:
            yield f"{_short(sent[name])} for {name}, which was not given"
        elif not same(asked[name], sent[name]):
            yield f"{_short(sent[name])} for {name} instead of {_short(asked[name])}"


def _bare(name: str, request: Request) -> str | None:
    value = request.headers.get(name)
    return (
        value.partition(";")[0].strip().lower()
        if value is not None and name == "content-type"
        else value
    )


def _parsed(text: str | None) -> Json:
    try:
        return MISSING if text is None else json.loads(text)
    except (ValueError, RecursionError):
        return text


# Answers


def judge_answers(setting: Setting, promise: Answers, trace: Trace) -> Iterator[Observation]:
    """Say what was not sent; the watch hears the answers themselves."""
    if not trace.all("call"):
        yield Unreached("nothing was sent")


def watch_answers(setting: Setting, promise: Answers, exchange: Exchange) -> Iterator[Observation]:
    """What the client gave its caller is what the server answered, as the documents have it."""
    documented = setting.operation.response(exchange.status)
    if exchange.spoken is not None and promise.status in (None, documented and documented.status):
        wrong = _wrong(setting, exchange, exchange.spoken.outcome)
        yield (
            Broken(f"the server answered {exchange.status}, and the client {wrong}", (exchange,))
            if wrong
            else Held(exchange)
        )


def _wrong(setting: Setting, exchange: Exchange, outcome: Outcome) -> str | None:
    """Return what a client did that it should not have; None when it did right."""
    documented, raised = setting.operation.response(exchange.status), outcome.raised
    name = f"raised {raised[0]}" if raised else "returned a value"
    if documented is None:
        return (
            None if "UnexpectedStatus" in raised else f"{name} for a status that is not documented"
        )
    if "InvalidResponse" in raised:
        return (
            None
            if not _as_documented(setting, exchange, documented)
            else f"took it for undocumented: {outcome.told}"
        )
    failed = not exchange.succeeded
    if not raised:
        if failed:
            return "returned a value for a documented error"
        return _lost("returned", exchange, documented, outcome.value)
    if not failed or "StatusError" not in raised or outcome.stands_for != (documented.status,):
        stands = (
            f", its exception for {', '.join(outcome.stands_for)}" if outcome.stands_for else ""
        )
        return f"{name}{stands}: {outcome.told}"
    family = {"4": "ClientError", "5": "ServerError"}.get(str(exchange.status)[0])
    if family is not None and documented.status != "default" and family not in raised:
        return f"{name}, which is no {family}"
    if outcome.status != exchange.status:
        return f"{name} with the status {outcome.status}"
    return _lost("raised", exchange, documented, outcome.error)


def _lost(did: str, exchange: Exchange, documented: Response, value: Json) -> str | None:
    if documented.media is None or exchange.json is MISSING:
        return None
    at = difference(exchange.json, value)
    return None if at is None else f"{did} something else at {at or 'the root'}: {_short(value)}"


def _as_documented(setting: Setting, exchange: Exchange, documented: Response) -> bool:
    if exchange.response is None or documented.media is None:
        return exchange.response is not None and not exchange.response.body
    if exchange.json is MISSING or (
        exchange.response.media and "json" not in exchange.response.media
    ):
        return "json" not in documented.media
    return setting.validator(documented.schema or {}).is_valid(exchange.json)


def same(one: Json, other: Json) -> bool:
    """Tell whether two JSON values are the same: true is no number, 1.0 is 1."""
    return difference(one, other) is None


def difference(one: Json, other: Json, at: str = "") -> str | None:
    """Return the JSON pointer at which two values first differ, None when they do not."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in [*one, *(key for key in other if key not in one)]:
            here = pointers.join(at, key)
            if key not in one or key not in other:
                return here
            if (found := difference(one[key], other[key], here)) is not None:
                return found
        return None
    if isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            return at
        return next(
            (
                found
                for n, pair in enumerate(zip(one, other, strict=True))
                if (found := difference(*pair, pointers.join(at, n))) is not None
            ),
            None,
        )
    equal = one is other or (
        isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
    )
    return None if equal else at


def _short(value: Json) -> str:
    if value is MISSING or value is None:
        return "nothing" if value is MISSING else "null"
    value = value[0] if isinstance(value, list) and len(value) == 1 else value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 120 else text[:117] + "..."


# Failures


def judge_retries(setting: Setting, promise: Repeats, trace: Trace) -> Iterator[Observation]:
    """One failure of a gateway: the call is sent once more where that does no harm, and gives what
    the server then answers; else the failure is raised.
    """
    exchange = trace["call"]
    spoken = _spoken(exchange)
    tries = "once" if spoken.tries == 1 else f"{spoken.tries} times"
    if spoken.tries != (2 if promise.repeatable else 1):
        yield Broken(
            f"the call was answered with {promise.status} at first, and the client sent it {tries}",
            (exchange,),
        )
    elif promise.repeatable and spoken.outcome.raised:
        yield Broken(
            f"the client sent the call again, and raised {spoken.outcome.raised[0]}:"
            f" {spoken.outcome.told}",
            (exchange,),
        )
    elif not promise.repeatable and "ServerError" not in spoken.outcome.raised:
        yield Broken(
            f"the call was answered with {promise.status}, and the client raised"
            f" {spoken.outcome.raised[:1] or 'nothing'}",
            (exchange,),
        )
    else:
        yield Held(exchange)


def judge_copes(setting: Setting, promise: Copes, trace: Trace) -> Iterator[Observation]:
    """A failure without a body is the documented exception, and carries its status."""
    exchange = trace["call"]
    outcome = _spoken(exchange).outcome
    if outcome.stands_for != (promise.documented,) or outcome.status != promise.status:
        seen = (
            f"raised {outcome.raised[0]}: {outcome.told}" if outcome.raised else "returned a value"
        )
        yield Broken(
            f"each try was answered with {promise.status} and no body, and the client {seen}",
            (exchange,),
        )
    else:
        yield Held(exchange)


CHECKS = {
    Sends.kind: Check(plan=plan_sends, watch=watch_sends, unsent=True),
    Answers.kind: Check(plan=plan_answers, judge=judge_answers, watch=watch_answers, lazy=True),
    Repeats.kind: Check(plan=plan_gateway, judge=judge_retries),
    Copes.kind: Check(plan=plan_gateway, judge=judge_copes),
}
