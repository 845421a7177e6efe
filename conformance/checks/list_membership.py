"""Check which lists an item is in, if there is one list for each state."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.cause import Cause
from conformance.checks.check import CheckContext
from conformance.checks.exchange import InconclusiveError, Trace
from conformance.checks.listing import (
    build_list_all_step,
    explain_possible_cut,
    find_state_filter,
    get_created_id,
    get_item_ids,
    get_items_of_all_pages,
)
from conformance.checks.observation import Failed, FailureKind, Observation, Passed
from conformance.checks.scenario import AnyStep
from conformance.contract.equality import json_equal
from conformance.contract.json import Json

_LACKS_ITEM = FailureKind(
    "state-list-lacks-item", "afterwards the list of {field}={state} lacks the item"
)
_STILL_HOLDS_ITEM = FailureKind(
    "state-list-still-holds-item", "afterwards the list of {field}={state} still holds the item"
)


def get_state_filter_values(context: CheckContext, field: str) -> dict[str, Json]:
    """Return the values of the state parameter, each with the value of `field` it stands for.

    The result is empty if no parameter selects lists by `field`.
    """
    state_filter = find_state_filter(context.contract, context.resource.list or "")
    return (
        dict(state_filter.item_values)
        if state_filter is not None and state_filter.item_pointer == field
        else {}
    )


def build_state_list_steps(context: CheckContext, field: str) -> list[AnyStep]:
    """Return the steps that read the list of each state."""
    state_filter = find_state_filter(context.contract, context.resource.list or "")
    return (
        [
            build_list_all_step(context, name_state_list_step(text), {state_filter.parameter: text})
            for text in get_state_filter_values(context, field)
        ]
        if state_filter is not None
        else []
    )


def name_state_list_step(parameter_value: str) -> str:
    """Return the name of the step that reads the list of one state."""
    return f"listed {parameter_value}"


def includes_state_list_steps(
    trace: Trace, context: CheckContext, field: str | None = None
) -> bool:
    """Return whether a scenario reads lists by state, or would have if no step had been skipped.

    If a field is given, only lists by its states count.
    """
    state_filter = find_state_filter(context.contract, context.resource.list or "")
    values = (
        get_state_filter_values(context, field)
        if field is not None
        else state_filter.item_values
        if state_filter
        else {}
    )
    return any(
        name_state_list_step(text) in steps
        for text in values
        for steps in (trace.exchanges, trace.skipped)
    )


def evaluate_state_list_membership(
    context: CheckContext, trace: Trace, item_step: str, field: str, value: Json, cause_step: str
) -> Iterator[Observation]:
    """Check that an item is in the list of state `value`, and in no other list.

    `item_step` is the step that created the item, `cause_step` the step that put it into that
    state. Raises InconclusiveError if no parameter selects lists by `field`.
    """
    identity = get_created_id(context, trace, item_step)
    if not get_state_filter_values(context, field):
        raise InconclusiveError(f"no parameter lists by {field[1:]}", Cause.NO_WAY)
    for text, stands_for in get_state_filter_values(context, field).items():
        name = name_state_list_step(text)
        is_listed, expected = (
            identity in get_item_ids(context, get_items_of_all_pages(context, trace, name)),
            json_equal(stands_for, value),
        )
        if is_listed == expected:
            continue
        if expected and (reason := explain_possible_cut(context, trace, name)):
            raise InconclusiveError(reason, Cause.INCOMPLETE_LIST)
        yield Failed(
            _LACKS_ITEM if expected else _STILL_HOLDS_ITEM,
            (trace[item_step], trace[cause_step], *trace.get_exchanges(name)),
            pointer=field,
            details={"state": text},
        )
        return
    yield Passed(trace[cause_step])
