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
    """The Python sample parses, the curl line splits into words, and neither holds a placeholder of
    a path.
    """
    contract = loader.load_contract(name)
    operation = contract.operations[id]
    package = code_sample.plan_client(contract)
    assert package is not None
    python, curl = (
        code_sample.build_python_sample(package, operation),
        code_sample.build_curl_sample(contract, operation),
    )
    ast.parse(python)
    words = shlex.split(curl)
    assert words[0] == "curl"
    assert "{" not in next(word for word in words if word.startswith("http"))


@pytest.mark.parametrize(
    ("name", "id"), [pair for pair in OPERATIONS if not pair[0].startswith("tests")]
)
def test_samples_run(name: str, id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python sample runs with the committed client, and gets to the operation that it is a
    sample of.
    """
    contract = loader.load_contract(name)
    package = code_sample.plan_client(contract)
    assert package is not None
    monkeypatch.syspath_prepend(f"generated/{name}")
    monkeypatch.setenv("TOKEN", "any")
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(404, json={})

    monkeypatch.setattr(
        httpx.HTTPTransport, "handle_request", lambda self, request: answer(request)
    )
    with pytest.raises(Exception, match="404"):
        exec(
            compile(
                code_sample.build_python_sample(package, contract.operations[id]), "sample", "exec"
            ),
            {},
        )
    assert [request.method for request in asked] == [contract.operations[id].method]
    shape = re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(contract.operations[id].path))
    assert re.search(f"{shape}$", asked[0].url.path)


def test_names_are_those_of_the_generated_client() -> None:
    """Groups, methods and arguments are called as the generator calls them."""
    contract = loader.load_contract("losant")
    package = code_sample.plan_client(contract)
    assert package is not None
    text = code_sample.build_python_sample(package, contract.operations["listExperienceGroups"])
    assert "client.experience_groups.list(" in text
    assert "sort_field='name'" in text


def test_no_sample_without_a_client() -> None:
    """Where the generator would refuse, there is no Python sample."""
    answer = {"description": "?", "content": {"application/json": {"schema": {"nullable": True}}}}
    paths = {"/x": {"get": {"operationId": "getX", "responses": {"200": answer}}}}
    refused = {"openapi": "3.1.0", "info": {"title": "X", "version": "1"}, "paths": paths}
    assert (
        code_sample.plan_client(
            contracts.build_contract("x", Document(value=refused, positions={}), Statements())
        )
        is None
    )
