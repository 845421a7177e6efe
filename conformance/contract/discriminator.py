"""Discriminators as constraints of JSON Schema (OpenAPI 3.1, 4.8.25).

JSON Schema passes over `discriminator`. Here its meaning is written out: a value names one of the
schemas, by a key of `mapping` or by the schema's own name, and fits that schema.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from conformance.contract.json import Json
from conformance.contract.merging import merge_schema

_SCHEMAS = "#/components/schemas/"
_VERBATIM_KEYS = ("example", "examples", "default", "enum", "const", "x-files")
# of larger families only the names are checked: each use would pull all members into its validator
MAX_DESCENDANTS = 60


def write_out_discriminators(document: Json) -> Json:
    """Return a document whose schemas say in JSON Schema what its discriminators say.

    A document without discriminators is returned as it is.
    """
    owners = list(_find_owners(document))
    if not owners:
        return document
    return _Writer(document, owners).write()


def _find_owners(node: Json) -> Iterator[dict[str, Json]]:
    """Yield every schema that has a discriminator."""
    if isinstance(node, list):
        for child in node:
            yield from _find_owners(child)
    elif isinstance(node, dict):
        discriminator = node.get("discriminator")
        if isinstance(discriminator, dict) and isinstance(discriminator.get("propertyName"), str):
            yield node
        for key, child in node.items():
            if key not in _VERBATIM_KEYS:
                yield from _find_owners(child)


@dataclass(slots=True)
class _Writer:
    """Writes the discriminators of one document; `owners` are the schemas that have one."""

    document: Json
    owners: list[dict[str, Json]]
    _children: dict[str, list[str]] = field(init=False, default_factory=dict)
    _keys: dict[tuple[str, str], list[str]] = field(init=False, default_factory=dict)
    _unions: dict[str, str] = field(init=False, default_factory=dict)

    def write(self) -> Json:
        schemas = self.document.get("components", {}).get("schemas", {})
        for name, node in schemas.items():
            for part in node.get("allOf", ()) if isinstance(node, dict) else ():
                if isinstance(part, dict) and isinstance(part.get("$ref"), str):
                    self._children.setdefault(part["$ref"], []).append(f"{_SCHEMAS}{name}")
        for owner in self.owners:
            property_name = owner["discriminator"]["propertyName"]
            for key, target in (owner["discriminator"].get("mapping") or {}).items():
                reference = str(target) if "/" in str(target) else f"{_SCHEMAS}{target}"
                self._keys.setdefault((property_name, reference), []).append(str(key))
        parents = {
            f"{_SCHEMAS}{name}": node
            for name, node in schemas.items()
            if self._is_parent(name, node)
        }
        unions = {}
        for reference, node in parents.items():
            descendants = self._list_descendants(reference)
            if len(descendants) < MAX_DESCENDANTS:
                name = f"{_get_name(reference)}.any"
                while name in schemas:
                    name += "_"
                self._unions[reference] = f"{_SCHEMAS}{name}"
                unions[name] = self._build_union(reference, node, descendants)
        written = self._write_node(self.document)
        if parents:
            components = written["components"]
            written_schemas = {**components["schemas"], **unions}
            for name in schemas:
                written_schemas[name] = self._add_names(name, written_schemas[name], parents)
            written = {**written, "components": {**components, "schemas": written_schemas}}
        return written

    def _is_parent(self, name: str, node: Json) -> bool:
        """Tell whether a discriminator chooses among schemas that extend this one by `allOf`."""
        if not isinstance(node, dict) or {"oneOf", "anyOf"} & node.keys():
            return False
        return any(owner is node for owner in self.owners) and (
            f"{_SCHEMAS}{name}" in self._children or bool(node["discriminator"].get("mapping"))
        )

    def _list_descendants(self, reference: str) -> list[str]:
        descendants: dict[str, None] = {}
        queue = [*self._children.get(reference, ())]
        while queue:
            child = queue.pop(0)
            if child not in descendants and child != reference:
                descendants[child] = None
                queue += self._children.get(child, ())
        return [*descendants]

    def _list_names(self, property_name: str, reference: str) -> list[str]:
        """Return what a value may name a schema: keys of mappings, then its own name."""
        return [*self._keys.get((property_name, reference), ()), _get_name(reference)]

    def _list_names_below(self, property_name: str, reference: str) -> list[str]:
        """Return the names of a schema and of all that stand for it."""
        references = {reference: None}
        queue = [reference]
        while queue:
            current = queue.pop(0)
            for member in (*self._children.get(current, ()), *self._list_alternatives(current)):
                if member not in references:
                    references[member] = None
                    queue.append(member)
        names = (self._list_names(property_name, member) for member in references)
        return [*dict.fromkeys(name for group in names for name in group)]

    def _list_alternatives(self, reference: str) -> list[str]:
        node = merge_schema(self.document, {"$ref": reference})
        parts = (*node.get("oneOf", ()), *node.get("anyOf", ()))
        return [part["$ref"] for part in parts if isinstance(part, dict) and "$ref" in part]

    def _build_alternative(self, property_name: str, reference: str) -> Json:
        names: Json = self._list_names_below(property_name, reference)
        declared = self._list_declared_values(property_name, reference)
        if declared is not None:  # a document that contradicts itself is read by its schemas
            names = [name for name in names if name in declared] or declared
        return {
            "$ref": reference,
            "properties": {property_name: {"enum": names}},
            "required": [property_name],
        }

    def _list_declared_values(self, property_name: str, reference: str) -> list[Json] | None:
        properties = merge_schema(self.document, {"$ref": reference}).get("properties", {})
        node = merge_schema(self.document, properties.get(property_name, {}))
        return [node["const"]] if "const" in node else node.get("enum")

    def _build_union(self, reference: str, node: Json, descendants: list[str]) -> Json:
        """Return the schema of a value that is used as its parent: it fits the one it names."""
        property_name = node["discriminator"]["propertyName"]
        own: Json = {
            "$ref": reference,
            "properties": {property_name: {"enum": self._list_names(property_name, reference)}},
        }
        mapped = [member for member in descendants if (property_name, member) in self._keys]
        unmapped = [member for member in descendants if member not in mapped]
        return {
            "anyOf": [
                *(
                    self._build_own_alternative(property_name, member)
                    for member in (*mapped, *unmapped)
                ),
                own,
            ]
        }

    def _build_own_alternative(self, property_name: str, reference: str) -> Json:
        alternative = self._build_alternative(property_name, reference)
        names = alternative["properties"][property_name]["enum"]
        own = [name for name in names if name in self._list_names(property_name, reference)]
        return {**alternative, "properties": {property_name: {"enum": own or names}}}

    def _add_names(self, name: str, node: Json, parents: dict[str, Json]) -> Json:
        """Return a schema of a family with the names that it allows, and its own as example."""
        reference = f"{_SCHEMAS}{name}"
        constraints: list[Json] = []
        if reference in parents:
            property_name = parents[reference]["discriminator"]["propertyName"]
            names = self._list_names_below(property_name, reference)
            declared = self._list_declared_values(property_name, reference)
            if declared is None or set(names) & set(map(str, declared)):
                constraints.append({"properties": {property_name: {"enum": names}}})
        for parent, parent_node in parents.items():
            property_name = parent_node["discriminator"]["propertyName"]
            if reference in self._list_descendants(parent) and (
                self._list_declared_values(property_name, reference) is None
            ):
                own_name = self._list_names(property_name, reference)[0]
                constraints.append({"properties": {property_name: {"examples": [own_name]}}})
        if not constraints:
            return node
        return {**node, "allOf": [*node.get("allOf", ()), *constraints]}

    def _write_node(self, node: Json, is_part: bool = False) -> Json:
        """Return a copy of a node; `is_part`: it is a part of an `allOf`."""
        if isinstance(node, list):
            return [self._write_node(child, is_part) for child in node]
        if not isinstance(node, dict):
            return node
        if not is_part and node.get("$ref") in self._unions:
            return {**node, "$ref": self._unions[node["$ref"]]}
        discriminator = node.get("discriminator")
        written = {
            key: child
            if key in _VERBATIM_KEYS or key == "discriminator"
            else self._write_node(child, key == "allOf")
            for key, child in node.items()
        }
        if isinstance(discriminator, dict) and isinstance(discriminator.get("propertyName"), str):
            for keyword in ("oneOf", "anyOf"):
                if isinstance(node.get(keyword), list):
                    written[keyword] = [
                        self._build_alternative(discriminator["propertyName"], part["$ref"])
                        if isinstance(part, dict) and isinstance(part.get("$ref"), str)
                        else self._write_node(part)
                        for part in node[keyword]
                    ]
        return written


def _get_name(reference: str) -> str:
    return re.sub(r"\.(?:ya?ml|json)$", "", reference.rpartition("/")[2])
