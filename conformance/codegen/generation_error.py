"""The error of the client generator."""

from __future__ import annotations

from conformance.contract.contract import Contract
from conformance.errors import ContractError, Problem


def make_generation_error(
    message: str, pointer: str, contract: Contract, hint: str | None = None
) -> ContractError:
    """Return the error for a pointer of the document, with file and line."""
    file, line = contract.position_of(pointer) or (None, None)
    return ContractError(
        Problem(
            message=f"no client can be generated: {message}",
            file=file,
            line=line,
            pointer=pointer or "/",
            hint=hint,
        )
    )
