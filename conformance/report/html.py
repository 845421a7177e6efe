"""A result as one HTML page."""

from conformance.contract.json import Json


def document(result: Json) -> str:
    """Return the page."""
    return f"<!doctype html>{len(result)}"
