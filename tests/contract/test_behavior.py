"""Behaviors: how each node is parsed, and which claims it yields."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from conformance.contract import (
    authorization,
    echo,
    filtering,
    lifecycle,
    pagination,
    precedence,
    request_bodies,
    requests,
    resource,
    responses,
    retries,
    sorting,
    undeclared_inputs,
    uniqueness,
)
from conformance.contract.claim import ClaimDraft
from conformance.contract.json import Json
from conformance.contract.location import ParameterLocation
from conformance.contract.operation import Operation
from conformance.contract.pointer import MISSING
from conformance.contract.security import ScopeHierarchy, SecurityScheme

from .toy import build_operation, build_statements, get_citations_by_id, parse_document

STATEMENTS = build_statements("A", "B", "C")
LIST_OPERATION = build_operation("{operationId: list, responses: {'200': {description: x}}}")


def collect_citations(drafts: Iterable[ClaimDraft]) -> dict[str, tuple[str, ...] | None]:
    """Return the citations of the drafts by claim id."""
    return get_citations_by_id(list(drafts))


SECURITY_SCHEMES = {
    name: SecurityScheme(
        name=name,
        location=ParameterLocation.HEADER,
        field="Authorization" if prefix else "X-Key",
        prefix=prefix,
        pointer="",
    )
    for name, prefix in (("b", "Bearer "), ("key", ""))
}


def derive_authorization_claims(
    operation: Operation, scopes: tuple[str, ...], **included: tuple[str, ...]
) -> Iterable[ClaimDraft]:
    """Derive the claims about credentials.

    `included` maps a scope to the scopes that it includes.
    """
    return authorization.derive_authorization_claims(
        operation, scopes, SECURITY_SCHEMES, ScopeHierarchy(included=included), STATEMENTS
    )


def test_sorting_claims() -> None:
    """Each sort field has an ascending claim.

    With a direction parameter it also has a descending one.
    """
    node = {
        "by": "s",
        "keys": {"a": "/x", "b": "/y"},
        "direction": {"parameter": "d", "ascending": "up", "descending": "down"},
        "x-source": {"order": "A", "descending": ["B", "A?"]},
    }
    behavior = sorting.parse_sorting_behavior(node, "/p")
    assert (
        behavior.key_parameter,
        behavior.direction_parameter,
        behavior.ascending_value,
        behavior.descending_value,
    ) == ("s", "d", "up", "down")
    assert collect_citations(
        sorting.derive_sorting_claims(LIST_OPERATION, behavior, STATEMENTS)
    ) == {
        "list/s/orders-by/a": ("A",),
        "list/d/descends-by/a": ("B", "A?"),
        "list/s/orders-by/b": ("A",),
        "list/d/descends-by/b": ("B", "A?"),
    }
    behavior_without_direction = sorting.parse_sorting_behavior(
        {"by": "s", "keys": {"a": "/x"}}, "/p"
    )
    assert collect_citations(
        sorting.derive_sorting_claims(LIST_OPERATION, behavior_without_direction, STATEMENTS)
    ) == {"list/s/orders-by/a": None}
    assert [
        draft.promise.descending
        for draft in sorting.derive_sorting_claims(LIST_OPERATION, behavior, STATEMENTS)
    ][:2] == [False, True]


def test_glob_filter_claims() -> None:
    """Exact and blank values have their own citations. All pattern forms share that of the glob."""
    node = {
        "field": "f",
        "glob": "g",
        "keys": {"a": "/x"},
        "x-source": {"exact": "A", "glob": "B", "blank": {"f": "C"}},
    }
    expected = {
        "list/g/exact/a": ("A",),
        "list/g/prefix/a": ("B",),
        "list/g/suffix/a": ("B",),
        "list/g/infix/a": ("B",),
        "list/g/nothing/a": ("A",),
        "list/f/blank": ("C",),
        "list/f/absent": None,
        "list/g/blank": None,
        "list/g/absent": None,
    }
    assert expected == collect_citations(
        filtering.derive_filtering_claims(
            LIST_OPERATION, filtering.parse_filtering_behavior(node, "/p"), STATEMENTS
        )
    )


@pytest.mark.parametrize("handling", list(filtering.PatternWithoutFieldHandling))
def test_pattern_without_field(handling: filtering.PatternWithoutFieldHandling) -> None:
    """The handling of a pattern without a field is a claim only if an interpretation sets it."""
    node = {
        "field": "f",
        "glob": "g",
        "keys": {"a": "/x"},
        "withoutField": str(handling),
        "x-source": {"withoutField": "A"},
    }
    (draft,) = (
        draft
        for draft in filtering.derive_filtering_claims(
            LIST_OPERATION, filtering.parse_filtering_behavior(node, "/p"), STATEMENTS
        )
        if isinstance(draft.promise, filtering.HandlesPatternWithoutField)
    )
    assert (
        draft.id,
        draft.text,
        draft.citations,
        draft.promise.behavior.pattern_without_field,
    ) == ("list/g/withoutField", f"g without f is {handling}.", ("A",), handling)
    behavior = filtering.parse_filtering_behavior({"field": "f", "glob": "g", "keys": {}}, "/p")
    assert isinstance(behavior, filtering.FiltersByGlob)
    assert behavior.pattern_without_field is None


def test_unknown_pattern_without_field() -> None:
    """A `withoutField` that is not one of the three known values is an error."""
    with pytest.raises(ValueError, match="sometimes"):
        filtering.parse_filtering_behavior(
            {"field": "f", "glob": "g", "keys": {}, "withoutField": "sometimes"}, "/p"
        )


@pytest.mark.parametrize(
    ("absent", "absence_claims"), [(False, {"list/s/absent": ("C",)}), (None, {})]
)
def test_state_filter_claims(absent: Json, absence_claims: Json) -> None:
    """Each value of the state has a claim.

    Its absence has one only if the page defines the meaning.
    """
    node = {
        "state": "s",
        "field": "/on",
        "values": {"true": True, "false": False},
        "absent": absent,
        "x-source": {"true": "A", "absent": "C"},
    }
    assert {"list/s/true": ("A",), "list/s/false": None, **absence_claims} == collect_citations(
        filtering.derive_filtering_claims(
            LIST_OPERATION, filtering.parse_filtering_behavior(node, "/p"), STATEMENTS
        )
    )


def test_query_filter_claims() -> None:
    """Each operator has one claim for each key that it is declared for."""
    keys = {"n": {"pointer": "/n", "type": "text"}, "i": {"pointer": "/i", "type": "id"}}
    node = {
        "query": "q",
        "dialect": "advanced",
        "keys": keys,
        "operators": {"$eq": ["n", "i"], "$ci": ["n"]},
        "x-source": {"$eq": {"n": "A", "i": ["A", "B"]}, "$ci": "C"},
    }
    behavior = filtering.parse_filtering_behavior(node, "/p")
    assert collect_citations(
        filtering.derive_filtering_claims(LIST_OPERATION, behavior, STATEMENTS)
    ) == {"list/q/$eq/n": ("A",), "list/q/$eq/i": ("A", "B"), "list/q/$ci/n": ("C",)}


def test_parameter_override_claims() -> None:
    """An override is one claim."""
    behavior = precedence.parse_precedence_behavior(
        {"parameter": "q", "disables": ["f", "g"], "x-source": "A"}, "/p"
    )
    assert (behavior.parameter, behavior.overridden_parameters) == ("q", ("f", "g"))
    assert collect_citations(
        precedence.derive_parameter_override_claims(LIST_OPERATION, behavior, STATEMENTS)
    ) == {"list/q/overrides": ("A",)}


def test_pagination_claims() -> None:
    """Size, all pages and first page always have claims.

    The counters have claims if the response contains them, and the maximum page size has one if
    there is a maximum.
    """
    node = {
        "page": "p",
        "size": "s",
        "first": 0,
        "count": "/c",
        "total": "/m/t",
        "pages": "/m/n",
        "metadata": "/m",
        "maxItems": 9,
        "x-source": {"allPages": "A", "size": "B"},
    }
    citations = collect_citations(
        pagination.derive_pagination_claims(
            LIST_OPERATION, pagination.parse_pagination_behavior(node, "/p"), STATEMENTS
        )
    )
    assert list(citations) == [
        "list/s/size",
        "list/p/allPages",
        "list/p/first",
        "list/c/count",
        "list/m.t/total",
        "list/m.n/pages",
        "list/m/metadata",
        "list/s/maxItems",
    ]
    assert (citations["list/s/size"], citations["list/p/allPages"], citations["list/p/first"]) == (
        ("B",),
        ("A",),
        None,
    )
    minimal_behavior = pagination.parse_pagination_behavior({"page": "p", "size": "s"}, "/p")
    assert (
        minimal_behavior.first_page,
        list(
            collect_citations(
                pagination.derive_pagination_claims(LIST_OPERATION, minimal_behavior, STATEMENTS)
            )
        ),
    ) == (1, ["list/s/size", "list/p/allPages", "list/p/first"])


@pytest.mark.parametrize(
    ("node_fields", "expected"),
    [
        (
            {"unpagedIsComplete": True},
            {"list/s/unpagedIsComplete": "Without p and s the list is not cut."},
        ),
        ({"unpagedIsComplete": False}, {}),
        (
            {"unpagedHasMetadata": True},
            {"list/m.d/unpagedHasMetadata": "Without p and s the answer tells about its page."},
        ),
        (
            {"unpagedHasMetadata": False},
            {
                "list/m.d/unpagedHasMetadata": (
                    "Without p and s the answer does not tell about its page."
                )
            },
        ),
        ({"pastEnd": "empty"}, {"list/p/pastEnd": "A page past the end is empty."}),
        ({"pastEnd": "refused"}, {"list/p/pastEnd": "A page past the end is refused."}),
        ({}, {}),
    ],
)
def test_pagination_claims_of_interpretations(
    node_fields: dict[str, Json], expected: dict[str, str]
) -> None:
    """A field that only an interpretation sets yields a claim only under that interpretation."""
    unconditional_claims = {"list/s/size", "list/p/allPages", "list/p/first", "list/m.d/metadata"}
    texts_by_claim = {
        draft.id: draft.text
        for draft in pagination.derive_pagination_claims(
            LIST_OPERATION,
            pagination.parse_pagination_behavior(
                {"page": "p", "size": "s", "metadata": "/m/d", **node_fields}, "/p"
            ),
            STATEMENTS,
        )
    }
    assert expected == {
        id: text for id, text in texts_by_claim.items() if id not in unconditional_claims
    }


def test_no_unpaged_metadata_claim_without_metadata() -> None:
    """A list without page metadata has no claim about the metadata of an unpaged response."""
    assert collect_citations(
        pagination.derive_pagination_claims(
            LIST_OPERATION,
            pagination.parse_pagination_behavior({"page": "p", "size": "s", "told": True}, "/p"),
            STATEMENTS,
        )
    ).keys() == {"list/s/size", "list/p/allPages", "list/p/first"}


def test_unknown_page_past_end() -> None:
    """A `pastEnd` that is neither empty nor refused is an error."""
    with pytest.raises(ValueError, match="endless"):
        pagination.parse_pagination_behavior({"page": "p", "size": "s", "pastEnd": "endless"}, "/p")


def test_echo_claims() -> None:
    """Each pointer is one claim about the parameter that it repeats."""
    behavior = echo.parse_echo_behavior(
        {"answers": {"/a": "p", "/b": "q"}, "x-source": {"p": "A"}}, "/p"
    )
    assert collect_citations(echo.derive_echo_claims(LIST_OPERATION, behavior, STATEMENTS)) == {
        "list/p/echo": ("A",),
        "list/q/echo": None,
    }


def test_uniqueness_claim() -> None:
    """A distinct value is one claim about one status."""
    behavior = uniqueness.parse_uniqueness_behavior(
        {"answers": "/r", "status": 200, "x-source": ["A", "B"]}, "/p"
    )
    assert (behavior.status, behavior.response_pointer) == ("200", "/r")
    assert collect_citations(
        uniqueness.derive_uniqueness_claims(LIST_OPERATION, behavior, STATEMENTS)
    ) == {"list/responses/200/distinct/r": ("A", "B")}


def test_undeclared_inputs_claim() -> None:
    """Undeclared inputs are one claim, which names them."""
    behavior = undeclared_inputs.parse_undeclared_inputs_behavior(
        {"query": {"a": "1"}, "headers": {"H": "2"}, "x-source": "A"}, "/p"
    )
    (draft,) = undeclared_inputs.derive_undeclared_inputs_claims(
        LIST_OPERATION, behavior, STATEMENTS
    )
    assert (draft.id, draft.citations) == ("list/tolerates", ("A",))
    assert draft.text.endswith("is accepted: a, H.")
    assert (
        undeclared_inputs.parse_undeclared_inputs_behavior({}, "/p").query_parameters,
        undeclared_inputs.parse_undeclared_inputs_behavior({}, "/p").headers,
    ) == ({}, {})


def test_retries_yield_no_claim() -> None:
    """Retries are a duty of the client. They yield no claim."""
    assert retries.parse_retries_behavior({"statuses": ["5XX", 429]}, "/p").statuses == (
        "5XX",
        "429",
    )


def test_request_claims() -> None:
    """An operation responds. Its examples are accepted, each alone and all in combination."""
    node = """{operationId: list, x-source: {answers: A, combined: B, headers: C},
      x-examples: [{arguments: {a: 1, b: x}, x-source: B}],
      parameters: [{name: a, in: query, schema: {type: integer, default: 1}, example: 1,
          x-source: {optional: A, default: B, example: C}},
                   {name: b, in: query, required: true, schema: {enum: [x, y]}, example: y,
                    x-refused: [enum], x-refusals: {odd: {value: 3, x-source: C}},
                    x-source: {enum: {x: A}, refused: B}},
                   {name: c, in: query, schema: {type: boolean}, x-source: {type: A, optional: A}}],
      responses: {'200': {description: x}}}"""
    drafts = list(requests.derive_request_claims(build_operation(node), STATEMENTS))
    expected = {
        "list/answers": ("A",),
        "list/examples/together": ("B",),
        "list/examples/a=1&b=x": ("B",),
        "list/headers/json": ("C",),
        "list/a/optional": ("A",),
        "list/a/example": ("C",),
        "list/a/default": ("B",),
        "list/b/accepts/x": ("A",),
        "list/b/accepts/y": None,
        "list/b/example": None,
        "list/b/refuses/enum": ("B",),
        "list/b/refuses/odd": ("C",),
        "list/c/optional": ("A",),
        "list/c/accepts/true": ("A",),
        "list/c/accepts/false": ("A",),
    }
    assert expected == get_citations_by_id(drafts)
    promises = {draft.id: draft.promise for draft in drafts}
    assert promises["list/examples/together"].arguments == {"a": 1, "b": "y"}
    assert promises["list/a/optional"].arguments == {"a": MISSING}
    assert (promises["list/b/refuses/odd"].value, promises["list/b/refuses/enum"].value) == (
        3,
        MISSING,
    )


def test_one_example_is_no_combination() -> None:
    """A single query example is no combination, even beside an example outside the query."""
    node = (
        "{parameters: [{name: a, in: query, schema: {}, example: 1}, {name: b, in: header, schema:"
        " {}, example: 2}], responses: {'200': {description: x}}}"
    )
    assert [
        draft.id
        for draft in requests.derive_request_claims(build_operation(node), STATEMENTS)
        if "together" in draft.id
    ] == []


def test_credential_and_scope_claims() -> None:
    """Credentials are required. Of all scopes, only the listed ones are sufficient."""
    operation = build_operation(
        "{operationId: list, security: [{b: [x]}], x-source: {credentials: A, scheme: B, scopes:"
        " {x: A}, alternatives: C, unlisted: B}, responses: {}}"
    )
    expected = {
        "list/credentials/missing": ("A",),
        "list/credentials/invalid": ("A",),
        "list/credentials/bare": ("B",),
        "list/scopes/x/allowed": ("A", "C"),
        "list/scopes/y/refused": ("B",),
    }
    assert expected == collect_citations(derive_authorization_claims(operation, ("x", "y")))


@pytest.mark.parametrize(
    ("security", "allowed"),
    [
        ("[{b: [x]}]", ["x", "all"]),
        ("[{b: [x, y]}]", ["all"]),
        ("[{b: [x]}, {b: [y]}]", ["x", "y", "all"]),
        ("[{b: [x], key: []}]", ["x", "all"]),
        ("[{b: [x]}, {key: []}]", ["x", "all"]),
    ],
)
def test_sufficient_scopes(security: str, allowed: list[str]) -> None:
    """A requirement needs all its scopes.

    A scope may include others. One of several requirements is sufficient.
    """
    operation = build_operation(f"{{operationId: list, security: {security}, responses: {{}}}}")
    drafts = derive_authorization_claims(operation, ("x", "y", "z", "all"), all=("x", "y"))
    ids = {draft.id for draft in drafts if "/scopes/" in draft.id}
    assert ids == {
        f"list/scopes/{scope}/{'allowed' if scope in allowed else 'refused'}"
        for scope in ("x", "y", "z", "all")
    }


def test_alternatives_and_bare_keys() -> None:
    """Each of several alternatives is accepted. A key has no prefix that could be left out."""
    operation_with_alternatives = build_operation(
        "{operationId: list, security: [{b: []}, {key: []}], responses: {}}"
    )
    assert [draft.id for draft in derive_authorization_claims(operation_with_alternatives, ())] == [
        "list/credentials/missing",
        "list/credentials/invalid",
        "list/credentials/bare",
        "list/credentials/b/accepted",
        "list/credentials/key/accepted",
    ]
    operation_with_key = build_operation(
        "{operationId: list, security: [{key: []}], responses: {}}"
    )
    assert [draft.id for draft in derive_authorization_claims(operation_with_key, ())] == [
        "list/credentials/missing",
        "list/credentials/invalid",
    ]


def test_invalid_tokens_may_have_a_separate_statement() -> None:
    """A statement about invalid tokens takes precedence over one about credentials."""
    operation = build_operation(
        "{operationId: o, security: [{b: []}], x-source: {credentials: A, invalid: B},"
        " responses: {}}"
    )
    assert collect_citations(derive_authorization_claims(operation, ("x",))) == {
        "o/credentials/missing": ("A",),
        "o/credentials/invalid": ("B",),
        "o/credentials/bare": None,
    }


def test_open_operation_has_no_credential_claims() -> None:
    """An operation that requires no credentials has no claims about them."""
    assert collect_citations(derive_authorization_claims(LIST_OPERATION, ("x",))) == {}


def test_response_claims() -> None:
    """Each response with content has claims about its body and its media type.

    A success without content has a claim about its empty body. A failure without content has no
    claims.
    """
    node = """{operationId: o, x-source: {documented: C},
      responses: {'200': {description: x, content: {application/json: {schema: {}}},
        x-source: {body: A, media: B}},
      '204': {description: x, x-source: {body: A}}, '404': {description: x}, 4XX: {description: x,
          content: {text/plain: {}}}}}"""
    expected = {
        "o/responses/200/body": ("A",),
        "o/responses/200/media": ("B",),
        "o/responses/204/body": ("A",),
        "o/responses/4XX/body": None,
        "o/responses/4XX/media": None,
        "o/responses/documented": ("C",),
    }
    assert expected == collect_citations(
        responses.derive_response_claims(build_operation(node), STATEMENTS)
    )


def test_request_body_claims() -> None:
    """Examples are accepted.

    Values that the schema or the body declares as refused are refused. Bounds that a statement
    names are accepted.
    """
    document_yaml = """
