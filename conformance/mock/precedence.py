"""Parameters that disable other parameters."""

from __future__ import annotations

from collections.abc import Callable

from conformance.contract.json import Json
from conformance.contract.precedence import DisablesOtherParameters

Override = Callable[[dict[str, Json]], None]


def build_overridden_argument_removers(
    behaviors: tuple[DisablesOtherParameters, ...],
) -> tuple[Override, ...]:
    """Return functions that remove disabled arguments from a mapping of arguments."""
    return tuple(
        _build_overridden_argument_remover(behavior.parameter, behavior.overridden_parameters)
        for behavior in behaviors
    )


def _build_overridden_argument_remover(parameter: str, disables: tuple[str, ...]) -> Override:
    def disable_arguments(arguments: dict[str, Json]) -> None:
        if parameter in arguments:
            for name in disables:
                arguments.pop(name, None)

    return disable_arguments
