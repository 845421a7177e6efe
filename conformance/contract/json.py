"""The type alias for JSON values."""

from __future__ import annotations

from typing import Any, TypeAlias

Json: TypeAlias = Any
