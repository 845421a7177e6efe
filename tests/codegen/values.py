"""Hypothesis strategies for values of every JSON Schema that the contracts of these tests use,
hostile values included.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from conformance.contract import pointer as pointers
from conformance.contract.json import Json
from conformance.contract.schema import Schema

TEXTS = [
    "",
    " ",
    "../x?y=1",
    "a b&c=d/é",
    "%2F",
    "+",
    "100%",
    "#",
    "äöü 日本 🙂",
    ";=,",
    "null",
    "true",
    "{id}",
    "'\"\\",
    "a\nb",
]
TEXT = st.one_of(
    st.sampled_from(TEXTS), st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
)
ANY = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 9), TEXT),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)


def build_value_strategy(
    document: Json, schema: Json, allow_undeclared: bool = False, depth: int = 3
) -> st.SearchStrategy[Json]:
    """Return a strategy for values that are valid against a schema of the document; with
    `allow_undeclared`, objects may hold undeclared members where the schema permits them.
    """
    validator = Schema(document, schema if isinstance(schema, dict) else {}).compile()
    return _build_strategy(document, schema, allow_undeclared, depth).filter(validator.is_valid)


def _build_strategy(
    document: Json, schema: Json, allow_undeclared: bool, depth: int
) -> st.SearchStrategy[Json]:
    if not isinstance(schema, dict) or not {
        key for key in schema if not key.startswith("x-") and key != "description"
    }:
        return ANY
    if "$ref" in schema:
        target = pointers.get_at_pointer(document, schema["$ref"][1:])
        return st.deferred(
            lambda: _build_strategy(
                document,
                {**target, **{key: value for key, value in schema.items() if key != "$ref"}},
                allow_undeclared,
                depth - 1,
            )
        )
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "allOf" in schema:
        parts = [
            _build_strategy(document, {**part, "type": "object"}, False, depth)
            for part in schema["allOf"]
        ]
        return st.tuples(*parts).map(
            lambda members: {name: value for part in members for name, value in part.items()}
        )
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return st.one_of(
                *(
                    _build_strategy(document, branch, allow_undeclared, depth)
                    for branch in schema[key]
                )
            )
    types = schema.get("type", "object" if "properties" in schema else None)
    types = [types] if isinstance(types, str) else types
    return (
        st.one_of(
            *(
                _build_type_strategy(document, type_name, schema, allow_undeclared, depth)
                for type_name in types
            )
        )
        if types
        else ANY
    )


def _build_type_strategy(
    document: Json, type_name: str, schema: Json, allow_undeclared: bool, depth: int
) -> st.SearchStrategy[Json]:
    match type_name:
        case "null":
            return st.none()
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers(schema.get("minimum", -(2**70)), schema.get("maximum"))
        case "number":
            return st.one_of(
                st.integers(-(2**60), 2**60), st.floats(allow_nan=False, allow_infinity=False)
            )
        case "string":
            return _build_string_strategy(schema)
        case "array":
            if depth <= 0 and not schema.get("minItems"):
                return st.just([])
            return st.lists(
                _build_strategy(document, schema.get("items", {}), allow_undeclared, depth - 1),
                min_size=schema.get("minItems", 0),
                max_size=max(2, schema.get("minItems", 0)),
            )
        case _:
            return _build_object_strategy(document, schema, allow_undeclared, depth)


def _build_string_strategy(schema: Json) -> st.SearchStrategy[str]:
    if "pattern" in schema:
        return st.from_regex(
            schema["pattern"],
            fullmatch=True,
            alphabet=st.characters(min_codepoint=33, max_codepoint=126),
        )
    if schema.get("format") == "date-time":
        return st.datetimes().map(
            lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%S.123456789Z").rjust(30, "0")
        )
    return TEXT.filter(lambda text: len(text) >= schema.get("minLength", 0))


def _build_object_strategy(
    document: Json, schema: Json, allow_undeclared: bool, depth: int
) -> st.SearchStrategy[Json]:
    required_names = set(schema.get("required", ()))
    declared = {
        name: _build_strategy(document, subschema, allow_undeclared, depth - 1)
        for name, subschema in schema.get("properties", {}).items()
    }
    required_members = {
        name: strategy for name, strategy in declared.items() if name in required_names
    }
    optional_members = (
        {name: strategy for name, strategy in declared.items() if name not in required_names}
        if depth > 0
        else {}
    )
    base: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
        required_members, optional=optional_members
    )
    additional = schema.get("additionalProperties", True)
    for pattern, subschema in schema.get("patternProperties", {}).items():
        names = st.from_regex(
            pattern, fullmatch=True, alphabet=st.characters(min_codepoint=45, max_codepoint=122)
        ).map(lambda name: name[:9])
        return st.dictionaries(
            names, _build_strategy(document, subschema, allow_undeclared, depth - 1), max_size=2
        )
    if additional is False or (additional is True and not allow_undeclared):
        return base
    extra_members = st.dictionaries(
        TEXT.filter(lambda name: name not in declared),
        ANY
        if additional is True
        else _build_strategy(document, additional, allow_undeclared, depth - 1),
        max_size=2,
    )
    return st.tuples(base, extra_members).map(lambda pair: {**pair[1], **pair[0]})
