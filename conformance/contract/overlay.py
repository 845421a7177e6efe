"""OpenAPI Overlays (Overlay Specification 1.0.0), applied strictly.

A target that matches nothing is an error, and arrays are replaced.
"""

from __future__ import annotations

import copy

import jsonpath

from conformance.contract import pointer as pointers
from conformance.contract.document import Document, SourcePosition
from conformance.contract.json import Json
from conformance.errors import ContractError

_JSONPATH = jsonpath.JSONPathEnvironment(strict=True)


def apply_overlay(document: Document, overlay: Document) -> Document:
    """Return `document` after the actions of the overlay, in order; neither input changes.

    Objects are merged, and any other value is replaced. The specification appends to arrays
    instead, but the array of a revision is the complete array.

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
        value = _apply_overlay_action(
            value, action, overlay, pointers.join("/actions", index), positions
        )
    return Document(value=value, positions=positions)


def _apply_overlay_action(
    value: Json,
    action: Json,
    overlay: Document,
    action_pointer: str,
    positions: dict[str, SourcePosition],
) -> Json:
    if (
        not isinstance(action, dict)
        or not isinstance(action.get("target"), str)
        or not {"update", "remove"} & action.keys()
    ):
        raise ContractError(
            overlay.problem_at("an action needs a target and one of update, remove", action_pointer)
        )
    try:
        matches = list(_JSONPATH.finditer(action["target"], value))
    except jsonpath.JSONPathError as error:
        raise ContractError(
            overlay.problem_at(f"the target is not a JSONPath: {error}", f"{action_pointer}/target")
        ) from error
    if not matches:
        hint = "the document has changed under the overlay, or the path is misspelled"
        raise ContractError(
            overlay.problem_at(
                f"the target {action['target']!r} matches nothing", f"{action_pointer}/target", hint
            )
        )
    paths = [[str(part) for part in match.parts] for match in matches]
    if action.get("remove") is True:
        for path in reversed(paths):
            value = _remove_value_at_path(value, path)
    if "update" in action:
        for path in paths:
            pointer = pointers.join("", *path)
            value = pointers.put_at_pointer(
                value,
                pointer,
                _merge_overlay_update(pointers.get_at_pointer(value, pointer), action["update"]),
            )
            for child_pointer, _ in pointers.iterate_values(action["update"], pointer):
                positions[child_pointer] = overlay.position_of(
                    f"{action_pointer}/update" + child_pointer[len(pointer) :]
                ) or positions.get(child_pointer, ("", 0))
    return value


def _merge_overlay_update(old: Json, new: Json) -> Json:
    if isinstance(old, dict) and isinstance(new, dict):
        return {
            **old,
            **{key: _merge_overlay_update(old.get(key), child) for key, child in new.items()},
        }
    return copy.deepcopy(new)


def _remove_value_at_path(value: Json, path: list[str]) -> Json:
    parent_pointer = pointers.join("", *path[:-1])
    container = pointers.get_at_pointer(value, parent_pointer)
    if isinstance(container, list):
        index = int(path[-1])
        return pointers.put_at_pointer(
            value, parent_pointer, container[:index] + container[index + 1 :]
        )
    return pointers.remove_at_pointer(value, pointers.join("", *path))
