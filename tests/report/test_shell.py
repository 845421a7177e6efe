"""Shell commands: bash passes exactly the intended bytes to a program and executes nothing else."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conformance.checks.exchange import HttpRequest
from conformance.report import curl, shell
from conformance.report.text import sanitize_text

TEXTS = st.text(st.characters(exclude_characters="\0"), max_size=60)
PRINT_ARGUMENTS = (
    "import sys, json; print(json.dumps([a.encode('utf-8', 'surrogateescape').hex() for a in"
    " sys.argv[1:]]))"
)
PRINT_ARGUMENTS_AND_STDIN = (
    "import sys, json; print(json.dumps([a.encode('utf-8', 'surrogateescape').hex() for a in"
    " [*sys.argv[1:], sys.stdin.buffer.read().decode('utf-8', 'surrogateescape')]]))"
)


def run_in_bash(command: str, program: str = PRINT_ARGUMENTS, **variables: str) -> list[bytes]:
    """Return the arguments that bash passes to the program in a command line; the program is called
    `curl` or `program`.
    """
    prelude = (
        f'program() {{ "{sys.executable}" -c "$PROGRAM" "$@"; }}; curl() {{ program "$@"; }}; '
    )
    process = subprocess.run(
        ["bash", "-c", prelude + command],
        env={
            "PROGRAM": program,
            "PATH": "/usr/bin:/bin",
            "LC_ALL": "C.UTF-8",
            "PYTHONUTF8": "1",
            **variables,
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    return [bytes.fromhex(argument) for argument in json.loads(process.stdout)]


@settings(deadline=None, max_examples=40)
@given(st.lists(TEXTS, min_size=1, max_size=12))
@example(
    [
        "$(touch x)",
        "`id`",
        "$HOME",
        "${IFS}",
        "!!",
        "~",
        "*",
        "a'b",
        'a"b',
        "\\",
        "a\nb",
        "\x1b[2J",
        "\u202e",
        "-n",
        "",
    ]
)
@example(
    [
        "\ud800",
        "\u200b",
        "é\u0301",
        "🙂",
        "$'x'",
        "\r",
        "\t",
        "#",
        "&",
        ";",
        "|",
        ">",
        "{a,b}",
        "[a-z]",
    ]
)
def test_bash_passes_exactly_the_bytes(texts: list[str]) -> None:
    """Each text is passed unchanged as one argument, whatever its characters."""
    command = shell.format_shell_command("program", *texts)
    assert run_in_bash(command) == [text.encode("utf-8", "surrogatepass") for text in texts]


@given(st.lists(TEXTS, max_size=4))
def test_commands_contain_no_terminal_control_characters(texts: list[str]) -> None:
    """A command line contains no control, bidirectional or invisible character, so the displayed
    text equals the pasted text.
    """
    command = shell.format_shell_command("program", *texts)
    assert sanitize_text(command, "") == command


def test_only_variables_are_expanded() -> None:
    """A ShellVariable is expanded; a text that looks like a variable stays as it is."""
    command = shell.format_shell_command(
        "program", ("Bearer ", shell.ShellVariable("TOKEN")), "$TOKEN", "Bearer $TOKEN"
    )
    assert run_in_bash(command, TOKEN="a b$(c)") == [b"Bearer a b$(c)", b"$TOKEN", b"Bearer $TOKEN"]


@pytest.mark.parametrize("name", ["", "a", "A B", "A;id", "A$(id)", "1A", "A\n"])
def test_invalid_variable_names_are_refused(name: str) -> None:
    """An invalid variable name is refused."""
    with pytest.raises(ValueError, match="is no name of a variable"):
        shell.ShellVariable(name)


def test_nul_is_refused() -> None:
    """NUL cannot be part of an argument and is refused."""
    with pytest.raises(ValueError, match="NUL"):
        shell.quote_shell_word("a\0b")


@settings(deadline=None, max_examples=25)
@given(st.text(max_size=80), TEXTS, TEXTS)
@example('{"parent": "$A$(touch x)"}', "x", "y")
@example("@/etc/passwd", "x", "$TOKEN")
@example("a\0b%s\\n'", "x", "y")
def test_curl_gets_exactly_the_request(body: str, query: str, header: str) -> None:
    """curl gets exactly the bytes of the method, headers, body and URL of a request. A body is
    never interpreted as a file name.
    """
    header_value = "".join(character for character in header if character not in "\r\n") or "x"
    request = HttpRequest(
        method="POST",
        url="http://127.0.0.1:1/?q=" + query.replace("$", "%24"),  # encoded as in URLs
        headers={
            "authorization": "Bearer $TOKEN",
            "x-text": header_value,
            "content-type": "text/plain",
        },
        body=body,
    )
    *arguments, stdin = run_in_bash(
        curl.format_curl_command(request), PRINT_ARGUMENTS_AND_STDIN, TOKEN="secret"
    )
    assert arguments[-1] == request.url.encode("utf-8", "surrogatepass")
    assert b"Authorization: Bearer secret" in arguments
    assert b"X-Text: " + header_value.encode("utf-8", "surrogatepass") in arguments
    expected_body = body.encode("utf-8", "surrogatepass")
    if "\0" in body:
        assert (arguments[arguments.index(b"--data-binary") + 1], stdin) == (b"@-", expected_body)
    else:
        assert (arguments[arguments.index(b"--data-raw") + 1], stdin) == (expected_body, b"")
