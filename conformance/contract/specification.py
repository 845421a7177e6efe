"""Validation by openapi-spec-validator, with the place of each mistake.

The validator says where in its schema a mistake stands, not where in the document; and it leaves
out the schemas of request bodies and headers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import jsonschema_rs
from openapi_spec_validator import OpenAPIV31SpecValidator
from openapi_spec_validator.validation import keywords
from openapi_spec_validator.validation.registries import KeywordValidatorRegistry

from conformance.contract import pointer as pointers
from conformance.contract.json import Json
from conformance.contract.pointer import MISSING
from conformance.contract.reference import resolve_reference

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema_path.paths import SchemaPath


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecificationError:
    """A breach of the OpenAPI Specification at `pointer`.

    `keyword` is the keyword of the specification's schema that `value` violates, if it is one.
    """

    pointer: str
    message: str
    keyword: str | None
    value: Json


def find_specification_errors(document: Json) -> Iterator[SpecificationError]:
    """Yield the errors of an OpenAPI 3.1 document, one for each place."""
    seen = set[str]()
    for error in _PlacingSpecValidator(document).iter_errors():
        pointer = _follow_references(document, tuple(map(str, error.absolute_path)))
        if pointer not in seen:
            seen.add(pointer)
            yield SpecificationError(
                pointer=pointer,
                message=error.message.partition("\n\n")[0],
                keyword=str(error.validator) if error.validator else None,
                value=error.instance,
            )


def _follow_references(document: Json, parts: tuple[str, ...]) -> str:
    """Return the pointer of the node that a path leads to, through references."""
    node, pointer = document, ""
    for part in parts:
        if isinstance(node, dict) and part not in node:
            node, pointer = resolve_reference(document, node, pointer)
        child = pointers.get_at_pointer(node, pointers.join("", part))
        if child is MISSING:
            return pointer
        node, pointer = child, pointers.join(pointer, part)
    return pointer


_IS_PLACED = "is_placed"
_IS_DEFAULT = "is_about_a_default"


def _place(errors: Iterator[ValidationError], *parts: Any) -> Iterator[ValidationError]:
    """Yield errors with the path in the document; the innermost caller knows it best."""
    for error in errors:
        if not hasattr(error, _IS_PLACED):
            error.path = error.relative_path = deque((*parts, *error.absolute_path))
            error.parent = None
            setattr(error, _IS_PLACED, True)
        yield error


class _ValueValidator(keywords.OpenAPIV31ValueValidator):
    def __call__(self, schema: SchemaPath, value: Any) -> Iterator[ValidationError]:
        for error in _place(super().__call__(schema, value), *schema.parts, "default"):
            setattr(error, _IS_DEFAULT, True)
            yield error


class _Ids(set[int]):
    """A set with the method of lists that the validator calls."""

    def append(self, number: int) -> None:
        self.add(number)


_JSON_SCHEMA = jsonschema_rs.Draft202012Validator(
    {"$ref": "https://json-schema.org/draft/2020-12/schema"}, validate_formats=True
)
# what the Specification says of these, JSON Schema does not
_OPENAPI_KEYWORDS = ("discriminator", "xml", "externalDocs", "$schema")


def _is_surely_valid(schema: Any) -> bool:
    """Tell whether a fast validator finds a schema valid that has no keywords of OpenAPI.

    The validator of the Specification takes thirty times as long, and decides the rest.
    """
    return not _mentions_keywords(schema) and _JSON_SCHEMA.is_valid(schema)


def _mentions_keywords(node: Any) -> bool:
    if isinstance(node, list):
        return any(map(_mentions_keywords, node))
    return isinstance(node, dict) and (
        any(keyword in node for keyword in _OPENAPI_KEYWORDS)
        or any(map(_mentions_keywords, node.values()))
    )


class _SchemaValidator(keywords.OpenAPIV31SchemaValidator):
    def __call__(
        self, schema: SchemaPath, require_properties: bool = True, meta_checked: bool = False
    ) -> Iterator[ValidationError]:
        errors = super().__call__(schema, require_properties, meta_checked)
        yield from _place(errors, *schema.parts)

    def __init__(self, registry: KeywordValidatorRegistry) -> None:
        super().__init__(registry)
        # of 30 000 schemas, a list would take a second of every five to look through
        self.visited_schema_ids = cast(list[int], _Ids())
        self.meta_checked_schema_ids = cast(list[int], _Ids())

    def _validate_schema_meta(self, schema: SchemaPath, schema_value: Any) -> Any:
        dialect = self._get_default_jsonschema_dialect_id(schema)
        if dialect == self.default_jsonschema_dialect_id and _is_surely_valid(schema_value):
            return None
        error = super()._validate_schema_meta(schema, schema_value)
        if error is not None and self.visited_schema_ids is not None:
            self.visited_schema_ids.append(id(schema_value))  # no further use of a broken schema
        return error


class _ParametersValidator(keywords.ParametersValidator):
    def __call__(self, parameters: SchemaPath) -> Iterator[ValidationError]:
        yield from _place(super().__call__(parameters), *parameters.parts)
        for parameter in parameters:
            if "content" in parameter:
                yield from _validate_content(self.registry, parameter)


class _TagsValidator(keywords.TagsValidator):
    def __call__(self, tags: SchemaPath) -> Iterator[ValidationError]:
        yield from _place(super().__call__(tags), *tags.parts)


class _ResponseValidator(keywords.OpenAPIV3ResponseValidator):
    def __call__(self, response_code: str, response: SchemaPath) -> Iterator[ValidationError]:
        yield from super().__call__(response_code, response)
        if "headers" in response:
            for _, header in (response / "headers").items():
                if "schema" in header:
                    validate = cast(keywords.SchemaValidator, self.registry["schema"])
                    yield from validate(header / "schema")
                if "content" in header:
                    yield from _validate_content(self.registry, header)


class _OperationValidator(keywords.OperationValidator):
    def __call__(
        self, url: str, name: str, operation: SchemaPath, path_parameters: SchemaPath | None
    ) -> Iterator[ValidationError]:
        errors = super().__call__(url, name, operation, path_parameters)
        yield from _place(errors, *operation.parts)
        if "requestBody" in operation and "content" in operation / "requestBody":
            yield from _validate_content(self.registry, operation / "requestBody")


def _validate_content(
    registry: KeywordValidatorRegistry, owner: SchemaPath
) -> Iterator[ValidationError]:
    """Yield errors where the validator itself does not look.

    Documents have always been read whose defaults there do not fit.
    """
    validate = cast(keywords.ContentValidator, registry["content"])
    for error in validate(owner / "content"):
        if not hasattr(error, _IS_DEFAULT):
            yield error


class _PlacingSpecValidator(OpenAPIV31SpecValidator):
    keyword_validators = {  # noqa: RUF012 (as the base class has it)
        **OpenAPIV31SpecValidator.keyword_validators,
        "default": _ValueValidator,
        "schema": _SchemaValidator,
        "parameters": _ParametersValidator,
        "tags": _TagsValidator,
        "response": _ResponseValidator,
        "operation": _OperationValidator,
    }
