"""Explanations of refusals by the claims and statements that require them."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.contract.authorization import CredentialDefect, ForbidsScope, RequiresCredentials
from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.lifecycle import RefusesNonexistentId
from conformance.contract.pointer import tokens
from conformance.contract.request_bodies import RefusesInvalidBody
from conformance.contract.requests import RefusesInvalidParameter
from conformance.mock.refusal import Refusal


def find_claims_requiring_refusal(
    contract: Contract, operation: str | None, refusal: Refusal
) -> tuple[Claim, ...]:
    """Return the claims that require a refusal.

    The tuple is empty if no documented statement requires it.
    """
    return tuple(
        claim
        for claim in contract.claims
        if claim.operation == operation and _does_claim_require_refusal(contract, claim, refusal)
    )


def generate_refusal_explanation_lines(
    contract: Contract, operation: str | None, refusal: Refusal
) -> Iterator[str]:
    """Yield the reason for a refusal, then each statement that requires it.

    A statement is shown with its id, text, documents, section and position in the contract's files.
    """
    yield refusal.text
    cited_ids = set[str]()
    for claim in find_claims_requiring_refusal(contract, operation, refusal):
        location = contract.position_of(claim.pointer)
        source = f"{location[0]}:{location[1]}" if location else claim.pointer
        if not claim.statements:
            yield f"{claim.text} ({source})"
        for statement_id in claim.statements:
            statement = contract.statements.by_id.get(statement_id)
            if statement and statement_id not in cited_ids:
                cited_ids.add(statement_id)
                titles = ", ".join(
                    contract.statements.documents[document].title
                    for document in statement.document_ids
                    if document in contract.document_ids
                )
                yield (
                    f"{statement_id}: {statement.text}"
                    f" ({titles or ', '.join(statement.document_ids)} ·"
                    f" {statement.section} · {source})"
                )
    if not cited_ids:
        yield from _describe_refused_node(contract, operation, refusal)


def _describe_refused_node(
    contract: Contract, operation: str | None, refusal: Refusal
) -> Iterator[str]:
    """Yield what the page says of a refused parameter or property, which no claim requires to be
    refused: a value that has not the documented type, say.
    """
    declared = contract.operations.get(operation or "")
    if declared is None:
        return
    sources: list[Json] = [
        parameter.source for parameter in declared.parameters if parameter.name == refusal.parameter
    ]
    if declared.body and refusal.parameter is None:
        for violation in refusal.violations:
            # the first name of the path: further ones may be positions in a list
            schema = declared.body.schema.find_property(tuple(tokens(violation.pointer)[:1]))
            if schema is not None and violation.pointer:
                sources.append(schema.get("x-source"))
    for source in sources:
        cited = contract.statements.get_citations(source) or ()
        for citation in cited[:1]:
            statement = contract.statements.by_id.get(citation.rstrip("?"))
            if statement is not None:
                yield f"{statement.id}: {statement.text} ({statement.section})"


def _does_claim_require_refusal(contract: Contract, claim: Claim, refusal: Refusal) -> bool:
    match claim.promise:
        case RequiresCredentials(defect=defect):
            return refusal.status == 401 and (defect is CredentialDefect.INVALID) == (
                "never issued" in refusal.text
            )
        case ForbidsScope(scope=scope):
            return refusal.scope == scope
        case RefusesNonexistentId(of_parent=parent):
            resource = contract.resource_for(claim.operation)
            id_parameter = (
                (resource.parent.parameter if parent and resource.parent else resource.id_parameter)
                if resource
                else None
            )
            return (
                refusal.not_found_parameter is not None
                and refusal.not_found_parameter == id_parameter
            )
        case RefusesInvalidParameter(parameter=parameter, keyword=keyword):
            keywords = {violation.keyword for violation in refusal.violations}
            return refusal.parameter == parameter and (
                keyword in keywords or not keywords or keyword not in VALIDATION_KEYWORDS
            )
        case RefusesInvalidBody(name=name, keyword=keyword):
            return (
                refusal.status == 400
                and refusal.parameter is None
                and _violates_body_keyword(refusal, name, keyword)
            )
    return False


VALIDATION_KEYWORDS = (
    "type",
    "enum",
    "pattern",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "format",
)


def _violates_body_keyword(refusal: Refusal, name: str | None, keyword: str) -> bool:
    if keyword == "json":
        return "not valid JSON" in refusal.text
    for violation in refusal.violations:
        path, schema_path = tokens(violation.pointer), tokens(violation.schema_pointer)
        if (
            keyword == "required"
            and violation.keyword == "required"
            and name is not None
            and not path
        ):
            if f'"{name}"' in violation.message:
                return True
        elif name is None:
            if keyword in ("if", "then") and {"if", "then", "else"} & {*schema_path}:
                return True
            if not path and violation.keyword == keyword:
                return True
        elif path[:1] == (name,) and keyword in schema_path:
            return True
    return False
