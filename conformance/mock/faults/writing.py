"""Bodies that should be taken and are refused, bodies that should be refused and are taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from conformance.contract import schema as schemas
from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.json import Json, same
from conformance.contract.operation import Body, merged
from conformance.contract.pointer import MISSING
from conformance.contract.writing import RefusesBody, TakesBound, TakesExample, writable
from conformance.mock.call import Call
from conformance.mock.fault import Fault
from conformance.mock.faults.departure import Depart, fault
from conformance.mock.handler import Read
from conformance.mock.message import decode
from conformance.mock.negotiating import is_json
from conformance.mock.refusal import Refusal
from conformance.mock.sample import flat, sample, types
from conformance.mock.service import Service


def example(contract: Contract, claim: Claim, promise: TakesExample) -> Iterator[Fault]:
    """Break that the documented body is accepted."""
    yield fault(
        claim,
        "refused",
        "the documented body is taken for malformed",
        _refusing(claim.operation, lambda value: same(value, promise.body)),
    )


def bound(contract: Contract, claim: Claim, promise: TakesBound) -> Iterator[Fault]:
    """Break that a value at a bound is accepted."""
    body = contract.operations[claim.operation].body
    if body is None:
        return
    limit = writable(contract.document, body)[promise.name][promise.keyword]

    def reached(value: Json) -> bool:
        one = value.get(promise.name) if isinstance(value, dict) else None
        return _measure(one) == limit if one is not None else False

    yield fault(
        claim,
        "off-by-one",
        f"{promise.name} is compared with {promise.keyword} as if equality broke it",
        _refusing(claim.operation, reached),
    )
    if (
        promise.keyword == "maxLength"
        and "pattern" not in writable(contract.document, body)[promise.name]
    ):

        def too_many_bytes(value: Json) -> bool:
            one = value.get(promise.name) if isinstance(value, dict) else None
            return isinstance(one, str) and len(one.encode("utf-8", "surrogatepass")) > limit

        yield fault(
            claim,
            "bytes",
            f"the length of {promise.name} is counted in bytes, not in characters",
            _refusing(claim.operation, too_many_bytes),
        )


def _measure(value: Json) -> Json:
    return len(value) if isinstance(value, str | list | dict) else value


def refuses(contract: Contract, claim: Claim, promise: RefusesBody) -> Iterator[Fault]:
    """Break that a body is refused: it is taken all the same, or the server fails."""
    body = contract.operations[claim.operation].body
    if body is None:
        return
    concerns, mended = _relaxation(contract, body, promise)
    yield fault(
        claim, "taken", "such a body is taken", _rereading(claim.operation, concerns, mended)
    )
    yield fault(
        claim,
        "crashes",
        "such a body makes the server fail",
        _rereading(claim.operation, concerns, _crash),
    )
    if promise.keyword == "type" and promise.name:
        node = flat(contract.document, writable(contract.document, body).get(promise.name, {}))
        for variant, text, convert in _coercions(node):
            read = _coercing(promise.name, convert)
            taken = _coercible(contract, body, promise.name, convert)
            yield fault(
                claim,
                variant,
                f"{text} is taken for {promise.name}",
                _rereading(claim.operation, taken, read),
            )


def _coercions(node: Json) -> Iterator[tuple[str, str, Callable[[Json], Json]]]:
    """Yield what lenient frameworks make of a value of another type, where no reasonable server
    would: conversions, MISSING for what is none of theirs.
    """
    match types(node)[:1]:
        case ("string",) if "pattern" not in node:
            yield (
                "number",
                "a number",
                lambda value: (
                    str(value)
                    if isinstance(value, int | float) and not isinstance(value, bool)
                    else MISSING
                ),
            )


def _coercible(
    contract: Contract, body: Body, name: str, convert: Callable[[Json], Json]
) -> Callable[[bytes], bool]:
    validator = schemas.compile(contract.document, body.schema)

    def concerns(text: bytes) -> bool:
        value = _decoded(text)
        if value is None or not isinstance(value[0], dict) or name not in value[0]:
            return False
        part = convert(value[0][name])
        return part is not MISSING and validator.is_valid({**value[0], name: part})

    return concerns


def _coercing(name: str, convert: Callable[[Json], Json]) -> Callable[[bytes], Json]:
    def read(text: bytes) -> Json:
        value = decode(text)
        return {**value, name: convert(value[name])}

    return read


def _crash(value: Json) -> Json:
    raise Refusal(500, "something went wrong")


def _refusing(operation: str, when: Callable[[Json], bool]) -> Depart:
    def wrap(read: Read) -> Read:
        def strict(call: Call) -> Json:
            value = read(call)
            if when(value):
                raise Refusal(400, "the body does not fit")
            return value

        return strict

    return rereading(operation, wrap)


def _rereading(
    operation: str, concerns: Callable[[bytes], bool], instead: Callable[[bytes], Json]
) -> Depart:
    def wrap(read: Read) -> Read:
        def lax(call: Call) -> Json:
            try:
                return read(call)
            except Refusal:
                if (
                    call.request.body
                    and is_json(call.request.headers.get("content-type", "application/json"))
                    and concerns(call.request.body)
                ):
                    return instead(call.request.body)
                raise

        return lax

    return rereading(operation, wrap)


def rereading(operation: str, wrap: Callable[[Read], Read]) -> Depart:
    """Put something around the reading of an operation's body."""

    def depart(service: Service) -> Service:
        read = service.handlers[operation].read
        assert read is not None
        return service.change(operation, read=wrap(read))

    return depart


