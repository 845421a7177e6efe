"""Arguments that violate one keyword of a parameter's schema and nothing else of it."""

from __future__ import annotations

from conformance.checks.body_templates import get_maker
from conformance.checks.check import CheckContext
from conformance.contract.equality import json_equal
from conformance.contract.json import Json
from conformance.contract.operation import Parameter
from conformance.values.invalid import list_invalid

MAX_ARGUMENTS = 2


def list_invalid_arguments(context: CheckContext, parameter: Parameter, keyword: str) -> list[Json]:
    """Return up to two invalid arguments.

    Arguments travel as text: what would be valid as text, such as 19 for a string, is left out, and
    so are values that the contract names as similar to valid ones.
    """
    maker = get_maker(parameter.schema, None)
    values = [
        value
        for value in list_invalid(maker, keyword, f"{context.seed}/{parameter.name}", count=8)
        if not any(json_equal(value, similar) for similar in parameter.similar_values)
        and (isinstance(value, list | dict) or not maker.validator.is_valid(str(value)))
    ]
    return values[:MAX_ARGUMENTS]
