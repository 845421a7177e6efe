"""Who may call an operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.mock.message import Request
from conformance.mock.refusal import Refusal
from conformance.mock.world import World

Credential = Callable[[Request], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Finds the `credential` of a request (None: there is none) and lets it pass if it is known and
    has one of `scopes` (none listed: any).
    """

    credential: Credential
    known: Callable[[str], bool]
    scoped: Mapping[str, str]
    scopes: tuple[str, ...]

    def __call__(self, request: Request) -> None:
        """Raise Refusal unless the request may pass."""
        token = self.credential(request)
        if token is None:
            raise Refusal(401, "the request carries no credentials in the documented form")
        scope = self.scoped.get(token)
        if scope is None:
            if not self.known(token):
                raise Refusal(401, "the token was never issued")
        elif self.scopes and scope not in self.scopes:
            raise Refusal(
                403,
                f"the scope {scope} does not allow this; one of {', '.join(self.scopes)} does",
                scope=scope,
            )


def admission(contract: Contract, operation: Operation, world: World) -> Callable[[Request], None]:
    """Return the check of credentials that an operation asks for."""
    if operation.scopes is None or (
        world.open and len(contract.document.get("components", {}).get("securitySchemes", {})) != 1
    ):
        return lambda request: None
    return Admission(
        credential=credential(contract),
        known=_known(world),
        scoped=world.scoped,
        scopes=operation.scopes,
    )


def _known(world: World) -> Callable[[str], bool]:
    tokens = world.tokens
    return (lambda token: True) if tokens is None else tokens.__contains__


def credential(contract: Contract) -> Credential:
    """Return the function that takes the credentials from a request, in the first documented
    security scheme's form.
    """
    documented, word = _documented(contract), scheme(contract)
    if word is None:
        name = documented["name"]
        if documented["in"] == "query":
            return lambda request: dict(request.query).get(name)
        return lambda request: request.headers.get(name.lower())
    return lambda request: after(word, request.headers.get("authorization", ""))


def scheme(contract: Contract) -> str | None:
    """Return the word, in lower case, that goes before the credentials in an Authorization header;
    None where they travel otherwise.
    """
    documented = _documented(contract)
    return (
        None if documented["type"] == "apiKey" else str(documented.get("scheme", "bearer")).lower()
    )


def _documented(contract: Contract) -> Json:
    schemes = contract.document.get("components", {}).get("securitySchemes", {}).values()
    return next(iter(schemes), {"type": "http", "scheme": "bearer"})


def after(scheme: str, header: str) -> str | None:
    """Return the credentials that follow a scheme name (in any case, RFC 9110, 11.1), None when it
    is not there.
    """
    word, _, rest = header.partition(" ")
    return rest.strip() or None if word.lower() == scheme else None
