"""A request whose parameters and body are parsed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.contract.json import Json
from conformance.contract.pointer import MISSING
from conformance.mock.message import MockRequest


@dataclass(frozen=True, slots=True)
class BoundCall:
    """A call of an operation with typed values by parameter name.

    `path_arguments` holds the values of the path. `sent` holds the query and header values as sent.
    `arguments` holds those in effect: with defaults, without blank and overridden values.
    """

    request: MockRequest
    path_arguments: Mapping[str, Json]
    sent: Mapping[str, Json]
    arguments: Mapping[str, Json]
    body: Json = MISSING
