"""Runs the proxy on a port."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from conformance.proxy.downstream import ClientConnection
from conformance.proxy.recorder import ExchangeQueue
from conformance.proxy.upstream import UpstreamServer
from conformance.sockets import bind_socket, format_address
from conformance.suite.captured_exchange import CapturedExchange

BACKLOG = 1024
GRACE = 5.0  # seconds for exchanges in progress when the proxy stops
OnExchange = Callable[[CapturedExchange], None]


def serve_proxy(
    server: UpstreamServer,
    on_exchange: OnExchange,
    host: str,
    port: int,
    on_ready: Callable[[str], object],
    max_exchanges: int | None = None,
) -> None:
    """Forward traffic until interrupted (Ctrl-C, SIGTERM) or until `max_exchanges` have passed.

    Returns after `on_exchange` was called for every exchange; it is called in a thread. `on_ready`
    is called once, with host and port, as soon as connections are accepted. Port 0 selects any free
    port.

    Raises UsageError if the port cannot be bound.
    """
    with bind_socket(host, port) as listening_socket, suppress(KeyboardInterrupt):
        asyncio.run(
            _run_proxy_server(
                listening_socket,
                server,
                on_exchange,
                lambda stop: on_ready(format_address(listening_socket)),
                max_exchanges,
                handle_signals=True,
            )
        )


@contextmanager
def serve_proxy_in_thread(
    server: UpstreamServer, on_exchange: OnExchange, host: str = "127.0.0.1", port: int = 0
) -> Iterator[str]:
    """Forward traffic in a thread while the context is open; yield `http://HOST:PORT`."""
    ready, stops, errors = threading.Event(), list[Callable[[], object]](), list[BaseException]()

    def on_ready(stop: Callable[[], object]) -> None:
        stops.append(stop)
        ready.set()

    def run_proxy() -> None:
        try:
            asyncio.run(
                _run_proxy_server(
                    listening_socket, server, on_exchange, on_ready, None, handle_signals=False
                )
            )
        except BaseException as error:  # raised below, in the thread that waits
            errors.append(error)
            ready.set()

    with bind_socket(host, port) as listening_socket:
        thread = threading.Thread(target=run_proxy, daemon=True)
        thread.start()
        ready.wait()
        try:
            yield f"http://{format_address(listening_socket)}"
        finally:
            if stops:
                stops[0]()
            thread.join()
            if errors:
                raise errors[0]


async def _run_proxy_server(
    listening_socket: socket.socket,
    server: UpstreamServer,
    on_exchange: OnExchange,
    on_ready: Callable[[Callable[[], object]], object],
    max_exchanges: int | None,
    handle_signals: bool,
) -> None:
    loop, stopped, connections = (
        asyncio.get_running_loop(),
        asyncio.Event(),
        set[ClientConnection](),
    )
    exchange_queue = ExchangeQueue(on_exchange, max_exchanges, stopped.set)
    tcp_server = await loop.create_server(
        lambda: ClientConnection(server, exchange_queue, connections),
        sock=listening_socket,
        backlog=BACKLOG,
    )
    if handle_signals:
        for signal_number in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError):  # on Windows, an interrupt ends asyncio.run instead
                loop.add_signal_handler(signal_number, stopped.set)
    on_ready(lambda: loop.call_soon_threadsafe(stopped.set))
    try:
        await stopped.wait()
    finally:
        tcp_server.close()
        for connection in tuple(connections):
            connection.close()
        deadline = loop.time() + GRACE
        while connections and loop.time() < deadline:
            await asyncio.sleep(0.005)
        for connection in tuple(connections):
            connection.transport.abort()
        await asyncio.sleep(0)
        await asyncio.to_thread(exchange_queue.close)
