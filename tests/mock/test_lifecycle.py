"""The life cycle of items: creation, replacement, update, switches and deletion."""

from __future__ import annotations

from .client import (
    APP_GROUPS,
    GROUPS,
    OTHER_PARENT_GROUPS,
    build_losant_client,
    build_push_express_client,
    build_toy_client,
)

GROUP = {"app_ids": [3], "name": "new", "all_apps": False}


def test_a_created_item_is_complete() -> None:
    """Besides the sent fields, an item has its id, the copy of the id, its parent and its dates."""
    item = build_losant_client().json("POST", GROUPS, body={"name": "a"})
    timestamp = "2023-11-14T22:13:20.000Z"
    id = "65a000010000000000000001"
    assert item == {
        "id": id,
        "experienceGroupId": id,
        "applicationId": "575ec8687ae143cd83dc4a97",
        "creationDate": timestamp,
        "lastUpdated": timestamp,
        "name": "a",
    }


def test_equal_bodies_create_two_items() -> None:
    """Two creations with the same body create two items with different ids."""
    assert (
        len(
            {
                build_losant_client("a").json("POST", GROUPS, body={"name": "a"})["id"],
                "65a000010000000000000001",
            }
        )
        == 2
    )


def test_a_creation_response_may_be_partial() -> None:
    """The response to a creation has the properties that its schema declares.

    Reading the item returns all.
    """
    client = build_push_express_client()
    assert client.json("POST", APP_GROUPS, body=GROUP) == {"id": 1001}
    assert client.json("GET", f"{APP_GROUPS}/1001") == {"id": 1001, "archived": False, **GROUP}


def test_put_replaces_all_writable_fields() -> None:
    """PUT sets every writable field, with defaults for absent ones.

    It keeps state, id and creation date.
    """
    client = build_toy_client("a")
    client.send_request("PATCH", "/notes/note-000001", body={"labels": ["x"], "weight": 9})
    client.send_request("PUT", "/notes/note-000001/star")
    created_at = client.json("GET", "/notes/note-000001")["createdAt"]
    item = client.json("PUT", "/notes/note-000001", body={"title": "b"})
    assert (
        item["title"],
        item["weight"],
        item.get("labels"),
        item["starred"],
        item["createdAt"],
    ) == ("b", 1, None, True, created_at)


def test_patch_keeps_absent_fields() -> None:
    """PATCH sets the sent fields and no others."""
    client = build_losant_client({"name": "a", "description": "old", "parentId": "5" * 24})
    item = client.json("PATCH", f"{GROUPS}/65a000010000000000000001", body={"parentId": None})
    assert (item["name"], item["description"], item["parentId"]) == ("a", "old", None)


def test_a_switch_is_idempotent() -> None:
    """The second call succeeds too and changes nothing, not even a date."""
    client = build_toy_client("a")
    client.send_request("PUT", "/notes/note-000001/star")
    first_item = client.json("GET", "/notes/note-000001")
    assert client.send_request("PUT", "/notes/note-000001/star").status == 204
    assert first_item == client.json("GET", "/notes/note-000001")
    assert first_item["starred"] is True


def test_operations_leave_other_items_unchanged() -> None:
    """Replacing, switching and deleting an item changes no other item."""
    client = build_push_express_client("a", "b", "c")
    before = [client.json("GET", f"{APP_GROUPS}/{id}") for id in (1001, 1003)]
    for method, path, body in (
        ("PUT", "", GROUP),
        ("POST", "/archive", None),
        ("POST", "/unarchive", None),
        ("DELETE", "", None),
    ):
        assert client.send_request(method, f"{APP_GROUPS}/1002{path}", body=body).status == 204
    assert before == [client.json("GET", f"{APP_GROUPS}/{id}") for id in (1001, 1003)]


def test_a_deleted_item_is_gone() -> None:
    """A deleted item is in no list. It cannot be read, changed or deleted again."""
    client = build_push_express_client("a", "b")
    assert client.send_request("DELETE", f"{APP_GROUPS}/1001").body == b""
    statuses = [
        client.status(*request)
        for request in (
            ("GET", f"{APP_GROUPS}/1001"),
            ("DELETE", f"{APP_GROUPS}/1001"),
            ("POST", f"{APP_GROUPS}/1001/archive"),
        )
    ]
    assert statuses == [404, 404, 404]
    assert [item["id"] for item in client.json("GET", APP_GROUPS)["app_groups"]] == [1002]


def test_a_deletion_may_return_a_body() -> None:
    """The response is the documented one."""
    assert build_losant_client("a").json(
        "DELETE", f"{GROUPS}/65a000010000000000000001", body={}
    ) == {"success": True}


def test_a_refused_update_changes_nothing() -> None:
    """After a 400, the item is as before."""
    client = build_push_express_client("a")
    before = client.json("GET", f"{APP_GROUPS}/1001")
    assert client.status("PUT", f"{APP_GROUPS}/1001", body={**GROUP, "app_ids": []}) == 400
    assert before == client.json("GET", f"{APP_GROUPS}/1001")


def test_unknown_parents_are_not_found() -> None:
    """Every operation under a parent that does not exist returns the documented status."""
    unknown_parent_groups = OTHER_PARENT_GROUPS.replace("5" * 24, "e" * 24)
    statuses = [
        build_losant_client("a").status(method, path, body={"name": "x"})
        for method, path in (
            ("GET", unknown_parent_groups),
            ("POST", unknown_parent_groups),
            ("GET", f"{unknown_parent_groups}/65a000010000000000000001"),
        )
    ]
    assert statuses == [404, 404, 404]
