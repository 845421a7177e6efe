"""Repair of response bodies that violate their documented schema.

The mock needs this for contracts that are only inferred, because a composed response may violate
its own schema there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from conformance.contract import schema as schemas
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.merging import list_schema_types, merge_schema
from conformance.contract.operation import Operation
from conformance.contract.operation import ResponseSpec as ResponseSpec
from conformance.contract.pointer import MISSING, iterate_values
from conformance.contract.schema import SchemaValidator
from conformance.mock.example import build_schema_example
from conformance.mock.handler import PostProcessor
from conformance.mock.message import MockResponse, decode_json, encode_json
from conformance.mock.state import MockState
from conformance.protocol import is_json

MAX_DEPTH = 8
EXAMPLE_KEYWORDS = ("const", "default", "example", "enum", "examples")
# limits of the search for one response, because schemas can require each other without end
MAX_ATTEMPTS = 2000
ATTEMPTS_PER_VALUE = 10
ANY_SCHEMA: Json = {}  # a single object, because schemas are cached by identity
CACHE_SIZE = 256  # repaired bodies per operation


@dataclass(frozen=True, slots=True)
class CompiledRepairSchema:
    """A schema prepared for repairs.

    `flat_schema` has references and `allOf` merged. `alternatives` are the members of `oneOf` and
    `anyOf`, each combined with the keywords beside them.
    """

    schema: Json
    flat_schema: Json
    alternatives: tuple[Json, ...]
    validator: SchemaValidator


class SchemaValueRepairer:
    """A repairer of values for the schemas of one document.

    It changes no more of a value than necessary.
    """

    def __init__(self, document: Json) -> None:
        self._document = document
        self._compiled: dict[int, CompiledRepairSchema] = {}
        self._attempts_left = 0

    def repair_value(self, schema: Json, value: Json) -> Json:
        """Return `value` if it is valid, else a similar value that is.

        Returns `value` unchanged if no valid value is found: the search is limited, and some
        schemas are unsatisfiable.
        """
        self._attempts_left = MAX_ATTEMPTS + ATTEMPTS_PER_VALUE * sum(
            1 for _ in iterate_values(value)
        )
        repaired = self._repair_value_at_depth(schema, value, 0)
        return value if repaired is MISSING or self._attempts_left < 0 else repaired

    def _repair_value_at_depth(self, schema: Json, value: Json, depth: int) -> Json:
        compiled, self._attempts_left = (
            self._compile_schema_for_repair(schema),
            self._attempts_left - 1,
        )
        if value is not MISSING and compiled.validator.is_valid(value):
            return value
        if depth > MAX_DEPTH or self._attempts_left < 0:
            return MISSING
        return next(
            (
                candidate
                for candidate in self._generate_repair_candidates(compiled, value, depth + 1)
                if candidate is not MISSING and compiled.validator.is_valid(candidate)
            ),
            MISSING,
        )

    def _generate_repair_candidates(
        self, compiled: CompiledRepairSchema, value: Json, depth: int
    ) -> Iterator[Json]:
        """Yield values that may be valid.

        These are the value with repaired members, the documented examples, then the minimal and the
        full value of the schema.
        """
        node = compiled.flat_schema
        yield self._repair_container_members(node, value, depth)
        yield from (node[keyword] for keyword in ("const", "default", "example") if keyword in node)
        yield from (
            example for keyword in ("enum", "examples") for example in node.get(keyword, ())
        )
        yield from (
            self._repair_value_at_depth(alternative, value, depth)
            for alternative in compiled.alternatives
        )
        yield build_schema_example(
            self._document,
            {
                keyword: keyword_value
                for keyword, keyword_value in node.items()
                if keyword not in EXAMPLE_KEYWORDS
            },
        )
        node_types = list_schema_types(node)
        for include_optional in (False, True):
            for alternative_node in (
                node,
                *(
                    self._compile_schema_for_repair(alternative).flat_schema
                    for alternative in compiled.alternatives
                ),
            ):
                yield self._repair_container_members(
                    alternative_node,
                    (
                        {}
                        if "object" in node_types or "properties" in alternative_node
                        else []
                        if "array" in list_schema_types(alternative_node)
                        else MISSING
                    ),
                    depth,
                    include_optional,
                )

    def _repair_container_members(
        self, node: Json, value: Json, depth: int, include_optional: bool = False
    ) -> Json:
        """Return an object or list with repaired members, or MISSING for any other value.

        If `include_optional` is true, missing optional properties are added.
        """
        if isinstance(value, list):
            padded_items = [*value, *[MISSING] * (node.get("minItems", 0) - len(value))]
            repaired_members = [
                self._repair_value_at_depth(node.get("items", ANY_SCHEMA), member, depth)
                for member in padded_items
            ]
            return [member for member in repaired_members if member is not MISSING][
                : node.get("maxItems")
            ]
        if not isinstance(value, dict):
            return MISSING
        properties, additional, required = (
            node.get("properties", {}),
            node.get("additionalProperties", ANY_SCHEMA),
            node.get("required", ()),
        )
        repaired_properties: dict[str, Json] = {
            name: self._repair_value_at_depth(properties.get(name, additional), member, depth)
            for name, member in value.items()
        }
        missing = [
            name
            for name in (*required, *(properties if include_optional else ()))
            if repaired_properties.get(name, MISSING) is MISSING
        ]
        repaired_properties.update(
            (name, self._repair_value_at_depth(properties.get(name, additional), MISSING, depth))
            for name in missing
        )
        return {
            name: member for name, member in repaired_properties.items() if member is not MISSING
        }

    def _compile_schema_for_repair(self, schema: Json) -> CompiledRepairSchema:
        # by identity, which is stable: the schemas belong to the document or to a CompiledSchema
        compiled = self._compiled.get(id(schema))
        if compiled is None:
            node = merge_schema(self._document, schema)
            common_keywords = {
                keyword: value
                for keyword, value in node.items()
                if keyword not in ("anyOf", "oneOf", "allOf")
            }
            alternatives = tuple(
                {"allOf": [common_keywords, alternative]}
                for keyword in ("oneOf", "anyOf")
                for alternative in node.get(keyword, ())
            )
            compiled = self._compiled[id(schema)] = CompiledRepairSchema(
                schema, node, alternatives, schemas.compile_validator(self._document, schema)
            )
        return compiled


def build_response_repair_processor(contract: Contract, operation: Operation) -> PostProcessor:
    """Return a post-processor that repairs the JSON responses of an operation.

    It changes a response only if it violates the documented schema of its status.
    """
    repairer, cache = SchemaValueRepairer(contract.document), dict[tuple[int, bytes], bytes]()

    def repair_response_body(state: MockState, response: MockResponse) -> MockResponse:
        response_spec = operation.find_documented_response(response.status)
        if response_spec is None or not _has_documented_json_body(response_spec, response):
            return response
        key = (response.status, response.body)
        if key not in cache:
            if len(cache) >= CACHE_SIZE:
                cache.clear()
            cache[key] = _repair_body(repairer, response_spec.schema, response.body)
        return replace(response, body=cache[key])

    return repair_response_body


def _has_documented_json_body(response_spec: ResponseSpec, response: MockResponse) -> bool:
    return (
        response_spec.schema is not None
        and is_json(response_spec.media_type or "")
        and bool(response.body)
        and is_json(dict(response.headers).get("content-type", ""))
    )


def _repair_body(repairer: SchemaValueRepairer, schema: Json, body: bytes) -> bytes:
    value = decode_json(body)
    repaired = repairer.repair_value(schema, value)
    return body if repaired is value else encode_json(repaired).encode()
