"""Exchanges as an HTTP Archive (HAR 1.2): every one of a run while it goes on, or those that a
result holds.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TextIO
from urllib.parse import parse_qsl, urlsplit

from conformance.checks.exchange import Exchange
from conformance.contract.json import Json
from conformance.report.record import exchange as recorded
from conformance.report.record import tool_version
from conformance.report.result import exchanges
from conformance.suite.target import Target


class Recorder:
    """Writes every exchange that it hears to an open file and keeps none; secrets are masked and
    long bodies cut as in every report.

    Use it as a context manager; the archive is whole when that is left, also by an error.
    """

    def __init__(
        self, file: TextIO, target: Target, clock: Callable[[], float] = time.time
    ) -> None:
        self._file, self._target, self._clock, self._first = file, target, clock, True

    def __enter__(self) -> Recorder:
        head = json.dumps(_head())
        self._file.write(f'{{"log": {head[:-1]}, "entries": [')
        return self

    def __exit__(self, *error: object) -> None:
        self._file.write("\n]}}\n")

    def hear(self, exchange: Exchange) -> None:
        """Write one exchange."""
        made = entry(
            recorded(exchange, self._target),
            self._clock() - exchange.elapsed,
            exchange.call.operation,
        )
        self._file.write(("\n" if self._first else ",\n") + json.dumps(made, ensure_ascii=True))
        self._first = False


def document(result: Json) -> Json:
    """Return the archive of the exchanges that a result holds: evidence and findings.

    A result does not say when each was sent; they follow one another from the beginning of the run.
    """
    return {
        "log": {
            **_head(),
            "comment": "evidence and findings of a run; times of day are not those of the run",
            "entries": list(_entries(result)),
        }
    }


def _head() -> Json:
    return {"version": "1.2", "creator": {"name": "conformance", "version": tool_version()}}


def _entries(result: Json) -> Iterator[Json]:
    at = datetime.fromisoformat(result["started"]).timestamp()
    for owner, exchange in exchanges(result):
        yield entry(exchange, at, owner)
        at += exchange.get("elapsed_s", 0)


def entry(exchange: Json, at: float, comment: str) -> Json:
    """Return the HAR entry of an exchange (as a result has it) that was sent `at` seconds after
    1970 began.
    """
    request, response, took = (
        exchange["request"],
        exchange["response"],
        round(exchange.get("elapsed_s", 0) * 1000, 3),
    )
    made: Json = {
        "startedDateTime": datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds"),
        "time": took,
        "request": {
            "method": request["method"],
            "url": request["url"],
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _pairs(request["headers"]),
            "queryString": [
                {"name": name, "value": value}
                for name, value in parse_qsl(urlsplit(request["url"]).query, keep_blank_values=True)
            ],
            "headersSize": -1,
            "bodySize": len((request["body"] or "").encode("utf-8", "replace")),
        },
        "response": _response(response, exchange.get("failure", "")),
        "cache": {},
        "timings": {"send": 0, "wait": took, "receive": 0},
        "comment": f"{comment} · {exchange.get('step', '')}",
    }
    if request["body"] is not None:
        made["request"]["postData"] = {
            "mimeType": request["headers"].get("content-type", ""),
            "text": request["body"],
        }
    return made


def _response(response: Json, failure: str) -> Json:
    shape: Json = {"httpVersion": "HTTP/1.1", "cookies": [], "redirectURL": "", "headersSize": -1}
    if response is None:
        return {
            **shape,
            "status": 0,
            "statusText": "",
            "headers": [],
            "content": {"size": 0, "mimeType": ""},
            "bodySize": -1,
            "_error": failure,
        }
    status, body = response["status"], response["body"] or ""
    size = response.get("body_length", len(body.encode("utf-8", "replace")))
    return {
        **shape,
        "status": status,
        "statusText": HTTPStatus(status).phrase if status in list(HTTPStatus) else "",
        "headers": _pairs(response["headers"]),
        "content": {
            "size": size,
            "mimeType": response["headers"].get("content-type", ""),
            "text": body,
        },
        "redirectURL": response["headers"].get("location", ""),
        "bodySize": size,
    }


def _pairs(headers: Json) -> list[Json]:
    return [{"name": name, "value": value} for name, value in headers.items()]
