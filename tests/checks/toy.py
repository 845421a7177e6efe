"""A small contract that uses every behavior, an in-memory server that keeps it, and helpers that
build and edit traces.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

import httpx

from conformance.checks.call import ApiCall
from conformance.checks.check import CheckContext, evaluate_trace, observe_exchange, plan_scenarios
from conformance.checks.exchange import (
    Exchange,
    HttpRequest,
    HttpResponse,
    NoAnswer,
    NoAnswerKind,
    Trace,
)
from conformance.checks.observation import Failed, Inconclusive, Observation, Passed
from conformance.checks.registry import get_checks
from conformance.checks.scenario import Scenario
from conformance.contract import contract as contracts
from conformance.contract import document as documents
from conformance.contract import schema as schemas
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.loader import load_contract
from conformance.contract.statements import Statement, StatementBasis, Statements
from conformance.suite.execution import ExecutionRecord
from conformance.suite.session import TargetSession
from conformance.suite.target import Target

TEXT = """
openapi: 3.1.0
info: {title: Library, version: '1'}
servers: [{url: https://books.example}]
security: [{bearer: []}]
paths:
  /shelves/{shelf}/books:
    parameters: &shelf
    - {name: shelf, in: path, required: true, schema: {type: string, pattern: '^[a-f0-9]{6}$'},
       example: aaaaaa}
    get:
      operationId: listBooks
      x-source: {headers: X, documented: X}
      security: [{bearer: [books.read]}, {bearer: [books.all]}]
      parameters:
      - {name: sort, in: query, schema: {type: string, enum: [title, created], default: title},
         x-refused: [enum], x-similar: [description]}
      - {name: way, in: query, schema: {type: string, enum: [up, down], default: up}}
      - {name: page, in: query, schema: {type: integer, minimum: 0, default: 0}}
      - {name: size, in: query, schema: {type: integer, minimum: 1, default: 20}, example: 5,
         x-refused: [minimum]}
      - {name: field, in: query, allowEmptyValue: true, schema: {type: string, enum: [title]}}
      - {name: glob, in: query, allowEmptyValue: true, schema: {type: string}}
      - {name: lent, in: query, schema: {type: boolean}}
      - name: q
        in: query
        content: {application/json: {schema: {type: object}}}
        x-refusals: {strange: {value: {color: red}}}
      x-examples:
      - {arguments: {page: 2, size: 5}}
      responses:
        '200': {description: Books.,
            content: {application/json: {schema: {$ref: '#/components/schemas/Books'}}}}
        '400': {$ref: '#/components/responses/Failure'}
        '401': {$ref: '#/components/responses/Failure'}
        '403': {$ref: '#/components/responses/Failure'}
        '404': {$ref: '#/components/responses/Failure'}
      x-behaviors:
      - sorts: {by: sort, keys: {title: /title, created: /created}, direction: {parameter: way,
          ascending: up, descending: down}}
      - filters: {field: field, glob: glob, keys: {title: /title}, withoutField: ignored}
      - filters: {state: lent, field: /lent, values: {'true': true, 'false': false}, absent: false}
      - filters:
          query: q
          dialect: advanced
          keys:
            title: {pointer: /title, type: text}
            id: {pointer: /id, type: id}
            created: {pointer: /created, type: date}
            touched: {pointer: /touched, type: date}
            authors: {pointer: /authors, type: id}
            sequel: {pointer: /sequel, type: id}
            tags: {pointer: /tags, type: tags}
          operators:
            equal: [title, id, created, authors, sequel, tags]
            nothing: [title]
            $and: [title]
            $or: [title]
            $nor: [title]
            $eq: [title, id, tags]
            $ne: [title, id, tags]
            $gt: [title, created, touched]
            $lt: [title, created]
            $gte: [title, created]
            $lte: [title, created]
            $in: [title, id, tags]
            $nin: [title, id, tags]
            $startsWith: [title]
            $endsWith: [title]
            $contains: [title]
            $ci: [title]
            $tagKey: [tags]
            $tagValue: [tags]
            $and-of-none: [title]
            $or-of-none: [title]
            $nor-of-none: [title]
      - overrides: {parameter: q, disables: [field, glob]}
      - paginates: {page: page, size: size, first: 0, count: /meta/count, total: /meta/total,
          pages: /meta/pages, metadata: /meta, maxItems: 40, unpagedHasMetadata: true,
          pastEnd: empty}
      - echoes: {answers: {/meta/page: page, /meta/size: size, /meta/sort: sort, /meta/field: field,
          /meta/glob: glob, /meta/shelf: shelf}}
      - tolerates: {query: {_links: 'true', plain: x}, headers: {Accept-Version: '1'}}
    post:
      operationId: createBook
      security: [{bearer: [books.all]}]
      requestBody:
        required: true
        x-refused: [json]
        content:
          application/json:
            schema: {$ref: '#/components/schemas/Body'}
            examples: {page: {value: {title: Dune, authors: ['0101', '0202'], rare: false,
                sequel: '0303'}}}
      responses:
        '201': {description: The book.,
            content: {application/json: {schema: {$ref: '#/components/schemas/Book'}}}}
        '400': {$ref: '#/components/responses/Failure'}
        4XX: {$ref: '#/components/responses/Failure'}
        5XX: {description: Out of order.}
      x-behaviors:
      - distinct: {answers: /ticket, status: 4XX}
  /shelves/{shelf}/books/{book}:
    parameters: &one
    - {name: shelf, in: path, required: true, schema: {type: string, pattern: '^[a-f0-9]{6}$'},
       example: aaaaaa}
    - {name: book, in: path, required: true, schema: {type: string, pattern: '^[a-f0-9]{8}$'}}
    get:
      operationId: readBook
      responses:
        '200': {description: The book.,
            content: {application/json: {schema: {$ref: '#/components/schemas/Book'}}}}
        4XX: {$ref: '#/components/responses/Failure'}
        '404': {$ref: '#/components/responses/Failure'}
    put:
      operationId: replaceBook
      requestBody: {required: true,
          content: {application/json: {schema: {$ref: '#/components/schemas/Body'}}}}
      responses: &done
        '204': {description: Done.}
        '400': {$ref: '#/components/responses/Failure'}
        '404': {$ref: '#/components/responses/Failure'}
        4XX: {$ref: '#/components/responses/Failure'}
    patch:
      operationId: changeBook
      requestBody: {required: true,
          content: {application/json: {schema: {$ref: '#/components/schemas/Change'}}}}
      responses:
        '200': {description: The book.,
            content: {application/json: {schema: {$ref: '#/components/schemas/Book'}}}}
        '400': {$ref: '#/components/responses/Failure'}
        '404': {$ref: '#/components/responses/Failure'}
    delete:
      operationId: deleteBook
      responses: *done
  /shelves/{shelf}/books/{book}/lend:
    parameters: *one
    post: {operationId: lendBook, responses: *done}
  /shelves/{shelf}/books/{book}/return:
    parameters: *one
    post: {operationId: returnBook, responses: *done}
x-resources:
  book:
    identity: /id
    equal: [/id, /bookId]
    items: /books
    mark: /title
    parent: {parameter: shelf, field: /shelf, unknown: 404}
    create: createBook
    list: listBooks
    read: readBook
    replace: replaceBook
    change: changeBook
    delete: deleteBook
    switches: [{field: /lent, on: lendBook, off: returnBook, idempotent: true}]
    unspecified: [{field: /note, when: {required: [rare], properties: {rare: {const: true}}}}]
x-references:
  authors: {body: /authors}
  sequel: {body: /sequel, resource: book}
components:
  securitySchemes: {bearer: {type: http, scheme: bearer}}
  responses:
    Failure: {description: It failed.,
        content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}}
  schemas:
    Error: {type: object, required: [error, ticket], properties: {error: {type: string},
        ticket: {type: string}}}
    Books:
      type: object
      required: [books, meta]
      properties: {books: {type: array, items: {$ref: '#/components/schemas/Book'}},
          meta: {type: object, properties: {count: {type: integer}}}}
    Book:
      type: object
      required: [id, title]
      properties:
        id: {type: string}
        bookId: {type: string}
        shelf: {type: string}
        lent: {type: boolean}
        created: {type: string, format: date-time}
        touched: {type: string, format: date-time}
        title: {type: string}
        note: {type: string}
        pages: {type: integer}
        rare: {type: boolean}
        authors: {type: array, items: {type: string}}
    Body:
      type: object
      required: [title]
      additionalProperties: false
      x-refused: [type, required, additionalProperties, if]
      properties: &properties
        title: {type: string, minLength: 1, maxLength: 90, x-refused: [type, minLength, maxLength],
            x-source: {minLength: X, maxLength: X}}
        note: {type: string, maxLength: 200, x-refused: [type, maxLength], x-source: {maxLength: X}}
        pages: {type: integer, minimum: 2, maximum: 999, x-refused: [minimum, maximum],
            x-source: {minimum: X, maximum: X}}
        rare: {type: boolean, x-refused: [type]}
        authors: {type: array, maxItems: 5, items: {type: string, pattern: '^[0-9]{4}$'},
            x-refused: [type, maxItems, items], x-source: {maxItems: X}}
        sequel: {type: [string, 'null'], pattern: '^[0-9a-f]{4,8}$', x-refused: [pattern]}
        tags: {type: object, additionalProperties: false,
            patternProperties: {'^[a-z]{1,9}$': {type: string, minLength: 1}},
               x-refused: [additionalProperties, patternProperties]}
      if: {required: [rare], properties: {rare: {const: true}}}
      then: {required: [authors], properties: {authors: {minItems: 1}}}
    Change: {type: object, additionalProperties: false, properties: *properties}
"""

MARK = "run"
SHELVES = ("aaaaaa", "bbbbbb")
TOKEN, READER, WRITER = "good", "only-reads", "only-all"
SCOPES: Mapping[str, tuple[str, ...]] = {
    TOKEN: ("books.read", "books.all"),
    READER: ("books.read",),
    WRITER: ("books.all",),
}


@cache
def build_toy_contract(text: str = TEXT) -> Contract:
    """Build the toy contract, or a contract from another text."""
    statement = Statement(
        id="X", document_ids=("page",), section="All", basis=StatementBasis.PAGE, text="It says so."
    )
    return contracts.build_contract(
        "toy", documents.parse_yaml_document(text, "toy.yaml"), Statements(by_id={"X": statement})
    )


def build_toy_variant(*replacements: tuple[str, str]) -> Contract:
    """Build the toy contract with parts of its text replaced. Each old part must occur in the text.

    A blank after a comma or a colon in an old part also matches a line break in the text.
    """
    text = TEXT
    for old, new in replacements:
        pattern = re.compile(re.sub(r"([,:])\\ ", r"\1(?:\\s*\\n\\s*|[ ])", re.escape(old)))
        assert pattern.search(text), old
        text = pattern.sub(lambda match, new=new: new, text)  # type: ignore[misc]
    return build_toy_contract(text)


@cache
def load_builtin_contract(name: str, revision: str | None = None) -> Contract:
    """Load a revision of a contract that ships with the tool."""
    return load_contract(name, revision)


@dataclass
class Server:
    """An in-memory server of a library that keeps every promise of the toy contract."""

    shelves: dict[str, dict[str, Json]] = field(
        default_factory=lambda: {shelf: {} for shelf in SHELVES}
    )
    timestamp_count: int = 0

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Return the response to one request."""
        parts = request.url.path.strip("/").split("/")
        shelf, book, verb = (
            parts[1],
            parts[3] if len(parts) > 3 else None,
            parts[4] if len(parts) > 4 else request.method,
        )
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or token not in SCOPES:
            return self._build_error(401)
        allowed_scopes = (
            {"GET": ("books.read", "books.all"), "POST": ("books.all",)}.get(verb)
            if book is None
            else None
        )
        if allowed_scopes and not set(allowed_scopes) & set(SCOPES[token]):
            return self._build_error(403)
        if shelf not in self.shelves or (book is not None and book not in self.shelves[shelf]):
            return self._build_error(404)
        try:
            body = json.loads(request.content) if request.content else None
        except ValueError:
            return self._build_error(400)
        books = self.shelves[shelf]
        if verb in ("POST", "PUT", "PATCH") and not _get_validator(
            "Change" if verb == "PATCH" else "Body"
        ).is_valid(body):
            return self._build_error(400)
        match verb:
            case "POST":
                return httpx.Response(201, json=self._create_book(shelf, body))
            case "GET":
                return (
                    self._list_books(shelf, request.url.params)
                    if book is None
                    else httpx.Response(200, json=books[book])
                )
            case "PUT" | "PATCH":
                books[book].update(body, touched=self._next_timestamp())
                return (
                    httpx.Response(204) if verb == "PUT" else httpx.Response(200, json=books[book])
                )
            case "lend" | "return":
                books[book].update(lent=verb == "lend")
            case "DELETE":
                del books[book]
        return httpx.Response(204)

    def _create_book(self, shelf: str, body: Json) -> Json:
        number = sum(map(len, self.shelves.values())) + self.timestamp_count
        id = f"{number * 7919 % 0xFFFFFFFF:08x}"
        now = self._next_timestamp()
        self.shelves[shelf][id] = {
            "id": id,
            "bookId": id,
            "shelf": shelf,
            "lent": False,
            "created": now,
            "touched": now,
            **body,
        }
        return dict(self.shelves[shelf][id])

    def _list_books(self, shelf: str, parameters: httpx.QueryParams) -> httpx.Response:
        if (
            parameters.get("sort", "title") not in ("title", "created")
            or int(parameters.get("size", 20)) < 1
            or '"color":"red"' in parameters.get("q", "")
        ):
            return self._build_error(400)
        page, size = int(parameters.get("page", 0)), int(parameters.get("size", 20))
        books = [
            book
            for book in self.shelves[shelf].values()
            if book["lent"] == (parameters.get("lent") == "true")
        ]
        if parameters.get("field") and parameters.get("glob") and "q" not in parameters:
            pattern = re.compile(
                ".*".join(map(re.escape, parameters["glob"].split("*"))), re.DOTALL
            )
            books = [book for book in books if pattern.fullmatch(book["title"])]
        books.sort(
            key=lambda book: str(book[parameters.get("sort", "title")]),
            reverse=parameters.get("way") == "down",
        )
        page_books = books[page * size : (page + 1) * size]
        meta = {
            "count": len(page_books),
            "total": len(books),
            "pages": math.ceil(len(books) / size),
            "page": page,
            "size": size,
            "shelf": shelf,
        }
        meta |= {"sort": parameters.get("sort", "title")} | {
            name: parameters[name] for name in ("field", "glob") if parameters.get(name)
        }
        return httpx.Response(200, json={"books": page_books, "meta": meta})

    def _build_error(self, status: int) -> httpx.Response:
        return httpx.Response(status, json={"error": "no", "ticket": self._next_timestamp()})

    def _next_timestamp(self) -> str:
        self.timestamp_count += 1
        minutes, seconds = divmod(self.timestamp_count, 60)
        return f"2026-01-01T{minutes // 60:02}:{minutes % 60:02}:{seconds:02}.000Z"


@cache
def _get_validator(schema: str) -> schemas.SchemaValidator:
    return build_toy_contract().get_schema({"$ref": f"#/components/schemas/{schema}"}).compile()


def build_target(server: Server, **overrides: Json) -> Target:
    """Build a target whose requests go to the server."""
    settings = {
        "url": "http://toy",
        "token": TOKEN,
        "scoped_tokens": {"books.read": READER, "books.all": WRITER},
        "fixtures": {
            "authors": ("0101", "0202", "0303", "0404", "0505", "0606"),
            "sequel": ("0707",),
            "shelf": SHELVES,
        },
        "transport": httpx.MockTransport(server.handle),
    }
    return Target(**{**settings, **overrides})


def build_context(
    claim: str,
    contract: Contract | None = None,
    seed: str = "seed",
    examples: int = 2,
    long_list_size: int = 60,
) -> CheckContext:
    """Build the check context of a claim of the toy contract, or of another contract."""
    contract = contract or build_toy_contract()
    return CheckContext(
        contract=contract,
        claim=next(candidate for candidate in contract.claims if candidate.id == claim),
        seed=seed,
        example_count=examples,
        long_list_size=long_list_size,
    )


def map_scenarios(
    claim: str, contract: Contract | None = None, **options: Json
) -> dict[str, Scenario]:
    """Return the scenarios of a claim by label. Fail the test if the claim has none."""
    context = build_context(claim, contract, **options)
    scenarios = plan_scenarios(get_checks()[context.claim.kind], context)
    assert not isinstance(scenarios, Inconclusive), scenarios
    return {scenario.label: scenario for scenario in scenarios}


def find_undecided_reason(claim: str, contract: Contract | None = None) -> str | None:
    """Return why a claim has no scenario, or None if it has one."""
    context = build_context(claim, contract)
    scenarios = plan_scenarios(get_checks()[context.claim.kind], context)
    return scenarios.reason if isinstance(scenarios, Inconclusive) else None


@cache
def _execute_setup(name: str) -> tuple[Server, ExecutionRecord]:
    """Execute a setup on a new server. Return the server and the record of the execution."""
    scenario = next(
        scenario
        for claim in build_toy_contract().claims
        for scenario in _list_scenarios(claim.id)
        if scenario.setup and scenario.setup.name == name
    )
    server = Server()
    session = TargetSession(build_toy_contract(), build_target(server), mark=MARK)
    execution = session.execute_setup(scenario.setup)  # type: ignore[arg-type]
    return server, execution


def _list_scenarios(claim: str) -> tuple[Scenario, ...]:
    context = build_context(claim)
    scenarios = plan_scenarios(get_checks()[context.claim.kind], context)
    return () if isinstance(scenarios, Inconclusive) else scenarios


@cache
def execute_on_honest_server(claim: str, label: str | None = None) -> Trace:
    """Execute a scenario of a claim on an honest server and return the trace. Without a label, take
    the first scenario.
    """
    scenarios = {scenario.label: scenario for scenario in _list_scenarios(claim)}
    scenario = scenarios[label] if label else next(iter(scenarios.values()))
    if scenario.setup is None:
        # an item that this request creates has no title to carry the mark
        exclusive = claim.endswith("title/refuses/required")
        return TargetSession(
            build_toy_contract(), build_target(Server(), exclusive=exclusive), mark=MARK
        ).execute_scenario(scenario)
    server, execution = _execute_setup(scenario.setup.name)
    server_copy = Server(
        shelves={
            shelf: {id: dict(book) for id, book in books.items()}
            for shelf, books in server.shelves.items()
        },
        timestamp_count=server.timestamp_count,
    )
    return TargetSession(
        build_toy_contract(), build_target(server_copy), mark=MARK
    ).execute_scenario(scenario, execution)


def execute_on_server(
    claim: str, handle: Callable[[httpx.Request], httpx.Response], label: str | None = None
) -> Trace:
    """Execute a scenario without a setup on another server and return the trace. Without a label,
    take the first scenario.
    """
    scenarios = map_scenarios(claim)
    scenario = scenarios[label] if label else next(iter(scenarios.values()))
    assert scenario.setup is None
    return TargetSession(
        build_toy_contract(),
        build_target(Server(), transport=httpx.MockTransport(handle)),
        mark=MARK,
    ).execute_scenario(scenario)


def evaluate(claim: str, trace: Trace, contract: Contract | None = None) -> list[str]:
    """Return the observations that the check of a claim makes in a trace, as text: the outcome and
    the message of each.
    """
    context = build_context(claim, contract)
    return [
        describe_observation(observation)
        for observation in evaluate_trace(get_checks()[context.claim.kind], context, trace)
    ]


def list_evidence(
    claim: str, trace: Trace, contract: Contract | None = None
) -> list[tuple[Exchange, ...]]:
    """Return the exchanges that each observation of the check cites as evidence."""
    context = build_context(claim, contract)
    observations = evaluate_trace(get_checks()[context.claim.kind], context, trace)
    return [
        (observation.exchange,) if isinstance(observation, Passed) else observation.exchanges
        for observation in observations
        if isinstance(observation, Passed | Failed)
    ]


def evaluate_in_exchange(
    claim: str, exchange: Exchange, contract: Contract | None = None
) -> list[str]:
    """Return the observations that the check of a claim makes in one exchange, as text."""
    context = build_context(claim, contract)
    return [
        describe_observation(observation)
        for observation in observe_exchange(get_checks()[context.claim.kind], context, exchange)
    ]


def describe_observation(observation: Observation) -> str:
    """Return an observation as text."""
    match observation:
        case Passed():
            return "passed"
        case Failed():
            assert observation.exchanges, "a breach needs evidence"
            return f"failed: {observation.message}"
        case Inconclusive():
            return f"inconclusive: {observation.reason}"
        case _:
            return f"unstable: {observation.reason}"


def build_exchange(
    step: str,
    status: int | None,
    body: Json = None,
    call: ApiCall | None = None,
    media_type: str = "application/json",
) -> Exchange:
    """Build an exchange. Without a status, it has no response. Bytes are the body as it is."""
    content = (
        body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    )
    response = (
        None
        if status is None
        else HttpResponse(
            status=status, headers={"content-type": media_type} if media_type else {}, body=content
        )
    )
    failure = None if status is not None else "ReadTimeout: too slow"
    call = call or ApiCall(operation="listBooks")
    return Exchange(
        step=step,
        call=call,
        request=HttpRequest(method="GET", url="http://toy", headers={}, body=None),
        response=response,
        failure=failure,
    )


def build_trace(*exchanges: Exchange, **fields: Json) -> Trace:
    """Build a trace from exchanges. Several exchanges of one step are its pages."""
    steps: dict[str, tuple[Exchange, ...]] = {}
    for exchange in exchanges:
        steps[exchange.step] = (*steps.get(exchange.step, ()), exchange)
    return Trace(exchanges=steps, **fields)


def with_response(
    trace: Trace,
    step: str,
    status: int | None = None,
    *,
    body: Json = ...,
    edit: Callable[[Json], Json] | None = None,
    page: int | None = None,
) -> Trace:
    """Return a trace in which the response of a step has another status or body. Without a page
    number, the responses of all pages of the step are changed.
    """
    pages = trace.exchanges[step]
    edited_pages = range(len(pages)) if page is None else [page % len(pages)]
    return replace(
        trace,
        exchanges={
            **trace.exchanges,
            step: tuple(
                _replace_response(exchange, status, body, edit)
                if index in edited_pages
                else exchange
                for index, exchange in enumerate(pages)
            ),
        },
    )


def _replace_response(
    exchange: Exchange, status: int | None, body: Json, edit: Callable[[Json], Json] | None
) -> Exchange:
    old_response = exchange.response
    assert old_response is not None
    new_body = edit(json.loads(old_response.body)) if edit else body
    content = (
        old_response.body
        if new_body is ...
        else new_body
        if isinstance(new_body, bytes)
        else json.dumps(new_body).encode()
    )
    return replace(
        exchange,
        response=HttpResponse(
            status=status or old_response.status, headers=old_response.headers, body=content
        ),
    )


def with_lost_response(trace: Trace, step: str) -> Trace:
    """Return a trace in which a step got no response."""
    lost_exchange = replace(
        trace.exchanges[step][-1],
        response=None,
        failure=NoAnswer(NoAnswerKind.TIMED_OUT, "ReadTimeout: too slow"),
    )
    return replace(
        trace, exchanges={**trace.exchanges, step: (*trace.exchanges[step][:-1], lost_exchange)}
    )


def with_skipped_step(trace: Trace, step: str, reason: str = "it was not sent") -> Trace:
    """Return a trace in which a step was skipped."""
    return replace(
        trace,
        exchanges={name: exchanges for name, exchanges in trace.exchanges.items() if name != step},
        skipped={**trace.skipped, step: reason},
    )


def with_truncated_lists(trace: Trace, *steps: str) -> Trace:
    """Return a trace in which the lists of these steps were too long to read to their end."""
    return replace(trace, truncated=frozenset(steps))


def with_listed_items(trace: Trace, step: str, items: list[Json]) -> Trace:
    """Return a trace in which a list step got one page with these items."""
    page = trace.exchanges[step][0]
    return replace(
        trace,
        exchanges={
            **trace.exchanges,
            step: (_replace_response(page, 200, {"books": items, "meta": {}}, None),),
        },
    )


def get_books(trace: Trace, step: str) -> list[Json]:
    """Return the items on all pages of a list step."""
    return [item for page in trace.exchanges[step] for item in page.json["books"]]


def describe_steps(scenario: Scenario) -> list[str]:
    """Return the steps of a scenario as `name: operation`."""
    return [f"{step.name}: {step.call.operation}" for step in scenario.steps]


def get_outcomes(observations: list[str]) -> list[str]:
    """Return the outcomes of observations that are given as text."""
    return [observation.partition(":")[0] for observation in observations]


def set_fields(**fields: Json) -> Callable[[Json], Json]:
    """Return an edit that sets fields of a response body."""
    return lambda body: {**body, **fields}


def drop_fields(*names: str) -> Callable[[Json], Json]:
    """Return an edit that removes fields of a response body."""
    return lambda body: {name: value for name, value in body.items() if name not in names}


def with_missing_fixtures(trace: Trace, *names: str) -> Trace:
    """Return the trace as if the target had not provided some fixtures."""
    return replace(trace, missing_fixtures=frozenset(names))
