"""Honest servers that differ from the mock in what the document leaves open, and dishonest ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.embedded import build_embedded_mock_config
from conformance.mock.mock import Mock
from conformance.mock.transport import Transport
from conformance.suite.events import ClaimDecided, Verdict
from conformance.suite.plan import RunProfile, generate_plan
from tests.judgment import build_target, decide_claims, get_violation_messages

from .documents import document, with_parameter, with_property
from .test_ordinary import saved

PROFILES = [RunProfile.STANDARD, RunProfile.QUICK]
ChangeBody = Callable[[httpx.Request, Json], Json]


def run_changed_mock(
    contract: Contract,
    profile: RunProfile,
    change_body: ChangeBody,
    change_request: Callable[[httpx.Request], None] = lambda request: None,
    **target_options: object,
) -> dict[str, ClaimDecided]:
    """Return the decisions about a mock whose JSON responses and requests are changed."""
    mock = Transport(Mock(contract, build_embedded_mock_config(contract)))

    def handle(request: httpx.Request) -> httpx.Response:
        change_request(request)
        response = mock.handle_request(request)
        body = response.read()
        if response.is_success and body:
            content = json.dumps(change_body(request, json.loads(body))).encode()
            headers = {"Content-Type": response.headers["content-type"]}
            return httpx.Response(response.status_code, headers=headers, content=content)
        return httpx.Response(response.status_code, headers=response.headers, content=body)

    target = build_target(contract, handle, exclusive=True, **target_options)
    return decide_claims(generate_plan(contract, "1", profile), target)[0]


def change_each_pet(change: Callable[[dict[str, Json]], dict[str, Json]]) -> ChangeBody:
    """Return a change of every pet in a response."""

    def change_all(request: httpx.Request, body: Json) -> Json:
        if "items" in body:
            return {**body, "items": [change(pet) for pet in body["items"]]}
        return change(body)

    return change_all


EQUIVALENT_REPRESENTATIONS: dict[str, tuple[Json, Callable[[Json], Json]]] = {
    "date-time": (
        {"type": "string", "format": "date-time"},
        lambda text: text.replace(".000Z", "+00:00"),
    ),
    "uuid": ({"type": "string", "format": "uuid"}, str.upper),
    "decimal": ({"type": "string", "format": "decimal"}, lambda text: text + "00"),
    "number": ({"type": "number", "minimum": 2}, float),
    "times": (
        {"type": "array", "minItems": 1, "items": {"type": "string", "format": "date-time"}},
        lambda texts: [text.replace(".000Z", "Z") for text in texts],
    ),
}


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", EQUIVALENT_REPRESENTATIONS)
def test_equivalent_representations_are_accepted(
    tmp_path: Path, name: str, profile: RunProfile
) -> None:
    """A server may return a stored value in another representation of the same value."""
    schema, rewrite = EQUIVALENT_REPRESENTATIONS[name]
    contract = saved(tmp_path, document(with_property("value", schema)))
    decisions = run_changed_mock(
        contract, profile, change_each_pet(lambda pet: {**pet, "value": rewrite(pet["value"])})
    )
    assert get_violation_messages(decisions) == {}
    assert decisions["createPet/body/value/stored"].verdict is Verdict.VERIFIED
    assert decisions["replacePet/body/value/replaced"].verdict is Verdict.VERIFIED


@pytest.mark.parametrize("profile", PROFILES)
def test_shifted_instants_are_violations(tmp_path: Path, profile: RunProfile) -> None:
    """An instant that was shifted is a different value."""
    schema = {"type": "string", "format": "date-time"}
    contract = saved(tmp_path, document(with_property("value", schema)))
    shift_value = change_each_pet(lambda pet: {**pet, "value": pet["value"].replace("Z", "+01:00")})
    decisions = run_changed_mock(contract, profile, shift_value)
    assert {
        "createPet/body/value/stored",
        "replacePet/body/value/replaced",
    } <= get_violation_messages(decisions).keys()


def with_patch(openapi: Json) -> None:
    """Document PATCH instead of PUT for updates of pets."""
    operation = openapi["paths"]["/pets/{id}"].pop("put")
    pet_schema = openapi["components"]["schemas"]["Pet"]
    schema = {"type": "object", "properties": pet_schema["properties"]}
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    openapi["paths"]["/pets/{id}"]["patch"] = {
        **operation,
        "operationId": "changePet",
        "requestBody": body,
    }
    roles = openapi["x-resources"]["pet"]
    del roles["replace"]
    roles["change"] = "changePet"


@pytest.mark.parametrize("profile", PROFILES)
def test_patch_that_drops_unsent_fields_is_a_violation(tmp_path: Path, profile: RunProfile) -> None:
    """A PATCH that drops unsent fields is a violation; the honest mock is verified."""
    with_size = with_property("size", {"type": "integer"}, required=False)
    contract = saved(tmp_path, document(with_size, with_patch))
    patched_ids: set[str] = set()

    def record_patched_id(request: httpx.Request) -> None:
        if request.method == "PATCH" and "size" not in json.loads(request.content):
            patched_ids.add(request.url.path.rpartition("/")[2])

    def drop_size(pet: dict[str, Json]) -> dict[str, Json]:
        return {
            name: pet[name] for name in pet if name != "size" or str(pet["id"]) not in patched_ids
        }

    assert "changePet/fields-untouched" in get_violation_messages(
        run_changed_mock(contract, profile, change_each_pet(drop_size), record_patched_id)
    )
    decisions = run_changed_mock(contract, profile, lambda request, body: body)
    assert get_violation_messages(decisions) == {}
    assert decisions["changePet/fields-untouched"].verdict is Verdict.VERIFIED


@pytest.mark.parametrize("profile", PROFILES)
def test_patch_of_every_field_is_undecided(tmp_path: Path, profile: RunProfile) -> None:
    """If every PATCH names all fields, nothing shows whether it keeps the other fields."""
    decisions = run_changed_mock(
        saved(tmp_path, document(with_patch)), profile, lambda request, body: body
    )
    assert decisions["changePet/fields-untouched"].verdict is Verdict.UNDECIDED
    assert "named every field" in decisions["changePet/fields-untouched"].reason


def test_page_size_beside_the_items_violates_the_default(tmp_path: Path) -> None:
    """`itemsPerPage` is outside `items`: a different number there violates the default."""
    with_default = with_parameter({"type": "integer", "minimum": 1, "default": 20})
    contract = saved(tmp_path, document(with_default))

    def add_page_size(request: httpx.Request, body: Json) -> Json:
        page_size = int(request.url.params.get("q", 25))
        return {**body, "itemsPerPage": page_size} if "items" in body else body

    assert "listPets/q/default" in get_violation_messages(
        run_changed_mock(contract, RunProfile.STANDARD, add_page_size)
    )


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "enum": ["new", "sold"]},
        {"type": "string", "format": "uuid"},
        {"type": "string", "pattern": "^[A-Z]{3}$"},
    ],
    ids=["enum", "format", "pattern"],
)
def test_only_valid_values_are_sent(tmp_path: Path, schema: Json, profile: RunProfile) -> None:
    """Every update of an item during a scenario sends a valid value."""
    with_kind = with_property("kind", schema, required=False)
    contract = saved(tmp_path, document(with_kind, with_patch))
    validator = contract.get_schema(schema).compile()
    sent_values = [
        step.call.body["kind"]
        for task in generate_plan(contract, "1", profile).tasks
        if "refuse" not in task.claim
        for step in (
            *(task.scenario.setup.steps if task.scenario.setup else ()),
            *task.scenario.steps,
        )
        if isinstance(step.call.body, dict) and "kind" in step.call.body
    ]
    assert sent_values
    assert [] == [value for value in sent_values if not validator.is_valid(value)]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("violation_count", [1, 100])
def test_violation_for_one_value_is_confirmed(
    tmp_path: Path, violation_count: int, profile: RunProfile
) -> None:
    """The confirming run sends the same value again, so a violation that depends on it recurs.

    A violation that is seen only once is undecided.
    """
    with_kind = with_parameter({"enum": ["small", "large"]})
    contract = saved(tmp_path, document(with_kind))
    broken_responses: list[str] = []

    def break_items(request: httpx.Request, body: Json) -> Json:
        if request.url.params.get("q") == "large" and len(broken_responses) < violation_count:
            broken_responses.append("large")
            return {**body, "items": "none"}
        return body

    decisions = run_changed_mock(contract, profile, break_items)
    claim_id = "listPets/responses/200/body"
    if violation_count == 1:
        assert decisions[claim_id].verdict is Verdict.UNDECIDED
        assert decisions[claim_id].reason.startswith("seen once")
    else:
        assert claim_id in get_violation_messages(decisions)


def without_documented_paging(openapi: Json) -> None:
    """Assert that the list has no documented paging; change nothing."""
    assert "x-behaviors" not in openapi["paths"]["/pets"]["get"]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("limit", [1, 5, 9])
@pytest.mark.parametrize("extra_fields", [{}, {"next": "/pets?after=5"}, {"count": 22}])
def test_truncated_list_is_undecided(
    tmp_path: Path, limit: int, extra_fields: dict[str, Json], profile: RunProfile
) -> None:
    """A list may contain fewer items than exist if the document promises nothing else."""

    def truncate(request: httpx.Request, body: Json) -> Json:
        if "items" not in body or len(body["items"]) <= limit:
            return body
        return {**body, "items": body["items"][:limit], **extra_fields}

    decisions = run_changed_mock(
        saved(tmp_path, document(without_documented_paging)), profile, truncate
    )
    assert get_violation_messages(decisions) == {}
    assert decisions["createPet/listed"].verdict is Verdict.UNDECIDED
    assert "may be cut" in decisions["createPet/listed"].reason


@pytest.mark.parametrize("profile", PROFILES)
def test_list_without_the_last_item_is_a_violation(tmp_path: Path, profile: RunProfile) -> None:
    """A list that omits an item, and is longer at another time, was not truncated."""

    def drop_last_item(request: httpx.Request, body: Json) -> Json:
        return {**body, "items": body["items"][:-1]} if "items" in body else body

    decisions = run_changed_mock(
        saved(tmp_path, document(without_documented_paging)), profile, drop_last_item
    )
    assert "createPet/listed" in get_violation_messages(decisions)


def with_documented_paging(openapi: Json) -> None:
    """Document pages and a total for the list."""
    list_operation = openapi["paths"]["/pets"]["get"]
    for name, minimum in (("page", 1), ("size", 1)):
        schema = {"type": "integer", "minimum": minimum}
        list_operation["parameters"].append({"name": name, "in": "query", "schema": schema})
    list_operation["x-behaviors"] = [
        {"paginates": {"page": "page", "size": "size", "first": 1, "total": "/total"}}
    ]
    schema = list_operation["responses"]["200"]["content"]["application/json"]["schema"]
    schema["properties"]["total"] = {"type": "integer"}


@pytest.mark.parametrize("profile", PROFILES)
def test_pages_shorter_than_requested(tmp_path: Path, profile: RunProfile) -> None:
    """Pages of at most five items are read to the end: only the claims about size are violated."""
    capped_sizes: list[tuple[int, int]] = []

    def cap_page_size(request: httpx.Request) -> None:
        size = request.url.params.get("size")
        if size is not None and int(size) > 5:
            request.url = request.url.copy_set_param("size", "5")
            capped_sizes.append((int(size), 5))

    contract = saved(tmp_path, document(with_documented_paging))
    violations = get_violation_messages(
        run_changed_mock(contract, profile, lambda request, body: body, cap_page_size)
    )
    assert capped_sizes
    assert {id for id in violations if not id.startswith("listPets/size/")} == set()
