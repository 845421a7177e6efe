"""The mock as a fixture for tests: in process for httpx and requests, or on a port.

    def test_my_code(losant_mock):  # the pytest plugin has the fixture; nothing is to be imported
        losant_mock.create({"name": "alpha"})
        assert my_code.names() == ["alpha"]

The test fails at its end when the code has sent something that the contract does not allow, and
says which sentence of the vendor's page forbids it.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from conformance.checks.call import ApiCall
from conformance.contract import loader
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.location import ParameterLocation
from conformance.contract.server import ApiServer, is_loopback_host
from conformance.embedded import build_mock_target
from conformance.errors import Problem, UsageError
from conformance.mock import config, prefer
from conformance.mock.config import MockConfig
from conformance.mock.connection import RESET_STATUS
from conformance.mock.diagnostics import generate_refusal_explanation_lines
from conformance.mock.interception import find_place_of_call, intercept_requests
from conformance.mock.message import MockRequest, MockResponse, build_mock_request, decode_json
from conformance.mock.mock import Mock
from conformance.mock.refusal import Refusal
from conformance.mock.server import serve_in_thread
from conformance.mock.state import MockState
from conformance.mock.transport import build_httpx_response, convert_httpx_request
from conformance.mock.undeclared_inputs import make_service_refuse_undeclared_inputs
from conformance.suite import request_encoding
from conformance.suite.body_encoding import encode_body
from conformance.suite.target import get_path_parameter_value

# what may be so without anybody's mistake, on a path that the contract knows
STATE_DEPENDENT_STATUSES = (404, 409, 412)
_MOCKS: pytest.StashKey[list[ContractMock]] = pytest.StashKey()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedRequest:
    """One request that reached the mock, and the status it was answered with; `operation` is the
    operationId, None where it reached none.
    """

    operation: str | None
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    body: Json
    status: int


@dataclass(slots=True, kw_only=True, repr=False)
class ContractMock:
    """A mock of one contract with a state of its own.

    `requests` are those seen so far, `refusals` what the code under test did wrong, in words with
    the sentences of the page, each once; a test starts with none of both. `base_url` is the
    documented URL, for code that uses httpx or requests; `url` is that of a real port, opened when
    it is first asked for.
    """

    mock: Mock
    state: MockState
    requests: list[ReceivedRequest] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    _ordered_responses: list[_OrderedResponse] = field(default_factory=list)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _stack: ExitStack = field(default_factory=ExitStack)
    _url: str | None = None

    def __repr__(self) -> str:
        return f"<mock of {self.contract.name}, {len(self.requests)} requests received>"

    @property
    def contract(self) -> Contract:
        """Return the contract."""
        return self.mock.contract

    @property
    def base_url(self) -> str:
        """Return the documented URL: what httpx and requests send there is answered in process."""
        server = self.contract.servers[0] if self.contract.servers else ""
        return server if "://" in server else "http://mock" + server.rstrip("/")

    @property
    def url(self) -> str:
        """Return the URL at a port of this machine, base path included, for any other library."""
        if self._url is None:
            self._url = self._stack.enter_context(serve_in_thread(self.mock, respond=self.answer))
        return self._url

    def create(self, body: Json, parent: str | None = None, resource: str | None = None) -> Json:
        """Return a new thing, made as if somebody else had: nothing is added to `requests`. Raises
        UsageError for a body that does not fit.
        """
        name = self._choose_resource(resource)
        maker = self.mock.item_builders[name]
        if maker.repository.resource.create is None:
            raise UsageError(Problem(message=f"no operation creates {name}: seed the mock"))
        parent_resource, create_operation = (
            maker.repository.resource.parent,
            self.contract.operations[maker.repository.resource.create],
        )
        parent_id = (
            (
                parent
                or config.list_existing_parent_ids(
                    self.contract, self.mock.config, parent_resource.parameter
                )[0]
            )
            if parent_resource
            else ""
        )
        target = build_mock_target(self.mock, self.contract, transport=self.transport)
        arguments = {
            parameter.name: get_path_parameter_value(
                self.contract, target, create_operation.id, parameter.name
            )
            for parameter in create_operation.parameters
            if parameter.location is ParameterLocation.PATH
        }
        if parent_resource:
            arguments[parent_resource.parameter] = parent_id
        call = ApiCall(operation=create_operation.id, arguments=arguments, body=body)
        with self._lock:
            encoded = encode_body(create_operation.body, call)
            url = urlsplit(request_encoding.build_request_url(self.contract, target, call))
            mock_request = build_mock_request(
                create_operation.method,
                url.path + (f"?{url.query}" if url.query else ""),
                request_encoding.build_request_headers(self.contract, target, call),
                encoded.text.encode("utf-8", "surrogatepass") if encoded else b"",
            )
            response = self.mock.respond(self.state, mock_request)
            if response.explanation is not None:
                raise UsageError(Problem(message=f"create: {response.explanation[1].text}"))
            return next(
                reversed(
                    self.state.get_or_create_collection(
                        maker.repository.resource.name, parent_id
                    ).items.values()
                )
            ).value

    def items(self, parent: str | None = None, resource: str | None = None) -> list[Json]:
        """Return the things that there are now, in the order of their creation, of every parent
        unless one is named.
        """
        name = self._choose_resource(resource)
        with self._lock:
            return [
                item.value
                for (resource_name, parent_id), collection in self.state.collections.items()
                if resource_name == name and parent in (None, parent_id)
                for item in collection.items.values()
            ]

    def _choose_resource(self, resource: str | None) -> str:
        names = list(self.mock.item_builders)
        if resource in names:
            return str(resource)
        if resource is None and names:
            return names[0]
        if not names:
            message = f"{self.contract.name} describes no resource, so the mock holds nothing"
            hint = "`conformance init` makes a contract with resources of an OpenAPI document"
            raise UsageError(Problem(message=message, hint=hint))
        hint = f"there are {', '.join(names)}"
        raise UsageError(Problem(message=f"there is no resource {resource}", hint=hint))

    def answer_next(
        self, status: int, operation: str | None = None, *, undocumented: bool = False
    ) -> None:
        """Answer the next request (of an operation) with a documented status, and do nothing else;
        0 resets the connection.

        With `undocumented`, any status is answered, without a body where no page shows one. The
        test fails at its end if no request took the answer.

        Raises UsageError for an operation that the contract has not, or a status that it does not
        document.
        """
        operations = self.contract.operations
        if operation is not None and operation not in operations:
            raise UsageError(
                Problem(
                    message=f"there is no operation {operation}",
                    hint=f"there are {', '.join(operations)}",
                )
            )
        candidates = [operations[operation]] if operation else list(operations.values())
        is_status = status == RESET_STATUS or 200 <= status <= 599
        if not is_status:
            raise UsageError(Problem(message=f"{status} is no status of an answer"))
        if (
            status != RESET_STATUS
            and not undocumented
            and not any(candidate.find_documented_response(status) for candidate in candidates)
        ):
            documented = sorted(
                {response.status for candidate in candidates for response in candidate.responses}
            )
            hint = f"there are {', '.join(documented)}; undocumented=True answers it all the same"
            raise UsageError(Problem(message=f"{status} is not documented", hint=hint))
        self._ordered_responses.append(
            _OrderedResponse(operation, status, find_place_of_call() or "")
        )

    def clear_refusals(self) -> list[str]:
        """Return what the code under test did wrong so far, and let the test pass all the same."""
        refusals, self.refusals = self.refusals, []
        return refusals

    def verify(self) -> None:
        """Raise AssertionError when the code under test has sent what the contract does not allow,
        or has not asked for what `answer_next` ordered.
        """
        __tracebackhide__ = True
        if (mistakes := self._take_mistakes()) is not None:
            raise AssertionError(mistakes)

    def _explain(self, error: BaseException) -> None:
        """Add to an error of a test what its code did wrong, which may well be the cause."""
        if (mistakes := self._take_mistakes()) is not None:
            error.add_note(mistakes)

    def _take_mistakes(self) -> str | None:
        """Return what `verify` complains of, and forget it: it is told once."""
        refusals, self.refusals = self.refusals, []
        orders, self._ordered_responses = self._ordered_responses, []
        if refusals:
            counts = Counter(refusals)
            # the first line is all that a summary of many tests shows
            return f"not allowed by {self.contract.name}: " + "\n\n".join(
                text if count == 1 else f"{count} times: {text}" for text, count in counts.items()
            )
        if orders:
            return "no request took what was ordered:\n" + "\n".join(
                f"    {order}" for order in orders
            )
        return None

    def answer(self, request: MockRequest) -> MockResponse:
        """Return the answer to a request, and remember both."""
        place = find_place_of_call()
        with self._lock:
            operation = self.mock.find_operation(request)
            response = self._take_forced_response(
                operation.id if operation else None, request
            ) or self.mock.respond(self.state, request)
            self.requests.append(
                _build_received_request(operation.id if operation else None, request, response)
            )
            if response.explanation is not None and not _depends_on_state(*response.explanation):
                target = request.path + (
                    "?" + "&".join(f"{name}={value}" for name, value in request.query)
                    if request.query
                    else ""
                )
                explanation = "\n".join(
                    f"    {text}"
                    for text in generate_refusal_explanation_lines(
                        self.contract, *response.explanation
                    )
                )
                sent_from = f" ({place})" if place else ""
                self.refusals.append(
                    f"{request.method} {target} → {response.status}{sent_from}\n{explanation}"
                )
            return response

    def _take_forced_response(
        self, operation_id: str | None, request: MockRequest
    ) -> MockResponse | None:
        for position, order in enumerate(self._ordered_responses):
            if operation_id is not None and order.operation in (None, operation_id):
                status = order.status
                del self._ordered_responses[position]
                if status == RESET_STATUS:
                    return MockResponse(status=RESET_STATUS, headers=(), body=b"")
                operation = self.contract.operations[operation_id]
                if operation.find_documented_response(status) is None:
                    return MockResponse(status=status, headers=(), body=b"")
                ordered = prefer.build_documented_response(
                    self.contract, operation, self.state, status, f"the test ordered {status}"
                )
                return replace(ordered, explanation=None)
        return None

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Return the answer as httpx has it: what a transport or respx calls."""
        response = self.answer(convert_httpx_request(request))
        answer: httpx.Response = build_httpx_response(httpx, request, response)
        return answer

    @property
    def transport(self) -> httpx.MockTransport:
        """Return a transport for an httpx client, sync or async, that reaches nothing but this
        mock.
        """
        return httpx.MockTransport(self.handle)

    def close(self) -> None:
        """Close the port, if one was opened."""
        self._stack.close()


