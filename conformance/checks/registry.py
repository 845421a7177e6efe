"""Registry of all checks by the kind of claim that they test."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from conformance.checks import (
    authorization,
    client,
    deletion,
    lifecycle,
    ownership,
    request_bodies,
    requests,
    responses,
    side_effects,
    updates,
)
from conformance.checks.check import Check
from conformance.contract.behavior_registry import import_parts

CORE_MODULES = (
    *(requests, request_bodies, responses, authorization, ownership),
    *(lifecycle, updates, deletion, side_effects, client),
)


@cache  # the packages that are installed do not change while a program runs
def get_checks() -> Mapping[str, Check]:
    """Return the check for each kind of promise, behaviors' included.

    Raises UsageError for a behavior of another package whose checks cannot be imported.
    """
    modules = [*CORE_MODULES, *(module for _, module in import_parts("checks"))]
    return {kind: check for module in modules for kind, check in module.CHECKS.items()}
