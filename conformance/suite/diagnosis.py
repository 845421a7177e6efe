"""Why no plain request succeeds on a target: the probable cause in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from conformance.checks.exchange import MAX_SENTENCE_LENGTH, Exchange, find_sentence
from conformance.contract import pointer as pointers
from conformance.contract.contract import Contract
from conformance.protocol import is_json
from conformance.suite.credentials import choose_requirement, list_missing_credentials
from conformance.suite.target import Target


def explain_failed_probe(
    contract: Contract, target: Target, exchanges: Sequence[Exchange], reasons: Sequence[str] = ()
) -> str:
    """Return why the plain requests of `exchanges` failed, and what to do about it.

    `reasons` are those for which requests could not be sent.
    """
    answered = [exchange for exchange in exchanges if exchange.response is not None]
    if not answered:
        if exchanges:
            return f"no answer to a plain request: {exchanges[-1].failure}"
        return "no plain request could be sent" + (f": {reasons[0]}" if reasons else "")
    return f"no plain request succeeds there: {_explain_exchange(contract, target, answered[0])}"


def _explain_exchange(contract: Contract, target: Target, exchange: Exchange) -> str:
    assert exchange.response is not None
    status, request = exchange.response.status, exchange.request
    line = f"{request.method} {request.url} → {status}"
    operation = contract.operations[exchange.call.operation]
    if status == 401:
        requirement = choose_requirement(contract, operation, target)
        missing = list_missing_credentials(contract, target, requirement) if requirement else []
        if missing:
            return f"{line}, and no credentials were given: {', '.join(missing)}"
        return f"{line} to the credentials given: are they expired, or for another server?"
    if status == 403:
        return f"{line}: the credentials given may not do this"
    if 300 <= status < 400:
        location = exchange.response.headers.get("location", "another place")
        return (
            f"{line}, a redirection to {location[:MAX_SENTENCE_LENGTH]}: give that server as --url"
        )
    base_path = contract.base_path
    if status in (404, 405) and base_path and not target.url.rstrip("/").endswith(base_path):
        return f"{line}: is the base path {base_path} missing from --url?"
    if status == 404:
        names = ", ".join(name for name in operation.path.split("/") if name.startswith("{"))
        hint = f" and the values for {names} (--param)" if names else ""
        return f"{line}: is --url right{hint}?"
    if exchange.succeeded:
        content_type = exchange.response.media_type or "something without a media type"
        return f"{line} is {content_type}, where JSON is documented: is --url that of the API?"
    return line + _quote_server(exchange)


def _quote_server(exchange: Exchange) -> str:
    """Return what the server says of a failure, in its own words, if it says anything."""
    sentence = find_sentence(exchange.json)
    if not sentence and exchange.response is not None:
        try:
            sentence = HTTPStatus(exchange.response.status).phrase
        except ValueError:
            return ""
    return f": {sentence}"


def is_plausible_success(contract: Contract, exchange: Exchange) -> bool:
    """Tell whether an exchange shows the API at work: a success, and JSON where it is documented.

    A server that answers every path with a page of its own is another one.
    """
    if not exchange.succeeded or exchange.response is None:
        return False
    operation = contract.operations[exchange.call.operation]
    documented = (
        operation.find_documented_response(exchange.response.status) or operation.success_response
    )
    if not documented.media_type or not is_json(documented.media_type):
        return True
    return exchange.json is not pointers.MISSING or not exchange.response.body
