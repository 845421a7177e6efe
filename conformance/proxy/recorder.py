"""Captures the exchanges that pass through the proxy and hands them to the monitor.

Bodies that are too long are left out, and clients wait when too many exchanges are pending, so
memory use is bounded.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable

from conformance.protocol import SAFE_METHODS
from conformance.proxy.http_head import ClientRequest, HeaderFields, UpstreamResponse
from conformance.suite.captured_exchange import CapturedExchange, HeaderPairs

MAX_BODY_BYTES = 8 * 1024 * 1024  # length of a body that is kept
MAX_PENDING_BYTES = 32 * 1024 * 1024  # bytes of bodies in the queue; beyond that, clients wait
MAX_PENDING_EXCHANGES = 256  # exchanges in the queue; beyond that, clients wait


class ExchangeQueue:
    """Passes captured exchanges to a callback, in a thread and in their order.

    `on_full` is called after `max_exchanges` exchanges.
    """

    def __init__(
        self,
        on_exchange: Callable[[CapturedExchange], None],
        max_exchanges: int | None = None,
        on_full: Callable[[], object] = lambda: None,
    ) -> None:
        self._on_exchange, self._max_exchanges, self._on_full = on_exchange, max_exchanges, on_full
        self._queue: queue.SimpleQueue[CapturedExchange | None] = queue.SimpleQueue()
        self._pending_bytes = self._pending_exchanges = self._exchange_count = 0
        self._lock = threading.Lock()
        self.write_count = self.active_writes = 0
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._process_exchanges, daemon=True)
        self._thread.start()

    def put(self, exchange: CapturedExchange) -> None:
        """Add an exchange to the queue."""
        with self._lock:
            self._pending_bytes += exchange.body_size
            self._pending_exchanges += 1
        self._queue.put(exchange)
        self._exchange_count += 1
        if self._exchange_count == self._max_exchanges:
            self._on_full()

    async def wait_for_capacity(self) -> None:
        """Wait while too many bytes or exchanges are pending."""
        while (
            self._pending_bytes > MAX_PENDING_BYTES
            or self._pending_exchanges > MAX_PENDING_EXCHANGES
        ):
            await asyncio.sleep(0.002)

    def close(self) -> None:
        """Wait until all exchanges are processed; raises the exception of the callback, if any."""
        self._queue.put(None)
        self._thread.join()
        if self.error is not None:
            raise self.error

    def _process_exchanges(self) -> None:
        while (exchange := self._queue.get()) is not None:
            try:
                if self.error is None:
                    self._on_exchange(exchange)
            except BaseException as error:  # `close` raises it; traffic is forwarded until then
                self.error = error
            with self._lock:
                self._pending_bytes -= exchange.body_size
                self._pending_exchanges -= 1


class ExchangeInProgress:
    """Records an exchange while it passes through the proxy."""

    def __init__(self, request: ClientRequest, exchange_queue: ExchangeQueue) -> None:
        self._request, self._exchange_queue, self._started_at = (
            request,
            exchange_queue,
            time.perf_counter(),
        )
        self._request_body, self._response_body = SizeLimitedBodyCopy(), SizeLimitedBodyCopy()
        self._response: UpstreamResponse | None = None
        self._failure: str | None = None
        self._is_write = request.method.decode("latin-1") not in SAFE_METHODS
        exchange_queue.write_count += self._is_write
        exchange_queue.active_writes += self._is_write
        self._write_count, self._no_concurrent_write = (
            exchange_queue.write_count,
            exchange_queue.active_writes == self._is_write,
        )

    @property
    def has_request_body(self) -> bool:
        """Return whether the request had a body."""
        return self._request_body.size > 0

    def add_request_part(self, part: bytes) -> None:
        """Add a part of the request body."""
        self._request_body.add(part)

    def set_response(self, response: UpstreamResponse) -> None:
        """Set the head of the response."""
        self._response = response

    def add_response_part(self, part: bytes) -> None:
        """Add a part of the response body."""
        self._response_body.add(part)

    def set_failure(self, reason: str) -> None:
        """Record why the exchange was not completed."""
        self._failure = reason

    def finish_and_enqueue(self) -> None:
        """Put the captured exchange into the queue."""
        exchange_queue, response = (
            self._exchange_queue,
            self._response if self._failure is None else None,
        )
        exchange_queue.active_writes -= self._is_write
        exchange = CapturedExchange(
            method=self._request.method.decode("latin-1"),
            target=self._request.target.decode("latin-1"),
            request_headers=_decode_fields(self._request.fields),
            request_body=self._request_body.content,
            status=response.status if response else 0,
            response_headers=_decode_fields(response.fields) if response else (),
            response_body=self._response_body.content,
            failure=self._failure,
            elapsed=time.perf_counter() - self._started_at,
            undisturbed=self._no_concurrent_write
            and exchange_queue.write_count == self._write_count,
        )
        exchange_queue.put(exchange)


class SizeLimitedBodyCopy:
    """The copy of a body, discarded if it is longer than MAX_BODY_BYTES."""

    def __init__(self) -> None:
        self.size, self._parts = 0, list[bytes]()

    def add(self, part: bytes) -> None:
        """Add a part."""
        self.size += len(part)
        if self.size > MAX_BODY_BYTES:
            self._parts.clear()
        elif part:
            self._parts.append(part)

    @property
    def content(self) -> bytes | None:
        """Return the body, or None if it was too long."""
        return None if self.size > MAX_BODY_BYTES else b"".join(self._parts)


def _decode_fields(fields: HeaderFields) -> HeaderPairs:
    return tuple(
        (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in fields
    )
