"""Items of two users: each user is refused the items of the other."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.contract.contract import Contract
from conformance.contract.operation import Operation
from conformance.mock.authorization import CredentialReader, build_credential_reader
from conformance.mock.bound_call import BoundCall
from conformance.mock.config import MockConfig
from conformance.mock.handler import Action
from conformance.mock.message import MockRequest, MockResponse
from conformance.mock.refusal import Refusal
from conformance.mock.repository import ItemRepository
from conformance.mock.state import MockState


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedItemAction:
    """An action that only the owner of an item may execute.

    The items that requests with one of `other_secrets` create belong to the second user, all
    others to the first. Who owns an item is not stored in a state file: after a restart, all items
    are those of the first user.
    """

    action: Action
    repository: ItemRepository
    is_creation: bool
    status: int
    readers: tuple[CredentialReader, ...]
    other_secrets: frozenset[str]

    def __call__(self, state: MockState, call: BoundCall) -> MockResponse:
        """Execute the action. Raises Refusal if the item belongs to the other user."""
        is_other_user = self.is_other_user(call.request)
        collection = self.repository.get_collection(state, call)
        owner_keys, parent = state.items_of_other_user, self.repository.get_parent_id(call)
        name = self.repository.resource.name
        if self.is_creation:
            response = self.action(state, call)
            if is_other_user:
                owner_keys.add((name, parent, next(reversed(collection.items))))
            return response
        key = (name, parent, self.repository.get_item_id(call))
        if key[2] in collection.items and (key in owner_keys) != is_other_user:
            raise Refusal(self.status, f"the {name} belongs to another user")
        response = self.action(state, call)
        if key[2] not in collection.items:
            owner_keys.discard(key)
        return response

    def is_other_user(self, request: MockRequest) -> bool:
        """Tell whether a request carries the credentials of the second user."""
        return any(read(request) in self.other_secrets for read in self.readers)


def build_owned_item_action(
    contract: Contract,
    operation: Operation,
    repository: ItemRepository,
    config: MockConfig,
    action: Action,
) -> Action:
    """Return the action with a check of the owner, if the contract and the mock know of one."""
    resource = repository.resource
    is_creation = operation.id == resource.create
    if (
        resource.forbidden_status is None
        or not config.other_tokens
        or not (is_creation or operation.id in resource.item_operation_ids)
    ):
        return action
    return OwnedItemAction(
        action=action,
        repository=repository,
        is_creation=is_creation,
        status=resource.forbidden_status,
        readers=tuple(
            build_credential_reader(contract.security_schemes[name])
            for name in operation.security_scheme_names
        ),
        other_secrets=config.other_tokens,
    )
