"""A mock for the tests of one's own code: in process for code that uses httpx, on a port for
anything else.

from conformance.testing import losant_mock          # a pytest fixture; there is nothing to
configure

    def test_my_code(losant_mock):
        losant_mock.create({"name": "alpha"})
        assert my_code.names() == ["alpha"]

The test fails at its end when the code has sent something that the contract does not allow, and
says which sentence of the vendor's page forbids it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from conformance.contract import library
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.errors import Problem, UsageError
from conformance.mock import preferring, world
from conformance.mock.connection import RESET
from conformance.mock.explaining import lines
from conformance.mock.message import Request, Response, decode, encode, request
from conformance.mock.mock import Mock
from conformance.mock.refusal import Refusal
from conformance.mock.serve import serving
from conformance.mock.state import State
from conformance.mock.strictness import strict
from conformance.mock.transport import understood
from conformance.mock.world import World

# what may be so without anybody's mistake, on a path that the contract knows
ABSENT = (404, 409, 412)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request that reached the mock, and the status it was answered with; `operation` is the
    operationId, None where it reached none.
    """

    operation: str | None
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    body: Json
    status: int


@dataclass(slots=True, kw_only=True)
class ContractMock:
    """A mock of one contract with a state of its own.

    `requests` are those seen so far, `refusals` what the code under test did wrong, in words with
    the sentences of the page; each test starts with none of both. `base` is the documented URL, for
    code that uses httpx; `url` is that of a real port, opened when it is first asked for.
    """

    mock: Mock
    state: State
    requests: list[Seen] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    _answers: list[tuple[str | None, int]] = field(default_factory=list)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _stack: ExitStack = field(default_factory=ExitStack)
    _url: str | None = None

    @property
    def contract(self) -> Contract:
        """Return the contract."""
        return self.mock.contract

    @property
    def base(self) -> str:
        """Return the documented URL of the API: requests of httpx to it are answered in process."""
        return self.contract.servers[0] if self.contract.servers else "http://mock"

    @property
    def url(self) -> str:
        """Return the URL at a port of this machine, base path included, for code that uses anything
        but httpx.
        """
        if self._url is None:
            self._url = self._stack.enter_context(serving(self.mock, answer=self.answer))
        return self._url

    def create(self, body: Json, parent: str | None = None, resource: str | None = None) -> Json:
        """Return a new thing, made as if somebody else had: nothing is added to `requests`. Raises
        UsageError for a body that does not fit.
        """
        making = self.mock.makers[resource or next(iter(self.mock.makers))]
        owner, create = (
            making.shelf.resource.parent,
            self.contract.operations[making.shelf.resource.create or ""],
        )
        place = (
            (parent or world.parents(self.contract, self.mock.world, owner.parameter)[0])
            if owner
            else ""
        )
        path = create.path.replace("{" + owner.parameter + "}", place) if owner else create.path
        with self._lock:
            asked = request(
                create.method,
                self.mock.base + path,
                {"authorization": "Bearer test"},
                encode(body).encode(),
            )
            response = self.mock.respond(self.state, asked)
            if response.why is not None:
                raise UsageError(Problem(message=f"create: {response.why[1].text}"))
            return next(
                reversed(self.state.collection(making.shelf.resource.name, place).items.values())
            ).value

    def items(self, parent: str | None = None, resource: str | None = None) -> list[Json]:
        """Return the things that there are now, in the order of their creation, of every parent
        unless one is named.
        """
        name = resource or next(iter(self.mock.makers))
        with self._lock:
            return [
                one.value
                for (kind, owner), collection in self.state.collections.items()
                if kind == name and parent in (None, owner)
                for one in collection.items.values()
            ]

    def answer_next(self, status: int, operation: str | None = None) -> None:
        """Answer the next request (of an operation) with a documented status, and do nothing else;
        0 resets the connection.

        Raises UsageError for an operation that the contract has not, or a status that it does not
        document.
        """
        known = self.contract.operations
        if operation is not None and operation not in known:
            raise UsageError(
                Problem(
                    message=f"there is no operation {operation}",
                    hint=f"there are {', '.join(known)}",
                )
            )
        among = [known[operation]] if operation else list(known.values())
        if status != RESET and not any(one.response(status) for one in among):
            documented = sorted({response.status for one in among for response in one.responses})
            raise UsageError(
                Problem(
                    message=f"{status} is not documented", hint=f"there are {', '.join(documented)}"
                )
            )
        self._answers.append((operation, status))

    def forgive(self) -> list[str]:
        """Return what the code under test did wrong so far, and let the test pass all the same."""
        taken, self.refusals = self.refusals, []
        return taken

    def verify(self) -> None:
        """Raise AssertionError when the code under test has sent what the contract does not
        allow.
        """
        if self.refusals:
            raise AssertionError(
                f"{len(self.refusals)} request(s) that {self.contract.name} does not allow:\n\n"
                + "\n\n".join(self.refusals)
            )

    def answer(self, asked: Request) -> Response:
        """Return the answer to a request, and remember both."""
        with self._lock:
            operation = self.mock.operation(asked)
            response = self._ordered(
                operation.id if operation else None, asked
            ) or self.mock.respond(self.state, asked)
            self.requests.append(_seen(operation.id if operation else None, asked, response))
            if response.why is not None and not _is_nobodys_fault(*response.why):
                target = asked.path + (
                    "?" + "&".join(f"{name}={value}" for name, value in asked.query)
                    if asked.query
                    else ""
                )
                said = "\n".join(f"    {line}" for line in lines(self.contract, *response.why))
                self.refusals.append(f"{asked.method} {target} → {response.status}\n{said}")
            return response

    def _ordered(self, operation: str | None, asked: Request) -> Response | None:
        for place, (wanted, status) in enumerate(self._answers):
            if operation is not None and wanted in (None, operation):
                del self._answers[place]
                if status == RESET:
                    return Response(status=RESET, headers=(), body=b"")
                one = self.contract.operations[operation]
                given = preferring.preferred(
                    self.contract, one, self.state, _preferring(asked, status)
                )
                return (
                    None
                    if given is None
                    else Response(status=given.status, headers=given.headers, body=given.body)
                )
        return None

    def handle(self, asked: httpx.Request) -> httpx.Response:
        """Return the answer as httpx has it: what a transport or respx calls."""
        response = self.answer(understood(asked))
        if response.status == RESET:
            raise httpx.ReadError("the connection was reset", request=asked)
        return httpx.Response(
            response.status, headers=list(response.headers), content=response.body, request=asked
        )

    @property
    def transport(self) -> httpx.MockTransport:
        """Return a transport for an httpx client, sync or async, that reaches nothing but this
        mock.
        """
        return httpx.MockTransport(self.handle)

    def close(self) -> None:
        """Close the port, if one was opened."""
        self._stack.close()


