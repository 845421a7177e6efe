"""Where contracts are found: by built-in name or by path. The only module of `contract` that opens
files.
"""

from __future__ import annotations

from pathlib import Path

from conformance.contract import contract as contracts
from conformance.contract import document as documents
from conformance.contract import inferring, reading, upgrade, validity
from conformance.contract import overlay as overlays
from conformance.contract import pointer as pointers
from conformance.contract import reference as references
from conformance.contract import statement as statements
from conformance.contract.contract import Contract
from conformance.contract.document import Document
from conformance.contract.reading import Reading
from conformance.contract.statement import Register
from conformance.errors import ContractError, Problem, UsageError

_PACKAGED = Path(__file__).resolve().parent.parent / "specs"
_CHECKOUT = Path(__file__).resolve().parent.parent.parent / "specs"
NAMES = ("openapi.yaml", "openapi.yml", "openapi.json")


def built_in() -> tuple[str, ...]:
    """Return the names of the contracts that come with the tool."""
    return tuple(
        sorted(folder.name for folder in _shelf().iterdir() if (folder / NAMES[0]).is_file())
    )


def load(
    contract: str,
    revision: str | None = None,
    readings: tuple[str, ...] = (),
    *,
    infer: bool = False,
) -> Contract:
    """Return the contract of a built-in name, an OpenAPI file, or a folder that holds one, in the
    revision and under the readings asked for.

    Overlays stand beside the document as revision-NAME.yaml and interpretation-NAME.yaml, statements as
    statements.yaml. With `infer`, a plain OpenAPI document (3.0 too) will do: the resources and
    behaviours that it does not speak of are guessed. Raises UsageError when there is no such
    contract, revision or reading, ContractError when one of its files makes no sense.
    """
    path = _find(contract)
    folder = path.parent
    shown = (
        path
        if path.is_absolute() and not path.is_relative_to(_shelf())
        else Path("specs") / folder.name / path.name
    )
    document = _read(path, str(shown))
    for kind, names in (
        ("revision", () if _is_base(document, revision) else (revision,)),
        ("interpretation", readings),
    ):
        for name in names:
            overlay = _overlay(folder, kind, str(name), shown)
            document = overlays.apply(document, overlay)
    document = references.bundle(document, lambda relative: _sibling(folder, relative, shown))
    if infer:
        document = inferring.inferred(upgrade.upgraded(document))
    register = _register(folder, shown)
    return contracts.build(
        folder.name if path.name in NAMES else path.stem,
        document,
        register,
        revision,
        readings,
        check=validity.check_once,
    )


def revisions(contract: str) -> tuple[str, ...]:
    """Return the names of the older or newer editions that a contract has overlays for."""
    return _names(_find(contract).parent, "revision")


def readings(contract: str) -> tuple[str, ...]:
    """Return the names of the readings that a contract has overlays for."""
    return _names(_find(contract).parent, "interpretation")


def ambiguities(
    contract: str, revision: str | None = None, readings: tuple[str, ...] = ()
) -> tuple[Reading, ...]:
    """Return the readings of a contract that can be told apart on a server: those of passages of
    which `readings` asserts none.
    """
    folder = _find(contract).parent
    overlays = {
        name: _read(
            folder / f"interpretation-{name}.yaml",
            f"specs/{folder.name}/interpretation-{name}.yaml",
        )
        for name in _names(folder, "interpretation")
    }
    found = [
        reading.parse(name, overlay, load(contract, revision, (*readings, name)))
        for name, overlay in overlays.items()
        if name not in readings
    ]
    settled = {
        str(pointers.get(overlays[name].value, "/info/x-ambiguity"))
        for name in readings
        if name in overlays
    }
    return tuple(one for one in found if one.passage not in settled)


def _names(folder: Path, kind: str) -> tuple[str, ...]:
    return tuple(
        sorted(file.stem.removeprefix(f"{kind}-") for file in folder.glob(f"{kind}-*.yaml"))
    )


def _shelf() -> Path:
    return _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT


def _find(contract: str) -> Path:
    if contract.rstrip("/") in built_in() and not Path(contract).is_dir():
        return _shelf() / contract.rstrip("/") / NAMES[0]
    if not contract:
        raise UsageError(
            Problem(
                message="no contract is named",
                hint=f"give one of {', '.join(built_in())}, or a path",
            )
        )
    path = Path(contract)
    if path.is_file():
        return path.absolute()
    for name in NAMES:
        if (path / name).is_file():
            return (path / name).absolute()
    known = ", ".join(built_in())
    reason = (
        f"the folder {contract} holds no {NAMES[0]}"
        if path.is_dir()
        else f"there is no contract {contract!r}"
    )
    raise UsageError(
        Problem(
            message=reason,
            hint=(
                f"give one of {known}, or the path of an OpenAPI file or of a folder that holds"
                f" {NAMES[0]}"
            ),
        )
    )


def _is_base(document: Document, revision: str | None) -> bool:
    info = document.value.get("info", {}) if isinstance(document.value, dict) else {}
    return revision is None or revision == str(
        info.get("version") if isinstance(info, dict) else None
    )


def _read(path: Path, shown: str) -> Document:
    try:
        return documents.parse(path.read_text("utf-8"), shown)
    except OSError as error:
        raise ContractError(
            Problem(message=f"cannot be read: {error.strerror}", file=shown)
        ) from error
    except UnicodeDecodeError as error:
        raise ContractError(Problem(message="is not UTF-8 text", file=shown)) from error


def _overlay(folder: Path, kind: str, name: str, shown: Path) -> Document:
    path = folder / f"{kind}-{name}.yaml"
    if "/" in name or not path.is_file():
        known = _names(folder, kind)
        hint = (
            f"it has {', '.join(known)}"
            if known
            else (
                f"it has none; a {kind} is an OpenAPI Overlay named {kind}-NAME.yaml beside the"
                " document"
            )
        )
        raise UsageError(Problem(message=f"{folder.name} has no {kind} {name!r}", hint=hint))
    return _read(path, str(shown.parent / path.name))


def _sibling(folder: Path, relative: str, shown: Path) -> Document:
    path = (folder / relative).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ContractError(
            Problem(
                message=f"the reference {relative} leaves the contract's folder", file=str(shown)
            )
        )
    return _read(path, str(shown.parent / relative))


def _register(folder: Path, shown: Path) -> Register:
    path = folder / "statements.yaml"
    return (
        statements.parse(_read(path, str(shown.parent / path.name)))
        if path.is_file()
        else Register()
    )
