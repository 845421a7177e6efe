"""Each behavior: what its node says, and the claims it yields."""

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

from .toy import operation, read, register, told

REGISTER = register("A", "B", "C")
LIST = operation("{operationId: list, responses: {'200': {description: x}}}")


def cited(drafts: Iterable[ClaimDraft]) -> dict[str, tuple[str, ...] | None]:
    """Return what drafts cite, by id."""
    return told(list(drafts))


SCHEMES = {
    name: SecurityScheme(
        name=name,
        location=ParameterLocation.HEADER,
        field="Authorization" if prefix else "X-Key",
        prefix=prefix,
        pointer="",
    )
    for name, prefix in (("b", "Bearer "), ("key", ""))
}


def authorization_claims(
    found: Operation, scopes: tuple[str, ...], **included: tuple[str, ...]
) -> Iterable[ClaimDraft]:
    """Return the claims about credentials, where scopes include others."""
    return authorization.derive_authorization_claims(
        found, scopes, SCHEMES, ScopeHierarchy(included=included), REGISTER
    )


def test_sorts() -> None:
    """Each field orders the list; with a direction, it descends too."""
    node = {
        "by": "s",
        "keys": {"a": "/x", "b": "/y"},
        "direction": {"parameter": "d", "ascending": "up", "descending": "down"},
        "x-source": {"order": "A", "descending": ["B", "A?"]},
    }
    found = sorting.parse_sorting_behavior(node, "/p")
    assert (
        found.key_parameter,
        found.direction_parameter,
        found.ascending_value,
        found.descending_value,
    ) == ("s", "d", "up", "down")
    assert cited(sorting.derive_sorting_claims(LIST, found, REGISTER)) == {
        "list/s/orders-by/a": ("A",),
        "list/d/descends-by/a": ("B", "A?"),
        "list/s/orders-by/b": ("A",),
        "list/d/descends-by/b": ("B", "A?"),
    }
    plain = sorting.parse_sorting_behavior({"by": "s", "keys": {"a": "/x"}}, "/p")
    assert cited(sorting.derive_sorting_claims(LIST, plain, REGISTER)) == {
        "list/s/orders-by/a": None
    }
    assert [
        draft.promise.descending for draft in sorting.derive_sorting_claims(LIST, found, REGISTER)
    ][:2] == [False, True]


def test_globs() -> None:
    """Exact and blank have their own citations, every form of pattern that of the glob."""
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
    assert expected == cited(
        filtering.derive_filtering_claims(
            LIST, filtering.parse_filtering_behavior(node, "/p"), REGISTER
        )
    )


@pytest.mark.parametrize("lone", list(filtering.PatternWithoutFieldHandling))
def test_pattern_without_field(lone: filtering.PatternWithoutFieldHandling) -> None:
    """What a pattern without a field is, is a claim where a reading says it, and none elsewhere."""
    node = {
        "field": "f",
        "glob": "g",
        "keys": {"a": "/x"},
        "withoutField": str(lone),
        "x-source": {"withoutField": "A"},
    }
    (draft,) = (
        one
        for one in filtering.derive_filtering_claims(
            LIST, filtering.parse_filtering_behavior(node, "/p"), REGISTER
        )
        if isinstance(one.promise, filtering.HandlesPatternWithoutField)
    )
    assert (
        draft.id,
        draft.text,
        draft.citations,
        draft.promise.behavior.pattern_without_field,
    ) == ("list/g/withoutField", f"g without f is {lone}.", ("A",), lone)
    plain = filtering.parse_filtering_behavior({"field": "f", "glob": "g", "keys": {}}, "/p")
    assert isinstance(plain, filtering.FiltersByGlob)
    assert plain.pattern_without_field is None


def test_unknown_pattern_without_field() -> None:
    """A pattern without a field is one of three things."""
    with pytest.raises(ValueError, match="sometimes"):
        filtering.parse_filtering_behavior(
            {"field": "f", "glob": "g", "keys": {}, "withoutField": "sometimes"}, "/p"
        )


