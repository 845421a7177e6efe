"""Setups with the items that list checks read.

Each setup is executed once for all checks that use it. The items are few, and chosen so that every
sort order and every pattern can tell them apart.
"""

from __future__ import annotations

from collections.abc import Callable

from conformance.checks.body_templates import BodyBuilder
from conformance.checks.call import ApiCall, EarlierResponseValue
from conformance.checks.cause import Cause
from conformance.checks.check import CheckContext, cache_setup_builder
from conformance.checks.exchange import InconclusiveError
from conformance.checks.scenario import Setup, Step
from conformance.contract.filtering import FiltersByQuery, QueryableFieldType
from conformance.contract.json import Json

# In the order of creation, which is not the order of names. One name starts with another name, and
# one ends with it.
ITEM_NAMES = (
    "{m}-delta",
    "{m}-alpha",
    "{m}-golf",
    "{m}-alphabet",
    "{m}-x-{m}-alpha",
    "{m}-charlie one",
    "{m}-bravo-delta",
    "{m}-echo-foxtrot-lima.x",
    "{m}-echo-foxtrot-limayx",
    "{m}-hotel+50%41(a)&b/c",
)
# Short variants for fields whose limits leave little room after the mark.
SHORT_ITEM_NAMES = (
    "{m}-delta",
    "{m}-alpha",
    "{m}-golf",
    "{m}-alphab",
    "{m}-xalpha",
    "{m}-ch one",
    "{m}-bdelta",
    "{m}-echo.x",
    "{m}-echoyx",
    "{m}-h+5%&/",
)
# Updated later in this order, so that the order of updates differs from both other orders.
UPDATED_ITEMS = (5, 1, 3)
OTHER_PREFIX_ITEMS = (2, 5, 8)  # of the many items: their names have another prefix and sort first


def get_names_of_named_items(builder: BodyBuilder) -> tuple[str, ...]:
    """Return the names of the named items, adapted to the field that carries the mark."""
    if all(builder.accepts_mark_text(name) for name in ITEM_NAMES):
        return ITEM_NAMES
    return tuple(builder.fit_mark_text(name) for name in SHORT_ITEM_NAMES)


def get_name_prefixes_of_many_items(builder: BodyBuilder) -> tuple[str, str]:
    """Return the two name prefixes of the many items: the rare one and the common one."""
    if builder.accepts_mark_text("{m}-crowd-passing"):
        return "{m}-aside", "{m}-crowd"
    separator = builder.mark_field.separator if builder.mark_field else "-"
    return f"{{m}}{separator}a", f"{{m}}{separator}c"


@cache_setup_builder
def build_named_items_setup(context: CheckContext) -> Setup:
    """Return a setup of a few named items, some of them updated after their creation."""
    resource = context.resource
    builder = context.get_body_builder(seed="catalog")
    steps = []
    for number, name in enumerate(get_names_of_named_items(builder)):
        body = builder.build_minimal_body(name)
        for field, value in _make_identifying_fields(context, number).items():
            body = {**body, field: value} if field in builder.properties else body
        steps.append(context.build_creation_step(f"item {number}", body))
    if (build_update := _create_update_call_builder(context)) is not None:
        steps += [
            Step(name=f"touch {number}", call=build_update(number)) for number in UPDATED_ITEMS
        ]
    return Setup(name=f"catalog of {resource.name}", steps=tuple(steps))


def build_many_items_setup(context: CheckContext) -> Setup:
    """Return a setup of enough items to fill several pages."""
    return _build_counted_items_setup(context, str(context.long_list_size))


@cache_setup_builder
def _build_counted_items_setup(context: CheckContext, count_text: str) -> Setup:
    count, builder = int(count_text), context.get_body_builder(seed="crowd")
    other_prefix, main_prefix = get_name_prefixes_of_many_items(builder)
    separator = "-" if main_prefix.endswith("crowd") else ""
    item_names = [
        (other_prefix if number in OTHER_PREFIX_ITEMS else main_prefix)
        + f"{separator}{number * 37 % count:03}"
        for number in range(count)
    ]
    steps = [
        context.build_creation_step(f"item {number}", builder.build_minimal_body(name))
        for number, name in enumerate(item_names)
    ]
    return Setup(
        name=f"crowd of {count} {context.resource.name}", steps=tuple(steps), unordered=True
    )


@cache_setup_builder
def build_linked_items_setup(context: CheckContext, key: str) -> Setup:
    """Return a setup of items that refer to other items by field `key`.

    Two items refer to others and one refers to none. The others are created too, if they are of the
    same resource. If the field is a list, both items refer to the same two. In a quick run they
    refer to all kinds of other items at once.

    Raises InconclusiveError if the contract does not say what `key` refers to.
    """
    builder = context.get_body_builder(seed="family")
    reference = next(
        (
            candidate
            for candidate in context.contract.body_references
            if candidate.body_pointer == f"/{key}"
        ),
        None,
    )
    if reference is None or key not in builder.properties:
        raise InconclusiveError(f"the contract does not say what {key} refers to", Cause.NO_WAY)
    steps: list[Step] = []
    extra_fields: dict[str, Json] = {}
    name = f"family of {context.resource.name} by {key}"
    if reference.resource == context.resource.name:
        steps = [
            context.build_creation_step(name, builder.build_minimal_body(f"{{m}}-{name}"))
            for name in ("parent", "other parent")
        ]
        values: list[Json] = [
            EarlierResponseValue(step.name, context.resource.identity_pointer) for step in steps
        ]
    else:
        values = [next(iter(builder.generate_storable_values(key, 1)))] * 2
        if not context.example_count:
            other_fields = [
                candidate.body_pointer[1:]
                for candidate in context.contract.body_references
                if candidate.resource != context.resource.name
                and candidate.body_pointer[1:] in builder.properties
            ]
            extra_fields = {
                other_field: next(iter(builder.generate_storable_values(other_field, 1)))
                for other_field in other_fields
            }
            name = f"family of {context.resource.name}"
    for step, value in zip(("referring", "referring too"), values, strict=True):
        steps.append(
            context.build_creation_step(
                step, {**builder.build_minimal_body(f"{{m}}-{step}"), **extra_fields, key: value}
            )
        )
    steps.append(context.build_creation_step("plain", builder.build_minimal_body("{m}-plain")))
    return Setup(name=name, steps=tuple(steps))


