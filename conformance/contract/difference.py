"""What changed between two contracts, as values; each change is classed as breaking for callers or
not.

Breaking is what a caller who kept to the old contract could notice: something is no longer
accepted, no longer answered, or means something else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from conformance.contract.contract import Contract
from conformance.contract.json import Json, same
from conformance.contract.operation import Operation, Parameter, Response, merged
from conformance.contract.pointer import MISSING, join

DEEPEST = 6  # levels of a schema that are compared
FLOORS = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
CEILINGS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
EXACT = ("pattern", "format", "const", "multipleOf", "uniqueItems")
SILENT = ("x-source",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference. `kind` is stable (`parameter.default`), `place` says where in words, `before`
    and `after` are JSON or MISSING.

    `pointer` leads into the newer document, or into the older one for what is gone.
    """

    kind: str
    operation: str | None
    place: str
    text: str
    breaking: bool
    before: Json
    after: Json
    pointer: str


def differences(before: Contract, after: Contract) -> tuple[Change, ...]:
    """Return what changed from one contract to another, operation by operation, then resources and
    statements.
    """
    return (*_operations(before, after), *_resources(before, after), *_statements(before, after))


def _operations(before: Contract, after: Contract) -> Iterator[Change]:
    for id, old in before.operations.items():
        if id not in after.operations:
            yield _change(
                "operation.removed",
                old,
                "",
                f"{old.method} {old.path} is gone",
                True,
                f"{old.method} {old.path}",
                MISSING,
                old.pointer,
            )
    for id, new in after.operations.items():
        known = before.operations.get(id)
        if known is None:
            yield _change(
                "operation.added",
                new,
                "",
                f"{new.method} {new.path} is new",
                False,
                MISSING,
                f"{new.method} {new.path}",
                new.pointer,
            )
            continue
        if (known.method, known.path) != (new.method, new.path):
            was, now = f"{known.method} {known.path}", f"{new.method} {new.path}"
            yield _change(
                "operation.moved", new, "", f"{was} became {now}", True, was, now, new.pointer
            )
        yield from _parameters(before, after, known, new)
        yield from _bodies(before, after, known, new)
        yield from _responses(before, after, known, new)
        yield from _scopes(known, new)
        yield from _behaviours(known, new)


def _parameters(
    before: Contract, after: Contract, old: Operation, new: Operation
) -> Iterator[Change]:
    olds = {(one.location, one.name): one for one in old.parameters}
    news = {(one.location, one.name): one for one in new.parameters}
    for key, one in olds.items():
        if key not in news:
            place = f"{one.location} parameter {one.name}"
            yield _change(
                "parameter.removed", new, place, "it is gone", True, one.name, MISSING, one.pointer
            )
    for key, one in news.items():
        place = f"{one.location} parameter {one.name}"
        if key not in olds:
            text = "it is new and required" if one.required else "it is new"
            yield _change(
                "parameter.added", new, place, text, one.required, MISSING, one.name, one.pointer
            )
        else:
            yield from _parameter(before, after, olds[key], one, new, place)


def _parameter(
    before: Contract,
    after: Contract,
    old: Parameter,
    new: Parameter,
    operation: Operation,
    place: str,
) -> Iterator[Change]:
    if old.required != new.required:
        text = "it became required" if new.required else "it became optional"
        yield _change(
            "parameter.required",
            operation,
            place,
            text,
            new.required,
            old.required,
            new.required,
            new.pointer,
        )
    if old.blank != new.blank:
        text = "it may be blank" if new.blank else "it may no longer be blank"
        yield _change(
            "parameter.blank", operation, place, text, old.blank, old.blank, new.blank, new.pointer
        )
    if old.media != new.media:
        yield _change(
            "parameter.media",
            operation,
            place,
            f"it is written as {new.media or 'plain text'}",
            True,
            old.media,
            new.media,
            new.pointer,
        )
    yield from _schemas(
        _Side(before, after, operation, "parameter", new.pointer, sending=True),
        old.schema,
        new.schema,
        place,
    )


