"""Compilation of a contract into one handler per operation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.lifecycle import ToggledFieldState
from conformance.contract.operation import Operation
from conformance.contract.pagination import PaginationBehavior
from conformance.contract.pointer import put_at_pointer, tokens
from conformance.contract.resource import Resource
from conformance.mock.authorization import build_authenticator
from conformance.mock.clock import Clock
from conformance.mock.config import MockConfig
from conformance.mock.content_negotiation import build_accept_header_check, build_media_type_chooser
from conformance.mock.handler import Action, OperationHandler, Precondition
from conformance.mock.lifecycle import (
    CreateAction,
    DeleteAction,
    ItemBuilder,
    ReadAction,
    RenderItem,
    UpdateAction,
    UpdateValue,
    build_flag_update,
    build_item_deletion,
    build_replacement_update,
    merge_body,
)
from conformance.mock.listing import ListAction, omit_page_metadata_unless_paged
from conformance.mock.message import MockResponse, encode_json
from conformance.mock.ownership import build_owned_item_action
from conformance.mock.page import build_whole_page
from conformance.mock.parts import list_mock_parts
from conformance.mock.repository import ItemRepository, build_item_repository
from conformance.mock.request_bodies import build_body_reader
from conformance.mock.requests import build_parameter_binder
from conformance.mock.response_headers import build_header_post_processors
from conformance.mock.response_repair import build_response_repair_processor
from conformance.mock.responses import (
    RefusalRenderer,
    build_constant_success_response,
    build_content_type_headers,
    get_documented_status_code,
)
from conformance.mock.sorting import sort_by_age
from conformance.mock.state import Item
from conformance.mock.totals import build_count_headers, build_count_metadata_fields
from conformance.protocol import BODILESS_STATUSES
from conformance.values.plain import make_plain_value
from conformance.values.unique import build_unique_value_generator


@dataclass(frozen=True, slots=True, kw_only=True)
class MockService:
    """The handlers of all operations by operation id.

    `item_builders` holds the builders of new items by resource name. `render_unrouted` renders the
    refusals of requests that match no operation.
    """

    contract: Contract
    handlers: Mapping[str, OperationHandler]
    item_builders: Mapping[str, ItemBuilder]
    render_unrouted: RefusalRenderer

    def replace_handler_stages(self, operation: str, **stages: object) -> MockService:
        """Return the service with some stages replaced in the handler of one operation."""
        handler = replace(self.handlers[operation], **stages)  # type: ignore[arg-type]
        return replace(self, handlers={**self.handlers, operation: handler})


def build_mock_service(contract: Contract, config: MockConfig, clock: Clock) -> MockService:
    """Return the service that fulfills every claim of a contract."""
    repositories = {
        resource.name: build_item_repository(contract, resource) for resource in contract.resources
    }
    item_builders = {
        name: _build_item_builder(contract, repository, clock, config)
        for name, repository in repositories.items()
    }
    handlers = {
        operation_id: _build_operation_handler(
            contract, operation, repositories, item_builders, config, clock
        )
        for operation_id, operation in contract.operations.items()
    }
    return MockService(
        contract=contract,
        handlers=handlers,
        item_builders=item_builders,
        render_unrouted=RefusalRenderer(contract=contract, operation=None),
    )


def _build_operation_handler(
    contract: Contract,
    operation: Operation,
    repositories: Mapping[str, ItemRepository],
    item_builders: Mapping[str, ItemBuilder],
    config: MockConfig,
    clock: Clock,
) -> OperationHandler:
    resource = contract.resource_for(operation.id)
    action = _build_constant_action(operation)
    if resource:
        repository = repositories[resource.name]
        action = build_owned_item_action(
            contract,
            operation,
            repository,
            config,
            _build_resource_action(
                contract, operation, repository, item_builders[resource.name], clock
            ),
        )
    parts = list_mock_parts(contract, operation)
    return OperationHandler(
        operation=operation,
        authenticate=build_authenticator(contract, operation, config),
        negotiate=build_accept_header_check(operation),
        bind_parameters=build_parameter_binder(contract, operation, resource, config),
        read_body=build_body_reader(operation),
        action=action,
        render_refusal=RefusalRenderer(contract=contract, operation=operation),
        post_processors=(
            *(
                processor
                for part, behavior in parts
                for processor in part.build_post_processors(contract, operation, behavior)
            ),
            *build_header_post_processors(operation),
            *((build_response_repair_processor(operation),) if config.permissive else ()),
        ),
        choose_media_type=build_media_type_chooser(operation),
        check_precondition=_build_precondition(contract, operation, repositories),
    )


def _build_precondition(
    contract: Contract, operation: Operation, repositories: Mapping[str, ItemRepository]
) -> Precondition | None:
    """Return the precondition of an operation on one item, if one of its behaviors has one."""
    resource = contract.resource_for(operation.id)
    if resource is None or resource.read is None:
        return None
    repository = repositories[resource.name]
    render = _build_item_renderer(contract.operations[resource.read], repository)
    read_current = ReadAction(repository=repository, find=repository.find_item, render=render)
    preconditions = [
        part.build_precondition(contract, operation, behavior, read_current)
        for part, behavior in list_mock_parts(contract, operation)
        if part.build_precondition is not None
    ]
    return preconditions[0] if preconditions else None


def _build_constant_action(operation: Operation) -> Action:
    response = build_constant_success_response(operation)
    return lambda state, call: response


def _build_resource_action(
    contract: Contract,
    operation: Operation,
    repository: ItemRepository,
    builder: ItemBuilder,
    clock: Clock,
) -> Action:
    role = next(
        role
        for role, operation_id in repository.resource.operation_ids_by_role.items()
        if operation_id == operation.id
    )
    render = _build_item_renderer(operation, repository)
    match role:
        case "list":
            return _build_list_action(contract, operation, repository)
        case "create":
            return CreateAction(
                repository=repository,
                build_value=builder,
                store=repository.store_value,
                render=render,
            )
        case "read":
            return ReadAction(repository=repository, find=repository.find_item, render=render)
        case "delete":
            return DeleteAction(
                repository=repository,
                delete=build_item_deletion(repository),
                response=build_constant_success_response(operation),
            )
        case "replace":
            update_value = build_replacement_update(
                repository.writable_fields, _get_body_defaults(operation)
            )
        case "change":
            update_value = merge_body
        case _:
            update_value = _build_operation_flag_update(repository.resource, operation)
    return UpdateAction(
        repository=repository,
        update_value=update_value,
        store=repository.store_value,
        render=render,
        clock=clock,
    )


def _build_operation_flag_update(resource: Resource, operation: Operation) -> UpdateValue:
    return next(
        build_flag_update(switch, position)
        for switch in resource.switches
        for position in ToggledFieldState
        if getattr(switch, position) == operation.id
    )


def _build_list_action(
    contract: Contract, operation: Operation, repository: ItemRepository
) -> ListAction:
    parts = list_mock_parts(contract, operation)
    metadata_fields = {
        pointer: field
        for part, behavior in parts
        for pointer, field in part.build_metadata_fields(contract, operation, behavior).items()
    }
    paginates = contract.find_behavior(operation.id, PaginationBehavior)
    if paginates is not None and paginates.unpaged_has_metadata is False:
        metadata_fields = omit_page_metadata_unless_paged(paginates, metadata_fields)
    sorters = [
        part.build_sorter(contract, operation, behavior)
        for part, behavior in parts
        if part.build_sorter
    ]
    slicers = [
        part.build_slicer(contract, operation, behavior)
        for part, behavior in parts
        if part.build_slicer
    ]
    return ListAction(
        get_collection=repository.get_collection,
        sort=sorters[0] if sorters else sort_by_age,
        filters=tuple(
            apply_filter
            for part, behavior in parts
            for apply_filter in part.build_filters(contract, operation, behavior)
        ),
        slice_page=slicers[0] if slicers else build_whole_page,
        metadata_fields={
            **build_count_metadata_fields(
                operation.success_response.schema, repository.resource.items_pointer
            ),
            **metadata_fields,
        },
        header_fields={
            **build_count_headers(operation.success_response.headers),
            **{
                name: field
                for part, behavior in parts
                for name, field in part.build_header_fields(contract, operation, behavior).items()
            },
        },
        items_pointer=repository.resource.items_pointer,
        status=get_documented_status_code(operation.success_response),
        headers=build_content_type_headers(operation.success_response.media_type),
    )


def _build_item_builder(
    contract: Contract, repository: ItemRepository, clock: Clock, config: MockConfig
) -> ItemBuilder:
    resource, create_operation = repository.resource, repository.resource.create
    schema = repository.schema.find_property(tokens(resource.identity_pointer))
    return ItemBuilder(
        repository=repository,
        generate_id=build_unique_value_generator(schema or contract.get_schema({}), resource.name),
        template=_build_new_item_template(repository),
        defaults=_get_body_defaults(contract.operations[create_operation])
        if create_operation
        else {},
        clock=clock,
        accepts_sent_id=config.permissive,
    )


def _build_new_item_template(repository: ItemRepository) -> Json:
    """Return the fields of a new item that do not come from the request.

    Generated fields such as id and timestamps are null here, so that they keep their position in
    the schema.
    """
    resource, declared = repository.resource, repository.schema.properties
    parent = resource.parent.field if resource.parent else None
    generated_fields = [
        *repository.timestamp_fields.created,
        *repository.timestamp_fields.updated,
        *(
            pointer[1:]
            for pointer in (resource.identity_pointer, *resource.equal_pointers, parent)
            if pointer
        ),
    ]
    required_fields = {name for name in declared if name in repository.schema.required}
    required_fields |= {
        name for name, schema in declared.items() if "default" in schema.merged
    } - repository.writable_fields
    template = {
        name: None if name in generated_fields else make_plain_value(schema)
        for name, schema in declared.items()
        if name in {*generated_fields, *required_fields}
    }
    for switch in resource.switches:
        template = put_at_pointer(template, switch.field, False)
    return template


def _get_body_defaults(operation: Operation) -> Json:
    declared = operation.body.schema.properties if operation.body else {}
    return {
        name: schema.get("default")
        for name, schema in declared.items()
        if "default" in schema.merged
    }


def _build_item_renderer(operation: Operation, repository: ItemRepository) -> RenderItem:
    response_spec = operation.success_response
    constant_response = build_constant_success_response(operation)
    declared = response_spec.schema.properties if response_spec.schema else {}
    item_properties = repository.schema.properties
    status = get_documented_status_code(response_spec)
    if (response_spec.media_type is None or status in BODILESS_STATUSES) or (
        declared and not declared.keys() & item_properties.keys()
    ):
        return lambda item: constant_response
    status_code, headers = (
        get_documented_status_code(response_spec),
        build_content_type_headers(response_spec.media_type),
    )
    if not declared or item_properties.keys() <= declared.keys():
        return lambda item: MockResponse(
            status=status_code, headers=headers, body=item.json_text.encode()
        )
    return _build_partial_item_renderer(
        status_code,
        headers,
        tuple(declared),
        make_plain_value(response_spec.schema) if response_spec.schema else {},
    )


def _build_partial_item_renderer(
    status_code: int, headers: tuple[tuple[str, str], ...], names: tuple[str, ...], defaults: Json
) -> RenderItem:
    def render_declared_properties(item: Item) -> MockResponse:
        return MockResponse(
            status=status_code,
            headers=headers,
            body=encode_json(
                {**defaults, **{name: item.value[name] for name in names if name in item.value}}
            ).encode(),
        )

    return render_declared_properties
