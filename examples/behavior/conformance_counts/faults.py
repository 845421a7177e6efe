"""Ways in which a server could break the promise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.mock.fault import Fault
from conformance.mock.faults.patches import build_fault, patch_list_action
from conformance.mock.listing import ListAction
from conformance.mock.part import HeaderField
from conformance_counts import AnnouncesCount


def generate_count_faults(
    contract: Contract, claim: Claim, promise: AnnouncesCount
) -> Iterator[Fault]:
    """Yield faults in which the header is missing, counts a page, or is one too many."""
    name = promise.behavior.header.lower()
    wrong_counts: dict[str, tuple[str, HeaderField | None]] = {
        "missing": ("the header is missing", None),
        "page": (
            "the header counts the items of the page",
            lambda page, call: str(len(page.items)),
        ),
        "one-more": ("the header is one too many", lambda page, call: str(page.total + 1)),
    }
    for variant, (text, count) in wrong_counts.items():
        headers = {name: count} if count else {}

        def change(listing: ListAction, headers: dict[str, HeaderField] = headers) -> ListAction:
            return replace(listing, header_fields=headers)

        yield build_fault(claim, variant, text, patch_list_action(claim.operation, change))


FAULTS = {AnnouncesCount.kind: generate_count_faults}
