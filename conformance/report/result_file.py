"""Results of runs in files: read, upgraded from earlier formats, and checked."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema_rs

from conformance.contract.json import Json
from conformance.errors import Problem, UsageError
from conformance.report.record import record_from_json
from conformance.report.result import Result
from conformance.report.result_schema import FORMAT, SCHEMA

_VALIDATOR = jsonschema_rs.Draft202012Validator(SCHEMA, validate_formats=True)


def read_result_file(file: str) -> Result:
    """Return the result that `conformance run --json` wrote to a file.

    Raises UsageError, with the pointer of the first error, if the file does not hold a result.
    """
    try:
        document = json.loads(Path(file).read_text("utf-8"))
    except OSError as error:
        raise UsageError(Problem(message=f"cannot be read: {error.strerror}", file=file)) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(
            Problem(
                message="is not JSON",
                file=file,
                hint="give what `conformance run … --json FILE` wrote",
            )
        ) from error
    return replace(parse_result(_escape_surrogates(document), file), file=file)


def parse_result(document: Json, file: str) -> Result:
    """Return the result that a JSON document holds, of the present format or an earlier one.

    `file` is what messages call it. Raises UsageError, with the pointer, if it is none.
    """
    document = upgrade_result_format(document)
    validate_result(document, file)
    return record_from_json(Result, document)


def _escape_surrogates(value: Json) -> Json:
    """Return JSON with lone surrogates shown as escapes; they are no characters (RFC 8259, 8.2)."""
    if isinstance(value, str):
        return (
            value if value.isascii() else value.encode("utf-8", "backslashreplace").decode("utf-8")
        )
    if isinstance(value, dict):
        return {_escape_surrogates(key): _escape_surrogates(child) for key, child in value.items()}
    return [_escape_surrogates(child) for child in value] if isinstance(value, list) else value


_KEYS_OF_FORMAT_1 = {
    "readings": "interpretations",
    "passage": "ambiguity",
    "unseen": "unread_lists",
    "down": "target_down",
}


def upgrade_result_format(result: Json) -> Json:
    """Return a result of format 1 in the present format; return any other value unchanged."""
    if not isinstance(result, dict) or result.get("format") != 1:
        return result
    upgraded = {**_rename_keys(result), "format": FORMAT}
    if isinstance(contract := upgraded.get("contract"), dict):
        upgraded["contract"] = _rename_keys(contract)
    if isinstance(interpretations := upgraded.get("interpretations"), list):
        upgraded["interpretations"] = [
            _rename_keys(entry) if isinstance(entry, dict) else entry for entry in interpretations
        ]
    return upgraded


def _rename_keys(value: dict[str, Json]) -> dict[str, Json]:
    return {_KEYS_OF_FORMAT_1.get(key, key): child for key, child in value.items()}


def validate_result(result: Json, file: str) -> None:
    """Raise UsageError if a value is not a result of the present format."""
    format_number = result.get("format") if isinstance(result, dict) else None
    if format_number is not None and format_number != FORMAT:
        raise UsageError(
            Problem(
                message=(
                    f"is a result of format {str(format_number)[:20]}; this version reads format"
                    f" {FORMAT}"
                ),
                file=file,
            )
        )
    error = next(iter(_VALIDATOR.iter_errors(result)), None)
    if error is not None:
        pointer = "".join(f"/{part}" for part in error.instance_path)
        hint = "give what `conformance run … --json FILE` wrote"
        raise UsageError(
            Problem(
                message=f"is no result of a run: {error.message[:200]}",
                file=file,
                pointer=pointer or "/",
                hint=hint,
            )
        )
