"""Contract testing generated from specs: does a server keep what its documentation promises?

The names below are the public Python API; everything else in this package may change.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.api import load as load
    from conformance.api import run as run
    from conformance.contract.contract import Contract as Contract
    from conformance.errors import ConformanceError as ConformanceError
    from conformance.errors import ContractError as ContractError
    from conformance.errors import TargetUnreachableError as TargetUnreachableError
    from conformance.errors import UsageError as UsageError
    from conformance.report.result import ClaimResult as ClaimResult
    from conformance.report.result import FoundFailure as FoundFailure
    from conformance.report.result import Result as Result
    from conformance.report.status import RunStatus as RunStatus
    from conformance.suite.target import Target as Target
    from conformance.testing import ContractMock as ContractMock
    from conformance.testing import contract_mock as contract_mock
    from conformance.testing import mocked as mocked

_MODULES = {
    "conformance.api": ("load", "run"),
    "conformance.contract.contract": ("Contract",),
    "conformance.errors": (
        *("ConformanceError", "ContractError", "TargetUnreachableError", "UsageError"),
    ),
    "conformance.report.result": ("ClaimResult", "FoundFailure", "Result"),
    "conformance.report.status": ("RunStatus",),
    "conformance.suite.target": ("Target",),
    "conformance.testing": ("ContractMock", "contract_mock", "mocked"),
}
_MODULE_BY_NAME = {name: module for module, names in _MODULES.items() for name in names}
__all__ = list(_MODULE_BY_NAME)


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for: a command needs few of them."""
    if name not in _MODULE_BY_NAME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULE_BY_NAME[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
