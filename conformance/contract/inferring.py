"""What an OpenAPI document without behaviours seems to promise, by the names and shapes of its
paths, parameters and schemas: guesses, each marked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from conformance.contract import pointer as pointers
from conformance.contract.document import Document
from conformance.contract.json import Json
from conformance.contract.operation import merged
from conformance.contract.pointer import MISSING, join
from conformance.contract.reference import resolve

GUESS = "x-guess"
SORTS = ("sort", "sortby", "sortfield", "orderby", "order", "ordering")
DIRECTIONS = (
    "sortdirection",
    "direction",
    "sortorder",
    "sortdir",
    "dir",
    "order",
    "orderdirection",
)
PAGES = ("page", "pagenumber", "pageindex", "pageno")
SIZES = ("perpage", "pagesize", "size", "limit", "itemsperpage", "count")
TOTALS = ("total", "totalcount", "totalitems", "totalresults", "totalelements")
COUNTS = ("count",)
SWITCHES = (
    ("archive", ("unarchive", "restore"), ("archived",)),
    ("enable", ("disable",), ("enabled",)),
    ("activate", ("deactivate",), ("active", "activated")),
    ("publish", ("unpublish",), ("published",)),
    ("lock", ("unlock",), ("locked",)),
    ("pin", ("unpin",), ("pinned",)),
    ("star", ("unstar",), ("starred",)),
)


@dataclass(slots=True)
class Guesses:
    """What is laid into the document: resources by name, behaviours by the list operation's
    pointer.
    """

    resources: dict[str, Json] = field(default_factory=dict)
    behaviours: dict[str, list[Json]] = field(default_factory=dict)


def inferred(document: Document) -> Document:
    """Return a document with the resources and behaviours that it seems to have; one that says
    either itself is returned as it is.
    """
    value = document.value
    if (
        not isinstance(value, dict)
        or "x-resources" in value
        or not isinstance(value.get("paths"), dict)
    ):
        return document
    value = _named(value)
    found = guesses(value)
    for at, behaviours in found.behaviours.items():
        if pointers.get(value, f"{at}/x-behaviours") is not MISSING:
            continue
        value = pointers.put(value, f"{at}/x-behaviours", behaviours)
    return document.with_value(
        {**value, "x-resources": found.resources} if found.resources else value, {}
    )


def _named(value: Json) -> Json:
    """Return the document with an operationId for every operation: roles are told by it."""
    for path, method, node in _operations(value):
        if not node.get("operationId"):
            words = re.findall(r"[A-Za-z0-9]+", path)
            name = method + "".join(word[:1].upper() + word[1:] for word in words)
            value = pointers.put(value, join("/paths", path, method, "operationId"), name)
    return value


def _operations(value: Json) -> Iterator[tuple[str, str, Json]]:
    for path, item in value["paths"].items():
        for method in ("get", "put", "post", "delete", "patch"):
            if isinstance(item, dict) and isinstance(item.get(method), dict):
                yield path, method, item[method]


def guesses(value: Json) -> Guesses:
    """Return what a document of named operations seems to promise."""
    found = Guesses()
    for path in value["paths"]:
        parent, _, last = path.rpartition("/")
        if re.fullmatch(r"\{[^{}]+\}", last) and parent:
            _resource(value, parent, path, last[1:-1], found)
    return found


def _resource(value: Json, collection: str, item: str, key: str, found: Guesses) -> None:
    lists, one = value["paths"].get(collection, {}), value["paths"][item]
    roles = {
        role: node["operationId"]
        for role, node in (("create", lists.get("post")), ("list", lists.get("get")))
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
        if (node := one.get(method))
    }
    listed = _listed(value, lists.get("get")) if "list" in roles else None
    if "list" in roles and listed is None:
        roles.pop("list")
    single = next(
        (
            node
            for node in (one.get("get"), lists.get("post"), one.get("put"), one.get("patch"))
            if node
        ),
        None,
    )
    schema = (
        _flat(value, listed[1])
        if listed
        else _flat(value, _answer(value, single) if single else {})
    )
    name, identity = _singular(collection), _identity(schema, key, collection)
    if (
        identity is None
        or not ({"create", "list"} & {*roles})
        or not ({"read", "replace", "change", "delete"} & {*roles})
    ):
        return
    while name in found.resources:
        name += "_"
    guess: dict[str, Json] = {
        "identity": f"/{identity}",
        "items": listed[0] if listed else "",
        **roles,
    }
    if above := [part[1:-1] for part in collection.split("/") if re.fullmatch(r"\{[^{}]+\}", part)]:
        guess["parent"] = {"parameter": above[-1]} | (
            {"field": f"/{above[-1]}"} if above[-1] in schema.get("properties", {}) else {}
        )
    if mark := next(
        (one for one in ("name", "title", "label") if "string" in _types(schema, one)), None
    ):
        guess["mark"] = f"/{mark}"
    if switches := list(_switches(value, item, schema)):
        guess["switches"] = switches
    guess[GUESS] = f"by the paths {collection} and {item}; the identity by the name of {{{key}}}"
    found.resources[name] = guess
    if "list" in roles:
        at = join("/paths", collection, "get")
        if behaviours := list(_behaviours(value, lists, schema)):
            found.behaviours[at] = behaviours


def _singular(collection: str) -> str:
    last = next(
        (part for part in reversed(collection.split("/")) if part and not part.startswith("{")),
        "thing",
    )
    word = re.sub(r"[^A-Za-z0-9]", "", last) or "thing"
    return (
        word[:-3] + "y"
        if word.endswith("ies")
        else word[:-1]
        if word.endswith("s") and not word.endswith("ss")
        else word
    )


def _identity(schema: Json, key: str, collection: str) -> str | None:
    declared = schema.get("properties", {})
    name = _singular(collection)
    tail = re.sub(rf"^{name}[_-]?", "", key, flags=re.I)
    wished = [key, tail, "id", f"{name}Id", f"{name}_id", "uuid", "key", "slug", "name", "code"]
    plain = {
        re.sub(r"[_-]", "", one).lower(): one
        for one, node in declared.items()
        if not (isinstance(node, dict) and {"enum", "const"} & node.keys())
    }
    return next(
        (plain[word] for one in wished if (word := re.sub(r"[_-]", "", one).lower()) in plain), None
    )


def _listed(value: Json, operation: Json) -> tuple[str, Json] | None:
    """Return where the items stand in a list's answer, and their schema."""
    schema = _flat(value, _answer(value, operation))
    if "array" in _kinds(schema):
        return "", schema.get("items", {})
    arrays = [
        (name, node)
        for name, part in schema.get("properties", {}).items()
        if "array" in _kinds(node := _flat(value, part))
    ]
    objects = [
        (name, node)
        for name, node in arrays
        if _flat(value, node.get("items", {})).get("properties")
    ]
    return (f"/{objects[0][0]}", objects[0][1]["items"]) if len(objects) == 1 else None


