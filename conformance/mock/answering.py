"""Path, query and headers of a request, checked and typed: the arguments of the call."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Location, Operation
from conformance.contract.overriding import Overrides
from conformance.contract.pointer import MISSING
from conformance.contract.resource import Resource
from conformance.mock.argument import BLANK, Reader, reader
from conformance.mock.call import Call
from conformance.mock.message import Request
from conformance.mock.overriding import Override, overriding
from conformance.mock.refusal import Refusal
from conformance.mock.sample import flat, types
from conformance.mock.world import World, parents

# path, sent, arguments, as in a call
Read = tuple[Mapping[str, Json], Mapping[str, Json], Mapping[str, Json]]
Query = tuple[tuple[str, str], ...]
# no parameters, whatever a document says (OpenAPI 3.1, 4.8.12.1)
RESERVED = ("accept", "content-type", "authorization")
READ = 1024  # requests of which the reading is remembered


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """How each parameter is read; `headers` by lower-case name. What no page declares is left
    alone: the vendors' own clients send it.
    """

    path: tuple[tuple[str, Reader], ...]
    query: Mapping[str, Reader]
    headers: Mapping[str, tuple[str, Reader]]
    required: tuple[str, ...]
    defaults: Mapping[str, Json]
    overrides: tuple[Override, ...]
    lists: frozenset[str] = frozenset()
    _known: dict[tuple[object, ...], Read] = field(
        init=False, default_factory=dict, repr=False, compare=False
    )

    def __call__(self, request: Request, path: tuple[str, ...]) -> Call:
        """Return the call that the request makes; raises Refusal for what the contract does not
        allow. What was read once is not read again.
        """
        if self.headers and not self.headers.keys().isdisjoint(request.headers):
            return Call(request, *self._read(request, path))
        key = (request.query, path)
        known = self._known.get(key)
        if known is None:
            known = self._read(request, path)
            if len(self._known) >= READ:
                self._known.clear()
            self._known[key] = known
        return Call(request, *known)

    def _whole(self, query: Query) -> Query:
        """Return the query with what a list's members are sent as (OpenAPI 3.1, style form,
        exploded) put together.
        """
        if not self.lists or self.lists.isdisjoint(name for name, _ in query):
            return query
        gathered = {
            one: ",".join(text for name, text in query if name == one)
            for one in self.lists
            if any(name == one for name, _ in query)
        }
        return (*((name, text) for name, text in query if name not in gathered), *gathered.items())

    def _read(self, request: Request, path: tuple[str, ...]) -> Read:
        named = {name: read(text) for (name, read), text in zip(self.path, path, strict=True)}
        sent = {
            name: read(text)
            for name, text in self._whole(request.query)
            if (read := self.query.get(name))
        }
        for key, (name, read) in self.headers.items():
            if key in request.headers:
                sent[name] = read(request.headers[key])
        for name in self.required:
            if name not in sent:
                raise Refusal(400, f"{name}: it is required", parameter=name)
        arguments = {
            **self.defaults,
            **{name: value for name, value in sent.items() if value != BLANK},
        }
        for override in self.overrides:
            override(arguments)
        return named, sent, arguments


def taking(
    contract: Contract, operation: Operation, resource: Resource | None, world: World
) -> Taking:
    """Return how an operation's parameters are read."""
    of = {
        location: [
            parameter for parameter in operation.parameters if parameter.location is location
        ]
        for location in Location
    }
    of[Location.HEADER] = [one for one in of[Location.HEADER] if one.name.lower() not in RESERVED]
    open_ = [*of[Location.QUERY], *of[Location.HEADER]]
    readers = {
        parameter.name: reader(contract.document, parameter) for parameter in operation.parameters
    }
    return Taking(
        path=tuple(
            (name, _place(contract, name, readers.get(name, str), resource, world))
            for name in re.findall(r"\{([^{}]+)\}", operation.path)
        ),
        query={parameter.name: readers[parameter.name] for parameter in of[Location.QUERY]},
        headers={
            parameter.name.lower(): (parameter.name, readers[parameter.name])
            for parameter in of[Location.HEADER]
        },
        required=tuple(parameter.name for parameter in open_ if parameter.required),
        defaults={
            parameter.name: parameter.default
            for parameter in open_
            if parameter.default is not MISSING
        },
        lists=frozenset(
            one.name
            for one in of[Location.QUERY]
            if "array" in types(flat(contract.document, one.schema))
        ),
        overrides=overriding(
            tuple(one for one in contract.behaviours[operation.id] if isinstance(one, Overrides))
        ),
    )


def _place(
    contract: Contract, name: str, read: Reader, resource: Resource | None, world: World
) -> Reader:
    parent = resource.parent if resource else None
    if parent is None or parent.parameter != name or world.open:
        return read
    known, status = frozenset(parents(contract, world, name)), parent.unknown

    def find(text: str) -> Json:
        value = read(text)
        if str(value) not in known:
            raise Refusal(status, f"there is no {name} {text}", unknown=name)
        return value

    return find
