"""A client for tests of the mock that builds requests from short arguments."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import urlencode

from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING
from conformance.mock.config import MockConfig
from conformance.mock.fault import Fault
from conformance.mock.message import MockResponse, build_mock_request
from conformance.mock.mock import Mock

from .contracts import load

GROUPS = "/applications/575ec8687ae143cd83dc4a97/experience/groups"
OTHER_PARENT_GROUPS = GROUPS.replace("575ec8687ae143cd83dc4a97", "5" * 24)
APP_GROUPS = "/app/groups"
NOTES = "/notes"
PARENTS = {"applicationId": ("575ec8687ae143cd83dc4a97", "5" * 24)}


class Client:
    """A mock with its state; the clock of the mock never advances."""

    def __init__(
        self, contract: Contract, fault: Fault | None = None, config: MockConfig | None = None
    ) -> None:
        self.mock = Mock(
            contract,
            MockConfig(parents=PARENTS) if config is None else config,
            fault,
            clock=lambda: 1_700_000_000.0,
        )
        self.state = self.mock.create_state()

    def send_request(
        self,
        method: str,
        path: str,
        query: Mapping[str, Json] | str = "",
        body: Json = MISSING,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
    ) -> MockResponse:
        """Return the response. Values of `query` that are not strings are sent as JSON."""
        query_string = (
            query
            if isinstance(query, str)
            else urlencode(
                {
                    name: value if isinstance(value, str) else json.dumps(value)
                    for name, value in query.items()
                }
            )
        )
        sent_headers = {"authorization": "Bearer any"} if headers is None else headers
        if body is not MISSING:
            sent_headers = {"content-type": "application/json", **sent_headers}
        sent_body = content if body is MISSING else json.dumps(body).encode()
        return self.mock.respond(
            self.state,
            build_mock_request(
                method,
                self.mock.base_path + path + (f"?{query_string}" if query_string else ""),
                sent_headers,
                sent_body,
            ),
        )

    def json(
        self, method: str, path: str, query: Mapping[str, Json] | str = "", body: Json = MISSING
    ) -> Json:
        """Return the JSON body of a response; the status must be below 300."""
        response = self.send_request(method, path, query, body)
        assert response.status < 300, response
        return json.loads(response.body) if response.body else None

    def status(
        self,
        method: str,
        path: str,
        query: Mapping[str, Json] | str = "",
        body: Json = MISSING,
        **options: Json,
    ) -> int:
        """Return the status of a response."""
        return self.send_request(method, path, query, body, **options).status


def build_losant_client(
    *bodies: Json, fault: Fault | None = None, config: MockConfig | None = None, revision: str = ""
) -> Client:
    """Return a client of Losant's contract after it created one item for each body."""
    client = Client(load(f"losant{revision}"), fault, config)
    for body in bodies:
        client.send_request("POST", GROUPS, body=body if isinstance(body, dict) else {"name": body})
    return client


def build_push_express_client(
    *names: str, fault: Fault | None = None, config: MockConfig | None = None
) -> Client:
    """Return a client of Push Express' contract after it created an item for each name.

    Ids count from 1001.
    """
    client = Client(load("push-express"), fault, config)
    for name in names:
        client.send_request(
            "POST", APP_GROUPS, body={"app_ids": [1, 2], "name": name, "all_apps": False}
        )
    return client


def build_toy_client(*titles: str, fault: Fault | None = None) -> Client:
    """Return a client of the toy contract after it created a note for each title."""
    client = Client(load("toy"), fault)
    for title in titles:
        client.send_request("POST", NOTES, body={"title": title})
    return client


def get_names(body: Json, items: str = "items", field: str = "name") -> list[str]:
    """Return the names of the items in the body of a list response."""
    return [item[field] for item in body[items]]
