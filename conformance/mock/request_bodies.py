"""Parsing and validation of request bodies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from conformance.contract.form import build_form_decoder, is_form
from conformance.contract.json import Json
from conformance.contract.operation import Operation, RequestBodySpec
from conformance.contract.pointer import MISSING
from conformance.contract.schema import MessageDirection, SchemaValidator
from conformance.mock.argument import describe_violations
from conformance.mock.bound_call import BoundCall
from conformance.mock.handler import ReadBody
from conformance.mock.message import decode_json
from conformance.mock.refusal import Refusal
from conformance.protocol import is_json, media_type_matches, name_concrete_media_type

BYTES_MEDIA_TYPE = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonBodyReader:
    """A reader of JSON bodies.

    `check_schema` raises Refusal for an invalid value. `unsupported_media_status` is the status for
    other media types; of a documented range such as `*/*`, what is not JSON is not parsed.
    """

    media_type: str
    required: bool
    unsupported_media_status: int
    check_schema: Callable[[Json], None]

    def __call__(self, call: BoundCall) -> Json:
        """Return the value of the body, or MISSING if there is no body and none is required.

        Raises Refusal if the body is missing or invalid.
        """
        request = call.request
        if not request.body:
            if self.required:
                raise Refusal(400, "the request needs a body")
            return MISSING
        content_type = request.headers.get("content-type", "")
        if not is_json(content_type):
            if not content_type and not self.media_type.startswith("*/*"):
                raise _build_missing_type_refusal(self.unsupported_media_status, self.media_type)
            if not media_type_matches(self.media_type, content_type):
                raise Refusal(
                    self.unsupported_media_status,
                    f"a body of type {content_type} is not understood, it must be JSON",
                )
            return MISSING
        try:
            value = decode_json(request.body)
        except ValueError as error:
            raise Refusal(400, f"the body is not valid JSON: {error}") from error
        self.check_schema(value)
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class UnparsedBodyReader:
    """A reader of bodies in formats that the mock does not parse, such as files."""

    media_type: str
    required: bool
    unsupported_media_status: int

    def __call__(self, call: BoundCall) -> Json:
        """Return MISSING.

        Raises Refusal if a required body is missing, or is of another media type.
        """
        if self.required and not call.request.body:
            raise Refusal(400, "the request needs a body")
        if call.request.body:
            # without a Content-Type, a body is a sequence of bytes (RFC 9110, 8.3)
            content_type = call.request.headers.get("content-type") or BYTES_MEDIA_TYPE
            if not media_type_matches(self.media_type, content_type):
                raise Refusal(
                    self.unsupported_media_status,
                    f"a body of type {content_type} is not understood, it must be"
                    f" {self.media_type}",
                )
        return MISSING


@dataclass(frozen=True, slots=True, kw_only=True)
class FormBodyReader:
    """A reader of forms, urlencoded or multipart."""

    media_type: str
    required: bool
    unsupported_media_status: int
    decode: Callable[[bytes, str], dict[str, Json]]
    check_schema: Callable[[Json], None]

    def __call__(self, call: BoundCall) -> Json:
        """Return the value of the form, or MISSING if there is no body and none is required.

        Raises Refusal if the body is missing or invalid.
        """
        request = call.request
        if not request.body and self.required:
            raise Refusal(400, "the request needs a body")
        content_type = request.headers.get("content-type", "")
        if request.body and not content_type:
            raise _build_missing_type_refusal(self.unsupported_media_status, self.media_type)
        if request.body and not media_type_matches(self.media_type, content_type):
            raise Refusal(
                self.unsupported_media_status,
                f"a body of type {content_type} is not understood, it must be {self.media_type}",
            )
        if not request.body:
            return MISSING
        try:
            value = self.decode(request.body, content_type)
        except ValueError as error:
            raise Refusal(400, f"the body is not a valid form: {error}") from error
        self.check_schema(value)
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class NegotiatingBodyReader:
    """A reader of bodies in several media types: the Content-Type chooses one of `readers`."""

    body: RequestBodySpec
    readers: Mapping[str, ReadBody]
    unsupported_media_status: int

    def __call__(self, call: BoundCall) -> Json:
        """Return the value of the body, or MISSING if there is none.

        Raises Refusal for another media type, and for an invalid body.
        """
        content_type = call.request.headers.get("content-type")
        if not call.request.body:
            return self.readers[self.body.media_type](call)
        chosen = self.body.find_for_content_type(content_type or BYTES_MEDIA_TYPE)
        if chosen is None and not content_type:
            raise _build_missing_type_refusal(
                self.unsupported_media_status, " or ".join(self.readers)
            )
        if chosen is None:
            raise Refusal(
                self.unsupported_media_status,
                f"a body of type {content_type} is not understood, it must be one of"
                f" {', '.join(self.readers)}",
            )
        return self.readers[chosen.media_type](call)


def build_body_reader(operation: Operation) -> ReadBody | None:
    """Return the body reader of an operation, or None if it takes no body."""
    body = operation.body
    if body is None:
        return None
    unsupported_media_status = 415 if operation.find_documented_response(415) else 400
    readers = {
        alternative.media_type: _build_reader_of_media_type(alternative, unsupported_media_status)
        for alternative in (body, *body.alternatives)
    }
    if len(readers) == 1:
        return readers[body.media_type]
    return NegotiatingBodyReader(
        body=body, readers=readers, unsupported_media_status=unsupported_media_status
    )


def _build_reader_of_media_type(
    body: RequestBodySpec, unsupported_media_status: int
) -> JsonBodyReader | FormBodyReader | UnparsedBodyReader:
    media_type = body.media_type
    # files: only the presence of a body is checked
    if not is_form(media_type) and not is_json(name_concrete_media_type(media_type)):
        return UnparsedBodyReader(
            media_type=media_type,
            required=body.required,
            unsupported_media_status=unsupported_media_status,
        )
    validator = body.schema.compile(MessageDirection.REQUEST)
    if is_form(media_type):
        return FormBodyReader(
            media_type=media_type,
            required=body.required,
            unsupported_media_status=unsupported_media_status,
            decode=build_form_decoder(body),
            check_schema=build_body_schema_check(validator),
        )
    return JsonBodyReader(
        media_type=media_type,
        required=body.required,
        unsupported_media_status=unsupported_media_status,
        check_schema=build_body_schema_check(validator),
    )


def _build_missing_type_refusal(status: int, media_type: str) -> Refusal:
    return Refusal(status, f"the body has no Content-Type, it must be {media_type}")


def build_body_schema_check(validator: SchemaValidator) -> Callable[[Json], None]:
    """Return a function that raises Refusal (400) for a value that violates the schema."""

    def check_body_value(value: Json) -> None:
        if not validator.is_valid(value):
            violations = tuple(validator.find_violations(value))
            raise Refusal(
                400,
                f"the body does not fit: {describe_violations(violations)}",
                violations=violations,
            )

    return check_body_value
