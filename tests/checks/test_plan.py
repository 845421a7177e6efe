"""Plans over all claims: drawn first, the same for the same seed, and never outside what the
documents say.
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
    MarkedText,
    OtherParentId,
    Placeholder,
    fill_placeholders,
    find_placeholders,
)
from conformance.checks.check import CheckContext, plan_scenarios
from conformance.checks.registry import CHECKS
from conformance.checks.scenario import AnyStep, Scenario
from conformance.contract import client
from conformance.contract import pointer as pointers
from conformance.contract import schema as schemas
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.lifecycle import RefusalChangesNothing
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

EDITIONS: dict[str, Contract] = {
    "losant": load_builtin_contract("losant"),
    "losant-2017": load_builtin_contract("losant", "2017"),
    "push-express": load_builtin_contract("push-express"),
    "toy": build_toy_contract(),
}
REAL = ("losant", "losant-2017", "push-express")


@cache
def plans(edition: str, seed: str = "seed") -> dict[str, tuple[Scenario, ...] | str]:
    """Return what is planned for each claim of an edition."""
    contract = EDITIONS[edition]
    return {
        claim.id: plan_scenarios(
            CHECKS[claim.kind], CheckContext(contract=contract, claim=claim, seed=seed)
        )
        for claim in contract.claims
    }


def moves(script: Scenario) -> Iterator[AnyStep]:
    """Yield all moves of a script, those of its stage first."""
    yield from script.setup.steps if script.setup else ()
    yield from script.steps


def calls(edition: str) -> Iterator[tuple[str, Scenario, AnyStep]]:
    """Yield every call that an edition's plans hold."""
    for claim, found in plans(edition).items():
        if not isinstance(found, str):
            for script in found:
                for move in moves(script):
                    yield claim, script, move


def stood_in(value: Json, edition: str) -> Json:
    """Return a value with something of the right shape for each placeholder."""

    def fill(placeholder: Placeholder) -> Json:
        match placeholder:
            case MarkedText():
                return placeholder.render(SAMPLE_MARK)
            case FixtureValue():
                return placeholder.fallback
            case EarlierResponseValue() | EarlierRequestValue() | OtherParentId():
                return {
                    "losant": "5" * 24,
                    "losant-2017": "5" * 24,
                    "push-express": 5,
                    "toy": "0" * 8,
                }[edition]

    return fill_placeholders(value, fill)


@cache
def validator(edition: str, operation: str) -> SchemaValidator:
    """Return the validator of an operation's body."""
    body = EDITIONS[edition].operations[operation].body
    assert body is not None
    return schemas.compile_validator(EDITIONS[edition].document, body.schema)


def promises(edition: str, claim: str) -> Json:
    """Return the promise of a claim."""
    return next(one.promise for one in EDITIONS[edition].claims if one.id == claim)


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_kind_has_a_check(edition: str) -> None:
    """Each claim is of a kind that some check tests."""
    assert set() == {claim.kind for claim in EDITIONS[edition].claims} - set(CHECKS)


def with_more_promises() -> Contract:
    """Return the toy contract with a second way to authenticate, and a header of an answer."""
    return build_toy_variant(
        ("security: [{bearer: []}]", "security: [{bearer: []}, {login: []}]"),
        (
            "'200': {description: Books.,",
            "'200': {description: Books., headers: {X-Left: {schema: {type: integer}}},",
        ),
        ("securitySchemes: {", "securitySchemes: {login: {type: http, scheme: basic}, "),
    )


def test_every_check_has_a_claim() -> None:
    """No check is for nothing: the toy contract has claims of every kind, or a client that retries
    is given, or more than the toy promises.
    """
    assert set(CHECKS) == {
        claim.kind
        for claim in (
            *build_toy_contract().claims,
            *client.build_client_claims(EDITIONS["push-express"]),
            *with_more_promises().claims,
        )
    }


@pytest.mark.parametrize("edition", REAL)
def test_every_claim_has_scripts_or_a_reason(edition: str) -> None:
    """A claim is tried, or it is said why not."""
    assert [claim for claim, found in plans(edition).items() if not found] == []


