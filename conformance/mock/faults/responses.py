"""Faults in responses: a wrong body, media type or status."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from conformance.contract import pointer as pointers
from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.operation import ResponseSpec as ResponseSpec
from conformance.contract.parameter_decoding import build_parameter_decoder
from conformance.contract.pointer import MISSING
from conformance.contract.responses import (
    BodyMatchesSchema,
    HeaderMatchesSchema,
    MediaTypeIsDocumented,
)
from conformance.contract.responses import StatusIsDocumented as DocumentedStatusPromise
from conformance.contract.schema import Schema
from conformance.mock.fault import Fault
from conformance.mock.faults.patches import (
    ServicePatch,
    build_fault,
    change_response_json_body,
    patch_responses,
)
from conformance.mock.message import MockResponse
from conformance.mock.responses import JSON_HEADERS

WRONG_VALUES: tuple[Json, ...] = ("wrong", 0.5, True, [], {})


def generate_response_body_schema_faults(
    contract: Contract, claim: Claim, promise: BodyMatchesSchema
) -> Iterator[Fault]:
    """Yield faults in which a response body does not match its schema.

    A property has a wrong type or is missing, one item of a list is wrong, or there is a body
    although none is documented.
    """
    operation = contract.operations[claim.operation]
    response_spec = next(
        candidate for candidate in operation.responses if candidate.status == promise.status
    )
    if response_spec.media_type is None:
        yield build_fault(
            claim,
            "body",
            "there is a body where none is documented",
            _patch_documented_response(
                operation,
                response_spec,
                lambda response: replace(response, headers=JSON_HEADERS, body=b'{"ok":true}'),
            ),
        )
        return
    for variant, text, change in _generate_response_body_distortions(
        contract, operation, response_spec
    ):
        yield build_fault(
            claim,
            variant,
            text,
            _patch_documented_response(
                operation, response_spec, partial(change_response_json_body, change=change)
            ),
        )


def generate_wrong_header_faults(
    contract: Contract, claim: Claim, promise: HeaderMatchesSchema
) -> Iterator[Fault]:
    """Yield faults in which a documented header is missing or has a value of another form."""
    operation = contract.operations[claim.operation]
    response_spec = next(
        candidate for candidate in operation.responses if candidate.status == promise.status
    )
    header = next(header for header in response_spec.headers if header.name == promise.name)

    def replace_header(text: str | None) -> ServicePatch:
        name = header.name.lower()
        added = () if text is None else ((name, text),)
        return _patch_documented_response(
            operation,
            response_spec,
            lambda response: replace(
                response, headers=(*(pair for pair in response.headers if pair[0] != name), *added)
            ),
        )

    if header.required:
        yield build_fault(
            claim, "missing", f"the header {header.name} is missing", replace_header(None)
        )
    decode = build_parameter_decoder(header.as_parameter).decode
    is_valid = header.schema.compile().is_valid
    for text in ("no such value", "-1", ""):
        try:
            if is_valid(decode(text)):
                continue
        except ValueError:
            pass
        yield build_fault(
            claim, "wrong", f"the header {header.name} is {text!r}", replace_header(text)
        )
        return


def _patch_documented_response(
    operation: Operation,
    response_spec: ResponseSpec,
    change: Callable[[MockResponse], MockResponse],
) -> ServicePatch:
    def change_matching(response: MockResponse) -> MockResponse:
        return (
            change(response)
            if operation.find_documented_response(response.status) is response_spec
            else response
        )

    return patch_responses(operation.id, change_matching)


def _generate_response_body_distortions(
    contract: Contract, operation: Operation, response_spec: ResponseSpec
) -> Iterator[tuple[str, str, Callable[[Json], Json]]]:
    schema = response_spec.schema or contract.get_schema({})
    leaves = list(_generate_schema_leaves(schema, ""))
    if wrong_leaves := [
        (pointer, wrong_value)
        for pointer, leaf, _ in leaves
        if (wrong_value := _choose_wrong_value(leaf)) is not MISSING
    ]:
        yield (
            "wrong-type",
            f"{wrong_leaves[-1][0]} has the wrong type",
            _build_value_setter(*wrong_leaves[-1]),
        )
    if required_pointers := [pointer for pointer, _, is_required in leaves if is_required]:
        yield (
            "missing",
            f"{required_pointers[-1]} is missing",
            lambda body: (
                pointers.remove_at_pointer(body, required_pointers[-1])
                if pointers.get_at_pointer(body, required_pointers[-1]) is not MISSING
                else body
            ),
        )
    for name, child_schema in schema.properties.items():
        if "array" in child_schema.types and (item_leaf := _choose_list_item_leaf(child_schema)):
            if any(
                resource.list == operation.id and resource.items_pointer == f"/{name}"
                for resource in contract.resources
            ):
                yield (
                    f"null-{name}",
                    f"{name} is null where there is nothing in it",
                    _build_null_for_empty(name),
                )
            yield (
                "one-item",
                f"in one of {name}, {item_leaf[0][1:]} has the wrong type",
                _build_last_item_setter(name, *item_leaf),
            )
    if "object" in schema.types:
        yield "wrapped", "the body stands in a list", lambda body: [body]


MAX_LEAF_DEPTH = 4


def _generate_schema_leaves(schema: Schema, pointer: str) -> Iterator[tuple[str, Schema, bool]]:
    for name, child_schema in schema.properties.items():
        child_pointer = pointers.join(pointer, name)
        if "properties" in child_schema.merged:
            if child_pointer.count("/") > MAX_LEAF_DEPTH:
                continue  # a schema that contains itself
            yield from _generate_schema_leaves(child_schema, child_pointer)
        elif "array" not in child_schema.types:
            yield child_pointer, child_schema, name in schema.required


def _choose_list_item_leaf(array_schema: Schema) -> tuple[str, Json] | None:
    leaves = _generate_schema_leaves(array_schema.items, "") if array_schema.items else ()
    wrong_leaves = [
        (pointer, wrong_value)
        for pointer, leaf, _ in leaves
        if (wrong_value := _choose_wrong_value(leaf)) is not MISSING
    ]
    # The first leaf is the ID, which clients need to tell items apart.
    return wrong_leaves[min(1, len(wrong_leaves) - 1)] if wrong_leaves else None


def _choose_wrong_value(schema: Schema) -> Json:
    return next((value for value in WRONG_VALUES if not schema.is_valid(value)), MISSING)


def _build_value_setter(pointer: str, wrong_value: Json) -> Callable[[Json], Json]:
    return lambda body: pointers.put_at_pointer(body, pointer, wrong_value)


def _build_last_item_setter(name: str, pointer: str, wrong_value: Json) -> Callable[[Json], Json]:
    return lambda body: (
        {
            **body,
            name: [*body[name][:-1], pointers.put_at_pointer(body[name][-1], pointer, wrong_value)],
        }
        if body.get(name)
        else body
    )


def _build_null_for_empty(name: str) -> Callable[[Json], Json]:
    return lambda body: {**body, name: None} if body.get(name) == [] else body


def generate_wrong_media_type_faults(
    contract: Contract, claim: Claim, promise: MediaTypeIsDocumented
) -> Iterator[Fault]:
    """Yield faults in which a response has a wrong media type, or none."""
    operation = contract.operations[claim.operation]
    response_spec = next(
        candidate for candidate in operation.responses if candidate.status == promise.status
    )

    def patch_content_type(*headers: tuple[str, str]) -> ServicePatch:
        return _patch_documented_response(
            operation,
            response_spec,
            lambda response: replace(
                response,
                headers=(
                    *headers,
                    *(header for header in response.headers if header[0] != "content-type"),
                ),
            ),
        )

    yield build_fault(
        claim,
        "html",
        "the content type is text/html",
        patch_content_type(("content-type", "text/html; charset=utf-8")),
    )
    yield build_fault(claim, "none", "there is no content type", patch_content_type())


def generate_undocumented_status_faults(
    contract: Contract, claim: Claim, promise: DocumentedStatusPromise
) -> Iterator[Fault]:
    """Yield the fault that a malformed request gets an undocumented status."""
    operation = contract.operations[claim.operation]
    undocumented_status = next(
        status
        for status in (422, 418, 299)
        if operation.find_documented_response(status) is None or status == 299
    )

    def set_undocumented_status(response: MockResponse) -> MockResponse:
        return replace(response, status=undocumented_status) if response.status == 400 else response

    yield build_fault(
        claim,
        "unlisted",
        f"malformed requests are answered with {undocumented_status}",
        patch_responses(claim.operation, set_undocumented_status),
    )


FAULTS = {
    "responses.schema": generate_response_body_schema_faults,
    "responses.media-type": generate_wrong_media_type_faults,
    "responses.header": generate_wrong_header_faults,
    "responses.status": generate_undocumented_status_faults,
}
