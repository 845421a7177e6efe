"""Exchanges as an HTTP Archive (HAR 1.2), of a running run or from a result."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TextIO
from urllib.parse import parse_qsl, urlsplit

from conformance.checks.exchange import Exchange
from conformance.contract.json import Json
from conformance.report.result import RecordedExchange, RecordedResponse, Result
from conformance.report.result_recorder import record_exchange, tool_version
from conformance.suite.masking import get_secret_masker
from conformance.suite.target import Target


class HarRecorder:
    """Writes every exchange to an open file; it keeps none in memory.

    Secrets are masked and long bodies truncated, as in every report. Use it as a context manager:
    the archive is complete when the block is left, even by an exception.
    """

    def __init__(
        self, file: TextIO, target: Target, clock: Callable[[], float] = time.time
    ) -> None:
        self._file, self._target, self._clock, self._is_first = file, target, clock, True

    def __enter__(self) -> HarRecorder:
        head = json.dumps(_build_log_header())
        self._file.write(f'{{"log": {head[:-1]}, "entries": [')
        return self

    def __exit__(self, *error: object) -> None:
        self._file.write("\n]}}\n")

    def record_exchange(self, exchange: Exchange) -> None:
        """Write one exchange."""
        har_entry = build_har_entry(
            record_exchange(exchange, get_secret_masker(self._target.secrets)),
            self._clock() - exchange.elapsed,
            exchange.call.operation,
        )
        self._file.write(
            ("\n" if self._is_first else ",\n") + json.dumps(har_entry, ensure_ascii=True)
        )
        self._is_first = False


def build_har_archive(result: Result) -> Json:
    """Return the archive of the exchanges that a result holds: evidence and findings.

    A result does not hold the time of each exchange. The entries follow one another from the start
    of the run.
    """
    return {
        "log": {
            **_build_log_header(),
            "comment": "evidence and findings of a run; times of day are not those of the run",
            "entries": list(_build_entries(result)),
        }
    }


def _build_log_header() -> Json:
    return {"version": "1.2", "creator": {"name": "conformance", "version": tool_version()}}


def _build_entries(result: Result) -> Iterator[Json]:
    sent_at = result.started.timestamp()
    for owner, exchange in result.iterate_exchanges():
        yield build_har_entry(exchange, sent_at, owner)
        sent_at += exchange.elapsed_s


def build_har_entry(exchange: RecordedExchange, sent_at: float, comment: str) -> Json:
    """Return the HAR entry of an exchange from a result.

    `sent_at` is in seconds since the epoch.
    """
    request, response, elapsed_ms = (
        exchange.request,
        exchange.response,
        round(exchange.elapsed_s * 1000, 3),
    )
    har_entry: Json = {
        "startedDateTime": datetime.fromtimestamp(sent_at, UTC).isoformat(timespec="milliseconds"),
        "time": elapsed_ms,
        "request": {
            "method": request.method,
            "url": request.url,
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _build_name_value_pairs(request.headers),
            "queryString": [
                {"name": name, "value": value}
                for name, value in parse_qsl(urlsplit(request.url).query, keep_blank_values=True)
            ],
            "headersSize": -1,
            "bodySize": len((request.body or "").encode("utf-8", "replace")),
        },
        "response": _build_har_response(response, exchange.failure),
        "cache": {},
        "timings": {"send": 0, "wait": elapsed_ms, "receive": 0},
        "comment": f"{comment} · {exchange.step}",
    }
    if request.body is not None:
        har_entry["request"]["postData"] = {
            "mimeType": request.headers.get("content-type", ""),
            "text": request.body,
        }
    return har_entry


def _build_har_response(response: RecordedResponse | None, failure: str) -> Json:
    common: Json = {"httpVersion": "HTTP/1.1", "cookies": [], "redirectURL": "", "headersSize": -1}
    if response is None:
        return {
            **common,
            "status": 0,
            "statusText": "",
            "headers": [],
            "content": {"size": 0, "mimeType": ""},
            "bodySize": -1,
            "_error": failure,
        }
    status, body = response.status, response.body or ""
    size = response.body_length or len(body.encode("utf-8", "replace"))
    return {
        **common,
        "status": status,
        "statusText": HTTPStatus(status).phrase if status in list(HTTPStatus) else "",
        "headers": _build_name_value_pairs(response.headers),
        "content": {
            "size": size,
            "mimeType": response.headers.get("content-type", ""),
            "text": body,
        },
        "redirectURL": response.headers.get("location", ""),
        "bodySize": size,
    }


def _build_name_value_pairs(headers: Mapping[str, str]) -> list[Json]:
    return [{"name": name, "value": value} for name, value in headers.items()]
