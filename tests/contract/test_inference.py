"""What a plain OpenAPI document seems to promise."""

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

THING = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "integer"},
        "name": {"type": "string"},
        "archived": {"type": "boolean"},
    },
}


def answer(schema: Json) -> Json:
    return {"200": {"description": "fine", "content": {"application/json": {"schema": schema}}}}


def document(
    listed: Json = None,
    query: Json = (),
    collection: str = "/things",
    key: str = "thingId",
    thing: Json = THING,
    **more: Json,
) -> Json:
    """Return a document of one resource; `query` are the parameters of its list, `more` further
    paths below one thing, with their methods.
    """
    given = [
        {"name": name, "in": "query", "schema": schema} for name, schema in dict(query).items()
    ]
    item = f"{collection}/{{{key}}}"
    body = {"content": {"application/json": {"schema": thing}}}
    paths = {
        collection: {
            "get": {
                "operationId": "list",
                "parameters": given,
                "responses": answer(listed or {"type": "array", "items": thing}),
            },
            "post": {"operationId": "create", "requestBody": body, "responses": answer(thing)},
        },
        item: {
            "get": {"operationId": "read", "responses": answer(thing)},
            "delete": {"operationId": "remove", "responses": {"204": {"description": "gone"}}},
        },
        **{
            f"{item}/{path}": {
                method: {"operationId": f"{method}-{path}", "responses": answer({})}
                for method in methods
            }
            for path, methods in more.items()
        },
    }
    return {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths}


def behaviors(value: Json) -> Json:
    return {
        word: body
        for one in infer_extensions(value).behaviors.get("/paths/~1things/get", ())
        for word, body in one.items()
    }


def test_a_collection_and_its_items_are_a_resource() -> None:
    """The paths give the roles, the parameter's name the identity, a text field the mark."""
    found = infer_extensions(document()).resources["thing"]
    assert {key: part for key, part in found.items() if key != "x-guess"} == {
        "identity": "/id",
        "items": "",
        "create": "create",
        "list": "list",
        "read": "read",
        "delete": "remove",
        "mark": "/name",
    }


def test_paths_may_end_in_a_slash() -> None:
    """Django writes a slash at the end of every path: the same resource is found."""
    value = document(archive=("post", "delete"))
    value["paths"] = {f"{path}/": item for path, item in value["paths"].items()}
    found = infer_extensions(value).resources["thing"]
    plain = infer_extensions(document(archive=("post", "delete"))).resources["thing"]
    assert {**found, "x-guess": None} == {**plain, "x-guess": None}
    assert found["switches"][0]["on"] == "post-archive"


@pytest.mark.parametrize(
    ("key", "fields", "identity"),
    [
        ("thing_uuid", ["uuid", "id"], "/uuid"),
        ("slug", ["slug"], "/slug"),
        ("thingId", ["thing_id"], "/thing_id"),
    ],
)
def test_the_identity_goes_by_the_parameter(key: str, fields: list[str], identity: str) -> None:
    """The field of the parameter's own name, or of its end, comes before any other."""
    thing = {"type": "object", "properties": {name: {"type": "string"} for name in fields}}
    assert (
        infer_extensions(document(key=key, thing=thing)).resources["thing"]["identity"] == identity
    )


def test_items_may_stand_within_the_answer() -> None:
    """The one list of objects in a list's answer holds the items; where there are two, nothing is
    guessed.
    """
    one = {
        "type": "object",
        "properties": {"data": {"type": "array", "items": THING}, "total": {"type": "integer"}},
    }
    two = {
        "type": "object",
        "properties": {**one["properties"], "more": {"type": "array", "items": THING}},
    }
    assert infer_extensions(document(one)).resources["thing"]["items"] == "/data"
    assert "list" not in infer_extensions(document(two)).resources["thing"]


def test_the_path_above_is_the_parent() -> None:
    """The last parameter before the collection names the parent."""
    assert infer_extensions(document(collection="/shops/{shop}/things")).resources["thing"][
        "parent"
    ] == {"parameter": "shop"}


