"""Whether every answer has a documented status, media type and shape. Each answer of the whole run
is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.checks.call import Call, Credential
from conformance.checks.check import Check, Setting, needed, valid_call
from conformance.checks.exchange import Exchange, Trace, Undecidable
from conformance.checks.observation import Broken, Held, Observation, Unreached
from conformance.checks.script import Script, Step
from conformance.checks.unknown import unknown_arguments
from conformance.checks.violating import violations
from conformance.contract.json import Json
from conformance.contract.operation import Location, Operation, Response
from conformance.contract.pointer import MISSING
from conformance.contract.responding import Documented, Media, Shape

# what a gateway or a framework may answer before the API is asked
BYSTANDERS = (401, 403, 404, 405, 406, 413, 415, 429, 502, 503, 504)


def plan(setting: Setting, promise: Shape | Media) -> Iterator[Script]:
    """Send a request that should get that status."""
    operation = setting.operation
    call = reaching(setting, operation, promise.status)
    yield Script(label="reach", steps=(*needed(setting, operation), Step(name="call", call=call)))


def reaching(setting: Setting, operation: Operation, status: str) -> Call:
    """Return a call that should be answered with a documented status; raises Undecidable where none
    is known.
    """
    call = valid_call(setting, operation)
    match status:
        case _ if status.startswith("2"):
            return call
        case "401" | "403":
            return replace(call, credential=Credential.INVALID)
        case "404":
            return replace(
                call, arguments={**call.arguments, **unknown_arguments(setting, operation)}
            )
        case "400" | "422":
            return _malformed(operation, call)
        case _:
            raise Undecidable(f"there is no request that should get {status}")


def _malformed(operation: Operation, call: Call) -> Call:
    for parameter in operation.parameters:
        for keyword in parameter.refused:
            values: list[Json] = violations(parameter.schema, keyword, parameter.similar)
            if values:
                return replace(call, arguments={**call.arguments, parameter.name: values[0]})
    if operation.body is not None:
        return replace(call, body=MISSING, text='{"{m}-x')
    for parameter in operation.parameters:
        if parameter.location is Location.QUERY and parameter.schema.get("type") in (
            "integer",
            "boolean",
        ):
            # nobody is accused for taking it
            return replace(call, arguments={**call.arguments, parameter.name: "no-such-value"})
    raise Undecidable("the documents name nothing that this operation refuses as malformed")


def judge(
    setting: Setting, promise: Shape | Media | Documented, trace: Trace
) -> Iterator[Observation]:
    """Say what was not reached; the watch hears the answers themselves."""
    exchange = trace["call"]
    response = setting.operation.response(exchange.status)
    if not isinstance(promise, Documented) and (
        response is None or response.status != promise.status
    ):
        yield Unreached(f"{exchange}, where {promise.status} was to be reached")


def _documented(setting: Setting, status: str) -> Response:
    return next(response for response in setting.operation.responses if response.status == status)


def watch_shape(setting: Setting, promise: Shape, exchange: Exchange) -> Iterator[Observation]:
    """A body that falls under the response is valid against its schema; where none is documented
    there is none.
    """
    found = setting.operation.response(exchange.status)
    if found is None or found.status != promise.status or exchange.response is None:
        return
    response = _documented(setting, promise.status)
    if response.media is None:
        if exchange.response.body:
            yield Broken(
                f"a {exchange.status} answer has content where none is documented", (exchange,)
            )
        else:
            yield Held(exchange)
        return
    if exchange.json is MISSING:
        yield Broken(f"the body of a {exchange.status} answer is not JSON", (exchange,))
        return
    violation = next(iter(setting.validator(response.schema or {}).violations(exchange.json)), None)
    if violation:
        yield Broken(
            f"the body of a {exchange.status} answer breaks its schema at"
            f" {violation.pointer or 'the root'}: {violation.message}",
            (exchange,),
        )
    else:
        yield Held(exchange)


def watch_media(setting: Setting, promise: Media, exchange: Exchange) -> Iterator[Observation]:
    """The media type is the documented one; its parameters do not matter."""
    found = setting.operation.response(exchange.status)
    if found is None or found.status != promise.status or exchange.response is None:
        return
    if exchange.response.media != found.media:
        yield Broken(
            f"a {exchange.status} answer is {exchange.response.media or 'of no type'} instead of"
            f" {found.media}",
            (exchange,),
        )
    else:
        yield Held(exchange)


def plan_documented(setting: Setting, promise: Documented) -> Iterator[Script]:
    """Send a valid and a malformed request."""
    operation = setting.operation
    yield Script(
        label="valid",
        steps=(*needed(setting, operation), Step(name="call", call=valid_call(setting, operation))),
    )
    yield Script(
        label="malformed",
        steps=(
            *needed(setting, operation),
            Step(name="call", call=_malformed(operation, valid_call(setting, operation))),
        ),
    )


def watch_documented(
    setting: Setting, promise: Documented, exchange: Exchange
) -> Iterator[Observation]:
    """The status is one of those listed, or one that a gateway answers before the API is asked."""
    if setting.operation.response(exchange.status) is not None:
        yield Held(exchange)
    elif exchange.status not in BYSTANDERS:
        yield Broken(f"{exchange.status} is not a documented status", (exchange,))


CHECKS = {
    Shape.kind: Check(plan=plan, judge=judge, watch=watch_shape, lazy=True, anything=True),
    Media.kind: Check(plan=plan, judge=judge, watch=watch_media, lazy=True, anything=True),
    Documented.kind: Check(
        plan=plan_documented, judge=judge, watch=watch_documented, anything=True
    ),
}
