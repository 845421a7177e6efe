"""Resources and behaviors that are inferred from a plain OpenAPI document."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from conformance.contract import loader
from conformance.contract import pointer as pointers
from conformance.contract.document import Document
from conformance.contract.inference import add_inferred_extensions, find_guesses, infer_extensions
from conformance.contract.json import Json
from conformance.errors import ContractError

ITEM_SCHEMA = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "integer"},
        "name": {"type": "string"},
        "archived": {"type": "boolean"},
    },
}


def build_responses(schema: Json) -> Json:
    return {"200": {"description": "fine", "content": {"application/json": {"schema": schema}}}}


def build_document(
    list_schema: Json = None,
    query: Json = (),
    collection: str = "/things",
    id_parameter: str = "thingId",
    item_schema: Json = ITEM_SCHEMA,
    **actions: Json,
) -> Json:
    """Build a document with one resource.

    `query` maps the list's query parameters to schemas. `actions` maps further paths below one item
    to their methods.
    """
    parameters = [
        {"name": name, "in": "query", "schema": schema} for name, schema in dict(query).items()
    ]
    item_path = f"{collection}/{{{id_parameter}}}"
    body = {"content": {"application/json": {"schema": item_schema}}}
    paths = {
        collection: {
            "get": {
                "operationId": "list",
                "parameters": parameters,
                "responses": build_responses(
                    list_schema or {"type": "array", "items": item_schema}
                ),
            },
            "post": {
                "operationId": "create",
                "requestBody": body,
                "responses": build_responses(item_schema),
            },
        },
        item_path: {
            "get": {"operationId": "read", "responses": build_responses(item_schema)},
            "delete": {"operationId": "remove", "responses": {"204": {"description": "gone"}}},
        },
        **{
            f"{item_path}/{path}": {
                method: {"operationId": f"{method}-{path}", "responses": build_responses({})}
                for method in methods
            }
            for path, methods in actions.items()
        },
    }
    return {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths}


def infer_list_behaviors(document: Json) -> Json:
    return {
        name: node
        for behavior in infer_extensions(document).behaviors.get("/paths/~1things/get", ())
        for name, node in behavior.items()
    }


def test_a_collection_and_its_items_are_a_resource() -> None:
    """The paths give the roles, the parameter's name the identity, and a text field the mark."""
    resource = infer_extensions(build_document()).resources["thing"]
    assert {key: value for key, value in resource.items() if key != "x-guess"} == {
        "identity": "/id",
        "items": "",
        "create": "create",
        "list": "list",
        "read": "read",
        "delete": "remove",
        "mark": "/name",
    }


def test_trailing_slashes_are_ignored() -> None:
    """Django writes a slash at the end of every path. The inferred resource is the same."""
    document = build_document(archive=("post", "delete"))
    document["paths"] = {f"{path}/": path_item for path, path_item in document["paths"].items()}
    resource = infer_extensions(document).resources["thing"]
    expected_resource = infer_extensions(build_document(archive=("post", "delete"))).resources[
        "thing"
    ]
    assert {**resource, "x-guess": None} == {**expected_resource, "x-guess": None}
    assert resource["switches"][0]["on"] == "post-archive"


@pytest.mark.parametrize(
    ("id_parameter", "fields", "identity"),
    [
        ("thing_uuid", ["uuid", "id"], "/uuid"),
        ("slug", ["slug"], "/slug"),
        ("thingId", ["thing_id"], "/thing_id"),
    ],
)
def test_identity_follows_the_parameter_name(
    id_parameter: str, fields: list[str], identity: str
) -> None:
    """A field named like the parameter, or like its end, takes precedence over all others."""
    item_schema = {"type": "object", "properties": {name: {"type": "string"} for name in fields}}
    assert (
        infer_extensions(
            build_document(id_parameter=id_parameter, item_schema=item_schema)
        ).resources["thing"]["identity"]
        == identity
    )


def test_items_may_be_nested_in_the_response() -> None:
    """The only list of objects in a list response contains the items.

    If there are two, nothing is inferred.
    """
    schema_with_one_list = {
        "type": "object",
        "properties": {
            "data": {"type": "array", "items": ITEM_SCHEMA},
            "total": {"type": "integer"},
        },
    }
    schema_with_two_lists = {
        "type": "object",
        "properties": {
            **schema_with_one_list["properties"],
            "more": {"type": "array", "items": ITEM_SCHEMA},
        },
    }
    assert (
        infer_extensions(build_document(schema_with_one_list)).resources["thing"]["items"]
        == "/data"
    )
    assert "list" not in infer_extensions(build_document(schema_with_two_lists)).resources["thing"]


def test_last_path_parameter_is_the_parent() -> None:
    """The last path parameter before the collection identifies the parent."""
    assert infer_extensions(build_document(collection="/shops/{shop}/things")).resources["thing"][
        "parent"
    ] == {"parameter": "shop"}


@pytest.mark.parametrize(
    ("paths", "off"),
    [
        ({"archive": ["post"], "restore": ["post"]}, "post-restore"),
        ({"archive": ["put", "delete"]}, "delete-archive"),
    ],
)
def test_flag_with_two_operations_is_a_switch(paths: Json, off: str) -> None:
    """The opposite of archive is another path or DELETE."""
    [switch] = infer_extensions(build_document(**paths)).resources["thing"]["switches"]
    assert (switch["field"], switch["off"]) == ("/archived", off)


