"""References (`$ref`): resolved within a document; other files are bundled into it first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from urllib.parse import unquote

from conformance.contract import pointer as pointers
from conformance.contract.document import Document
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING
from conformance.errors import ContractError


def resolve_reference(document: Json, node: Json, pointer: str) -> tuple[Json, str]:
    """Return the node that `node` refers to, through any chain of references, and its pointer.

    A node that is not a reference is returned with `pointer`. The result is MISSING if the target
    does not exist.
    """
    visited: set[str] = set()
    while (
        isinstance(node, dict) and isinstance(node.get("$ref"), str) and node["$ref"] not in visited
    ):
        visited.add(node["$ref"])
        pointer = node["$ref"].removeprefix("#")
        node = pointers.get_at_pointer(document, pointer)
    return node, pointer


def bundle_referenced_files(document: Document, read: Callable[[str], Document]) -> Document:
    """Return `document` with referenced files under `x-files` and all references local.

    `read` returns a file of the contract's folder by its relative POSIX path.

    Raises ContractError, at the line of the reference, if a target is outside the folder, is a
    network address, or does not exist.
    """
    value, positions = document.value, dict(document.positions)
    documents_by_path: dict[str, Document] = {}
    queue = [("", document, value)]
    while queue:
        base, referring_document, root = queue.pop()
        for pointer, reference in _iterate_references(root):
            file = reference.partition("#")[0]
            if not file:
                continue
            path = _resolve_referenced_file_path(base, file, referring_document, pointer)
            if path not in documents_by_path:
                documents_by_path[path] = read(path)
                queue.append((path, documents_by_path[path], documents_by_path[path].value))
    if documents_by_path:
        value = _localize_references("", value)
        value = {
            **value,
            "x-files": {
                path: _localize_references(path, file_document.value)
                for path, file_document in documents_by_path.items()
            },
        }
        for path, file_document in documents_by_path.items():
            positions.update(
                {
                    pointers.join("/x-files", path) + pointer: position
                    for pointer, position in file_document.positions.items()
                }
            )
    bundled = Document(value=value, positions=positions)
    problems = [
        bundled.problem_at(f"nothing stands at {reference}", pointer)
        for pointer, reference in _iterate_references(value)
        if _is_dangling_reference(value, reference)
    ]
    if problems:
        raise ContractError(*problems)
    return bundled


def inline_path_items(document: Document) -> Document:
    """Return a document in which no path item is a reference (OpenAPI 3.1, 4.8.9).

    Keys beside `$ref` replace those of the target. All references must be local. Raises
    ContractError if a path item leads back to itself, or to something else than a mapping.
    """
    value = document.value
    paths = value.get("paths") if isinstance(value, dict) else None
    if not isinstance(paths, dict):
        return document
    inlined, positions = dict(paths), dict(document.positions)
    problems = []
    for path, node in paths.items():
        pointer = pointers.join("/paths", path)
        if not (isinstance(node, dict) and isinstance(node.get("$ref"), str)):
            continue
        target, target_pointer = resolve_reference(value, node, pointer)
        if not isinstance(target, dict) or "$ref" in target:
            problems.append(document.problem_at("the path item refers to no path item", pointer))
            continue
        siblings = {key: child for key, child in node.items() if key != "$ref"}
        inlined[path] = {**target, **siblings}
        for position_pointer, position in document.positions.items():
            if pointers.is_within(position_pointer, target_pointer):
                own_pointer = pointer + position_pointer.removeprefix(target_pointer)
                positions.setdefault(own_pointer, position)
    if problems:
        raise ContractError(*problems)
    return Document(value={**value, "paths": inlined}, positions=positions)


def _resolve_referenced_file_path(
    base: str, file: str, referring_document: Document, pointer: str
) -> str:
    path = None if "://" in file else _join_paths_within_folder(base, file)
    if path is None:
        raise ContractError(
            referring_document.problem_at(
                f"the reference {file} leaves the contract's folder",
                pointer,
                "copy the file beside the document",
            )
        )
    return path


def _join_paths_within_folder(base: str, file: str) -> str | None:
    """Return the path of `file` relative to the contract's folder, or None if it is outside.

    `file` is relative to the file `base`.
    """
    parts: list[str] = []
    for part in (PurePosixPath(base).parent / unquote(file)).parts:
        if part == "/" or (part == ".." and not parts):
            return None
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


# other values of a mapping are names of schemas (OpenAPI 3.1, 4.8.25)
_LOOKS_LIKE_REFERENCE = re.compile(r"[/#]|\.(?:ya?ml|json)$")


def _localize_references(base: str, node: Json, parent_key: str | None = None) -> Json:
    if isinstance(node, dict):
        localized = {
            key: child
            if _holds_data(parent_key, key, child)
            else _localize_references(base, child, _name_child(parent_key, key))
            for key, child in node.items()
        }
        if isinstance(node.get("$ref"), str) and parent_key not in _NAMING_KEYS:
            file, _, fragment = node["$ref"].partition("#")
            path = _join_paths_within_folder(base, file) if file else base
            localized["$ref"] = "#" + (pointers.join("/x-files", path) if path else "") + fragment
        discriminator = node.get("discriminator")
        if isinstance(discriminator, dict) and isinstance(discriminator.get("mapping"), dict):
            localized["discriminator"] = {
                **discriminator,
                "mapping": {
                    key: _localize_references(base, {"$ref": target})["$ref"]
                    if isinstance(target, str) and _LOOKS_LIKE_REFERENCE.search(target)
                    else target
                    for key, target in discriminator["mapping"].items()
                },
            }
        return localized
    return [_localize_references(base, child) for child in node] if isinstance(node, list) else node


# keys whose value maps names to objects: no name is a keyword
_NAMING_KEYS = frozenset(
    (
        *("$defs", "definitions", "dependentSchemas", "patternProperties", "properties"),
        *("callbacks", "examples", "headers", "links", "parameters", "pathItems"),
        *("requestBodies", "responses", "schemas", "securitySchemes", "x-files"),
        *("content", "encoding", "mapping", "paths", "variables", "webhooks"),
    )
)
_DATA_KEYS = ("example", "default", "enum", "const")


def _holds_data(parent_key: str | None, key: str, child: Json) -> bool:
    """Tell whether a member is data, in which `$ref` is a name like any other.

    `parent_key` is the key of the object that has the member.
    """
    if parent_key in _NAMING_KEYS:
        return False
    return (
        key in _DATA_KEYS
        or (key == "examples" and isinstance(child, list))
        or (key == "value" and parent_key == _EXAMPLE)
    )


_EXAMPLE = "an entry of examples"


def _iterate_references(
    node: Json, pointer: str = "", parent_key: str | None = None
) -> Iterator[tuple[str, str]]:
    """Yield pointer and target of each reference; what stands in examples is none."""
    if isinstance(node, list):
        for index, child in enumerate(node):
            yield from _iterate_references(child, pointers.join(pointer, index))
    if not isinstance(node, dict):
        return
    if isinstance(node.get("$ref"), str) and parent_key not in _NAMING_KEYS:
        yield pointer, node["$ref"]
    for key, child in node.items():
        if not _holds_data(parent_key, key, child):
            yield from _iterate_references(
                child, pointers.join(pointer, key), _name_child(parent_key, key)
            )


def _name_child(parent_key: str | None, key: str) -> str | None:
    """Return the key of an object, or what it is where its key is a name."""
    if parent_key == "examples":
        return _EXAMPLE
    return None if parent_key in _NAMING_KEYS else key


def _is_dangling_reference(document: Json, reference: str) -> bool:
    return (
        reference.startswith("#")
        and pointers.get_at_pointer(document, unquote(reference[1:])) is MISSING
        and pointers.get_at_pointer(document, reference[1:]) is MISSING
    )


def find_empty_cycles(document: Json) -> list[str]:
    """Return the pointers of references that lead back to themselves through `$ref` and `allOf`.

    Such a schema says nothing; a schema that contains itself in a property or an item is none.
    """

    def leads_back(node: Json, visited: frozenset[str]) -> bool:
        if not isinstance(node, dict):
            return False
        target = node.get("$ref")
        parts = node.get("allOf", ())
        if isinstance(target, str) and target.startswith("#"):
            if target in visited:
                return True
            referenced = pointers.get_at_pointer(document, unquote(target[1:]))
            if leads_back(referenced, visited | {target}):
                return True
        return isinstance(parts, list) and any(leads_back(part, visited) for part in parts)

    return [
        pointer
        for pointer, node in pointers.iterate_values(document)
        if isinstance(node, dict)
        and isinstance(node.get("$ref"), str)
        and leads_back(node, frozenset())
    ]
