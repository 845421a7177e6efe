"""Servers, proxies and plain sockets to test with, all on loopback."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from conformance.contract import loader
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.embedded import build_embedded_mock_config
from conformance.mock.faults.catalog import list_contract_faults
from conformance.mock.mock import Mock
from conformance.mock.server import serve_in_thread as mocking
from conformance.proxy.server import serve_proxy_in_thread
from conformance.proxy.upstream import parse_server_url
from conformance.report import result_recorder
from conformance.suite.captured_exchange import CapturedExchange
from conformance.suite.monitor import TrafficMonitor
from conformance.suite.target import Target


@dataclass(slots=True)
class Rig:
    """A proxy (`url`, base path included) in front of a server, and what it heard."""

    url: str
    listener: TrafficMonitor

    def result(self) -> Json:
        """Return the result so far; complete once the proxy is closed."""
        return result_recorder.build_result_from_events(self.listener.build_run_events())

    def violated(self) -> list[str]:
        """Return the claims that the traffic violated."""
        return [claim["id"] for claim in self.result()["claims"] if claim["verdict"] == "violated"]


@contextmanager
def proxied(
    contract: Contract,
    upstream: str,
    tap: Callable[..., None] = lambda exchange: None,
    timeout: float = 5.0,
) -> Iterator[Rig]:
    """Give a proxy in front of a URL."""
    listener = TrafficMonitor(contract, Target(url=upstream), tap)
    with serve_proxy_in_thread(
        parse_server_url(upstream, None, timeout), listener.evaluate_exchange
    ) as address:
        base = "/" + upstream.partition("://")[2].partition("/")[2]
        yield Rig(address + base.rstrip("/"), listener)


@contextmanager
def mocked(
    name: str, fault: str | None = None, tap: Callable[..., None] = lambda exchange: None
) -> Iterator[Rig]:
    """Give a proxy in front of a contract's mock, which may have a fault."""
    contract = loader.load_contract(name)
    broken = (
        next(one for one in list_contract_faults(contract) if one.id == fault) if fault else None
    )
    with ExitStack() as stack:
        upstream = stack.enter_context(
            mocking(Mock(contract, build_embedded_mock_config(contract), broken))
        )
        yield stack.enter_context(proxied(contract, upstream, tap))


@contextmanager
def wired(
    *answers: bytes, close: bool = True, size: int = 65536
) -> Iterator[tuple[str, list[bytes]]]:
    """Give the URL of a server that answers each connection with the next bytes, and what it was
    sent.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    heard: list[bytes] = []

    def main() -> None:
        for answer in answers:
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(5)
                heard.append(connection.recv(size))
                connection.sendall(answer)
                if not close:
                    connection.recv(1)

    thread = threading.Thread(target=main, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", heard
    finally:
        thread.join(5)
        listener.close()


@contextmanager
def passing(upstream: str, timeout: float = 5.0) -> Iterator[tuple[int, list[CapturedExchange]]]:
    """Give the port of a proxy that judges nothing, and what passed through it."""
    heard: list[CapturedExchange] = []
    with serve_proxy_in_thread(parse_server_url(upstream, None, timeout), heard.append) as address:
        yield int(address.rpartition(":")[2]), heard


def said(port: int, *pieces: bytes) -> bytes:
    """Send pieces and return all that is answered until the connection is closed."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        for piece in pieces:
            line.sendall(piece)
        line.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: line.recv(65536), b""))
