"""Ordinary contracts: their honest mock keeps every promise, and no command meets a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.loader import load_contract
from conformance.embedded import create_embedded_target
from conformance.errors import ContractError
from conformance.suite.events import Verdict
from conformance.suite.plan import RunProfile, generate_plan
from tests.judgment import decide_claims, get_violation_messages

from .documents import (
    PARAMETERS,
    PET,
    PROPERTIES,
    document,
    with_parameter,
    with_property,
    with_schema,
)


def saved(folder: Path, value: Json) -> Contract:
    """Return the contract that a file with a document is."""
    file = folder / "pets.yaml"
    file.write_text(yaml.safe_dump(value, sort_keys=False, allow_unicode=True), "utf-8")
    return load_contract(str(file))


@pytest.mark.parametrize("profile", [RunProfile.STANDARD, RunProfile.QUICK])
@pytest.mark.parametrize("name", PROPERTIES)
def test_a_property(tmp_path: Path, name: str, profile: RunProfile) -> None:
    """Whatever a property is, valid values are sent, and the honest mock is not accused."""
    contract = saved(tmp_path, document(with_property("value", PROPERTIES[name])))
    found, _ = decide_claims(
        generate_plan(contract, name, profile), create_embedded_target(contract)
    )
    assert get_violation_messages(found) == {}
    assert found["createPet/answers"].verdict is Verdict.VERIFIED
    assert found["createPet/body/name/stored"].verdict is Verdict.VERIFIED


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter(tmp_path: Path, name: str) -> None:
    """Arguments travel as text and are read by every type that the schema allows."""
    schema, more = PARAMETERS[name]
    contract = saved(tmp_path, document(with_parameter(schema, **more)))
    found, _ = decide_claims(generate_plan(contract, "1"), create_embedded_target(contract))
    assert get_violation_messages(found) == {}
    assert found["listPets/q/optional"].verdict is Verdict.VERIFIED


def test_parts_of_a_body(tmp_path: Path) -> None:
    """A body that is composed by allOf has the properties of all its parts."""
    base = {"type": "object", "required": ["id"], "properties": {"id": PET["properties"]["id"]}}
    rest = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    pet = {"allOf": [{"$ref": "#/components/schemas/Base"}, rest]}
    contract = saved(tmp_path, document(with_schema("Base", base), with_schema("Pet", pet)))
    found, _ = decide_claims(generate_plan(contract, "1"), create_embedded_target(contract))
    assert get_violation_messages(found) == {}
    assert found["createPet/body/name/stored"].verdict is Verdict.VERIFIED


@pytest.mark.parametrize("name", ["server", "secret"])
def test_what_travels_one_way(tmp_path: Path, name: str) -> None:
    """What is readOnly or writeOnly is not expected to be read back."""
    contract = saved(tmp_path, document(with_property("value", PROPERTIES[name])))
    ids = {claim.id for claim in contract.claims}
    assert "createPet/body/name/stored" in ids
    assert not {"createPet/body/value/stored", "createPet/body/id/stored"} & ids


@pytest.mark.parametrize(
    "schemas",
    [
        {"Loop": {"$ref": "#/components/schemas/Loop"}},
        {
            "Loop": {"allOf": [{"$ref": "#/components/schemas/Back"}]},
            "Back": {"allOf": [{"$ref": "#/components/schemas/Loop"}]},
        },
    ],
    ids=["itself", "in turn"],
)
def test_schemas_that_say_nothing(tmp_path: Path, schemas: dict[str, Json]) -> None:
    """A schema that leads back to itself is refused, with its place."""
    changes = [with_schema(name, schema) for name, schema in schemas.items()]
    loop = with_property("value", {"$ref": "#/components/schemas/Loop"})
    with pytest.raises(ContractError, match=r"pets\.yaml:\d+: the schema refers to itself"):
        saved(tmp_path, document(loop, *changes))


def test_a_schema_that_contains_itself(tmp_path: Path) -> None:
    """A pet may have young; that is no circle."""
    young = {"type": "array", "maxItems": 2, "items": {"$ref": "#/components/schemas/Pet"}}
    contract = saved(tmp_path, document(with_property("young", young, required=False)))
    assert any(claim.id == "createPet/body/young/stored" for claim in contract.claims)
