"""Values drawn by Hypothesis before anything is sent: what any reasonable server must take.

One seed, one value: nothing depends on time, on other draws, on files of the user's, or on a
database of earlier runs.
"""

from __future__ import annotations

import hashlib
import tempfile
from datetime import datetime
from typing import Any, TypeVar

import hypothesis
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

from conformance.contract.json import Json

T = TypeVar("T")

# Hypothesis harvests constants from the modules it finds beside the program: a secret in one of
# them would be sent to the target.
_SILENT = "conformance"


class _Provider(providers.HypothesisProvider):
    @property
    def _local_constants(self) -> Any:
        return Constants()


providers.AVAILABLE_PROVIDERS[_SILENT] = f"{__name__}._Provider"
set_hypothesis_home_dir(tempfile.gettempdir() + "/conformance-hypothesis")

LETTERS = "abcdefghijklmnopqrstuvwxyz"
# Letters that every encoder, database and font of the last ten years knows; no blanks at the ends,
# no control characters, nothing unassigned.
PRINTABLE = st.sampled_from(
    "äöüßéèñçøåłžșΑΩαβγδЖдяюשלוםسلام日本語中文한국어€£¥°±½×÷«»“”…—🙂🚀"
    + "&<>\"'%+#?;:=@!$()[]{}|^`~*,._-\\/"
)


def draw(strategy: st.SearchStrategy[T], seed: str, number: int = 0) -> T:
    """Return the value number `number` that `strategy` yields for `seed`."""
    found: list[T] = []

    @hypothesis.seed(int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big"))
    @hypothesis.settings(
        max_examples=number + 1,
        database=None,
        deadline=None,
        backend=_SILENT,
        phases=(hypothesis.Phase.generate,),
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(strategy)
    def collect(value: T) -> None:
        found.append(value)

    collect()
    return found[min(number, len(found) - 1)]


def text(least: int, most: int | None) -> st.SearchStrategy[str]:
    """Return printable text, non-ASCII letters among it, of a length from `least` to at most 40
    more, never above `most`.
    """
    top = least + 40 if most is None else min(most, least + 40)
    return st.text(
        st.one_of(st.sampled_from(LETTERS), PRINTABLE),
        min_size=max(least, 1) if top else 0,
        max_size=max(top, 1),
    )


def value(schema: Json) -> st.SearchStrategy[Json]:
    """Return plain values that fit a schema: canonical integers, small positive numbers, printable
    text, declared properties only.
    """
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "examples" in schema:
        return st.sampled_from(schema["examples"])
    kind = schema.get("type", "object" if "properties" in schema else "string")
    match next((one for one in kind if one != "null"), "null") if isinstance(kind, list) else kind:
        case "string":
            return _string(schema)
        case "integer":
            least = int(schema.get("minimum", 1))
            return st.integers(least, min(int(schema.get("maximum", least + 9999)), least + 9999))
        case "number":
            return st.integers(1, 1000)
        case "boolean":
            return st.booleans()
        case "array":
            most = min(schema.get("maxItems", 3), 3)
            return st.lists(
                value(schema.get("items", {})),
                min_size=max(schema.get("minItems", 0), 1),
                max_size=most,
                unique_by=repr,
            )
        case "object":
            return _object(schema)
        case _:
            return st.none()


def _string(schema: Json) -> st.SearchStrategy[str]:
    if "pattern" in schema:
        return st.from_regex(
            schema["pattern"],
            fullmatch=True,
            alphabet=st.characters(min_codepoint=33, max_codepoint=126),
        )
    match schema.get("format"):
        case "date-time":
            return st.datetimes(datetime(2001, 1, 1), datetime(2036, 1, 1)).map(
                lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
            )
        case "uuid":
            return st.uuids().map(str)
        case _:
            return text(schema.get("minLength", 0), schema.get("maxLength"))


def _object(schema: Json) -> st.SearchStrategy[Json]:
    declared = {name: value(child) for name, child in schema.get("properties", {}).items()}
    if declared:
        return st.fixed_dictionaries(declared)
    for pattern, child in schema.get("patternProperties", {}).items():
        names = st.from_regex(
            pattern, fullmatch=True, alphabet=st.sampled_from(LETTERS + "0123456789_-")
        ).map(lambda name: name[:40])
        return st.dictionaries(names, value(child), min_size=1, max_size=3)
    return st.just({})
