"""The items that a session created: confirms, finds again and deletes them.

An item is recorded in the ledger before its creation is sent, confirmed by its mark before each
change, and deleted at the end.
"""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from conformance.checks.call import ApiCall
from conformance.checks.exchange import Exchange, HttpRequest
from conformance.checks.scenario import PagedReadStep
from conformance.contract import mark as marks
from conformance.contract import pointer as pointers
from conformance.contract.json import Json
from conformance.contract.location import ParameterLocation
from conformance.contract.pointer import MISSING
from conformance.contract.resource import Resource
from conformance.protocol import NOT_FOUND_STATUSES, UNINFORMATIVE_STATUSES
from conformance.suite import pagination
from conformance.suite.masking import mask_text
from conformance.suite.target import Target
from conformance.suite.target_client import CannotSend, TargetClient

# seconds for which a read confirms an item, if the session has sent nothing else since
CONFIRMATION_LIFETIME = 1.0
NO_REQUEST = HttpRequest(method="", url="", headers={}, body=None)


@dataclass(slots=True, kw_only=True)
class CreatedItem:
    """An item that this session created.

    `entry` is the number of its entry in the ledger, `creation` the exchange that created it.
    `names` are the values that were sent, or returned by the server, for the field that carries the
    mark. `last_seen` says when the item was last read with its mark and one of these names: the
    number of the session, the number of its request, and the time. `foreign` is True if an item
    with this identity has a name that this run did not give. `absent` is True if the item did not
    exist when it was last looked for.
    """

    entry: int
    resource: str
    identity: Json
    creation: Exchange
    mark: str
    names: list[Json] = field(default_factory=list)
    last_seen: tuple[int, int, float] | None = None
    foreign: bool = False
    deletion_sent: bool = False
    absent: bool = False


_session_numbers = itertools.count()


