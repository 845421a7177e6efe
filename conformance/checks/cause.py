"""Why nothing is known about a promise: the enumerated causes of what stays undecided."""

from __future__ import annotations

from enum import StrEnum


class Cause(StrEnum):
    """Why nothing is known about a promise."""

    NO_ANSWER = "no-answer"
    """The network, a gateway or the server gave no usable answer."""
    OTHER_CLIENTS = "other-clients"
    """Somebody else changed the data meanwhile."""
    SEEN_ONCE = "seen-once"
    """A breach showed once, and not again."""
    REFUSED = "refused"
    """The server refused a request that the check needs."""
    CREDENTIALS = "credentials"
    """Credentials are missing, or were not accepted."""
    NO_WAY = "no-way"
    """Contract and target give no way to try it."""
    NOT_SENT = "not-sent"
    """A request was not sent: a limit, a safety rule, or nothing to send it with."""
    NOT_SHOWN = "not-shown"
    """What the server answered does not show it."""
    INCOMPLETE_LIST = "incomplete-list"
    """A list could not be read to its end, or is not known to be complete."""
    UNSPECIFIED = "unspecified"
    """The documents leave it open in this case."""
    NOT_BINDING = "not-binding"
    """The server does otherwise, and no binding document forbids it."""
