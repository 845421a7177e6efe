"""Where requests go, and what shows who asks: servers and security schemes."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.codegen import naming
from conformance.codegen.binding import carried
from conformance.codegen.refusal import refusal
from conformance.codegen.source import Code, identifier
from conformance.contract import pointer as pointers
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.pointer import join
from conformance.contract.reference import resolve


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """A way to show who asks; `arguments` are the client's, `prefix` stands before the value
    (`Bearer `).
    """

    name: str
    kind: str
    location: str
    wire: str
    argument: Code
    text: str


def schemes(contract: Contract) -> tuple[Scheme, ...]:
    """Return the ways to show who asks that a document declares; raises ContractError for one that
    no client could go.
    """
    found = []
    scope = naming.Scope(
        {"self", "base_url", "retries", "timeout", "headers", "http_client", "sleep"}
    )
    nodes = contract.document.get("components", {}).get("securitySchemes", {})
    shared: dict[str, str] = {}
    for name, given in nodes.items():
        node, at = resolve(contract.document, given, join("/components/securitySchemes", name))
        text = " ".join(str(node.get("description", "")).split())
        match node.get("type"), str(node.get("scheme", "")).lower():
            case ("http", "bearer") | ("oauth2" | "openIdConnect", _):
                kind, place, wire, argument = "bearer", "header", "authorization", "token"
            case "http", "basic":
                kind, place, wire, argument = "basic", "header", "authorization", "basic"
            case "http", _:
                kind, place, wire, argument = "plain", "header", "authorization", "authorization"
            case "apiKey", _:
                kind, place, wire, argument = "plain", node["in"], node["name"], "api_key"
                if place != "query":
                    carried(wire, at, contract)
            case "mutualTLS", _:
                continue  # a matter of http_client=
            case kind, _:
                raise refusal(f"a security scheme of type {str(kind)[:40]}", at, contract)
        shown = (
            shared[argument]
            if argument in shared and kind == "bearer"
            else scope.give(argument if argument not in shared else naming.snake(name, argument))
        )
        shared.setdefault(argument, shown)
        found.append(
            Scheme(
                name=name,
                kind=kind,
                location=place,
                wire=wire.lower() if place == "header" else wire,
                argument=identifier(shown),
                text=text,
            )
        )
    return tuple(found)


def alternatives(operation: Operation, contract: Contract) -> tuple[tuple[str, ...], ...]:
    """Return the security requirements of an operation, any one of which suffices, each as the
    names of schemes that go together.
    """
    node = pointers.get(contract.document, operation.pointer)
    requirements = node.get("security", contract.document.get("security", ()))
    return tuple(
        tuple(sorted(one)) for one in dict.fromkeys(frozenset(one) for one in requirements)
    )


def server(contract: Contract) -> str | None:
    """Return the URL of the first documented server, variables at their defaults."""
    servers = contract.document.get("servers", ())
    return _url(servers[0]) if servers else None


def own_server(operation: Operation, contract: Contract) -> str | None:
    """Return the URL of a server that an operation or its path has to itself."""
    node = pointers.get(contract.document, operation.pointer)
    above = pointers.get(contract.document, pointers.parent(operation.pointer))
    servers = node.get("servers") or above.get("servers")
    return _url(servers[0]) if servers else None


def _url(node: Json) -> str:
    url = str(node.get("url", ""))
    for name, variable in node.get("variables", {}).items():
        url = url.replace("{" + name + "}", str(variable.get("default", "")))
    return url.rstrip("/")
