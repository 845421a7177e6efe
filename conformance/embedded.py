"""The embedded target: a mock in this process, with everything that a check could ask for. Here,
and only here, checks meet the mock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import httpx

from conformance.contract import library
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.mock.fault import Fault
from conformance.mock.faults.catalogue import faults
from conformance.mock.mock import Mock
from conformance.mock.state import State
from conformance.mock.transport import Transport
from conformance.mock.world import World
from conformance.mock.world import pairs as parents
from conformance.suite import plan as plans
from conformance.suite.plan import Plan, Profile
from conformance.suite.target import EMBEDDED, Target

TOKEN = "mock-token"
ADDRESS = (  # where `conformance mock` listens, so that curl lines can be tried
    "http://127.0.0.1:8000"
)


def world(contract: Contract, parameters: Mapping[str, str] | None = None, seeds: int = 0) -> World:
    """Return the world of an embedded mock: two parents, one token for everything and one for each
    scope.
    """
    return World(
        parents=parents(contract, parameters or {}),
        tokens=frozenset({TOKEN}),
        scoped={scoped(scope): scope for scope in contract.scopes},
        seeds=seeds,
    )


def scoped(scope: str) -> str:
    """Return the token that has only this scope."""
    return f"mock-token-{scope}"


def target(
    mock: Mock,
    contract: Contract,
    parameters: Mapping[str, str] | None = None,
    transport: httpx.BaseTransport | None = None,
) -> Target:
    """Return the target that leads to a mock, with all its tokens and fixtures. Each call gives it
    a state of its own.
    """
    ids: dict[str, tuple[Json, ...]] = {
        name: tuple(known) for name, known in parents(contract, parameters or {}).items()
    }
    return Target(
        url=ADDRESS + mock.base,
        name=EMBEDDED,
        token=TOKEN,
        parameters={name: str(known[0]) for name, known in ids.items()},
        scoped={scope: scoped(scope) for scope in contract.scopes},
        fixtures={**references(contract), **ids},
        exclusive=True,
        unchecked=True,
        transport=transport or Transport(mock),
        stock=lambda seeds: Transport(mock, _sown(contract, seeds).copy()),
    )


_stocks: dict[tuple[str, int], State] = {}


def _sown(contract: Contract, seeds: int) -> State:
    """Return the state of a mock that holds so many things, made once for each contract."""
    key = (contract.digest, seeds)
    if key not in _stocks:
        _stocks[key] = Mock(contract, world(contract, seeds=seeds)).start()
    return _stocks[key]


def references(contract: Contract) -> dict[str, tuple[Json, ...]]:
    """Return for each reference the ids that the documented examples show."""
    found: dict[str, tuple[Json, ...]] = {}
    for reference in contract.references:
        for operation in contract.operations.values():
            for example in operation.body.examples.values() if operation.body else ():
                value = example.get(reference.body[1:])
                if value and reference.name not in found:
                    found[reference.name] = tuple(value) if isinstance(value, list) else (value,)
    return found


def embedded(
    contract: Contract, parameters: Mapping[str, str] | None = None, fault: Fault | None = None
) -> Target:
    """Return a target that is a fresh mock of the contract."""
    mock = Mock(contract, world(contract, parameters), fault)
    return target(mock, contract, parameters)


@dataclass
class MockBench:
    """The mock as `prove` breaks it; built anew in each process from the contract's name (see
    conformance.suite.prove.Bench).
    """

    contract_name: str
    revision: str | None = None
    readings: tuple[str, ...] = ()

    def __getstate__(self) -> dict[str, object]:
        """Return what another process needs to build its own."""
        return {
            "contract_name": self.contract_name,
            "revision": self.revision,
            "readings": self.readings,
        }

    @cached_property
    def contract(self) -> Contract:
        """Return the contract."""
        return library.load(self.contract_name, self.revision, self.readings)

    @cached_property
    def _mock(self) -> Mock:
        return Mock(self.contract, world(self.contract))

    @cached_property
    def _faults(self) -> dict[str, Fault]:
        return {fault.id: fault for fault in faults(self.contract)}

    @property
    def faults(self) -> list[tuple[str, str]]:
        """Return the faults of the contract, each with its claim."""
        return [(fault.id, fault.claim) for fault in self._faults.values()]

    @cached_property
    def shows(self) -> frozenset[str]:
        """Return the claims by which a server shows that it follows the readings of this bench."""
        others = library.ambiguities(self.contract_name, self.revision)
        return frozenset(
            id for reading in others if reading.name in self.readings for id in reading.shows
        )

    def plan(self, seed: str, profile: Profile) -> Plan:
        """Return the plan of a run, drawn once."""
        plans_by_seed = self.__dict__.setdefault("_plans", {})
        if (seed, profile) not in plans_by_seed:
            plans_by_seed[seed, profile] = plans.draw(self.contract, seed, profile)
        plan: Plan = plans_by_seed[seed, profile]
        return plan

    def target(self, fault: str | None) -> Target:
        """Return a fresh mock with that fault, or an honest one."""
        return target(self._mock.broken(self._faults[fault] if fault else None), self.contract)
