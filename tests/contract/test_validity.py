"""The cache of validations: a valid document is validated once, an invalid one each time."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.contract import validity
from conformance.contract.document import Document
from conformance.errors import ContractError, Problem

from .toy import TOY_YAML, parse_document

VALID_DOCUMENT = parse_document(TOY_YAML.replace("{answers: A}", "{}"))
INVALID_DOCUMENT = Document(
    value={"openapi": "3.1.0", "info": {"title": "Toys"}, "paths": {}}, positions={}
)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put the cache into a temporary folder. Return the folder of valid documents."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "conformance" / "valid"


def test_valid_document_is_validated_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A valid document is validated once. A changed document is validated again."""
    validated: list[Document] = []
    monkeypatch.setattr(validity, "validate_openapi_document", validated.append)
    validity.validate_openapi_document_cached(VALID_DOCUMENT)
    validity.validate_openapi_document_cached(
        parse_document(TOY_YAML.replace("{answers: A}", "{}"))
    )
    assert len(validated) == len(list(cache.iterdir())) == 1
    validity.validate_openapi_document_cached(
        Document(value={**VALID_DOCUMENT.value, "tags": []}, positions={})
    )
    assert len(validated) == len(list(cache.iterdir())) == 2


def test_invalid_document_is_refused_each_time(cache: Path) -> None:
    """An invalid document is refused each time."""
    for _ in range(2):
        with pytest.raises(ContractError, match="not valid OpenAPI"):
            validity.validate_openapi_document_cached(INVALID_DOCUMENT)
    assert not cache.exists()


def test_other_validator_version(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A document that another version of the validator accepted is validated again."""
    validity.validate_openapi_document_cached(VALID_DOCUMENT)
    monkeypatch.setattr(validity, "version", lambda _: "999")
    validity.validate_openapi_document_cached(VALID_DOCUMENT)
    assert len(list(cache.iterdir())) == 2


def test_cache_is_bounded(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cache does not exceed its maximum size."""
    monkeypatch.setattr(validity, "MAX_CACHED_DOCUMENTS", 3)
    for number in range(5):
        validity.validate_openapi_document_cached(
            Document(value={**VALID_DOCUMENT.value, "tags": [{"name": str(number)}]}, positions={})
        )
    assert len(list(cache.iterdir())) == 3


def test_cache_is_not_writable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A document is validated even if the cache cannot be written."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    validity.validate_openapi_document_cached(VALID_DOCUMENT)
    with pytest.raises(ContractError):
        validity.validate_openapi_document_cached(INVALID_DOCUMENT)


def test_no_home_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A document is validated even if there is no home directory."""

    def raise_no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", raise_no_home)
    validity.validate_openapi_document_cached(VALID_DOCUMENT)
    with pytest.raises(ContractError, match="not valid OpenAPI"):
        validity.validate_openapi_document_cached(INVALID_DOCUMENT)


def test_cache_permission_denied(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache that may not be accessed counts as empty."""

    def raise_permission_error(self: Path, **options: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    for name in ("stat", "mkdir", "touch", "exists"):
        monkeypatch.setattr(Path, name, raise_permission_error)
    validity.validate_openapi_document_cached(VALID_DOCUMENT)


RESPONSE = "{'200': {description: d, content: {application/json: {schema: %s}}}}"
OPENAPI = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\n"
IN_COMPONENTS = f"""{OPENAPI}paths:
  /a: {{get: {{responses: {RESPONSE % "{$ref: '#/components/schemas/A'}"}}}}}
components:
  schemas:
    A:
      properties:
        ok: {{type: string}}
        bad:
          SCHEMA
"""


def find_only_problem(text: str) -> Problem:
    with pytest.raises(ContractError) as caught:
        validity.validate_openapi_document(parse_document(text, "f.yaml"))
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        ("type: strin", "/type"),
        ("type: [string, foo]", "/type"),
        ("minLength: -1", "/minLength"),
        ("minimum: '3'", "/minimum"),
        ("exclusiveMinimum: true", "/exclusiveMinimum"),
        ("items: 3", "/items"),
        ("items: [{type: string}]", "/items"),
        ("properties: 3", "/properties"),
        ("allOf: []", "/allOf"),
        ("oneOf: [{type: string}, {type: nope}]", "/oneOf/1/type"),
        ("enum: 3", "/enum"),
        ("required: yes", "/required"),
        ("pattern: '('", "/pattern"),
        ("discriminator: kind", "/discriminator"),
        ("additionalProperties: {items: 3}", "/additionalProperties/items"),
        ("{type: string, default: 3}", "/default"),
        ("{type: array, items: {type: string}, default: [a, 3]}", "/default/1"),
        ("null", ""),
    ],
)
def test_mistakes_in_schemas_have_their_place(schema: str, pointer: str) -> None:
    """A mistake in a schema, also a referenced one, is told once, at its own line and pointer."""
    problem = find_only_problem(IN_COMPONENTS.replace("SCHEMA", schema))
    assert problem.pointer == "/components/schemas/A/properties/bad" + pointer
    assert problem.line == (10 if schema == "null" else 11)