b: {type: object, required: [n], x-refused: [required, additionalProperties],
    x-source: {required: {n: A}, additionalProperties: B},
    properties: {n: {type: string, maxLength: 3, minLength: 1, x-refused: [maxLength],
        x-source: {maxLength: A}}, m: {$ref: '#/i', maximum: 9, x-source: {maximum: B}}}}
i: {type: integer, minimum: 1}
"""
    operation = build_operation(
        "{operationId: o, requestBody: {x-refused: [json], x-source: {refused: C, example: {e: A}},"
        " content: {application/json: {schema: {$ref: '#/b'}, examples: {e: {value: {n: x}}}}}},"
        " responses: {}}",
        "post",
        document_yaml=document_yaml,
    )
    expected = {
        "o/body/example/e": ("A",),
        "o/body/refuses/json": ("C",),
        "o/body/n/refuses/required": ("A",),
        "o/body/refuses/additionalProperties": ("B",),
        "o/body/n/refuses/maxLength": ("A",),
        "o/body/n/accepts/maxLength": ("A",),
        "o/body/m/accepts/maximum": ("B",),
    }
    assert expected == collect_citations(
        request_bodies.derive_request_body_claims(operation, STATEMENTS)
    )
    assert (
        collect_citations(request_bodies.derive_request_body_claims(LIST_OPERATION, STATEMENTS))
        == {}
    )
    assert operation.body is not None
    assert {"n", "m"} == set(operation.body.schema.properties)


LIFECYCLE_YAML = """
paths:
  /s/{s}/t:
    parameters: &p [{name: s, in: path, required: true, schema: {}}]
    get: {operationId: list, responses: &r {'200': {description: x}, '404': {description: y,
        x-source: {status: B}}}}
    post: &w {operationId: make,
        requestBody: {content: {application/json: {schema: {properties: {n: {x-source: {stored: A}},
        m: {}}}}}}, responses: {'201': {description: x, content: {application/json: {schema:
        {properties: {n: {}}}}}}, '404': {description: y, x-source: {status: B}}}}
  /s/{s}/t/{t}:
    parameters: [{name: s, in: path, required: true, schema: {}}, {name: t, in: path,
        required: true, schema: {}}]
    get: {operationId: see, responses: *r}
    put: {operationId: put,
        requestBody: {content: {application/json: {schema: {properties: {n: {}}}}}}, responses: *r}
    delete: {operationId: end, responses: *r}
  /s/{s}/t/{t}/on:
    post: {operationId: 'on', responses: *r}
    delete: {operationId: 'off', responses: *r}