def _bodies(before: Contract, after: Contract, old: Operation, new: Operation) -> Iterator[Change]:
    if old.body is None and new.body is not None:
        yield _change(
            "body.added",
            new,
            "request body",
            "there is one now",
            new.body.required,
            MISSING,
            new.body.media,
            new.body.pointer,
        )
    elif old.body is not None and new.body is None:
        yield _change(
            "body.removed",
            new,
            "request body",
            "there is none any more",
            True,
            old.body.media,
            MISSING,
            old.body.pointer,
        )
    elif old.body is not None and new.body is not None:
        if old.body.required != new.body.required:
            text = "it became required" if new.body.required else "it became optional"
            yield _change(
                "body.required",
                new,
                "request body",
                text,
                new.body.required,
                old.body.required,
                new.body.required,
                new.body.pointer,
            )
        if old.body.media != new.body.media:
            yield _change(
                "body.media",
                new,
                "request body",
                f"it is {new.body.media}",
                True,
                old.body.media,
                new.body.media,
                new.body.pointer,
            )
        side = _Side(before, after, new, "body", new.body.pointer, sending=True)
        yield from _schemas(side, old.body.schema, new.body.schema, "request body")


def _responses(
    before: Contract, after: Contract, old: Operation, new: Operation
) -> Iterator[Change]:
    olds, news = ({one.status: one for one in operation.responses} for operation in (old, new))
    for status, one in olds.items():
        if status not in news:
            breaking = status.startswith("2")
            yield _change(
                "response.removed",
                new,
                f"{status} answer",
                "it is gone",
                breaking,
                status,
                MISSING,
                one.pointer,
            )
    for status, one in news.items():
        if status not in olds:
            yield _change(
                "response.added",
                new,
                f"{status} answer",
                "it is new",
                False,
                MISSING,
                status,
                one.pointer,
            )
        else:
            yield from _response(before, after, new, olds[status], one)


def _response(
    before: Contract, after: Contract, operation: Operation, old: Response, new: Response
) -> Iterator[Change]:
    place = f"{new.status} answer"
    if old.media != new.media:
        yield _change(
            "response.media",
            operation,
            place,
            f"it is {new.media or 'empty'}",
            True,
            old.media,
            new.media,
            new.pointer,
        )
    elif new.media is not None:
        yield from _schemas(
            _Side(before, after, operation, "response", new.pointer, sending=False),
            old.schema,
            new.schema,
            place,
        )


def _scopes(old: Operation, new: Operation) -> Iterator[Change]:
    if (old.scopes is None) != (new.scopes is None):
        text = "credentials are asked for" if old.scopes is None else "no credentials are asked for"
        yield _change(
            "credentials",
            new,
            "credentials",
            text,
            old.scopes is None,
            old.scopes,
            new.scopes,
            new.pointer,
        )
    olds, news = old.scopes or (), new.scopes or ()
    for scope in olds:
        if scope not in news and new.scopes is not None:
            yield _change(
                "scope.removed",
                new,
                f"scope {scope}",
                "it is no longer enough",
                True,
                scope,
                MISSING,
                new.pointer,
            )
    for scope in news:
        if scope not in olds and old.scopes is not None:
            yield _change(
                "scope.added",
                new,
                f"scope {scope}",
                "it is enough",
                False,
                MISSING,
                scope,
                new.pointer,
            )


def _behaviours(old: Operation, new: Operation) -> Iterator[Change]:
    olds, news = (_named(operation) for operation in (old, new))
    for name, (word, pointer, body) in olds.items():
        if name not in news:
            yield _change(
                f"{word}.removed",
                new,
                name,
                "it is no longer promised",
                True,
                _plain(body),
                MISSING,
                pointer,
            )
    for name, (word, pointer, body) in news.items():
        if name not in olds:
            yield _change(
                f"{word}.added",
                new,
                name,
                "it is promised now",
                False,
                MISSING,
                _plain(body),
                pointer,
            )
        else:
            yield from _nodes(
                new, f"{word}.changed", name, _plain(olds[name][2]), _plain(body), pointer
            )


def _named(operation: Operation) -> dict[str, tuple[str, str, Json]]:
    found: dict[str, tuple[str, str, Json]] = {}
    for word, pointer, body in operation.behaviours:
        by = next(
            (
                str(body[key])
                for key in ("by", "query", "field", "state", "parameter", "page")
                if isinstance(body, dict) and key in body
            ),
            "",
        )
        found[f"{word} {by}".strip()] = (word, pointer, body)
    return found


