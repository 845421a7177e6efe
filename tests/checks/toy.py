"""A small contract with every behavior, an honest server for it, and traces that can be bent by
hand.
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
from conformance.checks.exchange import Exchange, HttpRequest, HttpResponse, Trace
from conformance.checks.observation import Failed, Inconclusive, Observation, Passed
from conformance.checks.registry import CHECKS
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
    """Return the toy contract, or a variant of it."""
    cited = Statement(
        id="X", document_ids=("page",), section="All", basis=StatementBasis.PAGE, text="It says so."
    )
    return contracts.build_contract(
        "toy", documents.parse_yaml_document(text, "toy.yaml"), Statements(by_id={"X": cited})
    )


def build_toy_variant(*changes: tuple[str, str]) -> Contract:
    """Return the toy contract with pieces of its text replaced; each must be there.

    Where the text has a line break behind a comma or a colon, a piece may have a blank.
    """
    text = TEXT
    for old, new in changes:
        piece = re.compile(re.sub(r"([,:])\\ ", r"\1(?:\\s*\\n\\s*|[ ])", re.escape(old)))
        assert piece.search(text), old
        text = piece.sub(lambda match, new=new: new, text)  # type: ignore[misc]
    return build_toy_contract(text)


@cache
def load_builtin_contract(name: str, revision: str | None = None) -> Contract:
    """Return an edition of a contract that comes with the tool."""
    return load_contract(name, revision)


@dataclass
class Server:
    """An honest library, in memory."""

    shelves: dict[str, dict[str, Json]] = field(
        default_factory=lambda: {shelf: {} for shelf in SHELVES}
    )
    moments: int = 0

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        parts = request.url.path.strip("/").split("/")
        shelf, book, verb = (
            parts[1],
            parts[3] if len(parts) > 3 else None,
            parts[4] if len(parts) > 4 else request.method,
        )
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or token not in SCOPES:
            return self._failure(401)
        wanted = (
            {"GET": ("books.read", "books.all"), "POST": ("books.all",)}.get(verb)
            if book is None
            else None
        )
        if wanted and not set(wanted) & set(SCOPES[token]):
            return self._failure(403)
        if shelf not in self.shelves or (book is not None and book not in self.shelves[shelf]):
            return self._failure(404)
        try:
            body = json.loads(request.content) if request.content else None
        except ValueError:
            return self._failure(400)
        books = self.shelves[shelf]
        if verb in ("POST", "PUT", "PATCH") and not _validator(
            "Change" if verb == "PATCH" else "Body"
        ).is_valid(body):
            return self._failure(400)
        match verb:
            case "POST":
                return httpx.Response(201, json=self._created(shelf, body))
            case "GET":
                return (
                    self._listed(shelf, request.url.params)
                    if book is None
                    else httpx.Response(200, json=books[book])
                )
            case "PUT" | "PATCH":
                books[book].update(body, touched=self._moment())
                return (
                    httpx.Response(204) if verb == "PUT" else httpx.Response(200, json=books[book])
                )
            case "lend" | "return":
                books[book].update(lent=verb == "lend")
            case "DELETE":
                del books[book]
        return httpx.Response(204)

    def _created(self, shelf: str, body: Json) -> Json:
        number = sum(map(len, self.shelves.values())) + self.moments
        id = f"{number * 7919 % 0xFFFFFFFF:08x}"
        now = self._moment()
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

    def _listed(self, shelf: str, given: httpx.QueryParams) -> httpx.Response:
        if (
            given.get("sort", "title") not in ("title", "created")
            or int(given.get("size", 20)) < 1
            or '"color":"red"' in given.get("q", "")
        ):
            return self._failure(400)
        page, size = int(given.get("page", 0)), int(given.get("size", 20))
        found = [
            one
            for one in self.shelves[shelf].values()
            if one["lent"] == (given.get("lent") == "true")
        ]
        if given.get("field") and given.get("glob") and "q" not in given:
            pattern = re.compile(".*".join(map(re.escape, given["glob"].split("*"))), re.DOTALL)
            found = [one for one in found if pattern.fullmatch(one["title"])]
        found.sort(
            key=lambda one: str(one[given.get("sort", "title")]), reverse=given.get("way") == "down"
        )
        held = found[page * size : (page + 1) * size]
        meta = {
            "count": len(held),
            "total": len(found),
            "pages": math.ceil(len(found) / size),
            "page": page,
            "size": size,
            "shelf": shelf,
        }
        meta |= {"sort": given.get("sort", "title")} | {
            name: given[name] for name in ("field", "glob") if given.get(name)
        }
        return httpx.Response(200, json={"books": held, "meta": meta})

    def _failure(self, status: int) -> httpx.Response:
        return httpx.Response(status, json={"error": "no", "ticket": self._moment()})

    def _moment(self) -> str:
        self.moments += 1
        minutes, seconds = divmod(self.moments, 60)
        return f"2026-01-01T{minutes // 60:02}:{minutes % 60:02}:{seconds:02}.000Z"


@cache
def _validator(schema: str) -> schemas.SchemaValidator:
    return schemas.compile_validator(
        build_toy_contract().document, {"$ref": f"#/components/schemas/{schema}"}
    )


def build_target(server: Server, **changes: Json) -> Target:
    """Return the target that a server is."""
    given = {
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
    return Target(**{**given, **changes})


def build_context(
    claim: str,
    contract: Contract | None = None,
    seed: str = "seed",
    examples: int = 2,
    crowd: int = 60,
) -> CheckContext:
    """Return the setting of a claim of the toy contract, or of another."""
    contract = contract or build_toy_contract()
    return CheckContext(
        contract=contract,
        claim=next(one for one in contract.claims if one.id == claim),
        seed=seed,
        example_count=examples,
        long_list_size=crowd,
    )


def map_scenarios(
    claim: str, contract: Contract | None = None, **given: Json
) -> dict[str, Scenario]:
    """Return the scripts of a claim by label; a claim that cannot be tried fails the test."""
    where = build_context(claim, contract, **given)
    found = plan_scenarios(CHECKS[where.claim.kind], where)
    assert not isinstance(found, str), found
    return {script.label: script for script in found}


def find_undecided_reason(claim: str, contract: Contract | None = None) -> str | None:
    """Return why a claim has no script."""
    where = build_context(claim, contract)
    found = plan_scenarios(CHECKS[where.claim.kind], where)
    return found if isinstance(found, str) else None


@cache
def _execute_setup(name: str) -> tuple[Server, ExecutionRecord]:
    """Return a server on which a stage was made, and what that brought."""
    script = next(
        script
        for claim in build_toy_contract().claims
        for script in _list_scenarios(claim.id)
        if script.setup and script.setup.name == name
    )
    server = Server()
    session = TargetSession(build_toy_contract(), build_target(server), mark=MARK)
    played = session.execute_setup(script.setup)  # type: ignore[arg-type]
    return server, played


def _list_scenarios(claim: str) -> tuple[Scenario, ...]:
    where = build_context(claim)
    found = plan_scenarios(CHECKS[where.claim.kind], where)
    return () if isinstance(found, str) else found


@cache
def execute_on_honest_server(claim: str, label: str | None = None) -> Trace:
    """Return what a script (the first, when no label is given) of a claim brings back from an
    honest server.
    """
    found = {script.label: script for script in _list_scenarios(claim)}
    script = found[label] if label else next(iter(found.values()))
    if script.setup is None:
        # what it may create has no name to carry a mark
        alone = claim.endswith("title/refuses/required")
        return TargetSession(
            build_toy_contract(), build_target(Server(), exclusive=alone), mark=MARK
        ).execute_scenario(script)
    server, played = _execute_setup(script.setup.name)
    copy = Server(
        shelves={
            shelf: {id: dict(one) for id, one in books.items()}
            for shelf, books in server.shelves.items()
        },
        moments=server.moments,
    )
    return TargetSession(build_toy_contract(), build_target(copy), mark=MARK).execute_scenario(
        script, played
    )


def execute_on_server(
    claim: str, handle: Callable[[httpx.Request], httpx.Response], label: str | None = None
) -> Trace:
    """Return what a script (the first, when no label is given) without a stage brings back from
    another server.
    """
    found = map_scenarios(claim)
    script = found[label] if label else next(iter(found.values()))
    assert script.setup is None
    return TargetSession(
        build_toy_contract(),
        build_target(Server(), transport=httpx.MockTransport(handle)),
        mark=MARK,
    ).execute_scenario(script)


def evaluate(claim: str, trace: Trace, contract: Contract | None = None) -> list[str]:
    """Return what the judge of a claim says of a trace, as text: the word of the observation and
    its message.
    """
    where = build_context(claim, contract)
    return [
        describe_observation(one) for one in evaluate_trace(CHECKS[where.claim.kind], where, trace)
    ]


def list_evidence(
    claim: str, trace: Trace, contract: Contract | None = None
) -> list[tuple[Exchange, ...]]:
    """Return the exchanges that each observation of the judge stands on."""
    where = build_context(claim, contract)
    found = evaluate_trace(CHECKS[where.claim.kind], where, trace)
    return [
        (one.exchange,) if isinstance(one, Passed) else one.exchanges
        for one in found
        if isinstance(one, Passed | Failed)
    ]


def evaluate_in_exchange(
    claim: str, exchange: Exchange, contract: Contract | None = None
) -> list[str]:
    """Return what the watch of a claim says of one exchange."""
    where = build_context(claim, contract)
    return [
        describe_observation(one)
        for one in observe_exchange(CHECKS[where.claim.kind], where, exchange)
    ]


def describe_observation(one: Observation) -> str:
    """Return an observation as text."""
    match one:
        case Passed():
            return "passed"
        case Failed():
            assert one.exchanges, "a breach needs evidence"
            return f"failed: {one.message}"
        case Inconclusive():
            return f"inconclusive: {one.reason}"
        case _:
            return f"unstable: {one.reason}"


def build_exchange(
    step: str,
    status: int | None,
    body: Json = None,
    call: ApiCall | None = None,
    media: str = "application/json",
) -> Exchange:
    """Return an exchange made by hand; without a status, none came back. A body of bytes is sent as
    it is.
    """
    content = (
        body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    )
    response = (
        None
        if status is None
        else HttpResponse(
            status=status, headers={"content-type": media} if media else {}, body=content
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


def build_trace(*exchanges: Exchange, **given: Json) -> Trace:
    """Return a trace of exchanges made by hand; those of one step are its pages."""
    steps: dict[str, tuple[Exchange, ...]] = {}
    for exchange in exchanges:
        steps[exchange.step] = (*steps.get(exchange.step, ()), exchange)
    return Trace(exchanges=steps, **given)


def with_response(
    found: Trace,
    step: str,
    status: int | None = None,
    *,
    body: Json = ...,
    edit: Callable[[Json], Json] | None = None,
    page: int | None = None,
) -> Trace:
    """Return a trace in which the answer (to one page, or all of them) of a step has another status
    or body.
    """
    pages = found.exchanges[step]
    chosen = range(len(pages)) if page is None else [page % len(pages)]
    return replace(
        found,
        exchanges={
            **found.exchanges,
            step: tuple(
                _replace_response(one, status, body, edit) if n in chosen else one
                for n, one in enumerate(pages)
            ),
        },
    )


def _replace_response(
    exchange: Exchange, status: int | None, body: Json, edit: Callable[[Json], Json] | None
) -> Exchange:
    old = exchange.response
    assert old is not None
    new = edit(json.loads(old.body)) if edit else body
    content = (
        old.body if new is ... else new if isinstance(new, bytes) else json.dumps(new).encode()
    )
    return replace(
        exchange,
        response=HttpResponse(status=status or old.status, headers=old.headers, body=content),
    )


def with_lost_response(found: Trace, step: str) -> Trace:
    """Return a trace in which a step got no answer."""
    lost = replace(found.exchanges[step][-1], response=None, failure="ReadTimeout: too slow")
    return replace(found, exchanges={**found.exchanges, step: (*found.exchanges[step][:-1], lost)})


def with_skipped_step(found: Trace, step: str, why: str = "it was not sent") -> Trace:
    """Return a trace in which a step was skipped."""
    return replace(
        found,
        exchanges={name: one for name, one in found.exchanges.items() if name != step},
        skipped={**found.skipped, step: why},
    )


def with_truncated_lists(found: Trace, *steps: str) -> Trace:
    """Return a trace in which lists were too long to read to their end."""
    return replace(found, truncated=frozenset(steps))


def with_listed_items(found: Trace, step: str, items: list[Json]) -> Trace:
    """Return a trace in which a list step got one page, that holds these items."""
    page = found.exchanges[step][0]
    return replace(
        found,
        exchanges={
            **found.exchanges,
            step: (_replace_response(page, 200, {"books": items, "meta": {}}, None),),
        },
    )


def get_books(found: Trace, step: str) -> list[Json]:
    """Return the items on all pages of a list step."""
    return [item for page in found.exchanges[step] for item in page.json["books"]]


def describe_steps(script: Scenario) -> list[str]:
    """Return the moves of a script as `name: operation`."""
    return [f"{move.name}: {move.call.operation}" for move in script.steps]


def get_outcomes(found: list[str]) -> list[str]:
    """Return the words of observations."""
    return [one.partition(":")[0] for one in found]


def set_fields(**fields: Json) -> Callable[[Json], Json]:
    """Return how to set fields of an answer."""
    return lambda answer: {**answer, **fields}


def drop_fields(*names: str) -> Callable[[Json], Json]:
    """Return how to drop fields of an answer."""
    return lambda answer: {name: value for name, value in answer.items() if name not in names}


def with_missing_fixtures(found: Trace, *names: str) -> Trace:
    """Return the trace as if a target had not given some fixtures."""
    return replace(found, missing_fixtures=frozenset(names))
