"""Parameters for every location, style and type, and values for them."""

from __future__ import annotations

from hypothesis import strategies as st

from conformance.contract.json import Json

STYLES: dict[str, tuple[str, str, bool, tuple[str, ...]]] = {
    # name → location, style, explode, value kinds
    "path-simple": ("path", "simple", False, ("scalar", "array", "object")),
    "path-simple-explode": ("path", "simple", True, ("scalar", "array", "object")),
    "path-label": ("path", "label", False, ("scalar", "array", "object")),
    "path-label-explode": ("path", "label", True, ("scalar", "array", "object")),
    "path-matrix": ("path", "matrix", False, ("scalar", "array", "object")),
    "path-matrix-explode": ("path", "matrix", True, ("scalar", "array", "object")),
    "query-form": ("query", "form", False, ("scalar", "array", "object")),
    "query-form-explode": ("query", "form", True, ("scalar", "array", "object")),
    "query-space": ("query", "spaceDelimited", False, ("array", "object")),
    "query-pipe": ("query", "pipeDelimited", False, ("array", "object")),
    "query-deep": ("query", "deepObject", True, ("object",)),
    "header-simple": ("header", "simple", False, ("scalar", "array", "object")),
    "header-simple-explode": ("header", "simple", True, ("scalar", "array", "object")),
    "cookie-form": ("cookie", "form", False, ("scalar", "array", "object")),
}
CASES = [(name, kind) for name, (*_, kinds) in STYLES.items() for kind in kinds]
OBJECT_SCHEMA: Json = {
    "type": "object",
    "additionalProperties": False,
    "required": ["first"],
    "properties": {
        "first": {"type": "string"},
        "second": {"type": "integer"},
        "third": {"type": "boolean"},
    },
}


def build_parameter_node(name: str, kind: str, item_type: str = "string") -> Json:
    """Return a parameter with a style; its value or its items have type `item_type`."""
    location, style, explode, _ = STYLES[name]
    schema: Json = {"type": item_type}
    if kind == "array":
        schema = {"type": "array", "items": {"type": item_type}}
    elif kind == "object":
        schema = OBJECT_SCHEMA
    return {
        "name": "p",
        "in": location,
        "required": location == "path",
        "style": style,
        "explode": explode,
        "schema": schema,
    }


def texts(location: str) -> st.SearchStrategy[str]:
    """Return a strategy for strings that a location can carry."""
    if location == "header":  # not percent-encoded: no delimiters, no surrounding blanks
        return st.text(st.sampled_from("abcXYZ09-._~!*'/?@"), min_size=1, max_size=8)
    alphabet = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\x7f")
    plain_strings = st.text(alphabet, min_size=1, max_size=8)
    delimiter_strings = st.text(st.sampled_from(",;.|=&% +[]a"), min_size=1, max_size=6)
    strings = plain_strings | delimiter_strings
    if location == "path":  # dots and slashes can change the path: not sent
        strings = strings.filter(lambda text: not set(text) & set("/\\.%") and text == text.strip())
    return strings


def values(name: str, kind: str, item_type: str = "string") -> st.SearchStrategy[Json]:
    """Return a strategy for values of a parameter.

    A serialized value can be distinguished from an absent parameter.
    """
    scalars: dict[str, st.SearchStrategy[Json]] = {
        "string": texts(STYLES[name][0]),
        "integer": st.integers(-(10**12), 10**12),
        "boolean": st.booleans(),
    }
    if kind == "array":
        return st.lists(scalars[item_type], min_size=1, max_size=4)
    if kind == "object":
        return st.fixed_dictionaries(
            {"first": scalars["string"]},
            optional={"second": scalars["integer"], "third": scalars["boolean"]},
        )
    return scalars[item_type]
