"""What the `deep` profile does besides: schemathesis' coverage and fuzzing phases, and its stateful
sequences, on the same target.

schemathesis runs in a process of its own, by its command line, against a bridge on loopback. The
bridge sends what it draws over the run's own line (its pace, its ledger, its credentials), keeps
back what could touch things that are not ours, and has every answer judged by the checks that hear
all answers. Nothing is accused for refusing, or for taking, what schemathesis makes up: only for
the shape of the answer.
"""

from __future__ import annotations

import copy
import importlib.util
import json
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from conformance.checks.call import ApiCall
from conformance.checks.exchange import Exchange
from conformance.contract import pointer as pointers
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.pointer import MISSING
from conformance.errors import Problem, UsageError
from conformance.suite.request_matching import match_operation
from conformance.suite.session import Session
from conformance.suite.target_client import CannotSend

PHASES = ("coverage", "fuzzing", "stateful")
MAX_EXAMPLES = 20  # for each operation, and as many sequences
PHASE_SECONDS = (
    20  # that each phase may take: the first draws thousands of cases for a rich query language
)
MAX_URL_LENGTH = 2000  # characters of a URL: a longer one is a gateway's business
# path values that no gateway reads its own meaning into
PLAIN_PATH_VALUE = re.compile(r"[A-Za-z0-9._~-]{1,200}")
START_SCHEMATHESIS = (
    "import sys; from importlib.metadata import entry_points as e;"
    " sys.exit(next(iter(e(group='console_scripts', name='schemathesis'))).load()())"
)


def require_schemathesis() -> None:
    """Raise UsageError unless schemathesis is installed."""
    if importlib.util.find_spec("schemathesis") is None:
        raise UsageError(
            Problem(
                message="the deep profile needs schemathesis",
                hint="pip install 'api-conformance[deep]'",
            )
        )


@dataclass(slots=True)
class FuzzingStatistics:
    """How many requests were passed on, and how many kept back."""

    sent: int = 0
    withheld: int = 0
    output: str = ""


@dataclass(slots=True)
class FuzzingBridge:
    """Passes requests on: `again` tells of an exchange whether it is to be seen once more (a breach
    must show twice).
    """

    contract: Contract
    session: Session
    needs_confirmation: Callable[[Exchange], bool]
    statistics: FuzzingStatistics = field(default_factory=FuzzingStatistics)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def forward(self, method: str, target: str, body: bytes) -> Exchange | None:
        """Return the exchange for a request, or None when it is kept back."""
        with self._lock:
            call = self._parse_call(method, target, body)
            if call is None:
                self.statistics.withheld += 1
                return None
            try:
                exchange = self.session.send("explore", call)
                if exchange.response is not None and self.needs_confirmation(exchange):
                    self.session.send("explore", call)
            except CannotSend:
                self.statistics.withheld += 1
                return None
            self.statistics.sent += 1
            return exchange

    def _parse_call(self, method: str, target: str, body: bytes) -> ApiCall | None:
        """Return a request as a call, or None for one that a run does not send: not the API's, or
        about things that may not be ours.
        """
        url_parts = urlsplit(target)
        matched = match_operation(self.contract, method, url_parts.path)
        if matched is None or len(target) > MAX_URL_LENGTH:
            return None
        operation, path_values = matched
        query_pairs = parse_qsl(url_parts.query, keep_blank_values=True)
        text = _decode_text(body)
        if (
            text is None
            or not all(PLAIN_PATH_VALUE.fullmatch(value) for value in path_values.values())
            or not all((name + value).isprintable() for name, value in query_pairs)
        ):
            return None
        if not operation.is_safe and not self.session.target.exclusive:
            text = self._add_mark(operation, text)
            if text is None or not self._targets_own_item(operation, path_values):
                return None
        return ApiCall(
            operation=operation.id,
            arguments=path_values,
            query=dict(query_pairs),
            text=text or None,
        )

    def _targets_own_item(self, operation: Operation, path_values: Mapping[str, str]) -> bool:
        """Tell whether a request that changes something names only what this conversation has
        made.
        """
        resource = self.contract.resource_for(operation.id)
        if resource is None or operation.id not in resource.item_operations:
            return resource is not None and resource.create == operation.id
        return any(
            str(created.identity) == path_values.get(resource.id_parameter or "")
            for created in self.session.created_items.own_items
        )

    def _add_mark(self, operation: Operation, text: str) -> str | None:
        """Return a body whose name bears our mark, or None when it can bear none."""
        resource = self.contract.resource_for(operation.id)
        if operation.body is None:
            return text
        try:
            value = json.loads(text)
        except ValueError:
            return None
        name = (
            pointers.get(value, resource.mark_pointer)
            if resource and resource.mark_pointer
            else None
        )
        if (
            resource is None
            or resource.mark_pointer is None
            or not isinstance(value, dict)
            or not isinstance(name, str)
        ):
            return None
        return json.dumps(
            pointers.put(value, resource.mark_pointer, f"{self.session.mark} {name}"),
            ensure_ascii=False,
        )


def _decode_text(body: bytes) -> str | None:
    """Return a body as text; None when it holds what is no text."""
    try:
        text = body.decode("utf-8")
        if text.lstrip()[:1] in ("{", "["):
            json.loads(text)
    except (UnicodeDecodeError, ValueError, RecursionError):
        return None
    return text


