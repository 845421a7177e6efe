"""A request that was understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.contract.json import Json
from conformance.contract.pointer import MISSING
from conformance.mock.message import MockRequest


@dataclass(frozen=True, slots=True)
class BoundCall:
    """Typed values by parameter name: of the `path`, as `sent`, and the `arguments` in force
    (defaults in, blank and disabled ones out).
    """

    request: MockRequest
    path_arguments: Mapping[str, Json]
    sent: Mapping[str, Json]
    arguments: Mapping[str, Json]
    body: Json = MISSING
