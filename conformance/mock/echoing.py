"""What an answer repeats of the call."""

from __future__ import annotations

from conformance.contract.echoing import Echoes
from conformance.contract.json import Json
from conformance.contract.paging import Paginates
from conformance.contract.pointer import MISSING
from conformance.mock.call import Call
from conformance.mock.listing import Tell
from conformance.mock.paging import Page


def echo(parameter: str, paginates: Paginates | None) -> Tell:
    """Return what is told of a parameter: the value in force, nothing when there is none.

    Page and size are those of the page, also where no default is documented.
    """
    if paginates and parameter == paginates.page:
        return lambda page, call: page.number
    if paginates and parameter == paginates.size:
        return lambda page, call: page.size
    return lambda page, call: _in_force(parameter, page, call)


def _in_force(parameter: str, page: Page, call: Call) -> Json:
    value = call.arguments.get(parameter, MISSING)
    return call.path.get(parameter, MISSING) if value is MISSING else value


def echoing(echoes: tuple[Echoes, ...], paginates: Paginates | None) -> dict[str, Tell]:
    """Return what the answer tells at each pointer."""
    return {
        answer: echo(parameter, paginates)
        for one in echoes
        for answer, parameter in one.answers.items()
    }
