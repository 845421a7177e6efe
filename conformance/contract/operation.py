"""Operations as values: parameters, body, responses and security of one method on one path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from conformance.contract import pointer as pointers
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING, join
from conformance.contract.reference import resolve

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class Location(StrEnum):
    """Where a parameter travels (OpenAPI 3.1, 4.8.12)."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"
    COOKIE = "cookie"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter. `media` is set when its value is serialised as that media type (the `content`
    form of OpenAPI).

    `refused` names the schema keywords outside of which the page promises a refusal; `similar` are
    values that such a check leaves alone; `refusals` are further values, by name, that are refused.
    """

    name: str
    location: Location
    required: bool
    schema: Json
    pointer: str
    description: str = ""
    media: str | None = None
    blank: bool = False
    examples: tuple[Json, ...] = ()
    refused: tuple[str, ...] = ()
    similar: tuple[Json, ...] = ()
    refusals: Mapping[str, Json] = field(default_factory=dict)
    source: Json = None

    @property
    def default(self) -> Json:
        """Return the documented default, or MISSING."""
        return self.schema.get("default", MISSING)

    @property
    def enum(self) -> tuple[Json, ...]:
        """Return the values that are accepted, empty when the schema lists none."""
        return tuple(self.schema.get("enum", ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A request body of one media type; `schema` may hold references into the document."""

    media: str
    schema: Json
    required: bool
    pointer: str
    examples: Mapping[str, Json]
    refused: tuple[str, ...] = ()
    source: Json = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One documented answer. `status` is as written: `200`, a class such as `4XX`, or `default`; no
    `media` means no documented body.
    """

    status: str
    description: str
    pointer: str
    media: str | None = None
    schema: Json = None
    examples: tuple[Json, ...] = ()
    source: Json = None

    def covers(self, status: int) -> bool:
        """Tell whether a status code falls under this response."""
        return (
            self.status == "default"
            or self.status == str(status)
            or (self.status.upper().endswith("XX") and self.status[0] == str(status)[0])
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method on one path template. `scopes` are alternatives, any one suffices; None when no
    credentials are asked for.
    """

    id: str
    method: str
    path: str
    pointer: str
    summary: str
    tags: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    body: Body | None
    responses: tuple[Response, ...]
    scopes: tuple[str, ...] | None
    behaviours: tuple[tuple[str, str, Json], ...]
    examples: tuple[tuple[str, Mapping[str, Json], Json], ...]
    source: Json = None
    means_only: bool = False
    _covering: dict[int, Response | None] = field(
        init=False, default_factory=dict, repr=False, compare=False
    )

    def parameter(self, name: str) -> Parameter | None:
        """Return the parameter of that name."""
        return next((parameter for parameter in self.parameters if parameter.name == name), None)

    def response(self, status: int) -> Response | None:
        """Return the most exact documented response for a status code (OpenAPI 3.1, 4.8.16)."""
        if status not in self._covering:  # a run asks this several times of every answer
            found = [response for response in self.responses if response.covers(status)]
            self._covering[status] = min(
                found,
                key=lambda response: (
                    response.status == "default",
                    response.status.upper().endswith("XX"),
                ),
                default=None,
            )
        return self._covering[status]

    @property
    def succeeds(self) -> bool:
        """Tell whether any 2xx response is documented; of an operation without one, nothing can be
        claimed.
        """
        return any(response.status.startswith("2") for response in self.responses)

    @property
    def success(self) -> Response:
        """Return the first documented 2xx response; of an operation that documents none, the first
        that is no error, else the first.
        """
        order = sorted(self.responses, key=lambda response: "2d31".find(response.status[0]) % 9)
        return (
            order[0]
            if order
            else Response(status="200", description="nothing is said", pointer=self.pointer)
        )

    @property
    def statuses(self) -> tuple[int, ...]:
        """Return the status codes that are documented one by one."""
        return tuple(
            int(response.status) for response in self.responses if response.status.isdecimal()
        )

    @property
    def reads_only(self) -> bool:
        """Tell whether the method is safe (RFC 9110, 9.2.1)."""
        return self.method in ("GET", "HEAD", "OPTIONS", "TRACE")


def parse(document: Json) -> tuple[Operation, ...]:
    """Return the operations of a document that openapi-spec-validator has found valid, in the order
    written.
    """
    found = []
    for path, item in document.get("paths", {}).items():
        for method in METHODS:
            if method in item:
                found.append(_operation(document, path, method, item))
    return tuple(found)