def list_steps_of_switched_on_items(context: CheckContext) -> tuple[str, ...]:
    """Return the steps of `items_in_both_states` whose items are switched on."""
    return (
        ("item 0", "item 2", "item 4", "item 6") if context.example_count else ("item 0", "item 2")
    )


def build_items_in_both_states_setup(context: CheckContext) -> Setup:
    """Return a setup of items of which every other one is switched on.

    There are eight items, or four in a quick run.
    """
    return _build_counted_both_states_setup(
        context, str(2 * len(list_steps_of_switched_on_items(context)))
    )


@cache_setup_builder
def _build_counted_both_states_setup(context: CheckContext, count_text: str) -> Setup:
    resource, count = context.resource, int(count_text)
    steps = [
        context.build_creation_step(
            f"item {number}",
            context.get_body_builder(seed="states").build_minimal_body(f"{{m}}-state-{number}"),
        )
        for number in range(count)
    ]
    for switch in resource.switches:
        if resource.id_parameter:
            steps += [
                Step(
                    name=f"switch {index}",
                    call=ApiCall(
                        operation=switch.on,
                        arguments={
                            resource.id_parameter: EarlierResponseValue(
                                f"item {index}", resource.identity_pointer
                            )
                        },
                    ),
                )
                for index in range(0, count, 2)
            ]
    return Setup(name=f"states of {resource.name}", steps=tuple(steps))


def make_item_tags(number: int) -> dict[str, str]:
    """Return the tags of named item `number`."""
    return (
        {"floor": str(number % 4), "wing": "north" if number % 2 else "south"}
        if number != 6
        else {"color": "3"}
    )


def _make_identifying_fields(context: CheckContext, number: int) -> dict[str, Json]:
    """Return fields other than the name that distinguish item `number`.

    They are tags, and values of fields that the list can be sorted or filtered by.
    """
    list_operation, builder = context.resource.list or "", context.get_body_builder(seed="catalog")
    extra_fields: dict[str, Json] = {}
    for behavior in context.contract.behaviors.get(list_operation, ()):
        if isinstance(behavior, FiltersByQuery):
            tags = make_item_tags(number)
            extra_fields |= {
                key.pointer[1:]: tags
                for key in behavior.keys.values()
                if key.type is QueryableFieldType.TAGS
                and key.pointer[1:] in builder.properties
                and builder.makers[key.pointer[1:]].validator.is_valid(tags)
            }
    references = {reference.body_pointer[1:] for reference in context.contract.body_references}
    for pointer in context.contract.list_distinct_item_pointers(list_operation):
        name = pointer[1:]
        if name in builder.properties and name != builder.mark_property and name not in references:
            extra_fields[name] = _make_distinct_value(builder, name, number)
    return extra_fields


def _make_distinct_value(builder: BodyBuilder, name: str, number: int) -> Json:
    """Return a value of a field that differs from item to item, as far as its schema allows."""
    try:
        values = list(builder.makers[name].make_many(f"{builder.seed}/{name}", len(ITEM_NAMES)))
    except ValueError as error:
        raise InconclusiveError(f"no value was found that {name} allows", Cause.NO_WAY) from error
    return values[number % len(values)]


def _make_touched_value(builder: BodyBuilder, name: str, number: int) -> Json:
    """Return a value of a text field that differs from item to item if its schema allows."""
    text = f"touched {number}"
    is_valid = builder.makers[name].validator.is_valid(text)
    return text if is_valid else builder.make_value(name, f"#{number}")


def _create_update_call_builder(context: CheckContext) -> Callable[[int], ApiCall] | None:
    """Return a function that builds a call to update an item without changing its name."""
    resource = context.resource
    operation_id = resource.change or resource.replace
    if operation_id is None or resource.id_parameter is None:
        return None
    key, builder = resource.id_parameter, context.get_body_builder(operation_id, seed="touch")
    free_fields = [
        name
        for name, property_schema in builder.properties.items()
        if property_schema.types == ("string",) and name != builder.mark_property
    ]

    def build_update(number: int) -> ApiCall:
        body = (
            {free_fields[0]: _make_touched_value(builder, free_fields[0], number)}
            if free_fields and not builder.required
            else builder.build_minimal_body(get_names_of_named_items(builder)[number])
        )
        return ApiCall(
            operation=operation_id,
            arguments={key: EarlierResponseValue(f"item {number}", resource.identity_pointer)},
            body=body,
        )

    return build_update
