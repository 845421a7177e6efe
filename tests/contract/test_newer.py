"""OpenAPI 3.2 is read as far as it is 3.1."""

from __future__ import annotations

import pytest

from conformance.contract.upgrade import drop_infinite_limits, upgrade_document
from conformance.errors import ContractError

from .toy import parse_document

HEAD = "openapi: 3.2.0\ninfo: {title: t, version: '1'}\n"
SCHEMA = "{components: {schemas: {A: %s}}}"
RESPONSE = "{paths: {/a: {get: {responses: {'200': %s}}}}}"


def test_documents_of_3_2_become_3_1() -> None:
    """A document without new words is read; a response gets the description that 3.1 requires."""
    upgraded = upgrade_document(
        parse_document(HEAD + "paths: {/a: {get: {responses: {'200': {}}}}}")
    )
    assert upgraded.value["openapi"].startswith("3.1")
    assert upgraded.value["paths"]["/a"]["get"]["responses"] == {"200": {"description": ""}}


@pytest.mark.parametrize(
    ("text", "word", "pointer"),
    [
        ("{$self: 'https://a.example/'}", "$self", "/$self"),
        ("{servers: [{url: /, name: a}]}", "name", "/servers/0/name"),
        ("{tags: [{name: a, kind: nav}]}", "kind", "/tags/0/kind"),
        ("{tags: [{name: a}, {name: b, parent: a}]}", "parent", "/tags/1/parent"),
        ("{paths: {/a: {query: {}}}}", "query", "/paths/~1a/query"),
        (
            "{paths: {/a: {additionalOperations: {COPY: {}}}}}",
            "additionalOperations",
            "/paths/~1a/additionalOperations",
        ),
        (
            "{paths: {/a: {parameters: [{name: a, in: querystring, content: {}}]}}}",
            "in: querystring",
            "/paths/~1a/parameters/0/in",
        ),
        (
            "{components: {parameters: {a: {name: a, in: cookie, style: cookie}}}}",
            "style: cookie",
            "/components/parameters/a/style",
        ),
        (
            RESPONSE % "{content: {application/jsonl: {itemSchema: {}}}}",
            "itemSchema",
            "/paths/~1a/get/responses/200/content/application~1jsonl/itemSchema",
        ),
        (RESPONSE % "{summary: s}", "summary", "/paths/~1a/get/responses/200/summary"),
        ("{components: {mediaTypes: {}}}", "mediaTypes", "/components/mediaTypes"),
        (
            "{components: {examples: {a: {dataValue: 1}}}}",
            "dataValue",
            "/components/examples/a/dataValue",
        ),
        (
            "{components: {securitySchemes: {a: {flows: {deviceAuthorization: {}}}}}}",
            "deviceAuthorization",
            "/components/securitySchemes/a/flows/deviceAuthorization",
        ),
        (
            SCHEMA % "{properties: {a: {discriminator: {defaultMapping: A}}}}",
            "defaultMapping",
            "/components/schemas/A/properties/a/discriminator/defaultMapping",
        ),
        (SCHEMA % "{xml: {nodeType: text}}", "nodeType", "/components/schemas/A/xml/nodeType"),
    ],
)
def test_new_words_are_refused_by_name(text: str, word: str, pointer: str) -> None:
    """What 3.2 has and 3.1 has not is refused by its name, at its place."""
    document = parse_document(text)
    value = {"openapi": "3.2.0", **document.value}
    with pytest.raises(ContractError) as caught:
        upgrade_document(document.with_value(value, {}))
    (problem,) = caught.value.problems
    assert (problem.message.partition(" is new")[0], problem.pointer) == (f"`{word}`", pointer)


@pytest.mark.parametrize(
    "text",
    [
        SCHEMA % "{properties: {name: {}, query: {}, summary: {}, $self: {}}}",
        "{paths: {/query: {get: {summary: s, x-kind: y}}}}",
        "{components: {examples: {query: {value: {dataValue: 1}}}}}",
    ],
)
def test_the_same_words_elsewhere_mean_nothing_new(text: str) -> None:
    """A property, a path or an example may have the name of a new word."""
    document = parse_document(text)
    value = {"openapi": "3.2.0", **document.value}
    assert upgrade_document(document.with_value(value, {})).value == {**value, "openapi": "3.1.1"}


def test_infinite_limits_are_none() -> None:
    """`maximum: .inf` is no limit; an example of that name stays."""
    document = parse_document(
        "{a: [{minimum: -.inf, maximum: .inf, x: 1}], b: {minimum: .inf}, example: {maximum: .inf}}"
    )
    assert drop_infinite_limits(document).value == {
        "a": [{"x": 1}],
        "b": {"minimum": float("inf")},
        "example": {"maximum": float("inf")},
    }
