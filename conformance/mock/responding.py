"""Answers: media type, status and body, of success and of refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from conformance.contract import schema as schemas
from conformance.contract.contract import Contract
from conformance.contract.distinguishing import Distinct
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.operation import Response as Documented
from conformance.contract.pointer import MISSING, put, tokens
from conformance.mock.identity import issuer
from conformance.mock.message import Response, encode
from conformance.mock.negotiating import is_json
from conformance.mock.refusal import Refusal, name
from conformance.mock.sample import flat, item_schema, sample, types
from conformance.mock.state import State

JSON = (("content-type", "application/json"),)
TEXTS = ("message", "error", "detail", "error_description", "description", "reason", "title", "msg")
CODES = ("type", "code", "error", "name", "title", "status")
PLACEHOLDER = "..."


def status(documented: Documented, otherwise: int = 200) -> int:
    """Return the status code of a documented response; a class such as 2XX answers `otherwise`."""
    return int(documented.status) if documented.status.isdecimal() else otherwise


def headers(media: str | None) -> tuple[tuple[str, str], ...]:
    """Return the headers of an answer of that media type, none without a body."""
    return () if media is None else JSON if media == JSON[0][1] else (("content-type", media),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What an error answer of one status looks like: `body` with the reason put at `text` behind
    `prefix`, and a new value at each of `fresh`.
    """

    headers: tuple[tuple[str, str], ...]
    body: Json
    text: str | None
    prefix: str
    example: Json
    fresh: Mapping[str, Callable[[int], Json]]

    def fill(self, refusal: Refusal, number: int) -> Json:
        """Return the body for a refusal, the mock's answer `number`."""
        body = self.body
        # the one reason that an example of such an answer can have
        if refusal.unknown and self.example is not MISSING:
            body = self.example
        elif self.text is not None:
            body = put(body, self.text, self.prefix + refusal.text)
        for pointer, issue in self.fresh.items():
            body = put(body, pointer, issue(number))
        return body


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusing:
    """Renders refusals of one operation (None: of requests that reach none)."""

    contract: Contract
    operation: Operation | None
    forms: dict[int, Form] = field(default_factory=dict)

    def __call__(self, state: State, refusal: Refusal) -> Response:
        """Return the answer that tells about a refusal."""
        form = self.forms.get(refusal.status)
        if form is None:
            form = self.forms[refusal.status] = error_form(
                self.contract, self.operation, refusal.status
            )
        state.answers += 1
        more = (("www-authenticate", "Bearer"),) if refusal.status == 401 else ()
        body = b"" if form.body is MISSING else encode(form.fill(refusal, state.answers)).encode()
        return Response(
            status=refusal.status,
            headers=form.headers + more,
            body=body,
            why=(self.operation.id if self.operation else None, refusal),
        )


def error_form(contract: Contract, operation: Operation | None, code: int) -> Form:
    """Return the form of a status: as documented, else like another documented error, else
    `{"message": …}`.
    """
    found = _error(contract, operation, code)
    if found is None:
        return Form(headers=JSON, body={}, text="/message", prefix="", example=MISSING, fresh={})
    if found.media is None:
        return Form(headers=(), body=MISSING, text=None, prefix="", example=MISSING, fresh={})
    example = found.examples[0] if found.examples else MISSING
    schema = flat(contract.document, found.schema)
    fresh = _fresh(contract, operation, code, schema)
    text = next(
        (
            f"/{one}"
            for one in TEXTS
            if _takes_text(contract, schema, one) and f"/{one}" not in fresh
        ),
        None,
    )
    body = _body(contract, schema, example, code, text)
    return Form(
        headers=headers(found.media),
        body=body,
        text=text,
        prefix=_prefix(example, text),
        example=example,
        fresh=fresh,
    )


def _error(contract: Contract, operation: Operation | None, code: int) -> Documented | None:
    exact = operation.response(code) if operation else None
    if exact is not None:
        return exact
    near = [
        response
        for one in ([operation] if operation else []) + list(contract.operations.values())
        for response in one.responses
    ]
    return next(
        (
            response
            for response in near
            if response.status[0] in "45d" and response.schema is not None
        ),
        None,
    )


def _fresh(
    contract: Contract, operation: Operation | None, code: int, schema: Json
) -> dict[str, Callable[[int], Json]]:
    behaviours = (
        contract.behaviours.get(operation.id, ())
        if operation
        else [one for each in contract.behaviours.values() for one in each]
    )
    answers = [
        one.answer
        for one in behaviours
        if isinstance(one, Distinct)
        and Documented(status=one.status, description="", pointer="").covers(code)
    ]
    found = {
        pointer: item_schema(contract.document, schema, tokens(pointer)) for pointer in answers
    }
    return {
        pointer: issuer(contract.document, below, "request")
        for pointer, below in found.items()
        if below is not MISSING
    }


def _takes_text(contract: Contract, schema: Json, property_: str) -> bool:
    node = schema.get("properties", {}).get(property_)
    return (
        node is not None and "string" in types(flat(contract.document, node)) and "enum" not in node
    )


def _body(contract: Contract, schema: Json, example: Json, code: int, text: str | None) -> Json:
    body = sample(contract.document, schema)
    if not isinstance(body, dict):
        return body
    for one in CODES:
        if f"/{one}" != text and _takes_text(contract, schema, one):
            body = {**body, one: name(code)}
        elif one in ("status", "code") and "integer" in types(
            flat(contract.document, schema.get("properties", {}).get(one, {}))
        ):
            body = {**body, one: code}
    return {**body, **example} if isinstance(example, dict) else body


def _prefix(example: Json, text: str | None) -> str:
    said = example.get(text[1:]) if isinstance(example, dict) and text else None
    return (
        said.removesuffix(PLACEHOLDER)
        if isinstance(said, str) and said.endswith(PLACEHOLDER)
        else ""
    )


def success(contract: Contract, operation: Operation) -> Response:
    """Return the one answer of an operation whose success says nothing of an item: its example, or
    a sample of its schema.
    """
    documented = operation.success
    if documented.media is None:
        return Response(status=status(documented), headers=(), body=b"")
    value = shown(contract, documented)
    text = value if isinstance(value, str) and not is_json(documented.media) else encode(value)
    return Response(
        status=status(documented),
        headers=headers(documented.media),
        body=text.encode("utf-8", "replace"),
    )


def shown(contract: Contract, documented: Documented) -> Json:
    """Return the first example that fits its own schema, else a sample that does, else what comes
    first.
    """
    values = [
        *documented.examples,
        _whole(contract.document, documented.schema),
        sample(contract.document, documented.schema),
    ]
    if not is_json(documented.media or "") or documented.schema is None:
        return values[0]
    validator = schemas.compile(contract.document, documented.schema)
    return next((value for value in values if validator.is_valid(value)), values[0])


def _whole(document: Json, schema: Json) -> Json:
    node = flat(document, schema)
    value = sample(document, node)
    more = (
        {one: sample(document, below) for one, below in node.get("properties", {}).items()}
        if isinstance(value, dict)
        else {}
    )
    return {**more, **value} if more else value
