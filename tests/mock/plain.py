"""Mocks of plain documents, written in the tests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from conformance.contract import loader
from conformance.contract.json import Json
from conformance.mock.app import MockApp
from conformance.mock.config import MockConfig
from conformance.mock.message import MockResponse, build_mock_request
from conformance.mock.mock import Mock

HEAD = """openapi: 3.1.0
info: {title: Plain, version: "1"}
servers: [{url: "https://plain.example"}]
"""


@dataclass(frozen=True, slots=True)
class PlainMock:
    """A mock of a document, as the command line serves it."""

    app: MockApp

    def send(
        self, method: str, target: str, body: Json = None, content: bytes = b"", **headers: str
    ) -> MockResponse:
        """Return a response. Underscores in header names become hyphens."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            content = json.dumps(body).encode()
            sent.setdefault("content-type", "application/json")
        return self.app.respond(build_mock_request(method, target, sent, content))

    def read(self, target: str) -> Json:
        """Return the JSON body of a GET, which must succeed."""
        response = self.send("GET", target)
        assert response.status == 200, response
        return json.loads(response.body)


def build_plain_mock(folder: Path, text: str) -> PlainMock:
    """Return the mock of a document without its head."""
    path = folder / "plain.yaml"
    path.write_text(HEAD + text)
    mock = Mock(loader.load_contract(str(path), infer=True), MockConfig(permissive=True))
    return PlainMock(MockApp(mock=mock, state=mock.create_state(), create_state=mock.create_state))
