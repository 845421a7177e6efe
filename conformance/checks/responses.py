"""Check that every response has a documented status, media type and body schema.

The checks observe all responses of the run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.checks.call import ApiCall, CredentialKind
from conformance.checks.cause import Cause
from conformance.checks.check import Check, CheckContext, build_prerequisite_steps, build_valid_call
from conformance.checks.exchange import Exchange, InconclusiveError, Trace
from conformance.checks.invalid_arguments import list_invalid_arguments
from conformance.checks.missing_ids import make_nonexistent_id_arguments
from conformance.checks.observation import Failed, FailureKind, Inconclusive, Observation, Passed
from conformance.checks.scenario import Scenario, Step
from conformance.contract.location import ParameterLocation
from conformance.contract.operation import MediaContent, Operation, ResponseSpec
from conformance.contract.parameter_decoding import build_parameter_decoder
from conformance.contract.pointer import MISSING
from conformance.contract.responses import (
    BodyMatchesSchema,
    HeaderMatchesSchema,
    MediaTypeIsDocumented,
    StatusIsDocumented,
)
from conformance.contract.schema import MessageDirection
from conformance.protocol import INTERMEDIARY_STATUSES, is_json, parse_media_type

_UNDOCUMENTED_CONTENT = FailureKind(
    "undocumented-content", "a {status} answer has content where none is documented"
)
_NOT_JSON = FailureKind("not-json", "the body of a {status} answer is not JSON")
_BREAKS_SCHEMA = FailureKind(
    "breaks-schema", "the body of a {status} answer breaks its schema at {pointer}: {problem}"
)
_WRONG_MEDIA_TYPE = FailureKind(
    "wrong-media-type", "a {status} answer is {type} instead of {documented}"
)
_HEADER_MISSING = FailureKind("header-missing", "a {status} answer lacks the header {header}")
_HEADER_INVALID = FailureKind("header-invalid", "the header {header} is {actual}: {problem}")
_UNDOCUMENTED_STATUS = FailureKind("undocumented-status", "{status} is not a documented status")


def plan_documented_response(
    context: CheckContext, promise: BodyMatchesSchema | MediaTypeIsDocumented | HeaderMatchesSchema
) -> Iterator[Scenario]:
    """Yield a scenario with a request that should get the status of the claim."""
    operation = context.operation
    call = build_call_for_status(context, operation, promise.status)
    yield Scenario(
        label="reach",
        steps=(*build_prerequisite_steps(context, operation), Step(name="call", call=call)),
    )


def build_call_for_status(context: CheckContext, operation: Operation, status: str) -> ApiCall:
    """Return a call that should get a documented status.

    Raises InconclusiveError if no such call is known.
    """
    call = build_valid_call(context, operation)
    match status:
        case _ if status.startswith("2"):
            return call
        case "401" | "403":
            return replace(call, credential=CredentialKind.INVALID)
        case "404":
            return replace(
                call,
                arguments={**call.arguments, **make_nonexistent_id_arguments(context, operation)},
            )
        case "400" | "422":
            return _build_malformed_call(context, operation, call)
        case _:
            raise InconclusiveError(f"there is no request that should get {status}", Cause.NO_WAY)


def _build_malformed_call(context: CheckContext, operation: Operation, call: ApiCall) -> ApiCall:
    for parameter in operation.parameters:
        for keyword in parameter.refused_keywords:
            values = list_invalid_arguments(context, parameter, keyword)
            if values:
                return replace(call, arguments={**call.arguments, parameter.name: values[0]})
    if operation.body is not None:
        return replace(call, body=MISSING, text='{"{m}-x')
    for parameter in operation.parameters:
        if parameter.location is ParameterLocation.QUERY and parameter.schema.types in (
            ("integer",),
            ("boolean",),
        ):
            # accepting this value is not a violation
            return replace(call, arguments={**call.arguments, parameter.name: "no-such-value"})
    raise InconclusiveError(
        "the documents name nothing that this operation refuses as malformed", Cause.NO_WAY
    )


def evaluate_status_reached(
    context: CheckContext,
    promise: BodyMatchesSchema | MediaTypeIsDocumented | HeaderMatchesSchema | StatusIsDocumented,
    trace: Trace,
) -> Iterator[Observation]:
    """Report a status that was not reached.

    The responses themselves go to the observe functions.
    """
    exchange = trace["call"]
    response = context.operation.find_documented_response(exchange.status)
    if not isinstance(promise, StatusIsDocumented) and (
        response is None or response.status != promise.status
    ):
        yield Inconclusive(f"{exchange}, where {promise.status} was to be reached")


def _get_documented_response(context: CheckContext, status: str) -> ResponseSpec:
    return next(response for response in context.operation.responses if response.status == status)


def observe_body_schema(
    context: CheckContext, promise: BodyMatchesSchema, exchange: Exchange
) -> Iterator[Observation]:
    """Check that the body is valid against the schema of the documented response.

    If the contract documents no content, the body must be empty.
    """
    matching_response = context.operation.find_documented_response(exchange.status)
    if (
        matching_response is None
        or matching_response.status != promise.status
        or exchange.response is None
    ):
        return
    response = _get_documented_response(context, promise.status)
    if response.media_type is None:
        if exchange.response.body:
            yield Failed(_UNDOCUMENTED_CONTENT, (exchange,))
        else:
            yield Passed(exchange)
        return
    content_type = exchange.response.headers.get("content-type", "")
    content = response.find_content(content_type) or MediaContent(
        media_type=response.media_type, schema=response.schema
    )
    if is_json(content.media_type) or (is_json(content_type) and "*" in content.media_type):
        value = exchange.json
        if value is MISSING:
            yield Failed(_NOT_JSON, (exchange,))
            return
    elif parse_media_type(content_type).startswith("text/"):
        value = exchange.response.body.decode("utf-8", "replace")
        if content.schema is None or "string" not in content.schema.types:
            yield Passed(exchange)  # such as CSV or HTML, of which a schema says nothing
            return
    else:
        yield Passed(exchange)
        return
    schema = content.schema or context.contract.get_schema({})
    violation = next(schema.compile(MessageDirection.RESPONSE).find_violations(value), None)
    if violation:
        yield Failed(
            _BREAKS_SCHEMA,
            (exchange,),
            pointer=violation.pointer,
            details={"problem": violation.message},
        )
    else:
        yield Passed(exchange)


def observe_media_type(
    context: CheckContext, promise: MediaTypeIsDocumented, exchange: Exchange
) -> Iterator[Observation]:
    """Check that the media type is one of those documented (RFC 9110, 8.3)."""
    response = context.operation.find_documented_response(exchange.status)
    if response is None or response.status != promise.status or exchange.response is None:
        return
    content_type = exchange.response.headers.get("content-type", "")
    if not content_type and context.operation.method == "HEAD":
        yield Inconclusive(f"{exchange} names no media type, which a HEAD need not")
    elif response.find_content(content_type) is None:
        names = [content.media_type for content in response.contents]
        yield Failed(
            _WRONG_MEDIA_TYPE,
            (exchange,),
            header="Content-Type",
            expected=names,
            actual=content_type,
            details={"type": content_type or "of no type", "documented": " or ".join(names)},
        )
    else:
        yield Passed(exchange)


def observe_header(
    context: CheckContext, promise: HeaderMatchesSchema, exchange: Exchange
) -> Iterator[Observation]:
    """Check that a required header is there, and that its value is valid."""
    documented = context.operation.find_documented_response(exchange.status)
    if documented is None or documented.status != promise.status or exchange.response is None:
        return
    header = next(header for header in documented.headers if header.name == promise.name)
    text = exchange.response.headers.get(header.name.lower())
    if text is None:
        if header.required:
            yield Failed(_HEADER_MISSING, (exchange,), header=header.name)
        else:
            yield Inconclusive(f"{exchange} has no header {header.name}, which it need not")
        return
    try:
        value = build_parameter_decoder(header.as_parameter).decode(text)
    except ValueError as error:
        yield Failed(
            _HEADER_INVALID,
            (exchange,),
            header=header.name,
            actual=text,
            details={"problem": str(error)},
        )
        return
    violation = next(header.schema.compile().find_violations(value), None)
    if violation:
        yield Failed(
            _HEADER_INVALID,
            (exchange,),
            header=header.name,
            actual=text,
            details={"problem": f"it breaks its schema: {violation.message}"},
        )
    else:
        yield Passed(exchange)


def plan_documented_status(
    context: CheckContext, promise: StatusIsDocumented
) -> Iterator[Scenario]:
    """Yield scenarios with a valid and with a malformed request."""
    operation = context.operation
    yield Scenario(
        label="valid",
        steps=(
            *build_prerequisite_steps(context, operation),
            Step(name="call", call=build_valid_call(context, operation)),
        ),
    )
    yield Scenario(
        label="malformed",
        steps=(
            *build_prerequisite_steps(context, operation),
            Step(
                name="call",
                call=_build_malformed_call(
                    context, operation, build_valid_call(context, operation)
                ),
            ),
        ),
    )


def observe_documented_status(
    context: CheckContext, promise: StatusIsDocumented, exchange: Exchange
) -> Iterator[Observation]:
    """Check that the status is documented, or one that a gateway may send on its own."""
    if context.operation.find_documented_response(exchange.status) is not None:
        yield Passed(exchange)
    elif exchange.status not in INTERMEDIARY_STATUSES:
        yield Failed(_UNDOCUMENTED_STATUS, (exchange,), actual=exchange.status)


CHECKS = {
    BodyMatchesSchema.kind: Check(
        plan=plan_documented_response,
        evaluate=evaluate_status_reached,
        observe=observe_body_schema,
        lazy=True,
        response_only=True,
    ),
    MediaTypeIsDocumented.kind: Check(
        plan=plan_documented_response,
        evaluate=evaluate_status_reached,
        observe=observe_media_type,
        lazy=True,
        response_only=True,
    ),
    HeaderMatchesSchema.kind: Check(
        plan=plan_documented_response,
        evaluate=evaluate_status_reached,
        observe=observe_header,
        lazy=True,
        response_only=True,
    ),
    StatusIsDocumented.kind: Check(
        plan=plan_documented_status,
        evaluate=evaluate_status_reached,
        observe=observe_documented_status,
        response_only=True,
    ),
}
