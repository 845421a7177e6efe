"""The mock in this process as a target. Only here do checks meet the mock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import httpx

from conformance.contract import loader
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.mock.config import MockConfig
from conformance.mock.config import choose_two_ids_per_parent_parameter as list_parent_ids
from conformance.mock.fault import Fault
from conformance.mock.faults.catalog import list_contract_faults
from conformance.mock.mock import Mock
from conformance.mock.state import MockState
from conformance.mock.transport import Transport
from conformance.suite import plan as plans
from conformance.suite.plan import Plan, RunProfile
from conformance.suite.target import EMBEDDED_URL_PREFIX, Target

TOKEN = "mock-token"
USER = "mock-user:mock-password"
OTHER_TOKEN = "mock-token-of-another-user"
OTHER_USER = "other-mock-user:mock-password"
ADDRESS = (  # where `conformance mock` listens, so that curl lines can be tried
    "http://127.0.0.1:8000"
)


def build_embedded_mock_config(
    contract: Contract, parameters: Mapping[str, str] | None = None, item_count: int = 0
) -> MockConfig:
    """Return the world of an embedded mock: two parents, one token for everything and one for each
    scope.
    """
    return MockConfig(
        parents=list_parent_ids(contract, parameters or {}),
        tokens=frozenset({TOKEN, USER}),
        other_tokens=frozenset({OTHER_TOKEN, OTHER_USER}),
        token_scopes={scoped_token(scope): scope for scope in contract.scopes},
        seed_count=item_count,
    )


def scoped_token(scope: str) -> str:
    """Return the token that has only this scope."""
    return f"mock-token-{scope}"


def build_mock_target(
    mock: Mock,
    contract: Contract,
    parameters: Mapping[str, str] | None = None,
    transport: httpx.BaseTransport | None = None,
) -> Target:
    """Return the target that leads to a mock, with all its tokens and fixtures. Each call gives it
    a state of its own.
    """
    ids: dict[str, tuple[Json, ...]] = {
        name: tuple(values) for name, values in list_parent_ids(contract, parameters or {}).items()
    }
    return Target(
        url=ADDRESS + mock.base_path,
        name=EMBEDDED_URL_PREFIX,
        token=TOKEN,
        user=USER,
        other_token=OTHER_TOKEN,
        other_user=OTHER_USER,
        parameters={**(parameters or {}), **{name: str(values[0]) for name, values in ids.items()}},
        scoped_tokens={scope: scoped_token(scope) for scope in contract.scopes},
        fixtures={**collect_example_reference_ids(contract), **ids},
        exclusive=True,
        accepts_any_id=True,
        transport=transport or Transport(mock),
        stocked_transport=lambda item_count: Transport(
            mock, _get_prefilled_mock_state(contract, item_count).copy()
        ),
    )


def _get_prefilled_mock_state(contract: Contract, item_count: int) -> MockState:
    """Return the state of a mock that holds so many things, made once for each contract."""

    def fill() -> MockState:
        config = build_embedded_mock_config(contract, item_count=item_count)
        return Mock(contract, config).create_state()

    return contract.derived.get(("prefilled state", item_count), fill)


def collect_example_reference_ids(contract: Contract) -> dict[str, tuple[Json, ...]]:
    """Return for each reference the ids that the documented examples show."""
    ids_by_reference: dict[str, tuple[Json, ...]] = {}
    for reference in contract.body_references:
        for operation in contract.operations.values():
            for example in operation.body.examples.values() if operation.body else ():
                value = example.get(reference.body_pointer[1:])
                if value and reference.name not in ids_by_reference:
                    ids_by_reference[reference.name] = (
                        tuple(value) if isinstance(value, list) else (value,)
                    )
    return ids_by_reference


def create_embedded_target(
    contract: Contract, parameters: Mapping[str, str] | None = None, fault: Fault | None = None
) -> Target:
    """Return a target that is a fresh mock of the contract."""
    mock = Mock(contract, build_embedded_mock_config(contract, parameters), fault)
    return build_mock_target(mock, contract, parameters)


@dataclass
class MockMutationBench:
    """The mock as `prove` breaks it; built anew in each process from the contract's name (see
    conformance.suite.prove.Bench).
    """

    contract_name: str
    revision: str | None = None
    interpretations: tuple[str, ...] = ()

    def __getstate__(self) -> dict[str, object]:
        """Return what another process needs to build its own."""
        return {
            "contract_name": self.contract_name,
            "revision": self.revision,
            "interpretations": self.interpretations,
        }

    @cached_property
    def contract(self) -> Contract:
        """Return the contract."""
        return loader.load_contract(self.contract_name, self.revision, self.interpretations)

    @cached_property
    def _mock(self) -> Mock:
        return Mock(self.contract, build_embedded_mock_config(self.contract))

    @cached_property
    def _faults(self) -> dict[str, Fault]:
        return {fault.id: fault for fault in list_contract_faults(self.contract)}

    @property
    def faults(self) -> list[tuple[str, str]]:
        """Return the faults of the contract, each with its claim."""
        return [(fault.id, fault.claim) for fault in self._faults.values()]

    @cached_property
    def claims_of_interpretations(self) -> frozenset[str]:
        """Return the claims by which a server shows that it follows the readings of this bench."""
        ambiguities = loader.list_open_interpretations(self.contract_name, self.revision)
        return frozenset(
            id
            for interpretation in ambiguities
            if interpretation.name in self.interpretations
            for id in interpretation.deciding_claims
        )

    def generate_plan(self, seed: str, profile: RunProfile) -> Plan:
        """Return the plan of a run, drawn once."""
        plans_by_seed = self.__dict__.setdefault("_plans", {})
        if (seed, profile) not in plans_by_seed:
            plans_by_seed[seed, profile] = plans.generate_plan(self.contract, seed, profile)
        plan: Plan = plans_by_seed[seed, profile]
        return plan

    def create_target(self, fault: str | None) -> Target:
        """Return a fresh mock with that fault, or an honest one."""
        return build_mock_target(
            self._mock.copy_with_fault(self._faults[fault] if fault else None), self.contract
        )
