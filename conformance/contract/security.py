"""Security schemes and requirements of a document (OpenAPI 3.1, 4.8.27 and 4.8.30).

A scheme says in which place of a request its credential travels; a requirement names the schemes
that a request must satisfy together. An operation has alternative requirements.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from conformance.contract.document import Document
from conformance.contract.json import Json
from conformance.contract.location import ParameterLocation
from conformance.contract.pointer import join
from conformance.contract.reference import resolve_reference
from conformance.errors import ContractError, Problem

# http schemes that need a handshake: no credential can simply be sent (IANA, HTTP Authentication)
HANDSHAKE_SCHEMES = frozenset(
    ("digest", "hoba", "mutual", "negotiate", "scram-sha-1", "scram-sha-256", "gnap", "dpop")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityScheme:
    """A way to authenticate.

    The credential travels in the header, query parameter or cookie `field`, after `prefix` (such
    as `Bearer `, or nothing). A `mutual_tls` scheme has none: the client shows a certificate.
    `unspeakable` is the reason why no credential of this scheme can be sent; empty if it can.
    """

    name: str
    location: ParameterLocation
    field: str
    prefix: str
    pointer: str
    is_basic: bool = False
    mutual_tls: bool = False
    unspeakable: str = ""

    @property
    def challenge(self) -> str:
        """Return the challenge of a 401 (RFC 9110, 11.6.1); an API key has a name of our own."""
        scheme = self.prefix.strip() or "ApiKey"
        if self.is_basic:
            return 'Basic realm="api", charset="UTF-8"'  # RFC 7617, 2: it must name a realm
        return scheme if scheme != "ApiKey" else f'ApiKey {self.location}="{self.field}"'


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityRequirement:
    """Schemes that a request must satisfy together, each with the scopes that it needs."""

    scopes_by_scheme: Mapping[str, tuple[str, ...]]

    @property
    def scopes(self) -> tuple[str, ...]:
        """Return the scopes of all schemes."""
        return tuple(scope for scopes in self.scopes_by_scheme.values() for scope in scopes)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeHierarchy:
    """Which scopes grant others, too (`x-scopes`, `includes`)."""

    included: Mapping[str, tuple[str, ...]]

    def list_granted(self, scope: str) -> frozenset[str]:
        """Return a scope and all that it includes, directly or by others."""
        granted, waiting = set[str](), [scope]
        while waiting:
            current = waiting.pop()
            if current not in granted:
                granted.add(current)
                waiting += self.included.get(current, ())
        return frozenset(granted)

    def is_sufficient(self, scope: str, requirements: Iterable[SecurityRequirement]) -> bool:
        """Tell whether a credential with this scope alone satisfies one of the requirements."""
        granted = self.list_granted(scope)
        return any(set(requirement.scopes) <= granted for requirement in requirements)


def parse_security_schemes(document: Document) -> dict[str, SecurityScheme]:
    """Return the security schemes of a document by name.

    Raises ContractError for an apiKey whose place is unknown, or a prefix that is no text.
    """
    schemes: dict[str, SecurityScheme] = {}
    problems: list[Problem] = []
    nodes = document.value.get("components", {}).get("securitySchemes", {})
    for name, raw_node in nodes.items():
        node, pointer = resolve_reference(
            document.value, raw_node, join("/components/securitySchemes", name)
        )
        prefix = node.get("x-prefix")
        if prefix is not None and (not isinstance(prefix, str) or not prefix.isprintable()):
            problems.append(
                document.problem_at(
                    f"the x-prefix of the security scheme {name} is no text",
                    join(pointer, "x-prefix"),
                    'write what stands before the credential, such as "Token "',
                )
            )
            continue
        schemes[name] = _parse_security_scheme(name, node, pointer)
    if problems:
        raise ContractError(*problems)
    return schemes


def _parse_security_scheme(name: str, node: Json, pointer: str) -> SecurityScheme:
    prefix = node.get("x-prefix")
    kind = node.get("type")
    if kind == "apiKey":
        return SecurityScheme(
            name=name,
            location=ParameterLocation(node["in"]),
            field=node["name"],
            prefix=prefix or "",
            pointer=pointer,
        )
    http_scheme = str(node.get("scheme", "bearer")) if kind == "http" else "bearer"
    spelled = {"bearer": "Bearer", "basic": "Basic"}.get(http_scheme.lower(), http_scheme)
    return SecurityScheme(
        name=name,
        location=ParameterLocation.HEADER,
        field="Authorization",
        prefix=prefix if prefix is not None else f"{spelled} ",
        pointer=pointer,
        is_basic=http_scheme.lower() == "basic",
        mutual_tls=kind == "mutualTLS",
        unspeakable=(
            f"the security scheme {name} ({http_scheme}) needs a handshake that is not spoken here"
            if http_scheme.lower() in HANDSHAKE_SCHEMES
            else ""
        ),
    )


def parse_security_requirements(security: Json) -> tuple[SecurityRequirement, ...]:
    """Return the alternatives of a `security` keyword, without the empty one."""
    return tuple(
        SecurityRequirement(
            scopes_by_scheme={name: tuple(scopes) for name, scopes in requirement.items()}
        )
        for requirement in security or ()
        if requirement
    )


def parse_scope_hierarchy(document: Document) -> ScopeHierarchy:
    """Return the hierarchy of scopes that `x-scopes` declares.

    Raises ContractError if it is not a mapping of scopes to lists of scopes.
    """
    node = document.value.get("x-scopes", {})
    included = node.get("includes", {}) if isinstance(node, dict) else None
    if (
        not isinstance(included, dict)
        or node.keys() - {"includes"}
        or not all(
            isinstance(scopes, list) and all(isinstance(scope, str) for scope in scopes)
            for scopes in included.values()
        )
    ):
        raise ContractError(
            document.problem_at(
                "x-scopes does not say which scopes include others",
                "/x-scopes",
                "write includes: {admin: [read, write]}",
            )
        )
    return ScopeHierarchy(included={name: tuple(scopes) for name, scopes in included.items()})
