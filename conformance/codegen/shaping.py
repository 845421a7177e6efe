"""From schemas to shapes: JSON Schema 2020-12, as OpenAPI 3.1 uses it, read once for requests and
once for answers.

Answers are open: an enumeration may gain values, an object fields. Requests are closed where the
schema is. Types carry structure; limits such as `maxLength`, which the server judges, are said in
docstrings. A keyword that is neither structure, nor limit, nor annotation stops the generator.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce

from conformance.codegen import naming
from conformance.codegen.flattening import (
    DEEPEST,
    LIMITS,
    ORDER,
    RULES,
    STRUCTURE,
    check,
    flattened,
    kinds_of,
    structural,
)
from conformance.codegen.refusal import refusal
from conformance.codegen.shape import (
    ANY,
    BYTES,
    NULL,
    NUMBER,
    TEXT,
    TIMESTAMP,
    TRUTH,
    WHOLE,
    Alias,
    Field,
    Keyed,
    Many,
    Named,
    OneOf,
    Record,
    Shape,
    either,
)
from conformance.codegen.source import identifier
from conformance.contract import pointer as pointers
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.pointer import join
from conformance.errors import ContractError

RESERVED = {
    "Any",
    "Integer",
    "Literal",
    "Mapping",
    "Model",
    "Number",
    "Sequence",
    "Timestamp",
    "TypeAlias",
    "TypedDict",
}


@dataclass(slots=True)
class Shaper:
    """Collects the records and aliases of one direction: `request` True for what is sent, False for
    what is answered.
    """

    contract: Contract
    request: bool
    records: list[Record] = field(default_factory=list)
    aliases: list[Alias] = field(default_factory=list)
    _scope: naming.Scope = field(default_factory=lambda: naming.Scope(RESERVED))
    _named: dict[str, Named] = field(default_factory=dict)
    _shapes: dict[str, Shape] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)

    def shape(self, node: Json, at: str, hint: str) -> Shape:
        """Return the type of the schema `node`, which stands at `at`; `hint` names what has no name
        of its own.

        Raises ContractError with the pointer of whatever has no Python type.
        """
        if node is True or node is None or node == {}:
            return ANY
        if node is False:
            raise self._refusal("a schema that nothing fits has no type", at)
        if not isinstance(node, dict):
            raise self._refusal("this is no schema", at)
        if len(self._open) > DEEPEST:
            raise self._refusal(f"schemas within schemas, more than {DEEPEST} deep", at)
        if "$ref" in node:
            return self._reference(node, at, hint)
        check(self.contract, node, at)
        return self._plain(flattened(self.contract, node, at), at, hint)

    def record(self, shape: Shape) -> Record | None:
        """Return the record that a type names, if it names one."""
        return (
            next((one for one in self.records if one.name == shape.name), None)
            if isinstance(shape, Named)
            else None
        )

    def resolved(self, shape: Shape) -> Shape:
        """Return the type behind an alias."""
        by_name = {alias.name: alias.shape for alias in self.aliases}
        while isinstance(shape, Named) and shape.name in by_name:
            shape = by_name[shape.name]
        return shape

    def _reference(self, node: Json, at: str, hint: str) -> Shape:
        rest = {key: value for key, value in node.items() if key in STRUCTURE and key != "$ref"}
        if rest:
            check(self.contract, node, at)
            return self._plain(
                flattened(self.contract, {"allOf": [{"$ref": node["$ref"]}, rest]}, at), at, hint
            )
        target_at = str(node["$ref"]).removeprefix("#")
        if target_at in self._named:
            return self._named[target_at]
        if target_at in self._shapes:
            return self._shapes[target_at]
        if target_at in self._open:
            return ANY  # an alias that holds itself: no Python type before 3.12 can say so
        target = pointers.get(self.contract.document, target_at)
        name = pointers.tokens(target_at)[-1]
        self._open.append(target_at)
        try:
            if isinstance(target, dict) and "$ref" not in target:
                check(self.contract, target, target_at)
                flat = flattened(self.contract, target, target_at)
                if self._is_record(flat):
                    self._named[target_at] = Named(
                        identifier(self._scope.give(naming.capital(name)))
                    )
                    self._declare(self._named[target_at], flat, target_at)
                    return self._named[target_at]
                shape = self._plain(flat, target_at, name)
            else:
                shape = self.shape(target, target_at, name)
        finally:
            self._open.pop()
        if (
            not isinstance(shape, Named)
            and shape != ANY
            and target_at.startswith("/components/schemas/")
        ):
            alias = Alias(
                name=identifier(self._scope.give(naming.capital(name))),
                shape=shape,
                text=_text(target),
                pointer=target_at,
            )
            self.aliases.append(alias)
            shape = Named(alias.name)
        self._shapes[target_at] = shape
        return shape

    def _plain(self, node: Json, at: str, hint: str) -> Shape:
        if "enum" in node or "const" in node:
            return self._values(node, at)
        branches = node.get("anyOf") or node.get("oneOf")
        if branches:
            return self._branches(node, branches, at, hint)
        return reduce(
            either, [self._typed(kind, node, at, hint) for kind in kinds_of(node)] or [ANY]
        )

    def _values(self, node: Json, at: str) -> Shape:
        values = [node["const"]] if "const" in node else list(node["enum"])
        kinds = kinds_of({"type": node["type"]}) if "type" in node else None
        if kinds is not None and self.request:
            values = [value for value in values if any(_is(value, kind) for kind in kinds)]
        if not values:
            raise self._refusal("no value of this enumeration has its type", at)
        exact = tuple(
            dict.fromkeys(
                value for value in values if isinstance(value, str | int) or value is None
            )
        )
        wide = {
            _kind(value)
            for value in values
            if not self.request or not (isinstance(value, str | int) or value is None)
        }
        if not self.request and kinds is not None:
            wide |= set(kinds)
        named = tuple(value for value in exact if value is not None)
        members: list[Shape] = (
            [OneOf(named)]
            if named and (self.request or all(isinstance(value, str) for value in named))
            else []
        )
        members += [self._typed(kind, {}, at, "") for kind in sorted(wide, key=ORDER.index)]
        return either(*members, *([NULL] if None in exact else []))

    def _branches(self, node: Json, branches: list[Json], at: str, hint: str) -> Shape:
        keyword = "anyOf" if node.get("anyOf") else "oneOf"
        base = {key: value for key, value in node.items() if key not in ("anyOf", "oneOf")}
        told = [one for one in branches if not isinstance(one, dict) or structural(one)]
        if not told:
            # branches that only demand or limit: the server's to judge
            return self._plain(base, at, hint)
        whole = any(
            key in base
            for key in (
                "properties",
                "items",
                "additionalProperties",
                "patternProperties",
                "prefixItems",
                "type",
                "required",
            )
        )
        found = []
        for number, branch in enumerate(branches):
            here = join(at, keyword, number)
            name = f"{hint} {_title(branch)}" if _title(branch) else f"{hint} {number + 1}"
            if isinstance(branch, dict) and not structural(branch):
                branch = {}
            if whole:
                merged = flattened(self.contract, {"allOf": [base, branch]}, here)
                fits = kinds_of(merged)
                found += [self._plain(merged, here, name)] if fits or not kinds_of(base) else []
            else:
                found.append(self.shape(branch, here, name))
        if not found:
            raise self._refusal("no branch of this choice fits its type", at)
        return either(*found)

    def _typed(self, kind: str, node: Json, at: str, hint: str) -> Shape:
        match kind:
            case "null":
                return NULL
            case "boolean":
                return TRUTH
            case "integer":
                return WHOLE
            case "number":
                return NUMBER
            case "string" if node.get("format") == "binary":
                return BYTES
            case "string":
                return TIMESTAMP if node.get("format") == "date-time" and not self.request else TEXT
            case "array":
                return Many(self._item(node, at, hint))
            case _:
                return self._object(node, at, hint)

    def _item(self, node: Json, at: str, hint: str) -> Shape:
        if "prefixItems" in node:
            first = [
                self.shape(one, join(at, "prefixItems", number), f"{hint} {number + 1}")
                for number, one in enumerate(node["prefixItems"])
            ]
            rest = (
                []
                if node.get("items") is False
                else [self.shape(node.get("items"), join(at, "items"), f"{hint} item")]
            )
            return either(*first, *rest)
        return (
            ANY
            if node.get("items") is False
            else self.shape(node.get("items"), join(at, "items"), f"{hint} item")
        )

    def _object(self, node: Json, at: str, hint: str) -> Shape:
        if self._is_record(node):
            named = Named(identifier(self._scope.give(naming.capital(hint))))
            self._declare(named, node, at)
            return named
        values = [
            self.shape(one, join(at, "patternProperties", key), f"{hint} value")
            for key, one in node.get("patternProperties", {}).items()
        ]
        rest = node.get("additionalProperties", not values)
        if rest is not False:
            values.append(self.shape(rest, join(at, "additionalProperties"), f"{hint} value"))
        return Keyed(either(*values) if values else ANY)

    def _is_record(self, node: Json) -> bool:
        chosen = node.get("anyOf") or node.get("oneOf") or "enum" in node or "const" in node
        return bool(node.get("properties")) and kinds_of(node) == ["object"] and not chosen

    def _declare(self, named: Named, node: Json, at: str) -> None:
        index = len(self.records)
        scope = naming.Scope(naming.MODEL | naming.TYPES)
        fields = []
        required = set(node.get("required", ()))
        for wire, child in node["properties"].items():
            here = join(at, "properties", wire)
            shown = child if isinstance(child, dict) else {}
            if child is False or (self.request and self._marked(shown, "readOnly")):
                continue
            fields.append(
                Field(
                    wire=wire,
                    name=identifier(scope.give(naming.snake(wire, "field"))),
                    shape=self.shape(child, here, f"{_spaced(named.name)} {wire}"),
                    required=wire in required
                    and not (not self.request and self._marked(shown, "writeOnly")),
                    text=self.text(shown),
                )
            )
        fields.sort(key=lambda one: not one.required)
        patterns = [
            self.shape(one, join(at, "patternProperties", key), f"{named.name} value")
            for key, one in node.get("patternProperties", {}).items()
        ]
        rest = node.get("additionalProperties", True)
        if isinstance(rest, dict) and rest:
            patterns.append(
                self.shape(rest, join(at, "additionalProperties"), f"{named.name} value")
            )
        self.records.insert(
            index,
            Record(
                name=named.name,
                fields=tuple(fields),
                closed=rest is False and not patterns,
                text=_text(node),
                pointer=at,
                rest=either(*patterns) if patterns and rest is not True else None,
            ),
        )

    def text(self, node: Json) -> str:
        """Return what a schema says in words, and its limits."""
        seen: set[str] = set()
        notes: dict[str, Json] = {}
        words = ""
        while isinstance(node, dict):
            words = words or _text(node)
            notes = {
                **{key: node[key] for key in node if key in LIMITS or key == "default"},
                **notes,
            }
            if any(key in RULES for key in node):
                notes["further rules"] = True
            if "$ref" not in node or node["$ref"] in seen:
                break
            seen.add(node["$ref"])
            node = pointers.get(self.contract.document, str(node["$ref"]).removeprefix("#"))
        limits = ", ".join(
            "further rules apply" if key == "further rules" else f"{key} {_short(value)}"
            for key, value in notes.items()
        )
        return f"{words} ({limits})".strip() if limits else words

    def _marked(self, node: Json, mark: str) -> bool:
        if "$ref" in node:
            target = pointers.get(self.contract.document, str(node["$ref"]).removeprefix("#"))
            return bool(node.get(mark, isinstance(target, dict) and target.get(mark, False)))
        return bool(node.get(mark, False))

    def _refusal(self, message: str, at: str, hint: str | None = None) -> ContractError:
        return refusal(message, at, self.contract, hint)


def _kind(value: Json) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def _is(value: Json, kind: str) -> bool:
    return (
        _kind(value) == kind
        or (kind == "number" and _kind(value) == "integer")
        or (kind == "integer" and isinstance(value, float) and value.is_integer())
    )


def _title(branch: Json) -> str:
    if not isinstance(branch, dict):
        return ""
    if "$ref" in branch:
        return pointers.tokens(str(branch["$ref"]).removeprefix("#"))[-1]
    return str(
        branch.get("title") or (branch["type"] if isinstance(branch.get("type"), str) else "")
    )


def _text(node: Json) -> str:
    if not isinstance(node, dict):
        return ""
    text = node.get("description") or node.get("title") or ""
    return " ".join(str(text).split())[:1000]


def _short(value: Json) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _spaced(name: str) -> str:
    return " ".join(naming.words(name)) or name
