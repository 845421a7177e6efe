"""Values changed until they fit their schema: what the mock of a document that was only guessed
composes may break what the document says of the answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from conformance.contract import schema as schemas
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.operation import Response as Documented
from conformance.contract.pointer import MISSING, walk
from conformance.contract.schema import Validator
from conformance.mock.handler import Finish
from conformance.mock.message import Response, decode, encode
from conformance.mock.negotiating import is_json
from conformance.mock.sample import flat, sample, types
from conformance.mock.state import State

DEEPEST = 8
DOCUMENTED = ("const", "default", "example", "enum", "examples")
# parts that are looked at for one answer, besides those for each of its values: schemas can need
# each other without end
TRIES = 2000
TRIES_EACH = 10
ANY: Json = {}  # one for all: schemas are told apart by identity
KNOWN = 256  # answers of one status of which the mended form is remembered


@dataclass(frozen=True, slots=True)
class Part:
    """A schema, its own keywords laid flat, its alternatives with what stands beside them, and its
    validator.
    """

    schema: Json
    node: Json
    branches: tuple[Json, ...]
    validator: Validator


class Fitter:
    """Makes values fit schemas that lead into one document, changing no more of them than it
    must.
    """

    def __init__(self, document: Json) -> None:
        self._document = document
        self._parts: dict[int, Part] = {}
        self._tries = 0

    def fitted(self, schema: Json, value: Json) -> Json:
        """Return `value` itself when it fits, else one like it that does, else (the search is
        short, and some schemas fit nothing) `value` as it is.
        """
        self._tries = TRIES + TRIES_EACH * sum(1 for _ in walk(value))
        found = self._fitted(schema, value, 0)
        return value if found is MISSING or self._tries < 0 else found

    def _fitted(self, schema: Json, value: Json, depth: int) -> Json:
        part, self._tries = self._part(schema), self._tries - 1
        if value is not MISSING and part.validator.is_valid(value):
            return value
        if depth > DEEPEST or self._tries < 0:
            return MISSING
        return next(
            (
                one
                for one in self._candidates(part, value, depth + 1)
                if one is not MISSING and part.validator.is_valid(one)
            ),
            MISSING,
        )

    def _candidates(self, part: Part, value: Json, depth: int) -> Iterator[Json]:
        """Yield what may fit: the value with its parts mended, what the schema documents, then the
        least and the most that it describes.
        """
        node = part.node
        yield self._within(node, value, depth)
        yield from (node[word] for word in ("const", "default", "example") if word in node)
        yield from (one for word in ("enum", "examples") for one in node.get(word, ()))
        yield from (self._fitted(branch, value, depth) for branch in part.branches)
        yield sample(
            self._document, {word: below for word, below in node.items() if word not in DOCUMENTED}
        )
        kinds = types(node)
        for whole in (False, True):
            for one in (node, *(self._part(branch).node for branch in part.branches)):
                yield self._within(
                    one,
                    (
                        {}
                        if "object" in kinds or "properties" in one
                        else []
                        if "array" in types(one)
                        else MISSING
                    ),
                    depth,
                    whole,
                )

    def _within(self, node: Json, value: Json, depth: int, whole: bool = False) -> Json:
        """Return an object or a list with parts that fit; MISSING for anything else. `whole` adds
        what is optional.
        """
        if isinstance(value, list):
            listed = [*value, *[MISSING] * (node.get("minItems", 0) - len(value))]
            members = [self._fitted(node.get("items", ANY), one, depth) for one in listed]
            return [one for one in members if one is not MISSING][: node.get("maxItems")]
        if not isinstance(value, dict):
            return MISSING
        declared, more, required = (
            node.get("properties", {}),
            node.get("additionalProperties", ANY),
            node.get("required", ()),
        )
        parts: dict[str, Json] = {
            name: self._fitted(declared.get(name, more), one, depth) for name, one in value.items()
        }
        wanted = [
            name
            for name in (*required, *(declared if whole else ()))
            if parts.get(name, MISSING) is MISSING
        ]
        parts.update(
            (name, self._fitted(declared.get(name, more), MISSING, depth)) for name in wanted
        )
        return {name: one for name, one in parts.items() if one is not MISSING}

    def _part(self, schema: Json) -> Part:
        # by identity: the schemas that are asked about stand in the document, or in a part that is
        # kept here
        known = self._parts.get(id(schema))
        if known is None:
            node = flat(self._document, schema)
            rest = {
                word: below
                for word, below in node.items()
                if word not in ("anyOf", "oneOf", "allOf")
            }
            branches = tuple(
                {"allOf": [rest, branch]}
                for word in ("oneOf", "anyOf")
                for branch in node.get(word, ())
            )
            known = self._parts[id(schema)] = Part(
                schema, node, branches, schemas.compile(self._document, schema)
            )
        return known


def fitting(contract: Contract, operation: Operation) -> Finish:
    """Return what goes over the JSON answers of an operation, and mends those that do not fit what
    is documented of their status.
    """
    fitter, known = Fitter(contract.document), dict[tuple[int, bytes], bytes]()

    def finish(state: State, response: Response) -> Response:
        documented = operation.response(response.status)
        if documented is None or not _described(documented, response):
            return response
        key = (response.status, response.body)
        if key not in known:
            if len(known) >= KNOWN:
                known.clear()
            known[key] = _mended(fitter, documented.schema, response.body)
        return replace(response, body=known[key])

    return finish


def _described(documented: Documented, response: Response) -> bool:
    return (
        documented.schema is not None
        and is_json(documented.media or "")
        and bool(response.body)
        and is_json(dict(response.headers).get("content-type", ""))
    )


def _mended(fitter: Fitter, schema: Json, body: bytes) -> bytes:
    value = decode(body)
    fitted = fitter.fitted(schema, value)
    return body if fitted is value else encode(fitted).encode()