@pytest.mark.parametrize(
    ("edition", "untried"), [("losant", 1), ("losant-2017", 1), ("push-express", 18)]
)
def test_few_claims_are_not_tried(edition: str, untried: int) -> None:
    """No more claims than these go without a script: a plan that gives up shows here."""
    found = {claim: why for claim, why in plans(edition).items() if isinstance(why, str)}
    assert untried >= len(found), found


@pytest.mark.parametrize("edition", EDITIONS)
def test_labels_tell_scripts_apart(edition: str) -> None:
    """No two scripts of a claim have one label, no two moves of a script one name."""
    for claim, found in plans(edition).items():
        if not isinstance(found, str):
            labels = [script.label for script in found]
            assert sorted(set(labels)) == sorted(labels), claim
            for script in found:
                names = [move.name for move in moves(script)]
                assert sorted(set(names)) == sorted(names), (claim, script.label)


@pytest.mark.parametrize("edition", EDITIONS)
def test_stages_of_one_name_are_one_stage(edition: str) -> None:
    """A stage is made once: its name says what it holds."""
    found = {}
    for _, script, _ in calls(edition):
        if script.setup:
            assert found.setdefault(script.setup.name, script.setup) == script.setup


@pytest.mark.parametrize("edition", EDITIONS)
def test_references_lead_backwards(edition: str) -> None:
    """A placeholder names a step that comes before it."""
    for claim, found in plans(edition).items():
        for script in () if isinstance(found, str) else found:
            before: set[str] = set()
            for move in moves(script):
                wanted = {
                    one.step
                    for one in find_placeholders(move.call)
                    if isinstance(one, EarlierResponseValue | EarlierRequestValue)
                }
                assert set() == wanted - before, (claim, script.label)
                before.add(move.name)


@pytest.mark.parametrize("edition", REAL)
def test_same_seed_same_scripts(edition: str) -> None:
    """The same seed gives the same scripts, value for value, on a fresh draw."""
    first = plans(edition)
    plans.cache_clear()
    assert first == plans(edition)


@pytest.mark.parametrize("edition", REAL)
def test_other_seed_other_values(edition: str) -> None:
    """Another seed draws other values, and sends the same calls."""
    one, two = plans(edition), plans(edition, "other")
    assert one != two
    assert one.keys() == two.keys()
    for claim, found in one.items():
        other = two[claim]
        if not isinstance(found, str) and not isinstance(other, str):
            shapes = [
                [[(move.name, move.call.operation) for move in moves(script)] for script in both]
                for both in (found, other)
            ]
            assert shapes[0][:1] == shapes[1][:1], claim


@pytest.mark.parametrize("edition", EDITIONS)
def test_scripts_pickle(edition: str) -> None:
    """Scripts travel between processes."""
    found = plans(edition)
    assert found == pickle.loads(pickle.dumps(found))


@pytest.mark.parametrize("edition", EDITIONS)
def test_texts_can_be_printed(edition: str) -> None:
    """No text that is sent holds a control character, an unassigned one or half a surrogate
    pair.
    """
    for claim, _, move in calls(edition):
        for _, leaf in pointers.iterate_values(
            stood_in([dict(move.call.arguments), move.call.body], edition)
        ):
            if isinstance(leaf, str):
                assert [
                    character
                    for character in leaf
                    if unicodedata.category(character) in ("Cc", "Cs", "Cn", "Co")
                ] == [], (claim, leaf)


def refused(edition: str, claim: str, move: AnyStep) -> bool:
    """Tell whether a call is one that its claim wants refused."""
    promise = promises(edition, claim)
    return move.name == "call" and isinstance(
        promise,
        BodyMatchesSchema
        | MediaTypeIsDocumented
        | StatusIsDocumented
        | RefusesInvalidParameter
        | RefusesInvalidBody
        | RefusalChangesNothing,
    )


