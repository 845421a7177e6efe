"""Names of the methods of a generated client, distinct within their group.

Methods that differ in what they do never differ by an underscore alone.
"""

from __future__ import annotations

from collections import Counter

from conformance.codegen import naming
from conformance.contract import pointer as pointers
from conformance.contract.contract import Contract
from conformance.contract.operation import Operation


def choose_method_names(members: list[Operation], contract: Contract, title: str) -> dict[str, str]:
    """Return the method names of a group by operation id.

    A name leaves out the words of the group. If two names are then too similar (one operation
    deletes an item, the other deletes all), both keep all their words, and if these are still too
    similar, the words of the path are added.
    """

    def get_words(operation: Operation) -> list[str]:
        node = pointers.get_at_pointer(contract.document, operation.pointer)
        if node.get("operationId"):
            return naming.split_words(operation.id)
        return [operation.method.lower(), *naming.split_words(operation.path)]

    def get_words_without_group(operation: Operation) -> list[str]:
        return naming.remove_group_words(get_words(operation), naming.split_words(title)) or [
            operation.method.lower()
        ]

    def get_words_with_path(operation: Operation) -> list[str]:
        return [*get_words(operation), "at", *naming.split_words(operation.path)]

    method_names: dict[str, str] = {}
    remaining = list(members)
    for choose_words in (get_words_without_group, get_words, get_words_with_path):
        names = {
            operation.id: naming.to_snake_case(
                " ".join(choose_words(operation)), operation.method.lower()
            )
            for operation in remaining
        }
        counts = Counter(
            naming.fold_name(name) for name in [*names.values(), *method_names.values()]
        )
        method_names |= {
            id: name
            for id, name in names.items()
            if counts[naming.fold_name(name)] == 1 or choose_words is get_words_with_path
        }
        remaining = [operation for operation in remaining if operation.id not in method_names]
    return method_names
