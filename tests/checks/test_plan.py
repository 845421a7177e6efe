"""Tests of the plans of all claims: generated in advance, equal for equal seeds, and never outside
the documents.
"""

from __future__ import annotations

import pickle
import unicodedata
from collections.abc import Iterator
from functools import cache

import pytest

from conformance.checks.call import (
    ApiCall,
    EarlierRequestValue,
    EarlierResponseValue,
    FixtureValue,
    OtherParentId,
    Placeholder,
    TextWithRunMark,
    fill_placeholders,
    find_placeholders,
)
from conformance.checks.check import CheckContext, plan_scenarios
from conformance.checks.observation import Inconclusive
from conformance.checks.registry import get_checks
from conformance.checks.scenario import AnyStep, Scenario
from conformance.contract import client
from conformance.contract import pointer as pointers
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.lifecycle import RefusalChangesNothing
from conformance.contract.loader import load_contract
from conformance.contract.mark import SAMPLE_MARK
from conformance.contract.request_bodies import RefusesInvalidBody
from conformance.contract.requests import RefusesInvalidParameter
from conformance.contract.responses import (
    BodyMatchesSchema,
    MediaTypeIsDocumented,
    StatusIsDocumented,
)
from conformance.contract.schema import SchemaValidator, SchemaViolation

from .toy import build_toy_contract, build_toy_variant, load_builtin_contract

CONTRACTS: dict[str, Contract] = {
    "losant": load_builtin_contract("losant"),
    "losant-2017": load_builtin_contract("losant", "2017"),
    "push-express": load_builtin_contract("push-express"),
    "toy": build_toy_contract(),
}
BUILTIN_CONTRACTS = ("losant", "losant-2017", "push-express")


@cache
def plan_all_claims(
    contract_name: str, seed: str = "seed"
) -> dict[str, tuple[Scenario, ...] | Inconclusive]:
    """Return the scenarios of each claim of a contract, or the reason why there are none."""
    contract = CONTRACTS[contract_name]
    return {
        claim.id: plan_scenarios(
            get_checks()[claim.kind], CheckContext(contract=contract, claim=claim, seed=seed)
        )
        for claim in contract.claims
    }


def iterate_steps(scenario: Scenario) -> Iterator[AnyStep]:
    """Yield all steps of a scenario, those of its setup first."""
    yield from scenario.setup.steps if scenario.setup else ()
    yield from scenario.steps


def iterate_all_steps(contract_name: str) -> Iterator[tuple[str, Scenario, AnyStep]]:
    """Yield every step in the plans of a contract, with its claim and scenario."""
    for claim, scenarios in plan_all_claims(contract_name).items():
        if not isinstance(scenarios, Inconclusive):
            for scenario in scenarios:
                for step in iterate_steps(scenario):
                    yield claim, scenario, step


def fill_sample_values(value: Json, contract_name: str) -> Json:
    """Return a value in which sample values of the right shape replace the placeholders."""

    def fill(placeholder: Placeholder) -> Json:
        match placeholder:
            case TextWithRunMark():
                return placeholder.render(SAMPLE_MARK)
            case FixtureValue():
                return placeholder.fallback
            case EarlierResponseValue() | EarlierRequestValue() | OtherParentId():
                return {
                    "losant": "5" * 24,
                    "losant-2017": "5" * 24,
                    "push-express": 5,
                    "toy": "0" * 8,
                }[contract_name]

    return fill_placeholders(value, fill)


@cache
def get_body_validator(contract_name: str, operation: str) -> SchemaValidator:
    """Return the validator of the request body of an operation."""
    body = CONTRACTS[contract_name].operations[operation].body
    assert body is not None
    return body.schema.compile()


def get_promise(contract_name: str, claim: str) -> Json:
    """Return the promise of a claim."""
    return next(
        candidate.promise for candidate in CONTRACTS[contract_name].claims if candidate.id == claim
    )


@pytest.mark.parametrize("contract_name", CONTRACTS)
def test_every_kind_has_a_check(contract_name: str) -> None:
    """Each kind of claim in the contract has a check."""
    assert set() == {claim.kind for claim in CONTRACTS[contract_name].claims} - set(get_checks())


def build_extended_contract() -> Contract:
    """Build the toy contract with more that one document rarely has.

    It has a second security scheme, a response header, a second media type of bodies, and a status
    for the items of another user.
    """
    return build_toy_variant(
        ("security: [{bearer: []}]", "security: [{bearer: []}, {login: []}]"),
        (
            "'200': {description: Books.,",
            "'200': {description: Books., headers: {X-Left: {schema: {type: integer}}},",
        ),
        ("securitySchemes: {", "securitySchemes: {login: {type: http, scheme: basic}, "),
        (
            "          application/json:\n            schema: {$ref",
            "          application/x-www-form-urlencoded: {}\n"
            "          application/json:\n            schema: {$ref",
        ),
        ("    equal: [/id, /bookId]", "    equal: [/id, /bookId]\n    forbidden: 403"),
    )


