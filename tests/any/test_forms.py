"""Form bodies: the mock and a third-party server decode what the suite encodes in the same way."""

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
from .second_server import SecondServer
from .test_ordinary import saved

EXAMPLES = int(os.environ.get("CONFORMANCE_EXAMPLES", "0")) or 60
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
INNER_SCHEMA: Json = {
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
    "inner": INNER_SCHEMA,
    "deep": INNER_SCHEMA,
    "json": {"type": "array", "items": {"type": "integer"}},
}
ENCODING: Json = {
    "comma": {"style": "form", "explode": False},
    "deep": {"style": "deepObject", "explode": True},
    "json": {"contentType": "application/json"},
}


def build_request_body(media_type: str) -> RequestBodySpec:
    """Return a request body with a property of every kind."""
    schema = {"type": "object", "properties": PROPERTIES}
    encoding = ENCODING if media_type == FORM else {}
    content = {media_type: {"schema": schema, "encoding": encoding}}
    node = {"post": {"requestBody": {"content": content}, "responses": {}}}
    body = parse_operations({"paths": {"/x": node}})[0].body
    assert body is not None
    return body


texts = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029\x85"),
    min_size=1,
    max_size=8,
) | st.sampled_from(["a&b=c", "1,2", "%41", "a+b", "[x]", "ä b"])
inner_objects = st.fixed_dictionaries({"a": texts}, optional={"b": st.integers(-999, 999)})
form_values = st.fixed_dictionaries(
    {"text": texts},
    optional={
        "count": st.integers(-(10**9), 10**9),
        "flag": st.booleans(),
        "tags": st.lists(texts, min_size=1, max_size=3),
        "comma": st.lists(st.integers(0, 99), min_size=1, max_size=3),
        "inner": inner_objects,
        "deep": inner_objects,
        "json": st.lists(st.integers(0, 99), max_size=3),
    },
)


@pytest.mark.parametrize("media_type", [FORM, MULTIPART])
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(value=form_values)
def test_encoded_bodies_decode_to_the_same_value(media_type: str, value: Json) -> None:
    """Decoding an encoded body returns the original value."""
    if media_type == MULTIPART:
        value = {name: value[name] for name in value if name != "json"}
    body = build_request_body(media_type)
    encoded = encode_body(body, ApiCall(operation="x", body=value))
    assert encoded is not None
    decode = build_form_decoder(body)
    assert decode(encoded.text.encode(), encoded.content_type) == value


@pytest.mark.parametrize("value", [[1], "text", {"text": None}])
def test_unencodable_values_are_rejected(value: Json) -> None:
    """A value that a form cannot represent raises an error instead of being sent differently."""
    with pytest.raises(UnencodableBodyError):
        encode_body(build_request_body(FORM), ApiCall(operation="x", body=value))


def build_form_document(media_type: str, encoding: Json) -> Json:
    """Return the document about pets with a form as the body of `createPet`."""
    openapi = document(
        *(with_property(name, schema, name == "count") for name, schema in PROPERTIES.items())
    )
    content = openapi["paths"]["/pets"]["post"]["requestBody"]["content"]
    content[media_type] = {**content.pop("application/json"), "encoding": encoding}
    return openapi


@pytest.mark.parametrize("profile", [RunProfile.STANDARD, RunProfile.QUICK])
@pytest.mark.parametrize("media_type", [FORM, MULTIPART])
def test_honest_servers_store_form_properties(
    tmp_path: Path, second_server: SecondServer, media_type: str, profile: RunProfile
) -> None:
    """Neither the mock nor a third-party server has violations; both store every property."""
    # openapi-core decodes neither `contentType: application/json` nor deepObject in a form
    # (OpenAPI 3.1, 4.8.15)
    encoding = {"comma": ENCODING["comma"]} if media_type == FORM else {}
    contract = saved(tmp_path, build_form_document(media_type, encoding))
    plan = generate_plan(contract, "1", profile)
    base = second_server.serve(tmp_path / "pets.yaml", "")
    for target in (create_embedded_target(contract), Target(url=base, exclusive=True)):
        decisions, _ = decide_claims(plan, target)
        assert get_violation_messages(decisions) == {}
        for name in PROPERTIES:
            assert decisions[f"createPet/body/{name}/stored"].verdict is Verdict.VERIFIED, name
    second_server.drop(base)


def test_mock_decodes_every_encoding(tmp_path: Path) -> None:
    """The mock decodes every encoding of a property."""
    contract = saved(tmp_path, build_form_document(FORM, ENCODING))
    decisions, _ = decide_claims(generate_plan(contract, "1"), create_embedded_target(contract))
    assert get_violation_messages(decisions) == {}
    for name in PROPERTIES:
        assert decisions[f"createPet/body/{name}/stored"].verdict is Verdict.VERIFIED, name


def test_mock_refuses_invalid_forms(tmp_path: Path) -> None:
    """The mock refuses JSON where a form is documented, and values of a wrong type."""
    contract = saved(tmp_path, build_form_document(FORM, {}))
    transport = create_embedded_target(contract).transport
    assert transport is not None
    with httpx.Client(transport=transport, base_url="http://mock") as client:
        assert client.post("/pets", json={"name": "a", "count": 1}).status_code == 400
        assert client.post("/pets", data={"name": "a", "count": "one"}).status_code == 400
        assert client.post("/pets", data={"name": "a", "count": "1"}).status_code == 201