@pytest.mark.parametrize(("absent", "last"), [(False, {"list/s/absent": ("C",)}), (None, {})])
def test_states(absent: Json, last: Json) -> None:
    """Each value of the state has a claim; its absence one when the page says what that means."""
    node = {
        "state": "s",
        "field": "/on",
        "values": {"true": True, "false": False},
        "absent": absent,
        "x-source": {"true": "A", "absent": "C"},
    }
    assert {"list/s/true": ("A",), "list/s/false": None, **last} == cited(
        filtering.derive_filtering_claims(
            LIST, filtering.parse_filtering_behavior(node, "/p"), REGISTER
        )
    )


def test_queries() -> None:
    """Each operator has a claim for each key that it is claimed for."""
    keys = {"n": {"pointer": "/n", "type": "text"}, "i": {"pointer": "/i", "type": "id"}}
    node = {
        "query": "q",
        "dialect": "advanced",
        "keys": keys,
        "operators": {"$eq": ["n", "i"], "$ci": ["n"]},
        "x-source": {"$eq": {"n": "A", "i": ["A", "B"]}, "$ci": "C"},
    }
    found = filtering.parse_filtering_behavior(node, "/p")
    assert cited(filtering.derive_filtering_claims(LIST, found, REGISTER)) == {
        "list/q/$eq/n": ("A",),
        "list/q/$eq/i": ("A", "B"),
        "list/q/$ci/n": ("C",),
    }


def test_overrides() -> None:
    """An override is one claim."""
    found = precedence.parse_precedence_behavior(
        {"parameter": "q", "disables": ["f", "g"], "x-source": "A"}, "/p"
    )
    assert (found.parameter, found.overridden_parameters) == ("q", ("f", "g"))
    assert cited(precedence.derive_parameter_override_claims(LIST, found, REGISTER)) == {
        "list/q/overrides": ("A",)
    }