@pytest.mark.parametrize(
    ("query", "name", "expected"),
    [
        (
            {"sort": {"enum": ["name", "other"]}, "order": {"enum": ["ASC", "DESC"]}},
            "sorts",
            ("sort", {"name": "/name"}, "order"),
        ),
        ({"archived": {"type": "boolean"}}, "filters", ("archived", "/archived")),
        (
            {"page": {"type": "integer", "default": 0}, "page_size": {"type": "integer"}},
            "paginates",
            ("page", "page_size", 0),
        ),
    ],
)
def test_behaviors_follow_the_parameters(query: Json, name: str, expected: Json) -> None:
    """An enum of item fields sorts, an item flag filters, a page with a size paginates."""
    behavior = infer_list_behaviors(build_document(query=query))[name]
    direction = behavior.get("direction", {}).get("parameter")
    values_by_name = {
        "sorts": (behavior.get("by"), behavior.get("keys"), direction),
        "filters": (behavior.get("state"), behavior.get("field")),
    }
    assert (
        values_by_name.get(
            name, (behavior.get("page"), behavior.get("size"), behavior.get("first"))
        )
        == expected
    )


LIST_OF_PAGES = {
    "type": "object",
    "properties": {
        "items": {"type": "array", "items": ITEM_SCHEMA},
        "total": {"type": "integer"},
        "next_cursor": {"type": "string"},
    },
}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            {"offset": {"type": "integer"}, "limit": {"type": "integer"}},
            {"paginates": {"offset": "offset", "size": "limit", "total": "/total"}},
        ),
        (
            {"cursor": {"type": "string"}, "limit": {"type": "integer"}},
            {"continues": {"cursor": "cursor", "next": "/next_cursor", "size": "limit"}},
        ),
        (
            {"cursor": {"type": "string"}},
            {"continues": {"cursor": "cursor", "next": "/next_cursor"}},
        ),
        ({"limit": {"type": "integer"}}, None),
    ],
)
def test_pages_follow_the_parameters(query: Json, expected: Json) -> None:
    """An offset and a size, or a cursor and where the next one stands, make pages."""
    behaviors = infer_list_behaviors(build_document(LIST_OF_PAGES, query))
    for entry in behaviors.values():
        assert entry.pop("x-guess")
    assert behaviors == (expected or {})


def test_document_with_resources_is_unchanged() -> None:
    """A document with resources is a contract: nothing is inferred."""
    document = Document(value={**build_document(), "x-resources": {}}, positions={})
    assert add_inferred_extensions(document) is document


def test_every_guess_is_marked() -> None:
    """Each guess is marked, with its reason, at its own node."""
    value = add_inferred_extensions(
        Document(
            value=build_document(query={"page": {"type": "integer"}, "limit": {"type": "integer"}}),
            positions={},
        )
    ).value
    assert [pointer for pointer, _ in find_guesses(value)] == [
        "/paths/~1things/get/x-behaviors/0/paginates",
        "/x-resources/thing",
    ]


def test_swagger_2_is_refused(tmp_path: Path) -> None:
    """Swagger 2 is refused with a clear message."""
    file = tmp_path / "swagger.json"
    file.write_text('{"swagger": "2.0", "info": {"title": "t", "version": "1"}, "paths": {}}')
    with pytest.raises(ContractError, match=r"not an OpenAPI 3 document.*\n.*convert"):
        loader.load_contract(str(file), infer=True)


def test_guesses_are_not_binding_until_confirmed(tmp_path: Path) -> None:
    """Guesses that were written to a file load again.

    Claims from guesses only yield notes; claims from confirmed guesses are binding.
    """
    list_schema = {
        "type": "object",
        "properties": {
            "items": {"type": "array", "items": ITEM_SCHEMA},
            "total": {"type": "integer"},
            "count": {"type": "integer"},
        },
    }
    query = {
        "page": {"type": "integer"},
        "size": {"type": "integer"},
        "archived": {"type": "boolean"},
        "sort": {"enum": ["id", "name"]},
    }
    plain_file = tmp_path / "plain.yaml"
    document = build_document(list_schema, query, archive=("post", "delete"))
    id_parameter = {
        "name": "thingId",
        "in": "path",
        "required": True,
        "schema": {"type": "integer"},
    }
    for path, path_item in document["paths"].items():
        path_item.update({"parameters": [id_parameter]} if "{" in path else {})
    plain_file.write_text(yaml.safe_dump(document))
    written_file = tmp_path / "written.yaml"
    inferred_document = loader.load_contract(str(plain_file), infer=True).document
    written_file.write_text(yaml.safe_dump(inferred_document))
    contract = loader.load_contract(str(written_file))
    inferred_kinds = {claim.kind for claim in contract.claims if not claim.basis.is_binding}
    assert {kind.split(".")[0] for kind in inferred_kinds} == {
        "lifecycle",
        "pagination",
        "sorting",
        "filtering",
    }
    assert len(list(find_guesses(inferred_document))) == 5
    for pointer, _ in find_guesses(inferred_document):
        inferred_document = pointers.put_at_pointer(
            inferred_document,
            pointer,
            {
                key: field
                for key, field in pointers.get_at_pointer(inferred_document, pointer).items()
                if key != "x-guess"
            },
        )
    written_file.write_text(yaml.safe_dump(inferred_document))
    confirmed = loader.load_contract(str(written_file))
    assert {claim.id for claim in confirmed.claims} == {claim.id for claim in contract.claims}
    assert all(claim.basis.is_binding for claim in confirmed.claims)
