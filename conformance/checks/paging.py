"""Whether a paged list is cut and counted as promised, judged on a crowd of our own and on what the
answers say of themselves.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from conformance.checks.call import Call, Marked, filled
from conformance.checks.catalogue import ASIDE, both_states, crowd, crowd_words, switched
from conformance.checks.check import Check, Setting
from conformance.checks.exchange import UNHEARD, Exchange, Trace
from conformance.checks.item import on_item
from conformance.checks.listing import (
    SAFE_SIZE,
    all_items,
    identities,
    items,
    narrowed,
    own,
    queried,
    states,
    sweep,
)
from conformance.checks.observation import Broken, Held, Observation, Unreached, Unsettled
from conformance.checks.script import Move, Script, Step
from conformance.contract import pointer as pointers
from conformance.contract.json import Json
from conformance.contract.paging import Beyond, Paged, Paginates, Part

BEYOND = 100_000  # pages of SAFE_SIZE: more than any list that a run can meet
MOVED = "the list was changed by someone else while it was read"


def plan(setting: Setting, promise: Paged) -> Iterator[Script]:
    """Walk the list in a few pages, and look at its beginning by itself."""
    paginates, stage = promise.paginates, crowd(setting)
    listed = narrowed(setting.contract, setting.resource)
    rest = not listed

    def page(name: str, arguments: dict[str, Json]) -> Step:
        return Step(
            name=name,
            call=Call(operation=setting.claim.operation, arguments={**listed, **arguments}),
        )

    if promise.part is Part.CEILING:
        yield Script(
            label="ceiling",
            stock=(paginates.ceiling or 0) + 50,
            steps=(Step(name="plain", call=Call(operation=setting.claim.operation)),),
        )
    elif promise.part is Part.WHOLE:
        yield Script(
            label="whole",
            stage=stage,
            rest=True,
            steps=(
                sweep(setting, "before"),
                Step(name="plain", call=Call(operation=setting.claim.operation)),
            ),
        )
    elif promise.part is Part.TOLD:
        yield Script(
            label="told", steps=(Step(name="plain", call=Call(operation=setting.claim.operation)),)
        )
    elif promise.part is Part.BEYOND:
        number = paginates.first + BEYOND
        call = Call(
            operation=setting.claim.operation,
            arguments={paginates.page: number, paginates.size: SAFE_SIZE},
        )
        yield Script(
            label="beyond", steps=(setting.creation("made"), Step(name="plain", call=call))
        )
    elif promise.part is Part.FIRST:
        first, size = paginates.first, 7
        steps = [
            page("absent", {paginates.size: size}),
            page("first", {paginates.page: first, paginates.size: size}),
        ]
        steps.append(page("second", {paginates.page: first + 1, paginates.size: size}))
        yield Script(label="first", stage=stage, rest=rest, steps=tuple(steps))
    else:
        yield Script(label="walk", stage=stage, rest=rest, steps=_paged(setting, {}, 4))
        yield from _more(setting, promise)
        if promise.part in (Part.SIZE, Part.WALK, Part.COUNT, Part.TOTAL, Part.PAGES):
            yield Script(label="walk of more", stage=stage, rest=rest, steps=_paged(setting, {}, 7))
            for label, part in _parts(setting).items():
                yield Script(
                    label=f"walk of {label}", stage=stage, rest=rest, steps=_paged(setting, part, 4)
                )
        delete = setting.resource.delete
        if promise.part is Part.TOTAL and delete and setting.examples:
            made = (
                setting.creation("passing", text=_passing(setting)),
                Step(name="delete", call=on_item(setting, delete, "passing")),
            )
            yield Script(
                label="after a deletion",
                stage=stage,
                rest=rest,
                steps=(*made, *_paged(setting, {}, 2)),
            )


def _more(setting: Setting, promise: Paged) -> Iterator[Script]:
    """Yield what else a part is tried on: a list of one page, and lists of each state."""
    paginates, filtered = promise.paginates, states(setting.contract, setting.claim.operation)
    if promise.part is Part.METADATA:
        call = Call(
            operation=setting.claim.operation,
            arguments={paginates.page: paginates.first, paginates.size: SAFE_SIZE},
        )
        yield Script(label="one page", steps=(Step(name="short", call=call),))
    if promise.part in (Part.TOTAL, Part.PAGES, Part.WALK, Part.SIZE) and filtered is not None:
        for text in filtered.values:
            moves = _paged(setting, {filtered.state: text}, 2)
            yield Script(
                label=f"state {text}",
                stage=both_states(setting),
                rest=not narrowed(setting.contract, setting.resource),
                steps=moves,
            )


def _passing(setting: Setting) -> str:
    word = crowd_words(setting.bodies(seed="crowd"))[1]
    return f"{word}-passing" if word.endswith("crowd") else f"{word}pass"


def _parts(setting: Setting) -> dict[str, dict[str, Json]]:
    """Return the arguments that list the crowd without those aside, in each way that the list
    has.
    """
    found: dict[str, dict[str, Json]] = {}
    crowd = crowd_words(setting.bodies(seed="crowd"))[1]
    for label, arguments in (
        ("a part", narrowed(setting.contract, setting.resource)),
        ("a query", queried(setting.contract, setting.resource)),
    ):
        if arguments and setting.examples:
            found[label] = dict(
                filled(
                    arguments,
                    lambda one: (
                        Marked(one.text.replace("{m}", crowd)) if isinstance(one, Marked) else one
                    ),
                )
            )
    return found


def _paged(setting: Setting, arguments: dict[str, Json], pages: int) -> tuple[Move, ...]:
    """Return the moves that read a list in about so many pages, between two looks at the whole of
    it.
    """
    return (
        sweep(setting, "before", arguments),
        sweep(setting, "paged", arguments, pages=pages),
        sweep(setting, "after", arguments),
    )


def judge(setting: Setting, promise: Paged, trace: Trace) -> Iterator[Observation]:
    """Hear the judge of the part."""
    if "short" in trace:
        yield from _short(promise.paginates, trace.success("short"))
        return
    match promise.part:
        case Part.CEILING:
            yield from _ceiling(setting, promise.paginates, trace)
        case Part.FIRST:
            yield from _first(setting, promise.paginates, trace)
        case Part.SIZE:
            yield from _size(setting, promise.paginates, trace)
        case Part.WALK:
            yield from _walk(setting, trace)
        case Part.WHOLE | Part.TOLD | Part.BEYOND:
            yield from _read(setting, promise, trace)
        case _:
            yield from _counters(setting, promise, trace)


def _read(setting: Setting, promise: Paged, trace: Trace) -> Iterator[Observation]:
    """Judge what only a reading promises."""
    paginates, plain = promise.paginates, trace["plain"]
    if plain.status in UNHEARD:
        yield Unreached(f"the server did not look at it: {plain}")
        return
    if promise.part is Part.BEYOND:
        refused = paginates.beyond is Beyond.REFUSED
        held = plain.refused if refused else plain.succeeded and not items(setting, plain)
        wrong = f"a page past the end is not {paginates.beyond}: {plain}"
    elif promise.part is Part.TOLD:
        held = (
            pointers.get(trace.success("plain").json, paginates.metadata or "")
            is not pointers.MISSING
        ) is paginates.told
        wrong = (
            f"without a page asked for, the answer {'lacks' if paginates.told else 'has'}"
            f" {paginates.metadata}"
        )
    else:
        whole, found = all_items(setting, trace, "before"), items(setting, plain)
        if not set(map(repr, own(setting, trace, crowd(setting)))) <= set(
            map(repr, identities(setting, whole))
        ):
            yield Unreached("the whole list lacks items that were made for this")
            return
        held = len(found) >= min(len(whole), paginates.ceiling or len(whole))
        wrong = f"without a page asked for, the answer holds {len(found)} of {len(whole)} items"
    yield Held(plain) if held else Broken(wrong, (plain,))


def _short(paginates: Paginates, exchange: Exchange) -> Iterator[Observation]:
    if isinstance(pointers.get(exchange.json, paginates.metadata or ""), dict):
        yield Held(exchange)
    else:
        yield Broken(f"a paged answer has no object at {paginates.metadata}", (exchange,))


def _made(setting: Setting, trace: Trace) -> dict[Json, str]:
    """Return what the stage made that the list under judgement should hold."""
    if crowd_words(setting.bodies(seed="crowd"))[1].removeprefix("{m}") in repr(
        trace["paged"].call.arguments
    ):
        return {
            id: step
            for id, step in own(setting, trace, crowd(setting)).items()
            if int(step.split()[-1]) not in ASIDE
        }
    filtered = states(setting.contract, setting.claim.operation)
    asked = trace["paged"].call.arguments.get(filtered.state) if filtered else None
    if filtered is None or asked is None:
        return own(setting, trace, crowd(setting))
    for step in switched(setting):
        trace.success(step.replace("item", "switch"))
    return {
        id: step
        for id, step in own(setting, trace, both_states(setting)).items()
        if (step in switched(setting)) == filtered.values[str(asked)]
    }


def _at_rest(setting: Setting, trace: Trace) -> list[Json] | None:
    """Return the identities of the whole list, or None when it was not the same before and
    after.
    """
    before, after = (
        identities(setting, all_items(setting, trace, name)) for name in ("before", "after")
    )
    return before if Counter(map(repr, before)) == Counter(map(repr, after)) else None


def _walk(setting: Setting, trace: Trace) -> Iterator[Observation]:
    pages = trace.all("paged")
    mine = _made(setting, trace)
    found = [id for id in identities(setting, all_items(setting, trace, "paged")) if id in mine]
    counts = Counter(found)
    lost, twice = (
        [id for id in mine if id not in counts],
        [id for id, count in counts.items() if count > 1],
    )
    if (lost or twice) and _at_rest(setting, trace) is None:
        yield Unsettled(MOVED)
    elif lost:
        yield Broken(
            f"{len(lost)} of {len(mine)} items are on no page, for example {lost[0]!r}", pages
        )
    elif twice:
        yield Broken(f"{len(twice)} items are on two pages, for example {twice[0]!r}", pages)
    else:
        whole = [
            id for id in identities(setting, all_items(setting, trace, "before")) if id in mine
        ]
        if whole != found and narrowed(setting.contract, setting.resource):
            yield Broken(
                "the pages, put together, are not in the order of the whole list",
                (*trace.all("before"), *pages),
            )
        elif len(pages) < 2:
            yield Unreached("the list has no more than one page")
        else:
            yield Held(pages[-1])


def _size(setting: Setting, paginates: Paginates, trace: Trace) -> Iterator[Observation]:
    pages = trace.all("paged")
    sizes = [len(items(setting, page)) for page in pages]
    size = int(pages[0].call.arguments[paginates.size])
    while sizes and sizes[-1] == 0:
        sizes.pop()
    if len(sizes) < 2:
        yield Unreached("the list has no more than one page")
    for number, found in enumerate(sizes):
        if found > size:
            yield Broken(f"a page of {paginates.size}={size} holds {found} items", (pages[number],))
            return
        if found < size and number < len(sizes) - 1:
            if _at_rest(setting, trace) is None:
                yield Unsettled(MOVED)
                return
            yield Broken(
                f"a page of {paginates.size}={size} holds {found} items although more follow",
                (pages[number], pages[number + 1]),
            )
            return
    if len(sizes) >= 2:
        yield Held(pages[0])


def _first(setting: Setting, paginates: Paginates, trace: Trace) -> Iterator[Observation]:
    absent, first, second = (
        identities(setting, items(setting, trace[name])) for name in ("absent", "first", "second")
    )
    exchanges = (trace["absent"], trace["first"], trace["second"])
    if not absent:
        yield Unreached("the list is empty")
    elif set(map(repr, first)) != set(map(repr, absent)):
        yield Broken(
            f"{paginates.page}={paginates.first} is not what comes without {paginates.page}",
            exchanges,
        )
    elif set(map(repr, first)) & set(map(repr, second)):
        yield Broken(
            f"{paginates.page}={paginates.first + 1} repeats items of"
            f" {paginates.page}={paginates.first}",
            exchanges,
        )
    elif not second:
        yield Broken(
            f"{paginates.page}={paginates.first + 1} is empty although more items were made than"
            " fit on the first page",
            exchanges,
        )
    else:
        yield Held(trace["second"])


def _counters(setting: Setting, promise: Paged, trace: Trace) -> Iterator[Observation]:
    paginates = promise.paginates
    pages = [page for page in trace.all("paged") if page.succeeded]
    whole = _at_rest(setting, trace)
    if whole is None:
        yield Unsettled(MOVED)
        return
    mine = _made(setting, trace)
    if not set(map(repr, mine)) <= set(map(repr, whole)):
        yield Unreached("the whole list lacks items that were made for this")
        return
    for page in [*pages, *trace.all("before")]:
        paged = paginates.page in page.call.arguments or paginates.size in page.call.arguments
        wanted: dict[Part, tuple[str | None, Json]] = {
            Part.COUNT: (paginates.count, len(items(setting, page))),
            Part.TOTAL: (paginates.total, len(whole)),
            Part.PAGES: (paginates.pages, _pages(paginates, page, len(whole))),
        }
        if promise.part is Part.METADATA:
            if paged and not isinstance(pointers.get(page.json, paginates.metadata or ""), dict):
                yield Broken(f"a paged answer has no object at {paginates.metadata}", (page,))
                return
            yield Held(page)
            continue
        pointer, expected = wanted[promise.part]
        found = pointers.get(page.json, pointer or "")
        if found is pointers.MISSING or expected is None:
            yield Unreached(f"{page} says nothing at {pointer}")
        elif found != expected or isinstance(found, bool):
            yield Broken(f"{pointer} is {found!r} where it should be {expected!r}", (page,))
            return
        else:
            yield Held(page)


def _pages(paginates: Paginates, page: Exchange, total: int) -> int | None:
    size = page.call.arguments.get(paginates.size)
    return math.ceil(total / int(size)) if size is not None and total else None


def _ceiling(setting: Setting, paginates: Paginates, trace: Trace) -> Iterator[Observation]:
    plain = trace.success("plain")
    found, ceiling = len(items(setting, plain)), paginates.ceiling or 0
    total = pointers.get(plain.json, paginates.total or "")
    if found > ceiling:
        yield Broken(f"one answer holds {found} items, more than {ceiling}", (plain,))
    elif found == ceiling or (isinstance(total, int) and total > ceiling):
        yield Held(plain)
    else:
        yield Unreached(
            f"the list holds {total if isinstance(total, int) else found} items: more than"
            f" {ceiling} are needed to reach the ceiling"
        )


CHECKS = {Paged.kind: Check(plan=plan, judge=judge)}
