"""Identities that do not exist, of a shape that any server takes for an identity."""

from __future__ import annotations

import hashlib
import re

from conformance.checks import drawing
from conformance.checks.check import Setting
from conformance.checks.exchange import Undecidable
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.reference import inline


def unknown(setting: Setting, operation: Operation, name: str) -> Json:
    """Return a value for path parameter `name` that nothing on any server should have."""
    parameter = operation.parameter(name)
    schema = inline(setting.contract.document, parameter.schema) if parameter else {}
    digest = hashlib.sha256(f"{setting.seed}/{name}".encode()).hexdigest()
    if schema.get("type") == "integer":
        return 1_900_000_000 + int(digest[:6], 16)
    if schema.get("format") == "uuid":
        return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"
    size = re.search(r"\{(\d+)\}\$?$", schema.get("pattern", ""))
    guess = "f" + digest[: (int(size[1]) if size else 24) - 1]
    if setting.validator(schema).is_valid(guess):
        return guess
    return drawing.draw(drawing.value(schema), f"{setting.seed}/{name}", 3)


def unknown_arguments(
    setting: Setting, operation: Operation, parent: bool | None = None
) -> dict[str, Json]:
    """Return the arguments that name something unknown: the item where the operation is on one,
    else the parent (or as `parent` says).
    """
    resource = setting.resource
    on_item = operation.id in resource.on_items and resource.key is not None
    if resource.key is not None and on_item and parent is not True:
        return {resource.key: unknown(setting, operation, resource.key)}
    if resource.parent is None:
        raise Undecidable("nothing in the path could be unknown")
    return {resource.parent.parameter: unknown(setting, operation, resource.parent.parameter)}
