"""Check that the header is the number of the items of all pages."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.check import Check, CheckContext
from conformance.checks.datasets import build_named_items_setup
from conformance.checks.exchange import Trace
from conformance.checks.listing import build_list_all_step, get_items_of_all_pages
from conformance.checks.observation import Failed, FailureKind, Observation, Passed
from conformance.checks.scenario import Scenario
from conformance_counts import AnnouncesCount

_NO_COUNT = FailureKind("no-count", "{header} is missing, or no number: {actual}")
_WRONG_COUNT = FailureKind("wrong-count", "{header} is {actual}, and {expected} items are listed")


def plan_count(context: CheckContext, promise: AnnouncesCount) -> Iterator[Scenario]:
    """Yield a scenario that reads the items of the run in small pages."""
    step = build_list_all_step(context, "listed", size=3)
    yield Scenario(label="count", setup=build_named_items_setup(context), steps=(step,))


def evaluate_count(
    context: CheckContext, promise: AnnouncesCount, trace: Trace
) -> Iterator[Observation]:
    """Compare the header of each page with the number of the items that all pages hold."""
    name, count = promise.behavior.header, len(get_items_of_all_pages(context, trace, "listed"))
    for page in trace.get_exchanges("listed"):
        text = page.response.headers.get(name.lower()) if page.response else None
        if text is None or not text.isdecimal():
            yield Failed(_NO_COUNT, (page,), header=name, actual=text)
        elif int(text) != count:
            yield Failed(_WRONG_COUNT, (page,), header=name, expected=count, actual=int(text))
        else:
            yield Passed(page)


CHECKS = {AnnouncesCount.kind: Check(plan=plan_count, evaluate=evaluate_count)}
