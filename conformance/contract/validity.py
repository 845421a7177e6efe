"""Is a document OpenAPI at all? openapi-spec-validator says so, half a second a document; what it
found valid once is remembered.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from importlib.metadata import version
from pathlib import Path

from conformance.contract import pointer as pointers
from conformance.contract.document import Document
from conformance.errors import ContractError

MAX_CACHED_DOCUMENTS = 500  # documents that are remembered; the oldest are forgotten


def validate(document: Document) -> None:
    """Raise ContractError, with file, line and pointer, when a document is not valid OpenAPI
    3.1.
    """
    value = document.value
    if not isinstance(value, dict) or "openapi" not in value:
        hint = (
            "convert it to OpenAPI 3.1 first"
            if isinstance(value, dict) and "swagger" in value
            else "the root needs `openapi: 3.1.0`"
        )
        raise ContractError(document.problem_at("this is not an OpenAPI 3 document", "", hint))
    if not str(value["openapi"]).startswith("3.1"):
        hint = "contracts are written in 3.1; documents of 3.0 are read too"
        raise ContractError(
            document.problem_at(f"this is OpenAPI {value['openapi']}", "/openapi", hint)
        )
    # a quarter of a second, which only this function needs
    from openapi_spec_validator import OpenAPIV31SpecValidator

    problems = []
    for error in OpenAPIV31SpecValidator(value).iter_errors():
        problems.append(
            document.problem_at(
                f"not valid OpenAPI: {error.message[:300]}", pointers.join("", *error.absolute_path)
            )
        )
    if problems:
        raise ContractError(*problems[:20])


def validate_cached(document: Document) -> None:
    """Do as `check` does, but for an equal document that it let pass before, in this process or
    another.
    """
    try:
        cache_file = get_cache_folder() / _compute_digest(document)
        if os.path.exists(cache_file):  # false where one may not look
            return
    except RuntimeError:  # nobody's home
        validate(document)
        return
    validate(document)
    # where nothing can be written, each process checks for itself
    with contextlib.suppress(OSError):
        cache_file.parent.mkdir(parents=True, exist_ok=True)
        cache_file.touch()
        for stale_file in sorted(
            cache_file.parent.iterdir(), key=lambda file: file.stat().st_mtime
        )[:-MAX_CACHED_DOCUMENTS]:
            stale_file.unlink(missing_ok=True)


def get_cache_folder() -> Path:
    """Return where it is kept which documents are valid: empty files, named by digest (XDG Base
    Directory Specification: cache).
    """
    cache_home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache_home / "conformance" / "valid"


def _compute_digest(document: Document) -> str:
    """Return what names a document as this validator sees it."""
    text = json.dumps([version("openapi-spec-validator"), document.value])
    return hashlib.sha256(text.encode()).hexdigest()
