"""Request bodies that any reasonable server takes, built from a schema; ids of other things stand in them as fixtures."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from conformance.checks import drawing
from conformance.checks.call import Fixture, Marked, Placeholder, filled, placeholders
from conformance.contract import schema as schemas
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.operation import Operation
from conformance.contract.reference import inline, resolve
from conformance.contract.resource import Resource
from conformance.contract.schema import Validator

AWKWARD = "{m} <b>R&D</b> \"x\"  'y' 100% #1 ä 🙂"  # a name that some servers would change
MARK = "conformance-0000000000-0000000"  # as long as a real one, for judging lengths before the mark is known


def stand_in(placeholder: Placeholder) -> Json:
    """Return a value of the right shape for a placeholder, for use before there is a target."""
    match placeholder:
        case Marked():
            return placeholder.under(MARK)
        case Fixture():
            return placeholder.fallback
        case _:
            raise TypeError(f"{placeholder} has no value before a run")


@dataclass(frozen=True, slots=True)
class Bodies:
    """What can be sent as the body of one operation on one resource."""

    contract: Contract
    operation: Operation
    resource: Resource
    properties: Mapping[str, Json]
    required: tuple[str, ...]
    seed: str
    validator: Validator

    @property
    def mark(self) -> str | None:
        """Return the property that carries the mark."""
        return self.resource.mark[1:] if self.resource.mark and self.resource.mark[1:] in self.properties else None

    def fits(self, body: Json) -> bool:
        """Tell whether a body, its placeholders stood in for, is valid."""
        return self.validator.is_valid(filled(body, stand_in))

    def minimal(self, text: str = "{m}-item") -> dict[str, Json]:
        """Return the smallest body: required properties only, the mark, and as few ids of other things as the schema allows."""
        names = list(dict.fromkeys([*self.required, *([self.mark] if self.mark else [])]))
        best = min(self._products(names, text), key=lambda body: len(list(placeholders(body))), default=None)
        return best if best is not None else {name: next(self._candidates(name, text)) for name in names}

    def with_value(self, name: str, value: Json, text: str = "{m}-item") -> dict[str, Json] | None:
        """Return a body in which property `name` is `value` and the rest makes it valid; None when there is none."""
        names = [other for other in dict.fromkeys([*self.required, *([self.mark] if self.mark else [])]) if other != name]
        found = ({**body, name: value} for body in self._products(names, text, valid=False))
        return min((body for body in found if self.fits(body)), key=lambda body: len(list(placeholders(body))), default=None)

    def samples(self, name: str, count: int) -> Iterator[Json]:
        """Yield values for property `name` that must be kept: plain ones first, then awkward but printable ones."""
        node = self.properties[name]
        if name == self.mark:
            yield Marked("{m}-plain")
            yield Marked(AWKWARD)
            for number in range(count):
                yield Marked("{m} " + drawing.draw(drawing.text(8, 40), f"{self.seed}/{name}", number))
            yield Marked("{m} " + "ä日x" * 13, length=min(node.get("maxLength", 100), 300))
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
            if node.get("type") == "string" and not {"enum", "const", "pattern", "format"} & node.keys():
                seen.append(("Größe – “long”  текст 🙂, <b>&amp;</b> 'x' " * 20).strip()[: min(node.get("maxLength", 300), 300)])
                yield seen[0]
            for number in range(count + 1):
                value = drawing.draw(drawing.value(node), f"{self.seed}/{name}", number)
                if value not in seen:
                    seen.append(value)
                    yield value

    def _products(self, names: list[str], text: str, valid: bool = True) -> Iterator[dict[str, Json]]:
        for values in itertools.islice(itertools.product(*(list(self._candidates(name, text)) for name in names)), 200):
            body = dict(zip(names, values, strict=True))
            if not valid or self.fits(body):
                yield body

    def _candidates(self, name: str, text: str) -> Iterator[Json]:
        node = self.properties[name]
        if name == self.mark:
            yield Marked(text)
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
        examples = [example[name] for example in self.operation.body.examples.values() if example.get(name)] if self.operation.body else []
        if node.get("type") == "array":
            known = examples[0] if examples else [drawing.draw(drawing.value(node["items"]), f"{self.seed}/{name}")]
            return [Fixture(reference.name, index, value) for index, value in enumerate(known[:2])]
        return Fixture(reference.name, 0, examples[0] if examples else drawing.draw(drawing.value(node), f"{self.seed}/{name}"))


def bodies(contract: Contract, operation: Operation, resource: Resource, seed: str) -> Bodies:
    """Return the bodies of an operation that has one."""
    if operation.body is None:
        raise ValueError(f"{operation.id} has no body")
    schema, _ = resolve(contract.document, operation.body.schema, "")
    return Bodies(
        contract=contract,
        operation=operation,
        resource=resource,
        properties={name: inline(contract.document, node) for name, node in schema.get("properties", {}).items()},
        required=tuple(schema.get("required", ())),
        seed=seed,
        validator=schemas.compile(contract.document, operation.body.schema),
    )
