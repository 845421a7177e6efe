"""Answers of the wrong shape, media type or status."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from conformance.contract import pointer as pointers
from conformance.contract import schema as schemas
from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.operation import Response as Documented
from conformance.contract.pointer import MISSING
from conformance.contract.responding import Documented as Listed
from conformance.contract.responding import Media, Shape
from conformance.mock.fault import Fault
from conformance.mock.faults.departure import Depart, fault, finishing, rebodied
from conformance.mock.message import Response
from conformance.mock.responding import JSON
from conformance.mock.sample import flat, types

WRONG: tuple[Json, ...] = ("wrong", 0.5, True, [], {})


def shape(contract: Contract, claim: Claim, promise: Shape) -> Iterator[Fault]:
    """Break the shape of an answer: a property of the wrong type or missing, one wrong item in a
    list, a body where there is none.
    """
    operation = contract.operations[claim.operation]
    documented = next(one for one in operation.responses if one.status == promise.status)
    if documented.media is None:
        yield fault(
            claim,
            "body",
            "there is a body where none is documented",
            _of(operation, documented, lambda one: replace(one, headers=JSON, body=b'{"ok":true}')),
        )
        return
    for variant, text, change in _distortions(contract, operation, documented):
        yield fault(
            claim, variant, text, _of(operation, documented, partial(rebodied, change=change))
        )


def _of(
    operation: Operation, documented: Documented, change: Callable[[Response], Response]
) -> Depart:
    def only(response: Response) -> Response:
        return change(response) if operation.response(response.status) is documented else response

    return finishing(operation.id, only)


def _distortions(
    contract: Contract, operation: Operation, documented: Documented
) -> Iterator[tuple[str, str, Callable[[Json], Json]]]:
    document = contract.document
    schema = flat(document, documented.schema)
    leaves = list(_leaves(document, schema, ""))
    if found := [
        (at, wrong) for at, node, _ in leaves if (wrong := _wrong(document, node)) is not MISSING
    ]:
        yield "wrong-type", f"{found[-1][0]} has the wrong type", _put(*found[-1])
    if needed := [at for at, _, required in leaves if required]:
        yield (
            "missing",
            f"{needed[-1]} is missing",
            lambda body: (
                pointers.drop(body, needed[-1])
                if pointers.get(body, needed[-1]) is not MISSING
                else body
            ),
        )
    for name, node in schema.get("properties", {}).items():
        below = flat(document, node)
        if "array" in types(below) and (inner := _inner(document, below)):
            if any(
                one.list == operation.id and one.items == f"/{name}" for one in contract.resources
            ):
                yield (
                    f"null-{name}",
                    f"{name} is null where there is nothing in it",
                    _null_when_empty(name),
                )
            yield (
                "one-item",
                f"in one of {name}, {inner[0][1:]} has the wrong type",
                _in_last(name, *inner),
            )
    if "object" in types(schema):
        yield "wrapped", "the body stands in a list", lambda body: [body]


def _leaves(document: Json, schema: Json, at: str) -> Iterator[tuple[str, Json, bool]]:
    for name, node in schema.get("properties", {}).items():
        below, where = flat(document, node), pointers.join(at, name)
        if "properties" in below:
            yield from _leaves(document, below, where)
        elif "array" not in types(below):
            yield where, node, name in schema.get("required", ())


def _inner(document: Json, array: Json) -> tuple[str, Json] | None:
    leaves = list(_leaves(document, flat(document, array.get("items", {})), ""))
    found = [
        (at, wrong) for at, node, _ in leaves if (wrong := _wrong(document, node)) is not MISSING
    ]
    # the first is the identity, by which clients tell items apart
    return found[min(1, len(found) - 1)] if found else None


def _wrong(document: Json, node: Json) -> Json:
    validator = schemas.compile(document, node)
    return next((value for value in WRONG if not validator.is_valid(value)), MISSING)


def _put(at: str, wrong: Json) -> Callable[[Json], Json]:
    return lambda body: pointers.put(body, at, wrong)


def _in_last(name: str, at: str, wrong: Json) -> Callable[[Json], Json]:
    return lambda body: (
        {**body, name: [*body[name][:-1], pointers.put(body[name][-1], at, wrong)]}
        if body.get(name)
        else body
    )


def _null_when_empty(name: str) -> Callable[[Json], Json]:
    return lambda body: {**body, name: None} if body.get(name) == [] else body


def media(contract: Contract, claim: Claim, promise: Media) -> Iterator[Fault]:
    """Break the media type of an answer."""
    operation = contract.operations[claim.operation]
    documented = next(one for one in operation.responses if one.status == promise.status)

    def typed(*headers: tuple[str, str]) -> Depart:
        return _of(
            operation,
            documented,
            lambda one: replace(
                one,
                headers=(
                    *headers,
                    *(header for header in one.headers if header[0] != "content-type"),
                ),
            ),
        )

    yield fault(
        claim,
        "html",
        "the content type is text/html",
        typed(("content-type", "text/html; charset=utf-8")),
    )
    yield fault(claim, "none", "there is no content type", typed())


def documented(contract: Contract, claim: Claim, promise: Listed) -> Iterator[Fault]:
    """Break that no undocumented status is answered."""
    operation = contract.operations[claim.operation]
    other = next(
        code for code in (422, 418, 299) if operation.response(code) is None or code == 299
    )

    def change(one: Response) -> Response:
        return replace(one, status=other) if one.status == 400 else one

    yield fault(
        claim,
        "unlisted",
        f"malformed requests are answered with {other}",
        finishing(claim.operation, change),
    )
