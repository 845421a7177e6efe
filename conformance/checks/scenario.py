"""Scenarios: the calls that show whether a claim holds.

A scenario is a value that is built before anything is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from conformance.checks.call import ApiCall, EarlierResponseValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One call, with a name that later steps and the evaluation refer to.

    The step is skipped if step `skip_if_succeeded` succeeded. If a step that `must_succeed` fails,
    the scenario shows nothing.
    """

    name: str
    call: ApiCall
    skip_if_succeeded: str | None = None
    must_succeed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PagedReadStep:
    """A list call that is repeated page by page until the list ends.

    `size` is the page size to ask for. None asks for pages as large as the documentation shows to
    be safe; with `pages`, the size is chosen to get about that many pages. The read stops after
    `max_requests` requests, and the trace then marks it as truncated. With `stop_at`, it stops at
    the page that holds the item with that id.
    """

    name: str
    call: ApiCall
    size: int | None = None
    pages: int | None = None
    max_requests: int = 80
    stop_at: EarlierResponseValue | None = None


AnyStep = Step | PagedReadStep


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """Items created once for several scenarios that only read them.

    Setups with the same name are the same setup. The steps of an `unordered` setup do not depend on
    each other and may be sent concurrently.
    """

    name: str
    steps: tuple[AnyStep, ...]
    unordered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """The steps to execute, after a setup if any. `label` identifies a scenario within its claim.

    An `exclusive` scenario creates items that cannot carry a mark, so it is only for targets that
    nobody else uses. A scenario with `needs_quiescence` evaluates a whole collection, so no other
    scenario of the run may change the collection in the meantime. A scenario with `aliases`
    evaluates what happened in the setup: its trace holds these steps of the setup, under their
    alias names, and its own steps. An `in_quick` scenario takes so few requests that a quick run
    executes it in addition to the first scenario of its claim. A scenario with `min_items` reads a
    list of at least that many items; if the target supports it, it gets a stocked server of its
    own.
    """

    label: str
    steps: tuple[AnyStep, ...]
    setup: Setup | None = None
    exclusive: bool = False
    needs_quiescence: bool = False
    min_items: int = 0
    aliases: Mapping[str, str] = field(default_factory=dict)
    in_quick: bool = False
