"""Configuration of a mock: parents, credentials, seed data and base path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from conformance.contract.contract import Contract


@dataclass(frozen=True, slots=True, kw_only=True)
class MockConfig:
    """The configuration of a mock.

    `parents` maps a path parameter to the ids that exist. For a parameter without an entry, the
    documented example exists.

    `token_scopes` maps a token to its only scope. `tokens` holds the tokens that are valid for
    every operation, whatever the security scheme (`name:password` for basic authentication), and
    `credentials` the secret of a scheme by its name. If neither is given, every secret is valid.
    `other_tokens` are the tokens of a second user, which are valid as well.

    `seed_count` items of each resource exist at the start, under the first parent. `base_path` is
    the path of the server URL, by default that of the first documented server.

    `permissive` is meant for contracts that are only inferred. Parents without a documented id get
    the id `1`, every other parent exists as well, and a create operation keeps the id that was
    sent.
    """

    parents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tokens: frozenset[str] | None = None
    credentials: Mapping[str, str] = field(default_factory=dict)
    other_tokens: frozenset[str] = frozenset()
    token_scopes: Mapping[str, str] = field(default_factory=dict)
    seed_count: int = 0
    base_path: str | None = None
    permissive: bool = False


def get_base_path(contract: Contract, config: MockConfig) -> str:
    """Return the path prefix of all operations, without a trailing slash."""
    if config.base_path is not None:
        return config.base_path.rstrip("/")
    return contract.base_path


def get_operation_base_path(contract: Contract, config: MockConfig, operation: str) -> str:
    """Return the path prefix of an operation, which may have a server of its own."""
    own_servers = contract.own_servers.get(operation)
    if own_servers is None or config.base_path is not None:
        return get_base_path(contract, config)
    return own_servers[0].base_path


def list_existing_parent_ids(
    contract: Contract, config: MockConfig, parameter: str
) -> tuple[str, ...]:
    """Return the ids that exist for a path parameter of a parent."""
    if parameter in config.parents:
        return tuple(str(parent_id) for parent_id in config.parents[parameter])
    parameters = (operation.parameter(parameter) for operation in contract.operations.values())
    return tuple(
        dict.fromkeys(
            str(example) for declared in parameters if declared for example in declared.examples[:1]
        )
    ) or (("1",) if config.permissive else ())


def choose_two_ids_per_parent_parameter(
    contract: Contract, parameters: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    """Return two existing ids for the path parameter of each parent.

    The first is the id in `parameters`, else the documented example. The second is another id that
    fits the parameter's schema.
    """
    id_pairs: dict[str, tuple[str, ...]] = {}
    for resource in contract.resources:
        if resource.parent is None:
            continue
        name = resource.parent.parameter
        operation = next(
            contract.operations[operation_id]
            for operation_id in resource.operation_ids_by_role.values()
        )
        parameter = operation.parameter(name)
        first = str(
            parameters.get(name)
            or (parameter.examples[0] if parameter and parameter.examples else "1")
        )
        validator = (parameter.schema if parameter else contract.get_schema({})).compile()
        candidates = [first[:-1] + digit for digit in "0123456789abcdef" if digit != first[-1]]
        id_pairs[name] = (
            first,
            next(
                (candidate for candidate in candidates if validator.is_valid(candidate)),
                first + "1",
            ),
        )
    return id_pairs
