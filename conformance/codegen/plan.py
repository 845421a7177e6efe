"""Plans a package: all its parts as values, before any source is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from conformance.codegen import naming, security
from conformance.codegen.generation_error import make_generation_error
from conformance.codegen.method_names import choose_method_names
from conformance.codegen.parameters import (
    MethodArgument,
    RequestBodyPlan,
    check_header_safe,
    plan_parameter_arguments,
    plan_request_body,
)
from conformance.codegen.schema_to_type import SchemaConverter
from conformance.codegen.source import Code, write_identifier
from conformance.codegen.types import (
    ANY,
    BYTES,
    NULL,
    STRING,
    ArrayType,
    NamedType,
    PythonType,
    RecordDefinition,
    TypeAliasDefinition,
    make_union_type,
    write_type_annotation,
)
from conformance.contract import pointer as pointers
from conformance.contract.contract import Contract
from conformance.contract.echo import Echoes
from conformance.contract.json import Json
from conformance.contract.operation import Operation, ResponseSpec
from conformance.contract.pagination import PaginationBehavior
from conformance.contract.pointer import join
from conformance.contract.reference import resolve_reference
from conformance.contract.retries import Retries
from conformance.errors import ContractError, Problem
from conformance.protocol import IDEMPOTENT_METHODS

RESERVED_CLASS_NAMES = frozenset(  # imported by the generated group and client modules
    """Any AsyncCaller AsyncClient AsyncHttpClient AsyncIterator Awaitable Callable Caller Client
    ClientCore CredentialValue HttpClient Integer Iterator Literal Mapping Number ParamSpec
    ApiResponse Response
    RetryPolicy Sequence Timeout Timestamp TypeVar PaginationState P T""".split()
)
# attributes of the generated client
RESERVED_GROUP_NAMES = frozenset("call close raw with_options".split())


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponsePlan:
    """A documented response; `exception` is the exception it raises, None for success."""

    status: str
    media: str | None
    type: Code
    exception: Code | None
    description: str
    is_success: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PaginationPlan:
    """How to paginate a list: attribute paths in the response, and the type of an item."""

    method_name: Code
    page_argument: MethodArgument
    first_page: int
    counts_items: bool
    items_path: tuple[str, ...]
    identity_path: tuple[str, ...]
    total_path: tuple[str, ...]
    page_count_path: tuple[str, ...]
    page_number_path: tuple[str, ...]
    item_type: Code


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodPlan:
    """An operation as a method; only `positional_arguments` can be passed by position."""

    operation: Operation
    group: Code
    name: Code
    constant_name: Code
    positional_arguments: tuple[MethodArgument, ...]
    keyword_arguments: tuple[MethodArgument, ...]
    body: RequestBodyPlan | None
    responses: tuple[ResponsePlan, ...]
    return_type: Code
    accept: str | None
    retry_statuses: tuple[str, ...]
    idempotent: bool
    security: tuple[tuple[str, ...], ...]
    server: str | None
    page_plan: PaginationPlan | None
    description: str
    sources: tuple[str, ...]

    @property
    def arguments(self) -> tuple[MethodArgument, ...]:
        """Return all arguments in the order of the signature."""
        return (*self.positional_arguments, *self.keyword_arguments)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPlan:
    """A group of operations, as the API groups them by tag."""

    name: Code
    class_name: Code
    description: str
    methods: tuple[MethodPlan, ...]

    @property
    def import_names(self) -> Code:
        """Return both classes as an import statement lists them."""
        return Code(", ".join(sorted((f"Async{self.class_name}", self.class_name))))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionPlan:
    """An exception class for a documented status; `base_class` is its base class."""

    name: Code
    base_class: Code
    body_type: Code
    status: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagePlan:
    """A package to generate."""

    contract: Contract
    distribution: str
    module: Code
    server: str | None
    security_schemes: tuple[security.SecuritySchemePlan, ...]
    groups: tuple[GroupPlan, ...]
    exceptions: tuple[ExceptionPlan, ...]
    models: tuple[RecordDefinition, ...]
    model_aliases: tuple[TypeAliasDefinition, ...]
    inputs: tuple[RecordDefinition, ...]
    input_aliases: tuple[TypeAliasDefinition, ...]


def plan_package(contract: Contract) -> PackagePlan:
    """Return the plan of the package for a contract.

    Nothing is left out silently: raises ContractError, with the JSON pointer, for anything that a
    client cannot support.
    """
    if not contract.operations:
        raise ContractError(
            Problem(
                message="there is nothing to generate: the document has no operations",
                file=contract.name,
                pointer="/paths",
            )
        )
    response_converter, request_converter = (
        SchemaConverter(contract, for_request=False),
        SchemaConverter(contract, for_request=True),
    )
    error_types: dict[str, list[PythonType]] = {}
    titles_by_operation = {
        id: _choose_group_title(operation, contract)
        for id, operation in contract.operations.items()
    }
    group_scope = naming.NameScope(RESERVED_GROUP_NAMES | naming.BUILTIN_TYPES)
    group_names = {
        title: group_scope.allocate(naming.to_snake_case(title, "api"))
        for title in dict.fromkeys(titles_by_operation.values())
    }
    constant_scope = naming.NameScope({"OPERATIONS"})
    class_scope = naming.NameScope(RESERVED_CLASS_NAMES)
    groups = []
    for title, name in group_names.items():
        members = [
            contract.operations[id]
            for id, operation_title in titles_by_operation.items()
            if operation_title == title
        ]
        method_scope = naming.NameScope((naming.BUILTIN_TYPES - {"list"}) | naming.MODULE_NAMES)
        method_names = choose_method_names(members, contract, title)
        methods = tuple(
            _plan_method(
                member,
                contract,
                method_names[member.id],
                name,
                method_scope,
                constant_scope,
                response_converter,
                request_converter,
                error_types,
            )
            for member in members
        )
        class_name = class_scope.allocate(naming.to_class_name(name))
        groups.append(
            GroupPlan(
                name=write_identifier(name),
                class_name=write_identifier(class_name),
                description=_get_tag_description(contract, title),
                methods=methods,
            )
        )
    return PackagePlan(
        contract=contract,
        distribution=f"{naming.to_slug(contract.name)}-client",
        module=write_identifier(f"{naming.to_snake_case(contract.name, 'api')}_client"),
        server=security.get_server_url(contract),
        security_schemes=security.read_security_schemes(contract),
        groups=tuple(groups),
        exceptions=tuple(_plan_exceptions(error_types, contract)),
        models=tuple(response_converter.records),
        model_aliases=tuple(response_converter.aliases),
        inputs=tuple(request_converter.records),
        input_aliases=tuple(request_converter.aliases),
    )


def _plan_method(
    operation: Operation,
    contract: Contract,
    preferred_name: str,
    group_name: str,
    method_scope: naming.NameScope,
    constant_scope: naming.NameScope,
    response_converter: SchemaConverter,
    request_converter: SchemaConverter,
    error_types: dict[str, list[PythonType]],
) -> MethodPlan:
    node = pointers.get_at_pointer(contract.document, operation.pointer)
    name = write_identifier(method_scope.allocate(preferred_name))
    method_arguments = plan_parameter_arguments(operation, contract, request_converter)
    body = plan_request_body(
        operation, contract, request_converter, {argument.name for argument in method_arguments}
    )
    keyword_arguments = [
        *(argument for argument in method_arguments if argument.location != "path"),
        *(body.arguments if body else ()),
    ]
    keyword_arguments.sort(key=lambda keyword_argument: not keyword_argument.required)
    responses, result_type = _plan_responses_and_result_type(
        operation, contract, response_converter, error_types
    )
    behaviors = contract.behaviors[operation.id]
    switches = [switch for resource in contract.resources for switch in resource.switches]
    return_type = write_type_annotation(result_type, "models.", for_request=False).replace(
        "list[", "builtins.list["
    )
    return MethodPlan(
        operation=operation,
        group=write_identifier(group_name),
        name=name,
        constant_name=write_identifier(
            constant_scope.allocate(naming.to_constant_name(operation.id))
        ),
        positional_arguments=tuple(
            argument for argument in method_arguments if argument.location == "path"
        ),
        keyword_arguments=tuple(keyword_arguments),
        body=body,
        responses=responses,
        return_type=Code(return_type),
        accept=", ".join(dict.fromkeys(response.media for response in responses if response.media))
        or None,
        retry_statuses=tuple(
            dict.fromkeys(
                status
                for behavior in behaviors
                if isinstance(behavior, Retries)
                for status in behavior.statuses
            )
        ),
        idempotent=operation.method in IDEMPOTENT_METHODS
        or any(
            state_switch.idempotent and operation.id in (state_switch.on, state_switch.off)
            for state_switch in switches
        ),
        security=security.get_security_requirements(operation, contract),
        server=security.get_operation_server_url(operation, contract),
        page_plan=_plan_pagination(
            operation,
            contract,
            name,
            method_scope,
            keyword_arguments,
            result_type,
            response_converter,
        ),
        description=" ".join(str(node.get("description") or "").split())[:2000],
        sources=_format_source_citations(operation, contract),
    )


def _choose_group_title(operation: Operation, contract: Contract) -> str:
    if operation.tags and naming.split_words(operation.tags[0]):
        return operation.tags[0]
    first_segment = next(
        (
            segment
            for segment in operation.path.split("/")
            if segment and not segment.startswith("{")
        ),
        "",
    )
    return first_segment if naming.split_words(first_segment) else "api"


def _get_tag_description(contract: Contract, title: str) -> str:
    node: Json = next(
        (tag for tag in contract.document.get("tags", ()) if tag.get("name") == title), {}
    )
    return " ".join(str(node.get("description", "")).split())


def _plan_responses_and_result_type(
    operation: Operation,
    contract: Contract,
    converter: SchemaConverter,
    error_types: dict[str, list[PythonType]],
) -> tuple[tuple[ResponsePlan, ...], PythonType]:
    response_plans = []
    success_types: list[PythonType] = []
    has_success = any(response.status.startswith("2") for response in operation.responses)
    for response in operation.responses:
        is_success = response.status.startswith("2") or (
            response.status == "default" and not has_success
        )
        name_hint = (
            f"{' '.join(naming.split_words(operation.id))}"
            f" {'answer' if is_success else f'error {response.status}'}"
        )
        media, body_type = _get_response_media_and_type(response, contract, converter, name_hint)
        exception_name = (
            None if response.status.startswith("2") else choose_exception_name(response.status)
        )
        success_types += [body_type] if is_success else []
        if exception_name is not None:
            error_types.setdefault(response.status, []).append(body_type)
        description = " ".join(response.description.split())
        response_plan = ResponsePlan(
            status=response.status,
            media=media,
            type=write_type_annotation(body_type, "models.", for_request=False),
            exception=write_identifier(exception_name) if exception_name else None,
            description=description,
            is_success=is_success,
        )
        response_plans.append(response_plan)
    if not response_plans:
        raise make_generation_error(
            "an operation without documented answers", operation.pointer, contract
        )
    return tuple(response_plans), make_union_type(*success_types) if success_types else NULL


def _get_response_media_and_type(
    response: ResponseSpec, contract: Contract, converter: SchemaConverter, name_hint: str
) -> tuple[str | None, PythonType]:
    content = pointers.get_at_pointer(contract.document, response.pointer).get("content") or {}
    media = next(
        (media_type for media_type in content if "json" in media_type), next(iter(content), None)
    )
    if media is None:
        return None, NULL
    pointer = join(
        response.pointer,
        "content",
        check_header_safe(media, response.pointer, contract, is_media_type=True),
    )
    if "json" in media:
        return media, converter.convert(
            content[media].get("schema"), join(pointer, "schema"), name_hint
        )
    schema, _ = resolve_reference(contract.document, content[media].get("schema") or {}, pointer)
    is_text = (
        media.startswith("text/")
        or "xml" in media
        or (
            isinstance(schema, dict)
            and schema.get("type") == "string"
            and schema.get("format") != "binary"
        )
    )
    return media, STRING if is_text else BYTES


COMMON_ERRORS = ("401", "403", "429")  # have an exception even where no page names them


def choose_exception_name(status: str) -> str:
    """Return the name of the exception for a documented status other than success."""
    range_names = {
        "4XX": "Refused",
        "5XX": "Unavailable",
        "3XX": "Redirected",
        "1XX": "Informed",
        "DEFAULT": "Failed",
    }
    if status.upper() in range_names:
        return range_names[status.upper()]
    if status == "429":
        return "RateLimited"
    try:
        return naming.to_class_name(
            "".join(
                letter
                for letter in HTTPStatus(int(status)).phrase
                if letter.isalnum() or letter in " -"
            )
            .title()
            .replace(" ", "")
        )
    except ValueError:
        return f"Status{int(status)}"


def _plan_exceptions(
    error_types: Mapping[str, list[PythonType]], contract: Contract
) -> Iterator[ExceptionPlan]:
    for status in sorted(
        {*error_types, *COMMON_ERRORS},
        key=lambda code: (code == "default", code.upper().endswith("XX"), code),
    ):
        is_documented = status in error_types
        body_type = make_union_type(*error_types[status]) if is_documented else ANY
        base_class = {"4": "ClientError", "5": "ServerError"}.get(status[0], "StatusError")
        description = "Any other error." if status == "default" else f"The API answered {status}."
        if not is_documented:
            description += " Its documentation names no such answer."
        yield ExceptionPlan(
            name=write_identifier(choose_exception_name(status)),
            base_class=write_identifier(base_class),
            body_type=write_type_annotation(body_type, "models.", for_request=False),
            status=status,
            description=description,
        )


def _plan_pagination(
    operation: Operation,
    contract: Contract,
    method_name: Code,
    method_scope: naming.NameScope,
    keyword_arguments: list[MethodArgument],
    result_type: PythonType,
    converter: SchemaConverter,
) -> PaginationPlan | None:
    paginates = contract.find_behavior(operation.id, PaginationBehavior)
    if paginates is None:
        return None
    page_argument = next(
        (
            argument
            for argument in keyword_arguments
            if argument.wire_name == paginates.page_parameter
        ),
        None,
    )
    resource = next(
        (candidate for candidate in contract.resources if candidate.list == operation.id), None
    )
    if resource is None or page_argument is None:
        raise make_generation_error(
            "pages of items, but no resource in x-resources says where the items stand",
            paginates.pointer,
            contract,
        )
    echoes = contract.find_behavior(operation.id, Echoes)
    page_number_pointer = (
        next(
            (
                pointer
                for pointer, parameter in echoes.parameters_by_pointer.items()
                if parameter == paginates.page_parameter
            ),
            None,
        )
        if echoes
        else None
    )
    items_path, items_type = _find_attribute_path_and_type(
        result_type, resource.items_pointer, converter
    )
    list_type = converter.resolve_alias(items_type)
    if not isinstance(list_type, ArrayType):
        raise make_generation_error(
            f"no list stands at {resource.items_pointer} of the answer", resource.pointer, contract
        )
    return PaginationPlan(
        method_name=write_identifier(method_scope.allocate(f"iter_{method_name}")),
        page_argument=page_argument,
        first_page=paginates.first_page,
        counts_items=paginates.counts_items,
        items_path=items_path,
        identity_path=_find_attribute_path_and_type(
            list_type.item, resource.identity_pointer, converter
        )[0],
        total_path=_find_attribute_path_and_type(result_type, paginates.total_pointer, converter)[
            0
        ],
        page_count_path=_find_attribute_path_and_type(
            result_type, paginates.page_count_pointer, converter
        )[0],
        page_number_path=_find_attribute_path_and_type(result_type, page_number_pointer, converter)[
            0
        ],
        item_type=Code(
            write_type_annotation(list_type.item, "models.", for_request=False).replace(
                "list[", "builtins.list["
            )
        ),
    )


def _find_attribute_path_and_type(
    value_type: PythonType, pointer: str | None, converter: SchemaConverter
) -> tuple[tuple[str, ...], PythonType]:
    """Return the attribute names that a pointer into a response follows, and the type at its end.

    Returns `((), ANY)` if the pointer leaves the known types.
    """
    path: list[str] = []
    for token in pointers.tokens(pointer or ""):
        value_type = converter.resolve_alias(value_type)
        record = converter.find_record(value_type) if isinstance(value_type, NamedType) else None
        field = (
            next((candidate for candidate in record.fields if candidate.wire_name == token), None)
            if record
            else None
        )
        if field is None:
            return (), ANY
        path.append(field.name)
        value_type = field.type
    return tuple(path), value_type


def _format_source_citations(operation: Operation, contract: Contract) -> tuple[str, ...]:
    """Return the vendor's documentation of an operation: document, section and statement ids."""
    citations = contract.statements.get_citations(operation.source, "answers") or ()
    citations_by_place: dict[str, list[str]] = {}
    for citation in citations:
        statement = contract.statements.by_id.get(citation.rstrip("?"))
        if statement is not None:
            titles = [
                contract.statements.documents[document].title
                for document in statement.document_ids
                if document in contract.document_ids and document in contract.statements.documents
            ]
            citations_by_place.setdefault(f"{', '.join(titles)} › {statement.section}", []).append(
                citation.rstrip("?")
            )
    return tuple(
        f"{place} ({', '.join(place_citations)})"
        for place, place_citations in citations_by_place.items()
    )
