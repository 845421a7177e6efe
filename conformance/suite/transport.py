"""HTTP to a target, within bounds: no exchange takes longer or more bytes than it may, whatever the
server sends.

httpx bounds each read, so a server that sends a byte now and then holds a client for ever. Here the
bounds apply to the whole exchange: they are kept where bytes come in from the network.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import httpcore
import httpx

PIECE = 16 * 1024  # bytes that are written at once: between two pieces the deadline is looked at
# bytes of heads, chunk sizes and trailers that one exchange may have besides its body
HEAD = 1024 * 1024


@dataclass(frozen=True, slots=True)
class RawResponse:
    """What came back; content codings are still on the body."""

    status: int
    headers: httpx.Headers
    body: bytes


class _Bounds(threading.local):
    """What is left to the exchange of this thread."""

    until: float = float("inf")
    bytes: int = 0


class _Stream(httpcore.NetworkStream):
    def __init__(
        self, stream: httpcore.NetworkStream, bounds: _Bounds, clock: Callable[[], float]
    ) -> None:
        self._stream, self._bounds, self._clock = stream, bounds, clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._stream.read(max_bytes, self._left(timeout, httpcore.ReadTimeout))
        self._bounds.bytes -= len(data)
        if self._bounds.bytes < 0:
            raise httpcore.ReadError("the response is larger than allowed")
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), PIECE):
            self._stream.write(
                buffer[start : start + PIECE], self._left(timeout, httpcore.WriteTimeout)
            )

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = self._left(timeout, httpcore.ConnectTimeout)
        return _Stream(
            self._stream.start_tls(ssl_context, server_hostname, left), self._bounds, self._clock
        )

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def _left(self, timeout: float | None, error: type[httpcore.TimeoutException]) -> float:
        return _left(self._bounds, self._clock, timeout, error)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, bounds: _Bounds, clock: Callable[[], float]) -> None:
        self._backend, self._bounds, self._clock = httpcore.SyncBackend(), bounds, clock

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(self._bounds, self._clock, timeout, httpcore.ConnectTimeout)
        stream = self._backend.connect_tcp(host, port, left, local_address, socket_options)
        return _Stream(stream, self._bounds, self._clock)

    def sleep(self, seconds: float) -> None:
        self._backend.sleep(seconds)


def _left(
    bounds: _Bounds,
    clock: Callable[[], float],
    timeout: float | None,
    error: type[httpcore.TimeoutException],
) -> float:
    left = bounds.until - clock()
    if left <= 0:
        raise error("the exchange took longer than allowed")
    return left if timeout is None else min(left, timeout)


class BoundedTransport:
    """Sends requests over kept connections; at most `connections` at once."""

    def __init__(
        self, verify: ssl.SSLContext, connections: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._bounds, self._clock = _Bounds(), clock
        self._pool = httpcore.ConnectionPool(
            ssl_context=verify,
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=5.0,
            network_backend=_Backend(self._bounds, clock),
        )

    def send(self, request: httpx.Request, seconds: float, most: int) -> RawResponse:
        """Return the response with its body as it came: at most `most` bytes of it, within
        `seconds`.

        Raises a subclass of httpx.TransportError.
        """
        self._bounds.until, self._bounds.bytes = self._clock() + seconds, most + HEAD
        limits = dict.fromkeys(("connect", "read", "write", "pool"), seconds)
        url = request.url
        raw = httpcore.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        )
        body = request.read()
        asked = httpcore.Request(
            request.method,
            raw,
            headers=request.headers.raw,
            content=body,
            extensions={"timeout": limits},
        )
        try:
            answer = self._pool.handle_request(asked)
            try:
                content = bytearray()
                assert isinstance(answer.stream, Iterable)
                for part in answer.stream:
                    content += part
                    if len(content) > most:
                        raise httpx.ReadError(f"the response is larger than {most} bytes")
            finally:
                answer.close()
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
            kind: type[httpx.TransportError] = getattr(
                httpx, type(error).__name__, httpx.NetworkError
            )
            raise kind(str(error)) from error
        except httpcore.UnsupportedProtocol as error:
            raise httpx.UnsupportedProtocol(str(error)) from error
        return RawResponse(answer.status, httpx.Headers(answer.headers), bytes(content))

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()