def test_paginates() -> None:
    """Size, walk and first page always; the counters that the answer has; the ceiling where there
    is one.
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
    found = cited(
        pagination.derive_pagination_claims(
            LIST, pagination.parse_pagination_behavior(node, "/p"), REGISTER
        )
    )
    assert list(found) == [
        "list/s/size",
        "list/p/allPages",
        "list/p/first",
        "list/c/count",
        "list/m.t/total",
        "list/m.n/pages",
        "list/m/metadata",
        "list/s/maxItems",
    ]
    assert (found["list/s/size"], found["list/p/allPages"], found["list/p/first"]) == (
        ("B",),
        ("A",),
        None,
    )
    little = pagination.parse_pagination_behavior({"page": "p", "size": "s"}, "/p")
    assert (
        little.first_page,
        list(cited(pagination.derive_pagination_claims(LIST, little, REGISTER))),
    ) == (1, ["list/s/size", "list/p/allPages", "list/p/first"])


@pytest.mark.parametrize(
    ("given", "expected"),
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
def test_readings_of_pages(given: dict[str, Json], expected: dict[str, str]) -> None:
    """What only a reading says of pages is a claim under that reading alone."""
    always = {"list/s/size", "list/p/allPages", "list/p/first", "list/m.d/metadata"}
    found = {
        draft.id: draft.text
        for draft in pagination.derive_pagination_claims(
            LIST,
            pagination.parse_pagination_behavior(
                {"page": "p", "size": "s", "metadata": "/m/d", **given}, "/p"
            ),
            REGISTER,
        )
    }
    assert expected == {id: text for id, text in found.items() if id not in always}


def test_nothing_is_told_without_metadata() -> None:
    """An answer that never tells about its page cannot be told to."""
    assert cited(
        pagination.derive_pagination_claims(
            LIST,
            pagination.parse_pagination_behavior({"page": "p", "size": "s", "told": True}, "/p"),
            REGISTER,
        )
    ).keys() == {"list/s/size", "list/p/allPages", "list/p/first"}


def test_strange_page_past_the_end() -> None:
    """A page past the end is empty or refused."""
    with pytest.raises(ValueError, match="endless"):
        pagination.parse_pagination_behavior({"page": "p", "size": "s", "pastEnd": "endless"}, "/p")


def test_echoes() -> None:
    """Each pointer is a claim of the parameter that it repeats."""
    found = echo.parse_echo_behavior(
        {"answers": {"/a": "p", "/b": "q"}, "x-source": {"p": "A"}}, "/p"
    )
    assert cited(echo.derive_echo_claims(LIST, found, REGISTER)) == {
        "list/p/echo": ("A",),
        "list/q/echo": None,
    }


def test_distinct() -> None:
    """A distinct value is one claim, of a status."""
    found = uniqueness.parse_uniqueness_behavior(
        {"answers": "/r", "status": 200, "x-source": ["A", "B"]}, "/p"
    )
    assert (found.status, found.response_pointer) == ("200", "/r")
    assert cited(uniqueness.derive_uniqueness_claims(LIST, found, REGISTER)) == {
        "list/responses/200/distinct/r": ("A", "B")
    }


def test_tolerates() -> None:
    """Undeclared inputs are one claim, that names them."""
    found = undeclared_inputs.parse_undeclared_inputs_behavior(
        {"query": {"a": "1"}, "headers": {"H": "2"}, "x-source": "A"}, "/p"
    )
    (draft,) = undeclared_inputs.derive_undeclared_inputs_claims(LIST, found, REGISTER)
    assert (draft.id, draft.citations) == ("list/tolerates", ("A",))
    assert draft.text.endswith("is accepted: a, H.")
    assert (
        undeclared_inputs.parse_undeclared_inputs_behavior({}, "/p").query_parameters,
        undeclared_inputs.parse_undeclared_inputs_behavior({}, "/p").headers,
    ) == ({}, {})


def test_retries() -> None:
    """What a client must try again is a duty of clients: it yields no claim."""
    assert retries.parse_retries_behavior({"statuses": ["5XX", 429]}, "/p").statuses == (
        "5XX",
        "429",
    )


def test_answers_and_examples() -> None:
    """An operation answers; its examples are accepted, one by one and together."""
    node = """{operationId: list, x-source: {answers: A, combined: B, headers: C},
      x-examples: [{arguments: {a: 1, b: x}, x-source: B}],
      parameters: [{name: a, in: query, schema: {type: integer, default: 1}, example: 1,
          x-source: {optional: A, default: B, example: C}},
                   {name: b, in: query, required: true, schema: {enum: [x, y]}, example: y,
                    x-refused: [enum], x-refusals: {odd: {value: 3, x-source: C}},
                    x-source: {enum: {x: A}, refused: B}},
                   {name: c, in: query, schema: {type: boolean}, x-source: {type: A, optional: A}}],
      responses: {'200': {description: x}}}"""
    found = list(requests.derive_request_claims(operation(node), REGISTER))
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
    assert expected == told(found)
    promises = {draft.id: draft.promise for draft in found}
    assert promises["list/examples/together"].arguments == {"a": 1, "b": "y"}
    assert promises["list/a/optional"].arguments == {"a": MISSING}
    assert (promises["list/b/refuses/odd"].value, promises["list/b/refuses/enum"].value) == (
        3,
        MISSING,
    )


def test_one_example_is_not_together() -> None:
    """One example is no combination, and examples in the path are none of it."""
    node = (
        "{parameters: [{name: a, in: query, schema: {}, example: 1}, {name: b, in: header, schema:"
        " {}, example: 2}], responses: {'200': {description: x}}}"
    )
    assert [
        draft.id
        for draft in requests.derive_request_claims(operation(node), REGISTER)
        if "together" in draft.id
    ] == []


def test_credentials() -> None:
    """Credentials are asked for; of all scopes, the listed ones suffice and the others do not."""
    found = operation(
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
    assert expected == cited(authorization_claims(found, ("x", "y")))


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
def test_scopes_that_are_enough(security: str, allowed: list[str]) -> None:
    """A requirement needs all its scopes; a scope may include others; one of several is enough."""
    found = operation(f"{{operationId: list, security: {security}, responses: {{}}}}")
    drafts = authorization_claims(found, ("x", "y", "z", "all"), all=("x", "y"))
    ids = {draft.id for draft in drafts if "/scopes/" in draft.id}
    assert ids == {
        f"list/scopes/{scope}/{'allowed' if scope in allowed else 'refused'}"
        for scope in ("x", "y", "z", "all")
    }


def test_alternatives_and_bare_keys() -> None:
    """Each of several alternatives is accepted; a key has no word that could be left out."""
    both = operation("{operationId: list, security: [{b: []}, {key: []}], responses: {}}")
    assert [draft.id for draft in authorization_claims(both, ())] == [
        "list/credentials/missing",
        "list/credentials/invalid",
        "list/credentials/bare",
        "list/credentials/b/accepted",
        "list/credentials/key/accepted",
    ]
    key = operation("{operationId: list, security: [{key: []}], responses: {}}")
    assert [draft.id for draft in authorization_claims(key, ())] == [
        "list/credentials/missing",
        "list/credentials/invalid",
    ]


def test_invalid_tokens_may_have_their_own_statement() -> None:
    """What the page says of invalid tokens goes before what it says of credentials."""
    found = operation(
        "{operationId: o, security: [{b: []}], x-source: {credentials: A, invalid: B},"
        " responses: {}}"
    )
    assert cited(authorization_claims(found, ("x",))) == {
        "o/credentials/missing": ("A",),
        "o/credentials/invalid": ("B",),
        "o/credentials/bare": None,
    }


def test_open_operations_ask_for_nothing() -> None:
    """Where no credentials are asked for, nothing is claimed of them."""
    assert cited(authorization_claims(LIST, ("x",))) == {}


def test_responses() -> None:
    """Each response has a shape and a media type; a success without content has none; failures
    without content promise nothing.
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
    assert expected == cited(responses.derive_response_claims(operation(node), REGISTER))


