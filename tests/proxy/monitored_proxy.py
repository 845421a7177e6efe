"""Servers, proxies and plain sockets for the proxy tests, all on loopback."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from conformance.contract import loader
from conformance.contract.contract import Contract
from conformance.embedded import build_embedded_mock_config
from conformance.mock.faults.catalog import list_contract_faults
from conformance.mock.mock import Mock
from conformance.mock.server import serve_in_thread
from conformance.proxy.server import serve_proxy_in_thread
from conformance.proxy.upstream import parse_server_url
from conformance.report import result_recorder
from conformance.report.result import Result
from conformance.suite.captured_exchange import CapturedExchange
from conformance.suite.monitor import TrafficMonitor
from conformance.suite.target import Target


@dataclass(slots=True)
class MonitoredProxy:
    """A proxy (`url`, base path included) in front of a server, and the monitor of its traffic."""

    url: str
    monitor: TrafficMonitor

    def build_result(self) -> Result:
        """Return the result so far; it is complete once the proxy is closed."""
        return result_recorder.build_result_from_events(self.monitor.build_run_events())

    def list_violated_claims(self) -> list[str]:
        """Return the ids of the claims that the traffic violated."""
        return [claim.id for claim in self.build_result().violated]


@contextmanager
def run_proxy(
    contract: Contract,
    upstream: str,
    record: Callable[..., None] = lambda exchange: None,
    timeout: float = 5.0,
) -> Iterator[MonitoredProxy]:
    """Run a proxy in front of a URL."""
    monitor = TrafficMonitor(contract, Target(url=upstream), record)
    with serve_proxy_in_thread(
        parse_server_url(upstream, None, timeout), monitor.evaluate_exchange
    ) as address:
        base = "/" + upstream.partition("://")[2].partition("/")[2]
        yield MonitoredProxy(address + base.rstrip("/"), monitor)


@contextmanager
def run_proxy_with_mock(
    name: str, fault_id: str | None = None, record: Callable[..., None] = lambda exchange: None
) -> Iterator[MonitoredProxy]:
    """Run a proxy in front of the mock of a contract, optionally with a fault."""
    contract = loader.load_contract(name)
    mock_fault = (
        next(candidate for candidate in list_contract_faults(contract) if candidate.id == fault_id)
        if fault_id
        else None
    )
    with ExitStack() as stack:
        upstream = stack.enter_context(
            serve_in_thread(Mock(contract, build_embedded_mock_config(contract), mock_fault))
        )
        yield stack.enter_context(run_proxy(contract, upstream, record))


@contextmanager
def serve_raw_responses(
    *responses: bytes, close: bool = True, size: int = 65536
) -> Iterator[tuple[str, list[bytes]]]:
    """Run a server that sends the next bytes as the response on each connection. Yield its URL and
    the bytes that it received.
    """
    server_socket = socket.create_server(("127.0.0.1", 0))
    received: list[bytes] = []

    def serve() -> None:
        for response in responses:
            connection, _ = server_socket.accept()
            with connection:
                connection.settimeout(5)
                received.append(connection.recv(size))
                connection.sendall(response)
                if not close:
                    connection.recv(1)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server_socket.getsockname()[1]}", received
    finally:
        thread.join(5)
        server_socket.close()


@contextmanager
def run_recording_proxy(
    upstream: str, timeout: float = 5.0
) -> Iterator[tuple[int, list[CapturedExchange]]]:
    """Run a proxy that evaluates nothing. Yield its port and the captured exchanges."""
    exchanges: list[CapturedExchange] = []
    with serve_proxy_in_thread(
        parse_server_url(upstream, None, timeout), exchanges.append
    ) as address:
        yield int(address.rpartition(":")[2]), exchanges


def send_raw(port: int, *pieces: bytes) -> bytes:
    """Send pieces and return all bytes that are received until the connection is closed."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        for piece in pieces:
            connection.sendall(piece)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))
