"""Check that a parameter disables others."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.call import TextWithRunMark
from conformance.checks.cause import Cause
from conformance.checks.check import Check, CheckContext
from conformance.checks.datasets import build_named_items_setup
from conformance.checks.exchange import InconclusiveError, Trace
from conformance.checks.filtering import evaluate_selection
from conformance.checks.listing import (
    build_list_all_step,
    build_newest_first_arguments,
    map_created_ids_to_steps,
)
from conformance.checks.observation import Failed, FailureKind, Observation
from conformance.checks.query_dialect import matches_query
from conformance.checks.scenario import Scenario
from conformance.contract import pointer as pointers
from conformance.contract.filtering import FiltersByGlob, FiltersByQuery
from conformance.contract.json import Json
from conformance.contract.precedence import IgnoresOverriddenParameters

GLOB_PATTERNS = ("{m}-delta", "{m}-nobody", "{m}-al*")

_OVERRIDING_REFUSED = FailureKind(
    "overriding-refused", "{parameter} beside {others} is refused: {exchange}"
)


def plan_overridden_parameters(
    context: CheckContext, promise: IgnoresOverriddenParameters
) -> Iterator[Scenario]:
    """Yield a query for one item, while the filter asks for another, for none and for more.

    Raises InconclusiveError if the overriding parameter is not a query on the field with the mark.
    """
    queries, globs = _get_query_and_glob_filters(context)
    key = next(
        (key for key in queries.keys.values() if key.pointer == context.resource.mark_pointer), None
    )
    if key is None or queries.parameter != promise.behavior.parameter:
        raise InconclusiveError(
            "the override is not of a query on the field that our items can be told apart by",
            Cause.NO_WAY,
        )
    for number, pattern in enumerate(GLOB_PATTERNS):
        arguments: dict[str, Json] = {
            queries.parameter: {key.name: TextWithRunMark("{m}-alpha")},
            globs.field_parameter: next(iter(globs.pointers_by_field)),
            globs.pattern_parameter: TextWithRunMark(pattern),
            **build_newest_first_arguments(context.contract, context.claim.operation),
        }
        arguments = {
            name: value
            for name, value in arguments.items()
            if name not in (globs.field_parameter, globs.pattern_parameter)
            or name in promise.behavior.overridden_parameters
        }
        yield Scenario(
            label=f"against {number}",
            setup=build_named_items_setup(context),
            steps=(build_list_all_step(context, "found", arguments),),
        )


def evaluate_overridden_parameters(
    context: CheckContext, promise: IgnoresOverriddenParameters, trace: Trace
) -> Iterator[Observation]:
    """Check that only the query determines the listed items."""
    queries, _ = _get_query_and_glob_filters(context)
    if trace["found"].refused:
        others = " and ".join(promise.behavior.overridden_parameters)
        yield Failed(
            _OVERRIDING_REFUSED,
            trace.get_exchanges("found"),
            details={"parameter": promise.behavior.parameter, "others": others},
        )
        return
    own_items = map_created_ids_to_steps(context, trace, build_named_items_setup(context))
    query = trace["found"].call.arguments[queries.parameter]
    keys = {key.name: key for key in queries.keys.values()}
    expected = {
        step for step in own_items.values() if matches_query(query, trace[step].call.body, keys)
    }
    yield from evaluate_selection(
        context,
        trace,
        "found",
        expected,
        own_items,
        f"{queries.parameter}={query} beside {format_overridden_arguments(trace, promise)}",
    )


def format_overridden_arguments(trace: Trace, promise: IgnoresOverriddenParameters) -> str:
    """Return the disabled arguments as they were sent."""
    arguments = trace["found"].call.arguments
    return ", ".join(
        f"{name}={arguments[name]}"
        for name in promise.behavior.overridden_parameters
        if arguments.get(name, pointers.MISSING) is not pointers.MISSING
    )


def _get_query_and_glob_filters(context: CheckContext) -> tuple[FiltersByQuery, FiltersByGlob]:
    queries, globs = (
        context.contract.find_behavior(context.claim.operation, FiltersByQuery),
        context.contract.find_behavior(context.claim.operation, FiltersByGlob),
    )
    if queries is None or globs is None:
        raise InconclusiveError("the override is not of a query over a glob filter", Cause.NO_WAY)
    return queries, globs


CHECKS = {
    IgnoresOverriddenParameters.kind: Check(
        plan=plan_overridden_parameters, evaluate=evaluate_overridden_parameters
    )
}
