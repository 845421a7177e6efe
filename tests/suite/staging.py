"""A staging server as they are: on a port, with other people on it, sometimes slow, sometimes
broken, sometimes cut off in the middle of an answer.
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
class Staging:
    """The mock on a port. `failing` is the share of requests that fail, `dropping` that of answers
    which are lost after the request was carried out.
    """

    contract: Contract
    failing: float = 0.0
    dropping: float = 0.0
    latency: float = 0.0
    seeds: int = 0
    seed: int = 1
    down: bool = False
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.mock = Mock(
            self.contract, build_embedded_mock_config(self.contract, item_count=self.seeds)
        )
        self.state = self.mock.create_state()
        self.lock = threading.Lock()
        self.random = random.Random(self.seed)

    def respond(self, request: MockRequest):  # type: ignore[no-untyped-def]
        """Return the mock's answer."""
        with self.lock:
            return self.mock.respond(self.state, request)

    def call(self, method: str, target: str, body: bytes = b""):  # type: ignore[no-untyped-def]
        """Return the mock's answer to a request of someone else's."""
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

    def fate(self) -> int | str | None:
        """Return what goes wrong with the next request: a status, `reset`, `silence`, `drop`, or
        nothing.
        """
        with self.lock:
            if self.random.random() < self.failing:
                return self.random.choice(FAILURES)
            return "drop" if self.random.random() < self.dropping else None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = (
        65536  # headers and body in one write: in two, the second waits for an acknowledgement
    )
    disable_nagle_algorithm = True
    staging: Staging

    def serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        fate = self.staging.fate()
        self.staging.asked.append(f"{self.command} {self.path}")
        time.sleep(self.staging.latency)
        if self.staging.down:
            self.close_connection = True
            return
        if fate in ("reset", "silence"):
            time.sleep(0.6 if fate == "silence" else 0)
            self.close_connection = True
            return
        if isinstance(fate, int):
            self.answer(fate, [("content-type", "text/html")], b"<h1>Bad gateway</h1>")
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
        if fate == "drop":
            self.close_connection = True
            return
        self.answer(response.status, response.headers, response.body)

    def answer(self, status: int, headers: object, body: bytes) -> None:
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
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that are killed leave broken pipes."""


@contextmanager
def listening(staging: Staging) -> Iterator[str]:
    """Yield the base URL of a staging server while it listens."""
    handler = type("Handler", (_Handler,), {"staging": staging})
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{staging.mock.base_path}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def neighbor(staging: Staging, changes: float = 20.0) -> Iterator[list[str]]:
    """Have somebody else make, switch and delete things of their own, so many times a second; yield
    what they did.
    """
    import json

    resource = staging.contract.resources[0]
    operation = staging.contract.operations[resource.create or ""]
    path = operation.path
    for name, ids in list_parent_ids(staging.contract, {}).items():
        path = path.replace("{" + name + "}", ids[0])
    body = next(iter(operation.body.examples.values())) if operation.body else {}
    done: list[str] = []
    stop = threading.Event()

    def live() -> None:
        rng, mine, number = random.Random(staging.seed), [], 0
        while not stop.wait(1 / changes):
            number += 1
            choice = rng.random()
            if choice < 0.5 or not mine:
                answer = staging.call(
                    "POST",
                    path,
                    json.dumps(
                        {
                            **body,
                            (resource.mark_pointer or "/name")[1:]: f"somebody else's {number}",
                        }
                    ).encode(),
                )
                mine.append(json.loads(answer.body)[resource.identity_pointer[1:]])
                done.append("made")
            elif choice < 0.7 and resource.switches:
                switch = rng.choice((resource.switches[0].on, resource.switches[0].off))
                target = staging.contract.operations[switch]
                staging.call(
                    target.method,
                    target.path.replace(
                        "{" + (resource.id_parameter or "") + "}", str(rng.choice(mine))
                    ),
                )
                done.append("switched")
            elif resource.delete:
                target = staging.contract.operations[resource.delete]
                gone = target.path.replace(
                    "{" + (resource.id_parameter or "") + "}",
                    str(mine.pop(rng.randrange(len(mine)))),
                )
                for name, ids in list_parent_ids(staging.contract, {}).items():
                    gone = gone.replace("{" + name + "}", ids[0])
                staging.call(target.method, gone)
                done.append("deleted")

    thread = threading.Thread(target=live, daemon=True)
    thread.start()
    try:
        yield done
    finally:
        stop.set()
        thread.join()


def contract(name: str, revision: str | None = None) -> Contract:
    """Return a contract."""
    return loader.load_contract(name, revision)


def credentials(contract: Contract) -> list[str]:
    """Return the options of the command line by which a run knows everything that it may know."""
    line = ["--token", TOKEN]
    for scope in contract.scopes:
        line += ["--scoped-token", f"{scope}={scoped_token(scope)}"]
    for name, ids in {
        **collect_example_reference_ids(contract),
        **list_parent_ids(contract, {}),
    }.items():
        line += ["--fixture", f"{name}={','.join(map(str, ids))}"]
    return line