@dataclass(frozen=True, slots=True)
class _OrderedResponse:
    """What `answer_next` ordered, and where."""

    operation: str | None
    status: int
    place: str

    def __str__(self) -> str:
        operation = f", {self.operation!r}" if self.operation else ""
        return f"answer_next({self.status}{operation})" + (
            f" at {self.place}" if self.place else ""
        )


def _build_received_request(
    operation: str | None, request: MockRequest, response: MockResponse
) -> ReceivedRequest:
    try:
        body = decode_json(request.body) if request.body else None
    except ValueError:
        body = request.body.decode("utf-8", "replace")
    return ReceivedRequest(
        operation=operation,
        method=request.method,
        path=request.path,
        query=request.query,
        body=body,
        status=response.status,
    )


def _depends_on_state(operation: str | None, refusal: Refusal) -> bool:
    return operation is not None and (
        refusal.not_found_parameter is not None or refusal.status in STATE_DEPENDENT_STATUSES
    )


# what makes a file another one: time of change, and size
_Stamps = dict[str, tuple[int, int] | None]
_MOCKS_BY_CONTRACT: dict[tuple[str, str | None, bool], tuple[Mock, _Stamps]] = {}


def _get_cached_mock(contract: str, revision: str | None, lenient: bool) -> Mock:
    """Return the mock of a contract, which is read again when one of its files has changed."""
    is_path = os.path.exists(contract)
    key = (os.path.abspath(contract) if is_path else contract, revision, lenient)
    mock, stamps = _MOCKS_BY_CONTRACT.get(key, (None, {}))
    if mock is None or stamps != {file: _stamp_file(file) for file in stamps}:
        loaded = loader.load_contract(contract, revision, infer=True)
        mock = Mock(
            loaded,
            MockConfig(parents=config.choose_two_ids_per_parent_parameter(loaded, {})),
            patch=(lambda service: service) if lenient else make_service_refuse_undeclared_inputs,
        )
        files = {file for file, _ in loaded.positions.values()}
        files |= {str(Path(file).parent / "statements.yaml") for file in files}
        stamps = {file: _stamp_file(file) for file in files if os.path.isabs(file)}
        _MOCKS_BY_CONTRACT[key] = (mock, stamps)
    return mock


