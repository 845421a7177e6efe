"""Paths to operations."""

from __future__ import annotations

import pytest

from conformance.mock.routing import build_routing_tree, find_route

TABLE = build_routing_tree(
    [
        ("GET", "/v2/things", "list"),
        ("GET", "/v2/things/{id}", "read"),
        ("PUT", "/v2/things/{id}", "write"),
        ("GET", "/v2/things/new", "new"),
        ("GET", "/v2/{any}/old", "old"),
    ]
)


@pytest.mark.parametrize(
    ("path", "methods", "values"),
    [
        ("/v2/things", {"GET": "list"}, ()),
        ("/v2/things/a%2Fb", {"GET": "read", "PUT": "write"}, ("a/b",)),
        ("/v2/things/new", {"GET": "new"}, ()),
        ("/v2/things/old", {"GET": "read", "PUT": "write"}, ("old",)),
        ("/v2/others/old", {"GET": "old"}, ("others",)),
    ],
)
def test_a_path_is_found(path: str, methods: dict[str, str], values: tuple[str, ...]) -> None:
    """What is spelled out goes before what is templated; values are decoded."""
    found = find_route(TABLE, path)
    assert found is not None
    assert (found.methods, found.path_values) == (methods, values)


@pytest.mark.parametrize(
    "path", ["/things", "/v2", "/v2/things/", "/v2/things/a/b", "/v2/others", ""]
)
def test_other_paths_are_not_found(path: str) -> None:
    """Outside the base path, with a slash too many or too few, there is nothing."""
    assert find_route(TABLE, path) is None
