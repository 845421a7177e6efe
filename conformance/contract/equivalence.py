"""Values that mean the same by their schema, although their JSON differs.

A server may write an instant in another time zone, a UUID in capitals or `1.0` for `1`: it stored
what was sent. Formats are those of JSON Schema 2020-12 Validation, 7.3, and of the OpenAPI registry
of formats.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit

from conformance.contract.equality import json_equal
from conformance.contract.json import Json
from conformance.contract.schema import Schema

_RFC3339_TIME = re.compile(
    r"(?P<clock>\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d+))?(?P<zone>[Zz]|[+-]\d\d:\d\d)"
)
_MAX_DEPTH = 40  # of a value; what lies deeper must be equal


def are_equivalent(schema: Schema, left: Json, right: Json) -> bool:
    """Tell whether two values mean the same by a schema.

    Values that are equal as JSON are always equivalent. Members of objects and elements of arrays
    are compared by their own schemas; of alternatives, any may decide.
    """
    return _are_equivalent(schema, left, right, _MAX_DEPTH)


def _are_equivalent(schema: Schema, left: Json, right: Json, depth: int) -> bool:
    if json_equal(left, right):
        return True
    if depth == 0:
        return False
    remaining_parts = [schema.with_node(node) for node in schema.get("allOf", ())]
    if any(
        _are_equivalent(alternative, left, right, depth - 1)
        for alternative in (*remaining_parts, *schema.alternatives)
    ):
        return True
    if isinstance(left, dict) and isinstance(right, dict):
        others = schema.other_properties
        return left.keys() == right.keys() and all(
            _are_equivalent(schema.properties.get(name, others), value, right[name], depth - 1)
            for name, value in left.items()
        )
    if isinstance(left, list) and isinstance(right, list):
        first = [schema.with_node(node) for node in schema.get("prefixItems", [])]
        rest = schema.items or schema.with_node(True)
        return len(left) == len(right) and all(
            _are_equivalent(first[index] if index < len(first) else rest, *pair, depth - 1)
            for index, pair in enumerate(zip(left, right, strict=True))
        )
    normalize = _NORMALIZERS.get(str(schema.get("format")))
    if normalize is None or not isinstance(left, str) or not isinstance(right, str):
        return False
    try:
        return normalize(left) == normalize(right)
    except (ValueError, InvalidOperation, OverflowError):
        return False  # one of them is not of the format, which the schema is there to say


def _parse_time(text: str) -> tuple[timedelta, str]:
    """Return a time of RFC 3339, 5.6 as the time since midnight in UTC, and its exact fraction."""
    matched = _RFC3339_TIME.fullmatch(text)
    if matched is None:
        raise ValueError(text)
    hours, minutes, seconds = map(int, matched["clock"].split(":"))
    zone = matched["zone"]
    offset = timedelta()
    if zone not in "Zz":
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:])) * (
            -1 if zone[0] == "-" else 1
        )
    fraction = (matched["fraction"] or "").rstrip("0")
    return timedelta(hours=hours, minutes=minutes, seconds=seconds) - offset, fraction


def _normalize_date_time(text: str) -> tuple[datetime, str]:
    if len(text) < 11 or text[10] not in "Tt ":
        raise ValueError(text)
    since_midnight, fraction = _parse_time(text[11:])
    return datetime.strptime(text[:10], "%Y-%m-%d") + since_midnight, fraction


def _normalize_time(text: str) -> tuple[timedelta, str]:
    since_midnight, fraction = _parse_time(text)
    return since_midnight % timedelta(days=1), fraction


def _normalize_email(text: str) -> str:
    name, separator, host = text.rpartition("@")
    return name + separator + host.lower()  # RFC 5321, 2.4: only the host ignores case


def _normalize_uri(text: str) -> tuple[str, str, str]:
    parts = urlsplit(text)  # RFC 3986, 6.2.2.1 and 6.2.3
    rest = parts._replace(scheme="", netloc="", path=parts.path or "/").geturl()
    return parts.scheme.lower(), parts.netloc.lower(), rest


_NORMALIZERS: dict[str, Callable[[str], object]] = {
    "date-time": _normalize_date_time,
    "time": _normalize_time,
    "uuid": str.lower,  # RFC 9562, 4
    "email": _normalize_email,
    "idn-email": _normalize_email,
    "hostname": lambda text: text.lower().removesuffix("."),
    "idn-hostname": lambda text: text.lower().removesuffix("."),
    "ipv4": ipaddress.IPv4Address,
    "ipv6": ipaddress.IPv6Address,
    "uri": _normalize_uri,
    "uri-reference": _normalize_uri,
    "iri": _normalize_uri,
    "decimal": Decimal,
    "decimal128": Decimal,
    "int64": int,
}
