"""A request as a line that a person can run."""

from __future__ import annotations

import re
import shlex

from conformance.checks.exchange import Request

VARIABLE = re.compile(r"\$[A-Z][A-Z0-9_]*\b")
OWN = ("user-agent", "accept-encoding", "connection", "content-length", "host")


def line(request: Request) -> str:
    """Return the curl line of a request. Secrets stand in it as shell variables, such as $TOKEN."""
    parts = ["curl -sS -i"]
    if request.method != "GET":
        parts.append(f"-X {request.method}")
    for name, value in request.headers.items():
        if name not in OWN and not (name == "accept" and value == "application/json"):
            parts.append("-H " + _quoted(f"{name.title()}: {value}"))
    if request.body is not None:
        parts.append("--data-binary " + _quoted(request.body if len(request.body) <= 4000 else f"{request.body[:200]}… ({len(request.body)} characters)"))
    parts.append(_quoted(request.url))
    return " ".join(parts)


def _quoted(text: str) -> str:
    """Quote for a POSIX shell, in double quotes where a variable is to be filled in."""
    if "$" in text and VARIABLE.search(text):
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("`", "\\`") + '"'
    return shlex.quote(text)
