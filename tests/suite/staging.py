"""A staging server on a port, with the problems of real ones.

Other clients use it; it can be slow, fail, or close the connection before it responds.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from conformance.contract import loader
from conformance.contract.contract import Contract
from conformance.embedded import (
    TOKEN,
    build_embedded_mock_config,
    collect_example_reference_ids,
    list_parent_ids,
    scoped_token,
)
from conformance.mock.message import MockRequest, split_request_target
from conformance.mock.mock import Mock

FAILURES = (502, 503, 504, "reset", "silence")


@dataclass
class StagingServer:
    """The mock on a port.

    `failure_rate` is the share of requests that fail, `drop_rate` the share of responses that are
    lost after the request was carried out.
    """

    contract: Contract
    failure_rate: float = 0.0
    drop_rate: float = 0.0
    latency: float = 0.0
    item_count: int = 0
    seed: int = 1
    down: bool = False
    requests: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.mock = Mock(
            self.contract, build_embedded_mock_config(self.contract, item_count=self.item_count)
        )
        self.state = self.mock.create_state()
        self.lock = threading.Lock()
        self.rng = random.Random(self.seed)

    def respond(self, request: MockRequest):  # type: ignore[no-untyped-def]
        """Return the response of the mock."""
        with self.lock:
            return self.mock.respond(self.state, request)

    def call(self, method: str, target: str, body: bytes = b""):  # type: ignore[no-untyped-def]
        """Return the response of the mock to a request of another client."""
        path, query, raw_query = split_request_target(self.mock.base_path + target)
        headers = {
            "authorization": f"Bearer {TOKEN}",
            "content-type": "application/json",
            "host": "127.0.0.1",
        }
        return self.respond(
            MockRequest(
                method=method,
                path=path,
                query=query,
                raw_query=raw_query,
                headers=headers,
                body=body,
            )
        )

    def choose_failure(self) -> int | str | None:
        """Return how the next request fails.

        The value is a status, `reset`, `silence` or `drop`, or None if the request succeeds.
        """
        with self.lock:
            if self.rng.random() < self.failure_rate:
                return self.rng.choice(FAILURES)
            return "drop" if self.rng.random() < self.drop_rate else None


class _RequestHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = (
        65536  # one write for headers and body: a second one would wait for an acknowledgement
    )
    disable_nagle_algorithm = True
    staging: StagingServer

    def serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        failure = self.staging.choose_failure()
        self.staging.requests.append(f"{self.command} {self.path}")
        time.sleep(self.staging.latency)
        if self.staging.down:
            self.close_connection = True
            return
        if failure in ("reset", "silence"):
            time.sleep(0.3 if failure == "silence" else 0)
            self.close_connection = True
            return
        if isinstance(failure, int):
            self.write_response(failure, [("content-type", "text/html")], b"<h1>Bad gateway</h1>")
            return
        path, query, raw_query = split_request_target(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        response = self.staging.respond(
            MockRequest(
                method=self.command,
                path=path,
                query=query,
                raw_query=raw_query,
                headers=headers,
                body=body,
            )
        )
        if failure == "drop":
            self.close_connection = True
            return
        self.write_response(response.status, response.headers, response.body)

    def write_response(self, status: int, headers: object, body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:  # type: ignore[attr-defined]
            self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if status not in (204, 304):
            self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve

    def log_message(self, format: str, *arguments: object) -> None:
        """Log nothing."""


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Print nothing: killed clients cause broken pipes."""


@contextmanager
def run_staging_server(staging_server: StagingServer) -> Iterator[str]:
    """Yield the base URL of a staging server while it runs."""
    handler = type("Handler", (_RequestHandler,), {"staging": staging_server})
    server = _HttpServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{staging_server.mock.base_path}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def run_other_client(
    staging_server: StagingServer, changes_per_second: float = 20.0
) -> Iterator[list[str]]:
    """Let another client create, switch and delete its own items.

    It makes this many changes per second. Yields the list of its actions.
    """
    import json

    resource = staging_server.contract.resources[0]
    operation = staging_server.contract.operations[resource.create or ""]
    path = operation.path
    for name, ids in list_parent_ids(staging_server.contract, {}).items():
        path = path.replace("{" + name + "}", ids[0])
    body = next(iter(operation.body.examples.values())) if operation.body else {}
    actions: list[str] = []
    stop_event = threading.Event()

    def change_items() -> None:
        rng, created_ids, number = random.Random(staging_server.seed), [], 0
        while not stop_event.wait(1 / changes_per_second):
            number += 1
            choice = rng.random()
            if choice < 0.5 or not created_ids:
                response = staging_server.call(
                    "POST",
                    path,
                    json.dumps(
                        {
                            **body,
                            (resource.mark_pointer or "/name")[1:]: f"somebody else's {number}",
                        }
                    ).encode(),
                )
                created_ids.append(json.loads(response.body)[resource.identity_pointer[1:]])
                actions.append("made")
            elif choice < 0.7 and resource.switches:
                operation_id = rng.choice((resource.switches[0].on, resource.switches[0].off))
                item_operation = staging_server.contract.operations[operation_id]
                staging_server.call(
                    item_operation.method,
                    item_operation.path.replace(
                        "{" + (resource.id_parameter or "") + "}", str(rng.choice(created_ids))
                    ),
                )
                actions.append("switched")
            elif resource.delete:
                item_operation = staging_server.contract.operations[resource.delete]
                item_path = item_operation.path.replace(
                    "{" + (resource.id_parameter or "") + "}",
                    str(created_ids.pop(rng.randrange(len(created_ids)))),
                )
                for name, ids in list_parent_ids(staging_server.contract, {}).items():
                    item_path = item_path.replace("{" + name + "}", ids[0])
                staging_server.call(item_operation.method, item_path)
                actions.append("deleted")

    thread = threading.Thread(target=change_items, daemon=True)
    thread.start()
    try:
        yield actions
    finally:
        stop_event.set()
        thread.join()


def load_contract(name: str, revision: str | None = None) -> Contract:
    """Return a contract by its name."""
    return loader.load_contract(name, revision)


def build_credential_options(contract: Contract) -> list[str]:
    """Return the command-line options with all tokens and fixtures that a run can use."""
    options = ["--token", TOKEN]
    for scope in contract.scopes:
        options += ["--scoped-token", f"{scope}={scoped_token(scope)}"]
    for name, ids in {
        **collect_example_reference_ids(contract),
        **list_parent_ids(contract, {}),
    }.items():
        options += ["--fixture", f"{name}={','.join(map(str, ids))}"]
    return options
