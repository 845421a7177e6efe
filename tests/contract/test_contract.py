"""Contracts: what they refuse, what identifies them, what they hold."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest

from conformance.contract.contract import Contract, find_citations
from conformance.contract.loader import load_contract
from conformance.contract.pagination import PaginationBehavior
from conformance.contract.sorting import SortingBehavior
from conformance.contract.statements import StatementBasis, Statements

from .toy import TEXT, built, problems, register, statement

AT = "/paths/~1toys/get"


def with_node(text: str, indent: int = 6) -> str:
    """Return the toy document with a line more in its operation."""
    return TEXT + " " * indent + text + "\n"


@pytest.mark.parametrize(
    ("text", "line", "pointer", "message"),
    [
        (
            TEXT.replace(
                "      responses:\n        '200': {description: Toys.}\n",
                "      responses: {'200': {}}\n",
            ),
            8,
            f"{AT}/responses/200",
            "not valid OpenAPI",
        ),
        (
            TEXT.replace("{title: Toys, version: '1'}", "{title: Toys}"),
            2,
            "/info",
            "not valid OpenAPI",
        ),
        (
            with_node("x-behaviors: [{sort: {}}]"),
            10,
            f"{AT}/x-behaviors/0/sort",
            "sort is no key of x-behaviors",
        ),
        (
            with_node("x-behaviors: [{sorts: {by: a}}]"),
            10,
            f"{AT}/x-behaviors/0/sorts",
            "sorts lacks keys",
        ),
        (
            with_node("x-behaviors: [{sorts: text}]"),
            10,
            f"{AT}/x-behaviors/0/sorts",
            'is not of type "object"',
        ),
        (
            with_node("x-behaviors: [{sorts: null}]"),
            10,
            f"{AT}/x-behaviors/0/sorts",
            'is not of type "object"',
        ),
        (
            with_node(
                "x-behaviors: [{filters: {query: q, dialect: d, keys: {a: {pointer: /a, type:"
                " nonsense}}, operators: {}}}]"
            ),
            10,
            f"{AT}/x-behaviors/0/filters",
            "filters names the parameter 'q', which listToys does not have",
        ),
        (TEXT.replace("answers: A", "answers: Z"), 7, None, "cites an unknown statement: Z"),
        (
            with_node("x-examples: [{arguments: {a: 1}, x-source: Z}]"),
            10,
            None,
            "cites an unknown statement: Z",
        ),
        (
            with_node(
                "parameters: [{name: answers, in: query, schema: {type: string}, x-source:"
                " {nonsense: Z}}]"
            ),
            10,
            f"{AT}/parameters/0",
            "the citation Z is in no register",
        ),
        (
            with_node(
                "x-examples: [{arguments: {a: 1}, x-source: A}, {arguments: {a: 1}, x-source: A}]"
            ),
            10,
            f"{AT}/x-examples/1",
            "two claims have the id listToys/examples/a=1",
        ),
        ("swagger: '2.0'\n", 1, "/", "this is not an OpenAPI 3 document"),
        ("- a\n", 1, "/", "this is not an OpenAPI 3 document"),
    ],
)
def test_refused(text: str, line: int, pointer: str | None, message: str) -> None:
    """A mistake is refused with its file, line and pointer."""
    problem = problems(lambda: built(text))[0]
    assert message in problem.message
    assert ("toy.yaml", pointer or problem.pointer) == (problem.file, problem.pointer)
    assert problem.line is not None
    assert line == problem.line or pointer is None


def test_hints() -> None:
    """A mistake comes with what to do about it."""
    assert problems(lambda: built("swagger: '2.0'\n"))[0].hint == "convert it to OpenAPI 3.1 first"
    hint = problems(lambda: built(with_node("x-behaviors: [{sort: {}}]")))[0].hint
    assert hint is not None
    assert hint == "is it sorts?"


def test_claims() -> None:
    """A claim has its sentence, what it stands on, and where the contract says it."""
    (claim,) = built().claims
    assert (
        claim.id,
        claim.operation,
        claim.statements,
        claim.basis,
        claim.pointer,
        claim.kind,
    ) == ("listToys/answers", "listToys", ("A",), StatementBasis.PAGE, AT, "requests.answers")


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
def test_basis(source: str, expected: StatementBasis) -> None:
    """A claim stands on the strongest of its statements; a doubtful citation is inferred, and cites
    the statement all the same.
    """
    (claim,) = built(TEXT.replace("answers: A", f"answers: {source}")).claims
    assert expected == claim.basis
    assert not any("?" in id for id in claim.statements)


def test_nothing_cited_nothing_claimed() -> None:
    """In a kept register, an element that cites nothing promises nothing."""
    assert built(TEXT.replace("{answers: A}", "{}")).claims == ()


def test_without_a_register_all_is_claimed() -> None:
    """Without statements, each element counts as stated by the page."""
    found = built(TEXT.replace("{answers: A}", "{}"), Statements())
    assert {StatementBasis.PAGE} == {claim.basis for claim in found.claims}
    assert "listToys/answers" in {claim.id for claim in found.claims}


def test_operations_of_the_client_promise_nothing() -> None:
    """An operation that only the vendor's client knows is a means."""
    assert built(with_node("x-basis: client")).claims == ()