def _plain(node: Json) -> Json:
    """Return a node without its citations, which are the register's."""
    if isinstance(node, dict):
        return {key: _plain(child) for key, child in node.items() if key not in SILENT}
    return [_plain(child) for child in node] if isinstance(node, list) else node


def _nodes(
    operation: Operation | None,
    kind: str,
    place: str,
    old: Json,
    new: Json,
    pointer: str,
    at: str = "",
) -> Iterator[Change]:
    """Compare two descriptions: what is added breaks nobody, what is gone or other does."""
    where = f"{place} › {at}" if at else place
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            below = f"{at}.{key}" if at else str(key)
            yield from _nodes(
                operation,
                kind,
                place,
                old.get(key, MISSING),
                new.get(key, MISSING),
                join(pointer, key),
                below,
            )
    elif old is MISSING:
        yield _change(kind, operation, where, "it is new", False, MISSING, new, pointer)
    elif new is MISSING:
        yield _change(kind, operation, where, "it is gone", True, old, MISSING, pointer)
    elif isinstance(old, list) and isinstance(new, list):
        for one in [one for one in old if one not in new]:
            yield _change(
                kind, operation, where, f"{_shown(one)} is gone", True, one, MISSING, pointer
            )
        for one in [one for one in new if one not in old]:
            yield _change(
                kind, operation, where, f"{_shown(one)} is new", False, MISSING, one, pointer
            )
    elif not same(old, new):
        yield _change(
            kind, operation, where, f"{_shown(old)} became {_shown(new)}", True, old, new, pointer
        )


@dataclass(frozen=True, slots=True)
class _Side:
    """Where two schemas are compared, and whether callers send what they describe or receive it."""

    before: Contract
    after: Contract
    operation: Operation
    part: str
    pointer: str
    sending: bool


def _schemas(side: _Side, old: Json, new: Json, place: str, depth: int = 0) -> Iterator[Change]:
    old, new = merged(side.before.document, old or {}), merged(side.after.document, new or {})
    if depth > DEEPEST or not isinstance(old, dict) or not isinstance(new, dict):
        return

    def changed(keyword: str, text: str, breaking: bool) -> Change:
        was, now = old.get(keyword, MISSING), new.get(keyword, MISSING)
        return _change(
            f"{side.part}.{keyword}", side.operation, place, text, breaking, was, now, side.pointer
        )

    yield from _types(side, old, new, changed)
    for keyword in (*FLOORS, *CEILINGS):
        was, now = old.get(keyword), new.get(keyword)
        if was != now:
            narrower = now is not None and (
                was is None or (now > was if keyword in FLOORS else now < was)
            )
            yield changed(
                keyword, _turned(keyword, was, now), narrower if side.sending else not narrower
            )
    for keyword in EXACT:
        if not same(old.get(keyword, MISSING), new.get(keyword, MISSING)):
            breaking = keyword in new if side.sending else keyword in old
            yield changed(keyword, _turned(keyword, old.get(keyword), new.get(keyword)), breaking)
    if side.sending and not same(old.get("default", MISSING), new.get("default", MISSING)):
        yield changed(
            "default", _turned("default", old.get("default"), new.get("default")), "default" in old
        )
    yield from _properties(side, old, new, place, depth)
    if isinstance(old.get("items"), dict) and isinstance(new.get("items"), dict):
        yield from _schemas(side, old["items"], new["items"], f"{place} › each item", depth + 1)
    for keyword in ("anyOf", "oneOf", "allOf", "patternProperties", "if", "then", "else", "not"):
        if not same(_plain(old.get(keyword)), _plain(new.get(keyword))):
            yield changed(keyword, f"{keyword} changed", True)


def _types(
    side: _Side, old: Json, new: Json, changed: Callable[[str, str, bool], Change]
) -> Iterator[Change]:
    was, now = _listed(old.get("type")), _listed(new.get("type"))
    if set(was) != set(now):
        narrower, wider = (
            bool(now) and not (was and set(was) <= set(now)),
            bool(was) and not (now and set(now) <= set(was)),
        )
        yield changed(
            "type",
            _turned("type", old.get("type"), new.get("type")),
            narrower if side.sending else wider,
        )
    values, others = old.get("enum"), new.get("enum")
    if values is None or others is None:
        if values != others:
            text = (
                "the accepted values are listed"
                if values is None
                else "the values are no longer listed"
            )
            yield changed("enum", text, (values is None) == side.sending)
        return
    for value in [value for value in values if value not in others]:
        yield changed("enum", f"the value {_shown(value)} is gone", side.sending)
    for value in [value for value in others if value not in values]:
        yield changed("enum", f"the value {_shown(value)} is new", not side.sending)