def test_every_check_has_a_claim() -> None:
    """No check is unused: the toy contract, its extended form and the claims on a typed client have
    claims of every kind.
    """
    assert set(get_checks()) == {
        claim.kind
        for claim in (
            *build_toy_contract().claims,
            *load_contract("tests/lists").claims,
            *client.build_client_claims(CONTRACTS["push-express"]),
            *build_extended_contract().claims,
        )
    }


@pytest.mark.parametrize("contract_name", BUILTIN_CONTRACTS)
def test_every_claim_has_scenarios_or_a_reason(contract_name: str) -> None:
    """A plan holds scenarios or the reason why there are none."""
    assert [
        claim for claim, scenarios in plan_all_claims(contract_name).items() if not scenarios
    ] == []


@pytest.mark.parametrize(
    ("contract_name", "max_count"), [("losant", 1), ("losant-2017", 1), ("push-express", 18)]
)
def test_number_of_claims_without_scenarios(contract_name: str, max_count: int) -> None:
    """No more than this many claims have no scenario. A plan that gives up fails this test."""
    reasons = {
        claim: reason
        for claim, reason in plan_all_claims(contract_name).items()
        if isinstance(reason, str)
    }
    assert max_count >= len(reasons), reasons


@pytest.mark.parametrize("contract_name", CONTRACTS)
def test_labels_and_step_names_are_unique(contract_name: str) -> None:
    """The scenarios of a claim have different labels, and the steps of a scenario different
    names.
    """
    for claim, scenarios in plan_all_claims(contract_name).items():
        if not isinstance(scenarios, Inconclusive):
            labels = [scenario.label for scenario in scenarios]
            assert sorted(set(labels)) == sorted(labels), claim
            for scenario in scenarios:
                names = [step.name for step in iterate_steps(scenario)]
                assert sorted(set(names)) == sorted(names), (claim, scenario.label)


@pytest.mark.parametrize("contract_name", CONTRACTS)
def test_setups_with_equal_names_are_equal(contract_name: str) -> None:
    """A setup is executed once, so its name identifies its content."""
    setups = {}
    for _, scenario, _ in iterate_all_steps(contract_name):
        if scenario.setup:
            assert setups.setdefault(scenario.setup.name, scenario.setup) == scenario.setup


@pytest.mark.parametrize("contract_name", CONTRACTS)
def test_placeholders_name_earlier_steps(contract_name: str) -> None:
    """A placeholder names a step that comes before its own."""
    for claim, scenarios in plan_all_claims(contract_name).items():
        for scenario in () if isinstance(scenarios, Inconclusive) else scenarios:
            earlier_steps: set[str] = set()
            for step in iterate_steps(scenario):
                referenced_steps = {
                    placeholder.step
                    for placeholder in find_placeholders(step.call)
                    if isinstance(placeholder, EarlierResponseValue | EarlierRequestValue)
                }
                assert set() == referenced_steps - earlier_steps, (claim, scenario.label)
                earlier_steps.add(step.name)


@pytest.mark.parametrize("contract_name", BUILTIN_CONTRACTS)
def test_same_seed_generates_the_same_scenarios(contract_name: str) -> None:
    """The same seed gives the same scenarios with the same values, even when generated again."""
    first_plans = plan_all_claims(contract_name)
    plan_all_claims.cache_clear()
    assert first_plans == plan_all_claims(contract_name)


@pytest.mark.parametrize("contract_name", BUILTIN_CONTRACTS)
def test_another_seed_generates_other_values(contract_name: str) -> None:
    """Another seed generates other values for the same calls."""
    plans, other_plans = plan_all_claims(contract_name), plan_all_claims(contract_name, "other")
    assert plans != other_plans
    assert plans.keys() == other_plans.keys()
    for claim, scenarios in plans.items():
        other_scenarios = other_plans[claim]
        if not isinstance(scenarios, Inconclusive) and not isinstance(other_scenarios, str):
            shapes = [
                [
                    [(step.name, step.call.operation) for step in iterate_steps(scenario)]
                    for scenario in scenarios_of_seed
                ]
                for scenarios_of_seed in (scenarios, other_scenarios)
            ]
            assert shapes[0][:1] == shapes[1][:1], claim


@pytest.mark.parametrize("contract_name", CONTRACTS)
def test_scenarios_can_be_pickled(contract_name: str) -> None:
    """Scenarios are sent between processes."""
    plans = plan_all_claims(contract_name)
    assert plans == pickle.loads(pickle.dumps(plans))


@pytest.mark.parametrize("contract_name", CONTRACTS)
def test_texts_are_printable(contract_name: str) -> None:
    """No text that is sent holds a control character, an unassigned character or half a surrogate
    pair.
    """
    for claim, _, step in iterate_all_steps(contract_name):
        for _, leaf in pointers.iterate_values(
            fill_sample_values([dict(step.call.arguments), step.call.body], contract_name)
        ):
            if isinstance(leaf, str):
                assert [
                    character
                    for character in leaf
                    if unicodedata.category(character) in ("Cc", "Cs", "Cn", "Co")
                ] == [], (claim, leaf)


