"""The check of a kind of claim: its functions, its context and how they are called."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any

from conformance.checks import body_templates
from conformance.checks.body_templates import BodyBuilder
from conformance.checks.call import ApiCall, CredentialKind, EarlierResponseValue
from conformance.checks.cause import Cause
from conformance.checks.exchange import Exchange, InconclusiveError, Trace
from conformance.checks.observation import Disturbed, Failed, Inconclusive, Observation
from conformance.checks.scenario import Scenario, Setup, Step
from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.location import ParameterLocation
from conformance.contract.operation import Operation, Parameter
from conformance.contract.resource import Resource
from conformance.protocol import UNAUTHORIZED_STATUSES


@dataclass(frozen=True)
class CheckContext:
    """The input of a check: the contract, the claim and the options of the run.

    `seed` is the seed of the run, `example_count` the number of examples to generate (0 in a quick
    run), and `long_list_size` the number of items in a long list.
    """

    contract: Contract
    claim: Claim
    seed: str
    example_count: int = 2
    long_list_size: int = 60

    @property
    def operation(self) -> Operation:
        """Return the operation of the claim."""
        return self.contract.operations[self.claim.operation]

    @cached_property
    def resource(self) -> Resource:
        """Return the resource that the operation belongs to.

        Raises InconclusiveError if there is none.
        """
        resource = self.contract.resource_for(self.claim.operation)
        if resource is None:
            raise InconclusiveError(
                "the contract names no resource for this operation", Cause.NO_WAY
            )
        return resource

    @property
    def resource_or_none(self) -> Resource | None:
        """Return the resource that the operation belongs to, or None: it may be on its own."""
        return self.contract.resource_for(self.claim.operation)

    @property
    def generation_seed(self) -> str:
        """Return the seed for the values generated for this claim."""
        return f"{self.seed}/{self.claim.id}"

    def get_body_builder(
        self, operation: str | None = None, seed: str | None = None
    ) -> BodyBuilder:
        """Return the body builder of an operation, by default of the resource's create operation.

        Raises InconclusiveError if the resource has no create operation.
        """
        operation_id = operation or self.resource.create
        if operation_id is None:
            raise InconclusiveError("the contract has no operation that creates", Cause.NO_WAY)
        own_seed = seed or self.generation_seed
        return self.contract.derived.get(
            ("body builder", operation_id, own_seed),
            lambda: body_templates.create_body_builder(
                self.contract, self.contract.operations[operation_id], self.resource, own_seed
            ),
        )

    def build_creation_step(self, name: str, body: Json = None, text: str | None = None) -> Step:
        """Return a step that creates an item, with the smallest body unless one is given.

        Raises InconclusiveError if the resource has no create operation.
        """
        create_operation = self.resource.create
        if create_operation is None:
            raise InconclusiveError("the contract has no operation that creates", Cause.NO_WAY)
        return Step(
            name=name,
            call=ApiCall(
                operation=create_operation,
                body=self.get_body_builder().build_minimal_body(text or f"{{m}}-{name}")
                if body is None
                else body,
            ),
        )


PlanFunction = Callable[[CheckContext, Any], Iterable[Scenario]]
EvaluateFunction = Callable[[CheckContext, Any, Trace], Iterator[Observation]]
ObserveFunction = Callable[[CheckContext, Any, Exchange], Iterator[Observation]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """The functions that test the claims of one kind.

    `plan` yields the scenarios of a claim. `evaluate` gets the trace of each scenario. `observe`,
    if any, gets every exchange of the claim's operation in the whole run.

    If `response_only` is set, `observe` judges the response alone, whatever the request was; it
    then also gets fuzzed requests. If `observes_unsent` is set, it also gets the calls that a typed
    client refused to send. The scenarios of a `lazy` check are executed only if `observe` has not
    decided the claim from the exchanges of all other scenarios.
    """

    plan: PlanFunction
    evaluate: EvaluateFunction | None = None
    observe: ObserveFunction | None = None
    lazy: bool = False
    response_only: bool = False
    observes_unsent: bool = False


def plan_scenarios(check: Check, context: CheckContext) -> tuple[Scenario, ...] | Inconclusive:
    """Return the scenarios of a claim, or why there are none."""
    try:
        scenarios = tuple(check.plan(context, context.claim.promise))
    except InconclusiveError as error:
        return Inconclusive(str(error), error.cause)
    return scenarios or Inconclusive("there is no way to try this", Cause.NO_WAY)


def evaluate_trace(check: Check, context: CheckContext, trace: Trace) -> list[Observation]:
    """Return the observations that a check makes in the trace of one scenario."""
    observations: list[Observation] = []
    if trace.unstable:
        return [Disturbed("the list was changed by someone else while it was read")]
    try:
        for step in sorted(trace.required & trace.exchanges.keys()):
            trace.get_successful_exchange(step)
        if check.evaluate is not None:
            observations.extend(
                _downgrade_unauthorized_failure(observation)
                for observation in check.evaluate(context, context.claim.promise, trace)
            )
    except InconclusiveError as error:
        observations.append(Inconclusive(str(error), error.cause))
    return observations


def _downgrade_unauthorized_failure(observation: Observation) -> Observation:
    """Return `observation`, or Inconclusive if it failed because credentials were rejected."""
    if isinstance(observation, Failed):
        last_exchange = observation.exchanges[-1]
        unauthorized_statuses = {
            CredentialKind.DEFAULT: UNAUTHORIZED_STATUSES,
            CredentialKind.SCOPED: (401,),
        }.get(last_exchange.call.credential, ())
        if (
            last_exchange.response is not None
            and last_exchange.response.status in unauthorized_statuses
        ):
            return Inconclusive(
                f"the credentials were not accepted: {last_exchange.with_own_words}",
                Cause.CREDENTIALS,
            )
    return observation


def observe_exchange(check: Check, context: CheckContext, exchange: Exchange) -> list[Observation]:
    """Return the observations that a check makes in one exchange."""
    if exchange.call.gateway_statuses:
        return []  # the target client answered, not the server
    if (
        check.observe is None
        or (exchange.response is None and not (check.observes_unsent and exchange.unsent))
        or exchange.call.operation != context.claim.operation
    ):
        return []
    return list(check.observe(context, context.claim.promise, exchange))


def build_item_path_arguments(
    context: CheckContext, operation: Operation, item_step: str
) -> dict[str, Json]:
    """Return the path arguments that identify the item that step `item_step` created.

    They are empty if the operation is not on one item.
    """
    resource = context.contract.resource_for(operation.id)
    if (
        resource is None
        or operation.id not in resource.item_operation_ids
        or resource.id_parameter is None
    ):
        return {}
    return {resource.id_parameter: EarlierResponseValue(item_step, resource.identity_pointer)}


def build_valid_call(
    context: CheckContext, operation: Operation, item_step: str = "made", text: str = "{m}-item"
) -> ApiCall:
    """Return a plain valid call of an operation.

    A call on one item is on the item that step `item_step` created. Raises InconclusiveError if the
    contract has no example for a required parameter, or if the call would change something that the
    contract gives no way to find and remove.
    """
    if not operation.is_safe and context.contract.resource_for(operation.id) is None:
        raise InconclusiveError(
            "it may change the server, and the contract names no resource by which a run could"
            " find and remove what it made",
            Cause.NO_WAY,
        )
    without_example = [
        parameter.name
        for parameter in operation.parameters
        if parameter.required
        and parameter.location is not ParameterLocation.PATH
        and not _list_known_values(parameter)
    ]
    if without_example:
        raise InconclusiveError(
            f"the contract gives no example for the required {', '.join(without_example)}",
            Cause.NO_WAY,
        )
    required_arguments = {
        parameter.name: _list_known_values(parameter)[0]
        for parameter in operation.parameters
        if parameter.required and parameter.location is not ParameterLocation.PATH
    }
    body: dict[str, Json] = {}
    if operation.body is not None:
        body = {"body": context.get_body_builder(operation.id).build_minimal_body(text)}
    return ApiCall(
        operation=operation.id,
        arguments={
            **build_item_path_arguments(context, operation, item_step),
            **required_arguments,
        },
        **body,
    )


def _list_known_values(parameter: Parameter) -> list[Json]:
    """Return the values that the documents name for a parameter: examples, default, enum."""
    schema = parameter.schema.merged
    return [
        *parameter.examples,
        *schema.get("examples", ()),
        *([schema["default"]] if "default" in schema else []),
        *([schema["const"]] if "const" in schema else []),
        *parameter.enum,
    ]


def build_prerequisite_steps(
    context: CheckContext, operation: Operation, item_step: str = "made"
) -> tuple[Step, ...]:
    """Return the steps that create the item that a call needs.

    They also switch the item to the state in which the call has an effect.
    """
    resource = context.contract.resource_for(operation.id)
    if resource is None or operation.id not in resource.item_operation_ids:
        return ()
    switch_operations = [switch.on for switch in resource.switches if operation.id == switch.off]
    switch_steps = [
        Step(
            name=f"{item_step} {operation_id}",
            call=ApiCall(
                operation=operation_id,
                arguments=build_item_path_arguments(
                    context, context.contract.operations[operation_id], item_step
                ),
            ),
        )
        for operation_id in switch_operations
    ]
    return (context.build_creation_step(item_step), *switch_steps)


def cache_setup_builder(build: Callable[..., Setup]) -> Callable[..., Setup]:
    """Return `build` with a cache, so that each setup of a contract is built only once.

    `build` takes a context and strings. Setups of quick runs are cached separately.
    """

    @wraps(build)
    def build_cached(context: CheckContext, *text_arguments: str) -> Setup:
        key = (
            "setup",
            build.__qualname__,
            context.resource.name,
            context.example_count == 0,
            *text_arguments,
        )
        return context.contract.derived.get(key, lambda: build(context, *text_arguments))

    return build_cached
