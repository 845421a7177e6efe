"""Parsing and validation of the path, the query and the headers of a request."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.location import ParameterLocation
from conformance.contract.operation import Operation
from conformance.contract.parameter_decoding import build_parameter_decoder
from conformance.contract.pointer import MISSING
from conformance.contract.resource import Resource
from conformance.mock.argument import BLANK, ParameterParser, build_parameter_parser
from conformance.mock.bound_call import BoundCall
from conformance.mock.config import MockConfig, get_operation_base_path, list_existing_parent_ids
from conformance.mock.message import MockRequest
from conformance.mock.part import Override
from conformance.mock.parts import list_mock_parts
from conformance.mock.refusal import Refusal

# path_arguments, sent and arguments of a BoundCall
BoundValues = tuple[Mapping[str, Json], Mapping[str, Json], Mapping[str, Json]]
TextSelector = Callable[[str], str | None]
# declarations of these headers are ignored (OpenAPI 3.1, 4.8.12.1)
RESERVED_HEADERS = ("accept", "content-type", "authorization")
CACHE_SIZE = 1024  # parsed requests per operation


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterBinder:
    """A function that parses and validates the parameters of a request.

    `path_parsers` have the position of their segment in the path. The others select their raw text
    from the raw query, a header (lower-case name) or the cookies. Undeclared parameters are
    ignored, because clients of vendors send some.
    """

    path_parsers: tuple[tuple[str, ParameterParser], ...]
    raw_path_positions: Mapping[str, int]
    query: Mapping[str, ParameterParser]
    headers: Mapping[str, tuple[str, ParameterParser]]
    cookies: Mapping[str, ParameterParser]
    selectors: Mapping[str, TextSelector]
    required: tuple[str, ...]
    defaults: Mapping[str, Json]
    overrides: tuple[Override, ...]
    _cache: dict[tuple[object, ...], BoundValues] = field(
        init=False, default_factory=dict, repr=False, compare=False
    )

    def __call__(self, request: MockRequest, path_values: tuple[str, ...]) -> BoundCall:
        """Return the call that a request makes.

        The result is cached. Raises Refusal if a parameter is missing or invalid.
        """
        if (self.headers and not self.headers.keys().isdisjoint(request.headers)) or (
            self.cookies or self.raw_path_positions
        ):
            return BoundCall(request, *self._bind_parameter_values(request, path_values))
        key = (request.raw_query, path_values)
        cached = self._cache.get(key)
        if cached is None:
            cached = self._bind_parameter_values(request, path_values)
            if len(self._cache) >= CACHE_SIZE:
                self._cache.clear()
            self._cache[key] = cached
        return BoundCall(request, *cached)

    def _bind_parameter_values(
        self, request: MockRequest, path_values: tuple[str, ...]
    ) -> BoundValues:
        raw_segments = request.path.split("/") if self.raw_path_positions else []
        path_arguments = {
            name: parse(
                raw_segments[self.raw_path_positions[name]]
                if name in self.raw_path_positions
                else quote(text, safe="")
            )
            for (name, parse), text in zip(self.path_parsers, path_values, strict=True)
        }
        sent = {
            name: parse(text)
            for name, parse in self.query.items()
            if (text := self.selectors[name](request.raw_query)) is not None
        }
        for lower_name, (name, parse) in self.headers.items():
            if lower_name in request.headers:
                sent[name] = parse(request.headers[lower_name])
        cookies = request.headers.get("cookie", "") if self.cookies else ""
        for name, parse in self.cookies.items():
            if (text := self.selectors[name](cookies)) is not None:
                sent[name] = parse(text)
        for name in self.required:
            if name not in sent:
                raise Refusal(400, f"{name}: it is required", parameter=name)
        arguments = {
            **self.defaults,
            **{name: value for name, value in sent.items() if value != BLANK},
        }
        for override in self.overrides:
            override(arguments)
        return path_arguments, sent, arguments


def build_parameter_binder(
    contract: Contract, operation: Operation, resource: Resource | None, config: MockConfig
) -> ParameterBinder:
    """Return the parameter binder of an operation."""
    by_location = {
        location: [
            parameter for parameter in operation.parameters if parameter.location is location
        ]
        for location in ParameterLocation
    }
    by_location[ParameterLocation.HEADER] = [
        header
        for header in by_location[ParameterLocation.HEADER]
        if header.wire_name.lower() not in RESERVED_HEADERS
    ]
    outside_path = [
        *by_location[ParameterLocation.QUERY],
        *by_location[ParameterLocation.HEADER],
        *by_location[ParameterLocation.COOKIE],
    ]
    decoders = {
        parameter.name: build_parameter_decoder(parameter) for parameter in operation.parameters
    }
    segments = (get_operation_base_path(contract, config, operation.id) + operation.path).split("/")
    parsers = {
        parameter.name: build_parameter_parser(parameter) for parameter in operation.parameters
    }
    return ParameterBinder(
        path_parsers=tuple(
            (
                name,
                _build_existing_parent_id_parser(
                    contract, name, parsers.get(name, str), resource, config
                ),
            )
            for name in re.findall(r"\{([^{}]+)\}", operation.path)
        ),
        raw_path_positions={
            decoder.parameter.wire_name: segments.index("{" + decoder.parameter.wire_name + "}")
            for decoder in decoders.values()
            if decoder.parameter.location is ParameterLocation.PATH
            and (decoder.structured or decoder.parameter.style != "simple")
            and "{" + decoder.parameter.wire_name + "}" in segments
        },
        selectors={name: decoder.select_text for name, decoder in decoders.items()},
        cookies={
            parameter.name: parsers[parameter.name]
            for parameter in by_location[ParameterLocation.COOKIE]
        },
        query={
            parameter.name: parsers[parameter.name]
            for parameter in by_location[ParameterLocation.QUERY]
        },
        headers={
            parameter.wire_name.lower(): (parameter.name, parsers[parameter.name])
            for parameter in by_location[ParameterLocation.HEADER]
        },
        required=tuple(parameter.name for parameter in outside_path if parameter.required),
        defaults={
            parameter.name: parameter.default
            for parameter in outside_path
            if parameter.default is not MISSING
        },
        overrides=tuple(
            override
            for part, behavior in list_mock_parts(contract, operation)
            for override in part.build_overrides(contract, operation, behavior)
        ),
    )


def _build_existing_parent_id_parser(
    contract: Contract,
    name: str,
    parse: ParameterParser,
    resource: Resource | None,
    config: MockConfig,
) -> ParameterParser:
    parent = resource.parent if resource else None
    if parent is None or parent.parameter != name or config.permissive:
        return parse
    known_ids, not_found_status = (
        frozenset(list_existing_parent_ids(contract, config, name)),
        parent.not_found_status,
    )

    def parse_known(text: str) -> Json:
        value = parse(text)
        if str(value) not in known_ids:
            raise Refusal(not_found_status, f"there is no {name} {text}", not_found_parameter=name)
        return value

    return parse_known
