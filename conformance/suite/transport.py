"""An HTTP transport that limits the duration and size of each exchange.

httpx applies its timeout to each read, so a server that sends a byte now and then blocks a client
forever. Here the limits apply to the whole exchange: they are checked on each network read.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.request import getproxies_environment, proxy_bypass

import httpcore
import httpx

from conformance.contract.server import is_loopback_host
from conformance.errors import Problem, UsageError

WRITE_CHUNK_BYTES = 16 * 1024  # bytes per write: the deadline is checked between writes
# bytes of headers, chunk sizes and trailers that one exchange may have in addition to its body
OVERHEAD_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class RawResponse:
    """A response as received; its body still has its content coding."""

    status: int
    headers: httpx.Headers
    body: bytes


class _TimeAndByteLimit(threading.local):
    """The remaining time and bytes of the current thread's exchange."""

    deadline: float = float("inf")
    bytes_left: int = 0


class _BoundedStream(httpcore.NetworkStream):
    def __init__(
        self, stream: httpcore.NetworkStream, bounds: _TimeAndByteLimit, clock: Callable[[], float]
    ) -> None:
        self._stream, self._bounds, self._clock = stream, bounds, clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._stream.read(
            max_bytes, self._get_remaining_timeout(timeout, httpcore.ReadTimeout)
        )
        self._bounds.bytes_left -= len(data)
        if self._bounds.bytes_left < 0:
            raise httpcore.ReadError("the response is larger than allowed")
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), WRITE_CHUNK_BYTES):
            self._stream.write(
                buffer[start : start + WRITE_CHUNK_BYTES],
                self._get_remaining_timeout(timeout, httpcore.WriteTimeout),
            )

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        remaining = self._get_remaining_timeout(timeout, httpcore.ConnectTimeout)
        return _BoundedStream(
            self._stream.start_tls(ssl_context, server_hostname, remaining),
            self._bounds,
            self._clock,
        )

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def _get_remaining_timeout(
        self, timeout: float | None, error: type[httpcore.TimeoutException]
    ) -> float:
        return _get_remaining_timeout(self._bounds, self._clock, timeout, error)


class _BoundedNetworkBackend(httpcore.NetworkBackend):
    def __init__(self, bounds: _TimeAndByteLimit, clock: Callable[[], float]) -> None:
        self._backend, self._bounds, self._clock = httpcore.SyncBackend(), bounds, clock

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        remaining = _get_remaining_timeout(
            self._bounds, self._clock, timeout, httpcore.ConnectTimeout
        )
        stream = self._backend.connect_tcp(host, port, remaining, local_address, socket_options)
        return _BoundedStream(stream, self._bounds, self._clock)

    def sleep(self, seconds: float) -> None:
        self._backend.sleep(seconds)


def _get_remaining_timeout(
    bounds: _TimeAndByteLimit,
    clock: Callable[[], float],
    timeout: float | None,
    error: type[httpcore.TimeoutException],
) -> float:
    remaining = bounds.deadline - clock()
    if remaining <= 0:
        raise error("the exchange took longer than allowed")
    return remaining if timeout is None else min(remaining, timeout)


class BoundedTransport:
    """Sends requests over persistent connections, at most `connections` at once."""

    def __init__(
        self,
        ssl_context: ssl.SSLContext,
        connections: int,
        clock: Callable[[], float] = time.monotonic,
        proxy: httpx.URL | None = None,
    ) -> None:
        self._bounds, self._clock = _TimeAndByteLimit(), clock
        proxy_settings = None
        if proxy is not None:
            proxy_settings = httpcore.Proxy(
                httpcore.URL(
                    scheme=proxy.raw_scheme, host=proxy.raw_host, port=proxy.port, target=b"/"
                ),
                auth=(proxy.username, proxy.password) if proxy.userinfo else None,
            )
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl_context,
            proxy=proxy_settings,
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=5.0,
            network_backend=_BoundedNetworkBackend(self._bounds, clock),
        )

    def send(self, request: httpx.Request, seconds: float, max_bytes: int) -> RawResponse:
        """Return the response with its body as received.

        Raises a subclass of httpx.TransportError if the exchange takes longer than `seconds`, the
        body exceeds `max_bytes`, or the connection fails.
        """
        self._bounds.deadline, self._bounds.bytes_left = (
            self._clock() + seconds,
            max_bytes + OVERHEAD_BYTES,
        )
        timeouts = dict.fromkeys(("connect", "read", "write", "pool"), seconds)
        url = request.url
        raw_url = httpcore.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        )
        body = request.read()
        raw_request = httpcore.Request(
            request.method,
            raw_url,
            headers=request.headers.raw,
            content=body,
            extensions={"timeout": timeouts},
        )
        try:
            response = self._pool.handle_request(raw_request)
            try:
                content = bytearray()
                assert isinstance(response.stream, Iterable)
                for chunk in response.stream:
                    content += chunk
                    if len(content) > max_bytes:
                        raise httpx.ReadError(f"the response is larger than {max_bytes} bytes")
            finally:
                response.close()
        except httpcore.ProxyError as error:
            raise httpx.ConnectError(f"the proxy refused: {error}") from error
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
            kind: type[httpx.TransportError] = getattr(
                httpx, type(error).__name__, httpx.NetworkError
            )
            raise kind(str(error)) from error
        except httpcore.UnsupportedProtocol as error:
            raise httpx.UnsupportedProtocol(str(error)) from error
        return RawResponse(response.status, httpx.Headers(response.headers), bytes(content))

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()


def find_environment_proxy(url: str) -> httpx.URL | None:
    """Return the proxy that the environment names for a URL, or None.

    As in curl and requests, `https_proxy`, `http_proxy` and `all_proxy` name it, and `no_proxy`
    the hosts that need none. This machine is never reached through a proxy. Raises UsageError for a
    proxy that cannot be used.
    """
    host = httpx.URL(url).host
    proxies = getproxies_environment()
    if is_loopback_host(host) or proxy_bypass(host):
        return None
    text = proxies.get(httpx.URL(url).scheme) or proxies.get("all")
    if not text:
        return None
    try:
        proxy = httpx.URL(text if "://" in text else f"http://{text}")
    except httpx.InvalidURL as error:
        raise UsageError(Problem(message="the proxy of the environment is not a URL")) from error
    if proxy.scheme not in ("http", "https") or not proxy.host:
        raise UsageError(
            Problem(
                message=f"the proxy of the environment is of the kind {proxy.scheme}, which is not"
                " supported",
                hint=f"name an http proxy, or add {host} to no_proxy",
            )
        )
    return proxy
