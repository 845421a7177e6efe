"""Valid values for schemas: drawn plainly, and checked by the schema's validator."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hypothesis import strategies as st

from conformance.contract.json import Json
from conformance.contract.merging import TYPES, list_schema_types, merge_two_schemas
from conformance.contract.schema import MessageDirection, Schema, SchemaValidator
from conformance.values.formats import FORMATS, LETTERS, LONGER, SHORTER
from conformance.values.height import HeightMeter
from conformance.values.sampling import draw

MAX_DEPTH = 4  # levels below which optional properties of an object are left out
MAX_TRIES = 40  # draws until one is valid
TYPICAL_LENGTH = 40  # characters beyond the least that a text has
TYPICAL_RANGE = 9999  # numbers beyond the least that a number may be
TYPICAL_ITEMS = 3

# Letters that every encoder, database and font of the last ten years knows; no blanks, no control
# characters, nothing unassigned.
PRINTABLE = st.sampled_from(
    "äöüßéèñçøåłžșΑΩαβγδЖдяюשלוםسلام日本語中文한국어€£¥°±½×÷«»“”…—🙂🚀"
    + "&<>\"'%+#?;:=@!$()[]{}|^`~*,._-\\/"
)
PLAIN_CHARACTERS = st.characters(min_codepoint=33, max_codepoint=126)
_OF_OBJECTS = (
    *("properties", "required", "additionalProperties", "patternProperties", "propertyNames"),
    *("minProperties", "maxProperties", "dependentRequired", "dependentSchemas"),
)
_OF_ARRAYS = ("items", "prefixItems", "contains", "minItems", "maxItems", "uniqueItems")
_OF_TEXTS = ("minLength", "maxLength", "pattern", "format", "contentMediaType")
_OF_NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")


@dataclass(frozen=True)
class ValueMaker:
    """Makes values for one schema.

    With a direction, properties that do not travel that way are left out.
    """

    schema: Schema
    direction: MessageDirection | None = None

    @cached_property
    def validator(self) -> SchemaValidator:
        """The compiled schema."""
        return self.schema.compile(self.direction)

    @cached_property
    def node(self) -> dict[str, Json]:
        """The schema as one node, without references and `allOf`."""
        return self.schema.merged

    @cached_property
    def _strategies(self) -> tuple[st.SearchStrategy[Json], ...]:
        """One strategy for each type that the schema may have, one in all where it names them."""
        if self._meter.is_endless(self.schema.node):
            raise ValueError("no value ends: each has to hold another one of its kind")
        names = self._list_possible_types(self.node)
        if "type" in self.node or len(names) == 1 or self._has_alternatives(self.node):
            return (self._build(self.schema.node, 0),)
        return tuple(self._build_type(name, self.node, 0) for name in names)

    @cached_property
    def _meter(self) -> HeightMeter:
        return HeightMeter(self.schema)

    def _rank_height(self, node: Json) -> tuple[float, bool]:
        """Rank alternatives by height; of two, one that is not null."""
        return self._meter.measure(node), list_schema_types(self._merge(node)) == ("null",)

    def _has_alternatives(self, node: Mapping[str, Json]) -> bool:
        return any(
            keyword in node for keyword in ("const", "enum", "oneOf", "anyOf", "if", "examples")
        )

    def make(self, seed: str) -> Json:
        """Return a valid value, the same for the same seed.

        Raises ValueError if none was found: the schema may allow no value at all.
        """
        for attempt in range(MAX_TRIES):
            strategy = self._strategies[attempt % len(self._strategies)]
            value = draw(strategy, f"{seed}~{attempt}" if attempt else seed)
            for candidate in (value, self._complete(value)):
                if self.validator.is_valid(candidate):
                    return candidate
        raise ValueError("no valid value was found")

    def make_many(self, seed: str, count: int) -> Iterator[Json]:
        """Yield up to `count` different valid values."""
        seen: list[Json] = []
        for number in range(count * 3):
            value = self.make(f"{seed}#{number}")
            if value not in seen:
                seen.append(value)
                yield value
            if len(seen) == count:
                return

    def _complete(self, value: Json) -> Json:
        """Add the properties that the present ones make required (`dependentRequired`, `then`)."""
        if not isinstance(value, dict):
            return value
        for violation in self.validator.find_violations(value):
            missing = re.match(r'"(.*)" is a required property$', violation.message, re.DOTALL)
            if violation.pointer == "" and missing and missing[1] not in value:
                child = self.node.get("properties", {}).get(missing[1], {})
                value = {**value, missing[1]: draw(self._build(child, 1), missing[1])}
        return value

    def _merge(self, node: Json) -> dict[str, Json]:
        return self.schema.with_node(node).merged

    def _build(self, schema: Json, depth: int) -> st.SearchStrategy[Json]:
        node = self._merge(schema)
        if "const" in node:
            return st.just(node["const"])
        if "enum" in node:
            return st.sampled_from(node["enum"]) if node["enum"] else st.nothing()
        for keyword in ("oneOf", "anyOf"):
            alternatives = node.get(keyword)
            if isinstance(alternatives, list) and alternatives:
                rest = {key: value for key, value in node.items() if key != keyword}
                finite = [
                    alternative
                    for alternative in alternatives
                    if not self._meter.is_endless(alternative)
                ] or [*alternatives]
                if depth >= MAX_DEPTH:  # the shallowest, which is null where all else goes deeper
                    finite = [min(finite, key=self._rank_height)]
                usable = [self._merge(alternative) for alternative in finite]
                plain = [node for node in usable if list_schema_types(node) != ("null",)] or usable
                return st.one_of(
                    *(
                        self._build(merge_two_schemas(rest, alternative), depth + 1)
                        for alternative in plain
                    )
                )
        if "if" in node:
            rest = {key: node[key] for key in node if key not in ("if", "then", "else")}
            branches = [
                merge_two_schemas(
                    merge_two_schemas(rest, self._merge(node["if"])),
                    self._merge(node.get("then", {})),
                ),
                merge_two_schemas(rest, self._merge(node.get("else", {}))),
            ]
            return st.one_of(*(self._build(branch, depth + 1) for branch in branches))
        examples = [*node.get("examples", ())] if isinstance(node.get("examples"), list) else []
        examples += [node["example"]] if "example" in node else []
        if examples and depth:
            return st.sampled_from(examples)
        types = self._list_possible_types(node)
        names = [name for name in types if name != "null"] or ["null"]
        goes_deeper = depth >= MAX_DEPTH and names[0] in ("object", "array")
        return self._build_type(
            "null" if goes_deeper and "null" in types else names[0], node, depth
        )

    def _list_possible_types(self, node: Mapping[str, Json]) -> tuple[str, ...]:
        if "type" in node:
            return list_schema_types(node)
        for name, keywords in (
            ("object", _OF_OBJECTS),
            ("array", _OF_ARRAYS),
            ("string", _OF_TEXTS),
            ("integer", _OF_NUMBERS),
        ):
            if any(keyword in node for keyword in keywords):
                return (name,)
        return ("string", *(name for name in TYPES if name != "string"))

    def _build_type(
        self, name: str, node: Mapping[str, Json], depth: int
    ) -> st.SearchStrategy[Json]:
        match name:
            case "string":
                return _build_text(node)
            case "integer" | "number":
                return _build_number(node, is_integer=name == "integer")
            case "boolean":
                return st.booleans()
            case "array":
                return self._build_array(node, depth)
            case "object":
                return self._build_object(node, depth)
            case _:
                return st.none()

    def _build_array(self, node: Mapping[str, Json], depth: int) -> st.SearchStrategy[Json]:
        items: Json = node.get("items", {})
        first: list[Json] = node.get("prefixItems", [])
        least = max(int(node.get("minItems", 0)), 0)
        if "contains" in node:
            items = (
                node["contains"] if items in ({}, True) else {"allOf": [items, node["contains"]]}
            )
            least = max(least, int(node.get("minContains", 1)))
        most = int(node.get("maxItems", max(least, TYPICAL_ITEMS)))
        most = min(most, int(node.get("maxContains", most)) if "contains" in node else most)
        is_endless = self._meter.is_endless(items)
        if items is False or ((depth >= MAX_DEPTH or is_endless) and not least):
            most = min(most, len(first) if items is False else 0)
        prefix = st.tuples(*(self._build(child, depth + 1) for child in first[:most])).map(list)
        if most <= len(first):
            return prefix
        member = self._build(items, depth + 1)
        least = max(least - len(first), 0 if first or depth >= MAX_DEPTH else min(1, most))
        most = max(most - len(first), least)
        most = most if most <= least else min(most, max(least, TYPICAL_ITEMS))
        rest = st.lists(member, min_size=least, max_size=most, unique_by=repr)
        if not node.get("uniqueItems"):
            # members differ, unless there are too few different ones
            alike = st.lists(member, min_size=least, max_size=most)
            few = self._count_listed_values(items) < least
            rest = alike if few else st.one_of(rest, alike)
        return st.tuples(prefix, rest).map(lambda parts: [*parts[0], *parts[1]])

    def _count_listed_values(self, schema: Json) -> float:
        """Return how many values a schema lists; infinity if it lists none."""
        node = self._merge(schema)
        if "const" in node:
            return 1
        if isinstance(node.get("enum"), list):
            return len(node["enum"])
        types = set(list_schema_types(node))
        if types and types <= {"boolean", "null"}:
            return 2 * ("boolean" in types) + ("null" in types)
        return math.inf

    def _build_object(self, node: Mapping[str, Json], depth: int) -> st.SearchStrategy[Json]:
        declared = {
            name: child
            for name, child in node.get("properties", {}).items()
            if child is not False and not self._is_left_out(child)
        }
        required = [
            name
            for name in node.get("required", ())
            if name not in node.get("properties", {}) or name in declared
        ]
        extra = node.get("additionalProperties", node.get("unevaluatedProperties", {}))
        declared = {
            name: child
            for name, child in declared.items()
            if name in required or not self._meter.is_endless(child)
        }
        chosen = (
            declared if depth < MAX_DEPTH else {name: declared.get(name, {}) for name in required}
        )
        chosen = {**chosen, **{name: extra for name in required if name not in chosen}}
        most = node.get("maxProperties")
        if most is not None and len(chosen) > most:
            optional = [name for name in chosen if name not in required]
            chosen_names = {*required, *optional[: max(0, int(most) - len(required))]}
            chosen = {name: child for name, child in chosen.items() if name in chosen_names}
        fixed = st.fixed_dictionaries(
            {name: self._build(child, depth + 1) for name, child in chosen.items()}
        )
        missing = max(0, int(node.get("minProperties", 0)) - len(chosen))
        patterns: dict[str, Json] = node.get("patternProperties", {})
        describes_others = bool(patterns) or (isinstance(extra, dict) and bool(extra))
        if not missing and (
            depth >= MAX_DEPTH or not (describes_others and (patterns or not chosen))
        ):
            return fixed
        limit = TYPICAL_ITEMS if most is None else max(0, int(most) - len(chosen))
        pattern, child = next(iter(patterns.items()), (None, extra))
        names = (
            build_pattern_strategy(pattern, st.sampled_from(LETTERS + "0123456789_-")).map(
                lambda name: name[:40]
            )
            if pattern is not None
            else self._build_property_names(node)
        )
        others = st.dictionaries(
            names,
            self._build(child, depth + 1),
            min_size=min(max(missing, 0 if chosen else 1), max(missing, limit)),
            max_size=max(missing, limit),
        )
        return st.tuples(others, fixed).map(lambda parts: {**parts[0], **parts[1]})

    def _build_property_names(self, node: Mapping[str, Json]) -> st.SearchStrategy[str]:
        rule = node.get("propertyNames")
        if isinstance(rule, dict):
            return self._build({"type": "string", **self._merge(rule)}, MAX_DEPTH)
        return st.text(st.sampled_from(LETTERS), min_size=3, max_size=12)

    def _is_left_out(self, child: Json) -> bool:
        return self.direction is not None and (self._merge(child).get(self.direction.value) is True)


def build_printable_text_strategy(
    min_length: int, max_length: int | None
) -> st.SearchStrategy[str]:
    """Return a strategy for printable text with non-ASCII letters and without blanks.

    Lengths range from `min_length` to `min_length + 40` characters, and never exceed `max_length`.
    """
    most = min_length + TYPICAL_LENGTH
    most = most if max_length is None else min(max_length, most)
    return st.text(
        st.one_of(st.sampled_from(LETTERS), PRINTABLE),
        min_size=max(min_length, 1) if most else 0,
        max_size=max(most, 0),
    )


def _build_text(node: Mapping[str, Json]) -> st.SearchStrategy[str]:
    least, most = int(node.get("minLength", 0)), node.get("maxLength")
    fits = lambda text: least <= len(text) and (most is None or len(text) <= most)  # noqa: E731
    if isinstance(node.get("pattern"), str):
        return (
            build_pattern_strategy(node["pattern"])
            .map(lambda text: _lengthen(text, node))
            .filter(fits)
        )
    name = str(node.get("format", ""))
    if str(node.get("contentMediaType", "")).endswith("json"):
        name = "json"
    if name in FORMATS:
        longer = LONGER.get(name)
        strategy = FORMATS[name]
        if longer is not None and least:
            strategy = strategy.map(
                lambda text: longer(text, least - len(text)) if len(text) < least else text
            )
        if name in SHORTER and most is not None and most < 45:
            strategy = st.one_of(SHORTER[name], strategy)
        return strategy.filter(fits)
    return build_printable_text_strategy(least, most)


def _lengthen(text: str, node: Mapping[str, Json]) -> str:
    """Repeat the last character until `minLength` is met; the validator says whether that fits."""
    missing = int(node.get("minLength", 0)) - len(text)
    return text + text[-1:] * missing if missing > 0 and text else text


_UNICODE_CLASSES = {"L": "a-zA-Z", "Lu": "A-Z", "Ll": "a-z", "N": "0-9", "Nd": "0-9", "P": "!-/"}


def translate_pattern(pattern: str) -> str:
    """Return a regular expression of ECMA-262 in the syntax of Python's `re`, where they differ.

    Unicode classes are narrowed to their ASCII members.
    """
    pattern = re.sub(r"\(\?<(?![=!])", "(?P<", pattern)
    pattern = re.sub(r"\\k<(\w+)>", r"(?P=\1)", pattern)

    def narrow(match: re.Match[str]) -> str:
        members = _UNICODE_CLASSES.get(match[1], "a-z")
        before = pattern[: match.start()]
        inside = before.count("[") - before.count(r"\[") > before.count("]") - before.count(r"\]")
        return members if inside else f"[{members}]"

    return re.sub(r"\\p\{(\w+)\}", narrow, pattern)


def build_pattern_strategy(
    pattern: str, alphabet: st.SearchStrategy[str] | None = None
) -> st.SearchStrategy[str]:
    """Return a strategy for short printable texts that match a pattern, the whole text if possible.

    It yields nothing for a pattern that Python cannot compile.
    """
    try:
        compiled = re.compile(translate_pattern(pattern), re.ASCII)
    except (re.error, OverflowError, RecursionError):
        return st.nothing()
    return st.from_regex(
        compiled, fullmatch=True, alphabet=PLAIN_CHARACTERS if alphabet is None else alphabet
    )


def _build_number(node: Mapping[str, Json], is_integer: bool) -> st.SearchStrategy[Json]:
    low = _highest(node.get("minimum"), node.get("exclusiveMinimum"))
    high = _lowest(node.get("maximum"), node.get("exclusiveMaximum"))
    step: Any = node.get("multipleOf")
    if is_integer or (step is None and (low is None or high is None or high - low >= 2)):
        scale: Any = step if step and float(step).is_integer() else 1
        least = 1 if low is None and (high is None or high >= 1) else low
        least = high - TYPICAL_RANGE if least is None else least
        first = _divide_up(least, scale)
        if node.get("exclusiveMinimum") is not None and first * scale <= node["exclusiveMinimum"]:
            first += 1
        last = first + TYPICAL_RANGE if high is None else -_divide_up(-high, scale)
        if node.get("exclusiveMaximum") is not None and last * scale >= node["exclusiveMaximum"]:
            last -= 1
        last = min(last, first + TYPICAL_RANGE)
        return (
            st.integers(first, last).map(lambda number: number * int(scale))
            if last >= first
            else (st.nothing())
        )
    if step is not None:
        least = 1 if low is None and (high is None or high >= 1) else low
        first = math.ceil((high - 100 * step if least is None else least) / step)
        last = first + 100 if high is None else math.floor(high / step)
        if last < first:
            return st.nothing()
        return st.integers(first, min(last, first + 100)).map(lambda n: _round(n * step))
    assert low is not None
    assert high is not None
    return st.integers(1, 7).map(lambda eighths: _round(low + (high - low) * eighths / 8))


def _divide_up(number: Any, divisor: Any) -> int:
    """Return the quotient, rounded up, exactly for integers of any size."""
    if isinstance(number, int) and float(divisor).is_integer():
        quotient: int = -(-number // int(divisor))
        return quotient
    ceiling: int = math.ceil(number / divisor)
    return ceiling


def _round(number: float) -> Json:
    rounded = round(number, 10)
    return int(rounded) if float(rounded).is_integer() else rounded


def _highest(*bounds: Any) -> Any:
    return max((bound for bound in bounds if bound is not None), default=None)


def _lowest(*bounds: Any) -> Any:
    return min((bound for bound in bounds if bound is not None), default=None)