def fuzz(
    contract: Contract,
    session: Session,
    seed: str,
    needs_confirmation: Callable[[Exchange], bool],
    seconds_per_phase: int = PHASE_SECONDS,
) -> FuzzingStatistics:
    """Have schemathesis explore the target; returns how much was sent. What it makes is removed
    with the session.
    """
    require_schemathesis()
    bridge = FuzzingBridge(contract, session, needs_confirmation)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _make_handler_class(bridge))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
            document = Path(folder) / "openapi.json"
            document.write_text(json.dumps(prepare_document(contract, session)), "utf-8")
            numeric_seed = int.from_bytes(seed.encode()[:4] or b"\0", "big")
            command = [
                sys.executable,
                "-c",
                START_SCHEMATHESIS,
                "run",
                str(document),
                "--url",
                f"http://127.0.0.1:{server.server_port}",
            ]
            command += [
                "--max-examples",
                str(MAX_EXAMPLES),
                "--seed",
                str(numeric_seed),
                "--workers",
                "1",
                "--checks",
                "not_a_server_error",
            ]
            command += [
                "--max-time",
                str(seconds_per_phase),
                "--no-shrink",
                "--generation-database",
                "none",
                "--no-color",
                "--suppress-health-check",
                "all",
                "--warnings",
                "off",
            ]
            for phase in PHASES:
                options = {"cwd": folder, "capture_output": True, "stdin": subprocess.DEVNULL}
                completed = subprocess.run(
                    [*command, "--phases", phase],
                    text=True,
                    errors="replace",
                    check=False,
                    **options,
                )  # type: ignore[call-overload]
                bridge.statistics.output = completed.stdout[-2000:] + completed.stderr[-2000:]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    if not bridge.statistics.sent and not bridge.statistics.withheld:
        raise UsageError(
            Problem(
                message=f"schemathesis sent nothing: {bridge.statistics.output[-600:].strip()}",
                hint="does it run by itself?",
            )
        )
    return bridge.statistics


def prepare_document(contract: Contract, session: Session) -> Json:
    """Return the document as schemathesis is given it: with the target's path parameters, and with
    links from each creation to what can be done with it.
    """
    document: Json = copy.deepcopy(contract.document)
    document.pop("security", None)
    document.get("components", {}).pop("securitySchemes", None)
    for operation in contract.operations.values():
        node = document["paths"][operation.path][operation.method.lower()]
        node.pop("security", None)
    for resource in contract.resources:
        creation = contract.operations.get(resource.create or "")
        if creation is None or resource.id_parameter is None:
            continue
        path_names = [
            parameter.name
            for parameter in creation.parameters
            if parameter.location.value == "path"
        ]
        links = {
            id: {
                "operationId": id,
                "parameters": {
                    resource.id_parameter: f"$response.body#{resource.identity_pointer}",
                    **{name: f"$request.path.{name}" for name in path_names},
                },
            }
            for id in resource.item_operations
        }
        responses = document["paths"][creation.path][creation.method.lower()]["responses"]
        response = responses[creation.success_response.status]
        if "$ref" not in response:
            response["links"] = links
    for path, path_item in document["paths"].items():
        for node in [
            path_item,
            *[value for value in path_item.values() if isinstance(value, dict)],
        ]:
            node["parameters"] = [
                _pin_path_parameter(document, contract, session, path, parameter)
                for parameter in node.get("parameters", ())
            ]
    return document


def _pin_path_parameter(
    document: Json, contract: Contract, session: Session, path: str, parameter: Json
) -> Json:
    """Return a parameter; one of a path that the target gives can have only that value, unless it
    names a thing of ours.
    """
    resolved = parameter
    if "$ref" in parameter:
        resolved = document
        for segment in parameter["$ref"].removeprefix("#/").split("/"):
            resolved = resolved[segment.replace("~1", "/").replace("~0", "~")]
    if resolved.get("in") != "path" or any(
        resource.id_parameter == resolved["name"] for resource in contract.resources
    ):
        return resolved
    operation_id = next(
        operation.id for operation in contract.operations.values() if operation.path == path
    )
    value = session.get_path_parameter(operation_id, resolved["name"])
    return resolved if value in (None, MISSING) else {**resolved, "schema": {"enum": [value]}}


def _make_handler_class(bridge: FuzzingBridge) -> type[BaseHTTPRequestHandler]:
    class BridgeHandler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _forward_request(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            exchange = bridge.forward(
                self.command, self.path, self.rfile.read(length) if length else b""
            )
            response = exchange.response if exchange else None
            body = response.body if response else b'{"conformance": "not sent"}'
            status = response.status if response else 404
            self.send_response(status)
            self.send_header(
                "Content-Type",
                (
                    response.headers.get("content-type", "application/json")
                    if response
                    else "application/json"
                ),
            )
            if status not in (204, 304):
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if status not in (204, 304) and self.command != "HEAD":
                self.wfile.write(body)

        def __getattr__(self, name: str) -> Callable[[], None]:
            # whatever the method: those that the contract does not have are kept back
            if name.startswith("do_"):
                return self._forward_request
            raise AttributeError(name)

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing: what is sent stands in the run's own reports."""

    return BridgeHandler
