"""Faults in filters: lists that contain items that do not match, or lack items that do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from urllib.parse import unquote

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.equality import json_equal
from conformance.contract.filtering import (
    GlobFilterProperty,
    HandlesPatternWithoutField,
    ListsUnfiltered,
    PatternWithoutFieldHandling,
    SelectsGlobMatches,
    SelectsItemsInState,
)
from conformance.contract.json import Json
from conformance.mock.accessors import build_pointer_getter, list_comparable_values
from conformance.mock.argument import BLANK, parse_parameter_or_keep_text
from conformance.mock.bound_call import BoundCall
from conformance.mock.fault import Fault
from conformance.mock.faults import query_dialect
from conformance.mock.faults.mutations import SHORT_TEXT_LENGTH
from conformance.mock.faults.patches import (
    build_fault,
    patch_list_filters,
    patch_to_append_list_filter,
    patch_to_refuse_matching_calls,
)
from conformance.mock.filtering import GlobFilter, StateFilter
from conformance.mock.part import ItemFilter
from conformance.mock.state import Item

Items = Sequence[Item]
GetTexts = Callable[[Item], list[str]]
# Takes all items, the correct items, a getter of the texts of an item, and the pattern.
FilterMistake = Callable[[Items, Items, GetTexts, str], Items]


def generate_glob_filter_faults(
    contract: Contract, claim: Claim, promise: SelectsGlobMatches
) -> Iterator[Fault]:
    """Yield faults in the selection by glob patterns of one form.

    Patterns of other forms, and patterns without a match, still work.
    """
    for variant, text, mistake in _GLOB_MISTAKES[promise.pattern_form]:
        yield build_fault(
            claim,
            variant,
            text,
            patch_list_filters(
                claim.operation, GlobFilter, _build_mistaken_glob_filter_wrapper(promise, mistake)
            ),
        )


def _build_mistaken_glob_filter_wrapper(
    promise: SelectsGlobMatches, mistake: FilterMistake
) -> Callable[[ItemFilter], ItemFilter]:
    get_value = build_pointer_getter(promise.behavior.pointers_by_field[promise.field])

    def get_texts(item: Item) -> list[str]:
        return [
            text for text in list_comparable_values(get_value(item.value)) if isinstance(text, str)
        ]

    def wrap_glob_filter(apply_filter: ItemFilter) -> ItemFilter:
        def select_items_mistakenly(items: Items, call: BoundCall) -> Items:
            correct_items = apply_filter(items, call)
            pattern = call.arguments.get(promise.behavior.pattern_parameter)
            if call.arguments.get(
                promise.behavior.field_parameter
            ) != promise.field or not isinstance(pattern, str):
                return correct_items
            return (
                mistake(items, correct_items, get_texts, pattern)
                if _has_form(promise.pattern_form, pattern, correct_items)
                else correct_items
            )

        return select_items_mistakenly

    return wrap_glob_filter


def _has_form(form: GlobFilterProperty, pattern: str, correct_items: Items) -> bool:
    return form is (
        classify_glob_pattern(pattern) if correct_items else GlobFilterProperty.NO_MATCH
    )


def classify_glob_pattern(pattern: str) -> GlobFilterProperty:
    """Return the form of a pattern, according to the positions of its stars.

    EXACT has no star, PREFIX a single one at the end, SUFFIX a single one at the beginning. All
    other patterns are INFIX.
    """
    if "*" not in pattern:
        return GlobFilterProperty.EXACT
    if "*" not in pattern[:-1]:
        return GlobFilterProperty.PREFIX
    return GlobFilterProperty.SUFFIX if "*" not in pattern[1:] else GlobFilterProperty.INFIX


def _select_everything(
    items: Items, correct_items: Items, get_texts: GetTexts, pattern: str
) -> Items:
    return items


def _select_nothing(items: Items, correct_items: Items, get_texts: GetTexts, pattern: str) -> Items:
    return ()


def _select_first(items: Items, correct_items: Items, get_texts: GetTexts, pattern: str) -> Items:
    return items[:1]


def _drop_last_match(
    items: Items, correct_items: Items, get_texts: GetTexts, pattern: str
) -> Items:
    return correct_items[:-1]


def _match_anywhere(items: Items, correct_items: Items, get_texts: GetTexts, pattern: str) -> Items:
    return [item for item in items if any(pattern.strip("*") in text for text in get_texts(item))]


def _match_nonempty_star(
    items: Items, correct_items: Items, get_texts: GetTexts, pattern: str
) -> Items:
    return [item for item in correct_items if pattern.strip("*") not in get_texts(item)]


def _match_text_before_first_star_only(
    items: Items, correct_items: Items, get_texts: GetTexts, pattern: str
) -> Items:
    return [
        item
        for item in items
        if any(text.startswith(pattern.partition("*")[0]) for text in get_texts(item))
    ]


def _match_text_after_last_star_only(
    items: Items, correct_items: Items, get_texts: GetTexts, pattern: str
) -> Items:
    return [
        item
        for item in items
        if any(text.endswith(pattern.rpartition("*")[2]) for text in get_texts(item))
    ]


def _match_dot_as_wildcard(
    items: Items, correct_items: Items, get_texts: GetTexts, pattern: str
) -> Items:
    matches = re.compile(re.escape(pattern).replace(r"\.", "."), re.DOTALL).fullmatch
    return [item for item in items if any(matches(text) for text in get_texts(item))]


def _build_decoded_match(decode: Callable[[str], str]) -> FilterMistake:
    return lambda items, correct_items, get_texts, pattern: [
        item for item in items if decode(pattern) in get_texts(item)
    ]


def _match_clipped_pattern_and_texts(
    items: Items, correct_items: Items, get_texts: GetTexts, pattern: str
) -> Items:
    return (
        [
            item
            for item in items
            if any(
                text[:SHORT_TEXT_LENGTH] == pattern[:SHORT_TEXT_LENGTH] for text in get_texts(item)
            )
        ]
        if len(pattern) > SHORT_TEXT_LENGTH
        else correct_items
    )


def _match_word_characters(
    items: Items, correct_items: Items, get_texts: GetTexts, pattern: str
) -> Items:
    matches = re.compile(re.escape(pattern).replace(r"\*", r"\w*")).fullmatch
    return [item for item in correct_items if any(matches(text) for text in get_texts(item))]


def _match_treating_later_stars_literally(
    items: Items, correct_items: Items, get_texts: GetTexts, pattern: str
) -> Items:
    prefix, _, suffix = pattern.partition("*")
    return [
        item
        for item in correct_items
        if any(
            len(text) >= len(prefix + suffix) and text.startswith(prefix) and text.endswith(suffix)
            for text in get_texts(item)
        )
    ]


_PATTERN_IGNORED = ("ignored", "the pattern is ignored", _select_everything)
_STAR_IS_LITERAL = ("literal", "the star is taken for a character", _select_nothing)
_PATTERN_ANYWHERE = ("anywhere", "the pattern may stand anywhere in the text", _match_anywhere)
_STAR_IS_NONEMPTY = ("not-empty", "the star wants at least one character", _match_nonempty_star)
_GLOB_MISTAKES: dict[GlobFilterProperty, tuple[tuple[str, str, FilterMistake], ...]] = {
    GlobFilterProperty.EXACT: (
        _PATTERN_IGNORED,
        _PATTERN_ANYWHERE,
        ("never", "a pattern without a star selects nothing", _select_nothing),
        (
            "dot",
            "a dot stands for any character, as in regular expressions",
            _match_dot_as_wildcard,
        ),
        ("percent", "the pattern is percent-decoded twice", _build_decoded_match(unquote)),
        (
            "plus",
            "a plus sign in the pattern is taken for a space",
            _build_decoded_match(lambda pattern: pattern.replace("+", " ")),
        ),
        (
            "clipped",
            f"only the first {SHORT_TEXT_LENGTH} characters of the pattern are looked at",
            _match_clipped_pattern_and_texts,
        ),
    ),
    GlobFilterProperty.PREFIX: (
        _PATTERN_IGNORED,
        _STAR_IS_LITERAL,
        _PATTERN_ANYWHERE,
        _STAR_IS_NONEMPTY,
        ("all-but-last", "the last match is left out", _drop_last_match),
    ),
    GlobFilterProperty.SUFFIX: (
        _PATTERN_IGNORED,
        _STAR_IS_LITERAL,
        _PATTERN_ANYWHERE,
        _STAR_IS_NONEMPTY,
    ),
    GlobFilterProperty.INFIX: (
        _PATTERN_IGNORED,
        _STAR_IS_LITERAL,
        ("word", "the star stands for letters and digits only", _match_word_characters),
        (
            "one-star",
            "only the first star is one, the others are characters",
            _match_treating_later_stars_literally,
        ),
        ("begins", "what follows the star is ignored", _match_text_before_first_star_only),
        ("ends", "what precedes the star is ignored", _match_text_after_last_star_only),
    ),
    GlobFilterProperty.NO_MATCH: (
        ("everything", "a pattern without a match counts as none", _select_everything),
        ("first", "the first item is there all the same", _select_first),
    ),
}


def generate_blank_filter_faults(
    contract: Contract, claim: Claim, promise: ListsUnfiltered
) -> Iterator[Fault]:
    """Yield faults in which a blank or absent filter parameter changes the list.

    The documents do not define a pattern without a field. Therefore a blank or absent field is only
    affected if the pattern is blank or absent too.
    """
    glob_filter, name = promise.behavior, promise.parameter
    other_parameter = (
        glob_filter.pattern_parameter
        if name == glob_filter.field_parameter
        else glob_filter.field_parameter
    )

    def leaves_list_unfiltered(call: BoundCall) -> bool:
        if name == glob_filter.field_parameter and glob_filter.pattern_parameter in call.arguments:
            return False
        if name == glob_filter.field_parameter and not promise.blank:
            return name not in call.sent and glob_filter.pattern_parameter not in call.sent
        if promise.blank:
            return call.sent.get(name) == BLANK and call.sent.get(other_parameter) != BLANK
        return name not in call.sent and other_parameter in call.arguments

    yield build_fault(
        claim,
        "nothing",
        f"then nothing is listed, as if {name} matched no item",
        patch_to_append_list_filter(
            claim.operation, lambda items, call: () if leaves_list_unfiltered(call) else items
        ),
    )
    yield build_fault(
        claim,
        "refused",
        "such a request is taken for malformed",
        patch_to_refuse_matching_calls(
            claim.operation, leaves_list_unfiltered, f"{name} and {other_parameter} go together"
        ),
    )


def generate_pattern_without_field_faults(
    contract: Contract, claim: Claim, promise: HandlesPatternWithoutField
) -> Iterator[Fault]:
    """Yield faults that handle a pattern without a field unlike the interpretation does."""
    for meaning in PatternWithoutFieldHandling:
        if meaning is not promise.behavior.pattern_without_field:
            text = f"it is {meaning}"
            yield build_fault(
                claim,
                meaning,
                text,
                patch_list_filters(
                    claim.operation, GlobFilter, partial(_set_pattern_without_field, meaning)
                ),
            )


def _set_pattern_without_field(
    meaning: PatternWithoutFieldHandling, glob_filter: GlobFilter
) -> GlobFilter:
    return replace(glob_filter, pattern_without_field=meaning)


def generate_state_filter_faults(
    contract: Contract, claim: Claim, promise: SelectsItemsInState
) -> Iterator[Fault]:
    """Yield faults in the selection by one value of a state parameter.

    Other values of the parameter still work.
    """
    states = promise.behavior
    parameter = contract.operations[claim.operation].parameter(states.parameter)
    requested_value = (
        None
        if promise.parameter_value is None or parameter is None
        else parse_parameter_or_keep_text(parameter, promise.parameter_value)
    )
    get_value = build_pointer_getter(states.item_pointer)

    def select_other_states(items: Items) -> Items:
        return [item for item in items if not json_equal(get_value(item.value), promise.item_value)]

    def build_state_filter_wrapper(
        choose: Callable[[Items, Items], Items],
    ) -> Callable[[ItemFilter], ItemFilter]:
        return lambda apply_filter: (
            lambda items, call: (
                choose(items, apply_filter(items, call))
                if _requests_state_value(call, states.parameter, requested_value)
                else apply_filter(items, call)
            )
        )

    yield build_fault(
        claim,
        "both",
        "items of every state are listed",
        patch_list_filters(
            claim.operation,
            StateFilter,
            build_state_filter_wrapper(lambda items, correct_items: items),
        ),
    )
    yield build_fault(
        claim,
        "other",
        "the items of the other state are listed",
        patch_list_filters(
            claim.operation,
            StateFilter,
            build_state_filter_wrapper(lambda items, correct_items: select_other_states(items)),
        ),
    )
    text = "the youngest item of the other state is listed too"
    yield build_fault(
        claim,
        "leak",
        text,
        patch_list_filters(
            claim.operation,
            StateFilter,
            build_state_filter_wrapper(
                lambda items, correct_items: [*correct_items, *select_other_states(items)[-1:]]
            ),
        ),
    )


def _requests_state_value(call: BoundCall, parameter: str, requested_value: Json) -> bool:
    argument = call.arguments.get(parameter)
    return (
        argument is requested_value
        if requested_value is None
        else json_equal(argument, requested_value)
    )


FAULTS = {
    **query_dialect.FAULTS,
    "filtering.glob": generate_glob_filter_faults,
    "filtering.unfiltered": generate_blank_filter_faults,
    "filtering.state": generate_state_filter_faults,
    "filtering.pattern-without-field": generate_pattern_without_field_faults,
}