def is_invalid_on_purpose(contract_name: str, claim: str, step: AnyStep) -> bool:
    """Return whether a step sends a request that the server must refuse for its claim."""
    promise = get_promise(contract_name, claim)
    return step.name == "call" and isinstance(
        promise,
        BodyMatchesSchema
        | MediaTypeIsDocumented
        | StatusIsDocumented
        | RefusesInvalidParameter
        | RefusesInvalidBody
        | RefusalChangesNothing,
    )


@pytest.mark.parametrize("contract_name", CONTRACTS)
def test_bodies_are_valid(contract_name: str) -> None:
    """A body that must be accepted is valid once its placeholders are filled."""
    count = 0
    for claim, _, step in iterate_all_steps(contract_name):
        if step.call.body is not pointers.MISSING and not is_invalid_on_purpose(
            contract_name, claim, step
        ):
            body = fill_sample_values(step.call.body, contract_name)
            assert get_body_validator(contract_name, step.call.operation).is_valid(body), (
                claim,
                step.name,
                body,
            )
            count += 1
    assert count > 100


@pytest.mark.parametrize("contract_name", CONTRACTS)
def test_invalid_bodies_violate_only_the_claimed_keyword(contract_name: str) -> None:
    """A body that must be refused is invalid. It violates only the keyword of its claim, at its
    property.
    """
    count = 0
    for claim, _, step in iterate_all_steps(contract_name):
        promise = get_promise(contract_name, claim)
        if (
            isinstance(promise, RefusesInvalidBody)
            and step.name == "call"
            and step.call.text is None
        ):
            count += 1
            violations: list[SchemaViolation] = list(
                get_body_validator(contract_name, step.call.operation).find_violations(
                    fill_sample_values(step.call.body, contract_name)
                )
            )
            nested_keywords = {"items", "patternProperties"}
            if promise.keyword in nested_keywords:
                assert {f"/{promise.name}"} == {
                    "/" + violation.pointer.split("/")[1] for violation in violations
                }, claim
            elif promise.keyword == "if":
                assert {"minItems"} == {violation.keyword for violation in violations}, claim
            elif promise.keyword == "required":
                assert "required" in {violation.keyword for violation in violations}, claim
            else:
                assert {promise.keyword} == {violation.keyword for violation in violations}, (
                    claim,
                    step.call.body,
                )
                expected_pointer = "" if promise.name is None else f"/{promise.name}"
                assert {expected_pointer} == {violation.pointer for violation in violations}, claim
    assert count > 5


@pytest.mark.parametrize("contract_name", CONTRACTS)
def test_arguments_are_documented(contract_name: str) -> None:
    """Only declared parameters are sent, with values that the schema allows, unless the claim is
    that the value is refused or may be blank.
    """
    contract = CONTRACTS[contract_name]
    for claim, scenario, step in iterate_all_steps(contract_name):
        operation = contract.operations[step.call.operation]
        for name, value in fill_sample_values(dict(step.call.arguments), contract_name).items():
            parameter = operation.parameter(name)
            assert parameter is not None, (claim, name)
            may_be_invalid = (
                is_invalid_on_purpose(contract_name, claim, step)
                or value is pointers.MISSING
                or (value == "" and parameter.allows_blank)
            )
            is_boolean_text = value in ("true", "false") and parameter.schema.types == ("boolean",)
            if not may_be_invalid and not is_boolean_text and parameter.location != "path":
                assert parameter.schema.is_valid(value), (claim, scenario.label, name, value)


@pytest.mark.parametrize("contract_name", CONTRACTS)
def test_created_items_carry_the_mark(contract_name: str) -> None:
    """Every created item carries the mark, unless its scenario is exclusive or the request must be
    refused.
    """
    for claim, scenario, step in iterate_all_steps(contract_name):
        resource = CONTRACTS[contract_name].resources[0]
        if (
            step.call.operation == resource.create
            and step.call.body is not pointers.MISSING
            and not is_invalid_on_purpose(contract_name, claim, step)
        ):
            name = step.call.body[(resource.mark_pointer or "")[1:]]
            assert scenario.exclusive or (
                isinstance(name, TextWithRunMark) and "{m}" in name.text
            ), claim


@pytest.mark.parametrize("contract_name", BUILTIN_CONTRACTS)
def test_similar_values_are_not_sent(contract_name: str) -> None:
    """If the documents leave open whether a value is refused, no scenario sends it to be
    refused.
    """
    for claim, _, step in iterate_all_steps(contract_name):
        promise = get_promise(contract_name, claim)
        if isinstance(promise, RefusesInvalidParameter) and step.name == "call":
            parameter = (
                CONTRACTS[contract_name]
                .operations[step.call.operation]
                .parameter(promise.parameter)
            )
            assert parameter is not None
            assert step.call.arguments[promise.parameter] not in parameter.similar_values


def test_calls_compare_by_value() -> None:
    """Two calls with the same arguments are equal."""
    assert ApiCall(operation="a", arguments={"b": EarlierResponseValue("c", "/d")}) == ApiCall(
        operation="a", arguments={"b": EarlierResponseValue("c", "/d")}
    )
