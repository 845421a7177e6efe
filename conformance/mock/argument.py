"""The text of one parameter as a typed value that fits its schema."""

from __future__ import annotations

import re
from collections.abc import Callable

from conformance.contract import schema as schemas
from conformance.contract.json import Json
from conformance.contract.operation import Parameter
from conformance.contract.schema import Violation
from conformance.mock.message import decode
from conformance.mock.refusal import Refusal
from conformance.mock.sample import flat, types

Reader = Callable[[str], Json]
BLANK = ""

_INTEGER = re.compile(r"-?[0-9]{1,4000}", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,300}(\.[0-9]{1,300})?([eE][-+]?[0-9]{1,2})?", re.ASCII)


def reader(document: Json, parameter: Parameter) -> Reader:
    """Return a function from a parameter's text to its value; it raises Refusal (400) for a text
    that does not fit.

    Blank text stays blank where the parameter may be empty; a similar spelling (`x-similar`) counts
    as the listed value that it resembles, or as blank.
    """
    name, validator = parameter.name, schemas.compile(document, parameter.schema)
    node = flat(document, parameter.schema)
    # sent in a style of its own, which is not looked into
    if "object" in types(node) and not parameter.media:
        return str
    typed = (
        _decoded
        if parameter.media
        else _listed(document, node)
        if "array" in types(node)
        else _typed(types(node))
    )
    exceptions = {BLANK: BLANK} if parameter.blank else {}
    exceptions |= {
        str(similar): _alike(str(similar), parameter.enum) for similar in parameter.similar
    }

    def read(text: str) -> Json:
        if text in exceptions:
            return exceptions[text]
        try:
            value = typed(text)
        except ValueError as error:
            raise Refusal(400, f"{name}: {error}", parameter=name) from error
        if not validator.is_valid(value):
            violations = tuple(validator.violations(value))
            raise Refusal(
                400, f"{name}: {reason(violations)}", parameter=name, violations=violations
            )
        return value

    return read


def reason(violations: tuple[Violation, ...]) -> str:
    """Return in words what is wrong with a value, first things first."""
    return "; ".join(
        f"{violation.pointer} {violation.message}".strip() for violation in violations[:3]
    )


def typed(document: Json, parameter: Parameter, text: str) -> Json:
    """Return the value that `text` has as an argument, the text itself where it has none of the
    right type.
    """
    try:
        return _typed(types(flat(document, parameter.schema)))(text)
    except ValueError:
        return text


def _alike(similar: str, enum: tuple[Json, ...]) -> Json:
    return next((value for value in enum if str(value).lower() == similar.lower()), BLANK)


def _decoded(text: str) -> Json:
    try:
        return decode(text)
    except ValueError as error:
        raise ValueError(f"not valid JSON: {error}") from error


def _typed(wanted: tuple[str, ...]) -> Callable[[str], Json]:
    for word, convert in (("integer", _integer), ("number", _number), ("boolean", _boolean)):
        if wanted and wanted[0] == word:
            return convert
    return lambda text: text


def _listed(document: Json, node: Json) -> Callable[[str], Json]:
    member = _typed(types(flat(document, node.get("items", {}))))
    return lambda text: [member(part) for part in text.split(",")] if text else []


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise ValueError(f"{text!r} is not an integer")
    return int(text)


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text!r} is not a number")
    return int(text) if _INTEGER.fullmatch(text) else float(text)


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text == "true"
