"""Why a request was refused: the claims, and so the sentences of the page, that a refusal rests
on.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.contract.answering import Refuses
from conformance.contract.authorising import Demands, Forbids, Lack
from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.living import Unknown
from conformance.contract.pointer import tokens
from conformance.contract.writing import RefusesBody
from conformance.mock.refusal import Refusal


def explained(contract: Contract, operation: str | None, refusal: Refusal) -> tuple[Claim, ...]:
    """Return the claims that a refusal rests on, none where no sentence of the page asks for it."""
    return tuple(
        claim
        for claim in contract.claims
        if claim.operation == operation and _rests(contract, claim, refusal)
    )


def lines(contract: Contract, operation: str | None, refusal: Refusal) -> Iterator[str]:
    """Yield the reason, then each sentence that it rests on with its source: id, text, document,
    section, place in the contract's files.
    """
    yield refusal.text
    seen = set[str]()
    for claim in explained(contract, operation, refusal):
        place = contract.place(claim.pointer)
        written = f"{place[0]}:{place[1]}" if place else claim.pointer
        if not claim.statements:
            yield f"{claim.text} ({written})"
        for id in claim.statements:
            statement = contract.register.statements.get(id)
            if statement and id not in seen:
                seen.add(id)
                titles = ", ".join(
                    contract.register.sources[one].title
                    for one in statement.documents
                    if one in contract.documents
                )
                yield (
                    f"{id}: {statement.text} ({titles or ', '.join(statement.documents)} ·"
                    f" {statement.section} · {written})"
                )


def _rests(contract: Contract, claim: Claim, refusal: Refusal) -> bool:
    match claim.promise:
        case Demands(lack=lack):
            return refusal.status == 401 and (lack is Lack.INVALID) == (
                "never issued" in refusal.text
            )
        case Forbids(scope=scope):
            return refusal.scope == scope
        case Unknown(parent=parent):
            resource = contract.resource_of(claim.operation)
            named = (
                (resource.parent.parameter if parent and resource.parent else resource.key)
                if resource
                else None
            )
            return refusal.unknown is not None and refusal.unknown == named
        case Refuses(parameter=parameter, keyword=keyword):
            keywords = {violation.keyword for violation in refusal.violations}
            return refusal.parameter == parameter and (
                keyword in keywords or not keywords or keyword not in KEYWORDS
            )
        case RefusesBody(name=name, keyword=keyword):
            return (
                refusal.status == 400
                and refusal.parameter is None
                and _is_of(refusal, name, keyword)
            )
    return False


KEYWORDS = ("type", "enum", "pattern", "minimum", "maximum", "minLength", "maxLength", "format")


def _is_of(refusal: Refusal, name: str | None, keyword: str) -> bool:
    if keyword == "json":
        return "not valid JSON" in refusal.text
    for violation in refusal.violations:
        way, schema = tokens(violation.pointer), tokens(violation.schema_pointer)
        if (
            keyword == "required"
            and violation.keyword == "required"
            and name is not None
            and not way
        ):
            if f'"{name}"' in violation.message:
                return True
        elif name is None:
            if keyword in ("if", "then") and {"if", "then", "else"} & {*schema}:
                return True
            if not way and violation.keyword == keyword:
                return True
        elif way[:1] == (name,) and keyword in schema:
            return True
    return False
