"""Values of any JSON Schema that the contracts of these tests use, drawn by Hypothesis; unfriendly
ones among them.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from conformance.contract import pointer as pointers
from conformance.contract import schema as schemas
from conformance.contract.json import Json

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


def of(
    document: Json, schema: Json, open_: bool = False, depth: int = 3
) -> st.SearchStrategy[Json]:
    """Return values that are valid against a schema of the document; with `open_`, objects hold
    undeclared members where they may.
    """
    validator = schemas.compile_validator(document, schema if isinstance(schema, dict) else {})
    return _of(document, schema, open_, depth).filter(validator.is_valid)


def _of(document: Json, schema: Json, open_: bool, depth: int) -> st.SearchStrategy[Json]:
    if not isinstance(schema, dict) or not {
        key for key in schema if not key.startswith("x-") and key != "description"
    }:
        return ANY
    if "$ref" in schema:
        target = pointers.get_at_pointer(document, schema["$ref"][1:])
        return st.deferred(
            lambda: _of(
                document,
                {**target, **{key: one for key, one in schema.items() if key != "$ref"}},
                open_,
                depth - 1,
            )
        )
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "allOf" in schema:
        parts = [
            _of(document, {**part, "type": "object"}, False, depth) for part in schema["allOf"]
        ]
        return st.tuples(*parts).map(
            lambda found: {key: one for part in found for key, one in part.items()}
        )
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return st.one_of(*(_of(document, branch, open_, depth) for branch in schema[key]))
    kinds = schema.get("type", "object" if "properties" in schema else None)
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return (
        st.one_of(*(_typed(document, kind, schema, open_, depth) for kind in kinds))
        if kinds
        else ANY
    )


def _typed(
    document: Json, kind: str, schema: Json, open_: bool, depth: int
) -> st.SearchStrategy[Json]:
    match kind:
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
            return _string(schema)
        case "array":
            if depth <= 0 and not schema.get("minItems"):
                return st.just([])
            return st.lists(
                _of(document, schema.get("items", {}), open_, depth - 1),
                min_size=schema.get("minItems", 0),
                max_size=max(2, schema.get("minItems", 0)),
            )
        case _:
            return _object(document, schema, open_, depth)


def _string(schema: Json) -> st.SearchStrategy[str]:
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


def _object(document: Json, schema: Json, open_: bool, depth: int) -> st.SearchStrategy[Json]:
    required = set(schema.get("required", ()))
    declared = {
        name: _of(document, child, open_, depth - 1)
        for name, child in schema.get("properties", {}).items()
    }
    fixed = {name: one for name, one in declared.items() if name in required}
    loose = (
        {name: one for name, one in declared.items() if name not in required} if depth > 0 else {}
    )
    base: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(fixed, optional=loose)
    more = schema.get("additionalProperties", True)
    for pattern, child in schema.get("patternProperties", {}).items():
        names = st.from_regex(
            pattern, fullmatch=True, alphabet=st.characters(min_codepoint=45, max_codepoint=122)
        ).map(lambda name: name[:9])
        return st.dictionaries(names, _of(document, child, open_, depth - 1), max_size=2)
    if more is False or (more is True and not open_):
        return base
    rest = st.dictionaries(
        TEXT.filter(lambda name: name not in declared),
        ANY if more is True else _of(document, more, open_, depth - 1),
        max_size=2,
    )
    return st.tuples(base, rest).map(lambda both: {**both[1], **both[0]})
