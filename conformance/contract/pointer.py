"""JSON Pointer (RFC 6901)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from conformance.contract.json import Json


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"

    def __reduce__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()


def escape(token: str | int) -> str:
    """Return a reference token, escaped for use in a pointer (RFC 6901, section 3)."""
    return str(token).replace("~", "~0").replace("/", "~1")


def join(pointer: str, *tokens: str | int) -> str:
    """Return `pointer` extended by `tokens`."""
    return pointer + "".join(f"/{escape(token)}" for token in tokens)


@lru_cache(maxsize=4096)
def tokens(pointer: str) -> tuple[str, ...]:
    """Return the unescaped tokens of a pointer."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])


def is_within(pointer: str, container: str) -> bool:
    """Tell whether `pointer` leads to the value at `container` or to a part of it."""
    return pointer == container or pointer.startswith(container + "/")


def parent(pointer: str) -> str:
    """Return the pointer without its last token."""
    return pointer.rpartition("/")[0]


def get_at_pointer(value: Json, pointer: str) -> Json:
    """Return the value at `pointer`, or MISSING, which equals no JSON value."""
    for token in tokens(pointer):
        if isinstance(value, dict) and token in value:
            value = value[token]
        elif isinstance(value, list) and token.isdecimal() and int(token) < len(value):
            value = value[int(token)]
        else:
            return MISSING
    return value


def put_at_pointer(value: Json, pointer: str, new: Json) -> Json:
    """Return a copy of `value` with `new` at `pointer`; containers off the path are shared."""
    return _put_at_tokens(value, tokens(pointer), new)


def _put_at_tokens(value: Json, path: tuple[str, ...], new: Json) -> Json:
    if not path:
        return new
    token, remaining = path[0], path[1:]
    if isinstance(value, list):
        index = int(token)
        return [*value[:index], _put_at_tokens(value[index], remaining, new), *value[index + 1 :]]
    children = value if isinstance(value, dict) else {}
    return {**children, token: _put_at_tokens(children.get(token), remaining, new)}


def remove_at_pointer(value: Json, pointer: str) -> Json:
    """Return a copy of `value` without the object member at `pointer`."""
    *parent_tokens, last = tokens(pointer)
    parent_pointer = "".join(f"/{escape(token)}" for token in parent_tokens)
    container = get_at_pointer(value, parent_pointer)
    return put_at_pointer(
        value, parent_pointer, {key: child for key, child in container.items() if key != last}
    )


def iterate_values(value: Json, pointer: str = "") -> Iterable[tuple[str, Json]]:
    """Yield `value` and every value in it with its pointer, parents first."""
    yield pointer, value
    if isinstance(value, dict):
        for key, child in value.items():
            yield from iterate_values(child, join(pointer, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from iterate_values(child, join(pointer, index))