def _properties(side: _Side, old: Json, new: Json, place: str, depth: int) -> Iterator[Change]:
    olds, news = old.get("properties", {}), new.get("properties", {})
    was, now = set(old.get("required", ())), set(new.get("required", ()))

    def change(
        kind: str, name: str, text: str, breaking: bool, before: Json, after: Json
    ) -> Change:
        return _change(
            f"{side.part}.{kind}",
            side.operation,
            f"{place} › {name}",
            text,
            breaking,
            before,
            after,
            side.pointer,
        )

    for name in [name for name in olds if name not in news]:
        yield change("property", name, "the field is gone", True, name, MISSING)
    for name in [name for name in news if name not in olds]:
        needed = side.sending and name in now
        yield change(
            "property",
            name,
            "the field is new and required" if needed else "the field is new",
            needed,
            MISSING,
            name,
        )
    for name in [name for name in news if name in olds]:
        if (name in was) != (name in now):
            text = "the field is required" if name in now else "the field is no longer required"
            yield change(
                "required", name, text, (name in now) == side.sending, name in was, name in now
            )
        yield from _schemas(side, olds[name], news[name], f"{place} › {name}", depth + 1)
    closed, closing = (
        old.get("additionalProperties", True) is False,
        new.get("additionalProperties", True) is False,
    )
    if closed != closing:
        text = "other fields are refused" if closing else "other fields may be there"
        before, after = (
            old.get("additionalProperties", MISSING),
            new.get("additionalProperties", MISSING),
        )
        yield _change(
            f"{side.part}.additionalProperties",
            side.operation,
            place,
            text,
            closing == side.sending,
            before,
            after,
            side.pointer,
        )


def _resources(before: Contract, after: Contract) -> Iterator[Change]:
    for key, word in (("x-resources", "resource"), ("x-references", "reference")):
        olds, news = before.document.get(key, {}), after.document.get(key, {})
        for name in [*olds, *(name for name in news if name not in olds)]:
            old, new = _plain(olds.get(name, MISSING)), _plain(news.get(name, MISSING))
            for change in _nodes(None, word, f"{word} {name}", old, new, join("", key, name)):
                yield change if word == "resource" else replace(change, breaking=False)


def _statements(before: Contract, after: Contract) -> Iterator[Change]:
    olds, news = _edition(before), _edition(after)
    for id in [*olds, *(id for id in news if id not in olds)]:
        old, new = olds.get(id), news.get(id)
        if old is None or new is None:
            kind, text = (
                ("statement.added", "the page says it now")
                if old is None
                else ("statement.removed", "the page no longer says it")
            )
            yield _change(
                kind,
                None,
                f"statement {id}",
                f"{text}: {new or old}",
                False,
                old or MISSING,
                new or MISSING,
                "",
            )
        elif old != new:
            yield _change(
                "statement.changed",
                None,
                f"statement {id}",
                f"it reads now: {new}",
                False,
                old,
                new,
                "",
            )


def _edition(contract: Contract) -> Mapping[str, str]:
    known = set(contract.documents)
    return {
        id: one.text
        for id, one in contract.register.statements.items()
        if known & set(one.documents)
    }


def _change(
    kind: str,
    operation: Operation | None,
    place: str,
    text: str,
    breaking: bool,
    before: Json,
    after: Json,
    pointer: str,
) -> Change:
    id = operation.id if operation else None
    return Change(
        kind=kind,
        operation=id,
        place=place,
        text=text,
        breaking=breaking,
        before=before,
        after=after,
        pointer=pointer,
    )


def _listed(types: Json) -> list[Json]:
    return types if isinstance(types, list) else [] if types is None else [types]


def _turned(keyword: str, was: Json, now: Json) -> str:
    if was is None:
        return f"{keyword} is {_shown(now)}"
    return (
        f"{keyword} {_shown(was)} is no longer said"
        if now is None
        else f"{keyword} {_shown(was)} became {_shown(now)}"
    )


def _shown(value: Json) -> str:
    text = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
    return text if len(text) < 80 else text[:77] + "…"
