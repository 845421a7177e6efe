"""The properties that hold an emitted client to its contract: each is a function of contract,
package and flavour that raises when it does not hold.

They are written from the contract alone, so that they say of a mutant of the templates that it is
one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from pydantic import MISSING, BaseModel

from conformance.contract import schema as schemas
from conformance.contract.contract import Contract
from conformance.contract.equality import json_equal
from conformance.contract.json import Json
from conformance.contract.location import ParameterLocation
from conformance.contract.operation import Operation, ResponseSpec
from conformance.contract.pagination import PaginationBehavior
from conformance.contract.pointer import get_at_pointer, put_at_pointer
from conformance.contract.retries import Retries

from . import values
from .server import Caller, Heard, hear

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a property is about; `examples` says how often each operation is tried."""

    contract: Contract
    module: ModuleType
    flavour: str
    examples: int = 8
    seed: int = 1

    def drawn(self, strategy: st.SearchStrategy[Any], examine: Callable[[Any], None]) -> None:
        """Examine values that a strategy yields."""

        @seed(self.seed)
        @settings(
            max_examples=self.examples,
            database=None,
            deadline=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy)
        def run(value: Any) -> None:
            examine(value)

        run()

    def caller(self, handler: Callable[[httpx.Request], httpx.Response], **options: Any) -> Caller:
        """Return the client before a handler."""
        return Caller(self.module, self.flavour, handler, options)


def arguments(
    contract: Contract, operation: Operation
) -> st.SearchStrategy[tuple[dict[str, Json], Json]]:
    """Return valid arguments by the names of the contract, and a valid body (MISSING for none)."""
    required, optional = {}, {}
    for parameter in operation.parameters:
        strategy = values.of(contract.document, parameter.schema).filter(
            lambda value: value is not None
        )
        if parameter.location is ParameterLocation.PATH:
            strategy = strategy.filter(lambda value: value not in ("", ".", ".."))
        if (
            parameter.location is ParameterLocation.COOKIE
            or parameter.location is ParameterLocation.HEADER
        ):
            strategy = strategy.filter(
                lambda value: (
                    not isinstance(value, str)
                    or (value.isascii() and value.isprintable() and value == value.strip())
                )
            )
        if parameter.allows_blank:
            strategy = st.one_of(strategy, st.just(""))
        (required if parameter.required else optional)[parameter.name] = strategy
    body: st.SearchStrategy[Any] = st.just(MISSING)
    if operation.body:
        schema = operation.body.schema
        if (
            operation.body.media_type == "text/plain"
            or operation.body.media_type == "multipart/form-data"
        ):
            body = values.TEXT.map(
                lambda text: (
                    text.replace("\r", "")
                    if operation.body.media_type == "text/plain"
                    else {"file": text.encode(), "note": text}
                )
            )
        else:
            body = values.of(contract.document, schema).map(
                lambda value: _writable(contract, schema, value)
            )
        if not operation.body.required:
            body = st.one_of(body, st.just(MISSING))
    return st.tuples(st.fixed_dictionaries(required, optional=optional), body)


def _writable(contract: Contract, schema: Json, value: Json) -> Json:
    """Return a value without the members that only answers have (`readOnly`)."""
    if not isinstance(value, dict):
        return value
    properties = contract_schema(contract, schema).get("properties", {})
    kept = {
        name: one for name, one in value.items() if not properties.get(name, {}).get("readOnly")
    }
    return {name: _writable(contract, properties.get(name, {}), one) for name, one in kept.items()}


def answered(
    contract: Contract, operation: Operation, response: ResponseSpec, open_: bool = True
) -> st.SearchStrategy[httpx.Response]:
    """Return answers that a documented response describes."""
    statuses = _statuses(operation, response)
    if response.media_type is None:
        bodies: st.SearchStrategy[bytes] = st.sampled_from(
            [b"", b"<html>proxy</html>"] if not response.status.startswith("2") else [b""]
        )
        return st.builds(
            lambda status, body: httpx.Response(status, content=body), statuses, bodies
        )
    if "json" not in response.media_type:
        return st.builds(
            lambda status, text: httpx.Response(
                status,
                content=text.encode(),
                headers={"content-type": f"{response.media_type}; charset=utf-8"},
            ),
            statuses,
            values.TEXT,
        )
    bodies_ = values.of(contract.document, response.schema, open_)
    return st.builds(
        lambda status, body: httpx.Response(
            status, content=json.dumps(body).encode(), headers={"content-type": response.media_type}
        ),
        statuses,
        bodies_,
    )


