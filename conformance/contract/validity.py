"""Whether a document is valid OpenAPI, by openapi-spec-validator; remembers valid ones.

Validation takes half a second per document, so a cache on disk remembers valid documents.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import jsonschema_rs

from conformance.contract import pointer as pointers
from conformance.contract.document import Document
from conformance.contract.reference import find_empty_cycles
from conformance.errors import ContractError, Problem

MAX_CACHED_DOCUMENTS = 500  # the oldest entries are deleted
MAX_PROBLEMS = 20


CONVERTER_HINT = (
    "convert it to OpenAPI 3 first, for example with `npx swagger2openapi FILE -o openapi.yaml`"
    " or at converter.swagger.io"
)


def validate_openapi_document(document: Document) -> None:
    """Check that a document is valid OpenAPI 3.1.

    Raises ContractError, with file, line and pointer, if it is not.
    """
    _check_version(document)
    problems = [
        *_find_numbers_without_json(document),
        *(
            document.problem_at("the schema refers to itself, and so says nothing", pointer)
            for pointer in find_empty_cycles(document.value)
        ),
    ]
    if problems:
        raise ContractError(*problems[:MAX_PROBLEMS])
    # this import takes a quarter of a second, and only this function needs it
    from conformance.contract.specification import find_specification_errors

    problems = [
        document.problem_at(f"not valid OpenAPI: {error.message[:300]}", error.pointer)
        for error in find_specification_errors(document.value)
        if not (error.keyword == "format" and _is_ecma_pattern(error.value))
    ]
    if problems:
        raise ContractError(*problems[:MAX_PROBLEMS])


def _check_version(document: Document) -> None:
    value = document.value
    if isinstance(value, dict) and "swagger" in value:
        message = f"this is not an OpenAPI 3 document, but Swagger {value['swagger']}"
        raise ContractError(document.problem_at(message, "/swagger", CONVERTER_HINT))
    if not isinstance(value, dict) or "openapi" not in value:
        hint = "the root needs `openapi: 3.1.0`"
        raise ContractError(document.problem_at("this is not an OpenAPI 3 document", "", hint))
    version = value["openapi"]
    if not isinstance(version, str):
        hint = 'write the whole version, such as "3.1.0": a number is no version'
        raise ContractError(document.problem_at(f"openapi: {version!r}", "/openapi", hint))
    if not version.startswith("3.1"):
        hint = "contracts are written in 3.1; documents of 3.0 and 3.2 are read too"
        raise ContractError(document.problem_at(f"this is OpenAPI {version}", "/openapi", hint))


def _find_numbers_without_json(document: Document) -> Iterator[Problem]:
    """Yield infinity and NaN: numbers of YAML that JSON does not have (RFC 8259, section 6)."""
    for pointer, node in pointers.iterate_values(document.value):
        if isinstance(node, float) and not math.isfinite(node):
            hint = "leave out a limit that is none; a text needs quotes"
            yield document.problem_at(f"JSON has no number for {node}", pointer, hint)


def _is_ecma_pattern(pattern: object) -> bool:
    """Tell whether a text is a regular expression of ECMA-262, whose syntax Python lacks in part.

    The validator of documents checks patterns with Python's `re`.
    """
    return isinstance(pattern, str) and _ECMA_PATTERNS.is_valid(pattern)


_ECMA_PATTERNS = jsonschema_rs.Draft202012Validator({"format": "regex"}, validate_formats=True)


def validate_openapi_document_cached(document: Document) -> None:
    """Validate a document unless an equal one was found valid before, by any process.

    Raises ContractError like `validate`.
    """
    try:
        cache_file = get_validation_cache_folder() / _compute_digest(document)
        if os.path.exists(cache_file):  # false if the folder is not readable
            return
    except RuntimeError:  # the user has no home folder
        validate_openapi_document(document)
        return
    validate_openapi_document(document)
    # without a writable cache, each process validates the document again
    with contextlib.suppress(OSError):
        cache_file.parent.mkdir(parents=True, exist_ok=True)
        cache_file.touch()
        for stale_file in sorted(
            cache_file.parent.iterdir(), key=lambda file: file.stat().st_mtime
        )[:-MAX_CACHED_DOCUMENTS]:
            stale_file.unlink(missing_ok=True)


def get_validation_cache_folder() -> Path:
    """Return the folder of empty files whose names are the digests of valid documents.

    It is in the user's cache folder (XDG Base Directory Specification).
    """
    cache_home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache_home / "conformance" / "valid"


def _compute_digest(document: Document) -> str:
    """Return a digest of the document and of the validator's version."""
    text = json.dumps([version("openapi-spec-validator"), document.value])
    return hashlib.sha256(text.encode()).hexdigest()
