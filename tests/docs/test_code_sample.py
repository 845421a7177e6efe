"""Code samples."""

from __future__ import annotations

import ast
import re
import shlex

import httpx
import pytest

from conformance.contract import contract as contracts
from conformance.contract import loader
from conformance.contract.document import Document
from conformance.contract.statements import Statements
from conformance.docs import code_sample

OPERATIONS = [
    (name, id)
    for name in ("losant", "push-express", "tests/toy")
    for id in loader.load_contract(name).operations
]


@pytest.mark.parametrize(("name", "id"), OPERATIONS)
def test_samples_are_well_formed(name: str, id: str) -> None:
    """The Python sample parses.

    The curl command splits into arguments and has no path placeholder.
    """
    contract = loader.load_contract(name)
    operation = contract.operations[id]
    package = code_sample.plan_client(contract)
    assert package is not None
    python_sample, curl_sample = (
        code_sample.build_python_sample(package, operation),
        code_sample.build_curl_sample(contract, operation),
    )
    ast.parse(python_sample)
    curl_arguments = shlex.split(curl_sample)
    assert curl_arguments[0] == "curl"
    assert "{" not in next(argument for argument in curl_arguments if argument.startswith("http"))


@pytest.mark.parametrize(
    ("name", "id"), [pair for pair in OPERATIONS if not pair[0].startswith("tests")]
)
def test_samples_run(name: str, id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python sample runs with the committed client and sends a request to its operation."""
    contract = loader.load_contract(name)
    package = code_sample.plan_client(contract)
    assert package is not None
    monkeypatch.syspath_prepend(f"generated/{name}")
    monkeypatch.setenv("TOKEN", "any")
    requests: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(404, json={})

    monkeypatch.setattr(
        httpx.HTTPTransport, "handle_request", lambda self, request: respond(request)
    )
    with pytest.raises(Exception, match="404"):
        exec(
            compile(
                code_sample.build_python_sample(package, contract.operations[id]), "sample", "exec"
            ),
            {},
        )
    assert [request.method for request in requests] == [contract.operations[id].method]
    path_pattern = re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(contract.operations[id].path))
    assert re.search(f"{path_pattern}$", requests[0].url.path)


def test_names_match_the_generated_client() -> None:
    """Groups, methods and arguments have the names that the generator gives them."""
    contract = loader.load_contract("losant")
    package = code_sample.plan_client(contract)
    assert package is not None
    sample = code_sample.build_python_sample(package, contract.operations["listExperienceGroups"])
    assert "client.experience_groups.list(" in sample
    assert "sort_field='name'" in sample


def test_no_sample_without_a_generated_client() -> None:
    """There is no Python sample if the generator refuses the document."""
    response = {"description": "?", "content": {"application/json": {"schema": {"nullable": True}}}}
    paths = {"/x": {"get": {"operationId": "getX", "responses": {"200": response}}}}
    document = {"openapi": "3.1.0", "info": {"title": "X", "version": "1"}, "paths": paths}
    assert (
        code_sample.plan_client(
            contracts.build_contract("x", Document(value=document, positions={}), Statements())
        )
        is None
    )
