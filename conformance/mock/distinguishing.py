"""Values that differ from answer to answer, in answers that succeed (those of refusals are filled
in with them).
"""

from __future__ import annotations

from conformance.contract.contract import Contract
from conformance.contract.distinguishing import Distinct
from conformance.contract.operation import Operation
from conformance.contract.pointer import MISSING, put, tokens
from conformance.mock.handler import Finish
from conformance.mock.identity import issuer
from conformance.mock.message import Response, decode, encode
from conformance.mock.sample import item_schema
from conformance.mock.state import State


def distinguishing(contract: Contract, operation: Operation) -> tuple[Finish, ...]:
    """Return what lays fresh values into the documented success, where the contract promises them
    there.
    """
    behaviours = [
        one
        for one in contract.behaviours[operation.id]
        if isinstance(one, Distinct) and one.status.startswith("2")
    ]
    return tuple(finish for one in behaviours if (finish := _fresh(contract, operation, one)))


def _fresh(contract: Contract, operation: Operation, distinct: Distinct) -> Finish | None:
    schema = item_schema(contract.document, operation.success.schema, tokens(distinct.answer))
    if schema is MISSING:
        return None
    issue = issuer(contract.document, schema, "request")

    def finish(state: State, response: Response) -> Response:
        if response.status >= 300:
            return response
        state.answers += 1
        body = put(decode(response.body), distinct.answer, issue(state.answers))
        return Response(
            status=response.status, headers=response.headers, body=encode(body).encode()
        )

    return finish
