"""A request that was understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.contract.json import Json
from conformance.contract.pointer import MISSING
from conformance.mock.message import Request


@dataclass(frozen=True, slots=True)
class Call:
    """Typed values by parameter name: of the `path`, as `sent`, and the `arguments` in force
    (defaults in, blank and disabled ones out).
    """

    request: Request
    path: Mapping[str, Json]
    sent: Mapping[str, Json]
    arguments: Mapping[str, Json]
    body: Json = MISSING
