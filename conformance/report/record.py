"""Records as JSON and back: each field of a dataclass is a key of that name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING as NO_DEFAULT
from dataclasses import field, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from conformance.contract.json import Json
from conformance.contract.pointer import MISSING

Record = TypeVar("Record")
_OMITTED = "omitted if default"
_TRANSIENT = "never written"


def optional(default: Any) -> Any:
    """Return a field that JSON lacks where it has its default."""
    return field(default=default, metadata={_OMITTED: True})


def transient(default: Any) -> Any:
    """Return a field that JSON never has, and that does not count when records are compared."""
    return field(default=default, compare=False, metadata={_TRANSIENT: True})


def record_to_json(value: Any) -> Json:
    """Return a record, or a value of one of its fields, as JSON."""
    if is_dataclass(value):
        return {
            entry.name: record_to_json(child)
            for entry in fields(value)
            if _TRANSIENT not in entry.metadata
            and (child := getattr(value, entry.name)) is not MISSING
            and not (_OMITTED in entry.metadata and child == entry.default)
        }
    if isinstance(value, tuple | list):
        return [record_to_json(child) for child in value]
    if isinstance(value, Mapping):
        return {str(key): record_to_json(child) for key, child in value.items()}
    if isinstance(value, StrEnum):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else value


def record_from_json(kind: type[Record], document: Json) -> Record:
    """Return the record that a JSON object holds; a key that the record lacks is left out.

    The object must be valid for the record: a missing key raises KeyError.
    """
    values = {}
    for name, (hint, default) in _get_fields(cast(Any, kind)).items():
        if name in document:
            values[name] = _read_value(hint, document[name])
        elif default is NO_DEFAULT:
            raise KeyError(name)
    return kind(**values)


@cache  # one entry for each class of records
def _get_fields(kind: Any) -> Mapping[str, tuple[Any, Any]]:
    hints = get_type_hints(kind)
    return {
        entry.name: (
            hints[entry.name],
            entry.default if entry.default_factory is NO_DEFAULT else entry.default_factory,
        )
        for entry in fields(kind)
    }


def _read_value(hint: Any, value: Json) -> Any:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (UnionType, Union):
        (present_hint,) = (argument for argument in arguments if argument is not NoneType)
        return None if value is None else _read_value(present_hint, value)
    if origin is tuple:
        is_pair = Ellipsis not in arguments
        return tuple(value if is_pair else (_read_value(arguments[0], child) for child in value))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {key: _read_value(arguments[1], child) for key, child in value.items()}
    if isinstance(hint, type) and is_dataclass(hint):
        return record_from_json(hint, value)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(value)
    return datetime.fromisoformat(value) if hint is datetime else value
