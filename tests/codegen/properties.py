"""The properties that an emitted client must have to conform to its contract. Each is a function of
contract, package and flavor that raises when the property does not hold.

The properties depend on the contract alone, not on the templates. So they detect mutants of the
templates.
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

from conformance.contract.contract import Contract
from conformance.contract.equality import json_equal
from conformance.contract.json import Json
from conformance.contract.location import ParameterLocation
from conformance.contract.operation import Operation, ResponseSpec
from conformance.contract.pagination import PaginationBehavior
from conformance.contract.pointer import get_at_pointer, put_at_pointer
from conformance.contract.retries import Retries

from . import values
from .server import ClientCaller, DecodedRequest, decode_request

FORM_MEDIA_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The client under test; `examples` is the number of examples for each operation."""

    contract: Contract
    module: ModuleType
    flavor: str
    examples: int = 8
    seed: int = 1

    def check_examples(
        self, strategy: st.SearchStrategy[Any], check: Callable[[Any], None]
    ) -> None:
        """Run a check on values that a strategy generates."""

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
            check(value)

        run()

    def build_caller(
        self, handler: Callable[[httpx.Request], httpx.Response], **options: Any
    ) -> ClientCaller:
        """Return a caller whose client is connected to a handler."""
        return ClientCaller(self.module, self.flavor, handler, options)


