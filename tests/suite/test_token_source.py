"""When a token is fetched, renewed and left alone."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from conformance.suite.oauth import ClientCredentialsGrant
from conformance.suite.token_source import IssuedToken, TokenSource, TokenUnavailableError


@dataclass
class Issuer:
    """It issues tokens named after their number, at a time that the test sets."""

    lifetime: float | None = None
    now: float = 0.0
    scopes: list[str | None] = field(default_factory=list)
    repeats: bool = False

    def fetch(self, scope: str | None) -> IssuedToken:
        self.scopes.append(scope)
        number = 1 if self.repeats else len(self.scopes)
        return IssuedToken(secret=f"token-{number}", lifetime=self.lifetime)

    def build_source(self) -> TokenSource:
        return TokenSource(self.fetch, has_scopes=True, clock=lambda: self.now)


@pytest.mark.parametrize(
    ("lifetime", "now", "expected"),
    [
        (None, 10_000.0, "token-1"),
        (100.0, 89.0, "token-1"),
        (100.0, 91.0, "token-2"),
        (3600.0, 3569.0, "token-1"),
        (3600.0, 3571.0, "token-2"),
    ],
)
def test_token_is_renewed_shortly_before_it_expires(
    lifetime: float | None, now: float, expected: str
) -> None:
    """A tenth of its lifetime before, but at most 30 seconds."""
    issuer = Issuer(lifetime=lifetime)
    source = issuer.build_source()
    assert source.get_token() == "token-1"
    issuer.now = now
    assert source.get_token() == expected


def test_refused_token_without_a_lifetime_is_renewed_once() -> None:
    """A fresh token that is refused as well is left alone for a second."""
    issuer = Issuer()
    source = issuer.build_source()
    source.get_token()
    issuer.now = 5.0
    assert source.renew_refused_token()
    assert source.get_token() == "token-2"
    assert not source.renew_refused_token()
    issuer.now = 7.0
    assert source.renew_refused_token()
    assert source.issued == ("token-1", "token-2", "token-3")


def test_the_same_token_again_is_no_other_one() -> None:
    """A command that prints the same token again does not help."""
    issuer = Issuer(repeats=True)
    source = issuer.build_source()
    source.get_token()
    assert not source.renew_refused_token()


def test_valid_token_is_not_renewed_when_it_is_refused() -> None:
    issuer = Issuer(lifetime=100.0)
    source = issuer.build_source()
    source.get_token()
    issuer.now = 50.0
    assert not source.renew_refused_token()
    issuer.now = 95.0
    assert source.renew_refused_token()


def test_nothing_is_renewed_that_was_never_sent() -> None:
    assert not Issuer().build_source().renew_refused_token()


def test_scoped_tokens_are_tokens_of_their_own() -> None:
    """One token for each scope; all of them are known as secrets."""
    issuer = Issuer()
    source = issuer.build_source()
    assert [source.get_token(), source.get_scoped_token("read")] == ["token-1", "token-2"]
    assert source.get_scoped_token("read") == "token-2"
    assert issuer.scopes == [None, "read"]
    assert source.issued == ("token-1", "token-2")
    assert source.renew_refused_token("read")
    assert source.get_scoped_token("read") == "token-3"
    assert source.get_token() == "token-1"


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (200, b"<html>", "without a JSON object"),
        (200, b"[]", "without a JSON object"),
        (200, b"{}", "no access_token"),
        (400, b'{"error": "invalid_scope"}', "invalid_scope"),
        (200, b'{"access_token": "t", "token_type": "mac"}', "of the type mac"),
        (200, b'{"access_token": "a b", "token_type": "Bearer"}', "no header can carry"),
        (200, b'{"access_token": "t", "scope": "read write"}', "read write instead of read only"),
    ],
)
def test_responses_of_a_token_endpoint(status: int, body: bytes, message: str) -> None:
    """What is not a bearer token is refused with the words of the endpoint."""
    grant = ClientCredentialsGrant(
        token_url="http://127.0.0.1/token", client_id="a", client_secret="b"
    )
    with pytest.raises(TokenUnavailableError, match=message):
        grant._parse_response(status, body, "read")


@pytest.mark.parametrize(
    ("text", "expected"), [("3600", 3600), ("2.5", 2.5), ("null", None), ('"1h"', None)]
)
def test_lifetime(text: str, expected: float | None) -> None:
    grant = ClientCredentialsGrant(
        token_url="http://127.0.0.1/token", client_id="a", client_secret="b"
    )
    token = grant._parse_response(
        200, b'{"access_token": "t", "expires_in": %s}' % text.encode(), None
    )
    assert (token.secret, token.lifetime) == ("t", expected)
