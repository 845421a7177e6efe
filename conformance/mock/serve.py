"""The mock on a port."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import uvicorn

from conformance.errors import Problem, UsageError
from conformance.mock.asgi import App
from conformance.mock.mock import Mock
from conformance.mock.state import State


def serve(mock: Mock, host: str = "127.0.0.1", port: int = 0, on_ready: Callable[[str], object] = lambda url: None, state: State | None = None) -> None:
    """Serve until interrupted (Ctrl-C); port 0 takes any free one.

    `on_ready` is called once with the URL, base path included, as soon as connections are taken. Raises UsageError when the port cannot be had.
    """
    with _listening(host, port) as listener:
        server = _server(mock, state, lambda: on_ready(_url(mock, listener)))
        with suppress(KeyboardInterrupt):  # uvicorn has shut down and passes the signal on: an interrupt is how serving ends
            server.run(sockets=[listener])


@contextmanager
def serving(mock: Mock, host: str = "127.0.0.1", port: int = 0, state: State | None = None) -> Iterator[str]:
    """Serve in a thread for as long as the context lasts, and give the URL. Raises UsageError when the port cannot be had."""
    ready = threading.Event()
    with _listening(host, port) as listener:
        server = _server(mock, state, ready.set)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        ready.wait()
        try:
            yield _url(mock, listener)
        finally:
            server.should_exit = True
            thread.join()


def _url(mock: Mock, listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}{mock.base}" if ":" in host else f"http://{host}:{port}{mock.base}"


def _listening(host: str, port: int) -> socket.socket:
    # asyncio turns Nagle's algorithm off only where the protocol is named: without it each answer waits for a delayed acknowledgement
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or error
        raise UsageError(Problem(message=f"cannot listen on {host}:{port}: {reason}", hint="choose another port; 0 takes any free one")) from error
    return listener


def _server(mock: Mock, state: State | None, on_ready: Callable[[], object]) -> uvicorn.Server:
    return _Server(uvicorn.Config(App(mock, state), http="httptools", log_level="error", access_log=False, lifespan="off"), on_ready)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], object]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()