@pytest.mark.parametrize(
    ("paths", "off"),
    [
        ({"archive": ["post"], "restore": ["post"]}, "post-restore"),
        ({"archive": ["put", "delete"]}, "delete-archive"),
    ],
)
def test_a_flag_with_two_paths_is_a_switch(paths: Json, off: str) -> None:
    """Archive with its opposite, by another path or by DELETE."""
    [switch] = infer_extensions(document(**paths)).resources["thing"]["switches"]
    assert (switch["field"], switch["off"]) == ("/archived", off)


@pytest.mark.parametrize(
    ("query", "word", "expected"),
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
def test_behaviors_go_by_the_parameters(query: Json, word: str, expected: Json) -> None:
    """A list of the items' fields sorts, a flag of the items filters, a page with a size cuts."""
    found = behaviors(document(query=query))[word]
    direction = found.get("direction", {}).get("parameter")
    told = {
        "sorts": (found.get("by"), found.get("keys"), direction),
        "filters": (found.get("state"), found.get("field")),
    }
    assert told.get(word, (found.get("page"), found.get("size"), found.get("first"))) == expected


def test_what_a_document_says_itself_is_left_alone() -> None:
    """A document with resources is a contract: nothing is guessed."""
    given = Document(value={**document(), "x-resources": {}}, positions={})
    assert add_inferred_extensions(given) is given


def test_every_guess_is_marked() -> None:
    """Each has its reason, where it stands."""
    value = add_inferred_extensions(
        Document(
            value=document(query={"page": {"type": "integer"}, "limit": {"type": "integer"}}),
            positions={},
        )
    ).value
    assert [at for at, _ in find_guesses(value)] == [
        "/paths/~1things/get/x-behaviors/0/paginates",
        "/x-resources/thing",
    ]


def test_what_is_not_3_is_refused(tmp_path: Path) -> None:
    """Swagger 2 gets a clear message."""
    file = tmp_path / "swagger.json"
    file.write_text('{"swagger": "2.0", "info": {"title": "t", "version": "1"}, "paths": {}}')
    with pytest.raises(ContractError, match=r"not an OpenAPI 3 document.*\n.*convert"):
        loader.load_contract(str(file), infer=True)


def test_what_is_guessed_is_never_binding(tmp_path: Path) -> None:
    """The written guesses load again; their claims yield notes, and what is confirmed binds."""
    page = {
        "type": "object",
        "properties": {
            "items": {"type": "array", "items": THING},
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
    plain = tmp_path / "plain.yaml"
    value = document(page, query, archive=("post", "delete"))
    key = {"name": "thingId", "in": "path", "required": True, "schema": {"type": "integer"}}
    for path, item in value["paths"].items():
        item.update({"parameters": [key]} if "{" in path else {})
    plain.write_text(yaml.safe_dump(value))
    written = tmp_path / "written.yaml"
    guessed = loader.load_contract(str(plain), infer=True).document
    written.write_text(yaml.safe_dump(guessed))
    contract = loader.load_contract(str(written))
    kinds = {claim.kind for claim in contract.claims if not claim.basis.is_binding}
    assert {kind.split(".")[0] for kind in kinds} == {
        "lifecycle",
        "pagination",
        "sorting",
        "filtering",
    }
    assert len(list(find_guesses(guessed))) == 5
    for pointer, _ in find_guesses(guessed):
        guessed = pointers.put_at_pointer(
            guessed,
            pointer,
            {
                key: part
                for key, part in pointers.get_at_pointer(guessed, pointer).items()
                if key != "x-guess"
            },
        )
    written.write_text(yaml.safe_dump(guessed))
    confirmed = loader.load_contract(str(written))
    assert {claim.id for claim in confirmed.claims} == {claim.id for claim in contract.claims}
    assert all(claim.basis.is_binding for claim in confirmed.claims)
