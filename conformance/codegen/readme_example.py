"""The example program in the README of a generated package.

It creates an item and lists all items, with the values of the documented examples.
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.codegen.parameters import MethodArgument
from conformance.codegen.plan import MethodPlan, PackagePlan
from conformance.codegen.source import Code, trust_text, write_literal
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadmeExample:
    """The lines of the program, and the exception that the README shows how to handle."""

    lines: tuple[Code, ...]
    exception: Code

    @property
    def import_names(self) -> Code:
        """Return the names that the program imports."""
        return Code(", ".join(sorted(("Client", self.exception))))


def build_readme_example(package: PackagePlan) -> ReadmeExample:
    """Return the program for a package.

    It calls the first create operation and the first list, or else the first method.
    """
    methods = [method for group in package.groups for method in group.methods]
    create_method = next(
        (
            candidate
            for candidate in methods
            if any(
                resource.create == candidate.operation.id for resource in package.contract.resources
            )
        ),
        None,
    )
    list_method = next(
        (candidate for candidate in methods if candidate.page_plan is not None), None
    )
    shown_methods = [
        candidate for candidate in (create_method, list_method) if candidate is not None
    ] or methods[:1]
    lines = [line for method in shown_methods for line in _write_method_example_lines(method)]
    exceptions = [
        response.exception
        for method in shown_methods
        for response in method.responses
        if response.exception is not None
    ]
    preferred = [name for name in exceptions if name == "NotFound"] or exceptions
    return ReadmeExample(
        lines=tuple(lines),
        exception=preferred[0] if preferred else trust_text("UnsuccessfulResponseError"),
    )


def _write_method_example_lines(method: MethodPlan) -> list[Code]:
    call = _write_example_call(method, method.name)
    if method.page_plan is not None:
        return [
            Code(f"for item in {_write_example_call(method, method.page_plan.method_name)}:"),
            trust_text("    print(item)"),
        ]
    return [Code(f"print({call})")]


def _write_example_call(method: MethodPlan, name: Code) -> Code:
    call_arguments = [
        value
        for argument in method.positional_arguments
        if (value := _write_example_argument_value(method, argument)) is not None
    ]
    call_arguments += [
        Code(f"{argument.name}={value}")
        for argument in method.keyword_arguments
        if argument.required
        and (value := _write_example_argument_value(method, argument)) is not None
    ]
    return Code(f"client.{method.group}.{name}({', '.join(call_arguments)})")


def _write_example_argument_value(method: MethodPlan, argument: MethodArgument) -> Code | None:
    example_value: Json = MISSING
    if argument.location == "body" and method.operation.body is not None:
        examples = list(method.operation.body.examples.values())
        body_example = examples[0] if examples else MISSING
        example_value = (
            body_example
            if not argument.wire_name
            else body_example.get(argument.wire_name, MISSING)
            if isinstance(body_example, dict)
            else MISSING
        )
    else:
        parameter = next(
            (
                candidate
                for candidate in method.operation.parameters
                if candidate.name == argument.wire_name and candidate.location == argument.location
            ),
            None,
        )
        example_value = parameter.examples[0] if parameter and parameter.examples else MISSING
    return write_literal(example_value) if example_value is not MISSING else Code("...")
