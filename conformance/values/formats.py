"""Strategies for the formats of JSON Schema 2020-12 and OpenAPI, and texts of no format."""

from __future__ import annotations

import base64
import json
from datetime import datetime

from hypothesis import strategies as st

LETTERS = "abcdefghijklmnopqrstuvwxyz"
_WORDS = st.text(st.sampled_from(LETTERS), min_size=3, max_size=12)
_HOST = st.tuples(_WORDS, _WORDS).map(lambda words: f"{words[0]}.{words[1]}.example.com")
_PATH = st.lists(_WORDS, min_size=1, max_size=3).map("/".join)
_MOMENT = st.datetimes(datetime(2001, 1, 1), datetime(2036, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0)
)
_OCTET = st.integers(1, 254)

# format → strategy. Values are of the plainest form that the format has.
FORMATS: dict[str, st.SearchStrategy[str]] = {
    "date-time": _MOMENT.map(lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")),
    "date": _MOMENT.map(lambda moment: moment.strftime("%Y-%m-%d")),
    "time": _MOMENT.map(lambda moment: moment.strftime("%H:%M:%SZ")),
    "duration": st.integers(1, 300).map(lambda minutes: f"PT{minutes}M"),
    "email": st.tuples(_WORDS, _HOST).map("@".join),
    "idn-email": st.tuples(_WORDS, _HOST).map("@".join),
    "hostname": _HOST,
    "idn-hostname": _HOST,
    "ipv4": st.lists(_OCTET, min_size=4, max_size=4).map(lambda parts: ".".join(map(str, parts))),
    "ipv6": st.lists(st.integers(1, 65535), min_size=6, max_size=6).map(
        lambda parts: "2001:db8:" + ":".join(f"{part:x}" for part in parts)
    ),
    "uri": st.tuples(_HOST, _PATH).map(lambda parts: f"https://{parts[0]}/{parts[1]}"),
    "uri-reference": st.tuples(_HOST, _PATH).map(lambda parts: f"https://{parts[0]}/{parts[1]}"),
    "iri": st.tuples(_HOST, _PATH).map(lambda parts: f"https://{parts[0]}/{parts[1]}"),
    "iri-reference": st.tuples(_HOST, _PATH).map(lambda parts: f"https://{parts[0]}/{parts[1]}"),
    "uri-template": _PATH.map(lambda path: f"/{path}/{{id}}"),
    "uuid": st.uuids(version=4).map(str),
    "json-pointer": _PATH.map(lambda path: "/" + path),
    "relative-json-pointer": _PATH.map(lambda path: "1/" + path),
    "regex": _WORDS.map(lambda word: f"^{word}$"),
    "byte": st.binary(min_size=3, max_size=12).map(lambda data: base64.b64encode(data).decode()),
    "base64url": st.binary(min_size=3, max_size=12).map(
        lambda data: base64.urlsafe_b64encode(data).decode().rstrip("=")
    ),
    "decimal": st.integers(1, 9999).map(lambda number: f"{number}.50"),
    "int64": st.integers(1, 10**9).map(str),
    "json": st.dictionaries(_WORDS, _WORDS, min_size=1, max_size=2).map(json.dumps),
}

# Texts that are far from most formats, then texts that are near to one.
NOT_OF_FORMAT = (
    "no such format!",
    "%",
    "",
    "2024-13-45",
    "2024-02-30T25:61:00Z",
    "1 hour",
    "someone at example.com",
    "-not-a-host-",
    "256.1.1.1",
    "12345::g",
    "not a uri",
    "{unclosed",
    "00000000-0000-4000-8000-00000000000",
    "no-slash",
    "[unclosed",
)
# Forms for a small maxLength.
_SHORT = st.text(st.sampled_from(LETTERS), min_size=1, max_size=2)
SHORTER: dict[str, st.SearchStrategy[str]] = {
    "email": st.tuples(_SHORT, _SHORT).map(lambda parts: f"{parts[0]}@{parts[1]}.io"),
    "idn-email": st.tuples(_SHORT, _SHORT).map(lambda parts: f"{parts[0]}@{parts[1]}.io"),
    "hostname": _SHORT.map(lambda word: f"{word}.io"),
    "idn-hostname": _SHORT.map(lambda word: f"{word}.io"),
    **dict.fromkeys(("uri", "iri"), _SHORT.map(lambda word: f"http://{word}.io/")),
    **dict.fromkeys(("uri-reference", "iri-reference"), _SHORT.map(lambda word: f"/{word}")),
    **dict.fromkeys(("json-pointer", "uri-template"), _SHORT.map(lambda word: f"/{word}")),
    "relative-json-pointer": _SHORT.map(lambda word: f"1/{word}"),
    "ipv6": st.integers(1, 255).map(lambda part: f"::{part:x}"),
    "date-time": _MOMENT.map(lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ")),
    "regex": _SHORT,
    "byte": st.just("YWJj"),
}
# Where a length cannot be met by drawing: how the text of a format is made longer.
LONGER = {
    "email": lambda text, missing: "a" * missing + text,
    "idn-email": lambda text, missing: "a" * missing + text,
    "uri": lambda text, missing: text + "a" * missing,
    "uri-reference": lambda text, missing: text + "a" * missing,
    "iri": lambda text, missing: text + "a" * missing,
    "iri-reference": lambda text, missing: text + "a" * missing,
    "json-pointer": lambda text, missing: text + "a" * missing,
    "uri-template": lambda text, missing: "/" + "a" * max(0, missing - 1) + text,
}
