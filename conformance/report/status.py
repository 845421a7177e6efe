"""The status of a run: what a CI job makes of it, and why it is not simply good."""

from __future__ import annotations

from enum import StrEnum


class RunStatus(StrEnum):
    """What a run says as a whole; the first that applies, in this order."""

    INTERRUPTED = "interrupted"
    """It was interrupted; the result holds what was decided until then."""
    VIOLATED = "violated"
    """A claim is violated, and the violation is not accepted."""
    OUTDATED = "outdated"
    """An entry that accepts a violation fits nothing any more: the configuration must be mended."""
    UNDECIDED = "undecided"
    """The server cannot be reached, or too few claims could be decided."""
    PASSED = "passed"
    """Every claim that was decided holds, but for accepted violations."""
