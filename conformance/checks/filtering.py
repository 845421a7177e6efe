"""Whether a filter selects exactly the items that it describes, judged on our own items."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from conformance.checks.call import Call, Marked, Ref, Sent
from conformance.checks.catalogue import NAMES, TOUCHED, both_states, catalogue, family, switched
from conformance.checks.check import Check, Setting
from conformance.checks.dialect import matches
from conformance.checks.exchange import UNHEARD, Exchange, Trace, Undecidable
from conformance.checks.listing import (
    all_items,
    identities,
    items,
    narrowed,
    newest_first,
    own,
    paginates,
    sweep,
)
from conformance.checks.observation import Broken, Held, Observation, Unreached, Unsettled
from conformance.checks.script import Move, Script, Stage, Step
from conformance.contract import pointer as pointers
from conformance.contract.filtering import (
    Glob,
    Key,
    KeyType,
    Lone,
    LonePattern,
    Part,
    Query,
    State,
    Unfiltered,
)
from conformance.contract.json import Json, same

PATTERNS = {
    Part.EXACT: (
        "{m}-alpha",
        "{m}-charlie one",
        "{m}-echo-foxtrot-lima.x",
        "{m}-hotel+50%41(a)&b/c",
    ),
    Part.PREFIX: ("{m}-alpha*", "{m}-charlie*"),
    Part.SUFFIX: ("*-alpha", "*-delta", "*{m}-alpha"),
    Part.INFIX: ("{m}*delta", "{m}-*a*ha", "{m}-bravo*delta", "{m}-al*alpha", "{m}*-alpha"),
    Part.NOTHING: ("{m}-alph", "{m}-nobody", "{m}*-bravo"),
}


def selects(
    setting: Setting, trace: Trace, name: str, expected: set[str], made: dict[Json, str], what: str
) -> Iterator[Observation]:
    """Yield whether a sweep lists, of what was made, exactly the steps in `expected`, each once."""
    found = [made[id] for id in identities(setting, all_items(setting, trace, name)) if id in made]
    pages = paginates(setting.contract, setting.claim.operation)
    totals = (
        {repr(pointers.get(page.json, pages.total)) for page in trace.all(name)}
        if pages and pages.total
        else set()
    )
    if len(totals) > 1:
        yield Unsettled("the list was changed by someone else while it was read")
        return
    missing, extra = sorted(expected - set(found)), sorted(set(found) - expected)
    if missing:
        yield Broken(
            f"{what} leaves out {_named(setting, trace, missing)}, which it should list",
            (*_creations(trace, missing), *trace.all(name)),
        )
    elif extra:
        yield Broken(
            f"{what} lists {_named(setting, trace, extra)}, which it should leave out",
            (*_creations(trace, extra), *trace.all(name)),
        )
    elif len(found) != len(set(found)):
        yield Broken(f"{what} lists an item twice", trace.all(name))
    else:
        yield Held(trace[name])


def _named(setting: Setting, trace: Trace, steps: list[str]) -> str:
    mark = setting.resource.mark or setting.resource.identity
    return ", ".join(repr(pointers.get(trace[step].call.body, mark)) for step in steps[:3]) + (
        " and more" if len(steps) > 3 else ""
    )


def _creations(trace: Trace, steps: list[str]) -> tuple[Exchange, ...]:
    return tuple(trace[step] for step in steps[:1])


def plan_glob(setting: Setting, promise: Glob) -> Iterator[Script]:
    """Ask for patterns of that form."""
    if promise.globs.keys[promise.value] != setting.resource.mark:
        raise Undecidable("the field is not one that our items can be told apart by")
    for number, pattern in enumerate(PATTERNS[promise.part]):
        arguments = {
            promise.globs.field: promise.value,
            promise.globs.glob: Marked(pattern),
            **newest_first(setting.contract, setting.claim.operation),
        }
        yield Script(
            label=f"pattern {number}",
            stage=catalogue(setting),
            steps=(sweep(setting, "filtered", arguments),),
        )


def judge_glob(setting: Setting, promise: Glob, trace: Trace) -> Iterator[Observation]:
    """The names that match, `*` standing for any run of characters, are listed and no others."""
    pattern = str(trace["filtered"].call.arguments[promise.globs.glob]).replace("[", "[[]")
    mark = setting.resource.mark or ""
    mine = own(setting, trace, catalogue(setting))
    expected = {
        step
        for step in mine.values()
        if fnmatchcase(str(pointers.get(trace[step].call.body, mark)), pattern)
    }
    yield from selects(
        setting,
        trace,
        "filtered",
        expected,
        mine,
        f"{promise.globs.glob}={trace['filtered'].call.arguments[promise.globs.glob]}",
    )


def plan_unfiltered(setting: Setting, promise: Unfiltered) -> Iterator[Script]:
    """Send a pattern-less field or a field-less pattern, blank or not at all, and expect
    everything.
    """
    globs = promise.globs
    absent = pointers.MISSING
    given: dict[str, Json] = {globs.field: next(iter(globs.keys)), globs.glob: absent}
    if promise.parameter == globs.field:
        given = {globs.field: absent, globs.glob: absent}
    given[promise.parameter] = "" if promise.blank else absent
    arguments = {**given, **newest_first(setting.contract, setting.claim.operation)}
    yield Script(
        label="unfiltered", stage=catalogue(setting), steps=(sweep(setting, "listed", arguments),)
    )


def judge_unfiltered(setting: Setting, promise: Unfiltered, trace: Trace) -> Iterator[Observation]:
    """Every one of our items is listed."""
    if trace["listed"].refused:
        yield Broken(
            f"a request with {promise.parameter} {'blank' if promise.blank else 'absent'} is"
            f" refused: {trace['listed']}",
            trace.all("listed"),
        )
        return
    mine = own(setting, trace, catalogue(setting))
    what = f"with {promise.parameter} {'blank' if promise.blank else 'absent'}, the list"
    yield from selects(setting, trace, "listed", set(mine.values()), mine, what)


def plan_lone(setting: Setting, promise: LonePattern) -> Iterator[Script]:
    """Send a pattern that one item fits, without a field."""
    arguments = {
        promise.globs.field: pointers.MISSING,
        promise.globs.glob: Marked("{m}-alpha"),
        **newest_first(setting.contract, setting.claim.operation),
    }
    yield Script(
        label="lone", stage=catalogue(setting), steps=(sweep(setting, "listed", arguments),)
    )


def judge_lone(setting: Setting, promise: LonePattern, trace: Trace) -> Iterator[Observation]:
    """It is without effect, applied to the first field, or refused, as the reading says."""
    exchange, lone = trace["listed"], promise.globs.lone
    if exchange.status in UNHEARD:
        yield Unreached(f"the server did not look at it: {exchange}")
        return
    if lone is Lone.REFUSED or exchange.refused:
        refused = exchange.refused and lone is Lone.REFUSED
        yield (
            Held(exchange)
            if refused
            else Broken(
                f"a {promise.globs.glob} without {promise.globs.field} is not {lone}: {exchange}",
                trace.all("listed"),
            )
        )
        return
    mine = own(setting, trace, catalogue(setting))
    mark = setting.resource.mark or ""
    pattern = str(exchange.call.arguments[promise.globs.glob])
    fitting = {
        step for step in mine.values() if pointers.get(trace[step].call.body, mark) == pattern
    }
    expected = fitting if lone is Lone.APPLIED else set(mine.values())
    yield from selects(
        setting, trace, "listed", expected, mine, f"a lone {promise.globs.glob}={pattern}"
    )


def plan_state(setting: Setting, promise: State) -> Iterator[Script]:
    """Read the list in that state, whole and in pages."""
    text: Json = pointers.MISSING if promise.text is None else promise.text
    stage = both_states(setting)
    arguments = {promise.states.state: text}
    plain = Step(name="plain", call=Call(operation=setting.claim.operation, arguments=arguments))
    steps = (sweep(setting, "whole", arguments), sweep(setting, "paged", arguments, pages=3), plain)
    yield Script(
        label="state",
        stage=stage,
        rest=not narrowed(setting.contract, setting.resource),
        steps=steps,
    )


def judge_state(setting: Setting, promise: State, trace: Trace) -> Iterator[Observation]:
    """The items in that state are listed and no others; what the list says of each agrees."""
    for step in switched(setting):
        trace.success(step.replace("item", "switch"))
    mine = own(setting, trace, both_states(setting))
    expected = {
        step for step in mine.values() if (step in switched(setting)) == bool(promise.value)
    }
    text = (
        f"with {promise.states.state}={promise.text}"
        if promise.text
        else f"without {promise.states.state}"
    )
    for name in ("whole", "paged"):
        yield from selects(setting, trace, name, expected, mine, f"the list {text}")
        for item in all_items(setting, trace, name):
            value = pointers.get(item, promise.states.field)
            if value is not pointers.MISSING and not same(value, promise.value):
                yield Broken(
                    f"the list {text} holds an item whose {promise.states.field[1:]} is {value!r}",
                    trace.all(name),
                )
                return
    yield from _plainly(
        setting, promise, trace, {id for id, step in mine.items() if step in expected}, text
    )


def _plainly(
    setting: Setting, promise: State, trace: Trace, expected: set[Json], text: str
) -> Iterator[Observation]:
    """Judge the call as the page shows it, without paging: nothing of another state, and something
    where there is something.
    """
    found = items(setting, trace["plain"])
    values = [pointers.get(item, promise.states.field) for item in found]
    other = next(
        (
            value
            for value in values
            if value is not pointers.MISSING and not same(value, promise.value)
        ),
        None,
    )
    if other is not None:
        yield Broken(
            f"the list {text} holds an item whose {promise.states.field[1:]} is {other!r}",
            trace.all("plain"),
        )
    elif expected and not found:
        yield Broken(
            f"the list {text} is empty although {len(expected)} items are in that state",
            trace.all("plain"),
        )


def plan_query(setting: Setting, promise: Query) -> Iterator[Script]:
    """Ask queries that use the operator on the key, narrowed to our own items where that does not
    hide it.
    """
    if promise.key.type is KeyType.ID and promise.key.pointer != setting.resource.identity:
        for number, step in enumerate(("referring", "referring too")):
            query = {
                promise.key.name: Sent(
                    step, promise.key.pointer + _member(setting, promise.key, number)
                )
            }
            yield Script(
                label=step,
                stage=_family(setting, promise.key),
                steps=_asked(setting, promise, query),
            )
        return
    for number, query in enumerate(_queries(setting, promise)):
        yield Script(
            label=f"query {number}", stage=catalogue(setting), steps=_asked(setting, promise, query)
        )


def _asked(setting: Setting, promise: Query, query: Json) -> tuple[Move, ...]:
    unfiltered = dict.fromkeys(narrowed(setting.contract, setting.resource), pointers.MISSING)
    arguments = {
        **unfiltered,
        promise.queries.query: query,
        **newest_first(setting.contract, setting.claim.operation),
    }
    return (sweep(setting, "found", arguments),)


def _family(setting: Setting, key: Key) -> Stage:
    return family(setting, key.pointer[1:])


def _member(setting: Setting, key: Key, number: int) -> str:
    return (
        f"/{number}"
        if setting.bodies(seed="family").properties[key.pointer[1:]].get("type") == "array"
        else ""
    )


def _queries(setting: Setting, promise: Query) -> list[Json]:
    """Return the queries to try; texts are marked, ids and dates refer to the catalogue."""
    key, operator = promise.key, promise.operator
    mine = {_mark_key(setting, promise): {"$startsWith": Marked("{m}")}}
    match key.type:
        case KeyType.TEXT:
            return _text_queries(key.name, operator, mine)
        case KeyType.DATE:
            return _date_queries(setting, key, operator, mine)
        case KeyType.ID:
            return _id_queries(setting, key, operator, mine)
        case KeyType.TAGS:
            return _tag_queries(key.name, operator, mine)


def _mark_key(setting: Setting, promise: Query) -> str:
    name = next(
        (key.name for key in promise.queries.keys.values() if key.pointer == setting.resource.mark),
        None,
    )
    if name is None:
        raise Undecidable("no key of the query leads to the marked field")
    return name


def _text_queries(name: str, operator: str, mine: dict[str, Json]) -> list[Json]:
    alpha, charlie, mid = Marked("{m}-alpha"), Marked("{m}-charlie one"), Marked("{m}-charlie one")
    within, dot, loud = mine[name], Marked("{m}-echo-foxtrot-lima."), Marked("{m}-ALPHA")
    table: dict[str, list[Json]] = {
        "equal": [
            {name: alpha},
            {name: charlie},
            {name: Marked("{m}-ALPHA")},
            {name: Marked("{m}-hotel+50%41(a)&b/c")},
        ],
        "fields": [
            {name: alpha, "lastUpdated": {"$gt": "2001-01-01T00:00:00.000Z"}},
            {name: alpha, "lastUpdated": {"$lt": "2001-01-01T00:00:00.000Z"}},
        ],
        "nothing": [{}],
        "$and": [
            {"$and": [mine, {name: {"$endsWith": "alpha"}}]},
            {"$and": [{name: {"$endsWith": "-alpha"}}, {name: {"$startsWith": Marked("{m}-a")}}]},
            {"$and": [mine, {name: {"$contains": "a"}}, {name: {"$endsWith": "delta"}}]},
        ],
        "$or": [
            {"$or": [{name: alpha}, {name: charlie}, {name: Marked("{m}-golf")}]},
            {**mine, "$or": [{name: {"$endsWith": "delta"}}, {name: alpha}]},
        ],
        "$nor": [{**mine, "$nor": [{name: alpha}, {name: charlie}, {name: Marked("{m}-golf")}]}],
        "$eq": [{name: {"$eq": alpha}}, {name: {"$eq": Marked("{m}-Alpha")}}],
        "$ne": [{name: {**within, "$ne": alpha}}],
        "$gt": [{name: {**within, "$gt": mid}}],
        "$lt": [{name: {**within, "$lt": mid}}],
        "$gte": [{name: {**within, "$gte": mid}}],
        "$lte": [{name: {**within, "$lte": mid}}],
        "$in": [{name: {"$in": [Marked("{m}-nobody"), charlie, alpha]}}],
        "$nin": [{name: {**within, "$nin": [charlie, alpha]}}],
        "$startsWith": [
            {name: {"$startsWith": Marked("{m}-alpha")}},
            {name: {"$startsWith": Marked("{m}-charlie ")}},
            {name: {"$startsWith": dot}},
        ],
        "$endsWith": [
            {name: {**within, "$endsWith": "-alpha"}},
            {name: {**within, "$endsWith": "delta"}},
            {name: {**within, "$endsWith": "lima.x"}},
        ],
        "$contains": [
            {name: {**within, "$contains": "alpha"}},
            {name: {**within, "$contains": "-x-"}},
            {name: {**within, "$contains": "lima.x"}},
        ],
        "$ci": [
            {name: {"$eq": Marked("{m}-ALPHA"), "$ci": True}},
            {name: {**within, "$endsWith": "-ALPHA", "$ci": True}},
            {name: {"$eq": loud, "$ci": False}},
        ],
        "$and-of-none": [{**mine, "$and": []}],
        "$or-of-none": [{**mine, "$or": []}],
        "$nor-of-none": [{**mine, "$nor": []}],
    }
    return table[operator]


def _date_queries(setting: Setting, key: Key, operator: str, mine: dict[str, Json]) -> list[Json]:
    middle = min(
        set(range(len(NAMES))) - set(TOUCHED), key=lambda number: abs(number - (len(NAMES) - 1) / 2)
    )
    moment = Ref(f"item {middle}", key.pointer)
    if operator == "equal":
        return [{key.name: moment, **mine}]
    return [{**mine, key.name: {operator: moment}}]


def _id_queries(setting: Setting, key: Key, operator: str, mine: dict[str, Json]) -> list[Json]:
    one, two = Ref("item 1", key.pointer), Ref("item 5", key.pointer)
    match operator:
        case "equal":
            return [{key.name: one}]
        case "$eq":
            return [{key.name: {"$eq": one}}]
        case "$ne":
            return [{**mine, key.name: {"$ne": one}}]
        case "$in":
            return [{key.name: {"$in": [one, two]}}]
        case _:
            return [{**mine, key.name: {"$nin": [one, two]}}]


def _tag_queries(name: str, operator: str, mine: dict[str, Json]) -> list[Json]:
    table: dict[str, Json] = {
        "equal": {"floor": "3"},
        "$eq": {"$eq": {"floor": "1"}},
        "$ne": {"$ne": {"wing": "north"}},
        "$in": {"floor": {"$in": ["0", "2"]}},
        "$nin": {"floor": {"$nin": ["0", "2"]}},
        "$tagKey": {"$tagKey": "colour"},
        "$tagValue": {"$tagValue": "3"},
    }
    both = {"$tagKey": "floor", "$tagValue": "3"}
    return [
        {**mine, name: table[operator]},
        *([{**mine, name: both}] if operator.startswith("$tag") else []),
    ]


def judge_query(setting: Setting, promise: Query, trace: Trace) -> Iterator[Observation]:
    """The items that the query describes are listed and no others."""
    if trace["found"].refused:
        yield Broken(
            f"a query with {promise.operator} on {promise.key.name} is refused: {trace['found']}",
            trace.all("found"),
        )
        return
    query = trace["found"].call.arguments[promise.queries.query]
    reference = promise.key.type is KeyType.ID and promise.key.pointer != setting.resource.identity
    mine = own(setting, trace, _family(setting, promise.key) if reference else catalogue(setting))
    described = {step: _described(setting, trace, step) for step in mine.values()}
    keys = {key.name: key for key in promise.queries.keys.values()}
    unclear = {step for step, item in described.items() if _unclear(promise, query, item)}
    mine = {id: step for id, step in mine.items() if step not in unclear}
    if not mine:
        raise Undecidable(f"no item made for this is clearly on one side of {query}")
    expected = {
        step
        for step, item in described.items()
        if step not in unclear and matches(query, item, keys)
    }
    yield from selects(setting, trace, "found", expected, mine, f"the query {query}")


def _unclear(promise: Query, query: Json, item: Json) -> bool:
    """Tell whether the documents leave open if an item is described: one without the tag that is
    excluded, one at a boundary shown in whole seconds.
    """
    value = pointers.get(item, promise.key.pointer)
    if promise.key.type is KeyType.TAGS and promise.operator in ("$ne", "$nin"):
        return not ({"floor", "wing"} <= set(value or ()))
    if promise.key.type is KeyType.DATE and isinstance(value, str) and "." not in value:
        condition = query.get(promise.key.name)
        return value in (condition.values() if isinstance(condition, dict) else [condition])
    return False


def _described(setting: Setting, trace: Trace, step: str) -> Json:
    """Return what is known of an item: what its creation answered, what was sent, and when it was
    last touched.
    """
    item = {
        **trace[step].call.body,
        **(trace[step].json if isinstance(trace[step].json, dict) else {}),
    }
    touched = step.replace("item", "touch")
    if touched in trace and trace[touched].succeeded:
        after = trace[touched].json
        dates = [
            name
            for name, value in item.items()
            if isinstance(value, str) and value[4:5] == "-" and "T" in value
        ]
        item = {name: value for name, value in item.items() if name not in dates} | (
            after if isinstance(after, dict) else {}
        )
    return item


CHECKS = {
    Glob.kind: Check(plan=plan_glob, judge=judge_glob),
    Unfiltered.kind: Check(plan=plan_unfiltered, judge=judge_unfiltered),
    LonePattern.kind: Check(plan=plan_lone, judge=judge_lone),
    State.kind: Check(plan=plan_state, judge=judge_state),
    Query.kind: Check(plan=plan_query, judge=judge_query),
}
