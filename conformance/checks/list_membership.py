"""In which of the lists, one for each state, a thing is."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.check import CheckContext
from conformance.checks.exchange import InconclusiveError, Trace
from conformance.checks.listing import (
    find_state_filter,
    get_all_items,
    get_created_id,
    get_ids,
    list_all,
)
from conformance.checks.observation import Failed, Observation, Passed
from conformance.checks.scenario import AnyStep
from conformance.contract.json import Json, json_equal


def get_state_values(context: CheckContext, field: str) -> dict[str, Json]:
    """Return the texts of the state parameter that chooses lists by `field`, each with the value it
    stands for; empty without such a parameter.
    """
    state_filter = find_state_filter(context.contract, context.resource.list or "")
    return (
        dict(state_filter.item_values)
        if state_filter is not None and state_filter.item_pointer == field
        else {}
    )


def list_all_states(context: CheckContext, field: str) -> list[AnyStep]:
    """Return the moves that read the list of each state."""
    state_filter = find_state_filter(context.contract, context.resource.list or "")
    return (
        [
            list_all(context, f"listed {text}", {state_filter.parameter: text})
            for text in get_state_values(context, field)
        ]
        if state_filter is not None
        else []
    )


def reads_state_lists(trace: Trace, context: CheckContext | None = None, field: str = "") -> bool:
    """Tell whether a script is about lists (of the states of `field`, when a setting is given):
    whether it reads them, or would have.
    """
    list_names = (
        {f"listed {text}" for text in get_state_values(context, field)} if context else None
    )
    step_names = {*trace.exchanges, *trace.skipped}
    return (
        bool(step_names & list_names)
        if list_names is not None
        else any(name.startswith("listed ") for name in step_names)
    )


def evaluate_membership(
    context: CheckContext, trace: Trace, item_step: str, field: str, value: Json, cause_step: str
) -> Iterator[Observation]:
    """Yield whether the thing that step `item` created is in the list of state `value` after step
    `cause`, and in no other.
    """
    identity = get_created_id(context, trace, item_step)
    if not get_state_values(context, field):
        raise InconclusiveError(f"no parameter lists by {field[1:]}")
    for text, stands_for in get_state_values(context, field).items():
        name = f"listed {text}"
        is_listed, expected = (
            identity in get_ids(context, get_all_items(context, trace, name)),
            json_equal(stands_for, value),
        )
        if is_listed == expected:
            continue
        message = (
            f"afterwards the list of {field[1:]}={text}"
            f" {'lacks the item' if expected else 'still holds the item'}"
        )
        yield Failed(message, (trace[item_step], trace[cause_step], *trace.get_exchanges(name)))
        return
    yield Passed(trace[cause_step])
