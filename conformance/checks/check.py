"""A check: how the claims of one kind are tested. What every check is given, and how its judge is
heard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any

from conformance.checks import body_templates
from conformance.checks.body_templates import BodyBuilder
from conformance.checks.call import ApiCall, Credential, ResponseRef
from conformance.checks.exchange import Exchange, InconclusiveError, Trace
from conformance.checks.observation import Failed, Inconclusive, Observation, Unstable
from conformance.checks.scenario import Scenario, Setup, Step
from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Operation, ParameterLocation
from conformance.contract.resource import Resource
from conformance.contract.schema import SchemaValidator, compile_validator


@dataclass(frozen=True)
class CheckContext:
    """What a check works with: the contract, the claim, the seed of the run, how many examples to
    draw and how many things fill a long list.
    """

    contract: Contract
    claim: Claim
    seed: str
    example_count: int = 2
    long_list_size: int = 60

    @property
    def operation(self) -> Operation:
        """Return the claim's operation."""
        return self.contract.operations[self.claim.operation]

    @cached_property
    def resource(self) -> Resource:
        """Return the resource that the operation belongs to; raises Undecidable when there is
        none.
        """
        resource = self.contract.resource_for(self.claim.operation)
        if resource is None:
            raise InconclusiveError("the contract names no resource for this operation")
        return resource

    @property
    def draw_seed(self) -> str:
        """Return the seed of this claim's draws."""
        return f"{self.seed}/{self.claim.id}"

    def get_body_builder(
        self, operation: str | None = None, seed: str | None = None
    ) -> BodyBuilder:
        """Return the bodies of an operation (the resource's creation when None)."""
        operation_id = operation or self.resource.create
        if operation_id is None:
            raise InconclusiveError("the contract has no operation that creates")
        key = (self.contract.digest, operation_id, seed or self.draw_seed)
        if key not in _body_builders:
            _body_builders[key] = body_templates.create_body_builder(
                self.contract,
                self.contract.operations[operation_id],
                self.resource,
                seed or self.draw_seed,
            )
        return _body_builders[key]

    def build_creation_step(self, name: str, body: Json = None, text: str | None = None) -> Step:
        """Return the step that creates a thing, with the smallest body unless one is given."""
        create_operation = self.resource.create
        if create_operation is None:
            raise InconclusiveError("the contract has no operation that creates")
        return Step(
            name=name,
            call=ApiCall(
                operation=create_operation,
                body=self.get_body_builder().build_minimal(text or f"{{m}}-{name}")
                if body is None
                else body,
            ),
        )

    def get_validator(self, schema: Json) -> SchemaValidator:
        """Return the validator of a schema of the contract."""
        return get_validator(self.contract, schema)


# What follows from a contract alone is worked out once: judges are called for every trace of every
# run.
_body_builders: dict[tuple[str, str, str], BodyBuilder] = {}
_validators: dict[tuple[str, str], SchemaValidator] = {}
_setups: dict[tuple[object, ...], Setup] = {}


def get_validator(contract: Contract, schema: Json) -> SchemaValidator:
    """Return the validator of a schema of a contract, compiled once."""
    key = (contract.digest, repr(schema))
    if key not in _validators:
        _validators[key] = compile_validator(contract.document, schema)
    return _validators[key]


