"""Loading of contracts by built-in name or by path; other modules here read no contract files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from conformance.contract import contract as contracts
from conformance.contract import document as documents
from conformance.contract import inference, interpretation, upgrade, validity
from conformance.contract import overlay as overlays
from conformance.contract import pointer as pointers
from conformance.contract import reference as references
from conformance.contract import statements as statement_parser
from conformance.contract.contract import Contract
from conformance.contract.document import Document
from conformance.contract.interpretation import Interpretation
from conformance.contract.statements import Statements
from conformance.errors import ContractError, Problem, UsageError

_PACKAGED_SPECS = Path(__file__).resolve().parent.parent / "specs"
_CHECKOUT_SPECS = Path(__file__).resolve().parent.parent.parent / "specs"
DOCUMENT_FILE_NAMES = ("openapi.yaml", "openapi.yml", "openapi.json")


def list_built_in_contracts() -> tuple[str, ...]:
    """Return the names of the contracts that are part of the package."""
    return tuple(
        sorted(
            folder.name
            for folder in _get_specs_folder().iterdir()
            if (folder / DOCUMENT_FILE_NAMES[0]).is_file()
        )
    )


def load_contract(
    contract: str,
    revision: str | None = None,
    interpretations: tuple[str, ...] = (),
    *,
    infer: bool = False,
) -> Contract:
    """Return a contract by built-in name, OpenAPI file, or folder that contains one.

    `contract` may name the revision, as in `NAME@REVISION`. Overlays are beside the document, named
    revision-NAME.yaml and interpretation-NAME.yaml; statements are in statements.yaml. With
    `infer`, resources and behaviors are guessed for a plain OpenAPI 3.0 or 3.1 document that
    declares none.

    Raises UsageError if the contract, revision or interpretation does not exist, and ContractError
    if one of the files is invalid.
    """
    files = _read_contract_files(contract, revision)
    return _build_contract_from_files(files, interpretations, infer=infer)


@dataclass(frozen=True, slots=True, kw_only=True)
class _ContractFiles:
    """What the files of a contract hold, without any interpretation.

    `path` is that of the document; `display_path` is how messages name it.
    """

    path: Path
    display_path: Path
    document: Document
    statements: Statements
    revision: str | None


def _read_contract_files(contract: str, revision: str | None) -> _ContractFiles:
    contract, revision = _determine_contract_and_revision(contract, revision)
    path = _find_document_path(contract)
    folder = path.parent
    display_path = (
        path
        if path.is_absolute() and not path.is_relative_to(_get_specs_folder())
        else Path("specs") / folder.name / path.name
    )
    document = _read_document(path, str(display_path))
    if revision is not None and not _is_base_revision(document, revision):
        overlay = _read_overlay(folder, "revision", revision, display_path)
        document = overlays.apply_overlay(document, overlay)
    return _ContractFiles(
        path=path,
        display_path=display_path,
        document=document,
        statements=_read_statements(folder, display_path),
        revision=revision,
    )


def _build_contract_from_files(
    files: _ContractFiles, interpretations: tuple[str, ...], *, infer: bool = False
) -> Contract:
    document, folder = files.document, files.path.parent
    for name in interpretations:
        overlay = _read_overlay(folder, "interpretation", name, files.display_path)
        document = overlays.apply_overlay(document, overlay)
    document = references.bundle_referenced_files(
        document, lambda relative: _read_referenced_document(folder, relative, files.display_path)
    )
    document = references.inline_path_items(document)
    if infer:
        document = inference.add_inferred_extensions(upgrade.upgrade_document(document))
    return contracts.build_contract(
        folder.name if files.path.name in DOCUMENT_FILE_NAMES else files.path.stem,
        document,
        files.statements,
        files.revision,
        interpretations,
        validate=validity.validate_openapi_document_cached,
    )


def list_revisions(contract: str) -> tuple[str, ...]:
    """Return the names of the revisions for which a contract has overlays."""
    return _list_overlay_names(
        _find_document_path(split_contract_and_revision(contract)[0]).parent, "revision"
    )


def list_interpretations(contract: str) -> tuple[str, ...]:
    """Return the names of the interpretations for which a contract has overlays."""
    return _list_overlay_names(
        _find_document_path(split_contract_and_revision(contract)[0]).parent, "interpretation"
    )


def list_open_interpretations(
    contract: str, revision: str | None = None, interpretations: tuple[str, ...] = ()
) -> tuple[Interpretation, ...]:
    """Return the interpretations whose ambiguity none of `interpretations` settles.

    A run can find out which of them a server follows.
    """
    if not list_interpretations(contract):
        return ()  # without a second look at the document, which may be large
    files = _read_contract_files(contract, revision)
    folder = files.path.parent
    overlay_documents = {
        name: _read_overlay(folder, "interpretation", name, files.display_path)
        for name in _list_overlay_names(folder, "interpretation")
    }
    candidates = [
        interpretation.parse_interpretation(
            name, overlay, _build_contract_from_files(files, (*interpretations, name))
        )
        for name, overlay in overlay_documents.items()
        if name not in interpretations
    ]
    settled_ambiguities = {
        str(pointers.get_at_pointer(overlay_documents[name].value, "/info/x-ambiguity"))
        for name in interpretations
        if name in overlay_documents
    }
    return tuple(
        candidate for candidate in candidates if candidate.ambiguity not in settled_ambiguities
    )


def _list_overlay_names(folder: Path, kind: str) -> tuple[str, ...]:
    return tuple(
        sorted(file.stem.removeprefix(f"{kind}-") for file in folder.glob(f"{kind}-*.yaml"))
    )


def _get_specs_folder() -> Path:
    return _PACKAGED_SPECS if _PACKAGED_SPECS.is_dir() else _CHECKOUT_SPECS


def split_contract_and_revision(contract: str) -> tuple[str, str | None]:
    """Split `NAME@REVISION` into its parts; the revision is None if none is given.

    The path of an existing file or folder is not split. Raises UsageError if a part is empty.
    """
    name, separator, revision = contract.rpartition("@")
    if not separator or Path(contract).exists():
        return contract, None
    if not name or not revision:
        raise UsageError(Problem(message=f"{contract}: a revision is written CONTRACT@REVISION"))
    return name, revision


def _determine_contract_and_revision(contract: str, revision: str | None) -> tuple[str, str | None]:
    name, named_revision = split_contract_and_revision(contract)
    if named_revision and revision and named_revision != revision:
        raise UsageError(
            Problem(
                message=f"{contract} and --revision {revision} name different revisions",
                hint="name the revision once",
            )
        )
    return name, named_revision or revision


def _find_document_path(contract: str) -> Path:
    if contract in list_built_in_contracts():  # a folder of that name is ./NAME
        return _get_specs_folder() / contract / DOCUMENT_FILE_NAMES[0]
    if not contract:
        raise UsageError(
            Problem(
                message="no contract is named",
                hint=f"give one of {', '.join(list_built_in_contracts())}, or a path",
            )
        )
    path = Path(contract)
    if path.is_file():
        return path.absolute()
    for name in DOCUMENT_FILE_NAMES:
        if (path / name).is_file():
            return (path / name).absolute()
    built_in_names = ", ".join(list_built_in_contracts())
    reason = (
        f"the folder {contract} holds no {DOCUMENT_FILE_NAMES[0]}"
        if path.is_dir()
        else f"there is no contract {contract!r}"
    )
    raise UsageError(
        Problem(
            message=reason,
            hint=(
                f"give one of {built_in_names}, or the path of an OpenAPI file or of a folder that"
                " holds"
                f" {DOCUMENT_FILE_NAMES[0]}"
            ),
        )
    )


def _is_base_revision(document: Document, revision: str | None) -> bool:
    info = document.value.get("info", {}) if isinstance(document.value, dict) else {}
    return revision is None or revision == str(
        info.get("version") if isinstance(info, dict) else None
    )


def _read_document(path: Path, display_path: str) -> Document:
    try:
        text = path.read_text("utf-8")
        document = documents.parse_yaml_document(text, display_path)
        has_infinity = ".inf" in text.lower()  # few documents do, and some are large
        return upgrade.drop_infinite_limits(document) if has_infinity else document
    except OSError as error:
        raise ContractError(
            Problem(message=f"cannot be read: {error.strerror}", file=display_path)
        ) from error
    except UnicodeDecodeError as error:
        raise ContractError(Problem(message="is not UTF-8 text", file=display_path)) from error


def _read_overlay(folder: Path, kind: str, name: str, display_path: Path) -> Document:
    path = folder / f"{kind}-{name}.yaml"
    if "/" in name or not path.is_file():
        available = _list_overlay_names(folder, kind)
        hint = (
            f"it has {', '.join(available)}"
            if available
            else (
                f"it has none; a {kind} is an OpenAPI Overlay named {kind}-NAME.yaml beside the"
                " document"
            )
        )
        raise UsageError(Problem(message=f"{folder.name} has no {kind} {name!r}", hint=hint))
    return _read_document(path, str(display_path.parent / path.name))


def _read_referenced_document(folder: Path, relative: str, display_path: Path) -> Document:
    path = (folder / relative).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ContractError(
            Problem(
                message=f"the reference {relative} leaves the contract's folder",
                file=str(display_path),
            )
        )
    return _read_document(path, str(display_path.parent / relative))


def _read_statements(folder: Path, display_path: Path) -> Statements:
    path = folder / "statements.yaml"
    return (
        statement_parser.parse_statements(
            _read_document(path, str(display_path.parent / path.name))
        )
        if path.is_file()
        else Statements()
    )
