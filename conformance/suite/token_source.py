"""Tokens that are fetched when they are needed, and again when they expire during a run.

The secret of a target may come from a command or from an OAuth 2 token endpoint. Whoever asks for
it gets the current one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

MAX_EARLY_SECONDS = 30.0  # by which a token is renewed before it expires
EARLY_SHARE = 0.1  # of its lifetime by which a token is renewed before it expires
# seconds in which a token that was refused is not renewed again: a fresh one was refused as well
MIN_SECONDS_BETWEEN_REFUSALS = 1.0


class TokenUnavailableError(Exception):
    """Raised if no token can be had; the text is the reason, for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedToken:
    """A token, and the seconds for which it is valid; None if its issuer did not say."""

    secret: str
    lifetime: float | None = None


class TokenSource:
    """The current token of a target, fetched by calling `fetch`.

    `fetch` gets the only scope that the token shall have, or None for those that it has by default,
    and raises TokenUnavailableError. Without `has_scopes`, it knows only the default. All threads
    of a run share one source. `private_values` are further secrets, with the placeholder that
    stands for each in reports.
    """

    def __init__(
        self,
        fetch: Callable[[str | None], IssuedToken],
        *,
        has_scopes: bool = False,
        private_values: dict[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch, self._clock = fetch, clock
        self._lock, self._thread = threading.Lock(), threading.local()
        self._current: str | None = None
        self._renewal_time: float | None = None
        self._refusal_time: float | None = None
        self._issued: tuple[str, ...] = ()
        self._scope: str | None = None
        self._sources_by_scope: dict[str, TokenSource] = {}
        self.has_scopes = has_scopes
        self.private_values = private_values or {}

    @property
    def issued(self) -> tuple[str, ...]:
        """Return every token that was issued so far: all of them are secrets."""
        return self._issued + tuple(
            token for source in self._sources_by_scope.values() for token in source.issued
        )

    def get_scoped_token(self, scope: str) -> str:
        """Return a token whose only scope is this one; raises TokenUnavailableError."""
        with self._lock:
            if scope not in self._sources_by_scope:
                source = TokenSource(self._fetch, clock=self._clock)
                source._scope = scope
                self._sources_by_scope = {**self._sources_by_scope, scope: source}
        return self._sources_by_scope[scope].get_token()

    def get_token(self) -> str:
        """Return a token that has not expired; raises TokenUnavailableError."""
        with self._lock:
            if self._current is None or (
                self._renewal_time is not None and self._clock() >= self._renewal_time
            ):
                self._renew()
            assert self._current is not None
            self._thread.token = self._current
            return self._current

    def renew_refused_token(self, scope: str | None = None) -> bool:
        """Return whether another token is there, after the server answered 401.

        The token that was refused is the one that this thread got last. A token whose issuer says
        how long it is valid is not renewed before that time, because a server that refuses a valid
        token must be seen to do so. Raises TokenUnavailableError.
        """
        if scope is not None:
            source = self._sources_by_scope.get(scope)
            return source is not None and source.renew_refused_token()
        token: str | None = getattr(self._thread, "token", None)
        if token is None:
            return False
        with self._lock:
            if token != self._current:
                return True
            now = self._clock()
            if self._renewal_time is not None and now < self._renewal_time:
                return False
            if (
                self._refusal_time is not None
                and now - self._refusal_time < MIN_SECONDS_BETWEEN_REFUSALS
            ):
                return False
            self._refusal_time = now
            self._renew()
            return self._current != token

    def _renew(self) -> None:
        started = self._clock()
        token = self._fetch(self._scope)
        self._current = token.secret
        if token.secret not in self._issued:
            self._issued = (*self._issued, token.secret)
        self._renewal_time = None
        if token.lifetime is not None:
            early = min(MAX_EARLY_SECONDS, token.lifetime * EARLY_SHARE)
            self._renewal_time = started + token.lifetime - early
