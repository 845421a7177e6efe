"""Check that a filter selects exactly the matching items among those that the run created."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from conformance.checks.call import (
    ApiCall,
    EarlierRequestValue,
    EarlierResponseValue,
    TextWithRunMark,
)
from conformance.checks.cause import Cause
from conformance.checks.check import Check, CheckContext
from conformance.checks.datasets import (
    ITEM_NAMES,
    UPDATED_ITEMS,
    build_items_in_both_states_setup,
    build_linked_items_setup,
    build_named_items_setup,
    list_steps_of_switched_on_items,
)
from conformance.checks.exchange import Exchange, InconclusiveError, Trace
from conformance.checks.listing import (
    build_list_all_step,
    build_longer_list_steps,
    build_mark_filter_arguments,
    build_newest_first_arguments,
    explain_possible_cut,
    find_pagination,
    get_item_ids,
    get_items_of_all_pages,
    get_listed_items,
    map_created_ids_to_steps,
)
from conformance.checks.observation import (
    Disturbed,
    Failed,
    FailureKind,
    Inconclusive,
    Observation,
    Passed,
    describe_value,
)
from conformance.checks.query_dialect import matches_query
from conformance.checks.scenario import AnyStep, Scenario, Setup, Step
from conformance.contract import pointer as pointers
from conformance.contract.equality import json_equal
from conformance.contract.filtering import (
    GlobFilterProperty,
    HandlesPatternWithoutField,
    ListsUnfiltered,
    PatternWithoutFieldHandling,
    QueryableField,
    QueryableFieldType,
    SelectsGlobMatches,
    SelectsItemsInState,
    SelectsQueryMatches,
)
from conformance.contract.json import Json
from conformance.protocol import NOT_PROCESSED_STATUSES

PATTERNS_BY_FORM = {
    GlobFilterProperty.EXACT: (
        "{m}-alpha",
        "{m}-charlie one",
        "{m}-echo-foxtrot-lima.x",
        "{m}-hotel+50%41(a)&b/c",
    ),
    GlobFilterProperty.PREFIX: ("{m}-alpha*", "{m}-charlie*"),
    GlobFilterProperty.SUFFIX: ("*-alpha", "*-delta", "*{m}-alpha"),
    GlobFilterProperty.INFIX: (
        "{m}*delta",
        "{m}-*a*ha",
        "{m}-bravo*delta",
        "{m}-al*alpha",
        "{m}*-alpha",
    ),
    GlobFilterProperty.NO_MATCH: ("{m}-alph", "{m}-nobody", "{m}*-bravo"),
}

_LEFT_OUT = FailureKind("left-out", "{selection} leaves out {items}, which it should list")
_NOT_LEFT_OUT = FailureKind("not-left-out", "{selection} lists {items}, which it should leave out")
_LISTED_TWICE = FailureKind("listed-twice", "{selection} lists an item twice")
_FILTER_REFUSED = FailureKind("filter-refused", "{request} is refused: {exchange}")
_PATTERN_WITHOUT_FIELD = FailureKind(
    "pattern-without-field", "a {pattern} without {field_parameter} is not {rule}: {exchange}"
)
_OTHER_STATE_LISTED = FailureKind(
    "other-state-listed", "the list {selection} holds an item whose {field} is {actual}"
)
_STATE_LIST_EMPTY = FailureKind(
    "state-list-empty", "the list {selection} is empty although {count} items are in that state"
)


def evaluate_selection(
    context: CheckContext,
    trace: Trace,
    name: str,
    expected: set[str],
    created_items: dict[Json, str],
    description: str,
) -> Iterator[Observation]:
    """Check which of the created items a paged read lists.

    It must list exactly the items of the steps in `expected`, each once.
    """
    listed_steps = [
        created_items[item_id]
        for item_id in get_item_ids(context, get_items_of_all_pages(context, trace, name))
        if item_id in created_items
    ]
    pagination = find_pagination(context.contract, context.claim.operation)
    totals = (
        {
            repr(pointers.get_at_pointer(page.json, pagination.total_pointer))
            for page in trace.get_exchanges(name)
        }
        if pagination and pagination.total_pointer
        else set()
    )
    if len(totals) > 1:
        yield Disturbed("the list was changed by someone else while it was read")
        return
    missing, extra = sorted(expected - set(listed_steps)), sorted(set(listed_steps) - expected)
    if missing and (reason := explain_possible_cut(context, trace, name)):
        yield Inconclusive(reason, Cause.INCOMPLETE_LIST)
    elif missing:
        yield Failed(
            _LEFT_OUT,
            (*_get_first_creation(trace, missing), *trace.get_exchanges(name)),
            expected=_list_names(context, trace, missing),
            details={"selection": description, "items": _describe_items(context, trace, missing)},
        )
    elif extra:
        yield Failed(
            _NOT_LEFT_OUT,
            (*_get_first_creation(trace, extra), *trace.get_exchanges(name)),
            actual=_list_names(context, trace, extra),
            details={"selection": description, "items": _describe_items(context, trace, extra)},
        )
    elif len(listed_steps) != len(set(listed_steps)):
        yield Failed(_LISTED_TWICE, trace.get_exchanges(name), details={"selection": description})
    else:
        yield Passed(trace[name])


def _list_names(context: CheckContext, trace: Trace, steps: list[str]) -> list[Json]:
    mark = context.resource.mark_pointer or context.resource.identity_pointer
    return [pointers.get_at_pointer(trace[step].call.body, mark) for step in steps[:3]]


def _describe_items(context: CheckContext, trace: Trace, steps: list[str]) -> str:
    names = map(describe_value, _list_names(context, trace, steps))
    return ", ".join(names) + (" and more" if len(steps) > 3 else "")


def _get_first_creation(trace: Trace, steps: list[str]) -> tuple[Exchange, ...]:
    return tuple(trace[step] for step in steps[:1])


def plan_glob_filter(context: CheckContext, promise: SelectsGlobMatches) -> Iterator[Scenario]:
    """Yield one scenario for each pattern of the claim's form.

    Raises InconclusiveError if the field is not the one that carries the mark.
    """
    if promise.behavior.pointers_by_field[promise.field] != context.resource.mark_pointer:
        raise InconclusiveError(
            "the field is not one that our items can be told apart by", Cause.NO_WAY
        )
    for number, pattern in enumerate(PATTERNS_BY_FORM[promise.pattern_form]):
        arguments = {
            promise.behavior.field_parameter: promise.field,
            promise.behavior.pattern_parameter: TextWithRunMark(pattern),
            **build_newest_first_arguments(context.contract, context.claim.operation),
        }
        yield Scenario(
            label=f"pattern {number}",
            setup=build_named_items_setup(context),
            steps=(
                build_list_all_step(context, "filtered", arguments),
                *build_longer_list_steps(context),
            ),
        )


def evaluate_glob_filter(
    context: CheckContext, promise: SelectsGlobMatches, trace: Trace
) -> Iterator[Observation]:
    """Check that exactly the matching names are listed.

    `*` stands for any run of characters.
    """
    pattern = str(trace["filtered"].call.arguments[promise.behavior.pattern_parameter]).replace(
        "[", "[[]"
    )
    mark = context.resource.mark_pointer or ""
    own_items = map_created_ids_to_steps(context, trace, build_named_items_setup(context))
    expected = {
        step
        for step in own_items.values()
        if fnmatchcase(str(pointers.get_at_pointer(trace[step].call.body, mark)), pattern)
    }
    pattern_parameter = promise.behavior.pattern_parameter
    yield from evaluate_selection(
        context,
        trace,
        "filtered",
        expected,
        own_items,
        f"{pattern_parameter}={trace['filtered'].call.arguments[pattern_parameter]}",
    )


def plan_unfiltered_list(context: CheckContext, promise: ListsUnfiltered) -> Iterator[Scenario]:
    """Yield a request with an incomplete filter, which must list everything.

    The field or the pattern is blank or absent.
    """
    globs = promise.behavior
    absent = pointers.MISSING
    filter_arguments: dict[str, Json] = {
        globs.field_parameter: next(iter(globs.pointers_by_field)),
        globs.pattern_parameter: absent,
    }
    if promise.parameter == globs.field_parameter:
        filter_arguments = {globs.field_parameter: absent, globs.pattern_parameter: absent}
    filter_arguments[promise.parameter] = "" if promise.blank else absent
    arguments = {
        **filter_arguments,
        **build_newest_first_arguments(context.contract, context.claim.operation),
    }
    yield Scenario(
        label="unfiltered",
        setup=build_named_items_setup(context),
        steps=(build_list_all_step(context, "listed", arguments),),
    )


def evaluate_unfiltered_list(
    context: CheckContext, promise: ListsUnfiltered, trace: Trace
) -> Iterator[Observation]:
    """Check that every created item is listed."""
    if trace["listed"].refused:
        yield Failed(
            _FILTER_REFUSED,
            trace.get_exchanges("listed"),
            details={
                "request": f"a request with {promise.parameter}"
                f" {'blank' if promise.blank else 'absent'}"
            },
        )
        return
    own_items = map_created_ids_to_steps(context, trace, build_named_items_setup(context))
    description = f"with {promise.parameter} {'blank' if promise.blank else 'absent'}, the list"
    yield from evaluate_selection(
        context, trace, "listed", set(own_items.values()), own_items, description
    )


def plan_pattern_without_field(
    context: CheckContext, promise: HandlesPatternWithoutField
) -> Iterator[Scenario]:
    """Yield a request with a pattern that one item matches, without a field."""
    arguments = {
        promise.behavior.field_parameter: pointers.MISSING,
        promise.behavior.pattern_parameter: TextWithRunMark("{m}-alpha"),
        **build_newest_first_arguments(context.contract, context.claim.operation),
    }
    yield Scenario(
        label="without field",
        setup=build_named_items_setup(context),
        steps=(build_list_all_step(context, "listed", arguments),),
    )


def evaluate_pattern_without_field(
    context: CheckContext, promise: HandlesPatternWithoutField, trace: Trace
) -> Iterator[Observation]:
    """Check that the pattern is ignored, applied to the first field, or refused.

    The interpretation of the contract says which.
    """
    exchange, rule = trace["listed"], promise.behavior.pattern_without_field
    if exchange.status in NOT_PROCESSED_STATUSES:
        yield Inconclusive(f"the server did not look at it: {exchange}", Cause.NO_ANSWER)
        return
    if rule is PatternWithoutFieldHandling.REFUSED or exchange.refused:
        refused_as_expected = exchange.refused and rule is PatternWithoutFieldHandling.REFUSED
        yield (
            Passed(exchange)
            if refused_as_expected
            else Failed(
                _PATTERN_WITHOUT_FIELD,
                trace.get_exchanges("listed"),
                details={
                    "pattern": promise.behavior.pattern_parameter,
                    "field_parameter": promise.behavior.field_parameter,
                    "rule": str(rule),
                },
            )
        )
        return
    own_items = map_created_ids_to_steps(context, trace, build_named_items_setup(context))
    mark = context.resource.mark_pointer or ""
    pattern = str(exchange.call.arguments[promise.behavior.pattern_parameter])
    matching_steps = {
        step
        for step in own_items.values()
        if pointers.get_at_pointer(trace[step].call.body, mark) == pattern
    }
    expected = (
        matching_steps if rule is PatternWithoutFieldHandling.APPLIED else set(own_items.values())
    )
    yield from evaluate_selection(
        context,
        trace,
        "listed",
        expected,
        own_items,
        f"without a field, {promise.behavior.pattern_parameter}={pattern}",
    )


def plan_state_filter(context: CheckContext, promise: SelectsItemsInState) -> Iterator[Scenario]:
    """Yield a scenario that reads the list in that state, as a whole and in pages."""
    state_value: Json = (
        pointers.MISSING if promise.parameter_value is None else promise.parameter_value
    )
    setup = build_items_in_both_states_setup(context)
    arguments = {promise.behavior.parameter: state_value}
    plain_step = Step(
        name="plain", call=ApiCall(operation=context.claim.operation, arguments=arguments)
    )
    steps = (
        build_list_all_step(context, "whole", arguments),
        build_list_all_step(context, "paged", arguments, pages=3),
        plain_step,
    )
    yield Scenario(
        label="state",
        setup=setup,
        needs_quiescence=not build_mark_filter_arguments(context.contract, context.resource),
        steps=(*steps, *build_longer_list_steps(context)),
    )


def evaluate_state_filter(
    context: CheckContext, promise: SelectsItemsInState, trace: Trace
) -> Iterator[Observation]:
    """Check that exactly the items in that state are listed and that each shows that state."""
    for step in list_steps_of_switched_on_items(context):
        trace.get_successful_exchange(step.replace("item", "switch"))
    own_items = map_created_ids_to_steps(context, trace, build_items_in_both_states_setup(context))
    expected = {
        step
        for step in own_items.values()
        if (step in list_steps_of_switched_on_items(context)) == bool(promise.item_value)
    }
    description = (
        f"with {promise.behavior.parameter}={promise.parameter_value}"
        if promise.parameter_value
        else f"without {promise.behavior.parameter}"
    )
    for name in ("whole", "paged"):
        yield from evaluate_selection(
            context, trace, name, expected, own_items, f"the list {description}"
        )
        for item in get_items_of_all_pages(context, trace, name):
            value = pointers.get_at_pointer(item, promise.behavior.item_pointer)
            if value is not pointers.MISSING and not json_equal(value, promise.item_value):
                yield Failed(
                    _OTHER_STATE_LISTED,
                    trace.get_exchanges(name),
                    pointer=promise.behavior.item_pointer,
                    expected=promise.item_value,
                    actual=value,
                    details={"selection": description},
                )
                return
    yield from _evaluate_unpaged_state_list(
        context,
        promise,
        trace,
        {item_id for item_id, step in own_items.items() if step in expected},
        description,
    )


def _evaluate_unpaged_state_list(
    context: CheckContext,
    promise: SelectsItemsInState,
    trace: Trace,
    expected: set[Json],
    description: str,
) -> Iterator[Observation]:
    """Check the call as documented, without pagination.

    The list must hold no item of another state, and must not be empty if there are items.
    """
    listed_items = get_listed_items(context, trace["plain"])
    values = [pointers.get_at_pointer(item, promise.behavior.item_pointer) for item in listed_items]
    wrong_value = next(
        (
            value
            for value in values
            if value is not pointers.MISSING and not json_equal(value, promise.item_value)
        ),
        None,
    )
    if wrong_value is not None:
        yield Failed(
            _OTHER_STATE_LISTED,
            trace.get_exchanges("plain"),
            pointer=promise.behavior.item_pointer,
            expected=promise.item_value,
            actual=wrong_value,
            details={"selection": description},
        )
    elif expected and not listed_items:
        yield Failed(
            _STATE_LIST_EMPTY,
            trace.get_exchanges("plain"),
            details={"selection": description, "count": len(expected)},
        )


def plan_query_filter(context: CheckContext, promise: SelectsQueryMatches) -> Iterator[Scenario]:
    """Yield scenarios with queries that use the operator on the key.

    A query is restricted to items of the run, unless that would hide the effect of the operator.
    """
    if (
        promise.key.type is QueryableFieldType.ID
        and promise.key.pointer != context.resource.identity_pointer
    ):
        for number, step in enumerate(("referring", "referring too")):
            query = {
                promise.key.name: EarlierRequestValue(
                    step,
                    promise.key.pointer + _get_array_index_suffix(context, promise.key, number),
                )
            }
            yield Scenario(
                label=step,
                setup=_build_setup_of_items_linked_by(context, promise.key),
                steps=(
                    *_build_query_filter_steps(context, promise, query),
                    *build_longer_list_steps(context),
                ),
            )
        return
    for number, query in enumerate(_build_filter_queries(context, promise)):
        yield Scenario(
            label=f"query {number}",
            setup=build_named_items_setup(context),
            steps=(
                *_build_query_filter_steps(context, promise, query),
                *build_longer_list_steps(context),
            ),
        )


def _build_query_filter_steps(
    context: CheckContext, promise: SelectsQueryMatches, query: Json
) -> tuple[AnyStep, ...]:
    cleared_filters = dict.fromkeys(
        build_mark_filter_arguments(context.contract, context.resource), pointers.MISSING
    )
    arguments = {
        **cleared_filters,
        promise.behavior.parameter: query,
        **build_newest_first_arguments(context.contract, context.claim.operation),
    }
    return (build_list_all_step(context, "found", arguments),)


def _build_setup_of_items_linked_by(context: CheckContext, key: QueryableField) -> Setup:
    return build_linked_items_setup(context, key.pointer[1:])


def _get_array_index_suffix(context: CheckContext, key: QueryableField, number: int) -> str:
    return (
        f"/{number}"
        if context.get_body_builder(seed="family").properties[key.pointer[1:]].get("type")
        == "array"
        else ""
    )


def _build_filter_queries(context: CheckContext, promise: SelectsQueryMatches) -> list[Json]:
    """Return the queries to try.

    Texts carry the mark. Ids and dates refer to the named items.
    """
    key, operator = promise.key, promise.operator
    own_filter = {
        _get_queryable_mark_field_name(context, promise): {"$startsWith": TextWithRunMark("{m}")}
    }
    match key.type:
        case QueryableFieldType.TEXT:
            return _build_text_field_queries(key.name, operator, own_filter)
        case QueryableFieldType.DATE:
            return _build_date_field_queries(context, key, operator, own_filter)
        case QueryableFieldType.ID:
            return _build_id_field_queries(context, key, operator, own_filter)
        case QueryableFieldType.TAGS:
            return _build_tags_field_queries(key.name, operator, own_filter)


def _get_queryable_mark_field_name(context: CheckContext, promise: SelectsQueryMatches) -> str:
    name = next(
        (
            key.name
            for key in promise.behavior.keys.values()
            if key.pointer == context.resource.mark_pointer
        ),
        None,
    )
    if name is None:
        raise InconclusiveError("no key of the query leads to the marked field", Cause.NO_WAY)
    return name


def _build_text_field_queries(name: str, operator: str, own_filter: dict[str, Json]) -> list[Json]:
    alpha, charlie, middle = (
        TextWithRunMark("{m}-alpha"),
        TextWithRunMark("{m}-charlie one"),
        TextWithRunMark("{m}-charlie one"),
    )
    own_prefix, literal_dot, upper_case = (
        own_filter[name],
        TextWithRunMark("{m}-echo-foxtrot-lima."),
        TextWithRunMark("{m}-ALPHA"),
    )
    queries_by_operator: dict[str, list[Json]] = {
        "equal": [
            {name: alpha},
            {name: charlie},
            {name: TextWithRunMark("{m}-ALPHA")},
            {name: TextWithRunMark("{m}-hotel+50%41(a)&b/c")},
        ],
        "fields": [
            {name: alpha, "lastUpdated": {"$gt": "2001-01-01T00:00:00.000Z"}},
            {name: alpha, "lastUpdated": {"$lt": "2001-01-01T00:00:00.000Z"}},
        ],
        "nothing": [{}],
        "$and": [
            {"$and": [own_filter, {name: {"$endsWith": "alpha"}}]},
            {
                "$and": [
                    {name: {"$endsWith": "-alpha"}},
                    {name: {"$startsWith": TextWithRunMark("{m}-a")}},
                ]
            },
            {"$and": [own_filter, {name: {"$contains": "a"}}, {name: {"$endsWith": "delta"}}]},
        ],
        "$or": [
            {"$or": [{name: alpha}, {name: charlie}, {name: TextWithRunMark("{m}-golf")}]},
            {**own_filter, "$or": [{name: {"$endsWith": "delta"}}, {name: alpha}]},
        ],
        "$nor": [
            {
                **own_filter,
                "$nor": [{name: alpha}, {name: charlie}, {name: TextWithRunMark("{m}-golf")}],
            }
        ],
        "$eq": [{name: {"$eq": alpha}}, {name: {"$eq": TextWithRunMark("{m}-Alpha")}}],
        "$ne": [{name: {**own_prefix, "$ne": alpha}}],
        "$gt": [{name: {**own_prefix, "$gt": middle}}],
        "$lt": [{name: {**own_prefix, "$lt": middle}}],
        "$gte": [{name: {**own_prefix, "$gte": middle}}],
        "$lte": [{name: {**own_prefix, "$lte": middle}}],
        "$in": [{name: {"$in": [TextWithRunMark("{m}-nobody"), charlie, alpha]}}],
        "$nin": [{name: {**own_prefix, "$nin": [charlie, alpha]}}],
        "$startsWith": [
            {name: {"$startsWith": TextWithRunMark("{m}-alpha")}},
            {name: {"$startsWith": TextWithRunMark("{m}-charlie ")}},
            {name: {"$startsWith": literal_dot}},
        ],
        "$endsWith": [
            {name: {**own_prefix, "$endsWith": "-alpha"}},
            {name: {**own_prefix, "$endsWith": "delta"}},
            {name: {**own_prefix, "$endsWith": "lima.x"}},
        ],
        "$contains": [
            {name: {**own_prefix, "$contains": "alpha"}},
            {name: {**own_prefix, "$contains": "-x-"}},
            {name: {**own_prefix, "$contains": "lima.x"}},
        ],
        "$ci": [
            {name: {"$eq": TextWithRunMark("{m}-ALPHA"), "$ci": True}},
            {name: {**own_prefix, "$endsWith": "-ALPHA", "$ci": True}},
            {name: {"$eq": upper_case, "$ci": False}},
        ],
        "$and-of-none": [{**own_filter, "$and": []}],
        "$or-of-none": [{**own_filter, "$or": []}],
        "$nor-of-none": [{**own_filter, "$nor": []}],
    }
    return queries_by_operator[operator]


def _build_date_field_queries(
    context: CheckContext, key: QueryableField, operator: str, own_filter: dict[str, Json]
) -> list[Json]:
    middle = min(
        set(range(len(ITEM_NAMES))) - set(UPDATED_ITEMS),
        key=lambda number: abs(number - (len(ITEM_NAMES) - 1) / 2),
    )
    middle_date = EarlierResponseValue(f"item {middle}", key.pointer)
    if operator == "equal":
        return [{key.name: middle_date, **own_filter}]
    return [{**own_filter, key.name: {operator: middle_date}}]


def _build_id_field_queries(
    context: CheckContext, key: QueryableField, operator: str, own_filter: dict[str, Json]
) -> list[Json]:
    first_id, second_id = (
        EarlierResponseValue("item 1", key.pointer),
        EarlierResponseValue("item 5", key.pointer),
    )
    match operator:
        case "equal":
            return [{key.name: first_id}]
        case "$eq":
            return [{key.name: {"$eq": first_id}}]
        case "$ne":
            return [{**own_filter, key.name: {"$ne": first_id}}]
        case "$in":
            return [{key.name: {"$in": [first_id, second_id]}}]
        case _:
            return [{**own_filter, key.name: {"$nin": [first_id, second_id]}}]


def _build_tags_field_queries(name: str, operator: str, own_filter: dict[str, Json]) -> list[Json]:
    conditions_by_operator: dict[str, Json] = {
        "equal": {"floor": "3"},
        "$eq": {"$eq": {"floor": "1"}},
        "$ne": {"$ne": {"wing": "north"}},
        "$in": {"floor": {"$in": ["0", "2"]}},
        "$nin": {"floor": {"$nin": ["0", "2"]}},
        "$tagKey": {"$tagKey": "color"},
        "$tagValue": {"$tagValue": "3"},
    }
    key_and_value = {"$tagKey": "floor", "$tagValue": "3"}
    return [
        {**own_filter, name: conditions_by_operator[operator]},
        *([{**own_filter, name: key_and_value}] if operator.startswith("$tag") else []),
    ]


def evaluate_query_filter(
    context: CheckContext, promise: SelectsQueryMatches, trace: Trace
) -> Iterator[Observation]:
    """Check that exactly the items that match the query are listed.

    Raises InconclusiveError if the documentation leaves open for every item whether it matches.
    """
    if trace["found"].refused:
        yield Failed(
            _FILTER_REFUSED,
            trace.get_exchanges("found"),
            details={"request": f"a query with {promise.operator} on {promise.key.name}"},
        )
        return
    query = trace["found"].call.arguments[promise.behavior.parameter]
    is_reference = (
        promise.key.type is QueryableFieldType.ID
        and promise.key.pointer != context.resource.identity_pointer
    )
    own_items = map_created_ids_to_steps(
        context,
        trace,
        _build_setup_of_items_linked_by(context, promise.key)
        if is_reference
        else build_named_items_setup(context),
    )
    items_by_step = {
        step: _reconstruct_item_from_trace(context, trace, step) for step in own_items.values()
    }
    keys = {key.name: key for key in promise.behavior.keys.values()}
    ambiguous_steps = {
        step
        for step, item in items_by_step.items()
        if _is_query_match_ambiguous(promise, query, item)
    }
    own_items = {
        item_id: step for item_id, step in own_items.items() if step not in ambiguous_steps
    }
    if not own_items:
        raise InconclusiveError(
            f"no item made for this is clearly on one side of {query}", Cause.NO_WAY
        )
    expected = {
        step
        for step, item in items_by_step.items()
        if step not in ambiguous_steps and matches_query(query, item, keys)
    }
    yield from evaluate_selection(
        context, trace, "found", expected, own_items, f"the query {query}"
    )


def _is_query_match_ambiguous(promise: SelectsQueryMatches, query: Json, item: Json) -> bool:
    """Return whether the documentation leaves open if an item matches.

    This is so for an item without the tag that is excluded, and for an item at a boundary that is
    shown in whole seconds.
    """
    value = pointers.get_at_pointer(item, promise.key.pointer)
    if promise.key.type is QueryableFieldType.TAGS and promise.operator in ("$ne", "$nin"):
        return not ({"floor", "wing"} <= set(value or ()))
    if promise.key.type is QueryableFieldType.DATE and isinstance(value, str) and "." not in value:
        condition = query.get(promise.key.name)
        return value in (condition.values() if isinstance(condition, dict) else [condition])
    return False


def _reconstruct_item_from_trace(context: CheckContext, trace: Trace, step: str) -> Json:
    """Return what is known of an item.

    This combines the creation request, its response and the response to the last update.
    """
    item = {
        **trace[step].call.body,
        **(trace[step].json if isinstance(trace[step].json, dict) else {}),
    }
    update_step = step.replace("item", "touch")
    if update_step in trace and trace[update_step].succeeded:
        updated_item = trace[update_step].json
        date_fields = [
            name
            for name, value in item.items()
            if isinstance(value, str) and value[4:5] == "-" and "T" in value
        ]
        item = {name: value for name, value in item.items() if name not in date_fields} | (
            updated_item if isinstance(updated_item, dict) else {}
        )
    return item


CHECKS = {
    SelectsGlobMatches.kind: Check(plan=plan_glob_filter, evaluate=evaluate_glob_filter),
    ListsUnfiltered.kind: Check(plan=plan_unfiltered_list, evaluate=evaluate_unfiltered_list),
    HandlesPatternWithoutField.kind: Check(
        plan=plan_pattern_without_field, evaluate=evaluate_pattern_without_field
    ),
    SelectsItemsInState.kind: Check(plan=plan_state_filter, evaluate=evaluate_state_filter),
    SelectsQueryMatches.kind: Check(plan=plan_query_filter, evaluate=evaluate_query_filter),
}
