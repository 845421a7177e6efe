"""The proxy on a port."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from conformance.listening import address, listening
from conformance.proxy.client import Client
from conformance.proxy.copy import Counter
from conformance.proxy.upstream import Server
from conformance.suite.passage import Passage

BACKLOG = 1024
GRACE = 5.0  # seconds for what is under way when the proxy is to end
Hear = Callable[[Passage], None]


def serve(
    server: Server,
    hear: Hear,
    host: str,
    port: int,
    on_ready: Callable[[str], object],
    most: int | None = None,
) -> None:
    """Pass traffic on until interrupted (Ctrl-C, SIGTERM), or until `most` exchanges passed;
    returns when all that passed was heard.

    `hear` is called with every exchange, in a thread. `on_ready` is called once with host and port,
    as soon as connections are taken; port 0 takes any free one. Raises UsageError when the port
    cannot be had.
    """
    with listening(host, port) as listener, suppress(KeyboardInterrupt):
        asyncio.run(
            _serve(
                listener, server, hear, lambda stop: on_ready(address(listener)), most, signals=True
            )
        )


@contextmanager
def serving(server: Server, hear: Hear, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Pass traffic on, in a thread, for as long as the context lasts, and give
    `http://HOST:PORT`.
    """
    ready, stops, errors = threading.Event(), list[Callable[[], object]](), list[BaseException]()

    def on_ready(stop: Callable[[], object]) -> None:
        stops.append(stop)
        ready.set()

    def main() -> None:
        try:
            asyncio.run(_serve(listener, server, hear, on_ready, None, signals=False))
        except BaseException as error:  # raised again below, in the thread that waits
            errors.append(error)
            ready.set()

    with listening(host, port) as listener:
        thread = threading.Thread(target=main, daemon=True)
        thread.start()
        ready.wait()
        try:
            yield f"http://{address(listener)}"
        finally:
            if stops:
                stops[0]()
            thread.join()
            if errors:
                raise errors[0]


async def _serve(
    listener: socket.socket,
    server: Server,
    hear: Hear,
    on_ready: Callable[[Callable[[], object]], object],
    most: int | None,
    signals: bool,
) -> None:
    loop, stopped, among = asyncio.get_running_loop(), asyncio.Event(), set[Client]()
    counter = Counter(hear, most, stopped.set)
    port = await loop.create_server(
        lambda: Client(server, counter, among), sock=listener, backlog=BACKLOG
    )
    if signals:
        for one in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError):  # Windows: an interrupt ends asyncio.run instead
                loop.add_signal_handler(one, stopped.set)
    on_ready(lambda: loop.call_soon_threadsafe(stopped.set))
    try:
        await stopped.wait()
    finally:
        port.close()
        for client in tuple(among):
            client.close()
        until = loop.time() + GRACE
        while among and loop.time() < until:
            await asyncio.sleep(0.005)
        for client in tuple(among):
            client.transport.abort()
        await asyncio.sleep(0)
        await asyncio.to_thread(counter.close)