def _operation(document: Json, path: str, method: str, item: Json) -> Operation:
    node = item[method]
    at = join("/paths", path, method)
    given = {
        (parameter.name, parameter.location): parameter
        for owner, owner_at in ((item, join("/paths", path)), (node, at))
        for parameter in (
            _parameter(document, one, join(owner_at, "parameters", index))
            for index, one in enumerate(owner.get("parameters", ()))
        )
    }
    return Operation(
        id=node.get("operationId") or f"{method.upper()} {path}",
        method=method.upper(),
        path=path,
        pointer=at,
        summary=node.get("summary", ""),
        tags=tuple(node.get("tags", ())),
        parameters=tuple(given.values()),
        body=_body(document, node.get("requestBody"), join(at, "requestBody")),
        responses=tuple(
            _response(document, str(status), one, join(at, "responses", status))
            for status, one in node.get("responses", {}).items()
        ),
        scopes=_scopes(node.get("security", document.get("security", ()))),
        behaviours=tuple(
            (word, join(at, "x-behaviours", index, word), body)
            for index, entry in enumerate(node.get("x-behaviours", ()))
            for word, body in entry.items()
        ),
        examples=tuple(
            (join(at, "x-examples", index), entry["arguments"], entry.get("x-source"))
            for index, entry in enumerate(node.get("x-examples", ()))
        ),
        source=node.get("x-source"),
        means_only=node.get("x-basis") == "client",
    )


def _parameter(document: Json, node: Json, at: str) -> Parameter:
    node, at = resolve(document, node, at)
    media, holder = next(iter(node.get("content", {}).items()), (None, node))
    schema, _ = resolve(document, holder.get("schema", {}), at)
    examples = (
        [holder["example"]]
        if "example" in holder
        else [one["value"] for one in holder.get("examples", {}).values() if "value" in one]
    )
    return Parameter(
        name=node["name"],
        location=Location(node["in"]),
        required=node.get("required", False),
        schema=schema,
        pointer=at,
        description=node.get("description", ""),
        media=media,
        blank=node.get("allowEmptyValue", False),
        examples=tuple(examples),
        refused=tuple(node.get("x-refused", ())),
        similar=tuple(node.get("x-similar", ())),
        refusals=node.get("x-refusals", {}),
        source=node.get("x-source"),
    )


def _body(document: Json, node: Json, at: str) -> Body | None:
    if node is None:
        return None
    node, at = resolve(document, node, at)
    content = node.get("content", {})
    media = next((name for name in content if "json" in name), next(iter(content), None))
    if media is None:
        return None
    holder = content[media]
    examples = {
        name: one["value"] for name, one in holder.get("examples", {}).items() if "value" in one
    }
    if "example" in holder:
        examples["example"] = holder["example"]
    return Body(
        media=media,
        schema=holder.get("schema", {}),
        required=node.get("required", False),
        pointer=at,
        examples=examples,
        refused=tuple(node.get("x-refused", ())),
        source=node.get("x-source"),
    )


def _response(document: Json, status: str, node: Json, at: str) -> Response:
    node, at = resolve(document, node, at)
    content = node.get("content", {})
    media = next((name for name in content if "json" in name), next(iter(content), None))
    holder = content.get(media, {})
    examples = (
        [holder["example"]]
        if "example" in holder
        else [one["value"] for one in holder.get("examples", {}).values() if "value" in one]
    )
    return Response(
        status=status,
        description=node.get("description", ""),
        pointer=at,
        media=media,
        schema=holder.get("schema"),
        examples=tuple(examples),
        source=node.get("x-source"),
    )


def _scopes(security: Json) -> tuple[str, ...] | None:
    if not security or {} in security:
        return None
    return tuple(
        scope for requirement in security for scopes in requirement.values() for scope in scopes
    )


def properties(document: Json, schema: Json) -> dict[str, tuple[Json, str | None]]:
    """Return the declared properties of an object schema with their nodes resolved one level;
    keywords beside `$ref` win.
    """
    resolved, _ = resolve(document, schema, "")
    return {
        name: (merged(document, node), pointers.get(node, "/$ref"))
        for name, node in resolved.get("properties", {}).items()
    }


def merged(document: Json, node: Json) -> Json:
    """Return a schema node with its `$ref` followed, its own keywords laid over (JSON Schema
    2020-12, 8.2.3.1).
    """
    if isinstance(node, dict) and "$ref" in node:
        target, _ = resolve(document, {"$ref": node["$ref"]}, "")
        return {**target, **{key: value for key, value in node.items() if key != "$ref"}}
    return node
