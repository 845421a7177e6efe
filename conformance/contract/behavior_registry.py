"""The kinds of behaviors that contracts can use: those of this package, and those of others.

A kind of another package is found through the entry point group `conformance.behaviors`; the entry
point leads to a `conformance.contract.behavior.BehaviorKind`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType

from conformance.contract.behavior import VERSION, BehaviorKind
from conformance.errors import Problem, UsageError

ENTRY_POINT_GROUP = "conformance.behaviors"
BUILT_IN_MODULES = (
    "sorting",
    "filtering",
    "comparison",
    "pagination",
    "continuation",
    "precedence",
    "echo",
    "uniqueness",
    "undeclared_inputs",
    "guard",
    "retries",
)


@cache  # the packages that are installed do not change while a program runs
def load_behavior_kinds() -> Mapping[str, BehaviorKind]:
    """Return the kinds of behaviors by their word.

    Raises UsageError, with the name of the package, if one cannot be imported, is no kind of
    behavior, was written for another version of the interface, or has a word that is taken.
    """
    kinds = {
        (kind := import_module(f"conformance.contract.{name}").BEHAVIOR).name: kind
        for name in BUILT_IN_MODULES
    }
    owners = dict.fromkeys(kinds, "this package")
    for entry_point in sorted(
        entry_points(group=ENTRY_POINT_GROUP), key=lambda entry_point: entry_point.name
    ):
        kind, owner = _load_kind(entry_point), _describe(entry_point)
        if kind.name in kinds:
            hint = f"{owners[kind.name]} has it already: uninstall one of them"
            raise UsageError(Problem(message=f"{owner}: the word {kind.name} is taken", hint=hint))
        kinds[kind.name], owners[kind.name] = kind, owner
    return kinds


def import_parts(floor: str) -> Iterator[tuple[BehaviorKind, ModuleType]]:
    """Yield each kind of behavior that has a part of some sort, with the module of that part.

    `floor` is `checks`, `mock` or `faults`. Raises UsageError for a module that cannot be imported.
    """
    for kind in load_behavior_kinds().values():
        name: str | None = getattr(kind, floor)
        if name is not None:
            yield kind, _import_part(kind, name)


def _import_part(kind: BehaviorKind, name: str) -> ModuleType:
    try:
        return import_module(name)
    except Exception as error:
        if name.startswith("conformance."):
            raise
        message = f"the behavior {kind.name}: {name} cannot be imported: {_describe_error(error)}"
        raise UsageError(Problem(message=message, hint="mend or uninstall its package")) from error


def _load_kind(entry_point: EntryPoint) -> BehaviorKind:
    owner, hint = _describe(entry_point), "mend or uninstall this package"
    try:
        kind = entry_point.load()
    except Exception as error:
        message = f"{owner} cannot be loaded: {_describe_error(error)}"
        raise UsageError(Problem(message=message, hint=hint)) from error
    if not isinstance(kind, BehaviorKind):
        message = f"{owner} is no conformance.contract.behavior.BehaviorKind"
        raise UsageError(Problem(message=message, hint=hint))
    if kind.version != VERSION:
        message = (
            f"{owner} was written for version {kind.version} of the interface; this is version"
            f" {VERSION}"
        )
        raise UsageError(Problem(message=message, hint="install a version of it that fits"))
    return kind


def _describe(entry_point: EntryPoint) -> str:
    package = f" of {entry_point.dist.name}" if entry_point.dist else ""
    return f"the behavior {entry_point.name}{package} ({entry_point.value})"


def _describe_error(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
