"""Hypothesis strategies for typical vendor contracts: one resource with drawn schemas."""

from __future__ import annotations

from hypothesis import strategies as st

from conformance.contract.json import Json
from conformance.values.formats import FORMATS

from .documents import PROPERTIES, document, json_content, with_parameter, with_property
from .parameters import STYLES, build_parameter_node
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


SERVERS: tuple[list[Json], ...] = (
    [{"url": "https://pets.example.test/v1"}],
    [{"url": "/api"}],
    [
        {
            "url": "https://{region}.example.test/{version}",
            "variables": {
                "region": {"default": "eu", "enum": ["eu", "us"]},
                "version": {"default": "v2"},
            },
        }
    ],
)
VENDOR_MEDIA_TYPE = "application/vnd.pets+json"
FORM_MEDIA_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


def add_wire_features(draw: st.DrawFn, openapi: Json) -> None:
    """Add what goes over the wire: servers, parameters, media types, headers and HEAD."""
    paths = openapi["paths"]
    list_operation, create_operation = paths["/pets"]["get"], paths["/pets"]["post"]
    read_operation = paths["/pets/{id}"]["get"]
    if draw(st.booleans()):
        openapi["servers"] = draw(st.sampled_from(SERVERS))
    for number in range(draw(st.integers(0, 2))):
        style = draw(st.sampled_from([name for name in STYLES if not name.startswith("path")]))
        kind = draw(st.sampled_from(STYLES[style][3]))
        parameter = build_parameter_node(style, kind, draw(st.sampled_from(ITEM_TYPES)))
        name = f"X-Option-{number}" if parameter["in"] == "header" else f"option{number}"
        list_operation["parameters"].append({**parameter, "name": name})
    if draw(st.booleans()):
        list_operation["responses"]["200"]["headers"] = {
            "X-Total": {
                "required": draw(st.booleans()),
                "schema": {"type": "integer", "minimum": 0},
            },
            "X-Tags": {"schema": {"type": "array", "items": {"enum": ["new", "old"]}}},
        }
    if draw(st.booleans()):
        paths["/pets"]["head"] = {
            "operationId": "headPets",
            "responses": {"200": {"description": "the headers of the list"}},
        }
    contents = [create_operation["requestBody"]["content"]]
    media_types = draw(st.lists(st.sampled_from(REQUEST_MEDIA_TYPES), max_size=2, unique=True))
    for media_type in media_types:
        if media_type not in FORM_MEDIA_TYPES or has_scalar_properties(openapi):
            contents[0][media_type] = dict(contents[0]["application/json"])
    if draw(st.booleans()):
        content = read_operation["responses"]["200"]["content"]
        content[VENDOR_MEDIA_TYPE] = dict(content["application/json"])
    if draw(st.integers(0, 3)) == 0:
        create_operation["responses"]["422"] = {"description": "refused"}


def add_behaviors(draw: st.DrawFn, openapi: Json) -> None:
    """Add what the contract language says of lists and items, and recursive schemas."""
    schemas = openapi["components"]["schemas"]
    pet_properties, required = schemas["Pet"]["properties"], schemas["Pet"]["required"]
    list_operation = openapi["paths"]["/pets"]["get"]
    behaviors = list_operation.setdefault("x-behaviors", [])
    if draw(st.booleans()):
        sortable = [
            name
            for name in required
            if pet_properties[name].get("type") in ("string", "integer", "number") and name != "id"
        ]
        keys = draw(st.lists(st.sampled_from(sortable), min_size=1, max_size=3, unique=True))
        sorts: Json = {"by": "sortBy", "keys": {key: f"/{key}" for key in keys}}
        if draw(st.booleans()):
            values = [*keys, *(f"-{key}" for key in keys)]
            sorts["direction"] = {"prefix": "-"}
        else:
            values = keys
            sorts["direction"] = {"parameter": "way", "ascending": "up", "descending": "down"}
            parameter = {"name": "way", "in": "query", "schema": {"enum": ["up", "down"]}}
            list_operation["parameters"].append(parameter)
        if draw(st.booleans()):
            sorts["default"] = {"key": keys[0], "descending": draw(st.booleans())}
        list_operation["parameters"].append(
            {"name": "sortBy", "in": "query", "schema": {"enum": values}}
        )
        behaviors.append({"sorts": sorts})
    add_comparisons(draw, openapi, behaviors)
    add_paging(draw, openapi, behaviors)
    if draw(st.booleans()):
        list_operation["parameters"] += [
            {"name": "field", "in": "query", "schema": {"enum": ["name"]}},
            {"name": "match", "in": "query", "schema": {"type": "string"}},
        ]
        behaviors.append(
            {"filters": {"field": "field", "glob": "match", "keys": {"name": "/name"}}}
        )
    if draw(st.booleans()):
        add_switch(openapi, with_filter=draw(st.booleans()), idempotent=draw(st.booleans()))
    if draw(st.booleans()):
        schemas["Node"] = {
            "type": "object",
            "required": ["value"],
            "properties": {
                "value": {"type": "string"},
                "children": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}},
            },
        }
        pet_properties["tree"] = {"$ref": "#/components/schemas/Node"}
    if not behaviors:
        del list_operation["x-behaviors"]
    if draw(st.booleans()):
        add_parent(openapi)
    openapi["x-several-files"] = draw(st.booleans())