def _answer(value: Json, operation: Json) -> Json:
    for status, response in operation.get("responses", {}).items():
        if str(status).startswith("2"):
            node, _ = resolve(value, response, "")
            for media, holder in (
                node.get("content", {}) if isinstance(node, dict) else {}
            ).items():
                if "json" in media:
                    return holder.get("schema", {})
    return {}


def _flat(value: Json, schema: Json, depth: int = 8) -> Json:
    node = merged(value, schema) if isinstance(schema, dict) else {}
    if not isinstance(node, dict):
        return {}
    own, declared = node.get("properties", {}), dict[str, Json]()
    for part in node.get("allOf", ()) if depth else ():
        below = _flat(value, part, depth - 1)
        node, declared = {**below, **node}, laid(declared, below.get("properties", {}))
    declared = laid(declared, own)
    return {**node, "properties": declared} if declared else node


def laid(below: Json, above: Json) -> dict[str, Json]:
    """Return the properties of two schemas together; of one that both declare, the keywords of
    both.
    """
    both = {
        name: {**below[name], **above[name]}
        for name in below
        if isinstance(below[name], dict) and isinstance(above.get(name), dict)
    }
    return {**below, **above, **both}


def _kinds(node: Json) -> tuple[str, ...]:
    listed = node.get("type", ()) if isinstance(node, dict) else ()
    return (listed,) if isinstance(listed, str) else tuple(listed)


def _types(schema: Json, name: str) -> tuple[str, ...]:
    return _kinds(schema.get("properties", {}).get(name, {}))


