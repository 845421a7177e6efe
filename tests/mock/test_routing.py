"""Routing of paths to operations."""

from __future__ import annotations

import pytest

from conformance.mock.routing import build_routing_tree, find_route

ROUTES = build_routing_tree(
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
def test_a_path_is_routed(path: str, methods: dict[str, str], values: tuple[str, ...]) -> None:
    """A literal segment takes precedence over a templated one. Path values are decoded."""
    route = find_route(ROUTES, path)
    assert route is not None
    assert (route.methods, route.path_values) == (methods, values)


@pytest.mark.parametrize(
    "path", ["/things", "/v2", "/v2/things/", "/v2/things/a/b", "/v2/others", ""]
)
def test_other_paths_are_not_found(path: str) -> None:
    """A path without its base path, or with a missing or extra slash, has no route."""
    assert find_route(ROUTES, path) is None
