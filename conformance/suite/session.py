"""A session with a target: fills placeholders, executes scenarios, retries creations, cleans up.

Every session has its own mark, so that several can run at once and each finds only its own items.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from conformance.checks.body_templates import create_body_builder
from conformance.checks.call import (
    ApiCall,
    CredentialKind,
    EarlierRequestValue,
    EarlierResponseValue,
    FixtureValue,
    OtherParentId,
    Placeholder,
    TextWithRunMark,
    fill_placeholders,
    find_placeholders,
)
from conformance.checks.exchange import Exchange, Trace
from conformance.checks.scenario import AnyStep, PagedReadStep, Scenario, Setup, Step
from conformance.contract import pointer as pointers
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.location import ParameterLocation
from conformance.contract.mark import derive_mark
from conformance.contract.pointer import MISSING
from conformance.contract.resource import Resource
from conformance.suite import pagination
from conformance.suite.created_items import CreatedItem, CreatedItems
from conformance.suite.credentials import explain_impossible_credentials
from conformance.suite.diagnosis import explain_failed_probe, is_plausible_success
from conformance.suite.execution import ExecutionRecord
from conformance.suite.mark import create_mark
from conformance.suite.target import Target, get_path_parameter_value
from conformance.suite.target_client import CannotSend, ExchangeHandler, TargetClient, ignore

MAX_CREATION_RETRIES = 3  # times that a creation is sent again if its response was lost


MAX_PROBES = 5  # requests that find out whether the target is the right one


class TargetSession:
    """A session with a target.

    Use it as a context manager: it deletes its remaining items at the end. `on_exchange` is called
    with every exchange. Without a `client` it opens one of its own. With `wait_after_writes` it
    waits for the target's `settle` time after each write before the next read.
    """

    def __init__(
        self,
        contract: Contract,
        target: Target,
        *,
        on_exchange: ExchangeHandler = ignore,
        mark: str | None = None,
        client: TargetClient | None = None,
        recorder: ExchangeHandler = ignore,
        setup_items: tuple[CreatedItem, ...] = (),
        wait_after_writes: bool = False,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.client = client or TargetClient(
            contract, target, recorder=recorder, sleep=sleep, clock=clock
        )
        self._owns_client = client is None
        self.contract, self.target, self.on_exchange = contract, target, on_exchange
        self.mark = mark or create_mark()
        self.created_items = CreatedItems(
            self.client, target, self.mark, setup_items, self._send_and_count_requests
        )
        self.requests = 0
        self._settle_seconds = target.settle_seconds if wait_after_writes else 0.0
        self._has_written = bool(setup_items)

    def __enter__(self) -> TargetSession:
        return self

    def __exit__(self, *error: object) -> None:
        try:
            self.created_items.delete_all_items()
        finally:
            if self._owns_client:
                self.client.close()

    def create_child_session(
        self, on_exchange: ExchangeHandler | None = None, wait_after_writes: bool = False
    ) -> TargetSession:
        """Return a new session of the same run over the same client, with its own mark."""
        mark = derive_mark(self.mark, self.client.allocate_mark_number())
        return TargetSession(
            self.contract,
            self.target,
            on_exchange=on_exchange or self.on_exchange,
            mark=mark,
            client=self.client,
            wait_after_writes=wait_after_writes,
        )

    def with_contract(self, contract: Contract, on_exchange: ExchangeHandler) -> TargetSession:
        """Return a new session of the same run, for another version of the contract."""
        return TargetSession(
            contract,
            self.target,
            on_exchange=on_exchange,
            mark=derive_mark(self.mark, self.client.allocate_mark_number()),
            client=self.client.with_contract(contract),
        )

    def create_session_with_same_mark(self, wait_after_writes: bool = False) -> TargetSession:
        """Return a new session with the same mark and, as its setup, the items of this one."""
        return TargetSession(
            self.contract,
            self.target,
            on_exchange=self.on_exchange,
            mark=self.mark,
            client=self.client,
            setup_items=self.created_items.all_items,
            wait_after_writes=wait_after_writes,
        )

    def execute_setup(self, setup: Setup) -> ExecutionRecord:
        """Create the items of a setup; its steps are sent concurrently if it is unordered."""
        record = ExecutionRecord()
        self.client.call_concurrently_for_each(
            lambda step: self._execute_step(step, record), setup.steps if setup.unordered else ()
        )
        for step in () if setup.unordered else setup.steps:
            self._execute_step(step, record)
        record.exchanges = {
            step.name: record.exchanges[step.name]
            for step in setup.steps
            if step.name in record.exchanges
        }
        return record

    def execute_scenario(
        self, scenario: Scenario, setup_record: ExecutionRecord | None = None
    ) -> Trace:
        """Return the trace of a scenario, which includes the exchanges of its setup."""
        record = (
            ExecutionRecord()
            if setup_record is None
            else setup_record.select_steps_by_alias(scenario.aliases)
            if scenario.aliases
            else setup_record.copy()
        )
        if scenario.exclusive and not self.target.exclusive:
            reason = (
                "it makes something that cannot carry the mark of the run: only on a target that"
                " nobody else uses"
            )
            record.skipped.update({step.name: reason for step in scenario.steps})
            return record.to_trace()
        if scenario.min_items and self.target.stocked_transport:
            target = replace(
                self.target,
                transport=self.target.stocked_transport(scenario.min_items),
                stocked_transport=None,
            )
            with TargetSession(
                self.contract,
                target,
                on_exchange=self.on_exchange,
                mark=self.mark,
                recorder=self.client.recorder,
                sleep=self.client.sleep,
                clock=self.client.clock,
            ) as stocked_session:
                trace = stocked_session.execute_scenario(scenario)
            self.requests += stocked_session.requests
            self.client.budget.requests += stocked_session.requests
            return trace
        for step in scenario.steps:
            self._execute_step(step, record)
        return record.to_trace()

    def probe_plain_requests(self, may_create: bool = True) -> None:
        """Find out whether any plain request succeeds: a list, or else a creation.

        Of a contract without resources, reads are tried whose arguments are known. Nothing is
        created if `may_create` is False. At most `MAX_PROBES` requests are sent. If none succeeds,
        nothing that this target answers counts, and `probe_failure` says why.
        """
        exchanges: list[Exchange] = []
        reasons: list[str] = []
        calls = (
            self._list_probe_calls(may_create)
            if self.contract.resources
            else self._list_plain_reads()
        )
        for call in calls[:MAX_PROBES]:
            record = ExecutionRecord()
            self._execute_step(Step(name="greeting", call=call), record)
            exchanges += record.exchanges.get("greeting", ())
            reasons += record.skipped.values()
            if any(is_plausible_success(self.contract, exchange) for exchange in exchanges[-1:]):
                break
        state = self.client.state
        state.reachable = (not calls and not self.contract.resources) or any(
            is_plausible_success(self.contract, exchange) for exchange in exchanges
        )
        if not state.reachable:
            state.probe_failure = explain_failed_probe(
                self.contract, self.target, exchanges, reasons
            )
        self.created_items.delete_all_items()

    def _list_probe_calls(self, may_create: bool) -> list[ApiCall]:
        """Return the plain calls of each resource: its list, and else a creation."""
        calls = []
        for resource in self.contract.resources:
            if resource.list:
                calls.append(ApiCall(operation=resource.list))
        for resource in self.contract.resources:
            if (
                resource.create
                and self.contract.operations[resource.create].body
                and may_create
                and not self.target.read_only
            ):
                request_bodies = create_body_builder(
                    self.contract, self.contract.operations[resource.create], resource, "greeting"
                )
                calls.append(
                    ApiCall(
                        operation=resource.create,
                        body=request_bodies.build_minimal_body("{m}-greeting"),
                    )
                )
        return calls

    def _list_plain_reads(self) -> list[ApiCall]:
        """Return calls of safe operations that need no argument but those of the path."""
        return [
            ApiCall(operation=operation.id)
            for operation in self.contract.operations.values()
            if operation.is_safe
            and not any(
                parameter.required and parameter.location is not ParameterLocation.PATH
                for parameter in operation.parameters
            )
            and None
            not in [
                get_path_parameter_value(self.contract, self.target, operation.id, parameter.name)
                for parameter in operation.parameters
                if parameter.location is ParameterLocation.PATH
            ]
        ]

    @property
    def reachable(self) -> bool:
        """Return whether the target has let a plain request succeed."""
        return self.client.state.reachable

    def still_accepts_creations(self) -> bool:
        """Return whether the target still accepts a plain creation that it accepted before.

        There may be an undocumented limit on the number of items.
        """
        for creation in self.client.state.plain_creations:
            record = ExecutionRecord()
            with self.create_child_session() as child_session:
                child_session._execute_step(Step(name="control", call=creation), record)
            self.created_items.abandoned += child_session.created_items.abandoned
            return "control" in record.exchanges and record.exchanges["control"][-1].succeeded
        return True

    # Steps

    def _execute_step(self, step: AnyStep, record: ExecutionRecord) -> None:
        if (
            isinstance(step, Step)
            and step.skip_if_succeeded in record.exchanges
            and record.exchanges[step.skip_if_succeeded][-1].succeeded
        ):
            record.skipped[step.name] = f"{step.skip_if_succeeded} succeeded"
            return
        try:
            call = self._fill_placeholders(step.call, record)
            if isinstance(step, PagedReadStep):
                sought_identity = (
                    self._resolve_reference(
                        step.stop_at, step.stop_at.step, step.stop_at.pointer, record
                    )
                    if step.stop_at
                    else MISSING
                )
                result = pagination.read_list_pages(
                    self.contract,
                    step,
                    call,
                    sought_identity,
                    self.send,
                    self.client.budget.may_read_next_page,
                )
                record.exchanges[step.name] = result.pages
                record.truncated |= {step.name} if result.truncated else set()
                record.unstable |= {step.name} if result.unstable else set()
            else:
                record.required |= {step.name} if step.must_succeed else set()
                record.exchanges[step.name] = (self.send(step.name, call),)
                self._remember_plain_creation(step.call, record.exchanges[step.name][-1])
        except CannotSend as error:
            record.skipped[step.name] = str(error)

    def _remember_plain_creation(self, call: ApiCall, exchange: Exchange) -> None:
        """Remember a successful creation that depends on no other step.

        It is tried again when a later creation is refused.
        """
        is_creation = (
            any(resource.create == call.operation for resource in self.contract.resources)
            and exchange.succeeded
            and call.credential is CredentialKind.DEFAULT
        )
        if (
            is_creation
            and not self.client.state.plain_creations
            and not any(
                isinstance(placeholder, EarlierResponseValue | EarlierRequestValue)
                for placeholder in find_placeholders(call)
            )
        ):
            self.client.state.plain_creations.append(call)

    # Placeholders

    def _fill_placeholders(self, call: ApiCall, record: ExecutionRecord) -> ApiCall:
        def fill_placeholder(placeholder: Placeholder) -> Json:
            match placeholder:
                case EarlierResponseValue(step, pointer) | EarlierRequestValue(step, pointer):
                    return self._resolve_reference(placeholder, step, pointer, record)
                case TextWithRunMark():
                    return (
                        placeholder.unmarked
                        if placeholder.unmarked is not None and self.target.exclusive
                        else placeholder.render(self.mark)
                    )
                case FixtureValue(name, index, fallback):
                    fixture_values = self.target.fixtures.get(name, ())
                    if self.target.accepts_any_id:
                        return fallback
                    if index < len(fixture_values):
                        return fixture_values[index]
                    record.missing_fixtures.add(name)
                    return fallback
                case OtherParentId(name):
                    fixture_values = self.target.fixtures.get(name, ())
                    own_value = str(
                        get_path_parameter_value(self.contract, self.target, call.operation, name)
                    )
                    other_values = [value for value in fixture_values if str(value) != own_value]
                    if not other_values:
                        raise CannotSend(
                            f"it needs a second {name} that exists: give --fixture {name}=ID"
                        )
                    return other_values[0]

        reason = explain_impossible_credentials(self.contract, self.target, call)
        if reason is not None:
            raise CannotSend(reason)
        arguments = fill_placeholders(call.arguments, fill_placeholder)
        for parameter in self.contract.operations[call.operation].parameters:
            if parameter.location is ParameterLocation.PATH and parameter.name not in arguments:
                value = get_path_parameter_value(
                    self.contract, self.target, call.operation, parameter.name
                )
                if value is None:
                    raise CannotSend(
                        f"the path needs {parameter.name}: give --param {parameter.name}=VALUE"
                    )
                arguments[parameter.name] = value
        text = None if call.text is None else call.text.replace("{m}", self.mark)
        body = call.body if call.body is MISSING else fill_placeholders(call.body, fill_placeholder)
        headers = {
            name: str(value)
            for name, value in fill_placeholders(call.headers, fill_placeholder).items()
        }
        return replace(call, arguments=arguments, body=body, text=text, headers=headers)

    def _resolve_reference(
        self,
        placeholder: EarlierResponseValue | EarlierRequestValue,
        step: str,
        pointer: str,
        record: ExecutionRecord,
    ) -> Json:
        if step not in record.exchanges:
            raise CannotSend(record.skipped.get(step, f"the step {step} was not sent"))
        exchange = record.exchanges[step][-1]
        if isinstance(placeholder, EarlierRequestValue):
            value = pointers.get_at_pointer(exchange.call.body, pointer)
        else:
            value = exchange.get_value(pointer)
        if value is MISSING or not (
            exchange.succeeded or isinstance(placeholder, EarlierRequestValue)
        ):
            hint = (
                " (give --fixture"
                f" {' --fixture '.join(f'{name}=…' for name in sorted(record.missing_fixtures))})"
                if record.missing_fixtures and exchange.refused
                else ""
            )
            raise CannotSend(
                f"it needs this request, which failed: {exchange.with_own_words}{hint}"
            )
        return value

    def get_path_parameter_value(self, operation: str, name: str) -> Json:
        """Return the value of a path parameter from the target or the documented example.

        Returns None if neither has one.
        """
        return get_path_parameter_value(self.contract, self.target, operation, name)

    # Sending

    def send(self, step: str, call: ApiCall) -> Exchange:
        """Return the exchange of a call whose placeholders are filled.

        Raises CannotSend if the call must not be sent.
        """
        operation = self.contract.operations[call.operation]
        if self.target.read_only and not operation.is_safe:
            raise CannotSend("it changes something, and the run may only read (--read-only)")
        created_resources = [
            resource for resource in self.contract.resources if resource.create == call.operation
        ]
        leftover_count = self.client.state.leftover_count + (
            self.client.budget.reserved if self.client.state.can_delete is not True else 0
        )
        if created_resources and leftover_count >= self.target.max_leftovers:
            raise CannotSend(
                f"the server lets nothing be deleted and {leftover_count} things are left there"
                " already:"
                " allow more with --max-leftovers"
            )
        if not operation.is_safe:
            self._has_written = True
        elif self._has_written and self._settle_seconds:
            self.client.sleep(self._settle_seconds)
            self._has_written = False
        if (
            created_resources
            and not self.target.exclusive
            and not self.created_items.creation_would_carry_mark(created_resources[0], call)
        ):
            raise CannotSend(
                "what it may create would not carry the mark of the run: only with --exclusive"
            )
        if created_resources:
            exchange = self._send_creation(step, call, created_resources[0])
        elif operation.is_safe:
            exchange = self._send_and_count_requests(step, call)
        else:  # checked before each retry too: the server may have carried out the lost request
            ensure_safe_change = partial(self.created_items.ensure_safe_change, call)
            ensure_safe_change()
            exchange = self._send_and_count_requests(step, call, before_retry=ensure_safe_change)
        self.created_items.record_renaming(exchange)
        self.created_items.record_deletions(exchange)
        self.created_items.record_confirmations(exchange)
        self.on_exchange(exchange)
        return exchange

    def _send_creation(self, step: str, call: ApiCall, resource: Resource) -> Exchange:
        """Return the exchange of a creation; each attempt has its own entry in the ledger."""
        entries: list[int] = []

        def record_intent() -> None:
            entries.append(self.created_items.record_creation_intent(resource, call))

        record_intent()
        exchange = self._send_and_count_requests(step, call, before_retry=record_intent)
        for _ in range(MAX_CREATION_RETRIES):
            if exchange.response is not None or not self.created_items.undo_lost_creation(
                resource, call
            ):
                break
            record_intent()
            exchange = self._send_and_count_requests(step, call, before_retry=record_intent)
        self.created_items.record_creation(resource, exchange, entries[-1])
        return exchange

    def send_for_cleanup(self, step: str, call: ApiCall) -> Exchange:
        """Return the exchange of a call for cleanup, which may exceed the limits of the run."""
        return self._send_and_count_requests(step, call, True)

    def _send_and_count_requests(
        self,
        step: str,
        call: ApiCall,
        for_cleanup: bool = False,
        before_retry: Callable[[], object] = lambda: None,
    ) -> Exchange:
        self.created_items.requests += 1
        requests_before = self.client.budget.requests
        exchange = self.client.send(step, call, for_cleanup, before_retry)
        self.requests += (
            max(1, self.client.budget.requests - requests_before) if self._owns_client else 1
        )
        return exchange
