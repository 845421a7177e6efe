"""Runs schemathesis on the target, for the `deep` profile.

schemathesis runs its coverage, fuzzing and stateful phases in a process of its own, started by its
command line, against a bridge on loopback. The bridge sends its requests through the run's own
client, with the run's budget, ledger and credentials. It withholds requests that could touch items
which the run did not create. Every response is evaluated by the checks that observe all responses.
Since the requests are random, a server may accept or refuse them; only the form of the response is
checked.
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
from conformance.protocol import BODILESS_STATUSES
from conformance.suite.request_matching import find_matching_operation
from conformance.suite.session import TargetSession
from conformance.suite.target_client import CannotSend

PHASES = ("coverage", "fuzzing", "stateful")
MAX_EXAMPLES = 20  # examples for each operation, and sequences in the stateful phase
# limit for each phase: coverage generates thousands of cases for a rich query language
PHASE_SECONDS = 20
MAX_URL_LENGTH = 2000  # characters: gateways may refuse longer URLs
# path values that gateways pass on unchanged
SAFE_PATH_VALUE = re.compile(r"[A-Za-z0-9._~-]{1,200}")
START_SCHEMATHESIS = (
    "import sys; from importlib.metadata import entry_points as e;"
    " sys.exit(next(iter(e(group='console_scripts', name='schemathesis'))).load()())"
)


def require_schemathesis() -> None:
    """Raise UsageError if schemathesis is not installed."""
    if importlib.util.find_spec("schemathesis") is None:
        raise UsageError(
            Problem(
                message="the deep profile needs schemathesis",
                hint="pip install 'api-conformance[deep]'",
            )
        )


@dataclass(slots=True)
class FuzzingStatistics:
    """The numbers of forwarded and withheld requests, and the end of schemathesis' output."""

    sent: int = 0
    withheld: int = 0
    output: str = ""


@dataclass(slots=True)
class FuzzingBridge:
    """Forwards the requests of schemathesis to the target.

    `needs_confirmation` returns whether an exchange must be repeated, because a failure must show
    twice.
    """

    contract: Contract
    session: TargetSession
    needs_confirmation: Callable[[Exchange], bool]
    statistics: FuzzingStatistics = field(default_factory=FuzzingStatistics)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def forward_request(self, method: str, target: str, body: bytes) -> Exchange | None:
        """Forward a request and return its exchange, or None if it is withheld."""
        with self._lock:
            call = self._build_permitted_call(method, target, body)
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

    def _build_permitted_call(self, method: str, target: str, body: bytes) -> ApiCall | None:
        """Return a request as a call, or None if it must not be sent.

        Withheld are requests that are not part of the API, and requests that could change items
        which the run did not create.
        """
        url_parts = urlsplit(target)
        matched = find_matching_operation(self.contract, method, url_parts.path)
        if matched is None or len(target) > MAX_URL_LENGTH:
            return None
        operation, path_values = matched
        query_pairs = parse_qsl(url_parts.query, keep_blank_values=True)
        text = _decode_valid_body_text(body)
        if (
            text is None
            or not all(SAFE_PATH_VALUE.fullmatch(value) for value in path_values.values())
            or not all((name + value).isprintable() for name, value in query_pairs)
        ):
            return None
        if not operation.is_safe and not self.session.target.exclusive:
            text = self._add_mark_to_body(operation, text)
            if text is None or not self._targets_only_own_items(operation, path_values):
                return None
        return ApiCall(
            operation=operation.id,
            arguments=path_values,
            query=dict(query_pairs),
            text=text or None,
        )

    def _targets_only_own_items(self, operation: Operation, path_values: Mapping[str, str]) -> bool:
        """Return whether a request that changes something names only items of this session."""
        resource = self.contract.resource_for(operation.id)
        if resource is None or operation.id not in resource.item_operation_ids:
            return resource is not None and resource.create == operation.id
        return any(
            str(created.identity) == path_values.get(resource.id_parameter or "")
            for created in self.session.created_items.own_items
        )

    def _add_mark_to_body(self, operation: Operation, text: str) -> str | None:
        """Return a body whose name carries the mark, or None if it cannot carry one."""
        resource = self.contract.resource_for(operation.id)
        if operation.body is None:
            return text
        try:
            value = json.loads(text)
        except ValueError:
            return None
        name = (
            pointers.get_at_pointer(value, resource.mark_pointer)
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
            pointers.put_at_pointer(value, resource.mark_pointer, f"{self.session.mark} {name}"),
            ensure_ascii=False,
        )


def _decode_valid_body_text(body: bytes) -> str | None:
    """Return a body as text, or None if it is not UTF-8 or looks like JSON but is not valid."""
    try:
        text = body.decode("utf-8")
        if text.lstrip()[:1] in ("{", "["):
            json.loads(text)
    except (UnicodeDecodeError, ValueError, RecursionError):
        return None
    return text


def fuzz_target(
    contract: Contract,
    session: TargetSession,
    seed: str,
    needs_confirmation: Callable[[Exchange], bool],
    seconds_per_phase: int = PHASE_SECONDS,
) -> FuzzingStatistics:
    """Run all phases of schemathesis on the target; return how much was sent.

    Created items are deleted with the session. Raises UsageError if schemathesis is not installed
    or sends nothing.
    """
    require_schemathesis()
    bridge = FuzzingBridge(contract, session, needs_confirmation)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _make_bridge_handler_class(bridge))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
            document = Path(folder) / "openapi.json"
            document.write_text(json.dumps(build_schemathesis_document(contract, session)), "utf-8")
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


def build_schemathesis_document(contract: Contract, session: TargetSession) -> Json:
    """Return the OpenAPI document for schemathesis.

    It pins the path parameters of the target, has no security schemes, and links each creation to
    the operations on the created item.
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
            for id in resource.item_operation_ids
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
    document: Json, contract: Contract, session: TargetSession, path: str, parameter: Json
) -> Json:
    """Return a parameter, restricted to the target's value if it is a path parameter.

    Path parameters that identify an item of a resource are not restricted.
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
    value = session.get_path_parameter_value(operation_id, resolved["name"])
    return resolved if value in (None, MISSING) else {**resolved, "schema": {"enum": [value]}}


def _make_bridge_handler_class(bridge: FuzzingBridge) -> type[BaseHTTPRequestHandler]:
    class BridgeHandler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _forward_request(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            exchange = bridge.forward_request(
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
            if status not in BODILESS_STATUSES:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if status not in BODILESS_STATUSES and self.command != "HEAD":
                self.wfile.write(body)

        def __getattr__(self, name: str) -> Callable[[], None]:
            # handles every method: the bridge withholds those that are not in the contract
            if name.startswith("do_"):
                return self._forward_request
            raise AttributeError(name)

        def log_message(self, format: str, *arguments: object) -> None:
            """Log nothing, because the run's own reports show the requests."""

    return BridgeHandler