@pytest.mark.parametrize("edition", EDITIONS)
def test_bodies_are_valid(edition: str) -> None:
    """A body that must be taken is valid once its placeholders are stood in for."""
    count = 0
    for claim, _, move in calls(edition):
        if move.call.body is not pointers.MISSING and not refused(edition, claim, move):
            body = stood_in(move.call.body, edition)
            assert validator(edition, move.call.operation).is_valid(body), (claim, move.name, body)
            count += 1
    assert count > 100


@pytest.mark.parametrize("edition", EDITIONS)
def test_refused_bodies_break_the_keyword_alone(edition: str) -> None:
    """A body that must be refused is invalid, and breaks only the keyword of its claim, at its
    property.
    """
    tried = 0
    for claim, _, move in calls(edition):
        promise = promises(edition, claim)
        if (
            isinstance(promise, RefusesInvalidBody)
            and move.name == "call"
            and move.call.text is None
        ):
            tried += 1
            found: list[SchemaViolation] = list(
                validator(edition, move.call.operation).find_violations(
                    stood_in(move.call.body, edition)
                )
            )
            inside = {"items", "patternProperties"}
            if promise.keyword in inside:
                assert {f"/{promise.name}"} == {"/" + one.pointer.split("/")[1] for one in found}, (
                    claim
                )
            elif promise.keyword == "if":
                assert {"minItems"} == {one.keyword for one in found}, claim
            elif promise.keyword == "required":
                assert "required" in {one.keyword for one in found}, claim
            else:
                assert {promise.keyword} == {one.keyword for one in found}, (claim, move.call.body)
                wanted = "" if promise.name is None else f"/{promise.name}"
                assert {wanted} == {one.pointer for one in found}, claim
    assert tried > 5


@pytest.mark.parametrize("edition", EDITIONS)
def test_arguments_are_documented(edition: str) -> None:
    """Only declared parameters are sent, with values that the schema takes, unless the claim is
    that they are refused or blank.
    """
    contract = EDITIONS[edition]
    for claim, script, move in calls(edition):
        operation = contract.operations[move.call.operation]
        for name, value in stood_in(dict(move.call.arguments), edition).items():
            parameter = operation.parameter(name)
            assert parameter is not None, (claim, name)
            open_to_it = (
                refused(edition, claim, move)
                or value is pointers.MISSING
                or (value == "" and parameter.allows_blank)
            )
            texts = value in ("true", "false") and parameter.schema.get("type") == "boolean"
            if not open_to_it and not texts and parameter.location != "path":
                assert schemas.compile_validator(contract.document, parameter.schema).is_valid(
                    value
                ), (claim, script.label, name, value)


@pytest.mark.parametrize("edition", EDITIONS)
def test_names_carry_the_mark(edition: str) -> None:
    """Whatever is created carries the mark, unless its script is exclusive or the request must be
    refused.
    """
    for claim, script, move in calls(edition):
        resource = EDITIONS[edition].resources[0]
        if (
            move.call.operation == resource.create
            and move.call.body is not pointers.MISSING
            and not refused(edition, claim, move)
        ):
            name = move.call.body[(resource.mark_pointer or "")[1:]]
            assert script.exclusive or (isinstance(name, MarkedText) and "{m}" in name.text), claim


@pytest.mark.parametrize("edition", REAL)
def test_values_that_the_contract_calls_similar_are_not_sent(edition: str) -> None:
    """A value of which the documents leave open whether it is refused is never sent to be
    refused.
    """
    for claim, _, move in calls(edition):
        promise = promises(edition, claim)
        if isinstance(promise, RefusesInvalidParameter) and move.name == "call":
            parameter = (
                EDITIONS[edition].operations[move.call.operation].parameter(promise.parameter)
            )
            assert parameter is not None
            assert move.call.arguments[promise.parameter] not in parameter.similar_values


def test_calls_compare_by_value() -> None:
    """Two calls with the same arguments are the same."""
    assert ApiCall(operation="a", arguments={"b": EarlierResponseValue("c", "/d")}) == ApiCall(
        operation="a", arguments={"b": EarlierResponseValue("c", "/d")}
    )
