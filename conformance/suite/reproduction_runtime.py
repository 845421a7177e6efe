"""Sends the requests of a finding, shows the decisive answers, and deletes what was made.

This file is copied into every script as it is: it needs Python 3.9 or later, and nothing else.
"""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

MAX_PAGES = 60
SHOWN_CHARACTERS = 2000


class Reproduction:
    """The requests of one finding, their answers so far, and what is to be deleted."""

    def __init__(self, data: dict[str, Any], base_url: str) -> None:
        self.data, self.base_url = data, base_url.rstrip("/")
        self.mark = _create_mark()
        self.answers: dict[str, tuple[int, Any]] = {}
        self.made: list[tuple[dict[str, Any], Any]] = []

    def run(self) -> None:
        """Send everything, and delete what was made whatever happens."""
        print(f"promised  {self.data['promised']}")
        print(f"instead   {self.data['instead']}")
        answers_by_setup: dict[str, Any] = {"": {}}
        try:
            for scenario in self.data["scenarios"]:
                setup = scenario["setup"]
                if setup not in answers_by_setup:
                    self.answers = {}
                    for step in self.data["setups"][setup]:
                        self.send_step(step)
                    answers_by_setup[setup] = self.answers
                self.answers = dict(answers_by_setup[setup])
                print(f"\n--- {scenario['label']}")
                for step in scenario["steps"]:
                    self.send_step(step)
        finally:
            for step, body in reversed(self.made):
                self.delete(step, body)

    def send_step(self, step: dict[str, Any]) -> None:
        """Send a step, page by page if it reads a list, and show the answer if it is decisive."""
        skipping_step = self.answers.get(step["skip_if_succeeded"])
        if skipping_step is not None and 200 <= skipping_step[0] < 300:
            return
        paging = step["paging"]
        for page in range(MAX_PAGES if paging else 1):
            values = {"page": str(paging["first"] + page * paging["step"])} if paging else {}
            request = self.fill(step, values)
            if request is None:
                print(
                    f"          {step['name']} is not sent: an earlier answer lacks what it needs"
                )
                return
            status, headers, body = self.send(request)
            self.answers[step["name"]] = (status, body)
            if step["delete"] and 200 <= status < 300:
                self.made.append((step, body))
            if step["decisive"]:
                _show(request, status, headers, body)
            items = _get(body, paging["items"]) if paging else None
            if not isinstance(items, list) or len(items) < paging["size"]:
                return

    def delete(self, step: dict[str, Any], body: Any) -> None:
        """Delete what a step made, and say what is left."""
        identity, status = _get(body, step["identity"]), 0
        for call in [step["delete"], *step["before_delete"], step["delete"]]:
            request = self.fill(call, {"identity": identity}) if identity is not None else None
            status = self.send(request)[0] if request is not None else 0
            if call is step["delete"] and (200 <= status < 300 or status in (404, 410)):
                return
        print(f"left      what {step['name']} made: {identity!r} (status {status})")

    def fill(self, step: dict[str, Any], values: dict[str, Any]) -> dict[str, Any] | None:
        """Return the request of a step with all values filled in, or None if one is missing."""
        missing = []

        def find(name: str) -> Any:
            if name in values:
                return values[name]
            if name.startswith("secret_"):
                return _read_secret(name[len("secret_") :])
            source, pointer = self.data["references"][name]
            value = _get(self.answers.get(source, (0, None))[1], pointer)
            if value is None:
                missing.append(name)
            return value

        def fill_text(text: str, encode: Callable[[Any], str]) -> str:
            text = text.replace(self.data["mark"], self.mark)
            return re.sub("placeholder-(\\w+)-x", lambda match: encode(find(match[1])), text)

        url = fill_text(step["url"], lambda value: urllib.parse.quote(str(value), safe=""))
        headers = {name: fill_text(text, str) for name, text in step["headers"].items()}
        if headers.get("Authorization", "").startswith("Basic ") and step["encodes_basic"]:
            user = headers["Authorization"][len("Basic ") :]
            headers["Authorization"] = "Basic " + base64.b64encode(user.encode()).decode()
        body = step["body"]
        if body is not None and step["is_json"]:
            body = re.sub('"placeholder-(\\w+)-x"', lambda match: json.dumps(find(match[1])), body)
        body = None if body is None else fill_text(body, str)
        if missing:
            return None
        return {"method": step["method"], "url": url, "headers": headers, "body": body}

    def send(self, request: dict[str, Any]) -> tuple[int, dict[str, str], Any]:
        """Return status, headers and body (JSON if it is) of the answer."""
        http_request = urllib.request.Request(
            self.base_url + request["url"],
            method=request["method"],
            headers=request["headers"],
            data=None if request["body"] is None else request["body"].encode(),
        )
        opener = urllib.request.build_opener(_NoRedirection)
        try:
            with opener.open(http_request, timeout=30) as answer:
                return answer.status, dict(answer.headers), _parse(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), _parse(error.read())


class _NoRedirection(urllib.request.HTTPRedirectHandler):
    """A redirection is an answer: credentials do not follow it."""

    def redirect_request(self, *arguments: Any) -> None:
        """Follow nothing."""


def _create_mark() -> str:
    """Return a mark by which `conformance clean` finds what is left of a script that was killed."""
    digits, text, number = "0123456789abcdefghijklmnopqrstuvwxyz", "", int(time.time())
    while number:
        number, digit = divmod(number, 36)
        text = digits[digit] + text
    text = "conf" + text + "".join(secrets.choice(digits) for _ in range(3)) + "000"
    product = 36  # ISO/IEC 7064, MOD 37,36
    for character in text:
        product = ((product + digits.index(character)) % 36 or 36) * 2 % 37
    return text + digits[(37 - product) % 36]


def _read_secret(name: str) -> str:
    if name not in os.environ:
        sys.exit(f"set {name} in the environment: the script holds no secret")
    return os.environ[name]


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")


def _get(value: Any, pointer: str) -> Any:
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        elif isinstance(value, dict) and name in value:
            value = value[name]
        else:
            return None
    return value


def _show(request: dict[str, Any], status: int, headers: dict[str, str], body: Any) -> None:
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, indent=1)
    print(f"\n{request['method']} {request['url']} → {status}")
    if request["body"] is not None:
        print(request["body"][:SHOWN_CHARACTERS])
    print(f"content-type: {headers.get('content-type') or headers.get('Content-Type')}")
    print(text[:SHOWN_CHARACTERS] + ("…" if len(text) > SHOWN_CHARACTERS else ""))


def main(data: dict[str, Any]) -> None:
    """Run the script against the server of the finding, or against the one on the command line."""
    Reproduction(data, sys.argv[1] if len(sys.argv) > 1 else data["base_url"]).run()
