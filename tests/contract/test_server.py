"""Documented servers: variables, relative URLs, servers of operations, and production hosts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.checks.call import ApiCall
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.embedded import build_embedded_mock_config, create_embedded_target
from conformance.errors import ContractError, UsageError
from conformance.mock.mock import Mock
from conformance.mock.transport import Transport
from conformance.suite.plan import RunProfile, generate_plan
from conformance.suite.request_encoding import ForeignServerError, build_request_url
from conformance.suite.target import Target, require_permitted_target
from tests.any.documents import document
from tests.any.test_ordinary import saved
from tests.judgment import decide_claims, get_violation_messages

SERVER_WITH_VARIABLES: Json = {
    "url": "https://{region}.api.example.test:{port}/{version}",
    "variables": {
        "region": {"default": "eu", "enum": ["eu", "us"]},
        "port": {"default": "443"},
        "version": {"default": "v2"},
    },
}


def load_contract_with_servers(tmp_path: Path, *servers: Json) -> Contract:
    """Load the contract about pets with the given servers."""
    return saved(tmp_path, {**document(), "servers": list(servers)})


def test_server_variables(tmp_path: Path) -> None:
    """The URL contains the defaults of the variables, and its path is the base path."""
    contract = load_contract_with_servers(tmp_path, SERVER_WITH_VARIABLES)
    assert contract.servers == ("https://eu.api.example.test:443/v2",)
    assert contract.base_path == "/v2"
    decisions_by_claim, _ = decide_claims(
        generate_plan(contract, "1", RunProfile.QUICK), create_embedded_target(contract)
    )
    assert get_violation_messages(decisions_by_claim) == {}


@pytest.mark.parametrize(
    ("template", "variables", "host", "expected"),
    [
        (
            SERVER_WITH_VARIABLES["url"],
            SERVER_WITH_VARIABLES["variables"],
            "eu.api.example.test",
            True,
        ),
        (
            SERVER_WITH_VARIABLES["url"],
            SERVER_WITH_VARIABLES["variables"],
            "US.api.example.test.",
            True,
        ),
        (
            SERVER_WITH_VARIABLES["url"],
            SERVER_WITH_VARIABLES["variables"],
            "staging.api.example.test",
            False,
        ),
        ("https://{tenant}.example.test", {"tenant": {"default": "a"}}, "b.c.example.test", True),
        ("https://{tenant}.example.test", {"tenant": {"default": "a"}}, "b.example.org", False),
        ("{scheme}://a.example.test/x", {"scheme": {"default": "https"}}, "a.example.test", True),
        ("https://{host}/x", {"host": {"default": "a.example.test"}}, "a.example.test", True),
        ("https://{host}/x", {"host": {"default": "a.example.test"}}, "staging.test", False),
        ("https://me:pw@a.example.test", {}, "a.example.test", True),
        ("/v1", {}, "a.example.test", False),
        ("http://localhost:8000", {}, "localhost", False),
        ("http://127.0.0.1:8000", {}, "127.0.0.1", False),
    ],
)
def test_production_hosts(
    tmp_path: Path, template: str, variables: Json, host: str, expected: bool
) -> None:
    """Every host that the variables allow is protected. The local machine is not."""
    contract = load_contract_with_servers(tmp_path, {"url": template, "variables": variables})
    assert contract.is_production_host(host) is expected
    if expected:
        with pytest.raises(UsageError, match="documented production host"):
            require_permitted_target(contract, Target(url=f"https://{host}/"))


def test_undeclared_variable(tmp_path: Path) -> None:
    """An undeclared variable has no value: the document is refused, with the position."""
    with pytest.raises(ContractError, match=r"pets\.yaml:\d+: .*\{region\}.*variables"):
        load_contract_with_servers(tmp_path, {"url": "https://{region}.example.test"})


def test_relative_server(tmp_path: Path) -> None:
    """A relative URL is the base path of the mock."""
    contract = load_contract_with_servers(tmp_path, {"url": "/api/v3/"})
    target = create_embedded_target(contract)
    assert target.url.endswith("/api/v3")
    assert (
        get_violation_messages(
            decide_claims(generate_plan(contract, "1", RunProfile.QUICK), target)[0]
        )
        == {}
    )


def build_document_with_operation_server(url: str) -> Json:
    """Return the document about pets with a separate server for the read operation."""
    result = {**document(), "servers": [{"url": "https://pets.example.test/v1"}]}
    result["paths"]["/pets/{id}"]["get"]["servers"] = [{"url": url}]
    return result


@pytest.mark.parametrize("url", ["https://read.example.test/fast", "/fast"])
def test_server_of_an_operation(tmp_path: Path, url: str) -> None:
    """The mock serves the URLs of all servers. On a target, another host is not its base URL."""
    contract = saved(tmp_path, build_document_with_operation_server(url))
    plan = generate_plan(contract, "1", RunProfile.QUICK)
    decisions_by_claim, _ = decide_claims(plan, create_embedded_target(contract))
    assert get_violation_messages(decisions_by_claim) == {}
    assert str(decisions_by_claim["readPet/answers"].verdict) == "verified"


def test_server_of_an_operation_on_another_host(tmp_path: Path) -> None:
    """A request to another host is not sent to the target, and an error says so."""
    contract = saved(
        tmp_path, build_document_with_operation_server("https://read.example.test/fast")
    )
    assert contract.is_production_host("read.example.test")
    mock_transport = Transport(Mock(contract, build_embedded_mock_config(contract)))
    target = Target(url="http://127.0.0.1:1/v1", transport=mock_transport)
    call = ApiCall(operation="readPet", arguments={"id": 1})
    remote_target = replace(target, transport=None)
    assert build_request_url(contract, target, call) == "http://127.0.0.1:1/fast/pets/1"
    with pytest.raises(ForeignServerError, match="has a server of its own"):
        build_request_url(contract, remote_target, call)


@pytest.mark.parametrize("location", ["components", "file"])
def test_path_items_by_reference(tmp_path: Path, location: str) -> None:
    """A path item may be a reference. Keywords beside the reference replace those of its target."""
    result = document()
    path_item = result["paths"]["/pets/{id}"]
    if location == "components":
        result["components"]["pathItems"] = {"Pet": path_item}
        result["paths"]["/pets/{id}"] = {"$ref": "#/components/pathItems/Pet", "summary": "One"}
    else:
        import yaml

        folder = tmp_path / "paths"
        folder.mkdir()
        text = yaml.safe_dump(path_item).replace("#/components", "../pets.yaml#/components")
        (folder / "pet.yaml").write_text(text)
        result["paths"]["/pets/{id}"] = {"$ref": "paths/pet.yaml"}
    contract = saved(tmp_path, result)
    assert {"readPet", "replacePet", "deletePet"} <= contract.operations.keys()
    position = contract.position_of(contract.operations["readPet"].pointer)
    assert position is not None
    assert position[1] > 1


def test_reference_to_no_path_item(tmp_path: Path) -> None:
    """A reference to something other than a path item is refused, with its position."""
    result = document()
    result["components"]["pathItems"] = {"Loop": {"$ref": "#/components/pathItems/Loop"}}
    result["paths"]["/pets/{id}"] = {"$ref": "#/components/pathItems/Loop"}
    with pytest.raises(ContractError, match=r"pets\.yaml:\d+: the path item refers to no path"):
        saved(tmp_path, result)
