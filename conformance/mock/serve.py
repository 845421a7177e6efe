"""The mock on a port."""

from __future__ import annotations

import asyncio
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from conformance.listening import address, listening
from conformance.mock.connection import Answer, Connection, Delay
from conformance.mock.mock import Mock
from conformance.mock.state import State

BACKLOG = 1024


def serve(
    mock: Mock,
    host: str = "127.0.0.1",
    port: int = 0,
    on_ready: Callable[[str], object] = lambda url: None,
    state: State | None = None,
    answer: Answer | None = None,
    delay: Delay | None = None,
    tls: ssl.SSLContext | None = None,
) -> None:
    """Serve until interrupted (Ctrl-C, SIGTERM); port 0 takes any free one.

    `on_ready` is called once with the URL, base path included, as soon as connections are taken.
    `answer` stands in for the mock where something is put around it, `delay` gives the seconds by
    which each answer is held back. Raises UsageError when the port cannot be had.
    """
    with listening(host, port) as listener, suppress(KeyboardInterrupt):
        url = _url(mock, listener, tls)
        asyncio.run(
            _serve(
                listener,
                answer or _answering(mock, state),
                delay,
                tls,
                lambda stop: on_ready(url),
                signals=True,
            )
        )


@contextmanager
def serving(
    mock: Mock,
    host: str = "127.0.0.1",
    port: int = 0,
    state: State | None = None,
    answer: Answer | None = None,
) -> Iterator[str]:
    """Serve in a thread for as long as the context lasts, and give the URL. Raises UsageError when
    the port cannot be had.
    """
    ready, stops = threading.Event(), list[Callable[[], object]]()

    def on_ready(stop: Callable[[], object]) -> None:
        stops.append(stop)
        ready.set()

    with listening(host, port) as listener:
        main = _serve(
            listener, answer or _answering(mock, state), None, None, on_ready, signals=False
        )
        thread = threading.Thread(target=asyncio.run, args=(main,), daemon=True)
        thread.start()
        ready.wait()
        try:
            yield _url(mock, listener, None)
        finally:
            stops[0]()
            thread.join()


def _answering(mock: Mock, state: State | None) -> Answer:
    kept = mock.start() if state is None else state
    return lambda request: mock.respond(kept, request)


async def _serve(
    listener: socket.socket,
    answer: Answer,
    delay: Delay | None,
    tls: ssl.SSLContext | None,
    on_ready: Callable[[Callable[[], object]], object],
    signals: bool,
) -> None:
    loop, stopped, among = asyncio.get_running_loop(), asyncio.Event(), set[Connection]()
    server = await loop.create_server(
        lambda: Connection(answer, delay, among), sock=listener, backlog=BACKLOG, ssl=tls
    )
    if signals:
        for one in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError):  # Windows: an interrupt ends asyncio.run instead
                loop.add_signal_handler(one, stopped.set)
    on_ready(lambda: loop.call_soon_threadsafe(stopped.set))
    await stopped.wait()
    server.close()
    for connection in tuple(among):
        connection.close()
    while among:  # what is written is sent before the end
        await asyncio.sleep(0.005)


def _url(mock: Mock, listener: socket.socket, tls: ssl.SSLContext | None) -> str:
    return f"{'https' if tls else 'http'}://{address(listener)}{mock.base}"
