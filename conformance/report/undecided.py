"""Groups claims that are undecided for one reason, or for one that differs by a name only."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from conformance.report.result import ClaimResult

PLACEHOLDER = "NAME"
_MIN_NAME_LENGTH = 2  # characters of a part of a claim's id that may stand in its reason


@dataclass(frozen=True, slots=True, kw_only=True)
class UndecidedGroup:
    """Claims of which nothing is known, for one reason.

    If the claims have reasons that differ by a name, the reason has PLACEHOLDER in its place, and
    `names` are the names.
    """

    reason: str
    claims: tuple[ClaimResult, ...]
    names: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """Return the reason, with what its placeholder stands for."""
        if not self.names:
            return self.reason
        return f"{self.reason} ({PLACEHOLDER}: {', '.join(self.names)})"


def group_by_reason(claims: Sequence[ClaimResult]) -> list[UndecidedGroup]:
    """Return the groups of claims with one reason, the largest first.

    Two reasons are one if they differ only by a name that is a part of the claim's own id, such as
    a scope or a property.
    """
    by_template: defaultdict[str, list[tuple[ClaimResult, str]]] = defaultdict(list)
    for claim in claims:
        template, name = _generalize_reason(claim)
        by_template[template].append((claim, name))
    groups = []
    for template, members in by_template.items():
        names = tuple(dict.fromkeys(name for _, name in members if name))
        is_general = len(names) > 1
        groups.append(
            UndecidedGroup(
                reason=template if is_general else members[0][0].reason or "",
                claims=tuple(claim for claim, _ in members),
                names=names if is_general else (),
            )
        )
    return sorted(groups, key=lambda group: -len(group.claims))


def _generalize_reason(claim: ClaimResult) -> tuple[str, str]:
    """Return the reason of a claim with PLACEHOLDER for a part of its id, and that part."""
    reason = claim.reason or ""
    for name in sorted(claim.id.split("/")[1:], key=len, reverse=True):
        pattern = rf"(?<![\w.-]){re.escape(name)}(?![\w*-]|\.\w)"
        if len(name) >= _MIN_NAME_LENGTH and re.search(pattern, reason):
            return re.sub(pattern, PLACEHOLDER, reason), name
    return reason, ""
