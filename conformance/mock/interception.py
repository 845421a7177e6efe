"""Requests of a test's own HTTP library to documented hosts: answered in process, or refused.

httpx, httpx2 and requests are answered without a network. Everything else that looks up a
documented host, such as aiohttp or urllib, is refused by name: no test ever reaches a vendor.
"""

from __future__ import annotations

import io
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from importlib import import_module
from importlib.util import find_spec
from types import FrameType
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from conformance.mock.connection import RESET_STATUS
from conformance.mock.message import MockRequest, MockResponse, split_request_target
from conformance.mock.transport import build_httpx_response

IsOurs = Callable[[str, str, int | None], bool]
Answer = Callable[[MockRequest], MockResponse]
# frames of these packages are not where a mistake was made
_LIBRARIES = ("conformance", "httpx", "httpx2", "httpcore", "httpcore2", "requests", "urllib3")


@contextmanager
def intercept_requests(
    is_ours: IsOurs, is_guarded: Callable[[str], bool], answer: Answer, refuse: Callable[[str], str]
) -> Iterator[None]:
    """Answer requests to hosts of ours in process, while the context is active.

    `is_ours` tells which scheme, host and port are answered. A host that `is_guarded` cannot be
    looked up by any other library; `refuse` is told the host, and returns the message of the error.
    """
    with ExitStack() as stack:
        for name in ("httpx", "httpx2"):
            if find_spec(name) is not None:
                _patch_httpx(stack, import_module(name), is_ours, answer)
        if find_spec("requests") is not None:
            _patch_requests(stack, is_ours, answer)
        _guard_name_resolution(stack, is_guarded, refuse)
        yield


def find_place_of_call() -> str | None:
    """Return file and line of the code under test that is sending a request, if it can be seen."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        is_library = (
            package in _LIBRARIES or package in sys.stdlib_module_names or package == "_pytest"
        )
        if not is_library:
            return f"{frame.f_code.co_filename}:{frame.f_lineno}"
        frame = frame.f_back
    return None


def _patch_httpx(stack: ExitStack, library: Any, is_ours: IsOurs, answer: Answer) -> None:
    """Let the transports of httpx (or httpx2) answer requests to hosts of ours."""
    send, send_async = (
        library.HTTPTransport.handle_request,
        library.AsyncHTTPTransport.handle_async_request,
    )

    def respond(request: Any, content: bytes) -> Any:
        path, query, raw_query = split_request_target(request.url.raw_path.decode("ascii"))
        response = answer(
            MockRequest(
                method=request.method,
                path=path,
                query=query,
                raw_query=raw_query,
                headers=dict(request.headers.items()),
                body=content,
            )
        )
        return build_httpx_response(library, request, response)

    def handle_request(transport: Any, request: Any) -> Any:
        if not is_ours(request.url.scheme, request.url.host, request.url.port):
            return send(transport, request)
        return respond(request, request.read())

    async def handle_async_request(transport: Any, request: Any) -> Any:
        if not is_ours(request.url.scheme, request.url.host, request.url.port):
            return await send_async(transport, request)
        return respond(request, await request.aread())

    stack.enter_context(patch.object(library.HTTPTransport, "handle_request", handle_request))
    stack.enter_context(
        patch.object(library.AsyncHTTPTransport, "handle_async_request", handle_async_request)
    )


def _patch_requests(stack: ExitStack, is_ours: IsOurs, answer: Answer) -> None:
    """Let the adapter of requests answer requests to hosts of ours."""
    adapters, exceptions = import_module("requests.adapters"), import_module("requests.exceptions")
    urllib3, errors = import_module("urllib3"), import_module("urllib3.exceptions")
    send = adapters.HTTPAdapter.send

    def ask(request: Any) -> Any:
        url = urlsplit(request.url)
        path, query, raw_query = split_request_target(
            url.path + (f"?{url.query}" if url.query else "")
        )
        body = request.body or b""
        response = answer(
            MockRequest(
                method=request.method,
                path=path,
                query=query,
                raw_query=raw_query,
                headers={name.lower(): value for name, value in request.headers.items()},
                body=body.encode() if isinstance(body, str) else bytes(body),
            )
        )
        if response.status == RESET_STATUS:
            raise errors.ProtocolError("the connection was reset", ConnectionResetError())
        is_known = response.status in set(HTTPStatus)
        return urllib3.HTTPResponse(
            body=io.BytesIO(b"" if request.method == "HEAD" else response.body),
            headers=dict(response.headers),
            status=response.status,
            reason=HTTPStatus(response.status).phrase if is_known else "",
            preload_content=False,
        )

    def ask_until_retries_end(request: Any, retries: Any) -> Any:
        """Return a response as urllib3 does, which repeats requests as the adapter was told to."""
        while True:
            try:
                response = ask(request)
            except errors.ProtocolError as error:
                retries = retries.increment(request.method, request.url, error=error)
                retries.sleep()
                continue
            is_delayed = "Retry-After" in response.headers
            if not retries.is_retry(request.method, response.status, is_delayed):
                return response
            try:
                retries = retries.increment(request.method, request.url, response=response)
            except errors.MaxRetryError:
                if retries.raise_on_status:
                    raise
                return response
            retries.sleep(response)

    def send_or_answer(adapter: Any, request: Any, *others: Any, **options: Any) -> Any:
        url = urlsplit(request.url)
        if not is_ours(url.scheme, url.hostname or "", url.port):
            return send(adapter, request, *others, **options)
        try:
            response = ask_until_retries_end(request, adapter.max_retries)
        except errors.MaxRetryError as error:
            is_about_status = isinstance(error.reason, errors.ResponseError)
            kind = exceptions.RetryError if is_about_status else exceptions.ConnectionError
            raise kind(error, request=request) from error
        except errors.ProtocolError as error:
            raise exceptions.ConnectionError(error, request=request) from error
        return adapter.build_response(request, response)

    stack.enter_context(patch.object(adapters.HTTPAdapter, "send", send_or_answer))


def _guard_name_resolution(
    stack: ExitStack, is_guarded: Callable[[str], bool], refuse: Callable[[str], str]
) -> None:
    """Let no library look up a documented host: what cannot be answered is not let out."""
    resolve_host = socket.getaddrinfo

    def resolve_or_refuse(host: Any, *others: Any, **options: Any) -> Any:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
        if is_guarded(name.rstrip(".").lower()):
            raise socket.gaierror(socket.EAI_FAIL, refuse(name))
        return resolve_host(host, *others, **options)

    stack.enter_context(patch.object(socket, "getaddrinfo", resolve_or_refuse))
