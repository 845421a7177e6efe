"""Build request bodies from a schema that any reasonable server accepts.

Ids of other items are fixture placeholders in these bodies.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from conformance.checks.call import (
    FixtureValue,
    Placeholder,
    TextWithRunMark,
    fill_placeholders,
    find_placeholders,
)
from conformance.checks.cause import Cause
from conformance.checks.exchange import InconclusiveError
from conformance.contract import pointer as pointers
from conformance.contract.contract import Contract
from conformance.contract.json import Json
from conformance.contract.mark import SAMPLE_MARK
from conformance.contract.mark_field import MarkField, find_field_for_run_mark
from conformance.contract.operation import Operation
from conformance.contract.resource import Resource
from conformance.contract.schema import MessageDirection, Schema
from conformance.values import sampling
from conformance.values.valid import ValueMaker, build_printable_text_strategy

AWKWARD_TEXT = "{m} <b>R&D</b> \"x\"  'y' 100% #1 ä 🙂"  # a name that some servers would change


def make_stand_in_for_placeholder(placeholder: Placeholder) -> Json:
    """Return a value of the right type for a placeholder, for use without a target.

    Raises TypeError for placeholders other than TextWithRunMark and FixtureValue.
    """
    match placeholder:
        case TextWithRunMark():
            return placeholder.render(SAMPLE_MARK)
        case FixtureValue():
            return placeholder.fallback
        case _:
            raise TypeError(f"{placeholder} has no value before a run")


@dataclass(frozen=True, slots=True)
class BodyBuilder:
    """A builder of the bodies that one operation on one resource accepts.

    `mark_field` is the field that carries the mark, if the body has it.
    """

    contract: Contract
    operation: Operation
    resource: Resource
    properties: Mapping[str, Schema]
    makers: Mapping[str, ValueMaker]
    required: tuple[str, ...]
    seed: str
    schema: Schema
    mark_field: MarkField | None

    @property
    def mark_property(self) -> str | None:
        """Return the property that is, or contains, the field that carries the mark."""
        name = (
            pointers.tokens(self.resource.mark_pointer)[0] if self.resource.mark_pointer else None
        )
        return name if name in self.properties else None

    def accepts_mark_text(self, text: str) -> bool:
        """Return whether the field that carries the mark accepts `text`.

        `{m}` in `text` stands for the mark.
        """
        return self.mark_field is None or self.mark_field.accepts(text)

    def fit_mark_text(self, text: str) -> str:
        """Return `text` adapted to what the field that carries the mark accepts."""
        return text if self.mark_field is None else self.mark_field.fit_text(text)

    def build_mark_property_value(self, value: Json) -> Json:
        """Return a value of the mark's property, with `value` in the mark's field."""
        mark_pointer = self.resource.mark_pointer or ""
        nested_pointer = "/" + mark_pointer[1:].partition("/")[2]
        if nested_pointer == "/":
            return value
        drawn = self.make_value(self.mark_property or "", mark_pointer)
        return pointers.put_at_pointer(
            drawn if isinstance(drawn, dict) else {}, nested_pointer, value
        )

    def make_value(self, name: str, seed: str = "") -> Json:
        """Return a valid value of property `name`.

        Raises InconclusiveError if none is found.
        """
        return make_value(self.makers[name], f"{self.seed}/{name}{seed}")

    def is_valid(self, body: Json) -> bool:
        """Return whether a body is valid, with stand-in values for its placeholders."""
        return self.schema.is_valid(
            fill_placeholders(body, make_stand_in_for_placeholder), MessageDirection.REQUEST
        )

    def build_minimal_body(self, text: str = "{m}-item") -> dict[str, Json]:
        """Return the smallest body.

        It holds the required properties, the mark, and as few ids of other items as the schema
        allows.
        """
        names = list(
            dict.fromkeys([*self.required, *([self.mark_property] if self.mark_property else [])])
        )
        smallest = min(
            self._generate_candidate_bodies(names, text),
            key=lambda body: len(list(find_placeholders(body))),
            default=None,
        )
        return (
            smallest
            if smallest is not None
            else {
                name: next(self._generate_candidate_property_values(name, text)) for name in names
            }
        )

    def build_body_with_value(
        self, name: str, value: Json, text: str = "{m}-item"
    ) -> dict[str, Json] | None:
        """Return a valid body in which property `name` is `value`, or None if there is none."""
        names = [
            property_name
            for property_name in dict.fromkeys(
                [*self.required, *([self.mark_property] if self.mark_property else [])]
            )
            if property_name != name
        ]
        candidates = (
            {**body, name: value}
            for body in self._generate_candidate_bodies(names, text, valid=False)
        )
        return min(
            (body for body in candidates if self.is_valid(body)),
            key=lambda body: len(list(find_placeholders(body))),
            default=None,
        )

    def generate_storable_values(self, name: str, count: int) -> Iterator[Json]:
        """Yield values of property `name` that the server must store unchanged.

        Plain values come first, then awkward but printable ones.
        """
        if name not in self.properties:  # of a body that lacks the property
            return
        schema = self.properties[name]
        if name == self.mark_property:
            drawn_texts = [
                "{m} "
                + sampling.draw(
                    build_printable_text_strategy(8, 40), f"{self.seed}/{name}#{number}"
                )
                for number in range(count)
            ]
            for text in dict.fromkeys(
                (self.fit_mark_text("{m}-plain"), AWKWARD_TEXT, *drawn_texts)
            ):
                if self.accepts_mark_text(text):
                    yield self.build_mark_property_value(TextWithRunMark(text))
            long_mark = TextWithRunMark(
                "{m} " + "ä日x" * 13,
                length=int(
                    min(
                        self.mark_field.max_length if self.mark_field else 100,
                        300,
                        100 if schema.get("maxLength") is None else 300,
                    )
                ),
            )
            if self.accepts_mark_text(long_mark.render(SAMPLE_MARK)):
                yield self.build_mark_property_value(long_mark)
        elif reference_ids := self._build_reference_placeholders(name):
            yield reference_ids
            if isinstance(reference_ids, list) and len(reference_ids) > 1:
                yield reference_ids[:1]
        elif schema.types == ("boolean",):
            yield from (False, True)
        elif "examples" in schema.merged:
            yield from filter(self.makers[name].validator.is_valid, schema.get("examples"))
        else:
            yielded = list[Json]()
            if (
                schema.types == ("string",)
                and not {"enum", "const", "pattern", "format"} & schema.merged.keys()
            ):
                long_text = ("Größe – “long”  текст 🙂, <b>&amp;</b> 'x' " * 20)[
                    : min(schema.get("maxLength", 300), 300)
                ].strip()  # servers may trim blanks at the ends
                if self.makers[name].validator.is_valid(long_text):
                    yielded.append(long_text)
                    yield long_text
            drawn = (self.make_value(name, f"#{number}") for number in range(count + 1))
            listed = schema.get("enum", ())  # few values: two draws are often one
            for value in itertools.chain(
                drawn, filter(self.makers[name].validator.is_valid, listed)
            ):
                if value not in yielded and len(yielded) < count + 1 + bool(listed):
                    yielded.append(value)
                    yield value

    def _generate_candidate_bodies(
        self, names: list[str], text: str, valid: bool = True
    ) -> Iterator[dict[str, Json]]:
        for values in itertools.islice(
            itertools.product(
                *(list(self._generate_candidate_property_values(name, text)) for name in names)
            ),
            200,
        ):
            body = dict(zip(names, values, strict=True))
            if not valid or self.is_valid(body):
                yield body

    def _generate_candidate_property_values(self, name: str, text: str) -> Iterator[Json]:
        schema = self.properties.get(name)
        if name == self.mark_property:
            yield self.build_mark_property_value(TextWithRunMark(self.fit_mark_text(text)))
        elif reference_ids := self._build_reference_placeholders(name):
            if isinstance(reference_ids, list):
                yield []
            yield reference_ids
        elif schema is not None and schema.types == ("boolean",):
            yield from (False, True)
        else:
            yield self.make_value(name)

    def _build_reference_placeholders(self, name: str) -> Json:
        reference = next(
            (
                candidate
                for candidate in self.contract.body_references
                if candidate.body_pointer == f"/{name}"
            ),
            None,
        )
        if reference is None:
            return None
        schema = self.properties[name]
        examples = (
            [
                example[name]
                for example in self.operation.body.examples.values()
                if example.get(name)
            ]
            if self.operation.body
            else []
        )
        if schema.types == ("array",):
            ids = examples[0] if examples else self.make_value(name)
            return [
                FixtureValue(reference.name, index, value) for index, value in enumerate(ids[:2])
            ]
        return FixtureValue(reference.name, 0, examples[0] if examples else self.make_value(name))


def create_body_builder(
    contract: Contract, operation: Operation, resource: Resource, seed: str
) -> BodyBuilder:
    """Return the body builder of an operation.

    Raises ValueError if the operation has no request body.
    """
    if operation.body is None:
        raise ValueError(f"{operation.id} has no body")
    schema, direction = operation.body.schema, MessageDirection.REQUEST
    properties = schema.list_properties(direction)
    marked_field = find_field_for_run_mark(resource, operation)
    return BodyBuilder(
        contract=contract,
        operation=operation,
        resource=resource,
        properties=properties,
        makers={
            name: get_maker(schema.properties.get(name, schema.with_node({})), direction)
            for name in (*properties, *schema.required)
        },
        required=tuple(
            name for name in schema.required if name not in schema.properties or name in properties
        ),
        seed=seed,
        schema=schema,
        mark_field=marked_field if isinstance(marked_field, MarkField) else None,
    )


def get_maker(schema: Schema, direction: MessageDirection | None) -> ValueMaker:
    """Return the maker of values for a schema, built once: every claim draws from the same one."""
    return schema.derived.get(("maker", direction), lambda: ValueMaker(schema, direction))


def make_value(maker: ValueMaker, seed: str) -> Json:
    """Return a valid value.

    Raises InconclusiveError if none is found.
    """
    try:
        return maker.make(seed)
    except ValueError as error:
        raise InconclusiveError(
            f"no value was found that its schema allows: {str(maker.schema.node)[:200]}",
            Cause.NO_WAY,
        ) from error
