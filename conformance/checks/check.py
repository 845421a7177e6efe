"""A check: how the claims of one kind are tested. What every check is given, and how its judge is
heard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any

from conformance.checks import body as bodies_of
from conformance.checks.body import Bodies
from conformance.checks.call import Call, Credential, Ref
from conformance.checks.exchange import Exchange, Trace, Undecidable
from conformance.checks.observation import Broken, Observation, Unreached, Unsettled
from conformance.checks.script import Script, Stage, Step
from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Location, Operation
from conformance.contract.resource import Resource
from conformance.contract.schema import Validator, compile


@dataclass(frozen=True)
class Setting:
    """What a check works with: the contract, the claim, the seed of the run, how many examples to
    draw and how many things fill a long list.
    """

    contract: Contract
    claim: Claim
    seed: str
    examples: int = 2
    crowd: int = 60

    @property
    def operation(self) -> Operation:
        """Return the claim's operation."""
        return self.contract.operations[self.claim.operation]

    @cached_property
    def resource(self) -> Resource:
        """Return the resource that the operation belongs to; raises Undecidable when there is
        none.
        """
        found = self.contract.resource_of(self.claim.operation)
        if found is None:
            raise Undecidable("the contract names no resource for this operation")
        return found

    @property
    def draws(self) -> str:
        """Return the seed of this claim's draws."""
        return f"{self.seed}/{self.claim.id}"

    def bodies(self, operation: str | None = None, seed: str | None = None) -> Bodies:
        """Return the bodies of an operation (the resource's creation when None)."""
        id = operation or self.resource.create
        if id is None:
            raise Undecidable("the contract has no operation that creates")
        key = (self.contract.digest, id, seed or self.draws)
        if key not in _bodies:
            _bodies[key] = bodies_of.bodies(
                self.contract, self.contract.operations[id], self.resource, seed or self.draws
            )
        return _bodies[key]

    def creation(self, name: str, body: Json = None, text: str | None = None) -> Step:
        """Return the step that creates a thing, with the smallest body unless one is given."""
        create = self.resource.create
        if create is None:
            raise Undecidable("the contract has no operation that creates")
        return Step(
            name=name,
            call=Call(
                operation=create,
                body=self.bodies().minimal(text or f"{{m}}-{name}") if body is None else body,
            ),
        )

    def validator(self, schema: Json) -> Validator:
        """Return the validator of a schema of the contract."""
        return validator(self.contract, schema)


# What follows from a contract alone is worked out once: judges are called for every trace of every
# run.
_bodies: dict[tuple[str, str, str], Bodies] = {}
_compiled: dict[tuple[str, str], Validator] = {}
_stages: dict[tuple[object, ...], Stage] = {}


def validator(contract: Contract, schema: Json) -> Validator:
    """Return the validator of a schema of a contract, compiled once."""
    key = (contract.digest, repr(schema))
    if key not in _compiled:
        _compiled[key] = compile(contract.document, schema)
    return _compiled[key]


