"""What a user of an emitted client relies on besides its calls: connections, options, secrets, the
table of operations.
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

from .emitted import CONTRACTS, client_of, load

BASE = "https://core.push.express/api/b/v2"
DOWN = "https://core.push.express/api/b/v2/app/groups/1"


def test_a_client_brings_its_own_connections() -> None:
    """Without http_client= the client makes one, follows no redirect, and closes it."""
    with respx.mock(base_url=BASE) as router:
        router.route().mock(side_effect=side_effect(Mock(load("push-express"))))
        with client_of("push-express").Client("any") as client:
            made = client.app_groups.create(app_ids=[1], name="x", all_apps=False)
            assert client.app_groups.get(made.id).name == "x"
            http = client._caller.http
        assert http.is_closed


def test_redirects_are_not_followed() -> None:
    """A redirect that nobody documented is an unexpected status: the token goes nowhere else."""
    with respx.mock as router:
        router.get(DOWN).respond(302, headers={"location": "https://elsewhere.example"})
        with (
            client_of("push-express").Client("any") as client,
            pytest.raises(client_of("push-express").UnexpectedStatus),
        ):
            client.app_groups.get(1)


def test_retries_over_respx() -> None:
    """A 503 and a lost connection are tried again; the third answer is the result. No sleep is
    real.
    """
    waits: list[float] = []
    with respx.mock as router:
        body = {"id": 1, "app_ids": [], "name": "x", "all_apps": True, "archived": False}
        router.get(DOWN).mock(
            side_effect=[
                httpx.Response(503),
                httpx.ConnectError("gone"),
                httpx.Response(200, json=body),
            ]
        )
        with client_of("push-express").Client("any", sleep=waits.append) as client:
            assert client.app_groups.get(1).all_apps is True
    assert len(waits) == 2


def test_an_injected_client_stays_open() -> None:
    """Who brings an HTTP client closes it; other options over the same connections close nothing
    either.
    """
    http = httpx.Client(
        transport=httpx.MockTransport(
            lambda request: httpx.Response(
                200, json={"seen": request.headers.get("x-one", ""), "app_groups": []}
            )
        )
    )
    client = client_of("push-express").Client("any", http_client=http)
    other = client.with_options(headers={"X-One": "1"}, timeout=1.0, retries=None)
    assert other.app_groups.list().model_extra == {"seen": "1"}
    assert client.app_groups.list().model_extra == {"seen": ""}
    client.close()
    other.close()
    assert not http.is_closed
    http.close()


def test_timeouts_are_set_by_default() -> None:
    """Every request has a timeout; one that the user gives takes its place."""
    heard: list[object] = []
    http = httpx.Client(
        transport=httpx.MockTransport(
            lambda request: (
                heard.append(request.extensions["timeout"]["read"]),
                httpx.Response(200, json={"app_groups": []}),
            )[1]
        )
    )
    with http:
        client = client_of("push-express").Client("any", http_client=http)
        client.app_groups.list()
        client.with_options(timeout=2.5).app_groups.list()
    assert heard == [30.0, 2.5]


def test_raw_takes_single_calls() -> None:
    """raw of an iterator is a mistake that is told."""
    with httpx.Client(
        transport=httpx.MockTransport(lambda request: httpx.Response(200, json={"app_groups": []}))
    ) as http:
        client = client_of("push-express").Client("any", http_client=http)
        with pytest.raises(TypeError):
            client.raw(client.app_groups.iter_list)


def test_iteration_is_lazy() -> None:
    """Nothing is sent before the first item is asked for, and no page before its items are."""
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
            client_of("push-express")
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
def test_tokens_that_no_header_carries_are_refused(token: str) -> None:
    """A token with control characters or blanks at its ends never becomes a header."""
    with pytest.raises(client_of("push-express").InvalidArguments):
        client_of("push-express").Client(token)


def test_the_token_is_not_shown() -> None:
    """No repr gives the token away."""
    client = client_of("push-express").Client("sesame")
    assert "sesame" not in repr(client._caller.core)
    client.close()


def test_open_answers_closed_requests() -> None:
    """An unknown value of an enumeration is kept in an answer and refused in an argument."""
    module = client_of("losant")
    with httpx.Client(
        transport=httpx.MockTransport(
            lambda request: httpx.Response(200, json={"sortDirection": "sideways", "new": [1]})
        )
    ) as http:
        client = module.Client("any", http_client=http)
        found = client.experience_groups.list("a" * 24)
        assert found.sort_direction == "sideways"
        assert found.model_extra == {"new": [1]}
        with pytest.raises(module.InvalidArguments):
            client.experience_groups.list("a" * 24, sort_direction="sideways")
        with pytest.raises(module.InvalidArguments):
            client.experience_groups.create(
                "a" * 24, name="x", device_tags=[{"key": "a", "color": "red"}]
            )


@pytest.mark.parametrize("name", CONTRACTS)
def test_the_table_names_every_operation(name: str) -> None:
    """OPERATIONS has each operation of the contract, and leads to a method of both clients with
    just those arguments.
    """
    module, contract = client_of(name), load(name)
    assert set(module.operations.OPERATIONS) == set(contract.operations)

    async def check() -> None:
        with module.Client(
            **({} if contract.servers else {"base_url": "http://127.0.0.1"})
        ) as client:
            asynchronous = module.AsyncClient()
            for id, operation in module.operations.OPERATIONS.items():
                sync, later = (
                    getattr(getattr(one, operation.group), operation.name)
                    for one in (client, asynchronous)
                )
                assert inspect.iscoroutinefunction(later)
                assert inspect.signature(sync).parameters == inspect.signature(later).parameters
                wire = {parameter.name for parameter in contract.operations[id].parameters}
                assert {parameter.name for parameter in operation.parameters} == wire
                assert {parameter.python_name for parameter in operation.parameters} <= set(
                    inspect.signature(sync).parameters
                )
            await asynchronous.aclose()

    asyncio.run(check())


def test_names_of_models_are_reserved() -> None:
    """What pydantic gives a model is never taken by a field."""
    assert {name for name in dir(BaseModel) if not name.startswith("_")} <= naming.MODEL_ATTRIBUTES
