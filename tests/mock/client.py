"""A caller of a mock that writes requests short."""

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
ELSEWHERE = GROUPS.replace("575ec8687ae143cd83dc4a97", "5" * 24)
APP_GROUPS = "/app/groups"
NOTES = "/notes"
PARENTS = {"applicationId": ("575ec8687ae143cd83dc4a97", "5" * 24)}


class Client:
    """One mock with its state; a test's clock stands still."""

    def __init__(
        self, contract: Contract, fault: Fault | None = None, world: MockConfig | None = None
    ) -> None:
        self.mock = Mock(
            contract,
            MockConfig(parents=PARENTS) if world is None else world,
            fault,
            clock=lambda: 1_700_000_000.0,
        )
        self.state = self.mock.create_state()

    def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, Json] | str = "",
        body: Json = MISSING,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
    ) -> MockResponse:
        """Return the answer; values of `query` that are no texts are written as JSON."""
        text = (
            query
            if isinstance(query, str)
            else urlencode(
                {
                    name: value if isinstance(value, str) else json.dumps(value)
                    for name, value in query.items()
                }
            )
        )
        given = {"authorization": "Bearer any"} if headers is None else headers
        sent = content if body is MISSING else json.dumps(body).encode()
        return self.mock.respond(
            self.state,
            build_mock_request(
                method, self.mock.base_path + path + (f"?{text}" if text else ""), given, sent
            ),
        )

    def json(
        self, method: str, path: str, query: Mapping[str, Json] | str = "", body: Json = MISSING
    ) -> Json:
        """Return the JSON body of an answer that succeeds."""
        response = self.ask(method, path, query, body)
        assert response.status < 300, response
        return json.loads(response.body) if response.body else None

    def status(
        self,
        method: str,
        path: str,
        query: Mapping[str, Json] | str = "",
        body: Json = MISSING,
        **more: Json,
    ) -> int:
        """Return the status of an answer."""
        return self.ask(method, path, query, body, **more).status


def build_losant_client(
    *bodies: Json, fault: Fault | None = None, world: MockConfig | None = None, revision: str = ""
) -> Client:
    """Return a client of Losant's contract after some creations."""
    client = Client(load(f"losant{revision}"), fault, world)
    for body in bodies:
        client.ask("POST", GROUPS, body=body if isinstance(body, dict) else {"name": body})
    return client


def build_push_express_client(
    *names: str, fault: Fault | None = None, world: MockConfig | None = None
) -> Client:
    """Return a client of Push Express' contract after some creations; identities count from
    1001.
    """
    client = Client(load("push-express"), fault, world)
    for name in names:
        client.ask("POST", APP_GROUPS, body={"app_ids": [1, 2], "name": name, "all_apps": False})
    return client


def build_toy_client(*titles: str, fault: Fault | None = None) -> Client:
    """Return a client of the toy contract after some creations."""
    client = Client(load("toy"), fault)
    for title in titles:
        client.ask("POST", NOTES, body={"title": title})
    return client


def get_names(answer: Json, items: str = "items", field: str = "name") -> list[str]:
    """Return the names in a list answer."""
    return [item[field] for item in answer[items]]
