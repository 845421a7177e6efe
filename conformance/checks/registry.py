"""Registry of all checks by the kind of claim that they test."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.checks import (
    authorization,
    client,
    deletion,
    echo,
    filtering,
    lifecycle,
    ownership,
    pagination,
    precedence,
    request_bodies,
    requests,
    responses,
    side_effects,
    sorting,
    undeclared_inputs,
    uniqueness,
    updates,
)
from conformance.checks.check import Check

CHECK_MODULES = (
    *(
        requests,
        request_bodies,
        responses,
        authorization,
        ownership,
        sorting,
        filtering,
        precedence,
        pagination,
        echo,
        uniqueness,
        undeclared_inputs,
    ),
    *(lifecycle, updates, deletion, side_effects, client),
)
CHECKS: Mapping[str, Check] = {
    kind: check for module in CHECK_MODULES for kind, check in module.CHECKS.items()
}
