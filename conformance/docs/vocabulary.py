"""Explanations of the terms of the contract language."""

from __future__ import annotations

ELEMENTS = {
    "resource": (
        "A kind of thing with an identity: what is created is listed, reads back as it was sent,"
        " changes only as asked, is gone when deleted, and belongs to its parent. Operations have"
        " roles in its life."
    ),
    "reference": "Ids of other things, which must exist on a real server.",
    "refused": (
        "Values outside of what a schema accepts are refused, because the page says so. Where it"
        " does not say so, nobody is accused for either answer."
    ),
    "interpretation": (
        "One of several meanings of an ambiguous passage. A run says which one a server follows."
    ),
    "revision": "An edition of the vendor's page.",
    "stale": (
        "Evidence of a contract that has changed since: what it shows may no longer be what is"
        " promised."
    ),
}
BASES = {
    "page": "the vendor's page says it: a server that does otherwise violates it",
    "linked": "a document that the page links to says it: a server that does otherwise violates it",
    "client": "seen in the vendor's own client: tried, and never held against a server",
    "inferred": "it follows, but no document says it: tried, and never held against a server",
}