def _preferring(asked: Request, status: int) -> Request:
    return Request(
        method=asked.method,
        path=asked.path,
        query=asked.query,
        headers={**asked.headers, "prefer": f"code={status}"},
        body=asked.body,
    )


def _seen(operation: str | None, asked: Request, response: Response) -> Seen:
    try:
        body = decode(asked.body) if asked.body else None
    except ValueError:
        body = asked.body.decode("utf-8", "replace")
    return Seen(
        operation=operation,
        method=asked.method,
        path=asked.path,
        query=asked.query,
        body=body,
        status=response.status,
    )


def _is_nobodys_fault(operation: str | None, refusal: Refusal) -> bool:
    return operation is not None and (refusal.unknown is not None or refusal.status in ABSENT)


@cache
def _compiled(contract: str, revision: str | None, lenient: bool) -> Mock:
    loaded = library.load(contract, revision)
    return Mock(
        loaded,
        World(parents=world.pairs(loaded, {})),
        depart=(lambda service: service) if lenient else strict,
    )


@contextmanager
def mocked(
    contract: str, revision: str | None = None, *, lenient: bool = False, base: str | None = None
) -> Iterator[ContractMock]:
    """Give a fresh mock of a contract (built-in name or path), and verify at the end that nothing
    was sent that it does not allow.

    Where respx is installed, requests of httpx to the documented host (or to `base`) reach the
    mock, all others go where they went before. A `lenient` mock lets pass what no page documents,
    as the real server may.
    """
    made = _compiled(contract, revision, lenient)
    mock = ContractMock(mock=made, state=made.start())
    try:
        with _intercepting(mock, base or mock.base):
            yield mock
    finally:
        mock.close()
    mock.verify()


@contextmanager
def _intercepting(mock: ContractMock, base: str) -> Iterator[None]:
    if find_spec("respx") is None:
        yield
        return
    import respx

    with respx.mock(assert_all_called=False, assert_all_mocked=True) as router:
        router.route(host=urlsplit(base).hostname).mock(side_effect=mock.handle)
        router.route().pass_through()
        yield


def contract_mock(
    contract: str, revision: str | None = None, *, lenient: bool = False, base: str | None = None
) -> Callable[..., Any]:
    """Return a pytest fixture that gives a fresh mock of a contract to each test; see `mocked`."""

    @pytest.fixture
    def fixture() -> Iterator[ContractMock]:
        with mocked(contract, revision, lenient=lenient, base=base) as mock:
            yield mock

    return fixture


losant_mock = contract_mock("losant")
push_express_mock = contract_mock("push-express")
