"""A user's seed data: items that shall exist at the start, each checked by its schema."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.contract.json import Json
from conformance.errors import Problem, UsageError
from conformance.mock.bound_call import BoundCall
from conformance.mock.config import list_existing_parent_ids
from conformance.mock.message import build_mock_request
from conformance.mock.mock import Mock
from conformance.mock.state import MockState


def insert_seed_data_into_state(mock: Mock, state: MockState, data: Json, file: str) -> None:
    """Add seed data to a state.

    The data maps resources to lists of request bodies for create operations, or to mappings from
    parent ids to such lists. A body may also hold fields that a create operation sets itself (id,
    timestamps, switches). Raises UsageError if the data does not fit the schema. `file` names the
    source in error messages.
    """
    problems = [
        Problem(message=message, file=file)
        for message in _insert_seed_data_and_yield_problems(mock, state, data)
    ]
    if problems:
        raise UsageError(*problems)


def _insert_seed_data_and_yield_problems(mock: Mock, state: MockState, data: Json) -> Iterator[str]:
    if not isinstance(data, dict):
        yield "seed data is a mapping from resources to lists of things"
        return
    for name, entries in data.items():
        builder = mock.item_builders.get(name)
        if builder is None:
            yield (
                f"there is no resource {name!r}; there are"
                f" {', '.join(mock.item_builders) or 'none'}"
            )
            continue
        parent = builder.repository.resource.parent
        parent_ids = (
            list_existing_parent_ids(mock.contract, mock.config, parent.parameter)
            if parent
            else ("",)
        )
        for parent_id, bodies in (
            entries if isinstance(entries, dict) else {parent_ids[0]: entries}
        ).items():
            if parent_id not in parent_ids or not isinstance(bodies, list):
                yield (
                    f"{name}: {parent_id!r} is no known {parent.parameter if parent else 'place'}"
                    if parent_id not in parent_ids
                    else f"{name}: a list is wanted"
                )
                continue
            path_arguments = {parent.parameter: parent_id} if parent else {}
            validator = builder.repository.schema.compile()
            for number, body in enumerate(bodies):
                if not isinstance(body, dict):
                    yield f"{name} {number}: it is no mapping"
                    continue
                call = BoundCall(build_mock_request("POST", "/"), path_arguments, {}, {}, body)
                value = {**builder(state, call), **body}
                if violation := next(iter(validator.find_violations(value)), None):
                    yield f"{name} {number}: {violation.pointer} {violation.message}"
                builder.repository.store_value(state, call, value)
