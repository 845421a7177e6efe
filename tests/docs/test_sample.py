"""Code samples."""

from __future__ import annotations

import ast
import shlex

import pytest

from conformance.contract import library
from conformance.docs import sample

OPERATIONS = [(name, id) for name in ("losant", "push-express", "tests/toy") for id in library.load(name).operations]


@pytest.mark.parametrize(("name", "id"), OPERATIONS)
def test_samples_are_well_formed(name: str, id: str) -> None:
    """The Python sample parses, the curl line splits into words, and neither holds a placeholder of a path."""
    contract = library.load(name)
    operation = contract.operations[id]
    python, curl = sample.python(contract, operation), sample.curl(contract, operation)
    ast.parse(python)
    words = shlex.split(curl)
    assert words[0] == "curl"
    assert "{" not in next(word for word in words if word.startswith("http"))


def test_names_are_those_of_the_generated_client() -> None:
    """Groups come from tags, methods from operation ids without the words of the group, arguments in snake case."""
    contract = library.load("losant")
    text = sample.python(contract, contract.operations["listExperienceGroups"])
    assert "client.experience_groups.list(" in text
    assert "sort_field='name'" in text
    assert sample.method(contract, contract.operations["createExperienceGroup"]) == "create"
