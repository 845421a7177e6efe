"""Contracts: which errors are refused, what identifies a contract, and what it contains."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest

from conformance.contract.contract import Contract, find_citations
from conformance.contract.loader import load_contract
from conformance.contract.pagination import PaginationBehavior
from conformance.contract.sorting import SortingBehavior
from conformance.contract.statements import StatementBasis, Statements

from .toy import TOY_YAML, build_statement, build_statements, build_toy_contract, get_problems

OPERATION_POINTER = "/paths/~1toys/get"


def add_operation_line(line: str, indent: int = 6) -> str:
    """Return the toy document with one more line in its operation."""
    return TOY_YAML + " " * indent + line + "\n"


@pytest.mark.parametrize(
    ("text", "line", "pointer", "message"),
    [
        (
            TOY_YAML.replace(
                "      responses:\n        '200': {description: Toys.}\n",
                "      responses: {'200': {}}\n",
            ),
            8,
            f"{OPERATION_POINTER}/responses/200",
            "not valid OpenAPI",
        ),
        (
            TOY_YAML.replace("{title: Toys, version: '1'}", "{title: Toys}"),
            2,
            "/info",
            "not valid OpenAPI",
        ),
        (
            add_operation_line("x-behaviors: [{sort: {}}]"),
            10,
            f"{OPERATION_POINTER}/x-behaviors/0/sort",
            "sort is no key of x-behaviors",
        ),
        (
            add_operation_line("x-behaviors: [{sorts: {by: a}}]"),
            10,
            f"{OPERATION_POINTER}/x-behaviors/0/sorts",
            "sorts lacks keys",
        ),
        (
            add_operation_line("x-behaviors: [{sorts: text}]"),
            10,
            f"{OPERATION_POINTER}/x-behaviors/0/sorts",
            'is not of type "object"',
        ),
        (
            add_operation_line("x-behaviors: [{sorts: null}]"),
            10,
            f"{OPERATION_POINTER}/x-behaviors/0/sorts",
            'is not of type "object"',
        ),
        (
            add_operation_line(
                "x-behaviors: [{filters: {query: q, dialect: d, keys: {a: {pointer: /a, type:"
                " nonsense}}, operators: {}}}]"
            ),
            10,
            f"{OPERATION_POINTER}/x-behaviors/0/filters",
            "filters names the parameter 'q', which listToys does not have",
        ),
        (TOY_YAML.replace("answers: A", "answers: Z"), 7, None, "cites an unknown statement: Z"),
        (
            add_operation_line("x-examples: [{arguments: {a: 1}, x-source: Z}]"),
            10,
            None,
            "cites an unknown statement: Z",
        ),
        (
            add_operation_line(
                "parameters: [{name: answers, in: query, schema: {type: string}, x-source:"
                " {nonsense: Z}}]"
            ),
            10,
            f"{OPERATION_POINTER}/parameters/0",
            "the citation Z is in no register",
        ),
        (
            add_operation_line(
                "x-examples: [{arguments: {a: 1}, x-source: A}, {arguments: {a: 1}, x-source: A}]"
            ),
            10,
            f"{OPERATION_POINTER}/x-examples/1",
            "two claims have the id listToys/examples/a=1",
        ),
        ("swagger: '2.0'\n", 1, "/swagger", "this is not an OpenAPI 3 document"),
        ("- a\n", 1, "/", "this is not an OpenAPI 3 document"),
    ],
)
def test_error_position(text: str, line: int, pointer: str | None, message: str) -> None:
    """An error is reported with its file, line and pointer."""
    problem = get_problems(lambda: build_toy_contract(text))[0]
    assert message in problem.message
    assert ("toy.yaml", pointer or problem.pointer) == (problem.file, problem.pointer)
    assert problem.line is not None
    assert line == problem.line or pointer is None


def test_error_hints() -> None:
    """An error has a hint that says how to correct it."""
    assert (
        get_problems(lambda: build_toy_contract("swagger: '2.0'\n"))[0].hint
        == "convert it to OpenAPI 3 first, for example with `npx swagger2openapi FILE"
        " -o openapi.yaml` or at converter.swagger.io"
    )
    hint = get_problems(
        lambda: build_toy_contract(add_operation_line("x-behaviors: [{sort: {}}]"))
    )[0].hint
    assert hint is not None
    assert hint == "is it sorts?"


def test_claim_fields() -> None:
    """A claim has a sentence, its statements and their basis, and the pointer of its element."""
    (claim,) = build_toy_contract().claims
    assert (
        claim.id,
        claim.operation,
        claim.statements,
        claim.basis,
        claim.pointer,
        claim.kind,
    ) == (
        "listToys/answers",
        "listToys",
        ("A",),
        StatementBasis.PAGE,
        OPERATION_POINTER,
        "requests.answers",
    )


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("A", StatementBasis.PAGE),
        ("L", StatementBasis.LINKED),
        ("C", StatementBasis.CLIENT),
        ("I", StatementBasis.INFERRED),
        ("A?", StatementBasis.INFERRED),
        ("[A?, C]", StatementBasis.INFERRED),
        ("[C, L]", StatementBasis.LINKED),
    ],
)
def test_claim_basis(source: str, expected: StatementBasis) -> None:
    """A claim has the strongest basis of its statements.

    A doubtful citation counts as inferred, but its statement is cited.
    """
    (claim,) = build_toy_contract(TOY_YAML.replace("answers: A", f"answers: {source}")).claims
    assert expected == claim.basis
    assert not any("?" in id for id in claim.statements)


def test_no_citation_no_claim() -> None:
    """If there is a statements file, an element without a citation yields no claim."""
    assert build_toy_contract(TOY_YAML.replace("{answers: A}", "{}")).claims == ()


def test_without_statements_every_element_is_claimed() -> None:
    """Without statements, each element counts as stated on the page."""
    contract = build_toy_contract(TOY_YAML.replace("{answers: A}", "{}"), Statements())
    assert {StatementBasis.PAGE} == {claim.basis for claim in contract.claims}
    assert "listToys/answers" in {claim.id for claim in contract.claims}


def test_client_only_operations_have_no_claims() -> None:
    """An operation that only the vendor's client knows is auxiliary."""
    assert build_toy_contract(add_operation_line("x-basis: client")).claims == ()


