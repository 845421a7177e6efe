"""The mock as seen by a page of another origin and by the vendor's client for Node."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from conformance.mock.app import MockApp
from conformance.mock.config import MockConfig
from conformance.mock.mock import Mock
from conformance.mock.server import serve_in_thread

from .contracts import load

PATH = "/applications/575ec8687ae143cd83dc4a97/experience/groups"
SCRIPT = """async ([url]) => {
  const headers = {Authorization: 'Bearer any', 'Content-Type': 'application/json'};
  const body = JSON.stringify({name: 'from a page'});
  const made = await fetch(url, {method: 'POST', headers, body});
  const listed = await (await fetch(url + '?sortField=name', {headers})).json();
  const refused = await fetch(url, {method: 'POST', headers, body: '{}'});
  const names = listed.items.map(item => item.name);
  return [made.status, names, refused.status, (await refused.json()).type];
}"""


def test_a_cross_origin_page_can_use_the_mock(chromium: Any) -> None:
    """A page of another origin creates an item, lists items and reads a refusal with fetch.

    Preflights are answered, and the page may read the responses.
    """
    mock = Mock(load("losant"), MockConfig())
    app = MockApp(mock=mock, state=mock.create_state(), create_state=mock.create_state)
    with serve_in_thread(mock, respond=app.respond) as url, serve_in_thread(mock) as page_url:
        page = chromium.new_page()
        page.goto(page_url)  # like an application under development: on loopback, at another port
        assert page.evaluate(SCRIPT, [url + PATH]) == [201, ["from a page"], 400, "Validation"]
        page.close()


@pytest.mark.skipif(
    shutil.which("node") is None or "CONFORMANCE_NODE_FOLDER" not in os.environ,
    reason=(
        "needs node, and in CONFORMANCE_NODE_FOLDER a folder in which `npm install losant-rest` was"
        " run (nox -s npm)"
    ),
)
def test_the_npm_client_can_use_the_mock() -> None:
    """Every method of the npm client losant-rest gets the documented response."""
    with serve_in_thread(Mock(load("losant"), MockConfig())) as url:
        command = ["node", str(Path(__file__).with_name("npm_client.mjs")), url]
        process = subprocess.run(
            command,
            cwd=os.environ["CONFORMANCE_NODE_FOLDER"],
            capture_output=True,
            text=True,
            check=False,
        )
    assert (process.returncode, process.stdout) == (0, "every method\n"), process.stderr