PlanFunction = Callable[[CheckContext, Any], Iterable[Scenario]]
EvaluateFunction = Callable[[CheckContext, Any, Trace], Iterator[Observation]]
ObserveFunction = Callable[[CheckContext, Any, Exchange], Iterator[Observation]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """`plan` yields the scripts, `judge` hears each one's trace. `watch`, if any, hears every
    exchange of the claim's operation in the whole run.

    A watch that hears `anything` judges the answer alone, whatever was asked: also what a fuzzer
    made up. One that hears what is `unsent` judges also the calls that a typed client refused to
    send. A `lazy` check plays its own scripts only when the watch has heard nothing that decides
    the claim in all the others.
    """

    plan: PlanFunction
    evaluate: EvaluateFunction | None = None
    observe: ObserveFunction | None = None
    lazy: bool = False
    response_only: bool = False
    observes_unsent: bool = False


def plan_scenarios(check: Check, context: CheckContext) -> tuple[Scenario, ...] | str:
    """Return the scripts of a claim, or the reason why there are none."""
    try:
        scenarios = tuple(check.plan(context, context.claim.promise))
    except InconclusiveError as error:
        return str(error)
    return scenarios or "there is no way to try this"


def evaluate_trace(check: Check, context: CheckContext, trace: Trace) -> list[Observation]:
    """Return what the judge of a claim sees in the trace of one script."""
    observations: list[Observation] = []
    if trace.unstable:
        return [Unstable("the list was changed by someone else while it was read")]
    try:
        if check.evaluate is not None:
            observations.extend(
                _discount_unauthorized(observation)
                for observation in check.evaluate(context, context.claim.promise, trace)
            )
    except InconclusiveError as error:
        observations.append(Inconclusive(str(error)))
    return observations


def _discount_unauthorized(observation: Observation) -> Observation:
    """Return the observation, unless it rests on a request that the server did not let in: then
    nothing was seen.
    """
    if isinstance(observation, Failed):
        last_exchange = observation.exchanges[-1]
        unauthorized_statuses = {Credential.DEFAULT: (401, 403), Credential.SCOPED: (401,)}.get(
            last_exchange.call.credential, ()
        )
        if (
            last_exchange.response is not None
            and last_exchange.response.status in unauthorized_statuses
        ):
            return Inconclusive(f"the credentials were not accepted: {last_exchange}")
    return observation


def observe_exchange(check: Check, context: CheckContext, exchange: Exchange) -> list[Observation]:
    """Return what the watch of a claim sees in one exchange."""
    if exchange.call.gateway_statuses:
        return []  # the line answered, not the server
    if (
        check.observe is None
        or (exchange.response is None and not (check.observes_unsent and exchange.unsent))
        or exchange.call.operation != context.claim.operation
    ):
        return []
    return list(check.observe(context, context.claim.promise, exchange))


def get_path_arguments(
    context: CheckContext, operation: Operation, item_step: str
) -> dict[str, Json]:
    """Return the arguments that name the thing which step `item` created, for an operation on one
    item.
    """
    resource = context.resource
    if operation.id not in resource.item_operations or resource.id_parameter is None:
        return {}
    return {resource.id_parameter: ResponseRef(item_step, resource.identity_pointer)}


def build_valid_call(
    context: CheckContext, operation: Operation, item_step: str = "made", text: str = "{m}-item"
) -> ApiCall:
    """Return a plain valid call of an operation; one on items is on the thing which step `item`
    created.
    """
    without_example = [
        parameter.name
        for parameter in operation.parameters
        if parameter.required
        and parameter.location is not ParameterLocation.PATH
        and not parameter.examples
    ]
    if without_example:
        raise InconclusiveError(
            f"the contract gives no example for the required {', '.join(without_example)}"
        )
    required_arguments = {
        parameter.name: parameter.examples[0]
        for parameter in operation.parameters
        if parameter.required and parameter.location is not ParameterLocation.PATH
    }
    body: dict[str, Json] = {}
    if operation.body is not None:
        body = {"body": context.get_body_builder(operation.id).build_minimal(text)}
    return ApiCall(
        operation=operation.id,
        arguments={**get_path_arguments(context, operation, item_step), **required_arguments},
        **body,
    )


def build_prerequisites(
    context: CheckContext, operation: Operation, item_step: str = "made"
) -> tuple[Step, ...]:
    """Return the steps that make the thing which a call on an item needs, in the state in which the
    call has an effect.
    """
    resource = context.contract.resource_for(operation.id)
    if resource is None or operation.id not in resource.item_operations:
        return ()
    switch_operations = [switch.on for switch in resource.switches if operation.id == switch.off]
    switch_steps = [
        Step(
            name=f"{item_step} {operation_id}",
            call=ApiCall(
                operation=operation_id,
                arguments=get_path_arguments(
                    context, context.contract.operations[operation_id], item_step
                ),
            ),
        )
        for operation_id in switch_operations
    ]
    return (context.build_creation_step(item_step), *switch_steps)


def cache_setup(build: Callable[..., Setup]) -> Callable[..., Setup]:
    """Return a function of a setting (and plain text) that builds each contract's stage only once,
    and once for quick runs.
    """

    @wraps(build)
    def build_cached(context: CheckContext, *text_arguments: str) -> Setup:
        key = (
            context.contract.digest,
            build.__qualname__,
            context.resource.name,
            context.example_count == 0,
            *text_arguments,
        )
        if key not in _setups:
            _setups[key] = build(context, *text_arguments)
        return _setups[key]

    return build_cached
