"""Ordinary contracts: their honest mock has no violations, and no command ends with a traceback."""

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


def saved(folder: Path, openapi: Json) -> Contract:
    """Save a document to a file and return the loaded contract."""
    file = folder / "pets.yaml"
    file.write_text(yaml.safe_dump(openapi, sort_keys=False, allow_unicode=True), "utf-8")
    return load_contract(str(file))


@pytest.mark.parametrize("profile", [RunProfile.STANDARD, RunProfile.QUICK])
@pytest.mark.parametrize("name", PROPERTIES)
def test_property_schemas(tmp_path: Path, name: str, profile: RunProfile) -> None:
    """For every property schema, valid values are sent and the honest mock has no violations."""
    contract = saved(tmp_path, document(with_property("value", PROPERTIES[name])))
    decisions, _ = decide_claims(
        generate_plan(contract, name, profile), create_embedded_target(contract)
    )
    assert get_violation_messages(decisions) == {}
    assert decisions["createPet/answers"].verdict is Verdict.VERIFIED
    assert decisions["createPet/body/name/stored"].verdict is Verdict.VERIFIED


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameter_schemas(tmp_path: Path, name: str) -> None:
    """Arguments are sent as text and decoded as every type that the schema allows."""
    schema, attributes = PARAMETERS[name]
    contract = saved(tmp_path, document(with_parameter(schema, **attributes)))
    decisions, _ = decide_claims(generate_plan(contract, "1"), create_embedded_target(contract))
    assert get_violation_messages(decisions) == {}
    assert decisions["listPets/q/optional"].verdict is Verdict.VERIFIED


def test_body_composed_by_all_of(tmp_path: Path) -> None:
    """A body composed by allOf has the properties of all its subschemas."""
    base_schema = {
        "type": "object",
        "required": ["id"],
        "properties": {"id": PET["properties"]["id"]},
    }
    name_schema = {
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"type": "string"}},
    }
    pet_schema = {"allOf": [{"$ref": "#/components/schemas/Base"}, name_schema]}
    contract = saved(
        tmp_path, document(with_schema("Base", base_schema), with_schema("Pet", pet_schema))
    )
    decisions, _ = decide_claims(generate_plan(contract, "1"), create_embedded_target(contract))
    assert get_violation_messages(decisions) == {}
    assert decisions["createPet/body/name/stored"].verdict is Verdict.VERIFIED


@pytest.mark.parametrize("name", ["server", "secret"])
def test_read_only_and_write_only_properties_are_not_read_back(tmp_path: Path, name: str) -> None:
    """No claim expects a readOnly or writeOnly property to be read back."""
    contract = saved(tmp_path, document(with_property("value", PROPERTIES[name])))
    claim_ids = {claim.id for claim in contract.claims}
    assert "createPet/body/name/stored" in claim_ids
    assert not {"createPet/body/value/stored", "createPet/body/id/stored"} & claim_ids


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
def test_circular_references_are_rejected(tmp_path: Path, schemas: dict[str, Json]) -> None:
    """A schema that only refers to itself is rejected, and the error names its location."""
    changes = [with_schema(name, schema) for name, schema in schemas.items()]
    loop_property = with_property("value", {"$ref": "#/components/schemas/Loop"})
    with pytest.raises(ContractError, match=r"pets\.yaml:\d+: the schema refers to itself"):
        saved(tmp_path, document(loop_property, *changes))


def test_recursive_schema_is_accepted(tmp_path: Path) -> None:
    """A pet may have an array of pets: this recursion is not a circular reference."""
    young_schema = {"type": "array", "maxItems": 2, "items": {"$ref": "#/components/schemas/Pet"}}
    contract = saved(tmp_path, document(with_property("young", young_schema, required=False)))
    assert any(claim.id == "createPet/body/young/stored" for claim in contract.claims)
