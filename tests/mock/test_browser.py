"""The mock behind a page of another origin, and behind the vendor's client for Node."""

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


def test_a_page_drives_the_mock(chromium: Any) -> None:
    """A page of another origin creates, lists and reads a refusal through fetch: preflights are
    answered, and answers may be read.
    """
    mock = Mock(load("losant"), MockConfig())
    station = MockApp(mock=mock, state=mock.create_state(), create_state=mock.create_state)
    with serve_in_thread(mock, respond=station.respond) as url, serve_in_thread(mock) as elsewhere:
        page = chromium.new_page()
        page.goto(elsewhere)  # like an application under development: on loopback, at another port
        assert page.evaluate(SCRIPT, [url + PATH]) == [201, ["from a page"], 400, "Validation"]
        page.close()


@pytest.mark.skipif(
    shutil.which("node") is None or "CONFORMANCE_NODE_FOLDER" not in os.environ,
    reason=(
        "needs node, and in CONFORMANCE_NODE_FOLDER a folder in which `npm install losant-rest` was"
        " run (nox -s npm)"
    ),
)
def test_the_npm_client_drives_the_mock() -> None:
    """Every method of the npm client losant-rest gets what the documents say."""
    with serve_in_thread(Mock(load("losant"), MockConfig())) as url:
        line = ["node", str(Path(__file__).with_name("npm_client.mjs")), url]
        done = subprocess.run(
            line,
            cwd=os.environ["CONFORMANCE_NODE_FOLDER"],
            capture_output=True,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stdout) == (0, "every method\n"), done.stderr
