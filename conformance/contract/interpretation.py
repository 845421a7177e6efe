"""Interpretations: the possible meanings of an ambiguous passage in the vendor's documentation.

Each interpretation is an overlay that asserts one meaning.
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.contract.contract import Contract
from conformance.contract.document import Document
from conformance.contract.pointer import MISSING, get_at_pointer
from conformance.errors import ContractError


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpretation:
    """One meaning of an ambiguity, described in words.

    `contract` asserts the meaning. The claims in `deciding_claims` (ids) show whether a server
    follows it.
    """

    name: str
    ambiguity: str
    meaning: str
    deciding_claims: tuple[str, ...]
    contract: Contract


def parse_interpretation(name: str, overlay: Document, contract: Contract) -> Interpretation:
    """Return the interpretation that an overlay describes.

    It reads `info.x-ambiguity`, `info.title` and `info.x-shows`.

    Raises ContractError, at the overlay's line, if one of them is missing, or if `info.x-shows`
    names a claim that the contract does not have.
    """
    info = {
        key: get_at_pointer(overlay.value, f"/info/{key}")
        for key in ("x-ambiguity", "title", "x-shows")
    }
    for key, value in info.items():
        if value is MISSING or not value:
            raise ContractError(overlay.problem_at(f"an interpretation needs info.{key}", "/info"))
    if not isinstance(info["x-shows"], list):
        raise ContractError(
            overlay.problem_at("info.x-shows is a list of claim ids", "/info/x-shows")
        )
    deciding_claims = tuple(str(claim_id) for claim_id in info["x-shows"])
    known_claims = {claim.id for claim in contract.claims}
    for claim_id in deciding_claims:
        if claim_id not in known_claims:
            raise ContractError(
                overlay.problem_at(
                    f"{claim_id} is no claim of {contract.name} under this interpretation",
                    "/info/x-shows",
                )
            )
    return Interpretation(
        name=name,
        ambiguity=str(info["x-ambiguity"]),
        meaning=str(info["title"]),
        deciding_claims=deciding_claims,
        contract=contract,
    )
