"""Operations as values: parameters, body, responses and security of a method on a path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from conformance.contract.json import Json
from conformance.contract.location import ParameterLocation
from conformance.contract.pointer import MISSING, join
from conformance.contract.reference import resolve_reference
from conformance.contract.schema import Schema
from conformance.contract.security import SecurityRequirement, parse_security_requirements
from conformance.protocol import is_json, media_type_matches, rank_media_range

HTTP_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter of an operation.

    `name` is unique in the operation and `wire_name` is what a request carries; they differ if the
    name stands in two locations (see `_name_parameters`). `style` and `explode` say how arrays and
    objects are serialized. `media_type` is set if the value is serialized as that media type
    (`content` in OpenAPI).
    `refused_keywords` names the schema keywords whose violation the documentation promises to
    refuse. `similar_values` violate such a keyword, but a server may accept or refuse them.
    `refused_examples` holds further values that are refused, by name.
    """

    name: str
    wire_name: str
    location: ParameterLocation
    style: str
    explode: bool
    required: bool
    schema: Schema
    pointer: str
    description: str = ""
    media_type: str | None = None
    allows_blank: bool = False
    examples: tuple[Json, ...] = ()
    refused_keywords: tuple[str, ...] = ()
    similar_values: tuple[Json, ...] = ()
    refused_examples: Mapping[str, Json] = field(default_factory=dict)
    source: Json = None

    @property
    def default(self) -> Json:
        """Return the documented default, or MISSING."""
        return self.schema.get("default", MISSING)

    @property
    def enum(self) -> tuple[Json, ...]:
        """Return the accepted values, or an empty tuple if the schema does not list them."""
        return tuple(self.schema.get("enum", ()))

    @property
    def may_be_blank(self) -> bool:
        """Tell whether a blank value is valid: by `allowEmptyValue`, or by the schema."""
        return self.allows_blank or (
            (not self.enum or "" in self.enum) and not self.schema.get("minLength")
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestBodySpec:
    """A request body of one media type.

    `encoding` holds the Encoding Objects of a form by property. `alternatives` are the bodies of
    the other documented media types; the first that is JSON is the main one.
    """

    media_type: str
    schema: Schema
    encoding: Mapping[str, Json] = field(default_factory=dict)
    required: bool
    pointer: str
    examples: Mapping[str, Json]
    refused_keywords: tuple[str, ...] = ()
    source: Json = None
    alternatives: tuple[RequestBodySpec, ...] = ()

    def find_for_content_type(self, content_type: str) -> RequestBodySpec | None:
        """Return the body of the most specific media type that covers a Content-Type, or None."""
        return max(
            (
                body
                for body in (self, *self.alternatives)
                if media_type_matches(body.media_type, content_type)
            ),
            key=lambda body: rank_media_range(body.media_type),
            default=None,
        )

    def get_for_media_type(self, media_type: str) -> RequestBodySpec:
        """Return the body of a documented media type; raises StopIteration for another one."""
        return next(body for body in (self, *self.alternatives) if body.media_type == media_type)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedExample:
    """An entry of `examples`; the value is MISSING where it is outside of the document."""

    name: str
    value: Json
    external_value: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaContent:
    """The content of a response in one media type or range."""

    media_type: str
    schema: Schema | None
    examples: tuple[Json, ...] = ()
    named_examples: tuple[NamedExample, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseHeader:
    """A documented header of a response, in the style `simple`."""

    name: str
    required: bool
    schema: Schema
    explode: bool
    pointer: str
    examples: tuple[Json, ...] = ()
    source: Json = None

    @property
    def as_parameter(self) -> Parameter:
        """Return the header as a parameter, which is decoded alike."""
        return Parameter(
            name=self.name,
            wire_name=self.name,
            location=ParameterLocation.HEADER,
            style="simple",
            explode=self.explode,
            required=self.required,
            schema=self.schema,
            pointer=self.pointer,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseSpec:
    """A documented response.

    `status` is as written: a code such as `200`, a class such as `4XX`, or `default`. If
    `media_type` is None, no body is documented. Of several media types, `media_type`, `schema` and
    `examples` are those of the first that is JSON; `contents` holds all.
    """

    status: str
    description: str
    pointer: str
    media_type: str | None = None
    schema: Schema | None = None
    examples: tuple[Json, ...] = ()
    contents: tuple[MediaContent, ...] = ()
    headers: tuple[ResponseHeader, ...] = ()
    source: Json = None

    def find_content(self, content_type: str) -> MediaContent | None:
        """Return the most specific documented content for a Content-Type, or None."""
        return max(
            (
                content
                for content in self.contents
                if media_type_matches(content.media_type, content_type)
            ),
            key=lambda content: rank_media_range(content.media_type),
            default=None,
        )

    def covers(self, status: int) -> bool:
        """Tell whether this response documents a status code."""
        return (
            self.status == "default"
            or self.status == str(status)
            or (self.status.upper().endswith("XX") and self.status[0] == str(status)[0])
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method on one path template.

    `security` holds alternative requirements; unless `requires_credentials`, a request without any
    of them is valid, too.
    `behavior_nodes` holds name, pointer and node of each entry in `x-behaviors`; `examples` holds
    pointer, arguments and citations of each entry in `x-examples`. An `auxiliary` operation is only
    a means for other operations, and no claims are made about it.
    """

    id: str
    method: str
    path: str
    pointer: str
    summary: str
    tags: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    body: RequestBodySpec | None
    responses: tuple[ResponseSpec, ...]
    security: tuple[SecurityRequirement, ...]
    requires_credentials: bool
    behavior_nodes: tuple[tuple[str, str, Json], ...]
    examples: tuple[tuple[str, Mapping[str, Json], Json], ...]
    source: Json = None
    auxiliary: bool = False
    _responses_by_status: dict[int, ResponseSpec | None] = field(
        init=False, default_factory=dict, repr=False, compare=False
    )

    def parameter(self, name: str) -> Parameter | None:
        """Return the parameter with that name, or None."""
        return next((parameter for parameter in self.parameters if parameter.name == name), None)

    @property
    def scopes(self) -> tuple[str, ...]:
        """Return every scope that a requirement names, in order of appearance."""
        return tuple(
            dict.fromkeys(scope for requirement in self.security for scope in requirement.scopes)
        )

    @property
    def security_scheme_names(self) -> tuple[str, ...]:
        """Return the names of the schemes of all requirements, in order of appearance."""
        return tuple(
            dict.fromkeys(
                name for requirement in self.security for name in requirement.scopes_by_scheme
            )
        )

    def find_documented_response(self, status: int) -> ResponseSpec | None:
        """Return the most specific documented response for a status code (OpenAPI 3.1, 4.8.16).

        Return None if no response covers it.
        """
        if status not in self._responses_by_status:  # used several times per response
            matches = [response for response in self.responses if response.covers(status)]
            self._responses_by_status[status] = min(
                matches,
                key=lambda response: (
                    response.status == "default",
                    response.status.upper().endswith("XX"),
                ),
                default=None,
            )
        return self._responses_by_status[status]

    @property
    def documents_success(self) -> bool:
        """Tell whether a 2xx response is documented; without one, no claims are possible."""
        return any(response.status.startswith("2") for response in self.responses)

    @property
    def success_response(self) -> ResponseSpec:
        """Return the first documented 2xx response.

        If there is none, return the first response that is not an error, otherwise the first
        response.
        """
        ordered_responses = sorted(
            self.responses, key=lambda response: "2d31".find(response.status[0]) % 9
        )
        return (
            ordered_responses[0]
            if ordered_responses
            else ResponseSpec(status="200", description="nothing is said", pointer=self.pointer)
        )

    @property
    def documented_statuses(self) -> tuple[int, ...]:
        """Return the status codes that are documented individually."""
        return tuple(
            int(response.status) for response in self.responses if response.status.isdecimal()
        )

    @property
    def is_safe(self) -> bool:
        """Tell whether the method is safe (RFC 9110, 9.2.1)."""
        return self.method in ("GET", "HEAD", "OPTIONS", "TRACE")


def parse_operations(document: Json) -> tuple[Operation, ...]:
    """Return the operations of a document, in document order.

    openapi-spec-validator must have found the document valid.
    """
    operations = []
    for path, path_item in document.get("paths", {}).items():
        for method in HTTP_METHODS:
            if method in path_item:
                operations.append(_parse_operation(document, path, method, path_item))
    return tuple(operations)


def _parse_operation(document: Json, path: str, method: str, path_item: Json) -> Operation:
    node = path_item[method]
    pointer = join("/paths", path, method)
    security = node.get("security", document.get("security", ()))
    parameters = {
        (parameter.name, parameter.location): parameter
        for owner, owner_pointer in ((path_item, join("/paths", path)), (node, pointer))
        for parameter in (
            _parse_parameter(document, parameter_node, join(owner_pointer, "parameters", index))
            for index, parameter_node in enumerate(owner.get("parameters", ()))
        )
    }
    return Operation(
        id=node.get("operationId") or f"{method.upper()} {path}",
        method=method.upper(),
        path=path,
        pointer=pointer,
        summary=node.get("summary", ""),
        tags=tuple(node.get("tags", ())),
        parameters=_name_parameters(parameters.values()),
        body=_parse_request_body(document, node.get("requestBody"), join(pointer, "requestBody")),
        responses=tuple(
            _parse_response(
                document, str(status), response_node, join(pointer, "responses", status)
            )
            for status, response_node in node.get("responses", {}).items()
        ),
        security=parse_security_requirements(security),
        requires_credentials=bool(security) and {} not in security,
        behavior_nodes=tuple(
            (name, join(pointer, "x-behaviors", index, name), behavior_node)
            for index, entry in enumerate(node.get("x-behaviors", ()))
            for name, behavior_node in entry.items()
        ),
        examples=tuple(
            (join(pointer, "x-examples", index), entry["arguments"], entry.get("x-source"))
            for index, entry in enumerate(node.get("x-examples", ()))
        ),
        source=node.get("x-source"),
        auxiliary=node.get("x-basis") == "client",
    )


def _name_parameters(parameters: Iterable[Parameter]) -> tuple[Parameter, ...]:
    """Return parameters with names that are unique in their operation.

    Of one name in several locations, the first in the order path, query, header, cookie keeps it;
    the others become `header.version`.
    """
    order = list(ParameterLocation)
    owners: dict[str, ParameterLocation] = {}
    listed = list(parameters)
    for parameter in sorted(listed, key=lambda parameter: order.index(parameter.location)):
        owners.setdefault(parameter.wire_name, parameter.location)
    return tuple(
        parameter
        if owners[parameter.wire_name] is parameter.location
        else replace(parameter, name=f"{parameter.location}.{parameter.wire_name}")
        for parameter in listed
    )


_DEFAULT_STYLES = {
    ParameterLocation.PATH: "simple",
    ParameterLocation.QUERY: "form",
    ParameterLocation.HEADER: "simple",
    ParameterLocation.COOKIE: "form",
}


def _parse_parameter(document: Json, node: Json, pointer: str) -> Parameter:
    node, pointer = resolve_reference(document, node, pointer)
    media_type, schema_owner = next(iter(node.get("content", {}).items()), (None, node))
    location = ParameterLocation(node["in"])
    style = node.get("style", _DEFAULT_STYLES[location])
    return Parameter(
        name=node["name"],
        wire_name=node["name"],
        location=location,
        style=style,
        explode=node.get("explode", style == "form"),
        required=node.get("required", False),
        schema=Schema(document, schema_owner.get("schema", {})),
        pointer=pointer,
        description=node.get("description", ""),
        media_type=media_type,
        allows_blank=node.get("allowEmptyValue", False),
        examples=_list_example_values(document, schema_owner),
        refused_keywords=tuple(node.get("x-refused", ())),
        similar_values=tuple(node.get("x-similar", ())),
        refused_examples=node.get("x-refusals", {}),
        source=node.get("x-source"),
    )


def _parse_request_body(document: Json, node: Json, pointer: str) -> RequestBodySpec | None:
    if node is None:
        return None
    node, pointer = resolve_reference(document, node, pointer)
    content = node.get("content", {})
    media_type = next((name for name in content if is_json(name)), next(iter(content), None))
    if media_type is None:
        return None
    bodies = {name: _parse_media_type_object(document, node, pointer, name) for name in content}
    return replace(
        bodies[media_type],
        alternatives=tuple(body for name, body in bodies.items() if name != media_type),
    )


def _parse_media_type_object(
    document: Json, node: Json, pointer: str, media_type: str
) -> RequestBodySpec:
    media_type_object = node["content"][media_type]
    examples = {
        example.name: example.value
        for example in _parse_named_examples(document, media_type_object)
        if example.value is not MISSING
    }
    if "example" in media_type_object:
        examples["example"] = media_type_object["example"]
    return RequestBodySpec(
        media_type=media_type,
        schema=Schema(document, media_type_object.get("schema", {})),
        encoding=media_type_object.get("encoding", {}),
        required=node.get("required", False),
        pointer=pointer,
        examples=examples,
        refused_keywords=tuple(node.get("x-refused", ())),
        source=node.get("x-source"),
    )


def _parse_response(document: Json, status: str, node: Json, pointer: str) -> ResponseSpec:
    node, pointer = resolve_reference(document, node, pointer)
    content = node.get("content", {})
    media_type = next((name for name in content if is_json(name)), next(iter(content), None))
    media_type_object = content.get(media_type, {})
    return ResponseSpec(
        status=status,
        description=node.get("description", ""),
        pointer=pointer,
        media_type=media_type,
        schema=_parse_schema(document, media_type_object),
        examples=_list_example_values(document, media_type_object),
        contents=tuple(
            MediaContent(
                media_type=name,
                schema=_parse_schema(document, content_node),
                examples=_list_example_values(document, content_node),
                named_examples=_parse_named_examples(document, content_node),
            )
            for name, content_node in content.items()
        ),
        headers=tuple(
            _parse_response_header(document, name, header_node, join(pointer, "headers", name))
            for name, header_node in node.get("headers", {}).items()
            if name.lower() != "content-type"  # ignored (OpenAPI 3.1, 4.8.17.1)
        ),
        source=node.get("x-source"),
    )


def _parse_response_header(document: Json, name: str, node: Json, pointer: str) -> ResponseHeader:
    node, pointer = resolve_reference(document, node, pointer)
    schema_owner = next(iter(node.get("content", {}).values()), node)
    return ResponseHeader(
        name=name,
        required=node.get("required", False),
        # a header with `content` is serialized by its media type, of which nothing is judged
        schema=Schema(document, schema_owner.get("schema", {}) if "content" not in node else {}),
        explode=node.get("explode", False),
        pointer=pointer,
        examples=_list_example_values(document, node),
        source=node.get("x-source"),
    )


def _parse_named_examples(document: Json, owner: Json) -> tuple[NamedExample, ...]:
    """Return the entries of `examples`, through references (OpenAPI 3.1, 4.8.19)."""
    examples = (
        (name, resolve_reference(document, node, "")[0])
        for name, node in owner.get("examples", {}).items()
    )
    return tuple(
        NamedExample(
            name=name, value=node.get("value", MISSING), external_value=node.get("externalValue")
        )
        for name, node in examples
        if isinstance(node, dict)
    )


def _list_example_values(document: Json, owner: Json) -> tuple[Json, ...]:
    """Return the documented examples that the document itself holds."""
    if "example" in owner:
        return (owner["example"],)
    examples = _parse_named_examples(document, owner)
    return tuple(example.value for example in examples if example.value is not MISSING)


def _parse_schema(document: Json, owner: Json) -> Schema | None:
    return Schema(document, owner["schema"]) if owner.get("schema") is not None else None
