"""Every check by the kind of claim that it tests."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.checks import (
    answering,
    authorising,
    changing,
    client,
    distinguishing,
    echoing,
    ending,
    filtering,
    living,
    overriding,
    paging,
    responding,
    sorting,
    sparing,
    tolerating,
    writing,
)
from conformance.checks.check import Check

MODULES = (
    *(
        answering,
        writing,
        responding,
        authorising,
        sorting,
        filtering,
        overriding,
        paging,
        echoing,
        distinguishing,
        tolerating,
    ),
    *(living, changing, ending, sparing, client),
)
CHECKS: Mapping[str, Check] = {
    kind: check for module in MODULES for kind, check in module.CHECKS.items()
}
