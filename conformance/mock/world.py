"""What exists around a mock before the first request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from conformance.contract import schema as schemas
from conformance.contract.contract import Contract


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Parents, credentials, seed data and base path.

    `parents` leads from a path parameter to the ids that exist (those not named: the documented
    example). With `tokens` None, any token that `scoped` does not name is good for everything; else
    only `tokens` are, and those in `scoped` (token → its one scope). `seeds` items of each resource
    exist at the start, in the first parent. `base` is the path of the server's URL (None: that of
    the first documented server). In an `open` world, that of a contract which is only guessed,
    every parent exists, a creation keeps the identity that it is sent, and where several security
    schemes are documented none is asked for.
    """

    parents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tokens: frozenset[str] | None = None
    scoped: Mapping[str, str] = field(default_factory=dict)
    seeds: int = 0
    base: str | None = None
    open: bool = False


def base(contract: Contract, world: World) -> str:
    """Return the path under which the mock serves, without a slash at its end."""
    if world.base is not None:
        return world.base.rstrip("/")
    return urlsplit(contract.servers[0]).path.rstrip("/") if contract.servers else ""


def parents(contract: Contract, world: World, parameter: str) -> tuple[str, ...]:
    """Return the ids that exist for a path parameter."""
    if parameter in world.parents:
        return tuple(str(id) for id in world.parents[parameter])
    found = (operation.parameter(parameter) for operation in contract.operations.values())
    return tuple(
        dict.fromkeys(str(example) for one in found if one for example in one.examples[:1])
    ) or (("1",) if world.open else ())


def pairs(contract: Contract, parameters: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return for each parent's path parameter two ids that exist: the one asked for or documented,
    and another.
    """
    found: dict[str, tuple[str, ...]] = {}
    for resource in contract.resources:
        if resource.parent is None:
            continue
        name = resource.parent.parameter
        operation = next(contract.operations[id] for id in resource.roles.values())
        parameter = operation.parameter(name)
        first = str(
            parameters.get(name)
            or (parameter.examples[0] if parameter and parameter.examples else "1")
        )
        validator = schemas.compile(contract.document, parameter.schema if parameter else {})
        typed = [first[:-1] + end for end in "0123456789abcdef" if end != first[-1]]
        found[name] = (first, next((one for one in typed if validator.is_valid(one)), first + "1"))
    return found
