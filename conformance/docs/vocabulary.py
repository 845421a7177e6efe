"""Explanations of the terms of the contract language."""

from __future__ import annotations

BEHAVIORS = {
    "sorts": (
        "A parameter chooses the field that orders a list, another the direction. Each field and"
        " each direction is tried on things made for it."
    ),
    "filters": (
        "A parameter leaves items out of a list: by a pattern on a field (`*` stands for any run of"
        " characters), by a state, or by a query object. Blank or absent, nothing is left out."
    ),
    "overrides": "When one parameter is given, others have no say.",
    "paginates": (
        "A list comes in pages: how large, where counting begins, what the answer tells about"
        " itself. Put together, the pages are the list, every item once and in order."
    ),
    "echoes": "The answer repeats an argument as it was sent.",
    "distinct": "A value is another one in every answer.",
    "tolerates": (
        "Inputs that the vendor's own client sends and the page does not declare: accepted, and"
        " without effect."
    ),
    "retries": (
        "Failures after which a caller must try again. A duty of the client, tested on the"
        " generated one."
    ),
}
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
