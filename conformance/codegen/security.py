"""Servers and security schemes of generated clients."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.codegen import naming
from conformance.codegen.generation_error import make_generation_error
from conformance.codegen.parameters import check_header_safe
from conformance.codegen.source import Code, write_identifier
from conformance.contract import pointer as pointers
from conformance.contract.contract import Contract
from conformance.contract.location import ParameterLocation
from conformance.contract.operation import Operation
from conformance.contract.server import ApiServer


@dataclass(frozen=True, slots=True, kw_only=True)
class SecuritySchemePlan:
    """How a client authenticates; `argument` is its argument that takes the credential.

    The credential stands after `prefix` in the header, query parameter or cookie `wire_name`. That
    of an `is_basic` scheme is a name and a password.
    """

    name: str
    prefix: str
    is_basic: bool
    location: str
    wire_name: str
    argument: Code
    description: str


def read_security_schemes(contract: Contract) -> tuple[SecuritySchemePlan, ...]:
    """Return the security schemes of a document that an argument of the client is for.

    Certificates are configured in the HTTP client. Raises ContractError for a scheme that no client
    can support.
    """
    plans = []
    scope = naming.NameScope(
        {"self", "base_url", "retries", "timeout", "headers", "http_client", "sleep"}
    )
    argument_names: dict[str, str] = {}
    for scheme in contract.security_schemes.values():
        if scheme.mutual_tls:
            continue
        if scheme.unspeakable:
            raise make_generation_error(scheme.unspeakable, scheme.pointer, contract)
        node = pointers.get_at_pointer(contract.document, scheme.pointer)
        is_token = scheme.field == "Authorization" and not scheme.is_basic
        default_argument = "basic" if scheme.is_basic else "token" if is_token else "api_key"
        if scheme.location is not ParameterLocation.QUERY:
            check_header_safe(scheme.field, scheme.pointer, contract)
        argument_name = (
            argument_names[default_argument]
            if default_argument in argument_names and is_token
            else scope.allocate(
                default_argument
                if default_argument not in argument_names
                else naming.to_snake_case(scheme.name, default_argument)
            )
        )
        argument_names.setdefault(default_argument, argument_name)
        is_header = scheme.location is ParameterLocation.HEADER
        plans.append(
            SecuritySchemePlan(
                name=scheme.name,
                prefix=scheme.prefix,
                is_basic=scheme.is_basic,
                location=str(scheme.location),
                wire_name=scheme.field.lower() if is_header else scheme.field,
                argument=write_identifier(argument_name),
                description=" ".join(str(node.get("description", "")).split()),
            )
        )
    return tuple(plans)


def get_security_requirements(
    operation: Operation, contract: Contract
) -> tuple[tuple[str, ...], ...]:
    """Return the alternative security requirements of an operation.

    Each one is the names of the schemes that must be used together.
    """
    return tuple(
        dict.fromkeys(
            tuple(sorted(requirement.scopes_by_scheme)) for requirement in operation.security
        )
    )


def get_server_url(contract: Contract) -> str | None:
    """Return the URL of the first documented server, or None if it is relative or missing."""
    return _get_absolute_url(contract.api_servers)


def get_operation_server_url(operation: Operation, contract: Contract) -> str | None:
    """Return the URL of the server that an operation or its path declares, or None."""
    return _get_absolute_url(contract.own_servers.get(operation.id, ()))


def _get_absolute_url(servers: tuple[ApiServer, ...]) -> str | None:
    """Return the first URL; a relative one says nothing, because nobody knows the document's."""
    url = servers[0].url.rstrip("/") if servers else ""
    return url if "://" in url else None
