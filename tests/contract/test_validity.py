"""What was found valid once is not looked at again; what was not, always."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.contract import validity
from conformance.contract.document import Document
from conformance.errors import ContractError

from .toy import TEXT, read

FINE = read(TEXT.replace("{answers: A}", "{}"))
BROKEN = Document(value={"openapi": "3.1.0", "info": {"title": "Toys"}, "paths": {}}, positions={})


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep what these tests find valid in a folder of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "conformance" / "valid"


def test_remembered(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A valid document is checked once; a changed one is another."""
    looked: list[Document] = []
    monkeypatch.setattr(validity, "validate_openapi_document", looked.append)
    validity.validate_openapi_document_cached(FINE)
    validity.validate_openapi_document_cached(read(TEXT.replace("{answers: A}", "{}")))
    assert len(looked) == len(list(cache.iterdir())) == 1
    validity.validate_openapi_document_cached(
        Document(value={**FINE.value, "tags": []}, positions={})
    )
    assert len(looked) == len(list(cache.iterdir())) == 2


def test_refused_again(cache: Path) -> None:
    """A document that is not valid is refused each time."""
    for _ in range(2):
        with pytest.raises(ContractError, match="not valid OpenAPI"):
            validity.validate_openapi_document_cached(BROKEN)
    assert not cache.exists()


def test_another_validator(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another release of the validator let pass is checked anew."""
    validity.validate_openapi_document_cached(FINE)
    monkeypatch.setattr(validity, "version", lambda _: "999")
    validity.validate_openapi_document_cached(FINE)
    assert len(list(cache.iterdir())) == 2


def test_forgotten(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more are kept than so many."""
    monkeypatch.setattr(validity, "MAX_CACHED_DOCUMENTS", 3)
    for number in range(5):
        validity.validate_openapi_document_cached(
            Document(value={**FINE.value, "tags": [{"name": str(number)}]}, positions={})
        )
    assert len(list(cache.iterdir())) == 3


def test_nowhere_to_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be written, a document is checked all the same."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    validity.validate_openapi_document_cached(FINE)
    with pytest.raises(ContractError):
        validity.validate_openapi_document_cached(BROKEN)


def test_nobodys_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no home, or one that may not be looked into, a document is checked all the
    same.
    """

    def nobody() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", nobody)
    validity.validate_openapi_document_cached(FINE)
    with pytest.raises(ContractError, match="not valid OpenAPI"):
        validity.validate_openapi_document_cached(BROKEN)


def test_a_folder_that_may_not_be_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is as if nothing were there."""

    def forbidden(self: Path, **given: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    for name in ("stat", "mkdir", "touch", "exists"):
        monkeypatch.setattr(Path, name, forbidden)
    validity.validate_openapi_document_cached(FINE)
