"""What a generated client raises for a status, whatever the documentation says of it."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import httpx
import pytest

from .emitted import get_client_package

PACKAGE = get_client_package("push-express")


def get_group(status: int, body: Any, headers: dict[str, str] | None = None) -> Any:
    """Return the result of a call that is answered so."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, json=body, headers=headers)

    http = httpx.Client(transport=httpx.MockTransport(answer))
    with PACKAGE.Client("t", base_url="http://h/api", http_client=http, retries=None) as client:
        return client.app_groups.get(7)


def get_error(status: int, body: Any, headers: dict[str, str] | None = None) -> Any:
    """Return the exception of a call that is answered so."""
    with pytest.raises(PACKAGE.UnsuccessfulResponseError) as error_info:
        get_group(status, body, headers)
    return error_info.value


@pytest.mark.parametrize(
    ("status", "name", "group_name"),
    [
        (401, "Unauthorized", "ClientError"),
        (403, "Forbidden", "ClientError"),
        (404, "NotFound", "ClientError"),
        (429, "RateLimited", "ClientError"),
        (418, "ClientError", "ClientError"),
        (500, "ServerError", "ServerError"),
        (503, "ServerError", "ServerError"),
    ],
)
def test_a_status_has_its_class_whatever_the_body_is(
    status: int, name: str, group_name: str
) -> None:
    """Callers catch the class of a status, documented or not, with a body as documented or not."""
    module: ModuleType = PACKAGE.errors
    for body in ({"unexpected": 1}, None, "text"):
        error = get_error(status, body)
        assert isinstance(error, getattr(module, name))
        assert isinstance(error, getattr(module, group_name))
        assert error.status == status


def test_an_undocumented_status_says_so() -> None:
    """It is an UnexpectedStatus besides, and its class says that no documentation names it."""
    package = get_client_package("toy")  # its documentation names single statuses only
    http = httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(403)))
    with (
        package.Client("t", base_url="http://h", http_client=http) as client,
        pytest.raises(package.errors.Forbidden) as error_info,
    ):
        client.notes.list()
    assert isinstance(error_info.value, package.UnexpectedStatus)
    assert "documentation names no such answer" in (package.errors.Forbidden.__doc__ or "")
    assert not isinstance(get_error(404, {"unexpected": 1}), PACKAGE.UnexpectedStatus)


def test_a_deviating_body_says_so() -> None:
    """It is an InvalidResponse besides; a deviating success is nothing else."""
    error = get_error(404, {"unexpected": 1})
    assert isinstance(error, PACKAGE.InvalidResponse)
    assert error.error is None
    assert error.content == b'{"unexpected":1}'
    assert type(get_error(200, {"unexpected": 1})) is PACKAGE.InvalidResponse


def test_an_exception_names_the_request() -> None:
    """Method, URL with its values, status and the id of the request are attributes."""
    error = get_error(500, {}, {"X-Request-Id": "r-17"})
    assert (error.method, error.status, error.request_id) == ("GET", 500, "r-17")
    assert error.url == "http://h/api/app/groups/7"
    assert get_error(500, {}).request_id is None


def test_a_failed_connection_names_the_request() -> None:
    """So does an exception without an answer."""

    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    http = httpx.Client(transport=httpx.MockTransport(fail))
    with (
        PACKAGE.Client("t", base_url="http://h", http_client=http, retries=None) as client,
        pytest.raises(PACKAGE.ConnectionFailed) as error_info,
    ):
        client.app_groups.get(7)
    assert (error_info.value.method, error_info.value.url) == ("GET", "http://h/app/groups/7")
