"""OpenAPI Overlays (Overlay Specification 1.0.0), applied strictly.

A target that matches nothing, a removed root and an unknown key are errors.
"""

from __future__ import annotations

import copy

import jsonpath

from conformance.contract import pointer as pointers
from conformance.contract.document import Document, SourcePosition
from conformance.contract.json import Json
from conformance.errors import ContractError

_JSONPATH = jsonpath.JSONPathEnvironment(strict=True)


_ACTION_KEYS = ("target", "description", "update", "remove")


def apply_overlay(document: Document, overlay: Document) -> Document:
    """Return `document` after the actions of the overlay, in order; neither input changes.

    An update of an object is merged into it, one of an array is appended. An array within a merged
    object is replaced, because the array of a revision is the complete array. Null for a key of the
    root changes nothing: so the examples of the specification are written, and no root has one.

    Raises ContractError, at the action's line, if a target is not a JSONPath (RFC 9535) or matches
    nothing.
    """
    actions = overlay.value.get("actions") if isinstance(overlay.value, dict) else None
    if not isinstance(actions, list) or not str(overlay.value.get("overlay", "")).startswith("1."):
        raise ContractError(
            overlay.problem_at("an overlay needs `overlay: 1.x` and a list of actions", "")
        )
    value, positions = copy.deepcopy(document.value), dict(document.positions)
    for index, action in enumerate(actions):
        pointer = pointers.join("/actions", index)
        _check_action(action, overlay, pointer)
        paths = _find_paths(value, action["target"], overlay, f"{pointer}/target")
        if action.get("remove"):
            value = _remove_values(value, paths, overlay, pointer)
        else:
            value = _update_values(value, paths, action.get("update"), overlay, pointer, positions)
    return Document(value=value, positions=positions)


def _check_action(action: Json, overlay: Document, pointer: str) -> None:
    """Raise ContractError for an action without a target and an effect, or with unknown keys."""
    if (
        not isinstance(action, dict)
        or not isinstance(action.get("target"), str)
        or not {"update", "remove"} & action.keys()
    ):
        raise ContractError(
            overlay.problem_at("an action needs a target and one of update, remove", pointer)
        )
    if not isinstance(action.get("remove", False), bool):
        raise ContractError(
            overlay.problem_at("remove is true or false", f"{pointer}/remove", "without quotes")
        )
    for key in action:
        if key not in _ACTION_KEYS and not str(key).startswith("x-"):
            hint = f"Overlay 1.0.0 has {', '.join(_ACTION_KEYS)}"
            message = f"an action has no key {key!r}"
            raise ContractError(overlay.problem_at(message, pointers.join(pointer, key), hint))


def _find_paths(
    value: Json, target: str, overlay: Document, pointer: str
) -> list[tuple[str | int, ...]]:
    """Return the paths that a target matches, each once, the later and the deeper ones first.

    In this order no removal moves what another path names.
    """
    try:
        paths = {tuple(match.parts) for match in _JSONPATH.finditer(target, value)}
    except jsonpath.JSONPathError as error:
        reason = str(error).partition("\n")[0]
        raise ContractError(
            overlay.problem_at(f"the target is not a JSONPath: {reason}", pointer)
        ) from error
    if not paths:
        hint = "the document has changed under the overlay, or the path is misspelled"
        raise ContractError(
            overlay.problem_at(f"the target {target!r} matches nothing", pointer, hint)
        )
    # names and positions are never compared: they stand in different containers
    return sorted(paths, reverse=True)


def _remove_values(
    value: Json, paths: list[tuple[str | int, ...]], overlay: Document, pointer: str
) -> Json:
    for path in paths:
        if not path:
            hint = "name what to remove below it"
            raise ContractError(overlay.problem_at("the root cannot be removed", pointer, hint))
        value = _remove_value_at_path(value, path)
    return value


def _update_values(
    value: Json,
    paths: list[tuple[str | int, ...]],
    update: Json,
    overlay: Document,
    action_pointer: str,
    positions: dict[str, SourcePosition],
) -> Json:
    if update is None:  # nothing but `remove: false`
        return value
    update_pointer = f"{action_pointer}/update"
    if () in paths and isinstance(update, dict):
        update = {key: child for key, child in update.items() if child is not None}
    for path in paths:
        pointer = pointers.join("", *map(str, path))
        old = pointers.get_at_pointer(value, pointer)
        if isinstance(old, dict) != isinstance(update, dict) and not isinstance(old, list):
            message = f"the target at {pointer or '/'} and its update are not both objects"
            raise ContractError(overlay.problem_at(message, update_pointer))
        value = pointers.put_at_pointer(value, pointer, _apply_update(old, update))
        prefix = pointer
        if isinstance(old, list) and not isinstance(update, list):
            prefix = pointers.join(pointer, len(old))
        for child_pointer, _ in pointers.iterate_values(update, prefix):
            positions[child_pointer] = overlay.position_of(
                update_pointer + child_pointer[len(prefix) :]
            ) or positions.get(child_pointer, ("", 0))
    return value


def _apply_update(old: Json, update: Json) -> Json:
    if isinstance(old, list):  # several entries, too (Overlay Specification 1.1.0)
        return [*old, *copy.deepcopy(update if isinstance(update, list) else [update])]
    return _merge(old, update)


def _merge(old: Json, new: Json) -> Json:
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{key: _merge(old.get(key), child) for key, child in new.items()}}
    return copy.deepcopy(new)


def _remove_value_at_path(value: Json, path: tuple[str | int, ...]) -> Json:
    parent_pointer = pointers.join("", *map(str, path[:-1]))
    container = pointers.get_at_pointer(value, parent_pointer)
    if isinstance(container, list):
        index = int(path[-1])
        return pointers.put_at_pointer(
            value, parent_pointer, container[:index] + container[index + 1 :]
        )
    return pointers.remove_at_pointer(value, pointers.join("", *map(str, path)))
