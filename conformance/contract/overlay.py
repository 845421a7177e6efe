"""OpenAPI Overlays (Overlay Specification 1.0.0), applied strictly: nothing matched is an error,
arrays are replaced.
"""

from __future__ import annotations

import copy

import jsonpath

from conformance.contract import pointer as pointers
from conformance.contract.document import Document, Place
from conformance.contract.json import Json
from conformance.errors import ContractError

_PATHS = jsonpath.JSONPathEnvironment(strict=True)


def apply(document: Document, overlay: Document) -> Document:
    """Return `document` with the overlay's actions carried out in order; neither input changes.

    Objects merge, anything else is replaced (the specification would append to arrays: a revision
    says what the edition's list is). Raises ContractError, at the action's line, for a target that
    is no JSONPath (RFC 9535) or matches nothing.
    """
    actions = overlay.value.get("actions") if isinstance(overlay.value, dict) else None
    if not isinstance(actions, list) or not str(overlay.value.get("overlay", "")).startswith("1."):
        raise ContractError(
            overlay.problem("an overlay needs `overlay: 1.x` and a list of actions", "")
        )
    value, places = copy.deepcopy(document.value), dict(document.places)
    for index, action in enumerate(actions):
        value = _act(value, action, overlay, pointers.join("/actions", index), places)
    return Document(value=value, places=places)


def _act(value: Json, action: Json, overlay: Document, at: str, places: dict[str, Place]) -> Json:
    if (
        not isinstance(action, dict)
        or not isinstance(action.get("target"), str)
        or not {"update", "remove"} & action.keys()
    ):
        raise ContractError(
            overlay.problem("an action needs a target and one of update, remove", at)
        )
    try:
        matches = list(_PATHS.finditer(action["target"], value))
    except jsonpath.JSONPathError as error:
        raise ContractError(
            overlay.problem(f"the target is not a JSONPath: {error}", f"{at}/target")
        ) from error
    if not matches:
        hint = "the document has changed under the overlay, or the path is misspelt"
        raise ContractError(
            overlay.problem(
                f"the target {action['target']!r} matches nothing", f"{at}/target", hint
            )
        )
    found = [[str(part) for part in match.parts] for match in matches]
    if action.get("remove") is True:
        for way in reversed(found):
            value = _removed(value, way)
    if "update" in action:
        for way in found:
            pointer = pointers.join("", *way)
            value = pointers.put(
                value, pointer, _merged(pointers.get(value, pointer), action["update"])
            )
            for below, _ in pointers.walk(action["update"], pointer):
                places[below] = overlay.place(f"{at}/update" + below[len(pointer) :]) or places.get(
                    below, ("", 0)
                )
    return value


def _merged(old: Json, new: Json) -> Json:
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{key: _merged(old.get(key), child) for key, child in new.items()}}
    return copy.deepcopy(new)


def _removed(value: Json, way: list[str]) -> Json:
    above = pointers.join("", *way[:-1])
    container = pointers.get(value, above)
    if isinstance(container, list):
        index = int(way[-1])
        return pointers.put(value, above, container[:index] + container[index + 1 :])
    return pointers.drop(value, pointers.join("", *way))