Plan = Callable[[Setting, Any], Iterable[Script]]
Judge = Callable[[Setting, Any, Trace], Iterator[Observation]]
Watch = Callable[[Setting, Any, Exchange], Iterator[Observation]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """`plan` yields the scripts, `judge` hears each one's trace. `watch`, if any, hears every
    exchange of the claim's operation in the whole run.

    A watch that hears `anything` judges the answer alone, whatever was asked: also what a fuzzer
    made up. One that hears what is `unsent` judges also the calls that a typed client refused to
    send. A `lazy` check plays its own scripts only when the watch has heard nothing that decides
    the claim in all the others.
    """

    plan: Plan
    judge: Judge | None = None
    watch: Watch | None = None
    lazy: bool = False
    anything: bool = False
    unsent: bool = False


def planned(check: Check, setting: Setting) -> tuple[Script, ...] | str:
    """Return the scripts of a claim, or the reason why there are none."""
    try:
        scripts = tuple(check.plan(setting, setting.claim.promise))
    except Undecidable as reason:
        return str(reason)
    return scripts or "there is no way to try this"


def judged(check: Check, setting: Setting, trace: Trace) -> list[Observation]:
    """Return what the judge of a claim sees in the trace of one script."""
    found: list[Observation] = []
    if trace.restless:
        return [Unsettled("the list was changed by someone else while it was read")]
    try:
        if check.judge is not None:
            found.extend(_fair(one) for one in check.judge(setting, setting.claim.promise, trace))
    except Undecidable as reason:
        found.append(Unreached(str(reason)))
    return found


def _fair(observation: Observation) -> Observation:
    """Return the observation, unless it rests on a request that the server did not let in: then
    nothing was seen.
    """
    if isinstance(observation, Broken):
        last = observation.exchanges[-1]
        spared = {Credential.DEFAULT: (401, 403), Credential.SCOPED: (401,)}.get(
            last.call.credential, ()
        )
        if last.response is not None and last.response.status in spared:
            return Unreached(f"the credentials were not accepted: {last}")
    return observation


def watched(check: Check, setting: Setting, exchange: Exchange) -> list[Observation]:
    """Return what the watch of a claim sees in one exchange."""
    if exchange.call.gateway:
        return []  # the line answered, not the server
    if (
        check.watch is None
        or (exchange.response is None and not (check.unsent and exchange.unsent))
        or exchange.call.operation != setting.claim.operation
    ):
        return []
    return list(check.watch(setting, setting.claim.promise, exchange))


def path_arguments(setting: Setting, operation: Operation, item: str) -> dict[str, Json]:
    """Return the arguments that name the thing which step `item` created, for an operation on one
    item.
    """
    resource = setting.resource
    if operation.id not in resource.on_items or resource.key is None:
        return {}
    return {resource.key: Ref(item, resource.identity)}


def valid_call(
    setting: Setting, operation: Operation, item: str = "made", text: str = "{m}-item"
) -> Call:
    """Return a plain valid call of an operation; one on items is on the thing which step `item`
    created.
    """
    missing = [
        p.name
        for p in operation.parameters
        if p.required and p.location is not Location.PATH and not p.examples
    ]
    if missing:
        raise Undecidable(f"the contract gives no example for the required {', '.join(missing)}")
    given = {
        p.name: p.examples[0]
        for p in operation.parameters
        if p.required and p.location is not Location.PATH
    }
    body: dict[str, Json] = {}
    if operation.body is not None:
        body = {"body": setting.bodies(operation.id).minimal(text)}
    return Call(
        operation=operation.id,
        arguments={**path_arguments(setting, operation, item), **given},
        **body,
    )


def needed(setting: Setting, operation: Operation, item: str = "made") -> tuple[Step, ...]:
    """Return the steps that make the thing which a call on an item needs, in the state in which the
    call has an effect.
    """
    resource = setting.contract.resource_of(operation.id)
    if resource is None or operation.id not in resource.on_items:
        return ()
    switched = [switch.on for switch in resource.switches if operation.id == switch.off]
    ons = [
        Step(
            name=f"{item} {on}",
            call=Call(
                operation=on,
                arguments=path_arguments(setting, setting.contract.operations[on], item),
            ),
        )
        for on in switched
    ]
    return (setting.creation(item), *ons)


def once(build: Callable[..., Stage]) -> Callable[..., Stage]:
    """Return a function of a setting (and plain text) that builds each contract's stage only once,
    and once for quick runs.
    """

    @wraps(build)
    def built(setting: Setting, *words: str) -> Stage:
        key = (
            setting.contract.digest,
            build.__qualname__,
            setting.resource.name,
            setting.examples == 0,
            *words,
        )
        if key not in _stages:
            _stages[key] = build(setting, *words)
        return _stages[key]

    return built
