"""The mock as a server on a TCP port."""

from __future__ import annotations

import asyncio
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from conformance.mock.connection import Delay, HttpServerConnection, Responder
from conformance.mock.mock import Mock
from conformance.mock.state import MockState
from conformance.sockets import bind_socket, format_address

BACKLOG = 1024


def serve_until_interrupted(
    mock: Mock,
    host: str = "127.0.0.1",
    port: int = 0,
    on_ready: Callable[[str], object] = lambda url: None,
    state: MockState | None = None,
    respond: Responder | None = None,
    delay: Delay | None = None,
    tls: ssl.SSLContext | None = None,
) -> None:
    """Serve until interrupted by Ctrl-C or SIGTERM.

    Port 0 chooses a free port. `on_ready` is called once with the URL, including the base path, as
    soon as connections are accepted. `respond` replaces the mock's own responder. `delay` returns
    the number of seconds to wait before each response. Raises UsageError if the port is not
    available.
    """
    with bind_socket(host, port) as listener, suppress(KeyboardInterrupt):
        url = _build_url(mock, listener, tls)
        asyncio.run(
            _run_server_event_loop(
                listener,
                respond or _build_responder(mock, state),
                delay,
                tls,
                lambda stop: on_ready(url),
                handle_signals=True,
            )
        )


@contextmanager
def serve_in_thread(
    mock: Mock,
    host: str = "127.0.0.1",
    port: int = 0,
    state: MockState | None = None,
    respond: Responder | None = None,
) -> Iterator[str]:
    """Serve in a thread while the context is active, and yield the URL.

    Raises UsageError if the port is not available.
    """
    ready, stop_callbacks = threading.Event(), list[Callable[[], object]]()

    def on_ready(stop: Callable[[], object]) -> None:
        stop_callbacks.append(stop)
        ready.set()

    with bind_socket(host, port) as listener:
        server_task = _run_server_event_loop(
            listener,
            respond or _build_responder(mock, state),
            None,
            None,
            on_ready,
            handle_signals=False,
        )
        thread = threading.Thread(target=asyncio.run, args=(server_task,), daemon=True)
        thread.start()
        ready.wait()
        try:
            yield _build_url(mock, listener, None)
        finally:
            stop_callbacks[0]()
            thread.join()


def _build_responder(mock: Mock, state: MockState | None) -> Responder:
    current_state = mock.create_state() if state is None else state
    return lambda request: mock.respond(current_state, request)


async def _run_server_event_loop(
    listener: socket.socket,
    respond: Responder,
    delay: Delay | None,
    tls: ssl.SSLContext | None,
    on_ready: Callable[[Callable[[], object]], object],
    handle_signals: bool,
) -> None:
    loop, stopped, connections = (
        asyncio.get_running_loop(),
        asyncio.Event(),
        set[HttpServerConnection](),
    )
    server = await loop.create_server(
        lambda: HttpServerConnection(respond, delay, connections),
        sock=listener,
        backlog=BACKLOG,
        ssl=tls,
    )
    if handle_signals:
        for signal_number in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError):  # Windows: Ctrl-C ends asyncio.run
                loop.add_signal_handler(signal_number, stopped.set)
    on_ready(lambda: loop.call_soon_threadsafe(stopped.set))
    await stopped.wait()
    server.close()
    for connection in tuple(connections):
        connection.close()
    while connections:  # written data is sent before the server stops
        await asyncio.sleep(0.005)


def _build_url(mock: Mock, listener: socket.socket, tls: ssl.SSLContext | None) -> str:
    return f"{'https' if tls else 'http'}://{format_address(listener)}{mock.base_path}"