def test_bodies() -> None:
    """Examples are taken; what the schema, or the body, says is refused is; bounds that a statement
    names are taken.
    """
    document = read("""
b: {type: object, required: [n], x-refused: [required, additionalProperties],
    x-source: {required: {n: A}, additionalProperties: B},
    properties: {n: {type: string, maxLength: 3, minLength: 1, x-refused: [maxLength],
        x-source: {maxLength: A}}, m: {$ref: '#/i', maximum: 9, x-source: {maximum: B}}}}
i: {type: integer, minimum: 1}
""").value
    post = operation(
        "{operationId: o, requestBody: {x-refused: [json], x-source: {refused: C, example: {e: A}},"
        " content: {application/json: {schema: {$ref: '#/b'}, examples: {e: {value: {n: x}}}}}},"
        " responses: {}}",
        "post",
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
    assert expected == cited(request_bodies.derive_request_body_claims(post, document, REGISTER))
    assert cited(request_bodies.derive_request_body_claims(LIST, document, REGISTER)) == {}
    assert post.body is not None
    assert {"n", "m"} == set(request_bodies.get_body_properties(document, post.body))


LIFE = """
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


def test_life() -> None:
    """All that a resource promises over its life, each with what it stands on; nothing of what no
    statement speaks of.
    """
    document = read(LIFE)
    from conformance.contract.operation import parse_operations

    found = {one.id: one for one in parse_operations(document.value)}
    (thing,) = resource.parse_resources(document, tuple(found.values()))
    drafts = cited(lifecycle.derive_lifecycle_claims(thing, found, document.value, REGISTER))
    claimed = {id: ids for id, ids in drafts.items() if ids is not None}
    unknown = {
        f"{id}/s/unknown": ("B",) for id in ("make", "list", "see", "put", "end", "on", "off")
    }
    unknown |= {f"{id}/t/unknown": ("B",) for id in ("put", "end")} | {"see/t/unknown": ("C",)}
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
        **unknown,
        "on/t/unknown": ("B",),
        "off/t/unknown": ("B",),
    }
    assert expected == claimed
    assert {
        "make/body/m/stored",
        "off/switches/up",
        "on/twice",
        "end/neighbors-untouched",
    } <= drafts.keys() - claimed.keys()
    assert "end/fields-untouched" not in drafts
