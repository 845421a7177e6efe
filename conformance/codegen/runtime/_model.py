"""The base class of models, and types whose values round-trip exactly."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

CLOSED = ConfigDict(strict=True, extra="forbid")
OPEN = ConfigDict(strict=True, extra="allow")


class Model(BaseModel):
    """An object of the API.

    An absent field is MISSING, a null is None. Fields that are not documented are in `model_extra`.
    `model_dump()` returns the object with the API's own names.
    """

    model_config = ConfigDict(
        strict=True,
        extra="allow",
        frozen=True,
        defer_build=True,
        protected_namespaces=(),
        validate_by_name=False,
        validate_by_alias=True,
        serialize_by_alias=True,
    )


class _JsonIntegerAnnotation:
    """JSON Schema's integer: accepts 1.0, but not true or "1"."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        float_schema = core_schema.no_info_after_validator_function(
            _convert_whole_number, core_schema.float_schema(strict=True, allow_inf_nan=False)
        )
        return core_schema.union_schema(
            [core_schema.int_schema(strict=True), float_schema], mode="left_to_right"
        )


def _convert_whole_number(value: float) -> int:
    if not value.is_integer():
        raise ValueError("has a fraction")
    return int(value)


class _JsonNumberAnnotation:
    """JSON Schema's number: an int stays an int, however large."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        float_schema = core_schema.float_schema(strict=True, allow_inf_nan=False)
        return core_schema.union_schema(
            [core_schema.int_schema(strict=True), float_schema], mode="left_to_right"
        )


Integer = Annotated[int, _JsonIntegerAnnotation()]
Number = Annotated[float, _JsonNumberAnnotation()]


class Timestamp(str):
    """A timestamp as the API wrote it (RFC 3339)."""

    __slots__ = ()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            cls, core_schema.str_schema(strict=True)
        )

    @property
    def as_datetime(self) -> datetime:
        """Return the timestamp as a datetime, truncated to microseconds.

        Raises ValueError if the text is not a timestamp.
        """
        return datetime.fromisoformat(self)
