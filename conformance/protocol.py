"""What HTTP itself defines: statuses, methods, media types, dates and Retry-After.

Statuses, methods, media types, dates and Retry-After, as RFC 9110 has them. Equality of JSON values
stands in `contract/json.py`. Generated clients stand alone and carry their own copies.
"""

from __future__ import annotations

import email.utils
from datetime import datetime

# Statuses (RFC 9110, 15; 429: RFC 6585, 4; 425: RFC 8470, 5.2).
UNAUTHORIZED_STATUSES = (401, 403)  # the credentials were not accepted, or do not suffice
NOT_FOUND_STATUSES = (404, 410)  # the resource does not exist, or no longer
GATEWAY_ERROR_STATUSES = (502, 503, 504)
TRANSIENT_STATUSES = (429, *GATEWAY_ERROR_STATUSES)  # the same request may succeed later
NOT_PROCESSED_STATUSES = (*UNAUTHORIZED_STATUSES, *TRANSIENT_STATUSES)  # the API never looked at it
MALFORMED_STATUSES = (400, 409, 413, 415, 422)  # ways to refuse what a request says
BODILESS_STATUSES = (204, 304)  # such a response has no content, whatever its headers say
# What a framework or a gateway may answer before the API itself is asked.
INTERMEDIARY_STATUSES = (*NOT_PROCESSED_STATUSES, 404, 405, 406, 413, 415)
# What HTTP defines for any server, so that no API's documentation needs to mention it.
HTTP_LEVEL_STATUSES = (206, 304, 408, 411, 412, 414, 416, 417, 421, 426, 431, 501, 505)
# Refusals that do not say whether the item that was asked for exists.
UNINFORMATIVE_STATUSES = (*UNAUTHORIZED_STATUSES, 408, 425, 429)

# Methods (RFC 9110, 9.2.1 and 9.2.2).
SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")
IDEMPOTENT_METHODS = (*SAFE_METHODS, "PUT", "DELETE")

# Media types.
JSON_MEDIA_TYPE = "application/json"
FORM_MEDIA_TYPE = "application/x-www-form-urlencoded"
MULTIPART_MEDIA_TYPE = "multipart/form-data"


def is_success(status: int) -> bool:
    """Tell whether a status is 2xx."""
    return 200 <= status < 300


def is_refusal(status: int) -> bool:
    """Tell whether a status is 4xx."""
    return 400 <= status < 500


def parse_media_type(content_type: str) -> str:
    """Return the media type of a Content-Type without parameters, in lower case (RFC 9110, 8.3)."""
    return content_type.partition(";")[0].strip().lower()


def media_type_matches(documented: str, content_type: str) -> bool:
    """Tell whether a Content-Type is of a documented media type or range (RFC 9110, 8.3, 12.5.1).

    Types ignore case. Parameters that are documented must be there; others may be.
    """
    wanted, actual = parse_media_type(documented), parse_media_type(content_type)
    if wanted != "*/*" and not (wanted.endswith("/*") and actual.startswith(wanted[:-1])):
        if wanted != actual:
            return False
    elif "/" not in actual and wanted != "*/*":
        return False
    actual_parameters = _parse_media_type_parameters(content_type)
    return all(
        actual_parameters.get(name, "").lower() == value.lower()
        for name, value in _parse_media_type_parameters(documented).items()
    )


def rank_media_range(documented: str) -> tuple[int, int]:
    """Return how specific a documented media type or range is; the larger, the more specific."""
    media_type = parse_media_type(documented)
    kind = 0 if media_type == "*/*" else 1 if media_type.endswith("/*") else 2
    return kind, len(_parse_media_type_parameters(documented))


def name_concrete_media_type(documented: str) -> str:
    """Return a media type that a response can carry for a documented type or range."""
    return {"*/*": JSON_MEDIA_TYPE, "application/*": JSON_MEDIA_TYPE, "text/*": "text/plain"}.get(
        parse_media_type(documented),
        "application/octet-stream" if "*" in documented else documented,
    )


def _parse_media_type_parameters(content_type: str) -> dict[str, str]:
    parameters = {}
    for part in content_type.split(";")[1:]:
        name, _, value = part.partition("=")
        if name.strip().lower() not in ("", "q"):
            parameters[name.strip().lower()] = value.strip().strip('"')
    return parameters


def is_json(content_type: str) -> bool:
    """Tell whether a Content-Type is JSON or a format built on it (RFC 6839, 3.1)."""
    media_type = parse_media_type(content_type)
    return media_type in (JSON_MEDIA_TYPE, "text/json") or media_type.endswith("+json")


def parse_datetime(text: str) -> datetime | None:
    """Return the moment that an RFC 3339 date-time names, None for any other text.

    The result has no time zone if the text has none.
    """
    if not text[:4].isdecimal() or "T" not in text:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def parse_retry_after(value: str, now: float) -> float | None:
    """Return the seconds that a Retry-After header asks for (RFC 9110, 10.2.3), None for nonsense.

    `value` is a number of seconds or an HTTP date; `now` is in seconds since 1970.
    """
    value = value.strip()
    if value.isdecimal():
        return float(value[:9])
    try:
        moment = email.utils.parsedate_to_datetime(value).timestamp() if value else None
    except (ValueError, TypeError, OverflowError, IndexError, AttributeError):
        return None  # what email.utils raises for texts that are no date
    return None if moment is None else max(0.0, moment - now)
