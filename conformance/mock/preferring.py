"""`Prefer: code=404` and `Prefer: example=name` (RFC 7240): a documented answer on demand, without
any effect.
"""

from __future__ import annotations

from conformance.contract.contract import Contract
from conformance.contract.operation import Operation
from conformance.contract.operation import Response as Documented
from conformance.contract.pointer import MISSING, get, join
from conformance.mock.message import Request, Response, encode
from conformance.mock.refusal import Refusal
from conformance.mock.responding import Refusing, headers, shown, success
from conformance.mock.state import State


def preferred(
    contract: Contract, operation: Operation, state: State, request: Request
) -> Response | None:
    """Return the answer that a request prefers; None when it prefers none. What is not documented
    is told, with 400.
    """
    wanted = wishes(request.headers.get("prefer", ""))
    if "code" not in wanted and "example" not in wanted:
        return None
    code = wanted.get("code", operation.success.status)
    documented = operation.response(int(code)) if code.isdecimal() else operation.success
    if documented is None:
        known = ", ".join(one.status for one in operation.responses)
        return _undocumented(
            f"Prefer: code={code} is not documented for {operation.id}; there are {known}"
        )
    if "example" in wanted:
        return _example(contract, documented, code, wanted["example"])
    if int(code) >= 400:
        return Refusing(contract=contract, operation=operation)(
            state, Refusal(int(code), f"asked for with Prefer: code={code}", unknown="prefer")
        )
    return (
        success(contract, operation)
        if documented is operation.success
        else _sampled(contract, documented, int(code))
    )


def wishes(header: str) -> dict[str, str]:
    """Return the preferences in a Prefer header, by name in lower case."""
    pairs = (part.partition("=") for part in header.replace(";", ",").split(","))
    return {
        name.strip().lower(): value.strip().strip('"') for name, _, value in pairs if name.strip()
    }


def _example(contract: Contract, documented: Documented, code: str, name: str) -> Response:
    at = join(documented.pointer, "content", documented.media or "", "examples", name, "value")
    value = get(contract.document, at)
    if value is MISSING:
        named = get(
            contract.document,
            join(documented.pointer, "content", documented.media or "", "examples"),
        )
        return _undocumented(
            f"Prefer: example={name}: the {code} has"
            f" {', '.join(named) if isinstance(named, dict) else 'no named examples'}"
        )
    status = int(code) if code.isdecimal() else 200
    return Response(status=status, headers=headers(documented.media), body=encode(value).encode())


def _sampled(contract: Contract, documented: Documented, code: int) -> Response:
    if documented.media is None:
        return Response(status=code, headers=(), body=b"")
    return Response(
        status=code,
        headers=headers(documented.media),
        body=encode(shown(contract, documented)).encode(),
    )


def _undocumented(text: str) -> Response:
    return Response(
        status=400,
        headers=headers("application/json"),
        body=encode({"message": text}).encode(),
        why=(None, Refusal(400, text)),
    )