@pytest.mark.parametrize(
    ("operation", "pointer"),
    [
        (
            "requestBody: {content: {application/json: {schema: {type: strin}}}}, RESPONSES",
            "/requestBody/content/application~1json/schema/type",
        ),
        (
            "responses: {'200': {description: d, headers: {X: {schema: {type: strin}}}}}",
            "/responses/200/headers/X/schema/type",
        ),
        (
            "RESPONSES, parameters: [{name: a, in: query, schema: {items: 3}}]",
            "/parameters/0/schema/items",
        ),
        (
            "RESPONSES, parameters: [{name: a, in: query, content:"
            " {application/json: {schema: {type: strin}}}}]",
            "/parameters/0/content/application~1json/schema/type",
        ),
        (
            "RESPONSES, parameters: [{name: a, in: query, schema: {}},"
            " {name: a, in: query, schema: {}}]",
            "/parameters",
        ),
        ("RESPONSES, parameters: [{name: b, in: path, required: true, schema: {}}]", ""),
        ("responses: {'200': {}}", "/responses/200"),
    ],
)
def test_mistakes_in_operations_have_their_place(operation: str, pointer: str) -> None:
    """A mistake in any part of an operation is told at its own line and pointer."""
    operation = operation.replace("RESPONSES", "responses: {default: {description: d}}")
    problem = find_only_problem(f"{OPENAPI}paths:\n  /a:\n    get: {{{operation}}}\n")
    assert (problem.pointer, problem.line) == ("/paths/~1a/get" + pointer, 5)


@pytest.mark.parametrize("version", ["2.0", "'2.0'"])
def test_swagger_is_refused_with_a_converter(version: str) -> None:
    """Swagger 2.0 is refused at its version, and the hint names a converter."""
    problem = find_only_problem(f"info: {{}}\nswagger: {version}\npaths: {{}}\n")
    assert (problem.pointer, problem.line) == ("/swagger", 2)
    assert "swagger2openapi" in str(problem.hint)


@pytest.mark.parametrize("version", ["3.1", "'4.0.0'", "'2.0'", "3"])
def test_other_versions_are_refused_at_their_place(version: str) -> None:
    """A version that is not read is refused at its line, whatever its type."""
    problem = find_only_problem(f"info: {{}}\nopenapi: {version}\npaths: {{}}\n")
    assert (problem.pointer, problem.line) == ("/openapi", 2)


@pytest.mark.parametrize("keyword", ["default: .inf", "minimum: .inf", "const: .nan"])
def test_numbers_that_json_does_not_have(keyword: str) -> None:
    """Infinity and NaN are refused at their place, because no message can carry them."""
    problem = find_only_problem(IN_COMPONENTS.replace("SCHEMA", keyword))
    assert problem.line == 11
    assert problem.message.startswith("JSON has no number for")


def test_an_unknown_dialect_is_refused() -> None:
    """Schemas in a dialect that is not known are refused, also where 2020-12 would allow them."""
    text = IN_COMPONENTS.replace("SCHEMA", "{type: string}")
    problem = find_only_problem(text + "jsonSchemaDialect: 'https://dialect.example/'\n")
    assert "dialect.example" in problem.message
