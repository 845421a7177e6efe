"""Check that an operation accepts valid requests and refuses invalid ones.

This covers its documented arguments and the defaults of its parameters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.checks import lifecycle_scenario
from conformance.checks.call import ApiCall, EarlierResponseValue
from conformance.checks.cause import Cause
from conformance.checks.check import Check, CheckContext, build_prerequisite_steps, build_valid_call
from conformance.checks.datasets import build_many_items_setup, build_named_items_setup
from conformance.checks.exchange import Exchange, InconclusiveError, Trace
from conformance.checks.invalid_arguments import list_invalid_arguments
from conformance.checks.listing import (
    build_mark_filter_arguments,
    find_pagination,
    get_item_ids,
    get_largest_documented_page_size,
    get_listed_items,
    map_created_ids_to_steps,
)
from conformance.checks.observation import (
    WRONG_STATUS,
    Failed,
    FailureKind,
    Inconclusive,
    Observation,
    Passed,
)
from conformance.checks.scenario import Scenario, Step
from conformance.contract import pointer as pointers
from conformance.contract.equality import json_equal
from conformance.contract.json import Json
from conformance.contract.location import ParameterLocation
from conformance.contract.operation import Operation
from conformance.contract.pagination import PaginationBehavior
from conformance.contract.requests import (
    AcceptsArguments,
    AcceptsHeaders,
    AcceptsMinimalRequest,
    AppliesParameterDefault,
    RefusesInvalidParameter,
)
from conformance.protocol import MALFORMED_STATUSES, NOT_PROCESSED_STATUSES, TRANSIENT_STATUSES

_DEFAULT_LIST_DIFFERS = FailureKind(
    "default-list-differs", "without {parameter} the list is not that of {parameter}={default}"
)
_DEFAULT_LIST_SHORT = FailureKind(
    "default-list-short",
    "without {parameter} the list holds {actual} of {count} items, although {default} fit",
)
_DEFAULT_PAGE_SIZE = FailureKind(
    "default-page-size",
    "without {parameter} a page of a longer list holds {actual} items, and not {expected}",
)
_DEFAULT_ANSWER_DIFFERS = FailureKind(
    "default-answer-differs",
    "without {parameter} the answer says {actual} at {pointer}, and {expected} with its default",
)
_OWN_CALL = "call itself"  # a step beside the call of a shared setup
_NOT_REFUSED = FailureKind(
    "not-refused", "{request} is answered with {status} instead of being refused with {documented}"
)


def list_malformed_request_statuses(operation: Operation) -> tuple[int, ...]:
    """Return the statuses that say that a request is malformed.

    These are the ones that are documented by themselves if 400 or 422 is among them, else those
    that a class (4XX, default) documents too, or all if none is documented.
    """
    named = tuple(
        status for status in operation.documented_statuses if status in MALFORMED_STATUSES
    )
    if {400, 422} & set(named):
        return named
    documented = tuple(
        status
        for status in MALFORMED_STATUSES
        if operation.find_documented_response(status) is not None
    )
    return documented or MALFORMED_STATUSES


def plan_valid_request(context: CheckContext, promise: AcceptsMinimalRequest) -> Iterator[Scenario]:
    """Yield a scenario with a plain valid request.

    If the item has switches, the request is sent in the other state too until one succeeds.
    """
    operation, resource = context.operation, context.resource_or_none
    steps = [
        *build_prerequisite_steps(context, operation),
        Step(name="call", call=build_valid_call(context, operation)),
    ]
    if resource is None:
        yield Scenario(label="plain", steps=tuple(steps))
        return
    if operation.id in resource.item_operation_ids and resource.id_parameter:
        for number, switch in enumerate(resource.switches):
            item_step = f"other {number}"
            switch_call = ApiCall(
                operation=switch.on,
                arguments={
                    resource.id_parameter: EarlierResponseValue(
                        item_step, resource.identity_pointer
                    )
                },
            )
            calls = {
                item_step: context.build_creation_step(item_step).call,
                f"switched {number}": switch_call,
                _name_call_in_state(number): build_valid_call(context, operation, item_step),
            }
            steps += [
                Step(name=name, call=call, skip_if_succeeded="call") for name, call in calls.items()
            ]
    timeline = lifecycle_scenario.find_shared_lifecycle_setup(context, operation.id)
    if timeline is not None:
        own_steps = [
            replace(
                step, name=_OWN_CALL if step.name == "call" else step.name, skip_if_succeeded="call"
            )
            for step in steps
        ]
        yield Scenario(
            label="in a life",
            setup=timeline.setup,
            steps=tuple(own_steps),
            aliases={"call": timeline.build_aliases_around_operation(operation.id)["call"]},
        )
        return
    yield Scenario(label="plain", steps=tuple(steps))


def _name_call_in_state(number: int) -> str:
    """Return the name of the call on an item that switch `number` was used on."""
    return f"call {number}"


def evaluate_valid_request(
    context: CheckContext, promise: AcceptsMinimalRequest, trace: Trace
) -> Iterator[Observation]:
    """Check that a valid request gets the documented status and none gets another success."""
    switches = context.resource_or_none.switches if context.resource_or_none else ()
    names = ("call", _OWN_CALL, *map(_name_call_in_state, range(len(switches))))
    calls = [trace[name] for name in names if name in trace.exchanges]
    for exchange in calls:
        if exchange.succeeded and str(exchange.status) != context.operation.success_response.status:
            yield Failed(
                WRONG_STATUS,
                (exchange,),
                details={"documented": str(context.operation.success_response.status)},
            )
            return
    if any(exchange.succeeded for exchange in calls):
        yield Passed(next(exchange for exchange in calls if exchange.succeeded))
    else:
        yield from _evaluate_response_without_success(
            context, trace, calls[0] if calls else trace["call"]
        )


def _evaluate_response_without_success(
    context: CheckContext, trace: Trace, exchange: Exchange
) -> Iterator[Observation]:
    if exchange.status in TRANSIENT_STATUSES:
        yield Inconclusive(f"the server was not available: {exchange}", Cause.NO_ANSWER)
    elif trace.missing_fixtures and exchange.refused:
        trace.get_successful_exchange(exchange.step)
    else:
        yield Failed(
            WRONG_STATUS,
            (exchange,),
            details={"documented": str(context.operation.success_response.status)},
        )


def plan_accepted_arguments(context: CheckContext, promise: AcceptsArguments) -> Iterator[Scenario]:
    """Yield a scenario that sends a valid request with the arguments.

    Raises InconclusiveError if an example of the path need not exist on the target.
    """
    operation = context.operation
    call = build_valid_call(context, operation)
    arguments = {
        name: value
        for name, value in promise.arguments.items()
        if value is not pointers.MISSING and not _is_path_parameter(operation, name)
    }
    if any(_is_path_parameter(operation, name) for name in promise.arguments):
        parents = {
            resource.parent.parameter for resource in context.contract.resources if resource.parent
        }
        if not parents & promise.arguments.keys():
            raise InconclusiveError(
                "whether the documented example exists is not known on any target", Cause.NO_WAY
            )
        yield Scenario(
            label="example",
            steps=(*build_prerequisite_steps(context, operation), Step(name="call", call=call)),
        )
        return
    documented_call = replace(call, arguments={**call.arguments, **arguments})
    pagination = find_pagination(context.contract, operation.id)
    if (
        pagination
        and arguments.get(pagination.page_parameter, pagination.first_page) != pagination.first_page
    ):
        page_size = int(
            arguments.get(pagination.size_parameter)
            or get_largest_documented_page_size(context.contract, operation.id)
        )
        count_call = replace(
            documented_call,
            arguments={
                **documented_call.arguments,
                pagination.page_parameter: pagination.first_page,
            },
        )
        position = int(arguments[pagination.page_parameter])
        min_items = pagination.get_start(position, page_size) + 5
        yield Scenario(
            label="later page",
            min_items=min_items,
            steps=(Step(name="count", call=count_call), Step(name="call", call=documented_call)),
        )
        return
    yield Scenario(
        label="arguments",
        steps=(
            *build_prerequisite_steps(context, operation),
            Step(name="call", call=documented_call),
        ),
    )


def _is_path_parameter(operation: Operation, name: str) -> bool:
    parameter = operation.parameter(name)
    return parameter is not None and parameter.location is ParameterLocation.PATH


def evaluate_accepted_arguments(
    context: CheckContext, promise: AcceptsArguments, trace: Trace
) -> Iterator[Observation]:
    """Check that the request gets the documented success.

    Beyond the first page, a refusal may only mean that the page does not exist.
    """
    exchange = trace["call"]
    pagination = find_pagination(context.contract, context.claim.operation)
    if str(exchange.status) == context.operation.success_response.status:
        yield Passed(exchange)
    elif (
        exchange.refused
        and pagination
        and "count" in trace
        and not _is_list_known_to_reach_page(pagination, trace["count"], exchange)
    ):
        yield Inconclusive(
            f"the list may be too short for that page: {exchange}", Cause.INCOMPLETE_LIST
        )
    elif exchange.status == 404 and any(
        _is_path_parameter(context.operation, name) for name in promise.arguments
    ):
        yield Inconclusive(f"the target may not know the documented example: {exchange}")
    else:
        yield from _evaluate_response_without_success(context, trace, exchange)


def _is_list_known_to_reach_page(
    pagination: PaginationBehavior, count_exchange: Exchange, exchange: Exchange
) -> bool:
    """Return whether the list is known to be long enough for the requested page."""
    total = pointers.get_at_pointer(count_exchange.json, pagination.total_pointer or "")
    arguments = exchange.call.arguments
    size = arguments.get(pagination.size_parameter)
    return (
        isinstance(total, int)
        and isinstance(size, int)
        and total > pagination.get_start(arguments[pagination.page_parameter], size)
    )


def plan_accepted_headers(context: CheckContext, promise: AcceptsHeaders) -> Iterator[Scenario]:
    """Yield a scenario that sends a valid request with the headers."""
    call = replace(build_valid_call(context, context.operation), headers=promise.headers)
    yield Scenario(
        label="headers",
        steps=(*build_prerequisite_steps(context, context.operation), Step(name="call", call=call)),
    )


def evaluate_accepted_headers(
    context: CheckContext, promise: AcceptsHeaders, trace: Trace
) -> Iterator[Observation]:
    """Check that the request gets the documented success."""
    exchange = trace["call"]
    if str(exchange.status) == context.operation.success_response.status:
        yield Passed(exchange)
    else:
        yield from _evaluate_response_without_success(context, trace, exchange)


def plan_parameter_default(
    context: CheckContext, promise: AppliesParameterDefault
) -> Iterator[Scenario]:
    """Yield a scenario with two requests, without the parameter and with its default.

    For a page size, the list is longer than a smaller page would show. Raises InconclusiveError if
    the operation is no list.
    """
    if context.operation.id != context.resource.list:
        raise InconclusiveError("only the defaults of lists can be seen", Cause.NO_WAY)
    pagination = find_pagination(context.contract, context.operation.id)
    is_page_size = pagination is not None and promise.parameter == pagination.size_parameter
    extra_arguments: dict[str, Json] = {}
    if pagination is not None and promise.parameter == pagination.page_parameter:
        extra_arguments = {pagination.size_parameter: 3}
    list_arguments = {
        **build_mark_filter_arguments(context.contract, context.resource),
        **extra_arguments,
    }
    calls = {
        "absent": ApiCall(operation=context.operation.id, arguments=list_arguments),
        "explicit": ApiCall(
            operation=context.operation.id,
            arguments={**list_arguments, promise.parameter: promise.default},
        ),
    }
    steps = tuple(Step(name=name, call=call) for name, call in calls.items())
    yield Scenario(
        label="default",
        setup=build_many_items_setup(context) if is_page_size else build_named_items_setup(context),
        steps=steps,
    )
    if is_page_size:
        plain_step = Step(name="plain", call=ApiCall(operation=context.operation.id))
        yield Scenario(label="full page", steps=(plain_step,), min_items=int(promise.default) + 5)


def evaluate_parameter_default(
    context: CheckContext, promise: AppliesParameterDefault, trace: Trace
) -> Iterator[Observation]:
    """Check that both responses are the same.

    They must hold the same created items in the same order, and their metadata must agree.
    """
    if "plain" in trace:
        yield from _evaluate_default_page_size(
            context, promise, trace.get_successful_exchange("plain")
        )
        return
    absent, explicit = trace["absent"], trace["explicit"]
    pagination = find_pagination(context.contract, context.operation.id)
    is_page_size = pagination is not None and promise.parameter == pagination.size_parameter
    own_items = map_created_ids_to_steps(
        context,
        trace,
        build_many_items_setup(context) if is_page_size else build_named_items_setup(context),
    )
    ids_per_list = [
        [
            item_id
            for item_id in get_item_ids(context, get_listed_items(context, exchange))
            if item_id in own_items
        ]
        for exchange in (absent, explicit)
    ]
    if ids_per_list[0] != ids_per_list[1]:
        yield Failed(
            _DEFAULT_LIST_DIFFERS,
            (explicit, absent),
            details={"parameter": promise.parameter, "default": str(promise.default)},
        )
        return
    if (
        is_page_size
        and build_mark_filter_arguments(context.contract, context.resource)
        and len(ids_per_list[0]) < min(context.long_list_size, int(promise.default))
    ):
        yield Failed(
            _DEFAULT_LIST_SHORT,
            (absent,),
            expected=min(context.long_list_size, int(promise.default)),
            actual=len(ids_per_list[0]),
            details={
                "parameter": promise.parameter,
                "count": context.long_list_size,
                "default": str(promise.default),
            },
        )
        return
    for pointer, value in pointers.iterate_values(explicit.json):
        if pointers.is_within(pointer, context.resource.items_pointer) or isinstance(
            value, dict | list
        ):
            continue
        absent_value = pointers.get_at_pointer(absent.json, pointer)
        if (
            absent_value is not pointers.MISSING
            and not json_equal(absent_value, value)
            and json_equal(value, promise.default)
        ):
            yield Failed(
                _DEFAULT_ANSWER_DIFFERS,
                (explicit, absent),
                pointer=pointer,
                expected=value,
                actual=absent_value,
                details={"parameter": promise.parameter},
            )
            return
    is_default_shown = any(
        json_equal(value, promise.default)
        for pointer, value in pointers.iterate_values(absent.json)
        if not pointers.is_within(pointer, context.resource.items_pointer)
    )
    if len(ids_per_list[0]) < 2:
        yield Inconclusive(f"{absent} lists fewer than two of the items made for this")
    elif is_page_size and not is_default_shown and len(ids_per_list[0]) < int(promise.default):
        yield Inconclusive(
            f"{len(ids_per_list[0])} items are too few to see that a page holds {promise.default}"
        )
    else:
        yield Passed(absent)


def _evaluate_default_page_size(
    context: CheckContext, promise: AppliesParameterDefault, exchange: Exchange
) -> Iterator[Observation]:
    pagination, item_count = (
        find_pagination(context.contract, context.operation.id),
        len(get_listed_items(context, exchange)),
    )
    total = (
        pointers.get_at_pointer(exchange.json, pagination.total_pointer or "")
        if pagination
        else None
    )
    if item_count > promise.default or (
        isinstance(total, int) and total > promise.default and item_count < promise.default
    ):
        yield Failed(
            _DEFAULT_PAGE_SIZE,
            (exchange,),
            expected=promise.default,
            actual=item_count,
            details={"parameter": promise.parameter},
        )
    elif item_count == promise.default and isinstance(total, int) and total > item_count:
        yield Passed(exchange)
    else:
        yield Inconclusive(
            f"the list holds {total if isinstance(total, int) else item_count} items: more than"
            f" {promise.default} would show a whole page"
        )


def plan_invalid_argument(
    context: CheckContext, promise: RefusesInvalidParameter
) -> Iterator[Scenario]:
    """Yield scenarios with values that violate the keyword and nothing else."""
    operation = context.operation
    parameter = operation.parameter(promise.parameter)
    if parameter is None:
        raise InconclusiveError("the parameter is gone")
    values = (
        [promise.value]
        if promise.value is not pointers.MISSING
        else list_invalid_arguments(context, parameter, promise.keyword)
    )
    call = build_valid_call(context, operation)
    for number, value in enumerate(values):
        arguments = {**call.arguments, promise.parameter: value}
        yield Scenario(
            label=f"value {number}",
            steps=(
                *build_prerequisite_steps(context, operation),
                Step(name="call", call=replace(call, arguments=arguments)),
            ),
        )


def evaluate_invalid_argument(
    context: CheckContext, promise: RefusesInvalidParameter, trace: Trace
) -> Iterator[Observation]:
    """Check that the request is refused with a documented status."""
    yield from evaluate_refusal_as_malformed(
        context,
        trace["call"],
        f"{promise.parameter}={trace['call'].call.arguments[promise.parameter]}",
    )


def evaluate_refusal_as_malformed(
    context: CheckContext, exchange: Exchange, description: str, ids_may_be_unknown: bool = False
) -> Iterator[Observation]:
    """Check that a request is refused as malformed.

    With `ids_may_be_unknown`, the request contains ids that may not exist, and other refusals are
    inconclusive.
    """
    if exchange.status in list_malformed_request_statuses(context.operation):
        yield Passed(exchange)
    elif exchange.status in NOT_PROCESSED_STATUSES or (ids_may_be_unknown and exchange.refused):
        yield Inconclusive(f"the server did not look at it: {exchange}", Cause.NO_ANSWER)
    else:
        expected = " or ".join(map(str, list_malformed_request_statuses(context.operation)))
        yield Failed(
            _NOT_REFUSED, (exchange,), details={"request": description, "documented": str(expected)}
        )


CHECKS = {
    AcceptsMinimalRequest.kind: Check(plan=plan_valid_request, evaluate=evaluate_valid_request),
    AcceptsArguments.kind: Check(
        plan=plan_accepted_arguments, evaluate=evaluate_accepted_arguments
    ),
    AcceptsHeaders.kind: Check(plan=plan_accepted_headers, evaluate=evaluate_accepted_headers),
    AppliesParameterDefault.kind: Check(
        plan=plan_parameter_default, evaluate=evaluate_parameter_default
    ),
    RefusesInvalidParameter.kind: Check(
        plan=plan_invalid_argument, evaluate=evaluate_invalid_argument
    ),
}
