"""Request bodies that any reasonable server takes, built from a schema; ids of other things stand
in them as fixtures.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from conformance.checks import drawing
from conformance.checks.call import Fixture, Marked, Placeholder, filled, placeholders
from conformance.contract import pointer as pointers
from conformance.contract import schema as schemas
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.mark import SAMPLE
from conformance.contract.marking import MarkField, mark_field
from conformance.contract.operation import Operation
from conformance.contract.reference import inline, resolve
from conformance.contract.resource import Resource
from conformance.contract.schema import Validator

AWKWARD = "{m} <b>R&D</b> \"x\"  'y' 100% #1 ä 🙂"  # a name that some servers would change


def stand_in(placeholder: Placeholder) -> Json:
    """Return a value of the right shape for a placeholder, for use before there is a target."""
    match placeholder:
        case Marked():
            return placeholder.under(SAMPLE)
        case Fixture():
            return placeholder.fallback
        case _:
            raise TypeError(f"{placeholder} has no value before a run")


@dataclass(frozen=True, slots=True)
class Bodies:
    """What can be sent as the body of one operation on one resource. `field` carries the mark,
    where the body has it.
    """

    contract: Contract
    operation: Operation
    resource: Resource
    properties: Mapping[str, Json]
    required: tuple[str, ...]
    seed: str
    validator: Validator
    field: MarkField | None

    @property
    def mark(self) -> str | None:
        """Return the property that carries the mark, or holds the field that does."""
        name = pointers.tokens(self.resource.mark)[0] if self.resource.mark else None
        return name if name in self.properties else None

    def holds(self, text: str) -> bool:
        """Tell whether the field that carries the mark takes a text (with `{m}` for the mark)."""
        return self.field is None or self.field.holds(text)

    def fitted(self, text: str) -> str:
        """Return a text under a mark that the field takes."""
        return text if self.field is None else self.field.fitted(text)

    def marked(self, value: Json) -> Json:
        """Return what the property that carries the mark is to be, so that the mark's field holds
        `value`.
        """
        way = self.resource.mark or ""
        nested = "/" + way[1:].partition("/")[2]
        if nested == "/":
            return value
        drawn = drawing.draw(drawing.value(self.properties[self.mark or ""]), f"{self.seed}{way}")
        return pointers.put(drawn if isinstance(drawn, dict) else {}, nested, value)

    def fits(self, body: Json) -> bool:
        """Tell whether a body, its placeholders stood in for, is valid."""
        return self.validator.is_valid(filled(body, stand_in))

    def minimal(self, text: str = "{m}-item") -> dict[str, Json]:
        """Return the smallest body: required properties only, the mark, and as few ids of other
        things as the schema allows.
        """
        names = list(dict.fromkeys([*self.required, *([self.mark] if self.mark else [])]))
        best = min(
            self._products(names, text),
            key=lambda body: len(list(placeholders(body))),
            default=None,
        )
        return (
            best
            if best is not None
            else {name: next(self._candidates(name, text)) for name in names}
        )

    def with_value(self, name: str, value: Json, text: str = "{m}-item") -> dict[str, Json] | None:
        """Return a body in which property `name` is `value` and the rest makes it valid; None when
        there is none.
        """
        names = [
            other
            for other in dict.fromkeys([*self.required, *([self.mark] if self.mark else [])])
            if other != name
        ]
        found = ({**body, name: value} for body in self._products(names, text, valid=False))
        return min(
            (body for body in found if self.fits(body)),
            key=lambda body: len(list(placeholders(body))),
            default=None,
        )

    def samples(self, name: str, count: int) -> Iterator[Json]:
        """Yield values for property `name` that must be kept: plain ones first, then awkward but
        printable ones.
        """
        node = self.properties[name]
        if name == self.mark:
            drawn = [
                "{m} " + drawing.draw(drawing.text(8, 40), f"{self.seed}/{name}", number)
                for number in range(count)
            ]
            for text in dict.fromkeys((self.fitted("{m}-plain"), AWKWARD, *drawn)):
                if self.holds(text):
                    yield self.marked(Marked(text))
            long = Marked(
                "{m} " + "ä日x" * 13,
                length=int(
                    min(
                        self.field.longest if self.field else 100,
                        300,
                        100 if node.get("maxLength") is None else 300,
                    )
                ),
            )
            if self.holds(long.under(SAMPLE)):
                yield self.marked(long)
        elif references := self._references(name):
            yield references
            if isinstance(references, list) and len(references) > 1:
                yield references[:1]
        elif node.get("type") == "boolean":
            yield from (False, True)
        elif "examples" in node:
            yield from node["examples"]
        else:
            seen = list[Json]()
            if (
                node.get("type") == "string"
                and not {"enum", "const", "pattern", "format"} & node.keys()
            ):
                seen.append(
                    ("Größe – “long”  текст 🙂, <b>&amp;</b> 'x' " * 20).strip()[
                        : min(node.get("maxLength", 300), 300)
                    ]
                )
                yield seen[0]
            for number in range(count + 1):
                value = drawing.draw(drawing.value(node), f"{self.seed}/{name}", number)
                if value not in seen:
                    seen.append(value)
                    yield value

    def _products(
        self, names: list[str], text: str, valid: bool = True
    ) -> Iterator[dict[str, Json]]:
        for values in itertools.islice(
            itertools.product(*(list(self._candidates(name, text)) for name in names)), 200
        ):
            body = dict(zip(names, values, strict=True))
            if not valid or self.fits(body):
                yield body

    def _candidates(self, name: str, text: str) -> Iterator[Json]:
        node = self.properties[name]
        if name == self.mark:
            yield self.marked(Marked(self.fitted(text)))
        elif references := self._references(name):
            if isinstance(references, list):
                yield []
            yield references
        elif node.get("type") == "boolean":
            yield from (False, True)
        else:
            yield drawing.draw(drawing.value(node), f"{self.seed}/{name}")

    def _references(self, name: str) -> Json:
        reference = next((one for one in self.contract.references if one.body == f"/{name}"), None)
        if reference is None:
            return None
        node = self.properties[name]
        examples = (
            [
                example[name]
                for example in self.operation.body.examples.values()
                if example.get(name)
            ]
            if self.operation.body
            else []
        )
        if node.get("type") == "array":
            known = (
                examples[0]
                if examples
                else [drawing.draw(drawing.value(node["items"]), f"{self.seed}/{name}")]
            )
            return [Fixture(reference.name, index, value) for index, value in enumerate(known[:2])]
        return Fixture(
            reference.name,
            0,
            examples[0] if examples else drawing.draw(drawing.value(node), f"{self.seed}/{name}"),
        )


def bodies(contract: Contract, operation: Operation, resource: Resource, seed: str) -> Bodies:
    """Return the bodies of an operation that has one."""
    if operation.body is None:
        raise ValueError(f"{operation.id} has no body")
    schema, _ = resolve(contract.document, operation.body.schema, "")
    field = mark_field(contract.document, resource, operation)
    return Bodies(
        contract=contract,
        operation=operation,
        resource=resource,
        properties={
            name: inline(contract.document, node)
            for name, node in schema.get("properties", {}).items()
        },
        required=tuple(schema.get("required", ())),
        seed=seed,
        validator=schemas.compile(contract.document, operation.body.schema),
        field=field if isinstance(field, MarkField) else None,
    )
