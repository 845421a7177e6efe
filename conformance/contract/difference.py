"""Differences between two contracts, as values; each is breaking for callers or not.

A change is breaking if a caller that follows the old contract could notice it: the server no longer
accepts something, no longer returns it, or gives it another meaning.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from conformance.contract.contract import Contract
from conformance.contract.equality import json_equal
from conformance.contract.json import Json
from conformance.contract.operation import Operation, Parameter, ResponseSpec
from conformance.contract.pointer import MISSING, join
from conformance.contract.schema import Schema

MAX_DEPTH = 6  # deeper levels of a schema are not compared
LOWER_BOUNDS = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
UPPER_BOUNDS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
EXACT_KEYWORDS = ("pattern", "format", "const", "multipleOf", "uniqueItems")
IGNORED_KEYS = ("x-source",)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractChange:
    """One difference between two contracts.

    `kind` is a stable name (`parameter.default`). `location` describes the place in words. `before`
    and `after` are JSON values or MISSING. `pointer` is a JSON pointer into the newer document, or
    into the older one for a removal.
    """

    kind: str
    operation: str | None
    location: str
    text: str
    breaking: bool
    before: Json
    after: Json
    pointer: str


def compare_contracts(before: Contract, after: Contract) -> tuple[ContractChange, ...]:
    """Return the changes from one contract to another.

    Changes of operations come first, then those of resources and of statements.
    """
    return (
        *_compare_operations(before, after),
        *_compare_resources(before, after),
        *_compare_statements(before, after),
    )


def _compare_operations(before: Contract, after: Contract) -> Iterator[ContractChange]:
    for operation_id, old in before.operations.items():
        if operation_id not in after.operations:
            yield _build_change(
                "operation.removed",
                old,
                "",
                f"{old.method} {old.path} is gone",
                True,
                f"{old.method} {old.path}",
                MISSING,
                old.pointer,
            )
    for operation_id, new in after.operations.items():
        previous = before.operations.get(operation_id)
        if previous is None:
            yield _build_change(
                "operation.added",
                new,
                "",
                f"{new.method} {new.path} is new",
                False,
                MISSING,
                f"{new.method} {new.path}",
                new.pointer,
            )
            continue
        if (previous.method, previous.path) != (new.method, new.path):
            old_route, new_route = f"{previous.method} {previous.path}", f"{new.method} {new.path}"
            yield _build_change(
                "operation.moved",
                new,
                "",
                f"{old_route} became {new_route}",
                True,
                old_route,
                new_route,
                new.pointer,
            )
        yield from _compare_parameters(before, after, previous, new)
        yield from _compare_bodies(before, after, previous, new)
        yield from _compare_responses(before, after, previous, new)
        yield from _compare_scopes(previous, new)
        yield from _compare_behaviors(previous, new)


def _compare_parameters(
    before: Contract, after: Contract, old: Operation, new: Operation
) -> Iterator[ContractChange]:
    old_parameters = {
        (parameter.location, parameter.name): parameter for parameter in old.parameters
    }
    new_parameters = {
        (parameter.location, parameter.name): parameter for parameter in new.parameters
    }
    for key, parameter in old_parameters.items():
        if key not in new_parameters:
            location = f"{parameter.location} parameter {parameter.name}"
            yield _build_change(
                "parameter.removed",
                new,
                location,
                "it is gone",
                True,
                parameter.name,
                MISSING,
                parameter.pointer,
            )
    for key, parameter in new_parameters.items():
        location = f"{parameter.location} parameter {parameter.name}"
        if key not in old_parameters:
            text = "it is new and required" if parameter.required else "it is new"
            yield _build_change(
                "parameter.added",
                new,
                location,
                text,
                parameter.required,
                MISSING,
                parameter.name,
                parameter.pointer,
            )
        else:
            yield from _compare_parameter(
                before, after, old_parameters[key], parameter, new, location
            )


def _compare_parameter(
    before: Contract,
    after: Contract,
    old: Parameter,
    new: Parameter,
    operation: Operation,
    location: str,
) -> Iterator[ContractChange]:
    if old.required != new.required:
        text = "it became required" if new.required else "it became optional"
        yield _build_change(
            "parameter.required",
            operation,
            location,
            text,
            new.required,
            old.required,
            new.required,
            new.pointer,
        )
    if old.allows_blank != new.allows_blank:
        text = "it may be blank" if new.allows_blank else "it may no longer be blank"
        yield _build_change(
            "parameter.blank",
            operation,
            location,
            text,
            old.allows_blank,
            old.allows_blank,
            new.allows_blank,
            new.pointer,
        )
    if old.media_type != new.media_type:
        yield _build_change(
            "parameter.media",
            operation,
            location,
            f"it is written as {new.media_type or 'plain text'}",
            True,
            old.media_type,
            new.media_type,
            new.pointer,
        )
    yield from _compare_schemas(
        _SchemaComparisonContext(
            before, after, operation, "parameter", new.pointer, sent_by_caller=True
        ),
        old.schema,
        new.schema,
        location,
    )


def _compare_bodies(
    before: Contract, after: Contract, old: Operation, new: Operation
) -> Iterator[ContractChange]:
    if old.body is None and new.body is not None:
        yield _build_change(
            "body.added",
            new,
            "request body",
            "there is one now",
            new.body.required,
            MISSING,
            new.body.media_type,
            new.body.pointer,
        )
    elif old.body is not None and new.body is None:
        yield _build_change(
            "body.removed",
            new,
            "request body",
            "there is none any more",
            True,
            old.body.media_type,
            MISSING,
            old.body.pointer,
        )
    elif old.body is not None and new.body is not None:
        if old.body.required != new.body.required:
            text = "it became required" if new.body.required else "it became optional"
            yield _build_change(
                "body.required",
                new,
                "request body",
                text,
                new.body.required,
                old.body.required,
                new.body.required,
                new.body.pointer,
            )
        if old.body.media_type != new.body.media_type:
            yield _build_change(
                "body.media",
                new,
                "request body",
                f"it is {new.body.media_type}",
                True,
                old.body.media_type,
                new.body.media_type,
                new.body.pointer,
            )
        comparison = _SchemaComparisonContext(
            before, after, new, "body", new.body.pointer, sent_by_caller=True
        )
        yield from _compare_schemas(comparison, old.body.schema, new.body.schema, "request body")


def _compare_responses(
    before: Contract, after: Contract, old: Operation, new: Operation
) -> Iterator[ContractChange]:
    old_responses, new_responses = (
        {response.status: response for response in operation.responses} for operation in (old, new)
    )
    for status, response in old_responses.items():
        if status not in new_responses:
            breaking = status.startswith("2")
            yield _build_change(
                "response.removed",
                new,
                f"{status} answer",
                "it is gone",
                breaking,
                status,
                MISSING,
                response.pointer,
            )
    for status, response in new_responses.items():
        if status not in old_responses:
            yield _build_change(
                "response.added",
                new,
                f"{status} answer",
                "it is new",
                False,
                MISSING,
                status,
                response.pointer,
            )
        else:
            yield from _compare_response(before, after, new, old_responses[status], response)


def _compare_response(
    before: Contract, after: Contract, operation: Operation, old: ResponseSpec, new: ResponseSpec
) -> Iterator[ContractChange]:
    location = f"{new.status} answer"
    if old.media_type != new.media_type:
        yield _build_change(
            "response.media",
            operation,
            location,
            f"it is {new.media_type or 'empty'}",
            True,
            old.media_type,
            new.media_type,
            new.pointer,
        )
    elif new.media_type is not None:
        yield from _compare_schemas(
            _SchemaComparisonContext(
                before, after, operation, "response", new.pointer, sent_by_caller=False
            ),
            old.schema,
            new.schema,
            location,
        )


def _compare_scopes(old: Operation, new: Operation) -> Iterator[ContractChange]:
    if old.requires_credentials != new.requires_credentials:
        text = (
            "no credentials are asked for"
            if old.requires_credentials
            else "credentials are asked for"
        )
        yield _build_change(
            "credentials",
            new,
            "credentials",
            text,
            not old.requires_credentials,
            old.scopes if old.requires_credentials else None,
            new.scopes if new.requires_credentials else None,
            new.pointer,
        )
    for scope in old.scopes:
        if scope not in new.scopes and new.requires_credentials:
            yield _build_change(
                "scope.removed",
                new,
                f"scope {scope}",
                "it is no longer enough",
                True,
                scope,
                MISSING,
                new.pointer,
            )
    for scope in new.scopes:
        if scope not in old.scopes and old.requires_credentials:
            yield _build_change(
                "scope.added",
                new,
                f"scope {scope}",
                "it is enough",
                False,
                MISSING,
                scope,
                new.pointer,
            )


def _compare_behaviors(old: Operation, new: Operation) -> Iterator[ContractChange]:
    old_behaviors, new_behaviors = (_index_behaviors(operation) for operation in (old, new))
    for name, (keyword, pointer, node) in old_behaviors.items():
        if name not in new_behaviors:
            yield _build_change(
                f"{keyword}.removed",
                new,
                name,
                "it is no longer promised",
                True,
                _strip_citations(node),
                MISSING,
                pointer,
            )
    for name, (keyword, pointer, node) in new_behaviors.items():
        if name not in old_behaviors:
            yield _build_change(
                f"{keyword}.added",
                new,
                name,
                "it is promised now",
                False,
                MISSING,
                _strip_citations(node),
                pointer,
            )
        else:
            yield from _compare_nodes(
                new,
                f"{keyword}.changed",
                name,
                _strip_citations(old_behaviors[name][2]),
                _strip_citations(node),
                pointer,
            )


def _index_behaviors(operation: Operation) -> dict[str, tuple[str, str, Json]]:
    behaviors_by_name: dict[str, tuple[str, str, Json]] = {}
    for keyword, pointer, node in operation.behavior_nodes:
        qualifier = next(
            (
                str(node[key])
                for key in ("by", "query", "field", "state", "parameter", "page")
                if isinstance(node, dict) and key in node
            ),
            "",
        )
        behaviors_by_name[f"{keyword} {qualifier}".strip()] = (keyword, pointer, node)
    return behaviors_by_name


def _strip_citations(node: Json) -> Json:
    """Return a node without its citations: statements are compared on their own."""
    if isinstance(node, dict):
        return {
            key: _strip_citations(child) for key, child in node.items() if key not in IGNORED_KEYS
        }
    return [_strip_citations(child) for child in node] if isinstance(node, list) else node


def _compare_nodes(
    operation: Operation | None,
    kind: str,
    location: str,
    old: Json,
    new: Json,
    pointer: str,
    path: str = "",
) -> Iterator[ContractChange]:
    """Yield the changes between two nodes; additions are not breaking, all others are."""
    full_location = f"{location} › {path}" if path else location
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            child_path = f"{path}.{key}" if path else str(key)
            yield from _compare_nodes(
                operation,
                kind,
                location,
                old.get(key, MISSING),
                new.get(key, MISSING),
                join(pointer, key),
                child_path,
            )
    elif old is MISSING:
        yield _build_change(
            kind, operation, full_location, "it is new", False, MISSING, new, pointer
        )
    elif new is MISSING:
        yield _build_change(
            kind, operation, full_location, "it is gone", True, old, MISSING, pointer
        )
    elif isinstance(old, list) and isinstance(new, list):
        for item in [item for item in old if item not in new]:
            yield _build_change(
                kind,
                operation,
                full_location,
                f"{_format_value(item)} is gone",
                True,
                item,
                MISSING,
                pointer,
            )
        for item in [item for item in new if item not in old]:
            yield _build_change(
                kind,
                operation,
                full_location,
                f"{_format_value(item)} is new",
                False,
                MISSING,
                item,
                pointer,
            )
    elif not json_equal(old, new):
        yield _build_change(
            kind,
            operation,
            full_location,
            f"{_format_value(old)} became {_format_value(new)}",
            True,
            old,
            new,
            pointer,
        )


@dataclass(frozen=True, slots=True)
class _SchemaComparisonContext:
    """The context in which two schemas are compared.

    `sent_by_caller` is true for a request schema and false for a response schema. `subject` is the
    first part of each change's kind.
    """

    before: Contract
    after: Contract
    operation: Operation
    subject: str
    pointer: str
    sent_by_caller: bool


def _compare_schemas(
    comparison: _SchemaComparisonContext,
    old_schema: Schema | None,
    new_schema: Schema | None,
    location: str,
    depth: int = 0,
) -> Iterator[ContractChange]:
    old = old_schema.merged if old_schema else {}
    new = new_schema.merged if new_schema else {}
    if depth > MAX_DEPTH:
        return

    def build_change(keyword: str, text: str, breaking: bool) -> ContractChange:
        old_value, new_value = old.get(keyword, MISSING), new.get(keyword, MISSING)
        return _build_change(
            f"{comparison.subject}.{keyword}",
            comparison.operation,
            location,
            text,
            breaking,
            old_value,
            new_value,
            comparison.pointer,
        )

    yield from _compare_types_and_enums(comparison, old, new, build_change)
    for keyword in (*LOWER_BOUNDS, *UPPER_BOUNDS):
        old_limit, new_limit = old.get(keyword), new.get(keyword)
        if old_limit != new_limit:
            narrower = new_limit is not None and (
                old_limit is None
                or (new_limit > old_limit if keyword in LOWER_BOUNDS else new_limit < old_limit)
            )
            yield build_change(
                keyword,
                _describe_keyword_change(keyword, old_limit, new_limit),
                narrower if comparison.sent_by_caller else not narrower,
            )
    for keyword in EXACT_KEYWORDS:
        if not json_equal(old.get(keyword, MISSING), new.get(keyword, MISSING)):
            breaking = keyword in new if comparison.sent_by_caller else keyword in old
            yield build_change(
                keyword,
                _describe_keyword_change(keyword, old.get(keyword), new.get(keyword)),
                breaking,
            )
    if comparison.sent_by_caller and not json_equal(
        old.get("default", MISSING), new.get("default", MISSING)
    ):
        yield build_change(
            "default",
            _describe_keyword_change("default", old.get("default"), new.get("default")),
            "default" in old,
        )
    if old_schema and new_schema:
        yield from _compare_properties(comparison, old_schema, new_schema, location, depth)
    if isinstance(old.get("items"), dict) and isinstance(new.get("items"), dict):
        yield from _compare_schemas(
            comparison,
            old_schema and old_schema.items,
            new_schema and new_schema.items,
            f"{location} › each item",
            depth + 1,
        )
    for keyword in ("anyOf", "oneOf", "allOf", "patternProperties", "if", "then", "else", "not"):
        if not json_equal(_strip_citations(old.get(keyword)), _strip_citations(new.get(keyword))):
            yield build_change(keyword, f"{keyword} changed", True)


def _compare_types_and_enums(
    comparison: _SchemaComparisonContext,
    old: Json,
    new: Json,
    build_change: Callable[[str, str, bool], ContractChange],
) -> Iterator[ContractChange]:
    old_types, new_types = _as_list(old.get("type")), _as_list(new.get("type"))
    if set(old_types) != set(new_types):
        narrower, wider = (
            bool(new_types) and not (old_types and set(old_types) <= set(new_types)),
            bool(old_types) and not (new_types and set(new_types) <= set(old_types)),
        )
        yield build_change(
            "type",
            _describe_keyword_change("type", old.get("type"), new.get("type")),
            narrower if comparison.sent_by_caller else wider,
        )
    old_values, new_values = old.get("enum"), new.get("enum")
    if old_values is None or new_values is None:
        if old_values != new_values:
            text = (
                "the accepted values are listed"
                if old_values is None
                else "the values are no longer listed"
            )
            yield build_change("enum", text, (old_values is None) == comparison.sent_by_caller)
        return
    for value in [value for value in old_values if value not in new_values]:
        yield build_change(
            "enum", f"the value {_format_value(value)} is gone", comparison.sent_by_caller
        )
    for value in [value for value in new_values if value not in old_values]:
        yield build_change(
            "enum", f"the value {_format_value(value)} is new", not comparison.sent_by_caller
        )


def _compare_properties(
    comparison: _SchemaComparisonContext, old: Json, new: Json, location: str, depth: int
) -> Iterator[ContractChange]:
    old_properties, new_properties = old.properties, new.properties

    def build_change(
        kind: str, name: str, text: str, breaking: bool, before: Json, after: Json
    ) -> ContractChange:
        return _build_change(
            f"{comparison.subject}.{kind}",
            comparison.operation,
            f"{location} › {name}",
            text,
            breaking,
            before,
            after,
            comparison.pointer,
        )

    for name in [name for name in old_properties if name not in new_properties]:
        yield build_change("property", name, "the field is gone", True, name, MISSING)
    for name in [name for name in new_properties if name not in old_properties]:
        newly_required = comparison.sent_by_caller and name in new.required
        yield build_change(
            "property",
            name,
            "the field is new and required" if newly_required else "the field is new",
            newly_required,
            MISSING,
            name,
        )
    for name in [name for name in new_properties if name in old_properties]:
        if (name in old.required) != (name in new.required):
            text = (
                "the field is required"
                if name in new.required
                else "the field is no longer required"
            )
            yield build_change(
                "required",
                name,
                text,
                (name in new.required) == comparison.sent_by_caller,
                name in old.required,
                name in new.required,
            )
        yield from _compare_schemas(
            comparison,
            old_properties[name],
            new_properties[name],
            f"{location} › {name}",
            depth + 1,
        )
    was_closed, is_closed = (
        old.get("additionalProperties", True) is False,
        new.get("additionalProperties", True) is False,
    )
    if was_closed != is_closed:
        text = "other fields are refused" if is_closed else "other fields may be there"
        old_value, new_value = (
            old.get("additionalProperties", MISSING),
            new.get("additionalProperties", MISSING),
        )
        yield _build_change(
            f"{comparison.subject}.additionalProperties",
            comparison.operation,
            location,
            text,
            is_closed == comparison.sent_by_caller,
            old_value,
            new_value,
            comparison.pointer,
        )


def _compare_resources(before: Contract, after: Contract) -> Iterator[ContractChange]:
    for key, kind in (("x-resources", "resource"), ("x-references", "reference")):
        old_nodes, new_nodes = before.document.get(key, {}), after.document.get(key, {})
        for name in [*old_nodes, *(name for name in new_nodes if name not in old_nodes)]:
            old, new = (
                _strip_citations(old_nodes.get(name, MISSING)),
                _strip_citations(new_nodes.get(name, MISSING)),
            )
            for change in _compare_nodes(
                None, kind, f"{kind} {name}", old, new, join("", key, name)
            ):
                yield change if kind == "resource" else replace(change, breaking=False)


def _compare_statements(before: Contract, after: Contract) -> Iterator[ContractChange]:
    old_texts, new_texts = _map_ids_to_statement_texts(before), _map_ids_to_statement_texts(after)
    for statement_id in [
        *old_texts,
        *(statement_id for statement_id in new_texts if statement_id not in old_texts),
    ]:
        old, new = old_texts.get(statement_id), new_texts.get(statement_id)
        if old is None or new is None:
            kind, text = (
                ("statement.added", "the page says it now")
                if old is None
                else ("statement.removed", "the page no longer says it")
            )
            yield _build_change(
                kind,
                None,
                f"statement {statement_id}",
                f"{text}: {new or old}",
                False,
                old or MISSING,
                new or MISSING,
                "",
            )
        elif old != new:
            yield _build_change(
                "statement.changed",
                None,
                f"statement {statement_id}",
                f"it reads now: {new}",
                False,
                old,
                new,
                "",
            )


def _map_ids_to_statement_texts(contract: Contract) -> Mapping[str, str]:
    document_ids = set(contract.document_ids)
    return {
        statement_id: statement.text
        for statement_id, statement in contract.statements.by_id.items()
        if document_ids & set(statement.document_ids)
    }


def _build_change(
    kind: str,
    operation: Operation | None,
    location: str,
    text: str,
    breaking: bool,
    before: Json,
    after: Json,
    pointer: str,
) -> ContractChange:
    operation_id = operation.id if operation else None
    return ContractChange(
        kind=kind,
        operation=operation_id,
        location=location,
        text=text,
        breaking=breaking,
        before=before,
        after=after,
        pointer=pointer,
    )


def _as_list(types: Json) -> list[Json]:
    return types if isinstance(types, list) else [] if types is None else [types]


def _describe_keyword_change(keyword: str, old: Json, new: Json) -> str:
    if old is None:
        return f"{keyword} is {_format_value(new)}"
    return (
        f"{keyword} {_format_value(old)} is no longer said"
        if new is None
        else f"{keyword} {_format_value(old)} became {_format_value(new)}"
    )


def _format_value(value: Json) -> str:
    text = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
    return text if len(text) < 80 else text[:77] + "…"
