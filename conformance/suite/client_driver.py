"""What a line needs of a typed client: that it makes calls over a transport which is given."""

from __future__ import annotations

from typing import Protocol

import httpx

from conformance.checks.call import ApiCall
from conformance.checks.exchange import StepOutcome
from conformance.suite.target import Target


class UnsupportedByClient(Exception):
    """A typed client cannot send a call; the text is the reason, for people. Nothing was sent."""


class ClientDriver(Protocol):
    """A typed client, as a run sees it; `name` is what reports call it."""

    @property
    def name(self) -> str:
        """Return the name of its package."""

    def send_call(
        self, call: ApiCall, target: Target, transport: httpx.BaseTransport
    ) -> StepOutcome:
        """Make a call whose placeholders are filled, over `transport`, and return what the client
        gave.

        The client tries again only in answer to the `gateway` of a call, and never sleeps. Raises
        Unspeakable when no typed client could send the call; one that this client refuses is an
        outcome, of which nothing went over the transport.
        """