class CreatedItems:
    """The items of one session.

    `send_counted` sends a call; its arguments are the step name, the call, whether it is sent for
    cleanup, and a function to call before each retry. Calls for cleanup may exceed the run's
    limits. `setup_items` are items that another session created: this one uses and confirms them,
    but does not delete them.
    """

    def __init__(
        self,
        client: TargetClient,
        target: Target,
        mark: str,
        setup_items: tuple[CreatedItem, ...],
        send_counted: Callable[[str, ApiCall, bool, Callable[[], object]], Exchange],
    ) -> None:
        self._client, self._contract, self._target = client, client.contract, target
        self._mark, self._setup_items, self._send_counted = mark, setup_items, send_counted
        self.own_items: list[CreatedItem] = []
        self.abandoned: list[CreatedItem] = []
        self.requests = 0
        self._session_number = next(_session_numbers)
        self._lock = threading.Lock()

    @property
    def all_items(self) -> tuple[CreatedItem, ...]:
        """Return the items of the setup and those of this session."""
        return (*self._setup_items, *self.own_items)

    def _send(
        self,
        step: str,
        call: ApiCall,
        for_cleanup: bool = True,
        before_retry: Callable[[], object] = lambda: None,
    ) -> Exchange:
        return self._send_counted(step, call, for_cleanup, before_retry)

    # Creation

    def creation_would_carry_mark(self, resource: Resource, call: ApiCall) -> bool:
        """Return whether the item that a call creates would carry the mark of this session."""
        if call.text is not None:
            return self._mark in call.text
        value = (
            pointers.get_at_pointer(call.body, resource.mark_pointer)
            if resource.mark_pointer
            else MISSING
        )
        if call.body is not MISSING and not isinstance(call.body, dict):  # not a JSON object
            return resource.mark_pointer is not None and self._mark in json.dumps(call.body)
        return isinstance(value, str) and marks.text_carries_mark(
            value, self._mark, self._target.exclusive
        )

    def record_creation_intent(self, resource: Resource, call: ApiCall) -> int:
        """Record in the ledger that an item is about to be created; return the entry's number."""
        name = self._get_sent_name(resource, call)
        name = name if isinstance(name, str) else None
        return self._client.ledger.record_creation_intent(
            self._mark, resource.name, call.arguments, name
        )

    def _get_sent_name(self, resource: Resource, call: ApiCall) -> Json:
        """Return the value that a call sends for the field that carries the mark."""
        body = call.body
        if call.text is not None:
            try:
                body = json.loads(call.text)
            except (ValueError, RecursionError):
                return MISSING
        return (
            pointers.get_at_pointer(body, resource.mark_pointer)
            if resource.mark_pointer
            else MISSING
        )

    def record_creation(self, resource: Resource, exchange: Exchange, entry: int) -> None:
        """Record the outcome of a creation.

        The item is added to `own_items` if the response contains its identity.
        """
        if exchange.refused or (
            exchange.client_call is not None and exchange.client_call.server_attempts == 0
        ):
            self._client.ledger.record_gone(entry)
        elif exchange.succeeded:
            identity = normalize_identity(
                pointers.get_at_pointer(exchange.json, resource.identity_pointer)
            )
            if identity is None:
                self._client.state.unidentified_entries.append(entry)
                return
            if not self._contains_secret(identity):
                self._client.ledger.record_identity(entry, identity)
            created = CreatedItem(
                entry=entry,
                resource=resource.name,
                identity=identity,
                creation=exchange,
                mark=self._mark,
            )
            self._add_known_name(created, self._get_sent_name(resource, exchange.call))
            self._add_known_name(
                created,
                pointers.get_at_pointer(exchange.json, resource.mark_pointer)
                if resource.mark_pointer
                else MISSING,
            )
            self.own_items.append(created)
            self._client.budget.reserve(1)

    def _add_known_name(self, created: CreatedItem, name: Json) -> None:
        """Record a name that an item may have from now on."""
        if name is not MISSING and name not in created.names:
            created.names.append(name)
            storable_names = [
                known_name for known_name in created.names if not self._contains_secret(known_name)
            ]
            self._client.ledger.record_names(created.entry, storable_names)

    def _contains_secret(self, value: Json) -> bool:
        """Return whether a value contains a secret, so that it must not be stored on disk."""
        text = value if isinstance(value, str) else json.dumps(value)
        return mask_text(text, self._target.secrets) != text

    def record_renaming(self, exchange: Exchange) -> None:
        """Record the new name that the response to an update shows for a created item."""
        resource = self._contract.resource_for(exchange.call.operation)
        if resource is None or resource.mark_pointer is None or not exchange.succeeded:
            return
        if exchange.call.operation in (resource.replace, resource.change):
            shown_name = pointers.get_at_pointer(exchange.json, resource.mark_pointer)
            identity = normalize_identity(
                pointers.get_at_pointer(exchange.json, resource.identity_pointer)
            )
            for created in self.all_items:
                if self._targets_item(created, exchange.call) and str(identity) == str(
                    created.identity
                ):
                    self._add_known_name(created, shown_name)

    # Confirmation

    def ensure_safe_change(self, call: ApiCall) -> None:
        """Raise CannotSend unless a call can change only items that this run created.

        The item that the call names must have been confirmed just now. An identity that the run did
        not create must be refused when it is read. On an exclusive target every change is safe.
        """
        if self._target.exclusive:
            return
        resource = self._contract.resource_for(call.operation)
        if (
            resource is None
            or call.operation not in resource.item_operation_ids
            or resource.id_parameter is None
        ):
            text = (
                f"{call.operation} changes something, and it is not known what: only with"
                " --exclusive"
            )
            raise CannotSend(text)
        for created in self.all_items:
            if created.resource == resource.name and self._targets_item(created, call):
                if not self._was_confirmed_by_last_request(
                    created
                ) and not self.wait_until_item_visible(created):
                    text = (
                        f"{created.identity!r}, which {created.creation} answered, cannot be seen"
                        " to be"
                        " what was created"
                    )
                    raise CannotSend(f"{text}: it is left alone")
                self._add_known_name(created, self._get_sent_name(resource, call))
                return
        if not self._is_identity_unused(resource, call):
            identity = call.arguments.get(resource.id_parameter)
            text = (
                f"{identity!r} was not created by this run, and may be somebody's: {call.operation}"
                " is not sent"
            )
            raise CannotSend(f"{text} there (only with --exclusive)")

    def undo_lost_creation(self, resource: Resource, call: ApiCall) -> bool:
        """Delete the item of a creation whose response was lost.

        Returns False if the item cannot be identified by its name, or cannot be listed or deleted.
        """
        name = pointers.get_at_pointer(call.body, resource.mark_pointer or "")
        if (
            not isinstance(name, str)
            or not marks.text_carries_mark(name, self._mark)
            or self._client.budget.down_reason
        ):
            return False
        if resource.list is None or resource.delete is None:
            return False
        known_identities = {str(created.identity) for created in self.all_items}
        parameters = self._contract.operations[resource.list].parameters
        path_arguments = {
            parameter.name: call.arguments[parameter.name]
            for parameter in parameters
            if parameter.location is ParameterLocation.PATH
        }
        lost_exchange = Exchange(step="lost", call=call, request=NO_REQUEST, response=None)
        for state_arguments in pagination.build_arguments_for_each_state(self._contract, resource):
            mark_filter = pagination.get_mark_filter_arguments(self._contract, resource, self._mark)
            list_call = ApiCall(
                operation=resource.list,
                arguments={**mark_filter, **path_arguments, **state_arguments},
            )
            paged_read = PagedReadStep(name="lost", call=list_call)
            for page in pagination.read_list_pages(
                self._contract,
                paged_read,
                list_call,
                MISSING,
                self._send_for_cleanup,
                self._client.budget.may_read_next_page,
                True,
            ).pages:
                items = pointers.get_at_pointer(page.json, resource.items_pointer)
                for item in items if isinstance(items, list) else ():
                    identity = normalize_identity(
                        pointers.get_at_pointer(item, resource.identity_pointer)
                    )
                    if (
                        pointers.get_at_pointer(item, resource.mark_pointer or "") == name
                        and str(identity) not in known_identities
                    ):
                        lost_item = CreatedItem(
                            entry=0,
                            resource=resource.name,
                            identity=identity,
                            mark=self._mark,
                            creation=lost_exchange,
                        )
                        self._try_to_delete_item(lost_item)
        return True

    def _targets_item(self, created: CreatedItem, call: ApiCall) -> bool:
        """Return whether a call names an item: its identity, under its parent."""
        key = self._contract.resource(created.resource).id_parameter or ""
        return str(call.arguments.get(key)) == str(created.identity) and self._has_same_parent(
            created, call
        )

    def _was_confirmed_by_last_request(self, created: CreatedItem) -> bool:
        """Return whether the last request of this session has just confirmed the item."""
        if (
            created.last_seen is None
            or created.foreign
            or created.last_seen[:2] != (self._session_number, self.requests)
        ):
            return False
        return self._client.clock() - created.last_seen[2] < CONFIRMATION_LIFETIME

    def _is_identity_unused(self, resource: Resource, call: ApiCall) -> bool:
        """Return whether no item on the server has the identity that a call names."""
        identity = call.arguments.get(resource.id_parameter or "")
        if resource.read:
            parameters = self._contract.operations[resource.read].parameters
            arguments = {
                parameter.name: call.arguments[parameter.name]
                for parameter in parameters
                if parameter.name in call.arguments
            }
            exchange = self._send("free", ApiCall(operation=resource.read, arguments=arguments))
            return (
                exchange.refused
                and exchange.response is not None
                and exchange.response.status not in UNINFORMATIVE_STATUSES
            )
        if resource.list is None:
            return False
        parameters = self._contract.operations[resource.list].parameters
        parent_arguments = {
            parameter.name: call.arguments[parameter.name]
            for parameter in parameters
            if parameter.name in call.arguments
        }
        for state_arguments in pagination.build_arguments_for_each_state(self._contract, resource):
            list_call = ApiCall(
                operation=resource.list, arguments={**parent_arguments, **state_arguments}
            )
            result = pagination.read_list_pages(
                self._contract,
                PagedReadStep(name="free", call=list_call),
                list_call,
                identity,
                self._send_for_cleanup,
                self._client.budget.may_read_next_page,
                True,
            )
            if (
                pagination.explain_incomplete_read(self._contract, resource.list, result)
                is not None
            ):
                return False
            for page in result.pages:
                items = pointers.get_at_pointer(page.json, resource.items_pointer)
                if any(
                    str(pointers.get_at_pointer(item, resource.identity_pointer)) == str(identity)
                    for item in items
                ):
                    return False
        return True

    def wait_until_item_visible(self, created: CreatedItem, max_wait: float | None = None) -> bool:
        """Return whether a read shows the item with its mark.

        Retries for up to `max_wait` seconds (None: the target's `settle`).
        """
        max_wait = self._target.settle_seconds if max_wait is None else max_wait
        resource = self._contract.resource(created.resource)
        if created.foreign:
            return False
        if resource.mark_pointer is None or not (resource.read or resource.list):
            return self._target.exclusive
        created.last_seen, created.absent = None, False
        if resource.read and resource.id_parameter:
            call = ApiCall(
                operation=resource.read, arguments=self.get_item_arguments(created, resource.read)
            )
            exchange = self._send("confirm", call)
            self.record_confirmations(exchange)
            created.absent = exchange.response is not None and exchange.response.status in (
                404,
                410,
            )
        if not created.last_seen and not created.foreign and resource.list:
            complete = self._read_list_to_confirm_item(resource, created)
            created.absent = not created.last_seen and (
                created.absent or (complete and not resource.read)
            )
        if not created.last_seen and not created.foreign and max_wait > 0:
            self._client.sleep(min(max_wait, 0.2))
            return self.wait_until_item_visible(created, max_wait - 0.2)
        return bool(created.last_seen) and not created.foreign

    def _read_list_to_confirm_item(self, resource: Resource, created: CreatedItem) -> bool:
        """Search an item in the list of its parent; return whether the list was read to its end.

        The list is filtered by the mark where it has such a filter. Reading stops at the item.
        """
        complete = True
        for state_arguments in pagination.build_arguments_for_each_state(self._contract, resource):
            mark_filter = pagination.get_mark_filter_arguments(
                self._contract, resource, created.mark
            )
            arguments = {
                **mark_filter,
                **self.get_parent_arguments(created, resource.list or ""),
                **state_arguments,
            }
            call = ApiCall(operation=resource.list or "", arguments=arguments)
            paged_read = PagedReadStep(name="confirm", call=call)
            may_read_next_page = self._client.budget.may_read_next_page
            result = pagination.read_list_pages(
                self._contract,
                paged_read,
                call,
                created.identity,
                self._send_for_cleanup,
                may_read_next_page,
                True,
            )
            complete &= (
                pagination.explain_incomplete_read(self._contract, call.operation, result) is None
            )
            for page in result.pages:
                self.record_confirmations(page)
        return complete

    def _send_for_cleanup(self, step: str, call: ApiCall) -> Exchange:
        return self._send(step, call, True)

    def record_confirmations(self, exchange: Exchange) -> None:
        """Record which created items a response confirms, and which have a foreign name."""
        if not exchange.succeeded or not (self.own_items or self._setup_items):
            return
        for resource in self._contract.resources:
            if resource.mark_pointer is None or exchange.call.operation not in (
                resource.read,
                resource.list,
            ):
                continue
            is_list = exchange.call.operation == resource.list
            items = (
                pointers.get_at_pointer(exchange.json, resource.items_pointer)
                if is_list
                else [exchange.json]
            )
            created_by_identity = {
                str(created.identity): created
                for created in self.all_items
                if created.resource == resource.name
            }
            for item in items if isinstance(items, list) and created_by_identity else ():
                created = created_by_identity.get(
                    str(
                        normalize_identity(pointers.get_at_pointer(item, resource.identity_pointer))
                    )
                )
                name = pointers.get_at_pointer(item, resource.mark_pointer)
                if created is None or not self._has_same_parent(created, exchange.call):
                    continue
                if self._is_own_marked_name_of_item(created, name):
                    if created.last_seen is None:
                        self._client.ledger.record_confirmation(created.entry)
                    created.last_seen = (self._session_number, self.requests, self._client.clock())
                elif isinstance(name, str):
                    created.foreign = True

    def _is_own_marked_name_of_item(self, created: CreatedItem, name: Json) -> bool:
        """Return whether a name is one of the item's known names and carries its mark."""
        if name not in created.names:
            return False
        if self._target.exclusive:
            return True
        return (
            marks.text_carries_mark(name, created.mark)
            if isinstance(name, str)
            else created.mark in json.dumps(name)
        )

    def _has_same_parent(self, created: CreatedItem, call: ApiCall) -> bool:
        """Return whether a call names the parent of an item.

        Identities may be unique only within their parent.
        """
        parent_arguments = self.get_parent_arguments(created, call.operation)
        return all(
            str(call.arguments.get(name)) == str(value) for name, value in parent_arguments.items()
        )

    # Deletion

    def record_deletions(self, exchange: Exchange) -> None:
        """Record which created items a successful deletion has removed."""
        for resource in self._contract.resources:
            if (
                exchange.call.operation == resource.delete
                and exchange.succeeded
                and resource.id_parameter
            ):
                self._client.state.can_delete = True
                for created in [
                    created for created in self.own_items if created.resource == resource.name
                ]:
                    if self._targets_item(created, exchange.call):
                        self._forget(created)

    def _forget(self, created: CreatedItem) -> None:
        with self._lock:
            self.own_items.remove(created)
        self._client.ledger.record_gone(created.entry)
        self._client.budget.reserve(-1)

    def delete_all_items(self) -> None:
        """Delete the items of this session, the newest first.

        Items that cannot be deleted are moved to `abandoned`, to be reported.
        """
        self._client.call_concurrently_for_each(self._delete_and_forget, self.own_items[::-1])
        for created in self.own_items[::-1]:  # deletable once the items that refer to them are gone
            self._delete_and_forget(created)
        for created in self.own_items[::-1]:
            self.own_items.remove(created)
            self._client.state.leftover_count += 1
            self.abandoned.append(created)
            self._client.budget.reserve(-1)

    def _delete_and_forget(self, created: CreatedItem) -> None:
        if self._try_to_delete_item(created):
            self._forget(created)

    def _try_to_delete_item(self, created: CreatedItem) -> bool:
        resource = self._contract.resource(created.resource)
        if resource.delete is None or resource.id_parameter is None:
            return False
        if self._client.state.can_delete is None and self._client.state.failed_deletions >= 3:
            return False
        try:
            for switch_operations in ([], [switch.on for switch in resource.switches]):
                for operation_id in [*switch_operations, resource.delete]:
                    self._ensure_own_item(created)
                    created.deletion_sent |= operation_id == resource.delete
                    call = ApiCall(
                        operation=operation_id,
                        arguments=self.get_item_arguments(created, operation_id),
                    )
                    exchange = self._send(
                        "remove", call, before_retry=partial(self._ensure_own_item, created)
                    )
                if created.absent:  # the deletion was carried out, but its response was lost
                    return True
                if exchange.succeeded:
                    self._client.state.can_delete = True
                    return True
                if (
                    self._client.state.can_delete
                    and exchange.response
                    and exchange.response.status in NOT_FOUND_STATUSES
                ):
                    return True
                if not resource.switches:
                    break
        except CannotSend:
            return created.deletion_sent and created.absent
        self._client.state.failed_deletions += 1
        return False

    def _ensure_own_item(self, created: CreatedItem) -> None:
        """Raise CannotSend unless a read confirms an item."""
        if not self._target.exclusive and not self.wait_until_item_visible(created):
            raise CannotSend(f"{created.identity!r} cannot be seen to be what was created")

    def get_parent_arguments(self, created: CreatedItem, operation: str) -> dict[str, Json]:
        """Return the arguments that name an item's parent, for another operation.

        These are the path arguments of its creation that the operation has too.
        """
        parameters = self._contract.operations[operation].parameters
        creation_arguments = created.creation.call.arguments
        return {
            parameter.name: creation_arguments[parameter.name]
            for parameter in parameters
            if parameter.location is ParameterLocation.PATH and parameter.name in creation_arguments
        }

    def get_item_arguments(self, created: CreatedItem, operation: str) -> dict[str, Json]:
        """Return the arguments that name an item in an operation."""
        return {
            **self.get_parent_arguments(created, operation),
            self._contract.resource(created.resource).id_parameter or "": created.identity,
        }


def normalize_identity(identity: Json) -> str | int | None:
    """Return an identity as it is sent, or None if the value cannot be an identity.

    A whole number written as 7.0 becomes 7.
    """
    if isinstance(identity, bool) or not isinstance(identity, str | int | float):
        return None
    if isinstance(identity, float):
        return int(identity) if identity.is_integer() else None
    return identity
