"""The interface of a typed client that makes calls over a given transport."""

from __future__ import annotations

from typing import Protocol

import httpx

from conformance.checks.call import ApiCall
from conformance.checks.exchange import ClientCallOutcome
from conformance.suite.target import Target


class UnsupportedByTypedClient(Exception):
    """Raised if a typed client cannot send a call; the text is the reason, for people.

    Nothing was sent.
    """


class TypedClientDriver(Protocol):
    """A typed client that a run can use."""

    @property
    def name(self) -> str:
        """Return the name of the client package, as reports show it."""

    def send_call(
        self, call: ApiCall, target: Target, transport: httpx.BaseTransport
    ) -> ClientCallOutcome:
        """Make a call whose placeholders are filled, over `transport`, and return the outcome.

        The client retries only after the call's `gateway_statuses`, and never sleeps. A call that
        this client refuses is an outcome for which nothing went over the transport. Raises
        UnsupportedByClient if no typed client could send the call.
        """