def _stamp_file(file: str) -> tuple[int, int] | None:
    try:
        status = os.stat(file)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


@contextmanager
def mocked(
    contract: str | os.PathLike[str],
    revision: str | None = None,
    *,
    lenient: bool = False,
    base_url: str | None = None,
) -> Iterator[ContractMock]:
    """Give a fresh mock of a contract (built-in name or path), and verify at the end that nothing
    was sent that it does not allow.

    Requests of httpx, httpx2 and requests to the documented host (or to `base_url`) reach the mock.
    Other libraries cannot look the documented host up: give them `url`. Requests to other hosts go
    where they went before. A `lenient` mock lets pass what no page documents, as the real server
    may.
    """
    __tracebackhide__ = True
    shared_mock = _get_cached_mock(os.fspath(contract), revision, lenient)
    mock = ContractMock(mock=shared_mock, state=shared_mock.create_state())
    try:
        with _intercept(mock, base_url or mock.base_url):
            yield mock
    except Exception as error:
        mock._explain(error)
        raise
    finally:
        mock.close()
    mock.verify()


@contextmanager
def _intercept(mock: ContractMock, base_url: str) -> Iterator[None]:
    base = urlsplit(base_url)

    documented = _list_servers(mock.contract)
    mismatches: dict[str, str] = {}

    def is_ours(scheme: str, host: str, port: int | None) -> bool:
        if (host, port) == (base.hostname, base.port) and scheme == base.scheme:
            return True
        if not is_guarded(host):
            return False
        schemes = {
            urlsplit(server.template).scheme for server in documented if server.can_mean_host(host)
        }
        if not schemes or scheme in schemes or "" in schemes:  # "": a variable, or none
            return True
        mismatches[host] = (
            f"{mock.contract.name} documents {' and '.join(sorted(schemes))}://{host}, and the"
            f" request goes to {scheme}://{host}"
        )
        return False

    def is_guarded(host: str) -> bool:
        return mock.contract.is_production_host(host) or (
            host == base.hostname and not is_loopback_host(host)
        )

    def refuse(host: str) -> str:
        text = mismatches.pop(
            host,
            f"{host} is a documented host of {mock.contract.name}, which no test contacts: give"
            " your code the fixture's url (httpx, httpx2 and requests are answered in process)",
        )
        place = find_place_of_call()
        with mock._lock:
            mock.refusals.append(text + (f" ({place})" if place else ""))
        return text

    with intercept_requests(is_ours, is_guarded, mock.answer, refuse):
        yield


