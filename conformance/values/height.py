"""How deep the shallowest value of a schema is: endless for some that refer to themselves."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from conformance.contract.json import Json
from conformance.contract.merging import list_schema_types
from conformance.contract.schema import Schema


@dataclass(frozen=True, slots=True)
class HeightMeter:
    """Measures schemas of one document, and remembers those that are references."""

    schema: Schema
    _heights: dict[str, float] = field(init=False, default_factory=dict)

    def is_endless(self, node: Json) -> bool:
        """Tell whether each value of a schema has to hold another one of its kind."""
        return self.measure(node) == math.inf

    def measure(self, node: Json) -> float:
        """Return how many containers the shallowest value of a schema has inside each other."""
        reference = node.get("$ref") if isinstance(node, dict) and len(node) == 1 else None
        if not isinstance(reference, str):
            return self._measure(node, frozenset())
        if reference not in self._heights:
            self._heights[reference] = self._measure(node, frozenset())
        return self._heights[reference]

    def _measure(self, node: Json, visited: frozenset[str]) -> float:
        if not isinstance(node, dict):
            return 0
        references = _list_references(node)
        if references & visited:
            return math.inf
        merged = self.schema.with_node(node).merged
        if "const" in merged or "enum" in merged:
            return 0
        visited |= references
        heights = [
            min(self._measure(alternative, visited) for alternative in merged[keyword])
            for keyword in ("oneOf", "anyOf")
            if isinstance(merged.get(keyword), list) and merged[keyword]
        ]
        return max([*heights, self._measure_own_members(merged, visited)])

    def _measure_own_members(self, node: dict[str, Json], visited: frozenset[str]) -> float:
        types = list_schema_types(node)
        if set(types) - {"object", "array"}:  # a scalar will do
            return 0
        heights = []
        if "object" in types or not types:
            properties, others = node.get("properties", {}), node.get("additionalProperties", {})
            members = [
                self._measure(properties.get(name, others), visited)
                for name in node.get("required", ())
            ]
            heights.append(1 + max(members, default=0))
        if "array" in types:
            items = self._measure(node.get("items"), visited) if node.get("minItems") else 0
            heights.append(1 + items)
        return min(heights)


def _list_references(node: dict[str, Json]) -> frozenset[str]:
    """Return the references that a schema, or a part of its `allOf`, consists of."""
    parts = node.get("allOf")
    nodes = [node, *(parts if isinstance(parts, list) else ())]
    return frozenset(
        child["$ref"]
        for child in nodes
        if isinstance(child, dict) and isinstance(child.get("$ref"), str)
    )
