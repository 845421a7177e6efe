"""Features of an emitted client besides its calls: connections, options, secrets, and the table of
operations.
"""

from __future__ import annotations

import asyncio
import inspect

import httpx
import pytest
import respx
from pydantic import BaseModel

from conformance.codegen import naming
from conformance.mock.mock import Mock
from conformance.mock.transport import side_effect

from .emitted import CONTRACTS, get_client_package, load

BASE_URL = "https://core.push.express/api/b/v2"
GROUP_URL = "https://core.push.express/api/b/v2/app/groups/1"


def test_a_client_creates_and_closes_its_own_http_client() -> None:
    """Without http_client= the client creates its own HTTP client, follows no redirect, and closes
    the HTTP client at the end.
    """
    with respx.mock(base_url=BASE_URL) as router:
        router.route().mock(side_effect=side_effect(Mock(load("push-express"))))
        with get_client_package("push-express").Client("any") as client:
            created = client.app_groups.create(app_ids=[1], name="x", all_apps=False)
            assert client.app_groups.get(created.id).name == "x"
            http = client._caller.http
        assert http.is_closed


def test_redirects_are_not_followed() -> None:
    """An undocumented redirect is an unexpected status. The token is not sent to another host."""
    with respx.mock as router:
        router.get(GROUP_URL).respond(302, headers={"location": "https://elsewhere.example"})
        with (
            get_client_package("push-express").Client("any") as client,
            pytest.raises(get_client_package("push-express").UnexpectedStatus),
        ):
            client.app_groups.get(1)


def test_retries_with_respx() -> None:
    """The client retries after a 503 and after a lost connection, and returns the third response.
    It does not really sleep.
    """
    waits: list[float] = []
    with respx.mock as router:
        body = {"id": 1, "app_ids": [], "name": "x", "all_apps": True, "archived": False}
        router.get(GROUP_URL).mock(
            side_effect=[
                httpx.Response(503),
                httpx.ConnectError("gone"),
                httpx.Response(200, json=body),
            ]
        )
        with get_client_package("push-express").Client("any", sleep=waits.append) as client:
            assert client.app_groups.get(1).all_apps is True
    assert len(waits) == 2


def test_an_injected_client_stays_open() -> None:
    """The caller who passes an HTTP client closes it. A client with other options on the same
    connections does not close it either.
    """
    http = httpx.Client(
        transport=httpx.MockTransport(
            lambda request: httpx.Response(
                200, json={"seen": request.headers.get("x-one", ""), "app_groups": []}
            )
        )
    )
    client = get_client_package("push-express").Client("any", http_client=http)
    derived_client = client.with_options(headers={"X-One": "1"}, timeout=1.0, retries=None)
    assert derived_client.app_groups.list().model_extra == {"seen": "1"}
    assert client.app_groups.list().model_extra == {"seen": ""}
    client.close()
    derived_client.close()
    assert not http.is_closed
    http.close()


def test_timeouts_are_set_by_default() -> None:
    """Every request has a timeout; a timeout from the user replaces the default."""
    timeouts: list[object] = []
    http = httpx.Client(
        transport=httpx.MockTransport(
            lambda request: (
                timeouts.append(request.extensions["timeout"]["read"]),
                httpx.Response(200, json={"app_groups": []}),
            )[1]
        )
    )
    with http:
        client = get_client_package("push-express").Client("any", http_client=http)
        client.app_groups.list()
        client.with_options(timeout=2.5).app_groups.list()
    assert timeouts == [30.0, 2.5]


def test_raw_refuses_iterators() -> None:
    """raw raises TypeError for an iterator."""
    with httpx.Client(
        transport=httpx.MockTransport(lambda request: httpx.Response(200, json={"app_groups": []}))
    ) as http:
        client = get_client_package("push-express").Client("any", http_client=http)
        with pytest.raises(TypeError):
            client.raw(client.app_groups.iter_list)


def test_iteration_is_lazy() -> None:
    """Nothing is sent before the first item is requested, and a page is fetched only when its items
    are requested.
    """
    pages: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        pages.append(request.url.params["page"])
        items = [
            {
                "id": 2 * len(pages) + n,
                "app_ids": [],
                "name": "x",
                "all_apps": True,
                "archived": False,
            }
            for n in range(2)
        ]
        return httpx.Response(
            200,
            json={
                "app_groups": items,
                "pagination": {
                    "page": len(pages),
                    "per_page": 2,
                    "total_pages": 9,
                    "total_count": 18,
                },
            },
        )

    with httpx.Client(transport=httpx.MockTransport(handler)) as http:
        items = (
            get_client_package("push-express")
            .Client("any", http_client=http)
            .app_groups.iter_list(per_page=2)
        )
        assert pages == []
        next(items)
        next(items)
        assert pages == ["1"]
        next(items)
        assert pages == ["1", "2"]


@pytest.mark.parametrize("token", ["", "a\nb", "a b\x00", "ä", " x"])
def test_tokens_that_are_invalid_in_headers_are_refused(token: str) -> None:
    """A token with control characters or surrounding blanks is never sent in a header."""
    with pytest.raises(get_client_package("push-express").InvalidArguments):
        get_client_package("push-express").Client(token)


def test_the_token_is_not_shown() -> None:
    """No repr contains the token."""
    client = get_client_package("push-express").Client("sesame")
    assert "sesame" not in repr(client._caller.core)
    client.close()


def test_unknown_values_are_kept_in_responses_and_refused_in_arguments() -> None:
    """An unknown value of an enumeration is kept in a response and refused in an argument."""
    module = get_client_package("losant")
    with httpx.Client(
        transport=httpx.MockTransport(
            lambda request: httpx.Response(200, json={"sortDirection": "sideways", "new": [1]})
        )
    ) as http:
        client = module.Client("any", http_client=http)
        response = client.experience_groups.list("a" * 24)
        assert response.sort_direction == "sideways"
        assert response.model_extra == {"new": [1]}
        with pytest.raises(module.InvalidArguments):
            client.experience_groups.list("a" * 24, sort_direction="sideways")
        with pytest.raises(module.InvalidArguments):
            client.experience_groups.create(
                "a" * 24, name="x", device_tags=[{"key": "a", "color": "red"}]
            )


@pytest.mark.parametrize("name", CONTRACTS)
def test_the_table_names_every_operation(name: str) -> None:
    """OPERATIONS contains each operation of the contract and refers to a method of both clients
    with exactly its arguments.
    """
    module, contract = get_client_package(name), load(name)
    assert set(module.operations.OPERATIONS) == set(contract.operations)

    async def check() -> None:
        with module.Client(
            **({} if contract.servers else {"base_url": "http://127.0.0.1"})
        ) as client:
            async_client = module.AsyncClient()
            for id, operation in module.operations.OPERATIONS.items():
                sync_method, async_method = (
                    getattr(getattr(flavor_client, operation.group), operation.name)
                    for flavor_client in (client, async_client)
                )
                assert inspect.iscoroutinefunction(async_method)
                assert (
                    inspect.signature(sync_method).parameters
                    == inspect.signature(async_method).parameters
                )
                wire_names = {parameter.name for parameter in contract.operations[id].parameters}
                assert {parameter.name for parameter in operation.parameters} == wire_names
                assert {parameter.python_name for parameter in operation.parameters} <= set(
                    inspect.signature(sync_method).parameters
                )
            await async_client.aclose()

    asyncio.run(check())


def test_attribute_names_of_models_are_reserved() -> None:
    """No field takes the name of an attribute that pydantic defines on models."""
    assert {name for name in dir(BaseModel) if not name.startswith("_")} <= naming.MODEL_ATTRIBUTES
