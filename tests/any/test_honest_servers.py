"""Honest servers that differ from the mock in what no document forbids, and dishonest ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.schema import compile_validator
from conformance.embedded import build_embedded_mock_config
from conformance.mock.mock import Mock
from conformance.mock.transport import Transport
from conformance.suite.events import ClaimDecided, Verdict
from conformance.suite.plan import RunProfile, generate_plan
from tests.judgment import build_target, decide_claims, get_violation_messages

from .documents import document, with_parameter, with_property
from .test_ordinary import saved

PROFILES = [RunProfile.STANDARD, RunProfile.QUICK]
Change = Callable[[httpx.Request, Json], Json]


def run(
    contract: Contract,
    profile: RunProfile,
    change: Change,
    change_request: Callable[[httpx.Request], None] = lambda request: None,
    **given: object,
) -> dict[str, ClaimDecided]:
    """Return the verdicts about a mock whose JSON answers (and requests) are changed."""
    mock = Transport(Mock(contract, build_embedded_mock_config(contract)))

    def handle(request: httpx.Request) -> httpx.Response:
        change_request(request)
        response = mock.handle_request(request)
        body = response.read()
        if response.is_success and body:
            content = json.dumps(change(request, json.loads(body))).encode()
            headers = {"Content-Type": response.headers["content-type"]}
            return httpx.Response(response.status_code, headers=headers, content=content)
        return httpx.Response(response.status_code, headers=response.headers, content=body)

    target = build_target(contract, handle, exclusive=True, **given)
    return decide_claims(generate_plan(contract, "1", profile), target)[0]


def each_pet(change: Callable[[dict[str, Json]], dict[str, Json]]) -> Change:
    """Return a change of every pet in an answer."""

    def change_all(request: httpx.Request, body: Json) -> Json:
        if "items" in body:
            return {**body, "items": [change(pet) for pet in body["items"]]}
        return change(body)

    return change_all


OTHER_FORMS: dict[str, tuple[Json, Callable[[Json], Json]]] = {
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
@pytest.mark.parametrize("name", OTHER_FORMS)
def test_another_form_of_a_value(tmp_path: Path, name: str, profile: RunProfile) -> None:
    """A server may write what it stored in another form of the same value."""
    schema, rewrite = OTHER_FORMS[name]
    contract = saved(tmp_path, document(with_property("value", schema)))
    found = run(contract, profile, each_pet(lambda pet: {**pet, "value": rewrite(pet["value"])}))
    assert get_violation_messages(found) == {}
    assert found["createPet/body/value/stored"].verdict is Verdict.VERIFIED
    assert found["replacePet/body/value/replaced"].verdict is Verdict.VERIFIED


@pytest.mark.parametrize("profile", PROFILES)
def test_another_value(tmp_path: Path, profile: RunProfile) -> None:
    """An instant that was shifted is another one."""
    schema = {"type": "string", "format": "date-time"}
    contract = saved(tmp_path, document(with_property("value", schema)))
    shift = each_pet(lambda pet: {**pet, "value": pet["value"].replace("Z", "+01:00")})
    found = run(contract, profile, shift)
    assert {
        "createPet/body/value/stored",
        "replacePet/body/value/replaced",
    } <= get_violation_messages(found).keys()


def with_patch(result: Json) -> None:
    """Let pets be changed by PATCH, not replaced."""
    operation = result["paths"]["/pets/{id}"].pop("put")
    pet = result["components"]["schemas"]["Pet"]
    schema = {"type": "object", "properties": pet["properties"]}
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    result["paths"]["/pets/{id}"]["patch"] = {
        **operation,
        "operationId": "changePet",
        "requestBody": body,
    }
    roles = result["x-resources"]["pet"]
    del roles["replace"]
    roles["change"] = "changePet"


@pytest.mark.parametrize("profile", PROFILES)
def test_a_change_that_forgets_what_it_was_not_sent(tmp_path: Path, profile: RunProfile) -> None:
    """It breaks a promise, and the honest mock is seen to keep it."""
    size = with_property("size", {"type": "integer"}, required=False)
    contract = saved(tmp_path, document(size, with_patch))
    changed: set[str] = set()

    def remember(request: httpx.Request) -> None:
        if request.method == "PATCH" and "size" not in json.loads(request.content):
            changed.add(request.url.path.rpartition("/")[2])

    def forget(pet: dict[str, Json]) -> dict[str, Json]:
        return {name: pet[name] for name in pet if name != "size" or str(pet["id"]) not in changed}

    assert "changePet/fields-untouched" in get_violation_messages(
        run(contract, profile, each_pet(forget), remember)
    )
    found = run(contract, profile, lambda request, body: body)
    assert get_violation_messages(found) == {}
    assert found["changePet/fields-untouched"].verdict is Verdict.VERIFIED


@pytest.mark.parametrize("profile", PROFILES)
def test_a_change_that_can_forget_nothing(tmp_path: Path, profile: RunProfile) -> None:
    """Where each change names all there is, nothing shows what it would leave alone."""
    found = run(saved(tmp_path, document(with_patch)), profile, lambda request, body: body)
    assert found["changePet/fields-untouched"].verdict is Verdict.UNDECIDED
    assert "named every field" in found["changePet/fields-untouched"].reason


def test_a_default_that_the_answer_tells_beside_the_items(tmp_path: Path) -> None:
    """`itemsPerPage` is no part of `items`: another number there breaks the default."""
    default = with_parameter({"type": "integer", "minimum": 1, "default": 20})
    contract = saved(tmp_path, document(default))

    def tell(request: httpx.Request, body: Json) -> Json:
        shown = int(request.url.params.get("q", 25))
        return {**body, "itemsPerPage": shown} if "items" in body else body

    assert "listPets/q/default" in get_violation_messages(run(contract, RunProfile.STANDARD, tell))


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
def test_only_valid_values_are_written(tmp_path: Path, schema: Json, profile: RunProfile) -> None:
    """Whatever updates an item on the way is valid, too."""
    kind = with_property("kind", schema, required=False)
    contract = saved(tmp_path, document(kind, with_patch))
    validator = compile_validator(contract.document, schema)
    written = [
        step.call.body["kind"]
        for task in generate_plan(contract, "1", profile).tasks
        if "refuse" not in task.claim
        for step in (
            *(task.scenario.setup.steps if task.scenario.setup else ()),
            *task.scenario.steps,
        )
        if isinstance(step.call.body, dict) and "kind" in step.call.body
    ]
    assert written
    assert [] == [value for value in written if not validator.is_valid(value)]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("times", [1, 100])
def test_a_breach_for_one_value(tmp_path: Path, times: int, profile: RunProfile) -> None:
    """The second look sends the same value again: a breach that depends on it shows again.

    What shows once only is neither broken nor kept.
    """
    kind = with_parameter({"enum": ["small", "large"]})
    contract = saved(tmp_path, document(kind))
    seen: list[str] = []

    def bend(request: httpx.Request, body: Json) -> Json:
        if request.url.params.get("q") == "large" and len(seen) < times:
            seen.append("large")
            return {**body, "items": "none"}
        return body

    found = run(contract, profile, bend)
    claim = "listPets/responses/200/body"
    if times == 1:
        assert found[claim].verdict is Verdict.UNDECIDED
        assert found[claim].reason.startswith("seen once")
    else:
        assert claim in get_violation_messages(found)


def without_pages(result: Json) -> None:
    """Let nothing be said of pages."""
    assert "x-behaviors" not in result["paths"]["/pets"]["get"]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("limit", [1, 5, 9])
@pytest.mark.parametrize("told", [{}, {"next": "/pets?after=5"}, {"count": 22}])
def test_a_list_that_is_cut(
    tmp_path: Path, limit: int, told: dict[str, Json], profile: RunProfile
) -> None:
    """A list may hold fewer items than there are where no document promises otherwise."""

    def cut(request: httpx.Request, body: Json) -> Json:
        if "items" not in body or len(body["items"]) <= limit:
            return body
        return {**body, "items": body["items"][:limit], **told}

    found = run(saved(tmp_path, document(without_pages)), profile, cut)
    assert get_violation_messages(found) == {}
    assert found["createPet/listed"].verdict is Verdict.UNDECIDED
    assert "may be cut" in found["createPet/listed"].reason


@pytest.mark.parametrize("profile", PROFILES)
def test_a_list_that_forgets(tmp_path: Path, profile: RunProfile) -> None:
    """A list that leaves something out, and is longer at another time, was not cut."""

    def forget(request: httpx.Request, body: Json) -> Json:
        return {**body, "items": body["items"][:-1]} if "items" in body else body

    found = run(saved(tmp_path, document(without_pages)), profile, forget)
    assert "createPet/listed" in get_violation_messages(found)


def with_pages(result: Json) -> None:
    """Let the list have pages, and say how much there is."""
    listing = result["paths"]["/pets"]["get"]
    for name, first in (("page", 1), ("size", 1)):
        schema = {"type": "integer", "minimum": first}
        listing["parameters"].append({"name": name, "in": "query", "schema": schema})
    listing["x-behaviors"] = [
        {"paginates": {"page": "page", "size": "size", "first": 1, "total": "/total"}}
    ]
    schema = listing["responses"]["200"]["content"]["application/json"]["schema"]
    schema["properties"]["total"] = {"type": "integer"}


@pytest.mark.parametrize("profile", PROFILES)
def test_pages_shorter_than_asked_for(tmp_path: Path, profile: RunProfile) -> None:
    """Pages of at most five items are walked to the end: only the promise of a size is broken."""
    asked: list[tuple[int, int]] = []

    def shorten(request: httpx.Request) -> None:
        size = request.url.params.get("size")
        if size is not None and int(size) > 5:
            request.url = request.url.copy_set_param("size", "5")
            asked.append((int(size), 5))

    contract = saved(tmp_path, document(with_pages))
    found = get_violation_messages(run(contract, profile, lambda request, body: body, shorten))
    assert asked
    assert {id for id in found if not id.startswith("listPets/size/")} == set()
