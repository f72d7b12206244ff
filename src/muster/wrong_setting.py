"""The one line that tells of a setting that cannot be used: which variable, what it holds, and what it may hold.

Law: only a number is quoted whatever it is; of all else the setting's own check says what may be, since it may be, or
have in it, a secret.
"""

from __future__ import annotations

from typing import Final

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from muster.settings import Settings

_NUMBERS: Final[dict[object, str]] = {int: "whole number", float: "number"}
_LONGEST: Final = 40  # characters of what is quoted


def line_of(error: ValidationError) -> str:
    """Return the line, about the first setting that is wrong."""
    first = error.errors()[0]
    name = str(first["loc"][0])
    field = Settings.model_fields[name]
    said = first["msg"].removeprefix("Value error, ")
    if first["type"] != "value_error" and field.annotation in _NUMBERS:
        said = f"{str(first['input'])[:_LONGEST]!r} is no {_numbers(field)}"
    return f"MUSTER_{name.upper()}: {said}"


def _numbers(field: FieldInfo) -> str:
    """Return which numbers a setting may be."""
    bounds = {
        name: getattr(one, name) for one in field.metadata for name in ("ge", "le") if hasattr(one, name)
    }
    most = f" to {bounds['le']}" if "le" in bounds else " on"
    return f"{_NUMBERS[field.annotation]} from {bounds['ge']}{most}"
