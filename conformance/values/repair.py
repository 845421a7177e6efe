"""Repair of values that violate their schema: as little of a value is changed as possible."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.contract.json import Json
from conformance.contract.pointer import MISSING, iterate_values
from conformance.contract.schema import Schema
from conformance.values.plain import sketch_value

MAX_DEPTH = 8
EXAMPLE_KEYWORDS = ("const", "default", "example", "enum", "examples")
# limits of the search for one response, because schemas can require each other without end
MAX_ATTEMPTS = 2000
ATTEMPTS_PER_VALUE = 10


class SchemaValueRepairer:
    """A repairer of values; how long it searches for each of them is limited."""

    def __init__(self) -> None:
        self._attempts_left = 0

    def repair_value(self, schema: Schema, value: Json) -> Json:
        """Return `value` if it is valid, else a similar value that is.

        Returns `value` unchanged if no valid value is found: the search is limited, and some
        schemas are unsatisfiable.
        """
        self._attempts_left = MAX_ATTEMPTS + ATTEMPTS_PER_VALUE * sum(
            1 for _ in iterate_values(value)
        )
        repaired = self._repair_value_at_depth(schema, value, 0)
        return value if repaired is MISSING or self._attempts_left < 0 else repaired

    def _repair_value_at_depth(self, schema: Schema, value: Json, depth: int) -> Json:
        self._attempts_left -= 1
        if value is not MISSING and schema.is_valid(value):
            return value
        if depth > MAX_DEPTH or self._attempts_left < 0:
            return MISSING
        return next(
            (
                candidate
                for candidate in self._generate_repair_candidates(schema, value, depth + 1)
                if candidate is not MISSING and schema.is_valid(candidate)
            ),
            MISSING,
        )

    def _generate_repair_candidates(
        self, schema: Schema, value: Json, depth: int
    ) -> Iterator[Json]:
        """Yield values that may be valid.

        These are the value with repaired members, the documented examples, then the minimal and the
        full value of the schema.
        """
        node, alternatives = schema.merged, _list_alternatives(schema)
        yield self._repair_container_members(schema, value, depth)
        yield from (node[keyword] for keyword in ("const", "default", "example") if keyword in node)
        yield from (
            example for keyword in ("enum", "examples") for example in node.get(keyword, ())
        )
        yield from (
            self._repair_value_at_depth(alternative, value, depth) for alternative in alternatives
        )
        without_examples = {
            keyword: keyword_value
            for keyword, keyword_value in node.items()
            if keyword not in EXAMPLE_KEYWORDS
        }
        yield sketch_value(schema.with_node(without_examples))
        for include_optional in (False, True):
            for alternative in (schema, *alternatives):
                yield self._repair_container_members(
                    alternative,
                    (
                        {}
                        if "object" in schema.types or "properties" in alternative.merged
                        else []
                        if "array" in alternative.types
                        else MISSING
                    ),
                    depth,
                    include_optional,
                )

    def _repair_container_members(
        self, schema: Schema, value: Json, depth: int, include_optional: bool = False
    ) -> Json:
        """Return an object or list with repaired members, or MISSING for any other value.

        If `include_optional` is true, missing optional properties are added.
        """
        if isinstance(value, list):
            padded_items = [*value, *[MISSING] * (schema.get("minItems", 0) - len(value))]
            items = schema.items or schema.with_node({})
            repaired_members = [
                self._repair_value_at_depth(items, member, depth) for member in padded_items
            ]
            return [member for member in repaired_members if member is not MISSING][
                : schema.get("maxItems")
            ]
        if not isinstance(value, dict):
            return MISSING
        properties, additional = schema.properties, schema.other_properties
        repaired_properties: dict[str, Json] = {
            name: self._repair_value_at_depth(properties.get(name, additional), member, depth)
            for name, member in value.items()
        }
        missing = [
            name
            for name in (*schema.required, *(properties if include_optional else ()))
            if repaired_properties.get(name, MISSING) is MISSING
        ]
        repaired_properties.update(
            (name, self._repair_value_at_depth(properties.get(name, additional), MISSING, depth))
            for name in missing
        )
        return {
            name: member for name, member in repaired_properties.items() if member is not MISSING
        }


def _list_alternatives(schema: Schema) -> tuple[Schema, ...]:
    """Return the members of `oneOf` and `anyOf`, each with the keywords beside them."""

    def combine_each() -> tuple[Schema, ...]:
        common_keywords = {
            keyword: value
            for keyword, value in schema.merged.items()
            if keyword not in ("anyOf", "oneOf", "allOf")
        }
        return tuple(
            schema.with_node({"allOf": [common_keywords, alternative.node]})
            for alternative in schema.alternatives
        )

    return schema.derived.get("alternatives with siblings", combine_each)