def _switches(value: Json, item: str, schema: Json) -> Iterator[Json]:
    for on, offs, fields in SWITCHES:
        thrown = value["paths"].get(f"{item}/{on}", {})
        field = next(
            (
                one
                for name in fields
                for one in (name, f"is_{name}", f"is{name.title()}")
                if "boolean" in _types(schema, one)
            ),
            None,
        )
        back = next(
            (value["paths"][f"{item}/{off}"] for off in offs if f"{item}/{off}" in value["paths"]),
            None,
        )
        method = next((word for word in ("post", "put", "patch") if word in thrown), None)
        if field is None or method is None:
            continue
        off = thrown.get("delete") or (back or {}).get(method)
        if off:
            yield {
                "field": f"/{field}",
                "on": thrown[method]["operationId"],
                "off": off["operationId"],
                GUESS: f"by the path {item}/{on} and the flag {field}",
            }


def _behaviours(value: Json, item: Json, schema: Json) -> Iterator[Json]:
    operation = item["get"]
    given = [
        resolve(value, one, "")[0]
        for one in (*item.get("parameters", ()), *operation.get("parameters", ()))
    ]
    query = {
        one["name"]: merged(value, one.get("schema", {}))
        for one in given
        if isinstance(one, dict) and one.get("in") == "query"
    }
    plain = {re.sub(r"[^a-z]", "", name.lower()): name for name in query}
    declared = schema.get("properties", {})
    sort = next(
        (
            plain[one]
            for one in SORTS
            if one in plain and any(key in declared for key in query[plain[one]].get("enum", ()))
        ),
        None,
    )
    if sort:
        yield {"sorts": _sorts(sort, query, plain, declared)}
    for name, node in query.items():
        if "boolean" in _kinds(node) and "boolean" in _types(schema, name):
            yield {
                "filters": {
                    "state": name,
                    "field": f"/{name}",
                    "values": {"true": True, "false": False},
                    GUESS: f"{name} is a flag of the items",
                }
            }
    page, size = (
        next(
            (
                plain[one]
                for one in names
                if one in plain and "integer" in _kinds(query[plain[one]])
            ),
            None,
        )
        for names in (PAGES, SIZES)
    )
    if page and size:
        told = _flat(value, _answer(value, operation)).get("properties", {})
        words = {re.sub(r"[^a-z]", "", name.lower()): name for name in told}
        first = query[page].get("default", query[page].get("minimum", 1))
        found = {
            "page": page,
            "size": size,
            "first": first if first in (0, 1) else 1,
            GUESS: f"by the parameters {page} and {size}",
        }
        for key, names in (("total", TOTALS), ("count", COUNTS)):
            if counter := next(
                (
                    words[one]
                    for one in names
                    if one in words and "integer" in _kinds(_flat(value, told[words[one]]))
                ),
                None,
            ):
                found[key] = f"/{counter}"
        yield {"paginates": found}


def _sorts(sort: str, query: dict[str, Json], plain: dict[str, str], declared: Json) -> Json:
    found: dict[str, Json] = {
        "by": sort,
        "keys": {key: f"/{key}" for key in query[sort]["enum"] if key in declared},
        GUESS: f"{sort} lists fields of the items",
    }
    direction = next(
        (plain[one] for one in DIRECTIONS if one in plain and plain[one] != sort), None
    )
    ways = query[direction].get("enum", ()) if direction else ()
    ascending = next((one for one in ways if str(one).lower().startswith("asc")), None)
    descending = next((one for one in ways if str(one).lower().startswith("desc")), None)
    if ascending is not None and descending is not None:
        found["direction"] = {
            "parameter": direction,
            "ascending": ascending,
            "descending": descending,
        }
    return found


def is_guessed(value: Json) -> bool:
    """Tell whether what a document says of resources is, in part at least, a guess that nobody has
    confirmed, or nothing at all.
    """
    resources = value.get("x-resources", {})
    return not resources or any(GUESS in node for node in resources.values())


def marks(value: Json) -> Iterator[tuple[str, str]]:
    """Yield the pointer of each guess in a document, with its reason."""
    for at, node in pointers.walk(value):
        if isinstance(node, dict) and isinstance(node.get(GUESS), str):
            yield at, node[GUESS]