def build_argument_strategy(
    contract: Contract, operation: Operation
) -> st.SearchStrategy[tuple[dict[str, Json], Json]]:
    """Return a strategy for valid arguments by their names in the contract, with a valid body
    (MISSING for none).
    """
    required, optional = {}, {}
    for parameter in operation.parameters:
        strategy = values.build_value_strategy(contract.document, parameter.schema.node).filter(
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
        schema = operation.body.schema.node
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
            body = values.build_value_strategy(contract.document, schema).map(
                lambda value: _remove_read_only_members(contract, schema, value)
            )
        if not operation.body.required:
            body = st.one_of(body, st.just(MISSING))
    return st.tuples(st.fixed_dictionaries(required, optional=optional), body)


def _remove_read_only_members(contract: Contract, schema: Json, value: Json) -> Json:
    """Return a value without the members that only responses have (`readOnly`)."""
    if not isinstance(value, dict):
        return value
    properties = resolve_schema(contract, schema).get("properties", {})
    writable_members = {
        name: member
        for name, member in value.items()
        if not properties.get(name, {}).get("readOnly")
    }
    return {
        name: _remove_read_only_members(contract, properties.get(name, {}), member)
        for name, member in writable_members.items()
    }


def build_response_strategy(
    contract: Contract,
    operation: Operation,
    response_spec: ResponseSpec,
    allow_undeclared: bool = True,
) -> st.SearchStrategy[httpx.Response]:
    """Return a strategy for responses that match a documented response."""
    statuses = _build_status_strategy(operation, response_spec)
    if response_spec.media_type is None:
        raw_bodies: st.SearchStrategy[bytes] = st.sampled_from(
            [b"", b"<html>proxy</html>"] if not response_spec.status.startswith("2") else [b""]
        )
        return st.builds(
            lambda status, body: httpx.Response(status, content=body), statuses, raw_bodies
        )
    if "json" not in response_spec.media_type:
        return st.builds(
            lambda status, text: httpx.Response(
                status,
                content=text.encode(),
                headers={"content-type": f"{response_spec.media_type}; charset=utf-8"},
            ),
            statuses,
            values.TEXT,
        )
    json_bodies = values.build_value_strategy(
        contract.document, response_spec.schema.node, allow_undeclared
    )
    return st.builds(
        lambda status, body: httpx.Response(
            status,
            content=json.dumps(body).encode(),
            headers={"content-type": response_spec.media_type},
        ),
        statuses,
        json_bodies,
    )


def _build_status_strategy(
    operation: Operation, response_spec: ResponseSpec
) -> st.SearchStrategy[int]:
    if response_spec.status.isdecimal():
        return st.just(int(response_spec.status))
    candidates = (
        range(400, 600)
        if response_spec.status == "default"
        else range(int(response_spec.status[0]) * 100, int(response_spec.status[0]) * 100 + 100)
    )
    return st.sampled_from(
        [
            status
            for status in candidates
            if operation.find_documented_response(status) == response_spec
        ]
    )


_success_responses: dict[tuple[str, str], httpx.Response] = {}
_sample_items: dict[tuple[str, str], Json] = {}


def get_success_response(contract: Contract, operation: Operation) -> httpx.Response:
    """Return a successful response; it is always the same for an operation."""
    key = (contract.digest, operation.id)
    if key not in _success_responses:
        _success_responses[key] = _draw_success_response(contract, operation)
    return _success_responses[key]


def _draw_success_response(contract: Contract, operation: Operation) -> httpx.Response:
    drawn: list[httpx.Response] = []
    response_spec = next(
        documented for documented in operation.responses if documented.status.startswith("2")
    )

    @settings(
        max_examples=1,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(build_response_strategy(contract, operation, response_spec))
    def draw(response: httpx.Response) -> None:
        drawn.append(response)

    draw()
    return drawn[0]


def to_json(value: Any) -> Any:
    """Return what a client returned as JSON."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="python")
    return (
        [to_json(item) for item in value]
        if isinstance(value, list)
        else {key: to_json(member) for key, member in value.items()}
        if isinstance(value, dict)
        else value
    )


def requests_carry_arguments(subject: Subject) -> None:
    """Any valid arguments result in the one request that the contract describes. Each argument is
    in its location, and the server decodes the same value.
    """
    contract = subject.contract
    for operation in contract.operations.values():
        response = get_success_response(contract, operation)
        requests: list[httpx.Request] = []

        def handler(
            request: httpx.Request,
            requests: list[httpx.Request] = requests,
            response: httpx.Response = response,
        ) -> httpx.Response:
            requests.append(request)
            return httpx.Response(
                response.status_code, content=response.content, headers=response.headers
            )

        def check(
            drawn: tuple[dict[str, Json], Json],
            operation: Operation = operation,
            requests: list[httpx.Request] = requests,
            handler: Any = handler,
        ) -> None:
            arguments, body = drawn
            requests.clear()
            subject.build_caller(handler).call(
                operation.id, arguments, None if body is MISSING else body
            )
            assert len(requests) == 1
            _check_request(
                contract,
                operation,
                arguments,
                body,
                decode_request(contract, operation, requests[0]),
            )

        subject.check_examples(build_argument_strategy(contract, operation), check)
        free_text_parameters = [
            parameter
            for parameter in operation.parameters
            if parameter.location is ParameterLocation.QUERY
            and parameter.media_type is None
            and parameter.schema.node == {"type": "string"}
        ]
        for parameter, text in (
            (parameter, text) for parameter in free_text_parameters for text in values.TEXTS
        ):
            arguments, body = get_sample_arguments(contract, operation)
            check(({**arguments, parameter.name: text}, body))


def _check_request(
    contract: Contract,
    operation: Operation,
    arguments: Mapping[str, Json],
    body: Json,
    decoded: DecodedRequest,
) -> None:
    assert decoded.method == operation.method
    expected = {
        (str(parameter.location), parameter.name): arguments[parameter.name]
        for parameter in operation.parameters
        if parameter.name in arguments
    }
    assert expected.keys() == decoded.parameters.keys(), (
        f"{operation.id}: sent {expected}, heard {decoded.parameters}"
    )
    for key, value in expected.items():
        assert json_equal(decoded.parameters[key], value), (
            f"{operation.id} {key}: sent {value!r}, heard {decoded.parameters[key]!r}"
        )
    _check_credentials(contract, operation, decoded)
    media_type = decoded.headers.get("content-type", "").partition(";")[0]
    if body is MISSING:
        assert decoded.body is None
        return
    assert operation.body is not None
    assert media_type == operation.body.media_type
    if media_type == FORM_MEDIA_TYPE:
        assert sorted(decoded.body) == sorted(_list_form_fields("", body))
    elif media_type == "multipart/form-data":
        assert body["file"] in decoded.body
        assert b'name="note"' in decoded.body
    elif media_type == "text/plain":
        assert decoded.body == body.encode()
    else:
        assert json_equal(decoded.body, body), (
            f"{operation.id}: sent {body!r}, heard {decoded.body!r}"
        )
    if "json" in media_type:
        assert operation.body.schema.is_valid(decoded.body)


def _list_form_fields(name: str, value: Json) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _list_form_fields(f"{name}[{key}]" if name else key, member)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _list_form_fields(f"{name}[{number}]", item)
    else:
        yield name, str(value)


def _check_credentials(contract: Contract, operation: Operation, decoded: DecodedRequest) -> None:
    node = get_at_pointer(contract.document, operation.pointer)
    security = node.get("security", contract.document.get("security", []))
    security_schemes = contract.document["components"].get("securitySchemes", {})
    scheme_name = next((scheme for alternative in security for scheme in alternative), None)
    if scheme_name is None:
        assert "authorization" not in decoded.headers
    elif security_schemes[scheme_name]["type"] == "http":
        assert decoded.headers["authorization"] == "Bearer tok-1"
    else:
        assert decoded.unknown_query_names == [security_schemes[scheme_name]["name"]]
    if scheme_name is None or security_schemes[scheme_name]["type"] == "http":
        assert decoded.unknown_query_names == []


def answers_become_values(subject: Subject) -> None:
    """Any documented response becomes a value of the right type, or the exception of its status,
    without loss of data.
    """
    contract = subject.contract
    for operation in contract.operations.values():
        for response_spec in operation.responses:

            def check(
                response: httpx.Response,
                operation: Operation = operation,
                response_spec: ResponseSpec = response_spec,
            ) -> None:
                caller = subject.build_caller(
                    lambda request: httpx.Response(
                        response.status_code, content=response.content, headers=response.headers
                    ),
                    retries=None,
                )
                if response_spec.status.startswith("2"):
                    raw_response = _call_with_sample_arguments(
                        caller, contract, operation, raw=True
                    )
                    assert raw_response.status == response.status_code
                    assert raw_response.content == response.content
                    _check_value(raw_response.value, response_spec, response)
                    return
                with pytest.raises(subject.module.StatusError) as error_info:
                    _call_with_sample_arguments(caller, contract, operation)
                error = error_info.value
                assert type(error).__name__ == EXCEPTION_NAMES.get(response_spec.status, "Failed")
                base_name = {4: "ClientError", 5: "ServerError"}.get(
                    int(response_spec.status[0]) if response_spec.status[0].isdecimal() else 0,
                    "StatusError",
                )
                assert isinstance(error, getattr(subject.module, base_name))
                assert error.status == response.status_code
                assert error.content == response.content
                _check_value(error.error, response_spec, response)

            subject.check_examples(
                build_response_strategy(contract, operation, response_spec), check
            )


EXCEPTION_NAMES = {
    "304": "NotModified",
    "400": "BadRequest",
    "401": "Unauthorized",
    "404": "NotFound",
    "409": "Conflict",
    "4XX": "Refused",
    "5XX": "Unavailable",
}


def _check_value(value: Any, response_spec: ResponseSpec, response: httpx.Response) -> None:
    if response_spec.media_type is None:
        assert value is None
    elif "json" in response_spec.media_type:
        body = json.loads(response.content)
        assert json_equal(to_json(value), body), f"{body!r} became {value!r}"
        if (
            response_spec.schema is not None
            and isinstance(body, dict)
            and "properties" in response_spec.schema.node
        ):
            assert isinstance(value, BaseModel)
    elif isinstance(value, bytes):
        assert value == response.content
    else:
        assert value.encode() == response.content


def _call_with_sample_arguments(
    caller: ClientCaller,
    contract: Contract,
    operation: Operation,
    raw: bool = False,
    iterate: bool = False,
) -> Any:
    """Call an operation with some valid arguments and return the result."""
    arguments, body = get_sample_arguments(contract, operation)
    return caller.call(
        operation.id, arguments, None if body is MISSING else body, raw=raw, iterate=iterate
    )


_sample_arguments: dict[tuple[str, str], tuple[dict[str, Json], Json]] = {}


def get_sample_arguments(contract: Contract, operation: Operation) -> tuple[dict[str, Json], Json]:
    """Return required arguments of an operation and a body, both valid and always the same."""
    key = (contract.digest, operation.id)
    if key not in _sample_arguments:
        drawn: list[tuple[dict[str, Json], Json]] = []

        @settings(
            max_examples=1,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        @given(build_argument_strategy(contract, operation))
        def draw(pair: tuple[dict[str, Json], Json]) -> None:
            drawn.append(pair)

        draw()
        arguments, body = drawn[0]
        required = {parameter.name for parameter in operation.parameters if parameter.required}
        _sample_arguments[key] = (
            {name: value for name, value in arguments.items() if name in required},
            body,
        )
    return _sample_arguments[key]


def undocumented_answers_are_errors(subject: Subject) -> None:
    """A response with an unknown status, or with a body that does not match the documentation,
    raises an exception. It never becomes a value.
    """
    contract, module = subject.contract, subject.module
    for operation in contract.operations.values():
        undocumented_statuses = [
            status
            for status in (200, 201, 202, 204, 206, 302, 400, 402, 404, 418, 500, 503)
            if operation.find_documented_response(status) is None
        ]
        for status in undocumented_statuses:
            with pytest.raises(module.UnexpectedStatus) as error_info:
                _call_with_sample_arguments(
                    subject.build_caller(
                        lambda request, status=status: httpx.Response(status, json={}), retries=None
                    ),
                    contract,
                    operation,
                )
            assert error_info.value.status == status
        for response_spec in operation.responses:
            for content, media_type in _list_invalid_bodies(contract, operation, response_spec):
                status = (
                    int(response_spec.status)
                    if response_spec.status.isdecimal()
                    else 418
                    if response_spec.status != "5XX"
                    else 503
                )
                caller = subject.build_caller(
                    lambda request, invalid=(status, content, media_type): httpx.Response(
                        invalid[0], content=invalid[1], headers={"content-type": invalid[2]}
                    ),
                    retries=None,
                )
                with pytest.raises(module.InvalidResponse):
                    _call_with_sample_arguments(caller, contract, operation)


def _list_invalid_bodies(
    contract: Contract, operation: Operation, response_spec: ResponseSpec
) -> Iterator[tuple[bytes, str]]:
    """Yield bodies that do not match the response specification, with their media types."""
    if response_spec.media_type is None:
        if response_spec.status.startswith("2") and response_spec.status not in ("204", "205"):
            yield b"{}", "application/json"
        return
    if "json" not in response_spec.media_type:
        yield b"{}", "application/json"
        return
    yield b"<html>", "text/html"
    yield b"{", response_spec.media_type
    yield b"", response_spec.media_type
    validator = response_spec.schema.compile()
    schema = resolve_schema(contract, response_spec.schema.node)
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
            yield json.dumps(value).encode(), response_spec.media_type
    drawn: list[Json] = []

    @settings(
        max_examples=1,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(values.build_value_strategy(contract.document, response_spec.schema.node))
    def draw(value: Json) -> None:
        drawn.append(value)

    draw()
    yield json.dumps(drawn[0]).encode(), "text/html"
    for name in schema.get("required", ()):
        yield (
            json.dumps({key: value for key, value in drawn[0].items() if key != name}).encode(),
            response_spec.media_type,
        )
    for name, subschema in schema.get("properties", {}).items():
        type_name = resolve_schema(contract, subschema).get("type")
        invalid_value = {
            "string": 5,
            "integer": "5",
            "boolean": "true",
            "array": {},
            "object": [],
            "number": "1",
        }.get(type_name if isinstance(type_name, str) else "")
        if invalid_value is not None:
            yield json.dumps({**drawn[0], name: invalid_value}).encode(), response_spec.media_type


def resolve_schema(contract: Contract, schema: Json) -> Json:
    """Return a schema with its reference resolved."""
    return (
        get_at_pointer(contract.document, schema["$ref"][1:])
        if isinstance(schema, dict) and "$ref" in schema
        else schema
    )


def absent_null_and_empty_differ(subject: Subject) -> None:
    """An omitted argument is not sent, None is sent as null, and an empty value is sent as it is.
    The same applies to responses.
    """
    contract = subject.contract
    for operation in contract.operations.values():
        body = operation.body
        if body is None or "json" not in body.media_type or body.media_type == FORM_MEDIA_TYPE:
            continue
        schema = body.schema.merged
        arguments, sample_body = get_sample_arguments(contract, operation)
        if "properties" not in schema:
            continue
        required = {
            name: value for name, value in sample_body.items() if name in schema.get("required", ())
        }
        for name, subschema in schema["properties"].items():
            if subschema.get("readOnly"):
                continue
            for value in _list_edge_values(resolve_schema(contract, subschema)):
                sent_body = (
                    {**required, name: value}
                    if value is not MISSING
                    else {key: member for key, member in required.items() if key != name}
                )
                if value is MISSING and name in required:
                    with pytest.raises((subject.module.InvalidArguments, TypeError)):
                        subject.build_caller(lambda request: pytest.fail("sent")).call(
                            operation.id, arguments, sent_body
                        )
                    continue
                received: list[bytes] = []
                response = get_success_response(contract, operation)

                def handler(
                    request: httpx.Request,
                    received: list[bytes] = received,
                    response: httpx.Response = response,
                ) -> httpx.Response:
                    received.append(request.read())
                    return httpx.Response(
                        response.status_code, content=response.content, headers=response.headers
                    )

                subject.build_caller(handler).call(operation.id, arguments, sent_body)
                assert json.loads(received[0]) == sent_body


def _list_edge_values(schema: Json) -> list[Any]:
    types = schema.get("type", ())
    types = [types] if isinstance(types, str) else types
    empty_values = {
        "string": [""] if "enum" not in schema else [],
        "array": [[]],
        "object": [{}] if not schema.get("required") else [],
    }
    return [
        MISSING,
        *([None] if "null" in types else []),
        *(value for type_name in types for value in empty_values.get(type_name, [])),
    ]


def path_values_stay_one_segment(subject: Subject) -> None:
    """A path value, whatever its characters, is one segment and decodes to the same value. A value
    that cannot be one segment is not sent.
    """
    contract = subject.contract
    for operation in contract.operations.values():
        text_parameters = [
            parameter
            for parameter in operation.parameters
            if parameter.location is ParameterLocation.PATH
            and parameter.schema.get("type") == "string"
            and "enum" not in parameter.schema.merged
        ]
        for parameter in text_parameters:
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
                response = get_success_response(contract, operation)

                def handler(
                    request: httpx.Request,
                    targets: list[str] = targets,
                    response: httpx.Response = response,
                ) -> httpx.Response:
                    targets.append(request.url.raw_path.decode().partition("?")[0])
                    return httpx.Response(
                        response.status_code, content=response.content, headers=response.headers
                    )

                arguments, body = get_sample_arguments(contract, operation)
                call = partial(
                    subject.build_caller(handler).call,
                    operation.id,
                    {**arguments, parameter.name: value},
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
                        call()
                    assert targets == []
                    continue
                call()
                base = httpx.URL(contract.servers[0].replace("{place}", "sink")).path.rstrip("/")
                segments = targets[0][len(base) :].split("/")
                template_segments = operation.path.split("/")
                assert len(segments) == len(template_segments), targets
                decoded = unquote(segments[template_segments.index("{" + parameter.name + "}")])
                assert decoded.removeprefix(f";{parameter.name}=") == value


def retries_happen_as_documented(subject: Subject) -> None:
    """A call is repeated exactly if the documentation tells the client to retry and the call is
    idempotent. It is never repeated with retries=None. Retry-After is obeyed.
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
        idempotent_switches = [
            id
            for resource in contract.resources
            for switch in resource.switches
            if switch.idempotent
            for id in (switch.on, switch.off)
        ]
        is_idempotent = (
            operation.method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE")
            or operation.id in idempotent_switches
        )
        for outcome in outcomes:
            is_retryable = not isinstance(outcome, int) or any(
                status == str(outcome) or (status == "5XX" and 500 <= outcome < 600)
                for status in statuses
            )
            for policy, expected in (
                (
                    module.RetryPolicy(random=lambda: 1.0),
                    3 if is_retryable and is_idempotent else 1,
                ),
                (
                    module.RetryPolicy(
                        random=lambda: 0.0, retry_non_idempotent=True, max_attempts=5
                    ),
                    5 if is_retryable else 1,
                ),
                (None, 1),
            ):
                count, waits = _count_attempts(subject, operation, outcome, policy, {})
                assert count == expected, (
                    f"{operation.id}: {outcome} was tried {count} times instead of {expected}"
                )
                jitter_factor = 1.0 if expected == 3 else 0.5
                assert waits == [jitter_factor * 0.5 * 2**n for n in range(expected - 1)]
        if is_idempotent and any(status == "5XX" for status in statuses):
            policy = module.RetryPolicy(now=lambda: 1_700_000_000.0)
            assert _count_attempts(subject, operation, 503, policy, {"retry-after": "7"})[1] == [
                7.0,
                7.0,
            ]
            assert _count_attempts(
                subject, operation, 503, policy, {"retry-after": "Tue, 14 Nov 2023 22:13:30 GMT"}
            )[1] == [10.0, 10.0]
            assert _count_attempts(subject, operation, 503, policy, {"retry-after": "3600"}) == (
                1,
                [],
            )
            assert _count_attempts(subject, operation, 503, policy, {"retry-after": "soon"})[0] == 3
            assert (
                _count_attempts(
                    subject, operation, [503, httpx.ConnectError("gone"), None], policy, {}
                )[0]
                == 3
            )


def _count_attempts(
    subject: Subject, operation: Operation, outcome: Any, policy: Any, headers: Mapping[str, str]
) -> tuple[int, list[float]]:
    count = 0

    def handler(request: httpx.Request) -> httpx.Response:
        nonlocal count
        current = outcome[count] if isinstance(outcome, list) else outcome
        count += 1
        if isinstance(current, Exception):
            raise current
        if current is None:
            response = get_success_response(subject.contract, operation)
            return httpx.Response(
                response.status_code, content=response.content, headers=response.headers
            )
        return httpx.Response(
            current, json={"error": "x", "req_id": "1", "detail": "x", "type": "x"}, headers=headers
        )

    caller = subject.build_caller(handler, retries=policy)
    error: Exception | None = None
    try:
        _call_with_sample_arguments(caller, subject.contract, operation)
    except subject.module.ApiCallError as caught:
        error = caught
    if isinstance(outcome, Exception):
        assert isinstance(error, subject.module.ConnectionFailed)
        assert error.__cause__ is outcome
    elif isinstance(outcome, int) and outcome != 200:
        assert error is not None, f"{operation.id}: {outcome} became a value"
    return count, caller.waits


def pages_yield_each_item_once(subject: Subject) -> None:
    """Iteration yields every item once, in order, even while items are added before the current
    position. Pages are fetched only when needed.
    """
    for operation, pagination in _list_paginated_operations(subject.contract):
        for total, size, added in (
            (0, 2, 0),
            (5, 2, 0),
            (4, 2, 0),
            (6, 3, 1),
            (7, 2, 2),
            (3, 1, 1),
            (3, 50, 0),
        ):
            server = PaginatedServer(subject.contract, operation, pagination, total, added)
            ids = [
                _get_item_id(subject.contract, operation, item)
                for item in _list_all_items(subject, operation, pagination, server, size)
            ]
            assert len(ids) == len(set(ids))
            assert [id for id in ids if id in server.initial_ids] == server.initial_ids
            assert server.requested_pages[0] == pagination.first_page
            needed_pages = max(1, -(-len(server.items) // size))
            assert len(server.requested_pages) <= needed_pages + (
                0 if pagination.total_pointer or pagination.page_count_pointer else 1
            )


def looping_servers_are_noticed(subject: Subject) -> None:
    """A server that repeats the same page forever causes an error, not an endless list."""
    for operation, pagination in _list_paginated_operations(subject.contract):
        server = PaginatedServer(
            subject.contract, operation, pagination, 6, 0, repeats_first_page=True
        )
        with pytest.raises(subject.module.PagingError):
            _list_all_items(subject, operation, pagination, server, 2)
        assert len(server.requested_pages) < 20


def _list_paginated_operations(
    contract: Contract,
) -> Iterator[tuple[Operation, PaginationBehavior]]:
    for operation in contract.operations.values():
        pagination = contract.find_behavior(operation.id, PaginationBehavior)
        if isinstance(pagination, PaginationBehavior):
            yield operation, pagination


def _list_all_items(
    subject: Subject,
    operation: Operation,
    pagination: PaginationBehavior,
    server: PaginatedServer,
    size: int,
) -> list[Any]:
    arguments, _ = get_sample_arguments(subject.contract, operation)
    return list(
        subject.build_caller(server.handle).call(
            operation.id, {**arguments, pagination.size_parameter: size}, iterate=True
        )
    )


def _get_item_id(contract: Contract, operation: Operation, item: Any) -> Any:
    resource = next(resource for resource in contract.resources if resource.list == operation.id)
    return get_at_pointer(to_json(item), resource.identity_pointer)


class PaginatedServer:
    """A server of one list. It adds items to the beginning of the list between two pages, or it
    repeats its first page.
    """

    def __init__(
        self,
        contract: Contract,
        operation: Operation,
        pagination: PaginationBehavior,
        total: int,
        added_per_page: int,
        repeats_first_page: bool = False,
    ) -> None:
        (
            self.contract,
            self.operation,
            self.pagination,
            self.added_per_page,
            self.repeats_first_page,
        ) = (contract, operation, pagination, added_per_page, repeats_first_page)
        self.resource = next(
            resource for resource in contract.resources if resource.list == operation.id
        )
        self.requested_pages: list[int] = []
        self._item_count = 0
        key = (contract.digest, operation.id)
        if key not in _sample_items:
            _sample_items[key] = self._draw_sample_item()
        self._sample_item = _sample_items[key]
        self.items = [self._create_item() for _ in range(total)]
        self.initial_ids = [
            get_at_pointer(item, self.resource.identity_pointer) for item in self.items
        ]

    def handle(self, request: httpx.Request) -> httpx.Response:
        query = request.url.params
        page, size = (
            int(query[self.pagination.page_parameter]),
            int(query[self.pagination.size_parameter]),
        )
        self.requested_pages.append(page)
        if 1 < len(self.requested_pages) < 5:  # with unlimited additions the list would never end
            self.items = [*(self._create_item() for _ in range(self.added_per_page)), *self.items]
        start = 0 if self.repeats_first_page else (page - self.pagination.first_page) * size
        page_items = self.items[start : start + size]
        document = put_at_pointer({}, self.resource.items_pointer, page_items)
        pages = -(-len(self.items) // size)
        values_by_pointer = {
            self.pagination.count_pointer: len(page_items),
            self.pagination.total_pointer: len(self.items),
            self.pagination.page_count_pointer: pages,
        }
        for pointer, value in values_by_pointer.items():
            if pointer is not None:
                document = put_at_pointer(document, pointer, value)
        for pointer in ("/page", "/per_page"):
            if self.pagination.metadata_pointer:
                document = put_at_pointer(
                    document,
                    self.pagination.metadata_pointer + pointer,
                    page if pointer == "/page" else size,
                )
        return httpx.Response(200, json=document)

    def _create_item(self) -> Json:
        self._item_count += 1
        identity = get_at_pointer(self._sample_item, self.resource.identity_pointer)
        return put_at_pointer(
            self._sample_item,
            self.resource.identity_pointer,
            f"{self._item_count:024x}" if isinstance(identity, str) else self._item_count,
        )

    def _draw_sample_item(self) -> Json:
        drawn: list[Json] = []
        response_spec = next(
            documented for documented in self.operation.responses if documented.status == "200"
        )
        schema = resolve_schema(self.contract, response_spec.schema.node)
        item_schema = resolve_schema(
            self.contract, schema["properties"][self.resource.items_pointer[1:]]
        )["items"]

        @settings(
            max_examples=30,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        @given(values.build_value_strategy(self.contract.document, item_schema))
        def draw(value: Json) -> None:
            if not drawn and self.resource.identity_pointer[1:] in value:
                drawn.append(value)

        draw()
        return drawn[0]


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