def test_digest() -> None:
    """The digest changes with the document and with the id, basis or text of any statement, and
    with nothing else.
    """
    statements = build_statements()
    digests = {
        build_toy_contract(TOY_YAML, changed_statements).digest
        for changed_statements in (
            statements,
            replace(
                statements, by_id={**statements.by_id, "A": build_statement("A", text="Otherwise.")}
            ),
            replace(
                statements,
                by_id={**statements.by_id, "A": build_statement("A", StatementBasis.LINKED)},
            ),
            replace(statements, by_id={**statements.by_id, "D": build_statement("D")}),
        )
    }
    assert len(digests) == 4
    assert (
        build_toy_contract(TOY_YAML).digest == build_toy_contract("# a comment\n" + TOY_YAML).digest
    )
    assert (
        build_toy_contract(TOY_YAML).digest
        != build_toy_contract(TOY_YAML.replace("Toys.", "Toys!")).digest
    )


@pytest.mark.parametrize("edition", [("losant", None), ("losant", "2017"), ("push-express", None)])
def test_loading_and_pickling_are_stable(edition: tuple[str, str | None]) -> None:
    """A contract that is loaded twice, or pickled, stays equal."""
    first, second = load_contract(*edition), load_contract(*edition)
    assert (first.digest, [claim.id for claim in first.claims]) == (
        second.digest,
        [claim.id for claim in second.claims],
    )
    assert first.claims == second.claims
    assert first == pickle.loads(pickle.dumps(first))


@pytest.mark.parametrize("edition", [("losant", None), ("losant", "2017"), ("push-express", None)])
def test_claims_of_editions(edition: tuple[str, str | None]) -> None:
    """Every claim has a unique id, a sentence, an operation, a position with a line, and statements
    of the contract.
    """
    contract = load_contract(*edition)
    ids = [claim.id for claim in contract.claims]
    assert len(ids) == len(set(ids))
    for claim in contract.claims:
        position = contract.position_of(claim.pointer)
        assert claim.text.endswith((".", "?")), claim.id
        assert claim.id.startswith(claim.operation + "/")
        assert position is not None
        assert position[1] > 1
        assert claim.statements, claim.id
        assert set(claim.statements) <= contract.statements.by_id.keys()
        assert not contract.operations[claim.operation].auxiliary


def test_lookups() -> None:
    """A contract finds behaviors and resources, and knows its title, servers and scopes."""
    contract: Contract = load_contract("losant")
    assert isinstance(
        contract.find_behavior("listExperienceGroups", SortingBehavior), SortingBehavior
    )
    assert None is contract.find_behavior("createExperienceGroup", PaginationBehavior)
    resource = contract.resource_for("patchExperienceGroup")
    assert resource is not None
    assert resource.name == "experienceGroup"
    assert (contract.title, contract.servers) == (
        "Losant experience groups",
        ("https://api.losant.com",),
    )
    assert 9 == len(contract.scopes) == len(set(contract.scopes))
    assert None is build_toy_contract().resource_for("listToys")


def test_citations() -> None:
    """Every leaf of every x-source is a citation, including a doubtful one."""
    document = {
        "x-source": "A",
        "b": [{"x-source": {"c": ["B?", "C"], "d": {"e": "D"}, "f": None}}],
    }
    assert list(find_citations(document)) == [
        ("", "A"),
        ("/b/0", "B"),
        ("/b/0", "C"),
        ("/b/0", "D"),
    ]
