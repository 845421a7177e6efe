"""Inference of resources and behaviors from an OpenAPI document that declares none.

The names and schemas of paths, parameters and properties suggest them. Each is a guess and is
marked as one with `x-guess`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from conformance.contract import pointer as pointers
from conformance.contract.document import Document
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING, join
from conformance.contract.reference import resolve_reference
from conformance.contract.schema import Schema

GUESS_KEY = "x-guess"
SORT_NAMES = ("sort", "sortby", "sortfield", "orderby", "order", "ordering")
DIRECTION_NAMES = (
    "sortdirection",
    "direction",
    "sortorder",
    "sortdir",
    "dir",
    "order",
    "orderdirection",
)
PAGE_NAMES = ("page", "pagenumber", "pageindex", "pageno")
OFFSET_NAMES = ("offset", "skip", "startindex")
CURSOR_NAMES = ("cursor", "pagetoken", "after", "startingafter", "nexttoken", "continuationtoken")
NEXT_NAMES = ("nextcursor", "nextpagetoken", "nexttoken", "continuationtoken", "next", "cursor")
SIZE_NAMES = ("perpage", "pagesize", "size", "limit", "itemsperpage", "count")
TOTAL_NAMES = ("total", "totalcount", "totalitems", "totalresults", "totalelements")
COUNT_NAMES = ("count",)
SWITCH_NAMES = (
    ("archive", ("unarchive", "restore"), ("archived",)),
    ("enable", ("disable",), ("enabled",)),
    ("activate", ("deactivate",), ("active", "activated")),
    ("publish", ("unpublish",), ("published",)),
    ("lock", ("unlock",), ("locked",)),
    ("pin", ("unpin",), ("pinned",)),
    ("star", ("unstar",), ("starred",)),
)


@dataclass(slots=True)
class InferredExtensions:
    """The extensions that inference adds to a document.

    `resources` is keyed by resource name, `behaviors` by the pointer of the list operation.
    """

    resources: dict[str, Json] = field(default_factory=dict)
    behaviors: dict[str, list[Json]] = field(default_factory=dict)


def add_inferred_extensions(document: Document) -> Document:
    """Return the document with the resources and behaviors that it seems to have.

    Operations without an operationId get one. Existing `x-behaviors` of an operation are kept. A
    document that has `x-resources`, or no paths, is returned unchanged.
    """
    value = document.value
    if (
        not isinstance(value, dict)
        or "x-resources" in value
        or not isinstance(value.get("paths"), dict)
    ):
        return document
    value = _add_missing_operation_ids(value)
    extensions = infer_extensions(value)
    for pointer, behaviors in extensions.behaviors.items():
        if pointers.get_at_pointer(value, f"{pointer}/x-behaviors") is not MISSING:
            continue
        value = pointers.put_at_pointer(value, f"{pointer}/x-behaviors", behaviors)
    return document.with_value(
        {**value, "x-resources": extensions.resources} if extensions.resources else value, {}
    )


def _add_missing_operation_ids(value: Json) -> Json:
    """Return the document with an operationId for every operation, since roles refer to it."""
    for path, method, node in _iterate_operation_nodes(value):
        if not node.get("operationId"):
            words = re.findall(r"[A-Za-z0-9]+", path)
            name = method + "".join(word[:1].upper() + word[1:] for word in words)
            value = pointers.put_at_pointer(
                value, join("/paths", path, method, "operationId"), name
            )
    return value


def _iterate_operation_nodes(value: Json) -> Iterator[tuple[str, str, Json]]:
    for path, path_item in value["paths"].items():
        for method in ("get", "put", "post", "delete", "patch"):
            if isinstance(path_item, dict) and isinstance(path_item.get(method), dict):
                yield path, method, path_item[method]


def infer_extensions(value: Json) -> InferredExtensions:
    """Return the extensions that a document suggests; each operation must have an operationId."""
    extensions = InferredExtensions()
    for path in value["paths"]:
        collection_path, _, last_segment = path.rstrip("/").rpartition("/")
        if re.fullmatch(r"\{[^{}]+\}", last_segment) and collection_path:
            collection_path = _find_path(value, collection_path) or collection_path
            _add_inferred_resource(value, collection_path, path, last_segment[1:-1], extensions)
    return extensions


def _find_path(value: Json, path: str) -> str | None:
    """Return the path as the document writes it, with or without a slash at its end, or None."""
    return next((written for written in (path, f"{path}/") if written in value["paths"]), None)


def _add_inferred_resource(
    value: Json,
    collection_path: str,
    item_path: str,
    id_parameter: str,
    extensions: InferredExtensions,
) -> None:
    collection_node, item_node = value["paths"].get(collection_path, {}), value["paths"][item_path]
    roles = {
        role: node["operationId"]
        for role, node in (
            ("create", collection_node.get("post")),
            ("list", collection_node.get("get")),
        )
        if node
    }
    roles |= {
        role: node["operationId"]
        for role, method in (
            ("read", "get"),
            ("replace", "put"),
            ("change", "patch"),
            ("delete", "delete"),
        )
        if (node := item_node.get(method))
    }
    list_items = (
        _find_items_pointer_and_schema(value, collection_node.get("get"))
        if "list" in roles
        else None
    )
    if "list" in roles and list_items is None:
        roles.pop("list")
    item_operation = next(
        (
            node
            for node in (
                item_node.get("get"),
                collection_node.get("post"),
                item_node.get("put"),
                item_node.get("patch"),
            )
            if node
        ),
        None,
    )
    schema = (
        _flatten_schema(value, list_items[1])
        if list_items
        else _flatten_schema(
            value, _get_success_response_schema(value, item_operation) if item_operation else {}
        )
    )
    name, identity = (
        _singularize_collection_name(collection_path),
        _guess_identity_property(schema, id_parameter, collection_path),
    )
    if (
        identity is None
        or not ({"create", "list"} & {*roles})
        or not ({"read", "replace", "change", "delete"} & {*roles})
    ):
        return
    while name in extensions.resources:
        name += "_"
    resource: dict[str, Json] = {
        "identity": f"/{identity}",
        "items": list_items[0] if list_items else "",
        **roles,
    }
    if parent_parameters := [
        segment[1:-1]
        for segment in collection_path.split("/")
        if re.fullmatch(r"\{[^{}]+\}", segment)
    ]:
        resource["parent"] = {"parameter": parent_parameters[-1]} | (
            {"field": f"/{parent_parameters[-1]}"}
            if parent_parameters[-1] in schema.get("properties", {})
            else {}
        )
    if mark_field := next(
        (
            candidate
            for candidate in ("name", "title", "label")
            if "string" in _get_property_types(schema, candidate)
        ),
        None,
    ):
        resource["mark"] = f"/{mark_field}"
    if switches := list(_infer_toggled_fields(value, item_path, schema)):
        resource["switches"] = switches
    resource[GUESS_KEY] = (
        f"by the paths {collection_path} and {item_path}; the identity by the name of"
        f" {{{id_parameter}}}"
    )
    extensions.resources[name] = resource
    if "list" in roles:
        pointer = join("/paths", collection_path, "get")
        if behaviors := list(_infer_list_behaviors(value, collection_node, schema)):
            extensions.behaviors[pointer] = behaviors


def _singularize_collection_name(collection_path: str) -> str:
    last_segment = next(
        (
            segment
            for segment in reversed(collection_path.split("/"))
            if segment and not segment.startswith("{")
        ),
        "thing",
    )
    word = re.sub(r"[^A-Za-z0-9]", "", last_segment) or "thing"
    return (
        word[:-3] + "y"
        if word.endswith("ies")
        else word[:-1]
        if word.endswith("s") and not word.endswith("ss")
        else word
    )


def _guess_identity_property(schema: Json, id_parameter: str, collection_path: str) -> str | None:
    properties = schema.get("properties", {})
    name = _singularize_collection_name(collection_path)
    short_parameter = re.sub(rf"^{name}[_-]?", "", id_parameter, flags=re.I)
    candidates = [
        id_parameter,
        short_parameter,
        "id",
        f"{name}Id",
        f"{name}_id",
        "uuid",
        "key",
        "slug",
        "name",
        "code",
    ]
    names_by_normalized = {
        re.sub(r"[_-]", "", property_name).lower(): property_name
        for property_name, node in properties.items()
        if not (isinstance(node, dict) and {"enum", "const"} & node.keys())
    }
    return next(
        (
            names_by_normalized[normalized]
            for candidate in candidates
            if (normalized := re.sub(r"[_-]", "", candidate).lower()) in names_by_normalized
        ),
        None,
    )


def _find_items_pointer_and_schema(value: Json, operation: Json) -> tuple[str, Json] | None:
    """Return the pointer to the items in the response of a list and their schema, or None."""
    schema = _flatten_schema(value, _get_success_response_schema(value, operation))
    if "array" in _get_types(schema):
        return "", schema.get("items", {})
    arrays = [
        (name, node)
        for name, property_schema in schema.get("properties", {}).items()
        if "array" in _get_types(node := _flatten_schema(value, property_schema))
    ]
    objects = [
        (name, node)
        for name, node in arrays
        if _flatten_schema(value, node.get("items", {})).get("properties")
    ]
    return (f"/{objects[0][0]}", objects[0][1]["items"]) if len(objects) == 1 else None


def _get_success_response_schema(value: Json, operation: Json) -> Json:
    for status, response in operation.get("responses", {}).items():
        if str(status).startswith("2"):
            node, _ = resolve_reference(value, response, "")
            for media_type, media_type_object in (
                node.get("content", {}) if isinstance(node, dict) else {}
            ).items():
                if "json" in media_type:
                    return media_type_object.get("schema", {})
    return {}


def _flatten_schema(value: Json, schema: Json, depth: int = 8) -> Json:
    node = Schema(value, schema).merged if isinstance(schema, dict) else {}
    if not isinstance(node, dict):
        return {}
    own_properties, properties = node.get("properties", {}), dict[str, Json]()
    for subschema in node.get("allOf", ()) if depth else ():
        flattened = _flatten_schema(value, subschema, depth - 1)
        node, properties = (
            {**flattened, **node},
            merge_properties(properties, flattened.get("properties", {})),
        )
    properties = merge_properties(properties, own_properties)
    return {**node, "properties": properties} if properties else node


def merge_properties(base: Json, override: Json) -> dict[str, Json]:
    """Return the properties of two schemas, merged.

    A property that both declare gets the keywords of both; those in `override` take precedence.
    """
    merged_keywords = {
        name: {**base[name], **override[name]}
        for name in base
        if isinstance(base[name], dict) and isinstance(override.get(name), dict)
    }
    return {**base, **override, **merged_keywords}


def _get_types(node: Json) -> tuple[str, ...]:
    types = node.get("type", ()) if isinstance(node, dict) else ()
    return (types,) if isinstance(types, str) else tuple(types)


def _get_property_types(schema: Json, name: str) -> tuple[str, ...]:
    return _get_types(schema.get("properties", {}).get(name, {}))


def _infer_toggled_fields(value: Json, item_path: str, schema: Json) -> Iterator[Json]:
    stem = item_path.rstrip("/")
    for on_name, off_names, field_names in SWITCH_NAMES:
        on_path_item = value["paths"].get(_find_path(value, f"{stem}/{on_name}"), {})
        field = next(
            (
                candidate
                for field_name in field_names
                for candidate in (field_name, f"is_{field_name}", f"is{field_name.title()}")
                if "boolean" in _get_property_types(schema, candidate)
            ),
            None,
        )
        off_path_item = next(
            (
                value["paths"][written]
                for off_name in off_names
                if (written := _find_path(value, f"{stem}/{off_name}"))
            ),
            None,
        )
        method = next(
            (
                candidate_method
                for candidate_method in ("post", "put", "patch")
                if candidate_method in on_path_item
            ),
            None,
        )
        if field is None or method is None:
            continue
        off_operation = on_path_item.get("delete") or (off_path_item or {}).get(method)
        if off_operation:
            yield {
                "field": f"/{field}",
                "on": on_path_item[method]["operationId"],
                "off": off_operation["operationId"],
                GUESS_KEY: f"by the path {stem}/{on_name} and the flag {field}",
            }


def _infer_list_behaviors(value: Json, path_item: Json, schema: Json) -> Iterator[Json]:
    operation = path_item["get"]
    parameters = [
        resolve_reference(value, parameter_node, "")[0]
        for parameter_node in (*path_item.get("parameters", ()), *operation.get("parameters", ()))
    ]
    query_schemas = {
        parameter["name"]: Schema(value, parameter.get("schema", {})).merged
        for parameter in parameters
        if isinstance(parameter, dict) and parameter.get("in") == "query"
    }
    names_by_normalized = {re.sub(r"[^a-z]", "", name.lower()): name for name in query_schemas}
    properties = schema.get("properties", {})
    sort_parameter = next(
        (
            names_by_normalized[candidate]
            for candidate in SORT_NAMES
            if candidate in names_by_normalized
            and any(
                key in properties
                for key in query_schemas[names_by_normalized[candidate]].get("enum", ())
            )
        ),
        None,
    )
    if sort_parameter:
        yield {
            "sorts": _infer_sorting_node(
                sort_parameter, query_schemas, names_by_normalized, properties
            )
        }
    for name, node in query_schemas.items():
        if "boolean" in _get_types(node) and "boolean" in _get_property_types(schema, name):
            yield {
                "filters": {
                    "state": name,
                    "field": f"/{name}",
                    "values": {"true": True, "false": False},
                    GUESS_KEY: f"{name} is a flag of the items",
                }
            }
    yield from _infer_paging(value, operation, query_schemas, names_by_normalized)


def _infer_paging(
    value: Json,
    operation: Json,
    query_schemas: Mapping[str, Json],
    names_by_normalized: Mapping[str, str],
) -> Iterator[Json]:
    """Yield the behavior of a list that seems to come in pages, if it does."""

    def find_parameter(candidates: Iterable[str], *types: str) -> str | None:
        names = (names_by_normalized[name] for name in candidates if name in names_by_normalized)
        return next((name for name in names if {*types} & {*_get_types(query_schemas[name])}), None)

    response_properties = _flatten_schema(
        value, _get_success_response_schema(value, operation)
    ).get("properties", {})
    response_names = {re.sub(r"[^a-z]", "", name.lower()): name for name in response_properties}
    size_parameter = find_parameter(SIZE_NAMES, "integer")
    for key, candidates in (("page", PAGE_NAMES), ("offset", OFFSET_NAMES)):
        position = find_parameter(candidates, "integer")
        if position and size_parameter:
            node: dict[str, Json] = {key: position, "size": size_parameter}
            if key == "page":
                first = query_schemas[position].get(
                    "default", query_schemas[position].get("minimum", 1)
                )
                node["first"] = first if first in (0, 1) else 1
            node[GUESS_KEY] = f"by the parameters {position} and {size_parameter}"
            counters = _infer_counters(value, response_properties, response_names)
            yield {"paginates": {**node, **counters}}
            return
    cursor = find_parameter(CURSOR_NAMES, "string")
    next_name = next((response_names[name] for name in NEXT_NAMES if name in response_names), None)
    if cursor and next_name:
        node = {"cursor": cursor, "next": f"/{next_name}"}
        node |= {"size": size_parameter} if size_parameter else {}
        yield {"continues": {**node, GUESS_KEY: f"by {cursor} and {next_name}"}}


def _infer_counters(
    value: Json, response_properties: Json, response_names: Mapping[str, str]
) -> dict[str, str]:
    """Return the pointers to the number of all items, and to that of a page."""
    counters = {}
    for key, candidates in (("total", TOTAL_NAMES), ("count", COUNT_NAMES)):
        for name in (response_names[name] for name in candidates if name in response_names):
            if "integer" in _get_types(_flatten_schema(value, response_properties[name])):
                counters[key] = f"/{name}"
                break
    if "total" not in counters:  # a count that stands alone is the total for as many vendors
        counters.pop("count", None)
    return counters


def _infer_sorting_node(
    sort_parameter: str,
    query_schemas: dict[str, Json],
    names_by_normalized: dict[str, str],
    properties: Json,
) -> Json:
    sorting: dict[str, Json] = {
        "by": sort_parameter,
        "keys": {
            key: f"/{key}" for key in query_schemas[sort_parameter]["enum"] if key in properties
        },
        GUESS_KEY: f"{sort_parameter} lists fields of the items",
    }
    direction_parameter = next(
        (
            names_by_normalized[candidate]
            for candidate in DIRECTION_NAMES
            if candidate in names_by_normalized and names_by_normalized[candidate] != sort_parameter
        ),
        None,
    )
    directions = query_schemas[direction_parameter].get("enum", ()) if direction_parameter else ()
    ascending = next(
        (candidate for candidate in directions if str(candidate).lower().startswith("asc")), None
    )
    descending = next(
        (candidate for candidate in directions if str(candidate).lower().startswith("desc")), None
    )
    if ascending is not None and descending is not None:
        sorting["direction"] = {
            "parameter": direction_parameter,
            "ascending": ascending,
            "descending": descending,
        }
    return sorting


def has_unconfirmed_guesses(value: Json) -> bool:
    """Tell whether a document declares no resources or has a guess that nobody has confirmed."""
    resources = value.get("x-resources", {})
    return not resources or any(GUESS_KEY in node for node in resources.values())


def find_guesses(value: Json) -> Iterator[tuple[str, str]]:
    """Yield the pointer of each guess in a document, with its reason."""
    for pointer, node in pointers.iterate_values(value):
        if isinstance(node, dict) and isinstance(node.get(GUESS_KEY), str):
            yield pointer, node[GUESS_KEY]