def add_comparisons(draw: st.DrawFn, openapi: Json, behaviors: list[Json]) -> None:
    """Add parameters that compare properties with their value."""
    pet = openapi["components"]["schemas"]["Pet"]
    names = [
        name
        for name in pet["required"]
        if pet["properties"][name].get("type") in ("string", "integer") and name != "id"
    ]
    comparisons: Json = {}
    for name in draw(st.lists(st.sampled_from(names), max_size=2, unique=True)):
        schema = {"type": pet["properties"][name]["type"]}
        operators = ["=", "!=", "in"]
        operators += ["<", "<=", ">", ">="] if schema["type"] == "integer" else []
        operator = draw(st.sampled_from(operators))
        if operator == "in":
            schema = {"type": "array", "items": schema}
        parameter = {"name": f"where_{name}", "in": "query", "schema": schema}
        openapi["paths"]["/pets"]["get"]["parameters"].append(parameter)
        comparisons[f"where_{name}"] = {"field": f"/{name}", "is": operator}
    if comparisons:
        behaviors.append({"compares": comparisons})


def add_paging(draw: st.DrawFn, openapi: Json, behaviors: list[Json]) -> None:
    """Add pages that an offset or a cursor chooses, unless the list has pages."""
    if any("paginates" in behavior for behavior in behaviors):
        return
    operation = openapi["paths"]["/pets"]["get"]
    style = draw(st.sampled_from(("none", "offset", "cursor", "link")))
    if style == "none":
        return
    operation["parameters"].append(
        {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1}}
    )
    if style == "offset":
        schema: Json = {"type": "integer", "minimum": 0}
        behaviors.append({"paginates": {"offset": "after", "size": "limit"}})
    else:
        schema = {"type": "string"}
        next_place = "header:Next" if style == "cursor" else "header:Link"
        cursor = {"cursor": "after"} if style == "cursor" else {}
        behaviors.append({"continues": {**cursor, "size": "limit", "next": next_place}})
    operation["parameters"].append({"name": "after", "in": "query", "schema": schema})


def add_switch(openapi: Json, with_filter: bool, idempotent: bool) -> None:
    """Add two operations that set and clear a flag, and a filter by it."""
    pet_schema, paths = openapi["components"]["schemas"]["Pet"], openapi["paths"]
    pet_schema["properties"]["archived"] = {"type": "boolean", "readOnly": True}
    for operation_id in ("archivePet", "restorePet"):
        paths[f"/pets/{{id}}/{operation_id}"] = {
            "parameters": paths["/pets/{id}"]["parameters"],
            "post": {
                "operationId": operation_id,
                "responses": {"204": {"description": "done"}, "404": {"description": "gone"}},
            },
        }
    openapi["x-resources"]["pet"]["switches"] = [
        {"field": "/archived", "on": "archivePet", "off": "restorePet", "idempotent": idempotent}
    ]
    if with_filter:
        list_operation = paths["/pets"]["get"]
        list_operation["parameters"].append(
            {"name": "archived", "in": "query", "schema": {"type": "boolean"}}
        )
        state_filter = {"state": "archived", "field": "/archived"}
        state_filter["values"] = {"true": True, "false": False}
        list_operation["x-behaviors"].append({"filters": state_filter})


def add_parent(openapi: Json) -> None:
    """Put the pets under shops, one of which the document names as an example."""
    parameter = {
        "name": "shop",
        "in": "path",
        "required": True,
        "schema": {"type": "string"},
        "example": "north",
    }
    openapi["paths"] = {
        f"/shops/{{shop}}{path}": {**item, "parameters": [parameter, *item.get("parameters", ())]}
        for path, item in openapi["paths"].items()
    }
    for item in openapi["paths"].values():
        for method in set(item) - {"parameters", "head"}:
            item[method]["responses"].setdefault("404", {"description": "gone"})
    openapi["x-resources"]["pet"]["parent"] = {"parameter": "shop"}


ITEM_TYPES = ("string", "integer", "boolean")
REQUEST_MEDIA_TYPES = (*FORM_MEDIA_TYPES, VENDOR_MEDIA_TYPE)


def has_scalar_properties(openapi: Json) -> bool:
    """Tell whether every property of a pet can be a field of a form: a scalar, never null."""
    schemas = openapi["components"]["schemas"]["Pet"]["properties"].values()
    return all(
        schema.get("type") in ("string", "integer", "number", "boolean") for schema in schemas
    )


@st.composite
def contracts(draw: st.DrawFn, standard_only: bool = False) -> Json:
    """Draw the OpenAPI document of a contract.

    With `standard_only`, the document uses no words that the second server does not know: a
    credential is sent as OpenAPI alone defines it, and lists are at most paginated.
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
            if not standard_only or name not in ("token", "prefixed")
        ]
        with_security(draw(st.sampled_from(requirements)))(openapi)
    add_wire_features(draw, openapi)
    if not standard_only:
        add_behaviors(draw, openapi)
    return openapi
