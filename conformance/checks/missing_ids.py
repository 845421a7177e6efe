"""Generate ids that do not exist but have a form that the server accepts as an id."""

from __future__ import annotations

import hashlib
import re

from conformance.checks.body_templates import get_maker, make_value
from conformance.checks.cause import Cause
from conformance.checks.check import CheckContext
from conformance.checks.exchange import InconclusiveError
from conformance.contract.json import Json
from conformance.contract.operation import Operation


def make_nonexistent_id(context: CheckContext, operation: Operation, name: str) -> Json:
    """Return a value of path parameter `name` that no item on any server should have."""
    parameter = operation.parameter(name)
    schema = parameter.schema if parameter else context.contract.get_schema({})
    digest = hashlib.sha256(f"{context.seed}/{name}".encode()).hexdigest()
    if schema.types == ("integer",):
        return 1_900_000_000 + int(digest[:6], 16)
    if schema.get("format") == "uuid":
        return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"
    length_match = re.search(r"\{(\d+)\}\$?$", schema.get("pattern", ""))
    guess = "f" + digest[: (int(length_match[1]) if length_match else 24) - 1]
    if schema.is_valid(guess):
        return guess
    maker = get_maker(schema, None)
    return make_value(maker, f"{context.seed}/{name}#missing")


def make_nonexistent_id_arguments(
    context: CheckContext, operation: Operation, parent: bool | None = None
) -> dict[str, Json]:
    """Return arguments with an unknown id.

    It is the id of the item if the operation is on an item, else that of the parent. If `parent` is
    true, it is always that of the parent. Raises InconclusiveError if the path has neither.
    """
    resource = context.resource
    names_item = operation.id in resource.item_operation_ids and resource.id_parameter is not None
    if resource.id_parameter is not None and names_item and parent is not True:
        return {
            resource.id_parameter: make_nonexistent_id(context, operation, resource.id_parameter)
        }
    if resource.parent is None:
        raise InconclusiveError("nothing in the path could be unknown", Cause.NO_WAY)
    return {
        resource.parent.parameter: make_nonexistent_id(
            context, operation, resource.parent.parameter
        )
    }
