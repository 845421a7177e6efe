"""Measure the time per call: the generated client compared with bare httpx with json.loads, the
vendor's own client and openapi-python-client, in the same run, on the same server.

python benchmarks/calls.py            needs: this project, generated/losant, losant-rest;
openapi-python-client if it is to be compared

Prints medians of interleaved rounds, as ratios to bare httpx, and the time that imports take.
Only loopback is used.
"""

from __future__ import annotations

import gc
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

from conformance.contract import loader

ROOT = Path(__file__).parent.parent
APPLICATION = "575ec8687ae143cd83dc4a97"
GROUP = {
    "id": "58b9d794cbfafe1be675744f",
    "experienceGroupId": "58b9d794cbfafe1be675744f",
    "applicationId": APPLICATION,
    "name": "My Group",
    "creationDate": "2016-06-13T04:00:00.000Z",
    "lastUpdated": "2016-06-13T04:00:00.000Z",
    "experienceUserIds": ["58b9d782cbfafe1be675744d"] * 2,
    "experienceEndpointIds": ["58b9d743cbfafe1be675744b"] * 2,
    "deviceTags": [{"key": "floor", "value": "8"}],
    "parentId": None,
}
PAGE = {
    "items": [GROUP] * 10,
    "count": 10,
    "totalCount": 10,
    "perPage": 10,
    "page": 0,
    "sortField": "name",
    "sortDirection": "asc",
    "applicationId": APPLICATION,
}
RESPONSES = {True: json.dumps(PAGE).encode(), False: json.dumps(GROUP).encode()}
ROUNDS, CALLS = 15, 60


class Handler(BaseHTTPRequestHandler):
    """Responds immediately, always with the same content."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Respond with a list or one group."""
        body = RESPONSES[self.path.partition("?")[0].endswith("/groups")]
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


def main() -> None:
    """Measure and print."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    try:
        _print_table("list of ten", {name: calls[0] for name, calls in _build_clients(url).items()})
        _print_table("one group", {name: calls[1] for name, calls in _build_clients(url).items()})
    finally:
        server.shutdown()
    print("import, CPU seconds, best of 7:")
    base = _measure_import("import httpx, pydantic; pydantic.BaseModel, pydantic.TypeAdapter")
    generated = _measure_import(
        "import httpx, pydantic; pydantic.BaseModel, pydantic.TypeAdapter; import"
        " losant_client.groups.experience_groups"
    )
    print(
        f"  httpx and pydantic {base:.3f}, with the generated package and its first group"
        f" {generated:.3f}: {1000 * (generated - base):.0f} ms more"
    )


def _build_clients(url: str) -> dict[str, tuple[Callable[[], object], Callable[[], object]]]:
    http = httpx.Client(headers={"authorization": "Bearer t", "accept": "application/json"})
    path = f"{url}/applications/{APPLICATION}/experience/groups"
    sys.path.insert(0, str(ROOT / "generated" / "losant"))
    from losant_client import Client

    generated = Client("t", base_url=url)
    clients: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "bare httpx": (
            lambda: json.loads(http.get(path, params={"sortField": "name", "perPage": 10}).content),
            lambda: json.loads(http.get(f"{path}/{GROUP['id']}").content),
        ),
        "generated": (
            lambda: generated.experience_groups.list(APPLICATION, sort_field="name", per_page=10),
            lambda: generated.experience_groups.get(APPLICATION, str(GROUP["id"])),
        ),
    }
    if importlib.util.find_spec("losant_rest"):
        import losant_rest

        vendor = losant_rest.Client("t", url=url)
        clients["losant-rest"] = (
            lambda: vendor.experience_groups.get(
                applicationId=APPLICATION, sortField="name", perPage=10
            ),
            lambda: vendor.experience_group.get(
                applicationId=APPLICATION, experienceGroupId=GROUP["id"]
            ),
        )
    if importlib.util.find_spec("openapi_python_client"):
        clients["openapi-python-client"] = _build_openapi_client(url)
    return clients


def _build_openapi_client(url: str) -> tuple[Callable[[], object], Callable[[], object]]:
    """Return calls of the client that openapi-python-client generates from the same document."""
    folder = Path(tempfile.mkdtemp())
    document = loader.load_contract("losant").document
    for item in document["paths"].values():
        # `const: true` in its response becomes Python code that does not parse (0.29.1)
        item.pop("delete", None)
    (folder / "openapi.json").write_text(json.dumps(document))
    command = [
        sys.executable,
        "-m",
        "openapi_python_client",
        "generate",
        "--path",
        str(folder / "openapi.json"),
        "--output-path",
        str(folder / "out"),
    ]
    # without this option, the generator fails on the values asc and ASC
    (folder / "config.json").write_text('{"literal_enums": true}')
    command += ["--meta", "none", "--config", str(folder / "config.json")]
    process = subprocess.run(command, capture_output=True, text=True, check=True)
    if process.stdout.count("WARNING"):
        print(f"(openapi-python-client: {process.stdout.count('WARNING')} warnings)")
    (folder / "out").rename(folder / "other_client")
    sys.path.insert(0, str(folder))
    client = importlib.import_module("other_client").AuthenticatedClient(base_url=url, token="t")
    api = "other_client.api.experience_groups."
    list_groups, get_group = (
        importlib.import_module(api + "list_experience_groups"),
        importlib.import_module(api + "get_experience_group"),
    )
    return (
        lambda: list_groups.sync(APPLICATION, client=client, sort_field="name", per_page=10),
        lambda: get_group.sync(APPLICATION, GROUP["id"], client=client),
    )


def _print_table(title: str, calls: dict[str, Callable[[], object]]) -> None:
    times: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        for _ in range(10):
            call()
    gc.disable()
    for _ in range(ROUNDS):
        for name, call in calls.items():
            start = time.perf_counter()
            for _ in range(CALLS):
                call()
            times[name].append((time.perf_counter() - start) / CALLS)
        gc.collect()
    gc.enable()
    baseline = statistics.median(times["bare httpx"])
    print(f"{title}: bare httpx with json.loads {baseline * 1e6:.0f} µs a call")
    for name, durations in times.items():
        ratios = [
            duration / baseline_duration
            for duration, baseline_duration in zip(durations, times["bare httpx"], strict=True)
        ]
        print(f"  {name:<24} x {statistics.median(ratios):.2f}")


def _measure_import(code: str) -> float:
    best = 9.0
    for _ in range(7):
        start = os.times()
        subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT / "generated" / "losant")
        end = os.times()
        best = min(
            best,
            end.children_user + end.children_system - start.children_user - start.children_system,
        )
    return best


if __name__ == "__main__":
    main()