def _statuses(operation: Operation, response: ResponseSpec) -> st.SearchStrategy[int]:
    if response.status.isdecimal():
        return st.just(int(response.status))
    wide = (
        range(400, 600)
        if response.status == "default"
        else range(int(response.status[0]) * 100, int(response.status[0]) * 100 + 100)
    )
    return st.sampled_from(
        [status for status in wide if operation.find_documented_response(status) == response]
    )


_successes: dict[tuple[str, str], httpx.Response] = {}
_items: dict[tuple[str, str], Json] = {}


def success(contract: Contract, operation: Operation) -> httpx.Response:
    """Return a plain answer of success, always the same."""
    key = (contract.digest, operation.id)
    if key not in _successes:
        _successes[key] = _success(contract, operation)
    return _successes[key]


def _success(contract: Contract, operation: Operation) -> httpx.Response:
    found: list[httpx.Response] = []
    response = next(one for one in operation.responses if one.status.startswith("2"))

    @settings(
        max_examples=1,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(answered(contract, operation, response))
    def first(one: httpx.Response) -> None:
        found.append(one)

    first()
    return found[0]


def plain(value: Any) -> Any:
    """Return what a client gave back as JSON."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="python")
    return (
        [plain(one) for one in value]
        if isinstance(value, list)
        else {key: plain(one) for key, one in value.items()}
        if isinstance(value, dict)
        else value
    )


def requests_carry_arguments(subject: Subject) -> None:
    """Any valid arguments give the one request that the contract describes: each argument in its
    place, and the server reads back the same value.
    """
    contract = subject.contract
    for operation in contract.operations.values():
        answer = success(contract, operation)
        heard: list[httpx.Request] = []

        def handler(
            request: httpx.Request,
            heard: list[httpx.Request] = heard,
            answer: httpx.Response = answer,
        ) -> httpx.Response:
            heard.append(request)
            return httpx.Response(
                answer.status_code, content=answer.content, headers=answer.headers
            )

        def examine(
            drawn: tuple[dict[str, Json], Json],
            operation: Operation = operation,
            heard: list[httpx.Request] = heard,
            handler: Any = handler,
        ) -> None:
            given_, body = drawn
            heard.clear()
            subject.caller(handler).call(operation.id, given_, None if body is MISSING else body)
            assert len(heard) == 1
            _compare(contract, operation, given_, body, hear(contract, operation, heard[0]))

        subject.drawn(arguments(contract, operation), examine)
        free = [
            one
            for one in operation.parameters
            if one.location is ParameterLocation.QUERY
            and one.media_type is None
            and one.schema == {"type": "string"}
        ]
        for parameter, text in ((one, text) for one in free for text in values.TEXTS):
            given_, body = some_arguments(contract, operation)
            examine(({**given_, parameter.name: text}, body))


def _compare(
    contract: Contract, operation: Operation, given_: Mapping[str, Json], body: Json, heard: Heard
) -> None:
    assert heard.method == operation.method
    expected = {
        (str(parameter.location), parameter.name): given_[parameter.name]
        for parameter in operation.parameters
        if parameter.name in given_
    }
    assert expected.keys() == heard.parameters.keys(), (
        f"{operation.id}: sent {expected}, heard {heard.parameters}"
    )
    for key, value in expected.items():
        assert json_equal(heard.parameters[key], value), (
            f"{operation.id} {key}: sent {value!r}, heard {heard.parameters[key]!r}"
        )
    _compare_credentials(contract, operation, heard)
    media = heard.headers.get("content-type", "").partition(";")[0]
    if body is MISSING:
        assert heard.body is None
        return
    assert operation.body is not None
    assert media == operation.body.media_type
    if media == FORM:
        assert sorted(heard.body) == sorted(_form("", body))
    elif media == "multipart/form-data":
        assert body["file"] in heard.body
        assert b'name="note"' in heard.body
    elif media == "text/plain":
        assert heard.body == body.encode()
    else:
        assert json_equal(heard.body, body), f"{operation.id}: sent {body!r}, heard {heard.body!r}"
    if "json" in media:
        assert schemas.compile_validator(contract.document, operation.body.schema).is_valid(
            heard.body
        )


def _form(name: str, value: Json) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _form(f"{name}[{key}]" if name else key, one)
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _form(f"{name}[{number}]", one)
    else:
        yield name, str(value)


def _compare_credentials(contract: Contract, operation: Operation, heard: Heard) -> None:
    node = get_at_pointer(contract.document, operation.pointer)
    security = node.get("security", contract.document.get("security", []))
    kinds = contract.document["components"].get("securitySchemes", {})
    asked = next((scheme for alternative in security for scheme in alternative), None)
    if asked is None:
        assert "authorization" not in heard.headers
    elif kinds[asked]["type"] == "http":
        assert heard.headers["authorization"] == "Bearer tok-1"
    else:
        assert heard.strange == [kinds[asked]["name"]]
    if asked is None or kinds[asked]["type"] == "http":
        assert heard.strange == []


def answers_become_values(subject: Subject) -> None:
    """Any documented answer becomes a value of the right type, or the exception of its status, and
    nothing of it is lost.
    """
    contract = subject.contract
    for operation in contract.operations.values():
        for response in operation.responses:

            def examine(
                answer: httpx.Response,
                operation: Operation = operation,
                response: ResponseSpec = response,
            ) -> None:
                caller = subject.caller(
                    lambda request: httpx.Response(
                        answer.status_code, content=answer.content, headers=answer.headers
                    ),
                    retries=None,
                )
                if response.status.startswith("2"):
                    raw = _call(caller, contract, operation, raw=True)
                    assert raw.status == answer.status_code
                    assert raw.content == answer.content
                    _is_whole(raw.value, response, answer)
                    return
                with pytest.raises(subject.module.StatusError) as caught:
                    _call(caller, contract, operation)
                error = caught.value
                assert type(error).__name__ == NAMES.get(response.status, "Failed")
                base = {4: "ClientError", 5: "ServerError"}.get(
                    int(response.status[0]) if response.status[0].isdecimal() else 0, "StatusError"
                )
                assert isinstance(error, getattr(subject.module, base))
                assert error.status == answer.status_code
                assert error.content == answer.content
                _is_whole(error.error, response, answer)

            subject.drawn(answered(contract, operation, response), examine)


NAMES = {
    "304": "NotModified",
    "400": "BadRequest",
    "401": "Unauthorized",
    "404": "NotFound",
    "409": "Conflict",
    "4XX": "Refused",
    "5XX": "Unavailable",
}


def _is_whole(value: Any, response: ResponseSpec, answer: httpx.Response) -> None:
    if response.media_type is None:
        assert value is None
    elif "json" in response.media_type:
        body = json.loads(answer.content)
        assert json_equal(plain(value), body), f"{body!r} became {value!r}"
        if (
            isinstance(response.schema, dict)
            and isinstance(body, dict)
            and "properties" in response.schema
        ):
            assert isinstance(value, BaseModel)
    elif isinstance(value, bytes):
        assert value == answer.content
    else:
        assert value.encode() == answer.content


def _call(
    caller: Caller,
    contract: Contract,
    operation: Operation,
    raw: bool = False,
    iterate: bool = False,
) -> Any:
    """Return what a call with some valid arguments gives."""
    given_, body = some_arguments(contract, operation)
    return caller.call(
        operation.id, given_, None if body is MISSING else body, raw=raw, iterate=iterate
    )


_some: dict[tuple[str, str], tuple[dict[str, Json], Json]] = {}


def some_arguments(contract: Contract, operation: Operation) -> tuple[dict[str, Json], Json]:
    """Return the required arguments of an operation with some valid values, always the same."""
    key = (contract.digest, operation.id)
    if key not in _some:
        found: list[tuple[dict[str, Json], Json]] = []

        @settings(
            max_examples=1,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        @given(arguments(contract, operation))
        def first(one: tuple[dict[str, Json], Json]) -> None:
            found.append(one)

        first()
        given_, body = found[0]
        required = {parameter.name for parameter in operation.parameters if parameter.required}
        _some[key] = ({name: value for name, value in given_.items() if name in required}, body)
    return _some[key]


def undocumented_answers_are_errors(subject: Subject) -> None:
    """An answer of an unknown status, and one whose body is not as documented, raise; they never
    become a value.
    """
    contract, module = subject.contract, subject.module
    for operation in contract.operations.values():
        unknown = [
            status
            for status in (200, 201, 202, 204, 206, 302, 400, 402, 404, 418, 500, 503)
            if operation.find_documented_response(status) is None
        ]
        for status in unknown:
            with pytest.raises(module.UnexpectedStatus) as caught:
                _call(
                    subject.caller(
                        lambda request, status=status: httpx.Response(status, json={}), retries=None
                    ),
                    contract,
                    operation,
                )
            assert caught.value.status == status
        for response in operation.responses:
            for content, media in _wrong(contract, operation, response):
                status = (
                    int(response.status)
                    if response.status.isdecimal()
                    else 418
                    if response.status != "5XX"
                    else 503
                )
                caller = subject.caller(
                    lambda request, a=(status, content, media): httpx.Response(
                        a[0], content=a[1], headers={"content-type": a[2]}
                    ),
                    retries=None,
                )
                with pytest.raises(module.InvalidResponse):
                    _call(caller, contract, operation)


def _wrong(
    contract: Contract, operation: Operation, response: ResponseSpec
) -> Iterator[tuple[bytes, str]]:
    """Yield bodies that the response does not describe, with their media types."""
    if response.media_type is None:
        if response.status.startswith("2") and response.status not in ("204", "205"):
            yield b"{}", "application/json"
        return
    if "json" not in response.media_type:
        yield b"{}", "application/json"
        return
    yield b"<html>", "text/html"
    yield b"{", response.media_type
    yield b"", response.media_type
    validator = schemas.compile_validator(contract.document, response.schema)
    schema = contract_schema(contract, response.schema)
    for value in (
        "text",
        1.5,
        [1],
        None,
        True,
        {"error": 1, "id": [], "app_groups": {}, "items": 5, "type": 5, "title": 1},
    ):
        if not validator.is_valid(value) and (
            isinstance(value, dict) is False or schema.get("properties") or schema.get("allOf")
        ):
            yield json.dumps(value).encode(), response.media_type
    found: list[Json] = []

    @settings(
        max_examples=1,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(values.of(contract.document, response.schema))
    def first(value: Json) -> None:
        found.append(value)

    first()
    yield json.dumps(found[0]).encode(), "text/html"
    for name in schema.get("required", ()):
        yield (
            json.dumps({key: one for key, one in found[0].items() if key != name}).encode(),
            response.media_type,
        )
    for name, child in schema.get("properties", {}).items():
        kind = contract_schema(contract, child).get("type")
        other = {
            "string": 5,
            "integer": "5",
            "boolean": "true",
            "array": {},
            "object": [],
            "number": "1",
        }.get(kind if isinstance(kind, str) else "")
        if other is not None:
            yield json.dumps({**found[0], name: other}).encode(), response.media_type


def contract_schema(contract: Contract, schema: Json) -> Json:
    """Return a schema with its reference followed."""
    return (
        get_at_pointer(contract.document, schema["$ref"][1:])
        if isinstance(schema, dict) and "$ref" in schema
        else schema
    )


def absent_null_and_empty_differ(subject: Subject) -> None:
    """What is left out is not sent, None is sent as null, and empty values as they are; in answers
    likewise.
    """
    contract = subject.contract
    for operation in contract.operations.values():
        body = operation.body
        if body is None or "json" not in body.media_type or body.media_type == FORM:
            continue
        schema = contract_schema(contract, body.schema)
        given_, base = some_arguments(contract, operation)
        if "properties" not in schema:
            continue
        required = {
            name: value for name, value in base.items() if name in schema.get("required", ())
        }
        for name, child in schema["properties"].items():
            if child.get("readOnly"):
                continue
            for value in _edges(contract_schema(contract, child)):
                sent = (
                    {**required, name: value}
                    if value is not MISSING
                    else {key: one for key, one in required.items() if key != name}
                )
                if value is MISSING and name in required:
                    with pytest.raises((subject.module.InvalidArguments, TypeError)):
                        subject.caller(lambda request: pytest.fail("sent")).call(
                            operation.id, given_, sent
                        )
                    continue
                heard: list[bytes] = []
                answer = success(contract, operation)

                def handler(
                    request: httpx.Request,
                    heard: list[bytes] = heard,
                    answer: httpx.Response = answer,
                ) -> httpx.Response:
                    heard.append(request.read())
                    return httpx.Response(
                        answer.status_code, content=answer.content, headers=answer.headers
                    )

                subject.caller(handler).call(operation.id, given_, sent)
                assert json.loads(heard[0]) == sent


def _edges(schema: Json) -> list[Any]:
    kinds = schema.get("type", ())
    kinds = [kinds] if isinstance(kinds, str) else kinds
    free = {
        "string": [""] if "enum" not in schema else [],
        "array": [[]],
        "object": [{}] if not schema.get("required") else [],
    }
    return [
        MISSING,
        *([None] if "null" in kinds else []),
        *(value for kind in kinds for value in free.get(kind, [])),
    ]


def path_values_stay_one_segment(subject: Subject) -> None:
    """A path value, whatever it holds, is one segment, and reads back as it was; what cannot be one
    is not sent.
    """
    contract = subject.contract
    for operation in contract.operations.values():
        texts = [
            one
            for one in operation.parameters
            if one.location is ParameterLocation.PATH
            and one.schema.get("type") == "string"
            and "enum" not in one.schema
        ]
        for parameter in texts:
            for value in [
                *(text for text in values.TEXTS if text),
                "..%2f..",
                "a/./b",
                ".",
                "..",
                "",
                "\\",
                "?",
                "@host",
                "//x",
            ]:
                targets: list[str] = []
                answer = success(contract, operation)

                def handler(
                    request: httpx.Request,
                    targets: list[str] = targets,
                    answer: httpx.Response = answer,
                ) -> httpx.Response:
                    targets.append(request.url.raw_path.decode().partition("?")[0])
                    return httpx.Response(
                        answer.status_code, content=answer.content, headers=answer.headers
                    )

                given_, body = some_arguments(contract, operation)
                ask = partial(
                    subject.caller(handler).call,
                    operation.id,
                    {**given_, parameter.name: value},
                    None if body is MISSING else body,
                )
                if (
                    value in (".", "..", "")
                    and ";"
                    not in str(
                        get_at_pointer(contract.document, parameter.pointer).get("style", "")
                    )
                    and "style" not in get_at_pointer(contract.document, parameter.pointer)
                ):
                    with pytest.raises(subject.module.InvalidArguments):
                        ask()
                    assert targets == []
                    continue
                ask()
                base = httpx.URL(contract.servers[0].replace("{place}", "sink")).path.rstrip("/")
                segments = targets[0][len(base) :].split("/")
                template = operation.path.split("/")
                assert len(segments) == len(template), targets
                got = unquote(segments[template.index("{" + parameter.name + "}")])
                assert got.removeprefix(f";{parameter.name}=") == value


def retries_happen_as_documented(subject: Subject) -> None:
    """A call is repeated exactly when the documentation asks for it and it may be done twice; never
    with retries=None; Retry-After is obeyed.
    """
    contract, module = subject.contract, subject.module
    outcomes: list[Any] = [
        200,
        400,
        429,
        500,
        502,
        503,
        httpx.ConnectError("gone"),
        httpx.ReadTimeout("late"),
    ]
    for operation in contract.operations.values():
        behavior = contract.find_behavior(operation.id, Retries)
        statuses = behavior.statuses if isinstance(behavior, Retries) else ()
        switches = [
            id
            for resource in contract.resources
            for switch in resource.switches
            if switch.idempotent
            for id in (switch.on, switch.off)
        ]
        safe = (
            operation.method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE")
            or operation.id in switches
        )
        for outcome in outcomes:
            asked = not isinstance(outcome, int) or any(
                one == str(outcome) or (one == "5XX" and 500 <= outcome < 600) for one in statuses
            )
            for policy, expected in (
                (module.RetryPolicy(random=lambda: 1.0), 3 if asked and safe else 1),
                (
                    module.RetryPolicy(
                        random=lambda: 0.0, retry_non_idempotent=True, max_attempts=5
                    ),
                    5 if asked else 1,
                ),
                (None, 1),
            ):
                count, waits = _tried(subject, operation, outcome, policy, {})
                assert count == expected, (
                    f"{operation.id}: {outcome} was tried {count} times instead of {expected}"
                )
                share = 1.0 if expected == 3 else 0.5
                assert waits == [share * 0.5 * 2**n for n in range(expected - 1)]
        if safe and any(one == "5XX" for one in statuses):
            policy = module.RetryPolicy(now=lambda: 1_700_000_000.0)
            assert _tried(subject, operation, 503, policy, {"retry-after": "7"})[1] == [7.0, 7.0]
            assert _tried(
                subject, operation, 503, policy, {"retry-after": "Tue, 14 Nov 2023 22:13:30 GMT"}
            )[1] == [10.0, 10.0]
            assert _tried(subject, operation, 503, policy, {"retry-after": "3600"}) == (1, [])
            assert _tried(subject, operation, 503, policy, {"retry-after": "soon"})[0] == 3
            assert (
                _tried(subject, operation, [503, httpx.ConnectError("gone"), None], policy, {})[0]
                == 3
            )


def _tried(
    subject: Subject, operation: Operation, outcome: Any, policy: Any, headers: Mapping[str, str]
) -> tuple[int, list[float]]:
    count = 0

    def handler(request: httpx.Request) -> httpx.Response:
        nonlocal count
        one = outcome[count] if isinstance(outcome, list) else outcome
        count += 1
        if isinstance(one, Exception):
            raise one
        if one is None:
            answer = success(subject.contract, operation)
            return httpx.Response(
                answer.status_code, content=answer.content, headers=answer.headers
            )
        return httpx.Response(
            one, json={"error": "x", "req_id": "1", "detail": "x", "type": "x"}, headers=headers
        )

    caller = subject.caller(handler, retries=policy)
    error: Exception | None = None
    try:
        _call(caller, subject.contract, operation)
    except subject.module.ApiCallError as one:
        error = one
    if isinstance(outcome, Exception):
        assert isinstance(error, subject.module.ConnectionFailed)
        assert error.__cause__ is outcome
    elif isinstance(outcome, int) and outcome != 200:
        assert error is not None, f"{operation.id}: {outcome} became a value"
    return count, caller.waits


def pages_yield_each_item_once(subject: Subject) -> None:
    """Iterating gives every item once, in order, also while items are added before the place
    reached; pages are fetched only when needed.
    """
    for operation, paginates in _paged(subject.contract):
        for total, size, added in (
            (0, 2, 0),
            (5, 2, 0),
            (4, 2, 0),
            (6, 3, 1),
            (7, 2, 2),
            (3, 1, 1),
            (3, 50, 0),
        ):
            server = Pages(subject.contract, operation, paginates, total, added)
            names = [
                _id(subject.contract, operation, item)
                for item in _walk(subject, operation, paginates, server, size)
            ]
            assert len(names) == len(set(names))
            assert [name for name in names if name in server.first] == server.first
            assert server.asked[0] == paginates.first_page
            enough = max(1, -(-len(server.items) // size))
            assert len(server.asked) <= enough + (
                0 if paginates.total_pointer or paginates.page_count_pointer else 1
            )


def looping_servers_are_noticed(subject: Subject) -> None:
    """A server that gives the same page for ever is an error, not an endless list."""
    for operation, paginates in _paged(subject.contract):
        server = Pages(subject.contract, operation, paginates, 6, 0, stuck=True)
        with pytest.raises(subject.module.PagingError):
            _walk(subject, operation, paginates, server, 2)
        assert len(server.asked) < 20


def _paged(contract: Contract) -> Iterator[tuple[Operation, PaginationBehavior]]:
    for operation in contract.operations.values():
        paginates = contract.find_behavior(operation.id, PaginationBehavior)
        if isinstance(paginates, PaginationBehavior):
            yield operation, paginates


def _walk(
    subject: Subject, operation: Operation, paginates: PaginationBehavior, server: Pages, size: int
) -> list[Any]:
    given_, _ = some_arguments(subject.contract, operation)
    return list(
        subject.caller(server.handle).call(
            operation.id, {**given_, paginates.size_parameter: size}, iterate=True
        )
    )


def _id(contract: Contract, operation: Operation, item: Any) -> Any:
    resource = next(one for one in contract.resources if one.list == operation.id)
    return get_at_pointer(plain(item), resource.identity_pointer)


class Pages:
    """A server of one list, which adds items to its beginning between two pages, or is stuck on its
    first one.
    """

    def __init__(
        self,
        contract: Contract,
        operation: Operation,
        paginates: PaginationBehavior,
        total: int,
        added: int,
        stuck: bool = False,
    ) -> None:
        self.contract, self.operation, self.paginates, self.added, self.stuck = (
            contract,
            operation,
            paginates,
            added,
            stuck,
        )
        self.resource = next(one for one in contract.resources if one.list == operation.id)
        self.asked: list[int] = []
        self._made = 0
        key = (contract.digest, operation.id)
        if key not in _items:
            _items[key] = self._items_sample()
        self._sample = _items[key]
        self.items = [self._new() for _ in range(total)]
        self.first = [get_at_pointer(item, self.resource.identity_pointer) for item in self.items]

    def handle(self, request: httpx.Request) -> httpx.Response:
        query = request.url.params
        page, size = (
            int(query[self.paginates.page_parameter]),
            int(query[self.paginates.size_parameter]),
        )
        self.asked.append(page)
        if 1 < len(self.asked) < 5:  # an adder that never rests would be a list that never ends
            self.items = [*(self._new() for _ in range(self.added)), *self.items]
        start = 0 if self.stuck else (page - self.paginates.first_page) * size
        some = self.items[start : start + size]
        answer = put_at_pointer({}, self.resource.items_pointer, some)
        pages = -(-len(self.items) // size)
        numbers = {
            self.paginates.count_pointer: len(some),
            self.paginates.total_pointer: len(self.items),
            self.paginates.page_count_pointer: pages,
        }
        for at, value in numbers.items():
            if at is not None:
                answer = put_at_pointer(answer, at, value)
        for at in ("/page", "/per_page"):
            if self.paginates.metadata_pointer:
                answer = put_at_pointer(
                    answer, self.paginates.metadata_pointer + at, page if at == "/page" else size
                )
        return httpx.Response(200, json=answer)

    def _new(self) -> Json:
        self._made += 1
        identity = get_at_pointer(self._sample, self.resource.identity_pointer)
        return put_at_pointer(
            self._sample,
            self.resource.identity_pointer,
            f"{self._made:024x}" if isinstance(identity, str) else self._made,
        )

    def _items_sample(self) -> Json:
        found: list[Json] = []
        response = next(one for one in self.operation.responses if one.status == "200")
        schema = contract_schema(self.contract, response.schema)
        item = contract_schema(
            self.contract, schema["properties"][self.resource.items_pointer[1:]]
        )["items"]

        @settings(
            max_examples=30,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        @given(values.of(self.contract.document, item))
        def any_(value: Json) -> None:
            if not found and self.resource.identity_pointer[1:] in value:
                found.append(value)

        any_()
        return found[0]


PROPERTIES: tuple[Callable[[Subject], None], ...] = (
    requests_carry_arguments,
    answers_become_values,
    undocumented_answers_are_errors,
    absent_null_and_empty_differ,
    path_values_stay_one_segment,
    retries_happen_as_documented,
    pages_yield_each_item_once,
    looping_servers_are_noticed,
)