def test_digest() -> None:
    """The digest changes with the document and with any statement's id, basis or text, and with
    nothing else.
    """
    kept = register()
    digests = {
        built(TEXT, other).digest
        for other in (
            kept,
            replace(kept, by_id={**kept.by_id, "A": statement("A", text="Otherwise.")}),
            replace(kept, by_id={**kept.by_id, "A": statement("A", StatementBasis.LINKED)}),
            replace(kept, by_id={**kept.by_id, "D": statement("D")}),
        )
    }
    assert len(digests) == 4
    assert built(TEXT).digest == built("# a comment\n" + TEXT).digest
    assert built(TEXT).digest != built(TEXT.replace("Toys.", "Toys!")).digest


@pytest.mark.parametrize("edition", [("losant", None), ("losant", "2017"), ("push-express", None)])
def test_stable(edition: tuple[str, str | None]) -> None:
    """Loaded twice, a contract is the same; pickled, it is the same too."""
    one, two = load_contract(*edition), load_contract(*edition)
    assert (one.digest, [claim.id for claim in one.claims]) == (
        two.digest,
        [claim.id for claim in two.claims],
    )
    assert one.claims == two.claims
    assert one == pickle.loads(pickle.dumps(one))


@pytest.mark.parametrize("edition", [("losant", None), ("losant", "2017"), ("push-express", None)])
def test_claims_of_editions(edition: tuple[str, str | None]) -> None:
    """Every claim has its own id, a sentence, an operation, a place with a line, and statements in
    the register.
    """
    contract = load_contract(*edition)
    ids = [claim.id for claim in contract.claims]
    assert len(ids) == len(set(ids))
    for claim in contract.claims:
        place = contract.position_of(claim.pointer)
        assert claim.text.endswith((".", "?")), claim.id
        assert claim.id.startswith(claim.operation + "/")
        assert place is not None
        assert place[1] > 1
        assert claim.statements, claim.id
        assert set(claim.statements) <= contract.statements.by_id.keys()
        assert not contract.operations[claim.operation].auxiliary


def test_questions() -> None:
    """A contract answers what an operation does, and where things stand."""
    contract: Contract = load_contract("losant")
    assert isinstance(
        contract.find_behavior("listExperienceGroups", SortingBehavior), SortingBehavior
    )
    assert None is contract.find_behavior("createExperienceGroup", PaginationBehavior)
    found = contract.resource_for("patchExperienceGroup")
    assert found is not None
    assert found.name == "experienceGroup"
    assert (contract.title, contract.servers) == (
        "Losant experience groups",
        ("https://api.losant.com",),
    )
    assert 9 == len(contract.scopes) == len(set(contract.scopes))
    assert None is built().resource_for("listToys")


def test_citations() -> None:
    """Every leaf of every x-source is a citation, a doubtful one too."""
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
