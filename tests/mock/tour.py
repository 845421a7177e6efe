"""A tour through a contract: every operation with good and bad inputs, as requests to a mock. Two
mocks that differ anywhere should differ here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from conformance.contract.contract import Contract
from conformance.contract.filtering import (
    FiltersByGlob,
    FiltersByQuery,
    FiltersByState,
    QueryableField,
    QueryableFieldType,
)
from conformance.contract.json import Json
from conformance.contract.location import ParameterLocation
from conformance.contract.merging import list_schema_types, merge_schema
from conformance.contract.operation import Operation, get_schema_properties
from conformance.contract.pagination import PaginationBehavior
from conformance.contract.pointer import MISSING, get_at_pointer
from conformance.contract.resource import Resource
from conformance.contract.sorting import SortingBehavior
from conformance.contract.undeclared_inputs import ToleratesUndeclaredInputs
from conformance.mock.config import MockConfig, list_existing_parent_ids
from conformance.mock.message import MockRequest, MockResponse, build_mock_request
from conformance.mock.mock import Mock
from conformance.mock.seed import build_creation_request_body
from conformance.mock.state import MockState

NAMES = (
    "delta",
    "beta",
    "Beta",
    "xbeta",
    "beta two",
    "alpha",
    "my long group",
    "conformance zz",
    "conformance aa",
    "délicieux",
    "n" * 40,
    "aA",
    "a b",
    "n" * 32 + "x",
    "n" * 32 + "y",
    "b.ta",
    "a%41",
    "a+b",
    "beta",
)
UNKNOWN = {"string": "f" * 24, "integer": "999999"}
GOOD, BAD = "good-token", "bad-token"


@dataclass(slots=True)
class Tour:
    """Sends requests to a mock and remembers each with a label and its answer."""

    mock: Mock
    state: MockState
    steps: list[tuple[str, MockRequest, MockResponse]] = field(default_factory=list)

    @property
    def contract(self) -> Contract:
        return self.mock.contract

    def send(
        self,
        operation: str,
        label: str,
        path: Mapping[str, Json],
        query: Mapping[str, str] | None = None,
        body: Json = MISSING,
        **more: Json,
    ) -> Json:
        one = self.contract.operations[operation]
        filled = one.path.format(
            **{name: quote(str(value), safe="") for name, value in path.items()}
        )
        target = self.mock.base_path + filled + ("?" + urlencode(query) if query else "")
        content = more.get("content", b"" if body is MISSING else json.dumps(body).encode())
        headers = more.get("headers", {"authorization": f"Bearer {GOOD}"}) | more.get("extra", {})
        asked = build_mock_request(one.method, target, headers, content)
        response = self.mock.respond(self.state, asked)
        self.steps.append((f"{operation} {label}", asked, response))
        try:
            return json.loads(response.body)
        except ValueError:
            return None


def world(contract: Contract, seeds: int = 0) -> MockConfig:
    """Return a world with two parents, one good token, and one token for each scope."""
    known = {
        one.parent.parameter: (
            *list_existing_parent_ids(contract, MockConfig(), one.parent.parameter),
            "5" * 24,
        )
        for one in contract.resources
        if one.parent
    }
    return MockConfig(
        parents=known,
        tokens=frozenset({GOOD}),
        token_scopes={f"only-{scope}": scope for scope in contract.scopes},
        seed_count=seeds,
    )


def tour(mock: Mock) -> Tour:
    """Return the finished tour of a mock."""
    found = Tour(mock, mock.create_state())
    for resource in mock.contract.resources:
        Guide(found, resource).lead()
    for operation in mock.contract.operations.values():
        if mock.contract.resource_for(operation.id) is None:
            found.send(operation.id, "plain", {})
    return found


class Guide:
    """Leads a tour through one resource."""

    def __init__(self, tour: Tour, resource: Resource) -> None:
        self.tour, self.resource, self.contract = tour, resource, tour.contract
        self.parents = (
            tour.mock.config.parents.get(resource.parent.parameter, ()) if resource.parent else ()
        )
        self.path = {resource.parent.parameter: self.parents[0]} if resource.parent else {}
        self.body = build_creation_request_body(self.contract, resource)
        self.ids: list[Json] = []

    def lead(self) -> None:
        self.credentials()
        self.look("at first")
        self.creations()
        self.bodies(self.resource.create, self.path)
        self.listing()
        for role, id in self.resource.operation_ids_by_role.items():
            if id in self.resource.item_operation_ids and role != "delete":
                self.on_item(role, id)
        self.ending()

    def name(self, text: str) -> Json:
        return {**self.body, (self.resource.mark_pointer or "/")[1:]: text}

    def send(
        self, operation: str, label: str, query: Mapping[str, str] | None = None, **more: Json
    ) -> Json:
        path = more.pop("path", self.path)
        return self.tour.send(operation, label, path, query, **more)

    def look(self, label: str) -> None:
        if self.resource.list:
            self.send(self.resource.list, f"look {label}")
            states = next((one for one in self.behaviors(FiltersByState)), None)
            for text in states.item_values if states else ():
                self.send(
                    self.resource.list,
                    f"look {label} {states.parameter}={text}",
                    {states.parameter: text},
                )
            for parent in self.parents[1:]:
                self.send(
                    self.resource.list,
                    f"look {label} elsewhere",
                    path={self.resource.parent.parameter: parent},
                )

    def behaviors(self, kind: type) -> list[Json]:
        return [
            one
            for one in self.contract.behaviors.get(self.resource.list or "", ())
            if isinstance(one, kind)
        ]

    def credentials(self) -> None:
        for id in self.resource.operation_ids_by_role.values():
            operation = self.contract.operations[id]
            path, body = self.place(operation, "1"), self.valid(operation)
            for label, value in (
                ("none", None),
                ("unknown", f"Bearer {BAD}"),
                ("bare", GOOD),
                ("other scheme", f"Basic {GOOD}"),
                ("empty", "Bearer "),
                *((scope, f"Bearer only-{scope}") for scope in self.contract.scopes),
            ):
                self.send(
                    id,
                    f"credentials {label}",
                    path=path,
                    body=body,
                    headers={"authorization": value} if value else {},
                )
        self.look("after credentials")

    def place(self, operation: Operation, key: Json) -> Json:
        return {
            p.name: self.path.get(p.name, key)
            for p in operation.parameters
            if p.location is ParameterLocation.PATH
        }

    def valid(self, operation: Operation) -> Json:
        return MISSING if operation.body is None else self.name("valid")

    def creations(self) -> None:
        id = self.resource.create or ""
        for name in NAMES:
            self.ids.append(self.identity(self.send(id, f"create {name}", body=self.name(name))))
            if name in NAMES[:4]:
                self.look(f"after {name}")
        for name, node in get_schema_properties(
            self.contract.document, self.contract.operations[id].body.schema
        ).items():
            for value in good(self.contract.document, node[0]):
                self.ids.append(
                    self.identity(
                        self.send(
                            id, f"create with {name}", body={**self.name("extra"), name: value}
                        )
                    )
                )
        for _ in range(2):
            self.send(id, "create the same", body=self.name("twin"))
        if self.parents:
            self.send(
                id,
                "create elsewhere",
                path={self.resource.parent.parameter: self.parents[1]},
                body=self.name("elsewhere"),
            )
        self.tolerates(id)
        self.unknown(id)
        self.look("after creations")

    def identity(self, answer: Json) -> Json:
        return (
            get_at_pointer(answer, self.resource.identity_pointer)
            if isinstance(answer, dict)
            else None
        )

    def bodies(self, id: str | None, path: Json) -> None:
        operation = self.contract.operations[id or ""]
        document, body = self.contract.document, operation.body
        headers = {"content-type": "text/plain"}
        for number, example in enumerate(body.examples.values()):
            self.send(operation.id, f"example {number}", path=path, body=example)
        if self.resource.switches:
            self.send(
                self.resource.switches[0].on,
                "throw",
                path=self.place(
                    self.contract.operations[self.resource.switches[0].on], self.ids[4]
                ),
            )
        for label, content in (("not json", b"{"), ("empty", b""), ("list", b"[]")):
            self.send(operation.id, f"body {label}", path=path, content=content)
        self.send(operation.id, "body of another type", path=path, body=self.body, extra=headers)
        self.send(
            operation.id, "body with unknown", path=path, body={**self.body, "unknown-property": 1}
        )
        for name, (node, _) in get_schema_properties(document, body.schema).items():
            self.send(
                operation.id,
                f"body without {name}",
                path=path,
                body={key: part for key, part in self.body.items() if key != name},
            )
            for label, value in (*bounds(document, node), *wrong(document, node)):
                self.send(
                    operation.id, f"body {name} {label}", path=path, body={**self.body, name: value}
                )
        for flag in (
            name
            for name, (node, _) in get_schema_properties(document, body.schema).items()
            if "boolean" in list_schema_types(node)
        ):
            empty = {
                name: []
                for name, (node, _) in get_schema_properties(document, body.schema).items()
                if "array" in list_schema_types(node)
            }
            self.send(
                operation.id,
                f"body {flag} false and nothing",
                path=path,
                body={**self.body, **empty, flag: False},
            )
        self.look(f"after bodies of {id}")

    def listing(self) -> None:
        id = self.resource.list or ""
        operation = self.contract.operations[id]
        for parameter in operation.parameters:
            if parameter.location is ParameterLocation.QUERY:
                values = [
                    *parameter.enum,
                    *parameter.examples,
                    *parameter.similar_values,
                    *(one["value"] for one in parameter.refused_examples.values()),
                    "",
                    "wrong",
                    "-1",
                    "501",
                    "true",
                    "false",
                    *(str(one).swapcase() for one in parameter.enum),
                ]
                for value in values:
                    self.send(
                        id,
                        f"{parameter.name}={value}",
                        {parameter.name: value if isinstance(value, str) else json.dumps(value)},
                    )
        together = {
            p.name: p.examples[0]
            for p in operation.parameters
            if p.examples and p.location is ParameterLocation.QUERY
        }
        for arguments in (together, *(example for _, example, _ in operation.examples)):
            self.send(
                id,
                f"together {sorted(arguments)}",
                {
                    name: value if isinstance(value, str) else json.dumps(value)
                    for name, value in arguments.items()
                },
            )
        self.send(
            id,
            "json headers",
            extra={"content-type": "application/json", "accept": "application/json"},
        )
        self.send(id, "other media", extra={"accept": "text/html"})
        self.tolerates(id)
        for sorts in self.behaviors(SortingBehavior):
            self.sorts(id, sorts)
        for globs in self.behaviors(FiltersByGlob):
            self.globs(id, globs)
        for queries in self.behaviors(FiltersByQuery):
            self.queries(id, queries)
        for paginates in self.behaviors(PaginationBehavior):
            self.pages(id, paginates)
        self.together(id)
        self.unknown(id)

    def tolerates(self, id: str) -> None:
        for one in self.contract.behaviors[id]:
            if isinstance(one, ToleratesUndeclaredInputs):
                self.send(
                    id,
                    "tolerates query",
                    one.query_parameters,
                    body=self.valid(self.contract.operations[id]),
                )
                self.send(
                    id,
                    "tolerates headers",
                    extra=one.headers,
                    body=self.valid(self.contract.operations[id]),
                )

    def sorts(self, id: str, sorts: SortingBehavior) -> None:
        for value in sorts.pointers_by_key:
            for direction in (
                (sorts.ascending_value, sorts.descending_value)
                if sorts.direction_parameter
                else (None,)
            ):
                self.send(
                    id,
                    f"sorted {value} {direction}",
                    {sorts.key_parameter: value}
                    | ({sorts.direction_parameter: direction} if direction else {}),
                )

    def globs(self, id: str, globs: FiltersByGlob) -> None:
        for value in globs.pointers_by_field:
            for pattern in (
                "b.ta",
                "a%41",
                "a+b",
                "n" * 32 + "y",
                "beta",
                "beta*",
                "*beta",
                "b*a",
                "b*o",
                "m*long*p",
                "never",
                "*",
                "",
                "délicieux",
            ):
                self.send(
                    id,
                    f"glob {value} {pattern}",
                    {globs.field_parameter: value, globs.pattern_parameter: pattern},
                )
        for label, query in (
            ("no field", {globs.pattern_parameter: "beta"}),
            ("no pattern", {globs.field_parameter: next(iter(globs.pointers_by_field))}),
        ):
            other = globs.field_parameter if label == "no field" else globs.pattern_parameter
            self.send(id, f"glob {label}", query)
            self.send(id, f"glob blank {label}", {**query, other: ""})

    def queries(self, id: str, queries: FiltersByQuery) -> None:
        items = get_at_pointer(self.send(id, "all", {}), self.resource.items_pointer)
        for operator, names in queries.keys_by_operator.items():
            for name in names:
                for query in asked(operator, queries.keys[name], items):
                    self.send(
                        id, f"query {operator} {name}", {queries.parameter: json.dumps(query)}
                    )
        for globs in self.behaviors(FiltersByGlob):
            for asked_for in ({"name": "beta"}, {}):
                query = {
                    queries.parameter: json.dumps(asked_for),
                    globs.field_parameter: next(iter(globs.pointers_by_field)),
                    globs.pattern_parameter: "alpha",
                }
                self.send(id, f"query beside glob {asked_for}", query)

    def narrowed(self) -> Iterator[tuple[str, dict[str, str]]]:
        for one in (
            behavior
            for kind in (FiltersByGlob, FiltersByState, FiltersByQuery)
            for behavior in self.behaviors(kind)
        ):
            match one:
                case FiltersByQuery():
                    yield one.parameter, {one.parameter: '{"name": {"$contains": "e"}}'}
                case FiltersByGlob():
                    yield (
                        one.pattern_parameter,
                        {
                            one.field_parameter: next(iter(one.pointers_by_field)),
                            one.pattern_parameter: "*e*",
                        },
                    )
                case FiltersByState():
                    yield one.parameter, {one.parameter: list(one.item_values)[-1]}

    def together(self, id: str) -> None:
        for label, query in self.narrowed():
            for sorts in self.behaviors(SortingBehavior):
                for value in sorts.pointers_by_key:
                    for direction in (
                        (sorts.ascending_value, sorts.descending_value)
                        if sorts.direction_parameter
                        else (None,)
                    ):
                        self.send(
                            id,
                            f"{label} sorted {value} {direction}",
                            {**query, sorts.key_parameter: value}
                            | ({sorts.direction_parameter: direction} if direction else {}),
                        )
            for paginates in self.behaviors(PaginationBehavior):
                for page in range(paginates.first_page, paginates.first_page + 3):
                    self.send(
                        id,
                        f"{label} page {page} of 2",
                        {
                            **query,
                            paginates.page_parameter: str(page),
                            paginates.size_parameter: "2",
                        },
                    )

    def pages(self, id: str, paginates: PaginationBehavior) -> None:
        for size in (1, 4, 12, 1000):
            for page in range(paginates.first_page, paginates.first_page + 9):
                self.send(
                    id,
                    f"page {page} of {size}",
                    {paginates.page_parameter: str(page), paginates.size_parameter: str(size)},
                )
        self.send(id, "page alone", {paginates.page_parameter: str(paginates.first_page + 1)})
        self.send(id, "size alone", {paginates.size_parameter: "3"})
        for sorts in self.behaviors(SortingBehavior):
            for value in sorts.pointers_by_key:
                self.send(
                    id,
                    f"page alone by {value}",
                    {
                        sorts.key_parameter: value,
                        paginates.page_parameter: str(paginates.first_page + 1),
                        paginates.size_parameter: "3",
                    },
                )

    def unknown(self, id: str) -> None:
        operation = self.contract.operations[id]
        for parameter in (p for p in operation.parameters if p.location is ParameterLocation.PATH):
            known = {**self.place(operation, self.ids[0])}
            kind = next(
                iter(list_schema_types(merge_schema(self.contract.document, parameter.schema))),
                "string",
            )
            for label, value in (("unknown", UNKNOWN[kind]), ("malformed", "~")):
                self.send(
                    id,
                    f"{label} {parameter.name}",
                    path={**known, parameter.name: value},
                    body=self.valid(operation),
                )
        self.look(f"after unknown for {id}")

    def on_item(self, role: str, id: str) -> None:
        operation = self.contract.operations[id]
        for key in self.ids[1:4]:
            path = self.place(operation, key)
            if role.partition(" ")[0] == "off":
                self.throw(role, key)
            for _ in range(2):
                self.send(
                    id,
                    f"do {role}",
                    path=path,
                    body=self.name("updated ÄÖ " + "long " * 5) if operation.body else MISSING,
                )
                self.examine(f"after {role}")
        if operation.body:
            path = self.place(operation, self.ids[4])
            self.bodies(id, path)
            for name, node in get_schema_properties(
                self.contract.document, operation.body.schema
            ).items():
                for value in good(self.contract.document, node[0]):
                    self.send(
                        id,
                        f"{role} with {name}",
                        path=path,
                        body={**self.name("extra"), name: value},
                    )
                    self.examine(f"after {role} of {name}")
        self.unknown(id)

    def throw(self, role: str, key: Json) -> None:
        on = self.contract.operations[self.resource.operation_ids_by_role["on" + role[3:]]]
        self.send(on.id, "throw", path=self.place(on, key))

    def examine(self, label: str) -> None:
        self.look(label)
        if self.resource.read:
            for key in (self.ids[1], self.ids[2], self.ids[4]):
                self.send(
                    self.resource.read,
                    f"examine {label}",
                    path=self.place(self.contract.operations[self.resource.read], key),
                )

    def ending(self) -> None:
        for sorts in self.behaviors(SortingBehavior):
            self.sorts(self.resource.list or "", sorts)
        if self.resource.delete:
            for _ in range(2):
                self.send(
                    self.resource.delete,
                    "do delete",
                    path=self.place(self.contract.operations[self.resource.delete], self.ids[2]),
                    body={},
                )
                self.examine("after delete")
            self.unknown(self.resource.delete)
            for role, id in self.resource.operation_ids_by_role.items():
                if id in self.resource.item_operation_ids:
                    operation = self.contract.operations[id]
                    self.send(
                        id,
                        f"do {role} after delete",
                        path=self.place(operation, self.ids[2]),
                        body=self.name("again") if operation.body else MISSING,
                    )
            for switch in self.resource.switches[:1]:
                self.send(
                    switch.on,
                    "throw",
                    path=self.place(self.contract.operations[switch.on], self.ids[5]),
                )
                self.send(
                    self.resource.delete,
                    "do delete thrown",
                    path=self.place(self.contract.operations[self.resource.delete], self.ids[5]),
                )
                self.examine("after delete thrown")


def good(document: Json, node: Json) -> Iterator[Json]:
    """Yield values that fit a schema of a property."""
    schema = merge_schema(document, node)
    inner = merge_schema(document, schema.get("items", {}))
    match list_schema_types(schema)[:1]:
        case ("string",):
            yield (
                "0123456789abcdef01234567"
                if "pattern" in schema
                else "Ünïcode and more than thirty-two characters"
            )
            yield "fedcba987654321001234567" if "pattern" in schema else "plain"
            yield "fedcba987654321001230000" if "pattern" in schema else "plain too"
            yield from (
                ("a & b", "😀 smile", "e\u0301te\u0301", "two  spaces")
                if "pattern" not in schema
                else ()
            )
            if schema.get("maxLength", 0) > 255:
                yield "x" * 300
        case ("array",) if "object" in list_schema_types(inner):
            yield [{"key": "floor", "value": "8"}, {"key": "room", "value": "é"}]
            yield []
        case ("array",):
            yield (
                [1, 2, 3]
                if "integer" in list_schema_types(inner)
                else ["0123456789abcdef01234567", "fedcba987654321001234567"]
            )
            for name in (
                NAMES if list_schema_types(inner) == ("string",) and "pattern" not in inner else ()
            ):
                yield [name]
        case ("object",):
            yield {"floor": "8", "color": "red"}
            yield {"floor": "9"}
            yield {"room": "8", "color": "floor"}
        case ("boolean",):
            yield True
            yield False
        case _:
            yield 3
            yield 4


def bounds(document: Json, node: Json) -> Iterator[tuple[str, Json]]:
    """Yield values at the bounds of a schema, and just outside."""
    schema = merge_schema(document, node)
    for keyword, over in (("minLength", -1), ("maxLength", 1)):
        if keyword in schema:
            yield keyword, "x" * schema[keyword]
            yield f"long {keyword}", "é" * schema[keyword]
            yield f"beyond {keyword}", "x" * (schema[keyword] + over)
    for keyword, over in (("minimum", -1), ("maximum", 1)):
        if keyword in schema:
            yield keyword, schema[keyword]
            yield f"beyond {keyword}", schema[keyword] + over
    if "maxItems" in schema:
        inner = (
            {}
            if "object" in list_schema_types(merge_schema(document, schema["items"]))
            else "0123456789abcdef01234567"
        )
        yield "maxItems", [inner] * schema["maxItems"]
        yield "beyond maxItems", [inner] * (schema["maxItems"] + 1)


def wrong(document: Json, node: Json) -> Iterator[tuple[str, Json]]:
    """Yield values that a schema may not allow."""
    yield from (
        ("number", 5.5),
        ("digits", "3"),
        ("word", "true"),
        ("one", 1),
        ("id", "0123456789abcdef01234567"),
        ("text", "~"),
        ("list of wrong", [None]),
        ("object", {"a b": "x"}),
        ("tag", {"key": "floor", "value": "8"}),
        ("object of wrong", {"ab": 5}),
        ("flag", True),
        ("null", None),
    )
    yield "list of objects with wrong key", [{"key": " "}]


def asked(operator: str, key: QueryableField, items: list[Json]) -> Iterator[Json]:
    """Yield queries that use an operator on a key."""
    one, other = ({key.name: {"$startsWith": "b"}}, {key.name: {"$endsWith": "o"}})
    fixed: dict[str, list[Json]] = {
        "fields": [
            {"name": "beta", "lastUpdated": "2020-01-01T00:00:00.000Z"},
            {"name": {"$startsWith": "b"}, "lastUpdated": {"$gt": "2999-01-01T00:00:00.000Z"}},
        ],
        "nothing": [{}],
        "$and": [{"$and": [one, other]}, {"$and": [one, one, {key.name: "beta"}]}],
        "$or": [{"$or": [one, {key.name: "delta"}]}, {"$or": [one, one, {key.name: "delta"}]}],
        "$nor": [{"$nor": [one, {key.name: "delta"}]}, {"$nor": [one, one, {key.name: "delta"}]}],
        "$ci": [{key.name: {"$eq": "beta", "$ci": ci}} for ci in (True, False)],
        "$tagKey": [{key.name: {"$tagKey": "floor"}}],
        "$tagValue": [{key.name: {"$tagValue": "8"}}],
    }
    if operator in fixed:
        yield from fixed[operator]
    elif operator.endswith("-of-none"):
        yield {operator.removesuffix("-of-none"): []}
    elif key.type is QueryableFieldType.TAGS:
        tags = {
            "$in": [{"floor": {"$in": ["9", "8"]}}],
            "$nin": [{"floor": {"$nin": ["9", "8"]}}],
            "equal": [{"floor": "8"}, {"floor": None}],
        }
        yield from (
            {key.name: operand} for operand in tags.get(operator, [{operator: {"floor": "8"}}])
        )
    else:
        yield from _compared(operator, key, items)


def _compared(operator: str, key: QueryableField, items: list[Json]) -> Iterator[Json]:
    found = [
        value
        for item in items
        if (value := get_at_pointer(item, key.pointer)) is not MISSING and value is not None
    ]
    values = [
        member
        for value in found
        for member in (reversed(value) if isinstance(value, list) else [value])
    ]
    middle = sorted(values)[len(values) // 2]
    if operator in ("equal", "$eq", "$gt", "$gte", "$lt", "$lte"):
        yield {key.name: None if operator == "equal" else {operator: None}}
    if (
        operator in ("equal", "$eq", "$startsWith", "$endsWith", "$contains")
        and key.type is QueryableFieldType.TEXT
    ):
        for text in ("b.ta", "a%41", "BETA"):
            yield {key.name: text if operator == "equal" else {operator: text}}
    texts = {"$startsWith": "beta", "$endsWith": "beta", "$contains": "eta"}
    several = list(
        dict.fromkeys(
            [values[0], middle, "beta"]
            if key.type is QueryableFieldType.TEXT
            else [values[0], middle]
        )
    )
    operands = (
        [several]
        if operator in ("$in", "$nin")
        else (
            [texts[operator]]
            if operator in texts
            else [middle, "beta" if key.type is QueryableFieldType.TEXT else max(values)]
        )
    )
    for operand in operands:
        yield {key.name: operand if operator == "equal" else {operator: operand}}


def replay(mock: Mock, steps: list[tuple[str, MockRequest, MockResponse]]) -> list[MockResponse]:
    """Return a mock's answers to the requests of another's tour: identities count up, so they name
    the same items.
    """
    state = mock.create_state()
    return [mock.respond(state, asked) for _, asked, _ in steps]
