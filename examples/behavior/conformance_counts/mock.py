"""What the mock does to keep the promise: it sends the header."""

from __future__ import annotations

from conformance.contract.contract import Contract
from conformance.contract.operation import Operation
from conformance.mock.part import HeaderField, MockPart
from conformance_counts import CountsItems


def build_count_headers(
    contract: Contract, operation: Operation, behavior: CountsItems
) -> dict[str, HeaderField]:
    """Return the function that counts the items of all pages."""
    return {behavior.header.lower(): lambda page, call: str(page.total)}


PART = MockPart(build_header_fields=build_count_headers)
