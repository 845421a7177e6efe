"""`$ref` within a contract: followed inside the document, other files of its folder are taken in
first.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath

from conformance.contract import pointer as pointers
from conformance.contract.document import Document
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING
from conformance.errors import ContractError


def resolve(document: Json, node: Json, at: str) -> tuple[Json, str]:
    """Return the node that `node` refers to, through any chain of references, and its pointer."""
    seen: set[str] = set()
    while isinstance(node, dict) and isinstance(node.get("$ref"), str) and node["$ref"] not in seen:
        seen.add(node["$ref"])
        at = node["$ref"].removeprefix("#")
        node = pointers.get(document, at)
    return node, at


def bundle(document: Document, read: Callable[[str], Document]) -> Document:
    """Return `document` with what its references take from other files laid under `x-files`, and
    all references local.

    `read` returns a file of the contract's own folder by its relative POSIX path. Raises
    ContractError, at the line of the reference, for a target that leaves the folder, names a
    network address, or does not exist.
    """
    value, places = document.value, dict(document.places)
    files: dict[str, Document] = {}
    queue = [("", document, value)]
    while queue:
        base, holder, root = queue.pop()
        for at, node in list(pointers.walk(root)):
            if not (isinstance(node, dict) and isinstance(node.get("$ref"), str)):
                continue
            file = node["$ref"].partition("#")[0]
            if not file:
                continue
            path = _inside(base, file, holder, at)
            if path not in files:
                files[path] = read(path)
                queue.append((path, files[path], files[path].value))
    if files:
        value = _local("", value)
        value = {**value, "x-files": {path: _local(path, one.value) for path, one in files.items()}}
        for path, one in files.items():
            places.update(
                {pointers.join("/x-files", path) + at: place for at, place in one.places.items()}
            )
    bundled = Document(value=value, places=places)
    problems = [
        bundled.problem(f"nothing stands at {node['$ref']}", at)
        for at, node in pointers.walk(value)
        if _dangles(value, node)
    ]
    if problems:
        raise ContractError(*problems)
    return bundled


def _inside(base: str, file: str, holder: Document, at: str) -> str:
    path = None if "://" in file else _joined(base, file)
    if path is None:
        raise ContractError(
            holder.problem(
                f"the reference {file} leaves the contract's folder",
                at,
                "copy the file beside the document",
            )
        )
    return path


def _joined(base: str, file: str) -> str | None:
    """Return the path of `file` as seen from the file `base`, both within one folder; None when it
    leaves that folder.
    """
    parts: list[str] = []
    for part in (PurePosixPath(base).parent / file).parts:
        if part == "/" or (part == ".." and not parts):
            return None
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def _local(base: str, node: Json) -> Json:
    if isinstance(node, dict):
        found = {key: _local(base, child) for key, child in node.items()}
        if isinstance(node.get("$ref"), str):
            file, _, fragment = node["$ref"].partition("#")
            path = _joined(base, file) if file else base
            found["$ref"] = "#" + (pointers.join("/x-files", path) if path else "") + fragment
        return found
    return [_local(base, child) for child in node] if isinstance(node, list) else node


def _dangles(document: Json, node: Json) -> bool:
    reference = node.get("$ref") if isinstance(node, dict) else None
    return (
        isinstance(reference, str)
        and reference.startswith("#")
        and pointers.get(document, reference[1:]) is MISSING
    )


def inline(document: Json, node: Json, depth: int = 6) -> Json:
    """Return a schema node with its references replaced by what they lead to, `depth` levels deep
    (a recursive schema ends in `{}`).
    """
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            target, _ = resolve(document, {"$ref": node["$ref"]}, "")
            rest = {key: child for key, child in node.items() if key != "$ref"}
            return inline(document, {**target, **rest}, depth - 1) if depth else {}
        return {key: inline(document, child, depth) for key, child in node.items()}
    return [inline(document, child, depth) for child in node] if isinstance(node, list) else node
