"""A strategy for contracts as ordinary vendors write them: one resource, drawn schemas."""

from __future__ import annotations

from hypothesis import strategies as st

from conformance.contract.json import Json
from conformance.values.formats import FORMATS

from .documents import PROPERTIES, body, document, with_parameter, with_property
from .security import REQUIREMENTS, with_security

NAMES = ("size", "kind", "label", "note", "count", "tags", "when", "state")
STANDARD_FORMATS = sorted(set(FORMATS) - {"byte", "base64url", "decimal", "int64", "json"})


@st.composite
def texts(draw: st.DrawFn) -> Json:
    """Draw a schema of texts."""
    schema: dict[str, Json] = {"type": "string"}
    match draw(st.sampled_from(("plain", "lengths", "format", "pattern", "enum"))):
        case "lengths":
            least = draw(st.integers(0, 70))
            schema["minLength"] = least
            schema["maxLength"] = least + draw(st.integers(1, 200))
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
def numbers(draw: st.DrawFn) -> Json:
    """Draw a schema of numbers."""
    schema: dict[str, Json] = {"type": draw(st.sampled_from(("integer", "number")))}
    low = draw(st.one_of(st.none(), st.integers(-100, 100)))
    high = draw(st.one_of(st.none(), st.integers(120, 900)))
    if low is not None:
        schema[draw(st.sampled_from(("minimum", "exclusiveMinimum")))] = low
    if high is not None:
        schema[draw(st.sampled_from(("maximum", "exclusiveMaximum")))] = high
    if draw(st.booleans()):
        schema["multipleOf"] = draw(st.sampled_from((1, 5, 7)))
    return schema


SCALARS = st.one_of(texts(), numbers(), st.just({"type": "boolean"}))


@st.composite
def lists(draw: st.DrawFn) -> Json:
    """Draw a schema of lists."""
    least = draw(st.integers(0, 4))
    schema: dict[str, Json] = {"type": "array", "items": draw(SCALARS), "minItems": least}
    if draw(st.booleans()):
        schema["maxItems"] = least + draw(st.integers(1, 20))
    return schema


@st.composite
def objects(draw: st.DrawFn) -> Json:
    """Draw a schema of objects within objects."""
    names = draw(st.lists(st.sampled_from(("x", "y", "z")), min_size=1, unique=True))
    return {
        "type": "object",
        "required": draw(st.sampled_from(([], names[:1], names))),
        "properties": {name: draw(SCALARS) for name in names},
    }


@st.composite
def schemas(draw: st.DrawFn) -> Json:
    """Draw a schema of a property."""
    schema: Json = draw(st.one_of(SCALARS, lists(), objects(), st.sampled_from(_WHOLE)))
    return {"anyOf": [schema, {"type": "null"}]} if draw(st.integers(0, 6)) == 0 else schema


_WHOLE = [schema for name, schema in PROPERTIES.items() if name not in ("huge", "anything")]


@st.composite
def contracts(draw: st.DrawFn, with_prefixes: bool = True) -> Json:
    """Draw the document of a contract.

    Without `with_prefixes`, every credential stands where OpenAPI alone says.
    """
    names = draw(st.lists(st.sampled_from(NAMES), max_size=5, unique=True))
    changes = [with_property(name, draw(schemas()), draw(st.booleans())) for name in names]
    if draw(st.booleans()):
        refused = draw(st.sampled_from(({}, {"x-refused": ["enum"]})))
        changes.append(with_parameter({"enum": ["name", "description"]}, **refused))
    result = document(*changes)
    resource, paths = result["x-resources"]["pet"], result["paths"]
    if draw(st.booleans()):
        put = paths["/pets/{id}"].pop("put")
        partial = {"type": "object", "minProperties": 1}
        partial["properties"] = result["components"]["schemas"]["Pet"]["properties"]
        patch = {**put, "operationId": "changePet"}
        patch["requestBody"] = {"required": True, **body(partial)}
        paths["/pets/{id}"]["patch"] = patch
        del resource["replace"]
        resource["change"] = "changePet"
    if draw(st.booleans()):
        paths["/pets"]["post"]["responses"]["400"] = {"description": "refused"}
        paths["/pets"]["post"]["requestBody"]["x-refused"] = ["required"]
    if draw(st.booleans()):
        first = draw(st.sampled_from((0, 1)))
        paths["/pets"]["get"]["parameters"] += [
            {"name": "page", "in": "query", "schema": {"type": "integer", "minimum": first}},
            {"name": "size", "in": "query", "schema": {"type": "integer", "minimum": 1}},
        ]
        paths["/pets"]["get"]["x-behaviors"] = [
            {"paginates": {"page": "page", "size": "size", "first": first}}
        ]
    if draw(st.booleans()):
        identity = {"type": "string", "format": "uuid", "readOnly": True}
        result["components"]["schemas"]["Pet"]["properties"]["id"] = identity
        paths["/pets/{id}"]["parameters"][0]["schema"] = {"type": "string", "format": "uuid"}
    if draw(st.booleans()):
        requirements = [
            REQUIREMENTS[name]
            for name in REQUIREMENTS
            if with_prefixes or name not in ("token", "prefixed")
        ]
        with_security(draw(st.sampled_from(requirements)))(result)
    return result
