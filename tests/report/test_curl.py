"""Shell commands with secrets as variables."""

from __future__ import annotations

from conformance.checks.exchange import HttpRequest
from conformance.report.curl import format_curl_command


def test_credentials_in_every_location_are_variables() -> None:
    """In a URL, a cookie and `authorization`, secrets are variables that a shell expands."""
    request = HttpRequest(
        method="GET",
        url="http://x/p?api%20key=$CREDENTIAL_QUERY&a=%24b",
        headers={
            "authorization": "Basic $CREDENTIALS_IN_BASE64",
            "cookie": "a=1; session=$CREDENTIAL_COOKIE",
            "x-other": "$HOME $(touch x)",
        },
        body=None,
    )
    command = format_curl_command(request)
    assert "'http://x/p?api%20key='\"$CREDENTIAL_QUERY\"'&a=%24b'" in command
    assert "'Authorization: Basic '\"$CREDENTIALS_IN_BASE64\"" in command
    assert "'Cookie: a=1; session='\"$CREDENTIAL_COOKIE\"" in command
    assert "'X-Other: $HOME $(touch x)'" in command
