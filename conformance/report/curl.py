"""A request as a line that a person can run."""

from __future__ import annotations

import re

from conformance.checks.exchange import Request
from conformance.report import shell
from conformance.report.shell import Variable, Word

OWN = ("user-agent", "accept-encoding", "connection", "content-length", "host")
LONGEST = 4000  # characters of a body that stand in the line


def line(request: Request) -> str:
    """Return the curl line of a request. Secrets stand in it as shell variables, such as $TOKEN.

    A long body is left out, which the line says.
    """
    words: list[Word] = ["curl", "-sS", "-i"]
    if re.search(r"[\[\]{}]", request.url):
        words.append("-g")  # else curl takes brackets and braces for sets and ranges of URLs
    if request.method != "GET":
        words += ["-X", request.method]
    for name, value in request.headers.items():
        if name not in OWN and not (name == "accept" and value == "application/json"):
            words += ["-H", _header(name, value)]
    body = request.body
    if body is None or len(body) > LONGEST:
        left_out = f"  # without its body of {len(body)} characters" if body is not None else ""
        return shell.command(*words, request.url) + left_out
    if "\0" in body:
        return (
            shell.printed(body) + " | " + shell.command(*words, "--data-binary", "@-", request.url)
        )
    return shell.command(*words, "--data-raw", body, request.url)


def _header(name: str, value: str) -> Word:
    """Return a header as curl takes it; what was masked in it by its place becomes a variable."""
    title = name.title()
    variable = re.fullmatch(r"(?s)((?:[^\s$]+ )?)\$([A-Z][A-Z0-9_]*)", value)
    own = name.upper().replace("-", "_")
    if variable is not None and (
        name == "authorization" or (variable[1] == "" and variable[2] == own)
    ):
        return f"{title}: {variable[1]}", Variable(variable[2])
    return f"{title}: {value}" if value else f"{title};"
