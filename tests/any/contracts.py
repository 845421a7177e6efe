"""Hypothesis strategies for typical vendor contracts: one resource with drawn schemas."""

from __future__ import annotations

from hypothesis import strategies as st

from conformance.contract.json import Json
from conformance.values.formats import FORMATS

from .documents import PROPERTIES, document, json_content, with_parameter, with_property
from .security import REQUIREMENTS, with_security

PROPERTY_NAMES = ("size", "kind", "label", "note", "count", "tags", "when", "state")
STANDARD_FORMATS = sorted(set(FORMATS) - {"byte", "base64url", "decimal", "int64", "json"})


@st.composite
def string_schemas(draw: st.DrawFn) -> Json:
    """Draw a schema for strings."""
    schema: dict[str, Json] = {"type": "string"}
    match draw(st.sampled_from(("plain", "lengths", "format", "pattern", "enum"))):
        case "lengths":
            min_length = draw(st.integers(0, 70))
            schema["minLength"] = min_length
            schema["maxLength"] = min_length + draw(st.integers(1, 200))
        case "format":
            schema["format"] = draw(st.sampled_from(STANDARD_FORMATS))
        case "pattern":
            schema["pattern"] = draw(
                st.sampled_from(("^[A-Z]{3}$", "^[a-z]+-[0-9]+$", "^.+$", "[0-9]", r"^\p{L}{2,9}$"))
            )
        case "enum":
            schema["enum"] = ["red", "green", "blue"]
    return schema


@st.composite
def number_schemas(draw: st.DrawFn) -> Json:
    """Draw a schema for numbers."""
    schema: dict[str, Json] = {"type": draw(st.sampled_from(("integer", "number")))}
    lower_bound = draw(st.one_of(st.none(), st.integers(-100, 100)))
    upper_bound = draw(st.one_of(st.none(), st.integers(120, 900)))
    if lower_bound is not None:
        schema[draw(st.sampled_from(("minimum", "exclusiveMinimum")))] = lower_bound
    if upper_bound is not None:
        schema[draw(st.sampled_from(("maximum", "exclusiveMaximum")))] = upper_bound
    if draw(st.booleans()):
        schema["multipleOf"] = draw(st.sampled_from((1, 5, 7)))
    return schema


SCALAR_SCHEMAS = st.one_of(string_schemas(), number_schemas(), st.just({"type": "boolean"}))


@st.composite
def array_schemas(draw: st.DrawFn) -> Json:
    """Draw a schema for arrays."""
    min_items = draw(st.integers(0, 4))
    schema: dict[str, Json] = {
        "type": "array",
        "items": draw(SCALAR_SCHEMAS),
        "minItems": min_items,
    }
    if draw(st.booleans()):
        schema["maxItems"] = min_items + draw(st.integers(1, 20))
    return schema


@st.composite
def object_schemas(draw: st.DrawFn) -> Json:
    """Draw a schema for nested objects."""
    names = draw(st.lists(st.sampled_from(("x", "y", "z")), min_size=1, unique=True))
    return {
        "type": "object",
        "required": draw(st.sampled_from(([], names[:1], names))),
        "properties": {name: draw(SCALAR_SCHEMAS) for name in names},
    }


@st.composite
def property_schemas(draw: st.DrawFn) -> Json:
    """Draw a schema for a property."""
    schema: Json = draw(
        st.one_of(
            SCALAR_SCHEMAS, array_schemas(), object_schemas(), st.sampled_from(_ORDINARY_SCHEMAS)
        )
    )
    return {"anyOf": [schema, {"type": "null"}]} if draw(st.integers(0, 6)) == 0 else schema


_ORDINARY_SCHEMAS = [
    schema for name, schema in PROPERTIES.items() if name not in ("huge", "anything")
]


@st.composite
def contracts(draw: st.DrawFn, with_prefixes: bool = True) -> Json:
    """Draw the OpenAPI document of a contract.

    If `with_prefixes` is false, the document does not use `x-prefix`: each credential is sent as
    OpenAPI alone defines it.
    """
    names = draw(st.lists(st.sampled_from(PROPERTY_NAMES), max_size=5, unique=True))
    changes = [with_property(name, draw(property_schemas()), draw(st.booleans())) for name in names]
    if draw(st.booleans()):
        extensions = draw(st.sampled_from(({}, {"x-refused": ["enum"]})))
        changes.append(with_parameter({"enum": ["name", "description"]}, **extensions))
    openapi = document(*changes)
    resource, paths = openapi["x-resources"]["pet"], openapi["paths"]
    if draw(st.booleans()):
        put_operation = paths["/pets/{id}"].pop("put")
        partial_schema = {"type": "object", "minProperties": 1}
        partial_schema["properties"] = openapi["components"]["schemas"]["Pet"]["properties"]
        patch_operation = {**put_operation, "operationId": "changePet"}
        patch_operation["requestBody"] = {"required": True, **json_content(partial_schema)}
        paths["/pets/{id}"]["patch"] = patch_operation
        del resource["replace"]
        resource["change"] = "changePet"
    if draw(st.booleans()):
        paths["/pets"]["post"]["responses"]["400"] = {"description": "refused"}
        paths["/pets"]["post"]["requestBody"]["x-refused"] = ["required"]
    if draw(st.booleans()):
        first_page = draw(st.sampled_from((0, 1)))
        paths["/pets"]["get"]["parameters"] += [
            {"name": "page", "in": "query", "schema": {"type": "integer", "minimum": first_page}},
            {"name": "size", "in": "query", "schema": {"type": "integer", "minimum": 1}},
        ]
        paths["/pets"]["get"]["x-behaviors"] = [
            {"paginates": {"page": "page", "size": "size", "first": first_page}}
        ]
    if draw(st.booleans()):
        id_schema = {"type": "string", "format": "uuid", "readOnly": True}
        openapi["components"]["schemas"]["Pet"]["properties"]["id"] = id_schema
        paths["/pets/{id}"]["parameters"][0]["schema"] = {"type": "string", "format": "uuid"}
    if draw(st.booleans()):
        requirements = [
            REQUIREMENTS[name]
            for name in REQUIREMENTS
            if with_prefixes or name not in ("token", "prefixed")
        ]
        with_security(draw(st.sampled_from(requirements)))(openapi)
    return openapi
