"""Parameters that disable other parameters."""

from __future__ import annotations

from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.precedence import DisablesOtherParameters
from conformance.mock.part import MockPart, Override


def build_overridden_argument_removers(
    contract: Contract, operation: Operation, behavior: DisablesOtherParameters
) -> tuple[Override, ...]:
    """Return the function that removes disabled arguments from a mapping of arguments."""
    return (build_overridden_argument_remover(behavior.parameter, behavior.overridden_parameters),)


def build_overridden_argument_remover(parameter: str, disables: tuple[str, ...]) -> Override:
    """Return a function that removes arguments beside a parameter."""

    def disable_arguments(arguments: dict[str, Json]) -> None:
        if parameter in arguments:
            for name in disables:
                arguments.pop(name, None)

    return disable_arguments


PART = MockPart(build_overrides=build_overridden_argument_removers)
