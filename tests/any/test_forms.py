"""Bodies as forms: what the suite sends, the mock and a server by others read alike."""

from __future__ import annotations

import os
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.checks.call import ApiCall
from conformance.contract.form import build_form_decoder
from conformance.contract.json import Json
from conformance.contract.operation import RequestBodySpec, parse_operations
from conformance.embedded import create_embedded_target
from conformance.suite.body_encoding import UnencodableBodyError, encode_body
from conformance.suite.events import Verdict
from conformance.suite.plan import RunProfile, generate_plan
from conformance.suite.target import Target
from tests.judgment import decide_claims, get_violation_messages

from .documents import document, with_property
from .independent import SecondServer
from .test_ordinary import saved

EXAMPLES = int(os.environ.get("CONFORMANCE_EXAMPLES", "0")) or 60
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
INNER: Json = {
    "type": "object",
    "required": ["a"],
    "additionalProperties": False,
    "properties": {"a": {"type": "string"}, "b": {"type": "integer"}},
}
PROPERTIES: Json = {
    "text": {"type": "string"},
    "count": {"type": "integer"},
    "flag": {"type": "boolean"},
    "tags": {"type": "array", "items": {"type": "string"}},
    "comma": {"type": "array", "items": {"type": "integer"}},
    "inner": INNER,
    "deep": INNER,
    "json": {"type": "array", "items": {"type": "integer"}},
}
ENCODING: Json = {
    "comma": {"style": "form", "explode": False},
    "deep": {"style": "deepObject", "explode": True},
    "json": {"contentType": "application/json"},
}


def body_of(media_type: str) -> RequestBodySpec:
    """Return a body with a property of every kind."""
    schema = {"type": "object", "properties": PROPERTIES}
    encoding = ENCODING if media_type == FORM else {}
    content = {media_type: {"schema": schema, "encoding": encoding}}
    node = {"post": {"requestBody": {"content": content}, "responses": {}}}
    found = parse_operations({"paths": {"/x": node}})[0].body
    assert found is not None
    return found


texts = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029\x85"),
    min_size=1,
    max_size=8,
) | st.sampled_from(["a&b=c", "1,2", "%41", "a+b", "[x]", "ä b"])
inner = st.fixed_dictionaries({"a": texts}, optional={"b": st.integers(-999, 999)})
forms = st.fixed_dictionaries(
    {"text": texts},
    optional={
        "count": st.integers(-(10**9), 10**9),
        "flag": st.booleans(),
        "tags": st.lists(texts, min_size=1, max_size=3),
        "comma": st.lists(st.integers(0, 99), min_size=1, max_size=3),
        "inner": inner,
        "deep": inner,
        "json": st.lists(st.integers(0, 99), max_size=3),
    },
)


@pytest.mark.parametrize("media_type", [FORM, MULTIPART])
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(value=forms)
def test_round_trip(media_type: str, value: Json) -> None:
    """What is encoded is decoded to the same value."""
    if media_type == MULTIPART:
        value = {name: value[name] for name in value if name != "json"}
    body = body_of(media_type)
    encoded = encode_body({}, body, ApiCall(operation="x", body=value))
    assert encoded is not None
    decode = build_form_decoder({}, body)
    assert decode(encoded.text.encode(), encoded.content_type) == value


@pytest.mark.parametrize("value", [[1], "text", {"text": None}])
def test_what_no_form_can_carry(value: Json) -> None:
    """It is not sent as something else; it is said."""
    with pytest.raises(UnencodableBodyError):
        encode_body({}, body_of(FORM), ApiCall(operation="x", body=value))


def with_form(media_type: str, encoding: Json) -> Json:
    """Return the document about pets, which are created by a form."""
    result = document(
        *(with_property(name, schema, name == "count") for name, schema in PROPERTIES.items())
    )
    content = result["paths"]["/pets"]["post"]["requestBody"]["content"]
    content[media_type] = {**content.pop("application/json"), "encoding": encoding}
    return result


@pytest.mark.parametrize("profile", [RunProfile.STANDARD, RunProfile.QUICK])
@pytest.mark.parametrize("media_type", [FORM, MULTIPART])
def test_honest_servers(
    tmp_path: Path, second: SecondServer, media_type: str, profile: RunProfile
) -> None:
    """Neither the mock nor a server by others is accused, and all that was sent is kept."""
    # openapi-core reads neither `contentType: application/json` nor deepObject in a form
    # (OpenAPI 3.1, 4.8.15)
    encoding = {"comma": ENCODING["comma"]} if media_type == FORM else {}
    contract = saved(tmp_path, with_form(media_type, encoding))
    plan = generate_plan(contract, "1", profile)
    base = second.serve(tmp_path / "pets.yaml", "")
    for target in (create_embedded_target(contract), Target(url=base, exclusive=True)):
        found, _ = decide_claims(plan, target)
        assert get_violation_messages(found) == {}
        for name in PROPERTIES:
            assert found[f"createPet/body/{name}/stored"].verdict is Verdict.VERIFIED, name
    second.drop(base)


def test_every_encoding(tmp_path: Path) -> None:
    """The mock reads every encoding of a property."""
    contract = saved(tmp_path, with_form(FORM, ENCODING))
    found, _ = decide_claims(generate_plan(contract, "1"), create_embedded_target(contract))
    assert get_violation_messages(found) == {}
    for name in PROPERTIES:
        assert found[f"createPet/body/{name}/stored"].verdict is Verdict.VERIFIED, name


def test_a_form_that_is_none(tmp_path: Path) -> None:
    """The mock refuses JSON where a form is documented, and values of another type."""
    contract = saved(tmp_path, with_form(FORM, {}))
    transport = create_embedded_target(contract).transport
    assert transport is not None
    with httpx.Client(transport=transport, base_url="http://mock") as client:
        assert client.post("/pets", json={"name": "a", "count": 1}).status_code == 400
        assert client.post("/pets", data={"name": "a", "count": "one"}).status_code == 400
        assert client.post("/pets", data={"name": "a", "count": "1"}).status_code == 201