x-resources:
  t: {identity: /id, equal: [/id, /tid], items: /items, parent: {parameter: s, field: /s,
      x-source: {belongs: A}}, create: make, list: list, read: see, replace: put, delete: end,
      switches: [{field: /up, on: 'on', off: 'off', idempotent: true,
                  x-source: {'on': A, twice-off: B}}],
      x-source: {listed: A, answered: B, distinct: A, equal: B, read: A, replaced: B, gone: A,
                 refused: B,
                 unknown: {see: C}, unchanged: {put: A}}}
"""


def test_lifecycle_claims() -> None:
    """A resource yields claims about its whole lifecycle, each with its citations.

    Claims that no statement mentions cite nothing.
    """
    document = parse_document(LIFECYCLE_YAML)
    from conformance.contract.operation import parse_operations

    operations_by_id = {operation.id: operation for operation in parse_operations(document.value)}
    (toy_resource,) = resource.parse_resources(document, tuple(operations_by_id.values()))
    citations_by_claim = collect_citations(
        lifecycle.derive_lifecycle_claims(toy_resource, operations_by_id, STATEMENTS)
    )
    cited_claims = {id: ids for id, ids in citations_by_claim.items() if ids is not None}
    unknown_id_claims = {
        f"{id}/s/unknown": ("B",) for id in ("make", "list", "see", "put", "end", "on", "off")
    }
    unknown_id_claims |= {f"{id}/t/unknown": ("B",) for id in ("put", "end")} | {
        "see/t/unknown": ("C",)
    }
    expected = {
        "make/listed": ("A",),
        "make/body/n/stored": ("A",),
        "make/body/n/answered": ("B",),
        "make/distinct": ("A",),
        "list/equal": ("B",),
        "list/belongs": ("A",),
        "list/isolated": ("A",),
        "see/as-listed": ("A",),
        "put/body/n/replaced": ("B",),
        "end/gone": ("A",),
        "on/switches/up": ("A",),
        "off/twice": ("B",),
        "put/fields-untouched": ("A",),
        "put/neighbors-untouched": ("A",),
        "make/refused-does-nothing": ("B",),
        "put/refused-does-nothing": ("B",),
        **unknown_id_claims,
        "on/t/unknown": ("B",),
        "off/t/unknown": ("B",),
    }
    assert expected == cited_claims
    assert {
        "make/body/m/stored",
        "off/switches/up",
        "on/twice",
        "end/neighbors-untouched",
    } <= citations_by_claim.keys() - cited_claims.keys()
    assert "end/fields-untouched" not in citations_by_claim