def _relaxation(
    contract: Contract, body: Body, promise: RefusesBody
) -> tuple[Callable[[bytes], bool], Callable[[bytes], Json]]:
    """Return whether a refused body breaks nothing but the keyword, and what is made of it."""
    document = contract.document
    if promise.keyword == "json":
        return (
            lambda text: _decoded(text) is None,
            lambda text: next(iter(body.examples.values()), None) or sample(document, body.schema),
        )
    validator = schemas.compile(
        document, relaxed(document, flat(document, body.schema), promise.name, promise.keyword)
    )

    def concerns(text: bytes) -> bool:
        value = _decoded(text)
        return value is not None and validator.is_valid(value[0])

    return concerns, lambda text: mended(document, body, decode(text))


def _decoded(text: bytes) -> tuple[Json] | None:
    try:
        return (decode(text),)
    except ValueError:
        return None


def relaxed(document: Json, schema: Json, name: str | None, keyword: str) -> Json:
    """Return a body schema without one keyword, of property `name` or of the body itself."""
    if name is not None and keyword == "required":
        return {**schema, "required": [one for one in schema.get("required", ()) if one != name]}
    if name is None:
        return _without(schema, keyword)
    declared = schema.get("properties", {})
    return {
        **schema,
        "properties": {
            **declared,
            name: _without(merged(document, declared.get(name, {})), keyword),
        },
    }


def _without(schema: Json, keyword: str) -> Json:
    # gone altogether, additionalProperties would refuse what it covered
    if keyword == "patternProperties":
        return {**schema, keyword: dict.fromkeys(schema.get(keyword, {}), True)}
    left_out = ("if", "then", "else") if keyword == "if" else (keyword,)
    return {word: value for word, value in schema.items() if word not in left_out}


def mended(document: Json, body: Body, value: Json) -> Json:
    """Return what a lenient server keeps of a body: the properties that fit, and something in place
    of those that it cannot do without.
    """
    schema = flat(document, body.schema)
    template = {**sample(document, schema), **next(iter(body.examples.values()), {})}
    needed = {name: template[name] for name in schema.get("required", ())}
    if not isinstance(value, dict):
        return needed
    return {
        **needed,
        **{name: part for name, part in value.items() if _fits(document, schema, name, part)},
    }


def _fits(document: Json, schema: Json, name: str, part: Json) -> bool:
    node = schema.get("properties", {}).get(name)
    return node is not None and schemas.compile(document, node).is_valid(part)
