"""Servers and security schemes of generated clients."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.codegen import naming
from conformance.codegen.generation_error import make_generation_error
from conformance.codegen.parameters import check_header_safe
from conformance.codegen.source import Code, write_identifier
from conformance.contract import pointer as pointers
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.pointer import join
from conformance.contract.reference import resolve_reference


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityScheme:
    """A way to authenticate; `argument` is the argument of the client that takes the credential."""

    name: str
    kind: str
    location: str
    wire_name: str
    argument: Code
    description: str


def read_security_schemes(contract: Contract) -> tuple[SecurityScheme, ...]:
    """Return the security schemes of a document.

    Raises ContractError for a scheme that no client can support.
    """
    security_schemes = []
    scope = naming.NameScope(
        {"self", "base_url", "retries", "timeout", "headers", "http_client", "sleep"}
    )
    nodes = contract.document.get("components", {}).get("securitySchemes", {})
    argument_names: dict[str, str] = {}
    for name, raw_node in nodes.items():
        node, pointer = resolve_reference(
            contract.document, raw_node, join("/components/securitySchemes", name)
        )
        description = " ".join(str(node.get("description", "")).split())
        match node.get("type"), str(node.get("scheme", "")).lower():
            case ("http", "bearer") | ("oauth2" | "openIdConnect", _):
                kind, location, wire_name, default_argument = (
                    "bearer",
                    "header",
                    "authorization",
                    "token",
                )
            case "http", "basic":
                kind, location, wire_name, default_argument = (
                    "basic",
                    "header",
                    "authorization",
                    "basic",
                )
            case "http", _:
                kind, location, wire_name, default_argument = (
                    "plain",
                    "header",
                    "authorization",
                    "authorization",
                )
            case "apiKey", _:
                kind, location, wire_name, default_argument = (
                    "plain",
                    node["in"],
                    node["name"],
                    "api_key",
                )
                if location != "query":
                    check_header_safe(wire_name, pointer, contract)
            case "mutualTLS", _:
                continue  # certificates are configured in the HTTP client (http_client=)
            case kind, _:
                raise make_generation_error(
                    f"a security scheme of type {str(kind)[:40]}", pointer, contract
                )
        argument_name = (
            argument_names[default_argument]
            if default_argument in argument_names and kind == "bearer"
            else scope.allocate(
                default_argument
                if default_argument not in argument_names
                else naming.to_snake_case(name, default_argument)
            )
        )
        argument_names.setdefault(default_argument, argument_name)
        security_schemes.append(
            SecurityScheme(
                name=name,
                kind=kind,
                location=location,
                wire_name=wire_name.lower() if location == "header" else wire_name,
                argument=write_identifier(argument_name),
                description=description,
            )
        )
    return tuple(security_schemes)


def get_security_requirements(
    operation: Operation, contract: Contract
) -> tuple[tuple[str, ...], ...]:
    """Return the alternative security requirements of an operation.

    Each one is the names of the schemes that must be used together.
    """
    node = pointers.get_at_pointer(contract.document, operation.pointer)
    requirements = node.get("security", contract.document.get("security", ()))
    return tuple(
        tuple(sorted(scheme_names))
        for scheme_names in dict.fromkeys(frozenset(requirement) for requirement in requirements)
    )


def get_server_url(contract: Contract) -> str | None:
    """Return the URL of the first documented server, with the defaults of its variables."""
    servers = contract.document.get("servers", ())
    return _expand_server_url(servers[0]) if servers else None


def get_operation_server_url(operation: Operation, contract: Contract) -> str | None:
    """Return the URL of the server that an operation or its path declares, or None."""
    node = pointers.get_at_pointer(contract.document, operation.pointer)
    path_item = pointers.get_at_pointer(contract.document, pointers.parent(operation.pointer))
    servers = node.get("servers") or path_item.get("servers")
    return _expand_server_url(servers[0]) if servers else None


def _expand_server_url(node: Json) -> str:
    url = str(node.get("url", ""))
    for name, variable in node.get("variables", {}).items():
        url = url.replace("{" + name + "}", str(variable.get("default", "")))
    return url.rstrip("/")
