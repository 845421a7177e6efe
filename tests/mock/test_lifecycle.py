"""The life of items."""

from __future__ import annotations

from .client import (
    APP_GROUPS,
    ELSEWHERE,
    GROUPS,
    build_losant_client,
    build_push_express_client,
    build_toy_client,
)

GROUP = {"app_ids": [3], "name": "new", "all_apps": False}


def test_an_item_is_complete() -> None:
    """Identity, its copy, parent and dates are there besides what was sent."""
    item = build_losant_client().json("POST", GROUPS, body={"name": "a"})
    stamp = "2023-11-14T22:13:20.000Z"
    id = "65a000010000000000000001"
    assert item == {
        "id": id,
        "experienceGroupId": id,
        "applicationId": "575ec8687ae143cd83dc4a97",
        "creationDate": stamp,
        "lastUpdated": stamp,
        "name": "a",
    }


def test_the_same_content_makes_two_items() -> None:
    """Two creations make two things."""
    assert (
        len(
            {
                build_losant_client("a").json("POST", GROUPS, body={"name": "a"})["id"],
                "65a000010000000000000001",
            }
        )
        == 2
    )


def test_a_creation_may_answer_with_less() -> None:
    """The answer to a creation holds what its schema declares; the rest is read."""
    client = build_push_express_client()
    assert client.json("POST", APP_GROUPS, body=GROUP) == {"id": 1001}
    assert client.json("GET", f"{APP_GROUPS}/1001") == {"id": 1001, "archived": False, **GROUP}


def test_a_replacement_takes_the_place_of_all_that_is_written() -> None:
    """PUT sets every writable field, defaults included, and leaves state, identity and birth
    alone.
    """
    client = build_toy_client("a")
    client.ask("PATCH", "/notes/note-000001", body={"labels": ["x"], "weight": 9})
    client.ask("PUT", "/notes/note-000001/star")
    born = client.json("GET", "/notes/note-000001")["createdAt"]
    item = client.json("PUT", "/notes/note-000001", body={"title": "b"})
    assert (
        item["title"],
        item["weight"],
        item.get("labels"),
        item["starred"],
        item["createdAt"],
    ) == ("b", 1, None, True, born)


def test_a_change_leaves_what_it_does_not_name() -> None:
    """PATCH sets the fields sent and no others."""
    client = build_losant_client({"name": "a", "description": "old", "parentId": "5" * 24})
    item = client.json("PATCH", f"{GROUPS}/65a000010000000000000001", body={"parentId": None})
    assert (item["name"], item["description"], item["parentId"]) == ("a", "old", None)


def test_a_switch_is_idempotent() -> None:
    """Thrown twice, it succeeds twice and the second time changes nothing, not even a date."""
    client = build_toy_client("a")
    client.ask("PUT", "/notes/note-000001/star")
    once = client.json("GET", "/notes/note-000001")
    assert client.ask("PUT", "/notes/note-000001/star").status == 204
    assert once == client.json("GET", "/notes/note-000001")
    assert once["starred"] is True


def test_operations_leave_neighbors_alone() -> None:
    """Replacing, switching and deleting one item changes that one only."""
    client = build_push_express_client("a", "b", "c")
    before = [client.json("GET", f"{APP_GROUPS}/{id}") for id in (1001, 1003)]
    for method, path, body in (
        ("PUT", "", GROUP),
        ("POST", "/archive", None),
        ("POST", "/unarchive", None),
        ("DELETE", "", None),
    ):
        assert client.ask(method, f"{APP_GROUPS}/1002{path}", body=body).status == 204
    assert before == [client.json("GET", f"{APP_GROUPS}/{id}") for id in (1001, 1003)]


def test_what_is_deleted_is_gone() -> None:
    """It is in no list, cannot be read, changed or deleted again."""
    client = build_push_express_client("a", "b")
    assert client.ask("DELETE", f"{APP_GROUPS}/1001").body == b""
    found = [
        client.status(*call)
        for call in (
            ("GET", f"{APP_GROUPS}/1001"),
            ("DELETE", f"{APP_GROUPS}/1001"),
            ("POST", f"{APP_GROUPS}/1001/archive"),
        )
    ]
    assert found == [404, 404, 404]
    assert [item["id"] for item in client.json("GET", APP_GROUPS)["app_groups"]] == [1002]


def test_a_deletion_may_answer_with_a_body() -> None:
    """The documented answer is given as it stands."""
    assert build_losant_client("a").json(
        "DELETE", f"{GROUPS}/65a000010000000000000001", body={}
    ) == {"success": True}


def test_a_refused_update_changes_nothing() -> None:
    """After a 400, item and list are as before."""
    client = build_push_express_client("a")
    before = client.json("GET", f"{APP_GROUPS}/1001")
    assert client.status("PUT", f"{APP_GROUPS}/1001", body={**GROUP, "app_ids": []}) == 400
    assert before == client.json("GET", f"{APP_GROUPS}/1001")


def test_unknown_parents_have_nothing() -> None:
    """Every operation on a parent that does not exist is answered with the documented status."""
    nowhere = ELSEWHERE.replace("5" * 24, "e" * 24)
    found = [
        build_losant_client("a").status(method, path, body={"name": "x"})
        for method, path in (
            ("GET", nowhere),
            ("POST", nowhere),
            ("GET", f"{nowhere}/65a000010000000000000001"),
        )
    ]
    assert found == [404, 404, 404]
