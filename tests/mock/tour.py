"""A tour of a contract: requests to a mock for every operation, with valid and invalid inputs.

Two mocks that differ anywhere should differ in a response of the tour.
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
from conformance.contract.operation import Operation
from conformance.contract.pagination import PaginationBehavior
from conformance.contract.pointer import MISSING, get_at_pointer
from conformance.contract.resource import Resource
from conformance.contract.schema import Schema
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
    """Sends requests to a mock and records each with a label and its response."""

    mock: Mock
    state: MockState
    exchanges: list[tuple[str, MockRequest, MockResponse]] = field(default_factory=list)

    @property
    def contract(self) -> Contract:
        return self.mock.contract

    def send(
        self,
        operation_id: str,
        label: str,
        path: Mapping[str, Json],
        query: Mapping[str, str] | None = None,
        body: Json = MISSING,
        **options: Json,
    ) -> Json:
        operation = self.contract.operations[operation_id]
        path_text = operation.path.format(
            **{name: quote(str(value), safe="") for name, value in path.items()}
        )
        target = self.mock.base_path + path_text + ("?" + urlencode(query) if query else "")
        content = options.get("content", b"" if body is MISSING else json.dumps(body).encode())
        headers = options.get("headers", {"authorization": f"Bearer {GOOD}"}) | options.get(
            "extra", {}
        )
        if content:
            headers = {"content-type": "application/json", **headers}
        request = build_mock_request(operation.method, target, headers, content)
        response = self.mock.respond(self.state, request)
        self.exchanges.append((f"{operation_id} {label}", request, response))
        try:
            return json.loads(response.body)
        except ValueError:
            return None


def build_config(contract: Contract, seed_count: int = 0) -> MockConfig:
    """Return a configuration with two parents, one valid token, and one token for each scope."""
    parent_ids = {
        resource.parent.parameter: (
            *list_existing_parent_ids(contract, MockConfig(), resource.parent.parameter),
            "5" * 24,
        )
        for resource in contract.resources
        if resource.parent
    }
    return MockConfig(
        parents=parent_ids,
        tokens=frozenset({GOOD}),
        token_scopes={f"only-{scope}": scope for scope in contract.scopes},
        seed_count=seed_count,
    )


def run_tour(mock: Mock) -> Tour:
    """Return the completed tour of a mock."""
    tour = Tour(mock, mock.create_state())
    for resource in mock.contract.resources:
        ResourceTour(tour, resource).run()
    for operation in mock.contract.operations.values():
        if mock.contract.resource_for(operation.id) is None:
            tour.send(operation.id, "plain", {})
    return tour


class ResourceTour:
    """The part of a tour that covers one resource."""

    def __init__(self, tour: Tour, resource: Resource) -> None:
        self.tour, self.resource, self.contract = tour, resource, tour.contract
        self.parents = (
            tour.mock.config.parents.get(resource.parent.parameter, ()) if resource.parent else ()
        )
        self.path = {resource.parent.parameter: self.parents[0]} if resource.parent else {}
        self.body = build_creation_request_body(self.contract, resource)
        self.ids: list[Json] = []

    def run(self) -> None:
        self.send_credentials()
        self.read_lists("at first")
        self.send_creations()
        self.send_bodies(self.resource.create, self.path)
        self.send_list_requests()
        for role, id in self.resource.operation_ids_by_role.items():
            if id in self.resource.item_operation_ids and role != "delete":
                self.send_item_requests(role, id)
        self.send_deletions()

    def build_named_body(self, text: str) -> Json:
        return {**self.body, (self.resource.mark_pointer or "/")[1:]: text}

    def send(
        self, operation: str, label: str, query: Mapping[str, str] | None = None, **options: Json
    ) -> Json:
        path = options.pop("path", self.path)
        return self.tour.send(operation, label, path, query, **options)

    def read_lists(self, label: str) -> None:
        if self.resource.list:
            self.send(self.resource.list, f"look {label}")
            state_filter = next(
                (behavior for behavior in self.list_behaviors(FiltersByState)), None
            )
            for state in state_filter.item_values if state_filter else ():
                self.send(
                    self.resource.list,
                    f"look {label} {state_filter.parameter}={state}",
                    {state_filter.parameter: state},
                )
            for parent_id in self.parents[1:]:
                self.send(
                    self.resource.list,
                    f"look {label} elsewhere",
                    path={self.resource.parent.parameter: parent_id},
                )

    def list_behaviors(self, kind: type) -> list[Json]:
        return [
            behavior
            for behavior in self.contract.behaviors.get(self.resource.list or "", ())
            if isinstance(behavior, kind)
        ]

    def send_credentials(self) -> None:
        for id in self.resource.operation_ids_by_role.values():
            operation = self.contract.operations[id]
            path, body = self.build_path_values(operation, "1"), self.build_valid_body(operation)
            for label, header_value in (
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
                    headers={"authorization": header_value} if header_value else {},
                )
        self.read_lists("after credentials")

    def build_path_values(self, operation: Operation, key: Json) -> Json:
        return {
            parameter.name: self.path.get(parameter.name, key)
            for parameter in operation.parameters
            if parameter.location is ParameterLocation.PATH
        }

    def build_valid_body(self, operation: Operation) -> Json:
        return MISSING if operation.body is None else self.build_named_body("valid")

    def send_creations(self) -> None:
        id = self.resource.create or ""
        for name in NAMES:
            self.ids.append(
                self.get_id(self.send(id, f"create {name}", body=self.build_named_body(name)))
            )
            if name in NAMES[:4]:
                self.read_lists(f"after {name}")
        for name, schema in self.contract.operations[id].body.schema.properties.items():
            for value in generate_valid_values(schema):
                self.ids.append(
                    self.get_id(
                        self.send(
                            id,
                            f"create with {name}",
                            body={**self.build_named_body("extra"), name: value},
                        )
                    )
                )
        for _ in range(2):
            self.send(id, "create the same", body=self.build_named_body("twin"))
        if self.parents:
            self.send(
                id,
                "create elsewhere",
                path={self.resource.parent.parameter: self.parents[1]},
                body=self.build_named_body("elsewhere"),
            )
        self.send_undeclared_inputs(id)
        self.send_unknown_ids(id)
        self.read_lists("after creations")

    def get_id(self, body: Json) -> Json:
        return (
            get_at_pointer(body, self.resource.identity_pointer) if isinstance(body, dict) else None
        )

    def send_bodies(self, id: str | None, path: Json) -> None:
        operation = self.contract.operations[id or ""]
        body = operation.body
        headers = {"content-type": "text/plain"}
        for number, example in enumerate(body.examples.values()):
            self.send(operation.id, f"example {number}", path=path, body=example)
        if self.resource.switches:
            self.send(
                self.resource.switches[0].on,
                "throw",
                path=self.build_path_values(
                    self.contract.operations[self.resource.switches[0].on], self.ids[4]
                ),
            )
        for label, content in (("not json", b"{"), ("empty", b""), ("list", b"[]")):
            self.send(operation.id, f"body {label}", path=path, content=content)
        self.send(operation.id, "body of another type", path=path, body=self.body, extra=headers)
        self.send(
            operation.id, "body with unknown", path=path, body={**self.body, "unknown-property": 1}
        )
        for name, schema in body.schema.properties.items():
            self.send(
                operation.id,
                f"body without {name}",
                path=path,
                body={key: part for key, part in self.body.items() if key != name},
            )
            for label, value in (
                *generate_boundary_values(schema),
                *generate_invalid_values(schema),
            ):
                self.send(
                    operation.id, f"body {name} {label}", path=path, body={**self.body, name: value}
                )
        for flag in (
            name for name, schema in body.schema.properties.items() if "boolean" in schema.types
        ):
            empty = {
                name: []
                for name, schema in body.schema.properties.items()
                if "array" in schema.types
            }
            self.send(
                operation.id,
                f"body {flag} false and nothing",
                path=path,
                body={**self.body, **empty, flag: False},
            )
        self.read_lists(f"after bodies of {id}")

    def send_list_requests(self) -> None:
        id = self.resource.list or ""
        operation = self.contract.operations[id]
        for parameter in operation.parameters:
            if parameter.location is ParameterLocation.QUERY:
                values = [
                    *parameter.enum,
                    *parameter.examples,
                    *parameter.similar_values,
                    *(example["value"] for example in parameter.refused_examples.values()),
                    "",
                    "wrong",
                    "-1",
                    "501",
                    "true",
                    "false",
                    *(str(enum_value).swapcase() for enum_value in parameter.enum),
                ]
                for value in values:
                    self.send(
                        id,
                        f"{parameter.name}={value}",
                        {parameter.name: value if isinstance(value, str) else json.dumps(value)},
                    )
        combined = {
            parameter.name: parameter.examples[0]
            for parameter in operation.parameters
            if parameter.examples and parameter.location is ParameterLocation.QUERY
        }
        for arguments in (combined, *(example for _, example, _ in operation.examples)):
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
        self.send_undeclared_inputs(id)
        for sorts in self.list_behaviors(SortingBehavior):
            self.send_sorted_requests(id, sorts)
        for globs in self.list_behaviors(FiltersByGlob):
            self.send_glob_filters(id, globs)
        for queries in self.list_behaviors(FiltersByQuery):
            self.send_queries(id, queries)
        for paginates in self.list_behaviors(PaginationBehavior):
            self.send_page_requests(id, paginates)
        self.send_combinations(id)
        self.send_unknown_ids(id)

    def send_undeclared_inputs(self, id: str) -> None:
        for behavior in self.contract.behaviors[id]:
            if isinstance(behavior, ToleratesUndeclaredInputs):
                self.send(
                    id,
                    "tolerates query",
                    behavior.query_parameters,
                    body=self.build_valid_body(self.contract.operations[id]),
                )
                self.send(
                    id,
                    "tolerates headers",
                    extra=behavior.headers,
                    body=self.build_valid_body(self.contract.operations[id]),
                )

    def send_sorted_requests(self, id: str, sorts: SortingBehavior) -> None:
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

    def send_glob_filters(self, id: str, globs: FiltersByGlob) -> None:
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
            blank_parameter = (
                globs.field_parameter if label == "no field" else globs.pattern_parameter
            )
            self.send(id, f"glob {label}", query)
            self.send(id, f"glob blank {label}", {**query, blank_parameter: ""})

    def send_queries(self, id: str, queries: FiltersByQuery) -> None:
        items = get_at_pointer(self.send(id, "all", {}), self.resource.items_pointer)
        for operator, names in queries.keys_by_operator.items():
            for name in names:
                for query in generate_queries(operator, queries.keys[name], items):
                    self.send(
                        id, f"query {operator} {name}", {queries.parameter: json.dumps(query)}
                    )
        for globs in self.list_behaviors(FiltersByGlob):
            for conditions in ({"name": "beta"}, {}):
                query = {
                    queries.parameter: json.dumps(conditions),
                    globs.field_parameter: next(iter(globs.pointers_by_field)),
                    globs.pattern_parameter: "alpha",
                }
                self.send(id, f"query beside glob {conditions}", query)

    def generate_filters(self) -> Iterator[tuple[str, dict[str, str]]]:
        for behavior in (
            behavior
            for kind in (FiltersByGlob, FiltersByState, FiltersByQuery)
            for behavior in self.list_behaviors(kind)
        ):
            match behavior:
                case FiltersByQuery():
                    yield behavior.parameter, {behavior.parameter: '{"name": {"$contains": "e"}}'}
                case FiltersByGlob():
                    yield (
                        behavior.pattern_parameter,
                        {
                            behavior.field_parameter: next(iter(behavior.pointers_by_field)),
                            behavior.pattern_parameter: "*e*",
                        },
                    )
                case FiltersByState():
                    yield behavior.parameter, {behavior.parameter: list(behavior.item_values)[-1]}

    def send_combinations(self, id: str) -> None:
        for label, query in self.generate_filters():
            for sorts in self.list_behaviors(SortingBehavior):
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
            for paginates in self.list_behaviors(PaginationBehavior):
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

    def send_page_requests(self, id: str, paginates: PaginationBehavior) -> None:
        for size in (1, 4, 12, 1000):
            for page in range(paginates.first_page, paginates.first_page + 9):
                self.send(
                    id,
                    f"page {page} of {size}",
                    {paginates.page_parameter: str(page), paginates.size_parameter: str(size)},
                )
        self.send(id, "page alone", {paginates.page_parameter: str(paginates.first_page + 1)})
        self.send(id, "size alone", {paginates.size_parameter: "3"})
        for sorts in self.list_behaviors(SortingBehavior):
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

    def send_unknown_ids(self, id: str) -> None:
        operation = self.contract.operations[id]
        for parameter in (
            candidate
            for candidate in operation.parameters
            if candidate.location is ParameterLocation.PATH
        ):
            known_values = {**self.build_path_values(operation, self.ids[0])}
            kind = next(iter(parameter.schema.types), "string")
            for label, value in (("unknown", UNKNOWN[kind]), ("malformed", "~")):
                self.send(
                    id,
                    f"{label} {parameter.name}",
                    path={**known_values, parameter.name: value},
                    body=self.build_valid_body(operation),
                )
        self.read_lists(f"after unknown for {id}")

    def send_item_requests(self, role: str, id: str) -> None:
        operation = self.contract.operations[id]
        for key in self.ids[1:4]:
            path = self.build_path_values(operation, key)
            if role.partition(" ")[0] == "off":
                self.switch_on(role, key)
            for _ in range(2):
                self.send(
                    id,
                    f"do {role}",
                    path=path,
                    body=self.build_named_body("updated ÄÖ " + "long " * 5)
                    if operation.body
                    else MISSING,
                )
                self.read_lists_and_items(f"after {role}")
        if operation.body:
            path = self.build_path_values(operation, self.ids[4])
            self.send_bodies(id, path)
            for name, schema in operation.body.schema.properties.items():
                for value in generate_valid_values(schema):
                    self.send(
                        id,
                        f"{role} with {name}",
                        path=path,
                        body={**self.build_named_body("extra"), name: value},
                    )
                    self.read_lists_and_items(f"after {role} of {name}")
        self.send_unknown_ids(id)

    def switch_on(self, role: str, key: Json) -> None:
        on = self.contract.operations[self.resource.operation_ids_by_role["on" + role[3:]]]
        self.send(on.id, "throw", path=self.build_path_values(on, key))

    def read_lists_and_items(self, label: str) -> None:
        self.read_lists(label)
        if self.resource.read:
            for key in (self.ids[1], self.ids[2], self.ids[4]):
                self.send(
                    self.resource.read,
                    f"examine {label}",
                    path=self.build_path_values(self.contract.operations[self.resource.read], key),
                )

    def send_deletions(self) -> None:
        for sorts in self.list_behaviors(SortingBehavior):
            self.send_sorted_requests(self.resource.list or "", sorts)
        if self.resource.delete:
            for _ in range(2):
                self.send(
                    self.resource.delete,
                    "do delete",
                    path=self.build_path_values(
                        self.contract.operations[self.resource.delete], self.ids[2]
                    ),
                    body={},
                )
                self.read_lists_and_items("after delete")
            self.send_unknown_ids(self.resource.delete)
            for role, id in self.resource.operation_ids_by_role.items():
                if id in self.resource.item_operation_ids:
                    operation = self.contract.operations[id]
                    self.send(
                        id,
                        f"do {role} after delete",
                        path=self.build_path_values(operation, self.ids[2]),
                        body=self.build_named_body("again") if operation.body else MISSING,
                    )
            for switch in self.resource.switches[:1]:
                self.send(
                    switch.on,
                    "throw",
                    path=self.build_path_values(self.contract.operations[switch.on], self.ids[5]),
                )
                self.send(
                    self.resource.delete,
                    "do delete thrown",
                    path=self.build_path_values(
                        self.contract.operations[self.resource.delete], self.ids[5]
                    ),
                )
                self.read_lists_and_items("after delete thrown")


def generate_valid_values(property_schema: Schema) -> Iterator[Json]:
    """Yield values that are valid for the schema of a property."""
    schema = property_schema.merged
    item_schema = property_schema.items or property_schema.with_node({})
    match property_schema.types[:1]:
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
        case ("array",) if "object" in item_schema.types:
            yield [{"key": "floor", "value": "8"}, {"key": "room", "value": "é"}]
            yield []
        case ("array",):
            yield (
                [1, 2, 3]
                if "integer" in item_schema.types
                else ["0123456789abcdef01234567", "fedcba987654321001234567"]
            )
            for name in (
                NAMES
                if item_schema.types == ("string",) and "pattern" not in item_schema.merged
                else ()
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


def generate_boundary_values(property_schema: Schema) -> Iterator[tuple[str, Json]]:
    """Yield values at the boundaries of a schema and just outside."""
    schema = property_schema.merged
    for keyword, step in (("minLength", -1), ("maxLength", 1)):
        if keyword in schema:
            yield keyword, "x" * schema[keyword]
            yield f"long {keyword}", "é" * schema[keyword]
            yield f"beyond {keyword}", "x" * (schema[keyword] + step)
    for keyword, step in (("minimum", -1), ("maximum", 1)):
        if keyword in schema:
            yield keyword, schema[keyword]
            yield f"beyond {keyword}", schema[keyword] + step
    if "maxItems" in schema:
        item = (
            {}
            if property_schema.items and "object" in property_schema.items.types
            else "0123456789abcdef01234567"
        )
        yield "maxItems", [item] * schema["maxItems"]
        yield "beyond maxItems", [item] * (schema["maxItems"] + 1)


def generate_invalid_values(property_schema: Schema) -> Iterator[tuple[str, Json]]:
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


def generate_queries(operator: str, key: QueryableField, items: list[Json]) -> Iterator[Json]:
    """Yield queries that use an operator on a key."""
    first_condition, second_condition = (
        {key.name: {"$startsWith": "b"}},
        {key.name: {"$endsWith": "o"}},
    )
    fixed: dict[str, list[Json]] = {
        "fields": [
            {"name": "beta", "lastUpdated": "2020-01-01T00:00:00.000Z"},
            {"name": {"$startsWith": "b"}, "lastUpdated": {"$gt": "2999-01-01T00:00:00.000Z"}},
        ],
        "nothing": [{}],
        "$and": [
            {"$and": [first_condition, second_condition]},
            {"$and": [first_condition, first_condition, {key.name: "beta"}]},
        ],
        "$or": [
            {"$or": [first_condition, {key.name: "delta"}]},
            {"$or": [first_condition, first_condition, {key.name: "delta"}]},
        ],
        "$nor": [
            {"$nor": [first_condition, {key.name: "delta"}]},
            {"$nor": [first_condition, first_condition, {key.name: "delta"}]},
        ],
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
        yield from _generate_comparisons(operator, key, items)


def _generate_comparisons(operator: str, key: QueryableField, items: list[Json]) -> Iterator[Json]:
    item_values = [
        value
        for item in items
        if (value := get_at_pointer(item, key.pointer)) is not MISSING and value is not None
    ]
    values = [
        member
        for value in item_values
        for member in (reversed(value) if isinstance(value, list) else [value])
    ]
    median = sorted(values)[len(values) // 2]
    if operator in ("equal", "$eq", "$gt", "$gte", "$lt", "$lte"):
        yield {key.name: None if operator == "equal" else {operator: None}}
    if (
        operator in ("equal", "$eq", "$startsWith", "$endsWith", "$contains")
        and key.type is QueryableFieldType.TEXT
    ):
        for text in ("b.ta", "a%41", "BETA"):
            yield {key.name: text if operator == "equal" else {operator: text}}
    texts = {"$startsWith": "beta", "$endsWith": "beta", "$contains": "eta"}
    list_operands = list(
        dict.fromkeys(
            [values[0], median, "beta"]
            if key.type is QueryableFieldType.TEXT
            else [values[0], median]
        )
    )
    operands = (
        [list_operands]
        if operator in ("$in", "$nin")
        else (
            [texts[operator]]
            if operator in texts
            else [median, "beta" if key.type is QueryableFieldType.TEXT else max(values)]
        )
    )
    for operand in operands:
        yield {key.name: operand if operator == "equal" else {operator: operand}}


def replay(
    mock: Mock, exchanges: list[tuple[str, MockRequest, MockResponse]]
) -> list[MockResponse]:
    """Return the responses of a mock to the requests of another mock's tour.

    Generated ids count up, so they identify the same items.
    """
    state = mock.create_state()
    return [mock.respond(state, request) for _, request, _ in exchanges]
