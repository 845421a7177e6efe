"""Patches of the mock service. Each replaces one function of one handler."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from conformance.contract.claim import Claim
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.mock.bound_call import BoundCall
from conformance.mock.fault import Fault
from conformance.mock.handler import Action, OperationHandler
from conformance.mock.listing import ListAction
from conformance.mock.message import MockRequest, MockResponse, decode_json, encode_json
from conformance.mock.page import Page
from conformance.mock.part import ItemFilter
from conformance.mock.refusal import Refusal
from conformance.mock.requests import ParameterBinder
from conformance.mock.service import MockService
from conformance.mock.state import Item, MockState

ServicePatch = Callable[[MockService], MockService]


def build_fault(
    claim: Claim, variant: str, text: str, patch: ServicePatch, seed_count: int = 0
) -> Fault:
    """Return the fault that violates a claim in one way.

    The fault is only observable if `seed_count` items exist at the start.
    """
    return Fault(
        id=f"{claim.id}!{variant}",
        claim=claim.id,
        text=text,
        kind=claim.kind,
        variant=variant,
        patch=patch,
        seed_count=seed_count,
    )


def patch_responses(operation: str, change: Callable[[MockResponse], MockResponse]) -> ServicePatch:
    """Change every response of an operation."""
    return lambda service: service.replace_handler_stages(
        operation,
        post_processors=(
            *service.handlers[operation].post_processors,
            lambda state, response: change(response),
        ),
    )


def patch_to_refuse_matching_calls(
    operation: str, matches: Callable[[BoundCall], bool], text: str, status: int = 400
) -> ServicePatch:
    """Refuse valid calls for which `matches` is true."""

    def refuse_calls_after_binding(service: MockService) -> MockService:
        bind_parameters = service.handlers[operation].bind_parameters

        def bind_or_refuse(request: MockRequest, path_values: tuple[str, ...]) -> BoundCall:
            call = bind_parameters(request, path_values)
            if matches(call):
                raise Refusal(status, text)
            return call

        return service.replace_handler_stages(operation, bind_parameters=bind_or_refuse)

    return refuse_calls_after_binding


def patch_parameter_binder(
    operation: str, change: Callable[[ParameterBinder], ParameterBinder]
) -> ServicePatch:
    """Replace the parameter binder of an operation."""

    def patch(service: MockService) -> MockService:
        binder = service.handlers[operation].bind_parameters
        assert isinstance(binder, ParameterBinder)
        return service.replace_handler_stages(operation, bind_parameters=change(binder))

    return patch


def patch_action(operation: str, wrap: Callable[[Action], Action]) -> ServicePatch:
    """Wrap the action of an operation."""
    return lambda service: service.replace_handler_stages(
        operation, action=wrap(service.handlers[operation].action)
    )


def patch_list_action(operation: str, change: Callable[[ListAction], ListAction]) -> ServicePatch:
    """Replace the action of a list operation."""

    def patch(service: MockService) -> MockService:
        action = service.handlers[operation].action
        assert isinstance(action, ListAction)
        return service.replace_handler_stages(operation, action=change(action))

    return patch


def patch_to_append_list_filter(operation: str, item_filter: ItemFilter) -> ServicePatch:
    """Add a filter after the existing filters of a list operation."""
    return patch_list_action(
        operation, lambda listing: replace(listing, filters=(*listing.filters, item_filter))
    )


def patch_list_filters(
    operation: str, filter_type: type, wrap: Callable[[ItemFilter], ItemFilter]
) -> ServicePatch:
    """Wrap the filters of one type in a list operation."""
    return patch_list_action(
        operation,
        lambda listing: replace(
            listing,
            filters=tuple(
                wrap(item_filter) if isinstance(item_filter, filter_type) else item_filter
                for item_filter in listing.filters
            ),
        ),
    )


def patch_page_items(
    operation: str, change: Callable[[Sequence[Item], BoundCall], Sequence[Item]]
) -> ServicePatch:
    """Change the items of a page after its metadata was computed."""

    def wrap_page_slicer(listing: ListAction) -> ListAction:
        def slice_and_change(items: Sequence[Item], call: BoundCall) -> Page:
            page = listing.slice_page(items, call)
            return replace(page, items=change(page.items, call))

        return replace(listing, slice_page=slice_and_change)

    return patch_list_action(operation, wrap_page_slicer)


def build_act_despite_refusal_stages(
    handler: OperationHandler, matches: Callable[[MockRequest, Refusal], bool]
) -> dict[str, object]:
    """Return handler fields that execute certain requests although they are refused.

    This affects requests that fail authentication and for which `matches` is true. They are refused
    after the action was executed.
    """

    def act_then_refuse(state: MockState, call: BoundCall) -> MockResponse:
        try:
            handler.authenticate(call.request)
        except Refusal as refusal:
            if matches(call.request, refusal):
                handler.action(state, call)
            raise
        return handler.action(state, call)

    return {"authenticate": lambda request: None, "action": act_then_refuse}


def is_list_operation(contract: Contract, operation: str) -> bool:
    """Tell whether an operation lists the items of a resource."""
    return any(resource.list == operation for resource in contract.resources)


def change_response_json_body(
    response: MockResponse, change: Callable[[Json], Json]
) -> MockResponse:
    """Return a response with a changed JSON body, or the same response if it has no body."""
    return (
        replace(response, body=encode_json(change(decode_json(response.body))).encode())
        if response.body
        else response
    )
