"""Failures that no request is to blame for: 502, 503 and 504 as the contract describes them, and
connections that are reset.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from conformance.contract.operation import Operation
from conformance.mock.connection import RESET
from conformance.mock.message import Response, encode
from conformance.mock.refusal import Refusal, name
from conformance.mock.responding import headers
from conformance.mock.sample import sample

STATUSES = (502, 503, 504, RESET)


def failing(
    share: float, document: object, chance: random.Random
) -> Callable[[Operation | None], Response | None]:
    """Return a function that gives, for that share of the requests (0 to 1), an answer of a gateway
    in front of the server, else None.
    """

    def fail(operation: Operation | None) -> Response | None:
        if chance.random() >= share:
            return None
        status = chance.choice(STATUSES)
        why = (
            operation.id if operation else None,
            Refusal(
                status,
                (
                    "--fail: the connection was reset"
                    if status == RESET
                    else f"--fail: {name(status)}"
                ),
            ),
        )
        documented = operation.response(status) if operation and status != RESET else None
        if documented is None or documented.media is None:
            return Response(status=status, headers=(), body=b"", why=why)
        value = (
            documented.examples[0] if documented.examples else sample(document, documented.schema)
        )
        return Response(
            status=status, headers=headers(documented.media), body=encode(value).encode(), why=why
        )

    return fail
