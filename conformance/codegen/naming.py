"""Python names for the names of a document.

They are plain ASCII, no keywords, of limited length and unique in their scope.
"""

from __future__ import annotations

import hashlib
import keyword
import re
import unicodedata
from collections.abc import Iterable

MAX_LENGTH = 60

# names that fields of a pydantic model must not have (tests/codegen/test_naming.py compares them
# with pydantic itself), and types that occur in annotations
MODEL_ATTRIBUTES = frozenset(
    """construct copy dict from_orm json parse_file parse_obj parse_raw schema schema_json
    update_forward_refs validate
    model_computed_fields model_config model_construct model_copy model_dump model_dump_json
    model_extra model_fields model_fields_set
    model_json_schema model_parametrized_name model_post_init model_rebuild model_validate
    model_validate_json model_validate_strings""".split()
)
BUILTIN_TYPES = frozenset({"str", "int", "float", "bool", "bytes", "dict", "list"})
MODULE_NAMES = frozenset({"builtins", "inputs", "models", "operations"})


def split_words(text: str) -> list[str]:
    """Return the ASCII words of a name, in lower case.

    `listExperienceGroups`, `list-experience_groups` and `List experience groups` give the same
    three words.
    """
    ascii_text = unicodedata.normalize("NFKD", text[:10_000]).encode("ascii", "ignore").decode()
    spaced_text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", ascii_text)
    return [word.lower() for word in re.findall(r"[A-Za-z0-9]+", spaced_text)]


def to_snake_case(text: str, fallback: str = "value") -> str:
    """Return the name of a function, an argument or a field."""
    return _make_valid_name("_".join(split_words(text)), text, fallback)


def to_class_name(text: str, fallback: str = "Value") -> str:
    """Return the name of a class; a name that already looks like one is unchanged."""
    if re.fullmatch(r"[A-Z][A-Za-z0-9]*", text) and len(text) <= MAX_LENGTH:
        name = text
    else:
        name = _make_valid_name(
            "".join(word[:1].upper() + word[1:] for word in split_words(text)), text, fallback
        )
    return f"{name}_" if keyword.iskeyword(name) else name  # True, False, None


def to_constant_name(text: str) -> str:
    """Return the name of a constant."""
    return to_snake_case(text, "operation").upper()


def to_slug(text: str, fallback: str = "api") -> str:
    """Return the name of a distribution or a folder: words joined by hyphens.

    See "Names and normalization" of the PyPA specifications.
    """
    return (
        _make_valid_name("-".join(split_words(text)), text, fallback).replace("_", "-").strip("-")
    )


def fold_name(name: str) -> str:
    """Return a key that is equal for names that readers would confuse."""
    return name.replace("_", "").lower()


class NameScope:
    """The names allocated in one scope; `reserved` names are never allocated."""

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self._reserved = frozenset(reserved)
        self._taken = set[str]()

    def allocate(self, name: str) -> str:
        """Allocate and return a free name.

        It is `name`, `name_` if `name` is reserved, or the first free one of name_2, name_3 and so
        on. Two allocated names never differ only by case or underscores.
        """
        candidate = f"{name}_" if name in self._reserved or keyword.iskeyword(name) else name
        number = 2
        while fold_name(candidate) in self._taken or candidate in self._reserved:
            candidate = f"{name.rstrip('_')}_{number}"
            number += 1
        self._taken.add(fold_name(candidate))
        return candidate


def remove_group_words(operation_words: list[str], group_words: list[str]) -> list[str]:
    """Return the words of an operation's name without those of its group, singular or plural.

    For example, `get app group` in the group `app groups` becomes `get`.
    """
    stems = [_singularize(word) for word in group_words]
    for start in range(len(operation_words) - len(group_words) + 1):
        if (
            group_words
            and [_singularize(word) for word in operation_words[start : start + len(group_words)]]
            == stems
        ):
            return operation_words[:start] + operation_words[start + len(group_words) :]
    return operation_words


def _singularize(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _make_valid_name(name: str, original: str, fallback: str) -> str:
    name = name or fallback
    if len(name) > MAX_LENGTH:
        digest = hashlib.sha256(original.encode("utf-8", "surrogatepass")).hexdigest()
        name = f"{name[: MAX_LENGTH - 9].rstrip('_-')}_{digest[:8]}"
    return (
        name
        if not name[0].isdigit()
        else f"{fallback}_{name}"
        if fallback[0].islower()
        else f"{fallback}{name}"
    )
