"""What bodies are made of: the base of every model, and the values that stand in many of them.

Law: a field that is not known is refused by its name; times are RFC 3339 in UTC; lists are pages.
"""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from muster.scim.value import moment

T = TypeVar("T")

_LONGEST_NAME = 200


class Body(BaseModel):
    """What is sent: a field that is not known is refused, and so is a value of another type."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class Shown(BaseModel):
    """What is answered: exactly the fields that it names."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Page(Shown, Generic[T]):
    """A part of a list, and the cursor of the part that follows; null on the last one."""

    items: list[T]
    next: str | None = Field(description="Send it as `cursor` for what follows; null: this is the end.")


def _printable(text: str) -> str:
    if not text.isprintable() or not text.strip():
        raise ValueError("Write printable characters, and not only spaces.")
    return text


Name = Annotated[str, Field(min_length=1, max_length=_LONGEST_NAME), AfterValidator(_printable)]
"""A name that people read: 1 to 200 printable characters."""

Moment = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""An instant as it is answered: RFC 3339, UTC, milliseconds."""


def moment_or_none(microseconds: int | None) -> str | None:
    """Return an instant as it is answered, or None where there is none."""
    return None if microseconds is None else moment(microseconds)
