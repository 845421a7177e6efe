"""In which of the lists, one for each state, a thing is."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.check import Setting
from conformance.checks.exchange import Trace, Undecidable
from conformance.checks.listing import all_items, identities, made, states, sweep
from conformance.checks.observation import Broken, Held, Observation
from conformance.checks.script import Move
from conformance.contract.json import Json, same


def places(setting: Setting, field: str) -> dict[str, Json]:
    """Return the texts of the state parameter that chooses lists by `field`, each with the value it
    stands for; empty without such a parameter.
    """
    filtered = states(setting.contract, setting.resource.list or "")
    return dict(filtered.values) if filtered is not None and filtered.field == field else {}


def looks(setting: Setting, field: str) -> list[Move]:
    """Return the moves that read the list of each state."""
    filtered = states(setting.contract, setting.resource.list or "")
    return (
        [
            sweep(setting, f"listed {text}", {filtered.state: text})
            for text in places(setting, field)
        ]
        if filtered is not None
        else []
    )


def looked(trace: Trace, setting: Setting | None = None, field: str = "") -> bool:
    """Tell whether a script is about lists (of the states of `field`, when a setting is given):
    whether it reads them, or would have.
    """
    names = {f"listed {text}" for text in places(setting, field)} if setting else None
    moves = {*trace.exchanges, *trace.skipped}
    return (
        bool(moves & names)
        if names is not None
        else any(name.startswith("listed ") for name in moves)
    )


def judged(
    setting: Setting, trace: Trace, item: str, field: str, value: Json, cause: str
) -> Iterator[Observation]:
    """Yield whether the thing that step `item` created is in the list of state `value` after step
    `cause`, and in no other.
    """
    identity = made(setting, trace, item)
    if not places(setting, field):
        raise Undecidable(f"no parameter lists by {field[1:]}")
    for text, stands_for in places(setting, field).items():
        name = f"listed {text}"
        found, wanted = (
            identity in identities(setting, all_items(setting, trace, name)),
            same(stands_for, value),
        )
        if found == wanted:
            continue
        message = (
            f"afterwards the list of {field[1:]}={text}"
            f" {'lacks the item' if wanted else 'still holds the item'}"
        )
        yield Broken(message, (trace[item], trace[cause], *trace.all(name)))
        return
    yield Held(trace[cause])
