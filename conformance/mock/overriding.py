"""Parameters that take the effect of others away."""

from __future__ import annotations

from collections.abc import Callable

from conformance.contract.json import Json
from conformance.contract.overriding import Overrides

Override = Callable[[dict[str, Json]], None]


def overriding(behaviours: tuple[Overrides, ...]) -> tuple[Override, ...]:
    """Return functions that take disabled arguments out of those in force."""
    return tuple(_override(behaviour.parameter, behaviour.disables) for behaviour in behaviours)


def _override(parameter: str, disables: tuple[str, ...]) -> Override:
    def disable(arguments: dict[str, Json]) -> None:
        if parameter in arguments:
            for name in disables:
                arguments.pop(name, None)

    return disable
