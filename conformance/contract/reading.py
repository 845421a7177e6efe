"""Readings: the possible meanings of a passage that the vendor's page leaves open, each an overlay
that asserts it.
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.contract.contract import Contract
from conformance.contract.document import Document
from conformance.contract.pointer import MISSING, get
from conformance.errors import ContractError


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One meaning of a passage, in words; `contract` asserts it, and its claims `shows` tell
    whether a server follows it.
    """

    name: str
    passage: str
    meaning: str
    shows: tuple[str, ...]
    contract: Contract


def parse(name: str, overlay: Document, contract: Contract) -> Reading:
    """Return the reading that an overlay describes (`info.x-ambiguity`, `info.title`,
    `info.x-shows`).

    Raises ContractError, at the overlay's line, when it lacks one of them or shows itself by a
    claim that the contract does not have.
    """
    found = {key: get(overlay.value, f"/info/{key}") for key in ("x-ambiguity", "title", "x-shows")}
    for key, value in found.items():
        if value is MISSING or not value:
            raise ContractError(overlay.problem(f"an interpretation needs info.{key}", "/info"))
    if not isinstance(found["x-shows"], list):
        raise ContractError(overlay.problem("info.x-shows is a list of claim ids", "/info/x-shows"))
    shows = tuple(str(id) for id in found["x-shows"])
    known = {claim.id for claim in contract.claims}
    for id in shows:
        if id not in known:
            raise ContractError(
                overlay.problem(
                    f"{id} is no claim of {contract.name} under this reading", "/info/x-shows"
                )
            )
    return Reading(
        name=name,
        passage=str(found["x-ambiguity"]),
        meaning=str(found["title"]),
        shows=shows,
        contract=contract,
    )
