"""Lines for a shell: bash hands a program exactly the bytes that were meant, and executes
nothing.
"""

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
PROGRAM = (
    "import sys, json; print(json.dumps([a.encode('utf-8', 'surrogateescape').hex() for a in"
    " sys.argv[1:]]))"
)
CURL = (
    "import sys, json; print(json.dumps([a.encode('utf-8', 'surrogateescape').hex() for a in"
    " [*sys.argv[1:], sys.stdin.buffer.read().decode('utf-8', 'surrogateescape')]]))"
)


def handed(line: str, program: str = PROGRAM, **variables: str) -> list[bytes]:
    """Return what bash hands to the program of a line, which is called `curl` or `program`."""
    prelude = (
        f'program() {{ "{sys.executable}" -c "$PROGRAM" "$@"; }}; curl() {{ program "$@"; }}; '
    )
    done = subprocess.run(
        ["bash", "-c", prelude + line],
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
    return [bytes.fromhex(one) for one in json.loads(done.stdout)]


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
def test_bash_hands_over_exactly_the_bytes(texts: list[str]) -> None:
    """Whatever the texts are, each arrives as it is, as one argument."""
    line = shell.format_shell_command("program", *texts)
    assert handed(line) == [text.encode("utf-8", "surrogatepass") for text in texts]


@given(st.lists(TEXTS, max_size=4))
def test_nothing_in_a_line_is_obeyed_by_a_terminal(texts: list[str]) -> None:
    """A line holds no control, bidirectional or invisible character, so that what is shown is what
    is pasted.
    """
    line = shell.format_shell_command("program", *texts)
    assert sanitize_text(line, "") == line


def test_only_variables_are_expanded() -> None:
    """A variable of ours is filled in; a text that looks like one stays as it is."""
    line = shell.format_shell_command(
        "program", ("Bearer ", shell.ShellVariable("TOKEN")), "$TOKEN", "Bearer $TOKEN"
    )
    assert handed(line, TOKEN="a b$(c)") == [b"Bearer a b$(c)", b"$TOKEN", b"Bearer $TOKEN"]


@pytest.mark.parametrize("name", ["", "a", "A B", "A;id", "A$(id)", "1A", "A\n"])
def test_names_of_variables(name: str) -> None:
    """What is no name of a variable makes none."""
    with pytest.raises(ValueError, match="is no name of a variable"):
        shell.ShellVariable(name)


def test_nul_is_no_argument() -> None:
    """NUL cannot stand in an argument, and is refused."""
    with pytest.raises(ValueError, match="NUL"):
        shell.quote_shell_word("a\0b")


@settings(deadline=None, max_examples=25)
@given(st.text(max_size=80), TEXTS, TEXTS)
@example('{"parent": "$A$(touch x)"}', "x", "y")
@example("@/etc/passwd", "x", "$TOKEN")
@example("a\0b%s\\n'", "x", "y")
def test_curl_lines(body: str, query: str, header: str) -> None:
    """curl gets method, headers, body and URL of a request to the byte; a body is never taken for a
    file's name.
    """
    value = "".join(c for c in header if c not in "\r\n") or "x"
    request = HttpRequest(
        method="POST",
        url="http://127.0.0.1:1/?q=" + query.replace("$", "%24"),  # as URLs are encoded
        headers={"authorization": "Bearer $TOKEN", "x-text": value, "content-type": "text/plain"},
        body=body,
    )
    *arguments, given_in = handed(curl.format_curl_command(request), CURL, TOKEN="secret")
    assert arguments[-1] == request.url.encode("utf-8", "surrogatepass")
    assert b"Authorization: Bearer secret" in arguments
    assert b"X-Text: " + value.encode("utf-8", "surrogatepass") in arguments
    wanted = body.encode("utf-8", "surrogatepass")
    if "\0" in body:
        assert (arguments[arguments.index(b"--data-binary") + 1], given_in) == (b"@-", wanted)
    else:
        assert (arguments[arguments.index(b"--data-raw") + 1], given_in) == (wanted, b"")
