"""Requests as curl commands, with shell variables for masked secrets."""

from __future__ import annotations

import re

from conformance.checks.exchange import HttpRequest
from conformance.report import shell
from conformance.report.shell import ShellVariable, ShellWord

DEFAULT_HEADERS = ("user-agent", "accept-encoding", "connection", "content-length", "host")
MAX_BODY_LENGTH = 4000  # characters of a body in the command; longer bodies are left out


def format_curl_command(request: HttpRequest) -> str:
    """Return the curl command of a request.

    Secrets appear as shell variables, such as $TOKEN. A body longer than MAX_BODY_LENGTH is left
    out, and a shell comment says so.
    """
    words: list[ShellWord] = ["curl", "-sS", "-i"]
    url = _split_at_variables(request.url)
    if re.search(r"[\[\]{}]", request.url):
        words.append("-g")  # otherwise curl expands brackets and braces to several URLs
    if request.method != "GET":
        words += ["-X", request.method]
    for name, value in request.headers.items():
        if name not in DEFAULT_HEADERS and not (name == "accept" and value == "application/json"):
            words += ["-H", _format_header_argument(name, value)]
    body = request.body
    if body is None or len(body) > MAX_BODY_LENGTH:
        comment = f"  # without its body of {len(body)} characters" if body is not None else ""
        return shell.format_shell_command(*words, url) + comment
    if "\0" in body:
        return (
            shell.format_printf_command(body)
            + " | "
            + shell.format_shell_command(*words, "--data-binary", "@-", url)
        )
    return shell.format_shell_command(*words, "--data-raw", body, url)


def _format_header_argument(name: str, value: str) -> ShellWord:
    """Return a header as a curl argument, with a masked value as a shell variable."""
    header_name = name.title()
    variable = re.fullmatch(r"(?s)((?:[^\s$]+ )?)\$([A-Z][A-Z0-9_]*)", value)
    variable_name = name.upper().replace("-", "_")
    if variable is not None and (
        name == "authorization" or (variable[1] == "" and variable[2] == variable_name)
    ):
        return f"{header_name}: {variable[1]}", ShellVariable(variable[2])
    if name == "cookie":
        return _split_at_variables(f"{header_name}: {value}")
    return f"{header_name}: {value}" if value else f"{header_name};"


def _split_at_variables(text: str) -> ShellWord:
    """Return a text in which the placeholders of credentials are shell variables.

    Only a mask writes a `$` before such a name: in URLs a `$` of a value is percent-encoded.
    """
    parts = re.split(r"\$((?:CREDENTIAL|TOKEN|PASSWORD)[A-Z0-9_]*)", text)
    if len(parts) == 1:
        return text
    return tuple(
        ShellVariable(part) if number % 2 else part for number, part in enumerate(parts) if part
    )
