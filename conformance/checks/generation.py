"""Generate values with Hypothesis that any reasonable server must accept.

All values are generated before anything is sent. The same seed always gives the same value: nothing
depends on time, on other draws, on files of the user, or on a database of earlier runs.
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

# By default, Hypothesis collects constants from local modules. A secret in one of them would be
# sent to the target.
_BACKEND_NAME = "conformance"


class _NoConstantsProvider(providers.HypothesisProvider):
    @property
    def _local_constants(self) -> Any:
        return Constants()


providers.AVAILABLE_PROVIDERS[_BACKEND_NAME] = f"{__name__}._NoConstantsProvider"
set_hypothesis_home_dir(tempfile.gettempdir() + "/conformance-hypothesis")

LETTERS = "abcdefghijklmnopqrstuvwxyz"
# Characters that every encoder, database and font of the last ten years supports: no spaces, no
# control characters, no unassigned code points.
PRINTABLE = st.sampled_from(
    "äöüßéèñçøåłžșΑΩαβγδЖдяюשלוםسلام日本語中文한국어€£¥°±½×÷«»“”…—🙂🚀"
    + "&<>\"'%+#?;:=@!$()[]{}|^`~*,._-\\/"
)


def generate_value(strategy: st.SearchStrategy[T], seed: str, index: int = 0) -> T:
    """Return value number `index` (from 0) that `strategy` generates for `seed`."""
    drawn: list[T] = []

    @hypothesis.seed(int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big"))
    @hypothesis.settings(
        max_examples=index + 1,
        database=None,
        deadline=None,
        backend=_BACKEND_NAME,
        phases=(hypothesis.Phase.generate,),
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(strategy)
    def collect(value: T) -> None:
        drawn.append(value)

    collect()
    return drawn[min(index, len(drawn) - 1)]


def build_text_strategy(min_length: int, max_length: int | None) -> st.SearchStrategy[str]:
    """Return a strategy for printable text with non-ASCII letters.

    Lengths range from `min_length` to `min_length + 40` characters, and never exceed `max_length`.
    """
    upper_limit = min_length + 40 if max_length is None else min(max_length, min_length + 40)
    return st.text(
        st.one_of(st.sampled_from(LETTERS), PRINTABLE),
        min_size=max(min_length, 1) if upper_limit else 0,
        max_size=max(upper_limit, 1),
    )


def build_strategy(schema: Json) -> st.SearchStrategy[Json]:
    """Return a strategy for plain values that match a schema.

    It generates canonical integers, small positive numbers, printable text and declared properties
    only.
    """
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "examples" in schema:
        return st.sampled_from(schema["examples"])
    schema_type = schema.get("type", "object" if "properties" in schema else "string")
    match (
        next((type_name for type_name in schema_type if type_name != "null"), "null")
        if isinstance(schema_type, list)
        else schema_type
    ):
        case "string":
            return _build_string_strategy(schema)
        case "integer":
            minimum = int(schema.get("minimum", 1))
            return st.integers(
                minimum, min(int(schema.get("maximum", minimum + 9999)), minimum + 9999)
            )
        case "number":
            return st.integers(1, 1000)
        case "boolean":
            return st.booleans()
        case "array":
            max_items = min(schema.get("maxItems", 3), 3)
            return st.lists(
                build_strategy(schema.get("items", {})),
                min_size=max(schema.get("minItems", 0), 1),
                max_size=max_items,
                unique_by=repr,
            )
        case "object":
            return _build_object_strategy(schema)
        case _:
            return st.none()


def _build_string_strategy(schema: Json) -> st.SearchStrategy[str]:
    if "pattern" in schema:
        return st.from_regex(
            schema["pattern"],
            fullmatch=True,
            alphabet=st.characters(min_codepoint=33, max_codepoint=126),
        )
    match schema.get("format"):
        case "date-time":
            return st.datetimes(datetime(2001, 1, 1), datetime(2036, 1, 1)).map(
                lambda drawn_datetime: drawn_datetime.strftime("%Y-%m-%dT%H:%M:%S.000Z")
            )
        case "uuid":
            return st.uuids().map(str)
        case _:
            return build_text_strategy(schema.get("minLength", 0), schema.get("maxLength"))


def _build_object_strategy(schema: Json) -> st.SearchStrategy[Json]:
    declared = {name: build_strategy(child) for name, child in schema.get("properties", {}).items()}
    if declared:
        return st.fixed_dictionaries(declared)
    for pattern, child in schema.get("patternProperties", {}).items():
        name_strategy = st.from_regex(
            pattern, fullmatch=True, alphabet=st.sampled_from(LETTERS + "0123456789_-")
        ).map(lambda name: name[:40])
        return st.dictionaries(name_strategy, build_strategy(child), min_size=1, max_size=3)
    return st.just({})