def _list_servers(contract: Contract) -> list[ApiServer]:
    return [*contract.api_servers, *chain.from_iterable(contract.own_servers.values())]


def remember_mock(test: pytest.Item, mock: ContractMock) -> None:
    """Let a test fail itself, not its end, when it sends what the contract does not allow."""
    test.stash.setdefault(_MOCKS, []).append(mock)


def verify_mocks_of(test: pytest.Item) -> None:
    """Fail a test that has run, without a traceback of our own, if one of its mocks complains."""
    texts = [text for mock in test.stash.get(_MOCKS, []) if (text := mock._take_mistakes())]
    if texts:
        pytest.fail("\n\n".join(texts), pytrace=False)


def explain_error_by_mocks_of(test: pytest.Item, error: BaseException) -> None:
    """Add to an error of a test what its code had sent that the contract does not allow."""
    for mock in test.stash.get(_MOCKS, []):
        mock._explain(error)


def contract_mock(
    contract: str | os.PathLike[str],
    revision: str | None = None,
    *,
    lenient: bool = False,
    base_url: str | None = None,
) -> Callable[..., Any]:
    """Return a pytest fixture that gives a fresh mock of a contract to each test; see `mocked`."""

    @pytest.fixture
    def fixture(request: pytest.FixtureRequest) -> Iterator[ContractMock]:
        with mocked(contract, revision, lenient=lenient, base_url=base_url) as mock:
            remember_mock(request.node, mock)
            yield mock

    return fixture
