"""The word `counts`, without an installation: the package is known by its record."""

from conformance_counts import BEHAVIOR
from conformance_counts.checks import CHECKS
from conformance_counts.faults import FAULTS


def test_every_promise_has_a_check_and_faults() -> None:
    """What the behavior promises can be checked and broken."""
    assert CHECKS.keys() == FAULTS.keys() == {"counts.header"}


def test_an_entry_becomes_a_value() -> None:
    """The header and the citation of an entry are kept."""
    behavior = BEHAVIOR.parse({"header": "X-Total-Count", "x-source": "S2"}, "/paths/x")
    assert (behavior.header, behavior.source) == ("X-Total-Count", "S2")
