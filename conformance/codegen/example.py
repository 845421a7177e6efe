"""The script that a package's README shows: it makes something, reads it back and lists what there
is, with the values of the documented examples.
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.codegen.binding import Argument
from conformance.codegen.plan import Method, Package
from conformance.codegen.source import Code, literal, trusted
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Lines of a script, and the exceptions they name."""

    lines: tuple[Code, ...]
    failure: Code

    @property
    def imported(self) -> Code:
        """Return the names that the script imports."""
        return Code(", ".join(sorted(("Client", self.failure))))


def example(package: Package) -> Example:
    """Return the script for a package: its first creation and its first list, or its first
    method.
    """
    methods = [method for group in package.groups for method in group.methods]
    made = next(
        (
            one
            for one in methods
            if any(resource.create == one.operation.id for resource in package.contract.resources)
        ),
        None,
    )
    listed = next((one for one in methods if one.walk is not None), None)
    shown = [one for one in (made, listed) if one is not None] or methods[:1]
    lines = [line for method in shown for line in _lines(method)]
    found = [
        outcome.error
        for method in shown
        for outcome in method.outcomes
        if outcome.error is not None
    ]
    failures = [one for one in found if one == "NotFound"] or found
    return Example(lines=tuple(lines), failure=failures[0] if failures else trusted("AnswerError"))


def _lines(method: Method) -> list[Code]:
    call = _call(method, method.name)
    if method.walk is not None:
        return [Code(f"for item in {_call(method, method.walk.name)}:"), trusted("    print(item)")]
    return [Code(f"print({call})")]


def _call(method: Method, name: Code) -> Code:
    given = [
        value for argument in method.positional if (value := _value(method, argument)) is not None
    ]
    given += [
        Code(f"{argument.name}={value}")
        for argument in method.options
        if argument.required and (value := _value(method, argument)) is not None
    ]
    return Code(f"client.{method.group}.{name}({', '.join(given)})")


def _value(method: Method, argument: Argument) -> Code | None:
    found: Json = MISSING
    if argument.location == "body" and method.operation.body is not None:
        examples = list(method.operation.body.examples.values())
        whole = examples[0] if examples else MISSING
        found = (
            whole
            if not argument.wire
            else whole.get(argument.wire, MISSING)
            if isinstance(whole, dict)
            else MISSING
        )
    else:
        parameter = next(
            (
                one
                for one in method.operation.parameters
                if one.name == argument.wire and one.location == argument.location
            ),
            None,
        )
        found = parameter.examples[0] if parameter and parameter.examples else MISSING
    return literal(found) if found is not MISSING else Code("...")
