"""A script: the calls that show whether a claim holds, as a value that is drawn before anything is
sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from conformance.checks.call import ApiCall, ResponseRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One call under a name that later steps and the judge use; left out when step `unless`
    succeeded.
    """

    name: str
    call: ApiCall
    skip_if_succeeded: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PagedRead:
    """A list call repeated from page to page until the list ends.

    `size` is the page size to ask for; None asks for as large pages as the documents show to be
    safe; with `pages`, the size is chosen so that about that many pages come of it. The walk stops
    at `most` requests and the trace then says that it was cut; with `until`, it stops at the page
    that holds the thing of that identity.
    """

    name: str
    call: ApiCall
    size: int | None = None
    pages: int | None = None
    max_requests: int = 80
    stop_at: ResponseRef | None = None


AnyStep = Step | PagedRead


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """Things made once for several scripts, which only look at them. Stages of one name are the
    same stage.

    The steps of an `unordered` stage do not depend on each other: they may be sent at once.
    """

    name: str
    steps: tuple[AnyStep, ...]
    unordered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A stage, if any, and the moves on it. `label` tells a claim's scripts apart.

    An `exclusive` script makes things that cannot carry a mark: it is only for targets that nobody
    else uses. A script that needs `rest` judges a whole collection: nothing else of ours is to
    happen to it meanwhile. One with `recall` judges what happened on the stage: its trace holds, by
    the names it gives them, those steps of the stage, and its own. A `cheap` one takes so few
    requests that a quick run plays it besides the first of its claim. A script with `stock` looks
    at a list of at least that many things; where a target can be stocked so, it gets one of its
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
