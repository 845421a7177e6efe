"""The cache of validations: a valid document is validated once, an invalid one each time."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.contract import validity
from conformance.contract.document import Document
from conformance.errors import ContractError

from .toy import TOY_YAML, parse_document

VALID_DOCUMENT = parse_document(TOY_YAML.replace("{answers: A}", "{}"))
INVALID_DOCUMENT = Document(
    value={"openapi": "3.1.0", "info": {"title": "Toys"}, "paths": {}}, positions={}
)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put the cache into a temporary folder. Return the folder of valid documents."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "conformance" / "valid"


def test_valid_document_is_validated_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A valid document is validated once. A changed document is validated again."""
    validated: list[Document] = []
    monkeypatch.setattr(validity, "validate_openapi_document", validated.append)
    validity.validate_openapi_document_cached(VALID_DOCUMENT)
    validity.validate_openapi_document_cached(
        parse_document(TOY_YAML.replace("{answers: A}", "{}"))
    )
    assert len(validated) == len(list(cache.iterdir())) == 1
    validity.validate_openapi_document_cached(
        Document(value={**VALID_DOCUMENT.value, "tags": []}, positions={})
    )
    assert len(validated) == len(list(cache.iterdir())) == 2


def test_invalid_document_is_refused_each_time(cache: Path) -> None:
    """An invalid document is refused each time."""
    for _ in range(2):
        with pytest.raises(ContractError, match="not valid OpenAPI"):
            validity.validate_openapi_document_cached(INVALID_DOCUMENT)
    assert not cache.exists()


def test_other_validator_version(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A document that another version of the validator accepted is validated again."""
    validity.validate_openapi_document_cached(VALID_DOCUMENT)
    monkeypatch.setattr(validity, "version", lambda _: "999")
    validity.validate_openapi_document_cached(VALID_DOCUMENT)
    assert len(list(cache.iterdir())) == 2


def test_cache_is_bounded(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cache does not exceed its maximum size."""
    monkeypatch.setattr(validity, "MAX_CACHED_DOCUMENTS", 3)
    for number in range(5):
        validity.validate_openapi_document_cached(
            Document(value={**VALID_DOCUMENT.value, "tags": [{"name": str(number)}]}, positions={})
        )
    assert len(list(cache.iterdir())) == 3


def test_cache_is_not_writable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A document is validated even if the cache cannot be written."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    validity.validate_openapi_document_cached(VALID_DOCUMENT)
    with pytest.raises(ContractError):
        validity.validate_openapi_document_cached(INVALID_DOCUMENT)


def test_no_home_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A document is validated even if there is no home directory."""

    def raise_no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", raise_no_home)
    validity.validate_openapi_document_cached(VALID_DOCUMENT)
    with pytest.raises(ContractError, match="not valid OpenAPI"):
        validity.validate_openapi_document_cached(INVALID_DOCUMENT)


def test_cache_permission_denied(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache that may not be accessed counts as empty."""

    def raise_permission_error(self: Path, **options: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    for name in ("stat", "mkdir", "touch", "exists"):
        monkeypatch.setattr(Path, name, raise_permission_error)
    validity.validate_openapi_document_cached(VALID_DOCUMENT)
