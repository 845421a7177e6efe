"""What exists around a mock before the first request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from conformance.contract import schema as schemas
from conformance.contract.contract import Contract


@dataclass(frozen=True, slots=True, kw_only=True)
class MockConfig:
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
    token_scopes: Mapping[str, str] = field(default_factory=dict)
    seed_count: int = 0
    base_path: str | None = None
    permissive: bool = False


def get_base_path(contract: Contract, config: MockConfig) -> str:
    """Return the path under which the mock serves, without a slash at its end."""
    if config.base_path is not None:
        return config.base_path.rstrip("/")
    return urlsplit(contract.servers[0]).path.rstrip("/") if contract.servers else ""


def list_parent_ids(contract: Contract, config: MockConfig, parameter: str) -> tuple[str, ...]:
    """Return the ids that exist for a path parameter."""
    if parameter in config.parents:
        return tuple(str(parent_id) for parent_id in config.parents[parameter])
    parameters = (operation.parameter(parameter) for operation in contract.operations.values())
    return tuple(
        dict.fromkeys(
            str(example) for declared in parameters if declared for example in declared.examples[:1]
        )
    ) or (("1",) if config.permissive else ())


def choose_parent_pairs(
    contract: Contract, parameters: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    """Return for each parent's path parameter two ids that exist: the one asked for or documented,
    and another.
    """
    id_pairs: dict[str, tuple[str, ...]] = {}
    for resource in contract.resources:
        if resource.parent is None:
            continue
        name = resource.parent.parameter
        operation = next(
            contract.operations[operation_id] for operation_id in resource.roles.values()
        )
        parameter = operation.parameter(name)
        first = str(
            parameters.get(name)
            or (parameter.examples[0] if parameter and parameter.examples else "1")
        )
        validator = schemas.compile_validator(
            contract.document, parameter.schema if parameter else {}
        )
        candidates = [first[:-1] + digit for digit in "0123456789abcdef" if digit != first[-1]]
        id_pairs[name] = (
            first,
            next(
                (candidate for candidate in candidates if validator.is_valid(candidate)),
                first + "1",
            ),
        )
    return id_pairs
